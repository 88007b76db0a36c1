"""What a brand decides, at the doors of a served exchange: terms, listings, fees. T-7, T-8, LI-1, LI-6, SC-3.

docs/rules/terms.md, docs/rules/listings.md, docs/rules/schedules.md; by themselves in tests/spec/terms and spec/brand.
"""

import time
from collections.abc import Iterator

import pytest
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.wire import BRANDS, ETH_USDT, ORDER, Hand, Running, started
from integration.record_door import FAR, cancels, orders
from sqlalchemy import Connection

from commonbook.brand import listings, schedules
from commonbook.brand import store as store_of_brands
from commonbook.brand.model import Document, State
from commonbook.client import DoorClosed, RecordClient
from commonbook.client.wire import ErrorCode
from commonbook.gateway.okx_v5.codes import TERMS_FIRST, WITHDRAWALS_CLOSED, WITHDRAWALS_ENDED
from commonbook.identity.sealing import Seal
from commonbook.instrument import store
from commonbook.instrument.model import Rates
from commonbook.people import directory
from commonbook.terms import service
from commonbook.terms.model import Audience, Kind, Line

AURORA, BOREALIS = BRANDS["aurora"], BRANDS["borealis"]
RISK = Line(BOREALIS, "*", Audience.TRADER, Kind.RISK)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


def with_user(running: Running, hand: Hand) -> int:
    """A user of the hand's account."""

    def add(connection: Connection) -> int:
        seal, address = Seal.open(hand.data_dir), f"{hand.account}@example.com"
        brand = BRANDS[hand.brand]
        return directory.add(connection, seal, brand, address, "", state=directory.ACTIVE, account=hand.account).id

    return running.database(add)


def accept(running: Running, user: int, brand: int) -> None:
    def work(connection: Connection) -> None:
        held = service.held(connection, user, brand, "*", [Audience.TRADER], time.time_ns())
        hashes = [text.hash for one in held for text in service.texts_of(connection, one.version.id)]
        service.accept(connection, user, brand, [Audience.TRADER], hashes, "203.0.113.7", 1)

    running.database(work)


def test_t7_every_door_waits_for_terms_with_orders_and_with_nothing_else(running: Running) -> None:
    hand, free = running.hand("borealis"), running.hand("borealis")  # nobody's account needs no acceptance
    user = with_user(running, hand)
    door = running.server.ready["records"]["unix"]
    with SocketHand(running, "private") as stream:
        assert stream.login(hand)["code"] == "0"
        resting = stream.order("order", ORDER | {"px": "70000"})["data"][0]["ordId"]
        records = RecordClient.open(door, hand.key["api_key"], hand.key["api_secret"])
        records.call(orders("first"))
        running.database(lambda connection: service.publish(connection, RISK, {"en": "Risk."}, 1, True))
        begun = time.monotonic()
        running.wait(lambda: hand.post("/trade/order", ORDER).code == "50027", 1.5)
        assert time.monotonic() - begun < 1.1  # T-8
        told = stream.order("order", ORDER)
        assert (told["code"], told["msg"], told["data"]) == ("50027", TERMS_FIRST.text, [])
        assert stream.order("batch-orders", ORDER, ORDER)["code"] == "50027"
        assert stream.order("order", ORDER | {"sz": "1e0"})["code"] == "50027"  # the long way
        time.sleep(max(0.0, begun + 1.05 - time.monotonic()))
        with pytest.raises(DoorClosed) as closed:
            records.call(orders("second"))
        assert closed.value.code is ErrorCode.TERMS
        records.abandon()
        with RecordClient.open(door, hand.key["api_key"], hand.key["api_secret"]) as again:
            again.call(cancels("first"))
        assert stream.order("cancel-order", {"instId": "BTC-USDT", "ordId": resting})["code"] == "0"
        assert hand.order(resting)["state"] == "canceled"
        assert free.post("/trade/order", ORDER).code == "0"
        accept(running, user, BOREALIS)
        begun = time.monotonic()
        running.wait(lambda: stream.order("order", ORDER)["code"] == "0", 1.5)
        assert time.monotonic() - begun < 1.1
        time.sleep(max(0.0, begun + 1.05 - time.monotonic()))
        with RecordClient.open(door, hand.key["api_key"], hand.key["api_secret"]) as last:
            last.call(orders("third", price_ticks=FAR))
        assert hand.get("/trade/orders-pending").code == "0"


