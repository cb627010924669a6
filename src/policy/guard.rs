//! A policy on duty: with a clock and, where it is known, the other side.

use std::sync::{Arc, LazyLock};

use super::{Policy, Profile, Refusal, Request, Use};
use crate::algorithm::{Algorithm, Context};
use crate::error::{Code, Error, Result};
use crate::time::Time;

/// Where a guard takes the time from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    System,
    Fixed(Time),
}

/// What every key asks before it does anything: a policy, the time, and the other side.
///
/// Keys start under the default, which is [`Profile::Hybrid2026`] by the system's clock;
/// `under` of each kind of key and certificate puts them under another. A copy is cheap.
#[derive(Clone, Debug)]
pub struct Guard {
    policy: Arc<Policy>,
    counterparty: Option<Arc<str>>,
    clock: Clock,
}

impl Guard {
    /// A guard by the system's clock.
    pub fn new(policy: impl Into<Arc<Policy>>) -> Self {
        Self {
            policy: policy.into(),
            counterparty: None,
            clock: Clock::System,
        }
    }

    /// A guard that refuses nothing, for what is computed but never believed.
    pub(crate) fn lenient() -> Self {
        static LENIENT: LazyLock<Guard> = LazyLock::new(|| Guard::new(Policy::lenient()));
        LENIENT.clone()
    }

    /// The same at a fixed time. It is for plans and tests: give it no time that a message claims.
    #[must_use]
    pub fn at(mut self, time: Time) -> Self {
        self.clock = Clock::Fixed(time);
        self
    }

