//! Live orders as the counter knows them: what they hold and by which terms they are charged.

use std::collections::HashMap;

use crate::accounts::{Accounts, Row};
use crate::fault::Step;
use crate::hash::FastHash;
use crate::index::Index;
use crate::slab::{Blank, Slab};
use crate::words::{Attribution, Channel, OrderType, SelfTrade, Side, SizeIn};

pub const NONE: u32 = u32::MAX;

/// What every command about an order looks at: one cache line.
#[repr(align(64))]
#[derive(Clone, Copy, Debug)]
pub struct Open {
    pub hold: i128,
    pub id: u64,
    pub account_id: u64,
    /// Base-sized orders: lots not filled yet.
    pub remaining: i64,
    pub account: u32,
    pub base_row: Row,
    pub quote_row: Row,
    pub maker_rate: i32,
    /// The instrument's place in the configuration.
    pub instrument: u16,
    pub side: Side,
    pub marks: Marks,
}

const _: () = assert!(std::mem::size_of::<Open>() == 64);

/// Three facts in a byte: how it is sized, and whether the client gave it an id and a tag of its own.
#[derive(Clone, Copy, Debug)]
pub struct Marks(u8);

const NAMED: u8 = 1;
const TAGGED: u8 = 2;
const IN_QUOTE: u8 = 4;

/// What is fixed when an order enters, and its price and size: looked at by entries, fills and amendments.
#[repr(align(64))]
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Quote-sized orders: what is left to spend.
    pub budget: i128,
    pub price: i64,
    pub quantity: i64,
    pub brand: u32,
    pub broker: u32,
    pub taker_rate: i32,
    /// Whose key or session sent it.
    pub credential: u32,
    pub order_type: OrderType,
    pub self_trade: SelfTrade,
    pub channel: Channel,
    pub attribution: Attribution,
    pub subsidised: bool,
    pub level: u8,
}

/// The client's own words for an order, which few commands look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    pub tag: [u8; 16],
    pub client_id: [u8; 32],
}

/// An order's neighbours among its account's live orders.
#[derive(Clone, Copy, Debug)]
struct Link {
    older: u32,
    newer: u32,
}

/// A live order's row: two cache lines, of which most commands look at the first.
#[derive(Clone, Copy, Debug)]
struct Kept {
    open: Open,
    terms: Terms,
}

const _: () = assert!(std::mem::size_of::<Kept>() == 128);

impl Marks {
    #[inline(always)]
    #[must_use]
    pub fn new(size_in: SizeIn, client_id: &[u8; 32], tag: &[u8; 16]) -> Self {
        let named = if *client_id == [0; 32] { 0 } else { NAMED };
        let tagged = if *tag == [0; 16] { 0 } else { TAGGED };
        let sized = match size_in {
            SizeIn::Base => 0,
            SizeIn::Quote => IN_QUOTE,
        };
        Self(named | tagged | sized)
    }
}

impl Open {
    /// The balance that pays for the order.
    #[must_use]
    pub const fn held(&self) -> Row {
        match self.side {
            Side::Buy => self.quote_row,
            Side::Sell => self.base_row,
        }
    }

    /// Whether the client gave it a name of its own.
    #[must_use]
    pub const fn is_named(&self) -> bool {
        self.marks.0 & NAMED != 0
    }

    const fn has_names(&self) -> bool {
        self.marks.0 & (NAMED | TAGGED) != 0
    }

    #[must_use]
    pub const fn size_in(&self) -> SizeIn {
        if self.marks.0 & IN_QUOTE == 0 { SizeIn::Base } else { SizeIn::Quote }
    }

    #[must_use]
    pub fn place(&self) -> usize {
        usize::from(self.instrument)
    }
}

