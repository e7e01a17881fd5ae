//! Is what an execution has made gone when it is complete, and is nothing used that is gone?
//!
//! Each tracked value, and each value with shared owners, gets an entry when it is made, and carries a ticket with the
//! entry's number. The entry is closed when the value is dropped or taken out, by its last owner or weak reference. What is
//! still open when all threads have ended, and nothing else is wrong, is a leak. No event comes of that, and no thread waits
//! for it.
//!
//! A ticket is in the value and not at an address: a copy of the bytes, as `ptr::read` makes it, has the same one, and the
//! second to be dropped finds the entry closed. Only the order of the run counts there, in which causes come first. A use must
//! happen before the end of the value, as with any other memory: that the run has it first is not enough.
//!
//! What is made outside of all executions has no ticket, and one of another execution counts as none. Who owns what is not
//! seen, so in an execution in which a static may be an owner nothing is a leak.

use std::panic::Location;

use super::fault::{Fault, Note, ViolationKind};
use super::run::{Run, Thread, is_inside, on_engine_stack, with_current};
use super::teardown::end_thread_now;

type Site = &'static Location<'static>;

/// What is accounted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// The value of an `Arc`.
    Shared,
    /// The value in a `Track`.
    Tracked,
}

/// Which entry is a value's: the number of the execution and that of the entry in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    /// 0, which is no execution's, if there is no entry.
    execution: u64,
    number: u32,
}

/// What was made once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub what: What,
    /// Where it was made, and by whom, who had executed so many events and had changed something so many times.
    pub site: Site,
    pub thread: usize,
    pub executed: usize,
    changes: u64,
    /// How many there are who will drop it.
    pub owners: u32,
    pub weak: u32,
    /// By whom it was dropped or taken out.
    gone: Option<Gone>,
    /// True if it may stay.
    is_exempt: bool,
}

/// The end of a tracked value.
#[derive(Clone, Copy, Debug)]
struct Gone {
    thread: usize,
    /// How many events the thread had executed.
    executed: usize,
    /// Where it was taken out, if it was not dropped.
    taken_at: Option<Site>,
}

/// A use of a tracked value.
#[derive(Clone, Copy, Debug)]
struct Use {
    entry: u32,
    thread: usize,
    /// How many events the thread had executed.
    executed: usize,
    verb: &'static str,
    site: Site,
}

/// All that one execution has made.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: Vec<Entry>,
    /// How many of them are open, and none that may stay.
    open: usize,
    /// Closed entries that can be used again.
    spare: Vec<u32>,
    /// The last use of each tracked value by each thread.
    uses: Vec<Use>,
    /// How many threads make what may stay.
    unaccounted: usize,
    /// Set when a static may own what was made.
    pub has_owning_static: bool,
}

impl Entry {
    fn is_open(&self) -> bool {
        self.owners + self.weak > 0 && !self.is_exempt
    }
}

impl Ledger {
    /// Forgets everything: a new execution begins.
    pub fn begin(&mut self) {
        self.entries.clear();
        self.spare.clear();
        self.uses.clear();
        self.open = 0;
        self.unaccounted = 0;
        self.has_owning_static = false;
    }

    /// True if something is not gone.
    pub fn is_open(&self) -> bool {
        self.open > 0
    }

    /// What is not gone.
    pub fn left(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_open())
    }

    /// A number for a new entry. A loop that waits finds its stack as it was when it has made and dropped the same again, so
    /// what a thread has made and dropped without changing anything in between leaves its number to the next from the same
    /// line. Nobody else has come to know the number.
    fn place(&mut self, new: Entry) -> u32 {
        let Self { entries, spare, .. } = self;
        let entry = |number: u32| &entries[number as usize];
        spare.retain(|&number| entry(number).thread != new.thread || entry(number).changes == new.changes);
        let is_like = |old: &Entry| old.thread == new.thread && old.site == new.site && old.what == new.what;
        let alike = spare.iter().enumerate().filter(|&(_, &number)| is_like(entry(number)));
        let number = match alike.min_by_key(|&(_, &number)| number).map(|(position, _)| position) {
            Some(position) => spare.swap_remove(position),
            None => entries.len() as u32,
        };
        match entries.get_mut(number as usize) {
            Some(entry) => *entry = new,
            None => entries.push(new),
        }
        self.open += 1;
        number
    }
}

