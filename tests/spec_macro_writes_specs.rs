//! `raddle::spec!` writes the spec, the subject and the methods that its list says, for the usual structures.

use std::collections::{BTreeMap, VecDeque};

use raddle::check::{Argument, Method, Scenario, Spec, Subject};
use raddle::queue::{MutexQueue, RingQueue};
use raddle::sync::Mutex;
use raddle::thread;

raddle::spec! {
    /// A ring with two places.
    pub mod ring: RingQueue<u32> = RingQueue::new(2), like VecDeque<u32>;
    /// Fails if the ring is full.
    fn try_push(value: fresh) -> bool = |ring| ring.try_push(value).is_ok(), |queue| {
        let is_free = queue.len() < 2;
        is_free.then(|| queue.push_back(value));
        Some(is_free)
    };
    fn try_pop() -> Option<u32> = |ring| ring.try_pop(), |queue| Some(queue.pop_front());
}

raddle::spec! {
    /// A queue of one place that waits.
    mod blocking: MutexQueue<u32> = MutexQueue::new(1), like VecDeque<u32>;
    fn push(value: fresh) -> () as producer = |queue| queue.push(value).unwrap(), |queue| {
        queue.is_empty().then(|| queue.push_back(value))
    };
    fn pop() -> u32 as consumer = |queue| queue.pop().unwrap(), |queue| queue.pop_front();
    fn is_empty() -> bool = MutexQueue::is_empty, |queue| Some(queue.is_empty());
}

type Entries = BTreeMap<u32, u32>;

raddle::spec! {
    mod map: Mutex<Entries> = Mutex::default(), like Entries;
    fn insert(key: key(2), value: fresh) -> Option<u32> =
        |map| map.lock().unwrap().insert(key, value), |map| Some(map.insert(key, value)), part = key;
    fn add(key: key(2), step: of(1, 5, 7)) -> u32 =
        |map| add(&mut map.lock().unwrap(), key, step), |map| Some(add(map, key, step)), part = key;
    fn len() -> usize = |map| map.lock().unwrap().len(), |map| Some(map.len());
}

/// The caller's functions can be used.
fn add(map: &mut Entries, key: u32, step: u32) -> u32 {
    let value = map.entry(key).or_default();
    *value += step;
    *value
}

/// What the calls of a single thread return, by the spec: `-` where one blocks.
fn returned_by_spec<S: Spec>(calls: &str) -> String {
    let mut spec = S::default();
    let returned = calls_of::<S>(calls).into_iter().map(|call| {
        let before = spec.clone();
        match spec.step(&call) {
            Some(returned) => format!("{returned:?}"),
            None => {
                assert!(spec == before, "{call:?} changes the state although it blocks");
                "-".to_owned()
            }
        }
    });
    returned.collect::<Vec<_>>().join(" ")
}

/// Calls the subject in a thread of a model, as the facade's types must be.
fn assert_subject_returns<S: Subject>(calls: &'static str, expected: &'static str) {
    raddle::model(move || {
        let caller = thread::spawn(move || {
            let subject = S::new();
            calls_of::<S::Spec>(calls).iter().map(|call| format!("{:?}", subject.call(call))).collect::<Vec<_>>()
        });
        assert_eq!(caller.join().unwrap().join(" "), expected);
    });
}

fn calls_of<S: Spec>(calls: &str) -> Vec<S::Call> {
    let scenario: Scenario = format!("thread 1 | {calls}").parse().unwrap();
    let methods = S::methods();
    scenario.fits(&methods).unwrap();
    scenario.invocations().map(|invocation| invocation.resolve(&methods).unwrap()).collect()
}

/// Name, arguments and role of each.
fn summary<C>(methods: Vec<Method<C>>) -> Vec<(&'static str, Vec<Argument>, Option<&'static str>)> {
    methods.into_iter().map(|method| (method.name, method.arguments, method.role)).collect()
}

