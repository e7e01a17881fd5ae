//! `cargo hunt` lists what there is, in what room there is, and says which names are meant by one that it does not know.

#![cfg(not(any(loom, raddle_std)))]

mod demo;

use demo::{raddle, run};
use raddle::catalogue::{Variant, entries};

fn variants() -> impl Iterator<Item = &'static Variant> {
    entries().iter().flat_map(|entry| entry.variants)
}

#[test]
fn each_variant_has_a_line_where_nobody_looks() {
    let ran = run(&["hunt"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    for variant in variants() {
        let is_row = |line: &&str| line.split_whitespace().next() == Some(variant.name);
        let rows: Vec<_> = ran.stdout.lines().filter(is_row).collect();
        let [row] = rows[..] else { panic!("{}: {rows:?}", variant.name) };
        let numbers = format!("{}      {}", variant.threads, variant.calls);
        for text in [variant.symptom.to_string(), variant.memory.to_string(), numbers] {
            assert!(row.contains(&text), "{text:?}: {row}");
        }
    }
    let row = ran.stdout.lines().find(|line| line.contains("pop-from-empty")).unwrap();
    assert!(row.ends_with("  A list is asked whether it holds an item, and popped in a second step"), "{row}");
    assert!(ran.stdout.contains("\n    spurious-wakeup "), "variants stand below their entry");
}

#[test]
fn the_table_fits_the_terminal() {
    for columns in [80, 100, 140, 200] {
        let output = raddle(&["hunt"]).env("COLUMNS", columns.to_string()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= columns, "{longest} of {columns}\n{text}");
        assert!(variants().all(|variant| text.contains(variant.name)), "{text}");
    }
    let output = raddle(&["hunt"]).env("COLUMNS", "80").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    insta::assert_snapshot!("the_list_in_80_columns", text.lines().take(12).collect::<Vec<_>>().join("\n"));
}

#[test]
fn programs_get_the_list_as_one_document() {
    let ran = run(&["hunt", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let listed = document["variants"].as_array().unwrap();
    assert_eq!(listed.len(), variants().count());
    for (listed, variant) in listed.iter().zip(variants()) {
        assert_eq!((&listed["name"], &listed["fault"]), (&variant.name.into(), &variant.fault.into()));
        assert_eq!(listed["threads"], variant.threads);
    }
    assert_eq!(listed[0]["message"], "pop from an empty list");
    assert_eq!(listed[0]["needs_weak_memory"], false);
}

#[test]
fn an_unknown_name_is_refused_with_those_that_may_be_meant() {
    for (name, says) in [
        ("pop_from_empty", "did you mean pop-from-empty?"),
        ("treiber-abba", "did you mean treiber-aba?"),
        ("snark", "there are pop-from-empty, lost-wakeup, "),
    ] {
        let ran = run(&["hunt", name]);
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.stderr.contains(&format!("there is no bug called {name:?}")), "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    for args in [
        &["hunt", "--all", "lost-wakeup"][..],
        &["hunt", "--step"],
        &["hunt", "--html", "somewhere"],
        &["hunt", "lost-wakeup", "--plain"],
        &["hunt", "lost-wakeup", "--step", "--json"],
        &["hunt", "lost-wakeup", "--depth", "2"],
        &["hunt", "lost-wakeup", "--strategy", "pct", "--depth", "0"],
        &["hunt", "lost-wakeup", "--iterations", "2"],
        &["hunt", "lost-wakeup", "--strategy", "exhaustive", "--seed", "2"],
        &["hunt", "lost-wakeup", "--strategy", "luck"],
        &["hunt", "lost-wakeup", "--memory", "x86"],
        &["hunt", "lost-wakeup", "--time", "0"],
        &["hunt", "lost-wakeup", "--time", "soon"],
        &["hunt", "lost-wakeup", "--workers", "0"],
        &["hunt", "lost-wakeup", "--replay", "r1-", "--memory", "sc"],
        &["hunt", "lost-wakeup", "--real-threads"],
        &["hunt", "pop-from-empty", "--real-threads", "--json"],
        &["hunt", "--real-threads"],
    ] {
        let ran = run(args);
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""), "{args:?}: {}", ran.stderr);
        assert!(!ran.stderr.is_empty() && !ran.stderr.contains("panicked"), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn the_help_has_examples_and_all_options() {
    let ran = run(&["hunt", "--help"]);
    assert_eq!(ran.status, Some(0));
    for text in [
        "Examples:",
        "cargo hunt pop-from-empty --step",
        "Exit status:",
        "130  interrupted",
        "--all",
        "--json",
        "--html",
        "--memory",
        "--strategy",
        "--depth",
        "--iterations",
        "--seed",
        "--time",
        "--workers",
        "--replay",
        "--plain",
        "--real-threads",
        "--color",
        "surw",
    ] {
        assert!(ran.stdout.contains(text), "{text}: {}", ran.stdout);
    }
}
