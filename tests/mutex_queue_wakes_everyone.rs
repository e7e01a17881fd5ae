//! Whoever blocks on a `MutexQueue` is woken by what he waits for: a value, a place, or the end.

mod outcomes;

use outcomes::Outcomes;
use raddle::queue::{Closed, MutexQueue, TryPopError, TryPushError};
use raddle::sync::Arc;
use raddle::thread;

#[test]
fn two_producers_and_two_consumers_pass_two_values_through_one_place() {
    for consumers_first in [false, true] {
        let outcomes = Outcomes::with_preemptions(2, move || {
            let queue = Arc::new(MutexQueue::new(1));
            let produce = |queue: &Arc<MutexQueue<u8>>| {
                [1, 2].map(|value| {
                    let queue = queue.clone();
                    thread::spawn(move || queue.push(value).unwrap())
                })
            };
            let consume = |queue: &Arc<MutexQueue<u8>>| {
                [(), ()].map(|()| {
                    let queue = queue.clone();
                    thread::spawn(move || queue.pop().unwrap())
                })
            };
            let (producers, consumers) = if consumers_first {
                let consumers = consume(&queue);
                (produce(&queue), consumers)
            } else {
                (produce(&queue), consume(&queue))
            };
            for producer in producers {
                producer.join().unwrap();
            }
            consumers.map(|consumer| consumer.join().unwrap())
        });
        outcomes.are([[1, 2], [2, 1]]);
    }
}

#[test]
fn a_push_waits_for_room_and_gets_it() {
    let outcomes = Outcomes::of(|| {
        let queue = Arc::new(MutexQueue::new(1));
        let producer = thread::spawn({
            let queue = queue.clone();
            move || [1, 2].map(|value| queue.push(value))
        });
        let consumer = thread::spawn({
            let queue = queue.clone();
            move || (queue.len(), [queue.pop(), queue.pop()])
        });
        assert_eq!(producer.join().unwrap(), [Ok(()), Ok(())]);
        let (before, popped) = consumer.join().unwrap();
        assert_eq!(popped, [Ok(1), Ok(2)]);
        before
    });
    outcomes.are([0, 1]);
}

#[test]
fn close_wakes_every_blocked_pop() {
    let outcomes = Outcomes::of(|| {
        let queue = Arc::new(MutexQueue::<u8>::new(1));
        let consumers = [(), ()].map(|()| {
            let queue = queue.clone();
            thread::spawn(move || (queue.is_closed(), queue.pop()))
        });
        let closer = thread::spawn({
            let queue = queue.clone();
            move || queue.close()
        });
        closer.join().unwrap();
        consumers.map(|consumer| {
            let (closed_before, popped) = consumer.join().unwrap();
            assert_eq!(popped, Err(Closed(())));
            closed_before
        })
    });
    // A consumer that saw the queue open may have been blocked when it was closed; one that saw it closed was not.
    outcomes.are([[false, false], [false, true], [true, false], [true, true]]);
}

#[test]
fn close_wakes_every_blocked_push_and_gives_the_values_back() {
    let outcomes = Outcomes::of(|| {
        let queue = Arc::new(MutexQueue::new(1));
        queue.push(0).unwrap();
        let producers = [1, 2].map(|value| {
            let queue = queue.clone();
            thread::spawn(move || (queue.is_closed(), queue.push(value)))
        });
        let closer = thread::spawn({
            let queue = queue.clone();
            move || queue.close()
        });
        closer.join().unwrap();
        let mut expected = 1;
        let closed_before = producers.map(|producer| {
            let (closed_before, pushed) = producer.join().unwrap();
            assert_eq!(pushed, Err(Closed(expected)));
            expected += 1;
            closed_before
        });
        assert_eq!(queue.pop(), Ok(0), "what was in before stays");
        closed_before
    });
    outcomes.are([[false, false], [false, true], [true, false], [true, true]]);
}

#[test]
fn a_closed_queue_is_drained_before_it_says_so() {
    let outcomes = Outcomes::of(|| {
        let queue = Arc::new(MutexQueue::new(2));
        let producer = thread::spawn({
            let queue = queue.clone();
            move || {
                queue.push(1).unwrap();
                queue.push(2).unwrap();
                queue.close();
                assert_eq!(queue.try_push(3), Err(TryPushError::Closed(3)));
            }
        });
        let consumer = thread::spawn({
            let queue = queue.clone();
            move || {
                let first = queue.try_pop();
                let rest: Vec<u8> = std::iter::from_fn(|| queue.pop().ok()).collect();
                assert_eq!(queue.try_pop(), Err(TryPopError::Closed));
                (first, rest)
            }
        });
        producer.join().unwrap();
        consumer.join().unwrap()
    });
    outcomes.are([(Err(TryPopError::Empty), vec![1, 2]), (Ok(1), vec![2])]);
}

#[test]
fn a_push_beside_close_is_either_accepted_or_given_back() {
    let outcomes = Outcomes::of(|| {
        let queue = Arc::new(MutexQueue::new(1));
        let producer = thread::spawn({
            let queue = queue.clone();
            move || queue.push(1)
        });
        let closer = thread::spawn({
            let queue = queue.clone();
            move || queue.close()
        });
        let pushed = producer.join().unwrap();
        closer.join().unwrap();
        assert_eq!(queue.pop(), if pushed.is_ok() { Ok(1) } else { Err(Closed(())) });
        pushed
    });
    outcomes.are([Ok(()), Err(Closed(1))]);
}
