//! Which scenarios are there up to a size? Each once, smallest first.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::zip;
use std::sync::Arc;

use super::scenario::{After, Invocation, Position, Scenario};
use super::spec::{Argument, Method};

/// How large scenarios are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    /// The number of threads.
    pub threads: usize,
    /// The number of calls: setup, threads and closing together.
    pub calls: usize,
    /// The number of calls that wait for a call of another thread, each counted once for each that it waits for.
    pub after: usize,
}

impl Size {
    /// So many threads and calls, none of which wait for each other.
    pub fn new(threads: usize, calls: usize) -> Self {
        Self { threads, calls, after: 0 }
    }
}

/// The scenarios up to `size`, each once, smallest first: by the number of calls, then of threads, then of calls that
/// wait, so that the first that fails is a smallest one.
///
/// ```
/// use raddle::check::{Argument, Method, Size, scenarios};
///
/// let push = Method { name: "push", arguments: vec![Argument::Fresh], call: |values| Some(values[0]), role: None };
/// let pop = Method { name: "pop", arguments: vec![], call: |_| None, role: None };
/// let texts: Vec<_> = scenarios(&[push, pop], Size::new(2, 2)).map(|scenario| scenario.to_string()).collect();
/// assert_eq!(texts[..3], ["thread 1 | push(1)", "thread 1 | pop()", "thread 1 | push(1)  push(2)"]);
/// assert_eq!(texts[8], "thread 1 | pop()\nthread 2 | pop()");
/// assert_eq!(texts.len(), 9);
/// ```
///
/// Two scenarios are the same if one becomes the other when
///
/// - threads are renamed: they start together and are equal, and the spec does not know who calls;
/// - [keys](Argument::Key) are renamed, among those that the same methods take: of two keys the lower is used first;
/// - [fresh](Argument::Fresh) values are renamed: they are numbered from 1 in the order of writing.
///
/// Values of [`Argument::OneOf`] are never renamed. Threads stand in the order of their lengths, the longest first.
///
/// Some scenarios say what a simpler one of as many calls says, and only the simpler one is among these:
///
/// - What a single thread does has no setup and no closing: these are its first and its last calls.
/// - A call waits for another only if it would not come later anyway, by program order and the other calls that wait.
/// - If all the calls of the threads wait such that one order of them is left, they are those of a single thread.
/// - If all the calls of a thread come before, or after, those of all other threads, they are setup, or closing.
///
/// All others are there: with every number of setup and closing calls, and whether or not they make sense to someone who
/// knows the methods. Those that no execution can finish, as two `pop()` of a queue that waits, are there as well. Methods
/// with a [role](Method::role) are called by one of the threads only.
///
/// So many scenarios have a method with a fresh value and one without arguments, as a queue's `push` and `pop`, in which no
/// call waits for another:
///
/// | calls up to | 1 thread | 2 threads | 3 threads | 4 threads |
/// | ---: | ---: | ---: | ---: | ---: |
/// | 1 | 2 | 2 | 2 | 2 |
/// | 2 | 6 | 9 | 9 | 9 |
/// | 3 | 14 | 37 | 41 | 41 |
/// | 4 | 30 | 147 | 179 | 184 |
/// | 5 | 62 | 539 | 711 | 752 |
/// | 6 | 126 | 1831 | 2583 | 2810 |
/// | 7 | 254 | 5815 | 8703 | 9730 |
/// | 8 | 510 | 17487 | 27607 | 31713 |
pub fn scenarios<C>(methods: &[Method<C>], size: Size) -> impl Iterator<Item = Scenario> + Send + use<C> {
    scenarios_of(Alphabet::new(&methods.iter().map(Method::without_call).collect::<Vec<_>>()), size)
}

fn scenarios_of(alphabet: Alphabet, size: Size) -> Box<dyn Iterator<Item = Scenario> + Send> {
    let alphabet = Arc::new(alphabet);
    Box::new(plans(size).flat_map(move |plan| {
        let (plan, for_words, alphabet) = (Arc::new(plan), alphabet.clone(), alphabet.clone());
        Words::new(for_words, plan.clone()).flat_map(move |(word, unmoved)| {
            let waits = plan.distinct_waits(&unmoved).cloned().collect::<Vec<_>>();
            let (plan, alphabet) = (plan.clone(), alphabet.clone());
            waits.into_iter().map(move |after| alphabet.scenario(&plan, &word, after))
        })
    }))
}

