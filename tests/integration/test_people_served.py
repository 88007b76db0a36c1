"""A served exchange: a person signs up by a mail that was delivered, and trades in a browser with funds that the demo
gives. PE-2, PE-12, PE-14, DM-1 and DM-2."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from integration.command import commonbook
from integration.serving import Server
from spec.notice.smtp import SmtpServer
from spec.people.town import code_in
from sqlalchemy import text

from commonbook.storage.database import open_database

HOST = {"host": "aurora.localhost"}
EMAIL, PASSWORD = "served@example.com", "correct horse battery"
SETTINGS = """[mail]
smtp_url = "{url}"
look_every_ms = 50
[people]
answer_ms = 0
password_memory_kib = 64
password_passes = 1
"""


@pytest.fixture(scope="module")
def mailbox() -> Iterator[SmtpServer]:
    with SmtpServer() as found:
        yield found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, mailbox: SmtpServer) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "settings.toml").write_text(SETTINGS.format(url=mailbox.url))
    with Server(folder / "data", "--settings", str(folder / "settings.toml")) as server:
        yield server


def mailed(mailbox: SmtpServer, count: int) -> str:
    """The text of the newest mail, once there are so many."""
    deadline = time.monotonic() + 30
    while len(mailbox.taken) < count:
        assert time.monotonic() < deadline, "no mail has come"
        time.sleep(0.02)
    return str(mailbox.taken[count - 1].message.get_content())


def test_a_person_signs_up_trades_in_a_browser_and_is_locked_out(served: Server, mailbox: SmtpServer) -> None:
    with httpx.Client(base_url=served.ready["rest"], headers=HOST, timeout=60) as http:

        def ask(method: str, path: str, body: Any = None, **headers: str) -> Any:
            answer = http.request(method, path, json=body, headers=HOST | headers)
            assert answer.status_code == 200, answer.text
            return answer.json()

        begun = ask("POST", "/account/v1/sign-up", {"email": EMAIL, "password": PASSWORD, "language": "es"})
        code = code_in(mailed(mailbox, 1))
        assert mailbox.taken[0].message["Subject"] == "Su código para aurora"
        session = ask("POST", "/account/v1/sign-up/confirm", begun | {"code": code})
        cookie = {"cookie": f"session={http.cookies['session']}"}
        http.cookies.clear()
        csrf = {"x-csrf-token": session["csrf"]}
        # The OKX door takes the same session: it reads, and changes something with the token alone.
        config = ask("GET", "/api/v5/account/config", **cookie)["data"][0]
        assert config["uid"] == session["account"]
        order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}
        placed = ask("POST", "/api/v5/trade/order", order, **cookie, **csrf)["data"][0]
        assert placed["sCode"] == "51008"  # no funds yet: it came to the core
        assert http.post("/api/v5/trade/order", json=order, headers=HOST | cookie).status_code == 401
        # The served venue is a demo's, and gives funds to trade with: once.
        assert ask("POST", "/account/v1/demo-funds", {}, **cookie, **csrf)["received"] is True
        again = http.post("/account/v1/demo-funds", json={}, headers=HOST | cookie | csrf)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "already_received")
        assert ask("POST", "/api/v5/trade/order", order, **cookie, **csrf)["data"][0]["sCode"] == "0"
        assert len(ask("POST", "/api/v5/users/web/ticket", {}, **cookie, **csrf)["data"][0]["ticket"]) == 43
        document = ask("GET", "/account/v1/openapi.json")
        assert "/account/v1/sign-up" in document["paths"]
        # Whoever is locked is out within a second, on that door as well.
        database = open_database(f"sqlite:///{Path(served.data_dir) / 'backoffice.db'}")
        with database.begin() as connection:
            connection.execute(text("UPDATE users SET state = 'locked'"))
        database.dispose()
        deadline = time.monotonic() + 3
        while http.get("/api/v5/account/config", headers=HOST | cookie).status_code != 401:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert json.loads(http.get("/account/v1/me", headers=HOST | cookie).text)["error"]["code"] == "sign_in"


def test_dm2_an_audit_and_a_replay_know_what_the_demo_gave(served: Server) -> None:
    served.close()
    audited = commonbook("audit", str(served.data_dir), "--json")
    found = json.loads(audited.stdout)
    assert (audited.returncode, found["ok"], found["ledger_difference"], found["problems"]) == (0, True, 0, [])
    again = json.loads(commonbook("replay", str(served.data_dir), "--json").stdout)
    assert (again["sequence"], again["state_hash"]) == (found["commands"], found["state_hash"])


def test_dm1_an_exchange_that_no_demo_has_made_does_not_start_with_funds_to_give(tmp_path: Path) -> None:
    words = ("serve", "--data", str(tmp_path / "data"), "--port", "0")
    refused = commonbook(*words, environment={"COMMONBOOK__DEMO__FUNDS__USDT": "5"})
    assert refused.returncode == 1
    assert "demo.funds is set" in refused.stderr
    assert not (tmp_path / "data" / "demo.txt").exists()
