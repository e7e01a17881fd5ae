//! The head is what it was, so nothing has happened? It was taken, and put back.
//!
//! | popper | other |
//! | --- | --- |
//! | reads the head, node 0 with value 1, and what follows it: nothing | |
//! | | `pop() -> 1`: node 0 is free |
//! | | `push(2)`: takes node 0 again |
//! | swaps the head, which is node 0, for nothing: **`pop() -> 1`**, and 2 is lost | |

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::atomic::{
    AtomicBool, AtomicU32, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};

pub(super) const ENTRY: Entry = Entry {
    name: "treiber-aba",
    title: "A stack without locks reuses its nodes, and takes a node that came back for one that never left",
    lesson: "Compare-and-swap compares values and not histories. Give the word a version that each change counts up, or keep \
             a node from coming back while somebody looks at it: hazard pointers, epochs.",
    source: "pmodels/argobots issue 178; squid-cache pull request 587; the tag in heapless' pool",
    file: file!(),
    code: include_str!("treiber_aba.rs"),
    variants: &[Variant {
        name: "treiber-aba",
        fault: "The head is the same node as before, with another value and another successor.",
        remedy: "The head counts its changes, so that it is never what it was.",
        threads: 2,
        calls: 3,
        memory: Needs::Interleaving,
        symptom: Symptom::Panic("popped twice"),
        finders: &[Tool::Engine, Tool::Loom, Tool::Random],
        buggy: || model(buggy::head),
        fixed: || model(fixed::head),
        buggy_module: "buggy",
        fixed_module: "fixed",
    }],
};

/// How many nodes there are.
const NODES: usize = 4;
/// The index of no node.
const NONE: usize = NODES;
/// The bits of a head that hold an index; those above may hold a version.
const INDEX: usize = 0xff;

/// A stack whose nodes are used again, the first that is free first.
struct Stack {
    head: AtomicUsize,
    nodes: [Node; NODES],
    /// What the head becomes.
    next_head: fn(usize, usize) -> usize,
}

struct Node {
    is_used: AtomicBool,
    value: AtomicU32,
    next: AtomicUsize,
}

impl Stack {
    fn new(next_head: fn(usize, usize) -> usize) -> Self {
        let node = || Node { is_used: AtomicBool::new(false), value: AtomicU32::new(0), next: AtomicUsize::new(NONE) };
        Self { head: AtomicUsize::new(NONE), nodes: std::array::from_fn(|_| node()), next_head }
    }

    fn push(&self, value: u32) {
        // AcqRel: Acquire pairs with the Release store of who has freed the node.
        let index = (0..NODES).find(|&index| !self.nodes[index].is_used.swap(true, AcqRel)).expect("a free node");
        // Relaxed, the stores: the compare-and-swap publishes them.
        self.nodes[index].value.store(value, Relaxed);
        // Relaxed: a guess, which the compare-and-swap checks.
        let mut head = self.head.load(Relaxed);
        loop {
            // Relaxed: as the value.
            self.nodes[index].next.store(head & INDEX, Relaxed);
            // AcqRel: Release publishes the node, Acquire hands on the nodes below it, which others have published.
            match self.head.compare_exchange(head, (self.next_head)(head, index), AcqRel, Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    fn pop(&self) -> Option<u32> {
        // Acquire: pairs with the Release of the compare-and-swap in `push`; so does the other one below.
        let mut head = self.head.load(Acquire);
        loop {
            let node = self.nodes.get(head & INDEX)?;
            // Relaxed, both: acquired with the head. If the node is used again meanwhile the head should tell.
            let (value, next) = (node.value.load(Relaxed), node.next.load(Relaxed));
            // AcqRel: Release hands on the nodes below; Acquire is as above.
            match self.head.compare_exchange(head, (self.next_head)(head, next), AcqRel, Acquire) {
                Ok(_) => {
                    // Release: the node was read before it is used again; pairs with the swap in `push`.
                    node.is_used.store(false, Release);
                    return Some(value);
                }
                Err(now) => head = now,
            }
        }
    }
}

mod buggy {
    /// The head after `before`, with the node of this index on top.
    pub fn head(_before: usize, index: usize) -> usize {
        index
    }
}

mod fixed {
    use super::INDEX;

    /// The head after `before`, with the node of this index on top.
    pub fn head(before: usize, index: usize) -> usize {
        // The bits above the index count the changes.
        let version = (before & !INDEX).wrapping_add(INDEX + 1);
        version | index
    }
}

/// The stack, and which values were popped from it.
struct Watched {
    stack: Stack,
    is_popped: [AtomicBool; 3],
}

impl Watched {
    fn pop(&self) {
        if let Some(value) = self.stack.pop() {
            // Relaxed: only how often it happens counts.
            assert!(!self.is_popped[value as usize].swap(true, Relaxed), "{value} was popped twice");
        }
    }
}

/// A stack with one value on it, that two threads pop from. One of them pushes another value.
fn model(next_head: fn(usize, usize) -> usize) {
    let stack = Stack::new(next_head);
    stack.push(1);
    Actors::sharing(Watched { stack, is_popped: std::array::from_fn(|_| AtomicBool::new(false)) })
        .and(Watched::pop)
        .and(|watched| {
            watched.pop();
            watched.stack.push(2);
        })
        .join();
}

/// The stack as a list: last in, first out.
#[cfg(feature = "check")]
pub mod specs {
    use super::*;
    use super::{buggy::head as index_alone, fixed::head as version_and_index};

    crate::spec! {
        /// The head is an index.
        pub mod buggy: Stack = Stack::new(index_alone), like Vec<u32>;
        fn push(value: fresh) -> () = |stack| stack.push(value), |list| Some(list.push(value));
        fn pop() -> Option<u32> = |stack| stack.pop(), |list| Some(list.pop());
    }

    crate::spec! {
        /// The head is a version and an index.
        pub mod fixed: Stack = Stack::new(version_and_index), like Vec<u32>;
        fn push(value: fresh) -> () = |stack| stack.push(value), |list| Some(list.push(value));
        fn pop() -> Option<u32> = |stack| stack.pop(), |list| Some(list.pop());
    }
}
