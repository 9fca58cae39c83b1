//! The key pair of an account: Ed25519 (RFC 8032). Its private half lies encrypted with ChaCha20-Poly1305
//! (RFC 8439) under a key that Argon2id derives from the password.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use super::password::Cost;
use super::{Hex, PeopleError, Random, random_bytes};
use crate::domain::person::UserName;

/// A private key that was opened; it signs in the name of its account.
#[derive(Debug)]
pub struct SigningKey {
    name: UserName,
    pair: Ed25519KeyPair,
}

/// A key pair as it is kept. The name of the account is bound in: a key does not open under another name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptKey {
    pub public: Hex<32>,
    /// For the derivation of the key from the password; another one than that of the password hash.
    salt: Hex<16>,
    nonce: Hex<12>,
    /// The private key and 16 bytes of authentication.
    sealed: Hex<48>,
}

impl KeptKey {
    /// Makes a new key pair.
    pub fn new(name: &UserName, password: &str, cost: Cost, random: &mut Random) -> Result<Self, PeopleError> {
        Self::seal(random_bytes(random)?, name, password, cost, random)
    }

    /// The same key pair under another password.
    pub fn resealed(
        &self,
        name: &UserName,
        (old, old_cost): (&str, Cost),
        (new, cost): (&str, Cost),
        random: &mut Random,
    ) -> Result<Self, PeopleError> {
        Self::seal(self.seed(name, old, old_cost)?, name, new, cost, random)
    }

    pub fn open(&self, name: &UserName, password: &str, cost: Cost) -> Result<SigningKey, PeopleError> {
        let seed = self.seed(name, password, cost)?;
        let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &self.public.0).map_err(|_| damaged(name))?;
        Ok(SigningKey { name: name.clone(), pair })
    }

    fn seal(
        seed: [u8; 32],
        name: &UserName,
        password: &str,
        cost: Cost,
        random: &mut Random,
    ) -> Result<Self, PeopleError> {
        let (salt, nonce) = (random_bytes(random)?, random_bytes(random)?);
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| damaged(name))?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| damaged(name))?;
        let cipher = cipher(name, password, &salt, cost)?;
        let mut sealed = seed.to_vec();
        cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name.as_str()), &mut sealed)
            .map_err(|_| damaged(name))?;
        let sealed = sealed.try_into().map_err(|_| damaged(name))?;
        Ok(Self { public: Hex(public), salt: Hex(salt), nonce: Hex(nonce), sealed: Hex(sealed) })
    }

    fn seed(&self, name: &UserName, password: &str, cost: Cost) -> Result<[u8; 32], PeopleError> {
        let mut sealed = self.sealed.0;
        cipher(name, password, &self.salt.0, cost)?
            .open_in_place(Nonce::assume_unique_for_key(self.nonce.0), Aad::from(name.as_str()), &mut sealed)
            .ok()
            .and_then(|seed| (&*seed).try_into().ok())
            .ok_or_else(|| damaged(name))
    }
}

impl SigningKey {
    /// Name of the account.
    pub fn name(&self) -> &UserName {
        &self.name
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Hex<64>, PeopleError> {
        self.pair.sign(message).as_ref().try_into().map(Hex).map_err(|_| damaged(&self.name))
    }
}

pub(super) fn is_signed(public: &Hex<32>, message: &[u8], signature: &Hex<64>) -> bool {
    UnparsedPublicKey::new(&ED25519, public.0).verify(message, &signature.0).is_ok()
}

fn cipher(name: &UserName, password: &str, salt: &[u8; 16], cost: Cost) -> Result<LessSafeKey, PeopleError> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, &cost.derive_key(password, salt)?).map_err(|_| damaged(name))?;
    Ok(LessSafeKey::new(key))
}

fn damaged(name: &UserName) -> PeopleError {
    PeopleError::KeyDamaged { name: name.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{CHEAP, counting, user};
    use super::*;

    /// RFC 8032, section 7.1, test 2.
    #[test]
    fn signatures_are_those_of_the_rfc() {
        fn bytes<const N: usize>(text: &str) -> [u8; N] {
            Hex::try_from(text.to_owned()).expect("hex").0
        }
        let seed = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let public: [u8; 32] = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let key = KeptKey::seal(seed, &user("ann"), "a password", CHEAP, &mut counting()).expect("a key");
        assert_eq!(key.public.0, public);
        let signature = key.open(&user("ann"), "a password", CHEAP).expect("a key").sign(&[0x72]).expect("a signature");
        let expected = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                        085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!(signature.to_string(), expected);
        assert!(is_signed(&key.public, &[0x72], &signature));
        assert!(!is_signed(&key.public, &[0x73], &signature));
    }

    #[test]
    fn a_key_opens_by_its_password_under_its_name_and_unchanged_alone() {
        let key = KeptKey::new(&user("ann"), "a password", CHEAP, &mut counting()).expect("a key");
        assert!(key.open(&user("ann"), "a password", CHEAP).is_ok());
        assert!(key.open(&user("ann"), "another one", CHEAP).is_err());
        assert!(key.open(&user("bob"), "a password", CHEAP).is_err());
        let mut forged = key.clone();
        forged.public.0[0] ^= 1;
        assert!(forged.open(&user("ann"), "a password", CHEAP).is_err());
        for byte in 0..48 {
            let mut forged = key.clone();
            forged.sealed.0[byte] ^= 1;
            assert!(forged.open(&user("ann"), "a password", CHEAP).is_err(), "byte {byte}");
        }
    }
}
