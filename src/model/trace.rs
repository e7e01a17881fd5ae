//! How does an execution look? A table with a column for each thread, from top to bottom as it goes.

use super::event::Number;
use super::fault::{Note, ViolationKind};
use super::picture::Picture;
use super::run::Status;
use super::styled::{Style, Text};
use super::words::{Words, is_by_engine};

/// How wide a table may be, in characters.
const WIDTH: usize = 100;
/// Columns that would be narrower are no columns but lines.
const COLUMN_MIN: usize = 24;
/// The most that the name of a file may take in each line.
const FILE_MAX: usize = 20;
/// How many rows are shown of an execution that is too long, or of which little is known.
const ROWS_MAX: usize = 60;
const BETWEEN: &str = " | ";

/// One row: what one thread does.
pub(crate) struct Row {
    /// Its number, or those that it stands for.
    pub label: String,
    pub thread: usize,
    pub text: String,
    /// More about it.
    pub note: Option<String>,
    pub site: Site,
    /// True if it is one of the steps that hurt.
    pub hurts: bool,
}

impl Row {
    /// Its text and its note in lines of at most so many characters.
    fn lines(&self, room: usize) -> impl Iterator<Item = (Option<Style>, String)> {
        let style = self.hurts.then_some(Style::Wrong);
        let text = wrapped(&self.text, room).into_iter().map(move |line| (style, line));
        let notes = self.note.iter().flat_map(move |note| wrapped(note, room));
        text.chain(notes.map(|line| (Some(Style::Stale), line)))
    }
}

/// A line of the source; an empty file if it is not known.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Site {
    file: String,
    line: String,
}

impl Site {
    /// From `file:line:column`.
    fn parse(text: &str) -> Self {
        let mut parts = text.rsplitn(3, ':');
        let (_, line, file) = (parts.next(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        Self { file: shortened(file), line: line.to_owned() }
    }

    /// From `file:line`.
    #[cfg(feature = "check")]
    pub fn from_whole(text: &str) -> Self {
        let (file, line) = text.rsplit_once(':').unwrap_or_default();
        Self { file: file.to_owned(), line: line.to_owned() }
    }

    /// `file:line`; nothing if it is not known.
    pub fn whole(&self) -> String {
        if self.file.is_empty() { String::new() } else { format!("{}:{}", self.file, self.line) }
    }

    fn name(&self) -> &str {
        self.file.rsplit(['/', '\\']).next().unwrap_or_default()
    }
}

/// A path without what differs between machines: one that is not relative is that of a dependency.
fn shortened(file: &str) -> String {
    if std::path::Path::new(file).is_relative() {
        return file.to_owned();
    }
    let parts: Vec<_> = file.rsplitn(4, ['/', '\\']).take(3).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}

/// `file:line` of a place that is given as `file:line:column`.
pub(super) fn short_site(site: &impl ToString) -> String {
    Site::parse(&site.to_string()).whole()
}

/// The table of an execution.
pub(super) fn table(words: &Words<'_, '_>) -> Text {
    let (rows, _) = rows(words);
    let skipped = skipped(words, rows.len());
    let mut threads: Vec<usize> = rows[skipped..].iter().map(|row| row.thread).collect();
    threads.sort_by_key(|&thread| words.picture.number(thread));
    threads.dedup();
    let columns = threads.into_iter().map(|thread| (thread, words.picture.thread_name(thread))).collect();
    Table::new(columns, &rows, skipped).render()
}

/// A table of these rows, with a column for each of these threads, which are given with their names.
#[cfg(feature = "check")]
pub(crate) fn plain_table(columns: Vec<(usize, String)>, rows: &[Row]) -> String {
    Table::new(columns, rows, 0).render().plain
}

/// How many of the first rows are left out.
pub(super) fn skipped(words: &Words<'_, '_>, rows: usize) -> usize {
    let is_long = matches!(words.picture.fault.kind, ViolationKind::TooManyEvents | ViolationKind::NotDeterministic);
    if is_long { rows.saturating_sub(ROWS_MAX) } else { 0 }
}

/// What is to be shown, in its order, and the row of each event, from 1.
pub(super) fn rows(words: &Words<'_, '_>) -> (Vec<Row>, Vec<Option<usize>>) {
    let picture = words.picture;
    let mut rows = Vec::new();
    let mut row_of = vec![None; picture.graph.events.len()];
    let at_end = notes_at_end(picture);
    let is_early = |note: &&Note| !at_end.iter().any(|late| std::ptr::eq(*late, *note));
    let add_note = |rows: &mut Vec<Row>, note: &Note| {
        if !note.text.is_empty() {
            let (text, site) = (note.text.clone(), Site::parse(&note.site));
            rows.push(Row { label: next_label(rows), thread: note.thread, text, note: None, site, hurts: true });
        }
    };
    for (number, event) in picture.events() {
        let (thread, index) = (usize::from(event.thread), usize::from(event.index));
        let notes_after = |executed| {
            let notes = picture.fault.notes.iter().filter(is_early);
            notes.filter(move |note| note.thread == thread && note.executed == executed)
        };
        if index == 0 {
            notes_after(0).for_each(|note| add_note(&mut rows, note));
        }
        if let Some(text) = words.event(event) {
            let note = words.origin(number, |other: Number| row_of[other as usize]);
            let site = Site::parse(&if is_by_engine(event) { String::new() } else { event.site.to_string() });
            rows.push(Row { label: next_label(&rows), thread, text, note, site, hurts: false });
            row_of[number as usize] = Some(rows.len());
        }
        notes_after(index + 1).for_each(|note| add_note(&mut rows, note));
    }
    at_end.iter().for_each(|note| add_note(&mut rows, note));
    // That a thread is suspended is an event.
    for (thread, status) in picture.stuck().into_iter().filter(|(_, status)| !matches!(status, Status::Suspended(_))) {
        let (text, site) = words.stuck(status);
        // Who only waits for another thread's end is none of the causes.
        let hurts = !matches!(status, Status::Joins(..));
        rows.push(Row { label: next_label(&rows), thread, text, note: None, site: Site::parse(&site), hurts });
    }
    (rows, row_of)
}

fn next_label(rows: &[Row]) -> String {
    (rows.len() + 1).to_string()
}

/// The notes of what comes after all events: of the thread in which something is wrong, and of those without events.
fn notes_at_end<'picture>(picture: &'picture Picture<'_>) -> Vec<&'picture Note> {
    let is_last = |note: &&Note| note.executed == 0 || Some(note.thread) == picture.run.failed_in;
    picture.closing_notes().filter(is_last).collect()
}

/// A table that is to be rendered.
struct Table<'rows> {
    rows: &'rows [Row],
    skipped: usize,
    /// The threads that have columns, with their names, in the order of their numbers.
    columns: Vec<(usize, String)>,
    /// For each row, where it is in the source.
    sources: Vec<String>,
    labels_width: usize,
    sources_width: usize,
    /// The file whose name is left out.
    file: Option<String>,
}

impl<'rows> Table<'rows> {
    fn new(columns: Vec<(usize, String)>, rows: &'rows [Row], skipped: usize) -> Self {
        let file = file_left_out(&rows[skipped..]);
        let source = |row: &Row| match &row.site {
            Site { file, .. } if file.is_empty() => String::new(),
            Site { file: this, line } if Some(this) == file.as_ref() => format!(":{line}"),
            site => format!("{}:{}", site.name(), site.line),
        };
        let sources: Vec<String> = rows.iter().map(source).collect();
        let labels_width = rows.iter().map(|row| row.label.len()).max().unwrap_or(0);
        let sources_width = sources[skipped..].iter().map(|source| width(source)).max().unwrap_or(0);
        Self { rows, skipped, columns, sources, labels_width, sources_width, file }
    }

