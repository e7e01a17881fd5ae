//! How do threads do it right? Through the channel: producers send, consumers receive until all senders are gone.

use std::io;

use crate::channel::Receiver;
use crate::thread;

use super::event::Event;
use super::part::{Log, Stage, Traces, join_all};
use super::plan::{Actor, Item};

pub(super) fn run(stage: &Stage) -> io::Result<Traces> {
    let (sender, receiver) = stage.plan.channel();
    // The closure owns both ends: if it gives up early, the threads that were started find the channel disconnected.
    thread::scope(move |scope| {
        let mut producers = Vec::new();
        for number in 1..=stage.plan.producers {
            let sender = sender.clone();
            let produce = move |log: &mut Log| stage.generate(log, number, |item| sender.send(item));
            producers.push(stage.start(scope, Actor::Producer(number), produce)?);
        }
        // From now on the producers alone keep the channel open; when they are done, the consumers learn it from it.
        drop(sender);
        let mut consumers = Vec::new();
        for number in 1..=stage.plan.consumers {
            let receiver = receiver.clone();
            let consume = move |log: &mut Log| consume(stage, log, &receiver);
            consumers.push(stage.start(scope, Actor::Consumer(number), consume)?);
        }
        let threads = producers.len() + consumers.len();
        stage.output.event(&Event::Started { mode: stage.mode, at: stage.now(), threads });

        let consumed = join_all(consumers);
        // Only a run that was stopped leaves anything. A producer that was blocked, as the channel was full, finds room
        // now, so what it had generated counts as left, too.
        let left = receiver.iter().count() as u64;
        let mut logs = join_all(producers);
        logs.extend(consumed);
        Ok(Traces { logs, left })
    })
}

fn consume(stage: &Stage, log: &mut Log, receiver: &Receiver<Item>) {
    while !stage.token.is_stopped() {
        let Ok(item) = receiver.recv() else { break };
        stage.process(log, item);
    }
}