impl Terms {
    /// The highest rate the order can be charged.
    #[must_use]
    pub fn worst_rate(&self, maker_rate: i32) -> i32 {
        self.taker_rate.max(maker_rate).max(0)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Orders {
    slab: Slab<Kept>,
    /// Beside the slab and dense, as an order that comes or goes looks at its neighbours'.
    links: Slab<Link>,
    /// Beside the slab, as few commands look at them.
    names: Slab<Names>,
    by_id: Index,
    by_client_id: HashMap<(u32, [u8; 32]), u32, FastHash>,
}

impl Orders {
    /// For so many live orders.
    pub fn make_room(&mut self, orders: usize) -> Step<()> {
        self.by_id.make_room(orders)
    }

    /// Keep a live order. Returns its ticket.
    #[inline(always)]
    pub fn insert(
        &mut self,
        open: Open,
        terms: Terms,
        client_id: &[u8; 32],
        tag: &[u8; 16],
        accounts: &mut Accounts,
    ) -> Step<u32> {
        let account = accounts.at_mut(open.account)?;
        let older = account.newest_order;
        let ticket = self.slab.put(Kept { open, terms })?;
        account.newest_order = ticket;
        if older != NONE {
            self.links.at_mut(older)?.newer = ticket;
        }
        while self.links.len() <= ticket {
            self.links.push(Link::BLANK)?;
        }
        *self.links.at_mut(ticket)? = Link { older, newer: NONE };
        self.by_id.insert(open.id, ticket)?;
        if open.has_names() {
            self.insert_names(ticket, &open, Names { tag: *tag, client_id: *client_id })?;
        }
        Ok(ticket)
    }

    #[cold]
    #[inline(never)]
    fn insert_names(&mut self, ticket: u32, open: &Open, names: Names) -> Step<()> {
        while self.names.len() <= ticket {
            self.names.push(Names::NONE)?;
        }
        *self.names.at_mut(ticket)? = names;
        if open.is_named() {
            self.by_client_id.insert((open.account, names.client_id), ticket);
        }
        Ok(())
    }

    /// Forget an order that has come to its end.
    #[inline]
    pub fn remove(&mut self, ticket: u32, accounts: &mut Accounts) -> Step<()> {
        let open = &mut self.slab.at_mut(ticket)?.open;
        let (id, account, is_named) = (open.id, open.account, open.is_named());
        open.id = 0;
        let Link { older, newer } = *self.links.at(ticket)?;
        self.by_id.remove(id, ticket)?;
        if is_named {
            self.forget_name(ticket, account)?;
        }
        if newer == NONE {
            accounts.at_mut(account)?.newest_order = older;
        } else {
            self.links.at_mut(newer)?.older = older;
        }
        if older != NONE {
            self.links.at_mut(older)?.newer = newer;
        }
        self.slab.free(ticket);
        Ok(())
    }

    #[inline(never)]
    fn forget_name(&mut self, ticket: u32, account: u32) -> Step<()> {
        let names = self.names.at(ticket)?;
        self.by_client_id.remove(&(account, names.client_id));
        Ok(())
    }

    #[inline]
    pub fn at(&self, ticket: u32) -> Step<&Open> {
        self.slab.at(ticket).map(|kept| &kept.open)
    }

    #[inline]
    pub fn at_mut(&mut self, ticket: u32) -> Step<&mut Open> {
        self.slab.at_mut(ticket).map(|kept| &mut kept.open)
    }

    #[inline]
    pub fn terms(&self, ticket: u32) -> Step<&Terms> {
        self.slab.at(ticket).map(|kept| &kept.terms)
    }

    /// An order and its terms.
    #[inline]
    pub fn both(&self, ticket: u32) -> Step<(&Open, &Terms)> {
        self.slab.at(ticket).map(|kept| (&kept.open, &kept.terms))
    }

    #[inline]
    pub fn both_mut(&mut self, ticket: u32) -> Step<(&mut Open, &mut Terms)> {
        self.slab.at_mut(ticket).map(|kept| (&mut kept.open, &mut kept.terms))
    }

    /// An order's names; its row is old where the client gave none.
    pub fn names(&self, ticket: u32) -> Step<Names> {
        if self.at(ticket)?.has_names() { self.names.at(ticket).copied() } else { Ok(Names::NONE) }
    }

    #[must_use]
    #[inline]
    pub fn find(&self, id: u64) -> Option<u32> {
        self.by_id.find(id, |ticket| self.slab.get(ticket).is_some_and(|kept| kept.open.id == id))
    }

    /// Rows that ever were in use at once.
    #[must_use]
    pub const fn rows(&self) -> u32 {
        self.slab.len()
    }

    #[inline(always)]
    #[must_use]
    pub fn peek(&self, id: u64) -> u32 {
        self.by_id.peek(id)
    }

    /// Read an order's links, to have them near.
    #[inline(always)]
    #[must_use]
    pub fn peek_links(&self, ticket: u32) -> u32 {
        self.links.get(ticket).map_or(0, |link| link.older)
    }

    #[inline(always)]
    #[must_use]
    pub fn get(&self, ticket: u32) -> Option<&Open> {
        self.slab.get(ticket).map(|kept| &kept.open)
    }

    #[must_use]
    pub fn find_client_id(&self, account: u32, client_id: &[u8; 32]) -> Option<u32> {
        self.by_client_id.get(&(account, *client_id)).copied()
    }

    /// Tickets of an account's live orders, oldest first.
    pub fn of_account(&self, newest: u32) -> Step<Vec<u32>> {
        let mut tickets = Vec::new();
        let mut next = newest;
        while next != NONE {
            tickets.push(next);
            next = self.links.at(next)?.older;
        }
        tickets.sort_by_key(|ticket| self.at(*ticket).map_or(0, |open| open.id));
        Ok(tickets)
    }

    /// Tickets of the live orders that `chosen` names, oldest first. Reads every live order once.
    pub fn chosen(&self, chosen: impl Fn(&Open, &Terms) -> bool) -> Vec<u32> {
        let rows = (0_u32..).zip(self.slab.iter());
        let live = rows.filter(|(_, kept)| kept.open.id != 0 && chosen(&kept.open, &kept.terms));
        let mut found: Vec<(u64, u32)> = live.map(|(ticket, kept)| (kept.open.id, ticket)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, ticket)| ticket).collect()
    }
}

impl Names {
    pub const NONE: Self = Self { tag: [0; 16], client_id: [0; 32] };
}

impl Blank for Link {
    const BLANK: Self = Self { older: NONE, newer: NONE };
}

impl Blank for Names {
    const BLANK: Self = Self::NONE;
}

impl Blank for Kept {
    const BLANK: Self = Self {
        open: Open {
            hold: 0,
            id: 0,
            account_id: 0,
            remaining: 0,
            account: NONE,
            base_row: Row::NONE,
            quote_row: Row::NONE,
            maker_rate: 0,
            instrument: u16::MAX,
            side: Side::Buy,
            marks: Marks(0),
        },
        terms: Terms {
            budget: 0,
            price: 0,
            quantity: 0,
            brand: 0,
            broker: 0,
            taker_rate: 0,
            credential: 0,
            order_type: OrderType::Limit,
            self_trade: SelfTrade::CancelMaker,
            channel: Channel::Host,
            attribution: Attribution::NoTag,
            subsidised: false,
            level: 0,
        },
    };
}
