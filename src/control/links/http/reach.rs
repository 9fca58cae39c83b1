//! Whether the servers of a link can be reached: a connection is opened to each of them now and then.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Url;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::control::links::io::Io;

/// Between two looks, and for each of them.
const EVERY: Duration = Duration::from_secs(3);

/// The last look.
pub struct Reach(watch::Receiver<Result<(), String>>);

impl Reach {
    /// Looks from now on, as long as this is kept.
    pub fn watch<'a>(io: &Io, urls: impl Iterator<Item = &'a str>) -> Self {
        let servers: BTreeSet<(String, u16)> = urls.filter_map(server).collect();
        let (tell, told) = watch::channel(Err("the HTTP server has not answered yet".to_owned()));
        _ = io.spawn(async move {
            while !tell.is_closed() {
                _ = tell.send_replace(look(&servers).await);
                tokio::select! {
                    () = tell.closed() => {}
                    () = sleep(EVERY) => {}
                }
            }
        });
        Self(told)
    }

    /// # Errors
    /// Which server cannot be reached, in words.
    pub fn now(&self) -> Result<(), String> {
        self.0.borrow().clone()
    }
}

fn server(url: &str) -> Option<(String, u16)> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    Some((host, url.port_or_known_default()?))
}

async fn look(servers: &BTreeSet<(String, u16)>) -> Result<(), String> {
    for (host, port) in servers {
        match timeout(EVERY, TcpStream::connect((host.as_str(), *port))).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(format!("the HTTP server {host}:{port} cannot be reached ({error})")),
            Err(_) => return Err(format!("the HTTP server {host}:{port} does not answer")),
        }
    }
    Ok(())
}
