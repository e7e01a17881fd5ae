//! What is no queue has a spec, too: a stack, a map, a counter. Each has a wrong variant, which is found.

#![cfg(not(any(loom, raddle_std)))]

use std::collections::BTreeMap;

use raddle::check::{Check, Subject, Violation};
use raddle::model::{Coverage, ViolationKind};
use raddle::sync::Mutex;
use raddle::sync::atomic::{
    AtomicU32, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};

#[track_caller]
fn violation<S: Subject>(check: Check<S>) -> Violation {
    let violation = check.explore().violation.expect("a violation");
    assert_eq!(violation.kind, ViolationKind::Unexplained, "{violation}");
    violation
}

#[track_caller]
fn passes<S: Subject>(check: Check<S>) {
    assert_eq!(check.run().coverage, Coverage::Complete);
}

/// R. Kent Treiber's stack ("Systems programming: coping with parallelism", IBM RJ 5118, 1986), on an array of nodes. They are
/// leaked: each is used once. If it is wrong, a node is used again at once, and a pop that has looked at it before takes it
/// for the one that it was: the ABA problem.
struct Treiber<const IS_WRONG: bool> {
    /// The node on top, from 1; 0: none.
    top: AtomicUsize,
    nodes: [Node; 8],
    used: AtomicUsize,
    /// A node that was popped, from 1.
    free: AtomicUsize,
}

#[derive(Default)]
struct Node {
    value: AtomicU32,
    /// The node below, from 1.
    next: AtomicUsize,
}

impl<const IS_WRONG: bool> Treiber<IS_WRONG> {
    fn new() -> Self {
        Self {
            top: AtomicUsize::new(0),
            nodes: Default::default(),
            used: AtomicUsize::new(0),
            free: AtomicUsize::new(0),
        }
    }

    fn node(&self, number: usize) -> &Node {
        &self.nodes[number - 1]
    }

    fn fresh_node(&self) -> usize {
        // Acquire: the pop that freed it comes before.
        let freed = if IS_WRONG { self.free.swap(0, Acquire) } else { 0 };
        // Relaxed: the numbers are not in any order.
        if freed > 0 { freed } else { self.used.fetch_add(1, Relaxed) + 1 }
    }

    fn push(&self, value: u32) {
        let number = self.fresh_node();
        // Relaxed, all: `top` publishes them.
        self.node(number).value.store(value, Relaxed);
        let mut top = self.top.load(Relaxed);
        loop {
            self.node(number).next.store(top, Relaxed);
            // Release: publishes the node; pairs with the Acquire in `pop`.
            match self.top.compare_exchange(top, number, Release, Relaxed) {
                Ok(_) => return,
                Err(other) => top = other,
            }
        }
    }

    fn pop(&self) -> Option<u32> {
        // Acquire, all on `top`: pairs with the Release in `push`.
        let mut top = self.top.load(Acquire);
        while top > 0 {
            // Relaxed, both: `top` was acquired.
            let next = self.node(top).next.load(Relaxed);
            match self.top.compare_exchange(top, next, AcqRel, Acquire) {
                Ok(_) => {
                    let value = self.node(top).value.load(Relaxed);
                    if IS_WRONG {
                        // Release: gives the node to the push that takes it. One is enough.
                        let _ = self.free.compare_exchange(0, top, Release, Relaxed);
                    }
                    return Some(value);
                }
                Err(other) => top = other,
            }
        }
        None
    }
}

macro_rules! stacks {
    ($($name:ident: $is_wrong:literal),*) => {$(
        raddle::spec! {
            mod $name: Treiber<$is_wrong> = Treiber::new(), like Vec<u32>;
            fn push(value: fresh) -> () = |stack| stack.push(value), |list| Some(list.push(value));
            fn pop() -> Option<u32> = |stack| stack.pop(), |list| Some(list.pop());
        }
    )*};
}
stacks!(stack: false, stack_that_reuses_nodes: true);

#[test]
fn a_stack_is_last_in_first_out() {
    passes(Check::<stack::Subject>::new().threads(3).calls(4));
    passes(Check::<stack::Subject>::new().threads(2).calls(6));
}

