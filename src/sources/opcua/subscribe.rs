//! Sets up the subscription: nodes found, each with its settings, and words for those that fail.

use std::sync::Arc;
use std::time::Duration;

use opcua::types::{
    DataChangeFilter, DataChangeTrigger, DeadbandType, Error, ExtensionObject, MonitoredItemCreateRequest,
    MonitoringMode, MonitoringParameters, NodeId, ReadValueId, TimestampsToReturn,
};

use super::intake::Intake;
use crate::domain::source::{OpcuaNode, OpcuaSpec, OpcuaTrigger};
use crate::domain::time::Span;
use crate::protocol::decode::excerpt;
use crate::protocol::opcua::{ALIVE_WITHIN, Connection, Fault, resolve};

/// Nodes set up in one request: what sparing servers take.
const ITEMS_A_REQUEST: usize = 500;
/// A subscription without news says so this often.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);
/// The server keeps a subscription that nobody asks about this long.
const KEPT: Duration = Duration::from_secs(60);
/// However seldom a server means to say so.
const LONGEST_SILENCE: Duration = Duration::from_secs(600);
/// For "as fast as it can", only to reckon with.
const FASTEST: Duration = Duration::from_millis(100);
/// Missing nodes that are told each by name.
const TOLD: usize = 20;

/// A subscription that stands.
pub(super) struct Subscribed {
    pub id: u32,
    /// The nodes of the link at this server, in the order of the project; none for those it does not have.
    pub nodes: Vec<Option<NodeId>>,
    /// Without an answer for this long, the connection is dead.
    pub silent_after: Duration,
    /// What is wrong with nodes that cannot be had, in words that end with "Check …".
    pub missing: Vec<String>,
}

/// # Errors
/// When the connection ends, or the server has no room for a subscription.
pub(super) async fn subscribe(
    connection: &mut Connection,
    spec: &OpcuaSpec,
    intake: &Arc<Intake>,
) -> Result<Subscribed, Fault> {
    let session = connection.session();
    let texts: Vec<&str> = spec.nodes.iter().map(|node| node.node.as_str()).collect();
    let found = connection.drive(resolve(&session, &texts)).await?;
    let found = found.map_err(|error| connection.fault(error.status()))?;
    let mut missing = Vec::new();
    let mut items = Vec::with_capacity(found.len());
    let nodes = found.iter().map(|found| found.as_ref().ok().cloned()).collect();
    for (index, (node, found)) in spec.nodes.iter().zip(found).enumerate() {
        match found {
            Ok(id) => items.push((node, item(index, node, id, spec))),
            Err(why) => missing.push(missing_node(node, &why.to_string())),
        }
    }

    let interval = duration(spec.publishing_interval);
    let in_steps = |time: Duration| time.div_duration_f64(interval.max(FASTEST)).ceil().clamp(1.0, 1e6) as u32;
    let created =
        session.create_subscription(interval, in_steps(KEPT), in_steps(SIGN_OF_LIFE), 0, 0, true, intake.receiver());
    let subscription = connection.drive(created).await?.map_err(|error| connection.fault(error.status()))?;
    for some in items.chunks(ITEMS_A_REQUEST) {
        let asked = some.iter().map(|(_, item)| item.clone()).collect();
        let answer = session.create_monitored_items(subscription, TimestampsToReturn::Both, asked);
        let answer = connection.drive(answer).await?.map_err(|error: Error| connection.fault(error.status()))?;
        for ((node, _), created) in some.iter().zip(answer) {
            if created.result.status_code.is_bad() {
                missing.push(missing_node(node, &created.result.status_code.to_string()));
            }
        }
    }

    let more = missing.len().saturating_sub(TOLD);
    missing.truncate(TOLD);
    if more > 0 {
        missing.push(format!("{more} more OPC UA nodes cannot be had. Their values do not arrive. Check the nodes"));
    }
    let sign_of_life =
        session.subscription_state().lock().get(subscription).map_or(SIGN_OF_LIFE, |granted| {
            granted.publishing_interval().saturating_mul(granted.max_keep_alive_count())
        });
    Ok(Subscribed {
        id: subscription,
        nodes,
        silent_after: sign_of_life.saturating_mul(2).clamp(ALIVE_WITHIN, LONGEST_SILENCE),
        missing,
    })
}

fn item(index: usize, node: &OpcuaNode, id: NodeId, spec: &OpcuaSpec) -> MonitoredItemCreateRequest {
    // Written out although it is the default: some servers report no change of status without it.
    let filter = DataChangeFilter {
        trigger: match spec.trigger {
            OpcuaTrigger::Value => DataChangeTrigger::StatusValue,
            OpcuaTrigger::Timestamp => DataChangeTrigger::StatusValueTimestamp,
        },
        deadband_type: if node.deadband.is_some() { DeadbandType::Absolute } else { DeadbandType::None } as u32,
        deadband_value: node.deadband.unwrap_or(0.0),
    };
    MonitoredItemCreateRequest {
        item_to_monitor: ReadValueId::from(id),
        monitoring_mode: MonitoringMode::Reporting,
        requested_parameters: MonitoringParameters {
            client_handle: Intake::handle(index),
            sampling_interval: duration(spec.sampling_interval).as_secs_f64() * 1e3,
            filter: ExtensionObject::from_message(filter),
            queue_size: spec.queue_size.max(1),
            discard_oldest: true,
        },
    }
}

fn missing_node(node: &OpcuaNode, why: &str) -> String {
    format!("The OPC UA node {} cannot be had: {why}. Its values do not arrive. Check the node", excerpt(&node.node))
}

fn duration(span: Span) -> Duration {
    Duration::from_nanos(span.as_nanos().try_into().unwrap_or(0))
}
