//! What can the machine do at best? The workloads without a channel: only what no channel of a kind can do without.
//!
//! The values of a limit are numbers, so it stands beside the contenders where the payload is `u64`. It is one of designs
//! of a kind, not of all: who publishes less often, or lets its threads take turns instead of meeting at one counter, or
//! spins where another is parked, may be beyond it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, Thread};

use crossbeam_utils::CachePadded;

use crate::contenders::{About, Form, Side};
use crate::measure::{Sample, idle_between};
use crate::race::{Runner, race};
use crate::waiting::Patience;
use crate::workloads::{Kind, Shape};

/// A limit of some workloads.
pub struct Limit {
    /// What it is called.
    pub about: About,
    /// Whether it is one of that workload.
    pub applies: fn(Kind) -> bool,
    /// Does so many items.
    pub measure: fn(Kind, u64) -> Sample,
}

const fn limit(
    name: &'static str,
    title: &'static str,
    applies: fn(Kind) -> bool,
    measure: fn(Kind, u64) -> Sample,
) -> Limit {
    let about = About { name, title, package: "", side: Side::Limit, form: Form::Queue, waits: true };
    Limit { about, applies, measure }
}

/// All limits.
pub const ALL: [Limit; 8] = [
    limit("limit-ring", "limit: ring, published every 128", is_one_to_one, |_, items| ring(items)),
    limit("limit-fetch-add", "limit: tickets by fetch_add", is_contended, |kind, items| {
        tickets(kind.shape(), items, |counter| {
            // Relaxed: a ticket is a number; nothing is published.
            counter.fetch_add(1, Ordering::Relaxed);
        })
    }),
    limit("limit-cas", "limit: tickets by compare_exchange", is_contended, |kind, items| {
        tickets(kind.shape(), items, take_by_compare_exchange)
    }),
    limit("limit-line", "limit: one cache line", is_ping_pong, |_, items| lines(items, true)),
    limit("limit-two-lines", "limit: a cache line each way", is_ping_pong, |_, items| lines(items, false)),
    limit("limit-stores", "limit: no read-modify-write", is_pair, |_, items| pair_of_stores(items)),
    limit("limit-two-updates", "limit: two read-modify-writes", is_pair, |_, items| pair_of_updates(items)),
    limit("limit-unpark", "limit: unpark", |kind| kind == Kind::Idle, |_, items| unpark(items)),
];

fn is_one_to_one(kind: Kind) -> bool {
    matches!(kind, Kind::Stream(Shape { producers: 1, consumers: 1, .. }))
}

fn is_contended(kind: Kind) -> bool {
    matches!(kind, Kind::Stream(_)) && !is_one_to_one(kind)
}

fn is_ping_pong(kind: Kind) -> bool {
    matches!(kind, Kind::PingPong(_))
}

fn is_pair(kind: Kind) -> bool {
    matches!(kind, Kind::Pair(_))
}

const SLOTS: u64 = 1024;
/// How many values are published together.
const BATCH: u64 = 128;

type Counter = CachePadded<AtomicU64>;
type Slots = Box<[AtomicU64; SLOTS as usize]>;

fn slots() -> Slots {
    Box::new([const { AtomicU64::new(0) }; SLOTS as usize])
}

/// Waits until the counter is no longer `seen`; returns what it is.
fn until_moved(counter: &Counter, seen: u64) -> u64 {
    let mut patience = Patience::default();
    loop {
        // Acquire: what the other side did to the slots before it published comes before what this one does.
        let now = counter.load(Ordering::Acquire);
        if now != seen {
            return now;
        }
        patience.wait();
    }
}

/// One producer, one consumer, 1024 slots; each side knows its own index and the other's as it last saw it.
fn ring(items: u64) -> Sample {
    let (head, tail, slots) = (&Counter::default(), &Counter::default(), &slots());
    let producer = move || {
        let mut head_seen = 0;
        for number in 0..items {
            if number - head_seen == SLOTS {
                // Release: publishes the slots to the consumer; as does the one below.
                tail.store(number, Ordering::Release);
                head_seen = until_moved(head, head_seen);
            }
            // Relaxed: `tail` publishes it.
            slots[(number % SLOTS) as usize].store(number, Ordering::Relaxed);
            if (number + 1).is_multiple_of(BATCH) || number + 1 == items {
                tail.store(number + 1, Ordering::Release);
            }
        }
        0
    };
    let consumer = move || {
        let mut tail_seen = 0;
        let mut sum = 0u64;
        for place in 0..items {
            if place == tail_seen {
                // Release: gives the slots back to the producer; as does the one below.
                head.store(place, Ordering::Release);
                tail_seen = until_moved(tail, tail_seen);
            }
            // Relaxed: `tail` published it.
            sum = sum.wrapping_add(slots[(place % SLOTS) as usize].load(Ordering::Relaxed));
            if (place + 1).is_multiple_of(BATCH) {
                head.store(place + 1, Ordering::Release);
            }
        }
        sum
    };
    let laps = race::<u64>(vec![Box::new(producer), Box::new(consumer)]);
    assert_eq!(laps[1].result, (0..items).fold(0, u64::wrapping_add), "the limit's ring is wrong");
    Sample::throughput(&laps, items)
}

