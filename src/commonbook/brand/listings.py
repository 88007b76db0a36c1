"""What a brand lists: instruments of the host's, tokens and pairs of its own, and their ends.

A listing is opened and closed by sequenced commands; what is planned here is sent when it is due, by the back office.
Rules LI-1 to LI-9 of docs/rules/listings.md.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from commonbook.brand.notices import tell
from commonbook.brand.schedules import Submit
from commonbook.errors import BadInput, Declined
from commonbook.instrument.model import Asset, Instrument
from commonbook.instrument.venue import Venue
from commonbook.records import CommandKind, ListingMode, Records, as_commands, commands, refusal_of
from commonbook.storage.tables.autonomy import (
    asset_closings,
    asset_names,
    listing_plans,
    listing_proposals,
    own_tokens,
)
from commonbook.units import Lots, parse_units

LIST, DELIST = "list", "delist"
WAITING, DONE, WITHDRAWN, REFUSED = "waiting", "done", "withdrawn", "refused"
PROPOSED, GRANTING = "proposed", "granting"
HORIZON_NS = 10 * 366 * 86_400 * 10**9  # a date further off is a slip
SCALE_MOST = 18
PAIRS_MOST = 20  # of one proposal
NAME_CHARACTERS = 32
TOKEN_NAME = re.compile(r"[A-Z][A-Z0-9]{1,15}")
Names = dict[int, str]


def listing_command(brand: int, instrument: int, mode: ListingMode) -> Records:
    command = commands(CommandKind.LISTING)
    command["brand"], command["instrument"], command["mode"] = brand, instrument, mode
    return command


# -- what is listed ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OwnToken:
    asset: int
    brand: int
    is_platform: bool
    exclusive_until_ns: int


def own_tokens_of(connection: Connection) -> dict[int, OwnToken]:
    """By asset."""
    return {row.asset: OwnToken(**row._mapping) for row in connection.execute(select(own_tokens))}


def must_be_free(connection: Connection, instrument: Instrument, brand: int, now_ns: int) -> None:
    """LI-4: nobody but its brand lists a token before its date.

    Raises:
        Declined: `held_exclusively`.
    """
    tokens = own_tokens_of(connection)
    for asset in (instrument.base, instrument.quote):
        token = tokens.get(asset.id)
        if token is not None and token.brand != brand and token.exclusive_until_ns > now_ns:
            raise Declined(
                "held_exclusively",
                f"{asset.name} is another brand's until {token.exclusive_until_ns} ns",
                until_ns=str(token.exclusive_until_ns),
            )


@dataclass(frozen=True, slots=True)
class ListingPlan:
    id: int
    brand: int
    instrument: int
    kind: str
    begin_ns: int  # 0: as soon as it can be
    withdrawals_until_ns: int
    announcement: int
    state: str
    why: str
    author: int
    asked_ns: int
    sequence: int


def plan_listing(
    connection: Connection, venue: Venue, brand: int, instrument: Instrument, begin_ns: int, now_ns: int, author: int
) -> ListingPlan:
    """List an instrument of the host's, from a time on.

    Raises:
        Declined: `listed_already`, `held_exclusively`, `begin_in_the_past`, `begin_too_far`, `planned_already`.
    """
    _check_begin(begin_ns, now_ns)
    if venue.is_listed(brand, instrument.id) and not _waiting_for(connection, brand, instrument.id):
        raise Declined("listed_already", f"{instrument.name} is listed")
    must_be_free(connection, instrument, brand, begin_ns or now_ns)
    _must_be_only(connection, brand, instrument, LIST)
    return _keep(connection, brand, instrument, LIST, begin_ns, 0, 0, now_ns, author)


def plan_delisting(
    connection: Connection,
    venue: Venue,
    brand: int,
    instrument: Instrument,
    last_order_ns: int,
    withdrawals_until_ns: int,
    announcement: int,
    now_ns: int,
    author: int,
) -> ListingPlan:
    """Take an instrument off the brand's list: no new orders from a time on, and what rests is canceled then (LI-5).

    Args:
        withdrawals_until_ns: the end of the last day on which its base asset can be taken out.
        announcement: by which it is told; 0 for none.

    Raises:
        Declined: `not_listed`, `withdrawals_too_short`, `begin_in_the_past`, `begin_too_far`, `planned_already`.
    """
    _check_begin(last_order_ns, now_ns)
    if not venue.is_listed(brand, instrument.id):
        raise Declined("not_listed", f"{instrument.name} is not listed")
    if withdrawals_until_ns <= (last_order_ns or now_ns) or withdrawals_until_ns > now_ns + HORIZON_NS:
        raise Declined("withdrawals_too_short", "withdrawals end after the last orders: give a later time")
    _must_be_only(connection, brand, instrument, DELIST)
    return _keep(
        connection, brand, instrument, DELIST, last_order_ns, withdrawals_until_ns, announcement, now_ns, author
    )


def _check_begin(begin_ns: int, now_ns: int) -> None:
    if begin_ns and begin_ns < now_ns:
        raise Declined("begin_in_the_past", "give a time to come, or 0 for at once", now_ns=str(now_ns))
    if begin_ns > now_ns + HORIZON_NS:
        raise Declined("begin_too_far", "this is more than ten years off: times are nanoseconds since 1970")


def _waiting_for(connection: Connection, brand: int, instrument: int) -> list[ListingPlan]:
    table = listing_plans.c
    mine = (table.brand == brand) & (table.instrument == instrument) & (table.state == WAITING)
    return [_plan(row) for row in connection.execute(select(listing_plans).where(mine))]


def _must_be_only(connection: Connection, brand: int, instrument: Instrument, kind: str) -> None:
    same = [one for one in _waiting_for(connection, brand, instrument.id) if one.kind == kind]
    if same:
        why = f"{instrument.name}: this is planned; withdraw it first"
        raise Declined("planned_already", why, plan=str(same[0].id))


def _keep(
    connection: Connection,
    brand: int,
    instrument: Instrument,
    kind: str,
    begin_ns: int,
    withdrawals_until_ns: int,
    announcement: int,
    now_ns: int,
    author: int,
) -> ListingPlan:
    row = {
        "brand": brand,
        "instrument": instrument.id,
        "kind": kind,
        "begin_ns": begin_ns,
        "withdrawals_until_ns": withdrawals_until_ns,
        "announcement": announcement,
        "state": WAITING,
        "why": "",
        "author": author,
        "asked_ns": now_ns,
        "sequence": 0,
    }
    made = connection.execute(insert(listing_plans).values(**row)).inserted_primary_key
    return find_plan(connection, int(made[0]) if made is not None else 0, brand)


def find_plan(connection: Connection, number: int, brand: int) -> ListingPlan:
    """
    Raises:
        Declined: `no_such_plan`, also of another brand's.
    """
    table = listing_plans.c
    row = connection.execute(select(listing_plans).where(table.plan == number, table.brand == brand)).first()
    if row is None:
        raise Declined("no_such_plan", f"there is no plan {number}")
    return _plan(row)


def plans_of(connection: Connection, brand: int, most: int = 200) -> list[ListingPlan]:
    """Newest first."""
    chosen = select(listing_plans).where(listing_plans.c.brand == brand).order_by(listing_plans.c.plan.desc())
    return [_plan(row) for row in connection.execute(chosen.limit(most))]


def withdraw_plan(connection: Connection, plan: ListingPlan) -> None:
    """
    Raises:
        Declined: `has_begun`.
    """
    where = (listing_plans.c.plan == plan.id) & (listing_plans.c.state == WAITING)
    if connection.execute(update(listing_plans).where(where).values(state=WITHDRAWN)).rowcount != 1:
        raise Declined("has_begun", f"plan {plan.id} is {find_plan(connection, plan.id, plan.brand).state}")


def _plan(row: Row[Any]) -> ListingPlan:
    values = dict(row._mapping)
    return ListingPlan(id=values.pop("plan"), **values)


# -- proposing tokens and pairs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposal:
    id: int
    brand: int
    payload: dict[str, Any]
    state: str
    author: int
    asked_ns: int
    ids: dict[str, Any]  # while it is being granted: `asset` and `pairs`


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a proposal asks for, with ids."""

    token: Asset | None
    is_platform: bool
    exclusive_until_ns: int
    pairs: tuple[Instrument, ...]


