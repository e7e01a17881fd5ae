//! [`std::sync::Barrier`] on loom's mutex and condition variable; loom's own is a stub.

use loom::sync::{Condvar, Mutex};

/// Lets threads wait until all have come, as [`std::sync::Barrier`].
#[derive(Debug)]
pub struct Barrier {
    threads: usize,
    round: Mutex<Round>,
    complete: Condvar,
}

#[derive(Debug, Default)]
struct Round {
    arrived: usize,
    number: usize,
}

/// Tells one thread of each round from the others, as [`std::sync::BarrierWaitResult`].
#[derive(Debug)]
pub struct BarrierWaitResult(bool);

impl Barrier {
    /// A barrier for `threads` threads; 0 and 1 let everyone pass.
    pub fn new(threads: usize) -> Self {
        Self { threads, round: Mutex::default(), complete: Condvar::new() }
    }

    /// Blocks until `threads` threads have called this since the last round was complete.
    pub fn wait(&self) -> BarrierWaitResult {
        let mut round = self.round.lock().expect("loom's locks are not poisoned");
        round.arrived += 1;
        if round.arrived >= self.threads {
            round.arrived = 0;
            round.number = round.number.wrapping_add(1);
            self.complete.notify_all();
            return BarrierWaitResult(true);
        }
        let mine = round.number;
        while round.number == mine {
            round = self.complete.wait(round).expect("loom's locks are not poisoned");
        }
        BarrierWaitResult(false)
    }
}

impl BarrierWaitResult {
    /// True for the one thread of the round that came last.
    pub fn is_leader(&self) -> bool {
        self.0
    }
}
