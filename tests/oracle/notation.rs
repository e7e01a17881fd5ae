//! How is a small program written down in a few words?

use std::sync::atomic::Ordering::{self, Relaxed, SeqCst};

use super::program::{Op, Program};

pub const X: usize = 0;
pub const Y: usize = 1;
pub const Z: usize = 2;

pub fn load(loc: usize, order: Ordering) -> Op {
    Op::Load { loc, order }
}

pub fn store(loc: usize, order: Ordering, value: u64) -> Op {
    Op::Store { loc, order, value }
}

/// A store of something that depends on the value read before.
pub fn pass_on(loc: usize, order: Ordering) -> Op {
    Op::StoreLast { loc, order }
}

pub fn add(loc: usize, order: Ordering) -> Op {
    Op::FetchAdd { loc, order, by: 1 }
}

pub fn swap(loc: usize, order: Ordering, value: u64) -> Op {
    Op::Swap { loc, order, value }
}

pub fn cas(loc: usize, order: Ordering, expected: u64, new: u64) -> Op {
    let failure = if order == SeqCst { SeqCst } else { Relaxed };
    Op::CompareExchange { loc, success: order, failure, expected, new }
}

pub fn unless_read(ops: usize) -> Op {
    Op::SkipIfRead { ops }
}

pub fn fence(order: Ordering) -> Op {
    Op::Fence(order)
}

pub fn program<const N: usize>(threads: [&[Op]; N]) -> Program {
    Program { threads: threads.into_iter().map(<[Op]>::to_vec).collect() }
}
