"""Who asks, and what the handlers share."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from litestar.di import NamedDependency
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from commonbook.administration.log import user_actor, write, write_by_host
from commonbook.administration.roles import HOST, May, Role, allowed
from commonbook.brand.hosts import Hosts
from commonbook.brand.states import GOING
from commonbook.errors import Declined
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.environments import Environments
from commonbook.identity.model import Credential
from commonbook.identity.sealing import Seal
from commonbook.instrument.model import Brand
from commonbook.instrument.venue import Venue
from commonbook.people.passwords import Passwords
from commonbook.people.throttle import Parties
from commonbook.records import Batch, Records, refusal_of
from commonbook.settings import Settings
from commonbook.storage.database import lost_race

Answer = TypeVar("Answer")
RACES = 20


@dataclass(frozen=True)
class Desk:
    """One gateway's state for all desks. SQL runs in threads; money moves by commands alone."""

    door: Door
    settings: Settings
    data_dir: Path
    seal: Seal
    environments: Environments | None = None  # which know the simulated venue

    def door_of(self, simulated: bool) -> Door:
        """Of the one venue or the other.

        Raises:
            Declined: `no_such_venue`: there is no simulated one, or not just now.
        """
        if not simulated:
            return self.door
        found = None if self.environments is None else self.environments.simulated_door
        if found is None:
            raise Declined("no_such_venue", "there is no simulated trading here now")
        return found

    @cached_property
    def passwords(self) -> Passwords:
        return Passwords(self.settings.people)

    @cached_property
    def parties(self) -> Parties:
        """Against and from whom failures are counted."""
        return Parties(self.seal, self.settings.people)

    @property
    def database(self) -> Engine:
        return self.door.database

    @property
    def venue(self) -> Venue:
        return self.door.venue

    @property
    def hosts(self) -> Hosts:
        return self.door.hosts

    @property
    def now_ns(self) -> int:
        """The newest of the wall's time and the engine's: what is to come is behind both."""
        return max(time.time_ns(), self.door.time_ns)

    @property
    def engine_time_ns(self) -> int:
        """As the newest batch that this gateway has seen says it; the clock's before the first."""
        return self.door.time_ns or time.time_ns()

    async def read(self, query: Callable[[Connection], Answer]) -> Answer:
        return await asyncio.to_thread(self._read, query)

    async def write(self, work: Callable[[Connection], Answer]) -> Answer:
        """A transaction: all of it or nothing."""
        return await self.door.write(work)

    async def write_racing(self, work: Callable[[Connection], Answer], door: Door | None = None) -> Answer:
        """A transaction that takes a number or a name which another may take at the same moment: then again.

        Args:
            door: of the venue whose tables they are; the live one's unless given.

        Raises:
            Declined: `unavailable`: others were faster each time.
        """
        for _ in range(RACES):
            try:
                return await (door or self.door).write(work)
            except DBAPIError as failure:
                if not lost_race(failure):
                    raise
        raise Declined("unavailable", "too many do the same at this moment: try again")

    async def command(self, commands: Records, *accounts: int) -> list[Records]:
        """Sequence commands, which are durable when this returns, and known to this process.

        Args:
            accounts: whom they concern, at least one; 0 where there is none.

        Returns:
            the events of each.

        Raises:
            Declined: the first refusal, by its name; those before it have had their effect.
        """
        first, *others = accounts
        answers = await self.door.submit(commands, first, *others)
        for events in answers:
            refusal = refusal_of(events)
            if refusal is not None:
                raise Declined(f"refused_{refusal.name.lower()}", f"the core has refused it: {refusal.name}")
        if answers and len(answers[-1]):
            await self.door.taken_in(int(answers[-1]["sequence"][-1]))
        return answers

    async def command_ahead(self, commands: Records) -> Batch:
        """Switches and statuses, ahead of all that waits (P-13); durable when this returns, and known here.

        Raises:
            Declined: it was refused, by its name.
        """
        batch = await self.door.submit_ahead(commands)
        refusal = refusal_of(batch.events)
        if refusal is not None:
            raise Declined(f"refused_{refusal.name.lower()}", f"the core has refused it: {refusal.name}")
        await self.door.taken_in(batch.last)
        return batch

    def _read(self, query: Callable[[Connection], Answer]) -> Answer:
        with self.database.connect() as connection:
            return query(connection)


def must_not_be_going(desk: Desk, brand: int) -> None:
    """Of a brand that goes or has gone there are no new users, whatever way they come (LV-7).

    Raises:
        Declined: `sign_up_closed`.
    """
    document = desk.hosts.document(brand)
    if document.state in GOING:
        raise Declined("sign_up_closed", f"{document.title} is {document.state} and takes no new users")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: the desk, who asks, and from where."""

    desk: Desk
    brand_of_host: Brand | None  # which brand's address was asked; None: no brand's, so the host's own
    address: str
    language: str  # the first of Accept-Language, "" for none
    credential: Credential | None = None
    roles: frozenset[Role] = frozenset()  # of the user, at the credential's brand
    token: str = ""  # of a web session
    host: str = ""  # the Host header
    is_secure: bool = False  # the browser came over https, as far as can be seen
    agent: str = ""  # what the browser calls itself
    device: str = ""  # the cookie by which a browser is known again
    has_second_factor: bool = False  # of the user
    denied: str = ""  # why a session that was shown is not good

    @property
    def user(self) -> int:
        """
        Raises:
            Declined: `sign_in`.
        """
        if self.credential is None or not self.credential.user:
            why = {"why": self.denied} if self.denied else {}
            raise Declined("sign_in", "this is for users: sign in, or use a key that a user has made", **why)
        return self.credential.user

    @property
    def asked_brand(self) -> int:
        """The brand whose address was asked; 0 for the host's own. Good for who is not signed in yet, and only that."""
        return HOST if self.brand_of_host is None else self.brand_of_host.id

    @property
    def brand(self) -> int:
        """The credential's, never one that a request names; 0 for the host's people."""
        if self.credential is None:
            raise Declined("sign_in", "this is for users: sign in, or use a key that a user has made")
        return self.credential.brand

    @property
    def may(self) -> frozenset[May]:
        return allowed(self.roles)

    def require(self, may: May) -> None:
        """
        Raises:
            Declined: `not_permitted`.
        """
        if may not in self.may:
            have = ", ".join(sorted(self.roles)) or "none"
            raise Declined("not_permitted", f"this needs a role that may {may}; your roles: {have}", needs=may.value)

    def is_fresh(self) -> bool:
        """Whether a second factor was shown lately; a key that may manage was made with one."""
        if self.credential is None:
            return False
        if self.token == "":
            return True
        age_ns = time.time_ns() - self.credential.proved_ns
        return age_ns < self.desk.settings.people.fresh_s * 1_000_000_000

    def log(
        self, connection: Connection, act: str, subject: str = "", brand: int | None = None, **details: Any
    ) -> None:
        """Log what this user does, in the transaction that does it; at another brand it is the host who does it."""
        if brand is None or brand == self.brand:
            write(connection, self.brand, user_actor(self.user), act, subject, None, **details)
        elif self.brand == HOST:
            write_by_host(connection, brand, self.user, act, subject, **details)
        else:
            raise Declined("not_permitted", f"brand {brand} is not yours")


Asking = NamedDependency[Asked]  # how a handler's signature says it: `async def staff(asked: Asking)`
