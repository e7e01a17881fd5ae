//! In which order are the events of an execution told best?
//!
//! In one that respects what must come first, in which few reads are stale, and which goes from thread to thread as rarely
//! as possible. All orders are searched with A*. A state is a cut, that is, how many steps of each thread have been taken,
//! and the thread that took the last one. A thread that can go on without harm does, for to go on later instead saves no
//! switch; so states are needed only where threads stop.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// More states than this are not looked at; a greedy order has to do then.
const STATES_MAX: usize = 200_000;

/// How many steps of a thread have been taken.
type Taken = u16;
/// So many steps of a thread.
pub(super) type Part = (usize, Taken);

/// One step of a thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    /// Parts of other threads that must come first, at most one of each thread.
    pub needs: Vec<Part>,
    /// Parts of threads any of which makes the step stale if it comes first.
    pub spoilers: Vec<Part>,
    /// True if it is the end of a spoiler.
    pub spoils: bool,
}

/// What is to be brought into an order: the steps of each thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    pub threads: Vec<Vec<Step>>,
    /// The thread that goes on when all steps have been taken.
    pub last: Option<usize>,
}

/// What an order costs: stale steps, and switches between threads.
type Cost = (u32, u32);

/// Where an order has come to.
struct State {
    taken: Box<[Taken]>,
    running: Option<usize>,
    cost: Cost,
    /// The state before, from which `running` has gone on.
    parent: usize,
}

impl Steps {
    /// The best order: for each step its thread. Nothing if the needs have a cycle.
    pub fn order(&self) -> Option<Vec<usize>> {
        // What the greedy one does not order has a cycle.
        let greedy = self.greedy()?;
        self.search(STATES_MAX).or(Some(greedy))
    }

    fn is_possible(&self, taken: &[Taken], thread: usize) -> bool {
        let step = self.threads[thread].get(usize::from(taken[thread]));
        step.is_some_and(|step| step.needs.iter().all(|&(other, part)| taken[other] >= part))
    }

    fn is_stale(&self, taken: &[Taken], thread: usize) -> bool {
        let step = &self.threads[thread][usize::from(taken[thread])];
        step.spoilers.iter().any(|&(other, part)| taken[other] >= part)
    }

    /// Takes the steps that `thread` can take without harm.
    fn go_on(&self, taken: &mut [Taken], thread: usize) {
        while self.is_possible(taken, thread)
            && !self.is_stale(taken, thread)
            && !self.threads[thread][usize::from(taken[thread])].spoils
        {
            taken[thread] += 1;
        }
    }

    fn is_done(&self, taken: &[Taken]) -> bool {
        taken.iter().zip(&self.threads).all(|(&taken, steps)| usize::from(taken) == steps.len())
    }

    /// At least as many switches will follow.
    fn switches_left(&self, taken: &[Taken], running: usize) -> u32 {
        let has_steps = |thread: usize| usize::from(taken[thread]) < self.threads[thread].len();
        let others = (0..taken.len()).filter(|&thread| thread != running && has_steps(thread)).count() as u32;
        let ends_elsewhere = self.last.is_some_and(|last| !has_steps(last) && (others > 0 || running != last));
        others + u32::from(ends_elsewhere)
    }

    /// The states that can follow.
    fn next_states(&self, state: &State) -> Vec<(Box<[Taken]>, usize, Cost)> {
        let mut next = Vec::new();
        for thread in 0..self.threads.len() {
            if !self.is_possible(&state.taken, thread) {
                continue;
            }
            let mut taken = state.taken.clone();
            let stale = self.is_stale(&taken, thread);
            taken[thread] += 1;
            self.go_on(&mut taken, thread);
            let switches = state.running.is_some_and(|running| running != thread);
            next.push((taken, thread, (state.cost.0 + u32::from(stale), state.cost.1 + u32::from(switches))));
        }
        next
    }

    fn search(&self, states_max: usize) -> Option<Vec<usize>> {
        let mut states =
            vec![State { taken: vec![0; self.threads.len()].into(), running: None, cost: (0, 0), parent: 0 }];
        let mut best: HashMap<(Box<[Taken]>, Option<usize>), Cost> = HashMap::new();
        let mut open = BinaryHeap::from([(Reverse((0, 0)), Reverse(0))]);
        while let Some((_, Reverse(number))) = open.pop() {
            let state = &states[number];
            if best.get(&(state.taken.clone(), state.running)).is_some_and(|&cost| cost < state.cost) {
                continue;
            }
            if self.is_done(&state.taken) {
                return Some(self.path(&states, number));
            }
            for (taken, thread, cost) in self.next_states(&states[number]) {
                let known = best.get(&(taken.clone(), Some(thread)));
                if known.is_some_and(|&known| known <= cost) {
                    continue;
                }
                if states.len() == states_max {
                    return None;
                }
                let estimate = (cost.0, cost.1 + self.switches_left(&taken, thread));
                best.insert((taken.clone(), Some(thread)), cost);
                open.push((Reverse(estimate), Reverse(states.len())));
                states.push(State { taken, running: Some(thread), cost, parent: number });
            }
        }
        None
    }

