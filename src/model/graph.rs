//! What has happened in an execution, and what does each event know?
//!
//! An execution graph has the events, for each read whose value it reads (`rf`), and for each location the order of its
//! writes (`co`). Everything else follows: happens-before and causal pasts are vector clocks, filled in as the events
//! are executed (Lahav et al., "Repairing Sequential Consistency in C/C++11", PLDI'17, for the relations).
//!
//! An event that reads and writes in one step is *one* event here, and two in the papers. The merged one is ordered after
//! whatever its read is ordered after and before whatever its write is ordered before, which comes to the same: nothing
//! can come between the two halves.

use super::Memory;
use super::clocks::{Clock, Clocks, LANES};
use super::event::{Event, INITIAL, Kind, NOTHING, Number, Order};

/// An execution graph, whole or in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    /// By number: the order in which they were added.
    pub events: Vec<Event>,
    /// The events of each thread, in program order.
    pub threads: Vec<Vec<Number>>,
    /// The event that started each thread.
    pub creators: Vec<Number>,
    /// The writes to each location, in coherence order; the initial value comes before them all.
    pub writes: Vec<Vec<Number>>,
    /// The reads of each location, by number.
    pub reads: Vec<Vec<Number>>,
    /// The initial value of each location, as soon as an event of this run has touched it.
    pub initial: Vec<u64>,
    /// How many threads there is room for in each clock.
    pub width: usize,
    /// What each event knows by happens-before, itself included.
    pub after: Clocks,
    /// The causal past (program order, reads-from, create, join) of each event, itself included.
    pub past: Clocks,
    /// What whoever reads from the event may learn by it.
    pub message: Clocks,
    /// How many events are `SeqCst`.
    pub seq_cst_events: usize,
}

impl Graph {
    /// Makes this the graph of `events`, none of which is executed yet.
    pub fn load(&mut self, events: &[Event]) {
        self.events.clear();
        self.events.extend_from_slice(events);
        for list in self.threads.iter_mut().chain(&mut self.writes).chain(&mut self.reads) {
            list.clear();
        }
        self.creators.clear();
        self.initial.clear();
        self.seq_cst_events = 0;
        let threads = events
            .iter()
            .map(|event| match event.kind {
                Kind::Create => event.operands.a as usize,
                _ => usize::from(event.thread),
            })
            .max()
            .unwrap_or(0);
        self.set_width(threads + 1);
        let width = self.width;
        for clocks in [&mut self.after, &mut self.past, &mut self.message] {
            clocks.reset(width, events.len());
        }
        for (number, event) in events.iter().enumerate() {
            self.list(number as Number, event);
            if event.writes {
                let writes = &mut self.writes[event.location as usize];
                let rank = event.rank as usize;
                if writes.len() < rank {
                    writes.resize(rank, NOTHING);
                }
                writes[rank - 1] = number as Number;
            }
        }
    }

    fn set_width(&mut self, threads: usize) {
        self.width = threads.next_multiple_of(LANES);
    }

    /// Makes room for thread `thread` in all clocks.
    pub fn make_room_for_thread(&mut self, thread: usize) {
        if thread < self.width {
            return;
        }
        self.width = (thread + 1).next_power_of_two();
        let width = self.width;
        for clocks in [&mut self.after, &mut self.past, &mut self.message] {
            clocks.widen(width);
        }
    }

    /// Makes the lists for a thread or a location that is new.
    fn list(&mut self, number: Number, event: &Event) {
        let thread = usize::from(event.thread);
        if self.threads.len() <= thread {
            self.threads.resize_with(thread + 1, Vec::new);
        }
        self.threads[thread].push(number);
        if event.kind == Kind::Create {
            let child = event.operands.a as usize;
            if self.creators.len() <= child {
                self.creators.resize(child + 1, NOTHING);
            }
            self.creators[child] = number;
        }
        if event.is_access() {
            self.make_room_for_location(event.location);
            if event.reads() {
                self.reads[event.location as usize].push(number);
            }
        }
        self.seq_cst_events += usize::from(event.order.is_seq_cst());
    }

    fn make_room_for_location(&mut self, location: u32) {
        let locations = location as usize + 1;
        if self.writes.len() < locations {
            self.writes.resize_with(locations, Vec::new);
            self.reads.resize_with(locations, Vec::new);
        }
        if self.initial.len() < locations {
            self.initial.resize(locations, 0);
        }
    }

    pub fn set_initial(&mut self, location: u32, value: u64) {
        self.make_room_for_location(location);
        self.initial[location as usize] = value;
    }

    /// Adds an event at the end of its thread. A write is not placed yet.
    pub fn push(&mut self, event: Event) -> Number {
        let number = self.events.len() as Number;
        self.list(number, &event);
        self.events.push(event);
        for clocks in [&mut self.after, &mut self.past, &mut self.message] {
            clocks.push_row();
        }
        number
    }

