//! What of an execution does a counterexample show, and in which order?
//!
//! What goes wrong in a thread depends on the causes of what it did, so the rest is left out. The events that stay are in
//! an order that all relations of the memory model respect, if there is one: then the execution is an interleaving. If
//! there is none, causes come first, and as few reads as possible are stale.
//!
//! Threads have the numbers that they get when they are created in this order, which are those of a replay.

use super::clocks::join;
use super::decide::Decider;
use super::event::{Event, INITIAL, Kind, NOTHING, Number};
use super::fault::{Fault, Note, ViolationKind};
use super::graph::Graph;
use super::linearise::{Part, Step, Steps};
use super::run::{Run, Status};

/// A violating execution, as it is to be shown.
pub(super) struct Picture<'run> {
    pub run: &'run Run,
    pub graph: &'run Graph,
    pub fault: Fault,
    /// The events in the order in which they are told.
    pub order: Vec<Number>,
    /// The position of each event in the order, by number; nothing for what is left out.
    positions: Vec<Option<usize>>,
    /// The numbers of the threads, by those that they had in the run.
    numbers: Vec<usize>,
}

/// What stands for the name of a thread of a run in a fault's message.
pub(super) fn placeholder(thread: usize) -> String {
    format!("\u{2}{thread}\u{3}")
}

impl<'run> Picture<'run> {
    pub fn of(run: &'run Run, fault: Fault) -> Self {
        let graph = &run.graph;
        let is_kept = kept(run, &fault);
        let order = match run.decider {
            // The events were added in the order in which they are told.
            Decider::Follow(_) => (0..graph.events.len() as Number).filter(|&event| is_kept[event as usize]).collect(),
            _ => ordered(run, &fault, &is_kept),
        };
        let mut positions = vec![None; graph.events.len()];
        for (position, &number) in order.iter().enumerate() {
            positions[number as usize] = Some(position);
        }
        let numbers = numbered(run, &order);
        Self { run, graph, fault, order, positions, numbers }
    }

    /// The events in the order in which they are told.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = (Number, &'run Event)> {
        self.order.iter().map(|&number| (number, self.graph.event(number)))
    }

    pub fn position(&self, number: Number) -> Option<usize> {
        self.positions.get(number as usize).copied().flatten()
    }

    /// The number of a thread.
    pub fn number(&self, thread: usize) -> usize {
        self.numbers.get(thread).copied().unwrap_or(thread)
    }

    /// The name of a thread, for reading.
    pub fn thread_name(&self, thread: usize) -> String {
        let number = self.number(thread);
        match self.run.threads.get(thread).and_then(|thread| thread.name.as_deref()) {
            Some(name) if thread == 0 => name.to_owned(),
            Some(name) => format!("thread {number} '{name}'"),
            None => format!("thread {number}"),
        }
    }

    /// Puts the names of threads in the place of what stands for them.
    pub fn with_names(&self, message: &str) -> String {
        let mut parts = message.split('\u{2}');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once('\u{3}').map(|(thread, rest)| (thread.parse(), rest)) {
                Some((Ok(thread), rest)) => {
                    text += &self.thread_name(thread);
                    text += rest;
                }
                _ => text += part,
            }
        }
        text
    }

    /// The writes to a location that are told before `position`, in coherence order.
    fn writes_before(&self, location: u32, position: usize) -> impl DoubleEndedIterator<Item = Number> {
        let writes = self.graph.writes[location as usize].iter().copied();
        writes.filter(move |&write| self.position(write).is_some_and(|other| other < position))
    }

    /// The writes told before an access that are newer than what it reads, or that come after what it writes.
    pub fn newer(&self, number: Number) -> impl DoubleEndedIterator<Item = Number> {
        let event = self.graph.event(number);
        let rank = if event.reads() { self.graph.rank(event.reads_from) } else { event.rank };
        let position = self.position(number).unwrap_or(usize::MAX);
        self.writes_before(event.location, position).filter(move |&write| self.graph.rank(write) > rank)
    }

    /// The threads that are stuck for ever: the one that did something last comes first, those that only join others last.
    pub fn stuck(&self) -> Vec<(usize, &'run Status)> {
        if self.run.failed_in.is_some() {
            return Vec::new();
        }
        let mut stuck: Vec<_> = self.run.stuck.iter().map(|(thread, status)| (*thread, status)).collect();
        let last = self.events().next_back().map(|(_, event)| usize::from(event.thread));
        let joins = |status: &Status| matches!(status, Status::Joins(..));
        stuck.sort_by_key(|&(thread, status)| (joins(status), Some(thread) != last, self.number(thread)));
        stuck
    }

    /// The notes of what the threads did after all their events that are told.
    pub fn closing_notes(&self) -> impl Iterator<Item = &Note> {
        let has_more = |note: &Note| {
            let next = self.graph.threads.get(note.thread).and_then(|events| events.get(note.executed));
            next.is_some_and(|&next| self.position(next).is_some())
        };
        self.fault.notes.iter().filter(move |note| !has_more(note))
    }

    /// The threads that go on when all events are there.
    pub fn tails(&self) -> Vec<u16> {
        let Some(last) = self.run.failed_in else { return Vec::new() };
        let mut tails: Vec<_> = self.closing_notes().map(|note| note.thread).filter(|&thread| thread != last).collect();
        tails.dedup();
        tails.push(last);
        tails.iter().map(|&thread| self.number(thread) as u16).collect()
    }
}

