//! How far are the processors from each other at the moment? One cache line goes to and fro between two of them.
//!
//! On a virtual machine that changes within minutes, and with it whatever crosses from one to the other, by up to six times.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Instant;

use crossbeam_utils::CachePadded;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use crate::statistics::median;

/// Below so many nanoseconds for a round trip they are near. Processors of one package need 30 to 130, of two 300 and
/// more.
const NEAR_BELOW: f64 = 200.0;

/// Round trips that are timed together.
const TRIPS: u32 = 64;
/// How often that is done; the median counts, so that a thread which is interrupted now and then does no harm.
const TIMES: u32 = 31;

/// Where the processors were while a sample was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Near, before and after.
    Near,
    /// Far, before and after.
    Far,
    /// The one before and the other after: the sample is of neither.
    Mixed,
    /// It does not matter: one thread.
    Alone,
}

impl Placement {
    /// Of a sample between two round trips, in nanoseconds.
    pub fn between(before: f64, after: f64) -> Self {
        match (before < NEAR_BELOW, after < NEAR_BELOW) {
            (true, true) => Self::Near,
            (false, false) => Self::Far,
            _ => Self::Mixed,
        }
    }

    /// For tables and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Near => "near",
            Self::Far => "far",
            Self::Mixed => "mixed",
            Self::Alone => "one thread",
        }
    }
}

/// Two processors.
pub struct Probe([CpuSet; 2]);

impl Probe {
    /// The first two that this process may use.
    ///
    /// # Errors
    ///
    /// What is missing.
    pub fn new() -> Result<Self, String> {
        let allowed = sched_getaffinity(Pid::from_raw(0)).map_err(|error| format!("which processors? {error}"))?;
        let mut processors = (0..CpuSet::count()).filter(|&number| allowed.is_set(number).unwrap_or(false));
        let mut next = || {
            let mut one = CpuSet::new();
            let number = processors.next().ok_or("needs two processors, and has one")?;
            one.set(number).map_err(|error| format!("processor {number}: {error}"))?;
            Ok::<_, String>(one)
        };
        Ok(Self([next()?, next()?]))
    }

    /// Nanoseconds for a round trip, now.
    pub fn round_trip(&self) -> f64 {
        let line = &CachePadded::new(AtomicU32::new(0));
        let turns = TRIPS * TIMES;
        thread::scope(|scope| {
            scope.spawn(move || {
                stay_on(&self.0[1]);
                for turn in 0..turns {
                    await_value(line, 2 * turn + 1);
                    // Relaxed: the number itself is all that is passed on.
                    line.store(2 * turn + 2, Ordering::Relaxed);
                }
            });
            let times = scope.spawn(move || {
                stay_on(&self.0[0]);
                let block = |first: u32| {
                    let began = Instant::now();
                    for turn in first..first + TRIPS {
                        // Relaxed: as above.
                        line.store(2 * turn + 1, Ordering::Relaxed);
                        await_value(line, 2 * turn + 2);
                    }
                    began.elapsed().as_nanos() as f64 / f64::from(TRIPS)
                };
                (0..turns).step_by(TRIPS as usize).map(block).collect::<Vec<f64>>()
            });
            median(times.join().expect("the clock runs"))
        })
    }
}

fn stay_on(processor: &CpuSet) {
    sched_setaffinity(Pid::from_raw(0), processor).expect("the process may use it");
}

/// Without a pause, which would be half of what is measured.
fn await_value(line: &AtomicU32, value: u32) {
    // Relaxed: the number itself is all that is passed on.
    while line.load(Ordering::Relaxed) != value {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_between_near_and_far_is_mixed() {
        assert_eq!(Placement::between(50.0, 57.0), Placement::Near);
        assert_eq!(Placement::between(410.0, 480.0), Placement::Far);
        assert_eq!(Placement::between(50.0, 480.0), Placement::Mixed);
        assert_eq!(Placement::between(480.0, 50.0), Placement::Mixed);
    }

    #[test]
    fn a_round_trip_takes_time() {
        let Ok(probe) = Probe::new() else { return };
        assert!(probe.round_trip() > 1.0);
    }
}
