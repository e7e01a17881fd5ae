//! A queue that several threads share loses no value, gives none twice, keeps the order of each producer, and says
//! "full" and "empty" only when it is.
//!
//! loom explores at most 5 threads, the main one included.

mod outcomes;
mod queues;

use outcomes::Outcomes;
use queues::{Fifo, Queue};
use raddle::queue::{ListQueue, MutexQueue, RingQueue};
use raddle::sync::{Arc, BACKEND, Backend};
use raddle::thread::{self, JoinHandle};

fn drained<T>(queue: &impl Queue<T>) -> Vec<T> {
    std::iter::from_fn(|| queue.pop_if_any()).collect()
}

fn joined<T>(threads: Vec<JoinHandle<T>>) -> Vec<T> {
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

/// Producers push one value each, consumers pop once each; returns what the consumers got.
fn two_by_two<Q: Queue<u8>>(producers_first: bool) -> Vec<Option<u8>> {
    let queue = Arc::new(Q::with_capacity(2));
    let producers = |queue: &Arc<Q>| -> Vec<_> {
        [1, 2]
            .map(|value| {
                let queue = queue.clone();
                thread::spawn(move || queue.push_or_return(value).expect("two values fit"))
            })
            .into()
    };
    let consumers = |queue: &Arc<Q>| -> Vec<_> {
        [(), ()]
            .map(|()| {
                let queue = queue.clone();
                thread::spawn(move || queue.pop_if_any())
            })
            .into()
    };
    let popped = if producers_first {
        let (producers, consumers) = (producers(&queue), consumers(&queue));
        joined(producers);
        joined(consumers)
    } else {
        let (consumers, producers) = (consumers(&queue), producers(&queue));
        joined(producers);
        joined(consumers)
    };
    let left = drained(&*queue);
    assert_eq!(queue.count(), 0);
    let mut all: Vec<u8> = popped.iter().flatten().copied().chain(left).collect();
    all.sort(); // the producers are not ordered among themselves
    assert_eq!(all, [1, 2]);
    popped
}

/// What two consumers can get of the values 1 and 2: each may come too early, and none gets what the other got.
fn any_distribution() -> Vec<Vec<Option<u8>>> {
    let values = [None, Some(1), Some(2)];
    let pairs = values.iter().flat_map(|&a| values.iter().map(move |&b| vec![a, b]));
    pairs.filter(|pair| pair[0].is_none() || pair[0] != pair[1]).collect()
}

fn producers_race_for_the_last_place<Q: Queue<u8>>() -> Vec<bool> {
    let queue = Arc::new(Q::with_capacity(1));
    let producers = [1, 2].map(|value| {
        let queue = queue.clone();
        thread::spawn(move || queue.push_or_return(value).inspect_err(|&back| assert_eq!(back, value)).is_ok())
    });
    let pushed = joined(producers.into());
    assert!(queue.full() && !queue.empty());
    let winner = if pushed[0] { 1 } else { 2 };
    assert_eq!(drained(&*queue), [winner]);
    assert!(!queue.full() && queue.empty());
    pushed
}

fn consumers_race_for_the_last_value<Q: Queue<u8>>() -> Vec<Option<u8>> {
    let queue = Arc::new(Q::with_capacity(2));
    queue.push_or_return(7).unwrap();
    let consumers = [(), ()].map(|()| {
        let queue = queue.clone();
        thread::spawn(move || queue.pop_if_any())
    });
    joined(consumers.into())
}

/// One thread pushes 1, 2, 3 into a queue of two places, another pops twice; returns what was accepted and what popped.
fn three_through_two_places<Q: Queue<u8>>() -> (Vec<u8>, Vec<u8>) {
    let queue = Arc::new(Q::with_capacity(2));
    let producer = thread::spawn({
        let queue = queue.clone();
        move || (1..=3).filter(|&value| queue.push_or_return(value).is_ok()).collect::<Vec<_>>()
    });
    let consumer = thread::spawn({
        let queue = queue.clone();
        move || (0..2).filter_map(|_| queue.pop_if_any()).collect::<Vec<_>>()
    });
    let accepted = producer.join().unwrap();
    let popped = consumer.join().unwrap();
    let all: Vec<u8> = popped.iter().copied().chain(drained(&*queue)).collect();
    assert_eq!(all, accepted, "each accepted value once, in order");
    (accepted, popped)
}

/// One place, which is taken: a push succeeds if it comes after the pop, and only then. Returns whether it did, and what
/// was popped.
fn push_beside_pop_at_capacity_one<Q: Queue<u8>>() -> (bool, Option<u8>) {
    let queue = Arc::new(Q::with_capacity(1));
    queue.push_or_return(1).unwrap();
    let producer = thread::spawn({
        let queue = queue.clone();
        move || queue.push_or_return(2).is_ok()
    });
    let consumer = thread::spawn({
        let queue = queue.clone();
        move || queue.pop_if_any()
    });
    let pushed = producer.join().unwrap();
    let popped = consumer.join().unwrap();
    assert_eq!(drained(&*queue), if pushed { vec![2] } else { vec![] });
    (pushed, popped)
}

/// One value in two places; one thread pops it and pushes another, so that there is always room for one more. Returns
/// whether another thread's push found it, and whether it came last.
fn push_where_there_is_always_room<Q: Queue<u8>>() -> (bool, bool) {
    let queue = Arc::new(Q::with_capacity(2));
    queue.push_or_return(1).unwrap();
    let busy = thread::spawn({
        let queue = queue.clone();
        move || {
            let popped = queue.pop_if_any();
            (popped, queue.push_or_return(2))
        }
    });
    let pushing = thread::spawn({
        let queue = queue.clone();
        move || queue.push_or_return(3).is_ok()
    });
    assert_eq!(busy.join().unwrap(), (Some(1), Ok(())));
    let pushed = pushing.join().unwrap();
    (pushed, drained(&*queue) == [2, 3])
}

/// The same from the other end: one thread pushes and then pops, so that there is always a value for one more.
///
/// loom lets a SeqCst load read only the newest of several SeqCst stores, so it would not notice here if the ring's
/// guess of `head` were Relaxed, as it does above for `tail`, whose counterpart is still at its first value.
fn pop_where_there_is_always_a_value<Q: Queue<u8>>() -> (Option<u8>, Option<u8>) {
    let queue = Arc::new(Q::with_capacity(2));
    queue.push_or_return(1).unwrap();
    let busy = thread::spawn({
        let queue = queue.clone();
        move || {
            queue.push_or_return(2).unwrap();
            queue.pop_if_any()
        }
    });
    let popping = thread::spawn({
        let queue = queue.clone();
        move || queue.pop_if_any()
    });
    (busy.join().unwrap(), popping.join().unwrap())
}

/// Two threads push, and one of them then pops: though the other may be in the middle of its push, and before it in the
/// queue, there is something to pop. Returns what came out.
fn push_then_pop_beside_a_push<Q: Queue<u8>>() -> Option<u8> {
    let queue = Arc::new(Q::with_capacity(2));
    let other = thread::spawn({
        let queue = queue.clone();
        move || queue.push_or_return(1).unwrap()
    });
    let both = thread::spawn({
        let queue = queue.clone();
        move || {
            queue.push_or_return(2).unwrap();
            queue.pop_if_any()
        }
    });
    other.join().unwrap();
    both.join().unwrap()
}

/// The same from the other end: two threads pop from a full queue, and one of them then pushes, for which there is
/// room. Returns what that one popped, and whether it could push.
fn pop_then_push_beside_a_pop<Q: Queue<u8>>() -> (Option<u8>, bool) {
    let queue = Arc::new(Q::with_capacity(2));
    queue.push_or_return(1).unwrap();
    queue.push_or_return(2).unwrap();
    let other = thread::spawn({
        let queue = queue.clone();
        move || queue.pop_if_any().unwrap()
    });
    let both = thread::spawn({
        let queue = queue.clone();
        move || (queue.pop_if_any(), queue.push_or_return(3).is_ok())
    });
    other.join().unwrap();
    both.join().unwrap()
}

/// What a third thread is told while one value goes in and one comes out: `count`, `empty`, `full`.
fn observed<Q: Queue<u8>>() -> (usize, bool, bool) {
    let queue = Arc::new(Q::with_capacity(2));
    queue.push_or_return(1).unwrap();
    let producer = thread::spawn({
        let queue = queue.clone();
        move || queue.push_or_return(2).unwrap()
    });
    let consumer = thread::spawn({
        let queue = queue.clone();
        move || queue.pop_if_any().unwrap()
    });
    let observer = thread::spawn({
        let queue = queue.clone();
        move || (queue.count(), queue.empty(), queue.full())
    });
    producer.join().unwrap();
    assert_eq!(consumer.join().unwrap(), 1);
    observer.join().unwrap()
}

/// Each of two threads pushes to one queue and then looks into the other; returns what they find.
fn push_here_look_there<Q: Fifo<u8>>(queue: fn() -> Q) -> [Option<u8>; 2] {
    let queues = [queue(), queue()].map(Arc::new);
    let threads = [(0, 1), (1, 0)].map(|(here, there)| {
        let (here, there) = (queues[here].clone(), queues[there].clone());
        thread::spawn(move || {
            here.push_or_return(7).unwrap();
            there.pop_if_any()
        })
    });
    threads.map(|thread| thread.join().unwrap())
}

/// Both threads find nothing only if each looked before the other pushed, which can't be.
#[test]
fn of_two_threads_that_push_here_and_look_there_one_finds_something() {
    let right = [[Some(7), None], [None, Some(7)], [Some(7), Some(7)]];
    Outcomes::of(|| push_here_look_there(|| MutexQueue::new(1))).are(right);

    // loom treats SeqCst accesses as AcqRel (tokio-rs/loom#180) and shows what the memory model forbids.
    let false_alarms = (BACKEND == Backend::Loom).then_some([None, None]);
    let seen = right.into_iter().chain(false_alarms);
    Outcomes::of(|| push_here_look_there(|| RingQueue::new(1))).are(seen.clone());
    Outcomes::of(|| push_here_look_there(ListQueue::<_, 1>::default)).are(seen);
}

macro_rules! for_each_queue {
    ($($module:ident: $queue:ident),*) => {$(
        mod $module {
            use super::*;

            #[test]
            fn two_producers_and_two_consumers_share_two_values_in_every_way() {
                Outcomes::with_preemptions(1, || two_by_two::<$queue<u8>>(true)).are(any_distribution());
            }

            #[test]
            fn the_same_with_the_consumers_started_first() {
                Outcomes::with_preemptions(1, || two_by_two::<$queue<u8>>(false)).are(any_distribution());
            }

            #[test]
            fn of_two_pushes_for_the_last_place_one_succeeds() {
                Outcomes::of(producers_race_for_the_last_place::<$queue<u8>>)
                    .are([vec![true, false], vec![false, true]]);
            }

            #[test]
            fn of_two_pops_for_the_last_value_one_succeeds() {
                Outcomes::of(consumers_race_for_the_last_value::<$queue<u8>>)
                    .are([vec![Some(7), None], vec![None, Some(7)]]);
            }

            #[test]
            fn values_come_out_in_the_order_in_which_they_went_in() {
                let outcomes = Outcomes::of(three_through_two_places::<$queue<u8>>);
                let (all, two) = (vec![1, 2, 3], vec![1, 2]);
                outcomes.are([
                    (all.clone(), vec![1]),
                    (all.clone(), vec![1, 2]),
                    (two.clone(), vec![]),
                    (two.clone(), vec![1]),
                    (two.clone(), vec![1, 2]),
                ]);
            }

            #[test]
            fn at_capacity_one_a_push_beside_a_pop_fails_only_while_the_queue_is_full() {
                Outcomes::of(push_beside_pop_at_capacity_one::<$queue<u8>>)
                    .are([(true, Some(1)), (false, Some(1))]);
            }

            #[test]
            fn where_there_is_always_room_a_push_succeeds() {
                Outcomes::of(push_where_there_is_always_room::<$queue<u8>>).are([(true, false), (true, true)]);
            }

            #[test]
            fn where_there_is_always_a_value_a_pop_succeeds() {
                Outcomes::of(pop_where_there_is_always_a_value::<$queue<u8>>)
                    .are([(Some(1), Some(2)), (Some(2), Some(1))]);
            }

            #[test]
            fn who_has_pushed_finds_something_to_pop() {
                Outcomes::of(push_then_pop_beside_a_push::<$queue<u8>>).are([Some(1), Some(2)]);
            }

            #[test]
            fn who_has_popped_finds_room_to_push() {
                Outcomes::of(pop_then_push_beside_a_pop::<$queue<u8>>).are([(Some(1), true), (Some(2), true)]);
            }

            #[test]
            fn len_is_empty_and_is_full_tell_what_was_true() {
                let seen = Outcomes::of(|| observed::<$queue<u8>>().0);
                seen.are([0, 1, 2]);
            }
        }
    )*};
}

for_each_queue!(mutex_queue: MutexQueue, ring_queue: RingQueue);
