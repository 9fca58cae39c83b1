//! From the XML to the description: what stands above the variables.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use roxmltree::{Document, Node, ParsingOptions};

use super::problems::{Problems, excerpt};
use super::variables;
use super::{Capabilities, DefaultExperiment, FmiVersion, ModelDescription, Problem};

/// Most nodes of a file: elements and the texts between them.
const MOST_NODES: u32 = 5_000_000;

/// What a variable takes over from the type that it names.
#[derive(Clone, Default)]
pub(super) struct DeclaredType {
    /// Element that may name it, for example `Real` or `Float64`.
    pub of: String,
    pub unit: Option<String>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub nominal: Option<f64>,
    pub items: Arc<[(String, i64)]>,
}

/// What variables refer to by name.
pub(super) struct Declared {
    pub types: HashMap<String, DeclaredType>,
    pub units: HashSet<String>,
}

pub(super) fn read(text: &str) -> Result<ModelDescription, Vec<Problem>> {
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let line = Some(error.pos().row).filter(|_| !matches!(error, roxmltree::Error::NodesLimitReached));
        vec![Problem { line, message: format!("it is not XML as FMI allows it ({error})") }]
    })?;
    let root = document.root_element();
    let mut problems = Problems::default();
    let Some(version) = version(root, &mut problems) else { return Err(problems.into_list()) };
    let name = problems.needed(root, "modelName");
    let token = problems.needed(root, if version == FmiVersion::V2 { "guid" } else { "instantiationToken" });
    let co_simulation = child(root, "CoSimulation");
    if co_simulation.is_none() {
        problems.tell(root, "it has no <CoSimulation>; FMUs for model exchange alone cannot be run");
    }
    let identifier = co_simulation.and_then(|node| identifier(node, &mut problems));
    let capabilities = co_simulation.map(|node| capabilities(node, &mut problems)).unwrap_or_default();
    let experiment = child(root, "DefaultExperiment").map(|node| experiment(node, &mut problems)).unwrap_or_default();
    let declared = declared(root, version, &mut problems);
    let mut left_out = Problems::default();
    let variables = match child(root, "ModelVariables") {
        Some(node) => variables::read(node, version, &declared, &mut problems, &mut left_out),
        None => {
            problems.tell(root, "it has no <ModelVariables>");
            Vec::new()
        }
    };
    let problems = problems.into_list();
    let (Some(name), Some(token), Some(identifier), true) = (name, token, identifier, problems.is_empty()) else {
        return Err(problems);
    };
    Ok(ModelDescription {
        version,
        name,
        token,
        identifier,
        description: root.attribute("description").unwrap_or_default().to_owned(),
        tool: root.attribute("generationTool").unwrap_or_default().to_owned(),
        experiment,
        capabilities,
        variables,
        left_out: left_out.into_list(),
    })
}

pub(super) fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    elements(node).find(|child| child.tag_name().name() == name)
}

pub(super) fn elements<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

fn version(root: Node, problems: &mut Problems) -> Option<FmiVersion> {
    let name = root.tag_name().name();
    if name != "fmiModelDescription" {
        problems.tell(root, format!("the file begins with <{}>, not with <fmiModelDescription>", excerpt(name)));
        return None;
    }
    match problems.needed(root, "fmiVersion")?.as_str() {
        "2.0" => Some(FmiVersion::V2),
        text if text == "3.0" || text.starts_with("3.0.") => Some(FmiVersion::V3),
        other => {
            problems.tell(root, format!("fmiVersion is \"{}\"; FMI 2.0 and 3.0 can be run", excerpt(other)));
            None
        }
    }
}

/// A name that can stand in a path: it becomes one.
fn identifier(node: Node, problems: &mut Problems) -> Option<String> {
    const LONGEST: usize = 200;
    let text = problems.needed(node, "modelIdentifier")?;
    let sound = text.len() <= LONGEST && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !sound {
        let shown = excerpt(&text);
        problems.tell(node, format!("modelIdentifier is \"{shown}\"; it can have letters, digits and underscores"));
    }
    sound.then_some(text)
}

fn capabilities(node: Node, problems: &mut Problems) -> Capabilities {
    // The standard wrote "FMUstate" in version 2 and "FMUState" in version 3.
    let either = |problems: &mut Problems, two, three| problems.flag(node, two) || problems.flag(node, three);
    Capabilities {
        get_and_set_state: either(problems, "canGetAndSetFMUstate", "canGetAndSetFMUState"),
        serialise_state: either(problems, "canSerializeFMUstate", "canSerializeFMUState"),
        variable_step: problems.flag(node, "canHandleVariableCommunicationStepSize"),
        once_per_process: problems.flag(node, "canBeInstantiatedOnlyOncePerProcess"),
        needs_tool: problems.flag(node, "needsExecutionTool"),
    }
}

fn experiment(node: Node, problems: &mut Problems) -> DefaultExperiment {
    let experiment = DefaultExperiment {
        start_secs: problems.number(node, "startTime"),
        stop_secs: problems.number(node, "stopTime"),
        step_secs: problems.number(node, "stepSize"),
        tolerance: problems.number(node, "tolerance"),
    };
    if experiment.stop_secs.is_some_and(|stop| stop < experiment.start_secs.unwrap_or(0.0)) {
        problems.tell(node, "stopTime is before startTime");
    }
    for (name, number) in [("stepSize", experiment.step_secs), ("tolerance", experiment.tolerance)] {
        if number.is_some_and(|number| number <= 0.0) {
            problems.tell(node, format!("{name} is not above zero"));
        }
    }
    experiment
}

fn declared(root: Node, version: FmiVersion, problems: &mut Problems) -> Declared {
    let mut declared = Declared { types: HashMap::new(), units: HashSet::new() };
    for unit in child(root, "UnitDefinitions").into_iter().flat_map(elements) {
        if let Some(name) = problems.needed(unit, "name") {
            declared.units.insert(name);
        }
    }
    for node in child(root, "TypeDefinitions").into_iter().flat_map(elements) {
        let Some(name) = problems.needed(node, "name") else { continue };
        // FMI 2: <SimpleType name=""><Real/></SimpleType>; FMI 3: <Float64Type name=""/>.
        let body = if version == FmiVersion::V2 { elements(node).next() } else { Some(node) };
        let Some(body) = body else {
            problems.tell(node, format!("the type \"{}\" is empty", excerpt(&name)));
            continue;
        };
        let made = DeclaredType {
            of: body.tag_name().name().trim_end_matches("Type").to_owned(),
            unit: body.attribute("unit").map(str::to_owned),
            min: problems.number(body, "min"),
            max: problems.number(body, "max"),
            nominal: problems.number(body, "nominal"),
            items: items(body, problems).into(),
        };
        if declared.types.insert(name.clone(), made).is_some() {
            problems.tell(node, format!("a second type is named \"{}\"", excerpt(&name)));
        }
    }
    declared
}

fn items(node: Node, problems: &mut Problems) -> Vec<(String, i64)> {
    let mut items = Vec::new();
    for item in elements(node).filter(|item| item.tag_name().name() == "Item") {
        let (name, value) = (problems.needed(item, "name"), problems.needed(item, "value"));
        match (name, value.map(|value| value.parse())) {
            (Some(name), Some(Ok(number))) => items.push((name, number)),
            (_, Some(Err(_))) => problems.tell(item, "the value of an <Item> is not a whole number"),
            _ => {}
        }
    }
    items
}
