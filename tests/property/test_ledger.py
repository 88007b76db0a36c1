"""After any commands, in batches of any size: the ledger agrees with the engine, and every fee is divided to the unit.

Rules: docs/rules/ledger.md, clearing.md, volume.md, broker.md.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from property.strategies import ACCOUNTS, BTC, ORDERS_FROM, SECOND, USDT, sessions
from sqlalchemy import Table, insert, select

from commonbook._engine import Engine
from commonbook.broker.accrual import blocks
from commonbook.broker.sides import SIDE
from commonbook.clearing.service import book_volume, brand_totals
from commonbook.exchange import BackOffice
from commonbook.ledger.model import Lines, broker_payable
from commonbook.ledger.service import stored
from commonbook.qa.plain import Command, command, encode
from commonbook.records import COMMAND, EVENT, Attribution, Batch, CommandKind, FillRole, amounts, of_kind
from commonbook.records import EventKind as Kind
from commonbook.settings import BrokerSettings, Settings
from commonbook.storage.schema import ledger_entries
from commonbook.storage.tables.broker_clients import broker_consents, broker_refusals
from commonbook.units import RATE_ONE

BROKERS = {1: b"ONE", 2: b"TWO"}
EUR, EUR_BOOK = 3, 3
SETTINGS = Settings(broker=BrokerSettings(payout_asset="USDT"))


@st.composite
def broker_sessions(draw: st.DrawFn) -> list[Command]:
    """A session in which some orders have a broker, some trade for another asset, and its price moves."""
    pair = {"tick_scale": 1, "tick_mantissa": 1, "lot_scale": 3, "lot_mantissa": 1, "minimum_lots": 2}
    added = [
        command(CommandKind.ASSET, asset=EUR, scale=9, name=b"EUR"),
        command(CommandKind.INSTRUMENT, instrument=EUR_BOOK, name=b"EUR", base_asset=BTC, quote_asset=EUR, **pair),
        *(
            command(CommandKind.BROKER_CODE, broker=broker, active=1, payout_account=1_004, code=code)
            for broker, code in BROKERS.items()
        ),
        *(
            command(CommandKind.DEPOSIT, account=account, asset=EUR, amount=10**18, key=b"eur-%d" % account)
            for account in ACCOUNTS
        ),
    ]
    numbered: list[Command] = []
    moved: dict[int, int] = {}
    for one in draw(sessions(least=15, most=40)):
        if one["sequence"] == ORDERS_FROM:
            numbered += added
        if one["kind"] == CommandKind.ORDER:
            broker = draw(st.sampled_from([0, 1, 2]))
            if broker:
                one = {**one, "broker": broker, "attribution": Attribution.BROKER, "channel": 1}
            if one["instrument"] == 1 and draw(st.booleans()):
                one = {**one, "instrument": EUR_BOOK}
            if draw(st.integers(0, 4)) == 0:
                price = draw(st.integers(1, 3 * 10**8))
                numbered.append(command(CommandKind.PRICE, asset=EUR, quote_asset=USDT, price_e8=price))
                numbered[-1]["time_ns"] = one["time_ns"]
        moved[one["sequence"]] = len(numbered) + 1
        if one.get("order"):
            one = {**one, "order": moved.get(one["order"], 0)}
        numbered.append(one)
    return [{"time_ns": 0, **one, "sequence": sequence} for sequence, one in enumerate(numbered, 1)]


@st.composite
def sayings(draw: st.DrawFn) -> list[tuple[Table, dict[str, Any]]]:
    """What clients have said to the brokers: rows of consents with a cap, and of refusals."""
    times, sequences = st.integers(0, 60 * SECOND), st.integers(0, 80)
    found: list[tuple[Table, dict[str, Any]]] = []
    for account in ACCOUNTS:
        for broker in BROKERS:
            given_ns, later, ended = draw(times), draw(times), draw(st.one_of(st.just(0), times))
            behind, ended_behind = sorted((draw(sequences), draw(sequences)))
            said = {"account": account, "broker": broker, "user_id": 0}
            yes = said | {"how": "page", "text_version": "", "given_ns": draw(st.sampled_from([0, given_ns]))}
            yes |= {"cap_e8": draw(st.sampled_from([-1, 0, 1, 20_000_000, 35_000_000, 10**8])), "was_replaced": False}
            yes |= {"earns_from_ns": draw(st.sampled_from([0, later])), "ended_ns": ended and ended + given_ns}
            yes |= {"given_behind": behind, "ended_behind": ended_behind if ended else 0}
            if draw(st.booleans()):
                found.append((broker_consents, yes))
            if draw(st.integers(0, 4)) == 0:
                no = {"refused_behind": behind, "lifted_behind": ended_behind}
                found.append((broker_refusals, said | no | {"refused_ns": given_ns, "lifted_ns": given_ns + later}))
    return found


def _projected(
    session: list[Command], cuts: set[int], said: Sequence[tuple[Table, dict[str, Any]]] = ()
) -> tuple[BackOffice, Engine, dict[int, int]]:
    """Engine and back office after a session, a batch ending behind each cut; and the engine's net fees per asset.

    Args:
        said: by clients, before the session begins.
    """
    engine = Engine()
    office = BackOffice.open(Path("unused"), "sqlite://", SETTINGS)
    with office.database.begin() as connection:
        for table, row in said:
            connection.execute(insert(table).values(**row))
    net_fees: dict[int, int] = defaultdict(int)
    start = 0
    for end in [*sorted(cut for cut in cuts if 0 < cut < len(session)), len(session)]:
        payload = encode(session[start:end])
        batch = Batch(np.frombuffer(payload, COMMAND), np.frombuffer(engine.apply(payload), EVENT))
        office.project(batch)
        sides = amounts(of_kind(batch.events, Kind.FILL_SIDE)["fee"])
        for number, fill in enumerate(of_kind(batch.events, Kind.FILL)):
            quote = EUR if fill["instrument"] == EUR_BOOK else USDT
            net_fees[quote] += sum(sides[2 * number : 2 * number + 2])
        start = end
    return office, engine, net_fees


def _rows(office: BackOffice) -> tuple[list[Any], dict[tuple[str, int], int]]:
    """Accruals in order, and balances that are not zero."""
    with office.database.connect() as connection:
        sides = [side for block in blocks(connection) for side in block.tolist()]
        balances = stored(connection)
    return sides, {key: units for key, units in balances.items() if units}


cut_sets = st.sets(st.integers(1, 80), max_size=12)


@settings(max_examples=60, deadline=None)
@given(broker_sessions(), cut_sets, sayings())
def test_l5_the_ledger_agrees_with_the_engine_after_any_commands(
    session: list[Command], cuts: set[int], said: list[tuple[Table, dict[str, Any]]]
) -> None:
    office, engine, net_fees = _projected(session, cuts, said)
    assert office.difference(engine.balances()) == {}
    with office.database.connect() as connection:
        sums: dict[tuple[int, int], int] = defaultdict(int)
        for row in connection.execute(select(ledger_entries)):
            for line in Lines.read(row.lines):
                sums[row.entry, line.asset] += line.amount
        totals, books = brand_totals(connection), book_volume(connection)
    assert not any(sums.values())  # L-1
    for quote, net_fee in net_fees.items():
        brands = [hour for (_, asset), hour in totals.items() if asset == quote]
        # what became of the net fees is the net fees.
        assert sum(one.commission + one.host_fee + one.revenue - one.subsidy for one in brands) == net_fee
        assert sum(one.net_fee for one in brands) == net_fee  # V-3
        assert sum(one.attributed_volume for one in brands) == books[quote].volume  # V-2
        assert sum(one.side_volume for one in brands) == 2 * books[quote].volume  # V-1
    office.close()


@settings(max_examples=40, deadline=None)
@given(broker_sessions(), cut_sets, sayings())
def test_b19_what_is_accrued_is_owed_and_depends_on_no_batch(
    session: list[Command], cuts: set[int], said: list[tuple[Table, dict[str, Any]]]
) -> None:
    office, _, _ = _projected(session, cuts, said)
    accrued, balances = _rows(office)
    with office.database.connect() as connection:
        sides = np.concatenate([np.zeros(0, SIDE), *blocks(connection)])
    office.close()
    owed: dict[int, int] = defaultdict(int)
    is_taker = (sides["role"] == FillRole.TAKER).tolist()
    own_fees = [
        taker if one else maker
        for one, taker, maker in zip(
            is_taker, *(amounts(sides[f"{name}_fee"]) for name in ("taker", "maker")), strict=True
        )
    ]
    columns = (sides["broker"].tolist(), *(amounts(sides[name]) for name in ("paid", "commission", "base")))
    capped = (own_fees, sides["cap_e8"].tolist(), sides["withheld"].tolist())
    for broker, paid, commission, base, own_fee, cap, withheld in zip(*columns, *capped, strict=True):
        owed[broker] += paid
        assert 0 <= commission <= max(base, 0)  # I14: never more than the side's net fee
        assert cap < 0 or commission * RATE_ONE <= max(own_fee, 0) * cap  # CN-4
        assert not withheld or not commission  # CN-11
    for broker in BROKERS:
        assert balances.get((broker_payable(broker), USDT), 0) == owed[broker]
    one_by_one, _, _ = _projected(session, set(range(len(session))), said)
    assert _rows(one_by_one) == (accrued, balances)
    one_by_one.close()
