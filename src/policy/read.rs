//! A policy read from TOML: every word is known, or the nearest known one is named.

use std::ops::Range;

use toml::de::{DeTable, DeValue};
use toml_datetime::{Datetime, Offset};

use super::rule::{Algorithms, Demand, Rule, Scope, Use};
use super::value::{self, Value, Wrong};
use super::{Choice, kind_of_choice};
use crate::algorithm::Class;
use crate::error::{Code, Error, Result};
use crate::nearest::nearest;
use crate::time::Time;

/// The largest policy that is read.
pub const MAX_POLICY: usize = 256 << 10;

/// The most rules of a policy, and the most choices.
pub const MAX_RULES: usize = 256;

/// The most names of a list.
pub(super) const MAX_LIST: usize = 1000;

/// The longest name of a policy, a rule or a counterparty, in bytes.
pub(super) const MAX_NAME: usize = 64;

/// The longest sentence about harm, in bytes.
pub(super) const MAX_HARM: usize = 300;

/// The one version of the format.
const VERSION: i64 = 1;

/// The rule that is in force without being written: its name is the word that lifts it.
pub(super) const READ_LEGACY: &str = "read-legacy";

/// The rule that marks what is read under that word.
const LEGACY_IS_READ: &str = "legacy-is-read";

/// What was read.
pub(super) struct Read {
    pub(super) name: String,
    pub(super) zone: Zone,
    pub(super) choices: Vec<Choice>,
    pub(super) rules: Vec<Rule>,
}

/// The difference to UTC of dates that do not name their own, in minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Zone(i16);

impl Zone {
    /// Reads `Z` or `+08:00`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        // What stands here continues a time: a fraction of a second must not pass for a part of a zone.
        if !name.starts_with(['Z', 'z', '+', '-']) {
            return None;
        }
        let any: Datetime = format!("2000-01-01T00:00:00{name}").parse().ok()?;
        match any.offset? {
            Offset::Z => Some(Self(0)),
            Offset::Custom { minutes } => Some(Self(minutes)),
        }
    }

    /// Reads a date or a time; what was expected, if it is neither.
    pub(super) fn time(self, text: &str) -> Result<Time, String> {
        let written = text.parse().map_err(|_| {
            "a date like 2027-01-01, or a time like 2027-01-01T08:00:00+08:00".to_owned()
        })?;
        self.moment(written)
    }

    /// The moment that a date or a time of TOML names: of a date its first.
    pub(super) fn moment(self, written: Datetime) -> Result<Time, String> {
        let date = written.date.ok_or("a date, not a time of day alone")?;
        let (mut clock, mut whole) = ((0, 0, 0), true);
        if let Some(time) = written.time {
            clock = (time.hour, time.minute, time.second.unwrap_or_default());
            whole = time.nanosecond.unwrap_or_default() == 0;
        }
        if !whole {
            return Err("whole seconds".to_owned());
        }
        let minutes = match written.offset {
            None => self.0,
            Some(Offset::Z) => 0,
            Some(Offset::Custom { minutes }) => minutes,
        };
        Time::civil(date.year, date.month, date.day, clock)
            .and_then(|local| local.minus_minutes(minutes))
            .ok_or_else(|| "a moment that exists, between 1970 and 9999".to_owned())
    }
}

/// Refuses what is no name of a counterparty, and says what was expected.
pub(super) fn check_counterparty(name: &str) -> Result<(), String> {
    let plain = |c: char| !c.is_control();
    match !name.is_empty() && name.len() <= MAX_NAME && name.chars().all(plain) {
        true => Ok(()),
        false => Err(format!("1 to {MAX_NAME} bytes without control characters")),
    }
}

/// Reads a policy.
pub(super) fn policy(text: &str) -> Result<Read> {
    if text.len() > MAX_POLICY {
        return Err(Error::new(Code::Limit, "policy")
            .expected(format!("at most {MAX_POLICY} bytes"))
            .got(format!("{} bytes", text.len())));
    }
    let table = DeTable::parse(text).map_err(|error| {
        let place = error.span().map_or(0, |span| span.start);
        Error::malformed("policy")
            .expected("TOML")
            .got(error.message().to_owned())
            .at(line(text, place))
    })?;
    let span = table.span();
    let mut top = Table::new(text, "policy", table.into_inner(), span);
    let version = top.required("version", value::integer)?;
    if version != VERSION {
        return Err(top.wrong("version", format!("{VERSION}"), version.to_string()));
    }
    let name = top.required("name", value::name)?;
    let zone = top.optional("zone", value::zone)?.unwrap_or_default();
    let read_legacy = top
        .optional(READ_LEGACY, value::boolean)?
        .unwrap_or_default();
    let choices = top.tables("choose", |table| choice(table, zone))?;
    let mut rules = vec![legacy_rule(read_legacy)];
    rules.extend(read_legacy.then(legacy_mark));
    let written = top.tables("rule", |table| {
        let place = table.span.start;
        Ok((place, rule(table, zone)?))
    })?;
    top.finish()?;
    for (place, rule) in written {
        if rules.iter().any(|other| other.name == rule.name) {
            return Err(Error::malformed("policy")
                .expected("a name of its own for each rule")
                .got(format!("two rules called {:?}", rule.name))
                .at(line(text, place)));
        }
        rules.push(rule);
    }
    Ok(Read {
        name,
        zone,
        choices,
        rules,
    })
}

