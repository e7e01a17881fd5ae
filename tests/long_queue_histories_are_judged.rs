//! The queue monitor says the same as a search through all sequential orders, and names operations that show what is wrong.

// Histories as data: nothing in it runs on a backend.
#![cfg(not(loom))]

use std::collections::HashSet;

use raddle::check::QueueCall::{Full, Pop, Push};
use raddle::check::{
    Named, Passage, QueueCall, QueueOperation, QueueVerdict, QueueViolation, judge_bounded_queue, judge_queue,
};

const PENDING: u64 = QueueOperation::PENDING;

fn operation(call: QueueCall, called: u64, returned: u64) -> QueueOperation {
    QueueOperation { thread: 1, call, called, returned }
}

/// The oracle: tries every order in which the operations of a small history can have happened.
struct Search<'h> {
    history: &'h [QueueOperation],
    capacity: usize,
    /// For each operation, those that precede it.
    before: Vec<u32>,
    /// Operations that have happened, and the queue then: four bits a value, the oldest lowest.
    seen: HashSet<(u32, u32)>,
}

impl<'h> Search<'h> {
    fn explains(history: &'h [QueueOperation], capacity: usize) -> bool {
        let precede = |later: &QueueOperation| {
            let earlier = history.iter().enumerate().filter(|(_, earlier)| earlier.returned < later.called);
            earlier.fold(0, |set, (index, _)| set | 1 << index)
        };
        let before = history.iter().map(precede).collect();
        Self { history, capacity, before, seen: HashSet::new() }.goes_on(0, 0)
    }

    fn goes_on(&mut self, happened: u32, queue: u32) -> bool {
        let is_left = |index: usize| happened >> index & 1 == 0;
        if (0..self.history.len()).all(|index| !is_left(index) || self.history[index].returned == PENDING) {
            return true;
        }
        if !self.seen.insert((happened, queue)) {
            return false;
        }
        let len = (u32::BITS - queue.leading_zeros()).div_ceil(4) as usize;
        (0..self.history.len()).any(|index| {
            if !is_left(index) || self.before[index] & !happened != 0 {
                return false;
            }
            let QueueOperation { call, returned, .. } = self.history[index];
            let after = match call {
                Push(value) if len < self.capacity => Some(queue | (value as u32) << (4 * len)),
                Full if len >= self.capacity || returned == PENDING => Some(queue),
                Pop(_) if returned == PENDING => Some(queue >> 4),
                Pop(Some(value)) if len > 0 && u64::from(queue & 15) == value => Some(queue >> 4),
                Pop(None) if len == 0 => Some(queue),
                _ => None,
            };
            after.is_some_and(|queue| self.goes_on(happened | 1 << index, queue))
        })
    }
}

/// Histories drawn from a seed.
struct Histories(fastrand::Rng);

impl Histories {
    /// Up to seven operations with any times, few so that some are equal.
    fn any(&mut self) -> Vec<QueueOperation> {
        let rng = &mut self.0;
        let (count, end) = (rng.u64(1..=7), rng.u64(3..=16));
        let (mut pushed, mut popped) = (0, 0);
        (0..count)
            .map(|_| {
                let call = match rng.u8(0..16) {
                    0..8 => {
                        pushed += 1;
                        Push(pushed)
                    }
                    8..13 => {
                        popped += 1;
                        // Mostly in the order of their numbers, and mostly once.
                        Pop(Some(if rng.u8(0..4) == 0 { rng.u64(1..=4) } else { popped }))
                    }
                    13..15 => Pop(None),
                    _ => Full,
                };
                let called = rng.u64(0..end);
                let returned = if rng.u8(0..8) == 0 { PENDING } else { rng.u64(called..end) };
                operation(call, called, returned)
            })
            .collect()
    }

