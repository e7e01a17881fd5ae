//! A task that finds nothing leaves its waker and sleeps; what comes in between wakes nobody.
//!
//! | receiver | sender |
//! | --- | --- |
//! | looks: there is nothing | |
//! | | puts the item |
//! | | wakes: there is no waker |
//! | leaves its waker, **sleeps for ever** | |

use std::future::poll_fn;
use std::task::{Context, Poll};

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::future::{AtomicWaker, block_on};
use crate::sync::Mutex;

pub(super) const ENTRY: Entry = Entry {
    name: "register-no-recheck",
    title: "A future looks for an item, leaves its waker, and does not look again",
    lesson: "A waker counts from the moment when it is left. So leave it first and look then, or do both in one critical \
             section.",
    source: "flume commit 77c46152; thingbuf commit 154fd22; staticgc/taskwait pull request 1",
    file: file!(),
    code: include_str!("register_no_recheck.rs"),
    variants: &[Variant {
        name: "register-no-recheck",
        fault: "The item is put, and nobody woken, between the look and the waker.",
        remedy: "The waker is left before the look that decides.",
        threads: 2,
        calls: 2,
        memory: Needs::Interleaving,
        symptom: Symptom::Deadlock,
        finders: &[Tool::Engine, Tool::Loom, Tool::Random],
        buggy: || model(buggy::poll),
        fixed: || model(fixed::poll),
        buggy_module: "buggy",
        fixed_module: "fixed",
    }],
};

/// A place for one item, and for the waker of the task that wants it.
#[derive(Default)]
struct Mailbox {
    item: Mutex<Option<u32>>,
    waker: AtomicWaker,
}

impl Mailbox {
    fn put(&self, item: u32) {
        *self.item.lock().unwrap() = Some(item);
        self.waker.wake();
    }

    fn take(&self) -> Option<u32> {
        self.item.lock().unwrap().take()
    }
}

mod buggy {
    use super::{Context, Mailbox, Poll};

    pub fn poll(mailbox: &Mailbox, context: &Context<'_>) -> Poll<u32> {
        match mailbox.take() {
            Some(item) => Poll::Ready(item),
            None => {
                mailbox.waker.register(context.waker());
                Poll::Pending
            }
        }
    }
}

mod fixed {
    use super::{Context, Mailbox, Poll};

    pub fn poll(mailbox: &Mailbox, context: &Context<'_>) -> Poll<u32> {
        mailbox.waker.register(context.waker());
        match mailbox.take() {
            Some(item) => Poll::Ready(item),
            None => Poll::Pending,
        }
    }
}

/// A task that waits for an item, and a thread that puts it.
fn model(poll: fn(&Mailbox, &Context<'_>) -> Poll<u32>) {
    Actors::sharing(Mailbox::default())
        .and(move |mailbox| assert_eq!(block_on(poll_fn(|context| poll(mailbox, context))), 7))
        .and(|mailbox| mailbox.put(7))
        .join();
}
