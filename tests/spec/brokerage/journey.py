"""The way of a broker through the desks, as far as a test needs it."""

import base64
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from spec.partnership.desk_here import FIRST_APPLICANT, RETAIL, Browser, DesksHere
from sqlalchemy import Connection

from commonbook.administration.checkpoint import AuditKey
from commonbook.administration.roles import Role
from commonbook.brokerage import applications, certificates, registry
from commonbook.brokerage.model import Application, Broker
from commonbook.brokerage.questionnaire import ASKED
from commonbook.brokerage.upkeep import Upkeep
from commonbook.gateway.desk.letterhead import letterhead
from commonbook.instrument.model import BrokerCode
from commonbook.notice import mail
from commonbook.notice.mail import Mail

DAY_NS = 86_400 * 10**9
CONTRACT = {"text": "Both sides agree.", "term_days": 365, "renewal_days": 40}
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L1 1Z"/></svg>'
TOLD = dict.fromkeys(ASKED, "As asked.") | {"email": "ada@example.com", "website": "https://north.example"}
OAUTH = {
    "title": "North Star",
    "models": "both",
    "business": "aggregator",
    "codes": ["NORTH"],
    "redirect_urls": ["https://north.example/back"],
    "ip_list": ["192.0.2.7"],
    "requests_per_s": 150,
    "told": TOLD,
}
HOST_PATH = "/host/v1/broker-applications"


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


@dataclass
class Host:
    """Two of the host's people, who approve what the other asks for."""

    first: Browser
    second: Browser

    @classmethod
    def of(cls, desks: DesksHere) -> "Host":
        return cls(desks.staff(Role.OWNER), desks.staff(Role.OWNER))

    def approve(self, waiting: dict[str, Any]) -> dict[str, Any]:
        approval = waiting.get("approval", waiting)
        body = {"payload_hash": approval["payload_hash"]}
        done: dict[str, Any] = self.second.post(f"/host/v1/approvals/{approval['id']}/approve", body)
        return done

    def publish(self, **changed: Any) -> None:
        done = self.approve(self.first.post("/host/v1/broker-contracts", CONTRACT | changed))
        assert done["state"] == "done", done

    def move(self, reference: str, to: str, reason: str = "") -> dict[str, Any]:
        """One person's move; or two persons', which is carried out when this returns."""
        moved: dict[str, Any] = self.first.post(f"{HOST_PATH}/{reference}/move", {"to": to, "reason": reason})
        if moved["approval"] is None:
            return moved
        done = self.approve(moved)
        assert done["state"] == "done", done
        return done

    def check(self, reference: str, kind: str, passed: bool = True) -> None:
        body = {"kind": kind, "passed": passed, "source": f"provider-{kind}-1"}
        self.first.post(f"{HOST_PATH}/{reference}/checks", body)

    def let_in(self, reference: str) -> None:
        self.check(reference, "kyb")
        self.check(reference, "sanctions")
        self.move(reference, "integration")

    def accept_contract(self, reference: str) -> dict[str, Any]:
        return self.approve(self.first.post(f"{HOST_PATH}/{reference}/contract"))


