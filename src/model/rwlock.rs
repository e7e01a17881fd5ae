//! A lock for one writer or many readers: of a location that counts those who have it.
//!
//! As with [`Mutex`](super::mutex), every operation that changes the location reads and writes it in one step. Readers are
//! ordered among each other, too, so two that overlap do so in several executions. Nobody is preferred: a reader does not
//! wait for a writer that waits. Outside of a model the lock is `std`'s.

use std::cell::UnsafeCell;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::{self as real, LockResult, PoisonError, TryLockError, TryLockResult};

use super::atomic::{Seen, read_at, read_or};
use super::event::{Operation, Order};
use super::object::Object;
use super::run::{is_inside, is_panicking, with_current};

/// Somebody panicked who could write.
const POISONED: u64 = 1;
/// A writer has the lock.
const WRITER: u64 = 2;
/// One reader; the bits from here on count those who have the lock, and are 0 while a writer has it.
const READER: u64 = 4;
/// Anybody has the lock.
const HELD: u64 = !POISONED;

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
    Operation::new("unlock_read", |old, _| Some(old.wrapping_sub(READER))).leaving_lock_held_while(HELD);
static UNLOCK_WRITE: Operation = Operation::new("unlock_write", |old, operands| Some(old & !WRITER | operands.a));
static IS_POISONED: Operation = Operation::new("is_poisoned", |_, _| None);
static CLEAR_POISON: Operation =
    Operation::new("clear_poison", |old, _| Some(old & !POISONED)).leaving_lock_held_while(HELD);

/// A lock around a value that one can write or many can read, as [`std::sync::RwLock`].
pub struct RwLock<T: ?Sized> {
    object: Object,
    /// The lock itself, outside of models.
    real: real::RwLock<()>,
    value: UnsafeCell<T>,
}

// SAFETY: the value is lent to one thread for writing (hence `T: Send`) or to several for reading (hence `T: Sync`).
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}
impl<T: ?Sized> UnwindSafe for RwLock<T> {}
impl<T: ?Sized> RefUnwindSafe for RwLock<T> {}

/// The value of a [`RwLock`] that is locked for reading, as [`std::sync::RwLockReadGuard`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockReadGuard<'lock, T: ?Sized> {
    lock: &'lock RwLock<T>,
    /// The guard of the real lock; nothing inside of a model. It keeps the guard in its thread.
    real: Option<real::RwLockReadGuard<'lock, ()>>,
    /// Where the lock was taken; a destructor does not know where it is called.
    site: &'static Location<'static>,
}

/// The value of a [`RwLock`] that is locked for writing, as [`std::sync::RwLockWriteGuard`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockWriteGuard<'lock, T: ?Sized> {
    lock: &'lock RwLock<T>,
    /// As in [`RwLockReadGuard`].
    real: Option<real::RwLockWriteGuard<'lock, ()>>,
    /// In a model the thread's own panics count.
    was_panicking: bool,
    /// As in [`RwLockReadGuard`].
    site: &'static Location<'static>,
}

impl<T> RwLock<T> {
    /// Makes a lock around `value`.
    pub const fn new(value: T) -> Self {
        Self { object: Object::new(), real: real::RwLock::new(()), value: UnsafeCell::new(value) }
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

/// Outside of models: what `guard` makes of what a real lock gave.
fn guarded<R, G>(result: LockResult<R>, guard: impl FnOnce(R) -> G) -> LockResult<G> {
    match result {
        Ok(real) => Ok(guard(real)),
        Err(error) => Err(PoisonError::new(guard(error.into_inner()))),
    }
}

/// As [`guarded`], for an attempt.
fn guarded_try<R, G>(result: TryLockResult<R>, guard: impl FnOnce(R) -> G) -> TryLockResult<G> {
    match result {
        Ok(real) => Ok(guard(real)),
        Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
        Err(TryLockError::Poisoned(error)) => Err(TryLockError::Poisoned(PoisonError::new(guard(error.into_inner())))),
    }
}

impl<T: ?Sized> RwLock<T> {
    fn seen(&self) -> Seen<'_> {
        (&self.object, "RwLock", if self.real.is_poisoned() { POISONED } else { 0 })
    }

    /// Waits until nobody has the lock for writing, and takes it for reading.
    ///
    /// # Errors
    ///
    /// The guard too, if the lock is poisoned.
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let site = Location::caller();
        if !is_inside() {
            self.object.check_outside();
            return guarded(self.real.read(), |real| self.read_guard(Some(real), site));
        }
        let outcome = read_at(site, self.seen(), &READ, [0, 0], [Order::ACQUIRE; 2]);
        give(self.read_guard(None, site), outcome.seen & POISONED != 0)
    }

