//! Every row of the table through every command: made, looked at, rewritten and used.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod support;

use serde_json::Value;
use support::{Folder, Run, rows};

const PASSPHRASE: &str = "correct horse battery staple\n";
const MESSAGE: &str = "<Document>976800.00</Document>";
const FORGED: &str = "<Document>996800.00</Document>";

/// One test for each row, so that they run side by side and a failure names its row.
macro_rules! walks {
    ($($test:ident $name:literal)*) => {
        $(#[test]
        fn $test() {
            walk($name);
        })*

        #[test]
        fn no_row_is_forgotten() {
            // What is read alone walks through legacy.rs.
            let table: Vec<String> = rows()
                .iter()
                .filter(|row| row["status"] != "legacy")
                .map(|row| text(row, "name"))
                .collect();
            assert_eq!(table, [$($name),*]);
        }
    };
}

walks! {
    ml_kem_512 "ML-KEM-512"
    ml_kem_768 "ML-KEM-768"
    ml_kem_1024 "ML-KEM-1024"
    ml_dsa_44 "ML-DSA-44"
    ml_dsa_65 "ML-DSA-65"
    ml_dsa_87 "ML-DSA-87"
    slh_dsa_sha2_128s "SLH-DSA-SHA2-128s"
    slh_dsa_sha2_128f "SLH-DSA-SHA2-128f"
    slh_dsa_sha2_192s "SLH-DSA-SHA2-192s"
    slh_dsa_sha2_192f "SLH-DSA-SHA2-192f"
    slh_dsa_sha2_256s "SLH-DSA-SHA2-256s"
    slh_dsa_sha2_256f "SLH-DSA-SHA2-256f"
    slh_dsa_shake_128s "SLH-DSA-SHAKE-128s"
    slh_dsa_shake_128f "SLH-DSA-SHAKE-128f"
    slh_dsa_shake_192s "SLH-DSA-SHAKE-192s"
    slh_dsa_shake_192f "SLH-DSA-SHAKE-192f"
    slh_dsa_shake_256s "SLH-DSA-SHAKE-256s"
    slh_dsa_shake_256f "SLH-DSA-SHAKE-256f"
    mldsa44_rsa2048_pss_sha256 "MLDSA44-RSA2048-PSS-SHA256"
    mldsa44_rsa2048_pkcs15_sha256 "MLDSA44-RSA2048-PKCS15-SHA256"
    mldsa44_ed25519_sha512 "MLDSA44-Ed25519-SHA512"
    mldsa44_ecdsa_p256_sha256 "MLDSA44-ECDSA-P256-SHA256"
    mldsa65_rsa3072_pss_sha512 "MLDSA65-RSA3072-PSS-SHA512"
    mldsa65_rsa3072_pkcs15_sha512 "MLDSA65-RSA3072-PKCS15-SHA512"
    mldsa65_rsa4096_pss_sha512 "MLDSA65-RSA4096-PSS-SHA512"
    mldsa65_rsa4096_pkcs15_sha512 "MLDSA65-RSA4096-PKCS15-SHA512"
    mldsa65_ecdsa_p256_sha512 "MLDSA65-ECDSA-P256-SHA512"
    mldsa65_ecdsa_p384_sha512 "MLDSA65-ECDSA-P384-SHA512"
    mldsa65_ecdsa_brainpoolp256r1_sha512 "MLDSA65-ECDSA-brainpoolP256r1-SHA512"
    mldsa65_ed25519_sha512 "MLDSA65-Ed25519-SHA512"
    mldsa87_ecdsa_p384_sha512 "MLDSA87-ECDSA-P384-SHA512"
    mldsa87_ecdsa_brainpoolp384r1_sha512 "MLDSA87-ECDSA-brainpoolP384r1-SHA512"
    mldsa87_ed448_shake256 "MLDSA87-Ed448-SHAKE256"
    mldsa87_rsa3072_pss_sha512 "MLDSA87-RSA3072-PSS-SHA512"
    mldsa87_rsa4096_pss_sha512 "MLDSA87-RSA4096-PSS-SHA512"
    mldsa87_ecdsa_p521_sha512 "MLDSA87-ECDSA-P521-SHA512"
    mlkem768_rsa2048_sha3_256 "MLKEM768-RSA2048-SHA3-256"
    mlkem768_rsa3072_sha3_256 "MLKEM768-RSA3072-SHA3-256"
    mlkem768_rsa4096_sha3_256 "MLKEM768-RSA4096-SHA3-256"
    mlkem768_x25519_sha3_256 "MLKEM768-X25519-SHA3-256"
    mlkem768_ecdh_p256_sha3_256 "MLKEM768-ECDH-P256-SHA3-256"
    mlkem768_ecdh_p384_sha3_256 "MLKEM768-ECDH-P384-SHA3-256"
    mlkem768_ecdh_brainpoolp256r1_sha3_256 "MLKEM768-ECDH-brainpoolP256r1-SHA3-256"
    mlkem1024_rsa3072_sha3_256 "MLKEM1024-RSA3072-SHA3-256"
    mlkem1024_ecdh_p384_sha3_256 "MLKEM1024-ECDH-P384-SHA3-256"
    mlkem1024_ecdh_brainpoolp384r1_sha3_256 "MLKEM1024-ECDH-brainpoolP384r1-SHA3-256"
    mlkem1024_x448_sha3_256 "MLKEM1024-X448-SHA3-256"
    mlkem1024_ecdh_p521_sha3_256 "MLKEM1024-ECDH-P521-SHA3-256"
    x_wing "X-Wing"
    ed25519 "Ed25519"
    ecdsa_p256 "ECDSA-P256-SHA256"
    ecdsa_p384 "ECDSA-P384-SHA384"
    ecdsa_p521 "ECDSA-P521-SHA512"
    x25519 "X25519"
    ecdh_p256 "ECDH-P256"
    ecdh_p384 "ECDH-P384"
    ecdh_p521 "ECDH-P521"
    rsa_2048 "RSA-2048"
    rsa_3072 "RSA-3072"
    rsa_4096 "RSA-4096"
}

