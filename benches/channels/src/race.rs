//! What does it cost when threads do something together? They begin together, and each is measured by itself.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::usage::Usage;

/// What one thread does.
pub type Runner<'a, R> = Box<dyn FnOnce() -> R + Send + 'a>;

/// What one thread did.
pub struct Lap<R> {
    began: Instant,
    ended: Instant,
    /// What it used.
    pub usage: Usage,
    /// What came of it.
    pub result: R,
}

/// Runs them in a thread each.
///
/// # Panics
///
/// When one of them panics and the others end.
pub fn race<R: Send>(runners: Vec<Runner<'_, R>>) -> Vec<Lap<R>> {
    let start = &Barrier::new(runners.len());
    thread::scope(|scope| {
        let threads: Vec<_> = runners
            .into_iter()
            .map(|runner| {
                scope.spawn(move || {
                    start.wait();
                    let before = Usage::of_this_thread();
                    let began = Instant::now();
                    let result = runner();
                    let ended = Instant::now();
                    Lap { began, ended, usage: Usage::of_this_thread() - before, result }
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("the runner panicked")).collect()
    })
}

/// From the first to begin to the last to end.
pub fn wall<R>(laps: &[Lap<R>]) -> Duration {
    let began = laps.iter().map(|lap| lap.began).min().expect("somebody ran");
    let ended = laps.iter().map(|lap| lap.ended).max().expect("somebody ran");
    ended - began
}
