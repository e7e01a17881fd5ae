//! Counters wrap around. What is right for the first billions of operations may be wrong at the next.
//!
//! The counters are eight bits wide here, and start shortly before the end: what happens after years is seen at once.

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::hint::spin_loop;
use crate::sync::atomic::{
    AtomicU8, AtomicU32,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};

pub(super) const ENTRY: Entry = Entry {
    name: "sequence-wrap",
    title: "Positions are compared, or counted up, as if they had no end",
    lesson: "Of two counters that wrap around, the sign of the difference says which is ahead. A field of a packed word is \
             masked when it is counted up. Make the width a parameter, and let tests start before the end.",
    source: "MPMCQueue.NET issue 10; heapless issue 461; concurrent-queue commit c8db484; Amanieu/seqlock issue 3",
    file: file!(),
    code: include_str!("sequence_wrap.rs"),
    variants: &[
        Variant {
            name: "sequence-wrap",
            fault: "A full slot counts as one that somebody else has just filled, since 255 is not less than 0.",
            remedy: "The sign of the wrapped difference says that the slot is a lap behind.",
            threads: 1,
            calls: 3,
            memory: Needs::Interleaving,
            symptom: Symptom::Livelock,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random, Tool::RealThreads],
            buggy: || ring_model(less_than::is_behind),
            fixed: || ring_model(wrapped_difference::is_behind),
            buggy_module: "less_than",
            fixed_module: "wrapped_difference",
        },
        Variant {
            name: "lap-not-masked",
            fault: "After the last lap the count of laps runs over into the flag beside it, and the queue is closed.",
            remedy: "What runs over is masked away.",
            threads: 1,
            calls: 2,
            memory: Needs::Interleaving,
            symptom: Symptom::Panic("closed by itself"),
            finders: &[Tool::Engine, Tool::Loom, Tool::Random, Tool::RealThreads],
            buggy: || tail_model(unmasked::next_lap),
            fixed: || tail_model(masked::next_lap),
            buggy_module: "unmasked",
            fixed_module: "masked",
        },
    ],
};

mod less_than {
    /// Whether a slot is still in use from the lap before, when it is wanted for this position.
    pub fn is_behind(sequence: u8, position: u8) -> bool {
        sequence < position
    }
}

mod wrapped_difference {
    /// Whether a slot is still in use from the lap before, when it is wanted for this position.
    pub fn is_behind(sequence: u8, position: u8) -> bool {
        (sequence.wrapping_sub(position) as i8) < 0
    }
}

/// A ring of two slots. The sequence number of a slot is `p` when it is free for position `p`, and `p + 1` when it is full.
struct Ring {
    tail: AtomicU8,
    head: AtomicU8,
    slots: [Slot; 2],
    is_behind: fn(u8, u8) -> bool,
}

struct Slot {
    sequence: AtomicU8,
    value: AtomicU32,
}

impl Ring {
    const CAPACITY: u8 = 2;
    /// The first position: even, and the last but one.
    const START: u8 = u8::MAX - 1;

    fn new(is_behind: fn(u8, u8) -> bool) -> Self {
        let slot = |sequence| Slot { sequence: AtomicU8::new(sequence), value: AtomicU32::new(0) };
        let (tail, head) = (AtomicU8::new(Self::START), AtomicU8::new(Self::START));
        Self { tail, head, slots: [slot(Self::START), slot(Self::START + 1)], is_behind }
    }

    fn slot(&self, position: u8) -> &Slot {
        &self.slots[usize::from(position % Self::CAPACITY)]
    }

    fn try_push(&self, value: u32) -> bool {
        loop {
            // Relaxed: a guess, which the slot's sequence number and the compare-and-swap check.
            let position = self.tail.load(Relaxed);
            let slot = self.slot(position);
            // Acquire: pairs with the Release store in `try_pop`, after which the slot is free.
            let sequence = slot.sequence.load(Acquire);
            if sequence == position {
                // Relaxed, both: it only says whose the position is; the slot's sequence number hands the value over.
                if self.tail.compare_exchange(position, position.wrapping_add(1), Relaxed, Relaxed).is_ok() {
                    // Relaxed: the store below publishes it.
                    slot.value.store(value, Relaxed);
                    // Release: publishes the value; pairs with the Acquire load in `try_pop`.
                    slot.sequence.store(position.wrapping_add(1), Release);
                    return true;
                }
            } else if (self.is_behind)(sequence, position) {
                return false;
            }
            // Somebody else has pushed at this position: `tail` has moved on, or is about to.
            spin_loop();
        }
    }

