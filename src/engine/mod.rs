//! What runs a model in this build?
//!
//! [`model()`] hands the closure to the engine that belongs to the facade's backend, and fails a model that checked
//! nothing. `settings` reads the environment; `verdict` says when a check on the engine fails; `real_threads` runs models
//! where there is no engine.

use std::cell::Cell;

use crate::sync::{BACKEND, Backend, backend};

#[cfg_attr(not(raddle_std), allow(dead_code, reason = "for the std backend, and the harness"))]
mod real_threads;
mod settings;
#[cfg(feature = "model")]
mod verdict;

#[allow(unused_imports, reason = "as above")]
pub(crate) use real_threads::on_real_threads;
#[cfg(feature = "model")]
use settings::EngineSettings;
pub(crate) use settings::Settings;
#[cfg(feature = "check")]
pub(crate) use settings::report_folder;

std::thread_local! {
    /// Threads started through the facade by this real thread.
    static THREADS_STARTED: Cell<u64> = const { Cell::new(0) };
}

/// To be called by whatever in the facade starts a thread, on backends that do not know their operations otherwise.
#[allow(dead_code, reason = "the engine's own backend counts operations")]
pub(crate) fn count_thread() {
    THREADS_STARTED.set(THREADS_STARTED.get() + 1);
}

/// Checks `model`: a closure that builds something to be shared, starts threads that use it, joins them and asserts.
///
/// The engine runs the closure again and again, each time with another interleaving, so it must do the same each time
/// when its threads are scheduled the same: no clock, no randomness, nothing kept from the run before.
///
/// | backend | what is checked |
/// | --- | --- |
/// | [`Model`](crate::sync::Backend::Model) | every execution that the memory model allows, each once |
/// | [`Loom`](crate::sync::Backend::Loom) | every execution that loom distinguishes, within its `LOOM_*` settings |
/// | [`Std`](crate::sync::Backend::Std) | the executions that real threads happen to take in `RADDLE_ITERATIONS` runs |
///
/// | variable | takes | default |
/// | --- | --- | --- |
/// | `RADDLE_BACKEND` | `std`, `loom` or `model`: fail unless this build has that backend | any |
/// | on the engine | | |
/// | `RADDLE_MEMORY` | `rc11` or `sc`: what atomics may do | `rc11` |
/// | `RADDLE_STRATEGY` | `auto` or `exhaustive`; or `random`, `pct`, `pos`, `surw`: `RADDLE_ITERATIONS` executions by chance | `auto` |
/// | `RADDLE_DEPTH` | the depth of bugs for `pct`, 1 to 1000 | 3 |
/// | `RADDLE_SEED` | where chance starts | 0 |
/// | `RADDLE_WORKERS` | real threads that share the work, 1 to 1024 | as many as cores |
/// | `RADDLE_MAX_EXECUTIONS` | end the search after so many executions, 1 or more | no limit |
/// | `RADDLE_MAX_DURATION` | end the search after so many seconds, 0.001 or more | fail after 60 |
/// | `RADDLE_CHECK_TIME` | end a check of the harness after so many seconds; the two bounds above are for each of its programs | fail after 60 |
/// | `RADDLE_REQUIRE_COMPLETE` | `1`: whatever a bound leaves out is a failure | 0 |
/// | `RADDLE_MAX_EVENTS` | events that one execution may have, 1 to 60000 | 10000 |
/// | `RADDLE_MAX_THREADS` | threads that one execution may have, 1 to 4096 | 64 |
/// | `RADDLE_SPURIOUS_WAKEUPS` | waits that may end for no reason in one execution | 1 |
/// | `RADDLE_WEAK_CAS_FAILURES` | weak compare-and-swaps that may fail for no reason in one execution | 0 |
/// | `RADDLE_REPLAY` | run the one execution that a counterexample's token names | |
/// | `RADDLE_REPORT` | a folder: counterexamples are also written there, as HTML, and what checks of the harness have covered, as `coverage.jsonl` (with the feature `check`) | none |
/// | `NO_COLOR` | anything: counterexamples have no colours | on a terminal they have |
/// | `CLICOLOR_FORCE`, `FORCE_COLOR` | `1`: they have colours even elsewhere | |
/// | on real threads | | |
/// | `RADDLE_ITERATIONS` | runs of each model, 1 or more | 1000 |
/// | `RADDLE_HANG_SECONDS` | the time, 1 or more, after which one such run counts as hung and ends the process | 60 |
///
/// `RADDLE_BACKEND` is for scripts: a suite that was meant for one engine but was compiled for another would otherwise
/// pass, having proved something else.
///
/// # Panics
///
/// When an execution shows a violation: on the engine with the counterexample, elsewhere the panic of the model's first
/// failing execution goes through. When the engine has not covered all executions within 60 s and nobody has set a bound.
/// When nothing was checked: the model performed no operation of the facade, or on other backends started no thread
/// through [`raddle::thread`](crate::thread). When a setting is malformed.
///
/// A run on real threads that does not end, because of a deadlock say, can't be stopped: it ends the process with status
/// 101 and a message on the standard error.
///
/// ```
/// use raddle::sync::{Arc, atomic::{AtomicUsize, Ordering}};
/// use raddle::thread;
///
/// raddle::model(|| {
///     let count = Arc::new(AtomicUsize::new(0));
///     let threads = [count.clone(), count.clone()]
///         .map(|count| thread::spawn(move || count.fetch_add(1, Ordering::Relaxed)));
///     for thread in threads {
///         thread.join().unwrap();
///     }
///     assert_eq!(count.load(Ordering::Relaxed), 2);
/// });
/// ```
#[track_caller]
pub fn model<F>(model: F)
where
    F: Fn() + Send + Sync + 'static,
{
    let settings = Settings::from_env_or_panic();
    let before = THREADS_STARTED.get();
    backend::explore(&settings, model);
    assert!(
        BACKEND == Backend::Model || THREADS_STARTED.get() > before,
        "raddle: the model started no thread through raddle::thread, so there was one interleaving and nothing was \
         checked (backend: {BACKEND}); start its threads with raddle::thread::spawn or raddle::thread::scope"
    );
}

