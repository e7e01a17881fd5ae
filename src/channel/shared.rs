//! What do the handles share? The queue, and how many of each kind are left.

use std::collections::VecDeque;
use std::task::{Poll, Waker};

use super::buffered::Buffered;
use super::line::Ticket;
use super::rendezvous::Rendezvous;
use crate::queue::{
    Closed, Deadline, ListQueue, PopTimeoutError, PushTimeoutError, RingQueue, TryPopError, TryPushError,
};
use crate::sync::Arc;
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Relaxed},
};

/// A channel, as each of its handles has it. To be cloned by [`add_sender`](Self::add_sender) or
/// [`add_receiver`](Self::add_receiver).
pub(super) enum Shared<T> {
    Bounded(Arc<Buffered<RingQueue<T>>>),
    Unbounded(Arc<Buffered<ListQueue<T>>>),
    Rendezvous(Arc<Rendezvous<T>>),
}

/// Calls a method that all kinds have.
macro_rules! each {
    ($shared:expr, $queue:ident => $call:expr) => {
        match $shared {
            Shared::Bounded($queue) => $call,
            Shared::Unbounded($queue) => $call,
            Shared::Rendezvous($queue) => $call,
        }
    };
}

impl<T> Shared<T> {
    /// A channel for so many values, as its first sender and its first receiver have it.
    pub fn bounded(capacity: usize) -> [Self; 2] {
        if capacity == 0 {
            let queue = Arc::new(Rendezvous::new());
            return [Self::Rendezvous(queue.clone()), Self::Rendezvous(queue)];
        }
        let queue = Arc::new(Buffered::new(RingQueue::new(capacity)));
        [Self::Bounded(queue.clone()), Self::Bounded(queue)]
    }

    /// A channel without a limit, likewise.
    pub fn unbounded() -> [Self; 2] {
        let queue = Arc::new(Buffered::new(ListQueue::new()));
        [Self::Unbounded(queue.clone()), Self::Unbounded(queue)]
    }

    #[inline]
    pub fn try_push(&self, value: T) -> Result<(), TryPushError<T>> {
        each!(self, queue => queue.try_push(value))
    }

    #[inline]
    pub fn push(&self, value: T, deadline: Deadline) -> Result<(), PushTimeoutError<T>> {
        each!(self, queue => queue.push(value, deadline))
    }

    #[inline]
    pub fn try_pop(&self) -> Result<T, TryPopError> {
        each!(self, queue => queue.try_pop())
    }

    #[inline]
    pub fn pop(&self, deadline: Deadline) -> Result<T, PopTimeoutError> {
        each!(self, queue => queue.pop(deadline))
    }

    pub fn push_many(&self, values: &mut VecDeque<T>) -> Result<(), Closed> {
        each!(self, queue => queue.push_many(values))
    }

    pub fn pop_many(&self, values: &mut Vec<T>, limit: usize) -> Result<(), Closed> {
        each!(self, queue => queue.pop_many(values, limit))
    }

    pub fn poll_push(
        &self,
        value: &mut Option<T>,
        place: &mut Option<Ticket>,
        waker: &Waker,
    ) -> Poll<Result<(), Closed<T>>> {
        each!(self, queue => queue.poll_push(value, place, waker))
    }

    pub fn cancel_push(&self, place: &mut Option<Ticket>) -> Option<T> {
        each!(self, queue => queue.cancel_push(place))
    }

    pub fn poll_pop(&self, place: &mut Option<Ticket>, waker: &Waker) -> Poll<Result<T, Closed>> {
        each!(self, queue => queue.poll_pop(place, waker))
    }

    pub fn cancel_pop(&self, place: &mut Option<Ticket>) {
        each!(self, queue => queue.cancel_pop(place));
    }

    /// True once the last sender, or the last receiver, is gone, and the values that were there may be. At capacity 0 there
    /// are none.
    pub fn is_closed(&self) -> bool {
        match self {
            Self::Bounded(buffered) => buffered.is_closed(),
            Self::Unbounded(buffered) => buffered.is_closed(),
            Self::Rendezvous(_) => false,
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Bounded(buffered) => buffered.queue.len(),
            Self::Unbounded(buffered) => buffered.queue.len(),
            Self::Rendezvous(_) => 0,
        }
    }

    pub fn is_full(&self) -> bool {
        match self {
            Self::Bounded(buffered) => buffered.queue.is_full(),
            Self::Unbounded(_) => false,
            Self::Rendezvous(_) => true,
        }
    }

    pub fn capacity(&self) -> Option<usize> {
        match self {
            Self::Bounded(buffered) => Some(buffered.queue.capacity()),
            Self::Unbounded(_) => None,
            Self::Rendezvous(_) => Some(0),
        }
    }

    /// As another sender has it.
    pub fn add_sender(&self) -> Self {
        self.handles().senders.add();
        self.share()
    }

    /// As another receiver has it.
    pub fn add_receiver(&self) -> Self {
        self.handles().receivers.add();
        self.share()
    }

    /// To be called once for each sender; with the last one the channel ends once it is drained.
    pub fn remove_sender(&self) {
        if self.handles().senders.remove() {
            each!(self, queue => queue.close());
        }
    }

    /// To be called once for each receiver; with the last one the channel ends and what is left in it is dropped.
    pub fn remove_receiver(&self) {
        if self.handles().receivers.remove() {
            each!(self, queue => queue.close_and_drain());
        }
    }

    pub fn is_same(&self, other: &Self) -> bool {
        std::ptr::eq(self.handles(), other.handles())
    }

    fn handles(&self) -> &Handles {
        each!(self, queue => &queue.handles)
    }

    fn share(&self) -> Self {
        match self {
            Self::Bounded(queue) => Self::Bounded(queue.clone()),
            Self::Unbounded(queue) => Self::Unbounded(queue.clone()),
            Self::Rendezvous(queue) => Self::Rendezvous(queue.clone()),
        }
    }
}

/// How many handles there are to a channel.
pub(super) struct Handles {
    senders: Count,
    receivers: Count,
}

impl Handles {
    /// One of each kind.
    pub fn new() -> Self {
        Self { senders: Count(AtomicUsize::new(1)), receivers: Count(AtomicUsize::new(1)) }
    }
}

/// A number of handles. It never leaves 0 again: a handle is cloned from one that is still counted.
struct Count(AtomicUsize);

impl Count {
    /// More handles than this are leaked ones (`mem::forget` in a loop); going on would overflow the count.
    const MAX: usize = isize::MAX as usize;

    fn add(&self) {
        // Relaxed: publishes nothing. The handle being cloned is counted, so the count can't reach 0 meanwhile.
        if self.0.fetch_add(1, Relaxed) > Self::MAX {
            std::process::abort();
        }
    }

    /// True for the last handle.
    fn remove(&self) -> bool {
        // AcqRel: pairs with itself in the threads that dropped the other handles. Release: what this thread did through
        // its handle comes before; Acquire: the last one closes the channel after all that.
        self.0.fetch_sub(1, AcqRel) == 1
    }
}
