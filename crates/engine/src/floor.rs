//! The floor under the engine's speed: the same book and the same matching, bare. No accounts, no funds, no fees, no
//! checks, no events; only orders by their id. What the engine costs above this is what an exchange costs above a book.

use bytemuck::cast_ref;

use crate::book::Books;
use crate::fault::{Step, broken};
use crate::index::Index;
use crate::matching::{self, Enter, Report, Size};
use crate::record::{self, COMMAND_SIZE};
use crate::slab::{Blank, Slab};
use crate::words::{CommandKind, OrderType, SelfTrade, Side};

/// Where an order rests.
#[derive(Clone, Copy, Debug)]
struct Place {
    id: u64,
    book: u32,
}

impl Blank for Place {
    const BLANK: Self = Self { id: 0, book: u32::MAX };
}

#[derive(Clone, Debug, Default)]
pub struct Floor {
    books: Books,
    places: Slab<Place>,
    by_id: Index,
    pub fills: u64,
    pub lots: u64,
}

impl Floor {
    /// Play whole command records: orders of lots and cancels by id; all others are passed over.
    ///
    /// # Errors
    /// A flow that is not for the floor: a cancel of an order that does not rest, or bytes that are no records.
    pub fn apply(&mut self, commands: &[u8]) -> Step<()> {
        let (records, rest) = commands.as_chunks::<COMMAND_SIZE>();
        if !rest.is_empty() {
            return Err(broken(&"commands are not whole records"));
        }
        records.iter().try_for_each(|bytes| self.one(&bytemuck::pod_read_unaligned(bytes)))
    }

    fn one(&mut self, command: &record::Command) -> Step<()> {
        match CommandKind::read(command.kind) {
            Some(CommandKind::Order) => self.order(cast_ref(command)),
            Some(CommandKind::Cancel) => self.cancel(cast_ref(command)),
            _ => Ok(()),
        }
    }

    fn order(&mut self, command: &record::Order) -> Step<()> {
        let side = Side::read(command.side).ok_or(broken(&"no such side"))?;
        let order_type = OrderType::read(command.order_type).ok_or(broken(&"no such order type"))?;
        let number = usize::try_from(command.instrument).map_err(|_| broken(&"no such book"))?;
        self.books.make(number.saturating_add(1));
        let mut book = self.books.open(number)?;
        let id = command.header.sequence;
        let place = Place { id, book: command.instrument };
        let order = Enter {
            person: command.account,
            ticket: self.places.put(place)?,
            side,
            order_type,
            self_trade: SelfTrade::CancelMaker,
            limit: command.price_ticks,
            size: Size::Lots(command.quantity_lots),
        };
        if matching::rests_at_once(&book, side, order_type, order.limit) {
            book.rest(order.person, order.ticket, side, order.limit, command.quantity_lots)?;
            return self.by_id.insert(id, order.ticket);
        }
        let Self { places, by_id, fills, lots: traded, .. } = self;
        matching::enter(&mut book, &order, |report| {
            match report {
                Report::Traded { maker, maker_left, lots, .. } => {
                    *fills = fills.saturating_add(1);
                    *traded = traded.saturating_add(lots.unsigned_abs());
                    if maker_left == 0 {
                        forget(places, by_id, maker)?;
                    }
                }
                Report::MakerCanceled { maker, .. } => forget(places, by_id, maker)?,
                Report::Rested { .. } => by_id.insert(id, order.ticket)?,
                Report::Closed { .. } | Report::Filled => places.free(order.ticket),
            }
            Ok(())
        })
    }

    fn cancel(&mut self, command: &record::Cancel) -> Step<()> {
        let found = self
            .by_id
            .find(command.order, |ticket| self.places.get(ticket).is_some_and(|place| place.id == command.order));
        let ticket = found.ok_or(broken(&"no such order"))?;
        let number = usize::try_from(self.places.at(ticket)?.book).map_err(|_| broken(&"no such book"))?;
        self.books.open(number)?.remove(ticket)?;
        forget(&mut self.places, &mut self.by_id, ticket)
    }
}

fn forget(places: &mut Slab<Place>, by_id: &mut Index, ticket: u32) -> Step<()> {
    let place = places.at_mut(ticket)?;
    let id = std::mem::take(&mut place.id);
    by_id.remove(id, ticket)?;
    places.free(ticket);
    Ok(())
}
