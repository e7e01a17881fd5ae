//! A bounded queue without locks: a ring of slots, each with a stamp that says whose turn it is.
//!
//! After Dmitry Vyukov's bounded MPMC queue (1024cores.net, "Bounded MPMC queue"), with two changes known from
//! crossbeam's `ArrayQueue`: positions are split into lap and index, so that any capacity works, down to 1; and "full"
//! and "empty" are decided by the opposite end's position, so that they are linearizable.
//!
//! # Positions and stamps
//!
//! A position is a word: the low bits are the index of a slot, the high bits count laps and wrap around. `tail` is
//! where the next push goes, `head` where the next pop comes from. A slot's stamp has one of these values, where `p`
//! is a position with the slot's index:
//!
//! | stamp | the slot | who may touch its value |
//! | --- | --- | --- |
//! | `p` | is free for the push of position `p` | nobody; after moving `tail` on from `p`: the thread that moved it |
//! | `p + 1` | holds the value of position `p` | nobody; after moving `head` on from `p`: the thread that moved it |
//!
//! The pop of position `p` sets the stamp to `p` + one lap, which is the next push's turn. A lap has room for
//! `capacity` + 1 indices, so the stamps of one slot differ, at capacity 1 as well.
//!
//! # Memory ordering
//!
//! - The stamp's Release store after the value was written (or read) pairs with the Acquire load of the pop (or of the
//!   push one lap on): it hands the slot's value over.
//! - `tail` and `head` are moved by SeqCst compare-and-swap and read SeqCst to decide "full" and "empty". The single
//!   order of these operations is what it buys: where one thread pushes to a first queue and then finds a second one
//!   empty, and another thread does the reverse, at least one of them sees the other's push.
//! - All other loads of `head` and `tail` are guesses that a compare-and-swap or the opposite position checks. They are
//!   SeqCst because such a check is in the single order only together with the guess: whoever guesses `tail` and then
//!   loads `head` comes, in that order, after the push that moved `tail` there. With Acquire a push could find the
//!   queue full because of another push that is half done, and a pop could later find it empty, as if that other push
//!   had not begun. With Relaxed, `tail` could also be newer than the `head` that it is compared with, and a queue
//!   that always had a free slot could be found full.
//! - `len` loads both SeqCst. With Acquire it could miss a push because of which another one has found the queue full,
//!   though a pop that made room after that has returned: the pop has seen nothing of the push.

use std::fmt;
use std::mem::{MaybeUninit, needs_drop};

use crossbeam_utils::CachePadded;

use super::error::Full;
use super::leftovers::drop_all;
use crate::cell::UnsafeCell;
use crate::hint::spin_until;
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Relaxed, Release, SeqCst},
};

/// A bounded lock-free queue for any number of producers and consumers.
///
/// Linearizable, first in, first out. There is no lock, but a thread that is suspended in the middle of an operation
/// holds its slot: whoever comes to that slot waits for it, spinning and then yielding. So the queue is not lock-free
/// in the strict sense: a push that stalls half-way holds up the pops behind it, and the other way round.
///
/// Checked in every execution that RC11 allows, in `tests/queues_behave_as_their_specs.rs`: every program of up to 3 threads
/// and 5 calls of `try_push` and `try_pop` at capacity 2; of 3 threads and 4 calls, and of 2 threads and 6, at capacity 1
/// where the positions wrap around; of 3 threads and 4 calls, and of 2 threads and 5, if `len`, `is_empty` and `is_full` are
/// among them.
///
/// ```
/// use raddle::queue::{Full, RingQueue};
///
/// # raddle::doctest(|| {
/// let queue = RingQueue::new(2);
/// assert_eq!(queue.try_push('a'), Ok(()));
/// assert_eq!(queue.try_push('b'), Ok(()));
/// assert_eq!(queue.try_push('c'), Err(Full('c')));
/// assert_eq!(queue.try_pop(), Some('a'));
/// assert_eq!(queue.len(), 1);
/// # });
/// ```
pub struct RingQueue<T> {
    head: CachePadded<AtomicUsize>,
    tail: CachePadded<AtomicUsize>,
    slots: Box<[Slot<T>]>,
    /// What is added to a position from one lap to the next: the power of two above the capacity.
    lap: usize,
}

