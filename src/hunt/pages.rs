//! How does a hunt look in a browser? A page with the code, the execution and the fix, and an index of all pages.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::code::{self, Line};
use super::found::{Found, coverage, runs};
use super::{found, story, text};
use crate::check::{Explanation, Part, html};

/// The index, with `{{rows}}` where they are put in.
const INDEX: &str = include_str!("index.html");

/// Writes the page of a hunt into a folder, which is made if there is none, and says where it is.
pub(super) fn write(folder: &Path, found: &Found) -> io::Result<PathBuf> {
    html::write(folder, found.variant.name, &explanation(found))
}

fn explanation(found: &Found) -> Explanation {
    let (entry, variant) = (found.entry, found.variant);
    let mut page = found.violation().map_or_else(Explanation::default, Explanation::from);
    let Some(violation) = found.violation() else {
        page.kind = "not found".to_owned();
        page.message = format!("{}: {}", variant.name, coverage(&found.bug));
        page.before = about(found);
        page.after = after(found);
        return page;
    };
    page.replay = found.replay_command();
    page.before = about(found);
    let passages = story::passages(entry, violation);
    let names = passages.iter().map(|passage| passage.thread.len()).max().unwrap_or(0);
    let lines = passages.iter().flat_map(|passage| {
        let line = format!("{:names$}  {:>5}  {}", passage.thread, passage.line, passage.code);
        std::iter::once(line).chain(passage.remarks.iter().map(|remark| format!("{:1$}<- {remark}", "", names + 9)))
    });
    page.before.push(Part::new("Line by line", lines.collect::<Vec<_>>().join("\n")));
    page.after = after(found);
    page
}

fn about(found: &Found) -> Vec<Part> {
    let (entry, variant) = (found.entry, found.variant);
    let [wrong, _] = code::both(entry, variant);
    let about = format!(
        "{}\n{}\n\nLesson: {}\nSource: {}\nFound after {} under {}.",
        entry.title,
        variant.fault,
        entry.lesson,
        entry.source,
        found::counted(runs(&found.bug)),
        found::memory(found.bug.settings.memory)
    );
    let title = format!("The code that is wrong, {}", text::place(entry, &wrong));
    vec![Part::prose(variant.name, about), Part::new(title, listing(&wrong, '-'))]
}

fn after(found: &Found) -> Vec<Part> {
    let [_, right] = code::both(found.entry, found.variant);
    let mut fix = format!("{}\n\n{}", found.variant.remedy, listing(&right, '+'));
    if let Some(report) = &found.fix {
        fix += &format!("\n\nCovered: {}", coverage(report));
    }
    vec![Part::new(format!("The fix, {}", text::place(found.entry, &right)), fix)]
}

fn listing(lines: &[Line], mark: char) -> String {
    let line = |line: &Line| {
        let mark = if line.differs { mark } else { ' ' };
        format!("{:>5} {mark} {}", line.number, line.text).trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Writes the index of pages, each with a name and what came of it, and says where it is.
pub(super) fn write_index(folder: &Path, pages: &[(String, String, PathBuf)]) -> io::Result<PathBuf> {
    let row = |(name, words, page): &(String, String, PathBuf)| {
        let file = page.file_name().map_or_else(String::new, |file| file.to_string_lossy().into_owned());
        let [file, name, words] = [&file, name, words].map(|text| html::escaped(text));
        format!("<tr><td><a href=\"{file}\">{name}</a></td><td>{words}</td></tr>\n")
    };
    fs::create_dir_all(folder)?;
    let path = folder.join("index.html");
    fs::write(&path, INDEX.replace("{{rows}}", &pages.iter().map(row).collect::<String>()))?;
    Ok(path)
}
