//! Is this long history one of a queue? Told by sorting, without a search.
//!
//! Where every pushed value is another, a first-in-first-out queue leaves no choice to search: a value has one push and
//! one pop. What can be wrong is then one of four things, each of which shows in a few operations. For a value `v` let
//! `push(v)` and `pop(v)` be the intervals from call to return. An operation precedes another if its interval ends before
//! the other's begins; equal times precede nothing. The history is wrong just if
//!
//! 0. a value is popped that was never pushed, or is popped twice; or
//! 1. a value's pop precedes its push; or
//! 2. `push(a)` precedes `push(b)`, and `pop(b)` precedes `pop(a)`, or `b` is popped and `a` never is; or
//! 3. a pop finds the queue empty, and at each moment of its interval some value must be inside: its push has returned and
//!    its pop is not yet called.
//!
//! Pairs are enough in 2: "precedes" is an interval order, so if `a` precedes `b` and `c` precedes `d`, then `a` precedes
//! `d` or `c` precedes `b`, and a cycle of any length has one of length two in it. In 3 the values together count, not one
//! by one: a pop over \[2, 9\] is wrong if values are inside over (1, 5) and (4, 10).
//!
//! Two sorts by time and a pass over each find 2: in the order in which pushes are called, of all values whose push has
//! returned by then only the one popped last matters. A third pass joins the intervals of 3. This takes O(n log n).
//!
//! **Pending operations.** A pending push counts from its call if its value was popped, and did not happen otherwise. A
//! pending pop may have popped a value that no other did. Such values, in the order in which their pushes returned, go to
//! the pending pops in the order of their calls. By exchange no other choice explains more: given in this order, the times
//! at which the values must be inside only shrink, and values so popped cannot overtake each other.
//!
//! **Capacity.** That values must be inside together couples their choices, and none of the sources decides it.
//! Two conditions are necessary and cheap: at no moment must more values be inside than there is room for, and when a push
//! finds the queue full, at one moment of it as many can be inside. They raise no false alarm and miss some violations.
//!
//! The sources are named at [`judge_queue`].

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::queue_verdict::{Named, Passage, QueueCall, QueueOperation, QueueVerdict, QueueViolation};

/// Judges the history of a first-in-first-out queue to which each value was pushed once.
///
/// It takes O(n log n) for n operations, in any order. [`QueueCall::Full`] says nothing here: a queue of which nothing is
/// known may refuse a value at any time.
///
/// ```
/// use raddle::check::{QueueCall::{Pop, Push}, QueueOperation, QueueVerdict, judge_queue};
///
/// let mut history = [
///     QueueOperation { thread: 1, call: Push(1), called: 0, returned: 1 },
///     QueueOperation { thread: 1, call: Push(2), called: 2, returned: 3 },
///     QueueOperation { thread: 2, call: Pop(Some(2)), called: 4, returned: 6 },
///     QueueOperation { thread: 3, call: Pop(Some(1)), called: 5, returned: 7 },
/// ];
/// assert_eq!(judge_queue(&history), QueueVerdict::Linearizable);
///
/// history[3].called = 7;
/// assert_eq!(
///     judge_queue(&history).to_string(),
///     "a value was pushed after another and popped before it:
///   operation 0, thread 1: push(1) [0, 1]
///     operation 3, thread 3: pop -> 1 [7, 7]
///   operation 1, thread 1: push(2) [2, 3]
///     operation 2, thread 2: pop -> 2 [4, 6]"
/// );
/// ```
///
/// # Sources
///
/// A history of distinct values is wrong just if it has one of four small patterns: Henzinger, Sezgin and Vafeiadis,
/// *Aspect-oriented linearizability proofs*, CONCUR 2013. That a complete history can be judged in O(n log n) is due to Lee
/// and Mathur, *Efficient decrease-and-conquer linearizability monitoring*, OOPSLA 2025
/// ([arXiv 2410.04581](https://arxiv.org/abs/2410.04581)), who remove one value after the other, and to Abdulla, Grahn,
/// Jonsson, Krishna and Mishra, *Efficient linearizability monitoring*, PLDI 2025
/// ([arXiv 2509.17795](https://arxiv.org/abs/2509.17795)), who look in a tree for an interval inside another. Raddle's own
/// are the sweep that stands in for both, what is done about pending operations, and the conditions of
/// [`judge_bounded_queue`]. They are tested against an exhaustive search.
///
/// # Panics
///
/// When an operation returned before it was called, or there are 2³² of them or more.
pub fn judge_queue(operations: &[QueueOperation]) -> QueueVerdict {
    judge(operations, None)
}

