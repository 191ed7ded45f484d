//! A connection that has become something else than HTTP: a WebSocket, usually.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::sleep;

use super::record::Record;
use super::upstream::Upstream;
use crate::client::Client;
use crate::signals::Counted;

/// Chat messages are small and connections many.
const BUFFER_BYTES: usize = 4 * 1024;

/// The instance's side of an upgraded connection.
#[derive(Debug)]
pub(crate) struct Tunnel {
    tcp: TcpStream,
    early: BytesMut,
    /// Counted when the tunnel ends, so that the log tells how long it lasted.
    record: Record,
}

impl Tunnel {
    pub(super) fn new(upstream: Upstream, record: Record) -> Self {
        let (tcp, early) = upstream.into_parts();
        Self { tcp, early, record }
    }

    /// Copies both ways until both sides have closed, one is broken, or the edge has stopped for a while. `early` is what
    /// the client sent before it knew that it might.
    pub(crate) async fn run(self, client: &Client, mut tcp: TcpStream, early: Bytes) {
        let Self {
            tcp: mut instance,
            early: mut from_instance,
            mut record,
        } = self;
        let shard = client.shard;
        let _open = Counted::new(&shard.tunnels);
        let (received, sent) = (AtomicU64::new(0), AtomicU64::new(0));
        let copy = async {
            instance.write_all(&early).await?;
            tcp.write_all_buf(&mut from_instance).await?;
            let (client_reads, client_writes) = tcp.split();
            let (instance_reads, instance_writes) = instance.split();
            tokio::try_join!(
                pump(client_reads, instance_writes, [&shard.tunnel_bytes_in, &received]),
                pump(instance_reads, client_writes, [&shard.tunnel_bytes_out, &sent]),
            )
        };
        let drained = async {
            client.edge.stop.cancelled().await;
            sleep(*client.edge.config.tunnel_drain_timeout).await;
        };
        let ended: io::Result<_> = tokio::select! {
            ended = copy => ended,
            () = drained => Err(io::ErrorKind::Interrupted.into()),
        };
        record.count(usize::try_from(sent.load(Relaxed)).unwrap_or(usize::MAX));
        if ended.is_ok() {
            record.complete();
        }
    }
}

/// Copies one way to the end, and passes the end on.
async fn pump(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, counters: [&AtomicU64; 2]) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..count]).await?;
        for counter in counters {
            counter.fetch_add(count as u64, Relaxed);
        }
    }
}
