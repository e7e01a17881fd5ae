//! How quick are raddle's channel and queues beside others?
//!
//! A *contender* is a channel or a queue, a *workload* what its threads do. All that are measured at one workload with one
//! payload are a *contest*; each of them is an *entry*, and so are the *limits*: what the machine can do at most.
//!
//! - `contenders/`: who is compared, behind one trait.
//! - `payload.rs`: what is sent.
//! - `workloads.rs`: what the threads do, by name, and in which unit that is counted.
//! - `measure.rs`: a workload run once with a contender.
//! - `limits.rs`: the same workloads as the machine could do them at best.
//! - `race.rs`: threads that begin together, and what each has cost.
//! - `waiting.rs`: how a thread waits where the contender does not.
//! - `usage.rs`: the processor's time, ours and everybody's.
//! - `allocator.rs`: how much memory a thread holds.
//! - `probe.rs`: how far the processors are from each other at the moment.
//! - `contest.rs`: the entries in turns, round after round.
//! - `statistics.rs`: medians, quartiles, means of ratios.
//! - `results.rs`: what comes out of a contest.
//! - `machine.rs`: on what was it measured.
//! - `report.rs`, `json.rs`, `chart.rs`: the same as text, for programs, and as a picture.
//! - `arguments.rs`: what was asked for.
//! - `progress.rs`: how far it is.

pub mod allocator;
pub mod arguments;
pub mod chart;
pub mod contenders;
pub mod contest;
pub mod json;
pub mod limits;
pub mod machine;
pub mod measure;
pub mod payload;
pub mod probe;
pub mod progress;
pub mod race;
pub mod report;
pub mod results;
pub mod statistics;
pub mod usage;
pub mod waiting;
pub mod workloads;
