//! The address space of the plant: a folder for each equipment, its variables with unit and range.

use std::collections::HashSet;

use opcua::server::address_space::{AddressSpace, MethodBuilder, NodeType, ObjectBuilder, VariableBuilder};
use opcua::types::{
    Argument, DataTypeId, DataValue, DateTime, ExtensionObject, NodeId, ObjectId, ObjectTypeId, QualifiedName, Range,
    StatusCode, VariableTypeId,
};

use super::{Variable, data_type};
use crate::domain::unit::Unit;
use crate::domain::value::Value;
use crate::protocol::opcua::unit::unit_information;
use crate::protocol::opcua::value::variant;

pub(super) const LEASE: &str = "Lease";
pub(super) const ARM: &str = "Lease/Arm";
pub(super) const FEED: &str = "Lease/Feed";
pub(super) const RELEASE: &str = "Lease/Release";
pub(super) const REMAINING: &str = "Lease/Remaining";

/// Builds all nodes in name space `space`; with a past, those of the variables say that they have one.
pub(super) fn build(nodes: &mut AddressSpace, space: u16, variables: &[Variable], with_past: bool) {
    let mut folders = HashSet::new();
    for variable in variables {
        let parent = folder(nodes, space, &variable.path, &mut folders);
        insert(nodes, space, variable, &parent, with_past);
    }
    lease(nodes, space);
}

/// The id of a node by its path.
pub(super) fn id(space: u16, path: &str) -> NodeId {
    NodeId::new(space, path)
}

/// The folder that holds the last name of a path; made, with those above it, where it is not there.
fn folder(nodes: &mut AddressSpace, space: u16, path: &str, made: &mut HashSet<String>) -> NodeId {
    let mut parent = NodeId::from(ObjectId::ObjectsFolder);
    for (end, _) in path.match_indices('/') {
        let (path, name) = (&path[..end], path[..end].rsplit('/').next().unwrap_or_default());
        let own = id(space, path);
        if made.insert(path.to_owned()) {
            nodes.add_folder(&own, QualifiedName::new(space, name), name, &parent);
        }
        parent = own;
    }
    parent
}

fn insert(nodes: &mut AddressSpace, space: u16, variable: &Variable, parent: &NodeId, with_past: bool) {
    let own = id(space, &variable.path);
    let name = variable.path.rsplit('/').next().unwrap_or_default();
    let unit = unit_information(&variable.unit);
    let kind = match (&variable.range, &unit) {
        (Some(_), _) => VariableTypeId::AnalogItemType,
        (None, Some(_)) => VariableTypeId::AnalogUnitType,
        (None, None) => VariableTypeId::BaseDataVariableType,
    };
    let builder = VariableBuilder::new(&own, QualifiedName::new(space, name), name)
        .description(variable.description.as_str())
        .data_type(data_type(variable.initial.kind()))
        .has_type_definition(kind)
        .component_of(parent.clone());
    let builder = if variable.writable { builder.writable() } else { builder };
    let builder = if with_past { builder.historizing(true).history_readable() } else { builder };
    builder.insert(nodes);
    if let Some(NodeType::Variable(node)) = nodes.find_mut(&own) {
        // Without a source time: whatever the plant tells first, even of the past, is newer.
        node.set_data_value(DataValue {
            value: Some(variant(&variable.initial)),
            status: Some(StatusCode::UncertainInitialValue),
            server_timestamp: Some(DateTime::now()),
            ..DataValue::null()
        });
    }
    let mut property = |name: &str, data_type: DataTypeId, value: ExtensionObject| {
        VariableBuilder::new(&id(space, &format!("{}/{name}", variable.path)), QualifiedName::new(0, name), name)
            .data_type(data_type)
            .value(value)
            .has_type_definition(VariableTypeId::PropertyType)
            .property_of(own.clone())
            .insert(nodes);
    };
    if let Some((low, high)) = variable.range {
        property("EURange", DataTypeId::Range, ExtensionObject::from_message(Range { low, high }));
    }
    if let Some(unit) = unit {
        property("EngineeringUnits", DataTypeId::EUInformation, ExtensionObject::from_message(unit));
    }
}

fn lease(nodes: &mut AddressSpace, space: u16) {
    let own = id(space, LEASE);
    ObjectBuilder::new(&own, QualifiedName::new(space, LEASE), LEASE)
        .description("Who changes the plant for a trial arms it and feeds it; when the time is up, all goes back.")
        .has_type_definition(ObjectTypeId::BaseObjectType)
        .organized_by(NodeId::from(ObjectId::ObjectsFolder))
        .insert(nodes);
    let remaining = Variable {
        path: REMAINING.to_owned(),
        description: "Time until all goes back; zero while no lease runs.".to_owned(),
        unit: Unit::new("s"),
        range: None,
        writable: false,
        initial: Value::Real(0.0),
    };
    insert(nodes, space, &remaining, &own, false);
    let argument = |name: &str, data_type: DataTypeId, value_rank, description: &str| Argument {
        name: name.into(),
        data_type: data_type.into(),
        value_rank,
        array_dimensions: None,
        description: description.into(),
    };
    let arm = [
        argument("TimeoutSecs", DataTypeId::Double, -1, "Time without Feed after which all goes back [s]."),
        argument(
            "Paths",
            DataTypeId::String,
            1,
            "Variables that go back, for example Filler/Speed; added to those of a lease that runs.",
        ),
        argument("Values", DataTypeId::BaseDataType, 1, "What each of them goes back to."),
    ];
    let release = [argument("Paths", DataTypeId::String, 1, "Variables that stay as they are; empty: all.")];
    for (path, arguments) in [(ARM, &arm[..]), (FEED, &[]), (RELEASE, &release[..])] {
        let name = path.rsplit('/').next().unwrap_or_default();
        let builder =
            MethodBuilder::new(&id(space, path), QualifiedName::new(space, name), name).component_of(own.clone());
        let builder = if arguments.is_empty() {
            builder
        } else {
            builder.input_args(nodes, &id(space, &format!("{path}/InputArguments")), arguments)
        };
        builder.insert(nodes);
    }
}
