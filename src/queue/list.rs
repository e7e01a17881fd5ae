//! An unbounded queue: a list of blocks of slots, which grows and shrinks by a block at a time.
//!
//! Each end has a lock, which is a bit in the word that holds its position. So a push, and likewise a pop, takes one
//! read-modify-write: it sets the bit, moves a value, and clears the bit with the store that moves the position on. A value
//! needs no mark of its own that says that it is there. (A lock for each end: Michael and Scott, "Simple, Fast, and Practical
//! Non-Blocking and Blocking Concurrent Queue Algorithms", PODC'96, section 2. Blocks instead of nodes: Morrison and Afek,
//! "Fast Concurrent Queues for x86 Processors", PPoPP'13.)
//!
//! # Rules of access
//!
//! 1. `tail.word` is changed with its lock alone, and so is `tail.block`, the block of that position: the flags too are set with
//!    the lock. The slots from `tail` on are written by who has the lock.
//! 2. `head.word`, `head.block` and `head.tail_seen` are changed with the lock of `head`, which is taken only where `tail` is
//!    known to be further on. Who has it reads the slot of `head` out, and moves on.
//! 3. Whoever pushes into the last slot of a block links the next block before `tail` moves there. So whoever pops from it finds
//!    that link, and may do with the block what he likes: no push and no pop comes back to it.
//!
//! # Memory ordering
//!
//! Locks are taken by compare-and-swap with Acquire, and given back by a store with Release. Both words are locked, and are loaded
//! to decide "empty", with SeqCst on top, and a locked word decides nothing. That buys this: where one thread pushes to a
//! first queue and then finds a second one empty, and another thread does the reverse, at least one of them sees the other's
//! push, or that it has begun, and waits for its end.

use std::collections::VecDeque;
use std::fmt;
use std::mem::MaybeUninit;
use std::ptr;

use crossbeam_utils::CachePadded;

use super::error::TryPopError;
use super::leftovers::drop_all;
use super::position::{CLOSED, Claim, Claims, End, Ends, LOCKED, ONE, Refusal, flags, position};
use super::prefetch::{LINE, prefetch_for_write, slots_in};
use crate::cell::UnsafeCell;
use crate::hint::spin_until;
use crate::sync::atomic::{
    AtomicPtr, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst},
};

/// An unbounded queue for any number of producers and consumers.
///
/// Linearizable, first in, first out. A push takes memory for a block of values now and then, and a pop gives it back. A
/// thread that is suspended in the middle of a push holds up all that comes after, and one in the middle of a pop other pops.
///
/// Checked in every execution that RC11 allows, in `tests/queues_behave_as_their_specs.rs`: every program of up to 3 threads
/// and 5 calls of `push` and `try_pop` with blocks of 2 values; of 3 threads and 4 calls, if `len` and `is_empty` are among them,
/// with blocks of 1 value where the positions wrap around.
///
/// A block has room for `BLOCK_LEN` values, 1 at least.
///
/// ```
/// use raddle::queue::ListQueue;
///
/// # raddle::doctest(|| {
/// let queue = ListQueue::new();
/// queue.push('a');
/// queue.push('b');
/// assert_eq!(queue.len(), 2);
/// assert_eq!(queue.try_pop(), Some('a'));
/// assert_eq!(queue.try_pop(), Some('b'));
/// assert_eq!(queue.try_pop(), None);
/// # });
/// ```
pub struct ListQueue<T, const BLOCK_LEN: usize = 64> {
    tail: CachePadded<Tail<T, BLOCK_LEN>>,
    head: CachePadded<Head<T, BLOCK_LEN>>,
    /// A block that is not in use, or null.
    spare: AtomicPtr<Block<T, BLOCK_LEN>>,
}

struct Tail<T, const LEN: usize> {
    word: Lock,
    block: UnsafeCell<*mut Block<T, LEN>>,
}

struct Head<T, const LEN: usize> {
    word: Lock,
    /// A position that `tail` had; never behind that of `word`.
    tail_seen: AtomicUsize,
    block: UnsafeCell<*mut Block<T, LEN>>,
}

pub(crate) struct Block<T, const LEN: usize> {
    /// Written with the lock of `tail`, before the last slot; read with the lock of `head`, after it.
    next: UnsafeCell<*mut Self>,
    slots: [UnsafeCell<MaybeUninit<T>>; LEN],
}

/// How far ahead a push asks for the slots of later ones, in bytes. Less far than in a ring: the first lines of a block are asked
/// for all at once.
const AHEAD: usize = 4 * LINE;

