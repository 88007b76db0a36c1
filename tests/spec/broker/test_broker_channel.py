"""What a broker is told live. Rules: BL-10 to BL-16 of docs/rules/broker-live.md, WS-19 of okx-v5-websocket.md."""

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from msgspec.structs import replace
from spec.broker.busting import BECAUSE, lines, newest_fill
from spec.broker.listening import Listener, Listening, must_fit_the_document, with_sub_broker
from spec.broker.served import managing_key
from spec.house import SETTINGS, House, Person
from spec.small_exchange import BROKER, BTC_EUR, EUR, HOUSE, MAKER, PAYOUT, SOUTH, TAKER, one, order, units
from sqlalchemy import select

from commonbook.broker import busts, consents, tiers
from commonbook.broker.agreed import API
from commonbook.broker.consenting import How
from commonbook.gateway.okx_v5.ws import accruing
from commonbook.gateway.okx_v5.ws import brokers as news
from commonbook.gateway.okx_v5.ws.connection import Connection, Url
from commonbook.identity.model import Credential, Permission
from commonbook.identity.service import change_key, create_key
from commonbook.identity.sessions import end_session, hash_of
from commonbook.records import (
    EVENT_LAYOUTS,
    ORDER,
    Batch,
    CommandKind,
    EventKind,
    OrderType,
    Side,
    SizeIn,
    of_kind,
    words,
)
from commonbook.settings import BrokerSettings
from commonbook.storage.schema import orders

QUICK = replace(SETTINGS, broker=BrokerSettings(settlement_grace_s=60))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Listening]:
    with House(tmp_path, QUICK) as house:
        house.at(0, 1)
        yield Listening(house)


def trade(notional: str, **others: Any) -> tuple[Any, Any]:
    return order(MAKER, Side.SELL, notional), order(TAKER, Side.BUY, notional, broker=BROKER, **others)


async def got(person: Person, path: str) -> Any:
    """What the desk answers, while the hub goes on."""
    return (await asyncio.to_thread(person.get, path)).json()


# -- who listens -----------------------------------------------------------------------------------------------------


def test_ws19_a_broker_subscribes_by_what_its_desk_takes_and_nobody_else_does(here: Listening) -> None:
    house = here.house
    root, stranger = house.trader(PAYOUT), house.trader(HOUSE)

    def key(permissions: set[Permission], user: int) -> Any:
        made = house.write(
            lambda connection: create_key(connection, house.seal, PAYOUT, SOUTH, frozenset(permissions), "k", user=user)
        )
        house.second_passes()
        return house.authenticator.find(made.api_key)

    async def go() -> None:
        by_session = here.listener(root)
        by_key = Listener(here.hub, key({Permission.READ, Permission.MANAGE}, root.user))
        others = {
            "60029": [
                here.listener(stranger),
                Listener(here.hub, key({Permission.READ, Permission.TRADE}, root.user)),  # no key that may manage
                Listener(here.hub, key({Permission.READ, Permission.MANAGE}, 0)),  # of an account and no user
            ],
            "60011": [Listener(here.hub, None)],
        }
        for listener in (by_session, by_key, *others["60029"], *others["60011"]):
            listener.subscribe("orders")
        await here.until(lambda: by_session.pushes("orders") and by_key.pushes("orders"))
        for code, some in others.items():
            for listener in some:
                await here.until(partial(listener.event, "error"))
                assert (listener.event("error") or {})["code"] == code
                assert listener.event("subscribe") is None
        acknowledged = by_session.event("subscribe") or {}
        assert acknowledged["arg"] == {"channel": "broker", "kind": "orders"}
        assert by_session.messages[-1]["arg"] == {"channel": "broker", "kind": "orders", "broker": str(BROKER)}
        by_session.subscribe("moon")
        assert (by_session.event("error") or {})["code"] == "60013"
        here.hub.unsubscribe(by_session, {"channel": "broker", "kind": "orders"}, "")
        assert by_session.event("unsubscribe") is not None
        assert not by_session.topics

    asyncio.run(go())


