//! The facade has on every backend what `std` has, also what loom itself lacks: scoped threads, barriers, `OnceLock`,
//! waiting on a condition, spinning.

mod outcomes;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use outcomes::Outcomes;
use raddle::cell::UnsafeCell;
use raddle::hint;
use raddle::sync::atomic::{
    AtomicBool, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use raddle::sync::{Arc, Barrier, Condvar, Mutex, OnceLock};
use raddle::thread;

#[test]
fn scoped_threads_borrow_and_are_joined() {
    let outcomes = Outcomes::of(|| {
        let mut order = Vec::new();
        let next = AtomicUsize::new(0);
        // Relaxed: only the number matters.
        let take = || next.fetch_add(1, Relaxed);
        thread::scope(|scope| {
            let joined = scope.spawn(take);
            scope.spawn(take); // joined by the scope
            order.push(joined.join().unwrap());
        });
        assert_eq!(next.load(Relaxed), 2, "the scope has waited for both");
        order
    });
    outcomes.are([vec![0], vec![1]]);
}

#[test]
fn a_scope_waits_for_threads_that_its_threads_started() {
    let outcomes = Outcomes::of(|| {
        let done = AtomicUsize::new(0);
        let seen_inside = thread::scope(|scope| {
            scope.spawn(|| {
                scope.spawn(|| done.fetch_add(1, Relaxed));
            });
            done.load(Relaxed)
        });
        assert_eq!(done.load(Relaxed), 1);
        seen_inside
    });
    outcomes.are([0, 1]);
}

#[test]
fn what_scoped_threads_write_is_seen_after_the_scope() {
    Outcomes::of(|| {
        let (mut left, mut right) = (0, 0);
        thread::scope(|scope| {
            scope.spawn(|| left = 1);
            thread::Builder::new().name("right".into()).spawn_scoped(scope, || right = 2).unwrap();
        });
        (left, right)
    })
    .are([(1, 2)]);
}

#[test]
fn a_scoped_threads_panic_goes_to_the_one_who_joins_it() {
    Outcomes::of(|| {
        let finished = AtomicBool::new(false);
        let result = thread::scope(|scope| {
            scope.spawn(|| finished.store(true, Release));
            scope.spawn(|| std::panic::panic_any("for the joiner")).join()
        });
        // Acquire: pairs with the Release store in the thread, though the end of the scope is enough.
        assert!(finished.load(Acquire));
        *result.unwrap_err().downcast_ref::<&str>().unwrap()
    })
    .are(["for the joiner"]);
}

#[test]
fn a_scoped_threads_panic_that_nobody_takes_is_the_scopes() {
    Outcomes::of(|| {
        let panic = catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|scope| {
                scope.spawn(|| std::panic::panic_any("for nobody"));
            });
        }));
        *panic.unwrap_err().downcast_ref::<&str>().unwrap()
    })
    .are(["a scoped thread panicked"]);
}

#[test]
fn a_scope_whose_body_panics_still_waits_for_its_threads() {
    Outcomes::of(|| {
        let done = AtomicUsize::new(0);
        let panic = catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|scope| {
                scope.spawn(|| done.fetch_add(1, Relaxed));
                std::panic::panic_any("body");
            });
        }));
        assert!(panic.is_err());
        done.load(Relaxed)
    })
    .are([1]);
}

/// A place that is read when the thread that writes to it has ended.
struct Place(UnsafeCell<u8>);
// SAFETY: the models order all accesses by the end of a thread.
unsafe impl Sync for Place {}

impl Place {
    fn write(&self) {
        // SAFETY: the other thread reads when this one is finished.
        self.0.with_mut(|value| unsafe { *value = 1 });
    }

    fn read(&self) -> u8 {
        // SAFETY: the writer has ended.
        self.0.with(|value| unsafe { *value })
    }
}

#[test]
fn a_handle_says_when_its_thread_is_finished() {
    let outcomes = Outcomes::of(|| {
        let place = Arc::new(Place(UnsafeCell::new(0)));
        let thread = thread::spawn({
            let place = place.clone();
            move || place.write()
        });
        let at_once = thread.is_finished();
        while !thread.is_finished() {
            hint::spin_loop();
        }
        assert_eq!(place.read(), 1);
        thread.join().unwrap();
        at_once
    });
    outcomes.are([false, true]);
}

#[test]
fn a_scoped_threads_handle_says_when_it_is_finished() {
    let outcomes = Outcomes::of(|| {
        let place = Place(UnsafeCell::new(0));
        thread::scope(|scope| {
            let writer = scope.spawn(|| place.write());
            let asker = scope.spawn(move || (writer.is_finished(), writer));
            let (was_finished, writer) = asker.join().unwrap();
            if was_finished {
                assert_eq!(place.read(), 1);
            }
            writer.join().unwrap();
            was_finished
        })
    });
    outcomes.are([false, true]);
}

