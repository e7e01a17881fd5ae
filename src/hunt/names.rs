//! What does a name stand for?

use crate::catalogue::{self, Entry, Variant, entries};

/// Names that are at least so much alike are offered in place of each other.
const ALIKE: f64 = 0.75;
const OFFERED_MAX: usize = 3;

/// The variant of this name, or a message with the names that are most like it.
pub(super) fn find(name: &str) -> Result<(&'static Entry, &'static Variant), String> {
    catalogue::find(name).ok_or_else(|| {
        let near = nearest(name);
        match near.as_slice() {
            [] => format!("there is no bug called {name:?}; there are {}", all().collect::<Vec<_>>().join(", ")),
            near => format!("there is no bug called {name:?}; did you mean {}?", near.join(" or ")),
        }
    })
}

fn all() -> impl Iterator<Item = &'static str> {
    entries().iter().flat_map(|entry| entry.variants).map(|variant| variant.name)
}

/// The names that are like `name`, the most alike first.
fn nearest(name: &str) -> Vec<&'static str> {
    let name = name.to_lowercase().replace(['_', ' '], "-");
    let likeness = |other: &str| {
        let is_part = name.len() >= 3 && other.contains(&name);
        strsim::normalized_damerau_levenshtein(&name, other).max(if is_part { ALIKE } else { 0.0 })
    };
    let alike = all().map(|other| (likeness(other), other)).filter(|&(likeness, _)| likeness >= ALIKE);
    let mut alike: Vec<_> = alike.collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    alike.into_iter().map(|(_, name)| name).take(OFFERED_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_like_a_name_is_offered_and_nothing_else() {
        assert_eq!(nearest("pop_from_empty"), ["pop-from-empty"]);
        assert_eq!(nearest("pop-form-emty"), ["pop-from-empty"]);
        assert_eq!(nearest("Lost-Wakeup"), ["lost-wakeup"]);
        assert_eq!(nearest("aba"), ["treiber-aba"]);
        assert_eq!(nearest("ring").len(), OFFERED_MAX);
        assert!(nearest("snark").is_empty());
        assert!(find("snark").unwrap_err().contains("there are pop-from-empty, lost-wakeup, "));
    }
}
