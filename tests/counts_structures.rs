//! Have locks, stacks, queues and std's own types the executions that they must have, each once?
//!
//! The orderings are the table's. A Release publishes the node or the section that its thread has written, and pairs
//! with the Acquire load of the same location; what is written is not atomic, so a pair that did not hold would be a
//! race.
//!
//! Sources: Treiber, "Systems Programming: Coping with Parallelism" (1986); Michael and Scott, "Simple, Fast, and
//! Practical Non-Blocking and Blocking Concurrent Queue Algorithms" (1996).

#![cfg(not(any(loom, raddle_std)))]

mod counted;

use std::ptr;

use counted::{Plain, Program, Row};
use raddle::model::assume;
use raddle::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use raddle::sync::atomic::{AtomicPtr, AtomicU64, fence};
use raddle::sync::{Arc, Mutex, Weak};
use raddle::thread;

#[derive(Default)]
struct TicketLock {
    next: AtomicU64,
    owner: AtomicU64,
    counter: Plain,
}

fn ticketlock(name: &'static str, threads: u64) -> Program<TicketLock> {
    Program::over(name, TicketLock::default).threads(0..threads, |lock, _| {
        let ticket = lock.next.fetch_add(1, Relaxed);
        assume(lock.owner.load(Acquire) == ticket);
        // SAFETY: the lock is ours until the store to `owner`, and the load above has read the last owner's store.
        let seen = unsafe { lock.counter.read() };
        // SAFETY: as above.
        unsafe { lock.counter.write(seen + 1) };
        lock.owner.store(ticket + 1, Release);
    })
}

#[test]
fn ticketlock_2() {
    ticketlock("ticketlock N=2", 2).counts(2, 2);
}

#[test]
fn ticketlock_3() {
    ticketlock("ticketlock N=3", 3).counts(6, 6);
}

#[test]
fn ticketlock_4() {
    ticketlock("ticketlock N=4", 4).counts(24, 24);
}

#[test]
fn ticketlock_5() {
    ticketlock("ticketlock N=5", 5).counts(120, 120);
}

/// The reader has seen the writer's whole change or nothing of it: two executions.
#[test]
fn seqlock_atomic() {
    #[derive(Default)]
    struct SeqLock {
        stamp: AtomicU64,
        data: [AtomicU64; 2],
    }

    Program::over("seqlock-atomic", SeqLock::default)
        .thread(|lock| {
            let stamp = lock.stamp.load(Relaxed);
            lock.stamp.store(stamp + 1, Relaxed);
            fence(Release);
            for word in &lock.data {
                word.store(7, Relaxed);
            }
            lock.stamp.store(stamp + 2, Release);
        })
        .thread(|lock| {
            let stamp = lock.stamp.load(Acquire);
            assume(stamp.is_multiple_of(2));
            let [first, second] = [0, 1].map(|word| lock.data[word].load(Relaxed));
            fence(Acquire);
            assume(lock.stamp.load(Relaxed) == stamp);
            assert_eq!(first, second);
        })
        .counts(2, 2);
}

/// The index of a node, 0 for none, with the number of changes before this one, so that no two changes look the same.
fn tagged(index: u64, changes: u64) -> u64 {
    index | changes << 32
}

fn index(pointer: u64) -> u64 {
    pointer & 0xffff_ffff
}

fn changes(pointer: u64) -> u64 {
    pointer >> 32
}

/// Does a call try again after another came in between? The table's programs differ in this.
#[derive(Clone, Copy)]
enum Retry {
    Always,
    /// If this attempt has at least helped the other. If not, the execution is like one in which the call came later.
    HavingHelped,
    Never,
}

impl Retry {
    /// Goes on only in executions that the table counts.
    fn again(self, helped: bool) {
        assume(match self {
            Retry::Always => true,
            Retry::HavingHelped => helped,
            Retry::Never => false,
        });
    }
}

/// How a structure of the table differs from its siblings.
#[derive(Clone, Copy)]
struct Variant {
    tagged: bool,
    put: Retry,
    take: Retry,
}

/// Indices into an array, with the number of changes.
const INDEXED: Variant = Variant { tagged: true, put: Retry::Always, take: Retry::HavingHelped };

/// Nodes that are allocated and not used again, so that their names need no number of changes.
const DYNAMIC: Variant = Variant { tagged: false, put: Retry::Never, take: Retry::Never };

impl Variant {
    /// The pointer that replaces `old` and points to `node`.
    fn pointer(self, node: u64, old: u64) -> u64 {
        tagged(node, if self.tagged { changes(old) + 1 } else { 0 })
    }
}

