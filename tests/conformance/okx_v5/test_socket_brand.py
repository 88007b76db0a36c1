"""A brand's version and fees, told to whoever is at its address. WS-20 of docs/reference/okx-v5-websocket.md."""

from collections.abc import Iterator

import pytest
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.wire import Running, started
from msgspec.structs import replace
from sqlalchemy import Engine

from commonbook.administration.log import HOST_ACTOR
from commonbook.brand import schedules, service, store
from commonbook.brand.service import Author
from commonbook.instrument import store as instrument_store
from commonbook.instrument.model import Rates
from commonbook.settings import Settings, database_url
from commonbook.simulator.demo_brands import FIRST_BRAND
from commonbook.storage.database import open_database


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An exchange of its own: fees are changed."""
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


@pytest.fixture(scope="module")
def database(running: Running) -> Iterator[Engine]:
    found = open_database(database_url(Settings(), running.server.data_dir))
    yield found
    found.dispose()


def test_ws20_a_brands_version_and_fees_are_told_and_told_again_when_they_change(
    running: Running, database: Engine
) -> None:
    alice = running.hand()
    with SocketHand(running) as hand, SocketHand(running) as other, SocketHand(running) as nobody:
        hand.login(alice)
        other.login(running.hand("borealis"))
        for one in (hand, other, nobody):
            assert one.subscribe("brand")["event"] == "subscribe"
        first = hand.push("brand")["data"][0]
        others = other.push("brand")["data"][0]
        rates = alice.get("/account/trade-fee?instType=SPOT").row
        assert first["fees"][0] == {"level": "Lv1", "maker": rates["maker"], "taker": rates["taker"]}

        venue, _ = instrument_store.load_at(database)
        wanted = {0: Rates(80_000, 90_000, False), 3: Rates(70_000, 80_000, False)}
        with database.begin() as connection:
            schedules.plan_schedule(connection, venue, FIRST_BRAND, wanted, 0, 0, 0)
        told = hand.until(lambda one: "data" in one and one["data"][0]["fees"] != first["fees"])["data"][0]
        hand.drain(1)
        told = hand.messages[-1]["data"][0]
        assert {row["level"]: (row["maker"], row["taker"]) for row in told["fees"]}.items() >= {
            "Lv1": ("-0.0008", "-0.0009"),
            "VIP3": ("-0.0007", "-0.0008"),
        }.items()
        assert alice.get("/account/trade-fee?instType=SPOT").row["taker"] == "-0.0009"
        assert told["version"] == first["version"]

        with database.begin() as connection:
            brand = venue.brands[FIRST_BRAND]
            before = service.current(connection, brand)
            after = replace(before.document, title="Northern light")
            service.change(connection, Settings(), brand, before.version, after, Author(HOST_ACTOR, 0), "")
            newest = store.newest_number(connection, FIRST_BRAND)
        told_then = hand.push("brand")["data"][0]
        assert (told_then["version"], told_then["fees"]) == (str(newest), told["fees"])

        assert other.quiet(1.5), "another brand is told of it"
        assert others["version"] == other.messages[-1]["data"][0]["version"]
        assert nobody.quiet(0.2), "at an address that is no brand's there is nothing to tell"
