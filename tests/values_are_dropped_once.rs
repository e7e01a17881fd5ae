//! A value that nobody takes out of a queue or channel is dropped exactly once, whatever its destructor does: panic,
//! use the queue that it was in, or drop the queue's last handle.

// Destructors that panic would end loom's model, and what they count is no part of one.
#![cfg(not(loom))]

mod hang_guard;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use hang_guard::must_end;
use raddle::channel::{Receiver, SendError, Sender, bounded, unbounded};
use raddle::queue::{Consumer, ListQueue, MutexQueue, Producer, RingQueue, SpscRing};

const VALUES: usize = 6;

/// How often each of [`VALUES`] values was dropped.
#[derive(Clone, Default)]
struct Drops(Arc<[AtomicUsize; VALUES]>);

impl Drops {
    /// One value for each count, of which the one at `panicking` panics when it is dropped.
    fn values(&self, panicking: Option<usize>) -> Vec<Counted> {
        (0..VALUES).map(|index| Counted { index, panics: panicking == Some(index), drops: self.clone() }).collect()
    }

    fn counts(&self) -> [usize; VALUES] {
        std::array::from_fn(|index| self.0[index].load(SeqCst))
    }
}

struct Counted {
    index: usize,
    panics: bool,
    drops: Drops,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.drops.0[self.index].fetch_add(1, SeqCst);
        assert!(!self.panics, "value {} panics when it is dropped", self.index);
    }
}

thread_local! {
    static ZERO_SIZED_DROPPED: Cell<usize> = const { Cell::new(0) };
}

struct ZeroSized;

impl Drop for ZeroSized {
    fn drop(&mut self) {
        ZERO_SIZED_DROPPED.set(ZERO_SIZED_DROPPED.get() + 1);
    }
}

/// What holds values until it is dropped.
trait Holder<T>: Sized {
    fn with_capacity(capacity: usize) -> Self;
    fn push(&self, value: T);
    fn pop(&self) -> T;

    /// Full of `values`, after `popped` of them went through it: so what is left wraps around its end.
    fn holding(values: Vec<T>, popped: usize) -> Self {
        let holder = Self::with_capacity(values.len() - popped);
        for (index, value) in values.into_iter().enumerate() {
            holder.push(value);
            if index < popped {
                holder.pop();
            }
        }
        holder
    }
}

/// The values that go through a holder before the others stay in it.
const POPPED: usize = 2;

impl<T> Holder<T> for MutexQueue<T> {
    fn with_capacity(capacity: usize) -> Self {
        Self::new(capacity)
    }

    fn push(&self, value: T) {
        self.push(value).expect("the queue is open");
    }

    fn pop(&self) -> T {
        self.pop().expect("the queue is not empty")
    }
}

impl<T> Holder<T> for RingQueue<T> {
    fn with_capacity(capacity: usize) -> Self {
        Self::starting_at_lap(capacity, usize::MAX)
    }

    fn push(&self, value: T) {
        self.try_push(value).expect("there is room");
    }

    fn pop(&self) -> T {
        self.try_pop().expect("the queue is not empty")
    }
}

impl<T> Holder<T> for ShortList<T> {
    fn with_capacity(_: usize) -> Self {
        Self::starting_at_block(usize::MAX)
    }

    fn push(&self, value: T) {
        self.push(value);
    }

    fn pop(&self) -> T {
        self.try_pop().expect("the queue is not empty")
    }
}

impl<T> Holder<T> for (Producer<T>, Consumer<T>) {
    fn with_capacity(capacity: usize) -> Self {
        SpscRing::new(capacity).split()
    }

    fn push(&self, value: T) {
        self.0.try_push(value).expect("there is room");
    }

    fn pop(&self) -> T {
        self.1.try_pop().expect("the ring is not empty")
    }
}

struct Bounded<T>(Sender<T>, Receiver<T>);
struct Unbounded<T>(Sender<T>, Receiver<T>);

impl<T> Holder<T> for Bounded<T> {
    fn with_capacity(capacity: usize) -> Self {
        let (sender, receiver) = bounded(capacity);
        Self(sender, receiver)
    }

    fn push(&self, value: T) {
        self.0.send(value).expect("there is a receiver");
    }

    fn pop(&self) -> T {
        self.1.recv().expect("the channel is not empty")
    }
}

impl<T> Holder<T> for Unbounded<T> {
    fn with_capacity(_: usize) -> Self {
        let (sender, receiver) = unbounded();
        Self(sender, receiver)
    }

    fn push(&self, value: T) {
        self.0.send(value).expect("there is a receiver");
    }

    fn pop(&self) -> T {
        self.1.recv().expect("the channel is not empty")
    }
}