// SAFETY: a value is moved from the pushing to the popping thread, hence `T: Send`; by the rules of access each slot and each
// block is one thread's at a time, so no `&T` is ever shared.
unsafe impl<T: Send, const BLOCK_LEN: usize> Send for ListQueue<T, BLOCK_LEN> {}
// SAFETY: as above.
unsafe impl<T: Send, const BLOCK_LEN: usize> Sync for ListQueue<T, BLOCK_LEN> {}

impl<T> ListQueue<T> {
    /// An empty queue, with memory for some values. [`Default`] makes one with blocks of any length.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T, const BLOCK_LEN: usize> ListQueue<T, BLOCK_LEN> {
    /// What is added to a position from one block to the next: [`ONE`] times a power of two, `BLOCK_LEN` or above.
    const LAP: usize = {
        assert!(BLOCK_LEN > 0, "a block must have room for a value");
        BLOCK_LEN.checked_next_power_of_two().expect("block length too large") * ONE
    };

    /// A queue that behaves as one through which so many blocks of values have gone: see
    /// [`RingQueue::starting_at_lap`](super::RingQueue::starting_at_lap).
    pub fn starting_at_block(blocks: usize) -> Self {
        let start = blocks.wrapping_mul(Self::LAP);
        let block = Block::new();
        Self {
            tail: CachePadded::new(Tail { word: Lock(AtomicUsize::new(start)), block: UnsafeCell::new(block) }),
            head: CachePadded::new(Head {
                word: Lock(AtomicUsize::new(start)),
                tail_seen: AtomicUsize::new(start),
                block: UnsafeCell::new(block),
            }),
            spare: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Pushes `value`.
    pub fn push(&self, value: T) {
        let claim = self.claim_push().expect("only a channel closes its queue");
        self.fill(claim, value);
    }

    /// Pops the oldest value if there is one.
    pub fn try_pop(&self) -> Option<T> {
        Some(self.empty(self.claim_pop().ok()?))
    }

    /// Pushes all of `values`, the front first.
    ///
    /// Cheaper than one [`push`](Self::push) for each. Those that go into one block come one after the other, with nothing
    /// between.
    ///
    /// ```
    /// use raddle::queue::ListQueue;
    ///
    /// # raddle::doctest(|| {
    /// let queue = ListQueue::new();
    /// queue.push_many(&mut [1, 2, 3].into());
    /// assert_eq!(queue.len(), 3);
    /// # });
    /// ```
    pub fn push_many(&self, values: &mut VecDeque<T>) {
        while !values.is_empty() {
            let claims = self.claim_pushes(values.len()).expect("only a channel closes its queue");
            self.fill_all(claims, values);
        }
    }

    /// Pops the oldest values, up to `limit`, to the end of `values`; returns how many.
    ///
    /// They come from one block of the queue together, with nothing between, and another call may find more. Cheaper than
    /// one [`try_pop`](Self::try_pop) for each.
    pub fn try_pop_many(&self, values: &mut Vec<T>, limit: usize) -> usize {
        if limit == 0 {
            return 0;
        }
        let Ok(claims) = self.claim_pops(limit) else { return 0 };
        let count = claims.count;
        self.empty_all(claims, values);
        count
    }

    /// The number of values in the queue.
    pub fn len(&self) -> usize {
        spin_until(|| {
            let tail = self.tail.word.settled()?;
            let head = self.head.word.settled()?;
            // If `tail` stood still then there was a moment at which both had these values.
            (self.tail.word.settled() == Some(tail)).then(|| self.distance(head, tail))
        })
    }

    /// True if the queue holds no value.
    pub fn is_empty(&self) -> bool {
        spin_until(|| {
            let head = self.head.word.settled()?;
            // `head` can't be past `tail`, so if they are equal it is still there at the second load.
            Some(position(self.tail.word.settled()?) == head)
        })
    }

    /// Locks `head`, if there is a value; returns its position.
    fn lock_head(&self) -> Option<Result<usize, TryPopError>> {
        let head = self.head.word.settled()?;
        // Relaxed: by the load before, not behind `head`. If it belongs to a later `head` then the compare-and-swap fails.
        let mut tail = self.head.tail_seen.load(Relaxed);
        if tail == head {
            let now = self.tail.word.settled()?;
            tail = position(now);
            if tail == head {
                return Some(Err(if flags(now) & CLOSED == 0 { TryPopError::Empty } else { TryPopError::Closed }));
            }
        }
        self.head.word.try_lock(head)?;
        // Relaxed: published by the store that gives the lock back.
        self.head.tail_seen.store(tail, Relaxed);
        Some(Ok(head))
    }

    /// The block that comes after one that is full.
    #[cold]
    fn new_block(&self) -> *mut Block<T, BLOCK_LEN> {
        // Acquire: pairs with the Release swap in `recycle`, before which it was used for the last time.
        let spare = self.spare.swap(ptr::null_mut(), Acquire);
        if spare.is_null() { Block::new() } else { spare }
    }

    /// Keeps `block` for later, and gives back the memory of the one that was kept till now.
    #[cold]
    fn recycle(&self, block: *mut Block<T, BLOCK_LEN>) {
        // Release: the use of this block comes before the next. Acquire: that of the other comes before the end of its memory.
        let other = self.spare.swap(block, AcqRel);
        if !other.is_null() {
            // SAFETY: it came from `Block::new`, and whoever swaps a block out of `spare` has it alone.
            drop(unsafe { Box::from_raw(other) });
        }
    }

    /// Writes a slot of a claim at `tail`, so many places on, in the same block.
    #[inline]
    fn write(&self, claim: &Claim<'_, Block<T, BLOCK_LEN>>, place: usize, value: T) {
        let index = self.index(claim.word) + place;
        claim.part.prefetch_after(index);
        claim.part.slots[index].with_mut(|slot| {
            // SAFETY: it comes from `tail` on, whose lock this thread has.
            unsafe { slot.write(MaybeUninit::new(value)) }
        });
    }

    /// Ends a claim at `tail`, so many of whose slots are written.
    #[inline]
    fn pushed(&self, claim: Claim<'_, Block<T, BLOCK_LEN>>, count: usize) {
        let Claim { word: tail, part: block } = claim;
        let mut next = tail.wrapping_add(count * ONE);
        if self.index(tail) + count == BLOCK_LEN {
            let new = self.new_block();
            // SAFETY: nobody has it yet, so it stays.
            unsafe { &*new }.prefetch();
            // SAFETY: written with the lock of `tail`, before any pop comes to the last slot.
            block.next.with_mut(|place| unsafe { *place = new });
            // SAFETY: this thread has the lock of `tail`.
            self.tail.block.with_mut(|place| unsafe { *place = new });
            next = self.next_lap(tail) | flags(tail);
        }
        self.tail.word.unlock(next);
    }

    /// Reads a slot of a claim at `head` out, so many places on, in the same block.
    #[inline]
    fn read(&self, claim: &Claim<'_, Block<T, BLOCK_LEN>>, place: usize) -> MaybeUninit<T> {
        claim.part.slots[self.index(claim.word) + place].with(|slot| {
            // SAFETY: no push comes to it again (rule 3), and nobody else reads it, for this thread has the lock of `head`.
            unsafe { slot.read() }
        })
    }

    /// Ends a claim at `head`, so many of whose slots are read out.
    #[inline]
    fn popped(&self, claim: Claim<'_, Block<T, BLOCK_LEN>>, count: usize) {
        let Claim { word: head, part: block } = claim;
        if self.index(head) + count < BLOCK_LEN {
            self.head.word.unlock(head + count * ONE);
        } else {
            // SAFETY: written before `tail` moved on from the last slot.
            let next = block.next.with(|next| unsafe { *next });
            // SAFETY: this thread has the lock of `head`.
            let emptied = self.head.block.with_mut(|place| unsafe { place.replace(next) });
            self.head.word.unlock(self.next_lap(head));
            self.recycle(emptied);
        }
    }

    fn index(&self, word: usize) -> usize {
        (word & (Self::LAP - 1)) / ONE
    }

    /// The first position in the block after that of `position`.
    fn next_lap(&self, position: usize) -> usize {
        (position & !(Self::LAP - 1)).wrapping_add(Self::LAP)
    }

    /// How many values lie between two ends.
    fn distance(&self, head: usize, tail: usize) -> usize {
        let laps = (tail & !(Self::LAP - 1)).wrapping_sub(head & !(Self::LAP - 1)) / Self::LAP;
        laps * BLOCK_LEN + self.index(tail) - self.index(head)
    }
}

/// The word of an end, with a flag that is its lock.
pub(crate) struct Lock(AtomicUsize);

impl Lock {
    /// Takes the lock; returns the word.
    #[inline]
    fn lock(&self) -> usize {
        spin_until(|| {
            // Relaxed: a guess, which the compare-and-swap checks.
            let word = self.0.load(Relaxed);
            if word & LOCKED == 0 { self.try_lock(word) } else { None }
        })
    }

    /// Takes the lock if the word is this, which has the lock free.
    #[inline]
    fn try_lock(&self, word: usize) -> Option<usize> {
        // Acquire: pairs with the store in `unlock`. SeqCst: ordered with the load in `settled`. Relaxed: it is tried again.
        self.0.compare_exchange_weak(word, word | LOCKED, SeqCst, Relaxed).ok()
    }

    /// Gives the lock back, and changes the word to this.
    #[inline]
    fn unlock(&self, word: usize) {
        // Release: publishes what was done with the lock, to `try_lock` and `settled`.
        self.0.store(word, Release);
    }

    /// The word, unless a thread has the lock.
    #[inline]
    fn settled(&self) -> Option<usize> {
        // Acquire: pairs with the store in `unlock`. SeqCst: ordered with the compare-and-swap in `try_lock`.
        Some(self.0.load(SeqCst)).filter(|&word| word & LOCKED == 0)
    }

    /// The position, as it is or was. What is behind it is done, also where another thread has the lock.
    fn position(&self) -> usize {
        // Acquire: pairs with the store in `unlock`, also if the lock has been taken since: that was an update of the word. Whoever
        // looks at `tail` after `head` finds it no further back.
        position(self.0.load(Acquire))
    }
}

impl End for Lock {
    fn set(&self, flag: usize) -> usize {
        let word = self.lock();
        self.unlock(word | flag);
        word
    }

    fn clear(&self, flag: usize) {
        let word = self.lock();
        self.unlock(word & !flag);
    }
}

impl<T, const LEN: usize> Block<T, LEN> {
    fn new() -> *mut Self {
        let mut block = Box::<Self>::new_uninit();
        let place = block.as_mut_ptr();
        // SAFETY: a part of what was just taken from the allocator, which nobody else has.
        let next = unsafe { &raw mut (*place).next };
        // SAFETY: as above.
        unsafe { next.write(UnsafeCell::new(ptr::null_mut())) };
        // SAFETY: as above. Written one at a time, for all of the slots may be more than a stack holds.
        let slots = unsafe { &raw mut (*place).slots }.cast::<UnsafeCell<MaybeUninit<T>>>();
        for index in 0..LEN {
            // SAFETY: there are so many of them.
            let slot = unsafe { slots.add(index) };
            // SAFETY: as for `next`.
            unsafe { slot.write(UnsafeCell::new(MaybeUninit::uninit())) };
        }
        // SAFETY: each of its parts is written.
        Box::into_raw(unsafe { block.assume_init() })
    }

    /// Asks for the first slots.
    fn prefetch(&self) {
        for line in self.slots.chunks(slots_in::<T>(LINE)).take(AHEAD / LINE) {
            prefetch_for_write(line.as_ptr());
        }
    }

    /// Asks for a slot that a push will come to soon after that of `index`, if the block has it.
    #[inline]
    fn prefetch_after(&self, index: usize) {
        if let Some(slot) = self.slots.get(index.saturating_add(slots_in::<T>(AHEAD))) {
            prefetch_for_write(slot);
        }
    }
}

impl<T, const BLOCK_LEN: usize> Ends for ListQueue<T, BLOCK_LEN> {
    type Value = T;
    type Part = Block<T, BLOCK_LEN>;
    type End = Lock;

    #[inline]
    fn claim_push(&self) -> Result<Claim<'_, Block<T, BLOCK_LEN>>, Refusal> {
        let tail = self.tail.word.lock();
        if flags(tail) & CLOSED != 0 {
            self.tail.word.unlock(tail);
            return Err(Refusal::Closed);
        }
        // SAFETY: this thread has the lock of `tail`.
        let block = self.tail.block.with(|block| unsafe { *block });
        // SAFETY: it is the block of `tail`, and no pop has come to its end (rule 3) nor can before the lock is given back.
        Ok(Claim { word: tail, part: unsafe { &*block } })
    }

    #[inline]
    fn fill(&self, claim: Claim<'_, Block<T, BLOCK_LEN>>, value: T) {
        self.write(&claim, 0, value);
        self.pushed(claim, 1);
    }

    #[inline]
    fn claim_pop(&self) -> Result<Claim<'_, Block<T, BLOCK_LEN>>, TryPopError> {
        let head = spin_until(|| self.lock_head())?;
        // SAFETY: this thread has the lock of `head`.
        let block = self.head.block.with(|block| unsafe { *block });
        // SAFETY: it is the block of `head`, which nobody gives back but who pops from its last slot.
        Ok(Claim { word: head, part: unsafe { &*block } })
    }

