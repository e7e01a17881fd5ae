//! The ring for one producer and one consumer: each end moves its own index, with a store, and reads the other's.
//!
//! After Lamport, "Specifying Concurrent Program Modules" (TOPLAS 1983), with each end keeping a copy of the other's
//! index as in Lee, Bu and Chandranmenon's MCRingBuffer (IPDPS 2010): an end looks at the other's index only when its
//! copy says that there is nothing to do, so that in the steady state the two ends seldom share a cache line.
//!
//! # Rules of access
//!
//! Positions run from 0 to twice the capacity and then start again: equal positions mean empty, positions `capacity`
//! apart mean full, and no slot is wasted. From `head` up to `tail` the slots hold values.
//!
//! 1. `tail` is stored by the producer only, `head` by the consumer only; there is one handle each, and it is not
//!    shared (`!Sync`).
//! 2. The slots from `head` to `tail` are the consumer's; the others are the producer's. Storing its index hands a slot
//!    to the other side.
//! 3. A cached index may be behind the real one, never ahead. So an end may believe that it has less than it has.
//!
//! A push that returns may still be on its way to the other processor: a failing operation is ordered after those
//! operations only that happened before it. Two threads that each push to one ring and then look into another can both
//! find nothing. In one ring a push can find it full while a pop finds it empty, each because it does not see yet what
//! the other end has done; so it is linearizable in what it takes and gives, and not in what it refuses.
//! [`RingQueue`](super::RingQueue) excludes both, at the price of its compare-and-swap.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;
use std::mem::{MaybeUninit, needs_drop};

use crossbeam_utils::CachePadded;

use super::error::Full;
use super::leftovers::drop_all;
use super::prefetch::{AHEAD, LINE, prefetch_for_write, slots_in};
use crate::cell::UnsafeCell;
use crate::sync::Arc;
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

/// A bounded wait-free queue for one producer and one consumer, to be [`split`](Self::split) into the two.
///
/// No call has more than two atomic operations, whatever the other side does, also if that stops for ever in the middle of its own
/// call: checked in `tests/progress_is_guaranteed.rs` in every program of up to 6 calls.
///
/// Checked in every execution that RC11 allows, in `tests/queues_behave_as_their_specs.rs`: every program of up to 10 calls of
/// `try_push` and `try_pop` at capacity 2, where any refusal counts as right; and of up to 8 calls where there is room, and
/// only a refusal of an empty ring does.
///
/// ```
/// use raddle::queue::{Full, SpscRing};
/// use raddle::thread;
///
/// raddle::model(|| {
///     let (producer, consumer) = SpscRing::new(2).split();
///     let producing = thread::spawn(move || {
///         producer.try_push(1).unwrap();
///         producer.try_push(2).unwrap();
///         let _: Result<(), Full<i32>> = producer.try_push(3); // there may or may not be room
///     });
///     let first = consumer.try_pop();
///     assert!(matches!(first, None | Some(1)));
///     producing.join().unwrap();
/// });
/// ```
pub struct SpscRing<T> {
    ring: Arc<Ring<T>>,
}

/// The end of an [`SpscRing`] that pushes. It can move to another thread but is not shared between threads:
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<raddle::queue::Producer<u8>>();
/// ```
pub struct Producer<T> {
    ring: Arc<Ring<T>>,
    /// What `ring.tail` is, which only this handle changes.
    tail: Cell<usize>,
    /// What `ring.head` was when last looked at.
    head_seen: Cell<usize>,
}

/// The end of an [`SpscRing`] that pops. It can move to another thread but is not shared between threads:
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<raddle::queue::Consumer<u8>>();
/// ```
pub struct Consumer<T> {
    ring: Arc<Ring<T>>,
    /// What `ring.head` is, which only this handle changes.
    head: Cell<usize>,
    /// What `ring.tail` was when last looked at.
    tail_seen: Cell<usize>,
}

struct Ring<T> {
    head: CachePadded<AtomicUsize>,
    tail: CachePadded<AtomicUsize>,
    slots: Box<[UnsafeCell<MaybeUninit<T>>]>,
}

// SAFETY: values are moved from the producer's thread to the consumer's, hence `T: Send`; a slot is touched by one of
// them at a time (rule 2), so no `&T` is ever shared.
unsafe impl<T: Send> Sync for Ring<T> {}
// SAFETY: as above; the last handle drops the values left in the ring, in whatever thread.
unsafe impl<T: Send> Send for Ring<T> {}

