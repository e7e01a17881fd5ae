//! Shared ownership: when is the value dropped, and what does the destructor know?
//!
//! Clones and drops are no events as long as that shows nowhere. In reality the last owner's drop comes after all others;
//! which owner is last depends on the run. So each drop adds what its thread knows to what the destructor knows, and the
//! destructor's accesses to plain memory are judged by that.
//!
//! It does show when the destructor performs operations of its own and its thread does not know of all other drops, or
//! when somebody asks how many owners there are. Then the search starts again, and the owners of what was made at that
//! line of the source are counted by events, as `std` counts them.
//!
//! Apart from that each is entered in the execution's ledger, without events: a value that has owners or weak references
//! left when the execution is complete is a leak.

use std::borrow::Borrow;
use std::cmp::Ordering as Cmp;
use std::error::Error;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::panic::Location;
use std::pin::Pin;
use std::sync as real;
use std::sync::{Mutex, PoisonError};

use super::atomic::{AtomicUsize, Ordering, fence};
use super::clocks::join;
use super::ledger::{Ticket, What};
use super::run::{Run, with_current};
use super::teardown::end_thread_now;

/// A shared owner of a value, as [`std::sync::Arc`].
///
/// A type from outside `std` can't be coerced to `Arc<dyn Trait>` on stable Rust: make it with [`from_std`](Self::from_std)
/// from a `std` one that is.
pub struct Arc<T: ?Sized> {
    value: ManuallyDrop<real::Arc<T>>,
    /// What the owners in a model share; nothing for what was made outside.
    owners: Option<real::Arc<Owners>>,
}

/// A weak reference, as [`std::sync::Weak`].
pub struct Weak<T: ?Sized> {
    value: real::Weak<T>,
    owners: Option<real::Arc<Owners>>,
}

/// What the owners of one value share.
#[derive(Debug)]
pub(super) struct Owners {
    made_at: &'static Location<'static>,
    /// Where all owners and weak references are entered.
    ticket: Ticket,
    /// How many they are, if they are counted.
    counted: Option<Counts>,
    /// What those knew that are no more.
    gone: Mutex<Vec<u16>>,
}

/// The owners and the weak references, of which all owners together have one, as in `std`.
#[derive(Debug)]
struct Counts {
    strong: AtomicUsize,
    weak: AtomicUsize,
}

impl Owners {
    /// For a value that is made at `made_at` and has `strong` owners to begin with, or else a weak reference.
    fn new(made_at: &'static Location<'static>, strong: usize) -> Option<real::Arc<Self>> {
        let counted = with_current(|run| run.is_counted(made_at))?;
        let counted = counted.then(|| Counts { strong: AtomicUsize::new(strong), weak: AtomicUsize::new(1) });
        let ticket = Ticket::new(What::Shared, made_at, strong as u32, u32::from(strong == 0));
        Some(real::Arc::new(Self { made_at, ticket, counted, gone: Mutex::default() }))
    }

    /// Those of the value behind a pointer from `into_raw` or `as_ptr`.
    fn of_raw<T: ?Sized>(pointer: *const T) -> Option<real::Arc<Self>> {
        with_current(|run| run.raw_owners.get(&pointer.addr()).cloned()).flatten()
    }

    /// Remembers whose value is behind a pointer.
    fn remember<T: ?Sized>(owners: Option<&real::Arc<Self>>, pointer: *const T) {
        with_current(|run| match owners {
            Some(owners) => run.raw_owners.insert(pointer.addr(), owners.clone()),
            // What was there before had another value at this address.
            None => run.raw_owners.remove(&pointer.addr()),
        });
    }

    /// The number of owners. Ends the run if they are not counted yet.
    fn count(&self) -> &AtomicUsize {
        &self.counts().strong
    }

    fn counts(&self) -> &Counts {
        if self.counted.is_none() {
            with_current(|run| run.restart_counting(self.made_at));
            end_thread_now();
        }
        // A destructor that runs when the run is over gets a number that nobody looks at.
        static OVER: Counts = Counts { strong: AtomicUsize::new(0), weak: AtomicUsize::new(0) };
        self.counted.as_ref().unwrap_or(&OVER)
    }
}

