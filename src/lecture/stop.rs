//! How does everybody learn that it is over?
//!
//! Through a channel that never carries anything. Whoever ends a run drops its only [`Sender`], and every
//! [`Receiver`] that waits on it, or asks, finds it disconnected. So sleeping and listening are one call,
//! `recv_timeout`: a time-out means that the sleeper slept.

use std::convert::Infallible;
use std::time::Duration;

use crate::channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use crate::sync::{Mutex, MutexGuard, PoisonError};

/// Ends runs: the one that is going on, or all of them.
#[derive(Debug, Default)]
pub(crate) struct Stopper {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    cancelled: bool,
    /// Held for as long as the run may go on.
    run: Option<Sender<Infallible>>,
}

impl Stopper {
    /// Begins a run, which is stopped from the outset if all were cancelled.
    pub fn begin_run(&self) -> Token {
        let (sender, receiver) = bounded(1);
        let mut state = self.lock();
        state.run = (!state.cancelled).then_some(sender);
        Token(receiver)
    }

    /// Stops the run that is going on, if any. Later ones may begin.
    pub fn stop_run(&self) {
        self.lock().run = None;
    }

    /// Stops the run that is going on, and all that would follow. Returns false if that was so already.
    pub fn cancel(&self) -> bool {
        let mut state = self.lock();
        state.run = None;
        !std::mem::replace(&mut state.cancelled, true)
    }

    /// True after [`cancel`](Self::cancel).
    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A state is whole at every moment, so a poisoned one is as good as any.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells those who take part in a run that it was stopped.
#[derive(Clone, Debug)]
pub(crate) struct Token(Receiver<Infallible>);

/// The run was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stopped;

impl Token {
    /// Sleeps for `duration`, or until the run is stopped.
    pub fn sleep(&self, duration: Duration) -> Result<(), Stopped> {
        match self.0.recv_timeout(duration) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Stopped),
        }
    }

    /// Ends when the run is stopped.
    pub async fn stopped(&self) {
        let Err(_disconnected) = self.0.recv_async().await;
    }

    /// True if the run was stopped.
    pub fn is_stopped(&self) -> bool {
        self.0.try_recv() == Err(TryRecvError::Disconnected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::future::block_on;
    use crate::sync::{Arc, BACKEND, Backend};
    use crate::thread;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn stopping_a_run_wakes_whoever_sleeps_or_waits() {
        crate::model(|| {
            let stopper = Stopper::default();
            let token = stopper.begin_run();
            let (sleeping, waiting) = (token.clone(), token.clone());
            let sleeper = thread::spawn(move || sleeping.sleep(LONG));
            let waiter = thread::spawn(move || block_on(waiting.stopped()));
            stopper.stop_run();
            let slept = sleeper.join().unwrap();
            // On the engine an hour may be over at any moment.
            assert!(slept == Err(Stopped) || BACKEND == Backend::Model);
            waiter.join().unwrap();
            assert!(token.is_stopped());
            assert!(!stopper.is_cancelled());
        });
    }

    #[test]
    fn cancelling_stops_the_run_and_those_to_come() {
        crate::model(|| {
            let stopper = Arc::new(Stopper::default());
            let first = stopper.begin_run();
            stopper.stop_run();
            let second = stopper.begin_run();
            assert!(first.is_stopped());
            let canceller = thread::spawn({
                let stopper = stopper.clone();
                move || stopper.cancel()
            });
            block_on(second.stopped());
            assert!(canceller.join().unwrap());
            assert!(!stopper.cancel());
            assert_eq!(stopper.begin_run().sleep(LONG), Err(Stopped));
        });
    }

    #[test]
    fn a_sleeper_that_nobody_disturbs_sleeps() {
        if BACKEND == Backend::Loom {
            return; // No time passes there, so nobody would ever wake.
        }
        let stopper = Stopper::default();
        let token = stopper.begin_run();
        assert_eq!(token.sleep(Duration::from_millis(1)), Ok(()));
        assert!(!token.is_stopped());
    }
}
