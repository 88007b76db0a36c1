"""A broker from its application to its first payout by the API alone: a user who applies, the host's people, the
conformance kit, ccxt with keys and Authlib with tokens. BE-1 to BE-11, CK-1 to CK-12, B-10, BP-1 to BP-6.

What refuses each step on the way is in spec/brokerage and spec/oauth.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client
from conformance.okx_v5.client_environment import Client as RealClient
from conformance.okx_v5.client_environment import python_of
from conformance.okx_v5.oauth_hand import pressed
from conformance.program.client import UNIT, Client, Counted, load, show
from conformance.program.venue import Person, Venue, opened
from spec.brokerage.journey import CONTRACT, HOST_PATH, LOGO, TOLD

from commonbook.administration.checkpoint import AuditKey
from commonbook.brokerage.certifying import read_signed
from commonbook.settings import SIMULATED

pytestmark = pytest.mark.client
CODE, BACK = "NORTH", "https://north.example/back"
HERE = "127.0.0.1"
PASSPHRASE = "Secret-42"
APPLICATION = {
    "title": "North Star",
    "models": "both",
    "business": "aggregator",
    "codes": [CODE],
    "redirect_urls": [BACK],
    "ip_list": [HERE],
    "requests_per_s": 100,
    "told": TOLD,
}
USERS = 5
PATIENCE_S = 300.0  # for what comes by itself: how soon is other tests' subject, and the machine may be busy
COMMONBOOK = (sys.executable, "-m", "commonbook.console.main")


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    with opened(tmp_path_factory.mktemp("program")) as found:
        yield found


def test_a_broker_goes_from_application_to_payout_by_the_api_alone(venue: Venue, tmp_path: Path) -> None:
    venue.hours_pass(1)  # from here on time stands still, until hours pass again
    applicant, host = venue.user(), Staff(venue)
    path = applies(applicant)
    host.lets_in(path)
    assert applicant.get("/broker/v1/broker")["standing"] == "testing"
    applicant.post(f"{path}/test")
    assert applicant.refused(f"{path}/review") == "certificate_missing"

    certified(venue, applicant, tmp_path)
    assert applicant.refused(f"{path}/review") == "attestation_missing"
    for one in applicant.get("/broker/v1/attestations"):
        applicant.post(f"{path}/attestations", {"kind": one["kind"], "hash": one["hash"]})
    applicant.post(f"{path}/review")
    goes_live(applicant, host, path)

    count = Counted(rate_of(applicant))
    count.add(trades_by_key(venue))
    count.add(trades_by_token(venue, applicant))
    assert len(count.parts) == 2
    key = key_of(applicant, simulated=False, broker=False)  # one for all looks: of keys a user has so many at the most
    before = balance(venue, key)
    venue.hours_pass(2)
    venue.running.wait(lambda: balance(venue, key) > before, PATIENCE_S)
    assert balance(venue, key) - before == count.paid
    checked_from_files(venue, count, tmp_path)


# -- the desk ----------------------------------------------------------------------------------------------------------


def applies(applicant: Person) -> str:
    """A whole application, submitted; where it is."""
    reference = applicant.post("/broker/v1/applications", APPLICATION)["reference"]
    path = f"/broker/v1/applications/{reference}"
    paper = {"name": "Register", "kind": "application/pdf", "content": _base64(b"%PDF-1.7 register")}
    applicant.post(f"{path}/papers", paper)
    applicant.post(f"{path}/logo", {"content": _base64(LOGO)})
    assert applicant.post(f"{path}/submit")["state"] == "submitted"
    return path


class Staff:
    """Two of the host's people: what one asks for, the other approves."""

    def __init__(self, venue: Venue) -> None:
        self.first, self.second = venue.staff(), venue.staff()

    def approves(self, waiting: Any) -> None:
        approval = waiting.get("approval", waiting)
        body = {"payload_hash": approval["payload_hash"]}
        done = self.second.post(f"/host/v1/approvals/{approval['id']}/approve", body)
        assert done["state"] == "done", done

    def moves(self, path: str, to: str) -> None:
        moved = self.first.post(f"{_of_host(path)}/move", {"to": to, "reason": ""})
        if moved["approval"] is not None:
            self.approves(moved)

    def checks(self, path: str, *kinds: str) -> None:
        for kind in kinds:
            body = {"kind": kind, "passed": True, "source": f"provider-{kind}-1"}
            self.first.post(f"{_of_host(path)}/checks", body)

    def lets_in(self, path: str) -> None:
        self.checks(path, "kyb", "sanctions")
        self.moves(path, "integration")


