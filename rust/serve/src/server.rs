//! The server: a port, a few threads that answer, and one that looks for what is new.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener, ToSocketAddrs as _};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

use crate::reload::{self, Shared};
use crate::service::Service;
use crate::settings::Settings;

/// Threads that answer.
const THREADS: usize = 2;
/// Threads that read files for replies.
const MOST_READING: usize = 8;
/// Room for frames that a client has not taken yet: a window of one large reply.
const WINDOW_BYTES: u32 = 1 << 20;
/// Pause after a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// Time in which a thread that reads ends, and between two looks whether it did.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(1);

/// A server that answers until it is dropped.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    /// Nothing once it is stopped.
    running: Option<(Runtime, JoinHandle<()>)>,
}

/// An address that was taken, on which nothing answers yet.
pub struct Bound(StdListener);

impl Bound {
    /// Takes a port of a host; 0 for any that is free.
    ///
    /// # Errors
    ///
    /// Errors of the operating system.
    pub fn new(host: &str, port: u16) -> io::Result<Self> {
        let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in (host, port).to_socket_addrs()? {
            match StdListener::bind(address) {
                Ok(listener) => {
                    listener.set_nonblocking(true)?;
                    return Ok(Self(listener));
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Its address.
    ///
    /// # Errors
    ///
    /// Errors of the operating system.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Begins to read and to answer.
    ///
    /// # Errors
    ///
    /// Errors of the operating system.
    pub fn start(self, settings: Settings) -> io::Result<Server> {
        let address = self.address()?;
        let shared = Arc::new(Shared::default());
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .max_blocking_threads(MOST_READING)
            .thread_name("tensorbolt-answer")
            .enable_io()
            .enable_time()
            .build()?;
        let service = Service {
            shared: shared.clone(),
            location: settings.location().into(),
        };
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(self.0)?
        };
        runtime.spawn(accept(listener, service));
        let reading = reload::start(shared.clone(), settings)?;
        Ok(Server {
            shared,
            address,
            running: Some((runtime, reading)),
        })
    }
}

impl Server {
    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it shares with its threads.
    #[must_use]
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Ends it: calls that are being answered are cut off.
    pub fn stop(&mut self) {
        self.shared.stop();
        if let Some((runtime, reading)) = self.running.take() {
            runtime.shutdown_background();
            // A thread that waits for an object store ends when the store has answered.
            let until = Instant::now() + PATIENCE;
            while !reading.is_finished() && Instant::now() < until {
                std::thread::sleep(LOOK);
            }
            if reading.is_finished() {
                let _ = reading.join();
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn accept(listener: TcpListener, service: Service) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, service.clone()));
            }
            // Too many open files, or a client that has gone again.
            Err(error) => {
                log::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, service: Service) {
    // Without it, each reply above half a kilobyte would wait for the client's delayed answer, 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        log::debug!("no TCP_NODELAY: {error}");
    }
    let answer = service_fn(move |request| service.clone().answer(request));
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_send_buf_size(WINDOW_BYTES as usize)
        .initial_connection_window_size(WINDOW_BYTES)
        .serve_connection(TokioIo::new(stream), answer);
    if let Err(error) = connection.await {
        log::debug!("a connection ended: {error}");
    }
}
