//! `cargo hunt NAME` shows the code that is wrong, finds the bug and draws it, and shows that the fix is right in every
//! execution.

#![cfg(not(any(loom, raddle_std)))]

mod demo;

use demo::{Ran, run};
use serde_json::Value;

/// The text with all times alike.
fn timeless(text: &str) -> String {
    let mut parts = text.split(" (RC11, ");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, rest) = part.split_once("ms)").expect("a small model takes milliseconds");
        result += " (RC11, # ms)";
        result += rest;
    }
    result
}

fn hunt(args: &[&str]) -> Ran {
    run(&[&["hunt"], args, &["--workers", "1"]].concat())
}

fn document(args: &[&str]) -> Value {
    let ran = hunt(&[args, &["--json"]].concat());
    assert_eq!(ran.stderr, "");
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn the_lecture_s_bug_is_told_from_the_code_to_the_fix() {
    let ran = hunt(&["pop-from-empty"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    insta::assert_snapshot!("pop_from_empty_is_hunted", timeless(&ran.stdout));
}

#[test]
fn stale_reads_are_told_in_words() {
    let ran = hunt(&["sleep-flag-store-load"]);
    assert_eq!(ran.status, Some(0), "{}", ran.stdout);
    let (_, told) = ran.stdout.split_once("Line by line\n").unwrap();
    insta::assert_snapshot!("sleep_flag_line_by_line", timeless(told.split("\nThe fix").next().unwrap()));
}

#[test]
fn it_ends_with_the_command_that_shows_the_same_again() {
    for name in ["pop-from-empty", "lost-wakeup", "seqlock-missing-fence"] {
        let ran = hunt(&[name]);
        let (_, command) = ran.stdout.split_once("\nreplay: cargo ").unwrap();
        let again = run(&command.split_whitespace().collect::<Vec<_>>());
        assert_eq!(again.status, Some(0), "{}", again.stderr);
        let table = |ran: &Ran| {
            let (_, rest) = ran.stdout.split_once("ms): ").unwrap();
            rest.split("\nWhat went wrong\n").next().unwrap().to_owned()
        };
        assert_eq!(table(&again), table(&ran));
        assert!(again.stdout.contains("\nReplayed (RC11, ") && !again.stdout.contains("The fix"), "{}", again.stdout);
    }
}

#[test]
fn a_token_that_does_not_fit_is_refused_as_the_engine_says() {
    let token = document(&["lost-wakeup"])["buggy"]["violation"]["token"].as_str().unwrap().to_owned();
    for (token, says) in [
        ("soon", "--replay: not a replay token: one begins with r1-"),
        (&token[..token.len() - 1], "--replay: the end of the replay token is missing"),
        (&token, "--replay: The model has changed since the token was printed"),
    ] {
        let ran = run(&["hunt", "pop-from-empty", "--replay", token]);
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
}

#[test]
fn a_bug_that_is_not_found_is_no_success() {
    let ran = hunt(&["sleep-flag-store-load", "--memory", "sc"]);
    assert_eq!(ran.status, Some(1), "{}", ran.stderr);
    assert!(ran.stdout.contains("\nNot found: ") && ran.stdout.contains(", complete (sequential consistency, "));
    assert!(ran.stdout.contains("\nIt needs weak memory: "), "{}", ran.stdout);
    // A race is one by the orderings as they are written.
    assert_eq!(hunt(&["ring-relaxed-publish", "--memory", "sc"]).status, Some(0));
}

#[test]
fn every_strategy_hunts_and_the_same_seed_finds_the_same() {
    for (strategy, more) in [
        ("auto", &["--seed", "7"][..]),
        ("exhaustive", &[]),
        ("random", &["--seed", "7", "--iterations", "5000"]),
        ("pct", &["--seed", "7", "--iterations", "5000", "--depth", "2"]),
        ("pos", &["--seed", "7"]),
        ("surw", &["--seed", "7"]),
    ] {
        let args = [&["treiber-aba", "--strategy", strategy], more].concat();
        let [one, two] = [document(&args), document(&args)].map(|document| document["buggy"]["violation"].clone());
        assert!(one["message"].as_str().unwrap().contains(" was popped twice\n"), "{strategy}: {one}");
        assert_eq!(one, two, "{strategy}");
    }
}

#[test]
fn programs_get_all_that_people_do() {
    let document = document(&["pop-from-empty"]);
    let text = hunt(&["pop-from-empty"]).stdout;
    let violation = &document["buggy"]["violation"];
    for value in [
        &document["fault"],
        &document["remedy"],
        &document["source"],
        &violation["token"],
        &violation["kind"],
        &document["replay_command"],
        &document["message"],
    ] {
        let words = value.as_str().unwrap();
        let shown = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(words), "{words}");
    }
    assert!(text.contains(violation["trace"].as_str().unwrap()));
    assert_eq!((&document["fixed"]["complete"], &document["fixed"]["executions"]), (&true.into(), &2.into()));
    assert_eq!((&document["fixed"]["violation"], &document["exit_status"]), (&Value::Null, &0.into()));
    let differs = |side: &str| {
        let lines = document[side].as_array().unwrap().iter().filter(|line| line["differs"] == true);
        lines.map(|line| line["text"].as_str().unwrap().trim().to_owned()).collect::<Vec<_>>()
    };
    assert!(differs("buggy_code").contains(&"if list.is_empty() {".to_owned()));
    assert_eq!(differs("fixed_code"), ["list.pop()"]);
    let steps = violation["steps"].as_array().unwrap();
    assert_eq!(steps[2]["objects"][0]["value"], "taken by thread 1");
    assert_eq!(steps[2]["threads"][2]["state"], "waits in Mutex#1.lock()");
    let lines: Vec<_> = document["line_by_line"].as_array().unwrap().iter().map(|line| &line["thread"]).collect();
    assert_eq!(lines, ["thread 1", "thread 2", "thread 2", "thread 1"]);
}

#[test]
fn the_page_has_the_code_the_lanes_and_the_fix_and_needs_nothing_else() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hunt one");
    let _ = std::fs::remove_dir_all(&folder);
    let ran = hunt(&["pop-from-empty", "--html", folder.to_str().unwrap()]);
    let page = folder.join("pop-from-empty.html");
    assert!(ran.stdout.ends_with(&format!("page:   {}\n", page.display())), "{}", ran.stdout);
    let page = std::fs::read_to_string(page).unwrap();
    for text in [
        "The code that is wrong, src/catalogue/pop_from_empty.rs:",
        "Some(list.pop().expect(&quot;pop from an empty list&quot;))",
        "<svg",
        "cargo hunt pop-from-empty --replay r1-",
        "The fix, src/catalogue/",
        "Option&lt;u32&gt;",
        "Covered: 2 executions, complete",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("Option<u32>") && !page.contains("http:") && !page.contains("https:"));
    let ran = hunt(&["pop-from-empty", "--html", "/dev/null/folder"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.starts_with("raddle: can't write to /dev/null/folder: "), "{}", ran.stderr);
}
