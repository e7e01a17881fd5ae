//! Each of two threads stores, and then looks at what the other has stored. May both see nothing?
//!
//! | producer | consumer |
//! | --- | --- |
//! | puts an item | says that it sleeps |
//! | does the consumer sleep? no: nobody to wake | is there an item? no: **sleeps** |
//!
//! In every interleaving one of the two looks comes last, and sees. But a processor may let a store wait while the load that
//! follows it goes ahead, and Release and Acquire allow that.

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::atomic::{
    AtomicBool,
    Ordering::{self, Acquire, Release, SeqCst},
    fence,
};
use crate::sync::{Condvar, Mutex};

pub(super) const ENTRY: Entry = Entry {
    name: "sleep-flag-store-load",
    title: "A producer asks whether the consumer sleeps, the consumer whether there is an item, and both see old values",
    lesson: "A store and then a load of something else, on both sides, where one of the two must see the other: only SeqCst \
             orders that, as fences between the two or as the ordering of all four.",
    source: "micahrj/basedrop issue 10; rayon pull request 1297 (CoreLatch::set); kanal issue 15",
    file: file!(),
    code: include_str!("sleep_flag_store_load.rs"),
    variants: &[
        Variant {
            name: "sleep-flag-store-load",
            fault: "Both loads may come before the other thread's store, though each follows a store in its own thread.",
            remedy: "A SeqCst fence between store and load, on both sides.",
            threads: 2,
            calls: 2,
            memory: Needs::WeakMemory,
            symptom: Symptom::Deadlock,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(release_acquire::ORDERINGS),
            fixed: || model(fences::ORDERINGS),
            buggy_module: "release_acquire",
            fixed_module: "fences",
        },
        Variant {
            name: "sleep-flag-not-seqcst",
            fault: "The stores are Release and the loads Acquire, which orders neither store before the load that follows it.",
            remedy: "All four are SeqCst, so there is a single order of them.",
            threads: 2,
            calls: 2,
            memory: Needs::WeakMemory,
            symptom: Symptom::Deadlock,
            finders: &[Tool::Engine, Tool::Random],
            buggy: || model(release_acquire::ORDERINGS),
            fixed: || model(seq_cst::ORDERINGS),
            buggy_module: "release_acquire",
            fixed_module: "seq_cst",
        },
    ],
};

/// How the two flags are stored and loaded, and what stands between.
#[derive(Clone, Copy)]
struct Orderings {
    store: Ordering,
    load: Ordering,
    between: fn(),
}

mod release_acquire {
    use super::*;

    // Release and Acquire: a load may go ahead of the store before it.
    pub const ORDERINGS: Orderings = Orderings { store: Release, load: Acquire, between: || () };
}

mod fences {
    use super::*;

    // SeqCst: of the two fences one is first, and what is stored before it is seen by the load after the other.
    pub const ORDERINGS: Orderings = Orderings { store: Release, load: Acquire, between: || fence(SeqCst) };
}

mod seq_cst {
    use super::*;

    // SeqCst: in the single order of the four, one of the loads comes after both stores.
    pub const ORDERINGS: Orderings = Orderings { store: SeqCst, load: SeqCst, between: || () };
}

/// Where a consumer sleeps while there is nothing.
struct Bed {
    has_item: AtomicBool,
    is_asleep: AtomicBool,
    is_woken: Mutex<bool>,
    changed: Condvar,
    orderings: Orderings,
}

impl Bed {
    fn new(orderings: Orderings) -> Self {
        let (has_item, is_asleep) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { has_item, is_asleep, is_woken: Mutex::new(false), changed: Condvar::new(), orderings }
    }

    fn produce(&self) {
        let Orderings { store, load, between } = self.orderings;
        // SeqCst, or Release and a SeqCst fence after it: so that the load below comes after.
        self.has_item.store(true, store);
        between();
        // SeqCst, or Acquire and a SeqCst fence before it: either this sees the flag, or `consume` sees the item.
        if self.is_asleep.load(load) {
            *self.is_woken.lock().unwrap() = true;
            self.changed.notify_one();
        }
    }

    fn consume(&self) {
        let Orderings { store, load, between } = self.orderings;
        // SeqCst, or Release and a SeqCst fence after it: so that the load below comes after.
        self.is_asleep.store(true, store);
        between();
        // SeqCst, or Acquire and a SeqCst fence before it: either this sees the item, or `produce` sees the flag.
        if !self.has_item.load(load) {
            let mut is_woken = self.is_woken.lock().unwrap();
            while !*is_woken {
                is_woken = self.changed.wait(is_woken).unwrap();
            }
        }
    }
}

/// A producer of one item, and a consumer that sleeps if there is none.
fn model(orderings: Orderings) {
    Actors::sharing(Bed::new(orderings)).and(Bed::produce).and(Bed::consume).join();
}
