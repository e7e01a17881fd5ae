//! What the harness tells of a violation is short, and names what hurts.

#![cfg(not(any(loom, raddle_std)))]

use raddle::check::{Check, Subject};
use raddle::sync::atomic::{AtomicU32, Ordering::*};
use raddle::sync::{Condvar, Mutex};

raddle::spec! {
    /// Each of two threads writes its flag and reads the other's.
    mod flags: [AtomicU32; 2] = Default::default(), like [u32; 2];
    fn write(which: key(2)) -> () = |flags| flags[which as usize].store(1, Release), |flags| Some(flags[which as usize] = 1);
    fn read(which: key(2)) -> u32 = |flags| flags[which as usize].load(Acquire), |flags| Some(flags[which as usize]);
}

/// A door that wakes one of those who wait for it when it opens.
#[derive(Default)]
struct Door {
    is_open: Mutex<bool>,
    opens: Condvar,
}

raddle::spec! {
    mod door: Door = Door::default(), like bool;
    fn open() -> () = |door| {
        *door.is_open.lock().unwrap() = true;
        door.opens.notify_one();
    }, |is_open| Some(*is_open = true);
    fn pass() -> () = |door| drop(door.opens.wait_while(door.is_open.lock().unwrap(), |is_open| !*is_open).unwrap()),
        |is_open| is_open.then_some(());
}

/// What is told, without the token, which stands for the test's name too.
fn told<S: Subject>(check: Check<S>) -> String {
    let violation = check.workers(1).spurious_wakeups(0).explore().violation.expect("a violation");
    let text = violation.to_string();
    text.split("\n\nreplay:").next().unwrap().to_owned()
}

#[test]
fn a_stale_read_is_told() {
    insta::assert_snapshot!(told(Check::<flags::Subject>::new()), @r#"
    unexplained history: No order of the calls in real time explains what came of them

    Scenario:
      thread 1 | write(0)  read(1)
      thread 2 | write(1)  read(0)

    Calls and returns, from top to bottom:
      thread 1       | thread 2
      -------------- | --------------
      write(0) -> () |
      read(1) -> 0   |
                     | write(1) -> ()
                     | read(0) -> 0    <-- wrong

    Why no order of the calls explains this:
      No order of the calls in real time explains what came of them. As far as it goes:
        thread 1  write(0) -> ()
        thread 1  read(1) -> 0
        thread 2  write(1) -> ()
      then:
        thread 2  read(0) returned 0, where 1 was due

    What the threads did:
    (:N is tests/counterexamples_of_checks_read_well.rs:N)
       thread 1                        | thread 2
       ------------------------------- | -------------------------------------------
       write(0):                       |
    3    AtomicU32#1.store(1, Release) |                                              :12
    4  read(1) -> 0                    |
    5                                  | write(1) -> ()
                                       | read(0):
    6                                  |   AtomicU32#1.load(Acquire) -> 0             :13
                                       |   reads the initial value; #3 wrote 1 since
                                       |   -> 0
    "#);
}

#[test]
fn a_lost_wake_up_is_told() {
    insta::assert_snapshot!(told(Check::<door::Subject>::new()), @r#"
    deadlock: lost wake-up: thread 2 waits on Condvar#1 at tests/counterexamples_of_checks_read_well.rs:29; the last notify (notify_one by thread 1 at tests/counterexamples_of_checks_read_well.rs:27) woke thread 3

    Scenario:
      thread 1 | open()
      thread 2 | pass()
      thread 3 | pass()

    Calls and returns, from top to bottom:
      thread 1     | thread 2           | thread 3
      ------------ | ------------------ | ----------
                   |                    | pass() ...
                   | pass() ...         | :
      open() -> () | :                  | :
                   | :                  | ... -> ()
                   | ... waits for ever |             <-- wrong

    Why no order of the calls explains this:
      No order of the calls in real time explains what came of them. As far as it goes:
        thread 1  open() -> ()
        thread 3  pass() -> ()
      then:
        thread 2  pass() waits for ever, where () was due

    What the threads did:
    (:N is tests/counterexamples_of_checks_read_well.rs:N)
           thread 1     | thread 2           | thread 3
           ------------ | ------------------ | ------------------
                        |                    | pass():
        4               |                    |   Mutex#1.lock()    :29
        5               |                    |   Condvar#1.wait()  :29
        6               |                    |   Mutex#1.unlock()  :29
                        | pass():            |
        7               |   Mutex#1.lock()   |                     :29
        8               |   Condvar#1.wait() |                     :29
        9               |   Mutex#1.unlock() |                     :29
    10-12  open() -> () |                    |
       13               |                    |   wakes up          :29
       14               |                    |   Mutex#1.lock()    :29
       15               |                    |   Mutex#1.unlock()  :29
       17               |   waits for ever   |                     :29
    "#);
}
