//! What is in the word that says where an end of a queue is? A position, and some flags.
//!
//! | bits | in `tail`, where the next push goes | in `head`, where the next pop comes from |
//! | --- | --- | --- |
//! | 0, [`CLOSED`] | no push any more; never taken back | always 0 |
//! | 1, [`AWAITED`] | somebody sleeps until there is a value | somebody sleeps until there is room |
//! | 2, [`LOCKED`] | a push is going on, which has the lock of this end | a pop is going on, likewise |
//! | from 3, units of [`ONE`] | the position | the position |
//!
//! The flags are in these words because every push changes `tail` and every pop changes `head`, by a read-modify-write:
//! whoever sets a flag comes before or after the push in the order of that one word. If before, the push is told; if after,
//! the word that he gets back shows the push. So neither can miss the other, and the push pays nothing for it.

use std::collections::VecDeque;

use super::error::TryPopError;
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};

/// In `tail`: no push any more.
pub(crate) const CLOSED: usize = 1;
/// In `tail`: somebody sleeps until there is a value. In `head`: until there is room.
pub(crate) const AWAITED: usize = 1 << 1;
/// A thread has the lock of this end, where ends have one.
pub(super) const LOCKED: usize = 1 << 2;
/// From one position to the next.
pub(super) const ONE: usize = 1 << 3;

/// The position in a word, a multiple of [`ONE`].
#[inline]
pub(super) fn position(word: usize) -> usize {
    word & !(ONE - 1)
}

/// The flags in a word.
#[inline]
pub(super) fn flags(word: usize) -> usize {
    word & (ONE - 1)
}

/// The word of an end, as somebody sees it who neither pushes nor pops.
pub(crate) trait End {
    /// Sets a flag; returns the word as it was before.
    fn set(&self, flag: usize) -> usize;

    /// Clears a flag.
    fn clear(&self, flag: usize);
}

impl End for AtomicUsize {
    fn set(&self, flag: usize) -> usize {
        // SeqCst: for `CLOSED`, which is then in one order with the loads that decide whether the queue is empty or closed.
        self.fetch_or(flag, SeqCst)
    }

    fn clear(&self, flag: usize) {
        // Relaxed: says nothing of what happened before. Who reads the word also hears what the updates before this one published.
        self.fetch_and(!flag, Relaxed);
    }
}

/// A place in a queue that belongs to who has this. Others wait until he has done with it what he came for.
#[must_use]
pub(crate) struct Claim<'a, P> {
    /// What the end was when it moved on.
    pub(super) word: usize,
    pub(super) part: &'a P,
}

impl<P> Claim<'_, P> {
    /// True if somebody slept until this end moved on.
    #[inline]
    pub fn is_awaited(&self) -> bool {
        flags(self.word) & AWAITED != 0
    }
}

/// Several places in a row.
#[must_use]
pub(crate) struct Claims<'a, P> {
    pub(super) first: Claim<'a, P>,
    pub(super) count: usize,
}

impl<P> Claims<'_, P> {
    /// How many somebodies are to be told that this end moved on.
    pub fn to_tell(&self) -> usize {
        if self.first.is_awaited() { self.count } else { 0 }
    }
}

/// Why there is no place for a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Full,
    Closed,
}

/// A queue that tells who sleeps at its ends, and can be closed.
pub(crate) trait Ends {
    /// What goes through it.
    type Value;
    /// What it is made of.
    type Part;
    /// The kind of its words.
    type End: End;

    /// Takes the place of the next push, if there is room.
    fn claim_push(&self) -> Result<Claim<'_, Self::Part>, Refusal>;

    /// Pushes `value` there.
    fn fill(&self, claim: Claim<'_, Self::Part>, value: Self::Value);

    /// Takes the place of the next pop, if there is a value.
    fn claim_pop(&self) -> Result<Claim<'_, Self::Part>, TryPopError>;

    /// Pops the value there.
    fn empty(&self, claim: Claim<'_, Self::Part>) -> Self::Value;

    /// Takes the places of the next pushes, up to so many and one at least, if there is room.
    fn claim_pushes(&self, most: usize) -> Result<Claims<'_, Self::Part>, Refusal>;

    /// Pushes the first of `values` there, of which there are enough.
    fn fill_all(&self, claims: Claims<'_, Self::Part>, values: &mut VecDeque<Self::Value>);

    /// Takes the places of the next pops, up to so many and one at least, if there is a value.
    fn claim_pops(&self, most: usize) -> Result<Claims<'_, Self::Part>, TryPopError>;

    /// Pops the values there, to the end of `values`.
    fn empty_all(&self, claims: Claims<'_, Self::Part>, values: &mut Vec<Self::Value>);

    /// Where the next push goes.
    fn tail(&self) -> &Self::End;

    /// Where the next pop comes from.
    fn head(&self) -> &Self::End;

    /// Whether a push must wait, when the word of `head` is this.
    fn must_push_wait(&self, head: usize) -> bool;

    /// Whether a pop must wait, when the word of `tail` is this.
    fn must_pop_wait(&self, tail: usize) -> bool;

    /// True once `tail` is closed.
    fn is_closed(&self) -> bool;

    /// A guess whether there are so many values, and that it makes sense to wait for them.
    fn has_values(&self, count: usize) -> bool;

    /// A guess whether there is room for so many values, and that it makes sense to wait for it.
    fn has_places(&self, count: usize) -> bool;
}
