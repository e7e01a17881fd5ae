//! A history gets the verdict that the criterion's definition gives, with an order that explains it or a reason why there is
//! none: on random histories, and on those that tell the criteria apart.

// Nothing of it depends on the backend.
#![cfg(not(any(loom, raddle_std)))]

mod judging;

use judging::{
    Best, Bounded, Cells, CellsCall, Draw, Failing, Queue, QueueCall, QueueRet, best, draw, explains, has_no_intervals,
    left_at_last, must_precede, states_after,
};
use raddle::check::{Criterion, History, Operation, Outcome, Spec, Verdict, Witness, judge};

const CRITERIA: [Criterion; 3] =
    [Criterion::Linearizable, Criterion::SequentiallyConsistent, Criterion::QuiescentlyConsistent];

/// Random histories for each spec.
const HISTORIES: u64 = 30_000;

/// More than any search here takes.
const STEPS_MAX: u64 = 1_000_000;

/// Which histories there were.
#[derive(Debug, Default)]
struct Seen {
    holds: [u64; 3],
    violations: [u64; 3],
    /// By which criteria they are right: each bit is one.
    by: [u64; 8],
    pending: u64,
    blocked: u64,
    no_intervals: u64,
}

/// Judges random histories, and holds each verdict against the definitions.
fn agree<S: Draw>(seed: u64) -> Seen {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut seen = Seen::default();
    for number in 0..HISTORIES {
        let right = number % 3 == 0;
        let history = draw::<S>(&mut rng, right);
        let has = |outcome| history.operations().iter().any(|operation| operation.outcome == outcome);
        seen.pending += u64::from(has(Outcome::Pending));
        seen.blocked += u64::from(has(Outcome::Blocked));
        seen.no_intervals += u64::from(has_no_intervals(&history));
        let mut by = 0;
        for (index, criterion) in CRITERIA.into_iter().enumerate() {
            let must = must_precede(&history, criterion);
            match judge(&history, criterion, STEPS_MAX) {
                Verdict::Holds(order) => {
                    assert!(explains(&history, &must, &order), "{criterion:?}: {order:?} for {history:#?}");
                    seen.holds[index] += 1;
                    by |= 1 << index;
                }
                Verdict::Violation(witness) => {
                    assert!(!right, "{criterion:?}: {witness}\n{history:#?}");
                    witnesses(&witness, &history, &must);
                    seen.violations[index] += 1;
                }
                Verdict::Unknown(why) => panic!("{why}: {history:#?}"),
            }
        }
        seen.by[by] += 1;
    }
    seen
}

/// The history without what is about other parts, the numbers that its operations have in the whole, and its order.
fn only<S: Spec>(part: u64, history: &History<S>, must: &[Vec<bool>]) -> (History<S>, Vec<usize>, Vec<Vec<bool>>) {
    let of_part = |&index: &usize| S::part(&history.operations()[index].call) == Some(part);
    let kept: Vec<usize> = (0..must.len()).filter(of_part).collect();
    let operations = kept.iter().map(|&index| history.operations()[index].clone()).collect();
    let must = kept.iter().map(|&earlier| kept.iter().map(|&later| must[earlier][later]).collect()).collect();
    (History::new(operations, |earlier, later| history.precedes(kept[earlier], kept[later])), kept, must)
}

