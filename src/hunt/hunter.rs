//! Who searches? The engine, until it has found something, or all is covered, or somebody has had enough.

use std::ops::ControlFlow;

use super::progress::Progress;
use crate::catalogue::Variant;
use crate::lecture::stop::Stopper;
use crate::model::{Checker, Report, Strategy};
use crate::sync::Arc;

/// Lets the engine search.
pub(super) struct Hunter {
    checker: Checker,
    stopper: Arc<Stopper>,
    progress: Arc<Progress>,
}

impl Hunter {
    pub fn new(checker: Checker, stopper: Arc<Stopper>) -> Self {
        Self { checker, stopper, progress: Arc::default() }
    }

    /// Looks for the bug.
    pub fn find(&self, variant: &Variant) -> Report {
        self.search(&self.checker, format!("hunting {}", variant.name), variant.buggy)
    }

    /// Covers the fix: in all executions, whatever the bug was hunted with.
    pub fn cover(&self, variant: &Variant) -> Report {
        let checker = self.checker.clone().strategy(Strategy::default());
        self.search(&checker, format!("covering the fix of {}", variant.name), variant.fixed)
    }

    /// True if somebody has had enough.
    pub fn is_interrupted(&self) -> bool {
        self.stopper.is_cancelled()
    }

    /// Somebody has had enough.
    pub fn interrupt(&self) {
        self.stopper.cancel();
    }

    fn search(&self, checker: &Checker, what: String, model: fn()) -> Report {
        let (stopper, progress) = (self.stopper.clone(), self.progress.clone());
        let checker = checker.clone().watch(move |watched| {
            progress.tell(&what, watched);
            if stopper.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let report = checker.explore(model);
        self.progress.clear();
        report
    }
}
