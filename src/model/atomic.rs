//! Atomics whose operations are events.
//!
//! Outside of a model they are `std`'s.

pub use std::sync::atomic::{Ordering, compiler_fence};

use std::fmt;
use std::panic::Location;
use std::sync::atomic as real;

use super::event::{Kind, Operation, Order};
use super::explore::WEAK;
use super::object::Object;
use super::run::{is_inside, with_current};
use super::step::{Outcome, Request, perform};

static LOAD: Operation = Operation::new("load", |_, _| None).only_reading();
static STORE: Operation = Operation::new("store", |_, _| None);
static SWAP: Operation = Operation::new("swap", |_, operands| Some(operands.a));
static COMPARE_EXCHANGE: Operation =
    Operation::new("compare_exchange", |old, operands| (old == operands.a).then_some(operands.b));
static STORE_ADDRESS: Operation = Operation::new("store", |_, _| None).on_addresses();
static SWAP_ADDRESS: Operation = Operation::new("swap", |_, operands| Some(operands.a)).on_addresses();
static COMPARE_EXCHANGE_ADDRESS: Operation =
    Operation::new("compare_exchange", |old, operands| (old == operands.a).then_some(operands.b)).on_addresses();
static FENCE: Operation = Operation::new("fence", |_, _| None);
static FAIL_WEAKLY: Operation = Operation::new("compare_exchange_weak fails for no reason", |_, _| None);

/// A fence, as [`std::sync::atomic::fence`].
///
/// # Panics
///
/// When `order` is `Relaxed`.
#[track_caller]
pub fn fence(order: Ordering) {
    assert!(order != Ordering::Relaxed, "there is no such thing as a relaxed fence");
    if !is_inside() {
        return real::fence(order);
    }
    perform(&Request {
        kind: Kind::Fence,
        operation: &FENCE,
        a: 0,
        b: 0,
        order: order.into(),
        order_if_not: order.into(),
        object: None,
        site: Location::caller(),
    });
}

/// An object as the engine sees it: its tag, its type's name, and the value that it has if nothing has touched it.
pub(super) type Seen<'object> = (&'object Object, &'static str, u64);

#[track_caller]
fn read(object: Seen<'_>, operation: &'static Operation, [a, b]: [u64; 2], order: Ordering) -> Outcome {
    read_or(object, operation, [a, b], order.into(), order.into())
}

#[track_caller]
pub(super) fn read_or(
    object: Seen<'_>,
    operation: &'static Operation,
    [a, b]: [u64; 2],
    order: Order,
    order_if_not: Order,
) -> Outcome {
    read_at(Location::caller(), object, operation, [a, b], [order, order_if_not])
}

/// A read, and a write if the operation says so, in the name of the caller at `site`.
pub(super) fn read_at(
    site: &'static Location<'static>,
    object: Seen<'_>,
    operation: &'static Operation,
    [a, b]: [u64; 2],
    [order, order_if_not]: [Order; 2],
) -> Outcome {
    perform(&Request { kind: Kind::Read, operation, a, b, order, order_if_not, object: Some(object), site })
}

#[track_caller]
pub(super) fn write(object: Seen<'_>, operation: &'static Operation, value: u64, order: Order) {
    let site = Location::caller();
    let (a, b, order_if_not) = (value, 0, order);
    perform(&Request { kind: Kind::Write, operation, a, b, order, order_if_not, object: Some(object), site });
}

/// Takes one of `ways` ways on, each of which will be explored.
#[track_caller]
pub(super) fn choose(operation: &'static Operation, ways: u64, limited_as: u64) -> u64 {
    perform(&Request {
        kind: Kind::Choice,
        operation,
        a: ways,
        b: limited_as,
        order: Order::RELAXED,
        order_if_not: Order::RELAXED,
        object: None,
        site: Location::caller(),
    })
    .seen
}

#[track_caller]
fn check_load(order: Ordering) {
    match order {
        Ordering::Release => panic!("there is no such thing as a release load"),
        Ordering::AcqRel => panic!("there is no such thing as an acquire-release load"),
        _ => {}
    }
}

#[track_caller]
fn check_store(order: Ordering) {
    match order {
        Ordering::Acquire => panic!("there is no such thing as an acquire store"),
        Ordering::AcqRel => panic!("there is no such thing as an acquire-release store"),
        _ => {}
    }
}

#[track_caller]
fn check_failure(order: Ordering) {
    match order {
        Ordering::Release => panic!("there is no such thing as a release failure ordering"),
        Ordering::AcqRel => panic!("there is no such thing as an acquire-release failure ordering"),
        _ => {}
    }
}

