//! Live orders by their id. Ids are sequence numbers, so pages of consecutive ids replace a hash, and young orders,
//! which are canceled most, lie side by side. A page whose last order has gone is dropped.

use std::collections::VecDeque;

use crate::fault::{Step, broken};
use crate::orders::NONE;

const PAGE: u64 = 1_024;

#[derive(Clone, Debug)]
struct Page {
    tickets: Vec<u32>,
    live: u32,
}

#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The number of the first page.
    first: u64,
    pages: VecDeque<Option<Page>>,
}

impl Directory {
    #[must_use]
    pub fn find(&self, id: u64) -> Option<u32> {
        let (number, slot) = place(id)?;
        let page = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.pages.get(page)?.as_ref()?.tickets.get(slot).copied().filter(|ticket| *ticket != NONE)
    }

    /// Note where an order is. Its id is not in use.
    pub fn insert(&mut self, id: u64, ticket: u32) -> Step<()> {
        let (number, slot) = place(id).ok_or(broken("order id without a page"))?;
        if self.pages.is_empty() {
            self.first = number;
        }
        while number < self.first {
            self.pages.push_front(None);
            self.first = self.first.saturating_sub(1);
        }
        let page = usize::try_from(number.saturating_sub(self.first)).map_err(|_| broken("too many pages"))?;
        while self.pages.len() <= page {
            self.pages.push_back(None);
        }
        let page = self.pages.get_mut(page).ok_or(broken("no such page"))?.get_or_insert_with(Page::empty);
        *page.tickets.get_mut(slot).ok_or(broken("no such entry"))? = ticket;
        page.live = page.live.checked_add(1).ok_or(broken("page overflows"))?;
        Ok(())
    }

    /// Forget a live order.
    pub fn remove(&mut self, id: u64) -> Step<()> {
        let (number, slot) = place(id).ok_or(broken("order id without a page"))?;
        let number = number.checked_sub(self.first).and_then(|number| usize::try_from(number).ok());
        let kept = number.and_then(|number| self.pages.get_mut(number)).ok_or(broken("order without a page"))?;
        let page = kept.as_mut().ok_or(broken("order without a page"))?;
        *page.tickets.get_mut(slot).ok_or(broken("no such entry"))? = NONE;
        page.live = page.live.checked_sub(1).ok_or(broken("page below zero"))?;
        if page.live == 0 {
            *kept = None;
            while self.pages.front().is_some_and(Option::is_none) {
                self.pages.pop_front();
                self.first = self.first.saturating_add(1);
            }
        }
        Ok(())
    }
}

impl Page {
    fn empty() -> Self {
        Self { tickets: vec![NONE; usize::try_from(PAGE).unwrap_or(0)], live: 0 }
    }
}

/// An id's page and its slot there.
fn place(id: u64) -> Option<(u64, usize)> {
    Some((id.checked_div(PAGE)?, usize::try_from(id.checked_rem(PAGE)?).ok()?))
}
