//! Arguments that make no sense get a message that names the option, and exit status 2.

#![cfg(not(loom))]

mod demo;

use demo::run;

fn assert_refused(args: &[&str], expected: &[&str]) {
    let ran = run(args);
    assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.stderr);
    assert_eq!(ran.stdout, "", "{args:?}");
    for text in expected {
        assert!(ran.stderr.contains(text), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    for (option, value, takes) in [
        ("--items", "0", "a whole number from 1 to 1000000"),
        ("--items", "many", "a whole number from 1 to 1000000"),
        ("--producers", "65", "a whole number from 1 to 64"),
        ("--consumers", "-1", "a whole number from 1 to 64"),
        ("--capacity", "0", "a whole number from 1 to 1000000"),
        ("--seed", "-1", "a whole number from 0 to 18446744073709551615"),
        ("--speed", "0", "a number from 0.1 to 1000"),
        ("--speed", "-1", "a number from 0.1 to 1000"),
        ("--speed", "nan", "a number from 0.1 to 1000"),
        ("--speed", "inf", "a number from 0.1 to 1000"),
    ] {
        assert_refused(&["demo", option, value], &[option, value, takes]);
    }
}

#[test]
fn words_that_mean_nothing_are_refused() {
    assert_refused(&["demo", "--mode", "fast"], &["--mode", "sequential, async, threads, buggy, checked"]);
    assert_refused(&["demo", "--color", "blue"], &["--color", "auto, always, never"]);
    assert_refused(&["demo", "--colour"], &["--colour"]);
    assert_refused(&["hunt", "snark"], &["snark", "pop-from-empty"]);
    assert_refused(&["hunt", "pop-from-empty", "--tries", "0"], &["--tries", "a whole number from 1"]);
}

#[test]
fn no_command_gets_the_list_of_commands() {
    let ran = run(&[]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr.contains("demo") && ran.stderr.contains("hunt"), "{}", ran.stderr);
}

#[test]
fn the_help_tells_the_exit_statuses() {
    let ran = run(&["demo", "--help"]);
    assert_eq!(ran.status, Some(0));
    for text in ["Exit status:", "(the buggy one by failing)", "130  cancelled"] {
        assert!(ran.stdout.contains(text), "{}", ran.stdout);
    }
}
