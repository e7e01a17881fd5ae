//! How is a counterexample told?
//!
//! What is wrong comes first, then the scenario, the calls in a table with a column for each thread, why no order of them
//! explains what they returned, what the threads did, and how to run it again.

use std::fmt;

use super::folding;
use super::history::Outcome;
use super::scenario::Scenario;
use crate::model::{Counterexample, Lane, fitted, width, wrapped};

/// How wide the text may be, in characters.
const WIDTH: usize = 100;
/// Columns that would be narrower are no columns but lines.
const COLUMN_MIN: usize = 16;
const BETWEEN: &str = " | ";
/// What stands at the end of the row where it goes wrong.
pub(super) const WRONG: &str = "  <-- wrong";

/// What there is to tell of a counterexample. Shown as text by [`Display`](fmt::Display), and by [`html`](super::html) as a
/// page.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// What kind of violation it is.
    pub kind: String,
    /// What is wrong; the first line says it in short.
    pub message: String,
    /// The scenario, if it was one that was run.
    pub scenario: Option<Scenario>,
    /// Its calls.
    pub calls: Vec<ShownCall>,
    /// The call, by its position in `calls`, that shows that something is wrong.
    pub wrong: Option<usize>,
    /// Why no order of the calls explains what they returned, line by line.
    pub why: Vec<String>,
    /// What the threads did, as the engine tells it.
    pub trace: String,
    /// The same, for drawing.
    pub lanes: Vec<Lane>,
    /// The command that runs it again.
    pub replay: Option<String>,
    /// What the page for the browser has before all else.
    pub before: Vec<Part>,
    /// What it ends with.
    pub after: Vec<Part>,
}

/// More to be told: text with a title, which stands on a page as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// What it is about.
    pub title: String,
    /// What there is to tell.
    pub text: String,
    /// True if its lines may be broken where there is no room.
    pub is_prose: bool,
}

impl Part {
    /// Text whose lines stay as they are: code, a table.
    pub fn new(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { title: title.into(), text: text.into(), is_prose: false }
    }

    /// Text whose lines may be broken.
    pub fn prose(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { is_prose: true, ..Self::new(title, text) }
    }
}

/// A call, and what came of it, as text.
#[derive(Clone, Debug)]
pub struct ShownCall {
    /// The thread that made it: 0 for the main one, and from 1 those of the scenario.
    pub thread: usize,
    /// The call with its arguments.
    pub call: String,
    /// What came of it.
    pub outcome: Outcome<String>,
    /// Where the call and the return are in one order of all calls and returns that the execution allows. Where the return
    /// is does not matter if it has not returned.
    pub steps: [usize; 2],
    /// Which events of the engine's are its own.
    pub events: Option<CallEvents>,
}

/// The events of a call.
#[derive(Clone, Copy, Debug)]
pub struct CallEvents {
    /// The engine's number of the thread, as in [`Lane::thread`].
    pub thread: usize,
    /// How many events the thread had executed when it was called.
    pub from: usize,
    /// How many it had executed when it returned; the greatest number if it has not.
    pub to: usize,
}

impl From<&Counterexample> for Explanation {
    fn from(violation: &Counterexample) -> Self {
        Self {
            kind: violation.kind.to_string(),
            message: violation.message.clone(),
            trace: violation.trace.clone(),
            lanes: violation.lanes.clone(),
            replay: violation.replay_command(),
            ..Self::default()
        }
    }
}

impl Explanation {
    /// Tells what the threads did by the calls, and leaves out what the harness did.
    pub(super) fn fold(&mut self) {
        let is_harness = |line: &str| line.rsplit_once(" at ").is_some_and(|(_, site)| folding::is_own(site));
        let message = self.message.lines().filter(|line| !is_harness(line));
        self.message = message.collect::<Vec<_>>().join("\n");
        if !self.lanes.is_empty() {
            self.wrong = self.wrong.or_else(|| folding::first_wrong(self));
            self.trace = folding::table(self);
            if self.message.contains('\n') {
                self.trace += &format!("\n{}: {}", self.kind, self.message);
            }
        }
    }

