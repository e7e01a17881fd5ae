//! The lecture's two bugs are found, with its own error, and its right programs pass: one consumer that asks before it
//! pops, and any number of consumers on the channel.
//!
//! On real threads the first bug shows in nearly every run, for the consumer is started first. The second is a matter
//! of luck, so only an exhaustive engine is held to finding it.

mod failure;
mod outcomes;

use std::panic::resume_unwind;

use failure::failure_of;
use outcomes::Outcomes;
use raddle::lecture::shared_list::{SharedList, take_if_any, take_unasked};
use raddle::sync::{Arc, BACKEND, Backend};
use raddle::thread::{self, JoinHandle};

/// Waits for `thread`; if it panicked, so does the caller, in the same words.
fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Each consumer takes as many items as it is told to, as the lecture's consumers do.
fn take_all(list: &SharedList<u8>, items: usize) {
    for _ in 0..items {
        if let Err(error) = take_unasked(list) {
            panic!("consumer: {error}");
        }
    }
}

#[test]
fn popping_without_asking_fails_with_pop_from_an_empty_list() {
    for consumer_first in [true, false] {
        let failure = failure_of(move || {
            let list = Arc::new(SharedList::new());
            let consume = {
                let list = list.clone();
                move || take_all(&list, 2)
            };
            let produce = move || [1, 4].map(|square| list.push(square));
            let threads = if consumer_first {
                let consumer = thread::spawn(consume);
                (thread::spawn(produce), consumer)
            } else {
                (thread::spawn(produce), thread::spawn(consume))
            };
            let _: [(); 2] = join(threads.0);
            join(threads.1);
        });
        if BACKEND != Backend::Std || consumer_first {
            assert!(failure.unwrap().contains("consumer: pop from an empty list"));
        }
    }
}

/// A producer of one item, and consumers that each ask once whether it is there, and pop it if it is.
fn ask_then_pop(consumers: usize) {
    let list = Arc::new(SharedList::new());
    let producer = thread::spawn({
        let list = list.clone();
        move || list.push(1)
    });
    let consumers: Vec<_> = (0..consumers)
        .map(|_| {
            let list = list.clone();
            thread::spawn(move || {
                if let Err(error) = take_if_any(&list) {
                    panic!("consumer: {error}");
                }
            })
        })
        .collect();
    join(producer);
    for consumer in consumers {
        join(consumer);
    }
}

#[test]
fn asking_and_then_popping_fails_with_two_consumers() {
    let failure = failure_of(|| ask_then_pop(2));
    if BACKEND != Backend::Std || failure.is_some() {
        assert!(failure.unwrap().contains("consumer: pop from an empty list"));
    }
}

#[test]
fn asking_and_then_popping_is_right_with_one_consumer() {
    Outcomes::of(|| ask_then_pop(1)).are([()]);
}

#[test]
fn one_consumer_that_asks_gets_the_items_in_order() {
    let outcomes = Outcomes::of(|| {
        let list = Arc::new(SharedList::new());
        let producers = [1, 4].map(|square| {
            let list = list.clone();
            thread::spawn(move || list.push(square))
        });
        let consumer = thread::spawn({
            let list = list.clone();
            move || (0..2).filter_map(|_| take_if_any(&list).expect("nobody else pops")).collect::<Vec<u8>>()
        });
        for producer in producers {
            producer.join().unwrap();
        }
        consumer.join().unwrap()
    });
    outcomes.are([vec![], vec![1], vec![4], vec![1, 4], vec![4, 1]]);
}

// loom has no end of it.
#[cfg(not(loom))]
#[test]
fn the_channel_with_two_producers_and_two_consumers_is_right() {
    let outcomes = Outcomes::sampled(20_000, || {
        let (sender, receiver) = raddle::channel::unbounded();
        let producers = [(1, sender.clone()), (4, sender)]
            .map(|(square, sender)| thread::spawn(move || sender.send(square).unwrap()));
        let consumers =
            [receiver.clone(), receiver].map(|receiver| thread::spawn(move || receiver.iter().collect::<Vec<u8>>()));
        for producer in producers {
            producer.join().unwrap();
        }
        let mut processed: Vec<u8> = consumers.into_iter().flat_map(|consumer| consumer.join().unwrap()).collect();
        processed.sort(); // which consumer gets which item is free
        processed
    });
    outcomes.are([vec![1, 4]]);
}
