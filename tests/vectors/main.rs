//! Published test vectors: Wycheproof, NIST ACVP, and the example keys, certificates and messages of RFC 7515, 7520, 8037, 9881, 9882, 9909, 9935 and 9964,
//! and of the composite drafts and X-Wing.
//!
//! Everything goes through the public API, and through the doors of `chop::testing` where a vector
//! names randomness or an internal interface of FIPS 203, 204 or 205. What ran is counted, and the
//! counts stand beside each test: see [`tally`].

#![allow(
    clippy::unwrap_used,
    reason = "a vector file that cannot be read should stop the test"
)]

mod acvp;
mod fips204;
mod hash;
mod hybrids;
mod jose;
mod rfc_cms;
mod rfc_keys;
mod shared;
mod tally;
mod wycheproof;
