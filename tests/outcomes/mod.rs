//! Which outcomes did a model show? A model test states those that it must have seen, not only those that it must not:
//! a run that never met the race has tested nothing.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

#[cfg(not(any(loom, raddle_std)))]
use raddle::model::{Checker, Strategy};
use raddle::sync::{BACKEND, Backend};

/// What the executions of a model came to. Collected over all of them, so in std's types: it is no part of the model.
pub struct Outcomes<T>(BTreeSet<T>);

impl<T: Ord + Debug + Send + 'static> Outcomes<T> {
    /// Checks a model whose closure returns the outcome of the execution.
    #[allow(dead_code, reason = "each test file uses its part of this one")]
    pub fn of(model: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self::collect(model, raddle::model)
    }

    /// As `of`, with less to explore: under loom each execution has at most `preemptions` preemptions (none: any number), on
    /// the engine no wait ends for no reason.
    ///
    /// For models with four threads, which would take minutes with the default of `.cargo/config.toml`, and for those
    /// in which two threads spin for a third: loom lets the two yield to each other until it gives up ("exceeded maximum
    /// number of branches").
    #[allow(dead_code, reason = "each test file uses its part of this one")]
    pub fn with_preemptions(
        preemptions: impl Into<Option<usize>>,
        model: impl Fn() -> T + Send + Sync + 'static,
    ) -> Self {
        #[cfg(loom)]
        return Self::collect(model, |model| {
            let mut loom = loom::model::Builder::new();
            loom.preemption_bound = preemptions.into();
            loom.check(model);
        });
        #[cfg(raddle_std)]
        return {
            let _ = preemptions;
            Self::of(model)
        };
        // Of what four threads do there is enough without wake-ups for no reason.
        #[cfg(not(any(loom, raddle_std)))]
        return Self::collect(model, |model| {
            let _ = preemptions;
            println!("{}", Checker::from_env().spurious_wakeups(0).check(model));
        });
    }

    /// For models with too many executions: the engine makes so many by chance, the same each time.
    #[cfg(not(loom))]
    #[allow(dead_code, reason = "as above")]
    pub fn sampled(iterations: u64, model: impl Fn() -> T + Send + Sync + 'static) -> Self {
        #[cfg(raddle_std)]
        return {
            let _ = iterations;
            Self::of(model)
        };
        #[cfg(not(raddle_std))]
        return Self::collect(model, |model| {
            println!("{}", Checker::from_env().strategy(Strategy::Random { iterations, seed: 0 }).check(model));
        });
    }

    fn collect(model: impl Fn() -> T + Send + Sync + 'static, check: impl FnOnce(Box<dyn Fn() + Send + Sync>)) -> Self {
        let seen = Arc::new(Mutex::new(BTreeSet::new()));
        check(Box::new({
            let seen = seen.clone();
            move || {
                let outcome = model();
                seen.lock().unwrap().insert(outcome);
            }
        }));
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        assert!(!seen.is_empty(), "no execution ended");
        Self(seen)
    }

    /// Asserts that an exhaustive engine has seen all of `expected`, and that no engine has seen anything else.
    #[track_caller]
    pub fn are(&self, expected: impl IntoIterator<Item = T>) {
        let expected: BTreeSet<T> = expected.into_iter().collect();
        let unexpected: Vec<_> = self.0.difference(&expected).collect();
        assert!(unexpected.is_empty(), "seen but not allowed: {unexpected:?}");
        if matches!(BACKEND, Backend::Loom | Backend::Model) {
            let missing: Vec<_> = expected.difference(&self.0).collect();
            assert!(missing.is_empty(), "allowed but not seen: {missing:?}; seen: {:?}", self.0);
        }
    }
}