/// Checks all that is said of a witness. It is one for the first wrong part, if there is one.
fn witnesses<S: Draw>(witness: &Witness<S>, history: &History<S>, must: &[Vec<bool>]) {
    let mut judged = (history.clone(), (0..must.len()).collect::<Vec<_>>(), must.to_vec());
    if witness.criterion == Criterion::Linearizable {
        let mut parts = (0..2).map(|part| only(part, history, must));
        judged = parts.find(|(part, _, must)| best(part, must) != Best::Explanation).unwrap_or(judged);
    }
    let (of_part, kept, part_must) = judged;
    let found = best(&of_part, &part_must);
    let place = |index: usize| kept.iter().position(|&other| other == index).unwrap();
    let order: Vec<usize> = witness.explained.iter().map(|replayed| place(replayed.index)).collect();

    let mut states = vec![S::default()];
    for replayed in &witness.explained {
        let call = &replayed.operation.call;
        assert_eq!(*call, history.operations()[replayed.index].call);
        match &replayed.operation.outcome {
            Outcome::Returned(ret) => assert_eq!(replayed.due.as_ref(), Some(ret)),
            Outcome::Pending => assert!(states.iter().any(|state| state.clone().step(call) == replayed.due)),
            Outcome::Blocked => panic!("a blocked call is explained: {witness}"),
        }
        states = states_after(&states, &replayed.operation);
    }
    assert!(states.contains(&witness.state));
    let state = &witness.state;
    let returned =
        witness.explained.iter().filter(|replayed| matches!(replayed.operation.outcome, Outcome::Returned(_))).count();
    let others = witness.explained.len() - returned;
    assert_eq!(found, Best::Explains { returned, others }, "{witness}\n{history:#?}");

    let left = left_at_last(&of_part, &part_must, &order);
    let wrong: Vec<usize> = witness.wrong.iter().map(|replayed| place(replayed.index)).collect();
    assert!(!wrong.is_empty(), "nothing is wrong: {history:#?}");
    for replayed in &witness.wrong {
        assert_eq!(replayed.due, state.clone().step(&replayed.operation.call));
        match &replayed.operation.outcome {
            Outcome::Returned(ret) => assert_ne!(replayed.due.as_ref(), Some(ret)),
            Outcome::Pending => panic!("a pending call is wrong: {witness}"),
            Outcome::Blocked => assert!(left.is_empty() && replayed.due.is_some()),
        }
    }
    if !left.is_empty() {
        assert_eq!(wrong, left);
    }
}

/// Enough of everything, or the agreement says little.
fn assert_seen(seen: &Seen) {
    let least = seen.holds.iter().chain(&seen.violations).chain([&seen.pending, &seen.no_intervals]).min();
    // Bit 0 is linearizability, which implies the others; these do not imply each other.
    assert_eq!([seen.by[1], seen.by[3], seen.by[5]], [0; 3], "{seen:?}");
    assert!([seen.by[2], seen.by[4], seen.by[6]].iter().all(|&count| count > HISTORIES / 1000), "{seen:?}");
    assert!(least.is_some_and(|&least| least > HISTORIES / 20), "{seen:?}");
}

#[test]
fn a_queue_is_judged_as_by_definition() {
    assert_seen(&agree::<Queue>(1));
}

#[test]
fn a_queue_that_waits_is_judged_as_by_definition() {
    let seen = agree::<Bounded>(2);
    assert_seen(&seen);
    assert!(seen.blocked > HISTORIES / 10, "{seen:?}");
}

#[test]
fn a_queue_whose_calls_may_fail_is_judged_as_by_definition() {
    let seen = agree::<Failing>(6);
    assert_seen(&seen);
    assert!(seen.blocked > HISTORIES / 20, "{seen:?}");
}

#[test]
fn cells_are_judged_as_by_definition() {
    let seen = agree::<Cells<false>>(3);
    assert_seen(&seen);
    assert!(seen.blocked > HISTORIES / 10, "{seen:?}");
}

#[test]
fn cells_judged_part_by_part_are_judged_as_by_definition() {
    let seen = agree::<Cells<true>>(4);
    assert_seen(&seen);
    assert!(seen.blocked > HISTORIES / 10, "{seen:?}");
}

#[test]
fn with_fewer_steps_the_verdict_is_the_same_or_unknown() {
    let mut rng = fastrand::Rng::with_seed(5);
    for _ in 0..500 {
        let history = draw::<Cells<true>>(&mut rng, false);
        for criterion in CRITERIA {
            let full = format!("{:?}", judge(&history, criterion, STEPS_MAX));
            let verdicts = (0..1000).map(|steps_max| judge(&history, criterion, steps_max));
            let unknown = verdicts.take_while(|verdict| matches!(verdict, Verdict::Unknown(_))).count() as u64;
            for steps_max in [unknown, unknown + 1, unknown + 100] {
                assert_eq!(format!("{:?}", judge(&history, criterion, steps_max)), full);
            }
        }
    }
}

fn returned<S: Spec>(thread: usize, call: S::Call, ret: S::Ret) -> Operation<S> {
    Operation { thread, call, outcome: Outcome::Returned(ret) }
}

