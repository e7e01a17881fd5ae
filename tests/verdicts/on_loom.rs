//! What does loom make of them?

use raddle::catalogue::{Entry, Tool, Variant};

use super::{Verdict, child, compare_or_record_verdicts};

/// As in `.cargo/config.toml`.
const PREEMPTIONS_MAX: usize = 3;

fn run(model: fn()) {
    let mut loom = loom::model::Builder::new();
    loom.preemption_bound = Some(PREEMPTIONS_MAX);
    loom.check(move || {
        child::begin();
        model();
    });
}

fn kind_of(message: &str) -> &'static str {
    if message.starts_with("deadlock") {
        "deadlock"
    } else if message.contains("Causality violation") {
        "data race"
    } else if message.contains("exceeded maximum number of branches") {
        "livelock"
    } else {
        "panic"
    }
}

pub fn of_this_build<I: Iterator<Item = (&'static Entry, &'static Variant)>>(variants: fn() -> I) {
    child::run_if_child(kind_of, run);
    let verdicts: Vec<_> =
        variants().map(|(_, variant)| Verdict::of(variant, &child::buggy(variant), &child::fixed(variant))).collect();
    compare_or_record_verdicts(Tool::Loom, &verdicts);
}
