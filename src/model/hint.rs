//! A hint that a thread waits for others.

use std::panic::Location;

use super::run::is_inside;
use super::spin::wait_for_others;

/// Tells the processor, and in a model the engine, that this is a loop which waits for other threads.
#[track_caller]
pub fn spin_loop() {
    if is_inside() { wait_for_others(Location::caller()) } else { std::hint::spin_loop() }
}
