//! A condition variable whose waiting and waking are events.
//!
//! Its location holds the threads that wait, as a list in a word. To wait is to join the list, give the lock back, wait for
//! a flag of one's own, and take the lock again; to notify is to take threads off the list and to raise their flags.
//! Which thread `notify_one` takes, whether a wait times out, and whether it ends for no reason, are choices.

use std::fmt;
use std::panic::Location;
use std::sync::{self as real, LockResult};
use std::time::Duration;

use super::atomic::{Seen, choose, read_at, read_or};
use super::event::{Kind, Operation, Order};
use super::explore::SPURIOUS;
use super::lock::map;
use super::mutex::{Mutex, MutexGuard};
use super::object::Object;
use super::run::{is_inside, with_current};
use super::step::{Request, perform};

/// How many threads can wait at a time, and how many bits each takes in the word.
const WAITERS_MAX: u32 = 8;
const BITS: u32 = 8;
const THREAD_MAX: usize = (1 << BITS) - 2;

static JOIN_THE_LIST: Operation = Operation::new("wait", |list, operands| {
    // A list that is full stays as it is; the caller sees that it was.
    Some(list | operands.a.checked_shl(BITS * length(list)).unwrap_or(0))
});
static LEAVE_THE_LIST: Operation =
    Operation::new("stop waiting", |list, operands| position(list, operands.a).map(|position| without(list, position)))
        .awaiting(|list, thread| position(list, thread).is_some())
        .leaving_if_never();
static NOTIFY_ONE: Operation =
    Operation::new("notify_one", |list, operands| (list != 0).then(|| without(list, u32::from(operands.way))))
        .with_ways(|list| (length(list) as u8).max(1));
static NOTIFY_ALL: Operation = Operation::new("notify_all", |list, _| (list != 0).then_some(0));
static WAIT_FOR_FLAG: Operation = Operation::new("wait", |_, _| None)
    .awaiting(|flag, _| flag != 0)
    .never("nobody notifies it any more")
    .signalling(|_| "wakes up");
static RAISE_FLAG: Operation = Operation::new("wake", |_, _| None).signalling(|_| "");
static TIME_OUT: Operation = Operation::new("the wait times out", |_, _| None);
static WAKE_SPURIOUSLY: Operation = Operation::new("the wait ends for no reason", |_, _| None);

/// The threads that are in the list before a step and not after it.
pub(super) fn woken(before: u64, after: u64) -> Vec<usize> {
    let entries = (0..length(before)).map(|position| entry(before, position));
    entries.filter(|&thread| position(after, thread).is_none()).map(|thread| thread as usize - 1).collect()
}

/// How many threads are in the list.
fn length(list: u64) -> u32 {
    (64 - list.leading_zeros()).div_ceil(BITS)
}

fn entry(list: u64, position: u32) -> u64 {
    list >> (BITS * position) & ((1 << BITS) - 1)
}

fn position(list: u64, thread: u64) -> Option<u32> {
    (0..length(list)).find(|&position| entry(list, position) == thread)
}

fn without(list: u64, position: u32) -> u64 {
    let low = list & ((1 << (BITS * position)) - 1);
    let high = list.checked_shr(BITS * (position + 1)).unwrap_or(0);
    low | high << (BITS * position)
}

/// A condition variable, as [`std::sync::Condvar`].
#[derive(Default)]
pub struct Condvar {
    object: Object,
    real: real::Condvar,
}

