//! A loop that waits by `spin_until` ends on every backend, and on the engine executions in which it tries in vain are left
//! out, but never what they would show.

mod failure;
mod outcomes;

use failure::failure_of;
use outcomes::Outcomes;
use raddle::cell::UnsafeCell;
use raddle::hint::spin_until;
use raddle::sync::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use raddle::sync::{Arc, BACKEND, Backend};
use raddle::thread;

/// A number behind a spin lock.
struct Locked {
    is_locked: AtomicBool,
    number: UnsafeCell<u32>,
}

// SAFETY: the number is touched by who has the lock alone.
unsafe impl Sync for Locked {}

impl Locked {
    fn new() -> Self {
        Self { is_locked: AtomicBool::new(false), number: UnsafeCell::new(0) }
    }

    /// Makes the number `to`, and returns what it was.
    fn replace(&self, to: u32, lock: fn(&AtomicBool)) -> u32 {
        lock(&self.is_locked);
        let before = self.number.with_mut(|number| {
            // SAFETY: this thread has the lock.
            unsafe { number.replace(to) }
        });
        // Release: publishes the number; pairs with the Acquire of the next lock.
        self.is_locked.store(false, Release);
        before
    }
}

fn lock(is_locked: &AtomicBool) {
    // Acquire: pairs with the Release store that gives the lock back. Relaxed: the next try looks again.
    spin_until(|| is_locked.compare_exchange(false, true, Acquire, Relaxed).ok());
}

/// What each of so many threads finds that puts its own number there.
fn replacements(threads: u32, lock: fn(&AtomicBool)) -> Vec<u32> {
    let locked = Arc::new(Locked::new());
    let threads: Vec<_> = (1..=threads)
        .map(|number| {
            let locked = locked.clone();
            thread::spawn(move || locked.replace(number, lock))
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[test]
fn a_spin_lock_keeps_others_out() {
    Outcomes::of(|| replacements(2, lock)).are([vec![0, 1], vec![2, 0]]);
}

#[test]
fn a_loop_ends_when_what_it_waits_for_comes() {
    Outcomes::of(|| {
        let count = Arc::new(AtomicU32::new(0));
        let writer = thread::spawn({
            let count = count.clone();
            move || (1..=2).for_each(|now| count.store(now, Relaxed))
        });
        // Relaxed, all: only the number itself counts.
        let seen = spin_until(|| Some(count.load(Relaxed)).filter(|&count| count > 0));
        writer.join().unwrap();
        seen
    })
    .are([1, 2]);
}

#[test]
fn a_try_that_changes_something_is_no_vain_one() {
    Outcomes::of(|| {
        let (tries, is_up) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let writer = thread::spawn({
            let is_up = is_up.clone();
            move || is_up.store(true, Relaxed)
        });
        // Gives up at the third try.
        let is_seen = spin_until(|| {
            let is_last = tries.fetch_add(1, Relaxed) == 2;
            (is_up.load(Relaxed) || is_last).then_some(!is_last)
        });
        writer.join().unwrap();
        (is_seen, if BACKEND == Backend::Model { tries.load(Relaxed) } else { 0 })
    })
    .are(match BACKEND {
        Backend::Model => vec![(false, 3), (true, 1), (true, 2)],
        _ => vec![(false, 0), (true, 0)],
    });
}

#[test]
fn a_loop_that_waits_for_nothing_is_found() {
    // loom runs into its limit, and real threads would never end.
    if BACKEND == Backend::Model {
        let failure = failure_of(|| {
            let is_up = Arc::new(AtomicBool::new(false));
            let waiter = thread::spawn(move || spin_until(|| is_up.load(Acquire).then_some(())));
            waiter.join().unwrap();
        });
        let failure = failure.expect("a livelock");
        assert!(failure.contains("livelock") && failure.contains("failed_tries_cost_nothing.rs"), "{failure}");
    }
}

#[cfg(not(any(loom, raddle_std)))]
mod counts {
    use raddle::hint::spin_loop;
    use raddle::model::{Checker, Coverage, Strategy};

    use super::*;

    fn lock_by_hand(is_locked: &AtomicBool) {
        // As `lock`.
        while is_locked.compare_exchange(false, true, Acquire, Relaxed).is_err() {
            spin_loop();
        }
    }

    fn executions(checker: &Checker, threads: u32, lock: fn(&AtomicBool)) -> u64 {
        let report = checker.explore(move || drop(replacements(threads, lock)));
        assert_eq!((&report.coverage, report.violation.is_none()), (&Coverage::Complete, true), "{report}");
        report.executions
    }

    #[test]
    fn threads_with_a_spin_lock_have_as_many_executions_as_orders() {
        let checker = Checker::new();
        assert_eq!([2, 3, 4].map(|threads| executions(&checker, threads, lock)), [2, 6, 24]);
        assert!(executions(&checker, 3, lock_by_hand) > 6, "the loop's first round is an execution of its own there");
    }

    #[test]
    fn threads_that_run_by_chance_try_again() {
        let strategy = Strategy::Random { iterations: 1000, seed: 0 };
        let report = Checker::new().strategy(strategy).explore(|| drop(replacements(3, lock)));
        assert_eq!((report.executions, report.blocked, report.violation.is_none()), (1000, 0, true), "{report}");
    }

    #[test]
    fn a_try_that_fails_for_no_reason_goes_on() {
        fn lock_weakly(is_locked: &AtomicBool) {
            // As `lock`.
            spin_until(|| is_locked.compare_exchange_weak(false, true, Acquire, Relaxed).ok());
        }
        let checker = Checker::new().weak_cas_failures(1);
        assert_eq!(executions(&checker, 2, lock_weakly), 2);
    }
}