/// How many [`scenarios`] there are, without making them: for progress.
///
/// ```
/// # use raddle::check::{Method, Size, count_scenarios, scenarios};
/// # let method = |name| Method { name, arguments: vec![], call: |_| (), role: None };
/// let methods = [method("lock"), method("try_lock"), method("unlock")];
/// let size = Size::new(2, 4);
/// assert_eq!(count_scenarios(&methods, size), scenarios(&methods, size).count() as u64);
/// ```
pub fn count_scenarios<C>(methods: &[Method<C>], size: Size) -> u64 {
    count_of(Alphabet::new(&methods.iter().map(Method::without_call).collect::<Vec<_>>()), size)
}

fn count_of(alphabet: Alphabet, size: Size) -> u64 {
    let alphabet = Arc::new(alphabet);
    let of_plan = |plan: Plan| {
        let plan = Arc::new(plan);
        let words = Words::new(alphabet.clone(), plan.clone());
        words.map(|(_, unmoved)| plan.distinct_waits(&unmoved).count() as u64).sum::<u64>()
    };
    plans(size).map(of_plan).sum()
}

/// A call, but for the fresh values: the method's number and the arguments.
type Letter = (usize, Vec<u32>);

/// What calls there are to choose from.
#[derive(Debug)]
struct Alphabet {
    names: Vec<&'static str>,
    sources: Vec<Vec<Argument>>,
    roles: Vec<Option<&'static str>>,
    letters: Vec<Letter>,
    /// The lowest of the keys that are interchangeable with each other: those that the same methods take.
    first_keys: BTreeSet<u32>,
}

impl Alphabet {
    fn new(methods: &[Method<()>]) -> Self {
        let mut letters = Vec::new();
        for (number, method) in methods.iter().enumerate() {
            letters.extend(choices(&method.arguments).into_iter().map(|arguments| (number, arguments)));
        }
        let bounds = methods.iter().flat_map(|method| &method.arguments).filter_map(|source| match source {
            Argument::Key(count) => Some(*count),
            _ => None,
        });
        Self {
            names: methods.iter().map(|method| method.name).collect(),
            sources: methods.iter().map(|method| method.arguments.clone()).collect(),
            roles: methods.iter().map(|method| method.role).collect(),
            letters,
            first_keys: bounds.chain([0]).collect(),
        }
    }

    /// Where the word first uses a key before a lower one that would do, or plays a role that another thread plays.
    fn first_fault(&self, plan: &Plan, word: &[usize]) -> Option<usize> {
        let mut used = BTreeSet::new();
        let mut players = BTreeMap::new();
        zip(word, &plan.places).position(|(&letter, place)| {
            let (method, arguments) = &self.letters[letter];
            let too_early = zip(arguments, &self.sources[*method]).any(|(&value, source)| {
                matches!(source, Argument::Key(_))
                    && used.insert(value)
                    && !self.first_keys.contains(&value)
                    && !used.contains(&(value - 1))
            });
            let played_by_another = match (place, self.roles[*method]) {
                (Some(place), Some(role)) => *players.entry(role).or_insert(place.thread) != place.thread,
                _ => false,
            };
            too_early || played_by_another
        })
    }

