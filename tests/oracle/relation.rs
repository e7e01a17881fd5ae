//! How is a relation between events written down and computed with? As rows of bits, one row for each event.
//!
//! Plain loops, since tests are compiled without optimisation and these are where the time goes.

/// Bit `b` of row `a` is set if `a` is related to `b`.
#[derive(Clone, Debug)]
pub struct Relation(pub Vec<u64>);

/// The members of a set, in ascending order.
pub fn members(set: u64) -> Members {
    Members(set)
}

pub struct Members(u64);

impl Iterator for Members {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let member = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(member)
    }
}

impl Relation {
    pub fn empty(len: usize) -> Self {
        Self(vec![0; len])
    }

    /// `[set]`: each member is related to itself.
    pub fn identity(len: usize, set: u64) -> Self {
        let mut result = Self::empty(len);
        for member in members(set) {
            result.0[member] = 1 << member;
        }
        result
    }

    /// `self ∪ other`
    pub fn or(mut self, other: &Self) -> Self {
        let mut row = 0;
        while row < self.0.len() {
            self.0[row] |= other.0[row];
            row += 1;
        }
        self
    }

    /// `self ; other`
    pub fn then(&self, other: &Self) -> Self {
        let mut result = Self::empty(self.0.len());
        let mut row = 0;
        while row < self.0.len() {
            let mut middles = self.0[row];
            let mut ends = 0;
            while middles != 0 {
                ends |= other.0[middles.trailing_zeros() as usize];
                middles &= middles - 1;
            }
            result.0[row] = ends;
            row += 1;
        }
        result
    }

    /// `[set] ; self`
    pub fn from(mut self, set: u64) -> Self {
        let mut row = 0;
        while row < self.0.len() {
            if set >> row & 1 == 0 {
                self.0[row] = 0;
            }
            row += 1;
        }
        self
    }

    /// `self ; [set]`
    pub fn to(mut self, set: u64) -> Self {
        let mut row = 0;
        while row < self.0.len() {
            self.0[row] &= set;
            row += 1;
        }
        self
    }

    /// `self?`, the identity being that of `set`.
    pub fn optional(mut self, set: u64) -> Self {
        for member in members(set) {
            self.0[member] |= 1 << member;
        }
        self
    }

    /// `self⁺` (Warshall)
    pub fn closure(mut self) -> Self {
        let mut middle = 0;
        while middle < self.0.len() {
            let ends = self.0[middle];
            let bit = 1 << middle;
            let mut row = 0;
            while ends != 0 && row < self.0.len() {
                if self.0[row] & bit != 0 {
                    self.0[row] |= ends;
                }
                row += 1;
            }
            middle += 1;
        }
        self
    }

    pub fn is_irreflexive(&self) -> bool {
        let mut row = 0;
        while row < self.0.len() {
            if self.0[row] >> row & 1 == 1 {
                return false;
            }
            row += 1;
        }
        true
    }

    pub fn acyclic(self) -> bool {
        self.closure().is_irreflexive()
    }

    /// Whether `self ; other` is irreflexive: no pair of `other` leads back along `self`.
    pub fn never_returns(&self, other: &Self) -> bool {
        let mut row = 0;
        while row < other.0.len() {
            let mut ends = other.0[row];
            while ends != 0 {
                if self.0[ends.trailing_zeros() as usize] >> row & 1 == 1 {
                    return false;
                }
                ends &= ends - 1;
            }
            row += 1;
        }
        true
    }
}
