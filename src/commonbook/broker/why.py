"""Why a fill side earned what it did, for each party that had a part of its fee, in data and in words. BP-8 and BP-9.

Pure: a record of SIDE, the program, the terms of clearing, and where each part stands now; `standing` reads those from
the tables. Nothing is decided here: exclusions, rates and parts are those of the rules, told one by one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from commonbook.broker.consenting import PROGRAMS, ClientReason
from commonbook.broker.deciding import reason_of
from commonbook.broker.dividing import USER, divided
from commonbook.broker.judging import REASONS
from commonbook.broker.model import BIT, PUBLIC, DiscountPolicy, Facts, Program, Reason
from commonbook.broker.rates import LEVELS, PRODUCTS, RateRow, RateTable, percent
from commonbook.broker.rules import commission
from commonbook.broker.sides import Sides
from commonbook.broker.tree import Path
from commonbook.clearing.model import Source, Terms
from commonbook.clearing.rules import fee_base, split_base
from commonbook.errors import Declined
from commonbook.instrument.model import Asset
from commonbook.instrument.venue import Venue
from commonbook.records import Attribution, Channel, FillRole, amount
from commonbook.units import HOUR_NS, RATE_ONE, RateE8


class Party(StrEnum):
    BROKER = "broker"  # with a rate of its own: the root of a tree
    SUB_BROKER = "sub_broker"
    CLIENT = "client"
    AFFILIATE = "affiliate"
    HOST = "host"
    BRAND = "brand"
    HOLDERS = "token_holders"  # of the brand's token


class Phrase(StrEnum):
    """Each thing that is said beside a figure, so that a page can say it in its reader's language. BP-8."""

    NO_TAG_YES = "no_tag_yes"
    NO_TAG_NO = "no_tag_no"
    UNKNOWN_CODE_YES = "unknown_code_yes"
    UNKNOWN_CODE_NO = "unknown_code_no"
    NOT_ASSOCIATED_YES = "not_associated_yes"
    NOT_ASSOCIATED_NO = "not_associated_no"
    CODE_INACTIVE_YES = "code_inactive_yes"
    CODE_INACTIVE_NO = "code_inactive_no"
    SELF_REFERRAL_YES = "self_referral_yes"
    SELF_REFERRAL_NO = "self_referral_no"
    REFUSED_YES = "refused_yes"
    REFUSED_NO = "refused_no"
    CONSENT_ENDED_YES = "consent_ended_yes"
    CONSENT_ENDED_NO = "consent_ended_no"
    MOVED_LATELY_YES = "moved_lately_yes"
    MOVED_LATELY_NO = "moved_lately_no"
    NON_API = "non_api"
    VIP_TOO_HIGH = "vip_too_high"
    FEE_DISCOUNT = "fee_discount"
    SUBSIDISED_YES = "subsidised_yes"
    SUBSIDISED_NO = "subsidised_no"
    NO_NET_FEE = "no_net_fee"
    NO_INDEX_PRICE_YES = "no_index_price_yes"
    NO_INDEX_PRICE_NO = "no_index_price_no"
    BASE_TAKER = "base_taker"
    BASE_TAKER_LESS_REBATE = "base_taker_less_rebate"
    BASE_MAKER = "base_maker"
    BASE_MAKER_NOTHING = "base_maker_nothing"
    BASE_LESS_VOUCHERS = "base_less_vouchers"
    NO_TABLE = "no_table"
    FROZEN = "frozen"
    FROZEN_CHANGED = "frozen_changed"
    NO_ROW = "no_row"
    ROW_TIER = "row_tier"
    ROW_PRODUCT = "row_product"
    ROW_ROLE = "row_role"
    ROW_LEVELS = "row_levels"
    ROW_AFFILIATE = "row_affiliate"
    ROW_NO_AFFILIATE = "row_no_affiliate"
    POOL = "pool"
    POOL_REST = "pool_rest"
    OF_BASE = "of_base"
    OF_BASE_FIRST = "of_base_first"
    OF_REST_AND_UNIT = "of_rest_and_unit"
    PAYS_LACK = "pays_lack"
    OF_REST = "of_rest"
    OF_REST_LESS_HOLDERS = "of_rest_less_holders"
    OF_BRAND = "of_brand"
    BY_PROGRAM = "by_program"


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase, and the values that it speaks of."""

    phrase: Phrase
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Predicate:
    """One exclusion of B-4: whether it applies, and the fact by which that was decided."""

    reason: Reason
    applies: bool | None  # None: not asked, because of the one before it
    fact: str
    said: Said | None = None  # the fact; None: not asked


@dataclass(frozen=True, slots=True)
class RateUsed:
    """The row of a table that says a side's rate (B-5)."""

    schedule: str  # public, or negotiated
    tier: int
    version: int | None  # of the table; None: none was in force
    from_ns: int | None
    row: int | None  # counted from 1; None: no row is for such a side
    says: str
    rate_e8: int
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a part is now."""

    state: str  # accrued, held, computed, paid, published, carried; a brand's also closed, released
    why: str = ""  # of what is held
    hour: int | None = None  # with which it is settled
    statement: str = ""  # name of the file
    line: int | None = None  # of the statement, counted from 1
    root: str = ""  # of the statement
    key: str = ""  # idempotency key of the payment that it is in


@dataclass(frozen=True, slots=True)
class Share:
    """What one party has of a side's fee."""

    party: Party
    who: str  # code, account, or brand
    id: int  # broker, account or brand; 0: the host
    rate_e8: int | None  # points of the base; of host, brand and holders their rate of what is left
    amount: int  # quote units
    paid: int  # units of the payout asset; of those whom the broker program does not pay, the same as `amount`
    lost: int  # by rounding down, in hundred-millionths of a quote unit
    how: str
    said: Said


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a bust, or a correction about this side, has changed of one party's part (CO-12)."""

    kind: str  # bust, correction
    party: Party
    id: int
    commission: int  # quote units, as it changes what is owed
    paid: int  # payout asset
    hour: int  # in whose statement it stands
    number: int
    reason: str
    asked_by: str
    approved_by: str
    sequence: int
    time_ns: int


