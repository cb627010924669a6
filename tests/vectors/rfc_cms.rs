//! The signed messages of RFC 9882 and the certificate of RFC 9909.

use std::fs;
use std::path::Path;

use chop::cms::{SignedData, Trust};
use chop::{Algorithm, Certificate, PublicKey, Verdict, encoding};

use crate::shared;
use crate::tally::{Expect, Failure, Outcome, Tally, Want, accepted, ensure};

#[test]
fn rfc_9882() {
    let (Some(folder), Some(keys)) = (
        shared::folder("rfc9882-mldsa-cms"),
        shared::folder("rfc9881-mldsa-x509"),
    ) else {
        return;
    };
    let mut tally = Tally::new("rfc9882-mldsa-cms");
    let sets = [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87];
    for algorithm in sets {
        let digits = algorithm.name().rsplit('-').next().unwrap();
        let message = fs::read(folder.join(format!("mldsa{digits}-signed-attrs.pem"))).unwrap();
        for other in sets {
            let want = match other == algorithm {
                true => Want::Accept,
                false => Want::Refuse,
            };
            tally.record(
                format!("{algorithm} under the key of {other}"),
                want,
                verified(&message, &keys.join(format!("{other}.pub"))),
            );
        }
        // The message is DER, so every byte of content, attributes and signature counts.
        let text = String::from_utf8(message).unwrap();
        let last_line = text.rfind("\n-----END").unwrap() - 8;
        let mut altered = text.into_bytes();
        altered[last_line] = if altered[last_line] == b'A' {
            b'B'
        } else {
            b'A'
        };
        tally.record(
            format!("{algorithm}, altered"),
            Want::Refuse,
            verified(&altered, &keys.join(format!("{algorithm}.pub"))),
        );
    }
    tally.finish(Expect::run(3, 9));
}

fn verified(message: &[u8], key: &Path) -> Outcome {
    let key = encoding::read_public_key(&fs::read(key).unwrap())?.into_verifying()?;
    let data = SignedData::parse(message)?;
    ensure(
        data.content().is_some_and(|content| {
            content.ends_with(b" signed-data example with signed attributes")
        }),
        "the content is not the example's",
    )?;
    let outcome = data.verifying(Trust::Keys(vec![key]))?.finish()?;
    accepted(outcome.verdict)
}

#[test]
fn certificates_of_the_rfcs_are_signed_by_their_own_keys() {
    let mut tally = Tally::new("rfc certificates");
    let files = [
        ("rfc9881-mldsa-x509", "ML-DSA-44.crt"),
        ("rfc9881-mldsa-x509", "ML-DSA-65.crt"),
        ("rfc9881-mldsa-x509", "ML-DSA-87.crt"),
        ("rfc9909-slhdsa-x509", "id-slh-dsa-sha2-128s.pem"),
    ];
    for (folder, file) in files {
        let Some(folder) = shared::folder(folder) else {
            return;
        };
        let certificate = Certificate::from_bytes(&fs::read(folder.join(file)).unwrap());
        tally.record(
            file,
            Want::Accept,
            certificate
                .map_err(Failure::from)
                .and_then(|c| self_signed(&c)),
        );
    }
    tally.finish(Expect::run(4, 0));
}

fn self_signed(certificate: &Certificate) -> Outcome {
    let PublicKey::Verifying(key) = certificate.public_key()? else {
        return Err(Failure::Wrong("a key that does not sign".to_owned()));
    };
    accepted(match certificate.is_signed_by(&key)? {
        true => Verdict::Valid,
        false => Verdict::Invalid,
    })
}
