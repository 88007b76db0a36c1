"""Market makers: rates of their own, given by the host for duties, and taken away when the duties are not met.

Rules SC-8 to SC-12 of docs/rules/schedules.md. What was measured is in `quotes`; here it is judged, one day of UTC at a
time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from commonbook.brand.notices import tell
from commonbook.brand.schedules import Submit, write_rate
from commonbook.errors import Declined
from commonbook.instrument.model import Account, Rates
from commonbook.instrument.venue import Venue
from commonbook.records import STATUS, CommandKind, FeeScope, Records, TradingStatus, commands, refusal_of
from commonbook.storage.schema import venue_commands
from commonbook.storage.tables.autonomy import engine_days, maker_days, maker_hours, maker_quotes, maker_terms
from commonbook.units import HOUR_NS, RATE_ONE

PROPOSED, ACTIVE, LOSING, LOST, ENDED, REFUSED = "proposed", "active", "losing", "lost", "ended", "refused"
WIDEST_DUTY_BPS = 5_000
INSTRUMENTS_MOST = 100  # of one maker's duties
DAY_NS = 24 * HOUR_NS


@dataclass(frozen=True, slots=True)
class MakerTerms:
    id: int
    brand: int
    account: int
    rates: Rates
    spread_bps: int
    presence_e8: int
    instruments: tuple[int, ...]
    state: str
    author: int
    asked_ns: int
    granted_sequence: int
    first_day: int
    ended_sequence: int
    failed_days: int


@dataclass(frozen=True, slots=True)
class Presence:
    """How long an instrument traded, and how long of that a maker was there, in nanoseconds."""

    open_ns: int
    present_ns: int

    def meets(self, presence_e8: int) -> bool:
        """SC-9: exact, without a division: present >= open x presence. A day on which nothing traded is no duty."""
        return self.present_ns * RATE_ONE >= self.open_ns * presence_e8


# -- proposing and granting -----------------------------------------------------------------------------------------


def propose(
    connection: Connection,
    venue: Venue,
    brand: int,
    account: int,
    rates: Rates,
    spread_bps: int,
    presence_e8: int,
    instruments: tuple[int, ...],
    author: int,
    now_ns: int,
) -> MakerTerms:
    """What a brand asks the host for; nothing is in force yet (SC-10).

    Raises:
        Declined: `no_such_account` (also of another brand's), `no_such_instrument`, `no_duty`.
    """
    owner = venue.accounts.get(account)
    if owner is None or owner.brand != brand:
        raise Declined("no_such_account", f"there is no account {account}")
    if not instruments or len(set(instruments)) != len(instruments) or len(instruments) > INSTRUMENTS_MOST:
        raise Declined("no_duty", f"a maker has duties on 1 to {INSTRUMENTS_MOST} different instruments")
    missing = next((one for one in instruments if one not in venue.instruments), None)
    if missing is not None:
        raise Declined("no_such_instrument", f"there is no instrument {missing}")
    if not 0 < spread_bps <= WIDEST_DUTY_BPS:
        raise Declined("no_duty", f"a spread of {spread_bps} bps is none: give 1 to {WIDEST_DUTY_BPS}")
    if not 0 < presence_e8 <= RATE_ONE:
        raise Declined("no_duty", "a presence is above 0 and at most 100 % of the time")
    row = {
        "brand": brand,
        "account": account,
        "maker_e8": rates.maker_e8,
        "taker_e8": rates.taker_e8,
        "subsidised": rates.subsidised,
        "spread_bps": spread_bps,
        "presence_e8": presence_e8,
        "instruments": ",".join(map(str, instruments)),
        "state": PROPOSED,
        "author": author,
        "asked_ns": now_ns,
        "granted_sequence": 0,
        "first_day": 0,
        "ended_sequence": 0,
        "failed_days": 0,
    }
    made = connection.execute(insert(maker_terms).values(**row)).inserted_primary_key
    return find(connection, int(made[0]) if made is not None else 0)


def grant(connection: Connection, terms: MakerTerms, rates: Rates, sequence: int, time_ns: int) -> None:
    """The host's rates are in force: they take the place of earlier ones, and the first whole day counts (SC-9)."""
    others = (maker_terms.c.account == terms.account) & maker_terms.c.state.in_((ACTIVE, LOSING, LOST))
    connection.execute(update(maker_terms).where(others).values(state=ENDED, ended_sequence=sequence))
    values = {
        "maker_e8": rates.maker_e8,
        "taker_e8": rates.taker_e8,
        "subsidised": rates.subsidised,
        "state": ACTIVE,
        "granted_sequence": sequence,
        "first_day": time_ns // DAY_NS + 1,
        "failed_days": 0,
    }
    connection.execute(update(maker_terms).where(maker_terms.c.maker == terms.id).values(**values))
    details = {"maker_rate": write_rate(rates.maker_e8), "taker_rate": write_rate(rates.taker_e8)}
    tell(connection, terms.brand, "maker_granted", str(terms.id), time_ns, terms.account, **details)


def refuse(connection: Connection, terms: MakerTerms) -> None:
    """
    Raises:
        Declined: `not_proposed`.
    """
    where = (maker_terms.c.maker == terms.id) & (maker_terms.c.state == PROPOSED)
    if connection.execute(update(maker_terms).where(where).values(state=REFUSED)).rowcount != 1:
        raise Declined("not_proposed", f"maker {terms.id} is {terms.state}")


def take_away(connection: Connection, terms: MakerTerms) -> None:
    """The host's or the brand's will; the back office sends the command (SC-11).

    Raises:
        Declined: `not_active`.
    """
    where = (maker_terms.c.maker == terms.id) & (maker_terms.c.state == ACTIVE)
    if connection.execute(update(maker_terms).where(where).values(state=LOSING)).rowcount != 1:
        raise Declined("not_active", f"maker {terms.id} is {terms.state}")


def find(connection: Connection, number: int, brand: int | None = None) -> MakerTerms:
    """
    Raises:
        Declined: `no_such_maker`, also of another brand's when a brand asks.
    """
    row = connection.execute(select(maker_terms).where(maker_terms.c.maker == number)).first()
    if row is None or (brand is not None and row.brand != brand):
        raise Declined("no_such_maker", f"there is no maker {number}")
    return _terms(row)


def all_of(connection: Connection, brand: int | None = None) -> list[MakerTerms]:
    """Newest first; None for all brands'."""
    chosen = select(maker_terms).order_by(maker_terms.c.maker.desc())
    if brand is not None:
        chosen = chosen.where(maker_terms.c.brand == brand)
    return [_terms(row) for row in connection.execute(chosen)]


def _terms(row: Row[Any]) -> MakerTerms:
    return MakerTerms(
        id=row.maker,
        brand=row.brand,
        account=row.account,
        rates=Rates(row.maker_e8, row.taker_e8, row.subsidised),
        spread_bps=row.spread_bps,
        presence_e8=row.presence_e8,
        instruments=tuple(int(one) for one in row.instruments.split(",")),
        state=row.state,
        author=row.author,
        asked_ns=row.asked_ns,
        granted_sequence=row.granted_sequence,
        first_day=row.first_day,
        ended_sequence=row.ended_sequence,
        failed_days=row.failed_days,
    )


def rates_command(account: int, rates: Rates) -> Records:
    """FEES for one account."""
    record = commands(CommandKind.FEES)
    record["scope"], record["account"] = FeeScope.ACCOUNT, account
    record["maker_rate_e8"], record["taker_rate_e8"] = rates.maker_e8, rates.taker_e8
    record["subsidised"] = rates.subsidised
    return record


# -- measuring --------------------------------------------------------------------------------------------------------


def presence(connection: Connection, terms: MakerTerms, instrument: int, start_ns: int, end_ns: int) -> Presence:
    """Of whole hours, from one time to another; the last change of the quotes counts up to the end."""
    table = maker_hours.c
    chosen = select(func.coalesce(func.sum(table.time_ns), 0)).where(
        table.account == terms.account,
        table.instrument == instrument,
        table.hour.between(start_ns // HOUR_NS, (end_ns - 1) // HOUR_NS),
        table.width_bps <= terms.spread_bps,
    )
    counted = int(connection.execute(chosen).scalar_one())
    going_on = connection.execute(
        select(maker_quotes).where(
            maker_quotes.c.account == terms.account,
            maker_quotes.c.instrument == instrument,
            maker_quotes.c.width_bps.between(0, terms.spread_bps),
        )
    ).first()
    if going_on is not None:
        counted += max(0, end_ns - max(going_on.since_ns, start_ns))
    return Presence(open_time_ns(connection, instrument, start_ns, end_ns), counted)


def open_time_ns(connection: Connection, instrument: int, start_ns: int, end_ns: int) -> int:
    """How long an instrument traded: it was live, and the venue was."""
    statuses = {0: TradingStatus.LIVE, instrument: TradingStatus.LIVE}
    kind = func.substr(venue_commands.c.record, 33, 2) == f"{int(CommandKind.STATUS):02x}"  # the 17th byte
    records = connection.execute(select(venue_commands.c.record).where(kind).order_by(venue_commands.c.sequence))
    open_ns, since_ns = 0, start_ns
    for record in records.scalars():
        row = np.frombuffer(bytes.fromhex(record), STATUS)[0]
        which, time_ns = int(row["instrument"]), int(row["time_ns"])
        if which not in statuses or time_ns >= end_ns:
            continue
        if all(one is TradingStatus.LIVE for one in statuses.values()) and time_ns > since_ns:
            open_ns += time_ns - since_ns
        statuses[which] = TradingStatus(int(row["status"]))
        since_ns = max(since_ns, time_ns)
    return open_ns + (end_ns - since_ns if all(one is TradingStatus.LIVE for one in statuses.values()) else 0)


# -- judging ----------------------------------------------------------------------------------------------------------


def judge(connection: Connection, failed_days_most: int) -> None:
    """Judge every closed day of every maker that has not been judged (SC-9, SC-11)."""
    last_closed = int(connection.execute(select(func.max(engine_days.c.day))).scalar() or 0) - 1
    for terms in all_of(connection):
        if terms.state != ACTIVE:
            continue
        judged = connection.execute(select(func.max(maker_days.c.day)).where(maker_days.c.maker == terms.id)).scalar()
        failed = terms.failed_days
        for day in range(max(terms.first_day, int(judged or 0) + 1), last_closed + 1):
            failed = _judge_day(connection, terms, day, failed)
            if failed >= failed_days_most:
                _lose(connection, terms, day, failed)
                break
        values = {"failed_days": failed}
        connection.execute(update(maker_terms).where(maker_terms.c.maker == terms.id).values(**values))


def _judge_day(connection: Connection, terms: MakerTerms, day: int, failed: int) -> int:
    """How many days in a row have been failed, with this one."""
    start_ns, end_ns = day * DAY_NS, (day + 1) * DAY_NS
    found = {one: presence(connection, terms, one, start_ns, end_ns) for one in terms.instruments}
    rows = [
        {
            "maker": terms.id,
            "day": day,
            "instrument": instrument,
            "open_ns": one.open_ns,
            "present_ns": one.present_ns,
            "is_met": one.meets(terms.presence_e8),
        }
        for instrument, one in found.items()
    ]
    connection.execute(insert(maker_days), rows)
    if all(one.meets(terms.presence_e8) for one in found.values()):
        return 0
    details = {"day": day, "days_in_a_row": failed + 1}
    tell(connection, terms.brand, "maker_day_failed", f"{terms.id}:{day}", end_ns, terms.account, **details)
    return failed + 1


def _lose(connection: Connection, terms: MakerTerms, day: int, failed: int) -> None:
    connection.execute(update(maker_terms).where(maker_terms.c.maker == terms.id).values(state=LOSING))
    details = {"day": day, "days_in_a_row": failed, "maker_rate": write_rate(terms.rates.maker_e8)}
    tell(connection, terms.brand, "maker_rate_lost", str(terms.id), (day + 1) * DAY_NS, terms.account, **details)


def without_own_rates(venue: Venue, account: Account) -> Rates:
    """F-3 without what was agreed with the account."""
    found = [
        rates
        for (brand, level), rates in sorted(venue.schedules.items())
        if brand == account.brand and level <= account.level
    ]
    return found[-1] if found else venue.floor


def follow_schedules(database: Engine, venue: Venue, submit: Submit) -> None:
    """Whoever has lost the rates pays what others of the brand and the level pay, now and after every change (SC-11).

    The engine keeps an account's own rates for ever; so they are set to the schedule's, and again when that changes.
    """
    with database.connect() as connection:
        rows = [one for one in all_of(connection) if one.state in (LOSING, LOST)]
    for terms in rows:
        wanted = without_own_rates(venue, venue.accounts[terms.account])
        sequence = terms.ended_sequence
        if venue.overrides.get(terms.account) != wanted:
            batch = submit(rates_command(terms.account, wanted))
            if refusal_of(batch.events) is not None:
                continue  # what the rates depend on is about to change; the next look tries again
            sequence = sequence or batch.last
        if terms.state == LOSING or sequence != terms.ended_sequence:
            with database.begin() as connection:
                values = {"state": LOST, "ended_sequence": sequence}
                connection.execute(update(maker_terms).where(maker_terms.c.maker == terms.id).values(**values))
