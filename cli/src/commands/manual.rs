//! `chop completions` and `chop man`, from the definition of the command line.

use std::io;

use chop::{Code, Error, Result};
use clap_complete::Shell;
use clap_mangen::roff::{Roff, roman};

use crate::args::definition;
use crate::report::Report;

pub(super) fn completions(shell: Shell, report: &Report) -> Result<u8> {
    text_only(report, "completions, a script")?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition(), "chop", &mut script);
    report.bytes(&script)?;
    Ok(0)
}

pub(super) fn page(command: &[String], report: &Report) -> Result<u8> {
    text_only(report, "man, a page")?;
    let mut page = definition();
    page.build();
    let mut title = "chop".to_owned();
    for name in command {
        page = page.find_subcommand(name).cloned().ok_or_else(|| {
            let names: Vec<_> = page
                .get_subcommands()
                .map(clap::Command::get_name)
                .collect();
            Error::usage("command")
                .expected(names.join(", "))
                .got(format!("{name:?}"))
        })?;
        title.push_str(&format!("-{name}"));
        page = page.name(title.clone());
    }
    let mut roff = Vec::new();
    render(page, &mut roff)
        .map_err(|error| Error::new(Code::Internal, "manual page").got(error.to_string()))?;
    report.bytes(&roff)?;
    Ok(0)
}

/// The page with the sections that readers of manuals look for.
fn render(mut page: clap::Command, out: &mut Vec<u8>) -> io::Result<()> {
    let words = page
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    page = page.after_help("");
    let man = clap_mangen::Man::new(page.clone());
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    if page.has_subcommands() {
        man.render_subcommands_section(out)?;
    }
    // The help ends with examples, indented below their heading, and with remarks.
    let mut roff = Roff::new();
    for (number, paragraph) in words.split("\n\n").enumerate() {
        let mut lines = paragraph.lines();
        let heading = match number {
            0 => {
                lines.next();
                Some("EXAMPLES")
            }
            _ if paragraph.starts_with("Exit status:") => Some("EXIT STATUS"),
            1 => Some("NOTES"),
            _ => None,
        };
        match heading {
            Some(heading) => roff.control("SH", [heading]),
            None => roff.control("PP", []),
        };
        let example = number == 0;
        if example {
            roff.control("nf", []);
        }
        for line in lines {
            roff.text([roman(line.trim_start_matches("Exit status: "))]);
        }
        if example {
            roff.control("fi", []);
        }
    }
    roff.to_writer(out)
}

/// Refuses `--json` for what is a text in itself.
fn text_only(report: &Report, what: &str) -> Result<()> {
    match report.is_json() {
        false => Ok(()),
        true => Err(Error::usage("--json")
            .expected("a command that reports")
            .got(what)),
    }
}
