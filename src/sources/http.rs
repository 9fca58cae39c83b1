//! HTTP polling: asks for a JSON document again and again and decodes it by the routes.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use thiserror::Error;
use tokio::time::Instant;

use super::backoff;
use super::decode::{LARGEST_PAYLOAD_BYTES, RouteTable};
use super::link::Link;
use super::stop::Stop;
use crate::domain::source::{HttpSpec, TlsSpec};
use crate::domain::time::Span;
use crate::protocol::secret::{self, SecretError};
use crate::protocol::tls::{self, TlsError};

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

/// The address without user, password and query, which may hold a key.
pub(super) fn address(url: &str) -> String {
    let Ok(mut url) = reqwest::Url::parse(url) else { return url.to_owned() };
    // Fails for addresses that cannot have a user, which then have none.
    let _has_no_user = url.set_username("").and_then(|()| url.set_password(None));
    url.set_query(None);
    url.to_string()
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
    let mut response = request.send().await.map_err(unreachable)?;
    match response.status() {
        status if status.is_success() => {}
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => return Err(HttpError::Unauthorized(status)),
        status @ (StatusCode::NOT_FOUND | StatusCode::GONE) => return Err(HttpError::NotFound(status)),
        status => return Err(HttpError::Status(status)),
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > LARGEST_PAYLOAD_BYTES {
            return Err(HttpError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn new_client(spec: &HttpSpec) -> Result<Client, HttpError> {
    // Proxies of the environment are left aside: the program talks to what the project names.
    let mut builder = Client::builder().timeout(TIMEOUT).no_proxy().user_agent("twinscope");
    if let Some(ca_file) = &spec.ca_file {
        let trust = TlsSpec { ca_file: Some(ca_file.clone()), client_cert: None };
        builder = builder.tls_backend_preconfigured(tls::client_config(&trust)?);
    }
    builder.build().map_err(unreachable)
}

/// reqwest hides the cause behind several layers; the innermost says what happened.
fn unreachable(error: reqwest::Error) -> HttpError {
    if error.is_timeout() {
        return HttpError::Timeout;
    }
    let error = error.without_url();
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    HttpError::Unreachable(innermost.to_string())
}

#[cfg(test)]
mod tests;
