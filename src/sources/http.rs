//! HTTP polling: asks for a JSON document again and again and decodes it by the routes.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use thiserror::Error;
use tokio::time::Instant;

use super::link::Link;
use super::stop::Stop;
use crate::domain::source::HttpSpec;
use crate::domain::time::Span;
use crate::protocol::backoff;
use crate::protocol::decode::{LARGEST_PAYLOAD_BYTES, RouteTable};
use crate::protocol::http::{self, BodyError};
use crate::protocol::secret::{self, SecretError};
use crate::protocol::tls::TlsError;

/// An answer that is not complete by then counts as none.
const TIMEOUT: Duration = Duration::from_secs(10);

/// However short an interval a project asks for.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(50);

#[derive(Error, Debug)]
enum HttpError {
    #[error("the token cannot be had: {0}")]
    Token(#[from] SecretError),
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] TlsError),
    #[error("the server refuses our token or asks for one ({0})")]
    Unauthorized(StatusCode),
    #[error("the server does not know this address ({0})")]
    NotFound(StatusCode),
    #[error("the server answers with an error ({0})")]
    Status(StatusCode),
    #[error("no complete answer within {} s", TIMEOUT.as_secs())]
    Timeout,
    #[error("the answer is larger than {LARGEST_PAYLOAD_BYTES} bytes")]
    TooLarge,
    #[error("the server cannot be reached ({0})")]
    Unreachable(String),
}

impl HttpError {
    fn advice(&self) -> &'static str {
        match self {
            Self::Token(_) | Self::Unauthorized(_) => "token",
            Self::Tls(_) => "ca_file",
            Self::NotFound(_) => "url",
            Self::Status(_) | Self::Timeout | Self::TooLarge => "url, and the server itself, for the document",
            Self::Unreachable(_) => "url and the network",
        }
    }
}

/// Polls until the program ends.
pub(super) async fn run(name: String, spec: HttpSpec, link: Arc<Link>, mut stop: Stop) {
    tokio::select! {
        () = stop.wait() => {}
        () = poll(&name, &spec, &link) => {}
    }
}

async fn poll(name: &str, spec: &HttpSpec, link: &Link) {
    let routes = RouteTable::new(&spec.routes);
    let interval = Duration::from_nanos(spec.interval.as_nanos().try_into().unwrap_or(0)).max(SHORTEST_INTERVAL);
    let (mut client, mut failures, mut samples) = (None, 0, Vec::new());
    loop {
        let started = Instant::now();
        let wait = match document(spec, &mut client).await {
            Ok(document) => {
                let arrival = super::now();
                failures = 0;
                link.up(arrival);
                let rejected = routes.decode("", &document, arrival, &mut samples).err();
                link.publish(&mut samples, rejected.map(|error| error.to_string()));
                interval
            }
            Err(error) => {
                let wait = backoff::delay(failures, backoff::random()).max(interval);
                failures = failures.saturating_add(1);
                let (now, advice) = (super::now(), error.advice());
                let message = format!(
                    "HTTP polling failed: {error}. Values of this link are frozen. \
                     Check the {advice} of source \"{name}\"."
                );
                link.down(now, Some(now + Span::from(wait)), message);
                wait
            }
        };
        tokio::time::sleep_until(started + wait).await;
    }
}

async fn document(spec: &HttpSpec, client: &mut Option<Client>) -> Result<Vec<u8>, HttpError> {
    let client = match client {
        Some(client) => client,
        None => client.insert(new_client(spec)?),
    };
    let mut request = client.get(&spec.url).header("accept", "application/json");
    if let Some(token) = &spec.token {
        request = request.bearer_auth(secret::read(token)?);
    }
    let response = request.send().await.map_err(unreachable)?;
    match response.status() {
        status if status.is_success() => {}
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => return Err(HttpError::Unauthorized(status)),
        status @ (StatusCode::NOT_FOUND | StatusCode::GONE) => return Err(HttpError::NotFound(status)),
        status => return Err(HttpError::Status(status)),
    }
    http::body(response, LARGEST_PAYLOAD_BYTES).await.map_err(|error| match error {
        BodyError::TooLarge => HttpError::TooLarge,
        BodyError::Network(error) => unreachable(error),
    })
}

fn new_client(spec: &HttpSpec) -> Result<Client, HttpError> {
    http::client(spec.ca_file.as_deref())?.timeout(TIMEOUT).build().map_err(unreachable)
}

fn unreachable(error: reqwest::Error) -> HttpError {
    if error.is_timeout() {
        return HttpError::Timeout;
    }
    HttpError::Unreachable(http::cause(error))
}

#[cfg(test)]
mod tests;
