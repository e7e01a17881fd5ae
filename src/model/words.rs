//! What does an event say, in a few words?
//!
//! As in the source: `AtomicU64#1.load(Acquire) -> 0`. Objects have their type's name and a number, in the order of their
//! first appearance; addresses are numbered in the same way, as they differ from run to run.

use std::cell::RefCell;

use super::event::{Event, INITIAL, Kind, Number};
use super::picture::Picture;
use super::run::Status;
use super::{channel, condvar, once};

/// The names of what appears in a picture.
pub(super) struct Words<'picture, 'run> {
    pub picture: &'picture Picture<'run>,
    /// The name of each location that has one.
    objects: Vec<Option<String>>,
    /// The addresses that have appeared.
    addresses: RefCell<Vec<u64>>,
}

impl<'picture, 'run> Words<'picture, 'run> {
    pub fn of(picture: &'picture Picture<'run>) -> Self {
        let mut objects: Vec<Option<String>> = vec![None; picture.run.places.len()];
        let mut counts: Vec<(&str, usize)> = Vec::new();
        let awaited = picture.stuck().into_iter().filter_map(|(_, status)| match status {
            Status::Awaits(event) => Some(event),
            _ => None,
        });
        for event in picture.events().map(|(_, event)| event).chain(awaited) {
            let Some(object) = objects.get_mut(event.location as usize) else { continue };
            if !event.is_access() || object.is_some() || is_signal(event) || is_lone_drop(picture, event) {
                continue;
            }
            let type_name = match counts_owners(picture, event.location) {
                true => "Arc",
                false => picture.run.places[event.location as usize].type_name,
            };
            let count = match counts.iter_mut().find(|(name, _)| *name == type_name) {
                Some((_, count)) => count,
                None => {
                    counts.push((type_name, 0));
                    &mut counts.last_mut().expect("one was pushed").1
                }
            };
            *count += 1;
            *object = Some(format!("{type_name}#{count}"));
        }
        Self { picture, objects, addresses: RefCell::default() }
    }

    /// The name of a location.
    pub fn object(&self, location: u32) -> &str {
        self.objects.get(location as usize).and_then(Option::as_deref).unwrap_or("an object")
    }

    /// True if the event is an access to a location with a name.
    pub fn has_name(&self, event: &Event) -> bool {
        let is_named = || self.objects.get(event.location as usize).is_some_and(Option::is_some);
        event.is_access() && !is_signal(event) && is_named()
    }

