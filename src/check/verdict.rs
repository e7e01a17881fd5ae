//! Is a history right?

use std::collections::BTreeMap;

use super::criterion::{Criterion, Order};
use super::history::History;
use super::search::{Found, search};
use super::spec::Spec;
use super::witness::Witness;

/// Whether a history is right.
#[derive(Clone, Debug)]
pub enum Verdict<S: Spec> {
    /// It is: this order of its operations explains it. Operations that are not in it have had no effect: all that are
    /// blocked, and some that are pending.
    Holds(Vec<usize>),
    /// It is not: no order explains it.
    Violation(Witness<S>),
    /// That was not found out, for this reason.
    Unknown(String),
}

/// Judges a history: is there an order of its operations that the criterion allows and the spec explains?
///
/// - A call that has returned is in the order, at a place where the spec returns the same, or [may fail](Spec::may_fail) with
///   the same. Where the spec would block and the call not fail it can't be.
/// - A pending call is in it, whatever the spec returns there, or not.
/// - A blocked call is not in it, and would block in the state at the end. One order does for all blocked calls together.
///   (Line-Up, which also judges calls that wait for ever, looks for an order for each alone, without the others:
///   Burckhardt, Dern, Musuvathi and Tan, PLDI 2010.)
///
/// A call that has not returned precedes nothing, whatever the history says. Deciding this is NP-complete, so the search
/// ends after `steps_max` steps of the spec, and the verdict is [`Unknown`](Verdict::Unknown) then; up to that many states
/// are kept. Hard are states that remember a free choice for long, as a long queue does the order of calls that overlapped.
///
/// If each call is about a [part](Spec::part), the parts are judged one by one (Horn and Kroening, "Faster linearizability
/// checking via P-compositionality", FORTE 2015), and a part that is wrong is a violation. Parts that are right make a
/// right whole if the order in time is one of intervals; an execution's is not always, so their orders are then put
/// together, and where that fails all calls are searched at once. This is for linearizability alone: the other criteria
/// are judged on the whole.
///
/// ```
/// use raddle::check::{Criterion, History, Method, Operation, Outcome, Spec, Verdict, judge};
///
/// #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
/// struct Counter(u32);
///
/// impl Spec for Counter {
///     type Call = &'static str;
///     type Ret = u32;
///
///     fn step(&mut self, _next: &&'static str) -> Option<u32> {
///         self.0 += 1;
///         Some(self.0)
///     }
///
///     fn methods() -> Vec<Method<&'static str>> {
///         Vec::new() // No scenarios here.
///     }
/// }
///
/// let next = |thread, ret| Operation { thread, call: "next", outcome: Outcome::Returned(ret) };
///
/// // The call that returned 2 came first, and the other one after it.
/// let history = History::<Counter>::of_intervals(vec![(next(1, 2), [0, 1]), (next(2, 1), [2, 3])]);
/// let Verdict::Violation(witness) = judge(&history, Criterion::Linearizable, 1000) else { panic!() };
/// assert_eq!(
///     witness.to_string(),
///     "No order of the calls in real time explains what came of them. At the beginning:\n  \
///        thread 1  \"next\" returned 2, where 1 was due",
/// );
///
/// // Each thread has one call, so their order is free if only that counts.
/// let verdict = judge(&history, Criterion::SequentiallyConsistent, 1000);
/// assert!(matches!(verdict, Verdict::Holds(order) if order == [1, 0]));
/// ```
pub fn judge<S: Spec>(history: &History<S>, criterion: Criterion, steps_max: u64) -> Verdict<S> {
    let order = Order::new(history, criterion);
    let mut steps = steps_max;
    let mut judged = |operations: &[usize]| match search(history, &order, operations, &mut steps) {
        Found::Explanation(explanation) => {
            Verdict::Holds(explanation.iter().map(|explained| explained.operation).collect())
        }
        Found::Longest(explained) => {
            Verdict::Violation(Witness::new(history, criterion, &order, operations, &explained))
        }
        Found::GaveUp => Verdict::Unknown(format!("no verdict after {steps_max} steps of the spec")),
    };
    if criterion == Criterion::Linearizable {
        let mut explanations = Vec::new();
        for operations in parts(history) {
            match judged(&operations) {
                Verdict::Holds(explanation) => explanations.push(explanation),
                wrong_or_unknown => return wrong_or_unknown,
            }
        }
        if let Some(whole) = put_together(history, explanations) {
            return Verdict::Holds(whole);
        }
    }
    let operations: Vec<usize> = (0..history.operations().len()).collect();
    judged(&operations)
}

/// The operations on each part; none if there is but one, or there are calls about the whole.
fn parts<S: Spec>(history: &History<S>) -> Vec<Vec<usize>> {
    let mut parts = BTreeMap::<u64, Vec<usize>>::new();
    for (index, operation) in history.operations().iter().enumerate() {
        let Some(part) = S::part(&operation.call) else { return Vec::new() };
        parts.entry(part).or_default().push(index);
    }
    if parts.len() > 1 { parts.into_values().collect() } else { Vec::new() }
}

/// An order of all operations in which those of each part come as in its explanation. There is none if, in all of them
/// together with the order in time, something comes before itself; or if there are no parts.
fn put_together<S: Spec>(history: &History<S>, explanations: Vec<Vec<usize>>) -> Option<Vec<usize>> {
    if explanations.is_empty() {
        return None;
    }
    // Those that have no place yet.
    let mut left = vec![0u64; history.operations().len().div_ceil(64)];
    explanations.iter().flatten().for_each(|&index| left[index / 64] |= 1 << (index % 64));
    let mut rests: Vec<_> = explanations.iter().map(|explanation| explanation.iter().peekable()).collect();
    let mut whole = Vec::new();
    while whole.len() < explanations.iter().map(Vec::len).sum() {
        let can_come = |&&index: &&usize| history.predecessors(index).iter().zip(&left).all(|(&a, &b)| a & b == 0);
        let &index = rests.iter_mut().find_map(|rest| rest.next_if(|index| can_come(index)))?;
        left[index / 64] &= !(1 << (index % 64));
        whole.push(index);
    }
    Some(whole)
}
