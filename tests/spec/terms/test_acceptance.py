"""Publishing and accepting at the desks, and orders that wait for it. docs/rules/terms.md, T-2 to T-8."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spec.house import House, Person
from spec.small_exchange import HOUSE, MAKER, NORTH, SOUTH, TAKER
from sqlalchemy import insert, select, text, update

from commonbook.administration import log
from commonbook.administration.roles import HOST, Role
from commonbook.errors import Mismatch
from commonbook.identity.model import Permission
from commonbook.identity.service import create_key
from commonbook.instrument.accounts import subaccount
from commonbook.storage.schema import key_changes
from commonbook.storage.tables.people import users
from commonbook.storage.tables.terms import terms_acceptances, terms_texts
from commonbook.terms import service

ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "1", "sz": "1"}
RISK = {"kind": "risk", "role": "trader", "texts": {"en": "You may lose it all."}, "is_material": True}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as found:
        yield found


def order(trader: Person, path: str = "order", body: Any = None) -> tuple[str, list[Any]]:
    answer = trader.post(f"/api/v5/trade/{path}", ORDER if body is None else body).json()
    return answer["code"], answer["data"]


def accept_all(trader: Person) -> Any:
    due = [one["hash"] for one in trader.get("/account/v1/terms").json()["texts"] if one["is_due"]]
    return trader.post("/account/v1/terms/accept", {"hashes": due}).json()


def test_t7_a_brand_without_texts_asks_for_nothing(house: House) -> None:
    trader = house.trader()
    assert trader.get("/account/v1/terms").json() == {"country": "*", "may_order": True, "texts": [], "accepted": []}
    assert order(trader)[0] == "0"


def test_t7_orders_wait_for_acceptance_and_cancels_and_reads_do_not(house: House) -> None:
    owner, trader = house.owner(SOUTH), house.trader()
    resting = order(trader)[1][0]["ordId"]
    assert owner.post("/partner/v1/terms", RISK).status_code == 200
    house.second_passes()
    assert trader.get("/account/v1/terms").json()["may_order"] is False
    assert order(trader) == ("50027", [])
    assert order(trader, "batch-orders", [ORDER, ORDER]) == ("50027", [])
    assert order(trader, "order", ORDER | {"sz": "1e0"}) == ("50027", [])  # the long way
    amendment = {"instId": "BTC-USDT", "ordId": resting, "newSz": "2"}
    assert order(trader, "amend-order", amendment) == ("50027", [])
    assert trader.get("/api/v5/trade/orders-pending").json()["code"] == "0"
    assert order(trader, "cancel-all-after", {"timeOut": "0"})[0] == "0"
    assert order(trader, "cancel-order", {"instId": "BTC-USDT", "ordId": resting})[0] == "0"
    assert accept_all(trader)["may_order"] is True
    house.second_passes()
    assert order(trader)[0] == "0"


def test_t7_accounts_without_a_user_and_users_of_other_brands_are_not_asked(house: House) -> None:
    owner, southern, northern = house.owner(SOUTH), house.trader(), house.trader(MAKER)
    owner.post("/partner/v1/terms", RISK)
    found, _ = house.read(lambda connection: service.who_may_order(connection, [TAKER, MAKER, HOUSE], time.time_ns()))
    assert found == {TAKER: False, MAKER: True, HOUSE: True}
    house.second_passes()
    assert order(southern)[0] == "50027"
    assert order(northern)[0] == "0"


def test_t7_sub_accounts_wait_for_their_masters_user(house: House) -> None:
    house.trader()
    house.owner(SOUTH).post("/partner/v1/terms", RISK)
    sub = subaccount(TAKER, 3)
    found, _ = house.read(lambda connection: service.who_may_order(connection, [sub], time.time_ns()))
    assert found == {sub: False}


def test_t5_a_material_change_is_asked_for_again(house: House) -> None:
    owner, trader = house.owner(SOUTH), house.trader()
    owner.post("/partner/v1/terms", RISK)
    accept_all(trader)
    owner.post("/partner/v1/terms", RISK | {"texts": {"en": "You may lose it all!"}, "is_material": False})
    house.second_passes()
    assert order(trader)[0] == "0"
    owner.post("/partner/v1/terms", RISK | {"texts": {"en": "You will lose it all."}})
    house.second_passes()
    assert order(trader)[0] == "50027"
    (held,) = trader.get("/account/v1/terms").json()["texts"]
    assert (held["number"], held["is_due"], held["text"]) == (3, True, "You will lose it all.\n")
    accept_all(trader)
    house.second_passes()
    assert order(trader)[0] == "0"


def test_t5_what_is_to_come_may_be_accepted_beforehand_and_is_asked_for_in_time(house: House) -> None:
    owner, early, late = house.owner(SOUTH), house.trader(), house.trader(HOUSE)
    owner.post("/partner/v1/terms", RISK)
    for trader in (early, late):
        accept_all(trader)
    effective_ns = time.time_ns() + 1_500_000_000
    told = owner.post("/partner/v1/terms", RISK | {"texts": {"en": "New."}, "effective_ns": str(effective_ns)}).json()
    assert early.post("/account/v1/terms/accept", {"hashes": list(told["hashes"].values())}).status_code == 200
    house.second_passes()
    assert order(early)[0] == order(late)[0] == "0"
    time.sleep(max(0.0, (effective_ns - time.time_ns()) / 1e9 + 1.05))  # T-8: by the clock alone, within a second
    assert (order(early)[0], order(late)[0]) == ("0", "50027")


def test_t8_an_acceptance_is_seen_within_a_second_by_keys_and_sessions(house: House) -> None:
    owner, trader = house.owner(SOUTH), house.trader()
    key = house.write(
        lambda connection: create_key(
            connection, house.seal, TAKER, SOUTH, frozenset(Permission), "k", user=trader.user
        )
    )
    owner.post("/partner/v1/terms", RISK)
    house.second_passes()
    credential = house.authenticator.find(key.api_key)
    assert credential is not None
    assert not credential.may_order
    accept_all(trader)
    begun = time.monotonic()
    while not house.authenticator.may_order(credential) or order(trader)[0] != "0":
        assert time.monotonic() - begun < 1.1
        time.sleep(0.02)


def test_t8_nothing_is_asked_of_the_database_on_the_way_of_an_order(house: House) -> None:
    trader = house.trader()
    house.owner(SOUTH).post("/partner/v1/terms", RISK)
    house.second_passes()
    key = house.write(lambda connection: create_key(connection, house.seal, TAKER, SOUTH, frozenset(Permission), "k"))
    credential = house.authenticator.find(key.api_key)
    assert credential is not None
    house.door.database.dispose()
    house.authenticator._database = None  # type: ignore[assignment]
    assert not house.authenticator.may_order(credential)
    assert trader.account == TAKER


def test_t8_whatever_decides_who_may_order_moves_the_counter(house: House) -> None:
    def count() -> int:
        return int(house.read(lambda connection: connection.execute(select(key_changes.c.count)).scalar_one()))

    owner, trader = house.owner(SOUTH), house.trader()
    before = count()
    owner.post("/partner/v1/terms", RISK)
    assert count() > before
    before = count()
    accept_all(trader)
    assert count() > before
    before = count()
    trader.put("/account/v1/terms/country/DE")
    assert count() > before
    before = count()
    house.write(lambda connection: connection.execute(update(users).values(account=users.c.account)))
    assert count() > before
    before = count()
    house.write(lambda connection: connection.execute(update(users).values(language="de")))
    assert count() == before


def test_t6_what_is_kept_of_an_acceptance_and_what_is_refused(house: House) -> None:
    owner, trader = house.owner(SOUTH), house.trader()
    told = owner.post("/partner/v1/terms", RISK).json()
    right = told["hashes"]["en"]
    wrong = trader.post("/account/v1/terms/accept", {"hashes": [right, "0" * 64]})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (404, "no_such_text")
    assert house.read(lambda connection: connection.execute(select(terms_acceptances)).all()) == []
    for _ in range(2):
        trader.post("/account/v1/terms/accept", {"hashes": [right]})
    (row,) = house.read(lambda connection: connection.execute(select(terms_acceptances)).all())
    assert (row.user_id, row.version, row.language, row.hash) == (trader.user, int(told["version"]), "en", right)
    assert row.address_prefix == "127.0.0.0/24"
    assert row.credential > 1 << 31
    assert owner.get("/partner/v1/terms").json()[0]["accepted_by"] == 1


def test_t6_the_user_is_told_what_was_accepted_and_when_also_once_another_version_holds(house: House) -> None:
    owner, trader = house.owner(SOUTH), house.trader()
    first = owner.post("/partner/v1/terms", RISK).json()
    assert trader.get("/account/v1/terms").json()["accepted"] == []
    accept_all(trader)
    (kept,) = house.read(lambda connection: connection.execute(select(terms_acceptances)).all())
    one = {"kind": "risk", "role": "trader", "number": 1, "language": "en", "hash": first["hashes"]["en"]}
    one |= {"effective_ns": first["effective_ns"], "accepted_ns": str(kept.accepted_ns)}
    assert trader.get("/account/v1/terms").json()["accepted"] == [one]
    owner.post("/partner/v1/terms", RISK | {"texts": {"en": "You will lose it all."}})
    assert trader.get("/account/v1/terms").json()["accepted"] == [one]
    told = [(each["number"], each["hash"]) for each in accept_all(trader)["accepted"]]
    assert [number for number, _ in told] == [2, 1]
    assert told[1][1] == one["hash"] != told[0][1]
    assert house.trader(HOUSE).get("/account/v1/terms").json()["accepted"] == []


def test_t4_the_country_is_said_once_and_decides_and_compliance_puts_it_right(house: House) -> None:
    owner, trader = house.owner(SOUTH), house.trader()
    owner.post("/partner/v1/terms", RISK)
    accept_all(trader)
    owner.post("/partner/v1/terms", RISK | {"country": "DE", "texts": {"de": "Alles kann weg sein."}})
    house.second_passes()
    assert order(trader)[0] == "0"
    own = trader.put("/account/v1/terms/country/DE").json()
    assert [(one["language"], one["is_due"]) for one in own["texts"]] == [("de", True)]
    house.second_passes()
    assert order(trader)[0] == "50027"
    assert trader.put("/account/v1/terms/country/FR").json()["error"]["code"] == "country_known"
    assert owner.get(f"/partner/v1/users/{trader.user}").json()["texts_country"] == "DE"
    assert owner.put(f"/partner/v1/users/{trader.user}/country/FR").status_code == 200
    assert owner.get(f"/partner/v1/users/{trader.user}").json()["texts_country"] == "FR"
    house.second_passes()
    assert order(trader)[0] == "0"
    stranger = house.owner(NORTH)
    assert stranger.put(f"/partner/v1/users/{trader.user}/country/DE").status_code == 404


def test_t4_a_text_is_shown_in_the_language_that_comes_nearest(house: House) -> None:
    texts = {"en": "Risk", "pt": "Risco", "pt-BR": "Risco!"}
    house.owner(SOUTH).post("/partner/v1/terms", RISK | {"texts": texts})
    trader = house.trader()
    for wanted, shown in (("pt-BR", "pt-BR"), ("pt-PT", "pt"), ("fr", "en"), ("en-GB", "en")):
        (held,) = trader.get("/account/v1/terms", **{"accept-language": f"{wanted},en;q=0.5"}).json()["texts"]
        assert held["language"] == shown
        (public,) = house.ask("GET", "/program/v1/terms", brand=SOUTH, headers={"accept-language": wanted}).json()
        assert public["language"] == shown


def test_t3_a_partner_and_staff_have_texts_of_their_own_which_no_order_waits_for(house: House) -> None:
    host, owner, member = house.owner(HOST), house.owner(SOUTH), house.person(SOUTH, Role.SUPPORT, account=TAKER)
    host.post("/host/v1/terms", RISK | {"role": "partner"})
    owner.post("/partner/v1/terms", RISK | {"role": "staff", "texts": {"en": "Be kind."}})
    roles = {
        person.user: [one["role"] for one in person.get("/account/v1/terms").json()["texts"]]
        for person in (host, owner, member)
    }
    assert roles == {host.user: [], owner.user: ["staff", "partner"], member.user: ["staff"]}
    assert owner.post("/partner/v1/terms", RISK | {"role": "partner"}).json()["error"]["code"] == "not_your_text"
    house.second_passes()
    assert order(member)[0] == "0"


def test_t2_versions_follow_one_another_and_only_what_is_to_come_is_withdrawn(house: House) -> None:
    owner = house.owner(SOUTH)
    first = owner.post("/partner/v1/terms", RISK | {"is_material": False}).json()
    assert (first["number"], first["is_material"]) == (1, True)
    far = str(time.time_ns() + 10**15)
    second = owner.post("/partner/v1/terms", RISK | {"effective_ns": far}).json()
    between = owner.post("/partner/v1/terms", RISK)
    assert between.json()["error"]["code"] == "effective_before_the_last"
    assert owner.post("/partner/v1/terms", RISK | {"effective_ns": "5"}).json()["error"]["code"] == (
        "effective_in_the_past"
    )
    assert owner.post(f"/partner/v1/terms/{first['version']}/withdraw").json()["error"]["code"] == "in_force"
    left = owner.post(f"/partner/v1/terms/{second['version']}/withdraw").json()
    assert [one["version"] for one in left] == [first["version"]]
    stranger = house.owner(NORTH)
    assert stranger.get("/partner/v1/terms").json() == []
    assert stranger.get(f"/partner/v1/terms/{first['version']}/en").status_code == 404
    acts = house.read(lambda connection: [act.act for act in log.acts(connection, SOUTH)])
    assert acts == ["publish risk", "publish risk", "withdraw risk"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"texts": {}}, "no_text"),
        ({"texts": {"en": " "}}, "bad_request"),
        ({"texts": {"xx_": "text"}}, "bad_request"),
        ({"country": "germany"}, "bad_request"),
        ({"kind": "other"}, "bad_request"),
        ({"effective_ns": "soon"}, "bad_request"),
        ({"more": 1}, "bad_request"),
    ],
)
def test_t2_what_cannot_be_published_changes_nothing(house: House, changed: dict[str, Any], why: str) -> None:
    owner = house.owner(SOUTH)
    assert owner.post("/partner/v1/terms", RISK | changed).json()["error"]["code"] == why
    assert owner.get("/partner/v1/terms").json() == []


def test_t2_only_who_may_change_the_brands_texts_publishes(house: House) -> None:
    for role, status in ((Role.MARKETING, 200), (Role.FINANCE, 403), (Role.SUPPORT, 403)):
        assert house.person(SOUTH, role).post("/partner/v1/terms", RISK).status_code == status
    assert house.trader().post("/partner/v1/terms", RISK).status_code == 403
    assert house.ask("POST", "/partner/v1/terms", RISK, SOUTH).status_code == 401


def test_t1_a_text_that_was_changed_behind_its_name_is_not_shown(house: House) -> None:
    told = house.owner(SOUTH).post("/partner/v1/terms", RISK).json()
    hashed = told["hashes"]["en"]
    assert house.ask("GET", f"/program/v1/terms/{hashed}", brand=SOUTH).json()["text"] == "You may lose it all.\n"
    house.write(lambda connection: connection.execute(update(terms_texts).values(text="You cannot lose.\n")))
    with pytest.raises(Mismatch):
        house.read(lambda connection: service.read_text(connection, hashed))
    assert house.ask("GET", f"/program/v1/terms/{hashed}", brand=SOUTH).status_code == 500
    assert house.ask("GET", f"/program/v1/terms/{'0' * 64}").status_code == 404


def test_t8_a_user_who_is_given_an_account_is_asked(house: House) -> None:
    house.owner(SOUTH).post("/partner/v1/terms", RISK)
    key = house.write(lambda connection: create_key(connection, house.seal, TAKER, SOUTH, frozenset(Permission), "k"))
    credential = house.authenticator.find(key.api_key)
    assert credential is not None
    assert credential.may_order
    person = house.person(SOUTH)
    house.write(lambda c: c.execute(update(users).where(users.c.user_id == person.user).values(account=TAKER)))
    house.authenticator._looked = 0.0
    assert not house.authenticator.may_order(credential)


def test_the_text_of_the_database_is_no_sql(house: House) -> None:
    odd = "'); DROP TABLE users; --"
    house.write(lambda connection: connection.execute(insert(terms_texts).values(hash="x", text=odd)))
    assert house.read(lambda connection: connection.execute(text("SELECT text FROM terms_texts")).scalar()) == odd
