//! How quick is the engine?
//!
//! ```text
//! cargo bench -p raddle-engine-benches                 both parts
//! cargo bench -p raddle-engine-benches -- speed        executions per second, and what a second worker gives
//! cargo bench -p raddle-engine-benches -- loom         against loom, to cover everything
//! cargo bench -p raddle-engine-benches -- quick        smaller, to see that it works
//! ```
//!
//! Against loom, both sides run the same closures on one core, in turns, and the processor's time is compared. loom has no
//! bound on preemptions, which is its own default; raddle's executions are those of RC11, without the spurious wake-ups
//! that loom does not have.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use raddle::model::{Checker, Coverage};
use raddle_engine_benches::{Cost, Spread, geometric_mean, in_turns, programs};

/// How much is measured.
struct Size {
    rounds: usize,
    fib_steps: usize,
    /// The executions of `fib` with so many steps.
    fib_executions: u64,
    /// How long one side runs in a round, at least.
    round: Duration,
    /// When loom is told to stop.
    loom_cap: Duration,
}

const FULL: Size = Size {
    rounds: 9,
    fib_steps: 5,
    fib_executions: 525_630,
    round: Duration::from_millis(100),
    loom_cap: Duration::from_secs(20),
};
const QUICK: Size = Size {
    rounds: 3,
    fib_steps: 2,
    fib_executions: 153,
    round: Duration::from_millis(10),
    loom_cap: Duration::from_secs(1),
};

fn main() {
    let asked = |part: &str| std::env::args().skip(1).any(|argument| argument == part);
    let size = if asked("quick") { QUICK } else { FULL };
    let both = asked("speed") == asked("loom");
    if both || asked("speed") {
        speed(&size);
    }
    if both || asked("loom") {
        against_loom(&size);
    }
}

/// Searches `fib` with one worker and with two.
fn speed(size: &Size) {
    let seconds = |workers: usize| {
        let steps = size.fib_steps;
        let began = Instant::now();
        let report = Checker::new().workers(workers).explore(move || programs::raddle::fib(steps));
        assert_eq!((report.executions, report.coverage), (size.fib_executions, Coverage::Complete));
        began.elapsed().as_secs_f64()
    };
    let rounds = in_turns(size.rounds, || seconds(1), || seconds(2));
    let per_second = Spread::of(rounds.iter().map(|[one, _]| size.fib_executions as f64 / one));
    let gain = Spread::of(rounds.iter().map(|[one, two]| one / two));
    println!("fib, {} steps: {} executions, {} rounds", size.fib_steps, size.fib_executions, size.rounds);
    println!("executions per second, 1 worker     {per_second:.0}");
    println!("time of 1 worker : time of 2        {gain:.2}");
}

/// Covers a program by raddle, in one thread.
fn by_raddle(program: fn()) -> (u64, bool) {
    let report = Checker::new().workers(1).spurious_wakeups(0).check(program);
    (report.executions + report.blocked, report.coverage == Coverage::Complete)
}

/// Covers a program by loom, or as much of it as the time allows.
fn by_loom(program: fn(), cap: Duration) -> (u64, bool) {
    let mut loom = loom::model::Builder::new();
    loom.preemption_bound = None;
    loom.max_permutations = None;
    loom.max_branches = 100_000;
    loom.max_duration = Some(cap);
    // loom looks at the clock so often.
    loom.checkpoint_interval = 1_000;
    let executions = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    loom.check({
        let executions = executions.clone();
        move || {
            executions.fetch_add(1, Relaxed);
            program();
        }
    });
    (executions.load(Relaxed), began.elapsed() < cap)
}

/// Compares the two on one program; prints a line, and returns the ratio and whether loom came to an end.
fn compare(size: &Size, name: &str, ours: fn(), theirs: fn()) -> (f64, bool) {
    // Once, to warm up, and to see whether loom ends.
    let raddle = || Cost::of_many(size.round, || by_raddle(ours));
    let loom = || Cost::of_many(size.round, || by_loom(theirs, size.loom_cap));
    let first = [raddle(), loom()];
    let ends = first[1].is_complete;
    // What takes seconds is measured less often.
    let is_long = first[1].time > 10 * size.round;
    let rounds = match (ends, is_long) {
        (false, _) => vec![first],
        (true, true) => in_turns(size.rounds.min(3), raddle, loom),
        (true, false) => in_turns(size.rounds, raddle, loom),
    };
    let micros = |side: usize| Spread::of(rounds.iter().map(|round| round[side].time.as_secs_f64() * 1e6)).median();
    let ratio = Spread::of(rounds.iter().map(|[raddle, loom]| loom.time.as_secs_f64() / raddle.time.as_secs_f64()));
    let executions = [0, 1].map(|side| rounds[0][side].executions);
    let sign = if ends { " " } else { ">" };
    println!(
        "{name:32}{:>10}{:>14.1}{sign:>3}{:>11}{:>16.1}  {sign}{ratio:.1}",
        executions[0],
        micros(0),
        executions[1],
        micros(1)
    );
    (ratio.median(), ends)
}

/// Prints a table of all programs.
fn against_loom(size: &Size) {
    println!(
        "{:32}{:>10}{:>14}{:>14}{:>16}   ratio, and half of the rounds",
        "", "raddle", "microseconds", "loom", "microseconds"
    );
    let pairs = programs::raddle::ALL.into_iter().zip(programs::loom::ALL);
    let ratios: Vec<(f64, bool)> = pairs.map(|((name, ours), (_, theirs))| compare(size, name, ours, theirs)).collect();
    let sign = if ratios.iter().all(|&(_, ends)| ends) { "" } else { ">" };
    let least = ratios.iter().map(|&(ratio, _)| ratio).fold(f64::INFINITY, f64::min);
    println!("geometric mean {sign}{:.1}, least {least:.1}", geometric_mean(ratios.iter().map(|&(ratio, _)| ratio)));
}
