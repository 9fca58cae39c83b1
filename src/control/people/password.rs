//! Passwords: what is accepted as one, and their Argon2id hashes (RFC 9106).
//!
//! Length is the only rule: NIST SP 800-63B advises against rules of composition.

use argon2::password_hash::{Ident, PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};

use super::{PeopleError, Random, random_bytes};

/// Fewest and most characters of a new password.
pub const SHORTEST_PASSWORD: usize = 12;
pub const LONGEST_PASSWORD: usize = 256;

/// How much work one guess at a password is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

/// Costs beyond this in a file are not worked off: 1 GiB, and some seconds.
const HIGHEST: Cost = Cost { memory_kib: 1024 * 1024, passes: 16, lanes: 16 };

/// A hash with salt and cost as a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$…$…`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Hashed {
    phc: String,
    cost: Cost,
}

impl Cost {
    /// The least that the OWASP Password Storage Cheat Sheet asks of Argon2id: 19 MiB, 2 passes, 1 lane.
    pub const OWASP: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

    fn engine(self) -> Result<Argon2<'static>, PeopleError> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, None).map_err(in_words)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    /// A key of 32 bytes for which a password has to be known.
    pub(super) fn derive_key(self, password: &str, salt: &[u8; 16]) -> Result<[u8; 32], PeopleError> {
        let mut key = [0; 32];
        self.engine()?.hash_password_into(password.as_bytes(), salt, &mut key).map_err(in_words)?;
        Ok(key)
    }
}

impl Hashed {
    /// # Errors
    /// When the password is too short or too long, or there are no random numbers.
    pub fn new(password: &str, cost: Cost, random: &mut Random) -> Result<Self, PeopleError> {
        let found = password.chars().count();
        if !(SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&found) {
            return Err(PeopleError::PasswordLength { found });
        }
        let salt = SaltString::encode_b64(&random_bytes::<16>(random)?).map_err(in_words)?;
        let phc = cost.engine()?.hash_password(password.as_bytes(), &salt).map_err(in_words)?.to_string();
        Ok(Self { phc, cost })
    }

    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// The comparison takes the same time wherever the hashes differ.
    pub fn is_of(&self, password: &str) -> bool {
        PasswordHash::new(&self.phc)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    }
}

impl TryFrom<String> for Hashed {
    type Error = String;

    fn try_from(phc: String) -> Result<Self, String> {
        let wrong = |what: &str| format!("the password hash {what}");
        let hash = PasswordHash::new(&phc).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
        if hash.algorithm != Ident::new_unwrap("argon2id") || hash.version != Some(Version::V0x13.into()) {
            return Err(wrong("is not of Argon2id, version 19"));
        }
        let params = Params::try_from(&hash).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
        let cost = Cost { memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
        if cost.memory_kib > HIGHEST.memory_kib || cost.passes > HIGHEST.passes || cost.lanes > HIGHEST.lanes {
            return Err(wrong("asks for more memory or time than a login may take"));
        }
        if hash.salt.is_none() || hash.hash.is_none_or(|hash| hash.len() < 32) {
            return Err(wrong("has no salt or is too short"));
        }
        Ok(Self { phc, cost })
    }
}

impl From<Hashed> for String {
    fn from(hashed: Hashed) -> Self {
        hashed.phc
    }
}

fn in_words(error: impl std::fmt::Display) -> PeopleError {
    PeopleError::Hash { words: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{CHEAP, counting};
    use super::*;

    /// Made by the reference program: `printf password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32 -e`
    /// (a test of phc-winner-argon2, test.c).
    const REFERENCE: &str = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

    #[test]
    fn a_hash_of_the_reference_program_is_understood() {
        let hashed = Hashed::try_from(REFERENCE.to_owned()).expect("a hash");
        assert!(hashed.is_of("password"));
        assert!(!hashed.is_of("differentpassword"));
    }

    #[test]
    fn a_hash_comes_back_from_its_text_and_has_the_owasp_cost() {
        let hashed = Hashed::new("twelve chars", Cost::OWASP, &mut counting()).expect("a hash");
        let text = String::from(hashed.clone());
        assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{text}");
        assert_eq!(Hashed::try_from(text), Ok(hashed.clone()));
        assert!(hashed.is_of("twelve chars") && !hashed.is_of("twelve char") && !hashed.is_of(""));
    }

    #[test]
    fn length_counts_in_characters_and_is_the_only_rule() {
        let found = |password: &str| match Hashed::new(password, CHEAP, &mut counting()) {
            Err(PeopleError::PasswordLength { found }) => Some(found),
            other => other.map(|_| None).expect("a hash"),
        };
        assert_eq!(found("äöüäöüäöüäö"), Some(11));
        assert_eq!(found("äöüäöüäöüäöü"), None);
        assert_eq!(found(&"x".repeat(256)), None);
        assert_eq!(found(&"x".repeat(257)), Some(257));
    }

    #[test]
    fn hashes_that_are_weak_foreign_or_would_eat_the_machine_are_refused() {
        for (from, to) in [
            ("argon2id", "argon2i"),
            ("v=19", "v=16"),
            ("m=65536", "m=4294967295"),
            ("t=2", "t=17"),
            ("p=1", "p=17"),
            ("p=1", "p=99999999999999999999"),
            ("$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", ""),
            ("CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "CTFhFdXPJO1aFaMaO6Mm5Q"),
        ] {
            let forged = REFERENCE.replacen(from, to, 1);
            assert_ne!(forged, REFERENCE);
            assert!(Hashed::try_from(forged).is_err(), "{from} -> {to}");
        }
    }
}
