"""Clearing at the desks. docs/rules/clearing.md, Q-7 to Q-25. South is owed 52.00 a trade."""

import asyncio
import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
from integration.gateway_here import GatewayHere
from spec.clearing.brand_days import AT_ONCE, DAY, at, income, trade, writing
from spec.clearing.served import ExchangeHere
from spec.small_exchange import MAKER, NORTH, SOUTH, TAKER, SmallExchange, units
from spec.staff import staff_member
from sqlalchemy import Connection, update
from typer.testing import CliRunner

from commonbook.administration import approvals
from commonbook.administration.roles import Role
from commonbook.clearing import billing
from commonbook.clearing.model import DAY_NS
from commonbook.console.commands import commands
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.cut_off import CutOff
from commonbook.identity.sealing import Seal
from commonbook.identity.sessions import open_session
from commonbook.instrument.accounts import treasury_account
from commonbook.storage.database import open_database
from commonbook.storage.tables import administration as tables

HOSTS = {0: "127.0.0.1", NORTH: "north.localhost", SOUTH: "south.localhost"}
NOVEMBER = 2025 * 12 + 10
LATER = "2090-01-01"


@dataclass
class Browser:
    address: str
    host: str
    token: str
    csrf: str

    def raw(self, method: str, path: str, body: Any = None) -> httpx.Response:
        given = {"host": self.host, "cookie": f"session={self.token}", "x-csrf-token": self.csrf}
        with httpx.Client(base_url=self.address, timeout=60) as http:
            return http.request(method, path, json=body, headers=given)

    def get(self, path: str) -> Any:
        answer = self.raw("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, status: int = 202) -> Any:
        answer = self.raw("POST", path, body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def code(self, method: str, path: str, body: Any = None) -> str:
        answer = self.raw(method, path, body)
        assert answer.status_code >= 400, answer.text
        return str(answer.json()["error"]["code"])


@dataclass
class Desks:
    address: str
    data_dir: Path
    exchange: ExchangeHere

    def staff(self, brand: int, *held: Role, account: int = 0) -> Browser:
        """A new user of a brand with these roles, signed in with a second factor."""
        with self.tables() as connection:
            user = staff_member(connection, Seal.open(self.data_dir), brand, *held, account=account)
        return self.session(brand, user)

    def session(self, brand: int, user: int) -> Browser:
        with self.tables() as connection:
            new = open_session(connection, 0, brand, 600, user, time.time_ns())
        return Browser(self.address, HOSTS[brand], new.token, new.csrf)

    @contextlib.contextmanager
    def tables(self) -> Iterator[Connection]:
        """One transaction of the test's own."""
        database = open_database(f"sqlite:///{self.data_dir / 'backoffice.db'}")
        with database.begin() as connection:
            yield connection
        database.dispose()

    def comes_to_be(self, number: int, state: str) -> bool:
        """Whether an approval comes to a state within half a minute."""
        for _ in range(300):
            with self.tables() as connection:
                if approvals.find(connection, number).state == state:
                    return True
            time.sleep(0.1)
        return False

    def approved(self, first: Browser, asked: Any, second: Browser) -> Any:
        """What has become of an act after another user's yes."""
        desk = "host" if first.host == HOSTS[0] else "partner"
        path = f"/{desk}/v1/approvals/{asked['id']}/approve"
        assert first.code("POST", path, {"payload_hash": asked["payload_hash"]}) == "own_request"
        return second.post(path, {"payload_hash": asked["payload_hash"]}, 200)


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    """South has 52.00 and 5.00 of day 0, and 52.00 of day 6, in its treasury; an invoice of 16.00 is paid out of it."""
    data_dir = tmp_path_factory.mktemp("clearing") / "data"
    with SmallExchange(data_dir, AT_ONCE) as exchange:
        with writing(exchange) as connection:
            billing.set_price(connection, 0, "support", NOVEMBER, units("70"))
            billing.set_use(connection, SOUTH, NOVEMBER, "support", 1)
        trade(exchange, "100000", 0)
        income(exchange, "income:l:2:=SUM(A1)", "5", account=TAKER)
        at(exchange, 1, 2)
        trade(exchange, "100000", 6)
        at(exchange, 7, 2)
    with (
        ExchangeHere(data_dir, AT_ONCE, (DAY + 7) * DAY_NS + DAY_NS // 4) as here,
        GatewayHere(data_dir, AT_ONCE) as address,
    ):
        yield Desks(address, data_dir, here)


def _balance(desks: Desks, name: str) -> str:
    """What a desk says that south is owed, or has."""
    return str(desks.staff(SOUTH, Role.FINANCE).get("/partner/v1/clearing/owed")[0][name])


def test_q16_a_brand_sees_what_it_is_owed_and_what_its_treasury_has(desks: Desks) -> None:
    (told,) = desks.staff(SOUTH, Role.FINANCE).get("/partner/v1/clearing/owed")
    # 57.00 of day 0; 52.00 of day 6 went towards the invoice.
    assert (told["brand"], told["asset"], told["owed"], told["treasury"]) == ("2", "USDT", "0", "57")
    assert told["next_release"] == "2025-12-02"
    released = desks.staff(SOUTH, Role.FINANCE).get("/partner/v1/clearing/releases")
    assert [(one["date"], one["amount"], one["set_off"], one["state"]) for one in released] == [
        ("2025-12-01", "0", "52", "released"),
        ("2025-11-25", "57", "0", "released"),
    ]


def test_q13_a_brand_fetches_its_statements_and_no_other(desks: Desks, tmp_path: Path) -> None:
    finance = desks.staff(SOUTH, Role.FINANCE)
    told = finance.get("/partner/v1/clearing/statements")
    assert {one["brand"] for one in told} == {"2"}
    assert (told[-1]["date"], told[-1]["state"], told[-1]["totals"]["listing"]) == ("2025-11-24", "released", "5")
    paths = []
    for one in told:
        file = finance.raw("GET", f"/partner/v1/clearing/statements/USDT/{one['date']}")
        assert file.headers["content-type"].startswith("application/jsonl")
        assert str(MAKER) not in file.text
        paths.append(tmp_path / f"{one['date']}.jsonl")
        paths[-1].write_bytes(file.content)
    done = CliRunner().invoke(commands(), ["verify-clearing", *map(str, paths)])
    assert (done.exit_code, done.output.count("verified")) == (0, 3)
    paths[0].write_bytes(paths[0].read_bytes().replace(b"0", b"1", 1))
    assert CliRunner().invoke(commands(), ["verify-clearing", str(paths[0])]).exit_code == 1
    for path in ("USDT/2025-11-27", "EUR/2025-11-24"):
        assert finance.code("GET", f"/partner/v1/clearing/statements/{path}") == "no_such_statement"
    assert finance.code("GET", "/partner/v1/clearing/statements/XXX/2025-11-24") == "no_such_asset"
    assert finance.code("GET", "/partner/v1/clearing/statements/USDT/today") == "bad_request"


def test_q23_the_daily_check_is_shown_to_host_and_brand_each_its_own(desks: Desks) -> None:
    (brands,) = {tuple(one["liabilities"]) for one in desks.staff(0, Role.FINANCE).get("/host/v1/clearing/checks")}
    assert brands == ("1", "2")
    told = desks.staff(SOUTH, Role.FINANCE).get("/partner/v1/clearing/checks")
    assert {tuple(one["liabilities"]) for one in told} == {("2",)}
    assert {one["state"] for one in told} == {"closed"}
    assert told[0]["date"] == "2025-11-30"


def test_v4_volume_by_instrument_is_shown_and_the_brands_sum_to_the_book(desks: Desks) -> None:
    path = "clearing/volume?first=2025-11-24&last=2025-11-30"
    own = desks.staff(SOUTH, Role.READ_ONLY).get(f"/partner/v1/{path}")
    assert [(one["brand"], one["instrument"], one["attributed_volume"]) for one in own] == [("2", "BTC-USDT", "100000")]
    every = desks.staff(0, Role.READ_ONLY).get(f"/host/v1/{path}")
    assert sum(units(one["attributed_volume"]) for one in every) == units(every[0]["book_volume"]) == units("200000")
    assert desks.staff(SOUTH, Role.READ_ONLY).code("GET", f"/partner/v1/{path[:-10]}2020-01-01") == "bad_request"


def test_q25_a_month_is_exported_with_every_entry_and_its_sums_agree(desks: Desks, tmp_path: Path) -> None:
    finance = desks.staff(SOUTH, Role.FINANCE)
    told = finance.get("/partner/v1/clearing/export?month=2025-11")
    assert told["sums_agree"] is True
    rows = [(row["book"], row["kind"], row["amount"]) for row in told["rows"] if row["book"] == "revenue"]
    assert rows == [
        ("revenue", "opening", "0"),
        ("revenue", "income", "5"),
        ("revenue", "trading", "52"),
        ("revenue", "release", "-57"),
        ("revenue", "trading", "52"),
        ("revenue", "closing", "52"),
        ("revenue", "check", "0"),
    ]
    treasury = [(row["kind"], row["reference"], row["amount"]) for row in told["rows"] if row["book"] == "treasury"]
    assert treasury[1] == ("transfer_in", f"release:2:1:{DAY + 1}", "57")
    assert [row["reference"] for row in told["rows"] if row["book"] == "invoice"] == ["2-000001"]
    by_fill = finance.get("/partner/v1/clearing/export?month=2025-11&detail=fill")
    assert by_fill["sums_agree"] is True
    assert [row["amount"] for row in by_fill["rows"] if row["kind"] == "fill"] == ["52", "52"]
    text = finance.raw("GET", "/partner/v1/clearing/export?month=2025-11&form=csv").text
    assert "'=SUM(A1)" in text  # what a spreadsheet would take for a formula
    assert str(MAKER) not in json.dumps(by_fill) + text
    out = tmp_path / "books.csv"
    asked = [
        "clearing",
        "export",
        "--brand",
        "2",
        "--month",
        "2025-11",
        "--out",
        str(out),
        "--data",
        str(desks.data_dir),
    ]
    done = CliRunner().invoke(commands(), asked)
    assert (done.exit_code, out.read_text()) == (0, text)
    assert finance.code("GET", "/partner/v1/clearing/export?month=2025") == "bad_request"
    assert finance.code("GET", "/partner/v1/clearing/export?month=2025-11&form=xml") == "bad_request"
    assert finance.code("GET", "/partner/v1/clearing/export?month=2025-11&detail=more") == "bad_request"


def test_q21_a_brand_fetches_its_invoice_and_checks_it(desks: Desks, tmp_path: Path) -> None:
    finance = desks.staff(SOUTH, Role.FINANCE)
    told = [one for one in finance.get("/partner/v1/clearing/invoices") if one["month"] == "2025-11"]
    assert [(one["name"], one["due"]) for one in told] == [("2-000001", "70")]
    path = tmp_path / "invoice.jsonl"
    path.write_bytes(finance.raw("GET", "/partner/v1/clearing/invoices/1").content)
    statement = desks.data_dir / "clearing/2/USDT-2025-11-24.jsonl"
    done = CliRunner().invoke(commands(), ["verify-invoice", str(path), "--statement", str(statement)])
    assert (done.exit_code, "verified" in done.output) == (0, True)
    page = finance.raw("GET", "/partner/v1/clearing/invoices/1/page")
    assert "Invoice 2-000001" in page.text
    assert finance.code("GET", "/partner/v1/clearing/invoices/9") == "no_such_invoice"
    assert {one["brand"] for one in desks.staff(0, Role.FINANCE).get("/host/v1/clearing/invoices")} == {"1", "2"}


def test_q22_the_rest_of_an_invoice_is_paid_from_the_treasury_by_two(desks: Desks) -> None:
    # 70.00, of which 52.00 were set off. The treasury has 57.00.
    first, second = desks.staff(SOUTH, Role.FINANCE), desks.staff(SOUTH, Role.OWNER)
    before = units(_balance(desks, "treasury"))
    done = desks.approved(first, first.post("/partner/v1/clearing/invoices/1/pay"), second)
    assert (done["state"], done["outcome"]) == ("done", {"paid": "18", "key": "invoice:2:1:2"})
    assert units(_balance(desks, "treasury")) == before - units("18")
    assert first.code("POST", "/partner/v1/clearing/invoices/1/pay") == "nothing_due"


def test_q19_the_treasury_pays_an_owner_by_two_and_nobody_else(desks: Desks) -> None:
    first, second = desks.staff(SOUTH, Role.OWNER, account=TAKER), desks.staff(SOUTH, Role.FINANCE)
    path, body = "/partner/v1/clearing/treasury-transfers", {"asset": "USDT", "amount": "10.5"}
    assert first.code("POST", path, body | {"account": str(MAKER)}) == "no_such_account"
    assert first.code("POST", path, body | {"account": "0"}) == "no_such_account"
    assert first.code("POST", path, body | {"account": str(TAKER), "amount": "-1"}) == "bad_request"
    assert first.code("POST", path, body | {"account": str(TAKER), "amount": "0.000000001"}) == "bad_request"
    before = units(_balance(desks, "treasury"))
    done = desks.approved(first, first.post(path, body | {"account": str(TAKER)}), second)
    assert (done["state"], done["outcome"]["key"]) == ("done", f"approval:{done['id']}")
    assert units(_balance(desks, "treasury")) == before - units("10.5")
    too_much = first.post(path, body | {"account": str(TAKER), "amount": "1000000"})
    failed = desks.approved(first, too_much, second)
    assert (failed["state"], failed["outcome"]["code"]) == ("failed", "refused_insufficient_funds")
    assert desks.staff(SOUTH, Role.SUPPORT).code("POST", path, body | {"account": str(TAKER)}) == "not_permitted"


def test_ad4_what_a_crash_has_cut_off_is_done_once_by_the_first_gateway_that_starts(desks: Desks) -> None:
    first = desks.staff(SOUTH, Role.OWNER, account=TAKER)
    body = {"asset": "USDT", "amount": "0.5", "account": str(TAKER)}
    asked = first.post("/partner/v1/clearing/treasury-transfers", body)
    before = units(_balance(desks, "treasury"))
    with desks.tables() as connection:  # another says yes, and then the process dies
        other = staff_member(connection, Seal.open(desks.data_dir), SOUTH, Role.FINANCE)
        approvals.decide(connection, asked["id"], SOUTH, other, asked["payload_hash"], True)
    for _ in range(2):
        with GatewayHere(desks.data_dir, AT_ONCE):
            assert desks.comes_to_be(asked["id"], approvals.DONE)
        assert units(_balance(desks, "treasury")) == before - units("0.5")
        with desks.tables() as connection:  # it died behind the transfer, before it was noted
            noted = tables.approvals.c.approval == asked["id"]
            connection.execute(update(tables.approvals).where(noted).values(state=approvals.APPROVED))
    with desks.tables() as connection:
        connection.execute(update(tables.approvals).where(noted).values(state=approvals.DONE))


def test_ad4_what_another_gateway_may_be_at_is_left_to_it_for_a_while(desks: Desks) -> None:
    first = desks.staff(SOUTH, Role.OWNER, account=TAKER)
    body = {"asset": "USDT", "amount": "0.25", "account": str(TAKER)}
    asked = first.post("/partner/v1/clearing/treasury-transfers", body)
    with desks.tables() as connection:
        other = staff_member(connection, Seal.open(desks.data_dir), SOUTH, Role.FINANCE)
        approvals.decide(connection, asked["id"], SOUTH, other, asked["payload_hash"], True)
    database = open_database(f"sqlite:///{desks.data_dir / 'backoffice.db'}")
    done: list[int] = []

    class Loaded:
        async def desk(self) -> Any:
            return None

    async def carry_out(_: Any, left: list[approvals.Approval]) -> list[approvals.Approval]:
        done.extend(one.id for one in left)
        return left

    async def look_twice() -> None:
        keeper = CutOff(database, Loaded(), 0)  # type: ignore[arg-type]
        assert await keeper.look() == []
        assert len(await keeper.look()) == 1

    with mock.patch.object(acts, "carry_out_left", carry_out):
        asyncio.run(look_twice())
    database.dispose()
    assert done == [asked["id"]]


def test_ad9_who_is_of_a_brands_team_or_is_paid_decides_neither_of_its_terms_nor_of_the_payment(desks: Desks) -> None:
    share = {"brand": "2", "source": "trading", "first_date": "2090-03-01", "rate_e8": 10_000_000}
    with desks.tables() as connection:  # one person is a user of the host's and one of south's
        held = Seal.open(desks.data_dir)
        at_host = staff_member(connection, held, 0, Role.OWNER, email="both@example.com")
        at_south = staff_member(connection, held, SOUTH, Role.OWNER, email="both@example.com", account=TAKER)
    both, host = desks.session(0, at_host), desks.staff(0, Role.OWNER)
    assert both.code("POST", "/host/v1/clearing/cost-shares", share) == "own_interest"
    asked = host.post("/host/v1/clearing/cost-shares", share)
    decides, yes = f"/host/v1/approvals/{asked['id']}", {"payload_hash": asked["payload_hash"]}
    assert both.code("POST", f"{decides}/approve", yes) == "own_interest"
    assert both.code("POST", f"{decides}/refuse", yes) == "own_interest"
    other = share | {"brand": "1"}
    assert both.post("/host/v1/clearing/cost-shares", other)["state"] == "open"
    # Who is paid may ask for it, and does not approve it.
    body = {"asset": "USDT", "amount": "0.5", "account": str(TAKER)}
    paid = desks.staff(SOUTH, Role.FINANCE).post("/partner/v1/clearing/treasury-transfers", body)
    path, yes = f"/partner/v1/approvals/{paid['id']}/approve", {"payload_hash": paid["payload_hash"]}
    assert desks.session(SOUTH, at_south).code("POST", path, yes) == "own_interest"


def test_q18_a_hold_is_placed_and_lifted_by_two(desks: Desks) -> None:
    first, second = desks.staff(0, Role.FINANCE), desks.staff(0, Role.OWNER)
    body = {
        "brand": "2",
        "asset": "USDT",
        "date": "2025-11-24",
        "amount": "3",
        "reason": "a client disputes",
        "fills": [],
    }
    path = "/host/v1/clearing/holds"
    assert first.code("POST", path, body | {"fills": ["x"]}) == "bad_request"
    assert first.code("POST", path, body | {"reason": ""}) == "bad_request"
    assert first.code("POST", path, body | {"brand": "9"}) == "no_such_brand"
    assert first.code("POST", path, body | {"date": "2025-11-20"}) == "no_such_statement"
    done = desks.approved(first, first.post(path, body | {"fills": ["17-3"]}), second)
    (held,) = desks.staff(SOUTH, Role.FINANCE).get("/partner/v1/clearing/holds")
    assert (held["id"], held["amount"], held["fills"], held["lifted_by"]) == (str(done["id"]), "3", ["17-3"], "")
    assert _balance(desks, "held") == "3"
    asked, twice = (first.post(f"{path}/{held['id']}/lift") for _ in range(2))
    assert (asked["payload"]["brand"], asked["payload"]["amount"], asked["payload"]["date"]) == ("2", "3", "2025-11-24")
    lifted = desks.approved(first, asked, second)
    again = desks.approved(first, twice, second)
    assert (again["state"], again["outcome"]["code"]) == ("failed", "no_such_hold")
    (held,) = desks.staff(SOUTH, Role.FINANCE).get("/partner/v1/clearing/holds")
    assert held["lifted_by"] == str(lifted["id"])
    assert first.code("POST", f"{path}/{held['id']}/lift") == "no_such_hold"
    log = desks.staff(SOUTH, Role.OWNER).get("/partner/v1/log")
    assert [(one["actor"], one["act"]) for one in log if "hold" in one["act"]] == [
        ("host", "lift hold"),
        ("host", "hold release"),
    ]


def test_q11_a_correction_is_made_by_two_and_names_what_it_corrects(desks: Desks) -> None:
    first, second = desks.staff(0, Role.FINANCE), desks.staff(0, Role.OWNER)
    body = {"brand": "2", "asset": "USDT", "date": "2025-11-24", "amount": "1.25", "reason": "fee of 17-3"}
    assert first.code("POST", "/host/v1/clearing/adjustments", body | {"amount": "0"}) == "bad_request"
    before = units(_balance(desks, "owed"))
    done = desks.approved(first, first.post("/host/v1/clearing/adjustments", body), second)
    assert done["state"] == "done"
    assert units(_balance(desks, "owed")) == before + units("1.25")
    (told,) = desks.staff(SOUTH, Role.FINANCE).get("/partner/v1/clearing/adjustments")
    assert (told["amount"], told["date"], len(told["root"])) == ("1.25", "2025-11-24", 64)
    too_much = first.post("/host/v1/clearing/adjustments", body | {"amount": "-100000"})
    failed = desks.approved(first, too_much, second)
    assert (failed["state"], failed["outcome"]["code"]) == ("failed", "refused_insufficient_funds")
    assert len(desks.staff(0, Role.FINANCE).get("/host/v1/clearing/2/adjustments")) == 1


def test_q9_a_listing_fee_reaches_the_brand_by_two(desks: Desks) -> None:
    first, second = desks.staff(0, Role.FINANCE), desks.staff(0, Role.OWNER)
    body = {"brand": "2", "source": "listing", "account": str(TAKER), "asset": "USDT", "amount": "40", "reference": "9"}
    assert first.code("POST", "/host/v1/clearing/income", body | {"source": "trading"}) == "bad_request"
    assert first.code("POST", "/host/v1/clearing/income", body | {"account": "77"}) == "no_such_account"
    before = units(_balance(desks, "owed"))
    done = desks.approved(first, first.post("/host/v1/clearing/income", body), second)
    assert done["outcome"] == {"key": "income:l:2:9"}
    assert units(_balance(desks, "owed")) == before + units("40")


def test_q7_terms_are_agreed_by_two_for_a_day_to_come(desks: Desks) -> None:
    first, second = desks.staff(0, Role.FINANCE), desks.staff(0, Role.OWNER)
    share = {"brand": "2", "source": "trading", "first_date": LATER, "rate_e8": 10_000_000}
    assert first.code("POST", "/host/v1/clearing/cost-shares", share | {"first_date": "2025-11-25"}) == "too_late"
    assert first.code("POST", "/host/v1/clearing/cost-shares", share | {"rate_e8": 100_000_001}) == "bad_request"
    assert desks.approved(first, first.post("/host/v1/clearing/cost-shares", share), second)["state"] == "done"
    other = first.post("/host/v1/clearing/cost-shares", share | {"rate_e8": 1})
    assert desks.approved(first, other, second)["outcome"]["code"] == "agreed_already"
    weekly = {"brand": "2", "first_date": LATER, "period": "weekly", "on_day": 5, "asset": "USDT", "minimum": "100"}
    assert first.code("POST", "/host/v1/clearing/release-schedules", weekly | {"on_day": 9}) == "bad_request"
    asked = first.post("/host/v1/clearing/release-schedules", weekly)
    assert desks.approved(first, asked, second)["state"] == "done"
    holders = {"brand": "2", "first_date": LATER, "rate_e8": 80_000_000, "bound": True}
    assert desks.approved(first, first.post("/host/v1/clearing/token-holders", holders), second)["state"] == "done"
    told = desks.staff(SOUTH, Role.FINANCE).get("/partner/v1/clearing/terms")
    assert first.get("/host/v1/clearing/2/terms") == told
    assert (told["cost_shares_e8"]["trading"], told["cost_shares_e8"]["listing"]) == ("20000000", "0")
    assert (told["release_period"], told["token_holders_e8"]) == ("daily", "0")


def test_q20_prices_and_measures_are_data(desks: Desks) -> None:
    fees = desks.staff(0, Role.FINANCE)
    month = "2090-01"
    fees.post("/host/v1/clearing/prices", {"service": "support", "first_month": month, "price": "99.5"}, 200)
    fees.post("/host/v1/clearing/uses", {"brand": "2", "month": month, "service": "support", "quantity": 2}, 200)
    target = {"measure": "p99_us", "first_month": month, "target": 5_000, "credit_e8": 10_000_000}
    fees.post("/host/v1/clearing/targets", target, 200)
    fees.post("/host/v1/clearing/measures", {"month": month, "measure": "p99_us", "measured": 4_000}, 200)
    billed = fees.get("/host/v1/clearing/billed")
    assert billed["asset"] == "USDT"
    assert billed["prices"][0] == {"brand": "0", "service": "support", "first_month": month, "price": "99.5"}
    assert billed["uses"][0] == {"brand": "2", "month": month, "service": "support", "quantity": 2}
    assert billed["targets"] == [{"brand": "0", **target}]
    assert billed["measures"] == [{"month": month, "measure": "p99_us", "measured": 4_000}]
    late = {"service": "support", "first_month": "2025-11", "price": "1"}
    assert fees.code("POST", "/host/v1/clearing/prices", late) == "billed_already"
    unknown = {"brand": "2", "month": month, "service": "nothing", "quantity": 2}
    assert fees.code("POST", "/host/v1/clearing/uses", unknown) == "no_such_price"


@pytest.mark.parametrize(
    "path", ["owed", "statements", "releases", "holds", "invoices", "checks", "export?month=2025-11"]
)
def test_q13_only_who_may_see_money_sees_it_and_only_at_its_own_desk(desks: Desks, path: str) -> None:
    assert desks.staff(SOUTH, Role.SUPPORT).code("GET", f"/partner/v1/clearing/{path}") == "not_permitted"
    assert desks.staff(0, Role.FINANCE).code("GET", f"/partner/v1/clearing/{path}") == "wrong_desk"


def test_q24_an_alarm_is_put_away_by_two(desks: Desks) -> None:
    first, second = desks.staff(0, Role.FINANCE), desks.staff(0, Role.OWNER)
    assert first.get("/host/v1/clearing/alarms") == []
    failed = desks.approved(first, first.post("/host/v1/clearing/alarms/1/clear"), second)
    assert (failed["state"], failed["outcome"]["code"]) == ("failed", "no_such_alarm")


def test_q19_the_treasurys_number_is_the_brands(desks: Desks) -> None:
    assert treasury_account(SOUTH) == 1_152_921_504_606_846_978
