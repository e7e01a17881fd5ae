//! The facade's `Once`, `OnceLock` and `LazyLock` do on every backend what `std`'s do: one call runs, the others wait for it
//! and see what it did.

mod outcomes;

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use outcomes::Outcomes;
use raddle::cell::UnsafeCell;
use raddle::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use raddle::sync::{Arc, LazyLock, Once, OnceLock};
use raddle::thread;

/// A place that a `Once` guards from outside.
struct Guarded(Once, UnsafeCell<u8>);
// SAFETY: the cell is written by the call that the `Once` lets run, and read by those who know that it is done.
unsafe impl Sync for Guarded {}

impl Guarded {
    fn new() -> Arc<Self> {
        Arc::new(Self(Once::new(), UnsafeCell::new(0)))
    }

    fn write(&self, value: u8) {
        // SAFETY: one call runs, and nobody reads before it is done.
        self.1.with_mut(|place| unsafe { *place = value });
    }

    fn read(&self) -> u8 {
        // SAFETY: the call is done.
        self.1.with(|value| unsafe { *value })
    }
}

#[test]
fn one_call_runs_and_all_see_what_it_did() {
    let outcomes = Outcomes::of(|| {
        let guarded = Guarded::new();
        let threads = [1, 2].map(|value| {
            let guarded = guarded.clone();
            thread::spawn(move || {
                guarded.0.call_once(|| guarded.write(value));
                guarded.read()
            })
        });
        let [first, second] = threads.map(|thread| thread.join().unwrap());
        assert!(guarded.0.is_completed());
        assert_eq!(first, second);
        first
    });
    outcomes.are([1, 2]);
}

#[test]
fn who_sees_that_it_is_done_sees_what_was_done() {
    let outcomes = Outcomes::of(|| {
        let guarded = Guarded::new();
        let caller = thread::spawn({
            let guarded = guarded.clone();
            move || guarded.0.call_once(|| guarded.write(1))
        });
        let observer = thread::spawn(move || guarded.0.is_completed().then(|| guarded.read()));
        caller.join().unwrap();
        observer.join().unwrap()
    });
    outcomes.are([None, Some(1)]);
}

#[test]
fn a_wait_ends_when_it_is_done() {
    Outcomes::of(|| {
        let (guarded, cell) = (Guarded::new(), Arc::new(OnceLock::new()));
        let caller = thread::spawn({
            let (guarded, cell) = (guarded.clone(), cell.clone());
            move || {
                guarded.0.call_once(|| guarded.write(1));
                cell.set(2).unwrap();
            }
        });
        guarded.0.wait();
        let seen = [guarded.read(), *cell.wait()];
        caller.join().unwrap();
        seen
    })
    .are([[1, 2]]);
}

#[test]
fn a_call_that_panics_leaves_it_to_one_that_accepts_that() {
    Outcomes::of(|| {
        let guarded = Guarded::new();
        let panics = |f: &dyn Fn()| *catch_unwind(AssertUnwindSafe(f)).unwrap_err().downcast_ref::<&str>().unwrap();
        let first = panics(&|| guarded.0.call_once(|| panic_any("half done")));
        let second = panics(&|| guarded.0.call_once(|| guarded.write(2)));
        assert!(panics(&|| guarded.0.wait()).contains("poisoned"));
        assert!(!guarded.0.is_completed());
        let repairer = thread::spawn({
            let guarded = guarded.clone();
            move || {
                guarded.0.call_once_force(|state| {
                    assert!(state.is_poisoned());
                    guarded.write(3);
                })
            }
        });
        guarded.0.wait_force();
        let seen = guarded.read();
        guarded.0.call_once(|| guarded.write(4));
        repairer.join().unwrap();
        (first, second, seen)
    })
    .are([("half done", "Once instance has previously been poisoned", 3)]);
}

