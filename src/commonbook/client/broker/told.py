"""What the broker's desk answers. A field that is not known here is passed over, so that the desk may say more.

Amounts, volumes and points are decimal texts; times end in `_ns` and are nanoseconds since 1970, or are ISO texts.
"""

from typing import Any

import msgspec


class Line(msgspec.Struct, frozen=True):
    """One side of a fill in which the broker has a part."""

    hour: str  # with which it is settled
    state: str  # accrued, computed, paid, published, carried
    fill: str
    role: str
    time: str
    trade: str
    order: str
    account: str
    client: str  # as the live channel calls the account
    level: str
    code: str
    attribution: str
    channel: str
    affiliated: str
    subsidised: str
    instrument: str
    price: str
    quantity: str
    notional: str
    fee_asset: str
    taker_fee: str
    maker_fee: str
    discount: str
    claimed: str
    base: str
    reason: str
    excluded_by: str
    index_price: str
    index_sequence: str
    commission: str
    paid: str
    rate: str = ""  # of a broker with a rate of its own
    pool: str = ""
    points: str = ""  # of a sub-broker


class Lines(msgspec.Struct, frozen=True):
    broker: str
    code: str
    lines: list[Line]
    next: str  # `after` of the page behind; empty: this is the last


class Sum(msgspec.Struct, frozen=True):
    """Lines of one order, client, instrument, hour or day, in one asset."""

    key: str
    client: str
    fee_asset: str
    lines: int
    earning: int
    notional: str
    base: str
    commission: str
    payout_asset: str
    paid: str
    states: dict[str, int]


class Sums(msgspec.Struct, frozen=True):
    broker: str
    by: str
    sums: list[Sum]
    next: str


class Statement(msgspec.Struct, frozen=True):
    hour: int
    time: str
    name: str
    state: str
    asset: str
    paid: str
    carried: str
    lines: int
    root: str
    payment: str


class Statements(msgspec.Struct, frozen=True):
    broker: str
    statements: list[Statement]
    next: str


class Facts(msgspec.Struct, frozen=True):
    spot_volume: str
    spot_traders: int
    contract_volume: str
    contract_traders: int
    active_days: int
    new_clients: int


class Coming(msgspec.Struct, frozen=True):
    level: int
    from_hour: int
    from_time: str


class Tier(msgspec.Struct, frozen=True):
    broker: str
    code: str
    root: str
    level: int
    reviewed_level: int
    by_hand_until: str | None
    coming: list[Coming]
    misses: int
    month: str
    decided_at: str
    facts: Facts
    earned: int | None
    outcome: str | None
    outcome_level: int | None
    at_risk: bool
    to_keep: dict[str, Any] | None
    to_rise: dict[str, Any] | None


class Month(msgspec.Struct, frozen=True):
    month: str
    facts: Facts
    rules: int
    before: int
    earned: int
    outcome: str
    level: int
    misses: int
    from_hour: int
    from_time: str


class Version(msgspec.Struct, frozen=True):
    version: int
    from_hour: int
    from_time: str
    rows: list[dict[str, Any]]


class Rates(msgspec.Struct, frozen=True):
    broker: str
    negotiated: bool
    versions: list[Version]


class Rules(msgspec.Struct, frozen=True):
    version: int
    first_month: str
    rules: dict[str, Any]


class Table(msgspec.Struct, frozen=True):
    """What everybody may know of the program."""

    rates: list[Version]
    tiers: list[Rules]


class Notice(msgspec.Struct, frozen=True):
    notice: int
    kind: str
    subject: str
    time_ns: str
    details: dict[str, Any]


class Place(msgspec.Struct, frozen=True):
    from_hour: int
    from_time: str
    pool: str
    users: str


class Own(msgspec.Struct, frozen=True):
    broker: str
    code: str
    parent: str
    depth: int
    places: list[Place]
    sub_brokers_most: int


class SubBroker(msgspec.Struct, frozen=True):
    broker: str
    code: str
    state: str
    why: str
    from_hour: int
    removed_hour: int | None
    places: list[Place]


class Invitation(msgspec.Struct, frozen=True):
    invitation: int
    pool: str
    users: str
    note: str
    made_ns: str
    expires_ns: str
    state: str
    accepted_by: str


class NewInvitation(msgspec.Struct, frozen=True):
    token: str  # told this once
    invitation: Invitation


class Changed(msgspec.Struct, frozen=True):
    from_hour: int
    from_time: str
    brokers: list[str]


class Day(msgspec.Struct, frozen=True):
    broker: str
    day: str
    sides: str
    spot_volume: str
    contract_volume: str
    clients: int
    new_clients: int
    commission: str


class Endpoint(msgspec.Struct, frozen=True):
    id: str
    url: str
    events: list[str]
    state: str
    failures: int
    failing_since_ns: str
    next_try_ns: str


class NewEndpoint(msgspec.Struct, frozen=True):
    endpoint: Endpoint
    secret: str  # told this once


class Delivery(msgspec.Struct, frozen=True):
    id: str
    event: str
    kind: str
    state: str
    tries: int
    status: int
    why: str
    made_ns: str
    tried_ns: str
    body: str


class SignedHour(msgspec.Struct, frozen=True):
    number: str
    hour: str
    root: str
    statements: str
    previous: str
    link: str
    key: str


class SignedHours(msgspec.Struct, frozen=True):
    program: str
    key: str
    hours: list[SignedHour]
