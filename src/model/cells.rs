//! Is memory that is not atomic used by one thread at a time?
//!
//! Two accesses to a cell, one of them a write, by different threads, neither of which happens before the other, are a
//! data race. For each cell it is enough to know the last write and each thread's last read since, as no access that is
//! in order can hide one that is not (Flanagan, Freund, "FastTrack", PLDI'09). The clocks are those of the memory model
//! and not of the order in which the run happens to go, and every graph is visited, so a race does not need luck to be found.

use std::panic::Location;

use super::fault::{Fault, Note};
use super::object::Object;
use super::run::Run;

/// What is known of the cells of one execution, by number.
#[derive(Debug, Default)]
pub(super) struct Cells {
    histories: Vec<History>,
    in_use: usize,
}

#[derive(Debug, Default)]
struct History {
    write: Option<Access>,
    reads: Vec<Access>,
}

#[derive(Clone, Copy, Debug)]
struct Access {
    thread: usize,
    /// How many events the thread had executed: whoever knows of one more knows of the access.
    time: u16,
    site: &'static Location<'static>,
}

impl Cells {
    /// Forgets everything: a new execution begins.
    pub fn begin(&mut self) {
        for history in &mut self.histories[..self.in_use] {
            history.write = None;
            history.reads.clear();
        }
        self.in_use = 0;
    }
}

impl Run {
    /// The thread that runs reads the cell, or writes to it. Fails the run if that is a data race. Returns false if the run
    /// is over.
    pub fn access_cell(&mut self, cell: &Object, is_write: bool, site: &'static Location<'static>) -> bool {
        if self.is_over {
            return false;
        }
        let number = match self.identities.of(cell) {
            Some(number) => number as usize,
            None => {
                let number = self.cells.in_use;
                self.cells.in_use += 1;
                if self.cells.histories.len() == number {
                    self.cells.histories.push(History::default());
                }
                self.identities.bind(cell, number as u32);
                number
            }
        };
        let thread = self.running;
        let (clock, time) = self.here();
        let destructors = &self.threads[thread].destructors;
        let is_known = |access: &&Access| {
            let knows = |clock: &[u16]| clock.get(access.thread).is_some_and(|&known| known > access.time);
            access.thread == thread || knows(clock) || destructors.iter().any(|(others, _)| knows(others))
        };
        let history = &self.cells.histories[number];
        let unordered_write = history.write.iter().find(|access| !is_known(access)).copied();
        let unordered_read = history.reads.iter().find(|access| is_write && !is_known(access)).copied();
        if let Some(other) = unordered_write.or(unordered_read) {
            let verb = |is_write| if is_write { "writes" } else { "reads" };
            let description = [
                format!("{} {} at {site}", self.thread_name(thread), verb(is_write)),
                format!("{} {} at {}", self.thread_name(other.thread), verb(unordered_write.is_some()), other.site),
            ];
            let was_write = unordered_write.is_some();
            let notes = [(other.thread, other.time, was_write, other.site), (thread, time, is_write, site)];
            self.fail(Fault::data_race(description).noting(notes.map(|(thread, time, is_write, site)| Note {
                thread,
                executed: usize::from(time),
                text: format!("{} the UnsafeCell", verb(is_write)),
                site: site.to_string(),
            })));
            return false;
        }
        let access = Access { thread, time, site };
        let history = &mut self.cells.histories[number];
        if is_write {
            history.write = Some(access);
            history.reads.clear();
            self.threads[thread].changes += 1;
        } else {
            history.reads.retain(|read| read.thread != thread);
            history.reads.push(access);
        }
        true
    }
}
