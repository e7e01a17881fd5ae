//! How much of the processors did we use, and how much everybody?

use std::fs;
use std::ops::{Add, Sub};
use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};
use nix::sys::resource::{UsageWho, getrusage};

/// What a thread, or several, have used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Time of the processor, of the user and the system together.
    pub cpu: Duration,
    /// Context switches, of their own will or not.
    pub switches: u64,
}

impl Usage {
    /// Of this thread, since it began.
    pub fn of_this_thread() -> Self {
        let usage = getrusage(UsageWho::RUSAGE_THREAD).expect("Linux tells every thread");
        let switches = usage.voluntary_context_switches() + usage.involuntary_context_switches();
        // Not from `usage`, where the system need not tell more than whole ticks.
        Self { cpu: ThreadTime::now().as_duration(), switches: switches.unsigned_abs() }
    }
}

impl Sub for Usage {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { cpu: self.cpu - before.cpu, switches: self.switches - before.switches }
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { cpu: self.cpu + other.cpu, switches: self.switches + other.switches }
    }
}

/// The unit of `/proc/stat`, which on Linux is the same everywhere.
const TICK: Duration = Duration::from_millis(10);

/// Watches what other processes do meanwhile.
pub struct Watch {
    began: Instant,
    ours: ProcessTime,
    everybodys: Duration,
}

impl Watch {
    /// Begins now.
    pub fn start() -> Self {
        Self { began: Instant::now(), ours: ProcessTime::now(), everybodys: everybodys() }
    }

    /// The part of all processors' time that was others', since the start: 0 to 1, in steps of a tick.
    ///
    /// Time that the hypervisor took away counts as others'.
    pub fn foreign_load(&self) -> f64 {
        let all = self.began.elapsed() * u32::try_from(processors()).expect("not that many");
        let ours = self.ours.elapsed();
        let foreign = everybodys().saturating_sub(self.everybodys).saturating_sub(ours);
        (foreign.as_secs_f64() / all.as_secs_f64()).min(1.0)
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The time that the processors were not idle; none if the system does not tell.
fn everybodys() -> Duration {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks = |field: usize| stat.split_whitespace().nth(field).and_then(|ticks| ticks.parse().ok()).unwrap_or(0);
    // After "cpu": user, nice, system, idle, iowait, irq, softirq, steal.
    TICK * [1, 2, 3, 6, 7, 8].map(ticks).iter().sum::<u32>()
}
