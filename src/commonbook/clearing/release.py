"""Releasing brands' income: freeze, send, mark. Rules Q-15 to Q-17.

As with the brokers' hours every step may be repeated. What is released is frozen before it is sent; the transfers'
keys name brand, asset and day, and the engine accepts a key once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, select, update

from commonbook.clearing import billing
from commonbook.clearing.closing import CLOSED, HELD, RELEASED, statement_before
from commonbook.clearing.keys import release_key, set_off_keys
from commonbook.clearing.schedule import Period, Schedule, divide, newest_release_day
from commonbook.clearing.sheets import move_with_key, taken_after
from commonbook.clearing.terms import agree
from commonbook.errors import Declined
from commonbook.instrument.accounts import passing_account, treasury_account
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    Batch,
    CommandKind,
    EventKind,
    Records,
    Refusal,
    as_commands,
    commands,
    words,
)
from commonbook.storage.database import insert_new
from commonbook.storage.tables.clearing import (
    clearing_statements,
    holds,
    invoice_payments,
    release_schedules,
    releases,
)

COMPUTED, DONE, CARRIED = "computed", "released", "carried"
Submit = Callable[[Records], Batch]


@dataclass(frozen=True, slots=True)
class Release:
    brand: int
    asset: int
    day: int
    amount: int  # to the treasury
    set_off: int
    carried: int
    state: str


Tell = Callable[[Connection, Release], None]  # in the transaction that marks it as released


def release_due(
    database: Engine, default: Schedule, today: int, closed_upto: int, submit: Submit, tell: Tell
) -> list[Release]:
    """Release everything whose day has come, from wherever an earlier run left it.

    Args:
        default: for brands that nothing was agreed with.
        today: the day of engine time.
        closed_upto: every day up to this one is closed and reconciled.
        tell: tells the brand of a release, once; not of what was only carried.

    Returns:
        what was looked at; `computed` is what could not be paid now and is tried again.
    """
    with database.connect() as connection:
        agreed = schedules(connection)
        chosen = select(clearing_statements.c.brand, clearing_statements.c.asset).distinct()
        places = sorted((row.brand, row.asset) for row in connection.execute(chosen))
    found = []
    for brand, asset in places:
        due = newest_release_day(agreed, default, brand, asset, today)
        with database.connect() as connection:
            row = _unfinished(connection, brand, asset)
        if row is None and due is not None and due[0] - 1 - due[1].delay_days <= closed_upto:
            row = _computed(database, brand, asset, *due)
        if row is not None:
            found.append(_finish(database, row, submit, tell))
    return found


def schedules(connection: Connection) -> list[Schedule]:
    return [
        Schedule(row.brand, row.asset, row.effective_ns, Period(row.period), row.on_day, row.delay_days, row.minimum)
        for row in connection.execute(select(release_schedules))
    ]


def agree_schedule(connection: Connection, schedule: Schedule, now_ns: int) -> None:
    """
    Raises:
        BadInput: the schedule is none.
        Declined: `too_late`, `agreed_already`.
    """
    schedule.must_be_sound()
    keys = {"brand": schedule.brand, "asset": schedule.asset, "effective_ns": schedule.effective_ns}
    values = {"period": schedule.period.value, "on_day": schedule.on_day}
    values |= {"delay_days": schedule.delay_days, "minimum": schedule.minimum}
    agree(connection, release_schedules, keys, values, f"a release schedule of brand {schedule.brand}", now_ns)


def held_of(connection: Connection, brand: int, asset: int) -> int:
    """What is kept back of a brand's asset because somebody disputes it."""
    active = (holds.c.brand == brand) & (holds.c.asset == asset) & (holds.c.lifted_by == 0)
    return sum(connection.execute(select(holds.c.amount).where(active)).scalars())


def release_of(connection: Connection, brand: int, asset: int, day: int) -> dict[str, Any] | None:
    mine = (releases.c.brand == brand) & (releases.c.asset == asset) & (releases.c.day == day)
    found = connection.execute(select(releases).where(mine)).mappings().first()
    return dict(found) if found else None


def _unfinished(connection: Connection, brand: int, asset: int) -> dict[str, Any] | None:
    """The release that an earlier run began; there is one at most."""
    mine = (releases.c.brand == brand) & (releases.c.asset == asset) & (releases.c.state == COMPUTED)
    found = connection.execute(select(releases).where(mine).order_by(releases.c.day).limit(1)).mappings().first()
    return dict(found) if found else None


