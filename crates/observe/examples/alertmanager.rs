//! The built-in Alertmanager alone: `alertmanager CONFIG FOLDER ADDRESS [EXTERNAL_URL]` serves it until it is interrupted,
//! `alertmanager check CONFIG` only reads the configuration.

use std::path::Path;
use std::process::ExitCode;

use observe::alerts::{Alertmanager, Settings};
use observe::api::alertmanager::router;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        ["check", config] => check(Path::new(config)),
        [config, folder, address] => serve(config, folder, address, None).await,
        [config, folder, address, url] => serve(config, folder, address, Some(url)).await,
        _ => Err("usage: alertmanager CONFIG FOLDER ADDRESS [EXTERNAL_URL] | alertmanager check CONFIG".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn check(config: &Path) -> Result<(), String> {
    observe::alerts::check(config).map_err(|error| error.to_string())
}

async fn serve(config: &str, folder: &str, address: &str, url: Option<&str>) -> Result<(), String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let settings = Settings {
        external_url: url.map_or_else(|| format!("http://{address}"), str::to_owned),
        ..Settings::default()
    };
    let alertmanager =
        Alertmanager::open(Path::new(config), Path::new(folder), settings).map_err(|error| text(&error))?;
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .map_err(|error| text(&error))?;
    let stop = CancellationToken::new();
    let working = tokio::spawn({
        let (alertmanager, stop) = (alertmanager.clone(), stop.clone());
        async move { alertmanager.run(stop).await }
    });
    let interrupted = async {
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
        let terminated = async {
            match &mut terminated {
                Some(signal) => _ = signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminated => {}
        }
    };
    axum::serve(listener, router(alertmanager))
        .with_graceful_shutdown(interrupted)
        .await
        .map_err(|error| text(&error))?;
    stop.cancel();
    working.await.map_err(|error| text(&error))
}
