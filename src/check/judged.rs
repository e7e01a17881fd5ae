//! Were the executions of a scenario right?

use std::any::type_name;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::criterion::Criterion;
use super::explain::ShownCall;
use super::recording::{Program, Recording};
use super::request::Check;
use super::scenario::{Scenario, ScenarioError};
use super::spec::{Method, Spec, Subject};
use super::verdict::{Verdict, judge};
use crate::model::{Checker, attach};

/// A subject whose type need not be known.
pub(super) trait Checked: Sync {
    /// The subject's type.
    fn name(&self) -> &'static str;

    /// What can be called.
    fn methods(&self) -> Vec<Method<()>>;

    /// The program of a scenario, of which nothing is known yet.
    ///
    /// # Errors
    ///
    /// When the scenario calls what the subject does not have.
    fn program(&self, scenario: Scenario, by: Criterion, steps_max: u64) -> Result<Arc<dyn Runs>, ScenarioError>;
}

impl<S: Subject> Checked for Check<S> {
    fn name(&self) -> &'static str {
        type_name::<S>()
    }

    fn methods(&self) -> Vec<Method<()>> {
        S::Spec::methods().iter().map(Method::without_call).collect()
    }

    fn program(&self, scenario: Scenario, by: Criterion, steps_max: u64) -> Result<Arc<dyn Runs>, ScenarioError> {
        Ok(Arc::new(Judged::<S>::new(Program::new(scenario)?, by, steps_max)))
    }
}

/// A program of a subject whose type need not be known, and what is known of its executions.
pub(super) trait Runs: Send + Sync {
    /// Runs the program in the executions that `checker` asks for, and judges them.
    fn explore(self: Arc<Self>, checker: Checker) -> crate::model::Report;

    /// Runs the program once, where the engine is not, and says what is wrong, in short.
    fn run_once(&self) -> Option<String>;

    /// The scenario.
    fn scenario(&self) -> &Scenario;

    /// True if the spec allows calls to wait for ever.
    fn may_wait(&self) -> bool;

    /// How many histories there were.
    fn histories(&self) -> u64;

    /// Why some history could not be judged, if there is one.
    fn unknown(&self) -> Option<String>;

    /// Why the history that is wrong is so, if one is.
    fn why(&self) -> Option<String>;

    /// The call that shows it, by its place in the recording.
    fn wrong_call(&self) -> Option<usize>;

    /// The calls of the execution that was started last. Those that have not returned wait for ever if `waits`.
    fn calls(&self, waits: bool) -> Vec<ShownCall>;
}

struct Judged<S: Subject> {
    program: Program<S>,
    criterion: Criterion,
    steps_max: u64,
    state: Mutex<State<S>>,
}

struct State<S: Subject> {
    /// By the fingerprint of the history: what is wrong with it. Most executions repeat one.
    verdicts: HashMap<u64, Option<Wrong>>,
    /// Why a history could not be judged.
    unknown: Option<String>,
    /// That of the execution that was started last.
    latest: Recording<S>,
}

#[derive(Clone)]
struct Wrong {
    text: String,
    /// The call, by its place in the recording, that shows it.
    call: Option<usize>,
}

impl<S: Subject> Judged<S> {
    fn new(program: Program<S>, criterion: Criterion, steps_max: u64) -> Self {
        let state = State { verdicts: HashMap::new(), unknown: None, latest: Recording::default() };
        Self { program, criterion, steps_max, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the program once; `attach` is given the recording before it begins.
    fn run(&self, attach: impl FnOnce(&Recording<S>)) -> Recording<S> {
        let recording = Recording::default();
        self.state().latest = recording.clone();
        attach(&recording);
        self.program.run(&recording);
        recording
    }

    /// What is wrong with a recording, in short, whose calls that have not returned wait for ever if `waits`.
    fn judge(&self, recording: &Recording<S>, waits: bool) -> Option<String> {
        let history = self.program.history(&recording.made(), waits);
        let mut state = self.state();
        let State { verdicts, unknown, .. } = &mut *state;
        let verdict = verdicts.entry(history.fingerprint());
        let judge = || match judge(&history, self.criterion, self.steps_max) {
            Verdict::Holds(_) => None,
            Verdict::Violation(witness) => {
                Some(Wrong { text: witness.to_string(), call: witness.wrong.first().map(|wrong| wrong.index) })
            }
            Verdict::Unknown(why) => {
                unknown.get_or_insert(why);
                None
            }
        };
        let wrong = verdict.or_insert_with(judge).as_ref()?;
        Some(wrong.text.split(". ").next().unwrap_or_default().to_owned())
    }
}

impl<S: Subject> Runs for Judged<S> {
    fn explore(self: Arc<Self>, checker: Checker) -> crate::model::Report {
        let judge = self.clone();
        let checker = checker.judged_by(move |attached, waits| judge.judge(attached.downcast_ref()?, waits));
        checker.explore(move || drop(self.run(|recording| attach(Box::new(recording.clone())))))
    }

    fn run_once(&self) -> Option<String> {
        self.judge(&self.run(|_| ()), false)
    }

    fn scenario(&self) -> &Scenario {
        &self.program.scenario
    }

    fn may_wait(&self) -> bool {
        self.program.may_wait()
    }

    fn histories(&self) -> u64 {
        self.state().verdicts.len() as u64
    }

    fn unknown(&self) -> Option<String> {
        self.state().unknown.clone()
    }

    fn why(&self) -> Option<String> {
        self.state().verdicts.values().flatten().next().map(|wrong| wrong.text.clone())
    }

    fn wrong_call(&self) -> Option<usize> {
        self.state().verdicts.values().flatten().next()?.call
    }

    fn calls(&self, waits: bool) -> Vec<ShownCall> {
        let latest = self.state().latest.clone();
        let made = latest.made();
        made.iter().map(|made| made.shown(waits)).collect()
    }
}
