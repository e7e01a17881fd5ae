//! How long does a thread keep trying before it sleeps?
//!
//! To be woken costs tens of microseconds, and whoever it waits for may be done much sooner. So it first pauses, longer each
//! time, then lets other threads run, and sleeps when that has not helped for as long as being woken would take: that is at most
//! twice as long as the best choice would have been (Karlin, Li, Manasse and Owicki, "Empirical Studies of Competitive Spinning
//! for a Shared-Memory Multiprocessor", SOSP'91). If it gave up sooner, one sleep would lead to the next: who has just been woken
//! answers too late for the other, who sleeps by then. Where the last sleep was long, it sleeps at once. On an engine it always
//! does: there are no other executions in which it first tries for a while, only more of the same.

use std::time::{Duration, Instant};

use crate::hint::spin_loop;
use crate::queue::Deadline;
use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};
use crate::sync::backend::WAKE_UP;
use crate::thread::yield_now;

/// Whether what is waited for comes so rarely that patience is of no use.
pub(super) struct Idle(AtomicBool);

impl Idle {
    pub fn new() -> Self {
        Self(AtomicBool::new(false))
    }
}

/// A sleep that makes [`Idle`], if it is longer than this: many times what patience can take.
const LONG: Duration = Duration::from_micros(200);

/// How often a thread pauses before it lets others run.
const PAUSES: u32 = 14;

/// How many of these are for no longer than a moment, before each takes twice as long: that long a value takes that is an answer.
const SHORT_PAUSES: u32 = 8;

pub(super) struct Patience<'a> {
    is_left: bool,
    pauses: u32,
    /// When it ends; not known before the pauses have ended.
    until: Option<Instant>,
    deadline: Deadline,
    idle: &'a Idle,
}

impl<'a> Patience<'a> {
    /// The patience of a call that ends at `deadline`.
    pub fn new(deadline: Deadline, idle: &'a Idle) -> Self {
        // Relaxed: a guess, right or wrong; it publishes nothing.
        Self { is_left: !WAKE_UP.is_zero() && !idle.0.load(Relaxed), pauses: 0, until: None, deadline, idle }
    }

    /// Sleeps by `sleep`. Then there is patience again, unless that took long.
    pub fn sleep<R>(&mut self, sleep: impl FnOnce() -> R) -> R {
        if WAKE_UP.is_zero() {
            return sleep();
        }
        let began = Instant::now();
        let result = sleep();
        // Relaxed: as above.
        self.idle.0.store(began.elapsed() > LONG, Relaxed);
        *self = Self::new(self.deadline, self.idle);
        result
    }

    /// False if the thread should sleep now.
    pub fn is_left(&self) -> bool {
        self.is_left
    }

    /// Waits a little; false if there is no patience left. `ready` is whether there are so many values (or free places).
    pub fn wait(&mut self, ready: impl Fn(usize) -> bool) -> bool {
        while self.is_left {
            if self.pauses < PAUSES {
                self.pauses += 1;
                pause(1 << self.pauses.saturating_sub(SHORT_PAUSES));
            } else {
                yield_now();
                let now = Instant::now();
                self.is_left = now < *self.until.get_or_insert_with(|| self.deadline.or_before(now + WAKE_UP));
            }
            if ready(1) {
                linger(ready);
                return true;
            }
        }
        false
    }
}

fn pause(times: usize) {
    for _ in 0..times {
        spin_loop();
    }
}

/// How long a value may take to come if it is worth waiting for.
const GATHERING: Duration = Duration::from_nanos(30);

/// Waits on while more values come quickly, until there are 128: four microseconds at most.
///
/// A consumer that takes each value the moment it comes is in its producer's way: the cache lines that both use go to and fro
/// for each of them. From a few dozen values that have come meanwhile it takes one after the other undisturbed. To look is to
/// disturb as well, so it looks no more than twice for each of these counts. Where values come one at a time it returns at once.
fn linger(ready: impl Fn(usize) -> bool) {
    if !ready(2) {
        return;
    }
    let began = Instant::now();
    for count in [4, 8, 16, 32, 64, 128] {
        if !ready(count) {
            while began.elapsed() < GATHERING * count as u32 {
                pause(4);
            }
            if !ready(count) {
                return;
            }
        }
    }
}