#[derive(Default)]
struct Node {
    value: Plain,
    next: AtomicU64,
}

/// Index-based Treiber stack.
#[derive(Default)]
struct Stack {
    top: AtomicU64,
    nodes: [Node; 5],
}

impl Stack {
    fn push(&self, variant: Variant, node: u64) {
        let Node { value, next } = &self.nodes[node as usize];
        // SAFETY: the node is this thread's until the exchange below publishes it.
        unsafe { value.write(node) };
        loop {
            let top = self.top.load(Acquire);
            next.store(top, Relaxed);
            let new = variant.pointer(node, top);
            if self.top.compare_exchange(top, new, Release, Relaxed).is_ok() {
                return;
            }
            variant.put.again(false);
        }
    }

    fn pop(&self, variant: Variant) {
        loop {
            let top = self.top.load(Acquire);
            if index(top) == 0 {
                return;
            }
            let Node { value, next } = &self.nodes[index(top) as usize];
            let new = variant.pointer(index(next.load(Relaxed)), top);
            if self.top.compare_exchange(top, new, Release, Relaxed).is_ok() {
                // SAFETY: the Acquire load has read a change after the push, and nobody writes a value after the push.
                let value = unsafe { value.read() };
                assert_eq!(value, index(top));
                return;
            }
            variant.take.again(false);
        }
    }
}

/// `pops` threads that pop (R), `pushes` that push (W), and `both` that push, then pop (RDWR).
fn stack(name: &'static str, variant: Variant, [pops, pushes, both]: [u64; 3]) -> Program<Stack> {
    Program::over(name, Stack::default)
        .threads(0..pops, move |stack, _| stack.pop(variant))
        .threads(1..=pushes, move |stack, node| stack.push(variant, node))
        .threads(1..=both, move |stack, node| {
            stack.push(variant, node);
            stack.pop(variant);
        })
}

#[test]
fn treiber_stack_r1w1() {
    stack("treiber-stack R1W1", INDEXED, [1, 1, 0]).counts(2, 2);
}

#[test]
fn treiber_stack_r1w2() {
    stack("treiber-stack R1W2", INDEXED, [1, 2, 0]).counts(18, 18);
}

#[test]
fn treiber_stack_r2w1() {
    stack("treiber-stack R2W1", INDEXED, [2, 1, 0]).counts(5, 5);
}

#[test]
fn treiber_stack_rdwr2() {
    stack("treiber-stack RDWR2", INDEXED, [0, 0, 2]).counts(18, 18);
}

#[test]
fn treiber_stack_w3() {
    stack("treiber-stack W3", INDEXED, [0, 3, 0]).counts(60, 60);
}

#[test]
fn treiber_stack_r2w2() {
    stack("treiber-stack R2W2", INDEXED, [2, 2, 0]).counts(80, 80);
}

#[test]
fn treiber_stack_dynamic_r1w1() {
    stack("treiber-stack-dynamic R1W1", DYNAMIC, [1, 1, 0]).counts(2, 2);
}

#[test]
fn treiber_stack_dynamic_r1w2() {
    stack("treiber-stack-dynamic R1W2", DYNAMIC, [1, 2, 0]).counts(8, 8);
}

#[test]
fn treiber_stack_dynamic_r2w1() {
    stack("treiber-stack-dynamic R2W1", DYNAMIC, [2, 1, 0]).counts(5, 5);
}

#[test]
fn treiber_stack_dynamic_rdwr2() {
    stack("treiber-stack-dynamic RDWR2", DYNAMIC, [0, 0, 2]).counts(10, 10);
}

/// Index-based queue of Michael and Scott. The first node is the dummy that both ends point to.
struct Queue {
    head: AtomicU64,
    tail: AtomicU64,
    nodes: [Node; 5],
}

const DUMMY: u64 = 1;

impl Queue {
    fn new() -> Self {
        Self { head: AtomicU64::new(DUMMY), tail: AtomicU64::new(DUMMY), nodes: Default::default() }
    }

    fn next(&self, pointer: u64) -> &AtomicU64 {
        &self.nodes[index(pointer) as usize].next
    }

