//! What unlocks a keyring: passphrases and key files, each of which wraps the root key.

use argon2::{Algorithm as Variant, Argon2, Block, Params, Version as Argon2Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::name::is_words;
use super::record::{Hex, Record, V1, from_hex, to_hex};
use crate::encoding::Passphrase;
use crate::error::{Code, Error, Result};
use crate::random;
use crate::secret::{SecretBytes, depth, on_clean_stack};
use crate::symmetric::{self, LEN};
use crate::time::Time;

/// The most unlockers of a keyring.
pub const MAX_UNLOCKERS: usize = 16;

/// The least memory of Argon2id, in KiB: 64 MiB. It is also what is used.
const MEMORY: u32 = 64 * 1024;

/// The passes of Argon2id. With [`MEMORY`] they take a third of a second here; `scripts/bench` measures.
const PASSES: u32 = 6;

/// The most memory that a record may ask for, in KiB: 1 GiB.
const MAX_MEMORY: u32 = 1024 * 1024;

/// The most passes that a record may ask for.
const MAX_PASSES: u32 = 64;

/// The most lanes that a record may ask for.
const MAX_LANES: u32 = 16;

/// The least length of a key file, in bytes.
const LEAST_KEY_FILE: usize = 32;

const SALT: usize = 16;

/// What somebody unlocks a keyring with.
#[non_exhaustive]
#[derive(Debug)]
pub enum Unlock {
    /// A passphrase.
    Passphrase(Passphrase),
    /// The contents of a file that is kept as a secret.
    KeyFile(KeyFile),
}

/// The contents of an unlock file. Wiped on drop; not shown in `Debug`.
#[derive(Debug)]
pub struct KeyFile(SecretBytes);

impl Unlock {
    /// A key file of these contents.
    ///
    /// # Errors
    /// [`Code::Usage`] below 32 bytes.
    pub fn key_file(contents: SecretBytes) -> Result<Self> {
        match contents.len() >= LEAST_KEY_FILE {
            true => Ok(Self::KeyFile(KeyFile(contents))),
            false => Err(Error::usage("unlock file")
                .expected(format!("at least {LEAST_KEY_FILE} random bytes"))
                .got(format!("{} bytes", contents.len()))),
        }
    }

    const fn kind(&self) -> Kind {
        match self {
            Self::Passphrase(_) => Kind::Passphrase,
            Self::KeyFile(_) => Kind::KeyFile,
        }
    }
}

/// The kind of an unlocker.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A passphrase, through Argon2id.
    Passphrase,
    /// A file of random bytes.
    KeyFile,
}

impl Kind {
    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passphrase => "passphrase",
            Self::KeyFile => "key-file",
        }
    }
}

/// The cost of a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cost {
    /// In KiB.
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    const DEFAULT: Self = Self {
        memory: MEMORY,
        passes: PASSES,
        lanes: 1,
    };

    /// Refuses what would cost an attacker too little, or us too much, before any memory is taken.
    fn check(self) -> Result<()> {
        let within = (MEMORY..=MAX_MEMORY).contains(&self.memory)
            && (1..=MAX_PASSES).contains(&self.passes)
            && (1..=MAX_LANES).contains(&self.lanes);
        match within {
            true => Ok(()),
            false => Err(Error::new(Code::Integrity, "cost of a passphrase")
                .expected(format!(
                    "{MEMORY} to {MAX_MEMORY} KiB, 1 to {MAX_PASSES} passes, 1 to {MAX_LANES} lanes"
                ))
                .got(format!(
                    "{} KiB, {} passes, {} lanes",
                    self.memory, self.passes, self.lanes
                ))),
        }
    }
}

/// What stands in the store for one unlocker.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unlocker {
    pub(super) v: V1,
    /// Its number.
    pub number: u32,
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub label: String,
    /// When it was added.
    pub created: Time,
    pub(super) salt: Hex<SALT>,
    pub(super) cost: Option<Cost>,
    /// The sealed root key, in hexadecimal.
    pub(super) wrapped: String,
}

