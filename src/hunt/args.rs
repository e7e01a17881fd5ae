//! What can be asked of a hunt on the command line?

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::lecture::args::whole;
use crate::model::{Checker, Memory, Strategy};

/// What the help ends with.
pub const AFTER_HELP: &str = "\
Examples:
  cargo hunt                                    what there is
  cargo hunt pop-from-empty                     the lecture's bug: the code, the race, the fix
  cargo hunt pop-from-empty --step              the same, one step at a time
  cargo hunt sleep-flag-store-load --memory sc  what is left of a bug without weak memory
  cargo hunt treiber-aba --strategy pct --depth 2 --seed 7
                                                how soon chance finds it
  cargo hunt --all --html report                everything, as pages for the browser
  cargo hunt pop-from-empty --replay TOKEN      one execution again
  cargo hunt pop-from-empty --real-threads      the same bug by luck alone

Exit status:
    0  found, and nothing is wrong with the fix as far as it was covered (or nothing was hunted)
    1  not found, or something is wrong with the fix
    2  the arguments make no sense, or a token does not fit
  130  interrupted with Ctrl-C; what was covered until then is told

Output that nobody reads any more (a broken pipe) ends the hunt quietly, with status 0.
NO_COLOR and CLICOLOR_FORCE are obeyed, and COLUMNS for the width.";

/// The arguments of `raddle hunt`.
#[derive(Args, Debug)]
pub struct HuntArgs {
    /// The bug to hunt; without one, list what there is
    pub name: Option<String>,
    /// Hunt all of them, a line each
    #[arg(long, conflicts_with_all = ["name", "replay", "step", "real_threads", "tries", "seconds"])]
    pub all: bool,
    /// Walk through the counterexample, one step at a time
    #[arg(long, requires = "name", conflicts_with_all = ["json", "html"])]
    pub step: bool,
    /// With --step: print the steps one after the other, as where there is no terminal
    #[arg(long, requires = "step")]
    pub plain: bool,
    /// Run nothing but the execution of this token, with the memory model that it was found with
    #[arg(long, value_name = "TOKEN", requires = "name")]
    #[arg(conflicts_with_all = ["memory", "strategy", "depth", "iterations", "seed", "time", "workers"])]
    pub replay: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// Also write a page for the browser into this folder; with --all one for each, and an index
    #[arg(long, value_name = "DIR")]
    pub html: Option<PathBuf>,
    /// How to search
    #[command(flatten)]
    pub search: SearchArgs,
    /// What to do without the engine
    #[command(flatten)]
    pub real_threads: RealThreadsArgs,
}

/// How to search.
#[derive(Args, Debug)]
#[command(next_help_heading = "The search")]
pub struct SearchArgs {
    /// What atomics may do [default: rc11]
    #[arg(long, value_enum, value_name = "MODEL")]
    pub memory: Option<MemoryName>,
    /// Which executions of the wrong code are looked at; the fix is always covered by all of them [default: auto]
    #[arg(long, value_enum, value_name = "STRATEGY")]
    pub strategy: Option<StrategyName>,
    /// The depth of bugs for pct [1 to 1000; default: 3]
    #[arg(long, value_parser = whole::<1, 1000>, allow_negative_numbers = true)]
    pub depth: Option<u64>,
    /// How many executions random, pct, pos and surw draw [default: 10000]
    #[arg(long, value_parser = whole::<1, { u64::MAX }>, allow_negative_numbers = true)]
    pub iterations: Option<u64>,
    /// Where chance starts [default: 0]
    #[arg(long, value_parser = whole::<0, { u64::MAX }>, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// End each search after so many seconds [0.001 to 86400; default: when all is covered]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub time: Option<Duration>,
    /// How many threads share the work [1 to 1024; default: as many as there are cores]
    #[arg(long, value_parser = whole::<1, 1024>, allow_negative_numbers = true)]
    pub workers: Option<u64>,
}

/// What to do without the engine.
#[derive(Args, Debug)]
#[command(next_help_heading = "Without the engine, for pop-from-empty")]
pub struct RealThreadsArgs {
    /// Hunt on real threads, with luck and patience; the options below imply it
    #[arg(long, requires = "name")]
    #[arg(conflicts_with_all = ["all", "step", "replay", "json", "html", "memory", "strategy", "time", "workers"])]
    pub real_threads: bool,
    /// Give up after so many tries [default: any number]
    #[arg(long, value_parser = whole::<1, { u64::MAX }>, allow_negative_numbers = true, requires = "name")]
    #[arg(conflicts_with_all = ["all", "step", "replay", "json", "html", "memory", "strategy", "time", "workers"])]
    pub tries: Option<u64>,
    /// Give up after so many seconds [1 to 86400; default: 5]
    #[arg(long, value_parser = whole::<1, 86_400>, allow_negative_numbers = true, requires = "name")]
    #[arg(conflicts_with_all = ["all", "step", "replay", "json", "html", "memory", "strategy", "time", "workers"])]
    pub seconds: Option<u64>,
}

