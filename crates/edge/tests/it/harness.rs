//! An edge on free ports, instances that do what a test wants, and a client that writes what it is told.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener as StdTcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use control::edge::{Instance, Pools, Request, Response as Reply, Route, RoutingTable};
use edge::Config;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Nothing in these tests takes this long unless it is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct TestEdge {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    control: PathBuf,
    _dir: TempDir,
    stop: CancellationToken,
    running: JoinHandle<Result<(), edge::Error>>,
}

impl TestEdge {
    pub(crate) async fn start(config: Config, routes: RoutingTable) -> Self {
        let edge = Self::start_without_routes(config).await;
        edge.set_routes(routes).await.unwrap();
        edge
    }

    pub(crate) async fn start_without_routes(config: Config) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let control = dir.path().join("edge.sock");
        let (listener, admin) = (free_port(), free_port());
        let (address, admin_address) = (listener.local_addr().unwrap(), admin.local_addr().unwrap());
        let stop = CancellationToken::new();
        let running = tokio::spawn(edge::run(config, listener, control.clone(), admin, stop.clone()));
        eventually("the control socket", async || control.exists().then_some(())).await;
        Self {
            address,
            admin: admin_address,
            control,
            _dir: dir,
            stop,
            running,
        }
    }

    pub(crate) async fn set_routes(&self, routes: RoutingTable) -> Result<u64, String> {
        match control::call(&self.control, &Request::SetRoutes(routes), PATIENCE).await {
            Ok(Reply::Applied { generation }) => Ok(generation),
            Ok(other) => panic!("unexpected reply {other:?}"),
            Err(error) => Err(error.to_string()),
        }
    }

    pub(crate) async fn ask(&self, request: Request) -> Reply {
        control::call(&self.control, &request, PATIENCE).await.unwrap()
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.address).await
    }

    /// One GET on a connection of its own.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let mut client = self.client().await;
        client.get(path).await
    }

    pub(crate) async fn metrics(&self) -> String {
        let mut client = Client::connect(self.admin).await;
        client.get("/metrics").await.text()
    }

    /// The value of the first metric line that begins with `start`.
    pub(crate) async fn metric(&self, start: &str) -> f64 {
        let page = self.metrics().await;
        let line = page.lines().find(|line| line.starts_with(start));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
            .unwrap_or(0.0)
    }

    pub(crate) fn begin_stop(&self) {
        self.stop.cancel();
    }

    /// Tells it to stop and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        within("the edge to stop", self.running).await.unwrap().unwrap();
    }
}

fn free_port() -> StdTcpListener {
    StdTcpListener::bind("127.0.0.1:0").unwrap()
}

/// Limits low enough to meet, health checks that do not get in the way.
pub(crate) fn config() -> Config {
    let mut config = Config {
        workers: 2,
        ..Config::default()
    };
    config.health.path = "/health".to_owned();
    config
}

/// Waits, but not for ever.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("gave up waiting for {what}"))
}

/// Asks again until there is something.
pub(crate) async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "gave up waiting for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// `routes("/" => …)`: each prefix to a service of the same name with the given instances.
pub(crate) fn routes(services: &[(&str, &[&FakeInstance])]) -> RoutingTable {
    let mut table = RoutingTable::default();
    for (prefix, instances) in services {
        let service = format!("service{}", prefix.replace('/', "-"));
        table.routes.push(Route {
            prefix: (*prefix).to_owned(),
            service: service.clone(),
        });
        let stable = instances.iter().map(|instance| instance.entry()).collect();
        table.services.insert(
            service,
            Pools {
                stable,
                candidate: Vec::new(),
            },
        );
    }
    table
}

