//! What the server does when a client writes a variable, calls a method of the lease or reads the past.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use opcua::core::sync::RwLock;
use opcua::server::address_space::{AddressSpace, NodeType, add_namespaces};
use opcua::server::diagnostics::NamespaceMetadata;
use opcua::server::node_manager::memory::InMemoryNodeManagerImpl;
use opcua::server::node_manager::{
    HistoryNode, MethodCall, ParsedWriteValue, RequestContext, ServerContext, WriteNode,
};
use opcua::server::{ContinuationPoint, CreateMonitoredItem};

use opcua::types::{
    AttributeId, DateTime, HistoryData, NodeId, ReadRawModifiedDetails, StatusCode, TimestampsToReturn, Variant,
};

use super::lease::{Lease, LeaseError};
use super::past::{Asked, Cursor, Memory};
use super::space::{self, ARM, FEED, LEASE, RELEASE, REMAINING};
use super::{By, NAME_SPACE, OnWrite, Rejection, ServerError, Variable, Write, WriteAnswer};
use crate::domain::quality::Quality;
use crate::domain::time::Timestamp;
use crate::domain::value::{Value, ValueKind};
use crate::protocol::opcua::value::{data_value, moment, value};

/// Settings that one lease can take back.
const LARGEST_REVERT: usize = 1_000;
/// Values of the past in one answer, of all its variables together: a megabyte of numbers.
const PAGE: usize = 40_000;

/// The plant behind the nodes.
pub(super) struct Plant {
    variables: Vec<Variable>,
    on_write: Mutex<OnWrite>,
    lease: Mutex<Lease>,
    /// None: nothing is remembered.
    memory: Option<Mutex<Memory>>,
    started: Instant,
}

impl Plant {
    pub fn new(variables: Vec<Variable>, memory: Option<Memory>, on_write: OnWrite) -> Result<Self, ServerError> {
        let mut seen = std::collections::HashSet::from([LEASE, ARM, FEED, RELEASE, REMAINING]);
        for Variable { path, .. } in &variables {
            if path.split('/').any(str::is_empty) || !seen.insert(path) {
                return Err(ServerError::Path(path.clone()));
            }
        }
        let (memory, on_write) = (memory.map(Mutex::new), Mutex::new(on_write));
        Ok(Self { variables, on_write, lease: Mutex::default(), memory, started: Instant::now() })
    }
}

/// The part of the server that owns the plant's nodes.
pub(super) struct Service {
    plant: Plant,
    space: u16,
    /// Place among the variables by path.
    places: HashMap<String, usize>,
}

impl Service {
    pub fn new(plant: Plant, context: &ServerContext, nodes: &mut AddressSpace) -> Self {
        let space = add_namespaces(context, nodes, &[NAME_SPACE]).first().copied().unwrap_or_default();
        space::build(nodes, space, &plant.variables, plant.memory.is_some());
        if let Some(memory) = &plant.memory {
            let memory = lock(memory);
            for (place, variable) in plant.variables.iter().enumerate() {
                let node = nodes.find_mut(&space::id(space, &variable.path));
                if let (Some(NodeType::Variable(node)), Some(last)) = (node, memory.latest(place)) {
                    node.set_data_value(data_value(&last.value, last.time, last.quality));
                }
            }
        }
        let places =
            plant.variables.iter().enumerate().map(|(place, variable)| (variable.path.clone(), place)).collect();
        Self { plant, space, places }
    }

    /// The node of a variable; none where there is no such variable of this kind.
    pub fn id(&self, path: &str, kind: ValueKind) -> Option<NodeId> {
        (self.variable(path)?.initial.kind() == kind).then(|| space::id(self.space, path))
    }

    /// Remembers a value, where that is asked for.
    pub fn keep(&self, path: &str, value: &Value, time: Timestamp, quality: Quality) {
        if let (Some(memory), Some(place)) = (&self.plant.memory, self.places.get(path)) {
            lock(memory).keep(*place, time, value.clone(), quality);
        }
    }

