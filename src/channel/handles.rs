//! The two ends of a channel. All that waiting and waking is the queue's; here is what the calls are named and what
//! they answer.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

use super::error::{RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError};
use super::futures::{RecvFuture, SendFuture};
use super::iter::{IntoIter, Iter, TryIter};
use super::shared::Shared;
use crate::queue::{Closed, Deadline, PopTimeoutError, PushTimeoutError, TryPopError, TryPushError};

/// A channel that holds up to `capacity` values: a send waits while it is full.
///
/// With capacity 0 each send waits for a receive that takes its value. Else memory for all values is taken at once.
///
/// # Panics
///
/// When `capacity` is too large for the memory.
///
/// ```
/// use raddle::channel::{TrySendError, bounded};
///
/// # raddle::doctest(|| {
/// let (sender, receiver) = bounded(1);
/// sender.send("first").unwrap();
/// assert_eq!(sender.try_send("second"), Err(TrySendError::Full("second")));
/// assert_eq!(receiver.recv(), Ok("first"));
/// # });
/// ```
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    channel(Shared::bounded(capacity))
}

/// A channel that holds as many values as there is memory for: a send never waits.
///
/// Memory is taken and given back in blocks of 64 values.
///
/// ```
/// use raddle::channel::{RecvError, unbounded};
///
/// # raddle::doctest(|| {
/// let (sender, receiver) = unbounded();
/// sender.send(1).unwrap();
/// sender.send(2).unwrap();
/// drop(sender);
/// assert_eq!(receiver.recv(), Ok(1));
/// assert_eq!(receiver.recv(), Ok(2));
/// assert_eq!(receiver.recv(), Err(RecvError));
/// # });
/// ```
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    channel(Shared::unbounded())
}

fn channel<T>([sender, receiver]: [Shared<T>; 2]) -> (Sender<T>, Receiver<T>) {
    (Sender { shared: sender }, Receiver { shared: receiver })
}

/// The end that sends. Clones send to the same channel; it is disconnected when the last of them is dropped.
///
/// See the [contract](super#contract).
pub struct Sender<T> {
    pub(super) shared: Shared<T>,
}

/// The end that receives. Clones take from the same channel, each value going to one of them; it is disconnected when
/// the last of them is dropped.
///
/// See the [contract](super#contract).
pub struct Receiver<T> {
    pub(super) shared: Shared<T>,
}

impl<T> Sender<T> {
    /// Sends `value`, waiting while the channel is full; at capacity 0, until it has been taken.
    ///
    /// # Errors
    ///
    /// The value, if every receiver is gone, before or while this waits.
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.shared.push(value, Deadline::NEVER).map_err(|error| SendError(error.into_inner()))
    }

    /// Sends `value` if that takes no waiting.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Full`] or [`TrySendError::Disconnected`], each with the value.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.shared.try_push(value).map_err(|error| match error {
            TryPushError::Full(value) => TrySendError::Full(value),
            TryPushError::Closed(value) => TrySendError::Disconnected(value),
        })
    }

    /// Sends `value`, waiting no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError::Timeout`] or [`SendTimeoutError::Disconnected`], each with the value.
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_until(value, Deadline::after(timeout))
    }

    /// Sends `value`, waiting no longer than until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`send_timeout`](Self::send_timeout).
    pub fn send_deadline(&self, value: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.send_until(value, Deadline::at(deadline))
    }

    fn send_until(&self, value: T, deadline: Deadline) -> Result<(), SendTimeoutError<T>> {
        self.shared.push(value, deadline).map_err(|error| match error {
            PushTimeoutError::Timeout(value) => SendTimeoutError::Timeout(value),
            PushTimeoutError::Closed(value) => SendTimeoutError::Disconnected(value),
        })
    }

    /// Sends all of `values`, the front first, waiting while the channel is full.
    ///
    /// It is as if each were [sent](Self::send), and quicker where values come in batches: those for which there is room go in
    /// together, with nothing of other senders between. Values that are sent leave `values` as they are.
    ///
    /// # Errors
    ///
    /// If every receiver is gone, before or while this waits; what has not been sent is left in `values`.
    ///
    /// ```
    /// use std::collections::VecDeque;
    ///
    /// use raddle::channel::bounded;
    ///
    /// # raddle::doctest(|| {
    /// let (sender, receiver) = bounded(8);
    /// let mut batch = VecDeque::from([1, 2, 3]);
    /// sender.send_many(&mut batch).unwrap();
    /// assert!(batch.is_empty());
    ///
    /// let mut received = Vec::new();
    /// assert_eq!(receiver.recv_many(&mut received, 2), Ok(2));
    /// assert_eq!(received, [1, 2]);
    ///
    /// drop(receiver);
    /// batch.extend([4, 5]);
    /// assert!(sender.send_many(&mut batch).is_err());
    /// assert_eq!(batch, [4, 5]);
    /// # });
    /// ```
    pub fn send_many(&self, values: &mut VecDeque<T>) -> Result<(), SendError<()>> {
        self.shared.push_many(values).map_err(|Closed(())| SendError(()))
    }

    /// Sends `value` from a task, which other tasks run beside while the channel is full.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// ```
    /// use raddle::channel::bounded;
    /// use raddle::future::block_on;
    /// use raddle::thread;
    ///
    /// raddle::model(|| {
    ///     let (sender, receiver) = bounded(1);
    ///     let task = thread::spawn(move || {
    ///         block_on(async {
    ///             sender.send_async("first").await?;
    ///             sender.send_async("second").await
    ///         })
    ///     });
    ///     assert_eq!(receiver.iter().collect::<Vec<_>>(), ["first", "second"]);
    ///     task.join().unwrap().unwrap();
    /// });
    /// ```
    pub fn send_async(&self, value: T) -> SendFuture<'_, T> {
        SendFuture::new(self, value)
    }

    /// The number of values in the channel; none once the last receiver is gone.
    pub fn len(&self) -> usize {
        // In this order: if it is closed then its values are being dropped, which ended when the channel was closed.
        let len = self.shared.len();
        if self.shared.is_closed() { 0 } else { len }
    }

    /// True if the channel holds no value; always so at capacity 0.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if the channel holds as many values as it can; always so at capacity 0.
    pub fn is_full(&self) -> bool {
        // In this order, as in `len`.
        self.shared.is_full() && !self.shared.is_closed()
    }

    /// The number of values that the channel can hold; `None` if it is unbounded.
    pub fn capacity(&self) -> Option<usize> {
        self.shared.capacity()
    }

    /// True if `other` sends to the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.shared.is_same(&other.shared)
    }
}

