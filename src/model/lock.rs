//! What do a mutex and a reader-writer lock share?
//!
//! A location that says who has the lock and whether somebody panicked with it, which every operation reads and writes in
//! one step; and outside of models one of `std`'s locks.

use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::{self as real, LockResult, PoisonError, TryLockError, TryLockResult};

use super::atomic::{Seen, read_at, read_or};
use super::event::{Operation, Order};
use super::object::Object;
use super::run::{is_inside, is_panicking, with_current};
use super::step::Outcome;

/// Somebody panicked who had the lock and could change the value.
pub(super) const POISONED: u64 = 1;
/// The other bits say who has the lock.
pub(super) const HELD: u64 = !POISONED;

static IS_POISONED: Operation = Operation::new("is_poisoned", |_, _| None);
static CLEAR_POISON: Operation =
    Operation::new("clear_poison", |old, _| Some(old & !POISONED)).leaving_lock_held_while(HELD);

/// A lock without the value that it guards; `R` is `std`'s.
pub(super) struct Lock<R> {
    object: Object,
    real: R,
}

/// One of `std`'s locks.
pub(super) trait Real {
    const NAME: &'static str;
    fn is_poisoned(&self) -> bool;
    fn clear_poison(&self);
    /// Calls `f` with a guard in hand that can change the value.
    fn hold_for(&self, f: impl FnOnce());
}

macro_rules! real_lock {
    ($lock:ident, $take:ident) => {
        impl Real for real::$lock<()> {
            const NAME: &'static str = stringify!($lock);

            fn is_poisoned(&self) -> bool {
                self.is_poisoned()
            }

            fn clear_poison(&self) {
                self.clear_poison();
            }

            fn hold_for(&self, f: impl FnOnce()) {
                let _guard = self.$take();
                f();
            }
        }
    };
}

real_lock!(Mutex, lock);
real_lock!(RwLock, write);

/// A lock that somebody has, until this is dropped; `G` is the guard of `std`'s.
pub(super) struct Held<'lock, R: Real, G> {
    lock: &'lock Lock<R>,
    /// Nothing inside of a model, where the thread's own panics count. It keeps the guard in its thread.
    real: Option<G>,
    was_panicking: bool,
    unlock: &'static Operation,
    /// Where the lock was taken; a destructor does not know where it is called.
    site: &'static Location<'static>,
}

/// `value`, with a warning if the lock is poisoned.
pub(super) fn give<T>(value: T, is_poisoned: bool) -> LockResult<T> {
    if is_poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
}

/// What `f` makes of the guard, with the same warning.
pub(super) fn map<G, H>(result: LockResult<G>, f: impl FnOnce(G) -> H) -> LockResult<H> {
    let is_poisoned = result.is_err();
    give(f(result.unwrap_or_else(PoisonError::into_inner)), is_poisoned)
}

/// As [`map`], for an attempt.
pub(super) fn map_try<G, H>(result: TryLockResult<G>, f: impl FnOnce(G) -> H) -> TryLockResult<H> {
    let result = match result {
        Ok(guard) => Ok(guard),
        Err(TryLockError::Poisoned(error)) => Err(error),
        Err(TryLockError::WouldBlock) => return Err(TryLockError::WouldBlock),
    };
    Ok(map(result, f)?)
}

impl<R> Lock<R> {
    pub const fn new(real: R) -> Self {
        Self { object: Object::new(), real }
    }
}

impl<R: Real> Lock<R> {
    pub fn object(&self) -> &Object {
        &self.object
    }

