//! What does whoever draws an execution need to know of it?
//!
//! The same rows as in the trace, thread by thread, with whose value each reads and what happens before it.

use super::event::{INITIAL, Number};
use super::trace;
use super::words::Words;

/// A thread of an execution that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lane {
    /// The number by which the engine knows the thread, which may be another than that in its name; 0 for the main one.
    pub thread: usize,
    /// Its name, for reading.
    pub name: String,
    /// What it does, in order.
    pub events: Vec<ShownEvent>,
}

/// Something that a thread does, as the trace shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShownEvent {
    /// Its row in the trace, from 1.
    pub number: usize,
    /// How many events of its thread come before it, those included that are not shown.
    pub index: usize,
    /// What it is, as in the source.
    pub text: String,
    /// The name of the object that it uses, if it uses one that has a name.
    pub object: Option<String>,
    /// More about it: which newer value it does not read, say.
    pub note: Option<String>,
    /// Its memory ordering, if it has one.
    pub ordering: Option<&'static str>,
    /// The value that it reads or writes; both, with an arrow between, if it does both.
    pub value: Option<String>,
    /// Its `file:line`; empty if it has none.
    pub site: String,
    /// The number of the event whose value it reads, if that is shown.
    pub reads_from: Option<usize>,
    /// The number of the write that the note names: the newest one that it reads past, or comes before.
    pub newest: Option<usize>,
    /// The numbers of the events of other threads that happen before it. Those are left out that happen before one of
    /// these, or before something earlier in its own thread.
    pub happens_after: Vec<usize>,
    /// True if it is what is wrong: a panic, an access that races, a wait without an end.
    pub is_wrong: bool,
}

/// The lanes of an execution, in the order of the numbers in their names.
pub(super) fn lanes(words: &Words<'_, '_>) -> Vec<Lane> {
    let (rows, row_of) = trace::rows(words);
    let skipped = trace::skipped(words, rows.len());
    let mut event_of = vec![None; rows.len() + 1];
    for (event, row) in row_of.iter().enumerate() {
        if let Some(row) = *row {
            event_of[row] = Some(event as Number);
        }
    }
    let mut lanes: Vec<Lane> = Vec::new();
    for (row, number) in rows.iter().zip(1..).skip(skipped) {
        let lane = lanes.iter().position(|lane| lane.thread == row.thread).unwrap_or_else(|| {
            let name = words.picture.thread_name(row.thread);
            lanes.push(Lane { thread: row.thread, name, events: Vec::new() });
            lanes.len() - 1
        });
        let mut shown = ShownEvent {
            number,
            index: lanes[lane].events.last().map_or(0, |last| last.index + 1),
            text: row.text.replace('\u{a0}', " "),
            object: None,
            note: row.note.clone(),
            ordering: None,
            value: None,
            site: row.site.whole(),
            reads_from: None,
            newest: None,
            happens_after: Vec::new(),
            is_wrong: row.hurts,
        };
        if let Some(event) = event_of[number] {
            let newest = row.note.as_ref().and_then(|_| words.picture.newer(event).next_back());
            shown.newest = newest.and_then(|newest| row_of[newest as usize]);
            let event = words.picture.graph.event(event);
            shown.index = usize::from(event.index);
            shown.object = words.has_name(event).then(|| words.object(event.location).to_owned());
            (shown.ordering, shown.value) = words.ordering_and_value(event);
            let source = Some(event.reads_from).filter(|&source| event.reads() && source != INITIAL);
            shown.reads_from = source.and_then(|source| row_of[source as usize]).filter(|&source| source > skipped);
        }
        lanes[lane].events.push(shown);
    }
    lanes.sort_by_key(|lane| words.picture.number(lane.thread));
    add_happens_after(words, &mut lanes, &event_of);
    lanes
}

/// Fills in what happens before what, by the clocks of the events.
fn add_happens_after(words: &Words<'_, '_>, lanes: &mut [Lane], event_of: &[Option<Number>]) {
    let clock = |number: usize| event_of[number].map(|event| words.picture.graph.after.row(event));
    let mut edges = Vec::new();
    for lane in &*lanes {
        let mut before = None;
        for event in &lane.events {
            let Some(now) = clock(event.number) else { continue };
            // The latest event of each other thread that is news here.
            let mut news: Vec<(usize, &ShownEvent)> = Vec::new();
            for other in lanes.iter().filter(|other| other.thread != lane.thread) {
                let known = |clock: &[u16]| clock.get(other.thread).map_or(0, |&known| usize::from(known));
                let latest =
                    other.events.iter().rev().find(|event| clock(event.number).is_some() && event.index < known(now));
                news.extend(latest.filter(|event| event.index >= before.map_or(0, known)).map(|e| (other.thread, e)));
            }
            let is_direct = |&(thread, event): &(usize, &ShownEvent)| {
                let knows =
                    |other: &ShownEvent| clock(other.number).is_some_and(|c| usize::from(c[thread]) > event.index);
                !news.iter().any(|&(other, by)| other != thread && knows(by))
            };
            edges.extend(news.iter().filter(|&new| is_direct(new)).map(|(_, source)| (event.number, source.number)));
            before = Some(now);
        }
    }
    for event in lanes.iter_mut().flat_map(|lane| &mut lane.events) {
        let sources = edges.iter().filter(|(target, _)| *target == event.number);
        event.happens_after = sources.map(|&(_, source)| source).collect();
    }
}
