//! What do the lecture's threads share? A list, and two ways to take from it that are wrong in different degrees.
//!
//! Each method is one critical section. What a consumer makes of them decides whether it is right:
//!
//! | function | critical sections | one consumer | two consumers |
//! | --- | --- | --- | --- |
//! | [`take_unasked`] | pop | fails when it is quicker than the producers | likewise |
//! | [`take_if_any`] | ask, then pop | right: nobody else takes | fails when the other pops between the two |

use std::collections::VecDeque;
use std::fmt;

use crate::sync::{Mutex, MutexGuard, PoisonError};

/// A list behind a lock, first in, first out.
#[derive(Debug)]
pub struct SharedList<T> {
    items: Mutex<VecDeque<T>>,
}

/// Somebody popped from a list that held nothing: the lecture's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PopFromEmptyList;

impl fmt::Display for PopFromEmptyList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pop from an empty list")
    }
}

impl std::error::Error for PopFromEmptyList {}

impl<T> SharedList<T> {
    /// An empty list.
    pub fn new() -> Self {
        Self { items: Mutex::new(VecDeque::new()) }
    }

    /// Puts `item` at the end.
    pub fn push(&self, item: T) {
        self.lock().push_back(item);
    }

    /// True if the list held nothing at that moment; by the time that the caller reads the answer it may be stale.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Takes the first item.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn pop(&self) -> Result<T, PopFromEmptyList> {
        self.lock().pop_front().ok_or(PopFromEmptyList)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<T>> {
        // Nothing in a critical section can panic halfway, so a poisoned list is as good as any.
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for SharedList<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Takes the first item without asking whether there is one: the lecture's first threaded consumer.
///
/// # Errors
///
/// When there is none.
pub fn take_unasked<T>(list: &SharedList<T>) -> Result<T, PopFromEmptyList> {
    list.pop()
}

/// Asks whether there is an item, and takes it if there is: the lecture's repair, in two steps.
///
/// # Errors
///
/// When another consumer took the last item between the two steps.
pub fn take_if_any<T>(list: &SharedList<T>) -> Result<Option<T>, PopFromEmptyList> {
    if list.is_empty() {
        return Ok(None);
    }
    // The lock was given back after the question. Here another consumer can make the answer a lie.
    list.pop().map(Some)
}
