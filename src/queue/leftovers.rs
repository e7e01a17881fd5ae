//! How is what is left in a queue dropped, each value exactly once, even where a destructor panics?

/// Drops every value that `next` gives.
///
/// If a destructor panics, the rest is dropped while that panic unwinds; a second one aborts the process, as in the
/// standard library's collections.
pub(crate) fn drop_all<T>(next: impl FnMut() -> Option<T>) {
    struct Rest<T, N: FnMut() -> Option<T>>(N);
    impl<T, N: FnMut() -> Option<T>> Rest<T, N> {
        fn run(&mut self) {
            while (self.0)().is_some() {}
        }
    }
    impl<T, N: FnMut() -> Option<T>> Drop for Rest<T, N> {
        fn drop(&mut self) {
            self.run();
        }
    }
    Rest(next).run();
}
