"""A brand leaves with what is its own. LV-1 to LV-7 of docs/rules/leaving.md."""

import asyncio
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spec.desk_here import AURORA, BOREALIS, DeskHere
from spec.small_exchange import (
    HOUSE,
    MAKER,
    NORTH,
    SOUTH,
    TAKER,
    SmallExchange,
    deposit,
    one,
    order,
)
from sqlalchemy import insert
from typer.testing import CliRunner

from commonbook.administration.roles import Role
from commonbook.brand.states import State, may_sign_up, may_trade, may_withdraw
from commonbook.console.commands import commands
from commonbook.errors import BadInput, Mismatch
from commonbook.identity.sealing import Seal
from commonbook.instrument.accounts import funding_account, subaccount
from commonbook.leaving import checking, consent, jobs
from commonbook.leaving.export import MANIFEST, write_export
from commonbook.leaving.sets import SETS
from commonbook.people import directory
from commonbook.people.directory import ACTIVE
from commonbook.records import CommandKind, Side
from commonbook.settings import WebhookSettings
from commonbook.storage.tables.autonomy import announcement_texts, announcements
from commonbook.storage.tables.brand import brand_versions
from commonbook.webhook import endpoints
from commonbook.webhook.model import CHOSEN

TEXT = "I agree that my data goes to the new exchange of my brand."
SILENT = 1_005  # a user of the north who has said nothing
ALONE = 1_006  # an account of the north that is no user's


class Exchange(SmallExchange):
    """Users at both brands, some of whom agree, with funds, orders, fills and sub-accounts."""

    def fill(self) -> None:
        sub = subaccount(MAKER, 1)
        self.send(
            *(one(CommandKind.ACCOUNT, account=account, person=account, brand=NORTH) for account in (SILENT, ALONE)),
            *(
                one(CommandKind.ACCOUNT, account=account, person=MAKER, brand=NORTH)
                for account in (sub, funding_account(MAKER))
            ),
            *(deposit(account, 1, "1000", f"more:{account}") for account in (SILENT, ALONE, sub)),
        )
        self.transfer(sub, funding_account(MAKER), "250", "to-funding")
        self.send(order(MAKER, Side.SELL, "500", client_id=b"north-canary", tag=b"northtag"))
        self.send(order(TAKER, Side.BUY, "200", client_id=b"south-canary", tag=b"southtag"))
        self.send(order(SILENT, Side.BUY, "50", client_id=b"silent-canary"))
        self.send(order(HOUSE, Side.BUY, "10", price_ticks=1, client_id=b"south-canary-2"))
        self.send(order(MAKER, Side.BUY, "70", price_ticks=1))
        database = self.exchange.back_office.database
        seal = Seal.open(self.folder)
        with database.begin() as connection:
            people = {
                MAKER: directory.add(
                    connection,
                    seal,
                    NORTH,
                    "north@canary.example",
                    "",
                    "en",
                    ACTIVE,
                    MAKER,
                    country="DE",
                    display_name="N",
                ),
                SILENT: directory.add(connection, seal, NORTH, "silent@canary.example", "", "en", ACTIVE, SILENT),
                TAKER: directory.add(connection, seal, SOUTH, "south@canary.example", "", "en", ACTIVE, TAKER),
                HOUSE: directory.add(connection, seal, SOUTH, "south2@canary.example", "", "en", ACTIVE, HOUSE),
            }
            for account in (MAKER, TAKER):
                consent.record(connection, people[account].id, people[account].brand, True, TEXT)
            for brand, name in ((NORTH, "north"), (SOUTH, "south")):
                about = {"brand": brand, "slug": f"{name}-canary", "form": "announcement", "topic": "news"}
                about |= {"state": "published", "version": 1, "shown_version": 1, "published_ns": 5}
                made = connection.execute(insert(announcements).values(**about, event_ns=0, changed_ns=5))
                number = (made.inserted_primary_key or [0])[0]
                text = {
                    "announcement": number,
                    "version": 1,
                    "language": "en",
                    "title": name,
                    "body": f"Of the {name}.",
                }
                connection.execute(insert(announcement_texts).values(**text, author=1, written_ns=5))
                document = {"brand": brand, "version": 1, "document": f'{{"name":"{name}"}}', "hash": "0" * 64}
                connection.execute(insert(brand_versions).values(**document, time_ns=5, author="host", note=""))
            for brand, url in ((NORTH, "https://north.example/"), (SOUTH, "https://south-canary.example/")):
                endpoints.add(connection, seal, brand, url, CHOSEN, 1, WebhookSettings())

    def export(self, brand: int, name: str = "out") -> Path:
        out = self.folder / name
        write_export(self.exchange.back_office.database, Seal.open(self.folder), brand, out)
        return out


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with Exchange(tmp_path) as made:
        made.fill()
        yield made


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    return list(checking.rows_of(folder, name))


