"""Sub-brokers: invitations, points, removal; the code a user is bound to. docs/rules/sub-brokers.md, SB-1 to SB-12.

The root NORTHSTAR is at tier 3: 35 points, of users without an affiliate.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from spec.broker.terms_here import rows_of
from spec.house import SETTINGS, House, Person
from spec.small_exchange import BROKER, HOUR, HOUSE, MAKER, PAYOUT, SOUTH, TAKER, USDT, deposit, one, order
from sqlalchemy import event, insert

from commonbook.administration.roles import HOST
from commonbook.broker import sub_brokers
from commonbook.broker.sub_brokers import FIRST_NUMBER, with_pool
from commonbook.broker.tree import Node, Tree
from commonbook.records import CommandKind, Side
from commonbook.settings import BrokerSettings
from commonbook.storage.tables.brokerage import codes
from commonbook.storage.tables.program import sub_brokers as table
from commonbook.units import RateE8

NO_GRACE_S = replace(SETTINGS, broker=BrokerSettings(settlement_grace_s=60))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, NO_GRACE_S) as found:
        found.at(0, 1)
        yield found


@pytest.fixture
def root(house: House) -> Person:
    return house.trader(PAYOUT)


def newcomer(house: House, account: int, person: int = 0) -> Person:
    """A user of south with a new trading account."""
    house.send(one(CommandKind.ACCOUNT, account=account, person=person or account, brand=SOUTH))
    return house.trader(account)


def offer(parent: Person, pool: str = "10", users: str = "0", **more: str) -> str:
    """The token."""
    answer = parent.post("/broker/v1/sub-brokers/invitations", {"pool": pool, "users": users} | more)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def join(person: Person, token: str, code: str) -> int:
    answer = person.post("/broker/v1/invitations/accept", {"token": token, "code": code})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["broker"])


def code_of(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


def refused(person: Person, token: str, code: str) -> str:
    return code_of(person.post("/broker/v1/invitations/accept", {"token": token, "code": code}))


def parts(house: House, broker: int, code: str, hour: int) -> dict[str, str]:
    """What each has of a trade of 100,000 under a code, whose fee is 100: ledger accounts and how they have grown."""
    ledger = house.small.exchange.back_office.ledger
    before = dict(ledger.balances)
    house.hour = hour
    taker = order(TAKER, Side.BUY, "100000", broker=broker)
    taker["tag"] = code.encode()
    house.send(order(MAKER, Side.SELL, "100000"), taker)
    grown = {name: ledger.balances.get((name, USDT), 0) - before.get((name, USDT), 0) for name, _ in ledger.balances}
    return {
        name: house.door.venue.assets[USDT].format(amount)
        for name, amount in sorted(grown.items())
        if amount and name.startswith(("broker_payable", "client_payable"))
    }


# -- joining ---------------------------------------------------------------------------------------------------------


def test_sb1_an_invitation_is_good_once_for_a_while_and_until_it_is_taken_back(house: House, root: Person) -> None:
    first, second, third = (newcomer(house, account) for account in (2_001, 2_002, 2_003))
    token = offer(root, "10", "4", note="to Ada")
    assert first.post("/broker/v1/invitations/look", {"token": token}).json() | {"expires_ns": ""} == {
        "of": "NORTHSTAR",
        "pool": "10",
        "users": "4",
        "note": "to Ada",
        "expires_ns": "",
    }
    broker = join(first, token, "ADA")
    assert refused(second, token, "BEN") == "no_such_invitation"
    taken_back = offer(root)
    (newest, oldest) = root.get("/broker/v1/sub-brokers/invitations").json()
    assert (newest["state"], oldest["state"], oldest["accepted_by"]) == ("open", "accepted", str(broker))
    path = f"/broker/v1/sub-brokers/invitations/{newest['invitation']}"
    assert code_of(first.delete(path)) == "no_such_invitation"  # another's is as one that is not there
    assert root.delete(path).json()[0]["state"] == "withdrawn"
    assert refused(second, taken_back, "BEN") == "no_such_invitation"
    assert code_of(root.delete(path)) == "no_such_invitation"
    late = offer(root)
    open_s = house.settings.broker.invitation_s
    house.door.time_ns = house.desk.now_ns + (open_s + 60) * 10**9
    assert refused(third, late, "CAT") == "no_such_invitation"
    assert refused(third, "guessed", "CAT") == "no_such_invitation"
    assert code_of(root.post("/broker/v1/sub-brokers/invitations", {"pool": "1", "note": "x" * 201})) == "bad_note"


def test_sb1_and_sb6_so_often_in_a_day_and_no_more(house: House, root: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sub_brokers, "INVITATIONS_A_DAY", 2)
    monkeypatch.setattr(sub_brokers, "PLACES_A_DAY", 2)
    for _ in range(2):
        offer(root)
    assert code_of(root.post("/broker/v1/sub-brokers/invitations", {"pool": "1"})) == "too_many_invitations"
    for points in ("1", "2"):
        assert root.put("/broker/v1/users/points", {"users": points}).status_code == 200
    assert code_of(root.put("/broker/v1/users/points", {"users": "3"})) == "too_many_changes"
    house.door.time_ns = house.desk.now_ns + 25 * 3_600 * 10**9
    assert root.put("/broker/v1/users/points", {"users": "3"}).status_code == 200
    offer(root)


def test_sb1_who_is_no_broker_invites_nobody(house: House) -> None:
    stranger = house.trader(HOUSE)
    assert code_of(stranger.post("/broker/v1/sub-brokers/invitations", {"pool": "1"})) == "not_a_broker"
    assert code_of(house.owner(SOUTH).get("/broker/v1/sub-brokers")) == "not_a_broker"


def test_sb2_an_ordinary_user_becomes_a_sub_broker_for_good(house: House, root: Person) -> None:
    ada, other_self = newcomer(house, 2_001), newcomer(house, 2_002, person=2_001)
    second_root = newcomer(house, 2_003)
    house.send(one(CommandKind.BROKER_CODE, broker=2, active=1, payout_account=2_003, code=b"SOUTHSTAR"))
    token = offer(root)
    assert refused(house.owner(SOUTH), token, "ADA") == "no_account"
    assert refused(second_root, token, "ADA") == "broker_already"
    assert refused(root, token, "ADA") == "broker_already"
    for code in ("", "A-B", "X" * 17, "ÄDA"):
        assert refused(ada, token, code) == "bad_code"
    assert refused(ada, token, "SOUTHSTAR") == "code_taken"
    join(ada, token, "ADA")
    assert refused(ada, offer(second_root), "ADA2") == "bound_elsewhere"
    assert refused(other_self, offer(root), "ADA2") == "bound_elsewhere"
    assert refused(newcomer(house, 2_004), offer(root), "ADA") == "code_taken"
    assert refused(newcomer(house, 2_006), offer(root), "ada") == "code_taken"
    assert refused(newcomer(house, 2_007), offer(root), "OKX") == "code_reserved"
    wished = {"folded": "wished", "code": "WISHED", "application": 9}
    house.write(lambda connection: connection.execute(insert(codes).values(**wished)))
    assert refused(newcomer(house, 2_008), offer(root), "Wished") == "code_taken"
    house.at(1)
    removed = root.get("/broker/v1/sub-brokers").json()[0]["broker"]
    root.delete(f"/broker/v1/sub-brokers/{removed}")
    house.at(2)
    assert refused(ada, offer(second_root), "ADA2") == "bound_elsewhere"


def test_sb3_a_broker_has_so_many_sub_brokers_and_the_host_may_give_more(tmp_path: Path) -> None:
    with House(tmp_path, replace(SETTINGS, broker=BrokerSettings(sub_brokers=1))) as house:
        house.at(0, 1)
        root, first, second = house.trader(PAYOUT), house.owner(HOST), house.owner(HOST)
        spare = offer(root, "1")
        broker = join(newcomer(house, 2_001), offer(root, "1"), "ADA")
        assert code_of(root.post("/broker/v1/sub-brokers/invitations", {"pool": "1"})) == "too_many_sub_brokers"
        assert refused(newcomer(house, 2_002), spare, "BEN") == "too_many_sub_brokers"
        path = f"/host/v1/broker-tree/{BROKER}"
        asked = first.post(f"{path}/limit", {"most": 2}).json()
        assert house.approve(asked, second).json()["outcome"] == {"broker": str(BROKER), "most": 2}
        join(house.trader(2_002), spare, "BEN")
        told = first.get(path).json()
        assert (told["sub_brokers_most"], [one["code"] for one in told["sub_brokers"]]) == (2, ["ADA", "BEN"])
        root.delete(f"/broker/v1/sub-brokers/{broker}")
        house.at(1)
        assert offer(root, "1")  # those that are removed do not count
        assert code_of(first.post(f"{path}/limit", {"most": -1})) == "bad_request"
        assert code_of(first.post("/host/v1/broker-tree/99/limit", {"most": 1})) == "no_such_broker"
        assert code_of(first.get("/host/v1/broker-tree/99")) == "no_such_broker"


# -- points ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shared", "six"), [("together", "more_than_the_pool"), ("each", None)])
def test_sb4_the_pools_of_sub_brokers_fit_into_their_parents(tmp_path: Path, shared: Any, six: str | None) -> None:
    with House(tmp_path, replace(SETTINGS, broker=BrokerSettings(shared_points=shared))) as house:
        house.at(0, 1)
        root = house.trader(PAYOUT)
        assert code_of(root.post("/broker/v1/sub-brokers/invitations", {"pool": "36"})) == "more_than_the_pool"
        first = join(newcomer(house, 2_001), offer(root, "10"), "ADA")
        join(newcomer(house, 2_002), offer(root, "20"), "BEN")
        answer = root.post("/broker/v1/sub-brokers/invitations", {"pool": "6"})
        assert (answer.json()["error"]["code"] if six else answer.status_code) == (six or 200)
        last = offer(root, "5")
        answer = root.put(f"/broker/v1/sub-brokers/{first}/points", {"pool": "15"})
        assert answer.status_code == 200
        # What was offered is looked at again when it is accepted: the pool may be given away by then.
        accepted = newcomer(house, 2_003).post("/broker/v1/invitations/accept", {"token": last, "code": "CAT"})
        assert accepted.status_code == (409 if six else 200)


def test_sb4_a_pool_is_of_the_parents_and_never_more(house: House, root: Person) -> None:
    ada, ben = newcomer(house, 2_001), newcomer(house, 2_002)
    join(ada, offer(root, "10"), "ADA")
    assert code_of(ada.post("/broker/v1/sub-brokers/invitations", {"pool": "10.000001"})) == "more_than_the_pool"
    join(ben, offer(ada, "10"), "BEN")
    for text in ("-1", "ten", "1.1234567"):
        answer = root.post("/broker/v1/sub-brokers/invitations", {"pool": text})
        assert code_of(answer) in ("bad_request", "bad_points")
    own = ben.get("/broker/v1/place").json()
    assert (own["code"], own["parent"], own["depth"], own["sub_brokers_most"]) == ("BEN", "ADA", 3, 30)


def test_sb2_the_tree_is_five_deep(house: House, root: Person) -> None:
    parent = root
    for depth, name in enumerate(("ADA", "BEN", "CAT", "DAN"), 2):
        child = newcomer(house, 2_000 + depth)
        join(child, offer(parent, "5"), name)
        assert child.get("/broker/v1/place").json()["depth"] == depth
        parent = child
    assert code_of(parent.post("/broker/v1/sub-brokers/invitations", {"pool": "1"})) == "too_deep"


def test_sb5_sb6_the_worked_split_and_what_changes_with_the_next_hour(house: House, root: Person) -> None:
    # SB-5 and SB-6. Of a fee of 100 the pool is 35; the sub-broker has 15 points, of which its users get 5.
    ada = newcomer(house, 2_001)
    broker = join(ada, offer(root, "15", "5"), "ADA")
    assert house.door.venue.codes.get(broker) is None
    house.at(1)
    assert house.door.venue.codes[broker].active
    told = parts(house, broker, "ADA", 1)
    assert told == {f"broker_payable:{BROKER}": "20", f"broker_payable:{broker}": "10", f"client_payable:{TAKER}": "5"}
    changed = ada.put("/broker/v1/users/points", {"users": "7"}).json()
    assert (changed["from_hour"], changed["brokers"]) == (HOUR + 2, [str(broker)])
    assert root.put(f"/broker/v1/sub-brokers/{broker}/points", {"pool": "20"}).json()["from_hour"] == HOUR + 2
    assert parts(house, broker, "ADA", 1)[f"client_payable:{TAKER}"] == "5"
    told = parts(house, broker, "ADA", 2)
    assert told == {f"broker_payable:{BROKER}": "15", f"broker_payable:{broker}": "13", f"client_payable:{TAKER}": "7"}
    assert root.put("/broker/v1/users/points", {"users": "1"}).status_code == 200
    assert parts(house, BROKER, "NORTHSTAR", 3) == {f"broker_payable:{BROKER}": "34", f"client_payable:{TAKER}": "1"}
    (seen,) = root.get("/broker/v1/sub-brokers").json()
    assert [(one["from_hour"] - HOUR, one["pool"], one["users"]) for one in seen["places"]] == [
        (1, "15", "5"),
        (2, "15", "7"),
        (2, "20", "7"),
    ]
    assert code_of(ada.put("/broker/v1/users/points", {"users": "21"})) == "more_than_the_pool"


def test_sb5_the_rest_of_a_rounded_split_is_the_roots(house: House, root: Person) -> None:
    broker = join(newcomer(house, 2_001), offer(root, "15", "5"), "ADA")
    house.at(1)
    node = house.small.exchange.back_office.program()
    assert node is not None
    path = node.terms(broker, HOUR + 1).path
    assert (path.root, path.below, path.user_e8) == (BROKER, ((broker, 10_000_000),), 5_000_000)


def test_sb7_a_smaller_pool_cuts_what_was_given_on() -> None:
    def node(broker: int, parent: int, pool: int, user: int = 0) -> Node:
        return Node(broker, 0, parent, RateE8(pool * 10**6), RateE8(user * 10**6))

    places = (node(1, 0, 0), node(2, 1, 12, 5), node(3, 2, 6, 6), node(4, 2, 4), node(5, 4, 4, 1))
    tree = Tree({one.broker: one for one in places})

    def cut(pool: int, shared: bool) -> dict[int, tuple[str, str]]:
        found = with_pool(tree, 2, pool * 10**6, 9, shared)
        assert {one.from_hour for one in found} == {9}
        return {one.broker: (f"{one.pool_e8 / 10**6:g}", f"{one.user_e8 / 10**6:g}") for one in found}

    assert cut(5, True) == {2: ("5", "5"), 3: ("3", "3"), 4: ("2", "0"), 5: ("2", "1")}
    assert cut(5, False) == {2: ("5", "5"), 3: ("5", "5")}
    assert cut(11, True) == {2: ("11", "5")}
    assert cut(0, True) == {2: ("0", "0"), 3: ("0", "0"), 4: ("0", "0"), 5: ("0", "0")}


def test_sb7_at_the_desk_all_of_it_begins_in_one_hour_and_sums_to_the_pool(house: House, root: Person) -> None:
    ada, ben = newcomer(house, 2_001), newcomer(house, 2_002)
    first = join(ada, offer(root, "12", "5"), "ADA")
    second = join(ben, offer(ada, "6", "6"), "BEN")
    house.at(1)
    changed = root.put(f"/broker/v1/sub-brokers/{first}/points", {"pool": "3"}).json()
    assert changed["brokers"] == [str(first), str(second)]
    house.at(2)
    told = parts(house, second, "BEN", 2)
    assert told == {f"broker_payable:{BROKER}": "32", f"client_payable:{TAKER}": "3"}
    assert code_of(ben.put(f"/broker/v1/sub-brokers/{first}/points", {"pool": "1"})) == "no_such_sub_broker"
    assert code_of(root.put(f"/broker/v1/sub-brokers/{second}/points", {"pool": "1"})) == "no_such_sub_broker"


# -- leaving ---------------------------------------------------------------------------------------------------------


def test_sb8_sb9_who_is_removed_earns_nothing_from_the_next_hour_on_nor_does_anybody_below(
    house: House, root: Person
) -> None:
    ada, ben = newcomer(house, 2_001), newcomer(house, 2_002)
    first = join(ada, offer(root, "12", "5"), "ADA")
    second = join(ben, offer(ada, "6", "1"), "BEN")
    house.at(1)
    gone = root.delete(f"/broker/v1/sub-brokers/{first}").json()
    assert (gone["from_hour"], gone["brokers"]) == (HOUR + 2, [str(first), str(second)])
    assert parts(house, second, "BEN", 1)[f"broker_payable:{second}"] == "5"
    house.hour = 2
    # An order from before fills on: the tree alone decides, before and behind the code's being switched off.
    assert parts(house, second, "BEN", 2) == {f"broker_payable:{BROKER}": "35"}
    house.at(2, 5)
    assert [house.door.venue.codes[one].active for one in (first, second)] == [False, False]
    states = [(row["code"], row["state"]) for row in rows_of(house.small.exchange.back_office, table)]
    assert states == [("ADA", "removed"), ("BEN", "removed")]
    assert code_of(root.delete(f"/broker/v1/sub-brokers/{first}")) == "removed_already"
    assert code_of(root.put(f"/broker/v1/sub-brokers/{first}/points", {"pool": "1"})) == "removed_already"
    assert code_of(ada.put("/broker/v1/users/points", {"users": "0"})) == "removed_already"
    assert code_of(ada.post("/broker/v1/sub-brokers/invitations", {"pool": "0"})) == "not_active"


@pytest.mark.parametrize("number", [1, 2])
def test_sb9_cut_off_while_a_code_is_switched_it_is_switched_once(house: House, root: Person, number: int) -> None:
    class Cut(Exception):
        pass

    broker = join(newcomer(house, 2_001), offer(root, "5"), "ADA")
    house.hour = 1
    house.door.follow(house.small.tick(1))
    office = house.small.exchange.back_office
    commits: list[None] = []

    def cut(_: Any) -> None:
        commits.append(None)
        if len(commits) == number:
            raise Cut

    event.listen(office.database, "commit", cut)
    with pytest.raises(Cut):
        house.run_due()
    event.remove(office.database, "commit", cut)
    house.small.crash()
    house.at(1, 5)
    assert house.small.exchange.venue.codes[broker].active
    assert rows_of(house.small.exchange.back_office, table)[0]["state"] == "active"
    position = house.small.exchange.back_office.position
    house.run_due()
    assert house.small.exchange.back_office.position == position


def test_sb9_what_the_core_refuses_is_told_and_not_tried_for_ever(house: House, root: Person) -> None:
    ada = newcomer(house, 2_001)
    join(ada, offer(root, "5"), "ADA")
    taken = one(CommandKind.BROKER_CODE, broker=9, active=1, payout_account=HOUSE, code=b"ADA")
    house.send(taken)  # by the host's own command, meanwhile
    house.at(1)
    (seen,) = root.get("/broker/v1/sub-brokers").json()
    assert (seen["state"], seen["why"]) == ("refused", "duplicate_id")
    position = house.small.exchange.back_office.position
    house.run_due()
    assert house.small.exchange.back_office.position == position
    assert code_of(ada.put("/broker/v1/code", {"code": "ADA"})) == "code_taken"
    told = ada.put("/broker/v1/code", {"code": "ADA2"}).json()
    assert (told["code"], told["state"], told["from_hour"]) == ("ADA2", "waiting", HOUR + 2)
    house.at(2)
    assert house.door.venue.codes[int(told["broker"])].code == "ADA2"
    assert code_of(ada.put("/broker/v1/code", {"code": "ADA3"})) == "code_stands"
    assert code_of(root.put("/broker/v1/code", {"code": "ADA3"})) == "no_such_sub_broker"


# -- users -----------------------------------------------------------------------------------------------------------


def test_sb10_a_user_is_bound_to_one_code_from_the_next_hour_on(house: House, root: Person) -> None:
    user = house.trader(TAKER)
    assert user.get("/broker/v1/binding").json() == []
    told = user.put("/broker/v1/binding", {"code": "NORTHSTAR"}).json()
    assert (told["code"], told["from_hour"]) == ("NORTHSTAR", HOUR + 1)
    assert code_of(user.put("/broker/v1/binding", {"code": "NORTHSTAR"})) == "bound_already"
    assert code_of(user.put("/broker/v1/binding", {"code": "NOBODY"})) == "no_such_code"
    assert code_of(root.put("/broker/v1/binding", {"code": "NORTHSTAR"})) == "own_code"

    def bound(hour: int) -> int:
        found = house.read(lambda connection: sub_brokers.bound_to(connection, "api", user.user, HOUR + hour))
        return 0 if found is None else found.broker

    assert [bound(hour) for hour in (0, 1, 500)] == [0, BROKER, BROKER]
    assert house.read(lambda connection: sub_brokers.bound_users(connection, "api", BROKER, HOUR + 1)) == 1


def test_sb11_who_is_bound_changes_after_a_wait_and_the_first_holds_until_then(house: House, root: Person) -> None:
    user = house.trader(TAKER)
    newcomer(house, 2_003)
    house.send(one(CommandKind.BROKER_CODE, broker=2, active=1, payout_account=2_003, code=b"SOUTHSTAR"))
    user.put("/broker/v1/binding", {"code": "NORTHSTAR"})
    assert code_of(user.put("/broker/v1/binding", {"code": "SOUTHSTAR"})) == "binding_waits"
    house.at(5)
    told = user.put("/broker/v1/binding", {"code": "SOUTHSTAR"}).json()
    assert told["from_hour"] == HOUR + 6 + 72
    assert code_of(user.put("/broker/v1/binding", {"code": "NORTHSTAR"})) == "binding_waits"
    assert [one["code"] for one in user.get("/broker/v1/binding").json()] == ["SOUTHSTAR", "NORTHSTAR"]

    def bound(hour: int) -> int:
        found = house.read(lambda connection: sub_brokers.bound_to(connection, "api", user.user, HOUR + hour))
        return 0 if found is None else found.broker

    assert [bound(hour) for hour in (0, 1, 77, 78)] == [0, BROKER, BROKER, 2]
    counted = [
        house.read(partial(sub_brokers.bound_users, program="api", broker=BROKER, hour=HOUR + hour))
        for hour in (77, 78)
    ]
    assert counted == [1, 0]
    stale = house.person(SOUTH, account=HOUSE, lately=False)
    assert code_of(stale.put("/broker/v1/binding", {"code": "NORTHSTAR"})) == "second_factor_needed"


def test_sb12_a_broker_sees_each_days_work_of_its_own_code_and_of_those_it_brought_in(
    house: House, root: Person
) -> None:
    ada, ben = newcomer(house, 2_001), newcomer(house, 2_002)
    first = join(ada, offer(root, "10"), "ADA")
    second = join(ben, offer(ada, "4"), "BEN")
    house.send(deposit(2_001, USDT, "1", "some"))
    house.at(1)
    for broker, code in ((BROKER, "NORTHSTAR"), (first, "ADA"), (second, "BEN")):
        parts(house, broker, code, 1)
    house.at(9)
    assert house.small.exchange.back_office.count_closed_day()
    span = "first=2025-11-24&last=2025-11-25"

    def seen(person: Person) -> list[tuple[str, str, int, str]]:
        rows = person.get(f"/broker/v1/performance?{span}").json()
        return [(row["broker"], row["spot_volume"], row["new_clients"], row["commission"]) for row in rows]

    assert seen(root) == [(str(BROKER), "100000", 1, "85"), (str(first), "100000", 0, "16")]
    assert seen(ada) == [(str(first), "100000", 0, "16"), (str(second), "100000", 0, "4")]
    assert seen(ben) == [(str(second), "100000", 0, "4")]
    for wrong in ("first=2025-11-24&last=soon", "first=2025-11-24&last=2025-11-23", "first=2025-01-01&last=2025-11-24"):
        assert code_of(root.get(f"/broker/v1/performance?{wrong}")) == "bad_request"
    assert second > first > FIRST_NUMBER  # apart from the numbers that the host gives
