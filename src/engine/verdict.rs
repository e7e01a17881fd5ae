//! When does a check on the engine fail, and with what words?

use crate::model::{Checker, Counterexample, Coverage, Report};

use super::settings::wants_colours;

/// Writes the counterexample as a page for the browser, if that was asked for, and says where.
#[cfg(feature = "check")]
fn page_of(violation: &Counterexample) -> String {
    crate::check::page_if_asked(&violation.into())
}

#[cfg(not(feature = "check"))]
fn page_of(_: &Counterexample) -> String {
    String::new()
}

impl Checker {
    /// As [`explore`](Self::explore), for tests.
    ///
    /// # Panics
    ///
    /// When a violation is found, with the counterexample, which has colours on a terminal (`NO_COLOR` and `CLICOLOR_FORCE`
    /// are obeyed); when nothing was checked, which is so for [`Progress::WaitFree`](crate::model::Progress::WaitFree) if no call is marked; when `RADDLE_REQUIRE_COMPLETE=1` was read by
    /// [`from_env`](Self::from_env) and a bound has left something out; when called inside of a model.
    #[track_caller]
    pub fn check<F: Fn() + Send + Sync + 'static>(&self, model: F) -> Report {
        let report = self.explore(model);
        if let Some(violation) = &report.violation {
            let before = report.executions;
            let page = page_of(violation);
            match wants_colours() {
                true => panic!("{violation:#}\n{before} executions were right before{page}"),
                false => panic!("{violation}\n{before} executions were right before{page}"),
            }
        }
        assert!(
            report.has_operations,
            "raddle: the model performed no operation of the facade, so nothing was checked; use raddle::sync, \
             raddle::thread and raddle::cell in place of std's modules"
        );
        assert!(
            !report.is_over_budget,
            "raddle: not covered: {} executions in {:.0?}, and there are more. Make the model smaller (fewer threads, fewer \
             operations, a smaller capacity), give it more time with RADDLE_MAX_DURATION or Checker::max_duration, or build \
             raddle optimised in tests: [profile.dev.package.raddle] opt-level = 3",
            report.executions + report.blocked,
            report.elapsed
        );
        assert!(
            !self.counts_steps() || report.steps_most.is_some() || self.is_replay(),
            "raddle: a bound on the steps of calls was to be checked, and no call is marked; see raddle::model::call"
        );
        if self.requires_complete && !self.is_replay() {
            assert!(
                report.coverage == Coverage::Complete,
                "raddle: RADDLE_REQUIRE_COMPLETE=1, but something was left out: {report}"
            );
        }
        assert!(
            report.executions > 0,
            "raddle: nothing was checked: none of the executions came to an end ({} were blocked); is there an \
             assumption that never holds?",
            report.blocked
        );
        report
    }
}