    /// What a queue with this room did, at times 10, 20, ..., with intervals around these; then perhaps one thing changed.
    fn nearly_right(&mut self, capacity: usize) -> Vec<QueueOperation> {
        let rng = &mut self.0;
        let (mut queue, mut pushed) = (Vec::new(), 0);
        let mut history: Vec<QueueOperation> = (1..=rng.u64(1..=7))
            .map(|time| {
                let call = if rng.bool() {
                    if queue.len() < capacity {
                        pushed += 1;
                        queue.push(pushed);
                        Push(pushed)
                    } else {
                        Full
                    }
                } else {
                    Pop((!queue.is_empty()).then(|| queue.remove(0)))
                };
                // Multiples of five, for equal times.
                let (called, returned) = (10 * time - 5 * rng.u64(0..=2), 10 * time + 5 * rng.u64(0..=4));
                operation(call, called, if rng.u8(0..8) == 0 { PENDING } else { returned })
            })
            .collect();
        if rng.bool() {
            let changed = rng.usize(0..history.len());
            let other = rng.usize(0..history.len());
            match rng.u8(0..3) {
                0 => {
                    let calls = [history[changed].call, history[other].call];
                    [history[other].call, history[changed].call] = calls;
                }
                1 => history[changed].called = (history[changed].called + 20).min(history[changed].returned),
                _ => drop(history.remove(changed)),
            }
        }
        rng.shuffle(&mut history);
        history
    }
}

/// Which of the things that histories differ in there were.
#[derive(Debug, Default)]
struct Met {
    right: usize,
    wrong: usize,
    pending: usize,
    empties: usize,
    ties: usize,
}

impl Met {
    fn count(&mut self, history: &[QueueOperation], is_right: bool) {
        let any = |is_so: &dyn Fn(&QueueOperation) -> bool| usize::from(history.iter().any(is_so));
        *(if is_right { &mut self.right } else { &mut self.wrong }) += 1;
        self.pending += any(&|operation| operation.is_pending());
        self.empties += any(&|operation| operation.call == Pop(None) && !operation.is_pending());
        self.ties += any(&|one| history.iter().any(|other| one.returned == other.called && one != other));
    }
}

/// The operations that a violation names.
fn named(violation: &QueueViolation) -> Vec<Named> {
    let of = |passage: &Passage| [Some(passage.push), passage.pop].into_iter().flatten().collect::<Vec<_>>();
    match violation {
        QueueViolation::NeverPushed(pop) => vec![*pop],
        QueueViolation::PoppedTwice(pops) => pops.to_vec(),
        QueueViolation::PoppedBeforePush { push, pop } => vec![*push, *pop],
        QueueViolation::Overtaken { first, second } => [of(first), of(second)].concat(),
        QueueViolation::NotEmpty { pop, inside } => {
            [vec![*pop], inside.iter().flat_map(of).collect::<Vec<_>>()].concat()
        }
        QueueViolation::OverCapacity { inside, .. } => inside.iter().flat_map(of).collect(),
        QueueViolation::NotFull { push, .. } => vec![*push],
    }
}

/// The named operations, which must be those of the history.
fn part(history: &[QueueOperation], violation: &QueueViolation) -> Vec<QueueOperation> {
    let named = named(violation);
    named.iter().for_each(|named| assert_eq!(history[named.index], named.operation, "{violation}"));
    named.iter().map(|named| named.operation).collect()
}

#[test]
fn the_monitor_agrees_with_a_search_on_two_hundred_thousand_histories() {
    let mut histories = Histories(fastrand::Rng::with_seed(1));
    let mut met = Met::default();
    for number in 0..200_000 {
        let mut history = if number % 2 == 0 { histories.any() } else { histories.nearly_right(usize::MAX) };
        history.retain(|operation| operation.call != Full);
        let is_right = Search::explains(&history, usize::MAX);
        met.count(&history, is_right);
        match judge_queue(&history) {
            QueueVerdict::Linearizable => assert!(is_right, "{history:#?}"),
            QueueVerdict::Violation(violation) => {
                assert!(!is_right, "{violation}\n{history:#?}");
                let part = part(&history, &violation);
                assert!(!Search::explains(&part, usize::MAX), "what is named is wrong by itself: {violation}");
            }
            verdict => panic!("{verdict} {history:#?}"),
        }
    }
    let Met { right, wrong, pending, empties, ties } = met;
    assert!([right, wrong, pending, empties, ties].iter().all(|&times| times >= 50_000), "{met:?}");
}

