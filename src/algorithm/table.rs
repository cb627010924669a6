//! The table itself: one row for each algorithm, and nothing but the table.
//!
//! Sizes and identifiers: FIPS 203 table 3; FIPS 204 table 2; FIPS 205 table 2; RFC 9881, 9909 and
//! 9935 for the identifiers; RFC 8410, 5480 and 8017 for the classical algorithms, whose elliptic
//! curve public keys are uncompressed points and whose RSA keys are RFC 8017's DER structures.

use der::oid::ObjectIdentifier;

use super::Info;
use super::Kind::{Kem, Signature};
use super::Size::{Exact, Max};
use super::Status::{Classical, Final};

/// Writes the enumeration, the list of all and the look-up from one list of rows, so that a row
/// can neither be forgotten nor be mistaken for another.
macro_rules! algorithms {
    ($($variant:ident {
        $name:literal $kind:ident $oid:literal $(curve $curve:literal)?
        category $category:literal $standard:literal $status:ident
        public $public:expr, seed $seed:expr, expanded $expanded:expr,
        output $output:expr, secret $secret:expr,
        context $context:literal deterministic $deterministic:literal jose $jose:expr
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
                    } },)*
                }
            }
        }
    };
    (@curve) => { None };
    (@curve $curve:literal) => { Some(ObjectIdentifier::new_unwrap($curve)) };
}

