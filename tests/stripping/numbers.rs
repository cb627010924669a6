//! Whole numbers as byte strings, big-endian unless it is said.

/// a - b, as long as a; a is not less than b.
pub(crate) fn minus(a: &[u8], b: &[u8]) -> Vec<u8> {
    let (negated, borrow): (Vec<u8>, bool) = fold(a, b, |x, y, borrow| {
        let (low, first) = x.overflowing_sub(y);
        let (low, second) = low.overflowing_sub(u8::from(borrow));
        (low, first | second)
    });
    assert!(!borrow, "a difference below zero");
    negated
}

/// a + b, as long as a, or `None` if that is too short.
pub(crate) fn plus(a: &[u8], b: &[u8]) -> Option<Vec<u8>> {
    let (sum, carry) = fold(a, b, |x, y, carry| {
        let (low, first) = x.overflowing_add(y);
        let (low, second) = low.overflowing_add(u8::from(carry));
        (low, first | second)
    });
    (!carry).then_some(sum)
}

fn fold(a: &[u8], b: &[u8], digit: impl Fn(u8, u8, bool) -> (u8, bool)) -> (Vec<u8>, bool) {
    assert!(b.len() <= a.len());
    let b = b.iter().rev().copied().chain(std::iter::repeat(0));
    let mut carry = false;
    let mut out: Vec<u8> = a
        .iter()
        .rev()
        .zip(b)
        .map(|(x, y)| {
            let (low, next) = digit(*x, y, carry);
            carry = next;
            low
        })
        .collect();
    out.reverse();
    (out, carry)
}

/// The same bytes from the other end.
pub(crate) fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

#[test]
fn sums_and_differences_carry() {
    assert_eq!(minus(&[1, 0, 0], &[1]), [0, 0xff, 0xff]);
    assert_eq!(plus(&[0, 0xff, 0xff], &[1]), Some(vec![1, 0, 0]));
    assert_eq!(plus(&[0xff], &[1]), None);
}
