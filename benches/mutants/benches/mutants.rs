//! How soon are the mutants of the catalogue found?
//!
//! ```text
//! cargo bench -p raddle-mutants-benches                        all variants, all tools
//! cargo bench -p raddle-mutants-benches -- ring lock           those with one of these words in their names
//! cargo bench -p raddle-mutants-benches -- --quick             fewer seeds and nearer bounds, to see that it works
//! cargo bench -p raddle-mutants-benches -- --json FILE         writes all that was measured, too
//! ```
//!
//! cargo runs it in the package's folder, from where a relative FILE counts.
//!
//! Each search has a process of its own, in which the tool has run another model before. On all sides the executions that were
//! begun are counted, those that are blocked or were drawn by chance beside the search as well; the time is the processor's, from
//! the call until there is a report: on the engine that has a trace and a token in it, on loom and shuttle it is the panic's
//! message. The engine has one worker and its defaults, so waits wake up for no reason once and may time out, which those of the
//! others do not. loom has a bound of three preemptions.
//!
//! A tool that finds fault with the fix, too, has found nothing.
//!
//! Most of the mutants are found in a few executions, so in most cells the time is that of the first execution in a process and of
//! the report. The engine's report is a tenth of a millisecond, which the panic of another tool does not take; without it a first
//! execution costs the same on all sides. What a strategy is good for shows in the executions.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use raddle::catalogue::{Variant, entries};
use raddle_mutants_benches::json::json;
use raddle_mutants_benches::results::{Amount, Row};
use raddle_mutants_benches::table::{LEGEND, against_auto, summary, table};
use raddle_mutants_benches::tool::{Bounds, Tool};

const FULL: Amount = Amount {
    seeds: &[1, 2, 3, 4, 5, 6, 7, 8, 9],
    bounds: Bounds { executions: 10_000, time: Duration::from_secs(2) },
    fixed_bounds: Bounds { executions: 2_000, time: Duration::from_secs(1) },
};
const QUICK: Amount = Amount {
    seeds: &[1, 2, 3],
    bounds: Bounds { executions: 1_000, time: Duration::from_millis(200) },
    fixed_bounds: Bounds { executions: 100, time: Duration::from_millis(100) },
};

/// What is asked for.
struct Wanted {
    words: Vec<String>,
    amount: Amount,
    json: Option<String>,
}

fn wanted(mut arguments: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let mut wanted = Wanted { words: Vec::new(), amount: FULL, json: None };
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--bench" => {}
            "--quick" => wanted.amount = QUICK,
            "--json" => wanted.json = Some(arguments.next().ok_or("--json takes a file")?),
            option if option.starts_with('-') => return Err(format!("unknown option: {option}")),
            _ => wanted.words.push(argument),
        }
    }
    Ok(wanted)
}

fn main() {
    let Wanted { words, amount, json: file } = wanted(std::env::args().skip(1)).unwrap_or_else(|wrong| {
        eprintln!("{wrong}; there are --quick, --json FILE and words in the names of variants");
        std::process::exit(2);
    });
    let is_wanted = |variant: &&Variant| words.is_empty() || words.iter().any(|word| variant.name.contains(&**word));
    let variants: Vec<_> = entries().iter().flat_map(|entry| entry.variants).filter(is_wanted).collect();
    // Before anything is measured: it may not be possible.
    let file = file.map(|path| File::create(&path).unwrap_or_else(|error| panic!("{path}: {error}")));
    let program = Path::new(env!("CARGO_BIN_EXE_mutants-cell"));
    let began = Instant::now();
    let mut rows = Vec::new();
    for (number, variant) in variants.iter().enumerate() {
        eprintln!("{:4.0} s  {} of {}  {}", began.elapsed().as_secs_f64(), number + 1, variants.len(), variant.name);
        rows.push(Row::of(program, variant, &amount));
    }
    println!("{} seeds, up to {} executions or {:?}", amount.seeds.len(), amount.bounds.executions, amount.bounds.time);
    println!("{LEGEND}\n\n{}\n{}", table(&rows), summary(&rows));
    for tool in Tool::ALL.into_iter().filter(|tool| !tool.is_engine()) {
        println!("{}", against_auto(&rows, tool));
    }
    if let Some(mut file) = file {
        writeln!(file, "{:#}", json(&rows, &amount)).expect("the file takes what was measured");
    }
    eprintln!("{:4.0} s  done", began.elapsed().as_secs_f64());
}
