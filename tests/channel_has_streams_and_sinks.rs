//! A channel's ends are a stream and a sink, in every execution, and lose nothing when they are dropped.

#![cfg(not(any(loom, raddle_std)))]

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use futures_sink::Sink;
use raddle::channel::{ReceiverStream, SendError, SenderSink, bounded};
use raddle::future::block_on;
use raddle::thread;

fn next<T>(stream: &mut ReceiverStream<T>) -> Option<T> {
    block_on(poll_fn(|context| Pin::new(&mut *stream).poll_next(context)))
}

fn send<T>(sink: &mut SenderSink<T>, value: T) -> Result<(), SendError<T>> {
    block_on(poll_fn(|context| Pin::new(&mut *sink).poll_ready(context)))?;
    Pin::new(&mut *sink).start_send(value)
}

fn close<T>(sink: &mut SenderSink<T>) -> Result<(), SendError<T>> {
    block_on(poll_fn(|context| Pin::new(&mut *sink).poll_close(context)))
}

#[test]
fn what_goes_into_the_sink_comes_out_of_the_stream() {
    for capacity in [0, 1, 2] {
        raddle::model(move || {
            let (sender, receiver) = bounded(capacity);
            let sending = thread::spawn(move || {
                let mut sink = sender.into_sink();
                send(&mut sink, 1).unwrap();
                send(&mut sink, 2).unwrap();
                close(&mut sink).unwrap();
            });
            let mut stream = receiver.into_stream();
            assert!(!stream.is_terminated());
            let values: Vec<u8> = std::iter::from_fn(|| next(&mut stream)).collect();
            assert_eq!(values, [1, 2]);
            assert!(stream.is_terminated());
            sending.join().unwrap();
        });
    }
}

#[test]
fn a_sink_gives_its_value_back_when_the_receivers_are_gone() {
    for capacity in [0, 1] {
        raddle::model(move || {
            let (sender, receiver) = bounded(capacity);
            let going = thread::spawn(move || drop(receiver));
            let mut sink = sender.into_sink();
            // The first may be in the channel when the receiver goes, and is then dropped with it.
            let mut left = VecDeque::from([1, 2]);
            let lost = loop {
                let Some(value) = left.pop_front() else { break close(&mut sink) };
                if let Err(error) = send(&mut sink, value) {
                    break Err(error);
                }
            };
            assert!(matches!(lost, Err(SendError(1 | 2))), "{lost:?}");
            going.join().unwrap();
        });
    }
}

#[test]
fn a_stream_that_is_dropped_passes_on_what_it_was_told() {
    raddle::model(|| {
        let (sender, receiver) = bounded(1);
        let mut stream = receiver.clone().into_stream();
        let poll = Pin::new(&mut stream).poll_next(&mut Context::from_waker(Waker::noop()));
        assert_eq!(poll, Poll::Pending);
        let waiting = thread::spawn(move || block_on(receiver.recv_async()));
        // The sender stays: that it goes would wake everybody.
        let sending = thread::spawn(move || sender.send(1).map(|()| sender));
        drop(stream);
        assert_eq!(waiting.join().unwrap(), Ok(1));
        sending.join().unwrap().unwrap();
    });
}

#[test]
fn a_sink_that_is_dropped_passes_on_what_it_was_told() {
    raddle::model(|| {
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        let mut sink = sender.clone().into_sink();
        send(&mut sink, 2).unwrap();
        let poll = Pin::new(&mut sink).poll_flush(&mut Context::from_waker(Waker::noop()));
        assert_eq!(poll, Poll::Pending);
        let sending = thread::spawn(move || sender.send(3).unwrap());
        let receiving = thread::spawn(move || [receiver.recv(), receiver.recv()]);
        drop(sink);
        assert_eq!(receiving.join().unwrap(), [Ok(1), Ok(3)]);
        sending.join().unwrap();
    });
}
