//! What does it cost to record a history of a queue, and to judge it?
//!
//! ```text
//! cargo bench -p raddle-monitor-benches              a million operations
//! cargo bench -p raddle-monitor-benches -- quick     smaller, to see that it works
//! ```
//!
//! Judging: the processor's time, of the user and the system together, and the most memory that a process has used that
//! does nothing but hold the history and judge it. Each history is judged in processes of their own, so that none finds
//! memory that another has left. Recording: the time of a call that does nothing, by each clock, in one thread.

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};

use cpu_time::ProcessTime;
use raddle::check::{Clock, QueueCall, QueueOperation, QueueVerdict, Recorder, Stress, TimeSource, judge_queue};
use raddle::queue::RingQueue;
use raddle_monitor_benches::generated;

/// Makes a history of so many threads, of so many operations.
type Make = fn(u32, usize) -> Vec<QueueOperation>;

const HISTORIES: [(&str, Make); 3] = [
    ("generated", |threads, operations| generated(threads, operations, 1)),
    ("counter", |threads, operations| recorded(Clock::Counter, threads, operations)),
    ("time-stamp", |threads, operations| recorded(Clock::TimeStamp, threads, operations)),
];
const THREADS: [u32; 2] = [4, 16];
const ROUNDS: usize = 9;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [part, name, threads, operations] = &arguments[..]
        && part == "judge"
    {
        let make = HISTORIES.iter().find(|history| history.0 == name).expect("one of the histories").1;
        return judge(&make(threads.parse().unwrap(), operations.parse().unwrap()));
    }
    let (rounds, operations) =
        if arguments.iter().any(|argument| argument == "quick") { (3, 100_000) } else { (ROUNDS, 1_000_000) };
    println!("{operations} operations; median of {rounds} processes, least and most");
    println!("{:24}{:>30}{:>12}{:>12}{:>12}", "", "CPU milliseconds", "MB before", "MB at most", "values");
    for (name, _) in HISTORIES {
        for threads in THREADS {
            let runs = (0..rounds).map(|_| in_a_process(name, threads, operations)).collect::<Vec<_>>();
            let column = |number: usize| {
                let mut column: Vec<f64> = runs.iter().map(|run| run[number]).collect();
                column.sort_by(f64::total_cmp);
                column
            };
            let [time, before, most, values] =
                [0, 1, 2, 3].map(column).map(|column| [column[0], column[rounds / 2], column[rounds - 1]]);
            let times = format!("{:.1} ({:.1} to {:.1})", time[1], time[0], time[2]);
            let name = format!("{name}, {threads} threads");
            println!("{name:24}{times:>30}{:>12.1}{:>12.1}{:>12}", before[1], most[1], values[1]);
        }
    }
    record(operations, rounds);
}

/// A history of the ring queue on real threads.
fn recorded(clock: Clock, threads: u32, operations: usize) -> Vec<QueueOperation> {
    let queue = RingQueue::new(1024);
    let stress = Stress { calls: operations / threads as usize, clock, capacity: None };
    let half = threads as usize / 2;
    let report = stress.run(vec![|value| queue.try_push(value).is_ok(); half], vec![|| queue.try_pop(); half]);
    if clock == Clock::TimeStamp {
        assert_eq!(report.source, TimeSource::TimeStampCounter, "there is none on this machine");
    }
    report.operations
}

/// Judges the history, and prints milliseconds, megabytes, and how many values were pushed.
fn judge(history: &[QueueOperation]) {
    let before = peak_after_forgetting();
    let began = ProcessTime::now();
    let verdict = judge_queue(black_box(history));
    let time = began.elapsed();
    assert_eq!(verdict, QueueVerdict::Linearizable);
    let most = peak();
    let values = history.iter().filter(|operation| matches!(operation.call, QueueCall::Push(_))).count();
    println!("{} {before} {most} {values}", time.as_secs_f64() * 1e3);
}

/// The most memory that this process has used, in megabytes.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("on Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("there is a peak");
    peak.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1e3
}

/// The same, as if that began now.
fn peak_after_forgetting() -> f64 {
    fs::write("/proc/self/clear_refs", "5").expect("the peak can be reset");
    peak()
}

fn in_a_process(name: &str, threads: u32, operations: usize) -> [f64; 4] {
    let this = env::current_exe().unwrap();
    let output =
        Command::new(this).args(["judge", name, &threads.to_string(), &operations.to_string()]).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
    numbers.try_into().expect("four numbers")
}

/// Records calls that do nothing, by the one clock and the other in turns.
fn record(calls: usize, rounds: usize) {
    let recorders = [Clock::Counter, Clock::TimeStamp].map(Recorder::new);
    let mut times = [(); 2].map(|()| Vec::<Duration>::new());
    for _ in 0..rounds {
        for (recorder, times) in recorders.iter().zip(&mut times) {
            let mut log = recorder.log(1, calls);
            let began = Instant::now();
            for call in 0..calls {
                log.record(call, |call| black_box(*call));
            }
            times.push(began.elapsed());
        }
    }
    for (recorder, mut times) in recorders.iter().zip(times) {
        times.sort_unstable();
        let nanoseconds = times[rounds / 2].as_nanos() as f64 / calls as f64;
        println!("to record a call by {}: {nanoseconds:.1} ns", recorder.source());
    }
}
