//! Values that must be dropped, which nobody looks at here.

/// A value that must be dropped once, as `loom::alloc::Track`.
///
/// An engine finds out whether it is. In a build without an engine this is the value and nothing more.
///
/// ```
/// use raddle::alloc::Track;
///
/// # raddle::doctest(|| {
/// let mut value = Track::new(1);
/// *value.get_mut() += 1;
/// assert_eq!(value, Track::new(2));
/// assert_eq!(value.into_inner(), 2);
/// # });
/// ```
#[repr(transparent)]
pub struct Track<T>(T);

impl<T> Track<T> {
    /// Watches over `value`.
    #[inline]
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value.
    #[inline]
    pub fn get_ref(&self) -> &T {
        &self.0
    }

    /// The value, for changing.
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.0
    }

    /// Takes the value out, which is watched no more.
    #[inline]
    pub fn into_inner(self) -> T {
        self.0
    }
}
