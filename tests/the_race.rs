//! The README's first example is found as the README shows it.

#![cfg(not(any(loom, raddle_std)))]

use raddle::model::Checker;
use raddle::sync::{Arc, Mutex};
use raddle::thread;

fn the_race() {
    let list = Arc::new(Mutex::new(vec!["the item"]));
    let consumers = [list.clone(), list].map(|list| {
        thread::spawn(move || {
            if !list.lock().unwrap().is_empty() {
                list.lock().unwrap().pop().expect("pop from an empty list");
            }
        })
    });
    for consumer in consumers {
        consumer.join().unwrap();
    }
}

#[test]
fn the_race_of_the_readme_is_found_as_shown() {
    let report = Checker::new().workers(1).explore(the_race);
    let violation = report.violation.expect("the race is found").to_string();
    let found = violation.split("\n\nreplay:").next().unwrap().trim();
    let readme = include_str!("../README.md");
    let (_, shown) =
        readme.split_once("<!-- the counterexample of: the race -->\n```text\n").expect("the README shows it");
    let (shown, _) = shown.split_once("\n```").unwrap();
    assert_eq!(shown.trim(), found, "\n{violation}");
}
