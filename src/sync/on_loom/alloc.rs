//! Values that must be dropped: loom's, which has no traits but `Debug`, to which ours can be added.

/// A value that must be dropped, as `loom::alloc::Track`: at the end of each execution loom panics if it is not.
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
pub struct Track<T>(loom::alloc::Track<T>);

impl<T> Track<T> {
    /// Watches over `value`.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self(loom::alloc::Track::new(value))
    }

    /// The value.
    pub fn get_ref(&self) -> &T {
        self.0.get_ref()
    }

    /// The value, for changing.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    /// Takes the value out, which is watched no more.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}
