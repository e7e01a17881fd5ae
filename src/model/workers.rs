//! Who runs the executions? A pool of real threads that share graphs to be run.
//!
//! A graph is all that a run needs, so any worker can take any of them, and since each is reached in one way only, nothing
//! else is shared. Each worker goes deep on its own stack and gives others the oldest of it.

use std::any::Any;
use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_deque::{Steal, Stealer, Worker};

use super::beside::{Bursts, Estimate, Probe};
use super::checker::{Checker, Counterexample, Coverage, Report, Strategy};
use super::crew;
use super::decide::Decider;
use super::execute::{Body, Verdict, install_panic_hook};
use super::explore::{Item, Search};
use super::progress::Progress;
use super::run::{Run, is_inside};
use super::sample::Sampler;
use super::token::Token;
use super::watched::{EVERY, Watched, Watcher};

/// Where something is made.
type Site = &'static Location<'static>;

/// How long one worker is alone: most models are done by then.
const ALONE: Duration = Duration::from_millis(20);

/// What the workers share.
struct Shared {
    checker: Checker,
    body: Body,
    /// What stands for the model in tokens.
    model: u32,
    started: Instant,
    counted_sites: HashSet<Site>,
    /// Graphs that wait or are being run.
    pending: AtomicUsize,
    runs: AtomicU64,
    executions: AtomicU64,
    blocked: AtomicU64,
    deadlocks: AtomicU64,
    /// Executions that were drawn by chance while all were visited.
    sampled: AtomicU64,
    has_operations: AtomicBool,
    ending: Arc<Ending>,
}

/// What is still there when a worker has let go of all else, to say that it is done.
#[derive(Default)]
struct Ending {
    end: Mutex<End>,
    changed: Condvar,
    /// Set when there is nothing more to be found out.
    is_stopped: AtomicBool,
}

/// Why the search has ended.
#[derive(Default)]
struct End {
    workers_done: usize,
    /// When the watcher was told last.
    watched_at: Duration,
    /// The watcher's own panic.
    panic: Option<Box<dyn Any + Send>>,
    /// Workers whose real threads can't be used again.
    spent: Vec<usize>,
    violation: Option<Counterexample>,
    restart: Option<Site>,
    estimate: Option<Estimate>,
    steps_most: Option<usize>,
    bound: Option<String>,
    is_over_budget: bool,
    /// A worker's own panic: a defect of the engine.
    is_broken: bool,
}

pub(super) fn explore(checker: &Checker, body: &Body, model: u32) -> Report {
    assert!(!is_inside(), "raddle: a model can't be checked inside of another; its threads belong to the outer one");
    install_panic_hook();
    let started = Instant::now();
    let mut counted_sites = HashSet::new();
    loop {
        match explore_counting(checker, (body, model), started, &counted_sites) {
            Ok(report) => return report,
            Err(site) => assert!(counted_sites.insert(site), "owners that are counted need no restart"),
        }
    }
}

/// Explores with the owners counted of what is made at certain sites. Fails with another such site.
fn explore_counting(
    checker: &Checker,
    (body, model): (&Body, u32),
    started: Instant,
    counted_sites: &HashSet<Site>,
) -> Result<Report, Site> {
    let shared = Arc::new(Shared {
        checker: checker.clone(),
        body: body.clone(),
        model,
        started,
        counted_sites: counted_sites.clone(),
        pending: AtomicUsize::new(1),
        runs: AtomicU64::new(0),
        executions: AtomicU64::new(0),
        blocked: AtomicU64::new(0),
        deadlocks: AtomicU64::new(0),
        sampled: AtomicU64::new(0),
        has_operations: AtomicBool::new(false),
        ending: Arc::default(),
    });
    let count = match checker.strategy {
        _ if checker.replay.is_some() => 1,
        _ if checker.strategy.samples().is_some() => 1,
        _ => checker.workers.map_or_else(cores, usize::from),
    };
    let own: Vec<Worker<Item>> = (0..count).map(|_| Worker::new_lifo()).collect();
    let stealers: Arc<[Stealer<Item>]> = own.iter().map(Worker::stealer).collect();
    own[0].push(Item::new());
    let mut own = own.into_iter().enumerate();
    let start = |(number, deque): (usize, Worker<Item>)| {
        let (shared, stealers) = (shared.clone(), stealers.clone());
        let task = Box::new(move || work(shared, number, &deque, &stealers));
        crew::start(number, task).expect("the system starts a worker");
    };
    own.next().into_iter().for_each(start);
    shared.wait(1, Some(ALONE));
    let mut started = 1;
    if !shared.is_done(1) {
        own.for_each(start);
        started = count;
    }
    shared.wait(started, None);
    let mut end = std::mem::take(&mut *shared.lock());
    end.spent.iter().for_each(|&number| crew::dismiss(number));
    if let Some(panic) = end.panic.take() {
        resume_unwind(panic);
    }
    end.restart.map_or_else(|| Ok(shared.report(end)), Err)
}

