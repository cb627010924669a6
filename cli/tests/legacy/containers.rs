//! Keys of Kyber in their old containers.

use crate::{KYBER, flavour, pkcs8, prepared, replacement};

#[test]
fn a_key_of_kyber_in_its_old_container_is_opened_once_its_flavour_is_named() {
    let folder = prepared();
    for name in KYBER {
        let number = 1 + KYBER.iter().position(|row| *row == name).unwrap() % 3;
        let oid = format!("1.3.6.1.4.1.22554.5.6.{number}");
        folder.write("old.key", pkcs8(&oid, &folder.read(&format!("{name}.key"))));
        let line = format!("--key old.key --ciphertext {name}.ct --secret ss");
        let run = folder
            .line(&format!("--policy legacy-read decapsulate {line}"))
            .ends(2);
        assert!(run.err().contains(&format!("--algorithm {name}")), "{run}");
        folder
            .line(&format!(
                "-q --policy legacy-read decapsulate --algorithm {name} {line}"
            ))
            .ok();
        assert_eq!(folder.read("ss"), folder.read(&format!("{name}.ss")));
        let run = folder
            .line(&format!(
                "--policy legacy-read decapsulate --algorithm {} {line} --force",
                replacement(name)
            ))
            .ends(4);
        assert!(run.err().contains("by its identifier"), "{run}");

        let run = folder.line("inspect old.key").ok();
        assert!(
            run.text().contains("cannot be known from this file alone"),
            "{run}"
        );
        let json = folder.line("--json inspect old.key").ok().json();
        assert_eq!(json["files"][0]["flavours"].as_array().unwrap().len(), 2);
        assert!(json["files"][0]["flavour"].is_null());

        // Taken out of its container, never into a new one.
        let convert = format!("--policy legacy-read convert --algorithm {name} old.key");
        folder
            .line(&format!("-q {convert} -o bare --output raw"))
            .ok();
        assert_eq!(folder.read("bare"), folder.read(&format!("{name}.key")));
        assert_eq!(folder.mode("bare"), 0o600);
        let run = folder
            .line(&format!("{convert} -o bare.pub --public --output raw"))
            .ok();
        let said = format!(
            "{name} public key (legacy, {}), fingerprint ",
            flavour(name)
        );
        assert!(run.err().contains(&said), "{run}");
        let line = format!("--json {convert} -o bare.pub --force --public --output raw");
        let json = folder.line(&line).ok().json();
        assert_eq!(json["legacy"], true);
        assert_eq!(folder.read("bare.pub"), folder.read(&format!("{name}.pub")));
        for output in ["pem", "der", "jwk"] {
            for public in ["", " --public"] {
                let run = folder
                    .line(&format!("{convert} -o new --output {output}{public}"))
                    .run();
                assert!(matches!(run.status, 2 | 4), "{run}");
                assert!(!folder.exists("new"));
            }
        }
        folder
            .line(&format!(
                "convert --algorithm {name} old.key -o new --output raw"
            ))
            .ends(4);
        folder.remove(&["ss", "bare", "bare.pub"]);
    }
}
