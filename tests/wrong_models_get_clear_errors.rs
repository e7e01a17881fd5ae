//! Whatever is wrong with a model, the engine says so in words: nothing hangs, nothing aborts, nothing passes.

#![cfg(not(any(loom, raddle_std)))]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Arc as RealArc;

use raddle::cell::UnsafeCell;
use raddle::hint;
use raddle::model::{Checker, Coverage, Report, Strategy, ViolationKind, assume};
use raddle::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use raddle::sync::{Arc, Mutex};
use raddle::thread;

fn violation(report: &Report) -> (ViolationKind, &str) {
    let violation = report.violation.as_ref().expect("a violation");
    (violation.kind, &violation.message)
}

fn message_of(f: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err("a panic");
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| (*panic.downcast_ref::<&str>().unwrap()).to_owned())
}

#[test]
fn a_closure_that_panics_in_its_first_line_is_a_violation() {
    let report = Checker::new().explore(|| panic!("at once"));
    let (kind, message) = violation(&report);
    assert_eq!(kind, ViolationKind::Panic);
    assert!(message.contains("at once") && message.contains("main panicked at tests/"), "{message}");
    assert_eq!(report.executions, 0);
}

#[test]
fn a_model_without_operations_fails() {
    let message = message_of(|| drop(Checker::new().check(|| ())));
    assert!(message.contains("nothing was checked"), "{message}");
}

#[test]
fn a_model_none_of_whose_executions_ends_fails() {
    let message = message_of(|| {
        Checker::new().check(|| {
            AtomicBool::new(false).store(true, Relaxed);
            assume(false);
        });
    });
    assert!(message.contains("none of the executions came to an end (1 were blocked)"), "{message}");
}

#[test]
fn zero_workers_executions_events_or_threads_are_refused() {
    for (message, takes) in [
        (message_of(|| drop(Checker::new().workers(0))), "at least one worker"),
        (message_of(|| drop(Checker::new().max_executions(0))), "at least one execution"),
        (message_of(|| drop(Checker::new().max_events(0))), "1 to 60,000"),
        (message_of(|| drop(Checker::new().max_threads(0))), "1 to 4,096"),
    ] {
        assert!(message.contains(takes), "{message}");
    }
}

#[test]
fn a_model_inside_of_a_model_is_refused() {
    let report = Checker::new().explore(|| raddle::model(|| ()));
    let (kind, message) = violation(&report);
    assert_eq!(kind, ViolationKind::Panic);
    assert!(message.contains("a model can't be checked inside of another"), "{message}");
}

#[test]
fn an_object_that_a_foreign_thread_uses_is_a_clear_error() {
    let report = Checker::new().explore(|| {
        let flag = RealArc::new(AtomicBool::new(false));
        flag.store(true, Relaxed);
        let foreign = std::thread::spawn(move || flag.load(Relaxed));
        if let Err(panic) = foreign.join() {
            std::panic::resume_unwind(panic);
        }
    });
    let (_, message) = violation(&report);
    assert!(message.contains("used in a thread that the model did not start"), "{message}");
}

#[test]
fn a_lock_that_is_held_at_the_end_is_a_violation() {
    let report = Checker::new().explore(|| {
        let mutex = Mutex::new(());
        std::mem::forget(mutex.lock());
    });
    let (kind, message) = violation(&report);
    assert_eq!(kind, ViolationKind::LockHeld);
    assert!(message.contains("is still held when all threads have ended"), "{message}");
}

#[test]
fn a_thread_that_nobody_joins_and_that_waits_for_ever_is_a_deadlock() {
    let report = Checker::new().spurious_wakeups(0).explore(|| drop(thread::spawn(thread::park)));
    let (kind, message) = violation(&report);
    assert_eq!(kind, ViolationKind::Deadlock);
    assert!(message.contains("thread 1 waits in") && message.contains("nobody unparks it"), "{message}");
}

#[test]
fn a_thousand_threads_are_a_clear_error() {
    let report = Checker::new().explore(|| {
        for _ in 0..1000 {
            thread::spawn(|| ());
        }
    });
    assert_eq!(violation(&report).0, ViolationKind::TooManyThreads);
}

