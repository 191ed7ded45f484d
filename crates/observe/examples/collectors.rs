//! The collectors by themselves: `cargo run -p observe --example collectors -- ADDRESS [mysql://…] [http://…/stub_status]`.
//! Prints the address it listens on, and serves until it is killed.

use observe::collectors::{Config, Mysql, Nginx, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut config = Config::default();
    let mut address = "127.0.0.1:0".to_owned();
    for argument in std::env::args().skip(1) {
        match argument.split_once("://") {
            Some(("http", _)) => config.nginx = Some(Nginx::new(&argument)?),
            Some(_) => config.mysql = Some(Mysql::new(&argument)?),
            None => address = argument,
        }
    }
    let listener = tokio::net::TcpListener::bind(&address).await?;
    #[allow(clippy::print_stdout, reason = "whoever started it waits for this")]
    {
        println!("http://{}", listener.local_addr()?);
    }
    axum::serve(listener, router(config)).await?;
    Ok(())
}
