//! How long an item takes depends on the seed, the producer and the item: not on the mode, nor on the day.

#![cfg(not(loom))]

mod demo;

use demo::run;

/// Producer, item and delay of each generated item, ordered by the first two.
fn delays(mode: &str, seed: &str) -> Vec<(u64, u64, f64)> {
    let ran = run(&["demo", "--json", "--speed", "400", "--items", "5", "--mode", mode, "--seed", seed]);
    let number = |value: &serde_json::Value| value.as_u64().unwrap();
    let mut delays: Vec<_> = ran
        .events("generated")
        .iter()
        .map(|event| (number(&event["producer"]), number(&event["item"]), event["delay_lecture_s"].as_f64().unwrap()))
        .collect();
    // The producers take turns as they please.
    delays.sort_by_key(|&(producer, item, _)| (producer, item));
    delays
}

#[test]
fn the_same_seed_gives_the_same_delays_in_every_mode() {
    let expected = delays("sequential", "5");
    assert_eq!(expected.len(), 10);
    for mode in ["sequential", "async", "threads", "checked"] {
        assert_eq!(delays(mode, "5"), expected, "{mode}");
    }
}

#[test]
fn another_seed_gives_other_delays() {
    assert_ne!(delays("threads", "5"), delays("threads", "6"));
}
