"""The stake: locked and returned by transfers in the journal, and read from there. Rules PA-12 to PA-17.

The key of the transfer names phase, slot and generation, and the core has each key once: so it is the core that gives a
slot to one stake only, in one sequenced command. What the database says of it is projected from the stream, in the
batch's transaction; a crash anywhere only means that the same is done again.

A stake account is the trading account's id with bit 61 (`instrument.accounts.stake_account`). No key belongs to it, so
nothing trades or leaves it but by the host's command. What counts balances for tiers, votes, sales or distributions
passes over accounts for which `is_stake` is true: a stake earns nothing and counts in nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection, Row, insert, select, update

from commonbook.errors import Declined
from commonbook.instrument.accounts import master_of, stake_account, trading_account
from commonbook.instrument.venue import Venue
from commonbook.partnership import applications, moving, slots
from commonbook.partnership.model import Application, Facts, State, Terms, Who
from commonbook.partnership.rules import read_return_key, read_stake_key, return_key, settlement
from commonbook.partnership.slots import Slot
from commonbook.records import (
    FUNDS,
    Batch,
    CommandKind,
    EventKind,
    Records,
    amount,
    as_commands,
    commands,
    of_kind,
    words,
)
from commonbook.storage.tables.partnership import applications as application_table
from commonbook.storage.tables.partnership import payments, stakes

LOCKED, EXCESS, RETURNING, RETURNED = "locked", "excess", "returning", "returned"

log = structlog.get_logger()


# -- commands ---------------------------------------------------------------------------------------------------------


def lock_commands(venue: Venue, application: Application, terms: Terms, slot: Slot) -> Records:
    """The whole stake from the trading account to its stake account, which is opened before where it is not there.

    Raises:
        Declined: `not_claimed`.
    """
    owner = venue.accounts.get(application.account)
    asset = venue.asset_named(terms.asset)
    if owner is None or asset is None or master_of(owner.id) != owner.id:
        raise Declined(
            "not_claimed", "the stake comes from the trading account of a user: sign in with one and claim it"
        )
    transfer = commands(CommandKind.TRANSFER)
    transfer["asset"] = asset.id
    transfer["account"], transfer["to_account"] = owner.id, stake_account(owner.id)
    transfer["amount"] = words(terms.stake)
    transfer["key"] = slot.key
    if stake_account(owner.id) in venue.accounts:
        return as_commands(transfer)
    account = commands(CommandKind.ACCOUNT)
    account["account"], account["person"], account["brand"] = stake_account(owner.id), owner.person, owner.brand
    return as_commands(account, transfer)


def return_commands(connection: Connection, stake: Row[Any]) -> Records | None:
    """What is still to be paid out of a stake; None when nothing is."""
    unpaid = [row for row in payments_of(connection, stake) if not row.paid]
    if not unpaid:
        return None
    transfers = commands(CommandKind.TRANSFER, len(unpaid))
    transfers["asset"] = stake.asset
    transfers["account"] = stake_account(stake.account)
    for transfer, row in zip(transfers, unpaid, strict=True):
        transfer["to_account"] = row.account
        transfer["amount"] = words(row.amount)
        transfer["key"] = return_key(stake.phase, stake.slot, stake.generation, row.number)
    return as_commands(transfers)


# -- what the journal says --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Transfer:
    sequence: int
    time_ns: int
    asset: int
    account: int
    to_account: int
    amount: int


Locked = Callable[[Connection, Application, int], None]  # told of, at an engine time


def project(batch: Batch, venue: Venue, connection: Connection, locked: Locked) -> None:
    """Take in a batch's stakes and returns."""
    moved = of_kind(batch.events, EventKind.BALANCE)
    paid = moved[(moved["command_kind"] == CommandKind.TRANSFER) & (moved["available_delta"]["high"] < 0)]
    if not len(paid):
        return
    rows = batch.commands[(paid["sequence"] - batch.first).astype("int64")].view(FUNDS)
    ours = [row for row in rows if bytes(row["key"]).startswith((b"stake:", b"unstake:"))]
    if not ours:
        return
    slots.lock_all(connection)  # nothing is moved, reserved or freed until this batch is in
    for row in ours:
        key = bytes(row["key"])
        transfer = _Transfer(
            int(row["sequence"]),
            int(row["time_ns"]),
            int(row["asset"]),
            int(row["account"]),
            int(row["to_account"]),
            amount(row["amount"]),
        )
        locks, returns = read_stake_key(key), read_return_key(key)
        if locks is not None:
            _locked(connection, venue, transfer, *locks, locked)
        elif returns is not None:
            _paid(connection, transfer, *returns)


def _locked(
    connection: Connection, venue: Venue, transfer: _Transfer, phase: int, slot: int, generation: int, locked: Locked
) -> None:
    application = _staked_by(connection, venue, transfer, phase)
    if application is None:
        if slots.is_known(connection, phase):  # a second database that is built from the journal knows no phases
            told = {"phase": phase, "slot": slot, "generation": generation, "sequence": transfer.sequence}
            log.warning("partnership.key_used", **told)
        slots.pass_key(connection, phase, slot, generation)
        return
    wanted = application.state is State.DEPOSIT_PENDING
    has_it = wanted and slots.give(connection, phase, slot, generation, application.id)
    row = {
        "phase": phase,
        "slot": slot,
        "generation": generation,
        "application": application.id,
        "account": transfer.account,
        "asset": transfer.asset,
        "amount": transfer.amount,
        "sequence": transfer.sequence,
        "locked_ns": transfer.time_ns,
        "state": LOCKED if has_it else EXCESS,
    }
    connection.execute(insert(stakes).values(**row))
    if has_it:
        facts = Facts(claimed=True, stake_locked=True)
        actor, cause = moving.BACK_OFFICE, f"stake:{transfer.sequence}"
        moved = moving.move(
            connection, application, State.DEPOSIT_LOCKED, Who.SYSTEM, facts, actor, cause, now_ns=transfer.time_ns
        )
        locked(connection, moved, transfer.time_ns)
    else:  # it has one already, or was given up meanwhile: this one goes back
        slots.pass_key(connection, phase, slot, generation)
        keep_payments(connection, row, [])


