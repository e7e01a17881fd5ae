//! A bounded queue without locks: a ring of slots, each with a stamp that says whose turn it is.
//!
//! After Dmitry Vyukov's bounded MPMC queue (1024cores.net, "Bounded MPMC queue"), with two changes known from
//! crossbeam's `ArrayQueue`: positions are split into lap and index, so that any capacity works, down to 1; and "full"
//! and "empty" are decided by the opposite end's position, so that they are linearizable.
//!
//! # Positions and stamps
//!
//! `tail` is where the next push goes, `head` where the next pop comes from; the flags beside the positions are told of in
//! `position.rs`. The low bits of a position are the index of a slot, the high bits count laps and wrap around. A slot's
//! stamp has one of these values, where `p` is a position with the slot's index:
//!
//! | stamp | the slot | who may touch its value |
//! | --- | --- | --- |
//! | `p` | is free for the push of position `p` | nobody; after moving `tail` on from `p`: the thread that moved it |
//! | `p + HOLDS` | holds the value of position `p` | nobody; after moving `head` on from `p`: the thread that moved it |
//!
//! The pop of position `p` sets the stamp to `p` + one lap, which is the next push's turn.
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
//! - `len` loads `head`, and then `tail` again, SeqCst. With Acquire it could miss a push because of which another one has found the queue full,
//!   though a pop that made room after that has returned: the pop has seen nothing of the push.

use std::collections::VecDeque;
use std::fmt;
use std::mem::{MaybeUninit, needs_drop};

use crossbeam_utils::CachePadded;

use super::error::{Full, TryPopError};
use super::leftovers::drop_all;
use super::position::{CLOSED, Claim, Claims, Ends, ONE, Refusal, flags, position};
use super::prefetch::{AHEAD, prefetch_for_write, slots_in};
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
/// in the strict sense: a push that stalls half-way holds up the pops behind it, and the other way round. The smallest program in
/// which it does, as the harness finds it (`Check::progress`):
///
/// ```text
/// thread 1                                       | thread 2
/// ---------------------------------------------- | --------------------------
/// try_push(1):                                   |
///   tail.load(SeqCst) -> 0                       |
///   stamp.load(Acquire) -> 0                     |
///   tail.compare_exchange(0 -> 8, SeqCst) -> ok  |
///   is suspended for ever                        |
///                                                | try_pop():
///                                                |   head.load(SeqCst) -> 0
///                                                |   stamp.load(Acquire) -> 0
///                                                |   tail.load(SeqCst) -> 8
///                                                |   goes round in a loop for ever
/// ```
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
    /// What is added to a position from one lap to the next: [`ONE`] times a power of two, the capacity or above.
    lap: usize,
}

/// In a stamp: the slot holds the value of that position.
const HOLDS: usize = 1;