    pub fn remaining_id(&self) -> NodeId {
        space::id(self.space, REMAINING)
    }

    /// Asks the plant: the status for the client, and what the variable now holds.
    pub fn ask(&self, write: &Write) -> Result<(StatusCode, Value), StatusCode> {
        match (lock(&self.plant.on_write))(write) {
            WriteAnswer::Good => Ok((StatusCode::Good, write.value.clone())),
            WriteAnswer::Clamped(value) => {
                let value = value.coerced(write.value.kind()).ok_or(StatusCode::BadTypeMismatch)?;
                Ok((StatusCode::GoodClamped, value))
            }
            WriteAnswer::Rejected(why) => Err(match why {
                Rejection::NotWritable => StatusCode::BadNotWritable,
                Rejection::OutOfRange => StatusCode::BadOutOfRange,
                Rejection::AccessDenied => StatusCode::BadUserAccessDenied,
                Rejection::InvalidState => StatusCode::BadInvalidState,
            }),
        }
    }

    /// Has settings go back where the time of the lease is up. Until they have, no client is told that it is.
    pub fn end_lease(&self, go_back: impl FnMut((String, Value))) {
        let mut lease = lock(&self.plant.lease);
        lease.expired(self.elapsed()).into_iter().for_each(go_back);
    }

    /// In steps of a tenth, so that it is not told more often than it can be read.
    pub fn lease_remaining_secs(&self) -> f64 {
        (lock(&self.plant.lease).remaining(self.elapsed()).as_secs_f64() * 10.0).ceil() / 10.0
    }

    fn elapsed(&self) -> Duration {
        self.plant.started.elapsed()
    }

    fn variable(&self, path: &str) -> Option<&Variable> {
        self.plant.variables.get(*self.places.get(path)?)
    }

    fn wanted(&self, asked: &ParsedWriteValue, user: &str) -> Result<Write, StatusCode> {
        if asked.attribute_id != AttributeId::Value {
            return Err(StatusCode::BadNotWritable);
        }
        if asked.index_range.has_range() {
            return Err(StatusCode::BadWriteNotSupported);
        }
        let path = path(&asked.node_id).ok_or(StatusCode::BadNodeIdUnknown)?;
        let variable = self.variable(path).filter(|variable| variable.writable).ok_or(StatusCode::BadNotWritable)?;
        let told = asked.value.value.as_ref().ok_or(StatusCode::BadTypeMismatch)?;
        let value = typed(told, variable)?;
        Ok(Write { path: path.to_owned(), value, by: By::Client(user.to_owned()) })
    }

    fn call_lease(&self, method: &NodeId, arguments: &[Variant], user: &str) -> Result<(), StatusCode> {
        let done = match path(method) {
            Some(ARM) => {
                let (timeout, revert) = self.arm_arguments(arguments)?;
                let mut lease = lock(&self.plant.lease);
                if lease.settings() + revert.len() > LARGEST_REVERT {
                    return Err(StatusCode::BadTooManyOperations);
                }
                lease.arm(user, timeout, revert, self.elapsed())
            }
            Some(FEED) => lock(&self.plant.lease).feed(user, self.elapsed()),
            Some(RELEASE) => {
                let paths = release_arguments(arguments)?;
                lock(&self.plant.lease).release(user, &paths)
            }
            _ => return Err(StatusCode::BadMethodInvalid),
        };
        done.map_err(|error| match error {
            LeaseError::Timeout => StatusCode::BadOutOfRange,
            LeaseError::Free => StatusCode::BadInvalidState,
            LeaseError::Foreign => StatusCode::BadUserAccessDenied,
        })
    }