fn blocked<S: Spec>(thread: usize, call: S::Call) -> Operation<S> {
    Operation { thread, call, outcome: Outcome::Blocked }
}

fn pending<S: Spec>(thread: usize, call: S::Call) -> Operation<S> {
    Operation { thread, call, outcome: Outcome::Pending }
}

fn push(thread: usize, value: u32) -> Operation<Queue> {
    returned(thread, QueueCall::Push(value), QueueRet::Pushed)
}

fn pop(thread: usize, value: impl Into<Option<u32>>) -> Operation<Queue> {
    returned(thread, QueueCall::Pop, QueueRet::Popped(value.into()))
}

/// Whether each criterion, in the order of `CRITERIA`, says that the history is right.
fn right<S: Draw>(history: &History<S>) -> [bool; 3] {
    CRITERIA.map(|criterion| match judge(history, criterion, STEPS_MAX) {
        Verdict::Holds(order) => {
            assert!(explains(history, &must_precede(history, criterion), &order));
            true
        }
        Verdict::Violation(_) => false,
        Verdict::Unknown(why) => panic!("{why}"),
    })
}

fn why_not<S: Spec + std::fmt::Debug>(history: &History<S>, criterion: Criterion) -> String {
    match judge(history, criterion, STEPS_MAX) {
        Verdict::Violation(witness) => witness.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn pushes_that_overlap_can_take_effect_in_either_order() {
    // As the first queue history of Herlihy and Wing.
    let history = History::of_intervals(vec![
        (push(1, 1), [0, 4]),
        (push(2, 2), [1, 3]),
        (pop(2, 1), [5, 7]),
        (pop(1, 2), [6, 8]),
        (push(1, 3), [9, 10]),
    ]);
    assert_eq!(right(&history), [true, true, true]);
}

#[test]
fn a_push_is_no_later_than_its_return() {
    // As the second: 2 comes out although 1 was there first. The threads alone could have been in another order.
    let history = History::of_intervals(vec![(push(1, 1), [0, 1]), (push(2, 2), [2, 4]), (pop(2, 2), [5, 6])]);
    assert_eq!(right(&history), [false, true, false]);
}

#[test]
fn a_pop_can_return_what_a_running_push_pushes() {
    // As the third.
    let history = History::of_intervals(vec![(push(1, 1), [0, 9]), (pop(2, 1), [1, 2])]);
    assert_eq!(right(&history), [true, true, true]);
}

#[test]
fn a_value_comes_out_once() {
    // As the fourth.
    let history = History::of_intervals(vec![
        (push(1, 1), [0, 3]),
        (push(2, 2), [1, 4]),
        (pop(1, 2), [5, 7]),
        (pop(3, 2), [6, 8]),
    ]);
    assert_eq!(right(&history), [false, false, false]);
    assert_eq!(
        why_not(&history, Criterion::Linearizable),
        "\
No order of the calls in real time explains what came of them. As far as it goes:
  thread 2  Push(2) -> Pushed
  thread 1  Push(1) -> Pushed
  thread 1  Pop -> Popped(Some(2))
then:
  thread 3  Pop returned Popped(Some(2)), where Popped(Some(1)) was due"
    );
}

#[test]
fn quiescent_consistency_forgets_the_order_within_a_thread() {
    // The first thread's call keeps it busy all the while.
    let history = History::of_intervals(vec![
        (push(1, 3), [0, 9]),
        (push(2, 1), [1, 2]),
        (push(2, 2), [3, 4]),
        (pop(3, 2), [10, 11]),
        (pop(3, 1), [12, 13]),
        (pop(3, 3), [14, 15]),
    ]);
    assert_eq!(right(&history), [false, false, true]);
}

#[test]
fn quiet_moments_keep_order() {
    let history = History::of_intervals(vec![(push(1, 1), [0, 1]), (pop(2, None), [2, 3])]);
    assert_eq!(right(&history), [false, true, false]);
    assert_eq!(
        why_not(&history, Criterion::QuiescentlyConsistent),
        "\
No order of the calls that keeps to the quiet moments between them explains what came of them. As far as it goes:
  thread 1  Push(1) -> Pushed
then:
  thread 2  Pop returned Popped(None), where Popped(Some(1)) was due"
    );
}

#[test]
fn a_call_that_never_returns_leaves_no_quiet_moment() {
    let mut operations = vec![(push(1, 1), [1, 2]), (push(1, 2), [3, 4]), (pop(1, 2), [5, 6])];
    assert_eq!(right(&History::of_intervals(operations.clone())), [false, false, false]);
    operations.push((pending(2, QueueCall::Pop), [0, u64::MAX]));
    assert_eq!(right(&History::of_intervals(operations.clone())), [true, true, true]);
    // What the pending call takes it takes once: 1 is gone, by whatever criterion.
    operations.push((pop(1, 1), [7, 8]));
    assert_eq!(right(&History::of_intervals(operations)), [false, false, true]);
}

fn cells<const PARTS: bool>(thread: usize, call: CellsCall, ret: u32) -> Operation<Cells<PARTS>> {
    returned(thread, call, ret)
}

/// Two threads; each sets a cell, and does not see what the other has set. Only a thread's own calls are in order.
fn store_buffering<const PARTS: bool>() -> History<Cells<PARTS>> {
    let operations = vec![
        cells(1, CellsCall::Swap(0, 1), 0),
        cells(1, CellsCall::Get(1), 0),
        cells(2, CellsCall::Swap(1, 1), 0),
        cells(2, CellsCall::Get(0), 0),
    ];
    History::new(operations, |earlier, later| (earlier, later) == (0, 1) || (earlier, later) == (2, 3))
}

#[test]
fn parts_that_are_right_can_make_a_wrong_whole() {
    // Each cell for itself is right by every criterion. No choice of starts and returns gives this order in time.
    let whole = store_buffering::<true>();
    for kept in [[0, 3], [1, 2]] {
        let operations = kept.map(|index| whole.operations()[index].clone()).to_vec();
        assert_eq!(right(&History::new(operations, |_, _| false)), [true, true, true]);
    }
    assert_eq!(right(&whole), [false, false, true]);
    assert_eq!(right(&store_buffering::<false>()), [false, false, true]);
}

fn many_right_and_one_wrong<const PARTS: bool>() -> History<Cells<PARTS>> {
    let mut operations: Vec<_> = (1..=12).map(|thread| cells(thread, CellsCall::Get(0), 0)).collect();
    operations.push(cells(13, CellsCall::Get(1), 1));
    History::new(operations, |_, _| false)
}

#[test]
fn what_is_right_elsewhere_costs_a_part_nothing() {
    let by_parts = judge(&many_right_and_one_wrong::<true>(), Criterion::Linearizable, 13);
    assert!(matches!(by_parts, Verdict::Violation(_)), "{by_parts:?}");
    // All sets of the others are tried.
    let as_a_whole = judge(&many_right_and_one_wrong::<false>(), Criterion::Linearizable, 1 << 12);
    assert!(matches!(as_a_whole, Verdict::Unknown(_)), "{as_a_whole:?}");
}

#[test]
fn a_wrong_part_is_told_of_alone() {
    let history = History::<Cells<true>>::of_intervals(vec![
        (cells(0, CellsCall::Swap(0, 1), 0), [0, 1]),
        (cells(0, CellsCall::Swap(1, 2), 0), [2, 3]),
        (cells(1, CellsCall::Take(1), 2), [4, 9]),
        (cells(2, CellsCall::Take(1), 2), [5, 8]),
    ]);
    assert_eq!(
        why_not(&history, Criterion::Linearizable),
        "\
No order of the calls in real time explains what came of them. As far as it goes:
  main      Swap(1, 2) -> 0
  thread 1  Take(1) -> 2
then:
  thread 2  Take(1) returned 2, where it should have waited"
    );
}

#[test]
fn a_lost_wake_up_is_a_violation() {
    let push = returned(1, QueueCall::Push(1), QueueRet::Pushed);
    let history = History::<Bounded>::new(vec![push.clone(), blocked(2, QueueCall::Pop)], |_, _| false);
    assert_eq!(right(&history), [false, false, false]);
    assert_eq!(
        why_not(&history, Criterion::Linearizable),
        "\
No order of the calls in real time explains what came of them. As far as it goes:
  thread 1  Push(1) -> Pushed
then:
  thread 2  Pop waits for ever, where Popped(Some(1)) was due"
    );
    // With nothing to pop it is right to wait, and also if a call that has not returned can have popped.
    assert_eq!(right(&History::<Bounded>::new(vec![blocked(2, QueueCall::Pop)], |_, _| false)), [true; 3]);
    let operations = vec![push, blocked(2, QueueCall::Pop), pending(3, QueueCall::Pop)];
    assert_eq!(right(&History::<Bounded>::new(operations, |_, _| false)), [true; 3]);
}

#[test]
fn a_call_may_fail_where_the_spec_says_so_and_nowhere_else() {
    let push = (returned::<Failing>(1, QueueCall::Push(1), QueueRet::Pushed), [0, 3]);
    let gives_up = (returned(2, QueueCall::Pop, QueueRet::Popped(None)), [1, 2]);
    assert_eq!(right(&History::of_intervals(vec![push.clone(), gives_up.clone()])), [true; 3]);
    // The push that is over may have been lost; but only one value can be lost and come out nevertheless.
    let late = |call: (Operation<Failing>, [u64; 2])| (call.0, [4, 5]);
    assert_eq!(right(&History::of_intervals(vec![push.clone(), late(gives_up.clone())])), [true; 3]);
    let pop = (returned(2, QueueCall::Pop, QueueRet::Popped(Some(1))), [6, 7]);
    let history = History::of_intervals(vec![push, late(gives_up), pop]);
    assert_eq!(right(&history), [false, true, false]);
    assert_eq!(
        why_not(&history, Criterion::Linearizable),
        "\
No order of the calls in real time explains what came of them. As far as it goes:
  thread 1  Push(1) -> Pushed
  thread 2  Pop -> Popped(None)
then:
  thread 2  Pop returned Popped(Some(1)), where it should have waited"
    );
}

#[test]
fn one_order_is_for_all_blocked_calls() {
    // Whether cell 0 is full at last is open, so each of the two calls can be right to wait, but not both.
    let both = [blocked(2, CellsCall::Take(0)), blocked(3, CellsCall::Fill(0))];
    let history = |blocked: &[Operation<Cells<true>>]| {
        History::new([&[pending(1, CellsCall::Fill(0))], blocked].concat(), |_, _| false)
    };
    assert_eq!(right(&history(&both[..1])), [true; 3]);
    assert_eq!(right(&history(&both[1..])), [true; 3]);
    assert_eq!(right(&history(&both)), [false; 3]);
}

#[test]
fn hundreds_of_operations_are_judged() {
    // Of two pops during each push, one gets the value.
    let rounds = (0..100u32).flat_map(|round| {
        let operations = [push(1, round), pop(2, None), pop(3, round)];
        let start = 10 * u64::from(round);
        operations.into_iter().zip([[start, start + 3], [start + 1, start + 5], [start + 2, start + 4]])
    });
    let mut operations: Vec<_> = rounds.collect();
    assert_eq!(operations.len(), 300);
    let history = History::of_intervals(operations.clone());
    let Verdict::Holds(order) = judge(&history, Criterion::Linearizable, 1000) else { panic!() };
    assert!(explains(&history, &must_precede(&history, Criterion::Linearizable), &order));
    for criterion in CRITERIA {
        assert!(matches!(judge(&history, criterion, 1000), Verdict::Holds(order) if order.len() == 300));
    }
    operations[152].0 = pop(3, 51);
    let wrong = History::of_intervals(operations);
    for criterion in [Criterion::Linearizable, Criterion::QuiescentlyConsistent] {
        let Verdict::Violation(witness) = judge(&wrong, criterion, 10_000) else { panic!() };
        assert_eq!(witness.explained.len(), 152);
        assert_eq!(witness.wrong.iter().map(|replayed| replayed.index).collect::<Vec<_>>(), [152]);
    }
}

#[test]
fn without_steps_nothing_is_known() {
    let verdict = judge(&History::of_intervals(vec![(push(1, 1), [0, 1])]), Criterion::Linearizable, 0);
    let Verdict::Unknown(why) = verdict else { panic!("{verdict:?}") };
    assert_eq!(why, "no verdict after 0 steps of the spec");
    let nothing = History::<Queue>::new(Vec::new(), |_, _| false);
    assert!(matches!(judge(&nothing, Criterion::Linearizable, 0), Verdict::Holds(order) if order.is_empty()));
}
