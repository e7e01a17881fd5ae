//! [`std::sync::Once`] on loom's mutex and an atomic; loom has none.

use loom::sync::Mutex;
use loom::sync::atomic::{AtomicU8, Ordering};
use loom::thread::yield_now;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::PoisonError;

const NEW: u8 = 0;
const DONE: u8 = 1;
const POISONED: u8 = 2;

/// The place for a value that is made once. It is in `std`'s type: whoever uses it knows by a [`Once`] that he may, and
/// loom's objects belong to one execution anyway.
pub(crate) type Slot<T> = std::sync::OnceLock<T>;

/// Lets one call run and the others wait for it, as [`std::sync::Once`].
///
/// `state` is changed by the holder of `caller` alone; `DONE` is for ever.
pub struct Once {
    state: AtomicU8,
    caller: Mutex<()>,
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

#[expect(clippy::new_without_default, reason = "std's has no Default either")]
impl Once {
    /// Nothing is done yet.
    #[track_caller]
    pub fn new() -> Self {
        Self { state: AtomicU8::new(NEW), caller: Mutex::new(()) }
    }

    /// All is done.
    #[track_caller]
    pub(crate) fn completed() -> Self {
        Self { state: AtomicU8::new(DONE), ..Self::new() }
    }

    /// Calls `f`, unless that was done; waits while another thread does it. Called by `f` itself, this waits for ever.
    ///
    /// # Panics
    ///
    /// When `f` does, or when an earlier call did.
    #[track_caller]
    pub fn call_once<F: FnOnce()>(&self, f: F) {
        self.call_once_force(|state| {
            assert!(!state.is_poisoned(), "Once instance has previously been poisoned");
            f();
        });
    }

    /// As [`call_once`](Self::call_once), also if an earlier call panicked.
    ///
    /// # Panics
    ///
    /// When `f` does.
    #[track_caller]
    pub fn call_once_force<F: FnOnce(&OnceState)>(&self, f: F) {
        if self.is_completed() {
            return;
        }
        let caller = self.caller.lock().unwrap_or_else(PoisonError::into_inner);
        // Relaxed: the lock orders the calls.
        let state = self.state.load(Ordering::Relaxed);
        if state == DONE {
            return;
        }
        let result = catch_unwind(AssertUnwindSafe(|| f(&OnceState { is_poisoned: state == POISONED })));
        // Release: publishes what the call did; pairs with the Acquire load in `is_completed`.
        self.state.store(if result.is_ok() { DONE } else { POISONED }, Ordering::Release);
        // Before the thread unwinds: loom's locks can't be taken again after a panic that had them.
        drop(caller);
        if let Err(panic) = result {
            resume_unwind(panic);
        }
    }

    /// True if a call has come to its end.
    #[track_caller]
    pub fn is_completed(&self) -> bool {
        // Acquire: pairs with the Release store of the call that has done it.
        self.state.load(Ordering::Acquire) == DONE
    }

    /// Waits until a call has come to its end.
    ///
    /// # Panics
    ///
    /// When a call has panicked.
    #[track_caller]
    pub fn wait(&self) {
        // Acquire: as above.
        while self.state.load(Ordering::Acquire) == NEW {
            yield_now();
        }
        assert!(self.is_completed(), "Once instance has previously been poisoned");
    }

    /// As [`wait`](Self::wait), also if a call has panicked: waits for another one.
    #[track_caller]
    pub fn wait_force(&self) {
        while !self.is_completed() {
            yield_now();
        }
    }

    /// Nothing: loom's objects know their own state.
    pub(crate) fn reclaim(&mut self) {}
}

impl std::fmt::Debug for Once {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}
