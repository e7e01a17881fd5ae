//! What does an execution show, in words?

use super::code;
use crate::catalogue::Entry;
use crate::model::{Counterexample, Lane, ShownEvent};

/// How many accesses to what is not the newest value are told in sentences; the trace has them all.
const STALE_MAX: usize = 3;

/// A line of the source that a thread performs at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Passage {
    pub thread: String,
    /// The first of its steps, and the last.
    pub steps: [usize; 2],
    /// Its number in the entry's file.
    pub line: usize,
    pub code: &'static str,
    /// What is to be said about it.
    pub remarks: Vec<String>,
    /// True if it is what is wrong.
    pub is_wrong: bool,
}

/// The steps of all threads in their order.
pub(super) fn steps(violation: &Counterexample) -> Vec<(&Lane, &ShownEvent)> {
    let mut steps: Vec<_> =
        violation.lanes.iter().flat_map(|lane| lane.events.iter().map(move |event| (lane, event))).collect();
    steps.sort_by_key(|(_, event)| event.number);
    steps
}

/// Line by line of the source, as far as it is the entry's: what starts and joins threads is left out.
pub(super) fn passages(entry: &Entry, violation: &Counterexample) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    for (lane, event) in steps(violation) {
        let Some(line) = code::number_of(entry, &event.site) else { continue };
        if event.object.is_none() && (lane.thread == 0 || !event.is_wrong) && event.ordering.is_none() {
            continue;
        }
        let is_same = |last: &&mut Passage| last.thread == lane.name && last.line == line;
        let passage = match passages.last_mut().filter(is_same) {
            Some(_) => passages.last_mut().expect("there is one"),
            None => {
                let (thread, code) = (lane.name.clone(), code::line(entry, line).trim());
                let steps = [event.number; 2];
                passages.push(Passage { thread, steps, line, code, remarks: Vec::new(), is_wrong: false });
                passages.last_mut().expect("one was pushed")
            }
        };
        passage.steps[1] = event.number;
        passage.is_wrong |= event.is_wrong;
        if event.is_wrong {
            passage.remarks.push(event.text.clone());
        }
        if let Some(note) = &event.note {
            passage.remarks.push(format!("{}: {note}", event.text));
        }
    }
    passages
}

/// What the execution shows, a sentence each.
pub(super) fn sentences(violation: &Counterexample) -> Vec<String> {
    let steps = steps(violation);
    let mut sentences = Vec::new();
    sentences.extend(steps.iter().find(|(_, event)| event.is_wrong).and_then(|&wrong| interruption(&steps, wrong)));
    let stale = steps.iter().filter_map(|(lane, event)| Some((lane, event.number, event.note.as_ref()?)));
    for (lane, number, note) in stale.take(STALE_MAX) {
        let what = match note.strip_prefix("stale: ") {
            Some(since) => format!("sees an old value: {since}"),
            None => note.clone(),
        };
        sentences.push(format!("Step {number} ({}) {what}.", lane.name));
    }
    sentences
}

/// Where the thread in which something is wrong stood still last, and who went on.
fn interruption(steps: &[(&Lane, &ShownEvent)], (lane, wrong): (&Lane, &ShownEvent)) -> Option<String> {
    let own = || steps.iter().filter(|(other, event)| other.thread == lane.thread && event.number <= wrong.number);
    let others_between = |from: usize, to: usize| {
        let is_between = move |event: &ShownEvent| (from + 1..to).contains(&event.number);
        steps.iter().filter(move |(other, event)| other.thread != 0 && is_between(event))
    };
    let pairs = own().zip(own().skip(1)).map(|((_, from), (_, to))| (from.number, to.number));
    let (from, to) = pairs.filter(|&(from, to)| others_between(from, to).next().is_some()).last()?;
    let mut names: Vec<&str> = others_between(from, to).map(|(other, _)| other.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let first = others_between(from, to).map(|(_, event)| event.number).min()?;
    let last = others_between(from, to).map(|(_, event)| event.number).max()?;
    let took = if first == last { format!("step {first}") } else { format!("steps {first} to {last}") };
    Some(format!("Between steps {from} and {to} of {}, {} took {took}.", lane.name, names.join(" and ")))
}
