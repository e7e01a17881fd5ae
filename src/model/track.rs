//! Values that must be dropped, and once only.

use std::panic::Location;

use super::ledger::{Ticket, What};

/// A value that must be dropped once, as `loom::alloc::Track`.
///
/// In a model, one that was made in an execution and has been neither dropped nor taken out when the execution is
/// complete is a leak, a violation. So it is to drop or use one that is gone, as a copy made by unsafe code that reads its
/// place twice. Nothing else about the execution changes: there are no events. What was made outside of a model, and what
/// an execution in which a static may own something leaves behind, is not looked at.
///
/// ```
/// use raddle::alloc::Track;
///
/// # raddle::doctest(|| {
/// let mut value = Track::new(1);
/// *value.get_mut() += 1;
/// assert_eq!(value, Track::new(2));
/// assert_eq!(value.into_inner(), 2);
/// # });
/// ```
pub struct Track<T> {
    // Dropped first: the value's own destructor must not run twice.
    guard: Guard,
    value: T,
}

/// Closes the value's entry.
struct Guard(Ticket);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.close(None);
    }
}

impl<T> Track<T> {
    /// Watches over `value`.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self { guard: Guard(Ticket::new(What::Tracked, Location::caller(), 1, 0)), value }
    }

    /// The value.
    #[track_caller]
    pub fn get_ref(&self) -> &T {
        self.guard.0.use_at("reads", Location::caller());
        &self.value
    }

    /// The value, for changing.
    #[track_caller]
    pub fn get_mut(&mut self) -> &mut T {
        self.guard.0.use_at("changes", Location::caller());
        &mut self.value
    }

    /// Takes the value out, which is watched no more.
    #[track_caller]
    pub fn into_inner(self) -> T {
        let Self { guard, value } = self;
        guard.0.close(Some(Location::caller()));
        std::mem::forget(guard);
        value
    }
}
