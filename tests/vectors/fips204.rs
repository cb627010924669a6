//! What FIPS 204 signs in place of the message: M' (algorithms 2 and 4) and μ (algorithm 7, line 6).

use shake::{ExtendableOutput, Shake256, Update, XofReader};

use crate::hash::PreHash;

/// M' of the pure variant: 0 ‖ |ctx| ‖ ctx ‖ M (algorithm 2, line 10).
pub(crate) fn pure(context: &[u8], message: &[u8]) -> Vec<u8> {
    let len = u8::try_from(context.len()).unwrap();
    [&[0, len], context, message].concat()
}

/// M' of the pre-hash variant: 1 ‖ |ctx| ‖ ctx ‖ OID ‖ PH(M) (algorithm 4, line 23).
pub(crate) fn pre_hashed(context: &[u8], hash: PreHash, message: &[u8]) -> Vec<u8> {
    let len = u8::try_from(context.len()).unwrap();
    [&[1, len], context, &hash.oid(), &hash.digest(message)].concat()
}

/// μ = H(tr ‖ M', 64) with tr = H(pk, 64).
pub(crate) fn mu(public: &[u8], representative: &[u8]) -> [u8; 64] {
    h(&[&h(&[public]), representative])
}

/// H of FIPS 204 section 3.7: SHAKE256.
fn h(parts: &[&[u8]]) -> [u8; 64] {
    let mut shake = Shake256::default();
    parts.iter().for_each(|part| shake.update(part));
    let mut out = [0; 64];
    shake.finalize_xof().read(&mut out);
    out
}
