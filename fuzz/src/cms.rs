//! Signed messages, in DER, BER and PEM.

use std::sync::OnceLock;

use chop::cms::{SignedData, Trust};
use chop::{Algorithm, Certificate, PrivateKey, SecretBytes, SigningKey, Time, Verdict};

use super::common::{printable, refusal};

/// What the messages of the corpus sign.
pub const CONTENT: &[u8] = b"chop fuzz";

/// The keys that have signed them.
pub const SIGNERS: [Algorithm; 3] = [
    Algorithm::MlDsa44,
    Algorithm::Ed25519,
    Algorithm::EcdsaP256Sha256,
];

/// The fixed key of one of [`SIGNERS`].
pub fn key(algorithm: Algorithm) -> SigningKey {
    let mut bytes = SecretBytes::zeroed(32);
    bytes.expose_mut().fill(7);
    let key = match algorithm.info().seed {
        Some(_) => PrivateKey::from_seed(algorithm, bytes),
        None => PrivateKey::from_expanded(algorithm, bytes),
    };
    let key = key.unwrap_or_else(|error| panic!("{algorithm}: {error}"));
    key.into_signing().expect("an algorithm that signs")
}

/// Parses `data` and verifies it under the keys of the corpus: whether it is valid. Only the content
/// of the corpus ever is.
pub fn run(data: &[u8]) -> bool {
    static KEYS: OnceLock<Vec<SigningKey>> = OnceLock::new();
    let keys = KEYS.get_or_init(|| SIGNERS.into_iter().map(key).collect());
    let message = match SignedData::parse(data) {
        Ok(message) => message,
        Err(error) => {
            refusal(&error);
            return false;
        }
    };
    for certificate in message.certificates() {
        shown(&certificate);
    }
    let mut valid = false;
    for key in keys {
        let trust = Trust::Keys(vec![key.verifying_key().clone()]);
        let mut verifying = match message.verifying(trust) {
            Ok(verifying) => verifying,
            Err(error) => {
                refusal(&error);
                continue;
            }
        };
        if message.is_detached() {
            verifying
                .update(CONTENT)
                .expect("detached content is taken");
        }
        match verifying.finish() {
            Ok(outcome) => {
                printable(&outcome.reason);
                for signer in &outcome.signers {
                    printable(&signer.name);
                    printable(&signer.algorithm);
                }
                assert_eq!(outcome.signers.len(), message.signer_count());
                assert_ne!(outcome.verdict, Verdict::Untrusted, "a key was given");
                if outcome.verdict.is_valid() {
                    valid = true;
                    assert_eq!(message.content().unwrap_or(CONTENT), CONTENT, "a forgery");
                }
            }
            Err(error) => refusal(&error),
        }
    }
    valid
}

/// Everything that is said about a certificate can be said.
pub fn shown(certificate: &Certificate) {
    for text in [
        certificate.subject(),
        certificate.issuer(),
        certificate.serial(),
        certificate.signature_algorithm(),
    ] {
        // Names may be as long as they like, and the command makes one line of them.
        assert!(text.len() <= 16 * certificate.as_der().len());
    }
    certificate.extensions();
    for refused in [
        certificate.validity().err(),
        certificate.public_key().err(),
        certificate.check_anchor(time()).err(),
    ]
    .into_iter()
    .flatten()
    {
        let status = refused.code().exit_status();
        assert!(
            !matches!(status, 5 | 70),
            "not the input's fault: {refused:?}"
        );
    }
}

/// 2026-11-23T00:00:00Z, at which the certificates of the corpus are valid.
pub fn time() -> Time {
    Time::from_unix_seconds(1_795_392_000).expect("a time before 9999")
}
