"""Splits of an asset. Rules: docs/rules/splits.md."""

from commonbook.qa.plain import Command
from commonbook.qa.referee.configuration import tell_config
from commonbook.qa.referee.funds import credit, free
from commonbook.qa.referee.state import LIMIT, State, demand
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    ROUNDING_ACCOUNT,
    SUBSIDY_ACCOUNT,
    Refusal,
    TradingStatus,
)


def split_asset(state: State, command: Command) -> None:
    old, new = command["asset"], command["new_asset"]
    numerator, denominator, key = command["numerator"], command["denominator"], command["key"]
    demand(key != b"" and numerator > 0 and denominator > 0 and old != new, Refusal.MALFORMED)
    demand(old in state.assets and new in state.assets, Refusal.UNKNOWN_ASSET)
    demand(state.assets[old][0] == state.assets[new][0], Refusal.BAD_SCALE)
    demand(key not in state.keys, Refusal.DUPLICATE_KEY)
    demand(not {old, new} & state.closed_assets, Refusal.ASSET_CLOSED)
    demand(everything(state, new) == 0, Refusal.ASSET_IN_USE)
    concerned = {number for number, one in state.instruments.items() if old in (one["base"], one["quote"])}
    halted = {number for number in concerned if state.statuses.get(number) == TradingStatus.HALTED}
    demand(concerned == halted, Refusal.NOT_HALTED)
    demand(not any(order.instrument in concerned for order in state.resting), Refusal.ORDERS_REST)
    demand(not any(free(state, account, old) for account in (FEE_POOL_ACCOUNT, SUBSIDY_ACCOUNT)), Refusal.CLAIMS_OPEN)
    total = everything(state, old) * numerator // denominator
    demand(total < LIMIT, Refusal.OVERFLOW)
    state.closed_assets.add(old)
    state.keys.add(key)
    state.accounts.setdefault(ROUNDING_ACCOUNT, {"person": 0, "brand": 0, "level": 0})
    tell_config(state, command)
    left = total
    for account in sorted(account for (account, asset), units in state.available.items() if asset == old and units):
        units = free(state, account, old)
        share = units * numerator // denominator
        credit(state, command, account, -units)
        if share:
            credit(state, {**command, "asset": new}, account, share)
        left -= share
    if left:
        credit(state, {**command, "asset": new}, ROUNDING_ACCOUNT, left)


def everything(state: State, asset: int) -> int:
    """What there is of an asset in all accounts."""
    return sum(units for (_, one), units in [*state.available.items(), *state.held.items()] if one == asset)
