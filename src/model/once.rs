//! What is done once: of a location that says whether it is new, being done, done, or was left half done by a panic.
//!
//! Every operation that changes the location reads and writes it in one step, as with a lock; whoever finds it being done
//! waits. Outside of a model it is `std`'s, of which a model does not learn that it is poisoned.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::sync::{self as real, PoisonError};

use super::atomic::{Seen, read_at, read_or};
use super::event::{Operation, Order};
use super::object::Object;
use super::run::{is_inside, with_current};
use super::value::is_static;

const NEW: u64 = 0;
pub(super) const DONE: u64 = 1;
const BEING_DONE: u64 = 2;
const POISONED: u64 = 3;

static CALL_ONCE: Operation = Operation::new("call_once", |old, _| (old == NEW).then_some(BEING_DONE))
    .awaiting(|old, _| old != BEING_DONE)
    .taking_lock();
static CALL_ONCE_FORCE: Operation =
    Operation::new("call_once_force", |old, _| matches!(old, NEW | POISONED).then_some(BEING_DONE))
        .awaiting(|old, _| old != BEING_DONE)
        .taking_lock();
static COMPLETE: Operation = Operation::new("is done", |_, _| Some(DONE)).giving_lock();
static POISON: Operation = Operation::new("is left half done", |_, _| Some(POISONED)).giving_lock();
static IS_COMPLETED: Operation = Operation::new("is_completed", |_, _| None);
static WAIT: Operation = Operation::new("wait", |_, _| None)
    .awaiting(|state, _| matches!(state, DONE | POISONED))
    .never("nobody calls it any more");
static WAIT_FORCE: Operation =
    Operation::new("wait_force", |_, _| None).awaiting(|state, _| state == DONE).never("nobody calls it any more");

/// Lets one call run and the others wait for it, as [`std::sync::Once`].
///
/// ```
/// use raddle::sync::Once;
///
/// # raddle::doctest(|| {
/// let once = Once::new();
/// let mut calls = 0;
/// once.call_once(|| calls += 1);
/// once.call_once(|| calls += 1);
/// assert!(once.is_completed());
/// assert_eq!(calls, 1);
/// # });
/// ```
pub struct Once {
    object: Object,
    real: real::Once,
}

/// What [`Once::call_once_force`] tells its closure, as [`std::sync::OnceState`].
#[derive(Debug)]
pub struct OnceState {
    is_poisoned: bool,
}

impl OnceState {
    /// True if an earlier call panicked.
    pub fn is_poisoned(&self) -> bool {
        self.is_poisoned
    }
}

#[allow(clippy::new_without_default, reason = "std's has no Default either")]
impl Once {
    /// Nothing is done yet.
    pub const fn new() -> Self {
        Self { object: Object::new(), real: real::Once::new() }
    }

    /// All is done.
    pub(crate) fn completed() -> Self {
        let once = Self::new();
        once.real.call_once(|| ());
        once
    }

