//! Values that are pushed and popped in batches are pushed and popped once, in order, and at least one of them where there is
//! room or a value.

mod outcomes;

use std::collections::VecDeque;

use outcomes::Outcomes;
use raddle::queue::{ListQueue, RingQueue, SpscRing};
use raddle::sync::Arc;
use raddle::thread;

trait Batches: Send + Sync + 'static {
    /// Pushes from the front of `values`.
    fn push_some(&self, values: &mut VecDeque<u8>);
    fn pop_some(&self, limit: usize) -> Vec<u8>;
}

/// What `pop` appends to a vector that is not empty, and says how many they are.
fn popped(pop: impl FnOnce(&mut Vec<u8>) -> usize) -> Vec<u8> {
    let mut values = vec![99];
    let count = pop(&mut values);
    assert_eq!((values.remove(0), count), (99, values.len()));
    values
}

impl Batches for RingQueue<u8> {
    fn push_some(&self, values: &mut VecDeque<u8>) {
        let before = values.len();
        assert_eq!(self.try_push_many(values), before - values.len());
    }

    fn pop_some(&self, limit: usize) -> Vec<u8> {
        popped(|values| self.try_pop_many(values, limit))
    }
}

impl Batches for ListQueue<u8, 2> {
    fn push_some(&self, values: &mut VecDeque<u8>) {
        self.push_many(values);
        assert!(values.is_empty());
    }

    fn pop_some(&self, limit: usize) -> Vec<u8> {
        popped(|values| self.try_pop_many(values, limit))
    }
}

/// Two places, whose positions wrap around.
fn ring() -> RingQueue<u8> {
    RingQueue::starting_at_lap(2, usize::MAX)
}

/// Blocks of two, likewise.
fn list() -> ListQueue<u8, 2> {
    ListQueue::starting_at_block(usize::MAX)
}

fn drained(queue: &impl Batches) -> Vec<u8> {
    std::iter::from_fn(|| Some(queue.pop_some(2)).filter(|values| !values.is_empty())).flatten().collect()
}

/// One thread pushes 1, 2 and 3, another pops two at most, twice. Returns how many were pushed, and what each pop got.
fn through<Q: Batches>(queue: fn() -> Q) -> Outcomes<(usize, Vec<u8>, Vec<u8>)> {
    Outcomes::of(move || {
        let queue = Arc::new(queue());
        let pushing = thread::spawn({
            let queue = queue.clone();
            move || {
                let mut values = VecDeque::from([1, 2, 3]);
                queue.push_some(&mut values);
                3 - values.len()
            }
        });
        let popping = thread::spawn({
            let queue = queue.clone();
            move || [queue.pop_some(2), queue.pop_some(2)]
        });
        let pushed = pushing.join().unwrap();
        let [first, second] = popping.join().unwrap();
        let all = [&first[..], &second, &drained(&*queue)].concat();
        assert_eq!(all, [1, 2, 3][..pushed]);
        (pushed, first, second)
    })
}

#[test]
fn a_ring_takes_what_there_is_room_for() {
    let none: Vec<u8> = vec![];
    through(ring).are([
        (2, none.clone(), none.clone()),
        (2, none.clone(), vec![1]),
        (2, none.clone(), vec![1, 2]),
        (2, vec![1], vec![2]),
        (2, vec![1, 2], none),
    ]);
}

#[test]
fn a_ring_for_one_producer_and_one_consumer_takes_what_it_knows_there_is_room_for() {
    let outcomes = Outcomes::of(|| {
        let (producer, consumer) = SpscRing::new(2).split();
        let pushing = thread::spawn(move || {
            let mut values = VecDeque::from([1, 2, 3]);
            let pushed = producer.try_push_many(&mut values);
            (pushed, producer.try_push_many(&mut values), values.len())
        });
        let popping = thread::spawn(move || {
            let mut values = Vec::new();
            let popped = [consumer.try_pop_many(&mut values, 2), consumer.try_pop_many(&mut values, 2)];
            (values, popped, consumer)
        });
        let (first, second, left) = pushing.join().unwrap();
        let (mut values, popped, consumer) = popping.join().unwrap();
        assert_eq!((first, first + second + left), (2, 3));
        while let Some(value) = consumer.try_pop() {
            values.push(value);
        }
        assert_eq!(values, [1, 2, 3][..first + second]);
        (second, popped)
    });
    outcomes.are([(0, [0, 0]), (0, [0, 2]), (0, [2, 0]), (1, [0, 2]), (1, [2, 0]), (1, [2, 1])]);
}

#[test]
fn a_list_takes_all() {
    let none: Vec<u8> = vec![];
    through(list).are([
        (3, none.clone(), none.clone()),
        (3, none.clone(), vec![1, 2]),
        (3, vec![1, 2], none),
        (3, vec![1, 2], vec![3]),
    ]);
}

/// Two threads push two each while a third pops. Returns what it popped.
fn beside_each_other<Q: Batches>(queue: fn() -> Q) -> Outcomes<Vec<u8>> {
    Outcomes::with_preemptions(1, move || {
        let queue = Arc::new(queue());
        let pushing = [[1, 2], [11, 12]].map(|values| {
            let queue = queue.clone();
            thread::spawn(move || {
                let mut values = VecDeque::from(values);
                queue.push_some(&mut values);
                values.len()
            })
        });
        let popping = thread::spawn({
            let queue = queue.clone();
            move || queue.pop_some(3)
        });
        let left = pushing.map(|thread| thread.join().unwrap());
        let popped = popping.join().unwrap();
        let all = [&popped[..], &drained(&*queue)].concat();
        let of = |values: &[u8]| all.iter().copied().filter(|value| values.contains(value)).collect::<Vec<_>>();
        assert_eq!([of(&[1, 2]), of(&[11, 12])], [[1, 2][..2 - left[0]].to_vec(), [11, 12][..2 - left[1]].to_vec()]);
        popped
    })
}

#[test]
fn batches_of_a_ring_do_not_mix() {
    beside_each_other(ring).are([vec![], vec![1], vec![1, 2], vec![11], vec![11, 12]]);
}

#[test]
fn batches_of_a_list_do_not_mix_in_a_block() {
    beside_each_other(list).are([vec![], vec![1, 2], vec![11, 12]]);
}