def test_bl15_who_is_the_brokers_no_more_is_off_within_a_second(here: Listening) -> None:
    root, other = here.house.trader(PAYOUT), here.house.trader(HOUSE)

    async def go() -> None:
        mine = here.listener(root)
        for kind in ("orders", "accrual", "alerts"):
            mine.subscribe(kind)
        await here.until(lambda: len([one for one in mine.messages if "data" in one]) == 3)
        # The code pays to another account from now on.
        code = {"broker": BROKER, "active": 1, "payout_account": HOUSE, "code": b"NORTHSTAR"}
        await here.send(one(CommandKind.BROKER_CODE, **code))
        began = time.monotonic()
        await here.until(lambda: not mine.topics)
        assert time.monotonic() - began < 1.0
        ended = [message["arg"]["kind"] for message in mine.messages if message.get("event") == "unsubscribe"]
        assert sorted(ended) == ["accrual", "alerts", "orders"]
        await here.send(*trade("5"))
        await here.quiet()
        assert mine.rows("orders") == []
        theirs = here.listener(other)
        theirs.subscribe("orders")
        await here.until(lambda: theirs.pushes("orders"))

    asyncio.run(go())


def test_bl15_a_key_that_is_revoked_and_a_session_that_has_ended_are_off_within_a_second(here: Listening) -> None:
    house = here.house
    root = house.trader(PAYOUT)
    made = managing_key(here, root)

    async def go() -> None:
        found = house.authenticator.find(made.api_key)
        by_key, by_session = Listener(here.hub, found), here.listener(root)
        for listener in (by_key, by_session):
            listener.subscribe("orders")
        await here.until(lambda: by_key.pushes("orders") and by_session.pushes("orders"))
        for listener, end in (
            (by_key, lambda connection: change_key(connection, PAYOUT, made.api_key, revoked=True)),
            (by_session, lambda connection: end_session(connection, hash_of(root.session.token))),
        ):
            assert listener.topics
            house.write(end)
            began = time.monotonic()
            await here.until(partial(has_left, listener))
            assert time.monotonic() - began < 1.0
            assert listener.event("unsubscribe") is not None

    asyncio.run(go())


def has_left(listener: Listener) -> bool:
    return not listener.topics


# -- accrual ---------------------------------------------------------------------------------------------------------