    /// Takes the lock for reading if nobody has it for writing.
    ///
    /// # Errors
    ///
    /// [`TryLockError::WouldBlock`] if somebody writes; the guard, if the lock is poisoned.
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let site = Location::caller();
        if !is_inside() {
            self.object.check_outside();
            return guarded_try(self.real.try_read(), |real| self.read_guard(Some(real), site));
        }
        let outcome = read_at(site, self.seen(), &TRY_READ, [0, 0], [Order::ACQUIRE, Order::RELAXED]);
        if !outcome.wrote {
            return Err(TryLockError::WouldBlock);
        }
        Ok(give(self.read_guard(None, site), outcome.seen & POISONED != 0)?)
    }

    /// Waits until nobody has the lock, and takes it for writing.
    ///
    /// # Errors
    ///
    /// The guard too, if the lock is poisoned.
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let site = Location::caller();
        if !is_inside() {
            self.object.check_outside();
            return guarded(self.real.write(), |real| self.write_guard(Some(real), site));
        }
        let outcome = read_at(site, self.seen(), &WRITE, [0, 0], [Order::ACQUIRE; 2]);
        give(self.write_guard(None, site), outcome.seen & POISONED != 0)
    }

    /// Takes the lock for writing if nobody has it.
    ///
    /// # Errors
    ///
    /// [`TryLockError::WouldBlock`] if somebody has it; the guard, if the lock is poisoned.
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let site = Location::caller();
        if !is_inside() {
            self.object.check_outside();
            return guarded_try(self.real.try_write(), |real| self.write_guard(Some(real), site));
        }
        let outcome = read_at(site, self.seen(), &TRY_WRITE, [0, 0], [Order::ACQUIRE, Order::RELAXED]);
        if !outcome.wrote {
            return Err(TryLockError::WouldBlock);
        }
        Ok(give(self.write_guard(None, site), outcome.seen & POISONED != 0)?)
    }

    fn read_guard<'lock>(
        &'lock self,
        real: Option<real::RwLockReadGuard<'lock, ()>>,
        site: &'static Location<'static>,
    ) -> RwLockReadGuard<'lock, T> {
        RwLockReadGuard { lock: self, real, site }
    }

    fn write_guard<'lock>(
        &'lock self,
        real: Option<real::RwLockWriteGuard<'lock, ()>>,
        site: &'static Location<'static>,
    ) -> RwLockWriteGuard<'lock, T> {
        RwLockWriteGuard { lock: self, was_panicking: real.is_none() && is_panicking(), real, site }
    }

    /// True if somebody panicked while he had the lock for writing.
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
        match newest {
            Some(newest) if newest & POISONED != 0 => poison(&self.real),
            Some(_) => self.real.clear_poison(),
            None => {}
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
fn poison(lock: &real::RwLock<()>) {
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _guard = lock.write();
        std::panic::resume_unwind(Box::new(()));
    }));
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    fn drop(&mut self) {
        if self.real.is_none() && is_inside() {
            read_at(self.site, self.lock.seen(), &UNLOCK_READ, [0, 0], [Order::RELEASE; 2]);
        }
    }
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        if self.real.is_none() && is_inside() {
            let poison = if !self.was_panicking && is_panicking() { POISONED } else { 0 };
            read_at(self.site, self.lock.seen(), &UNLOCK_WRITE, [poison, 0], [Order::RELEASE; 2]);
        }
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard's thread has the lock, so nobody changes the value.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard's thread has the lock for writing, so nobody else changes the value.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard's thread has the lock for writing, and the guard is borrowed for as long as the value is.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RwLock");
        match self.try_read() {
            Ok(guard) => shown.field("data", &&*guard),
            Err(TryLockError::Poisoned(error)) => shown.field("data", &&**error.get_ref()),
            Err(TryLockError::WouldBlock) => shown.field("data", &format_args!("<locked>")),
        };
        shown.finish_non_exhaustive()
    }
}

/// A guard is shown as its value.
macro_rules! shown_as_value {
    ($($guard:ident: $trait:ident),*) => { $(
        impl<T: ?Sized + fmt::$trait> fmt::$trait for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )* };
}

shown_as_value! {
    RwLockReadGuard: Debug, RwLockReadGuard: Display, RwLockWriteGuard: Debug, RwLockWriteGuard: Display
}

// SAFETY: a shared guard lends `&T` alone.
unsafe impl<T: ?Sized + Sync> Sync for RwLockReadGuard<'_, T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync> Sync for RwLockWriteGuard<'_, T> {}
