"""The funding account. W-19 and W-33 of docs/reference/okx-v5.md; A-1 to A-5 of docs/rules/accounts.md."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from conformance.okx_v5.wire import START_BTC, Hand, Running, names
from integration.serving import Server

from commonbook.console.audit import audit_folder
from commonbook.instrument.accounts import funding_account, stake_account
from commonbook.ledger.service import stored
from commonbook.matching.client import CoreClient
from commonbook.records import CommandKind, EventKind, as_commands, commands, of_kind, words
from commonbook.settings import Settings
from commonbook.simulator.demo_market import BTC

BILL_KEYS = names("billId clientId ccy balChg bal type notes ts")
STATE_KEYS = names("transId clientId ccy amt type from to subAcct instId toInstId state")


def test_a2_a_funding_account_is_opened_by_the_first_transfer_into_it(running: Running, alice: Hand) -> None:
    funding = funding_account(alice.account)
    assert alice.funding() == {}
    assert alice.move("BTC", "1", "6", "18").told() == (200, "58350")  # there is nothing in it
    assert running.rows("select * from transfers where account = :it", it=funding) == []
    moved = alice.move("BTC", "1.5", "18", "6").row
    assert {"ccy": "BTC", "from": "18", "to": "6", "amt": "1.5", "clientId": ""}.items() <= moved.items()
    assert alice.funding() == {"BTC": "1.5"}
    assert alice.balances()["BTC"] == ("8.5", "0")
    assert len(alice.get("/asset/bills").data) == 1  # an own read waits until history holds the transfer
    balances = running.database(stored)
    assert {name for name, _ in balances if name.startswith(f"user:{funding}:")} == {f"user:{funding}:available"}


def test_a2_funds_move_both_ways_and_what_an_order_holds_stays(alice: Hand) -> None:
    assert alice.move("BTC", str(START_BTC), "18", "6").code == "0"
    assert alice.place(side="sell", px="80000", sz="0.1")["sCode"] == "51008"  # nothing trades on a funding account
    assert alice.move("BTC", "2", "6", "18").code == "0"
    alice.placed(side="sell", px="80000", sz="1.5")
    assert alice.move("BTC", "0.6", "18", "6").told() == (200, "58350")
    assert alice.move("BTC", "0.5", "18", "6").code == "0"
    assert alice.funding() == {"BTC": "8.5"}
    assert alice.balances()["BTC"] == ("0", "1.5")


def test_w33_a_transfer_that_is_not_understood_is_refused_by_name(alice: Hand) -> None:
    for changed, code, name in (
        ({"ccy": ""}, "50014", "ccy"),
        ({"ccy": "DOGE"}, "51000", "ccy"),
        ({"amt": ""}, "50014", "amt"),
        ({"amt": "much"}, "51000", "amt"),
        ({"amt": "0.000000001"}, "51000", "amt"),  # BTC has eight decimals
        ({"amt": "9" * 60}, "51000", "amt"),
        ({"from": "5"}, "51000", "from"),
        ({"to": ""}, "50014", "to"),
        ({"type": "9"}, "51000", "type"),
        ({"clientId": "a_b"}, "51000", "clientId"),
    ):
        body = {"ccy": "BTC", "amt": "1", "from": "18", "to": "6"} | changed
        answer = alice.post("/asset/transfer", body)
        assert answer.told() == (400, code), changed
        assert name in answer.envelope["msg"]
    for amount in ("0", "-1"):
        assert alice.move("BTC", amount, "18", "6").told() == (200, "58114")
    assert alice.move("BTC", "1", "18", "18").told() == (200, "58003")
    assert alice.balances()["BTC"] == ("10", "0")


def test_a3_a_named_transfer_has_its_effect_once(alice: Hand) -> None:
    first = alice.move("USDT", "100", "18", "6", clientId="rent")
    for _ in range(3):
        again = alice.move("USDT", "100", "18", "6", clientId="rent")
        assert again.row == first.row
    assert alice.funding() == {"USDT": "100"}
    # Another transfer of the same name is another matter.
    for amount, source, target in (("101", "18", "6"), ("100", "6", "18")):
        assert alice.move("USDT", amount, source, target, clientId="rent").told() == (200, "51011")
    assert alice.move("BTC", "1", "18", "6", clientId="rent").told() == (200, "51011")
    assert alice.funding() == {"USDT": "100"}


def test_a3_a_refused_transfer_leaves_its_name_free_and_names_are_an_accounts_own(alice: Hand, bob: Hand) -> None:
    assert alice.move("USDT", "2000000", "18", "6", clientId="rent").told() == (200, "58350")
    assert alice.move("USDT", "5", "18", "6", clientId="rent").code == "0"
    assert bob.move("USDT", "7", "18", "6", clientId="rent").code == "0"
    assert (alice.funding(), bob.funding()) == ({"USDT": "5"}, {"USDT": "7"})


def test_a3_copies_that_arrive_together_have_one_effect(alice: Hand) -> None:
    body = json.dumps({"ccy": "USDT", "amt": "10", "from": "18", "to": "6", "clientId": "once"})

    # Signed at different times, as a request works once (W-7).
    signed = [alice.sign("POST", "/asset/transfer", body, late_ms=10 * copy) for copy in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda headers: alice.repeat("POST", "/asset/transfer", body, headers), signed))
    assert {answer.told() for answer in answers} == {(200, "0")}
    assert len({answer.row["transId"] for answer in answers}) == 1
    assert alice.funding() == {"USDT": "10"}


def test_a4_a_transfer_is_found_by_number_and_by_name_and_by_nobody_else(alice: Hand, bob: Hand) -> None:
    number = alice.move("USDT", "2.5", "18", "6", clientId="rent").row["transId"]
    by_number = alice.get(f"/asset/transfer-state?transId={number}").row
    assert set(by_number) == STATE_KEYS
    told = {"transId": number, "clientId": "rent", "ccy": "USDT", "amt": "2.5", "type": "0", "from": "18", "to": "6"}
    assert (told | {"state": "success", "subAcct": ""}).items() <= by_number.items()
    assert alice.get("/asset/transfer-state?clientId=rent").row == by_number
    for query in (f"transId={number}", "clientId=rent", "transId=9000000000000000000", "clientId=none"):
        answer = bob.get(f"/asset/transfer-state?{query}")
        assert (answer.told(), answer.data) == ((200, "0"), [])
    assert alice.get("/asset/transfer-state").told() == (400, "50015")
    assert alice.get("/asset/transfer-state?transId=x").told() == (400, "51000")


def test_a5_types_of_transfer_are_for_masters_and_sub_accounts(alice: Hand) -> None:
    assert alice.move("BTC", "1", "18", "6", type="1").told() == (400, "50014")  # which one?
    assert alice.move("BTC", "1", "18", "6", type="1", subAcct="nobody1").told() == (200, "58115")
    for kind in ("3", "4"):
        assert alice.move("BTC", "1", "18", "6", type=kind, subAcct="nobody1").told() == (200, "50030")


def test_w33_funding_bills_tell_where_it_came_from_and_went(alice: Hand) -> None:
    alice.move("BTC", "1", "18", "6", clientId="in")
    alice.move("BTC", "0.25", "6", "18")
    alice.move("USDT", "50", "18", "6")
    usdt, out, came = alice.get("/asset/bills").data
    assert {frozenset(row) for row in (usdt, out, came)} == {frozenset(BILL_KEYS)}
    assert {"ccy": "BTC", "balChg": "1", "bal": "1", "type": "130", "clientId": "in"}.items() <= came.items()
    assert {"ccy": "BTC", "balChg": "-0.25", "bal": "0.75", "type": "131", "clientId": ""}.items() <= out.items()

    def told(query: str) -> list[str]:
        return [row["billId"] for row in alice.get(f"/asset/bills?{query}").data]

    numbers = [row["billId"] for row in (usdt, out, came)]
    assert told("type=130") == [numbers[0], numbers[2]]
    assert told("type=131") == told("ccy=BTC&limit=1") == [numbers[1]]
    assert told("clientId=in") == told(f"after={numbers[1]}") == [numbers[2]]
    assert told(f"before={numbers[1]}") == [numbers[0]]
    assert told("type=1") == told("ccy=DOGE") == told("clientId=other") == []
    # The trading account's own bills name both halves.
    mine = alice.get("/account/bills?type=1&ccy=BTC&limit=2").data
    assert [(row["subType"], row["from"], row["to"], row["balChg"]) for row in mine] == [
        ("11", "6", "18", "0.25"),
        ("12", "18", "6", "-1"),
    ]


def test_w19_funding_balances_are_told_by_currency(alice: Hand) -> None:
    assert alice.get("/asset/balances").data == []
    alice.move("BTC", "1.25", "18", "6")
    row = {"ccy": "BTC", "bal": "1.25", "availBal": "1.25", "frozenBal": "0"}
    assert alice.get("/asset/balances").data == [row]
    zero = {"ccy": "USDT", "bal": "0", "availBal": "0", "frozenBal": "0"}
    assert alice.get("/asset/balances?ccy=BTC,USDT,DOGE").data == [row, zero]


def test_a1_what_the_host_locks_as_a_stake_is_told_as_a_change_and_is_no_transfer_of_its_owners(
    running: Running, alice: Hand
) -> None:
    stake = stake_account(alice.account)

    async def lock() -> int:
        core = await CoreClient.connect((running.server.data_dir / "core.sock").resolve())
        opened, moved = commands(CommandKind.ACCOUNT), commands(CommandKind.TRANSFER)
        opened["account"], opened["person"], opened["brand"] = stake, alice.account, 1
        moved["account"], moved["to_account"], moved["asset"] = alice.account, stake, BTC
        moved["amount"], moved["key"] = words(4 * 10**8), b"stake-%d" % alice.account
        batch = await core.submit_batch(as_commands(opened, moved))
        assert not len(of_kind(batch.events, EventKind.REFUSED))
        core.close()
        return batch.last

    number = asyncio.run(lock())
    running.wait(lambda: alice.balances()["BTC"] == ("6", "0"), 60)
    running.wait(lambda: len(alice.get("/account/bills?ccy=BTC").data) > 0, 60)
    bill = alice.get("/account/bills?ccy=BTC").data[0]
    assert (bill["type"], bill["subType"], bill["balChg"], bill["bal"]) == ("1", "12", "-4", "6")
    assert (bill["from"], bill["to"]) == ("", "")
    assert alice.get(f"/asset/transfer-state?transId={number}").data == []
    assert (alice.funding(), alice.get("/asset/bills").data) == ({}, [])


def test_w33_a_valuation_is_of_both_halves(alice: Hand) -> None:
    alice.move("BTC", "1", "18", "6")
    row = alice.get("/asset/asset-valuation?ccy=USDT").row
    # 9 BTC at 78,300 and 1,000,000 USDT; ETH has no price here.
    assert row["details"] == {"funding": "78300", "trading": "1704700", "classic": "0", "earn": "0"}
    assert row["totalBal"] == "1783000"
    in_btc = alice.get("/asset/asset-valuation").row
    assert in_btc["details"]["funding"] == "1"
    assert in_btc["totalBal"] == "22.77139208"  # 1,783,000 / 78,300, each half rounded down
    assert alice.get("/asset/asset-valuation?ccy=ETH").told() == (400, "51000")


def test_w33_without_a_custody_nothing_comes_in_or_goes_out(running: Running, alice: Hand) -> None:
    assert alice.get("/asset/deposit-address?ccy=BTC").told() == (200, "50062")
    assert alice.get("/asset/deposit-address?ccy=DOGE").told() == (400, "51000")
    wanted = {"ccy": "BTC", "amt": "1", "dest": "4", "toAddr": "bc1q", "chain": "BTC-Bitcoin"}
    assert alice.post("/asset/withdrawal", wanted).told() == (200, "58204")
    assert alice.post("/asset/withdrawal", wanted | {"toAddr": ""}).told() == (400, "50014")
    assert alice.post("/asset/cancel-withdrawal", {"wdId": "1"}).told() == (200, "58204")
    assert alice.get("/asset/deposit-withdraw-status?wdId=1").data == []
    assert alice.get("/asset/deposit-withdraw-status").told() == (400, "50015")
    assert alice.balances()["BTC"] == ("10", "0")


@pytest.mark.parametrize("client_id", ["", "named"])
def test_a3_transfers_survive_a_restart_and_are_still_had_once(tmp_path: Path, client_id: str) -> None:
    def of(server: Server, http: httpx.Client) -> Hand:
        key = server.account("aurora")
        return Hand(http, key, int(key["account"]), "aurora", server.data_dir)

    with Server(tmp_path / "data") as server, httpx.Client(base_url=server.ready["rest"], timeout=60) as http:
        first = of(server, http).move("USDT", "3", "18", "6", clientId=client_id).row
    with Server(tmp_path / "data") as server, httpx.Client(base_url=server.ready["rest"], timeout=60) as http:
        hand = of(server, http)
        again = hand.move("USDT", "3", "18", "6", clientId=client_id).row
        assert (again == first) is bool(client_id)
        assert hand.funding() == {"USDT": "3" if client_id else "6"}
        assert hand.get(f"/asset/transfer-state?transId={first['transId']}").row["state"] == "success"
    audit = audit_folder(tmp_path / "data", Settings())
    assert (audit.problems, audit.ledger_difference) == ([], 0)
