//! Many values through each queue and channel, by the same driver and judged by the same checks as crossbeam's, which
//! serve as the reference: where those fail too, the driver is wrong.
//!
//! `RADDLE_STRESS` sets how many values each producer sends.

// Real threads: loom explores its own models, in the other tests.
#![cfg(not(loom))]

mod conservation;
mod hang_guard;
mod queues;
mod size;

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Waker};
use std::thread;

use conservation::{Value, conserved};
use crossbeam::channel as reference;
use crossbeam::queue::{ArrayQueue, SegQueue};
use hang_guard::{PATIENCE, must_end_within};
use queues::Fifo;
use raddle::channel as ours;
use raddle::future::block_on;
use raddle::queue::{ListQueue, MutexQueue, RingQueue, SpscRing};
use size::size;

/// Values per producer, in each test of this world; another size comes from the environment.
const VALUES_PER_PRODUCER: usize = 20_000;

/// Small enough that both ends are met all the time.
const CAPACITIES: [usize; 2] = [1, 64];

fn values_per_producer() -> usize {
    size("RADDLE_STRESS", VALUES_PER_PRODUCER)
}

/// Sends one value, however long that takes.
type Send = Box<dyn FnMut(Value) + std::marker::Send>;
/// Returns the next value, or none once all producers are done and all their values received.
type Receive = Box<dyn FnMut() -> Option<Value> + std::marker::Send>;

/// Runs one thread for each end, all started at once, and judges what they sent and received.
fn stress(sends: Vec<Send>, receives: Vec<Receive>) {
    let values = values_per_producer();
    let expected = values * sends.len();
    let usual_sizes = u32::try_from(values / VALUES_PER_PRODUCER + 1).expect("a size that ends in a lifetime");
    let count = must_end_within(PATIENCE * usual_sizes, move || {
        let start = Arc::new(Barrier::new(sends.len() + receives.len()));
        let producers: Vec<_> = (sends.into_iter().enumerate())
            .map(|(producer, mut send)| {
                let start = start.clone();
                thread::spawn(move || {
                    start.wait();
                    let sent: Vec<Value> = (0..values).map(|number| Value { producer, number }).collect();
                    sent.iter().copied().for_each(&mut send);
                    sent
                })
            })
            .collect();
        let consumers: Vec<_> = (receives.into_iter())
            .map(|receive| {
                let start = start.clone();
                thread::spawn(move || {
                    start.wait();
                    std::iter::from_fn(receive).collect::<Vec<Value>>()
                })
            })
            .collect();
        let joined = |threads: Vec<thread::JoinHandle<Vec<Value>>>| -> Vec<Vec<Value>> {
            threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
        };
        conserved(&joined(producers), &joined(consumers))
    });
    assert_eq!(count, Ok(expected));
}

impl Fifo<Value> for ArrayQueue<Value> {
    fn push_or_return(&self, value: Value) -> Result<(), Value> {
        self.push(value)
    }

    fn pop_if_any(&self) -> Option<Value> {
        self.pop()
    }
}

impl Fifo<Value> for SegQueue<Value> {
    fn push_or_return(&self, value: Value) -> Result<(), Value> {
        self.push(value);
        Ok(())
    }

    fn pop_if_any(&self) -> Option<Value> {
        self.pop()
    }
}

fn push_until_done(mut push: impl FnMut(Value) -> Result<(), Value>, mut value: Value) {
    while let Err(returned) = push(value) {
        value = returned;
        thread::yield_now();
    }
}

/// `missing` counts the values that are yet to be received, by whomever.
fn pop_until_done(mut pop: impl FnMut() -> Option<Value>, missing: &AtomicUsize) -> Option<Value> {
    loop {
        if let Some(value) = pop() {
            missing.fetch_sub(1, SeqCst);
            return Some(value);
        }
        if missing.load(SeqCst) == 0 {
            return None;
        }
        thread::yield_now();
    }
}

fn stress_queue(queue: impl Fifo<Value>, producers: usize, consumers: usize) {
    let queue = Arc::new(queue);
    let missing = Arc::new(AtomicUsize::new(producers * values_per_producer()));
    let send = || -> Send {
        let queue = queue.clone();
        Box::new(move |value| push_until_done(|value| queue.push_or_return(value), value))
    };
    let receive = || -> Receive {
        let (queue, missing) = (queue.clone(), missing.clone());
        Box::new(move || pop_until_done(|| queue.pop_if_any(), &missing))
    };
    let sends = (0..producers).map(|_| send()).collect();
    stress(sends, (0..consumers).map(|_| receive()).collect());
}

#[test]
fn two_by_two_through_crossbeams_array_queue() {
    for capacity in CAPACITIES {
        stress_queue(ArrayQueue::new(capacity), 2, 2);
    }
}

#[test]
fn two_by_two_through_crossbeams_seg_queue() {
    stress_queue(SegQueue::new(), 2, 2);
}

#[test]
fn two_by_two_through_a_ring_queue() {
    for capacity in CAPACITIES {
        stress_queue(RingQueue::new(capacity), 2, 2);
    }
}

#[test]
fn two_by_two_through_a_ring_queue_whose_positions_wrap_around() {
    // Wraps around once, half-way.
    for capacity in CAPACITIES {
        let laps = values_per_producer() / capacity;
        stress_queue(RingQueue::starting_at_lap(capacity, laps.wrapping_neg()), 2, 2);
    }
}

#[test]
fn two_by_two_through_a_list_queue() {
    stress_queue(ListQueue::new(), 2, 2);
    of_blocks::<1>();
    of_blocks::<2>();
    of_blocks::<64>();

    fn of_blocks<const LEN: usize>() {
        let blocks = values_per_producer() / LEN;
        stress_queue(ListQueue::<_, LEN>::starting_at_block(blocks.wrapping_neg()), 2, 2);
    }
}

