//! What is to be checked of a structure, and how far?

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

use super::criterion::Criterion;
use super::engine::Session;
use super::report::{Report, Violation, grouped};
use super::scenario::{Scenario, ScenarioError};
use super::spec::{Spec, Subject};
use crate::engine::Settings;
use crate::model::{Audit, AuditReport, Checker, Coverage, Memory, Progress, Refutation, Tried};
use crate::sync::{BACKEND, Backend};

/// Checks a structure in small programs, generated or written, against its specification.
///
/// Every scenario up to a size is run in every execution that the memory model allows, smallest first, and what the calls
/// returned is compared with what the specification says.
#[must_use = "a check does nothing until it is run"]
pub struct Check<S> {
    request: Request,
    subject: PhantomData<fn() -> S>,
}

/// What is asked for, whatever the subject.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub threads: usize,
    pub calls: usize,
    pub edges: usize,
    pub random: u32,
    pub seed: u64,
    /// Scenarios that somebody has written, to be run in place of all others.
    pub written: Vec<Scenario>,
    pub criterion: Criterion,
    pub steps_max: u64,
    pub checker: Checker,
    pub workers: Option<usize>,
    pub max_duration: Option<Duration>,
    /// The most time for one scenario.
    pub scenario_duration: Option<Duration>,
    /// What the environment says.
    pub settings: Settings,
    /// How often each scenario is run on real threads, if it is.
    pub iterations: Option<u64>,
    /// The token of the execution that alone is to be run.
    pub replay: Option<String>,
}

impl Request {
    /// True if scenarios run on the engine, which alone can cover them.
    pub fn is_for_the_engine(&self) -> bool {
        BACKEND == Backend::Model && self.iterations.is_none()
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
        let (workers, scenario_duration) = (settings.engine.workers.take(), settings.engine.max_duration.take());
        let request = Request {
            threads: 3,
            calls: 4,
            edges: 0,
            random: 0,
            seed: settings.engine.seed,
            written: Vec::new(),
            criterion: Criterion::Linearizable,
            steps_max: STEPS_MAX,
            checker: Checker::from_settings(&settings).no_budget(),
            workers: workers.map(|workers| workers as usize),
            max_duration: settings.engine.check_time,
            scenario_duration,
            settings,
            iterations: None,
            replay,
        };
        Self { request, subject: PhantomData }
    }

    fn with(mut self, set: impl FnOnce(&mut Request)) -> Self {
        set(&mut self.request);
        self
    }

    /// The most threads that a scenario has; 3 unless set.
    ///
    /// # Panics
    ///
    /// When `threads` is 0.
    pub fn threads(self, threads: usize) -> Self {
        assert!(threads > 0, "raddle: a scenario needs at least one thread");
        self.with(|request| request.threads = threads)
    }

    /// The most calls that a scenario has, setup and closing calls included; 4 unless set.
    ///
    /// # Panics
    ///
    /// When `calls` is 0.
    pub fn calls(self, calls: usize) -> Self {
        assert!(calls > 0, "raddle: a scenario needs at least one call");
        self.with(|request| request.calls = calls)
    }

    /// How many calls of a scenario may wait, besides what they do, for a call of another thread to have returned; none
    /// unless set. Without, calls of different threads are ordered only by what the structure itself forces.
    pub fn edges(self, edges: usize) -> Self {
        self.with(|request| request.edges = edges)
    }

    /// After the enumerated scenarios so many larger ones, drawn by chance, with up to one thread and twice as many calls
    /// more; none unless set.
    pub fn random(self, scenarios: u32) -> Self {
        self.with(|request| request.random = scenarios)
    }

    /// Where chance starts: the same seed gives the same scenarios.
    pub fn seed(self, seed: u64) -> Self {
        self.with(|request| request.seed = seed)
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
        self.request.written.push(scenario.unwrap_or_else(|error| panic!("raddle: {error}")));
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
        self.with(|request| request.iterations = Some(iterations))
    }

    /// What makes a history right; [`Criterion::Linearizable`] unless set.
    pub fn criterion(self, criterion: Criterion) -> Self {
        self.with(|request| request.criterion = criterion)
    }

    /// What one history may cost to judge, in steps of the search; 10 million unless set. One that costs more is neither
    /// right nor wrong, and the coverage says so.
    pub fn max_steps(self, steps: u64) -> Self {
        self.with(|request| request.steps_max = steps)
    }

    /// What atomics may do; [`Memory::Rc11`] unless set.
    pub fn memory(self, memory: Memory) -> Self {
        self.with(|request| request.checker = request.checker.clone().memory(memory))
    }

    /// What is asked of calls when other threads are suspended for ever in the middle of theirs; nothing unless set. Only the engine
    /// looks at that.
    ///
    /// Which waits for whom is a violation of its own, whatever the specification says: a structure whose calls are to wait is not
    /// lock-free.
    ///
    /// ```
    /// use std::collections::VecDeque;
    ///
    /// use raddle::check::Check;
    /// use raddle::model::Progress;
    /// use raddle::queue::RingQueue;
    ///
    /// raddle::spec! {
    ///     mod ring: RingQueue<u32> = RingQueue::new(2), like VecDeque<u32>;
    ///     fn try_push(value: fresh) -> bool = |ring| ring.try_push(value).is_ok(),
    ///         |list| Some(list.len() < 2 && { list.push_back(value); true });
    ///     fn try_pop() -> Option<u32> = |ring| ring.try_pop(), |list| Some(list.pop_front());
    /// }
    ///
    /// # fn main() {
    /// # if raddle::sync::BACKEND == raddle::sync::Backend::Model {
    /// let report = Check::<ring::Subject>::new().progress(Progress::LockFree).explore();
    /// let violation = report.violation.expect("it has no locks, and yet a pop waits for a push that stalls");
    /// assert_eq!(violation.scenario.to_string(), "thread 1 | try_push(1)\nthread 2 | try_pop()");
    /// # }
    /// # }
    /// ```
    pub fn progress(self, progress: Progress) -> Self {
        self.with(|request| request.checker = request.checker.clone().progress(progress))
    }

