//! The lease of a server as the watchdog of settings: armed with what they go back to, fed, released.
//!
//! See `protocol::opcua::server::lease`, which this speaks to.

use std::time::Duration;

use opcua::client::{Session, UARequest, services};
use opcua::types::{
    AttributeId, CallMethodRequest, Error, NodeId, ReadValueId, StatusCode, TimestampsToReturn, Variant,
};

use super::session::{LATER, Variables};
use super::status;
use crate::protocol::opcua::resolve;
use crate::protocol::opcua::server::NAME_SPACE;

/// Time without being fed after which settings go back. They are fed once a second.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The object that the server has for it.
pub(super) struct Lease {
    object: NodeId,
    arm: NodeId,
    feed: NodeId,
    release: NodeId,
}

/// What is asked of it. Places are those of the ways.
pub(super) enum Call {
    Arm {
        place: usize,
        /// In the unit of the variable.
        back_to: f64,
    },
    Feed,
    Release {
        place: usize,
    },
}

/// What the server said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leased {
    Done,
    /// No lease runs, or not for this setting.
    Free,
}

impl Lease {
    /// None where the server has no such object.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn find(session: &Session) -> Result<Option<Self>, Error> {
        let text = |name: &str| format!("nsu={NAME_SPACE};s={name}");
        let texts = ["Lease", "Lease/Arm", "Lease/Feed", "Lease/Release"].map(text);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let found: Vec<NodeId> = resolve(session, &texts).await?.into_iter().flatten().collect();
        let Ok([object, arm, feed, release]) = <[NodeId; 4]>::try_from(found) else { return Ok(None) };
        // A name space alone does not make the object.
        let asked = [&object, &arm, &feed, &release]
            .map(|id| ReadValueId { attribute_id: AttributeId::NodeClass as u32, ..id.clone().into() });
        let told = session.read(&asked, TimestampsToReturn::Neither, 0.0).await?;
        let there = told.iter().all(|told| !told.status.is_some_and(|status| status.is_bad()));
        Ok(there.then_some(Self { object, arm, feed, release }))
    }

    /// Whether it can take this variable back: it is one of its plant.
    pub fn takes(&self, variable: Option<&NodeId>) -> bool {
        variable.is_some_and(|id| id.namespace == self.object.namespace)
    }
}

/// Calls the lease once.
///
/// # Errors
/// In words, when it is not certain that it did what was asked.
pub(super) async fn call(
    session: &Session,
    variables: &Variables,
    call: Call,
    within: Duration,
) -> Result<Leased, String> {
    let lease = variables.lease.as_ref().ok_or("the OPC UA server has no lease")?;
    let path = |place: usize| variables.path(place).ok_or("the lease of the OPC UA server does not know the variable");
    let (method, arguments) = match call {
        Call::Arm { place, back_to } => {
            let (_, value) = variables.number(place, back_to)?;
            let paths = Variant::from(vec![path(place)?]);
            let values = Variant::from(vec![Variant::Variant(Box::new(value))]);
            (&lease.arm, vec![Variant::Double(TIMEOUT.as_secs_f64()), paths, values])
        }
        Call::Feed => (&lease.feed, Vec::new()),
        Call::Release { place } => (&lease.release, vec![Variant::from(vec![path(place)?])]),
    };
    let method = CallMethodRequest {
        object_id: lease.object.clone(),
        method_id: method.clone(),
        input_arguments: Some(arguments),
    };
    let answer = services::Call::new(session).timeout(within + LATER).method(method).send(session.channel()).await;
    let answer = answer.map_err(|error| format!("the OPC UA server gave no answer, but {}", error.status()))?;
    let status = answer.results.as_deref().and_then(<[_]>::first).map(|result| result.status_code);
    match status.ok_or("the answer of the OPC UA server does not speak of it")? {
        status if status.is_good() => Ok(Leased::Done),
        StatusCode::BadInvalidState => Ok(Leased::Free),
        StatusCode::BadUserAccessDenied => {
            Err("the lease of the equipment belongs to another user (BadUserAccessDenied)".to_owned())
        }
        status => Err(status::words(status)),
    }
}
