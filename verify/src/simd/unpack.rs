//! Where the integers of a bit string are found, for the vector paths.

/// Integers of `WIDTH` bits one behind the other, from the lowest bit of a byte on.
pub(super) struct Unpack<const WIDTH: usize>;

#[expect(
    clippy::cast_possible_truncation,
    reason = "widths are at most 24, shifts below 16"
)]
impl<const WIDTH: usize> Unpack<WIDTH> {
    pub(super) const MASK: i32 = (1 << WIDTH) - 1;

    /// For each of sixteen 32-bit lanes the two 16-bit words that hold its integer.
    pub(super) const WORDS: &[u16; 32] = &{
        let mut words = [0; 32];
        let mut lane: u16 = 0;
        while lane < 16 {
            let word = lane * (WIDTH as u16) / 16;
            words[lane as usize * 2] = word;
            words[lane as usize * 2 + 1] = word + 1;
            lane += 1;
        }
        words
    };

    /// How far each is to be shifted down.
    pub(super) const SHIFTS: &[u32; 16] = &{
        let mut shifts = [0; 16];
        let mut lane = 0;
        while lane < 16 {
            shifts[lane] = (lane * WIDTH % 16) as u32;
            lane += 1;
        }
        shifts
    };

    /// For each of eight 32-bit lanes the four bytes that hold its integer, where the last four lanes
    /// count from the byte that they begin with.
    pub(super) const BYTES: &[u8; 32] = &{
        let mut bytes = [0; 32];
        let mut i: u8 = 0;
        while i < 32 {
            bytes[i as usize] = (i / 4 % 4) * (WIDTH as u8) / 8 + i % 4;
            i += 1;
        }
        bytes
    };

    /// How far each of those is to be shifted down.
    pub(super) const BYTE_SHIFTS: &[u32; 8] = &{
        let mut shifts = [0; 8];
        let mut lane = 0;
        while lane < 8 {
            shifts[lane] = (lane % 4 * WIDTH % 8) as u32;
            lane += 1;
        }
        shifts
    };
}