def test_sc3_a_schedule_is_brought_into_force_by_the_back_office(running: Running, bob: Hand) -> None:
    wanted = {0: Rates(90_000, 110_000, False)}

    def plan(connection: Connection) -> None:
        now_ns = time.time_ns()
        schedules.plan_schedule(connection, store.load(connection), BOREALIS, wanted, 0, now_ns, 1)

    running.database(plan)
    running.wait(lambda: bob.get("/account/trade-fee?instType=SPOT").row["taker"] == "-0.0011", 60)
    plans = "SELECT state, begun_sequence FROM fee_plans"
    running.wait(lambda: running.rows(plans)[0]["state"] == "done", 60)  # told of by the door before it is written down
    (row,) = running.rows(plans)

    def newest() -> int:
        return running.database(lambda connection: schedules.history(connection, BOREALIS))[0].sequence

    running.wait(lambda: newest() == row["begun_sequence"], 60)


def test_li1_what_a_brand_no_longer_lists_is_gone_from_its_doors(running: Running) -> None:
    hand, other = running.hand("aurora"), running.hand("borealis")
    host = {"host": "aurora.localhost"}
    with (
        SocketHand(running, "public", host) as stream,
        SocketHand(running, "public", {"host": "borealis.localhost"}) as elsewhere,
    ):
        assert stream.subscribe("tickers", instId="ETH-USDT")["event"] == "subscribe"
        assert elsewhere.subscribe("tickers", instId="ETH-USDT")["event"] == "subscribe"

        def plan(connection: Connection) -> None:
            venue = store.load(connection)
            now_ns = time.time_ns()
            pair = venue.instruments[ETH_USDT]
            listings.plan_delisting(connection, venue, AURORA, pair, 0, now_ns + 10**15, 0, now_ns, 1)

        running.database(plan)
        ended = stream.until(lambda message: message.get("event") == "unsubscribe", 10)
        assert ended["arg"] == {"channel": "tickers", "instId": "ETH-USDT"}
        assert stream.subscribe("tickers", instId="ETH-USDT")["code"] == "60018"
        assert elsewhere.subscribe("trades", instId="ETH-USDT")["event"] == "subscribe"
        assert stream.unsubscribe("tickers", instId="ETH-USDT")["event"] == "unsubscribe"
        stream.subscribe("instruments", instType="SPOT")
        elsewhere.subscribe("instruments", instType="SPOT")
        assert {row["instId"] for row in stream.push("instruments")["data"]} == {"BTC-USDT"}
        assert {row["instId"] for row in elsewhere.push("instruments")["data"]} == {"BTC-USDT", "ETH-USDT"}
    row = hand.place(instId="ETH-USDT", px="2000", sz="1")
    absent = hand.place(instId="XYZ-USDT", px="2000", sz="1")
    assert (row["sCode"], row["sMsg"]) == (absent["sCode"], absent["sMsg"]) == ("51001", row["sMsg"])
    assert other.place(instId="ETH-USDT", px="2000", sz="1")["sCode"] == "0"
    for path in ("pairs", "summary"):
        hosts = [{"host": f"{brand}.localhost"} for brand in BRANDS]
        counts = [len(running.http.get(f"/public/v1/{path}", headers=one).json()) for one in hosts]
        assert counts == [1, 2], path
    mine = running.http.get("/api/v5/public/instruments?instType=SPOT", headers=host).json()["data"]
    assert [one["instId"] for one in mine] == ["BTC-USDT"]


def test_lv7_a_brand_that_goes_trades_until_its_notice_ends_and_then_takes_cancels_alone(running: Running) -> None:
    hand, other = running.hand("aurora"), running.hand("borealis")
    withdrawal = {"ccy": "USDT", "amt": "1", "dest": "4", "toAddr": "an-address"}

    def goes(notice_ends_ns: int) -> None:
        def work(connection: Connection) -> None:
            document = Document("aurora", "Aurora", state=State.OFFBOARDING, notice_ends_ns=notice_ends_ns)
            newest = store_of_brands.newest_number(connection, AURORA)
            store_of_brands.add_version(connection, AURORA, newest, document, "test", "")

        running.database(work)

    goes(time.time_ns() + 10**15)
    time.sleep(1.1)
    resting = hand.post("/trade/order", ORDER | {"px": "70000"}).data[0]["ordId"]
    assert hand.post("/asset/withdrawal", withdrawal).envelope["msg"] == WITHDRAWALS_CLOSED.text
    goes(1)
    running.wait(lambda: hand.post("/trade/order", ORDER).code == "50028", 2)
    assert hand.post("/trade/order", ORDER | {"sz": "1e0"}).code == "50028"  # the long way
    assert hand.post("/trade/amend-order", {"instId": "BTC-USDT", "ordId": resting, "newSz": "2"}).code == "50028"
    assert hand.post("/asset/withdrawal", withdrawal).envelope["msg"] == WITHDRAWALS_ENDED.text
    assert hand.post("/trade/cancel-order", {"instId": "BTC-USDT", "ordId": resting}).code == "0"
    assert other.post("/trade/order", ORDER | {"px": "70000"}).code == "0"
