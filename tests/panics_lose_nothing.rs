//! A producer or consumer that panics takes nobody with it: the others finish, and no value of theirs is lost, nor one
//! that it had sent before.

// Real threads: under loom a thread that panics ends the model.
#![cfg(not(loom))]

mod conservation;
mod hang_guard;

use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use conservation::{Value, conserved};
use hang_guard::must_end;
use raddle::channel::{Receiver, RecvError, Sender, bounded, unbounded};
use raddle::queue::{MutexQueue, RingQueue, SpscRing};

/// Per producer that does not panic.
const VALUES: usize = 200;

const CAPACITIES: [Option<usize>; 4] = [Some(0), Some(1), Some(3), None];

/// After how many values a thread panics: before the first, after it, and in the middle of the others' work.
const PANICS_AFTER: [usize; 3] = [0, 1, 50];

/// What a thread did, readable after it has panicked.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Value>>>);

impl Log {
    fn add(&self, value: Value) {
        self.0.lock().expect("nothing panics while it adds").push(value);
    }

    fn values(&self) -> Vec<Value> {
        self.0.lock().expect("nothing panics while it adds").clone()
    }
}

/// A producer or consumer at work.
struct Started {
    thread: JoinHandle<()>,
    log: Log,
    panics: bool,
}

impl Started {
    /// What it sent or received, now that it has ended as it should.
    #[track_caller]
    fn ended(self) -> Vec<Value> {
        assert_eq!(self.thread.join().is_err(), self.panics, "panicked");
        self.log.values()
    }
}

fn channel<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    capacity.map_or_else(unbounded, bounded)
}

/// Sends until done or, if it is to panic, until then.
fn produce(
    producer: usize,
    panics_after: Option<usize>,
    mut send: impl FnMut(Value) -> bool + Send + 'static,
) -> Started {
    let log = Log::default();
    let thread = thread::spawn({
        let log = log.clone();
        move || {
            for number in 0..VALUES {
                assert_ne!(panics_after, Some(number), "producer {producer} panics, as it should");
                let value = Value { producer, number };
                if !send(value) {
                    break;
                }
                log.add(value);
            }
        }
    });
    Started { thread, log, panics: panics_after.is_some() }
}

/// Receives until there is no more or, if it is to panic, until then.
fn consume(panics_after: Option<usize>, mut receive: impl FnMut() -> Option<Value> + Send + 'static) -> Started {
    let log = Log::default();
    let thread = thread::spawn({
        let log = log.clone();
        move || {
            for received in 0.. {
                assert_ne!(panics_after, Some(received), "a consumer panics, as it should");
                let Some(value) = receive() else { break };
                log.add(value);
            }
        }
    });
    Started { thread, log, panics: panics_after.is_some() }
}

/// Two producers and two consumers, of which the first of each panics, or may.
fn two_by_two(capacity: Option<usize>, producer_panics: usize, consumer_panics: Option<usize>) {
    let (sender, receiver) = channel(capacity);
    let producers = [Some(producer_panics), None].map(|panics_after| {
        let sender = sender.clone();
        let producer = usize::from(panics_after.is_none());
        produce(producer, panics_after, move |value| sender.send(value).is_ok())
    });
    let consumers = [consumer_panics, None].map(|panics_after| {
        let receiver = receiver.clone();
        consume(panics_after, move || receiver.recv().ok())
    });
    drop((sender, receiver));
    let [accepted, received] = [producers, consumers].map(|threads| threads.map(Started::ended));
    assert_eq!(conserved(&accepted, &received), Ok(producer_panics + VALUES));
}

#[test]
fn a_producer_that_panics_loses_nothing_that_it_sent() {
    for capacity in CAPACITIES {
        for panics_after in PANICS_AFTER {
            must_end(move || two_by_two(capacity, panics_after, None));
        }
    }
}

#[test]
fn both_sides_survive_a_panic_on_each() {
    for capacity in CAPACITIES {
        for panics_after in PANICS_AFTER {
            // Before its first receive: the other consumer may take all there is, and then it would not panic later.
            must_end(move || two_by_two(capacity, panics_after, Some(0)));
        }
    }
}

#[test]
fn a_consumer_that_panics_takes_only_what_it_had_received() {
    for capacity in CAPACITIES {
        for panics_after in PANICS_AFTER {
            must_end(move || {
                let (sender, receiver) = channel(capacity);
                let producer = produce(0, None, move |value| sender.send(value).is_ok());
                let first = consume(Some(panics_after), {
                    let receiver = receiver.clone();
                    move || receiver.recv().ok()
                });
                let first = first.ended();
                let second = consume(None, move || receiver.recv().ok()).ended();
                assert_eq!(first.len(), panics_after);
                assert_eq!(conserved(&[producer.ended()], &[first, second]), Ok(VALUES));
            });
        }
    }
}