fn values_left_are_dropped_once<H: Holder<Counted>>() {
    for popped in 0..VALUES {
        let drops = Drops::default();
        let holder = H::holding(drops.values(None), popped);
        assert_eq!(drops.counts(), std::array::from_fn(|index| usize::from(index < popped)), "before");
        drop(holder);
        assert_eq!(drops.counts(), [1; VALUES], "after");
    }
}

fn zero_sized_values_are_dropped_once<H: Holder<ZeroSized>>() {
    let before = ZERO_SIZED_DROPPED.get();
    let holder = H::holding((0..VALUES).map(|_| ZeroSized).collect(), POPPED);
    assert_eq!(ZERO_SIZED_DROPPED.get() - before, POPPED);
    drop(holder);
    assert_eq!(ZERO_SIZED_DROPPED.get() - before, VALUES);
}

fn a_panicking_drop_spares_none_of_the_others<H: Holder<Counted>>() {
    for panicking in POPPED..VALUES {
        let drops = Drops::default();
        let holder = H::holding(drops.values(Some(panicking)), POPPED);
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(holder)));
        assert!(dropped.is_err(), "the panic reaches whoever dropped the queue");
        assert_eq!(drops.counts(), [1; VALUES], "{panicking} panicked");
    }
}

/// Every value panics, but each is popped before it does: the queue itself must not be harmed.
fn a_value_that_panics_outside_does_no_harm<H: Holder<Counted>>() {
    let drops = Drops::default();
    let holder = H::with_capacity(VALUES);
    for value in drops.values(Some(0)) {
        holder.push(value);
    }
    let first = holder.pop();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(first))).is_err());
    assert_eq!(holder.pop().index, 1);
    drop(holder);
    assert_eq!(drops.counts(), [1; VALUES]);
}

macro_rules! for_each_holder {
    ($($module:ident: $holder:ident;)*) => {$(
        mod $module {
            use super::*;

            #[test]
            fn values_left_are_dropped_once_with_the_structure() {
                values_left_are_dropped_once::<$holder<Counted>>();
            }

            #[test]
            fn zero_sized_values_are_dropped_once_too() {
                zero_sized_values_are_dropped_once::<$holder<ZeroSized>>();
            }

            #[test]
            fn where_one_drop_panics_the_other_values_are_dropped_once() {
                a_panicking_drop_spares_none_of_the_others::<$holder<Counted>>();
            }

            #[test]
            fn a_popped_value_whose_drop_panics_does_no_harm_to_those_left() {
                a_value_that_panics_outside_does_no_harm::<$holder<Counted>>();
            }
        }
    )*};
}

/// Of short blocks: some are full, and given back.
type ShortList<T> = ListQueue<T, 2>;
type SpscEnds<T> = (Producer<T>, Consumer<T>);

for_each_holder! {
    mutex_queue: MutexQueue;
    ring_queue: RingQueue;
    list_queue: ShortList;
    spsc_ring: SpscEnds;
    bounded_channel: Bounded;
    unbounded_channel: Unbounded;
}

/// A channel for each of the two ways in which values are stored, with room for all of a test's.
fn buffered<T>() -> [(Sender<T>, Receiver<T>); 2] {
    [bounded(VALUES), unbounded()]
}

#[test]
fn the_last_receiver_takes_the_queued_values_with_it() {
    for (sender, receiver) in buffered() {
        let drops = Drops::default();
        let other = receiver.clone();
        drops.values(None).into_iter().for_each(|value| sender.send(value).unwrap());
        drop(receiver);
        assert_eq!(drops.counts(), [0; VALUES], "one receiver is left");
        drop(other);
        assert_eq!(drops.counts(), [1; VALUES], "at once, though the sender is still there");
        assert_eq!(sender.len(), 0);
        drop(sender);
        assert_eq!(drops.counts(), [1; VALUES]);
    }
}

#[test]
fn values_wait_for_the_receiver_when_the_last_sender_goes() {
    for (sender, receiver) in buffered() {
        let drops = Drops::default();
        drops.values(None).into_iter().for_each(|value| sender.send(value).unwrap());
        drop(sender);
        assert_eq!(drops.counts(), [0; VALUES]);
        drop(receiver);
        assert_eq!(drops.counts(), [1; VALUES]);
    }
}

#[test]
fn where_one_drop_panics_in_the_last_receivers_the_channel_is_disconnected_all_the_same() {
    for panicking in 0..VALUES {
        for (sender, receiver) in buffered() {
            let drops = Drops::default();
            drops.values(Some(panicking)).into_iter().for_each(|value| sender.send(value).unwrap());
            assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());
            assert_eq!(drops.counts(), [1; VALUES]);

            let late = Drops::default();
            let value = late.values(None).remove(0);
            assert!(matches!(sender.send(value), Err(SendError(Counted { index: 0, .. }))));
        }
    }
}

