//! On what, and of which versions, was it measured?

use std::fs;
use std::thread::available_parallelism;

use crate::contenders;
use crate::payload::PayloadName;

/// The workspace's lock file, which this was built with.
const LOCK_FILE: &str = include_str!("../../../Cargo.lock");

/// The processor's name and how many there are.
pub fn processors() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let count = available_parallelism().map_or(1, usize::from);
    format!("{count} processors, {}", model.map_or("of unknown kind", |(_, name)| name))
}

/// The packages that are compared, each with its version.
pub fn versions() -> Vec<(&'static str, &'static str)> {
    let mut packages: Vec<_> =
        contenders::all(PayloadName::U64).iter().map(|contender| contender.about.package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages.into_iter().filter_map(|package| Some((package, version(package)?))).collect()
}

fn version(package: &str) -> Option<&'static str> {
    let name = format!("\nname = \"{package}\"\nversion = \"");
    let (_, rest) = LOCK_FILE.split_once(&name)?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_but_std_has_a_version() {
        let versions = versions();
        let packages: Vec<_> = versions.iter().map(|(package, _)| *package).collect();
        assert_eq!(
            packages,
            [
                "concurrent-queue",
                "crossbeam-channel",
                "crossbeam-queue",
                "flume",
                "kanal",
                "raddle",
                "rtrb",
                "thingbuf"
            ]
        );
        assert!(versions.iter().all(|(_, version)| version.starts_with(|first: char| first.is_ascii_digit())));
    }
}
