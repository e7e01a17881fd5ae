//! What can be done with a tracked value because it can be done with the value.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::backend::alloc::Track;

impl<T: fmt::Debug> fmt::Debug for Track<T> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get_ref().fmt(f)
    }
}

/// The clone is another value, which must be dropped too.
impl<T: Clone> Clone for Track<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        Self::new(self.get_ref().clone())
    }
}

impl<T: Default> Default for Track<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Track<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: PartialEq> PartialEq for Track<T> {
    #[track_caller]
    fn eq(&self, other: &Self) -> bool {
        self.get_ref() == other.get_ref()
    }
}

impl<T: Eq> Eq for Track<T> {}

impl<T: PartialOrd> PartialOrd for Track<T> {
    #[track_caller]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.get_ref().partial_cmp(other.get_ref())
    }
}

impl<T: Ord> Ord for Track<T> {
    #[track_caller]
    fn cmp(&self, other: &Self) -> Ordering {
        self.get_ref().cmp(other.get_ref())
    }
}

impl<T: Hash> Hash for Track<T> {
    #[track_caller]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.get_ref().hash(state);
    }
}
