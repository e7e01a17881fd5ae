//! What is to be checked, how far, and what came out?

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use super::audit::Orderings;
use super::beside::Estimate;
use super::execute::Body;
use super::explore::Limits;
use super::fault::ViolationKind;
use super::judge::Judge;
use super::lanes::Lane;
use super::progress::Progress;
use super::run::Bounds;
use super::sample;
use super::skeleton::{Ending, Observer, Skeleton};
use super::steps::Change;
use super::styled::Mark;
use super::token::{Token, TokenError, hash_of_model};
use super::watched::{Watched, Watcher};
use super::workers;

/// What atomics may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Memory {
    /// The repaired C11 memory model, which C++20 and Rust follow: loads may be stale, stores late, as their orderings
    /// allow. Load buffering is not among what is explored.
    #[default]
    Rc11,
    /// All atomics behave as if they were `SeqCst`: the executions are the interleavings. Whether two accesses to a cell are a data
    /// race is still judged by the orderings as they are written.
    SeqCst,
}

/// Which executions are looked at.
///
/// Chance finds some bugs soon in models that are too large for all executions; which strategy is the best differs from bug to bug.
/// The same seed gives the same executions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strategy {
    /// All of them. If there are more than a few hundred, some are also drawn by chance in between, by each of the strategies below:
    /// they are some one in a hundred and find most bugs long before the search comes to them.
    Auto {
        /// Where chance starts.
        seed: u64,
    },
    /// All of them, one after the other.
    Exhaustive,
    /// As many as are asked for. Each event is any thread's, and a read sees any value that it may see.
    Random {
        /// How many.
        iterations: u64,
        /// Where chance starts.
        seed: u64,
    },
    /// Threads have priorities by chance, which change so rarely that a bug of that depth is likely to be met: one that needs a
    /// certain order of no more than `depth` pairs of events. A read sees the newest value but for as rare exceptions.
    ///
    /// (Burckhardt, Kothari, Musuvathi, Nagarakatti, "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs",
    /// ASPLOS'10, section 3; for what reads see, after Gao, Chakraborty, Ozkan, "Probabilistic Concurrency Testing for Weak Memory
    /// Programs", ASPLOS'23.)
    Pct {
        /// One more than the number of changes, 1 or more.
        depth: u32,
        /// How many.
        iterations: u64,
        /// Where chance starts.
        seed: u64,
    },
    /// Events have priorities by chance, drawn anew whenever another event has touched the same object. So orders that differ
    /// only in what touches nothing in common are no more likely than others.
    ///
    /// (Yuan, Yang, Gu, "Partial Order Aware Concurrency Sampling", CAV'18, section 4.)
    Pos {
        /// How many.
        iterations: u64,
        /// Where chance starts.
        seed: u64,
    },
    /// All orders of the events on one object, which differs from execution to execution, are about as likely.
    ///
    /// (Zhao, Wolff, Mathur, Roychoudhury, "Selectively Uniform Concurrency Testing", ASPLOS'25, section 3; which object is of
    /// interest, and how many events each thread has on it, is taken from the execution before.)
    Surw {
        /// How many.
        iterations: u64,
        /// Where chance starts.
        seed: u64,
    },
}

impl Default for Strategy {
    fn default() -> Self {
        Self::Auto { seed: 0 }
    }
}

/// What a strategy draws.
pub(super) struct Samples {
    pub kind: sample::Kind,
    pub iterations: u64,
    pub seed: u64,
}

impl Strategy {
    /// What it draws, if it doesn't look at all executions.
    pub(super) fn samples(self) -> Option<Samples> {
        let (kind, iterations, seed) = match self {
            Self::Auto { .. } | Self::Exhaustive => return None,
            Self::Random { iterations, seed } => (sample::Kind::Random, iterations, seed),
            Self::Pct { depth, iterations, seed } => (sample::Kind::Pct { depth }, iterations, seed),
            Self::Pos { iterations, seed } => (sample::Kind::Pos, iterations, seed),
            Self::Surw { iterations, seed } => (sample::Kind::Surw, iterations, seed),
        };
        Some(Samples { kind, iterations, seed })
    }
}

/// How much of the model's behaviour was covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Every execution was visited.
    Complete,
    /// The search ended before, for this reason.
    Bounded(String),
}

