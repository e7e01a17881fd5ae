//! What does a search cost, and how do two searches compare on a machine that is not quiet?
//!
//! - `programs.rs`: what is searched, each program once for raddle's primitives and once for loom's.

use std::fmt;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

pub mod programs;

/// What one side has done: its executions, and the time of the processor, of the user and the system together.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Executions that the engine ran.
    pub executions: u64,
    /// What they took.
    pub time: Duration,
    /// False if the search was ended before it had covered everything.
    pub is_complete: bool,
}

impl Cost {
    /// The cost of `search`, which says how many executions it ran and whether that was everything.
    pub fn of(search: impl FnOnce() -> (u64, bool)) -> Self {
        let began = ProcessTime::now();
        let (executions, is_complete) = search();
        Self { executions, time: began.elapsed(), is_complete }
    }

    /// The cost of one of as many searches as `time` has room for, at least one.
    pub fn of_many(time: Duration, search: impl Fn() -> (u64, bool)) -> Self {
        let began = Instant::now();
        let mut searches = 0;
        let mut total = Self::of(&search);
        loop {
            searches += 1;
            if began.elapsed() >= time {
                return Self { time: total.time / searches, ..total };
            }
            total.time += Self::of(&search).time;
        }
    }
}

/// Median and quartiles of what was measured several times.
#[derive(Clone, Copy, Debug)]
pub struct Spread([f64; 3]);

impl Spread {
    /// The spread of `values`.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self([1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4]))
    }

    /// The value in the middle.
    pub fn median(&self) -> f64 {
        self.0[1]
    }
}

/// Shows the median, and in brackets the quartiles.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, median, high] = self.0;
        let places = f.precision().unwrap_or(2);
        write!(f, "{median:.places$} ({low:.places$} to {high:.places$})")
    }
}

/// The mean of ratios.
pub fn geometric_mean(ratios: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = ratios.into_iter().fold((0.0, 0.0), |(sum, count), ratio: f64| (sum + ratio.ln(), count + 1.0));
    (sum / count).exp()
}

/// Runs `left` and `right` in turns, `rounds` times. Who goes first alternates, so that neither always finds the machine
/// as the other left it.
pub fn in_turns<T>(rounds: usize, mut left: impl FnMut() -> T, mut right: impl FnMut() -> T) -> Vec<[T; 2]> {
    (0..rounds)
        .map(|round| {
            if round % 2 == 0 {
                let first = left();
                [first, right()]
            } else {
                let first = right();
                [left(), first]
            }
        })
        .collect()
}
