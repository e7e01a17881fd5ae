//! How quick are raddle's channel and queues beside others?
//!
//! ```text
//! cargo bench-channels                                    everything, some five minutes
//! cargo bench-channels --quick                            smaller, to see that it works
//! cargo bench-channels --workload mpsc --payload u64      a part
//! cargo bench-channels --json FILE --svg FILE             for programs, and as a picture
//! cargo bench-channels --help                             the rest
//! ```
//!
//! All contenders are in this program and run in turns, round after round, each for some 80 ms, in an order drawn anew for
//! each round. Before and after each sample a cache line goes to and fro between two processors: if they were near both
//! times, or far both times, the sample counts among those; otherwise it is thrown away. What is compared has a table for
//! each place, and never stands beside a sample from elsewhere. What others used of the processors meanwhile is told; on a
//! machine that others use, `--foreign-max 10` keeps only the quiet samples.
//!
//! The threads are not bound to processors. A contender that only tries waits in a loop: up to seven times 1 to 64 pauses,
//! then a yield after each try. In every sample the sum of what was received must be that of what was sent.

use std::fs::File;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use raddle::sync::{BACKEND, Backend};
use raddle_channel_benches::arguments::Arguments;
use raddle_channel_benches::chart::chart;
use raddle_channel_benches::json::json;
use raddle_channel_benches::probe::Probe;
use raddle_channel_benches::progress::Progress;
use raddle_channel_benches::report::report;
use raddle_channel_benches::results::{Table, tables};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    if BACKEND != Backend::Std {
        return Err(format!("raddle is built for {BACKEND} here; `cargo bench-channels` builds it for std"));
    }
    let pace = arguments.pace();
    let mut contests = arguments.contests()?;
    let probe = Probe::new()?;
    // Before the measuring: a file that can't be written is told at once.
    let [json_file, svg_file] = arguments.files()?;

    let progress = Progress::start(pace.rounds);
    for round in 0..pace.rounds {
        for contest in &mut contests {
            contest.round(round, pace, &probe, |contest, entry| progress.next(round, contest, entry));
        }
        progress.done(round + 1);
    }

    let tables = tables(&contests);
    let write = |file: Option<File>, text: &dyn Fn() -> String| {
        file.map_or(Ok(()), |mut file| file.write_all(text().as_bytes())).map_err(|error| error.to_string())
    };
    write(json_file, &|| format!("{}\n", json(&contests, &tables, pace)))?;
    let charted: Vec<&Table> = tables.iter().filter(|table| arguments.is_charted(table.contest)).collect();
    write(svg_file, &|| chart(&charted))?;
    println!("{}", report(&contests, &tables, pace));
    Ok(())
}
