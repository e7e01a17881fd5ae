//! Is memory that is not atomic used by one thread at a time?
//!
//! Two accesses to a cell, one of them a write, by different threads, neither of which happens before the other, are a
//! data race. For each cell it is enough to know the last write and each thread's last read since, as no access that is
//! in order can hide one that is not (Flanagan, Freund, "FastTrack", PLDI'09). The clocks are those of the memory model
//! and not of the order in which the run happens to go, and every graph is visited, so a race does not need luck to be found.

use std::panic::Location;

use super::fault::{Fault, Note};
use super::object::{LOCATIONS_MAX, Object};
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

impl History {
    /// The last access that an access now would race with, if there is one, and whether it was a write. `is_known` says of
    /// an access whether it happens before the one now.
    fn racing_with(&self, is_write: bool, is_known: impl Fn(&Access) -> bool) -> Option<(Access, bool)> {
        let write = self.write.iter().find(|&access| !is_known(access)).map(|&access| (access, true));
        let read = || self.reads.iter().find(|&access| is_write && !is_known(access)).map(|&access| (access, false));
        write.or_else(read)
    }
}

impl Run {
    /// The thread that runs reads the cell, or writes to it. Fails the run if that is a data race. Returns false if the run
    /// is over.
    pub fn access_cell(&mut self, cell: &Object, is_write: bool, site: &'static Location<'static>) -> bool {
        if self.is_over {
            return false;
        }
        let number = self.cell_number(cell);
        let thread = self.running;
        let access = Access { thread, time: self.here().1, site };
        let is_known = |access: &Access| self.is_before(access.thread, access.time);
        if let Some(other) = self.cells.histories[number].racing_with(is_write, is_known) {
            self.fail_racing((access, is_write), other);
            return false;
        }
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

    /// True if what a thread did when it had executed so many events happens before what the thread that runs does now.
    pub(super) fn is_before(&self, thread: usize, time: u16) -> bool {
        let knows = |clock: &[u16]| clock.get(thread).is_some_and(|&known| known > time);
        let mut of_owners = self.threads[self.running].destructors.iter();
        thread == self.running || knows(self.here().0) || of_owners.any(|(others, _)| knows(others))
    }

    fn cell_number(&mut self, cell: &Object) -> usize {
        if let Some(number) = self.identities.of(cell) {
            return number as usize;
        }
        let number = self.cells.in_use;
        assert!(number < LOCATIONS_MAX as usize, "raddle: a model can have {LOCATIONS_MAX} cells");
        self.cells.in_use += 1;
        if self.cells.histories.len() == number {
            self.cells.histories.push(History::default());
        }
        self.identities.bind(cell, number as u32);
        number
    }

    /// Fails the run because of two accesses, each with whether it is a write.
    fn fail_racing(&mut self, now: (Access, bool), before: (Access, bool)) {
        let verb = |is_write| if is_write { "writes" } else { "reads" };
        let in_words = |(Access { thread, site, .. }, is_write): (Access, bool)| {
            format!("{} {} at {site}", self.thread_name(thread), verb(is_write))
        };
        let note = |(Access { thread, time, site }, is_write): (Access, bool)| Note {
            thread,
            executed: usize::from(time),
            text: format!("{} the UnsafeCell", verb(is_write)),
            site: site.to_string(),
        };
        let fault = Fault::data_race([in_words(now), in_words(before)]).noting([note(before), note(now)]);
        self.fail(fault);
    }
}