def test_lv1_an_export_has_each_set_twice_and_a_manifest_of_one_sequence(exchange: Exchange) -> None:
    out = exchange.export(NORTH)
    manifest = json.loads((out / MANIFEST).read_bytes())
    assert manifest["sequence"] == str(exchange.exchange.back_office.position)
    assert (manifest["brand"], manifest["name"], manifest["format"]) == ("1", "north", 1)
    assert set(manifest["files"]) == {f"{one.name}.{end}" for one in SETS for end in ("jsonl", "csv")}
    again = exchange.export(NORTH, "again")
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        path.name: path.read_bytes() for path in again.iterdir()
    }
    assert [(row["account"], row["asset"], row["available"], row["held"]) for row in rows(out, "balances")] == [
        ("1001", "USDT", "10000189.878", "70.07"),  # 260 sold at 1, less 2 bps, less what 70 and their fee hold
        ("1001", "BTC", "9999740", "0"),  # what was left was canceled: nobody trades with themselves
        ("1001", "EUR", "10000000", "0"),
        (str(subaccount(MAKER, 1)), "USDT", "750", "0"),
        (str(funding_account(MAKER)), "USDT", "250", "0"),
        ("others", "USDT", "1949.95", "0"),  # of the silent one 1,000 less 50 less 10 bps; and 1,000 of nobody's
        ("others", "BTC", "50", "0"),
        ("revenue", "USDT", "0.0816", "0"),  # 80 % of the fees: 2 bps of 260 and 10 of 50, rounded fill by fill
    ]


def test_lv2_only_users_who_agreed_are_told_of_and_the_others_are_a_number(exchange: Exchange) -> None:
    out = exchange.export(NORTH)
    manifest = json.loads((out / MANIFEST).read_bytes())
    assert (manifest["users"], manifest["users_without_consent"]) == (1, 1)
    assert (manifest["accounts"], manifest["accounts_told_in_sums"]) == (3, 2)
    (user,) = rows(out, "users")
    assert (user["email"], user["country"], user["name"], user["account"]) == (
        "north@canary.example",
        "DE",
        "N",
        "1001",
    )
    assert len(user["consent_text_sha256"]) == 64
    everything = b"".join(path.read_bytes() for path in out.iterdir())
    assert b"silent" not in everything
    database = exchange.exchange.back_office.database
    with database.begin() as connection:
        consent.record(connection, int(user["user"]), NORTH, False, TEXT)  # taken back
    out = exchange.export(NORTH, "without")
    assert rows(out, "users") == rows(out, "orders") == rows(out, "bills") == rows(out, "accounts") == []
    assert b"north@canary" not in b"".join(path.read_bytes() for path in out.iterdir())
    checking.check(out)
    with pytest.raises(BadInput), database.begin() as connection:
        consent.record(connection, int(user["user"]), NORTH, True, "  ")


def test_lv3_nothing_of_another_brand_is_in_an_export(exchange: Exchange) -> None:
    """The canaries of the south: addresses, names of orders, tags, accounts and addresses of its programs."""
    out = exchange.export(NORTH)
    everything = b"".join(path.read_bytes() for path in sorted(out.iterdir()))
    for canary in (b"south", str(TAKER).encode(), str(HOUSE).encode()):
        assert canary not in everything, canary
    assert b"north-canary" in everything
    assert [(row["title"], row["text"], row["version"]) for row in rows(out, "announcements")] == [
        ("north", "Of the north.", "1")
    ]
    assert [row["document"] for row in rows(out, "documents")] == ['{"name":"north"}']
    fills = rows(out, "fills")
    assert [(row["role"], row["quantity"], row["counterparty"]) for row in fills] == [
        ("maker", "200", "external"),
        ("maker", "50", "internal"),
        ("maker", "10", "external"),
    ]
    theirs = exchange.export(SOUTH, "south")
    assert b"north" not in b"".join(path.read_bytes() for path in sorted(theirs.iterdir()))


