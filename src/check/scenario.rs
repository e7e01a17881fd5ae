//! Which calls are made, by whom, and in which order at least?

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use super::spec::{Argument, Method};

/// A small program: setup calls, calls of each thread, closing calls.
///
/// It is shown as, and parsed from, a small table. Threads are numbered from 1, and so are the calls of each.
///
/// ```
/// use raddle::check::Scenario;
///
/// let text = "\
/// setup    | push(1)
/// thread 1 | pop()  push(2)
/// thread 2 | pop()
/// closing  | pop()
/// after    | 2.1 after 1.1";
/// let scenario: Scenario = text.parse().unwrap();
/// assert_eq!(scenario.threads.len(), 2);
/// assert_eq!(scenario.to_string(), text);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scenario {
    /// Calls of the main thread before the threads are started.
    pub setup: Vec<Invocation>,
    /// Calls of each thread.
    pub threads: Vec<Vec<Invocation>>,
    /// Calls of the main thread after the threads have ended.
    pub closing: Vec<Invocation>,
    /// Which calls wait for calls of other threads.
    pub after: Vec<After>,
}

/// A call in a scenario: the method's name, and its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Invocation {
    /// The method's name.
    pub method: String,
    /// Its arguments.
    pub arguments: Vec<u32>,
}

/// A call that starts only when a call of another thread has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct After {
    /// The call that starts later.
    pub later: Position,
    /// The call that has returned by then.
    pub earlier: Position,
}

/// Where a call stands: the thread's number and the call's among the thread's calls, both from 0. As text, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The thread.
    pub thread: usize,
    /// The call.
    pub call: usize,
}

impl Scenario {
    /// The number of calls, setup and closing included.
    pub fn calls(&self) -> usize {
        self.setup.len() + self.threads.iter().map(Vec::len).sum::<usize>() + self.closing.len()
    }

    /// Every call, in the order in which it is written: setup, thread by thread, closing.
    pub fn invocations(&self) -> impl Iterator<Item = &Invocation> {
        self.setup.iter().chain(self.threads.iter().flatten()).chain(&self.closing)
    }

    /// Checks that the scenario can be run with these methods.
    ///
    /// # Errors
    ///
    /// When it calls a method that there is not, or with arguments that it does not take; when threads that must not
    /// both call it do; when calls wait for each other.
    pub fn fits<C>(&self, methods: &[Method<C>]) -> Result<(), ScenarioError> {
        for invocation in self.invocations() {
            invocation.resolve(methods)?;
        }
        for method in methods {
            let Some(role) = method.role else { continue };
            let plays = |invocation: &Invocation| {
                methods.iter().any(|method| method.name == invocation.method && method.role == Some(role))
            };
            let threads = self.threads.iter().filter(|calls| calls.iter().any(plays)).count();
            if threads > 1 {
                return Err(ScenarioError(format!("{threads} threads are {role}s, and there may be one")));
            }
        }
        for after in &self.after {
            for position in [after.later, after.earlier] {
                if self.threads.get(position.thread).is_none_or(|calls| position.call >= calls.len()) {
                    return Err(ScenarioError(format!("there is no call {position}")));
                }
            }
            if after.later.thread == after.earlier.thread {
                return Err(ScenarioError(format!("{after}: both are calls of one thread")));
            }
        }
        if self.goes_round() { Err(ScenarioError("calls wait for each other".to_owned())) } else { Ok(()) }
    }

    /// True if no order of the calls satisfies all that is said about it.
    fn goes_round(&self) -> bool {
        let mut done = vec![0; self.threads.len()];
        loop {
            let can_go = |&thread: &usize| {
                let next = Position { thread, call: done[thread] };
                next.call < self.threads[thread].len()
                    && self
                        .after
                        .iter()
                        .all(|after| after.later != next || done[after.earlier.thread] > after.earlier.call)
            };
            match (0..done.len()).find(can_go) {
                Some(thread) => done[thread] += 1,
                None => return done.iter().zip(&self.threads).any(|(&done, calls)| done < calls.len()),
            }
        }
    }
}

