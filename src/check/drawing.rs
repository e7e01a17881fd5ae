//! How is an execution drawn?
//!
//! Time goes down. Each thread has a lane with a dot for each event, around which stand the calls that they are part of.
//! Every event and every beginning of a call has a height of its own, so nothing ever lies on text but the lines between
//! rows. An arrow goes down in the lane that it comes from, left of the dots, and over to its end in the gap above it.

use std::fmt::Write;

use super::explain::{Explanation, ShownCall};
use super::history::Outcome;
use super::html::escaped;
use crate::model::{Lane, ShownEvent, wrapped};

/// The width of a character, in pixels like all lengths here; no usual font's are wider.
const CHARACTER: usize = 7;
const LINE: usize = 15;
/// What is above the text of a row: arrows come in there.
const GAP: usize = 11;
/// Where the lanes begin, right of the numbers.
const LEFT: usize = 46;
/// How wide all lanes are together if they can be: a laptop's screen without the panel beside them.
const WIDTH: usize = 1000;
/// How many characters a line of a lane may have.
const TEXT_MIN: usize = 24;
const TEXT_MAX: usize = 46;
/// Between two arrows that go down beside each other.
const SLOT: usize = 6;
/// Left of a dot, for arrows that end there.
const ENTRY: usize = 24;
/// At both sides of a lane.
const BETWEEN: usize = 10;
/// From a dot to the text.
const TEXT: usize = 14;
const HEAD: usize = 30;
/// The radius of the corners of arrows.
const CORNER: usize = 4;

/// Something that has a place in a lane.
#[derive(Clone, Copy)]
enum Item<'a> {
    Begin(&'a ShownCall),
    Event(&'a ShownEvent),
    End,
}

/// An item with its place.
struct Placed<'a> {
    item: Item<'a>,
    lane: usize,
    lines: Vec<String>,
    top: usize,
    bottom: usize,
}

/// Whose value is read, or what happens before what.
struct Arrow {
    is_reads: bool,
    from: usize,
    to: usize,
    /// Where it goes down among those of its lane.
    slot: usize,
}

/// A lane with its place.
struct Column {
    name: String,
    /// How many arrows go down beside each other.
    slots: usize,
    /// Where the dots are.
    dot: usize,
    /// Where the text ends.
    end: usize,
}

/// A drawing in the making.
struct Drawing<'a> {
    explanation: &'a Explanation,
    columns: Vec<Column>,
    items: Vec<Placed<'a>>,
    arrows: Vec<Arrow>,
    /// How many characters a line has.
    room: usize,
    /// Where the last lane ends.
    right: usize,
    height: usize,
}

/// The part of the page with the lanes; nothing if there are none.
pub(super) fn lanes(explanation: &Explanation) -> String {
    if explanation.lanes.is_empty() && explanation.calls.is_empty() {
        return String::new();
    }
    let drawing = Drawing::of(explanation);
    let toggle = |name: &str, text: &str| match drawing.arrows.is_empty() {
        true => String::new(),
        false => format!(
            "<label><input type=\"checkbox\" id=\"show-{name}\" checked>\
             <svg aria-hidden=\"true\"><path class=\"arrow {name}\" d=\"M0 5H26\"/></svg>{text}</label>\n"
        ),
    };
    let hint = match explanation.lanes.is_empty() {
        true => "Each box is a call. Those that overlap ran at the same time.",
        false => {
            "Point at an event, or go to one with Tab and on with the arrow keys, to see what it is and where its value is from."
        }
    };
    format!(
        "<section class=\"lanes\">\n<div class=\"legend\">\n<h2>The execution, from top to bottom</h2>\n{}{}</div>\n\
         <div class=\"view\" role=\"region\" aria-label=\"The execution\" tabindex=\"0\">\n{}</div>\n\
         <aside class=\"details\" aria-live=\"polite\"><p>{hint}</p></aside>\n</section>\n",
        toggle("reads", "reads from"),
        toggle("before", "happens before"),
        drawing.svg()
    )
}

