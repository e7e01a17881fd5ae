//! On random programs the engine visits exactly the graphs that a blind search finds, each once: under both memory models,
//! in whatever order the threads take their turns, with any number of workers.

#![cfg(not(any(loom, raddle_std)))]

mod oracle;

use std::collections::BTreeMap;
use std::sync::Mutex as RealMutex;
use std::sync::{Arc as RealArc, PoisonError};

use oracle::{Enumeration, Memory as OracleMemory, Op, Program, enumerate, random_program};
use raddle::model::{Checker, Coverage, Ending, Memory, Skeleton, assume};
use raddle::sync::atomic::{AtomicU64, fence};
use raddle::sync::{Arc, Mutex, MutexGuard};
use raddle::thread;

/// Programs with more partial graphs than this are left out.
const GRAPHS_MAX: usize = 20_000;

struct Shared {
    atomics: [AtomicU64; 4],
    mutexes: [Mutex<()>; 3],
}

fn run_thread(ops: &[Op], shared: &Shared) {
    let mut held: Vec<Option<MutexGuard<'_, ()>>> = shared.mutexes.iter().map(|_| None).collect();
    let mut last = 0;
    let mut at = 0;
    while let Some(op) = ops.get(at) {
        at += 1;
        match *op {
            Op::Load { loc, order } => last = shared.atomics[loc].load(order),
            Op::Store { loc, order, value } => shared.atomics[loc].store(value, order),
            Op::StoreLast { loc, order } => shared.atomics[loc].store(last + 1000, order),
            Op::FetchAdd { loc, order, by } => last = shared.atomics[loc].fetch_add(by, order),
            Op::Swap { loc, order, value } => last = shared.atomics[loc].swap(value, order),
            Op::CompareExchange { loc, success, failure, expected, new } => {
                let result = shared.atomics[loc].compare_exchange(expected, new, success, failure);
                last = result.unwrap_or_else(|other| other);
            }
            Op::Fence(order) => fence(order),
            Op::Lock(mutex) => {
                held[mutex] = Some(shared.mutexes[mutex].lock().unwrap_or_else(PoisonError::into_inner));
            }
            Op::Unlock(mutex) => held[mutex] = None,
            Op::SkipIfRead { ops } => at += if last == 0 { 0 } else { ops },
            Op::AssumeZero => assume(last == 0),
        }
    }
}

/// How often the engine came to each graph.
type Visits = BTreeMap<(Ending, Skeleton), u32>;

fn visit(checker: Checker, program: &Program) -> Visits {
    let visits = RealArc::new(RealMutex::new(Visits::new()));
    let program = program.clone();
    let checker = checker.deadlocks_allowed(true).observe({
        let visits = visits.clone();
        move |ending, skeleton| *visits.lock().unwrap().entry((ending, skeleton)).or_default() += 1
    });
    let report = checker.explore(move || {
        let shared = Arc::new(Shared { atomics: Default::default(), mutexes: Default::default() });
        for ops in program.threads.clone() {
            let shared = shared.clone();
            thread::spawn(move || run_thread(&ops, &shared));
        }
    });
    assert_eq!(report.coverage, Coverage::Complete, "{report}");
    assert!(report.violation.is_none(), "{report}");
    let visits = visits.lock().unwrap();
    visits.clone()
}

fn compare(program: &Program, expected: &Enumeration, found: &Visits, how: &str) {
    for (ending, graphs) in [(Ending::Complete, &expected.complete), (Ending::Deadlock, &expected.deadlocked)] {
        let found: BTreeMap<_, _> = found
            .iter()
            .filter(|((other, _), _)| *other == ending)
            .map(|((_, graph), visits)| (graph, visits))
            .collect();
        let twice = found.values().filter(|visits| ***visits > 1).count();
        let missing = graphs.iter().filter(|graph| !found.contains_key(&graph.threads)).count();
        let extra = found.keys().filter(|graph| !graphs.iter().any(|other| other.threads == ***graph)).count();
        assert!(
            twice + missing + extra == 0,
            "{how}, {ending:?}: {} expected, {} found, {missing} missing, {extra} too many, {twice} more than once\n{program}",
            graphs.len(),
            found.len(),
        );
    }
}

fn check_seeds(seeds: impl Iterator<Item = u64>) -> (usize, usize) {
    let (mut checked, mut graphs) = (0, 0);
    for seed in seeds {
        let program = random_program(seed);
        for (memory, oracle_memory) in [(Memory::Rc11, OracleMemory::Rc11), (Memory::SeqCst, OracleMemory::SeqCst)] {
            let Some(expected) = enumerate(&program, oracle_memory, GRAPHS_MAX) else { continue };
            let checker = Checker::new().memory(memory);
            let settings = [
                ("in turn", checker.clone().workers(1)),
                ("shuffled", checker.clone().workers(1).shuffle(seed)),
                ("shuffled otherwise", checker.clone().workers(1).shuffle(!seed)),
                ("two workers", checker.clone().workers(2)),
                ("four workers, shuffled", checker.workers(4).shuffle(seed)),
            ];
            for (how, checker) in settings {
                compare(&program, &expected, &visit(checker, &program), &format!("seed {seed}, {memory:?}, {how}"));
            }
            checked += 1;
            graphs += expected.complete.len() + expected.deadlocked.len();
        }
    }
    (checked, graphs)
}

#[test]
fn the_graphs_of_random_programs_are_those_of_a_blind_search() {
    let (checked, graphs) = check_seeds(0..600);
    assert!(checked > 1000, "only {checked} programs were small enough");
    println!("{checked} programs, {graphs} graphs");
}
