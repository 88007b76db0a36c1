"""The client of a broker's own programs, and the statements that it fetches. Rules BL-22 and BL-23."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
from picows import WSFrame, WSListener, WSMsgType, WSTransport
from spec.broker.listening import Listening
from spec.broker.served import managing_key, serving
from spec.broker.test_broker_channel import QUICK, trade
from spec.house import House, Person
from spec.oauth.rig import BASE, HouseTransport
from spec.small_exchange import BROKER, HOUR, HOUSE, PAYOUT, TAKER, order

from commonbook.client.broker import (
    BrokerDesk,
    DeskRefused,
    Key,
    Lived,
    LiveRefused,
    check_statement,
    listen,
    webhook_event,
)
from commonbook.client.broker import desk as client_desk
from commonbook.client.broker import live as client_live
from commonbook.client.broker.live import News
from commonbook.errors import Mismatch, OutsideFailure
from commonbook.identity.service import change_key
from commonbook.records import Side
from commonbook.webhook.rules import signature


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Listening]:
    with House(tmp_path / "data", QUICK) as house:
        house.at(0, 1)
        yield Listening(house)


def settle(here: Listening, hour: int) -> None:
    house = here.house
    house.at(hour, 1)
    house.send(*trade("1000"))
    house.at(hour + 2, 1)
    house.small.exchange.back_office.settle_due(lambda commands: house.send(commands))


def key_of(here: Listening, person: Person) -> Key:
    made = managing_key(here, person)
    return Key(made.api_key, made.api_secret, made.api_passphrase)


def desk_of(here: Listening, person: Person) -> BrokerDesk:
    http = httpx.Client(transport=HouseTransport(here.house, "127.0.0.1"))
    return BrokerDesk(BASE, key_of(here, person), http)


# -- statements ------------------------------------------------------------------------------------------------------


def test_bl22_a_broker_has_its_statements_as_they_were_published_and_nobody_elses(
    here: Listening, tmp_path: Path
) -> None:
    settle(here, 1)
    settle(here, 4)
    root, stranger = desk_of(here, here.house.trader(PAYOUT)), here.house.trader(HOUSE)
    told = list(root.statements())
    assert [(one.hour, one.state, one.asset, one.paid, one.lines) for one in told] == [
        (HOUR + 4, "published", "USDT", "0.35", 1),
        (HOUR + 1, "published", "USDT", "0.35", 1),
    ]
    path = root.statement(told[0], tmp_path)
    published = here.house.small.exchange.back_office.statements / told[0].name
    assert path.read_bytes() == published.read_bytes()
    assert check_statement(path).root == told[0].root
    altered = tmp_path / "altered.jsonl"
    altered.write_text(path.read_text().replace('"fill":"', '"fill":"9', 1))
    with pytest.raises(Mismatch, match=r"altered.jsonl, line 2"):
        check_statement(altered)
    for path_of in ("/broker/v1/statements", f"/broker/v1/statements/{HOUR + 1}"):
        assert stranger.get(path_of).json()["error"]["code"] == "not_a_broker"
    person = here.house.trader(PAYOUT)
    assert person.get(f"/broker/v1/statements/{HOUR + 2}").json()["error"]["code"] == "no_such_statement"
    assert person.get("/broker/v1/statements/x").status_code == 400
    assert person.get(f"/broker/v1/statements?before={HOUR + 4}").json()["statements"][0]["hour"] == HOUR + 1
    published.rename(published.with_suffix(".gone"))
    assert person.get(f"/broker/v1/statements/{HOUR + 4}").json()["error"]["code"] == "unavailable"


# -- the desk --------------------------------------------------------------------------------------------------------


def test_bl23_pages_are_gone_through_and_each_line_comes_once(here: Listening) -> None:
    for _ in range(5):
        here.house.send(*trade("10"))
    root = desk_of(here, here.house.trader(PAYOUT))
    whole = list(root.fills())
    with mock.patch.object(client_desk, "PAGE", 2):
        assert list(root.fills()) == whole
        assert [one.lines for one in root.sums("order")] == [1] * 5
    page = root.fill_page(limit=3)
    assert page.lines + root.fill_page(after=page.next).lines == whole


def test_bl23_what_the_desk_refuses_and_what_is_no_answer_are_told_apart(here: Listening, tmp_path: Path) -> None:
    root = desk_of(here, here.house.trader(PAYOUT))
    with pytest.raises(DeskRefused) as refused:
        root.why("1-1")
    assert (refused.value.code, refused.value.status) == ("no_such_fill", 404)
    with pytest.raises(DeskRefused, match="180 days"):
        root.export(tmp_path / "lines.csv", "2025-01-01", "2025-11-24")
    assert list(tmp_path.glob("lines*")) == []
    stranger = BrokerDesk(BASE, Key("no", "no", "no"), root._http)
    with pytest.raises(DeskRefused) as refused:
        stranger.tier()
    assert refused.value.code == "sign_in"

    def answers(status: int, content: bytes) -> BrokerDesk:
        http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(status, content=content)))
        return BrokerDesk(BASE, Key("a", "b", "c"), http)

    for broken in (answers(502, b"<html>"), answers(200, b"{}"), answers(200, b"no json")):
        with pytest.raises(OutsideFailure, match="/broker/v1/tier"):
            broken.tier()

    def cut(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("cut")

    with pytest.raises(OutsideFailure, match="cut"):
        BrokerDesk(BASE, Key("a", "b", "c"), httpx.Client(transport=httpx.MockTransport(cut))).tier()


def test_bl23_two_requests_of_one_moment_are_signed_apart(here: Listening) -> None:
    root = desk_of(here, here.house.trader(PAYOUT))
    with mock.patch.object(time, "time_ns", return_value=time.time_ns()):
        first = root.add_webhook("https://north.example/a", ["tier"])
        second = root.add_webhook("https://north.example/b", ["alert"])
    assert {one.id for one in root.webhooks()} == {first.endpoint.id, second.endpoint.id}
    assert root.change_webhook(first.endpoint.id, events=["grant"]).events == ["grant"]
    assert root.pause_webhook(first.endpoint.id).state == "paused"
    assert root.resume_webhook(first.endpoint.id).state == "live"
    sent = root.test_webhook(first.endpoint.id)
    assert [one.id for one in root.deliveries(first.endpoint.id)] == [sent.id]
    root.remove_webhook(second.endpoint.id)
    assert [one.id for one in root.webhooks()] == [first.endpoint.id]


def test_bl23_sub_brokers_and_tiers_are_typed(here: Listening) -> None:
    house = here.house
    root = desk_of(here, house.trader(PAYOUT))
    token = root.invite("10", "0", "for Ada").token
    assert [one.pool for one in root.invitations()] == ["10"]
    ada = house.trader(HOUSE)
    number = ada.post("/broker/v1/invitations/accept", {"token": token, "code": "ADA"}).json()["broker"]
    house.at(1, 1)
    assert [(one.code, one.broker) for one in root.sub_brokers()] == [("ADA", number)]
    assert desk_of(here, ada).place().parent == "NORTHSTAR"
    assert root.give(number, "7").brokers == [number]
    assert root.tier().level == 3
    assert root.rates().negotiated is False
    assert [one.version for one in root.table().rates] == [1]
    assert (root.tier_months(), list(root.notices()), root.performance("2025-11-24", "2025-11-24")) == ([], [], [])
    assert root.signed_hours().hours == []


def test_bl23_a_webhook_is_taken_once_its_signature_is_good() -> None:
    body, now_s = b'{"id":"alert-1","kind":"alert"}', 1_800_000_000
    header = signature(["new", "old"], body, now_s)
    assert webhook_event(body, header, ["old"], now_s)["id"] == "alert-1"
    assert webhook_event(body, header, ["x", "new"], now_s + 299)["id"] == "alert-1"
    for wrong in (
        (body + b" ", header, ["new"], now_s),
        (body, header, ["other"], now_s),
        (body, header, [], now_s),
        (body, header, ["new"], now_s + 301),
        (body, "", ["new"], now_s),
    ):
        with pytest.raises(Mismatch):
            webhook_event(*wrong)


# -- live ------------------------------------------------------------------------------------------------------------


async def gathered(news: Any, into: list[News]) -> None:
    async for one in news:
        into.append(one)


def test_bl23_a_lost_connection_is_made_again_and_says_what_may_be_missing(here: Listening) -> None:
    key = key_of(here, here.house.trader(PAYOUT))

    async def go() -> None:
        told: list[News] = []
        with mock.patch.object(client_live, "WAIT_S", 0.05):
            async with serving(here) as base:
                listening = asyncio.ensure_future(gathered(listen(base, key, ("orders",)), told))
                await here.until(lambda: told)
                first = (await here.send(order(TAKER, Side.BUY, "10", broker=BROKER))).last
                await here.until(lambda: len(told) == 2)
                for connection in list(here.hub.connections):
                    connection.close(1011, "something is broken")
                await here.send(order(TAKER, Side.BUY, "11", broker=BROKER))  # nobody listens
                await here.until(lambda: len(told) == 3)
                await here.send(order(TAKER, Side.BUY, "12", broker=BROKER))
                await here.until(lambda: len(told) == 4)
                listening.cancel()
        begun, lived, again, last = told
        assert all(isinstance(one, Lived) for one in told)
        assert (begun.is_snapshot, begun.missed_after, begun.rows) == (True, None, ())
        assert (lived.is_snapshot, lived.sequence, lived.rows[0]["quantity"]) == (False, first, "10")
        assert (again.is_snapshot, again.missed_after) == (True, first)
        assert again.sequence > first
        assert last.rows[0]["quantity"] == "12"

    asyncio.run(go())


def test_bl23_a_key_that_is_revoked_or_no_brokers_ends_it_for_good(here: Listening) -> None:
    house = here.house
    root, stranger = house.trader(PAYOUT), house.trader(HOUSE)
    good, no_brokers = managing_key(here, root), key_of(here, stranger)
    wrong = Key(good.api_key, "0" * 32, good.api_passphrase)

    async def refused(base: str, key: Key) -> str:
        with pytest.raises(LiveRefused) as found:
            await asyncio.wait_for(gathered(listen(base, key), []), 20)
        return found.value.code

    async def go() -> None:
        async with serving(here) as base:
            assert await refused(base, Key("unknown", "x", "y")) == "60005"
            assert await refused(base, wrong) == "60007"
            assert await refused(base, no_brokers) == "60029"
            listening = asyncio.ensure_future(refused(base, Key(good.api_key, good.api_secret, good.api_passphrase)))
            await here.until(lambda: any(one.topics for one in here.hub.connections))
            house.write(lambda connection: change_key(connection, PAYOUT, good.api_key, revoked=True))
            began = time.monotonic()
            await here.until(lambda: not here.hub.connections)
            assert time.monotonic() - began < 2.0
            assert await listening == "60005"
            with pytest.raises(ValueError, match="moon"):
                await gathered(listen(base, no_brokers, ("moon",)), [])

    asyncio.run(go())


class Liar(WSListener):
    """Leaves an update out on its first connection."""

    connections = 0

    def on_ws_connected(self, transport: WSTransport) -> None:
        Liar.connections += 1
        self.number = Liar.connections

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT or frame.get_payload_as_bytes() == b"ping":
            return
        asked = json.loads(frame.get_payload_as_bytes())
        if asked["op"] == "login":
            transport.send(WSMsgType.TEXT, b'{"event":"login","code":"0"}')
            return
        told = [(5, -1), (6, 5)] + ([(8, 7)] if self.number == 1 else [(9, 6)])
        for sequence, before in told:
            content = {"kind": "orders", "seqId": sequence, "prevSeqId": before, "rows": []}
            push: dict[str, Any] = {"arg": {}, "action": "snapshot" if before < 0 else "update", "data": [content]}
            transport.send(WSMsgType.TEXT, json.dumps(push).encode())


def test_bl23_a_gap_is_never_passed_over(here: Listening) -> None:
    async def go() -> None:
        told: list[News] = []
        with mock.patch.object(client_live, "WAIT_S", 0.05):
            async with serving(here, lambda _: Liar()) as base:
                listening = asyncio.ensure_future(gathered(listen(base, Key("a", "b", "c"), ("orders",)), told))
                await here.until(lambda: len(told) == 5)
                listening.cancel()
        assert [(one.sequence, one.is_snapshot) for one in told] == [
            *((5, True), (6, False)),
            *((5, True), (6, False), (9, False)),
        ]
        assert told[2].missed_after == 6

    asyncio.run(go())
