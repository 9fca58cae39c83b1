//! The sign to stop, for tasks that wait and for threads that look.

use tokio::sync::watch;

/// Tells a source that the program wants it to end.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// The work was given up because the program ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stopped;

impl Stop {
    /// The sign and the hand that gives it; dropping the hand gives it too.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// True once the work should end.
    pub fn is_set(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Returns when the work should end.
    pub async fn wait(&mut self) {
        let _given_or_dropped = self.0.wait_for(|stop| *stop).await;
    }
}