fn take_by_compare_exchange(counter: &AtomicU64) {
    // Relaxed, here and below: a ticket is a number; nothing is published.
    let mut ticket = counter.load(Ordering::Relaxed);
    while let Err(now) = counter.compare_exchange_weak(ticket, ticket + 1, Ordering::Relaxed, Ordering::Relaxed) {
        ticket = now;
    }
}

/// The producers share one counter, the consumers another; a side with one thread needs none. No value moves.
fn tickets(shape: Shape, items: u64, take: impl Fn(&AtomicU64) + Copy + Send) -> Sample {
    let counters = [Counter::default(), Counter::default()];
    let items = items.next_multiple_of((shape.producers * shape.consumers) as u64);
    let mut runners: Vec<Runner<()>> = Vec::new();
    for (threads, counter) in [shape.producers, shape.consumers].into_iter().zip(&counters) {
        for _ in 0..if threads > 1 { threads } else { 0 } {
            let share = items / threads as u64;
            runners.push(Box::new(move || (0..share).for_each(|_| take(counter))));
        }
    }
    Sample::throughput(&race(runners), items)
}

/// A number to and fro, through one cache line or one for each direction.
fn lines(items: u64, is_one: bool) -> Sample {
    let both = [Counter::default(), Counter::default()];
    let [ping, pong] = if is_one { [&both[0], &both[0]] } else { [&both[0], &both[1]] };
    let until = |line: &Counter, number: u64| {
        let mut looks = 0u32;
        // Acquire and Release, as for a value that comes with the number. Without a pause, which takes half as long as what
        // is waited for; after a thousand looks the other thread is not running.
        while line.load(Ordering::Acquire) != number {
            looks += 1;
            if looks > 1000 {
                thread::yield_now();
            }
        }
    };
    let laps = race::<()>(vec![
        Box::new(move || {
            for turn in 0..items {
                ping.store(2 * turn + 1, Ordering::Release);
                until(pong, 2 * turn + 2);
            }
        }),
        Box::new(move || {
            for turn in 0..items {
                until(ping, 2 * turn + 1);
                pong.store(2 * turn + 2, Ordering::Release);
            }
        }),
    ]);
    Sample::latency(&laps, items, 1e-6)
}

/// What a ring for one producer and one consumer does at least.
fn pair_of_stores(items: u64) -> Sample {
    let (head, tail, slots) = (Counter::default(), Counter::default(), slots());
    let laps = race::<u64>(vec![Box::new(move || {
        let mut sum = 0u64;
        for number in 0..items {
            // Relaxed, and Release and Acquire: as in `ring`.
            slots[(number % SLOTS) as usize].store(number, Ordering::Relaxed);
            tail.store(number + 1, Ordering::Release);
            let place = tail.load(Ordering::Acquire) - 1;
            sum = sum.wrapping_add(slots[(place % SLOTS) as usize].load(Ordering::Relaxed));
            head.store(place + 1, Ordering::Release);
        }
        sum
    })]);
    assert_eq!(laps[0].result, (0..items).fold(0, u64::wrapping_add), "the limit's ring is wrong");
    Sample::latency(&laps, items, 1e-9)
}

/// What a queue does at least whose producers take tickets, and whose consumers do, and one with a lock.
fn pair_of_updates(items: u64) -> Sample {
    let (head, tail) = (Counter::default(), Counter::default());
    let laps = race::<()>(vec![Box::new(move || {
        for _ in 0..items {
            // Relaxed: a ticket is a number; nothing is published.
            tail.fetch_add(1, Ordering::Relaxed);
            head.fetch_add(1, Ordering::Relaxed);
        }
    })]);
    Sample::latency(&laps, items, 1e-9)
}

/// A number in a cell, and a thread that is parked while there is none.
fn unpark(items: u64) -> Sample {
    let (cell, receiver) = (&Counter::default(), &OnceLock::<Thread>::new());
    let send = move |number| {
        let mut patience = Patience::default();
        // Acquire, here and below, and Release: as for a value that comes with the number.
        while cell.load(Ordering::Acquire) != 0 {
            patience.wait();
        }
        cell.store(number, Ordering::Release);
        receiver.wait().unpark();
    };
    let recv = move || {
        receiver.get_or_init(thread::current);
        while cell.load(Ordering::Acquire) == 0 {
            thread::park();
        }
        cell.swap(0, Ordering::AcqRel)
    };
    let (sample, [received, sent]) = idle_between(items, send, recv);
    assert_eq!(received, sent, "the limit's cell is wrong");
    sample
}