/// What an unlocker's key is derived and sealed for.
const LABEL: &str = "chop keyring v1 unlocker";

impl Unlocker {
    /// The longest label, in bytes.
    pub const MAX_LABEL: usize = 64;

    /// Wraps `root` for `unlock`.
    ///
    /// # Errors
    /// [`Code::Random`]; [`Code::Usage`] for a label that is no short line.
    pub(super) fn new(
        number: u32,
        label: &str,
        created: Time,
        keyring: &Hex<16>,
        unlock: &Unlock,
        root: &SecretBytes,
    ) -> Result<Self> {
        if !is_words(label, Self::MAX_LABEL) {
            return Err(Error::usage("label of an unlocker")
                .expected(format!("up to {} bytes on one line", Self::MAX_LABEL)));
        }
        let mut salt = Hex([0; SALT]);
        random::fill(&mut salt.0)?;
        let mut unlocker = Self {
            v: V1,
            number,
            kind: unlock.kind(),
            label: label.to_owned(),
            created,
            salt,
            cost: matches!(unlock, Unlock::Passphrase(_)).then_some(Cost::DEFAULT),
            wrapped: String::new(),
        };
        let key = unlocker.key(unlock)?;
        let sealed = symmetric::seal(key.expose(), LABEL, &unlocker.bound(keyring), root.expose())?;
        unlocker.wrapped = to_hex(&sealed);
        Ok(unlocker)
    }

    /// The root key, if `unlock` is the right one.
    pub(super) fn open(&self, keyring: &Hex<16>, unlock: &Unlock) -> Result<Option<SecretBytes>> {
        if self.kind != unlock.kind() {
            return Ok(None);
        }
        let key = self.key(unlock)?;
        let sealed = from_hex(&self.wrapped).unwrap_or_default();
        match symmetric::open(key.expose(), LABEL, &self.bound(keyring), &sealed) {
            Ok(root) if root.len() == LEN => Ok(Some(root)),
            Err(error) if error.code() != Code::Integrity => Err(error),
            _ => Ok(None),
        }
    }

    /// Everything about this unlocker but the wrapped key itself.
    fn bound(&self, keyring: &Hex<16>) -> Vec<u8> {
        let cost = self.cost.map_or(String::new(), |cost| {
            format!("{}/{}/{}", cost.memory, cost.passes, cost.lanes)
        });
        format!(
            "{keyring}\n{}\n{}\n{}\n{}\n{}\n{cost}",
            self.number,
            self.kind.name(),
            self.label,
            self.created,
            self.salt
        )
        .into_bytes()
    }

    /// The key that wraps.
    fn key(&self, unlock: &Unlock) -> Result<SecretBytes> {
        match (unlock, self.cost) {
            (Unlock::Passphrase(passphrase), Some(cost)) => stretch(passphrase, &self.salt.0, cost),
            (Unlock::KeyFile(KeyFile(contents)), None) => {
                symmetric::derive(contents.expose(), &self.salt.0, &[LABEL.as_bytes()], LEN)
            }
            _ => Err(Error::new(Code::Integrity, "unlocker record")
                .got("a cost that does not fit its kind")),
        }
    }
}

impl Record for Unlocker {
    const WHAT: &'static str = "unlocker";

    fn is_sound(&self) -> bool {
        self.number > 0
            && is_words(&self.label, Self::MAX_LABEL)
            && (self.kind == Kind::Passphrase) == self.cost.is_some()
            && from_hex(&self.wrapped)
                .is_some_and(|sealed| sealed.len() == LEN + symmetric::OVERHEAD)
    }
}

