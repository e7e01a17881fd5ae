//! Which contenders wait by themselves? The channels, and raddle's `MutexQueue`.
//!
//! `thingbuf` leaves a default value in each slot: with `Box` it allocates when it receives. It is made for values that
//! stay where they are, which no workload here uses.

use std::collections::VecDeque;
use std::iter::repeat_n;
use std::sync::{Arc, mpsc};

use raddle::queue::MutexQueue;
use thingbuf::mpsc::blocking;

use super::{About, Contender, Ends, Form, Side};
use crate::payload::Payload;
use crate::workloads::Shape;

/// A channel with `bounded` and `unbounded`, for any number of producers and consumers.
macro_rules! channel {
    (
        $type:ident,
        $module:ident$(::$inner:ident)*,
        $side:expr,
        $name:literal,
        $title:literal,
        $package:literal
        $(, { $($batches:tt)* })?
    ) => {
        pub struct $type;

        impl Contender for $type {
            const ABOUT: About =
                About { name: $name, title: $title, package: $package, side: $side, form: Form::Channel, waits: true };
            type Sender<P: Payload> = $module$(::$inner)*::Sender<P>;
            type Receiver<P: Payload> = $module$(::$inner)*::Receiver<P>;

            fn takes(_: Shape) -> bool {
                true
            }

            fn open<P: Payload>(shape: Shape) -> Ends<Self, P> {
                let (sender, receiver) = match shape.capacity {
                    Some(capacity) => $module$(::$inner)*::bounded(capacity),
                    None => $module$(::$inner)*::unbounded(),
                };
                (repeat_n(sender, shape.producers).collect(), repeat_n(receiver, shape.consumers).collect())
            }

            #[inline]
            fn send<P: Payload>(sender: &mut Self::Sender<P>, value: P) {
                assert!(sender.send(value).is_ok(), "{} lost its receivers", $name);
            }

            #[inline]
            fn recv<P: Payload>(receiver: &mut Self::Receiver<P>) -> P {
                receiver.recv().ok().expect(concat!($name, " lost its senders"))
            }

            $($($batches)*)?
        }
    };
}

channel!(RaddleChannel, raddle::channel, Side::Raddle, "raddle-channel", "raddle channel", "raddle", {
    #[inline]
    fn send_many<P: Payload>(sender: &mut Self::Sender<P>, values: &mut VecDeque<P>) {
        assert!(sender.send_many(values).is_ok(), "raddle lost its receivers");
    }

    #[inline]
    fn recv_many<P: Payload>(receiver: &mut Self::Receiver<P>, values: &mut Vec<P>, limit: usize) {
        receiver.recv_many(values, limit).expect("raddle lost its senders");
    }
});
channel!(
    CrossbeamChannel,
    crossbeam_channel,
    Side::Peer,
    "crossbeam-channel",
    "crossbeam-channel",
    "crossbeam-channel",
    {
        #[inline]
        fn recv_many<P: Payload>(receiver: &mut Self::Receiver<P>, values: &mut Vec<P>, limit: usize) {
            values.push(Self::recv(receiver));
            values.extend(receiver.try_iter().take(limit - 1));
        }
    }
);
channel!(Kanal, kanal, Side::Peer, "kanal", "kanal", "kanal", {
    #[inline]
    fn recv_many<P: Payload>(receiver: &mut Self::Receiver<P>, values: &mut Vec<P>, _: usize) {
        values.push(Self::recv(receiver));
        // Its senders may all be gone by now.
        let _ = receiver.drain_into(values);
    }
});
channel!(Flume, flume, Side::Peer, "flume", "flume", "flume", {
    #[inline]
    fn recv_many<P: Payload>(receiver: &mut Self::Receiver<P>, values: &mut Vec<P>, _: usize) {
        values.push(Self::recv(receiver));
        values.extend(receiver.drain());
    }
});

const STD: About =
    About { name: "std-mpsc", title: "std mpsc", package: "std", side: Side::Peer, form: Form::Channel, waits: true };

