//! The flavour of a signature, by its message and key.

use crate::{DILITHIUM, flavour, prepared};

#[test]
fn the_flavour_of_a_signature_is_found_with_its_message_and_key() {
    let folder = prepared();
    for name in DILITHIUM {
        let run = folder
            .line(&format!(
                "inspect --message message --key {name}.pub {name}.sig"
            ))
            .ok();
        assert!(
            run.text().contains(&format!("algorithm    {name} (")),
            "{run}"
        );
        assert!(
            run.text()
                .contains(&format!("flavour      {}", flavour(name))),
            "{run}"
        );
        let json = folder
            .line(&format!(
                "--json inspect --message message --key {name}.pub {name}.sig"
            ))
            .ok()
            .json();
        assert_eq!(json["files"][0]["flavour"], flavour(name));
        folder
            .line(&format!(
                "inspect --message forged --key {name}.pub {name}.sig"
            ))
            .ends(1);
        folder
            .line(&format!("inspect --message message {name}.sig"))
            .ends(2);
    }
}
