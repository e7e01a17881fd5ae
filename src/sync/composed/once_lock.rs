//! [`std::sync::OnceLock`] on the backend's primitives.

use crate::cell::UnsafeCell;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, PoisonError};

/// A cell that is written at most once, as [`std::sync::OnceLock`].
///
/// Rules of access: `value` is written only by the holder of `writer` while `ready` is false; from the moment
/// `ready` is true it is only read, until somebody has the cell for himself (`&mut self`).
#[derive(Debug)]
pub struct OnceLock<T> {
    ready: AtomicBool,
    writer: Mutex<()>,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: `get` gives `&T` to any thread (hence `T: Sync`), `set` lets one thread put a `T` that another one drops
// (hence `T: Send`); the rules of access keep writes apart from everything else.
unsafe impl<T: Send + Sync> Sync for OnceLock<T> {}
// SAFETY: a moved cell moves its `T`.
unsafe impl<T: Send> Send for OnceLock<T> {}

impl<T> OnceLock<T> {
    /// An empty cell.
    pub fn new() -> Self {
        Self { ready: AtomicBool::new(false), writer: Mutex::new(()), value: UnsafeCell::new(None) }
    }

    /// The value, if there is one yet.
    pub fn get(&self) -> Option<&T> {
        // Acquire: pairs with the Release store in `write`, which publishes the value.
        if !self.ready.load(Ordering::Acquire) {
            return None;
        }
        self.value.with(|value| {
            // SAFETY: `ready` is true, so nobody writes while `self` is borrowed.
            unsafe { &*value }.as_ref()
        })
    }

    /// Puts `value` in if the cell is empty.
    ///
    /// # Errors
    ///
    /// `value`, if the cell is full.
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.get_or_init(|| value.take().expect("runs once"));
        value.map_or(Ok(()), Err)
    }

    /// The value; where there is none yet, the one that `init` makes. Only one thread's `init` runs, the others wait.
    ///
    /// # Panics
    ///
    /// When `init` does; the cell stays empty.
    pub fn get_or_init<F: FnOnce() -> T>(&self, init: F) -> &T {
        if let Some(value) = self.get() {
            return value;
        }
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if self.get().is_none() {
            self.write(init());
        }
        drop(writer);
        self.get().expect("the value was just written")
    }

    /// To be called by the holder of `writer` while `ready` is false.
    fn write(&self, new: T) {
        self.value.with_mut(|value| {
            // SAFETY: `ready` is false, so nobody reads, and this thread holds `writer`, so nobody else writes.
            unsafe { *value = Some(new) }
        });
        // Release: publishes the value; pairs with the Acquire load in `get`.
        self.ready.store(true, Ordering::Release);
    }

    /// The value for changing, if there is one.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.with_mut(|value| {
            // SAFETY: `&mut self` keeps everybody else out.
            unsafe { &mut *value }.as_mut()
        })
    }

    /// Takes the value out, leaving the cell empty.
    pub fn take(&mut self) -> Option<T> {
        std::mem::take(self).into_inner()
    }

    /// The value, if there is one.
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceLock<T> {
    fn from(value: T) -> Self {
        let cell = Self::new();
        cell.write(value);
        cell
    }
}
