//! What came out of a check, and how much does that say?

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::explain::Explanation;
use super::scenario::Scenario;
use crate::engine::report_folder;
use crate::model::{Coverage, ViolationKind};

/// What a check came to.
///
/// `Display` says what was covered, in one line; [`to_json`](Self::to_json) says the same to programs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What was checked: the subject's type.
    pub subject: &'static str,
    /// Scenarios that were run.
    pub scenarios: u64,
    /// Their executions, those included in which calls wait for ever and are to.
    pub executions: u64,
    /// How many histories were judged: most executions repeat one.
    pub histories: u64,
    /// The most events of its own thread that a call had on the engine; nothing elsewhere.
    pub steps_most: Option<usize>,
    /// What was covered of each kind of scenarios: those that are known to have failed, all up to a size, larger ones.
    pub covered: Vec<Covered>,
    /// How much was covered of all of them.
    pub coverage: Coverage,
    /// Under what they ran: a memory model, loom, or real threads.
    pub world: &'static str,
    /// What is wrong, in the smallest scenario that shows it.
    pub violation: Option<Violation>,
    /// How long it took.
    pub elapsed: Duration,
    /// True if the search ended because of a budget that the caller has not set himself.
    pub(super) is_over_budget: bool,
}

/// What was covered of one kind of scenarios.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Covered {
    /// Which scenarios they are, in words.
    pub what: String,
    /// Scenarios that were run.
    pub scenarios: u64,
    /// Their executions.
    pub executions: u64,
    /// How many histories were judged.
    pub histories: u64,
    /// Scenarios of which a bound left something out.
    pub bounded: u64,
    /// Scenarios that were not run because calls in them may wait for ever, where that can't be judged.
    pub left_out: u64,
    /// How much was covered.
    pub coverage: Coverage,
}

/// Something that is wrong with the structure.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Violation {
    /// What kind of violation it is.
    pub kind: ViolationKind,
    /// The scenario that shows it.
    pub scenario: Scenario,
    /// What is wrong, in a few lines.
    pub message: String,
    /// The scenario, the calls with what they returned, why that is wrong, and what the threads did; as text by `Display`.
    pub explanation: Explanation,
    /// What `RADDLE_REPLAY` takes to run this execution of this scenario again; empty if there is nothing to be replayed.
    pub token: String,
    /// Where it is kept, on lines of their own.
    pub(super) remarks: String,
}

impl Covered {
    /// Nothing yet of what `what` says.
    pub(super) fn of(what: String) -> Self {
        let coverage = Coverage::Complete;
        Self { what, scenarios: 0, executions: 0, histories: 0, bounded: 0, left_out: 0, coverage }
    }

    /// Something was left out, for this reason.
    pub(super) fn bound(&mut self, reason: &str) {
        if self.coverage == Coverage::Complete {
            self.coverage = Coverage::Bounded(reason.to_owned());
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.explanation, self.remarks)
    }
}

impl fmt::Display for Covered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [programs, executions] = [(self.scenarios, "program"), (self.executions, "execution")].map(counted);
        let histories = grouped(self.histories) + if self.histories == 1 { " history" } else { " histories" };
        write!(f, "{}: {programs}, {executions}, {histories}, ", self.what)?;
        match &self.coverage {
            Coverage::Complete => f.write_str("complete"),
            Coverage::Bounded(reason) if self.bounded > 0 => {
                write!(f, "{} of them not complete: {reason}", grouped(self.bounded))
            }
            Coverage::Bounded(reason) => write!(f, "not complete: {reason}"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, covered) in self.covered.iter().enumerate() {
            let between = if number > 0 { "; " } else { "" };
            write!(f, "{between}{covered}")?;
        }
        write!(f, " ({}, {:.1?})", self.world, self.elapsed)?;
        if let Some(violation) = &self.violation {
            write!(f, "\n{violation}")?;
        }
        Ok(())
    }
}

impl Report {
    /// The report for programs: one JSON object on one line.
    ///
    /// | member | what it is |
    /// | --- | --- |
    /// | `test` | the thread's name, which is the test's where a test asks; `null` if it has none |
    /// | `subject` | the subject's type |
    /// | `world` | `under RC11`, `under sequential consistency`, `under loom` or `on real threads` |
    /// | `scenarios`, `executions`, `histories` | the counts of all |
    /// | `complete` | whether everything that was asked for was covered |
    /// | `bound` | why not, or `null` |
    /// | `covered` | for each kind of scenarios: `what`, the counts, `bounded`, `left_out`, `complete` and `bound` |
    /// | `seconds` | how long it took |
    /// | `violation` | `null`, or an object with `kind`, `message`, `scenario` and `token` |
    ///
    /// ```
    /// use raddle::check::Check;
    /// use raddle::sync::atomic::{AtomicU32, Ordering::SeqCst};
    ///
    /// raddle::spec! {
    ///     mod counter: AtomicU32 = AtomicU32::new(0), like u32;
    ///     fn count() -> u32 = |count| count.fetch_add(1, SeqCst), |count| Some({ *count += 1; *count - 1 });
    /// }
    ///
    /// # fn main() {
    /// # if raddle::sync::BACKEND == raddle::sync::Backend::Model {
    /// let json = Check::<counter::Subject>::new().threads(2).calls(2).explore().to_json();
    /// assert!(json.contains(r#""scenarios":3,"#) && json.contains(r#""complete":true"#), "{json}");
    /// # }
    /// # }
    /// ```
    pub fn to_json(&self) -> String {
        let bound = |coverage: &Coverage| match coverage {
            Coverage::Complete => Value::Null,
            Coverage::Bounded(reason) => json!(reason),
        };
        let covered = self.covered.iter().map(|covered| {
            json!({
                "what": covered.what,
                "scenarios": covered.scenarios,
                "executions": covered.executions,
                "histories": covered.histories,
                "bounded": covered.bounded,
                "left_out": covered.left_out,
                "complete": covered.coverage == Coverage::Complete,
                "bound": bound(&covered.coverage),
            })
        });
        let violation = self.violation.as_ref().map(|violation| {
            json!({
                "kind": violation.kind.to_string(),
                "message": violation.message,
                "scenario": violation.scenario.to_string(),
                "token": violation.token,
            })
        });
        let report = json!({
            "test": thread::current().name(),
            "subject": self.subject,
            "world": self.world,
            "scenarios": self.scenarios,
            "executions": self.executions,
            "histories": self.histories,
            "complete": self.coverage == Coverage::Complete,
            "bound": bound(&self.coverage),
            "covered": covered.collect::<Vec<_>>(),
            "seconds": self.elapsed.as_secs_f64(),
            "violation": violation,
        });
        report.to_string()
    }

    /// Adds the report to `coverage.jsonl` in the folder that `RADDLE_REPORT` names, if it names one.
    pub(super) fn write_if_asked(&self) {
        let Some(folder) = report_folder() else { return };
        if let Err(error) = self.append_to(&folder) {
            println!("raddle: no report in {}: {error}", folder.display());
        }
    }

    fn append_to(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let path: PathBuf = folder.join("coverage.jsonl");
        // In one piece, so that lines of tests that run at the same time do not mix.
        File::options().create(true).append(true).open(path)?.write_all((self.to_json() + "\n").as_bytes())
    }
}

/// A count with a comma between thousands.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(",")
}

/// So many of them.
fn counted((count, of): (u64, &str)) -> String {
    format!("{} {of}{}", grouped(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (count, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (88_310, "88,310"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(count), text);
        }
    }
}