/// A row, a folder with its key pair, and what the commands are told about it.
struct Walk {
    name: String,
    row: Value,
    folder: Folder,
}

fn jose_names() -> String {
    let rows = rows();
    let names = rows.iter().filter_map(|row| row["jose"].as_str());
    names.collect::<Vec<_>>().join(", ")
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap().to_owned()
}

fn walk(name: &str) {
    let row = rows().into_iter().find(|row| row["name"] == name).unwrap();
    let folder = Folder::new();
    folder.write("message", MESSAGE);
    folder.write("forged", FORGED);
    let walk = Walk {
        name: name.to_owned(),
        row,
        folder,
    };

    let made = walk.ok(&format!("keygen {name} -o key.pem --pub pub.pem"));
    assert!(made.err().contains(name), "{made}");
    walk.inspected();
    for form in walk.strings("forms") {
        walk.form(&form);
    }
    walk.public();
    walk.jwk();
    let operations = walk.strings("operations");
    match operations.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["generate", "sign", "verify"] => walk.signed(),
        ["generate", "encapsulate", "decapsulate"] => walk.encapsulated(),
        _ => panic!("{name}: {operations:?}"),
    }
    assert!(walk.folder.leftovers().is_empty());
}

impl Walk {
    fn ok(&self, line: &str) -> Run {
        self.folder.line(line).ok()
    }

    fn strings(&self, field: &str) -> Vec<String> {
        let list = self.row[field].as_array().unwrap();
        list.iter()
            .map(|item| item.as_str().unwrap().to_owned())
            .collect()
    }

    fn flag(&self, field: &str) -> bool {
        self.row[field].as_bool().unwrap()
    }

    /// Whether every run takes a good part of a second.
    fn is_slow(&self) -> bool {
        self.name.starts_with("SLH-DSA-SHAKE-")
    }

    #[track_caller]
    fn same(&self, left: &str, right: &str) {
        assert!(
            self.folder.read(left) == self.folder.read(right),
            "{}: {left} differs from {right}",
            self.name
        );
    }

    /// Checks a length in bytes against the table.
    fn sized(&self, file: &str, field: &str) {
        let len = self.folder.read(file).len();
        let (expected, exact) = match &self.row[field] {
            Value::Object(size) => (size["bytes"].as_u64().unwrap(), size["exact"] == true),
            plain => (plain.as_u64().unwrap(), true),
        };
        let expected = usize::try_from(expected).unwrap();
        assert!(
            len == expected || !exact && len <= expected,
            "{}: {file} has {len} bytes, the table says {}",
            self.name,
            self.row[field]
        );
    }

