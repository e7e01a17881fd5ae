//! A lock is handed to the first who waits for it; what if he has just given up?
//!
//! | holder | waiter 1 | waiter 2 |
//! | --- | --- | --- |
//! | | | waits |
//! | unlocks: hands the lock to waiter 1 | | |
//! | | gives up: is not in the queue, so there is nothing to do | |
//! | | | **waits for ever** |

use std::collections::VecDeque;

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::{Condvar, Mutex};

pub(super) const ENTRY: Entry = Entry {
    name: "cancelled-waiter-keeps-permit",
    title: "A waiter gives up after the lock was handed to it, and takes the lock along",
    lesson: "Whoever can be given something while it waits must look, when it stops waiting, whether it was, and pass it on. \
             Dropped futures and timeouts are such waiters.",
    source: "tokio issue 1898, pull request 1902 (a Mutex whose lock future is dropped)",
    file: file!(),
    code: include_str!("cancelled_waiter_keeps_permit.rs"),
    variants: &[Variant {
        name: "cancelled-waiter-keeps-permit",
        fault: "A waiter that was handed the lock gives up, and nobody can lock any more.",
        remedy: "Who gives up looks whether it was handed the lock, and if so unlocks.",
        threads: 3,
        calls: 3,
        memory: Needs::Interleaving,
        symptom: Symptom::Deadlock,
        finders: &[Tool::Engine, Tool::Loom, Tool::Random],
        buggy: || model(buggy::give_up),
        fixed: || model(fixed::give_up),
        buggy_module: "buggy",
        fixed_module: "fixed",
    }],
};

/// Who waits.
type Name = u32;

/// A lock that is handed on in the order in which it is waited for.
struct Lock {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    is_free: bool,
    /// Whom it was handed to, until that one takes notice.
    handed_to: Option<Name>,
    waiting: VecDeque<Name>,
}

impl State {
    /// Hands the lock to whoever waits first.
    fn hand_on(&mut self) {
        self.handed_to = self.waiting.pop_front();
        self.is_free = self.handed_to.is_none();
    }
}

impl Lock {
    fn unlock(&self) {
        self.state.lock().unwrap().hand_on();
        self.changed.notify_all();
    }

    /// Waits for the lock to be handed over.
    fn wait(&self, name: Name) {
        let mut state = self.state.lock().unwrap();
        while state.handed_to != Some(name) {
            state = self.changed.wait(state).unwrap();
        }
        state.handed_to = None;
    }
}

mod buggy {
    use super::{Lock, Name};

    /// Waits no more.
    pub fn give_up(lock: &Lock, name: Name) {
        lock.state.lock().unwrap().waiting.retain(|waiting| *waiting != name);
    }
}

mod fixed {
    use super::{Lock, Name};

    /// Waits no more.
    pub fn give_up(lock: &Lock, name: Name) {
        let mut state = lock.state.lock().unwrap();
        state.waiting.retain(|waiting| *waiting != name);
        if state.handed_to == Some(name) {
            state.hand_on();
            lock.changed.notify_all();
        }
    }
}

/// A thread that holds the lock, for which two others are in the queue; the first of them gives up.
fn model(give_up: fn(&Lock, Name)) {
    let state = State { is_free: false, handed_to: None, waiting: VecDeque::from([1, 2]) };
    Actors::sharing(Lock { state: Mutex::new(state), changed: Condvar::new() })
        .and(Lock::unlock)
        .and(move |lock| give_up(lock, 1))
        .and(|lock| {
            lock.wait(2);
            assert!(!lock.state.lock().unwrap().is_free, "the lock is mine");
        })
        .join();
}