#[test]
fn a_thousand_threads_run_where_they_are_allowed() {
    let report = Checker::new().max_threads(1001).explore(|| {
        for _ in 0..1000 {
            thread::spawn(|| ()).join().unwrap();
        }
    });
    assert_eq!((report.executions, report.coverage), (1, Coverage::Complete));
}

#[test]
fn a_million_events_are_a_clear_error_that_names_the_line() {
    let report = Checker::new().explore(|| {
        let count = AtomicUsize::new(0);
        while count.fetch_add(1, Relaxed) < 1_000_000 {}
    });
    let (kind, message) = violation(&report);
    assert_eq!(kind, ViolationKind::TooManyEvents);
    assert!(message.contains("more than 10000 events") && message.contains(file!()), "{message}");
}

#[test]
fn a_loop_without_a_marker_that_waits_for_ever_hits_the_limit_of_events() {
    let report = Checker::new().max_events(100).explore(|| {
        let flag = AtomicBool::new(false);
        while !flag.load(Relaxed) {}
    });
    let (kind, message) = violation(&report);
    assert_eq!(kind, ViolationKind::TooManyEvents);
    assert!(message.contains("hint::spin_loop"), "{message}");
}

#[test]
fn a_loop_with_a_marker_that_waits_for_ever_is_a_livelock() {
    let report = Checker::new().explore(|| {
        let flag = Arc::new(AtomicBool::new(false));
        thread::spawn(move || {
            while !flag.load(Relaxed) {
                hint::spin_loop();
            }
        });
    });
    let (kind, message) = violation(&report);
    assert_eq!(kind, ViolationKind::Livelock);
    assert!(message.contains("thread 1 goes round in the loop at") && message.contains(file!()), "{message}");
}

#[test]
fn a_livelock_after_a_panic_that_was_caught_tells_of_the_panic() {
    let report = Checker::new().explore(|| {
        let is_locked = Arc::new(AtomicBool::new(false));
        let panics = thread::spawn({
            let is_locked = is_locked.clone();
            move || {
                is_locked.store(true, Relaxed);
                catch_unwind(|| panic!("with the lock")).unwrap_err();
            }
        });
        panics.join().unwrap();
        hint::spin_until(|| (!is_locked.load(Relaxed)).then_some(()));
    });
    let (kind, message) = violation(&report);
    assert_eq!(kind, ViolationKind::Livelock);
    assert!(message.contains("thread 1 panicked before, at tests/"), "{message}");
    assert!(message.contains("with the lock"), "{message}");
    assert!(report.to_string().contains("| panics"), "{report}");
}

#[test]
fn a_loop_that_gives_up_after_some_tries_is_no_livelock() {
    let report = Checker::new().explore(|| {
        let flag = AtomicBool::new(false);
        let tries = (0..10).take_while(|_| {
            hint::spin_loop();
            !flag.load(Relaxed)
        });
        assert_eq!(tries.count(), 10);
    });
    assert_eq!((report.executions, report.violation.is_none()), (1, true), "{report}");
}

#[test]
fn a_model_that_counts_its_runs_is_not_deterministic() {
    let runs = std::sync::atomic::AtomicUsize::new(0);
    let report = Checker::new().workers(1).explore(move || {
        let order = if runs.fetch_add(1, Relaxed).is_multiple_of(2) { Relaxed } else { SeqCst };
        let flag = Arc::new(AtomicBool::new(false));
        let other = flag.clone();
        thread::spawn(move || other.store(true, Relaxed));
        flag.load(order);
    });
    let (kind, message) = violation(&report);
    assert_eq!(kind, ViolationKind::NotDeterministic);
    for words in ["expected: AtomicBool::load, Relaxed", "found:    AtomicBool::load, SeqCst", file!()] {
        assert!(message.contains(words), "{message}");
    }
}

struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("{}", self.0);
    }
}