    /// The kind and the first line of what is wrong.
    pub fn headline(&self) -> String {
        format!("{}: {}", self.kind, self.message.lines().next().unwrap_or_default())
    }

    /// The calls and what they returned, as a table.
    pub fn table(&self) -> String {
        let lines = self.in_columns().unwrap_or_else(|| self.in_lines());
        lines.join("\n")
    }

    /// The name of the column of a thread.
    pub(super) fn thread_name(thread: usize) -> String {
        if thread == 0 { "main".to_owned() } else { format!("thread {thread}") }
    }

    fn in_columns(&self) -> Option<Vec<String>> {
        let mut threads: Vec<usize> = self.calls.iter().map(|call| call.thread).collect();
        threads.sort_unstable();
        threads.dedup();
        let rows = self.rows();
        let names: Vec<String> = threads.iter().map(|&thread| Self::thread_name(thread)).collect();
        let wanted = threads.iter().zip(&names).map(|(&thread, name)| {
            let texts = rows.iter().filter(|row| row.thread == thread).map(|row| width(&row.text));
            texts.chain([width(name)]).max().unwrap_or(0)
        });
        let widths = fitting(&wanted.collect::<Vec<_>>())?;
        let mut lines = vec![line(&names, &widths)];
        lines.push(line(&widths.iter().map(|&width| "-".repeat(width)).collect::<Vec<_>>(), &widths));
        for row in &rows {
            let column = threads.iter().position(|&thread| thread == row.thread)?;
            for (part, text) in wrapped(&row.text, widths[column]).into_iter().enumerate() {
                let runs = |thread: &usize| if row.running.contains(thread) { ":" } else { "" };
                let mut cells: Vec<String> = threads.iter().map(|thread| runs(thread).to_owned()).collect();
                cells[column] = text;
                let mark = if row.is_wrong && part == 0 { WRONG } else { "" };
                let padded = if mark.is_empty() { line(&cells, &widths) } else { padded(&cells, &widths) };
                lines.push(format!("{padded}{mark}"));
            }
        }
        Some(lines)
    }

    /// Where there are too many threads for columns.
    fn in_lines(&self) -> Vec<String> {
        let rows = self.rows();
        let name = rows.iter().map(|row| width(&Self::thread_name(row.thread))).max().unwrap_or(0);
        let lines = rows.iter().flat_map(|row| {
            let parts = wrapped(&row.text, WIDTH - WRONG.len() - name - 2).into_iter().enumerate();
            parts.map(move |(part, text)| match part {
                0 => {
                    let mark = if row.is_wrong { WRONG } else { "" };
                    format!("{:name$}  {text}{mark}", Self::thread_name(row.thread))
                }
                _ => format!("{:name$}  {text}", ""),
            })
        });
        lines.collect()
    }

    /// The rows of the table: a call and its return share one if nothing is between them.
    fn rows(&self) -> Vec<Row> {
        let moments = self.moments();
        let mut rows = Vec::new();
        let mut running: Vec<usize> = Vec::new();
        let mut moments = moments.into_iter().peekable();
        while let Some((call, ends)) = moments.next() {
            let ShownCall { thread, call: name, outcome, .. } = &self.calls[call];
            let outcome = match outcome {
                Outcome::Returned(returned) => format!("-> {returned}"),
                Outcome::Pending => "has not returned".to_owned(),
                Outcome::Blocked => "waits for ever".to_owned(),
            };
            let ends_at_once = !ends && moments.next_if_eq(&(call, true)).is_some();
            running.retain(|other| other != thread);
            let text = match (ends, ends_at_once) {
                (true, _) => format!("... {outcome}"),
                (false, true) => format!("{name} {outcome}"),
                (false, false) => format!("{name} ..."),
            };
            let is_wrong = self.wrong == Some(call) && (ends || ends_at_once);
            rows.push(Row { thread: *thread, text, running: running.clone(), is_wrong });
            if !ends && !ends_at_once {
                running.push(*thread);
            }
        }
        rows
    }