/// Runs the code of a documentation example, which needs a model around it where the backend is loom.
#[doc(hidden)]
pub fn doctest(example: impl Fn() + Send + Sync + 'static) {
    backend::run_once(example);
}

#[cfg(feature = "model")]
impl crate::model::Checker {
    /// A check as the environment says, with the variables of [`raddle::model`](model()); it fails if it has not covered
    /// all executions within 60 s, unless one of them sets another bound.
    ///
    /// # Panics
    ///
    /// When a variable is malformed.
    #[track_caller]
    pub fn from_env() -> Self {
        Self::from_settings(&Settings::from_env_or_panic())
    }

    #[track_caller]
    pub(crate) fn from_settings(settings: &Settings) -> Self {
        use crate::model::{Memory, Strategy};

        let EngineSettings { is_seq_cst, strategy, depth, seed, workers, .. } = settings.engine;
        let mut checker = Self::new();
        if let Some(is_seq_cst) = is_seq_cst {
            checker = checker.memory(if is_seq_cst { Memory::SeqCst } else { Memory::Rc11 });
        }
        let iterations = settings.iterations;
        checker = checker.strategy(match strategy {
            None | Some("auto") => Strategy::Auto { seed },
            Some("exhaustive") => Strategy::Exhaustive,
            Some("random") => Strategy::Random { iterations, seed },
            Some("pct") => Strategy::Pct { depth: depth.map_or(3, |depth| depth as u32), iterations, seed },
            Some("pos") => Strategy::Pos { iterations, seed },
            Some("surw") => Strategy::Surw { iterations, seed },
            Some(name) => unreachable!("{name} is no strategy"),
        });
        if let Some(workers) = workers {
            checker = checker.workers(workers as usize);
        }
        let EngineSettings { max_executions, max_duration, .. } = settings.engine;
        checker = match (max_executions, max_duration) {
            (None, None) => checker.budget(BUDGET),
            _ => checker,
        };
        if let Some(executions) = max_executions {
            checker = checker.max_executions(executions);
        }
        if let Some(duration) = max_duration {
            checker = checker.max_duration(duration);
        }
        let EngineSettings { max_events, max_threads, spurious_wakeups, weak_cas_failures, ref replay, .. } =
            settings.engine;
        if let Some(events) = max_events {
            checker = checker.max_events(events as usize);
        }
        if let Some(threads) = max_threads {
            checker = checker.max_threads(threads as usize);
        }
        if let Some(times) = spurious_wakeups {
            checker = checker.spurious_wakeups(times as u32);
        }
        if let Some(times) = weak_cas_failures {
            checker = checker.weak_cas_failures(times as u32);
        }
        if settings.engine.requires_complete {
            checker = checker.require_complete();
        }
        if let Some(token) = replay {
            checker = checker.replay(token).unwrap_or_else(|error| panic!("raddle: RADDLE_REPLAY: {error}"));
        }
        checker
    }
}

/// How long a model may take that nobody has set a bound for.
#[cfg(feature = "model")]
const BUDGET: std::time::Duration = std::time::Duration::from_secs(60);
