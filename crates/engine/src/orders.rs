//! The counter's side of live orders: whose they are, what they hold, at which rates they trade.

use std::collections::HashMap;

use crate::accounts::{Accounts, Row};
use crate::directory::Directory;
use crate::fault::{Step, broken};
use crate::hash::FastHash;
use crate::words::{Attribution, Channel, OrderType, SelfTrade, Side, SizeIn};

pub const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
pub struct Open {
    pub id: u64,
    pub account: usize,
    pub account_id: u64,
    pub person: u64,
    pub instrument: usize,
    pub side: Side,
    pub order_type: OrderType,
    pub self_trade: SelfTrade,
    pub channel: Channel,
    pub size_in: SizeIn,
    pub attribution: Attribution,
    pub subsidised: bool,
    /// Whether its `Names` have a client id.
    pub named: bool,
    pub level: u8,
    pub brand: u32,
    pub broker: u32,
    /// The price the hold is made at; 0 for a market sell and a quote-sized order.
    pub price: i64,
    pub quantity: i64,
    pub remaining: i64,
    /// Quote-sized orders: what is left to spend.
    pub budget: i128,
    pub hold: i128,
    pub maker_rate: i32,
    pub taker_rate: i32,
    pub base_row: u32,
    pub quote_row: u32,
    /// Handle in the book while it rests, else NONE.
    pub handle: u32,
}

impl Open {
    #[must_use]
    pub const fn base(&self) -> Row {
        Row { account: self.account, row: self.base_row }
    }

    #[must_use]
    pub const fn quote(&self) -> Row {
        Row { account: self.account, row: self.quote_row }
    }

    /// The row that the hold is in.
    #[must_use]
    pub const fn held(&self) -> Row {
        match self.side {
            Side::Buy => self.quote(),
            Side::Sell => self.base(),
        }
    }

    /// The highest rate the order can be charged.
    #[must_use]
    pub fn worst_rate(&self) -> i32 {
        self.taker_rate.max(self.maker_rate).max(0)
    }
}

/// The client's own words for an order, which few commands look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    pub tag: [u8; 16],
    pub client_id: [u8; 32],
}

/// The neighbours of an order among its account's live orders.
#[derive(Clone, Copy, Debug)]
struct Link {
    older: u32,
    newer: u32,
}

#[derive(Clone, Debug, Default)]
pub struct Orders {
    slab: Vec<Open>,
    /// Beside the slab, so that what is looked at often lies close together.
    names: Vec<Names>,
    links: Vec<Link>,
    free: Vec<u32>,
    by_id: Directory,
    by_client_id: HashMap<(usize, [u8; 32]), u32, FastHash>,
}

impl Orders {
    /// Keep a live order. Returns its ticket.
    pub fn insert(&mut self, open: &Open, names: &Names, accounts: &mut Accounts) -> Step<u32> {
        let account = accounts.at_mut(open.account)?;
        let older = account.newest_order;
        let link = Link { older, newer: NONE };
        let ticket = match self.free.pop() {
            Some(ticket) => {
                *self.at_mut(ticket)? = *open;
                *self.link(ticket)? = link;
                *place(ticket).and_then(|index| self.names.get_mut(index)).ok_or(broken("no such open order"))? =
                    *names;
                ticket
            }
            None => {
                let ticket = u32::try_from(self.slab.len()).map_err(|_| broken("order slab is full"))?;
                self.slab.push(*open);
                self.links.push(link);
                self.names.push(*names);
                ticket
            }
        };
        account.newest_order = ticket;
        if older != NONE {
            self.link(older)?.newer = ticket;
        }
        self.by_id.insert(open.id, ticket)?;
        if open.named {
            self.by_client_id.insert((open.account, names.client_id), ticket);
        }
        Ok(ticket)
    }

    /// Forget an order that has come to its end.
    pub fn remove(&mut self, ticket: u32, accounts: &mut Accounts) -> Step<()> {
        let open = place(ticket).and_then(|index| self.slab.get(index)).ok_or(broken("no such open order"))?;
        let account = open.account;
        self.by_id.remove(open.id)?;
        if open.named {
            let names = place(ticket).and_then(|index| self.names.get(index)).ok_or(broken("no such open order"))?;
            self.by_client_id.remove(&(account, names.client_id));
        }
        let Link { older, newer } = *self.link(ticket)?;
        if newer == NONE {
            accounts.at_mut(account)?.newest_order = older;
        } else {
            self.link(newer)?.older = older;
        }
        if older != NONE {
            self.link(older)?.newer = newer;
        }
        self.free.push(ticket);
        Ok(())
    }

    pub fn at(&self, ticket: u32) -> Step<&Open> {
        place(ticket).and_then(|index| self.slab.get(index)).ok_or(broken("no such open order"))
    }

    pub fn at_mut(&mut self, ticket: u32) -> Step<&mut Open> {
        place(ticket).and_then(|index| self.slab.get_mut(index)).ok_or(broken("no such open order"))
    }

    pub fn names(&self, ticket: u32) -> Step<&Names> {
        place(ticket).and_then(|index| self.names.get(index)).ok_or(broken("no such open order"))
    }

    fn link(&mut self, ticket: u32) -> Step<&mut Link> {
        place(ticket).and_then(|index| self.links.get_mut(index)).ok_or(broken("no such open order"))
    }

    #[must_use]
    pub fn find(&self, id: u64) -> Option<u32> {
        self.by_id.find(id)
    }

    #[must_use]
    pub fn find_client_id(&self, account: usize, client_id: &[u8; 32]) -> Option<u32> {
        self.by_client_id.get(&(account, *client_id)).copied()
    }

    /// An account's live orders, oldest first.
    pub fn of_account(&self, newest: u32) -> Step<Vec<u32>> {
        let mut tickets = Vec::new();
        let mut next = newest;
        while next != NONE {
            tickets.push(next);
            let link = place(next).and_then(|index| self.links.get(index));
            next = link.ok_or(broken("no such open order"))?.older;
        }
        tickets.sort_by_key(|ticket| self.at(*ticket).map_or(0, |open| open.id));
        Ok(tickets)
    }
}

fn place(ticket: u32) -> Option<usize> {
    usize::try_from(ticket).ok()
}