/// Whether each event is told.
fn kept(run: &Run, fault: &Fault) -> Vec<bool> {
    let past = past_of_fault(run, fault);
    let is_kept = |event: &Event| {
        let thread = usize::from(event.thread);
        let is_executed = run.threads.get(thread).is_some_and(|thread| thread.executed > usize::from(event.index));
        let is_cause = past.as_ref().is_none_or(|past| past.get(thread).is_some_and(|&known| known > event.index));
        is_executed && is_cause
    };
    run.graph.events.iter().map(is_kept).collect()
}

/// The clock of the causes of what is wrong. None if everything may be a cause.
fn past_of_fault(run: &Run, fault: &Fault) -> Option<Vec<u16>> {
    let failed_in = run.failed_in?;
    let is_local = matches!(
        fault.kind,
        ViolationKind::Panic | ViolationKind::DataRace | ViolationKind::DroppedTwice | ViolationKind::UsedAfterDrop
    );
    if !is_local {
        return None;
    }
    let mut past = vec![0; run.graph.width];
    let notes = fault.notes.iter().map(|note| (note.thread, note.executed));
    for (thread, executed) in notes.chain([(failed_in, run.threads[failed_in].executed)]) {
        let latest = match executed.checked_sub(1) {
            Some(last) => run.graph.threads[thread].get(last).copied(),
            None => run.graph.creators.get(thread).copied().filter(|&creator| creator != NOTHING),
        };
        if let Some(latest) = latest {
            join(&mut past, run.graph.past.row(latest));
        }
    }
    Some(past)
}

/// The events that are told, in the order in which they are.
fn ordered(run: &Run, fault: &Fault, is_kept: &[bool]) -> Vec<Number> {
    let graph = &run.graph;
    let mut relation = Relation::new(run, is_kept);
    relation.steps.last = run.failed_in.filter(|&thread| thread < graph.threads.len());
    let threads = match fault.kind {
        ViolationKind::TooManyEvents | ViolationKind::NotDeterministic => relation.steps.greedy(),
        _ => {
            let with_coherence = relation.with_coherence().and_then(|steps| steps.order());
            with_coherence.or_else(|| relation.with_spoilers().order())
        }
    };
    let mut taken = vec![0; graph.threads.len()];
    let next = |thread: usize| {
        taken[thread] += 1;
        graph.threads[thread][taken[thread] - 1]
    };
    threads.expect("causes have no cycle").into_iter().map(next).collect()
}

/// What must come before what.
struct Relation<'run> {
    graph: &'run Graph,
    is_kept: &'run [bool],
    /// With causes alone.
    steps: Steps,
}

impl<'run> Relation<'run> {
    fn new(run: &'run Run, is_kept: &'run [bool]) -> Self {
        let graph = &run.graph;
        let count = |events: &Vec<Number>| events.iter().filter(|&&event| is_kept[event as usize]).count();
        let threads = graph.threads.iter().map(|events| vec![Step::default(); count(events)]).collect();
        let mut relation = Self { graph, is_kept, steps: Steps::default() };
        let mut steps = Steps { threads, last: None };
        for number in (0..graph.events.len() as Number).filter(|&number| is_kept[number as usize]) {
            let event = graph.event(number);
            let mut needs: Vec<Number> = graph.cause(number).into_iter().collect();
            match event.kind {
                Kind::Read if event.reads_from != INITIAL => needs.push(event.reads_from),
                Kind::Join => needs.extend(graph.latest(event.operands.a as usize)),
                _ => {}
            }
            for need in needs {
                relation.need(&mut steps, need, number);
            }
        }
        relation.steps = steps;
        relation
    }

