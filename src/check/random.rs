//! Which scenarios are there that are too large to try all? Some, drawn by proptest.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::vec::IntoIter;

use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::{Reason, TestRunner};

use super::enumerate::{Precedence, Size};
use super::scenario::{After, Invocation, Position, Scenario};
use super::spec::{Argument, Method};

/// Scenarios of this size, drawn at random: `size.calls` calls, of which each thread gets one and the others go to the
/// threads, the setup or the closing with equal chance. At most `size.after` of them wait for each other. A thread which is
/// left without a call, because another plays its [role](Method::role), is left out.
///
/// One that fails shrinks as long as it can: to fewer calls, fewer threads, fewer calls that wait, methods that stand earlier
/// in the list, keys that are lower and values that stand earlier in theirs. Fresh values are always numbered in the order
/// of writing.
///
/// ```
/// use proptest::test_runner::{TestError, TestRunner};
/// use raddle::check::{Argument, Method, Size, random_scenarios};
///
/// let push = Method { name: "push", arguments: vec![Argument::Fresh], call: |_| (), role: None };
/// let pop = Method { name: "pop", arguments: vec![], call: |_| (), role: None };
/// let size = Size { after: 2, ..Size::new(4, 12) };
/// let all_push = TestRunner::deterministic().run(&random_scenarios(&[push, pop], size), |scenario| {
///     proptest::prop_assert!(scenario.invocations().all(|call| call.method == "push"));
///     Ok(())
/// });
/// let Err(TestError::Fail(_, smallest)) = all_push else { panic!("one has a pop") };
/// assert_eq!(smallest.to_string(), "thread 1 | pop()");
/// ```
///
/// # Panics
///
/// When it has nothing to draw from: no thread, no call, or no method that can be called.
pub fn random_scenarios<C>(methods: &[Method<C>], size: Size) -> impl Strategy<Value = Scenario> + Clone + use<C> {
    let methods: Vec<_> = methods
        .iter()
        .filter(|method| method.arguments.iter().all(|source| choices(source) > 0))
        .map(Method::without_call)
        .collect();
    assert!(size.threads > 0 && size.calls > 0 && !methods.is_empty(), "nothing to draw from: {size:?}, {methods:?}");
    Drawn { methods: methods.into(), size }
}

/// How many values the argument can have.
fn choices(source: &Argument) -> usize {
    match source {
        Argument::Fresh => 1,
        Argument::Key(count) => *count as usize,
        Argument::OneOf(values) => values.len(),
    }
}

/// The value of that number; for a fresh one, it comes later.
fn choice(source: &Argument, number: usize) -> u32 {
    match source {
        Argument::Fresh => 0,
        Argument::Key(_) => number as u32,
        Argument::OneOf(values) => values[number],
    }
}

#[derive(Clone, Debug)]
struct Drawn {
    methods: Arc<[Method<()>]>,
    size: Size,
}

impl Strategy for Drawn {
    type Tree = Shrinking;
    type Value = Scenario;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let mut draw = |count: usize| (0..count).new_tree(runner).map(|tree| tree.current());
        let Size { threads, calls, after } = self.size;
        let mut scenario = Scenario { threads: vec![Vec::new(); threads], ..Scenario::default() };
        let mut players = BTreeMap::new();
        for number in 0..calls {
            let method = &self.methods[draw(self.methods.len())?];
            let arguments = method.arguments.iter().map(|source| Ok(choice(source, draw(choices(source))?)));
            let arguments = arguments.collect::<Result<_, Reason>>()?;
            let mut place = if number < threads { number } else { draw(threads + 2)? };
            if place < threads
                && let Some(role) = method.role
            {
                place = *players.entry(role).or_insert(place);
            }
            let calls = match place.checked_sub(threads) {
                None => &mut scenario.threads[place],
                Some(0) => &mut scenario.setup,
                Some(_) => &mut scenario.closing,
            };
            calls.push(Invocation { method: method.name.to_owned(), arguments });
        }
        scenario.after = draw_waits(&scenario, after, draw)?;
        let methods = self.methods.clone();
        tidy(&mut scenario, &methods);
        let untried = simpler(&scenario, &methods);
        Ok(Shrinking { methods, failing: scenario, shown: None, untried: untried.into_iter() })
    }
}