def propose(
    connection: Connection, venue: Venue, brand: int, payload: Mapping[str, Any], author: int, now_ns: int
) -> Proposal:
    """Ask the host for a token, for pairs, or for both (LI-2).

    Raises:
        BadInput, Declined: as `wanted`; `platform_token_known`.
    """
    asked = wanted(venue, payload, now_ns)
    if asked.is_platform and any(one.brand == brand and one.is_platform for one in own_tokens_of(connection).values()):
        raise Declined("platform_token_known", "a brand has one platform token")
    row = {
        "brand": brand,
        "payload": json.dumps(payload, sort_keys=True, separators=(",", ":")),
        "state": PROPOSED,
        "ids": "{}",
        "author": author,
        "asked_ns": now_ns,
    }
    made = connection.execute(insert(listing_proposals).values(**row)).inserted_primary_key
    return find_proposal(connection, int(made[0]) if made is not None else 0)


def wanted(venue: Venue, payload: Mapping[str, Any], now_ns: int, ids: Mapping[str, Any] | None = None) -> Wanted:
    """A proposal read and held against the venue: what the engine would refuse is refused here.

    Args:
        ids: that it was given before; what has them is its own. Else it is given the next ones.

    Raises:
        BadInput: a decimal that is none.
        Declined: `nothing_proposed`, `bad_token`, `asset_exists`, `no_such_asset`, `instrument_exists`, `bad_scale`,
            `exclusive_needs_a_token`.
    """
    token, told = None, payload.get("token")
    if told:
        if not TOKEN_NAME.fullmatch(told["name"]) or not 0 <= int(told["scale"]) <= SCALE_MOST:
            why = f"a token's name is 2 to 16 capital letters and digits, its scale 0 to {SCALE_MOST}"
            raise Declined("bad_token", why)
        token = Asset(ids["asset"] if ids else max(venue.assets, default=0) + 1, told["name"], int(told["scale"]))
        known = venue.asset_named(token.name)
        if known is not None and known != token:
            raise Declined("asset_exists", f"there is an asset {token.name}: propose pairs of it")
        if int(told["exclusive_until_ns"]) > now_ns + HORIZON_NS:
            raise Declined("begin_too_far", "this is more than ten years off: times are nanoseconds since 1970")
    pairs: list[Instrument] = []
    if len(payload["pairs"]) > PAIRS_MOST:
        raise Declined("nothing_proposed", f"a proposal has {PAIRS_MOST} pairs at the most")
    for place, row in enumerate(payload["pairs"]):
        pair = _pair(venue, token, row, ids["pairs"][place] if ids else max(venue.instruments, default=0) + 1 + place)
        if any(pair.name == one.name and pair.id != one.id for one in [*venue.instruments.values(), *pairs]):
            raise Declined("instrument_exists", f"there is an instrument {pair.name}: list it")
        pairs.append(pair)
    if token is None and not pairs:
        raise Declined("nothing_proposed", "propose a token, a pair, or both")
    is_platform = bool(told and told["is_platform"])
    return Wanted(token, is_platform, int(told["exclusive_until_ns"]) if told else 0, tuple(pairs))


