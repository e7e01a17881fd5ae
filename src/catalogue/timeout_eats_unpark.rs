//! A wake-up is meant for a sleeper, who has just woken up by himself. Is it kept for his next sleep?
//!
//! | parker | unparker |
//! | --- | --- |
//! | sleeps, for a limited time | |
//! | | sees that it sleeps |
//! | wakes up: the time is over | |
//! | | *asleep → notified*? It is awake: **drops the wake-up** |
//! | sleeps, for ever | |

use std::time::Duration;

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::atomic::{
    AtomicU8,
    Ordering::{AcqRel, Acquire},
};
use crate::sync::{Condvar, Mutex};

pub(super) const ENTRY: Entry = Entry {
    name: "timeout-eats-unpark",
    title: "A wake-up that comes when the sleeper's time is over is dropped",
    lesson: "A wake-up is a token: it must be there afterwards whatever the sleeper does meanwhile. Write it without asking \
             what it replaces, and ask then whether somebody sleeps.",
    source: "tokio pull request 459, commit 7fb579c66 (default_park)",
    file: file!(),
    code: include_str!("timeout_eats_unpark.rs"),
    variants: &[Variant {
        name: "timeout-eats-unpark",
        fault: "The compare-and-swap from asleep to notified fails because the sleeper's time is over, and nothing is noted.",
        remedy: "A swap notes the wake-up in any case.",
        threads: 2,
        calls: 3,
        memory: Needs::Interleaving,
        symptom: Symptom::Deadlock,
        finders: &[Tool::Engine, Tool::Random],
        buggy: || model(buggy::wake),
        fixed: || model(fixed::wake),
        buggy_module: "buggy",
        fixed_module: "fixed",
    }],
};

/// States of a parker.
const IDLE: u8 = 0;
const NOTIFIED: u8 = 1;
/// Only who holds the lock makes this of [`IDLE`], or something else of it.
const ASLEEP: u8 = 2;

/// Where one thread sleeps.
#[derive(Default)]
struct Parker {
    state: AtomicU8,
    lock: Mutex<()>,
    changed: Condvar,
}

impl Parker {
    /// Sleeps until there is a wake-up, which it takes, or until the time is over; true if there was a wake-up.
    fn park(&self, time: Option<Duration>) -> bool {
        let mut guard = self.lock.lock().unwrap();
        // AcqRel: Acquire pairs with the Release of `unpark`, whose news it brings; so in all of these.
        if self.state.compare_exchange(IDLE, ASLEEP, AcqRel, Acquire).is_err() {
            // AcqRel: as above.
            return self.state.swap(IDLE, AcqRel) == NOTIFIED;
        }
        loop {
            guard = match time {
                Some(time) => self.changed.wait_timeout(guard, time).unwrap().0,
                None => self.changed.wait(guard).unwrap(),
            };
            // AcqRel: as above.
            if self.state.compare_exchange(NOTIFIED, IDLE, AcqRel, Acquire).is_ok() {
                return true;
            }
            if time.is_some() {
                // AcqRel: as above.
                return self.state.swap(IDLE, AcqRel) == NOTIFIED;
            }
        }
    }

    /// Wakes the sleeper, now or when it will sleep.
    fn unpark(&self, wake: fn(&Parker)) {
        // AcqRel: Release publishes what the caller did, to be acquired in `park`.
        if self.state.compare_exchange(IDLE, NOTIFIED, AcqRel, Acquire) == Err(ASLEEP) {
            wake(self);
        }
    }
}

mod buggy {
    use super::{ASLEEP, AcqRel, Acquire, NOTIFIED, Parker};

    /// Wakes a thread that was seen asleep.
    pub fn wake(parker: &Parker) {
        let _guard = parker.lock.lock().unwrap();
        // AcqRel: as in `unpark`. If the sleeper is awake again this fails, and the wake-up is gone.
        if parker.state.compare_exchange(ASLEEP, NOTIFIED, AcqRel, Acquire).is_ok() {
            parker.changed.notify_one();
        }
    }
}

mod fixed {
    use super::{ASLEEP, AcqRel, NOTIFIED, Parker};

    /// Wakes a thread that was seen asleep.
    pub fn wake(parker: &Parker) {
        let _guard = parker.lock.lock().unwrap();
        // AcqRel: as in `unpark`.
        if parker.state.swap(NOTIFIED, AcqRel) == ASLEEP {
            parker.changed.notify_one();
        }
    }
}

/// A thread that waits for one wake-up, first for a limited time, and another that gives it.
fn model(wake: fn(&Parker)) {
    let sleep = |parker: &Parker| {
        if !parker.park(Some(Duration::from_millis(1))) {
            parker.park(None);
        }
    };
    Actors::sharing(Parker::default()).and(sleep).and(move |parker| parker.unpark(wake)).join();
}
