//! What is searched? Small programs, each written once and compiled on raddle's primitives and on loom's.
//!
//! In all of them the main thread starts the others and waits for them.

macro_rules! programs {
    ($(#[$doc:meta])* $root:ident) => {
        $(#[$doc])*
        pub mod $root {
            use std::collections::VecDeque;

            use $root::cell::UnsafeCell;
            use $root::hint;
            use $root::sync::atomic::{
                AtomicBool, AtomicUsize,
                Ordering::{AcqRel, Acquire, Relaxed, Release},
            };
            use $root::sync::{Arc, Condvar, Mutex};
            use $root::thread;

            /// Runs `threads` side by side on `shared`, to their ends.
            fn run<T: Send + Sync + 'static, const N: usize>(shared: T, threads: [fn(&T); N]) {
                let shared = Arc::new(shared);
                let threads = threads.map(|body| {
                    let shared = shared.clone();
                    thread::spawn(move || body(&shared))
                });
                for thread in threads {
                    thread.join().unwrap();
                }
            }

            fn two_atomics() -> [AtomicUsize; 2] {
                [AtomicUsize::new(0), AtomicUsize::new(0)]
            }

            /// Message passing.
            pub fn mp() {
                run(two_atomics(), [
                    |[data, flag]| {
                        data.store(1, Relaxed);
                        flag.store(1, Release);
                    },
                    |[data, flag]| {
                        // Acquire pairs with the Release above.
                        if flag.load(Acquire) == 1 {
                            assert_eq!(data.load(Relaxed), 1);
                        }
                    },
                ]);
            }

            /// Store buffering.
            pub fn sb() {
                run(two_atomics(), [
                    |[x, y]| {
                        x.store(1, Release);
                        y.load(Acquire);
                    },
                    |[x, y]| {
                        y.store(1, Release);
                        x.load(Acquire);
                    },
                ]);
            }

            /// Independent reads of independent writes.
            pub fn iriw() {
                run(two_atomics(), [
                    |[x, _]| x.store(1, Release),
                    |[_, y]| y.store(1, Release),
                    |[x, y]| {
                        x.load(Acquire);
                        y.load(Acquire);
                    },
                    |[x, y]| {
                        y.load(Acquire);
                        x.load(Acquire);
                    },
                ]);
            }

            struct SpinLock {
                is_held: AtomicBool,
                count: UnsafeCell<u8>,
            }

            // SAFETY: only the thread that has set `is_held` uses `count`.
            unsafe impl Sync for SpinLock {}

            impl SpinLock {
                fn count_up(&self) {
                    // Acquire pairs with the Release of the thread before.
                    while self.is_held.compare_exchange(false, true, Acquire, Relaxed).is_err() {
                        hint::spin_loop();
                    }
                    self.count.with_mut(|count| {
                        // SAFETY: this thread has set `is_held`.
                        unsafe { *count += 1 }
                    });
                    self.is_held.store(false, Release);
                }
            }

            /// Two threads, each of which takes a lock twice.
            pub fn spin_lock() {
                let twice = |lock: &SpinLock| {
                    lock.count_up();
                    lock.count_up();
                };
                run(SpinLock { is_held: AtomicBool::new(false), count: UnsafeCell::new(0) }, [twice, twice]);
            }

            struct Queue {
                values: Mutex<VecDeque<u8>>,
                added: Condvar,
            }

            impl Queue {
                fn push(&self, value: u8) {
                    self.values.lock().unwrap().push_back(value);
                    self.added.notify_one();
                }

                fn pop(&self) -> u8 {
                    let mut values = self.values.lock().unwrap();
                    loop {
                        match values.pop_front() {
                            Some(value) => return value,
                            None => values = self.added.wait(values).unwrap(),
                        }
                    }
                }
            }

            /// A queue with a mutex and a condition variable: two producers, a consumer for what both produce.
            pub fn mutex_queue() {
                let queue = Queue { values: Mutex::new(VecDeque::new()), added: Condvar::new() };
                run(queue, [|queue| queue.push(1), |queue| queue.push(2), |queue| assert_eq!(queue.pop() + queue.pop(), 3)]);
            }

            /// A bounded ring whose slots have stamps.
            struct Ring {
                head: AtomicUsize,
                tail: AtomicUsize,
                slots: [(AtomicUsize, UnsafeCell<u8>); 2],
            }

            // SAFETY: a slot's cell is used by the one thread that has moved `head` or `tail` past it, until its stamp says so.
            unsafe impl Sync for Ring {}

            impl Ring {
                fn new() -> Self {
                    let slots = [0, 1].map(|index| (AtomicUsize::new(index), UnsafeCell::new(0)));
                    Self { head: AtomicUsize::new(0), tail: AtomicUsize::new(0), slots }
                }

                fn push(&self, value: u8) -> bool {
                    loop {
                        let tail = self.tail.load(Relaxed);
                        let (stamp, cell) = &self.slots[tail % 2];
                        // Acquire and Release hand the slot from push to pop and back, here and below.
                        let is_free = stamp.load(Acquire) == tail;
                        if is_free && self.tail.compare_exchange(tail, tail + 1, Relaxed, Relaxed).is_ok() {
                            // SAFETY: this thread has moved `tail` past the slot.
                            cell.with_mut(|place| unsafe { *place = value });
                            stamp.store(tail + 1, Release);
                            return true;
                        }
                        if !is_free && self.tail.load(Relaxed) == tail {
                            return false;
                        }
                    }
                }

                fn pop(&self) -> Option<u8> {
                    loop {
                        let head = self.head.load(Relaxed);
                        let (stamp, cell) = &self.slots[head % 2];
                        let is_full = stamp.load(Acquire) == head + 1;
                        if is_full && self.head.compare_exchange(head, head + 1, Relaxed, Relaxed).is_ok() {
                            // SAFETY: this thread has moved `head` past the slot.
                            let value = cell.with(|place| unsafe { *place });
                            stamp.store(head + 2, Release);
                            return Some(value);
                        }
                        if !is_full && self.head.load(Relaxed) == head {
                            return None;
                        }
                    }
                }
            }

            /// A ring: two producers.
            pub fn ring_two_producers() {
                run(Ring::new(), [|ring| assert!(ring.push(1)), |ring| assert!(ring.push(2))]);
            }

            /// A ring: a producer and a consumer.
            pub fn ring_push_and_pop() {
                run(Ring::new(), [|ring| assert!(ring.push(1)), |ring| assert!(matches!(ring.pop(), None | Some(1)))]);
            }

            /// A bounded ring for one producer and one consumer.
            struct SpscRing {
                head: AtomicUsize,
                tail: AtomicUsize,
                slots: [UnsafeCell<u8>; 2],
            }

            // SAFETY: the producer uses the slots from `tail` to `head` + 2, the consumer those from `head` to `tail`.
            unsafe impl Sync for SpscRing {}

            impl SpscRing {
                fn push(&self, value: u8) -> bool {
                    let tail = self.tail.load(Relaxed);
                    // Acquire pairs with the Release in `pop`.
                    if tail - self.head.load(Acquire) == 2 {
                        return false;
                    }
                    // SAFETY: the slot is free, and this is the only producer.
                    self.slots[tail % 2].with_mut(|place| unsafe { *place = value });
                    self.tail.store(tail + 1, Release);
                    true
                }

                fn pop(&self) -> Option<u8> {
                    let head = self.head.load(Relaxed);
                    // Acquire pairs with the Release in `push`.
                    if self.tail.load(Acquire) == head {
                        return None;
                    }
                    // SAFETY: the slot is full, and this is the only consumer.
                    let value = self.slots[head % 2].with(|place| unsafe { *place });
                    self.head.store(head + 1, Release);
                    Some(value)
                }
            }

            /// A ring for one producer, who has three values for two places, and one consumer.
            pub fn spsc_ring() {
                let slots = [UnsafeCell::new(0), UnsafeCell::new(0)];
                run(SpscRing { head: AtomicUsize::new(0), tail: AtomicUsize::new(0), slots }, [
                    |ring| {
                        let accepted = (1..=3).filter(|&value| ring.push(value)).count();
                        assert!(accepted >= 2);
                    },
                    |ring| {
                        let values: Vec<u8> = (0..3).filter_map(|_| ring.pop()).collect();
                        assert!(values.is_sorted());
                    },
                ]);
            }

            /// A stack of nodes that are known by their numbers, from 1; each is pushed once.
            struct Stack {
                top: AtomicUsize,
                below: [AtomicUsize; 3],
            }

            impl Stack {
                fn push(&self, node: usize) {
                    let mut top = self.top.load(Relaxed);
                    loop {
                        self.below[node].store(top, Relaxed);
                        // Release publishes the node; pairs with the Acquire loads in `pop`.
                        match self.top.compare_exchange(top, node, Release, Relaxed) {
                            Ok(_) => return,
                            Err(other) => top = other,
                        }
                    }
                }

                fn pop(&self) -> Option<usize> {
                    let mut top = self.top.load(Acquire);
                    while top != 0 {
                        let below = self.below[top].load(Relaxed);
                        match self.top.compare_exchange(top, below, AcqRel, Acquire) {
                            Ok(node) => return Some(node),
                            Err(other) => top = other,
                        }
                    }
                    None
                }
            }

            /// A Treiber stack: two threads push, one pops.
            pub fn treiber_stack() {
                let below = [AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0)];
                run(Stack { top: AtomicUsize::new(0), below }, [
                    |stack| stack.push(1),
                    |stack| stack.push(2),
                    |stack| assert!(stack.pop().is_none_or(|node| node == 1 || node == 2)),
                ]);
            }

            /// Two threads that add up Fibonacci numbers in turns, `steps` times each, while a third one looks at them. Among
            /// the executions are all that the memory model distinguishes.
            pub fn fib(steps: usize) {
                let numbers = Arc::new([AtomicUsize::new(1), AtomicUsize::new(1)]);
                for mine in 0..2 {
                    let numbers = numbers.clone();
                    thread::spawn(move || {
                        let [x, y]: &[AtomicUsize; 2] = &numbers;
                        for _ in 0..steps {
                            let sum = x.load(Acquire) + y.load(Acquire);
                            numbers[mine].store(sum, Release);
                        }
                    });
                }
                thread::spawn(move || {
                    if numbers[0].load(Acquire) <= 144 {
                        numbers[1].load(Acquire);
                    }
                });
            }

            /// The programs, with their names.
            pub const ALL: [(&str, fn()); 9] = [
                ("MP", mp),
                ("SB", sb),
                ("IRIW", iriw),
                ("spin lock, 2 threads x 2", spin_lock),
                ("Treiber stack, 2 push, 1 pops", treiber_stack),
                ("ring, 2 push", ring_two_producers),
                ("ring, 1 pushes, 1 pops", ring_push_and_pop),
                ("SPSC ring, 3 push, 3 pop", spsc_ring),
                ("mutex queue, 2 push, 1 pops 2", mutex_queue),
            ];
        }
    };
}

programs! {
    /// On raddle's primitives.
    raddle
}
programs! {
    /// On loom's primitives.
    loom
}
