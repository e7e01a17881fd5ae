//! Which orders of the calls can explain a history?

use super::history::{History, Outcome};
use super::spec::Spec;

/// Which orders of the calls count as explanations of what they returned.
///
/// In each of them the calls run one at a time, and the spec returns what they returned. They differ in what else the
/// order must keep to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Criterion {
    /// A call that precedes another comes before it (Herlihy and Wing, "Linearizability: A correctness condition for
    /// concurrent objects", TOPLAS 1990): each call seems to take effect at one moment between its start and its return.
    #[default]
    Linearizable,
    /// The calls of each thread come in the thread's order (Lamport, "How to make a multiprocessor computer that correctly
    /// executes multiprocess programs", 1979). What one thread knows of the time of another's calls does not count,
    /// but that the main thread starts the others and waits for their end does: its setup calls come first, and its closing
    /// calls last.
    SequentiallyConsistent,
    /// Calls on different sides of a quiet moment, when no call is running, come in that order (Aspnes, Herlihy and Shavit,
    /// "Counting networks", J. ACM 1994; the name is from Herlihy and Shavit's "The art of multiprocessor programming").
    /// Between two such moments any order goes, even within a thread.
    ///
    /// A moment is quiet if every call before it precedes every call after it. A pending or blocked call runs for ever.
    QuiescentlyConsistent,
}

/// What the orders that explain a history by a criterion must keep to.
pub(super) struct Order<'h, S: Spec> {
    history: &'h History<S>,
    criterion: Criterion,
    /// For each operation the block that it is in, by any number. Filled only if the criterion goes by blocks.
    blocks: Vec<usize>,
}

impl<'h, S: Spec> Order<'h, S> {
    pub fn new(history: &'h History<S>, criterion: Criterion) -> Self {
        let mut order = Self { history, criterion, blocks: Vec::new() };
        if criterion == Criterion::QuiescentlyConsistent {
            order.blocks = order.blocks();
        }
        order
    }

    /// True if `earlier` must come before `later`.
    pub fn precedes(&self, earlier: usize, later: usize) -> bool {
        self.in_time(earlier, later)
            && match self.criterion {
                Criterion::Linearizable => true,
                Criterion::SequentiallyConsistent => {
                    let threads = [earlier, later].map(|operation| self.history.operations()[operation].thread);
                    threads[0] == threads[1] || threads.contains(&0)
                }
                Criterion::QuiescentlyConsistent => self.blocks[earlier] != self.blocks[later],
            }
    }

    /// True if the history says that `earlier` precedes `later`. A call that has not returned precedes nothing.
    fn in_time(&self, earlier: usize, later: usize) -> bool {
        matches!(self.history.operations()[earlier].outcome, Outcome::Returned(_))
            && self.history.precedes(earlier, later)
    }

    /// The blocks between quiet moments: calls neither of which precedes the other are in the same one. No moment of quiet
    /// can come between them, and what is left are blocks of which each precedes the next as a whole.
    fn blocks(&self) -> Vec<usize> {
        let count = self.history.operations().len();
        let mut blocks: Vec<usize> = (0..count).collect();
        for second in 0..count {
            for first in 0..second {
                let apart = self.in_time(first, second) || self.in_time(second, first);
                let (into, from) = (blocks[first], blocks[second]);
                if !apart && into != from {
                    blocks.iter_mut().filter(|block| **block == from).for_each(|block| *block = into);
                }
            }
        }
        blocks
    }
}
