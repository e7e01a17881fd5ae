//! How are scenarios run on the engine, and which is the smallest that fails?

use std::io::{self, IsTerminal, Write};
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use super::elsewhere;
use super::enumerate::{Size, count_scenarios, scenarios};
use super::explain::Explanation;
use super::html::page_if_asked;
use super::judged::Judged;
use super::random::random_scenarios;
use super::recording::Program;
use super::regressions::Regressions;
use super::request::{Check, Report, Violation};
use super::scenario::Scenario;
use super::spec::{Spec, Subject};
use super::token;
use crate::engine::on_real_threads;
use crate::model::{Checker, Counterexample, Coverage, ViolationKind, attach};
use crate::sync::{BACKEND, Backend, backend};

/// One run of a check.
pub(super) struct Session<'check, S: Subject> {
    check: &'check Check<S>,
    limit: Option<Duration>,
    started: Instant,
    /// Where failures are kept; nothing if they are not.
    regressions: Option<Regressions>,
    state: Mutex<State>,
}

/// What has come out so far.
#[derive(Default)]
struct State {
    scenarios: u64,
    executions: u64,
    histories: u64,
    /// The failure of the scenario with the lowest number.
    failure: Option<(usize, Violation)>,
    /// Scenarios that were not run because calls in them may wait for ever.
    left_out: u64,
    /// Why not everything is covered.
    bound: Option<String>,
    is_over_time: bool,
    next_report: Duration,
}

