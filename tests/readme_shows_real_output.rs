//! What the README shows as output is what the program prints, but for the numbers.

// The program does not run on loom.
#![cfg(not(loom))]

mod demo;

use raddle::sync::{BACKEND, Backend};

/// The command and the text of each block that says what it is the output of.
fn shown() -> Vec<(String, String)> {
    let readme = include_str!("../README.md");
    let mut blocks = Vec::new();
    for part in readme.split("<!-- the output of: ").skip(1) {
        let (command, rest) = part.split_once(" -->\n```text\n").expect("a block of text follows");
        let (text, _) = rest.split_once("```").expect("the block ends");
        blocks.push((command.to_owned(), text.to_owned()));
    }
    blocks
}

/// Numbers become `#`, and runs of spaces, which depend on how long the numbers are, one space. Where there is one try
/// it reads as several.
fn without_numbers(line: &str) -> String {
    let mut result = String::new();
    for character in line.trim().chars() {
        let character = if character.is_ascii_digit() { '#' } else { character };
        let goes_on = match character {
            '#' | '.' => result.ends_with('#'),
            ' ' => result.ends_with(' '),
            _ => false,
        };
        if !goes_on {
            result.push(character);
        }
    }
    result.replace("# try,", "# tries,")
}

#[test]
fn every_shown_output_is_what_the_command_prints() {
    let blocks = shown();
    assert_eq!(blocks.len(), 3, "the hunts and the demo");
    for (command, text) in blocks {
        let arguments: Vec<&str> = command.split(' ').collect();
        let is_on_engine = arguments[0] == "hunt" && !arguments.contains(&"--real-threads");
        if is_on_engine && BACKEND != Backend::Model {
            continue;
        }
        let ran = demo::run(&arguments);
        assert_eq!(ran.status, Some(0), "{}", ran.stderr);
        let printed: Vec<String> = ran.stdout.lines().map(without_numbers).collect();
        // A part is shown: the demo's timeline, after the table, is not, nor how a hunt begins.
        let first = text.lines().next().map(without_numbers);
        let begins = printed.iter().position(|line| Some(line) == first.as_ref()).expect("it begins somewhere");
        for (number, line) in text.lines().enumerate() {
            assert_eq!(printed.get(begins + number), Some(&without_numbers(line)), "line {number} of {command}");
        }
    }
}

#[test]
fn numbers_and_the_width_of_columns_do_not_matter() {
    assert_eq!(without_numbers("threads       1.79     22.32    40/40"), "threads # # #/#");
    assert_eq!(without_numbers("  4   pops, in 2 s."), "# pops, in # s.");
    assert_eq!(without_numbers("Found after 1 try, 0.1 s:"), without_numbers("Found after 20 tries, 0.1 s:"));
}
