//! What the queues that are shared between threads have in common, so that one test is for all of them.

use raddle::queue::{ListQueue, MutexQueue, RingQueue};

/// What can be pushed to and popped from without waiting, by any thread.
pub trait Fifo<T>: Send + Sync + 'static {
    fn push_or_return(&self, value: T) -> Result<(), T>;
    fn pop_if_any(&self) -> Option<T>;
}

#[allow(dead_code, reason = "each test file uses its part of this one")]
pub trait Queue<T>: Fifo<T> {
    fn with_capacity(capacity: usize) -> Self;
    fn count(&self) -> usize;
    fn empty(&self) -> bool;
    fn full(&self) -> bool;
}

impl<T: Send + 'static> Fifo<T> for MutexQueue<T> {
    fn push_or_return(&self, value: T) -> Result<(), T> {
        self.try_push(value).map_err(|error| error.into_inner())
    }

    fn pop_if_any(&self) -> Option<T> {
        self.try_pop().ok()
    }
}

impl<T: Send + 'static> Queue<T> for MutexQueue<T> {
    fn with_capacity(capacity: usize) -> Self {
        Self::new(capacity)
    }

    fn count(&self) -> usize {
        self.len()
    }

    fn empty(&self) -> bool {
        self.is_empty()
    }

    fn full(&self) -> bool {
        self.is_full()
    }
}

impl<T: Send + 'static> Fifo<T> for RingQueue<T> {
    fn push_or_return(&self, value: T) -> Result<(), T> {
        self.try_push(value).map_err(|error| error.0)
    }

    fn pop_if_any(&self) -> Option<T> {
        self.try_pop()
    }
}

impl<T: Send + 'static, const LEN: usize> Fifo<T> for ListQueue<T, LEN> {
    fn push_or_return(&self, value: T) -> Result<(), T> {
        self.push(value);
        Ok(())
    }

    fn pop_if_any(&self) -> Option<T> {
        self.try_pop()
    }
}

impl<T: Send + 'static> Queue<T> for RingQueue<T> {
    /// Starts just below the wrap-around of its positions, so that every test crosses it.
    fn with_capacity(capacity: usize) -> Self {
        Self::starting_at_lap(capacity, usize::MAX)
    }

    fn count(&self) -> usize {
        self.len()
    }

    fn empty(&self) -> bool {
        self.is_empty()
    }

    fn full(&self) -> bool {
        self.is_full()
    }
}
