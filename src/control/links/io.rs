//! The thread on which network links move, so that a link can answer a call that waits.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// Shared by all network links; the thread "links" ends with the last of them.
#[derive(Clone)]
pub struct Io(Arc<Threads>);

/// None only while being dropped.
struct Threads(Option<Runtime>);

impl Io {
    /// # Errors
    /// When the system has no thread to spare.
    pub fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("links").enable_all().build()?;
        Ok(Self(Arc::new(Threads(Some(runtime)))))
    }

    /// Lets work go on beside the caller; none only while the threads end.
    pub fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<JoinHandle<T>> {
        self.0.0.as_ref().map(|runtime| runtime.spawn(work))
    }

    /// Waits for an answer, no longer than `within`; none when it did not come. Not to be called on the thread
    /// "links".
    pub fn wait<T>(&self, within: Duration, answer: impl Future<Output = T>) -> Option<T> {
        let runtime = self.0.0.as_ref()?;
        runtime.block_on(async { tokio::time::timeout(within, answer).await.ok() })
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_waited_for_and_not_forever() {
        let io = Io::start().expect("a thread");
        assert_eq!(io.wait(Duration::from_secs(5), async { 7 }), Some(7));
        assert_eq!(io.wait(Duration::from_millis(10), std::future::pending::<()>()), None);
        let (tell, told) = tokio::sync::oneshot::channel();
        io.spawn(async move { tell.send(3) }).expect("it runs");
        assert_eq!(io.wait(Duration::from_secs(5), told), Some(Ok(3)));
    }
}
