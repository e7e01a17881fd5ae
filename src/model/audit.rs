//! Which orderings does a program need?
//!
//! Each ordering that is written is replaced by a weaker one, and the program is explored again: either a counterexample shows what
//! the ordering is for, or no execution needs it. (As VSync does for locks in C: Oberhauser, Chehab, Behrens, Fu, Paolillo,
//! Oberhauser, Bhat, Wen, Chen, Kim, Vafeiadis, "VSync: Push-Button Verification and Optimization for Synchronization Primitives on
//! Weak Memory Models", ASPLOS'21.)
//!
//! A weaker ordering allows all that a stronger one does. So what fails with one ordering weakened fails with more of them weakened,
//! and one pass over all of them finds a set none of which can be weakened any more.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::checker::{Checker, Coverage, Report};
use super::event::{Kind, Order};
use super::execute::Body;
use super::fault::ViolationKind;
use super::run::with_current;
use super::step::Request;
use super::token::hash_of_model;
use super::workers;

/// An ordering in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    file: &'static str,
    line: u32,
    column: u32,
    operation: &'static str,
    /// True for that of a compare-and-swap which fails.
    is_of_failure: bool,
}

/// What an ordering can be replaced by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ladder {
    Load,
    Store,
    Update,
    Fence,
}

/// What is in the place of an ordering; nothing in that of a fence which is taken out.
type Level = Option<Order>;

/// The orderings of a program, and what is in their place while it is explored.
#[derive(Debug, Default)]
pub(crate) struct Orderings {
    weakened: BTreeMap<Point, Level>,
    /// Those that were met, as they are written.
    met: Mutex<BTreeMap<Point, (Ladder, Order)>>,
}

impl Ladder {
    /// What is weaker than `written`, the weakest first.
    fn below(self, written: Order) -> Vec<Level> {
        let all: &[Level] = match self {
            Self::Load => &[Some(Order::RELAXED), Some(Order::ACQUIRE)],
            Self::Store => &[Some(Order::RELAXED), Some(Order::RELEASE)],
            Self::Update => &[Some(Order::RELAXED), Some(Order::ACQUIRE), Some(Order::RELEASE), Some(Order::ACQ_REL)],
            Self::Fence => &[None, Some(Order::ACQUIRE), Some(Order::RELEASE), Some(Order::ACQ_REL)],
        };
        all.iter().copied().filter(|level| level.is_none_or(|level| level.is_below(written))).collect()
    }
}

fn name(level: Level) -> &'static str {
    level.map_or("none", Order::name)
}

/// The operation as it is to be explored. None if it is a fence that is taken out.
pub(super) fn as_explored<'object>(request: &Request<'object>) -> Option<Request<'object>> {
    let orderings = with_current(|run| run.orderings.clone()).flatten();
    orderings.map_or(Some(*request), |orderings| orderings.replace(request))
}

impl Orderings {
    fn replace<'object>(&self, request: &Request<'object>) -> Option<Request<'object>> {
        let mut request = *request;
        let ladder = match request.kind {
            Kind::Fence => Ladder::Fence,
            Kind::Write => Ladder::Store,
            Kind::Read if request.operation.only_reads => Ladder::Load,
            Kind::Read => Ladder::Update,
            Kind::Create | Kind::Join | Kind::Choice => return Some(request),
        };
        let is_users = request.object.is_none_or(|(_, type_name, _)| type_name.starts_with("Atomic"));
        // The orderings of the engine's own `Arc` are not up for discussion.
        if !is_users || request.site.file().ends_with("model/arc.rs") {
            return Some(request);
        }
        let point = |is_of_failure| Point {
            file: request.site.file(),
            line: request.site.line(),
            column: request.site.column(),
            operation: request.operation.name,
            is_of_failure,
        };
        let may_fail = request.operation.name == "compare_exchange";
        let (success, failure) = (point(false), point(true));
        let order = self.level(success, ladder, request.order)?;
        let order_if_not = if may_fail { self.level(failure, Ladder::Load, request.order_if_not)? } else { order };
        (request.order, request.order_if_not) = (order, order_if_not);
        Some(request)
    }

    /// What is in the place of an ordering.
    fn level(&self, point: Point, ladder: Ladder, written: Order) -> Level {
        if written != Order::RELAXED {
            self.met.lock().unwrap_or_else(PoisonError::into_inner).insert(point, (ladder, written));
        }
        self.weakened.get(&point).copied().unwrap_or(Some(written))
    }
}

