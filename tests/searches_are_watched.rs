//! Who waits for a search can follow it, and end it.

#![cfg(not(any(loom, raddle_std)))]

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex as RealMutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use raddle::model::{Checker, Coverage, Strategy};
use raddle::sync::Arc;
use raddle::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use raddle::thread;

/// More than could be explored while a test runs.
fn large() {
    let count = Arc::new(AtomicUsize::new(0));
    for _ in 0..6 {
        let count = count.clone();
        thread::spawn(move || (0..6).for_each(|_| _ = count.fetch_add(1, Relaxed)));
    }
}

#[test]
fn a_watcher_is_told_how_far_the_search_is_and_can_end_it() {
    for workers in [1, 2] {
        let (sender, told) = channel();
        let sender = RealMutex::new(sender);
        let here = std::thread::current().id();
        let report = Checker::new().workers(workers).watch(move |watched| {
            assert_eq!(std::thread::current().id(), here);
            let goes_on = watched.elapsed < Duration::from_millis(350);
            sender.lock().unwrap().send(*watched).unwrap();
            if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        let report = report.explore(large);
        assert_eq!(report.coverage, Coverage::Bounded("it was interrupted".to_owned()));
        let told: Vec<_> = told.try_iter().collect();
        assert!((2..=4).contains(&told.len()), "some ten times a second: {told:?}");
        assert!(told.is_sorted_by_key(|watched| (watched.executions, watched.elapsed)), "{told:?}");
        let last = told.last().unwrap();
        assert!(last.executions > 0 && report.executions >= last.executions, "{told:?}");
        assert!(last.sampled > 0 && last.estimate.is_some_and(|estimate| estimate.executions > 1000.0), "{told:?}");
    }
}

#[test]
fn a_search_by_chance_is_watched_as_well() {
    let by_chance = Strategy::Random { iterations: u64::MAX, seed: 0 };
    let report = Checker::new().strategy(by_chance).watch(|_| ControlFlow::Break(())).explore(large);
    assert_eq!(report.coverage, Coverage::Bounded("it was interrupted".to_owned()));
    assert!(report.executions > 0);
}

#[test]
fn a_watcher_that_goes_on_changes_nothing() {
    let model = || {
        let count = Arc::new(AtomicUsize::new(0));
        let other = count.clone();
        thread::spawn(move || other.fetch_add(1, Relaxed));
        count.load(Relaxed);
    };
    let report = Checker::new().watch(|_| ControlFlow::Continue(())).explore(model);
    assert_eq!((report.executions, report.coverage), (2, Coverage::Complete));
}

#[test]
fn the_panic_of_a_watcher_ends_the_search_and_goes_on() {
    let checker = Checker::new().workers(2).watch(|_| panic!("seen enough"));
    let panic = catch_unwind(AssertUnwindSafe(|| checker.explore(large))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"seen enough"));
    // Nothing is left of it.
    let report = Checker::new().max_executions(10).explore(large);
    assert_eq!(report.executions + report.blocked, 10);
}
