//! How much does each event know?
//!
//! A vector clock has a number for each thread: how many of its events are known.

/// A clock. Those of one graph have one length, a multiple of [`LANES`].
pub(super) type Clock = [u16];

/// What the processor handles at once: eight threads.
pub(super) const LANES: usize = 8;
type Lanes = [u16; LANES];

/// Adds to `clock` what `other` knows.
pub(super) fn join(clock: &mut Clock, other: &Clock) {
    for (mine, &theirs) in clock.iter_mut().zip(other) {
        *mine = (*mine).max(theirs);
    }
}

fn join_lanes(mine: &mut Lanes, theirs: &Lanes) {
    for (mine, &theirs) in mine.iter_mut().zip(theirs) {
        *mine = (*mine).max(theirs);
    }
}

/// A table of clocks, one row for each event.
#[derive(Clone, Debug, Default)]
pub(super) struct Clocks {
    /// How many lanes a row takes.
    width: usize,
    lanes: Vec<Lanes>,
}

impl Clocks {
    /// Makes it a table of `rows` clocks that know nothing of `threads` threads.
    pub fn reset(&mut self, threads: usize, rows: usize) {
        self.width = threads.div_ceil(LANES);
        self.lanes.clear();
        self.lanes.resize(self.width * rows, [0; LANES]);
    }

    pub fn push_row(&mut self) {
        self.lanes.resize(self.lanes.len() + self.width, [0; LANES]);
    }

    pub fn pop_row(&mut self) {
        self.lanes.truncate(self.lanes.len() - self.width);
    }

    /// Makes room for `threads` threads in each row.
    pub fn widen(&mut self, threads: usize) {
        let width = threads.div_ceil(LANES);
        let mut wider = Vec::new();
        for row in self.lanes.chunks(self.width.max(1)) {
            wider.extend_from_slice(row);
            wider.resize(wider.len() + width - self.width, [0; LANES]);
        }
        *self = Self { width, lanes: wider };
    }

    #[inline]
    fn start(&self, row: u32) -> usize {
        row as usize * self.width
    }

    #[inline]
    pub fn row(&self, row: u32) -> &Clock {
        let start = self.start(row);
        self.lanes[start..start + self.width].as_flattened()
    }

    #[inline]
    pub fn row_mut(&mut self, row: u32) -> &mut Clock {
        let start = self.start(row);
        self.lanes[start..start + self.width].as_flattened_mut()
    }

    /// Makes a row know what another row knows, and nothing else.
    #[inline]
    pub fn copy_row(&mut self, into: u32, from: u32) {
        let (into, from) = (self.start(into), self.start(from));
        for offset in 0..self.width {
            self.lanes[into + offset] = self.lanes[from + offset];
        }
    }

    /// Makes a row know what one of another table knows, and nothing else.
    #[inline]
    pub fn copy_row_of(&mut self, into: u32, other: &Self, from: u32) {
        self.row_mut(into).copy_from_slice(other.row(from));
    }

    /// Adds to a row what another row knows.
    #[inline]
    pub fn join_row(&mut self, into: u32, from: u32) {
        let (into, from) = (self.start(into), self.start(from));
        for offset in 0..self.width {
            let theirs = self.lanes[from + offset];
            join_lanes(&mut self.lanes[into + offset], &theirs);
        }
    }

    /// Adds to a row what one of another table knows.
    #[inline]
    pub fn join_row_of(&mut self, into: u32, other: &Self, from: u32) {
        let (into, from) = (self.start(into), other.start(from));
        for offset in 0..self.width {
            join_lanes(&mut self.lanes[into + offset], &other.lanes[from + offset]);
        }
    }

    /// Makes a row know nothing.
    #[inline]
    pub fn clear_row(&mut self, row: u32) {
        self.row_mut(row).fill(0);
    }

    /// Adds a row of another table at the end.
    pub fn push_row_of(&mut self, other: &Self, row: u32) {
        let start = other.start(row);
        self.lanes.extend_from_slice(&other.lanes[start..start + other.width]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wider_clocks_know_what_they_knew_before() {
        let mut clocks = Clocks::default();
        clocks.reset(3, 2);
        clocks.row_mut(0)[2] = 7;
        clocks.row_mut(1)[0] = 5;
        clocks.widen(20);
        assert_eq!(clocks.row(0).iter().position(|&known| known == 7), Some(2));
        assert_eq!(clocks.row(1)[0], 5);
        assert_eq!((clocks.row(0).len(), clocks.row(1).iter().filter(|&&known| known > 0).count()), (24, 1));
        clocks.row_mut(1)[19] = 9;
        clocks.join_row(0, 1);
        assert_eq!((clocks.row(0)[0], clocks.row(0)[2], clocks.row(0)[19]), (5, 7, 9));
    }
}
