//! What is judged? Histories of a queue, generated with overlapping calls.

use std::collections::VecDeque;

use raddle::check::{QueueCall, QueueOperation};

/// The history of so many operations, thread by thread, in which half of the threads push and half pop.
///
/// In turns of random length, each thread's next operation has its effect at a moment of its interval, which overlaps those
/// of the other threads. The history is right, and about one pop in thirty finds the queue empty.
pub fn generated(threads: u32, operations: usize, seed: u64) -> Vec<QueueOperation> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut logs = vec![Vec::with_capacity(operations / threads as usize * 2); threads as usize];
    // When each thread can call next.
    let mut free = vec![0; threads as usize];
    let mut queue = VecDeque::new();
    let mut pushed = vec![0u64; threads as usize];
    let mut now = 0;
    for _ in 0..operations {
        now += rng.u64(1..20);
        let thread = rng.u32(0..threads);
        let index = thread as usize;
        let call = if index.is_multiple_of(2) {
            let value = u64::from(thread + 1) << 40 | pushed[index];
            pushed[index] += 1;
            queue.push_back(value);
            QueueCall::Push(value)
        } else {
            QueueCall::Pop(queue.pop_front())
        };
        // The effect is now, or as soon after as the thread's last call has returned.
        now = now.max(free[index] + 1);
        let called = rng.u64(free[index].max(now.saturating_sub(60))..=now);
        let returned = now + rng.u64(0..60);
        free[index] = returned + 1;
        logs[index].push(QueueOperation { thread: thread + 1, call, called, returned });
    }
    logs.concat()
}
