//! Where two kinds of waiter share a condition variable, to wake one may be to wake the wrong one.
//!
//! A buffer with one place: consumers wait for it to be full, producers for it to be empty. A consumer that has emptied it
//! wakes one thread; if that is the other consumer, which finds nothing, the producer sleeps on.

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::{Condvar, Mutex};

pub(super) const ENTRY: Entry = Entry {
    name: "notify-one-wrong-waiter",
    title: "Producers and consumers wait on one condition variable, of whose waiters one is woken",
    lesson: "notify_one is right only where every waiter can use the news. Where they wait for different things, give each \
             its own condition variable, or wake them all.",
    source: "tokio commit 0e50a4dc5; the bounded buffer of the textbooks",
    file: file!(),
    code: include_str!("notify_one_wrong_waiter.rs"),
    variants: &[Variant {
        name: "notify-one-wrong-waiter",
        fault: "A consumer's notification goes to another consumer while the producer sleeps.",
        remedy: "All who wait are woken, and look for themselves.",
        threads: 3,
        calls: 4,
        memory: Needs::Interleaving,
        symptom: Symptom::Deadlock,
        finders: &[Tool::Engine, Tool::Loom, Tool::Random],
        buggy: || model(buggy::tell),
        fixed: || model(fixed::tell),
        buggy_module: "buggy",
        fixed_module: "fixed",
    }],
};

/// A buffer with one place.
struct Buffer {
    place: Mutex<Option<u32>>,
    changed: Condvar,
    /// Wakes who waits.
    tell: fn(&Condvar),
}

impl Buffer {
    fn new(tell: fn(&Condvar)) -> Self {
        Self { place: Mutex::new(None), changed: Condvar::new(), tell }
    }

    fn push(&self, value: u32) {
        let mut place = self.place.lock().unwrap();
        while place.is_some() {
            place = self.changed.wait(place).unwrap();
        }
        *place = Some(value);
        (self.tell)(&self.changed);
    }

    fn pop(&self) -> u32 {
        let mut place = self.place.lock().unwrap();
        loop {
            if let Some(value) = place.take() {
                (self.tell)(&self.changed);
                return value;
            }
            place = self.changed.wait(place).unwrap();
        }
    }
}

mod buggy {
    use super::Condvar;

    /// Tells whoever waits that the place was filled or emptied.
    pub fn tell(changed: &Condvar) {
        changed.notify_one();
    }
}

mod fixed {
    use super::Condvar;

    /// Tells whoever waits that the place was filled or emptied.
    pub fn tell(changed: &Condvar) {
        changed.notify_all();
    }
}

/// A producer of two values, and two consumers of one each.
fn model(tell: fn(&Condvar)) {
    let consume = |buffer: &Buffer| _ = buffer.pop();
    let produce = |buffer: &Buffer| [1, 2].into_iter().for_each(|value| buffer.push(value));
    Actors::sharing(Buffer::new(tell)).and(produce).and(consume).and(consume).join();
}

/// The buffer as a queue of one place whose calls wait.
#[cfg(feature = "check")]
pub mod specs {
    use super::*;
    use super::{buggy::tell as wake_one, fixed::tell as wake_all};

    crate::spec! {
        /// Wakes one.
        pub mod buggy: Buffer = Buffer::new(wake_one), like Option<u32>;
        fn push(value: fresh) -> () = |buffer| buffer.push(value), |place| place.is_none().then(|| *place = Some(value));
        fn pop() -> u32 = |buffer| buffer.pop(), |place| place.take();
    }

    crate::spec! {
        /// Wakes all.
        pub mod fixed: Buffer = Buffer::new(wake_all), like Option<u32>;
        fn push(value: fresh) -> () = |buffer| buffer.push(value), |place| place.is_none().then(|| *place = Some(value));
        fn pop() -> u32 = |buffer| buffer.pop(), |place| place.take();
    }
}
