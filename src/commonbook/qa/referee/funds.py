"""Balances, and what moves them from outside: deposits, withdrawals, transfers. Rules: docs/rules/counter.md."""

from commonbook.qa.plain import Command
from commonbook.qa.referee.state import LIMIT, State, demand
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    FIRST_USER_ACCOUNT,
    ROUNDING_ACCOUNT,
    CommandKind,
    EventKind,
    Refusal,
)


def move_funds(state: State, command: Command) -> None:
    account, to, asset = command["account"], command["to_account"], command["asset"]
    kind, amount, key = command["kind"], command["amount"], command["key"]
    transfer = kind == CommandKind.TRANSFER
    demand(key != b"", Refusal.MALFORMED)
    demand(asset in state.assets, Refusal.UNKNOWN_ASSET)
    demand(account in state.accounts and (to in state.accounts or not transfer), Refusal.UNKNOWN_ACCOUNT)
    if kind == CommandKind.DEPOSIT:
        demand(account not in (FEE_POOL_ACCOUNT, ROUNDING_ACCOUNT), Refusal.SYSTEM_ACCOUNT)
    if kind == CommandKind.WITHDRAWAL:
        demand(account >= FIRST_USER_ACCOUNT, Refusal.SYSTEM_ACCOUNT)
    demand(not transfer or account != to, Refusal.SAME_ACCOUNT)
    demand(amount > 0, Refusal.BAD_AMOUNT)
    demand(key not in state.keys, Refusal.DUPLICATE_KEY)
    demand(asset not in state.closed_assets, Refusal.ASSET_CLOSED)
    demand(amount < LIMIT, Refusal.OVERFLOW)
    if kind == CommandKind.DEPOSIT:
        everything = sum(units for (_, a), units in [*state.available.items(), *state.held.items()] if a == asset)
        demand(everything + amount < LIMIT, Refusal.OVERFLOW)
    else:
        demand(free(state, account, asset) >= amount, Refusal.INSUFFICIENT_FUNDS)
    state.keys.add(key)
    if kind == CommandKind.DEPOSIT:
        credit(state, command, account, amount)
    else:
        credit(state, command, account, -amount)
    if transfer:
        credit(state, command, to, amount)


def credit(state: State, command: Command, account: int, amount: int) -> None:
    asset = command["asset"]
    add(state, state.available, account, asset, amount)
    state.tell(
        EventKind.BALANCE,
        account=account,
        asset=asset,
        command_kind=int(command["kind"]),
        available_delta=amount,
        available=free(state, account, asset),
    )


def free(state: State, account: int, asset: int) -> int:
    return state.available.get((account, asset), 0)


def add(state: State, balances: dict[tuple[int, int], int], account: int, asset: int, amount: int) -> None:
    after = balances.get((account, asset), 0) + amount
    if after < 0 or after >= LIMIT:
        raise ArithmeticError(f"balance of account {account} asset {asset} would be {after}")
    balances[account, asset] = after


def hold(state: State, account: int, asset: int, amount: int) -> None:
    """Move from available to held, or back when below zero."""
    add(state, state.available, account, asset, -amount)
    add(state, state.held, account, asset, amount)
