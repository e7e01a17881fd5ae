//! What can be wrong with an execution?

use std::fmt;
use std::panic::Location;

/// What kind of violation was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViolationKind {
    /// The model panicked: a failed assertion, say.
    Panic,
    /// Two accesses to a [`cell::UnsafeCell`](crate::cell::UnsafeCell), one of them a write, with no order between them.
    DataRace,
    /// Threads wait for what nobody will do.
    Deadlock,
    /// Threads go round in loops that nobody will end.
    Livelock,
    /// A lock was never given back.
    LockHeld,
    /// Something that an execution made, and that should be gone at its end, is not.
    Leak,
    /// A value that was dropped before was dropped again.
    DroppedTwice,
    /// A value was used that was dropped before.
    UsedAfterDrop,
    /// The model did something else although everything was as before.
    NotDeterministic,
    /// An execution had more events than allowed: perhaps a loop without end.
    TooManyEvents,
    /// An execution had more threads than allowed.
    TooManyThreads,
    /// A thread can't go on because another is suspended, or a call goes on for too long: [`Progress`](super::Progress).
    NoProgress,
    /// No order of the calls explains what they returned.
    Unexplained,
    /// A replay token belongs to another model, or to what this one was before it changed.
    NotReplayed,
}

impl fmt::Display for ViolationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Panic => "panic",
            Self::DataRace => "data race",
            Self::Deadlock => "deadlock",
            Self::Livelock => "livelock",
            Self::LockHeld => "lock still held at the end",
            Self::Leak => "leak",
            Self::DroppedTwice => "dropped twice",
            Self::UsedAfterDrop => "used after it was dropped",
            Self::NotDeterministic => "this model is not deterministic",
            Self::TooManyEvents => "too many events",
            Self::TooManyThreads => "too many threads",
            Self::NoProgress => "no progress",
            Self::Unexplained => "unexplained history",
            Self::NotReplayed => "not replayed",
        })
    }
}

/// A violation as a run finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub kind: ViolationKind,
    pub message: String,
    /// What the threads did that matters and is no event, the last of it last.
    pub notes: Vec<Note>,
}

/// Something that a thread did which is no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub thread: usize,
    /// How many events the thread had executed.
    pub executed: usize,
    /// What it did; nothing if an event says so.
    pub text: String,
    /// Where: file, line and column.
    pub site: String,
}

impl Fault {
    pub fn new(kind: ViolationKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), notes: Vec::new() }
    }

    pub fn noting(self, notes: impl IntoIterator<Item = Note>) -> Self {
        Self { notes: notes.into_iter().collect(), ..self }
    }

    pub fn data_race([now, before]: [String; 2]) -> Self {
        let message = format!("{now}\n{before}\nNeither happens before the other.");
        Self::new(ViolationKind::DataRace, message)
    }

    pub fn not_deterministic(expected: String, found: String) -> Self {
        let message = format!(
            "With the same choices as before it did something else.\nexpected: {expected}\nfound:    {found}\nDoes it use \
             the time, random numbers, addresses, a hash map's order, or something that an earlier execution has changed?"
        );
        Self::new(ViolationKind::NotDeterministic, message)
    }

    pub fn too_many_events(limit: usize, thread: &str, site: &'static Location<'static>) -> Self {
        let message = format!(
            "An execution has more than {limit} events; {thread} was at {site}.\nIs there a loop without end? A loop that \
             waits for another thread should say so with hint::spin_loop or thread::yield_now. Otherwise make the model \
             smaller, or raise max_events."
        );
        Self::new(ViolationKind::TooManyEvents, message)
    }

    pub fn too_many_threads(limit: usize) -> Self {
        let message = format!(
            "An execution has more than {limit} threads. The number of behaviours grows exponentially with theirs; make the \
             model smaller, or raise max_threads."
        );
        Self::new(ViolationKind::TooManyThreads, message)
    }
}