/// What came of exploring a program with some orderings weakened.
pub(crate) enum Tried {
    /// Nothing is wrong: what was covered, in words.
    Passed(String),
    Failed(Refutation),
    /// A bound has ended the search.
    Unknown(String),
}

/// What is wrong with a weaker ordering.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refutation {
    /// The weaker ordering.
    pub ordering: &'static str,
    /// What kind of violation it leads to.
    pub kind: ViolationKind,
    /// What is wrong, in a line.
    pub message: String,
    /// What the threads do.
    pub trace: String,
    /// What `RADDLE_REPLAY` takes to run this execution, when the weaker ordering is in the source.
    pub token: String,
}

type Program = Box<dyn Fn(&Arc<Orderings>) -> Tried>;

/// An audit of memory orderings: which of those that are written do these programs need?
///
/// The answer is advice, and holds for these programs: a larger one may need more.
///
/// ```
/// use raddle::model::{Audit, Checker};
/// use raddle::sync::Arc;
/// use raddle::sync::atomic::{AtomicBool, AtomicU32, Ordering};
/// use raddle::thread;
///
/// # if raddle::sync::BACKEND == raddle::sync::Backend::Model {
/// let report = Audit::new()
///     .model(&Checker::new(), || {
///         let shared = Arc::new((AtomicU32::new(0), AtomicBool::new(false)));
///         let writing = thread::spawn({
///             let shared = shared.clone();
///             move || {
///                 shared.0.store(1, Ordering::Relaxed);
///                 shared.1.store(true, Ordering::SeqCst);
///             }
///         });
///         let reading = thread::spawn(move || !shared.1.load(Ordering::Acquire) || shared.0.load(Ordering::Relaxed) == 1);
///         writing.join().unwrap();
///         assert!(reading.join().unwrap());
///     })
///     .run();
/// let [store, load] = &report.orderings[..] else { panic!("{report}") };
/// assert_eq!((store.written, store.weakest), ("SeqCst", "Release"));
/// assert_eq!((load.written, load.weakest), ("Acquire", "Acquire"));
/// assert!(load.refutation.as_ref().unwrap().trace.contains("Relaxed"));
/// # }
/// ```
#[must_use = "an audit does nothing until it is run"]
#[derive(Default)]
pub struct Audit {
    programs: Vec<Program>,
    files: Vec<String>,
}

/// What an audit came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuditReport {
    /// Every ordering that was met and is more than `Relaxed`, by file and line.
    pub orderings: Vec<AuditedOrdering>,
    /// What was covered of each program.
    pub covered: Vec<String>,
    /// How long it took.
    pub elapsed: Duration,
}

/// One ordering in the source.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuditedOrdering {
    /// The file, as the compiler calls it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The operation, by the name of its function.
    pub operation: &'static str,
    /// True for the ordering of a compare-and-swap that fails.
    pub is_of_failure: bool,
    /// The ordering that is written.
    pub written: &'static str,
    /// The weakest with which all programs pass, the others being as they are written; `none` for a fence that can go.
    pub weakest: &'static str,
    /// An ordering with which all programs pass if all others are as this says too: none of them can be weakened then.
    pub together: &'static str,
    /// What the next weaker ordering than [`weakest`](Self::weakest) leads to, if there is one.
    pub refutation: Option<Refutation>,
    /// Why something weaker is neither right nor wrong: a bound ended its search.
    pub unknown: Option<String>,
}

impl AuditedOrdering {
    /// True if the programs need what is written.
    pub fn is_needed(&self) -> bool {
        self.weakest == self.written
    }
}

