//! Whatever a few threads do with a queue or a channel: each accepted value is received once or dropped once, and
//! whoever receives the values of one producer gets them in their order. Random scenarios, on real threads.

// Real threads: loom explores its own models, in the other tests.
#![cfg(not(loom))]

mod conservation;
mod generated;
mod hang_guard;
mod queues;

use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use conservation::{Value, conserved, once_and_in_order};
use hang_guard::must_end;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use queues::Queue;
use raddle::channel::{Receiver, Sender, bounded, unbounded};
use raddle::queue::{MutexQueue, RingQueue, SpscRing};

/// Each scenario is run so often, since the system's scheduler takes another way each time.
const RUNS_PER_SCENARIO: usize = 8;

/// Long enough to wait for another thread that runs, short enough to be over when none comes.
const BRIEF: Duration = Duration::from_micros(20);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Patience {
    None,
    Brief,
    Endless,
}

#[derive(Clone, Copy, Debug)]
enum Call {
    Send(Patience),
    Receive(Patience),
}

/// What becomes of the values that the threads leave.
#[derive(Clone, Copy, Debug)]
enum Ending {
    /// They are received, while the threads run and afterwards.
    Drained,
    /// They are dropped: with the last receiver, or with the queue.
    Abandoned,
}

#[derive(Clone, Debug)]
struct Scenario {
    /// None: unbounded.
    capacity: Option<usize>,
    threads: Vec<Vec<Call>>,
    ending: Ending,
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let any_patience = || select(vec![Patience::None, Patience::Brief, Patience::Endless]);
    // A thread that both sends and receives must not wait without end: while it waits in one it owes the other. One
    // that does only the first or the second is let go at the latest by the end of those of the other kind.
    let of_both = (any::<bool>(), select(vec![Patience::None, Patience::Brief]))
        .prop_map(|(sends, patience)| if sends { Call::Send(patience) } else { Call::Receive(patience) });
    prop_oneof![
        3 => vec(any_patience().prop_map(Call::Send), 1..12),
        3 => vec(any_patience().prop_map(Call::Receive), 1..12),
        1 => vec(of_both, 1..12),
    ]
}

fn scenario(capacities: Vec<Option<usize>>) -> impl Strategy<Value = Scenario> {
    (select(capacities), vec(calls(), 2..=4), select(vec![Ending::Drained, Ending::Abandoned]))
        .prop_map(|(capacity, threads, ending)| Scenario { capacity, threads, ending })
}

/// A value that counts how many of its kind there are.
struct Counted {
    value: Value,
    alive: Arc<AtomicIsize>,
}

impl Counted {
    fn new(value: Value, alive: &Arc<AtomicIsize>) -> Self {
        alive.fetch_add(1, SeqCst);
        Self { value, alive: alive.clone() }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, SeqCst);
    }
}

/// What a thread has to tell when it ends.
#[derive(Default)]
struct Log {
    accepted: Vec<Value>,
    received: Vec<Value>,
}

/// Lets threads go at the same moment: their calls take less time than it takes to start a thread.
struct StartingLine {
    missing: AtomicUsize,
}

impl StartingLine {
    fn new(threads: usize) -> Self {
        Self { missing: AtomicUsize::new(threads) }
    }

    fn wait(&self) {
        self.missing.fetch_sub(1, SeqCst);
        while self.missing.load(SeqCst) > 0 {
            thread::yield_now();
        }
    }
}

/// Performs one thread's calls.
fn play(
    calls: &[Call],
    thread: usize,
    alive: &Arc<AtomicIsize>,
    send: impl Fn(Counted, Patience) -> Result<(), Counted>,
    receive: impl Fn(Patience) -> Option<Counted>,
) -> Log {
    let mut log = Log::default();
    for (number, &call) in calls.iter().enumerate() {
        match call {
            Call::Send(patience) => {
                let value = Value { producer: thread, number };
                match send(Counted::new(value, alive), patience) {
                    Ok(()) => log.accepted.push(value),
                    Err(returned) => assert_eq!(returned.value, value, "a failed send gives its own value back"),
                }
            }
            Call::Receive(patience) => log.received.extend(receive(patience).map(|counted| counted.value)),
        }
    }
    log
}

fn judge(ending: Ending, logs: Vec<Log>, alive: &AtomicIsize) -> Result<(), String> {
    let (accepted, received): (Vec<_>, Vec<_>) = logs.into_iter().map(|log| (log.accepted, log.received)).unzip();
    match ending {
        Ending::Drained => {
            conserved(&accepted, &received)?;
        }
        Ending::Abandoned => {
            let received = once_and_in_order(&received)?;
            if let Some(stray) = received.iter().find(|&value| !accepted.iter().flatten().any(|other| other == value)) {
                return Err(format!("{stray:?} was received and never accepted"));
            }
        }
    }
    match alive.load(SeqCst) {
        0 => Ok(()),
        count => Err(format!("in the end there are {count} values more than were dropped")),
    }
}

fn send(sender: Option<&Sender<Counted>>, value: Counted, patience: Patience) -> Result<(), Counted> {
    let sender = sender.expect("a thread that sends has a sender");
    match patience {
        Patience::None => sender.try_send(value).map_err(|error| error.into_inner()),
        Patience::Brief => sender.send_timeout(value, BRIEF).map_err(|error| error.into_inner()),
        Patience::Endless => sender.send(value).map_err(|error| error.into_inner()),
    }
}

fn receive(receiver: Option<&Receiver<Counted>>, patience: Patience) -> Option<Counted> {
    let receiver = receiver.expect("a thread that receives has a receiver");
    match patience {
        Patience::None => receiver.try_recv().ok(),
        Patience::Brief => receiver.recv_timeout(BRIEF).ok(),
        Patience::Endless => receiver.recv().ok(),
    }
}

