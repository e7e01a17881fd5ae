//! A lock for one: of a location that is free or held.
//!
//! Every operation that changes the location reads and writes it in one step, so its coherence order is the order in which
//! threads have the lock. Outside of a model the lock is `std`'s.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::{self as real, LockResult, TryLockError, TryLockResult};

use super::event::Operation;
use super::lock::{HELD, Held, Lock, POISONED, give, lock_around_value, map, map_try, shown_as_value};
use super::value::Value;

/// Somebody has the lock.
const TAKEN: u64 = 2;

static LOCK: Operation =
    Operation::new("lock", |old, _| Some(old | TAKEN)).awaiting(|old, _| old & HELD == 0).taking_lock();
static TRY_LOCK: Operation =
    Operation::new("try_lock", |old, _| (old & HELD == 0).then_some(old | TAKEN)).taking_lock();
static UNLOCK: Operation = Operation::new("unlock", |old, operands| Some(old & POISONED | operands.a)).giving_lock();

/// A lock around a value, as [`std::sync::Mutex`].
pub struct Mutex<T: ?Sized> {
    lock: Lock<real::Mutex<()>>,
    value: Value<T>,
}

// SAFETY: the value is lent to one thread at a time, the one that has the lock.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

/// The value of a locked [`Mutex`], as [`std::sync::MutexGuard`].
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'mutex, T: ?Sized> {
    mutex: &'mutex Mutex<T>,
    held: Held<'mutex, real::Mutex<()>, real::MutexGuard<'mutex, ()>>,
}

// SAFETY: a shared guard lends `&T` alone.
unsafe impl<T: ?Sized + Sync> Sync for MutexGuard<'_, T> {}

impl<T: ?Sized> Mutex<T> {
    /// Waits for the lock and takes it.
    ///
    /// # Errors
    ///
    /// The guard too, if the lock is poisoned.
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let held = self.lock.take([&LOCK, &UNLOCK], real::Mutex::lock);
        map(held, |held| MutexGuard { mutex: self, held })
    }

    /// Takes the lock if nobody has it.
    ///
    /// # Errors
    ///
    /// [`TryLockError::WouldBlock`] if somebody has it; the guard, if the lock is poisoned.
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let held = self.lock.try_take([&TRY_LOCK, &UNLOCK], real::Mutex::try_lock);
        map_try(held, |held| MutexGuard { mutex: self, held })
    }
}

lock_around_value!(Mutex, try_lock);

/// For waits.
impl<'mutex, T: ?Sized> MutexGuard<'mutex, T> {
    /// The mutex, and the guard of the real lock outside of models; the lock stays taken.
    pub(super) fn into_parts(self) -> (&'mutex Mutex<T>, Option<real::MutexGuard<'mutex, ()>>) {
        (self.mutex, self.held.into_real())
    }
}

impl<T: ?Sized> Mutex<T> {
    /// The guard that goes with a real one.
    pub(super) fn guard<'mutex>(&'mutex self, real: real::MutexGuard<'mutex, ()>) -> MutexGuard<'mutex, T> {
        MutexGuard { mutex: self, held: self.lock.held(Some(real), &UNLOCK) }
    }

    /// Gives the lock back for the time of a wait at `site`.
    pub(super) fn unlock_to_wait(&self, site: &'static Location<'static>) {
        self.lock.unlock(&UNLOCK, false, site);
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard's thread has the lock, so nobody changes the value.
        unsafe { &*self.mutex.place() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard's thread has the lock, and the guard is borrowed for as long as the value is.
        unsafe { &mut *self.mutex.place() }
    }
}

shown_as_value! { MutexGuard: Debug, MutexGuard: Display }
