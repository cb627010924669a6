//! What exists, how big it is, and which standard says so.
//!
//! [`Algorithm`] is one row of the table in `table.rs`. The command's `chop algorithms`, the sizes
//! checked while parsing, the README's table and the tests all read that one table. To add an
//! algorithm, see "To add an algorithm" in ARCHITECTURE.md.

mod options;
mod table;

use std::fmt;
use std::str::FromStr;

use der::oid::ObjectIdentifier;

pub use options::{Context, RsaScheme, SignOptions, VerifyOptions};
pub use table::Algorithm;

use crate::error::{Code, Error, Result};
use crate::hash::Hash;
use crate::nearest::nearest;

/// What a key of an algorithm is for.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Signs and verifies.
    Signature,
    /// Encapsulates and decapsulates.
    Kem,
}

/// Algorithms whose keys are arranged and checked alike.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// FIPS 203.
    MlKem,
    /// FIPS 204.
    MlDsa,
    /// FIPS 205.
    SlhDsa,
    /// EdDSA of RFC 8032.
    EdDsa,
    /// ECDSA of FIPS 186-5.
    Ecdsa,
    /// The functions of RFC 7748.
    Xdh,
    /// Diffie-Hellman on the curves of SP 800-186.
    Ecdh,
    /// RFC 8017.
    Rsa,
    /// ML-DSA and a traditional signature under one identifier.
    CompositeSignature,
    /// ML-KEM and a traditional agreement or encryption under one identifier.
    CompositeKem,
    /// ML-KEM-768 and X25519 from one seed.
    XWing,
    /// Kyber before FIPS 203.
    Kyber,
    /// Dilithium before FIPS 204.
    Dilithium,
}

/// Something that can be done with a key.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Make a key pair.
    Generate,
    /// Sign with the private key.
    Sign,
    /// Verify with the public key.
    Verify,
    /// Agree on a secret with the owner of a public key.
    Encapsulate,
    /// Recover that secret with the private key.
    Decapsulate,
}

impl Operation {
    /// The name of the operation in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::Sign => "sign",
            Self::Verify => "verify",
            Self::Encapsulate => "encapsulate",
            Self::Decapsulate => "decapsulate",
        }
    }
}

/// How firm the ground is under an algorithm.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// A final standard, believed to resist a quantum computer.
    Final,
    /// A published draft with assigned identifiers, believed to resist a quantum computer.
    Draft,
    /// A final standard that a large quantum computer breaks: a part of a hybrid, not a choice by itself.
    Classical,
    /// What came before a final standard: to be read, never to be made.
    Legacy,
}

impl Status {
    /// The name of the status in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::Draft => "draft",
            Self::Classical => "classical",
            Self::Legacy => "legacy",
        }
    }
}

/// Which of its three forms an algorithm of CRYSTALS has, on its way from the competition to the standard.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// The third round of NIST's competition.
    Round3,
    /// The draft of the standard.
    Draft,
    /// FIPS 203 and FIPS 204.
    Standard,
}

impl Flavour {
    /// The name of the flavour in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Round3 => "round 3",
            Self::Draft => "draft",
            Self::Standard => "final standard",
        }
    }
}

/// What protects a message: the words in which rules on algorithms are written.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// A large quantum computer breaks it.
    Classical,
    /// A post-quantum and a classical algorithm, both of which would have to be broken.
    Hybrid,
    /// A post-quantum algorithm by itself.
    PostQuantum,
    /// The forerunner of a standard.
    Legacy,
}

impl Class {
    /// Every class.
    pub const ALL: &'static [Self] = &[
        Self::Classical,
        Self::Hybrid,
        Self::PostQuantum,
        Self::Legacy,
    ];

    /// The name of the class in policies and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classical => "classical",
            Self::Hybrid => "hybrid",
            Self::PostQuantum => "post-quantum",
            Self::Legacy => "legacy",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A length in bytes: fixed by the standard, or bounded because DER varies.
