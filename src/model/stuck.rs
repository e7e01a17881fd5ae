//! Why can the threads that are left not go on?

use super::condvar;
use super::event::{Event, INITIAL, Kind};
use super::execute::{Panicked, Verdict};
use super::fault::{Fault, ViolationKind};
use super::run::{Run, Status};
use super::trace::short_site;
use super::words::{Words, is_signal};

impl Run {
    /// Judges an execution in which no thread can run any more. Why is for [`explain`] to say.
    pub(super) fn judge_stuck_threads(&self) -> Verdict {
        let is_done = |status: &Status| matches!(status, Status::Ended | Status::Unused);
        if self.threads.iter().all(|thread| is_done(&thread.status)) {
            return match self.lock_held_at_the_end() {
                Some(fault) => Verdict::Violation(fault),
                None => Verdict::Complete,
            };
        }
        if self.threads.iter().any(|thread| matches!(thread.status, Status::Suspended(_))) {
            return self.judge_suspended_threads();
        }
        // What goes on in another graph, or is of no interest, is no violation in this one.
        if (0..self.threads.len()).any(|thread| self.goes_on_elsewhere(thread)) {
            return Verdict::Blocked;
        }
        let spins = self.threads.iter().any(|thread| matches!(thread.status, Status::Spins(_)));
        let kind = if spins { ViolationKind::Livelock } else { ViolationKind::Deadlock };
        // Whoever waits for ever may wait for a thread that has panicked, where that was caught.
        let panicked = |panic: &Panicked| {
            format!("\n{} panicked before, at {}: {}", self.thread_name(panic.thread), panic.site, panic.message)
        };
        let message: String = self.panics.iter().map(panicked).collect();
        Verdict::Deadlock(Fault::new(kind, message).noting(self.panics.iter().map(Panicked::note)))
    }

    /// Whether a thread that waits would go on if it read what is newer, or is of no interest.
    pub(super) fn goes_on_elsewhere(&self, thread: usize) -> bool {
        match &self.threads[thread].status {
            Status::Assumed => true,
            Status::Awaits(event) => event.operation.leaves_if_never,
            Status::Spins(mark) => {
                let events = &self.graph.threads[thread][mark.events..];
                events.iter().any(|&number| {
                    let event = self.graph.event(number);
                    if event.kind == Kind::Choice {
                        return event.operands.way != 0;
                    }
                    let later =
                        &self.graph.writes[event.location as usize][self.graph.rank(event.reads_from) as usize..];
                    event.reads() && later.iter().any(|&later| !self.graph.event(later).keeps_value())
                })
            }
            _ => false,
        }
    }

    /// A lock that is still held when all threads have ended.
    fn lock_held_at_the_end(&self) -> Option<Fault> {
        if self.bounds.locks_may_stay_held {
            return None;
        }
        let taken = (0..self.graph.writes.len() as u32).flat_map(|location| self.holders(location)).next()?;
        let message = format!(
            "The lock that {} took at {} is still held when all threads have ended. Was its guard forgotten?",
            self.thread_name(usize::from(taken.thread)),
            taken.site
        );
        Some(Fault::new(ViolationKind::LockHeld, message))
    }

    /// For each thread that has a lock, where it took it.
    fn holders(&self, location: u32) -> Vec<&Event> {
        let writes = &self.graph.writes[location as usize];
        let events = || writes.iter().map(|&write| self.graph.event(write));
        let is_held = |last: &Event| last.operation.takes_lock || last.value & last.operation.held_bits != 0;
        if !events().next_back().is_some_and(is_held) {
            return Vec::new();
        }
        let last_of = |thread: usize| {
            let mine = || events().filter(move |event| usize::from(event.thread) == thread);
            let taken = mine().filter(|event| event.operation.takes_lock);
            let others = mine().filter(|event| event.operation.gives_lock);
            taken.clone().next_back().filter(|_| taken.count() > others.count())
        };
        (0..self.threads.len()).filter_map(last_of).collect()
    }
}

/// Says why the threads that are left can't go on.
pub(super) fn explain(words: &Words<'_, '_>) -> String {
    let mut stuck = words.picture.stuck();
    // Who only waits for another thread's end says the least.
    stuck.sort_by_key(|&(thread, status)| (matches!(status, Status::Joins(..)), words.picture.number(thread)));
    let reasons: Vec<String> = stuck.iter().map(|&(thread, status)| reason(words, thread, status)).collect();
    let cycle = if has_lock_cycle(words) { "lock cycle: " } else { "" };
    format!("{cycle}{}", reasons.join("\n"))
}

/// What a thread waits for, and why that does not come.
fn reason(words: &Words<'_, '_>, thread: usize, status: &Status) -> String {
    let run = words.picture.run;
    let name = words.picture.thread_name(thread);
    match status {
        Status::Awaits(event) if event.operation.takes_lock => waits_for_lock(words, thread, event),
        Status::Awaits(event) if words.type_name(event.location) == "Condvar" => waits_for_notify(words, thread, event),
        Status::Awaits(event) => {
            let (text, _) = words.stuck(status);
            let holds = holds(words, thread, None);
            format!("{name} {holds}{text} at {}; {}", short_site(event.site), why_not(words, event))
        }
        Status::Joins(other, site) => {
            let holds = holds(words, thread, None);
            let other = words.picture.thread_name(*other);
            format!("{name} {holds}waits at {} for the end of {other}", short_site(site))
        }
        Status::Spins(mark) => {
            let site = short_site(&mark.site);
            format!("{name} goes round in the loop at {site}, and nobody will change what it reads")
        }
        Status::Suspended(site) => {
            let holds = holds(words, thread, None);
            format!("{name} {holds}is suspended for ever at {}", short_site(site))
        }
        _ => format!("{name} has not ended after {} events", run.threads[thread].executed),
    }
}

