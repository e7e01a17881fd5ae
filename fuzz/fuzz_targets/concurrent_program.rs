//! Does a small program on real threads lose a value, get one twice, or get those of one producer out of order?
//!
//! The threads race for a moment only, a few times for each input: what counts here is the variety of the programs. It
//! never hangs: a thread that both sends and receives does not wait without end, and one that does only one of the two
//! is let go at the latest when those of the other kind are done.

#![no_main]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use raddle::channel::{Receiver, Sender, bounded, unbounded};
use raddle::queue::RingQueue;

const RUNS: usize = 4;
const CALLS_MAX: usize = 12;
/// A ring's calls never wait, so that a thread would be done before the next has started: it makes them so many times.
const RING_ROUNDS: usize = 32;
const BRIEF: Duration = Duration::from_micros(20);

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq)]
enum Patience {
    None,
    Brief,
    Endless,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Call {
    Send(Patience),
    Receive(Patience),
}

#[derive(Arbitrary, Debug)]
struct Scenario {
    /// Modulo 5: the capacity, where 4 is an unbounded channel.
    capacity: u8,
    threads: [Vec<Call>; 2],
    third_thread: Option<Vec<Call>>,
}

/// Told apart by producer and number. Boxed, so that the address sanitizer sees one that is read twice or not at all.
type Value = Box<(usize, usize)>;

#[derive(Default)]
struct Log {
    accepted: Vec<Value>,
    received: Vec<Value>,
}

fn sends(calls: &[Call]) -> bool {
    calls.iter().any(|call| matches!(call, Call::Send(_)))
}

fn receives(calls: &[Call]) -> bool {
    calls.iter().any(|call| matches!(call, Call::Receive(_)))
}

/// Makes `calls` end, whatever they are: a thread that waited in a send would owe others a receive, or the reverse.
fn limit(calls: &mut Vec<Call>) {
    calls.truncate(CALLS_MAX);
    if sends(calls) && receives(calls) {
        for Call::Send(patience) | Call::Receive(patience) in calls {
            *patience = if *patience == Patience::Endless { Patience::Brief } else { *patience };
        }
    }
}

fn play(
    thread: usize,
    calls: impl Iterator<Item = Call>,
    send: impl Fn(Value, Patience) -> Result<(), Value>,
    receive: impl Fn(Patience) -> Option<Value>,
) -> Log {
    let mut log = Log::default();
    for (number, call) in calls.enumerate() {
        match call {
            Call::Send(patience) => {
                let value = Value::new((thread, number));
                match send(value.clone(), patience) {
                    Ok(()) => log.accepted.push(value),
                    Err(returned) => assert_eq!(returned, value),
                }
            }
            Call::Receive(patience) => log.received.extend(receive(patience)),
        }
    }
    log
}

fn judge(logs: &[Log]) {
    let accepted: BTreeSet<&Value> = logs.iter().flat_map(|log| &log.accepted).collect();
    let received: Vec<&Value> = logs.iter().flat_map(|log| &log.received).collect();
    let distinct: BTreeSet<&Value> = received.iter().copied().collect();
    assert_eq!(distinct.len(), received.len(), "a value was received twice: {received:?}");
    assert_eq!(distinct, accepted, "received (left) is not what was accepted");
    for log in logs {
        for producer in 0..logs.len() {
            let numbers = log.received.iter().filter(|value| value.0 == producer).map(|value| value.1);
            assert!(numbers.is_sorted(), "of producer {producer} out of order: {:?}", log.received);
        }
    }
}

/// Starts the threads together, gives each its part, and returns their logs.
fn run<'a, P: FnOnce() -> Log + Send + 'a>(parts: Vec<P>, meanwhile: impl FnOnce() -> Log) -> Vec<Log> {
    let missing = AtomicUsize::new(parts.len());
    thread::scope(|scope| {
        let threads: Vec<_> = (parts.into_iter())
            .map(|part| {
                let missing = &missing;
                scope.spawn(move || {
                    missing.fetch_sub(1, SeqCst);
                    while missing.load(SeqCst) > 0 {
                        thread::yield_now();
                    }
                    part()
                })
            })
            .collect();
        let meanwhile = meanwhile();
        let parts = threads.into_iter().map(|thread| thread.join().expect("no thread panics"));
        parts.chain([meanwhile]).collect()
    })
}

fn send(sender: &Option<Sender<Value>>, value: Value, patience: Patience) -> Result<(), Value> {
    let sender = sender.as_ref().expect("who sends has a sender");
    match patience {
        Patience::None => sender.try_send(value).map_err(|error| error.into_inner()),
        Patience::Brief => sender.send_timeout(value, BRIEF).map_err(|error| error.into_inner()),
        Patience::Endless => sender.send(value).map_err(|error| error.into_inner()),
    }
}

fn receive(receiver: &Option<Receiver<Value>>, patience: Patience) -> Option<Value> {
    let receiver = receiver.as_ref().expect("who receives has a receiver");
    match patience {
        Patience::None => receiver.try_recv().ok(),
        Patience::Brief => receiver.recv_timeout(BRIEF).ok(),
        Patience::Endless => receiver.recv().ok(),
    }
}

fn run_on_a_channel(capacity: Option<usize>, threads: &[Vec<Call>]) {
    let (sender, receiver) = capacity.map_or_else(unbounded, bounded);
    let parts: Vec<_> = (threads.iter().enumerate())
        .map(|(thread, calls)| {
            // No handle that is not used: it would keep the channel open.
            let sender = sends(calls).then(|| sender.clone());
            let receiver = receives(calls).then(|| receiver.clone());
            move || {
                play(
                    thread,
                    calls.iter().copied(),
                    |value, patience| send(&sender, value, patience),
                    |patience| receive(&receiver, patience),
                )
            }
        })
        .collect();
    drop(sender);
    judge(&run(parts, || Log { received: receiver.iter().collect(), ..Log::default() }));
}

fn run_on_a_ring_queue(capacity: usize, threads: &[Vec<Call>]) {
    let queue = &RingQueue::starting_at_lap(capacity, usize::MAX);
    let parts: Vec<_> = (threads.iter().enumerate())
        .map(|(thread, calls)| {
            move || {
                let repeated = std::iter::repeat_n(calls, RING_ROUNDS).flatten().copied();
                play(thread, repeated, |value, _| queue.try_push(value).map_err(|full| full.0), |_| queue.try_pop())
            }
        })
        .collect();
    let mut logs = run(parts, Log::default);
    logs.push(Log { received: std::iter::from_fn(|| queue.try_pop()).collect(), ..Log::default() });
    judge(&logs);
}

fuzz_target!(|scenario: Scenario| {
    let mut threads = Vec::from(scenario.threads);
    threads.extend(scenario.third_thread);
    threads.iter_mut().for_each(limit);
    let capacity = usize::from(scenario.capacity % 5);
    for _ in 0..RUNS {
        run_on_a_channel(Some(capacity).filter(|&capacity| capacity < 4), &threads);
        run_on_a_ring_queue(capacity.max(1), &threads);
    }
});
