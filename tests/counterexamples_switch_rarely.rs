//! A counterexample is told in the best order that there is: with as few stale reads as possible, and among those orders
//! with as few changes from one thread to the other. All orders of small executions are tried, to compare.

#![cfg(not(any(loom, raddle_std)))]

use std::sync::{Arc as RealArc, Mutex as RealMutex};

use raddle::model::{Checker, Counterexample, Ending, Skeleton, Strategy};
use raddle::sync::Arc;
use raddle::sync::atomic::{AtomicU64, Ordering::Relaxed};
use raddle::thread;

#[derive(Clone, Copy)]
enum Op {
    Load,
    Store,
    Add,
}

/// The operations of each thread, with their locations.
type Program = Vec<Vec<(Op, usize)>>;

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
fn draw(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ *state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ mixed >> 31) % below
}

fn random_program(seed: u64) -> Program {
    let mut state = seed;
    let threads = 2 + draw(&mut state, 2);
    let op = |state: &mut u64| {
        let op = [Op::Load, Op::Load, Op::Store, Op::Store, Op::Add][draw(state, 5) as usize];
        (op, draw(state, 2) as usize)
    };
    (0..threads).map(|_| (0..1 + draw(&mut state, 3)).map(|_| op(&mut state)).collect()).collect()
}

/// Runs all of a program and panics.
fn run(program: &Program) {
    let shared = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
    let threads = program.iter().cloned().map(|ops| {
        let shared = shared.clone();
        thread::spawn(move || {
            for (op, location) in ops {
                let location = &shared[location];
                match op {
                    Op::Load => drop(location.load(Relaxed)),
                    Op::Store => location.store(5, Relaxed),
                    Op::Add => drop(location.fetch_add(1, Relaxed)),
                }
            }
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().unwrap();
    }
    panic!("all is shown");
}

/// One execution of a program, and how it is shown.
fn some_execution(program: &Program, seed: u64) -> (Skeleton, Counterexample) {
    let seen = RealArc::new(RealMutex::new(None));
    let checker = Checker::new().strategy(Strategy::Random { iterations: 1, seed }).observe({
        let seen = seen.clone();
        move |ending, graph| {
            assert_eq!(ending, Ending::Violation);
            *seen.lock().unwrap() = Some(graph);
        }
    });
    let model = {
        let program = program.clone();
        move || run(&program)
    };
    let violation = checker.explore(model.clone()).violation.expect("the model panics");
    let again = Checker::new().replay(&violation.token).unwrap().explore(model).violation;
    assert_eq!(again.expect("it panics again").trace, violation.trace);
    let graph = seen.lock().unwrap().take().expect("the graph was shown");
    (graph, violation)
}

/// What an order costs: accesses that are told after a newer write, and changes from one thread to another.
type Cost = (usize, usize);

struct Execution<'program> {
    program: &'program Program,
    graph: Skeleton,
}

impl Execution<'_> {
    /// The position in coherence order of a write, from 1; that of the initial value is 0.
    fn rank(&self, write: Option<(usize, usize)>) -> usize {
        write.map_or(0, |(thread, index)| 1 + self.rank(self.graph[thread][index].1.expect("it writes")))
    }

    fn is_stale(&self, told: &[(usize, usize)], (thread, index): (usize, usize)) -> bool {
        let (source, before) = self.graph[thread][index];
        let rank =
            source.map_or_else(|| 1 + self.rank(before.expect("it reads or writes")), |source| self.rank(source));
        let location = self.program[thread][index].1;
        told.iter().any(|&(other, at)| {
            let writes = self.graph[other][at].1.is_some();
            writes && self.program[other][at].1 == location && self.rank(Some((other, at))) > rank
        })
    }

    fn cost(&self, order: &[(usize, usize)]) -> Cost {
        let stale = (0..order.len()).filter(|&at| self.is_stale(&order[..at], order[at])).count();
        (stale, order.windows(2).filter(|pair| pair[0].0 != pair[1].0).count())
    }

    /// The least cost of all orders in which threads go on in their own order and what is read has been written.
    fn least_cost(&self, told: &mut Vec<(usize, usize)>) -> Cost {
        if told.len() == self.program.iter().map(Vec::len).sum::<usize>() {
            return self.cost(told);
        }
        let mut least = (usize::MAX, usize::MAX);
        for thread in 0..self.program.len() {
            let index = told.iter().filter(|&&(other, _)| other == thread).count();
            let Some(&(source, _)) = self.graph[thread].get(index) else { continue };
            if source.flatten().is_none_or(|source| told.contains(&source)) {
                told.push((thread, index));
                least = least.min(self.least_cost(told));
                told.pop();
            }
        }
        least
    }
}

/// The threads of the rows of a trace, main being 0.
fn threads_of_rows(trace: &str) -> Vec<usize> {
    let rows = trace.lines().filter(|line| line.chars().take(2).any(|first| first.is_ascii_digit()));
    let thread = |row: &str| {
        if row.contains(" | ") {
            let is_used = |cell: &str| cell.contains(|letter: char| letter.is_ascii_alphabetic());
            // The first cell has the row's number, too, and the last one the line of the source.
            return row.split(" | ").position(is_used).expect("a row has a text");
        }
        // Threads that have no room for columns are named in each row.
        let mut words = row.split_whitespace().skip(1);
        if words.next() == Some("main") { 0 } else { words.next().expect("a thread has a number").parse().unwrap() }
    };
    rows.map(thread).collect()
}

#[test]
fn no_order_of_an_execution_is_better_than_that_in_which_it_is_told() {
    let (mut stale, mut lines) = (0, 0);
    for seed in 0..1000 {
        let program = random_program(seed);
        let (graph, violation) = some_execution(&program, seed);
        let execution = Execution { program: &program, graph };
        let least = execution.least_cost(&mut Vec::new());

        let rows = threads_of_rows(&violation.trace);
        let mut taken = vec![0; program.len()];
        let told = rows.iter().filter(|&&row| row > 0).map(|&row| {
            taken[row - 1] += 1;
            (row - 1, taken[row - 1] - 1)
        });
        let told = told.collect::<Vec<_>>();
        assert_eq!(execution.cost(&told), least, "{violation}");
        // The main thread begins and ends it.
        assert_eq!(rows.windows(2).filter(|pair| pair[0] != pair[1]).count(), least.1 + 2, "{violation}");
        let notes = ["stale: ", "reads the initial value", "comes before"];
        let noted: usize = notes.iter().map(|note| violation.trace.matches(note).count()).sum();
        assert_eq!(noted, least.0, "{violation}");
        stale += usize::from(least.0 > 0);
        lines += usize::from(!violation.trace.contains(" | "));
    }
    assert!(stale > 20 && lines > 20, "{stale} executions are no interleavings, {lines} have no columns");
}