#[test]
fn with_a_capacity_there_is_no_false_alarm_and_most_violations_are_found() {
    let mut histories = Histories(fastrand::Rng::with_seed(2));
    let (mut met, mut missed, mut by_capacity) = (Met::default(), 0, [0; 2]);
    for number in 0..100_000 {
        let capacity = 1 + number / 2 % 3;
        let history = if number % 2 == 0 { histories.any() } else { histories.nearly_right(capacity) };
        let is_right = Search::explains(&history, capacity);
        met.count(&history, is_right);
        match judge_bounded_queue(&history, capacity) {
            QueueVerdict::NoneFound => missed += usize::from(!is_right),
            QueueVerdict::Violation(violation) => {
                assert!(!is_right, "{violation}\n{capacity}: {history:#?}");
                let part = part(&history, &violation);
                match violation {
                    QueueViolation::OverCapacity { .. } => by_capacity[0] += 1,
                    // What is not there can't be named.
                    QueueViolation::NotFull { .. } => {
                        by_capacity[1] += 1;
                        continue;
                    }
                    _ => {}
                }
                assert!(!Search::explains(&part, capacity), "what is named is wrong by itself: {violation}");
            }
            verdict => panic!("{verdict} {history:#?}"),
        }
    }
    assert!(met.right >= 20_000 && met.wrong >= 20_000, "{met:?}");
    assert!(by_capacity.iter().all(|&times| times >= 1_000), "{by_capacity:?}");
    assert!(missed > 0 && missed * 100 < met.wrong, "{missed} missed of {met:?}");
}

/// The violation in a history, as text.
fn shown(history: &[QueueOperation]) -> String {
    match judge_queue(history) {
        QueueVerdict::Violation(violation) => violation.to_string(),
        verdict => panic!("{verdict}"),
    }
}