/// At most so many waits that can be.
fn draw_waits(
    scenario: &Scenario,
    most: usize,
    mut draw: impl FnMut(usize) -> Result<usize, Reason>,
) -> Result<Vec<After>, Reason> {
    let lengths: Vec<_> = scenario.threads.iter().map(Vec::len).collect();
    let mut found = Vec::new();
    for _ in 0..most {
        let [later, earlier] = [draw(lengths.len())?, draw(lengths.len())?];
        if later != earlier && lengths[later] > 0 && lengths[earlier] > 0 {
            let later = Position { thread: later, call: draw(lengths[later])? };
            let earlier = Position { thread: earlier, call: draw(lengths[earlier])? };
            let order = Precedence::new(&lengths, &found);
            if !order.holds(later, earlier) && !order.holds(earlier, later) {
                found.push(After { later, earlier });
            }
        }
    }
    Ok(found)
}

/// A scenario that shrinks: each that fails is replaced by the first simpler one that fails as well, until none does.
#[derive(Debug)]
struct Shrinking {
    methods: Arc<[Method<()>]>,
    /// The simplest that is known to fail, or the first.
    failing: Scenario,
    /// The simpler one that is tried now, and its number.
    shown: Option<(usize, Scenario)>,
    /// Those that are simpler than `failing` and have not been tried.
    untried: IntoIter<(usize, Scenario)>,
}

impl ValueTree for Shrinking {
    type Value = Scenario;

    fn current(&self) -> Scenario {
        self.shown.as_ref().map_or(&self.failing, |(_, scenario)| scenario).clone()
    }

    fn simplify(&mut self) -> bool {
        if let Some((number, scenario)) = self.shown.take() {
            let mut untried = simpler(&scenario, &self.methods);
            // What was tried before it did not help with the larger one, so it comes last now.
            let tried = untried.partition_point(|(other, _)| *other < number);
            untried.rotate_left(tried);
            self.untried = untried.into_iter();
            self.failing = scenario;
        }
        self.shown = self.untried.next();
        self.shown.is_some()
    }

    fn complicate(&mut self) -> bool {
        let was_shown = self.shown.is_some();
        if was_shown {
            self.shown = self.untried.next();
        }
        was_shown
    }
}

/// Scenarios that are one step simpler, each with its number; the largest steps first.
fn simpler(scenario: &Scenario, methods: &[Method<()>]) -> Vec<(usize, Scenario)> {
    let mut steps = Vec::new();
    let mut step = |change: &dyn Fn(&mut Scenario)| {
        let mut changed = scenario.clone();
        change(&mut changed);
        tidy(&mut changed, methods);
        steps.push(changed);
    };
    let threads = scenario.threads.len();
    if threads > 1 {
        for thread in 0..threads {
            step(&|changed| remove_thread(changed, thread));
        }
        step(&|changed| changed.setup.clear());
        step(&|changed| changed.closing.clear());
        for thread in 0..threads {
            let moved = || scenario.threads[thread].iter().cloned();
            step(&|changed| {
                remove_thread(changed, thread);
                changed.setup.extend(moved());
            });
            step(&|changed| {
                remove_thread(changed, thread);
                changed.closing.splice(..0, moved());
            });
            for other in (0..threads).filter(|&other| other != thread) {
                step(&|changed| {
                    remove_thread(changed, thread);
                    changed.threads[other].extend(moved());
                });
            }
        }
    }
    for number in 0..scenario.calls() {
        step(&|changed| remove(changed, number));
    }
    for number in 0..scenario.after.len() {
        step(&|changed| {
            changed.after.remove(number);
        });
    }
    for (number, invocation) in scenario.invocations().enumerate() {
        for call in simpler_calls(invocation, methods) {
            step(&|changed| calls_mut(changed).nth(number).expect("it is one of the calls").clone_from(&call));
        }
    }
    let is_one =
        |(_, changed): &(usize, Scenario)| changed.calls() > 0 && changed != scenario && changed.fits(methods).is_ok();
    steps.into_iter().enumerate().filter(is_one).collect()
}

