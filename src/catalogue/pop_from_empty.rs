//! The lecture's mistake: *is there an item?* and *take it* are two steps, and another consumer gets in between.
//!
//! | consumer 1 | consumer 2 |
//! | --- | --- |
//! | `is_empty() -> false` | |
//! | | `is_empty() -> false` |
//! | | `pop() -> 7` |
//! | **`pop()`**: there is nothing any more | |

use std::collections::VecDeque;

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::Mutex;

pub(super) const ENTRY: Entry = Entry {
    name: "pop-from-empty",
    title: "A list is asked whether it holds an item, and popped in a second step",
    lesson: "Each call is safe and the two together are not: what was true when the lock was given back need not be true \
             when it is taken again. Let one critical section ask and act, or act on what the action says.",
    source: "SCTBench, stack_bad and stringbuffer-jdk1.4 (mc-imperial/sctbench)",
    file: file!(),
    code: include_str!("pop_from_empty.rs"),
    variants: &[Variant {
        name: "pop-from-empty",
        fault: "A consumer asks in one critical section and pops in the next, and another one pops in between.",
        remedy: "One critical section pops, and says whether there was an item.",
        threads: 2,
        calls: 2,
        memory: Needs::Interleaving,
        symptom: Symptom::Panic("pop from an empty list"),
        finders: &[Tool::Engine, Tool::Loom, Tool::Random],
        buggy: || model(buggy::take),
        fixed: || model(fixed::take),
        buggy_module: "buggy",
        fixed_module: "fixed",
    }],
};

/// A list behind a lock, first in, first out. Each method is one critical section, which traces show at the caller's line.
#[derive(Default)]
struct List {
    items: Mutex<VecDeque<u32>>,
}

impl List {
    #[track_caller]
    fn is_empty(&self) -> bool {
        self.items.lock().unwrap().is_empty()
    }

    #[track_caller]
    fn pop(&self) -> Option<u32> {
        self.items.lock().unwrap().pop_front()
    }
}

mod buggy {
    use super::List;

    /// Takes the first item, if there is one.
    pub fn take(list: &List) -> Option<u32> {
        if list.is_empty() {
            return None;
        }
        // The lock was given back after the question. Here another consumer can make the answer a lie.
        Some(list.pop().expect("pop from an empty list"))
    }
}

mod fixed {
    use super::List;

    /// Takes the first item, if there is one.
    pub fn take(list: &List) -> Option<u32> {
        list.pop()
    }
}

/// One item, and two consumers that each take one if there is one.
fn model(take: fn(&List) -> Option<u32>) {
    let items = Mutex::new(VecDeque::from([7]));
    let consume = move |list: &List| _ = take(list);
    Actors::sharing(List { items }).and(consume).and(consume).join();
}

/// The list as a queue that may be empty.
#[cfg(feature = "check")]
pub mod specs {
    use super::*;
    use super::{buggy::take as ask_and_pop, fixed::take as pop};

    crate::spec! {
        /// Asks, and then pops.
        pub mod buggy: List = List::default(), like VecDeque<u32>;
        fn push(item: fresh) -> () = |list| list.items.lock().unwrap().push_back(item),
            |queue| Some(queue.push_back(item));
        fn take() -> Option<u32> = ask_and_pop, |queue| Some(queue.pop_front());
    }

    crate::spec! {
        /// Pops.
        pub mod fixed: List = List::default(), like VecDeque<u32>;
        fn push(item: fresh) -> () = |list| list.items.lock().unwrap().push_back(item),
            |queue| Some(queue.push_back(item));
        fn take() -> Option<u32> = pop, |queue| Some(queue.pop_front());
    }
}