impl<'a> Drawing<'a> {
    fn of(explanation: &'a Explanation) -> Self {
        let (names, items) = match &explanation.lanes[..] {
            [] => of_calls(explanation),
            lanes => of_lanes(lanes, &explanation.calls),
        };
        let arrows = arrows(&explanation.lanes);
        let columns = names.into_iter().enumerate().map(|(lane, name)| {
            let own = arrows.iter().filter(|arrow| lane_of(&explanation.lanes, arrow.from) == Some(lane));
            let slots = own.map(|arrow| arrow.slot + 1).max().unwrap_or(0);
            Column { name, slots, dot: 0, end: 0 }
        });
        let columns: Vec<Column> = columns.collect();
        let margins: usize = columns.iter().map(|column| BETWEEN + column.slots * SLOT + ENTRY + TEXT + BETWEEN).sum();
        let room = WIDTH.saturating_sub(LEFT + margins) / CHARACTER / columns.len();
        let room = room.clamp(TEXT_MIN, TEXT_MAX);
        let mut drawing = Self { explanation, columns, items: Vec::new(), arrows, room, right: LEFT, height: 8 };
        for (lane, item) in items {
            drawing.place(lane, item);
        }
        drawing.height += 12;
        for (lane, column) in drawing.columns.iter_mut().enumerate() {
            let lines = drawing.items.iter().filter(|placed| placed.lane == lane).flat_map(|placed| &placed.lines);
            let width = lines.chain([&column.name]).map(|line| line.chars().count()).max().unwrap_or(0);
            column.dot = drawing.right + BETWEEN + column.slots * SLOT + ENTRY;
            // Calls are bold, and some fonts are wider.
            column.end = column.dot + TEXT + width * CHARACTER + width / 2;
            drawing.right = column.end + BETWEEN;
        }
        drawing
    }

    /// Puts an item below all others.
    fn place(&mut self, lane: usize, item: Item<'a>) {
        let (lines, padding) = match item {
            Item::Begin(call) => (wrapped(&call_text(call), self.room), 9),
            Item::Event(event) => {
                let mut lines = wrapped(&event.text, self.room);
                lines.extend(event.note.iter().flat_map(|note| wrapped(note, self.room)));
                (lines, GAP)
            }
            Item::End => (Vec::new(), 9),
        };
        let top = self.height;
        self.height += padding + lines.len() * LINE;
        self.items.push(Placed { item, lane, lines, top, bottom: self.height });
    }

    fn svg(&self) -> String {
        let mut text = String::new();
        let width = self.right;
        let mut add = |part: std::fmt::Arguments<'_>| text.write_fmt(part).expect("a string takes it");
        add(format_args!(
            "<div class=\"heads\"><svg width=\"{width}\" height=\"{HEAD}\" viewBox=\"0 0 {width} {HEAD}\">\n"
        ));
        for Column { name, dot, .. } in &self.columns {
            add(format_args!("<text x=\"{}\" y=\"20\">{}</text>\n", dot - 5, escaped(name)));
        }
        let height = self.height;
        add(format_args!(
            "</svg></div>\n<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n<defs>"
        ));
        for name in ["reads", "before"] {
            add(format_args!(
                "<marker id=\"{name}-end\" markerUnits=\"userSpaceOnUse\" markerWidth=\"8\" markerHeight=\"8\" refX=\"6\" \
                 refY=\"4\" orient=\"auto\"><path d=\"M0 0.5L7 4L0 7.5z\"/></marker>"
            ));
        }
        add(format_args!("</defs>\n"));
        for Column { dot, .. } in &self.columns {
            add(format_args!("<path class=\"lane\" d=\"M{dot} 0V{height}\"/>\n"));
        }
        let below = self.calls().chain(self.arrows.iter().map(|arrow| self.arrow(arrow)));
        for part in below.chain(self.items.iter().filter_map(|placed| self.event(placed))) {
            add(format_args!("{part}"));
        }
        text + "</svg>\n"
    }