/// Argon2id (RFC 9106).
fn stretch(passphrase: &Passphrase, salt: &[u8], cost: Cost) -> Result<SecretBytes> {
    cost.check()?;
    let failed = |_| Error::internal("Argon2id refuses parameters that were checked");
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(LEN)).map_err(failed)?;
    let mut memory = vec![Block::default(); params.block_count()];
    let mut key = SecretBytes::zeroed(LEN);
    let done = on_clean_stack::<{ depth::CURVE }, _>(|| {
        Argon2::new(Variant::Argon2id, Argon2Version::V0x13, params).hash_password_into_with_memory(
            passphrase.expose(),
            salt,
            key.expose_mut(),
            &mut memory,
        )
    });
    memory.iter_mut().for_each(Zeroize::zeroize);
    done.map_err(failed)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const KEYRING: Hex<16> = Hex([3; 16]);

    fn passphrase(text: &str) -> Unlock {
        let bytes = SecretBytes::copy_of(text.as_bytes());
        Unlock::Passphrase(Passphrase::new(bytes).unwrap())
    }

    fn file(byte: u8) -> Unlock {
        Unlock::key_file(SecretBytes::copy_of(&[byte; 32])).unwrap()
    }

    fn unlocker(unlock: &Unlock) -> Unlocker {
        let time = "2026-11-24T08:00:00Z".parse().unwrap();
        let root = SecretBytes::copy_of(&[9; 32]);
        Unlocker::new(1, "night shift", time, &KEYRING, unlock, &root).unwrap()
    }

    #[test]
    fn what_wrapped_the_root_key_unwraps_it_and_nothing_else_does() {
        for (right, wrong) in [
            (passphrase("right"), passphrase("wrong")),
            (file(1), file(2)),
        ] {
            let unlocker = unlocker(&right);
            let record = unlocker.encode().unwrap();
            let read = Unlocker::decode(&record).unwrap();
            assert_eq!(read, unlocker);
            let open = |unlocker: &Unlocker, with| unlocker.open(&KEYRING, with).unwrap();
            assert_eq!(open(&read, &right).unwrap().expose(), [9; 32]);
            assert!(open(&read, &wrong).is_none());
            assert!(read.open(&Hex([4; 16]), &right).unwrap().is_none());
            let renamed = Unlocker {
                label: "day shift".to_owned(),
                ..read.clone()
            };
            assert!(open(&renamed, &right).is_none());
            let renumbered = Unlocker { number: 2, ..read };
            assert!(open(&renumbered, &right).is_none());
        }
        assert!(
            unlocker(&file(1))
                .open(&KEYRING, &passphrase("x"))
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn a_short_key_file_is_refused() {
        let error = Unlock::key_file(SecretBytes::zeroed(31)).unwrap_err();
        assert_eq!(error.code(), Code::Usage);
    }

    #[test]
    fn what_a_record_asks_for_has_caps_and_floors_that_cost_nothing() {
        let good = unlocker(&passphrase("right"));
        let started = Instant::now();
        let mut refused = 0;
        for memory in [0, 1, MEMORY - 1, MAX_MEMORY + 1, 1 << 31, u32::MAX] {
            for (passes, lanes) in [
                (0, 1),
                (PASSES, 1),
                (1, 0),
                (MAX_PASSES + 1, 1),
                (1, MAX_LANES + 1),
                (u32::MAX, u32::MAX),
            ] {
                let cost = Some(Cost {
                    memory,
                    passes,
                    lanes,
                });
                let error = Unlocker {
                    cost,
                    ..good.clone()
                }
                .open(&KEYRING, &passphrase("right"))
                .unwrap_err();
                assert_eq!(error.code(), Code::Integrity);
                refused += 1;
            }
        }
        assert_eq!(refused, 36);
        // One that was computed would have taken longer than all of these.
        assert!(started.elapsed().as_secs() < 2);
        let none = Unlocker { cost: None, ..good };
        assert!(none.encode().is_err());
    }

    #[test]
    fn debug_says_nothing() {
        let said = format!("{:?} {:?}", passphrase("hunter2"), file(0x41));
        assert!(!said.contains("hunter2") && !said.contains("AAAA") && !said.contains("65, 65"));
    }
}
