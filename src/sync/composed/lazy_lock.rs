//! [`std::sync::LazyLock`] on the backend's `Once`.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use crate::sync::Once;
use crate::sync::backend::{Slot, constructor};

/// A value that is made when it is first used, as [`std::sync::LazyLock`].
///
/// On the engine a static one is made anew in each execution.
///
/// ```
/// use raddle::sync::LazyLock;
///
/// # raddle::doctest(|| {
/// let words = LazyLock::new(|| vec!["warp", "weft"]);
/// assert_eq!(words.len(), 2);
/// # });
/// ```
pub struct LazyLock<T, F = fn() -> T> {
    once: Once,
    /// Written by the call that `once` lets run, and read by those who know that it is done.
    value: Slot<T>,
    /// What makes the value, unless it has done so and can't do it again. In `std`'s type: whoever comes here is alone by
    /// `once`, but for the other executions of a static.
    init: Mutex<Option<F>>,
}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    constructor! {
        /// A value that `init` will make.
        pub fn new(init: F) -> Self {
            Self { once: Once::new(), value: Slot::new(), init: Mutex::new(Some(init)) }
        }
    }

    /// The value, which is made now if it has not been. Only one thread makes it, the others wait; if that one asks for it
    /// meanwhile, it waits for ever.
    ///
    /// # Panics
    ///
    /// When making it panics or has panicked. On the engine also when several executions use the lock and its
    /// initializer is no function pointer: that can be called in one of them only.
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        this.once.call_once(|| {
            // It is full already only if the execution is over, in which a destructor may call this.
            let _ = this.value.set(this.make());
        });
        this.value.get().expect("a call of the Once puts a value in")
    }

    #[track_caller]
    fn make(&self) -> T {
        let mut init = self.init.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(function) = init.as_ref().and_then(as_function) {
            drop(init);
            return function();
        }
        let closure = init.take();
        drop(init);
        closure.expect(
            "raddle: a LazyLock that several executions use has a closure as initializer, which was called in another one; \
             give it the type LazyLock<T>, which takes one that captures nothing",
        )()
    }
}

/// `init` as a function pointer, which is to be called in each execution, if it is one.
fn as_function<T, F: FnOnce() -> T>(init: &F) -> Option<fn() -> T> {
    (id_of::<F>() == id_of::<fn() -> T>()).then(|| {
        let function = std::ptr::from_ref(init).cast::<fn() -> T>();
        // SAFETY: but for lifetimes `F` is a pointer to a function without arguments, and by its bound one that returns `T`;
        // so it is `fn() -> T`, which is `Copy`.
        unsafe { *function }
    })
}

/// The identity of a type whose lifetimes do not matter.
fn id_of<T: ?Sized>() -> TypeId {
    trait Identified {
        fn id(&self) -> TypeId
        where
            Self: 'static;
    }

    impl<T: ?Sized> Identified for PhantomData<T> {
        fn id(&self) -> TypeId
        where
            Self: 'static,
        {
            TypeId::of::<T>()
        }
    }

    let identified: &dyn Identified = &PhantomData::<T>;
    // SAFETY: only a lifetime changes. `id` touches no value of the type, and identities do not depend on lifetimes.
    let identified = unsafe { std::mem::transmute::<&dyn Identified, &(dyn Identified + 'static)>(identified) };
    identified.id()
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.once.is_completed() { self.value.get() } else { None };
        match value {
            Some(value) => f.debug_tuple("LazyLock").field(value).finish(),
            None => f.write_str("LazyLock(<uninit>)"),
        }
    }
}
