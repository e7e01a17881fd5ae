//! How does a search go that takes its time? On a line of the terminal, which is gone when it is over.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use crate::model::{Watched, width};
use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::found::grouped;
use super::text::columns_of_terminal;

/// A search that ends sooner has no line.
const PATIENCE: Duration = Duration::from_millis(300);
/// Back to the beginning of the line, and erase it (ECMA-48).
const ERASE: &str = "\r\x1b[K";

/// The line.
#[derive(Debug, Default)]
pub(super) struct Progress {
    is_shown: AtomicBool,
}

impl Progress {
    /// Tells how far `what` has come, if the standard error is a terminal.
    pub fn tell(&self, what: &str, watched: &Watched) {
        if watched.elapsed < PATIENCE || !io::stderr().is_terminal() {
            return;
        }
        let columns = columns_of_terminal().unwrap_or(80);
        // Relaxed: one thread alone waits for a search.
        self.is_shown.store(true, Relaxed);
        // Who can't be told needs no line.
        let _ = write!(io::stderr(), "{ERASE}{}", line(what, watched, columns.saturating_sub(1)));
    }

    /// Takes the line away.
    pub fn clear(&self) {
        // Relaxed: as above.
        if self.is_shown.swap(false, Relaxed) {
            let _ = write!(io::stderr(), "{ERASE}");
        }
    }
}

/// The line, in so many columns.
fn line(what: &str, watched: &Watched, columns: usize) -> String {
    let runs = watched.executions + watched.blocked + watched.sampled;
    let rate = runs as f64 / watched.elapsed.as_secs_f64().max(0.001);
    let mut line = format!("{what}: {} executions, {} a second", grouped(runs), grouped(rate as u64));
    if let Some(estimate) = watched.estimate {
        let longer = format!("{line}, {estimate}");
        if width(&longer) <= columns {
            line = longer;
        }
    }
    line.chars().take(columns).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Estimate;

    #[test]
    fn the_line_has_no_more_than_there_is_room_for() {
        let estimate = Some(Estimate { executions: 5000.0, error: 100.0, probes: 3 });
        let watched =
            Watched { executions: 1500, blocked: 500, sampled: 0, estimate, elapsed: Duration::from_millis(500) };
        let short = "hunting a: 2,000 executions, 4,000 a second";
        let long = format!("{short}, about 5,000 (± 100) executions by Knuth's estimate");
        assert_eq!(line("hunting a", &watched, 200), long);
        assert_eq!(line("hunting a", &watched, 60), short);
        assert_eq!(line("hunting a", &watched, 9), "hunting a");
    }
}
