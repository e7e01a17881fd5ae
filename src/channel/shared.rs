//! What do the handles share? The queue, and how many of each kind are left.

use crate::queue::{Deadline, MutexQueue, PopTimeoutError, PushTimeoutError, Rendezvous, TryPopError, TryPushError};
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
    Buffered(MutexQueue<T>),
    Rendezvous(Rendezvous<T>),
}

impl<T> Shared<T> {
    /// A channel with one sender and one receiver; no capacity: unbounded.
    pub fn new(capacity: Option<usize>) -> Self {
        let queue = match capacity {
            Some(0) => Queue::Rendezvous(Rendezvous::new()),
            Some(capacity) => Queue::Buffered(MutexQueue::new(capacity)),
            None => Queue::Buffered(MutexQueue::new(usize::MAX)),
        };
        Self { queue, senders: AtomicUsize::new(1), receivers: AtomicUsize::new(1) }
    }

    pub fn try_push(&self, value: T) -> Result<(), TryPushError<T>> {
        match &self.queue {
            Queue::Buffered(queue) => queue.try_push(value),
            Queue::Rendezvous(queue) => queue.try_push(value),
        }
    }

    pub fn push(&self, value: T, deadline: Deadline) -> Result<(), PushTimeoutError<T>> {
        match &self.queue {
            Queue::Buffered(queue) => queue.push_deadline(value, deadline),
            Queue::Rendezvous(queue) => queue.push_deadline(value, deadline),
        }
    }

    pub fn try_pop(&self) -> Result<T, TryPopError> {
        match &self.queue {
            Queue::Buffered(queue) => queue.try_pop(),
            Queue::Rendezvous(queue) => queue.try_pop(),
        }
    }

    pub fn pop(&self, deadline: Deadline) -> Result<T, PopTimeoutError> {
        match &self.queue {
            Queue::Buffered(queue) => queue.pop_deadline(deadline),
            Queue::Rendezvous(queue) => queue.pop_deadline(deadline),
        }
    }

    pub fn len(&self) -> usize {
        match &self.queue {
            Queue::Buffered(queue) => queue.len(),
            Queue::Rendezvous(_) => 0,
        }
    }

    pub fn is_full(&self) -> bool {
        match &self.queue {
            Queue::Buffered(queue) => queue.is_full(),
            Queue::Rendezvous(_) => true,
        }
    }

    pub fn capacity(&self) -> Option<usize> {
        match &self.queue {
            Queue::Buffered(queue) => Some(queue.capacity()).filter(|&capacity| capacity != usize::MAX),
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
        match &self.queue {
            Queue::Buffered(queue) => queue.close(),
            Queue::Rendezvous(queue) => queue.close(),
        }
    }

    /// To be called once for each receiver; with the last one the channel ends and what is left in it is dropped.
    pub fn remove_receiver(&self) {
        if !remove_handle(&self.receivers) {
            return;
        }
        match &self.queue {
            Queue::Buffered(queue) => drop(queue.close_and_take()),
            // What is on offer belongs to the sends that wait; each takes its own back.
            Queue::Rendezvous(queue) => queue.close(),
        }
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
