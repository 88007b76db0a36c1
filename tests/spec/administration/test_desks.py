"""The desks themselves: who is let in, and how they say no. AD-1, AD-2 of docs/rules/administration.md."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from integration.gateway_here import GatewayHere
from integration.serving import Server
from spec.staff import staff_member

from commonbook.administration.roles import Role
from commonbook.identity.model import Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.identity.sessions import open_session
from commonbook.settings import Settings
from commonbook.storage.database import open_database

AURORA, BOREALIS = 1, 2  # the demo's brands
HOSTS = {0: "127.0.0.1", AURORA: "aurora.localhost", BOREALIS: "borealis.localhost"}


@dataclass
class Desks:
    """A served exchange's desks, and its tables."""

    address: str
    data_dir: Path

    def user(self, brand: int, *held: Role) -> int:
        """A new user of a brand with these roles."""
        database = open_database(f"sqlite:///{self.data_dir / 'backoffice.db'}")
        with database.begin() as connection:
            found = staff_member(connection, Seal.open(self.data_dir), brand, *held)
        database.dispose()
        return found

    def session(self, brand: int, user: int, proved: bool = True) -> "Browser":
        database = open_database(f"sqlite:///{self.data_dir / 'backoffice.db'}")
        with database.begin() as connection:
            new = open_session(connection, 0, brand, 600, user, time.time_ns() if proved else 0)
        database.dispose()
        return Browser(self.address, HOSTS[brand], new.token, new.csrf)

    def staff(self, brand: int, *held: Role, proved: bool = True) -> "Browser":
        return self.session(brand, self.user(brand, *held), proved)


@dataclass
class Browser:
    address: str
    host: str
    token: str
    csrf: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        given = {"host": self.host, "cookie": f"session={self.token}", "x-csrf-token": self.csrf}
        with httpx.Client(base_url=self.address, timeout=60) as http:
            answer = http.request(method, path, json=body, headers=given | headers)
        return answer.status_code, answer.json()

    def code(self, method: str, path: str, body: Any = None, **headers: str) -> str:
        status, told = self.ask(method, path, body, **headers)
        assert status >= 400, told
        return str(told["error"]["code"])


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    folder = tmp_path_factory.mktemp("desks")
    with Server(folder / "data") as server, GatewayHere(Path(server.data_dir), Settings()) as address:
        yield Desks(address, Path(server.data_dir))


def test_ad2_a_desk_is_for_those_who_have_a_role_there(desks: Desks) -> None:
    status, told = desks.staff(AURORA, Role.READ_ONLY).ask("GET", "/partner/v1/staff")
    assert status == 200
    assert told[0]["roles"] == ["read_only"]
    assert desks.staff(AURORA).code("GET", "/partner/v1/staff") == "not_permitted"
    assert desks.staff(AURORA, Role.OWNER).code("GET", "/host/v1/staff") == "no_such_path"
    assert desks.staff(0, Role.OWNER).code("GET", "/partner/v1/staff") == "wrong_desk"
    with httpx.Client(base_url=desks.address, timeout=60) as http:
        assert http.get("/partner/v1/staff").json()["error"]["code"] == "sign_in"


def test_ad2_a_session_is_good_at_its_own_brand_alone(desks: Desks) -> None:
    browser = desks.staff(AURORA, Role.OWNER)
    assert browser.code("GET", "/partner/v1/staff", host="borealis.localhost") == "sign_in"
    assert browser.code("GET", "/partner/v1/staff", host="127.0.0.1") == "sign_in"
    assert browser.ask("GET", "/partner/v1/staff", host="aurora.localhost:8080")[0] == 200


def test_ad2_what_changes_something_carries_the_csrf_token(desks: Desks) -> None:
    browser = desks.staff(AURORA, Role.OWNER)
    body = {"user": str(desks.user(AURORA)), "role": "support"}
    status, told = browser.ask("POST", "/partner/v1/staff", body, **{"x-csrf-token": "wrong"})
    assert (status, told["error"]["values"]) == (401, {"why": "bad_csrf"})
    assert browser.ask("POST", "/partner/v1/staff", body)[0] == 200


def test_ad2_some_acts_need_a_second_factor_that_was_shown_lately(desks: Desks) -> None:
    body = {"user": str(desks.user(AURORA)), "role": "support"}
    stale = desks.staff(AURORA, Role.OWNER, proved=False)
    assert stale.code("POST", "/partner/v1/staff", body) == "second_factor_needed"
    assert desks.staff(AURORA, Role.OWNER).ask("POST", "/partner/v1/staff", body)[0] == 200


def test_ad2_another_brands_people_are_not_there(desks: Desks) -> None:
    browser = desks.staff(AURORA, Role.OWNER)
    foreign = browser.ask("POST", "/partner/v1/staff", {"user": str(desks.user(BOREALIS)), "role": "support"})
    absent = browser.ask("POST", "/partner/v1/staff", {"user": "999999", "role": "support"})
    assert foreign[0] == absent[0] == 404
    assert foreign[1]["error"]["code"] == absent[1]["error"]["code"] == "no_such_user"