#[test]
fn a_queue_gives_what_the_spec_gives() {
    let calls = "try_pop() try_push(1) try_push(2) try_push(3) try_pop() try_pop() try_pop()";
    let expected = "None true true false Some(1) Some(2) None";
    assert_eq!(returned_by_spec::<ring::Spec>(calls), expected);
    assert_subject_returns::<ring::Subject>(calls, expected);
}

#[test]
fn a_call_that_would_block_returns_none_and_changes_nothing() {
    let expected = "- () - 1 - true";
    assert_eq!(returned_by_spec::<blocking::Spec>("pop() push(1) push(2) pop() pop() is_empty()"), expected);
    assert_subject_returns::<blocking::Subject>("is_empty() push(1) is_empty() pop()", "true () false 1");
}

#[test]
fn a_map_has_keys_values_and_functions_of_the_caller() {
    let calls = "insert(0, 1) add(0, 5) insert(0, 2) add(1, 7) len()";
    let expected = "None 6 Some(6) 7 2";
    assert_eq!(returned_by_spec::<map::Spec>(calls), expected);
    assert_subject_returns::<map::Subject>(calls, expected);
}

#[test]
fn methods_have_the_names_arguments_and_roles_of_the_list() {
    use Argument::{Fresh, Key, OneOf};
    assert_eq!(summary(ring::Spec::methods()), [("try_push", vec![Fresh], None), ("try_pop", vec![], None)]);
    assert_eq!(
        summary(blocking::Spec::methods()),
        [("push", vec![Fresh], Some("producer")), ("pop", vec![], Some("consumer")), ("is_empty", vec![], None)]
    );
    assert_eq!(
        summary(map::Spec::methods()),
        [("insert", vec![Key(2), Fresh], None), ("add", vec![Key(2), OneOf(&[1, 5, 7])], None), ("len", vec![], None)]
    );
}

raddle::spec! {
    /// A call that waits for a limited time, and one that may fail at any.
    mod hasty: Mutex<VecDeque<u32>> = Mutex::default(), like VecDeque<u32>;
    fn pop_timeout() -> Option<u32> = |list| list.lock().unwrap().pop_front(),
        |list| list.pop_front().map(Some), or |list| list.is_empty().then_some(None);
    fn push(value: fresh) -> bool = |list| { list.lock().unwrap().push_back(value); true },
        |list| Some({ list.push_back(value); true }), or |_| Some(false), part = value;
    fn len() -> usize = |list| list.lock().unwrap().len(), |list| Some(list.len());
}

#[test]
fn a_call_may_fail_where_the_list_says_so() {
    let mut spec = hasty::Spec::default();
    assert_eq!(spec.step(&hasty::Call::pop_timeout()), None);
    assert_eq!(spec.may_fail(&hasty::Call::pop_timeout()), Some(hasty::Ret::pop_timeout(None)));
    assert_eq!(spec.step(&hasty::Call::push(1)), Some(hasty::Ret::push(true)));
    assert_eq!(spec.may_fail(&hasty::Call::pop_timeout()), None);
    assert_eq!(spec.may_fail(&hasty::Call::push(2)), Some(hasty::Ret::push(false)));
    assert_eq!(hasty::Spec::part(&hasty::Call::push(2)), Some(2));
    assert_eq!(spec.may_fail(&hasty::Call::len()), None);
}

#[test]
fn calls_about_one_key_have_its_part() {
    assert_eq!(map::Spec::part(&map::Call::insert(1, 5)), Some(1));
    assert_eq!(map::Spec::part(&map::Call::len()), None);
    assert_eq!(ring::Spec::part(&ring::Call::try_push(1)), None);
}

#[test]
fn calls_are_shown_as_in_a_scenario_and_returns_as_their_values() {
    for text in ["insert(1, 5)", "add(0, 7)", "len()"] {
        assert_eq!(format!("{:?}", calls_of::<map::Spec>(text)), format!("[{text}]"));
    }
    assert_eq!(format!("{:?}", ring::Ret::try_pop(Some(1))), "Some(1)");
}