/// So many owners and weak references more, for what has to be gone at the end.
fn enter(owners: &Option<real::Arc<Owners>>, strong: i32, weak: i32) {
    if let Some(owners) = owners {
        owners.ticket.count(strong, weak);
    }
}

impl Counts {
    /// One weak reference less.
    fn drop_weak(&self) {
        // Release, and Acquire for the last one: whatever was done with the memory happens before it is given back.
        if self.weak.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
        }
    }
}

impl Run {
    /// The run can't go on without events for the owners of what is made at `site`.
    pub fn restart_counting(&mut self, site: &'static Location<'static>) {
        if !self.is_over {
            self.restart = Some(site);
            self.is_over = true;
            self.is_frozen = true;
        }
    }

    /// An owner is dropped by the thread that runs: adds what it knows to `gone`. For the last one: begins to run its
    /// destructor. Returns true if it has.
    fn drop_owner(&mut self, owners: &Owners, is_last: bool) -> bool {
        if self.is_over {
            return false;
        }
        let (clock, time) = self.here();
        let mut gone = owners.gone.lock().unwrap_or_else(PoisonError::into_inner);
        if gone.len() < clock.len().max(self.running + 1) {
            gone.resize(clock.len().max(self.running + 1), 0);
        }
        if !is_last {
            join(&mut gone, clock);
            // Whoever knows of this drop knows all that the thread has done.
            gone[self.running] = time + 1;
            return false;
        }
        let knows_all = gone
            .iter()
            .enumerate()
            .all(|(thread, &known)| thread == self.running || clock.get(thread).is_some_and(|&mine| mine >= known));
        if knows_all {
            return false;
        }
        let thread = self.running;
        self.threads[thread].destructors.push((std::mem::take(&mut *gone), owners.made_at));
        true
    }

    fn end_destructor(&mut self) {
        let thread = self.running;
        self.threads[thread].destructors.pop();
    }
}

impl<T> Arc<T> {
    /// Makes a value with one owner.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self::from_std(real::Arc::new(value))
    }

    /// The value, if this is its only owner.
    ///
    /// # Errors
    ///
    /// The owner, if there are others.
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        if let Some(owners) = &this.owners {
            // Relaxed: the fence below acquires what the other owners' drops have released.
            if owners.count().compare_exchange(1, 0, Ordering::Relaxed, Ordering::Relaxed).is_err() {
                return Err(this);
            }
            fence(Ordering::Acquire);
            owners.counts().drop_weak();
        }
        let (value, owners) = Self::into_parts(this);
        let value = match real::Arc::try_unwrap(value) {
            Ok(value) => value,
            Err(value) => return Err(Self { value: ManuallyDrop::new(value), owners }),
        };
        enter(&owners, -1, 0);
        Ok(value)
    }

    /// The value, if this is its last owner.
    pub fn into_inner(this: Self) -> Option<T> {
        if let Some(owners) = &this.owners {
            // Release, and Acquire for the last one: what the owners did happens before what is done with the value.
            if owners.count().fetch_sub(1, Ordering::Release) != 1 {
                let (value, owners) = Self::into_parts(this);
                enter(&owners, -1, 0);
                drop(value);
                return None;
            }
            fence(Ordering::Acquire);
            owners.counts().drop_weak();
        }
        let (value, owners) = Self::into_parts(this);
        enter(&owners, -1, 0);
        real::Arc::into_inner(value)
    }

    /// Makes a value that knows a weak reference to itself. While `make` runs it can't be upgraded.
    #[track_caller]
    pub fn new_cyclic<F: FnOnce(&Weak<T>) -> T>(make: F) -> Self {
        let owners = Owners::new(Location::caller(), 0);
        let value = real::Arc::new_cyclic(|weak| {
            let mut weak = Weak { value: weak.clone(), owners: owners.clone() };
            let value = make(&weak);
            // It is the one that all owners have together, which stays.
            weak.owners = None;
            value
        });
        enter(&owners, 1, -1);
        if let Some(counts) = owners.as_ref().and_then(|owners| owners.counted.as_ref()) {
            // Release: pairs with the Acquire of an upgrade, which gives the value that was made.
            counts.strong.fetch_add(1, Ordering::Release);
        }
        Self { value: ManuallyDrop::new(value), owners }
    }

    /// Makes a value that stays where it is.
    #[track_caller]
    pub fn pin(value: T) -> Pin<Self> {
        // SAFETY: nothing that can be done with a pinned owner moves the value.
        unsafe { Pin::new_unchecked(Self::new(value)) }
    }
}

