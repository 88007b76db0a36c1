"""Statement lines of many fill sides at once. Rules B-20 and B-21; `statement` says what a line must hold.

Whoever has a part in a side's commission has a line for it in its own statement. The text of all of them is the same
but for what is its own, which stands last, so the text of a side is made once.
"""

import json
from collections.abc import Sequence

import numpy as np

from commonbook.broker.deciding import reason_of
from commonbook.broker.judging import REASONS
from commonbook.broker.model import BIT, RULE_VERSION
from commonbook.broker.rates import Product
from commonbook.broker.sides import Sides
from commonbook.columns import product, spread, units_of
from commonbook.instrument.model import Instrument
from commonbook.instrument.venue import Venue
from commonbook.records import Attribution, Channel, FillRole, amount
from commonbook.units import HOUR_NS, format_units

# A line up to what is a broker's own. What many sides say alike is filled in once for each kind of them; what has %% is
# each side's own.
_OF_KIND = (
    '{"account":"%%d","affiliated":%s,"attribution":"%s","base":"%%d","cap_e8":"%d","channel":"%s","claimed":"%%d",'
    '"discount":"%d","excluded_by":%s,"fill":"%%d-%%d","index_price_e8":"%d","index_sequence":"%d","instrument":%s,'
    '"kind":"fill","level":"%d","maker_fee":"%%d","notional":"%%d",%s"order":"%%d","price":"%%b","product":"%s",'
    '"quantity":"%%b","quote_asset":%s,"quote_scale":"%d","reason":"%s","role":"%s","rule_version":"%s",'
    '"subsidised":%s,"taker_fee":"%%d","time_ns":"%%d","trade":"%%d","withheld":"%s","your":'
)
_ALIKE = (
    *("affiliated", "attribution", "cap_e8", "channel", "failed", "cut", "index_price_e8", "index_sequence"),
    *("instrument", "level", "role", "subsidised", "withheld"),
)
# What a line ends in, behind the text of its side; of a root with what it has given away.
OF_ROOT = b'%b{"commission":"%d","given":%b,"paid":"%d","pool":"%d","rate_e8":"%d"}}'
OF_PART = b'%b{"commission":"%d","paid":"%d","points_e8":"%d"}}'
REMEMBERED = 200_000  # texts of numbers; then they are made anew
_BOOLEAN = ("false", "true")
_ATTRIBUTION = {int(one): one.name for one in Attribution}
_CHANNEL = {int(one): one.name for one in Channel}
_WITHHELD = ("", *(one.value for one in REASONS))
_ROLE = {int(one): one.name.lower() for one in FillRole}


def common_texts(sides: Sides, hour: int, venue: Venue) -> list[bytes]:
    """What all lines of a side begin with.

    Args:
        hour: in which the sides are settled; what is of another says so (B-14).
    """
    return Texts(hour, venue).of(sides)


class Texts:
    """What all lines of a side begin with, of as many sides as come."""

    def __init__(self, hour: int, venue: Venue) -> None:
        """
        Args:
            hour: in which the sides are settled; what is of another says so (B-14).
        """
        self._hour, self._venue = hour, venue
        self._instruments: dict[int, _Instrument] = {}
        self._numbers: dict[tuple[int, int], _Told] = {}  # by mantissa and scale: instruments often share them

    def of(self, sides: Sides) -> list[bytes]:
        if not len(sides):
            return []

        def wide(name: str) -> list[int]:
            found: list[int] = units_of(sides[name]).tolist()
            return found

        instruments, at = np.unique(sides["instrument"], return_inverse=True)
        known = [self._instrument(number) for number in instruments.tolist()]
        traded = [known[one] for one in at.tolist()]
        kinds, first = _kinds(sides)
        of_kind = [_of_kind(sides[one], self._hour, traded[one]) for one in first]
        prices, quantities = sides["price_ticks"], sides["quantity_lots"]
        columns = (  # as _OF_KIND has them
            *(sides["account"].tolist(), wide("base"), wide("claimed")),
            *(sides["sequence"].tolist(), sides["index"].tolist(), wide("maker_fee")),
            product(product(prices, quantities), spread([one.minor_per_tick_lot for one in known], at)).tolist(),
            sides["order"].tolist(),
            [one.prices[ticks] for one, ticks in zip(traded, prices.tolist(), strict=True)],
            [one.quantities[lots] for one, lots in zip(traded, quantities.tolist(), strict=True)],
            *(wide("taker_fee"), sides["time_ns"].tolist(), sides["trade"].tolist()),
        )
        return [of_kind[kind] % row for kind, row in zip(kinds, zip(*columns, strict=True), strict=True)]

    def _instrument(self, number: int) -> "_Instrument":
        found = self._instruments.get(number)
        if found is None:
            instrument = self._venue.instruments[number]
            prices = self._told(instrument.tick_mantissa, instrument.tick_scale)
            quantities = self._told(instrument.lot_mantissa, instrument.lot_scale)
            found = self._instruments[number] = _Instrument(instrument, prices, quantities)
        return found

    def _told(self, mantissa: int, scale: int) -> "_Told":
        return self._numbers.setdefault((mantissa, scale), _Told(mantissa, scale))


