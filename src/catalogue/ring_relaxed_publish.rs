//! Who sees the new position must see what was done before it was stored: in both directions.
//!
//! A ring for one producer and one consumer has two counters. The producer's `tail` hands values over, the consumer's
//! `head` gives places back. Each takes a Release store and an Acquire load; if one of the four is Relaxed, the two ends
//! touch one place at the same time.

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::cell::UnsafeCell;
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{self, Acquire, Relaxed, Release},
};

pub(super) const ENTRY: Entry = Entry {
    name: "ring-relaxed-publish",
    title: "A ring's position is stored or loaded without ordering what is in its places",
    lesson: "A hand-over takes two: a Release store after the last touch, and an Acquire load before the next. That holds for \
             places that are given back as it does for values that are handed over.",
    source: "FreeBSD buf_ring, reviews D46152 and D46154",
    file: file!(),
    code: include_str!("ring_relaxed_publish.rs"),
    variants: &[
        Variant {
            name: "ring-relaxed-publish",
            fault: "The producer's store of the tail does not publish the value.",
            remedy: "The store is Release.",
            threads: 2,
            calls: 2,
            memory: Needs::WeakMemory,
            symptom: Symptom::DataRace,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(relaxed_publish::ORDERINGS, 1),
            fixed: || model(fixed::ORDERINGS, 1),
            buggy_module: "relaxed_publish",
            fixed_module: "fixed",
        },
        Variant {
            name: "ring-relaxed-observe",
            fault: "The consumer's load of the tail does not acquire the value.",
            remedy: "The load is Acquire.",
            threads: 2,
            calls: 2,
            memory: Needs::WeakMemory,
            symptom: Symptom::DataRace,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(relaxed_observe::ORDERINGS, 1),
            fixed: || model(fixed::ORDERINGS, 1),
            buggy_module: "relaxed_observe",
            fixed_module: "fixed",
        },
        Variant {
            name: "ring-relaxed-give-back",
            fault: "The consumer's store of the head does not publish that the place was read.",
            remedy: "The store is Release.",
            threads: 2,
            calls: 3,
            memory: Needs::WeakMemory,
            symptom: Symptom::DataRace,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(relaxed_give_back::ORDERINGS, 2),
            fixed: || model(fixed::ORDERINGS, 2),
            buggy_module: "relaxed_give_back",
            fixed_module: "fixed",
        },
        Variant {
            name: "ring-relaxed-reclaim",
            fault: "The producer's load of the head does not acquire the place.",
            remedy: "The load is Acquire.",
            threads: 2,
            calls: 3,
            memory: Needs::WeakMemory,
            symptom: Symptom::DataRace,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(relaxed_reclaim::ORDERINGS, 2),
            fixed: || model(fixed::ORDERINGS, 2),
            buggy_module: "relaxed_reclaim",
            fixed_module: "fixed",
        },
    ],
};

/// How the two positions are stored and loaded.
#[derive(Clone, Copy)]
struct Orderings {
    /// The producer's store of `tail`.
    publish: Ordering,
    /// The consumer's load of `tail`.
    observe: Ordering,
    /// The consumer's store of `head`.
    give_back: Ordering,
    /// The producer's load of `head`.
    reclaim: Ordering,
}

mod relaxed_publish {
    use super::*;

    // Relaxed where the value must be published.
    pub const ORDERINGS: Orderings =
        Orderings { publish: Relaxed, observe: Acquire, give_back: Release, reclaim: Acquire };
}

mod relaxed_observe {
    use super::*;

    // Relaxed where the value must be acquired.
    pub const ORDERINGS: Orderings =
        Orderings { publish: Release, observe: Relaxed, give_back: Release, reclaim: Acquire };
}

mod relaxed_give_back {
    use super::*;

    // Relaxed where the end of the reading must be published.
    pub const ORDERINGS: Orderings =
        Orderings { publish: Release, observe: Acquire, give_back: Relaxed, reclaim: Acquire };
}

