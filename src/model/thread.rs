//! Threads of a model: starting, joining, parking, and what belongs to one thread.
//!
//! Outside of a model they are `std`'s.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread as real;
use std::time::Duration;

pub use std::thread::{AccessError, Result, available_parallelism};

use super::atomic::{read_at, read_or};
use super::condvar::wakes_spuriously;
use super::event::{Kind, Operation, Order};
use super::follow::let_others_go_first;
use super::object::Object;
use super::run::{Run, is_inside, is_panicking, with_current};
use super::step::{Request, perform};
use super::teardown::{Unwind, end_thread_now};

static SPAWN: Operation = Operation::new("spawn", |_, _| None);
static JOIN: Operation = Operation::new("join", |_, _| None);
static PARK: Operation = Operation::new("park", |token, _| (token != 0).then_some(0))
    .awaiting(|token, _| token != 0)
    .never("nobody unparks it any more");
static PARK_TIMEOUT: Operation = Operation::new("park_timeout", |token, _| (token != 0).then_some(0));
static UNPARK: Operation = Operation::new("unpark", |_, _| Some(1));
static IS_FINISHED: Operation = Operation::new("is_finished", |_, _| None);
static END: Operation = Operation::new("end", |_, _| None);
static WAKE_SPURIOUSLY: Operation = Operation::new("park returns for no reason", |_, _| None);

/// What a thread returned, until somebody asks. In `std`'s types: it is no part of the model.
type Packet<T> = Arc<Mutex<Option<Result<T>>>>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A thread of a model.
#[derive(Debug)]
pub(super) struct ThreadData {
    number: usize,
    name: Option<String>,
    /// The token of `park`.
    token: Object,
    /// Written when the thread ends, if somebody asks whether it has.
    ended: Option<Object>,
    started_at: &'static Location<'static>,
}

impl ThreadData {
    fn new(
        number: usize,
        name: Option<String>,
        says_when_it_ends: bool,
        started_at: &'static Location<'static>,
    ) -> Self {
        Self { number, name, token: Object::new(), ended: says_when_it_ends.then(Object::new), started_at }
    }
}

/// A handle to a thread, as [`std::thread::Thread`].
#[derive(Clone, Debug)]
pub struct Thread(Handle);

#[derive(Clone, Debug)]
enum Handle {
    Real(real::Thread),
    Model(Arc<ThreadData>),
}

/// What tells threads apart, as [`std::thread::ThreadId`]. Those of a model are the same in each of its executions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThreadId(Id);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Id {
    Real(real::ThreadId),
    Model(usize),
}

impl Thread {
    /// The thread's name, if it has one.
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Handle::Real(thread) => thread.name(),
            Handle::Model(thread) => thread.name.as_deref(),
        }
    }

    /// What tells the thread from others.
    pub fn id(&self) -> ThreadId {
        ThreadId(match &self.0 {
            Handle::Real(thread) => Id::Real(thread.id()),
            Handle::Model(thread) => Id::Model(thread.number),
        })
    }

    /// Lets the thread's next `park`, or the one that it is in, return.
    #[track_caller]
    pub fn unpark(&self) {
        match &self.0 {
            Handle::Real(thread) => thread.unpark(),
            Handle::Model(thread) => {
                read_or((&thread.token, "Thread", 0), &UNPARK, [0, 0], Order::RELEASE, Order::RELEASE);
            }
        }
    }
}

impl Thread {
    /// Whether a thread of a model has ended; nothing for other threads.
    #[track_caller]
    pub(crate) fn has_ended(&self) -> Option<bool> {
        let Handle::Model(thread) = &self.0 else { return None };
        let Some(ended) = &thread.ended else {
            // The ends of threads are events where somebody asks for them: the search starts again with those.
            with_current(|run| run.restart_counting(thread.started_at));
            end_thread_now();
            return Some(true);
        };
        // Acquire: pairs with the Release at the thread's end, as a join does.
        Some(read_or((ended, "JoinHandle", 0), &IS_FINISHED, [0, 0], Order::ACQUIRE, Order::ACQUIRE).seen != 0)
    }
}

/// The thread that calls this.
pub fn current() -> Thread {
    match with_current(|run| run.handle()) {
        Some(thread) => Thread(Handle::Model(thread)),
        None => Thread(Handle::Real(real::current())),
    }
}

impl Run {
    fn handle(&mut self) -> Arc<ThreadData> {
        let number = self.running;
        let thread = &mut self.threads[number];
        let name = thread.name.clone();
        thread.handle.get_or_insert_with(|| Arc::new(ThreadData::new(number, name, false, Location::caller()))).clone()
    }
}

/// True if the thread is unwinding from a panic.
pub fn panicking() -> bool {
    is_panicking()
}

/// Waits until somebody unparks this thread. May return for no reason.
#[track_caller]
pub fn park() {
    let Some(thread) = with_current(|run| run.handle()) else { return real::park() };
    if !wakes_spuriously(&WAKE_SPURIOUSLY) {
        read_or((&thread.token, "Thread", 0), &PARK, [0, 0], Order::ACQUIRE, Order::ACQUIRE);
    }
}

