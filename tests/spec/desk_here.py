"""A desk in the test's own process, without a core: its routes, asked by users with roles."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from commonbook.administration import roles
from commonbook.administration.roles import Role, roles_of
from commonbook.gateway.desk.app import desk_app
from commonbook.gateway.desk.asked import Asked, Desk
from commonbook.gateway.okx_v5.door import Door
from commonbook.identity.model import Credential, CredentialKind, Permission
from commonbook.identity.sealing import Seal
from commonbook.instrument.model import Brand
from commonbook.instrument.venue import Venue
from commonbook.people import directory
from commonbook.settings import GatewaySettings, Settings
from commonbook.storage.database import open_database

NOTHING: Any = None
AURORA, BOREALIS = 1, 2


@dataclass
class DeskHere:
    """One desk on tables of its own."""

    folder: Path
    settings: Settings = field(default_factory=Settings)
    venue: Venue = field(default_factory=Venue)
    url: str = ""

    def __post_init__(self) -> None:
        self.database: Engine = open_database(self.url or f"sqlite:///{self.folder / 'backoffice.db'}")
        self.seal = Seal.open(self.folder)
        self.venue.brands |= {AURORA: Brand(AURORA, "aurora"), BOREALIS: Brand(BOREALIS, "borealis")}
        door = Door(NOTHING, self.database, self.venue, NOTHING, GatewaySettings(), NOTHING, NOTHING)
        self.desk = Desk(door, self.settings, self.folder, self.seal)
        self._users = 0

    def user(self, brand: int, *held: Role, email: str = "", state: str = directory.ACTIVE) -> int:
        self._users += 1
        address = email or f"user{self._users}@example.com"
        with self.database.begin() as connection:
            found = directory.add(connection, self.seal, brand, address, "", state=state).id
            for role in held:
                roles.grant(connection, found, brand, role, 0, 1)
        return found

    def staff(self, brand: int, *held: Role) -> "Caller":
        return Caller(self, brand, self.user(brand, *held))

    def nobody(self, brand: int) -> "Caller":
        return Caller(self, brand, 0)

    def close(self) -> None:
        self.database.dispose()


@dataclass
class Caller:
    """Somebody who is signed in at a brand; user 0 is not."""

    here: DeskHere
    brand: int
    user: int

    def send(
        self, method: str, path: str, body: Any = None, content: bytes | None = None, **headers: str
    ) -> httpx.Response:
        return asyncio.run(self._send(method, path, body, content, headers))

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.send(method, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def code(self, method: str, path: str, body: Any = None, content: bytes | None = None) -> str:
        answer = self.send(method, path, body, content)
        assert answer.status_code >= 400, answer.text
        return str(answer.json()["error"]["code"])

    async def _send(
        self, method: str, path: str, body: Any, content: bytes | None, headers: dict[str, str]
    ) -> httpx.Response:
        app = desk_app("/partner/v1")

        async def with_who(scope: Any, receive: Any, send: Any) -> None:
            await app(scope | {"asked": self._asked()}, receive, send)

        transport = httpx.ASGITransport(with_who)
        async with httpx.AsyncClient(transport=transport, base_url="http://aurora.localhost") as http:
            given = {"json": body} if content is None else {"content": content}
            return await http.request(method, f"/partner/v1{path}", headers=headers, **given)

    def _asked(self) -> Asked:
        brand = self.here.venue.brands.get(self.brand)
        if not self.user:
            return Asked(self.here.desk, brand, "192.0.2.1", "en")
        credential = Credential(
            id=1,
            api_key="",
            account=0,
            brand=self.brand,
            label="",
            permissions=frozenset({Permission.MANAGE}),
            ip_list=(),
            secret=b"",
            passphrase_hash="",
            brokers=frozenset(),
            kind=CredentialKind.API_KEY,
            user=self.user,
        )
        with self.here.database.connect() as connection:
            held = roles_of(connection, self.user, self.brand)
        return Asked(self.here.desk, brand, "192.0.2.1", "en", credential, held, has_second_factor=True)
