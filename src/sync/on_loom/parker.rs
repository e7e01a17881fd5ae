//! Where a thread waits for news. loom loses an unpark of a thread that waits for a lock, so this is none of its threads' doing.

use loom::sync::Notify;

/// As its namesake on the other backends.
pub(crate) struct Parker(Notify);

impl Parker {
    pub fn new() -> Self {
        Self(Notify::new())
    }

    /// Waits for an [`unpark`](Self::unpark), at most one of which may have come before.
    pub fn park(&self) {
        self.0.wait();
    }

    pub fn unpark(&self) {
        self.0.notify();
    }
}
