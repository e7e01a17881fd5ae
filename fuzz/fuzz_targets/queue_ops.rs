//! Does each queue give the answers of a bounded `VecDeque`, in one thread?

#![no_main]

use std::collections::VecDeque;
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use raddle::queue::{MutexQueue, PopTimeoutError, PushTimeoutError, RingQueue, SpscRing, TryPopError, TryPushError};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Call {
    TryPush,
    TryPop,
    PushTimeout,
    PopTimeout,
    Close,
}

#[derive(Arbitrary, Debug)]
struct Scenario {
    /// One less than the capacity.
    capacity_above_one: u8,
    /// Where the positions of a `RingQueue` begin, counted back from where they wrap around.
    laps_before_wrap: u8,
    calls: Vec<Call>,
}

/// Boxed, so that the address sanitizer sees a value that is read twice or not at all.
type Value = Box<usize>;

fn queues_without_close(capacity: usize, laps: usize, calls: &[Call]) {
    let ring = RingQueue::starting_at_lap(capacity, laps);
    let (producer, consumer) = SpscRing::new(capacity).split();
    let mut spec: VecDeque<usize> = VecDeque::new();
    for (number, call) in calls.iter().enumerate() {
        match call {
            Call::TryPush | Call::PushTimeout => {
                let full = spec.len() == capacity;
                let pushed = [ring.try_push(Value::new(number)), producer.try_push(Value::new(number))];
                for result in pushed {
                    assert_eq!(result.map_err(|full| *full.0), if full { Err(number) } else { Ok(()) });
                }
                if !full {
                    spec.push_back(number);
                }
            }
            Call::TryPop | Call::PopTimeout => {
                let expected = spec.pop_front().map(Value::new);
                assert_eq!([ring.try_pop(), consumer.try_pop()], [expected.clone(), expected]);
            }
            Call::Close => {}
        }
        let state = (spec.len(), spec.is_empty(), spec.len() == capacity);
        assert_eq!((ring.len(), ring.is_empty(), ring.is_full()), state);
        assert_eq!((producer.len(), producer.is_empty(), producer.is_full()), state);
        assert_eq!((consumer.len(), consumer.is_empty(), consumer.is_full()), state);
    }
}

fn mutex_queue(capacity: usize, calls: &[Call]) {
    let queue = MutexQueue::new(capacity);
    let mut spec: VecDeque<usize> = VecDeque::new();
    let mut closed = false;
    for (number, call) in calls.iter().enumerate() {
        let full = spec.len() == capacity;
        match call {
            Call::TryPush => match queue.try_push(Value::new(number)) {
                Ok(()) => assert!(!closed && !full),
                Err(TryPushError::Full(value)) => assert!(!closed && full && *value == number),
                Err(TryPushError::Closed(value)) => assert!(closed && *value == number),
            },
            Call::PushTimeout => match queue.push_timeout(Value::new(number), Duration::ZERO) {
                Ok(()) => assert!(!closed && !full),
                Err(PushTimeoutError::Timeout(value)) => assert!(!closed && full && *value == number),
                Err(PushTimeoutError::Closed(value)) => assert!(closed && *value == number),
            },
            Call::TryPop => {
                let none = if closed { TryPopError::Closed } else { TryPopError::Empty };
                assert_eq!(queue.try_pop(), spec.pop_front().map(Value::new).ok_or(none));
            }
            Call::PopTimeout => {
                let none = if closed { PopTimeoutError::Closed } else { PopTimeoutError::Timeout };
                assert_eq!(queue.pop_timeout(Duration::ZERO), spec.pop_front().map(Value::new).ok_or(none));
            }
            Call::Close => {
                queue.close();
                closed = true;
            }
        }
        if matches!(call, Call::TryPush | Call::PushTimeout) && !closed && !full {
            spec.push_back(number);
        }
        assert_eq!((queue.len(), queue.is_empty(), queue.is_closed()), (spec.len(), spec.is_empty(), closed));
        assert_eq!(queue.is_full(), spec.len() == capacity);
    }
}

fuzz_target!(|scenario: Scenario| {
    let capacity = usize::from(scenario.capacity_above_one) + 1;
    let laps = usize::MAX - usize::from(scenario.laps_before_wrap);
    queues_without_close(capacity, laps, &scenario.calls);
    mutex_queue(capacity, &scenario.calls);
});