@dataclass(frozen=True)
class Why:
    """All of one side. Amounts are quote units."""

    program: str
    fill: str
    role: str
    trade: int
    order: int
    account: int
    brand: int
    level: int
    time_ns: int
    instrument: str
    price: str
    quantity: str
    quote: Asset
    payout: Asset
    code: str  # under which the order came; empty for none
    attribution: str
    channel: str
    affiliated: bool
    subsidised: bool
    taker_fee: int
    maker_fee: int
    discount: int
    claimed: int
    base: int
    base_how: str
    base_said: tuple[Said, ...]
    predicates: tuple[Predicate, ...]
    reason: Reason
    cap_e8: int | None  # of the side's own fee, the client's; None: it has set none
    rate: RateUsed | None  # None: no broker
    pool: int  # base x rate, rounded down
    pool_lost: int  # by that, in hundred-millionths of a quote unit
    earned: int  # the same, cut to what the claims before have left and to the client's cap
    index_price_e8: int
    index_sequence: int
    shares: tuple[Share, ...]
    standings: Mapping[tuple[Party, int], Standing] = field(default_factory=dict)  # of each party and its id
    reversals: tuple[TakenBack, ...] = ()
    is_busted: bool = False


def no_such_fill(program: str, fill: str) -> Declined:
    """What is said of a fill that is not there, and of one in which who asks has no part."""
    return Declined("no_such_fill", f"there is no fill {fill} in the program {program}")


