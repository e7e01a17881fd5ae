//! What is checked? Two queues, as raddle's harness sees them and as lincheck does.
//!
//! lincheck runs on loom 0.6, so the queues' own sources are compiled once more here, on its primitives.

pub mod queue;

mod cell {
    pub use loom::cell::UnsafeCell;
}

mod hint {
    /// As raddle's facade has it on loom.
    pub fn spin_until<R>(attempt: impl Fn() -> Option<R>) -> R {
        loop {
            if let Some(result) = attempt() {
                return result;
            }
            loom::hint::spin_loop();
        }
    }
}

mod sync {
    pub use loom::sync::{Condvar, Mutex, MutexGuard};
    pub use std::sync::PoisonError;

    pub mod atomic {
        pub use loom::sync::atomic::{AtomicUsize, Ordering};
    }
}

/// How many values the queues hold.
pub const CAPACITY: usize = 2;

/// As raddle's harness sees them.
pub mod for_raddle {
    use std::collections::VecDeque;

    use raddle::queue::{MutexQueue, RingQueue};

    use super::CAPACITY;

    raddle::spec! {
        pub mod ring: RingQueue<u32> = RingQueue::new(CAPACITY), like VecDeque<u32>;
        fn push(value: fresh) -> bool = |queue| queue.try_push(value).is_ok(),
            |list| Some(list.len() < CAPACITY && { list.push_back(value); true });
        fn pop() -> Option<u32> = |queue| queue.try_pop(), |list| Some(list.pop_front());
    }

    raddle::spec! {
        pub mod mutex: MutexQueue<u32> = MutexQueue::new(CAPACITY), like VecDeque<u32>;
        fn push(value: fresh) -> bool = |queue| queue.try_push(value).is_ok(),
            |list| Some(list.len() < CAPACITY && { list.push_back(value); true });
        fn pop() -> Option<u32> = |queue| queue.try_pop().ok(), |list| Some(list.pop_front());
    }
}

/// As lincheck sees them.
pub mod for_lincheck {
    use std::collections::VecDeque;

    use lincheck::{ConcurrentSpec, SequentialSpec};
    use raddle::check::Invocation;

    use super::CAPACITY;
    use super::queue::{MutexQueue, RingQueue};

    /// A call.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Op {
        /// `try_push`.
        Push(u32),
        /// `try_pop`.
        Pop,
    }

    /// What a call returns.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Ret {
        /// Whether there was room.
        Pushed(bool),
        /// The value, if there was one.
        Popped(Option<u32>),
    }

    /// What the queues should do.
    #[derive(Default)]
    pub struct List(VecDeque<u32>);

    impl SequentialSpec for List {
        type Op = Op;
        type Ret = Ret;

        fn exec(&mut self, op: Op) -> Ret {
            match op {
                Op::Push(value) => {
                    let has_room = self.0.len() < CAPACITY;
                    if has_room {
                        self.0.push_back(value);
                    }
                    Ret::Pushed(has_room)
                }
                Op::Pop => Ret::Popped(self.0.pop_front()),
            }
        }
    }

    /// The ring.
    pub struct Ring(RingQueue<u32>);

    impl Default for Ring {
        fn default() -> Self {
            Self(RingQueue::new(CAPACITY))
        }
    }

    impl ConcurrentSpec for Ring {
        type Seq = List;

        fn exec(&self, op: Op) -> Ret {
            match op {
                Op::Push(value) => Ret::Pushed(self.0.try_push(value).is_ok()),
                Op::Pop => Ret::Popped(self.0.try_pop()),
            }
        }
    }

    /// The queue with a lock.
    pub struct Mutex(MutexQueue<u32>);

    impl Default for Mutex {
        fn default() -> Self {
            Self(MutexQueue::new(CAPACITY))
        }
    }

    impl ConcurrentSpec for Mutex {
        type Seq = List;

        fn exec(&self, op: Op) -> Ret {
            match op {
                Op::Push(value) => Ret::Pushed(self.0.try_push(value).is_ok()),
                Op::Pop => Ret::Popped(self.0.try_pop().ok()),
            }
        }
    }

    /// A scenario of raddle's as lincheck writes it.
    pub fn translated(scenario: &raddle::check::Scenario) -> lincheck::scenario::Scenario<Op> {
        let op = |call: &Invocation| call.arguments.first().map_or(Op::Pop, |&value| Op::Push(value));
        let ops = |calls: &Vec<Invocation>| calls.iter().map(op).collect();
        lincheck::scenario::Scenario {
            init_part: ops(&scenario.setup),
            parallel_part: scenario.threads.iter().map(ops).collect(),
            post_part: ops(&scenario.closing),
        }
    }
}
