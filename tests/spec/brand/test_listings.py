"""What a brand lists. docs/rules/listings.md, LI-1 to LI-9; splits of its token, docs/rules/splits.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spec.house import House, Person
from spec.small_exchange import BTC_EUR, HOUR, HOUR_S, MAKER, NORTH, SECOND_NS, SOUTH, TAKER, deposit, one, order
from sqlalchemy import select, update

from commonbook.administration.roles import HOST, Role
from commonbook.brand import listings, splits
from commonbook.brand.model import Document, State
from commonbook.errors import Declined
from commonbook.gateway.front.app import people_name
from commonbook.gateway.front.page import page
from commonbook.instrument.model import Asset, Instrument
from commonbook.records import CommandKind, ListingMode, Side, TradingStatus
from commonbook.storage.schema import venue_commands
from commonbook.storage.tables.administration import approvals
from commonbook.storage.tables.autonomy import asset_names, listing_proposals, own_tokens
from commonbook.units import Lots

EAST = 3
TEXTS = {"en": {"title": "BTC-EUR goes", "body": "The last orders are taken soon."}}
ORDER = {"instId": "BTC-EUR", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "1", "sz": "1"}
STAR = {"name": "STAR", "scale": 6, "is_platform": True, "exclusive_until_ns": "0"}
PAIR = {"base": "STAR", "quote": "USDT", "tick": "0.0001", "lot": "0.01", "minimum": "1"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as found:
        yield found


def ns(hour: int, second: int = 0) -> str:
    return str(((HOUR + hour) * HOUR_S + second) * SECOND_NS)


def close(house: House, brand: int, instrument: int = BTC_EUR) -> None:
    house.send(listings.listing_command(brand, instrument, ListingMode.CLOSED))


def shown(house: House, brand: int) -> list[str]:
    rows = house.ask("GET", "/api/v5/public/instruments?instType=SPOT", brand=brand).json()["data"]
    return [row["instId"] for row in rows]


def listing_commands(house: House) -> int:
    rows = house.read(lambda connection: connection.execute(select(venue_commands.c.record)).scalars().all())
    return sum(bytes.fromhex(row)[16] == CommandKind.LISTING for row in rows)


def granted(house: House, brand: int = SOUTH, token: Any = STAR, pairs: Any = (PAIR,)) -> tuple[Person, Any]:
    """The brand's owner, and what came of its proposal."""
    owner, first, second = house.owner(brand), house.owner(HOST), house.owner(HOST)
    made = owner.post("/partner/v1/listings/proposals", {"token": token, "pairs": list(pairs)})
    assert made.status_code == 200, made.text
    asked = first.post(f"/host/v1/listings/proposals/{made.json()['id']}/grant").json()
    return owner, house.approve(asked, second).json()


def delisting(**changed: Any) -> dict[str, Any]:
    until = str(10**18 * 2)
    return {"instrument": "BTC-EUR", "texts": TEXTS, "last_order_ns": ns(2), "withdrawals_until_ns": until} | changed


def test_li1_what_a_brand_does_not_list_is_not_there(house: House) -> None:
    close(house, SOUTH)
    assert shown(house, SOUTH) == ["BTC-USDT"]
    assert shown(house, NORTH) == shown(house, HOST) == ["BTC-USDT", "BTC-EUR"]
    for path in ("ticker", "books", "trades", "candles", "history-trades", "books-full"):
        answers = [
            house.ask("GET", f"/api/v5/market/{path}?instId=BTC-EUR", brand=brand).json()["code"]
            for brand in (SOUTH, NORTH)
        ]
        assert answers == ["51001", "0"], path
        absent = house.ask("GET", f"/api/v5/market/{path}?instId=BTC-XYZ", brand=SOUTH).json()
        assert house.ask("GET", f"/api/v5/market/{path}?instId=BTC-EUR", brand=SOUTH).json() == absent
    tickers = house.ask("GET", "/api/v5/market/tickers?instType=SPOT", brand=SOUTH).json()["data"]
    assert [row["instId"] for row in tickers] == ["BTC-USDT"]


