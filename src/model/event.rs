//! What is one step of a thread that other threads can see?
//!
//! Every operation of the facade is one of a few kinds of event. What the operation *means* is in its [`Operation`]: a
//! load, an addition, a compare-and-swap, taking a lock and notifying a condition variable are all events that read a
//! location and may write to it, and differ only in these functions. The exploration knows no primitive by name.

use std::panic::Location;
use std::sync::atomic::Ordering;

/// The number of an event in its graph: its position in the order in which the events were added.
pub(super) type Number = u32;
/// Reads from the location's initial value.
pub(super) const INITIAL: Number = u32::MAX;
/// Reads from nothing.
pub(super) const NOTHING: Number = u32::MAX - 1;

/// A memory ordering as the set of what it guarantees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order(u8);

impl Order {
    pub const RELAXED: Self = Self(0);
    pub const ACQUIRE: Self = Self(1);
    pub const RELEASE: Self = Self(2);
    pub const ACQ_REL: Self = Self(3);

    pub fn acquires(self) -> bool {
        self.0 & 1 != 0
    }

    pub fn releases(self) -> bool {
        self.0 & 2 != 0
    }

    pub fn is_seq_cst(self) -> bool {
        self.0 & 4 != 0
    }

    /// True if it guarantees less than `other`, and nothing else.
    pub fn is_below(self, other: Self) -> bool {
        self != other && self.0 & other.0 == self.0
    }

    pub fn name(self) -> &'static str {
        match self.0 {
            0 => "Relaxed",
            1 => "Acquire",
            2 => "Release",
            3 => "AcqRel",
            _ => "SeqCst",
        }
    }
}

impl From<Ordering> for Order {
    fn from(ordering: Ordering) -> Self {
        Self(match ordering {
            Ordering::Relaxed => 0,
            Ordering::Acquire => 1,
            Ordering::Release => 2,
            Ordering::AcqRel => 3,
            _ => 7,
        })
    }
}

/// What kind of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Reads a location and perhaps writes to it in the same step.
    Read,
    /// Writes to a location without reading it.
    Write,
    /// A fence.
    Fence,
    /// Starts the thread whose number is operand `a`.
    Create,
    /// Waits for the end of the thread whose number is operand `a`.
    Join,
    /// Takes one of `a` ways on.
    Choice,
}

/// What an operation does to the value that it reads. Functions of the old value and the operands, without side effects.
#[derive(Debug)]
pub(super) struct Operation {
    /// The name to be shown: that of the function that the user called.
    pub name: &'static str,
    /// Waits until the newest value satisfies this. The location must then be written by such read-and-write
    /// operations alone, or just once.
    pub awaits: Option<fn(old: u64, a: u64) -> bool>,
    /// What is written in place of the old value, if anything.
    pub apply: fn(old: u64, operands: Operands) -> Option<u64>,
    /// In how many ways the operation can go, given the old value.
    pub ways: fn(old: u64) -> u8,
    /// True if it never changes the value.
    pub only_reads: bool,
    /// True if the operands are addresses, which differ from run to run.
    pub addresses: bool,
    /// True if it takes a lock, which somebody must give back.
    pub takes_lock: bool,
    /// True if it gives a lock back.
    pub gives_lock: bool,
    /// The bits of what it leaves that say that a lock is still held.
    pub held_bits: u64,
    /// True if a thread that waits in it for ever is in an execution of no interest.
    pub leaves_if_never: bool,
    /// Set if one thread tells another something behind the scenes, which has no object of its own for the reader. What is
    /// said of it, given the value that is seen; nothing if that is of no interest.
    pub signal: Option<fn(seen: u64) -> &'static str>,
    /// What it has done, for the report of a deadlock.
    pub done: &'static str,
    /// What has not happened if it waits for ever.
    pub never: &'static str,
}

/// The operands of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operands {
    pub a: u64,
    pub b: u64,
    /// Which of its [`ways`](Operation::ways) the operation takes.
    pub way: u8,
}

impl Operation {
    /// An operation that never waits and can go in one way.
    pub const fn new(name: &'static str, apply: fn(u64, Operands) -> Option<u64>) -> Self {
        Self {
            name,
            awaits: None,
            apply,
            ways: |_| 1,
            only_reads: false,
            addresses: false,
            takes_lock: false,
            gives_lock: false,
            held_bits: 0,
            leaves_if_never: false,
            signal: None,
            done: "last changed",
            never: "",
        }
    }

    pub const fn taking_lock(self) -> Self {
        Self { takes_lock: true, done: "taken", ..self }
    }

    pub const fn giving_lock(self) -> Self {
        Self { gives_lock: true, ..self }
    }

    pub const fn leaving_lock_held_while(self, held_bits: u64) -> Self {
        Self { held_bits, ..self }
    }

    pub const fn leaving_if_never(self) -> Self {
        Self { leaves_if_never: true, ..self }
    }

    pub const fn signalling(self, signal: fn(u64) -> &'static str) -> Self {
        Self { signal: Some(signal), ..self }
    }

    pub const fn never(self, never: &'static str) -> Self {
        Self { never, ..self }
    }

    pub const fn awaiting(self, awaits: fn(u64, u64) -> bool) -> Self {
        Self { awaits: Some(awaits), ..self }
    }

    pub const fn with_ways(self, ways: fn(u64) -> u8) -> Self {
        Self { ways, ..self }
    }

    pub const fn only_reading(self) -> Self {
        Self { only_reads: true, ..self }
    }

    pub const fn on_addresses(self) -> Self {
        Self { addresses: true, ..self }
    }
}

/// One event of an execution graph.
///
/// `value`, `seen` and address operands are those of the run that executed the event last; all else is the graph's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub kind: Kind,
    pub thread: u16,
    /// The position in its thread.
    pub index: u16,
    /// The ordering that applies, which for a compare-and-swap depends on its success.
    pub order: Order,
    pub order_if_written: Order,
    pub order_if_not: Order,
    /// True if it writes to its location.
    pub writes: bool,
    /// True if it was added in the canonical way: it read the newest value, or was placed last, or took the first way.
    pub maximal: bool,
    /// False once the event lies in the causal past of a write that another read was made to read from.
    pub revisitable: bool,
    pub location: u32,
    /// Whose value it reads.
    pub reads_from: Number,
    /// The position among the writes to its location, from 1; the initial value has 0.
    pub rank: u32,
    pub operation: &'static Operation,
    pub operands: Operands,
    /// The value read.
    pub seen: u64,
    /// The value written.
    pub value: u64,
    pub site: &'static Location<'static>,
}

impl Event {
    /// True if it reads and writes in one step.
    pub fn is_update(&self) -> bool {
        self.kind == Kind::Read && self.writes
    }

    /// True if it writes back what it has read.
    pub fn keeps_value(&self) -> bool {
        self.is_update() && self.value == self.seen
    }

    pub fn reads(&self) -> bool {
        self.kind == Kind::Read
    }

    /// True if it touches a location.
    pub fn is_access(&self) -> bool {
        matches!(self.kind, Kind::Read | Kind::Write)
    }
}