def newest(listener: Listener) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The newest row of each hour, way and asset."""
    return {(row["hour"], row["way"], row["fee_asset"]): row for row in listener.rows("accrual")}


def test_bl11_accrual_grows_with_each_batch_and_is_what_the_history_says(here: Listening) -> None:
    house = here.house
    root = house.trader(PAYOUT)
    ada, number = with_sub_broker(here, root)
    house.small.price(EUR, "1.10", hour=1, second=1)

    async def go() -> None:
        await here.send(*trade("1000"))  # before anybody listens
        mine, theirs = here.listener(root), here.listener(ada)
        mine.subscribe("accrual")
        theirs.subscribe("accrual")
        await here.until(lambda: mine.rows("accrual"))
        (row,) = mine.rows("accrual")
        assert (row["way"], row["product"], row["lines"], row["earning"]) == ("own", "spot", 1, 1)
        assert (row["notional"], row["fees"], row["base"]) == ("1000", "1", "1")
        assert (row["pool"], row["commission"], row["paid"], row["payout_asset"]) == ("0.35", "0.35", "0.35", "USDT")
        maker, taker = trade("2000")
        taker["broker"], taker["tag"] = number, b"ADA"
        began = time.monotonic()
        await here.send(maker, taker)
        await here.until(lambda: any(way == "tree" for _, way, _ in newest(mine)))
        assert time.monotonic() - began < 1.0
        tree = next(one for (_, way, _), one in newest(mine).items() if way == "tree")
        assert (tree["pool"], tree["commission"]) == ("0.7", "0.5")  # 35 of which 10 are ADA's
        await here.until(lambda: theirs.rows("accrual"))
        (of_ada,) = newest(theirs).values()
        assert (of_ada["way"], of_ada["pool"], of_ada["commission"]) == ("own", "0", "0.2")  # nothing of the pool above
        house.at(2, 1)
        await here.send(*trade("40"))
        await here.send(*trade("60", instrument=BTC_EUR), order(MAKER, Side.SELL, "60", instrument=BTC_EUR))
        await here.until(lambda: len(newest(mine)) == 4)
        sums = (await got(root, "/broker/v1/history/sums/hour?first=2025-11-24&last=2025-11-26"))["sums"]
        for hour in {hour for hour, _, _ in newest(mine)}:
            for asset in ("USDT", "EUR"):
                rows = [one for (when, _, what), one in newest(mine).items() if (when, what) == (hour, asset)]
                (found,) = [one for one in sums if one["key"][:13] == hour[:13] and one["fee_asset"] == asset] or [None]
                for name in ("lines", "earning"):
                    assert sum(row[name] for row in rows) == (0 if found is None else found[name])
                for name in ("notional", "base", "commission", "paid"):
                    assert added(rows, name) == (0 if found is None else added([found], name))
        must_fit_the_document(mine)
        must_fit_the_document(theirs)

    asyncio.run(go())


def has_lines(listener: Listener, count: int) -> bool:
    rows = listener.rows("accrual")
    return bool(rows) and rows[-1]["lines"] == count


def added(rows: list[dict[str, Any]], name: str) -> int:
    return sum(round(float(row[name]) * 10**8) for row in rows)


def test_bl11_who_reads_slowly_gets_the_newest_alone_and_misses_nothing(here: Listening) -> None:
    root = here.house.trader(PAYOUT)

    async def go() -> None:
        slow, quick = here.listener(root), here.listener(root)
        for listener in (slow, quick):
            listener.subscribe("accrual")
        await here.until(lambda: slow.pushes("accrual") and quick.pushes("accrual"))
        slow.slow = True
        for count in range(1, 4):
            await here.send(*trade("100"))
            await here.until(partial(has_lines, quick, count))
        assert len(slow.pushes("accrual")) == 1
        slow.slow = False
        here.hub.catch_up(slow)
        assert [push["action"] for push in slow.pushes("accrual")] == ["snapshot", "update"]
        assert slow.rows("accrual")[-1] == quick.rows("accrual")[-1]
        for listener in (slow, quick):
            must_fit_the_document(listener)

    asyncio.run(go())


def test_bl11_what_was_there_before_is_read_in_pieces_and_told_once_it_is_whole(here: Listening) -> None:
    root = here.house.trader(PAYOUT)

    async def go() -> None:
        for _ in range(5):
            await here.send(*trade("10"))
        with mock.patch.object(accruing, "SIDES_MOST", 2), mock.patch.object(accruing, "SIDES_TOGETHER", 1):
            mine = here.listener(root)
            mine.subscribe("accrual")
            await here.until(lambda: mine.pushes("accrual"))
        (row,) = mine.rows("accrual")
        assert (row["lines"], row["notional"]) == (5, "50")

    asyncio.run(go())


# -- orders ----------------------------------------------------------------------------------------------------------


def test_bl12_the_life_of_an_order_is_told_event_by_event_by_the_name_of_its_client(here: Listening) -> None:
    house = here.house
    root = house.trader(PAYOUT)

    async def go() -> None:
        old = (await here.send(order(TAKER, Side.BUY, "3", broker=BROKER))).last  # before anybody listens
        mine = here.listener(root)
        mine.subscribe("orders")
        await here.until(lambda: mine.pushes("orders"))
        began = time.monotonic()
        bid = (await here.send(order(TAKER, Side.BUY, "10", broker=BROKER))).last
        await here.send(order(MAKER, Side.SELL, "7"))  # takes all of the old one, and 4 of the bid
        amend = one(CommandKind.AMEND, account=TAKER, order=bid, quantity_lots=900_000_000, instrument=1)
        await here.send(amend)
        await here.send(one(CommandKind.CANCEL, account=TAKER, order=bid, instrument=1))
        await here.send(order(TAKER, Side.BUY, "50000000000", broker=BROKER))
        await here.send(order(TAKER, Side.BUY, "1"))  # nobody's
        await here.until(lambda: len(mine.rows("orders")) == 6)
        assert time.monotonic() - began < 3.0
        told = [(row["event"], row["order"]) for row in mine.rows("orders")]
        assert told == [
            *(("accepted", str(bid)), ("fill", str(old)), ("fill", str(bid)), ("amended", str(bid))),
            *(("canceled", str(bid)), ("refused", "")),
        ]
        accepted, _, fill, amended, canceled, refused = mine.rows("orders")
        assert (accepted["price"], accepted["quantity"], accepted["side"], accepted["type"]) == (
            "1",
            "10",
            "buy",
            "limit",
        )
        assert (fill["quantity"], fill["price"], fill["role"], fill["fee"]) == ("4", "1", "maker", "0.0008")
        assert (fill["fee_asset"], fill["left"]) == ("USDT", "")
        assert mine.rows("orders")[1]["left"] == "0"
        assert amended["quantity"] == "9"
        assert (canceled["left"], canceled["reason"]) == ("5", "USER")
        assert refused["reason"] == "INSUFFICIENT_FUNDS"
        assert {row["client"] for row in mine.rows("orders")} == {house.seal.client_name(BROKER, TAKER)}
        lines = (await got(root, "/broker/v1/history/fills"))["lines"]
        assert {line["client"] for line in lines} == {accepted["client"]}
        assert {line["fill"] for line in lines} == {row["fill"] for row in mine.rows("orders") if row["fill"]}
        text = str(mine.messages)
        assert str(TAKER) not in text
        must_fit_the_document(mine)

    asyncio.run(go())


def test_bl12_a_client_has_another_name_for_each_broker_and_the_same_in_lines_sums_and_files(here: Listening) -> None:
    house = here.house
    root = house.trader(PAYOUT)
    name = house.seal.client_name(BROKER, TAKER)
    assert len(name) == 32
    assert len({name, house.seal.client_name(BROKER + 1, TAKER), house.seal.client_name(BROKER, MAKER)}) == 3
    house.send(*trade("5"))
    (by_client,) = root.get("/broker/v1/history/sums/client").json()["sums"]
    (by_order,) = root.get("/broker/v1/history/sums/order").json()["sums"]
    assert (by_client["key"], by_client["client"], by_order["client"]) == (str(TAKER), name, "")
    (line,) = root.get("/broker/v1/history/export/json?first=2025-11-24&last=2025-11-25").json()
    assert (line["account"], line["client"]) == (str(TAKER), name)


def test_bl12_the_stream_has_the_name_alone_and_the_brokers_own_papers_have_the_number(here: Listening) -> None:
    house = here.house
    root = house.trader(PAYOUT)
    name = house.seal.client_name(BROKER, TAKER)

    async def go() -> None:
        mine = here.listener(root)
        for kind in ("orders", "accrual", "alerts"):
            mine.subscribe(kind)
        await here.until(lambda: all(mine.pushes(kind) for kind in ("orders", "accrual", "alerts")))
        await here.send(*trade("5"))
        await here.until(lambda: len(mine.rows("orders")) == 2 and len(mine.rows("accrual")) > 0)
        assert {row["client"] for row in mine.rows("orders")} == {name}
        words = {word for kind in ("orders", "accrual") for row in mine.rows(kind) for word in row}
        assert not {"account", "uid"} & words
        assert str(TAKER) not in str(mine.messages)

    asyncio.run(go())
    (line,) = root.get("/broker/v1/history/fills").json()["lines"]
    (by_client,) = root.get("/broker/v1/history/sums/client").json()["sums"]
    (why,) = root.get(f"/broker/v1/history/fills/{line['fill']}/why").json()
    assert (line["account"], line["client"]) == (by_client["key"], by_client["client"]) == (str(TAKER), name)
    assert why["account"] == str(TAKER)
    house.at(4)
    house.small.settle()
    (path,) = [path for path in house.small.statements().values() if path.name.startswith("NORTHSTAR")]
    assert lines(path)[1]["account"] == str(TAKER)


def test_bl12_orders_of_another_code_are_not_told_not_even_to_its_root(here: Listening) -> None:
    root = here.house.trader(PAYOUT)
    ada, number = with_sub_broker(here, root)

    async def go() -> None:
        mine, theirs = here.listener(root), here.listener(ada)
        for listener in (mine, theirs):
            listener.subscribe("orders")
        await here.until(lambda: mine.pushes("orders") and theirs.pushes("orders"))
        bid = order(TAKER, Side.BUY, "10", broker=number)
        bid["tag"] = b"ADA"
        number_of_bid = (await here.send(bid)).last
        await here.send(one(CommandKind.CANCEL, account=TAKER, order=number_of_bid, instrument=1))
        await here.send(order(TAKER, Side.BUY, "1", broker=BROKER))
        await here.until(lambda: len(theirs.rows("orders")) == 2 and len(mine.rows("orders")) == 1)
        assert [row["code"] for row in theirs.rows("orders")] == ["ADA", "ADA"]
        assert [row["code"] for row in mine.rows("orders")] == ["NORTHSTAR"]
        must_fit_the_document(theirs)

    asyncio.run(go())


def test_bl13_a_client_who_has_said_no_is_told_of_no_more(here: Listening) -> None:
    house = here.house
    root = house.trader(PAYOUT)

    async def go() -> None:
        bid = (await here.send(order(TAKER, Side.BUY, "10", broker=BROKER))).last
        mine = here.listener(root)
        mine.subscribe("orders")
        await here.until(lambda: mine.pushes("orders"))
        await here.send(order(MAKER, Side.SELL, "1"))
        await here.until(lambda: len(mine.rows("orders")) == 1)
        house.write(lambda connection: consents.refuse(connection, TAKER, BROKER, 0, time.time_ns()))
        await here.quiet(0.6)
        await here.send(order(MAKER, Side.SELL, "2"))
        await here.send(one(CommandKind.CANCEL, account=TAKER, order=bid, instrument=1))
        await here.quiet(0.3)
        assert len(mine.rows("orders")) == 1
        house.write(lambda connection: consents.lift(connection, TAKER, BROKER, time.time_ns()))
        await here.quiet(0.6)
        await here.send(order(TAKER, Side.BUY, "4", broker=BROKER, order_type=OrderType.LIMIT))
        await here.until(lambda: len(mine.rows("orders")) == 2)
        must_fit_the_document(mine)

    asyncio.run(go())


def test_bl13_a_yes_that_is_taken_back_ends_it_too_and_one_that_stands_does_not(here: Listening) -> None:
    house = here.house
    root = house.trader(PAYOUT)
    venue = house.door.venue

    async def go() -> None:
        house.write(
            lambda connection: consents.give(connection, venue, TAKER, BROKER, How.PAGE, time.time_ns(), moving_hours=0)
        )
        mine = here.listener(root)
        mine.subscribe("orders")
        await here.until(lambda: mine.pushes("orders"))
        await here.send(order(TAKER, Side.BUY, "10", broker=BROKER))
        await here.until(lambda: len(mine.rows("orders")) == 1)
        house.write(lambda connection: consents.withdraw(connection, TAKER, BROKER, time.time_ns()))
        await here.quiet(0.6)
        await here.send(order(MAKER, Side.SELL, "2"))
        await here.quiet(0.3)
        assert len(mine.rows("orders")) == 1

    asyncio.run(go())


def test_bl16_a_fault_of_the_channel_is_its_own_listeners_alone(here: Listening) -> None:
    root = here.house.trader(PAYOUT)

    async def go() -> None:
        mine, other = here.listener(root), here.listener(root)
        mine.subscribe("orders")
        other.subscribe("accrual")
        await here.until(lambda: mine.pushes("orders") and other.pushes("accrual"))
        with mock.patch.object(news, "lives", side_effect=ZeroDivisionError):
            await here.send(*trade("5"))
        assert mine.closed is not None
        assert mine.closed[0] == 1011
        await here.until(lambda: other.rows("accrual"))
        assert other.is_open

    asyncio.run(go())


def test_bl12_who_reads_orders_slowly_is_left_out_of_none_and_cut_in_the_end(here: Listening) -> None:
    root = here.house.trader(PAYOUT)

    async def go() -> None:
        found = here.house.authenticator.session(root.session.token, root.session.csrf, False, None)
        slow = Connection(here.hub, Url.BUSINESS)
        slow.credential = found if isinstance(found, Credential) else None
        transport = mock.Mock()
        transport.underlying_transport.get_write_buffer_size.return_value = 1_000
        slow._transport = transport
        here.hub.subscribe(slow, {"channel": "broker", "kind": "orders"}, "")
        await here.until(lambda: b"snapshot" in written(transport))
        slow.slow = True
        await here.send(order(TAKER, Side.BUY, "1", broker=BROKER))
        await here.until(lambda: b"accepted" in written(transport))
        transport.underlying_transport.get_write_buffer_size.return_value = here.house.settings.streams.buffer_bytes + 1
        await here.send(order(TAKER, Side.BUY, "2", broker=BROKER))
        await here.until(lambda: not slow.is_open)
        assert b"The buffer is full" in written(transport)
        assert not slow.topics

    asyncio.run(go())


def written(transport: mock.Mock) -> bytes:
    return b"".join(call.args[1] for call in transport.send.call_args_list)


def test_bl12_when_orders_cannot_be_told_the_listener_is_cut_and_told_why(here: Listening) -> None:
    root = here.house.trader(PAYOUT)

    async def go() -> None:
        await here.send(order(TAKER, Side.BUY, "10", broker=BROKER))
        mine = here.listener(root)
        mine.subscribe("orders")
        await here.until(lambda: mine.pushes("orders"))
        with mock.patch.object(type(here.house.door), "read_behind", side_effect=OSError("no database")):
            await here.send(order(TAKER, Side.BUY, "10", broker=BROKER))
            await here.until(lambda: mine.closed)
        assert mine.closed is not None
        assert mine.closed[0] == 1013

    asyncio.run(go())


# -- alerts, and nobody ----------------------------------------------------------------------------------------------


def test_bl14_notices_are_told_those_of_the_last_day_first(here: Listening) -> None:
    house = here.house
    root = house.trader(PAYOUT)

    def tell(subject: str, now_ns: int) -> None:
        house.write(
            lambda connection: tiers.tell(connection, API, BROKER, "tier_at_risk", subject, now_ns, {"level": 3})
        )

    async def go() -> None:
        tell("2025-10", 1)
        tell("2025-11", time.time_ns())
        mine = here.listener(root)
        mine.subscribe("alerts")
        await here.until(lambda: mine.pushes("alerts"))
        assert [row["subject"] for row in mine.rows("alerts")] == ["2025-11"]
        began = time.monotonic()
        tell("2025-12", time.time_ns())
        await here.until(lambda: len(mine.rows("alerts")) == 2)
        assert time.monotonic() - began < 1.0
        assert mine.rows("alerts") == list(reversed((await got(root, "/broker/v1/notices"))[:2]))
        must_fit_the_document(mine)

    asyncio.run(go())


def test_bl14_a_subscription_begins_with_the_newest_hundred_and_no_more(here: Listening) -> None:
    house = here.house
    root = house.trader(PAYOUT)

    def tell(connection: Any) -> None:
        for number in range(news.LATELY_MOST + 1):
            tiers.tell(connection, API, BROKER, "tier_at_risk", f"{number}", time.time_ns(), {})

    async def go() -> None:
        house.write(tell)
        mine = here.listener(root)
        mine.subscribe("alerts")
        await here.until(lambda: mine.pushes("alerts"))
        assert [row["subject"] for row in mine.rows("alerts")] == [str(number) for number in range(1, 101)]

    asyncio.run(go())


def test_co3_a_busted_trade_is_told_within_a_second(here: Listening) -> None:
    house = here.house
    root = house.trader(PAYOUT)
    house.send(order(MAKER, Side.SELL, "1000"), order(TAKER, Side.BUY, "1000", broker=BROKER))
    office = house.small.exchange.back_office
    program = office.program()
    assert program is not None
    with office.database.begin() as connection:
        found = busts.to_bust(connection, program, office.venue, newest_fill(house.small))
        busts.agree(connection, found, BECAUSE)

    async def go() -> None:
        mine = here.listener(root)
        mine.subscribe("alerts")
        await here.until(lambda: mine.pushes("alerts"))
        began = time.monotonic()
        house.send(busts.bust_commands(found))
        await here.until(lambda: mine.rows("alerts"))
        assert time.monotonic() - began < 1.0
        (row,) = mine.rows("alerts")
        assert (row["kind"], row["subject"]) == ("trade_busted", f"{found.fill} taker")
        assert (row["details"]["paid"], row["details"]["reason"]) == ("-0.35", BECAUSE.reason)
        must_fit_the_document(mine)

    asyncio.run(go())


def test_bl16_while_nobody_listens_a_batch_is_not_looked_into_and_nothing_is_read(here: Listening) -> None:
    root = here.house.trader(PAYOUT)
    ours, in_thread = threading.get_ident(), asyncio.to_thread

    async def of_others(*args: Any, **named: Any) -> Any:
        """Another gateway may serve in this process, and reads when it likes."""
        assert threading.get_ident() != ours
        return await in_thread(*args, **named)

    async def go() -> None:
        mine = here.listener(root)
        mine.subscribe("orders")
        await here.until(lambda: mine.pushes("orders"))
        here.hub.unsubscribe(mine, {"channel": "broker", "kind": "orders"}, "")
        with (
            mock.patch.object(news, "lives", side_effect=AssertionError),
            mock.patch.object(asyncio, "to_thread", of_others),
        ):
            await here.send(*trade("5"))
            await here.quiet(0.4)

    asyncio.run(go())


def test_bl12_an_order_of_an_account_or_an_instrument_that_there_is_not_is_told_as_refused(here: Listening) -> None:
    root = here.house.trader(PAYOUT)

    async def go() -> None:
        mine = here.listener(root)
        mine.subscribe("orders")
        await here.until(lambda: mine.pushes("orders"))
        await here.send(order(TAKER, Side.BUY, "1", broker=BROKER, instrument=99))
        await here.send(order(987_654, Side.BUY, "1", broker=BROKER))
        await here.until(lambda: len(mine.rows("orders")) == 2)
        no_instrument, no_account = mine.rows("orders")
        assert (no_instrument["reason"], no_instrument["instrument"]) == ("UNKNOWN_INSTRUMENT", "")
        assert (no_account["reason"], no_account["quantity"]) == ("UNKNOWN_ACCOUNT", "1")
        must_fit_the_document(mine)

    asyncio.run(go())


def test_bl12_orders_sized_by_what_they_spend_end_as_filled_or_not(here: Listening) -> None:
    root = here.house.trader(PAYOUT)

    async def go() -> None:
        mine = here.listener(root)
        mine.subscribe("orders")
        await here.until(lambda: mine.pushes("orders"))
        await here.send(order(MAKER, Side.SELL, "5"))
        spending = order(TAKER, Side.BUY, "0", broker=BROKER, order_type=OrderType.MARKET, size_in=SizeIn.QUOTE)
        spending["quote_amount"] = words(units("2"))
        await here.send(spending)
        await here.until(lambda: len(mine.rows("orders")) == 3)
        accepted, fill, ended = mine.rows("orders")
        assert (accepted["quantity"], accepted["quote_amount"], accepted["price"]) == ("", "2", "")
        assert accepted["type"] == "market"
        assert (fill["event"], fill["role"], ended["reason"]) == ("fill", "taker", "QUOTE_SPENT")
        must_fit_the_document(mine)

    asyncio.run(go())


@pytest.mark.parametrize("seed", range(3))
def test_bl12_whatever_happens_each_event_of_each_order_of_the_code_is_told_once(here: Listening, seed: int) -> None:
    """Orders come, meet, change and go at random, some from before anybody listens: what is told is what there was."""
    root = here.house.trader(PAYOUT)
    pick = random.Random(seed)

    async def go() -> None:
        mine, live, batches = here.listener(root), list[tuple[int, int]](), list[Batch]()
        for step in range(60):
            if step == 20:
                mine.subscribe("orders")
                await here.until(lambda: mine.pushes("orders"))
                batches.clear()
            records = []
            for _ in range(pick.randint(1, 3)):
                account, side = pick.choice([(TAKER, Side.BUY), (MAKER, Side.SELL)])
                what = pick.choice(["order", "order", "cancel", "amend"]) if live else "order"
                if what == "order":
                    price = pick.randint(1, 4)
                    records.append(
                        order(
                            account, side, str(pick.randint(1, 9)), broker=pick.choice([0, BROKER]), price_ticks=price
                        )
                    )
                    continue
                number, whose = pick.choice(live)
                fields = {"account": whose, "order": number, "instrument": 1}
                kind = CommandKind.CANCEL if what == "cancel" else CommandKind.AMEND
                fields |= {} if what == "cancel" else {"quantity_lots": units(str(pick.randint(1, 9)))}
                records.append(one(kind, **fields))
            batch = await here.send(*records)
            batches.append(batch)
            accepted = of_kind(batch.events, EventKind.ACCEPTED)
            live += zip(accepted["sequence"].tolist(), accepted["account"].tolist(), strict=True)
        wanted = [line for batch in batches for line in events_of(here, batch)]
        assert len(wanted) > 20
        await here.until(lambda: len(mine.rows("orders")) >= len(wanted))
        await here.quiet(0.3)
        assert [(row["event"], row["order"]) for row in mine.rows("orders")] == wanted
        must_fit_the_document(mine)

    asyncio.run(go())


def events_of(here: Listening, batch: Batch) -> list[tuple[str, str]]:
    """What a batch holds of the code's orders, by what the tables say of each order."""
    told = []
    with here.house.door.database.connect() as connection:
        theirs = set(connection.execute(select(orders.c.order_id).where(orders.c.broker == BROKER)).scalars())
    named = {EventKind.FILL_SIDE: "fill", EventKind.AMENDED: "amended", EventKind.CANCELED: "canceled"}
    for event in batch.events:
        kind = EventKind(int(event["kind"]))
        row = event.reshape(1).view(EVENT_LAYOUTS[kind])[0]
        if kind is EventKind.ACCEPTED and int(row["broker"]) == BROKER:
            told.append(("accepted", str(row["sequence"])))
        elif kind is EventKind.REFUSED and int(row["command_kind"]) == CommandKind.ORDER:
            asked = batch.commands[int(row["sequence"]) - batch.first].reshape(1).view(ORDER)[0]
            if int(asked["broker"]) == BROKER:
                told.append(("refused", ""))
        elif kind in named and int(row["order"]) in theirs:
            told.append((named[kind], str(row["order"])))
    return told