struct Slot<T> {
    stamp: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: a value is moved from the pushing to the popping thread, hence `T: Send`; the stamps give each slot to one
// thread at a time (table above), so no `&T` is ever shared.
unsafe impl<T: Send> Send for RingQueue<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for RingQueue<T> {}

impl<T> RingQueue<T> {
    /// A queue for up to `capacity` values, whose memory is taken at once.
    ///
    /// # Panics
    ///
    /// When `capacity` is 0, or too large for the memory.
    pub fn new(capacity: usize) -> Self {
        Self::starting_at_lap(capacity, 0)
    }

    /// A queue that behaves as one through which `laps` times its capacity of values have gone.
    ///
    /// The positions wrap around after `usize::MAX` laps or fewer, so a queue that starts shortly before, say with
    /// `usize::MAX`, shows a test what otherwise happens after years.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    pub fn starting_at_lap(capacity: usize, laps: usize) -> Self {
        assert!(capacity > 0, "a queue's capacity must be at least 1");
        let lap = capacity.checked_add(1).and_then(usize::checked_next_power_of_two).expect("capacity too large");
        let start = laps.wrapping_mul(lap);
        let slots = (0..capacity)
            .map(|index| Slot {
                stamp: AtomicUsize::new(start.wrapping_add(index)),
                value: UnsafeCell::new(MaybeUninit::uninit()),
            })
            .collect();
        Self {
            head: CachePadded::new(AtomicUsize::new(start)),
            tail: CachePadded::new(AtomicUsize::new(start)),
            slots,
            lap,
        }
    }

    /// Pushes `value` if there is room.
    ///
    /// # Errors
    ///
    /// [`Full`], with the value.
    pub fn try_push(&self, value: T) -> Result<(), Full<T>> {
        let Some(tail) = spin_until(|| self.claim_push()) else { return Err(Full(value)) };
        let slot = self.slot(tail);
        slot.value.with_mut(|place| {
            // SAFETY: the stamp was `tail` and this thread moved `tail` on, so the slot is its own until the stamp changes,
            // and holds no value.
            unsafe { place.write(MaybeUninit::new(value)) }
        });
        // Release: publishes the value; pairs with the Acquire load in `claim_pop`.
        slot.stamp.store(tail.wrapping_add(1), Release);
        Ok(())
    }

    /// The position of a push, which is this thread's from now on; within, nothing if the queue is full. Nothing at all if
    /// another thread came first, or is in the middle of popping from the slot.
    fn claim_push(&self) -> Option<Option<usize>> {
        // SeqCst: what this sees of `tail` comes before the load of `head` below; see "Memory ordering".
        let tail = self.tail.load(SeqCst);
        // Acquire: pairs with the Release store in `try_pop`, after which the slot's old value is moved out.
        let stamp = self.slot(tail).stamp.load(Acquire);
        if stamp == tail {
            // SeqCst: ordered with the SeqCst load of `tail` in `claim_pop`. Relaxed: the next try loads it again.
            let claimed = self.tail.compare_exchange_weak(tail, self.after(tail), SeqCst, Relaxed);
            return claimed.is_ok().then_some(Some(tail));
        }
        // The stamp that the slot has from its push one lap ago to the end of the pop thereof. SeqCst on `head`: ordered
        // with its compare-and-swap in `claim_pop`. If `head` is one lap behind `tail` then `tail` is not stale, for it
        // can't be further ahead: the queue is full at the moment of this load.
        let occupied = tail.wrapping_add(1).wrapping_sub(self.lap);
        let is_full = stamp == occupied && self.head.load(SeqCst) == tail.wrapping_sub(self.lap);
        is_full.then_some(None)
    }

    /// Pops the oldest value if there is one.
    pub fn try_pop(&self) -> Option<T> {
        let head = spin_until(|| self.claim_pop())?;
        let slot = self.slot(head);
        let value = slot.value.with_mut(|place| {
            // SAFETY: the stamp was `head` + 1 and this thread moved `head` on, so the slot is its own until the stamp
            // changes; the place is valid for reads.
            unsafe { place.read() }
        });
        // SAFETY: the stamp `head` + 1 says that the push has written the value, and nobody else reads it out.
        let value = unsafe { value.assume_init() };
        // Release: gives the emptied slot to the push one lap on; pairs with the Acquire load in `claim_push`.
        slot.stamp.store(head.wrapping_add(self.lap), Release);
        Some(value)
    }