    /// The boxes around calls.
    fn calls(&self) -> impl Iterator<Item = String> {
        let wrong = self.explanation.wrong.and_then(|wrong| self.explanation.calls.get(wrong));
        let begins = self.items.iter().enumerate().filter_map(|(number, placed)| match placed.item {
            Item::Begin(call) => Some((number, placed, call)),
            _ => None,
        });
        begins.map(move |(number, begin, call)| {
            let mut after = self.items.iter().skip(number);
            let end = after.find(|placed| placed.lane == begin.lane && matches!(placed.item, Item::End));
            let bottom = end.map_or(self.height, |placed| placed.bottom - 2);
            let class = match &call.outcome {
                _ if wrong.is_some_and(|wrong| std::ptr::eq(wrong, call)) => "call wrong",
                Outcome::Returned(_) => "call",
                Outcome::Pending | Outcome::Blocked => "call open",
            };
            let &Column { dot, end: right, .. } = &self.columns[begin.lane];
            let left = dot - 10;
            let (top, x) = (begin.top + 2, left + 24);
            let mut text = format!(
                "<g class=\"{class}\"><rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
                right + 4 - left,
                bottom - top
            );
            for (line, y) in begin.lines.iter().zip((begin.top + 18..).step_by(LINE)) {
                write!(text, "<text x=\"{x}\" y=\"{y}\">{}</text>", escaped(line)).expect("a string takes it");
            }
            text + "</g>\n"
        })
    }

    fn event(&self, placed: &Placed<'_>) -> Option<String> {
        let Item::Event(event) = placed.item else { return None };
        let &Column { dot: x, end, .. } = &self.columns[placed.lane];
        let baseline = placed.top + GAP + 10;
        let number = event.number;
        let details = details(event, &self.explanation.lanes);
        let label = details.replace('\t', ": ").replace('\n', "; ");
        let wrong = if event.is_wrong { " wrong" } else { "" };
        let mut text = format!(
            "<g class=\"event{wrong}\" tabindex=\"0\" role=\"img\" data-number=\"{number}\" data-details=\"{}\" \
             aria-label=\"{}\"><rect class=\"row\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\
             <text class=\"number\" x=\"{}\" y=\"{baseline}\" text-anchor=\"end\">{number}</text>\
             <circle class=\"dot\" cx=\"{x}\" cy=\"{}\" r=\"4.5\"/>",
            escaped(&details),
            escaped(&label),
            x - 8,
            placed.top + GAP - 3,
            end - x + 8,
            placed.bottom - placed.top - GAP + 4,
            LEFT - 10,
            baseline - 4,
        );
        let notes = event.note.as_ref().map_or(0, |note| wrapped(note, self.room).len());
        for (position, line) in placed.lines.iter().enumerate() {
            let class = if position + notes >= placed.lines.len() { " class=\"note\"" } else { "" };
            let (x, y) = (x + TEXT, baseline + position * LINE);
            write!(text, "<text{class} x=\"{x}\" y=\"{y}\">{}</text>", escaped(line)).expect("a string takes it");
        }
        Some(text + "</g>\n")
    }

    fn arrow(&self, arrow: &Arrow) -> String {
        let place = |number: usize| {
            let is_it = |placed: &&Placed<'_>| matches!(placed.item, Item::Event(event) if event.number == number);
            self.items.iter().find(is_it).expect("arrows are between events that are shown")
        };
        let (from, to) = (place(arrow.from), place(arrow.to));
        let (class, offset) = if arrow.is_reads { ("reads", 0) } else { ("before", 4) };
        let dot = |placed: &Placed<'_>| placed.top + GAP + 4 + offset;
        let down = self.columns[from.lane].dot - ENTRY - arrow.slot * SLOT;
        let entry = self.columns[to.lane].dot - 12 - offset;
        let (start, bend, end) = (dot(from), to.top + 2 + offset, dot(to));
        let r = CORNER as isize;
        let (down, entry, bend, end) = (down as isize, entry as isize, bend as isize, end as isize);
        let aside = if entry > down { r } else { -r };
        format!(
            "<path class=\"arrow {class}\" data-from=\"{}\" data-to=\"{}\" d=\"M{} {start}H{}Q{down} {start} {down} {}V{}\
             Q{down} {bend} {} {bend}H{}Q{entry} {bend} {entry} {}V{}Q{entry} {end} {} {end}H{}\"/>\n",
            arrow.from,
            arrow.to,
            self.columns[from.lane].dot - 5,
            down + r,
            start as isize + r,
            bend - r,
            down + aside,
            entry - aside,
            bend + r,
            end - r,
            entry + r,
            self.columns[to.lane].dot - 6,
        )
    }
}

