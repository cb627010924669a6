//! Which algorithms may do what, when, and with whom: a regulator's timetable as one file.
//!
//! A [`Policy`] is read from TOML, which `docs/policy.md` describes, or is one of the built-in
//! [`Profile`]s. Its rules only take away: whatever is refused by one is refused, so that adding a rule
//! never allows more. Its choices say which algorithm is taken where nobody has named one; they
//! allow nothing.
//!
//! Every key carries a [`Guard`], which is a policy with a clock, and asks it at each operation:
//! [`Guard::refusal`] is the one place. Time is the present. What a message claims about its own time
//! is never looked at here.
//!
//! ```
//! use chop::policy::{Guard, Policy};
//! use chop::{Algorithm, Code, SigningKey};
//!
//! let policy = Policy::from_toml(r#"
//!     version = 1
//!     name = "example"
//!     zone = "+08:00"
//!
//!     [[rule]]
//!     name = "hybrid-from-2027"
//!     from = 2027-01-01
//!     use = ["sign", "generate"]
//!     only = ["hybrid", "post-quantum"]
//!     harm = "a quantum computer will forge what classical keys sign"
//! "#)?;
//! let new_year = policy.time("2027-01-01")?;
//! assert_eq!(new_year.to_string(), "2026-12-31T16:00:00Z");
//!
//! let guard = Guard::new(policy);
//! let key = SigningKey::generate(Algorithm::Ed25519)?;
//! let key = key.under(&guard.clone().at("2026-12-31T15:59:59Z".parse()?));
//! assert!(key.sign(b"a payment").is_ok());
//! let key = key.under(&guard.at(new_year));
//! let refused = key.sign(b"a payment").unwrap_err();
//! assert_eq!((refused.code(), refused.refused_by()), (Code::Policy, Some("hybrid-from-2027")));
//! # Ok::<(), chop::Error>(())
//! ```

mod guard;
mod read;
mod rule;
mod value;

use std::fmt;

use aws_lc_rs::digest;

pub use guard::Guard;
pub use read::{MAX_POLICY, MAX_RULES};
pub use rule::{Refusal, Request, Rule, Use};

use crate::algorithm::{Algorithm, Context, Kind};
use crate::error::{Error, Result};
use crate::time::Time;
use rule::{Algorithms, Demand, Effect, Scope};

/// A policy that comes with the library.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The default: chooses hybrids, warns about classical keys, refuses what nobody should use.
    Hybrid2026,
    /// The algorithms of CNSA 2.0 that the table has: ML-DSA-87 and ML-KEM-1024.
    Cnsa2,
    /// Post-quantum algorithms by themselves, and nothing else.
    PqOnly,
    /// As the default, and legacy algorithms may be read.
    LegacyRead,
}

impl Profile {
    /// Every profile.
    pub const ALL: &'static [Self] = &[
        Self::Hybrid2026,
        Self::Cnsa2,
        Self::PqOnly,
        Self::LegacyRead,
    ];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hybrid2026 => "hybrid-2026",
            Self::Cnsa2 => "cnsa2",
            Self::PqOnly => "pq-only",
            Self::LegacyRead => "legacy-read",
        }
    }

    /// The profile of that name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|profile| profile.name() == name)
    }

    /// The profile in TOML, to be copied and changed.
    pub const fn as_toml(self) -> &'static str {
        match self {
            Self::Hybrid2026 => include_str!("profiles/hybrid-2026.toml"),
            Self::Cnsa2 => include_str!("profiles/cnsa2.toml"),
            Self::PqOnly => include_str!("profiles/pq-only.toml"),
            Self::LegacyRead => include_str!("profiles/legacy-read.toml"),
        }
    }
}

/// How long [`Policy::remarks`] looks: names and rules compared, a fraction of a second.
const REMARK_STEPS: usize = 10_000_000;

/// A choice: the algorithm that is taken where nobody has named one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Choice {
    purpose: Use,
    algorithm: Algorithm,
    scope: Scope,
}

/// Dated rules on algorithms, and choices among them.
#[derive(Clone, PartialEq, Eq)]
pub struct Policy {
    name: String,
    zone: read::Zone,
    choices: Vec<Choice>,
    rules: Vec<Rule>,
    /// For each use, the algorithms that a rule may refuse at one time or another.
    touched: [Algorithms; Use::ALL.len()],
    hash: [u8; 32],
}