/// A violation, with the execution that shows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Counterexample {
    /// What kind of violation it is.
    pub kind: ViolationKind,
    /// What is wrong.
    pub message: String,
    /// What the threads did, as a table, and what is wrong with it.
    pub trace: String,
    /// The same rows as in the trace, thread by thread, for drawing.
    pub lanes: Vec<Lane>,
    /// What each row has changed.
    pub(super) changes: Vec<Change>,
    /// How the parts of the trace look on a terminal.
    pub(super) marks: Vec<Mark>,
    /// What [`Checker::replay`] takes to run this execution again; empty if there is nothing to be replayed.
    pub token: String,
    /// The test that found it, if a test did.
    pub(super) test: Option<String>,
}

/// What a check came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Executions in which every thread ended: exactly one for each execution graph.
    pub executions: u64,
    /// Executions in which a thread could not go on although that is no violation: an assumption did not hold, or a loop
    /// waited for a value that comes in other executions. Their number depends on the order of the search.
    pub blocked: u64,
    /// Deadlocked executions, where these are [allowed](Checker::deadlocks_allowed).
    pub deadlocks: u64,
    /// Executions that were drawn by chance while all were visited; some of them more than once, and some of them blocked.
    pub sampled: u64,
    /// How many executions there seem to be, if that is more than a few hundred.
    pub estimate: Option<Estimate>,
    /// The most events that a call had, of those that were marked: by the harness, or with [`call`](super::call). Where threads wait
    /// in loops, tries that are of no effect are not told.
    pub steps_most: Option<usize>,
    /// How much was covered.
    pub coverage: Coverage,
    /// The first violation that was found; it ended the search.
    pub violation: Option<Counterexample>,
    /// How long it took.
    pub elapsed: Duration,
    /// How the check was set up.
    pub settings: Checker,
    /// True if some execution performed an operation of the facade.
    pub(crate) has_operations: bool,
    /// True if the search ended because of a budget that the caller has not set himself.
    pub(crate) is_over_budget: bool,
}

/// `{:#}` writes it with colours.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Checker { memory, limits, .. } = &self.settings;
        write!(f, "{} executions", self.executions)?;
        if self.blocked > 0 {
            write!(f, ", {} blocked", self.blocked)?;
        }
        if self.deadlocks > 0 {
            write!(f, ", {} deadlocks", self.deadlocks)?;
        }
        match &self.coverage {
            Coverage::Complete => write!(f, ", complete")?,
            Coverage::Bounded(reason) => write!(f, ", not complete: {reason}")?,
        }
        if let (Coverage::Bounded(_), Some(estimate), None) = (&self.coverage, self.estimate, &self.violation) {
            write!(f, "; {estimate}")?;
        }
        write!(
            f,
            " ({memory:?}, up to {} spurious wake-ups and {} spurious failures of compare_exchange_weak, {:.1?})",
            limits.spurious_wakeups, limits.weak_failures, self.elapsed
        )?;
        if let Some(violation) = &self.violation {
            f.write_str("\n")?;
            fmt::Display::fmt(violation, f)?;
        }
        Ok(())
    }
}

/// Sets up and runs the check of a model.
///
/// ```
/// use raddle::model::{Checker, Coverage, Memory};
/// use raddle::sync::Arc;
/// use raddle::sync::atomic::{AtomicBool, Ordering};
/// use raddle::thread;
///
/// # if raddle::sync::BACKEND == raddle::sync::Backend::Model {
/// // Each of two threads raises its flag and looks at the other's. May both find the other's down?
/// let report = Checker::new().memory(Memory::Rc11).explore(|| {
///     let flags = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
///     for mine in 0..2 {
///         let flags = flags.clone();
///         thread::spawn(move || {
///             flags[mine].store(true, Ordering::Release);
///             flags[1 - mine].load(Ordering::Acquire)
///         });
///     }
/// });
/// assert_eq!(report.coverage, Coverage::Complete);
/// assert_eq!(report.executions, 4);
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a checker does nothing until it explores or checks a model"]
pub struct Checker {
    pub(crate) memory: Memory,
    pub(super) strategy: Strategy,
    pub(super) workers: Option<NonZeroUsize>,
    pub(super) max_executions: Option<u64>,
    pub(super) max_duration: Option<Duration>,
    /// As `max_duration`, but to reach it is a failure.
    pub(super) budget: Option<Duration>,
    /// Anything that is left out is a failure.
    pub(crate) requires_complete: bool,
    pub(super) limits: Limits,
    pub(super) bounds: Bounds,
    pub(super) progress: Progress,
    /// What is in the place of orderings, in an audit.
    pub(super) orderings: Option<Arc<Orderings>>,
    pub(super) deadlocks_allowed: bool,
    pub(super) shuffle: Option<u64>,
    pub(super) observer: Observer,
    pub(super) judge: Judge,
    pub(super) watcher: Watcher,
    /// The one execution that is to be run.
    pub(super) replay: Option<Arc<Token>>,
}