def _pair(venue: Venue, token: Asset | None, row: Mapping[str, Any], number: int) -> Instrument:
    """One pair, checked as C-1 says."""
    base, quote = (_asset(venue, token, row[name]) for name in ("base", "quote"))
    name = f"{base.name}-{quote.name}"
    if base.id == quote.id:
        raise Declined("bad_scale", f"{name}: a pair is of two assets")
    (tick_mantissa, tick_scale), (lot_mantissa, lot_scale) = _step(row["tick"], "tick"), _step(row["lot"], "lot")
    whole = quote.scale - tick_scale - lot_scale
    if tick_mantissa * lot_mantissa * 10 ** max(whole, 0) % 10 ** max(-whole, 0):
        raise Declined("bad_scale", f"{name}: tick times lot is no whole number of units of {quote.name}")
    if lot_mantissa * 10 ** max(base.scale - lot_scale, 0) % 10 ** max(lot_scale - base.scale, 0):
        raise Declined("bad_scale", f"{name}: a lot is no whole number of units of {base.name}")
    made = Instrument(number, name, base, quote, tick_scale, tick_mantissa, lot_scale, lot_mantissa, Lots(1), 0)
    minimum = made.quantity_in_lots(row["minimum"])
    if minimum is None or minimum < 1:
        raise Declined("bad_scale", f"{name}: the smallest order is a whole number of lots, above zero")
    return Instrument(number, name, base, quote, tick_scale, tick_mantissa, lot_scale, lot_mantissa, minimum, 0)


