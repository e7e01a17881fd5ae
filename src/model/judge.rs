//! How does somebody else judge executions?
//!
//! Whoever runs a model can attach something to each execution, in which the model's threads record what they do, and say
//! at the end whether that was right: also when threads wait for ever, which may be what they should do.

#![cfg_attr(not(feature = "check"), allow(dead_code, reason = "the harness uses it"))]

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::checker::Checker;
use super::execute::Verdict;
use super::fault::{Fault, ViolationKind};
use super::run::{Run, with_current};

/// A moment in a thread of an execution.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    thread: usize,
    /// How many events the thread had executed.
    executed: u16,
    /// What it knew by happens-before.
    clock: Vec<u16>,
}

impl Stamp {
    /// The present moment of the thread that runs; nothing outside of models.
    pub fn now() -> Option<Self> {
        with_current(|run| {
            let (clock, executed) = run.here();
            Self { thread: run.running, executed, clock: clock.to_vec() }
        })
    }

    /// The engine's number of the thread, and how many events it had executed.
    pub fn position(&self) -> (usize, usize) {
        (self.thread, self.executed.into())
    }

    /// True if the execution forces that this moment is before `other`, of another thread: something that this thread does
    /// later happens before it.
    pub fn precedes(&self, other: &Self) -> bool {
        other.clock.get(self.thread).is_some_and(|&known| known > self.executed)
    }
}

/// Attaches something to the execution that runs.
pub(crate) fn attach(attached: Box<dyn Any>) {
    with_current(|run| run.attached = Some(attached));
}

/// Says what is wrong with an execution whose threads have ended, or wait for ever; by what is attached to it.
type Judgement = dyn Fn(&dyn Any, bool) -> Option<String> + Send + Sync;

/// Who judges executions besides the engine.
#[derive(Clone, Default)]
pub(super) struct Judge(Option<Arc<Judgement>>);

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Judge" } else { "no judge" })
    }
}

impl Checker {
    /// Lets `judge` say what is wrong with executions that have something attached; it is told whether threads wait for
    /// ever. An execution in which they do is then no violation unless it says so.
    pub(crate) fn judged_by(self, judge: impl Fn(&dyn Any, bool) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { judge: Judge(Some(Arc::new(judge))), ..self }
    }
}

impl Run {
    /// The verdict on the execution when the judge has been asked.
    pub fn judged(&self, verdict: Verdict) -> Verdict {
        let waits = match verdict {
            Verdict::Complete => false,
            Verdict::Deadlock(_) => true,
            _ => return verdict,
        };
        let (Some(judge), Some(attached)) = (&self.judge.0, &self.attached) else { return verdict };
        match judge(&**attached, waits) {
            None if waits => Verdict::Blocked,
            Some(wrong) if !waits => Verdict::Violation(Fault::new(ViolationKind::Unexplained, wrong)),
            _ => verdict,
        }
    }
}
