//! Who looks for faults, and what does each of them do with a model?

use std::time::Duration;

use raddle::catalogue::{Needs, Symptom, Variant};
use raddle::model::{Checker, Strategy};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use crate::search::begin;

/// A strategy of the engine, or another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// [`Strategy::Exhaustive`]
    Exhaustive,
    /// [`Strategy::Auto`]
    Auto,
    /// [`Strategy::Random`]
    Random,
    /// [`Strategy::Pct`] with a depth of 2
    Pct2,
    /// [`Strategy::Pct`] with a depth of 3
    Pct3,
    /// [`Strategy::Pos`]
    Pos,
    /// [`Strategy::Surw`]
    Surw,
    /// loom, with up to three preemptions.
    Loom,
    /// shuttle, with threads chosen at random.
    ShuttleRandom,
    /// shuttle, by PCT with a depth of 3.
    ShuttlePct3,
}

/// Which code of a variant is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The wrong one.
    Buggy,
    /// The right one.
    Fixed,
}

/// Where a search ends that has found nothing.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// After so many executions.
    pub executions: u64,
    /// After this time.
    pub time: Duration,
}

/// A fault that a tool reports: what kind it is, and what is said of it.
pub type Fault = (String, String);

/// What it is called if a tool won't have a model: shuttle's PCT wants threads that run at the same time.
pub const REFUSAL: &str = "refusal";
/// As where the project runs loom.
const PREEMPTIONS_MAX: usize = 3;
/// How often loom looks whether it has reached a bound.
const LOOM_LOOKS_EACH: usize = 100;
/// An execution of shuttle's that is longer goes round for ever. It is the engine's bound on events, too.
const STEPS_MAX: usize = 10_000;

impl Tool {
    /// All of them, the engine's strategies first.
    pub const ALL: [Self; 10] = [
        Self::Exhaustive,
        Self::Auto,
        Self::Random,
        Self::Pct2,
        Self::Pct3,
        Self::Pos,
        Self::Surw,
        Self::Loom,
        Self::ShuttleRandom,
        Self::ShuttlePct3,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exhaustive => "exhaustive",
            Self::Auto => "auto",
            Self::Random => "random",
            Self::Pct2 => "pct-2",
            Self::Pct3 => "pct-3",
            Self::Pos => "pos",
            Self::Surw => "surw",
            Self::Loom => "loom",
            Self::ShuttleRandom => "shuttle-random",
            Self::ShuttlePct3 => "shuttle-pct-3",
        }
    }

    /// The tool of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    /// True for the strategies of the engine.
    pub fn is_engine(self) -> bool {
        !matches!(self, Self::Loom | Self::ShuttleRandom | Self::ShuttlePct3)
    }

    /// True if it is the same with any seed.
    pub fn has_one_order(self) -> bool {
        matches!(self, Self::Exhaustive | Self::Loom)
    }

    /// True if it can't find this, however long it looks: shuttle takes all atomics for `SeqCst`, and sees no cells.
    pub fn is_blind_to(self, variant: &Variant) -> bool {
        let is_seen = variant.memory == Needs::Interleaving
            && !matches!(variant.symptom, Symptom::DataRace | Symptom::UsedAfterDrop);
        matches!(self, Self::ShuttleRandom | Self::ShuttlePct3) && !is_seen
    }

    /// The model of a variant, on the primitives of this tool.
    pub fn model(self, variant: &str, code: Code) -> Option<fn()> {
        let (buggy, fixed) = match self {
            Self::Loom => {
                let (_, variant) = raddle_mutants_on_loom::catalogue::find(variant)?;
                (variant.buggy, variant.fixed)
            }
            Self::ShuttleRandom | Self::ShuttlePct3 => {
                let (_, variant) = raddle_mutants_on_shuttle::catalogue::find(variant)?;
                (variant.buggy, variant.fixed)
            }
            _ => {
                let (_, variant) = raddle::catalogue::find(variant)?;
                (variant.buggy, variant.fixed)
            }
        };
        Some(if code == Code::Buggy { buggy } else { fixed })
    }

    /// Looks for a fault, in this thread and at most one more. loom and shuttle panic if they find one.
    pub fn search(self, model: fn(), seed: u64, bounds: Bounds) -> Option<Fault> {
        let Bounds { executions: iterations, .. } = bounds;
        let strategy = match self {
            Self::Exhaustive => Strategy::Exhaustive,
            Self::Auto => Strategy::Auto { seed },
            Self::Random => Strategy::Random { iterations, seed },
            Self::Pct2 => Strategy::Pct { depth: 2, iterations, seed },
            Self::Pct3 => Strategy::Pct { depth: 3, iterations, seed },
            Self::Pos => Strategy::Pos { iterations, seed },
            Self::Surw => Strategy::Surw { iterations, seed },
            Self::Loom => return by_loom(model, bounds),
            Self::ShuttleRandom => {
                return by_shuttle(RandomScheduler::new_from_seed(seed, iterations as usize), model, bounds);
            }
            Self::ShuttlePct3 => {
                return by_shuttle(PctScheduler::new_from_seed(seed, 3, iterations as usize), model, bounds);
            }
        };
        by_the_engine(strategy, model, bounds)
    }

    /// What kind of fault a panic of this tool is.
    pub fn kind_of(self, message: &str) -> &'static str {
        let knows = |words| message.contains(words);
        match self {
            Self::Loom if message.starts_with("deadlock") => "deadlock",
            Self::Loom if knows("Causality violation") => "data race",
            Self::Loom if knows("exceeded maximum number of branches") => "livelock",
            Self::ShuttleRandom | Self::ShuttlePct3 if message.starts_with("deadlock!") => "deadlock",
            Self::ShuttleRandom | Self::ShuttlePct3 if knows("exceeded max_steps bound") => "livelock",
            Self::ShuttlePct3 if knows("did not exercise any concurrency") => REFUSAL,
            _ => "panic",
        }
    }
}

fn by_the_engine(strategy: Strategy, model: fn(), bounds: Bounds) -> Option<Fault> {
    let checker = Checker::new().workers(1).max_executions(bounds.executions).max_duration(bounds.time);
    let report = checker.strategy(strategy).explore(move || {
        begin();
        model();
    });
    report.violation.map(|violation| (violation.kind.to_string(), violation.message))
}

fn by_loom(model: fn(), bounds: Bounds) -> Option<Fault> {
    let mut loom = loom::model::Builder::new();
    loom.preemption_bound = Some(PREEMPTIONS_MAX);
    loom.max_permutations = Some(bounds.executions as usize);
    loom.max_duration = Some(bounds.time);
    loom.checkpoint_interval = LOOM_LOOKS_EACH;
    loom.check(move || {
        begin();
        model();
    });
    None
}

fn by_shuttle(scheduler: impl Scheduler + 'static, model: fn(), bounds: Bounds) -> Option<Fault> {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    config.max_steps = MaxSteps::FailAfter(STEPS_MAX);
    config.max_time = Some(bounds.time);
    config.silence_warnings = true;
    Runner::new(scheduler, config).run(move || {
        begin();
        model();
    });
    None
}
