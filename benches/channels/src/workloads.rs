//! What do the threads do? The workloads by name, and the unit in which each is counted.

use crate::payload::PayloadName;

/// How many producers and consumers a channel has, and how much room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Threads that send.
    pub producers: usize,
    /// Threads that receive.
    pub consumers: usize,
    /// How many values have room; `None`: any number.
    pub capacity: Option<usize>,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Each producer sends its share as quickly as it can, each consumer receives its own.
    Stream(Shape),
    /// As a stream, but they send and receive so many at a time, by whatever call there is for it.
    Batches(Shape, usize),
    /// One value goes to and fro between two threads, over two channels of that capacity.
    PingPong(usize),
    /// The producer fills a channel of that capacity, then waits for an answer over a second one.
    Bursts(usize),
    /// One thread sends and receives, in turns.
    Pair(Option<usize>),
    /// The producer sleeps for [`IDLE_GAP`](crate::measure::IDLE_GAP), then sends; the consumer is blocked meanwhile.
    Idle,
    /// A channel of that capacity, and so many messages in it.
    Memory(Option<usize>, u64),
}

/// In what a workload is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Items sent and received.
    MillionPerSecond,
    /// For a value to come back.
    MicrosPerRoundTrip,
    /// For one send and one receive.
    NanosPerPair,
    /// From before the send to after the receive, the median of a sample.
    MicrosToWake,
    /// Allocated for the channel and the messages in it.
    BytesPerMessage,
}

/// A kind with its name.
#[derive(Debug)]
pub struct Workload {
    /// For the command line.
    pub name: &'static str,
    /// For tables.
    pub title: &'static str,
    /// What is done.
    pub kind: Kind,
    /// Whether it is in the chart of a run of all workloads.
    pub is_charted: bool,
}

const fn stream(producers: usize, consumers: usize, capacity: Option<usize>) -> Kind {
    Kind::Stream(Shape { producers, consumers, capacity })
}

const fn batches(producers: usize, capacity: Option<usize>) -> Kind {
    Kind::Batches(Shape { producers, consumers: 1, capacity }, 64)
}

const fn workload(name: &'static str, title: &'static str, is_charted: bool, kind: Kind) -> Workload {
    Workload { name, title, kind, is_charted }
}

/// All workloads, in the order of the report.
pub static ALL: [Workload; 18] = [
    workload("spsc", "1 producer, 1 consumer, capacity 1024", true, stream(1, 1, Some(1024))),
    workload("mpsc", "4 producers, 1 consumer, capacity 1024", true, stream(4, 1, Some(1024))),
    workload("mpmc-2x2", "2 producers, 2 consumers, capacity 1024", true, stream(2, 2, Some(1024))),
    workload("mpmc-4x4", "4 producers, 4 consumers, capacity 1024", true, stream(4, 4, Some(1024))),
    workload("crowd", "16 producers, 16 consumers, capacity 1024", false, stream(16, 16, Some(1024))),
    workload("spsc-unbounded", "1 producer, 1 consumer, unbounded", false, stream(1, 1, None)),
    workload("mpsc-unbounded", "4 producers, 1 consumer, unbounded", true, stream(4, 1, None)),
    workload("ping-pong", "ping-pong over two channels of capacity 1", true, Kind::PingPong(1)),
    workload("rendezvous", "ping-pong over two channels of capacity 0", false, Kind::PingPong(0)),
    workload("bursts", "bursts of 16 into capacity 16, each answered", false, Kind::Bursts(16)),
    workload("spsc-batches", "1 producer, 1 consumer, capacity 1024, 64 at a time", false, batches(1, Some(1024))),
    workload("mpsc-batches", "4 producers, 1 consumer, capacity 1024, 64 at a time", false, batches(4, Some(1024))),
    workload("mpsc-batches-unbounded", "4 producers, 1 consumer, unbounded, 64 at a time", false, batches(4, None)),
    workload("pair", "send and receive in one thread, capacity 1024", false, Kind::Pair(Some(1024))),
    workload("pair-unbounded", "send and receive in one thread, unbounded", false, Kind::Pair(None)),
    workload("idle", "a message every 2 ms to a blocked receiver, whose CPU is told", false, Kind::Idle),
    workload("memory", "memory of capacity 1024, full", false, Kind::Memory(Some(1024), 1024)),
    workload("memory-backlog", "memory of a backlog of a million, unbounded", false, Kind::Memory(None, 1_000_000)),
];

impl Workload {
    /// The payloads it is measured with, unless others are asked for.
    pub fn payloads(&self) -> &'static [PayloadName] {
        match self.kind {
            Kind::Stream(shape) if shape.producers < 16 => &PayloadName::ALL,
            Kind::Pair(_) => &PayloadName::ALL,
            Kind::Memory(..) => &[PayloadName::U64, PayloadName::Bytes64],
            _ => &[PayloadName::U64],
        }
    }
}

impl Kind {
    /// The shape that a contender must have for it.
    pub fn shape(self) -> Shape {
        match self {
            Self::Stream(shape) | Self::Batches(shape, _) => shape,
            Self::PingPong(capacity) | Self::Bursts(capacity) => one_to_one(Some(capacity)),
            Self::Pair(capacity) | Self::Memory(capacity, _) => one_to_one(capacity),
            Self::Idle => one_to_one(Some(1024)),
        }
    }

    /// The unit of its values.
    pub fn unit(self) -> Unit {
        match self {
            Self::Stream(_) | Self::Batches(..) | Self::Bursts(_) => Unit::MillionPerSecond,
            Self::PingPong(_) => Unit::MicrosPerRoundTrip,
            Self::Pair(_) => Unit::NanosPerPair,
            Self::Idle => Unit::MicrosToWake,
            Self::Memory(..) => Unit::BytesPerMessage,
        }
    }

    /// True if a contender takes part that does not wait: to be blocked is the point of being idle.
    pub fn takes_those_that_only_try(self) -> bool {
        self != Self::Idle
    }

    /// True if it is done by one thread, so that the distance of the processors does not matter.
    pub fn is_alone(self) -> bool {
        matches!(self, Self::Pair(_) | Self::Memory(..))
    }

    /// True if it comes out the same each time.
    pub fn is_exact(self) -> bool {
        matches!(self, Self::Memory(..))
    }

    /// How many items to begin with, for a sample that is surely short.
    pub fn items_first(self) -> u64 {
        match self {
            Self::Idle => 4,
            Self::Memory(_, messages) => messages,
            _ => 256,
        }
    }
}

/// One producer, one consumer.
pub const fn one_to_one(capacity: Option<usize>) -> Shape {
    Shape { producers: 1, consumers: 1, capacity }
}

impl Unit {
    /// For tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::MillionPerSecond => "M items/s",
            Self::MicrosPerRoundTrip => "us/round trip",
            Self::NanosPerPair => "ns/pair",
            Self::MicrosToWake => "us to wake",
            Self::BytesPerMessage => "bytes/message",
        }
    }

    /// The value turned such that more is better.
    pub fn goodness(self, value: f64) -> f64 {
        match self {
            Self::MillionPerSecond => value,
            _ => 1.0 / value,
        }
    }
}
