//! What can be asked for on the command line?

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::plan::Plan;

/// What the help of the demo ends with.
pub const EXIT_STATUS: &str = "\
Exit status:
    0  each mode ended as it should (the buggy one by failing)
    1  a mode did not end as it should
    2  the arguments make no sense
  130  cancelled with Enter or Ctrl-C

Output that nobody reads any more (a broken pipe) ends the demo quietly, with status 0.";

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Even if nobody sees them
    Always,
    /// Not even on a terminal
    Never,
}

/// The arguments of `raddle demo`.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Which form of the program to run
    #[arg(long, value_enum, default_value_t = Selection::All)]
    pub mode: Selection,
    /// How many of the lecture's seconds pass in one; 1 is the lecture's real time [0.1 to 1000]
    #[arg(long, default_value_t = 12.5, value_parser = speed, allow_negative_numbers = true)]
    pub speed: f64,
    /// Items that each producer generates
    #[arg(long, default_value_t = 20, value_parser = whole::<1, 1_000_000>, allow_negative_numbers = true)]
    pub items: u64,
    /// Producers [1 to 64]
    #[arg(long, default_value_t = 2, value_parser = whole::<1, 64>, allow_negative_numbers = true)]
    pub producers: u64,
    /// Consumers [1 to 64]; sequential has no use for more than one
    #[arg(long, default_value_t = 1, value_parser = whole::<1, 64>, allow_negative_numbers = true)]
    pub consumers: u64,
    /// Items that the channel of async and threads holds before producers must wait [default: any number]
    #[arg(long, value_parser = whole::<1, 1_000_000>, allow_negative_numbers = true)]
    pub capacity: Option<u64>,
    /// Decides how long each item takes; the same seed gives the same times in every mode
    #[arg(long, default_value_t = 1, value_parser = whole::<0, { u64::MAX }>, allow_negative_numbers = true)]
    pub seed: u64,
    /// Print nothing but the table and the timeline (with --json: the summaries)
    #[arg(long)]
    pub quiet: bool,
    /// Print one JSON object per line: one for each event, one for each mode, one for all
    #[arg(long)]
    pub json: bool,
}

impl DemoArgs {
    pub(super) fn plan(&self) -> Plan {
        Plan {
            items: self.items,
            producers: self.producers,
            consumers: self.consumers,
            capacity: self.capacity.map(|capacity| usize::try_from(capacity).unwrap_or(usize::MAX)),
            speed: self.speed,
            seed: self.seed,
        }
    }
}

/// One form of the lecture's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// One after the other: generate, generate, process
    Sequential,
    /// Tasks that take turns on one thread (tokio)
    Async,
    /// Threads and the channel
    Threads,
    /// Threads and a shared list; the consumer pops without asking, and fails
    Buggy,
    /// Threads and a shared list; the consumer asks, then pops: a race with two consumers
    Checked,
}

impl Mode {
    /// The name, as on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Mode::Sequential => "sequential",
            Mode::Async => "async",
            Mode::Threads => "threads",
            Mode::Buggy => "buggy",
            Mode::Checked => "checked",
        }
    }
}

/// The modes to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Each in turn.
    All,
    /// That one.
    One(Mode),
}

impl Selection {
    pub(super) fn modes(self) -> Vec<Mode> {
        match self {
            Selection::All => Mode::value_variants().to_vec(),
            Selection::One(mode) => vec![mode],
        }
    }
}

impl ValueEnum for Selection {
    fn value_variants<'a>() -> &'a [Self] {
        use Mode::*;
        const {
            &[
                Self::All,
                Self::One(Sequential),
                Self::One(Async),
                Self::One(Threads),
                Self::One(Buggy),
                Self::One(Checked),
            ]
        }
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Selection::All => Some(PossibleValue::new("all").help("Each of the following in turn")),
            Selection::One(mode) => mode.to_possible_value(),
        }
    }
}

pub(crate) fn whole<const FROM: u64, const TO: u64>(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if (FROM..=TO).contains(&number) => Ok(number),
        _ => Err(format!("takes a whole number from {FROM} to {TO}")),
    }
}

fn speed(text: &str) -> Result<f64, String> {
    // Beyond 1000 the delays are shorter than what timers tell apart.
    match text.parse::<f64>() {
        Ok(speed) if (0.1..=1000.0).contains(&speed) => Ok(speed),
        _ => Err("takes a number from 0.1 to 1000".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_modes_can_be_selected_by_name() {
        for mode in Selection::All.modes() {
            assert_eq!(Selection::from_str(mode.name(), false), Ok(Selection::One(mode)));
        }
    }

    #[test]
    fn numbers_have_bounds_and_are_told_so() {
        assert_eq!(whole::<1, 64>("64"), Ok(64));
        for text in ["0", "65", "-1", "1.5", "many", "", "99999999999999999999"] {
            assert_eq!(whole::<1, 64>(text), Err("takes a whole number from 1 to 64".into()), "{text}");
        }
    }

    #[test]
    fn speed_is_a_number_within_reason() {
        assert_eq!(speed("12.5"), Ok(12.5));
        for text in ["0", "-1", "nan", "inf", "1e9", "0.09", "fast", ""] {
            assert_eq!(speed(text), Err("takes a number from 0.1 to 1000".into()), "{text}");
        }
    }
}
