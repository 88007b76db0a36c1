//! A small generator of our own, so that a seed means the same for ever: splitmix64. For trials and simulations.

#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    #[allow(clippy::should_implement_trait)] // not an iterator: it never ends
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// At least 0, less than `bound`; 0 where `bound` is.
    pub const fn below(&mut self, bound: u64) -> u64 {
        self.next() % if bound == 0 { 1 } else { bound }
    }

    pub const fn index(&mut self, bound: usize) -> usize {
        self.below(bound as u64) as usize
    }

    pub const fn coin(&mut self) -> bool {
        self.next() & 1 == 0
    }

    pub const fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    pub const fn byte(&mut self) -> u8 {
        self.next() as u8
    }
}