impl Ticket {
    const NONE: Self = Self { execution: 0, number: 0 };

    /// That of a value which is made now.
    pub fn new(what: What, site: Site, owners: u32, weak: u32) -> Self {
        if !is_inside() {
            return Self::NONE;
        }
        // What is left on the thread's stack must not differ between the rounds of a loop.
        on_engine_stack(|run| run.enter(what, site, owners, weak))
    }

    /// So many owners and weak references more.
    #[inline]
    pub fn count(self, owners: i32, weak: i32) {
        with_current(|run| run.count_owners(self, owners, weak));
    }

    /// The tracked value is dropped, or taken out at `site`. Ends the run if that has been done before.
    pub fn close(self, site: Option<Site>) {
        self.check(|run| run.close_tracked(self, site));
    }

    /// The tracked value is used, as `verb` says, at `site`. Ends the run if the value is no more.
    pub fn use_at(self, verb: &'static str, site: Site) {
        self.check(|run| run.use_tracked(self, verb, site));
    }

    fn check(self, is_right: impl FnOnce(&mut Run) -> bool) {
        if self.execution != 0 && is_inside() && !on_engine_stack(is_right) {
            end_thread_now();
        }
    }
}

/// Calls `f`, in which nothing that is made has to be gone at the end, nor what gets another owner. Not to be nested.
#[cfg_attr(not(feature = "check"), allow(dead_code, reason = "the harness uses it"))]
pub(crate) fn unaccounted<R>(f: impl FnOnce() -> R) -> R {
    let set = |value: bool| {
        with_current(|run| {
            run.threads[run.running].is_unaccounted = value;
            if value { run.ledger.unaccounted += 1 } else { run.ledger.unaccounted -= 1 }
        })
    };
    set(true);
    let result = f();
    set(false);
    result
}

impl Run {
    fn enter(&mut self, what: What, site: Site, owners: u32, weak: u32) -> Ticket {
        let thread = self.running;
        let &Thread { executed, changes, is_unaccounted, .. } = &self.threads[thread];
        if self.is_over || is_unaccounted {
            return Ticket::NONE;
        }
        let new = Entry { what, site, thread, executed, changes, owners, weak, gone: None, is_exempt: false };
        Ticket { execution: self.identities.execution(), number: self.ledger.place(new) }
    }

    /// The entry of a ticket, if there is one in this execution and it still counts.
    #[inline]
    fn entry(&mut self, ticket: Ticket) -> Option<&mut Entry> {
        let counts = ticket.execution == self.identities.execution() && !self.is_over;
        counts.then(|| self.ledger.entries.get_mut(ticket.number as usize)).flatten()
    }

    #[inline]
    fn count_owners(&mut self, ticket: Ticket, owners: i32, weak: i32) {
        let exempts = self.ledger.unaccounted > 0 && owners + weak > 0;
        let Some(entry) = self.entry(ticket) else { return };
        if entry.owners + entry.weak == 0 {
            // An owner that unsafe code has made of nothing.
            return;
        }
        entry.owners = entry.owners.saturating_add_signed(owners);
        entry.weak = entry.weak.saturating_add_signed(weak);
        if exempts || entry.owners + entry.weak == 0 {
            self.may_close(ticket);
        }
    }

    /// Closes an entry without owners and weak references, or with one that may stay.
    fn may_close(&mut self, ticket: Ticket) {
        let &Thread { changes, is_unaccounted, .. } = &self.threads[self.running];
        let (ledger, thread) = (&mut self.ledger, self.running);
        let entry = &mut ledger.entries[ticket.number as usize];
        if entry.is_exempt {
            return;
        }
        if entry.owners + entry.weak > 0 {
            entry.is_exempt = is_unaccounted;
            ledger.open -= usize::from(is_unaccounted);
        } else {
            ledger.open -= 1;
            if entry.thread == thread && entry.changes == changes {
                ledger.spare.push(ticket.number);
            }
        }
    }

