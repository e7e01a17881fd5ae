//! What came of a hunt?

use std::time::Duration;

use super::hunter::Hunter;
use crate::catalogue::{Entry, Needs, Variant};
use crate::lecture::Status;
use crate::model::{Counterexample, Coverage, Memory, Report, ViolationKind};

/// What came of a hunt for a variant.
pub(super) struct Found {
    pub entry: &'static Entry,
    pub variant: &'static Variant,
    /// What the wrong code came to.
    pub bug: Report,
    /// What the fix came to, if that was looked at.
    pub fix: Option<Report>,
    /// True if it was the execution of a token.
    pub is_replay: bool,
}

impl Found {
    pub fn new(entry: &'static Entry, variant: &'static Variant, bug: Report, is_replay: bool) -> Self {
        Self { entry, variant, bug, fix: None, is_replay }
    }

    pub fn violation(&self) -> Option<&Counterexample> {
        self.bug.violation.as_ref()
    }

    /// Why a token does not fit, if it doesn't.
    pub fn refusal(&self) -> Option<String> {
        let refused = self.violation().filter(|violation| violation.kind == ViolationKind::NotReplayed)?;
        let trace = if refused.trace.is_empty() { String::new() } else { format!("\n\n{}", refused.trace) };
        Some(format!("--replay: {}{trace}", refused.message))
    }

    /// What is told to the shell.
    pub fn status(&self, hunter: &Hunter) -> Status {
        let fix_fails = self.fix.as_ref().is_some_and(|fix| fix.violation.is_some());
        match self.violation() {
            Some(_) if !fix_fails && !hunter.is_interrupted() => Status::AsExpected,
            _ if hunter.is_interrupted() => Status::Cancelled,
            _ => Status::NotAsExpected,
        }
    }

    /// Why it can't be found as it was hunted, if it can't.
    pub fn is_out_of_sight(&self) -> bool {
        self.variant.memory == Needs::WeakMemory && self.bug.settings.memory == Memory::SeqCst
    }

    /// The command that runs it again.
    pub fn replay_command(&self) -> Option<String> {
        let token = &self.violation().filter(|violation| !violation.token.is_empty())?.token;
        Some(format!("cargo hunt {} --replay {token}", self.variant.name))
    }
}

/// How many executions were run, the one with the violation included.
pub(super) fn runs(report: &Report) -> u64 {
    report.executions + report.blocked + report.sampled + u64::from(report.violation.is_some())
}

/// `4 executions, complete (RC11, 0.3 ms)`
pub(super) fn coverage(report: &Report) -> String {
    let mut text = counted(report.executions);
    for (count, kind) in [(report.blocked, "blocked"), (report.sampled, "more by chance")] {
        if count > 0 {
            text += &format!(", {} {kind}", grouped(count));
        }
    }
    match &report.coverage {
        Coverage::Complete => text += ", complete",
        Coverage::Bounded(reason) => text += &format!(", not complete: {reason}"),
    }
    if let (Coverage::Bounded(_), Some(estimate)) = (&report.coverage, report.estimate) {
        text += &format!("; {estimate}");
    }
    text
}

/// `1 execution`, `1,234 executions`
pub(super) fn counted(executions: u64) -> String {
    format!("{} execution{}", grouped(executions), if executions == 1 { "" } else { "s" })
}

/// A number with a comma before each three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `0.34 ms`, `2.5 s`
pub(super) fn time(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 0.01 => format!("{:.2} ms", seconds * 1000.0),
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1000.0),
        seconds => format!("{seconds:.1} s"),
    }
}

/// The name of a memory model.
pub(super) fn memory(memory: Memory) -> &'static str {
    match memory {
        Memory::Rc11 => "RC11",
        Memory::SeqCst => "sequential consistency",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_times_have_a_unit() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([1, 2].map(counted), ["1 execution", "2 executions"]);
        assert_eq!(time(Duration::from_micros(1250)), "1.25 ms");
        assert_eq!(time(Duration::from_millis(12)), "12 ms");
        assert_eq!(time(Duration::from_millis(2500)), "2.5 s");
    }
}
