"""A small exchange over whole hours, for the tests of clearing: `SmallExchange` drives a real one in this process.

Everything trades at 1, so that a quantity is its notional: 16,000 BTC are 16,000 USDT. Assets have 8 decimals, and
amounts in the tests are decimal strings of whole units. Makers pay 2 basis points, takers 10, except where a test
agrees other rates with an account. MAKER is a client of the brand north, TAKER of south and of the broker.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from spec.accrued import accrued
from sqlalchemy import Table, event, select

from commonbook.broker.settlement import Payout
from commonbook.exchange import Exchange
from commonbook.records import (
    BALANCE_ROW,
    Attribution,
    Batch,
    Channel,
    CommandKind,
    FeeScope,
    OrderType,
    Records,
    Side,
    amount,
    as_commands,
    commands,
    words,
)
from commonbook.settings import BrokerSettings, Settings
from commonbook.units import format_units, parse_units

SCALE = 8
USDT, BTC, EUR = 1, 2, 3
BTC_USDT, BTC_EUR = 1, 2
NORTH, SOUTH = 1, 2
FEE_POOL, SUBSIDY, MAKER, TAKER, PAYOUT, HOUSE = 1, 2, 1_001, 1_002, 1_003, 1_004
BROKER, CODE = 1, "NORTHSTAR"
HOUR = 490_000  # hours since 1970: 24 November 2025, 16:00 UTC
HOUR_S = 3_600
SECOND_NS = 1_000_000_000


def units(text: str) -> int:
    """Whole units as ledger units of an asset with 8 decimals."""
    return parse_units(text.replace(",", ""), SCALE)


def shown(amount_minor: int) -> str:
    return format_units(amount_minor, SCALE)


class SmallExchange:
    """Opens or begins an exchange in a folder. Times are an hour, counted from HOUR, and seconds in it."""

    def __init__(self, folder: Path, settings: Settings | None = None) -> None:
        self.folder = folder
        self.settings = settings or Settings()
        self.exchange = Exchange.open(folder, self.settings)
        if self.exchange.is_empty:
            self.send(*_setting())

    @classmethod
    def with_minimum_payout(cls, folder: Path, minimum: str) -> Self:
        return cls(folder, Settings(broker=BrokerSettings(minimum_payout_minor=units(minimum))))

    # -- what happens ------------------------------------------------------------------------------------------------

    def send(self, *parts: Records, hour: int = 0, second: int = 0) -> Batch:
        """Commands of any kind as one batch."""
        batch = as_commands(*parts)
        batch["time_ns"] = time_ns(hour, second)
        return self.exchange.submit(batch, timed=True)

    def trade(self, notional: str, hour: int = 0, second: int = 0, **terms: Any) -> Batch:
        """One fill; see `trade_records`."""
        return self.send(*trade_records(notional, **terms), hour=hour, second=second)

    def rates(self, account: int, maker_bps: str, taker_bps: str, subsidised: bool = False) -> None:
        """What the host agrees with one account."""
        record = one(CommandKind.FEES, scope=FeeScope.ACCOUNT, account=account, subsidised=subsidised)
        record["maker_rate_e8"], record["taker_rate_e8"] = (parse_units(bps, 4) for bps in (maker_bps, taker_bps))
        self.send(record)

    def level(self, account: int, level: int) -> None:
        brand = NORTH if account == MAKER else SOUTH
        self.send(one(CommandKind.ACCOUNT, account=account, person=account, brand=brand, level=level))

    def price(self, asset: int, text: str, hour: int = 0, second: int = 0) -> int:
        """An index price in USDT; gives the command's sequence."""
        price = one(CommandKind.PRICE, asset=asset, quote_asset=USDT, price_e8=parse_units(text, 8))
        return self.send(price, hour=hour, second=second).last

    def transfer(self, account: int, to_account: int, text: str, key: str, asset: int = USDT) -> Batch:
        record = one(CommandKind.TRANSFER, account=account, to_account=to_account, asset=asset, key=key.encode())
        record["amount"] = words(units(text))
        return self.send(record)

    def tick(self, hour: int, second: int = 0) -> Batch:
        """Engine time moves on without anything else."""
        return self.send(one(CommandKind.TIME), hour=hour, second=second)

    def settle(self) -> list[Payout]:
        return self.exchange.settle(timed=True)

    def crash(self) -> None:
        """End without an orderly close and begin again from what is on disk."""
        self.exchange.sequencer.close()
        self.exchange.back_office.close()
        self.exchange = Exchange.open(self.folder, self.settings)

    # -- what is seen ------------------------------------------------------------------------------------------------

    def available(self, account: int, asset: int = USDT) -> str:
        """What the engine says an account has."""
        rows = np.frombuffer(self.exchange.sequencer.engine.balances(account), BALANCE_ROW)
        return shown(sum(amount(row["available"]) for row in rows if row["asset"] == asset))

    def ledger(self, account: str, asset: int = USDT) -> str:
        return shown(self.exchange.back_office.ledger.balances.get((account, asset), 0))

    def rows(self, table: Table, order_by: str) -> list[dict[str, Any]]:
        with self.exchange.back_office.database.connect() as connection:
            found = connection.execute(select(table).order_by(table.c[order_by])).mappings()
            return [dict(row) for row in found]

    def accrued(self) -> list[dict[str, Any]]:
        """Each fill side that was decided, with its statement line."""
        office = self.exchange.back_office
        with office.database.connect() as connection:
            return accrued(connection, office.venue)

    def statements(self) -> dict[str, Path]:
        return {path.name: path for path in sorted(self.exchange.back_office.statements.glob("*.jsonl"))}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.exchange.close()


