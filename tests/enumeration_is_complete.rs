//! The enumerated scenarios are those of a blind search: every way to place calls, arguments and waits, reduced by trying
//! every way to name threads and keys, and every order of the calls.

use std::collections::BTreeSet;

use raddle::check::Argument::{Fresh, Key, OneOf};
use raddle::check::{After, Argument, Invocation, Method, Position, Scenario, Size, count_scenarios, scenarios};

fn method(name: &'static str, arguments: &[Argument]) -> Method<()> {
    Method { name, arguments: arguments.to_vec(), call: |_| (), role: None }
}

fn with_role(name: &'static str, role: &'static str) -> Method<()> {
    Method { role: Some(role), ..method(name, &[]) }
}

fn queue() -> Vec<Method<()>> {
    vec![method("push", &[Fresh]), method("pop", &[])]
}

/// All orders of so many things.
fn permutations(count: usize) -> Vec<Vec<usize>> {
    let mut found = vec![Vec::new()];
    for last in 0..count {
        found = found
            .iter()
            .flat_map(|order| (0..=last).map(move |place| [&order[..place], &[last], &order[place..]].concat()))
            .collect();
    }
    found
}

/// All ways to choose so many times among so many things.
fn words(count: usize, length: usize) -> Vec<Vec<usize>> {
    let mut found = vec![Vec::new()];
    for _ in 0..length {
        found = found.iter().flat_map(|word| (0..count).map(move |next| [&word[..], &[next]].concat())).collect();
    }
    found
}

fn every_call(methods: &[Method<()>]) -> Vec<Invocation> {
    let mut found = Vec::new();
    for method in methods {
        let values = method.arguments.iter().map(|source| match source {
            Fresh => vec![0],
            Key(count) => (0..*count).collect(),
            OneOf(values) => values.to_vec(),
        });
        let arguments = values.fold(vec![Vec::new()], |chosen: Vec<Vec<u32>>, values| {
            chosen.iter().flat_map(|first| values.iter().map(move |&next| [&first[..], &[next]].concat())).collect()
        });
        found.extend(arguments.into_iter().map(|arguments| Invocation { method: method.name.to_owned(), arguments }));
    }
    found
}

/// Every way in which at most so many calls of threads with so many each can wait.
fn every_wait(threads: &[usize], most: usize) -> Vec<Vec<After>> {
    let positions = positions(threads);
    let mut found: BTreeSet<Vec<After>> = BTreeSet::from([Vec::new()]);
    for _ in 0..most {
        for after in found.clone() {
            for &later in &positions {
                for &earlier in positions.iter().filter(|earlier| earlier.thread != later.thread) {
                    let longer: BTreeSet<_> = after.iter().copied().chain([After { later, earlier }]).collect();
                    found.insert(longer.into_iter().collect());
                }
            }
        }
    }
    let all = orders(threads);
    found.into_iter().filter(|after| after.is_empty() || waits_are_apt(threads, after, &all)).collect()
}

fn positions(threads: &[usize]) -> Vec<Position> {
    let of_thread = |(thread, &calls)| (0..calls).map(move |call| Position { thread, call });
    threads.iter().enumerate().flat_map(of_thread).collect()
}

/// The orders of the calls that program order allows.
fn orders(threads: &[usize]) -> Vec<Vec<Position>> {
    let positions = positions(threads);
    let orders = permutations(positions.len()).into_iter();
    let orders = orders.map(|order| order.into_iter().map(|number| positions[number]).collect::<Vec<_>>());
    let is_allowed = |order: &Vec<Position>| {
        order
            .iter()
            .all(|&one| one.call == 0 || place(order, Position { call: one.call - 1, ..one }) < place(order, one))
    };
    orders.filter(is_allowed).collect()
}

fn place(order: &[Position], position: Position) -> usize {
    order.iter().position(|&other| other == position).unwrap()
}

/// True if the calls can wait like this, each wait is needed, and no simpler scenario has the calls in these orders.
fn waits_are_apt(threads: &[usize], after: &[After], orders: &[Vec<Position>]) -> bool {
    let holds = |after: &After, order: &[Position]| place(order, after.earlier) < place(order, after.later);
    let allowed: Vec<_> = orders.iter().filter(|order| after.iter().all(|after| holds(after, order))).collect();
    let all_needed = after.iter().all(|one| {
        let others = after.iter().filter(|other| *other != one);
        orders.iter().any(|order| others.clone().all(|other| holds(other, order)) && !holds(one, order))
    });
    let is_outside = (0..threads.len()).any(|thread| {
        let is_own = |one: &Position| one.thread == thread;
        let count = threads[thread];
        allowed.iter().all(|order| order.iter().take(count).all(is_own))
            || allowed.iter().all(|order| order.iter().rev().take(count).all(is_own))
    });
    all_needed && allowed.len() > 1 && !is_outside
}

