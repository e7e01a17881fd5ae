//! The harness finds what is wrong with a structure in a smallest program that shows it, and nothing where nothing is wrong.

#![cfg(not(any(loom, raddle_std)))]

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use raddle::check::{Check, Criterion, Subject, Violation};
use raddle::model::{Coverage, ViolationKind};
use raddle::queue::{MutexQueue, RingQueue};
use raddle::sync::Mutex;
use raddle::sync::atomic::{AtomicU32, Ordering::*};

raddle::spec! {
    mod ring: RingQueue<u32> = RingQueue::new(2), like VecDeque<u32>;
    fn try_push(value: fresh) -> bool = |ring| ring.try_push(value).is_ok(),
        |queue| Some(queue.len() < 2 && { queue.push_back(value); true });
    fn try_pop() -> Option<u32> = |ring| ring.try_pop(), |queue| Some(queue.pop_front());
}

raddle::spec! {
    /// Asks whether there is an item, and pops it in a second step.
    mod shared_list: Mutex<VecDeque<u32>> = Mutex::default(), like VecDeque<u32>;
    fn push(value: fresh) -> () = |list| list.lock().unwrap().push_back(value), |list| Some(list.push_back(value));
    fn pop() -> Option<u32> = |list| {
        let is_empty = list.lock().unwrap().is_empty();
        (!is_empty).then(|| list.lock().unwrap().pop_front().expect("pop from an empty list"))
    }, |list| Some(list.pop_front());
}

raddle::spec! {
    /// Two lists: what was pushed first is not always popped first.
    mod lanes: [Mutex<VecDeque<u32>>; 2] = Default::default(), like VecDeque<u32>;
    fn push(value: fresh) -> () =
        |lanes| lanes[value as usize % 2].lock().unwrap().push_back(value), |list| Some(list.push_back(value));
    fn pop() -> Option<u32> =
        |lanes| lanes.iter().find_map(|lane| lane.lock().unwrap().pop_front()), |list| Some(list.pop_front());
}

raddle::spec! {
    /// Its calls wait.
    mod place: MutexQueue<u32> = MutexQueue::new(1), like Option<u32>;
    fn push(value: fresh) -> () = |queue| queue.push(value).unwrap(),
        |place| place.is_none().then(|| *place = Some(value));
    fn pop() -> u32 = |queue| queue.pop().unwrap(), |place| place.take();
}

raddle::spec! {
    /// Each of two threads writes its flag and reads the other's.
    mod flags: [AtomicU32; 2] = Default::default(), like [u32; 2];
    fn write(which: key(2)) -> () = |flags| flags[which as usize].store(1, Release), |flags| Some(flags[which as usize] = 1);
    fn read(which: key(2)) -> u32 = |flags| flags[which as usize].load(Acquire), |flags| Some(flags[which as usize]);
}

#[track_caller]
fn violation<S: Subject>(check: Check<S>) -> Violation {
    check.explore().violation.expect("a violation")
}

fn message_of(f: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err("a panic");
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| (*panic.downcast_ref::<&str>().unwrap()).to_owned())
}

#[test]
fn a_right_queue_is_covered_completely() {
    let report = Check::<ring::Subject>::new().threads(3).calls(4).run();
    assert_eq!((report.coverage, report.scenarios, report.histories), (Coverage::Complete, 179, 397));
    let more = Check::<ring::Subject>::new().threads(2).calls(3).edges(1).workers(3).run();
    assert_eq!(more.coverage, Coverage::Complete);
}

#[test]
fn the_bug_of_the_lecture_is_found_in_three_calls() {
    for workers in [1, 4] {
        let violation = violation(Check::<shared_list::Subject>::new().workers(workers));
        assert_eq!(violation.kind, ViolationKind::Panic);
        assert_eq!(violation.scenario.calls(), 3, "{violation}");
        assert_eq!(violation.scenario.to_string(), "thread 1 | push(1)  pop()\nthread 2 | pop()");
        for words in ["pop from an empty list", "thread 1 | push(1)  pop()", "RADDLE_REPLAY="] {
            assert!(violation.to_string().contains(words), "{violation}");
        }
    }
}