fn run_on_a_channel(scenario: &Scenario) -> Result<(), String> {
    let alive = Arc::new(AtomicIsize::new(0));
    let (sender, receiver) = scenario.capacity.map_or_else(unbounded, bounded);
    let line = StartingLine::new(scenario.threads.len());
    let logs = thread::scope(|scope| {
        let mut threads = Vec::new();
        for (thread, calls) in scenario.threads.iter().enumerate() {
            // Only those handles that it uses, so that the other side is disconnected when its users are done.
            let sender = calls.iter().any(|call| matches!(call, Call::Send(_))).then(|| sender.clone());
            let receiver = calls.iter().any(|call| matches!(call, Call::Receive(_))).then(|| receiver.clone());
            let (alive, line) = (&alive, &line);
            threads.push(scope.spawn(move || {
                line.wait();
                let send = |value, patience| send(sender.as_ref(), value, patience);
                play(calls, thread, alive, send, |patience| receive(receiver.as_ref(), patience))
            }));
        }
        drop(sender);
        let mut logs = Vec::new();
        if let Ending::Drained = scenario.ending {
            let received = receiver.iter().map(|counted| counted.value).collect();
            logs.push(Log { received, ..Log::default() });
        }
        drop(receiver);
        logs.extend(threads.into_iter().map(|thread| thread.join().expect("no thread panics")));
        logs
    });
    judge(scenario.ending, logs, &alive)
}

fn run_on_a_queue<Q: Queue<Counted>>(scenario: &Scenario) -> Result<(), String> {
    let alive = Arc::new(AtomicIsize::new(0));
    let queue = Q::with_capacity(scenario.capacity.expect("queues are bounded"));
    let line = StartingLine::new(scenario.threads.len());
    let mut logs: Vec<Log> = thread::scope(|scope| {
        let mut threads = Vec::new();
        for (thread, calls) in scenario.threads.iter().enumerate() {
            let (queue, alive, line) = (&queue, &alive, &line);
            threads.push(scope.spawn(move || {
                line.wait();
                play(calls, thread, alive, |value, _| queue.push_or_return(value), |_| queue.pop_if_any())
            }));
        }
        threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
    });
    if let Ending::Drained = scenario.ending {
        let received = std::iter::from_fn(|| queue.pop_if_any()).map(|counted| counted.value).collect();
        logs.push(Log { received, ..Log::default() });
        if (queue.count(), queue.empty(), queue.full()) != (0, true, false) {
            return Err("the queue was drained and does not say so".into());
        }
    }
    drop(queue);
    judge(scenario.ending, logs, &alive)
}

/// One thread pushes `pushes` times, another pops `pops` times.
fn run_on_an_spsc_ring(capacity: usize, pushes: usize, pops: usize, ending: Ending) -> Result<(), String> {
    let alive = Arc::new(AtomicIsize::new(0));
    let (producer, consumer) = SpscRing::new(capacity).split();
    let line = StartingLine::new(2);
    let logs = thread::scope(|scope| {
        let (alive, line) = (&alive, &line);
        let pushing = scope.spawn(move || {
            line.wait();
            let push = |value, _| producer.try_push(value).map_err(|full| full.0);
            play(&vec![Call::Send(Patience::None); pushes], 0, alive, push, |_| None)
        });
        let popping = scope.spawn(move || {
            line.wait();
            let pop = |_| consumer.try_pop();
            let log = play(&vec![Call::Receive(Patience::None); pops], 1, alive, |value, _| Err(value), pop);
            (log, consumer)
        });
        let pushed = pushing.join().expect("no thread panics");
        let (mut popped, consumer) = popping.join().expect("no thread panics");
        if let Ending::Drained = ending {
            let left = std::iter::from_fn(|| consumer.try_pop()).map(|counted| counted.value);
            popped.received.extend(left);
        }
        vec![pushed, popped]
    });
    judge(ending, logs, &alive)
}

/// Repeats a run; an error ends it, and so does a thread that waits for ever.
fn repeated(run: impl Fn() -> Result<(), String> + Send + 'static) -> Result<(), TestCaseError> {
    must_end(move || (0..RUNS_PER_SCENARIO).try_for_each(|_| run())).map_err(TestCaseError::fail)
}

fn small_bounds() -> Vec<Option<usize>> {
    vec![Some(1), Some(2), Some(3)]
}

proptest! {
    #![proptest_config(generated::config())]

    #[test]
    fn a_bounded_channel_conserves(scenario in scenario(small_bounds())) {
        repeated(move || run_on_a_channel(&scenario))?;
    }

    #[test]
    fn a_rendezvous_channel_conserves(scenario in scenario(vec![Some(0)])) {
        repeated(move || run_on_a_channel(&scenario))?;
    }

    #[test]
    fn an_unbounded_channel_conserves(scenario in scenario(vec![None])) {
        repeated(move || run_on_a_channel(&scenario))?;
    }

    #[test]
    fn a_mutex_queue_conserves(scenario in scenario(small_bounds())) {
        repeated(move || run_on_a_queue::<MutexQueue<Counted>>(&scenario))?;
    }

    #[test]
    fn a_ring_queue_conserves(scenario in scenario(small_bounds())) {
        repeated(move || run_on_a_queue::<RingQueue<Counted>>(&scenario))?;
    }

    #[test]
    fn an_spsc_ring_conserves(
        capacity in 1_usize..=3,
        pushes in 0_usize..30,
        pops in 0_usize..30,
        ending in select(vec![Ending::Drained, Ending::Abandoned]),
    ) {
        repeated(move || run_on_an_spsc_ring(capacity, pushes, pops, ending))?;
    }
}