impl<T: ?Sized> Arc<T> {
    /// The owner of what one of `std`'s owns alone, which may have been coerced to a trait object.
    #[track_caller]
    pub fn from_std(value: real::Arc<T>) -> Self {
        Self { value: ManuallyDrop::new(value), owners: Owners::new(Location::caller(), 1) }
    }

    /// The number of owners.
    #[track_caller]
    pub fn strong_count(this: &Self) -> usize {
        match &this.owners {
            // Relaxed: the number is all that is asked for.
            Some(owners) => owners.count().load(Ordering::Relaxed),
            None => real::Arc::strong_count(&this.value),
        }
    }

    /// The number of weak references.
    #[track_caller]
    pub fn weak_count(this: &Self) -> usize {
        match &this.owners {
            // Relaxed: the number is all that is asked for.
            Some(owners) => owners.counts().weak.load(Ordering::Relaxed).saturating_sub(1),
            None => real::Arc::weak_count(&this.value),
        }
    }

    /// True if both own the same value.
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        real::Arc::ptr_eq(&this.value, &other.value)
    }

    /// Where the value is.
    pub fn as_ptr(this: &Self) -> *const T {
        let pointer = real::Arc::as_ptr(&this.value);
        Owners::remember(this.owners.as_ref(), pointer);
        pointer
    }

    /// Turns the owner into a pointer, for [`from_raw`](Self::from_raw).
    #[must_use = "the owner is lost with the pointer"]
    pub fn into_raw(this: Self) -> *const T {
        let (value, owners) = Self::into_parts(this);
        let pointer = real::Arc::into_raw(value);
        Owners::remember(owners.as_ref(), pointer);
        pointer
    }

    /// Turns a pointer into the owner again.
    ///
    /// # Safety
    ///
    /// As of [`std::sync::Arc::from_raw`]: the pointer is from [`into_raw`](Self::into_raw), and each such owner is made
    /// again at most once.
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        // SAFETY: the caller's promise; `into_raw` got the pointer from `std`'s.
        let value = unsafe { real::Arc::from_raw(pointer) };
        Self { value: ManuallyDrop::new(value), owners: Owners::of_raw(pointer) }
    }

    /// Makes another owner, for [`from_raw`](Self::from_raw).
    ///
    /// # Safety
    ///
    /// As of [`std::sync::Arc::increment_strong_count`]: the pointer is from [`into_raw`](Self::into_raw), and the value has
    /// an owner as long as this runs.
    #[track_caller]
    pub unsafe fn increment_strong_count(pointer: *const T) {
        // SAFETY: the value has an owner, by the caller's promise; this copy of it is not dropped.
        let owner = ManuallyDrop::new(unsafe { Self::from_raw(pointer) });
        let _ = Self::into_raw(Self::clone(&owner));
        let _ = Self::into_raw(ManuallyDrop::into_inner(owner));
    }

    /// Drops an owner.
    ///
    /// # Safety
    ///
    /// As of [`from_raw`](Self::from_raw).
    #[track_caller]
    pub unsafe fn decrement_strong_count(pointer: *const T) {
        // SAFETY: the caller's promise.
        drop(unsafe { Self::from_raw(pointer) });
    }

    /// What the owner is made of; it counts as before.
    fn into_parts(this: Self) -> (real::Arc<T>, Option<real::Arc<Owners>>) {
        let mut this = ManuallyDrop::new(this);
        let owners = this.owners.take();
        // SAFETY: `this` is not used again, nor dropped.
        (unsafe { ManuallyDrop::take(&mut this.value) }, owners)
    }

    /// A weak reference to the value.
    pub fn downgrade(this: &Self) -> Weak<T> {
        if let Some(counts) = this.owners.as_ref().and_then(|owners| owners.counted.as_ref()) {
            // Relaxed: an owner keeps the memory.
            counts.weak.fetch_add(1, Ordering::Relaxed);
        }
        enter(&this.owners, 0, 1);
        Weak { value: real::Arc::downgrade(&this.value), owners: this.owners.clone() }
    }

    /// The value for changing, if this is its only owner.
    #[track_caller]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        if let Some(owners) = &this.owners {
            let counts = owners.counts();
            // Acquire, both: pair with the Release of the weak references' and the other owners' drops.
            if counts.weak.load(Ordering::Acquire) != 1 || counts.strong.load(Ordering::Acquire) != 1 {
                return None;
            }
        }
        real::Arc::get_mut(&mut this.value)
    }
}

