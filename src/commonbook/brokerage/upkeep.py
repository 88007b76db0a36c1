"""What follows by itself: drafts expire, ends are warned of, codes lapse and come back, clients' rates rise.

Rules BE-8, BE-10 and BK-6.

The back office looks at it now and then. Every step says what is to be, not what is to change, so that after a crash
anywhere the same is done again.
"""

from collections.abc import Callable

import structlog
from sqlalchemy import Connection, Engine

from commonbook.admission.contracts import DAY_NS
from commonbook.brokerage import applications, attestations, keeping, lasting, moving, registry, rules
from commonbook.brokerage.codes import code_command
from commonbook.brokerage.contracts import CONTRACTS
from commonbook.brokerage.facts import facts_of
from commonbook.brokerage.letters import notify_state, warn
from commonbook.brokerage.model import Application, Broker, State, Who
from commonbook.errors import Declined
from commonbook.identity.sealing import Seal
from commonbook.instrument.venue import Venue
from commonbook.notice.mail import Letterhead
from commonbook.records import Batch, Records, as_commands, refusal_of
from commonbook.settings import BrokerageSettings

Submit = Callable[[Records], Batch]
LetterheadOf = Callable[[int], Letterhead]  # of a brand
NOT_SUBMITTED = "not_submitted"

log = structlog.get_logger()


class Upkeep:
    """One per back office."""

    def __init__(self, database: Engine, seal: Callable[[], Seal], settings: BrokerageSettings) -> None:
        self._database = database
        self._seal = seal  # opened when there is something to do
        self._settings = settings

    def look(self, venue: Venue, now_ns: int, submit: Submit, letterhead_of: LetterheadOf) -> None:
        """Do what is due at an engine time."""
        for one in self._in(State.DRAFT, now_ns - self._settings.draft_days * DAY_NS):
            self._move(venue, one, State.EXPIRED, now_ns, letterhead_of, NOT_SUBMITTED)
        for one in self._with_an_end(now_ns + self._settings.warning_days * DAY_NS):
            ended = self._ended(one, now_ns, letterhead_of)
            if ended:
                self._move(venue, one, State.LAPSED, now_ns, letterhead_of, f"{ended}_ended")
        for one in self._in(State.LAPSED):
            if self._is_whole(one, now_ns):
                self._move(venue, one, State.LIVE, now_ns, letterhead_of)
        with self._database.connect() as connection:
            waiting = registry.pending(connection)
        for broker in waiting:
            self._tell_core(broker, submit)
        with self._database.connect() as connection:
            rising = keeping.rises(connection, venue)
        for record in rising:
            refusal = refusal_of(submit(as_commands(record)).events)
            if refusal is not None:
                log.error("brokerage.rate_refused", account=int(record["account"][0]), why=refusal.name)

    def _in(self, state: State, until_ns: int = 2**62) -> list[Application]:
        """Those that have been in a state since a time, oldest first."""
        with self._database.connect() as connection:
            return list(reversed(applications.in_states(connection, (state,), until_ns=until_ns)))

    def _with_an_end(self, until_ns: int) -> list[Application]:
        """Those that are live, and of which something ends by a time."""
        with self._database.connect() as connection:
            found = [applications.find(connection, one) for one in sorted(lasting.ending(connection, until_ns))]
        return [one for one in found if one.state is State.LIVE]

    def _is_whole(self, application: Application, now_ns: int) -> bool:
        with self._database.connect() as connection:
            gone = attestations.not_in_force(connection, application.id, now_ns)
            return not gone and CONTRACTS.is_in_force(connection, application.id, now_ns)

    def _ended(self, application: Application, now_ns: int, letterhead_of: LetterheadOf) -> str:
        """Warn of what is about to end; what has, "" for nothing."""
        settings = self._settings
        with self._database.connect() as connection:
            found = lasting.endings(connection, application.id)
        least_ns, warning_ns = settings.least_warning_days * DAY_NS, settings.warning_days * DAY_NS
        for one in found:
            if rules.is_to_be_warned(one.ends_ns, one.warned_ns, now_ns, warning_ns):
                with self._database.begin() as connection:
                    self._warn(connection, application.id, one.what, now_ns, letterhead_of)
        return next((one.what for one in found if rules.has_lapsed(one.ends_ns, one.warned_ns, now_ns, least_ns)), "")

    def _warn(self, connection: Connection, number: int, what: str, now_ns: int, letterhead_of: LetterheadOf) -> None:
        """Once: what is to be warned of is looked up anew behind the lock."""
        held = applications.hold(connection, number)
        for one in lasting.endings(connection, number):
            if one.what == what and not one.warned_ns:
                lasting.note_warned(connection, number, one, now_ns)
                warn(connection, self._seal(), letterhead_of(held.brand), held, one)

    def _move(
        self,
        venue: Venue,
        application: Application,
        after: State,
        now_ns: int,
        letterhead_of: LetterheadOf,
        reason: str = "",
    ) -> None:
        """Nothing when the rules do not let it go on yet."""
        try:
            with self._database.begin() as connection:
                held = applications.hold(connection, application.id)
                if held.state is not application.state:
                    return
                facts = facts_of(connection, self._seal(), self._settings, venue, held, now_ns, reason)
                moved = moving.move(connection, held, after, Who.SYSTEM, facts, moving.BACK_OFFICE, now_ns=now_ns)
                notify_state(connection, self._seal(), letterhead_of(moved.brand), moved, reason)
        except Declined as declined:
            log.debug("brokerage.not_yet", application=application.id, to=after, why=declined.code)

    def _tell_core(self, broker: Broker, submit: Submit) -> None:
        refusal = refusal_of(submit(code_command(broker)).events)
        if refusal is not None:
            log.error("brokerage.code_refused", broker=broker.number, code=broker.code, why=refusal.name)
            return
        with self._database.begin() as connection:
            registry.note_told(connection, broker)