pub(crate) struct Slot<T> {
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
        let lap = capacity.checked_mul(ONE).and_then(usize::checked_next_power_of_two).expect("capacity too large");
        let start = laps.wrapping_mul(lap);
        let slots = (0..capacity)
            .map(|index| Slot {
                stamp: AtomicUsize::new(start.wrapping_add(index * ONE)),
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
        match self.claim_push() {
            Ok(claim) => {
                self.fill(claim, value);
                Ok(())
            }
            Err(_) => Err(Full(value)),
        }
    }

    /// Pushes values from the front of `values`, as many as there is room for, one after the other with nothing between;
    /// returns how many.
    ///
    /// Cheaper than one [`try_push`](Self::try_push) for each: their places are claimed together. Where other calls are in the middle
    /// of popping it may push fewer, but one at least if there is room.
    ///
    /// ```
    /// use std::collections::VecDeque;
    ///
    /// use raddle::queue::RingQueue;
    ///
    /// # raddle::doctest(|| {
    /// let queue = RingQueue::new(2);
    /// let mut values = VecDeque::from([1, 2, 3]);
    /// assert_eq!(queue.try_push_many(&mut values), 2);
    /// assert_eq!(values, [3]);
    /// # });
    /// ```
    pub fn try_push_many(&self, values: &mut VecDeque<T>) -> usize {
        if values.is_empty() {
            return 0;
        }
        let Ok(claims) = self.claim_pushes(values.len()) else { return 0 };
        let count = claims.count;
        self.fill_all(claims, values);
        count
    }

    /// Nothing if another thread came first, or is in the middle of popping from the slot.
    #[inline]
    fn try_claim_pushes(&self, most: usize) -> Option<Result<Claims<'_, Slot<T>>, Refusal>> {
        // SeqCst: what this sees of `tail` comes before the load of `head` below; see "Memory ordering".
        let tail = self.tail.load(SeqCst);
        if flags(tail) & CLOSED != 0 {
            return Some(Err(Refusal::Closed));
        }
        let slot = self.slot(tail);
        // Acquire: pairs with the Release store in `empty`, after which the slot's old value is moved out.
        let stamp = slot.stamp.load(Acquire);
        if stamp == position(tail) {
            let (count, next) = self.run(tail, 0, most);
            // SeqCst: ordered with the SeqCst load of `tail` in `try_claim_pops`. Relaxed: the next try loads it again.
            let claimed = self.tail.compare_exchange_weak(tail, next, SeqCst, Relaxed);
            return claimed.is_ok().then_some(Ok(Claims { first: Claim { word: tail, part: slot }, count }));
        }
        // The stamp that the slot has from its push one lap ago to the end of the pop thereof. SeqCst on `head`: ordered
        // with its compare-and-swap in `try_claim_pops`. If `head` is one lap behind `tail` then `tail` is not stale, for it
        // can't be further ahead: the queue is full at the moment of this load.
        let previous = position(tail).wrapping_sub(self.lap);
        let is_full = stamp == previous + HOLDS && position(self.head.load(SeqCst)) == previous;
        is_full.then_some(Err(Refusal::Full))
    }

    /// Pops the oldest value if there is one.
    pub fn try_pop(&self) -> Option<T> {
        Some(self.empty(self.claim_pop().ok()?))
    }

    /// Pops the oldest values, up to `limit`, to the end of `values`; returns how many.
    ///
    /// They come from the queue together, with nothing between. Cheaper than one [`try_pop`](Self::try_pop) for each. Where other calls
    /// are in the middle of pushing it may pop fewer, but one at least if there is a value.
    ///
    /// ```
    /// use raddle::queue::RingQueue;
    ///
    /// # raddle::doctest(|| {
    /// let queue = RingQueue::new(2);
    /// queue.try_push('a').unwrap();
    /// queue.try_push('b').unwrap();
    /// let mut values = Vec::new();
    /// assert_eq!(queue.try_pop_many(&mut values, 10), 2);
    /// assert_eq!(values, ['a', 'b']);
    /// # });
    /// ```
    pub fn try_pop_many(&self, values: &mut Vec<T>, limit: usize) -> usize {
        if limit == 0 {
            return 0;
        }
        let Ok(claims) = self.claim_pops(limit) else { return 0 };
        let count = claims.count;
        self.empty_all(claims, values);
        count
    }