    /// Compares the word with what becomes of it when its calls are written in this order and the keys renamed.
    fn compare_with_image(&self, word: &[usize], order: &[usize]) -> Ordering {
        let mut names = BTreeMap::new();
        let mut next_names: BTreeMap<u32, u32> = self.first_keys.iter().map(|&first| (first, first)).collect();
        let mut rename = |key: u32| {
            *names.entry(key).or_insert_with(|| {
                let next = next_names.range_mut(..=key).next_back().expect("0 is a first key").1;
                *next += 1;
                *next - 1
            })
        };
        for (&letter, &moved) in zip(word, order) {
            let (method, arguments) = &self.letters[letter];
            let (moved_method, moved_arguments) = &self.letters[word[moved]];
            let mut ordering = method.cmp(moved_method);
            for (position, &argument) in moved_arguments.iter().enumerate() {
                let renamed = match self.sources[*moved_method][position] {
                    Argument::Key(_) => rename(argument),
                    _ => argument,
                };
                ordering = ordering.then_with(|| arguments[position].cmp(&renamed));
            }
            if ordering.is_ne() {
                return ordering;
            }
        }
        Ordering::Equal
    }

    fn scenario(&self, plan: &Plan, word: &[usize], after: Vec<After>) -> Scenario {
        let mut fresh = 0;
        let mut calls = word.iter().map(|&letter| {
            let (method, arguments) = &self.letters[letter];
            let written = zip(arguments, &self.sources[*method]).map(|(&argument, source)| match source {
                Argument::Fresh => {
                    fresh += 1;
                    fresh
                }
                _ => argument,
            });
            Invocation { method: self.names[*method].to_owned(), arguments: written.collect() }
        });
        let setup = calls.by_ref().take(plan.setup).collect();
        let threads = plan.threads.iter().map(|&length| calls.by_ref().take(length).collect()).collect();
        Scenario { setup, threads, closing: calls.collect(), after }
    }
}

/// All arguments from these sources, but for the fresh values.
fn choices(sources: &[Argument]) -> Vec<Vec<u32>> {
    let mut found = vec![Vec::new()];
    for source in sources {
        let values = match source {
            Argument::Fresh => vec![0],
            Argument::Key(count) => (0..*count).collect(),
            Argument::OneOf(values) => values.to_vec(),
        };
        let with_each = |chosen: Vec<u32>| values.iter().map(move |&value| [&chosen[..], &[value]].concat());
        found = found.into_iter().flat_map(with_each).collect();
    }
    found
}

/// Where the calls of scenarios stand, and what they may wait for; not what they are.
#[derive(Debug)]
struct Plan {
    setup: usize,
    /// The number of calls of each thread, falling.
    threads: Vec<usize>,
    /// For each call in the order of writing its position, if it is a thread's.
    places: Vec<Option<Position>>,
    /// Every way in which so many calls may wait.
    waits: Vec<Vec<After>>,
    /// The ways to write threads of equal length in another order.
    symmetries: Vec<Symmetry>,
}

/// Another order to write the threads in.
#[derive(Debug)]
struct Symmetry {
    /// The thread that is written in the place of each.
    threads: Vec<usize>,
    /// The call that is written in the place of each.
    calls: Vec<usize>,
}

/// The plans up to this size, in the order in which their scenarios come.
fn plans(size: Size) -> impl Iterator<Item = Plan> + Send {
    (1..=size.calls).flat_map(move |calls| {
        (1..=size.threads.min(calls)).flat_map(move |threads| {
            // What one thread does is setup and closing at once, and there is nothing to wait for.
            let (spare, after) = if threads == 1 { (0, 0) } else { (calls - threads, size.after) };
            (0..=after).flat_map(move |after| {
                (0..=spare).flat_map(move |outside| {
                    (0..=outside).flat_map(move |closing| {
                        let lengths = partitions(calls - outside, threads, calls);
                        lengths.into_iter().map(move |threads| Plan::new(outside - closing, threads, closing, after))
                    })
                })
            })
        })
    })
}

/// The ways to divide `calls` among so many threads, each with at least one and at most so many, falling.
fn partitions(calls: usize, threads: usize, longest: usize) -> Vec<Vec<usize>> {
    match threads {
        0 if calls == 0 => vec![Vec::new()],
        0 => Vec::new(),
        _ => {
            let lengths = (1..=longest.min(calls)).rev();
            lengths
                .flat_map(|first| {
                    let others = partitions(calls - first, threads - 1, first).into_iter();
                    others.map(move |others| [&[first][..], &others].concat())
                })
                .collect()
        }
    }
}