#[test]
fn a_once_lock_whose_value_could_not_be_made_stays_empty() {
    let outcomes = Outcomes::of(|| {
        let cell = Arc::new(OnceLock::new());
        let other = thread::spawn({
            let cell = cell.clone();
            move || *cell.get_or_init(|| 1)
        });
        let panics = thread::spawn(move || {
            catch_unwind(AssertUnwindSafe(|| *cell.get_or_init(|| panic_any("no value")))).is_err()
        });
        assert_eq!(other.join().unwrap(), 1);
        panics.join().unwrap()
    });
    outcomes.are([false, true]);
}

#[test]
fn a_once_lock_is_compared_copied_and_shown_as_its_value() {
    Outcomes::of(|| {
        let (empty, full) = (OnceLock::new(), OnceLock::from(1));
        assert!(empty == OnceLock::default() && empty != full && full == full.clone());
        assert_eq!(empty.clone().into_inner(), None);
        empty.set(2).unwrap();
        assert_eq!(full.clone().set(3), Err(3));
        thread::spawn(move || format!("{:?} {empty:?} {full:?}", OnceLock::<u8>::new())).join().unwrap()
    })
    .are(["OnceLock(<uninit>) OnceLock(2) OnceLock(1)".to_owned()]);
}

#[test]
fn a_lazy_value_is_made_by_whoever_needs_it_first() {
    let outcomes = Outcomes::of(|| {
        let made = Arc::new(AtomicUsize::new(0));
        let lazy = Arc::new(LazyLock::new({
            let made = made.clone();
            // Relaxed: only the number matters.
            move || (made.fetch_add(1, Relaxed), thread::current().id())
        }));
        let threads = [(), ()].map(|()| {
            let lazy = lazy.clone();
            thread::spawn(move || lazy.1 == thread::current().id())
        });
        let [first, second] = threads.map(|thread| thread.join().unwrap());
        // Relaxed: the threads have been joined.
        assert_eq!((lazy.0, made.load(Relaxed)), (0, 1));
        assert!(first != second);
        first
    });
    outcomes.are([false, true]);
}

#[test]
fn what_makes_a_lazy_value_may_be_used_up_by_that() {
    Outcomes::of(|| {
        let words = vec!["warp".to_owned()];
        let lazy = LazyLock::new(move || words);
        let before = format!("{lazy:?}");
        thread::scope(|scope| scope.spawn(|| assert_eq!(*lazy, ["warp"])).join().unwrap());
        (before, format!("{lazy:?}"), LazyLock::<u8>::default().to_string())
    })
    .are([("LazyLock(<uninit>)".to_owned(), "LazyLock([\"warp\"])".to_owned(), "0".to_owned())]);
}

#[test]
fn a_lazy_value_that_could_not_be_made_is_never_there() {
    Outcomes::of(|| {
        let lazy: Arc<LazyLock<u8>> = Arc::new(LazyLock::new(|| panic_any("no value")));
        let panics = [(), ()].map(|()| catch_unwind(AssertUnwindSafe(|| **lazy)).is_err());
        thread::spawn(|| ()).join().unwrap();
        panics
    })
    .are([[true, true]]);
}

/// What the engine adds: statics, which start afresh in each execution, and what it says of calls that wait for themselves.
#[cfg(not(any(loom, raddle_std)))]
mod on_the_engine {
    use super::*;
    use raddle::model::{Checker, Coverage, ViolationKind};

    static ONCE: Once = Once::new();
    static CELL: OnceLock<AtomicUsize> = OnceLock::new();
    static LAZY: LazyLock<AtomicUsize> = LazyLock::new(|| AtomicUsize::new(10));

    #[test]
    fn statics_start_afresh_in_each_execution() {
        let outcomes = Outcomes::of(|| {
            let threads = [1, 2].map(|value| {
                thread::spawn(move || {
                    let mut runs = 0;
                    ONCE.call_once(|| runs += 1);
                    // Relaxed, all: only the numbers matter.
                    CELL.get_or_init(|| AtomicUsize::new(value)).fetch_add(value * 4, Relaxed);
                    LAZY.fetch_add(1, Relaxed);
                    runs
                })
            });
            let runs: i32 = threads.map(|thread| thread.join().unwrap()).iter().sum();
            assert_eq!((runs, LAZY.load(Relaxed)), (1, 12));
            CELL.get().unwrap().load(Relaxed)
        });
        outcomes.are([13, 14]);
    }

