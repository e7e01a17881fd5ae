//! Every ordering in the queues and the channel that is more than `Relaxed` is needed in some small program, which is found by
//! weakening it; or it is listed here with a reason.
//!
//! `RADDLE_AUDIT=1` has larger programs, and takes minutes. With `--nocapture` the tables are shown.

#![cfg(not(any(loom, raddle_std)))]

use std::collections::VecDeque;
use std::fs;
use std::path::Path;

use raddle::channel::{Receiver, Sender, TryRecvError, bounded, unbounded};
use raddle::check::{Check, Subject};
use raddle::model::{Audit, AuditedOrdering, Checker};
use raddle::queue::{Consumer, ListQueue, Producer, RingQueue, SpscRing};
use raddle::sync::atomic::{AtomicBool, Ordering::Relaxed};
use raddle::sync::{Arc, Mutex};
use raddle::thread;

/// So many calls, and one more where there is time.
fn check<S: Subject>(threads: usize, calls: usize) -> Check<S> {
    let more = usize::from(std::env::var_os("RADDLE_AUDIT").is_some());
    Check::new().threads(threads).calls(calls + more).spurious_wakeups(0)
}

/// Audits the orderings of some files. `reasons` are for those that no program needs: a part of the line, and why it is there.
fn every_ordering_is_needed(audit: Audit, files: &[&str], reasons: &[(&str, &str)]) {
    let audit = files.iter().fold(audit, |audit, file| audit.file(file));
    let report = audit.run();
    println!("{report}in {:.1?}", report.elapsed);
    let mut unused = reasons.to_vec();
    for ordering in &report.orderings {
        let line = source(ordering);
        let reason = reasons.iter().find(|(part, _)| line.contains(part));
        assert!(ordering.unknown.is_none(), "{line}: {ordering:?}");
        assert!(
            ordering.is_needed() || reason.is_some(),
            "no program needs {} in `{line}` ({}:{}); {} does",
            ordering.written,
            ordering.file,
            ordering.line,
            ordering.weakest
        );
        if !ordering.is_needed() {
            unused.retain(|(part, _)| !line.contains(part));
        }
    }
    assert!(unused.is_empty(), "reasons for orderings that are needed, or not there: {unused:?}");
}

/// The line in the source.
fn source(ordering: &AuditedOrdering) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(ordering.file);
    let text = fs::read_to_string(path).expect("the source is there");
    let line = text.lines().nth(ordering.line as usize - 1).expect("the file is as it was compiled");
    line.trim().to_owned()
}

raddle::spec! {
    mod ring: RingQueue<u32> = RingQueue::new(2), like VecDeque<u32>;
    fn try_push(value: fresh) -> bool = |ring| ring.try_push(value).is_ok(),
        |list| Some(list.len() < 2 && { list.push_back(value); true });
    fn try_pop() -> Option<u32> = |ring| ring.try_pop(), |list| Some(list.pop_front());
}

raddle::spec! {
    mod told_ring: RingQueue<u32> = RingQueue::new(2), like VecDeque<u32>;
    fn try_push(value: fresh) -> bool = |ring| ring.try_push(value).is_ok(),
        |list| Some(list.len() < 2 && { list.push_back(value); true });
    fn try_pop() -> Option<u32> = |ring| ring.try_pop(), |list| Some(list.pop_front());
    fn len() -> usize = |ring| ring.len(), |list| Some(list.len());
    fn is_empty() -> bool = |ring| ring.is_empty(), |list| Some(list.is_empty());
    fn is_full() -> bool = |ring| ring.is_full(), |list| Some(list.len() == 2);
}

raddle::spec! {
    /// Two of them: what a thread does to one and finds in the other is in one order for all.
    mod two_rings: [RingQueue<u32>; 2] = [RingQueue::new(1), RingQueue::new(1)], like [VecDeque<u32>; 2];
    fn push_first(value: fresh) -> bool = |rings| rings[0].try_push(value).is_ok(),
        |lists| Some(lists[0].is_empty() && { lists[0].push_back(value); true });
    fn push_second(value: fresh) -> bool = |rings| rings[1].try_push(value).is_ok(),
        |lists| Some(lists[1].is_empty() && { lists[1].push_back(value); true });
    fn pop_first() -> Option<u32> = |rings| rings[0].try_pop(), |lists| Some(lists[0].pop_front());
    fn pop_second() -> Option<u32> = |rings| rings[1].try_pop(), |lists| Some(lists[1].pop_front());
    fn is_first_full() -> bool = |rings| rings[0].is_full(), |lists| Some(!lists[0].is_empty());
}

#[test]
fn in_the_ring() {
    let audit = Audit::new()
        .check(check::<ring::Subject>(3, 5))
        .check(check::<told_ring::Subject>(2, 5))
        .check(check::<two_rings::Subject>(2, 4));
    every_ordering_is_needed(audit, &["queue/ring.rs"], &[]);
}

raddle::spec! {
    mod list: ListQueue<u32, 1> = ListQueue::starting_at_block(usize::MAX), like VecDeque<u32>;
    fn push(value: fresh) -> () = |queue| queue.push(value), |list| Some(list.push_back(value));
    fn try_pop() -> Option<u32> = |queue| queue.try_pop(), |list| Some(list.pop_front());
    fn len() -> usize = |queue| queue.len(), |list| Some(list.len());
    fn is_empty() -> bool = |queue| queue.is_empty(), |list| Some(list.is_empty());
}

