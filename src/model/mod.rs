//! What can the threads of a program do, and what may they see? The engine.
//!
//! [`Checker`] runs a model in every execution that the memory model allows, each exactly once: one for each execution
//! graph of program order, reads-from and coherence order.
#![cfg_attr(any(loom, raddle_std), allow(dead_code, unused_imports, reason = "the facade is another backend's"))]

pub(crate) mod arc;
pub(crate) mod atomic;
mod audit;
pub(crate) mod barrier;
mod beside;
pub(crate) mod cell;
mod cells;
mod channel;
mod checker;
mod clocks;
pub(crate) mod condvar;
mod consistency;
mod counterexample;
mod crew;
mod decide;
mod event;
mod execute;
mod explore;
mod fault;
mod fiber;
mod follow;
mod graph;
pub(crate) mod hint;
mod judge;
mod lanes;
mod leak;
mod ledger;
mod linearise;
mod lock;
pub(crate) mod mpsc;
pub(crate) mod mutex;
mod object;
pub(crate) mod once;
mod picture;
mod progress;
mod run;
pub(crate) mod rwlock;
mod sample;
mod skeleton;
mod spin;
mod step;
mod steps;
mod stuck;
mod styled;
#[cfg(unix)]
mod survive;
mod teardown;
pub(crate) mod thread;
mod token;
mod trace;
pub(crate) mod track;
mod value;
mod watched;
mod words;
mod workers;

pub use audit::{Audit, AuditReport, AuditedOrdering, Refutation};
pub use beside::Estimate;
pub use checker::{Checker, Counterexample, Coverage, Memory, Report, Strategy};
pub use fault::ViolationKind;
pub use lanes::{Lane, ShownEvent};
pub use progress::{Progress, call};
#[doc(hidden)]
pub use skeleton::{Ending, Skeleton};
pub use steps::{ObjectState, Step, ThreadState};
pub use token::TokenError;
pub use watched::Watched;
#[cfg(feature = "check")]
pub(crate) use {
    audit::Tried,
    execute::message_of,
    follow::Fnv,
    judge::{Stamp, attach},
    ledger::unaccounted,
    trace::{Row, Site, fitted, plain_table, width, wrapped},
};

/// Gives up the execution unless `condition` holds: how it would go on is of no interest.
///
/// Such executions are counted as blocked. Outside of a model this does nothing if the condition holds.
///
/// # Panics
///
/// Outside of a model, when the condition does not hold.
pub fn assume(condition: bool) {
    if condition {
        return;
    }
    assert!(run::is_inside(), "an assumption does not hold, and there is no model whose execution could be given up");
    teardown::stop(run::Status::Assumed);
}
