//! How is a spec written in five lines?

/// Writes a [`Spec`](crate::check::Spec) and a [`Subject`](crate::check::Subject) from a list of methods.
///
/// ```
/// use std::collections::VecDeque;
///
/// use raddle::check::{Scenario, Spec};
/// use raddle::queue::RingQueue;
///
/// raddle::spec! {
///     /// A ring with two places.
///     pub mod ring: RingQueue<u32> = RingQueue::new(2), like VecDeque<u32>;
///     fn try_push(value: fresh) -> bool =
///         |ring| ring.try_push(value).is_ok(), |queue| Some(queue.len() < 2 && { queue.push_back(value); true });
///     fn try_pop() -> Option<u32> = |ring| ring.try_pop(), |queue| Some(queue.pop_front());
/// }
///
/// # fn main() {
/// let mut spec = ring::Spec::default();
/// assert_eq!(spec.step(&ring::Call::try_push(1)), Some(ring::Ret::try_push(true)));
/// assert_eq!(spec.step(&ring::Call::try_pop()), Some(ring::Ret::try_pop(Some(1))));
///
/// let scenario: Scenario = "thread 1 | try_push(1)\nthread 2 | try_pop()".parse().unwrap();
/// assert_eq!(scenario.fits(&ring::Spec::methods()), Ok(()));
/// # }
/// ```
///
/// The module has the types `Subject`, `Spec`, `Call` and `Ret`. The first line says
///
/// - what the structure is, and how to make one;
/// - after `like`, what a state of the spec is. Its default is what a new structure is like, and the type must be
///   [`Clone`], [`Eq`] and [`Hash`]: a `BTreeMap`, not a `HashMap`.
///
/// Each method has
///
/// - arguments, all of type `u32`, of which each is `fresh`, `key(n)` or `of(1, 5, 7)`, as told at
///   [`Argument`](crate::check::Argument);
/// - what it returns, `()` if nothing, and after that `as producer` if only one thread may call it and the other methods
///   that are `as producer`: its [role](crate::check::Method::role);
/// - a closure that calls the structure, which it gets as `&T`;
/// - a closure that says what the call does to the state, which it gets as `&mut State`, and what it returns. It returns
///   `None` if the call would block in this state, and must not have changed it then: `pop` of a queue that waits is
///   `|queue| queue.pop_front()`;
/// - if it may fail for reasons that the state does not tell, `or` and a closure that says what it returns
///   [then](crate::check::Spec::may_fail), which it gets as `&State`; `None` where it must not fail;
/// - if calls about different parts have nothing to do with each other, `part = key`, an argument: the
///   [part](crate::check::Spec::part) that the call is about.
///
/// ```
/// # use std::collections::BTreeMap;
/// # use raddle::check::Spec;
/// # use raddle::sync::Mutex;
/// raddle::spec! {
///     mod map: Mutex<BTreeMap<u32, u32>> = Mutex::default(), like BTreeMap<u32, u32>;
///     fn insert(key: key(2), value: fresh) -> Option<u32> as writer =
///         |map| map.lock().unwrap().insert(key, value), |map| Some(map.insert(key, value)), part = key;
///     fn get(key: key(2)) -> Option<u32> =
///         |map| map.lock().unwrap().get(&key).copied(), |map| Some(map.get(&key).copied()), part = key;
/// }
/// # fn main() {
/// assert_eq!(map::Spec::part(&map::Call::get(1)), Some(1));
/// # }
/// ```
///
/// A call that waits for a limited time may give up just where it has to wait:
///
/// ```
/// # use std::collections::VecDeque;
/// # use std::time::Duration;
/// # use raddle::check::{Check, Spec};
/// # use raddle::queue::{MutexQueue, PopTimeoutError};
/// const TIME: Duration = Duration::from_millis(1);
///
/// raddle::spec! {
///     mod queue: MutexQueue<u32> = MutexQueue::new(1), like VecDeque<u32>;
///     fn try_push(value: fresh) -> bool = |queue| queue.try_push(value).is_ok(),
///         |list| Some(list.is_empty() && { list.push_back(value); true });
///     fn pop_timeout() -> Result<u32, PopTimeoutError> = |queue| queue.pop_timeout(TIME),
///         |list| list.pop_front().map(Ok), or |list| list.is_empty().then_some(Err(PopTimeoutError::Timeout));
/// }
/// # fn main() {
/// # #[cfg(not(any(loom, raddle_std)))]
/// Check::<queue::Subject>::new().calls(3).run();
/// # }
/// ```
///
/// An argument of another kind is an error that names the three:
///
/// ```compile_fail
/// # use std::sync::Mutex;
/// raddle::spec! {
///     mod cell: Mutex<u32> = Mutex::default(), like u32;
///     fn set(value: u32) -> () = |cell| *cell.lock().unwrap() = value, |cell| Some(*cell = value);
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! spec {
    (@argument fresh) => { $crate::check::Argument::Fresh };
    (@argument key $count:expr) => { $crate::check::Argument::Key($count) };
    (@argument of $($value:expr),+ $(,)?) => { $crate::check::Argument::OneOf(&[$($value),+]) };
    (@argument $($other:tt)*) => {
        ::std::compile_error!(::std::concat!(
            "an argument is `fresh`, `key(count)` or `of(value, ...)`, not `", ::std::stringify!($($other)*), "`",
        ))
    };

    (@fails $state:ident $method:ident) => { ::std::option::Option::None };
    (@fails $state:ident $method:ident $fails:expr) => { $state.and_then($fails).map(Ret::$method) };

    (@option) => { ::std::option::Option::None };
    (@option $value:expr) => { ::std::option::Option::Some($value) };

    (
        $(#[$about:meta])*
        $visibility:vis mod $module:ident : $subject:ty = $new:expr, like $state:ty;
        $(
            $(#[$method_about:meta])*
            fn $method:ident ( $($argument:ident : $kind:ident $(( $($values:tt)* ))?),* $(,)? )
                -> $returned:ty $(as $role:ident)?
                = $call:expr, $step:expr $(, or $fails:expr)? $(, part = $part:expr)?;
        )+
    ) => {
        $(#[$about])*
        // `Some(queue.push_back(value))` says what it means.
        #[allow(clippy::unit_arg)]
        $visibility mod $module {
            #[allow(unused_imports)]
            use super::*;

            /// A call, with its arguments.
            #[derive(Clone, PartialEq, Eq, Hash)]
            #[allow(non_camel_case_types, missing_docs)]
            pub enum Call {
                $( $(#[$method_about])* $method($(#[doc = ::std::stringify!($argument)] u32),*), )+
            }

            /// Shown as it is written in a scenario.
            impl ::std::fmt::Debug for Call {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    match self {
                        $( Self::$method($($argument),*) => {
                            let arguments: &[&u32] = &[$($argument),*];
                            let arguments: ::std::vec::Vec<_> =
                                arguments.iter().map(::std::string::ToString::to_string).collect();
                            ::std::write!(f, "{}({})", ::std::stringify!($method), arguments.join(", "))
                        } )+
                    }
                }
            }

            /// What a call returns.
            #[derive(Clone, PartialEq)]
            #[allow(non_camel_case_types, missing_docs)]
            pub enum Ret {
                $( $method($returned), )+
            }

            /// Shown as the value is.
            impl ::std::fmt::Debug for Ret {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    match self {
                        $( Self::$method(returned) => ::std::fmt::Debug::fmt(returned, f), )+
                    }
                }
            }

            /// What the structure does when one call runs at a time.
            #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
            pub struct Spec($state);

            impl $crate::check::Spec for Spec {
                type Call = Call;
                type Ret = Ret;

                #[allow(unused_variables)]
                fn step(&mut self, call: &Call) -> ::std::option::Option<Ret> {
                    // Through `and_then`, so that the compiler knows what the closure gets.
                    let state = ::std::option::Option::Some(&mut self.0);
                    match *call {
                        $( Call::$method($($argument),*) => state.and_then($step).map(Ret::$method), )+
                    }
                }

                #[allow(unused_variables)]
                fn may_fail(&self, call: &Call) -> ::std::option::Option<Ret> {
                    let state = ::std::option::Option::Some(&self.0);
                    match *call {
                        $( Call::$method($($argument),*) => $crate::spec!(@fails state $method $($fails)?), )+
                    }
                }

                fn methods() -> ::std::vec::Vec<$crate::check::Method<Call>> {
                    ::std::vec![$( $crate::check::Method {
                        name: ::std::stringify!($method),
                        arguments: ::std::vec![$( $crate::spec!(@argument $kind $($($values)*)?) ),*],
                        call: |arguments| match *arguments {
                            [$($argument),*] => Call::$method($($argument),*),
                            _ => ::std::panic!("{} takes other arguments: {:?}", ::std::stringify!($method), arguments),
                        },
                        role: $crate::spec!(@option $(::std::stringify!($role))?),
                    } ),+]
                }

                #[allow(unused_variables)]
                fn part(call: &Call) -> ::std::option::Option<u64> {
                    match *call {
                        $( Call::$method($($argument),*) => $crate::spec!(@option $(::std::primitive::u64::from($part))?), )+
                    }
                }
            }

            /// The structure that must behave like the spec.
            pub struct Subject($subject);

            impl $crate::check::Subject for Subject {
                type Spec = Spec;

                fn new() -> Self {
                    Self($new)
                }

                #[allow(unused_variables)]
                fn call(&self, call: &Call) -> Ret {
                    // Through `map`, so that the compiler knows what the closure gets.
                    let subject = [&self.0];
                    match *call {
                        $( Call::$method($($argument),*) => {
                            let [returned] = subject.map($call);
                            Ret::$method(returned)
                        } )+
                    }
                }
            }
        }
    };
}
