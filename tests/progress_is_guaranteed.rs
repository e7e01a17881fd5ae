//! A guarantee of progress is refuted by the thread that waits and the one that is suspended, or is covered.

#![cfg(not(any(loom, raddle_std)))]

use std::collections::VecDeque;

use raddle::check::Check;
use raddle::model::{Checker, Coverage, Progress, Report, ViolationKind, call};
use raddle::queue::{Consumer, ListQueue, MutexQueue, Producer, RingQueue, SpscRing};
use raddle::sync::Arc;
use raddle::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use raddle::{hint, thread};

fn explore(progress: Progress, model: impl Fn() + Send + Sync + 'static) -> Report {
    Checker::new().progress(progress).explore(model)
}

/// Runs `step` in so many threads.
fn threads<T: Default + Send + Sync + 'static>(count: usize, step: fn(&T)) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new(T::default());
        let threads: Vec<_> = (0..count)
            .map(|_| {
                let shared = shared.clone();
                thread::spawn(move || call(|| step(&shared)))
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

fn is_kept(report: &Report) {
    assert!(report.violation.is_none() && report.coverage == Coverage::Complete, "{report}");
    assert!(report.executions > 0 && report.blocked > 0, "some end, and in some a thread is suspended: {report}");
}

fn is_broken(report: Report, words: &str) {
    let violation = report.violation.expect("a violation");
    assert_eq!(violation.kind, ViolationKind::NoProgress, "{violation}");
    assert!(violation.to_string().contains(words), "{violation}");
}

fn add(count: &AtomicU32) {
    count.fetch_add(1, SeqCst);
}

fn add_by_trying(count: &AtomicU32) {
    let mut old = count.load(SeqCst);
    while let Err(newer) = count.compare_exchange(old, old + 1, SeqCst, SeqCst) {
        old = newer;
    }
}

#[test]
fn an_update_is_wait_free_in_one_step() {
    let report = explore(Progress::WaitFree { steps: 1 }, threads(3, add));
    is_kept(&report);
    assert_eq!(report.steps_most, Some(1));
}

#[test]
fn a_loop_that_tries_again_is_lock_free_and_takes_a_step_more_for_each_other_thread() {
    is_kept(&explore(Progress::LockFree, threads(3, add_by_trying)));
    let report = explore(Progress::WaitFree { steps: 4 }, threads(3, add_by_trying));
    is_kept(&report);
    // A load, and a try for each thread.
    assert_eq!(report.steps_most, Some(4));
    let report = explore(Progress::WaitFree { steps: 2 }, threads(2, add_by_trying));
    is_broken(report, "has more than 2 events");
}

#[derive(Default)]
struct SpinLock(AtomicBool);

fn lock_and_unlock(lock: &SpinLock) {
    while lock.0.swap(true, SeqCst) {
        hint::spin_loop();
    }
    lock.0.store(false, SeqCst);
}

#[test]
fn a_lock_is_not_lock_free_nor_obstruction_free() {
    for progress in [Progress::ObstructionFree, Progress::LockFree, Progress::WaitFree { steps: 100 }] {
        is_broken(explore(progress, threads(2, lock_and_unlock)), "is suspended for ever at");
        is_broken(
            explore(progress, threads::<raddle::sync::Mutex<u32>>(2, |lock| *lock.lock().unwrap() += 1)),
            "holds Mutex#1",
        );
    }
    let report = Checker::new().explore(threads(2, lock_and_unlock));
    assert!(report.violation.is_none() && report.steps_most.is_some(), "{report}");
}

#[test]
fn a_violation_is_replayed() {
    let checker = Checker::new().progress(Progress::LockFree);
    let violation = checker.explore(threads(2, lock_and_unlock)).violation.expect("who is suspended has the lock");
    assert_eq!(violation.kind, ViolationKind::NoProgress);
    let again = checker.replay(&violation.token).unwrap().explore(threads(2, lock_and_unlock)).violation;
    assert_eq!(again.expect("again").trace, violation.trace);
}

/// Both ends of a ring for one producer and one consumer.
struct Spsc(Producer<u32>, Consumer<u32>);

// SAFETY: by the methods' roles one thread at a time uses each end.
unsafe impl Sync for Spsc {}

raddle::spec! {
    mod spsc: Spsc = { let (producer, consumer) = SpscRing::new(8).split(); Spsc(producer, consumer) }, like VecDeque<u32>;
    fn try_push(value: fresh) -> bool as producer = |ends| ends.0.try_push(value).is_ok(),
        |list| Some({ list.push_back(value); true });
    fn try_pop() -> Option<u32> as consumer = |ends| ends.1.try_pop(), |list| Some(list.pop_front());
}

raddle::spec! {
    mod ring: RingQueue<u32> = RingQueue::new(2), like VecDeque<u32>;
    fn try_push(value: fresh) -> bool = |ring| ring.try_push(value).is_ok(),
        |list| Some(list.len() < 2 && { list.push_back(value); true });
    fn try_pop() -> Option<u32> = |ring| ring.try_pop(), |list| Some(list.pop_front());
}

raddle::spec! {
    mod list: ListQueue<u32, 2> = ListQueue::default(), like VecDeque<u32>;
    fn push(value: fresh) -> () = |queue| queue.push(value), |list| Some(list.push_back(value));
    fn try_pop() -> Option<u32> = |queue| queue.try_pop(), |list| Some(list.pop_front());
}

raddle::spec! {
    mod locked: MutexQueue<u32> = MutexQueue::new(2), like VecDeque<u32>;
    fn try_push(value: fresh) -> bool = |queue| queue.try_push(value).is_ok(),
        |list| Some(list.len() < 2 && { list.push_back(value); true });
    fn try_pop() -> Option<u32> = |queue| queue.try_pop().ok(), |list| Some(list.pop_front());
}

#[test]
fn the_ring_for_one_producer_and_one_consumer_is_wait_free_in_two_steps() {
    let report = Check::<spsc::Subject>::new().threads(2).calls(6).progress(Progress::WaitFree { steps: 2 }).run();
    assert_eq!((report.coverage, report.steps_most), (Coverage::Complete, Some(2)));
}

#[test]
fn a_producer_that_stalls_holds_up_the_consumers_of_the_ring() {
    let violation =
        Check::<ring::Subject>::new().progress(Progress::LockFree).explore().violation.expect("a violation");
    assert_eq!(violation.kind, ViolationKind::NoProgress);
    assert_eq!(violation.scenario.to_string(), "thread 1 | try_push(1)\nthread 2 | try_pop()");
    let trace = violation.explanation.trace;
    let (push, pop) = trace.split_once("try_pop()").expect("the pop comes after the push");
    assert!(push.contains("compare_exchange(0 -> 8") && push.contains("is suspended for ever"), "{trace}");
    assert!(pop.contains("goes round in a loop for ever"), "{trace}");
}

#[test]
fn the_list_and_the_queue_with_a_lock_wait_for_who_has_the_lock() {
    let violation =
        Check::<list::Subject>::new().progress(Progress::LockFree).explore().violation.expect("a violation");
    assert_eq!(violation.scenario.to_string(), "thread 1 | push(1)\nthread 2 | push(2)");
    let violation =
        Check::<locked::Subject>::new().progress(Progress::LockFree).explore().violation.expect("a violation");
    assert_eq!(violation.kind, ViolationKind::NoProgress);
}

#[test]
fn where_no_call_is_marked_no_step_was_counted() {
    let report = explore(Progress::WaitFree { steps: 1 }, || {
        let count = Arc::new(AtomicU32::new(0));
        thread::spawn(move || count.fetch_add(1, SeqCst)).join().unwrap();
    });
    assert!(report.violation.is_none());
    assert_eq!(report.coverage, Coverage::Bounded("no call was marked, so no steps were counted".to_owned()));
}
