//! The single-producer single-consumer ring hands every value over once, in order, with all that was written before it.

mod outcomes;

use outcomes::Outcomes;
use raddle::queue::{Full, SpscRing};
use raddle::sync::Arc;
use raddle::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use raddle::thread;

/// A producer tries to push 1, 2, ... and a consumer to pop, in threads of their own; returns what was accepted and
/// what was popped. The boxes make a value that is not published a data race on its content.
fn run(capacity: usize, pushes: u8, pops: usize, consumer_first: bool) -> (Vec<u8>, Vec<u8>) {
    let (producer, consumer) = SpscRing::new(capacity).split();
    let produce = move || {
        let accepted: Vec<u8> = (1..=pushes).filter(|&value| producer.try_push(Box::new(value)).is_ok()).collect();
        (producer, accepted)
    };
    let consume = move || {
        let popped: Vec<u8> = (0..pops).filter_map(|_| consumer.try_pop()).map(|value| *value).collect();
        (consumer, popped)
    };
    let (producing, consuming) = if consumer_first {
        let consuming = thread::spawn(consume);
        (thread::spawn(produce), consuming)
    } else {
        (thread::spawn(produce), thread::spawn(consume))
    };
    let (producer, accepted) = producing.join().unwrap();
    let (consumer, popped) = consuming.join().unwrap();
    assert_eq!(producer.len(), accepted.len() - popped.len());
    assert_eq!(consumer.len(), producer.len());
    let left = std::iter::from_fn(|| consumer.try_pop()).map(|value| *value);
    let all: Vec<u8> = popped.iter().copied().chain(left).collect();
    assert_eq!(all, accepted, "each accepted value once, in order");
    assert!(producer.is_empty() && consumer.is_empty());
    (accepted, popped)
}

#[test]
fn three_values_go_through_two_places_in_every_way() {
    for consumer_first in [false, true] {
        let (three, two) = (vec![1, 2, 3], vec![1, 2]);
        Outcomes::of(move || run(2, 3, 2, consumer_first)).are([
            (three.clone(), vec![1]),
            (three, vec![1, 2]),
            (two.clone(), vec![]),
            (two.clone(), vec![1]),
            (two, vec![1, 2]),
        ]);
    }
}

#[test]
fn one_place_is_used_again_and_again() {
    // 3 can take the place of 2, when 2 found it taken.
    for consumer_first in [false, true] {
        Outcomes::of(move || run(1, 3, 2, consumer_first)).are([
            (vec![1], vec![]),
            (vec![1], vec![1]),
            (vec![1, 2], vec![1]),
            (vec![1, 2], vec![1, 2]),
            (vec![1, 3], vec![1]),
            (vec![1, 3], vec![1, 3]),
            (vec![1, 2, 3], vec![1, 2]),
        ]);
    }
}

#[test]
fn positions_wrap_around_twice_without_loss() {
    // Positions run from 0 to twice the capacity: one round in the first thread, the rest beside the consumer.
    let outcomes = Outcomes::of(|| {
        let (producer, consumer) = SpscRing::new(1).split();
        for value in 0..3 {
            producer.try_push(value).unwrap();
            assert_eq!(consumer.try_pop(), Some(value));
        }
        let producing = thread::spawn(move || [3, 4].map(|value| producer.try_push(value)));
        let consuming = thread::spawn(move || {
            let popped = [consumer.try_pop(), consumer.try_pop()];
            (consumer, popped)
        });
        let pushed = producing.join().unwrap();
        let (consumer, popped) = consuming.join().unwrap();
        assert_eq!(pushed[0], Ok(()));
        let all: Vec<i32> = popped.into_iter().chain([consumer.try_pop()]).flatten().collect();
        assert_eq!(all, if pushed[1].is_ok() { vec![3, 4] } else { vec![3] });
        (pushed[1] == Err(Full(4)), popped)
    });
    outcomes.are([
        (true, [None, None]),
        (true, [None, Some(3)]),
        (true, [Some(3), None]),
        (false, [None, Some(3)]),
        (false, [Some(3), None]),
        (false, [Some(3), Some(4)]),
    ]);
}

#[test]
fn each_end_sees_the_others_progress_and_no_more() {
    let outcomes = Outcomes::of(|| {
        let (producer, consumer) = SpscRing::new(2).split();
        let producing = thread::spawn(move || {
            producer.try_push(1).unwrap();
            producer.try_push(2).unwrap();
            assert!(producer.len() <= 2);
            producer.is_full()
        });
        let consuming = thread::spawn(move || {
            let before = consumer.len();
            let popped = consumer.try_pop();
            assert!(before == 0 || popped == Some(1), "a value that was there can't go away");
            popped.is_some()
        });
        let (full, popped) = (producing.join().unwrap(), consuming.join().unwrap());
        assert!(full || popped, "two places, two values");
        (full, popped)
    });
    outcomes.are([(true, false), (true, true), (false, true)]);
}

#[test]
fn what_is_left_is_dropped_with_the_last_end_whichever_that_is() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            // Relaxed: read after the threads were joined.
            self.0.fetch_add(1, Relaxed);
        }
    }
    Outcomes::of(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let (producer, consumer) = SpscRing::new(2).split();
        let producing = thread::spawn({
            let drops = drops.clone();
            move || {
                assert!(producer.try_push(Counted(drops.clone())).is_ok());
                assert!(producer.try_push(Counted(drops.clone())).is_ok());
            }
        });
        let consuming = thread::spawn(move || consumer.try_pop().is_some());
        producing.join().unwrap();
        let popped = consuming.join().unwrap();
        // Relaxed: the threads that counted were joined.
        assert_eq!(drops.load(Relaxed), 2);
        popped
    })
    .are([false, true]);
}