@dataclass
class Applicant:
    """A user of the retail brand with a trading account, who would be a broker."""

    desks: DesksHere
    browser: Browser
    user: int
    account: int
    reference: str = ""

    @classmethod
    def at(cls, desks: DesksHere, number: int = 0) -> "Applicant":
        account = desks.account(FIRST_APPLICANT + number)
        user = desks.user(RETAIL, account)
        return cls(desks, desks.browser(user, RETAIL), user, account)

    def begins(self, **changed: Any) -> "Applicant":
        self.reference = self.browser.post("/broker/v1/applications", OAUTH | changed)["reference"]
        return self

    def sends_papers(self) -> "Applicant":
        paper = {"name": "Register", "kind": "application/pdf", "content": base64_of(b"%PDF-1.7 register")}
        self.browser.post(f"{self.path}/papers", paper)
        self.browser.post(f"{self.path}/logo", {"content": base64_of(LOGO)})
        return self

    def submits(self, **changed: Any) -> "Applicant":
        self.begins(**changed).sends_papers().browser.post(f"{self.path}/submit")
        return self

    @property
    def path(self) -> str:
        return f"/broker/v1/applications/{self.reference}"

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = self.browser.get(self.path)
        return found

    @property
    def application(self) -> Application:
        return self.desks.read(lambda connection: applications.referred(connection, self.reference))

    @property
    def state(self) -> str:
        return self.application.state.value

    @property
    def broker(self) -> Broker:
        found = self.desks.read(lambda connection: registry.by_number(connection, self.application.broker))
        assert found is not None
        return found

    def attests(self, *kinds: str) -> None:
        for statement in self.browser.get("/broker/v1/attestations"):
            if statement["kind"] in (kinds or ("aml_kyc", "data_protection")):
                body = {"kind": statement["kind"], "hash": statement["hash"]}
                self.browser.post(f"{self.path}/attestations", body)

    def is_certified(self, passed: bool = True, made_ns: int | None = None, report: str = "") -> None:
        key, text = AuditKey.open(self.desks.folder), report or f"report {time.time_ns()}"
        days = self.desks.settings.brokerage.certificate_days

        def work(connection: Connection) -> None:
            certificates.file_report(
                connection,
                self.broker.number,
                text,
                passed,
                key.sign(text.encode()),
                key.public,
                "host",
                days,
                made_ns,
            )

        self.desks.write(work)

    def accepts_contract(self) -> None:
        text = self.browser.get("/broker/v1/contract")
        self.browser.post(f"{self.path}/contract", {"version": text["version"], "hash": text["hash"]})

    def letters(self) -> list[Mail]:
        """Oldest first."""
        found = self.desks.read(lambda connection: mail.newest(connection, self.desks.seal, 1_000))
        return [one for one in reversed(found) if one.user == self.user and one.kind.startswith("broker-")]

    def core_says(self) -> BrokerCode:
        """What the venue has of the code, as the core's events left it."""
        found: BrokerCode = self.desks.door.venue.codes[self.broker.number]
        return found


def integrating(desks: DesksHere, host: Host, number: int = 0, **changed: Any) -> Applicant:
    one = Applicant.at(desks, number).submits(**changed)
    host.let_in(one.reference)
    return one


def in_review(desks: DesksHere, host: Host, number: int = 0, **changed: Any) -> Applicant:
    one = integrating(desks, host, number, **changed)
    one.browser.post(f"{one.path}/test")
    one.is_certified()
    one.attests()
    one.browser.post(f"{one.path}/review")
    return one


def contracting(desks: DesksHere, host: Host, number: int = 0, **changed: Any) -> Applicant:
    one = in_review(desks, host, number, **changed)
    host.check(one.reference, "security")
    host.move(one.reference, "contract")
    return one


def live(desks: DesksHere, host: Host, number: int = 0, **changed: Any) -> Applicant:
    """A contract must be published."""
    one = contracting(desks, host, number, **changed)
    one.accepts_contract()
    host.accept_contract(one.reference)
    host.move(one.reference, "live")
    return one


def keep(desks: DesksHere, now_ns: int | None = None) -> None:
    """The back office looks after brokers: now, or when the engine's time is another one."""
    database, seal = desks.door.database, desks.seal
    head = partial(letterhead, desks.settings.mail, desks.door.hosts)
    upkeep = Upkeep(database, lambda: seal, desks.settings.brokerage)
    upkeep.look(desks.door.venue, time.time_ns() if now_ns is None else now_ns, desks.exchange.submit, head)


def active_in_core(desks: DesksHere, code: str) -> bool:
    found = desks.door.venue.broker_coded(code)
    assert found is not None
    return bool(found.active)
