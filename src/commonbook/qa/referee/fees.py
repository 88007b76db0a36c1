"""Fee schedules and what a rate makes of an amount. Rules: docs/rules/fees.md."""

from commonbook.qa.plain import Command
from commonbook.qa.referee.configuration import demand_user, tell_config
from commonbook.qa.referee.state import RATE_ONE, State, demand
from commonbook.records import FeeScope, Refusal


def set_fees(state: State, command: Command) -> None:
    maker, taker, claim = command["maker_rate_e8"], command["taker_rate_e8"], command["highest_claim_e8"]
    scope, brand, account = command["scope"], command["brand"], command["account"]
    demand(scope in list(FeeScope) and command["level"] <= 9 and command["subsidised"] in (0, 1), Refusal.MALFORMED)
    demand(-RATE_ONE < maker < RATE_ONE and 0 <= taker < RATE_ONE, Refusal.MALFORMED)
    demand(0 <= claim <= RATE_ONE or scope != FeeScope.VENUE, Refusal.MALFORMED)
    floor, highest_claim = state.floor, state.highest_claim
    schedules, overrides = dict(state.schedules), dict(state.overrides)
    rates = (maker, taker, command["subsidised"])
    if scope == FeeScope.BRAND:
        demand(brand in state.brands, Refusal.UNKNOWN_BRAND)
        demand(taker >= floor[1] and maker >= floor[0], Refusal.FEE_BELOW_FLOOR)
        schedules[brand, command["level"]] = rates
    elif scope == FeeScope.ACCOUNT:
        demand_user(state, account)
        overrides[account] = rates
    else:
        above = all(theirs[1] >= taker and theirs[0] >= maker for theirs in schedules.values())
        demand(above, Refusal.FEE_BELOW_FLOOR)
        floor, highest_claim = rates, claim
    everyone = [*schedules.values(), *overrides.values()] or [floor]
    lowest_taker = min(rate[1] for rate in everyone)
    allowed = lowest_taker * (RATE_ONE - highest_claim) // RATE_ONE
    for maker_rate, _, subsidised in everyone:
        demand(bool(subsidised) or -maker_rate <= allowed, Refusal.REBATE_TOO_HIGH)
    state.floor, state.highest_claim, state.schedules, state.overrides = floor, highest_claim, schedules, overrides
    tell_config(state, command)


def rates_of(state: State, account: int) -> tuple[int, int, int]:
    """Maker rate, taker rate and subsidised, as they are fixed on an order of this account when it enters."""
    if account in state.overrides:
        return state.overrides[account]
    brand, level = state.accounts[account]["brand"], state.accounts[account]["level"]
    defined = [number for (of_brand, number) in state.schedules if of_brand == brand and number <= level]
    if defined:
        return state.schedules[brand, max(defined)]
    return state.floor


def charge(notional: int, rate: int) -> int:
    """A fee: rounded up when charged; a rebate (rate below zero) is rounded towards zero."""
    exact = notional * rate
    if exact >= 0:
        return (exact + RATE_ONE - 1) // RATE_ONE
    return -(-exact // RATE_ONE)
