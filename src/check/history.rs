//! What was called, what came of it, and what came before what?

use std::hash::{DefaultHasher, Hash, Hasher};

use super::spec::Spec;

/// What came of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<R> {
    /// It returned this.
    Returned(R),
    /// It had not returned when the recording ended: it may have had its effect or not.
    Pending,
    /// It waits, and nothing will ever end that: it has not had its effect, and must not be able to.
    Blocked,
}

/// A call in a history.
#[derive(Clone, Debug)]
pub struct Operation<S: Spec> {
    /// The thread that made it: 0 for the main one, and from 1 those of the scenario.
    pub thread: usize,
    /// The call.
    pub call: S::Call,
    /// What came of it.
    pub outcome: Outcome<S::Ret>,
}

/// The calls and returns of one execution, and their real-time order.
///
/// That order is partial: a call precedes another if it has returned before the other starts, and the execution forces
/// that. Within a thread each call precedes those that come later.
#[derive(Clone, Debug)]
pub struct History<S: Spec> {
    operations: Vec<Operation<S>>,
    /// For each operation a bit for each that precedes it.
    before: Vec<Vec<u64>>,
}

impl<S: Spec> History<S> {
    /// The history of these operations, in which `precedes` says which comes before which. It must be transitive, and no
    /// operation may precede itself.
    pub fn new(operations: Vec<Operation<S>>, precedes: impl Fn(usize, usize) -> bool) -> Self {
        let count = operations.len();
        let row = |later: usize| {
            let mut row = vec![0u64; count.div_ceil(64)];
            (0..count).filter(|&earlier| earlier != later && precedes(earlier, later)).for_each(|earlier| {
                row[earlier / 64] |= 1 << (earlier % 64);
            });
            row
        };
        let before = (0..count).map(row).collect();
        Self { operations, before }
    }

    /// The history of operations of which each has the times of its call and its return (the greatest number if there is
    /// none): one precedes another if its return is before the other's call.
    pub fn of_intervals(operations: Vec<(Operation<S>, [u64; 2])>) -> Self {
        let (operations, times): (Vec<_>, Vec<_>) = operations.into_iter().unzip();
        Self::new(operations, |earlier, later| times[earlier][1] < times[later][0])
    }

    /// The operations.
    pub fn operations(&self) -> &[Operation<S>] {
        &self.operations
    }

    /// True if operation `earlier` returned before operation `later` was called.
    pub fn precedes(&self, earlier: usize, later: usize) -> bool {
        self.before[later][earlier / 64] >> (earlier % 64) & 1 != 0
    }

    /// The operations that precede `later`, as bits: operation `i` is bit `i % 64` of word `i / 64`.
    pub fn predecessors(&self, later: usize) -> &[u64] {
        &self.before[later]
    }

    /// The same for histories that look the same.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (operation, before) in self.operations.iter().zip(&self.before) {
            operation.thread.hash(&mut hasher);
            format!("{:?}{:?}", operation.call, operation.outcome).hash(&mut hasher);
            before.hash(&mut hasher);
        }
        hasher.finish()
    }
}
