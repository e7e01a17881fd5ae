//! Queues and channels of other crates keep to the same specs, as far as real threads show it.
//!
//! They are not written on the facade, so no engine can run them: the calls are made by real threads, and each program takes
//! the few interleavings that the machine happens to choose. What is found so is real, for a call precedes another only if
//! it has returned, by the clock, before the other began. What is not found may be there: this shows nothing of orders that
//! need a thread to be held up at a bad moment, of another processor's weak memory, or of calls that wait for ever, whose
//! programs are left out.

// Real threads, outside of models.
#![cfg(not(loom))]

use std::collections::VecDeque;
use std::sync::{Mutex, mpsc};
use std::thread;

use crossbeam::queue::{ArrayQueue, SegQueue};
use raddle::check::{Check, Clock, QueueCall, QueueVerdict, Recorder, Stress, StressReport, Subject, judge_queue};

/// How often each program is run.
const ITERATIONS: u64 = 50;

/// Calls of each thread in long histories.
const CALLS: usize = 20_000;

raddle::spec! {
    mod array_queue: ArrayQueue<u32> = ArrayQueue::new(2), like VecDeque<u32>;
    fn push(value: fresh) -> bool = |queue| queue.push(value).is_ok(),
        |list| Some(list.len() < 2 && { list.push_back(value); true });
    fn pop() -> Option<u32> = |queue| queue.pop(), |list| Some(list.pop_front());
}

raddle::spec! {
    mod seg_queue: SegQueue<u32> = SegQueue::new(), like VecDeque<u32>;
    fn push(value: fresh) -> () = |queue| queue.push(value), |list| Some(list.push_back(value));
    fn pop() -> Option<u32> = |queue| queue.pop(), |list| Some(list.pop_front());
    fn len() -> usize = |queue| queue.len(), |list| Some(list.len());
}

raddle::spec! {
    mod bounded_flume: (flume::Sender<u32>, flume::Receiver<u32>) = flume::bounded(1), like VecDeque<u32>;
    fn send(value: fresh) -> () = |(sender, _)| sender.send(value).unwrap(),
        |list| list.is_empty().then(|| list.push_back(value));
    fn try_send(value: fresh) -> bool = |(sender, _)| sender.try_send(value).is_ok(),
        |list| Some(list.is_empty() && { list.push_back(value); true });
    fn recv() -> u32 = |(_, receiver)| receiver.recv().unwrap(), |list| list.pop_front();
    fn try_recv() -> Option<u32> = |(_, receiver)| receiver.try_recv().ok(), |list| Some(list.pop_front());
}

/// Both ends; one thread at a time receives.
struct Mpsc(mpsc::Sender<u32>, Mutex<mpsc::Receiver<u32>>);

fn mpsc_channel() -> Mpsc {
    let (sender, receiver) = mpsc::channel();
    Mpsc(sender, Mutex::new(receiver))
}

raddle::spec! {
    mod std_mpsc: Mpsc = mpsc_channel(), like VecDeque<u32>;
    fn send(value: fresh) -> () = |ends| ends.0.send(value).unwrap(), |list| Some(list.push_back(value));
    fn recv() -> u32 as receiver = |ends| ends.1.lock().unwrap().recv().unwrap(), |list| list.pop_front();
    fn try_recv() -> Option<u32> as receiver = |ends| ends.1.lock().unwrap().try_recv().ok(),
        |list| Some(list.pop_front());
}

/// No program shows a violation, and there were some.
#[track_caller]
fn keeps_to_its_spec<S: Subject>(check: Check<S>) {
    let report = check.stress(ITERATIONS).run();
    assert!(report.scenarios > 50, "{report}");
    assert_eq!(report.executions, ITERATIONS * report.scenarios, "{report}");
}

#[test]
fn array_queue_is_a_list_with_two_places() {
    keeps_to_its_spec(Check::<array_queue::Subject>::new().threads(3).calls(4));
}

#[test]
fn seg_queue_is_a_list() {
    keeps_to_its_spec(Check::<seg_queue::Subject>::new().threads(3).calls(3));
}

#[test]
fn flume_is_a_list_with_one_place_where_no_call_waits_for_ever() {
    keeps_to_its_spec(Check::<bounded_flume::Subject>::new().threads(3).calls(3));
}

#[test]
fn std_mpsc_is_a_list_where_no_call_waits_for_ever() {
    keeps_to_its_spec(Check::<std_mpsc::Subject>::new().threads(3).calls(4));
}

/// Two producers and two consumers.
fn stress(
    capacity: Option<usize>,
    push: impl Fn(u64) -> bool + Sync,
    pop: impl Fn() -> Option<u64> + Sync,
) -> StressReport {
    let (push, pop) = (&push, &pop);
    Stress { calls: CALLS, clock: Clock::Counter, capacity }.run(vec![push; 2], vec![pop; 2])
}

/// How often a run may be made again in which the machine let producers and consumers hardly meet.
const RUNS_MAX: usize = 50;

/// Nothing is wrong, and in one of the runs many values went through.
#[track_caller]
fn is_right(run: impl Fn() -> StressReport) {
    let have_met = (0..RUNS_MAX).any(|_| {
        let report = run();
        let right = match report.stress.capacity {
            None => QueueVerdict::Linearizable,
            // What a limit demands is judged in part.
            Some(_) => QueueVerdict::NoneFound,
        };
        let [pushed, popped] = report.values();
        assert!(report.verdict == right && pushed == popped, "{report}");
        pushed > 1000
    });
    assert!(have_met, "in none of {RUNS_MAX} runs");
}

#[test]
fn long_histories_of_crossbeams_queues_are_those_of_queues() {
    let queue = ArrayQueue::new(64);
    is_right(|| stress(Some(64), |value| queue.push(value).is_ok(), || queue.pop()));
    let queue = SegQueue::new();
    let push = |value| {
        queue.push(value);
        true
    };
    is_right(|| stress(None, push, || queue.pop()));
}

#[test]
fn a_long_history_of_flume_is_that_of_a_queue() {
    let (sender, receiver) = flume::bounded(64);
    is_right(|| stress(Some(64), |value| sender.try_send(value).is_ok(), || receiver.try_recv().ok()));
}

/// Its receiver is for one thread, and its calls are recorded by hand: the sends of two threads, and receives that wait.
#[test]
fn a_long_history_of_std_mpsc_is_that_of_a_queue() {
    let recorder = &Recorder::new(Clock::Counter);
    let (sender, receiver) = mpsc::channel();
    let operations: Vec<_> = thread::scope(|scope| {
        let senders = [1, 2].map(|thread: u32| {
            let sender = sender.clone();
            scope.spawn(move || {
                let mut log = recorder.log(thread, CALLS);
                for number in 0..CALLS as u64 {
                    log.record(u64::from(thread) << 40 | number, |&value| sender.send(value).unwrap());
                }
                log.into_records()
            })
        });
        drop(sender);
        let mut log = recorder.log(3, 2 * CALLS + 1);
        while log.record((), |()| receiver.recv().ok()).is_some() {}
        let sent = senders.into_iter().flat_map(|sender| sender.join().unwrap());
        let sent = sent.map(|record| record.queue_operation(|&value, _| QueueCall::Push(value)));
        let received = log.into_records();
        let received =
            received.iter().map(|record| record.queue_operation(|(), value| QueueCall::Pop(*value.unwrap())));
        sent.chain(received).collect()
    });
    assert_eq!(operations.len(), 4 * CALLS + 1, "each value, and the end");
    assert_eq!(judge_queue(&operations), QueueVerdict::Linearizable);
}
