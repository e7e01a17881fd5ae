//! Each mode of the demo processes every item, and says so by its exit status.

#![cfg(not(loom))]

mod demo;

use std::collections::BTreeMap;

use demo::run;

const RIGHT_MODES: [&str; 4] = ["sequential", "async", "threads", "checked"];

/// The values that were processed, by producer and in that order.
fn processed(ran: &demo::Ran) -> BTreeMap<u64, Vec<u64>> {
    let mut values = BTreeMap::<u64, Vec<u64>>::new();
    for event in ran.events("processed") {
        values.entry(event["producer"].as_u64().unwrap()).or_default().push(event["value"].as_u64().unwrap());
    }
    values
}

#[test]
fn each_right_mode_processes_all_squares_of_each_producer_in_order() {
    let squares: Vec<u64> = (1..=20).map(|number| number * number).collect();
    for mode in RIGHT_MODES {
        let ran = run(&["demo", "--json", "--speed", "400", "--mode", mode]);
        assert_eq!(ran.status, Some(0), "{mode}: {}", ran.stderr);
        assert_eq!(processed(&ran), BTreeMap::from([(1, squares.clone()), (2, squares.clone())]), "{mode}");
        assert_eq!(ran.events("generated").len(), 40, "{mode}");
        let ended = &ran.events("ended")[0];
        for (field, value) in [("generated", 40), ("processed", 40), ("left", 0), ("of", 40)] {
            assert_eq!(ended[field], value, "{mode}: {ended}");
        }
        assert_eq!(ended["ending"], "complete", "{mode}");
    }
}

#[test]
fn several_consumers_process_every_item_once() {
    for mode in ["async", "threads"] {
        let ran = run(&["demo", "--json", "--speed", "400", "--items", "12", "--consumers", "3", "--mode", mode]);
        assert_eq!(ran.status, Some(0), "{mode}: {}", ran.stderr);
        let squares: Vec<u64> = (1..=12).map(|number| number * number).collect();
        for (producer, mut values) in processed(&ran) {
            // Consumers finish in any order.
            values.sort_unstable();
            assert_eq!(values, squares, "{mode}: producer {producer}");
        }
    }
}

#[test]
fn an_item_is_generated_before_it_is_processed() {
    for mode in RIGHT_MODES {
        let ran = run(&["demo", "--json", "--speed", "400", "--items", "5", "--mode", mode]);
        let mut generated = Vec::new();
        for event in ran.objects() {
            let item = (event["producer"].clone(), event["item"].clone());
            match event["event"].as_str().unwrap() {
                "generated" => generated.push(item),
                "processed" => assert!(generated.contains(&item), "{mode}: {event}"),
                _ => {}
            }
        }
    }
}

#[test]
fn all_runs_each_mode_in_turn_and_ends_well() {
    let ran = run(&["demo", "--json", "--quiet", "--speed", "25", "--items", "4"]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let modes: Vec<_> = ran.events("ended").iter().map(|event| event["mode"].as_str().unwrap().to_owned()).collect();
    assert_eq!(modes, ["sequential", "async", "threads", "buggy", "checked"]);
    assert!(ran.events("ended").iter().all(|event| event["as_expected"] == true), "{}", ran.stdout);
    assert_eq!(ran.objects().len(), 6, "a summary for each mode, and one for all: {}", ran.stdout);
    assert_eq!(ran.events("summary")[0]["exit_status"], 0);
}

#[test]
fn the_table_and_the_timeline_have_their_rows() {
    let ran = run(&["demo", "--quiet", "--speed", "400", "--items", "5", "--mode", "threads", "--seed", "77"]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "2 producers, 1 consumer, speed 400, seed 77; times in seconds");
    assert!(lines[3].starts_with("threads ") && lines[3].contains(" 10/10 ") && lines[3].ends_with("  complete"));
    assert_eq!(lines[5], "▒ generating   █ processing   · waiting");
    for (line, (actor, symbol)) in
        lines[7..].iter().zip([("producer 1", '▒'), ("producer 2", '▒'), ("consumer 1", '█')])
    {
        assert!(line.trim_start().starts_with(actor) && line.contains(symbol), "{line}");
    }
    assert!(lines[10].ends_with("s at the lecture's speed"), "{}", lines[10]);
    assert_eq!(lines.len(), 11, "{}", ran.stdout);
}
