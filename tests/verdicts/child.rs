//! A model in a process of its own, which its first panic ends: this test program, told by a variable which one. Threads that
//! wait for ever end with it, and nobody unwinds through what a tool has given up.

use std::env;
use std::io::{self, Write};
use std::panic;
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use raddle::catalogue::{Variant, find};

use super::Seen;

/// The variant's name, and `buggy` or `fixed`.
const CHILD: &str = "RADDLE_CATALOGUE_CHILD";
/// What a child's report begins with.
const REPORT: &str = "what it saw:";

/// How often the model was begun in this process.
static EXECUTIONS: AtomicU64 = AtomicU64::new(0);

/// What a child sees of the wrong code.
pub fn buggy(variant: &Variant) -> Seen {
    seen(variant, "buggy")
}

/// What a child sees of the fix.
pub fn fixed(variant: &Variant) -> Seen {
    seen(variant, "fixed")
}

fn seen(variant: &Variant, which: &str) -> Seen {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "tools_find_what_the_catalogue_says", "--nocapture"])
        .env(CHILD, format!("{} {which}", variant.name))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let report = text.lines().find_map(|line| line.split_once(REPORT)).map(|(_, report)| report);
    match report.map(|report| report.split('\t').collect::<Vec<_>>()).as_deref() {
        Some([executions]) => Seen { executions: executions.parse().unwrap(), failure: None },
        Some([executions, kind, message]) => {
            let failure = Some(((*kind).to_owned(), (*message).to_owned()));
            Seen { executions: executions.parse().unwrap(), failure }
        }
        _ => panic!("{} {which}: no report, {}", variant.name, output.status),
    }
}

/// If this is a child: `run` runs the model that it gets, and counts with [`begin`]; `kind_of` says what kind of fault a panic
/// is. Does not return then.
pub fn run_if_child(kind_of: fn(&str) -> &'static str, run: fn(fn())) {
    let Ok(model) = env::var(CHILD) else { return };
    let (name, which) = model.split_once(' ').unwrap();
    let (_, variant) = find(name).unwrap();
    panic::set_hook(Box::new(move |info| {
        let payload = info.payload();
        let message = payload.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or_default();
        report_failure(kind_of(message), message);
    }));
    run(if which == "buggy" { variant.buggy } else { variant.fixed });
    report("");
}

/// Counts an execution.
pub fn begin() {
    // Relaxed, here and below: a statistic.
    EXECUTIONS.fetch_add(1, Relaxed);
}

/// How many there were.
pub fn executions() -> u64 {
    EXECUTIONS.load(Relaxed)
}

/// Reports what was wrong, and ends the process.
pub fn report_failure(kind: &str, message: &str) -> ! {
    report(&format!("\t{kind}\t{}", message.replace(['\n', '\t'], " ")))
}

fn report(failure: &str) -> ! {
    // Locked until the end: the first report is the only one.
    let mut out = io::stdout().lock();
    writeln!(out, "\n{REPORT}{}{failure}", executions()).and_then(|()| out.flush()).unwrap();
    process::exit(0)
}