impl<T> Receiver<T> {
    /// Receives a value, waiting for one.
    ///
    /// # Errors
    ///
    /// [`RecvError`], if the channel is empty and every sender is gone, before or while this waits.
    pub fn recv(&self) -> Result<T, RecvError> {
        self.shared.pop(Deadline::NEVER).map_err(|_| RecvError)
    }

    /// Receives a value if that takes no waiting.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] or [`TryRecvError::Disconnected`].
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.shared.try_pop().map_err(|error| match error {
            TryPopError::Empty => TryRecvError::Empty,
            TryPopError::Closed => TryRecvError::Disconnected,
        })
    }

    /// Receives a value, waiting no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError::Timeout`] or [`RecvTimeoutError::Disconnected`].
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_until(Deadline::after(timeout))
    }

    /// Receives a value, waiting no longer than until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`recv_timeout`](Self::recv_timeout).
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_until(Deadline::at(deadline))
    }

    fn recv_until(&self, deadline: Deadline) -> Result<T, RecvTimeoutError> {
        self.shared.pop(deadline).map_err(|error| match error {
            PopTimeoutError::Timeout => RecvTimeoutError::Timeout,
            PopTimeoutError::Closed => RecvTimeoutError::Disconnected,
        })
    }

    /// Receives the values that are there, up to `limit`, to the end of `values`, waiting for the first; returns how many.
    ///
    /// It is as if each were received by itself, and quicker where values come in batches. With a `limit` of 0 it receives
    /// nothing and does not wait.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv). An example is at [`Sender::send_many`].
    pub fn recv_many(&self, values: &mut Vec<T>, limit: usize) -> Result<usize, RecvError> {
        if limit == 0 {
            return Ok(0);
        }
        let before = values.len();
        self.shared.pop_many(values, limit).map_err(|Closed(())| RecvError)?;
        Ok(values.len() - before)
    }

    /// Receives a value in a task, which other tasks run beside while there is none.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_async(&self) -> RecvFuture<'_, T> {
        RecvFuture::new(self)
    }

    /// Receives until every sender is gone and the channel is drained, waiting for each value.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self }
    }

    /// Receives what is there, without waiting.
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { receiver: self }
    }

    /// The number of values in the channel.
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// True if the channel holds no value; always so at capacity 0.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if the channel holds as many values as it can; always so at capacity 0.
    pub fn is_full(&self) -> bool {
        self.shared.is_full()
    }

    /// The number of values that the channel can hold; `None` if it is unbounded.
    pub fn capacity(&self) -> Option<usize> {
        self.shared.capacity()
    }

    /// True if `other` receives from the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.shared.is_same(&other.shared)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.add_sender() }
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.add_receiver() }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.remove_sender();
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.remove_receiver();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Sender { .. }")
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Receiver { .. }")
    }
}

// A channel is whole at every moment in which a user's panic can be seen: the queue runs none of his code.
impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}
impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self }
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}
