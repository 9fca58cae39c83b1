//! Reads secrets from where a project says they stand. They are never kept, shown or logged.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

use thiserror::Error;

use crate::domain::source::Secret;

/// Why a secret cannot be had. The text never holds the secret.
#[derive(Error, Debug)]
pub enum SecretError {
    #[error("the environment variable {0} is not set or not text")]
    Env(String),
    #[error("{file} cannot be read ({cause})")]
    File { file: PathBuf, cause: io::Error },
    #[error("the first line of {0} is empty")]
    Empty(PathBuf),
}

/// The secret as it is now.
///
/// # Errors
/// When the variable or the file is missing, unreadable or empty.
pub fn read(secret: &Secret) -> Result<String, SecretError> {
    const LONGEST_BYTES: u64 = 64 * 1024;
    match secret {
        Secret::Env(name) => std::env::var(name).map_err(|_| SecretError::Env(name.clone())),
        Secret::File(file) => {
            let failed = |cause| SecretError::File { file: file.clone(), cause };
            let mut line = String::new();
            let reader = BufReader::new(File::open(file).map_err(failed)?);
            reader.take(LONGEST_BYTES).read_line(&mut line).map_err(failed)?;
            line.truncate(line.trim_end_matches(['\r', '\n']).len());
            if line.is_empty() { Err(SecretError::Empty(file.clone())) } else { Ok(line) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_first_line_without_line_end() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("password");
        std::fs::write(&file, "open sesame \r\nnotes\n")?;
        assert_eq!(read(&Secret::File(file.clone())).ok().as_deref(), Some("open sesame "));
        std::fs::write(&file, "\n")?;
        assert!(matches!(read(&Secret::File(file)), Err(SecretError::Empty(_))));
        Ok(())
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = read(&Secret::Env("TWINSCOPE_NO_SUCH_SECRET".to_owned()));
        assert!(missing.is_err_and(|error| error.to_string().contains("TWINSCOPE_NO_SUCH_SECRET")));
        let missing = read(&Secret::File("/no/such/file".into()));
        assert!(missing.is_err_and(|error| error.to_string().contains("/no/such/file")));
    }
}
