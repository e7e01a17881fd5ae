//! The harness checks the queues on whatever engine the build has, from one source.

use std::collections::VecDeque;
use std::time::Duration;

use raddle::check::Check;
use raddle::model::Coverage;
use raddle::queue::{MutexQueue, RingQueue};
use raddle::sync::{BACKEND, Backend};

raddle::spec! {
    mod ring: RingQueue<u32> = RingQueue::new(1), like VecDeque<u32>;
    fn try_push(value: fresh) -> bool = |ring| ring.try_push(value).is_ok(),
        |queue| Some(queue.is_empty() && { queue.push_back(value); true });
    fn try_pop() -> Option<u32> = |ring| ring.try_pop(), |queue| Some(queue.pop_front());
}

raddle::spec! {
    /// A queue whose calls wait.
    mod blocking: MutexQueue<u32> = MutexQueue::new(1), like VecDeque<u32>;
    fn push(value: fresh) -> () = |queue| queue.push(value).unwrap(),
        |queue| queue.is_empty().then(|| queue.push_back(value));
    fn pop() -> u32 = |queue| queue.pop().unwrap(), |queue| queue.pop_front();
    fn pop_timeout() -> Option<u32> = |queue| queue.pop_timeout(Duration::from_millis(1)).ok(),
        |queue| queue.pop_front().map(Some), or |queue| queue.is_empty().then_some(None);
}

#[test]
fn the_ring_is_a_queue_of_one_place() {
    let report = Check::<ring::Subject>::new().threads(2).calls(3).run();
    assert!(report.executions >= report.scenarios && report.scenarios > 10, "{report}");
    assert_eq!(report.coverage == Coverage::Complete, BACKEND != Backend::Std, "{report}");
}

#[test]
fn the_queue_with_a_lock_waits_where_a_queue_would() {
    let report = Check::<blocking::Subject>::new().threads(2).calls(3).spurious_wakeups(0).run();
    assert!(report.executions >= report.scenarios && report.scenarios > 1, "{report}");
    // Where there is no engine, programs whose calls may wait for ever are left out.
    assert_eq!(report.coverage == Coverage::Complete, BACKEND == Backend::Model, "{report}");
}

raddle::spec! {
    /// What was pushed last is popped first.
    mod stack: raddle::sync::Mutex<Vec<u32>> = raddle::sync::Mutex::new(Vec::new()), like VecDeque<u32>;
    fn push(value: fresh) -> () = |list| list.lock().unwrap().push(value), |queue| Some(queue.push_back(value));
    fn pop() -> Option<u32> = |list| list.lock().unwrap().pop(), |queue| Some(queue.pop_front());
}

#[test]
fn a_stack_is_no_queue() {
    let violation = Check::<stack::Subject>::new().calls(3).explore().violation.expect("a violation");
    assert_eq!(violation.scenario.to_string(), "thread 1 | push(1)  push(2)  pop()");
    assert!(violation.to_string().contains("returned Some(2), where Some(1) was due"), "{violation}");
}
