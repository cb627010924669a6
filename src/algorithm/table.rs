//! The table itself: one row for each algorithm, and nothing but the table.
//!
//! Sizes and identifiers: FIPS 203 table 3; FIPS 204 table 2; FIPS 205 table 2; RFC 9881, 9909 and
//! 9935 for the identifiers; RFC 8410, 5480 and 8017 for the classical algorithms, whose elliptic
//! curve public keys are uncompressed points and whose RSA keys are RFC 8017's DER structures. Of the
//! hybrids: draft-ietf-lamps-pq-composite-sigs-19 section 6 and appendix A, draft-ietf-lamps-pq-composite-kem-17 section 6 and
//! appendix A, draft-connolly-cfrg-xwing-kem-10 section 5. Of the legacy rows: the round-3 specifications of Kyber
//! (3.0.2, section 1.4) and Dilithium (3.1, table 2), the drafts' sizes as `pqcrypto-kyber` 0.8.1 and
//! `pqcrypto-dilithium` 0.5.0 have them, and the private identifiers that Bouncy Castle and oqs-provider wrote.

use der::oid::ObjectIdentifier;

use super::Kind::{Kem, Signature};
use super::Size::{Exact, Max};
use super::Status::{Classical, Draft, Final, Legacy};
use super::{Family, Info};
use crate::hash::Hash;

/// Writes the enumeration, the list of all and the look-up from one list of rows, so that a row
/// can neither be forgotten nor be mistaken for another.
macro_rules! algorithms {
    ($($variant:ident {
        $name:literal $kind:ident $family:ident $oid:literal $(curve $curve:literal)?
        category $category:literal $standard:literal $status:ident
        public $public:expr, seed $seed:expr, expanded $expanded:expr,
        output $output:expr, secret $secret:expr,
        context $context:literal deterministic $deterministic:literal jose $jose:expr
        $(, pre_hash $pre_hash:ident)? $(, caution $caution:ident)?
    })*) => {
        /// An algorithm: one row of the table.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Algorithm {
            $(#[doc = concat!($name, " (", $standard, ")")] $variant,)*
        }

        impl Algorithm {
            /// Every algorithm, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The row.
            pub const fn info(self) -> &'static Info {
                match self {
                    $(Self::$variant => const { &Info {
                        name: $name,
                        kind: $kind,
                        family: Family::$family,
                        oid: ObjectIdentifier::new_unwrap($oid),
                        curve: algorithms!(@curve $($curve)?),
                        category: $category,
                        standard: $standard,
                        status: $status,
                        public_key: $public,
                        seed: $seed,
                        expanded: $expanded,
                        output: $output,
                        shared_secret: $secret,
                        context: $context,
                        deterministic: $deterministic,
                        jose: $jose,
                        pre_hash: algorithms!(@pre_hash $($pre_hash)?),
                        caution: algorithms!(@caution $($caution)?),
                    } },)*
                }
            }
        }
    };
    (@curve) => { None };
    (@curve $curve:literal) => { Some(ObjectIdentifier::new_unwrap($curve)) };
    (@pre_hash) => { None };
    (@pre_hash $hash:ident) => { Some(Hash::$hash) };
    (@caution) => { None };
    (@caution $caution:ident) => { Some($caution) };
}

/// Of the rows with a brainpool curve.
const BRAINPOOL: &str =
    "The brainpool part is computed by RustCrypto `bp256` and `bp384`, which were never audited";

/// Of the rows with Ed448 or X448.
const CURVE448: &str = "The Ed448 or X448 part is computed by RustCrypto `ed448-goldilocks`, which calls itself not audited";

/// Of the rows of round 3.
const ROUND_3: &str =
    "Round 3, before the standard: read only, and only where the policy allows it";

/// Of the rows of the drafts, which unmaintained code computes.
const DRAFT: &str = "A draft under its old name: read only, and only where the policy allows it; computed by an unmaintained implementation";

/// Identifiers under which other software wrote keys of a row, too: those that IBM gave to Kyber of round 3, which
/// oqs-provider had before Bouncy Castle's. Pilots took whichever they found, for what their library made of
/// Kyber, so these leave the flavour open as the others do.
pub(super) const ALSO_WRITTEN: [(ObjectIdentifier, Algorithm); 3] = [
    (
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.2.267.8.2.2"),
        Algorithm::Kyber512R3,
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.2.267.8.3.3"),
        Algorithm::Kyber768R3,
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.2.267.8.4.4"),
        Algorithm::Kyber1024R3,
    ),
];

