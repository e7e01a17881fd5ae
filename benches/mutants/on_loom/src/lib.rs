//! What do the mutants of the catalogue look like on loom's primitives?
//!
//! The catalogue's own sources, compiled once more with loom's items in place of the facade's. Spurious wake-ups, and waits that
//! time out, are what loom has not.

#[path = "../../../../src/sync/on_loom/alloc.rs"]
pub mod alloc;
#[path = "../../../../src/catalogue/mod.rs"]
pub mod catalogue;
#[path = "../../../../src/future.rs"]
pub mod future;
#[path = "../../../../src/sync/on_loom/parker.rs"]
mod parker;

/// Memory that threads share without atomics.
pub mod cell {
    pub use loom::cell::UnsafeCell;
}

/// Loops that wait.
pub mod hint {
    pub use loom::hint::spin_loop;

    /// Tries until there is a result; others go on in between.
    pub fn spin_until<R>(attempt: impl Fn() -> Option<R>) -> R {
        loop {
            match attempt() {
                Some(result) => return result,
                None => spin_loop(),
            }
        }
    }
}

/// The primitives.
pub mod sync {
    pub use loom::sync::{Arc, Condvar, Mutex, MutexGuard, atomic};
    pub use std::sync::PoisonError;

    pub(crate) mod backend {
        pub(crate) use crate::parker::Parker;
    }
}

/// Threads.
pub mod thread {
    pub use loom::thread::{JoinHandle, spawn};
}

/// Runs `model` in every execution that loom distinguishes.
pub fn model(model: impl Fn() + Send + Sync + 'static) {
    loom::model(model);
}
