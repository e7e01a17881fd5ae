//! How is a workload run once with a contender? With a sum over all that was received, which must be that of what was sent.

use std::collections::VecDeque;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use crate::allocator::bytes_held;
use crate::contenders::Contender;
use crate::payload::Payload;
use crate::race::{Lap, Runner, race, wall};
use crate::statistics::median;
use crate::usage::Usage;
use crate::workloads::{Kind, Shape, one_to_one};

/// How long nothing happens in an idle channel.
pub const IDLE_GAP: Duration = Duration::from_millis(2);

/// What one run of a workload gave.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// In the unit of the workload.
    pub value: f64,
    /// How many items, or round trips, or pairs.
    pub items: u64,
    /// From the first thread's begin to the last one's end.
    pub wall: Duration,
    /// What the threads used together; in an idle channel the receiver alone.
    pub usage: Usage,
}

/// Runs the workload with `items`, or a few more.
///
/// # Panics
///
/// When a value is lost, comes twice or is changed.
pub fn measure<C: Contender, P: Payload>(kind: Kind, items: u64) -> Sample {
    match kind {
        Kind::Stream(shape) => stream::<C, P>(shape, items),
        Kind::Batches(shape, size) => batches::<C, P>(shape, size, items),
        Kind::PingPong(capacity) => ping_pong::<C, P>(capacity, items),
        Kind::Bursts(capacity) => bursts::<C, P>(capacity, items),
        Kind::Pair(capacity) => pair::<C, P>(capacity, items),
        Kind::Idle => idle::<C, P>(kind.shape(), items),
        Kind::Memory(capacity, messages) => memory::<C, P>(capacity, messages),
    }
}

impl Sample {
    /// Of threads that moved so many items.
    pub fn throughput<R>(laps: &[Lap<R>], items: u64) -> Self {
        Self::timed(laps, items, |seconds| items as f64 / seconds / 1e6)
    }

    /// Of threads that did something so many times; the value is the time of one, as multiples of `seconds`.
    pub fn latency<R>(laps: &[Lap<R>], items: u64, seconds: f64) -> Self {
        Self::timed(laps, items, |took| took / items as f64 / seconds)
    }

    fn timed<R>(laps: &[Lap<R>], items: u64, value: impl FnOnce(f64) -> f64) -> Self {
        let wall = wall(laps);
        let usage = laps.iter().map(|lap| lap.usage).fold(Usage::default(), |sum, usage| sum + usage);
        Self { value: value(wall.as_secs_f64()), items, wall, usage }
    }
}

fn check<C: Contender>(received: u64, sent: u64) {
    assert_eq!(received, sent, "{} lost, doubled or changed a value: the sums differ", C::ABOUT.title);
}

/// The sum of all numbers below `items`.
fn sum_below(items: u64) -> u64 {
    (0..items).fold(0, u64::wrapping_add)
}

fn open_one<C: Contender, P: Payload>(capacity: Option<usize>) -> (C::Sender<P>, C::Receiver<P>) {
    let (mut senders, mut receivers) = C::open::<P>(one_to_one(capacity));
    (senders.pop().expect("there is one"), receivers.pop().expect("there is one"))
}

/// The sum of what comes.
fn receive<C: Contender, P: Payload>(receiver: &mut C::Receiver<P>, items: u64) -> u64 {
    (0..items).fold(0, |sum, _| C::recv(receiver).number().wrapping_add(sum))
}

fn stream<C: Contender, P: Payload>(shape: Shape, items: u64) -> Sample {
    let items = items.next_multiple_of((shape.producers * shape.consumers) as u64);
    let (senders, receivers) = C::open::<P>(shape);
    let mut runners: Vec<Runner<u64>> = Vec::new();
    let share = items / shape.producers as u64;
    for (mut sender, first) in senders.into_iter().zip((0..).step_by(share as usize)) {
        runners.push(Box::new(move || {
            for number in first..first + share {
                C::send(&mut sender, P::of(number));
            }
            0
        }));
    }
    let share = items / shape.consumers as u64;
    for mut receiver in receivers {
        runners.push(Box::new(move || receive::<C, P>(&mut receiver, share)));
    }
    let laps = race(runners);
    check::<C>(laps.iter().fold(0, |sum, lap| lap.result.wrapping_add(sum)), sum_below(items));
    Sample::throughput(&laps, items)
}

fn batches<C: Contender, P: Payload>(shape: Shape, size: usize, items: u64) -> Sample {
    let items = items.next_multiple_of((shape.producers * size) as u64);
    let (senders, receivers) = C::open::<P>(shape);
    let [mut receiver] = <[_; 1]>::try_from(receivers).ok().expect("there is one");
    let mut runners: Vec<Runner<u64>> = Vec::new();
    let share = items / shape.producers as u64;
    for (mut sender, first) in senders.into_iter().zip((0..).step_by(share as usize)) {
        runners.push(Box::new(move || {
            let mut batch = VecDeque::with_capacity(size);
            for start in (first..first + share).step_by(size) {
                batch.extend((start..start + size as u64).map(P::of));
                C::send_many(&mut sender, &mut batch);
            }
            0
        }));
    }
    runners.push(Box::new(move || {
        let mut batch = Vec::with_capacity(size);
        let (mut sum, mut received) = (0u64, 0);
        while received < items {
            C::recv_many(&mut receiver, &mut batch, size);
            received += batch.len() as u64;
            sum = batch.drain(..).fold(sum, |sum, value| sum.wrapping_add(value.number()));
        }
        sum
    }));
    let laps = race(runners);
    check::<C>(laps.iter().fold(0, |sum, lap| lap.result.wrapping_add(sum)), sum_below(items));
    Sample::throughput(&laps, items)
}

