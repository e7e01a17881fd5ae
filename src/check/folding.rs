//! Which events of an execution matter, and how are they shown beside the calls?
//!
//! A call that is made while nobody else does anything, and in which nothing is odd, is one row. The events of others stand
//! below their call: of those that overlap, of those that read what is not the newest or are read past, and of the one that
//! is wrong. What the harness itself does is left out.

use super::explain::{Explanation, ShownCall};
use super::history::Outcome;
use crate::model::{Lane, Row, ShownEvent, Site, plain_table};

/// An event, in the order of the execution.
struct Step<'a> {
    thread: usize,
    event: &'a ShownEvent,
    /// The call, by its position, that it is a part of.
    call: Option<usize>,
}

/// The call's place among the steps.
#[derive(Clone, Copy)]
struct Extent {
    first: usize,
    last: usize,
    is_folded: bool,
}

/// The table of what the threads did.
pub(super) fn table(explanation: &Explanation) -> String {
    let Explanation { calls, lanes, wrong, .. } = explanation;
    let steps = steps(calls, lanes);
    let extents: Vec<_> = (0..calls.len()).map(|call| extent(&steps, call, &calls[call], *wrong)).collect();
    let mut rows = Vec::new();
    let mut unseen: Vec<usize> = (0..calls.len()).filter(|&call| extents[call].is_none()).collect();
    for (position, step) in steps.iter().enumerate() {
        unseen.retain(|&call| {
            let is_before = calls[call].events.is_some_and(|e| e.thread == step.thread && e.to <= step.event.index);
            if is_before {
                rows.push(call_row(String::new(), step.thread, whole(&calls[call])));
            }
            !is_before
        });
        add_step(&mut rows, step, position, step.call.map(|call| (&calls[call], extents[call])));
    }
    for call in unseen {
        if let Some(events) = calls[call].events {
            rows.push(call_row(String::new(), events.thread, whole(&calls[call])));
        }
    }
    let has_rows = |lane: &&Lane| rows.iter().any(|row| row.thread == lane.thread);
    let columns = lanes.iter().filter(has_rows).map(|lane| (lane.thread, lane.name.clone())).collect();
    plain_table(columns, &rows)
}

/// The call in which the first thing that hurts is done.
pub(super) fn first_wrong(explanation: &Explanation) -> Option<usize> {
    steps(&explanation.calls, &explanation.lanes).iter().find(|step| step.event.is_wrong)?.call
}

/// The events that are shown, in their order.
fn steps<'a>(calls: &[ShownCall], lanes: &'a [Lane]) -> Vec<Step<'a>> {
    let all = lanes.iter().flat_map(|lane| {
        lane.events.iter().map(|event| {
            let of_call = |call: &ShownCall| {
                call.events.is_some_and(|e| e.thread == lane.thread && (e.from..e.to).contains(&event.index))
            };
            Step { thread: lane.thread, event, call: calls.iter().position(of_call) }
        })
    });
    let mut steps: Vec<_> = all.filter(|step| step.call.is_some() || !is_own(&step.event.site)).collect();
    steps.sort_by_key(|step| step.event.number);
    steps
}

/// True for places in the harness, and for what has no place.
pub(super) fn is_own(site: &str) -> bool {
    site.is_empty() || site.contains("check/recording.rs:")
}

/// Where the events of a call are; nothing if it has none.
fn extent(steps: &[Step<'_>], call: usize, shown: &ShownCall, wrong: Option<usize>) -> Option<Extent> {
    let is_its = |step: &Step<'_>| step.call == Some(call);
    let (first, last) = (steps.iter().position(is_its)?, steps.iter().rposition(is_its)?);
    let between = &steps[first..=last];
    let is_named = |event: &ShownEvent| steps.iter().any(|step| step.event.newest == Some(event.number));
    let is_plain =
        |step: &Step<'_>| is_its(step) && !step.event.is_wrong && step.event.note.is_none() && !is_named(step.event);
    let is_folded =
        wrong != Some(call) && matches!(shown.outcome, Outcome::Returned(_)) && between.iter().all(is_plain);
    Some(Extent { first, last, is_folded })
}

fn add_step(rows: &mut Vec<Row>, step: &Step<'_>, position: usize, call: Option<(&ShownCall, Option<Extent>)>) {
    let &Step { thread, event, .. } = step;
    let Some((call, Some(Extent { first, last, is_folded }))) = call else {
        return rows.push(event_row(thread, event, ""));
    };
    if is_folded {
        if position == first {
            let end = event.number + last - first;
            let numbers = if last > first { format!("{}-{end}", event.number) } else { end.to_string() };
            rows.push(call_row(numbers, thread, whole(call)));
        }
        return;
    }
    if position == first {
        rows.push(call_row(String::new(), thread, format!("{}:", call.call)));
    }
    rows.push(event_row(thread, event, INDENT));
    if let Outcome::Returned(returned) = &call.outcome
        && position == last
        && returned != "()"
    {
        rows.push(call_row(String::new(), thread, format!("{INDENT}-> {returned}")));
    }
}

/// What stands before the events of a call. No line is broken there.
const INDENT: &str = "\u{a0}\u{a0}";

fn whole(call: &ShownCall) -> String {
    match &call.outcome {
        Outcome::Returned(returned) => format!("{} -> {returned}", call.call),
        Outcome::Pending | Outcome::Blocked => format!("{}:", call.call),
    }
}

fn call_row(label: String, thread: usize, text: String) -> Row {
    Row { label, thread, text, note: None, site: Site::from_whole(""), hurts: false }
}

fn event_row(thread: usize, event: &ShownEvent, indent: &str) -> Row {
    Row {
        label: event.number.to_string(),
        thread,
        text: format!("{indent}{}", event.text),
        note: event.note.as_ref().map(|note| format!("{indent}{note}")),
        site: Site::from_whole(&event.site),
        hurts: event.is_wrong,
    }
}