#[test]
fn a_value_that_is_not_sent_is_the_callers_to_drop() {
    let drops = Drops::default();
    let (sender, receiver) = bounded(0);
    let mut values = drops.values(None).into_iter();
    let mut next = || values.next().expect("enough values");
    let mut returned = vec![
        sender.try_send(next()).unwrap_err().into_inner(),
        sender.send_timeout(next(), Duration::ZERO).unwrap_err().into_inner(),
    ];
    drop(receiver);
    returned.push(sender.try_send(next()).unwrap_err().into_inner());
    returned.push(sender.send_timeout(next(), Duration::ZERO).unwrap_err().into_inner());
    returned.push(sender.send(next()).unwrap_err().into_inner());
    assert_eq!(drops.counts(), [0; VALUES]);
    drop((returned, values));
    assert_eq!(drops.counts(), [1; VALUES]);
}

#[test]
fn a_rendezvous_hands_each_value_to_one_owner() {
    let drops = Drops::default();
    let (sender, receiver) = bounded(0);
    let values = drops.values(None);
    let sent = must_end(move || {
        thread::scope(|scope| {
            let sending = scope.spawn(move || {
                let sent = values.into_iter().map(|value| sender.send(value).is_ok());
                sent.collect::<Vec<_>>()
            });
            let received: Vec<Counted> = receiver.iter().take(VALUES / 2).collect();
            drop(receiver);
            (sending.join().unwrap(), received)
        })
    });
    assert_eq!(sent.0, std::array::from_fn::<_, VALUES, _>(|index| index < VALUES / 2));
    assert_eq!(drops.counts(), std::array::from_fn(|index| usize::from(index >= VALUES / 2)));
    drop(sent);
    assert_eq!(drops.counts(), [1; VALUES]);
}

/// Does something with the channel or queue that it is in when it is dropped.
struct OnDrop(Option<Box<dyn FnOnce() + Send>>);

impl OnDrop {
    fn new(action: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(action)))
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.take().expect("dropped once")();
    }
}

#[test]
fn a_value_may_own_a_sender_of_the_channel_that_it_is_in() {
    for (sender, receiver) in buffered() {
        must_end(move || {
            let owned = sender.clone();
            sender.send(OnDrop::new(move || drop(owned))).unwrap();
            drop(sender);
            // Drops the value, and with it the last sender.
            drop(receiver);
        });
    }
}

#[test]
fn a_value_may_own_the_last_sender_and_still_be_received() {
    for (sender, receiver) in buffered() {
        must_end(move || {
            let owned = sender.clone();
            sender.send(OnDrop::new(move || drop(owned))).unwrap();
            drop(sender);
            assert_eq!(receiver.iter().count(), 1, "disconnected once that value is dropped");
        });
    }
}

#[test]
fn a_value_may_own_a_receiver_of_the_channel_that_it_is_in() {
    for (sender, receiver) in buffered() {
        must_end(move || {
            let owned = receiver.clone();
            sender.send(OnDrop::new(move || drop(owned))).unwrap();
            drop(sender);
            assert!(receiver.recv().is_ok());
            assert!(receiver.recv().is_err());
        });
    }
}

#[test]
fn a_value_may_use_its_channel_while_the_last_receiver_drops_it() {
    for (sender, receiver) in buffered() {
        let dropped = Arc::new(AtomicUsize::new(0));
        let count = dropped.clone();
        must_end(move || {
            for _ in 0..2 {
                let (channel, count) = (sender.clone(), count.clone());
                let send_another = move || {
                    assert_eq!((channel.len(), channel.is_full()), (0, false));
                    let another = OnDrop::new(|| ());
                    assert!(channel.try_send(another).unwrap_err().is_disconnected());
                    count.fetch_add(1, SeqCst);
                };
                sender.send(OnDrop::new(send_another)).unwrap();
            }
            drop(receiver);
        });
        assert_eq!(dropped.load(SeqCst), 2);
    }
}

#[test]
fn a_value_may_use_its_channel_where_it_was_received() {
    for (sender, receiver) in buffered() {
        must_end(move || {
            let channel = sender.clone();
            sender.send(OnDrop::new(move || channel.send(OnDrop::new(|| ())).unwrap())).unwrap();
            drop(receiver.recv().unwrap());
            assert_eq!(receiver.len(), 1);
        });
    }
}

#[test]
fn a_value_may_use_its_queue_where_it_was_popped() {
    must_end(|| {
        let queue = Arc::new(MutexQueue::new(1));
        let inside = Arc::downgrade(&queue);
        let push_another = move || {
            let queue = inside.upgrade().expect("the queue is there");
            assert!(queue.try_push(OnDrop::new(|| ())).is_ok(), "the value's place is free by now");
        };
        queue.push(OnDrop::new(push_another)).expect("the queue is open");
        drop(queue.pop());
        assert_eq!(queue.len(), 1);
    });
}