    fn close_tracked(&mut self, ticket: Ticket, site: Option<Site>) -> bool {
        let thread = self.running;
        let now = Gone { thread, executed: self.threads[thread].executed, taken_at: site };
        let Some(&mut entry) = self.entry(ticket) else { return true };
        if entry.gone.is_none() {
            self.entry(ticket).expect("it was there").gone = Some(now);
            let uses = self.ledger.uses.iter().filter(|used| used.entry == ticket.number);
            let racing = uses.copied().find(|used| !self.is_before(used.thread, used.executed as u16));
            self.ledger.uses.retain(|used| used.entry != ticket.number);
            if let Some(racing) = racing {
                self.fail_racing_with_end(&entry, racing, now);
                return false;
            }
            self.count_owners(ticket, -1, 0);
            return true;
        }
        match site {
            Some(site) => self.fail_gone(&entry, "takes out", Some(site)),
            None => self.fail_gone(&entry, "drops", None),
        }
        false
    }

    fn use_tracked(&mut self, ticket: Ticket, verb: &'static str, site: Site) -> bool {
        match self.entry(ticket) {
            Some(&mut entry) if entry.gone.is_some() => {
                self.fail_gone(&entry, verb, Some(site));
                false
            }
            Some(_) => {
                let (thread, entry) = (self.running, ticket.number);
                let now = Use { entry, thread, executed: self.threads[thread].executed, verb, site };
                let uses = &mut self.ledger.uses;
                match uses.iter_mut().find(|used| (used.entry, used.thread) == (entry, thread)) {
                    Some(used) => *used = now,
                    None => uses.push(now),
                }
                true
            }
            None => true,
        }
    }

    /// Fails the run because a use of a value does not happen before its end, which the thread that runs brings about.
    fn fail_racing_with_end(&mut self, entry: &Entry, used: Use, end: Gone) {
        let ends = if end.taken_at.is_some() { "takes it out" } else { "drops it" };
        let at = end.taken_at.map_or_else(String::new, |site| format!(" at {site}"));
        let user = self.thread_name(used.thread);
        let message = format!(
            "{user} {} at {} the value that {} made at {}\n{} {ends}{at}.\nNeither happens before the other.",
            used.verb,
            used.site,
            self.thread_name(entry.thread),
            entry.site,
            self.thread_name(self.running),
        );
        let notes = [
            Note {
                thread: used.thread,
                executed: used.executed,
                text: format!("{} the value", used.verb),
                site: used.site.to_string(),
            },
            self.note_here(ends.replace("it", "the value"), end.taken_at.map_or_else(String::new, ToString::to_string)),
        ];
        self.fail(Fault::new(ViolationKind::UsedAfterDrop, message).noting(notes));
    }

    /// Fails the run because the thread that runs does something to a value that is gone. A destructor has no site.
    fn fail_gone(&mut self, entry: &Entry, verb: &str, site: Option<Site>) {
        let kind = if site.is_some() { ViolationKind::UsedAfterDrop } else { ViolationKind::DroppedTwice };
        let Gone { thread, executed, taken_at } = entry.gone.expect("the value is gone");
        let at = |site: Option<Site>| site.map_or_else(String::new, |site| format!(" at {site}"));
        let message = format!(
            "{} {verb}{} the value that {} made at {}\nIt was {} before, by {}{}.\nThere are two copies of one value: was its place read \
             twice?",
            self.thread_name(self.running),
            at(site),
            self.thread_name(entry.thread),
            entry.site,
            if taken_at.is_some() { "taken out" } else { "dropped" },
            self.thread_name(thread),
            at(taken_at),
        );
        let before = if taken_at.is_some() { "takes the value out" } else { "drops the value" };
        let now = match site {
            Some(_) => format!("{verb} the value that is gone"),
            None => "drops the value again".to_owned(),
        };
        let in_words = |site: Option<Site>| site.map_or_else(String::new, ToString::to_string);
        let notes = [
            Note { thread, executed, text: before.to_owned(), site: in_words(taken_at) },
            self.note_here(now, in_words(site)),
        ];
        self.fail(Fault::new(kind, message).noting(notes));
    }
}
