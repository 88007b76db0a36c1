"""What a party is told of a fill side's `why`: as data, and in words. Rule BP-9."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from commonbook.broker.consenting import PROGRAMS, cap_text
from commonbook.broker.model import EARNING, RULE_VERSION
from commonbook.broker.rates import percent
from commonbook.broker.why import Party, Phrase, Said, Share, Standing, Why, no_such_fill
from commonbook.errors import BadInput, Declined
from commonbook.units import format_units

_ALL = frozenset(Party)
SHARES_SEEN = {
    Party.HOST: _ALL,
    Party.BRAND: _ALL,  # as in its clearing statement
    Party.HOLDERS: frozenset({Party.HOLDERS}),
    Party.BROKER: frozenset({Party.BROKER, Party.SUB_BROKER, Party.CLIENT}),
    Party.SUB_BROKER: frozenset({Party.SUB_BROKER}),
    Party.CLIENT: frozenset({Party.CLIENT}),
    Party.AFFILIATE: frozenset({Party.AFFILIATE}),
}
_OWN_ALONE = {Party.SUB_BROKER, Party.CLIENT, Party.AFFILIATE, Party.HOLDERS}
_SEES_RATE = {Party.HOST, Party.BROKER}
_SEES_BOTH_FEES = {Party.HOST, Party.BRAND, Party.BROKER, Party.SUB_BROKER}
_RATE_DECIMALS = 8


def asking(why: Why, name: str) -> tuple[Party, int]:
    """The party that a name says, and its id: `broker`, or `sub_broker:CODE` where there are several of a kind.

    Raises:
        BadInput: there is no such kind of party.
        Declined: `no_such_party`: it has no part in this side.
    """
    kind, _, who = name.partition(":")
    if kind not in list(Party):
        raise BadInput(f"there is no party {kind[:16]!r}; there is: {', '.join(Party)}")
    found = [share for share in why.shares if share.party == kind and who in ("", share.who)]
    if not found:
        raise Declined("no_such_party", f"no {name[:40]} has a part in the {why.role}'s side of fill {why.fill}")
    if len(found) > 1:
        names = ", ".join(f"{kind}:{share.who}" for share in found)
        raise BadInput(f"several have a part in it; say which: {names}")
    return found[0].party, found[0].id


def told_to(explained: Sequence[Why], number: int, *parties: Party) -> list[dict[str, Any]]:
    """For a desk: what one who asks is told of a fill's sides, of those in which it has a part.

    Args:
        explained: at least one side of the fill.
        number: the id of who asks: broker, account or brand.
        parties: what it may be of a side; a broker is BROKER of one and SUB_BROKER of another.

    Raises:
        Declined: `no_such_fill`, word by word as where there is none.
    """
    found = [
        told(why, share.party, number)
        for why in explained
        for share in why.shares
        if share.party in parties and share.id == number
    ]
    if not found:
        raise no_such_fill(explained[0].program, explained[0].fill)
    return found


def told(why: Why, party: Party = Party.HOST, number: int = 0) -> dict[str, Any]:
    """As data; amounts are decimal strings of whole units, rates of per cent.

    Args:
        party, number: who asks; it is told no more than what is its own, and what its statements tell.
    """
    quote = why.quote
    found: dict[str, Any] = {
        "program": why.program,
        "rule_version": RULE_VERSION,
        "fill": why.fill,
        "role": why.role,
        "trade": str(why.trade),
        "order": str(why.order),
        "account": str(why.account),
        "level": str(why.level),
        "time_ns": str(why.time_ns),
        "instrument": why.instrument,
        "price": why.price,
        "quantity": why.quantity,
        "code": why.code,
        "attribution": why.attribution,
        "channel": why.channel,
        "affiliated": why.affiliated,
        "reason": why.reason.value,
        "predicates": [
            {
                "reason": one.reason.value,
                "applies": one.applies,
                "fact": one.fact,
                "said": [] if one.said is None else _said([one.said]),
            }
            for one in why.predicates
        ],
        "fee_asset": quote.name,
        "fees": _fees(why, party),
        "discount": quote.format(why.discount),
        "claimed": quote.format(why.claimed),
        "cap": cap_text(PROGRAMS if why.cap_e8 is None else why.cap_e8),
        "base": quote.format(why.base),
        "base_how": why.base_how,
        "base_said": _said(why.base_said),
        "payout_asset": why.payout.name,
        "index_price": format_units(why.index_price_e8, _RATE_DECIMALS),
        "index_sequence": str(why.index_sequence),
    }
    if party in _SEES_RATE and why.rate is not None:
        rate = why.rate
        found["rate"] = {
            "schedule": rate.schedule,
            "tier": str(rate.tier),
            "version": None if rate.version is None else str(rate.version),
            "from_ns": None if rate.from_ns is None else str(rate.from_ns),
            "row": None if rate.row is None else str(rate.row),
            "says": rate.says,
            "said": _said(rate.said),
            "rate": percent(rate.rate_e8),
        }
        found["pool"] = quote.format(why.pool)
        found["pool_lost_by_rounding"] = _lost(why, why.pool_lost)
        found["earned"] = quote.format(why.earned)
    if party in _OWN_ALONE and party is not Party.SUB_BROKER:
        found["base_how"], found["base_said"] = "", []
    found["parts"] = [_part(why, share, party) for share in seen(why, party, number)]
    found["busted"] = why.is_busted
    found["reversals"] = list(_reversals(why, party, number))
    return found


def _said(said: Sequence[Said]) -> list[dict[str, Any]]:
    return [{"code": one.phrase.value, "values": dict(one.values)} for one in said]


def _reversals(why: Why, party: Party, number: int) -> Iterator[dict[str, Any]]:
    """What was taken back of the parts that a party is told of, or added to them; each to whom it is told of (BP-9)."""
    shares = {(share.party, share.id): share for share in seen(why, party, number)}
    for one in why.reversals:
        share = shares.get((one.party, one.id))
        if share is None:
            continue
        yield {
            "kind": one.kind,
            "party": one.party.value,
            "who": share.who,
            "amount": why.quote.format(one.commission),
            "paid_asset": why.payout.name,
            "paid": why.payout.format(one.paid),
            "hour": str(one.hour),
            "number": str(one.number),
            "reason": one.reason,
            "asked_by": one.asked_by,
            "approved_by": one.approved_by,
            "sequence": str(one.sequence),
            "time_ns": str(one.time_ns),
        }


def seen(why: Why, party: Party, number: int) -> list[Share]:
    """The parts that a party is told of."""
    return [
        share
        for share in why.shares
        if share.party in SHARES_SEEN[party] and (party not in _OWN_ALONE or share.id == number)
    ]


def _fees(why: Why, party: Party) -> dict[str, str]:
    fees = {"taker": why.quote.format(why.taker_fee), "maker": why.quote.format(why.maker_fee)}
    return fees if party in _SEES_BOTH_FEES else {why.role: fees[why.role]}


def _lost(why: Why, lost: int) -> str:
    """Hundred-millionths of a quote unit as whole units of the asset."""
    return format_units(lost, why.quote.scale + _RATE_DECIMALS)


def _part(why: Why, share: Share, party: Party) -> dict[str, Any]:
    """One part; what a program has agreed, and what is in the statements of others, is told to the host alone."""
    stands = why.standings.get((share.party, share.id), Standing(""))
    if party is not Party.HOST and share.party is not party:
        stands = Standing(stands.state)
    of_program = _is_paid_by_program(share)
    is_foreign = of_program and party is Party.BRAND
    paid_asset = why.payout if of_program else why.quote
    return {
        "party": share.party.value,
        "who": share.who,
        "rate": None if share.rate_e8 is None or is_foreign else percent(share.rate_e8),
        "amount": why.quote.format(share.amount),
        "lost_by_rounding": "" if is_foreign else _lost(why, share.lost),
        "how": "by its program" if is_foreign else share.how,
        "said": _said([Said(Phrase.BY_PROGRAM) if is_foreign else share.said]),
        "paid_asset": paid_asset.name,
        "paid": paid_asset.format(share.paid),
        "state": stands.state,
        "held_because": stands.why,
        "hour": None if stands.hour is None else str(stands.hour),
        "statement": stands.statement,
        "line": None if stands.line is None else str(stands.line),
        "root": stands.root,
        "payment": stands.key,
    }


def _is_paid_by_program(share: Share) -> bool:
    return share.party in (Party.BROKER, Party.SUB_BROKER, Party.CLIENT)


def words(why: Why, party: Party = Party.HOST, number: int = 0) -> Iterator[str]:
    """The same for people, a line at a time."""
    quote, when = why.quote, datetime.fromtimestamp(why.time_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S")
    yield f"fill {why.fill}, the {why.role}'s side: {why.quantity} {why.instrument} at {why.price}, {when} UTC"
    yield f"order {why.order} of account {why.account}, level {why.level}; rules {RULE_VERSION}"
    for one in why.predicates:
        result = {None: "not asked", True: "EXCLUDED", False: "no"}[one.applies]
        yield f"  {one.reason.value:<16} {result:<10} {one.fact if one.applies is not None else ''}".rstrip()
    how = "" if party in (Party.CLIENT, Party.AFFILIATE, Party.HOLDERS) else f": {why.base_how}"
    yield f"base {quote.format(why.base)} {quote.name}{how}"
    if party in _SEES_RATE and why.rate is not None:
        row = "" if why.rate.row is None else f"row {why.rate.row} of version {why.rate.version}, "
        yield f"rate {percent(why.rate.rate_e8)}: {why.rate.schedule} schedule, {row}{why.rate.says}"
        yield f"pool {quote.format(why.pool)} {quote.name}; rounding down leaves {_lost(why, why.pool_lost)}"
        if why.earned < why.pool:
            cap = "" if why.cap_e8 is None else f"; the client lets it earn {percent(why.cap_e8)} of its own fee"
            yield f"  cut to {quote.format(why.earned)}: {quote.format(why.claimed)} was claimed before{cap}"
    if why.quote != why.payout and why.index_price_e8:
        price = format_units(why.index_price_e8, _RATE_DECIMALS)
        yield f"paid in {why.payout.name} at the index price {price} of sequence {why.index_sequence}, rounded down"
    for share in seen(why, party, number):
        yield _share_words(_part(why, share, party), why.quote.name)
    if why.is_busted:
        yield "The trade was busted: what each had of it is taken back."
    for back in _reversals(why, party, number):
        name = back["party"].replace("_", "-") + f" {back['who']}"
        text = f"{name}: {back['paid']} {back['paid_asset']} by {back['kind']} {back['number']} in hour {back['hour']}"
        yield f"{text}, asked by {back['asked_by']}, approved by {back['approved_by']}: {back['reason']}"
    if why.reason not in EARNING:
        yield f"It earns nothing: {why.reason.value}."


def _share_words(part: dict[str, Any], fee_asset: str) -> str:
    paid = f" = {part['paid']} {part['paid_asset']}" if part["paid_asset"] != fee_asset else ""
    name = part["party"].replace("_", "-") + ("" if part["party"] == Party.HOST else f" {part['who']}")
    text = f"{name}: {part['amount']} {fee_asset}{paid}, {part['how']}"
    if part["state"]:
        text += f"; {part['state']}" + (f" ({part['held_because']})" if part["held_because"] else "")
    if part["statement"]:
        line = f", line {part['line']}" if part["line"] else ""
        text += f", {part['statement']}{line}"
    return text