@pytest.mark.parametrize("changed", [{}, {"sz": "1e0"}, {"ordType": "market", "px": ""}])
def test_li1_private_orders_are_answered_as_for_what_does_not_exist(house: House, changed: dict[str, str]) -> None:
    southern, northern = house.trader(), house.trader(MAKER)
    close(house, SOUTH)
    house.send(order(MAKER, Side.SELL, "5", instrument=BTC_EUR))
    rows = {}
    for name in ("BTC-EUR", "BTC-XYZ"):
        (row,) = southern.post("/api/v5/trade/order", ORDER | {"instId": name} | changed).json()["data"]
        rows[name] = (row["sCode"], row["sMsg"], row["ordId"])
    assert rows["BTC-EUR"] == rows["BTC-XYZ"]
    assert rows["BTC-EUR"][0] == "51001"
    assert northern.post("/api/v5/trade/order", ORDER).json()["code"] == "0"
    mine = southern.get("/api/v5/account/instruments?instType=SPOT").json()["data"]
    assert [row["instId"] for row in mine] == ["BTC-USDT"]


def test_li1_history_of_what_was_listed_stays(house: House) -> None:
    southern = house.trader()
    sell, buy = (
        order(account, side, "5", instrument=BTC_EUR) for account, side in ((MAKER, Side.SELL), (TAKER, Side.BUY))
    )
    number = house.send(sell, buy).last
    close(house, SOUTH)
    told = southern.get(f"/api/v5/trade/order?instId=BTC-EUR&ordId={number}").json()
    assert (told["code"], told["data"][0]["state"]) == ("0", "filled")


def test_li1_a_brand_lists_by_itself_at_once_or_at_a_date(house: House) -> None:
    owner = house.owner(SOUTH)
    close(house, SOUTH)
    assert owner.post("/partner/v1/listings", {"instrument": "BTC-USDT"}).json()["error"]["code"] == "listed_already"
    plan = owner.post("/partner/v1/listings", {"instrument": "BTC-EUR", "begin_ns": ns(3)}).json()
    assert owner.post("/partner/v1/listings", {"instrument": "BTC-EUR"}).json()["error"]["code"] == "planned_already"
    house.at(2)
    assert shown(house, SOUTH) == ["BTC-USDT"]
    house.at(3)
    assert shown(house, SOUTH) == ["BTC-USDT", "BTC-EUR"]
    told = owner.get("/partner/v1/listings").json()
    assert [(row["instrument"], row["is_listed"]) for row in told["instruments"]] == [
        ("BTC-USDT", True),
        ("BTC-EUR", True),
    ]
    assert (told["plans"][0]["id"], told["plans"][0]["state"]) == (plan["id"], "done")
    assert house.person(SOUTH, Role.FINANCE).post("/partner/v1/listings", {"instrument": "BTC-EUR"}).status_code == 403
    assert owner.post("/partner/v1/listings", {"instrument": "BTC-XYZ"}).json()["error"]["code"] == "bad_request"


@pytest.mark.parametrize(
    ("token", "pairs", "code"),
    [
        (None, [], "nothing_proposed"),
        (STAR | {"name": "star"}, [], "bad_token"),
        (STAR | {"name": "S"}, [], "bad_token"),
        (STAR | {"scale": 19}, [], "bad_token"),
        (STAR | {"name": "USDT"}, [], "asset_exists"),
        (STAR | {"exclusive_until_ns": "soon"}, [], "bad_request"),
        (STAR | {"exclusive_until_ns": "8" + "0" * 18}, [], "begin_too_far"),
        (None, [PAIR], "no_such_asset"),
        (None, [PAIR | {"base": "BTC"}], "instrument_exists"),
        (STAR, [PAIR, PAIR], "instrument_exists"),
        (STAR, [PAIR] * 21, "nothing_proposed"),
        (STAR, [PAIR | {"base": "USDT", "quote": "USDT"}], "bad_scale"),
        (STAR, [PAIR | {"tick": "0.00000001"}], "bad_scale"),  # times 0.01 is 10^-10 USDT
        (STAR, [PAIR | {"lot": "0.0000001", "tick": "1"}], "bad_scale"),  # a tenth of STAR's unit
        (STAR, [PAIR | {"minimum": "0.005"}], "bad_scale"),
        (STAR, [PAIR | {"minimum": "0"}], "bad_scale"),
        (STAR, [PAIR | {"tick": "0"}], "bad_request"),
        (STAR, [PAIR | {"tick": "-1"}], "bad_request"),
        (STAR, [PAIR | {"tick": "cheap"}], "bad_request"),
        (STAR, [PAIR | {"lot": "1e30"}], "bad_request"),
    ],
)
def test_li2_what_the_engine_would_refuse_is_refused_when_it_is_proposed(
    house: House, token: Any, pairs: list[Any], code: str
) -> None:
    owner = house.owner(SOUTH)
    answer = owner.post("/partner/v1/listings/proposals", {"token": token, "pairs": pairs})
    assert answer.json()["error"]["code"] == code, answer.text
    assert owner.get("/partner/v1/listings/proposals").json() == []


