//! The README's first example is found as the README shows it.

#![cfg(not(any(loom, raddle_std)))]

use std::collections::VecDeque;

use raddle::check::Check;
use raddle::sync::Mutex;

raddle::spec! {
    mod shared_list: Mutex<VecDeque<u32>> = Mutex::default(), like VecDeque<u32>;
    fn push(item: fresh) -> () = |list| list.lock().unwrap().push_back(item), |list| Some(list.push_back(item));
    fn pop() -> Option<u32> = |list| {
        if list.lock().unwrap().is_empty() {
            None
        } else {
            Some(list.lock().unwrap().pop_front().expect("pop from an empty list"))
        }
    }, |list| Some(list.pop_front());
}

#[test]
fn the_race_of_the_readme_is_found_as_shown() {
    let report = Check::<shared_list::Subject>::new().workers(1).explore();
    let violation = report.violation.expect("the race is found").to_string();
    let found = violation.split("\n\nreplay:").next().unwrap().trim();
    let readme = include_str!("../README.md");
    let (_, shown) =
        readme.split_once("<!-- the counterexample of: the race -->\n```text\n").expect("the README shows it");
    let (shown, _) = shown.split_once("\n```").unwrap();
    assert_eq!(shown.trim(), found, "\n{violation}");
}
