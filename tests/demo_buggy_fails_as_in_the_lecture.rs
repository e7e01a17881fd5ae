//! The buggy mode ends with the lecture's error: a report, not a crash.

#![cfg(not(loom))]

mod demo;

use demo::run;

// At the default speed: the consumer has 40 ms to be there before the first item, even on a busy machine.

#[test]
fn buggy_reports_pop_from_an_empty_list_and_exits_0() {
    let ran = run(&["demo", "--mode", "buggy"]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("consumer 1 failed: pop from an empty list, after 0 of 40 items, as it should"));
    assert!(!ran.stdout.contains("panicked at"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
}

#[test]
fn buggy_tells_programs_who_failed_and_why() {
    let ran = run(&["demo", "--mode", "buggy", "--json"]);
    let [failed, ended] = ["failed", "ended"].map(|event| ran.events(event).remove(0));
    assert_eq!((&failed["by"], &failed["error"]), (&"consumer 1".into(), &"pop from an empty list".into()));
    assert_eq!((&ended["ending"], &ended["failed"]), (&"failed".into(), &"consumer 1".into()));
    assert_eq!(ended["generated"], ended["left"]);
}
