//! How many executions does a program have? A program is built thread by thread, then counted under both memory models,
//! with its threads spawned in other orders and with two workers: the number belongs to the program alone.

#![allow(dead_code, reason = "each test file uses its part of this one")]

use std::collections::BTreeSet;

use raddle::cell::UnsafeCell;
use raddle::model::{Checker, Coverage, Memory};
use raddle::sync::Arc;
use raddle::sync::atomic::AtomicU64;
use raddle::thread;

/// What one thread does to the state that all share. In std's `Arc`: it is no part of the model.
type Thread<S> = std::sync::Arc<dyn Fn(&S) + Send + Sync>;

/// A whole program, ready to be explored.
type Model = std::sync::Arc<dyn Fn() + Send + Sync>;

/// The locations of a litmus test, all 0.
#[derive(Default)]
pub struct Locations {
    pub x: AtomicU64,
    pub y: AtomicU64,
    pub z: AtomicU64,
    pub plain: Plain,
}

/// A location that is not atomic.
#[derive(Default)]
pub struct Plain(UnsafeCell<u64>);

// SAFETY: the number is reached through `read` and `write` alone, whose callers promise that no access races.
unsafe impl Sync for Plain {}

impl Plain {
    /// # Safety
    ///
    /// Every write of another thread must happen before this or after it.
    pub unsafe fn read(&self) -> u64 {
        self.0.with(|value| {
            // SAFETY: the caller promises that no other thread writes, and the pointer is the cell's own.
            unsafe { *value }
        })
    }

    /// # Safety
    ///
    /// Every access of another thread must happen before this or after it.
    pub unsafe fn write(&self, new: u64) {
        self.0.with_mut(|value| {
            // SAFETY: the caller promises that no other thread reads or writes, and the pointer is the cell's own.
            unsafe { *value = new };
        });
    }
}

/// A program under construction: the state, and the threads in the order in which `main` spawns them.
pub struct Program<S> {
    name: &'static str,
    state: fn() -> S,
    threads: Vec<Thread<S>>,
    joined: bool,
}

impl Program<Locations> {
    pub fn new(name: &'static str) -> Self {
        Self::over(name, Locations::default)
    }
}

impl<S: Send + Sync + 'static> Program<S> {
    /// A program whose threads share what `state` makes.
    pub fn over(name: &'static str, state: fn() -> S) -> Self {
        Self { name, state, threads: Vec::new(), joined: false }
    }

    pub fn thread(mut self, body: impl Fn(&S) + Send + Sync + 'static) -> Self {
        self.threads.push(std::sync::Arc::new(body));
        self
    }

    /// A thread for each of `numbers`, which it is told.
    pub fn threads(
        mut self,
        numbers: impl IntoIterator<Item = u64>,
        body: impl Fn(&S, u64) + Send + Sync + 'static,
    ) -> Self {
        let body = std::sync::Arc::new(body);
        self.threads.extend(numbers.into_iter().map(|number| -> Thread<S> {
            let body = body.clone();
            std::sync::Arc::new(move |state| body(state, number))
        }));
        self
    }

    /// `main` joins the threads.
    pub fn joined(self) -> Self {
        Self { joined: true, ..self }
    }

    /// The number of executions in the order in which the threads are listed, and in others.
    #[track_caller]
    pub fn counts(self, rc11: u64, sc: u64) {
        self.row().counts(rc11, sc);
    }

    /// As `counts`, for a program that has one of several numbers, whatever the memory model.
    #[track_caller]
    pub fn counts_one_of(self, allowed: &[u64]) {
        self.row().counts_one_of(allowed);
    }

    /// The program may deadlock, in so many ways.
    pub fn deadlocks(self, deadlocks: u64) -> Row {
        self.row().deadlocks(deadlocks)
    }

    /// As `counts` under one memory model, for programs so large that one order must do.
    #[track_caller]
    pub fn counts_once(self, memory: Memory, executions: u64) {
        let model = self.spawned_in(&(0..self.threads.len()).collect::<Vec<_>>());
        let mut row = Row::empty(self.name);
        row.check_way(memory, "the listed order", &model, 2, &[executions]);
        row.end();
    }

    fn row(self) -> Row {
        let mut row = Row::empty(self.name);
        for order in orders(self.threads.len()) {
            row.ways.push((format!("spawned as {order:?}"), self.spawned_in(&order)));
        }
        row
    }

    fn spawned_in(&self, order: &[usize]) -> Model {
        let threads: Vec<_> = order.iter().map(|&index| self.threads[index].clone()).collect();
        let (state, joined) = (self.state, self.joined);
        std::sync::Arc::new(move || {
            let state = Arc::new(state());
            let handles: Vec<_> = threads
                .iter()
                .map(|body| {
                    let (body, state) = (body.clone(), state.clone());
                    thread::spawn(move || body(&state))
                })
                .collect();
            if joined {
                for handle in handles {
                    handle.join().unwrap();
                }
            }
        })
    }
}

