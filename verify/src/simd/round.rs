//! One round of Keccak-p[1600, 24] on vectors, each holding the same lane of several states.

/// Gives the 25 lanes after one round. In scope where it is used: `xor`, `xor3`, `chi(a, b, c)` = a ^ (!b & c),
/// and `rotate::<N>` to the left, all on vectors; `$constant` is the vector of ι.
macro_rules! round {
    ($a:ident, $constant:expr) => {{
        // θ
        let c0 = xor3(xor3($a[0], $a[5], $a[10]), $a[15], $a[20]);
        let c1 = xor3(xor3($a[1], $a[6], $a[11]), $a[16], $a[21]);
        let c2 = xor3(xor3($a[2], $a[7], $a[12]), $a[17], $a[22]);
        let c3 = xor3(xor3($a[3], $a[8], $a[13]), $a[18], $a[23]);
        let c4 = xor3(xor3($a[4], $a[9], $a[14]), $a[19], $a[24]);
        let d0 = xor(c4, rotate::<1>(c1));
        let d1 = xor(c0, rotate::<1>(c2));
        let d2 = xor(c1, rotate::<1>(c3));
        let d3 = xor(c2, rotate::<1>(c4));
        let d4 = xor(c3, rotate::<1>(c0));

        // ρ and π give the five lanes of a row, χ mixes them; ι on the first row.
        let b0 = xor($a[0], d0);
        let b1 = rotate::<44>(xor($a[6], d1));
        let b2 = rotate::<43>(xor($a[12], d2));
        let b3 = rotate::<21>(xor($a[18], d3));
        let b4 = rotate::<14>(xor($a[24], d4));
        let e0 = xor(chi(b0, b1, b2), $constant);
        let e1 = chi(b1, b2, b3);
        let e2 = chi(b2, b3, b4);
        let e3 = chi(b3, b4, b0);
        let e4 = chi(b4, b0, b1);

        let b0 = rotate::<28>(xor($a[3], d3));
        let b1 = rotate::<20>(xor($a[9], d4));
        let b2 = rotate::<3>(xor($a[10], d0));
        let b3 = rotate::<45>(xor($a[16], d1));
        let b4 = rotate::<61>(xor($a[22], d2));
        let e5 = chi(b0, b1, b2);
        let e6 = chi(b1, b2, b3);
        let e7 = chi(b2, b3, b4);
        let e8 = chi(b3, b4, b0);
        let e9 = chi(b4, b0, b1);

        let b0 = rotate::<1>(xor($a[1], d1));
        let b1 = rotate::<6>(xor($a[7], d2));
        let b2 = rotate::<25>(xor($a[13], d3));
        let b3 = rotate::<8>(xor($a[19], d4));
        let b4 = rotate::<18>(xor($a[20], d0));
        let e10 = chi(b0, b1, b2);
        let e11 = chi(b1, b2, b3);
        let e12 = chi(b2, b3, b4);
        let e13 = chi(b3, b4, b0);
        let e14 = chi(b4, b0, b1);

        let b0 = rotate::<27>(xor($a[4], d4));
        let b1 = rotate::<36>(xor($a[5], d0));
        let b2 = rotate::<10>(xor($a[11], d1));
        let b3 = rotate::<15>(xor($a[17], d2));
        let b4 = rotate::<56>(xor($a[23], d3));
        let e15 = chi(b0, b1, b2);
        let e16 = chi(b1, b2, b3);
        let e17 = chi(b2, b3, b4);
        let e18 = chi(b3, b4, b0);
        let e19 = chi(b4, b0, b1);

        let b0 = rotate::<62>(xor($a[2], d2));
        let b1 = rotate::<55>(xor($a[8], d3));
        let b2 = rotate::<39>(xor($a[14], d4));
        let b3 = rotate::<41>(xor($a[15], d0));
        let b4 = rotate::<2>(xor($a[21], d1));
        let e20 = chi(b0, b1, b2);
        let e21 = chi(b1, b2, b3);
        let e22 = chi(b2, b3, b4);
        let e23 = chi(b3, b4, b0);
        let e24 = chi(b4, b0, b1);

        [
            e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12, e13, e14, e15, e16, e17, e18,
            e19, e20, e21, e22, e23, e24,
        ]
    }};
}
pub(super) use round;
