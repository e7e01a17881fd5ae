//! The code under test is the code that ships: only the facade knows which backend there is. Everything else takes its
//! primitives from the facade and has no case for an engine.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(room: &str) -> Vec<(PathBuf, String)> {
    fn visit(path: &Path, found: &mut Vec<(PathBuf, String)>) {
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                visit(&entry.unwrap().path(), found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.to_owned(), fs::read_to_string(path).unwrap()));
        }
    }
    let mut found = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room), &mut found);
    assert!(!found.is_empty(), "no source in {room}");
    found
}

/// Lines of code, without comments, in which `word` stands.
fn lines_with(sources: &[(PathBuf, String)], word: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (path, text) in sources {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if code.contains(word) {
                lines.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    lines
}

fn assert_absent(sources: &[(PathBuf, String)], words: &[&str]) {
    for word in words {
        let lines = lines_with(sources, word);
        assert!(lines.is_empty(), "`{word}` does not belong here:\n{}", lines.join("\n"));
    }
}

#[test]
fn queues_channel_lecture_catalogue_and_hunt_know_no_backend() {
    for room in ["queue", "channel", "lecture", "catalogue", "hunt"] {
        assert_absent(
            &sources(room),
            &["cfg(loom)", "cfg(not(loom))", "raddle_std", "loom::", "std::sync", "std::thread", "core::sync"],
        );
    }
}

#[test]
fn one_file_chooses_the_backend() {
    let everything = sources("");
    let words =
        ["cfg(loom)", "cfg(not(loom))", "cfg(raddle_std)", "cfg(not(raddle_std))", "cfg(any(loom", "cfg(all(loom"];
    let choices = words.map(|word| lines_with(&everything, word)).concat();
    let chooser = Path::new("src").join("sync").join("mod.rs");
    assert!(!choices.is_empty());
    for choice in choices {
        assert!(choice.contains(chooser.to_str().unwrap()), "chosen elsewhere: {choice}");
    }
}

#[test]
fn the_engine_knows_no_other_room() {
    let others = [
        "crate::queue",
        "crate::channel",
        "crate::lecture",
        "crate::catalogue",
        "crate::engine",
        "crate::sync::",
        "crate::hunt",
    ];
    assert_absent(&sources("model"), &others);
}

#[test]
fn queues_do_not_know_the_channel_nor_the_channel_the_lecture() {
    assert_absent(&sources("sync"), &["crate::queue", "crate::channel", "crate::lecture"]);
    assert_absent(&sources("queue"), &["crate::channel", "crate::lecture", "crate::engine"]);
    assert_absent(&sources("channel"), &["crate::lecture", "crate::engine"]);
}

#[test]
fn only_the_hunt_knows_the_catalogue_which_knows_no_engine_and_nobody_knows_the_hunt() {
    for room in ["sync", "queue", "channel", "engine", "check", "lecture"] {
        assert_absent(&sources(room), &["crate::catalogue", "crate::hunt"]);
    }
    assert_absent(&sources("catalogue"), &["crate::hunt"]);
    assert_absent(&sources("catalogue"), &["crate::lecture", "crate::engine", "crate::model", "crate::check"]);
}

#[test]
fn every_atomic_operation_says_why_its_ordering_is_enough() {
    const ORDERINGS: [&str; 5] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];
    for room in ["queue", "channel", "catalogue"] {
        for (path, text) in sources(room) {
            let lines: Vec<&str> = text.lines().collect();
            for (number, line) in lines.iter().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                let operation = [".load(", ".store(", ".fetch_", ".compare_exchange", ".swap("];
                if !operation.iter().any(|operation| code.contains(operation)) {
                    continue;
                }
                // The reason stands in a comment some lines above, within the same function.
                let above = &lines[number.saturating_sub(12)..number];
                let explained =
                    above.iter().any(|line| line.contains("//") && ORDERINGS.iter().any(|order| line.contains(order)));
                assert!(explained, "{}:{}: {}", path.display(), number + 1, line.trim());
            }
        }
    }
}
