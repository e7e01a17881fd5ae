//! Who generates what, and how long does each thing take?
//!
//! A plan is a function of the arguments alone. The delays are the same in every mode and on every run with the same
//! seed, so that two totals differ because of the modes and not because of the dice.

use std::fmt;
use std::time::{Duration, Instant};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::channel::{Receiver, Sender, bounded, unbounded};

/// How long the lecture's consumer processes a value, in the lecture's seconds.
const WORK_LECTURE_S: f64 = 0.5;
/// The shortest time that the lecture's producer takes for a value, and how much longer it may take.
const DELAY_LECTURE_S: (f64, f64) = (0.5, 1.0);
/// How long the lecture's repaired consumer waits before it asks again.
const POLL_LECTURE_S: f64 = 0.01;

/// What is to be done, and how fast.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Plan {
    /// Items that each producer generates.
    pub items: u64,
    pub producers: u64,
    pub consumers: u64,
    /// Items that the channel holds before it makes producers wait; `None`: any number.
    pub capacity: Option<usize>,
    /// How many of the lecture's seconds pass in one.
    pub speed: f64,
    pub seed: u64,
}

impl Plan {
    /// The items of all producers together.
    pub fn items_total(&self) -> u64 {
        self.items * self.producers
    }

    /// The channel from the producers to the consumers. One with room for all items is as one without a limit.
    pub fn channel<T>(&self) -> (Sender<T>, Receiver<T>) {
        let capacity = self.capacity.filter(|&capacity| (capacity as u64) < self.items_total());
        capacity.map_or_else(unbounded, bounded)
    }

    /// How many items a consumer processes if it is told a number beforehand, as the lecture's are.
    pub fn share(&self, consumer: u64) -> u64 {
        let rest = self.items_total() % self.consumers;
        self.items_total() / self.consumers + u64::from(consumer <= rest)
    }

    /// How long `producer` takes to generate its item `number`, in the lecture's seconds.
    pub fn delay_lecture_s(&self, producer: u64, number: u64) -> f64 {
        // One draw per step mixes each part into all bits, so that neighbours have nothing in common.
        let bits = [producer, number]
            .into_iter()
            .fold(self.seed, |bits, part| fastrand::Rng::with_seed(bits.rotate_left(32) ^ part).u64(..));
        let (shortest, spread) = DELAY_LECTURE_S;
        shortest + spread * fastrand::Rng::with_seed(bits).f64()
    }

    /// How long `producer` takes to generate its item `number`.
    pub fn delay(&self, producer: u64, number: u64) -> Duration {
        self.real(self.delay_lecture_s(producer, number))
    }

    /// How long a consumer processes an item.
    pub fn work(&self) -> Duration {
        self.real(WORK_LECTURE_S)
    }

    /// How long a consumer that found nothing waits before it asks again.
    pub fn poll(&self) -> Duration {
        self.real(POLL_LECTURE_S)
    }

    /// How long `real` would have been at the lecture's speed, in seconds, to the microsecond.
    pub fn lecture_s(&self, real: Duration) -> f64 {
        (real.as_secs_f64() * self.speed * 1e6).round() / 1e6
    }

    /// True if real time is the lecture's time.
    pub fn is_real_time(&self) -> bool {
        self.speed == 1.0
    }

    fn real(&self, lecture_s: f64) -> Duration {
        Duration::from_secs_f64(lecture_s / self.speed)
    }
}

/// What moves from a producer to a consumer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub producer: u64,
    /// Counts from 1 for each producer.
    pub number: u64,
    pub generated: Instant,
}

impl Item {
    /// The square that the producer came up with.
    pub fn value(&self) -> u64 {
        self.number * self.number
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Item", 3)?;
        fields.serialize_field("producer", &self.producer)?;
        fields.serialize_field("item", &self.number)?;
        fields.serialize_field("value", &self.value())?;
        fields.end()
    }
}

/// One who generates or processes; counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Actor {
    Main,
    Producer(u64),
    Consumer(u64),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Main => f.pad("main"),
            Actor::Producer(number) => f.pad(&format!("producer {number}")),
            Actor::Consumer(number) => f.pad(&format!("consumer {number}")),
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan { items: 20, producers: 2, consumers: 3, capacity: None, speed: 1.0, seed: 1 };

    fn delays(plan: &Plan) -> Vec<f64> {
        let producers = 1..=plan.producers;
        producers
            .flat_map(|producer| (1..=plan.items).map(move |number| plan.delay_lecture_s(producer, number)))
            .collect()
    }

    #[test]
    fn delays_are_uniform_between_half_a_second_and_one_and_a_half() {
        let delays = delays(&Plan { items: 10_000, ..PLAN });
        assert!(delays.iter().all(|delay| (0.5..1.5).contains(delay)));
        for tenth in 0..10 {
            let from = 0.5 + f64::from(tenth) / 10.0;
            let count = delays.iter().filter(|delay| (from..from + 0.1).contains(*delay)).count();
            assert!((1_800..2_200).contains(&count), "{count} of 20000 delays are from {from} to {}", from + 0.1);
        }
    }

    #[test]
    fn delays_depend_on_seed_producer_and_item_and_nothing_else() {
        let first = delays(&PLAN);
        assert_eq!(first, delays(&Plan { speed: 7.0, consumers: 9, capacity: Some(1), ..PLAN }));
        assert_ne!(first, delays(&Plan { seed: 2, ..PLAN }));
        let mut distinct = first.clone();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        assert_eq!(distinct.len(), first.len());
    }

    #[test]
    fn speed_divides_every_duration() {
        let fast = Plan { speed: 10.0, ..PLAN };
        assert_eq!(fast.work(), Duration::from_millis(50));
        assert_eq!(fast.poll(), Duration::from_millis(1));
        assert_eq!(fast.delay(1, 1), Duration::from_secs_f64(PLAN.delay_lecture_s(1, 1) / 10.0));
        assert_eq!(fast.lecture_s(Duration::from_secs(2)), 20.0);
    }

    #[test]
    fn shares_add_up_to_all_items() {
        assert_eq!([1, 2, 3].map(|consumer| PLAN.share(consumer)), [14, 13, 13]);
        let crowd = Plan { items: 1, producers: 1, consumers: 3, ..PLAN };
        assert_eq!([1, 2, 3].map(|consumer| crowd.share(consumer)), [1, 0, 0]);
    }
}