    /// For one consumer.
    fn try_pop(&self) -> Option<u32> {
        // Relaxed: only the consumer changes it.
        let position = self.head.load(Relaxed);
        let slot = self.slot(position);
        // Acquire: pairs with the Release store in `try_push`.
        if slot.sequence.load(Acquire) != position.wrapping_add(1) {
            return None;
        }
        // Relaxed: acquired with the sequence number.
        let value = slot.value.load(Relaxed);
        // Release: the slot is free for the position one lap on; pairs with the Acquire load in `try_push`.
        slot.sequence.store(position.wrapping_add(Self::CAPACITY), Release);
        // Relaxed: only the consumer reads it.
        self.head.store(position.wrapping_add(1), Relaxed);
        Some(value)
    }
}

/// A thread that pushes one value more than there is room for, and pops.
fn ring_model(is_behind: fn(u8, u8) -> bool) {
    let fill = |ring: &Ring| {
        assert_eq!([1, 2, 3].map(|value| ring.try_push(value)), [true, true, false]);
        assert_eq!(ring.try_pop(), Some(1));
    };
    Actors::sharing(Ring::new(is_behind)).and(fill).join();
}

/// In a [`Tail`]: the queue is closed.
const CLOSED: u8 = 0b1000_0000;
/// The bits that count laps.
const LAPS: u8 = 0b0111_1100;
/// One of them.
const LAP: u8 = 0b0000_0100;
/// The bits of the index. The last one is 2: there are three slots.
const INDEX: u8 = 0b0000_0011;
const INDEX_MAX: u8 = 2;

mod unmasked {
    use super::{INDEX, LAP};

    /// The first position of the lap after that of `tail`.
    pub fn next_lap(tail: u8) -> u8 {
        (tail & !INDEX).wrapping_add(LAP)
    }
}

mod masked {
    use super::{INDEX, LAP, LAPS};

    /// The first position of the lap after that of `tail`.
    pub fn next_lap(tail: u8) -> u8 {
        (tail & !INDEX).wrapping_add(LAP) & LAPS
    }
}

/// Where the next push of a queue goes: a flag, a lap and an index in one word.
struct Tail {
    word: AtomicU8,
    next_lap: fn(u8) -> u8,
}

impl Tail {
    /// Moves on by a position. False if the queue is closed.
    fn advance(&self) -> bool {
        // Acquire: what was pushed before is seen by who pushes next.
        let mut tail = self.word.load(Acquire);
        loop {
            if tail & CLOSED != 0 {
                return false;
            }
            let next = if tail & INDEX < INDEX_MAX { tail + 1 } else { (self.next_lap)(tail) };
            // AcqRel, and Acquire where it fails: as above.
            match self.word.compare_exchange(tail, next, AcqRel, Acquire) {
                Ok(_) => return true,
                Err(now) => tail = now,
            }
        }
    }
}

/// A thread that goes over the end of the last lap.
fn tail_model(next_lap: fn(u8) -> u8) {
    Actors::sharing(Tail { word: AtomicU8::new(LAPS | INDEX_MAX), next_lap })
        .and(|tail| assert!(tail.advance() && tail.advance(), "the queue was closed by itself"))
        .join();
}

/// The ring as a queue of two places.
#[cfg(feature = "check")]
pub mod specs {
    use std::collections::VecDeque;

    use super::*;

    crate::spec! {
        /// Compares numbers.
        pub mod buggy: Ring = Ring::new(less_than::is_behind), like VecDeque<u32>;
        fn try_push(value: fresh) -> bool as producer = |ring| ring.try_push(value),
            |queue| Some(queue.len() < 2 && { queue.push_back(value); true });
        fn try_pop() -> Option<u32> as consumer = |ring| ring.try_pop(), |queue| Some(queue.pop_front());
    }

    crate::spec! {
        /// Looks at the sign of the difference.
        pub mod fixed: Ring = Ring::new(wrapped_difference::is_behind), like VecDeque<u32>;
        fn try_push(value: fresh) -> bool as producer = |ring| ring.try_push(value),
            |queue| Some(queue.len() < 2 && { queue.push_back(value); true });
        fn try_pop() -> Option<u32> as consumer = |ring| ring.try_pop(), |queue| Some(queue.pop_front());
    }
}
