//! Records of a keyring, and edits of a store, of backups and of exports.

use std::io;

use chop::testing::StoredRecord;
use chop_fuzz::{audit_export as export, backup as backups};

use crate::Corpus;

const HEAD: &str = r#"{"v":1,"keyring":"000102030405060708090a0b0c0d0e0f","created":"2026-11-24T08:00:00Z","epoch":9,"root":"1111111111111111111111111111111111111111111111111111111111111111","entries":3,"frontier":["2222222222222222222222222222222222222222222222222222222222222222","3333333333333333333333333333333333333333333333333333333333333333"],"prev":"4444444444444444444444444444444444444444444444444444444444444444","last":"2026-11-24T09:00:00Z","witness":"/var/lib/chop.witness","restored":{"epoch":8,"entries":2,"time":"2026-11-24T08:30:00Z","witnessed":{"epoch":9,"entries":3,"fresh":false}}}"#;

const KEY: &str = r#"{"v":1,"name":"payments/outgoing","purpose":"sign","peer":false,"labels":{"desk":"one"},"current":2,"versions":2,"created":"2026-11-24T08:00:00Z","creator":"uid 0 (root)"}"#;

const VERSION: &str = r#"{"v":1,"key":"payments/outgoing","version":2,"algorithm":"ML-DSA-65","fingerprint":"5555555555555555555555555555555555555555555555555555555555555555","state":"compromised","created":"2026-11-24T08:00:00Z","creator":"uid 0 (root)","limits":{"not_before":"2026-11-24T08:00:00Z","sign_until":"2027-11-24T08:00:00Z","verify_until":null,"max_uses":10,"contexts":["","70616373"]},"uses":3,"exported":true,"compromised":{"since":"2026-11-25T00:00:00Z","recorded":"2026-11-26T00:00:00Z","actor":"uid 0 (root)","reason":"laptop lost"},"history":[{"time":"2026-11-24T08:00:00Z","actor":"uid 0 (root)","from":null,"to":"active","reason":null},{"time":"2026-11-26T00:00:00Z","actor":"uid 0 (root)","from":"active","to":"compromised","reason":"laptop lost"}]}"#;

const SEEN: &str = r#"{"v":1,"key":"bank/b","version":1,"time":"2026-11-24T08:00:00Z"}"#;

const ENTRY: &str = r#"{"v":1,"seq":5,"time":"2026-11-24T08:00:00Z","actor":"uid 0 (root)","do":"sign","key":"payments/outgoing","version":3,"algorithm":"ML-DSA-65","fingerprint":"0101010101010101010101010101010101010101010101010101010101010101","format":"raw","digest":"0202020202020202020202020202020202020202020202020202020202020202","context":"637478","count":7,"policy":"abababababababababababababababababababababababababababababababab","prev":"0303030303030303030303030303030303030303030303030303030303030303"}"#;

/// What is sealed is of no interest to a decoder.
fn unlocker(kind: &str, cost: &str) -> String {
    format!(
        r#"{{"v":1,"number":1,"kind":"{kind}","label":"night shift","created":"2026-11-24T08:00:00Z","salt":"06060606060606060606060606060606","cost":{cost},"wrapped":"{}"}}"#,
        "07".repeat(112)
    )
}

fn checkpoint() -> String {
    let signature = "A".repeat(6168) + "AA==";
    format!(
        "chop audit checkpoint v1\nkeyring 000102030405060708090a0b0c0d0e0f\nsize 6\nroot {}\ntime 2026-11-24T08:00:00Z\nsignature {signature}\n",
        "08".repeat(32)
    )
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('\n', "\\n"))
}