///
/// What is not written yet has one, too, so that it can be planned for:
/// [`cms::signature_size`](crate::cms::signature_size), [`jws::signature_size`](crate::jws::signature_size),
/// [`Certificate::self_signed_size`](crate::Certificate::self_signed_size), and those of
/// [`encoding`](crate::encoding) for keys. A bare signature and the ciphertext of a KEM are
/// [`Info::output`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    /// Always this many.
    Exact(usize),
    /// At most this many.
    Max(usize),
}

impl Size {
    /// The largest length possible.
    pub const fn max(self) -> usize {
        match self {
            Self::Exact(n) | Self::Max(n) => n,
        }
    }

    /// Whether the length is always the same.
    pub const fn is_exact(self) -> bool {
        matches!(self, Self::Exact(_))
    }

    /// The length of something that is made of this alone, and is not shorter for more of it.
    ///
    /// ```
    /// use chop::algorithm::Size;
    ///
    /// assert_eq!(Size::Max(72).map(|bytes| 2 * bytes), Size::Max(144));
    /// ```
    #[must_use]
    pub fn map(self, length: impl FnOnce(usize) -> usize) -> Self {
        match self {
            Self::Exact(n) => Self::Exact(length(n)),
            Self::Max(n) => Self::Max(length(n)),
        }
    }

    /// The characters of so many bytes in base64 (RFC 4648 section 4): with padding, in one line.
    ///
    /// ```
    /// use chop::Algorithm;
    /// use chop::algorithm::Size;
    ///
    /// assert_eq!(Algorithm::MlDsa65.info().output.base64(), Size::Exact(4412));
    /// ```
    #[must_use]
    pub fn base64(self) -> Self {
        self.map(|bytes| bytes.div_ceil(3) * 4)
    }

    /// What has this length: `length` bytes if `exact`, else at most as many.
    pub(crate) const fn new(length: usize, exact: bool) -> Self {
        match exact {
            true => Self::Exact(length),
            false => Self::Max(length),
        }
    }

    /// As many bytes as there can be, to be put in the place of those that will stand there.
    pub(crate) fn blank(self) -> Vec<u8> {
        vec![0; self.max()]
    }

    /// Checks the length of `bytes`; `what` names them in the error.
    pub(crate) fn check(self, what: impl Into<String>, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Exact(n) if bytes.len() != n => Err(Error::length(what, n, bytes.len())),
            Self::Max(n) if bytes.is_empty() || bytes.len() > n => {
                Err(Error::new(Code::Length, what)
                    .expected(format!("1 to {n} bytes"))
                    .got(format!("{} bytes", bytes.len())))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(n) => n.fmt(f),
            // Goes through `pad`, so that columns line up.
            Self::Max(n) => f.pad(&format!("<={n}")),
        }
    }
}

/// Which form of a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The short string from which everything else is derived.
    Seed,
    /// The private key as its standard encodes it for use.
    Expanded,
    /// Both, as RFC 9881 and RFC 9935 allow; the two must agree.
    Both,
}

