//! A counterexample says, after each row of its trace, what each thread can do, and what the objects hold.

#![cfg(not(any(loom, raddle_std)))]

use raddle::model::{Checker, Counterexample, ThreadState};
use raddle::sync::atomic::{
    AtomicI32,
    Ordering::{Relaxed, Release},
};
use raddle::sync::{Arc, Condvar, Mutex, RwLock};
use raddle::thread;

fn found(model: fn()) -> Counterexample {
    let violation = Checker::new().workers(1).explore(model).violation.expect("a violation");
    let rows: usize = violation.lanes.iter().map(|lane| lane.events.len()).sum();
    assert_eq!(violation.steps().count(), rows);
    for step in violation.steps() {
        assert_eq!(step.threads.len(), violation.lanes.len());
        assert!(violation.lanes.iter().any(|lane| lane.events.iter().any(|event| event.number == step.number)));
    }
    violation
}

/// What is so after each row: what the threads can do, and what the objects hold.
fn told(violation: &Counterexample) -> String {
    let mut told = violation.trace.split("\n\n").next().unwrap().to_owned() + "\n";
    for step in violation.steps() {
        let threads: Vec<_> = step.threads.iter().map(ToString::to_string).collect();
        let objects: Vec<_> = step.objects.iter().map(|object| format!("{}: {}", object.name, object.value)).collect();
        told += &format!("\n{:>2}  {}", step.number, threads.join(", "));
        if !objects.is_empty() {
            told += &format!("\n      {}", objects.join(", "));
        }
    }
    told
}

#[test]
fn locks_say_who_has_them_and_threads_what_they_wait_for() {
    let violation = found(|| {
        let shared = Arc::new((Mutex::new(0), RwLock::new(0), Condvar::new()));
        let other = shared.clone();
        let waits = thread::spawn(move || {
            let read = other.1.read().unwrap();
            let guard = other.0.lock().unwrap();
            drop(other.2.wait(guard));
            drop(read);
        });
        waits.join().unwrap();
        drop(shared.1.write());
    });
    insta::assert_snapshot!("a_wait_that_nobody_ends", told(&violation));
}

#[test]
fn values_are_the_newest_and_not_those_that_are_read() {
    let violation = found(|| {
        let shared = Arc::new((AtomicI32::new(-5), AtomicI32::new(0)));
        let other = shared.clone();
        let writer = thread::spawn(move || {
            other.0.store(-7, Relaxed);
            other.1.store(1, Release);
        });
        if shared.1.load(Relaxed) == 1 {
            assert_eq!(shared.0.load(Relaxed), -7);
        }
        writer.join().unwrap();
    });
    insta::assert_snapshot!("a_value_that_is_seen_late", told(&violation));
    let last = violation.steps().last().unwrap();
    assert!(last.threads.contains(&ThreadState::Panicked), "{last:?}");
}

#[test]
fn what_is_left_out_of_a_long_trace_has_no_steps() {
    let violation = found(|| {
        let count = Arc::new(AtomicI32::new(0));
        while count.fetch_add(1, Relaxed) >= 0 {}
    });
    let steps: Vec<_> = violation.steps().collect();
    assert!(steps[0].number > 1 && steps.len() < 100, "{}", steps.len());
    let last = &steps.last().unwrap().objects[0];
    assert!(last.value.parse::<i32>().unwrap() > 9000, "{last:?}");
}