#[test]
fn a_panic_while_panicking_is_a_violation_and_the_checks_after_it_go_on() {
    for round in 0..3 {
        let report = Checker::new().explore(move || {
            let flag = Arc::new(AtomicBool::new(false));
            let there = flag.clone();
            let other = thread::spawn(move || {
                let _bomb = Bomb("and again");
                there.store(true, Relaxed);
                panic!("once");
            });
            if round == 0 {
                let _ = other.join();
            }
            flag.load(Relaxed);
        });
        let (kind, message) = violation(&report);
        assert_eq!(kind, ViolationKind::Panic);
        for words in ["and again\nthread 1 panicked at tests/", " while it unwound from another panic: once, at tests/"]
        {
            assert!(message.contains(words), "{message}");
        }
        let caught = catch_unwind(|| panic!("an ordinary one"));
        assert!(caught.is_err() && !std::thread::panicking());
        let report = Checker::new().explore(|| {
            let panicked = thread::spawn(|| panic!("heard")).join();
            assert!(panicked.is_err() && !thread::panicking());
        });
        assert!(report.violation.is_none() && report.executions == 1, "{report}");
    }
}

#[test]
fn a_panic_in_a_function_that_cannot_unwind_is_a_violation() {
    extern "C" fn never_unwinds() {
        panic!("but does");
    }
    let report = Checker::new().explore(|| {
        AtomicBool::new(false).store(true, Relaxed);
        never_unwinds();
    });
    let (kind, message) = violation(&report);
    assert_eq!(kind, ViolationKind::Panic);
    assert!(message.contains("but does") && message.contains("in a function that can't unwind"), "{message}");
}

#[test]
fn a_panic_in_a_destructor_of_an_execution_that_is_given_up_is_no_violation() {
    let report = Checker::new().workers(1).explore(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let there = flag.clone();
        let other = thread::spawn(move || there.store(true, Relaxed));
        {
            let _bomb = flag.load(Relaxed).then(|| Bomb("in vain"));
            assume(!flag.load(Relaxed));
        }
        other.join().unwrap();
    });
    assert_eq!((report.executions, report.blocked, report.coverage), (1, 2, Coverage::Complete));
    assert!(report.violation.is_none());
}

/// Aborts, if it is told to.
#[test]
fn an_abort() {
    if std::env::var_os("RADDLE_ABORT").is_some() {
        let report = Checker::new().explore(|| {
            let _bomb = Bomb("and again");
            panic!("once");
        });
        assert!(report.violation.is_some());
        std::process::abort();
    }
}

#[cfg(unix)]
#[test]
fn a_process_that_aborts_itself_does_so_even_after_a_model_that_would_have() {
    use std::os::unix::process::ExitStatusExt;
    let this = std::env::current_exe().unwrap();
    let output = Command::new(this).args(["--exact", "an_abort"]).env("RADDLE_ABORT", "1").output().unwrap();
    assert_eq!(output.status.signal(), Some(6), "{output:?}");
}

#[test]
fn a_panic_in_a_thread_that_nobody_joins_is_a_violation() {
    let report = Checker::new().explore(|| drop(thread::spawn(|| panic!("unheard"))));
    let (kind, message) = violation(&report);
    assert_eq!(kind, ViolationKind::Panic);
    assert!(message.contains("unheard") && message.contains("thread 1 panicked at"), "{message}");
}

#[test]
fn destructors_that_wait_for_ever_do_not_hang_the_search() {
    struct Waits(RealArc<AtomicBool>);
    impl Drop for Waits {
        fn drop(&mut self) {
            while !self.0.load(Relaxed) {
                hint::spin_loop();
            }
        }
    }
    let report = Checker::new().explore(|| {
        let flag = RealArc::new(AtomicBool::new(false));
        let waits = Waits(flag.clone());
        let value = AtomicUsize::new(0);
        value.store(1, Relaxed);
        assume(value.load(Relaxed) == 2);
        drop(waits);
    });
    assert_eq!((report.executions, report.blocked), (0, 1), "{report}");
}

