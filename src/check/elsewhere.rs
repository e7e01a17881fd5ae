//! How are scenarios run where the engine is not: on loom, and on real threads?
//!
//! There a call that waits for ever ends the test, so that scenarios in which one may are left out.

use std::any::Any;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::judged::Runs;
use super::recording::Program;
use super::spec::{Spec, Subject};
use crate::model::{ViolationKind, message_of};

/// The payload of the panic that ends a run whose history is wrong.
struct Wrong(String);

/// Runs a program as `explore` does, which calls its argument again and again. Returns how often it did, and what is wrong
/// with the last time.
pub(super) fn run(
    program: &Arc<dyn Runs>,
    explore: impl FnOnce(Box<dyn Fn() + Send + Sync>),
) -> (u64, Option<(ViolationKind, String)>) {
    let executions = Arc::new(AtomicU64::new(0));
    let model = {
        let (executions, program) = (executions.clone(), program.clone());
        move || {
            // Relaxed: a count.
            executions.fetch_add(1, Relaxed);
            if let Some(wrong) = program.run_once() {
                panic_any(Wrong(wrong));
            }
        }
    };
    let panic = catch_unwind(AssertUnwindSafe(|| explore(Box::new(model)))).err();
    (executions.load(Relaxed), panic.map(|panic| told_by(&*panic)))
}

fn told_by(panic: &(dyn Any + Send)) -> (ViolationKind, String) {
    if let Some(Wrong(message)) = panic.downcast_ref() {
        return (ViolationKind::Unexplained, message.clone());
    }
    (ViolationKind::Panic, message_of(panic))
}

impl<S: Subject> Program<S> {
    /// True if the spec allows calls of this program to wait for ever, those included that wait for a limited time: on loom
    /// none passes.
    pub fn may_wait(&self) -> bool {
        let mut seen = HashSet::new();
        let mut left = vec![(vec![0; self.threads.len() + 1], S::Spec::default())];
        while let Some((done, state)) = left.pop() {
            let mut goes_on = false;
            for thread in 0..done.len() {
                let Some(call) = self.next_call(thread, &done) else { continue };
                let mut next = state.clone();
                let takes_effect = next.step(call).is_some();
                goes_on |= takes_effect;
                let mut done = done.clone();
                done[thread] += 1;
                let fails = state.may_fail(call).map(|_| state.clone());
                for next in takes_effect.then_some(next).into_iter().chain(fails) {
                    if seen.insert((done.clone(), next.clone())) {
                        left.push((done.clone(), next));
                    }
                }
            }
            if !goes_on && done.iter().sum::<usize>() < self.scenario.calls() {
                return true;
            }
        }
        false
    }

    /// The call that a thread, 0 being the main one, can make when each has made so many.
    fn next_call(&self, thread: usize, done: &[usize]) -> Option<&<S::Spec as Spec>::Call> {
        let next = done[thread];
        let Some(number) = thread.checked_sub(1) else {
            let have_ended = || self.threads.iter().zip(&done[1..]).all(|(calls, &done)| done == calls.len());
            return match next.checked_sub(self.setup.len()) {
                None => self.setup.get(next),
                Some(closing) if have_ended() => self.closing.get(closing),
                Some(_) => None,
            };
        };
        let is_free = self.scenario.after.iter().all(|after| {
            (after.later.thread, after.later.call) != (number, next)
                || done[after.earlier.thread + 1] > after.earlier.call
        });
        if done[0] >= self.setup.len() && is_free { self.threads[number].get(next) } else { None }
    }
}
