//! How are two pieces of code compared on a machine that is not quiet? Side by side, in one run, again and again.

use std::fmt;
use std::time::{Duration, Instant};

/// Rounds of a comparison; in each, both sides run once.
const ROUNDS: usize = 31;

/// The times of two sides that do the same.
pub struct Comparison {
    /// For each round, nanoseconds per operation of the one and of the other.
    rounds: Vec<(f64, f64)>,
}

impl Comparison {
    /// Times `left` and `right`, which each do as many operations as they are told, in turns.
    ///
    /// Who goes first alternates, so that neither always finds the machine as the other left it.
    pub fn of(mut left: impl FnMut(u64), mut right: impl FnMut(u64)) -> Self {
        let operations = operations_for(Duration::from_millis(20), &mut left);
        let per_operation = |side: &mut dyn FnMut(u64)| {
            let began = Instant::now();
            side(operations);
            began.elapsed().as_nanos() as f64 / operations as f64
        };
        let rounds = (0..ROUNDS)
            .map(|round| {
                if round % 2 == 0 {
                    let time = per_operation(&mut left);
                    (time, per_operation(&mut right))
                } else {
                    let time = per_operation(&mut right);
                    (per_operation(&mut left), time)
                }
            })
            .collect();
        Self { rounds }
    }
}

/// How many operations take about `time`.
fn operations_for(time: Duration, side: &mut impl FnMut(u64)) -> u64 {
    let mut operations = 1000;
    loop {
        let began = Instant::now();
        side(operations);
        let took = began.elapsed();
        if took >= time / 2 {
            return (operations as f64 * time.as_secs_f64() / took.as_secs_f64()) as u64 + 1;
        }
        operations *= 4;
    }
}

/// Lower quartile, median and upper quartile.
fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [_, left, _] = quartiles(self.rounds.iter().map(|round| round.0));
        let [_, right, _] = quartiles(self.rounds.iter().map(|round| round.1));
        let [low, ratio, high] = quartiles(self.rounds.iter().map(|round| round.0 / round.1));
        write!(f, "{left:.2} ns : {right:.2} ns, ratio {ratio:.3} (half of {ROUNDS} rounds in {low:.3} to {high:.3})")
    }
}
