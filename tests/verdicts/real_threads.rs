//! What do real threads make of them? That is a matter of luck, so most of it is only recorded, and not compared.

use std::thread;
use std::time::{Duration, Instant};

use raddle::catalogue::{Entry, Tool, Variant};

use super::{Verdict, child, compare_or_record_verdicts, is_recording};

/// For how long each model is run.
const TIME: Duration = Duration::from_secs(5);
/// A run that takes longer than this hangs.
const HANG_AFTER: Duration = Duration::from_secs(1);

fn run(model: fn()) {
    thread::spawn(|| {
        loop {
            let before = child::executions();
            thread::sleep(HANG_AFTER);
            if child::executions() == before {
                child::report_failure("hang", "");
            }
        }
    });
    let start = Instant::now();
    while start.elapsed() < TIME {
        child::begin();
        model();
    }
}

/// The fixes pass, and what needs no luck is found. All the rest is recorded, if that is asked for.
pub fn of_this_build<I: Iterator<Item = (&'static Entry, &'static Variant)>>(variants: fn() -> I) {
    child::run_if_child(|_| "panic", run);
    if is_recording() {
        let verdicts: Vec<_> = variants()
            .map(|(_, variant)| Verdict::of(variant, &child::buggy(variant), &child::fixed(variant)))
            .collect();
        compare_or_record_verdicts(Tool::RealThreads, &verdicts);
    }
    for (_, variant) in variants() {
        raddle::model(variant.fixed);
        if variant.finders.contains(&Tool::RealThreads) {
            assert!(Verdict::is_found(variant, &child::buggy(variant)), "{} is not found", variant.name);
        }
    }
}
