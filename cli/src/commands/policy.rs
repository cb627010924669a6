//! `chop policy`.

use std::fmt::Write;
use std::path::Path;

use chop::policy::{Profile, Refusal, Request, Rule, Use};
use chop::{Algorithm, Code, Context, Error, Policy, Result, Time};
use serde_json::{Value, json};

use crate::args::{Cli, Explain, PolicyCommand};
use crate::policy::{Loaded, built_in, from_file, guard, in_force};
use crate::report::{Report, one_line};

pub(super) fn run(cli: &Cli, command: &PolicyCommand, report: &Report) -> Result<u8> {
    match command {
        PolicyCommand::Show { profile } => show(cli, profile.as_deref(), report),
        PolicyCommand::Check { file } => check(file, report),
        PolicyCommand::Explain(args) => explain(cli, args, report),
    }
}

fn show(cli: &Cli, profile: Option<&str>, report: &Report) -> Result<u8> {
    let loaded = match profile {
        None => in_force(cli.policy.as_deref())?,
        Some(name) => built_in(Profile::from_name(name).ok_or_else(|| {
            let names: Vec<_> = Profile::ALL.iter().map(|profile| profile.name()).collect();
            Error::usage("profile")
                .expected(names.join(", "))
                .got(format!("{name:?}"))
        })?),
    };
    report.under(&loaded.policy);
    match report.is_json() {
        true => report.json(json!({ "toml": loaded.text }))?,
        false => report.result(&loaded.text)?,
    }
    Ok(0)
}

/// How many counterparties are shown by name, in the order of the alphabet.
const MAX_SHOWN: usize = 50;

/// The uses for which a policy chooses.
const CHOSEN_FOR: [Use; 2] = [Use::Sign, Use::Receive];

fn check(file: &Path, report: &Report) -> Result<u8> {
    let Loaded { policy, .. } = from_file(file)?;
    report.under(&policy);
    let remarks = policy.remarks();
    // The present stands for what is before the first date.
    let edges = policy.edges();
    let start = edges.first().map_or_else(Time::now, |first| {
        first
            .unix_seconds()
            .checked_sub(1)
            .map_or(Ok(*first), Time::from_unix_seconds)
    })?;
    let moments: Vec<(Option<Time>, Time)> = std::iter::once((None, start))
        .chain(edges.iter().map(|edge| (Some(*edge), *edge)))
        .collect();
    let mut parties = vec![None];
    parties.extend(
        policy
            .counterparties()
            .into_iter()
            .take(MAX_SHOWN)
            .map(Some),
    );
    if report.is_json() {
        let periods = moments
            .iter()
            .map(|(from, at)| {
                let choices = parties
                    .iter()
                    .map(|party| choices_json(&policy, *at, *party))
                    .collect::<Result<Vec<_>>>()?;
                Ok(json!({ "from": from.map(|from| from.to_string()), "choices": choices }))
            })
            .collect::<Result<Vec<_>>>()?;
        let rules: Vec<Value> = policy.rules().iter().map(rule_json).collect();
        report.json(json!({ "rules": rules, "periods": periods, "remarks": remarks }))?;
    } else {
        report.result(&checked(&policy, &moments, &parties, &remarks)?)?;
    }
    Ok(u8::from(!remarks.is_empty()))
}

fn checked(
    policy: &Policy,
    moments: &[(Option<Time>, Time)],
    parties: &[Option<&str>],
    remarks: &[String],
) -> Result<String> {
    let failed = |_| Error::new(Code::Internal, "a policy does not format");
    let mut text = format!(
        "policy {}, hash {}\n\nRules\n",
        policy.name(),
        policy.hash_hex()
    );
    for rule in policy.rules() {
        let harm = rule.harm();
        writeln!(
            text,
            "  {}: {}, {}: {harm}",
            rule.name(),
            period(rule),
            rule.demand()
        )
        .map_err(failed)?;
    }
    text.push_str("\nWhat is chosen\n");
    for (from, at) in moments {
        let title = from.map_or("at first".to_owned(), |from| format!("from {from}"));
        writeln!(text, "  {title}").map_err(failed)?;
        let mut general = Vec::new();
        for party in parties {
            for purpose in CHOSEN_FOR {
                let chosen = policy.choices(purpose, *at, *party)?;
                // Counterparties with whom everything is as with the others are left out.
                if party.is_none() {
                    general.push(chosen.clone());
                } else if general.contains(&chosen) {
                    continue;
                }
                let names: Vec<_> = chosen.iter().map(|one| one.name()).collect();
                let names = match names.as_slice() {
                    [] => "nothing".to_owned(),
                    names => names.join(", then "),
                };
                let with = party.map_or(String::new(), |party| format!(" with {party}"));
                writeln!(text, "    {purpose}{with}: {names}").map_err(failed)?;
            }
        }
    }
    if policy.counterparties().len() > MAX_SHOWN {
        let all = policy.counterparties().len();
        writeln!(
            text,
            "\nof {all} counterparties the first {MAX_SHOWN} are shown"
        )
        .map_err(failed)?;
    }
    for remark in remarks {
        writeln!(text, "\nproblem: {remark}").map_err(failed)?;
    }
    Ok(text)
}

fn choices_json(policy: &Policy, at: Time, party: Option<&str>) -> Result<Value> {
    let names = |purpose| -> Result<Vec<&str>> {
        let chosen = policy.choices(purpose, at, party)?;
        Ok(chosen.iter().map(|one| one.name()).collect())
    };
    Ok(json!({
        "counterparty": party,
        "sign": names(Use::Sign)?,
        "receive": names(Use::Receive)?,
    }))
}

