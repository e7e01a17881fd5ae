//! Which of two calls on real threads was first? Told by a clock that all threads share.

use std::fmt;
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Release, SeqCst},
    fence,
};
use std::time::Instant;

use crossbeam_utils::CachePadded;

/// What times are to be told by.
///
/// The time of a call is read before it begins, and that of its return after it ends. So what is recorded as the time of
/// an operation is never shorter than the operation, but longer if the thread was interrupted in between: one operation
/// precedes another in the recording only if it did so in fact. This can hide a violation, and cannot invent one.
///
/// The clocks differ in what they do to the code under test, and in what "in fact" means:
///
/// - By the counter, if one operation precedes another then it *happens before* it, as the memory model has it. So there is
///   no false alarm about code that promises no more than that. But to add to it is a full barrier on x86: a store that
///   would be in the processor's store buffer when the call returns is visible to all by then. And all threads meet at it.
/// - The time-stamp counter is read without a barrier. What a call leaves in the store buffer when it returns becomes visible
///   some nanoseconds later, and if another thread looks in between, say for a value in a queue, then the value was pushed
///   and is not there. In real time this is a violation, and the counter hides it. A structure that publishes by Release
///   stores alone promises only what happens before, and is not wrong for that: judge it by the counter. Of raddle's queues
///   this is [`SpscRing`](crate::queue::SpscRing).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Clock {
    /// A counter that all threads add to: it hides what a full barrier hides.
    Counter,
    /// The processor's time-stamp counter, if there is one that is the same for all cores, else the system's clock.
    TimeStamp,
}

/// What times were told by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeSource {
    /// A counter that all threads add to.
    Counter,
    /// The processor's time-stamp counter, in ticks.
    TimeStampCounter,
    /// The system's clock, in nanoseconds, between full barriers: it hides what they hide.
    Instant,
}

impl fmt::Display for TimeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter => "a shared counter",
            Self::TimeStampCounter => "the time-stamp counter",
            Self::Instant => "the system's clock",
        })
    }
}

/// The times of calls and returns.
pub(super) struct Stamps {
    pub(super) source: TimeSource,
    counter: CachePadded<AtomicU64>,
    began: Instant,
    began_ticks: u64,
}

impl Stamps {
    pub(super) fn new(clock: Clock) -> Self {
        let source = match clock {
            Clock::Counter => TimeSource::Counter,
            Clock::TimeStamp if time_stamp_counter::is_one_for_all() => TimeSource::TimeStampCounter,
            Clock::TimeStamp => TimeSource::Instant,
        };
        let began_ticks = if source == TimeSource::TimeStampCounter { time_stamp_counter::before() } else { 0 };
        Self { source, counter: CachePadded::new(AtomicU64::new(0)), began: Instant::now(), began_ticks }
    }

    /// The time, read before everything that follows.
    pub(super) fn before(&self) -> u64 {
        match self.source {
            // Acquire: pairs with the Release in `after` of each operation that has a smaller number, through the additions
            // in between; what follows comes after those.
            TimeSource::Counter => self.counter.fetch_add(1, Acquire),
            TimeSource::TimeStampCounter => time_stamp_counter::before().saturating_sub(self.began_ticks),
            TimeSource::Instant => {
                let time = self.nanoseconds();
                // SeqCst: with the fence in `after`, full barriers that keep the operation between the two readings.
                fence(SeqCst);
                time
            }
        }
    }

    /// The time, read after everything that came before.
    pub(super) fn after(&self) -> u64 {
        match self.source {
            // Release: pairs with the Acquire in `before` of each operation that has a greater number.
            TimeSource::Counter => self.counter.fetch_add(1, Release),
            TimeSource::TimeStampCounter => time_stamp_counter::after().saturating_sub(self.began_ticks),
            TimeSource::Instant => {
                // SeqCst: as in `before`.
                fence(SeqCst);
                self.nanoseconds()
            }
        }
    }

    fn nanoseconds(&self) -> u64 {
        self.began.elapsed().as_nanos() as u64
    }
}

#[cfg(all(target_arch = "x86_64", target_os = "linux", not(miri)))]
mod time_stamp_counter {
    use std::arch::asm;
    use std::fs;

    /// True if the counter runs at one speed, never stops, and is the same on all cores. The kernel knows: it compares the
    /// cores' counters, and no longer lists the counter as a clock once it has found one that is wrong.
    pub fn is_one_for_all() -> bool {
        let clocks = fs::read_to_string("/sys/devices/system/clocksource/clocksource0/available_clocksource");
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let mut flags = processors.lines().filter(|line| line.starts_with("flags")).peekable();
        let has = |flags: &str, flag: &str| flags.split_whitespace().any(|word| word == flag);
        clocks.is_ok_and(|clocks| clocks.split_whitespace().any(|clock| clock == "tsc"))
            && flags.peek().is_some()
            && flags.all(|flags| ["constant_tsc", "nonstop_tsc", "rdtscp"].iter().all(|flag| has(flags, flag)))
    }

    /// Reads the counter before anything that follows is executed: `lfence` lets nothing begin before `rdtsc` has ended.
    pub fn before() -> u64 {
        let (low, high): (u64, u64);
        // SAFETY: the instructions write the two registers named, to their full widths, and nothing else. That they may
        // touch memory is not excluded, so that the compiler moves no access across them.
        unsafe { asm!("rdtsc", "lfence", out("rax") low, out("rdx") high, options(nostack, preserves_flags)) };
        high << 32 | low
    }

    /// Reads the counter after all that came before has been executed, but for stores that wait in the store buffer:
    /// `rdtscp` waits for it, and `lfence` lets nothing that follows begin before.
    pub fn after() -> u64 {
        let (low, high): (u64, u64);
        // SAFETY: as above; `rdtscp`, which this processor has (see `is_one_for_all`), writes `rcx` too.
        unsafe {
            asm!("rdtscp", "lfence", out("rax") low, out("rdx") high, out("rcx") _, options(nostack, preserves_flags))
        };
        high << 32 | low
    }
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux", not(miri))))]
mod time_stamp_counter {
    pub fn is_one_for_all() -> bool {
        false
    }

    pub fn before() -> u64 {
        unreachable!("there is no such counter")
    }

    pub fn after() -> u64 {
        unreachable!("there is no such counter")
    }
}
