"""What the shared book is worth to a brand, held against a plain calculation. docs/rules/liquidity.md."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec.desk_here import AURORA, BOREALIS, DeskHere
from spec.small_exchange import (
    BTC_USDT,
    HOUR,
    HOUSE,
    MAKER,
    NORTH,
    SOUTH,
    TAKER,
    SmallExchange,
    _setting,
    one,
    order,
    time_ns,
    units,
)
from typer.testing import CliRunner

from commonbook.administration.roles import Role
from commonbook.console.commands import commands
from commonbook.errors import BadInput
from commonbook.instrument.venue import Venue
from commonbook.liquidity import report, upkeep
from commonbook.liquidity.day import DAY_NS, replay_day
from commonbook.liquidity.depth import BASIS_POINTS, moment
from commonbook.liquidity.picture import svg
from commonbook.matching.sequencer import Sequencer
from commonbook.records import Batch, CommandKind, OrderType, Records, Side, as_commands
from commonbook.settings import JournalSettings

FIRST_DAY = HOUR // 24  # the small exchange opens at 16:00 of it
NEXT = 8  # hours from HOUR to the next day
BRAND_OF = {MAKER: NORTH, TAKER: SOUTH, HOUSE: SOUTH}
SECOND_NS = 10**9


class Journaled:
    """A journal and a venue, without tables."""

    def __init__(self, folder: Path, snapshots: bool = False) -> None:
        self.folder = folder
        self.sequencer = Sequencer.open(folder, JournalSettings())
        self.venue = Venue()
        self.send(*_setting(), at_ns=time_ns(0))

    def send(self, *parts: Records, at_ns: int) -> Batch:
        batch = as_commands(*parts)
        batch["time_ns"] = at_ns
        done = self.sequencer.commit(batch, None)
        self.venue.apply(done)
        return done

    def tick(self, at_ns: int) -> None:
        self.send(one(CommandKind.TIME), at_ns=at_ns)

    def close(self) -> None:
        self.sequencer.close()


@pytest.fixture
def journaled(tmp_path: Path) -> Iterator[Journaled]:
    made = Journaled(tmp_path)
    yield made
    made.close()


# -- the plain calculation ---------------------------------------------------------------------------------------------


@dataclass
class Resting:
    number: int
    account: int
    side: Side
    price: int
    lots: int
    time: int


@dataclass
class Plain:
    """A book as plainly as can be: every order in a list, looked through each time."""

    resting: list[Resting] = field(default_factory=list)
    filled: list[tuple[int, int, int, int, int]] = field(default_factory=list)  # taker, maker order, price, lots, time
    accounts: dict[int, int] = field(default_factory=dict)
    entered: dict[int, tuple[int, int]] = field(default_factory=dict)  # number to time and lots

    def enter(self, number: int, account: int, side: Side, price: int, lots: int, time: int, rests: bool) -> None:
        self.accounts[number] = account
        self.entered[number] = (time, lots)
        sign = 1 if side is Side.BUY else -1
        left = lots
        while left:
            against = [one for one in self.resting if one.side is not side and sign * one.price <= sign * price]
            if not against:
                break
            best = min(against, key=lambda one: (sign * one.price, one.number))
            if best.account == account:  # nobody trades with themselves: the resting one goes
                self.resting.remove(best)
                continue
            part = min(left, best.lots)
            self.filled.append((number, best.number, best.price, part, time))
            left -= part
            best.lots -= part
            if not best.lots:
                self.resting.remove(best)
        if left and rests:
            self.resting.append(Resting(number, account, side, price, left, time))

    def cancel(self, number: int) -> None:
        self.resting = [one for one in self.resting if one.number != number]

    def within(self, side: Side, points: int) -> Fraction | None:
        """Notional in ticks x lots; None without a middle."""
        bids = [one for one in self.resting if one.side is Side.BUY]
        asks = [one for one in self.resting if one.side is Side.SELL]
        if not bids or not asks:
            return None
        middle = Fraction(max(one.price for one in bids) + min(one.price for one in asks), 2)
        near = [
            one
            for one in (bids if side is Side.BUY else asks)
            if abs(one.price - middle) <= middle * Fraction(points, 10_000)
        ]
        return Fraction(sum(one.price * one.lots for one in near))

    def spread(self) -> Fraction | None:
        bids = [one.price for one in self.resting if one.side is Side.BUY]
        asks = [one.price for one in self.resting if one.side is Side.SELL]
        return Fraction(2 * (min(asks) - max(bids)), min(asks) + max(bids)) if bids and asks else None


@dataclass(frozen=True)
class Action:
    account: int
    side: Side
    price: int
    lots: int
    gap_s: int
    kind: str  # limit, ioc, cancel
    target: int  # of a cancel: which of the account's orders so far, by its place


ACTIONS = st.lists(
    st.builds(
        Action,
        account=st.sampled_from([MAKER, TAKER, HOUSE]),
        side=st.sampled_from([Side.BUY, Side.SELL]),
        price=st.integers(990, 1_010),
        lots=st.integers(1, 50),
        gap_s=st.integers(0, 3_000),
        kind=st.sampled_from(["limit", "limit", "limit", "ioc", "cancel"]),
        target=st.integers(0, 5),
    ),
    max_size=40,
)
BASE_S = 16 * 3_600 + 60  # of the day


def play(journaled: Journaled, actions: list[Action]) -> tuple[list[tuple[int, Action, int]], int]:
    """Send the actions; gives each with its number, its moment in seconds of the day, and a cancel's target."""
    sent, at_s, numbers = [], BASE_S, {account: [] for account in BRAND_OF}  # type: ignore[var-annotated]
    for action in actions:
        at_s = min(at_s + action.gap_s, 86_399)
        at_ns = FIRST_DAY * DAY_NS + at_s * SECOND_NS
        if action.kind == "cancel":
            mine = numbers[action.account]
            target = mine[action.target % len(mine)] if mine else 0
            cancel = one(CommandKind.CANCEL, account=action.account, instrument=BTC_USDT, order=target or 1)
            journaled.send(cancel, at_ns=at_ns)
            sent.append((at_s, action, target))
        else:
            kind = OrderType.LIMIT if action.kind == "limit" else OrderType.IOC
            record = order(action.account, action.side, "0", order_type=kind, price_ticks=action.price, self_trade=1)
            record["quantity_lots"] = action.lots
            number = journaled.send(record, at_ns=at_ns).first
            numbers[action.account].append(number)
            sent.append((at_s, action, number))
    journaled.tick((FIRST_DAY + 1) * DAY_NS)
    return sent, at_s