    fn seen(&self) -> Seen<'_> {
        (&self.object, "Once", if self.real.is_completed() { DONE } else { NEW })
    }

    /// Calls `f`, unless that was done; waits while another thread does it. Called by `f` itself, this waits for ever.
    ///
    /// # Panics
    ///
    /// When `f` does, or when an earlier call did.
    #[track_caller]
    pub fn call_once<F: FnOnce()>(&self, f: F) {
        if !is_inside() {
            self.object.check_outside();
            return self.real.call_once(f);
        }
        self.call(&CALL_ONCE, |_| f());
    }

    /// As [`call_once`](Self::call_once), also if an earlier call panicked.
    ///
    /// # Panics
    ///
    /// When `f` does.
    #[track_caller]
    pub fn call_once_force<F: FnOnce(&OnceState)>(&self, f: F) {
        if !is_inside() {
            self.object.check_outside();
            return self.real.call_once_force(|state| f(&OnceState { is_poisoned: state.is_poisoned() }));
        }
        self.call(&CALL_ONCE_FORCE, f);
    }

    #[track_caller]
    fn call(&self, operation: &'static Operation, f: impl FnOnce(&OnceState)) {
        // Acquire: pairs with the Release at the end of the call that has done it, or has failed to.
        let outcome = read_or(self.seen(), operation, [0, 0], Order::ACQUIRE, Order::ACQUIRE);
        if !outcome.wrote {
            assert!(outcome.seen != POISONED, "Once instance has previously been poisoned");
            return;
        }
        let mut call = Call { once: self, end: &POISON, site: Location::caller() };
        f(&OnceState { is_poisoned: outcome.seen == POISONED });
        call.end = &COMPLETE;
    }

    /// True if a call has come to its end.
    #[track_caller]
    pub fn is_completed(&self) -> bool {
        if !is_inside() {
            return self.real.is_completed();
        }
        // Acquire: pairs with the Release at the end of the call.
        read_or(self.seen(), &IS_COMPLETED, [0, 0], Order::ACQUIRE, Order::ACQUIRE).seen == DONE
    }

    /// Waits until a call has come to its end.
    ///
    /// # Panics
    ///
    /// When a call has panicked.
    #[track_caller]
    pub fn wait(&self) {
        if !is_inside() {
            self.object.check_outside();
            return self.real.wait();
        }
        // Acquire: as above.
        let state = read_or(self.seen(), &WAIT, [0, 0], Order::ACQUIRE, Order::ACQUIRE).seen;
        assert!(state != POISONED, "Once instance has previously been poisoned");
    }

    /// As [`wait`](Self::wait), also if a call has panicked: waits for another one.
    #[track_caller]
    pub fn wait_force(&self) {
        if !is_inside() {
            self.object.check_outside();
            return self.real.wait_force();
        }
        // Acquire: as above.
        read_or(self.seen(), &WAIT_FORCE, [0, 0], Order::ACQUIRE, Order::ACQUIRE);
    }

    /// Takes what the run knows into this run's own memory, where it is no longer shared.
    pub(crate) fn reclaim(&mut self) {
        if let Some(newest) = with_current(|run| run.reclaim(&mut self.object)).flatten() {
            *self = if newest == DONE { Self::completed() } else { Self::new() };
        }
    }
}

/// A call that runs, until this is dropped.
struct Call<'once> {
    once: &'once Once,
    end: &'static Operation,
    site: &'static Location<'static>,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if is_inside() {
            // Release: publishes what the call did to those who find it done.
            read_at(self.site, self.once.seen(), self.end, [0, 0], [Order::RELEASE; 2]);
        }
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}

/// A place for a value that is made once, with the methods of [`std::sync::OnceLock`]: each execution has its own value in
/// it, so that a static starts afresh. Who made it may read it, and who knows by an [`Once`] that it is made.
///
/// Those of executions that are over stay until the place is dropped, because a static may have lent them for ever.
pub(crate) struct Slot<T> {
    /// By the number of the execution. Not boxes, which must not be moved while their content is lent.
    values: real::RwLock<BTreeMap<u64, real::Arc<T>>>,
}

/// Stands for the number of an execution where there is none: what is made outside is there in all of them.
const OUTSIDE: u64 = 0;

/// The number of the execution that runs.
fn execution() -> u64 {
    with_current(|run| run.identities.execution()).unwrap_or(OUTSIDE)
}

impl<T> Slot<T> {
    pub const fn new() -> Self {
        Self { values: real::RwLock::new(BTreeMap::new()) }
    }

    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        if std::mem::needs_drop::<T>() {
            let (address, has_others) = (std::ptr::from_ref(self).addr(), !values.is_empty());
            with_current(|run| {
                let outlives = has_others || is_static(address) || run.captured.contains(&address);
                run.ledger.has_owning_static |= outlives;
            });
        }
        values.entry(execution()).or_insert_with(|| real::Arc::new(value.take().expect("it is taken once")));
        value.map_or(Ok(()), Err)
    }

    pub fn get(&self) -> Option<&T> {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        let value = real::Arc::as_ptr(values.get(&execution()).or_else(|| values.get(&OUTSIDE))?);
        // SAFETY: while `self` is borrowed values are added, but none is removed or replaced, and each stays where it is.
        Some(unsafe { &*value })
    }

    pub fn get_mut(&mut self) -> Option<&mut T> {
        real::Arc::get_mut(self.own().get_mut(&OUTSIDE)?)
    }

    pub fn into_inner(mut self) -> Option<T> {
        real::Arc::into_inner(self.own().remove(&OUTSIDE)?)
    }

    /// All values, this execution's among those from outside: the place is no longer shared.
    fn own(&mut self) -> &mut BTreeMap<u64, real::Arc<T>> {
        let values = self.values.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = values.remove(&execution()) {
            values.insert(OUTSIDE, value);
        }
        values
    }
}

impl<T> From<T> for Slot<T> {
    fn from(value: T) -> Self {
        Self { values: real::RwLock::new(BTreeMap::from([(OUTSIDE, real::Arc::new(value))])) }
    }
}