/// A call, and what came of it.
fn call_text(call: &ShownCall) -> String {
    match &call.outcome {
        Outcome::Returned(returned) => format!("{} -> {returned}", call.call),
        Outcome::Pending => format!("{} has not returned", call.call),
        Outcome::Blocked => format!("{} waits for ever", call.call),
    }
}

/// The items of an execution of which the calls alone are known, each with its lane.
fn of_calls(explanation: &Explanation) -> (Vec<String>, Vec<(usize, Item<'_>)>) {
    let mut threads: Vec<usize> = explanation.calls.iter().map(|call| call.thread).collect();
    threads.sort_unstable();
    threads.dedup();
    let moments = explanation.moments().into_iter();
    let items = moments.filter_map(|(number, ends)| {
        let call = &explanation.calls[number];
        let lane = threads.iter().position(|&thread| thread == call.thread)?;
        Some((lane, if ends { Item::End } else { Item::Begin(call) }))
    });
    let items = items.collect();
    (threads.into_iter().map(Explanation::thread_name).collect(), items)
}

/// The items of an execution, each with its lane.
fn of_lanes<'a>(lanes: &'a [Lane], calls: &'a [ShownCall]) -> (Vec<String>, Vec<(usize, Item<'a>)>) {
    // With the number of the event that decides where they are, and whether they come before or after that.
    let mut items: Vec<((usize, usize), usize, Item<'a>)> = Vec::new();
    for (lane, Lane { thread, events, .. }) in lanes.iter().enumerate() {
        let own = calls.iter().filter_map(|call| Some((call.events.filter(|own| own.thread == *thread)?, call)));
        let mut own: Vec<_> = own.collect();
        own.sort_by_key(|(own, _)| (own.from, own.to));
        let mut own = own.into_iter().peekable();
        let mut open: Option<usize> = None;
        let mut last = 0;
        let ends = events.iter().map(Some).chain([None]);
        for event in ends {
            let index = event.map_or(usize::MAX, |event| event.index);
            // As far as the thread has come with this event, calls end and begin.
            loop {
                if open.is_some_and(|to| to <= index) {
                    items.push(((last, 2), lane, Item::End));
                    open = None;
                } else if let (None, Some((begun, call))) = (open, own.next_if(|(own, _)| own.from <= index)) {
                    let place = match event {
                        Some(event) if begun.to > index => (event.number, 0),
                        _ => (last, 2),
                    };
                    items.push((place, lane, Item::Begin(call)));
                    open = Some(begun.to);
                } else {
                    break;
                }
            }
            if let Some(event) = event {
                items.push(((event.number, 1), lane, Item::Event(event)));
                last = event.number;
            }
        }
    }
    items.sort_by_key(|(place, ..)| *place);
    let names = lanes.iter().map(|lane| lane.name.clone()).collect();
    (names, items.into_iter().map(|(_, lane, item)| (lane, item)).collect())
}

/// The lane of an event, by its number.
fn lane_of(lanes: &[Lane], number: usize) -> Option<usize> {
    lanes.iter().position(|lane| lane.events.iter().any(|event| event.number == number))
}

/// The arrows between lanes, each with a slot in which no other goes down beside it.
fn arrows(lanes: &[Lane]) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    for (lane, event) in
        lanes.iter().enumerate().flat_map(|(lane, of)| of.events.iter().map(move |event| (lane, event)))
    {
        let reads = event.reads_from.iter().map(|&from| (true, from));
        let before = event.happens_after.iter().map(|&from| (false, from));
        for (is_reads, from) in reads.chain(before) {
            if lane_of(lanes, from).is_some_and(|source| source != lane) {
                arrows.push(Arrow { is_reads, from, to: event.number, slot: 0 });
            }
        }
    }
    // Those of one kind that come from one event go down together; the short ones are nearest to the dots.
    let key = |arrow: &Arrow| (arrow.from, arrow.is_reads);
    let ends = |arrows: &[Arrow], of| arrows.iter().filter(|arrow| key(arrow) == of).map(|arrow| arrow.to).max();
    let mut bundles: Vec<_> = arrows.iter().map(|arrow| (ends(&arrows, key(arrow)).unwrap_or(0), key(arrow))).collect();
    bundles.sort_by_key(|&(to, (from, is_reads))| (to - from, from, !is_reads));
    bundles.dedup();
    let mut placed: Vec<(usize, usize, usize, usize)> = Vec::new();
    for (to, (from, is_reads)) in bundles {
        let lane = lane_of(lanes, from).unwrap_or(0);
        let beside = |slot: usize| placed.iter().any(|&(l, f, t, s)| (l, s) == (lane, slot) && f <= to && from <= t);
        let slot = (0..).find(|&slot| !beside(slot)).unwrap_or(0);
        placed.push((lane, from, to, slot));
        arrows.iter_mut().filter(|arrow| key(arrow) == (from, is_reads)).for_each(|arrow| arrow.slot = slot);
    }
    arrows
}

