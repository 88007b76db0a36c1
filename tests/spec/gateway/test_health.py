"""How the exchange says that it is doing. HE-1 and HE-2 of docs/rules/health.md."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from spec.house import House
from spec.small_exchange import BTC_USDT, NORTH, one

from commonbook.administration.roles import HOST, Role
from commonbook.gateway import pulse, uptime
from commonbook.gateway.okx_v5.codes import REFUSALS
from commonbook.gateway.pulse import GatewayPulse
from commonbook.gateway.uptime import Day, Span
from commonbook.gateway.web import violations
from commonbook.gateway.web.violations import Violation
from commonbook.matching.pulse import SECONDS, Pulse, bucket_of, end_of, percentile
from commonbook.records import CommandKind, KillScope, Refusal, TradingStatus

SECOND_NS = 1_000_000_000
DAY_S = 86_400


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("health")) as found:
        yield found


def test_he1_a_second_tells_how_long_batches_took() -> None:
    beat = Pulse()
    for took_us in (40, 50, 900):
        beat.note(7 * SECOND_NS, took_us * 1_000, 10, 4)
    assert beat.told(7 * SECOND_NS)["seconds"] == [[7, 30, 12, 3, 51, 959, 959]]


def test_he1_a_duration_is_rounded_up_by_an_eighth_at_most() -> None:
    for us in (0, 1, 15, 16, 17, 100, 999, 65_536, 10_000_000):
        assert us <= end_of(bucket_of(us)) <= us + us // 8
    assert percentile(Counter(), 50) == 0


def test_he1_what_is_older_than_five_minutes_is_forgotten() -> None:
    beat = Pulse()
    for second in range(1, SECONDS + 50):
        beat.note(second * SECOND_NS, 1_000, 1, 1)
    told = beat.told((SECONDS + 49) * SECOND_NS)["seconds"]
    assert (told[0][0], told[-1][0], len(told)) == (50, SECONDS + 49, SECONDS)
    assert beat.told(10_000 * SECOND_NS)["seconds"] == []


def test_he1_the_desk_tells_core_journal_disk_history_and_gateways(house: House) -> None:
    (house.folder / pulse.FOLDER).mkdir(exist_ok=True)
    now_ns = time.time_ns()
    for number, age_s in ((0, 1), (1, 60)):
        told = GatewayPulse(number, 7, str(now_ns - age_s * SECOND_NS), "0", "5", 3, 2, 100)
        pulse._write(house.folder / pulse.FOLDER / f"{number}.json", msgspec.json.encode(told))
    house.desk.door.core.beat.note(now_ns, 50_000, 3, 2)  # type: ignore[attr-defined]
    found = house.person(HOST, Role.READ_ONLY).get("/host/v1/health").json()
    assert [one["gateway"] for one in found["gateways"]] == [0]
    assert (found["core"]["seconds"][-1]["orders"], found["core"]["seconds"][-1]["p50_us"]) == (2, 51)
    segments = list((house.folder / "journal").iterdir())
    assert found["journal"]["segments"] == len(segments)
    assert int(found["journal"]["bytes"]) == sum(one.stat().st_size for one in segments)
    assert 0 < int(found["disk"]["free_bytes"]) <= int(found["disk"]["bytes"])
    assert found["history"] == {"sequence": str(house.small.exchange.back_office.position), "behind": "0"}


def test_he2_a_silence_is_time_that_was_not_served() -> None:
    at = 20_000 * DAY_S
    spans: list[Span] = []
    for moment in (*range(36_000, 43_201, 5), *range(43_800, 50_401, 5)):
        spans = uptime.extended(spans, at + moment)
    assert spans == [Span(at + 36_000, at + 43_200), Span(at + 43_800, at + 50_400)]
    assert uptime.days(spans, at + 50_400, 90) == [Day(20_000, 14_400, 13_800)]


def test_he2_days_end_at_midnight_and_an_outage_of_now_counts() -> None:
    spans = [Span(DAY_S - 100, DAY_S + 50)]
    assert uptime.days(spans, DAY_S + 60, 90) == [Day(0, 100, 100), Day(1, 60, 60)]
    assert uptime.days(spans, DAY_S + 350, 90) == [Day(0, 100, 100), Day(1, 350, 50)]
    assert uptime.days(spans, DAY_S + 350, 1) == [Day(1, 350, 50)]
    assert uptime.days([], 5, 90) == []
    assert uptime.extended(spans, DAY_S + 40) == spans


def test_he2_a_file_that_cannot_be_read_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / uptime.FILE
    uptime._write(path)
    assert len(uptime.read(path)) == 1
    path.write_bytes(b"[[")
    assert uptime.read(path) == []


def test_he2_the_status_names_what_is_halted_and_stopped(house: House) -> None:
    uptime._write(house.folder / uptime.FILE)
    told = house.ask("GET", "/program/v1/status", None, NORTH).json()
    assert (told["trading"], told["venue"], told["halted"], len(told["days"])) == ("yes", "live", [], 1)
    house.send(one(CommandKind.STATUS, instrument=BTC_USDT, status=TradingStatus.HALTED))
    told = house.ask("GET", "/program/v1/status", None, NORTH).json()
    assert (told["trading"], told["halted"]) == ("partly", [{"instrument": "BTC-USDT", "status": "halted"}])
    house.send(one(CommandKind.KILL, scope=KillScope.BRAND, target=NORTH, active=True))
    told = house.ask("GET", "/program/v1/status", None, NORTH).json()
    assert (told["trading"], told["stopped"]) == ("no", True)


def test_he4_an_instrument_without_trading_says_whose_doing_it_is(house: House) -> None:
    def set_to(status: TradingStatus, instrument: int = BTC_USDT) -> None:
        house.send(one(CommandKind.STATUS, instrument=instrument, status=status))

    def switch(scope: KillScope, target: int, active: bool) -> None:
        house.send(one(CommandKind.KILL, scope=scope, target=target, active=active))

    def told() -> tuple[str, str] | None:
        found = house.ask("GET", "/program/v1/trading", None, NORTH).json()
        assert "BTC-USDT" in found["instruments"]
        mine = [(row["status"], row["by"]) for row in found["closed"] if row["instrument"] == "BTC-USDT"]
        row = house.ask("GET", "/api/v5/public/instruments?instType=SPOT&instId=BTC-USDT", None, NORTH).json()
        assert row["data"][0]["state"] == ("suspend" if mine else "live")
        return mine[0] if mine else None

    set_to(TradingStatus.LIVE)
    switch(KillScope.BRAND, NORTH, active=False)
    assert told() is None
    set_to(TradingStatus.HALTED)
    set_to(TradingStatus.CANCEL_ONLY, 0)
    assert told() == ("halted", "instrument")
    set_to(TradingStatus.HALTED, 0)
    assert told() == ("halted", "venue")
    set_to(TradingStatus.LIVE)
    set_to(TradingStatus.LIVE, 0)
    for scope, target, by in (
        (KillScope.INSTRUMENT, BTC_USDT, "instrument"),
        (KillScope.BRAND, NORTH, "brand"),
        (KillScope.VENUE, 0, "venue"),
    ):
        switch(scope, target, active=True)
        assert told() == ("cancel-only", by)
        switch(scope, target, active=False)
    assert told() is None


def test_wb5_violations_are_told_at_the_hosts_desk_newest_first(house: House) -> None:
    for number in range(3):
        violations.keep(house.folder, [Violation(str(number), "north", f"https://evil/{number}", "script-src", "/")])
    with (house.folder / violations.FILE).open("ab") as file:
        file.write(b'{"at_ns": "4')
    told = house.person(HOST, Role.COMPLIANCE).get("/host/v1/web-violations").json()
    assert [one["what"] for one in told] == ["https://evil/2", "https://evil/1", "https://evil/0"]


def test_wb5_a_full_file_becomes_the_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(violations, "BYTES_MOST", 100)
    for number in range(6):
        violations.keep(tmp_path, [Violation(str(number), "north", "x" * 60, "script-src", "/")])
    kept = [one.at_ns for one in violations.newest(tmp_path, 10)]
    assert kept[0] == "5"
    assert kept == sorted(kept, reverse=True)
    assert len(kept) < 6


def test_he3_help_tells_the_rates_in_force_and_every_refusal(house: House) -> None:
    told = house.ask("GET", "/program/v1/fees", None, NORTH).json()
    assert told == [{"level": 0, "name": "VIP 0", "maker": "0.0002", "taker": "0.001"}]
    assert house.ask("GET", "/program/v1/fees").status_code == 404
    codes = {one["code"]: one["texts"] for one in house.ask("GET", "/program/v1/refusals").json()}
    assert codes["51008"] == ["Order failed. Insufficient available balance."]
    assert {REFUSALS[one].number for one in Refusal} <= codes.keys()
