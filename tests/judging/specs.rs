//! What are histories judged by? A queue that never waits, one that waits, one that fails at times, and cells, which are
//! parts.

use std::collections::VecDeque;
use std::fmt::Debug;

use raddle::check::{Method, Spec};

/// A spec from which calls and returns can be drawn.
pub trait Drawn: Spec<Call: PartialEq> + Debug {
    fn draw_call(rng: &mut fastrand::Rng, fresh: u32) -> Self::Call;
    fn draw_ret(rng: &mut fastrand::Rng) -> Self::Ret;
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum QueueCall {
    Push(u32),
    Pop,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum QueueRet {
    Pushed,
    Popped(Option<u32>),
}

/// First in, first out. `Pop` returns `None` when there is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Queue(VecDeque<u32>);

impl Spec for Queue {
    type Call = QueueCall;
    type Ret = QueueRet;

    fn step(&mut self, call: &QueueCall) -> Option<QueueRet> {
        Some(match call {
            QueueCall::Push(value) => {
                self.0.push_back(*value);
                QueueRet::Pushed
            }
            QueueCall::Pop => QueueRet::Popped(self.0.pop_front()),
        })
    }

    fn methods() -> Vec<Method<QueueCall>> {
        Vec::new()
    }
}

impl Drawn for Queue {
    fn draw_call(rng: &mut fastrand::Rng, fresh: u32) -> QueueCall {
        if rng.bool() { QueueCall::Push(fresh) } else { QueueCall::Pop }
    }

    fn draw_ret(rng: &mut fastrand::Rng) -> QueueRet {
        match rng.u32(0..5) {
            0 => QueueRet::Pushed,
            1 => QueueRet::Popped(None),
            value => QueueRet::Popped(Some(value - 1)),
        }
    }
}

/// The same with one place. `Push` waits when it is taken, `Pop` when it is not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bounded(Queue);

impl Spec for Bounded {
    type Call = QueueCall;
    type Ret = QueueRet;

    fn step(&mut self, call: &QueueCall) -> Option<QueueRet> {
        let full = self.0.0.len() == 1;
        if full == matches!(call, QueueCall::Push(_)) { None } else { self.0.step(call) }
    }

    fn methods() -> Vec<Method<QueueCall>> {
        Vec::new()
    }
}

impl Drawn for Bounded {
    fn draw_call(rng: &mut fastrand::Rng, fresh: u32) -> QueueCall {
        Queue::draw_call(rng, fresh)
    }

    fn draw_ret(rng: &mut fastrand::Rng) -> QueueRet {
        Queue::draw_ret(rng)
    }
}

/// The same, but `Pop` gives up at times when there is nothing, and what is pushed gets lost at times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Failing(Bounded);

impl Spec for Failing {
    type Call = QueueCall;
    type Ret = QueueRet;

    fn step(&mut self, call: &QueueCall) -> Option<QueueRet> {
        self.0.step(call)
    }

    fn may_fail(&self, call: &QueueCall) -> Option<QueueRet> {
        match call {
            QueueCall::Push(_) => Some(QueueRet::Pushed),
            QueueCall::Pop => self.clone().step(call).is_none().then_some(QueueRet::Popped(None)),
        }
    }

    fn methods() -> Vec<Method<QueueCall>> {
        Vec::new()
    }
}

impl Drawn for Failing {
    fn draw_call(rng: &mut fastrand::Rng, fresh: u32) -> QueueCall {
        Queue::draw_call(rng, fresh)
    }

    fn draw_ret(rng: &mut fastrand::Rng) -> QueueRet {
        Queue::draw_ret(rng)
    }
}

/// A call about the cell of this number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CellsCall {
    /// Returns the value.
    Get(usize),
    /// Sets the value, returns the one before.
    Swap(usize, u32),
    /// Waits until the value is not 0, makes it 0, returns what it was.
    Take(usize),
    /// Waits until the value is 0, and makes it 1.
    Fill(usize),
}

/// Two cells, which are 0 at first. Calls are about parts, or said to be about the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cells<const PARTS: bool>([u32; 2]);

impl<const PARTS: bool> Spec for Cells<PARTS> {
    type Call = CellsCall;
    type Ret = u32;

    fn step(&mut self, call: &CellsCall) -> Option<u32> {
        match *call {
            CellsCall::Get(cell) => Some(self.0[cell]),
            CellsCall::Swap(cell, value) => Some(std::mem::replace(&mut self.0[cell], value)),
            CellsCall::Take(cell) if self.0[cell] != 0 => Some(std::mem::take(&mut self.0[cell])),
            CellsCall::Fill(cell) if self.0[cell] == 0 => Some(std::mem::replace(&mut self.0[cell], 1)),
            CellsCall::Take(_) | CellsCall::Fill(_) => None,
        }
    }

    fn methods() -> Vec<Method<CellsCall>> {
        Vec::new()
    }

    fn part(call: &CellsCall) -> Option<u64> {
        let (CellsCall::Get(cell) | CellsCall::Swap(cell, _) | CellsCall::Take(cell) | CellsCall::Fill(cell)) = call;
        PARTS.then_some(*cell as u64)
    }
}

impl<const PARTS: bool> Drawn for Cells<PARTS> {
    fn draw_call(rng: &mut fastrand::Rng, _fresh: u32) -> CellsCall {
        let cell = rng.usize(0..2);
        match rng.u32(0..4) {
            0 => CellsCall::Get(cell),
            1 => CellsCall::Swap(cell, rng.u32(0..3)),
            2 => CellsCall::Take(cell),
            _ => CellsCall::Fill(cell),
        }
    }

    fn draw_ret(rng: &mut fastrand::Rng) -> u32 {
        rng.u32(0..3)
    }
}