    /// Each call, and each end of a call, in order. What does not end comes last.
    pub(super) fn moments(&self) -> Vec<(usize, bool)> {
        let moments = self.calls.iter().enumerate().flat_map(|(number, call)| {
            let end = if matches!(call.outcome, Outcome::Returned(_)) { call.steps[1] } else { usize::MAX };
            [(call.steps[0], number, false), (end, number, true)]
        });
        let mut moments: Vec<_> = moments.collect();
        // Of those that do not end the last one comes first, and needs but one row.
        moments.sort_by_key(|&(step, number, _)| (step, std::cmp::Reverse(self.calls[number].steps[0])));
        moments.into_iter().map(|(_, number, ends)| (number, ends)).collect()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        if let Some(scenario) = &self.scenario {
            f.write_str("\n\nScenario:\n")?;
            let indent = format!("\n{:13}", "");
            let lines = scenario.to_string();
            let lines = lines.lines().map(|line| wrapped(line, WIDTH - indent.len()).join(&indent));
            f.write_str(&indented(lines))?;
        }
        if !self.calls.is_empty() {
            write!(f, "\n\nCalls and returns, from top to bottom:\n{}", indented(self.table().lines()))?;
        }
        if !self.why.is_empty() {
            write!(f, "\n\nWhy no order of the calls explains this:\n{}", indented(&self.why))?;
        }
        if !self.trace.is_empty() {
            write!(f, "\n\nWhat the threads did:\n{}", self.trace.trim_end())?;
        }
        match &self.replay {
            Some(command) => write!(f, "\n\nreplay: {command}"),
            None => Ok(()),
        }
    }
}

/// A row of the table.
struct Row {
    thread: usize,
    text: String,
    /// The other threads that are in the middle of a call.
    running: Vec<usize>,
    is_wrong: bool,
}

/// How wide columns are that want to be as wide as this; nothing if they would be too narrow.
fn fitting(wanted: &[usize]) -> Option<Vec<usize>> {
    // Two for the indentation.
    let room = (WIDTH - 2 - WRONG.len()).checked_sub(BETWEEN.len() * wanted.len().saturating_sub(1))?;
    fitted(wanted, room, COLUMN_MIN)
}

fn padded(cells: &[String], widths: &[usize]) -> String {
    let cells: Vec<_> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
    cells.join(BETWEEN)
}

fn line(cells: &[String], widths: &[usize]) -> String {
    padded(cells, widths).trim_end().to_owned()
}

