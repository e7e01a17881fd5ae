//! A lock does not only keep others out: it hands over what was done inside.

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::cell::UnsafeCell;
use crate::hint::spin_until;
use crate::sync::atomic::{
    AtomicBool,
    Ordering::{self, Acquire, Relaxed, Release},
};

pub(super) const ENTRY: Entry = Entry {
    name: "spin-unlock-relaxed",
    title: "A lock is taken or given back without ordering what it protects",
    lesson: "Exclusion is not enough: the critical sections must happen one before the other. Release to unlock, Acquire to \
             lock.",
    source: "spin, RUSTSEC-2019-0013; parking_lot issues 260 and 344",
    file: file!(),
    code: include_str!("spin_unlock_relaxed.rs"),
    variants: &[
        Variant {
            name: "spin-unlock-relaxed",
            fault: "The store that unlocks does not publish what was done under the lock.",
            remedy: "It is Release.",
            threads: 2,
            calls: 2,
            memory: Needs::WeakMemory,
            symptom: Symptom::DataRace,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(relaxed_unlock::ORDERINGS),
            fixed: || model(fixed::ORDERINGS),
            buggy_module: "relaxed_unlock",
            fixed_module: "fixed",
        },
        Variant {
            name: "spin-lock-relaxed",
            fault: "The compare-and-swap that locks does not acquire what was done under the lock before.",
            remedy: "It is Acquire where it succeeds.",
            threads: 2,
            calls: 2,
            memory: Needs::WeakMemory,
            symptom: Symptom::DataRace,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(relaxed_lock::ORDERINGS),
            fixed: || model(fixed::ORDERINGS),
            buggy_module: "relaxed_lock",
            fixed_module: "fixed",
        },
    ],
};

/// How the lock is taken and given back.
#[derive(Clone, Copy)]
struct Orderings {
    lock: Ordering,
    unlock: Ordering,
}

mod relaxed_unlock {
    use super::*;

    // Relaxed where what was done under the lock must be published.
    pub const ORDERINGS: Orderings = Orderings { lock: Acquire, unlock: Relaxed };
}

mod relaxed_lock {
    use super::*;

    // Relaxed where what was done under the lock must be acquired.
    pub const ORDERINGS: Orderings = Orderings { lock: Relaxed, unlock: Release };
}

mod fixed {
    use super::*;

    // The one publishes what was done under the lock, the other acquires it.
    pub const ORDERINGS: Orderings = Orderings { lock: Acquire, unlock: Release };
}

/// A number behind a lock that is waited for in a loop.
struct SpinLock {
    is_locked: AtomicBool,
    value: UnsafeCell<u32>,
    orderings: Orderings,
}

// SAFETY: relies on the lock to order all accesses to the value, which it does if it is taken Acquire and given back
// Release. The wrong variants do not.
unsafe impl Sync for SpinLock {}

impl SpinLock {
    fn new(orderings: Orderings) -> Self {
        Self { is_locked: AtomicBool::new(false), value: UnsafeCell::new(0), orderings }
    }

    fn add(&self, more: u32) {
        // Acquire if it is right: pairs with the store below. Relaxed where it fails: nothing is touched then.
        spin_until(|| self.is_locked.compare_exchange(false, true, self.orderings.lock, Relaxed).ok());
        self.value.with_mut(|value| {
            // SAFETY: relies on the lock, which this thread holds.
            unsafe { *value += more }
        });
        // Release if it is right: publishes the value; pairs with the compare-and-swap above.
        self.is_locked.store(false, self.orderings.unlock);
    }
}

/// Two threads that each add to the number.
fn model(orderings: Orderings) {
    Actors::sharing(SpinLock::new(orderings)).and(|lock| lock.add(1)).and(|lock| lock.add(2)).join();
}