    /// `inspect` knows both halves by this name, or by that of the twin under the same encoding.
    fn inspected(&self) {
        let report = self.ok("inspect --json key.pem pub.pem").json();
        let files = report["files"].as_array().unwrap();
        assert_eq!(files.len(), 2);
        for (file, what) in files.iter().zip(["private key", "public key"]) {
            assert_eq!(file["what"], what);
            let names = [&file["algorithm"], &file["also"]];
            assert!(names.contains(&&self.row["name"]), "{file}");
            // Of some public keys every string of the right length is one: there is nothing to check.
            let checked = !file["checked"].as_array().unwrap().is_empty();
            assert!(checked || what == "public key", "{file}");
            assert_eq!(
                file["consistent"].as_bool(),
                checked.then_some(true),
                "{file}"
            );
            assert_eq!(
                file["quantum_safe"],
                self.row["status"] != "classical",
                "{file}"
            );
            assert_eq!(file["fingerprint"], files[0]["fingerprint"]);
            assert_eq!(file["exit"], 0);
        }
        assert_eq!(files[0]["form"], self.row["forms"][0]);
    }

    /// PEM, DER and raw in this form, each made from the one before, and back again.
    fn form(&self, form: &str) {
        let name = &self.name;
        let pem = if self.row["forms"][0] == form {
            "key.pem".to_owned()
        } else {
            self.ok(&format!("convert key.pem -o {form}.pem --form {form}"));
            format!("{form}.pem")
        };
        self.ok(&format!(
            "convert {pem} -o {form}.der --output der --form {form}"
        ));
        if form == "both" {
            let line = "raw output: expected --form seed or expanded, got both";
            self.folder
                .line("convert both.der -o both.raw --output raw --form both")
                .fails(2, line);
            self.ok("convert both.der -o both.back --form both");
            // It holds the seed, so it leads back to everything.
            self.ok("convert both.back -o both.seed");
            self.same("both.seed", "key.pem");
        } else {
            self.ok(&format!(
                "convert {form}.der -o {form}.raw --output raw --form {form}"
            ));
            self.sized(&format!("{form}.raw"), form);
            let input = format!("--input raw-{form} --algorithm {name}");
            if form == self.row["forms"][0] {
                self.encrypted(
                    &format!("convert {form}.raw {input}"),
                    &format!("{form}.back"),
                );
            } else {
                self.ok(&format!("convert {form}.raw {input} -o {form}.back"));
            }
        }
        self.same(&format!("{form}.back"), &pem);
    }

