//! Runs the sandbox alone, for conformance tests by hand: `cargo run -p payment-sandbox --example sandbox -- [PORT [DIR]]`.

use std::net::{Ipv4Addr, TcpListener};

use payment_sandbox::{Config, run};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().map_or(Ok(12_111), |port| port.parse())?;
    let state_dir = arguments
        .next()
        .map_or_else(|| std::env::temp_dir().join("payment-sandbox"), Into::into);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let config = Config {
        state_dir,
        ..Config::default()
    };
    let stop = CancellationToken::new();
    let stopper = stop.clone();
    let signal = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stopper.cancel();
        }
    });
    let result = run(config, listener, stop).await;
    signal.abort();
    Ok(result?)
}
