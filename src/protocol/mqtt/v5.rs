//! MQTT 5 through rumqttc-v5-next.

use std::fmt::Debug;

use mqtt_v5::{
    AsyncClient, ConnectReturnCode, ConnectionError, DisconnectReasonCode, Event as V5Event, EventLoop,
    IncomingPacketSizeLimit, MqttOptions, Packet, PubAckReason, PubCompReason, Publish, PublishOptions,
    PublishProperties, PublishResult, QoS, StateError, SubscribeFilterInput, SubscribeReasonCode, TlsConfiguration,
    TlsError, Transport,
};

use super::fault::Fault;
use super::session::{Command, Connect, Delivered, Event, FAREWELL, KEEP_ALIVE_SECS, Message, Publisher, Session};
use crate::domain::source::MqttSubscription;

pub struct V5 {
    client: AsyncClient,
    events: EventLoop,
}

impl Session for V5 {
    type Publish = Publish;
    type Publisher = AsyncClient;

    fn open(connect: Connect) -> Self {
        let mut options = MqttOptions::new(connect.client_id, (connect.host, connect.port));
        options
            .set_keep_alive(KEEP_ALIVE_SECS)
            .set_clean_start(true)
            // Unlimited is the protocol's own limit; see LARGEST_PACKET_BYTES.
            .set_incoming_packet_size_limit(IncomingPacketSizeLimit::Unlimited);
        match (connect.user, connect.password) {
            (Some(user), Some(password)) => options.set_credentials(user, password),
            (Some(user), None) => options.set_username(user),
            (None, Some(password)) => options.set_password(password),
            (None, None) => &mut options,
        };
        if let Some(tls) = connect.tls {
            options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(tls.into())));
        }
        let (client, events) = AsyncClient::builder(options).capacity(connect.requests).build();
        Self { client, events }
    }

    async fn next(&mut self) -> Result<Event<Publish>, Fault> {
        Ok(match self.events.poll().await.map_err(fault)? {
            V5Event::Incoming(Packet::Publish(publish)) => Event::Publish(publish),
            V5Event::Incoming(Packet::ConnAck(_)) => Event::Accepted,
            V5Event::Incoming(Packet::SubAck(answer)) => Event::Subscribed(
                answer.return_codes.iter().map(|code| matches!(code, SubscribeReasonCode::Success(_))).collect(),
            ),
            _ => Event::Other,
        })
    }

    fn message(publish: &Publish) -> Message<'_> {
        let correlation = publish.properties.as_ref().and_then(|properties| properties.correlation_data.as_deref());
        Message { topic: &publish.topic, payload: &publish.payload, retained: publish.retain, correlation }
    }

    fn subscribe(&self, subscriptions: &[MqttSubscription]) -> Result<(), Fault> {
        let filters = subscriptions.iter().map(|wanted| SubscribeFilterInput::new(&wanted.topic, qos(wanted.qos)));
        self.client.try_subscribe_many(filters).map_err(|error| Fault::Protocol(error.to_string()))
    }

    fn publisher(&self) -> AsyncClient {
        self.client.clone()
    }

    async fn close(mut self) {
        if self.client.try_disconnect_now().is_ok() {
            let goodbye = async { while self.events.poll().await.is_ok() {} };
            let _too_slow = tokio::time::timeout(FAREWELL, goodbye).await;
        }
    }
}

impl Publisher for AsyncClient {
    fn publish(&self, command: Command) -> Result<impl Future<Output = Delivered> + Send + 'static, Fault> {
        let mut properties =
            PublishProperties { message_expiry_interval: Some(command.expiry_secs), ..PublishProperties::default() };
        if let Some((topic, correlation)) = command.answer {
            properties.response_topic = Some(topic);
            properties.correlation_data = Some(correlation.into());
        }
        let options = PublishOptions::new(qos(command.qos)).properties(properties);
        let notice = self
            .try_publish_tracked(command.topic, command.payload, options)
            .map_err(|error| Fault::Protocol(error.to_string()))?;
        Ok(async move { notice.wait_async().await.map_or_else(|error| Delivered::Unknown(error.to_string()), said) })
    }
}

fn said(result: PublishResult) -> Delivered {
    match result {
        PublishResult::Qos0Flushed => Delivered::Taken,
        PublishResult::Qos1(answer) => match answer.reason {
            PubAckReason::Success => Delivered::Taken,
            PubAckReason::NoMatchingSubscribers => Delivered::Unheard,
            reason => Delivered::Refused(words(reason)),
        },
        PublishResult::Qos2PubRecRejected(answer) => Delivered::Refused(words(answer.reason)),
        PublishResult::Qos2Completed(answer) => match answer.reason {
            PubCompReason::Success => Delivered::Taken,
            reason => Delivered::Unknown(words(reason)),
        },
    }
}

/// "not authorized" for `NotAuthorized`.
fn words(reason: impl Debug) -> String {
    let mut words = String::new();
    for c in format!("{reason:?}").chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}

fn qos(level: u8) -> QoS {
    match level {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}

fn fault(error: ConnectionError) -> Fault {
    use ConnectReturnCode::{BadAuthenticationMethod, BadUserNamePassword, Banned, NotAuthorized};
    match error {
        ConnectionError::ConnectionRefused(code)
        | ConnectionError::MqttState(StateError::ConnFail { reason: code }) => match code {
            BadUserNamePassword | NotAuthorized | BadAuthenticationMethod | Banned => Fault::Login,
            code => Fault::Refused(format!("{code:?}")),
        },
        ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, reason_string }) => match reason_code {
            DisconnectReasonCode::SessionTakenOver => Fault::TakenOver,
            DisconnectReasonCode::NotAuthorized => Fault::Login,
            DisconnectReasonCode::ServerShuttingDown => Fault::HungUp,
            code => Fault::Refused(reason_string.unwrap_or_else(|| format!("{code:?}"))),
        },
        ConnectionError::Io(error) | ConnectionError::MqttState(StateError::Io(error)) => Fault::from_io(&error),
        ConnectionError::MqttState(StateError::Deserialization(mqtt_v5::Error::Io(error))) => Fault::from_io(&error),
        ConnectionError::Tls(TlsError::Io(error)) => Fault::from_io(&error),
        ConnectionError::Tls(TlsError::TLS(error)) => Fault::Handshake(error),
        ConnectionError::Timeout(_) | ConnectionError::MqttState(StateError::AwaitPingResp) => Fault::NoAnswer,
        ConnectionError::MqttState(StateError::ConnectionAborted) => Fault::HungUp,
        ConnectionError::RequestsDone => Fault::Ended,
        other => Fault::Protocol(other.to_string()),
    }
}
