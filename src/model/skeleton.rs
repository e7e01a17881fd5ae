//! What makes an execution graph the one that it is? For tests that compare graphs with those of an independent search.

use std::fmt;
use std::sync::Arc;

use super::event::{INITIAL, Kind, NOTHING, Number};
use super::execute::Verdict;
use super::graph::Graph;
use super::run::Run;

/// An event by its thread and its position therein; the initial value is no event.
pub type Source = Option<(usize, usize)>;

/// For each thread but the main one, in the order of their creation by it, for each of its events: whose value it reads,
/// if it reads, and after which write it comes in coherence order, if it writes.
pub type Skeleton = Vec<Vec<(Option<Source>, Option<Source>)>>;

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ending {
    /// All threads ended.
    Complete,
    /// A thread could not go on, which is no violation.
    Blocked,
    /// Threads wait for what nobody does.
    Deadlock,
    /// Anything else.
    Violation,
}

type Observe = Arc<dyn Fn(Ending, Skeleton) + Send + Sync>;

/// Who is shown the graphs.
#[derive(Clone, Default)]
pub(super) struct Observer(pub Option<Observe>);

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Observer" } else { "no observer" })
    }
}

impl Observer {
    pub fn observe(&self, run: &Run, verdict: &Verdict) {
        let Some(observe) = &self.0 else { return };
        let ending = match verdict {
            Verdict::Complete => Ending::Complete,
            Verdict::Blocked => Ending::Blocked,
            Verdict::Deadlock(_) => Ending::Deadlock,
            Verdict::Violation(_) | Verdict::Restart(_) => Ending::Violation,
        };
        observe(ending, skeleton(&run.graph));
    }
}

fn skeleton(graph: &Graph) -> Skeleton {
    let mut threads: Vec<(Number, usize)> = Vec::new();
    for (thread, &creator) in graph.creators.iter().enumerate() {
        if creator != NOTHING && graph.event(creator).thread == 0 {
            threads.push((creator, thread));
        }
    }
    threads.sort_by_key(|&(creator, _)| graph.event(creator).index);
    let name = |number: Number| {
        (number != INITIAL).then(|| {
            let event = graph.event(number);
            let thread = threads.iter().position(|&(_, thread)| thread == usize::from(event.thread));
            (thread.unwrap_or(usize::MAX), usize::from(event.index))
        })
    };
    let links = |&number: &Number| {
        let event = graph.event(number);
        let reads = (event.kind == Kind::Read).then(|| name(event.reads_from));
        let writes = event.writes.then(|| name(graph.at_rank(event.location, event.rank - 1)));
        (reads, writes)
    };
    let events = |thread: usize| graph.threads.get(thread).map_or(&[][..], Vec::as_slice);
    threads.iter().map(|&(_, thread)| events(thread).iter().map(links).collect()).collect()
}
