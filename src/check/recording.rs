//! How is a scenario run, and what is recorded of it?
//!
//! The subject belongs to the run and is lent to scoped threads of the facade. Each call is written down before it is made,
//! and what it returned after; the order that this shows is the one that the backend forces.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::enumerate::Precedence;
use super::explain::{CallEvents, ShownCall};
use super::history::{History, Operation, Outcome};
use super::scenario::{Position, Scenario, ScenarioError};
use super::spec::{Spec, Subject};
use crate::model::{Stamp, unaccounted};
use crate::sync::{BACKEND, Backend, mpsc};
use crate::thread;

type CallOf<S> = <<S as Subject>::Spec as Spec>::Call;
type RetOf<S> = <<S as Subject>::Spec as Spec>::Ret;

/// A scenario whose calls are resolved.
#[derive(Debug)]
pub(super) struct Program<S: Subject> {
    pub scenario: Scenario,
    pub setup: Vec<CallOf<S>>,
    pub threads: Vec<Vec<CallOf<S>>>,
    pub closing: Vec<CallOf<S>>,
}

/// The calls of one run, in the order in which they were made, as far as it has come.
#[derive(Debug)]
pub(super) struct Recording<S: Subject>(Arc<Mutex<Vec<Made<S>>>>);

/// A call that was made.
#[derive(Debug)]
pub(super) struct Made<S: Subject> {
    /// 0 is the main one, and from 1 those of the scenario.
    pub thread: usize,
    /// The place among the calls of its thread.
    pub index: usize,
    pub call: CallOf<S>,
    pub returned: Option<RetOf<S>>,
    /// Where in the order of all calls and returns it was made and returned.
    pub steps: [usize; 2],
    /// When it was made and when it returned, on the engine.
    stamps: [Option<Stamp>; 2],
}

impl<S: Subject> Made<S> {
    /// For people. If it has not returned it waits for ever if `waits`.
    pub fn shown(&self, waits: bool) -> ShownCall {
        let outcome = match &self.returned {
            Some(returned) => Outcome::Returned(format!("{returned:?}")),
            None if waits => Outcome::Blocked,
            None => Outcome::Pending,
        };
        let Self { thread, steps, .. } = *self;
        ShownCall { thread, call: format!("{:?}", self.call), outcome, steps, events: self.events() }
    }

    /// Where the call stands in the scenario, if it is not the main thread's.
    fn position(&self) -> Position {
        Position { thread: self.thread - 1, call: self.index }
    }

    /// The engine's events that are the call's own.
    fn events(&self) -> Option<CallEvents> {
        let (thread, from) = self.stamps[0].as_ref()?.position();
        let to = self.stamps[1].as_ref().map_or(usize::MAX, |returned| returned.position().1);
        Some(CallEvents { thread, from, to })
    }
}

impl<S: Subject> Clone for Recording<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Subject> Default for Recording<S> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<S: Subject> Recording<S> {
    /// What was recorded. In `std`'s lock: it is no part of what is checked, and no operation of the facade is performed while
    /// it is held.
    pub fn made(&self) -> MutexGuard<'_, Vec<Made<S>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self, subject: &S, position: Position, call: &CallOf<S>) {
        let step = |made: &[Made<S>]| made.len() + made.iter().filter(|made| made.returned.is_some()).count();
        let number = {
            let mut made = self.made();
            let steps = [step(&made), usize::MAX];
            let stamps = [Stamp::now(), None];
            let Position { thread, call: index } = position;
            // What is recorded outlives the execution.
            let call = unaccounted(|| call.clone());
            made.push(Made { thread, index, call, returned: None, steps, stamps });
            made.len() - 1
        };
        let returned = crate::model::call(|| subject.call(call));
        let stamp = Stamp::now();
        // As above: what the execution has made is dropped here, and a copy is kept.
        let returned = match BACKEND {
            Backend::Model if std::mem::needs_drop::<RetOf<S>>() => unaccounted(|| returned.clone()),
            _ => returned,
        };
        let mut made = self.made();
        made[number].steps[1] = step(&made);
        made[number].stamps[1] = stamp;
        made[number].returned = Some(returned);
    }
}

