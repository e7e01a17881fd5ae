//! "Empty" and "closed" are two looks, and the last item comes between them.
//!
//! | consumer | producer |
//! | --- | --- |
//! | takes: there is nothing | |
//! | | puts the last item |
//! | | closes |
//! | is it closed? yes: **leaves without the item** | |

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::hint::spin_until;
use crate::sync::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{AcqRel, Acquire, Release},
};

pub(super) const ENTRY: Entry = Entry {
    name: "closed-before-drain",
    title: "A consumer finds the channel empty, then finds it closed, and leaves",
    lesson: "Closed means that nothing more will come; empty means that nothing was there. To leave, a consumer must find the \
             channel empty after it has found it closed.",
    source: "flume commit 45edd42; thingbuf commit 205ad037",
    file: file!(),
    code: include_str!("closed_before_drain.rs"),
    variants: &[Variant {
        name: "closed-before-drain",
        fault: "The producer puts its last item and closes after the consumer has found nothing.",
        remedy: "The consumer asks first whether it is closed, and then looks for an item.",
        threads: 2,
        calls: 3,
        memory: Needs::Interleaving,
        symptom: Symptom::Panic("the last item was lost"),
        finders: &[Tool::Engine, Tool::Random],
        buggy: || model(buggy::receive),
        fixed: || model(fixed::receive),
        buggy_module: "buggy",
        fixed_module: "fixed",
    }],
};

/// No item.
const NOTHING: u32 = 0;

/// A channel with one place.
#[derive(Default)]
struct Channel {
    item: AtomicU32,
    is_closed: AtomicBool,
}

/// What there is for the consumer.
#[derive(Debug, PartialEq)]
enum Received {
    Item(u32),
    NothingYet,
    Closed,
}

impl Channel {
    fn send(&self, item: u32) {
        // Release: publishes what the producer did before; pairs with the Acquire in `take`.
        self.item.store(item, Release);
    }

    fn close(&self) {
        // Release: who sees it sees the items that were sent before; pairs with the Acquire load in `receive`.
        self.is_closed.store(true, Release);
    }

    fn take(&self) -> Option<u32> {
        // AcqRel: Acquire pairs with the Release store in `send`, Release gives the place back.
        Some(self.item.swap(NOTHING, AcqRel)).filter(|&item| item != NOTHING)
    }
}

mod buggy {
    use super::{Acquire, Channel, Received};

    pub fn receive(channel: &Channel) -> Received {
        match channel.take() {
            Some(item) => Received::Item(item),
            // Acquire: pairs with the Release store in `close`. The look for an item was before, and is out of date.
            None if channel.is_closed.load(Acquire) => Received::Closed,
            None => Received::NothingYet,
        }
    }
}

mod fixed {
    use super::{Acquire, Channel, Received};

    pub fn receive(channel: &Channel) -> Received {
        // Acquire: whoever sees it closed sees all items; pairs with the Release store in `close`.
        let is_closed = channel.is_closed.load(Acquire);
        match channel.take() {
            Some(item) => Received::Item(item),
            None if is_closed => Received::Closed,
            None => Received::NothingYet,
        }
    }
}

/// A producer of one item, and a consumer that waits for what comes.
fn model(receive: fn(&Channel) -> Received) {
    let produce = |channel: &Channel| {
        channel.send(7);
        channel.close();
    };
    let consume = move |channel: &Channel| {
        let received = spin_until(|| Some(receive(channel)).filter(|received| *received != Received::NothingYet));
        assert_eq!(received, Received::Item(7), "the last item was lost");
    };
    Actors::sharing(Channel::default()).and(produce).and(consume).join();
}