/// Legacy algorithms are refused: for everything, or, where reading is allowed, for making more.
fn legacy_rule(read_legacy: bool) -> Rule {
    let words = match read_legacy {
        true => "legacy algorithms may be read and no more",
        false => "legacy algorithms are refused",
    };
    Rule {
        name: READ_LEGACY.to_owned(),
        harm: "the forerunners of a standard have known faults, and nobody mends them".to_owned(),
        uses: Use::ALL
            .iter()
            .copied()
            .filter(|purpose| !(read_legacy && purpose.reads()))
            .collect(),
        scope: Scope::default(),
        demand: Demand::Refuse(Algorithms::those(|row| row.class() == Class::Legacy)),
        words: words.to_owned(),
    }
}

/// Whoever allows legacy algorithms to be read is told each time that one is.
fn legacy_mark() -> Rule {
    Rule {
        name: LEGACY_IS_READ.to_owned(),
        harm: "a legacy algorithm, read only: nobody mends its faults; sign or encrypt again what has to last"
            .to_owned(),
        uses: Use::ALL.iter().copied().filter(Use::reads).collect(),
        scope: Scope::default(),
        demand: Demand::Warn(Algorithms::those(|row| row.class() == Class::Legacy)),
        words: "warns".to_owned(),
    }
}

fn choice(mut table: Table<'_>, zone: Zone) -> Result<Choice> {
    let purpose = table.required("use", value::purpose)?;
    let kind = kind_of_choice(purpose)
        .ok_or_else(|| table.wrong("use", "sign or receive".to_owned(), purpose.to_string()))?;
    let algorithm = table.required("algorithm", value::algorithm)?;
    if algorithm.info().kind != kind {
        let expected = format!("an algorithm that can {purpose}");
        return Err(table.wrong("algorithm", expected, algorithm.to_string()));
    }
    let scope = scope(&mut table, zone)?;
    table.finish()?;
    Ok(Choice {
        purpose,
        algorithm,
        scope,
    })
}

fn scope(table: &mut Table<'_>, zone: Zone) -> Result<Scope> {
    let scope = Scope {
        from: table.optional("from", |it| value::moment(it, zone))?,
        until: table.optional("until", |it| value::moment(it, zone))?,
        counterparties: table
            .optional("counterparties", |it| value::list(it, value::counterparty))?
            .unwrap_or_default(),
        except: table
            .optional("except", |it| value::list(it, value::counterparty))?
            .unwrap_or_default(),
    };
    if let (Some(from), Some(until)) = (scope.from, scope.until)
        && until <= from
    {
        return Err(table.wrong("until", format!("a time after {from}"), until.to_string()));
    }
    Ok(scope)
}

fn rule(mut table: Table<'_>, zone: Zone) -> Result<Rule> {
    let name = table.required("name", value::name)?;
    let harm = table.required("harm", value::sentence)?;
    let uses = table
        .optional("use", |it| value::list(it, value::purpose))?
        .unwrap_or_else(|| Use::ALL.to_vec());
    let scope = scope(&mut table, zone)?;
    let concerned = table
        .optional("algorithms", value::algorithms)?
        .map_or_else(Algorithms::all, |(set, _)| set);
    let mut demands = Vec::new();
    if table.optional("refuse", value::yes)?.is_some() {
        demands.push((Demand::Refuse(concerned), "refuses it".to_owned()));
    }
    if table.optional("warn", value::yes)?.is_some() {
        demands.push((Demand::Warn(concerned), "warns".to_owned()));
    }
    if let Some((allowed, words)) = table.optional("only", value::algorithms)? {
        let words = format!("allows only {}", words.join(", "));
        demands.push((Demand::Refuse(concerned.without(allowed)), words));
    }
    if let Some(least) = table.optional("min-category", |it| value::number(it, 1..6))? {
        let below = Algorithms::those(|row| i64::from(row.info().category) < least);
        let words = format!("asks for category {least} or more");
        demands.push((Demand::Refuse(concerned.and(below)), words));
    }
    if let Some(least) = table.optional("min-rsa-bits", |it| value::number(it, 2048..16385))? {
        let below =
            Algorithms::those(|row| row.rsa_bits().is_some_and(|bits| i64::from(bits) < least));
        let words = format!("asks for RSA of {least} bits or more");
        demands.push((Demand::Refuse(concerned.and(below)), words));
    }
    if let Some(contexts) = table.optional("contexts", |it| value::list(it, value::context))? {
        // A context is a matter of signatures: a rule on other uses would never say anything.
        let signs = |purpose: &Use| matches!(purpose, Use::Sign | Use::Verify);
        if !uses.iter().any(signs) {
            let expected = "a rule on sign or verify".to_owned();
            return Err(table.wrong("contexts", expected, "one on neither".to_owned()));
        }
        let words = "asks for one of its contexts".to_owned();
        demands.push((Demand::Contexts(concerned, contexts), words));
    }
    let uses = match demands.as_slice() {
        [(Demand::Contexts(..), _)] => uses
            .into_iter()
            .filter(|purpose| matches!(purpose, Use::Sign | Use::Verify))
            .collect(),
        _ => uses,
    };
    table.finish_with(|table| match <[_; 1]>::try_from(demands) {
        Ok([(demand, words)]) => Ok(Rule {
            name,
            harm,
            uses,
            scope,
            demand,
            words,
        }),
        Err(demands) => Err(table.wrong_whole(
            "exactly one of refuse, warn, only, min-category, min-rsa-bits, contexts",
            format!("{} of them", demands.len()),
        )),
    })
}