impl Invocation {
    /// The call that this stands for.
    ///
    /// # Errors
    ///
    /// When there is no such method, or it takes other arguments.
    pub fn resolve<C>(&self, methods: &[Method<C>]) -> Result<C, ScenarioError> {
        let Some(method) = methods.iter().find(|method| method.name == self.method) else {
            let names: Vec<_> = methods.iter().map(|method| method.name).collect();
            return Err(ScenarioError(format!("there is no method {}; there are {}", self.method, names.join(", "))));
        };
        if self.arguments.len() != method.arguments.len() {
            return Err(ScenarioError(format!("{self}: {} takes {} arguments", self.method, method.arguments.len())));
        }
        for (argument, source) in self.arguments.iter().zip(&method.arguments) {
            let fits = match source {
                Argument::Fresh => true,
                Argument::Key(count) => argument < count,
                Argument::OneOf(values) => values.contains(argument),
            };
            if !fits {
                return Err(ScenarioError(format!("{self}: {argument} is none of the values for it, {source:?}")));
            }
        }
        Ok((method.call)(&self.arguments))
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments: Vec<_> = self.arguments.iter().map(u32::to_string).collect();
        write!(f, "{}({})", self.method, arguments.join(", "))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.thread + 1, self.call + 1)
    }
}

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {}", self.later, self.earlier)
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn row<T: ToString>(name: &str, items: &[T], separator: &str) -> String {
            let items: Vec<_> = items.iter().map(T::to_string).collect();
            format!("{name:8} | {}", items.join(separator)).trim_end().to_owned()
        }
        let mut rows = Vec::new();
        if !self.setup.is_empty() {
            rows.push(row("setup", &self.setup, "  "));
        }
        for (number, calls) in self.threads.iter().enumerate() {
            rows.push(row(&format!("thread {}", number + 1), calls, "  "));
        }
        if !self.closing.is_empty() {
            rows.push(row("closing", &self.closing, "  "));
        }
        if !self.after.is_empty() {
            rows.push(row("after", &self.after, ", "));
        }
        f.write_str(&rows.join("\n"))
    }
}

/// A scenario that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError(String);

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a scenario: {}", self.0)
    }
}

impl Error for ScenarioError {}

impl FromStr for Scenario {
    type Err = ScenarioError;

    /// Parses what [`Display`](fmt::Display) shows. Empty lines and spaces around words do not matter.
    fn from_str(text: &str) -> Result<Self, ScenarioError> {
        let mut scenario = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let Some((name, rest)) = line.split_once('|') else {
                return Err(ScenarioError(format!("no `|` after the first word of `{line}`")));
            };
            let words: Vec<&str> = name.split_whitespace().collect();
            match words[..] {
                ["setup"] => scenario.setup.extend(invocations(rest)?),
                ["closing"] => scenario.closing.extend(invocations(rest)?),
                ["thread", number] if number.parse() == Ok(scenario.threads.len() + 1) => {
                    scenario.threads.push(invocations(rest)?);
                }
                ["thread", number] => {
                    let expected = scenario.threads.len() + 1;
                    return Err(ScenarioError(format!("thread {number} where thread {expected} comes")));
                }
                ["after"] => {
                    for after in rest.split(',') {
                        scenario.after.push(parse_after(after)?);
                    }
                }
                _ => {
                    let name = name.trim();
                    return Err(ScenarioError(format!("`{name}` is none of setup, thread N, closing, after")));
                }
            }
        }
        match scenario.calls() {
            0 => Err(ScenarioError("it has no calls".to_owned())),
            _ => Ok(scenario),
        }
    }
}

/// Calls with nothing but spaces between them.
fn invocations(text: &str) -> Result<Vec<Invocation>, ScenarioError> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let wrong = || ScenarioError(format!("`{rest}` does not begin with a call, as push(1)"));
        let (method, after_name) = rest.split_once('(').ok_or_else(wrong)?;
        let (arguments, after_call) = after_name.split_once(')').ok_or_else(wrong)?;
        let method = method.trim_end();
        if method.is_empty() || !method.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Err(wrong());
        }
        let arguments = match arguments.trim() {
            "" => Vec::new(),
            arguments => {
                arguments.split(',').map(|text| text.trim().parse()).collect::<Result<_, _>>().map_err(|_| wrong())?
            }
        };
        found.push(Invocation { method: method.to_owned(), arguments });
        rest = after_call.trim_start();
    }
    Ok(found)
}

fn parse_after(text: &str) -> Result<After, ScenarioError> {
    let position = |text: &str| {
        let (thread, call) = text.trim().split_once('.')?;
        let from_one = |text: &str| text.parse::<usize>().ok()?.checked_sub(1);
        Some(Position { thread: from_one(thread)?, call: from_one(call)? })
    };
    let parts = text.split_once("after").and_then(|(later, earlier)| Some((position(later)?, position(earlier)?)));
    let (later, earlier) =
        parts.ok_or_else(|| ScenarioError(format!("`{}` is not as `2.1 after 1.1`", text.trim())))?;
    Ok(After { later, earlier })
}