impl Default for Checker {
    fn default() -> Self {
        Self::new()
    }
}

impl Checker {
    /// A check of all executions under RC11, on all cores, without a limit on time.
    pub fn new() -> Self {
        Self {
            memory: Memory::Rc11,
            strategy: Strategy::default(),
            workers: None,
            max_executions: None,
            max_duration: None,
            budget: None,
            requires_complete: false,
            limits: Limits { spurious_wakeups: 1, weak_failures: 0 },
            bounds: Bounds { events_max: 10_000, threads_max: 64, locks_may_stay_held: false },
            progress: Progress::Deadlock,
            orderings: None,
            deadlocks_allowed: false,
            shuffle: None,
            observer: Observer::default(),
            judge: Judge::default(),
            watcher: Watcher::default(),
            replay: None,
        }
    }

    /// What atomics may do; [`Memory::Rc11`] unless set.
    pub fn memory(self, memory: Memory) -> Self {
        Self { memory, ..self }
    }

    /// Which executions are looked at; [`Strategy::Auto`] unless set.
    ///
    /// # Panics
    ///
    /// When the depth of [`Strategy::Pct`] is 0.
    pub fn strategy(self, strategy: Strategy) -> Self {
        assert!(!matches!(strategy, Strategy::Pct { depth: 0, .. }), "raddle: the depth of a bug is 1 or more");
        Self { strategy, ..self }
    }

    /// How many real threads share the work; as many as there are cores unless set. The result is the same for any number.
    ///
    /// # Panics
    ///
    /// When `workers` is 0.
    pub fn workers(self, workers: usize) -> Self {
        let workers = NonZeroUsize::new(workers);
        assert!(workers.is_some(), "raddle: a check needs at least one worker");
        Self { workers, ..self }
    }

    /// Ends the search after so many executions, blocked ones included.
    ///
    /// # Panics
    ///
    /// When `executions` is 0.
    pub fn max_executions(self, executions: u64) -> Self {
        assert!(executions > 0, "raddle: a check needs at least one execution");
        Self { max_executions: Some(executions), ..self }
    }

    /// Ends the search after this time.
    pub fn max_duration(self, duration: Duration) -> Self {
        Self { max_duration: Some(duration), ..self }
    }

    /// As [`max_duration`](Self::max_duration), but [`check`](Self::check) fails when the time is over: who has set no
    /// bound expects everything to be covered.
    pub(crate) fn budget(self, duration: Duration) -> Self {
        Self { budget: Some(duration), ..self }
    }

    /// Without the [budget](Self::budget) that was set.
    #[cfg(feature = "check")]
    pub(crate) fn no_budget(self) -> Self {
        Self { budget: None, ..self }
    }

    /// Makes it a failure of [`check`](Self::check) if the model is not covered completely, whatever the reason.
    pub(crate) fn require_complete(self) -> Self {
        Self { requires_complete: true, ..self }
    }

    pub(crate) fn with_orderings(self, orderings: Arc<Orderings>) -> Self {
        Self { orderings: Some(orderings), ..self }
    }

    /// True if the steps of calls have a bound.
    pub(crate) fn counts_steps(&self) -> bool {
        matches!(self.progress, Progress::WaitFree { .. })
    }

    /// True if it runs the one execution of a token.
    pub(crate) fn is_replay(&self) -> bool {
        self.replay.is_some()
    }

    /// The most events that one execution may have; one with more is a violation. 10,000 unless set, up to 60,000.
    ///
    /// # Panics
    ///
    /// When `events` is 0 or more than 60,000.
    pub fn max_events(mut self, events: usize) -> Self {
        assert!((1..=60_000).contains(&events), "raddle: max_events takes 1 to 60,000");
        self.bounds.events_max = events;
        self
    }

