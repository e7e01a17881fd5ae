//! Can the race be found without a model checker? On real threads, with patience: the same few steps, again and again.

use std::fmt::Write;
use std::io;
use std::time::{Duration, Instant};

use crate::hint;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use crate::thread::{self, Builder};

use super::args::RealThreadsArgs;
use crate::lecture::Status;
use crate::lecture::args::Color;
use crate::lecture::event::{FAILED, PROCESSED, TOTAL};
use crate::lecture::output::{Format, Output, complain};
use crate::lecture::shared_list::{PopFromEmptyList, SharedList, take_if_any};
use crate::lecture::stop::Stopper;

/// How often a thread asks whether the other has come before it offers its processor to others.
const SPINS_MAX: u32 = 100;
/// How many tries the consumers make between two meetings: so many that the system, if it has but one processor for
/// both, will suspend one of them on the way.
const LISTS: usize = 1 << 16;

/// Where luck is not needed.
const SURE: &str = "\
`cargo hunt pop-from-empty` tries every interleaving, and finds it each time; so does, on loom,
`cargo loom --test lecture_bug_is_found`.";

/// The bug that it finds.
pub(super) const NAME: &str = "pop-from-empty";
const SECONDS: u64 = 5;

/// Runs `raddle hunt pop-from-empty --real-threads`.
pub(super) fn run(args: &RealThreadsArgs, color: Color) -> Status {
    let output = Output::new(Format::People, color, false, Arc::new(Stopper::default()));
    let seconds = args.seconds.unwrap_or(SECONDS);
    output.text(&format!(
        "{TOTAL}pop-from-empty: a list with one item, and two consumers that ask whether there is one, then pop.\n\
         Again and again on real threads, for up to {seconds} s ...{TOTAL:#}\n\n"
    ));
    let began = Instant::now();
    let hunt = Hunt::new();
    let caught = match hunt.run(args.tries.unwrap_or(u64::MAX), began + Duration::from_secs(seconds)) {
        Ok(caught) => caught,
        Err(error) => {
            complain(&format!("can't start a thread: {error}"));
            return Status::NotAsExpected;
        }
    };
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = report(&mut text, &caught, began.elapsed());
    output.text(&text);
    output.close(if caught.loser.is_some() { Status::AsExpected } else { Status::NotAsExpected })
}

/// What came of a hunt.
#[derive(Debug, PartialEq, Eq)]
struct Caught {
    tries: u64,
    /// The consumer that popped from the empty list; `None` if the hunt was given up.
    loser: Option<Consumer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Consumer {
    First,
    Second,
}

/// Two consumers, and lists of which each is one try.
///
/// Both walk along the lists without waiting for each other. Who comes behind finds nothing to pop, is therefore the
/// quicker one, and catches up; and when the system suspends one in the middle of a try, the other overtakes it. Thus
/// they come to the same list at the same time again and again, even if they have only one processor between them.
///
/// | first | second |
/// | --- | --- |
/// | puts an item into each list, or sets `over` | |
/// | meets | meets |
/// | walks | walks and tells in `second_lost_at` where it failed; or ends, if it is `over` |
/// | meets | meets |
/// | looks at `second_lost_at` | |
#[derive(Debug)]
struct Hunt {
    lists: Vec<SharedList<()>>,
    /// How often somebody has come to a meeting; each takes two.
    arrivals: AtomicU64,
    over: AtomicBool,
    /// An index into the lists; `LISTS` if the second consumer has never failed.
    second_lost_at: AtomicUsize,
}

impl Hunt {
    fn new() -> Self {
        Self {
            lists: (0..LISTS).map(|_| SharedList::new()).collect(),
            arrivals: AtomicU64::new(0),
            over: AtomicBool::new(false),
            second_lost_at: AtomicUsize::new(LISTS),
        }
    }

    fn run(&self, tries_max: u64, deadline: Instant) -> io::Result<Caught> {
        thread::scope(|scope| {
            Builder::new().name("second consumer".into()).spawn_scoped(scope, || self.second())?;
            Ok(self.first(tries_max, deadline))
        })
    }

