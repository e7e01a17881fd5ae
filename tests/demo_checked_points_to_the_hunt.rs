//! The repair that was made on stage is right with one consumer and a matter of luck with two, and the demo says so.

#![cfg(not(loom))]

mod demo;

use demo::run;

#[test]
fn checked_with_two_consumers_says_which_way_it_went_and_where_to_look() {
    let ran = run(&["demo", "--mode", "checked", "--consumers", "2", "--speed", "400"]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("`cargo hunt pop-from-empty`"), "{}", ran.stdout);
    let complete = ran.stdout.contains("checked: complete.");
    let failed = ran.stdout.contains("failed: pop from an empty list");
    assert!(complete != failed, "{}", ran.stdout);
}

#[test]
fn checked_with_two_consumers_loses_no_item_whichever_way_it_goes() {
    for seed in ["1", "2", "3"] {
        let ran = run(&["demo", "--mode", "checked", "--consumers", "2", "--speed", "400", "--json", "--seed", seed]);
        let ended = &ran.events("ended")[0];
        let count = |field: &str| ended[field].as_u64().unwrap();
        assert_eq!(count("generated"), count("processed") + count("left"), "{ended}");
        assert_eq!(ended["as_expected"], true);
    }
}