class Crash(Exception):
    """What a test lets happen in the middle of something."""


def crash_at_commit(number: int) -> Callable[[SmallExchange], None]:
    """A settlement that fails at the number-th commit of the database, before it has happened; counted from 1."""

    def crash(exchange: SmallExchange) -> None:
        commits: list[None] = []

        def count(_: Any) -> None:
            commits.append(None)
            if len(commits) == number:
                raise Crash

        event.listen(exchange.exchange.back_office.database, "commit", count)
        exchange.settle()

    return crash


def crash_before_the_transfer(exchange: SmallExchange) -> None:
    """A settlement that fails before its payment is sent."""

    def fail(_: Records) -> Batch:
        raise Crash

    exchange.exchange.back_office.settle_due(fail)


def time_ns(hour: int, second: int = 0) -> int:
    return ((HOUR + hour) * HOUR_S + second) * SECOND_NS


def one(kind: CommandKind, **values: Any) -> Records:
    record = commands(kind)
    for name, value in values.items():
        record[name] = value
    return record


def order(account: int, side: Side, notional: str, **fields: Any) -> Records:
    """A limit order at 1."""
    fields = {"order_type": OrderType.LIMIT, "channel": Channel.API, "attribution": Attribution.NO_TAG} | fields
    if fields.get("broker"):
        fields |= {"attribution": Attribution.BROKER, "tag": CODE.encode()}
    fields = {"instrument": BTC_USDT, "price_ticks": 1} | fields
    return one(CommandKind.ORDER, account=account, side=side, quantity_lots=units(notional), **fields)


def trade_records(
    notional: str,
    taker: int = TAKER,
    maker: int = MAKER,
    taker_broker: int = BROKER,
    maker_broker: int = 0,
    instrument: int = BTC_USDT,
    **taker_fields: Any,
) -> Sequence[Records]:
    """Two orders that fill each other: the maker sells, the taker buys.

    Args:
        taker_fields: of the taker's order record, such as `channel`.
    """
    return (
        order(maker, Side.SELL, notional, instrument=instrument, broker=maker_broker),
        order(taker, Side.BUY, notional, instrument=instrument, broker=taker_broker, **taker_fields),
    )


def deposit(account: int, asset: int, text: str, key: str) -> Records:
    record = one(CommandKind.DEPOSIT, account=account, asset=asset, key=key.encode())
    record["amount"] = words(units(text))
    return record


def _setting() -> Sequence[Records]:
    pair = {"tick_mantissa": 1, "lot_mantissa": 1, "lot_scale": SCALE, "minimum_lots": 1, "base_asset": BTC}
    rates = {"maker_rate_e8": 20_000, "taker_rate_e8": 100_000}
    return (
        *(
            one(CommandKind.ASSET, asset=asset, scale=SCALE, name=name)
            for asset, name in ((USDT, b"USDT"), (BTC, b"BTC"), (EUR, b"EUR"))
        ),
        one(CommandKind.INSTRUMENT, instrument=BTC_USDT, name=b"BTC-USDT", quote_asset=USDT, **pair),
        one(CommandKind.INSTRUMENT, instrument=BTC_EUR, name=b"BTC-EUR", quote_asset=EUR, **pair),
        one(CommandKind.BRAND, brand=NORTH, name=b"north"),
        one(CommandKind.BRAND, brand=SOUTH, name=b"south"),
        one(CommandKind.FEES, scope=FeeScope.VENUE, maker_rate_e8=0, taker_rate_e8=0, highest_claim_e8=40_000_000),
        *(one(CommandKind.FEES, scope=FeeScope.BRAND, brand=brand, **rates) for brand in (NORTH, SOUTH)),
        *(
            one(CommandKind.ACCOUNT, account=account, person=account, brand=NORTH if account == MAKER else SOUTH)
            for account in (MAKER, TAKER, PAYOUT, HOUSE)
        ),
        one(CommandKind.BROKER_CODE, broker=BROKER, active=1, payout_account=PAYOUT, code=CODE.encode()),
        *(
            deposit(account, asset, "10000000", f"setting:{account}:{asset}")
            for account in (MAKER, TAKER, HOUSE)
            for asset in (USDT, BTC, EUR)
        ),
    )
