//! Bugs on purpose. A test build plants one and proves that the checks see it; in every other build `planted` is a
//! constant `false` and the compiler removes it.

/// The bugs that can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Fees are rounded down.
    FeeRoundedDown,
    /// The last order at a price is matched first.
    LastComeFirst,
    /// A person's own orders trade with each other.
    SelfTradeAllowed,
    /// The end of an order leaves its hold in place.
    HoldForgotten,
    /// An idempotency key has its effect again.
    KeyUsedTwice,
    /// Orders outside the price band are taken.
    BandIgnored,
    /// A fee is charged and comes to nobody.
    FeeVanishes,
    /// An order holds more than there is.
    Overdraft,
    /// A live order's client id may be used again.
    ClientIdUsedTwice,
    /// A kill switch leaves what rests.
    KillSparesResting,
    /// Kill switches are not in the snapshot.
    KillForgotten,
    /// A listing that is closed leaves what rests.
    DelistingSparesResting,
    /// Closed listings are not in the snapshot.
    ListingForgotten,
    /// What the floors of a split leave comes to nobody.
    RemainderForgotten,
    /// Closed assets are not in the snapshot.
    SplitForgotten,
    /// A snapshot's count is believed before what it counts is seen.
    CountBelieved,
}

#[cfg(not(feature = "planted-bugs"))]
#[must_use]
pub const fn planted(_bug: Bug) -> bool {
    false
}

#[cfg(feature = "planted-bugs")]
pub use build::{plant, planted};

#[cfg(feature = "planted-bugs")]
mod build {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::Bug;

    static CHOSEN: AtomicU8 = AtomicU8::new(0);

    /// Plant the bug with this number; 0 plants none.
    pub fn plant(number: u8) {
        CHOSEN.store(number, Ordering::SeqCst);
    }

    #[must_use]
    pub fn planted(bug: Bug) -> bool {
        let number = match bug {
            Bug::FeeRoundedDown => 1,
            Bug::LastComeFirst => 2,
            Bug::SelfTradeAllowed => 3,
            Bug::HoldForgotten => 4,
            Bug::KeyUsedTwice => 5,
            Bug::BandIgnored => 6,
            Bug::FeeVanishes => 7,
            Bug::Overdraft => 8,
            Bug::ClientIdUsedTwice => 9,
            Bug::KillSparesResting => 10,
            Bug::KillForgotten => 11,
            Bug::CountBelieved => 12,
            Bug::DelistingSparesResting => 13,
            Bug::ListingForgotten => 14,
            Bug::RemainderForgotten => 15,
            Bug::SplitForgotten => 16,
        };
        CHOSEN.load(Ordering::SeqCst) == number
    }
}