/// Looks for violations in the history of a queue with room for `capacity` values, to which each value was pushed once.
///
/// It finds all that [`judge_queue`] finds, and of those that have to do with the capacity most but not all: the answer is
/// [`QueueVerdict::NoneFound`], never [`QueueVerdict::Linearizable`].
///
/// # Panics
///
/// As [`judge_queue`].
pub fn judge_bounded_queue(operations: &[QueueOperation], capacity: usize) -> QueueVerdict {
    judge(operations, Some(capacity))
}

fn judge(operations: &[QueueOperation], capacity: Option<usize>) -> QueueVerdict {
    let (mut passages, index_of) = match Passages::of_pushes(operations) {
        Ok(passages) => passages,
        Err(twice) => return QueueVerdict::Ambiguous(twice),
    };
    if let Some(violation) = passages.add_pops(index_of) {
        return QueueVerdict::Violation(violation);
    }
    passages.give_to_pending_pops();
    let returns = passages.by_push_return();
    let violation = passages.overtaken(&returns).or_else(|| passages.not_empty(&returns));
    let violation = match capacity {
        None => violation,
        Some(capacity) => {
            violation.or_else(|| passages.over_capacity(&returns, capacity)).or_else(|| passages.not_full(capacity))
        }
    };
    match violation {
        Some(violation) => QueueVerdict::Violation(violation),
        None if capacity.is_some() => QueueVerdict::NoneFound,
        None => QueueVerdict::Linearizable,
    }
}

/// No time: what has not happened is later than all that has.
const NEVER: u64 = QueueOperation::PENDING;
/// No operation.
const NONE: u32 = u32::MAX;

/// What is known of a value.
#[derive(Clone, Copy)]
struct Times {
    push_called: u64,
    push_returned: u64,
    pop_called: u64,
    pop_returned: u64,
    push: u32,
    pop: u32,
}

impl Times {
    /// True if there is a moment at which the value must be inside. Those moments are strictly between the two times.
    fn is_ever_inside(&self) -> bool {
        self.push_returned < self.pop_called
    }
}

/// A time and the value that it is about.
type At = (u64, u32);

struct Passages<'o> {
    operations: &'o [QueueOperation],
    values: Vec<Times>,
}

impl<'o> Passages<'o> {
    /// The values as they were pushed, and the index of each; two pushes if they pushed the same.
    fn of_pushes(operations: &'o [QueueOperation]) -> Result<(Self, IndexOf), [Named; 2]> {
        assert!(operations.len() < NONE as usize, "{} operations are too many", operations.len());
        let pushes = operations.iter().filter(|operation| matches!(operation.call, QueueCall::Push(_))).count();
        let mut passages = Self { operations, values: Vec::with_capacity(pushes) };
        let mut index_of = IndexOf::with_capacity_and_hasher(pushes, BuildHasherDefault::default());
        for (push, &QueueOperation { call, called, returned, .. }) in (0..).zip(operations) {
            assert!(called <= returned, "operation {push} returned at {returned}, before it was called at {called}");
            let QueueCall::Push(value) = call else { continue };
            if let Some(same) = index_of.insert(value, passages.values.len() as u32) {
                let same = passages.values[same as usize].push;
                return Err([same, push].map(|index| passages.named(index)));
            }
            passages.values.push(Times {
                push_called: called,
                push_returned: returned,
                pop_called: NEVER,
                pop_returned: NEVER,
                push,
                pop: NONE,
            });
        }
        Ok((passages, index_of))
    }