    fn arm_arguments(&self, arguments: &[Variant]) -> Result<(Duration, Vec<(String, Value)>), StatusCode> {
        let [secs, Variant::Array(paths), Variant::Array(values)] = arguments else {
            return Err(StatusCode::BadInvalidArgument);
        };
        if paths.values.len() != values.values.len() {
            return Err(StatusCode::BadInvalidArgument);
        }
        if paths.values.len() > LARGEST_REVERT {
            return Err(StatusCode::BadTooManyOperations);
        }
        let secs = value(secs).ok().and_then(|secs| secs.as_f64()).ok_or(StatusCode::BadInvalidArgument)?;
        let timeout = Duration::try_from_secs_f64(secs).map_err(|_| StatusCode::BadOutOfRange)?;
        let revert = paths.values.iter().zip(&values.values).map(|(path, wanted)| {
            let Variant::String(path) = path else { return Err(StatusCode::BadInvalidArgument) };
            let variable = self.variable(path.as_ref()).ok_or(StatusCode::BadNodeIdUnknown)?;
            if !variable.writable {
                return Err(StatusCode::BadNotWritable);
            }
            let wanted = if let Variant::Variant(inner) = wanted { inner } else { wanted };
            Ok((path.as_ref().to_owned(), typed(wanted, variable)?))
        });
        Ok((timeout, revert.collect::<Result<_, _>>()?))
    }

    /// Puts a page of the past into its place in the answer.
    fn read_past(&self, asked: &Asked, node: &mut HistoryNode, room: usize) -> Result<StatusCode, StatusCode> {
        if node.index_range().has_range() {
            return Err(StatusCode::BadIndexRangeInvalid);
        }
        let memory = self.plant.memory.as_ref().ok_or(StatusCode::BadHistoryOperationUnsupported)?;
        let place = path(node.node_id()).and_then(|path| self.places.get(path));
        let place = *place.ok_or(StatusCode::BadHistoryOperationUnsupported)?;
        let cursor = match node.continuation_point() {
            Some(point) => Some(*point.get::<Cursor>().ok_or(StatusCode::BadContinuationPointInvalid)?),
            None => None,
        };
        let page = lock(memory).page(place, asked, cursor, room)?;
        let status = if page.values.is_empty() { StatusCode::GoodNoData } else { StatusCode::Good };
        node.set_result(HistoryData { data_values: Some(page.values) });
        node.set_next_continuation_point(page.next.map(|next| ContinuationPoint::new(Box::new(next))));
        Ok(status)
    }

    fn write_one(
        &self,
        context: &RequestContext,
        nodes: &Nodes,
        asked: &ParsedWriteValue,
    ) -> Result<StatusCode, StatusCode> {
        let write = self.wanted(asked, user(context))?;
        nodes.write().validate_node_write(context, asked, &*context.type_tree.read())?;
        // The plant is asked without the lock: it may set values meanwhile.
        let (status, taken) = self.ask(&write)?;
        show(context, nodes, &asked.node_id, &taken);
        Ok(status)
    }
}

type Nodes = RwLock<AddressSpace>;

fn show(context: &RequestContext, nodes: &Nodes, id: &NodeId, value: &Value) {
    let told = data_value(value, now(), Quality::Good);
    if let Some(NodeType::Variable(variable)) = nodes.write().find_mut(id) {
        variable.set_data_value(told.clone());
    }
    context.subscriptions.notify_data_change([(told, id, AttributeId::Value)].into_iter());
}

#[async_trait]
impl InMemoryNodeManagerImpl for Service {
    async fn init(&self, _nodes: &mut AddressSpace, _context: ServerContext) {}

    fn name(&self) -> &str {
        "plant"
    }

    fn namespaces(&self) -> Vec<NamespaceMetadata> {
        vec![NamespaceMetadata {
            namespace_uri: NAME_SPACE.to_owned(),
            namespace_index: self.space,
            ..NamespaceMetadata::default()
        }]
    }

    /// As the library does it, but each change is told as it happens: between two of its samples it
    /// would hold a value back and give it another time.
    async fn create_value_monitored_items(
        &self,
        context: &RequestContext,
        nodes: &Nodes,
        items: &mut [&mut &mut CreateMonitoredItem],
    ) {
        let asked: Vec<_> = items.iter().map(|item| item.item_to_monitor()).collect();
        let values = self.read_values(context, nodes, &asked, 0.0, TimestampsToReturn::Both).await;
        for (value, item) in values.into_iter().zip(items) {
            if value.status() != StatusCode::BadAttributeIdInvalid {
                item.set_initial_value(value);
            }
            item.set_status(StatusCode::Good);
            if item.sampling_interval() > 0.0 {
                item.revise_sampling_interval(f64::MIN_POSITIVE);
            }
        }
    }