    #[test]
    fn what_is_made_outside_is_there_in_each_execution() {
        static OUTSIDE: LazyLock<String> = LazyLock::new(|| "warp".to_owned());
        let address = OUTSIDE.as_ptr().addr();
        let cell = OnceLock::from(1);
        Outcomes::of(move || {
            let thread = thread::spawn(move || OUTSIDE.as_ptr().addr() == address);
            (thread.join().unwrap(), cell.get().copied(), cell.set(2))
        })
        .are([(true, Some(1), Err(2))]);
    }

    #[test]
    fn a_once_lock_keeps_its_value_for_its_owner() {
        Outcomes::of(|| {
            let mut cell = OnceLock::new();
            thread::scope(|scope| {
                scope.spawn(|| cell.set(1).unwrap());
            });
            *cell.get_mut().unwrap() += 1;
            let seen = thread::scope(|scope| scope.spawn(|| *cell.get_or_init(|| 5)).join().unwrap());
            (seen, cell.take(), cell.take(), cell.into_inner())
        })
        .are([(2, Some(2), None, None)]);
    }

    #[test]
    fn a_closure_that_has_captured_something_makes_a_value_in_one_execution() {
        let word = "warp".to_owned();
        let lazy = LazyLock::new(move || word);
        let report = Checker::new().workers(1).explore(move || {
            let thread = thread::spawn(|| ONCE.is_completed());
            ONCE.call_once(|| ());
            thread.join().unwrap();
            assert_eq!(*lazy, "warp");
        });
        let violation = report.violation.unwrap();
        assert_eq!(violation.kind, ViolationKind::Panic);
        assert!(violation.message.contains("has a closure as initializer"), "{}", violation.message);
    }

    #[test]
    fn who_comes_later_waits_so_there_are_as_many_executions_as_orders() {
        let report = Checker::new().explore(|| {
            let once = Arc::new(Once::new());
            let threads = [(); 3].map(|()| {
                let once = once.clone();
                thread::spawn(move || once.call_once(|| ()))
            });
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
        assert_eq!((report.executions, report.coverage, report.violation.is_none()), (3, Coverage::Complete, true));
    }

    fn deadlock(model: impl Fn() + Send + Sync + 'static) -> String {
        let violation = Checker::new().explore(model).violation.unwrap();
        assert_eq!(violation.kind, ViolationKind::Deadlock, "{}", violation.message);
        violation.message
    }

    #[test]
    fn a_call_that_waits_for_itself_is_a_deadlock() {
        let message = deadlock(|| ONCE.call_once(|| ONCE.call_once(|| ())));
        assert!(message.contains("waits for Once#1 at tests/facade_makes_things_once.rs:"), "{message}");
        assert!(message.contains("which it has taken itself at tests/facade_makes_things_once.rs:"), "{message}");

        static RECURSIVE: LazyLock<u8> = LazyLock::new(|| *RECURSIVE + 1);
        let message = deadlock(|| assert_eq!(*RECURSIVE, 0));
        assert!(message.contains("which it has taken itself at tests/facade_makes_things_once.rs:"), "{message}");
    }

    #[test]
    fn values_that_wait_for_each_other_are_a_deadlock() {
        static WARP: LazyLock<u8> = LazyLock::new(|| *WEFT);
        static WEFT: LazyLock<u8> = LazyLock::new(|| *WARP);
        let message = deadlock(|| {
            let thread = thread::spawn(|| *WARP);
            assert_eq!(*WEFT, thread.join().unwrap());
        });
        assert!(message.contains("which it has taken itself") || message.starts_with("lock cycle"), "{message}");
    }

    #[test]
    fn a_wait_for_what_nobody_does_is_a_deadlock() {
        let message = deadlock(|| {
            thread::spawn(|| drop(catch_unwind(|| ONCE.call_once(|| panic_any("half done")))));
            ONCE.wait_force();
        });
        assert!(message.contains("waits in Once#1.wait_force()"), "{message}");
        assert!(message.contains("nobody calls it any more"), "{message}");
    }
}