impl Audit {
    /// An audit of no program yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only orderings in files whose path ends like this, or like another that is given. All unless set.
    pub fn file(mut self, ending: &str) -> Self {
        self.files.push(ending.to_owned());
        self
    }

    /// A model, and how it is explored.
    pub fn model<F: Fn() + Send + Sync + 'static>(self, checker: &Checker, model: F) -> Self {
        let (checker, body): (_, Body) = (checker.clone(), Arc::new(model));
        self.program(move |orderings| {
            Tried::of(workers::explore(&checker.clone().with_orderings(orderings.clone()), &body, hash_of_model::<F>()))
        })
    }

    pub(crate) fn program(mut self, program: impl Fn(&Arc<Orderings>) -> Tried + 'static) -> Self {
        self.programs.push(Box::new(program));
        self
    }

    /// Explores all programs as often as there are orderings to be weakened.
    ///
    /// # Panics
    ///
    /// When a program fails as it is written, is not covered completely, or there is none.
    #[track_caller]
    pub fn run(self) -> AuditReport {
        assert!(!self.programs.is_empty(), "raddle: an audit needs a program");
        let started = Instant::now();
        let (met, covered) = self.as_written();
        let is_asked_for = |point: &Point| {
            self.files.is_empty() || self.files.iter().any(|ending| point.file.ends_with(ending.as_str()))
        };
        let points: Vec<_> = met.into_iter().filter(|(point, _)| is_asked_for(point)).collect();
        assert!(!points.is_empty(), "raddle: the programs have no ordering in these files that could be weakened");
        let alone: Vec<_> =
            points.iter().map(|&(point, (ladder, written))| self.weaken(point, ladder, written)).collect();
        let together = self.weaken_together(&points, &alone);
        let orderings = points.iter().zip(alone).zip(together);
        let orderings = orderings.map(|((&(point, (_, written)), weakened), together)| AuditedOrdering {
            file: point.file,
            line: point.line,
            column: point.column,
            operation: point.operation,
            is_of_failure: point.is_of_failure,
            written: written.name(),
            weakest: name(weakened.weakest),
            together: name(together),
            refutation: weakened.refutation,
            unknown: weakened.unknown,
        });
        AuditReport { orderings: orderings.collect(), covered, elapsed: started.elapsed() }
    }

    /// The orderings that are met, and what is covered.
    #[track_caller]
    fn as_written(&self) -> (BTreeMap<Point, (Ladder, Order)>, Vec<String>) {
        let written = Arc::new(Orderings::default());
        let covered = self.programs.iter().map(|program| match program(&written) {
            Tried::Passed(covered) => covered,
            Tried::Failed(Refutation { kind, message, trace, .. }) => {
                panic!("raddle: the program fails as it is written: {kind}: {message}\n\n{trace}")
            }
            Tried::Unknown(reason) => panic!("raddle: an audit needs programs that are covered completely: {reason}"),
        });
        let covered = covered.collect();
        let met = std::mem::take(&mut *written.met.lock().unwrap_or_else(PoisonError::into_inner));
        (met, covered)
    }

    /// Explores all programs until one fails.
    fn try_with(&self, weakened: BTreeMap<Point, Level>) -> Tried {
        let orderings = Arc::new(Orderings { weakened, ..Orderings::default() });
        let mut unknown = None;
        for program in &self.programs {
            match program(&orderings) {
                Tried::Passed(_) => {}
                failed @ Tried::Failed(_) => return failed,
                Tried::Unknown(reason) => unknown = Some(reason),
            }
        }
        unknown.map_or_else(|| Tried::Passed(String::new()), Tried::Unknown)
    }

    fn weaken(&self, point: Point, ladder: Ladder, written: Order) -> Weakened {
        let mut weakened = Weakened { weakest: Some(written), refutation: None, unknown: None };
        for level in ladder.below(written) {
            match self.try_with(BTreeMap::from([(point, level)])) {
                Tried::Passed(_) => {
                    weakened.weakest = level;
                    break;
                }
                Tried::Failed(refutation) => {
                    weakened.refutation = Some(Refutation { ordering: name(level), ..refutation });
                }
                Tried::Unknown(reason) => weakened.unknown = Some(format!("with {}: {reason}", name(level))),
            }
        }
        weakened
    }

    /// Each ordering as weak as the programs allow, given those before it and, as they are written, those after it.
    fn weaken_together(&self, points: &[(Point, (Ladder, Order))], alone: &[Weakened]) -> Vec<Level> {
        let mut chosen = BTreeMap::new();
        for (&(point, (ladder, written)), alone) in points.iter().zip(alone) {
            // What fails alone fails with others.
            let levels = ladder.below(written).into_iter().skip_while(|&level| level != alone.weakest);
            for level in levels {
                let with = chosen.iter().map(|(&point, &level)| (point, level)).chain([(point, level)]).collect();
                if let Tried::Passed(_) = self.try_with(with) {
                    chosen.insert(point, level);
                    break;
                }
            }
        }
        points.iter().map(|(point, (_, written))| chosen.get(point).copied().unwrap_or(Some(*written))).collect()
    }
}

