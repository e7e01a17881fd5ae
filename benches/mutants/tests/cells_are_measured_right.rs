//! The driver measures what it says: executions as they are recorded, nothing where nothing is wrong, and a process that is silent
//! is ended.

use std::path::Path;
use std::time::Duration;

use raddle::catalogue::{entries, find};
use raddle_mutants_benches::child::{Job, measure};
use raddle_mutants_benches::results::is_found;
use raddle_mutants_benches::sample::{End, Sample};
use raddle_mutants_benches::tool::{Bounds, Code, Tool};

const BOUNDS: Bounds = Bounds { executions: 2_000, time: Duration::from_secs(20) };
const SILENCE_MAX: Duration = Duration::from_secs(60);

fn measured(tool: Tool, variant: &str, code: Code, silence_max: Duration) -> Sample {
    let job = Job { tool, variant: variant.to_owned(), code, bounds: BOUNDS };
    measure(Path::new(env!("CARGO_BIN_EXE_mutants-cell")), &job, 1, silence_max)
}

#[test]
fn exhaustive_takes_the_executions_that_are_recorded() {
    let recorded = include_str!("../../../src/catalogue/verdicts/engine.tsv").lines().skip(1);
    let mut variants = 0;
    for line in recorded {
        let (name, verdicts) = line.split_once('\t').unwrap();
        let (buggy, _) = verdicts.split_once('\t').unwrap();
        let (_, variant) = find(name).unwrap();
        let sample = measured(Tool::Exhaustive, name, Code::Buggy, SILENCE_MAX);
        assert!(is_found(variant, &sample.end), "{name}: {sample:?}");
        assert_eq!(format!("found in {}", sample.executions), buggy, "{name}");
        assert!(sample.processor > Duration::ZERO && sample.wall > Duration::ZERO, "{name}: {sample:?}");
        variants += 1;
    }
    assert_eq!(variants, entries().iter().map(|entry| entry.variants.len()).sum::<usize>());
}

#[test]
fn every_tool_finds_a_mutant_of_interleaving_and_nothing_in_its_fix() {
    let (_, variant) = find("pop-from-empty").unwrap();
    for tool in Tool::ALL {
        let sample = measured(tool, variant.name, Code::Buggy, SILENCE_MAX);
        assert!(is_found(variant, &sample.end), "{}: {sample:?}", tool.name());
        assert!((1..1_000).contains(&sample.executions), "{}: {sample:?}", tool.name());
        let sample = measured(tool, variant.name, Code::Fixed, SILENCE_MAX);
        assert_eq!(sample.end, End::Nothing, "{}", tool.name());
        assert!((2..=BOUNDS.executions).contains(&sample.executions), "{}: {sample:?}", tool.name());
    }
}

#[test]
fn a_process_that_is_silent_for_too_long_is_ended() {
    let sample = measured(Tool::Loom, "notify-one-wrong-waiter", Code::Fixed, Duration::from_micros(100));
    assert_eq!(sample, Sample::lost(1, "silent for 100µs"));
}

#[test]
fn a_process_that_ends_without_a_word_is_told() {
    let sample = measured(Tool::Auto, "no such variant", Code::Buggy, SILENCE_MAX);
    let End::Lost(why) = &sample.end else { panic!("{sample:?}") };
    assert!(why.starts_with("ended: "), "{why}");
}
