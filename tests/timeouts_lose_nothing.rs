//! A timed call gives up when its time is over and not before, and has then sent or received nothing; a waiting call
//! does not outlast the other side.

// Real threads and a real clock: under loom no time passes.
#![cfg(not(loom))]

mod conservation;
mod hang_guard;

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use conservation::{Value, conserved};
use hang_guard::must_end;
use raddle::channel::{Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, bounded, unbounded};
use raddle::queue::{Closed, MutexQueue, PopTimeoutError, PushTimeoutError};

/// Longer than any test may take.
const AN_HOUR: Duration = Duration::from_secs(3600);

const TIMEOUTS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(10)];

fn channel<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    capacity.map_or_else(unbounded, bounded)
}

/// Asserts what `call` gives and that it takes at least `timeout`.
#[track_caller]
fn gives_up_after<T: PartialEq + Debug>(timeout: Duration, expected: T, call: impl FnOnce() -> T) {
    let start = Instant::now();
    assert_eq!(call(), expected);
    let waited = start.elapsed();
    assert!(waited >= timeout, "gave up after {waited:?} of {timeout:?}");
}

#[test]
fn a_timed_receive_is_never_early() {
    for capacity in [Some(0), Some(1), None] {
        let (_sender, receiver) = channel::<u8>(capacity);
        for timeout in TIMEOUTS {
            gives_up_after(timeout, Err(RecvTimeoutError::Timeout), || receiver.recv_timeout(timeout));
            let deadline = Instant::now() + timeout;
            assert_eq!(receiver.recv_deadline(deadline), Err(RecvTimeoutError::Timeout));
            assert!(Instant::now() >= deadline);
        }
    }
}

#[test]
fn a_timed_send_is_never_early_and_gives_its_value_back() {
    for capacity in [0, 1] {
        let (sender, receiver) = bounded(capacity);
        (0..capacity).for_each(|_| sender.send("there before").unwrap());
        for timeout in TIMEOUTS {
            gives_up_after(timeout, Err(SendTimeoutError::Timeout("back")), || sender.send_timeout("back", timeout));
            let deadline = Instant::now() + timeout;
            assert_eq!(sender.send_deadline("back", deadline), Err(SendTimeoutError::Timeout("back")));
            assert!(Instant::now() >= deadline);
        }
        drop(sender);
        assert_eq!(receiver.iter().count(), capacity, "what was given back was not sent");
    }
}

#[test]
fn the_timed_calls_of_a_mutex_queue_are_never_early_and_give_the_value_back() {
    let queue = MutexQueue::new(1);
    for timeout in TIMEOUTS {
        gives_up_after(timeout, Err(PopTimeoutError::Timeout), || queue.pop_timeout(timeout));
    }
    queue.push("there before").unwrap();
    for timeout in TIMEOUTS {
        gives_up_after(timeout, Err(PushTimeoutError::Timeout("back")), || queue.push_timeout("back", timeout));
    }
    assert_eq!((queue.pop(), queue.len()), (Ok("there before"), 0));
}

#[test]
fn a_timed_call_ends_as_soon_as_it_can_succeed() {
    for capacity in [Some(0), Some(1), None] {
        must_end(move || {
            let (sender, receiver) = channel(capacity);
            let receiving = thread::spawn(move || [receiver.recv_timeout(AN_HOUR), receiver.recv_timeout(AN_HOUR)]);
            assert_eq!(sender.send_timeout(1, AN_HOUR), Ok(()));
            assert_eq!(sender.send_timeout(2, AN_HOUR), Ok(()));
            assert_eq!(receiving.join().unwrap(), [Ok(1), Ok(2)]);
        });
    }
}

/// Lengths around the time that a call takes, so that it ends before, after and while its time is over.
fn tiny_timeout(call: usize) -> Duration {
    Duration::from_micros([0, 1, 5, 20, 100][call % 5])
}

/// How often each producer of [`hasty_two_by_two`] tries.
const TRIES: usize = 3_000;

/// Two producers that try each value once, and two consumers, none with patience. Returns how many values arrived and
/// how many calls gave up.
fn hasty_two_by_two(
    try_for: impl Fn(Value, Duration) -> Result<(), Value> + Clone + Send + 'static,
    get_for: impl Fn(Duration) -> Result<Value, GetError> + Clone + Send + 'static,
    producers_are_done: impl FnOnce(),
) -> (usize, usize) {
    let gave_up = Arc::new(AtomicUsize::new(0));
    let consumers = [0, 1].map(|consumer| {
        let (get_for, gave_up) = (get_for.clone(), gave_up.clone());
        thread::spawn(move || {
            let mut received = Vec::new();
            for call in consumer.. {
                match get_for(tiny_timeout(call)) {
                    Ok(value) => received.push(value),
                    Err(GetError::TimedOut) => {
                        gave_up.fetch_add(1, SeqCst);
                    }
                    Err(GetError::Ended) => break,
                }
            }
            received
        })
    });
    let producers = [0, 1].map(|producer| {
        let (try_for, gave_up) = (try_for.clone(), gave_up.clone());
        thread::spawn(move || {
            let mut accepted = Vec::new();
            for number in 0..TRIES {
                if number % 500 == 499 {
                    // Or the consumers might never find it empty.
                    thread::sleep(Duration::from_micros(200));
                }
                let value = Value { producer, number };
                match try_for(value, tiny_timeout(number)) {
                    Ok(()) => accepted.push(value),
                    Err(returned) => {
                        assert_eq!(returned, value);
                        gave_up.fetch_add(1, SeqCst);
                    }
                }
            }
            accepted
        })
    });
    // Or the consumers would wait for the sender that is in here.
    drop((try_for, get_for));
    let accepted = producers.map(|thread| thread.join().unwrap());
    producers_are_done();
    let received = consumers.map(|thread| thread.join().unwrap());
    (conserved(&accepted, &received).unwrap(), gave_up.load(SeqCst))
}

