//! Why did an operation on a queue not happen? A failed push carries the value that it did not push.

use std::error::Error;
use std::fmt;

/// A push found the queue full; this is its value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Full<T>(pub T);

/// The queue is closed: a push gets its value back, a pop has drained it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Closed<T = ()>(pub T);

/// Why [`MutexQueue::try_push`](crate::queue::MutexQueue::try_push) did not push, with the value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TryPushError<T> {
    /// The queue holds as many values as it may.
    Full(T),
    /// The queue is closed and takes no more.
    Closed(T),
}

/// Why [`MutexQueue::push_timeout`](crate::queue::MutexQueue::push_timeout) did not push, with the value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PushTimeoutError<T> {
    /// The queue stayed full for the whole time.
    Timeout(T),
    /// The queue is closed and takes no more.
    Closed(T),
}

/// Why [`MutexQueue::try_pop`](crate::queue::MutexQueue::try_pop) has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TryPopError {
    /// There is none at the moment.
    Empty,
    /// There is none and there will be none.
    Closed,
}

/// Why [`MutexQueue::pop_timeout`](crate::queue::MutexQueue::pop_timeout) has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PopTimeoutError {
    /// None came for the whole time.
    Timeout,
    /// There is none and there will be none.
    Closed,
}

impl<T> TryPushError<T> {
    /// The value that was not pushed.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(value) | Self::Closed(value) => value,
        }
    }
}

impl<T> PushTimeoutError<T> {
    /// The value that was not pushed.
    pub fn into_inner(self) -> T {
        match self {
            Self::Timeout(value) | Self::Closed(value) => value,
        }
    }
}

const FULL: &str = "the queue is full";
const EMPTY: &str = "the queue is empty";
const CLOSED: &str = "the queue is closed";
const TIMEOUT: &str = "the time is over";

// `Debug` by hand below: an error must be printable whatever the value is.

impl<T> fmt::Debug for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Full(..)")
    }
}

impl<T> fmt::Debug for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Closed(..)")
    }
}

impl<T> fmt::Debug for TryPushError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Debug for PushTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Timeout(_) => "Timeout(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(FULL)
    }
}

impl<T> fmt::Display for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(CLOSED)
    }
}

impl<T> fmt::Display for TryPushError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Full(_) => FULL,
            Self::Closed(_) => CLOSED,
        })
    }
}

impl<T> fmt::Display for PushTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Timeout(_) => TIMEOUT,
            Self::Closed(_) => CLOSED,
        })
    }
}

impl fmt::Display for TryPopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Empty => EMPTY,
            Self::Closed => CLOSED,
        })
    }
}

impl fmt::Display for PopTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Timeout => TIMEOUT,
            Self::Closed => CLOSED,
        })
    }
}

impl<T> Error for Full<T> {}
impl<T> Error for Closed<T> {}
impl<T> Error for TryPushError<T> {}
impl<T> Error for PushTimeoutError<T> {}
impl Error for TryPopError {}
impl Error for PopTimeoutError {}
