//! In one thread each queue gives the answers of a `VecDeque`, whatever the calls, the capacity (or the length of a block), the
//! payload and the lap that its positions start at.

// Outside a model: loom has nothing to explore in one thread.
#![cfg(not(loom))]

mod generated;

use std::collections::VecDeque;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use raddle::queue::{
    Consumer, ListQueue, MutexQueue, PopTimeoutError, Producer, PushTimeoutError, RingQueue, SpscRing, TryPopError,
    TryPushError,
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Call {
    TryPush,
    Push,
    PushTimeout,
    TryPop,
    Pop,
    PopTimeout,
    /// Pushes so many.
    PushMany(usize),
    /// Pops up to so many.
    PopMany(usize),
    Close,
}

impl Call {
    const BATCHES: [Self; 7] = [
        Self::PushMany(0),
        Self::PushMany(1),
        Self::PushMany(3),
        Self::PopMany(0),
        Self::PopMany(1),
        Self::PopMany(2),
        Self::PopMany(usize::MAX),
    ];

    /// How many values it brings.
    fn pushes(self) -> u32 {
        match self {
            Self::TryPush | Self::Push | Self::PushTimeout => 1,
            Self::PushMany(count) => u32::try_from(count).expect("a small batch"),
            Self::TryPop | Self::Pop | Self::PopTimeout | Self::PopMany(_) | Self::Close => 0,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Ret<T> {
    Pushed,
    Full(T),
    PushTimedOut(T),
    PushOnClosed(T),
    Popped(T),
    Empty,
    PopTimedOut,
    PopOnClosed,
    /// What a batch left.
    Left(Vec<T>),
    PoppedMany(Vec<T>),
    Done,
}

impl<T> Ret<T> {
    fn map<U>(self, payload: impl Fn(T) -> U) -> Ret<U> {
        match self {
            Ret::Pushed => Ret::Pushed,
            Ret::Full(value) => Ret::Full(payload(value)),
            Ret::PushTimedOut(value) => Ret::PushTimedOut(payload(value)),
            Ret::PushOnClosed(value) => Ret::PushOnClosed(payload(value)),
            Ret::Popped(value) => Ret::Popped(payload(value)),
            Ret::Empty => Ret::Empty,
            Ret::PopTimedOut => Ret::PopTimedOut,
            Ret::PopOnClosed => Ret::PopOnClosed,
            Ret::Left(values) => Ret::Left(values.into_iter().map(payload).collect()),
            Ret::PoppedMany(values) => Ret::PoppedMany(values.into_iter().map(payload).collect()),
            Ret::Done => Ret::Done,
        }
    }
}

/// How the queue is made.
#[derive(Clone, Copy, Debug)]
struct Start {
    capacity: usize,
    /// At the end of a block a batch of pops ends.
    block_len: usize,
    /// Where the positions of a [`RingQueue`] or a [`ListQueue`] begin.
    laps: usize,
}

/// A queue when one call runs at a time. Values are numbered in the order of the calls that push them.
#[derive(Clone, Debug)]
struct Spec {
    start: Start,
    values: VecDeque<u32>,
    closed: bool,
    pushes: u32,
    pops: usize,
    /// What the last call returned.
    ret: Ret<u32>,
}

impl Spec {
    fn new(start: Start) -> Self {
        Self { start, values: VecDeque::new(), closed: false, pushes: 0, pops: 0, ret: Ret::Done }
    }

    /// Performs `call`; `None` if it would block.
    fn step(&mut self, call: Call) -> Option<()> {
        self.ret = match call {
            Call::TryPush => self.push(Some(Ret::Full))?,
            Call::Push => self.push(None)?,
            Call::PushTimeout => self.push(Some(Ret::PushTimedOut))?,
            Call::TryPop => self.pop(Some(Ret::Empty))?,
            Call::Pop => self.pop(None)?,
            Call::PopTimeout => self.pop(Some(Ret::PopTimedOut))?,
            Call::PushMany(_) => {
                let values: Vec<u32> = (self.pushes..self.pushes + call.pushes()).collect();
                self.pushes += call.pushes();
                let room = (self.start.capacity - self.values.len()).min(values.len());
                self.values.extend(&values[..room]);
                Ret::Left(values[room..].to_vec())
            }
            Call::PopMany(limit) => {
                let left_of_block = self.start.block_len - self.pops % self.start.block_len;
                let count = limit.min(self.values.len()).min(left_of_block);
                self.pops += count;
                Ret::PoppedMany(self.values.drain(..count).collect())
            }
            Call::Close => {
                self.closed = true;
                Ret::Done
            }
        };
        Some(())
    }

    fn push(&mut self, full: Option<fn(u32) -> Ret<u32>>) -> Option<Ret<u32>> {
        let value = self.pushes;
        self.pushes += 1;
        if self.closed {
            Some(Ret::PushOnClosed(value))
        } else if self.values.len() == self.start.capacity {
            full.map(|full| full(value))
        } else {
            self.values.push_back(value);
            Some(Ret::Pushed)
        }
    }

    fn pop(&mut self, empty: Option<Ret<u32>>) -> Option<Ret<u32>> {
        match self.values.pop_front() {
            Some(value) => {
                self.pops += 1;
                Some(Ret::Popped(value))
            }
            None if self.closed => Some(Ret::PopOnClosed),
            None => empty,
        }
    }
}

/// A kind of value: with and without a size, with and without something to drop.
trait Payload: Debug + PartialEq + 'static {
    fn numbered(number: u32) -> Self;
}

impl Payload for u32 {
    fn numbered(number: u32) -> Self {
        number
    }
}

impl Payload for () {
    fn numbered(_: u32) -> Self {}
}

impl Payload for String {
    fn numbered(number: u32) -> Self {
        format!("value {number}")
    }
}

impl Payload for Box<u32> {
    fn numbered(number: u32) -> Self {
        Box::new(number)
    }
}

/// So large that the shortest of rings asks for the cache lines of later pushes.
impl Payload for [u32; 64] {
    fn numbered(number: u32) -> Self {
        [number; 64]
    }
}

/// A queue as its only thread sees it.
trait Subject: Sized + 'static {
    type Value: Payload;
    /// Those of its calls that are not batches.
    const CALLS: &'static [Call];
    const HAS_BATCHES: bool = true;
    /// Of a list, which has no capacity.
    const BLOCK_LEN: Option<usize> = None;

    fn start(start: Start) -> Self;
    /// `values` are those that the call brings.
    fn call(&self, call: Call, values: VecDeque<Self::Value>) -> Ret<Self::Value>;
    /// The count of values, the capacity, whether empty, whether full; whatever says so must say the same.
    fn observations(&self) -> Vec<(usize, usize, bool, bool)>;
    fn is_closed(&self) -> bool {
        false
    }
}

impl<T: Payload> Subject for MutexQueue<T> {
    type Value = T;
    const HAS_BATCHES: bool = false;
    const CALLS: &'static [Call] =
        &[Call::TryPush, Call::Push, Call::PushTimeout, Call::TryPop, Call::Pop, Call::PopTimeout, Call::Close];

    fn start(start: Start) -> Self {
        Self::new(start.capacity)
    }

    fn call(&self, call: Call, mut values: VecDeque<T>) -> Ret<T> {
        let mut value = || values.pop_front().expect("a push brings a value");
        match call {
            Call::TryPush => match self.try_push(value()) {
                Ok(()) => Ret::Pushed,
                Err(TryPushError::Full(value)) => Ret::Full(value),
                Err(TryPushError::Closed(value)) => Ret::PushOnClosed(value),
            },
            Call::Push => self.push(value()).map_or_else(|closed| Ret::PushOnClosed(closed.0), |()| Ret::Pushed),
            Call::PushTimeout => match self.push_timeout(value(), Duration::ZERO) {
                Ok(()) => Ret::Pushed,
                Err(PushTimeoutError::Timeout(value)) => Ret::PushTimedOut(value),
                Err(PushTimeoutError::Closed(value)) => Ret::PushOnClosed(value),
            },
            Call::TryPop => match self.try_pop() {
                Ok(value) => Ret::Popped(value),
                Err(TryPopError::Empty) => Ret::Empty,
                Err(TryPopError::Closed) => Ret::PopOnClosed,
            },
            Call::Pop => self.pop().map_or(Ret::PopOnClosed, Ret::Popped),
            Call::PopTimeout => match self.pop_timeout(Duration::ZERO) {
                Ok(value) => Ret::Popped(value),
                Err(PopTimeoutError::Timeout) => Ret::PopTimedOut,
                Err(PopTimeoutError::Closed) => Ret::PopOnClosed,
            },
            Call::Close => {
                self.close();
                Ret::Done
            }
            Call::PushMany(_) | Call::PopMany(_) => unreachable!("it has no batches"),
        }
    }

    fn observations(&self) -> Vec<(usize, usize, bool, bool)> {
        vec![(self.len(), self.capacity(), self.is_empty(), self.is_full())]
    }

    fn is_closed(&self) -> bool {
        self.is_closed()
    }
}

impl<T: Payload> Subject for RingQueue<T> {
    type Value = T;
    const CALLS: &'static [Call] = &[Call::TryPush, Call::TryPop];

    fn start(start: Start) -> Self {
        Self::starting_at_lap(start.capacity, start.laps)
    }

    fn call(&self, call: Call, mut values: VecDeque<T>) -> Ret<T> {
        match call {
            Call::TryPush => self
                .try_push(values.pop_front().expect("a push brings a value"))
                .map_or_else(|full| Ret::Full(full.0), |()| Ret::Pushed),
            Call::TryPop => self.try_pop().map_or(Ret::Empty, Ret::Popped),
            Call::PushMany(_) => left_of(values, |values| self.try_push_many(values)),
            Call::PopMany(limit) => popped(|values| self.try_pop_many(values, limit)),
            other => unreachable!("{other:?} is none of the ring's calls"),
        }
    }

    fn observations(&self) -> Vec<(usize, usize, bool, bool)> {
        vec![(self.len(), self.capacity(), self.is_empty(), self.is_full())]
    }
}

impl<T: Payload, const LEN: usize> Subject for ListQueue<T, LEN> {
    type Value = T;
    const CALLS: &'static [Call] = &[Call::Push, Call::TryPop];
    const BLOCK_LEN: Option<usize> = Some(LEN);

    fn start(start: Start) -> Self {
        Self::starting_at_block(start.laps)
    }

    fn call(&self, call: Call, mut values: VecDeque<T>) -> Ret<T> {
        match call {
            Call::Push => {
                self.push(values.pop_front().expect("a push brings a value"));
                Ret::Pushed
            }
            Call::TryPop => self.try_pop().map_or(Ret::Empty, Ret::Popped),
            Call::PushMany(count) => left_of(values, |values| {
                self.push_many(values);
                count
            }),
            Call::PopMany(limit) => popped(|values| self.try_pop_many(values, limit)),
            other => unreachable!("{other:?} is none of the list's calls"),
        }
    }

    fn observations(&self) -> Vec<(usize, usize, bool, bool)> {
        vec![(self.len(), usize::MAX, self.is_empty(), false)]
    }
}

impl<T: Payload> Subject for (Producer<T>, Consumer<T>) {
    type Value = T;
    const CALLS: &'static [Call] = &[Call::TryPush, Call::TryPop];

    fn start(start: Start) -> Self {
        SpscRing::new(start.capacity).split()
    }

    fn call(&self, call: Call, mut values: VecDeque<T>) -> Ret<T> {
        match call {
            Call::TryPush => self
                .0
                .try_push(values.pop_front().expect("a push brings a value"))
                .map_or_else(|full| Ret::Full(full.0), |()| Ret::Pushed),
            Call::TryPop => self.1.try_pop().map_or(Ret::Empty, Ret::Popped),
            Call::PushMany(_) => left_of(values, |values| self.0.try_push_many(values)),
            Call::PopMany(limit) => popped(|values| self.1.try_pop_many(values, limit)),
            other => unreachable!("{other:?} is none of the ring's calls"),
        }
    }

    fn observations(&self) -> Vec<(usize, usize, bool, bool)> {
        let (producer, consumer) = self;
        vec![
            (producer.len(), producer.capacity(), producer.is_empty(), producer.is_full()),
            (consumer.len(), consumer.capacity(), consumer.is_empty(), consumer.is_full()),
        ]
    }
}

/// What `push`, which says how many it took from the front of `values`, left of them.
fn left_of<T>(mut values: VecDeque<T>, push: impl FnOnce(&mut VecDeque<T>) -> usize) -> Ret<T> {
    let before = values.len();
    assert_eq!(push(&mut values), before - values.len());
    Ret::Left(values.into())
}

/// What `pop` appends to a vector that is not empty, and says how many they are.
fn popped<T: Payload>(pop: impl FnOnce(&mut Vec<T>) -> usize) -> Ret<T> {
    let mut values = vec![T::numbered(u32::MAX)];
    let count = pop(&mut values);
    assert_eq!((values.remove(0), count), (T::numbered(u32::MAX), values.len()));
    Ret::PoppedMany(values)
}

struct Matches<S>(PhantomData<S>);

impl<S: Subject> ReferenceStateMachine for Matches<S> {
    type State = Spec;
    type Transition = Call;

    fn init_state() -> BoxedStrategy<Spec> {
        // The positions of a ring wrap around after `usize::MAX` laps or fewer: start there, just before, or anywhere.
        let laps = prop_oneof![Just(0), Just(usize::MAX), Just(usize::MAX - 3), any::<usize>()];
        let start = |(size, laps)| {
            let (capacity, block_len) = S::BLOCK_LEN.map_or((size, usize::MAX), |len| (usize::MAX, len));
            Spec::new(Start { capacity, block_len, laps })
        };
        (1_usize..=5, laps).prop_map(start).boxed()
    }

    fn transitions(spec: &Spec) -> BoxedStrategy<Call> {
        // Closing is one call in many, or most sequences would spend themselves on a closed queue.
        let allowed = |&call: &Call| call != Call::Close && Self::preconditions(spec, &call);
        let calls: Vec<Call> = S::CALLS.iter().copied().filter(allowed).collect();
        if S::CALLS.contains(&Call::Close) {
            prop_oneof![30 => select(calls), 1 => Just(Call::Close)].boxed()
        } else if S::HAS_BATCHES {
            prop_oneof![2 => select(calls), 1 => select(&Call::BATCHES)].boxed()
        } else {
            select(calls).boxed()
        }
    }

    fn apply(mut spec: Spec, call: &Call) -> Spec {
        spec.step(*call).expect("only calls that do not block are made");
        spec
    }

    fn preconditions(spec: &Spec, call: &Call) -> bool {
        spec.clone().step(*call).is_some()
    }
}

impl<S: Subject> StateMachineTest for Matches<S> {
    type SystemUnderTest = S;
    type Reference = Self;

    fn init_test(spec: &Spec) -> S {
        S::start(spec.start)
    }

    fn apply(subject: S, spec: &Spec, call: Call) -> S {
        // Of the spec after the call: a call that pushes has taken the last numbers.
        let values = (spec.pushes - call.pushes()..spec.pushes).map(S::Value::numbered).collect();
        assert_eq!(subject.call(call, values), spec.ret.clone().map(S::Value::numbered), "{call:?}");
        subject
    }

    fn check_invariants(subject: &S, spec: &Spec) {
        let Start { capacity, .. } = spec.start;
        let count = spec.values.len();
        for observation in subject.observations() {
            assert_eq!(observation, (count, capacity, count == 0, count == capacity), "(len, capacity, empty, full)");
        }
        assert_eq!(subject.is_closed(), spec.closed);
    }

    fn teardown(subject: S, mut spec: Spec) {
        for _ in 0..=spec.values.len() {
            spec.step(Call::TryPop).expect("try_pop never blocks");
            let popped = subject.call(Call::TryPop, VecDeque::new());
            assert_eq!(popped, spec.ret.clone().map(S::Value::numbered), "draining what is left");
        }
    }
}

macro_rules! for_each_payload {
    ($($test:ident: $queue:ty;)*) => {$(
        mod $test {
            use super::*;

            type OfNumbers = Matches<<$queue as Of>::Values<u32>>;
            type OfNothing = Matches<<$queue as Of>::Values<()>>;
            type OfStrings = Matches<<$queue as Of>::Values<String>>;
            type OfBoxes = Matches<<$queue as Of>::Values<Box<u32>>>;
            type OfLargeValues = Matches<<$queue as Of>::Values<[u32; 64]>>;

            prop_state_machine! {
                #![proptest_config(generated::config())]

                #[test]
                fn matches_a_vecdeque_of_numbers(sequential 1..60 => OfNumbers);

                #[test]
                fn matches_a_vecdeque_of_zero_sized_values(sequential 1..60 => OfNothing);

                #[test]
                fn matches_a_vecdeque_of_strings(sequential 1..60 => OfStrings);

                #[test]
                fn matches_a_vecdeque_of_boxes(sequential 1..60 => OfBoxes);

                #[test]
                fn matches_a_vecdeque_of_large_values(sequential 1..60 => OfLargeValues);
            }
        }
    )*};
}

/// A kind of queue, before it is known what of.
trait Of {
    type Values<T: Payload>: Subject<Value = T>;
}

struct AMutexQueue;
struct ARingQueue;
struct AListQueue<const LEN: usize>;
struct AnSpscRing;

impl Of for AMutexQueue {
    type Values<T: Payload> = MutexQueue<T>;
}

impl Of for ARingQueue {
    type Values<T: Payload> = RingQueue<T>;
}

impl<const LEN: usize> Of for AListQueue<LEN> {
    type Values<T: Payload> = ListQueue<T, LEN>;
}

impl Of for AnSpscRing {
    type Values<T: Payload> = (Producer<T>, Consumer<T>);
}

for_each_payload! {
    mutex_queue: AMutexQueue;
    ring_queue: ARingQueue;
    list_queue_of_blocks_of_1: AListQueue<1>;
    list_queue_of_blocks_of_2: AListQueue<2>;
    list_queue_of_blocks_of_5: AListQueue<5>;
    spsc_ring: AnSpscRing;
}
