"""Playing the recorded market once, unpaced, through a whole exchange, and telling what came of it."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from commonbook.broker import accrual
from commonbook.broker.deciding import reason_of
from commonbook.broker.settlement import Payout
from commonbook.clearing.service import book_volume, brand_totals
from commonbook.errors import Mismatch
from commonbook.exchange import Exchange
from commonbook.instrument.fills import fills
from commonbook.instrument.venue import Venue
from commonbook.records import (
    COMMAND,
    ORDER,
    Batch,
    CommandKind,
    EventKind,
    Records,
    Refusal,
    amounts,
    commands,
    of_kind,
)
from commonbook.simulator import demo_market
from commonbook.simulator.capture import Capture
from commonbook.simulator.market import Market, TapeRow, translate
from commonbook.units import HOUR_NS

Progress = Callable[[int, int], None]  # (commands done, commands in all)


@dataclass
class Played:
    """The outcome of a play; amounts as decimal strings in whole units."""

    commands: int
    trades: int
    tape_trades: int
    tape_exact: int
    refused: dict[str, int]
    skipped: int
    volume: dict[str, dict[str, str]]
    book_volume: str
    net_fee: dict[str, str]
    claims: dict[str, str]
    revenue: dict[str, str]
    commission: dict[str, dict[str, dict[str, str]]]
    settlements: list[dict[str, str]]
    ledger_difference: int
    state_hash: str
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def play(exchange: Exchange, capture: Capture, batch_commands: int, shift_hours: int, progress: Progress) -> Played:
    """Set up the venue, play every row, tick past the last hour's T+1, settle, compare.

    Raises:
        Mismatch: a claim does not add up to the net fee; the demo must not show a wrong number.
    """
    started = time.perf_counter()
    shift_ms = shift_hours * 3_600_000
    market = translate(capture, demo_market.sender(), demo_market.BTC_USDT, shift_ms)
    setting = demo_market.venue_commands(), demo_market.crowd_commands()
    count = sum(len(part) for part in setting) + len(market.commands)
    opening_ns = int(market.commands["time_ns"][0])
    tape: list[TapeRow] = []
    refused: dict[str, int] = defaultdict(int)
    names: dict[int, int] = {}  # order to the capture's id
    done = 0

    def take(part: Records) -> None:
        nonlocal done
        for start in range(0, len(part), batch_commands):
            batch = exchange.submit(part[start : start + batch_commands], timed=True)
            _read_tape(batch, exchange, market, names, tape, refused)
            done += len(batch.commands)
            progress(done, count)

    for part in setting:
        part["time_ns"] = opening_ns
        take(part)
    take(market.commands)
    payouts = _close_hours(exchange, int(market.commands["time_ns"][-1]))
    return _played(exchange, market, tape, refused, payouts, done, time.perf_counter() - started)


def _read_tape(
    batch: Batch,
    exchange: Exchange,
    market: Market,
    names: dict[int, int],
    tape: list[TapeRow],
    refused: dict[str, int],
) -> None:
    accepted = of_kind(batch.events, EventKind.ACCEPTED)["sequence"].tolist()
    client_ids = batch.commands.view(ORDER)["client_id"].tolist()
    for order in accepted:
        capture_id = market.capture_ids.get(client_ids[order - batch.first])
        if capture_id is not None:
            names[order] = capture_id
    for fill in fills(batch, exchange.venue):
        bought, sold = fill.buyer.order, fill.seller.order
        tape.append((names.get(bought, 0), names.get(sold, 0), fill.price_ticks, fill.quantity_lots))
    for reason in of_kind(batch.events, EventKind.REFUSED)["reason"].tolist():
        refused[Refusal(reason).name] += 1


def _close_hours(exchange: Exchange, last_ns: int) -> list[Payout]:
    """Tick engine time past the last hour's T+1 and pay what is due."""
    grace_ns = exchange.back_office.settings.broker.settlement_grace_s * 10**9
    tick = commands(CommandKind.TIME)
    tick["time_ns"] = (last_ns // HOUR_NS + 1) * HOUR_NS + grace_ns
    exchange.submit(tick.view(COMMAND), timed=True)
    return exchange.settle(timed=True)


def _commission(connection: Connection, venue: Venue) -> dict[str, dict[str, list[int]]]:
    """By broker and by the reason told: how many sides, and what is paid for them."""
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for sides in accrual.blocks(connection):
        columns = (sides["broker"].tolist(), sides["failed"].tolist(), sides["cut"].tolist(), amounts(sides["paid"]))
        for broker, failed, cut, paid in zip(*columns, strict=True):
            counts = found[venue.codes[broker].code if broker else "none"][reason_of(failed, cut)]
            counts[0] += 1
            counts[1] += paid
    return found


def _played(
    exchange: Exchange,
    market: Market,
    tape: list[TapeRow],
    refused: dict[str, int],
    payouts: list[Payout],
    done: int,
    seconds: float,
) -> Played:
    venue = exchange.venue
    usdt = venue.assets[demo_market.USDT]
    show = usdt.format
    with exchange.back_office.database.connect() as connection:
        brands = {venue.brands[brand].name: hour for (brand, _), hour in brand_totals(connection).items()}
        book = book_volume(connection)[usdt.id]
        commission = _commission(connection, venue)
    net_fee = sum(hour.net_fee for hour in brands.values())
    claims = {
        "broker_commission": sum(hour.commission for hour in brands.values()),
        "host_fee": sum(hour.host_fee for hour in brands.values()),
        "brand_revenue": sum(hour.revenue for hour in brands.values()),
        "fee_subsidy": -sum(hour.subsidy for hour in brands.values()),
    }
    if sum(claims.values()) != net_fee:
        raise Mismatch(f"claims of {sum(claims.values())} do not sum to the net fee of {net_fee}")
    if sum(hour.attributed_volume for hour in brands.values()) != book.volume:
        raise Mismatch("the brands' attributed volume does not sum to the book's")
    return Played(
        commands=done + 1,
        trades=len(tape),
        tape_trades=len(market.tape),
        tape_exact=sum(ours == theirs for ours, theirs in zip(tape, market.tape, strict=False)),
        refused=dict(refused),
        skipped=market.skipped,
        volume={
            name: {
                "side_volume": show(hour.side_volume),
                "attributed_volume": show(hour.attributed_volume),
                "fills": str(hour.fills),
                "internal_fills": str(hour.internal_fills),
            }
            for name, hour in sorted(brands.items())
        },
        book_volume=show(book.volume),
        net_fee={usdt.name: show(net_fee)},
        claims={name: show(amount) for name, amount in claims.items()},
        revenue={name: show(hour.revenue) for name, hour in sorted(brands.items())},
        commission={
            code: {
                reason: {"sides": str(sides), "amount": show(amount)}
                for reason, (sides, amount) in sorted(reasons.items())
            }
            for code, reasons in sorted(commission.items())
        },
        settlements=[
            {
                "broker": venue.codes[one.broker].code,
                "hour": str(one.hour),
                "amount": show(one.amount),
                "lines": str(one.lines),
                "state": one.state,
                "statement": one.statement.name if one.statement else "",
            }
            for one in payouts
        ],
        ledger_difference=sum(abs(amount) for amount in exchange.ledger_difference().values()),
        state_hash=exchange.sequencer.engine.state_hash(),
        seconds=round(seconds, 3),
    )