/// One of the standard library's two kinds of senders, with their common receiver.
macro_rules! std_channel {
    ($type:ident, $sender:ident, |$shape:ident| $takes:expr, $new:expr) => {
        pub struct $type;

        impl Contender for $type {
            const ABOUT: About = STD;
            type Sender<P: Payload> = mpsc::$sender<P>;
            type Receiver<P: Payload> = mpsc::Receiver<P>;

            fn takes($shape: Shape) -> bool {
                $shape.consumers == 1 && $takes
            }

            fn open<P: Payload>($shape: Shape) -> Ends<Self, P> {
                let (sender, receiver) = $new;
                (repeat_n(sender, $shape.producers).collect(), vec![receiver])
            }

            #[inline]
            fn send<P: Payload>(sender: &mut Self::Sender<P>, value: P) {
                assert!(sender.send(value).is_ok(), "std mpsc lost its receiver");
            }

            #[inline]
            fn recv<P: Payload>(receiver: &mut Self::Receiver<P>) -> P {
                receiver.recv().expect("std mpsc lost its senders")
            }

            #[inline]
            fn recv_many<P: Payload>(receiver: &mut Self::Receiver<P>, values: &mut Vec<P>, limit: usize) {
                values.push(Self::recv(receiver));
                values.extend(receiver.try_iter().take(limit - 1));
            }
        }
    };
}

std_channel!(StdBounded, SyncSender, |shape| shape.capacity.is_some(), mpsc::sync_channel(shape.capacity.unwrap()));
std_channel!(StdUnbounded, Sender, |shape| shape.capacity.is_none(), mpsc::channel());

pub struct Thingbuf;

impl Contender for Thingbuf {
    const ABOUT: About = About {
        name: "thingbuf",
        title: "thingbuf",
        package: "thingbuf",
        side: Side::Peer,
        form: Form::Channel,
        waits: true,
    };
    type Sender<P: Payload> = blocking::Sender<P>;
    type Receiver<P: Payload> = blocking::Receiver<P>;

    fn takes(shape: Shape) -> bool {
        shape.consumers == 1 && shape.capacity.is_some_and(|capacity| capacity > 0)
    }

    fn open<P: Payload>(shape: Shape) -> Ends<Self, P> {
        let (sender, receiver) = blocking::channel(shape.capacity.expect("it is bounded"));
        (repeat_n(sender, shape.producers).collect(), vec![receiver])
    }

    #[inline]
    fn send<P: Payload>(sender: &mut Self::Sender<P>, value: P) {
        assert!(sender.send(value).is_ok(), "thingbuf lost its receiver");
    }

    #[inline]
    fn recv<P: Payload>(receiver: &mut Self::Receiver<P>) -> P {
        receiver.recv().expect("thingbuf lost its senders")
    }
}

pub struct RaddleMutex;

impl Contender for RaddleMutex {
    const ABOUT: About = About {
        name: "raddle-mutex",
        title: "raddle MutexQueue",
        package: "raddle",
        side: Side::Raddle,
        form: Form::Queue,
        waits: true,
    };
    type Sender<P: Payload> = Arc<MutexQueue<P>>;
    type Receiver<P: Payload> = Arc<MutexQueue<P>>;

    fn takes(shape: Shape) -> bool {
        shape.capacity != Some(0)
    }

    fn open<P: Payload>(shape: Shape) -> Ends<Self, P> {
        let queue = Arc::new(MutexQueue::new(shape.capacity.unwrap_or(usize::MAX)));
        (vec![queue.clone(); shape.producers], vec![queue; shape.consumers])
    }

    #[inline]
    fn send<P: Payload>(sender: &mut Self::Sender<P>, value: P) {
        assert!(sender.push(value).is_ok(), "nobody closes the queue");
    }

    #[inline]
    fn recv<P: Payload>(receiver: &mut Self::Receiver<P>) -> P {
        receiver.pop().expect("nobody closes the queue")
    }
}
