//! When the person or the system wants the program to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;

/// How often the program was told to end, by Ctrl+C or by SIGTERM.
#[derive(Clone, Default)]
pub struct Endings(Arc<AtomicU32>);

impl Endings {
    /// Begins to listen: from here on the program is no longer ended by either.
    ///
    /// # Errors
    /// When the system has no thread to spare.
    pub fn listen() -> anyhow::Result<Self> {
        let endings = Self::default();
        let own = endings.clone();
        let listen = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(count(&own.0));
        };
        std::thread::Builder::new()
            .name("ending".to_owned())
            .spawn(listen)
            .context("The system has no thread to spare.")?;
        Ok(endings)
    }

    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(unix)]
async fn count(told: &AtomicU32) {
    use tokio::signal::unix::{SignalKind, signal};
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else { return };
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        told.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(not(unix))]
async fn count(told: &AtomicU32) {
    while tokio::signal::ctrl_c().await.is_ok() {
        told.fetch_add(1, Ordering::Relaxed);
    }
}