impl Form {
    /// The name of the form on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Expanded => "expanded",
            Self::Both => "both",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One row of the algorithm table. Sizes are in bytes.
#[non_exhaustive]
#[derive(Debug)]
pub struct Info {
    /// The name, spelled as the standard spells it.
    pub name: &'static str,
    /// What its keys are for.
    pub kind: Kind,
    /// Which algorithms it is handled with.
    pub family: Family,
    /// The object identifier of the key's algorithm.
    pub oid: ObjectIdentifier,
    /// The named curve that stands in the parameters, where the identifier alone is not enough.
    pub curve: Option<ObjectIdentifier>,
    /// The NIST security category, 1 to 5; 0 where a quantum computer breaks the algorithm.
    pub category: u8,
    /// The document that defines it.
    pub standard: &'static str,
    /// How firm that document is.
    pub status: Status,
    /// The encoded public key.
    pub public_key: Size,
    /// The seed form of the private key, if there is one.
    pub seed: Option<usize>,
    /// The expanded form of the private key, if there is one.
    pub expanded: Option<Size>,
    /// The signature; for a KEM the ciphertext.
    pub output: Size,
    /// The shared secret of a KEM.
    pub shared_secret: Option<usize>,
    /// Whether signatures take a context string.
    pub context: bool,
    /// Whether signatures can be made without randomness.
    pub deterministic: bool,
    /// The `alg` of a JWK with `kty` AKP (RFC 9964 and the composite JOSE draft), where there is one.
    pub jose: Option<&'static str>,
    /// The hash function of the message in a composite signature.
    pub pre_hash: Option<Hash>,
    /// What a user should know about the implementation before relying on it.
    pub caution: Option<&'static str>,
}

impl Info {
    /// What can be done with keys of this algorithm.
    pub const fn operations(&self) -> &'static [Operation] {
        match self.kind {
            Kind::Signature if matches!(self.status, Status::Legacy) => &[Operation::Verify],
            Kind::Kem if matches!(self.status, Status::Legacy) => &[Operation::Decapsulate],
            Kind::Signature => &[Operation::Generate, Operation::Sign, Operation::Verify],
            Kind::Kem => &[
                Operation::Generate,
                Operation::Encapsulate,
                Operation::Decapsulate,
            ],
        }
    }

    /// The forms in which a private key can be written, the default first.
    pub const fn forms(&self) -> &'static [Form] {
        match (self.seed, self.expanded) {
            (Some(_), Some(_)) => &[Form::Seed, Form::Expanded, Form::Both],
            (Some(_), None) => &[Form::Seed],
            (None, _) => &[Form::Expanded],
        }
    }
}