#[test]
fn a_queue_that_is_not_first_in_first_out_is_found_by_one_thread() {
    let violation = violation(Check::<lanes::Subject>::new());
    assert_eq!(violation.kind, ViolationKind::Unexplained);
    assert_eq!(violation.scenario.to_string(), "thread 1 | push(1)  push(2)  pop()");
    assert!(violation.to_string().contains("pop() returned Some(2), where Some(1) was due"), "{violation}");
}

#[test]
fn calls_that_wait_as_they_should_are_right() {
    let report = Check::<place::Subject>::new().threads(3).calls(3).spurious_wakeups(0).run();
    assert_eq!(report.coverage, Coverage::Complete);
    let waits_for_ever = Check::<place::Subject>::new().scenario("thread 1 | pop()\nthread 2 | pop()").run();
    assert!(waits_for_ever.executions > 0 && waits_for_ever.histories == 1, "{waits_for_ever}");
}

#[test]
fn weak_memory_is_a_violation_of_what_is_sequential_but_not_of_less() {
    let scenario = "thread 1 | write(0)  read(1)\nthread 2 | write(1)  read(0)";
    let check = || Check::<flags::Subject>::new().scenario(scenario);
    let violation = violation(check());
    assert_eq!(violation.kind, ViolationKind::Unexplained);
    assert!(check().criterion(Criterion::SequentiallyConsistent).explore().violation.is_some());
    let report = check().criterion(Criterion::QuiescentlyConsistent).run();
    assert_eq!(report.coverage, Coverage::Complete);
    let report = check().memory(raddle::model::Memory::SeqCst).run();
    assert_eq!((report.coverage, report.violation.is_none()), (Coverage::Complete, true));
}

#[test]
fn chance_finds_in_larger_programs_what_small_ones_do_not_show() {
    let none = Check::<shared_list::Subject>::new().threads(2).calls(2).explore();
    assert!(none.violation.is_none() && none.coverage == Coverage::Complete, "{none}");
    let found = violation(Check::<shared_list::Subject>::new().threads(2).calls(2).random(64).seed(1));
    assert_eq!(found.scenario.calls(), 3, "shrunk as far as it goes: {found}");
    let again = violation(Check::<shared_list::Subject>::new().threads(2).calls(2).random(64).seed(1));
    assert_eq!((found.scenario, found.token), (again.scenario, again.token));
}

#[test]
fn a_history_that_costs_too_much_to_judge_is_neither_right_nor_wrong() {
    let report = Check::<ring::Subject>::new().calls(2).max_steps(1).explore();
    assert!(report.violation.is_none());
    let Coverage::Bounded(reason) = &report.coverage else { panic!("{report}") };
    assert!(reason.contains("no verdict after 1 steps"), "{reason}");
}

#[test]
fn real_threads_show_what_they_happen_to() {
    let report = Check::<ring::Subject>::new().threads(2).calls(3).stress(20).run();
    assert_eq!(report.executions, 20 * report.scenarios);
    assert!(matches!(report.coverage, Coverage::Bounded(reason) if reason.contains("real threads")));
    let found = violation(Check::<lanes::Subject>::new().calls(3).stress(2));
    assert_eq!(found.scenario.to_string(), "thread 1 | push(1)  push(2)  pop()");
    let report = Check::<place::Subject>::new().calls(2).stress(2).run();
    assert!(matches!(report.coverage, Coverage::Bounded(reason) if reason.contains("left out")));
}

