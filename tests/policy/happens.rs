//! What a policy says of a request is what comes of it: for every algorithm, use, profile and edge, the
//! answer of [`Policy::refusals`], which `chop policy explain` prints, against the operation itself.

use std::thread;

use chop::algorithm::Kind;
use chop::policy::{Profile, Use};
use chop::{
    Algorithm, Code, Context, Error, Guard, Policy, PrivateKey, PublicKey, SecretBytes, Time,
    Verdict, VerifyOptions, encoding,
};

use super::{request, unix};

const MESSAGE: &[u8] = b"<Document>a credit transfer</Document>";

/// 2026-11-24, and of each edge the second before and the first.
fn moments(policy: &Policy) -> Vec<Time> {
    let around = |edge: Time| [unix(edge.unix_seconds() - 1), edge];
    let mut moments = vec![unix(1_795_478_400)];
    moments.extend(policy.edges().into_iter().flat_map(around));
    moments
}

/// Whether making a key, or a signature, takes seconds.
fn takes_long(algorithm: Algorithm) -> bool {
    let name = algorithm.name();
    name.contains("RSA") || name.starts_with("SLH-DSA") && name.ends_with('s')
}

/// A key, and what was made with it.
struct Subject {
    algorithm: Algorithm,
    private: SecretBytes,
    public: PublicKey,
    /// A signature of the message, or a ciphertext.
    output: Vec<u8>,
}

impl Subject {
    /// Made under `guard`, which refuses nothing.
    fn new(algorithm: Algorithm, guard: &Guard) -> Self {
        let key = PrivateKey::generate_under(algorithm, guard).unwrap();
        let output = match &key {
            PrivateKey::Signing(key) => key.sign(MESSAGE).unwrap(),
            PrivateKey::Decapsulation(key) => key.encapsulation_key().encapsulate().unwrap().0,
            _ => panic!("a kind of key without a use"),
        };
        Self {
            algorithm,
            private: key.to_pkcs8_der(key.forms()[0]).unwrap(),
            public: key.public_key(),
            output,
        }
    }

    /// The key as a file gives it: on a NIST curve it signs until it is asked to agree.
    fn read(&self) -> PrivateKey {
        let passphrase = &mut || Err(Error::usage("passphrase"));
        let key = encoding::read_private_key(self.private.expose(), passphrase).unwrap();
        match self.algorithm.info().kind {
            Kind::Signature => key,
            _ => PrivateKey::Decapsulation(key.into_decapsulation().unwrap()),
        }
    }

    /// Does it: the rule that refuses, if one does, and its sentence.
    fn attempt(&self, purpose: Use, guard: &Guard) -> Option<(String, String)> {
        let outcome = match purpose {
            Use::Generate => PrivateKey::generate_under(self.algorithm, guard).map(drop),
            Use::Import => {
                let public = refusal(self.public.clone().import(guard).map(drop));
                let private = refusal(self.read().import(guard).map(drop));
                assert_eq!(public, private);
                return private;
            }
            Use::Sign => {
                let key = self.read().under(guard).into_signing().unwrap();
                key.sign(MESSAGE).map(drop)
            }
            Use::Verify => {
                let key = self.public.clone().into_verifying().unwrap().under(guard);
                let refused = key.refusal(&VerifyOptions::default()).unwrap();
                let expected = match refused {
                    None => Verdict::Valid,
                    Some(_) => Verdict::RefusedByPolicy,
                };
                assert_eq!(key.verify(MESSAGE, &self.output), Ok(expected));
                return refused.map(|by| (by.rule, by.sentence));
            }
            Use::Receive => {
                let key = self.public.clone().into_encapsulation().unwrap();
                key.under(guard).encapsulate().map(drop)
            }
            Use::Open => {
                let key = self.read().under(guard).into_decapsulation().unwrap();
                key.decapsulate(&self.output).map(drop)
            }
            _ => panic!("a use that nobody tries"),
        };
        refusal(outcome)
    }
}

fn refusal(outcome: Result<(), Error>) -> Option<(String, String)> {
    let error = outcome.err()?;
    assert_eq!(error.code(), Code::Policy, "{error}");
    let sentence = error.what().strip_prefix("refused by policy: ").unwrap();
    Some((error.refused_by().unwrap().to_owned(), sentence.to_owned()))
}

/// What came of all requests about one algorithm.
#[derive(Default)]
struct Count {
    tried: usize,
    refused: usize,
    /// Allowed, and not done again because it takes long.
    spared: usize,
}

/// Every use under every profile around every edge.
fn all_of(algorithm: Algorithm) -> Count {
    let first = Policy::built_in(Profile::Hybrid2026);
    let at = moments(&first)[0];
    let subject = Subject::new(algorithm, &Guard::new(first).at(at));
    let mut count = Count::default();
    for profile in Profile::ALL {
        let policy = Policy::built_in(*profile);
        for at in moments(&policy) {
            let guard = Guard::new(policy.clone()).at(at);
            let uses = Use::ALL.iter().copied();
            for purpose in uses.filter(|purpose| purpose.is_of(algorithm.info().kind)) {
                let said = policy.refusals(&request(algorithm, purpose, at));
                let expected = said
                    .first()
                    .map(|by| (by.rule.clone(), by.sentence.clone()));
                let asked = guard.refusal(algorithm, purpose, &Context::empty());
                assert_eq!(asked, Ok(said.first().cloned()));
                // The subject has shown that it is done where it is allowed.
                let makes = matches!(purpose, Use::Generate | Use::Sign);
                if takes_long(algorithm) && makes && expected.is_none() {
                    count.spared += 1;
                    continue;
                }
                let happened = subject.attempt(purpose, &guard);
                assert_eq!(happened, expected, "{algorithm} {purpose} {policy:?} {at}");
                count.tried += 1;
                count.refused += usize::from(happened.is_some());
            }
        }
    }
    count
}

#[test]
fn what_is_said_of_each_algorithm_and_use_is_what_comes_of_it() {
    // Nobody makes legacy keys: what becomes of those that are there stands with them.
    let rows = Algorithm::CURRENT;
    let all: Vec<Count> = thread::scope(|scope| {
        let threads: Vec<_> = rows
            .iter()
            .map(|row| scope.spawn(move || all_of(*row)))
            .collect();
        threads.into_iter().map(|one| one.join().unwrap()).collect()
    });
    // One moment under three profiles and three under the one with an edge; four uses of each algorithm.
    let sum = |number: fn(&Count) -> usize| all.iter().map(number).sum::<usize>();
    let (tried, spared) = (sum(|one| one.tried), sum(|one| one.spared));
    assert_eq!(tried + spared, rows.len() * 6 * 4);
    let refused = sum(|one| one.refused);
    assert!(refused > rows.len() && tried - refused > rows.len());
    let long = rows.iter().filter(|row| takes_long(**row)).count();
    assert!(spared <= long * 6 * 2);
}
