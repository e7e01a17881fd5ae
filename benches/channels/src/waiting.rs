//! How does a thread wait for a queue that only tries?

use std::hint;
use std::thread;

/// Waits longer and longer: 1, 2, 4 and so on to 64 pauses (127 in all), and from the eighth time on `yield_now`, once
/// each time. It never sleeps. That is crossbeam's `Backoff::snooze`, for as long as it takes.
#[derive(Default)]
pub struct Patience {
    waits: u32,
}

impl Patience {
    /// Waits a little.
    pub fn wait(&mut self) {
        if self.waits < 7 {
            for _ in 0..1 << self.waits {
                hint::spin_loop();
            }
            self.waits += 1;
        } else {
            thread::yield_now();
        }
    }
}

/// Pushes until that succeeds.
#[inline]
pub fn until_pushed<P>(value: P, mut push: impl FnMut(P) -> Result<(), P>) {
    let mut value = value;
    let mut patience = Patience::default();
    while let Err(back) = push(value) {
        value = back;
        patience.wait();
    }
}

/// Pops until there is something.
#[inline]
pub fn until_popped<P>(mut pop: impl FnMut() -> Option<P>) -> P {
    let mut patience = Patience::default();
    loop {
        if let Some(value) = pop() {
            return value;
        }
        patience.wait();
    }
}