def test_lv6_an_export_is_checked_by_itself_and_against_the_ledger(exchange: Exchange) -> None:
    out = exchange.export(NORTH)
    exchange.send(order(TAKER, Side.BUY, "3"))  # the ledger goes on: it is compared as of the sequence
    database = exchange.exchange.back_office.database
    with database.connect() as connection:
        manifest = checking.check(out, connection)
    assert manifest["users"] == 1
    bills = [row["change"] for row in rows(out, "bills") if (row["account"], row["asset"]) == ("1001", "USDT")]
    assert bills == ["10000000", "199.96", "49.99", "9.998"]


def _rewritten(folder: Path, name: str, old: str, new: str) -> None:
    """A row changed in both forms, with a manifest to match: only the sums can tell."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    for end in ("jsonl", "csv"):
        path = folder / f"{name}.{end}"
        content = path.read_text().replace(old, new, 1)
        path.write_text(content)
        raw = content.encode()
        manifest["files"][path.name] |= {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    (folder / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda out: (out / "orders.csv").unlink(), r"orders\.csv is missing"),
        (lambda out: (out / "more.txt").write_text("x"), r"more\.txt is not in the manifest"),
        (lambda out: (out / "fills.jsonl").write_text(""), r"fills\.jsonl has another content"),
        (lambda out: (out / MANIFEST).unlink(), "cannot be read"),
        (lambda out: (out / MANIFEST).write_text("[]"), "cannot be read"),
        (lambda out: _rewritten(out, "balances", "10000189.878", "10000189.879"), "account 1001: its bills sum to"),
        (lambda out: _rewritten(out, "bills", "199.96", "199.97"), "account 1001: its bills sum to"),
        (lambda out: _rewritten(out, "fills", "0.04", "0.05"), "its fills have a fee of"),
        (lambda out: _rewritten(out, "balances", "1949.95", "1949.94"), "others: the ledger at"),
    ],
)
def test_lv6_what_is_missing_too_much_or_wrong_in_an_export_is_found(
    exchange: Exchange, spoil: Any, message: str
) -> None:
    out = exchange.export(NORTH)
    spoil(out)
    with exchange.exchange.back_office.database.connect() as connection, pytest.raises(Mismatch, match=message):
        checking.check(out, connection)


def test_lv5_an_export_is_there_whole_or_not_at_all(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    out = exchange.folder / "out"

    def fail(done: int, files: int, rows: int) -> None:
        if done == 6:
            raise KeyboardInterrupt

    database, seal = exchange.exchange.back_office.database, Seal.open(exchange.folder)
    with pytest.raises(KeyboardInterrupt):
        write_export(database, seal, NORTH, out, fail)
    assert not out.exists()
    write_export(database, seal, NORTH, out)
    checking.check(out)
    with pytest.raises(BadInput, match="there already"):
        write_export(database, seal, NORTH, out)
    with pytest.raises(BadInput, match="no brand 9"):
        write_export(database, seal, 9, exchange.folder / "other")


def test_lv6_the_console_writes_and_verifies_an_export(tmp_path: Path) -> None:
    with Exchange(tmp_path / "data") as exchange:
        exchange.fill()
    out, runner = tmp_path / "out", CliRunner()
    data = ["--data", str(tmp_path / "data")]
    made = runner.invoke(commands(), ["brand-export", "--brand", "1", "--out", str(out), *data, "--json"])
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["users"] == 1
    checked = runner.invoke(commands(), ["verify-export", str(out), *data])
    assert "complete and its sums are right, and the ledger's at sequence" in " ".join(checked.stdout.split())
    shutil.copytree(out, tmp_path / "copy")
    (tmp_path / "copy" / "users.csv").write_text("")
    wrong = runner.invoke(commands(), ["verify-export", str(tmp_path / "copy")])
    assert isinstance(wrong.exception, Mismatch)


def test_lv4_an_export_is_asked_for_by_one_and_approved_by_another(tmp_path: Path) -> None:
    with Exchange(tmp_path) as exchange:
        exchange.fill()
        venue = exchange.exchange.venue
    desk = DeskHere(tmp_path, venue=venue)
    owner, finance, support = (desk.staff(AURORA, role) for role in (Role.OWNER, Role.FINANCE, Role.SUPPORT))
    assert support.code("POST", "/exports") == "not_permitted"
    waiting = finance.ask("POST", "/exports")
    yes = {"payload_hash": waiting["payload_hash"]}
    assert finance.code("POST", f"/approvals/{waiting['id']}/approve", yes) == "own_request"
    assert finance.ask("GET", "/exports") == []
    done = owner.ask("POST", f"/approvals/{waiting['id']}/approve", yes)
    assert done["outcome"] == {"export": str(waiting["id"])}
    (told,) = finance.ask("GET", "/exports")
    assert (told["state"], told["files_done"]) == ("waiting", 0)
    assert finance.ask("GET", f"/exports/{told['id']}/files") == []
    url = f"sqlite:///{tmp_path / 'backoffice.db'}"
    asyncio.run(jobs.make_due(tmp_path, url, desk.database))
    told = finance.ask("GET", f"/exports/{told['id']}")
    assert (told["state"], told["files_done"], told["files"]) == ("done", 22, 22)
    files = finance.ask("GET", f"/exports/{told['id']}/files")
    assert {one["name"] for one in files} == {MANIFEST, *(f"{s.name}.{e}" for s in SETS for e in ("jsonl", "csv"))}
    fetched = tmp_path / "fetched"
    fetched.mkdir()
    for one_file in files:
        content, path = b"", f"/exports/{told['id']}/files/{one_file['name']}?offset="
        while part := finance.send("GET", f"{path}{len(content)}").content:
            content += part
        assert len(content) == one_file["bytes"]
        (fetched / one_file["name"]).write_bytes(content)
    checking.check(fetched)
    for name in ("passwords.csv", "..%2fbackoffice.db", "%2e%2e"):
        assert finance.send("GET", f"/exports/{told['id']}/files/{name}").status_code == 404
    other = desk.staff(BOREALIS, Role.OWNER)
    assert other.code("GET", f"/exports/{told['id']}") == other.code("GET", "/exports/999") == "no_such_export"
    assert other.code("GET", f"/exports/{told['id']}/files/users.csv") == "no_such_export"
    with desk.database.connect() as connection:
        assert jobs.chunk(tmp_path, jobs.find(connection, AURORA, int(told["id"])), "users.csv", 10**9) == b""
    desk.close()


def test_lv4_an_export_that_was_cut_off_is_made_anew_and_one_that_fails_says_why(tmp_path: Path) -> None:
    desk = DeskHere(tmp_path)
    with desk.database.begin() as connection:
        jobs.add(connection, 7, AURORA, 1)
        jobs.add(connection, 7, AURORA, 1)  # the approval was carried out twice
        assert len(jobs.all_of(connection, AURORA)) == 1
    with pytest.raises(Exception, match="export 7: there is no brand 1"):
        asyncio.run(jobs.make_due(tmp_path, f"sqlite:///{tmp_path / 'backoffice.db'}", desk.database))
    with desk.database.connect() as connection:
        job = jobs.find(connection, AURORA, 7)
    assert job.state == "failed"
    assert "no brand 1" in job.why
    assert jobs._waiting(desk.database) == []
    jobs._change(desk.database, 7, state="running")  # as somebody who died has left it
    assert jobs._waiting(desk.database) == [7]
    desk.close()


@pytest.mark.parametrize(
    ("state", "signs_up", "trades", "withdraws"),
    [
        ("live", True, (True, True), (True, True)),
        ("suspended", False, (False, False), (True, True)),
        ("offboarding", False, (True, False), (True, False)),
        ("closed", False, (False, False), (True, False)),
        ("sandbox", False, (False, False), (False, False)),
    ],
)
def test_lv7_users_of_a_brand_that_goes_trade_and_withdraw_until_the_notice_ends(
    state: str, signs_up: bool, trades: tuple[bool, bool], withdraws: tuple[bool, bool]
) -> None:
    here, ends_ns = State(state), 100
    assert may_sign_up(here) is signs_up
    assert (may_trade(here, 99, ends_ns), may_trade(here, 100, ends_ns)) == trades
    assert (may_withdraw(here, 99, ends_ns), may_withdraw(here, 100, ends_ns)) == withdraws


def test_lv7_who_was_given_no_notice_is_held_to_none() -> None:
    assert may_withdraw(State.CLOSED, 10**18)
