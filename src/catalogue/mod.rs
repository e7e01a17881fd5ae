//! What does wrong look like?
//!
//! Well-known mistakes, each in a file of its own: the wrong code beside the right one, in a model that shows the
//! difference. They are read to learn from, and tools are measured by them.
//!
//! ```
//! use raddle::catalogue::{Needs, find};
//!
//! let (entry, variant) = find("ring-relaxed-publish").unwrap();
//! assert_eq!(variant.memory, Needs::WeakMemory);
//! println!("{}\n\n{}\n{}", entry.lesson, variant.fault, entry.buggy_code(variant));
//! println!("{}\n{}", variant.remedy, entry.fixed_code(variant));
//!
//! // Passes; `variant.buggy` would not.
//! raddle::model(variant.fixed);
//! ```
//!
//! `entry` says what is known of each, `actors` runs the threads of a model. All other files are entries.
//!
//! # Who finds what
//!
//! For each tool: in how many executions it found the fault, or how many it looked at and found nothing. *Something else* is
//! a fault that the code does not have. A *false alarm* is about the fix, with which nothing is wrong; who raises it has not
//! found the fault either.
//!
//! - *engine*: all executions, in the order of the search, with one worker.
//! - *random*: up to 10,000 executions of the engine, by chance, always the same.
//! - *loom*: loom 0.7, with up to three preemptions in each execution.
//! - *real threads*: each model again and again for five seconds; one that does not end for a second hangs, and counts as
//!   found. This column depends on the machine and on luck.
//!
//! The table is made by `tests/catalogue.rs` from what it has recorded. It compares the first three with what it finds each
//! time, and records all with `RADDLE_RECORD=1`.
//!
#![doc = include_str!("matrix.md")]

mod actors;
mod arc_get_mut_relaxed;
mod cancelled_waiter_keeps_permit;
mod capacity_one_ring;
mod closed_before_drain;
mod entry;
mod if_instead_of_while;
mod last_sender_no_wake;
mod lock_order;
mod lost_wakeup;
mod notify_one_wrong_waiter;
mod once_state_reverted;
mod pop_from_empty;
mod register_no_recheck;
mod ring_relaxed_publish;
mod seqlock_missing_fence;
mod sequence_wrap;
mod sleep_flag_store_load;
mod spin_for_absent_peer;
mod spin_unlock_relaxed;
mod stop_flag_check_then_act;
mod timeout_eats_unpark;
mod torn_lazy_init;
mod treiber_aba;
mod two_sided_free;

pub use entry::{Entry, Excerpt, Needs, Symptom, Tool, Variant};

/// Those of interleaving first, by what they do with locks and condition variables, with handles and wakers, and with atomics;
/// then those of weak memory.
static ENTRIES: [Entry; 23] = [
    pop_from_empty::ENTRY,
    lost_wakeup::ENTRY,
    if_instead_of_while::ENTRY,
    notify_one_wrong_waiter::ENTRY,
    lock_order::ENTRY,
    last_sender_no_wake::ENTRY,
    cancelled_waiter_keeps_permit::ENTRY,
    register_no_recheck::ENTRY,
    timeout_eats_unpark::ENTRY,
    once_state_reverted::ENTRY,
    two_sided_free::ENTRY,
    closed_before_drain::ENTRY,
    stop_flag_check_then_act::ENTRY,
    spin_for_absent_peer::ENTRY,
    treiber_aba::ENTRY,
    capacity_one_ring::ENTRY,
    sequence_wrap::ENTRY,
    ring_relaxed_publish::ENTRY,
    spin_unlock_relaxed::ENTRY,
    torn_lazy_init::ENTRY,
    arc_get_mut_relaxed::ENTRY,
    seqlock_missing_fence::ENTRY,
    sleep_flag_store_load::ENTRY,
];

/// All that there are.
pub fn entries() -> &'static [Entry] {
    &ENTRIES
}

/// The variant of this name, and the entry that it belongs to.
pub fn find(name: &str) -> Option<(&'static Entry, &'static Variant)> {
    let mut variants = entries().iter().flat_map(|entry| entry.variants.iter().map(move |variant| (entry, variant)));
    variants.find(|(_, variant)| variant.name == name)
}

/// Specifications of those that are structures: of each the wrong one and the right one, as subjects of
/// [`Check`](crate::check::Check).
///
/// ```
/// use raddle::catalogue::specs::pop_from_empty;
/// use raddle::check::Check;
///
/// Check::<pop_from_empty::fixed::Subject>::new().threads(2).calls(3).run();
/// ```
#[cfg(feature = "check")]
pub mod specs {
    pub use super::capacity_one_ring::specs as capacity_one_ring;
    pub use super::notify_one_wrong_waiter::specs as notify_one_wrong_waiter;
    pub use super::pop_from_empty::specs as pop_from_empty;
    pub use super::ring_relaxed_publish::specs as ring_relaxed_publish;
    pub use super::sequence_wrap::specs as sequence_wrap;
    pub use super::treiber_aba::specs as treiber_aba;
}