def test_ad1_a_role_that_is_taken_is_gone_with_the_next_request(desks: Desks) -> None:
    owner, user = desks.staff(AURORA, Role.OWNER), desks.user(AURORA, Role.SUPPORT)
    browser = desks.session(AURORA, user)
    assert browser.ask("GET", "/partner/v1/staff")[0] == 200
    assert owner.ask("DELETE", f"/partner/v1/staff/{user}/support")[0] == 200
    assert browser.code("GET", "/partner/v1/staff") == "not_permitted"
    assert owner.code("DELETE", f"/partner/v1/staff/{user}/support") == "no_such_role"


def test_ad3_an_owner_is_made_by_two(desks: Desks) -> None:
    first, second = desks.staff(BOREALIS, Role.OWNER), desks.staff(BOREALIS, Role.OWNER)
    user = desks.user(BOREALIS)
    first.ask("POST", "/partner/v1/staff", {"user": str(user), "role": "owner"})
    waiting = first.ask("GET", "/partner/v1/approvals")[1][0]
    assert (waiting["kind"], waiting["payload"]) == ("grant_owner", {"user": str(user)})
    yes = {"payload_hash": waiting["payload_hash"]}
    path = f"/partner/v1/approvals/{waiting['id']}"
    assert first.code("POST", f"{path}/approve", yes) == "own_request"
    assert desks.staff(AURORA, Role.OWNER).code("POST", f"{path}/approve", yes) == "no_such_approval"
    assert desks.staff(BOREALIS, Role.OPERATIONS).code("POST", f"{path}/approve", yes) == "not_permitted"
    status, done = second.ask("POST", f"{path}/approve", yes)
    assert (status, done["state"], done["outcome"]) == (200, "done", {"user": str(user)})
    assert desks.session(BOREALIS, user).ask("GET", "/partner/v1/log")[0] == 200
    told = [(one["act"], one["subject"]) for one in first.ask("GET", "/partner/v1/log")[1]][:3]
    assert [act for act, _ in told] == ["done grant_owner", "approved grant_owner", "ask grant_owner"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/partner/v1/nowhere", None, 404, "no_such_path"),
        ("PUT", "/partner/v1/staff", None, 405, "wrong_method"),
        ("POST", "/partner/v1/staff", {"user": "1"}, 400, "bad_request"),
        ("POST", "/partner/v1/staff", {"user": "1", "role": "king"}, 400, "bad_request"),
        ("POST", "/partner/v1/staff", {"user": "1", "role": "support", "more": 1}, 400, "bad_request"),
        ("POST", "/partner/v1/staff", {"user": "-1", "role": "support"}, 400, "bad_request"),
        ("GET", "/partner/v1/log?before=x", None, 400, "bad_request"),
        ("GET", "/partner/v1/approvals/99999", None, 404, "no_such_approval"),
    ],
)
def test_a_desk_says_no_in_one_form(desks: Desks, method: str, path: str, body: Any, status: int, code: str) -> None:
    answered = desks.staff(AURORA, Role.OWNER).ask(method, path, body)
    assert (answered[0], answered[1]["error"]["code"]) == (status, code)
    assert set(answered[1]["error"]) == {"code", "message", "values"}


def test_ad2_a_key_needs_the_permission_to_manage(desks: Desks) -> None:
    user = desks.user(AURORA, Role.OWNER)
    database = open_database(f"sqlite:///{desks.data_dir / 'backoffice.db'}")
    with database.begin() as connection:
        keys = {
            word: create_key(
                connection, Seal.open(desks.data_dir), 0, AURORA, frozenset({Permission(word)}), "key", user=user
            )
            for word in ("manage", "trade")
        }
    database.dispose()
    answers = {}
    for word, key in keys.items():
        moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message = f"{moment}GET/partner/v1/staff".encode()
        sign = base64.b64encode(hmac.digest(key.api_secret.encode(), message, hashlib.sha256)).decode()
        headers = {
            "ok-access-key": key.api_key,
            "ok-access-sign": sign,
            "ok-access-timestamp": moment,
            "ok-access-passphrase": key.api_passphrase,
        }
        with httpx.Client(base_url=desks.address, timeout=60) as http:
            answers[word] = http.get("/partner/v1/staff", headers=headers)
    assert answers["manage"].status_code == 200
    assert answers["trade"].json()["error"]["values"] == {"why": "not_permitted"}


def test_the_document_of_a_desk_is_served_and_says_how_it_refuses(desks: Desks) -> None:
    with httpx.Client(base_url=desks.address, timeout=60) as http:
        document = json.loads(http.get("/partner/v1/openapi.json").text)
    assert document["openapi"].startswith("3.1")
    told = document["paths"]["/partner/v1/staff"]["post"]["responses"]
    assert told["409"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert "session" in document["components"]["securitySchemes"]
