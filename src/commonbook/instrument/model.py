"""What is traded and by whom, as plain data."""

from dataclasses import dataclass

from commonbook.records import Side
from commonbook.units import Lots, Minor, Ticks, format_units, parse_units


@dataclass(frozen=True, slots=True)
class Asset:
    id: int
    name: str
    scale: int  # ledger units are 10**-scale

    def format(self, minor: int) -> str:
        return format_units(minor, self.scale)

    def parse(self, text: str) -> Minor:
        return Minor(parse_units(text, self.scale))


@dataclass(frozen=True, slots=True)
class Instrument:
    """A pair. The tick is tick_mantissa x 10**-tick_scale whole quote units, the lot likewise in base units."""

    id: int
    name: str
    base: Asset
    quote: Asset
    tick_scale: int
    tick_mantissa: int
    lot_scale: int
    lot_mantissa: int
    minimum_lots: Lots
    listed_ns: int

    @property
    def minor_per_tick_lot(self) -> int:
        """Quote ledger units that one lot costs at one tick; whole by rule C-1."""
        power = self.quote.scale - self.tick_scale - self.lot_scale
        return _shifted(self.tick_mantissa * self.lot_mantissa, power)

    @property
    def lot_minor(self) -> int:
        """Base ledger units in one lot."""
        power = self.base.scale - self.lot_scale
        return _shifted(self.lot_mantissa, power)

    def paid_with(self, side: Side) -> Asset:
        """The asset that an order of this side holds."""
        return self.quote if side is Side.BUY else self.base

    def format_price(self, ticks: int) -> str:
        return format_units(ticks * self.tick_mantissa, self.tick_scale)

    def format_quantity(self, lots: int) -> str:
        return format_units(lots * self.lot_mantissa, self.lot_scale)

    def price_in_ticks(self, text: str) -> Ticks | None:
        """The price in ticks; None when it is not on a tick. Raises BadDecimal when it is no decimal at all."""
        units, rest = divmod(parse_units(text, max(self.tick_scale, 18)), 10 ** max(0, 18 - self.tick_scale))
        ticks, off = divmod(units, self.tick_mantissa)
        return None if rest or off else Ticks(ticks)

    def quantity_in_lots(self, text: str) -> Lots | None:
        """The quantity in lots; None when it is not a whole number of lots."""
        units, rest = divmod(parse_units(text, max(self.lot_scale, 18)), 10 ** max(0, 18 - self.lot_scale))
        lots, off = divmod(units, self.lot_mantissa)
        return None if rest or off else Lots(lots)


def _shifted(mantissa: int, power: int) -> int:
    factor: int = 10 ** abs(power)
    return mantissa * factor if power >= 0 else mantissa // factor


@dataclass(frozen=True, slots=True)
class Brand:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    person: int
    brand: int
    level: int


@dataclass(frozen=True, slots=True)
class BrokerCode:
    id: int
    code: str
    active: bool
    payout_account: int


@dataclass(frozen=True, slots=True)
class Rates:
    maker_e8: int  # below zero: a rebate
    taker_e8: int
    subsidised: bool


@dataclass(frozen=True, slots=True)
class IndexPrice:
    price_e8: int
    sequence: int
    time_ns: int
