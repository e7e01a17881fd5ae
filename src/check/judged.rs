//! Were the executions of a scenario right?

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::criterion::Criterion;
use super::explain::ShownCall;
use super::recording::{Program, Recording};
use super::spec::Subject;
use super::verdict::{Verdict, judge};

/// A program, and what is known of its executions.
pub(super) struct Judged<S: Subject> {
    pub program: Program<S>,
    criterion: Criterion,
    steps_max: u64,
    state: Mutex<State<S>>,
}

struct State<S: Subject> {
    /// By the fingerprint of the history: what is wrong with it. Most executions repeat one.
    verdicts: HashMap<u64, Option<Wrong>>,
    /// Why a history could not be judged.
    unknown: Option<String>,
    /// That of the execution that was started last.
    latest: Recording<S>,
}

#[derive(Clone)]
struct Wrong {
    text: String,
    /// The call, by its place in the recording, that shows it.
    call: Option<usize>,
}

impl<S: Subject> Judged<S> {
    pub fn new(program: Program<S>, criterion: Criterion, steps_max: u64) -> Self {
        let state = State { verdicts: HashMap::new(), unknown: None, latest: Recording::default() };
        Self { program, criterion, steps_max, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the program once; `attach` is given the recording before it begins.
    pub fn run(&self, attach: impl FnOnce(&Recording<S>)) -> Recording<S> {
        let recording = Recording::default();
        self.state().latest = recording.clone();
        attach(&recording);
        self.program.run(&recording);
        recording
    }

    /// What is wrong with a recording, in short, whose calls that have not returned wait for ever if `waits`.
    pub fn judge(&self, recording: &Recording<S>, waits: bool) -> Option<String> {
        let history = self.program.history(&recording.made(), waits);
        let mut state = self.state();
        let State { verdicts, unknown, .. } = &mut *state;
        let verdict = verdicts.entry(history.fingerprint());
        let judge = || match judge(&history, self.criterion, self.steps_max) {
            Verdict::Holds(_) => None,
            Verdict::Violation(witness) => {
                Some(Wrong { text: witness.to_string(), call: witness.wrong.first().map(|wrong| wrong.index) })
            }
            Verdict::Unknown(why) => {
                unknown.get_or_insert(why);
                None
            }
        };
        let wrong = verdict.or_insert_with(judge).as_ref()?;
        Some(wrong.text.split(". ").next().unwrap_or_default().to_owned())
    }

    /// How many histories there were.
    pub fn histories(&self) -> u64 {
        self.state().verdicts.len() as u64
    }

    /// Why some history could not be judged, if there is one.
    pub fn unknown(&self) -> Option<String> {
        self.state().unknown.clone()
    }

    /// Why the history that is wrong is so, if one is.
    pub fn why(&self) -> Option<String> {
        self.state().verdicts.values().flatten().next().map(|wrong| wrong.text.clone())
    }

    /// The call that shows it, by its place in the recording.
    pub fn wrong_call(&self) -> Option<usize> {
        self.state().verdicts.values().flatten().next()?.call
    }

    /// The calls of the execution that was started last. Those that have not returned wait for ever if `waits`.
    pub fn calls(&self, waits: bool) -> Vec<ShownCall> {
        let latest = self.state().latest.clone();
        let made = latest.made();
        made.iter().map(|made| made.shown(waits)).collect()
    }
}
