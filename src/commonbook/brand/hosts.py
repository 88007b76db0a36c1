"""Which brand a Host header means, and what that brand is: asked of every request, so out of memory. Rule BR-8.

A gateway looks once a second whether any brand has changed, and reads what has. Private routes never ask for the host:
there the credential says the brand.
"""

import asyncio
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from commonbook.brand import store
from commonbook.brand.certificates import Certificate, certificates
from commonbook.brand.domains import host_of
from commonbook.brand.model import Document, Version, default
from commonbook.brand.states import GOING, may_trade
from commonbook.brand.store import Domain
from commonbook.instrument.model import Brand
from commonbook.instrument.venue import Venue

LOOK_EVERY_S = 1.0
KNOWN_MOST = 10_000  # Host headers that are remembered

log = structlog.get_logger()


@dataclass(frozen=True)
class Snapshot:
    """What the database held at one moment."""

    changes: int = -1
    versions: dict[int, Version] = field(default_factory=dict)  # brand to its newest
    domains: dict[str, Domain] = field(default_factory=dict)  # that are proved
    certificates: dict[str, Certificate] = field(default_factory=dict)  # of those, by domain


class Hosts:
    """All brands by their addresses. Only one thread asks; the database is read in another."""

    def __init__(self, venue: Venue, local_suffix: str = "localhost") -> None:
        self._venue = venue
        self._suffix = f".{local_suffix.strip('.').lower()}" if local_suffix.strip(".") else ""
        self._found: dict[str, int] = {}  # Host header to brand, 0: no brand's
        self._names: dict[str, int] = {}
        self.snapshot = Snapshot()

    def brand_of(self, header: str) -> Brand | None:
        """The brand of a Host header; None for a host that is no brand's."""
        number = self._found.get(header)
        if number is None or len(self._names) != len(self._venue.brands):
            number = self._look_up(header)
        return self._venue.brands.get(number) if number else None

    def document(self, brand: int) -> Document:
        """What a brand is; of one that nobody has described, the default (BR-7)."""
        found = self.snapshot.versions.get(brand)
        return found.document if found is not None else default(self._venue.brands[brand].name)

    def trades(self, brand: int, now_ns: int) -> bool:
        """Whether a brand has not ended trading; one that is stopped for other reasons the core knows."""
        found = self.snapshot.versions.get(brand)
        if found is None or found.document.state not in GOING:
            return True
        return may_trade(found.document.state, now_ns, found.document.notice_ends_ns)

    def _look_up(self, header: str) -> int:
        if len(self._names) != len(self._venue.brands):
            self._names = {one.name.lower(): one.id for one in self._venue.brands.values()}
            self._found.clear()
        if len(self._found) >= KNOWN_MOST:
            self._found.clear()
        host = host_of(header)
        domain = self.snapshot.domains.get(host)
        if domain is not None:
            number = domain.brand
        elif self._suffix and host.endswith(self._suffix):
            number = self._names.get(host.removesuffix(self._suffix).rpartition(".")[2], 0)
        else:
            number = 0
        self._found[header] = number
        return number

    # -- keeping up with the database ---------------------------------------------------------------------------------

    def look(self, connection: Connection) -> bool:
        """Read what has changed; whether anything has. For one thread at a time."""
        found = newer(connection, self.snapshot)
        if found is None:
            return False
        self.take(found)
        return True

    def take(self, found: Snapshot) -> None:
        self.snapshot = found
        self._found = {}

    async def look_now(self, database: Engine) -> None:
        """The same from an event loop."""
        found = await asyncio.to_thread(_newer, database, self.snapshot)
        if found is not None and found.changes >= self.snapshot.changes:
            self.take(found)

    async def keep(self, database: Engine) -> None:
        """Look again and again, for ever. A database that is away is told, and what is known is served on."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look_now(database)
            except SQLAlchemyError as failure:
                log.error("brands.not_read", why=str(failure))


def _newer(database: Engine, before: Snapshot) -> Snapshot | None:
    with database.connect() as connection:
        return newer(connection, before)


def newer(connection: Connection, before: Snapshot) -> Snapshot | None:
    """The database as it is now, with unchanged documents as they were read before; None when nothing has changed."""
    changes = store.changes(connection)
    if changes == before.changes:
        return None
    versions = {}
    for brand, number in store.newest_numbers(connection).items():
        known = before.versions.get(brand)
        same = known is not None and known.version == number
        versions[brand] = known if known is not None and same else store.find_version(connection, brand, number)
    domains = {one.domain: one for one in store.proved_domains(connection)}
    found = {
        one.domain: one
        for one in certificates(connection)
        if one.domain in domains and domains[one.domain].brand == one.brand
    }
    return replace(before, changes=changes, versions=versions, domains=domains, certificates=found)
