//! The HTTP client of sources and links.

use std::error::Error;
use std::path::Path;

use reqwest::{Client, ClientBuilder, Response};

use super::tls::{self, TlsError};
use crate::domain::source::TlsSpec;

/// Why a body cannot be had.
#[derive(Debug)]
pub enum BodyError {
    TooLarge,
    Network(reqwest::Error),
}

/// A client that trusts `ca_file` alone; without one the authorities of the operating system.
///
/// # Errors
/// When the file is missing or of no use.
pub fn client(ca_file: Option<&Path>) -> Result<ClientBuilder, TlsError> {
    tls::provide();
    // Proxies of the environment are left aside: the program talks to what the project names.
    let builder = Client::builder().no_proxy().user_agent("twinscope");
    let Some(ca_file) = ca_file else { return Ok(builder) };
    let trust = TlsSpec { ca_file: Some(ca_file.to_owned()), client_cert: None };
    Ok(builder.tls_backend_preconfigured(tls::client_config(&trust)?))
}

/// The whole body, where it has no more than `most` bytes.
///
/// # Errors
/// When it has more, or does not come.
pub async fn body(mut response: Response, most: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Network)? {
        if body.len() + chunk.len() > most {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// No more than the first bytes of the body: those that came before it ended, broke off or went beyond `most`.
pub async fn beginning(mut response: Response, most: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < most
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(chunk.get(..most - body.len()).unwrap_or(&chunk));
    }
    body
}

/// The address without user, password and query, which may hold a key.
pub fn address(url: &str) -> String {
    let Ok(mut url) = reqwest::Url::parse(url) else { return url.to_owned() };
    // Fails for addresses that cannot have a user, which then have none.
    let _has_no_user = url.set_username("").and_then(|()| url.set_password(None));
    url.set_query(None);
    url.to_string()
}

/// What happened, without the address: reqwest hides it behind several layers, the innermost says it.
pub fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut innermost: &dyn Error = &error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_what_may_be_secret() {
        assert_eq!(address("http://me:secret@plant.example:81/state?key=abc"), "http://plant.example:81/state");
        assert_eq!(address("no address"), "no address");
    }
}