    fn render(&self) -> Text {
        let mut text = Text::default();
        if let Some(file) = &self.file {
            text.push_as(Style::Source, &format!("(:N is {file}:N)"));
            text.end_line();
        }
        match self.column_widths() {
            Some(widths) => self.add_columns(&mut text, &widths),
            None => self.add_lines(&mut text),
        }
        text
    }

    /// How wide the columns are; none if they would be too narrow.
    fn column_widths(&self) -> Option<Vec<usize>> {
        let between = BETWEEN.len() * self.columns.len().saturating_sub(1);
        let room = WIDTH.checked_sub(self.labels_width + 2 + between + 2 + self.sources_width)?;
        let wanted: Vec<usize> = self.columns.iter().map(|(thread, name)| self.wanted_width(*thread, name)).collect();
        fitted(&wanted, room, COLUMN_MIN)
    }

    fn wanted_width(&self, thread: usize, name: &str) -> usize {
        let rows = self.rows[self.skipped..].iter().filter(|row| row.thread == thread);
        let texts = rows.flat_map(|row| [Some(&row.text), row.note.as_ref()]).flatten();
        texts.map(|text| width(text)).chain([width(name)]).max().unwrap_or(0)
    }

    fn shown(&self) -> impl Iterator<Item = (&Row, &str)> {
        let rows = self.rows.iter().zip(&self.sources).skip(self.skipped);
        rows.map(|(row, source)| (row, source.as_str()))
    }

    fn add_skipped(&self, text: &mut Text) {
        if self.skipped > 0 {
            text.push(&format!("({} rows before these are left out)", self.skipped));
            text.end_line();
        }
    }

