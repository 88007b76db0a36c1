"""From an application to the first income that is paid out, by requests alone; and what is refused on the way."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from spec.partnership.path_here import (
    BTC,
    HOST,
    HUB,
    NORTH,
    SOUTH,
    USDT,
    Hand,
    World,
    signed,
    world_in,
)
from typer.testing import CliRunner

from commonbook.console.commands import commands
from commonbook.partnership import applications
from commonbook.partnership.duties import note_token

HARBOUR, DOMAIN = "harbour.localhost", "trade.harbour-exchange.com"
PHASE = {
    "phase": 1,
    "name": "Phase 1",
    "opens_ns": "1",
    "closes_ns": str(2**62),
    "quota": 1,
    "asset": "HUB",
    "stake": "500000",
    "token_required": True,
    "holders_share": "80",
    "host_holders_share": "24",
}
CONTRACT = {"text": "Both sides agree.", "term_days": 3, "renewal_days": 1, "notice_days": 1}
TEAM = {
    "contact": "Ada Bell",
    "phone": "+44 20 7946 0000",
    "team": "Six people who have run a brokerage.",
    "plan": "Spot markets for two countries.",
}
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="3"/></svg>'
FEES = {"levels": [{"level": 0, "maker": "0.0008", "taker": "0.001"}]}
UNDER_THE_FLOOR = {"levels": [{"level": 0, "maker": "0.0008", "taker": "0.0004"}]}
ASK_FOR = "/host/v1/partnership"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with world_in(tmp_path / "data") as found:
        yield found


@dataclass
class Host:
    """Two of the host's owners."""

    first: Hand
    second: Hand

    def sign_in(self) -> None:
        self.first.sign_in()
        self.second.sign_in()

    def both(self, path: str, body: Any = None) -> dict[str, Any]:
        """One asks, and cannot say yes alone; the other one does."""
        waiting = self.first.post(path, body)
        approval = waiting.get("approval", waiting)
        alone = f"/host/v1/approvals/{approval['id']}/approve"
        assert self.first.refused("POST", alone, {"payload_hash": approval["payload_hash"]}) == "own_request"
        return self.second.approve(waiting)

    def move(self, reference: str, to: str) -> dict[str, Any]:
        moved: dict[str, Any] = self.first.post(f"{ASK_FOR}/applications/{reference}/move", {"to": to})
        return moved

    def move_together(self, reference: str, to: str) -> dict[str, Any]:
        return self.both(f"{ASK_FOR}/applications/{reference}/move", {"to": to})

    def admit(self, reference: str) -> None:
        """Without its checks nobody is admitted."""
        move = f"{ASK_FOR}/applications/{reference}/move"
        self.move(reference, "screening")
        for kind in ("kyb", "sanctions"):
            assert self.first.refused("POST", move, {"to": "deposit_pending"}) == f"{kind}_missing"
            check = {"kind": kind, "passed": True, "source": f"provider-{kind}-1"}
            self.first.post(f"{ASK_FOR}/applications/{reference}/checks", check)
        self.move(reference, "deposit_pending")


def applied(world: World, name: str, brand: str) -> tuple[Hand, str]:
    """Somebody of another brand who applies, and the reference of what was submitted."""
    lead = world.hand(SOUTH, f"{name}@example.com").sign_up()
    lead.set_up_second_factor()
    reference = lead.post("/program/v1/applications", TEAM | {"email": lead.email, "brand_name": brand})["reference"]
    assert lead.post(f"/program/v1/applications/{reference}/submit")["state"] == "submitted"
    return lead, reference


