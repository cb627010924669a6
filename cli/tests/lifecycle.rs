//! The commands of docs/lifecycle.md work as they stand there.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod support;

use support::Folder;

/// The commands of the blocks for a shell, block by block.
fn blocks() -> Vec<Vec<String>> {
    let text = include_str!("../../docs/lifecycle.md");
    let mut blocks = Vec::new();
    let mut inside: Option<Vec<String>> = None;
    for line in text.lines() {
        match (line, &mut inside) {
            ("```sh", None) => inside = Some(Vec::new()),
            ("```", Some(_)) => blocks.extend(inside.take()),
            (line, Some(block)) => block.push(line.to_owned()),
            _ => {}
        }
    }
    blocks
}

/// A folder as the page has it: files to sign, a counterparty, and folders in the place of those of a system.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("pacs008.xml", "<Document/>\n");
    folder.write("theirs.xml", "<Theirs/>\n");
    folder.write("first", [0x42; 32]);
    let path = folder.path("first");
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    for name in ["etc", "mnt", "data"] {
        std::fs::create_dir(folder.path(name)).unwrap();
    }
    for line in [
        "keygen ML-DSA-65 -o theirs.key --pub theirs.pub",
        "cert self-sign --key theirs.key --subject CN=ICBC -o partner.crt",
        "sign --key theirs.key -o theirs.p7s theirs.xml",
    ] {
        folder.line(line).ok();
    }
    folder
}

#[test]
fn every_command_of_the_page_works() {
    let next_year: u32 = chop::Time::now().unwrap().to_string()[..4]
        .parse::<u32>()
        .unwrap()
        + 1;
    let mut place = folder();
    let mut done = 0;
    for block in blocks() {
        // Each beginning is in a place of its own.
        if block.iter().any(|line| line.contains("chop init")) {
            place = folder();
        }
        for line in block {
            let line = line
                .replace("/etc/chop/", "etc/")
                .replace("/mnt/other-disk/", "mnt/")
                .replace("2027", &next_year.to_string());
            // An unlock file answers for the passphrase that a person would type.
            let own = place.exists("etc/unlock");
            let unlock = place.path(if own { "etc/unlock" } else { "first" });
            let run = place.shell(&line);
            run.env("CHOP_UNLOCK_FILE", unlock.to_str().unwrap()).ok();
            done += 1;
        }
    }
    assert!(done > 25, "{done}");
}