/// Why a consumer got nothing.
enum GetError {
    TimedOut,
    Ended,
}

/// Repeats a run in which values and timeouts should meet until it has seen both.
fn until_both_were_seen(run: impl Fn() -> (usize, usize) + Send + 'static) {
    const ROUNDS_MAX: usize = 50;
    let met = must_end(move || {
        (0..ROUNDS_MAX).any(|_| {
            let (arrived, gave_up) = run();
            arrived > 0 && gave_up > 0
        })
    });
    assert!(met, "in none of {ROUNDS_MAX} rounds were there both values and timeouts: nothing was tested");
}

#[test]
fn values_and_timeouts_that_race_in_a_channel_lose_nothing() {
    for capacity in [Some(0), Some(1), Some(2), None] {
        until_both_were_seen(move || {
            let (sender, receiver) = channel(capacity);
            hasty_two_by_two(
                move |value, timeout| sender.send_timeout(value, timeout).map_err(|error| error.into_inner()),
                move |timeout| {
                    receiver.recv_timeout(timeout).map_err(|error| match error {
                        RecvTimeoutError::Timeout => GetError::TimedOut,
                        RecvTimeoutError::Disconnected => GetError::Ended,
                    })
                },
                || (),
            )
        });
    }
}

#[test]
fn values_and_timeouts_that_race_in_a_mutex_queue_lose_nothing() {
    for capacity in [1, 2] {
        until_both_were_seen(move || {
            let queue = Arc::new(MutexQueue::new(capacity));
            let (push, pop) = (queue.clone(), queue.clone());
            hasty_two_by_two(
                move |value, timeout| push.push_timeout(value, timeout).map_err(|error| error.into_inner()),
                move |timeout| {
                    pop.pop_timeout(timeout).map_err(|error| match error {
                        PopTimeoutError::Timeout => GetError::TimedOut,
                        PopTimeoutError::Closed => GetError::Ended,
                    })
                },
                move || queue.close(),
            )
        });
    }
}

/// How often a race between beginning to wait and the end of the other side is run.
const RACES: usize = 300;

/// Lets the threads that `wait` starts begin to wait, or not quite, and then ends the other side.
fn wake_by_disconnection<T: Send + 'static>(
    race: usize,
    waits: Vec<Box<dyn FnOnce() -> T + Send>>,
    end_the_other_side: impl FnOnce(),
) -> Vec<T> {
    let begun = Arc::new(AtomicUsize::new(0));
    let expected = waits.len();
    let threads: Vec<_> = (waits.into_iter())
        .map(|wait| {
            let begun = begun.clone();
            thread::spawn(move || {
                begun.fetch_add(1, SeqCst);
                wait()
            })
        })
        .collect();
    while begun.load(SeqCst) < expected {
        thread::yield_now();
    }
    (0..race % 20).for_each(|_| thread::yield_now());
    end_the_other_side();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[test]
fn receives_that_wait_are_woken_by_the_end_of_the_last_sender() {
    for capacity in [Some(0), Some(1), None] {
        must_end(move || {
            for race in 0..RACES {
                let (sender, receiver) = channel::<u8>(capacity);
                let (other, yet_another) = (receiver.clone(), receiver.clone());
                let woken = wake_by_disconnection(
                    race,
                    vec![
                        Box::new(move || receiver.recv() == Err(RecvError)),
                        Box::new(move || other.recv_timeout(AN_HOUR) == Err(RecvTimeoutError::Disconnected)),
                        Box::new(move || yet_another.iter().next().is_none()),
                    ],
                    || drop(sender),
                );
                assert_eq!(woken, [true; 3]);
            }
        });
    }
}

#[test]
fn sends_that_wait_are_woken_by_the_end_of_the_last_receiver_with_their_values() {
    for capacity in [0, 1] {
        must_end(move || {
            for race in 0..RACES {
                let (sender, receiver) = bounded(capacity);
                (0..capacity).for_each(|_| sender.send(0).unwrap());
                let (other, yet_another) = (sender.clone(), sender.clone());
                let woken = wake_by_disconnection(
                    race,
                    vec![
                        Box::new(move || sender.send(1) == Err(SendError(1))),
                        Box::new(move || other.send(2) == Err(SendError(2))),
                        Box::new(move || {
                            yet_another.send_timeout(3, AN_HOUR) == Err(SendTimeoutError::Disconnected(3))
                        }),
                    ],
                    || drop(receiver),
                );
                assert_eq!(woken, [true; 3]);
            }
        });
    }
}

#[test]
fn whoever_waits_for_a_mutex_queue_is_woken_when_it_is_closed() {
    must_end(|| {
        for race in 0..RACES {
            let [empty, full] = [(); 2].map(|()| Arc::new(MutexQueue::new(1)));
            full.push(0).unwrap();
            let (pop, pop_timed, push, push_timed) = (empty.clone(), empty.clone(), full.clone(), full.clone());
            let woken = wake_by_disconnection(
                race,
                vec![
                    Box::new(move || pop.pop() == Err(Closed(()))),
                    Box::new(move || pop_timed.pop_timeout(AN_HOUR) == Err(PopTimeoutError::Closed)),
                    Box::new(move || push.push(1) == Err(Closed(1))),
                    Box::new(move || push_timed.push_timeout(2, AN_HOUR) == Err(PushTimeoutError::Closed(2))),
                ],
                || {
                    empty.close();
                    full.close();
                },
            );
            assert_eq!(woken, [true; 4]);
            assert_eq!(full.pop(), Ok(0));
        }
    });
}
