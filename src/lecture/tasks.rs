//! How do tasks do it? Like the threads, but on one thread: whoever waits lets the next one run.
//!
//! The runtime is tokio's, so the channel is, too: ours blocks the thread that waits on it, and there is only one.

use std::io;
use std::time::Instant;

use tokio::runtime;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;

use crate::sync::Arc;
use crate::thread::{self, Builder};

use super::event::Event;
use super::part::{Doing, Log, Stage, Traces};
use super::plan::{Actor, Item};

/// Tells the tasks that the run was stopped: true from then on.
type Stopped = watch::Receiver<bool>;

pub(super) fn run(stage: &Arc<Stage>) -> io::Result<Traces> {
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    let (announce, stopped) = watch::channel(false);
    thread::scope(|scope| {
        // A task can't wait on our channel, so a thread does, and passes on what it hears.
        let bridge = || {
            stage.token.wait();
            announce.send_replace(true);
        };
        Builder::new().name("bridge".into()).spawn_scoped(scope, bridge)?;
        // The bridge must hear of the end in any case, or the scope would wait for it for ever.
        let _at_end = stage.stopper.stop_run_at_end();
        Ok(runtime.block_on(play(stage, &stopped)))
    })
}

async fn play(stage: &Arc<Stage>, stopped: &Stopped) -> Traces {
    // A channel with room for all items never makes anybody wait.
    let room = stage.plan.capacity.map_or(stage.plan.items_total(), |capacity| capacity as u64);
    let room = usize::try_from(room).unwrap_or(usize::MAX).min(tokio::sync::Semaphore::MAX_PERMITS);
    let (sender, receiver) = mpsc::channel(room);
    let receiver = Arc::new(Mutex::new(receiver));
    let producers: Vec<_> = (1..=stage.plan.producers)
        .map(|number| tokio::spawn(produce(stage.clone(), stopped.clone(), number, sender.clone())))
        .collect();
    drop(sender);
    let consumers: Vec<_> = (1..=stage.plan.consumers)
        .map(|number| tokio::spawn(consume(stage.clone(), stopped.clone(), number, receiver.clone())))
        .collect();
    let tasks = producers.len() + consumers.len();
    stage.output.event(&Event::Spawned { mode: stage.mode, at: stage.now(), tasks });

    let consumed = join_all(consumers).await;
    // As with the threads: what is left after a stop is counted, and whoever was blocked finds room.
    let mut left = 0;
    let mut receiver = receiver.lock().await;
    while receiver.recv().await.is_some() {
        left += 1;
    }
    let mut logs = join_all(producers).await;
    logs.extend(consumed);
    Traces { logs, left }
}

async fn produce(stage: Arc<Stage>, mut stopped: Stopped, producer: u64, sender: mpsc::Sender<Item>) -> Log {
    let mut log = Log::new(Actor::Producer(producer));
    for number in 1..=stage.plan.items {
        let from = stage.now();
        let slept = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => false,
            () = tokio::time::sleep(stage.plan.delay(producer, number)) => true,
        };
        stage.record(&mut log, Doing::Generating, from);
        if !slept || sender.send(stage.generated(&mut log, producer, number)).await.is_err() {
            break;
        }
    }
    log
}

async fn consume(
    stage: Arc<Stage>,
    stopped: Stopped,
    consumer: u64,
    receiver: Arc<Mutex<mpsc::Receiver<Item>>>,
) -> Log {
    let mut log = Log::new(Actor::Consumer(consumer));
    while !*stopped.borrow() {
        // Whoever waits for an item holds the lock meanwhile; the others wait for that.
        let Some(item) = receiver.lock().await.recv().await else { break };
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
