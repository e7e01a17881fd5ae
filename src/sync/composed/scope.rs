//! How can threads borrow from their parent under an engine? [`std::thread::scope`], written on the backend's `spawn`.
//!
//! A scope ends only when all of its threads have ended, so what they borrow outlives them. This holds when the
//! scope's body panics, too. When an engine gives an execution up, no thread runs any further than its destructors, and
//! each thread's come before those of the thread that started it.

use std::any::Any;
use std::io;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::thread::{Builder, End, JoinHandle, Thread};

/// The thread behind a scoped one, until somebody joins it.
type Running = Arc<Mutex<Option<JoinHandle<()>>>>;
/// What a scoped thread returned, until somebody asks.
type Returned<T> = Arc<Mutex<Option<std::thread::Result<T>>>>;

// The bookkeeping below is in std's types: it is no part of the model, and an engine runs one thread at a time on one real
// thread, so no lock is ever contended and no ordering stronger than Relaxed is needed.

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where scoped threads are started, as [`std::thread::Scope`].
#[derive(Debug)]
pub struct Scope<'scope, 'env: 'scope> {
    running: Mutex<Vec<Running>>,
    panics_unclaimed: Arc<AtomicUsize>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// Runs `f`, which may start threads that borrow from the caller, and joins them all, as [`std::thread::scope`].
///
/// # Panics
///
/// When a thread of the scope panicked and nobody joined it by hand.
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let scope = Scope {
        running: Mutex::new(Vec::new()),
        panics_unclaimed: Arc::new(AtomicUsize::new(0)),
        scope: PhantomData,
        env: PhantomData,
    };
    let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    scope.join_all();
    match result {
        Err(panic) => resume_unwind(panic),
        Ok(_) if scope.panics_unclaimed.load(Ordering::Relaxed) > 0 => panic!("a scoped thread panicked"),
        Ok(value) => value,
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Starts a thread that may borrow whatever outlives the scope.
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        self.start(Builder::new(), f).expect("failed to spawn thread")
    }

    #[track_caller]
    fn start<F, T>(&'scope self, builder: Builder, f: F) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let returned = Returned::<T>::default();
        let body: Box<dyn FnOnce() + Send + 'scope> = Box::new({
            let returned = returned.clone();
            let panics_unclaimed = self.panics_unclaimed.clone();
            move || {
                let result = catch_unwind(AssertUnwindSafe(f));
                if result.is_err() {
                    panics_unclaimed.fetch_add(1, Ordering::Relaxed);
                }
                *lock(&returned) = Some(result);
            }
        });
        // SAFETY: only the lifetime changes. What `body` borrows lives for 'scope, and `scope` does not return or
        // unwind before `join_all` has seen this thread end; a thread that the engine gives up runs no further, or ends
        // before this frame is left.
        let body: Box<dyn FnOnce() + Send + 'static> = unsafe { std::mem::transmute(body) };
        let handle = builder.spawn(body)?;
        let (thread, end) = (handle.thread().clone(), handle.end());
        let running = Arc::new(Mutex::new(Some(handle)));
        lock(&self.running).push(running.clone());
        Ok(ScopedJoinHandle {
            running,
            returned,
            panics_unclaimed: self.panics_unclaimed.clone(),
            thread,
            end,
            scope: PhantomData,
        })
    }

    /// Waits for every thread of the scope, those that its threads started while this waits included.
    ///
    /// A thread whose handle somebody else has taken is being joined by another thread of the scope, which can't end
    /// before that one has; so waiting for the rest waits for it as well.
    #[track_caller]
    fn join_all(&self) {
        loop {
            let Some(running) = lock(&self.running).pop() else { return };
            join(&running);
        }
    }
}

impl Builder {
    /// Starts the thread in `scope`.
    ///
    /// # Errors
    ///
    /// What the backend says when it can't start a thread.
    #[track_caller]
    pub fn spawn_scoped<'scope, 'env, F, T>(
        self,
        scope: &'scope Scope<'scope, 'env>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        scope.start(self, f)
    }
}

#[track_caller]
fn join(running: &Running) {
    let handle = lock(running).take();
    if let Some(handle) = handle {
        handle.join().expect("a scoped thread catches its own panic");
    }
}

/// The right to join a scoped thread, as [`std::thread::ScopedJoinHandle`].
#[derive(Debug)]
pub struct ScopedJoinHandle<'scope, T> {
    running: Running,
    returned: Returned<T>,
    panics_unclaimed: Arc<AtomicUsize>,
    thread: Thread,
    end: End,
    scope: PhantomData<&'scope ()>,
}

impl<T> ScopedJoinHandle<'_, T> {
    /// The thread behind the handle.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// True if the thread has done all that it was started for.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.end.has_ended().unwrap_or_else(|| lock(&self.returned).is_some())
    }

    /// Waits for the thread to end.
    ///
    /// # Errors
    ///
    /// What the thread panicked with.
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        join(&self.running);
        let result: Result<T, Box<dyn Any + Send>> =
            lock(&self.returned).take().expect("a joined thread left its result");
        if result.is_err() {
            self.panics_unclaimed.fetch_sub(1, Ordering::Relaxed);
        }
        result
    }
}
