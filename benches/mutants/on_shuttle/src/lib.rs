//! What do the mutants of the catalogue look like on shuttle's primitives?
//!
//! The catalogue's own sources, compiled once more with shuttle's items in place of the facade's. shuttle takes all atomics for
//! `SeqCst`, and has neither spurious wake-ups nor waits that time out. It has no cell either, so nobody looks for data races.

#[path = "../../../../src/sync/on_std/alloc.rs"]
pub mod alloc;
#[path = "../../../../src/catalogue/mod.rs"]
pub mod catalogue;
#[path = "../../../../src/sync/on_std/cell.rs"]
pub mod cell;
#[path = "../../../../src/future.rs"]
pub mod future;
#[path = "../../../../src/sync/parker.rs"]
mod parker;

/// Loops that wait.
pub mod hint {
    pub use shuttle::hint::spin_loop;

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
    pub use shuttle::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, atomic};

    pub(crate) mod backend {
        pub(crate) use crate::parker::Parker;
    }
}

/// Threads.
pub mod thread {
    pub use shuttle::thread::{JoinHandle, Thread, current, park, spawn};
}

/// Runs `model` a hundred times, by chance.
pub fn model(model: impl Fn() + Send + Sync + 'static) {
    shuttle::check_random(model, 100);
}
