//! Colours go to terminals, and elsewhere only on demand; programs never get any.

#![cfg(not(loom))]

mod demo;

use demo::{raddle, run};

const QUICK: [&str; 7] = ["demo", "--mode", "threads", "--speed", "400", "--items", "2"];
const ESCAPE: char = '\x1b';

fn quick(more: &[&'static str]) -> String {
    let ran = run(&[&QUICK, more].concat());
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    ran.stdout
}

#[test]
fn color_always_paints_as_in_the_lecture() {
    let stdout = quick(&["--color", "always"]);
    let painted = |color: &str, text: &str| {
        stdout.lines().any(|line| line.starts_with(&format!("{ESCAPE}[{color}m")) && line.contains(text))
    };
    assert!(painted("33", "generated 1"), "yellow: {stdout:?}");
    assert!(painted("36", "processed 1"), "cyan: {stdout:?}");
    assert!(painted("37", "Total time"), "white: {stdout:?}");
}

#[test]
fn a_pipe_gets_no_colours_unless_asked_for() {
    assert!(!quick(&[]).contains(ESCAPE));
    assert!(!quick(&["--color", "never"]).contains(ESCAPE));
}

#[test]
fn no_color_is_honoured_even_where_colours_would_be_forced() {
    let mut command = raddle(&QUICK);
    let forced = command.env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(forced.stdout.contains(&b'\x1b'));
    let output = command.env("NO_COLOR", "1").output().unwrap();
    assert!(!output.stdout.contains(&b'\x1b'));
}

#[test]
fn programs_get_no_colours_even_if_asked_for() {
    assert!(!quick(&["--color", "always", "--json"]).contains(ESCAPE));
}

#[test]
fn the_hunt_obeys_as_well() {
    let painted = run(&["hunt", "pop-from-empty", "--tries", "1", "--color", "always"]).stdout;
    assert!(painted.contains(ESCAPE));
    let plain = run(&["hunt", "pop-from-empty", "--tries", "1"]).stdout;
    assert!(!plain.contains(ESCAPE));
}
