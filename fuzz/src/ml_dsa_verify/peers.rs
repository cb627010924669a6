//! What other implementations say.

use aws_lc_rs::signature::{self, ParsedPublicKey};
use chop_verify::{ParameterSet, Rejected};
use libcrux_ml_dsa::VerificationError;

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// `libcrux-ml-dsa`, which tells the clause that refused.
    Libcrux,
    /// RustCrypto `ml-dsa`.
    RustCrypto,
    /// AWS-LC by `aws-lc-rs`, which takes no context: it is asked where there is none.
    AwsLc,
}

impl Peer {
    /// Everyone.
    pub const ALL: [Self; 3] = [Self::Libcrux, Self::RustCrypto, Self::AwsLc];

    /// The name of the crate.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Libcrux => "libcrux-ml-dsa",
            Self::RustCrypto => "ml-dsa",
            Self::AwsLc => "aws-lc-rs",
        }
    }
}

/// What one of them says. The interfaces differ where FIPS 204 leaves them free, and are read so:
///
/// - a context above 255 bytes is an error of its own for libcrux and `false` for RustCrypto: refused;
/// - a signature of another length fits neither's type, so that nothing can be asked: refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opinion {
    Valid,
    /// Without a reason.
    Refused,
    Context,
    Hints,
    Norm,
    Challenge,
}

impl Opinion {
    /// Whether it is this answer, as far as it tells.
    pub fn agrees(self, answer: Result<(), Rejected>) -> bool {
        use Rejected::*;
        match self {
            Self::Valid => answer.is_ok(),
            Self::Refused => answer.is_err(),
            Self::Context => matches!(answer, Err(ContextLength { .. })),
            Self::Hints => matches!(answer, Err(HintCount | HintOrder | HintPadding)),
            Self::Norm => answer == Err(Norm),
            Self::Challenge => answer == Err(Challenge),
        }
    }

    fn without_reason(valid: bool) -> Self {
        match valid {
            true => Self::Valid,
            false => Self::Refused,
        }
    }
}

/// Of a message, a context and a signature.
type Ask = Box<dyn Fn(&[u8], &[u8], &[u8]) -> Opinion + Send + Sync>;

/// A public key, read by each.
pub struct Peers {
    libcrux: Ask,
    rust_crypto: Ask,
    aws_lc: ParsedPublicKey,
}

impl Peers {
    /// Reads a public key of the right length.
    pub fn new(set: ParameterSet, public_key: &[u8]) -> Self {
        macro_rules! peers {
            ($module:ident, $set:ident, $aws_lc:ident) => {{
                let bytes = public_key.try_into().expect("of the right length");
                let key = libcrux_ml_dsa::MLDSAVerificationKey::new(bytes);
                let libcrux = move |message: &[u8], context: &[u8], signature: &[u8]| {
                    let Ok(signature) = signature.try_into() else {
                        return Opinion::Refused;
                    };
                    let signature = libcrux_ml_dsa::MLDSASignature::new(signature);
                    of_libcrux(libcrux_ml_dsa::$module::verify(
                        &key, message, context, &signature,
                    ))
                };
                let bytes = public_key.try_into().expect("of the right length");
                let key = ml_dsa::VerifyingKey::<ml_dsa::$set>::decode(&bytes);
                let rust_crypto = move |message: &[u8], context: &[u8], signature: &[u8]| {
                    let signature = signature.try_into().ok();
                    let signature = signature
                        .and_then(|bytes| ml_dsa::Signature::<ml_dsa::$set>::decode(&bytes));
                    Opinion::without_reason(signature.is_some_and(|signature| {
                        key.verify_with_context(message, context, &signature)
                    }))
                };
                let aws_lc = ParsedPublicKey::new(&signature::$aws_lc, public_key);
                Self {
                    libcrux: Box::new(libcrux),
                    rust_crypto: Box::new(rust_crypto),
                    aws_lc: aws_lc.expect("every string of the right length is a public key"),
                }
            }};
        }
        match set {
            ParameterSet::MlDsa44 => peers!(ml_dsa_44, MlDsa44, ML_DSA_44),
            ParameterSet::MlDsa65 => peers!(ml_dsa_65, MlDsa65, ML_DSA_65),
            ParameterSet::MlDsa87 => peers!(ml_dsa_87, MlDsa87, ML_DSA_87),
        }
    }

    /// What one of them says, if it can be asked.
    pub fn ask(
        &self,
        peer: Peer,
        message: &[u8],
        context: &[u8],
        signature: &[u8],
    ) -> Option<Opinion> {
        match peer {
            Peer::Libcrux => Some((self.libcrux)(message, context, signature)),
            Peer::RustCrypto => Some((self.rust_crypto)(message, context, signature)),
            Peer::AwsLc if context.is_empty() => {
                let verified = self.aws_lc.verify_sig(message, signature);
                Some(Opinion::without_reason(verified.is_ok()))
            }
            Peer::AwsLc => None,
        }
    }
}

fn of_libcrux(answer: Result<(), VerificationError>) -> Opinion {
    match answer {
        Ok(()) => Opinion::Valid,
        Err(VerificationError::MalformedHintError) => Opinion::Hints,
        Err(VerificationError::SignerResponseExceedsBoundError) => Opinion::Norm,
        Err(VerificationError::CommitmentHashesDontMatchError) => Opinion::Challenge,
        Err(VerificationError::VerificationContextTooLongError) => Opinion::Context,
    }
}