impl<T: Clone> Arc<T> {
    /// The value for changing: a clone of its own if there are other owners.
    #[track_caller]
    pub fn make_mut(this: &mut Self) -> &mut T {
        if Self::get_mut(this).is_none() {
            *this = Self::new((**this).clone());
        }
        Self::get_mut(this).expect("this is the only owner")
    }

    /// The value, or a clone of it if there are other owners.
    #[track_caller]
    pub fn unwrap_or_clone(this: Self) -> T {
        Self::try_unwrap(this).unwrap_or_else(|this| (*this).clone())
    }
}

impl<T: ?Sized> Clone for Arc<T> {
    fn clone(&self) -> Self {
        if let Some(Counts { strong: count, .. }) = self.owners.as_ref().and_then(|owners| owners.counted.as_ref()) {
            // Relaxed: who has an owner to clone knows that there is one.
            count.fetch_add(1, Ordering::Relaxed);
        }
        enter(&self.owners, 1, 0);
        Self { value: self.value.clone(), owners: self.owners.clone() }
    }
}

impl<T: ?Sized> Drop for Arc<T> {
    fn drop(&mut self) {
        let mut in_destructor = false;
        let mut is_last_counted = false;
        if let Some(owners) = &self.owners {
            match &owners.counted {
                Some(counts) => {
                    // Release, and Acquire for the last one: what the owners did happens before the destructor.
                    is_last_counted = counts.strong.fetch_sub(1, Ordering::Release) == 1;
                    if is_last_counted {
                        fence(Ordering::Acquire);
                    }
                }
                None => {
                    let is_last = real::Arc::strong_count(&self.value) == 1;
                    in_destructor = with_current(|run| run.drop_owner(owners, is_last)) == Some(true);
                }
            }
        }
        enter(&self.owners, -1, 0);
        // SAFETY: this is where `self` ends.
        unsafe { ManuallyDrop::drop(&mut self.value) };
        if in_destructor {
            with_current(Run::end_destructor);
        }
        if let Some(counts) = self.owners.as_ref().and_then(|owners| owners.counted.as_ref())
            && is_last_counted
        {
            counts.drop_weak();
        }
    }
}

impl<T: ?Sized> Deref for Arc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Weak<T> {
    /// A reference to nothing.
    pub const fn new() -> Self {
        Self { value: real::Weak::new(), owners: None }
    }

    /// Turns the reference into a pointer, for [`from_raw`](Self::from_raw).
    #[must_use = "the reference is lost with the pointer"]
    pub fn into_raw(self) -> *const T {
        let mut this = ManuallyDrop::new(self);
        let owners = this.owners.take();
        let pointer = std::mem::take(&mut this.value).into_raw();
        Owners::remember(owners.as_ref(), pointer);
        pointer
    }

    /// Turns a pointer into the reference again.
    ///
    /// # Safety
    ///
    /// As of [`std::sync::Weak::from_raw`]: the pointer is from [`into_raw`](Self::into_raw), and each such reference is
    /// made again at most once.
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        // SAFETY: the caller's promise; `into_raw` got the pointer from `std`'s.
        let value = unsafe { real::Weak::from_raw(pointer) };
        Self { value, owners: Owners::of_raw(pointer) }
    }
}

