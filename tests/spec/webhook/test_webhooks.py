"""Events, deliveries and their signatures. WH-4 to WH-9 of docs/rules/webhooks.md."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec.clearing.brand_days import AT_ONCE, DAY, at, fail_at_commit, hour_of, trade
from spec.desk_here import AURORA, BOREALIS, Caller, DeskHere
from spec.small_exchange import MAKER, NORTH, SOUTH, TAKER, USDT, Crash, SmallExchange, one, order, trade_records, units
from spec.webhook.receiver import Receiver
from sqlalchemy import Connection, event, select

from commonbook.administration import log as acts
from commonbook.administration.roles import Role
from commonbook.clearing.model import DAY_NS
from commonbook.clearing.release import agree_schedule
from commonbook.clearing.schedule import Period, Schedule
from commonbook.errors import BadInput, Declined
from commonbook.identity.sealing import Seal
from commonbook.records import CommandKind, OrderType, Side
from commonbook.settings import Settings, WebhookSettings
from commonbook.storage.database import open_database
from commonbook.storage.tables.webhooks import webhook_deliveries, webhook_endpoints, webhook_events
from commonbook.webhook import delivery, endpoints, outbox, rules
from commonbook.webhook.delivery import Deliveries
from commonbook.webhook.model import CHOSEN, Endpoint, EventKind

HERE = WebhookSettings(loopback_allowed=True, answer_ms=2_000)
SECOND_NS = 1_000_000_000


class Place:
    """Tables and a seal in a folder, as the chore has them."""

    def __init__(self, folder: Path, settings: WebhookSettings = HERE) -> None:
        self.folder, self.settings = folder, settings
        self.database = open_database(f"sqlite:///{folder / 'backoffice.db'}")
        self.seal = Seal.open(folder)
        self.paused: list[tuple[int, str]] = []

    def add(self, url: str, *kinds: EventKind, brand: int = NORTH) -> tuple[Endpoint, str]:
        with self.database.begin() as connection:
            return endpoints.add(connection, self.seal, brand, url, kinds or CHOSEN, 1, self.settings)

    def tell(self, *names: str, brand: int = NORTH) -> None:
        for name in names:
            with self.database.begin() as connection:
                outbox.tell(connection, brand, EventKind.SIGN_UP, name, {"user": name})

    def deliver(self) -> None:
        def told(connection: Connection, endpoint: Endpoint, why: str) -> None:
            self.paused.append((endpoint.id, why))
            delivery.told_in_the_log(connection, endpoint, why)

        asyncio.run(Deliveries(self.database, self.seal, self.settings, told).until_told())

    def rows(self, table: Any) -> list[Any]:
        with self.database.connect() as connection:
            return list(connection.execute(select(table)).mappings())

    def endpoint(self, number: int = 1) -> Any:
        return next(row for row in self.rows(webhook_endpoints) if row["endpoint"] == number)

    def set(self, **values: Any) -> None:
        with self.database.begin() as connection:
            connection.execute(webhook_endpoints.update().values(**values))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.database.dispose()


# -- events ------------------------------------------------------------------------------------------------------------


def told_of(exchange: SmallExchange, brand: int) -> list[tuple[str, str, dict[str, Any]]]:
    """The events of a brand in the order in which it is told them."""
    with exchange.exchange.back_office.database.connect() as connection:
        found = endpoints.all_of(connection, brand)
        waiting = endpoints.first_waiting(connection, found[0].id, 1_000) if found else []
    bodies = [json.loads(one.body) for one in waiting]
    assert [body["id"] for body in bodies] == [one.event for one in waiting]
    return [(body["id"], body["kind"], body["data"]) for body in bodies]


def listen(exchange: SmallExchange, brand: int, *kinds: EventKind) -> None:
    with exchange.exchange.back_office.database.begin() as connection:
        seal = Seal.open(exchange.folder)
        endpoints.add(connection, seal, brand, "https://hook.example.com/", kinds or CHOSEN, 1, WebhookSettings())


def test_wh4_a_brand_is_told_of_its_own_side_of_a_trade_and_of_the_other_only_whether_it_is_its_own(
    tmp_path: Path,
) -> None:
    with SmallExchange(tmp_path) as exchange:
        listen(exchange, NORTH, EventKind.TRADE)
        listen(exchange, SOUTH, EventKind.TRADE)
        last = exchange.trade("250").last
        exchange.send(order(TAKER, Side.SELL, "3"), order(1_004, Side.BUY, "3"))
        (name, kind, data), *more = told_of(exchange, NORTH)
        assert more == []
        assert (name, kind) == (f"{last}-2-trade" if name.endswith("-2-trade") else f"{last}-3-trade", "trade")
        assert data == {
            "trade": "1",
            "order": str(last - 1),
            "account": str(MAKER),
            "instrument": "BTC-USDT",
            "side": "sell",
            "role": "maker",
            "price": "1",
            "quantity": "250",
            "notional": "250",
            "fee": "0.05",  # 250 at 2 basis points
            "currency": "USDT",
            "counterparty": "external",
        }
        theirs = told_of(exchange, SOUTH)
        assert [one["counterparty"] for _, _, one in theirs] == ["external", "internal", "internal"]
        assert [one["role"] for _, _, one in theirs] == ["taker", "taker", "maker"]
        assert str(MAKER) not in json.dumps([one for _, _, one in theirs])
        assert str(TAKER) not in json.dumps(data)


def test_wh4_an_order_is_told_of_from_beginning_to_end(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        listen(exchange, NORTH, EventKind.ORDER)
        first = exchange.send(order(MAKER, Side.SELL, "10", client_id=b"mine", tag=b"tag")).first
        amend = one(CommandKind.AMEND, account=MAKER, instrument=1, order=first, quantity_lots=units("8"))
        exchange.send(amend)
        exchange.send(order(TAKER, Side.BUY, "3"))
        exchange.send(one(CommandKind.CANCEL, account=MAKER, instrument=1, order=first))
        exchange.send(order(MAKER, Side.SELL, "5"))
        exchange.send(order(TAKER, Side.BUY, "5"))
        told = [data for _, kind, data in told_of(exchange, NORTH) if kind == "order"]
        assert [one["what"] for one in told] == ["accepted", "amended", "canceled", "accepted", "filled"]
        assert told[0] == {
            "order": str(first),
            "account": str(MAKER),
            "instrument": "BTC-USDT",
            "what": "accepted",
            "side": "sell",
            "type": "limit",
            "price": "1",
            "quantity": "10",
            "quantity_in": "BTC",
            "client_id": "mine",
            "tag": "tag",
        }
        assert (told[1]["quantity"], told[2]["remaining"], told[2]["reason"]) == ("8", "5", "user")


def test_wh4_an_order_that_spends_an_amount_ends_filled(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        listen(exchange, SOUTH, EventKind.ORDER)
        exchange.send(order(MAKER, Side.SELL, "10"))
        spend = order(TAKER, Side.BUY, "0", order_type=OrderType.MARKET, size_in=1, price_ticks=0)
        spend["quote_amount"] = (units("4"), 0)
        exchange.send(spend)
        told = [data for _, _, data in told_of(exchange, SOUTH)]
        assert [one["what"] for one in told] == ["accepted", "filled"]
        assert (told[0]["quantity"], told[0]["quantity_in"]) == ("4", "USDT")


def test_wh4_a_level_is_told_when_it_changes_and_not_when_it_is_said_again(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        listen(exchange, NORTH, EventKind.LEVEL)
        exchange.level(MAKER, 3)
        exchange.level(MAKER, 3)
        exchange.level(TAKER, 4)  # a client of the other brand
        up = [one(CommandKind.ACCOUNT, account=MAKER, person=MAKER, brand=NORTH, level=level) for level in (4, 5)]
        exchange.send(*up)
        told = [(data["level_before"], data["level"]) for _, _, data in told_of(exchange, NORTH)]
        assert told == [(0, 3), (3, 4), (4, 5)]


def test_wh4_only_what_was_chosen_is_told(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("1")
        assert told_of(exchange, NORTH) == []
        with exchange.exchange.back_office.database.connect() as connection:
            assert list(connection.execute(select(webhook_events))) == []
        listen(exchange, NORTH, EventKind.RELEASE, EventKind.SIGN_UP)
        exchange.trade("1")
        assert told_of(exchange, NORTH) == []
    with pytest.raises(BadInput):
        endpoints._kinds([])
    with pytest.raises(BadInput):
        endpoints._kinds([EventKind.TEST])


def told_of_releases(exchange: SmallExchange) -> list[tuple[str, str, dict[str, Any]]]:
    return [one for one in told_of(exchange, SOUTH) if one[1] == "release"]


def test_wh4_a_brand_is_told_of_the_release_of_its_income_and_of_nothing_that_is_only_carried(tmp_path: Path) -> None:
    # 100,000 USDT bring south 52.00 (tests/spec/clearing/test_release.py); south listens, north does not.
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        listen(exchange, SOUTH, EventKind.RELEASE)
        with exchange.exchange.back_office.database.begin() as connection:
            agreed = Schedule(SOUTH, USDT, (DAY + 1) * DAY_NS, Period.DAILY, 0, 0, units("100"))
            agree_schedule(connection, agreed, DAY * DAY_NS)
        trade(exchange, "100000", 0)
        at(exchange, 1, 2)
        assert told_of_releases(exchange) == []
        trade(exchange, "100000", 1)
        at(exchange, 2, 2)
        at(exchange, 2, 3)
        data = {"day": "2025-11-26", "currency": "USDT", "amount": "104", "set_off": "0", "carried": "0"}
        assert told_of_releases(exchange) == [(f"release-{SOUTH}-{USDT}-{DAY + 2}", "release", data)]


@pytest.mark.parametrize("commit", range(1, 10))
def test_wh5_after_a_crash_at_any_commit_a_release_is_told_of_once(tmp_path: Path, commit: int) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        listen(exchange, SOUTH, EventKind.RELEASE)
        trade(exchange, "100000")
        exchange.tick(hour_of(1, 2))
        fail_at_commit(exchange, commit, Crash)
        with suppress(Crash):
            exchange.exchange.clear(timed=True)
        exchange.crash()
        at(exchange, 1, 3)
        assert [data["amount"] for _, _, data in told_of_releases(exchange)] == ["52"]


def test_wh5_what_a_crash_undoes_was_not_told_and_is_told_once_when_it_is_done(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        listen(exchange, NORTH)
        before = told_of(exchange, NORTH)

        def crash(_: Any) -> None:
            raise Crash

        database = exchange.exchange.back_office.database
        event.listen(database, "commit", crash)
        with pytest.raises(Crash):
            exchange.trade("7")
        event.remove(database, "commit", crash)
        assert told_of(exchange, NORTH) == before == []
        exchange.crash()  # the journal has the trade: it is projected at the next start
        told = told_of(exchange, NORTH)
        assert [kind for _, kind, _ in told] == ["order", "trade", "order"]
        exchange.crash()
        assert told_of(exchange, NORTH) == told
        names = [name for name, _, _ in told]
        assert len(set(names)) == 3


def test_wh5_the_same_journal_gives_the_same_names(tmp_path: Path) -> None:
    found = []
    for folder in ("a", "b"):
        with SmallExchange(tmp_path / folder) as exchange:
            listen(exchange, SOUTH)
            if folder == "a":
                exchange.send(*trade_records("5"), *trade_records("6"))
            else:
                exchange.send(*trade_records("5"))
                exchange.send(*trade_records("6"))
            found.append(told_of(exchange, SOUTH))
    assert found[0] == found[1]
    assert found[0] != []


# -- delivering --------------------------------------------------------------------------------------------------------


def test_wh6_a_delivery_is_signed_over_time_and_body(place: Place) -> None:
    with Receiver() as receiver:
        _, secret = place.add(receiver.url)
        place.tell("sign_up-1")
        place.deliver()
        (got,) = receiver.received
    header, now_s = got.headers["commonbook-signature"], int(time.time())
    assert rules.is_signed(header, secret, got.body, now_s)
    assert not rules.is_signed(header, secret, got.body + b" ", now_s)
    assert not rules.is_signed(header, "whsec_other", got.body, now_s)
    assert not rules.is_signed(header, secret, got.body, now_s + 400)
    assert not rules.is_signed(header.replace("t=", "t=1"), secret, got.body, now_s)
    told = json.loads(got.body)
    assert (told["id"], told["kind"], told["brand"], told["data"]) == (
        "sign_up-1",
        "sign_up",
        "1",
        {"user": "sign_up-1"},
    )
    assert got.event == "sign_up-1"


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=00", "t=x,v1=00", "t=1,t=1,v1=00", "t=٣,v1=00", "t=9999999999999,v1=0"]
)
def test_wh6_what_is_no_signature_signs_nothing(header: str) -> None:
    assert not rules.is_signed(header, "secret", b"", 1)


@given(st.binary(max_size=200), st.integers(0, 10**11), st.text(min_size=1, max_size=20))
def test_wh6_what_is_signed_is_known_as_signed(body: bytes, at_s: int, secret: str) -> None:
    header = rules.signature([secret, "another"], body, at_s)
    assert rules.is_signed(header, secret, body, at_s)
    assert rules.is_signed(header, "another", body, at_s + 300)
    assert not rules.is_signed(header, secret + "x", body, at_s)


def test_wh6_a_new_secret_leaves_the_one_before_it_good_for_a_day(place: Place) -> None:
    with Receiver() as receiver:
        endpoint, old = place.add(receiver.url)
        now_ns = time.time_ns()
        with place.database.begin() as connection:
            new = endpoints.rotate(connection, place.seal, NORTH, endpoint.id, place.settings, now_ns)
        place.tell("sign_up-1")
        place.deliver()
        place.set(before_until_ns=now_ns - 1)
        place.tell("sign_up-2")
        place.deliver()
        signed = [
            [
                rules.is_signed(got.headers["commonbook-signature"], key, got.body, int(time.time()))
                for key in (new, old)
            ]
            for got in receiver.received
        ]
    assert signed == [[True, True], [True, False]]
    assert place.settings.overlap_s == 86_400
    assert new != old
    row = place.endpoint()
    assert old not in str(row)
    assert new not in str(row)


def test_wh5_an_endpoint_is_told_in_order_and_nothing_goes_before_what_failed(place: Place) -> None:
    wrong = {"b"}
    with Receiver(lambda got: 500 if got.event in wrong else 204) as receiver:
        place.add(receiver.url)
        place.tell("a", "b", "c")
        place.deliver()
        assert receiver.events == ["a", "b"]
        wrong.clear()
        place.set(next_try_ns=0)
        place.deliver()
        assert receiver.events == ["a", "b", "b", "c"]
    assert [(row["event"], row["state"], row["tries"]) for row in place.rows(webhook_deliveries)] == [
        ("a", "delivered", 1),
        ("b", "delivered", 2),
        ("c", "delivered", 1),
    ]


def test_wh5_who_is_killed_between_sending_and_marking_tells_it_again_under_the_same_name(tmp_path: Path) -> None:
    place = Place(tmp_path)
    process: list[subprocess.Popen[bytes]] = []
    killed = threading.Event()

    def kill_at_the_second(got: Any) -> int:
        if got.event == "b" and not killed.is_set():
            os.kill(process[0].pid, signal.SIGKILL)  # it was sent, and nobody will write down that it was taken
            killed.set()
        return 200

    command = [sys.executable, "-m", "spec.webhook.killed", str(tmp_path)]
    with Receiver(kill_at_the_second) as receiver:
        place.add(receiver.url)
        place.tell("a", "b", "c")
        tests = str(Path(__file__).parents[2])  # where the child finds itself
        process.append(subprocess.Popen(command, env=os.environ | {"PYTHONPATH": tests}))
        assert killed.wait(30)
        process[0].wait(30)
        states = {row["event"]: row["state"] for row in place.rows(webhook_deliveries)}
        assert states == {"a": "delivered", "b": "waiting", "c": "waiting"}
        place.deliver()
        assert receiver.events == ["a", "b", "b", "c"]
        bodies = [got.body for got in receiver.received if got.event == "b"]
        assert bodies[0] == bodies[1]
    place.database.dispose()


def test_wh7_waits_grow_twofold_up_to_six_hours(place: Place) -> None:
    settings = WebhookSettings()
    waits = [rules.delay_s(n, settings.first_retry_s, settings.longest_retry_s) for n in (1, 2, 3, 4, 13, 14, 500)]
    assert waits == [5, 10, 20, 40, 20_480, 21_600, 21_600]
    with Receiver(lambda got: 503) as receiver:
        place.add(receiver.url)
        place.tell("a")
        for failures, wait_s in ((1, 5), (2, 10), (3, 20)):
            before = time.time_ns()
            place.deliver()
            row = place.endpoint()
            assert row["failures"] == failures
            assert wait_s * SECOND_NS <= row["next_try_ns"] - before < (wait_s + 5) * SECOND_NS
            place.deliver()  # it is not tried before its time
            assert len(receiver.received) == failures
            place.set(next_try_ns=0)
    (row,) = place.rows(webhook_deliveries)
    assert (row["status"], row["state"]) == (503, "waiting")
    assert "503" in row["why"]


def test_wh7_an_endpoint_that_has_failed_for_three_days_is_paused_and_its_brand_is_told(place: Place) -> None:
    with Receiver(lambda got: 500) as receiver:
        place.add(receiver.url)
        place.tell("a")
        place.deliver()
        almost = time.time_ns() - 3 * 86_400 * SECOND_NS + 60 * SECOND_NS
        place.set(next_try_ns=0, failing_since_ns=almost)
        place.deliver()
        assert place.endpoint()["state"] == "live"
        place.set(next_try_ns=0, failing_since_ns=almost - 61 * SECOND_NS)
        place.deliver()
        assert place.endpoint()["state"] == "paused"
        assert place.paused == [(1, "answered with 500; 200 to 299 is wanted")]
        with place.database.connect() as connection:
            (act,) = acts.newest(connection, NORTH, 10)
        assert (act.actor, act.act, act.subject) == ("webhooks", "pause webhook", "webhook:1")
        place.tell("b")  # goes on gathering
        place.deliver()
        assert receiver.events == ["a", "a", "a"]
        receiver.answer = lambda got: 200
        with place.database.begin() as connection:
            endpoints.resume(connection, NORTH, 1)
        place.deliver()
        assert receiver.events == ["a", "a", "a", "a", "b"]
    assert place.endpoint()["failing_since_ns"] == 0


def test_wh7_a_redirect_an_empty_port_and_an_address_that_is_not_public_are_failures(place: Place) -> None:
    with Receiver(lambda got: 307, [("location", "http://127.0.0.1:1/")]) as receiver:
        place.add(receiver.url)
        place.tell("a")
        place.deliver()
        assert place.rows(webhook_deliveries)[0]["status"] == 307
    place.set(next_try_ns=0)  # nobody listens there any more
    place.deliver()
    assert place.rows(webhook_deliveries)[0]["status"] == 0
    place.set(next_try_ns=0, url="https://10.0.0.1/")  # as if it had been let in
    place.deliver()
    assert "no public address" in place.rows(webhook_deliveries)[0]["why"]
    assert place.rows(webhook_deliveries)[0]["tries"] == 3


def test_wh8_a_slow_endpoint_slows_nobody_else(tmp_path: Path) -> None:
    place = Place(tmp_path, msgspec.structs.replace(HERE, answer_ms=30_000, look_every_ms=10))
    going_on = threading.Event()

    def slow(got: Any) -> int:
        going_on.wait(20)
        return 200

    async def deliver(until: Callable[[], bool]) -> None:
        running = asyncio.create_task(Deliveries(place.database, place.seal, place.settings).run())
        deadline = time.monotonic() + 15
        while not until() and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        going_on.set()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    names = [f"n{number}" for number in range(30)]
    with Receiver(slow) as first, Receiver() as second, Receiver() as third:
        place.add(first.url)
        place.add(second.url)
        place.add(third.url, brand=SOUTH)
        place.tell(*names)
        place.tell("theirs", brand=SOUTH)
        asyncio.run(deliver(lambda: second.events == names and third.events == ["theirs"]))
        assert second.events == names
        assert third.events == ["theirs"]
        assert first.events == ["n0"]
    place.database.dispose()


def test_wh9_a_delivery_is_sent_again_by_hand_behind_all_that_waits(place: Place) -> None:
    with Receiver() as receiver:
        endpoint, _ = place.add(receiver.url)
        place.tell("a")
        place.deliver()
        place.tell("b")
        with place.database.begin() as connection:
            again = endpoints.resend(connection, endpoint.id, 1)
            with pytest.raises(Declined, match="no delivery 1"):
                endpoints.resend(connection, endpoint.id + 1, 1)
        assert (again.event, again.state) == ("a", "waiting")
        place.deliver()
        assert receiver.events == ["a", "b", "a"]


def test_wh9_what_is_older_than_thirty_days_is_dropped(place: Place) -> None:
    assert place.settings.kept_days == 30
    place.add("https://hook.example.com/")
    place.tell("old", "new")
    day_ns = 86_400 * SECOND_NS
    with place.database.begin() as connection:
        where = webhook_events.c.name == "old"
        connection.execute(webhook_events.update().where(where).values(made_ns=time.time_ns() - 31 * day_ns))
    asyncio.run(delivery.forget_old(place.database, place.settings))
    assert [row["name"] for row in place.rows(webhook_events)] == ["new"]
    assert [row["event"] for row in place.rows(webhook_deliveries)] == ["new"]


def test_wh8_an_endpoint_that_was_removed_or_moved_is_not_told_at_its_old_address(place: Place) -> None:
    with Receiver() as receiver, Receiver() as other:
        endpoint, _ = place.add(receiver.url)
        place.tell("a", "b")
        with place.database.begin() as connection:
            endpoints.change(connection, NORTH, endpoint.id, place.settings, url=other.url)
        place.deliver()
        assert (receiver.events, other.events) == ([], ["a", "b"])
        place.tell("c")
        with place.database.begin() as connection:
            endpoints.remove(connection, NORTH, endpoint.id)
        place.tell("d")
        place.deliver()
        assert other.events == ["a", "b"]
    assert [row["state"] for row in place.rows(webhook_deliveries)] == ["delivered", "delivered", "dropped"]
    assert place.endpoint()["sealed_secret"] == ""


# -- the desk ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskHere]:
    made = DeskHere(tmp_path, Settings(webhooks=HERE))
    yield made
    made.close()


def added(caller: Caller, url: str) -> tuple[str, str]:
    told = caller.ask("POST", "/webhooks", {"url": url, "events": ["trade", "order"]})
    return told["endpoint"]["id"], told["secret"]


def test_wh1_the_desk_of_a_brand_registers_tests_pauses_and_removes(desk: DeskHere) -> None:
    owner = desk.staff(AURORA, Role.OWNER)
    with Receiver() as receiver:
        number, secret = added(owner, receiver.url)
        assert secret.startswith("whsec_")
        assert secret not in json.dumps(owner.ask("GET", "/webhooks"))
        sent = owner.ask("POST", f"/webhooks/{number}/test")
        assert (sent["kind"], sent["state"]) == ("test", "waiting")
        asyncio.run(Deliveries(desk.database, desk.seal, HERE).until_told())
        (got,) = receiver.received
        assert rules.is_signed(got.headers["commonbook-signature"], secret, got.body, int(time.time()))
        (told,) = owner.ask("GET", f"/webhooks/{number}/deliveries")
        assert (told["state"], told["status"], told["body"]) == ("delivered", 200, got.body.decode())
        again = owner.ask("POST", f"/webhooks/{number}/deliveries/{told['id']}/resend")
        assert again["event"] == told["event"]
    assert owner.ask("POST", f"/webhooks/{number}/pause")["state"] == "paused"
    assert owner.ask("POST", f"/webhooks/{number}/resume")["state"] == "live"
    new = owner.ask("POST", f"/webhooks/{number}/secret")["secret"]
    assert new != secret
    changed = owner.ask("POST", f"/webhooks/{number}", {"events": ["level"]})
    assert (changed["events"], changed["url"]) == (["level"], receiver.url)
    assert owner.ask("DELETE", f"/webhooks/{number}") == {"removed": number}
    assert owner.ask("GET", "/webhooks") == []
    with desk.database.connect() as connection:
        told = [(act.act, act.details) for act in acts.acts(connection, AURORA)]
    assert [act for act, _ in told] == [
        *("add webhook", "test webhook", "resend webhook", "pause webhook", "resume webhook"),
        *("rotate webhook secret", "change webhook", "remove webhook"),
    ]
    assert secret not in str(told)
    assert new not in str(told)


def test_wh1_a_brand_has_ten_endpoints_at_most(desk: DeskHere) -> None:
    owner = desk.staff(AURORA, Role.OWNER)
    for number in range(10):
        added(owner, f"https://hook{number}.example.com/")
    eleventh = {"url": "https://hook.example.com/", "events": ["trade"]}
    assert owner.code("POST", "/webhooks", eleventh) == "too_many_endpoints"
    owner.ask("DELETE", "/webhooks/3")
    assert owner.send("POST", "/webhooks", eleventh).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"url": "https://10.0.0.1/", "events": ["trade"]},
        {"url": "https://[::ffff:127.0.0.1]/", "events": ["trade"]},
        {"url": "https://hook.example.com/", "events": []},
        {"url": "https://hook.example.com/", "events": ["test"]},
        {"url": "https://hook.example.com/", "events": ["everything"]},
        {"url": "https://hook.example.com/", "events": ["trade"], "brand": 2},
    ],
)
def test_wh1_what_cannot_be_registered_is_refused_and_changes_nothing(desk: DeskHere, body: Any) -> None:
    owner = desk.staff(AURORA, Role.OWNER)
    assert owner.code("POST", "/webhooks", body) == "bad_request"
    assert owner.ask("GET", "/webhooks") == []


def test_wh1_another_brands_endpoint_is_not_there(desk: DeskHere) -> None:
    owner, other = desk.staff(AURORA, Role.OWNER), desk.staff(BOREALIS, Role.OWNER)
    number, _ = added(owner, "https://hook.example.com/")
    owner.ask("POST", f"/webhooks/{number}/test")
    routes = [
        ("POST", "/webhooks/{}", {"events": ["trade"]}),
        ("DELETE", "/webhooks/{}", None),
        ("POST", "/webhooks/{}/pause", None),
        ("POST", "/webhooks/{}/resume", None),
        ("POST", "/webhooks/{}/secret", None),
        ("POST", "/webhooks/{}/test", None),
        ("GET", "/webhooks/{}/deliveries", None),
        ("POST", "/webhooks/{}/deliveries/1/resend", None),
    ]
    for method, path, body in routes:
        foreign, absent = (other.send(method, path.format(one), body) for one in (number, 999))
        assert foreign.status_code == absent.status_code == 404
        assert foreign.json()["error"]["code"] == absent.json()["error"]["code"] == "no_such_endpoint"
    assert other.ask("GET", "/webhooks") == []
    assert owner.ask("GET", "/webhooks")[0]["state"] == "live"
    for role in (Role.SUPPORT, Role.FINANCE, Role.MARKETING, Role.READ_ONLY, Role.COMPLIANCE):
        assert desk.staff(AURORA, role).code("GET", "/webhooks") == "not_permitted"
