//! Futures in tests: how a thread waits for one, and how a waker is handed on.
//!
//! A future is woken through a [`Waker`], which [`block_on`] makes from the facade's threads. So whatever code polls futures in a
//! model, and wakes them, is checked like any other: a wake-up that comes too early or is passed on to nobody is a deadlock.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::sync::backend::Parker;
use crate::sync::{Mutex, MutexGuard, PoisonError};

/// Runs `future` in this thread, which is parked while there is nothing to do.
///
/// It knows no timers and no sockets: a future that waits for these needs its runtime.
///
/// ```
/// use raddle::channel::unbounded;
/// use raddle::future::block_on;
/// use raddle::thread;
///
/// raddle::model(|| {
///     let (sender, receiver) = unbounded();
///     let sending = thread::spawn(move || sender.send(1).unwrap());
///     assert_eq!(block_on(receiver.recv_async()), Ok(1));
///     sending.join().unwrap();
/// });
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let parker = Arc::new(Unpark(Parker::new()));
    let waker = Waker::from(parker.clone());
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        parker.0.park();
    }
}

struct Unpark(Parker);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// A place where a task leaves its waker for whoever has news for it.
///
/// The task registers, and then looks whether there is something for it; the other side makes something for it, and then wakes.
///
/// ```
/// use raddle::future::{AtomicWaker, block_on};
/// use raddle::sync::Arc;
/// use raddle::sync::atomic::{AtomicBool, Ordering::{Acquire, Release}};
/// use raddle::thread;
/// use std::future::poll_fn;
/// use std::task::Poll;
///
/// raddle::model(|| {
///     let shared = Arc::new((AtomicBool::new(false), AtomicWaker::new()));
///     let news = thread::spawn({
///         let shared = shared.clone();
///         move || {
///             shared.0.store(true, Release);
///             shared.1.wake();
///         }
///     });
///     block_on(poll_fn(|context| {
///         shared.1.register(context.waker());
///         if shared.0.load(Acquire) { Poll::Ready(()) } else { Poll::Pending }
///     }));
///     news.join().unwrap();
/// });
/// ```
#[derive(Default)]
pub struct AtomicWaker {
    waker: Mutex<Option<Waker>>,
}

impl AtomicWaker {
    /// A place with no waker in it.
    pub fn new() -> Self {
        Self { waker: Mutex::new(None) }
    }

    /// Leaves a waker, in place of the one before.
    pub fn register(&self, waker: &Waker) {
        let waker = waker.clone();
        let before = self.lock().replace(waker);
        drop(before);
    }

    /// Takes the waker that was left last, if nobody has.
    pub fn take(&self) -> Option<Waker> {
        self.lock().take()
    }

    /// Wakes who has left a waker, once.
    pub fn wake(&self) {
        if let Some(waker) = self.take() {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for AtomicWaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("AtomicWaker { .. }")
    }
}