fn why_not(words: &Words<'_, '_>, event: &Event) -> String {
    let graph = words.picture.graph;
    let newest = graph.newest(event.location);
    if newest == INITIAL || !event.operation.never.is_empty() {
        return event.operation.never.to_owned();
    }
    let last = graph.event(newest);
    let by = words.picture.thread_name(usize::from(last.thread));
    format!("{} by {by} at {}", last.operation.done, short_site(last.site))
}

/// The locks that a thread has, but for one, in words that something follows.
fn holds(words: &Words<'_, '_>, thread: usize, but: Option<u32>) -> String {
    let run = words.picture.run;
    let locations = (0..run.graph.writes.len() as u32).filter(|&location| Some(location) != but);
    let mine = locations.filter_map(|location| {
        let taken = run.holders(location).into_iter().find(|taken| usize::from(taken.thread) == thread)?;
        Some((words.picture.position(*run.graph.threads[thread].get(usize::from(taken.index))?), location, taken))
    });
    let mut mine: Vec<_> = mine.collect();
    mine.sort_by_key(|&(position, location, _)| (position, location));
    if mine.is_empty() {
        return String::new();
    }
    let one = |&(_, location, taken): &(_, u32, &Event)| {
        format!("{} (taken at {})", words.object(location), short_site(taken.site))
    };
    format!("holds {} and ", mine.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn waits_for_lock(words: &Words<'_, '_>, thread: usize, event: &Event) -> String {
    let run = words.picture.run;
    let name = words.picture.thread_name(thread);
    let (object, site) = (words.object(event.location), short_site(event.site));
    let mut text = format!("{name} {}waits for {object} at {site}", holds(words, thread, Some(event.location)));
    for taken in run.holders(event.location) {
        let holder = usize::from(taken.thread);
        let (by, taken_at) = (words.picture.thread_name(holder), short_site(taken.site));
        if holder == thread {
            text += &format!(", which it has taken itself at {taken_at}");
        } else if !run.stuck.iter().any(|&(stuck, _)| stuck == holder) {
            text += &format!(", which {by} took at {taken_at} and still held when it ended");
        }
    }
    text
}

fn waits_for_notify(words: &Words<'_, '_>, thread: usize, event: &Event) -> String {
    let picture = words.picture;
    let name = picture.thread_name(thread);
    let began = picture
        .events()
        .rev()
        .find(|(_, began)| usize::from(began.thread) == thread && began.operation.name == "wait" && !is_signal(began));
    let Some((began_at, began)) = began else { return format!("{name} waits at {}", short_site(event.site)) };
    let is_notify = |event: &Event| event.is_access() && event.operation.name.starts_with("notify");
    let last = picture.events().rev().find(|(_, event)| event.location == began.location && is_notify(event));
    let waits = format!(
        "{name} {}waits on {} at {}",
        holds(words, thread, None),
        words.object(began.location),
        short_site(began.site)
    );
    let Some((_, last)) = last else { return format!("{waits}; nobody ever notifies it") };
    let by = picture.thread_name(usize::from(last.thread));
    let notify = format!("the last notify ({} by {by} at {})", last.operation.name, short_site(last.site));
    if picture.graph.rank(last.reads_from) < picture.graph.rank(began_at) {
        return format!("lost wake-up: {waits}; {notify} came before it began to wait");
    }
    let woken = if last.writes { condvar::woken(last.seen, last.value) } else { Vec::new() };
    let woken: Vec<_> = woken.into_iter().map(|thread| picture.thread_name(thread)).collect();
    format!("lost wake-up: {waits}; {notify} woke {}", woken.join(", "))
}

/// True if threads wait for each other in a circle, and for a lock among it.
fn has_lock_cycle(words: &Words<'_, '_>) -> bool {
    let run = words.picture.run;
    let stuck = words.picture.stuck();
    // Whom a thread waits for, and whether because of a lock.
    let waits_for = |thread: usize| {
        let (_, status) = stuck.iter().find(|&&(stuck, _)| stuck == thread)?;
        match status {
            Status::Awaits(event) if event.operation.takes_lock => {
                let holder = run.holders(event.location).into_iter().map(|taken| usize::from(taken.thread)).next()?;
                Some((holder, true))
            }
            Status::Joins(other, _) => Some((*other, false)),
            _ => None,
        }
    };
    stuck.iter().any(|&(first, _)| {
        let (mut thread, mut length, mut has_lock) = (first, 0, false);
        while length <= stuck.len() {
            let Some((next, by_lock)) = waits_for(thread) else { return false };
            (thread, length, has_lock) = (next, length + 1, has_lock || by_lock);
            if thread == first {
                return has_lock && length > 1;
            }
        }
        false
    })
}