def _computed(database: Engine, brand: int, asset: int, day: int, schedule: Schedule) -> dict[str, Any] | None:
    """A new release with what it moves frozen; None when it is there, or there is nothing to release yet."""
    with database.begin() as connection:
        newest = connection.execute(
            select(func.max(releases.c.day)).where(releases.c.brand == brand, releases.c.asset == asset)
        ).scalar()
        last = statement_before(connection, brand, asset, day - schedule.delay_days)
        if (newest is not None and newest >= day) or last is None or not _is_taken_in(connection, brand, asset):
            return None
        payable = last["closing"] + taken_after(connection, brand, asset, last["day"])
        held = held_of(connection, brand, asset)
        done = move_with_key(connection, release_key(brand, asset, day))
        invoiced = billing.due_in_asset(connection, brand, asset)
        set_off, amount = divide(payable, held, schedule.minimum, sum(due for _, due in invoiced))
        if done is not None:  # the database was built anew: the journal knows what was released
            set_off, amount = 0, -done.amount
            payable += amount
        row = {
            "brand": brand,
            "asset": asset,
            "day": day,
            "cutoff": last["day"],
            "payable": payable,
            "held": held,
            "minimum": schedule.minimum,
            "set_off": set_off,
            "amount": amount,
            "carried": payable - set_off - amount,
            "state": COMPUTED,
            "key": release_key(brand, asset, day).decode(),
        }
        if insert_new(connection, releases, row):
            billing.begin_set_offs(connection, brand, day, invoiced, set_off)
        return release_of(connection, brand, asset, day)


def _is_taken_in(connection: Connection, brand: int, asset: int) -> bool:
    """Whether the ledger has all that was released before."""
    mine = (releases.c.brand == brand) & (releases.c.asset == asset) & (releases.c.state == DONE)
    newest = connection.execute(select(releases).where(mine).order_by(releases.c.day.desc()).limit(1)).first()
    if newest is None:
        return True
    keys = [newest.key.encode()] if newest.amount else []
    paid = (invoice_payments.c.brand == brand) & (invoice_payments.c.reference == newest.day)
    for part in connection.execute(select(invoice_payments).where(paid, invoice_payments.c.way == billing.SET_OFF)):
        if billing.asset_of(connection, brand, part.number) == asset:
            keys.append(set_off_keys(brand, part.number, part.part)[1])
    return all(move_with_key(connection, key) is not None for key in keys)


def _finish(database: Engine, row: dict[str, Any], submit: Submit, tell: Tell) -> Release:
    brand, asset = row["brand"], row["asset"]
    with database.connect() as connection:
        parts = billing.set_offs_of(connection, brand, asset, row["day"])
    is_paid = True
    if row["state"] == COMPUTED and (row["amount"] or parts):
        sent = [*_opened(brand)]
        if row["amount"]:
            to = treasury_account(brand)
            sent.append(transfer(FEE_POOL_ACCOUNT, to, asset, row["amount"], row["key"].encode()))
        for part in parts:
            sent += booked(brand, asset, part["amount"], *set_off_keys(brand, part["number"], part["part"])[::-1])
        is_paid = have_had_effect(submit(as_commands(*sent)))
    if row["state"] == COMPUTED and is_paid:
        row["state"] = DONE if row["amount"] or row["set_off"] else CARRIED
        with database.begin() as connection:
            if _mark(connection, row) and row["state"] == DONE:
                tell(connection, _release(row))
            for part in parts:
                billing.mark_paid(connection, brand, part["number"], part["part"])
    return _release(row)


def _release(row: dict[str, Any]) -> Release:
    return Release(*(row[name] for name in ("brand", "asset", "day", "amount", "set_off", "carried", "state")))