/// How far an ordering can be weakened.
struct Weakened {
    weakest: Level,
    refutation: Option<Refutation>,
    unknown: Option<String>,
}

impl Tried {
    fn of(report: Report) -> Self {
        match (report.violation, report.coverage) {
            (Some(violation), _) => Self::Failed(Refutation {
                ordering: "",
                kind: violation.kind,
                message: violation.message.lines().next().unwrap_or_default().to_owned(),
                trace: violation.trace,
                token: violation.token,
            }),
            (None, Coverage::Complete) => Self::Passed(format!("a model: {} executions, complete", report.executions)),
            (None, Coverage::Bounded(reason)) => Self::Unknown(reason),
        }
    }
}

impl Refutation {
    #[cfg(feature = "check")]
    pub(crate) fn new(kind: ViolationKind, message: &str, trace: String, token: String) -> Self {
        let message = message.lines().next().unwrap_or_default().to_owned();
        Self { ordering: "", kind, message, trace, token }
    }
}

impl Checker {
    /// Which of the orderings that are written does this model need? As an [`Audit`] of it alone.
    ///
    /// # Panics
    ///
    /// When the model fails, or is not covered completely.
    #[track_caller]
    pub fn audit_orderings<F: Fn() + Send + Sync + 'static>(&self, model: F) -> AuditReport {
        Audit::new().model(self, model).run()
    }
}

/// A table, what the orderings that are needed are for, and what was covered.
impl fmt::Display for AuditReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["", "operation", "written", "weakest", "together", "why"].map(str::to_owned);
        let rows: Vec<[String; 6]> = std::iter::once(header).chain(self.orderings.iter().map(row)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let widths: [usize; 6] = std::array::from_fn(width);
        for row in &rows {
            let line: String = (0..5).map(|column| format!("{:<1$}  ", row[column], widths[column])).collect();
            writeln!(f, "{}", (line + &row[5]).trim_end())?;
        }
        writeln!(f, "\nweakest: alone, the others as written. together: all at once. Of behaviours that these cover:")?;
        for covered in &self.covered {
            writeln!(f, "  {covered}")?;
        }
        Ok(())
    }
}

fn row(ordering: &AuditedOrdering) -> [String; 6] {
    let AuditedOrdering { file, line, operation, is_of_failure, written, weakest, together, .. } = ordering;
    let failure = if *is_of_failure { ", failure" } else { "" };
    let why = match (&ordering.refutation, &ordering.unknown) {
        (_, Some(unknown)) => format!("not known {unknown}"),
        (Some(Refutation { ordering, kind, token, .. }), None) => format!("{ordering}: {kind}, {token}"),
        (None, None) => "no covered behaviour needs it".to_owned(),
    };
    [
        format!("{file}:{line}"),
        format!("{operation}{failure}"),
        (*written).to_owned(),
        (*weakest).to_owned(),
        (*together).to_owned(),
        why,
    ]
}
