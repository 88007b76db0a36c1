"""Suite `norebate`, I14 and I15: nobody gains by trading with themselves, nor by splitting orders.

Worlds of random fees, rate tables, trees of sub-brokers, affiliates and index prices, each within what the product lets
be agreed. In a world coalitions trade with themselves: taker, maker, every broker on the way to the code, the affiliate
and the client who gets something back are all one. The orders go through the engine and the fills through the product's
own accrual, division and clearing. Of each fill

    maker's rebate + brokers and clients + affiliates + vouchers  <=  fees charged + the subsidy that the host booked

where the subsidy is 0 unless the host approved the rates, and then nothing is commission; what is paid in another asset
is no more than it is worth. Some of the fills are busted: what each had of them is taken back to the unit. One trial is
a strategy, of some fills. Beside each strategy twenty orders are split: the same size at the same price at once, and in
parts. The parts never pay less fees, of the taker, the maker or together; and
they never earn more commission than the whole, but for the share of what they have paid more.

As a fee is rounded up for each fill, parts pay a few units more than the whole, and what they earn of these may be a
whole grain of commission, the smallest there is. `dust_grains_most` says how much of it was seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from commonbook.broker import accrual
from commonbook.broker.deciding import decide, paying_of
from commonbook.broker.dividing import USER, Parts, divided, together
from commonbook.broker.model import PUBLIC, DiscountPolicy, Program
from commonbook.broker.rates import RateRow, RateTable, Tiers
from commonbook.broker.reversing import postings_of
from commonbook.broker.sides import Sides
from commonbook.broker.tree import Node
from commonbook.clearing.columns import ClaimColumns, claim_columns, split_fees
from commonbook.clearing.model import AFFILIATE, ClaimSchedule, Terms
from commonbook.clearing.postings import bases_of
from commonbook.columns import Units, share_of, total_by, units_of, words_of
from commonbook.errors import BrokenInvariant
from commonbook.instrument.fill_columns import fill_columns
from commonbook.instrument.fills import Fill, Role, fills
from commonbook.instrument.venue import Venue
from commonbook.ledger.model import broker_payable, client_payable
from commonbook.qa.suite import Result
from commonbook.records import (
    COMMAND,
    EVENT,
    ORDER,
    SUBSIDY_ACCOUNT,
    Attribution,
    Batch,
    Channel,
    CommandKind,
    FeeScope,
    FillRole,
    OrderType,
    Records,
    Side,
    as_commands,
    commands,
    words,
)
from commonbook.units import HOUR_NS, RATE_ONE, RateE8

STRATEGIES = 500  # of one world
SPLITS_EACH = 20  # orders that are split, for each strategy
FILLS_MOST, PARTS_MOST = 8, 6
PAIRS = 24  # coalitions
BUSTS = 10  # fills of each lot of strategies or splits that are busted
PAYABLE = ("broker_payable:", "client_payable:")
USDT, BTC, EUR = 1, 2, 3
TAKERS, MAKERS, PAYOUTS, AFFILIATES = 1_001, 2_001, 3_001, 4_001
FUNDS = 10**30
HOUR = 480_000
POINT = 10**6  # one per cent

Rule = Callable[[Sides, Program, Venue], Parts]  # who gets what of the sides; may change what was decided of them


class Engine(Protocol):
    """The part of the engine that this suite drives."""

    def apply(self, commands: bytes) -> NDArray[np.uint8]: ...


def product(sides: Sides, program: Program, venue: Venue) -> Parts:
    """As the product does it."""
    return divided(sides, program, venue).parts


def run(
    make_engine: Callable[[], Engine], seed: int, strategies: int, limit: float = 0.0, rule: Rule = product
) -> Result:
    """`strategies` strategies from one seed and twenty splits for each, or up to the first gain.

    Args:
        rule: whose it is to divide; another than the product's is a planted bug.
    """
    result = Result("norebate", seed, limit=limit)
    while result.goes_on(strategies):
        count = min(STRATEGIES, strategies - result.trials)
        world = World(make_engine(), seed + result.seeds, rule)
        failure = world.strategies(count, result) or world.splits(count * SPLITS_EACH, result)
        if failure:
            result.failure = f"seed {seed + result.seeds}: {failure}"
        result.trials += count
        result.seeds += 1
    return result


@dataclass(frozen=True, slots=True)
class Traded:
    """The fills of some orders, decided; columns of one length."""

    fills: int
    taker_fee: Units
    maker_fee: Units
    sides: Sides  # the taker's before the maker's
    claims: Units  # of each fill, what brokers, clients and affiliates have of it
    vouchers: Units
    parts: Parts
    with_both: int  # of the fills how many have a voucher and an affiliate


class World:
    """One venue, one program."""

    def __init__(self, engine: Engine, seed: int, rule: Rule) -> None:
        self._random = np.random.default_rng(seed)
        self._engine, self._rule = engine, rule
        self._venue = Venue()
        self._sequence = 0
        self._time_ns = HOUR * HOUR_NS
        self._claim = int(self._random.choice([10, 40, 60, 100])) * POINT
        self._send(self._configuration())
        self._program = self._make_program()
        self._terms = self._make_terms()

    # -- what is tried -----------------------------------------------------------------------------------------------

    def strategies(self, count: int, result: Result) -> str:
        """The first gain, in words; empty for none."""
        lengths = self._random.integers(1, FILLS_MOST + 1, count)
        group = np.repeat(np.arange(count), lengths)
        pairs = self._random.integers(0, PAIRS, count)[group]
        total = len(group)
        prices, lots = self._sizes(total)
        instrument = self._random.integers(1, 3, total)
        codes = np.stack([self._codes(total), self._codes(total)])
        channel = self._channels(total)
        traded = self._trade(pairs, instrument, prices, lots, codes, channel, is_strategy=True)
        result.checks += total
        result.events["strategy_fills"] += total
        result.events["strategy_claims"] += int((traded.claims > 0).sum())
        result.events["vouchers_with_affiliates"] += traded.with_both
        return self._gain(traded, group)

    def splits(self, count: int, result: Result) -> str:
        """The first order that is better off in parts, in words; empty for none."""
        parts = self._random.integers(2, PARTS_MOST + 1, count)
        prices, lots = self._sizes(count)
        lots = lots + parts  # at least one lot for each
        group = np.repeat(np.arange(count), parts + 1)
        starts = np.cumsum(parts + 1) - (parts + 1)
        is_whole = np.zeros(len(group), bool)
        is_whole[starts] = True
        sizes = self._divided(lots, parts, starts, len(group))
        per_order = (self._random.integers(0, PAIRS, count), self._random.integers(1, 3, count), prices)
        pairs, instrument, price = (column[group] for column in per_order)
        codes = np.stack([self._codes(count)[group], self._codes(count)[group]])
        channel = self._channels(count)[group]
        traded = self._trade(pairs, instrument, price, sizes, codes, channel, is_strategy=False)
        result.checks += count
        result.events["splits"] += count
        return self._better_in_parts(traded, group, is_whole, count, result)

    def _gain(self, traded: Traded, group: NDArray[np.int64]) -> str:
        taker, maker = traded.taker_fee, traded.maker_fee
        subsidised = traded.sides["subsidised"][::2]
        booked = np.where(subsidised, np.maximum(-(taker + maker), 0), 0)
        given = np.maximum(-maker, 0) + traded.claims + traded.vouchers
        over = given - (np.maximum(taker, 0) + np.maximum(maker, 0)) - booked
        wrong = np.flatnonzero(over > 0)
        if len(wrong):
            at = int(wrong[0])
            return (
                f"strategy {group[at]}, fill {at}: {given[at]} is given away of fees of {taker[at]} and {maker[at]}"
                f" and a subsidy of {booked[at]}"
            )
        wrong = np.flatnonzero(subsidised & (self._commission(traded) > 0))
        if len(wrong):
            return f"strategy {group[wrong[0]]}, fill {wrong[0]}: it is subsidised, and pays a commission"
        # All of a coalition's fills together: what it gets back is no more than it was charged.
        strategies = int(group[-1]) + 1
        gains = total_by(group, traded.claims + traded.vouchers - (taker + maker) - booked, strategies)
        wrong = np.flatnonzero(gains > 0)
        if len(wrong):
            return f"strategy {wrong[0]} gains {gains[wrong[0]]}"
        return self._overpaid(traded)

    def _commission(self, traded: Traded) -> Units:
        """Of each fill, what brokers and clients have."""
        return total_by(traded.parts.side // 2, traded.parts.commission, traded.fills)

    def _overpaid(self, traded: Traded) -> str:
        """What is paid in the payout asset is worth no more than the commission, by the price on the side."""
        count = 2 * traded.fills
        paid = total_by(traded.parts.side, traded.parts.paid, count).astype(object)
        earned = total_by(traded.parts.side, traded.parts.commission, count).astype(object)
        scales = {one.id: one.quote.scale for one in self._venue.instruments.values()}
        scale = np.array([scales[one] for one in traded.sides["instrument"].tolist()], object)
        price = traded.sides["index_price_e8"].astype(object)
        worth = earned * price * 10**self._program.payout_scale
        wrong = np.flatnonzero(paid * 10**scale * RATE_ONE > worth)
        if len(wrong):
            return f"side {wrong[0]}: {paid[wrong[0]]} is paid for a commission of {earned[wrong[0]]}"
        return ""

    def _better_in_parts(
        self, traded: Traded, group: NDArray[np.int64], is_whole: NDArray[np.bool_], count: int, result: Result
    ) -> str:
        def at_once_and_in_parts(values: Units) -> tuple[Units, Units]:
            return total_by(group[is_whole], values[is_whole], count), total_by(
                group[~is_whole], values[~is_whole], count
            )

        both = traded.taker_fee + traded.maker_fee
        for name, fees in (("taker", traded.taker_fee), ("maker", traded.maker_fee), ("both", both)):
            whole, parts = at_once_and_in_parts(fees)
            wrong = np.flatnonzero(parts < whole)
            if len(wrong):
                at = wrong[0]
                return f"split {at}: {name}: fees of {parts[at]} in parts and {whole[at]} at once"
        for role in (FillRole.TAKER, FillRole.MAKER):
            mine = traded.sides[role - 1 :: 2]
            base = np.maximum(units_of(mine["base"]), 0)
            earned = total_by(traded.parts.side, traded.parts.commission, 2 * traded.fills)[role - 1 :: 2]
            base_at_once, base_in_parts = at_once_and_in_parts(base)
            at_once, in_parts = at_once_and_in_parts(earned)
            # What the whole earns on, and what the parts have paid more. A whole that is excluded earns on nothing.
            counts = np.where(mine["failed"][is_whole] == 0, base_at_once, 0)
            most = self._commission_of(mine[is_whole], counts + np.maximum(base_in_parts - base_at_once, 0))
            wrong = np.flatnonzero(in_parts > most)
            if len(wrong):
                at = wrong[0]
                return f"split {at}: {role.name.lower()}: {in_parts[at]} is earned in parts, {most[at]} at once"
            more = np.maximum(in_parts - at_once, 0)
            result.events["splits_with_dust"] += int((more > 0).sum())
            grain = paying_of(mine[is_whole], self._program, self._venue).grains
            dust = float((more // grain).max())
            result.figures["dust_grains_most"] = max(result.figures.get("dust_grains_most", 0.0), dust)
        return ""

    def _commission_of(self, sides: Sides, base: Units) -> Units:
        """What sides with another base would earn: rounded down once."""
        grains = paying_of(sides, self._program, self._venue).grains
        return share_of(base, sides["rate_e8"].astype(np.int64)) // grains * grains

    # -- trading -----------------------------------------------------------------------------------------------------

    def _trade(
        self,
        pairs: NDArray[np.int64],
        instrument: NDArray[np.int64],
        prices: NDArray[np.int64],
        lots: NDArray[np.int64],
        codes: NDArray[np.int64],
        channel: NDArray[np.int64],
        is_strategy: bool,
    ) -> Traded:
        """A fill for each row: the pair's maker rests, and its taker takes all of it.

        Args:
            is_strategy: with affiliates and vouchers.
        """
        count = len(pairs)
        orders = np.zeros(2 * count, ORDER)
        orders["kind"], orders["order_type"] = CommandKind.ORDER, OrderType.LIMIT
        maker_sells = self._random.random(count) < 0.5
        for place, (first, sells, mine) in enumerate(
            ((MAKERS, maker_sells, codes[1]), (TAKERS, ~maker_sells, codes[0]))
        ):
            rows = orders[place::2]
            rows["account"], rows["instrument"], rows["channel"] = first + pairs, instrument, channel
            rows["side"] = np.where(sells, Side.SELL, Side.BUY)
            rows["price_ticks"], rows["quantity_lots"], rows["broker"] = prices, lots, mine
            rows["attribution"] = np.where(mine != 0, Attribution.BROKER, Attribution.NO_TAG)
        return self._decided(self._send(orders.view(COMMAND)), count, is_strategy)

    def _decided(self, batch: Batch, count: int, is_strategy: bool) -> Traded:
        """
        Raises:
            BrokenInvariant: an order was not filled as it must be, or clearing finds more claimed than there is.
        """
        venue, program = self._venue, self._program
        found = fill_columns(batch, venue)
        if len(found) != count:
            raise BrokenInvariant(f"{count} orders were to be filled, {len(found)} were: the suite is wrong")
        before, vouchers = claim_columns([]), np.zeros(2 * count, np.int64)
        if is_strategy:
            vouchers = self._vouchers(found.taker.fee, found.maker.fee)
            pairs = zip(fills(batch, venue), vouchers.reshape(-1, 2).tolist(), strict=True)
            before = claim_columns([self._terms.affiliate_claims(fill, _less(fill, *paid)) for fill, paid in pairs])
        sides = accrual.accrue(batch, program, venue, before, lambda _: {}).sides  # clients who have said nothing
        if is_strategy:
            sides["discount"] = words_of(vouchers)
            decide(sides, program, venue)
        parts = self._rule(sides, program, venue)
        claims = total_by(before.fill, before.amount, count) + total_by(parts.side // 2, parts.commission, count)
        if self._rule is product:
            split_fees(found, _all_claims(before, parts, program), self._terms)
            self._bust_some(sides, parts)
        both = np.intersect1d(np.flatnonzero(vouchers) // 2, before.fill)
        given = vouchers[::2] + vouchers[1::2]
        return Traded(count, found.taker.fee, found.maker.fee, sides, claims, given, parts, len(both))

    def _bust_some(self, sides: Sides, parts: Parts) -> None:
        """Of some fills, that a bust takes back what they have given, to the unit, and the fees are whole again (CO-4).

        Raises:
            BrokenInvariant: it takes back something else.
        """
        for fill in self._random.integers(0, len(sides) // 2, BUSTS).tolist():
            net: dict[tuple[str, int], int] = {}
            for place in (2 * fill, 2 * fill + 1):
                side = sides[place : place + 1]
                for one in postings_of(side, self._program, self._venue, self._terms):
                    net[one.account, one.asset] = net.get((one.account, one.asset), 0) + one.amount
                for at in np.flatnonzero(parts.side == place).tolist():
                    who = int(parts.beneficiary[at])
                    name = client_payable(int(side["account"][0])) if who == USER else broker_payable(who)
                    key = (name, self._program.payout_asset)
                    net[key] = net.get(key, 0) + int(parts.paid[at])
            sums = {asset: sum(amount for (_, of), amount in net.items() if of == asset) for _, asset in net}
            paid = sum(int(one) for one in parts.paid[parts.side // 2 == fill])
            owed = {name: amount for (name, _), amount in net.items() if name.startswith(PAYABLE) and amount}
            if owed or sums.pop(self._program.payout_asset, paid) != paid or any(sums.values()):
                raise BrokenInvariant(f"a bust of fill {fill} leaves {owed}, and {sums} of what it has moved")

    def _vouchers(self, taker: Units, maker: Units) -> Units:
        """Some sides pay some of their fee with vouchers, with an affiliate or without: of each side, how much."""
        fee, left = (np.stack(each, axis=1).ravel() for each in ((taker, maker), (taker + np.minimum(maker, 0), maker)))
        some = (self._random.random(len(fee)) < 0.1) & (fee > 0)
        some[1::2] &= ~some[::2]
        # A taker's fee pays the maker's rebate first.
        paid: Units = np.where(some, np.maximum(left, 0) * self._random.integers(1, 101, len(fee)) // 100, 0)
        return paid

    def _send(self, batch: Records) -> Batch:
        batch = batch.copy()
        batch["sequence"] = np.arange(self._sequence + 1, self._sequence + 1 + len(batch))
        batch["time_ns"] = self._time_ns + np.arange(len(batch))
        self._sequence += len(batch)
        self._time_ns += len(batch)
        done = Batch(batch, np.frombuffer(self._engine.apply(batch.tobytes()).tobytes(), EVENT))
        self._venue.apply(done)
        return done

    # -- random worlds -----------------------------------------------------------------------------------------------

    def _sizes(self, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Prices and lots, from dust to whales."""
        prices = np.exp(self._random.uniform(0, np.log(10**5), count)).astype(np.int64)
        return np.maximum(prices, 1), np.exp(self._random.uniform(0, np.log(10**8), count)).astype(np.int64)

    def _divided(
        self, lots: NDArray[np.int64], parts: NDArray[np.int64], starts: NDArray[np.int64], total: int
    ) -> NDArray[np.int64]:
        """Each order's lots, and behind it those of its parts, at least one for each."""
        sizes = np.zeros(total, np.int64)
        sizes[starts] = lots
        left = lots.copy()
        for place in range(1, PARTS_MOST + 1):
            has, is_last = parts >= place, parts == place
            most = left - np.maximum(parts - place, 0)  # what must be left for those behind
            mine = np.where(
                is_last, left, 1 + (self._random.random(len(lots)) * np.maximum(most - 1, 0)).astype(np.int64)
            )
            sizes[starts[has] + place] = mine[has]
            left = np.where(has, left - mine, left)
        return sizes

    def _channels(self, count: int) -> NDArray[np.int64]:
        return np.where(self._random.random(count) < 0.95, Channel.API, Channel.WEB).astype(np.int64)

    def _codes(self, count: int) -> NDArray[np.int64]:
        """A broker, one below it, or none."""
        return self._random.choice([0, 1, 1, 2, 3, 3, 4, 5], count).astype(np.int64)

    def _configuration(self) -> Records:
        random = self._random
        parts: list[Records] = []
        scales = {USDT: int(random.choice([6, 8, 10])), BTC: 8, EUR: int(random.choice([2, 6, 8, 10]))}
        for asset, name in ((USDT, b"USDT"), (BTC, b"BTC"), (EUR, b"EUR")):
            parts.append(_one(CommandKind.ASSET, asset=asset, name=name, scale=scales[asset]))
        for number, quote, name in ((1, USDT, b"BTC-USDT"), (2, EUR, b"BTC-EUR")):
            lot_scale = int(random.integers(0, scales[quote] + 1))
            tick_scale = max(scales[quote] - lot_scale - int(random.integers(0, 5)), 0)
            pair = {"tick_scale": tick_scale, "tick_mantissa": 1, "lot_scale": min(lot_scale, 8), "lot_mantissa": 1}
            pair |= {"base_asset": BTC, "quote_asset": quote, "minimum_lots": 1}
            parts.append(_one(CommandKind.INSTRUMENT, instrument=number, name=name, **pair))
        parts += [_one(CommandKind.BRAND, brand=brand, name=b"brand%d" % brand) for brand in (1, 2)]
        floor = {"maker_rate_e8": 0, "taker_rate_e8": 0, "highest_claim_e8": self._claim}
        parts.append(_one(CommandKind.FEES, scope=FeeScope.VENUE, **floor))
        for first in (TAKERS, MAKERS, PAYOUTS, AFFILIATES):
            for account in range(first, first + PAIRS):
                told = {
                    "account": account,
                    "person": account,
                    "brand": 1 + account % 2,
                    "level": int(random.integers(0, 8)),
                }
                parts.append(_one(CommandKind.ACCOUNT, **told))
        for broker in range(1, 6):
            code = {"broker": broker, "active": 1, "payout_account": PAYOUTS + broker, "code": b"CODE%d" % broker}
            parts.append(_one(CommandKind.BROKER_CODE, **code))
        for number, account in enumerate(
            (SUBSIDY_ACCOUNT, *range(TAKERS, TAKERS + PAIRS), *range(MAKERS, MAKERS + PAIRS))
        ):
            for asset in (USDT, BTC, EUR):
                paid = _one(CommandKind.DEPOSIT, account=account, asset=asset, key=b"%d:%d" % (number, asset))
                paid["amount"] = words(FUNDS)
                parts.append(paid)
        parts += self._fees()
        price = int(random.integers(1, 3 * 10**8))
        parts.append(_one(CommandKind.PRICE, asset=EUR, quote_asset=USDT, price_e8=price))
        return as_commands(*parts)

    def _fees(self) -> list[Records]:
        """Schedules and agreements; the engine refuses those that are not allowed, and then what was there holds."""
        random = self._random
        found = []
        for brand in (1, 2):
            for level in (0, 2, 5):
                taker = int(random.integers(0, 300_000))
                maker = int(random.integers(-taker // 2 - 1, taker + 2))
                rates = {"maker_rate_e8": max(maker, 0), "taker_rate_e8": taker}
                found.append(_one(CommandKind.FEES, scope=FeeScope.BRAND, brand=brand, level=level, **rates))
        for account in (*range(TAKERS, TAKERS + PAIRS, 2), *range(MAKERS, MAKERS + PAIRS)):
            taker = int(random.integers(0, 300_000))
            least = -taker - 1 if random.random() < 0.3 else -taker * (RATE_ONE - self._claim) // RATE_ONE - 1
            rates = {"maker_rate_e8": int(random.integers(least, taker + 2)), "taker_rate_e8": taker}
            is_subsidised = bool(random.random() < 0.2)
            found.append(
                _one(CommandKind.FEES, scope=FeeScope.ACCOUNT, account=account, subsidised=is_subsidised, **rates)
            )
        return found

    def _make_program(self) -> Program:
        random = self._random
        usdt = self._venue.assets[USDT]
        tables = tuple(
            RateTable(version, (HOUR + begins) * HOUR_NS, self._rows()) for version, begins in ((1, -1), (2, 0), (3, 0))
        )
        tiers = Tiers(1, tuple((HOUR - 1, broker, int(random.integers(0, 4))) for broker in (1, 4, 5)))
        highest = int(tables[2].cells[tiers.level(1, HOUR)].max())
        pool = int(random.integers(0, highest + 1))
        below = int(random.integers(0, pool + 1))
        nodes = (
            Node(1, HOUR - 1, 0, RateE8(0), RateE8(int(random.integers(0, highest + 1)))),
            Node(2, HOUR - 1, 1, RateE8(pool), RateE8(int(random.integers(0, pool + 1)))),
            Node(3, HOUR - 1, 2, RateE8(below), RateE8(int(random.integers(0, below + 1)))),
        )
        return Program(
            name="api",
            schedules={PUBLIC: tables},
            tiers=tiers,
            excluded_from_level=6,
            payout_asset=USDT,
            payout_scale=usdt.scale,
            commission_decimals=int(random.choice([4, 6, 8])),
            nodes=nodes,
            discount=DiscountPolicy(random.choice([*DiscountPolicy])),
        )

    def _rows(self) -> tuple[RateRow, ...]:
        """Some cases of each tier have a rate of their own; the others what is said last of it."""
        rest = (RateRow(tier, RateE8(int(self._random.integers(0, self._claim + 1)))) for tier in range(4))
        return (*(self._row(tier) for tier in (0, 1, 1, 2, 2, 3)), *rest)

    def _row(self, tier: int) -> RateRow:
        random = self._random
        rate = RateE8(int(random.integers(0, self._claim + 1)))
        row = RateRow(tier, rate, affiliated=None if random.random() < 0.5 else bool(random.random() < 0.5))
        return row if random.random() < 0.6 else replace(row, role="maker" if random.random() < 0.5 else "taker")

    def _make_terms(self) -> Terms:
        """Half of the coalitions have an affiliate, who may claim as much as claims may take."""
        schedules = []
        for pair in range(0, PAIRS, 2):
            for first in (TAKERS, MAKERS):
                rate = RateE8(int(self._random.integers(0, self._claim + 1)))
                account, paid = first + pair, AFFILIATES + pair
                brand = self._venue.accounts[account].brand
                schedules.append(ClaimSchedule(brand, AFFILIATE, account, 0, paid, rate, True))
        return Terms(RateE8(20_000_000), (), tuple(schedules))


def _one(kind: CommandKind, **values: object) -> Records:
    record = commands(kind)
    for name, value in values.items():
        record[name] = value
    return record


def _less(fill: Fill, taker: int, maker: int) -> dict[Role, int]:
    """What affiliates have their part of: each side's base without what vouchers have paid of it (Q-2)."""
    bases = bases_of(fill)
    return {Role.TAKER: bases[Role.TAKER] - taker, Role.MAKER: bases[Role.MAKER] - maker}


def _all_claims(before: ClaimColumns, parts: Parts, program: Program) -> ClaimColumns:
    """What clearing is told: affiliates first, then brokers and clients."""
    some = np.flatnonzero(parts.commission)
    count = len(some)
    side = parts.side[some]
    return ClaimColumns(
        fill=np.concatenate([before.fill, side // 2]),
        of_maker=np.concatenate([before.of_maker, side % 2 == 1]),
        kind=np.concatenate([before.kind, np.ones(count, np.uint8)]),
        beneficiary=np.concatenate([before.beneficiary, parts.beneficiary[some]]),
        amount=np.concatenate([before.amount, parts.commission[some]]),
        paid_asset=np.concatenate([before.paid_asset, np.full(count, program.payout_asset, np.int64)]),
        paid=np.concatenate([before.paid, parts.paid[some]]),
    )


# -- planted bugs -----------------------------------------------------------------------------------------------------


def _with_commission(sides: Sides, program: Program, venue: Venue, commission: Units) -> Parts:
    earns = sides["failed"] == 0
    sides["commission"] = words_of(np.where(earns, commission, 0))
    return product(sides, program, venue)


def _earned(sides: Sides, program: Program, venue: Venue, base: Units) -> Units:
    grains = paying_of(sides, program, venue).grains
    return share_of(np.maximum(base, 0), sides["rate_e8"].astype(np.int64)) // grains * grains


def rounds_up(sides: Sides, program: Program, venue: Venue) -> Parts:
    """A commission has one unit more than it should, on each fill."""
    return _with_commission(sides, program, venue, units_of(sides["commission"]) + 1)


def forgets_the_rebate(sides: Sides, program: Program, venue: Venue) -> Parts:
    """The maker's rebate is not taken off the taker's fee first."""
    base = np.where(sides["role"] == FillRole.TAKER, units_of(sides["taker_fee"]), units_of(sides["base"]))
    sides["base"] = words_of(base)
    return _with_commission(sides, program, venue, _earned(sides, program, venue, base))


def forgets_other_claims(sides: Sides, program: Program, venue: Venue) -> Parts:
    """What an affiliate has of a fee is given to the broker as well."""
    return _with_commission(sides, program, venue, _earned(sides, program, venue, units_of(sides["base"])))


def pays_the_tree_beside(sides: Sides, program: Program, venue: Venue) -> Parts:
    """What sub-brokers and clients have is not taken out of the root's pool, but paid beside it, and twice."""
    parts = product(sides, program, venue)
    return together([parts, parts])


def pays_on_subsidy(sides: Sides, program: Program, venue: Venue) -> Parts:
    """A fill whose rebate the host pays for earns its broker a share of the taker's whole fee."""
    fee = np.where(sides["role"] == FillRole.TAKER, np.maximum(units_of(sides["taker_fee"]), 0), 0)
    sides["failed"] = np.where(sides["subsidised"] & (sides["broker"] != 0), 0, sides["failed"])
    earned = np.where(sides["subsidised"], _earned(sides, program, venue, fee), units_of(sides["commission"]))
    sides["base"] = words_of(np.where(sides["subsidised"], fee, units_of(sides["base"])))
    return _with_commission(sides, program, venue, earned)


def pays_on_vouchers(sides: Sides, program: Program, venue: Venue) -> Parts:
    """What was paid with vouchers earns as if it had been paid."""
    sides["failed"] = np.where(units_of(sides["discount"]) > 0, 0, sides["failed"])
    return _with_commission(
        sides, program, venue, _earned(sides, program, venue, units_of(sides["base"]) + units_of(sides["discount"]))
    )


PLANTED: Sequence[Rule] = (
    *(rounds_up, forgets_the_rebate, forgets_other_claims, pays_the_tree_beside, pays_on_subsidy, pays_on_vouchers),
)
