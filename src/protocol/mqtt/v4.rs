//! MQTT 3.1.1 through rumqttc-v4-next.

use mqtt_v4::{
    AsyncClient, ConnectReturnCode, ConnectionError, Event as V4Event, EventLoop, MqttOptions, Packet, Publish,
    PublishOptions, QoS, StateError, SubscribeFilterInput, SubscribeReasonCode, TlsConfiguration, TlsError, Transport,
};

use super::fault::Fault;
use super::session::{
    Command, Connect, Delivered, Event, FAREWELL, KEEP_ALIVE_SECS, LARGEST_PACKET_BYTES, Message, Publisher, Session,
};
use crate::domain::source::MqttSubscription;

pub struct V4 {
    client: AsyncClient,
    events: EventLoop,
}

impl Session for V4 {
    type Publish = Publish;
    type Publisher = AsyncClient;

    fn open(connect: Connect) -> Self {
        let mut options = MqttOptions::new(connect.client_id, (connect.host, connect.port));
        options
            .set_keep_alive(KEEP_ALIVE_SECS)
            .set_clean_session(true)
            .set_max_packet_size(LARGEST_PACKET_BYTES as usize, LARGEST_PACKET_BYTES as usize);
        match (connect.user, connect.password) {
            // MQTT 3.1.1 has no password without a user.
            (user, Some(password)) => options.set_credentials(user.unwrap_or_default(), password),
            (Some(user), None) => options.set_username(user),
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
            V4Event::Incoming(Packet::Publish(publish)) => Event::Publish(publish),
            V4Event::Incoming(Packet::ConnAck(_)) => Event::Accepted,
            V4Event::Incoming(Packet::SubAck(answer)) => Event::Subscribed(
                answer.return_codes.iter().map(|code| matches!(code, SubscribeReasonCode::Success(_))).collect(),
            ),
            _ => Event::Other,
        })
    }

    fn message(publish: &Publish) -> Message<'_> {
        Message { topic: &publish.topic, payload: &publish.payload, retained: publish.retain, correlation: None }
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
        let options = PublishOptions::new(qos(command.qos));
        let notice = self
            .try_publish_tracked(command.topic, command.payload, options)
            .map_err(|error| Fault::Protocol(error.to_string()))?;
        Ok(async move {
            match notice.wait_async().await {
                Ok(_) => Delivered::Taken,
                Err(error) => Delivered::Unknown(error.to_string()),
            }
        })
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
    match error {
        ConnectionError::ConnectionRefused(
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized,
        ) => Fault::Login,
        ConnectionError::ConnectionRefused(code) => Fault::Refused(format!("{code:?}")),
        ConnectionError::Io(error) | ConnectionError::MqttState(StateError::Io(error)) => Fault::from_io(&error),
        ConnectionError::MqttState(StateError::Deserialization(mqtt_v4::Error::Io(error))) => Fault::from_io(&error),
        ConnectionError::Tls(TlsError::Io(error)) => Fault::from_io(&error),
        ConnectionError::Tls(TlsError::TLS(error)) => Fault::Handshake(error),
        ConnectionError::NetworkTimeout
        | ConnectionError::FlushTimeout
        | ConnectionError::MqttState(StateError::AwaitPingResp) => Fault::NoAnswer,
        ConnectionError::MqttState(StateError::ConnectionAborted) => Fault::HungUp,
        ConnectionError::RequestsDone => Fault::Ended,
        other => Fault::Protocol(other.to_string()),
    }
}
