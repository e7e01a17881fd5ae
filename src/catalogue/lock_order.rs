//! Two locks, taken in two orders; and one lock, taken by somebody who does not know that it is held.

use std::mem::take;

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::{Arc, Mutex, MutexGuard};

pub(super) const ENTRY: Entry = Entry {
    name: "lock-order",
    title: "Whoever waits for a lock holds one that the other waits for",
    lesson: "Locks have an order, and all take them in it. And no code of others runs under a lock: no callbacks, no wakers, \
             no destructors.",
    source: "SCTBench, deadlock01_bad; internment issue 7; tokio pull request 5475 (wakers dropped under a lock)",
    file: file!(),
    code: include_str!("lock_order.rs"),
    variants: &[
        Variant {
            name: "lock-order",
            fault: "Two transfers in opposite directions each hold what the other waits for.",
            remedy: "The account with the lower number is locked first, whatever the direction.",
            threads: 2,
            calls: 2,
            memory: Needs::Interleaving,
            symptom: Symptom::Deadlock,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random],
            buggy: || transfer_model(in_direction::lock_both),
            fixed: || transfer_model(by_number::lock_both),
            buggy_module: "in_direction",
            fixed_module: "by_number",
        },
        Variant {
            name: "drop-under-lock",
            fault: "Values are dropped under the lock, which their destructor takes.",
            remedy: "They are taken out under the lock, and dropped after it.",
            threads: 1,
            calls: 1,
            memory: Needs::Interleaving,
            symptom: Symptom::Deadlock,
            finders: &[Tool::Engine, Tool::Loom, Tool::Random, Tool::RealThreads],
            buggy: || clear_model(drop_inside::clear),
            fixed: || clear_model(drop_outside::clear),
            buggy_module: "drop_inside",
            fixed_module: "drop_outside",
        },
    ],
};

/// Two accounts, each behind its lock.
type Accounts = [Mutex<u32>; 2];

mod in_direction {
    use super::{Accounts, MutexGuard};

    /// Locks the account that gives, and the one that gets.
    pub fn lock_both(accounts: &Accounts, from: usize, to: usize) -> [MutexGuard<'_, u32>; 2] {
        let giver = accounts[from].lock().unwrap();
        let getter = accounts[to].lock().unwrap();
        [giver, getter]
    }
}

mod by_number {
    use super::{Accounts, MutexGuard};

    /// Locks the account that gives, and the one that gets.
    pub fn lock_both(accounts: &Accounts, from: usize, to: usize) -> [MutexGuard<'_, u32>; 2] {
        let lower = accounts[from.min(to)].lock().unwrap();
        let upper = accounts[from.max(to)].lock().unwrap();
        if from < to { [lower, upper] } else { [upper, lower] }
    }
}

/// Two transfers between the same accounts, in opposite directions.
fn transfer_model(lock_both: fn(&Accounts, usize, usize) -> [MutexGuard<'_, u32>; 2]) {
    let transfer = move |accounts: &Accounts, from, to| {
        let [mut giver, mut getter] = lock_both(accounts, from, to);
        *giver -= 1;
        *getter += 1;
    };
    Actors::sharing([Mutex::new(5), Mutex::new(5)])
        .and(move |accounts| transfer(accounts, 0, 1))
        .and(move |accounts| transfer(accounts, 1, 0))
        .join();
}

/// Things that know where they are listed.
#[derive(Default)]
struct Registry {
    things: Mutex<Vec<Thing>>,
}

struct Thing {
    registry: Arc<Registry>,
}

/// A thing that goes looks whether there are others.
impl Drop for Thing {
    fn drop(&mut self) {
        assert!(self.registry.things.lock().unwrap().is_empty());
    }
}

mod drop_inside {
    use super::Registry;

    pub fn clear(registry: &Registry) {
        registry.things.lock().unwrap().clear();
    }
}

mod drop_outside {
    use super::{Registry, take};

    pub fn clear(registry: &Registry) {
        let things = take(&mut *registry.things.lock().unwrap());
        drop(things);
    }
}

/// A thread that clears a registry with one thing in it.
fn clear_model(clear: fn(&Registry)) {
    let registry = Arc::new(Registry::default());
    registry.things.lock().unwrap().push(Thing { registry: registry.clone() });
    Actors::sharing(registry).and(move |registry| clear(registry)).join();
}
