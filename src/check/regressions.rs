//! Which scenarios have failed before?
//!
//! They stand in a folder `raddle-regressions` beside the file whose check found them, as text that can be read, edited and
//! kept under version control, and are run first. Where nobody would come to keep them, in continuous integration, which sets
//! the variable `CI`, none is added.

use std::fs;
use std::io;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::thread;

use super::scenario::Scenario;
use super::spec::Method;

const HEADER: &str = "\
# Scenarios that have failed, by the test that found them. They are run first, so that what was mended stays so.
# Keep this file under version control.
";

/// The scenarios of one test.
#[derive(Debug)]
pub(super) struct Regressions {
    /// Nothing if the source is not there, as when tests run elsewhere than they were built.
    file: Option<PathBuf>,
    test: String,
}

impl Regressions {
    /// Those of the test that runs, found by a check at `site`.
    pub fn beside(site: &Location<'_>) -> Self {
        let test = thread::current().name().unwrap_or("main").to_owned();
        Self { file: source(Path::new(site.file())).map(|source| file_for(&source)), test }
    }

    /// The test's scenarios that can still be run.
    pub fn scenarios<C>(&self, methods: &[Method<C>]) -> Vec<Scenario> {
        let text = self.file.as_ref().and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        let mine = entries(&text).filter(|(test, _)| *test == self.test);
        mine.filter_map(|(_, scenario)| scenario.parse().ok())
            .filter(|scenario: &Scenario| scenario.fits(methods).is_ok())
            .collect()
    }

    /// Adds a scenario, unless it is there. Returns the file, if it was written.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn add(&self, scenario: &Scenario) -> io::Result<Option<&Path>> {
        let Some(file) = &self.file else { return Ok(None) };
        let mut text = fs::read_to_string(file).unwrap_or_else(|_| HEADER.to_owned());
        if entries(&text).any(|(test, known)| test == self.test && known.parse().as_ref() == Ok(scenario)) {
            return Ok(None);
        }
        text += &format!("\n[{}]\n{scenario}\n", self.test);
        fs::create_dir_all(file.parent().expect("the file is in a folder"))?;
        fs::write(file, text)?;
        Ok(Some(file))
    }
}

/// The tests and the texts of their scenarios.
fn entries(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("\n[").skip(1).filter_map(|entry| entry.split_once("]\n"))
}

/// Where the file of source code is. Its path is relative to the workspace, in whose package the test runs.
fn source(path: &Path) -> Option<PathBuf> {
    let mut rest = path;
    loop {
        if rest.is_file() {
            return Some(rest.to_owned());
        }
        let mut components = rest.components();
        components.next()?;
        rest = components.as_path();
    }
}

fn file_for(source: &Path) -> PathBuf {
    let name = source.file_stem().unwrap_or_default();
    source.with_file_name("raddle-regressions").join(name).with_extension("txt")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own, which is removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("raddle-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn regressions(&self, test: &str) -> Regressions {
            Regressions { file: Some(file_for(&self.0.join("queue.rs"))), test: test.to_owned() }
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn methods() -> Vec<Method<()>> {
        vec![Method { name: "pop", arguments: vec![], call: |_| (), role: None }]
    }

    fn scenario(text: &str) -> Scenario {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_kept_is_found_again_by_the_same_test() {
        let folder = Folder::new("kept");
        let [one, two] = ["thread 1 | pop()", "setup | pop()\nthread 1 | pop() pop()\nthread 2 | pop()"].map(scenario);
        let pops = folder.regressions("tests::pops");
        assert!(pops.scenarios(&methods()).is_empty());
        let file = pops.add(&one).unwrap().expect("it was written").to_owned();
        assert!(pops.add(&one).unwrap().is_none(), "it is there already");
        pops.add(&two).unwrap();
        folder.regressions("tests::pushes").add(&one).unwrap();
        assert_eq!(pops.scenarios(&methods()), [one.clone(), two]);
        assert_eq!(folder.regressions("tests::pushes").scenarios(&methods()), [one]);
        assert_eq!(file, folder.0.join("raddle-regressions").join("queue.txt"));
        let text = fs::read_to_string(file).unwrap();
        assert!(
            text.starts_with("# Scenarios that have failed") && text.contains("\n[tests::pops]\nthread 1 | pop()\n"),
            "{text}"
        );
    }

    #[test]
    fn what_can_not_be_run_any_more_is_left_where_it_is() {
        let folder = Folder::new("left");
        let tests = folder.regressions("tests::pops");
        tests.add(&scenario("thread 1 | push(1)")).unwrap();
        tests.add(&scenario("thread 1 | pop()")).unwrap();
        assert_eq!(tests.scenarios(&methods()), [scenario("thread 1 | pop()")]);
        let text = fs::read_to_string(tests.file.as_ref().unwrap()).unwrap();
        fs::write(tests.file.as_ref().unwrap(), text.replace("pop()", "pop(")).unwrap();
        assert!(tests.scenarios(&methods()).is_empty());
    }

    #[test]
    fn a_source_is_found_though_its_path_begins_above_the_package() {
        assert_eq!(source(Path::new("src/lib.rs")), Some(PathBuf::from("src/lib.rs")));
        assert_eq!(source(Path::new("a/workspace/member/src/lib.rs")), Some(PathBuf::from("src/lib.rs")));
        assert_eq!(source(Path::new("nowhere/to/be.found")), None);
    }
}