algorithms! {
    MlKem512 {
        "ML-KEM-512" Kem MlKem "2.16.840.1.101.3.4.4.1"
        category 1 "FIPS 203" Final
        public Exact(800), seed Some(64), expanded Some(Exact(1632)),
        output Exact(768), secret Some(32),
        context false deterministic false jose None
    }
    MlKem768 {
        "ML-KEM-768" Kem MlKem "2.16.840.1.101.3.4.4.2"
        category 3 "FIPS 203" Final
        public Exact(1184), seed Some(64), expanded Some(Exact(2400)),
        output Exact(1088), secret Some(32),
        context false deterministic false jose None
    }
    MlKem1024 {
        "ML-KEM-1024" Kem MlKem "2.16.840.1.101.3.4.4.3"
        category 5 "FIPS 203" Final
        public Exact(1568), seed Some(64), expanded Some(Exact(3168)),
        output Exact(1568), secret Some(32),
        context false deterministic false jose None
    }
    MlDsa44 {
        "ML-DSA-44" Signature MlDsa "2.16.840.1.101.3.4.3.17"
        category 2 "FIPS 204" Final
        public Exact(1312), seed Some(32), expanded Some(Exact(2560)),
        output Exact(2420), secret None,
        context true deterministic true jose Some("ML-DSA-44")
    }
    MlDsa65 {
        "ML-DSA-65" Signature MlDsa "2.16.840.1.101.3.4.3.18"
        category 3 "FIPS 204" Final
        public Exact(1952), seed Some(32), expanded Some(Exact(4032)),
        output Exact(3309), secret None,
        context true deterministic true jose Some("ML-DSA-65")
    }
    MlDsa87 {
        "ML-DSA-87" Signature MlDsa "2.16.840.1.101.3.4.3.19"
        category 5 "FIPS 204" Final
        public Exact(2592), seed Some(32), expanded Some(Exact(4896)),
        output Exact(4627), secret None,
        context true deterministic true jose Some("ML-DSA-87")
    }
    SlhDsaSha2128s {
        "SLH-DSA-SHA2-128s" Signature SlhDsa "2.16.840.1.101.3.4.3.20"
        category 1 "FIPS 205" Final
        public Exact(32), seed None, expanded Some(Exact(64)),
        output Exact(7856), secret None,
        context true deterministic true jose None
    }
    SlhDsaSha2128f {
        "SLH-DSA-SHA2-128f" Signature SlhDsa "2.16.840.1.101.3.4.3.21"
        category 1 "FIPS 205" Final
        public Exact(32), seed None, expanded Some(Exact(64)),
        output Exact(17088), secret None,
        context true deterministic true jose None
    }
    SlhDsaSha2192s {
        "SLH-DSA-SHA2-192s" Signature SlhDsa "2.16.840.1.101.3.4.3.22"
        category 3 "FIPS 205" Final
        public Exact(48), seed None, expanded Some(Exact(96)),
        output Exact(16224), secret None,
        context true deterministic true jose None
    }
    SlhDsaSha2192f {
        "SLH-DSA-SHA2-192f" Signature SlhDsa "2.16.840.1.101.3.4.3.23"
        category 3 "FIPS 205" Final
        public Exact(48), seed None, expanded Some(Exact(96)),
        output Exact(35664), secret None,
        context true deterministic true jose None
    }
    SlhDsaSha2256s {
        "SLH-DSA-SHA2-256s" Signature SlhDsa "2.16.840.1.101.3.4.3.24"
        category 5 "FIPS 205" Final
        public Exact(64), seed None, expanded Some(Exact(128)),
        output Exact(29792), secret None,
        context true deterministic true jose None
    }
    SlhDsaSha2256f {
        "SLH-DSA-SHA2-256f" Signature SlhDsa "2.16.840.1.101.3.4.3.25"
        category 5 "FIPS 205" Final
        public Exact(64), seed None, expanded Some(Exact(128)),
        output Exact(49856), secret None,
        context true deterministic true jose None
    }
    SlhDsaShake128s {
        "SLH-DSA-SHAKE-128s" Signature SlhDsa "2.16.840.1.101.3.4.3.26"
        category 1 "FIPS 205" Final
        public Exact(32), seed None, expanded Some(Exact(64)),
        output Exact(7856), secret None,
        context true deterministic true jose None
    }
    SlhDsaShake128f {
        "SLH-DSA-SHAKE-128f" Signature SlhDsa "2.16.840.1.101.3.4.3.27"
        category 1 "FIPS 205" Final
        public Exact(32), seed None, expanded Some(Exact(64)),
        output Exact(17088), secret None,
        context true deterministic true jose None
    }
    SlhDsaShake192s {
        "SLH-DSA-SHAKE-192s" Signature SlhDsa "2.16.840.1.101.3.4.3.28"
        category 3 "FIPS 205" Final
        public Exact(48), seed None, expanded Some(Exact(96)),
        output Exact(16224), secret None,
        context true deterministic true jose None
    }
    SlhDsaShake192f {
        "SLH-DSA-SHAKE-192f" Signature SlhDsa "2.16.840.1.101.3.4.3.29"
        category 3 "FIPS 205" Final
        public Exact(48), seed None, expanded Some(Exact(96)),
        output Exact(35664), secret None,
        context true deterministic true jose None
    }
    SlhDsaShake256s {
        "SLH-DSA-SHAKE-256s" Signature SlhDsa "2.16.840.1.101.3.4.3.30"
        category 5 "FIPS 205" Final
        public Exact(64), seed None, expanded Some(Exact(128)),
        output Exact(29792), secret None,
        context true deterministic true jose None
    }
    SlhDsaShake256f {
        "SLH-DSA-SHAKE-256f" Signature SlhDsa "2.16.840.1.101.3.4.3.31"
        category 5 "FIPS 205" Final
        public Exact(64), seed None, expanded Some(Exact(128)),
        output Exact(49856), secret None,
        context true deterministic true jose None
    }
    MlDsa44Rsa2048PssSha256 {
        "MLDSA44-RSA2048-PSS-SHA256" Signature CompositeSignature "1.3.6.1.5.5.7.6.37"
        category 2 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Max(1582), seed None, expanded Some(Max(1226)),
        output Exact(2676), secret None,
        context true deterministic false jose None,
        pre_hash Sha256
    }
    MlDsa44Rsa2048Pkcs15Sha256 {
        "MLDSA44-RSA2048-PKCS15-SHA256" Signature CompositeSignature "1.3.6.1.5.5.7.6.38"
        category 2 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Max(1582), seed None, expanded Some(Max(1226)),
        output Exact(2676), secret None,
        context true deterministic true jose None,
        pre_hash Sha256
    }
    MlDsa44Ed25519Sha512 {
        "MLDSA44-Ed25519-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.39"
        category 2 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Exact(1344), seed None, expanded Some(Exact(64)),
        output Exact(2484), secret None,
        context true deterministic true jose Some("ML-DSA-44-Ed25519"),
        pre_hash Sha512
    }
    MlDsa44EcdsaP256Sha256 {
        "MLDSA44-ECDSA-P256-SHA256" Signature CompositeSignature "1.3.6.1.5.5.7.6.40"
        category 2 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Exact(1377), seed None, expanded Some(Exact(83)),
        output Max(2492), secret None,
        context true deterministic false jose Some("ML-DSA-44-ES256"),
        pre_hash Sha256
    }
    MlDsa65Rsa3072PssSha512 {
        "MLDSA65-RSA3072-PSS-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.41"
        category 3 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Max(2350), seed None, expanded Some(Max(1802)),
        output Exact(3693), secret None,
        context true deterministic false jose None,
        pre_hash Sha512
    }
    MlDsa65Rsa3072Pkcs15Sha512 {
        "MLDSA65-RSA3072-PKCS15-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.42"
        category 3 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Max(2350), seed None, expanded Some(Max(1802)),
        output Exact(3693), secret None,
        context true deterministic true jose None,
        pre_hash Sha512
    }
    MlDsa65Rsa4096PssSha512 {
        "MLDSA65-RSA4096-PSS-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.43"
        category 3 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Max(2478), seed None, expanded Some(Max(2383)),
        output Exact(3821), secret None,
        context true deterministic false jose None,
        pre_hash Sha512
    }
    MlDsa65Rsa4096Pkcs15Sha512 {
        "MLDSA65-RSA4096-PKCS15-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.44"
        category 3 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Max(2478), seed None, expanded Some(Max(2383)),
        output Exact(3821), secret None,
        context true deterministic true jose None,
        pre_hash Sha512
    }
    MlDsa65EcdsaP256Sha512 {
        "MLDSA65-ECDSA-P256-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.45"
        category 3 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Exact(2017), seed None, expanded Some(Exact(83)),
        output Max(3381), secret None,
        context true deterministic false jose Some("ML-DSA-65-ES256"),
        pre_hash Sha512
    }
    MlDsa65EcdsaP384Sha512 {
        "MLDSA65-ECDSA-P384-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.46"
        category 3 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Exact(2049), seed None, expanded Some(Exact(96)),
        output Max(3413), secret None,
        context true deterministic false jose None,
        pre_hash Sha512
    }
    MlDsa65EcdsaBrainpoolP256r1Sha512 {
        "MLDSA65-ECDSA-brainpoolP256r1-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.47"
        category 3 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Exact(2017), seed None, expanded Some(Exact(84)),
        output Max(3381), secret None,
        context true deterministic false jose None,
        pre_hash Sha512, caution BRAINPOOL
    }
    MlDsa65Ed25519Sha512 {
        "MLDSA65-Ed25519-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.48"
        category 3 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Exact(1984), seed None, expanded Some(Exact(64)),
        output Exact(3373), secret None,
        context true deterministic true jose Some("ML-DSA-65-Ed25519"),
        pre_hash Sha512
    }
    MlDsa87EcdsaP384Sha512 {
        "MLDSA87-ECDSA-P384-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.49"
        category 5 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Exact(2689), seed None, expanded Some(Exact(96)),
        output Max(4731), secret None,
        context true deterministic false jose Some("ML-DSA-87-ES384"),
        pre_hash Sha512
    }
    MlDsa87EcdsaBrainpoolP384r1Sha512 {
        "MLDSA87-ECDSA-brainpoolP384r1-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.50"
        category 5 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Exact(2689), seed None, expanded Some(Exact(100)),
        output Max(4731), secret None,
        context true deterministic false jose None,
        pre_hash Sha512, caution BRAINPOOL
    }
    MlDsa87Ed448Shake256 {
        "MLDSA87-Ed448-SHAKE256" Signature CompositeSignature "1.3.6.1.5.5.7.6.51"
        category 5 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Exact(2649), seed None, expanded Some(Exact(89)),
        output Exact(4741), secret None,
        context true deterministic true jose Some("ML-DSA-87-Ed448"),
        pre_hash Shake256, caution CURVE448
    }
    MlDsa87Rsa3072PssSha512 {
        "MLDSA87-RSA3072-PSS-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.52"
        category 5 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Max(2990), seed None, expanded Some(Max(1802)),
        output Exact(5011), secret None,
        context true deterministic false jose None,
        pre_hash Sha512
    }
    MlDsa87Rsa4096PssSha512 {
        "MLDSA87-RSA4096-PSS-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.53"
        category 5 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Max(3118), seed None, expanded Some(Max(2383)),
        output Exact(5139), secret None,
        context true deterministic false jose None,
        pre_hash Sha512
    }
    MlDsa87EcdsaP521Sha512 {
        "MLDSA87-ECDSA-P521-SHA512" Signature CompositeSignature "1.3.6.1.5.5.7.6.54"
        category 5 "draft-ietf-lamps-pq-composite-sigs-19" Draft
        public Exact(2725), seed None, expanded Some(Exact(114)),
        output Max(4766), secret None,
        context true deterministic false jose None,
        pre_hash Sha512
    }
    MlKem768Rsa2048Sha3_256 {
        "MLKEM768-RSA2048-SHA3-256" Kem CompositeKem "1.3.6.1.5.5.7.6.55"
        category 3 "draft-ietf-lamps-pq-composite-kem-17" Draft
        public Max(1454), seed None, expanded Some(Max(1258)),
        output Exact(1344), secret Some(32),
        context false deterministic false jose None
    }
    MlKem768Rsa3072Sha3_256 {
        "MLKEM768-RSA3072-SHA3-256" Kem CompositeKem "1.3.6.1.5.5.7.6.56"
        category 3 "draft-ietf-lamps-pq-composite-kem-17" Draft
        public Max(1582), seed None, expanded Some(Max(1834)),
        output Exact(1472), secret Some(32),
        context false deterministic false jose None
    }
    MlKem768Rsa4096Sha3_256 {
        "MLKEM768-RSA4096-SHA3-256" Kem CompositeKem "1.3.6.1.5.5.7.6.57"
        category 3 "draft-ietf-lamps-pq-composite-kem-17" Draft
        public Max(1710), seed None, expanded Some(Max(2415)),
        output Exact(1600), secret Some(32),
        context false deterministic false jose None
    }
    MlKem768X25519Sha3_256 {
        "MLKEM768-X25519-SHA3-256" Kem CompositeKem "1.3.6.1.5.5.7.6.58"
        category 3 "draft-ietf-lamps-pq-composite-kem-17" Draft
        public Exact(1216), seed None, expanded Some(Exact(96)),
        output Exact(1120), secret Some(32),
        context false deterministic false jose None
    }
    MlKem768EcdhP256Sha3_256 {
        "MLKEM768-ECDH-P256-SHA3-256" Kem CompositeKem "1.3.6.1.5.5.7.6.59"
        category 3 "draft-ietf-lamps-pq-composite-kem-17" Draft
        public Exact(1249), seed None, expanded Some(Exact(115)),
        output Exact(1153), secret Some(32),
        context false deterministic false jose None
    }
    MlKem768EcdhP384Sha3_256 {
        "MLKEM768-ECDH-P384-SHA3-256" Kem CompositeKem "1.3.6.1.5.5.7.6.60"
        category 3 "draft-ietf-lamps-pq-composite-kem-17" Draft
        public Exact(1281), seed None, expanded Some(Exact(128)),
        output Exact(1185), secret Some(32),
        context false deterministic false jose None
    }
    MlKem768EcdhBrainpoolP256r1Sha3_256 {
        "MLKEM768-ECDH-brainpoolP256r1-SHA3-256" Kem CompositeKem "1.3.6.1.5.5.7.6.61"
        category 3 "draft-ietf-lamps-pq-composite-kem-17" Draft
        public Exact(1249), seed None, expanded Some(Exact(116)),
        output Exact(1153), secret Some(32),
        context false deterministic false jose None,
        caution BRAINPOOL
    }
    MlKem1024Rsa3072Sha3_256 {
        "MLKEM1024-RSA3072-SHA3-256" Kem CompositeKem "1.3.6.1.5.5.7.6.62"
        category 5 "draft-ietf-lamps-pq-composite-kem-17" Draft
        public Max(1966), seed None, expanded Some(Max(1834)),
        output Exact(1952), secret Some(32),
        context false deterministic false jose None
    }
    MlKem1024EcdhP384Sha3_256 {
        "MLKEM1024-ECDH-P384-SHA3-256" Kem CompositeKem "1.3.6.1.5.5.7.6.63"
        category 5 "draft-ietf-lamps-pq-composite-kem-17" Draft
        public Exact(1665), seed None, expanded Some(Exact(128)),
        output Exact(1665), secret Some(32),
        context false deterministic false jose None
    }
    MlKem1024EcdhBrainpoolP384r1Sha3_256 {
        "MLKEM1024-ECDH-brainpoolP384r1-SHA3-256" Kem CompositeKem "1.3.6.1.5.5.7.6.64"
        category 5 "draft-ietf-lamps-pq-composite-kem-17" Draft
        public Exact(1665), seed None, expanded Some(Exact(132)),
        output Exact(1665), secret Some(32),
        context false deterministic false jose None,
        caution BRAINPOOL
    }
    MlKem1024X448Sha3_256 {
        "MLKEM1024-X448-SHA3-256" Kem CompositeKem "1.3.6.1.5.5.7.6.65"
        category 5 "draft-ietf-lamps-pq-composite-kem-17" Draft
        public Exact(1624), seed None, expanded Some(Exact(120)),
        output Exact(1624), secret Some(32),
        context false deterministic false jose None,
        caution CURVE448
    }
    MlKem1024EcdhP521Sha3_256 {
        "MLKEM1024-ECDH-P521-SHA3-256" Kem CompositeKem "1.3.6.1.5.5.7.6.66"
        category 5 "draft-ietf-lamps-pq-composite-kem-17" Draft
        public Exact(1701), seed None, expanded Some(Exact(146)),
        output Exact(1701), secret Some(32),
        context false deterministic false jose None
    }
    XWing {
        "X-Wing" Kem XWing "1.3.6.1.4.1.62253.25722"
        category 3 "draft-connolly-cfrg-xwing-kem-10" Draft
        public Exact(1216), seed Some(32), expanded None,
        output Exact(1120), secret Some(32),
        context false deterministic false jose None
    }
    Ed25519 {
        "Ed25519" Signature EdDsa "1.3.101.112"
        category 0 "RFC 8032" Classical
        public Exact(32), seed Some(32), expanded None,
        output Exact(64), secret None,
        context false deterministic true jose None
    }
    EcdsaP256Sha256 {
        "ECDSA-P256-SHA256" Signature Ecdsa "1.2.840.10045.2.1" curve "1.2.840.10045.3.1.7"
        category 0 "FIPS 186-5" Classical
        public Exact(65), seed None, expanded Some(Exact(32)),
        output Max(72), secret None,
        context false deterministic false jose None
    }
    EcdsaP384Sha384 {
        "ECDSA-P384-SHA384" Signature Ecdsa "1.2.840.10045.2.1" curve "1.3.132.0.34"
        category 0 "FIPS 186-5" Classical
        public Exact(97), seed None, expanded Some(Exact(48)),
        output Max(104), secret None,
        context false deterministic false jose None
    }
    EcdsaP521Sha512 {
        "ECDSA-P521-SHA512" Signature Ecdsa "1.2.840.10045.2.1" curve "1.3.132.0.35"
        category 0 "FIPS 186-5" Classical
        public Exact(133), seed None, expanded Some(Exact(66)),
        output Max(139), secret None,
        context false deterministic false jose None
    }
    X25519 {
        "X25519" Kem Xdh "1.3.101.110"
        category 0 "RFC 7748" Classical
        public Exact(32), seed Some(32), expanded None,
        output Exact(32), secret Some(32),
        context false deterministic false jose None
    }
    EcdhP256 {
        "ECDH-P256" Kem Ecdh "1.2.840.10045.2.1" curve "1.2.840.10045.3.1.7"
        category 0 "SP 800-56A" Classical
        public Exact(65), seed None, expanded Some(Exact(32)),
        output Exact(65), secret Some(32),
        context false deterministic false jose None
    }
    EcdhP384 {
        "ECDH-P384" Kem Ecdh "1.2.840.10045.2.1" curve "1.3.132.0.34"
        category 0 "SP 800-56A" Classical
        public Exact(97), seed None, expanded Some(Exact(48)),
        output Exact(97), secret Some(48),
        context false deterministic false jose None
    }
    EcdhP521 {
        "ECDH-P521" Kem Ecdh "1.2.840.10045.2.1" curve "1.3.132.0.35"
        category 0 "SP 800-56A" Classical
        public Exact(133), seed None, expanded Some(Exact(66)),
        output Exact(133), secret Some(66),
        context false deterministic false jose None
    }
    Rsa2048 {
        "RSA-2048" Signature Rsa "1.2.840.113549.1.1.1"
        category 0 "RFC 8017" Classical
        public Max(270), seed None, expanded Some(Max(1194)),
        output Exact(256), secret None,
        context false deterministic true jose None
    }
    Rsa3072 {
        "RSA-3072" Signature Rsa "1.2.840.113549.1.1.1"
        category 0 "RFC 8017" Classical
        public Max(398), seed None, expanded Some(Max(1770)),
        output Exact(384), secret None,
        context false deterministic true jose None
    }
    Rsa4096 {
        "RSA-4096" Signature Rsa "1.2.840.113549.1.1.1"
        category 0 "RFC 8017" Classical
        public Max(526), seed None, expanded Some(Max(2351)),
        output Exact(512), secret None,
        context false deterministic true jose None
    }
    Kyber512R3 {
        "Kyber512-R3" Kem Kyber "1.3.6.1.4.1.22554.5.6.1"
        category 1 "CRYSTALS-Kyber 3.0.2, round 3" Legacy
        public Exact(800), seed None, expanded Some(Exact(1632)),
        output Exact(768), secret Some(32),
        context false deterministic false jose None,
        caution ROUND_3
    }
    Kyber768R3 {
        "Kyber768-R3" Kem Kyber "1.3.6.1.4.1.22554.5.6.2"
        category 3 "CRYSTALS-Kyber 3.0.2, round 3" Legacy
        public Exact(1184), seed None, expanded Some(Exact(2400)),
        output Exact(1088), secret Some(32),
        context false deterministic false jose None,
        caution ROUND_3
    }
    Kyber1024R3 {
        "Kyber1024-R3" Kem Kyber "1.3.6.1.4.1.22554.5.6.3"
        category 5 "CRYSTALS-Kyber 3.0.2, round 3" Legacy
        public Exact(1568), seed None, expanded Some(Exact(3168)),
        output Exact(1568), secret Some(32),
        context false deterministic false jose None,
        caution ROUND_3
    }
    Kyber512Draft {
        "Kyber512-draft" Kem Kyber "1.3.6.1.4.1.22554.5.6.1"
        category 1 "draft of FIPS 203, as pqcrypto-kyber 0.8.1" Legacy
        public Exact(800), seed None, expanded Some(Exact(1632)),
        output Exact(768), secret Some(32),
        context false deterministic false jose None,
        caution DRAFT
    }
    Kyber768Draft {
        "Kyber768-draft" Kem Kyber "1.3.6.1.4.1.22554.5.6.2"
        category 3 "draft of FIPS 203, as pqcrypto-kyber 0.8.1" Legacy
        public Exact(1184), seed None, expanded Some(Exact(2400)),
        output Exact(1088), secret Some(32),
        context false deterministic false jose None,
        caution DRAFT
    }
    Kyber1024Draft {
        "Kyber1024-draft" Kem Kyber "1.3.6.1.4.1.22554.5.6.3"
        category 5 "draft of FIPS 203, as pqcrypto-kyber 0.8.1" Legacy
        public Exact(1568), seed None, expanded Some(Exact(3168)),
        output Exact(1568), secret Some(32),
        context false deterministic false jose None,
        caution DRAFT
    }
    Dilithium2R3 {
        "Dilithium2-R3" Signature Dilithium "1.3.6.1.4.1.2.267.7.4.4"
        category 2 "CRYSTALS-Dilithium 3.1, round 3" Legacy
        public Exact(1312), seed None, expanded Some(Exact(2528)),
        output Exact(2420), secret None,
        context false deterministic true jose None,
        caution ROUND_3
    }
    Dilithium3R3 {
        "Dilithium3-R3" Signature Dilithium "1.3.6.1.4.1.2.267.7.6.5"
        category 3 "CRYSTALS-Dilithium 3.1, round 3" Legacy
        public Exact(1952), seed None, expanded Some(Exact(4000)),
        output Exact(3293), secret None,
        context false deterministic true jose None,
        caution ROUND_3
    }
    Dilithium5R3 {
        "Dilithium5-R3" Signature Dilithium "1.3.6.1.4.1.2.267.7.8.7"
        category 5 "CRYSTALS-Dilithium 3.1, round 3" Legacy
        public Exact(2592), seed None, expanded Some(Exact(4864)),
        output Exact(4595), secret None,
        context false deterministic true jose None,
        caution ROUND_3
    }
    Dilithium2Draft {
        "Dilithium2-draft" Signature Dilithium "1.3.6.1.4.1.2.267.12.4.4"
        category 2 "draft of FIPS 204, as pqcrypto-dilithium 0.5.0" Legacy
        public Exact(1312), seed None, expanded Some(Exact(2560)),
        output Exact(2420), secret None,
        context false deterministic true jose None,
        caution DRAFT
    }
    Dilithium3Draft {
        "Dilithium3-draft" Signature Dilithium "1.3.6.1.4.1.2.267.12.6.5"
        category 3 "draft of FIPS 204, as pqcrypto-dilithium 0.5.0" Legacy
        public Exact(1952), seed None, expanded Some(Exact(4032)),
        output Exact(3309), secret None,
        context false deterministic true jose None,
        caution DRAFT
    }
    Dilithium5Draft {
        "Dilithium5-draft" Signature Dilithium "1.3.6.1.4.1.2.267.12.8.7"
        category 5 "draft of FIPS 204, as pqcrypto-dilithium 0.5.0" Legacy
        public Exact(2592), seed None, expanded Some(Exact(4896)),
        output Exact(4627), secret None,
        context false deterministic true jose None,
        caution DRAFT
    }
}
