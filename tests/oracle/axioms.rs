//! Which graphs are consistent? RC11 and sequential consistency as axioms over relations.
//!
//! RC11 is that of Lahav, Vafeiadis, Kang, Hur and Dreyer (Repairing Sequential Consistency in C/C++11, PLDI 2017), with
//! the release sequences of C++20: a later store of the same thread does not continue one.
//!
//! ```text
//! rs  = [W]; (rf; rmw)*
//! sw  = [rel]; ([F]; po)?; rs; rf; [R]; (po; [F])?; [acq]
//! hb  = (po ∪ sw)⁺        rb = rf⁻¹; mo        eco = (rf ∪ mo ∪ rb)⁺
//! COHERENCE     irreflexive(hb; eco?)
//! ATOMICITY     rmw ∩ (rb; mo) = ∅
//! NO-THIN-AIR   acyclic(po ∪ rf)
//! SC            acyclic(psc)
//!   scb = po ∪ po|≠loc; hb; po|≠loc ∪ hb|loc ∪ mo ∪ rb
//!   psc = ([SC] ∪ [Fsc]; hb?); scb; ([SC] ∪ hb?; [Fsc])  ∪  [Fsc]; (hb ∪ hb; eco; hb); [Fsc]
//! ```
//!
//! Sequential consistency is ATOMICITY and acyclic(po ∪ rf ∪ mo ∪ rb). NO-THIN-AIR needs no check: the search adds an
//! event only after all those before it in its thread and after the write that it reads.

use std::sync::atomic::Ordering;

use super::graph::Graph;
use super::layout::Layout;
use super::relation::{Relation, members};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    Rc11,
    SeqCst,
}

/// A part of the axioms that can be left out, to see that it forbids something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axiom {
    Atomicity,
    Coherence,
    /// The axiom SC.
    TotalOrder,
    /// The part of psc that is about two fences.
    FencesInTotalOrder,
    /// sw as a whole.
    Synchronisation,
    /// The part of sw that goes through fences.
    FencesSynchronise,
    /// rs goes on through updates.
    ReleaseSequence,
    /// `|≠loc` in scb: without it more is forbidden.
    OtherLocations,
}

/// `graph` under `memory`, less the axiom `without`.
pub struct Judge<'a> {
    pub layout: &'a Layout,
    pub memory: Memory,
    pub without: Option<Axiom>,
}

impl Judge<'_> {
    fn has(&self, axiom: Axiom) -> bool {
        self.without != Some(axiom)
    }

    /// ATOMICITY: no write between the one that an update reads and its own.
    pub fn is_atomic(&self, graph: &Graph) -> bool {
        let mut updates = graph.updates(self.layout);
        while updates != 0 && self.has(Axiom::Atomicity) {
            let read = updates.trailing_zeros() as usize;
            let write = 1 << (read + 1);
            let mut rb = graph.mo[usize::from(graph.rf[read])];
            while rb != 0 {
                if graph.mo[rb.trailing_zeros() as usize] & write != 0 {
                    return false;
                }
                rb &= rb - 1;
            }
            updates &= updates - 1;
        }
        true
    }

    /// All axioms but ATOMICITY.
    pub fn is_consistent(&self, graph: &Graph) -> bool {
        let facts = Facts::of(self.layout, graph);
        match self.memory {
            Memory::SeqCst => facts.po.clone().or(&facts.rf).or(&facts.mo).or(&facts.rb).acyclic(),
            Memory::Rc11 => self.is_rc11(&facts),
        }
    }

    fn is_rc11(&self, facts: &Facts) -> bool {
        let hb = facts.po.clone().or(&self.synchronises(facts)).closure();
        let eco = facts.rf.clone().or(&facts.mo).or(&facts.rb).closure();
        if self.has(Axiom::Coherence) && !(hb.is_irreflexive() && hb.never_returns(&eco)) {
            return false;
        }
        // One event alone is in no cycle of psc that COHERENCE does not forbid.
        !self.has(Axiom::TotalOrder) || facts.seq_cst.count_ones() < 2 || self.partial_order(facts, &hb, &eco).acyclic()
    }

    /// sw
    fn synchronises(&self, facts: &Facts) -> Relation {
        let Facts { len, all, rf, po, .. } = facts;
        if !self.has(Axiom::Synchronisation) {
            return Relation::empty(*len);
        }
        let mut continued = Relation::empty(*len);
        if self.has(Axiom::ReleaseSequence) {
            continued = rf.then(&facts.rmw).closure();
        }
        let sequence = continued.optional(*all).from(facts.writes);
        let mut first = Relation::identity(*len, facts.release);
        let mut last = Relation::identity(*len, facts.acquire);
        if self.has(Axiom::FencesSynchronise) {
            first = first.or(&po.clone().from(facts.fences & facts.release));
            last = last.or(&po.clone().to(facts.fences & facts.acquire));
        }
        first.then(&sequence).then(rf).then(&last)
    }

    /// psc
    fn partial_order(&self, facts: &Facts, hb: &Relation, eco: &Relation) -> Relation {
        let Facts { len, all, po, .. } = facts;
        let fences = facts.seq_cst & facts.fences;
        let other = if self.has(Axiom::OtherLocations) { facts.minus_same_location(po) } else { po.clone() };
        let scb = po.clone().or(&other.then(hb).then(&other)).or(&facts.same_location(hb)).or(&facts.mo).or(&facts.rb);
        let start = Relation::identity(*len, facts.seq_cst).or(&hb.clone().optional(*all).from(fences));
        let end = Relation::identity(*len, facts.seq_cst).or(&hb.clone().optional(*all).to(fences));
        let base = start.then(&scb).then(&end);
        if !self.has(Axiom::FencesInTotalOrder) || fences == 0 {
            return base;
        }
        let between = hb.clone().from(fences);
        base.or(&between.clone().or(&between.then(eco).then(hb)).to(fences))
    }
}

