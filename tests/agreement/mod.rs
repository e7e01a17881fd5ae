//! Does the engine come to the same graphs as the oracle, to each once?

use std::collections::BTreeMap;
use std::sync::{Arc as StdArc, Mutex as StdMutex};

use raddle::model::{Checker, Coverage, Ending, Memory, Skeleton};
use raddle::sync::Arc;
use raddle::thread;

use crate::interpreter::{Shared, run_thread};
use crate::oracle::{self, Enumeration, Program, enumerate};

/// Asserts that the engine, set up in each of the ways, visits the graphs that `program` has under `memory`, each once.
///
/// Returns how many there are; none if the blind search would have to look at more than `graphs_max`, those on the way
/// included.
pub fn assert_agreement(
    program: &Program,
    memory: Memory,
    graphs_max: usize,
    ways: impl IntoIterator<Item = (String, Checker)>,
) -> Option<usize> {
    let oracle_memory = match memory {
        Memory::Rc11 => oracle::Memory::Rc11,
        Memory::SeqCst => oracle::Memory::SeqCst,
    };
    let expected = enumerate(program, oracle_memory, graphs_max)?;
    for (how, checker) in ways {
        compare(program, &expected, &visit(checker.memory(memory), program), &format!("{memory:?}, {how}"));
    }
    Some(expected.complete.len() + expected.deadlocked.len())
}

/// How often the engine came to each graph.
type Visits = BTreeMap<(Ending, Skeleton), u32>;

fn visit(checker: Checker, program: &Program) -> Visits {
    let visits = StdArc::new(StdMutex::new(Visits::new()));
    let program = program.clone();
    let checker = checker.deadlocks_allowed(true).observe({
        let visits = visits.clone();
        move |ending, skeleton| *visits.lock().unwrap().entry((ending, skeleton)).or_default() += 1
    });
    let report = checker.explore(move || {
        let shared = Arc::new(Shared::default());
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
