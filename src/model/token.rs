//! How is one execution written down, so that it can be run again?
//!
//! A token is `r1-` and base64url (RFC 4648, section 5) of varints: how long it is, the settings that decide what can happen,
//! hashes of the model's name and of the events, and for each event the thread and the way, as [`Step`]s. Its end is a
//! CRC-32, which notices every single character that is changed.

use std::any::type_name;
use std::fmt;

use super::Memory;
use super::event::{Kind, Number};
use super::explore::Limits;
use super::follow::{Fnv, Follow, Step, hash_of_site};
use super::picture::Picture;

const PREFIX: &str = "r1-";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CHECKSUM_BYTES: usize = 4;

/// What a replay token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// A hash of the closure's type name.
    pub model: u32,
    /// A hash of what the events are.
    pub events: u32,
    pub memory: Memory,
    pub limits: Limits,
    pub events_max: usize,
    pub threads_max: usize,
    /// What the owners are counted of.
    counted: Vec<u32>,
    steps: Vec<Step>,
    tails: Vec<u16>,
}

/// Why a text is no replay token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// It does not begin as one.
    NoToken,
    /// It is one for another version of raddle.
    OtherVersion(String),
    /// It has a character that no token has.
    BadCharacter(char),
    /// Its end is missing.
    Truncated,
    /// It is not what was printed: something in it has changed, or was added.
    Changed,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoToken => write!(f, "not a replay token: one begins with {PREFIX}"),
            Self::OtherVersion(version) => {
                write!(f, "a replay token of version {version}, and this raddle writes and reads {PREFIX} alone")
            }
            Self::BadCharacter(character) => {
                write!(f, "not a replay token: {character:?} is none of the letters, digits, - and _ that it may hold")
            }
            Self::Truncated => f.write_str("the end of the replay token is missing"),
            Self::Changed => f.write_str("the replay token is not as it was printed: its checksum does not fit"),
        }
    }
}

impl std::error::Error for TokenError {}

/// What stands for a model in its tokens.
pub(super) fn hash_of_model<F>() -> u32 {
    let mut hash = Fnv::new();
    hash.add(type_name::<F>().as_bytes());
    hash.get()
}

/// What the events of a picture are: their operations, orderings and objects, without values and lines.
pub(super) fn hash_of_events(picture: &Picture<'_>) -> u32 {
    let mut hash = Fnv::new();
    let mut objects = Vec::new();
    for (_, event) in picture.events() {
        hash.add(event.operation.name.as_bytes());
        let thread = picture.number(usize::from(event.thread)) as u16;
        hash.add(&[event.kind as u8]);
        hash.add(event.order_if_written.name().as_bytes());
        hash.add(event.order_if_not.name().as_bytes());
        hash.add(&thread.to_le_bytes());
        if event.is_access() {
            let known = objects.iter().position(|&location| location == event.location);
            let object = known.unwrap_or_else(|| {
                objects.push(event.location);
                objects.len() - 1
            });
            hash.add(&(object as u32).to_le_bytes());
            let place = picture.run.places.get(event.location as usize);
            hash.add(place.map_or("", |place| place.type_name).as_bytes());
        }
    }
    hash.get()
}

impl Token {
    /// The token of an execution, to be replayed with the model whose hash is `model`.
    pub fn of(picture: &Picture<'_>, model: u32) -> Self {
        let run = picture.run;
        let mut counted: Vec<_> = run.counted_sites.iter().map(|site| hash_of_site(site)).collect();
        counted.sort_unstable();
        Self {
            model,
            events: hash_of_events(picture),
            memory: run.search.memory,
            limits: run.search.limits,
            events_max: run.bounds.events_max,
            threads_max: run.bounds.threads_max,
            counted,
            steps: picture.order.iter().map(|&number| step(picture, number)).collect(),
            tails: picture.tails(),
        }
    }