def _mark(connection: Connection, row: dict[str, Any]) -> bool:
    """Whether it is we who have marked the release: of those who do the same at the same time there is one."""
    mine = (releases.c.brand == row["brand"]) & (releases.c.asset == row["asset"]) & (releases.c.day == row["day"])
    marked = update(releases).where(mine & (releases.c.state == COMPUTED)).values(state=row["state"])
    is_ours = connection.execute(marked).rowcount == 1
    if not is_ours or (row["state"] == CARRIED and row["payable"]):
        return is_ours
    disputed = _disputed(connection, row["brand"], row["asset"])
    covered = (
        (clearing_statements.c.brand == row["brand"])
        & (clearing_statements.c.asset == row["asset"])
        & (clearing_statements.c.day <= row["cutoff"])
        & clearing_statements.c.state.in_((CLOSED, HELD))
    )
    days = clearing_statements.c.day.in_(disputed)
    connection.execute(update(clearing_statements).where(covered & days).values(state=HELD))
    released = {"state": RELEASED, "release_day": row["day"]}
    connection.execute(update(clearing_statements).where(covered & ~days).values(**released))
    return True


def _disputed(connection: Connection, brand: int, asset: int) -> list[int]:
    active = (holds.c.brand == brand) & (holds.c.asset == asset) & (holds.c.lifted_by == 0)
    return list(connection.execute(select(holds.c.day).where(active)).scalars())


def hold(
    connection: Connection, number: int, brand: int, asset: int, day: int, amount: int, reason: str, fills: str
) -> None:
    """Keep an amount back until it is lifted; once however often it is asked for (Q-18)."""
    row = {"hold": number, "brand": brand, "asset": asset, "day": day, "amount": amount, "reason": reason}
    if insert_new(connection, holds, row | {"fills": fills, "lifted_by": 0}):
        mine = (clearing_statements.c.brand == brand) & (clearing_statements.c.asset == asset)
        where = mine & (clearing_statements.c.day == day) & (clearing_statements.c.state == CLOSED)
        connection.execute(update(clearing_statements).where(where).values(state=HELD))


def lift(connection: Connection, number: int, approval: int) -> int:
    """Give free what is kept back; gives the brand whose it is.

    Raises:
        Declined: `no_such_hold`: it is not there, or was lifted by another approval.
    """
    where = (holds.c.hold == number) & holds.c.lifted_by.in_((0, approval))
    if connection.execute(update(holds).where(where).values(lifted_by=approval)).rowcount != 1:
        raise Declined("no_such_hold", f"there is no hold {number} that could be lifted")
    row = connection.execute(select(holds).where(holds.c.hold == number)).one()
    if row.day not in _disputed(connection, row.brand, row.asset):
        mine = (clearing_statements.c.brand == row.brand) & (clearing_statements.c.asset == row.asset)
        where = mine & (clearing_statements.c.day == row.day) & (clearing_statements.c.state == HELD)
        connection.execute(update(clearing_statements).where(where).values(state=CLOSED))
    return int(row.brand)


# -- transfers --------------------------------------------------------------------------------------------------------


def _opened(brand: int) -> tuple[Records, ...]:
    """The brand's own accounts; opened again they are what they are."""
    return tuple(account_of(brand, account) for account in (treasury_account(brand), passing_account(brand)))


def account_of(brand: int, account: int) -> Records:
    record = commands(CommandKind.ACCOUNT)
    record["brand"], record["account"], record["person"] = brand, account, account
    return record


def transfer(payer: int, payee: int, asset: int, amount: int, key: bytes) -> Records:
    record = commands(CommandKind.TRANSFER)
    record["account"], record["to_account"], record["asset"] = payer, payee, asset
    record["amount"], record["key"] = words(amount), key
    return record


def booked(brand: int, asset: int, amount: int, from_key: bytes, to_key: bytes) -> list[Records]:
    """Move an amount from one of the fee pool's names to another, in two transfers of one submission.

    The account between is empty but for these: where the first is refused for want of funds, so is the second.
    """
    between = passing_account(brand)
    return [
        transfer(FEE_POOL_ACCOUNT, between, asset, amount, from_key),
        transfer(between, FEE_POOL_ACCOUNT, asset, amount, to_key),
    ]


def booking(brand: int, asset: int, amount: int, from_key: bytes, to_key: bytes) -> Records:
    """The same, with the account opened before it."""
    return as_commands(*_opened(brand), *booked(brand, asset, amount, from_key, to_key))


def have_had_effect(batch: Batch) -> bool:
    """Whether every transfer of a submission has had its effect, now or at an earlier attempt."""
    refused = batch.events[batch.events["kind"] == EventKind.REFUSED]
    return all(int(reason) == Refusal.DUPLICATE_KEY for reason in refused["reason"])