    fn enqueue(&self, variant: Variant, node: u64) {
        // SAFETY: the node is this thread's until the exchange below publishes it.
        unsafe { self.nodes[node as usize].value.write(node) };
        let tail = loop {
            let tail = self.tail.load(Acquire);
            let next = self.next(tail).load(Acquire);
            let mut helped = false;
            if self.tail.load(Acquire) == tail {
                let next = if index(next) == 0 {
                    let new = variant.pointer(node, next);
                    match self.next(tail).compare_exchange(next, new, Release, Relaxed) {
                        Ok(_) => break tail,
                        Err(found) => found,
                    }
                } else {
                    next
                };
                let new = variant.pointer(index(next), tail);
                helped = self.tail.compare_exchange(tail, new, Release, Relaxed).is_ok();
            }
            variant.put.again(helped);
        };
        // Another may have moved the tail already.
        _ = self.tail.compare_exchange(tail, variant.pointer(node, tail), Release, Relaxed);
    }

    fn dequeue(&self, variant: Variant) {
        loop {
            let head = self.head.load(Acquire);
            let tail = self.tail.load(Acquire);
            let next = self.next(head).load(Acquire);
            let mut helped = false;
            if self.head.load(Acquire) == head {
                if index(head) != index(tail) {
                    // SAFETY: the Acquire load has read the enqueuer's Release exchange, after which nobody writes.
                    let value = unsafe { self.nodes[index(next) as usize].value.read() };
                    assert_eq!(value, index(next));
                    let new = variant.pointer(index(next), head);
                    if self.head.compare_exchange(head, new, Release, Relaxed).is_ok() {
                        return;
                    }
                } else if index(next) == 0 {
                    return;
                } else {
                    let new = variant.pointer(index(next), tail);
                    helped = self.tail.compare_exchange(tail, new, Release, Relaxed).is_ok();
                }
            }
            variant.take.again(helped);
        }
    }
}

/// `takes` threads that dequeue (R), `puts` that enqueue (W), and `both` that enqueue, then dequeue (RDWR).
fn queue(name: &'static str, variant: Variant, [takes, puts, both]: [u64; 3]) -> Program<Queue> {
    Program::over(name, Queue::new)
        .threads((1..=puts).map(|thread| DUMMY + thread), move |queue, node| queue.enqueue(variant, node))
        .threads(0..takes, move |queue, _| queue.dequeue(variant))
        .threads((1..=both).map(|thread| DUMMY + thread), move |queue, node| {
            queue.enqueue(variant, node);
            queue.dequeue(variant);
        })
}

#[test]
fn ms_queue_r1w1() {
    queue("ms-queue R1W1", INDEXED, [1, 1, 0]).counts(3, 3);
}

#[test]
fn ms_queue_w2() {
    queue("ms-queue W2", INDEXED, [0, 2, 0]).counts(18, 18);
}

#[test]
fn ms_queue_rdwr2() {
    queue("ms-queue RDWR2", INDEXED, [0, 0, 2]).counts(50, 50);
}

#[test]
fn ms_queue_dynamic_r1w1() {
    queue("ms-queue-dynamic R1W1", DYNAMIC, [1, 1, 0]).counts(2, 2);
}

#[test]
fn ms_queue_dynamic_w2() {
    queue("ms-queue-dynamic W2", DYNAMIC, [0, 2, 0]).counts(2, 2);
}

#[test]
fn ms_queue_dynamic_rdwr2() {
    queue("ms-queue-dynamic RDWR2", DYNAMIC, [0, 0, 2]).counts(6, 6);
}

/// A node that pointers point to. Nodes live as long as the structure and are not used again: the algorithm is the
/// structure's, without the reclamation of memory.
#[derive(Default)]
struct Linked {
    value: Plain,
    next: AtomicPtr<Linked>,
}

/// Nodes that a structure's pointers point to. On the heap, so that they stay where they are.
struct Nodes(Vec<Linked>);

impl Default for Nodes {
    fn default() -> Self {
        Self((0..5).map(|_| Linked::default()).collect())
    }
}

impl Nodes {
    fn pointer(&self, node: u64) -> *mut Linked {
        ptr::from_ref(&self.0[node as usize]).cast_mut()
    }

    /// # Safety
    ///
    /// `pointer` must have come from `self.pointer`.
    unsafe fn at(&self, pointer: *mut Linked) -> &Linked {
        // SAFETY: the caller promises that this is one of our nodes, and they are never lent to be changed.
        unsafe { &*pointer }
    }
}

/// Treiber stack on pointers, which tries again as long as it must.
#[derive(Default)]
struct LinkedStack {
    top: AtomicPtr<Linked>,
    nodes: Nodes,
}

impl LinkedStack {
    fn push(&self, node: u64) {
        let Linked { value, next } = &self.nodes.0[node as usize];
        // SAFETY: the node is this thread's until the exchange below publishes it.
        unsafe { value.write(node) };
        loop {
            let top = self.top.load(Acquire);
            next.store(top, Relaxed);
            if self.top.compare_exchange(top, self.nodes.pointer(node), Release, Relaxed).is_ok() {
                return;
            }
        }
    }