    /// The most threads that one execution may have, the main one included; one with more is a violation. 64 unless set,
    /// up to 4,096.
    ///
    /// # Panics
    ///
    /// When `threads` is 0 or more than 4,096.
    pub fn max_threads(mut self, threads: usize) -> Self {
        assert!((1..=4096).contains(&threads), "raddle: max_threads takes 1 to 4,096");
        self.bounds.threads_max = threads;
        self
    }

    /// How often, in one execution, a wait for a condition variable or `park` may end for no reason; once unless set.
    pub fn spurious_wakeups(mut self, times: u32) -> Self {
        self.limits.spurious_wakeups = times;
        self
    }

    /// How often, in one execution, `compare_exchange_weak` may fail for no reason; never unless set.
    pub fn weak_cas_failures(mut self, times: u32) -> Self {
        self.limits.weak_failures = times;
        self
    }

    /// What is asked of threads when others are suspended for ever; nothing unless set. It adds a choice before each event, so the
    /// executions are many more.
    ///
    /// A replay needs the same setting.
    ///
    /// ```
    /// use raddle::model::{Checker, Progress, ViolationKind};
    /// use raddle::sync::{Arc, Mutex};
    /// use raddle::thread;
    ///
    /// # if raddle::sync::BACKEND == raddle::sync::Backend::Model {
    /// let report = Checker::new().progress(Progress::LockFree).explore(|| {
    ///     let count = Arc::new(Mutex::new(0));
    ///     for _ in 0..2 {
    ///         let count = count.clone();
    ///         thread::spawn(move || *count.lock().unwrap() += 1);
    ///     }
    /// });
    /// let violation = report.violation.unwrap();
    /// assert_eq!(violation.kind, ViolationKind::NoProgress);
    /// assert!(violation.message.contains("holds Mutex#1"), "{violation}");
    /// # }
    /// ```
    pub fn progress(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }

    /// Runs nothing but the execution that a [`Counterexample`]'s token stands for, with the memory model and the limits that
    /// it was found with.
    ///
    /// The model must be the one that the token was printed for, and must not have changed: what its threads do in that
    /// execution counts, and not on which lines. Otherwise the violation that is reported is
    /// [`ViolationKind::NotReplayed`].
    ///
    /// # Errors
    ///
    /// When `token` is not a token as it was printed.
    pub fn replay(mut self, token: &str) -> Result<Self, TokenError> {
        let token = Token::decode(token)?;
        self.memory = token.memory;
        self.limits = token.limits;
        self.bounds.events_max = token.events_max;
        self.bounds.threads_max = token.threads_max;
        self.replay = Some(Arc::new(token));
        Ok(self)
    }

    /// Counts deadlocks instead of ending the search at the first; locks may be held at the end.
    #[doc(hidden)]
    pub fn deadlocks_allowed(mut self, allowed: bool) -> Self {
        self.deadlocks_allowed = allowed;
        self.bounds.locks_may_stay_held = allowed;
        self
    }

    /// Lets the threads take turns at random while exploring, which must change nothing about what is found.
    #[doc(hidden)]
    pub fn shuffle(self, seed: u64) -> Self {
        Self { shuffle: Some(seed), ..self }
    }

    /// Shows every graph at its end to `observe`.
    #[doc(hidden)]
    pub fn observe(self, observe: impl Fn(Ending, Skeleton) + Send + Sync + 'static) -> Self {
        Self { observer: Observer(Some(Arc::new(observe))), ..self }
    }

    /// Tells `watch` some ten times a second how far the search has come, in the thread that waits for it; the first time after
    /// a tenth of a second. [`ControlFlow::Break`] ends the search with [`Coverage::Bounded`]. Nothing else about the search is
    /// written to the standard error then. If `watch` panics that ends the search, and the panic goes on.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use std::time::Duration;
    ///
    /// // Until the user has had enough.
    /// let checker = raddle::model::Checker::new().watch(|watched| {
    ///     eprintln!("{} executions", watched.executions);
    ///     if watched.elapsed < Duration::from_secs(5) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    /// });
    /// # let _ = checker;
    /// ```
    pub fn watch(self, watch: impl Fn(&Watched) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Self { watcher: Watcher(Some(Arc::new(watch))), ..self }
    }

    /// Runs `model` in every execution that the settings ask for, until one shows a violation.
    ///
    /// # Panics
    ///
    /// When called inside of a model.
    pub fn explore<F: Fn() + Send + Sync + 'static>(&self, model: F) -> Report {
        let body: Body = Arc::new(model);
        workers::explore(self, &body, hash_of_model::<F>())
    }
}