/// Every order of two or three threads; of more the listed one, its reverse and its rotation by one.
fn orders(threads: usize) -> Vec<Vec<usize>> {
    let listed: Vec<usize> = (0..threads).collect();
    if threads <= 3 {
        return permutations(&listed);
    }
    let reversed = listed.iter().rev().copied().collect();
    let mut rotated = listed.clone();
    rotated.rotate_left(1);
    vec![listed, reversed, rotated]
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (index, &first) in items.iter().enumerate() {
        let rest = [&items[..index], &items[index + 1..]].concat();
        all.extend(permutations(&rest).into_iter().map(|tail| [vec![first], tail].concat()));
    }
    all
}

/// A row of the table: one program, written in one or several ways that must count the same.
pub struct Row {
    name: &'static str,
    ways: Vec<(String, Model)>,
    deadlocks: Option<u64>,
    counts: BTreeSet<u64>,
    wrong: Vec<String>,
}

impl Row {
    /// A program that `main` writes out itself, because the threads need what only `main` has.
    pub fn of(name: &'static str, main: impl Fn() + Send + Sync + 'static) -> Self {
        Self::empty(name).or("as listed", main)
    }

    /// The same program written differently.
    pub fn or(mut self, how: &str, main: impl Fn() + Send + Sync + 'static) -> Self {
        self.ways.push((how.to_owned(), std::sync::Arc::new(main)));
        self
    }

    /// The program may deadlock, in so many ways.
    pub fn deadlocks(self, deadlocks: u64) -> Self {
        Self { deadlocks: Some(deadlocks), ..self }
    }

    #[track_caller]
    pub fn counts(mut self, rc11: u64, sc: u64) {
        self.check(Memory::Rc11, &[rc11]);
        self.check(Memory::SeqCst, &[sc]);
        self.end();
    }

    /// For a row whose number depends on how the engine builds a primitive. All ways must still agree on one of them.
    #[track_caller]
    pub fn counts_one_of(mut self, allowed: &[u64]) {
        self.check(Memory::Rc11, allowed);
        self.check(Memory::SeqCst, allowed);
        if self.counts.len() > 1 {
            self.wrong.push(format!("the number is not the program's alone: {:?}", self.counts));
        }
        self.end();
    }

    fn empty(name: &'static str) -> Self {
        Self { name, ways: Vec::new(), deadlocks: None, counts: BTreeSet::new(), wrong: Vec::new() }
    }

    fn check(&mut self, memory: Memory, allowed: &[u64]) {
        let ways = self.ways.clone();
        for (how, model) in &ways {
            self.check_way(memory, how, model, 1, allowed);
        }
        let (how, model) = &ways[0];
        self.check_way(memory, how, model, 2, allowed);
    }

    fn check_way(&mut self, memory: Memory, how: &str, model: &Model, workers: usize, allowed: &[u64]) {
        let model = model.clone();
        let report = Checker::new()
            .memory(memory)
            .workers(workers)
            .spurious_wakeups(0)
            .deadlocks_allowed(self.deadlocks.is_some())
            .explore(move || model());
        let mut wrong = Vec::new();
        if !allowed.contains(&report.executions) {
            wrong.push(format!("{} executions, not {allowed:?}", report.executions));
        }
        if let Some(deadlocks) = self.deadlocks
            && report.deadlocks != deadlocks
        {
            wrong.push(format!("{} deadlocks, not {deadlocks}", report.deadlocks));
        }
        if report.coverage != Coverage::Complete {
            wrong.push(format!("{:?}", report.coverage));
        }
        if let Some(found) = &report.violation {
            wrong.push(format!("{}: {}", found.kind, found.message));
        }
        self.counts.insert(report.executions);
        let run = format!("{memory:?}, {how}, workers: {workers}");
        self.wrong.extend(wrong.into_iter().map(|what| format!("{run}: {what}")));
    }

    #[track_caller]
    fn end(self) {
        assert!(self.wrong.is_empty(), "{}:\n{}", self.name, self.wrong.join("\n"));
    }
}
