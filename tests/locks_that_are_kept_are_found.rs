//! A lock whose guard is forgotten is found at the end of the execution, whoever else has given it back since.

#![cfg(not(any(loom, raddle_std)))]

use std::mem::forget;

use raddle::model::{Checker, ViolationKind};
use raddle::sync::{Arc, Mutex, RwLock};
use raddle::thread;

/// Forgets what `lock` gives in one thread, while another one reads, and gives the lock back.
fn found(lock: impl Fn(&RwLock<u8>) + Send + Sync + Copy + 'static) -> Option<(ViolationKind, String)> {
    let report = Checker::new().explore(move || {
        let shared = Arc::new(RwLock::new(0));
        let other = shared.clone();
        let reader = thread::spawn(move || drop(other.try_read()));
        let keeper = thread::spawn(move || lock(&shared));
        reader.join().unwrap();
        keeper.join().unwrap();
    });
    report.violation.map(|violation| (violation.kind, violation.message))
}

#[test]
fn a_forgotten_guard_for_writing_is_found() {
    let (kind, message) = found(|lock| forget(lock.write())).unwrap();
    assert_eq!(kind, ViolationKind::LockHeld);
    assert!(message.starts_with("The lock that thread 2 took at tests/locks_that_are_kept_are_found.rs:"), "{message}");
}

#[test]
fn a_forgotten_guard_for_reading_is_found() {
    let (kind, message) = found(|lock| forget(lock.read())).unwrap();
    assert_eq!(kind, ViolationKind::LockHeld);
    assert!(message.starts_with("The lock that thread 2 took at tests/locks_that_are_kept_are_found.rs:"), "{message}");
}

#[test]
fn a_lock_whose_poison_is_cleared_while_it_is_kept_is_found() {
    let mutex = || {
        let mutex = Mutex::new(0);
        forget(mutex.lock());
        mutex.clear_poison();
    };
    let rwlock = || {
        let lock = Arc::new(RwLock::new(0));
        let reader = thread::spawn({
            let lock = lock.clone();
            move || drop(lock.read())
        });
        reader.join().unwrap();
        forget(lock.read());
        lock.clear_poison();
    };
    for report in [Checker::new().explore(mutex), Checker::new().explore(rwlock)] {
        let violation = report.violation.expect("the guard is forgotten");
        assert_eq!(violation.kind, ViolationKind::LockHeld);
        assert!(violation.message.starts_with("The lock that main took at"), "{violation}");
    }
}

#[test]
fn guards_that_are_dropped_are_no_violation() {
    assert_eq!(found(|lock| drop((lock.read(), lock.read()))), None);
    assert_eq!(found(|lock| drop(lock.write())), None);
}