def _asset(venue: Venue, token: Asset | None, name: str) -> Asset:
    if token is not None and token.name == name:
        return token
    found = venue.asset_named(name)
    if found is None:
        raise Declined("no_such_asset", f"there is no asset {name[:16]!r}")
    return found


def _step(text: str, what: str) -> tuple[int, int]:
    """A step as mantissa and scale: "0.05" is 5 of 10^-2."""
    units, scale = parse_units(text, SCALE_MOST), SCALE_MOST
    if units <= 0:
        raise BadInput(f"{what} {text[:40]!r} is not above zero")
    while scale and units % 10 == 0:
        units, scale = units // 10, scale - 1
    if units >= 2**63:
        raise BadInput(f"{what} {text[:40]!r} is too large")
    return units, scale


def find_proposal(connection: Connection, number: int, brand: int | None = None) -> Proposal:
    """
    Raises:
        Declined: `no_such_proposal`, also of another brand's when a brand asks.
    """
    row = connection.execute(select(listing_proposals).where(listing_proposals.c.proposal == number)).first()
    if row is None or (brand is not None and row.brand != brand):
        raise Declined("no_such_proposal", f"there is no proposal {number}")
    return _proposal(row)


def proposals(connection: Connection, brand: int | None = None) -> list[Proposal]:
    """Newest first; None for all brands'."""
    chosen = select(listing_proposals).order_by(listing_proposals.c.proposal.desc())
    if brand is not None:
        chosen = chosen.where(listing_proposals.c.brand == brand)
    return [_proposal(row) for row in connection.execute(chosen)]


def refuse_proposal(connection: Connection, one: Proposal) -> None:
    """
    Raises:
        Declined: `not_proposed`.
    """
    _end_proposal(connection, one, REFUSED)


def _end_proposal(connection: Connection, one: Proposal, state: str) -> None:
    where = (listing_proposals.c.proposal == one.id) & listing_proposals.c.state.in_((PROPOSED, GRANTING))
    if connection.execute(update(listing_proposals).where(where).values(state=state)).rowcount != 1:
        raise Declined("not_proposed", f"proposal {one.id} is {find_proposal(connection, one.id).state}")


def _proposal(row: Row[Any]) -> Proposal:
    payload, ids = json.loads(row.payload), json.loads(row.ids)
    return Proposal(row.proposal, row.brand, payload, row.state, row.author, row.asked_ns, ids)


def begin_granting(connection: Connection, one: Proposal, asked: Wanted) -> None:
    """Write down which ids it is given before anything is sent: whoever finds them taken knows by whom."""
    ids = {"asset": asked.token.id if asked.token is not None else 0, "pairs": [pair.id for pair in asked.pairs]}
    where = listing_proposals.c.proposal == one.id
    connection.execute(update(listing_proposals).where(where).values(state=GRANTING, ids=json.dumps(ids)))


def give_up_granting(connection: Connection, one: Proposal) -> None:
    """The engine has refused it; it can be granted again, with other ids."""
    where = listing_proposals.c.proposal == one.id
    connection.execute(update(listing_proposals).where(where).values(state=PROPOSED, ids="{}"))


