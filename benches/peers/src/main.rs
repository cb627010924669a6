//! Chop beside other implementations, in turns, in one process, on one core: `scripts/bench peers`.
//!
//! Machines are noisy and drift. What is published is the median over many short turns, and a ratio is the
//! median of the ratios of turns that stood side by side. Numbers of different runs are not comparable.

mod bulk;
mod clock;
mod goal;
mod hybrids;
mod material;
mod ml_dsa;
mod ml_kem;
mod peer;
mod rounds;

use std::process::ExitCode;

use serde_json::{Value, json};

use clock::Processors;
use goal::Goal;
use peer::ParameterSet;
use rounds::Measured;

const PARTS: [&str; 6] = [
    "ml-dsa-65",
    "ml-dsa-44",
    "ml-dsa-87",
    "ml-kem",
    "hybrids",
    "bulk",
];

const USAGE: &str = "usage: chop-peers ROUNDS FILE.json [ml-dsa-65] [ml-dsa-44] [ml-dsa-87] [ml-kem] [hybrids] [bulk]";

/// What has been measured.
#[derive(Default)]
pub struct Report {
    groups: Vec<Value>,
    goals: Vec<Goal>,
    shares: Vec<Value>,
}

impl Report {
    fn add(&mut self, measured: Measured) {
        let group = measured.as_json();
        eprintln!("measured: {}, {}", group["algorithm"], group["operation"]);
        self.groups.push(group);
    }

    fn goal(&mut self, goal: Goal) {
        self.goals.push(goal);
    }

    fn share(&mut self, algorithm: &str, share: f64) {
        let share = rounds::rounded(share);
        self.shares
            .push(json!({ "algorithm": algorithm, "share": share }));
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let rounds = arguments.next().and_then(|rounds| rounds.parse().ok());
    let (Some(rounds), Some(file)) = (rounds, arguments.next()) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let wanted: Vec<String> = arguments.collect();
    if rounds < 20 || !wanted.iter().all(|part| PARTS.contains(&part.as_str())) {
        eprintln!("{USAGE}; ROUNDS is at least 20");
        return ExitCode::from(2);
    }
    let wants = |part| wanted.is_empty() || wanted.iter().any(|one| one == part);

    let processors = Processors::pin();
    let mut report = Report::default();
    let mut share = None;
    for (part, set) in [
        ("ml-dsa-65", ParameterSet::MlDsa65),
        ("ml-dsa-44", ParameterSet::MlDsa44),
        ("ml-dsa-87", ParameterSet::MlDsa87),
    ] {
        if wants(part) {
            let own = ml_dsa::measure(set, share, &processors, rounds, &mut report);
            share = share.or((set == ParameterSet::MlDsa65).then_some(own));
        }
    }
    if wants("ml-kem") {
        for set in [768, 512, 1024] {
            ml_kem::measure(set, rounds, &mut report);
        }
    }
    if wants("hybrids") {
        hybrids::measure(rounds, &mut report);
    }
    if wants("bulk") {
        bulk::measure(rounds, &mut report);
    }

    let missed = report.goals.iter().filter(|goal| !goal.is_met()).count();
    let goals: Vec<Value> = report.goals.iter().map(Goal::as_json).collect();
    let result = json!({
        "rounds": rounds,
        "processor": processors.number(),
        "processors": processors.count(),
        "native": cfg!(feature = "native"),
        "shares": report.shares,
        "goals": goals,
        "groups": report.groups,
    });
    if let Err(error) = std::fs::write(&file, format!("{result:#}\n")) {
        eprintln!("chop-peers: {file}: {error}");
        return ExitCode::FAILURE;
    }
    println!("{} goals, {missed} missed", report.goals.len());
    ExitCode::SUCCESS
}
