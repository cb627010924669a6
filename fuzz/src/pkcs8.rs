//! Private keys in DER: PKCS#8, and SEC 1 and PKCS#1 standing by themselves.

use chop::encoding::{read_private_key, read_private_key_of_any_make, read_public_key};
use chop::{Code, Form, PrivateKey};

use super::common::{elements, names_slow, no_passphrase, private_key, refusal};

/// The DER of id-ecPublicKey: RFC 5480 section 2.1.1.
const EC_PUBLIC_KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// Reads `data` strictly and leniently. What the strict reader accepts, the lenient one accepts as
/// the same key; every accepted key keeps the rules of every key; a plain version 1 PrivateKeyInfo
/// comes out as it went in.
pub fn run(data: &[u8]) -> bool {
    if names_slow(data) {
        return false;
    }
    let strict = read_private_key(data, &mut no_passphrase);
    let lenient = read_private_key_of_any_make(data, &mut no_passphrase);
    match (&strict, &lenient) {
        (Ok(strict), Ok(lenient)) => {
            assert_eq!(strict.public_key(), lenient.public_key());
            assert_eq!(strict.forms(), lenient.forms());
        }
        (Ok(_), Err(error)) => panic!("only the strict reader accepts it: {error:?}"),
        (Err(error), Ok(_)) => assert_eq!(error.code(), Code::Unsupported, "{error:?}"),
        (Err(strict), Err(lenient)) => {
            // What is foreign is refused as such before anyone looks whether it is consistent.
            assert!(strict == lenient || strict.code() == Code::Unsupported);
            refusal(strict);
            refusal(lenient);
        }
    }
    let Ok(key) = lenient else {
        return false;
    };
    private_key(&key);
    assert!(read_public_key(data).is_err(), "private and public at once");
    if let Some(form) = strict.ok().and_then(|key| plain(data, &key)) {
        let written = key.to_pkcs8_der(form).expect("the form was just read");
        assert!(written.expose() == data, "another encoding of the same key");
    }
    true
}

/// The form of a version 1 PrivateKeyInfo that holds what the library itself writes and nothing
/// besides; `None` for everything else.
fn plain(data: &[u8], key: &PrivateKey) -> Option<Form> {
    let info = elements(0x30, data)?;
    let [(0x02, [0]), (0x30, algorithm), (0x04, contents)] = info.as_slice() else {
        return None;
    };
    if key.algorithm().info().curve.is_some() {
        // The public key is optional in ECPrivateKey, and the curve may stand there a second time.
        let inner: Vec<u8> = elements(0x30, contents)?
            .iter()
            .map(|(tag, _)| *tag)
            .collect();
        let usual = inner == [0x02, 0x04, 0xa1] && algorithm.starts_with(EC_PUBLIC_KEY);
        return usual.then_some(Form::Expanded);
    }
    match (key.forms(), contents.first()?) {
        (&[only], _) => Some(only),
        (_, 0x80) => Some(Form::Seed),
        (_, 0x30) => Some(Form::Both),
        _ => None,
    }
}