impl Policy {
    /// A policy in TOML.
    ///
    /// # Errors
    /// [`Code::Malformed`](crate::error::Code::Malformed) with the line, and for an unknown word with
    /// the nearest known one; [`Code::Limit`](crate::error::Code::Limit) above [`MAX_POLICY`] bytes or
    /// [`MAX_RULES`] rules and choices.
    pub fn from_toml(text: &str) -> Result<Self> {
        let read = read::policy(text)?;
        let mut touched = [Algorithms::default(); Use::ALL.len()];
        for (touched, purpose) in touched.iter_mut().zip(Use::ALL) {
            for rule in &read.rules {
                *touched = touched.or(rule.may_refuse(*purpose));
            }
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
        Ok(Self {
            name: read.name,
            zone: read.zone,
            choices: read.choices,
            rules: read.rules,
            touched,
            hash,
        })
    }

    /// A policy that comes with the library.
    pub fn built_in(profile: Profile) -> Self {
        // Constant text, which the tests read.
        Self::from_toml(profile.as_toml()).expect("a built-in profile is well-formed")
    }

    /// A policy that refuses nothing.
    pub(crate) fn lenient() -> Self {
        Self::from_toml("version = 1\nname = \"lenient\"\nread-legacy = true")
            .expect("constant text, which the tests read")
    }

    /// The name that the policy gives itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the TOML: what `sha256sum` says of the file.
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// The [`hash`](Self::hash) in 64 hexadecimal digits.
    pub fn hash_hex(&self) -> String {
        self.hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The rules, in the order of the file.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// A date or a time as a policy writes it: `2027-01-01`, the midnight with which that day starts in
    /// the zone of this policy, or `2027-01-01T08:00:00+08:00`.
    ///
    /// # Errors
    /// [`Code::Usage`](crate::error::Code::Usage).
    pub fn time(&self, text: &str) -> Result<Time> {
        self.zone.time(text).map_err(|expected| {
            Error::usage("date")
                .expected(expected)
                .got(format!("{text:?}"))
        })
    }

    /// Why `request` is refused: by each rule that refuses it. Empty if it is allowed.
    pub fn refusals(&self, request: &Request<'_>) -> Vec<Refusal> {
        self.having(request, Effect::Refuses)
            .map(|rule| Refusal::new(rule, request, &self.name))
            .collect()
    }

    /// What there is to say about `request`, be it allowed or not.
    pub fn warnings(&self, request: &Request<'_>) -> Vec<String> {
        self.having(request, Effect::Warns)
            .map(|rule| rule.warning(request, &self.name))
            .collect()
    }

    fn having(&self, request: &Request<'_>, effect: Effect) -> impl Iterator<Item = &Rule> {
        self.rules
            .iter()
            .filter(move |rule| rule.effect(request) == effect)
    }

    /// Whether a rule refuses `request` whatever its context.
    fn refuses_in_every_context(&self, request: &Request<'_>) -> bool {
        let mut refusing = self.having(request, Effect::Refuses);
        refusing.any(|rule| matches!(rule.demand, Demand::Refuse(_)))
    }

    /// Whether no rule refuses `algorithm` for `purpose`, whatever the time and the other side.
    fn never_refuses(&self, algorithm: Algorithm, purpose: Use) -> bool {
        let touched = self.touched.iter().zip(Use::ALL);
        !touched
            .filter(|(_, of)| **of == purpose)
            .any(|(touched, _)| touched.contains(algorithm))
    }

    /// The algorithms that are chosen for signing ([`Use::Sign`]) or receiving ([`Use::Receive`]) then,
    /// the first choice first, without those that a rule refuses for it.
    ///
    /// # Errors
    /// [`Code::Usage`](crate::error::Code::Usage) for another use.
    pub fn choices(
        &self,
        purpose: Use,
        at: Time,
        counterparty: Option<&str>,
    ) -> Result<Vec<Algorithm>> {
        kind_of_choice(purpose).ok_or_else(|| {
            Error::usage("use of a choice")
                .expected("sign or receive")
                .got(purpose.name())
        })?;
        let mut chosen = Vec::new();
        for choice in &self.choices {
            let request = Request {
                algorithm: choice.algorithm,
                purpose,
                context: &Context::empty(),
                counterparty,
                at,
            };
            if choice.purpose == purpose
                && choice.scope.covers(at, counterparty)
                && !chosen.contains(&choice.algorithm)
                // Which context there will be is not known yet.
                && !self.refuses_in_every_context(&request)
            {
                chosen.push(choice.algorithm);
            }
        }
        Ok(chosen)
    }

    /// Every moment at which a rule or a choice comes into force or goes out of it, the earliest first.
    pub fn edges(&self) -> Vec<Time> {
        let rules = self.rules.iter().map(|rule| &rule.scope);
        let scopes = rules.chain(self.choices.iter().map(|choice| &choice.scope));
        let mut edges: Vec<Time> = scopes
            .flat_map(|scope| [scope.from, scope.until])
            .flatten()
            .collect();
        edges.sort();
        edges.dedup();
        edges
    }

    /// Every counterparty that the policy names, in the order of the alphabet.
    pub fn counterparties(&self) -> Vec<&str> {
        let rules = self.rules.iter().map(|rule| &rule.scope);
        let scopes = rules.chain(self.choices.iter().map(|choice| &choice.scope));
        let mut names: Vec<&str> = scopes
            .flat_map(|scope| scope.counterparties.iter().chain(&scope.except))
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Mistakes that the policy can live with, each in a sentence: a rule that can never say anything, and a
    /// choice that a rule refuses from the start to the end. Of a policy of very many lines the last choices
    /// are not looked at, which is said too.
    pub fn remarks(&self) -> Vec<String> {
        let mut parties: Vec<Option<&str>> = vec![None];
        parties.extend(self.counterparties().into_iter().map(Some));
        let idle = |rule: &Rule| {
            let why = rule.idle()?;
            Some(format!("rule {} never says anything: {why}", rule.name))
        };
        let mut remarks: Vec<String> = self.rules.iter().filter_map(idle).collect();
        let mut budget = REMARK_STEPS;
        for choice in &self.choices {
            match self.is_ever_taken(choice, &parties, &mut budget) {
                Some(true) => {}
                Some(false) => remarks.push(format!(
                    "{} is chosen for {}, and refused whenever it is",
                    choice.algorithm, choice.purpose
                )),
                None => {
                    remarks.push("too long to look at every choice".to_owned());
                    break;
                }
            }
        }
        remarks
    }

    /// Whether there is a time and another side for which `choice` is made and not refused; `None` if
    /// that takes more steps than there are left.
    fn is_ever_taken(
        &self,
        choice: &Choice,
        parties: &[Option<&str>],
        budget: &mut usize,
    ) -> Option<bool> {
        let refusing = |rule: &&Rule| match rule.demand {
            Demand::Refuse(set) => {
                set.contains(choice.algorithm) && rule.uses.contains(&choice.purpose)
            }
            _ => false,
        };
        let refusing: Vec<&Rule> = self.rules.iter().filter(refusing).collect();
        // What is not refused at some time is not refused since the choice began, or since a rule ended.
        let ends = refusing.iter().filter_map(|rule| rule.scope.until);
        let start = choice.scope.from.or(Time::from_unix_seconds(0).ok());
        // A list of counterparties is looked through name by name.
        let names = |scope: &Scope| 1 + scope.counterparties.len() + scope.except.len();
        let rules: usize = refusing.iter().map(|rule| names(&rule.scope)).sum();
        let steps = names(&choice.scope) + rules;
        for at in start.into_iter().chain(ends) {
            for party in parties {
                *budget = budget.checked_sub(steps)?;
                let refused = |rule: &&Rule| rule.scope.covers(at, *party);
                if choice.scope.covers(at, *party) && !refusing.iter().any(refused) {
                    return Some(true);
                }
            }
        }
        Some(false)
    }
}

/// What kind of algorithm can be chosen for a use.
const fn kind_of_choice(purpose: Use) -> Option<Kind> {
    match purpose {
        Use::Sign => Some(Kind::Signature),
        Use::Receive => Some(Kind::Kem),
        _ => None,
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Policy({}, {})", self.name, self.hash_hex())
    }
}
