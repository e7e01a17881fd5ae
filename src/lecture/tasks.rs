//! How do tasks do it? Like the threads, with the same channel, but on one thread: whoever waits lets the next one run.

use std::io;
use std::time::Instant;

use tokio::runtime;
use tokio::task::JoinHandle;

use crate::channel::{Receiver, Sender};
use crate::sync::Arc;

use super::event::Event;
use super::part::{Doing, Log, Stage, Traces};
use super::plan::{Actor, Item};

pub(super) fn run(stage: &Arc<Stage>) -> io::Result<Traces> {
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    Ok(runtime.block_on(play(stage)))
}

async fn play(stage: &Arc<Stage>) -> Traces {
    let (sender, receiver) = stage.plan.channel();
    let producers: Vec<_> =
        (1..=stage.plan.producers).map(|number| tokio::spawn(produce(stage.clone(), number, sender.clone()))).collect();
    drop(sender);
    let consumers: Vec<_> = (1..=stage.plan.consumers)
        .map(|number| tokio::spawn(consume(stage.clone(), number, receiver.clone())))
        .collect();
    let tasks = producers.len() + consumers.len();
    stage.output.event(&Event::Spawned { mode: stage.mode, at: stage.now(), tasks });

    let consumed = join_all(consumers).await;
    // As with the threads: what is left after a stop is counted, and whoever was blocked finds room.
    let mut left = 0;
    while receiver.recv_async().await.is_ok() {
        left += 1;
    }
    let mut logs = join_all(producers).await;
    logs.extend(consumed);
    Traces { logs, left }
}

async fn produce(stage: Arc<Stage>, producer: u64, sender: Sender<Item>) -> Log {
    let mut log = Log::new(Actor::Producer(producer));
    for number in 1..=stage.plan.items {
        let from = stage.now();
        let slept = tokio::select! {
            biased;
            () = stage.token.stopped() => false,
            () = tokio::time::sleep(stage.plan.delay(producer, number)) => true,
        };
        stage.record(&mut log, Doing::Generating, from);
        if !slept || sender.send_async(stage.generated(&mut log, producer, number)).await.is_err() {
            break;
        }
    }
    log
}

async fn consume(stage: Arc<Stage>, consumer: u64, receiver: Receiver<Item>) -> Log {
    let mut log = Log::new(Actor::Consumer(consumer));
    while !stage.token.is_stopped() {
        let Ok(item) = receiver.recv_async().await else { break };
        let taken = Instant::now();
        tokio::time::sleep(stage.plan.work()).await;
        stage.processed(&mut log, item, taken);
    }
    log
}

/// Waits for each of `tasks` to end. A panic in one goes on in the caller.
async fn join_all(tasks: Vec<JoinHandle<Log>>) -> Vec<Log> {
    let mut logs = Vec::with_capacity(tasks.len());
    for task in tasks {
        match task.await {
            Ok(log) => logs.push(log),
            // Nobody aborts a task, so this can be nothing but a panic.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    logs
}
