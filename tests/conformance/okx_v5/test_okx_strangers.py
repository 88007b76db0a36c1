"""Ids that somebody else has: nothing leaves the person and the brand. A-1 of docs/rules/accounts.md."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conformance.okx_v5.wire import Hand, Running, prepare
from integration.serving import Server

from commonbook.exchange import Exchange
from commonbook.instrument.accounts import funding_account, subaccount
from commonbook.records import CommandKind, commands
from commonbook.settings import Settings
from commonbook.simulator.demo_brands import FIRST_BRAND

MASTER, STRANGER = 70_000, 77_777  # neither is of those that `prepare` opened


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A host gave to a stranger what A-1 keeps for the funding account and the first sub-account of the master."""
    data_dir = tmp_path / "data"
    prepare(data_dir)
    people = ((MASTER, MASTER), (funding_account(MASTER), STRANGER), (subaccount(MASTER, 1), STRANGER))
    with Exchange.open(data_dir, Settings()) as exchange:
        accounts = commands(CommandKind.ACCOUNT, len(people))
        accounts["account"], accounts["person"] = zip(*people, strict=True)
        accounts["brand"] = FIRST_BRAND
        exchange.submit(accounts)
        deposit = commands(CommandKind.DEPOSIT, len(people))
        deposit["account"], deposit["asset"], deposit["key"] = accounts["account"], 1, [b"one", b"two", b"three"]
        deposit["amount"]["low"] = 5 * 10**8
        exchange.submit(deposit)
    with Server(data_dir) as server, httpx.Client(base_url=server.ready["rest"], timeout=60) as http:
        found = Running(server, http)
        yield found
        found.close()


def test_a1_no_transfer_reaches_a_stranger_and_no_stranger_becomes_a_sub_account(running: Running) -> None:
    master: Hand = running.key(MASTER, "aurora")
    assert master.move("BTC", "1", "18", "6").told() == (200, "50012")
    assert master.move("BTC", "1", "6", "18").told() == (200, "50012")
    for path in ("/asset/balances", "/asset/bills", "/asset/asset-valuation?ccy=USDT"):
        assert master.get(path).told() == (200, "50012")
    opening = {"subAcct": "trader1", "type": "1"}
    assert master.post("/users/subaccount/create-subaccount", opening).told() == (200, "51011")
    assert master.get("/users/subaccount/list").data == []
    assert master.get("/account/subaccount/balances?subAcct=trader1").told() == (200, "59510")
    assert master.move("BTC", "1", "18", "18", type="2", subAcct="trader1").told() == (200, "58115")
    stranger = running.key(subaccount(MASTER, 1), "aurora")
    assert stranger.move("BTC", "1", "18", "18", type="3").told() == (200, "50012")
    assert (master.balances(), stranger.balances()) == ({"BTC": ("5", "0")}, {"BTC": ("5", "0")})
    # The next number is nobody's.
    assert master.open_sub("trader2").account == subaccount(MASTER, 2)
