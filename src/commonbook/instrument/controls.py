"""The host's controls in people's units: names and decimal strings in, command records out, and back.

Whatever is not exact is refused with the value and what to give instead; nothing is ever rounded. What the commands do
is in docs/rules/protection.md (P-1 to P-9, P-15) and docs/rules/matching.md (K-13).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from commonbook.errors import BadInput
from commonbook.instrument.model import Instrument
from commonbook.instrument.protection import NO_LIMITS, Limits
from commonbook.instrument.venue import Venue
from commonbook.records import CommandKind, KillScope, ListingMode, Records, TradingStatus, commands, words
from commonbook.units import RATE_ONE, format_units, parse_units

NONE = "none"  # takes a limit or a reference price away
PERCENT_DECIMALS = 6  # a rate is kept in hundred-millionths, that is, in millionths of a per cent
HIGHEST_U32 = 2**32 - 1
HIGHEST_I64 = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a host asks of an instrument's limits; None leaves one as it is."""

    band: str | None = None
    band_max: str | None = None
    largest_size: str | None = None
    largest_notional: str | None = None
    deviation: str | None = None
    duplicate_ms: int | None = None


def status_command(venue: Venue, instrument: str | None, status: TradingStatus) -> Records:
    """The trading status of an instrument, or of the whole venue."""
    command = commands(CommandKind.STATUS)
    command["status"] = status
    command["instrument"] = named(venue, instrument).id if instrument is not None else 0
    return command


def kill_command(scope: KillScope, target: int, active: bool) -> Records:
    """A kill switch turned on or off."""
    command = commands(CommandKind.KILL)
    command["scope"], command["target"], command["active"] = scope, target, active
    return command


def listing_command(venue: Venue, brand: str, instrument: str, mode: ListingMode) -> Records:
    """A brand's listing of an instrument, closed or opened again."""
    command = commands(CommandKind.LISTING)
    command["mode"] = mode
    command["brand"] = target_of(venue, KillScope.BRAND, brand)
    command["instrument"] = named(venue, instrument).id
    return command


def target_of(venue: Venue, scope: KillScope, text: str | None) -> int:
    """The id that a kill switch of this scope names: a name where there are names, else a number.

    Raises:
        BadInput: there is none of that name, or the target is missing or too many.
    """
    if scope is KillScope.VENUE:
        if text is not None:
            raise BadInput(f"the venue has no target; leave --target {text} out")
        return 0
    if text is None:
        raise BadInput(f"which {scope.name.lower()}? Give --target {_kind_of_target(scope)}")
    match scope:
        case KillScope.INSTRUMENT:
            return named(venue, text).id
        case KillScope.BRAND:
            return _found(scope, text, {brand.name: brand.id for brand in venue.brands.values()})
        case KillScope.BROKER:
            return _found(scope, text, {code.code: code.id for code in venue.codes.values()})
        case KillScope.CREDENTIAL | KillScope.ACCOUNT | KillScope.PERSON:
            if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**64):
                raise BadInput(f"--target {text} is no {scope.name.lower()}; give {_kind_of_target(scope)}")
            return int(text)


def _kind_of_target(scope: KillScope) -> str:
    match scope:
        case KillScope.INSTRUMENT:
            return "its name, for example BTC-USDT"
        case KillScope.BRAND:
            return "its name"
        case KillScope.BROKER:
            return "its code"
        case KillScope.CREDENTIAL:
            return "its API key, or its number"
        case KillScope.ACCOUNT | KillScope.PERSON:
            return "its number"
        case KillScope.VENUE:
            return "nothing"


def named(venue: Venue, name: str) -> Instrument:
    """The instrument of a name.

    Raises:
        BadInput: there is none; says which there are.
    """
    return venue.instruments[
        _found(KillScope.INSTRUMENT, name, {one.name: one.id for one in venue.instruments.values()})
    ]


def _found(scope: KillScope, text: str, ids: dict[str, int]) -> int:
    if text not in ids:
        raise BadInput(f"no {scope.name.lower()} {text!r}; there is: {', '.join(sorted(ids)[:20]) or 'none'}")
    return ids[text]


