//! A static begins each execution with what it was initialised with, whatever other executions, of other workers at the same
//! time too, have made of it. Other things that outlive executions are errors where that matters.

#![cfg(not(any(loom, raddle_std)))]

use std::collections::VecDeque;
use std::sync::Arc as RealArc;

use raddle::cell::UnsafeCell;
use raddle::model::{Checker, Coverage, Report, ViolationKind};
use raddle::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use raddle::sync::{Arc, Condvar, Mutex, RwLock};
use raddle::thread;

fn explore(model: impl Fn() + Send + Sync + 'static) -> Report {
    let report = Checker::new().workers(4).spurious_wakeups(0).explore(model);
    assert!(report.violation.is_none() && report.coverage == Coverage::Complete, "{report}");
    report
}

#[test]
fn a_static_queue_is_empty_at_the_beginning_of_each_execution() {
    static LIST: Mutex<VecDeque<u32>> = Mutex::new(VecDeque::new());
    static CHANGED: Condvar = Condvar::new();
    let report = explore(|| {
        let producers = [1, 2, 3].map(|value| {
            thread::spawn(move || {
                LIST.lock().unwrap().push_back(value);
                CHANGED.notify_one();
            })
        });
        let mut seen = Vec::new();
        while seen.len() < 3 {
            let mut list = CHANGED.wait_while(LIST.lock().unwrap(), |list| list.is_empty()).unwrap();
            seen.extend(list.drain(..));
        }
        producers.into_iter().for_each(|producer| producer.join().unwrap());
        seen.sort_unstable();
        assert_eq!(seen, [1, 2, 3]);
        assert!(LIST.lock().unwrap().is_empty());
    });
    assert!(report.executions > 100, "{report}");
    assert!(LIST.lock().unwrap().is_empty(), "the models' own copies were changed");
}

#[test]
fn a_static_lock_for_readers_holds_what_it_was_made_with() {
    static WORDS: RwLock<[u8; 3]> = RwLock::new([1, 2, 3]);
    explore(|| {
        let threads = [0, 1, 2].map(|place| thread::spawn(move || WORDS.write().unwrap()[place] += 10));
        let sum: u8 = WORDS.read().unwrap().iter().sum();
        assert!([6, 16, 26, 36].contains(&sum), "{sum}");
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*WORDS.read().unwrap(), [11, 12, 13]);
    });
    assert_eq!(*WORDS.read().unwrap(), [1, 2, 3]);
}

/// A place that is written before it is published.
struct Slot {
    is_full: AtomicBool,
    value: UnsafeCell<usize>,
}

// SAFETY: `value` is written once, before `is_full` is set by a Release store, and read after an Acquire load of that.
unsafe impl Sync for Slot {}

#[test]
fn a_static_cell_holds_what_it_was_made_with() {
    static SLOT: Slot = Slot { is_full: AtomicBool::new(false), value: UnsafeCell::new(7) };
    static NEXT: AtomicUsize = AtomicUsize::new(100);
    explore(|| {
        // SAFETY: nobody else is there yet.
        assert_eq!(SLOT.value.with(|value| unsafe { *value }), 7);
        let writer = thread::spawn(|| {
            let mine = NEXT.fetch_add(1, Relaxed);
            // SAFETY: this thread alone writes, and the flag is not set yet.
            SLOT.value.with_mut(|value| unsafe { *value = mine });
            SLOT.is_full.store(true, Release);
        });
        let other = thread::spawn(|| NEXT.fetch_add(1, Relaxed));
        if SLOT.is_full.load(Acquire) {
            // SAFETY: the flag is set.
            assert!([100, 101].contains(&SLOT.value.with(|value| unsafe { *value })));
        }
        writer.join().unwrap();
        other.join().unwrap();
    });
}

#[test]
fn a_static_that_was_changed_outside_is_copied_unless_it_owns_something() {
    static PLAIN: Mutex<u32> = Mutex::new(1);
    static OWNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());
    *PLAIN.lock().unwrap() = 5;
    OWNING.lock().unwrap().push(5);
    explore(|| {
        let other = thread::spawn(|| *PLAIN.lock().unwrap() += 1);
        assert!([5, 6].contains(&*PLAIN.lock().unwrap()));
        other.join().unwrap();
    });
    assert_eq!(*PLAIN.lock().unwrap(), 5);
    let report = Checker::new().explore(|| OWNING.lock().unwrap().push(6));
    let violation = report.violation.expect("a violation");
    assert_eq!(violation.kind, ViolationKind::NotDeterministic);
    assert!(violation.message.contains("was changed outside of the model"), "{violation}");
    assert_eq!(*OWNING.lock().unwrap(), [5]);
}

#[test]
fn a_value_of_the_closure_that_would_last_is_an_error() {
    let outlives = RealArc::new(Mutex::new(0));
    let report = Checker::new().workers(1).explore(move || {
        let there = Arc::new(AtomicBool::new(false));
        let flag = there.clone();
        let other = thread::spawn(move || flag.store(true, Relaxed));
        there.load(Relaxed);
        *outlives.lock().unwrap() += 1;
        other.join().unwrap();
    });
    let violation = report.violation.expect("a violation");
    assert_eq!(violation.kind, ViolationKind::NotDeterministic);
    assert!(violation.message.contains("made outside of the model"), "{violation}");
    assert!(violation.message.contains("inside of the model's closure"), "{violation}");
}