    /// Nothing if another thread came first, or is in the middle of pushing into the slot.
    #[inline]
    fn try_claim_pops(&self, most: usize) -> Option<Result<Claims<'_, Slot<T>>, TryPopError>> {
        // SeqCst: what this sees of `head` comes before the load of `tail` below; see "Memory ordering".
        let head = self.head.load(SeqCst);
        let slot = self.slot(head);
        // Acquire: pairs with the Release store in `fill`, which publishes the value.
        let stamp = slot.stamp.load(Acquire);
        if stamp == position(head) + HOLDS {
            let (count, next) = self.run(head, HOLDS, most);
            // SeqCst: ordered with the SeqCst load of `head` in `try_claim_pushes`. Relaxed: the next try loads it again.
            let claimed = self.head.compare_exchange_weak(head, next, SeqCst, Relaxed);
            return claimed.is_ok().then_some(Ok(Claims { first: Claim { word: head, part: slot }, count }));
        }
        if stamp != position(head) {
            return None;
        }
        // SeqCst on `tail`: ordered with its compare-and-swap in `try_claim_pushes`. If `tail` is where `head` was then `head` is
        // not stale, for it can't be further ahead: the queue is empty at the moment of this load.
        let tail = self.tail.load(SeqCst);
        let why = if flags(tail) & CLOSED == 0 { TryPopError::Empty } else { TryPopError::Closed };
        (position(tail) == position(head)).then_some(Err(why))
    }

    /// How many slots in a row are in the state `state` of their stamps, up to so many, from that of `word` on, which is; and the
    /// word after them. A stamp changes from that state only after the word has.
    #[inline]
    fn run(&self, word: usize, state: usize, most: usize) -> (usize, usize) {
        let mut count = 1;
        let mut next = self.after(word);
        // Acquire: as for the first, in `try_claim_pushes` and `try_claim_pops`.
        while count < most && self.slot(next).stamp.load(Acquire) == position(next) + state {
            count += 1;
            next = self.after(next);
        }
        (count, next)
    }

    /// The number of values in the queue, pushes and pops that have begun to move them included.
    pub fn len(&self) -> usize {
        spin_until(|| {
            // Acquire: pairs with the compare-and-swap that moved `tail` there, which is before the loads below.
            let tail = self.tail.load(Acquire);
            // SeqCst, both, with every compare-and-swap: in the single order of these `tail` was there before the load of `head`
            // and is still there after it. So there was a moment at which both had these values.
            let head = self.head.load(SeqCst);
            (self.tail.load(SeqCst) == tail).then(|| self.distance(position(head), position(tail)))
        })
    }

    /// The number of values that the queue can hold.
    pub fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// True if the queue holds no value.
    pub fn is_empty(&self) -> bool {
        // Acquire: pairs with the compare-and-swap that moved `head` there, which is before the load of `tail`. `head` can't be past
        // `tail`, so if they are equal it is still there. SeqCst: as in `try_pop`.
        let head = self.head.load(Acquire);
        position(self.tail.load(SeqCst)) == position(head)
    }

    /// True if the queue holds as many values as it can.
    pub fn is_full(&self) -> bool {
        // SeqCst: as in `try_push`. `tail` can't be more than a lap ahead, so if it is one it is still there at the second
        // load.
        let tail = self.tail.load(SeqCst);
        position(self.head.load(SeqCst)) == position(tail).wrapping_sub(self.lap)
    }

    /// The index of the slot that a word points to.
    fn index(&self, word: usize) -> usize {
        (word & (self.lap - 1)) / ONE
    }

    fn slot(&self, word: usize) -> &Slot<T> {
        &self.slots[self.index(word)]
    }

    /// The word with the next position, and the same flags.
    fn after(&self, word: usize) -> usize {
        if self.index(word) + 1 < self.slots.len() {
            word + ONE
        } else {
            (word & !(self.lap - 1)).wrapping_add(self.lap) | flags(word)
        }
    }

    /// Whether it makes sense to wait for so many values: if they were most of the capacity, the producer would wait too.
    fn is_modest(&self, count: usize) -> bool {
        count == 1 || count * 4 <= self.capacity()
    }

    /// The position so many places on, less than a lap.
    fn ahead(&self, position: usize, count: usize) -> usize {
        let index = self.index(position) + count;
        if index < self.slots.len() {
            position + count * ONE
        } else {
            (position & !(self.lap - 1)).wrapping_add(self.lap) + (index - self.slots.len()) * ONE
        }
    }

    /// Asks for the slot that a push will come to soon after that of `word`, if the ring is long enough.
    #[inline]
    fn prefetch_after(&self, word: usize) {
        let ahead = const { slots_in::<Slot<T>>(AHEAD) };
        if ahead < self.slots.len() {
            prefetch_for_write(self.slot(self.ahead(position(word), ahead)));
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

impl<T> Ends for RingQueue<T> {
    type Value = T;
    type Part = Slot<T>;
    type End = AtomicUsize;

    #[inline]
    fn claim_push(&self) -> Result<Claim<'_, Slot<T>>, Refusal> {
        Ok(spin_until(|| self.try_claim_pushes(1))?.first)
    }

    #[inline]
    fn fill(&self, claim: Claim<'_, Slot<T>>, value: T) {
        self.prefetch_after(claim.word);
        claim.part.value.with_mut(|place| {
            // SAFETY: the stamp was that of `tail` and this thread moved `tail` on, so the slot is its own until the stamp
            // changes, and holds no value.
            unsafe { place.write(MaybeUninit::new(value)) }
        });
        // Release: publishes the value; pairs with the Acquire load in `try_claim_pops`.
        claim.part.stamp.store(position(claim.word) + HOLDS, Release);
    }

    #[inline]
    fn claim_pop(&self) -> Result<Claim<'_, Slot<T>>, TryPopError> {
        Ok(spin_until(|| self.try_claim_pops(1))?.first)
    }

    #[inline]
    fn empty(&self, claim: Claim<'_, Slot<T>>) -> T {
        let value = claim.part.value.with_mut(|place| {
            // SAFETY: the stamp said that the slot of `head` holds a value and this thread moved `head` on, so the slot is its
            // own until the stamp changes; the place is valid for reads.
            unsafe { place.read() }
        });
        // Release: gives the emptied slot to the push one lap on; pairs with the Acquire load in `try_claim_pushes`.
        claim.part.stamp.store(position(claim.word).wrapping_add(self.lap), Release);
        // SAFETY: the stamp said that the push has written the value, and nobody else reads it out.
        unsafe { value.assume_init() }
    }

    fn claim_pushes(&self, most: usize) -> Result<Claims<'_, Slot<T>>, Refusal> {
        spin_until(|| self.try_claim_pushes(most))
    }

    fn fill_all(&self, claims: Claims<'_, Slot<T>>, values: &mut VecDeque<T>) {
        let mut word = claims.first.word;
        for value in values.drain(..claims.count) {
            self.fill(Claim { word, part: self.slot(word) }, value);
            word = self.after(word);
        }
    }

    fn claim_pops(&self, most: usize) -> Result<Claims<'_, Slot<T>>, TryPopError> {
        spin_until(|| self.try_claim_pops(most))
    }

    fn empty_all(&self, claims: Claims<'_, Slot<T>>, values: &mut Vec<T>) {
        let mut word = claims.first.word;
        values.extend((0..claims.count).map(|_| {
            let value = self.empty(Claim { word, part: self.slot(word) });
            word = self.after(word);
            value
        }));
    }

    fn tail(&self) -> &AtomicUsize {
        &self.tail
    }

    fn head(&self) -> &AtomicUsize {
        &self.head
    }

    fn must_push_wait(&self, head: usize) -> bool {
        // Relaxed: an old `tail` says that there is room, and then the push tries again.
        let tail = self.tail.load(Relaxed);
        flags(tail) & CLOSED == 0 && position(tail) == position(head).wrapping_add(self.lap)
    }

    fn must_pop_wait(&self, tail: usize) -> bool {
        // Relaxed: an old `head` says that there is a value, and then the pop tries again.
        flags(tail) & CLOSED == 0 && position(self.head.load(Relaxed)) == position(tail)
    }

    fn is_closed(&self) -> bool {
        // SeqCst: ordered with the update that closes it.
        flags(self.tail.load(SeqCst)) & CLOSED != 0
    }

    fn has_values(&self, count: usize) -> bool {
        let last = self.ahead(position(self.head.load(Relaxed)), count - 1);
        self.is_modest(count) && self.slot(last).stamp.load(Relaxed) == last + HOLDS
    }

    fn has_places(&self, count: usize) -> bool {
        let last = self.ahead(position(self.tail.load(Relaxed)), count - 1);
        self.is_modest(count) && self.slot(last).stamp.load(Relaxed) == last
    }
}

impl<T> Drop for RingQueue<T> {
    fn drop(&mut self) {
        if !needs_drop::<T>() {
            return;
        }
        // Relaxed, both: `&mut self` says that every other thread's use of the queue happened before.
        let mut next = position(self.head.load(Relaxed));
        let tail = position(self.tail.load(Relaxed));
        drop_all(|| {
            let head = next;
            (head != tail).then(|| {
                next = self.after(head);
                let value = self.slot(head).value.with_mut(|place| {
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