/// A process behind the edge.
pub(crate) struct FakeInstance {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    /// Connections that brought at least one request that was no probe.
    pub(crate) connections: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl FakeInstance {
    /// Answers every request with what it saw of it.
    pub(crate) async fn mirror(name: &str) -> Self {
        let label = name.to_owned();
        Self::start(name, move |mut conn| {
            let label = label.clone();
            async move {
                while let Some(request) = conn.request().await? {
                    let seen = format!(
                        "{label}\n{}\n\n{}",
                        request.head,
                        String::from_utf8_lossy(&request.body)
                    );
                    let body = if request.method() == "HEAD" { "" } else { &seen };
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", seen.len());
                    conn.write(&format!("{head}{body}")).await?;
                }
                Ok(())
            }
        })
        .await
    }

    /// Runs `serve` for each connection.
    pub(crate) async fn start<F, R>(name: &str, serve: F) -> Self
    where
        F: Fn(Conn) -> R + Send + Sync + 'static,
        R: Future<Output = io::Result<()>> + Send + 'static,
    {
        Self::start_at("127.0.0.1:0".parse().unwrap(), name, serve).await
    }

    pub(crate) async fn start_at<F, R>(address: SocketAddr, name: &str, serve: F) -> Self
    where
        F: Fn(Conn) -> R + Send + Sync + 'static,
        R: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let serving = tokio::spawn(async move {
            let mut conns = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                conns.spawn(serve(Conn::new(stream, Arc::clone(&counter))));
                while conns.try_join_next().is_some() {}
            }
        });
        Self {
            name: name.to_owned(),
            address,
            connections,
            serving,
        }
    }

    /// An address where nobody listens.
    pub(crate) fn absent(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            address: free_port().local_addr().unwrap(),
            connections: Arc::default(),
            serving: tokio::spawn(async {}),
        }
    }

    fn entry(&self) -> Instance {
        Instance {
            id: self.name.clone(),
            address: self.address,
            version: "1.2.3".to_owned(),
            weight: 100,
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for FakeInstance {
    fn drop(&mut self) {
        // Its connections go with it.
        self.serving.abort();
    }
}

/// A connection as an instance sees it. Probes are answered unseen.
pub(crate) struct Conn {
    stream: BufReader<TcpStream>,
    counter: Arc<AtomicUsize>,
    requests: usize,
}

#[derive(Debug)]
pub(crate) struct SeenRequest {
    /// Request line and headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl SeenRequest {
    pub(crate) fn method(&self) -> &str {
        self.head.split(' ').next().unwrap()
    }
}

impl Conn {
    fn new(stream: TcpStream, counter: Arc<AtomicUsize>) -> Self {
        Self {
            stream: BufReader::new(stream),
            counter,
            requests: 0,
        }
    }

    /// The next head; `None` if the edge has closed the connection.
    pub(crate) async fn head(&mut self) -> io::Result<Option<String>> {
        let Some(head) = read_head(&mut self.stream).await? else {
            return Ok(None);
        };
        if head.starts_with("GET /health ") {
            self.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await?;
            return Ok(None);
        }
        if self.requests == 0 {
            self.counter.fetch_add(1, Ordering::SeqCst);
        }
        self.requests += 1;
        Ok(Some(head))
    }

    /// The next whole request.
    pub(crate) async fn request(&mut self) -> io::Result<Option<SeenRequest>> {
        let Some(head) = self.head().await? else {
            return Ok(None);
        };
        let body = read_body(&mut self.stream, &head, false).await?;
        Ok(body.map(|body| SeenRequest { head, body }))
    }

    pub(crate) async fn write(&mut self, bytes: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes.as_bytes()).await
    }

    pub(crate) fn stream(&mut self) -> &mut BufReader<TcpStream> {
        &mut self.stream
    }
}

/// A client that knows nothing of HTTP but how an answer ends.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// The connection ended before the body did.
    pub(crate) truncated: bool,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    pub(crate) async fn send(&mut self, bytes: &str) {
        // A refusal may come before the last byte is written.
        _ = self.stream.get_mut().write_all(bytes.as_bytes()).await;
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: tienda.mx\r\n\r\n"))
            .await;
        self.answer().await
    }

    pub(crate) async fn answer(&mut self) -> Answer {
        self.try_answer()
            .await
            .expect("the connection was closed without an answer")
    }

    pub(crate) async fn answer_to_head(&mut self) -> Answer {
        within("an answer", read_answer(&mut self.stream, true))
            .await
            .unwrap()
            .unwrap()
    }

    /// `None` if the connection is closed without an answer.
    pub(crate) async fn try_answer(&mut self) -> Option<Answer> {
        within("an answer", read_answer(&mut self.stream, false))
            .await
            .unwrap_or(None)
    }

    /// Whether the edge closes the connection without another word.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let mut byte = [0];
        within("the connection to close", self.stream.read(&mut byte))
            .await
            .is_ok_and(|count| count == 0)
    }

    pub(crate) fn stream(&mut self) -> &mut BufReader<TcpStream> {
        &mut self.stream
    }
}

async fn read_answer(stream: &mut BufReader<TcpStream>, to_head: bool) -> io::Result<Option<Answer>> {
    loop {
        let Some(head) = read_head(stream).await? else {
            return Ok(None);
        };
        let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
        if status == 100 {
            continue;
        }
        let bodiless = to_head || matches!(status, 101 | 204 | 304);
        let body = if bodiless {
            Ok(Some(Vec::new()))
        } else {
            read_body(stream, &head, true).await
        };
        return Ok(Some(match body {
            Ok(Some(body)) => Answer {
                status,
                head,
                body,
                truncated: false,
            },
            Ok(None) | Err(_) => Answer {
                status,
                head,
                body: Vec::new(),
                truncated: true,
            },
        }));
    }
}

/// Everything to the empty line, which is cut off; `None` at the end of the stream.
async fn read_head(stream: &mut BufReader<TcpStream>) -> io::Result<Option<String>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await? == 0 {
            return Ok(None);
        }
    }
    head.truncate(head.len() - 4);
    Ok(Some(head))
}

/// `None` if the stream ends before the body does.
async fn read_body(stream: &mut BufReader<TcpStream>, head: &str, is_answer: bool) -> io::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    if header(head, "transfer-encoding") == Some("chunked") {
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(None);
            }
            let size = usize::from_str_radix(line.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            if stream.read_exact(&mut chunk).await.is_err() {
                return Ok(None);
            }
            if size == 0 {
                return Ok(Some(body));
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }
    match header(head, "content-length") {
        Some(length) => {
            body.resize(length.parse().unwrap(), 0);
            Ok(stream.read_exact(&mut body).await.is_ok().then_some(body))
        }
        None if is_answer => {
            stream.read_to_end(&mut body).await?;
            Ok(Some(body))
        }
        None => Ok(Some(body)),
    }
}

/// The only value of a header.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut values = head.lines().skip(1).filter_map(|line| {
        let (this, value) = line.split_once(':')?;
        this.eq_ignore_ascii_case(name).then(|| value.trim())
    });
    let value = values.next();
    assert_eq!(values.next(), None, "{name} twice in {head}");
    value
}
