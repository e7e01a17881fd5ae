//! What is to be checked of a structure, how far, and what came out?

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

use super::criterion::Criterion;
use super::engine::Session;
use super::explain::Explanation;
use super::scenario::{Scenario, ScenarioError};
use super::spec::{Spec, Subject};
use crate::engine::Settings;
use crate::model::{Checker, Coverage, Memory, ViolationKind};

/// Checks a structure in small programs, generated or written, against its specification.
///
/// Every scenario up to a size is run in every execution that the memory model allows, smallest first, and what the calls
/// returned is compared with what the specification says.
#[derive(Clone, Debug)]
#[must_use = "a check does nothing until it is run"]
pub struct Check<S> {
    pub(super) threads: usize,
    pub(super) calls: usize,
    pub(super) edges: usize,
    pub(super) random: u32,
    pub(super) seed: u64,
    /// Scenarios that somebody has written, to be run in place of all others.
    pub(super) written: Vec<Scenario>,
    pub(super) criterion: Criterion,
    pub(super) steps_max: u64,
    pub(super) checker: Checker,
    pub(super) workers: Option<usize>,
    pub(super) max_duration: Option<Duration>,
    /// What the environment says.
    pub(super) settings: Settings,
    /// How often each scenario is run on real threads, if it is.
    pub(super) iterations: Option<u64>,
    /// The token of the execution that alone is to be run.
    pub(super) replay: Option<String>,
    subject: PhantomData<fn() -> S>,
}

/// What a check came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Scenarios that were run.
    pub scenarios: u64,
    /// Their executions, those included in which calls wait for ever and are to.
    pub executions: u64,
    /// How many histories were judged: most executions repeat one.
    pub histories: u64,
    /// How much was covered.
    pub coverage: Coverage,
    /// What is wrong, in the smallest scenario that shows it.
    pub violation: Option<Violation>,
    /// How long it took.
    pub elapsed: Duration,
    /// What was asked for, in words.
    pub(super) asked: String,
    /// True if the search ended because of a budget that the caller has not set himself.
    pub(super) is_over_budget: bool,
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

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.explanation, self.remarks)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenarios, executions, histories, elapsed, asked, .. } = self;
        write!(f, "{asked}: {scenarios} scenarios, {executions} executions, {histories} histories, ")?;
        match &self.coverage {
            Coverage::Complete => write!(f, "complete")?,
            Coverage::Bounded(reason) => write!(f, "not complete: {reason}")?,
        }
        write!(f, " ({elapsed:.1?})")?;
        if let Some(violation) = &self.violation {
            write!(f, "\n{violation}")?;
        }
        Ok(())
    }
}

/// How long a check may take for which nobody has set a bound.
const BUDGET: Duration = Duration::from_secs(60);
/// What one history may cost to judge.
const STEPS_MAX: u64 = 10_000_000;

impl<S: Subject> Check<S> {
    /// A check of every scenario of up to 3 threads and 4 calls for linearizability, with the settings of the `RADDLE_*`
    /// variables.
    ///
    /// # Panics
    ///
    /// When a variable is malformed.
    #[track_caller]
    #[expect(clippy::new_without_default, reason = "it reads the environment")]
    pub fn new() -> Self {
        let mut settings = Settings::from_env_or_panic();
        let replay = settings.engine.replay.take();
        let (workers, max_duration) = (settings.engine.workers.take(), settings.engine.max_duration.take());
        Self {
            threads: 3,
            calls: 4,
            edges: 0,
            random: 0,
            seed: settings.engine.seed,
            written: Vec::new(),
            criterion: Criterion::Linearizable,
            steps_max: STEPS_MAX,
            checker: Checker::from_settings(&settings),
            workers: workers.map(|workers| workers as usize),
            max_duration,
            settings,
            iterations: None,
            replay,
            subject: PhantomData,
        }
    }

    /// The most threads that a scenario has; 3 unless set.
    ///
    /// # Panics
    ///
    /// When `threads` is 0.
    pub fn threads(self, threads: usize) -> Self {
        assert!(threads > 0, "raddle: a scenario needs at least one thread");
        Self { threads, ..self }
    }

    /// The most calls that a scenario has, setup and closing calls included; 4 unless set.
    ///
    /// # Panics
    ///
    /// When `calls` is 0.
    pub fn calls(self, calls: usize) -> Self {
        assert!(calls > 0, "raddle: a scenario needs at least one call");
        Self { calls, ..self }
    }