/// The sets and relations that a graph consists of.
struct Facts<'a> {
    layout: &'a Layout,
    len: usize,
    all: u64,
    writes: u64,
    fences: u64,
    acquire: u64,
    release: u64,
    seq_cst: u64,
    po: Relation,
    rf: Relation,
    mo: Relation,
    rb: Relation,
    rmw: Relation,
}

impl<'a> Facts<'a> {
    fn of(layout: &'a Layout, graph: &Graph) -> Self {
        let (len, all) = (layout.len, graph.present);
        let (writes, fences) = (layout.writes & all, layout.fences & all);
        let mut facts = Self {
            layout,
            len,
            all,
            writes,
            fences,
            acquire: 0,
            release: 0,
            seq_cst: 0,
            po: layout.po.clone().from(all).to(all),
            rf: Relation::empty(len),
            mo: Relation(graph.mo[..len].to_vec()),
            rb: Relation::empty(len),
            rmw: Relation::empty(len),
        };
        for read in members(layout.reads & all) {
            let write = usize::from(graph.rf[read]);
            facts.rf.0[write] |= 1 << read;
            facts.rb.0[read] = graph.mo[write];
        }
        for read in members(graph.updates(layout)) {
            facts.rmw.0[read] = 1 << (read + 1);
        }
        for node in members(all & !layout.initial) {
            facts.classify(node, graph.order(layout, node));
        }
        facts
    }

    /// A write does not acquire and a read does not release, whatever the ordering of the update that they are.
    fn classify(&mut self, node: usize, order: Option<Ordering>) {
        use Ordering::{AcqRel, Acquire, Release, SeqCst};
        let bit = 1 << node;
        if matches!(order, Some(Acquire | AcqRel | SeqCst)) && self.writes & bit == 0 {
            self.acquire |= bit;
        }
        if matches!(order, Some(Release | AcqRel | SeqCst)) && (self.writes | self.fences) & bit != 0 {
            self.release |= bit;
        }
        if order == Some(SeqCst) {
            self.seq_cst |= bit;
        }
    }

    /// `relation|loc`
    fn same_location(&self, relation: &Relation) -> Relation {
        let rows = relation.0.iter().zip(&self.layout.same_location.0);
        Relation(rows.map(|(row, same)| row & same).collect())
    }

    /// `relation|≠loc`: fences have no location, so they are at another one.
    fn minus_same_location(&self, relation: &Relation) -> Relation {
        let rows = relation.0.iter().zip(&self.layout.same_location.0);
        Relation(rows.map(|(row, same)| row & !same).collect())
    }
}