/// The least of the scenarios that differ from this one by the names of threads and values.
fn canonical(scenario: &Scenario, methods: &[Method<()>], keys: &[Vec<usize>]) -> Scenario {
    let mut images = Vec::new();
    for order in permutations(scenario.threads.len()) {
        for keys in keys {
            let moved = |position: Position| Position {
                thread: order.iter().position(|&thread| thread == position.thread).unwrap(),
                ..position
            };
            let after = scenario.after.iter().map(|one| After { later: moved(one.later), earlier: moved(one.earlier) });
            let mut image = Scenario {
                setup: scenario.setup.clone(),
                threads: order.iter().map(|&thread| scenario.threads[thread].clone()).collect(),
                closing: scenario.closing.clone(),
                after: BTreeSet::from_iter(after).into_iter().collect(),
            };
            let mut fresh = 1..;
            for call in image.setup.iter_mut().chain(image.threads.iter_mut().flatten()).chain(&mut image.closing) {
                let method = methods.iter().find(|method| method.name == call.method).unwrap();
                for (value, source) in call.arguments.iter_mut().zip(&method.arguments) {
                    match source {
                        Fresh => *value = fresh.next().unwrap(),
                        Key(_) => *value = keys[*value as usize] as u32,
                        OneOf(_) => {}
                    }
                }
            }
            images.push(image);
        }
    }
    images.into_iter().filter(|image| image.fits(methods).is_ok()).min().unwrap()
}

/// The ways to rename keys, those that the same methods take.
fn renamings(methods: &[Method<()>]) -> Vec<Vec<usize>> {
    let counts = methods.iter().flat_map(|method| &method.arguments);
    let counts: Vec<_> =
        counts.filter_map(|source| if let Key(count) = source { Some(*count) } else { None }).collect();
    let all = permutations(counts.iter().max().map_or(0, |&count| count as usize));
    let keeps = |names: &Vec<usize>| {
        counts.iter().all(|&count| names[..count as usize].iter().all(|&name| name < count as usize))
    };
    all.into_iter().filter(keeps).collect()
}

fn blind(methods: &[Method<()>], size: Size) -> BTreeSet<Scenario> {
    let calls = every_call(methods);
    let renamings = renamings(methods);
    let mut found = BTreeSet::new();
    // Who makes each call: the setup, a thread, or the closing.
    for count in 1..=size.calls {
        for lengths in words(count + 1, size.threads + 2).into_iter().filter(|one| one.iter().sum::<usize>() == count) {
            let [setup, ref threads @ .., closing] = lengths[..] else { unreachable!() };
            let threads: Vec<_> = threads.iter().copied().filter(|&calls| calls > 0).collect();
            if threads.is_empty() || (threads.len() == 1 && setup + closing > 0) {
                continue;
            }
            let waits = every_wait(&threads, size.after);
            for word in words(calls.len(), count) {
                let mut invocations = word.iter().map(|&letter| calls[letter].clone());
                let mut take = |count| invocations.by_ref().take(count).collect::<Vec<_>>();
                let setup = take(setup);
                let threads: Vec<_> = threads.iter().map(|&count| take(count)).collect();
                let closing = take(closing);
                for after in waits.iter().cloned() {
                    let scenario =
                        Scenario { setup: setup.clone(), threads: threads.clone(), closing: closing.clone(), after };
                    if scenario.fits(methods).is_ok() {
                        found.insert(canonical(&scenario, methods, &renamings));
                    }
                }
            }
        }
    }
    found
}

fn assert_complete(methods: &[Method<()>], size: Size) {
    let expected = blind(methods, size);
    let renamings = renamings(methods);
    let mut found = BTreeSet::new();
    for scenario in scenarios(methods, size) {
        scenario.fits(methods).unwrap();
        let is_new = found.insert(canonical(&scenario, methods, &renamings));
        assert!(is_new, "twice, in other words:\n{scenario}");
    }
    let show = |scenarios: Vec<&Scenario>| scenarios.iter().map(|one| format!("{one}\n\n")).collect::<String>();
    assert_eq!(show(expected.difference(&found).collect()), "", "these are missing");
    assert_eq!(show(found.difference(&expected).collect()), "", "these do not belong there");
    assert_eq!(count_scenarios(methods, size), found.len() as u64);
    assert!(!found.is_empty());
}

