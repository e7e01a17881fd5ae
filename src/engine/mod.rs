//! What runs a model in this build?
//!
//! [`model`] hands the closure to the engine that belongs to the facade's backend, and fails a model that checked
//! nothing.

use std::cell::Cell;

use crate::sync::{BACKEND, backend};

mod settings;

pub(crate) use settings::Settings;

std::thread_local! {
    /// Threads started through the facade by this real thread.
    static THREADS_STARTED: Cell<u64> = const { Cell::new(0) };
}

/// To be called by whatever in the facade starts a thread.
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
/// | [`Loom`](crate::sync::Backend::Loom) | every execution that loom distinguishes, within its `LOOM_*` settings |
/// | [`Std`](crate::sync::Backend::Std) | the executions that real threads happen to take in `RADDLE_ITERATIONS` runs |
///
/// | variable | takes | default |
/// | --- | --- | --- |
/// | `RADDLE_ITERATIONS` | runs of each model on real threads, 1 or more | 1000 |
/// | `RADDLE_HANG_SECONDS` | the time, 1 or more, after which one such run counts as hung and ends the process | 60 |
/// | `RADDLE_BACKEND` | `std` or `loom`: fail unless this build has that backend | any |
///
/// `RADDLE_BACKEND` is for scripts: a suite that was meant for loom but was compiled without `--cfg loom` would
/// otherwise pass on real threads, having proved nothing.
///
/// # Panics
///
/// When an execution does: the panic of the model's first failing execution goes through. When the model started no
/// thread through [`raddle::thread`](crate::thread): with one thread there is one interleaving, so nothing was
/// checked. When a setting is malformed.
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
pub fn model<F>(model: F)
where
    F: Fn() + Send + Sync + 'static,
{
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => panic!("raddle: {error}"),
    };
    let before = THREADS_STARTED.get();
    backend::explore(&settings, model);
    assert!(
        THREADS_STARTED.get() > before,
        "raddle: the model started no thread through raddle::thread, so there was one interleaving and nothing was \
         checked (backend: {BACKEND}); start its threads with raddle::thread::spawn or raddle::thread::scope"
    );
}

/// Runs the code of a documentation example, which needs a model around it where the backend is loom.
#[doc(hidden)]
pub fn doctest(example: impl Fn() + Send + Sync + 'static) {
    backend::explore(&Settings { iterations: 1, ..Settings::default() }, example);
}