    fn add_line(&self, text: &mut Text, widths: &[usize], label: &str, cells: &[(Option<Style>, &str)], source: &str) {
        text.push(&format!("{label:>room$}", room = self.labels_width));
        let mut before = "  ";
        for (&(style, cell), &room) in cells.iter().zip(widths) {
            text.push(before);
            text.push_as(style, cell);
            text.push(&" ".repeat(room.saturating_sub(width(cell))));
            before = BETWEEN;
        }
        text.push("  ");
        text.push_as(Style::Source, source);
        text.end_line();
    }

    fn add_columns(&self, text: &mut Text, widths: &[usize]) {
        let names: Vec<_> = self.columns.iter().map(|(_, name)| (Some(Style::Heading), name.as_str())).collect();
        let rules: Vec<_> = widths.iter().map(|&width| "-".repeat(width)).collect();
        self.add_line(text, widths, "", &names, "");
        let rules: Vec<_> = rules.iter().map(|rule| (None, rule.as_str())).collect();
        self.add_line(text, widths, "", &rules, "");
        self.add_skipped(text);
        for (row, source) in self.shown() {
            let column = self.columns.iter().position(|&(thread, _)| thread == row.thread).unwrap_or(0);
            let mut margins = (row.label.clone(), source);
            for (style, line) in row.lines(widths[column]) {
                let mut cells = vec![(None, ""); self.columns.len()];
                cells[column] = (style, &line);
                self.add_line(text, widths, &margins.0, &cells, margins.1);
                margins = (String::new(), "");
            }
        }
    }

    fn add_lines(&self, text: &mut Text) {
        let (labels, sources) = (self.labels_width, self.sources_width);
        let names = self.columns.iter().map(|(_, name)| width(name)).max().unwrap_or(0).min(COLUMN_MIN);
        let room = WIDTH.saturating_sub(labels + 2 + names + 2 + 2 + sources).max(COLUMN_MIN);
        self.add_skipped(text);
        for (row, source) in self.shown() {
            let name = self.columns.iter().find(|(thread, _)| *thread == row.thread).map_or("", |(_, name)| name);
            let mut margins = (row.label.clone(), name.chars().take(names).collect::<String>(), source);
            for (style, line) in row.lines(room) {
                let (label, name, source) = &margins;
                text.push(&format!("{label:>labels$}  "));
                text.push_as(Style::Heading, name);
                text.push(&" ".repeat(names - width(name) + 2));
                text.push_as(style, &line);
                text.push(&" ".repeat(room.saturating_sub(width(&line)) + 2));
                text.push_as(Style::Source, source);
                text.end_line();
                margins = (String::new(), String::new(), "");
            }
        }
    }
}

/// The file that most rows are in, if its name is too long to be in each of them.
fn file_left_out(rows: &[Row]) -> Option<String> {
    let sites = || rows.iter().map(|row| &row.site).filter(|site| !site.file.is_empty());
    if sites().all(|site| width(site.name()) <= FILE_MAX) {
        return None;
    }
    let count = |site: &&Site| sites().filter(|other| other.file == site.file).count();
    sites().max_by_key(count).map(|site| site.file.clone())
}

/// How wide columns are that want to be as wide as this and have so much room together: the widest ones become narrower
/// until all have room. None if they would be narrower than `least`.
pub(crate) fn fitted(wanted: &[usize], room: usize, least: usize) -> Option<Vec<usize>> {
    let mut widest = wanted.iter().copied().max().unwrap_or(0);
    while wanted.iter().map(|&wanted| wanted.min(widest)).sum::<usize>() > room {
        widest -= 1;
        if widest < least {
            return None;
        }
    }
    Some(wanted.iter().map(|&wanted| wanted.min(widest)).collect())
}

pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
}

/// The text in lines of at most so many characters, broken between words where that is possible, but not at a `\u{a0}`.
pub(crate) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is a line");
        if line.is_empty() {
            line.push_str(word);
        } else if width(line) + 1 + width(word) <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
        while let Some(line) = lines.last_mut()
            && let Some((end, _)) = line.char_indices().nth(room)
        {
            let rest = line.split_off(end);
            lines.push(rest);
        }
    }
    lines.iter().map(|line| line.replace('\u{a0}', " ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_between_words() {
        assert_eq!(wrapped("load(Acquire) -> failed, saw 5", 16), ["load(Acquire) ->", "failed, saw 5"]);
        assert_eq!(wrapped("compare_exchange x", 7), ["compare", "_exchan", "ge x"]);
        assert_eq!(wrapped("load() ->\u{a0}7", 9), ["load()", "-> 7"]);
        assert_eq!(wrapped("", 5), [""]);
    }

    #[test]
    fn a_site_loses_its_column_and_what_differs_between_machines() {
        assert_eq!(short_site(&"tests/a.rs:3:14"), "tests/a.rs:3");
        assert_eq!(
            short_site(&"/home/me/.cargo/registry/src/index/queue-1.0/src/lib.rs:3:14"),
            "queue-1.0/src/lib.rs:3"
        );
    }
}