    #[inline]
    fn empty(&self, claim: Claim<'_, Block<T, BLOCK_LEN>>) -> T {
        let value = self.read(&claim, 0);
        self.popped(claim, 1);
        // SAFETY: `tail` was known to be further on, so it is written.
        unsafe { value.assume_init() }
    }

    fn claim_pushes(&self, most: usize) -> Result<Claims<'_, Block<T, BLOCK_LEN>>, Refusal> {
        let first = self.claim_push()?;
        let count = most.min(BLOCK_LEN - self.index(first.word));
        Ok(Claims { first, count })
    }

    fn fill_all(&self, claims: Claims<'_, Block<T, BLOCK_LEN>>, values: &mut VecDeque<T>) {
        let Claims { first, count } = claims;
        for (place, value) in values.drain(..count).enumerate() {
            self.write(&first, place, value);
        }
        self.pushed(first, count);
    }

    fn claim_pops(&self, most: usize) -> Result<Claims<'_, Block<T, BLOCK_LEN>>, TryPopError> {
        let first = self.claim_pop()?;
        let tail = self.tail.word.position();
        // Relaxed: changed with the lock of `head`, which this thread has, and which publishes it.
        self.head.tail_seen.store(tail, Relaxed);
        let index = self.index(first.word);
        // In this block, or as far as it goes.
        let end = if self.next_lap(first.word) == self.next_lap(tail) { self.index(tail) } else { BLOCK_LEN };
        Ok(Claims { first, count: most.min(end - index) })
    }

    fn empty_all(&self, claims: Claims<'_, Block<T, BLOCK_LEN>>, values: &mut Vec<T>) {
        let Claims { first, count } = claims;
        values.extend((0..count).map(|place| {
            let value = self.read(&first, place);
            // SAFETY: `tail` was known to be further on than this place, so it is written.
            unsafe { value.assume_init() }
        }));
        self.popped(first, count);
    }

    fn tail(&self) -> &Lock {
        &self.tail.word
    }

    fn head(&self) -> &Lock {
        &self.head.word
    }

    fn must_push_wait(&self, _: usize) -> bool {
        false
    }

    fn must_pop_wait(&self, tail: usize) -> bool {
        // An old `head` says that there is a value, and then the pop tries again.
        flags(tail) & CLOSED == 0 && self.head.word.position() == position(tail)
    }

    fn is_closed(&self) -> bool {
        spin_until(|| Some(flags(self.tail.word.settled()?) & CLOSED != 0))
    }

    fn has_values(&self, count: usize) -> bool {
        let head = self.head.word.position();
        self.distance(head, self.tail.word.position()) >= count
    }

    fn has_places(&self, _: usize) -> bool {
        true
    }
}

