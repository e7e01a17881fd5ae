//! Memory that threads share without atomics, as in [`std::cell`].

pub use std::cell::Cell;

/// [`std::cell::UnsafeCell`] that lends its pointer to a closure.
///
/// An engine sees an access from where the closure begins to where it ends; with a bare pointer it could not. In a
/// build without an engine this is `std`'s cell and nothing more.
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
#[repr(transparent)]
pub struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    /// Makes a cell that holds `value`.
    #[inline]
    pub const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    /// Takes the value out of the cell.
    #[inline]
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Lends the content for reading.
    ///
    /// The pointer may be read while no other thread writes, and only until `f` returns.
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    /// Lends the content for writing.
    ///
    /// The pointer may be used while no other thread reads or writes, and only until `f` returns.
    #[inline]
    pub fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}

impl<T> From<T> for UnsafeCell<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}