/// How many threads can run at once. To ask the system takes as long as a small model.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// What a worker does. When it says that it is done it has let go of the model, which belongs to the caller.
fn work(shared: Arc<Shared>, number: usize, own: &Worker<Item>, stealers: &[Stealer<Item>]) {
    /// Says that the worker is done, however it ends.
    struct Done {
        ending: Arc<Ending>,
        number: usize,
        /// True unless the search has ended as it should.
        is_broken: bool,
        /// True if the real thread can't be used again.
        is_spent: bool,
    }
    impl Drop for Done {
        fn drop(&mut self) {
            let mut end = self.ending.lock();
            end.workers_done += 1;
            if self.is_spent {
                end.spent.push(self.number);
            }
            if self.is_broken {
                end.is_broken = true;
                self.ending.is_stopped.store(true, Relaxed);
            }
            self.ending.changed.notify_all();
        }
    }
    let mut done = Done { ending: shared.ending.clone(), number, is_broken: true, is_spent: true };
    // Dropped before `done` is.
    let shared = shared;
    let mut run = shared.new_run(number);
    shared.search(&mut run, number, own, stealers);
    {
        let mut end = shared.lock();
        end.steps_most = end.steps_most.max(run.steps_most);
    }
    // Threads that were left in the middle of unwinding count as panics of the real thread for ever.
    done.is_spent = run.waiting_while_unwinding > 0;
    done.is_broken = false;
}