    fn first(&self, tries_max: u64, deadline: Instant) -> Caught {
        let mut tries = 0;
        let loser = loop {
            let count = usize::try_from(tries_max - tries).unwrap_or(LISTS).min(LISTS);
            if count == 0 || Instant::now() >= deadline {
                break None;
            }
            // A walk on which nobody failed has taken every item, so the lists are as good as new.
            for list in &self.lists[..count] {
                list.push(());
            }
            self.meet();
            let first_lost_at = self.walk();
            self.meet();
            // Relaxed: the meeting has published it.
            let second_lost_at = self.second_lost_at.load(Ordering::Relaxed);
            let lost_at = first_lost_at.min(second_lost_at);
            if lost_at < LISTS {
                tries += lost_at as u64 + 1;
                break Some(if lost_at == first_lost_at { Consumer::First } else { Consumer::Second });
            }
            tries += count as u64;
        };
        // Relaxed: the meeting publishes it.
        self.over.store(true, Ordering::Relaxed);
        self.meet();
        Caught { tries, loser }
    }

    fn second(&self) {
        loop {
            self.meet();
            // Relaxed: the meeting has published it.
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            // Relaxed: the meeting below publishes it.
            self.second_lost_at.store(self.walk(), Ordering::Relaxed);
            self.meet();
        }
    }

    /// Takes from each list in turn. Returns the index of the list that turned out empty between asking and popping, or
    /// `LISTS`.
    fn walk(&self) -> usize {
        self.lists.iter().position(|list| take_if_any(list) == Err(PopFromEmptyList)).unwrap_or(LISTS)
    }

    /// Waits until both have come. A barrier that blocks would wake one long after the other, so they spin.
    fn meet(&self) {
        // AcqRel: publishes what this thread did before to the other, and the other's to this one if that came first;
        // pairs with itself and with the load below.
        let arrived = self.arrivals.fetch_add(1, Ordering::AcqRel) + 1;
        let complete = arrived.next_multiple_of(2);
        let mut spins = 0;
        // Acquire: sees what the other did before it came; pairs with its fetch_add above.
        while self.arrivals.load(Ordering::Acquire) < complete {
            spins += 1;
            if spins < SPINS_MAX {
                hint::spin_loop();
            } else {
                thread::yield_now();
            }
        }
    }
}

fn report(text: &mut String, caught: &Caught, took: Duration) -> std::fmt::Result {
    let (tries, took_s) = (caught.tries, took.as_secs_f64());
    let tries = if tries == 1 { "1 try".into() } else { format!("{tries} tries") };
    let Some(loser) = caught.loser else {
        return writeln!(
            text,
            "{FAILED}Not found in {tries} and {took_s:.2} s.{FAILED:#} On real threads that is luck; more --seconds or \
             --tries help it.\n\
             {SURE}"
        );
    };
    let (winner, loser) = match loser {
        Consumer::First => ("consumer 2", "consumer 1"),
        Consumer::Second => ("consumer 1", "consumer 2"),
    };
    writeln!(text, "{FAILED}Found after {tries}, {took_s:.3} s: {loser} got \"{PopFromEmptyList}\".{FAILED:#}\n")?;
    writeln!(text, "{TOTAL}     {winner:<25}{loser}{TOTAL:#}")?;
    let rows = [
        ("is it empty? no", "", ""),
        ("", "is it empty? no", "both were told the truth"),
        ("pops the item", "", "the answer that the other has is stale now"),
    ];
    for (number, (left, right, remark)) in (1..).zip(rows) {
        let steps = format!("{left:<25}{right:<25}");
        let steps = if remark.is_empty() { steps.trim_end() } else { &steps };
        writeln!(text, "  {number}  {PROCESSED}{steps}{PROCESSED:#}{remark}")?;
    }
    writeln!(text, "  4  {:<25}{FAILED}{:<25}{FAILED:#}{PopFromEmptyList}\n", "", "pops")?;
    writeln!(
        text,
        "{TOTAL}Asking and popping each hold the lock, but between them it is free. (1 and 2 may have been the other \
         way round.)\nThese were real threads, so it took luck and patience to see it.\n\
         {SURE}{TOTAL:#}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_gives_the_loser_the_right_column() {
        let mut text = String::new();
        report(&mut text, &Caught { tries: 7, loser: Some(Consumer::First) }, Duration::ZERO).unwrap();
        let text = anstream::adapter::strip_str(&text).to_string();
        assert!(text.contains("Found after 7 tries, 0.000 s: consumer 1 got \"pop from an empty list\""), "{text}");
        assert!(text.contains("     consumer 2               consumer 1\n"), "{text}");
    }
}