#[test]
fn when_the_last_producer_panics_consumers_drain_and_then_see_disconnection() {
    for capacity in CAPACITIES {
        for panics_after in PANICS_AFTER {
            must_end(move || {
                let (sender, receiver) = channel(capacity);
                let producer = produce(0, Some(panics_after), move |value| sender.send(value).is_ok());
                let consumers =
                    [receiver.clone(), receiver.clone()].map(|receiver| consume(None, move || receiver.recv().ok()));
                let accepted = [producer.ended()];
                assert_eq!(conserved(&accepted, &consumers.map(Started::ended)), Ok(panics_after));
                assert_eq!(receiver.recv(), Err(RecvError));
            });
        }
    }
}

#[test]
fn when_the_last_consumer_panics_blocked_producers_get_their_values_back() {
    for capacity in CAPACITIES {
        for panics_after in PANICS_AFTER {
            must_end(move || {
                let (sender, receiver) = channel(capacity);
                let producers = [0, 1].map(|producer| {
                    let sender = sender.clone();
                    produce(producer, None, move |value| match sender.send(value) {
                        Ok(()) => true,
                        Err(returned) => {
                            assert_eq!(returned.into_inner(), value);
                            false
                        }
                    })
                });
                let received = consume(Some(panics_after), move || receiver.recv().ok()).ended();
                let accepted = producers.map(Started::ended);
                assert_eq!(received.len(), panics_after);
                // The first so many of each producer: what it sent later was dropped with the receiver.
                let first_of = |producer| received.iter().copied().filter(move |value| value.producer == producer);
                for (producer, accepted) in accepted.iter().enumerate() {
                    assert!(accepted.iter().copied().take(first_of(producer).count()).eq(first_of(producer)));
                }
                assert_eq!((sender.len(), sender.send(Value { producer: 2, number: 0 }).is_err()), (0, true));
            });
        }
    }
}

/// Sends when it is dropped.
struct SendsAtTheEnd(Sender<&'static str>);

impl Drop for SendsAtTheEnd {
    fn drop(&mut self) {
        self.0.send("last words").expect("there is a receiver");
    }
}

#[test]
fn a_thread_may_send_while_it_unwinds_and_poisons_nothing() {
    for capacity in CAPACITIES {
        must_end(move || {
            let (sender, receiver) = channel(capacity);
            let thread = thread::spawn({
                let sender = SendsAtTheEnd(sender.clone());
                move || {
                    let _sender = sender;
                    panic!("as it should");
                }
            });
            assert_eq!(receiver.recv(), Ok("last words"));
            assert!(thread.join().is_err());
            let thread = thread::spawn(move || sender.send("as before").unwrap());
            assert_eq!(receiver.recv(), Ok("as before"));
            thread.join().unwrap();
        });
    }
}

#[test]
fn a_mutex_queue_outlives_its_panicking_users() {
    for panics_after in PANICS_AFTER {
        must_end(move || {
            let queue = Arc::new(MutexQueue::new(2));
            let producers = [Some(panics_after), None].map(|panics_after| {
                let queue = queue.clone();
                let producer = usize::from(panics_after.is_none());
                produce(producer, panics_after, move |value| queue.push(value).is_ok())
            });
            let consumers = [Some(0), None].map(|panics_after| {
                let queue = queue.clone();
                consume(panics_after, move || queue.pop().ok())
            });
            let accepted = producers.map(Started::ended);
            queue.close();
            assert_eq!(conserved(&accepted, &consumers.map(Started::ended)), Ok(panics_after + VALUES));
        });
    }
}

#[test]
fn a_ring_queue_outlives_its_panicking_users() {
    for panics_after in PANICS_AFTER {
        must_end(move || {
            let queue = Arc::new(RingQueue::new(2));
            let producers = [Some(panics_after), None].map(|panics_after| {
                let queue = queue.clone();
                let producer = usize::from(panics_after.is_none());
                let push = move |value| {
                    while queue.try_push(value).is_err() {
                        thread::yield_now();
                    }
                    true
                };
                produce(producer, panics_after, push)
            });
            let total = panics_after + VALUES;
            let mut received = Vec::new();
            while received.len() < total {
                match queue.try_pop() {
                    Some(value) => received.push(value),
                    None => thread::yield_now(),
                }
            }
            let accepted = producers.map(Started::ended);
            assert_eq!(conserved(&accepted, &[received]), Ok(total));
            assert!(queue.is_empty());
        });
    }
}

#[test]
fn an_spsc_ring_keeps_what_a_panicking_producer_pushed() {
    for panics_after in PANICS_AFTER {
        must_end(move || {
            let (producer, consumer) = SpscRing::new(VALUES).split();
            let accepted = produce(0, Some(panics_after), move |value| producer.try_push(value).is_ok()).ended();
            let received = std::iter::from_fn(|| consumer.try_pop()).collect();
            assert_eq!(conserved(&[accepted], &[received]), Ok(panics_after));
        });
    }
}
