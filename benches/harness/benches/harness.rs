//! How quick is the harness, and how does it compare with lincheck?
//!
//! ```text
//! cargo bench -p raddle-harness-benches                 both parts
//! cargo bench -p raddle-harness-benches -- size         all programs up to a size, and how long that takes
//! cargo bench -p raddle-harness-benches -- lincheck     against lincheck, on the same programs
//! cargo bench -p raddle-harness-benches -- quick        smaller, to see that it works
//! ```
//!
//! Against lincheck, both sides check the same programs, those that raddle enumerates, one after the other on one core, in
//! turns, and the processor's time is compared. lincheck itself draws programs at random and runs each on loom 0.6 without a
//! bound on preemptions; here it is given the programs, smallest first, and told to stop after some time. Then the time that
//! raddle took for those that lincheck has done is compared, so that the ratio is one of like with like. raddle runs every
//! execution of RC11, without the spurious wake-ups that loom does not have.
//!
//! lincheck takes the order in which loom runs the threads for that of time, though loom lets loads be stale. So it finds fault
//! with programs of the ring in which nothing is wrong, and is done with them sooner; how many, is said.

use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use lincheck::ConcurrentSpec;
use lincheck::scenario::check_scenario_with_loom;
use raddle::check::{Check, Scenario, Size, Spec, Subject, scenarios};
use raddle::model::Coverage;
use raddle_engine_benches::{Cost, Spread, in_turns};
use raddle_harness_benches::for_lincheck::{self, List, translated};
use raddle_harness_benches::for_raddle;

/// How much is measured.
struct Amount {
    rounds: usize,
    /// Threads and calls.
    sizes: &'static [(usize, usize)],
    /// The sizes on which lincheck is measured.
    lincheck_sizes: &'static [(usize, usize)],
    /// When lincheck is told to stop, at the next program.
    lincheck_cap: Duration,
}

const FULL: Amount = Amount {
    rounds: 5,
    sizes: &[(3, 4), (3, 5), (3, 6), (2, 7)],
    lincheck_sizes: &[(3, 3), (3, 4), (3, 5)],
    lincheck_cap: Duration::from_secs(30),
};
const QUICK: Amount =
    Amount { rounds: 1, sizes: &[(3, 3)], lincheck_sizes: &[(2, 3)], lincheck_cap: Duration::from_secs(2) };

fn main() {
    let known = ["size", "lincheck", "quick", "--bench"];
    if let Some(unknown) = std::env::args().skip(1).find(|argument| !known.contains(&argument.as_str())) {
        eprintln!("unknown part: {unknown}; there are size, lincheck and quick");
        std::process::exit(2);
    }
    let asked = |part: &str| std::env::args().skip(1).any(|argument| argument == part);
    let amount = if asked("quick") { QUICK } else { FULL };
    let both = asked("size") == asked("lincheck");
    if both || asked("size") {
        println!("all programs of push and pop (neither waits), capacity 2, on all cores");
        for &size in amount.sizes {
            cover::<for_raddle::ring::Subject>("RingQueue", size, amount.rounds);
            cover::<for_raddle::mutex::Subject>("MutexQueue", size, amount.rounds);
        }
    }
    if both || asked("lincheck") {
        println!("the same programs by lincheck and by raddle, on one core");
        for &size in amount.lincheck_sizes {
            compare::<for_raddle::ring::Subject, for_lincheck::Ring>("RingQueue", size, &amount);
            compare::<for_raddle::mutex::Subject, for_lincheck::Mutex>("MutexQueue", size, &amount);
        }
    }
}

/// Covers all programs up to a size, so many times.
fn cover<S: Subject>(name: &str, (threads, calls): (usize, usize), rounds: usize) {
    let check = Check::<S>::new().threads(threads).calls(calls).max_duration(Duration::from_secs(600));
    let reports: Vec<_> = (0..rounds).map(|_| check.explore()).collect();
    let report = &reports[0];
    assert!(reports.iter().all(|report| report.coverage == Coverage::Complete), "{report}");
    let seconds = Spread::of(reports.iter().map(|report| report.elapsed.as_secs_f64()));
    println!(
        "{name:10}  {threads} threads, {calls} calls: {:6} programs, {:9} executions, {:7} histories, {seconds:.3} s",
        report.scenarios, report.executions, report.histories
    );
}

/// Covers these programs with raddle, one after the other in one thread.
fn by_raddle<S: Subject>(programs: &[Scenario]) -> Cost {
    Cost::of(|| {
        let check = Check::<S>::new().workers(1).spurious_wakeups(0);
        let check = programs.iter().fold(check, |check, program| check.scenario(&program.to_string()));
        let report = check.explore();
        assert_eq!(report.coverage, Coverage::Complete, "{report}");
        (report.executions, true)
    })
}

/// Covers these programs with lincheck until the time is over. How many programs it has covered stands for the executions.
/// Returns also with how many it finds fault, and with how many it panics for want of an answer.
fn by_lincheck<C>(programs: &[Scenario], cap: Duration) -> (Cost, [u64; 2])
where
    C: ConcurrentSpec<Seq = List> + Send + Sync + 'static,
{
    let [mut refused, mut unanswered] = [0; 2];
    let cost = Cost::of(|| {
        let began = Instant::now();
        let mut done = 0;
        for program in programs {
            if began.elapsed() > cap {
                break;
            }
            match catch_unwind(|| check_scenario_with_loom::<C>(translated(program))) {
                Ok(Ok(())) => {}
                Ok(Err(_)) => refused += 1,
                Err(_) => unanswered += 1,
            }
            done += 1;
        }
        (done, done == programs.len() as u64)
    });
    (cost, [refused, unanswered])
}

fn compare<S: Subject, C>(name: &str, (threads, calls): (usize, usize), amount: &Amount)
where
    C: ConcurrentSpec<Seq = List> + Send + Sync + 'static,
{
    let size = Size::new(threads, calls);
    let programs: Vec<Scenario> = scenarios(&S::Spec::methods(), size).collect();
    let (first, [refused, unanswered]) = by_lincheck::<C>(&programs, amount.lincheck_cap);
    let done = &programs[..first.executions as usize];
    let rounds = in_turns(
        amount.rounds,
        || by_raddle::<S>(done),
        || if first.is_complete { by_lincheck::<C>(done, Duration::MAX).0 } else { first },
    );
    let ratio = Spread::of(rounds.iter().map(|[ours, theirs]| theirs.time.as_secs_f64() / ours.time.as_secs_f64()));
    let of = |side: usize| Spread::of(rounds.iter().map(|round| round[side].time.as_secs_f64()));
    println!(
        "{name:10}  {threads} threads, {calls} calls: {} of {} programs; raddle {:.3} s, lincheck {:.3} s and \
         {refused} false alarms, {unanswered} without an answer, ratio {ratio:.0}",
        done.len(),
        programs.len(),
        of(0),
        of(1),
    );
}
