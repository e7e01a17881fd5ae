//! Does a queue stay one when real threads push and pop as fast as they can?

use std::fmt;
use std::panic::resume_unwind;
use std::sync::Barrier;
use std::thread::{self, ScopedJoinHandle};

use super::clock::{Clock, TimeSource};
use super::monitor::{judge_bounded_queue, judge_queue};
use super::queue_verdict::{QueueCall, QueueOperation, QueueVerdict};
use super::recorder::{Log, Record, Recorder};

/// How a queue is stressed: producers push values of which no two are equal, and consumers pop.
///
/// Each thread makes the same number of calls, whatever comes of them, and leaves its core to others after one that found
/// the queue full or empty. When all have ended, the main thread pops, as the first consumer, what is left.
///
/// ```
/// use raddle::check::{Clock, QueueVerdict, Stress};
/// use std::{collections::VecDeque, sync::Mutex};
///
/// let queue = Mutex::new(VecDeque::new());
/// let push = |value| {
///     queue.lock().unwrap().push_back(value);
///     true
/// };
/// let report = Stress { calls: 1000, clock: Clock::Counter, capacity: None }
///     .run(vec![push; 2], vec![|| queue.lock().unwrap().pop_front(); 2]);
/// assert_eq!(report.verdict, QueueVerdict::Linearizable, "{report}");
///
/// // This is none.
/// let stack = Mutex::new(Vec::new());
/// let push = |value| {
///     stack.lock().unwrap().push(value);
///     true
/// };
/// let report = Stress { calls: 1000, clock: Clock::Counter, capacity: None }
///     .run(vec![push; 2], vec![|| stack.lock().unwrap().pop(); 2]);
/// assert!(matches!(report.verdict, QueueVerdict::Violation(_)), "{report}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stress {
    /// How many calls each thread makes.
    pub calls: usize,
    /// What their times are told by.
    pub clock: Clock,
    /// How many values the queue has room for, if that is to be judged too.
    pub capacity: Option<usize>,
}

type Pushed = Record<u64, bool>;
type PushLog = Log<u64, bool>;
type Popped = Record<(), Option<u64>>;
type PopLog = Log<(), Option<u64>>;

impl Stress {
    /// Starts a thread for each producer and each consumer, all at once, and judges what they did.
    ///
    /// A producer says whether it has pushed the value, and a consumer which value it has popped, if any. A value is the
    /// thread's number, shifted left by 40, and from there a number that counts the thread's calls. Threads are numbered
    /// from 1, producers first; 0 is the main one.
    ///
    /// # Panics
    ///
    /// When one of them does.
    pub fn run<P, C>(self, producers: Vec<P>, consumers: Vec<C>) -> StressReport
    where
        P: FnMut(u64) -> bool + Send,
        C: FnMut() -> Option<u64> + Send,
    {
        let recorder = Recorder::new(self.clock);
        let threads = [producers.len(), consumers.len()];
        let start = &Barrier::new(threads[0] + threads[1]);
        let mut operations = Vec::with_capacity(self.calls * (threads[0] + threads[1]));
        thread::scope(|scope| {
            let mut numbers = 1..;
            let mut number = move || numbers.next().expect("there are numbers left");
            let start_producer = |push| {
                let number = number();
                let log = recorder.log(number, self.calls);
                scope.spawn(move || self.produce(start, u64::from(number) << 40, push, log))
            };
            let producers: Vec<_> = producers.into_iter().map(start_producer).collect();
            let start_consumer = |pop| {
                let log = recorder.log(number(), self.calls);
                scope.spawn(move || self.consume(start, pop, log))
            };
            let consumers: Vec<_> = consumers.into_iter().map(start_consumer).collect();
            for producer in producers {
                operations.extend(join(producer).iter().map(pushed));
            }
            let mut last_pop = None;
            for consumer in consumers {
                let (pop, records) = join(consumer);
                operations.extend(records.iter().map(popped));
                last_pop.get_or_insert(pop);
            }
            let mut log = recorder.log(0, 0);
            if let Some(mut pop) = last_pop {
                // What was pushed, and once more to see that no more is left.
                let pushed = operations.iter().filter(|operation| matches!(operation.call, QueueCall::Push(_))).count();
                (0..=pushed).find(|_| log.record((), |()| pop()).is_none());
            }
            operations.extend(log.into_records().iter().map(popped));
        });
        let verdict = match self.capacity {
            None => judge_queue(&operations),
            Some(capacity) => judge_bounded_queue(&operations, capacity),
        };
        StressReport { stress: self, threads, source: recorder.source(), operations, verdict }
    }

    fn produce(self, start: &Barrier, from: u64, mut push: impl FnMut(u64) -> bool, mut log: PushLog) -> Vec<Pushed> {
        start.wait();
        for value in from..from + self.calls as u64 {
            if !log.record(value, |&value| push(value)) {
                thread::yield_now();
            }
        }
        log.into_records()
    }

    fn consume<C: FnMut() -> Option<u64>>(self, start: &Barrier, mut pop: C, mut log: PopLog) -> (C, Vec<Popped>) {
        start.wait();
        for _ in 0..self.calls {
            if log.record((), |()| pop()).is_none() {
                thread::yield_now();
            }
        }
        (pop, log.into_records())
    }
}

fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

fn pushed(record: &Pushed) -> QueueOperation {
    record
        .queue_operation(|&value, pushed| if pushed == Some(&false) { QueueCall::Full } else { QueueCall::Push(value) })
}

fn popped(record: &Popped) -> QueueOperation {
    record.queue_operation(|(), value| QueueCall::Pop(value.copied().flatten()))
}

/// What was done, and whether it was right. It shows the settings, how many calls had which outcome, and the verdict.
#[derive(Clone, Debug)]
pub struct StressReport {
    /// The settings.
    pub stress: Stress,
    /// How many producers and consumers there were.
    pub threads: [usize; 2],
    /// What the times were told by.
    pub source: TimeSource,
    /// All calls, thread by thread.
    pub operations: Vec<QueueOperation>,
    /// The verdict on them.
    pub verdict: QueueVerdict,
}

impl StressReport {
    /// How many values were pushed and how many popped.
    pub fn values(&self) -> [usize; 2] {
        [
            self.count(|call| matches!(call, QueueCall::Push(_))),
            self.count(|call| matches!(call, QueueCall::Pop(Some(_)))),
        ]
    }

    /// How many pushes found the queue full and how many pops found it empty. Where there are none, less was tested.
    pub fn refusals(&self) -> [usize; 2] {
        [self.count(|call| call == QueueCall::Full), self.count(|call| call == QueueCall::Pop(None))]
    }

    fn count(&self, is_so: impl Fn(QueueCall) -> bool) -> usize {
        self.operations.iter().filter(|operation| is_so(operation.call)).count()
    }
}

impl fmt::Display for StressReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stress, threads: [producers, consumers], source, verdict, .. } = self;
        let ([pushed, popped], [full, empty]) = (self.values(), self.refusals());
        writeln!(
            f,
            "{producers} producers and {consumers} consumers of {} calls each, timed by {source}",
            stress.calls
        )?;
        writeln!(f, "pushed {pushed} values and {full} times not, popped {popped} and {empty} times none")?;
        verdict.fmt(f)
    }
}
