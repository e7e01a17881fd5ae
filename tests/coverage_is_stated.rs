//! A check says what it covered, to people and to programs, and can be made to fail where something was left out.

#![cfg(not(any(loom, raddle_std)))]

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use raddle::check::{Check, Report};
use raddle::model::{Checker, Coverage, Memory};
use raddle::queue::RingQueue;
use raddle::thread;

raddle::spec! {
    mod ring: RingQueue<u32> = RingQueue::new(2), like VecDeque<u32>;
    fn try_push(value: fresh) -> bool = |ring| ring.try_push(value).is_ok(),
        |queue| Some(queue.len() < 2 && { queue.push_back(value); true });
    fn try_pop() -> Option<u32> = |ring| ring.try_pop(), |queue| Some(queue.pop_front());
}

/// What it says, without the time that it took.
fn said(report: &Report) -> String {
    let text = report.to_string();
    let (covered, _) = text.rsplit_once(", ").expect("the time comes last");
    covered.to_owned()
}

#[test]
fn a_check_says_what_it_covered() {
    let check = Check::<ring::Subject>::new;
    for (check, says) in [
        (
            check().threads(3).calls(4),
            "every program of up to 3 threads and 4 calls over {try_push, try_pop}: 179 programs, 1,792 executions, 397 \
             histories, complete (under RC11",
        ),
        (
            check().threads(2).calls(3).edges(1).memory(Memory::SeqCst),
            "every program of up to 2 threads and 3 calls over {try_push, try_pop}, up to 1 of which wait for others: 53 \
             programs, 219 executions, 86 histories, complete (under sequential consistency",
        ),
        (
            check().scenario("thread 1 | try_push(1)\nthread 2 | try_pop()"),
            "the programs that were written: 1 program, 3 executions, 2 histories, complete (under RC11",
        ),
    ] {
        assert_eq!(said(&check.explore()), says);
    }
    let real_threads = said(&check().threads(2).calls(2).stress(5).explore());
    assert!(real_threads.contains("9 programs, 45 executions, "), "{real_threads}");
    assert!(
        real_threads.ends_with("not complete: real threads show what they happen to (on real threads"),
        "{real_threads}"
    );
}

#[test]
fn what_a_bound_leaves_out_is_counted() {
    let check = || Check::<ring::Subject>::new().threads(2).calls(2).random(3);
    let all = check().run();
    assert_eq!((all.covered.len(), &all.coverage), (2, &Coverage::Complete), "{all}");
    assert_eq!(all.covered[1].scenarios, 3);
    assert_eq!(all.scenarios, all.covered.iter().map(|covered| covered.scenarios).sum::<u64>());
    let large = "thread 1 | try_push(1)  try_pop()  try_push(2)\nthread 2 | try_push(3)  try_pop()  try_push(4)\n\
                 thread 3 | try_push(5)  try_pop()  try_push(6)";
    let short = Check::<ring::Subject>::new().scenario(large).scenario_duration(Duration::from_millis(1)).run();
    assert_eq!(short.covered[0].bounded, 1, "{short}");
    assert!(short.to_string().contains("1 of them not complete: the time of 1ms was over"), "{short}");
    let over = check().max_duration(Duration::from_nanos(1)).explore();
    assert_eq!((over.scenarios, over.covered.len()), (0, 1), "{over}");
    assert!(matches!(over.coverage, Coverage::Bounded(reason) if reason == "the time of 1ns was over"));
}

#[test]
fn the_report_is_there_for_programs_too() {
    let report = Check::<ring::Subject>::new().threads(2).calls(2).explore();
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["test"], "the_report_is_there_for_programs_too");
    assert_eq!(json["subject"], "coverage_is_stated::ring::Subject");
    assert_eq!(
        (json["scenarios"].as_u64(), json["executions"].as_u64()),
        (Some(report.scenarios), Some(report.executions))
    );
    assert_eq!((&json["complete"], &json["bound"], &json["violation"]), (&true.into(), &().into(), &().into()));
    assert_eq!(json["covered"][0]["what"], report.covered[0].what);
    assert_eq!(json["world"], "under RC11");
}

/// What the test below runs in a process of its own.
#[test]
fn checks_that_are_watched() {
    let Ok(which) = std::env::var("RADDLE_CHILD") else { return };
    match which.as_str() {
        "check" => drop(Check::<ring::Subject>::new().threads(3).calls(30).run()),
        "random check" => drop(Check::<ring::Subject>::new().threads(2).calls(2).random(3).run()),
        "small check" => drop(Check::<ring::Subject>::new().threads(2).calls(2).run()),
        _ => drop(Checker::from_env().max_executions(1).check(|| {
            let ring = raddle::sync::Arc::new(RingQueue::new(1));
            let others = [1, 2].map(|value| {
                let ring = ring.clone();
                thread::spawn(move || ring.try_push(value).is_ok())
            });
            assert!(others.map(|other| other.join().unwrap()).contains(&true));
        })),
    }
}

fn child(which: &str, variables: &[(&str, &str)]) -> (bool, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "checks_that_are_watched", "--nocapture"])
        .env("RADDLE_CHILD", which)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn the_time_of_a_check_is_a_bound_and_not_a_failure() {
    let (passed, text) = child("check", &[("RADDLE_CHECK_TIME", "0.2")]);
    assert!(passed && text.contains("not complete: the time of 200ms was over"), "{text}");
}

#[test]
fn completeness_can_be_required() {
    for which in ["check", "model"] {
        let required = [("RADDLE_CHECK_TIME", "0.2"), ("RADDLE_REQUIRE_COMPLETE", "1")];
        let (passed, text) = child(which, &required);
        assert!(!passed && text.contains("RADDLE_REQUIRE_COMPLETE=1, but something was left out"), "{text}");
        let (passed, text) = child(which, &required[..1]);
        assert!(passed, "{text}");
    }
    // Two of the nine have more than one execution.
    let (passed, text) = child("random check", &[("RADDLE_MAX_EXECUTIONS", "1")]);
    assert!(passed && text.contains("2 of them not complete: the limit of 1 executions"), "{text}");
    let (passed, text) = child("small check", &[("RADDLE_REQUIRE_COMPLETE", "1")]);
    assert!(passed, "{text}");
}

#[test]
fn what_was_covered_is_written_where_it_is_asked_for() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("coverage");
    let _ = std::fs::remove_dir_all(&folder);
    for _ in 0..2 {
        let (passed, text) = child("small check", &[("RADDLE_REPORT", folder.to_str().unwrap())]);
        assert!(passed, "{text}");
    }
    let written = std::fs::read_to_string(folder.join("coverage.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{written}");
    assert!(
        lines.iter().all(|line| line["test"] == "checks_that_are_watched" && line["complete"] == true),
        "{written}"
    );
}
