//! Where a thread waits for news, on backends whose threads keep an unpark for later.

use crate::thread::{self, Thread};

/// What the thread that made it waits at.
pub(crate) struct Parker(Thread);

impl Parker {
    pub fn new() -> Self {
        Self(thread::current())
    }

    /// Waits for an [`unpark`](Self::unpark), at most one of which may have come before. May return for no reason.
    pub fn park(&self) {
        thread::park();
    }

    pub fn unpark(&self) {
        self.0.unpark();
    }
}
