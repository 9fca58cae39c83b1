//! Our own certificate, and whether the one of the server is trusted.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use opcua::crypto::{CertificateStore, SecurityPolicy, X509, X509Data};
use opcua::types::{ApplicationDescription, ByteString, StatusCode};

use super::fault::Fault;
use crate::domain::source::OpcuaEndpoint;

/// Where our certificate lies in the folder of certificates.
pub(super) const OWN: &str = "own/cert.der";
/// Where its key lies.
pub(super) const OWN_KEY: &str = "private/private.pem";

/// A certificate is made once and meant to outlast the installation.
const VALID_DAYS: u32 = 3_650;

/// Makes our certificate and its key where they are not there yet; only the user may read the key.
///
/// # Errors
/// When the folder cannot be written.
pub(super) fn ensure_own(folder: &Path, uri: &str, name: &str) -> Result<(), Fault> {
    // Two connections that begin at once would each make a key, and keep halves of two pairs.
    static MAKING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let (certificate, key) = (folder.join(OWN), folder.join(OWN_KEY));
    if CertificateStore::read_cert(&certificate).is_ok() && CertificateStore::read_pkey(&key).is_ok() {
        return Ok(());
    }
    let failed = |error: std::io::Error| Fault::OwnFiles(format!("{} cannot be written ({error})", folder.display()));
    private_folder(&folder.join("private")).map_err(failed)?;
    let application =
        ApplicationDescription { application_uri: uri.into(), application_name: name.into(), ..Default::default() };
    let data = X509Data { certificate_duration_days: VALID_DAYS, ..X509Data::from(application) };
    CertificateStore::create_certificate_and_key(&data, true, &certificate, &key).map_err(Fault::OwnFiles)?;
    Ok(())
}

/// Whether the server is who we trust. One that was never seen is put among the rejected, or trusted
/// from now on where the settings say so.
///
/// # Errors
/// When it is not trusted, or not for this host and this time.
pub(super) fn check_server(
    endpoint: &OpcuaEndpoint,
    bytes: &ByteString,
    policy: SecurityPolicy,
    host: &str,
) -> Result<(), Fault> {
    let certificate =
        X509::from_byte_string(bytes).map_err(|_| Fault::ServerCertificate("it cannot be read".into()))?;
    let mut store = CertificateStore::new(&endpoint.certificates);
    store.ensure_pki_path().map_err(Fault::OwnFiles)?;
    store.set_trust_unknown_certs(endpoint.trust_on_first_use);
    store.validate_application_instance_cert(&certificate, policy, Some(host), None).map_err(|error| {
        let rejected: PathBuf = store.rejected_certs_dir().join(CertificateStore::cert_file_name(&certificate));
        let trusted = store.trusted_certs_dir();
        match error.status() {
            _ if rejected.exists() => Fault::Untrusted { rejected, trusted },
            StatusCode::BadCertificateHostNameInvalid => Fault::ServerCertificate(format!("it is not for {host}")),
            StatusCode::BadCertificateTimeInvalid => Fault::ServerCertificate("it is not valid today".into()),
            status => Fault::ServerCertificate(status.to_string()),
        }
    })
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