    fn pop(&self) {
        loop {
            let top = self.top.load(Acquire);
            if top.is_null() {
                return;
            }
            // SAFETY: the stack's pointers are null or come from `self.nodes.pointer`.
            let node = unsafe { self.nodes.at(top) };
            let next = node.next.load(Relaxed);
            if self.top.compare_exchange(top, next, Release, Relaxed).is_ok() {
                // SAFETY: the Acquire load has read a change after the push, and nobody writes a value after the push.
                let value = unsafe { node.value.read() };
                assert_eq!(self.nodes.pointer(value), top);
                return;
            }
        }
    }
}

fn linked_stack(name: &'static str, pushes: u64) -> Program<LinkedStack> {
    Program::over(name, LinkedStack::default)
        .thread(LinkedStack::pop)
        .threads(1..=pushes, |stack, node| stack.push(node))
}

#[test]
fn treiber_stack_dynamic_with_pointers_r1w1() {
    linked_stack("data-structures/treiber_stack_dynamic R1W1", 1).counts(2, 2);
}

#[test]
fn treiber_stack_dynamic_with_pointers_r1w2() {
    linked_stack("data-structures/treiber_stack_dynamic R1W2", 2).counts(22, 22);
}

#[test]
fn treiber_stack_dynamic_with_pointers_r1w3() {
    linked_stack("data-structures/treiber_stack_dynamic R1W3", 3).counts(1002, 1002);
}

/// Queue of Michael and Scott on pointers, which tries again as long as it must. Unlike the one on indices it does not
/// help when its own exchange fails, but begins anew.
struct LinkedQueue {
    head: AtomicPtr<Linked>,
    tail: AtomicPtr<Linked>,
    nodes: Nodes,
}

impl LinkedQueue {
    fn new() -> Self {
        let nodes = Nodes::default();
        let dummy = nodes.pointer(DUMMY);
        Self { head: AtomicPtr::new(dummy), tail: AtomicPtr::new(dummy), nodes }
    }

    fn enqueue(&self, node: u64) {
        // SAFETY: the node is this thread's until the exchange below publishes it.
        unsafe { self.nodes.0[node as usize].value.write(node) };
        let node = self.nodes.pointer(node);
        let tail = loop {
            let tail = self.tail.load(Acquire);
            // SAFETY: the queue's ends always come from `self.nodes.pointer`.
            let last = unsafe { self.nodes.at(tail) };
            let next = last.next.load(Acquire);
            if self.tail.load(Acquire) != tail {
                continue;
            }
            if !next.is_null() {
                _ = self.tail.compare_exchange(tail, next, Release, Relaxed);
            } else if last.next.compare_exchange(next, node, Release, Relaxed).is_ok() {
                break tail;
            }
        };
        // Another may have moved the tail already.
        _ = self.tail.compare_exchange(tail, node, Release, Relaxed);
    }

    fn dequeue(&self) {
        loop {
            let head = self.head.load(Acquire);
            let tail = self.tail.load(Acquire);
            // SAFETY: the queue's ends always come from `self.nodes.pointer`.
            let first = unsafe { self.nodes.at(head) };
            let next = first.next.load(Acquire);
            if self.head.load(Acquire) != head {
                continue;
            }
            if head != tail {
                // SAFETY: the head is behind the tail, so there is a next node, which came from `self.nodes.pointer`.
                let node = unsafe { self.nodes.at(next) };
                // SAFETY: the Acquire load has read the enqueuer's Release exchange, after which nobody writes.
                let value = unsafe { node.value.read() };
                assert_eq!(self.nodes.pointer(value), next);
                if self.head.compare_exchange(head, next, Release, Relaxed).is_ok() {
                    return;
                }
            } else if next.is_null() {
                return;
            } else {
                _ = self.tail.compare_exchange(tail, next, Release, Relaxed);
            }
        }
    }
}

fn linked_queue(name: &'static str, puts: u64) -> Program<LinkedQueue> {
    Program::over(name, LinkedQueue::new)
        .threads((1..=puts).map(|thread| DUMMY + thread), |queue, node| queue.enqueue(node))
        .thread(LinkedQueue::dequeue)
}

#[test]
fn ms_queue_dynamic_with_pointers_r1w1() {
    linked_queue("data-structures/ms_queue_dynamic R1W1", 1).counts(4, 4);
}

