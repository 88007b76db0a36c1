"""Failures make the next try wait, at all gateways alike. Rule PE-5.

A try is counted before it is looked at, so that many at once are no more than many one after the other; what succeeds
is taken back. A try that comes too early is not counted: nobody keeps another out by knocking.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, case, delete, insert, select, update

from commonbook.identity.sealing import Seal
from commonbook.people.directory import blinded
from commonbook.people.rules import wait_s
from commonbook.settings import PeopleSettings
from commonbook.storage.tables.people import throttles
from commonbook.units import HOUR_NS

FORGOTTEN_NS = 24 * HOUR_NS  # failures before so long without another count no more


@dataclass(frozen=True, slots=True)
class Party:
    """Whose failures are counted together."""

    name: str
    free: int
    first_s: int
    most_s: int


class Parties:
    """By what is tried, and against or from whom."""

    def __init__(self, seal: Seal, settings: PeopleSettings) -> None:
        self._seal = seal
        self._settings = settings

    def login(self, brand: int, address: str) -> Party:
        return self._party(f"login:{brand}:{address}", self._settings.tries_free)

    def known_device(self, user: int, device_hash: str) -> Party:
        """A browser that has signed the user in before is counted by itself: strangers do not make it wait."""
        return self._party(f"device:{user}:{device_hash}", self._settings.tries_free)

    def second_factor(self, user: int) -> Party:
        return self._party(f"second:{user}", self._settings.tries_free)

    def network(self, address: str) -> Party:
        return self._party(f"network:{address}", self._settings.address_tries_free)

    def mails(self, brand: int, address: str) -> Party:
        return self._party(f"mails:{brand}:{address}", self._settings.mails_free)

    def _party(self, name: str, free: int) -> Party:
        terms = self._settings
        return Party(blinded(self._seal, "throttle", name), free, terms.wait_s, terms.wait_most_s)


def enter(connection: Connection, party: Party, now_ns: int) -> bool:
    """Count a try; False when it comes too early, and is not to be looked at."""
    mine = throttles.c.party == party.name
    counted = case((throttles.c.last_ns <= now_ns - FORGOTTEN_NS, 1), else_=throttles.c.failures + 1)
    in_time = mine & (throttles.c.locked_until_ns <= now_ns)
    # The update comes first: it holds the row, so that of two tries one waits for the other's count.
    if connection.execute(update(throttles).where(in_time).values(failures=counted, last_ns=now_ns)).rowcount == 0:
        if connection.execute(select(throttles.c.party).where(mine)).first() is not None:
            return False
        row = {"party": party.name, "failures": 1, "last_ns": now_ns, "locked_until_ns": 0}
        connection.execute(insert(throttles).values(**row))
    failures = int(connection.execute(select(throttles.c.failures).where(mine)).scalar_one())
    wait_ns = wait_s(failures, party.free, party.first_s, party.most_s) * 1_000_000_000
    if wait_ns:  # else nothing is locked, not even until a moment that another has just passed
        connection.execute(update(throttles).where(mine).values(locked_until_ns=now_ns + wait_ns))
    return True


def forget(connection: Connection, party: Party) -> None:
    """All of it: a try has succeeded."""
    connection.execute(delete(throttles).where(throttles.c.party == party.name))


def take_back(connection: Connection, party: Party) -> None:
    """The one try that has succeeded, among others of the same network that may not."""
    mine = (throttles.c.party == party.name) & (throttles.c.failures > 0)
    values = {"failures": throttles.c.failures - 1, "locked_until_ns": 0}
    connection.execute(update(throttles).where(mine).values(values))


def sweep(connection: Connection, now_ns: int) -> int:
    """Failures that count no more take no room; how many parties are forgotten."""
    old = (throttles.c.last_ns <= now_ns - FORGOTTEN_NS) & (throttles.c.locked_until_ns <= now_ns)
    return connection.execute(delete(throttles).where(old)).rowcount