    /// What `convert` gives, under a passphrase, and opened again into `back`.
    fn encrypted(&self, convert: &str, back: &str) {
        let run = |line: &str| {
            let line = format!("{line} --passphrase-fd 0");
            self.folder.line(&line).stdin(PASSPHRASE).ok()
        };
        run(&format!("{convert} -o locked.pem --encrypt"));
        let locked = String::from_utf8(self.folder.read("locked.pem")).unwrap();
        assert!(locked.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        run(&format!("convert locked.pem -o {back}"));
        if self.name != "ML-DSA-65" {
            // Deriving the key of the encryption is slow by intention.
            return;
        }
        run("convert locked.pem -o locked.der --output der --encrypt");
        run("convert locked.der -o reopened.pem");
        self.same("reopened.pem", "key.pem");
        let inside = run("inspect locked.pem");
        assert!(inside.text().contains(&self.name), "{inside}");
        let outside = self.ok("inspect locked.pem");
        assert!(!outside.text().contains(&self.name), "{outside}");
    }

    /// The public key, from the private one and through its encodings.
    fn public(&self) {
        let name = &self.name;
        if self.is_slow() {
            self.ok("convert pub.pem -o public.der --output der");
        } else {
            self.ok("convert key.pem -o public.der --public --output der");
        }
        self.ok("convert public.der -o public.raw --output raw");
        self.sized("public.raw", "public_key");
        self.ok(&format!(
            "convert public.raw -o public.back --input raw-public --algorithm {name}"
        ));
        self.same("public.back", "pub.pem");
    }

    /// A JWK where RFC 9964 has a name for the algorithm, and a refusal where it has none.
    fn jwk(&self) {
        if self.row["jose"].is_null() && self.is_slow() {
            return;
        }
        if self.row["jose"].is_null() {
            let line = format!(
                "JWK of {}: expected an algorithm with a JOSE name ({}), \
                 got one without; write PEM, DER or raw",
                self.known_as(),
                jose_names()
            );
            self.folder
                .line("convert pub.pem -o no.jwk --output jwk")
                .fails(2, &line);
            assert!(!self.folder.exists("no.jwk"));
            return;
        }
        for (from, jwk, secret) in [("key.pem", "key.jwk", true), ("pub.pem", "pub.jwk", false)] {
            self.ok(&format!("convert {from} -o {jwk} --output jwk"));
            let members: Value = serde_json::from_slice(&self.folder.read(jwk)).unwrap();
            assert_eq!(members["kty"], "AKP");
            assert_eq!(members["alg"], self.row["jose"]);
            assert_eq!(members["priv"].is_string(), secret);
            self.ok(&format!("convert {jwk} -o {jwk}.pem"));
            self.same(&format!("{jwk}.pem"), from);
        }
        self.ok("inspect key.jwk pub.jwk");
    }

    /// What an encoding that names only the curve is taken for.
    fn known_as(&self) -> &str {
        match self.name.as_str() {
            "ECDH-P256" => "ECDSA-P256-SHA256",
            "ECDH-P384" => "ECDSA-P384-SHA384",
            "ECDH-P521" => "ECDSA-P521-SHA512",
            other => other,
        }
    }

    fn sign(&self, options: &str, signature: &str) -> Run {
        self.ok(&format!(
            "sign --key key.pem --format raw {options} -o {signature} message"
        ))
    }

    /// Verifies, and looks at exit status and verdict.
    #[track_caller]
    fn verify(&self, options: &str, signature: &str, message: &str, valid: bool) {
        let (status, verdict) = if valid { (0, "valid") } else { (1, "invalid") };
        let run = self
            .folder
            .line(&format!(
                "verify --key pub.pem --format raw {options} --signature {signature} --json {message}"
            ))
            .ends(status);
        let report = run.json();
        assert_eq!(report["verdict"], verdict, "{run}");
        assert_eq!(report["algorithm"], self.row["name"], "{run}");
    }

    fn signed(&self) {
        let context = self.flag("context");
        if self.row["standard"] == "FIPS 205" {
            assert!(context && self.flag("deterministic"));
            return self.signed_slowly();
        }
        self.sign("", "plain.sig");
        self.sized("plain.sig", "signature");
        self.verify("", "plain.sig", "message", true);
        self.verify("", "plain.sig", "forged", false);
        self.explained();

        if context {
            self.sign("--context pacs", "context.sig");
            self.verify("--context pacs", "context.sig", "message", true);
            self.verify("--context-hex 70616373", "context.sig", "message", true);
            self.verify("--context pacS", "context.sig", "message", false);
            self.verify("", "context.sig", "message", false);
            self.verify("--context pacs", "plain.sig", "message", false);
        } else {
            self.refuses_context();
        }

        let is_rsa = self.name.starts_with("RSA");
        if self.name == "RSA-2048" {
            self.rsa_schemes();
        }
        if self.flag("deterministic") {
            // RSASSA-PSS, the default scheme, has a random salt.
            let scheme = if is_rsa {
                "--rsa-scheme RSASSA-PKCS1-v1_5-SHA256"
            } else {
                ""
            };
            for file in ["first.sig", "second.sig"] {
                self.sign(&format!("--deterministic {scheme}"), file);
            }
            self.same("first.sig", "second.sig");
            self.verify(scheme, "first.sig", "message", true);
        } else {
            let line = format!(
                "deterministic {} signature: expected an algorithm or scheme that can sign without randomness (with RSA: PKCS#1 v1.5)",
                self.name
            );
            self.folder
                .line("sign --key key.pem --format raw --deterministic -o no.sig message")
                .fails(2, &line);
            assert!(!self.folder.exists("no.sig"));
        }
        if context && self.flag("deterministic") {
            assert_ne!(self.folder.read("plain.sig"), self.folder.read("first.sig"));
        }
    }

    /// The least that shows context and determinism. The sets that sign for seconds do it once: the
    /// known answers of `chop self-test` show that they are deterministic.
    fn signed_slowly(&self) {
        self.sign("--deterministic --context pacs", "1.sig");
        self.sized("1.sig", "signature");
        self.verify("--context-hex 70616373", "1.sig", "message", true);
        self.verify("", "1.sig", "message", false);
        if self.name.ends_with('f') || !self.is_slow() {
            self.sign("--deterministic --context-hex 70616373", "2.sig");
            self.same("1.sig", "2.sig");
        }
        if self.name == "SLH-DSA-SHA2-128f" {
            self.sign("--context pacs", "3.sig");
            assert_ne!(self.folder.read("1.sig"), self.folder.read("3.sig"));
            self.verify("--context pacs", "3.sig", "forged", false);
        }
    }

    fn explained(&self) {
        for (message, status) in [("message", 0), ("forged", 1)] {
            let line = format!(
                "verify --key pub.pem --format raw --signature plain.sig --explain {message}"
            );
            let run = self.folder.line(&line).ends(status);
            assert_eq!(run.text().contains("  FAILED "), status == 1, "{run}");
            assert!(run.text().contains("  ok      length: "), "{run}");
        }
    }

    fn refuses_context(&self) {
        let line = format!(
            "context string: expected an algorithm that has one (ML-DSA, SLH-DSA, composites), got {}",
            self.name
        );
        self.folder
            .line("sign --key key.pem --format raw --context pacs -o no.sig message")
            .fails(2, &line);
        self.folder
            .line("verify --key pub.pem --format raw --context pacs --signature plain.sig message")
            .fails(2, &line);
    }

    fn rsa_schemes(&self) {
        let mut schemes = Vec::new();
        for padding in ["PSS", "PKCS1-v1_5"] {
            for hash in ["SHA256", "SHA384", "SHA512"] {
                schemes.push(format!("--rsa-scheme RSASSA-{padding}-{hash}"));
            }
        }
        for (i, scheme) in schemes.iter().enumerate() {
            let signature = format!("rsa{i}.sig");
            self.sign(scheme, &signature);
            self.verify(scheme, &signature, "message", true);
            let next = &schemes[(i + 1) % schemes.len()];
            self.verify(next, &signature, "message", false);
        }
        self.verify("", "rsa0.sig", "message", true);
    }

    fn encapsulated(&self) {
        self.ok("encapsulate --to pub.pem --ciphertext ct --secret sent");
        self.ok("decapsulate --key key.pem --ciphertext ct --secret received");
        self.same("sent", "received");
        self.sized("ct", "ciphertext");
        self.sized("sent", "shared_secret");
        self.ok("encapsulate --to pub.pem --ciphertext ct2 --secret sent2");
        assert_ne!(self.folder.read("ct"), self.folder.read("ct2"));
        assert_ne!(self.folder.read("sent"), self.folder.read("sent2"));

        let ciphertext = self.folder.read("ct");
        let name = &self.name;
        let len = ciphertext.len();
        for (altered, got) in [
            (ciphertext[..len - 1].to_vec(), len - 1),
            ([&ciphertext[..], &[0]].concat(), len + 1),
        ] {
            self.folder.write("altered", altered);
            self.folder
                .line("decapsulate --key key.pem --ciphertext altered --secret no")
                .fails(
                    3,
                    &format!("altered: {name} ciphertext: expected {len} bytes, got {got} bytes"),
                );
        }

        let mut altered = ciphertext;
        altered[len / 2] ^= 1;
        self.folder.write("altered", altered);
        let line = "decapsulate --key key.pem --ciphertext altered --secret other";
        if name.starts_with("ECDH") {
            // Not a point of the curve any more.
            let refusal = format!("altered: {name} key agreement refused");
            self.folder.line(line).fails(1, &refusal);
            assert!(!self.folder.exists("other"));
        } else {
            self.ok(line);
            self.sized("other", "shared_secret");
            assert_ne!(self.folder.read("other"), self.folder.read("sent"));
        }
        assert!(!self.folder.exists("no"));
    }
}
