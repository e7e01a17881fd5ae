//! Is a history right? The definitions of the criteria, written down without a thought for time.

use raddle::check::{Criterion, History, Operation, Outcome, Spec};

fn returned<S: Spec>(history: &History<S>, operation: usize) -> bool {
    matches!(history.operations()[operation].outcome, Outcome::Returned(_))
}

fn in_time<S: Spec>(history: &History<S>, earlier: usize, later: usize) -> bool {
    returned(history, earlier) && history.precedes(earlier, later)
}

/// For each pair of operations whether the first must come before the second.
pub fn must_precede<S: Spec>(history: &History<S>, criterion: Criterion) -> Vec<Vec<bool>> {
    let all = 0..history.operations().len();
    let pair = |earlier: usize, later: usize| match criterion {
        Criterion::Linearizable => in_time(history, earlier, later),
        Criterion::SequentiallyConsistent => {
            let [first, second] = [earlier, later].map(|index| history.operations()[index].thread);
            // The main thread starts the others and waits for them.
            (first == second || first == 0 || second == 0) && in_time(history, earlier, later)
        }
        // There is a quiet moment between them: a set of operations, with the one and without the other, all of which
        // precede all others.
        Criterion::QuiescentlyConsistent => (0..1u32 << all.len()).any(|set| {
            let has = |operation: usize| set >> operation & 1 != 0;
            has(earlier)
                && !has(later)
                && all.clone().all(|a| all.clone().all(|b| !has(a) || has(b) || in_time(history, a, b)))
        }),
    };
    all.clone().map(|earlier| all.clone().map(|later| pair(earlier, later)).collect()).collect()
}

/// The states that there can be after the operation, in one of these, if it is explained there.
pub fn states_after<S: Spec>(states: &[S], operation: &Operation<S>) -> Vec<S> {
    let after = |state: &S| {
        let mut next = state.clone();
        let due = next.step(&operation.call);
        let (takes_effect, fails) = match &operation.outcome {
            Outcome::Returned(ret) => {
                (due.as_ref() == Some(ret), state.may_fail(&operation.call).as_ref() == Some(ret))
            }
            Outcome::Pending => (due.is_some(), false),
            Outcome::Blocked => (false, false),
        };
        [takes_effect.then_some(next), fails.then(|| state.clone())]
    };
    states.iter().flat_map(after).flatten().collect()
}

/// How many operations of this order the spec explains, and its possible states after them.
fn explained<S: Spec>(history: &History<S>, order: &[usize]) -> (usize, Vec<S>) {
    let mut states = vec![S::default()];
    for (count, &operation) in order.iter().enumerate() {
        let next = states_after(&states, &history.operations()[operation]);
        if next.is_empty() {
            return (count, states);
        }
        states = next;
    }
    (order.len(), states)
}

fn in_order(must: &[Vec<bool>], order: &[usize]) -> bool {
    (0..order.len()).all(|later| (0..later).all(|earlier| !must[order[later]][order[earlier]]))
}

/// True if this order is an explanation of the history.
pub fn explains<S: Spec>(history: &History<S>, must: &[Vec<bool>], order: &[usize]) -> bool {
    let all = 0..history.operations().len();
    let once = all.clone().all(|operation| match history.operations()[operation].outcome {
        Outcome::Returned(_) => order.iter().filter(|&&other| other == operation).count() == 1,
        Outcome::Pending => order.iter().filter(|&&other| other == operation).count() <= 1,
        Outcome::Blocked => !order.contains(&operation),
    });
    let (count, states) = explained(history, order);
    let blocked = || history.operations().iter().filter(|operation| operation.outcome == Outcome::Blocked);
    let all_wait = |state: &S| blocked().all(|operation| state.clone().step(&operation.call).is_none());
    once && in_order(must, order) && count == order.len() && states.iter().any(all_wait)
}

/// How good the best order is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Best {
    Explanation,
    /// Of those that have returned, it explains so many, and needs so many that have not.
    Explains {
        returned: usize,
        others: usize,
    },
}

/// Tries all orders of all operations that have returned and each choice of the pending ones.
pub fn best<S: Spec>(history: &History<S>, must: &[Vec<bool>]) -> Best {
    let all = 0..history.operations().len();
    let pending: Vec<usize> =
        all.clone().filter(|&operation| history.operations()[operation].outcome == Outcome::Pending).collect();
    let mut best = Best::Explains { returned: 0, others: usize::MAX };
    for choice in 0..1u32 << pending.len() {
        let chosen =
            pending.iter().enumerate().filter(|(bit, _)| choice >> bit & 1 != 0).map(|(_, &operation)| operation);
        let mut order: Vec<usize> =
            all.clone().filter(|&operation| returned(history, operation)).chain(chosen).collect();
        each_permutation(&mut order, 0, &mut |order| {
            if !in_order(must, order) {
                return;
            }
            if explains(history, must, order) {
                best = Best::Explanation;
            }
            let (count, _) = explained(history, order);
            for count in 0..=count {
                let returned = order[..count].iter().filter(|&&operation| returned(history, operation)).count();
                let others = count - returned;
                if let Best::Explains { returned: most, others: fewest } = best
                    && (returned > most || returned == most && others < fewest)
                {
                    best = Best::Explains { returned, others };
                }
            }
        });
    }
    best
}

fn each_permutation(items: &mut [usize], fixed: usize, visit: &mut impl FnMut(&[usize])) {
    if fixed == items.len() {
        return visit(items);
    }
    for other in fixed..items.len() {
        items.swap(fixed, other);
        each_permutation(items, fixed + 1, visit);
        items.swap(fixed, other);
    }
}

/// The operations that have returned, are not in this order, and can come next.
pub fn left_at_last<S: Spec>(history: &History<S>, must: &[Vec<bool>], order: &[usize]) -> Vec<usize> {
    let all = 0..history.operations().len();
    let left: Vec<usize> =
        all.filter(|&operation| returned(history, operation) && !order.contains(&operation)).collect();
    left.iter().copied().filter(|&later| left.iter().all(|&earlier| !must[earlier][later])).collect()
}
