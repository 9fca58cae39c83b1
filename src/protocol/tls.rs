//! TLS for all protocols: rustls with the ring provider, trusting only what the project names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

use crate::domain::source::TlsSpec;

/// Why no TLS connection can be set up.
#[derive(Error, Debug)]
pub enum TlsError {
    #[error("no ca_file is given, and no authority is trusted unasked")]
    NoAuthority,
    #[error("{file} cannot be read as PEM ({cause})")]
    Pem { file: PathBuf, cause: pem::Error },
    #[error("{0} holds no usable certificate")]
    NoCertificate(PathBuf),
    #[error("client certificate and key do not go together ({0})")]
    ClientCertificate(rustls::Error),
    #[error("the TLS library refuses its own settings ({0})")]
    Library(rustls::Error),
}

impl TlsError {
    /// True where only a change of the project can help.
    pub fn permanent(&self) -> bool {
        matches!(self, Self::NoAuthority)
    }
}

/// Gives the ring provider to libraries that look for one. May be called more than once.
pub fn provide() {
    // Fails only when there is one already, which is as good.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
}

/// The settings of a TLS client.
///
/// # Errors
/// When no authority is named, or a file is missing or of no use.
pub fn client_config(spec: &TlsSpec) -> Result<ClientConfig, TlsError> {
    let Some(ca_file) = &spec.ca_file else { return Err(TlsError::NoAuthority) };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(ca_file)?);
    if roots.is_empty() {
        return Err(TlsError::NoCertificate(ca_file.clone()));
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Library)?
        .with_root_certificates(roots);
    match &spec.client_cert {
        None => Ok(builder.with_no_client_auth()),
        Some((certificate, key)) => {
            let key_pem =
                PrivateKeyDer::from_pem_file(key).map_err(|cause| TlsError::Pem { file: key.clone(), cause })?;
            builder.with_client_auth_cert(certificates(certificate)?, key_pem).map_err(TlsError::ClientCertificate)
        }
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |cause| TlsError::Pem { file: file.to_owned(), cause };
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(file).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
    if certificates.is_empty() { Err(TlsError::NoCertificate(file.to_owned())) } else { Ok(certificates) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_without_authorities_and_names_the_file_at_fault() -> std::io::Result<()> {
        assert!(matches!(client_config(&TlsSpec::default()), Err(TlsError::NoAuthority)));
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("ca.pem");
        let spec = TlsSpec { ca_file: Some(file.clone()), client_cert: None };
        let missing = client_config(&spec);
        assert!(missing.is_err_and(|error| error.to_string().contains("ca.pem")));
        std::fs::write(&file, "not a certificate")?;
        assert!(matches!(client_config(&spec), Err(TlsError::NoCertificate(named)) if named == file));
        Ok(())
    }
}
