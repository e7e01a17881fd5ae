//! What is in a lock or a cell that outlives executions?
//!
//! Several workers use a static at once, and each execution must find in it what it began with. So each works on a copy of
//! its own, which is made of the static's bytes: a static is initialised by a constant, which can be used any number of
//! times. What has been changed outside of models is such a constant no more, but bytes without a destructor can still be
//! copied. As a static's, a copy's destructor does not run.
//!
//! Any other object that outlives executions can't be copied, and is an error.

use std::alloc::{Layout, alloc, dealloc};
use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::OnceLock;

use super::fault::{Fault, ViolationKind};
use super::object::Object;
use super::run::{Run, with_current};
use super::teardown::end_thread_now;

/// The content of a lock or a cell.
#[derive(Debug, Default)]
pub(super) struct Value<T: ?Sized>(UnsafeCell<T>);

impl<T> Value<T> {
    pub const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> Value<T> {
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    /// Where the content is, for whoever runs. `object` is the lock or the cell.
    pub fn get(&self, object: &Object) -> *mut T {
        let here = self.0.get();
        let Some(place) = with_current(|run| run.place_of_value(object, here)) else {
            object.note_use_outside();
            return here;
        };
        let Some(place) = place else {
            end_thread_now();
            return here;
        };
        let mut copy = here;
        // SAFETY: a pointer, of whatever kind, begins with the address, and the rest of it fits what was copied.
        unsafe { (&raw mut copy).cast::<*mut u8>().write(place) };
        debug_assert_eq!(copy.cast::<u8>(), place);
        copy
    }
}

/// The copies of one execution, by the original's address.
#[derive(Debug, Default)]
pub(super) struct Copies(HashMap<usize, (NonNull<u8>, Layout)>);

impl Copies {
    /// Forgets them all.
    pub fn clear(&mut self) {
        for (_, (copy, layout)) in self.0.drain() {
            // SAFETY: it was allocated with this layout, and the execution that used it is over.
            unsafe { dealloc(copy.as_ptr(), layout) };
        }
    }

    fn of<T: ?Sized>(&mut self, original: *mut T) -> *mut u8 {
        let (copy, _) = self.0.entry(original.addr()).or_insert_with(|| {
            // SAFETY: the original is a static, so the pointer is valid.
            let layout = Layout::for_value(unsafe { &*original });
            // SAFETY: the caller has seen that the size is not 0.
            let copy = NonNull::new(unsafe { alloc(layout) }).expect("the system gives memory");
            // SAFETY: both are valid for so many bytes, and the new memory is apart from the old.
            unsafe { copy.as_ptr().copy_from_nonoverlapping(original.cast(), layout.size()) };
            (copy, layout)
        });
        copy.as_ptr()
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Run {
    /// Where the content of `object` is in this execution. None if there is no such place, and the run has failed.
    fn place_of_value<T: ?Sized>(&mut self, object: &Object, original: *mut T) -> Option<*mut u8> {
        // SAFETY: the pointer is that of a `Value`; the size does not depend on the content.
        let size = size_of_val(unsafe { &*original });
        if size == 0 || self.identities.is_own(object) {
            return Some(original.cast());
        }
        let may_copy = !object.is_used_outside() || !std::mem::needs_drop::<T>();
        if is_static(original.addr()) && may_copy {
            self.ledger.has_owning_static |= std::mem::needs_drop::<T>();
            return Some(self.copies.of(original));
        }
        let what = if is_static(original.addr()) {
            "A static whose value was changed outside of the model has no value to begin with.\nUse another one in models, or \
             make it inside of the model's closure."
        } else {
            "A lock or a cell that was made outside of the model would keep its value from one execution to the next.\nMake \
             it inside of the model's closure, or make it a static: these start afresh in each execution."
        };
        self.fail(Fault::new(ViolationKind::NotDeterministic, what));
        None
    }
}

/// True if what is at this address is a static.
pub(super) fn is_static(address: usize) -> bool {
    static SEGMENTS: OnceLock<Vec<Range<usize>>> = OnceLock::new();
    SEGMENTS.get_or_init(writable_segments).iter().any(|segment| segment.contains(&address))
}

/// Where the program and its libraries have their variables.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn writable_segments() -> Vec<Range<usize>> {
    use std::ffi::c_void;

    unsafe extern "C" fn visit(info: *mut libc::dl_phdr_info, _: usize, found: *mut c_void) -> libc::c_int {
        // SAFETY: `dl_iterate_phdr` hands over what is valid during the call.
        let info = unsafe { &*info };
        // SAFETY: it hands on the pointer that is given to it below, to a vector that nobody else uses meanwhile.
        let found = unsafe { &mut *found.cast::<Vec<Range<usize>>>() };
        // SAFETY: so many headers are there.
        let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
        for header in headers {
            if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W != 0 {
                let start = (info.dlpi_addr as usize).wrapping_add(header.p_vaddr as usize);
                found.push(start..start + header.p_memsz as usize);
            }
        }
        0
    }

    let mut found = Vec::new();
    // SAFETY: `visit` takes what it is given here.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut found).cast()) };
    found
}

/// Unknown here, so that a static with a value in a model is an error.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn writable_segments() -> Vec<Range<usize>> {
    Vec::new()
}