/// Calls of the methods before this one, and those with an argument that is simpler.
fn simpler_calls(invocation: &Invocation, methods: &[Method<()>]) -> Vec<Invocation> {
    let method = methods.iter().position(|method| method.name == invocation.method).expect("it was drawn from these");
    let mut found = Vec::new();
    for earlier in &methods[..method] {
        let arguments = earlier.arguments.iter().map(|source| choice(source, 0)).collect();
        found.push(Invocation { method: earlier.name.to_owned(), arguments });
    }
    for (place, source) in
        methods[method].arguments.iter().enumerate().filter(|(_, source)| **source != Argument::Fresh)
    {
        let values = (0..choices(source)).map(|number| choice(source, number));
        for value in values.take_while(|&value| value != invocation.arguments[place]) {
            let mut simpler = invocation.clone();
            simpler.arguments[place] = value;
            found.push(simpler);
        }
    }
    found
}

fn calls_mut(scenario: &mut Scenario) -> impl Iterator<Item = &mut Invocation> {
    scenario.setup.iter_mut().chain(scenario.threads.iter_mut().flatten()).chain(&mut scenario.closing)
}

/// Removes the calls of a thread.
fn remove_thread(scenario: &mut Scenario, thread: usize) {
    scenario.after.retain(|after| after.later.thread != thread && after.earlier.thread != thread);
    scenario.threads[thread].clear();
}

/// Removes the call of this number in the order of writing.
fn remove(scenario: &mut Scenario, number: usize) {
    let mut call = number;
    if call < scenario.setup.len() {
        scenario.setup.remove(call);
        return;
    }
    call -= scenario.setup.len();
    for (thread, calls) in scenario.threads.iter_mut().enumerate() {
        if call < calls.len() {
            calls.remove(call);
            let removed = Position { thread, call };
            scenario.after.retain(|after| after.later != removed && after.earlier != removed);
            for after in &mut scenario.after {
                for position in [&mut after.later, &mut after.earlier] {
                    position.call -= usize::from(position.thread == thread && position.call > call);
                }
            }
            return;
        }
        call -= calls.len();
    }
    scenario.closing.remove(call);
}

/// Leaves out threads without calls, setup and closing of a single thread, and what calls need not wait for; numbers fresh
/// values in the order of writing.
fn tidy(scenario: &mut Scenario, methods: &[Method<()>]) {
    let places: Vec<_> = scenario
        .threads
        .iter()
        .scan(0, |place, calls| {
            let own = *place;
            *place += usize::from(!calls.is_empty());
            Some(own)
        })
        .collect();
    scenario.threads.retain(|calls| !calls.is_empty());
    for after in &mut scenario.after {
        for position in [&mut after.later, &mut after.earlier] {
            position.thread = places[position.thread];
        }
    }
    if scenario.threads.len() < 2 {
        let mut calls = std::mem::take(&mut scenario.setup);
        calls.extend(scenario.threads.drain(..).flatten());
        calls.append(&mut scenario.closing);
        scenario.threads.push(calls);
    }
    let lengths: Vec<_> = scenario.threads.iter().map(Vec::len).collect();
    scenario.after.sort_unstable();
    for number in (0..scenario.after.len()).rev() {
        let after = scenario.after.remove(number);
        if !Precedence::new(&lengths, &scenario.after).holds(after.earlier, after.later) {
            scenario.after.insert(number, after);
        }
    }
    let mut fresh = 0;
    for call in calls_mut(scenario) {
        let method = methods.iter().find(|method| method.name == call.method).expect("it was drawn from these");
        for (argument, source) in call.arguments.iter_mut().zip(&method.arguments) {
            if *source == Argument::Fresh {
                fresh += 1;
                *argument = fresh;
            }
        }
    }
}