pub(crate) fn record() -> io::Result<()> {
    let corpus = Corpus::of("keyring_record")?;
    let (passphrase, file) = (
        unlocker("passphrase", r#"{"memory":65536,"passes":6,"lanes":1}"#),
        unlocker("key-file", "null"),
    );
    let header = format!(
        r#"{{"v":1,"keyring":"000102030405060708090a0b0c0d0e0f","epoch":9,"entries":3,"time":"2026-11-24T08:00:00Z","salt":"{}","unlockers":[{passphrase},{file}]}}"#,
        "09".repeat(32)
    );
    let path = format!("[\"{}\"]", "0a".repeat(32));
    let inclusion = format!(
        "{{\"chop\":\"audit-inclusion\",\"v\":1,\"entry\":{},\"path\":{path},\"checkpoint\":{}}}\n",
        quoted(ENTRY),
        quoted(&checkpoint())
    );
    let consistency = format!(
        "{{\"chop\":\"audit-consistency\",\"v\":1,\"earlier\":{0},\"path\":{path},\"later\":{0}}}\n",
        quoted(&checkpoint())
    );
    let add = |name: &str, kind: usize, text: &str| {
        let kind = u8::try_from(kind).expect("few kinds");
        corpus.add(name, [&[kind], text.as_bytes()].concat())
    };
    let kind = |record: StoredRecord| {
        let mut all = StoredRecord::ALL.iter();
        all.position(|one| *one == record).expect("all of them")
    };
    let (entry, text, proof) = (
        StoredRecord::ALL.len(),
        StoredRecord::ALL.len() + 1,
        StoredRecord::ALL.len() + 2,
    );
    add("head", kind(StoredRecord::Head), HEAD)?;
    add("key", kind(StoredRecord::Key), KEY)?;
    add("version", kind(StoredRecord::Version), VERSION)?;
    add("seen", kind(StoredRecord::Seen), SEEN)?;
    add(
        "unlocker-passphrase",
        kind(StoredRecord::Unlocker),
        &passphrase,
    )?;
    add("unlocker-key-file", kind(StoredRecord::Unlocker), &file)?;
    add("backup-header", kind(StoredRecord::BackupHeader), &header)?;
    add("entry", entry, ENTRY)?;
    add("checkpoint", text, &checkpoint())?;
    add("inclusion", proof, &inclusion)?;
    add("consistency", proof, &consistency)?;
    // Read, and refused before it is paid for.
    for (name, cost) in [
        ("memory", r#"{"memory":4294967295,"passes":1,"lanes":1}"#),
        ("no-memory", r#"{"memory":8,"passes":1,"lanes":1}"#),
        ("passes", r#"{"memory":65536,"passes":65,"lanes":1}"#),
        ("no-lane", r#"{"memory":65536,"passes":1,"lanes":0}"#),
    ] {
        let text = unlocker("passphrase", cost);
        add(
            &format!("unlocker-{name}"),
            kind(StoredRecord::Unlocker),
            &text,
        )?;
    }
    // Each of these is refused.
    for (name, from, to) in [
        ("space", "\"v\":1", "\"v\": 1"),
        ("twice", "\"v\":1,", "\"v\":1,\"v\":1,"),
        ("later-format", "\"v\":1", "\"v\":2"),
        ("unknown-member", "\"uses\":3", "\"uses\":3,\"more\":1"),
        (
            "escaped-solidus",
            "payments/outgoing",
            "payments\\/outgoing",
        ),
        ("upper-case", "70616373", "7061637A"),
        (
            "contexts-in-another-order",
            "\"\",\"70616373\"",
            "\"70616373\",\"\"",
        ),
        ("uses-above-the-quota", "\"uses\":3", "\"uses\":11"),
        ("window-turned-round", "2027-11-24", "2025-11-24"),
        ("fraction", "\"uses\":3", "\"uses\":3.0"),
        ("control-character", "laptop lost", "laptop\\u001blost"),
    ] {
        let text = VERSION.replacen(from, to, 1);
        assert_ne!(text, VERSION, "{name}");
        add(
            &format!("version-{name}"),
            kind(StoredRecord::Version),
            &text,
        )?;
    }
    for (name, from, to) in [
        ("frontier", "\"entries\":3", "\"entries\":4"),
        ("relative-witness", "/var", "var"),
    ] {
        let text = HEAD.replacen(from, to, 1);
        add(&format!("head-{name}"), kind(StoredRecord::Head), &text)?;
    }
    let text = unlocker("key-file", "null").replace("0707", "07zz");
    add(
        "unlocker-no-hexadecimal",
        kind(StoredRecord::Unlocker),
        &text,
    )
}

/// Each edit by itself, at several places, and some one after the other.
pub(crate) fn store() -> io::Result<()> {
    let corpus = Corpus::of("keyring_store")?;
    corpus.add("unedited", [])?;
    for operation in 0..10u8 {
        for row in [0, 1, 4, 9, 14, 19, 24, 29, 34, 39, 44, 49u8] {
            // What is left over would be the next edit.
            let more = match operation {
                0 | 1 | 8 => 1,
                7 | 9 => 2,
                _ => 0,
            };
            let edit = [operation, 0, row, 0, 17, 3, 5];
            corpus.add(&format!("{operation}-{row}"), &edit[..5 + more])?;
        }
    }
    corpus.add("and-back", [0, 0, 5, 0, 9, 0x40, 0, 0, 5, 0, 9, 0x40])
}

pub(crate) fn backup() -> io::Result<()> {
    let corpus = Corpus::of("backup")?;
    for which in 0..2u8 {
        corpus.add(&format!("unedited-{which}"), [which])?;
        for operation in 0..12u8 {
            for (chunk, position) in [(0, 0), (1, 1), (2, 40)] {
                let more = usize::from(matches!(operation, 0..=3 | 11));
                let edit = [which, operation, chunk, 0, position, 1];
                corpus.add(&format!("{which}-{operation}-{chunk}"), &edit[..5 + more])?;
            }
        }
    }
    // There and back.
    corpus.add("swapped-twice", [0, 4, 0, 0, 1, 4, 0, 0, 1])?;
    let file = |parts: &[&[u8]]| [&[backups::AS_IT_IS], &*parts.concat()].concat();
    let magic = b"chop backup v1\n\0";
    corpus.add("nothing", file(&[]))?;
    corpus.add("magic", file(&[magic]))?;
    corpus.add("longest-header", file(&[magic, &[0xff; 4]]))?;
    let header = format!(
        r#"{{"v":1,"keyring":"000102030405060708090a0b0c0d0e0f","epoch":9,"entries":3,"time":"2026-11-24T08:00:00Z","salt":"{}","unlockers":[{}]}}"#,
        "09".repeat(32),
        unlocker("key-file", "null")
    );
    let len = u32::try_from(header.len()).expect("short").to_be_bytes();
    corpus.add(
        "foreign",
        file(&[
            magic,
            &len,
            header.as_bytes(),
            &[0; 32],
            &[0, 0, 0, 16],
            &[0; 16],
        ]),
    )
}

pub(crate) fn audit_export() -> io::Result<()> {
    let corpus = Corpus::of("audit_export")?;
    for kept in 0..4u8 {
        corpus.add(&format!("unedited-{kept}"), [kept])?;
        for operation in 0..9u8 {
            for (line, position) in [(0, 0), (3, 5), (8, 9), (14, 2)] {
                let more = usize::from(matches!(operation, 0 | 6));
                let edit = [kept, operation, line, 0, position, 1];
                corpus.add(&format!("{kept}-{operation}-{line}"), &edit[..5 + more])?;
            }
        }
    }
    // An entry less, the others numbered and chained again, and the first line says so.
    for line in [2, 6, 12] {
        let edits = [1, line, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0];
        for kept in 0..4u8 {
            corpus.add(
                &format!("{kept}-without-{line}"),
                [&[kept], edits.as_slice()].concat(),
            )?;
        }
    }
    for proof in 0..4u8 {
        corpus.add(&format!("proof-{proof}"), [export::PROOF, proof])?;
        for operation in 0..6u8 {
            let taken = match operation {
                0 | 2 => 1,
                3 => 2,
                _ => 0,
            };
            for more in [0, 1, 2, 3] {
                let edit = [
                    export::PROOF,
                    proof,
                    operation,
                    0,
                    90 + more,
                    more,
                    more + 1,
                ];
                corpus.add(
                    &format!("proof-{proof}-{operation}-{more}"),
                    &edit[..5 + taken],
                )?;
            }
        }
    }
    let as_it_is = |text: &str| [&[export::AS_IT_IS], text.as_bytes()].concat();
    let first = r#"{"chop":"audit-export","v":1,"keyring":"000102030405060708090a0b0c0d0e0f","entries":1,"key":"AAAA"}"#;
    corpus.add("nothing", as_it_is(""))?;
    corpus.add("header", as_it_is(&format!("{first}\n")))?;
    let held = format!("{{\"checkpoint\":{}}}", quoted(&checkpoint()));
    corpus.add("foreign", as_it_is(&format!("{first}\n{ENTRY}\n{held}\n")))?;
    corpus.add("no-end", as_it_is(&format!("{first}\n{ENTRY}\n{held}")))
}

/// Words of the formats.
pub(crate) fn words() -> Vec<String> {
    let members = [HEAD, KEY, VERSION, SEEN, ENTRY]
        .iter()
        .flat_map(|text| text.split('"').skip(1).step_by(2))
        .map(|word| format!("\"{word}\""));
    let more = [
        "null",
        "true",
        "false",
        "passphrase",
        "key-file",
        "receive",
        "pre-active",
        "suspended",
        "deactivated",
        "destroyed",
        "key-new",
        "rotate",
        "restore-version",
        "chop backup v1",
        "chop audit checkpoint v1",
        "audit-export",
        "audit-inclusion",
        "audit-consistency",
        "{\"checkpoint\":\"",
        "signature ",
        "\\u0000",
    ];
    let mut words: Vec<String> = members.chain(more.map(str::to_owned)).collect();
    words.sort();
    words.dedup();
    words
}