#[test]
fn a_thread_can_be_finished_while_its_scope_waits_for_it() {
    let outcomes = Outcomes::of(|| {
        let seen = AtomicBool::new(false);
        thread::scope(|scope| {
            let writer = scope.spawn(|| ());
            let seen = &seen;
            // Relaxed: the scope orders it.
            scope.spawn(move || seen.store(writer.is_finished(), Relaxed));
        });
        seen.load(Relaxed)
    });
    outcomes.are([false, true]);
}

#[cfg(not(loom))]
#[test]
fn outside_of_models_a_scoped_thread_says_when_it_is_finished_too() {
    thread::scope(|scope| {
        let thread = scope.spawn(|| 1);
        while !thread.is_finished() {
            hint::spin_loop();
        }
        assert_eq!(thread.join().unwrap(), 1);
    });
}

#[test]
fn a_barrier_lets_all_go_at_once_and_again() {
    let outcomes = Outcomes::of(|| {
        let barrier = Arc::new(Barrier::new(2));
        let arrived = Arc::new(AtomicUsize::new(0));
        let threads = [(), ()].map(|()| {
            let (barrier, arrived) = (barrier.clone(), arrived.clone());
            thread::spawn(move || {
                [1, 2].map(|round| {
                    // Relaxed: the barrier orders these.
                    arrived.fetch_add(1, Relaxed);
                    let leads = barrier.wait().is_leader();
                    assert!(arrived.load(Relaxed) >= 2 * round, "nobody passes before all have come");
                    leads
                })
            })
        });
        let [first, second] = threads.map(|thread| thread.join().unwrap());
        for round in 0..2 {
            assert!(first[round] != second[round], "one leader in each round");
        }
        first
    });
    outcomes.are([[false, false], [false, true], [true, false], [true, true]]);
}

#[test]
fn a_once_lock_is_written_once_and_read_by_all() {
    let outcomes = Outcomes::of(|| {
        let cell = Arc::new(OnceLock::new());
        let threads = [1, 2].map(|value| {
            let cell = cell.clone();
            thread::spawn(move || {
                let before = cell.get().copied();
                (before, *cell.get_or_init(|| value))
            })
        });
        let [first, second] = threads.map(|thread| thread.join().unwrap());
        assert_eq!(first.1, second.1, "all see the same value");
        assert_eq!(cell.set(3), Err(3));
        assert!(first.0.is_none_or(|value| value == second.1));
        (first.0.is_some(), second.0.is_some(), first.1)
    });
    // Whoever found it written did not write it.
    outcomes.are([(false, false, 1), (false, false, 2), (false, true, 1), (true, false, 2)]);
}

#[test]
fn a_once_lock_can_be_changed_and_emptied_by_its_owner() {
    Outcomes::of(|| {
        let mut cell = OnceLock::from(1);
        thread::scope(|scope| {
            scope.spawn(|| *cell.get_mut().unwrap() += 1);
        });
        assert_eq!(cell.take(), Some(2));
        assert_eq!(cell.set(3), Ok(()));
        assert_eq!(cell.into_inner(), Some(3));
        assert_eq!(OnceLock::<u8>::new().into_inner(), None);
    })
    .are([()]);
}

#[test]
fn wait_while_returns_when_the_condition_is_over() {
    let outcomes = Outcomes::of(|| {
        let shared = Arc::new((Mutex::new(0), Condvar::new()));
        let counter = thread::spawn({
            let shared = shared.clone();
            move || {
                for _ in 0..2 {
                    *shared.0.lock().unwrap() += 1;
                    shared.1.notify_all();
                }
            }
        });
        let waiter = thread::spawn({
            let shared = shared.clone();
            move || {
                let before = *shared.0.lock().unwrap();
                let after = *shared.1.wait_while(shared.0.lock().unwrap(), |count| *count < 2).unwrap();
                (before, after)
            }
        });
        counter.join().unwrap();
        waiter.join().unwrap()
    });
    outcomes.are([(0, 2), (1, 2), (2, 2)]);
}

#[test]
fn a_spin_loop_ends_when_the_flag_is_up() {
    let outcomes = Outcomes::of(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let raiser = thread::spawn({
            let flag = flag.clone();
            // Release: pairs with the Acquire load in the loop.
            move || flag.store(true, Release)
        });
        let spinner = thread::spawn({
            let flag = flag.clone();
            move || {
                let mut waited = false;
                // Acquire: pairs with the Release store above.
                while !flag.load(Acquire) {
                    waited = true;
                    hint::spin_loop();
                }
                waited
            }
        });
        raiser.join().unwrap();
        spinner.join().unwrap()
    });
    outcomes.are([false, true]);
}

#[test]
fn threads_have_names_and_sleep_without_end_of_the_model() {
    Outcomes::of(|| {
        let named = thread::Builder::new().name("weft".into()).spawn(|| {
            thread::sleep(Duration::from_micros(1));
            thread::park_timeout(Duration::from_micros(1));
            thread::yield_now();
            thread::current().name().map(str::to_owned)
        });
        named.unwrap().join().unwrap()
    })
    .are([Some("weft".to_owned())]);
}