def _of_host(path: str) -> str:
    return f"{HOST_PATH}/{path.rpartition('/')[2]}"


def goes_live(applicant: Person, host: Staff, path: str) -> None:
    host.approves(host.first.post("/host/v1/broker-contracts", CONTRACT))
    host.checks(path, "security")
    host.moves(path, "contract")
    text = applicant.get("/broker/v1/contract")
    applicant.post(f"{path}/contract", {"version": text["version"], "hash": text["hash"]})
    host.approves(host.first.post(f"{_of_host(path)}/contract"))
    host.moves(path, "live")
    broker = applicant.get("/broker/v1/broker")
    assert (broker["code"], broker["standing"], broker["is_active"]) == (CODE, "live", True)


# -- the certificate ---------------------------------------------------------------------------------------------------


def certified(venue: Venue, applicant: Person, folder: Path) -> None:
    """An hour on the simulated venue, then a run that the kit watches; its report is signed and filed."""
    venue.running.wait(lambda: is_known_there(applicant), PATIENCE_S)
    clients = [client_of(venue, venue.user(), simulated=True) for _ in range(USERS)]
    for client in clients:
        venue.running.wait(lambda client=client: has_funds(client), PATIENCE_S)  # type: ignore[misc]
    count = Counted(rate_of(applicant))
    for client in clients[:2]:
        count.add(client.fills_of({client.takes("0.01"), client.takes("0.02")}))
    venue.hours_pass(2)
    count.write(folder / "count.json")
    out = folder / "report.json"
    words = ["certify", "--broker", CODE, "--data", str(venue.data), "--settings", str(venue.settings_file)]
    words += ["--minutes", "8", "--count", str(folder / "count.json"), "--out", str(out), "--json"]
    with subprocess.Popen([*COMMONBOOK, *words], stdout=subprocess.PIPE, text=True, env=os.environ) as kit:
        try:
            venue.running.wait(lambda: kit.poll() is not None or is_watching(venue), PATIENCE_S)
            assert kit.poll() is None, kit.communicate()[0]
            master = Client(venue, key_of(applicant, simulated=True, broker=False), simulated=True, tag=CODE)
            show(clients, master, day=datetime.now(UTC).strftime("%Y%m%d"))
            while kit.poll() is None:  # on a busy machine a second has less than was meant: then once more
                load(clients)
                with suppress(subprocess.TimeoutExpired):
                    kit.wait(15)
            told, _ = kit.communicate()
        finally:
            kit.kill()
    report = read_signed(out.read_text(), AuditKey.open(venue.data).public)
    assert [(one["step"], one["why"]) for one in report["steps"] if not one["passed"]] == []
    assert (kit.returncode, json.loads(told)["passed"], report["passed"]) == (0, True, True)
    assert {one["step"]: one["minutes"] for one in report["steps"]}["sustained"] in ("1.0", "1.1")
    [certificate] = applicant.get("/broker/v1/broker/certificates")
    assert certificate["passed"]


def is_watching(venue: Venue) -> bool:
    """The kit has begun: what clients do from now on is seen."""
    return any((venue.data / SIMULATED / "conformance").glob("*"))


def is_known_there(applicant: Person) -> bool:
    """The simulated venue has followed: the code is known, and the servers that its keys work from."""
    answer = applicant.ask("GET", f"/account/v1/brokers/{CODE}/text?simulated=true")
    return answer.status_code == 200 and answer.json()["asks_from"] == [HERE]


def has_funds(client: Client) -> bool:
    envelope = client.send("GET", "/account/balance")
    return envelope["code"] == "0" and any(row["ccy"] == "USDT" for row in envelope["data"][0]["details"])


def client_of(venue: Venue, user: Person, simulated: bool) -> Client:
    return Client(venue, key_of(user, simulated, broker=True), simulated, CODE)


def key_of(user: Person, simulated: bool, broker: bool) -> dict[str, str]:
    """A key that its user has made; the broker's own to hold, if it is for one."""
    asked: dict[str, Any] = {"label": "bot", "passphrase": PASSPHRASE, "permissions": ["read_only", "trade"]}
    if broker:
        told = user.get(f"/account/v1/brokers/{CODE}/text?simulated={str(simulated).lower()}")
        assert told["asks_from"] == [HERE]
        asked["broker"] = {"code": CODE, "text_version": told["text_version"]}
    made = user.post("/account/v1/keys", asked | {"simulated": simulated})
    return {"api_key": made["api_key"], "api_secret": made["api_secret"], "api_passphrase": PASSPHRASE}