/// True if a weak compare-and-swap is to fail for no reason.
#[track_caller]
fn fails_weakly() -> bool {
    let may_fail = with_current(|run| run.search.limits.weak_failures > 0) == Some(true);
    may_fail && choose(&FAIL_WEAKLY, 2, WEAK) == 1
}

macro_rules! atomic {
    (
        $(#[$doc:meta])* $name:ident $(<$generic:ident>)?, $value:ty, $real:ty,
        to $to:expr, from $from:expr, store $store:ident, swap $swap:ident, exchange $exchange:ident
    ) => {
        $(#[$doc])*
        pub struct $name $(<$generic>)? {
            object: Object,
            real: $real,
        }

        impl $(<$generic>)? $name $(<$generic>)? {
            /// Makes an atomic that holds `value`.
            pub const fn new(value: $value) -> Self {
                Self { object: Object::new(), real: <$real>::new(value) }
            }

            fn seen(&self) -> Seen<'_> {
                // Relaxed: nothing writes here while a model runs.
                (&self.object, stringify!($name), $to(self.real.load(Ordering::Relaxed)))
            }

            /// The value.
            ///
            /// # Panics
            ///
            /// When `order` is `Release` or `AcqRel`.
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                if !is_inside() {
                    self.object.check_outside();
                    return self.real.load(order);
                }
                check_load(order);
                $from(read(self.seen(), &LOAD, [0, 0], order).seen)
            }

            /// Replaces the value.
            ///
            /// # Panics
            ///
            /// When `order` is `Acquire` or `AcqRel`.
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                if !is_inside() {
                    self.object.check_outside();
                    return self.real.store(value, order);
                }
                check_store(order);
                write(self.seen(), &$store, $to(value), order.into());
            }

            /// Replaces the value; returns the old one.
            #[track_caller]
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                if !is_inside() {
                    self.object.check_outside();
                    return self.real.swap(value, order);
                }
                $from(read(self.seen(), &$swap, [$to(value), 0], order).seen)
            }

            /// Replaces the value by `new` if it is `current`; returns the old one.
            ///
            /// # Errors
            ///
            /// The value, if it is another.
            ///
            /// # Panics
            ///
            /// When `failure` is `Release` or `AcqRel`.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                if !is_inside() {
                    self.object.check_outside();
                    return self.real.compare_exchange(current, new, success, failure);
                }
                check_failure(failure);
                let operands = [$to(current), $to(new)];
                let outcome = read_or(self.seen(), &$exchange, operands, success.into(), failure.into());
                if outcome.wrote { Ok($from(outcome.seen)) } else { Err($from(outcome.seen)) }
            }

            /// As [`compare_exchange`](Self::compare_exchange), but may fail for no reason.
            ///
            /// # Errors
            ///
            /// The value.
            ///
            /// # Panics
            ///
            /// When `failure` is `Release` or `AcqRel`.
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                if !is_inside() {
                    self.object.check_outside();
                    return self.real.compare_exchange_weak(current, new, success, failure);
                }
                if fails_weakly() {
                    return Err(self.load(failure));
                }
                self.compare_exchange(current, new, success, failure)
            }

            /// Replaces the value by what `f` makes of it, trying again while others change it; returns the old one.
            ///
            /// # Errors
            ///
            /// The value, if `f` returns nothing.
            #[track_caller]
            pub fn fetch_update<F: FnMut($value) -> Option<$value>>(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut f: F,
            ) -> Result<$value, $value> {
                let mut current = self.load(fetch_order);
                while let Some(new) = f(current) {
                    match self.compare_exchange_weak(current, new, set_order, fetch_order) {
                        Ok(old) => return Ok(old),
                        Err(other) => current = other,
                    }
                }
                Err(current)
            }

            /// Takes the newest value into this run's own memory, where it is no longer shared.
            fn reclaim(&mut self) {
                if let Some(Some(newest)) = with_current(|run| run.reclaim(&mut self.object)) {
                    *self.real.get_mut() = $from(newest);
                }
            }

            /// The value, of which this is the only user.
            pub fn get_mut(&mut self) -> &mut $value {
                self.reclaim();
                self.real.get_mut()
            }

            /// The value.
            pub fn into_inner(mut self) -> $value {
                self.reclaim();
                self.real.into_inner()
            }
        }

        impl $(<$generic>)? fmt::Debug for $name $(<$generic>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.load(Ordering::Relaxed), f)
            }
        }

        impl $(<$generic>)? From<$value> for $name $(<$generic>)? {
            fn from(value: $value) -> Self {
                Self::new(value)
            }
        }
    };
}

