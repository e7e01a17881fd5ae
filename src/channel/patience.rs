//! How long does a thread keep trying before it sleeps?
//!
//! To be woken costs tens of microseconds, and whoever it waits for may be done much sooner. So it first pauses, longer each
//! time, then lets other threads run, and sleeps when that has not helped. Where the last sleep was long, it sleeps at once. On
//! an engine it always does: there are no other executions in which it first tries for a while, only more of the same.

use std::time::{Duration, Instant};

use crate::hint::spin_loop;
use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};
use crate::sync::backend::{SPINS, YIELDS};
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

pub(super) struct Patience<'a> {
    waits_left: u32,
    idle: &'a Idle,
}

impl<'a> Patience<'a> {
    pub fn new(idle: &'a Idle) -> Self {
        let most = SPINS + YIELDS;
        // Relaxed: a guess, right or wrong; it publishes nothing.
        Self { waits_left: if most == 0 || idle.0.load(Relaxed) { 0 } else { most }, idle }
    }

    /// Sleeps by `sleep`. Then there is patience again, unless that took long.
    pub fn sleep<R>(&mut self, sleep: impl FnOnce() -> R) -> R {
        if SPINS + YIELDS == 0 {
            return sleep();
        }
        let began = Instant::now();
        let result = sleep();
        // Relaxed: as above.
        self.idle.0.store(began.elapsed() > LONG, Relaxed);
        *self = Self::new(self.idle);
        result
    }

    /// False if the thread should sleep now.
    pub fn is_left(&self) -> bool {
        self.waits_left > 0
    }

    /// Waits a little; false if there is no patience left. `ready` is whether there are so many values (or free places).
    pub fn wait(&mut self, ready: impl Fn(usize) -> bool) -> bool {
        while self.is_left() {
            if self.waits_left > YIELDS {
                let spins = SPINS + YIELDS - self.waits_left;
                pause(1 << spins.saturating_sub(SHORT_SPINS));
            } else {
                yield_now();
            }
            self.waits_left -= 1;
            if ready(1) {
                linger(ready);
                return true;
            }
        }
        false
    }
}

/// How often a thread pauses for no longer than a moment, before it takes twice as long each time: that long a value takes that
/// is an answer.
const SHORT_SPINS: u32 = 7;

fn pause(times: usize) {
    for _ in 0..times {
        spin_loop();
    }
}

/// Waits on while more values come, for some two microseconds.
///
/// A consumer that takes each value the moment it comes is in its producer's way: the cache lines that both use go to and fro
/// for each of them. From a few dozen values that have come meanwhile it takes one after the other undisturbed. Where values
/// come one at a time it returns at once.
fn linger(ready: impl Fn(usize) -> bool) {
    let mut count = 2;
    while count <= 64
        && (ready(count)
            || count > 2 && {
                pause(count / 4);
                ready(count)
            })
    {
        count *= 2;
    }
}
