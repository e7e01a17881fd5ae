//! [`std::sync::Condvar`] with the waits on a condition that loom's has not.

use std::time::Duration;

use loom::sync::{MutexGuard, WaitTimeoutResult};
use std::sync::LockResult;

/// Lets threads sleep until another says that something changed, as [`std::sync::Condvar`].
///
/// loom wakes in order of arrival, never spuriously, and lets no wait time out.
#[derive(Debug, Default)]
pub struct Condvar(loom::sync::Condvar);

impl Condvar {
    /// A condition variable with nobody waiting.
    pub fn new() -> Self {
        Self::default()
    }

    /// Releases the lock, sleeps until notified, and takes the lock again.
    ///
    /// # Errors
    ///
    /// None under loom; the signature is `std`'s, here and below.
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        self.0.wait(guard)
    }

    /// Waits until `condition` is false.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_while<'a, T, F>(&self, mut guard: MutexGuard<'a, T>, mut condition: F) -> LockResult<MutexGuard<'a, T>>
    where
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut *guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// Waits as [`wait`](Self::wait): under loom no time passes.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        duration: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        self.0.wait_timeout(guard, duration)
    }

    /// Wakes the thread that has waited longest.
    #[track_caller]
    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    /// Wakes all threads that wait.
    #[track_caller]
    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}
