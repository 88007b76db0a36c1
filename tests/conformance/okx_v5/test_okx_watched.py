"""A broker's client is watched on the simulated venue by the gateways that serve it: CK-2 to CK-5 and CK-10."""

import time
from collections.abc import Callable, Iterator

import pytest
from conformance.okx_v5.wire import BRANDS, EVERYTHING, ORDER, Hand, Running, started

from commonbook.brokerage import observing
from commonbook.brokerage.certifying import kept_orders
from commonbook.brokerage.conformance import Run, Step, Verdict, judge
from commonbook.brokerage.observing import Reading
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.instrument import store
from commonbook.settings import SIMULATED, Settings, database_url
from commonbook.simulator.demo_market import BROKER, BROKER_CODE, BROKER_PAYOUT
from commonbook.storage.database import open_database

WRONG = {"OK-ACCESS-SIGN": "d3Jvbmc="}
TAGGED = ORDER | {"tag": BROKER_CODE}
SLOW = "/broker/nd/rebate-daily"  # may be asked for once in ten seconds
SCALE = 20  # or so many times
LOOKED_S = 1.5  # a gateway looks for watches twice a second


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An exchange with limits that can be reached."""
    with started(tmp_path_factory.mktemp("okx"), f"[limits]\nscale = {SCALE}\n") as found:
        yield found


def test_ck10_what_a_gateway_has_seen_is_enough_to_judge_by(limited: Running) -> None:
    running, folder = limited, limited.server.data_dir / SIMULATED
    client, stranger = of_the_broker(running, running.hand("aurora")), running.simulated(running.hand("borealis"))
    now_ms = time.time_ns() // 1_000_000
    watch = observing.begin(folder / observing.FOLDER, BROKER_CODE, BROKER, BROKER_PAYOUT, now_ms, now_ms + 600_000)
    reading = Reading(folder / observing.FOLDER, watch)
    try:
        time.sleep(LOOKED_S)
        show(client)
        stranger.get("/account/balance")
        verdicts = until(running, lambda: look(running, reading), Step.SIGNING, Step.TAGS, Step.ERRORS, Step.PACE)
    finally:
        observing.end(folder / observing.FOLDER, watch)
    assert [one.why for one in verdicts.values() if one.step in list(Step)[:4] and not one.passed] == []
    assert {one.account for one in reading.seen} == {client.account}
    assert not verdicts[Step.SUSTAINED].passed


def of_the_broker(running: Running, hand: Hand) -> Hand:
    """A simulated key of an account that is associated with the demo's broker."""
    player = running.simulated(hand)
    database = open_database(database_url(Settings(), running.server.data_dir / SIMULATED))
    with database.begin() as connection:
        seal = Seal.open(running.server.data_dir / SIMULATED)
        brand, brokers = BRANDS[hand.brand], frozenset({BROKER})
        new = create_key(connection, seal, hand.account, brand, EVERYTHING, "a broker's", (), brokers)
    database.dispose()
    key = {"api_key": new.api_key, "api_secret": new.api_secret, "api_passphrase": new.api_passphrase}
    return Hand(player.http, key, hand.account, hand.brand, player.data_dir, simulated=True)


def show(client: Hand) -> None:
    """What a client does in a run, as far as it is done in seconds."""
    assert client.send("GET", "/account/config", changed=WRONG).code == "50113"
    first = client.placed(tag=BROKER_CODE)
    rows = client.post("/trade/batch-orders", [TAGGED, TAGGED]).data
    assert [row["sCode"] for row in rows] == ["0", "0"]
    assert client.post("/trade/amend-order", {"instId": "BTC-USDT", "ordId": first, "newSz": "0.02"}).code == "0"
    best = client.get("/market/books?instId=BTC-USDT&sz=1").row["asks"][0][0]
    client.placed(tag=BROKER_CODE, px=best, ordType="ioc", sz="0.001")
    assert client.place(tag=BROKER_CODE, sz="900")["sCode"] == "51008"
    assert any(client.get(SLOW).code == "50011" for _ in range(SCALE + 1))  # and pauses at the first
    for _ in range(16):
        assert client.get("/account/config").code == "0"


def look(running: Running, reading: Reading) -> dict[Step, Verdict]:
    reading.look()
    database = open_database(database_url(Settings(), running.server.data_dir / SIMULATED))
    with database.connect() as connection:
        codes = {one.id: one.code for one in store.load(connection).codes.values()}
        orders = kept_orders(connection, reading.seen, codes)
    database.dispose()
    return {one.step: one for one in judge(Run(BROKER_CODE, 100, reading.seen, orders))}


def until(running: Running, found: Callable[[], dict[Step, Verdict]], *steps: Step) -> dict[Step, Verdict]:
    """The verdicts once these steps have passed, or those of the tenth second."""
    deadline = time.monotonic() + 10
    while True:
        verdicts = found()
        if all(verdicts[one].passed for one in steps) or time.monotonic() > deadline:
            return verdicts
        time.sleep(0.2)
