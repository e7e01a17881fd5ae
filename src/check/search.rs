//! Is there an order of the calls that the spec explains?
//!
//! The search is Wing and Gong's ("Testing and verifying concurrent objects", JPDC 1993): put a call next that nothing
//! left must come before, go on if the spec returns there what the call returned, and go back if nothing goes on. Calls in
//! the same set that have led to the same state are tried once (Lowe, "Testing for linearizability", CCPE 2017). The order
//! to keep to is any partial one, not only one of intervals, so each operation has the set of those that must come before.

use std::collections::HashSet;
use std::hash::Hash;

use super::criterion::Order;
use super::history::{History, Outcome};
use super::spec::Spec;

/// What a search came to.
pub(super) enum Found {
    /// These operations, in this order, explain everything.
    Explanation(Vec<Explained>),
    /// No order does. These operations are explained in this order: as many that have returned as in any order, and no more
    /// of the others than that takes.
    Longest(Vec<Explained>),
    /// There were too few steps to find out.
    GaveUp,
}

/// An operation at its place in an order.
#[derive(Clone, Copy)]
pub(super) struct Explained {
    /// Its number in the history.
    pub operation: usize,
    /// True if it has failed as [`Spec::may_fail`] says, and not done what [`Spec::step`] does.
    pub has_failed: bool,
}

/// Searches for an order of `operations`, which are all there are for the spec. Each step of the spec is taken from `steps`.
pub(super) fn search<S: Spec>(history: &History<S>, order: &Order<S>, operations: &[usize], steps: &mut u64) -> Found {
    match operations.len() {
        ..=64 => Search::new(history, order, operations, [0; 1]).run(steps),
        count => Search::new(history, order, operations, vec![0; count.div_ceil(64)]).run(steps),
    }
}

/// Sets of operations are arrays of words where there are few, so that they live without an allocation.
struct Search<'h, S: Spec, Set> {
    history: &'h History<S>,
    /// Those that an explanation can have: the ones that have returned, then the pending ones. What follows calls an
    /// operation by its place here.
    operations: Vec<usize>,
    /// How many of them have returned: an explanation has all of these.
    returned: usize,
    /// Those that must be unable to go on after the explanation.
    blocked: Vec<usize>,
    /// What must come before each.
    before: Vec<Set>,
    none: Set,
}

/// An operation that has been put next, and the state after it.
struct Placed<S> {
    operation: usize,
    has_failed: bool,
    state: S,
    /// Every choice below has been tried for what comes after it. There are two for each operation: it takes effect, or it
    /// fails.
    tried: usize,
}

impl<'h, S: Spec, Set: AsRef<[u64]> + AsMut<[u64]> + Clone + Eq + Hash> Search<'h, S, Set> {
    fn new(history: &'h History<S>, order: &Order<S>, given: &[usize], none: Set) -> Self {
        let (mut operations, mut pending, mut blocked) = (Vec::with_capacity(given.len()), Vec::new(), Vec::new());
        for &operation in given {
            match history.operations()[operation].outcome {
                Outcome::Returned(_) => operations.push(operation),
                Outcome::Pending => pending.push(operation),
                Outcome::Blocked => blocked.push(operation),
            }
        }
        let returned = operations.len();
        operations.append(&mut pending);
        let before = |&later: &usize| {
            let mut before = none.clone();
            let earlier = (0..returned).filter(|&earlier| order.precedes(operations[earlier], later));
            earlier.for_each(|earlier| flip(&mut before, earlier));
            before
        };
        let before = operations.iter().map(before).collect();
        Self { history, operations, returned, blocked, before, none }
    }

