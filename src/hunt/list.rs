//! What is there to be hunted? A table.

use std::fmt::Write;

use super::text::{QUIET, TITLE};
use crate::catalogue::{Entry, Variant, entries};
use crate::model::{width, wrapped};

/// A column for words that would be narrower gets lines of its own below.
const WORDS_MIN: usize = 44;

const CLOSING: &str = "\
`cargo hunt NAME` shows one, finds it, and covers its fix; --step walks through it; `cargo hunt --all` hunts them all.
`cargo hunt --help` has the rest.
";

/// A row: a name, what it comes to in numbers, what is wrong.
struct Row {
    name: String,
    symptom: String,
    needs: String,
    size: [String; 2],
    words: &'static str,
}

impl Row {
    fn of(entry: &Entry, variant: &Variant) -> Self {
        let is_first = variant.name == entry.name;
        Self {
            name: format!("{}{}", if is_first { "  " } else { "    " }, variant.name),
            symptom: variant.symptom.to_string(),
            needs: variant.memory.to_string(),
            size: [variant.threads.to_string(), variant.calls.to_string()],
            words: if is_first { entry.title } else { variant.fault.trim_end_matches('.') },
        }
    }

    fn cells(&self) -> [&str; 3] {
        [&self.name, &self.symptom, &self.needs]
    }
}

/// The table, for so many columns if it is known how many there are.
pub(super) fn text(columns: Option<usize>) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_list(&mut text, columns);
    text
}

fn write_list(text: &mut String, columns: Option<usize>) -> std::fmt::Result {
    let variants = entries().iter().flat_map(|entry| entry.variants.iter().map(move |variant| Row::of(entry, variant)));
    let rows: Vec<Row> = variants.collect();
    let heads = ["  name", "symptom", "needs"];
    let widths: [usize; 3] = std::array::from_fn(|cell| {
        rows.iter().map(|row| width(row.cells()[cell])).chain([width(heads[cell])]).max().unwrap_or(0)
    });
    let [name, symptom, needs] = widths;
    let left = name + 2 + symptom + 2 + needs + 2 + "threads  calls".len() + 2;
    let room = columns.map_or(usize::MAX, |columns| columns.saturating_sub(left));
    let is_beside = room >= WORDS_MIN;
    let head = if is_beside { "what is wrong" } else { "" };
    let head = format!("{:name$}  {:symptom$}  {:needs$}  threads  calls  {head}", heads[0], heads[1], heads[2]);
    writeln!(text, "What can be hunted, a bug in a line, its variants below:\n\n{TITLE}{}{TITLE:#}", head.trim_end())?;
    for Row { name: label, symptom: kind, needs: memory, size: [threads, calls], words } in &rows {
        let line = format!("{kind:symptom$}  {memory:needs$}  {threads:>7}  {calls:>5}");
        let indentation = if is_beside { left } else { 6 };
        let room = if is_beside { room } else { columns.unwrap_or(usize::MAX).saturating_sub(indentation).max(20) };
        let mut lines = wrapped(words, room).into_iter();
        let beside = if is_beside { lines.next().unwrap_or_default() } else { String::new() };
        let line = format!("{line}  {beside}");
        writeln!(text, "{TITLE}{label:name$}{TITLE:#}  {}", line.trim_end())?;
        for line in lines {
            writeln!(text, "{:indentation$}{QUIET}{line}{QUIET:#}", "")?;
        }
    }
    writeln!(text)?;
    for line in CLOSING.lines().flat_map(|line| wrapped(line, columns.unwrap_or(usize::MAX).max(20))) {
        writeln!(text, "{line}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(columns: Option<usize>) -> String {
        anstream::adapter::strip_str(&text(columns)).to_string()
    }

    #[test]
    fn it_fits_and_says_the_same_at_any_width() {
        let words = |text: &str| {
            let mut words: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
            words.sort_unstable();
            words
        };
        let whole = plain(None);
        for columns in [40, 70, 80, 100, 120, 160, 250] {
            let text = plain(Some(columns));
            let longest = text.lines().map(width).max().unwrap();
            // The table alone takes so much.
            assert!(longest <= columns.max(78), "{columns}: {longest}\n{text}");
            let missing: Vec<_> = words(&whole).into_iter().filter(|word| !words(&text).contains(word)).collect();
            assert!(missing.iter().all(|word| ["what", "is", "wrong"].contains(&word.as_str())), "{missing:?}");
        }
        let rows = whole.lines().filter(|line| line.starts_with("  ")).count();
        let variants: usize = entries().iter().map(|entry| entry.variants.len()).sum();
        assert_eq!(rows, variants + 1, "where nobody looks each has one line, below the head:\n{whole}");
    }
}