    /// Takes the newest event away again. It must not be placed.
    pub fn pop(&mut self) {
        let event = self.events.pop().expect("there is an event to take away");
        self.threads[usize::from(event.thread)].pop();
        if event.reads() {
            self.reads[event.location as usize].pop();
        }
        self.seq_cst_events -= usize::from(event.order.is_seq_cst());
        for clocks in [&mut self.after, &mut self.past, &mut self.message] {
            clocks.pop_row();
        }
    }

    pub fn set_order(&mut self, number: Number, order: Order) {
        let event = &mut self.events[number as usize];
        self.seq_cst_events -= usize::from(event.order.is_seq_cst());
        self.seq_cst_events += usize::from(order.is_seq_cst());
        event.order = order;
    }

    pub fn event(&self, number: Number) -> &Event {
        &self.events[number as usize]
    }

    pub fn event_mut(&mut self, number: Number) -> &mut Event {
        &mut self.events[number as usize]
    }

    /// The value that a write, or the initial value, gives to its readers.
    pub fn value_of(&self, write: Number, location: u32) -> u64 {
        if write == INITIAL { self.initial[location as usize] } else { self.event(write).value }
    }

    /// The position of a write among those of its location, from 1; 0 for the initial value.
    #[inline]
    pub fn rank(&self, write: Number) -> u32 {
        if write == INITIAL { 0 } else { self.event(write).rank }
    }

    /// The write at a position.
    #[inline]
    pub fn at_rank(&self, location: u32, rank: u32) -> Number {
        if rank == 0 { INITIAL } else { self.writes[location as usize][rank as usize - 1] }
    }

    /// The newest write to a location.
    pub fn newest(&self, location: u32) -> Number {
        self.writes[location as usize].last().copied().unwrap_or(INITIAL)
    }

    /// Puts a write at position `rank` of its location, from 1; those from there on move up.
    pub fn place(&mut self, write: Number, rank: u32) {
        let location = self.event(write).location as usize;
        self.writes[location].insert(rank as usize - 1, write);
        self.renumber(location, rank);
    }

    /// Takes a write out of its location's order.
    pub fn unplace(&mut self, write: Number) {
        let &Event { location, rank, .. } = self.event(write);
        self.writes[location as usize].remove(rank as usize - 1);
        self.renumber(location as usize, rank);
    }

    fn renumber(&mut self, location: usize, from: u32) {
        let writes = std::mem::take(&mut self.writes[location]);
        for (position, &write) in writes.iter().enumerate().skip(from as usize - 1) {
            self.event_mut(write).rank = position as u32 + 1;
        }
        self.writes[location] = writes;
    }

    /// True if `clock` knows the event.
    #[inline]
    pub fn knows(&self, clock: &Clock, number: Number) -> bool {
        let event = self.event(number);
        clock[usize::from(event.thread)] > event.index
    }

    /// The event that comes directly before `number` for its thread: the one before it in program order, or the one that
    /// started the thread. Nothing for the main thread's first.
    pub fn cause(&self, number: Number) -> Option<Number> {
        let event = self.event(number);
        match usize::from(event.index).checked_sub(1) {
            Some(index) => Some(self.threads[usize::from(event.thread)][index]),
            None => self.creator(usize::from(event.thread)),
        }
    }

    /// The newest event of a thread, or the one that started it. Nothing for a main thread without events.
    pub fn latest(&self, thread: usize) -> Option<Number> {
        match self.threads.get(thread).and_then(|events| events.last()) {
            Some(&number) => Some(number),
            None => self.creator(thread),
        }
    }

    fn creator(&self, thread: usize) -> Option<Number> {
        self.creators.get(thread).copied().filter(|&creator| creator != NOTHING)
    }

    /// The lowest rank that coherence allows for what the event reads, or for what comes before what it writes: that of
    /// the newest write that the event's thread knows, or from which a read that it knows has read.
    pub fn oldest_visible(&self, number: Number, memory: Memory) -> u32 {
        let Some(cause) = self.cause(number) else { return 0 };
        let clock = match memory {
            Memory::Rc11 => self.after.row(cause),
            Memory::SeqCst => self.past.row(cause),
        };
        let location = self.event(number).location as usize;
        let known = self.writes[location].iter().rposition(|&write| write != number && self.knows(clock, write));
        let mut lowest = known.map_or(0, |position| position as u32 + 1);
        for &read in &self.reads[location] {
            if read != number && self.knows(clock, read) {
                lowest = lowest.max(self.rank(self.event(read).reads_from));
            }
        }
        lowest
    }

