//! The closed lists of words that records carry as numbers.

/// Declares an enum with fixed numbers and the way back from a number.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $type:ident { $($word:ident = $number:literal,)* }) => {
        $(#[$doc])*
        #[repr($type)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($word = $number,)* }
        impl $name {
            #[must_use]
            pub const fn number(self) -> $type {
                match self { $(Self::$word => $number,)* }
            }
            #[must_use]
            pub const fn read(number: $type) -> Option<Self> {
                match number { $($number => Some(Self::$word),)* _ => None }
            }
        }
    };
}

words! { CommandKind: u8 {
    Time = 1, Price = 2, Asset = 3, Instrument = 4, Brand = 5, Account = 6, Fees = 7, BrokerCode = 8, Status = 9,
    Limits = 10, Reference = 11, Kill = 12, Listing = 13, Split = 14,
    Deposit = 16, Withdrawal = 17, Transfer = 18,
    Order = 32, Cancel = 33, Amend = 34, CancelAll = 35, CancelAllAfter = 36,
    Receipt = 48,
}}

words! { EventKind: u8 {
    Accepted = 1, Refused = 2, Resting = 3, Fill = 4, Canceled = 5, Amended = 6, Balance = 7, Level = 8, Config = 9,
    Timer = 10, CanceledAll = 11, FillSide = 12,
}}

words! { Side: u8 { Buy = 1, Sell = 2, }}

impl Side {
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// Whether a resting order of this side comes before one at another price.
    #[must_use]
    pub const fn is_better(self, price: i64, than: i64) -> bool {
        match self {
            Self::Buy => price > than,
            Self::Sell => price < than,
        }
    }
}

words! { OrderType: u8 { Limit = 1, Market = 2, PostOnly = 3, Ioc = 4, Fok = 5, }}

words! { SizeIn: u8 { Base = 0, Quote = 1, }}

words! {
    /// What happens when an order meets a resting order of the same person; by the taker's mode.
    SelfTrade: u8 { CancelMaker = 1, CancelTaker = 2, CancelBoth = 3, }
}

words! { Attribution: u8 { Broker = 0, NoTag = 1, UnknownCode = 2, NotAssociated = 3, CodeInactive = 4, }}

words! { Channel: u8 { Host = 0, Api = 1, Web = 2, }}

words! {
    /// In order of strictness.
    TradingStatus: u8 { Live = 1, CancelOnly = 2, Halted = 3, }
}

words! {
    /// Which side of a trade an order was.
    FillRole: u8 { Taker = 1, Maker = 2, }
}

words! { FeeScope: u8 { Brand = 1, Account = 2, Venue = 3, }}

words! { KillScope: u8 {
    Credential = 1, Account = 2, Person = 3, Broker = 4, Brand = 5, Instrument = 6, Venue = 7,
}}

words! {
    /// Whether a brand lists an instrument.
    ListingMode: u8 { Open = 1, Closed = 2, }
}

words! { CancelScope: u8 { Account = 0, Credential = 1, }}

words! {
    /// Why a command changed nothing; the order of checks is docs/rules/refusals.md.
    Refusal: u8 {
        Malformed = 1, DuplicateId = 2, UnknownAsset = 3, UnknownInstrument = 4, UnknownBrand = 5,
        UnknownAccount = 6, UnknownBroker = 7, BadScale = 8, FeeBelowFloor = 9, RebateTooHigh = 10, Halted = 11,
        CancelOnly = 12, BadPrice = 13, BadSize = 14, BelowMinimum = 15, Overflow = 16, DuplicateClientId = 17,
        InsufficientFunds = 18, UnknownOrder = 19, NothingToAmend = 20, AmendBelowFilled = 21, DuplicateKey = 22,
        BadAmount = 23, SelfTradeMode = 24, SameAccount = 25, SystemAccount = 26, Killed = 27, PriceAboveBand = 28,
        PriceBelowBand = 29, PriceTooFar = 30, SizeAboveLimit = 31, NotionalAboveLimit = 32, DuplicateOrder = 33,
        NotListed = 34, AssetClosed = 35, AssetInUse = 36, NotHalted = 37, OrdersRest = 38, ClaimsOpen = 39,
    }
}

words! { CancelReason: u8 {
    User = 1, FokUnfillable = 2, IocRemainder = 3, PostOnlyWouldCross = 4, SelfTrade = 5, CancelAllAfter = 6,
    Killed = 7, QuoteSpent = 8, Disconnected = 9, Delisted = 10,
}}
