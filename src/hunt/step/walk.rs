//! What is there to see at each step of a counterexample?

use crate::catalogue::Entry;
use crate::hunt::{code, story};
use crate::model::{Counterexample, ObjectState, ShownEvent, ThreadState};

/// How many lines of the source are shown before the one that a step is at, and after it.
const AROUND: usize = 3;

/// A counterexample, as a sequence of steps.
#[derive(Debug)]
pub struct Walk {
    pub(super) name: &'static str,
    /// What is wrong in the end.
    pub(super) headline: String,
    /// The names of the threads.
    pub(super) threads: Vec<String>,
    pub(super) steps: Vec<Moment>,
}

/// A step, and what is so after it.
#[derive(Debug)]
pub(super) struct Moment {
    /// Which thread takes it.
    pub thread: usize,
    pub event: ShownEvent,
    /// Whose value it reads, if that is shown.
    pub source: Option<String>,
    pub states: Vec<ThreadState>,
    pub objects: Vec<Object>,
    /// The lines around the one that it is at, with their numbers.
    pub lines: Vec<Line>,
}

/// What an object holds.
#[derive(Debug)]
pub(super) struct Object {
    pub state: ObjectState,
    /// True if it held something else before the step, or was not known.
    pub is_new: bool,
}

/// A line of the source.
#[derive(Debug)]
pub(super) struct Line {
    pub number: usize,
    pub text: &'static str,
    /// True if the step is at this one.
    pub is_here: bool,
}

impl Walk {
    /// The steps of a counterexample that a model of `entry` has shown.
    pub fn new(entry: &Entry, name: &'static str, violation: &Counterexample) -> Self {
        let told = story::steps(violation);
        let mut before: Vec<ObjectState> = Vec::new();
        let mut steps = Vec::new();
        for (&(lane, event), step) in told.iter().zip(violation.steps()) {
            let thread = violation.lanes.iter().position(|other| other.thread == lane.thread).unwrap_or(0);
            let source = event
                .reads_from
                .filter(|_| event.value.is_some())
                .and_then(|number| told.iter().find(|(_, event)| event.number == number));
            let source = source.map(|(lane, from)| format!("step {}, {}: {}", from.number, lane.name, from.text));
            let object = |state: &ObjectState| Object { state: state.clone(), is_new: !before.contains(state) };
            let objects = step.objects.iter().map(object).collect();
            let lines = around(entry, event);
            steps.push(Moment { thread, event: event.clone(), source, states: step.threads, objects, lines });
            before = step.objects;
        }
        let headline = format!("{}: {}", violation.kind, violation.message.lines().next().unwrap_or_default());
        Self { name, headline, threads: violation.lanes.iter().map(|lane| lane.name.clone()).collect(), steps }
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl Moment {
    /// What there is to say of the step, each with what it is about.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let ShownEvent { text, ordering, value, site, note, .. } = &self.event;
        let details = [
            ("does", Some(text.clone())),
            ("ordering", ordering.map(str::to_owned)),
            ("value", value.clone()),
            ("from", self.source.clone()),
            ("note", note.clone()),
            ("at", Some(site.clone()).filter(|site| !site.is_empty())),
        ];
        details.into_iter().filter_map(|(what, text)| Some((what, text?))).collect()
    }
}

/// The lines around a step, without the indentation that all of them have.
fn around(entry: &Entry, event: &ShownEvent) -> Vec<Line> {
    let Some(here) = code::number_of(entry, &event.site) else { return Vec::new() };
    let last = entry.code.lines().count();
    let numbers = here.saturating_sub(AROUND).max(1)..=(here + AROUND).min(last);
    let indentation = |text: &str| text.len() - text.trim_start().len();
    let texts = || numbers.clone().map(|number| (number, code::line(entry, number)));
    let shared = texts().filter(|(_, text)| !text.is_empty()).map(|(_, text)| indentation(text)).min().unwrap_or(0);
    texts()
        .map(|(number, text)| Line { number, text: text.get(shared..).unwrap_or_default(), is_here: number == here })
        .collect()
}