def test_li2_a_brand_has_one_platform_token_and_its_proposals_are_its_own(house: House) -> None:
    owner, _ = granted(house)
    again = {"token": STAR | {"name": "MOON"}, "pairs": []}
    assert owner.post("/partner/v1/listings/proposals", again).json()["error"]["code"] == "platform_token_known"
    another = {"token": STAR | {"name": "MOON", "is_platform": False}}
    assert owner.post("/partner/v1/listings/proposals", another).status_code == 200
    assert house.owner(NORTH).get("/partner/v1/listings/proposals").json() == []
    (row,) = house.read(lambda connection: connection.execute(select(own_tokens)).all())
    assert (row.brand, row.is_platform) == (SOUTH, True)


def test_li3_a_new_pair_is_listed_at_its_brand_alone_from_the_first_moment(house: House) -> None:
    before = house.door.position
    owner, done = granted(house)
    assert (done["state"], done["outcome"]) == ("done", {"asset": 4, "instruments": [3]})
    assert shown(house, SOUTH) == ["BTC-USDT", "BTC-EUR", "STAR-USDT"]
    assert shown(house, NORTH) == ["BTC-USDT", "BTC-EUR"]
    made = house.door.venue.instruments[3]
    assert (made.format_price(1), made.format_quantity(1), made.minimum_lots) == ("0.0001", "0.01", 100)
    assert house.door.position == before + 3  # asset, instrument, north's listing
    assert owner.get("/partner/v1/listings/proposals").json()[0]["state"] == "done"
    house.owner(NORTH).post("/partner/v1/listings", {"instrument": "STAR-USDT"})
    house.at(0, 5)
    assert shown(house, NORTH) == ["BTC-USDT", "BTC-EUR", "STAR-USDT"]


def test_li3_two_users_of_the_host_agree_or_one_refuses(house: House) -> None:
    owner, host = house.owner(SOUTH), house.owner(HOST)
    made = owner.post("/partner/v1/listings/proposals", {"token": STAR, "pairs": [PAIR]}).json()
    asked = host.post(f"/host/v1/listings/proposals/{made['id']}/grant").json()
    assert house.approve(asked, host).json()["error"]["code"] == "own_request"
    assert len(house.door.venue.instruments) == 2
    assert host.post(f"/host/v1/listings/proposals/{made['id']}/refuse").json()["state"] == "refused"
    told = house.approve(asked, house.owner(HOST)).json()
    assert (told["state"], told["outcome"]["code"]) == ("failed", "not_proposed")
    assert host.post(f"/host/v1/listings/proposals/{made['id']}/grant").json()["error"]["code"] == "not_proposed"
    assert [row["id"] for row in host.get("/host/v1/listings/proposals").json()] == [made["id"]]


def test_li3_a_token_that_another_proposal_has_taken_meanwhile_is_not_given_twice(house: House) -> None:
    first, second = house.owner(HOST), house.owner(HOST)
    asks = []
    for brand in (SOUTH, NORTH):
        made = house.owner(brand).post("/partner/v1/listings/proposals", {"token": STAR, "pairs": [PAIR]}).json()
        asks.append(first.post(f"/host/v1/listings/proposals/{made['id']}/grant").json())
    assert house.approve(asks[0], second).json()["state"] == "done"
    told = house.approve(asks[1], second).json()
    assert (told["state"], told["outcome"]["code"]) == ("failed", "asset_exists")
    (row,) = house.read(lambda connection: connection.execute(select(own_tokens)).all())
    assert row.brand == SOUTH


