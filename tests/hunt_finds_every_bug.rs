//! `cargo hunt --all` finds every bug of the catalogue, and covers every fix; what it misses or leaves out, it says.

#![cfg(not(any(loom, raddle_std)))]

mod demo;

use demo::{raddle, run, start};
use raddle::catalogue::{Needs, Symptom, Variant, entries};
use serde_json::Value;

fn variants() -> impl Iterator<Item = &'static Variant> {
    entries().iter().flat_map(|entry| entry.variants)
}

#[test]
fn all_are_found_and_all_fixes_are_covered() {
    let ran = run(&["hunt", "--all"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    for (variant, line) in variants().zip(&lines) {
        assert!(line.starts_with(&format!("{} ", variant.name)), "{line}");
        assert!(line.contains(" found after ") && line.contains(" fix: ") && line.contains(", complete, "), "{line}");
    }
    let count = variants().count();
    assert!(lines.last().unwrap().starts_with(&format!("{count} of {count} found, {count} of {count} fixes covered")));
    assert_eq!(lines.len(), count + 2, "{}", ran.stdout);
}

#[test]
fn a_line_is_broken_where_there_is_no_room_for_it() {
    let output = raddle(&["hunt", "--all"]).env("COLUMNS", "80").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("pop-from-empty\n    found after "), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn what_is_missed_is_told_and_is_no_success() {
    let ran = run(&["hunt", "--all", "--memory", "sc", "--json"]);
    assert_eq!(ran.status, Some(1), "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let hunted = document["variants"].as_array().unwrap();
    for (variant, hunted) in variants().zip(hunted) {
        // A race is one by the orderings as they are written.
        let is_seen = variant.memory == Needs::Interleaving || variant.symptom == Symptom::DataRace;
        assert_eq!(hunted["buggy"]["violation"].is_null(), !is_seen, "{}", variant.name);
        assert_eq!((&hunted["name"], &hunted["fixed"]["complete"]), (&variant.name.into(), &true.into()));
        assert_eq!(hunted["buggy"]["memory"], "sc");
    }
    let missed = hunted.iter().filter(|hunted| hunted["buggy"]["violation"].is_null()).count();
    assert_eq!((&document["missed"], &document["exit_status"]), (&missed.into(), &1.into()));
    assert!(missed > 0);
}

#[test]
fn the_index_leads_to_a_page_for_each() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hunt all");
    let _ = std::fs::remove_dir_all(&folder);
    let ran = run(&["hunt", "--all", "--html", folder.to_str().unwrap()]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let index = folder.join("index.html");
    assert!(ran.stdout.ends_with(&format!("pages: {}\n", index.display())), "{}", ran.stdout);
    let index = std::fs::read_to_string(index).unwrap();
    for variant in variants() {
        assert!(index.contains(&format!("<a href=\"{0}.html\">{0}</a>", variant.name)), "{}", variant.name);
        assert!(folder.join(format!("{}.html", variant.name)).exists(), "{}", variant.name);
    }
    assert!(!index.contains('\x1b') && !index.contains("{{"), "{index}");
}

/// A hunt that finds nothing, for ever.
const ENDLESS: [&str; 7] = [
    "hunt",
    "sleep-flag-store-load",
    "--memory=sc",
    "--strategy=random",
    "--iterations",
    "9999999999999",
    "--workers=1",
];

#[test]
fn a_bound_on_time_ends_a_search_and_says_so() {
    let ran = run(&[&ENDLESS[..], &["--time", "0.1"]].concat());
    assert_eq!(ran.status, Some(1), "{}", ran.stderr);
    assert!(ran.stdout.contains(", not complete: the time of 100ms was over ("), "{}", ran.stdout);
    assert!(ran.stdout.contains("\nCovered: ") && ran.stdout.contains(" executions, 1 blocked, complete ("));
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_a_search_and_tells_what_was_covered() {
    for (args, told) in [(&[][..], "\nNot found: "), (&["--json"], "\"bound\": \"it was interrupted\"")] {
        let mut running = start(&[&ENDLESS, args].concat());
        match args {
            // It has begun when it has said what it hunts.
            [] => running.read_lines_with("The code that is wrong", 1),
            _ => std::thread::sleep(std::time::Duration::from_millis(300)),
        }
        let process = running.child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &process]).status().unwrap().success());
        let ran = running.finish();
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(130), ""), "{}", ran.stdout);
        assert!(ran.stdout.contains(told) && !ran.stdout.contains("The fix"), "{}", ran.stdout);
        assert!(ran.stdout.contains("it was interrupted"), "{}", ran.stdout);
    }
}

#[test]
fn an_output_that_nobody_reads_ends_it_quietly() {
    for args in [&["hunt", "--all"][..], &["hunt", "pop-from-empty"], &["hunt", "--json"], &["hunt", "--help"]] {
        let ran = start(args).close_stdout_and_finish();
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn colours_are_for_terminals_and_for_who_asks_for_them() {
    const ESCAPE: char = '\x1b';
    assert!(!run(&["hunt", "pop-from-empty"]).stdout.contains(ESCAPE));
    let painted = run(&["hunt", "pop-from-empty", "--color", "always"]).stdout;
    assert!(painted.contains("\x1b[31m- "), "what is wrong is red: {painted:?}");
    assert!(painted.contains("\x1b[1;31mpanics"), "as in the engine's own trace: {painted:?}");
    assert!(!run(&["hunt", "pop-from-empty", "--json", "--color", "always"]).stdout.contains(ESCAPE));
    let output = raddle(&["hunt", "--all"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(output.stdout.contains(&b'\x1b'));
    let output = raddle(&["hunt", "--all"]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().unwrap();
    assert!(!output.stdout.contains(&b'\x1b'));
}