/// As [`park`], for no longer than `duration`. In a model no time passes: every such wait may time out, and may not.
#[track_caller]
pub fn park_timeout(duration: Duration) {
    let Some(thread) = with_current(|run| run.handle()) else { return real::park_timeout(duration) };
    let site = Location::caller();
    let token = (&thread.token, "Thread", 0);
    let outcome = read_at(site, token, &PARK_TIMEOUT, [0, 0], [Order::ACQUIRE, Order::RELAXED]);
    if !outcome.wrote {
        super::spin::wait_for_others(site);
    }
}

/// Lets other threads run, for `duration`. In a model no time passes.
#[track_caller]
pub fn sleep(duration: Duration) {
    if is_inside() { super::spin::wait_for_others(Location::caller()) } else { real::sleep(duration) }
}

/// Lets other threads run: this one waits for them.
#[track_caller]
pub fn yield_now() {
    if is_inside() { super::spin::wait_for_others(Location::caller()) } else { real::yield_now() }
}

/// The right to join a thread, as [`std::thread::JoinHandle`].
pub struct JoinHandle<T> {
    thread: Thread,
    joinable: Joinable<T>,
}

enum Joinable<T> {
    Real(real::JoinHandle<T>),
    Model { number: usize, packet: Packet<T> },
}

impl<T> JoinHandle<T> {
    /// The thread behind the handle.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// True if the thread has done all that it was started for.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        match &self.joinable {
            Joinable::Real(handle) => handle.is_finished(),
            Joinable::Model { .. } => self.thread.has_ended().expect("it is a thread of a model"),
        }
    }

    /// What knows whether the thread has ended.
    pub(crate) fn end(&self) -> Thread {
        self.thread.clone()
    }

    /// Waits for the thread to end.
    ///
    /// # Errors
    ///
    /// What the thread panicked with.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        match self.joinable {
            Joinable::Real(handle) => handle.join(),
            Joinable::Model { number, packet } => {
                perform(&structural(Kind::Join, &JOIN, number as u64));
                with_current(|run| run.threads[number].panic = None);
                let result = lock(&packet).take();
                // Nothing is there only if the execution is over.
                result.unwrap_or_else(|| Err(Box::new(Unwind)))
            }
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").finish_non_exhaustive()
    }
}

#[track_caller]
fn structural(kind: Kind, operation: &'static Operation, a: u64) -> Request<'static> {
    Request {
        kind,
        operation,
        a,
        b: 0,
        order: Order::ACQ_REL,
        order_if_not: Order::ACQ_REL,
        object: None,
        site: Location::caller(),
    }
}

/// Starts a thread.
///
/// # Panics
///
/// When the system can't start a thread; [`Builder::spawn`] gives the error instead.
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Builder::new().spawn(f).expect("failed to spawn thread")
}

/// Starts a thread of the model that runs `f`.
#[track_caller]
fn start<F, T>(name: Option<String>, f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let packet = Packet::<T>::default();
    let number = perform(&structural(Kind::Create, &SPAWN, 0)).seen as usize;
    let site = Location::caller();
    let says_when_it_ends = with_current(|run| run.is_counted(site)) == Some(true);
    let data = Arc::new(ThreadData::new(number, name.clone(), says_when_it_ends, site));
    let body: Box<dyn FnOnce()> = Box::new({
        let (packet, data) = (packet.clone(), data.clone());
        move || run_thread(f, &packet, &data)
    });
    let thread = Thread(Handle::Model(data.clone()));
    with_current(|run| run.start_thread(number, name, body, Some(data)));
    let_others_go_first();
    JoinHandle { thread, joinable: Joinable::Model { number, packet } }
}

fn run_thread<T>(f: impl FnOnce() -> T, packet: &Packet<T>, data: &ThreadData) {
    let result = catch_unwind(AssertUnwindSafe(f));
    drop_locals();
    if let Err(payload) = &result {
        if payload.is::<Unwind>() {
            return;
        }
        with_current(|run| {
            let panicked = run.panicked(&**payload);
            let fault = run.panic_fault(&panicked);
            let thread = run.running;
            run.threads[thread].panic = Some(fault);
            run.threads[thread].has_panicked = false;
        });
    }
    *lock(packet) = Some(result);
    if let Some(ended) = &data.ended {
        // When the execution is over this unwinds, and the thread is at its end.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            perform(&Request {
                object: Some((ended, "JoinHandle", 0)),
                order: Order::RELEASE,
                order_if_not: Order::RELEASE,
                site: data.started_at,
                ..structural(Kind::Write, &END, 1)
            })
        }));
    }
}

/// Sets a thread's name and stack size before it is started, as [`std::thread::Builder`].
#[derive(Debug)]
pub struct Builder {
    name: Option<String>,
    stack_size: Option<usize>,
}

#[allow(clippy::new_without_default, reason = "std's has no Default either")]
impl Builder {
    /// A builder with the defaults.
    pub fn new() -> Self {
        Self { name: None, stack_size: None }
    }

    /// Names the thread. The name must hold no zero byte.
    pub fn name(self, name: String) -> Self {
        Self { name: Some(name), ..self }
    }

