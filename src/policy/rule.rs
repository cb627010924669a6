//! One rule: whom it concerns, when, and what it takes away.

use std::fmt;

use crate::algorithm::{Algorithm, Class, Context, Kind};
use crate::error::{Code, Error, Result};
use crate::time::Time;

/// What a key is wanted for.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    /// A new key pair.
    Generate,
    /// Taking over a key that was made elsewhere.
    Import,
    /// Signing.
    Sign,
    /// Verifying signatures.
    Verify,
    /// Receiving secrets: what others encapsulate to the key.
    Receive,
    /// Opening what was received: decapsulating.
    Open,
}

impl Use {
    /// Every use.
    pub const ALL: &'static [Self] = &[
        Self::Generate,
        Self::Import,
        Self::Sign,
        Self::Verify,
        Self::Receive,
        Self::Open,
    ];

    /// The name of the use in policies and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::Import => "import",
            Self::Sign => "sign",
            Self::Verify => "verify",
            Self::Receive => "receive",
            Self::Open => "open",
        }
    }

    /// Whether keys of this kind can be wanted for it.
    pub const fn is_of(self, kind: Kind) -> bool {
        match self {
            Self::Generate | Self::Import => true,
            Self::Sign | Self::Verify => matches!(kind, Kind::Signature),
            Self::Receive | Self::Open => matches!(kind, Kind::Kem),
        }
    }

    /// Whether it reads what was made before, and makes nothing new.
    pub(super) const fn reads(&self) -> bool {
        matches!(self, Self::Import | Self::Verify | Self::Open)
    }

    /// What a key may not do when this is refused.
    const fn words(self) -> &'static str {
        match self {
            Self::Generate => "be generated",
            Self::Import => "be imported",
            Self::Sign => "sign",
            Self::Verify => "verify signatures",
            Self::Receive => "receive secrets",
            Self::Open => "open secrets",
        }
    }

    /// The use of that name.
    ///
    /// # Errors
    /// [`Code::Usage`], listing the names.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|use_| use_.name() == name)
            .ok_or_else(|| {
                let names: Vec<_> = Self::ALL.iter().map(|use_| use_.name()).collect();
                Error::usage("use of a key")
                    .expected(names.join(", "))
                    .got(format!("{name:?}"))
            })
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A set of rows of the algorithm table: a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Algorithms(u128);

const _: () = assert!(Algorithm::ALL.len() <= u128::BITS as usize);

impl Algorithms {
    pub(super) fn all() -> Self {
        Self::those(|_| true)
    }

    pub(super) fn those(which: impl Fn(Algorithm) -> bool) -> Self {
        let rows = Algorithm::ALL.iter().filter(|row| which(**row));
        Self(rows.fold(0, |bits, row| bits | 1 << (*row as usize)))
    }

    pub(super) const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & 1 << (algorithm as usize) != 0
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What a word of a policy stands for: a row, a class, or the rows whose names start with what
    /// stands before a star. `None` for a word that stands for nothing.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        if let Some(class) = Class::ALL.iter().find(|class| class.name() == word) {
            return Some(Self::those(|row| row.class() == *class));
        }
        let found = match word.strip_suffix('*') {
            Some(start) if !start.is_empty() => Self::those(|row| row.name().starts_with(start)),
            _ => Self::those(|row| row.name() == word),
        };
        (!found.is_empty()).then_some(found)
    }
}

/// The time, and the other side, for which a line of a policy is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    /// The first moment.
    pub(super) from: Option<Time>,
    /// The first moment after.
    pub(super) until: Option<Time>,
    /// Only with these; empty for everybody.
    pub(super) counterparties: Vec<String>,
    /// Not with these.
    pub(super) except: Vec<String>,
}

impl Scope {
    pub(super) fn covers(&self, at: Time, counterparty: Option<&str>) -> bool {
        let named =
            |list: &[String]| counterparty.is_some_and(|name| list.iter().any(|n| n == name));
        self.from.is_none_or(|from| from <= at)
            && self.until.is_none_or(|until| at < until)
            && (self.counterparties.is_empty() || named(&self.counterparties))
            && !named(&self.except)
    }

    /// `since 2027-01-01T00:00:00Z`, `until …`, `always`.
    fn period(&self) -> String {
        match (self.from, self.until) {
            (None, None) => "always".to_owned(),
            (Some(from), None) => format!("since {from}"),
            (None, Some(until)) => format!("until {until}"),
            (Some(from), Some(until)) => format!("since {from} until {until}"),
        }
    }
}

/// What a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// None of these algorithms.
    Refuse(Algorithms),
    /// One of these contexts, for signatures by these algorithms.
    Contexts(Algorithms, Vec<Context>),
    /// Not to pass over in silence.
    Warn(Algorithms),
}

