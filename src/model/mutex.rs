//! A lock whose taking and giving back are events: of a location that is free or held, and whole or poisoned.
//!
//! Every operation that changes the location reads and writes it in one step, so its coherence order is the order in which
//! threads have the lock. Outside of a model the lock is `std`'s.

use std::cell::UnsafeCell;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::{self as real, LockResult, PoisonError, TryLockError, TryLockResult};

use super::atomic::{Seen, read_at, read_or};
use super::event::{Operation, Order};
use super::object::Object;
use super::run::{is_inside, is_panicking, with_current};

/// Somebody has the lock.
const HELD: u64 = 1;
/// Somebody panicked who had it.
const POISONED: u64 = 2;

static LOCK: Operation =
    Operation::new("lock", |old, _| Some(old | HELD)).awaiting(|old, _| old & HELD == 0).taking_lock();
static TRY_LOCK: Operation = Operation::new("try_lock", |old, _| (old & HELD == 0).then_some(old | HELD)).taking_lock();
static UNLOCK: Operation = Operation::new("unlock", |old, operands| Some(old & !HELD | operands.a));
static IS_POISONED: Operation = Operation::new("is_poisoned", |_, _| None);
static CLEAR_POISON: Operation = Operation::new("clear_poison", |old, _| Some(old & !POISONED));

/// A lock around a value, as [`std::sync::Mutex`].
pub struct Mutex<T: ?Sized> {
    object: Object,
    /// The lock itself, outside of models.
    real: real::Mutex<()>,
    value: UnsafeCell<T>,
}

// SAFETY: the value is lent to one thread at a time, the one that has the lock.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

/// The value of a locked [`Mutex`], as [`std::sync::MutexGuard`].
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'mutex, T: ?Sized> {
    mutex: &'mutex Mutex<T>,
    /// The guard of the real lock; nothing inside of a model, where the thread's own panics count.
    real: Option<real::MutexGuard<'mutex, ()>>,
    was_panicking: bool,
    /// Where the lock was taken; a destructor does not know where it is called.
    site: &'static Location<'static>,
}

// SAFETY: a shared guard lends `&T` alone.
unsafe impl<T: ?Sized + Sync> Sync for MutexGuard<'_, T> {}

impl<T> Mutex<T> {
    /// Makes a lock around `value`.
    pub const fn new(value: T) -> Self {
        Self { object: Object::new(), real: real::Mutex::new(()), value: UnsafeCell::new(value) }
    }

    /// The value.
    ///
    /// # Errors
    ///
    /// The value too, if the lock is poisoned.
    pub fn into_inner(mut self) -> LockResult<T> {
        self.reclaim();
        let is_poisoned = self.real.is_poisoned();
        give(self.value.into_inner(), is_poisoned)
    }
}

/// `value`, with a warning if somebody panicked while he changed it.
fn give<G>(value: G, is_poisoned: bool) -> LockResult<G> {
    if is_poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
}

impl<T: ?Sized> Mutex<T> {
    fn seen(&self) -> Seen<'_> {
        (&self.object, "Mutex", if self.real.is_poisoned() { POISONED } else { 0 })
    }

    /// Waits for the lock and takes it.
    ///
    /// # Errors
    ///
    /// The guard too, if the lock is poisoned.
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        if !is_inside() {
            self.object.check_outside();
            return match self.real.lock() {
                Ok(real) => Ok(self.guard(Some(real))),
                Err(error) => Err(PoisonError::new(self.guard(Some(error.into_inner())))),
            };
        }
        let outcome = read_or(self.seen(), &LOCK, [0, 0], Order::ACQUIRE, Order::ACQUIRE);
        give(self.guard(None), outcome.seen & POISONED != 0)
    }

    /// Takes the lock if nobody has it.
    ///
    /// # Errors
    ///
    /// [`TryLockError::WouldBlock`] if somebody has it; the guard, if the lock is poisoned.
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        if !is_inside() {
            self.object.check_outside();
            return match self.real.try_lock() {
                Ok(real) => Ok(self.guard(Some(real))),
                Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
                Err(TryLockError::Poisoned(error)) => {
                    Err(TryLockError::Poisoned(PoisonError::new(self.guard(Some(error.into_inner())))))
                }
            };
        }
        let outcome = read_or(self.seen(), &TRY_LOCK, [0, 0], Order::ACQUIRE, Order::RELAXED);
        if !outcome.wrote {
            return Err(TryLockError::WouldBlock);
        }
        Ok(give(self.guard(None), outcome.seen & POISONED != 0)?)
    }

    #[track_caller]
    pub(super) fn guard<'mutex>(&'mutex self, real: Option<real::MutexGuard<'mutex, ()>>) -> MutexGuard<'mutex, T> {
        MutexGuard { mutex: self, was_panicking: real.is_none() && is_panicking(), real, site: Location::caller() }
    }

    fn unlock(&self, poison: bool, site: &'static Location<'static>) {
        let operands = [if poison { POISONED } else { 0 }, 0];
        read_at(site, self.seen(), &UNLOCK, operands, [Order::RELEASE; 2]);
    }

    /// True if somebody panicked while he had the lock.
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        if !is_inside() {
            return self.real.is_poisoned();
        }
        read_or(self.seen(), &IS_POISONED, [0, 0], Order::RELAXED, Order::RELAXED).seen & POISONED != 0
    }

    /// Forgets that somebody panicked.
    #[track_caller]
    pub fn clear_poison(&self) {
        if !is_inside() {
            return self.real.clear_poison();
        }
        read_or(self.seen(), &CLEAR_POISON, [0, 0], Order::RELAXED, Order::RELAXED);
    }

    /// Takes what the run knows of the lock into this run's own memory.
    fn reclaim(&mut self) {
        let newest = with_current(|run| run.reclaim(&mut self.object)).flatten();
        if newest.is_some_and(|newest| newest & POISONED != 0) {
            poison(&self.real);
        }
    }

    /// The value, of which this is the only user.
    ///
    /// # Errors
    ///
    /// The value too, if the lock is poisoned.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.reclaim();
        give(self.value.get_mut(), self.real.is_poisoned())
    }
}

/// Makes a real lock poisoned, which takes a panic with its guard in hand.
fn poison(mutex: &real::Mutex<()>) {
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _guard = mutex.lock();
        std::panic::resume_unwind(Box::new(()));
    }));
}

impl<'mutex, T: ?Sized> MutexGuard<'mutex, T> {
    /// Takes the guard apart without giving the lock back: the mutex, and the guard of the real lock if this is one.
    pub(super) fn into_parts(self) -> (&'mutex Mutex<T>, Option<real::MutexGuard<'mutex, ()>>) {
        let mut this = std::mem::ManuallyDrop::new(self);
        (this.mutex, this.real.take())
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Gives the lock back for the time of a wait at `site`.
    pub(super) fn unlock_to_wait(&self, site: &'static Location<'static>) {
        self.unlock(false, site);
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        if self.real.is_none() && is_inside() {
            self.mutex.unlock(!self.was_panicking && is_panicking(), self.site);
        }
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard's thread has the lock, so nobody changes the value.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard's thread has the lock, and the guard is borrowed for as long as the value is.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Mutex");
        match self.try_lock() {
            Ok(guard) => shown.field("data", &&*guard),
            Err(TryLockError::Poisoned(error)) => shown.field("data", &&**error.get_ref()),
            Err(TryLockError::WouldBlock) => shown.field("data", &format_args!("<locked>")),
        };
        shown.finish_non_exhaustive()
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
