//! Asks the disk to keep what a file was given, on a thread of its own: a slow disk holds up nobody who writes.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Sender, bounded};

/// Syncs one file when asked. The thread "sync" ends with this, after what it does at the moment.
pub struct Syncer {
    ask: Sender<()>,
    failure: Arc<Mutex<Option<io::Error>>>,
}

impl Syncer {
    /// # Errors
    /// When the file has no second handle, or the system no thread to spare.
    pub fn of(file: &File) -> io::Result<Self> {
        let (file, failure) = (file.try_clone()?, Arc::<Mutex<Option<io::Error>>>::default());
        // One wish waits at most: it covers all that was written before it is carried out.
        let (ask, asked) = bounded::<()>(1);
        let told = Arc::clone(&failure);
        let work = move || {
            for () in &asked {
                if let Err(error) = file.sync_data() {
                    told.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                }
            }
        };
        thread::Builder::new().name("sync".to_owned()).spawn(work)?;
        Ok(Self { ask, failure })
    }

    /// Has the disk keep what was written so far, soon.
    ///
    /// # Errors
    /// Why an earlier wish failed.
    pub fn ask(&self) -> io::Result<()> {
        // Full: the wish that waits covers this one too.
        _ = self.ask.try_send(());
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}