def why(side: Sides, program: Program, venue: Venue, terms: Terms) -> Why:
    """Everything about one side but where it stands.

    Args:
        side: SIDE, shape (1,), decided.
        terms: of clearing, for what is the brand's, the host's and the affiliate's.
    """
    one = side[0]
    instrument = venue.instruments[int(one["instrument"])]
    quote, payout = instrument.quote, venue.assets[program.payout_asset]
    facts = _facts(one)
    base = amount(one["base"])
    failed = int(one["failed"])
    is_earning = not failed
    rate_e8 = RateE8(int(one["rate_e8"]))
    pool = commission(base, rate_e8, quote.scale, program.commission_decimals) if is_earning else 0
    path = _path(facts, program)
    base_how, base_said = _base_how(facts, program, quote)
    shares = [*_program_shares(side, program, venue), *_clearing_shares(side, venue, terms)]
    return Why(
        program=program.name,
        fill=f"{one['sequence']}-{one['index']}",
        role=facts.role,
        trade=int(one["trade"]),
        order=int(one["order"]),
        account=int(one["account"]),
        brand=int(one["brand"]),
        level=facts.level,
        time_ns=facts.time_ns,
        instrument=instrument.name,
        price=instrument.format_price(int(one["price_ticks"])),
        quantity=instrument.format_quantity(int(one["quantity_lots"])),
        quote=quote,
        payout=payout,
        code=venue.codes[facts.broker].code if facts.broker else "",
        attribution=facts.attribution.name,
        channel=facts.channel.name,
        affiliated=facts.affiliated,
        subsidised=facts.subsidised,
        taker_fee=facts.taker_fee,
        maker_fee=facts.maker_fee,
        discount=facts.discount,
        claimed=facts.claimed,
        base=base,
        base_how=base_how,
        base_said=base_said,
        predicates=tuple(_predicates(facts, program, base, quote, failed)),
        reason=reason_of(failed, bool(one["cut"])),
        cap_e8=None if facts.cap_e8 == PROGRAMS else facts.cap_e8,
        rate=None if path is None else _rate_used(facts, program, path, rate_e8),
        pool=int(pool),
        pool_lost=(base * rate_e8 - pool * RATE_ONE) if is_earning else 0,
        earned=amount(one["commission"]),
        index_price_e8=int(one["index_price_e8"]),
        index_sequence=int(one["index_sequence"]),
        shares=tuple(shares),
    )


def _facts(one: Any) -> Facts:
    return Facts(
        role=FillRole(int(one["role"])).name.lower(),
        broker=int(one["broker"]),
        attribution=Attribution(int(one["attribution"])),
        channel=Channel(int(one["channel"])),
        level=int(one["level"]),
        taker_fee=amount(one["taker_fee"]),
        maker_fee=amount(one["maker_fee"]),
        subsidised=bool(one["subsidised"]),
        discount=amount(one["discount"]),
        affiliated=bool(one["affiliated"]),
        priced=bool(one["index_price_e8"]),
        time_ns=int(one["time_ns"]),
        claimed=amount(one["claimed"]),
        withheld=REASONS[int(one["withheld"]) - 1] if one["withheld"] else None,
        cap_e8=int(one["cap_e8"]),
    )