def test_from_the_application_to_the_first_income(world: World, tmp_path: Path) -> None:
    host = Host(world.hosts_owner("ida@example.com"), world.hosts_owner("jan@example.com"))
    host.both(f"{ASK_FOR}/phases", PHASE)
    host.both(f"{ASK_FOR}/contracts", CONTRACT)

    # -- two teams apply; there is one place
    ada, reference = applied(world, "ada", "harbour")
    eve, other = applied(world, "eve", "meadow")
    for one in (reference, other):
        host.admit(one)
    path, theirs = f"/program/v1/applications/{reference}", f"/program/v1/applications/{other}"
    lock = {"amount": "500000"}
    # The account for the stake is opened with the transfer that fails.
    assert ada.refused("POST", f"{path}/stake", lock, but=("venue_commands",)) == "insufficient_funds"
    for lead in (ada, eve):
        world.fund(lead.account, HUB, "500000")
    assert ada.refused("POST", f"{path}/stake", {"amount": "499999.99999999"}) == "stake_too_small"
    assert ada.balance("HUB") == "500000"
    stake_is_locked_once(world, ada, path)
    assert eve.refused("POST", f"{theirs}/stake", lock) == "quota_full"
    assert eve.balance("HUB") == "500000"

    # -- the contract, by both sides
    text = ada.get("/program/v1/contract", host=HOST)
    assert ada.refused("POST", f"{path}/contract", {"version": 1, "hash": "0" * 64}) == "other_contract"
    agreed = {"version": text["version"], "hash": text["hash"]}
    assert ada.post(f"{path}/contract", agreed)["state"] == "deposit_locked"
    host.both(f"{ASK_FOR}/applications/{reference}/contract")
    assert ada.get(path)["state"] == "contracted"

    # -- the brand
    host.move_together(reference, "sandbox")
    world.keep()
    owner, colleague = the_team(world)
    brand_is_set_up(world, owner)
    assert owner.post("/partner/v1/partnership/verify")["state"] == "verified"

    # -- live: not without the token, not with a contract that has ended, not by one alone
    host.sign_in()  # hours have gone by
    move = f"{ASK_FOR}/applications/{reference}/move"
    assert host.first.refused("POST", move, {"to": "live"}) == "token_not_issued"
    token_is_there(world, reference, issued=True, bound=False)
    assert host.first.refused("POST", move, {"to": "live"}) == "schedules_not_bound"
    token_is_there(world, reference, issued=True, bound=True)
    world.clock.on(3 * 86_400)
    world.keep()
    host.sign_in()
    owner.sign_in()
    assert host.first.refused("POST", move, {"to": "live"}) == "contract_not_in_force"
    owner.post("/partner/v1/partnership/contract", agreed)
    host.both(f"{ASK_FOR}/applications/{reference}/contract")
    early = world.hand(HARBOUR, "early@example.com")
    begun = {"email": early.email, "password": "a good long password 7"}
    assert early.refused("POST", "/account/v1/sign-up", begun) == "sign_up_closed"
    host.move_together(reference, "live")
    world.keep()
    assert owner.get("/partner/v1/partnership")["state"] == "live"

    day = customers_trade(world)
    income_is_paid_out(world, owner, colleague, day, tmp_path)


def stake_is_locked_once(world: World, ada: Hand, path: str) -> None:
    """Sixteen at once, with one effect."""
    wanted = (SOUTH, "POST", f"{path}/stake", {"amount": "500000"}, ada.headers)
    answers = world.at_once([wanted] * 16)
    assert {one.status_code for one in answers} == {200}, [one.text for one in answers]
    told = ada.get(path)
    assert (told["state"], [one["amount"] for one in told["stakes"]]) == ("deposit_locked", ["500000"])
    assert ada.balance("HUB") == "0"


def the_team(world: World) -> tuple[Hand, Hand]:
    """The owner, who comes by the mail that the brand's opening has sent, and whom the owner invites."""
    owner = world.hand(HARBOUR, "ada@example.com").take_invitation()
    invited = {"email": "bob@example.com", "role": "finance"}
    assert owner.refused("POST", "/partner/v1/staff/invite", invited) == "second_factor_needed"
    owner.set_up_second_factor()
    assert owner.account == ""
    owner.enter(owner.post("/account/v1/trading-account"))
    assert owner.account != ""
    assert owner.refused("POST", "/account/v1/trading-account") == "already_open"
    owner.post("/partner/v1/staff/invite", invited)
    colleague = world.hand(HARBOUR, "bob@example.com").take_invitation()
    return owner, colleague.set_up_second_factor()


def brand_is_set_up(world: World, owner: Hand) -> None:
    verify = "/partner/v1/partnership/verify"
    assert open_items(owner) == ["domain", "logo", "terms", "fees", "support", "test_order", "test_hour"]
    assert owner.refused("POST", verify) == "checklist_open"
    logo = owner.post("/partner/v1/brand/logo", {"content": base64.b64encode(LOGO).decode()})["hash"]
    before = owner.get("/partner/v1/brand")
    document = {
        "name": "harbour",
        "title": "Harbour",
        "logo": logo,
        "domains": [DOMAIN],
        "support": "help@harbour-exchange.com",
    }
    owner.put("/partner/v1/brand", {"based_on": before["version"], "document": before["document"] | document})

    prove = f"/partner/v1/brand/domains/{DOMAIN}/prove"
    assert owner.post(prove)["state"] == "waiting"
    assert open_items(owner) == ["domain", "terms", "fees", "test_order", "test_hour"]
    assert owner.refused("POST", verify) == "checklist_open"
    (told,) = owner.get("/partner/v1/brand/domains")
    world.dns.set(told["dns_record"], "TXT", told["token"])
    assert owner.post(prove)["state"] == "proved"

    for kind in ("terms", "risk", "privacy"):
        text = {"kind": kind, "role": "trader", "texts": {"en": f"Our {kind}."}, "is_material": True}
        owner.post("/partner/v1/terms", text)
    assert owner.refused("POST", "/partner/v1/fees/schedules", UNDER_THE_FLOOR) == "refused_fee_below_floor"
    owner.post("/partner/v1/fees/schedules", FEES)
    world.keep()
    assert open_items(owner) == ["test_order", "test_hour"]
    order_is_tried_out(world, owner)
    assert open_items(owner) == []


