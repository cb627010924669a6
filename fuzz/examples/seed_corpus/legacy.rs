//! Files of Kyber and Dilithium with the edits that a reader has to notice.

use std::io;

use chop::encoding::read_public_key_as;
use chop_fuzz::{legacy_key, legacy_signature};

use crate::Corpus;
use crate::keys::file_name;

pub(crate) fn legacy_signature() -> io::Result<()> {
    let corpus = Corpus::of("legacy_signature")?;
    for (index, (algorithm, key, signature)) in legacy_signature::FILES.iter().enumerate() {
        let index = u8::try_from(index).expect("a few");
        let name = file_name(*algorithm);
        let add = |what: &str, bytes: &[u8]| {
            corpus.add(&format!("{name}-{what}"), [&[index], bytes].concat())
        };
        assert!(read_public_key_as(*algorithm, key).is_ok());
        add("unedited", &[0])?;
        add("last-count", &[0, 0, 0, 1])?;
        add("first-count", &[0, 3, 0, 200])?;
        add("hint", &[0, 20, 0, 1])?;
        add("z", &[0, 0xf4, 1, 1])?;
        // The first byte, where c̃ begins.
        let first = u16::try_from(signature.len() - 1).expect("below 2¹⁶");
        let [low, high] = first.to_le_bytes();
        add("challenge", &[0, low, high, 1])?;
        add("key-bit", &[1, 0, 0, 1])?;
        add("there-and-back", &[0, 7, 0, 1, 7, 0, 255])?;
        add("whole", &[&[2], *signature].concat())?;
        add("cut", &[&[2], &signature[..signature.len() - 1]].concat())?;
        add("nothing", &[2])?;
    }
    Ok(())
}

pub(crate) fn legacy_key() -> io::Result<()> {
    let corpus = Corpus::of("legacy_key")?;
    for (index, (algorithm, private, ciphertext, _)) in legacy_key::FILES.iter().enumerate() {
        let index = u8::try_from(index).expect("a few");
        let name = file_name(*algorithm);
        let add = |what: &str, bytes: &[u8]| {
            corpus.add(&format!("{name}-{what}"), [&[index], bytes].concat())
        };
        add("unedited", &[0])?;
        add("z", &[0, 0, 0, 1])?;
        add("hash", &[0, 40, 0, 1])?;
        add("public", &[0, 80, 0, 1])?;
        let first = u16::try_from(private.len() - 1).expect("below 2¹⁶");
        let [low, high] = first.to_le_bytes();
        add("secret", &[0, low, high, 1])?;
        add("ciphertext-bit", &[1, 0, 0, 1])?;
        add(
            "ciphertext-zeroes",
            &[&[2], &vec![0; ciphertext.len()][..]].concat(),
        )?;
        add("ciphertext-cut", &[&[2], &ciphertext[1..]].concat())?;
        add("bare", &[&[3], *private].concat())?;
        add("bare-cut", &[&[3], &private[1..]].concat())?;
        add("no-container", &[3, 0x30, 0x03, 2, 1, 0])?;
    }
    Ok(())
}