/// What there is to know of an event: lines with a name, a tab, and a text.
fn details(event: &ShownEvent, lanes: &[Lane]) -> String {
    let other = |number: usize| {
        let thread = lane_of(lanes, number).map_or("", |lane| &lanes[lane].name);
        format!("{number} ({thread})")
    };
    let after: Vec<_> = event.happens_after.iter().map(|&number| other(number)).collect();
    let details = [
        ("Event", Some(other(event.number))),
        ("Operation", Some(event.text.clone())),
        ("Ordering", event.ordering.map(str::to_owned)),
        ("Value", event.value.clone()),
        ("Source", Some(event.site.clone())),
        ("Reads from", event.reads_from.map(other)),
        ("Happens after", Some(after.join(", "))),
        ("Note", event.note.clone()),
    ];
    let details = details.into_iter().filter_map(|(name, text)| Some((name, text.filter(|text| !text.is_empty())?)));
    let lines = details.map(|(name, text)| format!("{name}\t{}", text.replace(['\n', '\t'], " ")));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::explain::CallEvents;
    use super::*;

    fn event(number: usize, index: usize) -> ShownEvent {
        ShownEvent {
            number,
            index,
            text: "fence(SeqCst)".to_owned(),
            object: None,
            note: None,
            ordering: None,
            value: None,
            site: String::new(),
            newest: None,
            reads_from: None,
            happens_after: Vec::new(),
            is_wrong: false,
        }
    }

    #[test]
    fn calls_stand_around_their_events_and_where_they_have_none_between_others() {
        let events = vec![event(1, 0), event(4, 2), event(5, 3)];
        let other = Lane { thread: 1, name: "thread 1".to_owned(), events: vec![event(2, 0), event(3, 1)] };
        let lanes = [Lane { thread: 0, name: "main".to_owned(), events }, other];
        let calls = [("a", 0, 1), ("b", 1, 2), ("c", 2, usize::MAX)].map(|(name, from, to)| ShownCall {
            thread: 0,
            call: name.to_owned(),
            outcome: Outcome::Blocked,
            steps: [0, 0],
            events: Some(CallEvents { thread: 0, from, to }),
        });
        let (_, items) = of_lanes(&lanes, &calls);
        let told = items.iter().map(|(lane, item)| match item {
            Item::Begin(call) => format!("{}(", call.call),
            Item::Event(event) if *lane == 0 => event.number.to_string(),
            Item::Event(event) => format!("[{}]", event.number),
            Item::End => ")".to_owned(),
        });
        assert_eq!(told.collect::<Vec<_>>().join(" "), "a( 1 ) b( ) [2] [3] c( 4 5 )");
    }
}
