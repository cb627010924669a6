//! Certificates, in DER and PEM.

use chop::Certificate;

use super::cms::{shown, time};
use super::common::refusal;

/// Reads `data`, and says whether it is a certificate that could be trusted if it were given.
pub fn run(data: &[u8]) -> bool {
    let found = match Certificate::all_from_bytes(data) {
        Ok(found) => found,
        Err(error) => {
            refusal(&error);
            return false;
        }
    };
    let mut trusted = false;
    for certificate in &found {
        shown(certificate);
        let pem = certificate.to_pem().expect("what was read can be written");
        let again = Certificate::from_bytes(&pem).expect("what was written can be read");
        assert_eq!(&again, certificate);
        if certificate.check_anchor(time()).is_ok() {
            trusted = true;
            let key = certificate
                .public_key()
                .and_then(|key| key.into_verifying());
            let key = key.expect("an anchor has a key that verifies");
            assert!(certificate.is_signed_by(&key).expect("it was just checked"));
        }
    }
    trusted
}