def open_items(owner: Hand) -> list[str]:
    return [one["item"] for one in owner.get("/partner/v1/partnership")["checklist"] if not one["is_there"]]


def order_is_tried_out(world: World, owner: Hand) -> None:
    """On the simulated venue, with a key of its own; and its hour is over."""
    key = world.tool("key", "create", "--account", owner.account, "--simulated")
    world.keep()
    row = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "1", "sz": "5"}
    headers = signed(world, key, "POST", "/api/v5/trade/order", row)
    answer = world.request(HARBOUR, "POST", "/api/v5/trade/order", row, headers).json()
    assert answer["code"] == "0", answer
    assert open_items(owner) == ["test_hour"]
    world.clock.on(2 * 3_600)
    world.keep()
    owner.sign_in()


def token_is_there(world: World, reference: str, issued: bool, bound: bool) -> None:
    """The one function that the token feature fills."""

    def note(connection: Any) -> None:
        found = applications.referred(connection, reference)
        note_token(connection, found, "back-office", issued, bound, "token:1")

    world.write(note)


def customers_trade(world: World) -> str:
    """Harbour's customer sells 10,000 BTC at 1 USDT to an order of north's that rests; gives the day."""
    north = world.hand(NORTH, "nora@example.com").sign_up()
    world.fund(north.account, USDT, "30000")
    assert north.order("buy", "20000") == "0"
    customer = world.hand(HARBOUR, "carl@example.com").sign_up()
    world.fund(customer.account, BTC, "10000")
    world.second_passes()
    assert customer.order("sell", "10000") == "50027"
    due = [one["hash"] for one in customer.get("/account/v1/terms")["texts"] if one["is_due"]]
    assert len(due) == 3
    assert customer.post("/account/v1/terms/accept", {"hashes": due})["may_order"] is True
    world.second_passes()
    assert customer.order("sell", "10000") == "0"
    assert customer.balance("USDT") == "9990"  # 10,000 less a fee of 10 basis points
    return world.clock.today


def income_is_paid_out(world: World, owner: Hand, colleague: Hand, day: str, folder: Path) -> None:
    world.clock.to_next_day(hour=2)
    world.keep()
    owner.sign_in()
    colleague.sign_in()
    check = next(one for one in owner.get("/partner/v1/clearing/checks") if one["date"] == day)
    assert (check["state"], check["problems"]) == ("closed", [])
    statement = next(one for one in owner.get("/partner/v1/clearing/statements?asset=USDT") if one["date"] == day)
    # The fee is 10.00; 20 % of it are the host's.
    assert (statement["opening"], statement["closing"]) == ("0", "8"), statement
    file = folder / "statement.jsonl"
    file.write_bytes(owner.ask("GET", f"/partner/v1/clearing/statements/USDT/{day}").content)
    checked = CliRunner().invoke(commands(), ["verify-clearing", str(file)])
    assert checked.exit_code == 0, checked.output

    (release,) = [one for one in owner.get("/partner/v1/clearing/releases") if one["asset"] == "USDT"]
    assert (release["amount"], release["state"]) == ("8", "released"), release
    (owed,) = [one for one in owner.get("/partner/v1/clearing/owed") if one["asset"] == "USDT"]
    assert (owed["owed"], owed["treasury"]) == ("0", "8")

    pay = {"account": owner.account, "asset": "USDT", "amount": "8"}
    transfers = "/partner/v1/clearing/treasury-transfers"
    assert owner.refused("POST", transfers, pay | {"account": "1002"}) == "no_such_account"
    waiting = owner.post(transfers, pay)
    alone = f"/partner/v1/approvals/{waiting['id']}/approve"
    assert owner.refused("POST", alone, {"payload_hash": waiting["payload_hash"]}) == "own_request"
    assert owner.balance("USDT") == "0"
    colleague.approve(waiting)
    assert owner.balance("USDT") == "8"
    (owed,) = [one for one in owner.get("/partner/v1/clearing/owed") if one["asset"] == "USDT"]
    assert owed["treasury"] == "0"
    assert world.small.exchange.ledger_difference() == {}