# -- what earns --------------------------------------------------------------------------------------------------------


def rate_of(applicant: Person) -> Decimal:
    """Of the level that a broker begins with, for clients without an affiliate, as the schedule tells it."""
    [version] = applicant.get("/broker/v1/rates")["versions"]
    level = applicant.get("/broker/v1/tier")["level"]
    [row] = [one for one in version["rows"] if (one["tier"], one["affiliated"]) == (level, False)]
    return Decimal(row["rate"]) / 100


def trades_by_key(venue: Venue) -> list[dict[str, str]]:
    """Through ccxt, which puts the broker's code on each order; its fills."""
    client = client_of(venue, venue.user(), simulated=False)
    credentials = {
        "apiKey": client.key["api_key"],
        "secret": client.key["api_secret"],
        "password": client.key["api_passphrase"],
        "options": {"brokerId": CODE},
    }
    with RealClient(python_of("ccxt"), "ccxt_session.py", {"rest": venue.address, "credentials": credentials}) as ccxt:
        placed = ccxt.call("create_order", "BTC/USDT", "market", "buy", 0.05)
        ccxt.call("fetch_order", placed["id"], "BTC/USDT")
    return client.fills_of({placed["id"]})


def trades_by_token(venue: Venue, applicant: Person) -> list[dict[str, str]]:
    """Through Authlib, whose tokens carry the broker without any tag; its fills."""
    [registered] = applicant.get("/broker/v1/broker/oauth-clients")
    made = applicant.post(f"/broker/v1/broker/oauth-clients/{registered['client']}/secret", {"old_works_s": 0})
    user, verifier = venue.user(), generate_token(48)
    with OAuth2Client(
        made["client"],
        made["client_secret"],
        scope="read_only,trade",
        redirect_uri=BACK,
        code_challenge_method="S256",
        timeout=60,
    ) as client:
        url, state = client.create_authorization_url(f"{venue.address}/account/oauth/authorize", code_verifier=verifier)
        answer = pressed(venue.running.http, user.headers, url)
        token_url = f"{venue.address}/v5/users/oauth/token"
        client.fetch_token(token_url, authorization_response=answer, state=state, code_verifier=verifier)
        body = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "5000"}
        placed = client.post(f"{venue.address}/api/v5/trade/order", json=body).json()["data"][0]
        assert (placed["sCode"], placed["brokerCode"]) == ("0", CODE), placed
        rows: list[dict[str, str]] = client.get(f"{venue.address}/api/v5/trade/fills?instId=BTC-USDT").json()["data"]
    return [row for row in rows if row["ordId"] == placed["ordId"]]


def balance(venue: Venue, key: dict[str, str]) -> Decimal:
    """USDT of the key's account, as the venue's own tables say it."""
    [row] = Client(venue, key, simulated=False, tag="").get("/account/balance?ccy=USDT")
    return sum((Decimal(one["cashBal"]) for one in row["details"]), Decimal(0))


def checked_from_files(venue: Venue, count: Counted, folder: Path) -> None:
    """In an empty folder: the hour's statement, the signed hour and the host's key, and a proof of one fill."""
    statements = venue.data / "statements"
    [statement] = statements.glob(f"*{CODE}*{count.hour}*")
    hour = statements / f"hour-api-{count.hour}.json"
    venue.running.wait(hour.exists, PATIENCE_S)  # it is signed a moment later
    alone = folder / "alone"
    alone.mkdir()
    for file in (statement, hour, statements / "signing-key.txt"):
        shutil.copy(file, alone)
    verified = console("verify-statement", str(alone / statement.name))
    assert (verified["ok"], verified["total"] * UNIT, verified["count"]) == (True, count.paid, count.fills)
    fill = json.loads((alone / statement.name).read_text().splitlines()[1])["fill"]
    key = str(alone / "signing-key.txt")
    console("prove-fill", str(alone / statement.name), fill, "--out", str(alone / "proof.json"))
    assert console("verify-proof", str(alone / "proof.json"), "--key", key)["ok"]
    [signed] = venue.ask("GET", "/program/v1/signed-hours").json()["hours"][:1]
    assert signed["key"] == (alone / "signing-key.txt").read_text().strip()


def console(*words: str) -> Any:
    """What a command answers, run apart."""
    command = [*COMMONBOOK, *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