def name_of(venue: Venue, scope: KillScope, target: int) -> str:
    """How people call what a switch names."""
    match scope:
        case KillScope.INSTRUMENT:
            return venue.instruments[target].name
        case KillScope.BRAND:
            return venue.brands[target].name
        case KillScope.BROKER:
            return venue.codes[target].code
        case KillScope.CREDENTIAL | KillScope.ACCOUNT | KillScope.PERSON:
            return str(target)
        case KillScope.VENUE:
            return ""


def limits_command(venue: Venue, name: str, wanted: Wanted) -> Records:
    """An instrument's limits as they are, with what is wanted changed.

    Raises:
        BadInput: a value that is not exact, a band with one share alone, or nothing to change.
    """
    instrument = named(venue, name)
    if wanted == Wanted():
        raise BadInput("nothing to set; give one of --band, --largest-size, --largest-notional, --deviation, ...")
    limits = changed(venue.limits.get(instrument.id, NO_LIMITS), instrument, wanted)
    command = commands(CommandKind.LIMITS)
    command["instrument"] = instrument.id
    command["band_e8"], command["band_max_e8"] = limits.band_e8, limits.band_max_e8
    command["largest_lots"], command["largest_notional"] = limits.largest_lots, words(limits.largest_notional)
    command["deviation_e8"], command["duplicate_ms"] = limits.deviation_e8, limits.duplicate_ms
    return command


def changed(limits: Limits, instrument: Instrument, wanted: Wanted) -> Limits:
    """Limits with what is wanted in place of what is; `--band none` takes both shares away."""

    def after(text: str | None, before: int, read: Callable[[str], int]) -> int:
        return before if text is None else 0 if text == NONE else read(text)

    if wanted.band == NONE and wanted.band_max is None:
        wanted = replace(wanted, band_max=NONE)
    inner = after(wanted.band, limits.band_e8, lambda text: share_e8("--band", text))
    outer = after(wanted.band_max, limits.band_max_e8, lambda text: share_e8("--band-max", text))
    if (inner > 0) != (outer > 0) or inner > outer or outer >= RATE_ONE:
        told = f"--band {percent(inner)} with --band-max {percent(outer)}"
        raise BadInput(f"{told} is no band; give both, the first not above the second and both below 100 % (P-1)")
    duplicate_ms = limits.duplicate_ms if wanted.duplicate_ms is None else wanted.duplicate_ms
    if not 0 <= duplicate_ms <= HIGHEST_U32:
        raise BadInput(f"--duplicate-ms {duplicate_ms} is not between 0 and {HIGHEST_U32}")
    return Limits(
        band_e8=inner,
        band_max_e8=outer,
        largest_lots=after(wanted.largest_size, limits.largest_lots, lambda text: _size(instrument, text)),
        largest_notional=after(
            wanted.largest_notional, limits.largest_notional, lambda text: _notional(instrument, text)
        ),
        deviation_e8=after(wanted.deviation, limits.deviation_e8, lambda text: share_e8("--deviation", text)),
        duplicate_ms=duplicate_ms,
    )


def reference_command(venue: Venue, name: str, price: str, premium: str | None) -> Records:
    """The reference price of an instrument's band; `none` takes it away. The premium stays unless one is given."""
    instrument = named(venue, name)
    command = commands(CommandKind.REFERENCE)
    command["instrument"] = instrument.id
    command["reference_ticks"] = 0 if price == NONE else _ticks("--price", instrument, price)
    if command["reference_ticks"] < 0:
        raise BadInput(f"--price {price} is below zero; give a price above it, or {NONE}")
    before = venue.references.get(instrument.id, (0, 0))[1]
    command["premium_ticks"] = before if premium is None else _ticks("--premium", instrument, premium)
    return command


def share_e8(option: str, text: str) -> int:
    """Per cent as hundred-millionths, with or without the sign: "2.5" and "2.5 %" are 2_500_000.

    Raises:
        BadInput: not a decimal, below zero, finer than a millionth of a per cent, or 2^32 and more.
    """
    number = text.removesuffix("%").rstrip()
    try:
        share = parse_units(number, PERCENT_DECIMALS)
    except BadInput as error:
        fix = f"give per cent with at most {PERCENT_DECIMALS} decimals, for example 2.5, or {NONE}"
        raise BadInput(f"{option} {text}: {error}; {fix}") from None
    if not 0 <= share <= HIGHEST_U32:
        raise BadInput(f"{option} {text} is not between 0 and {percent(HIGHEST_U32)}")
    return share


