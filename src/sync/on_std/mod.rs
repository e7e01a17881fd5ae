//! The std backend: `std`'s own items under the facade's paths.

use super::Backend;

pub mod cell;
pub mod thread;

/// What the facade is made of in this build.
pub const BACKEND: Backend = Backend::Std;

pub use std::thread_local;

/// Hints to the processor, as in [`std::hint`].
pub mod hint {
    pub use std::hint::spin_loop;
}

/// The items of [`std::sync`].
pub mod sync {
    pub use std::sync::{
        Arc, Barrier, BarrierWaitResult, Condvar, LockResult, Mutex, MutexGuard, OnceLock, PoisonError, RwLock,
        RwLockReadGuard, RwLockWriteGuard, TryLockError, TryLockResult, WaitTimeoutResult, Weak, atomic, mpsc,
    };
}

/// Runs `model` once for each of `iterations` on real threads.
pub(crate) fn explore(iterations: u64, model: impl Fn() + Send + Sync + 'static) {
    for iteration in 1..=iterations {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&model));
        if let Err(panic) = outcome {
            eprintln!("raddle: the model failed on real threads, in iteration {iteration} of {iterations}");
            std::panic::resume_unwind(panic);
        }
    }
}
