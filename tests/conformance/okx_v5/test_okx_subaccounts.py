"""Sub-accounts. W-34 of docs/reference/okx-v5.md; A-5 to A-9 of docs/rules/accounts.md."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conformance.okx_v5.wire import ORDER, Answer, Hand, Running, names

from commonbook.instrument.accounts import subaccount

LIST_KEYS = names("type enable subAcct uid label mobile gAuth frozenFunc canTransOut ts subAcctLv firstLvSubAcct ifDma")
OPEN = "/users/subaccount/create-subaccount"
MASTERS_ONLY = [
    ("POST", OPEN, {"subAcct": "trader9", "type": "1"}),
    ("GET", "/users/subaccount/list", None),
    ("POST", "/users/subaccount/set-transfer-out", {"subAcct": "trader1", "canTransOut": True}),
    ("POST", "/users/subaccount/apikey", {"subAcct": "trader1", "label": "x", "passphrase": "Secret-42"}),
    ("GET", "/users/subaccount/apikey?subAcct=trader1", None),
    ("POST", "/users/subaccount/modify-apikey", {"subAcct": "trader1", "apiKey": "x", "label": "y"}),
    ("POST", "/users/subaccount/delete-apikey", {"subAcct": "trader1", "apiKey": "x"}),
    ("GET", "/users/entrust-subaccount-list", None),
    ("GET", "/account/subaccount/balances?subAcct=trader1", None),
    ("GET", "/account/subaccount/max-withdrawal?subAcct=trader1", None),
    ("GET", "/account/subaccount/interest-limits?subAcct=trader1", None),
    ("GET", "/asset/subaccount/balances?subAcct=trader1", None),
    ("GET", "/asset/subaccount/bills", None),
]
BETWEEN = {"ccy": "USDT", "amt": "1", "from": "18", "to": "18"}


def send(hand: Hand, method: str, path: str, body: dict[str, Any] | None) -> Answer:
    return hand.get(path) if method == "GET" else hand.post(path, body)


def test_a6_a_master_opens_a_sub_account_of_the_same_person(running: Running, alice: Hand) -> None:
    row = alice.post(OPEN, {"subAcct": "trader1", "type": "1", "label": "desk"}).row
    assert (row["subAcct"], row["label"], row["uid"]) == ("trader1", "desk", str(subaccount(alice.account, 1)))
    assert alice.post(OPEN, {"subAcct": "trader2", "type": "1"}).row["uid"] == str(subaccount(alice.account, 2))
    assert alice.post(OPEN, {"subAcct": "trader1", "type": "1"}).told() == (200, "59601")
    two, one = alice.get("/users/subaccount/list").data
    assert set(one) == LIST_KEYS
    told = {"subAcct": "trader1", "uid": row["uid"], "label": "desk", "enable": True, "canTransOut": False, "type": "1"}
    assert told.items() <= one.items()
    assert two["subAcct"] == "trader2"
    assert alice.get("/users/subaccount/list?subAcct=trader1").row == one
    assert alice.get("/users/subaccount/list?limit=1").row == two
    assert alice.get("/users/subaccount/list?enable=false").data == []


@pytest.mark.parametrize(
    "name", ["short", "a" * 21, "with space", "under_score", "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc"]
)
def test_a6_a_name_is_six_to_twenty_letters_and_digits(alice: Hand, name: str) -> None:
    assert alice.post(OPEN, {"subAcct": name, "type": "1"}).told() == (400, "51000")
    assert alice.post(OPEN, {"subAcct": "", "type": "1"}).told() == (400, "50014")


def test_a6_requests_that_arrive_together_open_one_account_each(alice: Hand) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda place: alice.post(OPEN, {"subAcct": f"trader{place % 4}"}), range(8)))
    opened = [answer.row for answer in answers if answer.code == "0"]
    assert {row["subAcct"] for row in opened} == {f"trader{place}" for place in range(4)}
    listed = alice.get("/users/subaccount/list").data
    assert len({row["uid"] for row in listed}) == 4
    assert {answer.code for answer in answers} <= {"0", "59601"}


def test_a6_an_opening_that_was_cut_off_is_brought_to_its_end(running: Running, alice: Hand) -> None:
    # The name was reserved, and the engine never heard of it.
    running.change(
        "insert into subaccounts (account, master, name, label, can_transfer_out, opened, created_ns)"
        " values (:account, :master, 'trader1', '', :no, :no, 1)",
        account=subaccount(alice.account, 1),
        master=alice.account,
        no=False,
    )
    assert alice.get("/users/subaccount/list").data == []
    assert alice.get("/asset/subaccount/balances?subAcct=trader1").told() == (200, "59510")
    assert alice.post(OPEN, {"subAcct": "trader1"}).row["uid"] == str(subaccount(alice.account, 1))
    assert alice.get("/users/subaccount/list").row["subAcct"] == "trader1"


def test_a7_a_key_of_a_sub_account_trades_for_it_alone(alice: Hand, bob: Hand) -> None:
    sub = alice.open_sub("trader1")
    config = sub.get("/account/config").row
    assert (config["uid"], config["mainUid"], config["type"]) == (str(sub.account), str(alice.account), "1")
    assert alice.get("/account/config").row["mainUid"] == str(alice.account)
    assert sub.place()["sCode"] == "51008"  # nothing is in it
    assert alice.move("USDT", "5000", "18", "18", type="1", subAcct="trader1").code == "0"
    order = sub.placed()
    assert sub.get("/trade/orders-pending").row["ordId"] == order
    assert alice.get("/trade/orders-pending").data == []
    assert alice.cancel(order)["sCode"] == "51400"
    # One person does not trade with themselves.
    resting = alice.placed(side="sell", px="78300", sz="0.01")
    taken = sub.placed(px="78300", sz="0.01", stpMode="cancel_taker")
    assert sub.order(taken)["cancelSource"] == "32"
    assert alice.cancel(resting)["sCode"] == "0"


def test_a7_keys_are_made_listed_changed_and_revoked(running: Running, alice: Hand) -> None:
    sub = alice.open_sub("trader1")
    path = "/users/subaccount/apikey?subAcct=trader1"
    row = alice.get(path).row
    assert (row["label"], row["perm"], row["ip"], row["apiKey"]) == ("bot", "read_only,trade", "", sub.key["api_key"])
    assert set(row) == names("label apiKey perm ip ts")
    name = {"subAcct": "trader1", "apiKey": sub.key["api_key"]}
    changed = alice.post("/users/subaccount/modify-apikey", name | {"label": "reader", "perm": "read_only"}).row
    assert (changed["label"], changed["perm"]) == ("reader", "read_only")
    running.wait(lambda: sub.post("/trade/order", ORDER).code == "50120", 3)
    assert alice.get(f"{path}&apiKey={sub.key['api_key']}").row["label"] == "reader"
    assert alice.get(f"{path}&apiKey=other").data == []
    elsewhere = {"ip": "10.0.0.1,2001:DB8::1"}
    assert alice.post("/users/subaccount/modify-apikey", name | elsewhere).row["ip"] == "10.0.0.1,2001:db8::1"
    running.wait(lambda: sub.get("/account/config").code == "50110", 3)
    assert alice.post("/users/subaccount/delete-apikey", name).row == {"subAcct": "trader1"}
    running.wait(lambda: sub.get("/account/config").code == "50111", 3)
    for path in ("/users/subaccount/delete-apikey", "/users/subaccount/modify-apikey"):
        assert alice.post(path, name).told() == (200, "59506")
    assert alice.get("/users/subaccount/apikey?subAcct=trader1").data == []


def test_a7_a_master_cannot_change_a_key_that_is_not_the_sub_accounts(alice: Hand, bob: Hand) -> None:
    alice.open_sub("trader1")
    for foreign in (bob.key["api_key"], alice.key["api_key"], "none"):
        name = {"subAcct": "trader1", "apiKey": foreign}
        assert alice.post("/users/subaccount/modify-apikey", name | {"label": "x"}).told() == (200, "59506")
        assert alice.post("/users/subaccount/delete-apikey", name).told() == (200, "59506")
    assert bob.get("/account/config").row["label"] == "a test"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"passphrase": "Secret4"}, "59505"),
        ({"passphrase": "secret-42"}, "59505"),
        ({"passphrase": "SECRET-42"}, "59505"),
        ({"passphrase": "Secret-xx"}, "59505"),
        ({"passphrase": "Secret042"}, "59505"),
        ({"passphrase": "Secret-42" + "x" * 24}, "59505"),
        ({"passphrase": ""}, "50014"),
        ({"label": ""}, "50014"),
        ({"perm": "withdraw"}, "59504"),
        ({"perm": "admin"}, "51000"),
        ({"ip": "localhost"}, "51000"),
    ],
)
def test_a7_a_key_is_made_with_a_good_passphrase_and_never_withdraws(
    running: Running, alice: Hand, changed: dict[str, str], code: str
) -> None:
    alice.open_sub("trader1")
    asked = {"subAcct": "trader1", "label": "bot", "passphrase": "Secret-42"} | changed
    assert alice.post("/users/subaccount/apikey", asked).code == code
    assert len(alice.get("/users/subaccount/apikey?subAcct=trader1").data) == 1


def test_a5_funds_move_between_master_and_sub_account_by_either_key(alice: Hand) -> None:
    sub = alice.open_sub("trader1")
    assert alice.move("USDT", "100", "18", "6", type="1", subAcct="trader1").row["to"] == "6"
    assert sub.funding() == {"USDT": "100"}
    assert sub.move("USDT", "60", "6", "18").code == "0"
    assert alice.move("USDT", "10", "18", "18", type="2", subAcct="trader1").code == "0"
    sent = sub.move("USDT", "20", "6", "6", type="3", clientId="back").row
    assert alice.funding() == {"USDT": "20"}
    assert (sub.funding(), sub.balances()) == ({"USDT": "20"}, {"USDT": ("50", "0")})
    assert alice.move("USDT", "51", "18", "18", type="2", subAcct="trader1").told() == (200, "58350")
    # Both see it, each as its own kind; the name is the sender's.
    query = f"/asset/transfer-state?transId={sent['transId']}"
    seen = [(row["type"], row["subAcct"], row["amt"]) for row in (alice.get(query).row, sub.get(query).row)]
    assert seen == [("2", "trader1", "20"), ("3", "trader1", "20")]
    assert sub.get("/asset/transfer-state?clientId=back").row["transId"] == sent["transId"]
    assert alice.get("/asset/transfer-state?clientId=back").data == []
    # 22 and 23: to and from the master; 20 and 21: to and from a sub-account.
    assert [row["type"] for row in sub.get("/asset/bills").data] == ["22", "131", "23"]
    assert [row["type"] for row in alice.get("/asset/bills").data] == ["21"]
    for kind in ("1", "2"):
        assert sub.move("USDT", "1", "18", "18", type=kind, subAcct="trader1").told() == (200, "59500")


def test_a5_between_sub_accounts_the_master_moves_or_allows(alice: Hand) -> None:
    one, two = alice.open_sub("trader1"), alice.open_sub("trader2")
    alice.move("USDT", "100", "18", "18", type="1", subAcct="trader1")
    for name in ("trader2", "nobody1"):  # who may not, learns of no name
        assert one.move("USDT", "5", "18", "18", type="4", subAcct=name).told() == (200, "50030")
    allowed = alice.post("/users/subaccount/set-transfer-out", {"subAcct": "trader1", "canTransOut": True}).row
    assert allowed == {"subAcct": "trader1", "canTransOut": True}
    assert alice.get("/users/subaccount/list?subAcct=trader1").row["canTransOut"] is True
    assert one.move("USDT", "5", "18", "6", type="4", subAcct="trader2").code == "0"
    assert two.funding() == {"USDT": "5"}
    assert one.move("USDT", "5", "18", "6", type="4", subAcct="trader1").told() == (200, "59507")
    path, way = "/asset/subaccount/transfer", {"fromSubAccount": "trader2", "toSubAccount": "trader1"}
    moved = alice.post(path, {"ccy": "USDT", "amt": "2", "from": "6", "to": "18"} | way).row
    assert set(moved) == {"transId"}
    assert (one.balances(), two.funding()) == ({"USDT": ("97", "0")}, {"USDT": "3"})
    assert alice.post(path, BETWEEN | way | {"toSubAccount": "trader2"}).told() == (200, "59507")
    assert alice.post(path, BETWEEN | way | {"toSubAccount": "nobody1"}).told() == (200, "58115")
    assert one.post(path, BETWEEN | way).told() == (200, "59500")
    state = alice.get(f"/asset/transfer-state?transId={moved['transId']}").row
    assert (state["type"], state["from"], state["to"]) == ("4", "6", "18")


def test_a4_a_sub_account_is_told_of_its_own_transfers_alone(alice: Hand) -> None:
    one, two = alice.open_sub("trader1"), alice.open_sub("trader2")
    inside = alice.move("USDT", "1", "18", "6").row["transId"]
    to_two = alice.move("USDT", "1", "18", "18", type="1", subAcct="trader2").row["transId"]
    for number in (inside, to_two):
        assert one.get(f"/asset/transfer-state?transId={number}").data == []
    assert two.get(f"/asset/transfer-state?transId={to_two}").row["type"] == "1"
    assert two.get("/asset/bills").data == one.get("/account/bills").data == []


def test_a5_allowing_several_is_done_for_all_or_none(alice: Hand) -> None:
    for name in ("trader1", "trader2"):
        alice.open_sub(name)
    path = "/users/subaccount/set-transfer-out"
    assert alice.post(path, {"subAcct": "trader1,nobody1"}).told() == (200, "59510")
    assert {row["canTransOut"] for row in alice.get("/users/subaccount/list").data} == {False}
    assert len(alice.post(path, {"subAcct": "trader1,trader2"}).data) == 2
    assert {row["canTransOut"] for row in alice.get("/users/subaccount/list").data} == {True}


def test_w34_a_master_reads_balances_and_bills_of_its_sub_accounts(alice: Hand) -> None:
    alice.open_sub("trader1")
    alice.open_sub("trader2")
    for name, amount, target in (("trader1", "100", "18"), ("trader1", "30", "6"), ("trader2", "7", "6")):
        alice.move("USDT", amount, "18", target, type="1", subAcct=name)
    alice.move("USDT", "10", "6", "18", type="2", subAcct="trader1")
    assert alice.get("/account/subaccount/balances?subAcct=trader1").row["details"][0]["availBal"] == "100"
    assert alice.get("/asset/subaccount/balances?subAcct=trader1").row["bal"] == "20"
    assert alice.get("/asset/subaccount/balances?subAcct=trader1&ccy=BTC").row["bal"] == "0"
    assert alice.get("/account/subaccount/max-withdrawal?subAcct=trader1&ccy=USDT").row["maxWd"] == "100"
    assert alice.get("/account/subaccount/interest-limits?subAcct=trader1").data == []

    def told(query: str) -> list[tuple[str, str, str]]:
        rows = alice.get(f"/asset/subaccount/bills?limit=50&{query}").data
        return [(row["type"], row["amt"], row["subAcct"]) for row in rows]

    everything = [("1", "10", "trader1"), ("0", "7", "trader2"), ("0", "30", "trader1"), ("0", "100", "trader1")]
    assert told("type=") == everything
    assert told("type=1") == everything[:1]
    assert told("type=0") == everything[1:]
    assert told("subAcct=trader2") == [everything[1]]
    assert told("ccy=BTC") == told("ccy=DOGE") == []
    newest = alice.get("/asset/subaccount/bills?limit=1").row["billId"]
    assert told(f"after={newest}") == everything[1:]


@pytest.mark.parametrize(("method", "path", "body"), MASTERS_ONLY, ids=[path for _, path, _ in MASTERS_ONLY])
def test_a8_a_sub_account_does_nothing_that_is_a_masters(
    running: Running, method: str, path: str, body: dict[str, Any] | None
) -> None:
    sub = running.hand("aurora").open_sub("trader1")
    assert send(sub, method, path, body).told() == (200, "59500")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [case for case in MASTERS_ONLY if "trader1" in f"{case[1]}{case[2]}"],
    ids=[path for _, path, body in MASTERS_ONLY if "trader1" in f"{path}{body}"],
)
def test_a8_a_name_of_another_master_answers_as_one_that_is_not_there(
    running: Running, method: str, path: str, body: dict[str, Any] | None
) -> None:
    owner, other = running.hand("aurora"), running.hand("aurora")
    owner.open_sub("trader1")
    absent = send(
        other,
        method,
        path.replace("trader1", "nobody1"),
        {name: "nobody1" if value == "trader1" else value for name, value in body.items()} if body else None,
    )
    foreign = send(other, method, path, body)
    assert (foreign.status, foreign.text) == (absent.status, absent.text)
    assert foreign.told() == (200, "59510")
    for kind in ("1", "2"):
        assert other.move("USDT", "1", "18", "18", type=kind, subAcct="trader1").told() == (200, "58115")
    assert owner.get("/users/subaccount/list").row["canTransOut"] is False


def test_a8_names_are_a_masters_own_and_lists_hold_no_others(running: Running) -> None:
    one, other = running.hand("aurora"), running.hand("borealis")
    first, second = one.open_sub("trader1"), other.open_sub("trader1")
    assert first.account != second.account
    assert len(one.get("/users/subaccount/list").data) == len(other.get("/users/subaccount/list").data) == 1
    one.move("USDT", "5", "18", "18", type="1", subAcct="trader1")
    assert (first.balances(), second.balances()) == ({"USDT": ("5", "0")}, {})
    assert other.get("/asset/subaccount/bills").data == []


def test_a9_a_key_has_so_many_addresses(running: Running, alice: Hand) -> None:
    alice.open_sub("trader1")
    asked = {"subAcct": "trader1", "label": "bot", "passphrase": "Secret-42"}
    many = ",".join(f"10.0.0.{place}" for place in range(21))
    assert alice.post("/users/subaccount/apikey", asked | {"ip": many}).told() == (200, "59503")
    assert alice.post("/users/subaccount/apikey", asked | {"ip": many.rpartition(",")[0]}).code == "0"


def test_a9_a_sub_account_has_so_many_keys(alice: Hand) -> None:
    alice.open_sub("trader1")
    asked = {"subAcct": "trader1", "label": "bot", "passphrase": "Secret-42"}
    for _ in range(49):
        assert alice.post("/users/subaccount/apikey", asked).code == "0"
    assert alice.post("/users/subaccount/apikey", asked).told() == (200, "59501")


def test_a9_a_master_has_so_many_sub_accounts(alice: Hand) -> None:
    for place in range(100):
        assert alice.post(OPEN, {"subAcct": f"trader{place}"}).code == "0"
    assert alice.post(OPEN, {"subAcct": "onemore"}).told() == (200, "59603")
    assert alice.post(OPEN, {"subAcct": "trader99"}).told() == (200, "59601")
