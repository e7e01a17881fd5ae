//! How does one word name an execution of a scenario?
//!
//! It is the engine's token, `@`, the scenario, and a checksum: `r1-...@t=push:1,pop/t=pop-1a2b`. All of its characters are
//! plain ones for a shell.

use super::scenario::{Invocation, Scenario};
use crate::model::Fnv;

/// The token of an execution of `scenario` that the engine's `token` names; empty if that is.
pub(super) fn encode(token: &str, scenario: &Scenario) -> String {
    if token.is_empty() {
        return String::new();
    }
    let calls = |name: &str, calls: &[Invocation]| {
        let call = |call: &Invocation| {
            let arguments = call.arguments.iter().map(|argument| format!(":{argument}"));
            call.method.clone() + &arguments.collect::<String>()
        };
        let calls: Vec<_> = calls.iter().map(call).collect();
        format!("{name}={}", calls.join(","))
    };
    let mut parts = Vec::new();
    if !scenario.setup.is_empty() {
        parts.push(calls("s", &scenario.setup));
    }
    parts.extend(scenario.threads.iter().map(|thread| calls("t", thread)));
    if !scenario.closing.is_empty() {
        parts.push(calls("c", &scenario.closing));
    }
    parts.extend(scenario.after.iter().map(|after| format!("a={}+{}", after.later, after.earlier)));
    let body = format!("{token}@{}", parts.join("/"));
    format!("{body}-{:04x}", checksum(&body))
}

/// The engine's token, and the scenario.
///
/// # Errors
///
/// When it is not a token as [`encode`] makes them, in words.
pub(super) fn decode(token: &str) -> Result<(&str, Scenario), String> {
    let Some((engine, _)) = token.split_once('@') else {
        return Err("it names no scenario, so it is not a check's; replay it with the test that printed it".to_owned());
    };
    let (body, sum) = token.rsplit_once('-').unwrap_or((token, ""));
    let (_, parts) = body.split_once('@').ok_or("its end is missing")?;
    if u16::from_str_radix(sum, 16) != Ok(checksum(body)) || sum.len() != 4 {
        return Err("its checksum is wrong: was all of it copied?".to_owned());
    }
    let mut threads = 0;
    let lines = parts.split('/').map(|part| {
        let (name, rest) = part.split_once('=').unwrap_or((part, ""));
        let calls = || {
            let call = |call: &str| {
                let (method, arguments) = call.split_once(':').unwrap_or((call, ""));
                format!("{method}({})", arguments.replace(':', ","))
            };
            rest.split(',').filter(|call| !call.is_empty()).map(call).collect::<Vec<_>>().join(" ")
        };
        match name {
            "s" => format!("setup | {}", calls()),
            "t" => {
                threads += 1;
                format!("thread {threads} | {}", calls())
            }
            "c" => format!("closing | {}", calls()),
            _ => format!("after | {}", rest.replace('+', " after ")),
        }
    });
    let text: Vec<_> = lines.collect();
    text.join("\n").parse().map(|scenario| (engine, scenario)).map_err(|error| format!("{error}"))
}

/// FNV-1a, folded.
fn checksum(text: &str) -> u16 {
    let mut hash = Fnv::new();
    hash.add(text.as_bytes());
    let hash = hash.get();
    (hash >> 16) as u16 ^ hash as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario() -> Scenario {
        let text =
            "setup | put(0, 7)\nthread 1 | push(1) pop()\nthread 2 | pop()\nclosing | pop()\nafter | 2.1 after 1.1";
        text.parse().unwrap()
    }

    #[test]
    fn a_token_names_the_execution_and_the_scenario() {
        let token = encode("r1-abc", &scenario());
        assert!(token.starts_with("r1-abc@s=put:0:7/t=push:1,pop/t=pop/c=pop/a=2.1+1.1-"), "{token}");
        assert!(token.chars().all(|c| c.is_ascii_alphanumeric() || "@=:,/+.-_".contains(c)), "{token}");
        assert_eq!(decode(&token), Ok(("r1-abc", scenario())));
        assert_eq!(encode("", &scenario()), "");
    }

    #[test]
    fn each_changed_or_missing_character_is_noticed() {
        let token = encode("r1-abc", &scenario());
        for position in 0..token.len() {
            assert!(decode(&token[..position]).is_err(), "cut at {position}");
            let mut changed = token.clone().into_bytes();
            changed[position] = if changed[position] == b'1' { b'2' } else { b'1' };
            assert!(decode(std::str::from_utf8(&changed).unwrap()).is_err(), "changed at {position}");
        }
    }
}
