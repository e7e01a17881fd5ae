//! A caller that comes late marks the state as "running" for a moment, and puts it back: who looks then waits for ever.
//!
//! | late caller | later caller |
//! | --- | --- |
//! | swaps *done* for *running* | |
//! | | sees *running*: sleeps until it changes |
//! | puts *done* back, **wakes nobody** | |

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::atomic::{
    AtomicU8,
    Ordering::{AcqRel, Acquire},
};
use crate::sync::{Condvar, Mutex};

pub(super) const ENTRY: Entry = Entry {
    name: "once-state-reverted",
    title: "A state is swapped to see what it was, and put back if it was final",
    lesson: "A swap is a change, and others see it and act upon it, though it be undone at once. Change a state only from one \
             that allows it: compare, and swap.",
    source: "musl commit 0d0c2f40 (pthread_once)",
    file: file!(),
    code: include_str!("once_state_reverted.rs"),
    variants: &[Variant {
        name: "once-state-reverted",
        fault: "A caller takes back its claim without waking who has seen it.",
        remedy: "A compare-and-swap claims only what nobody has claimed.",
        threads: 2,
        calls: 3,
        memory: Needs::Interleaving,
        symptom: Symptom::Deadlock,
        finders: &[Tool::Engine, Tool::Loom, Tool::Random],
        buggy: || model(buggy::claim),
        fixed: || model(fixed::claim),
        buggy_module: "buggy",
        fixed_module: "fixed",
    }],
};

/// States of a [`Once`].
const NEW: u8 = 0;
const RUNNING: u8 = 1;
const DONE: u8 = 2;

/// Something that is done by the first who wants it, while the others wait.
struct Once {
    state: AtomicU8,
    /// With the condition variable what the system offers as a futex: sleep if the state is what it was.
    lock: Mutex<()>,
    changed: Condvar,
}

impl Once {
    fn call(&self, claim: fn(&Once) -> u8) {
        loop {
            match claim(self) {
                NEW => {
                    // AcqRel: Release publishes what was done, to be acquired by the claims of others.
                    self.state.swap(DONE, AcqRel);
                    drop(self.lock.lock().unwrap());
                    self.changed.notify_all();
                    return;
                }
                RUNNING => self.sleep_while_running(),
                _ => return,
            }
        }
    }

    fn sleep_while_running(&self) {
        let guard = self.lock.lock().unwrap();
        // Acquire: pairs with the Release of the swap in `call`.
        if self.state.load(Acquire) == RUNNING {
            drop(self.changed.wait(guard).unwrap());
        }
    }
}

mod buggy {
    use super::{AcqRel, DONE, Once, RUNNING};

    /// Claims the work, if nobody has; returns what the state was before.
    pub fn claim(once: &Once) -> u8 {
        // AcqRel: Acquire pairs with the Release of who has done the work.
        let before = once.state.swap(RUNNING, AcqRel);
        if before == DONE {
            // AcqRel: publishes again what was done. Who has seen RUNNING in between sleeps, and is not woken.
            once.state.swap(DONE, AcqRel);
        }
        before
    }
}

mod fixed {
    use super::{AcqRel, Acquire, NEW, Once, RUNNING};

    /// Claims the work, if nobody has; returns what the state was before.
    pub fn claim(once: &Once) -> u8 {
        // AcqRel, and Acquire where it fails: pairs with the Release of who has done the work.
        once.state.compare_exchange(NEW, RUNNING, AcqRel, Acquire).unwrap_or_else(|before| before)
    }
}

/// A caller, and another that calls twice: the second time, somebody has done the work.
fn model(claim: fn(&Once) -> u8) {
    let once = Once { state: AtomicU8::new(NEW), lock: Mutex::new(()), changed: Condvar::new() };
    Actors::sharing(once)
        .and(move |once| once.call(claim))
        .and(move |once| (0..2).for_each(|_| once.call(claim)))
        .join();
}
