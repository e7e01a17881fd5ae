//! What do the handles share? The queue, and how many of each kind are left.

use std::task::{Poll, Waker};

use super::buffered::Buffered;
use super::line::Ticket;
use super::rendezvous::Rendezvous;
use crate::queue::{
    Closed, Deadline, ListQueue, PopTimeoutError, PushTimeoutError, RingQueue, TryPopError, TryPushError,
};
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Relaxed},
};

/// More handles than this are leaked ones (`mem::forget` in a loop); going on would overflow the count.
const HANDLES_MAX: usize = isize::MAX as usize;

/// A channel without its handles.
///
/// A count of handles never leaves 0 again: a handle is cloned from one that is still counted.
pub(super) struct Shared<T> {
    queue: Queue<T>,
    senders: AtomicUsize,
    receivers: AtomicUsize,
}

enum Queue<T> {
    Bounded(Buffered<RingQueue<T>>),
    Unbounded(Buffered<ListQueue<T>>),
    Rendezvous(Rendezvous<T>),
}

/// Calls a method that all kinds have.
macro_rules! each {
    ($shared:ident, $queue:ident => $call:expr) => {
        match &$shared.queue {
            Queue::Bounded($queue) => $call,
            Queue::Unbounded($queue) => $call,
            Queue::Rendezvous($queue) => $call,
        }
    };
}

impl<T> Shared<T> {
    /// A channel for so many values, with one sender and one receiver.
    pub fn bounded(capacity: usize) -> Self {
        Self::of(match capacity {
            0 => Queue::Rendezvous(Rendezvous::new()),
            _ => Queue::Bounded(Buffered::new(RingQueue::new(capacity))),
        })
    }

    /// A channel without a limit, with one sender and one receiver.
    pub fn unbounded(queue: ListQueue<T>) -> Self {
        Self::of(Queue::Unbounded(Buffered::new(queue)))
    }

    fn of(queue: Queue<T>) -> Self {
        Self { queue, senders: AtomicUsize::new(1), receivers: AtomicUsize::new(1) }
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

    /// True once the last sender, or the last receiver, is gone.
    pub fn is_closed(&self) -> bool {
        each!(self, queue => queue.is_closed())
    }

    pub fn len(&self) -> usize {
        match &self.queue {
            Queue::Bounded(buffered) => buffered.queue.len(),
            Queue::Unbounded(buffered) => buffered.queue.len(),
            Queue::Rendezvous(_) => 0,
        }
    }

    pub fn is_full(&self) -> bool {
        match &self.queue {
            Queue::Bounded(buffered) => buffered.queue.is_full(),
            Queue::Unbounded(_) => false,
            Queue::Rendezvous(_) => true,
        }
    }

    pub fn capacity(&self) -> Option<usize> {
        match &self.queue {
            Queue::Bounded(buffered) => Some(buffered.queue.capacity()),
            Queue::Unbounded(_) => None,
            Queue::Rendezvous(_) => Some(0),
        }
    }

    pub fn add_sender(&self) {
        add_handle(&self.senders);
    }

    pub fn add_receiver(&self) {
        add_handle(&self.receivers);
    }

    /// To be called once for each sender; with the last one the channel ends once it is drained.
    pub fn remove_sender(&self) {
        if !remove_handle(&self.senders) {
            return;
        }
        each!(self, queue => queue.close());
    }

    /// To be called once for each receiver; with the last one the channel ends and what is left in it is dropped.
    pub fn remove_receiver(&self) {
        if !remove_handle(&self.receivers) {
            return;
        }
        each!(self, queue => queue.close_and_drain());
    }
}

fn add_handle(count: &AtomicUsize) {
    // Relaxed: publishes nothing. The handle being cloned is counted, so the count can't reach 0 meanwhile.
    if count.fetch_add(1, Relaxed) > HANDLES_MAX {
        std::process::abort();
    }
}

/// True for the last handle.
fn remove_handle(count: &AtomicUsize) -> bool {
    // AcqRel: pairs with itself in the threads that dropped the other handles. Release: what this thread did through
    // its handle comes before; Acquire: the last one closes the channel after all that.
    count.fetch_sub(1, AcqRel) == 1
}
