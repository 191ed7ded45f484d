//! The tests' certificate authority and what it signed, in `tests/certificates`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/certificates")
}

/// The authority, for those who shall trust it.
pub(crate) fn authority() -> PathBuf {
    folder().join("authority.pem")
}

/// For a TLS server called `localhost`.
pub(crate) fn server() -> Arc<rustls::ServerConfig> {
    // An error says that this process has chosen before.
    drop(rustls::crypto::ring::default_provider().install_default());
    let read = "the tests' certificate";
    let chain = CertificateDer::pem_file_iter(folder().join("localhost.pem")).expect(read);
    let key = PrivateKeyDer::from_pem_file(folder().join("localhost.key")).expect(read);
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain.map(|certificate| certificate.expect(read)).collect(), key)
        .expect(read);
    Arc::new(config)
}
