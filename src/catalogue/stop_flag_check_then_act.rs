//! Who asks "is it stopping?" and then says "I am in" may be in when it has stopped.
//!
//! | user | stopper |
//! | --- | --- |
//! | is it stopping? no | |
//! | | sets the flag, gives up its own place: nobody is in, **it has stopped** |
//! | counts itself in, works | |

use super::actors::Actors;
use super::entry::{Entry, Needs, Symptom, Tool, Variant};
use crate::sync::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{AcqRel, Acquire, Release},
};

pub(super) const ENTRY: Entry = Entry {
    name: "stop-flag-check-then-act",
    title: "A user looks at the stop flag, and counts itself in afterwards",
    lesson: "Say first that you are there, then ask whether you may stay, and leave if not. Whoever stops does the reverse: \
             forbids first, then counts.",
    source: "SCTBench, bluetooth_driver_bad (a Windows driver)",
    file: file!(),
    code: include_str!("stop_flag_check_then_act.rs"),
    variants: &[Variant {
        name: "stop-flag-check-then-act",
        fault: "The driver stops between the user's look at the flag and its counting.",
        remedy: "The user counts itself in before it looks, and out again if it may not stay.",
        threads: 2,
        calls: 3,
        memory: Needs::Interleaving,
        symptom: Symptom::Panic("used after it has stopped"),
        finders: &[Tool::Engine, Tool::Loom, Tool::Random],
        buggy: || model(buggy::enter),
        fixed: || model(fixed::enter),
        buggy_module: "buggy",
        fixed_module: "fixed",
    }],
};

/// A driver that stops when nobody uses it any more.
struct Driver {
    is_stopping: AtomicBool,
    has_stopped: AtomicBool,
    /// How many are in, its owner among them.
    users: AtomicU32,
}

impl Driver {
    fn leave(&self) {
        // AcqRel: Release publishes what this user did, Acquire makes the last one come after all of it.
        if self.users.fetch_sub(1, AcqRel) == 1 {
            // Release: pairs with the load in `work`.
            self.has_stopped.store(true, Release);
        }
    }

    fn stop(&self) {
        // Release: the count below publishes it, too; pairs with the Acquire load in `enter`.
        self.is_stopping.store(true, Release);
        self.leave();
    }

    fn work(&self) {
        // Acquire: pairs with the Release store in `leave`.
        assert!(!self.has_stopped.load(Acquire), "used after it has stopped");
    }
}

mod buggy {
    use super::{AcqRel, Acquire, Driver};

    /// False if the driver is about to stop; otherwise the caller is in, and must leave.
    pub fn enter(driver: &Driver) -> bool {
        // Acquire: pairs with the Release store in `stop`. The driver may stop right after this look.
        if driver.is_stopping.load(Acquire) {
            return false;
        }
        // AcqRel: as in `leave`.
        driver.users.fetch_add(1, AcqRel);
        true
    }
}

mod fixed {
    use super::{AcqRel, Acquire, Driver};

    /// False if the driver is about to stop; otherwise the caller is in, and must leave.
    pub fn enter(driver: &Driver) -> bool {
        // AcqRel: Acquire sees the flag of an owner that has left before; the owner sees the count otherwise.
        driver.users.fetch_add(1, AcqRel);
        // Acquire: pairs with the Release store in `stop`.
        if driver.is_stopping.load(Acquire) {
            driver.leave();
            return false;
        }
        true
    }
}

/// A user, and the owner, who stops the driver.
fn model(enter: fn(&Driver) -> bool) {
    let driver =
        Driver { is_stopping: AtomicBool::new(false), has_stopped: AtomicBool::new(false), users: AtomicU32::new(1) };
    let drive = move |driver: &Driver| {
        if enter(driver) {
            driver.work();
            driver.leave();
        }
    };
    Actors::sharing(driver).and(drive).and(Driver::stop).join();
}
