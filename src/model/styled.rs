//! Which parts of a text stand out on a terminal?
//!
//! The text itself is plain, to be compared, searched and stored; what its parts are is noted beside it. Only what is
//! written with colours becomes escape sequences, each of which ends on its line, around whole phrases.

use std::ops::Range;

/// What a part of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Who does what stands below or beside it.
    Heading,
    /// A line of the source.
    Source,
    /// That a value is not the newest.
    Stale,
    /// What is wrong, and the steps that hurt.
    Wrong,
}

impl Style {
    /// The parameters of its escape sequence (ECMA-48, "select graphic rendition").
    fn parameters(self) -> &'static str {
        match self {
            Self::Heading => "1",
            Self::Source => "2",
            Self::Stale => "33",
            Self::Wrong => "1;31",
        }
    }
}

/// Where a style begins and ends.
pub(super) type Mark = (Range<usize>, Style);

/// A text and what its parts are, from front to back.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub plain: String,
    pub marks: Vec<Mark>,
}

impl Text {
    pub fn push(&mut self, text: &str) {
        self.plain += text;
    }

    /// Adds a part of a line.
    pub fn push_as(&mut self, style: impl Into<Option<Style>>, text: &str) {
        debug_assert!(!text.contains('\n'), "a style ends on its line");
        let start = self.plain.len();
        self.plain += text;
        if let Some(style) = style.into()
            && !text.is_empty()
        {
            self.marks.push((start..self.plain.len(), style));
        }
    }

    pub fn append(&mut self, plain: &str, marks: &[Mark]) {
        let start = self.plain.len();
        self.plain += plain;
        self.marks.extend(marks.iter().map(|(range, style)| (range.start + start..range.end + start, *style)));
    }

    /// Ends a line, without the spaces at its end.
    pub fn end_line(&mut self) {
        self.plain.truncate(self.plain.trim_end_matches(' ').len());
        self.plain.push('\n');
    }

    pub fn with_colours(&self) -> String {
        let mut text = String::new();
        let mut written = 0;
        for (range, style) in &self.marks {
            // Whoever has changed the plain text has lost its marks.
            let (Some(before), Some(part)) = (self.plain.get(written..range.start), self.plain.get(range.clone()))
            else {
                continue;
            };
            text += &format!("{before}\x1b[{}m{part}\x1b[0m", style.parameters());
            written = range.end;
        }
        text + &self.plain[written..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_escape_sequences_around_their_parts() {
        let mut text = Text::default();
        text.push("1  ");
        text.push_as(Style::Wrong, "panics");
        text.push_as(None, "  ");
        text.push_as(Style::Source, ":3");
        text.push("   ");
        text.end_line();
        let mut whole = Text::default();
        whole.push("table:\n");
        whole.append(&text.plain, &text.marks);
        assert_eq!(whole.plain, "table:\n1  panics  :3\n");
        assert_eq!(whole.with_colours(), "table:\n1  \x1b[1;31mpanics\x1b[0m  \x1b[2m:3\x1b[0m\n");
    }

    #[test]
    fn marks_of_a_text_that_was_changed_are_left_out() {
        let marks = vec![(0..1, Style::Heading), (1..2, Style::Source), (7..9, Style::Wrong)];
        assert_eq!(Text { plain: "aé".to_owned(), marks }.with_colours(), "\x1b[1ma\x1b[0mé");
    }
}
