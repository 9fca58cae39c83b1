//! MQTT 5 through rumqttc-v5-next.

use mqtt_v5::{
    AsyncClient, ConnectReturnCode, ConnectionError, DisconnectReasonCode, Event as V5Event, EventLoop,
    IncomingPacketSizeLimit, MqttOptions, Packet, Publish, QoS, StateError, SubscribeFilterInput, SubscribeReasonCode,
    TlsConfiguration, TlsError, Transport,
};

use super::fault::Fault;
use super::session::{Connect, Event, FAREWELL, KEEP_ALIVE_SECS, Session};
use crate::domain::source::MqttSubscription;

pub struct V5 {
    client: AsyncClient,
    events: EventLoop,
}

impl Session for V5 {
    type Publish = Publish;

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

    fn parts(publish: &Publish) -> (&[u8], &[u8]) {
        (&publish.topic, &publish.payload)
    }

    fn subscribe(&self, subscriptions: &[MqttSubscription]) -> Result<(), Fault> {
        let filters = subscriptions.iter().map(|wanted| SubscribeFilterInput::new(&wanted.topic, qos(wanted.qos)));
        self.client.try_subscribe_many(filters).map_err(|error| Fault::Protocol(error.to_string()))
    }

    async fn close(mut self) {
        if self.client.try_disconnect_now().is_ok() {
            let goodbye = async { while self.events.poll().await.is_ok() {} };
            let _too_slow = tokio::time::timeout(FAREWELL, goodbye).await;
        }
    }
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
