//! In every small program of their calls the queues and the channel do what a list with a limit does, and wait where that
//! would.

#![cfg(not(any(loom, raddle_std)))]

use std::collections::VecDeque;

use raddle::channel::{Receiver, Sender, bounded, unbounded};
use raddle::check::Check;
use raddle::model::Coverage;
use raddle::queue::{Consumer, MutexQueue, Producer, RingQueue, SpscRing};

raddle::spec! {
    mod ring: RingQueue<u32> = RingQueue::new(2), like VecDeque<u32>;
    fn try_push(value: fresh) -> bool = |ring| ring.try_push(value).is_ok(),
        |list| Some(list.len() < 2 && { list.push_back(value); true });
    fn try_pop() -> Option<u32> = |ring| ring.try_pop(), |list| Some(list.pop_front());
}

/// Both ends of a ring for one producer and one consumer.
struct Spsc(Producer<u32>, Consumer<u32>);

// SAFETY: by the methods' roles one thread at a time uses each end: one of the scenario's, and before and after it the main
// thread.
unsafe impl Sync for Spsc {}

fn spsc(capacity: usize) -> Spsc {
    let (producer, consumer) = SpscRing::new(capacity).split();
    Spsc(producer, consumer)
}

raddle::spec! {
    mod roomy_spsc: Spsc = spsc(8), like VecDeque<u32>;
    fn try_push(value: fresh) -> bool as producer = |ends| ends.0.try_push(value).is_ok(),
        |list| Some({ list.push_back(value); true });
    fn try_pop() -> Option<u32> as consumer = |ends| ends.1.try_pop(), |list| Some(list.pop_front());
}

raddle::spec! {
    mod small_spsc: Spsc = spsc(2), like VecDeque<u32>;
    fn try_push(value: fresh) -> bool as producer = |ends| ends.0.try_push(value).is_ok(),
        |list| Some(list.len() < 2 && { list.push_back(value); true });
    fn try_pop() -> Option<u32> as consumer = |ends| ends.1.try_pop(), |list| Some(list.pop_front());
}

raddle::spec! {
    mod locked: MutexQueue<u32> = MutexQueue::new(1), like VecDeque<u32>;
    fn push(value: fresh) -> () = |queue| queue.push(value).unwrap(),
        |list| list.is_empty().then(|| list.push_back(value));
    fn pop() -> u32 = |queue| queue.pop().unwrap(), |list| list.pop_front();
    fn try_pop() -> Option<u32> = |queue| queue.try_pop().ok(), |list| Some(list.pop_front());
}

type Ends = (Sender<u32>, Receiver<u32>);

raddle::spec! {
    mod one_place: Ends = bounded(1), like VecDeque<u32>;
    fn send(value: fresh) -> () = |(sender, _)| sender.send(value).unwrap(),
        |list| list.is_empty().then(|| list.push_back(value));
    fn try_send(value: fresh) -> bool = |(sender, _)| sender.try_send(value).is_ok(),
        |list| Some(list.is_empty() && { list.push_back(value); true });
    fn recv() -> u32 = |(_, receiver)| receiver.recv().unwrap(), |list| list.pop_front();
    fn try_recv() -> Option<u32> = |(_, receiver)| receiver.try_recv().ok(), |list| Some(list.pop_front());
    fn len() -> usize = |(sender, _)| sender.len(), |list| Some(list.len());
}

raddle::spec! {
    mod no_limit: Ends = unbounded(), like VecDeque<u32>;
    fn send(value: fresh) -> () = |(sender, _)| sender.send(value).unwrap(), |list| Some(list.push_back(value));
    fn recv() -> u32 = |(_, receiver)| receiver.recv().unwrap(), |list| list.pop_front();
    fn is_empty() -> bool = |(_, receiver)| receiver.is_empty(), |list| Some(list.is_empty());
}

#[test]
fn the_ring() {
    let report = Check::<ring::Subject>::new().threads(3).calls(5).run();
    assert_eq!((report.coverage, report.scenarios), (Coverage::Complete, 711));
    let waits = Check::<ring::Subject>::new().threads(2).calls(4).edges(1).run();
    assert_eq!(waits.coverage, Coverage::Complete);
}

#[test]
fn the_ring_for_one_producer_and_one_consumer_where_there_is_room() {
    let report = Check::<roomy_spsc::Subject>::new().threads(2).calls(7).run();
    assert_eq!(report.coverage, Coverage::Complete);
    assert!(report.scenarios > 500, "{report}");
}

/// It has no fence where it refuses. [`RingQueue`] has, in effect.
#[test]
fn the_ring_for_one_producer_and_one_consumer_may_be_full_and_empty_at_the_same_time() {
    let violation = Check::<small_spsc::Subject>::new().threads(2).calls(5).explore().violation.expect("it may");
    let scenario = "thread 1 | try_push(1)  try_push(2)  try_push(3)\nthread 2 | try_pop()  try_pop()";
    assert_eq!(violation.scenario.to_string(), scenario);
}

#[test]
fn the_queue_with_a_lock() {
    let report = Check::<locked::Subject>::new().threads(3).calls(4).spurious_wakeups(0).run();
    assert_eq!(report.coverage, Coverage::Complete);
    assert!(report.scenarios > 500, "{report}");
}

#[test]
fn the_channel_with_one_place() {
    let report = Check::<one_place::Subject>::new().threads(3).calls(4).spurious_wakeups(0).run();
    assert_eq!(report.coverage, Coverage::Complete);
    assert!(report.scenarios > 4000, "{report}");
    let tight = Check::<one_place::Subject>::new()
        .spurious_wakeups(0)
        .scenario("thread 1 | send(1)  send(2)\nthread 2 | recv()\nthread 3 | recv()\nclosing  | len()");
    assert_eq!(tight.run().coverage, Coverage::Complete);
}

#[test]
fn the_channel_without_a_limit() {
    let report = Check::<no_limit::Subject>::new().threads(3).calls(5).spurious_wakeups(0).run();
    assert_eq!(report.coverage, Coverage::Complete);
    assert!(report.scenarios > 4000, "{report}");
}