impl<T, const BLOCK_LEN: usize> Drop for ListQueue<T, BLOCK_LEN> {
    fn drop(&mut self) {
        /// Gives the last block and the spare one back, also where a value's destructor panics.
        struct Blocks<'a, T, const LEN: usize>(&'a ListQueue<T, LEN>);
        impl<T, const LEN: usize> Drop for Blocks<'_, T, LEN> {
            fn drop(&mut self) {
                let queue = self.0;
                // SAFETY: nobody else has the queue.
                let last = queue.tail.block.with(|block| unsafe { *block });
                // Relaxed: `&mut self` says that every other thread's use of the queue happened before.
                for block in [last, queue.spare.load(Relaxed)] {
                    if !block.is_null() {
                        // SAFETY: it came from `Block::new`, and nobody else has the queue.
                        drop(unsafe { Box::from_raw(block) });
                    }
                }
            }
        }
        let blocks = Blocks(self);
        // Whatever comes before the last block is given back with its last value.
        drop_all(|| blocks.0.try_pop());
    }
}

impl<T, const BLOCK_LEN: usize> Default for ListQueue<T, BLOCK_LEN> {
    fn default() -> Self {
        Self::starting_at_block(0)
    }
}

impl<T, const BLOCK_LEN: usize> fmt::Debug for ListQueue<T, BLOCK_LEN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("ListQueue { .. }")
    }
}