    /// Adds the pops that have returned, unless one of them shows a violation by itself.
    fn add_pops(&mut self, index_of: IndexOf) -> Option<QueueViolation> {
        for (pop, operation) in (0..).zip(self.operations) {
            let &QueueOperation { call: QueueCall::Pop(Some(value)), called, returned, .. } = operation else {
                continue;
            };
            if operation.is_pending() {
                continue;
            }
            let Some(&index) = index_of.get(&value) else { return Some(QueueViolation::NeverPushed(self.named(pop))) };
            let times = &mut self.values[index as usize];
            if times.pop != NONE {
                let pops = [times.pop, pop].map(|index| self.named(index));
                return Some(QueueViolation::PoppedTwice(pops));
            }
            if returned < times.push_called {
                let push = times.push;
                return Some(QueueViolation::PoppedBeforePush { push: self.named(push), pop: self.named(pop) });
            }
            // The push has had its effect when the pop returns, and the pop has its effect after that.
            times.push_returned = times.push_returned.min(returned);
            times.pop_called = called.max(times.push_called);
            times.pop_returned = returned;
            times.pop = pop;
        }
        None
    }

    /// Gives values that no pop returned to pending pops, both in order of time.
    fn give_to_pending_pops(&mut self) {
        let is_pending =
            |operation: &QueueOperation| operation.is_pending() && matches!(operation.call, QueueCall::Pop(_));
        let mut pops: Vec<At> = (0..)
            .zip(self.operations)
            .filter(|(_, pop)| is_pending(pop))
            .map(|(index, pop)| (pop.called, index))
            .collect();
        if pops.is_empty() {
            return;
        }
        pops.sort_unstable();
        let left = |times: &Times| times.pop == NONE && times.push_returned < NEVER;
        let mut left: Vec<At> = (0..)
            .zip(&self.values)
            .filter(|(_, times)| left(times))
            .map(|(index, times)| (times.push_returned, index))
            .collect();
        left.sort_unstable();
        for ((_, value), (called, pop)) in left.into_iter().zip(pops) {
            let times = &mut self.values[value as usize];
            times.pop_called = called.max(times.push_called);
            times.pop = pop;
        }
    }

    /// The values that were pushed for sure, in the order in which their pushes returned.
    fn by_push_return(&self) -> Vec<At> {
        let mut returns: Vec<At> = (0..)
            .zip(&self.values)
            .filter(|(_, times)| times.push_returned < NEVER)
            .map(|(index, times)| (times.push_returned, index))
            .collect();
        returns.sort_unstable();
        returns
    }

    /// Looks for a value that was pushed after another and popped before it.
    fn overtaken(&self, returns: &[At]) -> Option<QueueViolation> {
        let mut calls: Vec<At> = (0..)
            .zip(&self.values)
            .filter(|(_, times)| times.pop_returned < NEVER)
            .map(|(index, times)| (times.push_called, index))
            .collect();
        calls.sort_unstable();
        let mut returns = returns.iter().peekable();
        // The call of the pop that was called last, of those of values whose pushes have returned, and its value.
        let mut last = (0, NONE);
        for (called, second) in calls {
            while let Some(&(_, first)) = returns.next_if(|&&(returned, _)| returned < called) {
                last = last.max((self.values[first as usize].pop_called, first));
            }
            if self.values[second as usize].pop_returned < last.0 {
                let (first, second) = (self.passage(last.1), self.passage(second));
                return Some(QueueViolation::Overtaken { first, second });
            }
        }
        None
    }

    /// Looks for a pop that found the queue empty while values were inside.
    fn not_empty(&self, returns: &[At]) -> Option<QueueViolation> {
        let is_empty = |pop: &QueueOperation| pop.call == QueueCall::Pop(None) && !pop.is_pending();
        let mut empties = self.operations.iter().enumerate().filter(|(_, pop)| is_empty(pop)).peekable();
        empties.peek()?;
        // When the queue can't have been empty: strictly between these times.
        let mut spans: Vec<[u64; 2]> = Vec::new();
        for &(start, index) in returns {
            let times = &self.values[index as usize];
            match spans.last_mut() {
                _ if !times.is_ever_inside() => {}
                Some([_, end]) if start < *end => *end = times.pop_called.max(*end),
                _ => spans.push([start, times.pop_called]),
            }
        }
        let (index, &operation) = empties.find(|(_, pop)| {
            let begun = spans.partition_point(|[start, _]| *start < pop.called);
            begun > 0 && spans[begun - 1][1] > pop.returned
        })?;
        let inside = self.cover(returns, operation.called, operation.returned);
        Some(QueueViolation::NotEmpty { pop: Named { index, operation }, inside })
    }