def _staked_by(connection: Connection, venue: Venue, transfer: _Transfer, phase: int) -> Application | None:
    """Whose stake a transfer is, when it is one: all of it, from a trading account to its own stake account."""
    if transfer.to_account != stake_account(trading_account(transfer.account)):
        return None
    chosen = select(application_table.c.application).where(
        application_table.c.phase == phase, application_table.c.account == transfer.account
    )
    number = connection.execute(chosen.order_by(application_table.c.application.desc()).limit(1)).scalar()
    if number is None:
        return None
    application = applications.find(connection, int(number))
    terms = moving.terms_of(connection, application)
    asset = venue.assets.get(transfer.asset)
    is_whole = asset is not None and asset.name == terms.asset and transfer.amount == terms.stake
    return application if is_whole else None


def _paid(connection: Connection, transfer: _Transfer, phase: int, slot: int, generation: int, number: int) -> None:
    where = (
        (payments.c.phase == phase)
        & (payments.c.slot == slot)
        & (payments.c.generation == generation)
        & (payments.c.number == number)
    )
    told = payments.c.account == transfer.to_account, payments.c.amount == transfer.amount
    if connection.execute(update(payments).where(where, *told).values(paid=True)).rowcount != 1:
        if slots.is_known(connection, phase):
            log.error("partnership.not_a_payment", phase=phase, slot=slot, number=number, sequence=transfer.sequence)
        return
    stake = stake_at(connection, phase, slot, generation)
    if stake is not None and all(row.paid for row in payments_of(connection, stake)):
        _set_state(connection, stake, RETURNED)


# -- the end of a stake -----------------------------------------------------------------------------------------------


def settle(connection: Connection, stake: Row[Any], obligations: list[tuple[int, int, str]]) -> None:
    """Decide what is paid out of a stake; the rest of it goes back to where it came from.

    Args:
        obligations: (account, amount, reason) of each.

    Raises:
        Declined: `settled` already; as `rules.settlement` says.
    """
    if stake.state != LOCKED:
        raise Declined("settled", f"the stake of slot {stake.slot} is {stake.state}")
    keep_payments(connection, stake._mapping, obligations)
    _set_state(connection, stake, RETURNING)


def keep_payments(connection: Connection, stake: Any, obligations: list[tuple[int, int, str]]) -> None:
    """The rows of what is to be paid."""
    parts = settlement(stake["amount"], [(account, owed) for account, owed, _ in obligations])
    for number, part in parts:
        account, _, reason = obligations[number - 1] if number else (stake["account"], 0, "stake returned")
        row = {name: stake[name] for name in ("phase", "slot", "generation")}
        row |= {"number": number, "account": account, "amount": part, "reason": reason[:96], "paid": False}
        connection.execute(insert(payments).values(**row))


def to_be_returned(connection: Connection, application: int | None = None) -> list[Row[Any]]:
    """Stakes with something still to be paid."""
    chosen = select(stakes).where(stakes.c.state.in_([EXCESS, RETURNING]))
    if application is not None:
        chosen = chosen.where(stakes.c.application == application)
    return list(connection.execute(chosen.order_by(stakes.c.sequence)))


def stakes_of(connection: Connection, application: int) -> list[Row[Any]]:
    chosen = select(stakes).where(stakes.c.application == application).order_by(stakes.c.sequence)
    return list(connection.execute(chosen))


def counted_stake(connection: Connection, application: int) -> Row[Any] | None:
    """The stake that an application is in the program by; not one that was too many."""
    return next((row for row in stakes_of(connection, application) if row.state in (LOCKED, RETURNING)), None)


def stake_at(connection: Connection, phase: int, slot: int, generation: int) -> Row[Any] | None:
    where = (stakes.c.phase == phase) & (stakes.c.slot == slot) & (stakes.c.generation == generation)
    return connection.execute(select(stakes).where(where)).first()


def payments_of(connection: Connection, stake: Row[Any]) -> list[Row[Any]]:
    where = (
        (payments.c.phase == stake.phase)
        & (payments.c.slot == stake.slot)
        & (payments.c.generation == stake.generation)
    )
    return list(connection.execute(select(payments).where(where).order_by(payments.c.number)))


def is_returned(connection: Connection, application: int) -> bool:
    """Whether nothing of an application's stakes lies with the host any more."""
    return all(row.state == RETURNED for row in stakes_of(connection, application))


def is_settled(connection: Connection, application: int) -> bool:
    """Whether the host has decided what becomes of the stake."""
    return all(row.state != LOCKED for row in stakes_of(connection, application))


def _set_state(connection: Connection, stake: Row[Any], state: str) -> None:
    where = (stakes.c.phase == stake.phase) & (stakes.c.slot == stake.slot) & (stakes.c.generation == stake.generation)
    connection.execute(update(stakes).where(where).values(state=state))
