//! Threads, as in [`std::thread`], on loom's scheduler.
//!
//! A model has at most [`loom::MAX_THREADS`] threads, its main thread among them.

use std::io;
use std::time::Duration;

pub use crate::sync::composed::{Scope, ScopedJoinHandle, scope};
pub use loom::thread::{AccessError, JoinHandle, LocalKey, Thread, ThreadId, current, park, yield_now};
pub use std::thread::{Result, available_parallelism, panicking};

use crate::engine::count_thread;

/// Starts a thread, as [`std::thread::spawn`]. A panic in it ends the model.
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    count_thread();
    loom::thread::spawn(f)
}

/// Yields: no time passes in a model.
pub fn sleep(_duration: Duration) {
    yield_now();
}

/// Yields and returns without having parked, as if the time were over at once; a token stays for the next `park`.
pub fn park_timeout(_duration: Duration) {
    yield_now();
}

/// Sets a thread's name and stack size before it is started, as [`std::thread::Builder`].
#[derive(Debug)]
pub struct Builder(loom::thread::Builder);

#[expect(clippy::new_without_default, reason = "std's has no Default either")]
impl Builder {
    /// A builder with loom's defaults.
    pub fn new() -> Self {
        Self(loom::thread::Builder::new())
    }

    /// Names the thread.
    pub fn name(self, name: String) -> Self {
        Self(self.0.name(name))
    }

    /// Sets the size of the thread's stack, in bytes.
    pub fn stack_size(self, bytes: usize) -> Self {
        Self(self.0.stack_size(bytes))
    }

    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// None under loom; the signature is `std`'s.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        count_thread();
        self.0.spawn(f)
    }
}