impl<S: Subject> Program<S> {
    /// The program of a scenario.
    ///
    /// # Errors
    ///
    /// When the scenario calls what the subject does not have.
    pub fn new(scenario: Scenario) -> Result<Self, ScenarioError> {
        let methods = S::Spec::methods();
        scenario.fits(&methods)?;
        let resolve = |calls: &[super::Invocation]| calls.iter().map(|call| call.resolve(&methods)).collect();
        Ok(Self {
            setup: resolve(&scenario.setup)?,
            threads: scenario.threads.iter().map(|calls| resolve(calls)).collect::<Result<_, _>>()?,
            closing: resolve(&scenario.closing)?,
            scenario,
        })
    }

    /// Runs the program once.
    pub fn run(&self, recording: &Recording<S>) {
        let subject = S::new();
        let main = |calls: &[CallOf<S>], done: usize| {
            for (index, call) in calls.iter().enumerate() {
                recording.call(&subject, Position { thread: 0, call: done + index }, call);
            }
        };
        main(&self.setup, 0);
        let mut signals: Vec<_> = self.scenario.after.iter().map(|after| (*after, mpsc::channel::<()>())).collect();
        let mut threads: Vec<_> = self.threads.iter().map(|calls| (calls, Vec::new(), Vec::new())).collect();
        for (after, (sender, receiver)) in signals.drain(..) {
            threads[after.earlier.thread].1.push((after.earlier.call, sender));
            threads[after.later.thread].2.push((after.later.call, receiver));
        }
        let subject = &subject;
        thread::scope(|scope| {
            for (number, (calls, tell, hear)) in threads.into_iter().enumerate() {
                scope.spawn(move || {
                    for (index, call) in calls.iter().enumerate() {
                        for (_, receiver) in hear.iter().filter(|(call, _)| *call == index) {
                            let _ = receiver.recv();
                        }
                        recording.call(subject, Position { thread: number + 1, call: index }, call);
                        for (_, sender) in tell.iter().filter(|(call, _)| *call == index) {
                            let _ = sender.send(());
                        }
                    }
                });
            }
        });
        main(&self.closing, self.setup.len());
    }

    /// The history of a recording. Calls that have not returned wait for ever, or may still have had their effect.
    pub fn history(&self, calls: &[Made<S>], waits: bool) -> History<S::Spec> {
        let unreturned = if waits { Outcome::Blocked } else { Outcome::Pending };
        let operations = calls.iter().map(|made| Operation {
            thread: made.thread,
            call: made.call.clone(),
            outcome: made.returned.clone().map_or_else(|| unreturned.clone(), Outcome::Returned),
        });
        let operations: Vec<Operation<S::Spec>> = operations.collect();
        let said = self.said_order();
        History::new(operations, |earlier, later| {
            let [earlier, later] = [&calls[earlier], &calls[later]];
            if earlier.thread == later.thread {
                return earlier.index < later.index;
            }
            match (BACKEND, &earlier.stamps[1], &later.stamps[0]) {
                (Backend::Model, Some(returned), Some(called)) => returned.precedes(called),
                // loom's order of execution is not that of time: a load may be stale.
                (Backend::Loom, ..) => said(earlier, later),
                _ => earlier.returned.is_some() && earlier.steps[1] < later.steps[0],
            }
        })
    }

    /// The order that the scenario itself says: setup, closing, and which calls wait for which.
    fn said_order(&self) -> impl Fn(&Made<S>, &Made<S>) -> bool {
        let lengths: Vec<usize> = self.threads.iter().map(Vec::len).collect();
        let order = Precedence::new(&lengths, &self.scenario.after);
        let setup = self.setup.len();
        move |earlier, later| match (earlier.thread, later.thread) {
            (0, _) => earlier.index < setup,
            (_, 0) => later.index >= setup,
            _ => order.holds(earlier.position(), later.position()),
        }
    }
}