mod relaxed_reclaim {
    use super::*;

    // Relaxed where the end of the reading must be acquired.
    pub const ORDERINGS: Orderings =
        Orderings { publish: Release, observe: Acquire, give_back: Release, reclaim: Relaxed };
}

mod fixed {
    use super::*;

    // Publishes the value, acquires it; publishes that it was read, acquires that.
    pub const ORDERINGS: Orderings =
        Orderings { publish: Release, observe: Acquire, give_back: Release, reclaim: Acquire };
}

/// A ring with one place, for one producer and one consumer.
struct Ring {
    /// How many values were pushed.
    tail: AtomicUsize,
    /// How many were popped.
    head: AtomicUsize,
    place: UnsafeCell<u32>,
    orderings: Orderings,
}

// SAFETY: relies on `tail` and `head` to give the place to the producer if they are equal, and to the consumer otherwise,
// which they do if they are stored Release and loaded Acquire. The wrong variants are not.
unsafe impl Sync for Ring {}

impl Ring {
    fn new(orderings: Orderings) -> Self {
        Self { tail: AtomicUsize::new(0), head: AtomicUsize::new(0), place: UnsafeCell::new(0), orderings }
    }

    fn try_push(&self, value: u32) -> bool {
        // Relaxed: only the producer changes it.
        let tail = self.tail.load(Relaxed);
        // Acquire if it is right: pairs with the store in `try_pop`, before which the place was read.
        if self.head.load(self.orderings.reclaim) != tail {
            return false;
        }
        self.place.with_mut(|place| {
            // SAFETY: relies on the load of `head` to say that the consumer has done with the place.
            unsafe { *place = value }
        });
        // Release if it is right: publishes the value; pairs with the load in `try_pop`.
        self.tail.store(tail + 1, self.orderings.publish);
        true
    }

    fn try_pop(&self) -> Option<u32> {
        // Relaxed: only the consumer changes it.
        let head = self.head.load(Relaxed);
        // Acquire if it is right: pairs with the store in `try_push`.
        if self.tail.load(self.orderings.observe) == head {
            return None;
        }
        let value = self.place.with(|place| {
            // SAFETY: relies on the load of `tail` to say that the producer has done with the place.
            unsafe { *place }
        });
        // Release if it is right: the value was read; pairs with the load in `try_push`.
        self.head.store(head + 1, self.orderings.give_back);
        Some(value)
    }
}

/// A producer that tries to push some values, and a consumer that tries to pop one.
fn model(orderings: Orderings, values: u32) {
    Actors::sharing(Ring::new(orderings))
        .and(move |ring| (1..=values).for_each(|value| _ = ring.try_push(value)))
        .and(|ring| assert!(matches!(ring.try_pop(), None | Some(1))))
        .join();
}

/// The ring as a queue of one place.
#[cfg(feature = "check")]
pub mod specs {
    use super::*;
    use super::{fixed::ORDERINGS as PUBLISHED, relaxed_publish::ORDERINGS as UNPUBLISHED};

    crate::spec! {
        /// The value is not published.
        pub mod buggy: Ring = Ring::new(UNPUBLISHED), like Option<u32>;
        fn try_push(value: fresh) -> bool as producer = |ring| ring.try_push(value),
            |place| Some(place.is_none() && { *place = Some(value); true });
        fn try_pop() -> Option<u32> as consumer = |ring| ring.try_pop(), |place| Some(place.take());
    }

    crate::spec! {
        /// It is.
        pub mod fixed: Ring = Ring::new(PUBLISHED), like Option<u32>;
        fn try_push(value: fresh) -> bool as producer = |ring| ring.try_push(value),
            |place| Some(place.is_none() && { *place = Some(value); true });
        fn try_pop() -> Option<u32> as consumer = |ring| ring.try_pop(), |place| Some(place.take());
    }
}