    /// The part of its thread that ends with an event.
    fn part(&self, number: Number) -> Part {
        let event = self.graph.event(number);
        (usize::from(event.thread), event.index + 1)
    }

    /// Lets `first` come before `second`.
    fn need(&self, steps: &mut Steps, first: Number, second: Number) {
        let (other, part) = self.part(first);
        let event = self.graph.event(second);
        let thread = usize::from(event.thread);
        if other == thread {
            debug_assert!(part <= event.index, "an event does not come before itself");
            return;
        }
        let needs = &mut steps.threads[thread][usize::from(event.index)].needs;
        match needs.iter_mut().find(|(known, _)| *known == other) {
            Some((_, known)) => *known = part.max(*known),
            None => needs.push((other, part)),
        }
    }

    /// The writes to each location, in coherence order.
    fn writes(&self) -> impl Iterator<Item = Vec<Number>> {
        let is_kept = |write: &Number| self.is_kept[*write as usize];
        self.graph.writes.iter().map(move |writes| writes.iter().copied().filter(is_kept).collect())
    }

    /// With coherence order and reads-before, too. Nothing if these contradict a thread's own order.
    fn with_coherence(&self) -> Option<Steps> {
        let mut steps = self.steps.clone();
        for (location, writes) in self.writes().enumerate() {
            for pair in writes.windows(2) {
                if self.is_cycle(pair[0], pair[1]) {
                    return None;
                }
                self.need(&mut steps, pair[0], pair[1]);
            }
            for &read in self.graph.reads[location].iter().filter(|&&read| self.is_kept[read as usize]) {
                let rank = self.graph.rank(self.graph.event(read).reads_from);
                let next = writes.iter().copied().find(|&write| self.graph.rank(write) > rank && write != read);
                if let Some(next) = next {
                    if self.is_cycle(read, next) {
                        return None;
                    }
                    self.need(&mut steps, read, next);
                }
            }
        }
        Some(steps)
    }

    /// True if `first` comes after `second` in the same thread.
    fn is_cycle(&self, first: Number, second: Number) -> bool {
        let (first, second) = (self.part(first), self.part(second));
        first.0 == second.0 && first.1 >= second.1
    }

    /// With, for each access, the writes that it is not to be told after.
    fn with_spoilers(&self) -> Steps {
        let mut steps = self.steps.clone();
        for (location, writes) in self.writes().enumerate() {
            let plain = writes.iter().filter(|&&write| !self.graph.event(write).reads());
            for &access in self.graph.reads[location].iter().chain(plain) {
                if !self.is_kept[access as usize] {
                    continue;
                }
                let event = self.graph.event(access);
                let rank = if event.reads() { self.graph.rank(event.reads_from) } else { event.rank };
                let newer = writes.iter().filter(|&&write| write != access && self.graph.rank(write) > rank);
                for &write in newer {
                    let (thread, part) = self.part(write);
                    steps.threads[thread][usize::from(part) - 1].spoils = true;
                    let spoilers = &mut steps.threads[usize::from(event.thread)][usize::from(event.index)].spoilers;
                    match spoilers.iter_mut().find(|(known, _)| *known == thread) {
                        Some((_, known)) => *known = part.min(*known),
                        None => spoilers.push((thread, part)),
                    }
                }
            }
        }
        steps
    }
}

/// The numbers of the threads in the order of their creation; those whose creation is not told come last.
fn numbered(run: &Run, order: &[Number]) -> Vec<usize> {
    let mut numbers = vec![usize::MAX; run.threads.len().max(run.graph.creators.len()).max(1)];
    numbers[0] = 0;
    let mut count = 1;
    let created = order.iter().map(|&number| run.graph.event(number)).filter(|event| event.kind == Kind::Create);
    for thread in created.map(|event| event.operands.a as usize).chain(1..numbers.len()) {
        if numbers[thread] == usize::MAX {
            numbers[thread] = count;
            count += 1;
        }
    }
    numbers
}
