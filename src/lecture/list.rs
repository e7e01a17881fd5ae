//! How did the lecture's threads do it? With a shared list, and consumers that know how many items they will process.

use std::convert::Infallible;
use std::io;

use crate::thread;

use super::event::Event;
use super::part::{Log, Stage, Traces, join_all};
use super::plan::{Actor, Item};
use super::shared_list::{PopFromEmptyList, SharedList, take_if_any, take_unasked};

/// How a consumer takes an item; `None` if it asked, and was told that there is none.
type Take = fn(&SharedList<Item>) -> Result<Option<Item>, PopFromEmptyList>;

/// The consumers pop without asking.
pub(super) fn run_buggy(stage: &Stage) -> io::Result<Traces> {
    run(stage, |list| take_unasked(list).map(Some))
}

/// The consumers ask, then pop.
pub(super) fn run_checked(stage: &Stage) -> io::Result<Traces> {
    run(stage, take_if_any)
}

fn run(stage: &Stage, take: Take) -> io::Result<Traces> {
    let list = &SharedList::new();
    let logs = thread::scope(|scope| {
        // Consumers first: the one that does not ask is to be there before the first item even on a busy machine.
        let mut consumers = Vec::new();
        for number in 1..=stage.plan.consumers {
            let consume = move |log: &mut Log| consume(stage, log, stage.plan.share(number), list, take);
            consumers.push(stage.start(scope, Actor::Consumer(number), consume)?);
        }
        let mut producers = Vec::new();
        for number in 1..=stage.plan.producers {
            let produce = move |log: &mut Log| {
                stage.generate(log, number, |item| {
                    list.push(item);
                    Ok::<(), Infallible>(())
                });
            };
            producers.push(stage.start(scope, Actor::Producer(number), produce)?);
        }
        let threads = producers.len() + consumers.len();
        stage.output.event(&Event::Started { mode: stage.mode, at: stage.now(), threads });

        let mut logs = join_all(producers);
        logs.extend(join_all(consumers));
        io::Result::Ok(logs)
    })?;
    let mut left = 0;
    while list.pop().is_ok() {
        left += 1;
    }
    Ok(Traces { logs, left })
}

fn consume(stage: &Stage, log: &mut Log, share: u64, list: &SharedList<Item>, take: Take) {
    while log.processed() < share && !stage.token.is_stopped() {
        match take(list) {
            Ok(Some(item)) => stage.process(log, item),
            // A stop ends the nap, and the question above ends the loop.
            Ok(None) => _ = stage.token.sleep(stage.plan.poll()),
            Err(error) => return stage.failed(log, error),
        }
    }
}
