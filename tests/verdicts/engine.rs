//! What does the engine make of them, in all executions, and in some by chance?

use raddle::catalogue::{Entry, Tool, Variant};
use raddle::model::{Checker, Strategy};

use super::{Seen, Verdict, compare_or_record_verdicts};

/// By chance it is this many executions, the same each time.
const RANDOM: Strategy = Strategy::Random { iterations: 10_000, seed: 0 };

fn seen(checker: &Checker, model: fn()) -> Seen {
    let report = checker.explore(model);
    let failure = report.violation.map(|violation| (violation.kind.to_string(), violation.message));
    Seen { executions: report.executions + report.blocked + u64::from(failure.is_some()), failure }
}

pub fn of_this_build<I: Iterator<Item = (&'static Entry, &'static Variant)>>(variants: fn() -> I) {
    // One worker: with more of them it is a matter of luck in how many executions something is found.
    let checker = Checker::new().workers(1);
    for (tool, checker) in [(Tool::Engine, checker.clone()), (Tool::Random, checker.strategy(RANDOM))] {
        let seen = |model| seen(&checker, model);
        let verdicts: Vec<_> =
            variants().map(|(_, variant)| Verdict::of(variant, &seen(variant.buggy), &seen(variant.fixed))).collect();
        compare_or_record_verdicts(tool, &verdicts);
    }
}