    /// Which of the orderings that are written do these programs need? As an [`Audit`] of this check alone.
    ///
    /// # Panics
    ///
    /// When the check fails, or does not cover all of its programs; on any backend but the engine.
    #[track_caller]
    pub fn audit_orderings(self) -> AuditReport {
        Audit::new().check(self).run()
    }

    /// How often, in one execution, a wait may end for no reason; once unless set.
    pub fn spurious_wakeups(self, times: u32) -> Self {
        self.with(|request| request.checker = request.checker.clone().spurious_wakeups(times))
    }

    /// How often, in one execution, `compare_exchange_weak` may fail for no reason; never unless set.
    pub fn weak_cas_failures(self, times: u32) -> Self {
        self.with(|request| request.checker = request.checker.clone().weak_cas_failures(times))
    }

    /// How many scenarios are run at a time; as many as there are cores unless set. The result is the same for any number.
    ///
    /// # Panics
    ///
    /// When `workers` is 0.
    pub fn workers(self, workers: usize) -> Self {
        assert!(workers > 0, "raddle: a check needs at least one worker");
        self.with(|request| request.workers = Some(workers))
    }

    /// Ends the check after this time, which goes to the smallest scenarios first; `RADDLE_CHECK_TIME` in seconds unless set.
    /// Without either, [`run`](Self::run) fails after 60 s.
    pub fn max_duration(self, duration: Duration) -> Self {
        self.with(|request| request.max_duration = Some(duration))
    }

    /// The most time that one scenario gets; `RADDLE_MAX_DURATION` in seconds unless set. Without either, those that are drawn
    /// by chance get 10 s, and the others as much as they take. The coverage says how many were not covered because of that.
    pub fn scenario_duration(self, duration: Duration) -> Self {
        self.with(|request| request.scenario_duration = Some(duration))
    }

    /// Runs the scenarios until one shows a violation.
    pub fn explore(&self) -> Report {
        Session::of(&self.request, self, self.request.max_duration, None).run()
    }

    /// As [`explore`](Self::explore), for tests: prints what was covered, and writes it to the folder that `RADDLE_REPORT`
    /// names, if it does. With `RADDLE_REQUIRE_COMPLETE=1` whatever is not covered completely on the engine is a failure.
    ///
    /// A program that fails is kept in the folder `raddle-regressions` beside the source of the test, which runs it first from
    /// then on. It is text, for version control; where the variable `CI` is set, none is kept.
    ///
    /// # Panics
    ///
    /// When a violation is found, with the counterexample; when the check was not over after 60 s and nobody has set a
    /// bound; when completeness is required and something was left out.
    #[track_caller]
    pub fn run(&self) -> Report {
        let limit = self.request.max_duration.or(Some(BUDGET));
        let report = Session::of(&self.request, self, limit, Some(Location::caller())).run();
        report.write_if_asked();
        if let Some(violation) = &report.violation {
            panic!("{violation}\n\nprograms run up to there: {}", grouped(report.scenarios));
        }
        assert!(
            !report.is_over_budget || self.request.max_duration.is_some(),
            "raddle: not covered: {} programs and {} executions in {:.0?}, and there are more. Ask for fewer threads or \
             calls, give it more time with RADDLE_CHECK_TIME or Check::max_duration, or build raddle optimised in tests: \
             [profile.dev.package.raddle] opt-level = 3",
            grouped(report.scenarios),
            grouped(report.executions),
            report.elapsed
        );
        let Request { settings, replay, .. } = &self.request;
        if settings.engine.requires_complete && self.request.is_for_the_engine() && replay.is_none() {
            assert!(
                report.coverage == Coverage::Complete,
                "raddle: RADDLE_REQUIRE_COMPLETE=1, but something was left out: {report}"
            );
        }
        println!("raddle: {report}");
        report
    }
}

impl<S> fmt::Debug for Check<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request { threads, calls, edges, random, criterion, .. } = &self.request;
        let mut shown = f.debug_struct("Check");
        shown.field("threads", threads).field("calls", calls).field("edges", edges).field("random", random);
        shown.field("criterion", criterion).finish_non_exhaustive()
    }
}

impl<S> Clone for Check<S> {
    fn clone(&self) -> Self {
        Self { request: self.request.clone(), subject: PhantomData }
    }
}

impl Audit {
    /// A check of a structure: all of its programs.
    ///
    /// # Panics
    ///
    /// When it is for another backend than the engine.
    #[track_caller]
    pub fn check<S: Subject>(self, check: Check<S>) -> Self {
        assert!(check.request.is_for_the_engine(), "raddle: orderings are audited on the engine");
        let request = check.request;
        self.program(move |orderings| {
            let mut request = request.clone();
            request.checker = request.checker.with_orderings(orderings.clone());
            let report = Check::<S> { request, subject: PhantomData }.explore();
            match (&report.violation, &report.coverage) {
                (Some(Violation { kind, message, explanation, token, .. }), _) => {
                    Tried::Failed(Refutation::new(*kind, message, explanation.trace.clone(), token.clone()))
                }
                (None, Coverage::Complete) => Tried::Passed(report.to_string()),
                (None, Coverage::Bounded(reason)) => Tried::Unknown(reason.clone()),
            }
        })
    }
}
