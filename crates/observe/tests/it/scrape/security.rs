//! Who we say we are, and whom we believe.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::peer::{Peer, Says};
use super::{Scraping, until};

fn certificates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/certificates")
}

/// A server called `localhost`.
fn acceptor() -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(certificates().join("localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(certificates().join("localhost.key")).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.map(Result::unwrap).collect(), key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test]
async fn certificates_are_checked_as_the_job_says() {
    let peer = Peer::secure(Says::metrics("a 1\n"), acceptor()).await;
    let authority = certificates().join("authority.pem").display().to_string();
    let slow = "scheme: https, scrape_interval: 2s, scrape_timeout: 2s";
    for (tls, error) in [
        (format!("{{ca_file: '{authority}', server_name: localhost}}"), ""),
        ("{insecure_skip_verify: true}".to_owned(), ""),
        (
            format!("{{ca_file: '{authority}', server_name: elsewhere}}"),
            "certificate not valid for name",
        ),
        ("{server_name: localhost}".to_owned(), "certificate"),
        ("{ca_file: missing.pem}".to_owned(), "missing.pem: No such file"),
    ] {
        let scraping = Scraping::with(&peer.job(&format!("{slow}, tls_config: {tls}")));
        let state = scraping.asked().await.state();
        assert_eq!(
            state.last_error.is_empty(),
            error.is_empty(),
            "{tls}: {}",
            state.last_error
        );
        assert!(state.last_error.contains(error), "{tls}: {}", state.last_error);
    }
}

#[tokio::test]
async fn a_secret_in_a_file_may_change() {
    let peer = Peer::start(Says::metrics("a 1\n")).await;
    let scraping = Scraping::start();
    let secret = scraping.path().join("token");
    std::fs::write(&secret, "first\n").unwrap();
    scraping.apply(&peer.job("authorization: {credentials_file: token}, http_headers: {X-Town: {values: [oaxaca]}}"));
    until(|| !peer.asked().is_empty()).await;
    let head = &peer.asked()[0];
    assert!(
        head.contains("authorization: Bearer first\r\n") && head.contains("x-town: oaxaca\r\n"),
        "{head}"
    );
    std::fs::write(&secret, "second\n").unwrap();
    until(|| {
        peer.asked()
            .last()
            .unwrap()
            .contains("authorization: Bearer second\r\n")
    })
    .await;
    std::fs::remove_file(&secret).unwrap();
    let target = scraping.asked().await;
    until(|| target.state().last_error.contains("unable to read")).await;
}
