//! On random programs the engine visits exactly the graphs that a blind search finds, each once: under both memory models,
//! in whatever order the threads take their turns, with any number of workers.
//!
//! `RADDLE_PROGRAMS` sets how many programs.

#![cfg(not(any(loom, raddle_std)))]

mod agreement;
mod interpreter;
mod oracle;
mod size;

use agreement::assert_agreement;
use oracle::random_program;
use raddle::model::{Checker, Memory};
use size::size;

/// Programs with more partial graphs than this are left out.
const GRAPHS_MAX: usize = 20_000;

const PROGRAMS: usize = 600;

fn ways(seed: u64) -> impl Iterator<Item = (String, Checker)> {
    let checker = Checker::new();
    let ways = [
        ("in turn", checker.clone().workers(1)),
        ("shuffled", checker.clone().workers(1).shuffle(seed)),
        ("shuffled otherwise", checker.clone().workers(1).shuffle(!seed)),
        ("two workers", checker.clone().workers(2)),
        ("four workers, shuffled", checker.workers(4).shuffle(seed)),
    ];
    ways.into_iter().map(move |(how, checker)| (format!("seed {seed}, {how}"), checker))
}

#[test]
fn the_graphs_of_random_programs_are_those_of_a_blind_search() {
    let programs = size("RADDLE_PROGRAMS", PROGRAMS);
    let (mut checked, mut graphs) = (0, 0);
    for seed in 0..programs as u64 {
        let program = random_program(seed);
        for memory in [Memory::Rc11, Memory::SeqCst] {
            if let Some(found) = assert_agreement(&program, memory, GRAPHS_MAX, ways(seed)) {
                checked += 1;
                graphs += found;
            }
        }
    }
    println!("{programs} programs, {checked} of {} searches small enough, {graphs} graphs", 2 * programs);
    assert!(6 * checked > 10 * programs, "only {checked} searches of {} were small enough", 2 * programs);
}
