"""How what a busted fill has exchanged goes back: lot by lot against payment, and never with the money of others.

The traders give back to each other as many lots as both can pay for now, in one submission that has its effect whole or
not at all; what is left stays open between them under the name of the fill. A fee is refunded from the fee pool as far
as what the pool owes to others is covered without it; a maker's rebate is taken back from what the maker has. All of it
follows from the journal: whoever begins again finds what is still open. Rules CO-6 and CO-11.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, select

from commonbook.broker.model import Program
from commonbook.broker.reversals import taken_back_behind
from commonbook.broker.settlement import Submit, oldest_unpaid
from commonbook.clearing.keys import bust_key
from commonbook.clearing.release import account_of, transfer
from commonbook.instrument.accounts import passing_account
from commonbook.instrument.model import Instrument
from commonbook.instrument.venue import Venue
from commonbook.ledger.model import (
    VENUES,
    affiliate_payable,
    available,
    brand_revenue,
    broker_payable,
    bust_refund,
    client_payable,
    coded,
    token_holders,
)
from commonbook.ledger.service import Ledger
from commonbook.records import FEE_POOL_ACCOUNT, Records, as_commands
from commonbook.storage.tables.corrections import busts

TOGETHER = 100  # busts that one look sends for
_OWED = tuple(
    coded(one(0))[0]
    for one in (broker_payable, client_payable, affiliate_payable, token_holders, brand_revenue, bust_refund)
)


@dataclass(frozen=True, slots=True)
class Open:
    """What of a bust is still to go back; at least one of these is not 0."""

    sequence: int
    index: int
    buyer: int
    seller: int
    lots: int  # of the base to the seller, and their price to the buyer
    base: int  # base units of these
    quote: int  # quote units of these
    taker: int  # quote units: above zero its fee, below zero its rebate
    maker: int


def open_busts(connection: Connection, venue: Venue, most: int = TOGETHER) -> list[tuple[RowMapping, Open]]:
    """The oldest that are not whole yet: row, and what is still open."""
    chosen = select(busts).where(~busts.c.is_whole).order_by(busts.c.at_sequence).limit(most)
    return [(row, still_open(row, venue)) for row in connection.execute(chosen).mappings()]


def still_open(row: Mapping[str, Any] | RowMapping, venue: Venue) -> Open:
    instrument = venue.instruments[row["instrument"]]
    lots = row["lots"] - row["lots_returned"]
    return Open(
        sequence=row["sequence"],
        index=row["event_index"],
        buyer=row["buyer"],
        seller=row["seller"],
        lots=lots,
        base=lots * instrument.lot_minor,
        quote=lots * row["price_ticks"] * instrument.minor_per_tick_lot,
        taker=row["taker_fee"] - row["taker_returned"],
        maker=row["maker_fee"] - row["maker_returned"],
    )


def uncovered(ledger: Ledger, asset: int) -> int:
    """By how much the fee pool has less of an asset than it owes to others; below zero: it has so much more."""
    owed = total = 0
    for form, of, table in ledger.balances.tables():
        if of == asset and form in VENUES:
            total += sum(table.values())
            if form in _OWED:
                owed += sum(amount for amount in table.values() if amount > 0)
    return owed - total


def still_paid(connection: Connection, program: Program) -> int:
    """What of the payout asset is paid for hours that are not paid yet though it was taken back in a later one.

    An hour pays all that it has earned, and what is taken back behind it is set off against the hours that follow
    (CO-8). Until then the pool needs it, whatever the balances of those who were credited have become.
    """
    hour = oldest_unpaid(connection, program.name)
    return 0 if hour is None else taken_back_behind(connection, program.name, hour)


def return_due(database: Engine, venue: Venue, ledger: Ledger, program: Program | None, submit: Submit) -> int:
    """Send back what can go back now; gives for how many busts.

    Args:
        ledger: has all that was sent before.
        program: None: there is none that is to pay anything.
    """
    with database.connect() as connection:
        waiting = open_busts(connection, venue)
        needed = {program.payout_asset: still_paid(connection, program)} if program is not None and waiting else {}
    purse = _Purse(ledger, needed)
    count = 0
    for row, still in waiting:
        instrument = venue.instruments[row["instrument"]]
        if instrument.base.id in venue.splits or instrument.quote.id in venue.splits:
            continue
        parts = [*_exchanged_back(row, still, instrument, purse), *_fees_back(row, still, instrument.quote.id, purse)]
        if parts:
            submit(as_commands(account_of(row["brand"], passing_account(row["brand"])), *parts))
            count += 1
    return count


class _Purse:
    """What traders and the fee pool can spend, less what was sent for a moment ago."""

    def __init__(self, ledger: Ledger, needed: Mapping[int, int]) -> None:
        """
        Args:
            needed: what the pool needs of an asset beside what it owes.
        """
        self._ledger = ledger
        self._needed = needed
        self._spent: dict[tuple[str, int], int] = {}
        self._lacking: dict[int, int] = {}

    def has(self, account: int, asset: int) -> int:
        key = (available(account), asset)
        return self._ledger.balances.get(key, 0) - self._spent.get(key, 0)

    def spend(self, account: int, asset: int, amount: int) -> None:
        key = (available(account), asset)
        self._spent[key] = self._spent.get(key, 0) + amount

    def refund(self, asset: int, wanted: int) -> int:
        """What of a refund the pool can pay: what it lacks for all that it owes, refunds wait for."""
        lacking = self._lacking.setdefault(asset, uncovered(self._ledger, asset) + self._needed.get(asset, 0))
        waits = min(wanted, max(lacking, 0))
        self._lacking[asset] = lacking - waits
        return wanted - waits


def _exchanged_back(row: RowMapping, still: Open, instrument: Instrument, purse: _Purse) -> list[Records]:
    """As many lots against their price as both have now."""
    base, quote = instrument.base.id, instrument.quote.id
    lot, price = instrument.lot_minor, row["price_ticks"] * instrument.minor_per_tick_lot
    lots = min(still.lots, purse.has(still.buyer, base) // lot, purse.has(still.seller, quote) // price)
    if lots <= 0:
        return []
    purse.spend(still.buyer, base, lots * lot)
    purse.spend(still.seller, quote, lots * price)
    return swap(row, row["attempts"] + 1, base, quote, lots * lot, lots * price)


def _fees_back(row: RowMapping, still: Open, quote: int, purse: _Purse) -> list[Records]:
    """Fees out of the pool, rebates into it."""
    found = []
    for who, account, left in (("t", row["taker"], still.taker), ("m", row["maker"], still.maker)):
        key = bust_key(still.sequence, still.index, f"{'r' if left > 0 else 'c'}{who}{row['attempts'] + 1}")
        if left > 0:
            amount = purse.refund(quote, left)
            way = (FEE_POOL_ACCOUNT, account)
        else:
            amount = min(-left, max(purse.has(account, quote), 0))
            purse.spend(account, quote, amount)
            way = (account, FEE_POOL_ACCOUNT)
        if amount:
            found.append(transfer(*way, quote, amount, key))
    return found


def swap(row: RowMapping, number: int, base: int, quote: int, of_base: int, of_quote: int) -> list[Records]:
    """The base back to the seller against the quote back to the buyer: both, or neither.

    Both come to the account between, which is else empty. Where one of them was refused, for want of funds at that
    moment, the other's way back has the key of the one that was refused, which has had no effect; where neither was,
    both keys have had theirs, and no way back has one. What then lies between goes on: it is there if both have come.
    """
    between, buyer, seller = passing_account(row["brand"]), row["buyer"], row["seller"]
    keys = {what: bust_key(row["sequence"], row["event_index"], f"s{number}{what}") for what in "bsxy"}
    return [
        transfer(buyer, between, base, of_base, keys["b"]),
        transfer(seller, between, quote, of_quote, keys["s"]),
        transfer(between, buyer, base, of_base, keys["s"]),
        transfer(between, seller, quote, of_quote, keys["b"]),
        transfer(between, seller, base, of_base, keys["x"]),
        transfer(between, buyer, quote, of_quote, keys["y"]),
    ]
