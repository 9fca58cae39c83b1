//! The variables of a description.

use std::collections::HashSet;

use roxmltree::Node;

use super::problems::{Problems, excerpt};
use super::read::{Declared, DeclaredType, elements};
use super::{Causality, FmiVersion, Initial, Variability, Variable, VariableKind};
use crate::domain::unit::Unit;
use crate::domain::value::Value;

/// Most variables of a model.
const MOST: usize = 1_000_000;
/// Longest name, in bytes.
const LONGEST_NAME: usize = 4_096;

const CAUSALITIES: [(&str, Causality); 7] = [
    ("parameter", Causality::Parameter),
    ("calculatedParameter", Causality::CalculatedParameter),
    ("input", Causality::Input),
    ("output", Causality::Output),
    ("local", Causality::Local),
    ("independent", Causality::Independent),
    ("structuralParameter", Causality::StructuralParameter),
];

const VARIABILITIES: [(&str, Variability); 5] = [
    ("constant", Variability::Constant),
    ("fixed", Variability::Fixed),
    ("tunable", Variability::Tunable),
    ("discrete", Variability::Discrete),
    ("continuous", Variability::Continuous),
];

const INITIALS: [(&str, Initial); 3] =
    [("exact", Initial::Exact), ("approx", Initial::Approx), ("calculated", Initial::Calculated)];

pub(super) fn read(
    list: Node,
    version: FmiVersion,
    declared: &Declared,
    problems: &mut Problems,
    left_out: &mut Problems,
) -> Vec<Variable> {
    let (mut variables, mut names) = (Vec::new(), HashSet::new());
    for (count, node) in elements(list).enumerate() {
        if count == MOST {
            problems.tell(node, format!("it has more than {MOST} variables"));
            break;
        }
        // FMI 2 puts kind and start into a child of <ScalarVariable>, FMI 3 into the one element.
        let body = match version {
            FmiVersion::V2 => elements(node).find(|child| child.tag_name().name() != "Annotations"),
            FmiVersion::V3 => Some(node),
        };
        let Some(name) = name(node, &mut names, problems) else { continue };
        let Some(body) = body else {
            problems.tell(node, format!("the variable \"{name}\" has no kind, such as <Real/>"));
            continue;
        };
        if let Some(reason) = unusable(body) {
            left_out.tell(node, format!("\"{name}\" is left out: {reason}"));
            continue;
        }
        variables.extend(variable(node, body, version, name, declared, problems));
    }
    variables
}

fn name(node: Node, names: &mut HashSet<String>, problems: &mut Problems) -> Option<String> {
    let name = problems.needed(node, "name")?;
    if name.len() > LONGEST_NAME {
        problems.tell(node, format!("a name is longer than {LONGEST_NAME} bytes: \"{}\"", excerpt(&name)));
        return None;
    }
    if !names.insert(name.clone()) {
        problems.tell(node, format!("a second variable is named \"{}\"", excerpt(&name)));
        return None;
    }
    Some(name)
}

/// Why a sound variable cannot be used here.
fn unusable(body: Node) -> Option<&'static str> {
    match body.tag_name().name() {
        "Binary" => return Some("binary variables cannot be used"),
        "Clock" => return Some("clocks cannot be used"),
        _ => {}
    }
    let of_one = |dimension: Node| dimension.attribute("start").map(str::trim) == Some("1");
    let array = elements(body).any(|child| child.tag_name().name() == "Dimension" && !of_one(child));
    array.then_some("arrays cannot be used, only variables with one value")
}

