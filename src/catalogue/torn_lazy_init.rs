//! The loser of a race to initialise uses what the winner has made: it must acquire it, too.

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::cell::UnsafeCell;
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{self, Acquire, Relaxed, Release},
};

pub(super) const ENTRY: Entry = Entry {
    name: "torn-lazy-init",
    title: "Something is made by the first who needs it, and used by others who have not acquired it",
    lesson: "A failed compare-and-swap is a load, and so is the quick look before the lock: if what it finds is then used, it \
             must be Acquire.",
    source: "parking_lot issue 210, commit a02c309 (create_hashtable); double-checked locking",
    file: file!(),
    code: include_str!("torn_lazy_init.rs"),
    variants: &[
        Variant {
            name: "torn-lazy-init",
            fault: "A failed compare-and-swap finds what another thread has made, and does not acquire it.",
            remedy: "The ordering of the failure is Acquire.",
            threads: 2,
            calls: 2,
            memory: Needs::WeakMemory,
            symptom: Symptom::DataRace,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(relaxed_failure::ORDERINGS),
            fixed: || model(fixed::ORDERINGS),
            buggy_module: "relaxed_failure",
            fixed_module: "fixed",
        },
        Variant {
            name: "double-checked-relaxed",
            fault: "The quick look finds what another thread has made, and does not acquire it.",
            remedy: "The quick look is Acquire.",
            threads: 2,
            calls: 2,
            memory: Needs::WeakMemory,
            symptom: Symptom::DataRace,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(relaxed_look::ORDERINGS),
            fixed: || model(fixed::ORDERINGS),
            buggy_module: "relaxed_look",
            fixed_module: "fixed",
        },
    ],
};

/// How it is found out whether there is something already.
#[derive(Clone, Copy)]
struct Orderings {
    /// Of the look before anything is made.
    look: Ordering,
    /// Of the compare-and-swap, if another thread was first.
    failure: Ordering,
}

mod relaxed_failure {
    use super::*;

    // Relaxed where a failure finds what must be acquired.
    pub const ORDERINGS: Orderings = Orderings { look: Acquire, failure: Relaxed };
}

mod relaxed_look {
    use super::*;

    // Relaxed where the look finds what must be acquired.
    pub const ORDERINGS: Orderings = Orderings { look: Relaxed, failure: Acquire };
}

mod fixed {
    use super::*;

    // Both find what must be acquired.
    pub const ORDERINGS: Orderings = Orderings { look: Acquire, failure: Acquire };
}

/// Nothing was made yet.
const NOTHING: usize = 2;

/// A value that is made by the first who needs it. Two indices stand for the pointers to what each of two threads makes.
struct Lazy {
    chosen: AtomicUsize,
    made: [UnsafeCell<u32>; 2],
    orderings: Orderings,
}

// SAFETY: each thread writes to its own place before it publishes its index, and reads the places of indices that it has
// acquired. The wrong variants do not acquire them.
unsafe impl Sync for Lazy {}

impl Lazy {
    fn new(orderings: Orderings) -> Self {
        Self { chosen: AtomicUsize::new(NOTHING), made: [UnsafeCell::new(0), UnsafeCell::new(0)], orderings }
    }

    /// The value, made by the thread `me` if there is none.
    fn get(&self, me: usize) -> u32 {
        // Acquire if it is right: pairs with the Release below, which publishes what was made.
        let mut chosen = self.chosen.load(self.orderings.look);
        if chosen == NOTHING {
            self.made[me].with_mut(|place| {
                // SAFETY: others read it when they find the index, which is stored below.
                unsafe { *place = 7 }
            });
            // Release: publishes what was made. Acquire, where it fails, if it is right: another thread's is used then.
            chosen = match self.chosen.compare_exchange(NOTHING, me, Release, self.orderings.failure) {
                Ok(_) => me,
                Err(other) => other,
            };
        }
        self.made[chosen].with(|place| {
            // SAFETY: relies on the index to be acquired, if it is that of another thread.
            unsafe { *place }
        })
    }
}

/// Two threads that need the value.
fn model(orderings: Orderings) {
    Actors::sharing(Lazy::new(orderings))
        .and(|lazy| assert_eq!(lazy.get(0), 7))
        .and(|lazy| assert_eq!(lazy.get(1), 7))
        .join();
}
