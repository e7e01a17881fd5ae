//! A lock for one writer or many readers: of a location that counts those who have it.
//!
//! As with [`Mutex`](super::mutex), every operation that changes the location reads and writes it in one step. Readers are
//! ordered among each other, too, so two that overlap do so in several executions. Nobody is preferred: a reader does not
//! wait for a writer that waits. Outside of a model the lock is `std`'s.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{self as real, LockResult, TryLockError, TryLockResult};

use super::event::Operation;
use super::lock::{HELD, Held, Lock, POISONED, give, lock_around_value, map, map_try, shown_as_value};
use super::value::Value;

/// A writer has the lock.
const WRITER: u64 = 2;
/// One reader; the bits from here on count those who have the lock, and are 0 while a writer has it.
const READER: u64 = 4;

const fn read(old: u64) -> Option<u64> {
    if old & WRITER == 0 { Some(old + READER) } else { None }
}

const fn write(old: u64) -> Option<u64> {
    if old & HELD == 0 { Some(old | WRITER) } else { None }
}

static READ: Operation =
    Operation::new("read", |old, _| read(old)).awaiting(|old, _| read(old).is_some()).taking_lock();
static TRY_READ: Operation = Operation::new("try_read", |old, _| read(old)).taking_lock();
static WRITE: Operation =
    Operation::new("write", |old, _| write(old)).awaiting(|old, _| write(old).is_some()).taking_lock();
static TRY_WRITE: Operation = Operation::new("try_write", |old, _| write(old)).taking_lock();
static UNLOCK_READ: Operation =
    Operation::new("unlock_read", |old, _| Some(old.wrapping_sub(READER))).giving_lock().leaving_lock_held_while(HELD);
static UNLOCK_WRITE: Operation =
    Operation::new("unlock_write", |old, operands| Some(old & POISONED | operands.a)).giving_lock();

/// A lock around a value that one can write or many can read, as [`std::sync::RwLock`].
pub struct RwLock<T: ?Sized> {
    lock: Lock<real::RwLock<()>>,
    value: Value<T>,
}

// SAFETY: the value is lent to one thread for writing (hence `T: Send`) or to several for reading (hence `T: Sync`).
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}

/// The value of a [`RwLock`] that is locked for reading, as [`std::sync::RwLockReadGuard`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockReadGuard<'lock, T: ?Sized> {
    lock: &'lock RwLock<T>,
    _held: Held<'lock, real::RwLock<()>, real::RwLockReadGuard<'lock, ()>>,
}

/// The value of a [`RwLock`] that is locked for writing, as [`std::sync::RwLockWriteGuard`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockWriteGuard<'lock, T: ?Sized> {
    lock: &'lock RwLock<T>,
    _held: Held<'lock, real::RwLock<()>, real::RwLockWriteGuard<'lock, ()>>,
}

// SAFETY: a shared guard lends `&T` alone.
unsafe impl<T: ?Sized + Sync> Sync for RwLockReadGuard<'_, T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync> Sync for RwLockWriteGuard<'_, T> {}

impl<T: ?Sized> RwLock<T> {
    /// Waits until nobody has the lock for writing, and takes it for reading.
    ///
    /// # Errors
    ///
    /// The guard too, if the lock is poisoned.
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let held = self.lock.take([&READ, &UNLOCK_READ], real::RwLock::read);
        map(held, |_held| RwLockReadGuard { lock: self, _held })
    }

    /// Takes the lock for reading if nobody has it for writing.
    ///
    /// # Errors
    ///
    /// [`TryLockError::WouldBlock`] if somebody writes; the guard, if the lock is poisoned.
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let held = self.lock.try_take([&TRY_READ, &UNLOCK_READ], real::RwLock::try_read);
        map_try(held, |_held| RwLockReadGuard { lock: self, _held })
    }

    /// Waits until nobody has the lock, and takes it for writing.
    ///
    /// # Errors
    ///
    /// The guard too, if the lock is poisoned.
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let held = self.lock.take([&WRITE, &UNLOCK_WRITE], real::RwLock::write);
        map(held, |_held| RwLockWriteGuard { lock: self, _held })
    }

    /// Takes the lock for writing if nobody has it.
    ///
    /// # Errors
    ///
    /// [`TryLockError::WouldBlock`] if somebody has it; the guard, if the lock is poisoned.
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let held = self.lock.try_take([&TRY_WRITE, &UNLOCK_WRITE], real::RwLock::try_write);
        map_try(held, |_held| RwLockWriteGuard { lock: self, _held })
    }
}

lock_around_value!(RwLock, try_read);

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard's thread has the lock, so nobody changes the value.
        unsafe { &*self.lock.place() }
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard's thread has the lock for writing, so nobody else changes the value.
        unsafe { &*self.lock.place() }
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard's thread has the lock for writing, and the guard is borrowed for as long as the value is.
        unsafe { &mut *self.lock.place() }
    }
}

shown_as_value! {
    RwLockReadGuard: Debug, RwLockReadGuard: Display, RwLockWriteGuard: Debug, RwLockWriteGuard: Display
}
