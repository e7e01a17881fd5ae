//! A channel with little room slows producers down and loses nothing.

#![cfg(not(loom))]

mod demo;

use demo::run;

#[test]
fn room_for_one_is_enough_for_three_producers_and_two_consumers() {
    for mode in ["async", "threads"] {
        let settings = ["--capacity", "1", "--producers", "3", "--consumers", "2", "--items", "8", "--speed", "200"];
        let ran = run(&[&["demo", "--json", "--mode", mode], &settings[..]].concat());
        assert_eq!(ran.status, Some(0), "{mode}: {}", ran.stderr);
        let mut processed: Vec<_> = ran
            .events("processed")
            .iter()
            .map(|event| (event["producer"].as_u64().unwrap(), event["value"].as_u64().unwrap()))
            .collect();
        // Two consumers finish in any order.
        processed.sort_unstable();
        let all: Vec<_> = (1..=3).flat_map(|producer| (1..=8).map(move |number| (producer, number * number))).collect();
        assert_eq!(processed, all, "{mode}");
    }
}

#[test]
fn no_more_items_are_under_way_than_there_is_room_for() {
    for mode in ["async", "threads"] {
        let settings = ["--capacity", "1", "--producers", "4", "--items", "5", "--speed", "200"];
        let ran = run(&[&["demo", "--json", "--mode", mode], &settings[..]].concat());
        let mut waiting = 0_u32;
        for event in ran.objects() {
            match event["event"].as_str().unwrap() {
                "generated" => waiting += 1,
                "processed" => waiting -= 1,
                _ => {}
            }
            // One in the channel, one being processed, and one in the hands of each producer.
            assert!(waiting <= 1 + 1 + 4, "{mode}: {waiting} under way");
        }
    }
}
