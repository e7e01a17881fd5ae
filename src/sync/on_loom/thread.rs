//! Threads, as in [`std::thread`], on loom's scheduler.
//!
//! A model has at most [`loom::MAX_THREADS`] threads, its main thread among them.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use loom::sync::atomic::{AtomicBool, Ordering};

pub use crate::sync::composed::{Scope, ScopedJoinHandle, scope};
pub use loom::thread::{AccessError, LocalKey, Thread, ThreadId, current, park, yield_now};
pub use std::thread::{Result, available_parallelism, panicking};

use crate::engine::count_thread;

/// Starts a thread, as [`std::thread::spawn`]. A panic in it ends the model.
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Builder::new().spawn(f).expect("loom starts every thread")
}

/// The right to join a thread, as [`std::thread::JoinHandle`].
pub struct JoinHandle<T> {
    thread: loom::thread::JoinHandle<T>,
    end: End,
}

/// What knows whether a thread has ended.
#[derive(Clone, Debug)]
pub(crate) struct End(Arc<AtomicBool>);

impl End {
    /// Whether the thread has ended.
    #[track_caller]
    pub fn has_ended(&self) -> Option<bool> {
        // Acquire: pairs with the Release store at the thread's end, as a join does.
        Some(self.0.load(Ordering::Acquire))
    }
}

impl<T> JoinHandle<T> {
    /// The thread behind the handle.
    pub fn thread(&self) -> &Thread {
        self.thread.thread()
    }

    /// True if the thread has done all that it was started for.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.end.has_ended() == Some(true)
    }

    pub(crate) fn end(&self) -> End {
        self.end.clone()
    }

    /// Waits for the thread to end.
    ///
    /// # Errors
    ///
    /// None under loom, where a thread that panics ends the model; the signature is `std`'s.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.thread.join()
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").finish_non_exhaustive()
    }
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
        let end = End(Arc::new(AtomicBool::new(false)));
        let has_ended = end.0.clone();
        let thread = self.0.spawn(move || {
            let result = f();
            // Release: publishes what the thread did to those who see that it has ended.
            has_ended.store(true, Ordering::Release);
            result
        })?;
        Ok(JoinHandle { thread, end })
    }
}
