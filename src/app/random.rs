//! Random bytes of the system, for keys and nonces.

use std::io;

use ring::rand::{SecureRandom, SystemRandom};

/// Fills buffers; fails where the system has no random numbers.
pub fn system_random() -> impl FnMut(&mut [u8]) -> io::Result<()> {
    let source = SystemRandom::new();
    move |bytes: &mut [u8]| source.fill(bytes).map_err(|_| io::Error::other("the system gives no random numbers"))
}