raddle::spec! {
    mod two_lists: [ListQueue<u32>; 2] = [ListQueue::new(), ListQueue::new()], like [VecDeque<u32>; 2];
    fn push_first(value: fresh) -> () = |queues| queues[0].push(value), |lists| Some(lists[0].push_back(value));
    fn push_second(value: fresh) -> () = |queues| queues[1].push(value), |lists| Some(lists[1].push_back(value));
    fn pop_first() -> Option<u32> = |queues| queues[0].try_pop(), |lists| Some(lists[0].pop_front());
    fn pop_second() -> Option<u32> = |queues| queues[1].try_pop(), |lists| Some(lists[1].pop_front());
}

#[test]
fn in_the_list() {
    let audit = Audit::new().check(check::<list::Subject>(3, 4)).check(check::<two_lists::Subject>(2, 4));
    let reasons =
        [("let other = self.spare.swap(block, AcqRel)", "the end of memory is no access that the engine sees")];
    every_ordering_is_needed(audit, &["queue/list.rs"], &reasons);
}

/// Both ends of a ring for one producer and one consumer.
struct Spsc(Producer<u32>, Consumer<u32>);

// SAFETY: by the methods' roles one thread at a time uses each end.
unsafe impl Sync for Spsc {}

raddle::spec! {
    mod spsc: Spsc = { let (producer, consumer) = SpscRing::new(1).split(); Spsc(producer, consumer) }, like VecDeque<u32>;
    fn try_push(value: fresh) -> bool as producer = |ends| ends.0.try_push(value).is_ok(),
        |list| Some(list.is_empty() && { list.push_back(value); true }), or |_| Some(false);
    fn try_pop() -> Option<u32> as consumer = |ends| ends.1.try_pop(), |list| Some(list.pop_front()), or |_| Some(None);
}

#[test]
fn in_the_ring_for_one_producer_and_one_consumer() {
    every_ordering_is_needed(Audit::new().check(check::<spsc::Subject>(2, 5)), &["queue/spsc.rs"], &[]);
}

/// A channel whose handles can be dropped.
struct Channel(Mutex<Vec<Sender<u32>>>, Receiver<u32>);

impl Channel {
    fn new((sender, receiver): (Sender<u32>, Receiver<u32>)) -> Self {
        Self(Mutex::new(vec![sender.clone(), sender]), receiver)
    }

    /// Sends, and drops the sender; false if none is left.
    fn send_and_leave(&self, value: u32) -> bool {
        let sender = self.0.lock().unwrap().pop();
        sender.is_some_and(|sender| sender.send(value).is_ok())
    }
}

/// A list with a place for each, and how many senders are left.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Senders(VecDeque<u32>, usize);

impl Default for Senders {
    fn default() -> Self {
        Self(VecDeque::new(), 2)
    }
}

impl Senders {
    fn send(&mut self, value: u32) -> bool {
        if self.1 > 0 {
            self.0.push_back(value);
            self.1 -= 1;
            return true;
        }
        false
    }

    fn recv(&mut self) -> Option<Option<u32>> {
        self.0.pop_front().map(Some).or_else(|| (self.1 == 0).then_some(None))
    }
}

raddle::spec! {
    mod of_two_places: Channel = Channel::new(bounded(2)), like Senders;
    fn send_and_leave(value: fresh) -> bool = |channel| channel.send_and_leave(value), |list| Some(list.send(value));
    fn recv() -> Option<u32> = |channel| channel.1.recv().ok(), |list| list.recv();
}

raddle::spec! {
    mod without_a_limit: Channel = Channel::new(unbounded()), like Senders;
    fn send_and_leave(value: fresh) -> bool = |channel| channel.send_and_leave(value), |list| Some(list.send(value));
    fn recv() -> Option<u32> = |channel| channel.1.recv().ok(), |list| list.recv();
}

/// Each of two senders writes something before it goes; who hears that both are gone reads it.
fn the_end_is_heard_after_what_came_before() {
    let (sender, receiver) = bounded::<u32>(1);
    let written = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
    for (number, sender) in [sender.clone(), sender].into_iter().enumerate() {
        let written = written.clone();
        thread::spawn(move || {
            // Relaxed: the sender's end is what publishes it.
            written[number].store(true, Relaxed);
            drop(sender);
        });
    }
    thread::spawn(move || {
        if receiver.try_recv() == Err(TryRecvError::Disconnected) {
            // Relaxed: as above.
            assert!(written.iter().all(|written| written.load(Relaxed)));
        }
    });
}

/// Each of two threads lets its sender go and looks at the other's channel.
fn the_ends_of_two_channels_are_in_one_order() {
    let ((first, of_first), (second, of_second)) = (bounded::<u32>(1), bounded::<u32>(1));
    let threads = [(first, of_second), (second, of_first)].map(|(sender, other)| {
        thread::spawn(move || {
            drop(sender);
            other.try_recv().unwrap_err()
        })
    });
    let heard = threads.map(|thread| thread.join().unwrap());
    assert!(heard.contains(&TryRecvError::Disconnected), "one of them was the first");
}

#[test]
fn in_the_channel() {
    let checker = Checker::new();
    let audit = Audit::new()
        .model(&checker, the_end_is_heard_after_what_came_before)
        .model(&checker, the_ends_of_two_channels_are_in_one_order)
        .check(check::<of_two_places::Subject>(2, 4))
        .check(check::<without_a_limit::Subject>(2, 4));
    every_ordering_is_needed(audit, &["channel/shared.rs", "queue/position.rs"], &[]);
}
