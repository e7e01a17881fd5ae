//! How long does a blocking operation wait?

use std::time::{Duration, Instant};

use crate::sync::{Condvar, MutexGuard, PoisonError};

/// The moment at which a waiting operation gives up; none: never.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

/// What ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// A notification or nothing at all: the condition may or may not hold now.
    Perhaps,
    /// The deadline. The condition may hold all the same and must be looked at once more: this thread may have been
    /// the one that was notified.
    TimedOut,
}

impl Deadline {
    /// Waits as long as it takes.
    pub const NEVER: Self = Self(None);

    /// Waits for `duration`; one too long for the clock to express is for ever.
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now().checked_add(duration))
    }

    /// Waits until `instant`.
    pub fn at(instant: Instant) -> Self {
        Self(Some(instant))
    }

    /// When it is over, if that is before `instant`, or else `instant`.
    pub(crate) fn or_before(self, instant: Instant) -> Instant {
        self.0.map_or(instant, |deadline| deadline.min(instant))
    }

    /// Waits once for `condvar`.
    ///
    /// What the caller does next depends on what this returns, never on the clock: an engine in which no time passes
    /// decides whether the wait timed out.
    pub(crate) fn wait<'a, T>(self, condvar: &Condvar, guard: MutexGuard<'a, T>) -> (MutexGuard<'a, T>, Woken) {
        let Some(instant) = self.0 else {
            return (condvar.wait(guard).unwrap_or_else(PoisonError::into_inner), Woken::Perhaps);
        };
        let left = instant.saturating_duration_since(Instant::now());
        let (guard, result) = condvar.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner);
        (guard, if result.timed_out() { Woken::TimedOut } else { Woken::Perhaps })
    }
}