def _size(instrument: Instrument, text: str) -> int:
    lots = _whole("--largest-size", text, instrument.quantity_in_lots)
    if lots is None:
        lot = Fraction(instrument.lot_mantissa, 10**instrument.lot_scale)
        raise BadInput(_off("--largest-size", text, lot, instrument.format_quantity, f"lots of {instrument.base.name}"))
    if not 0 <= lots <= HIGHEST_I64:
        raise BadInput(f"--largest-size {text} is not between 0 and {instrument.format_quantity(HIGHEST_I64)}")
    return lots


def _ticks(option: str, instrument: Instrument, text: str) -> int:
    ticks = _whole(option, text, instrument.price_in_ticks)
    if ticks is None:
        tick = Fraction(instrument.tick_mantissa, 10**instrument.tick_scale)
        raise BadInput(_off(option, text, tick, instrument.format_price, f"ticks of {instrument.quote.name}"))
    if abs(ticks) > HIGHEST_I64:
        raise BadInput(f"{option} {text} is beyond {instrument.format_price(HIGHEST_I64)}")
    return ticks


def _notional(instrument: Instrument, text: str) -> int:
    quote = instrument.quote
    try:
        notional = quote.parse(text)
    except BadInput as error:
        fix = f"give {quote.name} with at most {quote.scale} decimals, or {NONE}"
        raise BadInput(f"--largest-notional {text}: {error}; {fix}") from None
    if notional < 0:
        raise BadInput(f"--largest-notional {text} is below zero; give {quote.name}, or {NONE}")
    return notional


def _whole(option: str, text: str, read: Callable[[str], int | None]) -> int | None:
    try:
        return read(text)
    except BadInput as error:
        raise BadInput(f"{option} {text}: {error}; give a decimal number, or {NONE}") from None


def _off(option: str, text: str, step: Fraction, written: Callable[[int], str], unit: str) -> str:
    """What to say of a number that lies between two steps."""
    below = math.floor(Fraction(text) / step)
    return f"{option} {text} is not a whole number of {unit}; give {written(below)} or {written(below + 1)}"


def percent(share: int) -> str:
    return f"{format_units(share, PERCENT_DECIMALS)} %"


def instrument_as_told(venue: Venue, instrument: Instrument, absent: Mapping[int, list[int]]) -> dict[str, Any]:
    """An instrument's status, reference, band and limits in people's units; None where there is none.

    Args:
        absent: as `Venue.not_listing` gives it, once for all instruments.
    """
    limits = venue.limits.get(instrument.id, NO_LIMITS)
    reference, premium = venue.references.get(instrument.id, (0, 0))
    band = venue.price_band(instrument.id)
    return {
        "instrument": instrument.name,
        "base": instrument.base.name,
        "quote": instrument.quote.name,
        "status": status_word(venue.statuses.get(instrument.id, TradingStatus.LIVE)),
        "in_force": status_word(venue.status(instrument.id)),
        "reference": instrument.format_price(reference) if reference else None,
        "premium": instrument.format_price(premium),
        "buys_at_most": instrument.format_price(band[0]) if band else None,
        "sells_at_least": instrument.format_price(band[1]) if band else None,
        "band_percent": format_units(limits.band_e8, PERCENT_DECIMALS) if limits.band_e8 else None,
        "band_max_percent": format_units(limits.band_max_e8, PERCENT_DECIMALS) if limits.band_max_e8 else None,
        "largest_size": instrument.format_quantity(limits.largest_lots) if limits.largest_lots else None,
        "largest_notional": instrument.quote.format(limits.largest_notional) if limits.largest_notional else None,
        "deviation_percent": format_units(limits.deviation_e8, PERCENT_DECIMALS) if limits.deviation_e8 else None,
        "duplicate_ms": limits.duplicate_ms or None,
        "not_listed_by": [venue.brands[brand].name for brand in absent.get(instrument.id, [])],
    }


def status_word(status: TradingStatus) -> str:
    return status.name.lower().replace("_", "-")