    fn path(&self, states: &[State], end: usize) -> Vec<usize> {
        let mut turns = Vec::new();
        let mut number = end;
        while let Some(thread) = states[number].running {
            let parent = states[number].parent;
            turns.push((thread, states[number].taken[thread] - states[parent].taken[thread]));
            number = parent;
        }
        turns.iter().rev().flat_map(|&(thread, steps)| std::iter::repeat_n(thread, usize::from(steps))).collect()
    }

    /// The thread that runs goes on as far as it can, then the one that can go furthest; stale steps come last.
    pub fn greedy(&self) -> Option<Vec<usize>> {
        let mut taken = vec![0; self.threads.len()];
        let mut order = Vec::new();
        let mut running = 0;
        while !self.is_done(&taken) {
            let possible = (0..taken.len()).filter(|&thread| self.is_possible(&taken, thread));
            let thread = possible.min_by_key(|&thread| {
                let mut after = taken.clone();
                after[thread] += 1;
                self.go_on(&mut after, thread);
                (self.is_stale(&taken, thread), thread != running, Reverse(after[thread] - taken[thread]))
            })?;
            let before = taken[thread];
            taken[thread] += 1;
            self.go_on(&mut taken, thread);
            order.extend(std::iter::repeat_n(thread, usize::from(taken[thread] - before)));
            running = thread;
        }
        Some(order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A partial order of up to `steps` steps of `threads` threads, with or without spoilers.
    fn random(generator: &mut fastrand::Rng, threads: usize, steps: Taken, with_spoilers: bool) -> Steps {
        let mut problem = Steps { threads: vec![Vec::new(); threads], last: None };
        if generator.bool() {
            problem.last = Some(generator.usize(..threads));
        }
        for _ in 0..steps {
            // What is needed is there already, so there is no cycle.
            let thread = generator.usize(..threads);
            let mut step = Step::default();
            for other in (0..threads).filter(|&other| other != thread) {
                let part = generator.u16(..=problem.threads[other].len() as Taken);
                if part > 0 && generator.u8(..3) == 0 {
                    step.needs.push((other, part));
                }
            }
            problem.threads[thread].push(step);
        }
        for _ in 0..if with_spoilers { 3 } else { 0 } {
            let (thread, other) = (generator.usize(..threads), generator.usize(..threads));
            let (steps, parts) = (problem.threads[thread].len(), problem.threads[other].len());
            if thread != other && steps > 0 && parts > 0 {
                let part = generator.usize(1..=parts);
                problem.threads[thread][generator.usize(..steps)].spoilers.push((other, part as Taken));
                problem.threads[other][part - 1].spoils = true;
            }
        }
        problem
    }

    fn cost(problem: &Steps, order: &[usize]) -> Cost {
        let mut taken = vec![0; problem.threads.len()];
        let mut stale = 0;
        for &thread in order {
            assert!(problem.is_possible(&taken, thread), "a step comes before what it needs");
            stale += u32::from(problem.is_stale(&taken, thread));
            taken[thread] += 1;
        }
        assert!(problem.is_done(&taken));
        let ends: Vec<_> = order.iter().copied().chain(problem.last).collect();
        (stale, ends.windows(2).filter(|pair| pair[0] != pair[1]).count() as u32)
    }

    fn cheapest(problem: &Steps, order: &mut Vec<usize>, taken: &mut [Taken]) -> Cost {
        if problem.is_done(taken) {
            return cost(problem, order);
        }
        let mut best = (u32::MAX, u32::MAX);
        for thread in 0..taken.len() {
            if problem.is_possible(taken, thread) {
                taken[thread] += 1;
                order.push(thread);
                best = best.min(cheapest(problem, order, taken));
                order.pop();
                taken[thread] -= 1;
            }
        }
        best
    }

    #[test]
    fn the_order_is_as_good_as_the_best_of_all() {
        let mut generator = fastrand::Rng::with_seed(5);
        for round in 0..600 {
            let problem = random(&mut generator, 1 + round % 4, 1 + (round / 4 % 8) as Taken, round % 2 == 0);
            let best = cheapest(&problem, &mut Vec::new(), &mut vec![0; problem.threads.len()]);
            let found = cost(&problem, &problem.search(STATES_MAX).unwrap());
            assert_eq!(found, best, "{problem:?}");
            assert!(cost(&problem, &problem.greedy().unwrap()) >= best);
        }
    }

    #[test]
    fn a_cycle_has_no_order() {
        let needing = |other| vec![Step { needs: vec![(other, 1)], ..Step::default() }];
        let problem = Steps { threads: vec![needing(1), needing(0)], last: None };
        assert_eq!(problem.order(), None);
    }

    #[test]
    fn what_is_too_large_for_the_search_gets_an_order_too() {
        let mut generator = fastrand::Rng::with_seed(6);
        let problem = random(&mut generator, 12, 2_000, true);
        cost(&problem, &problem.order().unwrap());
    }
}