def proposal_commands(venue: Venue, brand: int, asked: Wanted) -> Records | None:
    """LI-3: the token, its pairs, and each pair closed at every other brand, in one submission.

    So nobody trades at a brand that has not chosen to list it, not for a moment. None: the venue has it all.
    """
    parts: list[Records] = []
    if asked.token is not None and asked.token.id not in venue.assets:
        asset = commands(CommandKind.ASSET)
        asset["asset"], asset["scale"], asset["name"] = asked.token.id, asked.token.scale, asked.token.name.encode()
        parts.append(asset)
    for pair in asked.pairs:
        if pair.id in venue.instruments:
            continue  # an earlier attempt has come so far
        record = commands(CommandKind.INSTRUMENT)
        record["instrument"], record["name"] = pair.id, pair.name.encode()
        record["base_asset"], record["quote_asset"] = pair.base.id, pair.quote.id
        record["tick_scale"], record["tick_mantissa"] = pair.tick_scale, pair.tick_mantissa
        record["lot_scale"], record["lot_mantissa"] = pair.lot_scale, pair.lot_mantissa
        record["minimum_lots"] = pair.minimum_lots
        parts.append(record)
        others = [other for other in sorted(venue.brands) if other != brand]
        parts += [listing_command(other, pair.id, ListingMode.CLOSED) for other in others]
    return as_commands(*parts) if parts else None


def carried_out(connection: Connection, one: Proposal, asked: Wanted) -> None:
    """Write down what has come of a proposal."""
    if asked.token is not None:
        row = {
            "asset": asked.token.id,
            "brand": one.brand,
            "is_platform": asked.is_platform,
            "exclusive_until_ns": asked.exclusive_until_ns,
        }
        connection.execute(insert(own_tokens).values(**row))
    _end_proposal(connection, one, DONE)


# -- bringing into force ----------------------------------------------------------------------------------------------


def do_due(database: Engine, venue: Venue, now_ns: int, position: int, submit: Submit) -> None:
    """Send what is due, and only what the venue does not have; may be done again after a crash anywhere (LI-6).

    Args:
        venue: as the newest durable command, at `position`, has left it.
    """
    with database.connect() as connection:
        table = listing_plans.c
        chosen = select(listing_plans).where(table.state == WAITING, table.begin_ns <= now_ns)
        due = [_plan(row) for row in connection.execute(chosen.order_by(table.begin_ns, table.plan))]
        closed = _to_be_closed(connection, venue, now_ns)
    for plan in due:
        if not _carry_out(database, venue, plan, now_ns, submit):
            return  # what follows must see the venue as this command leaves it
    if closed:
        submit(as_commands(*(listing_command(*pair, ListingMode.CLOSED) for pair in closed)))
    with database.begin() as connection:
        names = (asset_names.c.from_sequence == 0) & (asset_names.c.from_ns <= now_ns)
        connection.execute(update(asset_names).where(names).values(from_sequence=position))


def _carry_out(database: Engine, venue: Venue, plan: ListingPlan, now_ns: int, submit: Submit) -> bool:
    """False when a command was sent."""
    mode = ListingMode.OPEN if plan.kind == LIST else ListingMode.CLOSED
    instrument = venue.instruments[plan.instrument]
    if plan.kind == LIST:
        try:
            with database.connect() as connection:
                must_be_free(connection, instrument, plan.brand, now_ns)
        except Declined as declined:
            _mark(database, plan, state=REFUSED, why=declined.code)
            return True
    is_so = venue.is_listed(plan.brand, plan.instrument) == (mode is ListingMode.OPEN)
    sequence = plan.sequence
    if not is_so:
        batch = submit(listing_command(plan.brand, plan.instrument, mode))
        refusal = refusal_of(batch.events)
        if refusal is not None:
            _mark(database, plan, state=REFUSED, why=refusal.name.lower())
            return False
        sequence = batch.last
    with database.begin() as connection:
        _close_assets(connection, venue, plan, instrument, now_ns)
        _values(connection, plan, state=DONE, sequence=sequence)
        if plan.kind == DELIST:
            tell(connection, plan.brand, "delisted", str(plan.id), now_ns, instrument=instrument.name)
    return is_so


