//! How are scenarios run on the engine, and which is the smallest that fails?

use std::env;
use std::io::{self, IsTerminal, Write};
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::elsewhere;
use super::enumerate::{Size, count_scenarios, scenarios};
use super::explain::Explanation;
use super::html::page_if_asked;
use super::judged::{Checked, Runs};
use super::random::random_scenarios;
use super::regressions::Regressions;
use super::report::{Covered, Report, Violation, grouped};
use super::request::Request;
use super::scenario::Scenario;
use super::spec::Method;
use super::token;
use crate::engine::on_real_threads;
use crate::model::{Checker, Counterexample, Coverage, Memory, ViolationKind};
use crate::sync::{BACKEND, Backend, backend};

/// One run of a check.
pub(super) struct Session<'check> {
    check: &'check Request,
    subject: &'check dyn Checked,
    limit: Option<Duration>,
    started: Instant,
    /// Where failures are kept; nothing if they are not.
    regressions: Option<Regressions>,
    state: Mutex<State>,
}

/// What has come out so far.
#[derive(Default)]
struct State {
    /// Of each kind of scenarios, of which the last is being run.
    covered: Vec<Covered>,
    /// The failure of the scenario with the lowest number.
    failure: Option<(usize, Violation)>,
    is_over_time: bool,
    /// The most events that a call had.
    steps_most: Option<usize>,
    next_report: Duration,
}

impl State {
    /// What is covered of the scenarios that are being run.
    fn covered(&mut self) -> &mut Covered {
        self.covered.last_mut().expect("there is one before anything is run")
    }

    fn executions(&self) -> u64 {
        self.covered.iter().map(|covered| covered.executions).sum()
    }

    /// True if the scenario of that number need not be run any more.
    fn is_over(&self, number: usize) -> bool {
        self.is_over_time || self.failure.as_ref().is_some_and(|(failed, _)| *failed < number)
    }
}