    /// Sets the size of the thread's stack, in bytes. In a model it is the engine's setting that counts.
    pub fn stack_size(self, bytes: usize) -> Self {
        Self { stack_size: Some(bytes), ..self }
    }

    fn into_real(self) -> real::Builder {
        let mut builder = real::Builder::new();
        if let Some(name) = self.name {
            builder = builder.name(name);
        }
        if let Some(bytes) = self.stack_size {
            builder = builder.stack_size(bytes);
        }
        builder
    }

    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// What the system says when it can't start a thread; none in a model.
    ///
    /// # Panics
    ///
    /// When the name holds a zero byte.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        if !is_inside() {
            let handle = self.into_real().spawn(f)?;
            let thread = Thread(Handle::Real(handle.thread().clone()));
            return Ok(JoinHandle { thread, joinable: Joinable::Real(handle) });
        }
        Ok(start(self.checked_name(), f))
    }

    fn checked_name(self) -> Option<String> {
        assert!(!self.name.iter().any(|name| name.contains('\0')), "thread name may not contain interior null bytes");
        self.name
    }
}

/// What belongs to one thread of a model: a value for each `thread_local!` that the thread has used, oldest first.
#[derive(Default)]
pub(super) struct Locals(Vec<(usize, Rc<dyn Any>)>);

/// A variable of which each thread has its own, as [`std::thread::LocalKey`].
pub struct LocalKey<T: 'static> {
    real: &'static real::LocalKey<T>,
    init: fn() -> T,
}

impl<T: 'static> LocalKey<T> {
    #[doc(hidden)]
    pub const fn new(real: &'static real::LocalKey<T>, init: fn() -> T) -> Self {
        Self { real, init }
    }

    /// Lends this thread's value to `f`.
    ///
    /// # Panics
    ///
    /// When the thread's values are being dropped and this one has been.
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        if !is_inside() {
            return self.real.with(f);
        }
        let key = std::ptr::from_ref(self).addr();
        let find = |run: &mut Run| {
            let locals = &run.threads[run.running].locals;
            locals.0.iter().find(|(other, _)| *other == key).map(|(_, value)| value.clone())
        };
        let value = with_current(find).flatten().unwrap_or_else(|| {
            let value: Rc<dyn Any> = Rc::new((self.init)());
            with_current(|run| {
                let thread = run.running;
                run.threads[thread].locals.0.push((key, value.clone()));
            });
            value
        });
        f(value.downcast_ref().expect("a key has values of one type"))
    }

    /// As [`with`](Self::with). In a model it does not fail.
    ///
    /// # Errors
    ///
    /// When the thread's value has been dropped.
    pub fn try_with<R>(&'static self, f: impl FnOnce(&T) -> R) -> std::result::Result<R, AccessError> {
        if is_inside() { Ok(self.with(f)) } else { self.real.try_with(f) }
    }
}

impl<T: 'static> LocalKey<std::cell::Cell<T>> {
    /// A copy of this thread's value.
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(std::cell::Cell::get)
    }

    /// Replaces this thread's value.
    pub fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    /// Lends this thread's value for reading.
    ///
    /// # Panics
    ///
    /// When it is lent for writing.
    pub fn with_borrow<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.with(|cell| f(&cell.borrow()))
    }

    /// Lends this thread's value for writing.
    ///
    /// # Panics
    ///
    /// When it is lent already.
    pub fn with_borrow_mut<R>(&'static self, f: impl FnOnce(&mut T) -> R) -> R {
        self.with(|cell| f(&mut cell.borrow_mut()))
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}

/// The thread that runs ends: drops its values, the newest first, until there are none.
pub(super) fn drop_locals() {
    let take = || with_current(|run| run.threads[run.running].locals.0.pop()).flatten();
    while let Some(value) = take() {
        // A destructor that panics says so through the hook; the thread is at its end.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(value)));
    }
}

/// Declares variables of which each thread has its own, as [`std::thread_local!`].
#[doc(hidden)]
#[macro_export]
macro_rules! model_thread_local {
    () => {};
    ($(#[$meta:meta])* $vis:vis static $name:ident: $type:ty = const $init:block $(; $($rest:tt)*)?) => {
        $crate::model_thread_local! { $(#[$meta])* $vis static $name: $type = $init $(; $($rest)*)? }
    };
    ($(#[$meta:meta])* $vis:vis static $name:ident: $type:ty = const $init:expr $(; $($rest:tt)*)?) => {
        $crate::model_thread_local! { $(#[$meta])* $vis static $name: $type = $init $(; $($rest)*)? }
    };
    ($(#[$meta:meta])* $vis:vis static $name:ident: $type:ty = $init:expr $(; $($rest:tt)*)?) => {
        $(#[$meta])*
        $vis static $name: $crate::thread::LocalKey<$type> = {
            fn init() -> $type {
                $init
            }
            ::std::thread_local! { static REAL: $type = init(); }
            $crate::thread::LocalKey::new(&REAL, init)
        };
        $( $crate::model_thread_local! { $($rest)* } )?
    };
}
