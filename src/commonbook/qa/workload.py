"""Random commands from one seed: everything the engine can be sent, sensible and absurd.

`Workload(seed, referee)` yields numbered commands for ever: first a venue (assets, instruments, brands, persons with an
account at each of several brands, fees, funds), then a market with edge sizes, halts, timers, drained balances and
fields spoiled at random. It looks into the referee for live orders and free funds, so that cancels, amends and
all-in orders hit; the same seed and the same rules give the same commands.
"""

import random
from collections.abc import Iterator
from typing import Any

from commonbook.qa import splitting
from commonbook.qa.plain import Command, command
from commonbook.qa.referee import Referee
from commonbook.qa.referee.state import Order
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    SUBSIDY_ACCOUNT,
    Attribution,
    CancelScope,
    CommandKind,
    FeeScope,
    KillScope,
    ListingMode,
    OrderType,
    SelfTrade,
    Side,
    SizeIn,
    TradingStatus,
)

USDT, BTC, TOKEN, COIN = 1, 2, 3, 4
SCALES = {USDT: 8, BTC: 8, TOKEN: 18, COIN: 0}
NAMES = {USDT: b"USDT", BTC: b"BTC", TOKEN: b"TOKEN", COIN: b"COIN"}

# instrument -> base, quote, tick (mantissa, scale), lot (mantissa, scale), minimum lots, a price, a large quantity
INSTRUMENTS: dict[int, tuple[int, int, tuple[int, int], tuple[int, int], int, int, int]] = {
    1: (BTC, USDT, (1, 1), (1, 5), 1, 650_000, 200_000),
    2: (TOKEN, USDT, (1, 10), (1000, 0), 2, 40, 500),  # a tick finer than the ledger unit of USDT
    3: (TOKEN, BTC, (1, 8), (1, 0), 1, 300, 1_000),
    4: (BTC, COIN, (1, 0), (1, 0), 1, 30, 9),  # a quote without decimals: rounding is everything
    5: (BTC, TOKEN, (1, 9), (1, 8), 5, 3_000_000_000_000, 3_000_000_000),  # amounts beyond 64 bits
}

EDGES = (0, 1, 2, -1, 3, 2**31, 2**62, 2**63 - 1, -(2**63))
AMOUNT_EDGES = (0, 1, -1, 2**64 - 1, 2**64, 10**37, 10**38 - 1, 10**38, 2**127 - 1, -(2**127))
SECOND = 1_000_000_000
SPLITS_MOST = 1_000  # of one workload
BRANDS = (1, 2, 3)
FAR_BRAND = 70_000  # beyond those whose listings can be closed
CODES = {1: b"BROKER1", 2: b"BROKER2"}


