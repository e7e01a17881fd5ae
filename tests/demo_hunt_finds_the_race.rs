//! The hunt finds the lecture's race on real threads, with luck and patience, and shows it.

#![cfg(not(loom))]

mod demo;

use demo::run;

#[test]
fn the_hunt_finds_two_consumers_at_one_item_and_draws_them() {
    // It takes milliseconds; a machine that never lets two threads meet in a minute is worth a failed test.
    let ran = run(&["hunt", "pop-from-empty", "--real-threads", "--seconds", "60"]);
    assert_eq!(ran.status, Some(0), "{}{}", ran.stdout, ran.stderr);
    for text in [
        "Found after ",
        "got \"pop from an empty list\"",
        "\n  1  is it empty? no",
        "\n  4                           pops                     pop from an empty list\n",
        "`cargo hunt pop-from-empty`",
        "`cargo loom --test lecture_bug_is_found`",
    ] {
        assert!(ran.stdout.contains(text), "{text:?}: {}", ran.stdout);
    }
}

#[test]
fn a_hunt_without_a_name_lists_what_there_is() {
    let ran = run(&["hunt"]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().filter(|line| line.starts_with("  pop-from-empty ")).count(), 1, "{}", ran.stdout);
}

#[test]
fn a_hunt_keeps_to_its_budget() {
    let ran = run(&["hunt", "pop-from-empty", "--tries", "1"]);
    match ran.status {
        Some(0) => assert!(ran.stdout.contains("Found after 1 try,"), "{}", ran.stdout),
        status => {
            assert_eq!(status, Some(1), "{}", ran.stderr);
            assert!(ran.stdout.contains("Not found in 1 try "), "{}", ran.stdout);
        }
    }
}
