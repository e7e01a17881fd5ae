//! What does the queue monitor look at, and what does it answer?

use std::fmt;

/// A call to a queue, and what came of it, with the times at which it was called and returned.
///
/// The times come from one clock for all threads. An operation precedes another if it returned before the other was
/// called; those with equal times are concurrent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueueOperation {
    /// The thread that made the call. It is for the reader: the monitor goes by the times alone.
    pub thread: u32,
    /// The call, and what it returned.
    pub call: QueueCall,
    /// When it was called.
    pub called: u64,
    /// When it returned, or [`PENDING`](Self::PENDING).
    pub returned: u64,
}

impl QueueOperation {
    /// When an operation returned that had not when the recording ended. It may have had its effect or not, and what it
    /// is said to have returned is not looked at.
    pub const PENDING: u64 = u64::MAX;

    /// True if it had not returned when the recording ended.
    pub fn is_pending(&self) -> bool {
        self.returned == Self::PENDING
    }
}

impl fmt::Display for QueueOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { thread, call, called, returned } = self;
        match call {
            QueueCall::Push(value) => write!(f, "thread {thread}: push({})", Value(*value))?,
            QueueCall::Full => write!(f, "thread {thread}: push -> full")?,
            QueueCall::Pop(_) if self.is_pending() => write!(f, "thread {thread}: pop")?,
            QueueCall::Pop(Some(value)) => write!(f, "thread {thread}: pop -> {}", Value(*value))?,
            QueueCall::Pop(None) => write!(f, "thread {thread}: pop -> empty")?,
        }
        if self.is_pending() { write!(f, ", pending since {called}") } else { write!(f, " [{called}, {returned}]") }
    }
}

/// A call to a queue, and what it returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueCall {
    /// Pushed this value.
    Push(u64),
    /// Did not push, as the queue was full.
    Full,
    /// Popped this value, or none as the queue was empty.
    Pop(Option<u64>),
}

/// What a [`Stress`](super::Stress) pushes is a thread and a number.
struct Value(u64);

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (thread, number) = (self.0 >> 40, self.0 & ((1 << 40) - 1));
        if thread == 0 { write!(f, "{number}") } else { write!(f, "{thread}<<40|{number}") }
    }
}

/// What the monitor answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueVerdict {
    /// There is a sequential order that explains the history.
    Linearizable,
    /// For a queue with a capacity: none of the conditions that are looked at is hurt. This is no proof.
    NoneFound,
    /// There is none, and this is why.
    Violation(QueueViolation),
    /// These pushed the same value, so it can't be told which of them a pop belongs to.
    Ambiguous([Named; 2]),
}

impl fmt::Display for QueueVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linearizable => write!(f, "linearizable"),
            Self::NoneFound => write!(f, "no violation found"),
            Self::Violation(violation) => violation.fmt(f),
            Self::Ambiguous([one, other]) => write!(f, "ambiguous: one value was pushed twice\n  {one}\n  {other}"),
        }
    }
}

/// An operation and its index in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The index.
    pub index: usize,
    /// The operation.
    pub operation: QueueOperation,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "operation {}, {}", self.index, self.operation)
    }
}

/// A value's way through the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Its push.
    pub push: Named,
    /// Its pop: a pending one if that may have popped it, none if nothing can have.
    pub pop: Option<Named>,
}

impl fmt::Display for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}\n    ", self.push)?;
        match &self.pop {
            Some(pop) => write!(f, "{pop}"),
            None => write!(f, "never popped"),
        }
    }
}

/// Why a history is not that of a queue: the few operations that show it.
///
/// Where a value that no pop returned is said to have been popped by a pending one, this is the one that explains most:
/// such values go in the order in which their pushes returned to the pending pops in the order of their calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueViolation {
    /// A pop returned a value that was never pushed.
    NeverPushed(Named),
    /// Two pops returned the same value.
    PoppedTwice([Named; 2]),
    /// A pop had returned the value before its push was called.
    PoppedBeforePush {
        /// The push.
        push: Named,
        /// The pop.
        pop: Named,
    },
    /// One value's push had returned before the other's was called, and yet the other's pop had returned before that of
    /// the one was called.
    Overtaken {
        /// The one.
        first: Passage,
        /// The other.
        second: Passage,
    },
    /// A pop found the queue empty, and yet at each moment of its call one of these values was inside: its push had
    /// returned, and its pop had not been called.
    NotEmpty {
        /// The pop.
        pop: Named,
        /// As few values as possible, in the order of their times.
        inside: Vec<Passage>,
    },
    /// These values were inside at one moment, and they are more than there is room for.
    OverCapacity {
        /// The number of places.
        capacity: usize,
        /// The values: one more.
        inside: Vec<Passage>,
    },
    /// A push found the queue full, and yet at no moment of its call can as many values have been inside as there is room
    /// for.
    NotFull {
        /// The push.
        push: Named,
        /// The number of places.
        capacity: usize,
        /// How many values can have been inside, at most.
        inside_max: usize,
    },
}

/// So many values are shown.
const SHOWN_MAX: usize = 8;

impl fmt::Display for QueueViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverPushed(pop) => write!(f, "a value was popped that was never pushed:\n  {pop}"),
            Self::PoppedTwice([one, other]) => write!(f, "a value was popped twice:\n  {one}\n  {other}"),
            Self::PoppedBeforePush { push, pop } => {
                write!(f, "a value had been popped before its push was called:\n  {push}\n  {pop}")
            }
            Self::Overtaken { first, second } => {
                write!(f, "a value was pushed after another and popped before it:\n{first}\n{second}")
            }
            Self::NotEmpty { pop, inside } => {
                write!(f, "a pop found the queue empty, and at each moment a value was inside:\n  {pop}")?;
                passages(f, inside)
            }
            Self::OverCapacity { capacity, inside } => {
                write!(f, "at one moment {} values were inside, with room for {capacity}:", inside.len())?;
                passages(f, inside)
            }
            Self::NotFull { push, capacity, inside_max } => write!(
                f,
                "a push found the queue full, with at most {inside_max} values inside and room for {capacity}:\n  {push}"
            ),
        }
    }
}

fn passages(f: &mut fmt::Formatter<'_>, passages: &[Passage]) -> fmt::Result {
    passages.iter().take(SHOWN_MAX).try_for_each(|passage| write!(f, "\n{passage}"))?;
    match passages.len().checked_sub(SHOWN_MAX) {
        None | Some(0) => Ok(()),
        Some(more) => write!(f, "\n  and {more} more"),
    }
}
