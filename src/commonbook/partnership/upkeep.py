"""What follows by itself: drafts and admissions expire, contracts end, brands are stopped, stakes go back. Rule PA-23.

The back office looks at it now and then. Every step says what is to be, not what is to change, and every transfer has
its own key, so that after a crash anywhere the same is done again.
"""

from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, select

from commonbook.administration.roles import HOST
from commonbook.admission.contracts import DAY_NS
from commonbook.brand import notices
from commonbook.errors import Declined
from commonbook.identity.sealing import Seal
from commonbook.instrument.controls import kill_command
from commonbook.instrument.venue import Venue
from commonbook.partnership import applications, moving, stake
from commonbook.partnership.contracts import CONTRACTS
from commonbook.partnership.facts import facts_of
from commonbook.partnership.letters import CONTRACT_ENDS, letterhead_of, notify, notify_state
from commonbook.partnership.model import Application, State, Who
from commonbook.records import Batch, KillScope, Records, Refusal, refusal_of
from commonbook.settings import Settings
from commonbook.storage.tables.partnership import applications as table

Submit = Callable[[Records], Batch]
CONTRACT_ENDED = "contract_ended"  # why a brand was suspended
DRAFT_EXPIRED, DEPOSIT_EXPIRED = "not_submitted", "no_stake"

log = structlog.get_logger()


class Upkeep:
    """One per back office."""

    def __init__(self, database: Engine, seal: Callable[[], Seal], settings: Settings) -> None:
        self._database = database
        self._seal = seal  # opened when there is something to do
        self._settings = settings.partnership
        self._letterhead = letterhead_of(settings)

    def look(self, venue: Venue, now_ns: int, submit: Submit) -> None:
        """Do what is due at an engine time."""
        for number in self._numbers((State.DRAFT,), now_ns - self._settings.draft_days * DAY_NS):
            self._move(venue, number, State.DRAFT, State.EXPIRED, DRAFT_EXPIRED, now_ns)
        for number in self._numbers((State.DEPOSIT_PENDING,), now_ns - self._settings.deposit_days * DAY_NS):
            self._move(venue, number, State.DEPOSIT_PENDING, State.EXPIRED, DEPOSIT_EXPIRED, now_ns)
        for number in self._numbers((State.LIVE,), now_ns):
            self._look_at_contract(venue, number, now_ns)
        self._end_trading(now_ns)
        for number in self._stops():
            self._stop(number, submit)
        self._return_stakes(submit)
        for number in self._numbers((State.OFFBOARDING,), now_ns):
            self._move(venue, number, State.OFFBOARDING, State.CLOSED, "", now_ns)

    def tell_of_lock(self, connection: Connection, application: Application, now_ns: int) -> None:
        """PA-8: the contact is told where it stands, and the host that there is a contract to offer."""
        notify_state(connection, self._seal(), self._letterhead, application)
        reference, name = application.reference, application.brand_name
        notices.tell(connection, HOST, "stake_locked", reference, now_ns, reference=reference, brand_name=name)

    def _numbers(self, states: tuple[State, ...], until_ns: int) -> list[int]:
        """Applications that have been in a state since before a time."""
        with self._database.connect() as connection:
            found = applications.in_states(connection, states)
        return [one.id for one in reversed(found) if one.changed_ns <= until_ns]

    def _move(self, venue: Venue, number: int, before: State, after: State, reason: str, now_ns: int) -> bool:
        """False when the rules do not let it go on yet."""
        try:
            with self._database.begin() as connection:
                found = moving.hold(connection, number)
                if found.state is not before:
                    return False
                facts = facts_of(connection, self._seal(), self._settings, venue, found, now_ns, reason=reason)
                values: dict[str, Any] = {"stopped": True, "stop_pending": True} if after is State.SUSPENDED else {}
                moved = moving.move(
                    connection, found, after, Who.SYSTEM, facts, moving.BACK_OFFICE, now_ns=now_ns, **values
                )
                notify_state(connection, self._seal(), self._letterhead, moved, reason)
        except Declined as declined:
            log.debug("partnership.not_yet", application=number, to=after, why=declined.code)
            return False
        return True

    def _look_at_contract(self, venue: Venue, number: int, now_ns: int) -> None:
        """PA-20: a contract that has ended is told of, and so long after that the brand is suspended."""
        with self._database.begin() as connection:
            last = CONTRACTS.latest_accepted(connection, number)
            if last is None or now_ns < last.ends_ns:
                return
            if not last.noticed_ns:
                CONTRACTS.note_notice(connection, number, last.number, now_ns)
                found, days = applications.find(connection, number), str(self._settings.notice_days)
                notify(connection, self._seal(), self._letterhead, found, CONTRACT_ENDS, days=days)
                return
            if now_ns < last.noticed_ns + self._settings.notice_days * DAY_NS:
                return
        self._move(venue, number, State.LIVE, State.SUSPENDED, CONTRACT_ENDED, now_ns)

    def _end_trading(self, now_ns: int) -> None:
        """PA-17: a brand that goes trades until the end of the notice."""
        over = (table.c.state == State.OFFBOARDING.value) & (table.c.notice_ends_ns <= now_ns)
        with self._database.begin() as connection:
            going = over & (table.c.brand != 0) & ~table.c.stopped
            connection.execute(table.update().where(going).values(stopped=True, stop_pending=True))

    def _stops(self) -> list[int]:
        with self._database.connect() as connection:
            return list(connection.execute(select(table.c.application).where(table.c.stop_pending)).scalars())

    def _stop(self, number: int, submit: Submit) -> None:
        with self._database.connect() as connection:
            found = applications.find(connection, number)
        refusal = refusal_of(submit(stop_command(found)).events)
        if refusal is not None:
            log.error("partnership.not_stopped", application=number, why=refusal.name)
            return
        with self._database.begin() as connection:
            note_stopped(connection, found)

    def _return_stakes(self, submit: Submit) -> None:
        with self._database.connect() as connection:
            left = [stake.return_commands(connection, row) for row in stake.to_be_returned(connection)]
        for transfers in left:
            for transfer in transfers if transfers is not None else []:
                refusal = refusal_of(submit(transfer.reshape(1)).events)
                if refusal not in (None, Refusal.DUPLICATE_KEY):
                    log.error("partnership.not_returned", account=str(transfer), why=refusal.name)


def stop_command(application: Application) -> Records:
    """What makes the live venue do as the application says: its brand trades, or does not."""
    return kill_command(KillScope.BRAND, application.brand, application.stopped)


def note_stopped(connection: Connection, application: Application) -> None:
    """The core has confirmed what an application says; unless it says something else by now."""
    where = (table.c.application == application.id) & (table.c.stopped == application.stopped)
    connection.execute(table.update().where(where).values(stop_pending=False))
