//! How does a thread of the oracle's programs run? Operation by operation, on the facade.

use std::sync::PoisonError;

use raddle::model::assume;
use raddle::sync::atomic::{AtomicU64, Ordering, fence};
use raddle::sync::{Mutex, MutexGuard};

use crate::oracle::Op;

/// All locations of any program, at 0 and free.
#[derive(Default)]
pub struct Shared {
    atomics: [AtomicU64; 4],
    mutexes: [Mutex<()>; 3],
}

impl Shared {
    /// The value of a location, for whoever has joined all threads.
    #[allow(dead_code, reason = "each test file uses its part of this one")]
    pub fn last(&self, loc: usize) -> u64 {
        // Relaxed: what the threads did happens before the end of the join.
        self.atomics[loc].load(Ordering::Relaxed)
    }
}

/// Returns the values that the operations read.
pub fn run_thread(ops: &[Op], shared: &Shared) -> Vec<u64> {
    let mut held: Vec<Option<MutexGuard<'_, ()>>> = shared.mutexes.iter().map(|_| None).collect();
    let mut read = Vec::new();
    let mut at = 0;
    while let Some(op) = ops.get(at) {
        at += 1;
        let last = read.last().copied().unwrap_or(0);
        match *op {
            Op::Load { loc, order } => read.push(shared.atomics[loc].load(order)),
            Op::Store { loc, order, value } => shared.atomics[loc].store(value, order),
            Op::StoreLast { loc, order } => shared.atomics[loc].store(last + 1000, order),
            Op::FetchAdd { loc, order, by } => read.push(shared.atomics[loc].fetch_add(by, order)),
            Op::Swap { loc, order, value } => read.push(shared.atomics[loc].swap(value, order)),
            Op::CompareExchange { loc, success, failure, expected, new } => {
                let result = shared.atomics[loc].compare_exchange(expected, new, success, failure);
                read.push(result.unwrap_or_else(|other| other));
            }
            Op::Fence(order) => fence(order),
            Op::Lock(mutex) => {
                held[mutex] = Some(shared.mutexes[mutex].lock().unwrap_or_else(PoisonError::into_inner));
            }
            Op::Unlock(mutex) => held[mutex] = None,
            Op::SkipIfRead { ops } => at += if last == 0 { 0 } else { ops },
            Op::AssumeZero => assume(last == 0),
        }
    }
    read
}