/// A data race that real threads would show once in a blue moon.
#[test]
fn a_data_race_is_found_in_whatever_order_the_threads_are_started() {
    struct Shared(UnsafeCell<u8>, AtomicBool);
    // SAFETY: not sound, which is what the test is about; the engine runs one thread at a time.
    unsafe impl Sync for Shared {}
    for writer_first in [true, false] {
        let report = Checker::new().explore(move || {
            let shared = Arc::new(Shared(UnsafeCell::new(0), AtomicBool::new(false)));
            let other = shared.clone();
            let write = move || {
                // SAFETY: as above.
                other.0.with_mut(|value| unsafe { *value = 1 });
                // Relaxed: publishes nothing, which is the fault.
                other.1.store(true, Relaxed);
            };
            let read = move || {
                if shared.1.load(Acquire) {
                    // SAFETY: as above.
                    shared.0.with(|value| unsafe { *value });
                }
            };
            if writer_first {
                drop((thread::spawn(write), thread::spawn(read)));
            } else {
                drop((thread::spawn(read), thread::spawn(write)));
            }
        });
        let (kind, message) = violation(&report);
        assert_eq!(kind, ViolationKind::DataRace);
        assert!(message.contains("writes at") && message.contains("reads at"), "{message}");
    }
}

#[test]
fn random_executions_find_what_is_common_and_never_claim_to_be_complete() {
    let unlucky = || {
        let flag = Arc::new(AtomicBool::new(false));
        let other = flag.clone();
        let thread = thread::spawn(move || other.store(true, Release));
        assert!(!flag.load(Acquire), "seen");
        thread.join().unwrap();
    };
    let strategy = Strategy::Random { iterations: 100, seed: 1 };
    let report = Checker::new().strategy(strategy).explore(unlucky);
    assert!(violation(&report).1.contains("seen"));
    let report = Checker::new().strategy(strategy).explore(|| thread::spawn(|| ()).join().unwrap());
    assert_eq!((report.executions, report.coverage), (100, Coverage::Bounded("100 random executions".to_owned())));
}

#[test]
fn several_models_run_at_once() {
    let models: Vec<_> = (0..8)
        .map(|_| {
            std::thread::spawn(|| {
                static SHARED: AtomicUsize = AtomicUsize::new(0);
                Checker::new().explore(|| {
                    assert_eq!(SHARED.load(Relaxed), 0, "statics start afresh");
                    let threads: Vec<_> = (0..4).map(|_| thread::spawn(|| SHARED.fetch_add(1, Relaxed))).collect();
                    for thread in threads {
                        thread.join().unwrap();
                    }
                    assert_eq!(SHARED.load(Relaxed), 4);
                })
            })
        })
        .collect();
    for model in models {
        let report = model.join().unwrap();
        assert_eq!((report.executions, report.violation.is_none()), (24, true), "{report}");
    }
}

#[test]
fn a_spin_lock_that_swaps_ends_and_one_that_is_never_given_back_is_a_livelock() {
    let spin_lock = |gives_back: bool| {
        Checker::new().explore(move || {
            let taken = Arc::new(AtomicBool::new(false));
            for _ in 0..2 {
                let taken = taken.clone();
                thread::spawn(move || {
                    while taken.swap(true, Acquire) {
                        hint::spin_loop();
                    }
                    if gives_back {
                        taken.store(false, Release);
                    }
                });
            }
        })
    };
    let report = spin_lock(true);
    assert_eq!((&report.coverage, report.violation.is_none()), (&Coverage::Complete, true), "{report}");
    assert_eq!(violation(&spin_lock(false)).0, ViolationKind::Livelock);
}

#[test]
fn a_thread_that_finds_a_lock_poisoned_is_not_the_cause() {
    let report = Checker::new().workers(1).explore(|| {
        let lock = Arc::new(Mutex::new(0));
        let other = lock.clone();
        let counting = thread::spawn(move || {
            *other.lock().unwrap() += 1;
            *other.lock().unwrap() += 1;
        });
        let checking = thread::spawn(move || {
            let count = lock.lock().unwrap();
            assert!(*count != 1, "the first to panic");
        });
        counting.join().unwrap();
        checking.join().unwrap();
    });
    let violation = report.violation.expect("a violation");
    assert!(violation.message.starts_with("the first to panic\nthread 2 panicked at"), "{violation}");
    assert!(violation.trace.contains("main heard of it"), "{violation}");
}