    /// Fills in what an event knows. What it reads from must be settled, and all that it can know be filled in.
    pub fn learn(&mut self, number: Number) {
        let &Event { kind, thread, index, order, reads_from, writes, operands, .. } = self.event(number);
        match self.cause(number) {
            Some(cause) => {
                self.after.copy_row(number, cause);
                self.past.copy_row(number, cause);
            }
            None => {
                self.after.clear_row(number);
                self.past.clear_row(number);
            }
        }
        match kind {
            Kind::Read if reads_from != INITIAL => {
                self.past.join_row(number, reads_from);
                if order.acquires() {
                    self.after.join_row_of(number, &self.message, reads_from);
                }
            }
            Kind::Fence if order.acquires() => self.learn_all_messages(number),
            Kind::Join => self.learn_end_of(number, operands.a as usize),
            _ => {}
        }
        self.after.row_mut(number)[usize::from(thread)] = index + 1;
        self.past.row_mut(number)[usize::from(thread)] = index + 1;
        if writes {
            self.compose_message(number);
        }
    }

    /// An acquire fence: what the thread's earlier reads were told counts from here on.
    fn learn_all_messages(&mut self, fence: Number) {
        let event = self.event(fence);
        let earlier = &self.threads[usize::from(event.thread)][..usize::from(event.index)];
        for &earlier in earlier {
            let source = self.events[earlier as usize].reads_from;
            if self.events[earlier as usize].reads() && source != INITIAL {
                self.after.join_row_of(fence, &self.message, source);
            }
        }
    }

    /// A join: all that the thread knew, and that it has ended.
    fn learn_end_of(&mut self, number: Number, thread: usize) {
        let last = self.latest(thread).expect("a joined thread was created");
        self.after.join_row(number, last);
        self.past.join_row(number, last);
        let end = self.threads.get(thread).map_or(0, Vec::len) as u16 + 1;
        self.after.row_mut(number)[thread] = end;
        self.past.row_mut(number)[thread] = end;
    }

    /// What readers of a write learn: all that its thread knows if the write releases, or what it knew at its last release
    /// fence; and if it updates another write in one step, what that one tells (C++20's release sequences).
    fn compose_message(&mut self, number: Number) {
        let &Event { order, kind, reads_from, .. } = self.event(number);
        let origin = if order.releases() { Some(number) } else { self.release_fence_before(number) };
        match origin {
            Some(origin) => self.message.copy_row_of(number, &self.after, origin),
            None => self.message.clear_row(number),
        }
        if kind == Kind::Read && reads_from != INITIAL {
            self.message.join_row(number, reads_from);
        }
    }

    fn release_fence_before(&self, number: Number) -> Option<Number> {
        let event = self.event(number);
        let earlier = &self.threads[usize::from(event.thread)][..usize::from(event.index)];
        earlier.iter().rev().copied().find(|&earlier| {
            let earlier = self.event(earlier);
            earlier.kind == Kind::Fence && earlier.order.releases()
        })
    }

    /// Makes `out` the part of this graph that was added before `first_added`, or that `past` knows. What was added before
    /// keeps its numbers; `numbers` gets the new one of each event.
    pub fn restrict(&self, first_added: Number, past: &Clock, out: &mut Graph, numbers: &mut Vec<Number>) {
        out.events.clear();
        out.creators.clear();
        out.initial.clear();
        out.initial.extend_from_slice(&self.initial);
        out.width = self.width;
        out.seq_cst_events = 0;
        for list in out.threads.iter_mut().chain(&mut out.writes).chain(&mut out.reads) {
            list.clear();
        }
        for clocks in [&mut out.after, &mut out.past, &mut out.message] {
            clocks.reset(self.width, 0);
        }
        numbers.clear();
        for (number, event) in self.events.iter().enumerate() {
            let number = number as Number;
            if number >= first_added && past[usize::from(event.thread)] <= event.index {
                numbers.push(NOTHING);
                continue;
            }
            let new = out.events.len() as Number;
            numbers.push(new);
            out.events.push(*event);
            out.after.push_row_of(&self.after, number);
            out.past.push_row_of(&self.past, number);
            out.message.push_row_of(&self.message, number);
            out.list(new, event);
        }
        for event in &mut out.events {
            if event.reads() && event.reads_from != INITIAL {
                event.reads_from = numbers[event.reads_from as usize];
            }
        }
        for (location, writes) in self.writes.iter().enumerate() {
            let kept = writes.iter().map(|&write| numbers[write as usize]).filter(|&write| write != NOTHING);
            if let Some(list) = out.writes.get_mut(location) {
                list.extend(kept);
            }
        }
        for location in 0..out.writes.len() {
            out.renumber(location, 1);
        }
    }
}
