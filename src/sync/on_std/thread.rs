//! Threads, as in [`std::thread`].
//!
//! The functions that start threads count them before they call `std`'s, so that a model which started none is
//! noticed; against the cost of a thread that is nothing.

use std::io;
use std::thread as real;

pub use std::thread::{
    AccessError, JoinHandle, LocalKey, Result, Scope, ScopedJoinHandle, Thread, ThreadId, available_parallelism,
    current, panicking, park, park_timeout, sleep, yield_now,
};

use crate::engine::count_thread;

/// Starts a thread, as [`std::thread::spawn`].
///
/// # Panics
///
/// When the system can't start a thread; [`Builder::spawn`] gives the error instead.
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    count_thread();
    real::spawn(f)
}

/// Runs `f`, which may start threads that borrow from the caller, and joins them all, as [`std::thread::scope`].
///
/// # Panics
///
/// When a thread of the scope panicked and nobody joined it by hand.
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    count_thread();
    real::scope(f)
}

/// Sets a thread's name and stack size before it is started, as [`std::thread::Builder`].
#[derive(Debug)]
pub struct Builder(real::Builder);

#[expect(clippy::new_without_default, reason = "std's has no Default either")]
impl Builder {
    /// A builder with `std`'s defaults.
    pub fn new() -> Self {
        Self(real::Builder::new())
    }

    /// Names the thread. The name must hold no zero byte.
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
    /// What the system says when it can't start a thread.
    ///
    /// # Panics
    ///
    /// When the name holds a zero byte.
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        count_thread();
        self.0.spawn(f)
    }

    /// Starts the thread in `scope`.
    ///
    /// # Errors
    ///
    /// What the system says when it can't start a thread.
    ///
    /// # Panics
    ///
    /// When the name holds a zero byte.
    pub fn spawn_scoped<'scope, 'env, F, T>(
        self,
        scope: &'scope Scope<'scope, 'env>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        count_thread();
        self.0.spawn_scoped(scope, f)
    }
}
