//! The parsed form of an expression.
//!
//! Operators of equal precedence, `else if` ladders and member steps are kept as lists, not as deep
//! trees: how deep evaluation recurses depends on nesting alone, not on the length of the text.

use crate::domain::unit::Unit;

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Node {
    Undefined,
    Bool(bool),
    Number(f64),
    Text(Box<str>),
    /// Index into the identifiers.
    Slot(usize),
    /// `.name` inside a filter: a member of the element that is being tested.
    Element(Box<str>),
    Not(Box<Node>),
    Negate(Box<Node>),
    List(Box<[Node]>),
    Chain(Box<Chain>),
    Choose(Box<Choose>),
    Path(Box<Path>),
    Ask(Ask, usize),
    Convert(usize, Unit),
    Math(Math, Box<[Node]>),
}

/// `first op a op b`, evaluated from the left; all operators have the same precedence.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Chain {
    pub first: Node,
    pub rest: Vec<(Operator, Node)>,
}

/// `test ? value : test ? value : otherwise`. An arm without value (`?:`) gives its test.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Choose {
    pub arms: Vec<(Node, Option<Node>)>,
    pub otherwise: Node,
}

/// `base.member[index]`.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Path {
    pub base: Node,
    pub steps: Vec<Step>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Step {
    Member(Box<str>),
    Index(Node),
    /// Keeps the elements for which the node, which uses `.name`, is truthy.
    Filter(Node),
}

/// What is asked about the reading of a slot, not of its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ask {
    Quality,
    Age,
    Stale,
    Good,
    Has,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Math {
    Abs,
    Min,
    Max,
    Clamp,
    Round,
    Floor,
    Ceil,
    Sqrt,
    Pow,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operator {
    Power,
    Remainder,
    Multiply,
    Divide,
    FloorDivide,
    Add,
    Subtract,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    In,
    And,
    Or,
}

impl Operator {
    pub(super) const LOWEST: u8 = 10;

    pub(super) fn from_symbol(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "^" => Self::Power,
            "%" => Self::Remainder,
            "*" => Self::Multiply,
            "/" => Self::Divide,
            "//" => Self::FloorDivide,
            "+" => Self::Add,
            "-" => Self::Subtract,
            "==" => Self::Equal,
            "!=" => Self::NotEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            "in" => Self::In,
            "&&" => Self::And,
            "||" => Self::Or,
            _ => return None,
        })
    }

    /// After jexl 2.3, lib/grammar.js: the higher binds tighter, equal ones group from the left.
    pub(super) fn precedence(self) -> u8 {
        match self {
            Self::Power | Self::Remainder => 50,
            Self::Multiply | Self::Divide | Self::FloorDivide => 40,
            Self::Add | Self::Subtract => 30,
            Self::Equal
            | Self::NotEqual
            | Self::Greater
            | Self::GreaterOrEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::In => 20,
            Self::And | Self::Or => Self::LOWEST,
        }
    }
}
