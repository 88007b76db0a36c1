"""An application's way through the desks, as far as a test needs it."""

import time
from dataclasses import dataclass
from typing import Any

from spec.partnership.desk_here import FIRST_APPLICANT, RETAIL, STAKE, TEAM, TOKEN, Browser, DesksHere

from commonbook.administration.roles import Role
from commonbook.partnership import verification
from commonbook.partnership.model import Item

DAY_NS = 86_400 * 10**9
PHASE = {
    "phase": 1,
    "name": "Phase 1",
    "opens_ns": "1",
    "closes_ns": str(2**62),
    "quota": 100,
    "asset": TOKEN,
    "stake": STAKE,
    "token_required": True,
    "holders_share": "80",
    "host_holders_share": "24",
}
CONTRACT = {"text": "Both sides agree.", "term_days": 365, "renewal_days": 30, "notice_days": 10}


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

    def open_phase(self, **changed: Any) -> dict[str, Any]:
        done = self.approve(self.first.post("/host/v1/partnership/phases", PHASE | changed))
        assert done["state"] == "done", done
        return done

    def publish(self, **changed: Any) -> dict[str, Any]:
        done = self.approve(self.first.post("/host/v1/partnership/contracts", CONTRACT | changed))
        assert done["state"] == "done", done
        return done

    def move(self, reference: str, to: str, reason: str = "") -> dict[str, Any]:
        """One person's move; or two persons', which is carried out when this returns."""
        path = f"/host/v1/partnership/applications/{reference}/move"
        moved: dict[str, Any] = self.first.post(path, {"to": to, "reason": reason})
        if moved["approval"] is None:
            return moved
        done = self.approve(moved)
        assert done["state"] == "done", done
        return done

    def admit(self, reference: str) -> None:
        """Screening passes, up to where the stake is awaited."""
        self.move(reference, "screening")
        for kind in ("kyb", "sanctions"):
            body = {"kind": kind, "passed": True, "source": f"provider-{kind}-1"}
            self.first.post(f"/host/v1/partnership/applications/{reference}/checks", body)
        self.move(reference, "deposit_pending")

    def accept_contract(self, reference: str) -> dict[str, Any]:
        return self.approve(self.first.post(f"/host/v1/partnership/applications/{reference}/contract"))


@dataclass
class Team:
    """An applicant with a trading account at the retail brand."""

    desks: DesksHere
    browser: Browser
    account: int
    reference: str

    @classmethod
    def applies(cls, desks: DesksHere, number: int = 0, coins: str = STAKE) -> "Team":
        """Submits as a signed-in user."""
        account = desks.account(FIRST_APPLICANT + number, coins)
        browser = desks.browser(desks.user(RETAIL, account), RETAIL)
        draft = TEAM | {"email": f"ada{number}@example.com", "brand_name": f"team-{number}"}
        reference = browser.post("/program/v1/applications", draft)["reference"]
        browser.post(f"/program/v1/applications/{reference}/submit")
        return cls(desks, browser, account, reference)

    @property
    def path(self) -> str:
        return f"/program/v1/applications/{self.reference}"

    def lock(self, coins: str = STAKE) -> dict[str, Any]:
        locked: dict[str, Any] = self.browser.post(f"{self.path}/stake", {"amount": coins})
        return locked

    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = self.browser.get(self.path)
        return told

    @property
    def state(self) -> str:
        return self.desks.found(self.reference).state.value

    def accept_contract(self) -> dict[str, Any]:
        text = self.desks.nobody.get("/program/v1/contract")
        body = {"version": text["version"], "hash": text["hash"]}
        done: dict[str, Any] = self.browser.post(f"{self.path}/contract", body)
        return done

    def owner(self) -> Browser:
        """The brand's owner at the partner desk."""
        found = self.desks.found(self.reference)
        self.desks.write(lambda connection: self.desks.give_factor(connection, found.owner))
        return self.desks.browser(found.owner, found.brand)


def locked_team(desks: DesksHere, host: Host, number: int = 0) -> Team:
    team = Team.applies(desks, number)
    host.admit(team.reference)
    team.lock()
    return team


def sandbox_team(desks: DesksHere, host: Host, number: int = 0) -> Team:
    team = locked_team(desks, host, number)
    team.accept_contract()
    host.accept_contract(team.reference)
    host.move(team.reference, "sandbox")
    return team


def everything_is_there(monkeypatch: Any) -> None:
    """Every item of the checklist is found, whatever keeps it."""
    for item in Item:
        monkeypatch.setitem(verification.SOURCES, item, lambda grounds: True)


def after(days: float) -> int:
    return time.time_ns() + int(days * DAY_NS)
