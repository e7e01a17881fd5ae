//! On the std backend the facade's types are `std`'s own, not wrappers; what is a wrapper has no more in it.

#![cfg(all(raddle_std, not(loom)))]

use std::any::TypeId;
use std::mem::{align_of, size_of};

fn same<A: 'static, B: 'static>() -> bool {
    TypeId::of::<A>() == TypeId::of::<B>()
}

#[test]
fn types_are_stds_own() {
    assert!(same::<raddle::sync::atomic::AtomicUsize, std::sync::atomic::AtomicUsize>());
    assert!(same::<raddle::sync::atomic::AtomicPtr<u8>, std::sync::atomic::AtomicPtr<u8>>());
    assert!(same::<raddle::sync::atomic::Ordering, std::sync::atomic::Ordering>());
    assert!(same::<raddle::sync::Arc<u8>, std::sync::Arc<u8>>());
    assert!(same::<raddle::sync::Weak<u8>, std::sync::Weak<u8>>());
    assert!(same::<raddle::sync::Mutex<u8>, std::sync::Mutex<u8>>());
    assert!(same::<raddle::sync::RwLock<u8>, std::sync::RwLock<u8>>());
    assert!(same::<raddle::sync::Condvar, std::sync::Condvar>());
    assert!(same::<raddle::sync::Barrier, std::sync::Barrier>());
    assert!(same::<raddle::sync::OnceLock<u8>, std::sync::OnceLock<u8>>());
    assert!(same::<raddle::sync::LazyLock<u8>, std::sync::LazyLock<u8>>());
    assert!(same::<raddle::sync::Once, std::sync::Once>());
    assert!(same::<raddle::thread::JoinHandle<u8>, std::thread::JoinHandle<u8>>());
    assert!(same::<raddle::thread::Thread, std::thread::Thread>());
    assert!(same::<raddle::cell::Cell<u8>, std::cell::Cell<u8>>());
}

#[test]
fn the_cell_is_as_large_as_its_content() {
    assert_eq!(size_of::<raddle::cell::UnsafeCell<[u8; 3]>>(), 3);
    assert_eq!(align_of::<raddle::cell::UnsafeCell<u64>>(), align_of::<u64>());
}

#[test]
fn a_tracked_value_is_the_value() {
    assert_eq!(size_of::<raddle::alloc::Track<[u8; 3]>>(), 3);
    assert_eq!(align_of::<raddle::alloc::Track<u64>>(), align_of::<u64>());
    assert!(!std::mem::needs_drop::<raddle::alloc::Track<u64>>());
}

#[test]
fn new_is_const_so_that_statics_work() {
    static COUNT: raddle::sync::atomic::AtomicUsize = raddle::sync::atomic::AtomicUsize::new(0);
    static LOCK: raddle::sync::Mutex<u8> = raddle::sync::Mutex::new(1);
    static CONDITION: raddle::sync::Condvar = raddle::sync::Condvar::new();
    static ONCE: raddle::sync::OnceLock<u8> = raddle::sync::OnceLock::new();
    static LAZY: raddle::sync::LazyLock<u8> = raddle::sync::LazyLock::new(|| 5);
    let cell = const { raddle::cell::UnsafeCell::new(2) };

    COUNT.store(3, raddle::sync::atomic::Ordering::SeqCst);
    CONDITION.notify_all();
    assert_eq!((*LOCK.lock().unwrap(), cell.into_inner(), *ONCE.get_or_init(|| 4), *LAZY), (1, 2, 4, 5));
}
