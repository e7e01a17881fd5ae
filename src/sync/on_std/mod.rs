//! The std backend: `std`'s own items under the facade's paths.

use std::time::Duration;

use super::Backend;

pub mod alloc;
pub mod cell;
pub mod thread;

/// What the facade is made of in this build.
pub const BACKEND: Backend = Backend::Std;

/// What a thread loses that sleeps and is woken, about: so long it may well try before.
pub(crate) const WAKE_UP: Duration = Duration::from_micros(30);

pub use std::thread_local;

pub(crate) use crate::sync::parker::Parker;

/// Hints to the processor, as in [`std::hint`].
pub mod hint {
    pub use std::hint::spin_loop;

    use crossbeam_utils::Backoff;

    #[doc = include_str!("../spin_until.md")]
    #[inline]
    pub fn spin_until<R>(attempt: impl Fn() -> Option<R>) -> R {
        if let Some(result) = attempt() {
            return result;
        }
        let backoff = Backoff::new();
        loop {
            backoff.snooze();
            if let Some(result) = attempt() {
                return result;
            }
        }
    }
}

/// The items of [`std::sync`].
pub mod sync {
    pub use std::sync::{
        Arc, Barrier, BarrierWaitResult, Condvar, LazyLock, LockResult, Mutex, MutexGuard, Once, OnceLock, OnceState,
        PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError, TryLockResult, WaitTimeoutResult, Weak,
        atomic, mpsc,
    };
}

/// Runs a documentation example.
pub(crate) fn run_once(example: impl Fn() + Send + Sync + 'static) {
    example();
}

pub(crate) use crate::engine::on_real_threads as explore;
