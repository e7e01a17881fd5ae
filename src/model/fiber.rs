//! On what do model threads run? On coroutines with stacks of their own, which are kept for the next execution.

use std::cell::Cell;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

/// How large a stack is; the system gives what is used of it.
const STACK_BYTES: usize = 1 << 20;
/// More stacks than this are not kept.
const IDLE_MAX: usize = 64;

std::thread_local! {
    /// The fibers that this real thread has used, for its next run.
    static IDLE: Cell<Fibers> = const { Cell::new(Vec::new()) };
}

/// Fibers in boxes, for one that runs must stay where it is.
pub(super) type Fibers = Vec<Box<Fiber>>;

/// The fibers that are left from this real thread's last run.
pub(super) fn take_idle() -> Fibers {
    IDLE.take()
}

/// Leaves fibers that have nothing to do for the next run.
pub(super) fn keep_idle(mut fibers: Fibers) {
    fibers.truncate(IDLE_MAX);
    IDLE.set(fibers);
}

/// What a fiber is given to do. It must not unwind.
pub(super) type Job = Box<dyn FnOnce(&Pause)>;

/// What a job uses to let others run.
pub(super) struct Pause {
    yielder: *const Yielder<Option<Job>, State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Paused,
    Idle,
}

/// A coroutine that does one job after the other.
pub(super) struct Fiber {
    coroutine: Coroutine<Option<Job>, State, (), DefaultStack>,
}

impl Fiber {
    /// A fiber with nothing to do.
    pub fn new() -> std::io::Result<Self> {
        let stack = DefaultStack::new(STACK_BYTES)?;
        let coroutine = Coroutine::with_stack(stack, |yielder, first: Option<Job>| {
            let pause = Pause { yielder };
            let mut next = first;
            while let Some(job) = next {
                job(&pause);
                next = yielder.suspend(State::Idle);
            }
        });
        Ok(Self { coroutine })
    }

    /// Starts a job, on an idle fiber. Returns as [`resume`](Self::resume) does.
    pub fn start(&mut self, job: Job) -> bool {
        self.go_on(Some(job))
    }

    /// Goes on with the job. Returns true when it is done, false when it has paused.
    pub fn resume(&mut self) -> bool {
        self.go_on(None)
    }

    fn go_on(&mut self, job: Option<Job>) -> bool {
        match self.coroutine.resume(job) {
            CoroutineResult::Yield(state) => state == State::Idle,
            CoroutineResult::Return(()) => unreachable!("a fiber is never told to end"),
        }
    }
}

/// What is called on another stack of the same real thread.
struct SameThread<F>(F);

// SAFETY: a fiber and whoever runs it are on the same real thread, so nothing is sent.
unsafe impl<F> Send for SameThread<F> {}

impl<F> SameThread<F> {
    /// By a method, so that a closure takes the whole and not the field.
    fn get(self) -> F {
        self.0
    }
}

impl Pause {
    /// Lets others run until the fiber is resumed.
    pub fn pause(&self) {
        // SAFETY: the yielder lives in the fiber's base frame, which outlives each of its jobs, and a `Pause` is lent to
        // jobs alone.
        let yielder = unsafe { &*self.yielder };
        yielder.suspend(State::Paused);
    }

    /// Calls `f` on the stack of whoever runs the fiber.
    pub fn on_engine_stack<R>(&self, f: impl FnOnce() -> R) -> R {
        // SAFETY: as in `pause`.
        let yielder = unsafe { &*self.yielder };
        let call = SameThread(f);
        yielder.on_parent_stack(move || call.get()())
    }

    /// An address in the stack below which the jobs' frames are. What is above depends on where the fiber was resumed.
    pub fn stack_base(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}
