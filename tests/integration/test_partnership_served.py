"""The partnership on a served exchange: a core, a back office with its chores, and a gateway over HTTP."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from integration.serving import Server
from sqlalchemy import Engine, insert

from commonbook.administration import roles
from commonbook.administration.roles import HOST, Role
from commonbook.gateway.okx_v5.app import SESSION_COOKIE
from commonbook.identity.sealing import Seal
from commonbook.identity.sessions import open_session
from commonbook.instrument.accounts import stake_account
from commonbook.people import directory
from commonbook.settings import Settings, database_url
from commonbook.storage.database import open_database
from commonbook.storage.tables.people import totps

AURORA, ACCOUNT = 1, 2_000  # a customer of the demo, with a million USDT
TEAM = {
    "contact": "Ada Bell",
    "email": "ada@example.com",
    "phone": "+44 20 7946 0000",
    "team": "Six people.",
    "plan": "Two countries.",
    "brand_name": "meridian",
}


@dataclass
class Served:
    address: str
    tables: Engine
    seal: Seal

    def browser(self, brand: int, account: int, *held: Role) -> "Browser":
        name = f"{time.time_ns()}@example.com"
        with self.tables.begin() as connection:
            user = directory.add(connection, self.seal, brand, name, "", state=directory.ACTIVE, account=account)
            for role in held:
                roles.grant(connection, user.id, brand, role, 0, 0)
            connection.execute(
                insert(totps).values(user_id=user.id, sealed_secret="", active=True, last_step=0)  # set up long ago
            )
            new = open_session(connection, account, brand, 3_600, user.id, time.time_ns())
        host = "127.0.0.1" if brand == HOST else "aurora.localhost"
        return Browser(
            self.address,
            {"host": host, "cookie": f"{SESSION_COOKIE}={new.token}", "x-csrf-token": new.csrf},
        )


@dataclass
class Browser:
    address: str
    headers: dict[str, str]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        with httpx.Client(base_url=self.address, timeout=30) as http:
            answer = http.request(method, path, json=body, headers=self.headers)
        assert answer.status_code < 400, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Served]]:
    folder = tmp_path_factory.mktemp("partnership")
    with Server(folder / "data") as server:
        data = Path(server.data_dir)
        tables = open_database(database_url(Settings(), data))
        yield server, Served(server.ready["rest"], tables, Seal.open(data))
        tables.dispose()


def until(seen: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_pa13_pa17_a_stake_on_a_served_exchange(served: tuple[Server, Served]) -> None:
    _, here = served
    first, second = here.browser(HOST, 0, Role.OWNER), here.browser(HOST, 0, Role.OWNER)

    def approve(waiting: dict[str, Any]) -> Any:
        one = waiting.get("approval") or waiting
        done = second.ask("POST", f"/host/v1/approvals/{one['id']}/approve", {"payload_hash": one["payload_hash"]})
        assert done["state"] == "done", done
        return done

    phase = {"phase": 1, "name": "Phase 1", "opens_ns": "1", "closes_ns": str(2**62), "quota": 1, "asset": "USDT"}
    approve(first.ask("POST", "/host/v1/partnership/phases", phase | {"stake": "500000"}))
    team = here.browser(AURORA, ACCOUNT)
    reference = team.ask("POST", "/program/v1/applications", TEAM)["reference"]
    path, host_path = f"/program/v1/applications/{reference}", f"/host/v1/partnership/applications/{reference}"
    team.ask("POST", f"{path}/submit")
    first.ask("POST", f"{host_path}/move", {"to": "screening"})
    for kind in ("kyb", "sanctions"):
        first.ask("POST", f"{host_path}/checks", {"kind": kind, "passed": True, "source": "provider-1"})
    first.ask("POST", f"{host_path}/move", {"to": "deposit_pending"})
    locked = team.ask("POST", f"{path}/stake", {"amount": "500000"})
    assert (locked["state"], locked["stakes"][0]["slot"]) == ("deposit_locked", 1)
    assert first.ask("GET", "/program/v1/program")["phases"][0]["left"] == 0
    team.ask("POST", f"{path}/leave")
    approve(first.ask("POST", f"{host_path}/settle", {"obligations": []}))
    until(lambda: team.ask("GET", path)["state"] == "closed")
    paid = team.ask("GET", path)["stakes"][0]["payments"]
    assert paid == [{"account": str(ACCOUNT), "amount": "500000", "reason": "stake returned", "paid": True}]
    assert stake_account(ACCOUNT) > ACCOUNT


def test_pa24_the_page_is_served_beside_the_exchange(served: tuple[Server, Served]) -> None:
    _, here = served
    with httpx.Client(base_url=here.address, timeout=60) as http:
        answer = http.get("/partners", headers={"accept-language": "es"})
        assert answer.status_code == 200
        assert '<html lang="es">' in answer.text
        assert http.get("/partners/style.css").status_code == 200
        assert http.get("/program/v1/openapi.json").json()["info"]["title"] == "Program API"
