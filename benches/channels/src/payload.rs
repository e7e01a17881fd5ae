//! What is sent? A number, in one of three kinds of values.

/// A value that carries a number.
///
/// `Default`, `Clone` and `Sync` are what `thingbuf` asks for.
pub trait Payload: Default + Clone + Send + Sync + 'static {
    /// The value that carries `number`.
    fn of(number: u64) -> Self;

    /// The number that it carries.
    ///
    /// # Panics
    ///
    /// When the value is not whole.
    fn number(&self) -> u64;
}

impl Payload for u64 {
    #[inline]
    fn of(number: u64) -> Self {
        number
    }

    #[inline]
    fn number(&self) -> u64 {
        *self
    }
}

/// 64 bytes, as much as a cache line.
impl Payload for [u64; 8] {
    #[inline]
    fn of(number: u64) -> Self {
        [0, 1, 2, 3, 4, 5, 6, 7].map(|place| number.wrapping_add(place))
    }

    #[inline]
    fn number(&self) -> u64 {
        let [first, .., last] = *self;
        assert_eq!(first.wrapping_add(7), last, "a value arrived in pieces");
        first
    }
}

/// Allocated by who sends, freed by who receives.
impl Payload for Box<u64> {
    #[inline]
    fn of(number: u64) -> Self {
        Self::new(number)
    }

    #[inline]
    fn number(&self) -> u64 {
        **self
    }
}

/// Which payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadName {
    /// `u64`
    U64,
    /// `[u64; 8]`
    Bytes64,
    /// `Box<u64>`
    Box,
}

impl PayloadName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::U64, Self::Bytes64, Self::Box];

    /// For the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::U64 => "u64",
            Self::Bytes64 => "64-bytes",
            Self::Box => "box",
        }
    }

    /// For tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::U64 => "u64",
            Self::Bytes64 => "[u64; 8]",
            Self::Box => "Box<u64>",
        }
    }
}
