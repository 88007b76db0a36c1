"""The venue's configuration in the database, and back."""

import numpy as np
from sqlalchemy import Connection, Engine, func, insert, select

from commonbook.instrument.venue import Venue, accepted_configuration
from commonbook.records import COMMAND, PRICE, Batch, CommandKind, Records, as_commands, commands
from commonbook.storage.database import BACK_OFFICE, position, snapshot
from commonbook.storage.schema import index_prices, venue_commands


def project(batch: Batch, connection: Connection) -> None:
    """Keep a batch's accepted configuration; index prices go to their own history."""
    chosen = accepted_configuration(batch)
    prices = chosen[chosen["kind"] == CommandKind.PRICE].view(PRICE)
    rest = chosen[chosen["kind"] != CommandKind.PRICE]
    if len(rest):
        rows = [{"sequence": int(one["sequence"]), "record": one.tobytes().hex()} for one in rest]
        connection.execute(insert(venue_commands), rows)
    if len(prices):
        names = ("sequence", "time_ns", "asset", "quote_asset", "price_e8")
        columns = [prices[name].tolist() for name in names]
        connection.execute(
            insert(index_prices), [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        )


def configuration_after(connection: Connection, after: int) -> Records:
    """What was accepted behind a sequence, COMMAND records in order, each pair's index price but once: its newest."""
    chosen = select(venue_commands.c.record).where(venue_commands.c.sequence > after)
    records = connection.execute(chosen.order_by(venue_commands.c.sequence)).scalars()
    rest = np.frombuffer(b"".join(map(bytes.fromhex, records)), COMMAND)
    newest = select(func.max(index_prices.c.sequence)).where(index_prices.c.sequence > after)
    newest = newest.group_by(index_prices.c.asset, index_prices.c.quote_asset)
    rows = connection.execute(select(index_prices).where(index_prices.c.sequence.in_(newest))).all()
    prices = commands(CommandKind.PRICE, len(rows))
    for name in ("sequence", "time_ns", "asset", "quote_asset", "price_e8"):
        prices[name] = [getattr(row, name) for row in rows]
    found = as_commands(rest, prices)
    return found[np.argsort(found["sequence"], kind="stable")]


def load_at(database: Engine) -> tuple[Venue, int]:
    """The venue, and the sequence that it is of, for whoever follows the stream from there while others project."""
    with snapshot(database) as connection:
        return load(connection), position(connection, BACK_OFFICE)


def load(connection: Connection) -> Venue:
    """The venue as the projected commands leave it."""
    venue = Venue()
    records = connection.execute(select(venue_commands.c.record).order_by(venue_commands.c.sequence)).scalars()
    venue.apply_commands(np.frombuffer(b"".join(map(bytes.fromhex, records)), COMMAND))
    newest: dict[tuple[int, int], tuple[int, int, int]] = {}
    rows = connection.execute(select(index_prices).order_by(index_prices.c.sequence))
    for row in rows:
        newest[row.asset, row.quote_asset] = (row.price_e8, row.sequence, row.time_ns)
    for pair, price in newest.items():
        venue.set_price(pair, *price)
    return venue
