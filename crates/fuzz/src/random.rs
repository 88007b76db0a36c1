//! A small generator of our own, so that a seed means the same for ever: splitmix64.

pub struct Random(pub u64);

impl Random {
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// At least 0, less than `bound`; 0 where `bound` is.
    pub const fn index(&mut self, bound: usize) -> usize {
        (self.next() % if bound == 0 { 1 } else { bound as u64 }) as usize
    }

    pub const fn one_in(&mut self, bound: usize) -> bool {
        self.index(bound) == 0
    }

    pub const fn byte(&mut self) -> u8 {
        self.next() as u8
    }
}