#[test]
fn two_by_two_through_a_mutex_queue() {
    for capacity in CAPACITIES {
        stress_queue(MutexQueue::new(capacity), 2, 2);
    }
}

#[test]
fn one_by_one_through_crossbeams_array_queue() {
    for capacity in CAPACITIES {
        stress_queue(ArrayQueue::new(capacity), 1, 1);
    }
}

#[test]
fn one_by_one_through_a_ring_queue() {
    for capacity in CAPACITIES {
        stress_queue(RingQueue::new(capacity), 1, 1);
    }
}

#[test]
fn one_by_one_through_an_spsc_ring() {
    for capacity in CAPACITIES {
        let (producer, consumer) = SpscRing::new(capacity).split();
        let missing = AtomicUsize::new(values_per_producer());
        let push = move |value| push_until_done(|value| producer.try_push(value).map_err(|full| full.0), value);
        let pop = move || pop_until_done(|| consumer.try_pop(), &missing);
        stress(vec![Box::new(push)], vec![Box::new(pop)]);
    }
}

#[test]
fn two_by_two_through_a_mutex_queue_that_waits_and_is_closed() {
    for capacity in CAPACITIES {
        let queue = Arc::new(MutexQueue::new(capacity));
        let missing = Arc::new(AtomicUsize::new(2 * values_per_producer()));
        let send = || -> Send {
            let (queue, missing) = (queue.clone(), missing.clone());
            Box::new(move |value| {
                queue.push(value).expect("closed after the last push only");
                if missing.fetch_sub(1, SeqCst) == 1 {
                    queue.close();
                }
            })
        };
        let receive = || -> Receive {
            let queue = queue.clone();
            Box::new(move || queue.pop().ok())
        };
        stress(vec![send(), send()], vec![receive(), receive()]);
    }
}

macro_rules! for_each_channel {
    ($($library:ident: $waiting:ident, $trying:ident;)*) => {$(
        #[test]
        fn $waiting() {
            for capacity in [Some(0), Some(1), Some(64), None] {
                let (sender, receiver) = capacity.map_or_else($library::unbounded, $library::bounded);
                let sends = [sender.clone(), sender]
                    .map(|sender| -> Send { Box::new(move |value| sender.send(value).expect("receivers wait")) });
                let receives = [receiver.clone(), receiver]
                    .map(|receiver| -> Receive { Box::new(move || receiver.recv().ok()) });
                stress(sends.into(), receives.into());
            }
        }

        #[test]
        fn $trying() {
            for capacity in [Some(1), Some(64), None] {
                let (sender, receiver) = capacity.map_or_else($library::unbounded, $library::bounded);
                let sends = [sender.clone(), sender].map(|sender| -> Send {
                    let push = move |value| sender.try_send(value).map_err(|error| error.into_inner());
                    Box::new(move |value| push_until_done(&push, value))
                });
                let receives = [receiver.clone(), receiver].map(|receiver| -> Receive {
                    Box::new(move || loop {
                        match receiver.try_recv() {
                            Ok(value) => return Some(value),
                            Err($library::TryRecvError::Disconnected) => return None,
                            Err($library::TryRecvError::Empty) => thread::yield_now(),
                        }
                    })
                });
                stress(sends.into(), receives.into());
            }
        }
    )*};
}

for_each_channel! {
    reference: two_by_two_through_crossbeams_channels, two_by_two_through_crossbeams_channels_without_waiting;
    ours: two_by_two_through_channels, two_by_two_through_channels_without_waiting;
}

/// Sends its values in batches; the last, which is smaller, when it is dropped.
struct Batches {
    sender: ours::Sender<Value>,
    size: usize,
    batch: VecDeque<Value>,
}

impl Batches {
    fn send(&mut self, value: Value) {
        self.batch.push_back(value);
        if self.batch.len() == self.size {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.sender.send_many(&mut self.batch).expect("receivers wait");
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        self.flush();
    }
}

#[test]
fn two_by_two_through_channels_in_batches() {
    for capacity in [Some(0), Some(1), Some(64), None] {
        for size in [1, 7, 100] {
            let (sender, receiver) = capacity.map_or_else(ours::unbounded, ours::bounded);
            let sends = [sender.clone(), sender].map(|sender| -> Send {
                let mut batches = Batches { sender, size, batch: VecDeque::new() };
                Box::new(move |value| batches.send(value))
            });
            let receives = [receiver.clone(), receiver].map(|receiver| -> Receive {
                let mut batch = VecDeque::new();
                Box::new(move || {
                    if batch.is_empty() {
                        let mut received = Vec::new();
                        receiver.recv_many(&mut received, size).ok()?;
                        batch.extend(received);
                    }
                    batch.pop_front()
                })
            });
            stress(sends.into(), receives.into());
        }
    }
}

/// Half of the senders and receivers are tasks, each of which begins with a future that it drops.
#[test]
fn two_by_two_through_channels_with_threads_and_tasks() {
    fn poll_once<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }
    for capacity in [Some(0), Some(1), Some(64), None] {
        let (sender, receiver) = capacity.map_or_else(ours::unbounded, ours::bounded);
        let other = sender.clone();
        let send = move |value| sender.send(value).expect("receivers wait");
        let send_async = move |value| block_on(other.send_async(value)).expect("receivers wait");
        let other = receiver.clone();
        let receive = move || receiver.recv().ok();
        let receive_async =
            move || poll_once(other.recv_async()).and_then(Result::ok).or_else(|| block_on(other.recv_async()).ok());
        stress(vec![Box::new(send), Box::new(send_async)], vec![Box::new(receive), Box::new(receive_async)]);
    }
}
