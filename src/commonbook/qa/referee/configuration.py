"""What there is: assets, instruments, brands, accounts, broker codes, trading status. Rules: docs/rules/refusals.md."""

from commonbook.qa.plain import Command
from commonbook.qa.referee.state import LIMIT, Refused, State, demand
from commonbook.records import FIRST_USER_ACCOUNT, EventKind, Refusal, TradingStatus


def tell_config(state: State, command: Command) -> None:
    state.tell(EventKind.CONFIG, command_kind=int(command["kind"]))


def set_price(state: State, command: Command) -> None:
    demand(command["price_e8"] > 0 and command["asset"] != command["quote_asset"], Refusal.MALFORMED)
    demand(command["asset"] in state.assets and command["quote_asset"] in state.assets, Refusal.UNKNOWN_ASSET)
    tell_config(state, command)


def add_asset(state: State, command: Command) -> None:
    asset, wanted = command["asset"], (command["scale"], command["name"])
    demand(asset > 0 and wanted[1] != b"", Refusal.MALFORMED)
    demand(wanted[0] <= 18, Refusal.BAD_SCALE)
    known = state.assets.get(asset)
    taken = any(name == wanted[1] for other, (_, name) in state.assets.items() if other != asset)
    demand(known in (None, wanted) and not taken, Refusal.DUPLICATE_ID)
    state.assets[asset] = wanted
    tell_config(state, command)


def add_instrument(state: State, command: Command) -> None:
    number = command["instrument"]
    demand(
        number > 0
        and command["base_asset"] != command["quote_asset"]
        and command["name"] != b""
        and command["tick_mantissa"] > 0
        and command["lot_mantissa"] > 0
        and command["minimum_lots"] > 0,
        Refusal.MALFORMED,
    )
    demand(command["base_asset"] in state.assets and command["quote_asset"] in state.assets, Refusal.UNKNOWN_ASSET)
    demand(command["tick_scale"] <= 36 and command["lot_scale"] <= 36, Refusal.BAD_SCALE)
    base_scale = state.assets[command["base_asset"]][0]
    quote_scale = state.assets[command["quote_asset"]][0]
    lot_minor = whole_units(command["lot_mantissa"], command["lot_scale"], base_scale)
    minor_per_tick_lot = whole_units(
        command["tick_mantissa"] * command["lot_mantissa"],
        command["tick_scale"] + command["lot_scale"],
        quote_scale,
    )
    wanted = {
        "base": command["base_asset"],
        "quote": command["quote_asset"],
        "tick": (command["tick_mantissa"], command["tick_scale"]),
        "lot": (command["lot_mantissa"], command["lot_scale"]),
        "minimum": command["minimum_lots"],
        "name": command["name"],
        "lot_minor": lot_minor,
        "minor_per_tick_lot": minor_per_tick_lot,
    }
    known = state.instruments.get(number, wanted)
    taken = any(item["name"] == wanted["name"] for other, item in state.instruments.items() if other != number)
    demand(known == wanted and not taken, Refusal.DUPLICATE_ID)
    closed = {wanted["base"], wanted["quote"]} & state.closed_assets
    demand(number in state.instruments or not closed, Refusal.ASSET_CLOSED)
    state.instruments[number] = wanted
    tell_config(state, command)


def whole_units(mantissa: int, scale: int, asset_scale: int) -> int:
    """mantissa x 10^-scale of an asset in its ledger units, or BAD_SCALE when that is not a whole number."""
    if mantissa * 10**asset_scale % 10**scale:
        raise Refused(Refusal.BAD_SCALE)
    units = mantissa * 10**asset_scale // 10**scale
    demand(0 < units < LIMIT, Refusal.BAD_SCALE)
    return int(units)


def add_brand(state: State, command: Command) -> None:
    brand, name = command["brand"], command["name"]
    demand(brand > 0 and name != b"", Refusal.MALFORMED)
    taken = any(other_name == name for other, other_name in state.brands.items() if other != brand)
    demand(state.brands.get(brand, name) == name and not taken, Refusal.DUPLICATE_ID)
    state.brands[brand] = name
    tell_config(state, command)


def open_account(state: State, command: Command) -> None:
    account = command["account"]
    demand(account > 0 and command["person"] > 0, Refusal.MALFORMED)
    demand(command["level"] <= 9, Refusal.MALFORMED)
    demand(account >= FIRST_USER_ACCOUNT, Refusal.SYSTEM_ACCOUNT)
    demand(command["brand"] in state.brands, Refusal.UNKNOWN_BRAND)
    wanted = {"person": command["person"], "brand": command["brand"], "level": command["level"]}
    known = state.accounts.get(account, wanted)
    same = (known["person"], known["brand"]) == (wanted["person"], wanted["brand"])
    demand(same, Refusal.DUPLICATE_ID)
    state.accounts[account] = wanted
    tell_config(state, command)


def demand_user(state: State, account: int) -> None:
    demand(account in state.accounts, Refusal.UNKNOWN_ACCOUNT)
    demand(account >= FIRST_USER_ACCOUNT, Refusal.SYSTEM_ACCOUNT)


def set_broker_code(state: State, command: Command) -> None:
    broker, code, payout = command["broker"], command["code"], command["payout_account"]
    demand(broker > 0 and command["active"] in (0, 1), Refusal.MALFORMED)
    demand(code != b"" and code.isalnum(), Refusal.MALFORMED)
    demand_user(state, payout)
    known = state.codes.get(broker)
    taken = any(item["code"] == code for other, item in state.codes.items() if other != broker)
    demand((known is None or known["code"] == code) and not taken, Refusal.DUPLICATE_ID)
    state.codes[broker] = {"code": code, "payout": payout, "active": command["active"]}
    tell_config(state, command)


def set_status(state: State, command: Command) -> None:
    instrument = command["instrument"]
    demand(command["status"] in list(TradingStatus), Refusal.MALFORMED)
    demand(instrument == 0 or instrument in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    for_good = instrument != 0 and is_closed(state, instrument)
    demand(command["status"] == TradingStatus.HALTED or not for_good, Refusal.ASSET_CLOSED)
    state.statuses[instrument] = command["status"]
    tell_config(state, command)


def is_closed(state: State, instrument: int) -> bool:
    """Whether one of an instrument's assets is closed."""
    facts = state.instruments[instrument]
    return bool({facts["base"], facts["quote"]} & state.closed_assets)


def status_of(state: State, instrument: int) -> int:
    """The stricter of the venue's status and the instrument's own."""
    live = int(TradingStatus.LIVE)
    return max(state.statuses.get(0, live), state.statuses.get(instrument, live))