#[test]
fn ms_queue_dynamic_with_pointers_r1w2() {
    linked_queue("data-structures/ms_queue_dynamic R1W2", 2).counts(188, 188);
}

/// Two threads take a lock three times each: C(6, 3) orders. That `main` tries it after them adds none.
#[test]
fn mutex_simple() {
    const SECTIONS: u64 = 3;

    fn program(steps: [u64; 2]) {
        let lock = Arc::new(Mutex::new(0));
        let adders = steps.map(|step| {
            let lock = lock.clone();
            thread::spawn(move || {
                for _ in 0..SECTIONS {
                    *lock.lock().unwrap() += step;
                }
            })
        });
        for adder in adders {
            adder.join().unwrap();
        }
        let sum = lock.try_lock().expect("the lock is free: both threads have ended");
        assert_eq!(*sum, SECTIONS * steps.iter().sum::<u64>());
        assert!(lock.try_lock().is_err(), "this thread holds it");
        drop(sum);
        assert!(lock.try_lock().is_ok(), "it is free again");
    }

    Row::of("shims/mutex_simple", || program([2, 4])).or("reversed", || program([4, 2])).deadlocks(0).counts(20, 20);
}

#[test]
fn mutex_deadlock() {
    Program::over("shims/mutex_deadlock", || (Mutex::new(0), Mutex::new(0)))
        .thread(|(x, y)| {
            let mut x = x.lock().unwrap();
            let mut y = y.lock().unwrap();
            *x += 1;
            *y += 1;
        })
        .thread(|(x, y)| {
            let mut y = y.lock().unwrap();
            let mut x = x.lock().unwrap();
            *x += 1;
            *y += 1;
        })
        .deadlocks(1)
        .counts(2, 2);
}

/// `child` has a weak reference while `main` drops the last strong one.
fn arc_row(name: &'static str, child: fn(&Weak<u64>)) -> Row {
    Row::of(name, move || {
        let strong = Arc::new(42);
        let weak = Arc::downgrade(&strong);
        let handle = thread::spawn({
            let weak = weak.clone();
            move || child(&weak)
        });
        drop(strong);
        handle.join().unwrap();
        assert!(weak.upgrade().is_none(), "nobody holds it any more");
    })
}

/// The child sees 1 or 0, and each way one of the two weak references that go is the first to go.
#[test]
fn arc_check_count() {
    arc_row("std/arc check_count", |weak| assert!(weak.strong_count() <= 1)).counts(4, 4);
}

/// The child comes too late, by its load or by its exchange, with either weak reference the first to go: 4. Or it comes
/// in time, and its strong reference is the last to go, and with it all weak ones: 1; or `main`'s is: 2.
#[test]
fn arc_try_upgrade() {
    arc_row("std/arc try_upgrade", |weak| {
        if let Some(value) = weak.upgrade() {
            assert_eq!(*value, 42);
        }
    })
    .counts(7, 7);
}

/// Three threads hand a place on, each as soon as the flag shows its number, of which it makes at most `looks` looks.
fn hand_over(name: &'static str, looks: u64) -> Program<HandOver> {
    fn wait_for(m: &HandOver, stage: u64, looks: u64) {
        assume((0..looks).any(|_| m.flag.load(Acquire) == stage));
    }

    Program::over(name, HandOver::default)
        .thread(move |m| {
            // SAFETY: the others access the place after they have read a flag that is stored after this.
            unsafe { m.place.write(42) };
            m.flag.store(1, Release);
            wait_for(m, 3, looks);
            // SAFETY: the Acquire load has read the last thread's store, which comes after its write.
            let last = unsafe { m.place.read() };
            assert_eq!(last, 44);
        })
        .threads(1..3, move |m, stage| {
            wait_for(m, stage, looks);
            // SAFETY: the Acquire load has read the store of the thread before, which comes after its write.
            let seen = unsafe { m.place.read() };
            // SAFETY: as above, and the thread after waits for the store below.
            unsafe { m.place.write(seen + 1) };
            m.flag.store(stage + 1, Release);
        })
}

#[derive(Default)]
struct HandOver {
    flag: AtomicU64,
    place: Plain,
}

/// Nothing but the order of the hand-over is left. (The table's 3 and 4 include blocked executions.)
#[test]
fn spinloop_assume_replaced() {
    hand_over("shims/spinloop_assume, replaced", 1).counts(1, 1);
}

/// The looks that see an earlier stage tell executions apart. (The table's 232 includes blocked executions; 108 is the
/// executable specification's.)
#[test]
fn spinloop_assume_bounded() {
    hand_over("shims/spinloop_assume, bounded", 3).counts(108, 108);
}
