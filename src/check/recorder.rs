//! What did real threads call, when, and what came of it?
//!
//! Each thread writes a log of its own, whose memory is taken beforehand; threads share the clock alone. See
//! [`Clock`](super::Clock) for what the times mean.

use std::fmt;
use std::sync::Arc;

use super::clock::{Clock, Stamps, TimeSource};
use super::history::{Operation, Outcome};
use super::queue_verdict::{QueueCall, QueueOperation};
use super::spec::Spec;

/// Gives each thread a log, and all of them one clock.
///
/// It uses `std`'s primitives, not the facade's: it is no part of the code under test. Use it outside of models.
///
/// ```
/// use raddle::check::{Clock, QueueCall, QueueVerdict, Record, Recorder, judge_queue};
/// use std::{collections::VecDeque, sync::Mutex, thread};
///
/// let queue = Mutex::new(VecDeque::new());
/// let recorder = Recorder::new(Clock::Counter);
/// // Records whether a value was pushed (a call with a value) or which was popped (one without).
/// let record = |thread, calls: &[Option<u64>]| {
///     let mut log = recorder.log(thread, calls.len());
///     for &call in calls {
///         log.record(call, |call| match *call {
///             Some(value) => {
///                 queue.lock().unwrap().push_back(value);
///                 None
///             }
///             None => queue.lock().unwrap().pop_front(),
///         });
///     }
///     log.into_records()
/// };
/// let records: Vec<Record<Option<u64>, Option<u64>>> = thread::scope(|scope| {
///     let producer = scope.spawn(|| record(1, &[Some(1), Some(2), Some(3)]));
///     let consumer = scope.spawn(|| record(2, &[None, None, None]));
///     [producer.join().unwrap(), consumer.join().unwrap()].concat()
/// });
/// let operations: Vec<_> = records
///     .iter()
///     .map(|record| record.queue_operation(|call, ret| call.map_or(QueueCall::Pop(ret.copied().flatten()), QueueCall::Push)))
///     .collect();
/// assert_eq!(judge_queue(&operations), QueueVerdict::Linearizable);
/// ```
pub struct Recorder {
    stamps: Arc<Stamps>,
}

impl Recorder {
    /// A recorder whose times are told by this clock, or by what stands in for it.
    pub fn new(clock: Clock) -> Self {
        Self { stamps: Arc::new(Stamps::new(clock)) }
    }

    /// What the times are told by.
    pub fn source(&self) -> TimeSource {
        self.stamps.source
    }

    /// A log for the thread with this number, with room for so many calls. It takes more, but then stops at times to find
    /// memory.
    pub fn log<C, R>(&self, thread: u32, calls: usize) -> Log<C, R> {
        Log { thread, stamps: self.stamps.clone(), records: Vec::with_capacity(calls) }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("source", &self.source()).finish_non_exhaustive()
    }
}

/// What one thread calls.
pub struct Log<C, R> {
    thread: u32,
    stamps: Arc<Stamps>,
    records: Vec<Record<C, R>>,
}

impl<C, R> Log<C, R> {
    /// Performs `call` and records it, with what it returned and the times before and after. If it panics, it stays
    /// pending.
    pub fn record(&mut self, call: C, perform: impl FnOnce(&C) -> R) -> &R {
        let index = self.records.len();
        self.records.push(Record {
            thread: self.thread,
            call,
            ret: None,
            called: 0,
            returned: QueueOperation::PENDING,
        });
        let record = &mut self.records[index];
        record.called = self.stamps.before();
        let ret = perform(&record.call);
        record.returned = self.stamps.after();
        record.ret.insert(ret)
    }

    /// The calls in their order.
    pub fn into_records(self) -> Vec<Record<C, R>> {
        self.records
    }
}

impl<C: fmt::Debug, R: fmt::Debug> fmt::Debug for Log<C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("thread", &self.thread).field("records", &self.records).finish_non_exhaustive()
    }
}

/// A call that a thread made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<C, R> {
    /// The thread's number.
    pub thread: u32,
    /// The call.
    pub call: C,
    /// What it returned; none if it had not returned when the recording ended.
    pub ret: Option<R>,
    /// The time before the call.
    pub called: u64,
    /// The time after its return, or the greatest number.
    pub returned: u64,
}

impl<C, R> Record<C, R> {
    /// The operation and its times, for [`History::of_intervals`](super::History::of_intervals).
    pub fn into_operation<S: Spec<Call = C, Ret = R>>(self) -> (Operation<S>, [u64; 2]) {
        let outcome = self.ret.map_or(Outcome::Pending, Outcome::Returned);
        (Operation { thread: self.thread as usize, call: self.call, outcome }, [self.called, self.returned])
    }

    /// The operation for [`judge_queue`](super::judge_queue); `call` says what was called and, if it has, returned.
    pub fn queue_operation(&self, call: impl FnOnce(&C, Option<&R>) -> QueueCall) -> QueueOperation {
        let call = call(&self.call, self.ret.as_ref());
        QueueOperation { thread: self.thread, call, called: self.called, returned: self.returned }
    }
}
