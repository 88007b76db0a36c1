"""After any commands, in batches of any size: the ledger agrees with the engine, and every fee is divided to the unit.

Rules: docs/rules/ledger.md, clearing.md, volume.md, broker.md.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from property.strategies import ACCOUNTS, BTC, ORDERS_FROM, USDT, sessions
from sqlalchemy import select

from commonbook._engine import Engine
from commonbook.clearing.service import book_volume, brand_totals
from commonbook.exchange import BackOffice
from commonbook.ledger.model import broker_payable
from commonbook.qa.plain import Command, command, encode
from commonbook.records import COMMAND, EVENT, Attribution, Batch, CommandKind, amounts, of_kind
from commonbook.records import EventKind as Kind
from commonbook.settings import BrokerSettings, Settings
from commonbook.storage.schema import accruals, ledger_balances, postings

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


def _projected(session: list[Command], cuts: set[int]) -> tuple[BackOffice, Engine, dict[int, int]]:
    """Engine and back office after a session, a batch ending behind each cut; and the engine's net fees per asset."""
    engine = Engine()
    office = BackOffice.open(Path("unused"), "sqlite://", SETTINGS)
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
        accrued = [tuple(row)[1:] for row in connection.execute(select(accruals).order_by(accruals.c.accrual))]
        balances = {(row.account, row.asset): row.amount for row in connection.execute(select(ledger_balances))}
    return accrued, {key: units for key, units in balances.items() if units}


cut_sets = st.sets(st.integers(1, 80), max_size=12)


@settings(max_examples=60, deadline=None)
@given(broker_sessions(), cut_sets)
def test_l5_the_ledger_agrees_with_the_engine_after_any_commands(session: list[Command], cuts: set[int]) -> None:
    office, engine, net_fees = _projected(session, cuts)
    assert office.difference(engine.balances()) == {}
    with office.database.connect() as connection:
        sums: dict[tuple[int, int], int] = defaultdict(int)
        for row in connection.execute(select(postings)):
            sums[row.entry, row.asset] += row.amount
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
@given(broker_sessions(), cut_sets)
def test_b19_what_is_accrued_is_owed_and_depends_on_no_batch(session: list[Command], cuts: set[int]) -> None:
    office, _, _ = _projected(session, cuts)
    accrued, balances = _rows(office)
    office.close()
    owed: dict[int, int] = defaultdict(int)
    for row in accrued:
        line = json.loads(row[-1])
        owed[row[3]] += int(line["paid"])
        assert 0 <= int(line["commission"]) <= max(int(line["base"]), 0)  # never more than the side's net fee
    for broker in BROKERS:
        assert balances.get((broker_payable(broker), USDT), 0) == owed[broker]
    one_by_one, _, _ = _projected(session, set(range(len(session))))
    assert _rows(one_by_one) == (accrued, balances)
    one_by_one.close()