    /// What a run that replays the token is to follow.
    pub fn to_follow(&self) -> Follow {
        Follow::new(self.steps.clone(), self.tails.clone(), self.counted.clone())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(self.model.to_le_bytes());
        bytes.extend(self.events.to_le_bytes());
        put(&mut bytes, u64::from(self.memory == Memory::SeqCst));
        put(&mut bytes, self.limits.spurious_wakeups.into());
        put(&mut bytes, self.limits.weak_failures.into());
        put(&mut bytes, self.events_max as u64);
        put(&mut bytes, self.threads_max as u64);
        put(&mut bytes, self.counted.len() as u64);
        for counted in &self.counted {
            bytes.extend(counted.to_le_bytes());
        }
        put(&mut bytes, self.tails.len() as u64);
        for &tail in &self.tails {
            put(&mut bytes, tail.into());
        }
        put_steps(&mut bytes, &self.steps);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        let model = bytes.word()?;
        let events = bytes.word()?;
        let memory = if bytes.number()? == 1 { Memory::SeqCst } else { Memory::Rc11 };
        let spurious_wakeups = bytes.number()?.try_into().ok()?;
        let weak_failures = bytes.number()?.try_into().ok()?;
        let events_max = bytes.number()?.try_into().ok()?;
        let threads_max = bytes.number()?.try_into().ok()?;
        let counted = (0..bytes.number()?).map(|_| bytes.word()).collect::<Option<_>>()?;
        let tails = (0..bytes.number()?).map(|_| bytes.number()?.try_into().ok()).collect::<Option<_>>()?;
        let steps = bytes.steps()?;
        let limits = Limits { spurious_wakeups, weak_failures };
        Some(Self { model, events, memory, limits, events_max, threads_max, counted, steps, tails })
    }

    /// Reads a token.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn decode(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        let Some(digits) = text.strip_prefix(PREFIX) else {
            let version = text.split('-').next().unwrap_or_default();
            let is_version = version.strip_prefix('r').is_some_and(|number| number.parse::<u32>().is_ok());
            return Err(match is_version {
                true if PREFIX.starts_with(text) => TokenError::Truncated,
                true => TokenError::OtherVersion(version.to_owned()),
                false => TokenError::NoToken,
            });
        };
        let bytes = from_base64(digits)?;
        let mut rest = Bytes(&bytes);
        let length = rest.number().ok_or(TokenError::Truncated)?;
        let start = bytes.len() - rest.0.len();
        let end =
            usize::try_from(length).ok().and_then(|length| start.checked_add(length)?.checked_add(CHECKSUM_BYTES));
        let end = end.ok_or(TokenError::Changed)?;
        if bytes.len() < end {
            return Err(TokenError::Truncated);
        }
        let (content, checksum) = bytes.split_at(bytes.len() - CHECKSUM_BYTES);
        // A second spelling of the same bytes has bits set that are not used.
        if bytes.len() > end || crc32(content).to_le_bytes() != checksum || to_base64(&bytes) != digits {
            return Err(TokenError::Changed);
        }
        Self::from_bytes(&content[start..]).ok_or(TokenError::Changed)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = self.to_bytes();
        let mut bytes = Vec::new();
        put(&mut bytes, content.len() as u64);
        bytes.extend(content);
        let checksum = crc32(&bytes);
        bytes.extend(checksum.to_le_bytes());
        write!(f, "{PREFIX}{}", to_base64(&bytes))
    }
}

/// The decision that adds an event, given those that are told before it.
fn step(picture: &Picture<'_>, number: Number) -> Step {
    let event = picture.graph.event(number);
    let thread = picture.number(usize::from(event.thread)) as u16;
    let (distance, way) = match event.kind {
        Kind::Read => (picture.newer(number).count() as u32, event.operands.way),
        Kind::Write => (picture.newer(number).count() as u32, 0),
        Kind::Choice => (0, event.operands.way),
        Kind::Fence | Kind::Create | Kind::Join => (0, 0),
    };
    Step { thread, distance, way }
}

/// Turns: a thread, how many maximal steps it takes, and perhaps one more that is not.
fn put_steps(bytes: &mut Vec<u8>, steps: &[Step]) {
    let mut rest = steps;
    while let Some(first) = rest.first() {
        let is_ordinary = |step: &&Step| **step == Step { thread: first.thread, distance: 0, way: 0 };
        let ordinary = rest.iter().take_while(is_ordinary).count();
        let other = rest.get(ordinary).filter(|step| step.thread == first.thread);
        put(bytes, u64::from(first.thread) << 1 | u64::from(other.is_some()));
        put(bytes, ordinary as u64);
        if let Some(step) = other {
            put(bytes, step.distance.into());
            bytes.push(step.way);
        }
        rest = &rest[ordinary + usize::from(other.is_some())..];
    }
}

