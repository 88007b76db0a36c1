"""Who can sign in at the demo, so that its pages are seen from every side a minute after its first start.

Their passwords are made at random for one data folder, kept in a file of it that only its owner may read, and told at
every start, as the demo's keys are. A venue that the demo has not made itself has none of these people.
"""

import asyncio
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import Connection

from commonbook.administration import roles
from commonbook.administration.roles import HOST, Role
from commonbook.identity.sealing import Seal
from commonbook.people import directory
from commonbook.people.passwords import Passwords
from commonbook.settings import Settings, database_url
from commonbook.simulator.demo_brands import BRANDS, SECOND_BRAND
from commonbook.simulator.demo_market import BROKER_PAYOUT, KEY_ACCOUNTS
from commonbook.storage.database import open_database
from commonbook.whole_file import write_whole

Login = dict[str, str]  # `brand` ("" for the host), `who`, `email`, `password`, and `page`, their first one
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is easily taken for another
_GROUPS, _IN_GROUP = 4, 5  # 20 of 31 letters: 99 bits


@dataclass(frozen=True, slots=True)
class _Part:
    """Somebody whom the demo has, and what they are there."""

    brand: int
    who: str
    page: str
    account: int = 0
    role: Role | None = None

    @property
    def at(self) -> str:
        return "" if self.brand == HOST else BRANDS[self.brand]

    @property
    def email(self) -> str:
        """At a domain that nobody can have, so that no mail ever leaves for it."""
        return f"{self.who}@{self.at or 'host'}.example"


def _parts() -> Iterator[_Part]:
    for brand in BRANDS:
        yield _Part(brand, "trader", "/trade", account=KEY_ACCOUNTS[brand][0])
        yield _Part(brand, "partner", "/partner", role=Role.OWNER)
        if brand == SECOND_BRAND:  # where the account is that the demo's broker is paid to
            yield _Part(brand, "broker", "/broker", account=BROKER_PAYOUT)
    yield _Part(HOST, "operator", "/operator", role=Role.OWNER)
    yield _Part(HOST, "second", "/operator/approvals", role=Role.OWNER)  # whose yes makes two persons of one


def has_logins(data_dir: Path) -> bool:
    """Whether the demo has made its people here."""
    return _file(data_dir).exists()


def demo_logins(data_dir: Path, settings: Settings) -> list[Login]:
    """Those of a folder whose venue the demo has made. The first call makes the people, with roles and accounts."""
    file = _file(data_dir)
    if not file.exists():  # the passwords first: people whom nobody can be must not stay behind
        Seal.open(data_dir)  # whose folder the file goes into
        made = [_login(part) for part in _parts()]
        write_whole(file, (json.dumps(made, indent=2) + "\n").encode())
    kept: list[Login] = json.loads(file.read_text())
    _make_people(data_dir, settings, {one["email"]: one["password"] for one in kept})
    return kept


def easy(settings: Settings) -> Settings:
    """The demo's people have no second factor to show, and act all the same: what asks for one takes the password."""
    return replace(settings, people=replace(settings.people, staff_second_factor=False))


def _file(data_dir: Path) -> Path:
    return data_dir / "keys" / "demo-logins.json"


def _login(part: _Part) -> Login:
    words = ("".join(secrets.choice(_LETTERS) for _ in range(_IN_GROUP)) for _ in range(_GROUPS))
    return {"brand": part.at, "who": part.who, "email": part.email, "password": "-".join(words), "page": part.page}


def _make_people(data_dir: Path, settings: Settings, passwords: dict[str, str]) -> None:
    """Whoever of them is not there yet."""
    seal, database = Seal.open(data_dir), open_database(database_url(settings, data_dir))
    try:
        with database.connect() as connection:
            missing = [one for one in _parts() if directory.with_email(connection, seal, one.brand, one.email) is None]
        if missing:
            hashed = asyncio.run(_hashed(settings, [passwords[part.email] for part in missing]))
            with database.begin() as connection:
                for part, one in zip(missing, hashed, strict=True):
                    _make(connection, seal, part, one)
    finally:
        database.dispose()


def _make(connection: Connection, seal: Seal, part: _Part, hashed: str) -> None:
    made = directory.add(connection, seal, part.brand, part.email, hashed, state=directory.ACTIVE, account=part.account)
    if part.role is not None:
        roles.grant(connection, made.id, part.brand, part.role, 0, made.created_ns)


async def _hashed(settings: Settings, chosen: list[str]) -> list[str]:
    passwords = Passwords(settings.people)
    return list(await asyncio.gather(*(passwords.hash(one) for one in chosen)))