    async fn write(
        &self,
        context: &RequestContext,
        nodes: &Nodes,
        asked: &mut [&mut WriteNode],
    ) -> Result<(), StatusCode> {
        for write in asked {
            let (Ok(status) | Err(status)) = self.write_one(context, nodes, write.value());
            write.set_status(status);
        }
        Ok(())
    }

    async fn history_read_raw_modified(
        &self,
        _context: &RequestContext,
        details: &ReadRawModifiedDetails,
        nodes: &mut [&mut &mut HistoryNode],
        timestamps: TimestampsToReturn,
    ) -> Result<(), StatusCode> {
        if details.is_read_modified {
            return Err(StatusCode::BadHistoryOperationUnsupported);
        }
        if matches!(timestamps, TimestampsToReturn::Neither | TimestampsToReturn::Invalid) {
            return Err(StatusCode::BadInvalidTimestampArgument);
        }
        let asked = Asked {
            start: end_of_range(&details.start_time),
            end: end_of_range(&details.end_time),
            count: details.num_values_per_node as usize,
            bounds: details.return_bounds,
        };
        let room = (PAGE / nodes.len().max(1)).max(1);
        for node in nodes {
            let (Ok(status) | Err(status)) = self.read_past(&asked, node, room);
            node.set_status(status);
        }
        Ok(())
    }

    async fn call(
        &self,
        context: &RequestContext,
        nodes: &Nodes,
        calls: &mut [&mut &mut MethodCall],
    ) -> Result<(), StatusCode> {
        for call in calls {
            let done = self.call_lease(call.method_id(), call.arguments(), user(context));
            call.set_status(done.err().unwrap_or(StatusCode::Good));
        }
        show(context, nodes, &self.remaining_id(), &Value::Real(self.lease_remaining_secs()));
        Ok(())
    }
}

/// The moment by the clock of the server.
pub(super) fn now() -> Timestamp {
    moment(&DateTime::now()).unwrap_or_default()
}

/// A time of a range; none where it is not said. What lies off the timeline is as far as it goes.
fn end_of_range(time: &DateTime) -> Option<Timestamp> {
    let edge = if time.as_chrono().timestamp() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    (!time.is_null()).then(|| moment(time).unwrap_or(edge))
}

/// The settings that a client names; none where it names none, or gives no argument at all.
fn release_arguments(arguments: &[Variant]) -> Result<Vec<String>, StatusCode> {
    let paths = match arguments {
        [] | [Variant::Empty] => return Ok(Vec::new()),
        [Variant::Array(paths)] if paths.values.len() <= LARGEST_REVERT => &paths.values,
        [Variant::Array(_)] => return Err(StatusCode::BadTooManyOperations),
        _ => return Err(StatusCode::BadInvalidArgument),
    };
    let path = |path: &Variant| match path {
        Variant::String(path) => Ok(path.as_ref().to_owned()),
        _ => Err(StatusCode::BadInvalidArgument),
    };
    paths.iter().map(path).collect()
}

fn typed(told: &Variant, variable: &Variable) -> Result<Value, StatusCode> {
    let told = value(told).map_err(|_| StatusCode::BadTypeMismatch)?;
    told.coerced(variable.initial.kind()).ok_or(StatusCode::BadTypeMismatch)
}

fn path(id: &NodeId) -> Option<&str> {
    match &id.identifier {
        opcua::types::Identifier::String(path) => Some(path.as_ref()),
        _ => None,
    }
}

fn user(context: &RequestContext) -> &str {
    if context.token.is_anonymous() { "anonymous" } else { &context.token.0 }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
