//! Memory that threads share without atomics, every use of which is checked for data races.

pub use std::cell::Cell;

use std::panic::Location;

use super::object::Object;
use super::run::{is_inside, on_engine_stack};
use super::teardown::end_thread_now;
use super::value::Value;

/// [`std::cell::UnsafeCell`] that lends its pointer to a closure.
///
/// In a model an access lasts from where the closure begins to where it ends, and two of them, one for writing, that no
/// happens-before orders are a data race. Outside of a model nothing is checked.
///
/// ```
/// use raddle::cell::UnsafeCell;
///
/// # raddle::doctest(|| {
/// let cell = UnsafeCell::new(1);
/// // SAFETY: `cell` is this thread's alone, and no other pointer to its content is in use.
/// cell.with_mut(|value| unsafe { *value += 1 });
/// assert_eq!(cell.into_inner(), 2);
/// # });
/// ```
#[derive(Debug, Default)]
pub struct UnsafeCell<T: ?Sized> {
    object: Object,
    value: Value<T>,
}

impl<T> UnsafeCell<T> {
    /// Makes a cell that holds `value`.
    pub const fn new(value: T) -> Self {
        Self { object: Object::new(), value: Value::new(value) }
    }

    /// Takes the value out of the cell.
    #[track_caller]
    pub fn into_inner(self) -> T {
        self.access(true, Location::caller());
        self.value.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Lends the content for reading.
    ///
    /// The pointer may be read while no other thread writes, and only until `f` returns.
    #[track_caller]
    pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        let site = Location::caller();
        self.access(false, site);
        let result = f(self.value.get(&self.object));
        self.access(false, site);
        result
    }

    /// Lends the content for writing.
    ///
    /// The pointer may be used while no other thread reads or writes, and only until `f` returns.
    #[track_caller]
    pub fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        let site = Location::caller();
        self.access(true, site);
        let result = f(self.value.get(&self.object));
        self.access(true, site);
        result
    }

    fn access(&self, is_write: bool, site: &'static Location<'static>) {
        if !is_inside() {
            return self.object.check_outside();
        }
        if !on_engine_stack(|run| run.access_cell(&self.object, is_write, site)) {
            end_thread_now();
        }
    }
}

impl<T> From<T> for UnsafeCell<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}
