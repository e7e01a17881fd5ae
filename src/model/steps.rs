//! What is so after each row of a trace: what can each thread do, and what do the objects hold?
//!
//! As the rows are told: an object holds the newest value of those that were told of, and a thread waits if what it does next
//! could not be done at that moment. What is kept is what has changed from row to row, as a trace can be long.

use std::collections::HashMap;
use std::fmt;

use super::checker::Counterexample;
use super::event::{Event, Kind, Number};
use super::lanes::Lane;
use super::run::Status;
use super::trace::{self, Row};
use super::words::{Words, is_signal};

/// What is so after a row of a counterexample's trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// The row, as in [`ShownEvent::number`](super::ShownEvent::number).
    pub number: usize,
    /// What the thread of each [`Lane`] can do, in their order.
    pub threads: Vec<ThreadState>,
    /// The objects that have been used until then, in the order in which they were.
    pub objects: Vec<ObjectState>,
}

/// What a thread can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ThreadState {
    /// It is not started yet.
    #[default]
    Unstarted,
    /// It can go on.
    Ready,
    /// It can't go on, because it waits in this.
    Waits(String),
    /// It has panicked.
    Panicked,
    /// It has ended.
    Ended,
}

/// What an object holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ObjectState {
    /// Its name, as in the trace.
    pub name: String,
    /// The newest value of an atomic, who has a lock, who waits for a condition variable.
    pub value: String,
}

impl fmt::Display for ThreadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unstarted => "not started",
            Self::Ready => "ready",
            Self::Waits(what) => what,
            Self::Panicked => "panicked",
            Self::Ended => "ended",
        })
    }
}

/// What a row has changed: threads by their lanes, and objects in the order of their appearance.
#[derive(Clone, Debug)]
pub(super) struct Change {
    number: usize,
    threads: Vec<(usize, ThreadState)>,
    objects: Vec<(usize, ObjectState)>,
}

impl Counterexample {
    /// What is so after each row of the trace, from the first that is shown: what the threads can do, and what the objects hold.
    pub fn steps(&self) -> impl Iterator<Item = Step> {
        let mut step = Step { threads: vec![ThreadState::default(); self.lanes.len()], ..Step::default() };
        self.changes.iter().map(move |change| {
            step.number = change.number;
            for (lane, state) in &change.threads {
                step.threads[*lane] = state.clone();
            }
            for (place, object) in &change.objects {
                match step.objects.get_mut(*place) {
                    Some(known) => known.clone_from(object),
                    None => step.objects.push(object.clone()),
                }
            }
            step.clone()
        })
    }
}

/// What each row that is shown has changed.
pub(super) fn changes(words: &Words<'_, '_>, lanes: &[Lane]) -> Vec<Change> {
    let (rows, row_of) = trace::rows(words);
    let skipped = trace::skipped(words, rows.len());
    let mut telling = Telling::new(words, &rows);
    let mut events = words.picture.events().peekable();
    let mut states = vec![ThreadState::default(); lanes.len()];
    let mut changes = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        telling.tell_row(row);
        // The row's event, if it has one, and what is not shown before and after it.
        let is_later = |event: Number| row_of[event as usize].is_some_and(|row| row > index + 1);
        while let Some((number, event)) = events.next_if(|&(number, _)| !is_later(number)) {
            telling.tell(number, event);
        }
        if index < skipped {
            continue;
        }
        let mut threads = Vec::new();
        for (number, (lane, known)) in lanes.iter().zip(&mut states).enumerate() {
            let state = telling.thread(lane.thread);
            if *known != state {
                threads.push((number, state.clone()));
                *known = state;
            }
        }
        changes.push(Change { number: index + 1, threads, objects: telling.changed_objects() });
    }
    changes
}

/// An execution that is told, up to some moment.
struct Telling<'words, 'picture, 'run> {
    words: &'words Words<'picture, 'run>,
    /// For each thread of the run, how many of its events were told.
    told: Vec<usize>,
    /// And how many rows are to come.
    rows: Vec<usize>,
    is_started: Vec<bool>,
    has_panicked: Vec<bool>,
    /// The threads that are stuck in the end, and in what.
    stuck: HashMap<usize, String>,
    /// The newest write to each location.
    newest: HashMap<u32, Number>,
    /// Who has a lock.
    holders: HashMap<u32, Vec<usize>>,
    /// The objects with their places.
    objects: HashMap<u32, usize>,
    /// Those that may hold something else than when they were last asked for.
    changed: Vec<u32>,
}