algorithms! {
    MlKem512 {
        "ML-KEM-512" Kem "2.16.840.1.101.3.4.4.1"
        category 1 "FIPS 203" Final
        public Exact(800), seed Some(64), expanded Some(Exact(1632)),
        output Exact(768), secret Some(32),
        context false deterministic false jose None
    }
    MlKem768 {
        "ML-KEM-768" Kem "2.16.840.1.101.3.4.4.2"
        category 3 "FIPS 203" Final
        public Exact(1184), seed Some(64), expanded Some(Exact(2400)),
        output Exact(1088), secret Some(32),
        context false deterministic false jose None
    }
    MlKem1024 {
        "ML-KEM-1024" Kem "2.16.840.1.101.3.4.4.3"
        category 5 "FIPS 203" Final
        public Exact(1568), seed Some(64), expanded Some(Exact(3168)),
        output Exact(1568), secret Some(32),
        context false deterministic false jose None
    }
    MlDsa44 {
        "ML-DSA-44" Signature "2.16.840.1.101.3.4.3.17"
        category 2 "FIPS 204" Final
        public Exact(1312), seed Some(32), expanded Some(Exact(2560)),
        output Exact(2420), secret None,
        context true deterministic true jose Some("ML-DSA-44")
    }
    MlDsa65 {
        "ML-DSA-65" Signature "2.16.840.1.101.3.4.3.18"
        category 3 "FIPS 204" Final
        public Exact(1952), seed Some(32), expanded Some(Exact(4032)),
        output Exact(3309), secret None,
        context true deterministic true jose Some("ML-DSA-65")
    }
    MlDsa87 {
        "ML-DSA-87" Signature "2.16.840.1.101.3.4.3.19"
        category 5 "FIPS 204" Final
        public Exact(2592), seed Some(32), expanded Some(Exact(4896)),
        output Exact(4627), secret None,
        context true deterministic true jose Some("ML-DSA-87")
    }
    SlhDsaSha2128s {
        "SLH-DSA-SHA2-128s" Signature "2.16.840.1.101.3.4.3.20"
        category 1 "FIPS 205" Final
        public Exact(32), seed None, expanded Some(Exact(64)),
        output Exact(7856), secret None,
        context true deterministic true jose None
    }
    SlhDsaSha2128f {
        "SLH-DSA-SHA2-128f" Signature "2.16.840.1.101.3.4.3.21"
        category 1 "FIPS 205" Final
        public Exact(32), seed None, expanded Some(Exact(64)),
        output Exact(17088), secret None,
        context true deterministic true jose None
    }
    SlhDsaSha2192s {
        "SLH-DSA-SHA2-192s" Signature "2.16.840.1.101.3.4.3.22"
        category 3 "FIPS 205" Final
        public Exact(48), seed None, expanded Some(Exact(96)),
        output Exact(16224), secret None,
        context true deterministic true jose None
    }
    SlhDsaSha2192f {
        "SLH-DSA-SHA2-192f" Signature "2.16.840.1.101.3.4.3.23"
        category 3 "FIPS 205" Final
        public Exact(48), seed None, expanded Some(Exact(96)),
        output Exact(35664), secret None,
        context true deterministic true jose None
    }
    SlhDsaSha2256s {
        "SLH-DSA-SHA2-256s" Signature "2.16.840.1.101.3.4.3.24"
        category 5 "FIPS 205" Final
        public Exact(64), seed None, expanded Some(Exact(128)),
        output Exact(29792), secret None,
        context true deterministic true jose None
    }
    SlhDsaSha2256f {
        "SLH-DSA-SHA2-256f" Signature "2.16.840.1.101.3.4.3.25"
        category 5 "FIPS 205" Final
        public Exact(64), seed None, expanded Some(Exact(128)),
        output Exact(49856), secret None,
        context true deterministic true jose None
    }
    SlhDsaShake128s {
        "SLH-DSA-SHAKE-128s" Signature "2.16.840.1.101.3.4.3.26"
        category 1 "FIPS 205" Final
        public Exact(32), seed None, expanded Some(Exact(64)),
        output Exact(7856), secret None,
        context true deterministic true jose None
    }
    SlhDsaShake128f {
        "SLH-DSA-SHAKE-128f" Signature "2.16.840.1.101.3.4.3.27"
        category 1 "FIPS 205" Final
        public Exact(32), seed None, expanded Some(Exact(64)),
        output Exact(17088), secret None,
        context true deterministic true jose None
    }
    SlhDsaShake192s {
        "SLH-DSA-SHAKE-192s" Signature "2.16.840.1.101.3.4.3.28"
        category 3 "FIPS 205" Final
        public Exact(48), seed None, expanded Some(Exact(96)),
        output Exact(16224), secret None,
        context true deterministic true jose None
    }
    SlhDsaShake192f {
        "SLH-DSA-SHAKE-192f" Signature "2.16.840.1.101.3.4.3.29"
        category 3 "FIPS 205" Final
        public Exact(48), seed None, expanded Some(Exact(96)),
        output Exact(35664), secret None,
        context true deterministic true jose None
    }
    SlhDsaShake256s {
        "SLH-DSA-SHAKE-256s" Signature "2.16.840.1.101.3.4.3.30"
        category 5 "FIPS 205" Final
        public Exact(64), seed None, expanded Some(Exact(128)),
        output Exact(29792), secret None,
        context true deterministic true jose None
    }
    SlhDsaShake256f {
        "SLH-DSA-SHAKE-256f" Signature "2.16.840.1.101.3.4.3.31"
        category 5 "FIPS 205" Final
        public Exact(64), seed None, expanded Some(Exact(128)),
        output Exact(49856), secret None,
        context true deterministic true jose None
    }
    Ed25519 {
        "Ed25519" Signature "1.3.101.112"
        category 0 "RFC 8032" Classical
        public Exact(32), seed Some(32), expanded None,
        output Exact(64), secret None,
        context false deterministic true jose None
    }
    EcdsaP256Sha256 {
        "ECDSA-P256-SHA256" Signature "1.2.840.10045.2.1" curve "1.2.840.10045.3.1.7"
        category 0 "FIPS 186-5" Classical
        public Exact(65), seed None, expanded Some(Exact(32)),
        output Max(72), secret None,
        context false deterministic false jose None
    }
    EcdsaP384Sha384 {
        "ECDSA-P384-SHA384" Signature "1.2.840.10045.2.1" curve "1.3.132.0.34"
        category 0 "FIPS 186-5" Classical
        public Exact(97), seed None, expanded Some(Exact(48)),
        output Max(104), secret None,
        context false deterministic false jose None
    }
    EcdsaP521Sha512 {
        "ECDSA-P521-SHA512" Signature "1.2.840.10045.2.1" curve "1.3.132.0.35"
        category 0 "FIPS 186-5" Classical
        public Exact(133), seed None, expanded Some(Exact(66)),
        output Max(139), secret None,
        context false deterministic false jose None
    }
    X25519 {
        "X25519" Kem "1.3.101.110"
        category 0 "RFC 7748" Classical
        public Exact(32), seed Some(32), expanded None,
        output Exact(32), secret Some(32),
        context false deterministic false jose None
    }
    EcdhP256 {
        "ECDH-P256" Kem "1.2.840.10045.2.1" curve "1.2.840.10045.3.1.7"
        category 0 "SP 800-56A" Classical
        public Exact(65), seed None, expanded Some(Exact(32)),
        output Exact(65), secret Some(32),
        context false deterministic false jose None
    }
    EcdhP384 {
        "ECDH-P384" Kem "1.2.840.10045.2.1" curve "1.3.132.0.34"
        category 0 "SP 800-56A" Classical
        public Exact(97), seed None, expanded Some(Exact(48)),
        output Exact(97), secret Some(48),
        context false deterministic false jose None
    }
    EcdhP521 {
        "ECDH-P521" Kem "1.2.840.10045.2.1" curve "1.3.132.0.35"
        category 0 "SP 800-56A" Classical
        public Exact(133), seed None, expanded Some(Exact(66)),
        output Exact(133), secret Some(66),
        context false deterministic false jose None
    }
    Rsa2048 {
        "RSA-2048" Signature "1.2.840.113549.1.1.1"
        category 0 "RFC 8017" Classical
        public Max(270), seed None, expanded Some(Max(1194)),
        output Exact(256), secret None,
        context false deterministic true jose None
    }
    Rsa3072 {
        "RSA-3072" Signature "1.2.840.113549.1.1.1"
        category 0 "RFC 8017" Classical
        public Max(398), seed None, expanded Some(Max(1770)),
        output Exact(384), secret None,
        context false deterministic true jose None
    }
    Rsa4096 {
        "RSA-4096" Signature "1.2.840.113549.1.1.1"
        category 0 "RFC 8017" Classical
        public Max(526), seed None, expanded Some(Max(2351)),
        output Exact(512), secret None,
        context false deterministic true jose None
    }
}