    /// How many calls of a scenario may wait, besides what they do, for a call of another thread to have returned; none
    /// unless set. Without, calls of different threads are ordered only by what the structure itself forces.
    pub fn edges(self, edges: usize) -> Self {
        Self { edges, ..self }
    }

    /// After the enumerated scenarios so many larger ones, drawn by chance, with up to one thread and twice as many calls
    /// more; none unless set.
    pub fn random(self, scenarios: u32) -> Self {
        Self { random: scenarios, ..self }
    }

    /// Where chance starts: the same seed gives the same scenarios.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Runs this scenario in place of generated ones; several, if called several times.
    ///
    /// # Panics
    ///
    /// When `text` is not a [`Scenario`] of the structure's methods.
    #[track_caller]
    pub fn scenario(mut self, text: &str) -> Self {
        let parsed: Result<Scenario, ScenarioError> = text.parse();
        let scenario = parsed.and_then(|scenario| scenario.fits(&S::Spec::methods()).map(|()| scenario));
        self.written.push(scenario.unwrap_or_else(|error| panic!("raddle: {error}")));
        self
    }

    /// Runs each scenario so many times on real threads, in place of the engine or loom: it shows what the machine does, and
    /// proves nothing.
    ///
    /// # Panics
    ///
    /// When `iterations` is 0.
    pub fn stress(self, iterations: u64) -> Self {
        assert!(iterations > 0, "raddle: a check needs at least one iteration");
        Self { iterations: Some(iterations), ..self }
    }

    /// What makes a history right; [`Criterion::Linearizable`] unless set.
    pub fn criterion(self, criterion: Criterion) -> Self {
        Self { criterion, ..self }
    }

    /// What one history may cost to judge, in steps of the search; 10 million unless set. One that costs more is neither
    /// right nor wrong, and the coverage says so.
    pub fn max_steps(self, steps: u64) -> Self {
        Self { steps_max: steps, ..self }
    }

    /// What atomics may do; [`Memory::Rc11`] unless set.
    pub fn memory(self, memory: Memory) -> Self {
        Self { checker: self.checker.memory(memory), ..self }
    }

    /// How often, in one execution, a wait may end for no reason; once unless set.
    pub fn spurious_wakeups(self, times: u32) -> Self {
        Self { checker: self.checker.spurious_wakeups(times), ..self }
    }

    /// How often, in one execution, `compare_exchange_weak` may fail for no reason; never unless set.
    pub fn weak_cas_failures(self, times: u32) -> Self {
        Self { checker: self.checker.weak_cas_failures(times), ..self }
    }

    /// How many scenarios are run at a time; as many as there are cores unless set. The result is the same for any number.
    ///
    /// # Panics
    ///
    /// When `workers` is 0.
    pub fn workers(self, workers: usize) -> Self {
        assert!(workers > 0, "raddle: a check needs at least one worker");
        Self { workers: Some(workers), ..self }
    }

    /// Ends the check after this time. Without, [`run`](Self::run) fails after 60 s.
    pub fn max_duration(self, duration: Duration) -> Self {
        Self { max_duration: Some(duration), ..self }
    }

    /// Runs the scenarios until one shows a violation.
    pub fn explore(&self) -> Report {
        Session::of(self, self.max_duration, None).run()
    }

    /// As [`explore`](Self::explore), for tests.
    ///
    /// # Panics
    ///
    /// When a violation is found, with the counterexample; when the check was not over after 60 s and nobody has set a
    /// bound.
    #[track_caller]
    pub fn run(&self) -> Report {
        let report = Session::of(self, self.max_duration.or(Some(BUDGET)), Some(Location::caller())).run();
        if let Some(violation) = &report.violation {
            panic!("{violation}\n\n{} scenarios were run up to there", report.scenarios);
        }
        assert!(
            !report.is_over_budget || self.max_duration.is_some(),
            "raddle: not covered: {} scenarios and {} executions in {:.0?}, and there are more. Ask for fewer threads or \
             calls, give it more time with RADDLE_MAX_DURATION or Check::max_duration, or build raddle optimised in tests: \
             [profile.dev.package.raddle] opt-level = 3",
            report.scenarios,
            report.executions,
            report.elapsed
        );
        println!("raddle: {report}");
        report
    }
}