def _path(facts: Facts, program: Program) -> Path | None:
    return program.terms(facts.broker, facts.time_ns // HOUR_NS).path if facts.broker else None


def _base_how(facts: Facts, program: Program, quote: Asset) -> tuple[str, tuple[Said, ...]]:
    """Q-1, and B-9 where it changes something."""
    taker, maker, discount = (quote.format(value) for value in (facts.taker_fee, facts.maker_fee, facts.discount))
    values = {"taker": taker, "maker": maker}
    if facts.role == "taker" and facts.maker_fee < 0:
        told, phrase = f"the taker's fee {taker} less the maker's rebate {maker[1:]}", Phrase.BASE_TAKER_LESS_REBATE
        values["rebate"] = maker[1:]
    elif facts.role == "taker":
        told, phrase = f"the taker's fee {taker}", Phrase.BASE_TAKER
    elif facts.maker_fee > 0:
        told, phrase = f"the maker's fee {maker}", Phrase.BASE_MAKER
    else:
        told, phrase = f"nothing: the maker was charged {maker}", Phrase.BASE_MAKER_NOTHING
    said: tuple[Said, ...] = (Said(phrase, values),)
    if facts.discount and program.conditions_in(facts.time_ns // HOUR_NS).discount is DiscountPolicy.CASH_PART:
        told += f" less {discount} paid with vouchers"
        said += (Said(Phrase.BASE_LESS_VOUCHERS, {"amount": discount}),)
    return told, said


_ATTRIBUTION = (
    (Attribution.NO_TAG, Reason.NO_TAG, "the order came without a tag", "the order came with a tag"),
    (Attribution.UNKNOWN_CODE, Reason.UNKNOWN_CODE, "its tag is nobody's code", "its tag is a broker's code"),
    (
        *(Attribution.NOT_ASSOCIATED, Reason.NOT_ASSOCIATED),
        *("its credential is not associated with the broker", "its credential is associated with the broker"),
    ),
    (Attribution.CODE_INACTIVE, Reason.CODE_INACTIVE, "the code was not active", "the code was active"),
)
_OF_CLIENT = (  # CN-11
    (
        *(ClientReason.SELF_REFERRAL, Reason.SELF_REFERRAL),
        *("the account is the broker's own person's", "the account is another person's than the broker"),
    ),
    (ClientReason.REFUSED, Reason.REFUSED, "the client refused the broker", "no refusal of the broker stood"),
    (
        *(ClientReason.CONSENT_ENDED, Reason.CONSENT_ENDED),
        *("the client had agreed, and no consent stood", "the client had not taken back what it had agreed to"),
    ),
    (
        *(ClientReason.MOVED_LATELY, Reason.MOVED_LATELY),
        *("the client had come from another broker too lately", "the client had not come from another broker lately"),
    ),
)


def _predicates(facts: Facts, program: Program, base: int, quote: Asset, failed: int) -> Iterator[Predicate]:
    """Every exclusion in the order of B-4, whether it applies or not."""
    is_over = False
    asked = [(facts.attribution is one, reason, yes, no) for one, reason, yes, no in _ATTRIBUTION]
    asked += [(facts.withheld is one, reason, yes, no) for one, reason, yes, no in _OF_CLIENT]
    for applies, reason, yes, no in asked:
        if is_over:
            yield Predicate(reason, None, "not asked")
            continue
        phrase = Phrase(f"{reason.lower()}_{'yes' if applies else 'no'}")
        yield Predicate(reason, applies, yes if applies else no, Said(phrase))
        is_over = applies
    conditions = program.conditions_in(facts.time_ns // HOUR_NS)
    told = {
        Reason.NON_API: f"the order came through {facts.channel.name}; what comes through API earns",
        Reason.VIP_TOO_HIGH: f"the account was at level {facts.level}; from level {conditions.excluded_from_level} on"
        " nothing is earned",
        Reason.FEE_DISCOUNT: f"{quote.format(facts.discount)} of the fee was paid with vouchers or cards; the policy is"
        f" {conditions.discount.value}",
        Reason.SUBSIDISED: "the maker's rates are subsidised, and the maker was charged nothing"
        if facts.subsidised
        else "the maker's rates are not subsidised, or the maker was charged a fee",
        Reason.NO_NET_FEE: f"the base is {quote.format(base)} {quote.name}; it must be above zero",
        Reason.NO_INDEX_PRICE: f"{quote.name} had an index price in what is paid, or is what is paid"
        if facts.priced
        else f"{quote.name} had no index price in what is paid",
    }
    said = {
        Reason.NON_API: Said(Phrase.NON_API, {"channel": facts.channel.name}),
        Reason.VIP_TOO_HIGH: Said(
            Phrase.VIP_TOO_HIGH, {"level": str(facts.level), "from": str(conditions.excluded_from_level)}
        ),
        Reason.FEE_DISCOUNT: Said(
            Phrase.FEE_DISCOUNT, {"amount": quote.format(facts.discount), "policy": conditions.discount.value}
        ),
        Reason.SUBSIDISED: Said(Phrase.SUBSIDISED_YES if facts.subsidised else Phrase.SUBSIDISED_NO),
        Reason.NO_NET_FEE: Said(Phrase.NO_NET_FEE, {"base": quote.format(base), "asset": quote.name}),
        Reason.NO_INDEX_PRICE: Said(
            Phrase.NO_INDEX_PRICE_NO if facts.priced else Phrase.NO_INDEX_PRICE_YES, {"asset": quote.name}
        ),
    }
    for reason, fact in told.items():
        yield Predicate(reason, bool(failed & BIT[reason]), fact, said[reason])


def _rate_used(facts: Facts, program: Program, path: Path, rate_e8: RateE8) -> RateUsed:
    """The row that says the rate; where the program's tables give another by now, only what was used."""
    terms = program.terms(facts.broker, facts.time_ns // HOUR_NS)
    schedule = "negotiated" if program.negotiated.get(path.root, PUBLIC) != PUBLIC else "public"
    found = [one for one in terms.tables if one[0] <= facts.time_ns < one[1]]
    if not found:
        says = "no table was in force yet" if not rate_e8 else "the terms that were frozen with the side"
        phrase = Phrase.FROZEN if rate_e8 else Phrase.NO_TABLE
        return RateUsed(schedule, terms.tier, None, None, None, says, rate_e8, (Said(phrase),))
    table: RateTable = found[0][2]
    number, row = _row(table, terms.tier, facts)
    if (0 if row is None else row.rate_e8) != rate_e8:
        says = "the terms that were frozen with the side; those of the program have been changed"
        return RateUsed(schedule, terms.tier, None, None, None, says, rate_e8, (Said(Phrase.FROZEN_CHANGED),))
    says = "no row is for such a side" if row is None else _row_says(row)
    said = (Said(Phrase.NO_ROW),) if row is None else tuple(_row_said(row))
    return RateUsed(schedule, terms.tier, table.version, table.effective_ns, number, says, rate_e8, said)


def _row(table: RateTable, tier: int, facts: Facts) -> tuple[int | None, RateRow | None]:
    case = (
        tier,
        PRODUCTS.index(facts.product),
        int(facts.role == "maker"),
        min(facts.level, LEVELS - 1),
        int(facts.affiliated),
    )
    for number, row in enumerate(table.rows, 1):
        if all(at in range(LEVELS)[where] for at, where in zip(case, row.place(), strict=True)):
            return number, row
    return None, None


def _row_says(row: RateRow) -> str:
    parts = [f"tier {row.tier}"]
    parts += [row.product.value] if row.product else []
    parts += [row.role] if row.role else []
    if (row.level_from, row.level_to) != (0, LEVELS - 1):
        parts.append(f"clients at level {row.level_from} to {row.level_to}")
    if row.affiliated is not None:
        parts.append("with an affiliate" if row.affiliated else "without an affiliate")
    return ", ".join(parts)


def _row_said(row: RateRow) -> Iterator[Said]:
    yield Said(Phrase.ROW_TIER, {"tier": str(row.tier)})
    if row.product:
        yield Said(Phrase.ROW_PRODUCT, {"product": row.product.value})
    if row.role:
        yield Said(Phrase.ROW_ROLE, {"role": row.role})
    if (row.level_from, row.level_to) != (0, LEVELS - 1):
        yield Said(Phrase.ROW_LEVELS, {"from": str(row.level_from), "to": str(row.level_to)})
    if row.affiliated is not None:
        yield Said(Phrase.ROW_AFFILIATE if row.affiliated else Phrase.ROW_NO_AFFILIATE)


def _program_shares(side: Sides, program: Program, venue: Venue) -> Iterator[Share]:
    """B-8: the root, who is below it, and the client."""
    shares = divided(side, program, venue)
    if not len(shares.places):
        return
    parts, base = shares.parts, max(amount(side[0]["base"]), 0)
    root, account = int(shares.roots[0]), int(side[0]["account"])
    rows = zip(
        *(column.tolist() for column in (parts.beneficiary, parts.points_e8, parts.commission, parts.paid)), strict=True
    )
    found = sorted(rows, key=lambda row: (row[0] != root, row[0] == USER))
    for who, points, got, paid in found:
        if who == root:
            keeps = "the pool" if len(found) == 1 else "what the others leave of the pool"
            said = Said(Phrase.POOL if len(found) == 1 else Phrase.POOL_REST)
            yield Share(Party.BROKER, venue.codes[who].code, who, points, got, paid, 0, keeps, said)
            continue
        party, name, number = (
            (Party.CLIENT, str(account), account)
            if who == USER
            else (Party.SUB_BROKER, venue.codes[who].code, int(who))
        )
        lost = base * points - got * RATE_ONE if int(side[0]["failed"]) == 0 else 0
        said = Said(Phrase.OF_BASE, {"rate": percent(points)})
        yield Share(party, name, number, points, got, paid, lost, f"{percent(points)} of the base", said)


def _clearing_shares(side: Sides, venue: Venue, terms: Terms) -> Iterator[Share]:
    """Q-2 to Q-4 and Q-8: the affiliate, the host, the brand and the holders of its token."""
    one, facts = side[0], _facts(side[0])
    brand, account = int(one["brand"]), int(one["account"])
    base = fee_base(facts.taker_fee, facts.maker_fee)[facts.role == "maker"]
    host_e8 = terms.cost_share(brand, Source.TRADING, facts.time_ns)
    holders_e8 = terms.holders_share(brand, facts.time_ns)
    split = split_base(base, [facts.claimed, amount(one["commission"])], host_e8, holders_e8)
    agreed = terms.affiliate(brand, account, facts.time_ns)
    if agreed is not None and facts.affiliated:
        got = split.claims[0]
        lost = max(base, 0) * agreed.rate_e8 - got * RATE_ONE
        how = f"{percent(agreed.rate_e8)} of the base, before the broker"
        who = agreed.beneficiary
        said = Said(Phrase.OF_BASE_FIRST, {"rate": percent(agreed.rate_e8)})
        yield Share(Party.AFFILIATE, str(who), who, agreed.rate_e8, got, got, lost, how, said)
    got = split.host - split.subsidy
    how = f"{percent(host_e8)} of what the claims leave, and the odd unit" if base >= 0 else "pays what the base lacks"
    said = Said(Phrase.OF_REST_AND_UNIT, {"rate": percent(host_e8)}) if base >= 0 else Said(Phrase.PAYS_LACK)
    yield Share(Party.HOST, "host", 0, host_e8, got, got, 0, how, said)
    name = venue.brands[brand].name if brand in venue.brands else str(brand)
    brand_e8 = RateE8(RATE_ONE - host_e8)
    how = f"{percent(brand_e8)} of what the claims leave" + (", less its token holders' part" if holders_e8 else "")
    said = Said(Phrase.OF_REST_LESS_HOLDERS if holders_e8 else Phrase.OF_REST, {"rate": percent(brand_e8)})
    yield Share(Party.BRAND, name, brand, brand_e8, split.brand, split.brand, 0, how, said)
    if holders_e8:
        how = f"{percent(holders_e8)} of the brand's part"
        said = Said(Phrase.OF_BRAND, {"rate": percent(holders_e8)})
        yield Share(Party.HOLDERS, name, brand, holders_e8, split.holders, split.holders, 0, how, said)