@pytest.mark.parametrize("sent", [False, True])
def test_li3_cut_off_it_is_brought_to_its_end_with_the_same_ids(
    house: House, sent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, first, second = house.owner(SOUTH), house.owner(HOST), house.owner(HOST)
    made = owner.post("/partner/v1/listings/proposals", {"token": STAR, "pairs": [PAIR]}).json()
    asked = first.post(f"/host/v1/listings/proposals/{made['id']}/grant").json()

    def cut_off(*_: Any) -> None:
        raise RuntimeError("cut off")

    with monkeypatch.context() as patch:
        patch.setattr(listings, "carried_out" if sent else "proposal_commands", cut_off)
        assert house.approve(asked, second).status_code == 500
    assert (3 in house.door.venue.instruments) is sent
    ids = house.read(lambda connection: connection.execute(select(listing_proposals.c.ids)).scalar())
    assert ids == '{"asset": 4, "pairs": [3]}'
    position = house.door.position
    again = first.post(f"/host/v1/approvals/{asked['id']}/approve", {"payload_hash": asked["payload_hash"]})
    assert again.status_code in (200, 409)
    left = house.carry_out_left()
    assert [one.state for one in left] == ["done"]
    assert house.door.position == position + (0 if sent else 3)
    assert owner.get("/partner/v1/listings/proposals").json()[0]["state"] == "done"


def test_li4_nobody_else_lists_a_token_before_its_date(house: House) -> None:
    granted(house, token=STAR | {"exclusive_until_ns": ns(5)})
    north = house.owner(NORTH)
    refused = north.post("/partner/v1/listings", {"instrument": "STAR-USDT"}).json()["error"]
    assert (refused["code"], refused["values"]) == ("held_exclusively", {"until_ns": ns(5)})
    assert north.post("/partner/v1/listings", {"instrument": "STAR-USDT", "begin_ns": ns(4)}).status_code == 409
    told = {
        row["instrument"]: row["exclusive_until_ns"] for row in north.get("/partner/v1/listings").json()["instruments"]
    }
    assert told == {"BTC-USDT": "", "BTC-EUR": "", "STAR-USDT": ns(5)}
    assert north.post("/partner/v1/listings", {"instrument": "STAR-USDT", "begin_ns": ns(5)}).status_code == 200
    house.at(4)
    assert "STAR-USDT" not in shown(house, NORTH)
    house.at(5)
    assert "STAR-USDT" in shown(house, NORTH)


def test_li4_a_brand_that_came_later_does_not_list_it_either(house: House) -> None:
    granted(house, token=STAR | {"exclusive_until_ns": ns(5)})
    house.send(one(CommandKind.BRAND, brand=EAST, name=b"east"))
    assert house.door.venue.is_listed(EAST, 3)
    house.at(0, 5)
    assert not house.door.venue.is_listed(EAST, 3)
    assert house.door.venue.is_listed(EAST, BTC_EUR)


def test_li5_a_delisting_is_announced_then_closed_then_withdrawals_end(house: House) -> None:
    owner, trader = house.owner(SOUTH), house.trader()
    resting = trader.post("/api/v5/trade/order", ORDER | {"px": "0.5"}).json()
    assert resting["code"] in ("0", "1")
    house.send(order(TAKER, Side.BUY, "3", instrument=BTC_EUR, client_id=b"rests"))
    house.send(order(MAKER, Side.SELL, "3", instrument=BTC_EUR, price_ticks=2, client_id=b"other"))
    told = owner.post("/partner/v1/listings/delist", delisting()).json()
    assert (told["kind"], told["state"]) == ("delist", "waiting")
    news = house.ask("GET", "/api/v5/support/announcements?annType=announcements-delistings", brand=SOUTH).json()
    (row,) = news["data"][0]["details"]
    assert (row["title"], row["businessPTime"]) == ("BTC-EUR goes", str(int(ns(2)) // 10**6))
    assert row["url"].endswith("/a/delisting-btc-eur")
    house.at(1)
    assert trader.post("/api/v5/trade/order", ORDER).json()["code"] == "0"
    house.at(2)
    assert shown(house, SOUTH) == ["BTC-USDT"]
    assert trader.get("/api/v5/trade/orders-pending").json()["data"] == []
    assert [level[0] for level in house.door.book(BTC_EUR).depth(Side.SELL, 5)] == [2]  # the book goes on
    assert [one["kind"] for one in owner.get("/partner/v1/notices").json()] == ["delisted"]


def test_li5_dates_in_their_order_and_what_is_not_listed(house: House) -> None:
    owner = house.owner(SOUTH)
    for changed, code in (
        ({"withdrawals_until_ns": ns(2)}, "withdrawals_too_short"),
        ({"last_order_ns": "5"}, "begin_in_the_past"),
        ({"texts": {}}, "no_text"),
        ({"announce_ns": "5"}, "publish_in_the_past"),
    ):
        assert owner.post("/partner/v1/listings/delist", delisting(**changed)).json()["error"]["code"] == code
    assert owner.get("/partner/v1/announcements").json() == []  # nothing of it is left
    close(house, SOUTH)
    assert owner.post("/partner/v1/listings/delist", delisting()).json()["error"]["code"] == "not_listed"


def test_li5_a_plan_is_withdrawn_with_its_announcement(house: House) -> None:
    owner = house.owner(SOUTH)
    plan = owner.post("/partner/v1/listings/delist", delisting()).json()
    assert owner.post("/partner/v1/listings/delist", delisting()).json()["error"]["code"] == "planned_already"
    assert house.owner(NORTH).post(f"/partner/v1/listings/plans/{plan['id']}/withdraw").status_code == 404
    assert owner.post(f"/partner/v1/listings/plans/{plan['id']}/withdraw").json()["state"] == "withdrawn"
    assert house.ask("GET", "/a/delisting-btc-eur", brand=SOUTH).status_code == 410
    house.at(2)
    assert shown(house, SOUTH) == ["BTC-USDT", "BTC-EUR"]
    assert owner.post(f"/partner/v1/listings/plans/{plan['id']}/withdraw").json()["error"]["code"] == "has_begun"


@pytest.mark.parametrize("sent", [False, True])
def test_li6_cut_off_a_listing_is_closed_by_one_command(house: House, sent: bool) -> None:
    owner = house.owner(SOUTH)
    owner.post("/partner/v1/listings/delist", delisting())

    class Cut(Exception):
        pass

    def cut_off(records: Any) -> Any:
        if sent:
            house.send(records)
        raise Cut

    house.hour = 2
    house.door.follow(house.small.tick(2))
    with pytest.raises(Cut):
        house.small.exchange.back_office.do_due(cut_off)
    house.small.crash()
    house.at(2, 5)
    assert listing_commands(house) == 1
    assert owner.get("/partner/v1/listings").json()["plans"][0]["state"] == "done"
    assert shown(house, SOUTH) == ["BTC-USDT"]


def test_li7_what_custody_may_do_with_an_asset(house: House) -> None:
    owner = house.owner(SOUTH)

    def movements(asset: int, at: str) -> tuple[bool, bool]:
        found = house.read(lambda connection: listings.movements(connection, SOUTH, asset, int(at)))
        return found.deposits, found.withdrawals

    euro, bitcoin = 3, 2
    owner.post("/partner/v1/listings/delist", delisting(withdrawals_until_ns=ns(9)))
    assert movements(euro, ns(8)) == (True, True)
    house.at(2)
    assert [movements(euro, ns(hour)) for hour in (1, 2, 8, 9)] == [
        (True, True),
        (False, True),
        (False, True),
        (False, False),
    ]
    assert movements(bitcoin, ns(9)) == (True, True)  # BTC-USDT is listed
    owner.post("/partner/v1/listings", {"instrument": "BTC-EUR"})
    house.at(3)
    assert movements(euro, ns(9)) == (True, True)


def test_li8_a_token_is_renamed_for_people_from_a_sequence_on(house: House) -> None:
    owner, _ = granted(house)
    asked = {"token": "STAR", "name": "North Star", "from_ns": ns(2)}
    told = owner.post("/partner/v1/listings/names", asked).json()
    assert house.owner(NORTH).post("/partner/v1/listings/names", asked).json()["error"]["code"] == "no_such_token"
    assert owner.post("/partner/v1/listings/names", asked | {"token": "BTC"}).json()["error"]["code"] == "no_such_token"
    assert owner.post("/partner/v1/listings/names", asked | {"name": " "}).json()["error"]["code"] == "bad_name"
    approval = house.owner(HOST).get(f"/host/v1/approvals/{told['approval']}").json()
    assert house.approve(approval, house.owner(HOST)).json()["state"] == "done"

    def names() -> dict[str, str]:
        rows = owner.get("/partner/v1/listings").json()["instruments"]
        found: dict[str, str] = next(row["names"] for row in rows if row["instrument"] == "STAR-USDT")
        return found

    house.at(1)
    assert names() == {}
    house.at(2)
    assert names() == {"STAR": "North Star"}
    (row,) = house.read(lambda connection: connection.execute(select(asset_names)).all())
    before = house.read(lambda connection: listings.names_at(connection, row.from_sequence))
    after = house.read(lambda connection: listings.names_at(connection, row.from_sequence + 1))
    assert (before, after) == ({}, {4: "North Star"})
    assert shown(house, SOUTH)[-1] == "STAR-USDT"


STAR_ASSET, NEXT_ASSET, STAR_PAIR = 4, 5, 3
SPLIT = {"asset": "STAR", "new_asset": "STARS", "numerator": 1, "denominator": 3}


def halted(house: House) -> None:
    house.send(one(CommandKind.STATUS, instrument=STAR_PAIR, status=TradingStatus.HALTED))


def test_li9_a_split_token_is_its_brands_and_is_called_as_before(house: House) -> None:
    # SP-10: two users of the host.
    owner, _ = granted(house, token=STAR | {"exclusive_until_ns": ns(50)})
    house.write(lambda connection: listings.keep_name(connection, STAR_ASSET, "North Star", 0, 9))
    house.at(1)
    for number, account in enumerate((MAKER, TAKER)):
        house.send(deposit(account, STAR_ASSET, "0.0000005", f"star{number}"))  # 50 units
    first, second = house.owner(HOST), house.owner(HOST)
    assert first.post("/host/v1/splits", SPLIT).json()["error"]["code"] == "not_halted"
    halted(house)
    asked = first.post("/host/v1/splits", SPLIT)
    assert asked.status_code == 200, asked.text
    done = house.approve(asked.json(), second).json()
    assert (done["state"], done["outcome"]["new_asset"]) == ("done", NEXT_ASSET)
    # Cut off before it was written down, it is carried out again and happens once.
    where = approvals.c.approval == int(done["id"])
    house.write(lambda connection: connection.execute(update(approvals).where(where).values(state="approved")))
    assert [left.outcome for left in house.carry_out_left()] == [done["outcome"]]
    assert house.small.available(MAKER, NEXT_ASSET) == house.small.available(TAKER, NEXT_ASSET) == "0.00000016"
    assert house.small.exchange.ledger_difference() == {}
    tokens = house.read(listings.own_tokens_of)
    assert tokens[NEXT_ASSET] == listings.OwnToken(NEXT_ASSET, SOUTH, True, int(ns(50)))
    assert not tokens[STAR_ASSET].is_platform
    assert house.read(listings.names_at)[NEXT_ASSET] == "North Star"
    rows = house.trader().get("/api/v5/asset/currencies").json()["data"]
    assert {row["ccy"]: row["name"] for row in rows if row["ccy"] not in ("USDT", "BTC", "EUR")} == {
        "STAR": "North Star",
        "STARS": "North Star",
    }
    assert first.post("/host/v1/splits", SPLIT).json()["error"]["code"] == "asset_closed"
    # A pair of the new token is proposed and listed like any other.
    asked = first.post(
        f"/host/v1/listings/proposals/{_proposed(owner)}/grant",
    ).json()
    assert house.approve(asked, second).json()["state"] == "done"
    assert shown(house, SOUTH)[-1] == "STARS-USDT"
    assert "STARS-USDT" not in shown(house, NORTH)


def test_sp10_the_host_sees_each_asset_and_what_a_split_has_made_of_it(house: House) -> None:
    granted(house)
    halted(house)
    first, second = house.owner(HOST), house.owner(HOST)
    before = {one["asset"]: one for one in first.get("/host/v1/assets").json()}
    assert (before["STAR"]["scale"], before["STAR"]["instruments"], before["STAR"]["new_asset"]) == (
        6,
        ["STAR-USDT"],
        "",
    )
    house.approve(first.post("/host/v1/splits", SPLIT).json(), second)
    after = {one["asset"]: one for one in first.get("/host/v1/assets").json()}
    assert (after["STAR"]["new_asset"], after["STAR"]["numerator"], after["STAR"]["denominator"]) == ("STARS", 1, 3)
    assert "STARS" in after.keys() - before.keys()


def _proposed(owner: Person) -> str:
    body = {"token": None, "pairs": [PAIR | {"base": "STARS"}]}
    return str(owner.post("/partner/v1/listings/proposals", body).json()["id"])


def test_li9_the_bills_of_a_split_are_of_a_conversion(house: House) -> None:
    # SP-9.
    granted(house)
    house.send(deposit(TAKER, STAR_ASSET, "0.0000005", "star"))
    halted(house)
    asked = house.owner(HOST).post("/host/v1/splits", SPLIT).json()
    house.approve(asked, house.owner(HOST))
    rows = house.trader().get("/api/v5/account/bills?type=11").json()["data"]
    assert [(row["ccy"], row["type"], row["subType"], row["balChg"], row["bal"]) for row in rows] == [
        ("STARS", "11", "118", "0.000016", "0.000016"),
        ("STAR", "11", "119", "-0.00005", "0"),
    ]
    only = house.trader().get("/api/v5/account/bills?type=11&subType=119").json()["data"]
    assert [row["ccy"] for row in only] == ["STAR"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"asset": "STARX"}, "no_such_asset"),
        ({"numerator": 0}, "bad_ratio"),
        ({"denominator": 2**32}, "bad_ratio"),
        ({"new_asset": "Stars"}, "bad_token"),
        ({"new_asset": "BTC"}, "bad_scale"),
        ({"new_asset": "STAR"}, "bad_scale"),
        ({"asset": "USDT"}, "not_halted"),
    ],
)
def test_sp10_what_cannot_be_split_is_refused_when_it_is_asked_for(
    house: House, changed: dict[str, Any], code: str
) -> None:
    granted(house)
    halted(house)
    told = house.owner(HOST).post("/host/v1/splits", SPLIT | changed)
    assert told.json()["error"]["code"] == code
    assert house.owner(SOUTH).post("/host/v1/splits", SPLIT).json()["error"]["code"] != code


