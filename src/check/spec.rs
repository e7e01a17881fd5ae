//! What should the structure do, and which calls can be made?

use std::fmt::Debug;
use std::hash::Hash;

/// What the structure does when one call runs at a time.
pub trait Spec: Clone + Default + Eq + Hash {
    /// A call, with its arguments.
    type Call: Clone + Debug + Send + Sync;
    /// What a call returns.
    type Ret: Clone + Debug + PartialEq + Send + Sync;

    /// Performs `call`; `None` if it would block in this state. It must not change the state then.
    fn step(&mut self, call: &Self::Call) -> Option<Self::Ret>;

    /// What `call` may return in this state for reasons that the state does not tell, and then without an effect: as a call
    /// does whose time is over, or a `compare_exchange_weak` that fails. `None` if it must do what [`step`](Self::step) says.
    ///
    /// A call that waits for a limited time blocks in `step` where it would wait, and here says there what it returns when it
    /// gives up. So it must not give up where it need not wait.
    fn may_fail(&self, call: &Self::Call) -> Option<Self::Ret> {
        let _ = call;
        None
    }

    /// The calls that scenarios are made of.
    fn methods() -> Vec<Method<Self::Call>>;

    /// The part of the structure that `call` is about, if calls about different parts have nothing to do with each other, as
    /// those about different keys of a map. `None` if it is about the whole.
    fn part(call: &Self::Call) -> Option<u64> {
        let _ = call;
        None
    }
}

/// The concurrent structure that must behave like it.
pub trait Subject: Send + Sync + Sized + 'static {
    /// What it is judged by.
    type Spec: Spec;

    /// Makes one, as the spec's default is.
    fn new() -> Self;

    /// Calls it.
    fn call(&self, call: &<Self::Spec as Spec>::Call) -> <Self::Spec as Spec>::Ret;
}

/// One of the methods that scenarios call.
#[derive(Clone, Debug)]
pub struct Method<C> {
    /// Its name, by which scenarios written as text call it: a Rust identifier.
    pub name: &'static str,
    /// Where its arguments come from.
    pub arguments: Vec<Argument>,
    /// The call with these arguments, as many as there are in `arguments`.
    pub call: fn(&[u32]) -> C,
    /// Methods with the same role are called by one thread only, as those of a producer are where there may be no second.
    /// Setup and closing calls do not count.
    pub role: Option<&'static str>,
}

impl<C> Method<C> {
    /// All of it but the call itself, so that what is done with it need not be compiled for each type of calls.
    pub(super) fn without_call(&self) -> Method<()> {
        Method { name: self.name, arguments: self.arguments.clone(), call: |_| (), role: self.role }
    }
}

/// Where an argument of a call comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Argument {
    /// Each call gets a value of its own, from 1: it names the call. Right for structures that only pass values on.
    Fresh,
    /// One of so many values from 0, which are interchangeable: scenarios that differ by their names alone are the same.
    Key(u32),
    /// One of these values, each of which means something else.
    OneOf(&'static [u32]),
}
