//! In every small program of their calls the queues and the channel drop each value once, those that nobody took among them.
//! A queue that does not is found by one call.

use std::collections::VecDeque;
use std::mem::ManuallyDrop;

use raddle::alloc::Track;
use raddle::channel::{Receiver, Sender, bounded};
use raddle::check::{Check, Report, Subject};
use raddle::model::Coverage;
use raddle::queue::{Consumer, ListQueue, MutexQueue, Producer, RingQueue, SpscRing};
use raddle::sync::{BACKEND, Backend, Mutex};

type Value = Track<u32>;

raddle::spec! {
    mod ring: RingQueue<Value> = RingQueue::new(2), like VecDeque<u32>;
    fn try_push(value: fresh) -> bool = |ring| ring.try_push(Track::new(value)).is_ok(),
        |list| Some(list.len() < 2 && { list.push_back(value); true });
    fn try_pop() -> Option<u32> = |ring| ring.try_pop().map(Track::into_inner), |list| Some(list.pop_front());
}

raddle::spec! {
    mod list: ListQueue<Value, 2> = ListQueue::default(), like VecDeque<u32>;
    fn push(value: fresh) -> () = |queue| queue.push(Track::new(value)), |list| Some(list.push_back(value));
    fn try_pop() -> Option<u32> = |queue| queue.try_pop().map(Track::into_inner), |list| Some(list.pop_front());
}

/// Both ends of a ring for one producer and one consumer.
struct Spsc(Producer<Value>, Consumer<Value>);

// SAFETY: by the methods' roles one thread at a time uses each end: one of the scenario's, and before and after it the main
// thread.
unsafe impl Sync for Spsc {}

fn spsc() -> Spsc {
    let (producer, consumer) = SpscRing::new(8).split();
    Spsc(producer, consumer)
}

raddle::spec! {
    mod ends: Spsc = spsc(), like VecDeque<u32>;
    fn try_push(value: fresh) -> bool as producer = |ends| ends.0.try_push(Track::new(value)).is_ok(),
        |list| Some({ list.push_back(value); true });
    fn try_pop() -> Option<u32> as consumer = |ends| ends.1.try_pop().map(Track::into_inner),
        |list| Some(list.pop_front());
}

raddle::spec! {
    mod locked: MutexQueue<Value> = MutexQueue::new(1), like VecDeque<u32>;
    fn push(value: fresh) -> () = |queue| queue.push(Track::new(value)).unwrap(),
        |list| list.is_empty().then(|| list.push_back(value));
    fn pop() -> u32 = |queue| queue.pop().unwrap().into_inner(), |list| list.pop_front();
    fn try_push(value: fresh) -> bool = |queue| queue.try_push(Track::new(value)).is_ok(),
        |list| Some(list.is_empty() && { list.push_back(value); true });
}

raddle::spec! {
    mod one_place: (Sender<Value>, Receiver<Value>) = bounded(1), like VecDeque<u32>;
    fn send(value: fresh) -> () = |(sender, _)| sender.send(Track::new(value)).unwrap(),
        |list| list.is_empty().then(|| list.push_back(value));
    fn recv() -> u32 = |(_, receiver)| receiver.recv().unwrap().into_inner(), |list| list.pop_front();
    fn try_recv() -> Option<u32> = |(_, receiver)| receiver.try_recv().ok().map(Track::into_inner),
        |list| Some(list.pop_front());
}

/// Checks programs of up to `calls` calls, or smaller ones where the engine is not raddle's.
#[track_caller]
fn run<S: Subject>(calls: usize) -> Report {
    let check = Check::<S>::new().spurious_wakeups(0);
    let check = if BACKEND == Backend::Model { check.threads(3).calls(calls) } else { check.threads(2).calls(3) };
    let report = check.run();
    assert!(report.executions >= report.scenarios && report.scenarios > 1, "{report}");
    assert!(report.coverage == Coverage::Complete || BACKEND != Backend::Model, "{report}");
    report
}

#[test]
fn the_ring() {
    run::<ring::Subject>(5);
}

#[test]
fn the_list() {
    run::<list::Subject>(5);
}

#[test]
fn the_ring_for_one_producer_and_one_consumer() {
    run::<ends::Subject>(5);
}

