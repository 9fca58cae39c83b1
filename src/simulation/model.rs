//! What a model of a plant is to everything that asks it: variables to look at, parameters to change,
//! a state that can be taken from the plant and gone on from, and figures to compare by.
//!
//! A model knows no clock and no plant. It is given a state and told until when to run.

use crate::domain::quality::Quality;
use crate::domain::scenario::Better;
use crate::domain::time::Span;
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};

/// A copy of a plant, or of a part of it, at one moment.
pub trait Model: Send + Sync {
    /// All variables; the list never changes.
    fn variables(&self) -> &[Variable];

    /// All parameters; the list never changes.
    fn parameters(&self) -> &[Parameter];

    /// Value of one variable by its place in [`Self::variables`]; none where it is not known or no number.
    fn value(&self, place: usize) -> Option<Value>;

    /// Present value of a parameter in its unit; none where there is none of this name.
    fn parameter(&self, name: &str) -> Option<f64>;

    /// Sets a parameter, in its unit. The model follows it as the plant would.
    ///
    /// # Errors
    /// An unknown name, a value out of range or not a number, or a model that failed.
    fn set_parameter(&mut self, name: &str, value: f64) -> Result<(), ModelError>;

    /// Time of the state since the start of the model [s].
    fn time_secs(&self) -> f64;

    /// Advances to a time [s], as near as the steps of the model come; does nothing where that has passed.
    ///
    /// # Errors
    /// When the model fails on the way. Its state is of no use then.
    fn run_until(&mut self, time_secs: f64) -> Result<(), ModelError>;

    /// The same state once more, from which another future can be run.
    ///
    /// # Errors
    /// When it cannot be copied, as where a foreign model has run already and does not offer its state.
    fn fork(&self) -> Result<Box<dyn Model>, ModelError>;

    /// True where two runs with other seeds may differ.
    fn has_chance(&self) -> bool;

    /// Draws anew what is not known of the future. What is there now stays as far as it is known.
    fn reseed(&mut self, seed: u64);

    /// A model in the state in which the plant was seen. Values of bad quality or older than `max_age`
    /// are not used. Only for a model that has run in.
    ///
    /// # Errors
    /// When too little is known, or the model fails.
    fn observe(&self, seen: &[Observed], max_age: Span) -> Result<Observation<Box<dyn Model>>, ModelError>;

    /// The figures by which runs are compared, the leading one first; the list never changes.
    fn figures(&self) -> Vec<Figure>;

    /// Figures are those of the time from now on.
    fn begin_period(&mut self);

    /// The figures since [`Self::begin_period`], in the order of [`Self::figures`]; none where there is
    /// nothing to count, as energy per bottle without a bottle.
    fn period(&self) -> Vec<Option<f64>>;
}

/// What is known of a variable beside its value.
#[derive(Clone, PartialEq, Debug)]
pub struct Variable {
    /// Asset and property, for example `Filler/Speed`.
    pub name: String,
    pub kind: ValueKind,
    /// UCUM; none for states, texts and counts.
    pub unit: Unit,
    /// Engineering range in `unit`, low < high; none where there is no natural end.
    pub range: Option<(f64, f64)>,
    /// True where a setpoint of the same name is among the parameters.
    pub writable: bool,
    /// True where it says how far a motion that repeats has come (belt travel, swing of an arm). A moment
    /// later it may be anywhere, so that what it is at a moment says nothing of how the plant does.
    pub cyclic: bool,
    pub description: String,
}

/// Whether a plant has the parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParameterKind {
    /// A setpoint; a variable of the same name reads it back.
    Setpoint,
    /// A property of the model without a counterpart that could be set in a plant.
    Model,
}

/// A number that may be changed while the model runs.
#[derive(Clone, PartialEq, Debug)]
pub struct Parameter {
    /// For example `Filler/SpeedSetpoint`.
    pub name: String,
    pub kind: ParameterKind,
    pub unit: Unit,
    /// Least and greatest value, in `unit`.
    pub range: (f64, f64),
    /// Value at the start, in `unit`.
    pub initial: f64,
    pub description: String,
}

/// A figure by which runs are compared.
#[derive(Clone, PartialEq, Debug)]
pub struct Figure {
    /// "Throughput", "Labeller starved".
    pub name: String,
    pub unit: Unit,
    pub better: Better,
    /// Equipment that it is of, as in the names of variables; none for a figure of the whole.
    pub part: Option<String>,
}

/// A value of the plant for a variable of the model.
#[derive(Clone, PartialEq, Debug)]
pub struct Observed {
    /// For example `Filler/Speed`.
    pub variable: String,
    pub value: Value,
    pub quality: Quality,
    /// How long ago it held.
    pub age: Span,
}

/// Something that is not exact about a start state.
#[derive(Clone, PartialEq, Debug)]
pub struct Note {
    /// Variable, machine or part of the plant.
    pub about: String,
    /// What was done and why, in words.
    pub reason: String,
}

/// A model as the plant was seen.
#[derive(Clone, PartialEq, Debug)]
pub struct Observation<M> {
    pub model: M,
    /// Variables that were taken over.
    pub taken: usize,
    /// What was not seen or cannot be seen, and is estimated.
    pub estimated: Vec<Note>,
    /// Values that contradict each other or the model, and how that was settled.
    pub settled: Vec<Note>,
}

impl<M> Observation<M> {
    /// The same about another form of the model.
    pub fn map<N>(self, change: impl FnOnce(M) -> N) -> Observation<N> {
        let Self { model, taken, estimated, settled } = self;
        Observation { model: change(model), taken, estimated, settled }
    }
}

/// A change that a model refuses; nothing was changed.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ParameterError {
    #[error("the model has no parameter \"{name}\"")]
    Unknown { name: String },
    #[error("{name} cannot be {found} {unit}, expected {low} to {high}")]
    OutOfRange { name: String, found: f64, unit: Unit, low: f64, high: f64 },
}

/// Why a model does not do what it was asked for.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ModelError {
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// In words: what of the plant is not known.
    #[error("{0}")]
    NoState(String),
    /// In words: what happened to the model.
    #[error("{0}")]
    Failed(String),
}
