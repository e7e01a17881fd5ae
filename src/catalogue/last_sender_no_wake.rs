//! Who leaves last closes the door, and wakes who waits behind it: both can be forgotten.

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::atomic::{AtomicUsize, Ordering::AcqRel};
use crate::sync::{Condvar, Mutex};

pub(super) const ENTRY: Entry = Entry {
    name: "last-sender-no-wake",
    title: "The last sender goes, and a waiting receiver does not hear of it",
    lesson: "A count that is read and then changed has no last one: decide on what fetch_sub returned. And whoever makes a \
             wait pointless must end it.",
    source: "kanal commit cb130b67",
    file: file!(),
    code: include_str!("last_sender_no_wake.rs"),
    variants: &[
        Variant {
            name: "last-sender-no-wake",
            fault: "The last sender closes the channel, and does not wake a receiver that waits already.",
            remedy: "The last sender wakes all receivers after closing.",
            threads: 2,
            calls: 2,
            memory: Needs::Interleaving,
            symptom: Symptom::Deadlock,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(no_wake::leave, 1),
            fixed: || model(fixed::leave, 1),
            buggy_module: "no_wake",
            fixed_module: "fixed",
        },
        Variant {
            name: "last-sender-check-then-act",
            fault: "Two senders both see that there are two, so neither is the last.",
            remedy: "The sender whose fetch_sub found one is the last.",
            threads: 3,
            calls: 3,
            memory: Needs::Interleaving,
            symptom: Symptom::Deadlock,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || model(check_then_act::leave, 2),
            fixed: || model(fixed::leave, 2),
            buggy_module: "check_then_act",
            fixed_module: "fixed",
        },
    ],
};

/// A channel of which only the end matters.
struct Channel {
    senders: AtomicUsize,
    is_closed: Mutex<bool>,
    changed: Condvar,
}

impl Channel {
    /// Waits until nothing more can come.
    fn wait_for_end(&self) {
        let mut is_closed = self.is_closed.lock().unwrap();
        while !*is_closed {
            is_closed = self.changed.wait(is_closed).unwrap();
        }
    }

    fn close(&self) {
        *self.is_closed.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

mod no_wake {
    use super::{AcqRel, Channel};

    /// A sender is dropped.
    pub fn leave(channel: &Channel) {
        // AcqRel: the last sender comes after all that the others did, whose Release it acquires.
        if channel.senders.fetch_sub(1, AcqRel) == 1 {
            *channel.is_closed.lock().unwrap() = true;
        }
    }
}

mod check_then_act {
    use super::{AcqRel, Channel};
    use crate::sync::atomic::Ordering::Acquire;

    /// A sender is dropped.
    pub fn leave(channel: &Channel) {
        // Acquire: to come after all that the others did. But they may still go after this look.
        if channel.senders.load(Acquire) == 1 {
            channel.close();
        }
        // AcqRel: as the last one would need it.
        channel.senders.fetch_sub(1, AcqRel);
    }
}

mod fixed {
    use super::{AcqRel, Channel};

    /// A sender is dropped.
    pub fn leave(channel: &Channel) {
        // AcqRel: the last sender comes after all that the others did, whose Release it acquires.
        if channel.senders.fetch_sub(1, AcqRel) == 1 {
            channel.close();
        }
    }
}

/// A receiver that waits, and senders that go.
fn model(leave: fn(&Channel), senders: usize) {
    let senders_at_first = AtomicUsize::new(senders);
    let channel = Channel { senders: senders_at_first, is_closed: Mutex::new(false), changed: Condvar::new() };
    let mut actors = Actors::sharing(channel).and(Channel::wait_for_end);
    for _ in 0..senders {
        actors = actors.and(leave);
    }
    actors.join();
}
