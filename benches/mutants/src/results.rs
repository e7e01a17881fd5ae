//! What do the searches for one mutant come to?

use std::path::Path;
use std::time::Duration;

use raddle::catalogue::{Symptom, Variant};
use raddle_engine_benches::Spread;

use crate::child::{Job, measure};
use crate::sample::{End, Sample};
use crate::tool::{Bounds, Code, REFUSAL, Tool};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    /// Where chance starts.
    pub seeds: &'static [u64],
    /// Where a search for the fault ends.
    pub bounds: Bounds,
    /// Where a search for a fault in the fix ends, in which nothing is wrong.
    pub fixed_bounds: Bounds,
}

/// One tool on one variant.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Who has looked.
    pub tool: Tool,
    /// The searches in the wrong code.
    pub samples: Vec<Sample>,
    /// How many of them have found what is wrong.
    pub found: usize,
    /// What was found in the fix, if anything was.
    pub false_alarm: Option<End>,
    /// True if the tool can't find it, however long it looks.
    pub is_blind: bool,
    /// Executions and milliseconds; infinite if no more than half of the searches have found it.
    median: [f64; 2],
}

/// All tools on one variant.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is called.
    pub variant: &'static str,
    /// In the order of [`Tool::ALL`].
    pub cells: Vec<Cell>,
}

/// A process starts, ends and is behind others no longer than this, besides its search.
const GRACE: Duration = Duration::from_secs(3);

/// Whether the end of a search is what is wrong with a variant.
pub fn is_found(variant: &Variant, end: &End) -> bool {
    let End::Fault { kind, message } = end else { return false };
    match variant.symptom {
        Symptom::Panic(words) => kind == "panic" && message.contains(words),
        other => *kind == other.to_string(),
    }
}

impl Cell {
    /// Measures, in processes of `program`.
    pub fn of(program: &Path, variant: &Variant, tool: Tool, amount: &Amount) -> Self {
        let search = |code, bounds: Bounds, seed| {
            let job = Job { tool, variant: variant.name.to_owned(), code, bounds };
            measure(program, &job, seed, bounds.time * 2 + GRACE)
        };
        let fixed = search(Code::Fixed, amount.fixed_bounds, amount.seeds[0]);
        // Who refuses a model has said nothing about the code.
        let says_nothing = |end: &End| matches!(end, End::Fault { kind, .. } if kind == REFUSAL);
        let false_alarm = Some(fixed.end).filter(|end| *end != End::Nothing && !says_nothing(end));
        let is_blind = tool.is_blind_to(variant);
        let mut samples: Vec<Sample> = Vec::new();
        for &seed in amount.seeds {
            let sample = search(Code::Buggy, amount.bounds, seed);
            let is_lost = matches!(sample.end, End::Lost(_));
            let has_found = is_found(variant, &sample.end);
            samples.push(sample);
            // The others would come to the same.
            if is_lost || !has_found && (is_blind || tool.has_one_order()) {
                break;
            }
        }
        Self::judged(variant, tool, samples, false_alarm, is_blind)
    }

    fn judged(variant: &Variant, tool: Tool, samples: Vec<Sample>, false_alarm: Option<End>, is_blind: bool) -> Self {
        let counts = |sample: &Sample| false_alarm.is_none() && is_found(variant, &sample.end);
        let median = |value: fn(&Sample) -> f64| {
            let values = samples.iter().map(|sample| if counts(sample) { value(sample) } else { f64::INFINITY });
            Spread::of(values).median()
        };
        let median = [median(|sample| sample.executions as f64), median(|sample| sample.processor.as_secs_f64() * 1e3)];
        let found = samples.iter().filter(|sample| counts(sample)).count();
        Self { tool, samples, found, false_alarm, is_blind, median }
    }

    /// The executions that it takes; None if no more than half of the searches have found it.
    pub fn executions(&self) -> Option<f64> {
        Some(self.median[0]).filter(|executions| executions.is_finite())
    }

    /// The milliseconds that it takes; None as above.
    pub fn millis(&self) -> Option<f64> {
        Some(self.median[1]).filter(|millis| millis.is_finite())
    }
}

impl Row {
    /// Measures all tools, in processes of `program`.
    pub fn of(program: &Path, variant: &'static Variant, amount: &Amount) -> Self {
        let cells = Tool::ALL.iter().map(|&tool| Cell::of(program, variant, tool, amount)).collect();
        Self { variant: variant.name, cells }
    }

    /// What this tool has measured.
    pub fn cell(&self, tool: Tool) -> &Cell {
        self.cells.iter().find(|cell| cell.tool == tool).expect("each has a cell")
    }

    /// The least that a strategy of the engine takes, by this measure.
    pub fn best(&self, measure: fn(&Cell) -> Option<f64>) -> Option<f64> {
        self.cells.iter().filter(|cell| cell.tool.is_engine()).filter_map(measure).min_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(executions: u64, end: End) -> Sample {
        Sample { seed: 0, executions, processor: Duration::from_millis(executions), wall: Duration::ZERO, end }
    }

    fn fault(kind: &str, message: &str) -> End {
        End::Fault { kind: kind.to_owned(), message: message.to_owned() }
    }

    #[test]
    fn only_what_is_wrong_counts_and_only_where_the_fix_passes() {
        let (_, variant) = raddle::catalogue::find("pop-from-empty").unwrap();
        let right = fault("panic", "pop from an empty list");
        let samples = [
            sample(5, right.clone()),
            sample(1, fault("deadlock", "")),
            sample(3, right.clone()),
            sample(9, right.clone()),
            sample(99, End::Nothing),
        ];
        let cell = Cell::judged(variant, Tool::Random, samples.to_vec(), None, false);
        assert_eq!((cell.found, cell.executions(), cell.millis()), (3, Some(9.0), Some(9.0)));

        let cell = Cell::judged(variant, Tool::Random, samples[..2].to_vec(), None, false);
        assert_eq!((cell.found, cell.executions()), (1, Some(5.0)));
        let cell = Cell::judged(variant, Tool::Random, samples[1..4].to_vec(), Some(right), false);
        assert_eq!((cell.found, cell.executions()), (0, None));
    }
}