fn rule_json(rule: &Rule) -> Value {
    json!({
        "name": rule.name(),
        "from": rule.from().map(|time| time.to_string()),
        "until": rule.until().map(|time| time.to_string()),
        "demand": rule.demand(),
        "harm": rule.harm(),
    })
}

fn period(rule: &Rule) -> String {
    match (rule.from(), rule.until()) {
        (None, None) => "always".to_owned(),
        (Some(from), None) => format!("from {from}"),
        (None, Some(until)) => format!("until {until}"),
        (Some(from), Some(until)) => format!("from {from} until {until}"),
    }
}

/// What a policy says at one moment.
struct Answer {
    refusals: Vec<Refusal>,
    warnings: Vec<String>,
}

impl Answer {
    fn to(policy: &Policy, request: &Request<'_>) -> Self {
        Self {
            refusals: policy.refusals(request),
            warnings: policy.warnings(request),
        }
    }

    const fn name(&self) -> &'static str {
        match (self.refusals.is_empty(), self.warnings.is_empty()) {
            (false, _) => "refused",
            (true, false) => "allowed with a warning",
            (true, true) => "allowed",
        }
    }

    fn rules(&self) -> Vec<&str> {
        self.refusals.iter().map(|by| by.rule.as_str()).collect()
    }
}

fn explain(cli: &Cli, args: &Explain, report: &Report) -> Result<u8> {
    let guard = guard(cli, report)?;
    let policy = guard.policy();
    let algorithm = Algorithm::from_name(&args.algorithm)?;
    let purpose = Use::from_name(&args.purpose)?;
    let kind = algorithm.info().kind;
    if !purpose.is_of(kind) {
        return Err(Error::usage(format!("use of {algorithm}"))
            .expected(match purpose.is_of(chop::algorithm::Kind::Signature) {
                true => "receive, open, generate or import, as it is a KEM",
                false => "sign, verify, generate or import, as it signs",
            })
            .got(purpose.name()));
    }
    let context = Context::new(args.context.as_deref().unwrap_or_default())?;
    let at = match &args.at {
        Some(text) => policy.time(text)?,
        None => Time::now()?,
    };
    let asked = |at| Request {
        algorithm,
        purpose,
        context: &context,
        counterparty: guard.counterparty(),
        at,
    };
    let now = Answer::to(policy, &asked(at));
    let mut later = Vec::new();
    let mut before = (now.name(), now.rules().join(", "));
    for edge in policy.edges().into_iter().filter(|edge| *edge > at) {
        let answer = Answer::to(policy, &asked(edge));
        let state = (answer.name(), answer.rules().join(", "));
        if state != before {
            later.push((edge, answer));
            before = state;
        }
    }
    let status = if now.refusals.is_empty() {
        0
    } else {
        Code::Policy.exit_status()
    };
    if report.is_json() {
        let state = |answer: &Answer| {
            json!({
                "allowed": answer.refusals.is_empty(),
                "rules": answer.rules(),
                "reasons": answer.refusals.iter().map(|by| &by.sentence).collect::<Vec<_>>(),
                "warnings": answer.warnings,
            })
        };
        let mut object = state(&now);
        object["algorithm"] = json!(algorithm.name());
        object["use"] = json!(purpose.name());
        object["counterparty"] = json!(cli.counterparty);
        object["at"] = json!(at.to_string());
        object["later"] = later
            .iter()
            .map(|(edge, answer)| {
                let mut entry = state(answer);
                entry["from"] = json!(edge.to_string());
                entry
            })
            .collect();
        report.json(object)?;
        return Ok(status);
    }
    let with = cli
        .counterparty
        .as_ref()
        .map_or(String::new(), |name| format!(" with {name}"));
    let mut text = one_line(&format!(
        "{}: {algorithm} for {purpose}{with} on {at}, policy {}",
        now.name(),
        policy.name()
    ));
    text.push('\n');
    let mut add = |line: &str| {
        text.push_str("  ");
        text.push_str(&one_line(line));
        text.push('\n');
    };
    for refusal in &now.refusals {
        add(&refusal.sentence);
    }
    for warning in &now.warnings {
        add(&format!("warning: {warning}"));
    }
    for (edge, answer) in &later {
        let by = match answer.rules().as_slice() {
            [] => String::new(),
            rules => format!(" by {}", rules.join(", ")),
        };
        add(&format!("from {edge} {}{by}", answer.name()));
    }
    report.result(&text)?;
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = include_str!("../../../examples/policy.toml");

    #[test]
    fn the_plan_of_the_readme_has_no_mistakes() {
        let readme = include_str!("../../../README.md");
        let (_, after) = readme.split_once("```toml\nversion = 1\n").expect("a plan");
        let (plan, _) = after.split_once("```").expect("its end");
        let plan = Policy::from_toml(&format!("version = 1\n{plan}")).expect("it is well-formed");
        assert!(plan.remarks().is_empty(), "{:?}", plan.remarks());
    }

    #[test]
    fn the_documentation_shows_the_plan_and_the_plan_has_no_mistakes() {
        let page = include_str!("../../../docs/policy.md");
        assert!(page.contains(PLAN), "docs/policy.md shows another plan");
        let plan = Policy::from_toml(PLAN).expect("the plan is well-formed");
        assert!(plan.remarks().is_empty(), "{:?}", plan.remarks());
    }
}