def _kinds(sides: Sides) -> tuple[list[int], list[int]]:
    """Which sides say the same but for what is each one's own: the kind of each, and a place of each kind."""
    kind = np.zeros(len(sides), np.int64)
    for column in (sides["time_ns"] // HOUR_NS, units_of(sides["discount"]), *(sides[name] for name in _ALIKE)):
        if (column != column[0]).any():
            distinct, at = np.unique(column, return_inverse=True)
            _, kind = np.unique(kind * len(distinct) + at, return_inverse=True)
    _, first, kind = np.unique(kind, return_index=True, return_inverse=True)
    return kind.tolist(), first.tolist()


def _of_kind(side: np.void, hour: int, instrument: "_Instrument") -> bytes:
    of_hour = int(side["time_ns"]) // HOUR_NS
    failed = int(side["failed"])
    told = (
        *(_BOOLEAN[int(side["affiliated"])], _ATTRIBUTION[int(side["attribution"])], int(side["cap_e8"])),
        *(_CHANNEL[int(side["channel"])], amount(side["discount"]), _reasons(failed)),
        *(int(side["index_price_e8"]), int(side["index_sequence"]), instrument.name.replace("%", "%%")),
        *(int(side["level"]), "" if of_hour == hour else f'"of_hour":"{of_hour}",', Product.SPOT.value),
        *(instrument.quote.replace("%", "%%"), instrument.quote_scale),
        *(
            reason_of(failed, bool(side["cut"])).value,
            _ROLE[int(side["role"])],
            RULE_VERSION,
            _BOOLEAN[int(side["subsidised"])],
        ),
        _WITHHELD[int(side["withheld"])],
    )
    return (_OF_KIND % told).encode("ascii")


def _reasons(bits: int) -> str:
    """All exclusions as JSON."""
    return "[" + ",".join(f'"{reason.value}"' for reason, bit in BIT.items() if bits & bit) + "]"


class _Told(dict[int, bytes]):
    """What is said of a number, made once: prices and sizes come again and again."""

    def __init__(self, mantissa: int, scale: int) -> None:
        super().__init__()
        self._mantissa, self._scale = mantissa, scale

    def __missing__(self, number: int) -> bytes:
        if len(self) >= REMEMBERED:
            self.clear()
        self[number] = told = format_units(number * self._mantissa, self._scale).encode("ascii")
        return told


class _Instrument:
    """What lines say of one."""

    def __init__(self, instrument: Instrument, prices: _Told, quantities: _Told) -> None:
        self.name = json.dumps(instrument.name)
        self.quote, self.quote_scale = json.dumps(instrument.quote.name), instrument.quote.scale
        self.minor_per_tick_lot = instrument.minor_per_tick_lot
        self.prices, self.quantities = prices, quantities


def given_away(parts: Sequence[tuple[str, int]]) -> str:
    """What a root gives away, as its lines have it.

    Args:
        parts: the codes below, and "user", each with its points of the base.
    """
    return "[" + ",".join(f'["{code}","{points}"]' for code, points in parts) + "]"
