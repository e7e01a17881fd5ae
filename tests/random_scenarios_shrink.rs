//! Random scenarios can be run, come again from the same seed, and shrink to what their failure needs.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use raddle::check::Argument::{Fresh, Key, OneOf};
use raddle::check::{Argument, Method, Scenario, Size, random_scenarios};

const SIZE: Size = Size { threads: 4, calls: 12, after: 3 };

fn method(name: &'static str, arguments: &[Argument]) -> Method<()> {
    Method { name, arguments: arguments.to_vec(), call: |_| (), role: None }
}

fn queue() -> Vec<Method<()>> {
    vec![method("push", &[Fresh]), method("pop", &[])]
}

fn mixed() -> Vec<Method<()>> {
    let sweep = Method { role: Some("sweeper"), ..method("sweep", &[]) };
    vec![method("insert", &[Key(3), Fresh]), method("remove", &[Key(2)]), method("add", &[OneOf(&[5, 1, 7])]), sweep]
}

/// The first scenarios of a fixed seed.
fn drawn(methods: &[Method<()>], size: Size) -> Vec<Scenario> {
    let found = RefCell::new(Vec::new());
    let keep = |scenario| {
        found.borrow_mut().push(scenario);
        Ok(())
    };
    TestRunner::deterministic().run(&random_scenarios(methods, size), keep).unwrap();
    found.into_inner()
}

/// What the first scenario of which this is true shrinks to, as text.
fn smallest(methods: &[Method<()>], fails: impl Fn(&Scenario) -> bool) -> String {
    let result = TestRunner::deterministic().run(&random_scenarios(methods, SIZE), |scenario| {
        scenario.fits(methods).unwrap();
        prop_assert!(!fails(&scenario));
        Ok(())
    });
    match result {
        Err(TestError::Fail(_, scenario)) => scenario.to_string(),
        other => panic!("nothing fails: {other:?}"),
    }
}

fn threads_with(scenario: &Scenario, method: &str) -> usize {
    scenario.threads.iter().filter(|calls| calls.iter().any(|call| call.method == method)).count()
}

#[test]
fn all_fit_and_have_the_size() {
    let mut seen = BTreeSet::new();
    for scenario in drawn(&mixed(), SIZE) {
        scenario.fits(&mixed()).unwrap();
        assert_eq!(scenario.calls(), SIZE.calls);
        assert!(scenario.threads.len() <= SIZE.threads && scenario.threads.iter().all(|calls| !calls.is_empty()));
        assert!(scenario.after.len() <= SIZE.after);
        assert_eq!(scenario.to_string().parse(), Ok(scenario.clone()));
        seen.insert((!scenario.setup.is_empty(), !scenario.closing.is_empty(), scenario.after.len()));
    }
    for outside in [false, true] {
        assert!(seen.iter().any(|seen| seen.0 == outside) && seen.iter().any(|seen| seen.1 == outside), "{seen:?}");
    }
    for after in 0..=SIZE.after {
        assert!(seen.iter().any(|seen| seen.2 == after), "{seen:?}");
    }
}

#[test]
fn fresh_values_are_numbered_in_the_order_of_writing() {
    for scenario in drawn(&queue(), SIZE) {
        let values = scenario.invocations().flat_map(|call| &call.arguments).copied();
        assert!(values.eq(1..=scenario.invocations().filter(|call| call.method == "push").count() as u32));
    }
}

#[test]
fn the_same_seed_gives_the_same_scenarios() {
    let first = drawn(&mixed(), SIZE);
    assert_eq!(first, drawn(&mixed(), SIZE));
    assert!(first.iter().collect::<BTreeSet<_>>().len() > first.len() / 2);
}

#[test]
fn a_thread_alone_has_no_setup_and_no_closing() {
    for scenario in drawn(&queue(), Size::new(1, 4)) {
        assert_eq!((scenario.threads.len(), scenario.threads[0].len()), (1, 4));
    }
}

#[test]
fn two_pops_in_different_threads_are_what_is_left() {
    let text = smallest(&queue(), |scenario| threads_with(scenario, "pop") > 1);
    assert_eq!(text, "thread 1 | pop()\nthread 2 | pop()");
}

#[test]
fn a_call_that_waits_is_what_is_left() {
    let text = smallest(&queue(), |scenario| !scenario.after.is_empty());
    let either = ["1.1 after 2.1", "2.1 after 1.1"]
        .map(|after| format!("thread 1 | push(1)\nthread 2 | push(2)\nafter    | {after}"));
    assert!(either.contains(&text), "{text}");
}

#[test]
fn threads_become_setup_or_one_thread() {
    let count = |scenario: &Scenario| scenario.invocations().filter(|call| call.method == "pop").count();
    assert_eq!(smallest(&queue(), |scenario| count(scenario) > 2), "thread 1 | pop()  pop()  pop()");
    let after_setup = |scenario: &Scenario| {
        scenario.invocations().next().is_some_and(|call| call.method == "push") && threads_with(scenario, "pop") > 1
    };
    let text = smallest(&queue(), after_setup);
    let three =
        ["setup    | push(1)\nthread 1 | pop()\nthread 2 | pop()", "thread 1 | push(1)  pop()\nthread 2 | pop()"];
    assert!(three.contains(&text.as_str()), "{text}");
}

#[test]
fn methods_and_arguments_become_the_first() {
    assert_eq!(smallest(&mixed(), |scenario| scenario.calls() > 1), "thread 1 | insert(0, 1)  insert(0, 2)");
    let uses = |scenario: &Scenario, method: &str, other: u32| {
        scenario.invocations().any(|call| call.method == method && call.arguments[0] != other)
    };
    assert_eq!(smallest(&mixed(), |scenario| uses(scenario, "add", 5)), "thread 1 | add(1)");
    assert_eq!(smallest(&mixed(), |scenario| uses(scenario, "insert", 0)), "thread 1 | insert(1, 1)");
}
