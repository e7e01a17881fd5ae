//! How does one do it alone? Generate, generate, process, one after the other on the main thread.

use std::collections::VecDeque;
use std::convert::Infallible;

use super::part::{Log, Stage, Traces};
use super::plan::{Actor, Item};

pub(super) fn run(stage: &Stage) -> Traces {
    let mut log = Log::new(Actor::Main);
    let mut list = VecDeque::new();
    for producer in 1..=stage.plan.producers {
        stage.generate(&mut log, producer, |item: Item| {
            list.push_back(item);
            Ok::<(), Infallible>(())
        });
    }
    while !stage.token.is_stopped() {
        let Some(item) = list.pop_front() else { break };
        stage.process(&mut log, item);
    }
    Traces { logs: vec![log], left: list.len() as u64 }
}