/// The most time for a scenario that was drawn by chance: one more is worth as much.
const RANDOM_SCENARIO: Duration = Duration::from_secs(10);
/// How often the user hears of a long check.
const REPORT: Duration = Duration::from_secs(5);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'check> Session<'check> {
    pub fn of(
        check: &'check Request,
        subject: &'check dyn Checked,
        limit: Option<Duration>,
        site: Option<&'static Location<'static>>,
    ) -> Self {
        let state = State { next_report: REPORT, ..State::default() };
        let regressions = site.map(Regressions::beside);
        Self { check, subject, limit, started: Instant::now(), regressions, state: Mutex::new(state) }
    }

    pub fn run(self) -> Report {
        let each = self.check.scenario_duration;
        if let Some(token) = &self.check.replay {
            self.begin("the execution that the token names".to_owned());
            self.replay(token);
            return self.report();
        }
        if !self.check.written.is_empty() {
            self.begin("the programs that were written".to_owned());
            self.run_all(self.check.written.clone().into_iter(), each, None);
            return self.report();
        }
        let &Request { threads, calls, edges, random, .. } = self.check;
        let methods = self.subject.methods();
        let known = self.regressions.as_ref().map(|regressions| regressions.scenarios(&methods)).unwrap_or_default();
        if !known.is_empty() {
            self.begin("programs that have failed before".to_owned());
            self.run_all(known.into_iter(), each, None);
        }
        let size = Size { threads, calls, after: edges };
        if !self.is_over() {
            self.begin(asked_for(size, &methods));
            let count = OnceLock::new();
            let count = || *count.get_or_init(|| count_scenarios(&methods, size));
            self.run_all(scenarios(&methods, size), each, Some(&count));
        }
        if random > 0 && !self.is_over() {
            let size = Size { threads: threads + 1, calls: 2 * calls, after: edges };
            self.begin(format!("larger ones by chance, of up to {} threads and {} calls", size.threads, size.calls));
            self.run_random(random as usize, size);
        }
        self.report()
    }

    /// Begins with another kind of scenarios.
    fn begin(&self, what: String) {
        lock(&self.state).covered.push(Covered::of(what));
    }

    fn is_over(&self) -> bool {
        lock(&self.state).is_over(usize::MAX)
    }

    /// The most time that a scenario gets, and whether that is all the time that is left.
    fn limit_now(&self, each: Option<Duration>) -> (Option<Duration>, bool) {
        let left = self.limit.map(|limit| limit.saturating_sub(self.started.elapsed()));
        match (left, each) {
            (Some(left), Some(each)) if each < left => (Some(each), false),
            (None, each) => (each, false),
            (left, _) => (left, true),
        }
    }

    /// Runs scenarios, some at a time, until all are done or one fails and those before it are done.
    fn run_all(
        &self,
        scenarios: impl Iterator<Item = Scenario> + Send,
        each: Option<Duration>,
        count: Option<&(dyn Fn() -> u64 + Sync)>,
    ) {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        let workers = self.check.workers.unwrap_or_else(cores);
        let source = Mutex::new(scenarios.enumerate());
        let work = || {
            loop {
                let next = lock(&source).next();
                let Some((number, scenario)) = next else { return };
                {
                    let mut state = lock(&self.state);
                    self.look_at_the_clock(&mut state);
                    if state.is_over(number) {
                        return;
                    }
                    self.tell(&mut state, number, count);
                }
                if let Some(violation) = self.run_one(scenario, each) {
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

    /// Ends the check if its time is over.
    fn look_at_the_clock(&self, state: &mut State) {
        if let Some(limit) = self.limit.filter(|&limit| self.started.elapsed() >= limit) {
            state.is_over_time = true;
            state.covered().bound(&format!("the time of {limit:?} was over"));
        }
    }

    /// Runs scenarios drawn by chance, and makes the first that fails as small as it can be.
    fn run_random(&self, count: usize, size: Size) {
        let limit = self.check.scenario_duration.or(Some(RANDOM_SCENARIO));
        let drawn = || {
            let mut seed = [0; 32];
            seed[..8].copy_from_slice(&self.check.seed.to_le_bytes());
            let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
            let mut runner = TestRunner::new_with_rng(Config::default(), rng);
            let strategy = random_scenarios(&self.subject.methods(), size);
            (0..count).map(move |_| strategy.new_tree(&mut runner).expect("scenarios are drawn without a filter"))
        };
        self.run_all(drawn().map(|tree| tree.current()), limit, Some(&|| count as u64));
        let Some((number, _)) = lock(&self.state).failure else { return };
        let mut tree = drawn().nth(number).expect("it was drawn before");
        let mut simpler = tree.simplify();
        while simpler {
            self.look_at_the_clock(&mut lock(&self.state));
            if lock(&self.state).is_over_time {
                return;
            }
            simpler = match self.run_one(tree.current(), limit) {
                Some(violation) => {
                    lock(&self.state).failure = Some((number, violation));
                    tree.simplify()
                }
                None => tree.complicate(),
            };
        }
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
        let (name, executions) = (self.subject.name(), grouped(state.executions()));
        let _ = writeln!(
            io::stderr(),
            "raddle: {name}: program {number}{progress}, {executions} executions, {elapsed:.0?}"
        );
    }

    /// Runs one scenario in all its executions, or as many as there are time for.
    fn run_one(&self, scenario: Scenario, each: Option<Duration>) -> Option<Violation> {
        if !self.check.is_for_the_engine() {
            return self.run_elsewhere(scenario);
        }
        let mut checker = self.check.checker.clone().workers(1);
        let (limit, is_all) = self.limit_now(each);
        if let Some(limit) = limit {
            checker = checker.max_duration(limit);
        }
        let (report, program) = self.explore(checker, scenario);
        let violation = report.violation.map(|violation| {
            if violation.token.is_empty() {
                return self.violation(&violation, &*program);
            }
            // The replay makes the calls in the order in which the counterexample shows them.
            let checker = self.check.checker.clone().replay(&violation.token).expect("the token was just made");
            let replayed = self.program(program.scenario().clone());
            replayed.clone().explore(checker);
            self.violation(&violation, &*replayed)
        });
        let mut state = lock(&self.state);
        state.steps_most = state.steps_most.max(report.steps_most);
        if let Coverage::Bounded(reason) = report.coverage
            && violation.is_none()
        {
            if is_all {
                // The engine knows only how much of the time was left for the scenario.
                self.look_at_the_clock(&mut state);
            }
            state.covered().bounded += 1;
            state.covered().bound(&reason);
        }
        violation
    }

    fn program(&self, scenario: Scenario) -> Arc<dyn Runs> {
        let program = self.subject.program(scenario, self.check.criterion, self.check.steps_max);
        program.unwrap_or_else(|error| panic!("raddle: {error}"))
    }

    /// Explores a scenario with `checker`, and counts.
    fn explore(&self, checker: Checker, scenario: Scenario) -> (crate::model::Report, Arc<dyn Runs>) {
        let program = self.program(scenario);
        let report = program.clone().explore(checker);
        self.count(report.executions + report.blocked, &*program);
        (report, program)
    }

    fn count(&self, executions: u64, program: &dyn Runs) {
        let mut state = lock(&self.state);
        let covered = state.covered();
        covered.scenarios += 1;
        covered.executions += executions;
        covered.histories += program.histories();
        if let Some(why) = program.unknown() {
            covered.bounded += 1;
            covered.bound(&why);
        }
    }

    /// Runs one scenario on loom or on real threads.
    fn run_elsewhere(&self, scenario: Scenario) -> Option<Violation> {
        let program = self.program(scenario);
        if program.may_wait() {
            lock(&self.state).covered().left_out += 1;
            return None;
        }
        let mut settings = self.check.settings.clone();
        let (executions, wrong) = elsewhere::run(&program, |model| match self.check.iterations {
            Some(iterations) => {
                settings.iterations = iterations;
                on_real_threads(&settings, model);
            }
            None => backend::explore(&settings, model),
        });
        self.count(executions, &*program);
        let (kind, message) = wrong?;
        let explanation = Explanation { kind: kind.to_string(), message, ..Explanation::default() };
        Some(self.told(kind, explanation, &*program, String::new()))
    }

    /// What is to be told of a violation that the engine has found.
    fn violation(&self, found: &Counterexample, program: &dyn Runs) -> Violation {
        let mut found = found.clone();
        found.token = token::encode(&found.token, program.scenario());
        self.told(found.kind, Explanation::from(&found), program, found.token)
    }

    fn told(&self, kind: ViolationKind, explanation: Explanation, program: &dyn Runs, token: String) -> Violation {
        let scenario = program.scenario().clone();
        let why = program.why().unwrap_or_default();
        let mut explanation = Explanation {
            scenario: Some(scenario.clone()),
            calls: program.calls(matches!(kind, ViolationKind::Deadlock | ViolationKind::Livelock)),
            why: why.lines().map(str::to_owned).collect(),
            wrong: program.wrong_call(),
            ..explanation
        };
        explanation.fold();
        let message = explanation.message.clone();
        Violation { kind, scenario, message, explanation, token, remarks: String::new() }
    }
}

impl Session<'_> {
    /// Runs the one execution that a token names.
    fn replay(&self, token: &str) {
        let wrong = |error: &dyn std::fmt::Display| -> ! { panic!("raddle: RADDLE_REPLAY: {error}") };
        let (engine, scenario) = token::decode(token).unwrap_or_else(|error| wrong(&error));
        let checker = self.check.checker.clone().replay(engine).unwrap_or_else(|error| wrong(&error));
        scenario.fits(&self.subject.methods()).unwrap_or_else(|error| wrong(&error));
        let (report, program) = self.explore(checker, scenario);
        let mut state = lock(&self.state);
        state.covered().bound("one execution was replayed");
        state.failure = report.violation.map(|violation| (0, self.violation(&violation, &*program)));
    }

    fn report(self) -> Report {
        let elapsed = self.started.elapsed();
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut violation = state.failure.map(|(_, violation)| violation);
        let is_kept = self.check.replay.is_none() && env::var_os("CI").is_none();
        if let (Some(violation), Some(regressions), true) = (&mut violation, &self.regressions, is_kept) {
            match regressions.add(&violation.scenario) {
                Ok(None) => {}
                Ok(Some(file)) => violation.remarks += &format!("\n\nkept in {}, to be run first", file.display()),
                Err(error) => violation.remarks += &format!("\n\nnot kept for the next time: {error}"),
            }
        }
        if let Some(violation) = &mut violation {
            violation.remarks += &page_if_asked(&violation.explanation);
        }
        let is_on_real_threads = self.check.iterations.is_some() || BACKEND == Backend::Std;
        let mut covered = state.covered;
        for covered in &mut covered {
            if covered.left_out > 0 {
                let left_out = format!("{} programs in which calls may wait for ever were left out", covered.left_out);
                covered.bound(&left_out);
            } else if is_on_real_threads {
                covered.bound("real threads show what they happen to");
            }
        }
        if let (Some(_), Some(last)) = (&violation, covered.last_mut()) {
            last.bound("a violation ended the search");
        }
        let bound = covered.iter().find(|covered| covered.coverage != Coverage::Complete);
        let sum = |count: fn(&Covered) -> u64| covered.iter().map(count).sum();
        Report {
            subject: self.subject.name(),
            scenarios: sum(|covered| covered.scenarios),
            executions: sum(|covered| covered.executions),
            histories: sum(|covered| covered.histories),
            steps_most: state.steps_most,
            coverage: bound.map_or(Coverage::Complete, |covered| covered.coverage.clone()),
            world: match (BACKEND, self.check.checker.memory) {
                _ if is_on_real_threads => "on real threads",
                (Backend::Loom, _) => "under loom",
                (_, Memory::Rc11) => "under RC11",
                (_, Memory::SeqCst) => "under sequential consistency",
            },
            covered,
            violation,
            elapsed,
            is_over_budget: state.is_over_time,
        }
    }
}

/// Every scenario up to a size, in words.
fn asked_for(size: Size, methods: &[Method<()>]) -> String {
    let Size { threads, calls, after } = size;
    let names: Vec<&str> = methods.iter().map(|method| method.name).collect();
    let mut asked = format!("every program of up to {threads} threads and {calls} calls over {{{}}}", names.join(", "));
    if after > 0 {
        asked += &format!(", up to {after} of which wait for others");
    }
    asked
}
