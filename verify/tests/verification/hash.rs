//! The hash functions of HashML-DSA (FIPS 204 section 5.4.1).

use shake::{ExtendableOutput, Shake128, Shake256, XofReader};

/// A hash function that HashML-DSA may use, by its ACVP name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PreHash(&'static str);

/// ACVP name; last arc of the identifier 2.16.840.1.101.3.4.2.
const HASHES: [(&str, u8); 12] = [
    ("SHA2-256", 1),
    ("SHA2-384", 2),
    ("SHA2-512", 3),
    ("SHA2-224", 4),
    ("SHA2-512/224", 5),
    ("SHA2-512/256", 6),
    ("SHA3-224", 7),
    ("SHA3-256", 8),
    ("SHA3-384", 9),
    ("SHA3-512", 10),
    ("SHAKE-128", 11),
    ("SHAKE-256", 12),
];

impl PreHash {
    /// The function of that name.
    pub(crate) fn from_acvp(name: &str) -> Self {
        let known = HASHES.iter().find(|(known, _)| *known == name);
        Self(
            known
                .unwrap_or_else(|| panic!("unknown hash function {name}"))
                .0,
        )
    }

    /// The DER of its object identifier.
    pub(crate) fn oid(self) -> [u8; 11] {
        let (_, arc) = HASHES.iter().find(|(known, _)| *known == self.0).unwrap();
        [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, *arc]
    }

    /// PH(M); for SHAKE128 and SHAKE256 of 256 and 512 bits.
    pub(crate) fn digest(self, message: &[u8]) -> Vec<u8> {
        fn of<D: sha2::Digest>(message: &[u8]) -> Vec<u8> {
            D::digest(message).to_vec()
        }
        match self.0 {
            "SHA2-224" => of::<sha2::Sha224>(message),
            "SHA2-256" => of::<sha2::Sha256>(message),
            "SHA2-384" => of::<sha2::Sha384>(message),
            "SHA2-512" => of::<sha2::Sha512>(message),
            "SHA2-512/224" => of::<sha2::Sha512_224>(message),
            "SHA2-512/256" => of::<sha2::Sha512_256>(message),
            "SHA3-224" => of::<sha3::Sha3_224>(message),
            "SHA3-256" => of::<sha3::Sha3_256>(message),
            "SHA3-384" => of::<sha3::Sha3_384>(message),
            "SHA3-512" => of::<sha3::Sha3_512>(message),
            "SHAKE-128" => xof(Shake128::default(), message, 32),
            "SHAKE-256" => xof(Shake256::default(), message, 64),
            other => panic!("unknown hash function {other}"),
        }
    }
}

fn xof(mut hash: impl ExtendableOutput, message: &[u8], len: usize) -> Vec<u8> {
    hash.update(message);
    let mut out = vec![0; len];
    hash.finalize_xof().read(&mut out);
    out
}
