//! A network between two programs that a test can break.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Carries connections on one port to another.
pub struct Proxy {
    pub port: u16,
    wires: Arc<Wires>,
}

#[derive(Default)]
struct Wires {
    /// Nothing passes, and nobody is told.
    held: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    pub fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let wires = Arc::<Wires>::default();
        let own = Arc::clone(&wires);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                own.wait();
                let Ok(far) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
                    let wires = Arc::clone(&own);
                    thread::spawn(move || carry(from, to, &wires));
                }
                own.open.lock().expect("nobody panics").extend([near, far]);
            }
        });
        Self { port, wires }
    }

    /// From now on nothing passes; new connections wait too.
    pub fn hold(&self) {
        self.wires.held.store(true, Ordering::SeqCst);
    }

    pub fn release(&self) {
        self.wires.held.store(false, Ordering::SeqCst);
    }

    /// Breaks all connections; both ends are told.
    pub fn cut(&self) {
        for wire in self.wires.open.lock().expect("nobody panics").drain(..) {
            // Fails where the other end was quicker.
            let _closed = wire.shutdown(Shutdown::Both);
        }
    }
}

impl Wires {
    fn wait(&self) {
        while self.held.load(Ordering::SeqCst) {
            thread::park_timeout(Duration::from_millis(5));
        }
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, wires: &Wires) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        wires.wait();
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _closed = to.shutdown(Shutdown::Both);
}
