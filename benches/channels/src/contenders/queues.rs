//! Which contenders only try? Queues; in every workload [`waiting`](crate::waiting) waits for them.

use std::collections::VecDeque;
use std::sync::Arc;

use concurrent_queue::ConcurrentQueue;
use crossbeam_queue::{ArrayQueue, SegQueue};
use raddle::queue::{Consumer, Full, ListQueue, Producer, RingQueue, SpscRing};

use super::{About, Contender, Ends, Form, Side};
use crate::payload::Payload;
use crate::waiting::{Patience, until_popped, until_pushed};
use crate::workloads::Shape;

const fn about(side: Side, name: &'static str, title: &'static str, package: &'static str) -> About {
    About { name, title, package, side, form: Form::Queue, waits: false }
}

/// A queue that all threads share; `$push` gives a value back that it did not push.
macro_rules! shared_queue {
    (
        $type:ident,
        $queue:ident,
        $about:expr,
        |$shape:ident| $takes:expr,
        $new:expr,
        |$pusher:ident, $value:ident| $push:expr,
        |$popper:ident| $pop:expr
    ) => {
        pub struct $type;

        impl Contender for $type {
            const ABOUT: About = $about;
            type Sender<P: Payload> = Arc<$queue<P>>;
            type Receiver<P: Payload> = Arc<$queue<P>>;

            fn takes($shape: Shape) -> bool {
                $takes
            }

            fn open<P: Payload>($shape: Shape) -> Ends<Self, P> {
                let queue = Arc::new($new);
                (vec![queue.clone(); $shape.producers], vec![queue; $shape.consumers])
            }

            #[inline]
            fn send<P: Payload>($pusher: &mut Self::Sender<P>, value: P) {
                until_pushed(value, |$value| $push);
            }

            #[inline]
            fn recv<P: Payload>($popper: &mut Self::Receiver<P>) -> P {
                until_popped(|| $pop)
            }
        }
    };
}

shared_queue!(
    RaddleRing,
    RingQueue,
    about(Side::Raddle, "raddle-ring", "raddle RingQueue", "raddle"),
    |shape| shape.capacity.is_some_and(|capacity| capacity > 0),
    RingQueue::new(shape.capacity.expect("it is bounded")),
    |queue, value| queue.try_push(value).map_err(|Full(value)| value),
    |queue| queue.try_pop()
);

shared_queue!(
    RaddleList,
    ListQueue,
    about(Side::Raddle, "raddle-list", "raddle ListQueue", "raddle"),
    |shape| shape.capacity.is_none(),
    {
        let _ = shape;
        ListQueue::new()
    },
    |queue, value| {
        queue.push(value);
        Ok(())
    },
    |queue| queue.try_pop()
);

shared_queue!(
    CrossbeamArray,
    ArrayQueue,
    about(Side::Peer, "crossbeam-array", "crossbeam ArrayQueue", "crossbeam-queue"),
    |shape| shape.capacity.is_some_and(|capacity| capacity > 0),
    ArrayQueue::new(shape.capacity.expect("it is bounded")),
    |queue, value| queue.push(value),
    |queue| queue.pop()
);

shared_queue!(
    CrossbeamSegments,
    SegQueue,
    about(Side::Peer, "crossbeam-seg", "crossbeam SegQueue", "crossbeam-queue"),
    |shape| shape.capacity.is_none(),
    {
        let _ = shape;
        SegQueue::new()
    },
    |queue, value| {
        queue.push(value);
        Ok(())
    },
    |queue| queue.pop()
);

shared_queue!(
    Concurrent,
    ConcurrentQueue,
    about(Side::Peer, "concurrent-queue", "concurrent-queue", "concurrent-queue"),
    |shape| shape.capacity != Some(0),
    shape.capacity.map_or_else(ConcurrentQueue::unbounded, ConcurrentQueue::bounded),
    |queue, value| queue.push(value).map_err(|error| error.into_inner()),
    |queue| queue.pop().ok()
);

fn is_one_to_one(shape: Shape) -> bool {
    shape.producers == 1 && shape.consumers == 1 && shape.capacity.is_some_and(|capacity| capacity > 0)
}

pub struct RaddleSpsc;

impl Contender for RaddleSpsc {
    const ABOUT: About = about(Side::Raddle, "raddle-spsc", "raddle SpscRing", "raddle");
    type Sender<P: Payload> = Producer<P>;
    type Receiver<P: Payload> = Consumer<P>;

    fn takes(shape: Shape) -> bool {
        is_one_to_one(shape)
    }

    fn open<P: Payload>(shape: Shape) -> Ends<Self, P> {
        let (producer, consumer) = SpscRing::new(shape.capacity.expect("it is bounded")).split();
        (vec![producer], vec![consumer])
    }

    #[inline]
    fn send<P: Payload>(sender: &mut Self::Sender<P>, value: P) {
        until_pushed(value, |value| sender.try_push(value).map_err(|Full(value)| value));
    }

    #[inline]
    fn recv<P: Payload>(receiver: &mut Self::Receiver<P>) -> P {
        until_popped(|| receiver.try_pop())
    }

    #[inline]
    fn send_many<P: Payload>(sender: &mut Self::Sender<P>, values: &mut VecDeque<P>) {
        let mut patience = Patience::default();
        while !values.is_empty() {
            if sender.try_push_many(values) == 0 {
                patience.wait();
            } else {
                patience = Patience::default();
            }
        }
    }

    #[inline]
    fn recv_many<P: Payload>(receiver: &mut Self::Receiver<P>, values: &mut Vec<P>, limit: usize) {
        until_popped(|| Some(()).filter(|()| receiver.try_pop_many(values, limit) > 0));
    }
}

pub struct Rtrb;

impl Contender for Rtrb {
    const ABOUT: About = about(Side::Peer, "rtrb", "rtrb", "rtrb");
    type Sender<P: Payload> = rtrb::Producer<P>;
    type Receiver<P: Payload> = rtrb::Consumer<P>;

    fn takes(shape: Shape) -> bool {
        is_one_to_one(shape)
    }

    fn open<P: Payload>(shape: Shape) -> Ends<Self, P> {
        let (producer, consumer) = rtrb::RingBuffer::new(shape.capacity.expect("it is bounded"));
        (vec![producer], vec![consumer])
    }

    #[inline]
    fn send<P: Payload>(sender: &mut Self::Sender<P>, value: P) {
        until_pushed(value, |value| sender.push(value).map_err(|rtrb::PushError::Full(value)| value));
    }

    #[inline]
    fn recv<P: Payload>(receiver: &mut Self::Receiver<P>) -> P {
        until_popped(|| receiver.pop().ok())
    }

    #[inline]
    fn send_many<P: Payload>(sender: &mut Self::Sender<P>, values: &mut VecDeque<P>) {
        let mut patience = Patience::default();
        while !values.is_empty() {
            let room = sender.slots().min(values.len());
            if room == 0 {
                patience.wait();
                continue;
            }
            let chunk = sender.write_chunk_uninit(room).expect("there is room");
            chunk.fill_from_iter(values.drain(..room));
            patience = Patience::default();
        }
    }

    #[inline]
    fn recv_many<P: Payload>(receiver: &mut Self::Receiver<P>, values: &mut Vec<P>, limit: usize) {
        let count = until_popped(|| Some(receiver.slots().min(limit)).filter(|&count| count > 0));
        values.extend(receiver.read_chunk(count).expect("there are so many"));
    }
}
