//! The console over servers that run already, the real Prometheus, Loki, Jaeger and Alertmanager for example:
//!
//! `CONSOLE_PASSWORD=… cargo run -p observe --example console -- DASHBOARDS_FOLDER [prometheus|loki|jaeger|alertmanager|mail=URL]…`
//!
//! It listens on `CONSOLE_LISTEN`, else on 127.0.0.1:3001.

use std::error::Error;
use std::net::SocketAddr;

use observe::console::{Config, Console, Password, router};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("DASHBOARDS_FOLDER is missing")?;
    let password = std::env::var("CONSOLE_PASSWORD").map_err(|_| "CONSOLE_PASSWORD is not set")?;
    let mut config = Config::new("http://127.0.0.1:9090".parse()?, folder, Password::Plain(password));
    for argument in arguments {
        let (source, url) = argument.split_once('=').ok_or("arguments are SOURCE=URL")?;
        let url = url.parse()?;
        match source {
            "prometheus" => config.prometheus_url = url,
            "loki" => config.loki_url = Some(url),
            "jaeger" => config.jaeger_url = Some(url),
            "alertmanager" => config.alertmanager_url = Some(url),
            "mail" => config.mail_outbox_url = Some(url),
            other => return Err(format!("{other} is no data source").into()),
        }
    }
    let listen = std::env::var("CONSOLE_LISTEN").unwrap_or_else(|_| "127.0.0.1:3001".to_owned());
    let listener = tokio::net::TcpListener::bind(listen).await?;
    let app = router(Console::new(config)?).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