impl Ending {
    fn lock(&self) -> MutexGuard<'_, End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, End> {
        self.ending.lock()
    }

    /// Tells the workers to end.
    fn stop(&self) {
        // Relaxed: they only need to see it some time.
        self.ending.is_stopped.store(true, Relaxed);
    }

    fn is_stopped(&self) -> bool {
        // Relaxed: as above.
        self.ending.is_stopped.load(Relaxed)
    }

    fn is_done(&self, workers: usize) -> bool {
        self.lock().workers_done >= workers
    }

    /// Waits for the workers, no longer than `timeout`, and ends the search when its time is over.
    fn wait(&self, workers: usize, timeout: Option<Duration>) {
        let mut end = self.lock();
        let begun = Instant::now();
        let mut watch = Watch::new();
        while end.workers_done < workers {
            let watched = self.watched(&end);
            if self.checker.watcher.0.is_some() && watched.elapsed >= end.watched_at + EVERY {
                end = self.tell_watcher(end, &watched);
                continue;
            }
            let left = timeout.map(|timeout| timeout.saturating_sub(begun.elapsed()));
            if left == Some(Duration::ZERO) {
                return;
            }
            let limit = [self.checker.max_duration, self.checker.budget].into_iter().flatten().min();
            let until_end = limit.map(|limit| limit.saturating_sub(self.started.elapsed()));
            if until_end == Some(Duration::ZERO) && end.bound.is_none() {
                end.bound = Some(format!("the time of {:?} was over", limit.unwrap_or_default()));
                end.is_over_budget = limit != self.checker.max_duration;
                self.stop();
            }
            watch.look(&watched, self.runs_ended() + watched.sampled, self.checker.watcher.0.is_none());
            let wait = [left, until_end.filter(|left| !left.is_zero())].into_iter().flatten().min();
            let wait_max = if self.checker.watcher.0.is_some() { EVERY } else { Duration::from_secs(1) };
            let wait = wait.unwrap_or(wait_max).min(wait_max);
            end = self.ending.changed.wait_timeout(end, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn watched(&self, end: &End) -> Watched {
        // Relaxed: only the numbers matter.
        let [executions, blocked, sampled] =
            [&self.executions, &self.blocked, &self.sampled].map(|count| count.load(Relaxed));
        Watched { executions, blocked, sampled, estimate: end.estimate, elapsed: self.started.elapsed() }
    }

    /// Ends the search if the watcher has seen enough.
    fn tell_watcher<'end>(&'end self, mut end: MutexGuard<'end, End>, watched: &Watched) -> MutexGuard<'end, End> {
        end.watched_at = watched.elapsed;
        drop(end);
        let Watcher(watch) = &self.checker.watcher;
        let goes_on =
            catch_unwind(AssertUnwindSafe(|| watch.as_ref().is_none_or(|watch| watch(watched).is_continue())));
        let mut end = self.lock();
        if !matches!(goes_on, Ok(true)) {
            end.bound.get_or_insert_with(|| "it was interrupted".to_owned());
            end.panic = goes_on.err().or(end.panic.take());
            self.stop();
        }
        end
    }

    fn runs_ended(&self) -> u64 {
        // Relaxed: only the numbers matter.
        [&self.executions, &self.blocked, &self.deadlocks].map(|count| count.load(Relaxed)).into_iter().sum()
    }

    fn search(&self, run: &mut Run, number: usize, own: &Worker<Item>, stealers: &[Stealer<Item>]) {
        if let Some(token) = &self.checker.replay {
            return self.replay(run, token);
        }
        if let Some(samples) = self.checker.strategy.samples() {
            for _ in 0..samples.iterations {
                if self.is_stopped() || !self.run_one(run, &Item::new()) {
                    break;
                }
            }
            return;
        }
        // One worker looks beside its way; the others have enough to do.
        let mut bursts = match self.checker.strategy {
            Strategy::Auto { seed } if number == 0 => Some(Bursts::new(seed)),
            _ => None,
        };
        let (mut visited, mut failures) = (0, 0);
        // Relaxed, for all counts here: what is counted is handed over by the deques; `pending` is raised before a graph can
        // be found and lowered after it was run, so it is not 0 before all is done.
        while !self.is_stopped() {
            let Some(item) = own.pop().or_else(|| steal(number, own, stealers)) else {
                if self.pending.load(Relaxed) == 0 {
                    break;
                }
                failures += 1;
                if failures < 64 {
                    thread::yield_now()
                } else {
                    thread::sleep(Duration::from_micros(50))
                }
                continue;
            };
            failures = 0;
            let goes_on = self.run_one(run, &item);
            run.search.spare_items.push(item);
            self.pending.fetch_add(run.search.found.len(), Relaxed);
            run.search.found.drain(..).for_each(|item| own.push(item));
            self.pending.fetch_sub(1, Relaxed);
            visited += 1;
            if !goes_on || bursts.as_mut().is_some_and(|bursts| !self.look_beside(run, bursts, visited)) {
                break;
            }
        }
    }

    fn new_run(&self, number: usize) -> Run {
        let Checker { memory, limits, bounds, strategy, shuffle, .. } = self.checker;
        let search = Search::new(memory, limits);
        let decider = match strategy.samples() {
            None => Decider::Explore(shuffle.map(|seed| fastrand::Rng::with_seed(seed.wrapping_add(number as u64)))),
            Some(samples) => Decider::Sample(Sampler::new(samples.kind, samples.seed)),
        };
        let mut run = Run::new(search, decider, bounds, self.counted_sites.clone(), self.checker.judge.clone());
        run.progress = self.checker.progress;
        run.orderings = self.checker.orderings.clone();
        run.needs_preparation = run.progress != Progress::Deadlock || run.orderings.is_some();
        run
    }

    /// Runs one execution. False if the search is to end.
    fn run_one(&self, run: &mut Run, item: &Item) -> bool {
        if let Some(limit) = self.checker.max_executions
            && self.runs.fetch_add(1, Relaxed) >= limit
        {
            self.lock().bound.get_or_insert_with(|| format!("the limit of {limit} executions was reached"));
            self.stop();
            return false;
        }
        let Some(ended) = self.execute(run, item, true) else { return false };
        let count = match ended {
            Ended::Complete => &self.executions,
            Ended::Blocked => &self.blocked,
            Ended::Deadlocked => &self.deadlocks,
        };
        count.fetch_add(1, Relaxed);
        true
    }

    /// Runs one execution, which is visited or one beside those. None if the search is to end.
    fn execute(&self, run: &mut Run, item: &Item, is_visited: bool) -> Option<Ended> {
        let verdict = run.execute(item, &self.body);
        if !run.graph.events.is_empty() {
            self.has_operations.store(true, Relaxed);
        }
        if is_visited {
            self.checker.observer.observe(run, &verdict);
        }
        match verdict {
            Verdict::Complete => Some(Ended::Complete),
            Verdict::Blocked => Some(Ended::Blocked),
            Verdict::Deadlock(_) if self.checker.deadlocks_allowed => Some(Ended::Deadlocked),
            Verdict::Restart(site) => {
                self.lock().restart.get_or_insert(site);
                self.stop();
                None
            }
            Verdict::Deadlock(fault) | Verdict::Violation(fault) => {
                self.stop();
                let violation = Counterexample::of(run, fault, self.model);
                self.lock().violation.get_or_insert(violation);
                None
            }
        }
    }

    /// Draws executions by chance, if it is time for that now that this worker has visited so many. False if the search is to
    /// end.
    fn look_beside(&self, run: &mut Run, bursts: &mut Bursts, visited: u64) -> bool {
        let Some(count) = bursts.due(visited) else { return true };
        let mut probed = 0;
        while probed < count / PROBED_ONE_IN {
            let Some(runs) = self.probe(run, bursts) else { return false };
            probed += runs;
        }
        for _ in 0..count {
            let sampler = bursts.next_sampler();
            let decider = Decider::Sample(std::mem::take(sampler));
            let decider = std::mem::replace(&mut run.decider, decider);
            let ended = self.execute(run, &Item::new(), false);
            if let Decider::Sample(used) = std::mem::replace(&mut run.decider, decider) {
                *sampler = used;
            }
            self.sampled.fetch_add(1, Relaxed);
            if self.is_stopped() || ended.is_none() {
                return false;
            }
        }
        true
    }

    /// Sends a probe down the tree of the search; in how many executions. None if the search is to end.
    fn probe(&self, run: &mut Run, bursts: &mut Bursts) -> Option<u64> {
        let (mut probe, mut item, mut runs) = (Probe::new(), Item::new(), 0);
        loop {
            self.execute(run, &item, false)?;
            runs += 1;
            self.sampled.fetch_add(1, Relaxed);
            if self.is_stopped() {
                return None;
            }
            probe.pass();
            let (found, events) = (&mut run.search.found, run.graph.events.len());
            let to_come: Vec<usize> = found.iter().map(|item| events.saturating_sub(item.len())).collect();
            let Some(next) = probe.fork(&to_come, &mut bursts.generator) else { break };
            item = found.swap_remove(next);
            found.clear();
        }
        self.lock().estimate = bursts.estimate_with(&probe);
        Some(runs)
    }

    /// Runs the one execution that a token stands for.
    fn replay(&self, run: &mut Run, token: &Token) {
        if token.model != self.model {
            self.lock().violation = Some(Counterexample::of_other_model());
            return;
        }
        run.decider = Decider::Follow(token.to_follow());
        let verdict = run.execute(&Item::new(), &self.body);
        self.has_operations.store(true, Relaxed);
        if let Verdict::Restart(site) = verdict {
            self.lock().restart = Some(site);
            return;
        }
        let violation = Counterexample::of_replay(run, verdict, token);
        self.executions.fetch_add(u64::from(violation.is_none()), Relaxed);
        self.lock().violation = violation;
    }

    fn report(&self, end: End) -> Report {
        assert!(!end.is_broken, "raddle: a worker of the engine panicked: this is a defect in raddle");
        let counts_steps = self.checker.counts_steps();
        let coverage = match (&end.violation, end.bound, self.checker.strategy) {
            _ if self.checker.replay.is_some() => Coverage::Bounded("one execution was replayed".to_owned()),
            (Some(_), _, _) => Coverage::Bounded("a violation ended the search".to_owned()),
            (None, Some(reason), _) => Coverage::Bounded(reason),
            (None, None, _) if counts_steps && end.steps_most.is_none() => {
                Coverage::Bounded("no call was marked, so no steps were counted".to_owned())
            }
            (None, None, strategy) => match strategy.samples() {
                None => Coverage::Complete,
                Some(samples) => Coverage::Bounded(format!("{} random executions", samples.iterations)),
            },
        };
        let visited = self.runs_ended() as f64;
        let estimate =
            end.estimate.map(|estimate| Estimate { executions: estimate.executions.max(visited), ..estimate });
        Report {
            // Relaxed: the workers' last words were said under the lock.
            executions: self.executions.load(Relaxed),
            blocked: self.blocked.load(Relaxed),
            deadlocks: self.deadlocks.load(Relaxed),
            sampled: self.sampled.load(Relaxed),
            estimate,
            steps_most: end.steps_most,
            coverage,
            violation: end.violation,
            elapsed: self.started.elapsed(),
            settings: self.checker.clone(),
            has_operations: self.has_operations.load(Relaxed),
            is_over_budget: end.is_over_budget,
        }
    }
}

/// Of the executions beside the search probes take one in so many.
const PROBED_ONE_IN: u64 = 3;

/// How an execution ended in which nothing was wrong.
enum Ended {
    Complete,
    Blocked,
    /// Which is allowed.
    Deadlocked,
}

/// Tells the user how the search goes, where there is a user, and notices if it goes no further.
struct Watch {
    /// The number of runs that was seen last, and since when it has been that.
    runs: u64,
    since: Instant,
    next_report: Duration,
}

/// How often the user hears of a long search.
const REPORT: Duration = Duration::from_secs(5);
/// No execution takes as long as this, unless it never ends.
const HANGS: Duration = Duration::from_secs(60);

impl Watch {
    fn new() -> Self {
        Self { runs: u64::MAX, since: Instant::now(), next_report: REPORT }
    }

    fn look(&mut self, watched: &Watched, runs: u64, reports: bool) {
        let Watched { elapsed, estimate, .. } = *watched;
        if runs != self.runs {
            (self.runs, self.since) = (runs, Instant::now());
        }
        let model = thread::current().name().unwrap_or("a thread without a name").to_owned();
        if self.since.elapsed() > HANGS {
            // Not `eprintln!`, whose output the test harness would keep until a test ends that does not.
            let _ = writeln!(
                io::stderr(),
                "raddle: the model of {model} hangs: an execution has not ended for {} s, so this ends the process; is \
                 there a loop without an operation of the facade, or a wait for something outside of the model?",
                HANGS.as_secs()
            );
            process::exit(101);
        }
        if reports && elapsed >= self.next_report && io::stderr().is_terminal() {
            let rate = runs as f64 / elapsed.as_secs_f64();
            let estimate = estimate.map_or_else(String::new, |estimate| format!("; {estimate}"));
            let _ = writeln!(
                io::stderr(),
                "raddle: {model}: {runs} executions in {elapsed:.0?}, {rate:.0} in a second{estimate}"
            );
            self.next_report = elapsed + REPORT;
        }
    }
}

/// Takes the oldest graph of another worker.
fn steal(number: usize, own: &Worker<Item>, stealers: &[Stealer<Item>]) -> Option<Item> {
    let others = stealers.iter().cycle().skip(number + 1).take(stealers.len() - 1);
    for other in others {
        loop {
            match other.steal_batch_and_pop(own) {
                Steal::Success(item) => return Some(item),
                Steal::Empty => break,
                Steal::Retry => {}
            }
        }
    }
    None
}