/// How often the user hears of a long check.
const REPORT: Duration = Duration::from_secs(5);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'check, S: Subject> Session<'check, S> {
    pub fn of(check: &'check Check<S>, limit: Option<Duration>, site: Option<&'static Location<'static>>) -> Self {
        let state = State { next_report: REPORT, ..State::default() };
        let regressions = site.map(Regressions::beside);
        Self { check, limit, started: Instant::now(), regressions, state: Mutex::new(state) }
    }

    pub fn run(self) -> Report {
        if let Some(token) = &self.check.replay {
            self.replay(token);
            return self.report("the scenario of the token".to_owned());
        }
        if !self.check.written.is_empty() {
            self.run_all(self.check.written.clone().into_iter(), None);
            return self.report("the scenarios that were written".to_owned());
        }
        let &Check { threads, calls, edges, random, .. } = self.check;
        let methods = S::Spec::methods();
        let known = self.regressions.as_ref().map(|regressions| regressions.scenarios(&methods));
        self.run_all(known.unwrap_or_default().into_iter(), None);
        let size = Size { threads, calls, after: edges };
        if !self.is_over() {
            let count = OnceLock::new();
            self.run_all(scenarios(&methods, size), Some(&|| *count.get_or_init(|| count_scenarios(&methods, size))));
        }
        let mut asked = format!("every scenario of up to {threads} threads and {calls} calls");
        if edges > 0 {
            asked += &format!(", {edges} of which wait for another");
        }
        if random > 0 {
            asked += &format!(", and {random} larger ones by chance");
            if !self.is_over() {
                self.run_random(random, Size { threads: threads + 1, calls: 2 * calls, after: edges });
            }
        }
        self.report(asked)
    }

    fn is_over(&self) -> bool {
        let state = lock(&self.state);
        state.failure.is_some() || state.is_over_time
    }

    /// Runs scenarios, some at a time, until all are done or one fails and those before it are done.
    fn run_all(&self, scenarios: impl Iterator<Item = Scenario> + Send, count: Option<&(dyn Fn() -> u64 + Sync)>) {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        let workers = self.check.workers.unwrap_or_else(cores);
        let source = Mutex::new(scenarios.enumerate());
        let work = || {
            loop {
                let next = lock(&source).next();
                let Some((number, scenario)) = next else { return };
                {
                    let mut state = lock(&self.state);
                    if let Some(limit) = self.limit.filter(|&limit| self.started.elapsed() >= limit) {
                        state.is_over_time = true;
                        state.bound.get_or_insert_with(|| format!("the time of {limit:?} was over"));
                    }
                    if state.is_over_time || state.failure.as_ref().is_some_and(|(failed, _)| *failed < number) {
                        return;
                    }
                    self.tell(&mut state, number, count);
                }
                if let Some(violation) = self.run_one(scenario) {
                    let mut state = lock(&self.state);
                    if state.failure.as_ref().is_none_or(|(failed, _)| *failed > number) {
                        state.failure = Some((number, violation));
                    }
                }
            }
        };
        // The workers have the name of the test, for the engine's counterexamples name it.
        let name = thread::current().name().map(str::to_owned);
        thread::scope(|scope| {
            for _ in 1..workers {
                let builder = name.clone().into_iter().fold(thread::Builder::new(), thread::Builder::name);
                builder.spawn_scoped(scope, work).expect("the system starts a worker");
            }
            work();
        });
    }

    /// Runs scenarios drawn by chance, and makes the first that fails as small as it can be.
    fn run_random(&self, count: u32, size: Size) {
        let config = Config { cases: count, failure_persistence: None, ..Config::default() };
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.check.seed.to_le_bytes());
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
        // What fails is shrunk to what still fails, so the last is the smallest.
        let failed = Mutex::new(None);
        let _ = runner.run(&random_scenarios(&S::Spec::methods(), size), |scenario| {
            if lock(&self.state).is_over_time {
                return Ok(());
            }
            let Some(violation) = self.run_one(scenario) else { return Ok(()) };
            *lock(&failed) = Some(violation);
            Err(TestCaseError::fail("it shows a violation"))
        });
        let failed = lock(&failed).take();
        lock(&self.state).failure = failed.map(|violation| (0, violation));
    }

    /// Tells the user how far the check is, where there is a user and it takes long.
    fn tell(&self, state: &mut State, number: usize, count: Option<&(dyn Fn() -> u64 + Sync)>) {
        let elapsed = self.started.elapsed();
        if elapsed < state.next_report || !io::stderr().is_terminal() {
            return;
        }
        state.next_report = elapsed + REPORT;
        let done = number as f64;
        let progress = count.map_or_else(String::new, |count| {
            let count = count();
            let left = elapsed.as_secs_f64() * (count as f64 / done.max(1.0) - 1.0);
            format!(" of {count}, {left:.0} s left if they are all alike")
        });
        let (name, executions) = (std::any::type_name::<S>(), state.executions);
        let _ = writeln!(
            io::stderr(),
            "raddle: {name}: scenario {number}{progress}, {executions} executions, {elapsed:.0?}"
        );
    }

    /// Runs one scenario in all its executions.
    fn run_one(&self, scenario: Scenario) -> Option<Violation> {
        if BACKEND != Backend::Model || self.check.iterations.is_some() {
            return self.run_elsewhere(scenario);
        }
        let mut checker = self.check.checker.clone().workers(1);
        if let Some(limit) = self.limit {
            checker = checker.max_duration(limit.saturating_sub(self.started.elapsed()));
        }
        let (report, judged) = self.explore(checker, scenario);
        let violation = report.violation.map(|violation| {
            if violation.token.is_empty() {
                return self.violation(&violation, &judged);
            }
            // The replay makes the calls in the order in which the counterexample shows them.
            let checker = self.check.checker.clone().replay(&violation.token).expect("the token was just made");
            let replayed = self.judged(judged.program.scenario.clone());
            explore(checker, &replayed);
            self.violation(&violation, &replayed)
        });
        let mut state = lock(&self.state);
        if let Coverage::Bounded(reason) = report.coverage
            && violation.is_none()
        {
            state.is_over_time |= self.limit.is_some_and(|limit| self.started.elapsed() >= limit);
            // The engine knows only how much of the time was left for the scenario.
            let over_time =
                self.limit.filter(|_| state.is_over_time).map(|limit| format!("the time of {limit:?} was over"));
            state.bound.get_or_insert(over_time.unwrap_or(reason));
        }
        violation
    }

    fn judged(&self, scenario: Scenario) -> Arc<Judged<S>> {
        let program = Program::new(scenario).unwrap_or_else(|error| panic!("raddle: {error}"));
        Arc::new(Judged::new(program, self.check.criterion, self.check.steps_max))
    }

    /// Explores a scenario with `checker`, and counts.
    fn explore(&self, checker: Checker, scenario: Scenario) -> (crate::model::Report, Arc<Judged<S>>) {
        let judged = self.judged(scenario);
        let report = explore(checker, &judged);
        self.count(report.executions + report.blocked, &judged);
        (report, judged)
    }

    fn count(&self, executions: u64, judged: &Judged<S>) {
        let mut state = lock(&self.state);
        state.scenarios += 1;
        state.executions += executions;
        state.histories += judged.histories();
        if let Some(why) = judged.unknown() {
            state.bound.get_or_insert(why);
        }
    }

    /// Runs one scenario on loom or on real threads.
    fn run_elsewhere(&self, scenario: Scenario) -> Option<Violation> {
        let judged = self.judged(scenario);
        if judged.program.may_wait() {
            lock(&self.state).left_out += 1;
            return None;
        }
        let mut settings = self.check.settings.clone();
        let (executions, wrong) = elsewhere::run(&judged, |model| match self.check.iterations {
            Some(iterations) => {
                settings.iterations = iterations;
                on_real_threads(&settings, model);
            }
            None => backend::explore(&settings, model),
        });
        self.count(executions, &judged);
        let (kind, message) = wrong?;
        let explanation = Explanation { kind: kind.to_string(), message, ..Explanation::default() };
        Some(self.told(kind, explanation, &judged, String::new()))
    }

    /// What is to be told of a violation that the engine has found.
    fn violation(&self, found: &Counterexample, judged: &Judged<S>) -> Violation {
        let mut found = found.clone();
        found.token = token::encode(&found.token, &judged.program.scenario);
        self.told(found.kind, Explanation::from(&found), judged, found.token)
    }

    fn told(&self, kind: ViolationKind, explanation: Explanation, judged: &Judged<S>, token: String) -> Violation {
        let scenario = judged.program.scenario.clone();
        let why = judged.why().unwrap_or_default();
        let explanation = Explanation {
            scenario: Some(scenario.clone()),
            calls: judged.calls(matches!(kind, ViolationKind::Deadlock | ViolationKind::Livelock)),
            why: why.lines().map(str::to_owned).collect(),
            wrong: judged.wrong_call(),
            ..explanation
        };
        let message = explanation.message.clone();
        Violation { kind, scenario, message, explanation, token, remarks: String::new() }
    }
}

