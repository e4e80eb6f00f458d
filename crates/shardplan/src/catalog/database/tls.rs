//! TLS for connections: how to check the server's certificate comes in, a connector for the driver goes out.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// How much of the server's certificate is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verification {
    /// Nothing: it only encrypts.
    Off,
    /// Who signed it.
    Authority(Roots),
    /// Who signed it, and that it is for the host.
    Full(Roots),
}

/// What is shown to a server that asks who connects: a certificate and its key, in PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Identity {
    fn load(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Cause> {
        let unreadable = |error| format!("sslcert {}: {error}", self.certificate.display());
        let certificates = CertificateDer::pem_file_iter(&self.certificate).map_err(unreadable)?;
        let certificates: Result<Vec<_>, _> = certificates.collect();
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| {
            format!("sslkey {}: {error}; a key with a passphrase cannot be read", self.key.display())
        })?;
        Ok((certificates.map_err(unreadable)?, key))
    }
}

/// The authorities that are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    /// Those of the operating system.
    System,
    /// Those in a PEM file.
    File(PathBuf),
}

impl Verification {
    /// Checks who signed; `root` as `sslrootcert` has it.
    pub(super) fn authority(root: Option<&str>) -> Self {
        Self::Authority(Roots::named(root))
    }

    /// Checks who signed and for which host; `root` as `sslrootcert` has it.
    pub(super) fn full(root: Option<&str>) -> Self {
        Self::Full(Roots::named(root))
    }
}

impl Roots {
    fn named(root: Option<&str>) -> Self {
        match root {
            None | Some("system") => Self::System,
            Some(path) => Self::File(PathBuf::from(path)),
        }
    }

    fn load(&self) -> Result<Arc<RootCertStore>, Cause> {
        let mut store = RootCertStore::empty();
        match self {
            Self::System => {
                store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
            Self::File(path) => {
                let unreadable = |error| format!("sslrootcert {}: {error}", path.display());
                for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                    store.add(certificate.map_err(unreadable)?)?;
                }
            }
        }
        if store.is_empty() { Err(format!("no certificates in {self}").into()) } else { Ok(Arc::new(store)) }
    }
}

impl std::fmt::Display for Roots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::System => f.write_str("the system's trust store; name a file with sslrootcert"),
            Self::File(path) => write!(f, "sslrootcert {}", path.display()),
        }
    }
}

/// A connector that checks what it is told to, and says who it is where that is known.
pub(super) fn connector(verification: &Verification, identity: Option<&Identity>) -> Result<MakeRustlsConnect, Cause> {
    // Named, because a program may have built rustls with several providers.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let config = match verification {
        Verification::Full(roots) => builder.with_root_certificates(roots.load()?),
        Verification::Authority(roots) => {
            let inner = WebPkiServerVerifier::builder_with_provider(roots.load()?, Arc::clone(&provider)).build()?;
            let verifier = Lenient { authority: Some(inner), provider };
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
        Verification::Off => {
            let verifier = Lenient { authority: None, provider };
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
    };
    Ok(MakeRustlsConnect::new(match identity.map(Identity::load).transpose()? {
        Some((certificates, key)) => config.with_client_auth_cert(certificates, key)?,
        None => config.with_no_client_auth(),
    }))
}

/// Checks less than the whole certificate, as `sslmode=require` and `verify-ca` ask for. Where nobody's signature is asked for, the
/// certificate may be of any kind: one that a server has signed itself is often of version 1, which rustls does not read.
#[derive(Debug)]
struct Lenient {
    /// Checks who signed, if anything is checked.
    authority: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(authority) = &self.authority else { return Ok(ServerCertVerified::assertion()) };
        // The name is looked at last, so a wrong name means that the signatures are right.
        match authority.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.authority.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.authority.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
