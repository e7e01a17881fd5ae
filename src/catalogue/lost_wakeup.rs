//! Who waits under a lock must be told under the lock: else the news comes between the test and the wait.
//!
//! | worker | owner |
//! | --- | --- |
//! | takes the lock | |
//! | there are no jobs, and nobody stops | |
//! | | stops: sets the flag |
//! | | `notify_all()`: nobody waits yet |
//! | **waits**, and nobody will ever notify it | |

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Release},
};
use crate::sync::{Condvar, Mutex};

pub(super) const ENTRY: Entry = Entry {
    name: "lost-wakeup",
    title: "A flag is set, and its waiter notified, without the lock that it tests the flag under",
    lesson: "A condition variable remembers nothing. Whatever a waiter tests must be changed under the lock that it gives \
             back while it waits, though it be an atomic: the lock is what makes test and wait one step.",
    source: "openethereum/parity-ethereum issue 3686, found as a node that hung when it was shut down",
    file: file!(),
    code: include_str!("lost_wakeup.rs"),
    variants: &[Variant {
        name: "lost-wakeup",
        fault: "The flag is set and the waiter notified between its test and its wait.",
        remedy: "The flag is set under the waiter's lock: before its test, or when it waits.",
        threads: 2,
        calls: 2,
        memory: Needs::Interleaving,
        symptom: Symptom::Deadlock,
        finders: &[Tool::Engine, Tool::Loom, Tool::Random],
        buggy: || model(buggy::stop),
        fixed: || model(fixed::stop),
        buggy_module: "buggy",
        fixed_module: "fixed",
    }],
};

/// What a worker and its owner share.
#[derive(Default)]
struct Work {
    jobs: Mutex<Vec<u32>>,
    is_stopping: AtomicBool,
    changed: Condvar,
}

impl Work {
    /// The next job; none when there is nothing more to do.
    fn next(&self) -> Option<u32> {
        let mut jobs = self.jobs.lock().unwrap();
        // Acquire: what the owner did before it stopped is seen after; pairs with the Release store in `stop`.
        while jobs.is_empty() && !self.is_stopping.load(Acquire) {
            jobs = self.changed.wait(jobs).unwrap();
        }
        jobs.pop()
    }
}

mod buggy {
    use super::{Release, Work};

    pub fn stop(work: &Work) {
        // Release: pairs with the Acquire load in `next`. No ordering helps against what is wrong here: the worker may
        // have looked at the flag, and not wait yet.
        work.is_stopping.store(true, Release);
        work.changed.notify_all();
    }
}

mod fixed {
    use super::{Release, Work};

    pub fn stop(work: &Work) {
        let jobs = work.jobs.lock().unwrap();
        // Release: pairs with the Acquire load in `next`; the lock alone would do.
        work.is_stopping.store(true, Release);
        drop(jobs);
        work.changed.notify_all();
    }
}

/// A worker that waits for a job, and its owner, who stops it.
fn model(stop: fn(&Work)) {
    Actors::sharing(Work::default()).and(|work| assert_eq!(work.next(), None)).and(stop).join();
}
