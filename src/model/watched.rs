//! How does a caller follow a search while it goes on, and end it?

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use super::beside::Estimate;

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Watched {
    /// Executions in which every thread ended, so far.
    pub executions: u64,
    /// Executions in which a thread could not go on although that is no violation, so far.
    pub blocked: u64,
    /// Executions that were drawn by chance in between, so far.
    pub sampled: u64,
    /// How many executions there seem to be, as soon as something is known of that.
    pub estimate: Option<Estimate>,
    /// How long it has taken.
    pub elapsed: Duration,
}

type Watch = Arc<dyn Fn(&Watched) -> ControlFlow<()> + Send + Sync>;

/// Who is told.
#[derive(Clone, Default)]
pub(super) struct Watcher(pub Option<Watch>);

/// How often that is.
pub(super) const EVERY: Duration = Duration::from_millis(100);

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Watcher" } else { "no watcher" })
    }
}