#[test]
fn the_queue_with_a_lock() {
    run::<locked::Subject>(4);
}

#[test]
fn the_channel_with_one_place() {
    run::<one_place::Subject>(4);
}

/// A list whose values nothing drops but who takes them.
#[derive(Default)]
struct Forgetful(Mutex<VecDeque<ManuallyDrop<Value>>>);

impl Forgetful {
    fn push(&self, value: u32) {
        self.0.lock().unwrap().push_back(ManuallyDrop::new(Track::new(value)));
    }

    fn pop(&self) -> Option<u32> {
        Some(ManuallyDrop::into_inner(self.0.lock().unwrap().pop_front()?).into_inner())
    }
}

raddle::spec! {
    mod forgetful: Forgetful = Forgetful::default(), like VecDeque<u32>;
    fn push(value: fresh) -> () = |list| list.push(value), |list| Some(list.push_back(value));
    fn pop() -> Option<u32> = |list| list.pop(), |list| Some(list.pop_front());
}

#[test]
fn a_queue_that_forgets_what_nobody_took_is_found_where_leaks_are_seen() {
    let found = Check::<forgetful::Subject>::new().threads(1).calls(1).explore().violation;
    match BACKEND {
        Backend::Std => assert!(found.is_none(), "{found:?}"),
        _ => {
            let found = found.expect("a violation");
            assert_eq!(found.scenario.to_string(), "thread 1 | push(1)");
            assert!(found.message.contains("leaked") || BACKEND == Backend::Model, "{found}");
        }
    }
}

#[cfg(not(any(loom, raddle_std)))]
mod on_the_engine {
    use raddle::model::ViolationKind;
    use raddle::sync::Arc;

    use super::*;

    #[test]
    fn a_queue_that_forgets_what_nobody_took_is_found_by_one_call() {
        for workers in [1, 4] {
            let found = Check::<forgetful::Subject>::new().workers(workers).explore().violation.expect("a violation");
            assert_eq!((found.kind, &*found.scenario.to_string()), (ViolationKind::Leak, "thread 1 | push(1)"));
            assert!(found.message.contains("the value that thread 1 made at tests/queues_drop"), "{found}");
            let text = found.to_string();
            for words in ["leak: the value that thread 1 made", "makes a value that leaks", "RADDLE_REPLAY=r"] {
                assert!(text.contains(words), "{text}");
            }
        }
    }

    #[test]
    fn a_wrong_history_comes_before_a_leak() {
        let found = Check::<wrong::Subject>::new().scenario("thread 1 | push(1)  push(2)  pop()").explore();
        assert_eq!(found.violation.expect("a violation").kind, ViolationKind::Unexplained);
    }

    raddle::spec! {
        /// What was pushed last is popped first, and the rest is forgotten.
        mod wrong: Forgetful = Forgetful::default(), like VecDeque<u32>;
        fn push(value: fresh) -> () = |list| list.push(value), |list| Some(list.push_back(value));
        fn pop() -> Option<u32> = |list| list.0.lock().unwrap().pop_back().map(|value| *value.get_ref()),
            |list| Some(list.pop_front());
    }

    raddle::spec! {
        /// Gives out what must be dropped.
        mod owned: Mutex<VecDeque<(Value, Arc<u32>)>> = Mutex::default(), like VecDeque<u32>;
        fn push(value: fresh) -> () =
            |list| list.lock().unwrap().push_back((Track::new(value), Arc::new(value))), |list| Some(list.push_back(value));
        fn peek() -> Option<(Value, Arc<u32>)> = |list| list.lock().unwrap().front().cloned(),
            |list| Some(list.front().map(|&value| (Track::new(value), Arc::new(value))));
        fn pop() -> Option<(Value, Arc<u32>)> = |list| list.lock().unwrap().pop_front(),
            |list| Some(list.pop_front().map(|value| (Track::new(value), Arc::new(value))));
    }

    #[test]
    fn what_is_recorded_is_no_leak() {
        let report = Check::<owned::Subject>::new().threads(2).calls(3).edges(1).run();
        assert_eq!(report.coverage, Coverage::Complete);
        assert!(report.scenarios > 50, "{report}");
    }
}