impl<T> SpscRing<T> {
    /// A ring for up to `capacity` values, whose memory is taken at once.
    ///
    /// # Panics
    ///
    /// When `capacity` is 0, or too large for the memory.
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "a queue's capacity must be at least 1");
        assert!(capacity <= usize::MAX / 2, "capacity too large");
        let slots = (0..capacity).map(|_| UnsafeCell::new(MaybeUninit::uninit())).collect();
        Self {
            ring: Arc::new(Ring {
                head: CachePadded::new(AtomicUsize::new(0)),
                tail: CachePadded::new(AtomicUsize::new(0)),
                slots,
            }),
        }
    }

    /// The two ends.
    pub fn split(self) -> (Producer<T>, Consumer<T>) {
        let producer = Producer { ring: self.ring.clone(), tail: Cell::new(0), head_seen: Cell::new(0) };
        let consumer = Consumer { ring: self.ring, head: Cell::new(0), tail_seen: Cell::new(0) };
        (producer, consumer)
    }
}

impl<T> Producer<T> {
    /// Pushes `value` if there is room.
    ///
    /// # Errors
    ///
    /// [`Full`], with the value.
    pub fn try_push(&self, value: T) -> Result<(), Full<T>> {
        let tail = self.tail.get();
        if self.ring.distance(self.head_seen.get(), tail) == self.capacity() {
            self.head_seen.set(self.head());
            if self.ring.distance(self.head_seen.get(), tail) == self.capacity() {
                return Err(Full(value));
            }
        }
        self.write(tail, value);
        self.move_to(self.ring.after(tail));
        Ok(())
    }

    /// Pushes values from the front of `values`, as many as there is room for; returns how many.
    ///
    /// The consumer sees them all at once. Cheaper than one [`try_push`](Self::try_push) for each.
    pub fn try_push_many(&self, values: &mut VecDeque<T>) -> usize {
        let room = || self.capacity() - self.ring.distance(self.head_seen.get(), self.tail.get());
        if room() < values.len() {
            self.head_seen.set(self.head());
        }
        let count = room().min(values.len());
        let mut tail = self.tail.get();
        for value in values.drain(..count) {
            self.write(tail, value);
            tail = self.ring.after(tail);
        }
        if count > 0 {
            self.move_to(tail);
        }
        count
    }

    /// Writes a slot for which there is room.
    #[inline]
    fn write(&self, position: usize, value: T) {
        self.ring.prefetch_after(position);
        self.ring.slot(position).with_mut(|place| {
            // SAFETY: at most `capacity` values lie between `head` and the position after this, so the slot is the
            // producer's (rule 2) and holds no value; there is one producer (rule 1).
            unsafe { place.write(MaybeUninit::new(value)) }
        });
    }

    #[inline]
    fn move_to(&self, tail: usize) {
        self.tail.set(tail);
        // Release: publishes the values before it; pairs with the Acquire load in `Consumer::tail`.
        self.ring.tail.store(tail, Release);
    }

    fn head(&self) -> usize {
        // Acquire: pairs with the Release store in `Consumer::move_to`, before which the slots were read out.
        self.ring.head.load(Acquire)
    }

    /// The number of values in the ring; the consumer can only make it smaller.
    pub fn len(&self) -> usize {
        self.ring.distance(self.head(), self.tail.get())
    }

    /// The number of values that the ring can hold.
    pub fn capacity(&self) -> usize {
        self.ring.slots.len()
    }

    /// True if the ring holds no value; it then stays so until the next push.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if the ring holds as many values as it can.
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }
}

impl<T> Consumer<T> {
    /// Pops the oldest value if there is one.
    pub fn try_pop(&self) -> Option<T> {
        let head = self.head.get();
        if self.tail_seen.get() == head {
            self.tail_seen.set(self.tail());
            if self.tail_seen.get() == head {
                return None;
            }
        }
        let value = self.read(head);
        self.move_to(self.ring.after(head));
        Some(value)
    }