fn variable(
    node: Node,
    body: Node,
    version: FmiVersion,
    name: String,
    declared: &Declared,
    problems: &mut Problems,
) -> Option<Variable> {
    let shown = excerpt(&name);
    let declared_type = declared_type(body, &shown, declared, problems);
    let Some(kind) = kind(body.tag_name().name(), version, &declared_type) else {
        let found = excerpt(body.tag_name().name());
        problems.tell(body, format!("the variable \"{shown}\" is of the unknown kind <{found}>"));
        return None;
    };
    let reference = problems.needed(node, "valueReference").and_then(|text| {
        let number = text.parse().ok();
        if number.is_none() {
            let text = excerpt(&text);
            problems.tell(node, format!("valueReference of \"{shown}\" is \"{text}\"; it is a whole number from 0"));
        }
        number
    });
    let causality = problems.word(node, "causality", &CAUSALITIES).unwrap_or(Causality::Local);
    let real = matches!(kind, VariableKind::Float32 | VariableKind::Float64);
    let usual = match causality {
        Causality::Parameter | Causality::CalculatedParameter | Causality::StructuralParameter => Variability::Fixed,
        _ if real || version == FmiVersion::V2 => Variability::Continuous,
        _ => Variability::Discrete,
    };
    let variability = problems.word(node, "variability", &VARIABILITIES).unwrap_or(usual);
    let initial = problems.word(node, "initial", &INITIALS);
    let start = start(body, &shown, &kind, problems);
    let unit = body.attribute("unit").map(str::to_owned).or(declared_type.unit);
    if let Some(unit) = unit.as_ref().filter(|unit| !declared.units.contains(*unit)) {
        let unit = excerpt(unit);
        problems.tell(body, format!("the unit \"{unit}\" of \"{shown}\" is not in <UnitDefinitions>"));
    }
    let min = problems.number(body, "min").or(declared_type.min);
    let max = problems.number(body, "max").or(declared_type.max);
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        problems.tell(body, format!("min {min} of \"{shown}\" is above its max {max}"));
    }
    Some(Variable {
        name,
        reference: reference?,
        kind,
        causality,
        variability,
        initial,
        start,
        unit: unit.map_or_else(Unit::none, |unit| Unit::new(&unit)),
        min,
        max,
        nominal: problems.number(body, "nominal").or(declared_type.nominal),
        description: node.attribute("description").unwrap_or_default().to_owned(),
    })
}

fn declared_type(body: Node, shown: &str, declared: &Declared, problems: &mut Problems) -> DeclaredType {
    let Some(name) = body.attribute("declaredType") else { return DeclaredType::default() };
    match declared.types.get(name) {
        Some(found) if found.of == body.tag_name().name() => found.clone(),
        Some(found) => {
            let (of, name) = (excerpt(&found.of), excerpt(name));
            problems.tell(body, format!("declaredType \"{name}\" of \"{shown}\" is a type of <{of}>"));
            DeclaredType::default()
        }
        None => {
            problems.tell(body, format!("declaredType \"{}\" of \"{shown}\" is not declared", excerpt(name)));
            DeclaredType::default()
        }
    }
}

fn kind(element: &str, version: FmiVersion, declared: &DeclaredType) -> Option<VariableKind> {
    Some(match (version, element) {
        (FmiVersion::V2, "Real") | (FmiVersion::V3, "Float64") => VariableKind::Float64,
        (FmiVersion::V2, "Integer") | (FmiVersion::V3, "Int32") => VariableKind::Int32,
        (_, "Boolean") => VariableKind::Boolean,
        (_, "String") => VariableKind::String,
        (_, "Enumeration") => VariableKind::Enumeration(declared.items.clone()),
        (FmiVersion::V3, "Float32") => VariableKind::Float32,
        (FmiVersion::V3, "Int8") => VariableKind::Int8,
        (FmiVersion::V3, "UInt8") => VariableKind::UInt8,
        (FmiVersion::V3, "Int16") => VariableKind::Int16,
        (FmiVersion::V3, "UInt16") => VariableKind::UInt16,
        (FmiVersion::V3, "UInt32") => VariableKind::UInt32,
        (FmiVersion::V3, "Int64") => VariableKind::Int64,
        (FmiVersion::V3, "UInt64") => VariableKind::UInt64,
        _ => return None,
    })
}

fn start(body: Node, shown: &str, kind: &VariableKind, problems: &mut Problems) -> Option<Value> {
    let within = elements(body).find(|child| child.tag_name().name() == "Start");
    let text = body.attribute("start").or_else(|| within?.attribute("value"))?;
    let given = match (kind, text.trim()) {
        (VariableKind::String, _) => Value::text(text),
        (VariableKind::Boolean, "1") => Value::Bool(true),
        (VariableKind::Boolean, "0") => Value::Bool(false),
        (_, trimmed) => Value::text(trimmed),
    };
    let fitted = kind.fit(given);
    if let Err(reason) = &fitted {
        problems.tell(body, format!("start of \"{shown}\": {}", excerpt(reason)));
    }
    fitted.ok()
}
