//! Which lines are wrong, and what stands in their place?

use similar::{ChangeTag, TextDiff};

use crate::catalogue::{Entry, Excerpt, Variant};

/// A line of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub number: usize,
    pub text: String,
    /// True if the other side has it not.
    pub differs: bool,
}

/// The wrong code of a variant, and its fix.
pub(super) fn both(entry: &Entry, variant: &Variant) -> [Vec<Line>; 2] {
    let (buggy, fixed) = (entry.buggy_code(variant), entry.fixed_code(variant));
    let diff = TextDiff::from_lines(&buggy.text, &fixed.text);
    let differing = |tag| {
        let changes = diff.iter_all_changes().filter(move |change| change.tag() == tag);
        changes.filter_map(move |change| if tag == ChangeTag::Delete { change.old_index() } else { change.new_index() })
    };
    let (wrong, right): (Vec<_>, Vec<_>) =
        (differing(ChangeTag::Delete).collect(), differing(ChangeTag::Insert).collect());
    [lines(&buggy, &wrong), lines(&fixed, &right)]
}

fn lines(excerpt: &Excerpt, differing: &[usize]) -> Vec<Line> {
    let line = |(index, text): (usize, &str)| Line {
        number: excerpt.line + index,
        text: text.to_owned(),
        differs: differing.contains(&index) && !text.trim().is_empty(),
    };
    excerpt.text.lines().enumerate().map(line).collect()
}

/// The line of an entry's file that `site` names as `file:line`, if it does.
pub(super) fn number_of(entry: &Entry, site: &str) -> Option<usize> {
    let (file, line) = site.rsplit_once(':')?;
    (file.replace('\\', "/") == entry.file.replace('\\', "/")).then(|| line.parse().ok())?
}

/// A line of an entry's file, by its number from 1.
pub(super) fn line(entry: &Entry, number: usize) -> &'static str {
    entry.code.lines().nth(number.wrapping_sub(1)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{entries, find};

    #[test]
    fn the_lines_that_differ_are_those_that_the_other_side_lacks() {
        for (entry, variant) in entries().iter().flat_map(|entry| entry.variants.iter().map(move |v| (entry, v))) {
            let [wrong, right] = both(entry, variant);
            assert!(wrong.iter().chain(&right).any(|line| line.differs), "{}", variant.name);
            for shown in wrong.iter().chain(&right) {
                assert_eq!(line(entry, shown.number).trim(), shown.text.trim(), "{}", variant.name);
            }
            let same = |lines: &[Line]| {
                let same = lines.iter().filter(|line| !line.differs && !line.text.is_empty());
                same.map(|line| line.text.clone()).collect::<Vec<_>>()
            };
            assert_eq!(same(&wrong), same(&right), "{}", variant.name);
        }
    }

    #[test]
    fn a_site_is_a_line_of_the_file_or_of_another_one() {
        let (entry, _) = find("pop-from-empty").unwrap();
        assert_eq!(number_of(entry, "src/catalogue/pop_from_empty.rs:1"), Some(1));
        assert_eq!(number_of(entry, "src\\catalogue\\pop_from_empty.rs:7"), Some(7));
        assert_eq!(number_of(entry, "src/catalogue/actors.rs:1"), None);
        assert_eq!(number_of(entry, ""), None);
        assert!(line(entry, 1).starts_with("//! The lecture's mistake"));
        assert_eq!((line(entry, 0), line(entry, 10_000)), ("", ""));
    }
}
