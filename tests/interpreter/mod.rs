//! How does a thread of the oracle's programs run? Operation by operation, on the facade.

use std::sync::PoisonError;

use raddle::model::assume;
use raddle::sync::atomic::{AtomicU64, fence};
use raddle::sync::{Mutex, MutexGuard};

use crate::oracle::Op;

/// All locations of any program, at 0 and free.
#[derive(Default)]
pub struct Shared {
    atomics: [AtomicU64; 4],
    mutexes: [Mutex<()>; 3],
}

pub fn run_thread(ops: &[Op], shared: &Shared) {
    let mut held: Vec<Option<MutexGuard<'_, ()>>> = shared.mutexes.iter().map(|_| None).collect();
    let mut last = 0;
    let mut at = 0;
    while let Some(op) = ops.get(at) {
        at += 1;
        match *op {
            Op::Load { loc, order } => last = shared.atomics[loc].load(order),
            Op::Store { loc, order, value } => shared.atomics[loc].store(value, order),
            Op::StoreLast { loc, order } => shared.atomics[loc].store(last + 1000, order),
            Op::FetchAdd { loc, order, by } => last = shared.atomics[loc].fetch_add(by, order),
            Op::Swap { loc, order, value } => last = shared.atomics[loc].swap(value, order),
            Op::CompareExchange { loc, success, failure, expected, new } => {
                let result = shared.atomics[loc].compare_exchange(expected, new, success, failure);
                last = result.unwrap_or_else(|other| other);
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
}