    fn run(&self, steps: &mut u64) -> Found {
        let mut failed: HashSet<(Set, S)> = HashSet::new();
        let mut done = self.none.clone();
        // How many of those that have returned are done.
        let mut returned = 0;
        let mut longest: Option<(usize, Vec<Explained>)> = None;
        // The first stands for the beginning, and is no operation.
        let mut path = vec![Placed { operation: usize::MAX, has_failed: false, state: S::default(), tried: 0 }];
        while let Some(last) = path.last_mut() {
            if last.tried == 0 && returned == self.returned {
                match self.all_stay_blocked(&last.state, steps) {
                    Some(true) => return Found::Explanation(self.named(&path)),
                    Some(false) => {}
                    None => return Found::GaveUp,
                }
            }
            if let Some(choice) = self.next(&done, last.tried) {
                last.tried = choice + 1;
                let (operation, has_failed) = (choice / 2, choice % 2 == 1);
                if !has_failed && !take_step(steps) {
                    return Found::GaveUp;
                }
                let Some(state) = self.after(&last.state, operation, has_failed) else { continue };
                flip(&mut done, operation);
                let reached = (done.clone(), state);
                if failed.contains(&reached) {
                    flip(&mut done, operation);
                } else {
                    returned += usize::from(operation < self.returned);
                    path.push(Placed { operation, has_failed, state: reached.1, tried: 0 });
                }
                continue;
            }
            let longer = |(most, operations): &(usize, Vec<Explained>)| {
                returned > *most || returned == *most && path.len() - 1 < operations.len()
            };
            if longest.as_ref().is_none_or(longer) {
                longest = Some((returned, self.named(&path)));
            }
            if let Some(Placed { operation, state, .. }) = path.pop().filter(|_| !path.is_empty()) {
                failed.insert((done.clone(), state));
                flip(&mut done, operation);
                returned -= usize::from(operation < self.returned);
            }
        }
        Found::Longest(longest.map(|(_, operations)| operations).unwrap_or_default())
    }

    /// The first choice from `first` on of what can come next after those that are done.
    fn next(&self, done: &Set, first: usize) -> Option<usize> {
        let done = done.as_ref();
        (first..2 * self.operations.len()).find(|&choice| {
            let operation = choice / 2;
            let before = self.before[operation].as_ref();
            done[operation / 64] >> (operation % 64) & 1 == 0
                && before.iter().zip(done).all(|(before, done)| before & !done == 0)
        })
    }

    /// The state after `operation`, if the spec explains there what came of it.
    fn after(&self, state: &S, operation: usize, has_failed: bool) -> Option<S> {
        let operation = &self.history.operations()[self.operations[operation]];
        if has_failed {
            // One that is pending and has had no effect is left out.
            let Outcome::Returned(ret) = &operation.outcome else { return None };
            return state.may_fail(&operation.call).filter(|failure| failure == ret).map(|_| state.clone());
        }
        let mut state = state.clone();
        let due = state.step(&operation.call)?;
        match &operation.outcome {
            Outcome::Returned(ret) if *ret != due => None,
            _ => Some(state),
        }
    }

    /// Whether every blocked call is right to be so in this state; `None` if there are too few steps.
    fn all_stay_blocked(&self, state: &S, steps: &mut u64) -> Option<bool> {
        for &operation in &self.blocked {
            if !take_step(steps) {
                return None;
            }
            if state.clone().step(&self.history.operations()[operation].call).is_some() {
                return Some(false);
            }
        }
        Some(true)
    }

    /// The operations of a path, as the history numbers them.
    fn named(&self, path: &[Placed<S>]) -> Vec<Explained> {
        let named = |placed: &Placed<S>| Explained {
            operation: self.operations[placed.operation],
            has_failed: placed.has_failed,
        };
        path[1..].iter().map(named).collect()
    }
}

/// False if there is none left.
fn take_step(steps: &mut u64) -> bool {
    let left = *steps > 0;
    *steps -= u64::from(left);
    left
}

/// Puts an operation into a set or takes it out.
fn flip(set: &mut impl AsMut<[u64]>, operation: usize) {
    set.as_mut()[operation / 64] ^= 1 << (operation % 64);
}