impl Algorithm {
    /// The algorithms of which something can be made: all but the legacy ones, which are read alone.
    pub const CURRENT: &'static [Self] = {
        // They stand at the end of the table, which a test makes sure of.
        let mut count = Self::ALL.len();
        while Self::ALL[count - 1].is_legacy() {
            count -= 1;
        }
        Self::ALL.split_at(count).0
    };

    /// The algorithm of that name, spelled exactly as the table spells it.
    ///
    /// # Errors
    /// [`Code::UnknownAlgorithm`], with the nearest name as a suggestion.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|algorithm| algorithm.info().name == name)
            .ok_or_else(|| {
                let error = Error::new(Code::UnknownAlgorithm, "algorithm name");
                match nearest(name, Self::ALL.iter().map(|algorithm| algorithm.name())) {
                    Some(near) => error
                        .expected(format!("{near} (or another name of `chop algorithms`)"))
                        .got(format!("{name:?}")),
                    None => error
                        .expected("a name of `chop algorithms`")
                        .got(format!("{name:?}")),
                }
            })
    }

    /// The name, as the standard spells it.
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// The algorithm of a key with this identifier and this named curve.
    ///
    /// An elliptic-curve key under `id-ecPublicKey` does not say whether it signs or agrees; the
    /// signature algorithm is returned, and [`twin`](Self::twin) gives the other.
    /// Of a Kyber key round 3 is returned, and the draft by `twin`.
    pub(crate) fn from_oid(oid: ObjectIdentifier, curve: Option<ObjectIdentifier>) -> Option<Self> {
        let own = Self::ALL.iter().copied().find(|algorithm| {
            let info = algorithm.info();
            // RSA sizes share one identifier: the modulus decides, see `encoding`.
            info.oid == oid && info.curve == curve && !algorithm.is_rsa()
        });
        let also = || table::ALSO_WRITTEN.iter().find(|(known, _)| *known == oid);
        own.or_else(|| also().map(|(_, row)| *row))
    }

    /// The other algorithm whose keys look the same, for elliptic-curve keys, and for Kyber keys in a
    /// container: round 3 and draft have one identifier.
    pub const fn twin(self) -> Option<Self> {
        match self {
            Self::EcdsaP256Sha256 => Some(Self::EcdhP256),
            Self::EcdsaP384Sha384 => Some(Self::EcdhP384),
            Self::EcdsaP521Sha512 => Some(Self::EcdhP521),
            Self::EcdhP256 => Some(Self::EcdsaP256Sha256),
            Self::EcdhP384 => Some(Self::EcdsaP384Sha384),
            Self::EcdhP521 => Some(Self::EcdsaP521Sha512),
            Self::Kyber512R3 => Some(Self::Kyber512Draft),
            Self::Kyber768R3 => Some(Self::Kyber768Draft),
            Self::Kyber1024R3 => Some(Self::Kyber1024Draft),
            Self::Kyber512Draft => Some(Self::Kyber512R3),
            Self::Kyber768Draft => Some(Self::Kyber768R3),
            Self::Kyber1024Draft => Some(Self::Kyber1024R3),
            _ => None,
        }
    }

    /// Whether it came before a standard and is read alone: verified and decapsulated, never made.
    pub const fn is_legacy(self) -> bool {
        matches!(self.info().status, Status::Legacy)
    }

    /// What to use in place of a legacy algorithm: the standard that came of it, at the same strength.
    pub const fn replacement(self) -> Option<Self> {
        match self {
            Self::Kyber512R3 | Self::Kyber512Draft => Some(Self::MlKem512),
            Self::Kyber768R3 | Self::Kyber768Draft => Some(Self::MlKem768),
            Self::Kyber1024R3 | Self::Kyber1024Draft => Some(Self::MlKem1024),
            Self::Dilithium2R3 | Self::Dilithium2Draft => Some(Self::MlDsa44),
            Self::Dilithium3R3 | Self::Dilithium3Draft => Some(Self::MlDsa65),
            Self::Dilithium5R3 | Self::Dilithium5Draft => Some(Self::MlDsa87),
            _ => None,
        }
    }

    /// The flavour of ML-KEM and ML-DSA, and of what came before them; `None` for all others.
    pub fn flavour(self) -> Option<Flavour> {
        match self.info().family {
            Family::MlKem | Family::MlDsa => Some(Flavour::Standard),
            Family::Kyber | Family::Dilithium if self.name().ends_with("-R3") => {
                Some(Flavour::Round3)
            }
            Family::Kyber | Family::Dilithium => Some(Flavour::Draft),
            _ => None,
        }
    }

    /// The algorithms whose public keys are the same strings of bytes, itself among them: of ML-KEM and
    /// ML-DSA, and of what came before them, one for each flavour; itself alone for all others.
    pub fn flavours(self) -> Vec<Self> {
        let standard = self.replacement().unwrap_or(self);
        let legacy = Self::ALL.iter().copied();
        std::iter::once(standard)
            .chain(legacy.filter(|row| row.replacement() == Some(standard)))
            .collect()
    }

    /// The algorithms whose private keys look like those of this one, itself among them.
    pub(crate) fn look_alikes(self) -> Vec<Self> {
        let mut flavours = self.flavours();
        flavours.retain(|row| row.info().expanded == self.info().expanded);
        flavours
    }

    /// The error for whatever would make something by a legacy algorithm; `what` could not be done.
    pub(crate) fn read_only(self, what: &str) -> Error {
        let error = Error::new(Code::Policy, format!("{self} {what}"))
            .got("a legacy algorithm, which is read only, whatever the policy")
            .rule("read-legacy");
        match self.replacement() {
            Some(replacement) => error.expected(replacement.name()),
            None => error,
        }
    }

    /// Whether this is one of the ECDSA rows.
    pub(crate) const fn is_ecdsa(self) -> bool {
        matches!(self.info().family, Family::Ecdsa)
    }

    /// Whether this is a hybrid: two algorithms under one identifier, of which one resists a quantum
    /// computer and the other is well tried.
    pub const fn is_hybrid(self) -> bool {
        matches!(
            self.info().family,
            Family::CompositeSignature | Family::CompositeKem | Family::XWing
        )
    }

    /// What protects its messages.
    pub const fn class(self) -> Class {
        match self.info().status {
            Status::Classical => Class::Classical,
            Status::Legacy => Class::Legacy,
            Status::Final | Status::Draft if self.is_hybrid() => Class::Hybrid,
            Status::Final | Status::Draft => Class::PostQuantum,
        }
    }

    /// The bits of its RSA modulus, be it that of a part of a composite.
    pub fn rsa_bits(self) -> Option<u32> {
        // The names of the standards carry it: RSA-3072, MLDSA65-RSA4096-PSS-SHA512.
        let (_, after) = self.name().split_once("RSA")?;
        let digits = after.trim_start_matches('-');
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        digits[..end].parse().ok()
    }

    /// Whether this is one of the RSA rows.
    pub(crate) const fn is_rsa(self) -> bool {
        matches!(self.info().family, Family::Rsa)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::from_name(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_parse_back_exactly() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(algorithm.name()).unwrap(), *algorithm);
            assert!(Algorithm::from_name(&algorithm.name().to_lowercase()).is_err());
        }
    }

    #[test]
    fn a_misspelt_name_gets_the_nearest() {
        for (typed, near) in [
            ("mldsa65", "ML-DSA-65"),
            ("ML_KEM_768", "ML-KEM-768"),
            ("slh-dsa-sha2-128S", "SLH-DSA-SHA2-128s"),
            ("RSA2048", "RSA-2048"),
        ] {
            let error = Algorithm::from_name(typed).unwrap_err();
            assert_eq!(error.code(), Code::UnknownAlgorithm);
            assert!(error.to_string().contains(near), "{error}");
        }
        let error = Algorithm::from_name("AES-256-GCM").unwrap_err();
        assert_eq!(
            error.to_string(),
            "algorithm name: expected a name of `chop algorithms`, got \"AES-256-GCM\""
        );
    }

    #[test]
    fn identifiers_lead_back_to_their_row_or_its_twin() {
        for algorithm in Algorithm::ALL.iter().copied().filter(|a| !a.is_rsa()) {
            let info = algorithm.info();
            let found = Algorithm::from_oid(info.oid, info.curve).unwrap();
            assert!(
                found == algorithm || found.twin() == Some(algorithm),
                "{algorithm}"
            );
        }
    }

    #[test]
    fn every_row_has_a_private_form_and_its_kind_has_its_outputs() {
        for algorithm in Algorithm::ALL {
            let info = algorithm.info();
            assert!(
                info.seed.is_some() || info.expanded.is_some(),
                "{algorithm}"
            );
            assert_eq!(
                info.shared_secret.is_some(),
                info.kind == Kind::Kem,
                "{algorithm}"
            );
            assert_eq!(
                info.category == 0,
                info.status == Status::Classical,
                "{algorithm}"
            );
            assert_eq!(
                info.pre_hash.is_some(),
                info.family == Family::CompositeSignature,
                "{algorithm}"
            );
            assert!(!info.context || info.kind == Kind::Signature, "{algorithm}");
        }
    }

    #[test]
    fn legacy_rows_stand_last_and_have_a_replacement_of_their_kind_and_strength() {
        let (current, legacy) = Algorithm::ALL.split_at(Algorithm::CURRENT.len());
        assert_eq!(Algorithm::CURRENT, current);
        assert!(current.iter().all(|row| !row.is_legacy()));
        assert_eq!(legacy.len(), 12);
        for row in legacy {
            assert!(row.is_legacy(), "{row}");
            let (info, new) = (row.info(), row.replacement().unwrap().info());
            assert_eq!((info.kind, info.category), (new.kind, new.category));
            assert_eq!(info.public_key, new.public_key, "{row}");
            assert_eq!(row.flavours().len(), 3, "{row}");
            assert!(row.flavours().contains(row), "{row}");
            assert_eq!(row.class(), Class::Legacy);
        }
        let rest = current.iter().filter(|row| row.flavours().len() == 1);
        assert_eq!(rest.count(), current.len() - 6);
    }
}