impl<T: ?Sized> Weak<T> {
    /// An owner of the value, if it still has one.
    #[track_caller]
    pub fn upgrade(&self) -> Option<Arc<T>> {
        if let Some(owners) = &self.owners {
            let one_more = |count: usize| count.checked_add(1).filter(|_| count > 0);
            // Acquire, as `std`'s: pairs with the Release of a drop. Relaxed where there is no owner left.
            owners.count().fetch_update(Ordering::Acquire, Ordering::Relaxed, one_more).ok()?;
        }
        let value = self.value.upgrade()?;
        enter(&self.owners, 1, 0);
        Some(Arc { value: ManuallyDrop::new(value), owners: self.owners.clone() })
    }

    /// The number of owners.
    #[track_caller]
    pub fn strong_count(&self) -> usize {
        match &self.owners {
            // Relaxed: the number is all that is asked for.
            Some(owners) => owners.count().load(Ordering::Relaxed),
            None => self.value.strong_count(),
        }
    }

    /// The number of weak references.
    #[track_caller]
    pub fn weak_count(&self) -> usize {
        let Some(owners) = &self.owners else { return self.value.weak_count() };
        // Relaxed, both: the numbers are all that is asked for.
        let weak = owners.counts().weak.load(Ordering::Relaxed);
        if owners.count().load(Ordering::Relaxed) == 0 { 0 } else { weak.saturating_sub(1) }
    }

    /// True if both refer to the same value.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.value.ptr_eq(&other.value)
    }

    /// Where the value is or was.
    pub fn as_ptr(&self) -> *const T {
        let pointer = self.value.as_ptr();
        Owners::remember(self.owners.as_ref(), pointer);
        pointer
    }
}

impl<T: ?Sized> Drop for Weak<T> {
    fn drop(&mut self) {
        if let Some(counts) = self.owners.as_ref().and_then(|owners| owners.counted.as_ref()) {
            counts.drop_weak();
        }
        enter(&self.owners, 0, -1);
    }
}

impl<T: ?Sized> Clone for Weak<T> {
    fn clone(&self) -> Self {
        if let Some(counts) = self.owners.as_ref().and_then(|owners| owners.counted.as_ref()) {
            // Relaxed: who has a weak reference to clone knows that the memory is there.
            counts.weak.fetch_add(1, Ordering::Relaxed);
        }
        enter(&self.owners, 0, 1);
        Self { value: self.value.clone(), owners: self.owners.clone() }
    }
}

impl<T> Default for Weak<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized> fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(Weak)")
    }
}

impl<T: Default> Default for Arc<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Arc<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T> From<Vec<T>> for Arc<[T]> {
    #[track_caller]
    fn from(values: Vec<T>) -> Self {
        Self::from_std(values.into())
    }
}

impl<T> FromIterator<T> for Arc<[T]> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::from_std(values.into_iter().collect())
    }
}

impl<T: Clone> From<&[T]> for Arc<[T]> {
    #[track_caller]
    fn from(values: &[T]) -> Self {
        Self::from_std(values.into())
    }
}

impl<T, const N: usize> From<[T; N]> for Arc<[T]> {
    #[track_caller]
    fn from(values: [T; N]) -> Self {
        Self::from_std(values.into())
    }
}

impl<T: ?Sized> From<Box<T>> for Arc<T> {
    #[track_caller]
    fn from(value: Box<T>) -> Self {
        Self::from_std(value.into())
    }
}

impl From<String> for Arc<str> {
    #[track_caller]
    fn from(text: String) -> Self {
        Self::from_std(text.into())
    }
}

impl From<&str> for Arc<str> {
    #[track_caller]
    fn from(text: &str) -> Self {
        Self::from_std(text.into())
    }
}

impl<T: ?Sized> AsRef<T> for Arc<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized> Borrow<T> for Arc<T> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized> fmt::Pointer for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&*self.value, f)
    }
}

impl<T: ?Sized + PartialEq> PartialEq for Arc<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: ?Sized + Eq> Eq for Arc<T> {}

impl<T: ?Sized + PartialOrd> PartialOrd for Arc<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Cmp> {
        (**self).partial_cmp(&**other)
    }
}

impl<T: ?Sized + Ord> Ord for Arc<T> {
    fn cmp(&self, other: &Self) -> Cmp {
        (**self).cmp(&**other)
    }
}

impl<T: ?Sized + Hash> Hash for Arc<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl<T: ?Sized + Error> Error for Arc<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        (**self).source()
    }
}