/// Explores the program with `checker`.
fn explore<S: Subject>(checker: Checker, judged: &Arc<Judged<S>>) -> crate::model::Report {
    let judge = judged.clone();
    let checker = checker.judged_by(move |attached, waits| judge.judge(attached.downcast_ref()?, waits));
    let model = judged.clone();
    checker.explore(move || drop(model.run(|recording| attach(Box::new(recording.clone())))))
}

impl<S: Subject> Session<'_, S> {
    /// Runs the one execution that a token names.
    fn replay(&self, token: &str) {
        let wrong = |error: &dyn std::fmt::Display| -> ! { panic!("raddle: RADDLE_REPLAY: {error}") };
        let (engine, scenario) = token::decode(token).unwrap_or_else(|error| wrong(&error));
        let checker = self.check.checker.clone().replay(engine).unwrap_or_else(|error| wrong(&error));
        scenario.fits(&S::Spec::methods()).unwrap_or_else(|error| wrong(&error));
        let (report, judged) = self.explore(checker, scenario);
        let mut state = lock(&self.state);
        state.bound = Some("one execution was replayed".to_owned());
        state.failure = report.violation.map(|violation| (0, self.violation(&violation, &judged)));
    }

    fn report(self, asked: String) -> Report {
        let elapsed = self.started.elapsed();
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut violation = state.failure.map(|(_, violation)| violation);
        if let (Some(violation), Some(regressions), None) = (&mut violation, &self.regressions, &self.check.replay) {
            match regressions.add(&violation.scenario) {
                Ok(None) => {}
                Ok(Some(file)) => violation.remarks += &format!("\n\nkept in {}, to be run first", file.display()),
                Err(error) => violation.remarks += &format!("\n\nnot kept for the next time: {error}"),
            }
        }
        if let Some(violation) = &mut violation {
            violation.remarks += &page_if_asked(&violation.explanation);
        }
        let coverage = match (&violation, state.bound) {
            _ if state.left_out > 0 && violation.is_none() => Coverage::Bounded(format!(
                "{} scenarios in which calls may wait for ever were left out",
                state.left_out
            )),
            (None, None) if self.check.iterations.is_some() || BACKEND == Backend::Std => {
                Coverage::Bounded("real threads show what they happen to".to_owned())
            }
            (_, Some(reason)) => Coverage::Bounded(reason),
            (Some(_), None) => Coverage::Bounded("a violation ended the search".to_owned()),
            (None, None) => Coverage::Complete,
        };
        Report {
            scenarios: state.scenarios,
            executions: state.executions,
            histories: state.histories,
            coverage,
            violation,
            elapsed,
            asked,
            is_over_budget: state.is_over_time,
        }
    }
}
