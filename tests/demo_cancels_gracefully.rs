//! Enter or Ctrl-C ends the demo early: what was taken is finished, the counts add up, and the exit status says so.

#![cfg(not(loom))]

mod demo;

use demo::{Ran, Running, run, start};

/// More than could be done while a test runs.
const ENDLESS: [&str; 6] = ["demo", "--json", "--items", "100000", "--speed", "20"];

fn endless(more: &[&'static str]) -> Running {
    start(&[&ENDLESS, more].concat())
}

fn assert_cancelled(ran: &Ran) {
    assert_eq!(ran.status, Some(130), "{}", ran.stderr);
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.events("ended").len(), 1, "one run was begun and cancelled");
    let ended = &ran.events("ended")[0];
    let count = |field: &str| ended[field].as_u64().unwrap() as usize;
    assert_eq!(ended["ending"], "cancelled");
    assert_eq!(count("generated"), count("processed") + count("left"), "{ended}");
    assert_eq!(count("generated"), ran.events("generated").len(), "{ended}");
    assert_eq!(count("processed"), ran.events("processed").len(), "{ended}");
    assert_eq!(ran.events("summary")[0]["exit_status"], 130);
}

#[test]
fn enter_cancels_each_mode_that_goes_on() {
    for mode in ["sequential", "async", "threads", "checked"] {
        let mut running = endless(&["--mode", mode]);
        running.read_lines_with("\"generated\"", 3);
        running.enter();
        assert_cancelled(&running.finish());
    }
}

#[test]
fn enter_cancels_while_items_are_processed() {
    for mode in ["async", "threads", "checked"] {
        let mut running = endless(&["--mode", mode]);
        running.read_lines_with("\"processed\"", 2);
        running.enter();
        let ran = running.finish();
        assert_cancelled(&ran);
        assert!(ran.events("processed").len() >= 2);
    }
}

#[test]
fn enter_frees_producers_that_wait_for_room() {
    for mode in ["async", "threads"] {
        // One slot, and eight producers to fill it.
        let mut running = endless(&["--mode", mode, "--capacity", "1", "--producers", "8"]);
        running.read_lines_with("\"generated\"", 8);
        running.enter();
        assert_cancelled(&running.finish());
    }
}

#[test]
fn cancelling_one_of_all_modes_cancels_the_rest() {
    let mut running = endless(&[]);
    running.read_lines_with("\"generated\"", 1);
    running.enter();
    let ran = running.finish();
    assert_cancelled(&ran);
    assert_eq!(ran.events("ended")[0]["mode"], "sequential");
}

#[test]
#[cfg(unix)]
fn an_interrupt_cancels_like_enter() {
    for mode in ["sequential", "async", "threads", "checked"] {
        let mut running = endless(&["--mode", mode]);
        running.read_lines_with("\"generated\"", 1);
        let process = running.child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &process]).status().unwrap().success());
        assert_cancelled(&running.finish());
    }
}

#[test]
fn a_cancelled_demo_still_shows_its_table() {
    let mut running = start(&["demo", "--items", "100000", "--speed", "20", "--mode", "threads"]);
    running.read_lines_with("processed", 1);
    running.enter();
    let ran = running.finish();
    assert_eq!(ran.status, Some(130));
    assert!(ran.stdout.contains("threads: cancelled. "), "{}", ran.stdout);
    assert!(ran.stdout.contains("/200000 ") && ran.stdout.contains("  consumer 1  "), "{}", ran.stdout);
}

#[test]
fn the_end_of_the_input_does_not_cancel() {
    let quick = ["demo", "--mode", "threads", "--speed", "400", "--items", "5"];
    assert_eq!(run(&quick).status, Some(0), "from /dev/null");
    let mut running = start(&quick);
    drop(running.stdin.take());
    assert_eq!(running.finish().status, Some(0), "from a closed pipe");
}

#[test]
fn an_input_that_says_nothing_does_not_keep_the_process_alive() {
    let running = start(&["demo", "--mode", "threads", "--speed", "400", "--items", "5"]);
    assert_eq!(running.finish().status, Some(0));
}