fn indented(lines: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let lines = lines.into_iter().map(|line| format!("  {}", line.as_ref()).trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn call(thread: usize, call: &str, returned: &str, steps: [usize; 2]) -> ShownCall {
        let outcome = Outcome::Returned(returned.to_owned());
        ShownCall { thread, call: call.to_owned(), outcome, steps, events: None }
    }

    /// Two consumers get the same value.
    pub fn popped_twice() -> Explanation {
        let scenario = "setup | push(1) push(2)\nthread 1 | pop()\nthread 2 | pop() len()\nclosing | pop()";
        Explanation {
            kind: "unexplained history".to_owned(),
            message: "pop() of thread 2 can't return Some(1)".to_owned(),
            scenario: scenario.parse().ok(),
            calls: vec![
                call(0, "push(1)", "()", [0, 1]),
                call(0, "push(2)", "()", [2, 3]),
                call(1, "pop()", "Some(1)", [4, 8]),
                call(2, "pop()", "Some(1)", [5, 6]),
                call(2, "len()", "1", [7, 9]),
                call(0, "pop()", "None", [10, 11]),
            ],
            wrong: Some(3),
            why: vec![
                "The longest order that explains what was returned is push(1), push(2), pop() of thread 1.".to_owned(),
                "After it, pop() of thread 2 would have to return Some(2).".to_owned(),
            ],
            trace: "(the engine's table)\n".to_owned(),
            lanes: Vec::new(),
            replay: Some("RADDLE_REPLAY=r1-AAAA cargo test queue".to_owned()),
            ..Explanation::default()
        }
    }

    #[test]
    fn calls_that_overlap_are_seen_to_do_so() {
        insta::assert_snapshot!(popped_twice(), @r#"
        unexplained history: pop() of thread 2 can't return Some(1)

        Scenario:
          setup    | push(1)  push(2)
          thread 1 | pop()
          thread 2 | pop()  len()
          closing  | pop()

        Calls and returns, from top to bottom:
          main          | thread 1       | thread 2
          ------------- | -------------- | ----------------
          push(1) -> () |                |
          push(2) -> () |                |
                        | pop() ...      |
                        | :              | pop() -> Some(1)  <-- wrong
                        | :              | len() ...
                        | ... -> Some(1) | :
                        |                | ... -> 1
          pop() -> None |                |

        Why no order of the calls explains this:
          The longest order that explains what was returned is push(1), push(2), pop() of thread 1.
          After it, pop() of thread 2 would have to return Some(2).

        What the threads did:
        (the engine's table)

        replay: RADDLE_REPLAY=r1-AAAA cargo test queue
        "#);
    }

    #[test]
    fn calls_without_an_end_come_last() {
        let mut explanation = Explanation { calls: popped_twice().calls, wrong: Some(2), ..Explanation::default() };
        explanation.calls.pop();
        explanation.calls[2].outcome = Outcome::Blocked;
        explanation.calls[4].outcome = Outcome::Pending;
        insta::assert_snapshot!(explanation.table(), @r#"
        main          | thread 1           | thread 2
        ------------- | ------------------ | ----------------------
        push(1) -> () |                    |
        push(2) -> () |                    |
                      | pop() ...          |
                      | :                  | pop() -> Some(1)
                      | :                  | len() has not returned
                      | ... waits for ever |                         <-- wrong
        "#);
    }

    #[test]
    fn wide_columns_are_wrapped_and_many_become_lines() {
        let value = |count| format!("Some([{}])", vec!["12345"; count].join(", "));
        let calls = |threads: usize, count| {
            let calls = (0..threads).map(|n| call(n, "take_all(7)", &value(count + n), [n, 2 * threads - n]));
            Explanation { calls: calls.collect(), wrong: Some(0), ..Explanation::default() }.table()
        };
        let [columns, lines] = [calls(4, 4), calls(6, 12)];
        assert!([&columns, &lines].iter().all(|table| table.lines().all(|line| width(line) <= WIDTH)));
        insta::assert_snapshot!(format!("{columns}\n\n{lines}"), @r#"
        main                | thread 1            | thread 2            | thread 3
        ------------------- | ------------------- | ------------------- | -------------------
        take_all(7) ...     |                     |                     |
        :                   | take_all(7) ...     |                     |
        :                   | :                   | take_all(7) ...     |
        :                   | :                   | :                   | take_all(7) ->
        :                   | :                   | :                   | Some([12345, 12345,
        :                   | :                   | :                   | 12345, 12345,
        :                   | :                   | :                   | 12345, 12345,
        :                   | :                   | :                   | 12345])
        :                   | :                   | ... -> Some([12345, |
        :                   | :                   | 12345, 12345,       |
        :                   | :                   | 12345, 12345,       |
        :                   | :                   | 12345])             |
        :                   | ... -> Some([12345, |                     |
        :                   | 12345, 12345,       |                     |
        :                   | 12345, 12345])      |                     |
        ... -> Some([12345, |                     |                     |                      <-- wrong
        12345, 12345,       |                     |                     |
        12345])             |                     |                     |

        main      take_all(7) ...
        thread 1  take_all(7) ...
        thread 2  take_all(7) ...
        thread 3  take_all(7) ...
        thread 4  take_all(7) ...
        thread 5  take_all(7) -> Some([12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345,
                  12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345])
        thread 4  ... -> Some([12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345,
                  12345, 12345, 12345, 12345, 12345, 12345, 12345])
        thread 3  ... -> Some([12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345,
                  12345, 12345, 12345, 12345, 12345, 12345])
        thread 2  ... -> Some([12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345,
                  12345, 12345, 12345, 12345, 12345])
        thread 1  ... -> Some([12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345,
                  12345, 12345, 12345, 12345])
        main      ... -> Some([12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345,  <-- wrong
                  12345, 12345, 12345])
        "#);
    }
}