def test_sp10_what_is_a_quote_or_named_by_the_settings_is_not_split(house: House) -> None:
    venue = house.door.venue
    usdt, btc = venue.assets[1], venue.assets[2]
    used = splits.named_by(house.settings)
    assert used == {"USDT"}
    for asset, named in ((usdt, set[str]()), (btc, {"BTC"})):
        with pytest.raises(Declined) as declined:
            splits.must_be_told_nowhere_else(venue, asset, named)
        assert declined.value.code == "asset_needed"
    splits.must_be_told_nowhere_else(venue, btc, used)


def test_li8_a_name_that_waits_goes_with_the_split(house: House) -> None:
    granted(house)
    house.write(lambda connection: listings.keep_name(connection, STAR_ASSET, "Late", int(ns(5)), 9))
    halted(house)
    asked = house.owner(HOST).post("/host/v1/splits", SPLIT).json()
    house.approve(asked, house.owner(HOST))
    assert house.read(listings.names_at) == {}
    house.at(6)
    assert house.read(listings.names_at) == {NEXT_ASSET: "Late"}


def test_li8_people_are_shown_the_name_for_people() -> None:
    venue_star, usdt = Asset(4, "STAR", 6), Asset(1, "USDT", 8)
    pair = Instrument(3, "STAR-USDT", venue_star, usdt, 4, 1, 2, 1, Lots(1), 0)
    assert people_name(pair, {}) == ""
    assert people_name(pair, {4: "North <Star>"}) == "North <Star> / USDT"
    document = Document(name="north", title="North", state=State.LIVE, languages=("en",))
    rows = [("STAR-USDT", "1", "North <Star> / USDT"), ("BTC-USDT", "2", "")]
    shown_page = page(document, "en", rows, "")
    assert '<th scope="row">STAR-USDT <small>North &lt;Star&gt; / USDT</small></th><td>1</td>' in shown_page
    assert '<th scope="row">BTC-USDT</th><td>2</td>' in shown_page
