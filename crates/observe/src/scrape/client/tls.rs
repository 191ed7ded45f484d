//! `tls_config`.

use std::path::Path;
use std::sync::Arc;

use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme, SupportedProtocolVersion, version};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::config::{TlsConfig, TlsVersion};

/// What connects over TLS as the configuration says.
///
/// # Errors
/// When a certificate or a key cannot be read or used.
pub(super) fn connector(tls: &TlsConfig) -> Result<HttpsConnector<HttpConnector>, String> {
    let builder = HttpsConnectorBuilder::new()
        .with_tls_config(client_config(tls)?)
        .https_only();
    if tls.server_name.is_empty() {
        return Ok(builder.enable_http1().build());
    }
    let name = ServerName::try_from(tls.server_name.clone())
        .map_err(|error| format!("server_name {:?}: {error}", tls.server_name))?;
    Ok(builder
        .with_server_name_resolver(FixedServerNameResolver::new(name))
        .enable_http1()
        .build())
}

fn client_config(tls: &TlsConfig) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions(tls))
        .map_err(|error| error.to_string())?;
    let builder = if tls.insecure_skip_verify {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
    } else if let Some(pem) = either(tls.ca.as_deref(), tls.ca_file.as_deref())? {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&pem, "CA")? {
            roots.add(certificate).map_err(|error| format!("CA: {error}"))?;
        }
        builder.with_root_certificates(roots)
    } else {
        builder.with_platform_verifier().map_err(|error| error.to_string())?
    };
    let cert = either(tls.cert.as_deref(), tls.cert_file.as_deref())?;
    let key = either(tls.key.as_ref().map(|key| key.reveal()), tls.key_file.as_deref())?;
    match (cert, key) {
        (Some(cert), Some(key)) => {
            let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| format!("client key: {error}"))?;
            builder
                .with_client_auth_cert(certificates(&cert, "client certificate")?, key)
                .map_err(|error| format!("client certificate: {error}"))
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

fn versions(tls: &TlsConfig) -> Vec<&'static SupportedProtocolVersion> {
    let all = [
        (TlsVersion::Tls12, &version::TLS12),
        (TlsVersion::Tls13, &version::TLS13),
    ];
    let wanted = |version: TlsVersion| {
        tls.min_version.is_none_or(|min| min <= version) && tls.max_version.is_none_or(|max| version <= max)
    };
    let wanted = all.into_iter().filter(|(version, _)| wanted(*version));
    wanted.map(|(_, version)| version).collect()
}

fn either(text: Option<&str>, file: Option<&Path>) -> Result<Option<Vec<u8>>, String> {
    match (text, file) {
        (Some(text), _) => Ok(Some(text.as_bytes().to_owned())),
        (None, Some(file)) => std::fs::read(file)
            .map(Some)
            .map_err(|error| format!("unable to read {}: {error}", file.display())),
        (None, None) => Ok(None),
    }
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let read = read.map_err(|error| format!("{what}: {error}"))?;
    if read.is_empty() {
        return Err(format!("{what}: no certificate in it"));
    }
    Ok(read)
}

/// `insecure_skip_verify`: whoever answers is believed.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