/// The line at which `place` is.
fn line(text: &str, place: usize) -> String {
    let before = text.as_bytes().iter().take(place);
    format!("line {}", before.filter(|byte| **byte == b'\n').count() + 1)
}

/// A table that is being taken apart, word by word.
struct Table<'a> {
    text: &'a str,
    what: &'static str,
    words: DeTable<'a>,
    /// The words that have been asked for.
    known: Vec<&'static str>,
    span: Range<usize>,
    /// Where each word that was asked for stands.
    places: Vec<(&'static str, usize)>,
}

impl<'a> Table<'a> {
    fn new(text: &'a str, what: &'static str, words: DeTable<'a>, span: Range<usize>) -> Self {
        Self {
            text,
            what,
            words,
            known: Vec::new(),
            span,
            places: Vec::new(),
        }
    }

    fn optional<T>(
        &mut self,
        word: &'static str,
        read: impl FnOnce(Value<'_>) -> Result<T, Wrong>,
    ) -> Result<Option<T>> {
        self.known.push(word);
        let Some((_, value)) = self.words.remove_entry(word) else {
            return Ok(None);
        };
        self.places.push((word, value.span().start));
        let (text, what) = (self.text, self.what);
        read(&value).map(Some).map_err(|wrong| {
            Error::malformed(format!("{word} of a {what}"))
                .expected(wrong.expected)
                .got(wrong.got)
                .at(line(text, wrong.place.unwrap_or(value.span().start)))
        })
    }

    fn required<T>(
        &mut self,
        word: &'static str,
        read: impl FnOnce(Value<'_>) -> Result<T, Wrong>,
    ) -> Result<T> {
        self.optional(word, read)?.ok_or_else(|| {
            let missing = Error::malformed(self.title()).expected(word).got("none");
            missing.at(line(self.text, self.span.start))
        })
    }

    /// The tables of an array of tables.
    fn tables<T>(
        &mut self,
        word: &'static str,
        read: impl Fn(Table<'a>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.known.push(word);
        let Some(value) = self.words.remove(word) else {
            return Ok(Vec::new());
        };
        let place = line(self.text, value.span().start);
        let wrong = |got: &str| {
            Error::malformed(format!("{word} of a policy"))
                .expected(format!("tables, each headed [[{word}]]"))
                .got(got)
        };
        let DeValue::Array(elements) = value.into_inner() else {
            return Err(wrong("something else").at(place));
        };
        if elements.len() > MAX_RULES {
            return Err(Error::new(Code::Limit, format!("{word} of a policy"))
                .expected(format!("at most {MAX_RULES}"))
                .got(elements.len().to_string()));
        }
        elements
            .into_iter()
            .map(|element| {
                let span = element.span();
                match element.into_inner() {
                    DeValue::Table(table) => read(Table::new(self.text, word, table, span)),
                    other => Err(wrong(other.type_str()).at(line(self.text, span.start))),
                }
            })
            .collect()
    }

    /// Refuses words that nobody has asked for.
    fn finish(&self) -> Result<()> {
        let Some((word, _)) = self.words.iter().next() else {
            return Ok(());
        };
        let known = self.known.join(", ");
        let expected = match nearest(word.get_ref(), self.known.iter().copied()) {
            Some(near) => format!("{near} (or another of {known})"),
            None => format!("one of {known}"),
        };
        Err(Error::malformed(format!("word in a {}", self.what))
            .expected(expected)
            .got(format!("{:?}", word.get_ref()))
            .at(line(self.text, word.span().start)))
    }

    /// [`finish`](Self::finish), and then `make`.
    fn finish_with<T>(self, make: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.finish()?;
        make(&self)
    }

    fn title(&self) -> String {
        match self.what {
            "policy" => "policy".to_owned(),
            word => format!("[[{word}]]"),
        }
    }

    /// An error about a value that was read.
    fn wrong(&self, word: &'static str, expected: String, got: String) -> Error {
        let place = self.places.iter().find(|(known, _)| *known == word);
        Error::malformed(format!("{word} of a {}", self.what))
            .expected(expected)
            .got(got)
            .at(line(
                self.text,
                place.map_or(self.span.start, |(_, place)| *place),
            ))
    }

    fn wrong_whole(&self, expected: &str, got: String) -> Error {
        Error::malformed(self.title())
            .expected(expected)
            .got(got)
            .at(line(self.text, self.span.start))
    }
}