impl<'words, 'picture, 'run> Telling<'words, 'picture, 'run> {
    fn new(words: &'words Words<'picture, 'run>, all: &[Row]) -> Self {
        let run = words.picture.run;
        let threads =
            [run.threads.len(), run.graph.threads.len(), run.graph.creators.len(), 1].into_iter().max().unwrap_or(1);
        let mut rows = vec![0; threads];
        all.iter().for_each(|row| rows[row.thread] += 1);
        let mut is_started = vec![false; threads];
        is_started[0] = true;
        let stuck = words.picture.stuck().into_iter().map(|(thread, status)| (thread, words.stuck(status).0));
        Self {
            words,
            told: vec![0; threads],
            rows,
            is_started,
            has_panicked: vec![false; threads],
            stuck: stuck.collect(),
            newest: HashMap::new(),
            holders: HashMap::new(),
            objects: HashMap::new(),
            changed: Vec::new(),
        }
    }

    fn tell_row(&mut self, row: &Row) {
        self.rows[row.thread] -= 1;
        self.has_panicked[row.thread] |= row.hurts && row.text.starts_with("panics");
    }

    fn tell(&mut self, number: Number, event: &Event) {
        let thread = usize::from(event.thread);
        self.told[thread] += 1;
        if event.kind == Kind::Create {
            self.is_started[event.operands.a as usize] = true;
        }
        if !event.is_access() {
            return;
        }
        if event.writes {
            let graph = self.words.picture.graph;
            let newest = self.newest.entry(event.location).or_insert(number);
            if graph.rank(*newest) < event.rank {
                *newest = number;
            }
            let holders = self.holders.entry(event.location).or_default();
            if event.operation.takes_lock {
                holders.push(thread);
            } else if event.operation.gives_lock
                && let Some(place) = holders.iter().position(|&holder| holder == thread)
            {
                holders.remove(place);
            }
        }
        if self.words.has_name(event) {
            self.changed.push(event.location);
        }
    }

    /// What the objects hold that were used since this was asked last.
    fn changed_objects(&mut self) -> Vec<(usize, ObjectState)> {
        let mut changed = std::mem::take(&mut self.changed);
        changed.dedup();
        let object = |location| {
            let value = self.object(location)?;
            let count = self.objects.len();
            let place = *self.objects.entry(location).or_insert(count);
            Some((place, ObjectState { name: self.words.object(location).to_owned(), value }))
        };
        changed.into_iter().filter_map(object).collect()
    }

    fn object(&self, location: u32) -> Option<String> {
        match self.words.type_name(location) {
            "Mutex" | "RwLock" => {
                let holders = self.holders.get(&location).map_or(&[][..], Vec::as_slice);
                let names = holders.iter().map(|&thread| self.words.picture.thread_name(thread));
                let names = names.collect::<Vec<_>>().join(", ");
                Some(if names.is_empty() { "free".to_owned() } else { format!("taken by {names}") })
            }
            _ => self.words.content(location, self.bits(location)),
        }
    }

    /// The bits of the newest value of a location.
    fn bits(&self, location: u32) -> u64 {
        let graph = self.words.picture.graph;
        match self.newest.get(&location) {
            Some(&newest) => graph.event(newest).value,
            None => graph.initial.get(location as usize).copied().unwrap_or(0),
        }
    }

    /// The event that a thread does next, if it does one that is told.
    fn next(&self, thread: usize) -> Option<&Event> {
        let picture = self.words.picture;
        let next = *picture.graph.threads.get(thread)?.get(self.told[thread])?;
        picture.position(next).map(|_| picture.graph.event(next))
    }

    fn is_done(&self, thread: usize) -> bool {
        self.next(thread).is_none() && self.rows[thread] == 0
    }

    fn thread(&self, thread: usize) -> ThreadState {
        let picture = self.words.picture;
        if !self.is_started[thread] {
            return ThreadState::Unstarted;
        }
        if self.has_panicked[thread] {
            return ThreadState::Panicked;
        }
        let Some(next) = self.next(thread) else {
            let is_whole = picture.graph.threads.get(thread).is_none_or(|events| events.len() == self.told[thread]);
            let status = picture.run.threads.get(thread).map(|thread| thread.status);
            return match self.stuck.get(&thread) {
                Some(what) => ThreadState::Waits(what.clone()),
                None if is_whole && self.is_done(thread) && matches!(status, Some(Status::Ended)) => ThreadState::Ended,
                None => ThreadState::Ready,
            };
        };
        match next.operation.awaits {
            Some(is_ready) if !is_ready(self.bits(next.location), next.operands.a) => {
                ThreadState::Waits(match is_signal(next) {
                    true => "waits to be woken".to_owned(),
                    false => self.words.stuck(&Status::Awaits(*next)).0,
                })
            }
            _ if next.kind == Kind::Join && !self.is_done(next.operands.a as usize) => {
                ThreadState::Waits(format!("waits to join {}", picture.thread_name(next.operands.a as usize)))
            }
            _ => ThreadState::Ready,
        }
    }
}