#[test]
fn what_is_asked_for_must_make_sense() {
    for (message, takes) in [
        (message_of(|| drop(Check::<ring::Subject>::new().threads(0))), "at least one thread"),
        (message_of(|| drop(Check::<ring::Subject>::new().calls(0))), "at least one call"),
        (message_of(|| drop(Check::<ring::Subject>::new().workers(0))), "at least one worker"),
        (message_of(|| drop(Check::<ring::Subject>::new().stress(0))), "at least one iteration"),
        (
            message_of(|| drop(Check::<ring::Subject>::new().scenario("thread 1 | shove(1)"))),
            "there is no method shove",
        ),
        (message_of(|| drop(Check::<ring::Subject>::new().scenario("thread 1: try_pop()"))), "no `|`"),
    ] {
        assert!(message.contains(takes), "{message}");
    }
}

#[test]
fn a_check_that_runs_out_of_time_says_what_it_has_covered() {
    let report = Check::<ring::Subject>::new().threads(4).calls(12).max_duration(Duration::from_millis(200)).explore();
    assert!(matches!(report.coverage, Coverage::Bounded(_)), "{report}");
    assert!(report.scenarios > 10, "{report}");
}

/// What the tests below run in a process of its own.
#[test]
fn a_check_of_the_shared_list() {
    if std::env::var_os("RADDLE_CHILD").is_some() {
        Check::<shared_list::Subject>::new().workers(1).run();
    }
}

/// Runs the test above with these variables, in a folder where it finds its source.
fn child(folder: &str, variables: &[(&str, &str)]) -> (Output, String, PathBuf) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let source = folder.join(file!());
    std::fs::create_dir_all(source.parent().unwrap()).unwrap();
    std::fs::write(&source, "").unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_check_of_the_shared_list"])
        .current_dir(&folder)
        .env("RADDLE_CHILD", "1")
        .env_remove("CI")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output, text, source.with_file_name("raddle-regressions").join("check_finds_what_is_wrong.txt"))
}

#[test]
fn a_scenario_that_has_failed_is_kept_and_run_first() {
    let folder = "regressions";
    let _ = std::fs::remove_dir_all(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder));
    let (output, text, kept) = child(folder, &[]);
    assert!(!output.status.success() && text.contains("pop from an empty list"), "{text}");
    assert!(text.contains("kept in ") && !text.contains("\nprograms run up to there: 1\n"), "{text}");
    let written = std::fs::read_to_string(&kept).unwrap();
    assert!(
        written.contains("[a_check_of_the_shared_list]\nthread 1 | push(1)  pop()\nthread 2 | pop()\n"),
        "{written}"
    );
    let (output, text, kept) = child(folder, &[]);
    assert!(!output.status.success() && text.contains("\nprograms run up to there: 1"), "{text}");
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), written, "it was there already");
    std::fs::remove_file(&kept).unwrap();
    let (output, text, kept) = child(folder, &[("CI", "true")]);
    assert!(!output.status.success() && !text.contains("kept in ") && !kept.exists(), "{text}");
}

#[test]
fn one_token_replays_the_scenario_and_its_execution() {
    let found = violation(Check::<shared_list::Subject>::new());
    let (output, text, _) = child("replay", &[("RADDLE_REPLAY", &found.token)]);
    assert!(!output.status.success() && text.contains("panic: pop from an empty list"), "{text}");
    assert!(text.contains("\nprograms run up to there: 1") && text.contains(&found.token), "{text}");
    let changed = found.token.replace("push:1", "push:2");
    let (output, text, _) = child("replay", &[("RADDLE_REPLAY", &changed)]);
    assert!(!output.status.success() && text.contains("its checksum is wrong"), "{text}");
    let (engine, _) = found.token.split_once('@').unwrap();
    let (_, text, _) = child("replay", &[("RADDLE_REPLAY", engine)]);
    assert!(text.contains("it names no scenario"), "{text}");
}

#[test]
fn a_report_for_the_browser_is_written_where_it_is_asked_for() {
    let (_, text, kept) = child("report", &[("RADDLE_REPORT", "pages")]);
    let page = kept.ancestors().nth(3).unwrap().join("pages").join("a_check_of_the_shared_list.html");
    assert!(text.contains("report: pages"), "{text}");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("pop from an empty list") && page.contains("<svg"), "the violation and its picture");
}