    /// The same for what is exchanged with `counterparty`.
    ///
    /// # Errors
    /// [`Code::Usage`] for a name that no policy can hold.
    pub fn with_counterparty(mut self, counterparty: &str) -> Result<Self> {
        super::read::check_counterparty(counterparty).map_err(|expected| {
            Error::usage("counterparty")
                .expected(expected)
                .got("another")
        })?;
        self.counterparty = Some(counterparty.into());
        Ok(self)
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The other side, if it was named.
    pub fn counterparty(&self) -> Option<&str> {
        self.counterparty.as_deref()
    }

    /// The time by which this guard decides.
    ///
    /// # Errors
    /// [`Code::Io`] for a system's clock out of its mind.
    pub fn now(&self) -> Result<Time> {
        match self.clock {
            Clock::System => Time::now(),
            Clock::Fixed(time) => Ok(time),
        }
    }

    /// Why the policy refuses, if it does. The one place at which every operation of every key asks.
    ///
    /// # Errors
    /// As [`now`](Self::now).
    pub fn refusal(
        &self,
        algorithm: Algorithm,
        purpose: Use,
        context: &Context,
    ) -> Result<Option<Refusal>> {
        // Most keys are under rules that never touch them: they need not ask the clock.
        if self.policy.never_refuses(algorithm, purpose) {
            return Ok(None);
        }
        Ok(self
            .policy
            .refusals(&self.request(algorithm, purpose, context)?)
            .into_iter()
            .next())
    }

    /// Refuses what the policy refuses.
    ///
    /// # Errors
    /// [`Code::Policy`], with the rule; as [`now`](Self::now).
    pub fn check(&self, algorithm: Algorithm, purpose: Use, context: &Context) -> Result<()> {
        self.refusal(algorithm, purpose, context)?
            .map_or(Ok(()), |refusal| Err(refusal.into_error()))
    }

    /// What the policy has to say about something that it allows.
    ///
    /// # Errors
    /// As [`now`](Self::now).
    pub fn warnings(
        &self,
        algorithm: Algorithm,
        purpose: Use,
        context: &Context,
    ) -> Result<Vec<String>> {
        Ok(self
            .policy
            .warnings(&self.request(algorithm, purpose, context)?))
    }

    /// The algorithms that the policy chooses for `purpose`, the first choice first.
    ///
    /// # Errors
    /// As [`Policy::choices`], and as [`now`](Self::now).
    pub fn choices(&self, purpose: Use) -> Result<Vec<Algorithm>> {
        self.policy
            .choices(purpose, self.now()?, self.counterparty())
    }

    /// Of the algorithms that the policy chooses for `purpose` those that it also lets do it in `context`; all
    /// of them if it refuses all, and the refusal of the first then says why.
    ///
    /// # Errors
    /// As [`choices`](Self::choices).
    pub fn usable(&self, purpose: Use, context: &Context) -> Result<Vec<Algorithm>> {
        self.permitted(self.choices(purpose)?, purpose, context)
    }

    /// The algorithm of a new key for `purpose`, which is signing or receiving: the first that the policy
    /// chooses and lets be made, of `category` or more.
    ///
    /// # Errors
    /// [`Code::Policy`] if there is none; as [`choices`](Self::choices).
    pub fn for_new_key(&self, purpose: Use, category: Option<u8>) -> Result<Algorithm> {
        let mut choices = self.choices(purpose)?;
        choices.retain(|choice| choice.info().category >= category.unwrap_or_default());
        match self
            .permitted(choices, Use::Generate, &Context::empty())?
            .first()
        {
            Some(choice) => Ok(*choice),
            None => Err(self.nothing_chosen(purpose, category)?),
        }
    }

    /// The algorithm of a new key that takes the place of another one for `purpose`, which is signing or
    /// receiving, before `horizon`: the first that the policy chooses, today or then, and lets be made and
    /// used today and used then. Otherwise the new key would need a successor, too. A key that is bound
    /// to `contexts` needs an algorithm that has some.
    ///
    /// # Errors
    /// [`Code::Policy`] if there is none; as [`choices`](Self::choices).
    pub fn for_successor(
        &self,
        purpose: Use,
        contexts: &[Context],
        horizon: Time,
    ) -> Result<Algorithm> {
        let then = self.clone().at(horizon);
        let choices = [self.choices(purpose)?, then.choices(purpose)?].concat();
        let fits = |choice: &Algorithm| contexts.is_empty() || choice.info().context;
        for choice in choices.into_iter().filter(fits) {
            let refusals = [
                self.refusal(choice, Use::Generate, &Context::empty())?,
                self.refusal_in_each(choice, purpose, contexts)?,
                then.refusal_in_each(choice, purpose, contexts)?,
            ];
            if refusals.iter().all(Option::is_none) {
                return Ok(choice);
            }
        }
        Err(Error::new(
            Code::Policy,
            format!(
                "policy {} chooses no algorithm for {purpose} that may be made on {} and used until {horizon}",
                self.policy.name(),
                self.now()?
            ),
        )
        .expected("a line [[choose]] in the policy, or a nearer time"))
    }

    /// Why the policy does not let `algorithm` be used for `purpose`, in whichever of `contexts` a
    /// signature has; without any, whatever context it has.
    pub(crate) fn refusal_in_each(
        &self,
        algorithm: Algorithm,
        purpose: Use,
        contexts: &[Context],
    ) -> Result<Option<Refusal>> {
        let free = contexts.is_empty() && algorithm.info().context;
        if free && !self.refuses_in_every_context(algorithm, purpose)? {
            return Ok(None);
        }
        let none = [Context::empty()];
        let contexts = match contexts {
            [] => &none,
            contexts => contexts,
        };
        let mut first = None;
        for context in contexts {
            match self.refusal(algorithm, purpose, context)? {
                None => return Ok(None),
                refused => first = first.or(refused),
            }
        }
        Ok(first)
    }

    fn refuses_in_every_context(&self, algorithm: Algorithm, purpose: Use) -> Result<bool> {
        let none = Context::empty();
        let request = self.request(algorithm, purpose, &none)?;
        Ok(self.policy.refuses_in_every_context(&request))
    }

    fn permitted(
        &self,
        choices: Vec<Algorithm>,
        wanted: Use,
        context: &Context,
    ) -> Result<Vec<Algorithm>> {
        let mut permitted = Vec::new();
        for choice in &choices {
            if self.refusal(*choice, wanted, context)?.is_none() {
                permitted.push(*choice);
            }
        }
        Ok(match permitted.is_empty() {
            true => choices,
            false => permitted,
        })
    }

    /// The refusal where the policy chooses nothing.
    ///
    /// # Errors
    /// As [`now`](Self::now).
    pub fn nothing_chosen(&self, purpose: Use, category: Option<u8>) -> Result<Error> {
        let category = category.map_or(String::new(), |least| {
            format!(" in category {least} or more")
        });
        Ok(Error::new(
            Code::Policy,
            format!(
                "policy {} chooses no algorithm for {purpose}{category} on {}",
                self.policy.name(),
                self.now()?
            ),
        )
        .expected(
            "a line [[choose]] in the policy, or an algorithm or key named on the command line",
        ))
    }

    fn request<'a>(
        &'a self,
        algorithm: Algorithm,
        purpose: Use,
        context: &'a Context,
    ) -> Result<Request<'a>> {
        Ok(Request {
            algorithm,
            purpose,
            context,
            counterparty: self.counterparty(),
            at: self.now()?,
        })
    }
}

impl Default for Guard {
    fn default() -> Self {
        static DEFAULT: LazyLock<Guard> =
            LazyLock::new(|| Guard::new(Policy::built_in(Profile::Hybrid2026)));
        DEFAULT.clone()
    }
}