    /// Pops the oldest values, up to `limit`, to the end of `values`; returns how many.
    ///
    /// Cheaper than one [`try_pop`](Self::try_pop) for each.
    ///
    /// ```
    /// use std::collections::VecDeque;
    ///
    /// use raddle::queue::SpscRing;
    ///
    /// # raddle::doctest(|| {
    /// let (producer, consumer) = SpscRing::new(4).split();
    /// let mut batch = VecDeque::from([1, 2, 3, 4, 5]);
    /// assert_eq!(producer.try_push_many(&mut batch), 4);
    /// assert_eq!(batch, [5]);
    ///
    /// let mut popped = Vec::new();
    /// assert_eq!(consumer.try_pop_many(&mut popped, 3), 3);
    /// assert_eq!(popped, [1, 2, 3]);
    /// # });
    /// ```
    pub fn try_pop_many(&self, values: &mut Vec<T>, limit: usize) -> usize {
        let available = || self.ring.distance(self.head.get(), self.tail_seen.get());
        if available() < limit {
            self.tail_seen.set(self.tail());
        }
        let count = available().min(limit);
        let mut head = self.head.get();
        values.extend((0..count).map(|_| {
            let value = self.read(head);
            head = self.ring.after(head);
            value
        }));
        if count > 0 {
            self.move_to(head);
        }
        count
    }

    /// Reads a slot out that holds a value; to be done once.
    #[inline]
    fn read(&self, position: usize) -> T {
        let value = self.ring.slot(position).with_mut(|place| {
            // SAFETY: the position is before `tail`, so its slot is the consumer's (rule 2), and there is one consumer
            // (rule 1); the place is valid for reads.
            unsafe { place.read() }
        });
        // SAFETY: the producer wrote the value before it moved `tail` past it, and nobody else reads it out.
        unsafe { value.assume_init() }
    }

    #[inline]
    fn move_to(&self, head: usize) {
        self.head.set(head);
        // Release: gives the emptied slots to the producer; pairs with the Acquire load in `Producer::head`.
        self.ring.head.store(head, Release);
    }

    fn tail(&self) -> usize {
        // Acquire: pairs with the Release store in `Producer::move_to`, which publishes the values.
        self.ring.tail.load(Acquire)
    }

    /// The number of values in the ring; the producer can only make it larger.
    pub fn len(&self) -> usize {
        self.ring.distance(self.head.get(), self.tail())
    }

    /// The number of values that the ring can hold.
    pub fn capacity(&self) -> usize {
        self.ring.slots.len()
    }

    /// True if the ring holds no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if the ring holds as many values as it can; it then stays so until the next pop.
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }
}

impl<T> Ring<T> {
    fn slot(&self, position: usize) -> &UnsafeCell<MaybeUninit<T>> {
        let capacity = self.slots.len();
        &self.slots[if position < capacity { position } else { position - capacity }]
    }

    fn after(&self, position: usize) -> usize {
        self.plus(position, 1)
    }

    /// The position so many places on, not more than there are.
    fn plus(&self, position: usize, count: usize) -> usize {
        let sum = position + count;
        if sum < 2 * self.slots.len() { sum } else { sum - 2 * self.slots.len() }
    }

    /// Asks for a slot that a push will come to soon after that of `position`, once for each cache line, if the ring is long
    /// enough.
    #[inline]
    fn prefetch_after(&self, position: usize) {
        let (in_line, ahead) = const { (slots_in::<T>(LINE), slots_in::<T>(AHEAD)) };
        if position.is_multiple_of(in_line) && ahead < self.slots.len() {
            prefetch_for_write(self.slot(self.plus(position, ahead)));
        }
    }

    fn distance(&self, head: usize, tail: usize) -> usize {
        if head <= tail { tail - head } else { 2 * self.slots.len() - head + tail }
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        if !needs_drop::<T>() {
            return;
        }
        // Relaxed, both: `&mut self` says that both handles' use of the ring happened before.
        let mut head = self.head.load(Relaxed);
        let tail = self.tail.load(Relaxed);
        drop_all(|| {
            let position = head;
            (position != tail).then(|| {
                head = self.after(position);
                let value = self.slot(position).with_mut(|place| {
                    // SAFETY: nobody else has the ring; the place is valid for reads.
                    unsafe { place.read() }
                });
                // SAFETY: the slots from `head` to `tail` hold values, and each position is visited once.
                unsafe { value.assume_init() }
            })
        });
    }
}

impl<T> fmt::Debug for SpscRing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpscRing").field("capacity", &self.ring.slots.len()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}