    pub fn type_name(&self, location: u32) -> &'static str {
        self.picture.run.places.get(location as usize).map_or("", |place| place.type_name)
    }

    /// A value of a location.
    fn value(&self, location: u32, bits: u64) -> String {
        match self.type_name(location) {
            "AtomicBool" => (bits != 0).to_string(),
            "AtomicPtr" => self.address(bits),
            signed if signed.starts_with("AtomicI") => (bits as i64).to_string(),
            _ => bits.to_string(),
        }
    }

    /// What a location holds that has a name, if there are words for that.
    pub fn content(&self, location: u32, bits: u64) -> Option<String> {
        match self.type_name(location) {
            _ if self.object(location).starts_with("Arc#") => Some(format!("owners: {bits}")),
            "Condvar" => {
                let waiting = condvar::woken(bits, 0).into_iter().map(|thread| self.picture.thread_name(thread));
                let names: Vec<_> = waiting.collect();
                Some(if names.is_empty() {
                    "nobody waits".to_owned()
                } else {
                    format!("awaited by {}", names.join(", "))
                })
            }
            name if name.starts_with("Atomic") => Some(self.value(location, bits)),
            _ => None,
        }
    }

    fn address(&self, bits: u64) -> String {
        if bits == 0 {
            return "null".to_owned();
        }
        let mut addresses = self.addresses.borrow_mut();
        let position = addresses.iter().position(|&address| address == bits).unwrap_or_else(|| {
            addresses.push(bits);
            addresses.len() - 1
        });
        format!("ptr#{}", position + 1)
    }

    /// What the event is. Nothing if it is of no interest. Where no line is to be broken, the space is a `\u{a0}`.
    pub fn event(&self, event: &Event) -> Option<String> {
        match event.kind {
            Kind::Create => Some(format!("spawns {}", self.picture.thread_name(event.operands.a as usize))),
            Kind::Join => Some(format!("joins {}", self.picture.thread_name(event.operands.a as usize))),
            Kind::Fence if is_by_engine(event) => None,
            Kind::Read if is_lone_drop(self.picture, event) => None,
            Kind::Fence => Some(format!("fence({})", event.order.name())),
            Kind::Choice => (event.operands.way != 0).then(|| event.operation.name.to_owned()),
            Kind::Read | Kind::Write if self.type_name(event.location).starts_with("Atomic") => {
                Some(self.atomic(event))
            }
            Kind::Read | Kind::Write => self.other(event),
        }
    }

    fn atomic(&self, event: &Event) -> String {
        let value = |bits| self.value(event.location, bits);
        let name = event.operation.name;
        let object = self.object(event.location);
        if counts_owners(self.picture, event.location) {
            match name {
                "fetch_add" => return format!("{object}.clone(), owners: {}", event.value),
                "fetch_sub" => return format!("drops {object}, owners: {}", event.value),
                "load" => return format!("{object}.strong_count() ->\u{a0}{}", event.seen),
                _ => {}
            }
        }
        let arguments = match name {
            "load" => event.order.name().to_owned(),
            "compare_exchange" => format!(
                "{} -> {}, {}/{}",
                value(event.operands.a),
                value(event.operands.b),
                event.order_if_written.name(),
                event.order_if_not.name()
            ),
            _ => format!("{}, {}", value(event.operands.a), event.order_if_written.name()),
        };
        let result = match (event.kind, name) {
            (Kind::Write, _) => String::new(),
            (_, "compare_exchange") if event.writes => " ->\u{a0}ok".to_owned(),
            (_, "compare_exchange") => format!(" ->\u{a0}failed, saw {}", value(event.seen)),
            _ => format!(" ->\u{a0}{}", value(event.seen)),
        };
        format!("{object}.{name}({arguments}){result}")
    }

    fn other(&self, event: &Event) -> Option<String> {
        let name = event.operation.name;
        if let Some(signal) = event.operation.signal {
            let text = signal(event.seen);
            return (!text.is_empty()).then(|| text.to_owned());
        }
        let object = self.object(event.location);
        let ended = |is_ok| if is_ok { " ->\u{a0}ok".to_owned() } else { " ->\u{a0}failed".to_owned() };
        let result = match name {
            "stop waiting" | "end" => return None,
            "recv" | "recv_timeout" if channel::only_begins(event) => return None,
            "send" | "recv" if !event.writes => " ->\u{a0}disconnected".to_owned(),
            "recv_timeout" => ended(channel::has_received(event)),
            "park" | "park_timeout" => return Some(format!("{name}()")),
            "notify_one" | "notify_all" => {
                let woken = if event.writes { condvar::woken(event.seen, event.value) } else { Vec::new() };
                let woken: Vec<_> = woken.iter().map(|&thread| self.picture.thread_name(thread)).collect();
                if woken.is_empty() {
                    " ->\u{a0}nobody waits".to_owned()
                } else {
                    format!(" ->\u{a0}wakes {}", woken.join(", "))
                }
            }
            "is_completed" => format!(" ->\u{a0}{}", event.seen == once::DONE),
            "is_poisoned" | "is_finished" => format!(" ->\u{a0}{}", event.seen != 0),
            _ if name.starts_with("try_") => ended(event.writes),
            // What the operation does is said in words and not by the name of a function.
            _ if name.contains(' ') => return Some(format!("{object}: {name}")),
            _ => String::new(),
        };
        Some(format!("{object}.{name}(){result}"))
    }

    /// The memory ordering of an event, and the value that it reads or writes, where the source says such things.
    pub fn ordering_and_value(&self, event: &Event) -> (Option<&'static str>, Option<String>) {
        let is_atomic = event.is_access() && self.type_name(event.location).starts_with("Atomic");
        let is_by_user = (is_atomic || event.kind == Kind::Fence) && !is_by_engine(event);
        let value = |bits| self.value(event.location, bits);
        let value = is_atomic.then(|| match event.kind {
            Kind::Read if event.writes => format!("{} -> {}", value(event.seen), value(event.value)),
            Kind::Read => value(event.seen),
            _ => value(event.value),
        });
        (is_by_user.then(|| event.order.name()), value)
    }

    /// Where a value that is read came from, if that is not the newest write, or where one that is written went to.
    pub fn origin(&self, number: Number, row: impl Fn(Number) -> Option<usize>) -> Option<String> {
        let event = self.picture.graph.event(number);
        if !event.is_access() || is_signal(event) {
            return None;
        }
        let newest = self.picture.newer(number).next_back()?;
        let newer = row(newest).map_or_else(|| "another".to_owned(), |row| format!("#{row}"));
        if !event.reads() {
            return Some(format!("comes before {newer} in the order of the writes"));
        }
        let is_atomic = self.type_name(event.location).starts_with("Atomic");
        let since = match is_atomic {
            true => {
                format!("{newer} wrote {} since", self.value(event.location, self.picture.graph.event(newest).value))
            }
            false => format!("{newer} came since"),
        };
        Some(match event.reads_from {
            INITIAL => format!("reads the initial value; {since}"),
            _ => format!("stale: {since}"),
        })
    }

    /// What a thread does that is stuck in it, and where.
    pub fn stuck(&self, status: &Status) -> (String, String) {
        match status {
            Status::Awaits(event) => {
                let text = match event.operation.name {
                    _ if is_signal(event) => "waits for ever".to_owned(),
                    "park" => "waits in park()".to_owned(),
                    name => format!("waits in {}.{name}()", self.object(event.location)),
                };
                (text, event.site.to_string())
            }
            Status::Joins(other, site) => {
                (format!("waits to join {}", self.picture.thread_name(*other)), site.to_string())
            }
            Status::Spins(mark) => ("goes round in a loop for ever".to_owned(), mark.site.to_string()),
            Status::Suspended(site) => ("is suspended".to_owned(), site.to_string()),
            _ => ("can go on".to_owned(), String::new()),
        }
    }
}

/// True if a line of the engine itself performs the event, in the name of no line of the model.
pub(super) fn is_by_engine(event: &Event) -> bool {
    event.site.file().strip_suffix("arc.rs").is_some_and(|folder| file!().strip_suffix("words.rs") == Some(folder))
}

/// True if an owner is dropped who is the only one from beginning to end.
fn is_lone_drop(picture: &Picture<'_>, event: &Event) -> bool {
    event.writes && event.value == 0 && is_by_engine(event) && picture.graph.writes[event.location as usize].len() == 1
}

/// True if the location counts the owners of an `Arc`.
fn counts_owners(picture: &Picture<'_>, location: u32) -> bool {
    let mut events = picture.graph.writes[location as usize].iter().map(|&write| picture.graph.event(write));
    events.any(is_by_engine)
}

/// True for what one thread tells another one behind the scenes: that it is woken, that its message was taken.
pub(super) fn is_signal(event: &Event) -> bool {
    event.operation.signal.is_some()
}