/// Adds a number, seven bits a byte, the low ones first.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 128 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Bytes that are read from the front.
struct Bytes<'bytes>(&'bytes [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(number);
            }
        }
        None
    }

    fn word(&mut self) -> Option<u32> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*first))
    }

    fn steps(&mut self) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        while !self.0.is_empty() {
            let turn = self.number()?;
            let thread = u16::try_from(turn >> 1).ok()?;
            let ordinary = u16::try_from(self.number()?).ok()?;
            steps.extend((0..ordinary).map(|_| Step { thread, distance: 0, way: 0 }));
            if turn & 1 != 0 {
                let distance = self.number()?.try_into().ok()?;
                steps.push(Step { thread, distance, way: self.byte()? });
            }
        }
        Some(steps)
    }
}

fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * digit) & 63) as usize]));
        }
    }
    text
}

fn from_base64(text: &str) -> Result<Vec<u8>, TokenError> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0, 0);
    for character in text.chars() {
        let digit = ALPHABET.iter().position(|&digit| char::from(digit) == character);
        let digit = digit.ok_or(TokenError::BadCharacter(character))? as u32;
        bits = bits << 6 | digit;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Ok(bytes)
}

/// CRC-32 as in IEEE 802.3.
fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = !0;
    for &byte in bytes {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = sum >> 1 ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        let step = |thread, distance, way| Step { thread, distance, way };
        Token {
            model: 0x1234_5678,
            events: 0x9abc_def0,
            memory: Memory::SeqCst,
            limits: Limits { spurious_wakeups: 1, weak_failures: 300 },
            events_max: 10_000,
            threads_max: 64,
            counted: vec![7],
            steps: vec![step(0, 0, 0), step(0, 0, 0), step(1, 3, 0), step(1, 0, 0), step(300, 200, 2), step(300, 1, 0)],
            tails: vec![2, 1],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let text = token().to_string();
        assert_eq!(Token::decode(&text), Ok(token()));
        assert_eq!(Token::decode(&format!(" {text}\n")), Ok(token()));
    }

    #[test]
    fn each_changed_character_is_noticed() {
        let text = token().to_string();
        for position in PREFIX.len()..text.len() {
            for character in (0..=127).map(char::from) {
                let (before, after) = (&text[..position], &text[position + 1..]);
                let changed = format!("{before}{character}{after}");
                let is_stranger =
                    !(ALPHABET.contains(&(character as u8)) || after.is_empty() && character.is_whitespace());
                let expected = if is_stranger { Some(TokenError::BadCharacter(character)) } else { None };
                match Token::decode(&changed) {
                    Ok(_) => assert_eq!(changed, text),
                    Err(error) => assert_eq!(error, expected.unwrap_or_else(|| error.clone()), "{changed}"),
                }
            }
        }
    }

    #[test]
    fn characters_that_are_swapped_doubled_or_left_out_are_noticed() {
        let text = token().to_string();
        for position in PREFIX.len()..text.len() {
            let (before, this, after) = (&text[..position], &text[position..=position], &text[position + 1..]);
            assert!(Token::decode(&format!("{before}{after}")).is_err(), "{position} is left out");
            assert!(Token::decode(&format!("{before}{this}{this}{after}")).is_err(), "{position} is doubled");
            if let Some(next) = after.get(..1).filter(|&next| next != this) {
                assert!(
                    Token::decode(&format!("{before}{next}{this}{}", &after[1..])).is_err(),
                    "{position} is swapped"
                );
            }
        }
    }

    #[test]
    fn each_kind_of_error_is_told() {
        let text = token().to_string();
        for length in "r1".len()..text.len() {
            assert_eq!(Token::decode(&text[..length]), Err(TokenError::Truncated), "{length}");
        }
        assert_eq!(Token::decode("r"), Err(TokenError::NoToken));
        assert_eq!(Token::decode(""), Err(TokenError::NoToken));
        assert_eq!(Token::decode("seed 5"), Err(TokenError::NoToken));
        assert_eq!(Token::decode("r2-AAAA"), Err(TokenError::OtherVersion("r2".to_owned())));
        assert_eq!(Token::decode("r1-AA=="), Err(TokenError::BadCharacter('=')));
        assert_eq!(Token::decode(&format!("{text}A")), Err(TokenError::Changed));
        assert_eq!(Token::decode(&text.replace(&text[20..21], "_")), Err(TokenError::Changed));
    }
}