impl Plan {
    fn new(setup: usize, threads: Vec<usize>, closing: usize, after: usize) -> Self {
        let positions = positions(&threads);
        let outside = |count| std::iter::repeat_n(None, count);
        let places: Vec<_> =
            outside(setup).chain(positions.iter().copied().map(Some)).chain(outside(closing)).collect();
        let mut symmetries = Vec::new();
        for order in permutations(threads.len()).into_iter().filter(|order| !order.is_sorted()) {
            if (0..threads.len()).all(|thread| threads[thread] == threads[order[thread]]) {
                let call = |(place, position): (usize, &Option<Position>)| match position {
                    Some(Position { thread, call }) => setup + threads[..order[*thread]].iter().sum::<usize>() + call,
                    None => place,
                };
                let calls = places.iter().enumerate().map(call).collect();
                symmetries.push(Symmetry { threads: order, calls });
            }
        }
        let waits = waits(&threads, after);
        Self { setup, threads, places, waits, symmetries }
    }

    /// The ways to wait that differ by more than these symmetries, given by their numbers.
    fn distinct_waits<'a>(&'a self, unmoved: &'a [usize]) -> impl Iterator<Item = &'a Vec<After>> {
        self.waits.iter().filter(move |after| {
            unmoved.iter().all(|&symmetry| {
                let order = &self.symmetries[symmetry].threads;
                let place = |thread| order.iter().position(|&moved| moved == thread).expect("threads are only moved");
                let moved = |position: Position| Position { thread: place(position.thread), ..position };
                let mut image: Vec<_> =
                    after.iter().map(|one| After { later: moved(one.later), earlier: moved(one.earlier) }).collect();
                image.sort_unstable();
                **after <= image
            })
        })
    }
}

/// The calls of threads with so many each.
fn positions(threads: &[usize]) -> Vec<Position> {
    let of_thread = |(thread, &calls)| (0..calls).map(move |call| Position { thread, call });
    threads.iter().enumerate().flat_map(of_thread).collect()
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    let mut found = vec![Vec::new()];
    for last in 0..count {
        let with_last = |order: Vec<usize>| {
            (0..=last).map(move |place| {
                let mut order = order.clone();
                order.insert(place, last);
                order
            })
        };
        found = found.into_iter().flat_map(with_last).collect();
    }
    found
}

/// Every way in which `count` calls of threads with so many calls each can wait, but for those that a simpler scenario has.
fn waits(threads: &[usize], count: usize) -> Vec<Vec<After>> {
    let positions = positions(threads);
    let mut pairs = Vec::new();
    for &later in &positions {
        let others = positions.iter().filter(|earlier| earlier.thread != later.thread);
        pairs.extend(others.map(|&earlier| After { later, earlier }));
    }
    let mut found = vec![(0, Vec::new())];
    for _ in 0..count {
        let mut longer = Vec::new();
        for (next, after) in found {
            let order = Precedence::new(threads, &after);
            for (number, pair) in pairs.iter().enumerate().skip(next) {
                if !order.holds(pair.earlier, pair.later) && !order.holds(pair.later, pair.earlier) {
                    longer.push((number + 1, [&after[..], &[*pair]].concat()));
                }
            }
        }
        found = longer;
    }
    let is_needed = |after: &Vec<After>| all_needed(threads, after) && !is_simpler_otherwise(threads, after);
    found.into_iter().map(|(_, after)| after).filter(is_needed).collect()
}

/// True if each of these says what program order and the others do not say.
fn all_needed(threads: &[usize], after: &[After]) -> bool {
    (0..after.len()).all(|number| {
        let others = [&after[..number], &after[number + 1..]].concat();
        !Precedence::new(threads, &others).holds(after[number].earlier, after[number].later)
    })
}

