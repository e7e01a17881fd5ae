//! Who takes part in a model? Threads that share one structure; the main one only starts and joins them.

use std::panic::resume_unwind;

use crate::sync::Arc;
use crate::thread::{self, JoinHandle};

/// Threads that share a structure.
pub(super) struct Actors<S> {
    shared: Arc<S>,
    threads: Vec<JoinHandle<()>>,
}

impl<S: Send + Sync + 'static> Actors<S> {
    /// Nobody yet, and what they will share.
    #[track_caller]
    pub fn sharing(structure: S) -> Self {
        Self { shared: Arc::new(structure), threads: Vec::new() }
    }

    /// Starts a thread.
    #[track_caller]
    pub fn and(mut self, actor: impl FnOnce(&S) + Send + 'static) -> Self {
        let shared = self.shared.clone();
        self.threads.push(thread::spawn(move || actor(&shared)));
        self
    }

    /// Waits for all of them. If one panicked, so does the caller, in the same words.
    #[track_caller]
    pub fn join(self) {
        for thread in self.threads {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    }
}