    fn seen(&self) -> Seen<'_> {
        (&self.object, R::NAME, if self.real.is_poisoned() { POISONED } else { 0 })
    }

    /// Takes the lock by `operation`, or outside of models by `real`.
    #[track_caller]
    pub fn take<'lock, G>(
        &'lock self,
        [operation, unlock]: [&'static Operation; 2],
        real: impl FnOnce(&'lock R) -> LockResult<G>,
    ) -> LockResult<Held<'lock, R, G>> {
        if !is_inside() {
            self.object.check_outside();
            return map(real(&self.real), |real| self.held(Some(real), unlock));
        }
        let outcome = read_or(self.seen(), operation, [0, 0], Order::ACQUIRE, Order::ACQUIRE);
        give(self.held(None, unlock), outcome.seen & POISONED != 0)
    }

    /// As [`take`](Self::take), if that is possible at once.
    #[track_caller]
    pub fn try_take<'lock, G>(
        &'lock self,
        [operation, unlock]: [&'static Operation; 2],
        real: impl FnOnce(&'lock R) -> TryLockResult<G>,
    ) -> TryLockResult<Held<'lock, R, G>> {
        if !is_inside() {
            self.object.check_outside();
            return map_try(real(&self.real), |real| self.held(Some(real), unlock));
        }
        // Relaxed if it fails: whoever does not get the lock learns nothing by it.
        let Outcome { seen, wrote, .. } = read_or(self.seen(), operation, [0, 0], Order::ACQUIRE, Order::RELAXED);
        if !wrote {
            return Err(TryLockError::WouldBlock);
        }
        Ok(give(self.held(None, unlock), seen & POISONED != 0)?)
    }

    /// The lock in the hands of whoever calls this.
    #[track_caller]
    pub fn held<G>(&self, real: Option<G>, unlock: &'static Operation) -> Held<'_, R, G> {
        let was_panicking = real.is_none() && is_panicking();
        Held { lock: self, real, was_panicking, unlock, site: Location::caller() }
    }

    /// Gives the lock back.
    pub fn unlock(&self, operation: &'static Operation, poison: bool, site: &'static Location<'static>) {
        // Release: publishes what was done with the value to whoever takes the lock next.
        read_at(site, self.seen(), operation, [if poison { POISONED } else { 0 }, 0], [Order::RELEASE; 2]);
    }

    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        if !is_inside() {
            return self.real.is_poisoned();
        }
        // Relaxed: as in `std`, the answer alone is asked for.
        read_or(self.seen(), &IS_POISONED, [0, 0], Order::RELAXED, Order::RELAXED).seen & POISONED != 0
    }

    #[track_caller]
    pub fn clear_poison(&self) {
        if !is_inside() {
            return self.real.clear_poison();
        }
        // Relaxed: as above.
        read_or(self.seen(), &CLEAR_POISON, [0, 0], Order::RELAXED, Order::RELAXED);
    }

    /// True if the lock is poisoned, of which this is the only user. Takes what the run knows of it into its own memory.
    pub fn reclaim(&mut self) -> bool {
        match with_current(|run| run.reclaim(&mut self.object)).flatten() {
            // It takes a panic with the guard in hand.
            Some(newest) if newest & POISONED != 0 => {
                let panics = || self.real.hold_for(|| resume_unwind(Box::new(())));
                let _ = catch_unwind(AssertUnwindSafe(panics));
            }
            Some(_) => self.real.clear_poison(),
            None => {}
        }
        self.real.is_poisoned()
    }
}

impl<R: Real, G> Held<'_, R, G> {
    /// The guard of `std`'s lock, or nothing inside of a model; the lock stays taken.
    pub fn into_real(self) -> Option<G> {
        ManuallyDrop::new(self).real.take()
    }
}

impl<R: Real, G> Drop for Held<'_, R, G> {
    fn drop(&mut self) {
        if self.real.is_none() && is_inside() {
            self.lock.unlock(self.unlock, !self.was_panicking && is_panicking(), self.site);
        }
    }
}

/// What each kind of lock around a value has: it holds a [`Lock`] and the value.
macro_rules! lock_around_value {
    ($lock:ident, $attempt:ident) => {
        impl<T> $lock<T> {
            /// Makes a lock around `value`.
            pub const fn new(value: T) -> Self {
                Self { lock: Lock::new(real::$lock::new(())), value: Value::new(value) }
            }

            /// The value.
            ///
            /// # Errors
            ///
            /// The value too, if the lock is poisoned.
            pub fn into_inner(mut self) -> LockResult<T> {
                let is_poisoned = self.lock.reclaim();
                give(self.value.into_inner(), is_poisoned)
            }
        }

        impl<T: ?Sized> $lock<T> {
            /// Where the value is, for whoever has the lock.
            fn place(&self) -> *mut T {
                self.value.get(self.lock.object())
            }

            /// True if somebody panicked who had the lock and could change the value.
            #[track_caller]
            pub fn is_poisoned(&self) -> bool {
                self.lock.is_poisoned()
            }

            /// Forgets that somebody panicked.
            #[track_caller]
            pub fn clear_poison(&self) {
                self.lock.clear_poison();
            }

            /// The value, of which this is the only user.
            ///
            /// # Errors
            ///
            /// The value too, if the lock is poisoned.
            pub fn get_mut(&mut self) -> LockResult<&mut T> {
                let is_poisoned = self.lock.reclaim();
                give(self.value.get_mut(), is_poisoned)
            }
        }

        impl<T: ?Sized> UnwindSafe for $lock<T> {}
        impl<T: ?Sized> RefUnwindSafe for $lock<T> {}

        impl<T: Default> Default for $lock<T> {
            fn default() -> Self {
                Self::new(T::default())
            }
        }

        impl<T> From<T> for $lock<T> {
            fn from(value: T) -> Self {
                Self::new(value)
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $lock<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut shown = f.debug_struct(stringify!($lock));
                match self.$attempt() {
                    Ok(guard) => shown.field("data", &&*guard),
                    Err(TryLockError::Poisoned(error)) => shown.field("data", &&**error.get_ref()),
                    Err(TryLockError::WouldBlock) => shown.field("data", &format_args!("<locked>")),
                };
                shown.finish_non_exhaustive()
            }
        }
    };
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

pub(super) use {lock_around_value, shown_as_value};