/// True if the calls are in one order, or if a thread is nothing but setup or closing.
fn is_simpler_otherwise(threads: &[usize], after: &[After]) -> bool {
    if after.is_empty() {
        return false;
    }
    let order = Precedence::new(threads, after);
    let positions = positions(threads);
    let ordered =
        |one: &Position, other: &Position| one == other || order.holds(*one, *other) || order.holds(*other, *one);
    if positions.iter().all(|one| positions.iter().all(|other| ordered(one, other))) {
        return true;
    }
    (0..threads.len()).any(|thread| {
        let first = Position { thread, call: 0 };
        let last = Position { thread, call: threads[thread] - 1 };
        let mut others = positions.iter().filter(|position| position.thread != thread);
        others.clone().all(|&other| order.holds(last, other)) || others.all(|&other| order.holds(other, first))
    })
}

/// Which calls of threads come before which.
pub(super) struct Precedence {
    /// For each thread the number of its first call.
    starts: Vec<usize>,
    /// For each call those that come before it.
    before: Vec<Vec<bool>>,
}

impl Precedence {
    /// Of threads with so many calls each, some of which wait.
    pub(super) fn new(threads: &[usize], after: &[After]) -> Self {
        let starts = (0..threads.len()).map(|thread| threads[..thread].iter().sum()).collect();
        let count = threads.iter().sum();
        let mut order = Self { starts, before: vec![vec![false; count]; count] };
        for Position { thread, call } in positions(threads).into_iter().filter(|position| position.call > 0) {
            order.add(Position { thread, call: call - 1 }, Position { thread, call });
        }
        for after in after {
            order.add(after.earlier, after.later);
        }
        order
    }

    fn number(&self, position: Position) -> usize {
        self.starts[position.thread] + position.call
    }

    /// True if `earlier` comes before `later`.
    pub(super) fn holds(&self, earlier: Position, later: Position) -> bool {
        self.before[self.number(later)][self.number(earlier)]
    }

    /// From now on `earlier`, and what comes before it, comes before `later`, and what comes after it.
    fn add(&mut self, earlier: Position, later: Position) {
        let (earlier, later) = (self.number(earlier), self.number(later));
        let mut added = self.before[earlier].clone();
        added[earlier] = true;
        for other in 0..self.before.len() {
            if other == later || self.before[other][later] {
                zip(&mut self.before[other], &added).for_each(|(before, added)| *before |= added);
            }
        }
    }
}

/// The words that are the least among those that differ by the names of threads and keys, in order.
struct Words {
    alphabet: Arc<Alphabet>,
    plan: Arc<Plan>,
    /// The next that may be one; empty at the end.
    next: Vec<usize>,
}

impl Words {
    fn new(alphabet: Arc<Alphabet>, plan: Arc<Plan>) -> Self {
        // No way to wait is left, or there is nothing to call.
        let is_empty = plan.waits.is_empty() || alphabet.letters.is_empty();
        let next = if is_empty { Vec::new() } else { vec![0; plan.places.len()] };
        Self { alphabet, plan, next }
    }

    /// Goes on to the next word with another letter at this position, or before it.
    fn advance(&mut self, position: usize) {
        let letters = self.alphabet.letters.len();
        match self.next[..=position].iter().rposition(|&letter| letter + 1 < letters) {
            Some(changed) => {
                self.next[changed] += 1;
                self.next[changed + 1..].fill(0);
            }
            None => self.next.clear(),
        }
    }

    /// The symmetries that do not change the word, by their numbers; `None` if one makes it less.
    fn unmoved(&self) -> Option<Vec<usize>> {
        let mut unmoved = Vec::new();
        for (number, symmetry) in self.plan.symmetries.iter().enumerate() {
            match self.alphabet.compare_with_image(&self.next, &symmetry.calls) {
                Ordering::Less => {}
                Ordering::Equal => unmoved.push(number),
                Ordering::Greater => return None,
            }
        }
        Some(unmoved)
    }
}

impl Iterator for Words {
    /// The word, and the symmetries that do not change it, by their numbers.
    type Item = (Vec<usize>, Vec<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.next.is_empty() {
            if let Some(position) = self.alphabet.first_fault(&self.plan, &self.next) {
                self.advance(position);
                continue;
            }
            let found = self.unmoved().map(|unmoved| (self.next.clone(), unmoved));
            self.advance(self.next.len() - 1);
            if found.is_some() {
                return found;
            }
        }
        None
    }
}
