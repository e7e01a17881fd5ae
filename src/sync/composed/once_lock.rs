//! [`std::sync::OnceLock`] on the backend's `Once`.

use std::fmt;

use crate::sync::Once;
use crate::sync::backend::{Slot, constructor};

/// A cell that is written at most once, as [`std::sync::OnceLock`].
///
/// On the engine a static one is empty at the beginning of each execution.
///
/// ```
/// use raddle::sync::OnceLock;
///
/// # raddle::doctest(|| {
/// let cell = OnceLock::new();
/// assert_eq!(cell.get(), None);
/// assert_eq!(cell.get_or_init(|| 1), &1);
/// assert_eq!(cell.set(2), Err(2));
/// # });
/// ```
pub struct OnceLock<T> {
    once: Once,
    /// Written by the call that `once` lets run, and read by those who know that it is done.
    value: Slot<T>,
}

impl<T> OnceLock<T> {
    constructor! {
        /// An empty cell.
        pub fn new() -> Self {
            Self { once: Once::new(), value: Slot::new() }
        }
    }

    /// The value, if there is one yet.
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        if self.once.is_completed() { self.value.get() } else { None }
    }

    /// The value, as soon as there is one.
    #[track_caller]
    pub fn wait(&self) -> &T {
        self.once.wait_force();
        self.value.get().expect("a call of the Once puts a value in")
    }

    /// Puts `value` in if the cell is empty; waits while another thread does that.
    ///
    /// # Errors
    ///
    /// `value`, if the cell is full.
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.get_or_init(|| value.take().expect("runs once"));
        value.map_or(Ok(()), Err)
    }

    /// The value; where there is none yet, the one that `init` makes. Only one thread's `init` runs, the others wait; if it
    /// asks for the value itself, it waits for ever.
    ///
    /// # Panics
    ///
    /// When `init` does; the cell stays empty.
    #[track_caller]
    pub fn get_or_init<F: FnOnce() -> T>(&self, init: F) -> &T {
        self.once.call_once_force(|_| {
            // It is full already only if the execution is over, in which a destructor may call this.
            let _ = self.value.set(init());
        });
        self.value.get().expect("a call of the Once puts a value in")
    }

    /// The value for changing, if there is one.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.once.reclaim();
        self.value.get_mut()
    }

    /// Takes the value out, leaving the cell empty.
    pub fn take(&mut self) -> Option<T> {
        std::mem::take(self).into_inner()
    }

    /// The value, if there is one.
    pub fn into_inner(mut self) -> Option<T> {
        self.once.reclaim();
        self.value.into_inner()
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self { once: Once::completed(), value: value.into() }
    }
}

impl<T: Clone> Clone for OnceLock<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        self.get().map_or_else(Self::new, |value| Self::from(value.clone()))
    }
}

impl<T: PartialEq> PartialEq for OnceLock<T> {
    #[track_caller]
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceLock<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(value) => f.debug_tuple("OnceLock").field(value).finish(),
            None => f.write_str("OnceLock(<uninit>)"),
        }
    }
}