#[test]
fn a_node_that_is_taken_for_another_is_found() {
    passes(Check::<stack_that_reuses_nodes::Subject>::new().threads(2).calls(5));
    let program = "setup    | push(1)  push(2)\nthread 1 | pop()\nthread 2 | pop()  pop()  push(3)\nclosing  | pop()";
    passes(Check::<stack::Subject>::new().scenario(program));
    let violation = violation(Check::<stack_that_reuses_nodes::Subject>::new().scenario(program));
    assert!(violation.to_string().contains("pop() returned Some(1), where None was due"), "{violation}");
}

/// A map in two shards, by the key. If it is wrong, it looks whether a key is there, and inserts it in a second step.
#[derive(Default)]
struct Map<const IS_WRONG: bool>([Mutex<BTreeMap<u32, u32>>; 2]);

impl<const IS_WRONG: bool> Map<IS_WRONG> {
    fn shard(&self, key: u32) -> &Mutex<BTreeMap<u32, u32>> {
        &self.0[key as usize % 2]
    }

    /// True if the key was not there.
    fn insert(&self, key: u32, value: u32) -> bool {
        let mut shard = self.shard(key).lock().unwrap();
        let is_new = !shard.contains_key(&key);
        if IS_WRONG {
            drop(shard);
            shard = self.shard(key).lock().unwrap();
        }
        if is_new {
            shard.insert(key, value);
        }
        is_new
    }

    fn remove(&self, key: u32) -> Option<u32> {
        self.shard(key).lock().unwrap().remove(&key)
    }
}

macro_rules! maps {
    ($($name:ident: $is_wrong:literal),*) => {$(
        raddle::spec! {
            mod $name: Map<$is_wrong> = Map::default(), like BTreeMap<u32, u32>;
            fn insert(key: key(3), value: fresh) -> bool = |map| map.insert(key, value),
                |map| Some(!map.contains_key(&key) && { map.insert(key, value); true }), part = key;
            fn remove(key: key(3)) -> Option<u32> = |map| map.remove(key), |map| Some(map.remove(&key)), part = key;
            fn get(key: key(3)) -> Option<u32> = |map| map.shard(key).lock().unwrap().get(&key).copied(),
                |map| Some(map.get(&key).copied()), part = key;
        }
    )*};
}
maps!(map: false, map_that_looks_first: true);

#[test]
fn a_map_keeps_one_value_for_each_key() {
    passes(Check::<map::Subject>::new().threads(3).calls(4));
}

#[test]
fn a_map_that_looks_first_and_inserts_later_is_found() {
    let violation = violation(Check::<map_that_looks_first::Subject>::new());
    assert_eq!(violation.scenario.to_string(), "thread 1 | insert(0, 1)\nthread 2 | insert(0, 2)", "{violation}");
    assert!(violation.to_string().contains("insert(0, 2) returned true, where false was due"), "{violation}");
}

/// A counter. If it is wrong, it reads the number and writes the next one in a second step.
#[derive(Default)]
struct Counter<const IS_WRONG: bool>(AtomicU32);

impl<const IS_WRONG: bool> Counter<IS_WRONG> {
    /// Returns what it was before.
    fn add(&self) -> u32 {
        // Relaxed, all: nothing is published.
        if IS_WRONG {
            let count = self.0.load(Relaxed);
            self.0.store(count + 1, Relaxed);
            count
        } else {
            self.0.fetch_add(1, Relaxed)
        }
    }
}

macro_rules! counters {
    ($($name:ident: $is_wrong:literal),*) => {$(
        raddle::spec! {
            mod $name: Counter<$is_wrong> = Counter::default(), like u32;
            fn add() -> u32 = |counter| counter.add(), |count| Some({ *count += 1; *count - 1 });
            fn get() -> u32 = |counter| counter.0.load(Relaxed), |count| Some(*count);
        }
    )*};
}
counters!(counter: false, counter_in_two_steps: true);

#[test]
fn a_counter_counts_each_call() {
    passes(Check::<counter::Subject>::new().threads(3).calls(5));
}

#[test]
fn a_counter_that_forgets_a_call_is_found() {
    let violation = violation(Check::<counter_in_two_steps::Subject>::new());
    assert_eq!(violation.scenario.to_string(), "thread 1 | add()\nthread 2 | add()", "{violation}");
    assert!(violation.to_string().contains("add() returned 0, where 1 was due"), "{violation}");
}
