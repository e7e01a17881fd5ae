//! What can a small program say? Threads without loops, whose operations are each one event or a branch.

use std::fmt::{self, Display, Formatter};
use std::sync::atomic::Ordering;

/// One step of a thread. "The last value read" is that of the thread's last load, update or compare-exchange, or 0
/// before the first; locking and unlocking don't change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Load {
        loc: usize,
        order: Ordering,
    },
    Store {
        loc: usize,
        order: Ordering,
        value: u64,
    },
    /// Stores the last value read plus 1000: a store that depends on a read.
    StoreLast {
        loc: usize,
        order: Ordering,
    },
    FetchAdd {
        loc: usize,
        order: Ordering,
        by: u64,
    },
    Swap {
        loc: usize,
        order: Ordering,
        value: u64,
    },
    CompareExchange {
        loc: usize,
        success: Ordering,
        failure: Ordering,
        expected: u64,
        new: u64,
    },
    Fence(Ordering),
    /// Waits until the mutex is free, then holds it.
    Lock(usize),
    /// Frees a mutex that this thread holds.
    Unlock(usize),
    /// Skips the next `ops` operations if the last value read is not 0. No event.
    SkipIfRead {
        ops: usize,
    },
    /// Stops the thread for ever if the last value read is not 0. No event.
    AssumeZero,
}

/// All locations start at 0 and all mutexes are free. Main spawns the threads in this order and joins none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    pub threads: Vec<Vec<Op>>,
}

/// A location's name: the usual letters as long as they last.
fn name(loc: usize) -> String {
    match loc {
        0 => "x".into(),
        1 => "y".into(),
        2 => "z".into(),
        _ => format!("x{loc}"),
    }
}

/// An ordering as the literature abbreviates it.
fn short(order: Ordering) -> &'static str {
    match order {
        Ordering::Relaxed => "rlx",
        Ordering::Acquire => "acq",
        Ordering::Release => "rel",
        Ordering::AcqRel => "acqrel",
        Ordering::SeqCst => "sc",
        _ => "?",
    }
}

impl Display for Op {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match *self {
            Op::Load { loc, order } => write!(f, "{}.load({})", name(loc), short(order)),
            Op::Store { loc, order, value } => write!(f, "{}.store({value}, {})", name(loc), short(order)),
            Op::StoreLast { loc, order } => write!(f, "{}.store(last + 1000, {})", name(loc), short(order)),
            Op::FetchAdd { loc, order, by } => write!(f, "{}.fetch_add({by}, {})", name(loc), short(order)),
            Op::Swap { loc, order, value } => write!(f, "{}.swap({value}, {})", name(loc), short(order)),
            Op::CompareExchange { loc, success, failure, expected, new } => {
                write!(f, "{}.cas({expected} -> {new}, {}, {})", name(loc), short(success), short(failure))
            }
            Op::Fence(order) => write!(f, "fence({})", short(order)),
            Op::Lock(mutex) => write!(f, "m{mutex}.lock()"),
            Op::Unlock(mutex) => write!(f, "m{mutex}.unlock()"),
            Op::SkipIfRead { ops } => write!(f, "if last != 0 skip {ops}"),
            Op::AssumeZero => write!(f, "assume last == 0"),
        }
    }
}

/// One column per thread.
impl Display for Program {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let mut columns = Vec::new();
        for (thread, ops) in self.threads.iter().enumerate() {
            let mut column = vec![format!("thread {thread}")];
            column.extend(ops.iter().map(Op::to_string));
            columns.push(column);
        }
        let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
        for row in 0..rows {
            let mut line = String::new();
            for column in &columns {
                let width = column.iter().map(String::len).max().unwrap_or(0);
                let cell = column.get(row).map_or("", String::as_str);
                line.push_str(&format!("| {cell:width$} "));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
