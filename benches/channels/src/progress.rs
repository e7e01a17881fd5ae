//! How far is it, and does it go on at all?

use std::io::{self, IsTerminal, Write};
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::contest::{Contest, Entry};
use crate::report::figures;

/// A sample that takes so long will never end: somebody waits for a value that was lost.
const PATIENCE: Duration = Duration::from_secs(120);

/// Tells on standard error what is done; ends the process if it never ends.
pub struct Progress {
    began: Instant,
    rounds: usize,
    /// What is measured now, and since when.
    now: Arc<Mutex<(Instant, String)>>,
}

impl Progress {
    /// Begins to watch.
    pub fn start(rounds: usize) -> Self {
        let now = Arc::new(Mutex::new((Instant::now(), String::new())));
        let watched = now.clone();
        thread::spawn(move || {
            loop {
                thread::sleep(PATIENCE / 10);
                let (since, what) = &*watched.lock().unwrap_or_else(PoisonError::into_inner);
                if since.elapsed() > PATIENCE {
                    eprintln!("\n{what}: not done after {} s; a value must have been lost", PATIENCE.as_secs());
                    process::exit(1);
                }
            }
        });
        Self { began: Instant::now(), rounds, now }
    }

    /// This one is next.
    pub fn next(&self, round: usize, contest: &Contest, entry: &Entry) {
        let what = format!("{}, {}: {}", contest.workload.name, contest.payload.name(), entry.about.title);
        if io::stderr().is_terminal() {
            eprint!("\r\x1b[Kround {} of {}: {what}", round + 1, self.rounds);
            // Where it can't be shown, there is nobody to be told.
            let _ = io::stderr().flush();
        }
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = (Instant::now(), what);
    }

    /// So many rounds are done.
    pub fn done(&self, rounds: usize) {
        let took = self.began.elapsed().as_secs_f64();
        let left = took / rounds as f64 * (self.rounds - rounds) as f64;
        let clear = if io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
        let [took, left] = [took, left].map(figures);
        eprintln!("{clear}round {rounds} of {}: {took} s, about {left} s left", self.rounds);
    }
}