#[test]
fn a_value_that_was_never_pushed_is_named() {
    let history = [operation(Push(1), 0, 1), operation(Pop(Some(2)), 2, 3)];
    insta::assert_snapshot!(shown(&history), @"
    a value was popped that was never pushed:
      operation 1, thread 1: pop -> 2 [2, 3]
    ");
}

#[test]
fn a_value_that_was_popped_twice_is_named() {
    let history = [operation(Pop(Some(1)), 0, 3), operation(Push(1), 1, 2), operation(Pop(Some(1)), 2, 4)];
    insta::assert_snapshot!(shown(&history), @"
    a value was popped twice:
      operation 0, thread 1: pop -> 1 [0, 3]
      operation 2, thread 1: pop -> 1 [2, 4]
    ");
}

#[test]
fn a_value_that_was_popped_before_its_push_is_named() {
    let mut history = [operation(Pop(Some(1)), 0, 1), operation(Push(1), 2, PENDING)];
    insta::assert_snapshot!(shown(&history), @"
    a value had been popped before its push was called:
      operation 1, thread 1: push(1), pending since 2
      operation 0, thread 1: pop -> 1 [0, 1]
    ");
    history[0].returned = 2;
    assert_eq!(judge_queue(&history), QueueVerdict::Linearizable, "at equal times they are concurrent");
}

#[test]
fn two_values_in_the_wrong_order_are_named() {
    let mut history = [
        operation(Push(9), 0, 9),
        operation(Push(1), 0, 1),
        operation(Push(2), 2, 3),
        operation(Pop(Some(2)), 4, 5),
        operation(Pop(Some(1)), 6, 7),
    ];
    insta::assert_snapshot!(shown(&history), @"
    a value was pushed after another and popped before it:
      operation 1, thread 1: push(1) [0, 1]
        operation 4, thread 1: pop -> 1 [6, 7]
      operation 2, thread 1: push(2) [2, 3]
        operation 3, thread 1: pop -> 2 [4, 5]
    ");
    history[4].call = Pop(None);
    history[4].returned = PENDING;
    insta::assert_snapshot!(shown(&history), @"
    a value was pushed after another and popped before it:
      operation 1, thread 1: push(1) [0, 1]
        operation 4, thread 1: pop, pending since 6
      operation 2, thread 1: push(2) [2, 3]
        operation 3, thread 1: pop -> 2 [4, 5]
    ");
    history[4].called = 5;
    assert_eq!(judge_queue(&history), QueueVerdict::Linearizable, "the pending pop may have popped 1 first");
}

#[test]
fn values_that_together_cover_an_empty_pop_are_named() {
    let mut history = [
        operation(Pop(None), 2, 9),
        operation(Push(1), 0, 1),
        operation(Pop(Some(1)), 5, 6),
        operation(Push(2), 0, 4),
        operation(Push(3), 0, 5),
        operation(Pop(Some(2)), 10, 11),
    ];
    insta::assert_snapshot!(shown(&history), @"
    a pop found the queue empty, and at each moment a value was inside:
      operation 0, thread 1: pop -> empty [2, 9]
      operation 1, thread 1: push(1) [0, 1]
        operation 2, thread 1: pop -> 1 [5, 6]
      operation 3, thread 1: push(2) [0, 4]
        operation 5, thread 1: pop -> 2 [10, 11]
    ");
    history[3].returned = 5;
    assert_eq!(judge_queue(&history), QueueVerdict::Linearizable, "at 5 it may be empty");
}

#[test]
fn a_value_that_is_left_is_inside_after_the_last_push_and_pop() {
    let history = [operation(Push(1), 0, 1), operation(Pop(None), 10, 11)];
    insta::assert_snapshot!(shown(&history), @"
    a pop found the queue empty, and at each moment a value was inside:
      operation 1, thread 1: pop -> empty [10, 11]
      operation 0, thread 1: push(1) [0, 1]
        never popped
    ");
}

#[test]
fn a_long_cover_is_shown_in_part() {
    let chain = (0..20).flat_map(|value| {
        let pop = operation(Pop(Some(value)), 10 * value + 15, 10 * value + 16);
        [operation(Push(value), 0, 10 * value), pop]
    });
    let history: Vec<_> = chain.chain([operation(Pop(None), 1, 200)]).collect();
    let shown = shown(&history);
    assert!(shown.ends_with("\n  and 12 more"), "{shown}");
    assert!(shown.lines().count() < 20, "{shown}");
}

#[test]
fn a_value_that_was_pushed_twice_is_ambiguous() {
    let history = [operation(Push(1), 0, 1), operation(Pop(Some(1)), 2, 3), operation(Push(1), 4, PENDING)];
    let verdict = judge_queue(&history);
    assert!(matches!(verdict, QueueVerdict::Ambiguous([Named { index: 0, .. }, Named { index: 2, .. }])));
    insta::assert_snapshot!(verdict, @"
    ambiguous: one value was pushed twice
      operation 0, thread 1: push(1) [0, 1]
      operation 2, thread 1: push(1), pending since 4
    ");
}

#[test]
fn more_values_than_places_and_a_full_queue_with_room_are_named() {
    let mut history = [operation(Push(1), 0, 1), operation(Push(2), 2, 3), operation(Full, 4, 5)];
    assert_eq!(judge_bounded_queue(&history, 2), QueueVerdict::NoneFound);
    insta::assert_snapshot!(judge_bounded_queue(&history, 1), @"
    at one moment 2 values were inside, with room for 1:
      operation 0, thread 1: push(1) [0, 1]
        never popped
      operation 1, thread 1: push(2) [2, 3]
        never popped
    ");
    insta::assert_snapshot!(judge_bounded_queue(&history, 3), @"
    a push found the queue full, with at most 2 values inside and room for 3:
      operation 2, thread 1: push -> full [4, 5]
    ");
    history[1].returned = PENDING;
    assert_eq!(judge_bounded_queue(&history, 1), QueueVerdict::NoneFound);
    assert_eq!(judge_bounded_queue(&history, 2), QueueVerdict::NoneFound);
}