def _close_assets(connection: Connection, venue: Venue, plan: ListingPlan, instrument: Instrument, now_ns: int) -> None:
    """LI-7: an asset that no listed instrument of the brand has is no longer taken in, and given out until its day."""
    for asset in (instrument.base, instrument.quote):
        where = (asset_closings.c.brand == plan.brand) & (asset_closings.c.asset == asset.id)
        connection.execute(delete(asset_closings).where(where))
        if plan.kind == LIST:
            continue
        others = [one for one in venue.instruments.values() if asset.id in (one.base.id, one.quote.id)]
        if not any(one.id != instrument.id and venue.is_listed(plan.brand, one.id) for one in others):
            row = {
                "brand": plan.brand,
                "asset": asset.id,
                "deposits_until_ns": plan.begin_ns or now_ns,
                "withdrawals_until_ns": plan.withdrawals_until_ns,
            }
            connection.execute(insert(asset_closings).values(**row))


def _to_be_closed(connection: Connection, venue: Venue, now_ns: int) -> list[tuple[int, int]]:
    """LI-4, also for brands that came later: brand and instrument of tokens that are another brand's alone."""
    exclusive = {
        asset: one.brand for asset, one in own_tokens_of(connection).items() if one.exclusive_until_ns > now_ns
    }
    if not exclusive:
        return []
    return [
        (brand, one.id)
        for one in venue.instruments.values()
        for asset in (one.base.id, one.quote.id)
        if asset in exclusive
        for brand in sorted(venue.brands)
        if brand != exclusive[asset] and venue.is_listed(brand, one.id)
    ]


def _mark(database: Engine, plan: ListingPlan, **values: Any) -> None:
    with database.begin() as connection:
        _values(connection, plan, **values)


def _values(connection: Connection, plan: ListingPlan, **values: Any) -> None:
    connection.execute(update(listing_plans).where(listing_plans.c.plan == plan.id).values(**values))


# -- for custody ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Movements:
    """What custody may do with an asset for a brand's users."""

    deposits: bool
    withdrawals: bool


def movements(connection: Connection, brand: int, asset: int, now_ns: int) -> Movements:
    """LI-7: an asset that the brand trades is taken in and given out; one that it has delisted until its days."""
    mine = (asset_closings.c.brand == brand) & (asset_closings.c.asset == asset)
    row = connection.execute(select(asset_closings).where(mine)).first()
    if row is None:
        return Movements(True, True)
    return Movements(now_ns < row.deposits_until_ns, now_ns < row.withdrawals_until_ns)


# -- names for people -------------------------------------------------------------------------------------------------


def must_be_own(connection: Connection, venue: Venue, brand: int, name: str) -> Asset:
    """The brand's own token.

    Raises:
        Declined: `no_such_token`.
    """
    asset = venue.asset_named(name)
    token = None if asset is None else own_tokens_of(connection).get(asset.id)
    if asset is None or token is None or token.brand != brand:
        raise Declined("no_such_token", f"{name[:16]!r} is no token of your own")
    return asset


def check_name(name: str) -> str:
    """
    Raises:
        Declined: `bad_name`.
    """
    name = name.strip()
    if not 0 < len(name) <= NAME_CHARACTERS or not name.isprintable():
        raise Declined("bad_name", f"a name has 1 to {NAME_CHARACTERS} characters on one line")
    return name


def keep_name(connection: Connection, asset: int, name: str, from_ns: int, approval: int) -> None:
    """LI-8: another name for people, from a time on; the sequence behind which it holds is written when it has come."""
    if connection.execute(select(asset_names).where(asset_names.c.approval == approval)).first() is None:
        row = {"asset": asset, "name": name, "from_ns": from_ns, "from_sequence": 0, "approval": approval}
        connection.execute(insert(asset_names).values(**row))


def names_at(connection: Connection, sequence: int = 2**62) -> Names:
    """How assets were called for people at a sequence, where it is not their name in the journal."""
    table = asset_names.c
    rows = connection.execute(
        select(asset_names)
        .where(table.from_sequence > 0, table.from_sequence < sequence)
        .order_by(table.from_sequence, table.rename)
    )
    return {row.asset: row.name for row in rows}