def plainly(sent: list[tuple[int, Action, int]], brand: int | None) -> tuple[Plain, dict[str, Any]]:
    """The book and its figures over the day, of everybody or of one brand alone."""
    book = Plain()
    sums: dict[Any, Fraction] = {}
    two_sided = 0
    last_s = 0
    spread = Fraction(0)

    def stand(until_s: int) -> None:
        nonlocal last_s, two_sided, spread
        now = book.spread()
        for second_from, second_to in _hours(last_s, until_s):
            for side in Side:
                for points in BASIS_POINTS:
                    amount = book.within(side, points) or Fraction(0)
                    key = (second_from // 3_600, side, points)
                    sums[key] = sums.get(key, Fraction(0)) + amount * (second_to - second_from)
        if now is not None:
            two_sided += until_s - last_s
            spread += Fraction(int(now * 10**8)) * (until_s - last_s)
        last_s = until_s

    for at_s, action, number in sent:
        stand(at_s)
        if brand is not None and BRAND_OF[action.account] != brand:
            continue
        if action.kind == "cancel":
            book.cancel(number)
        else:
            rests = action.kind == "limit"
            book.enter(number, action.account, action.side, action.price, action.lots, at_s, rests)
    stand(86_400)
    mean_spread = "" if not two_sided else int(spread / two_sided)
    return book, {"sums": sums, "two_sided": two_sided, "spread": mean_spread}


def _hours(from_s: int, to_s: int) -> Iterator[tuple[int, int]]:
    while from_s < to_s:
        end = min(to_s, (from_s // 3_600 + 1) * 3_600)
        yield from_s, end
        from_s = end


@settings(max_examples=40)
@given(ACTIONS)
def test_lq4_a_day_recomputes_from_the_journal_as_plainly_as_can_be(actions: list[Action]) -> None:
    """LQ-2, LQ-3, LQ-4 and LQ-5: the shared book, and each brand alone."""
    with tempfile.TemporaryDirectory() as folder:
        journaled = Journaled(Path(folder))
        sent, _ = play(journaled, actions)
        journaled.close()
        found = report.reports(Path(folder), journaled.venue, [NORTH, SOUTH], FIRST_DAY)
    factor = journaled.venue.instruments[BTC_USDT].minor_per_tick_lot
    quote = journaled.venue.instruments[BTC_USDT].quote
    shared, told = plainly(sent, None)
    for brand in (NORTH, SOUTH):
        if not any(BRAND_OF[action.account] == brand and action.kind != "cancel" for _, action, _ in sent):
            assert found[brand]["instruments"] == []
            continue
        (got,) = found[brand]["instruments"]
        alone, told_alone = plainly(sent, brand)
        for place, (book, plain) in {"shared": (shared, told), "alone": (alone, told_alone)}.items():
            for hour in got["hours"]:
                for points in BASIS_POINTS:
                    for side, name in ((Side.BUY, "bids"), (Side.SELL, "asks")):
                        total = plain["sums"].get((hour["hour"], side, points), Fraction(0))
                        expected = int(total * factor / 3_600)
                        assert hour[place]["depth"][str(points)][name] == quote.format(expected)
            assert got[place]["two_sided_ms"] == plain["two_sided"] * 1_000
            expected_spread = plain["spread"]
            told_spread = got[place]["spread_bps"]
            assert (told_spread and round(float(told_spread) * 10_000)) == expected_spread
            mine = {number for number, account in book.accounts.items() if BRAND_OF[account] == brand}
            ordered = sum(book.entered[number][1] for number in mine)
            parts = [
                (number, lots, at_s)
                for taker, maker, _, lots, at_s in book.filled
                for number in (taker, maker)
                if number in mine
            ]
            filled = sum(lots for _, lots, _ in parts)
            waited = sum(lots * (at_s - book.entered[number][0]) for number, lots, at_s in parts)
            orders = got["orders"][place]
            assert orders["orders"] == len(mine)
            assert orders["share_filled"] == (f"{_e8(filled, ordered)}" if ordered else "")
            assert orders["time_to_fill_ms"] == (str(waited * 1_000 // filled) if filled else "")
        sides = [
            (price * lots * factor, BRAND_OF[shared.accounts[other]] != brand)
            for taker, maker, price, lots, _ in shared.filled
            for own, other in ((taker, maker), (maker, taker))
            if BRAND_OF[shared.accounts[own]] == brand
        ]
        everything, with_others = sum(n for n, _ in sides), sum(n for n, is_other in sides if is_other)
        assert got["fills"]["sides"] == len(sides)
        assert got["fills"]["notional"] == quote.format(everything)
        assert got["fills"]["notional_with_others"] == quote.format(with_others)
        assert got["fills"]["share_with_others"] == (_e8(with_others, everything) if everything else "")


def _e8(part: int, whole: int) -> str:
    units_e8 = part * 10**8 // whole
    return f"{units_e8 // 10**8}.{units_e8 % 10**8:08d}".rstrip("0").rstrip(".")


# -- examples ----------------------------------------------------------------------------------------------------------


def test_lq1_a_price_belongs_to_a_distance_with_the_bound_itself() -> None:
    bids = [(999, 5, 1), (998, 7, 1), (995, 11, 1), (990, 13, 1), (989, 17, 1)]
    asks = [(1_001, 1, 1), (1_010, 2, 1), (1_011, 3, 1)]
    found = moment(bids, asks, 1)
    assert found is not None
    # The middle is 1,000: within 10 bps 999 to 1,001, within 50 bps 995 to 1,005, within 100 bps 990 to 1,010.
    assert found.bids == (999 * 5, 999 * 5 + 998 * 7 + 995 * 11, 999 * 5 + 998 * 7 + 995 * 11 + 990 * 13)
    assert found.asks == (1_001, 1_001, 1_001 + 1_010 * 2)
    assert found.spread_e8 == 200_000  # 2 of 1,000
    assert moment(bids, [], 1) is None


def test_lq2_depth_is_weighed_by_the_time_that_it_stood(journaled: Journaled) -> None:
    begin = FIRST_DAY * DAY_NS + 20 * 3_600 * SECOND_NS
    both = [order(MAKER, side, "2", price_ticks=price) for side, price in ((Side.BUY, 999), (Side.SELL, 1_001))]
    journaled.send(*both, at_ns=begin + 900 * SECOND_NS)  # a quarter past: it stands for three quarters
    sell = order(MAKER, Side.SELL, "1", price_ticks=1_001)
    journaled.send(sell, at_ns=begin + 1_800 * SECOND_NS)
    journaled.tick((FIRST_DAY + 1) * DAY_NS)
    (one_pair,) = report.reports(journaled.folder, journaled.venue, [NORTH], FIRST_DAY)[NORTH]["instruments"]
    hour = one_pair["hours"][20]["shared"]
    assert hour["two_sided_ms"] == 2_700_000
    assert hour["depth"]["10"] == {"bids": "1498.5", "asks": "2002"}  # 1,998 x 3/4; 2,002 x 1/4 + 3,003 x 1/2
    assert hour["spread_bps"] == "20"


def test_lq3_a_fill_inside_the_brand_is_two_sides(journaled: Journaled) -> None:
    at_ns = time_ns(1)
    journaled.send(order(MAKER, Side.SELL, "100"), order(TAKER, Side.BUY, "100"), at_ns=at_ns)
    journaled.send(order(HOUSE, Side.SELL, "50"), order(TAKER, Side.BUY, "50"), at_ns=at_ns)
    journaled.tick((FIRST_DAY + 1) * DAY_NS)
    found = report.reports(journaled.folder, journaled.venue, [NORTH, SOUTH], FIRST_DAY)
    assert found[SOUTH]["instruments"][0]["fills"] == {
        "sides": 3,
        "notional": "200",
        "sides_with_others": 1,
        "notional_with_others": "100",
        "share_with_others": "0.5",
    }
    assert found[NORTH]["instruments"][0]["fills"]["share_with_others"] == "1"


def test_lq4_what_rested_at_the_beginning_of_the_day_rests_alone_as_well(journaled: Journaled) -> None:
    journaled.send(order(MAKER, Side.SELL, "10", price_ticks=1_001, client_id=b"mine"), at_ns=time_ns(1))
    journaled.send(order(TAKER, Side.BUY, "4", price_ticks=1_001), at_ns=time_ns(2))  # 6 are left
    journaled.send(order(MAKER, Side.BUY, "3", price_ticks=999), at_ns=time_ns(3))
    half = time_ns(NEXT + 12)
    journaled.send(one(CommandKind.CANCEL, account=MAKER, instrument=BTC_USDT, client_id=b"mine"), at_ns=half)
    journaled.tick((FIRST_DAY + 2) * DAY_NS)
    (got,) = report.reports(journaled.folder, journaled.venue, [NORTH], FIRST_DAY + 1)[NORTH]["instruments"]
    for place in ("shared", "alone"):
        assert got["hours"][0][place]["depth"]["10"] == {"bids": "2997", "asks": "6006"}
        assert got["hours"][12][place]["depth"]["10"] == {"bids": "0", "asks": "0"}
    assert got["orders"]["alone"]["orders"] == 0  # none of them was entered on this day


def test_lq4_what_somebody_cancels_is_canceled_alone_although_it_was_filled_on_the_shared_book(
    journaled: Journaled,
) -> None:
    mine = journaled.send(order(MAKER, Side.SELL, "10", price_ticks=1_001), at_ns=time_ns(1)).first
    journaled.send(order(MAKER, Side.BUY, "10", price_ticks=999), at_ns=time_ns(1))
    journaled.send(order(TAKER, Side.BUY, "10", price_ticks=1_001), at_ns=time_ns(2))
    journaled.send(one(CommandKind.CANCEL, account=MAKER, instrument=BTC_USDT, order=mine), at_ns=time_ns(4))
    journaled.tick((FIRST_DAY + 1) * DAY_NS)
    (got,) = report.reports(journaled.folder, journaled.venue, [NORTH], FIRST_DAY)[NORTH]["instruments"]
    assert got["shared"]["two_sided_ms"] == 3_600_000  # from 17:00 to 18:00
    assert got["alone"]["two_sided_ms"] == 3 * 3_600_000  # to 20:00
    assert (got["orders"]["shared"]["share_filled"], got["orders"]["alone"]["share_filled"]) == ("0.5", "0")


def test_lq4_amendments_timers_and_cancel_all_play_alone_as_well(journaled: Journaled) -> None:
    first = journaled.send(order(MAKER, Side.SELL, "10", price_ticks=1_001), at_ns=time_ns(1)).first
    journaled.send(order(MAKER, Side.BUY, "10", price_ticks=999, tag=b"timed"), at_ns=time_ns(1))
    amend = one(CommandKind.AMEND, account=MAKER, instrument=BTC_USDT, order=first, quantity_lots=units("4"))
    journaled.send(amend, at_ns=time_ns(2))
    timer = one(CommandKind.CANCEL_ALL_AFTER, account=MAKER, tag=b"timed", deadline_ns=time_ns(3))
    journaled.send(timer, at_ns=time_ns(2))
    journaled.tick(time_ns(3))
    journaled.send(order(MAKER, Side.BUY, "1", price_ticks=999), at_ns=time_ns(4))
    journaled.send(one(CommandKind.CANCEL_ALL, account=MAKER), at_ns=time_ns(5))
    journaled.tick((FIRST_DAY + 1) * DAY_NS)
    (got,) = report.reports(journaled.folder, journaled.venue, [NORTH], FIRST_DAY)[NORTH]["instruments"]
    asks = [hour["alone"]["depth"]["10"]["asks"] for hour in got["hours"]]
    bids = [hour["alone"]["depth"]["10"]["bids"] for hour in got["hours"]]
    assert asks[16:22] == ["0", "10010", "4004", "0", "4004", "0"]  # at 19:00 there is no other side
    assert bids[16:22] == ["0", "9990", "9990", "0", "999", "0"]
    assert [hour["shared"] for hour in got["hours"]] == [hour["alone"] for hour in got["hours"]]
    assert got["orders"]["shared"] == got["orders"]["alone"]
    assert got["orders"]["alone"]["ordered"] == "15"


def test_lq4_nothing_is_refused_alone_for_want_of_funds_limits_or_bands(journaled: Journaled) -> None:
    begin = time_ns(1)
    limits = one(CommandKind.LIMITS, instrument=BTC_USDT, band_e8=1_000_000, band_max_e8=1_000_000)
    journaled.send(limits, one(CommandKind.REFERENCE, instrument=BTC_USDT, reference_ticks=1_000), at_ns=begin)
    most = 9_900_000  # nearly all of the funds, over and over: what was bought is sold again
    for number in range(6):
        side, other = (Side.BUY, Side.SELL) if number % 2 else (Side.SELL, Side.BUY)
        mine = order(MAKER, side, str(most // 1_000), price_ticks=1_000)
        journaled.send(mine, order(TAKER, other, str(most // 1_000), price_ticks=1_000), at_ns=begin + number)
    journaled.tick((FIRST_DAY + 1) * DAY_NS)
    replayed = replay_day(journaled.folder, journaled.venue, [NORTH], FIRST_DAY)
    alone = replayed.brands[NORTH].alone
    assert replayed.brands[NORTH].orders.of(BTC_USDT).orders == 6
    assert alone.orders.of(BTC_USDT).orders == 6
    assert len(np.frombuffer(alone.engine.open_orders(), np.uint8)) > 0
    assert alone.orders.of(BTC_USDT).filled_lots == 0  # each has met its own person only


def test_lq4_the_same_journal_gives_the_same_report_from_a_snapshot_as_from_its_beginning(tmp_path: Path) -> None:
    journaled = Journaled(tmp_path / "a")
    journaled.send(order(MAKER, Side.SELL, "10", price_ticks=1_001), at_ns=time_ns(1))
    journaled.send(order(HOUSE, Side.BUY, "10", price_ticks=999), at_ns=time_ns(2))
    journaled.send(order(TAKER, Side.BUY, "5", price_ticks=1_001), at_ns=time_ns(NEXT + 3))
    journaled.tick((FIRST_DAY + 2) * DAY_NS)
    without = report.reports(journaled.folder, journaled.venue, [NORTH, SOUTH], FIRST_DAY + 1)
    again = report.reports(journaled.folder, journaled.venue, [NORTH, SOUTH], FIRST_DAY + 1)
    assert without == again
    journaled.close()
    with_snapshot = Journaled(tmp_path / "b")
    with_snapshot.send(order(MAKER, Side.SELL, "10", price_ticks=1_001), at_ns=time_ns(1))
    with_snapshot.send(order(HOUSE, Side.BUY, "10", price_ticks=999), at_ns=time_ns(2))
    with_snapshot.sequencer.snapshot()
    with_snapshot.send(order(TAKER, Side.BUY, "5", price_ticks=1_001), at_ns=time_ns(NEXT + 3))
    with_snapshot.tick((FIRST_DAY + 2) * DAY_NS)
    assert report.reports(tmp_path / "b", with_snapshot.venue, [NORTH, SOUTH], FIRST_DAY + 1) == without
    with_snapshot.close()


def test_lq5_orders_by_amount_are_counted_apart(journaled: Journaled) -> None:
    journaled.send(order(MAKER, Side.SELL, "10"), at_ns=time_ns(1))
    spend = order(TAKER, Side.BUY, "0", order_type=OrderType.MARKET, size_in=1, price_ticks=0)
    spend["quote_amount"] = (units("4"), 0)
    journaled.send(spend, at_ns=time_ns(2))
    journaled.tick((FIRST_DAY + 1) * DAY_NS)
    found = report.reports(journaled.folder, journaled.venue, [NORTH, SOUTH], FIRST_DAY)
    assert found[SOUTH]["instruments"][0]["orders"]["shared"] == {
        "orders": 0,
        "orders_by_amount": 1,
        "ordered": "0",
        "filled": "0",
        "share_filled": "",
        "time_to_fill_ms": "",
    }
    assert found[NORTH]["instruments"][0]["orders"]["shared"]["time_to_fill_ms"] == "3600000"


def test_lq6_a_day_that_is_not_over_or_not_there_is_refused(journaled: Journaled) -> None:
    with pytest.raises(BadInput, match="not over yet"):
        report.reports(journaled.folder, journaled.venue, [NORTH], FIRST_DAY)
    journaled.tick((FIRST_DAY + 1) * DAY_NS)
    with pytest.raises(BadInput, match="begins after"):
        report.reports(journaled.folder, journaled.venue, [NORTH], FIRST_DAY - 3)
    for text in ("2026-13-01", "yesterday", "", "../x"):
        with pytest.raises(BadInput):
            report.day_named(text)


def test_lq6_the_chore_reports_of_the_last_two_closed_days_once(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("10", hour=1)
        exchange.tick(NEXT + 24 + 1)
    url = f"sqlite:///{tmp_path / 'backoffice.db'}"
    now_ns = time_ns(NEXT + 24 + 1)
    asyncio.run(upkeep.report_due(tmp_path, url, now_ns, 2))
    days = report.kept_days(tmp_path, NORTH)
    assert days == ["2025-11-25", "2025-11-24"]
    kept = report.kept(tmp_path, NORTH, FIRST_DAY)
    assert kept is not None
    assert kept["instruments"][0]["fills"]["notional"] == "10"
    stamp = report.path_of(tmp_path, NORTH, FIRST_DAY).stat().st_mtime_ns
    asyncio.run(upkeep.report_due(tmp_path, url, now_ns, 2))
    assert report.path_of(tmp_path, NORTH, FIRST_DAY).stat().st_mtime_ns == stamp
    said = CliRunner().invoke(
        commands(), ["liquidity-report", "--brand", "1", "--day", "2025-11-24", "--data", str(tmp_path), "--json"]
    )
    assert json.loads(said.stdout) == kept
    picture = tmp_path / "day.svg"
    shown = CliRunner().invoke(
        commands(),
        ["liquidity-report", "--brand", "1", "--day", "2025-11-24", "--data", str(tmp_path), "--picture", str(picture)],
    )
    assert "BTC-USDT" in shown.stdout
    assert picture.read_text().startswith("<svg")


def test_lq6_a_team_sees_the_reports_of_its_own_brand(tmp_path: Path) -> None:
    desk = DeskHere(tmp_path)
    mine = {"brand": "1", "day": "2025-11-24", "instruments": []}
    report.keep(tmp_path, FIRST_DAY, {AURORA: mine})
    staff, other = desk.staff(AURORA, Role.READ_ONLY), desk.staff(BOREALIS, Role.OWNER)
    assert staff.ask("GET", "/liquidity") == ["2025-11-24"]
    assert staff.ask("GET", "/liquidity/2025-11-24") == mine
    assert staff.send("GET", "/liquidity/2025-11-24/picture").headers["content-type"].startswith("image/svg+xml")
    assert other.ask("GET", "/liquidity") == []
    assert other.code("GET", "/liquidity/2025-11-24") == "no_such_report"
    assert staff.code("GET", "/liquidity/2025-11-23") == "no_such_report"
    assert staff.code("GET", "/liquidity/soon") == "bad_request"
    assert desk.staff(AURORA).code("GET", "/liquidity") == "not_permitted"
    desk.close()


def test_the_picture_has_a_bar_for_each_hour_of_each_book_and_escapes_what_it_tells(journaled: Journaled) -> None:
    begin = FIRST_DAY * DAY_NS + 20 * 3_600 * SECOND_NS
    journaled.send(order(MAKER, Side.BUY, "2", price_ticks=999), at_ns=begin)
    journaled.send(order(TAKER, Side.SELL, "2", price_ticks=1_001), at_ns=begin)
    journaled.tick((FIRST_DAY + 1) * DAY_NS)
    told = report.reports(journaled.folder, journaled.venue, [NORTH], FIRST_DAY)[NORTH]
    told["instruments"][0]["instrument"] = "<B&C>"
    drawn = ElementTree.fromstring(svg(told))
    bars = [one for one in drawn.iter("{http://www.w3.org/2000/svg}rect") if len(one)]
    assert len(bars) == 2 * 24
    assert sum(float(one.get("height", "0")) > 0 for one in bars) == 4  # 20:00 to 23:00, shared; alone it has one side
    assert "&lt;B&amp;C&gt;" in svg(told)
    assert svg(told | {"instruments": []}).startswith("<svg")
