//! How does a counterexample look in a browser?
//!
//! One page that needs nothing else: no network, no fonts, no other files. It says what [`Explanation`]'s text says, and
//! draws the threads.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{fs, io, thread};

use super::drawing;
use super::explain::{Explanation, Part, WRONG};
use crate::engine::report_folder;

/// The page, with `{{name}}` where something is put in.
const PAGE: &str = include_str!("report.html");
/// The longest name that a file gets, in characters.
const NAME_MAX: usize = 100;

/// The page of a counterexample.
///
/// ```
/// use raddle::check::{Explanation, html};
/// use raddle::model::Checker;
/// use raddle::sync::atomic::{AtomicU64, Ordering::Relaxed};
/// use raddle::sync::Arc;
///
/// # if raddle::sync::BACKEND == raddle::sync::Backend::Model {
/// let report = Checker::new().explore(|| {
///     let count = Arc::new(AtomicU64::new(0));
///     let other = count.clone();
///     raddle::thread::spawn(move || other.fetch_add(1, Relaxed));
///     assert_eq!(count.load(Relaxed), 0);
/// });
/// let page = html::render(&Explanation::from(&report.violation.unwrap()));
/// assert!(page.contains("fetch_add(1, Relaxed)"));
/// # }
/// ```
pub fn render(explanation: &Explanation) -> String {
    let mut pieces = PAGE.split("{{");
    let mut page = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").expect("the page closes what it opens");
        page += &part(explanation, name);
        page += rest;
    }
    page
}

/// Writes the page of a counterexample that the running test has found, if `RADDLE_REPORT` names a folder for it. Returns
/// what there is to be said about that, on lines of its own.
pub(crate) fn page_if_asked(explanation: &Explanation) -> String {
    let Some(folder) = report_folder() else { return String::new() };
    match write(&folder, thread::current().name().unwrap_or("main"), explanation) {
        Ok(path) => format!("\n\nreport: {}", path.display()),
        Err(error) => format!("\n\nno report in {}: {error}", folder.display()),
    }
}

/// Writes the page of a counterexample to a file in `dir`, which is made if there is none, and says where it is. The file is
/// named after `name`, and replaces one of that name.
///
/// # Errors
///
/// When the file can't be written.
pub fn write(dir: &Path, name: &str, explanation: &Explanation) -> io::Result<PathBuf> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let name: String = name.chars().map(|c| if is_plain(c) { c } else { '-' }).take(NAME_MAX).collect();
    fs::create_dir_all(dir)?;
    let path = dir.join(format!("{}.html", if name.is_empty() { "report" } else { &name }));
    fs::write(&path, render(explanation))?;
    Ok(path)
}

/// What is put into the page at a place.
fn part(explanation: &Explanation, name: &str) -> String {
    let Explanation { kind, message, .. } = explanation;
    let (first, rest) = message.split_once('\n').unwrap_or((message, ""));
    match name {
        "title" => escaped(&explanation.headline()),
        "kind" => escaped(kind),
        "headline" => escaped(first),
        "more" if rest.is_empty() => String::new(),
        "more" => format!("<div class=\"more\">{}</div>\n", escaped(rest)),
        "replay" => explanation.replay.as_deref().map_or_else(String::new, replay),
        "before" => parts(&explanation.before),
        "after" => parts(&explanation.after),
        "scenario" => scenario(explanation),
        "lanes" => drawing::lanes(explanation),
        "calls" if explanation.calls.is_empty() => String::new(),
        "calls" => section("", "Calls and returns, from top to bottom", &explanation.table()),
        "trace" if explanation.trace.is_empty() => String::new(),
        "trace" => section("", "What the threads did", &explanation.trace),
        _ => unreachable!("the page asks for {name}"),
    }
}

fn replay(command: &str) -> String {
    format!(
        "<section class=\"replay\">\n<h2>Replay</h2>\n<code id=\"replay\">{}</code>\n\
         <button type=\"button\" data-copies=\"replay\">Copy</button>\n</section>\n",
        escaped(command)
    )
}

fn parts(parts: &[Part]) -> String {
    let class = |part: &Part| if part.is_prose { "why" } else { "" };
    parts.iter().map(|part| section(class(part), &part.title, &part.text)).collect()
}

fn scenario(explanation: &Explanation) -> String {
    let mut parts = String::new();
    if let Some(scenario) = &explanation.scenario {
        parts += &section("", "Scenario", &scenario.to_string());
    }
    if !explanation.why.is_empty() {
        parts += &section("why", "Why no order of the calls explains this", &explanation.why.join("\n"));
    }
    if parts.is_empty() { parts } else { format!("<div class=\"pair\">\n{parts}</div>\n") }
}

/// A part of the page with text as it stands.
fn section(class: &str, title: &str, text: &str) -> String {
    let mut lines = String::new();
    for line in text.trim_end().lines() {
        let line = match line.ends_with(WRONG) {
            true => format!("<mark>{}</mark>", escaped(line)),
            false => escaped(line),
        };
        writeln!(lines, "{line}").expect("a string takes it");
    }
    format!(
        "<section class=\"{class}\">\n<h2>{}</h2>\n<pre tabindex=\"0\">{}</pre>\n</section>\n",
        escaped(title),
        lines.trim_end()
    )
}

/// Text as it is written in HTML, in elements and in attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            // Nothing in HTML stands for other control characters.
            c if c.is_control() && !matches!(c, '\n' | '\t') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::explain::tests::popped_twice;
    use super::*;
    use crate::check::{Outcome, ShownCall};

    #[test]
    fn nothing_of_the_report_is_taken_for_html() {
        let evil = "</pre><script>\"'&{{kind}}\u{1}";
        let call = ShownCall {
            thread: 1,
            call: evil.to_owned(),
            outcome: Outcome::Returned(evil.to_owned()),
            steps: [0, 1],
            events: None,
        };
        let page = render(&Explanation {
            kind: evil.to_owned(),
            message: format!("{evil}\n{evil}"),
            calls: vec![call],
            why: vec![evil.to_owned()],
            trace: evil.to_owned(),
            replay: Some(evil.to_owned()),
            before: vec![Part::new(evil, evil)],
            after: vec![Part::prose(evil, evil)],
            ..Explanation::default()
        });
        assert_eq!(page.matches("<script>").count(), 1);
        let shown = "&lt;/pre&gt;&lt;script&gt;&quot;&#39;&amp;{{kind}}\u{fffd}";
        assert!(page.matches(shown).count() >= 12, "{page}");
    }

    #[test]
    fn the_page_needs_nothing_else() {
        let page = render(&popped_twice());
        for word in ["http:", "https:", "src=", "@import", "<link", "url(h"] {
            assert!(!page.contains(word), "{word}");
        }
    }

    #[test]
    fn a_file_gets_a_name_that_a_file_can_have() {
        let dir = std::env::temp_dir().join(format!("raddle-report-{}", std::process::id()));
        let path = write(&dir.join("new"), "queue::tests::../two consumers", &popped_twice()).unwrap();
        assert_eq!(path.file_name().unwrap(), "queue--tests-----two-consumers.html");
        assert_eq!(fs::read_to_string(&path).unwrap(), render(&popped_twice()));
        fs::remove_dir_all(dir).unwrap();
    }
}
