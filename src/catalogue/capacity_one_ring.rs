//! A slot's sequence number says whether it is full or free for the next lap. With one slot, both are the same number.
//!
//! In a ring after Dmitry Vyukov, with `n` slots, the slot of position `p` holds `p` when it is free for it, `p + 1` when it
//! is full, and `p + n` when it is free again. For `n = 1` a full slot looks like one that is free for the next position.

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::atomic::{
    AtomicU32, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

pub(super) const ENTRY: Entry = Entry {
    name: "capacity-one-ring",
    title: "A ring's sequence numbers tell full from free only if it has two slots",
    lesson: "Try the smallest capacity. What an encoding tells apart must be different in all of its states, or the \
             constructor must refuse.",
    source: "FLOX-Foundation/flox pull request 45; heapless issue 243",
    file: file!(),
    code: include_str!("capacity_one_ring.rs"),
    variants: &[Variant {
        name: "capacity-one-ring",
        fault: "The number of a full slot is that of a slot which is free one position later.",
        remedy: "A position counts twice in a sequence number, so that full is odd and free is even.",
        threads: 1,
        calls: 2,
        memory: Needs::Interleaving,
        symptom: Symptom::Panic("there was no room for it"),
        finders: &[Tool::Engine, Tool::Loom, Tool::Random, Tool::RealThreads],
        buggy: || model(buggy::SEQUENCE),
        fixed: || model(fixed::SEQUENCE),
        buggy_module: "buggy",
        fixed_module: "fixed",
    }],
};

/// What the slot of a position says.
#[derive(Clone, Copy)]
struct Sequence {
    free: fn(usize) -> usize,
    full: fn(usize) -> usize,
}

mod buggy {
    use super::Sequence;

    pub const SEQUENCE: Sequence = Sequence {
        free: |position| position,
        // With one slot this is `free` of the next position.
        full: |position| position + 1,
    };
}

mod fixed {
    use super::Sequence;

    pub const SEQUENCE: Sequence = Sequence {
        free: |position| 2 * position,
        // Odd: not `free` of any position.
        full: |position| 2 * position + 1,
    };
}

/// A ring of one slot, for one producer and one consumer.
struct Ring {
    /// Where the next push goes.
    tail: AtomicUsize,
    /// Where the next pop comes from.
    head: AtomicUsize,
    sequence_of_slot: AtomicUsize,
    value: AtomicU32,
    sequence: Sequence,
}

impl Ring {
    const CAPACITY: usize = 1;

    fn new(sequence: Sequence) -> Self {
        Self {
            tail: AtomicUsize::new(0),
            head: AtomicUsize::new(0),
            sequence_of_slot: AtomicUsize::new((sequence.free)(0)),
            value: AtomicU32::new(0),
            sequence,
        }
    }

    fn try_push(&self, value: u32) -> bool {
        // Relaxed: only the producer changes it.
        let tail = self.tail.load(Relaxed);
        // Acquire: pairs with the Release store in `try_pop`, before which the value was read.
        if self.sequence_of_slot.load(Acquire) != (self.sequence.free)(tail) {
            return false;
        }
        // Relaxed: the store of the sequence number publishes it.
        self.value.store(value, Relaxed);
        // Release: publishes the value; pairs with the Acquire load in `try_pop`.
        self.sequence_of_slot.store((self.sequence.full)(tail), Release);
        // Relaxed: only the producer reads it.
        self.tail.store(tail + 1, Relaxed);
        true
    }

    fn try_pop(&self) -> Option<u32> {
        // Relaxed: only the consumer changes it.
        let head = self.head.load(Relaxed);
        // Acquire: pairs with the Release store in `try_push`.
        if self.sequence_of_slot.load(Acquire) != (self.sequence.full)(head) {
            return None;
        }
        // Relaxed: acquired with the sequence number.
        let value = self.value.load(Relaxed);
        // Release: gives the slot back; pairs with the Acquire load in `try_push`.
        self.sequence_of_slot.store((self.sequence.free)(head + Self::CAPACITY), Release);
        // Relaxed: only the consumer reads it.
        self.head.store(head + 1, Relaxed);
        Some(value)
    }
}

/// A thread that pushes one value more than there is room for, and pops.
fn model(sequence: Sequence) {
    let fill = |ring: &Ring| {
        assert!(ring.try_push(1));
        assert!(!ring.try_push(2), "2 was pushed, and there was no room for it");
        assert_eq!(ring.try_pop(), Some(1));
    };
    Actors::sharing(Ring::new(sequence)).and(fill).join();
}

/// The ring as a queue of one place.
#[cfg(feature = "check")]
pub mod specs {
    use super::*;
    use super::{buggy::SEQUENCE as FULL_LIKE_FREE, fixed::SEQUENCE as FULL_IS_ODD};

    crate::spec! {
        /// Full looks like free.
        pub mod buggy: Ring = Ring::new(FULL_LIKE_FREE), like Option<u32>;
        fn try_push(value: fresh) -> bool as producer = |ring| ring.try_push(value),
            |place| Some(place.is_none() && { *place = Some(value); true });
        fn try_pop() -> Option<u32> as consumer = |ring| ring.try_pop(), |place| Some(place.take());
    }

    crate::spec! {
        /// Full is odd, free is even.
        pub mod fixed: Ring = Ring::new(FULL_IS_ODD), like Option<u32>;
        fn try_push(value: fresh) -> bool as producer = |ring| ring.try_push(value),
            |place| Some(place.is_none() && { *place = Some(value); true });
        fn try_pop() -> Option<u32> as consumer = |ring| ring.try_pop(), |place| Some(place.take());
    }
}