/// One rule of a policy. It takes away or warns; no rule allows what another refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(super) name: String,
    pub(super) harm: String,
    pub(super) uses: Vec<Use>,
    pub(super) scope: Scope,
    pub(super) demand: Demand,
    /// The demand in the words of the policy.
    pub(super) words: String,
}

impl Rule {
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the rule prevents, in a sentence.
    pub fn harm(&self) -> &str {
        &self.harm
    }

    /// The first moment at which it is in force; `None` if it always was.
    pub const fn from(&self) -> Option<Time> {
        self.scope.from
    }

    /// The first moment at which it is in force no more; `None` if it stays.
    pub const fn until(&self) -> Option<Time> {
        self.scope.until
    }

    /// What it asks for.
    pub fn demand(&self) -> &str {
        &self.words
    }

    /// Whether it says anything about `request`, and what.
    pub(super) fn effect(&self, request: &Request<'_>) -> Effect {
        let algorithm = request.algorithm;
        let effect = match &self.demand {
            Demand::Refuse(refused) if refused.contains(algorithm) => Effect::Refuses,
            Demand::Contexts(concerned, contexts)
                if concerned.contains(algorithm) && !contexts.contains(request.context) =>
            {
                Effect::Refuses
            }
            Demand::Warn(concerned) if concerned.contains(algorithm) => Effect::Warns,
            _ => return Effect::None,
        };
        // Last, because names are compared here.
        match self.uses.contains(&request.purpose)
            && self.scope.covers(request.at, request.counterparty)
        {
            true => effect,
            false => Effect::None,
        }
    }

    /// The algorithms that this rule refuses for `purpose` at one time or another.
    pub(super) fn may_refuse(&self, purpose: Use) -> Algorithms {
        match self.demand {
            _ if !self.uses.contains(&purpose) => Algorithms::default(),
            Demand::Refuse(set) | Demand::Contexts(set, _) => set,
            Demand::Warn(_) => Algorithms::default(),
        }
    }

    /// Why the rule can never say anything, if so.
    pub(super) fn idle(&self) -> Option<&'static str> {
        let (Demand::Refuse(set) | Demand::Contexts(set, _) | Demand::Warn(set)) = self.demand;
        let concerned = |purpose: &Use| {
            let mut rows = Algorithm::ALL.iter();
            rows.any(|row| set.contains(*row) && purpose.is_of(row.info().kind))
        };
        // A set without rows is a minimum that all reach.
        if !set.is_empty() && !self.uses.iter().any(concerned) {
            return Some("none of its algorithms has one of its uses");
        }
        let Scope {
            counterparties,
            except,
            ..
        } = &self.scope;
        let nobody =
            !counterparties.is_empty() && counterparties.iter().all(|one| except.contains(one));
        nobody.then_some("each of its counterparties is an exception")
    }

    /// What a report says when this rule warns.
    pub(super) fn warning(&self, request: &Request<'_>, policy: &str) -> String {
        format!(
            "{} for {}: {} (rule {} of policy {policy})",
            request.algorithm, request.purpose, self.harm, self.name
        )
    }
}

/// What a rule says about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    None,
    Warns,
    Refuses,
}

/// Everything that a policy decides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The algorithm of the key.
    pub algorithm: Algorithm,
    /// What the key is wanted for.
    pub purpose: Use,
    /// The context string of the signature; empty for every other use.
    pub context: &'a Context,
    /// The other side, if it is known.
    pub counterparty: Option<&'a str>,
    /// When: the present, never a time that a message claims.
    pub at: Time,
}

/// Why a policy refuses, for a person and for a program.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The name of the rule.
    pub rule: String,
    /// Which rule of which policy, since when, and what harm it prevents.
    pub sentence: String,
}

/// What to do in place of something with a legacy algorithm.
fn advice(rule: &Rule, request: &Request<'_>) -> String {
    match request.algorithm.replacement() {
        _ if rule.name != super::read::READ_LEGACY => String::new(),
        Some(_) if request.purpose.reads() => {
            "; the profile legacy-read lets it be read".to_owned()
        }
        Some(replacement) => format!("; use {replacement}"),
        None => String::new(),
    }
}

impl Refusal {
    pub(super) fn new(rule: &Rule, request: &Request<'_>, policy: &str) -> Self {
        let by = match request.counterparty {
            Some(name) if !rule.scope.counterparties.is_empty() => format!(" with {name}"),
            _ => String::new(),
        };
        Self {
            rule: rule.name.clone(),
            sentence: format!(
                "{} may not {}{by} on {}: rule {} of policy {policy}, in force {}, {}: {}{}",
                request.algorithm,
                request.purpose.words(),
                request.at,
                rule.name,
                rule.scope.period(),
                rule.words,
                rule.harm,
                advice(rule, request)
            ),
        }
    }

    /// The refusal as an error.
    pub fn into_error(self) -> Error {
        Error::new(
            Code::Policy,
            format!("refused by policy: {}", self.sentence),
        )
        .rule(self.rule)
    }
}
