//! The queues' sources, on the primitives that this package has in place of the facade's.
#![allow(dead_code)]

#[path = "../../../src/queue/deadline.rs"]
mod deadline;
#[path = "../../../src/queue/error.rs"]
mod error;
#[path = "../../../src/queue/leftovers.rs"]
mod leftovers;
#[path = "../../../src/queue/mutex.rs"]
mod mutex;
#[path = "../../../src/queue/position.rs"]
mod position;
#[path = "../../../src/queue/prefetch.rs"]
mod prefetch;
#[path = "../../../src/queue/ring.rs"]
mod ring;

pub use mutex::MutexQueue;
pub use ring::RingQueue;
