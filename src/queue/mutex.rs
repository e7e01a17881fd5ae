//! A bounded queue as a monitor: a `VecDeque` behind a lock, with one condition variable for each thing to wait for.
//!
//! Nothing of the user's runs while the lock is held: values are moved, never compared, cloned or dropped. So the lock
//! is never poisoned, and a destructor may use the queue that it was in.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use super::deadline::{Deadline, Woken};
use super::error::{Closed, PopTimeoutError, PushTimeoutError, TryPopError, TryPushError};
use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A bounded queue for any number of producers and consumers, with blocking and timed operations, that can be closed.
///
/// Linearizable: each operation takes effect while it holds the lock. First in, first out. A closed queue takes no
/// more values; the ones in it can still be popped.
///
/// Checked in every execution, in `tests/queues_behave_as_their_specs.rs`, at capacity 1: every program of up to 3 threads and
/// 4 calls of all its methods, in which timed calls give up just where they would have to wait; of 3 threads and 6 calls of
/// `push`, `pop` and `close`; of 3 threads and 5 calls of `push`, `pop` and `try_pop`. With wake-ups for no reason: of 3
/// threads and 4 calls of these.
///
/// ```
/// use raddle::queue::{Closed, MutexQueue, TryPushError};
///
/// # raddle::doctest(|| {
/// let queue = MutexQueue::new(2);
/// queue.push("first").unwrap();
/// queue.push("second").unwrap();
/// assert_eq!(queue.try_push("third"), Err(TryPushError::Full("third")));
///
/// queue.close();
/// assert_eq!(queue.push("late"), Err(Closed("late")));
/// assert_eq!(queue.pop(), Ok("first"));
/// assert_eq!(queue.pop(), Ok("second"));
/// assert_eq!(queue.pop(), Err(Closed(())));
/// # });
/// ```
pub struct MutexQueue<T> {
    state: Mutex<State<T>>,
    not_empty: Condvar,
    not_full: Condvar,
    capacity: usize,
}

/// What the lock protects.
///
/// The counts of waiting threads spare the system call of a notification that nobody waits for. A thread that was
/// notified still counts until it has the lock again, so a count is never too low.
struct State<T> {
    items: VecDeque<T>,
    closed: bool,
    pops_waiting: usize,
    pushes_waiting: usize,
}

impl<T> MutexQueue<T> {
    /// A queue for up to `capacity` values. Memory is taken as values come; with `usize::MAX` the queue is, in effect,
    /// unbounded.
    ///
    /// # Panics
    ///
    /// When `capacity` is 0.
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "a queue's capacity must be at least 1");
        Self {
            state: Mutex::new(State { items: VecDeque::new(), closed: false, pops_waiting: 0, pushes_waiting: 0 }),
            not_empty: Condvar::new(),
            not_full: Condvar::new(),
            capacity,
        }
    }

    /// Pushes `value` if there is room.
    ///
    /// # Errors
    ///
    /// [`TryPushError::Full`] or [`TryPushError::Closed`], each with the value.
    pub fn try_push(&self, value: T) -> Result<(), TryPushError<T>> {
        let state = self.lock();
        if state.closed {
            Err(TryPushError::Closed(value))
        } else if state.items.len() == self.capacity {
            Err(TryPushError::Full(value))
        } else {
            self.put(state, value);
            Ok(())
        }
    }

    /// Pushes `value`, waiting for room.
    ///
    /// # Errors
    ///
    /// The value, if the queue is closed, before or while this waits.
    pub fn push(&self, value: T) -> Result<(), Closed<T>> {
        self.push_deadline(value, Deadline::NEVER).map_err(|error| Closed(error.into_inner()))
    }

    /// Pushes `value`, waiting for room no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// [`PushTimeoutError::Timeout`] or [`PushTimeoutError::Closed`], each with the value.
    pub fn push_timeout(&self, value: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        self.push_deadline(value, Deadline::after(timeout))
    }

    pub(crate) fn push_deadline(&self, value: T, deadline: Deadline) -> Result<(), PushTimeoutError<T>> {
        let mut state = self.lock();
        let mut woken = Woken::Perhaps;
        loop {
            if state.closed {
                return Err(PushTimeoutError::Closed(value));
            }
            if state.items.len() < self.capacity {
                self.put(state, value);
                return Ok(());
            }
            if woken == Woken::TimedOut {
                return Err(PushTimeoutError::Timeout(value));
            }
            state.pushes_waiting += 1;
            (state, woken) = deadline.wait(&self.not_full, state);
            state.pushes_waiting -= 1;
        }
    }

    /// Pops the oldest value if there is one.
    ///
    /// # Errors
    ///
    /// [`TryPopError::Empty`], or [`TryPopError::Closed`] once the queue is both closed and drained.
    pub fn try_pop(&self) -> Result<T, TryPopError> {
        let state = self.lock();
        let closed = state.closed;
        self.take(state).ok_or(if closed { TryPopError::Closed } else { TryPopError::Empty })
    }

    /// Pops the oldest value, waiting for one.
    ///
    /// # Errors
    ///
    /// [`Closed`], once the queue is both closed and drained.
    pub fn pop(&self) -> Result<T, Closed> {
        self.pop_deadline(Deadline::NEVER).map_err(|_| Closed(()))
    }

    /// Pops the oldest value, waiting for one no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// [`PopTimeoutError::Timeout`], or [`PopTimeoutError::Closed`] once the queue is both closed and drained.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<T, PopTimeoutError> {
        self.pop_deadline(Deadline::after(timeout))
    }

    pub(crate) fn pop_deadline(&self, deadline: Deadline) -> Result<T, PopTimeoutError> {
        let mut state = self.lock();
        let mut woken = Woken::Perhaps;
        while state.items.is_empty() {
            if state.closed {
                return Err(PopTimeoutError::Closed);
            }
            if woken == Woken::TimedOut {
                return Err(PopTimeoutError::Timeout);
            }
            state.pops_waiting += 1;
            (state, woken) = deadline.wait(&self.not_empty, state);
            state.pops_waiting -= 1;
        }
        Ok(self.take(state).expect("the queue has a value and this thread the lock"))
    }

    /// Ends the pushing: later and waiting pushes fail, pops drain what is left. Closing again changes nothing.
    pub fn close(&self) {
        self.lock().closed = true;
        self.not_empty.notify_all();
        self.not_full.notify_all();
    }

    /// True once [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// The number of values in the queue.
    pub fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// The number of values that the queue can hold.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// True if the queue holds no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if the queue holds as many values as it can.
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, mut state: MutexGuard<'_, State<T>>, value: T) {
        state.items.push_back(value);
        let notify = state.pops_waiting > 0;
        drop(state);
        if notify {
            self.not_empty.notify_one();
        }
    }

    fn take(&self, mut state: MutexGuard<'_, State<T>>) -> Option<T> {
        let value = state.items.pop_front()?;
        let notify = state.pushes_waiting > 0;
        drop(state);
        if notify {
            self.not_full.notify_one();
        }
        Some(value)
    }
}

impl<T> fmt::Debug for MutexQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutexQueue").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
