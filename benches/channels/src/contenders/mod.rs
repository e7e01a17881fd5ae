//! Who is compared? Channels and queues behind one trait.
//!
//! - `channels.rs`: those that wait by themselves: channels, and raddle's `MutexQueue`.
//! - `queues.rs`: those that only try, with a loop around them.

mod channels;
mod queues;

use std::collections::VecDeque;

use crate::payload::{Payload, PayloadName};
use crate::workloads::{Kind, Shape};

/// Something through which values go from thread to thread.
///
/// The calls are generic, not behind a pointer: each workload is compiled for each contender, as a user's code would be.
pub trait Contender: Sized + 'static {
    /// What it is called.
    const ABOUT: About;
    /// What a producer holds.
    type Sender<P: Payload>: Send + 'static;
    /// What a consumer holds.
    type Receiver<P: Payload>: Send + 'static;

    /// True if there is one of that shape.
    fn takes(shape: Shape) -> bool;

    /// A new one, with an end for each producer and each consumer.
    fn open<P: Payload>(shape: Shape) -> Ends<Self, P>;

    /// Sends, and waits for room.
    fn send<P: Payload>(sender: &mut Self::Sender<P>, value: P);

    /// Receives, and waits for a value.
    fn recv<P: Payload>(receiver: &mut Self::Receiver<P>) -> P;

    /// Sends all, and waits for room; one after the other, unless it has a call for that.
    #[inline]
    fn send_many<P: Payload>(sender: &mut Self::Sender<P>, values: &mut VecDeque<P>) {
        values.drain(..).for_each(|value| Self::send(sender, value));
    }

    /// Receives what is there, one at least; one, unless it has a call for more. Those that have one without a limit may take more
    /// than that.
    #[inline]
    fn recv_many<P: Payload>(receiver: &mut Self::Receiver<P>, values: &mut Vec<P>, limit: usize) {
        let _ = limit;
        values.push(Self::recv(receiver));
    }
}

/// An end for each producer and each consumer.
pub type Ends<C, P> = (Vec<<C as Contender>::Sender<P>>, Vec<<C as Contender>::Receiver<P>>);

/// What an entry is called, and whom it is compared with.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// For the command line.
    pub name: &'static str,
    /// For tables.
    pub title: &'static str,
    /// Its package, whose version is told.
    pub package: &'static str,
    /// Whose it is.
    pub side: Side,
    /// Whether it is a channel.
    pub form: Form,
    /// False if it only tries: then [`Patience`](crate::waiting::Patience) waits for it.
    pub waits: bool,
}

/// Whose an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Ours.
    Raddle,
    /// Somebody else's.
    Peer,
    /// What the machine can do.
    Limit,
}

/// Ours and theirs are compared within each form, and all with all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Handles that are counted; waits, and ends when one side is gone.
    Channel,
    /// Values in, values out.
    Queue,
}

/// A contender, compiled for one payload.
#[derive(Clone, Copy)]
pub struct Compiled {
    /// What it is called.
    pub about: About,
    /// True if there is one of that shape.
    pub takes: fn(Shape) -> bool,
    /// Runs a workload with so many items.
    pub measure: fn(Kind, u64) -> crate::measure::Sample,
}

fn compiled<C: Contender, P: Payload>() -> Compiled {
    Compiled { about: C::ABOUT, takes: C::takes, measure: crate::measure::measure::<C, P> }
}

fn all_for<P: Payload>() -> Vec<Compiled> {
    vec![
        compiled::<channels::RaddleChannel, P>(),
        compiled::<queues::RaddleRing, P>(),
        compiled::<queues::RaddleList, P>(),
        compiled::<queues::RaddleSpsc, P>(),
        compiled::<channels::RaddleMutex, P>(),
        compiled::<channels::CrossbeamChannel, P>(),
        compiled::<queues::CrossbeamArray, P>(),
        compiled::<queues::CrossbeamSegments, P>(),
        compiled::<channels::Kanal, P>(),
        compiled::<channels::Flume, P>(),
        compiled::<channels::StdBounded, P>(),
        compiled::<channels::StdUnbounded, P>(),
        compiled::<queues::Concurrent, P>(),
        compiled::<channels::Thingbuf, P>(),
        compiled::<queues::Rtrb, P>(),
    ]
}

/// All contenders, compiled for one payload.
pub fn all(payload: PayloadName) -> Vec<Compiled> {
    match payload {
        PayloadName::U64 => all_for::<u64>(),
        PayloadName::Bytes64 => all_for::<[u64; 8]>(),
        PayloadName::Box => all_for::<Box<u64>>(),
    }
}

/// The names of all contenders, each once.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = all(PayloadName::U64).iter().map(|contender| contender.about.name).collect();
    // The two of the standard library have one name, and follow each other.
    names.dedup();
    names
}