    /// As [`claim_push`](Self::claim_push), for a pop; within, nothing if the queue is empty.
    fn claim_pop(&self) -> Option<Option<usize>> {
        // SeqCst: what this sees of `head` comes before the load of `tail` below; see "Memory ordering".
        let head = self.head.load(SeqCst);
        // Acquire: pairs with the Release store in `try_push`, which publishes the value.
        let stamp = self.slot(head).stamp.load(Acquire);
        if stamp == head.wrapping_add(1) {
            // SeqCst: ordered with the SeqCst load of `head` in `claim_push`. Relaxed: the next try loads it again.
            let claimed = self.head.compare_exchange_weak(head, self.after(head), SeqCst, Relaxed);
            return claimed.is_ok().then_some(Some(head));
        }
        // SeqCst on `tail`: ordered with its compare-and-swap in `claim_push`. If `tail` is where `head` was then `head` is
        // not stale, for it can't be further ahead: the queue is empty at the moment of this load.
        let is_empty = stamp == head && self.tail.load(SeqCst) == head;
        is_empty.then_some(None)
    }

    /// The number of values in the queue, pushes and pops that have begun to move them included.
    pub fn len(&self) -> usize {
        spin_until(|| {
            // SeqCst, all three, with every compare-and-swap: in the single order of these `tail` stood still between its
            // loads, and the load of `head` is between them. So there was a moment at which both had these values.
            let tail = self.tail.load(SeqCst);
            let head = self.head.load(SeqCst);
            (self.tail.load(SeqCst) == tail).then(|| self.distance(head, tail))
        })
    }

    /// The number of values that the queue can hold.
    pub fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// True if the queue holds no value.
    pub fn is_empty(&self) -> bool {
        // SeqCst: as in `try_pop`. `head` can't be past `tail`, so if they are equal it is still there at the second load.
        let head = self.head.load(SeqCst);
        self.tail.load(SeqCst) == head
    }

    /// True if the queue holds as many values as it can.
    pub fn is_full(&self) -> bool {
        // SeqCst: as in `try_push`. `tail` can't be more than a lap ahead, so if it is one it is still there at the second
        // load.
        let tail = self.tail.load(SeqCst);
        self.head.load(SeqCst) == tail.wrapping_sub(self.lap)
    }

    fn index(&self, position: usize) -> usize {
        position & (self.lap - 1)
    }

    fn slot(&self, position: usize) -> &Slot<T> {
        &self.slots[self.index(position)]
    }

    /// The position that follows `position`.
    fn after(&self, position: usize) -> usize {
        if self.index(position) + 1 < self.slots.len() {
            position + 1
        } else {
            (position & !(self.lap - 1)).wrapping_add(self.lap)
        }
    }

    /// How many values lie between two positions that are at most a lap apart.
    fn distance(&self, head: usize, tail: usize) -> usize {
        if tail == head.wrapping_add(self.lap) {
            return self.slots.len();
        }
        let (first, last) = (self.index(head), self.index(tail));
        if first <= last { last - first } else { self.slots.len() - first + last }
    }
}

impl<T> Drop for RingQueue<T> {
    fn drop(&mut self) {
        if !needs_drop::<T>() {
            return;
        }
        // Relaxed, both: `&mut self` says that every other thread's use of the queue happened before.
        let mut head = self.head.load(Relaxed);
        let tail = self.tail.load(Relaxed);
        drop_all(|| {
            let position = head;
            (position != tail).then(|| {
                head = self.after(position);
                let value = self.slot(position).value.with_mut(|place| {
                    // SAFETY: nobody else has the queue; the place is valid for reads.
                    unsafe { place.read() }
                });
                // SAFETY: pushes that moved `tail` have ended and written their values; the ones from `head` on were
                // not popped, and each position is visited once.
                unsafe { value.assume_init() }
            })
        });
    }
}

impl<T> fmt::Debug for RingQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingQueue").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}
