//! A producer waits in a loop for the consumer's name, in order to wake it. The consumer has left.
//!
//! | consumer | producer |
//! | --- | --- |
//! | says that it sleeps | |
//! | | puts the item, sees that the consumer sleeps |
//! | its time is over: takes all back, and leaves | |
//! | | **waits for its name for ever** |

use std::time::Duration;

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::hint::spin_until;
use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use crate::sync::{Condvar, Mutex};

pub(super) const ENTRY: Entry = Entry {
    name: "spin-for-absent-peer",
    title: "A loop waits for what another thread was about to do, and that thread has changed its mind",
    lesson: "A loop that waits for somebody must end when nobody is there any more: look at the reason for waiting in every \
             turn, not once before.",
    source: "JCTools issue 339, commit d3ffae4c",
    file: file!(),
    code: include_str!("spin_for_absent_peer.rs"),
    variants: &[Variant {
        name: "spin-for-absent-peer",
        fault: "The producer waits for the name of a consumer that has left.",
        remedy: "Each turn of the loop looks whether the consumer still sleeps.",
        threads: 2,
        calls: 2,
        memory: Needs::Interleaving,
        symptom: Symptom::Livelock,
        finders: &[Tool::Engine, Tool::Random],
        buggy: || model(buggy::wait_for_name),
        fixed: || model(fixed::wait_for_name),
        buggy_module: "buggy",
        fixed_module: "fixed",
    }],
};

/// Nobody's name.
const NOBODY: u32 = 0;
const CONSUMER: u32 = 1;

/// Where a consumer waits for an item, for a limited time.
#[derive(Default)]
struct Exchange {
    has_item: AtomicBool,
    is_asleep: AtomicBool,
    /// Who is to be woken; named a little after the flag is set.
    sleeper: AtomicU32,
    is_woken: Mutex<bool>,
    woken: Condvar,
}

impl Exchange {
    /// Waits for an item, for a limited time.
    fn poll(&self) {
        // SeqCst: either the load below sees the item, or the producer sees that the consumer sleeps; so for all of these.
        self.is_asleep.store(true, SeqCst);
        // SeqCst: as above.
        if !self.has_item.load(SeqCst) {
            // SeqCst: as above.
            self.sleeper.store(CONSUMER, SeqCst);
            let is_woken = self.is_woken.lock().unwrap();
            if !*is_woken {
                drop(self.woken.wait_timeout(is_woken, Duration::from_micros(1)).unwrap());
            }
            // SeqCst: as above.
            self.sleeper.store(NOBODY, SeqCst);
        }
        // SeqCst: as above.
        self.is_asleep.store(false, SeqCst);
    }

    /// Puts an item, and wakes the consumer if it sleeps.
    fn offer(&self, wait_for_name: fn(&Exchange) -> u32) {
        // SeqCst: as in `poll`.
        self.has_item.store(true, SeqCst);
        // SeqCst: as in `poll`.
        if self.is_asleep.load(SeqCst) && wait_for_name(self) == CONSUMER {
            *self.is_woken.lock().unwrap() = true;
            self.woken.notify_one();
        }
    }
}

mod buggy {
    use super::{Exchange, NOBODY, SeqCst, spin_until};

    /// Whom to wake.
    pub fn wait_for_name(exchange: &Exchange) -> u32 {
        // SeqCst: as in `poll`.
        spin_until(|| Some(exchange.sleeper.load(SeqCst)).filter(|&name| name != NOBODY))
    }
}

mod fixed {
    use super::{Exchange, NOBODY, SeqCst, spin_until};

    /// Whom to wake; nobody if the consumer has left.
    pub fn wait_for_name(exchange: &Exchange) -> u32 {
        spin_until(|| {
            // SeqCst: as in `poll`.
            let name = exchange.sleeper.load(SeqCst);
            // SeqCst: as in `poll`.
            (name != NOBODY || !exchange.is_asleep.load(SeqCst)).then_some(name)
        })
    }
}

/// A consumer that waits for a limited time, and a producer.
fn model(wait_for_name: fn(&Exchange) -> u32) {
    Actors::sharing(Exchange::default()).and(Exchange::poll).and(move |exchange| exchange.offer(wait_for_name)).join();
}