    /// As few values as possible, of which one is inside at each moment from `from` to `to`. There must be such.
    fn cover(&self, returns: &[At], from: u64, to: u64) -> Vec<Passage> {
        let mut returns = returns.iter().peekable();
        let mut cover = Vec::new();
        // Of the values that are inside before `covered`, the one that stays longest goes on from there.
        let (mut covered, mut longest) = (from, (0, NONE));
        while covered <= to {
            while let Some(&(_, index)) = returns.next_if(|&&(start, _)| start < covered) {
                longest = longest.max((self.values[index as usize].pop_called, index));
            }
            assert!(longest.0 > covered, "no value is inside at {covered}");
            cover.push(self.passage(longest.1));
            covered = longest.0;
        }
        cover
    }

    /// Looks for a moment at which more values are inside than there is room for.
    fn over_capacity(&self, returns: &[At], capacity: usize) -> Option<QueueViolation> {
        let inside = self.values.iter().filter(|times| times.is_ever_inside());
        let mut ends: Vec<u64> = inside.map(|times| times.pop_called).collect();
        ends.sort_unstable();
        let mut ends = ends.into_iter().peekable();
        let mut count = 0;
        for (position, &(now, index)) in returns.iter().enumerate() {
            if !self.values[index as usize].is_ever_inside() {
                continue;
            }
            count += 1;
            while ends.next_if(|&end| end <= now).is_some() {
                count -= 1;
            }
            if count > capacity {
                let begun = returns[..=position].iter();
                let inside = begun.filter(|&&(_, index)| self.values[index as usize].pop_called > now);
                let inside = inside.map(|&(_, index)| self.passage(index)).collect();
                return Some(QueueViolation::OverCapacity { capacity, inside });
            }
        }
        None
    }

    /// Looks for a push that found the queue full while there was room.
    fn not_full(&self, capacity: usize) -> Option<QueueViolation> {
        let is_full = |push: &QueueOperation| push.call == QueueCall::Full && !push.is_pending();
        let mut fulls = self.operations.iter().enumerate().filter(|(_, push)| is_full(push)).peekable();
        fulls.peek()?;
        // A value can be inside from the call of its push to the return of its pop, both included.
        let mut starts: Vec<u64> = self.values.iter().map(|times| times.push_called).collect();
        let mut ends: Vec<u64> = self.values.iter().map(|times| times.pop_returned).collect();
        starts.sort_unstable();
        ends.sort_unstable();
        // When as many values can be inside as there is room for, from and to these times. While n have ended, that is so
        // from the start of n + `capacity` on, to the end that follows.
        let mut spans: Vec<[u64; 2]> = Vec::new();
        if capacity == 0 {
            spans.push([0, NEVER]);
        } else {
            let spanned = starts.iter().skip(capacity - 1).zip(&ends).map(|(&start, &end)| [start, end]);
            spans.extend(spanned.filter(|[start, end]| start <= end));
        }
        let (index, &operation) = fulls.find(|(_, push)| {
            let ended = spans.partition_point(|[_, end]| *end < push.called);
            spans.get(ended).is_none_or(|[start, _]| *start > push.returned)
        })?;
        let count = |now: u64| {
            let begun = starts.partition_point(|&start| start <= now);
            begun - ends.partition_point(|&end| end < now)
        };
        let within = starts.iter().filter(|&&start| operation.called <= start && start <= operation.returned);
        let inside_max = within.map(|&start| count(start)).fold(count(operation.called), usize::max);
        Some(QueueViolation::NotFull { push: Named { index, operation }, capacity, inside_max })
    }

    fn named(&self, index: u32) -> Named {
        Named { index: index as usize, operation: self.operations[index as usize] }
    }

    fn passage(&self, value: u32) -> Passage {
        let Times { push, pop, .. } = self.values[value as usize];
        Passage { push: self.named(push), pop: (pop != NONE).then(|| self.named(pop)) }
    }
}

/// The index of each value.
type IndexOf = HashMap<u64, u32, BuildHasherDefault<Spread>>;

/// Hashes a number by a multiplication, whose halves are folded: values differ in their high bits or in their low ones.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are numbers")
    }

    fn write_u64(&mut self, key: u64) {
        let product = u128::from(key ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93_u128;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