#[test]
fn scenarios_with_fresh_values_are_complete() {
    assert_complete(&queue(), Size::new(3, 5));
    assert_complete(&[method("swap", &[Fresh, Fresh])], Size::new(4, 5));
    assert_complete(&[method("a", &[]), method("b", &[Fresh]), method("c", &[])], Size::new(3, 4));
}

#[test]
fn scenarios_with_keys_are_complete() {
    assert_complete(&[method("insert", &[Key(2), Fresh]), method("remove", &[Key(2)])], Size::new(3, 4));
    assert_complete(&[method("get", &[Key(3)])], Size::new(3, 4));
    assert_complete(&[method("move", &[Key(3), Key(3)])], Size::new(2, 3));
}

#[test]
fn keys_that_not_all_methods_take_keep_their_meaning() {
    assert_complete(&[method("lock", &[Key(1)]), method("get", &[Key(3)])], Size::new(2, 4));
    assert_complete(&[method("get", &[Key(3)]), method("lock", &[Key(2)])], Size::new(2, 3));
}

#[test]
fn scenarios_with_roles_are_complete() {
    assert_complete(&[with_role("push", "producer"), with_role("pop", "consumer")], Size::new(3, 5));
    let deque = [with_role("push", "owner"), with_role("pop", "owner"), method("steal", &[])];
    assert_complete(&deque, Size::new(3, 4));
}

#[test]
fn scenarios_with_given_values_are_complete() {
    assert_complete(&[method("add", &[OneOf(&[5, 1, 7])]), method("get", &[])], Size::new(3, 4));
    assert_complete(&[method("put", &[Key(2), OneOf(&[0, 1])])], Size::new(3, 3));
}

#[test]
fn scenarios_with_calls_that_wait_are_complete() {
    assert_complete(&queue(), Size { after: 2, ..Size::new(3, 4) });
    assert_complete(&[method("a", &[])], Size { after: 2, ..Size::new(4, 5) });
    assert_complete(&[method("a", &[])], Size { after: 3, ..Size::new(2, 5) });
    assert_complete(&[method("get", &[Key(2)])], Size { after: 2, ..Size::new(3, 4) });
    assert_complete(&[method("put", &[Key(2)]), with_role("get", "reader")], Size { after: 1, ..Size::new(3, 4) });
}

#[test]
fn scenarios_come_smallest_first() {
    let methods = [method("insert", &[Key(2), Fresh]), method("remove", &[Key(2)]), with_role("sweep", "sweeper")];
    let all: Vec<_> = scenarios(&methods, Size { after: 1, ..Size::new(3, 4) }).collect();
    assert!(all.is_sorted_by_key(|scenario| (scenario.calls(), scenario.threads.len(), scenario.after.len())));
    assert!(all.iter().eq(&scenarios(&methods, Size { after: 1, ..Size::new(3, 4) }).collect::<Vec<_>>()));
}

#[test]
fn values_are_numbered_in_the_order_of_writing() {
    let methods = [method("insert", &[Key(3), Fresh])];
    for scenario in scenarios(&methods, Size::new(3, 4)) {
        let mut keys = 0;
        for (fresh, call) in (1..).zip(scenario.invocations()) {
            assert_eq!(call.arguments[1], fresh, "{scenario}");
            assert!(call.arguments[0] <= keys, "{scenario}");
            keys = keys.max(call.arguments[0] + 1);
        }
    }
}

#[test]
fn methods_without_values_to_take_are_not_called() {
    let texts = |methods: &[Method<()>]| {
        scenarios(methods, Size::new(1, 1)).map(|scenario| scenario.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(texts(&[method("never", &[Key(0)]), method("pop", &[])]), ["thread 1 | pop()"]);
    assert!(texts(&[method("never", &[OneOf(&[])])]).is_empty());
    assert!(texts(&[]).is_empty());
}

#[test]
fn the_documentation_has_the_numbers() {
    let documentation = include_str!("../src/check/enumerate.rs");
    for calls in 1..=8 {
        let counts = (1..=4).map(|threads| count_scenarios(&queue(), Size::new(threads, calls)).to_string());
        let row = format!("/// | {calls} | {} |\n", counts.collect::<Vec<_>>().join(" | "));
        assert!(documentation.contains(&row), "this row is not there:\n{row}");
    }
}

#[test]
fn counting_needs_no_scenario_to_be_made() {
    let methods = [method("push", &[Fresh]), method("pop", &[]), method("len", &[])];
    assert_eq!(count_scenarios(&methods, Size::new(3, 6)), 24_445);
}