class Workload:
    """An endless, reproducible stream of numbered commands."""

    def __init__(self, seed: int, referee: Referee, persons: int = 9) -> None:
        self.persons = persons
        self.random = random.Random(seed)
        self.referee = referee
        self.sequence = 0
        self.time_ns = 1_700_000_000 * SECOND
        self.key = 0
        self.accounts: list[int] = []
        self.prices = {number: facts[5] for number, facts in INSTRUMENTS.items()}
        self.resume_at: dict[int, int] = {}  # instrument (0 = venue) -> sequence at which it goes live again
        self.revive_at: dict[tuple[int, int], int] = {}  # scope, target -> sequence at which its kill is lifted
        self.relist_at: dict[tuple[int, int], int] = {}  # brand, instrument -> sequence at which it is listed again
        self.last_order: Command | None = None
        self.splits = 0  # begun so far
        self.split: Iterator[Command] = iter(())  # what is left of the one that has begun

    def __iter__(self) -> Iterator[Command]:
        for one in self.venue():
            yield self._number(one)
        yield from self.market()

    def market(self) -> Iterator[Command]:
        """What comes behind the venue, for ever."""
        actions = [
            (self._an_order, 560),
            (self._a_cancel, 60),
            (self._an_amend, 110),
            (self._some_funds, 90),
            (self._a_drain, 25),
            (self._a_cancel_all, 22),
            (self._a_timer, 14),
            (self._some_fees, 12),
            (self._a_status, 6),
            (self._a_kill, 8),
            (self._a_delisting, 10),
            (self._some_limits, 20),
            (self._a_reference, 20),
            (self._the_same_again, 12),
            (self._some_configuration, 30),
            (self._a_time, 10),
            (self._a_split, 8),
        ]
        makers, weights = [maker for maker, _ in actions], [weight for _, weight in actions]
        while True:
            due = self._resume() or self._revive() or self._relist() or self._further_split()
            yield self._number(due or self._spoil(self.random.choices(makers, weights)[0]()))

    def _number(self, one: Command) -> Command:
        self.sequence += 1
        self.time_ns += self.random.choice((0, 0, 1, 1_000, 1_000_000, SECOND // 10))
        return {**one, "sequence": self.sequence, "time_ns": self.time_ns}

    # --- the venue ---------------------------------------------------------------------------------------------

    def venue(self) -> Iterator[Command]:
        """The commands that everything begins with, still without sequence and time."""
        pick = self.random
        for asset, scale in SCALES.items():
            yield command(CommandKind.ASSET, asset=asset, scale=scale, name=NAMES[asset])
        for number in INSTRUMENTS:
            yield self._instrument(number)
        for brand in BRANDS:
            yield command(CommandKind.BRAND, brand=brand, name=b"brand-%d" % brand)
        claim = pick.choice((0, 30_000_000, 50_000_000))
        yield self._rates(FeeScope.VENUE, maker=0 if pick.random() < 0.5 else -20_000, taker=20_000, claim=claim)
        for person in range(1, self.persons + 1):
            for brand in pick.sample(BRANDS, pick.choice((1, 1, 2))):
                account = 1_000 + person * 10 + brand
                self.accounts.append(account)
                level = pick.randrange(0, 10)
                yield command(CommandKind.ACCOUNT, account=account, person=person, brand=brand, level=level)
        for brand in BRANDS[: pick.randrange(0, 4)]:
            for level in (0, pick.randrange(1, 5), pick.randrange(5, 10)):
                yield self._rates(FeeScope.BRAND, brand=brand, level=level, maker=pick.choice((0, 8_000, 70_001)))
        for broker, code in CODES.items():
            yield self._code(broker, code)
        for account in self.accounts:
            for asset, scale in SCALES.items():
                rich = 10 ** (scale + pick.choice((1, 4, 6)))
                yield self._funds(CommandKind.DEPOSIT, account, asset, pick.randrange(1, rich + 2) * 10)
        for asset in (USDT, TOKEN):
            yield self._funds(CommandKind.DEPOSIT, SUBSIDY_ACCOUNT, asset, pick.choice((1, 100, 10**6)))

    def _instrument(self, number: int, **changes: Any) -> Command:
        base, quote, tick, lot, minimum, _, _ = INSTRUMENTS[number]
        fields: dict[str, Any] = {
            "instrument": number,
            "base_asset": base,
            "quote_asset": quote,
            "tick_mantissa": tick[0],
            "tick_scale": tick[1],
            "lot_mantissa": lot[0],
            "lot_scale": lot[1],
            "minimum_lots": minimum,
            "name": NAMES[base] + b"-" + NAMES[quote],
        }
        return command(CommandKind.INSTRUMENT, **{**fields, **changes})

    def _rates(
        self,
        scope: FeeScope,
        *,
        brand: int = 0,
        level: int = 0,
        account: int = 0,
        maker: int = 0,
        taker: int | None = None,
        claim: int = 0,
        subsidised: int = 0,
    ) -> Command:
        if taker is None:
            taker = self.random.choice((20_000, 50_000, 100_000, 100_003, 3_333_333))
        return command(
            CommandKind.FEES,
            scope=int(scope),
            brand=brand,
            level=level,
            account=account,
            maker_rate_e8=maker,
            taker_rate_e8=taker,
            highest_claim_e8=claim,
            subsidised=subsidised,
        )

    def _code(self, broker: int, code: bytes, active: int = 1) -> Command:
        payout = self.random.choice(self.accounts)
        return command(CommandKind.BROKER_CODE, broker=broker, code=code, active=active, payout_account=payout)

    # --- orders ------------------------------------------------------------------------------------------------

    def _an_order(self) -> Command:
        pick = self.random
        number = pick.choice(tuple(INSTRUMENTS))
        _, _, _, _, minimum, _, large = INSTRUMENTS[number]
        side = pick.choice((Side.BUY, Side.SELL))
        kind = pick.choices(
            (OrderType.LIMIT, OrderType.MARKET, OrderType.POST_ONLY, OrderType.IOC, OrderType.FOK), (60, 14, 12, 7, 7)
        )[0]
        quantity = pick.randrange(minimum, minimum + pick.choice((2, 5, 20, large)))
        price = self._near(number)
        fields: dict[str, Any] = {"price_ticks": price, "quantity_lots": quantity}
        if kind == OrderType.MARKET and side == Side.BUY and pick.random() < 0.6:
            spend = price * quantity * self._minor(number)
            spend = max(1, spend + pick.choice((0, 0, -1, 1, spend // 2, -spend + 1)))
            fields = {"size_in": int(SizeIn.QUOTE), "quote_amount": spend, "price_ticks": pick.choice((0, 0, price))}
        elif kind == OrderType.MARKET and side == Side.SELL and pick.random() < 0.6:
            fields["price_ticks"] = 0
        account = pick.choice(self.accounts)
        if pick.random() < 0.06 and "quote_amount" not in fields:
            fields["quantity_lots"] = self._all_in(account, number, side, price)
        broker = pick.choice((0, 0, 1, 2))
        self.last_order = command(
            CommandKind.ORDER,
            account=account,
            instrument=number,
            side=int(side),
            order_type=int(kind),
            self_trade=pick.choice((0, *SelfTrade)),
            channel=pick.randrange(0, 3),
            broker=broker,
            attribution=int(Attribution.BROKER if broker else Attribution.NO_TAG),
            tag=pick.choice((b"", b"T1", b"T2")),
            client_id=pick.choice((b"", b"", b"", b"c%d" % pick.randrange(6), b"x" * 32)),
            credential=pick.randrange(0, 9),
            **fields,
        )
        return self.last_order

    def _the_same_again(self) -> Command:
        """A slip of a finger: the last order once more."""
        return {**self.last_order, "client_id": b""} if self.last_order else self._a_time()

    def _near(self, number: int) -> int:
        """A price around the market, which wanders."""
        usual = INSTRUMENTS[number][5]
        step = max(1, usual // 2_000)
        wandered = self.prices[number] + self.random.randrange(-step, step + 1)
        self.prices[number] = min(max(wandered, usual // 2), usual * 2)
        return max(1, self.prices[number] + self.random.randrange(-6, 7) * step)

    def _minor(self, number: int) -> int:
        return int(self.referee.instruments[number]["minor_per_tick_lot"])

    def _all_in(self, account: int, number: int, side: int, price: int) -> int:
        """About as many lots as the account can pay for."""
        base, quote = INSTRUMENTS[number][:2]
        if side == Side.SELL:
            lots = self.referee.available.get((account, base), 0) // self.referee.instruments[number]["lot_minor"]
        else:
            free = self.referee.available.get((account, quote), 0)
            lots = free // (price * self._minor(number)) - self.random.randrange(0, 2)
        return int(min(max(lots, 1), 2**62))

    def _live(self) -> Order | None:
        resting = self.referee.resting
        return self.random.choice(resting) if resting else None

    def _naming(self, order: Order | None) -> dict[str, Any]:
        """The fields that name an order: mostly one that lives and mostly by its own account."""
        pick = self.random
        if order is None or pick.random() < 0.1:
            named = pick.randrange(1, self.sequence + 2)
            return {"account": pick.choice(self.accounts), "order": named}
        account = pick.choice(self.accounts) if pick.random() < 0.05 else order.account
        if order.client_id and pick.random() < 0.5:
            return {"account": account, "instrument": order.instrument, "client_id": order.client_id}
        return {"account": account, "instrument": order.instrument, "order": order.id}

    def _a_cancel(self) -> Command:
        return command(CommandKind.CANCEL, **self._naming(self._live()))

    def _an_amend(self) -> Command:
        pick = self.random
        order = self._live()
        fields = self._naming(order)
        if order is not None:
            filled = order.quantity - order.remaining
            # A spoiled command may have listed another instrument, and a second one have traded there.
            near = self._near(order.instrument) if order.instrument in INSTRUMENTS else order.price
            price = pick.choice((0, 0, order.price, order.price + 1, near))
            quantity = pick.choice(
                (0, order.quantity, order.quantity + 3, filled, filled + 1, filled + order.remaining // 2, 2 * filled)
            )
            fields["price_ticks"], fields["quantity_lots"] = min(price, 2**63 - 1), min(quantity, 2**63 - 1)
        return command(CommandKind.AMEND, **fields, credential=pick.randrange(0, 9))

    def _a_cancel_all(self) -> Command:
        pick = self.random
        instrument = pick.choice((0, *INSTRUMENTS))
        scope, credential = pick.choice((CancelScope.ACCOUNT, *CancelScope)), pick.randrange(0, 9)
        account, live = pick.choice(self.accounts), self._live()
        if live is not None and pick.random() < 0.5:
            account, credential = live.account, live.credential
        return command(
            CommandKind.CANCEL_ALL, account=account, instrument=instrument, scope=int(scope), credential=credential
        )

    def _a_timer(self) -> Command:
        pick = self.random
        deadline = pick.choice((0, self.time_ns + SECOND, self.time_ns + 5 * SECOND, self.time_ns - 1))
        tag = pick.choice((b"", b"T1", b"T2"))
        return command(CommandKind.CANCEL_ALL_AFTER, account=pick.choice(self.accounts), deadline_ns=deadline, tag=tag)

    # --- funds -------------------------------------------------------------------------------------------------

    def _funds(self, kind: CommandKind, account: int, asset: int, amount: int, to: int = 0) -> Command:
        self.key += 1
        return command(kind, account=account, to_account=to, asset=asset, amount=amount, key=b"k%d" % self.key)

    def _some_funds(self) -> Command:
        pick = self.random
        asset = pick.choice(tuple(SCALES))
        account, to = pick.choice(self.accounts), pick.choice(self.accounts)
        amount = pick.randrange(1, 10 ** (SCALES[asset] + 3))
        kind = pick.choices((CommandKind.DEPOSIT, CommandKind.WITHDRAWAL, CommandKind.TRANSFER), (6, 1, 3))[0]
        if kind == CommandKind.DEPOSIT and pick.random() < 0.05:
            account = pick.choice((SUBSIDY_ACCOUNT, SUBSIDY_ACCOUNT, FEE_POOL_ACCOUNT))
        if kind == CommandKind.TRANSFER and pick.random() < 0.2:
            account = pick.choice((FEE_POOL_ACCOUNT, SUBSIDY_ACCOUNT))
            free = self.referee.available.get((account, asset), 0)
            amount = pick.choice((1, free // 2 + 1, free + 1))
        one = self._funds(kind, account, asset, amount, to if kind == CommandKind.TRANSFER else 0)
        if pick.random() < 0.1:
            one["key"] = b"k%d" % pick.randrange(0, self.key + 1)
        return one

    def _a_drain(self) -> Command:
        """Withdraw everything free, so that the next fee has nothing to take a missing unit from."""
        account, asset = self.random.choice(self.accounts), self.random.choice(tuple(SCALES))
        live = self._live()
        if live is not None and live.side == Side.BUY and self.random.random() < 0.8:
            _, quote, *_ = INSTRUMENTS.get(live.instrument, (0, asset))  # another when a spoiled command listed it
            account, asset = live.account, quote
        free = self.referee.available.get((account, asset), 0)
        return self._funds(CommandKind.WITHDRAWAL, account, asset, free)

    # --- the host's own commands -------------------------------------------------------------------------------

    def _some_fees(self) -> Command:
        pick = self.random
        maker = pick.choice((0, 8_000, 30_001, -5_000, -10_000, -50_000, -300_000))
        brand, level = pick.choice(BRANDS), pick.randrange(0, 10)
        account, subsidised = pick.choice(self.accounts), pick.randrange(0, 2)
        scope = pick.choices((FeeScope.BRAND, FeeScope.ACCOUNT, FeeScope.VENUE), (5, 5, 1))[0]
        claim = pick.choice((0, 10_000_000)) if scope == FeeScope.VENUE else 0
        taker = pick.choice((0, 20_000, 50_000, 100_000, 100_003, 3_333_333))
        return self._rates(
            scope,
            brand=brand,
            level=level,
            account=account,
            maker=maker,
            taker=taker,
            claim=claim,
            subsidised=subsidised,
        )

    def _a_status(self) -> Command:
        pick = self.random
        instrument = pick.choice((0, *INSTRUMENTS, *INSTRUMENTS))
        status = pick.choice((TradingStatus.CANCEL_ONLY, TradingStatus.HALTED))
        self.resume_at[instrument] = self.sequence + pick.randrange(5, 60)
        return command(CommandKind.STATUS, instrument=instrument, status=int(status))

    def _resume(self) -> Command | None:
        for instrument, at in self.resume_at.items():
            if self.sequence >= at:
                del self.resume_at[instrument]
                return command(CommandKind.STATUS, instrument=instrument, status=int(TradingStatus.LIVE))
        return None

    def _a_kill(self) -> Command:
        pick = self.random
        scope = pick.choice(tuple(KillScope))
        targets: dict[KillScope, tuple[int, ...]] = {
            KillScope.CREDENTIAL: tuple(range(1, 9)),
            KillScope.ACCOUNT: (*self.accounts, 1, 77),
            KillScope.PERSON: tuple(range(1, 10)),
            KillScope.BROKER: (*CODES, 77),
            KillScope.BRAND: (*BRANDS, 77, 2**32 + 1),
            KillScope.INSTRUMENT: (*INSTRUMENTS, 77),
            KillScope.VENUE: (0, 0, 0, 1),
        }
        target = pick.choice(targets[scope])
        self.revive_at[int(scope), target] = self.sequence + pick.randrange(2, 40)
        return command(CommandKind.KILL, scope=int(scope), target=target, active=1)

    def _revive(self) -> Command | None:
        for (scope, target), at in self.revive_at.items():
            if self.sequence >= at:
                del self.revive_at[scope, target]
                return command(CommandKind.KILL, scope=scope, target=target, active=0)
        return None

    def _a_delisting(self) -> Command:
        """Now and then a listing that is there already, or that cannot be."""
        pick = self.random
        brand = pick.choice((*BRANDS, *BRANDS, FAR_BRAND, 77))
        instrument = pick.choice((*INSTRUMENTS, *INSTRUMENTS, 77))
        if pick.random() < 0.1:
            return command(CommandKind.LISTING, mode=int(ListingMode.OPEN), brand=brand, instrument=instrument)
        self.relist_at[brand, instrument] = self.sequence + pick.randrange(2, 60)
        return command(CommandKind.LISTING, mode=int(ListingMode.CLOSED), brand=brand, instrument=instrument)

    def _relist(self) -> Command | None:
        for (brand, instrument), at in self.relist_at.items():
            if self.sequence >= at:
                del self.relist_at[brand, instrument]
                return command(CommandKind.LISTING, mode=int(ListingMode.OPEN), brand=brand, instrument=instrument)
        return None

    def _a_split(self) -> Command:
        """Begin one, when the one before it has come to its end; or try an asset that was split long ago."""
        if self.splits and self.random.random() < 0.5:
            number, account = self.random.randrange(self.splits), self.random.choice(self.accounts)
            return splitting.funds(CommandKind.DEPOSIT, number, account, 1, f"{self.sequence}")
        begun = next(self.split, None)
        if begun is None and self.splits < SPLITS_MOST:
            self.split = splitting.script(self.random, self.splits, USDT, self.accounts)
            self.splits += 1
            begun = next(self.split)
        return begun or self._a_time()

    def _further_split(self) -> Command | None:
        return next(self.split, None) if self.random.random() < 0.2 else None

    def _some_limits(self) -> Command:
        """Now and then none at all, so that orders pass."""
        pick = self.random
        number = pick.choice((*INSTRUMENTS, *INSTRUMENTS, 77))
        if number == 77 or pick.random() < 0.5:
            return command(CommandKind.LIMITS, instrument=number)
        _, _, _, _, minimum, price, large = INSTRUMENTS[number]
        inner, outer = pick.choice(
            ((0, 0), (100_000, 200_000), (2_000_000, 5_000_000), (3, 99_999_999), (5, 4), (0, 9))
        )
        return command(
            CommandKind.LIMITS,
            instrument=number,
            band_e8=inner,
            band_max_e8=outer,
            largest_lots=pick.choice((0, 0, minimum + 1, large)),
            largest_notional=pick.choice((0, 0, 1, price * large * self._minor(number) // 2)),
            deviation_e8=pick.choice((0, 0, 50_000, 1_000_000, 200_000_000)),
            duplicate_ms=pick.choice((0, 0, 1, 1_000, 3_000)),
        )

    def _a_reference(self) -> Command:
        pick = self.random
        number = pick.choice(tuple(INSTRUMENTS))
        price = pick.choice((0, self.prices[number], self.prices[number], 2**62 + 1, -1))
        premium = pick.choice((0, 0, price // 300, -price // 300, 2**63 - 1, -(2**63)))
        return command(CommandKind.REFERENCE, instrument=number, reference_ticks=price, premium_ticks=premium)

    def _some_configuration(self) -> Command:
        pick = self.random
        account = pick.choice(self.accounts)
        asset, number, brand = pick.choice(tuple(SCALES)), pick.choice(tuple(INSTRUMENTS)), pick.choice(BRANDS)
        who = self.referee.accounts[account]
        broker = pick.choice(tuple(CODES))
        return pick.choice(
            (
                command(CommandKind.PRICE, asset=asset, quote_asset=USDT, price_e8=pick.choice((0, 1, 10**12))),
                command(CommandKind.ASSET, asset=asset, scale=SCALES[asset], name=NAMES[asset]),
                command(CommandKind.ASSET, asset=asset, scale=pick.choice((2, 19)), name=NAMES[asset]),
                command(CommandKind.ASSET, asset=9, scale=2, name=NAMES[asset]),
                self._instrument(number),
                self._instrument(number, minimum_lots=7),
                self._instrument(number, lot_scale=pick.choice((8, 18, 19, 255))),
                self._instrument(number, instrument=9, tick_scale=pick.choice((9, 12, 18, 255)), name=b"X"),
                self._instrument(number, instrument=9, quote_asset=INSTRUMENTS[number][0], base_asset=77, name=b"Y"),
                self._instrument(number, instrument=9, quote_asset=INSTRUMENTS[number][0], base_asset=1, name=b"Y"),
                self._instrument(number, instrument=9),
                command(CommandKind.BRAND, brand=brand, name=b"brand-%d" % brand),
                command(CommandKind.BRAND, brand=pick.choice((brand, 9)), name=b"brand-1"),
                command(CommandKind.BRAND, brand=FAR_BRAND, name=b"far"),
                command(CommandKind.ACCOUNT, account=account, **{**who, "level": pick.randrange(0, 11)}),
                command(CommandKind.ACCOUNT, account=account, person=pick.randrange(0, 5), brand=brand),
                command(CommandKind.ACCOUNT, account=pick.choice((5, 2_000)), person=3, brand=77),
                self._code(broker, CODES[broker], active=pick.randrange(0, 2)),
                self._code(broker, CODES[broker]),
                self._code(pick.choice((broker, 9)), pick.choice((b"BROKER1", b"no_", b"-", b""))),
            )
        )

    def _a_time(self) -> Command:
        self.time_ns += self.random.choice((0, 1, SECOND, 4 * SECOND))
        return command(CommandKind.TIME if self.time_ns % 3 else CommandKind.RECEIPT)

    def _spoil(self, one: Command) -> Command:
        """Once in a while one field becomes an edge, or the kind one that does not exist."""
        pick = self.random
        if pick.random() > 0.05:
            return one
        if pick.random() < 0.03:
            return {**command(CommandKind.TIME), "kind": pick.choice((0, 15, 37, 255))}
        names = [field for field in one if field not in ("sequence", "time_ns", "kind")]
        if not names:
            return one
        name = pick.choice(names)
        if isinstance(one[name], bytes):
            return {**one, name: pick.choice((b"", b"c1", b"k1", b"!", b"z" * 16, b"\xff\xfe"))}
        if name in ("amount", "quote_amount", "largest_notional"):
            return {**one, name: pick.choice(AMOUNT_EDGES)}
        return {**one, name: pick.choice(EDGES) & _mask(name, one)}


_TICKS_AND_LOTS = ("price_ticks", "quantity_lots", "minimum_lots", "largest_lots", "reference_ticks", "premium_ticks")
_SIGNED = (*_TICKS_AND_LOTS, "deadline_ns", "price_e8", "tick_mantissa", "lot_mantissa")
_ASSETS = ("asset", "base_asset", "quote_asset", "new_asset")
_WORDS = (*_ASSETS, "instrument", "brand", "broker", "count", "checksum", "numerator", "denominator")
_SHORT = (*_WORDS, "band_e8", "band_max_e8", "deviation_e8", "duplicate_ms")
_BYTES = ("side", "order_type", "self_trade", "channel", "attribution", "size_in", "level", "scope", "subsidised")
_SMALL = (*_BYTES, "purpose", "cancel_on_disconnect", "scale", "tick_scale", "lot_scale", "active", "status", "mode")


def _mask(name: str, one: Command) -> int:
    """The bits that a field has, so that an edge fits into it."""
    if name in _SIGNED or name.endswith("_rate_e8") or name == "highest_claim_e8":
        return -1
    if name in _SMALL:
        return 0xFF
    return 0xFFFF_FFFF if name in _SHORT else 2**64 - 1
