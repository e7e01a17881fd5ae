//! What did a run come to?

use std::time::Duration;

use serde::Serialize;

use super::args::Mode;
use super::event::seconds;
use super::part::{Log, Stage, Traces};
use super::plan::Actor;
use super::shared_list::PopFromEmptyList;

/// One run, in numbers.
#[derive(Debug)]
pub(super) struct Summary {
    pub mode: Mode,
    pub ending: Ending,
    /// Whether a run in this mode should end like that.
    pub as_expected: bool,
    /// Always `processed + left`.
    pub generated: u64,
    pub processed: u64,
    pub left: u64,
    /// How many items there would have been in all.
    pub of: u64,
    pub total: Duration,
    pub total_lecture_s: f64,
    pub is_real_time: bool,
    /// `None` if nothing was processed.
    pub latency: Option<Latency>,
    pub note: Option<String>,
    pub logs: Vec<Log>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Everything was processed.
    Complete,
    /// Somebody pressed Enter or Ctrl-C, or closed the output.
    Cancelled,
    /// A consumer popped from an empty list.
    Failed { by: Actor, error: PopFromEmptyList },
}

impl Ending {
    /// The ending in a word.
    pub fn name(self) -> &'static str {
        match self {
            Ending::Complete => "complete",
            Ending::Cancelled => "cancelled",
            Ending::Failed { .. } => "failed",
        }
    }
}

/// How long items waited between being generated and being taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Latency {
    #[serde(rename = "mean_s", serialize_with = "seconds")]
    pub mean: Duration,
    #[serde(rename = "p50_s", serialize_with = "seconds")]
    pub p50: Duration,
    #[serde(rename = "p99_s", serialize_with = "seconds")]
    pub p99: Duration,
    #[serde(rename = "max_s", serialize_with = "seconds")]
    pub max: Duration,
}

impl Latency {
    fn of(mut latencies: Vec<Duration>) -> Option<Self> {
        latencies.sort_unstable();
        let max = *latencies.last()?;
        let sum: Duration = latencies.iter().sum();
        Some(Self {
            mean: sum.div_f64(latencies.len() as f64),
            p50: nearest_rank(&latencies, 50),
            p99: nearest_rank(&latencies, 99),
            max,
        })
    }
}

/// The smallest of `sorted` that at least `percent` of a hundred are not above; `sorted` must not be empty.
fn nearest_rank(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted[rank - 1]
}

impl Summary {
    /// Adds up what the run on `stage`, which took `total`, left behind.
    pub fn new(stage: &Stage, total: Duration, Traces { logs, left }: Traces) -> Self {
        let plan = &stage.plan;
        let generated = logs.iter().map(|log| log.generated).sum();
        let processed = logs.iter().map(Log::processed).sum();
        let failures = logs.iter().filter_map(|log| log.failure.map(|failure| (failure.at, log.actor, failure.error)));
        let ending = match failures.min_by_key(|(at, ..)| *at) {
            Some((_, by, error)) => Ending::Failed { by, error },
            None if processed == plan.items_total() => Ending::Complete,
            None => Ending::Cancelled,
        };
        Self {
            mode: stage.mode,
            ending,
            as_expected: is_as_expected(stage.mode, plan.consumers, ending),
            generated,
            processed,
            left,
            of: plan.items_total(),
            total,
            total_lecture_s: plan.lecture_s(total),
            is_real_time: plan.is_real_time(),
            latency: Latency::of(logs.iter().flat_map(|log| &log.latencies).copied().collect()),
            note: note(stage.mode, plan.consumers, ending),
            logs,
        }
    }

    /// How the run ended, in a few words.
    pub fn ending_in_words(&self) -> String {
        let verdict = match (self.mode, self.as_expected) {
            (Mode::Buggy, true) => ", as it should",
            (_, true) => "",
            (_, false) => ", and should not have",
        };
        match self.ending {
            Ending::Complete => format!("complete{verdict}"),
            Ending::Cancelled => "cancelled".to_owned(),
            Ending::Failed { by, error } => {
                format!("{by} failed: {error}, after {} of {} items{verdict}", self.processed, self.of)
            }
        }
    }
}

fn is_as_expected(mode: Mode, consumers: u64, ending: Ending) -> bool {
    match ending {
        Ending::Complete => mode != Mode::Buggy,
        Ending::Cancelled => false,
        Ending::Failed { .. } => mode == Mode::Buggy || mode == Mode::Checked && consumers > 1,
    }
}

fn note(mode: Mode, consumers: u64, ending: Ending) -> Option<String> {
    if mode != Mode::Checked {
        return None;
    }
    let hunt = "`cargo hunt pop-from-empty`";
    Some(match (consumers, ending) {
        (_, Ending::Cancelled) => return None,
        (1, _) => format!("Right only because there is one consumer; for what happens to two see {hunt}."),
        (_, Ending::Complete) => {
            format!("Luck: between asking and popping another consumer can pop. {hunt} finds out when.")
        }
        (_, Ending::Failed { .. }) => {
            format!("Between asking and popping another consumer had popped. {hunt} shows how.")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(values: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        values.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let hundred = millis(1..=100);
        assert_eq!(nearest_rank(&hundred, 50), Duration::from_millis(50));
        assert_eq!(nearest_rank(&hundred, 99), Duration::from_millis(99));
        let five = millis([15, 20, 35, 40, 50]);
        assert_eq!(nearest_rank(&five, 50), Duration::from_millis(35));
        assert_eq!(nearest_rank(&five, 99), Duration::from_millis(50));
        assert_eq!(nearest_rank(&five, 0), Duration::from_millis(15));
        assert_eq!(nearest_rank(&millis([7]), 50), Duration::from_millis(7));
    }

    #[test]
    fn latencies_need_not_be_sorted() {
        let [mean, p50, p99, max] = [25, 20, 40, 40].map(Duration::from_millis);
        assert_eq!(Latency::of(millis([40, 10, 30, 20])), Some(Latency { mean, p50, p99, max }));
        assert_eq!(Latency::of(Vec::new()), None);
    }

    #[test]
    fn only_a_mode_with_the_bug_may_fail_and_the_buggy_one_must() {
        let failed = Ending::Failed { by: Actor::Consumer(1), error: PopFromEmptyList };
        for (mode, consumers, complete_is_right, failure_is_right) in [
            (Mode::Sequential, 1, true, false),
            (Mode::Async, 1, true, false),
            (Mode::Threads, 2, true, false),
            (Mode::Buggy, 1, false, true),
            (Mode::Checked, 1, true, false),
            (Mode::Checked, 2, true, true),
        ] {
            assert_eq!(is_as_expected(mode, consumers, Ending::Complete), complete_is_right, "{mode:?}");
            assert_eq!(is_as_expected(mode, consumers, failed), failure_is_right, "{mode:?}");
        }
    }
}
