//! The key doctor.

use chop::encoding::{read_private_key, read_private_key_of_any_make, read_public_key};
use chop::inspect::{Finding, What, inspect};
use chop::{Form, PublicKey};

use super::common::{names_slow, no_passphrase, printable, refusal, silent};

/// Inspects `data`. What it says agrees with what the readers do, can be printed, and gives no
/// secret away.
pub fn run(data: &[u8]) -> bool {
    // Of these lengths it may be a raw SLH-DSA key, and every set of that size is tried.
    if names_slow(data) || matches!(data.len(), 64 | 96 | 128) {
        return false;
    }
    let findings = match inspect(data, None) {
        Ok(findings) => findings,
        Err(error) => {
            refusal(&error);
            return false;
        }
    };
    assert!(!findings.is_empty(), "nothing found and no error either");
    findings.iter().for_each(well_formed);

    let private = read_private_key_of_any_make(data, &mut no_passphrase);
    let public = read_public_key(data);
    if let Ok(key) = &private {
        let found = the_one(&findings, What::PrivateKey);
        of_key(found, &key.public_key());
        assert!(
            !found.checked.is_empty(),
            "a private key that nobody checked"
        );
        let foreign = read_private_key(data, &mut no_passphrase).is_err();
        assert_eq!(found.written_by.is_some(), foreign);
        let has_seed = found.form != Some(Form::Expanded);
        assert_eq!(has_seed, key.seed().is_ok());
        silent(&format!("{findings:?}"), key);
        silent(
            &findings
                .iter()
                .flat_map(texts)
                .collect::<Vec<_>>()
                .join("\n"),
            key,
        );
    } else if let Ok(key) = &public {
        of_key(the_one(&findings, What::PublicKey), key);
    } else if let [found] = findings.as_slice() {
        // In PEM a sound block may stand in a file that is no key file as a whole.
        let by_itself = found.encoding.starts_with("DER,") || found.encoding == "JWK";
        let is_key = matches!(found.what, What::PrivateKey | What::PublicKey);
        // But of Kyber the readers have to be told the flavour.
        let open = found.flavours.len() > 1;
        let passed = found.problem.is_none() && !found.checked.is_empty() && !open;
        assert!(
            !(by_itself && is_key && passed),
            "sound here, refused by the readers: {found:?}"
        );
    }
    findings.iter().all(|found| found.exit_status() == 0)
}

/// The rules of every finding.
fn well_formed(found: &Finding) {
    for text in texts(found) {
        assert!(!text.is_empty());
        printable(&text);
    }
    found.problem.iter().for_each(refusal);
    let expected = match (found.consistent(), &found.problem, found.what) {
        (Some(false), _, _) => 1,
        (_, Some(_), _) | (_, None, What::Unrecognised) => 3,
        _ => 0,
    };
    assert_eq!(found.exit_status(), expected);
    assert_eq!(
        found.quantum_safe().is_some(),
        found.algorithm.is_some() || !found.flavours.is_empty()
    );
}

fn texts(found: &Finding) -> Vec<String> {
    let mut texts = vec![found.what.name().to_owned(), found.encoding.clone()];
    texts.extend(found.checked.iter().map(|check| (*check).to_owned()));
    texts.extend(found.written_by.clone());
    texts.extend(found.notes.clone());
    texts
}

/// The one finding about a key of this kind in a file that the readers accept.
fn the_one(findings: &[Finding], what: What) -> &Finding {
    let mut of_kind = findings.iter().filter(|found| found.what == what);
    match (of_kind.next(), of_kind.next()) {
        (Some(found), None) => found,
        _ => panic!("the readers accept one {}: {findings:?}", what.name()),
    }
}

fn of_key(found: &Finding, key: &PublicKey) {
    assert_eq!(found.exit_status(), 0, "accepted by the readers: {found:?}");
    assert_eq!(found.algorithm, Some(key.algorithm()));
    // A key whose flavour its identifier leaves open is not read without its name.
    assert_eq!(found.also, key.algorithm().twin());
    assert_eq!(found.fingerprint, Some(key.fingerprint()));
}
