//! Who wakes up has to look again: being woken says only that there was something to see.
//!
//! Between the notification and the moment when the waiter has its lock back, another consumer may take what there was. And
//! a wait may end without a notification.

use std::collections::VecDeque;

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::{Condvar, Mutex};

pub(super) const ENTRY: Entry = Entry {
    name: "if-instead-of-while",
    title: "A condition is tested before the wait, and not after it",
    lesson: "A wait on a condition variable stands in a loop, or in wait_while: the waiter is not alone, is not first, and may \
             wake for no reason.",
    source: "tokio issue 3168 and pull request 3234 (watch); async-channel commit 7a162b5",
    file: file!(),
    code: include_str!("if_instead_of_while.rs"),
    variants: &[
        Variant {
            name: "if-instead-of-while",
            fault: "Another consumer takes the item between the notification and the wake-up.",
            remedy: "The consumer tests the condition again whenever it wakes up.",
            threads: 3,
            calls: 4,
            memory: Needs::Interleaving,
            symptom: Symptom::Panic("woken, and there is nothing"),
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(buggy::pop, 2),
            fixed: || model(fixed::pop, 2),
            buggy_module: "buggy",
            fixed_module: "fixed",
        },
        Variant {
            name: "spurious-wakeup",
            fault: "The wait ends for no reason, before there is an item.",
            remedy: "The consumer tests the condition again whenever it wakes up.",
            threads: 2,
            calls: 2,
            memory: Needs::Interleaving,
            symptom: Symptom::Panic("woken, and there is nothing"),
            finders: &[Tool::Engine, Tool::Random],
            buggy: || model(buggy::pop, 1),
            fixed: || model(fixed::pop, 1),
            buggy_module: "buggy",
            fixed_module: "fixed",
        },
    ],
};

/// A queue without bound.
#[derive(Default)]
struct Queue {
    items: Mutex<VecDeque<u32>>,
    pushed: Condvar,
}

impl Queue {
    fn push(&self, item: u32) {
        self.items.lock().unwrap().push_back(item);
        self.pushed.notify_one();
    }
}

mod buggy {
    use super::Queue;

    /// Takes the first item, waits for one if there is none.
    pub fn pop(queue: &Queue) -> Option<u32> {
        let mut items = queue.items.lock().unwrap();
        if items.is_empty() {
            items = queue.pushed.wait(items).unwrap();
        }
        items.pop_front()
    }
}

mod fixed {
    use super::Queue;

    /// Takes the first item, waits for one if there is none.
    pub fn pop(queue: &Queue) -> Option<u32> {
        let mut items = queue.items.lock().unwrap();
        while items.is_empty() {
            items = queue.pushed.wait(items).unwrap();
        }
        items.pop_front()
    }
}

/// Consumers of one item each, and a producer of as many.
fn model(pop: fn(&Queue) -> Option<u32>, consumers: u32) {
    let mut actors =
        Actors::sharing(Queue::default()).and(move |queue| (0..consumers).for_each(|item| queue.push(item)));
    for _ in 0..consumers {
        actors = actors.and(move |queue| assert!(pop(queue).is_some(), "woken, and there is nothing"));
    }
    actors.join();
}
