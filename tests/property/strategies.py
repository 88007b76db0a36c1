"""Commands for a small, tight venue: few prices, few sizes, little money, so that orders meet and funds run out."""

from typing import Any

from hypothesis import strategies as st

from commonbook.qa.plain import Command, command
from commonbook.records import (
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

SECOND = 1_000_000_000
USDT, BTC = 1, 2
# instrument: ledger units of USDT for one lot at one tick, and of BTC for one lot
UNITS = {1: (1, 1), 2: (10**20, 10**3)}
ACCOUNTS = {1_001: 1, 1_002: 1, 1_003: 2, 1_004: 3}  # account to person; the first two are one person at two brands


def _setup() -> list[Command]:
    pair = {"base_asset": BTC, "quote_asset": USDT, "minimum_lots": 2, "tick_mantissa": 1}
    rates = {"scope": FeeScope.BRAND, "brand": 1, "maker_rate_e8": -333_333, "taker_rate_e8": 1_234_567}
    setup = [
        command(CommandKind.ASSET, asset=USDT, scale=18, name=b"USDT"),
        command(CommandKind.ASSET, asset=BTC, scale=3, name=b"BTC"),
        command(CommandKind.INSTRUMENT, instrument=1, name=b"FINE", tick_scale=15, lot_mantissa=1, lot_scale=3, **pair),
        command(CommandKind.INSTRUMENT, instrument=2, name=b"COARSE", lot_mantissa=1, **{**pair, "tick_mantissa": 100}),
        command(CommandKind.BRAND, brand=1, name=b"north"),
        command(CommandKind.BRAND, brand=2, name=b"south"),
        command(CommandKind.FEES, scope=FeeScope.VENUE, maker_rate_e8=-500_000, taker_rate_e8=500_000),
        command(CommandKind.FEES, **rates),
    ]
    for account, person in ACCOUNTS.items():
        brand = 2 if account == 1_002 else 1
        setup.append(command(CommandKind.ACCOUNT, account=account, person=person, brand=brand, level=0))
        setup.append(_paid(account, BTC, 40_000))
        setup.append(_paid(account, USDT, 5_000 if account % 2 else 10**24))
    # The last one gives more than it is charged, out of what the host has set aside.
    subsidised = {"maker_rate_e8": -9_000_000, "taker_rate_e8": 1_234_567, "subsidised": 1}
    setup.append(command(CommandKind.FEES, scope=FeeScope.ACCOUNT, account=1_004, **subsidised))
    setup.append(_paid(SUBSIDY_ACCOUNT, USDT, 900))
    return setup


def _paid(account: int, asset: int, units: int) -> Command:
    key = b"setup-%d-%d" % (account, asset)
    return command(CommandKind.DEPOSIT, account=account, asset=asset, amount=units, key=key)


SETUP = _setup()
ORDERS_FROM = len(SETUP) + 1
accounts = st.sampled_from([*list(ACCOUNTS) * 5, 1, 9_999])
instruments = st.sampled_from([1, 1, 1, 2])
client_ids = st.sampled_from([b"", b"", b"one", b"two", b"x" * 32])
tags = st.sampled_from([b"", b"bot"])
credentials = st.sampled_from([0, 7, 7, 8])
lots = st.sampled_from([*range(2, 13), 1])
prices = st.integers(98, 102)


@st.composite
def orders(draw: st.DrawFn) -> Command:
    kind = draw(st.sampled_from([*[OrderType.LIMIT] * 5, *OrderType]))
    side = draw(st.sampled_from(Side))
    fields: dict[str, Any] = {"price_ticks": draw(prices), "quantity_lots": draw(lots)}
    if kind == OrderType.MARKET and draw(st.booleans()):
        fields["price_ticks"] = 0
        if side == Side.BUY:
            fields = {"size_in": SizeIn.QUOTE, "quote_amount": draw(st.integers(0, 1_500))}
    return command(
        CommandKind.ORDER,
        account=draw(accounts),
        instrument=draw(instruments),
        side=side,
        order_type=kind,
        self_trade=draw(st.sampled_from([0, *SelfTrade])),
        attribution=Attribution.NO_TAG,
        client_id=draw(client_ids),
        credential=draw(credentials),
        tag=draw(tags),
        **fields,
    )


cancels = st.builds(
    lambda **fields: command(CommandKind.CANCEL, **fields),
    account=accounts,
    order=st.just(ORDERS_FROM),
)
amends = st.builds(
    lambda **fields: command(CommandKind.AMEND, **fields),
    account=accounts,
    order=st.just(ORDERS_FROM),
    price_ticks=st.sampled_from([0, 0, 99, 100, 101]),
    quantity_lots=st.integers(0, 14),
)
sweeps = st.builds(
    lambda **fields: command(CommandKind.CANCEL_ALL, **fields), account=accounts, instrument=st.integers(0, 2)
) | st.builds(
    lambda **fields: command(CommandKind.CANCEL_ALL, scope=CancelScope.CREDENTIAL, **fields),
    account=accounts,
    credential=credentials,
)
timers = st.builds(
    lambda **fields: command(CommandKind.CANCEL_ALL_AFTER, **fields),
    account=accounts,
    tag=tags,
    deadline_ns=st.sampled_from([10 * SECOND, 20 * SECOND, 40 * SECOND, 0]),
)
movements = st.builds(
    command,
    st.sampled_from([CommandKind.DEPOSIT, CommandKind.WITHDRAWAL]),
    account=accounts,
    asset=st.sampled_from([USDT, BTC, 9]),
    amount=st.sampled_from([0, 1, 700, 10**24, 10**38 - 1]),
    key=st.integers(1, 12).map(lambda number: b"key-%d" % number),
)
transfers = st.builds(
    lambda **fields: command(CommandKind.TRANSFER, **fields),
    account=st.sampled_from([*ACCOUNTS]),
    to_account=st.sampled_from([*ACCOUNTS]),
    asset=st.sampled_from([USDT, BTC]),
    amount=st.integers(1, 3_000),
    key=st.integers(1, 12).map(lambda number: b"key-%d" % number),
)
statuses = st.builds(
    lambda **fields: command(CommandKind.STATUS, **fields),
    instrument=st.integers(0, 2),
    status=st.sampled_from([*[TradingStatus.LIVE] * 5, *TradingStatus]),
)
fees = st.builds(
    lambda **fields: command(CommandKind.FEES, scope=FeeScope.BRAND, brand=1, **fields),
    level=st.integers(0, 2),
    maker_rate_e8=st.sampled_from([-500_000, 0, 700_001]),
    taker_rate_e8=st.sampled_from([500_000, 1_999_999]),
)


limits = st.builds(
    lambda band, **fields: command(CommandKind.LIMITS, band_e8=band, band_max_e8=2 * band, **fields),
    band=st.sampled_from([0, 1_000_000]),
    instrument=st.sampled_from([1, 1, 2]),
    largest_lots=st.sampled_from([0, 0, 10]),
    largest_notional=st.sampled_from([0, 0, 1_100]),
    deviation_e8=st.sampled_from([0, 0, 1_000_000]),
    duplicate_ms=st.sampled_from([0, 0, 1_000]),
)
references = st.builds(
    lambda **fields: command(CommandKind.REFERENCE, **fields),
    instrument=st.sampled_from([1, 1, 2]),
    reference_ticks=st.sampled_from([0, 99, 100, 101]),
    premium_ticks=st.sampled_from([0, 1, -1]),
)
kills = st.builds(
    lambda scope, **fields: command(CommandKind.KILL, scope=scope[0], target=scope[1], **fields),
    scope=st.sampled_from(
        [
            (KillScope.CREDENTIAL, 7),
            (KillScope.ACCOUNT, 1_001),
            (KillScope.PERSON, 1),
            (KillScope.BRAND, 2),
            (KillScope.INSTRUMENT, 2),
            (KillScope.VENUE, 0),
        ]
    ),
    active=st.sampled_from([0, 0, 1]),
)

listings = st.builds(
    lambda **fields: command(CommandKind.LISTING, **fields),
    mode=st.sampled_from([ListingMode.OPEN, *ListingMode]),
    brand=st.sampled_from([1, 2, 2, 9]),
    instrument=st.sampled_from([1, 1, 2, 9]),
)

# One draw chooses among these, so that a kind comes as often as it stands here.
PROTECTION = [limits, references, kills, listings]
KINDS = [*[orders()] * 14, cancels, *[amends] * 3, movements, transfers, sweeps, timers, fees, statuses, *PROTECTION]


@st.composite
def sessions(draw: st.DrawFn, least: int = 20, most: int = 60) -> list[Command]:
    """The venue above and then some commands, numbered, with a time that never falls."""
    numbered = [{**one, "sequence": index, "time_ns": 0} for index, one in enumerate(SETUP, 1)]
    time_ns = 0
    for sequence in range(ORDERS_FROM, ORDERS_FROM + draw(st.integers(least, most))):
        one = draw(KINDS[draw(st.integers(0, len(KINDS) - 1))])
        if one["kind"] in (CommandKind.CANCEL, CommandKind.AMEND) and sequence > ORDERS_FROM:
            order = numbered[draw(st.integers(ORDERS_FROM, sequence - 1)) - 1]
            one = {**one, "order": order["sequence"], "account": order.get("account", one["account"])}
        time_ns += draw(st.sampled_from([0, 0, 1, 2 * SECOND]))
        numbered.append({**one, "sequence": sequence, "time_ns": time_ns})
    return numbered
