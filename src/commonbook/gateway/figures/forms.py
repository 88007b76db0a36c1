"""How figures are written: CoinMarketCap's form and CoinGecko's. All amounts and prices are exact decimal strings."""

from dataclasses import dataclass
from typing import Any

from commonbook.gateway.figures.parts import Part, Volume
from commonbook.instrument.model import Asset, Instrument, Rates
from commonbook.marketdata.book import PublicBook
from commonbook.marketdata.queries import DayFigures
from commonbook.records import Side, TradingStatus
from commonbook.units import format_units

Object = dict[str, Any]
_PERCENT_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Market:
    """A pair as it is told: its day, its book, and whose volume."""

    instrument: Instrument
    day: DayFigures
    book: PublicBook
    volume: Volume
    status: TradingStatus

    @property
    def name(self) -> str:
        return pair_name(self.instrument)

    def price(self, ticks: int | None) -> str:
        return "0" if ticks is None else self.instrument.format_price(ticks)

    @property
    def last(self) -> str:
        return self.price(self.day.last["price_ticks"] if self.day.last else None)

    def best(self, side: Side) -> str:
        level = self.book.best(side)
        return self.price(level[0] if level else None)

    @property
    def base_volume(self) -> str:
        return self.instrument.base.format(self.volume.base_minor)

    @property
    def quote_volume(self) -> str:
        return self.instrument.quote.format(self.volume.quote_minor)

    @property
    def change(self) -> str:
        """From the first trade of the 24 hours to the newest, in percent, cut behind four decimals."""
        if self.day.open_ticks is None or self.day.last is None:
            return "0"
        moved = self.day.last["price_ticks"] - self.day.open_ticks
        cut = abs(moved) * 100 * 10**_PERCENT_DECIMALS // self.day.open_ticks
        return format_units(cut if moved > 0 else -cut, _PERCENT_DECIMALS)


def pair_name(instrument: Instrument) -> str:
    return f"{instrument.base.name}_{instrument.quote.name}"


def summary(market: Market) -> Object:
    return {
        "trading_pairs": market.name,
        "base_currency": market.instrument.base.name,
        "quote_currency": market.instrument.quote.name,
        "last_price": market.last,
        "lowest_ask": market.best(Side.SELL),
        "highest_bid": market.best(Side.BUY),
        "base_volume": market.base_volume,
        "quote_volume": market.quote_volume,
        "price_change_percent_24h": market.change,
        "highest_price_24h": market.price(market.day.high_ticks),
        "lowest_price_24h": market.price(market.day.low_ticks),
    }


def ticker(market: Market) -> Object:
    return {
        "last_price": market.last,
        "base_volume": market.base_volume,
        "quote_volume": market.quote_volume,
        "isFrozen": "0" if market.status is TradingStatus.LIVE else "1",
    }


def gecko_ticker(market: Market) -> Object:
    return {
        "ticker_id": market.name,
        "base_currency": market.instrument.base.name,
        "target_currency": market.instrument.quote.name,
        "last_price": market.last,
        "base_volume": market.base_volume,
        "target_volume": market.quote_volume,
        "bid": market.best(Side.BUY),
        "ask": market.best(Side.SELL),
        "high": market.price(market.day.high_ticks),
        "low": market.price(market.day.low_ticks),
    }


def pair(instrument: Instrument) -> Object:
    return {"ticker_id": pair_name(instrument), "base": instrument.base.name, "target": instrument.quote.name}


def asset(one: Asset, rates: Rates) -> Object:
    """Custody is closed: nothing can be deposited or withdrawn by its owner."""
    fees = {"maker_fee": format_units(rates.maker_e8, 8), "taker_fee": format_units(rates.taker_e8, 8)}
    closed = {"can_withdraw": "false", "can_deposit": "false", "min_withdraw": "0"}
    return {"name": one.name} | closed | fees


def book(instrument: Instrument, found: PublicBook, levels: int, now_ms: int) -> Object:
    def side(which: Side) -> list[list[str]]:
        depth = found.depth(which, levels)
        return [[instrument.format_price(price), instrument.format_quantity(lots)] for price, lots, _ in depth]

    bids, asks = side(Side.BUY), side(Side.SELL)
    return {"ticker_id": pair_name(instrument), "timestamp": str(now_ms), "bids": bids, "asks": asks}


def trade(instrument: Instrument, part: Part) -> Object:
    return {
        "trade_id": part.trade,
        "price": instrument.format_price(part.price_ticks),
        "base_volume": instrument.base.format(part.base_minor),
        "quote_volume": instrument.quote.format(part.quote_minor),
        "timestamp": part.time_ns // 10**6,
        "type": "buy" if part.is_buy else "sell",
    }


def gecko_trade(instrument: Instrument, part: Part) -> Object:
    told = trade(instrument, part)
    renamed = {"target_volume": told.pop("quote_volume"), "trade_timestamp": told.pop("timestamp")}
    return {name: told[name] for name in ("trade_id", "price", "base_volume")} | renamed | {"type": told["type"]}