/// Whether a wait has timed out, as [`std::sync::WaitTimeoutResult`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// True if the time was over.
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    /// Makes a condition variable for which nobody waits.
    pub const fn new() -> Self {
        Self { object: Object::new(), real: real::Condvar::new() }
    }

    fn seen(&self) -> Seen<'_> {
        (&self.object, "Condvar", 0)
    }

    /// Gives the lock back, waits to be notified, and takes the lock again. May return for no reason.
    ///
    /// # Errors
    ///
    /// The guard too, if the lock is poisoned.
    #[track_caller]
    pub fn wait<'mutex, T: ?Sized>(&self, guard: MutexGuard<'mutex, T>) -> LockResult<MutexGuard<'mutex, T>> {
        let site = Location::caller();
        let (mutex, real) = guard.into_parts();
        match real {
            Some(real) => {
                self.object.check_outside();
                map(self.real.wait(real), |real| mutex.guard(real))
            }
            None => {
                self.wait_in_model(mutex, false, site);
                mutex.lock()
            }
        }
    }

    /// Waits while `condition` holds.
    ///
    /// # Errors
    ///
    /// The guard too, if the lock is poisoned.
    #[track_caller]
    pub fn wait_while<'mutex, T: ?Sized, F: FnMut(&mut T) -> bool>(
        &self,
        mut guard: MutexGuard<'mutex, T>,
        mut condition: F,
    ) -> LockResult<MutexGuard<'mutex, T>> {
        while condition(&mut guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// As [`wait`](Self::wait), for no longer than `duration`. In a model no time passes: every wait may time out, and may
    /// not.
    ///
    /// # Errors
    ///
    /// The guard too, if the lock is poisoned.
    #[track_caller]
    pub fn wait_timeout<'mutex, T: ?Sized>(
        &self,
        guard: MutexGuard<'mutex, T>,
        duration: Duration,
    ) -> LockResult<(MutexGuard<'mutex, T>, WaitTimeoutResult)> {
        let site = Location::caller();
        let (mutex, real) = guard.into_parts();
        match real {
            Some(real) => {
                self.object.check_outside();
                map(self.real.wait_timeout(real, duration), |(real, result)| {
                    (mutex.guard(real), WaitTimeoutResult(result.timed_out()))
                })
            }
            None => {
                let timed_out = self.wait_in_model(mutex, true, site);
                map(mutex.lock(), |guard| (guard, WaitTimeoutResult(timed_out)))
            }
        }
    }

    /// Waits while `condition` holds, for no longer than `duration` altogether.
    ///
    /// # Errors
    ///
    /// The guard too, if the lock is poisoned.
    #[track_caller]
    pub fn wait_timeout_while<'mutex, T: ?Sized, F: FnMut(&mut T) -> bool>(
        &self,
        mut guard: MutexGuard<'mutex, T>,
        duration: Duration,
        mut condition: F,
    ) -> LockResult<(MutexGuard<'mutex, T>, WaitTimeoutResult)> {
        let start = std::time::Instant::now();
        loop {
            if !condition(&mut guard) {
                return Ok((guard, WaitTimeoutResult(false)));
            }
            // In a model time is a choice, so what is left of it is not looked at.
            let left = if is_inside() { duration } else { duration.saturating_sub(start.elapsed()) };
            let (locked, result) = self.wait_timeout(guard, left)?;
            guard = locked;
            if result.timed_out() {
                let holds = condition(&mut guard);
                return Ok((guard, WaitTimeoutResult(holds)));
            }
        }
    }

    /// Wakes a thread that waits, if any does: any of them.
    #[track_caller]
    pub fn notify_one(&self) {
        if !is_inside() {
            self.object.check_outside();
            return self.real.notify_one();
        }
        let list = read_or(self.seen(), &NOTIFY_ONE, [0, 0], Order::RELAXED, Order::RELAXED);
        if list.wrote {
            raise_flag(entry(list.seen, u32::from(list.way)), Location::caller());
        }
    }

    /// Wakes all threads that wait.
    #[track_caller]
    pub fn notify_all(&self) {
        if !is_inside() {
            self.object.check_outside();
            return self.real.notify_all();
        }
        let list = read_or(self.seen(), &NOTIFY_ALL, [0, 0], Order::RELAXED, Order::RELAXED).seen;
        for position in 0..length(list) {
            raise_flag(entry(list, position), Location::caller());
        }
    }

    /// Waits, without the lock at the end. Returns whether the time was over.
    fn wait_in_model<T: ?Sized>(&self, mutex: &Mutex<T>, has_timeout: bool, site: &'static Location<'static>) -> bool {
        let thread = with_current(|run| run.begin_to_wait()).expect("the guard is a model's");
        assert!(thread <= THREAD_MAX, "raddle: at most {THREAD_MAX} threads of a model can use condition variables");
        let this = thread as u64 + 1;
        let list = read_at(site, self.seen(), &JOIN_THE_LIST, [this, 0], [Order::RELAXED; 2]).seen;
        assert!(
            length(list) < WAITERS_MAX,
            "raddle: at most {WAITERS_MAX} threads of a model can wait for a Condvar at a time"
        );
        mutex.unlock_to_wait(site);
        let times_out = has_timeout && choose(&TIME_OUT, 2, 0) == 1;
        if times_out || wakes_spuriously(&WAKE_SPURIOUSLY) {
            read_at(site, self.seen(), &LEAVE_THE_LIST, [this, 0], [Order::RELAXED; 2]);
        } else {
            let flag = with_current(|run| run.wake_flag(thread)).expect("this is inside of a model");
            read_at(site, (&flag, "Condvar", 0), &WAIT_FOR_FLAG, [0, 0], [Order::RELAXED; 2]);
        }
        times_out
    }
}

/// True if a wait is to end for no reason.
#[track_caller]
pub(super) fn wakes_spuriously(operation: &'static Operation) -> bool {
    let may_wake = with_current(|run| run.search.limits.spurious_wakeups > 0) == Some(true);
    may_wake && choose(operation, 2, SPURIOUS) == 1
}

/// Wakes the thread of a list's entry.
fn raise_flag(entry: u64, site: &'static Location<'static>) {
    let Some(thread) = (entry as usize).checked_sub(1) else { return };
    let Some(flag) = with_current(|run| run.wake_flag(thread)) else { return };
    perform(&Request {
        kind: Kind::Write,
        operation: &RAISE_FLAG,
        a: 1,
        b: 0,
        order: Order::RELAXED,
        order_if_not: Order::RELAXED,
        object: Some((&flag, "Condvar", 0)),
        site,
    });
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}