macro_rules! integers {
    ($($name:ident, $value:ty;)*) => { $(
        atomic! {
            /// An integer that threads share, as its namesake in [`std::sync::atomic`].
            $name, $value, real::$name,
            to |value: $value| value as u64, from |bits: u64| bits as $value,
            store STORE, swap SWAP, exchange COMPARE_EXCHANGE
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new(0)
            }
        }

        impl $name {
            integer_updates! { $name, $value;
                fetch_add: "Adds to the value, wrapping around": |old: $value, by: $value| old.wrapping_add(by);
                fetch_sub: "Subtracts from the value, wrapping around": |old: $value, by: $value| old.wrapping_sub(by);
                fetch_and: "Keeps the bits that are set in both": |old: $value, by: $value| old & by;
                fetch_nand: "Sets the bits that are not set in both": |old: $value, by: $value| !(old & by);
                fetch_or: "Sets bits": |old: $value, by: $value| old | by;
                fetch_xor: "Flips bits": |old: $value, by: $value| old ^ by;
                fetch_max: "Keeps the greater one": |old: $value, by: $value| old.max(by);
                fetch_min: "Keeps the lesser one": |old: $value, by: $value| old.min(by);
            }
        }
    )* };
}

macro_rules! integer_updates {
    ($name:ident, $value:ty; $($method:ident: $doc:literal: $f:expr;)*) => { $(
        #[doc = concat!($doc, "; returns the old one.")]
        #[track_caller]
        pub fn $method(&self, value: $value, order: Ordering) -> $value {
            static OPERATION: Operation = Operation::new(stringify!($method), |old, operands| {
                Some($f(old as $value, operands.a as $value) as u64)
            });
            if !is_inside() {
                self.object.check_outside();
                return self.real.$method(value, order);
            }
            read(self.seen(), &OPERATION, [value as u64, 0], order).seen as $value
        }
    )* };
}

macro_rules! bool_updates {
    ($($method:ident: $doc:literal: $f:expr;)*) => { $(
        #[doc = concat!($doc, "; returns the old one.")]
        #[track_caller]
        pub fn $method(&self, value: bool, order: Ordering) -> bool {
            static OPERATION: Operation = Operation::new(stringify!($method), |old, operands| {
                let f: fn(bool, bool) -> bool = $f;
                Some(u64::from(f(old != 0, operands.a != 0)))
            });
            if !is_inside() {
                self.object.check_outside();
                return self.real.$method(value, order);
            }
            read(self.seen(), &OPERATION, [u64::from(value), 0], order).seen != 0
        }
    )* };
}

integers! {
    AtomicU8, u8; AtomicU16, u16; AtomicU32, u32; AtomicU64, u64; AtomicUsize, usize;
    AtomicI8, i8; AtomicI16, i16; AtomicI32, i32; AtomicI64, i64; AtomicIsize, isize;
}

atomic! {
    /// A truth value that threads share, as [`std::sync::atomic::AtomicBool`].
    AtomicBool, bool, real::AtomicBool,
    to u64::from, from |bits: u64| bits != 0,
    store STORE, swap SWAP, exchange COMPARE_EXCHANGE
}

impl Default for AtomicBool {
    fn default() -> Self {
        Self::new(false)
    }
}

impl AtomicBool {
    bool_updates! {
        fetch_and: "Makes it true if both are": |old, by| old && by;
        fetch_nand: "Makes it true unless both are": |old: bool, by| !(old && by);
        fetch_or: "Makes it true if either is": |old, by| old || by;
        fetch_xor: "Makes it true if one is and the other is not": |old, by| old != by;
    }

    /// Negates the value; returns the old one.
    #[track_caller]
    pub fn fetch_not(&self, order: Ordering) -> bool {
        self.fetch_xor(true, order)
    }
}

atomic! {
    /// A pointer that threads share, as [`std::sync::atomic::AtomicPtr`].
    AtomicPtr<T>, *mut T, real::AtomicPtr<T>,
    to |pointer: *mut T| pointer.expose_provenance() as u64,
    from |bits: u64| std::ptr::with_exposed_provenance_mut(bits as usize),
    store STORE_ADDRESS, swap SWAP_ADDRESS, exchange COMPARE_EXCHANGE_ADDRESS
}

impl<T> Default for AtomicPtr<T> {
    fn default() -> Self {
        Self::new(std::ptr::null_mut())
    }
}

impl<T> fmt::Pointer for AtomicPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&self.load(Ordering::Relaxed), f)
    }
}
