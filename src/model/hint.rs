//! A hint that a thread waits for others.

use std::panic::Location;

use crossbeam_utils::Backoff;

use super::run::is_inside;
use super::spin::{Attempt, wait_for_others};

/// Tells the processor, and in a model the engine, that this is a loop which waits for other threads.
#[track_caller]
pub fn spin_loop() {
    if is_inside() { wait_for_others(Location::caller()) } else { std::hint::spin_loop() }
}

#[doc = include_str!("../sync/spin_until.md")]
#[track_caller]
pub fn spin_until<R>(attempt: impl Fn() -> Option<R>) -> R {
    let site = Location::caller();
    let backoff = Backoff::new();
    loop {
        let begun = Attempt::begin();
        if let Some(result) = attempt() {
            return result;
        }
        match begun {
            Some(begun) => begun.fail(site),
            None => backoff.snooze(),
        }
    }
}