fn ping_pong<C: Contender, P: Payload>(capacity: usize, items: u64) -> Sample {
    let (mut ping, mut pinged) = open_one::<C, P>(Some(capacity));
    let (mut pong, mut ponged) = open_one::<C, P>(Some(capacity));
    let laps = race::<u64>(vec![
        Box::new(move || {
            (0..items).fold(0, |sum, number| {
                C::send(&mut ping, P::of(number));
                C::recv(&mut ponged).number().wrapping_add(sum)
            })
        }),
        Box::new(move || {
            for _ in 0..items {
                let value = C::recv(&mut pinged);
                C::send(&mut pong, value);
            }
            0
        }),
    ]);
    check::<C>(laps[0].result, sum_below(items));
    Sample::latency(&laps, items, 1e-6)
}

fn bursts<C: Contender, P: Payload>(capacity: usize, items: u64) -> Sample {
    let burst = capacity as u64;
    let items = items.next_multiple_of(burst);
    let (mut sender, mut receiver) = open_one::<C, P>(Some(capacity));
    let (mut answer, mut answered) = open_one::<C, P>(Some(capacity));
    let laps = race::<u64>(vec![
        Box::new(move || {
            for first in (0..items).step_by(capacity) {
                for number in first..first + burst {
                    C::send(&mut sender, P::of(number));
                }
                C::recv(&mut answered);
            }
            0
        }),
        Box::new(move || {
            let mut sum = 0u64;
            for _ in 0..items / burst {
                sum = sum.wrapping_add(receive::<C, P>(&mut receiver, burst));
                C::send(&mut answer, P::of(sum));
            }
            sum
        }),
    ]);
    check::<C>(laps[1].result, sum_below(items));
    Sample::throughput(&laps, items)
}

fn pair<C: Contender, P: Payload>(capacity: Option<usize>, items: u64) -> Sample {
    let (mut sender, mut receiver) = open_one::<C, P>(capacity);
    let laps = race::<u64>(vec![Box::new(move || {
        (0..items).fold(0, |sum, number| {
            C::send(&mut sender, P::of(black_box(number)));
            C::recv(&mut receiver).number().wrapping_add(sum)
        })
    })]);
    check::<C>(laps[0].result, sum_below(items));
    Sample::latency(&laps, items, 1e-9)
}

fn idle<C: Contender, P: Payload>(shape: Shape, items: u64) -> Sample {
    let (mut sender, mut receiver) = open_one::<C, P>(shape.capacity);
    let send = move |number| C::send(&mut sender, P::of(number));
    let (sample, [received, sent]) = idle_between(items, send, move || C::recv(&mut receiver).number());
    check::<C>(received, sent);
    sample
}

/// Sends the time of sending now and then; also returns the sums of what was received and sent.
pub fn idle_between(
    items: u64,
    mut send: impl FnMut(u64) + Send,
    mut recv: impl FnMut() -> u64 + Send,
) -> (Sample, [u64; 2]) {
    let began = Instant::now();
    let now = move || began.elapsed().as_nanos() as u64;
    let laps = race::<(u64, Vec<f64>)>(vec![
        Box::new(move || {
            let mut sum = 0u64;
            for _ in 0..items {
                thread::sleep(IDLE_GAP);
                let sent = now();
                send(sent);
                sum = sum.wrapping_add(sent);
            }
            (sum, Vec::new())
        }),
        Box::new(move || {
            let mut sum = 0u64;
            let mut micros = Vec::with_capacity(items as usize);
            for _ in 0..items {
                let sent = recv();
                micros.push(now().saturating_sub(sent) as f64 / 1e3);
                sum = sum.wrapping_add(sent);
            }
            (sum, micros)
        }),
    ]);
    let value = median(laps[1].result.1.iter().copied());
    let sample = Sample { value, items, wall: wall(&laps), usage: laps[1].usage };
    (sample, [laps[1].result.0, laps[0].result.0])
}

fn memory<C: Contender, P: Payload>(capacity: Option<usize>, messages: u64) -> Sample {
    let began = Instant::now();
    let before = bytes_held();
    let (mut sender, mut receiver) = open_one::<C, P>(capacity);
    for number in 0..messages {
        C::send(&mut sender, P::of(number));
    }
    let bytes = bytes_held() - before;
    check::<C>(receive::<C, P>(&mut receiver, messages), sum_below(messages));
    let wall = began.elapsed();
    Sample { value: bytes as f64 / messages as f64, items: messages, wall, usage: Usage::default() }
}
