//! Two implementations for one verification.

use crate::error::Result;
use crate::sign::VerifyingKey;

impl VerifyingKey {
    /// The same key, whose signatures are each verified by two implementations that share no code: for
    /// ML-DSA, by itself or in a composite, `chop-verify` and libcrux (RustCrypto `ml-dsa` for messages that
    /// come in parts), for SLH-DSA `slh-dsa` and `fips205`. If they disagree, the verification ends with
    /// [`Code::SelfTest`](crate::Code::SelfTest), and the error says which key, which message and who said
    /// what: one of them is wrong, or the machine is. Classical algorithms have one implementation here,
    /// and stay as they are.
    ///
    /// It goes wherever a key goes: streams, CMS, JWS. The price is the other implementation's time.
    ///
    /// ```
    /// use chop::{Algorithm, SigningKey};
    ///
    /// let signer = SigningKey::generate(Algorithm::MlDsa65)?;
    /// let signature = signer.sign(b"a payment")?;
    /// let key = signer.verifying_key().with_second_opinion()?;
    /// assert!(key.verify(b"a payment", &signature)?.is_valid());
    /// # Ok::<(), chop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::SelfTest`](crate::Code::SelfTest).
    pub fn with_second_opinion(&self) -> Result<Self> {
        self.confirmed_as(&format!("{} {}", self.algorithm(), self.fingerprint()))
    }
}