/// What atomics may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MemoryName {
    /// What C++20 and Rust allow, but for load buffering
    Rc11,
    /// Sequential consistency: threads take turns, and that is all
    Sc,
}

/// Which executions are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StrategyName {
    /// All, and some by chance in between
    Auto,
    /// All, one after the other
    Exhaustive,
    /// By plain dice
    Random,
    /// By rare changes of priorities
    Pct,
    /// By priorities of the events, drawn anew among those on one object
    Pos,
    /// By all orders on one object at a time
    Surw,
}

impl RealThreadsArgs {
    pub(super) fn is_asked_for(&self) -> bool {
        self.real_threads || self.tries.is_some() || self.seconds.is_some()
    }
}

impl SearchArgs {
    /// What is asked for and makes no sense.
    pub(super) fn contradiction(&self) -> Option<&'static str> {
        use StrategyName::{Auto, Exhaustive, Pct};
        let strategy = self.strategy.unwrap_or(Auto);
        let draws = !matches!(strategy, Auto | Exhaustive);
        if self.depth.is_some() && strategy != Pct {
            return Some("--depth is for --strategy pct");
        }
        if self.iterations.is_some() && !draws {
            return Some("--iterations is for --strategy random, pct, pos or surw; the others look at all executions");
        }
        if self.seed.is_some() && strategy == Exhaustive {
            return Some("--seed is for strategies that leave something to chance; exhaustive does not");
        }
        None
    }

    pub(super) fn strategy(&self) -> Strategy {
        let (seed, iterations) = (self.seed.unwrap_or(0), self.iterations.unwrap_or(10_000));
        match self.strategy.unwrap_or(StrategyName::Auto) {
            StrategyName::Auto => Strategy::Auto { seed },
            StrategyName::Exhaustive => Strategy::Exhaustive,
            StrategyName::Random => Strategy::Random { iterations, seed },
            StrategyName::Pct => Strategy::Pct { depth: self.depth.unwrap_or(3) as u32, iterations, seed },
            StrategyName::Pos => Strategy::Pos { iterations, seed },
            StrategyName::Surw => Strategy::Surw { iterations, seed },
        }
    }

    pub(super) fn memory(&self) -> Memory {
        match self.memory.unwrap_or(MemoryName::Rc11) {
            MemoryName::Rc11 => Memory::Rc11,
            MemoryName::Sc => Memory::SeqCst,
        }
    }

    /// What looks for the bug.
    pub(super) fn checker(&self) -> Checker {
        let mut checker = Checker::new().memory(self.memory()).strategy(self.strategy());
        if let Some(time) = self.time {
            checker = checker.max_duration(time);
        }
        if let Some(workers) = self.workers {
            checker = checker.workers(workers as usize);
        }
        checker
    }
}

/// A time in seconds that need not be whole.
fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.001..=86_400.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("takes a number of seconds from 0.001 to 86400".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_for_the_strategies_that_use_them() {
        let none = || SearchArgs {
            memory: None,
            strategy: None,
            depth: None,
            iterations: None,
            seed: None,
            time: None,
            workers: None,
        };
        let with = |strategy| SearchArgs { strategy: Some(strategy), ..none() };
        assert_eq!(none().contradiction(), None);
        assert_eq!(SearchArgs { seed: Some(1), ..none() }.strategy(), Strategy::Auto { seed: 1 });
        for strategy in StrategyName::value_variants() {
            let depth = SearchArgs { depth: Some(2), ..with(*strategy) }.contradiction();
            assert_eq!(depth.is_none(), *strategy == StrategyName::Pct, "{strategy:?}");
            let iterations = SearchArgs { iterations: Some(2), ..with(*strategy) }.contradiction();
            let draws = !matches!(strategy, StrategyName::Auto | StrategyName::Exhaustive);
            assert_eq!(iterations.is_none(), draws, "{strategy:?}");
            let seed = SearchArgs { seed: Some(2), ..with(*strategy) }.contradiction();
            assert_eq!(seed.is_none(), *strategy != StrategyName::Exhaustive, "{strategy:?}");
        }
    }
}
