//! Why does no order explain a history?

use std::fmt;

use super::criterion::{Criterion, Order};
use super::history::{History, Operation, Outcome};
use super::search::Explained;
use super::spec::Spec;

/// Why no order of the calls explains a history: how far the best one goes, and why nothing can come next.
///
/// It is shown as a few lines of text. If a [part](Spec::part) of the structure is wrong on its own, only the calls about
/// this part are told of.
#[derive(Clone, Debug)]
pub struct Witness<S: Spec> {
    /// What was asked for.
    pub criterion: Criterion,
    /// An order of as many calls that have returned as any order explains, and of the pending calls that this takes. There
    /// may be other such orders; the same history has always the same witness.
    pub explained: Vec<Replayed<S>>,
    /// The spec's state after them.
    pub state: S,
    /// What is wrong there. While there are calls that have returned and are not explained: those of them that could come
    /// next, none of which returned what it should have. Else the blocked calls that would have returned.
    pub wrong: Vec<Replayed<S>>,
}

/// An operation of a history beside what the spec does with the call.
#[derive(Clone, Debug)]
pub struct Replayed<S: Spec> {
    /// The operation's number in the history.
    pub index: usize,
    /// The operation.
    pub operation: Operation<S>,
    /// What the spec returns; `None` if it blocks. If the call is explained as one that [has failed](Spec::may_fail), what it
    /// returns then.
    pub due: Option<S::Ret>,
}

impl<S: Spec> Witness<S> {
    /// The witness for these operations of a history, of which `explained` are explained in this order.
    pub(super) fn new(
        history: &History<S>,
        criterion: Criterion,
        order: &Order<S>,
        operations: &[usize],
        explained: &[Explained],
    ) -> Self {
        let replayed = |state: &mut S, index: usize| {
            let operation = history.operations()[index].clone();
            let due = state.step(&operation.call);
            Replayed { index, operation, due }
        };
        let mut state = S::default();
        let mut explained_calls = Vec::with_capacity(explained.len());
        for &Explained { operation: index, has_failed } in explained {
            if has_failed {
                let operation = history.operations()[index].clone();
                let due = state.may_fail(&operation.call);
                explained_calls.push(Replayed { index, operation, due });
            } else {
                explained_calls.push(replayed(&mut state, index));
            }
        }
        let is_explained = |index: usize| explained.iter().any(|explained| explained.operation == index);
        let is = |index: usize, outcome: fn(&Outcome<S::Ret>) -> bool| outcome(&history.operations()[index].outcome);
        let left: Vec<usize> = operations
            .iter()
            .copied()
            .filter(|&index| is(index, |outcome| matches!(outcome, Outcome::Returned(_))) && !is_explained(index))
            .collect();
        let wrong = if left.is_empty() {
            let blocked = operations.iter().filter(|&&index| is(index, |outcome| *outcome == Outcome::Blocked));
            let blocked = blocked.map(|&index| replayed(&mut state.clone(), index));
            blocked.filter(|blocked| blocked.due.is_some()).collect()
        } else {
            let next = left.iter().filter(|&&later| !left.iter().any(|&earlier| order.precedes(earlier, later)));
            next.map(|&index| replayed(&mut state.clone(), index)).collect()
        };
        Self { criterion, explained: explained_calls, state, wrong }
    }
}

impl<S: Spec> fmt::Display for Witness<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match self.criterion {
            Criterion::Linearizable => "in real time",
            Criterion::SequentiallyConsistent => "in which each thread's stay in order",
            Criterion::QuiescentlyConsistent => "that keeps to the quiet moments between them",
        };
        write!(f, "No order of the calls {order} explains what came of them. ")?;
        if self.explained.is_empty() {
            write!(f, "At the beginning:")?;
        } else {
            write!(f, "As far as it goes:")?;
            for explained in &self.explained {
                write!(f, "\n  {explained}")?;
            }
            write!(f, "\nthen:")?;
        }
        for wrong in &self.wrong {
            write!(f, "\n  {wrong}")?;
        }
        Ok(())
    }
}

impl<S: Spec> fmt::Display for Replayed<S> {
    /// One line: thread, call, what came of it, and what should have.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Operation { thread, call, outcome } = &self.operation;
        match thread {
            0 => write!(f, "main      ")?,
            _ => write!(f, "{:10}", format!("thread {thread}"))?,
        }
        write!(f, "{call:?}")?;
        match (outcome, &self.due) {
            (Outcome::Returned(ret), Some(due)) if ret == due => write!(f, " -> {ret:?}"),
            (Outcome::Returned(ret), Some(due)) => write!(f, " returned {ret:?}, where {due:?} was due"),
            (Outcome::Returned(ret), None) => write!(f, " returned {ret:?}, where it should have waited"),
            (Outcome::Pending, Some(due)) => write!(f, " -> {due:?}, which has not returned"),
            (Outcome::Blocked, Some(due)) => write!(f, " waits for ever, where {due:?} was due"),
            (Outcome::Pending | Outcome::Blocked, None) => write!(f, " waits"),
        }
    }
}
