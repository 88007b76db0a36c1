"""The venue's configuration in memory, kept up by the stream of accepted configuration commands."""

from dataclasses import dataclass, field, replace
from typing import Any

from commonbook.instrument.model import Account, Asset, Brand, BrokerCode, IndexPrice, Instrument, Rates
from commonbook.instrument.protection import NO_LIMITS, Limits, price_band
from commonbook.instrument.splits import Split, read_split
from commonbook.records import (
    COMMAND_LAYOUTS,
    LISTING,
    Batch,
    CommandKind,
    EventKind,
    FeeScope,
    KillScope,
    ListingMode,
    Records,
    TradingStatus,
    amount,
    of_kind,
)
from commonbook.units import Lots

NO_FEES = Rates(0, 0, False)


@dataclass
class Venue:
    """Everything by id; `apply` keeps it in step with the engine."""

    assets: dict[int, Asset] = field(default_factory=dict)
    instruments: dict[int, Instrument] = field(default_factory=dict)
    brands: dict[int, Brand] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)
    codes: dict[int, BrokerCode] = field(default_factory=dict)
    schedules: dict[tuple[int, int], Rates] = field(default_factory=dict)
    overrides: dict[int, Rates] = field(default_factory=dict)
    floor: Rates = NO_FEES
    highest_claim_e8: int = 0  # share of a fee that claims may take (F-5)
    prices: dict[tuple[int, int], IndexPrice] = field(default_factory=dict)  # the newest
    _superseded: dict[tuple[int, int], list[IndexPrice]] = field(default_factory=dict)  # within the newest batch
    statuses: dict[int, TradingStatus] = field(default_factory=dict)  # 0: the whole venue
    limits: dict[int, Limits] = field(default_factory=dict)
    references: dict[int, tuple[int, int]] = field(default_factory=dict)  # instrument: reference and premium, ticks
    kills: set[tuple[KillScope, int]] = field(default_factory=set)  # scope and target of each switch that is on
    closed: set[tuple[int, int]] = field(default_factory=set)  # brand and instrument that it does not list
    splits: dict[int, Split] = field(default_factory=dict)  # by the asset that is closed
    listing_changes: int = 0  # counts instruments and changes of listings

    def apply(self, batch: Batch) -> Records:
        """Take in a batch's accepted configuration commands; gives them back, COMMAND records in order."""
        chosen = accepted_configuration(batch)
        self._superseded.clear()
        self.apply_commands(chosen)
        return chosen

    def apply_commands(self, accepted: Records) -> None:
        """Take in accepted configuration commands, COMMAND records in order.

        Listings depend on nothing else, and of a thousand brands there are many: they are taken in together.
        """
        is_listing = accepted["kind"] == CommandKind.LISTING
        for command in accepted[~is_listing]:
            self.apply_command(command)
        listings = accepted[is_listing].view(LISTING)
        names = ("mode", "brand", "instrument")
        for mode, brand, instrument in zip(*(listings[name].tolist() for name in names), strict=True):
            (self.closed.add if mode == ListingMode.CLOSED else self.closed.discard)((brand, instrument))
        self.listing_changes += len(listings)

    def apply_command(self, command: Any) -> None:
        """Take in one accepted configuration command, a COMMAND record."""
        kind = CommandKind(int(command["kind"]))
        row = command.reshape(1).view(COMMAND_LAYOUTS[kind])[0]
        match kind:
            case CommandKind.ASSET:
                asset = Asset(int(row["asset"]), row["name"].decode(errors="replace"), int(row["scale"]))
                self.assets[asset.id] = asset
            case CommandKind.INSTRUMENT:
                self._instrument(row)
            case CommandKind.BRAND:
                self.brands[int(row["brand"])] = Brand(int(row["brand"]), row["name"].decode(errors="replace"))
            case CommandKind.ACCOUNT:
                account = Account(int(row["account"]), int(row["person"]), int(row["brand"]), int(row["level"]))
                self.accounts[account.id] = account
            case CommandKind.FEES:
                self._fees(row)
            case CommandKind.BROKER_CODE:
                broker = int(row["broker"])
                active, payout = bool(row["active"]), int(row["payout_account"])
                self.codes[broker] = BrokerCode(broker, row["code"].decode(errors="replace"), active, payout)
            case CommandKind.PRICE:
                pair = (int(row["asset"]), int(row["quote_asset"]))
                self.set_price(pair, int(row["price_e8"]), int(row["sequence"]), int(row["time_ns"]))
            case CommandKind.STATUS:
                self.statuses[int(row["instrument"])] = TradingStatus(int(row["status"]))
            case CommandKind.LIMITS:
                self.limits[int(row["instrument"])] = Limits(
                    band_e8=int(row["band_e8"]),
                    band_max_e8=int(row["band_max_e8"]),
                    largest_lots=int(row["largest_lots"]),
                    largest_notional=amount(row["largest_notional"]),
                    deviation_e8=int(row["deviation_e8"]),
                    duplicate_ms=int(row["duplicate_ms"]),
                )
            case CommandKind.REFERENCE:
                self.references[int(row["instrument"])] = (int(row["reference_ticks"]), int(row["premium_ticks"]))
            case CommandKind.KILL:
                switch = (KillScope(int(row["scope"])), int(row["target"]))
                (self.kills.add if row["active"] else self.kills.discard)(switch)
            case CommandKind.LISTING:
                self.apply_commands(command.reshape(1))
            case CommandKind.SPLIT:
                split = read_split(row)
                self.splits[split.asset] = split
            case _:
                return

    def set_price(self, pair: tuple[int, int], price_e8: int, sequence: int, time_ns: int) -> None:
        """The index price of an asset in another from a sequence on."""
        if pair in self.prices:
            self._superseded.setdefault(pair, []).append(self.prices[pair])
        self.prices[pair] = IndexPrice(price_e8, sequence, time_ns)

    def prices_of_batch(self, pair: tuple[int, int]) -> list[IndexPrice]:
        """The index prices that the newest batch has set, in order, behind the one that was in force before it."""
        superseded = self._superseded.get(pair, [])
        return [*superseded, self.prices[pair]] if superseded else []

    def price_at(self, pair: tuple[int, int], sequence: int) -> IndexPrice | None:
        """The index price in force at a sequence of the newest batch, which may have set several (B-6)."""
        newest = self.prices.get(pair)
        if newest is None or newest.sequence < sequence:
            return newest
        return next((one for one in reversed(self._superseded.get(pair, [])) if one.sequence < sequence), None)

    def _instrument(self, row: Any) -> None:
        instrument = Instrument(
            id=int(row["instrument"]),
            name=row["name"].decode(errors="replace"),
            base=self.assets[int(row["base_asset"])],
            quote=self.assets[int(row["quote_asset"])],
            tick_scale=int(row["tick_scale"]),
            tick_mantissa=int(row["tick_mantissa"]),
            lot_scale=int(row["lot_scale"]),
            lot_mantissa=int(row["lot_mantissa"]),
            minimum_lots=Lots(int(row["minimum_lots"])),
            listed_ns=int(row["time_ns"]),
        )
        self.instruments[instrument.id] = instrument
        self.listing_changes += 1

    def _fees(self, row: Any) -> None:
        rates = Rates(int(row["maker_rate_e8"]), int(row["taker_rate_e8"]), bool(row["subsidised"]))
        match FeeScope(int(row["scope"])):
            case FeeScope.BRAND:
                self.schedules[int(row["brand"]), int(row["level"])] = rates
            case FeeScope.ACCOUNT:
                self.overrides[int(row["account"])] = rates
            case FeeScope.VENUE:
                self.floor = rates
                self.highest_claim_e8 = int(row["highest_claim_e8"])

    def rates(self, account: Account) -> Rates:
        """Rule F-3: its own rates, else its brand's at the highest level not above its own, else the floor."""
        if account.id in self.overrides:
            return self.overrides[account.id]
        for level in range(account.level, -1, -1):
            if (account.brand, level) in self.schedules:
                return self.schedules[account.brand, level]
        return self.floor

    def status(self, instrument: int) -> TradingStatus:
        """The stricter of the instrument's and the venue's."""
        return max(self.statuses.get(instrument, TradingStatus.LIVE), self.statuses.get(0, TradingStatus.LIVE))

    def status_for(self, brand: int, instrument: int) -> TradingStatus:
        """The strictest that a brand's accounts meet: a switch that is on leaves them their cancels (P-8).

        Args:
            brand: 0 for nobody's in particular.
        """
        switches = {(KillScope.VENUE, 0), (KillScope.BRAND, brand), (KillScope.INSTRUMENT, instrument)}
        found = self.status(instrument)
        return max(found, TradingStatus.CANCEL_ONLY) if switches & self.kills else found

    def is_listed(self, brand: int, instrument: int) -> bool:
        """P-15: whether a brand's accounts trade an instrument."""
        return (brand, instrument) not in self.closed

    def not_listing(self) -> dict[int, list[int]]:
        """By instrument the brands that do not list it, in order of their ids; without those that all list."""
        found: dict[int, list[int]] = {}
        for brand, instrument in sorted(self.closed):
            found.setdefault(instrument, []).append(brand)
        return found

    def listed_by(self, brand: int) -> "Venue":
        """The venue with the instruments that a brand lists; everything else is shared with this one."""
        closed = {instrument for whose, instrument in self.closed if whose == brand}
        if not closed:
            return self
        listed = {number: one for number, one in self.instruments.items() if number not in closed}
        return replace(self, instruments=listed)

    def price_band(self, instrument: int) -> tuple[int, int] | None:
        """P-1: the highest price of a buy and the lowest of a sell; nothing where there is no band."""
        limits = self.limits.get(instrument, NO_LIMITS)
        return price_band(*self.references.get(instrument, (0, 0)), limits.band_e8, limits.band_max_e8)

    def instrument_named(self, name: str) -> Instrument | None:
        return next((one for one in self.instruments.values() if one.name == name), None)

    def asset_named(self, name: str) -> Asset | None:
        return next((one for one in list(self.assets.values()) if one.name == name), None)

    def broker_coded(self, code: str) -> BrokerCode | None:
        return next((one for one in list(self.codes.values()) if one.code == code), None)


def accepted_configuration(batch: Batch) -> Records:
    """The commands of a batch that a CONFIG event answers."""
    sequences = of_kind(batch.events, EventKind.CONFIG)["sequence"]
    return batch.commands[(sequences - batch.first).astype("int64")] if len(sequences) else batch.commands[:0]
