"""Trades and candles that survive: docs/rules/history.md, H-1 to H-6."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from spec.small_exchange import BTC_USDT, Crash, SmallExchange, units
from spec.tape import FAR, Print, Tape, day, ns, plain_candles, plain_trades
from sqlalchemy import event, insert, update
from structlog.testing import capture_logs

from commonbook.console import chores
from commonbook.console.audit import audit_folder
from commonbook.console.market import rebuild
from commonbook.errors import BrokenInvariant, OutsideFailure
from commonbook.marketdata import moving, parquet
from commonbook.marketdata.archive import CANDLES, TRADES
from commonbook.marketdata.history import Candle
from commonbook.marketdata.moving import move_oldest_day
from commonbook.records import Side
from commonbook.settings import MarketSettings, Settings
from commonbook.storage.schema import candles, trades
from commonbook.units import AMOUNT_LIMIT

# Two days and a bit: three trades on the 1st, two on the 2nd, one on the 3rd.
PRINTS = [
    Print(1, ns("2026-03-01T00:00:00"), 100, 5, 500),
    Print(2, ns("2026-03-01T00:00:59"), 103, 2, 206, Side.SELL),
    Print(4, ns("2026-03-01T23:59:59"), 99, 1, 99),
    Print(5, ns("2026-03-02T00:00:00"), 101, 7, 707),
    Print(8, ns("2026-03-02T15:59:59"), 98, 3, 294),
    Print(9, ns("2026-03-03T08:00:00"), 97, 4, 388),
]
MARCH_1, MARCH_2, MARCH_3 = day("2026-03-01"), day("2026-03-02"), day("2026-03-03")


@pytest.fixture
def tape(tmp_path: Path) -> Tape:
    made = Tape(tmp_path)
    made.add(PRINTS)
    return made


def test_h1_a_minute_is_its_first_highest_lowest_and_last_price_its_lots_and_its_notional(tape: Tape) -> None:
    # docs/rules/history.md, H-1, example: 5 at 100 and 2 at 103 within one minute.
    assert tape.candles("1m", 1, ns("2026-03-01T00:01:00")) == [
        Candle(ns("2026-03-01T00:00:00"), 100, 103, 100, 103, 5 + 2, 500 + 206)
    ]


def test_h2_a_day_is_closed_once_engine_time_is_so_many_days_behind_its_end(tmp_path: Path) -> None:
    # The small exchange begins on 24 November 2025 at 16:00: 8 hours later that day has ended, and one more must pass.
    with SmallExchange(tmp_path, Settings(market=MarketSettings(recent_days=1))) as exchange:
        office = exchange.exchange.back_office
        exchange.trade("5")
        exchange.tick(8 + 23, 3_599)
        assert office.move_closed_day() is False
        exchange.tick(8 + 24)
        assert office.move_closed_day() is True
        assert office.move_closed_day() is False
        assert exchange.rows(trades, "trade") == exchange.rows(candles, "minute") == []
        file = office.market.archive.file(TRADES, BTC_USDT, day("2025-11-24"))
        assert file == tmp_path / "market" / "trades" / "1" / "2025-11-24.parquet"
        assert file.exists()


def test_h2_days_are_moved_oldest_first_and_never_one_that_is_not_closed(tape: Tape) -> None:
    def move() -> int | None:
        moved = move_oldest_day(tape.database, tape.market.archive, 1, MARCH_3)
        return moved.day if moved else None

    assert [move(), move(), move()] == [MARCH_1, MARCH_2, None]
    assert tape.rows() == (1, 1, 2)


def test_h2_instruments_are_moved_each_by_itself(tape: Tape) -> None:
    tape.add([Print(1, ns("2026-03-01T12:00:00"), 7, 1, 7, instrument=2)])
    tape.move()
    assert tape.rows() == (1, 1, 3)
    assert plain_trades(PRINTS, 10) == tape.trades(10)
    tape.move(number=2)
    assert tape.rows() == (0, 0, 4)
    with tape.database.connect() as connection:
        assert [one["price_ticks"] for one in tape.market.trade_list(connection, 2, 10)] == [7]


# -- H-3: a kill between any two steps -----------------------------------------------------------------------------


def fail(*_: Any, **__: Any) -> None:
    raise Crash


def at_write(number: int, done: bool) -> Callable[[Tape, pytest.MonkeyPatch], None]:
    """A crash at the number-th file, before it is begun or when it is whole."""

    def prepare(tape: Tape, patch: pytest.MonkeyPatch) -> None:
        calls: list[None] = []
        write = parquet.write

        def crash(*arguments: Any) -> None:
            calls.append(None)
            if len(calls) == number and not done:
                raise Crash
            write(*arguments)
            if len(calls) == number:
                raise Crash

        patch.setattr(parquet, "write", crash)

    return prepare


def half_written(tape: Tape, patch: pytest.MonkeyPatch) -> None:
    """The draft is there, its name is not."""
    patch.setattr(parquet, "put_whole", fail)


def at_statement(words: str) -> Callable[[Tape, pytest.MonkeyPatch], None]:
    def prepare(tape: Tape, patch: pytest.MonkeyPatch) -> None:
        def crash(*arguments: Any) -> None:
            if arguments[2].startswith(words):
                raise Crash

        event.listen(tape.database, "before_cursor_execute", crash)
        patch.setattr(tape, "ended", lambda: event.remove(tape.database, "before_cursor_execute", crash), raising=False)

    return prepare


def at_commit(tape: Tape, patch: pytest.MonkeyPatch) -> None:
    event.listen(tape.database, "commit", fail)
    patch.setattr(tape, "ended", lambda: event.remove(tape.database, "commit", fail), raising=False)


def behind_commit(tape: Tape, patch: pytest.MonkeyPatch) -> None:
    commit = moving.move_oldest_day
    patch.setattr("spec.tape.move_oldest_day", lambda *arguments: fail(commit(*arguments)))


STEPS = {
    "before the first file": at_write(1, done=False),
    "half a file": half_written,
    "between the files": at_write(1, done=True),
    "before the second file": at_write(2, done=False),
    "behind the files": at_write(2, done=True),
    "before the line": at_statement("INSERT INTO market_days"),
    "before the trades are deleted": at_statement("DELETE FROM trades"),
    "before the candles are deleted": at_statement("DELETE FROM candles"),
    "before the commit": at_commit,
    "behind the commit": behind_commit,
}


@pytest.mark.parametrize("step", STEPS)
def test_h3_a_crash_at_any_step_neither_loses_nor_doubles_a_trade(step: str, tape: Tape) -> None:
    with pytest.MonkeyPatch.context() as patch:
        STEPS[step](tape, patch)
        with pytest.raises(Crash):
            tape.move(MARCH_3)
        ended = getattr(tape, "ended", lambda: None)
    ended()
    assert_all_there(tape)
    # The next start finds what is there, moves the rest, and nothing a second time.
    again = Tape(tape.market.archive.folder.parent, tape.database)
    again.move(MARCH_3)
    assert again.rows() == (1, 1, 2)
    assert_all_there(again)
    assert again.move(MARCH_3) == 0


def assert_all_there(tape: Tape) -> None:
    assert tape.everything() == ([one.row for one in PRINTS], plain_candles(PRINTS, "1m", 99)[::-1])


def test_h3_a_file_that_no_line_names_is_nobodys(tape: Tape) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moving, "_commit", fail)
        with pytest.raises(Crash):
            tape.move()
    assert tape.market.archive.file(TRADES, 1, MARCH_1).exists()
    assert len(tape.trades(99)) == 6


def test_h3_what_was_not_written_is_not_deleted(tape: Tape) -> None:
    # A trade that appears in a closed day between writing and deleting cannot be; if it is, nothing happens.
    write = moving._write

    def meddle(*arguments: Any) -> Any:
        moved = write(*arguments)
        with tape.database.begin() as connection:
            connection.execute(insert(trades).values(**(PRINTS[0].row | {"trade": 3})))
        return moved

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moving, "_write", meddle)
        with pytest.raises(BrokenInvariant, match=r"\(4, 2\) trades and candles deleted"):
            tape.move()
    assert tape.rows() == (7, 5, 0)


def test_h3_trades_and_candles_that_do_not_agree_are_not_moved(tape: Tape) -> None:
    with tape.database.begin() as connection:
        connection.execute(update(candles).values(lots=1))
    with pytest.raises(BrokenInvariant, match="trades of 8 lots, candles of 2"):
        tape.move()
    assert tape.rows() == (6, 5, 0)


# -- H-4 and H-5: read as one --------------------------------------------------------------------------------------


@pytest.mark.parametrize("before_day", [MARCH_1, MARCH_2, MARCH_3, FAR])
def test_h4_a_page_goes_across_the_seam(tape: Tape, before_day: int) -> None:
    tape.move(before_day)
    assert [row["trade"] for row in tape.trades(3, after=9)] == [8, 5, 4]
    assert [row["trade"] for row in tape.trades(99, after=9, before=1)] == [8, 5, 4, 2]
    assert [row["trade"] for row in tape.trades_by_time(2, ns("2026-03-02T00:00:00"), None)] == [4, 2]
    assert [row["trade"] for row in tape.trades_by_time(9, None, ns("2026-03-01T23:59:59"))] == [9, 8, 5]
    assert tape.candles("1Dutc", 9) == plain_candles(PRINTS, "1Dutc", 9)


@pytest.mark.parametrize("ask", ["trades", "candles", "everything"])
def test_h4_a_day_that_is_moved_while_somebody_reads_is_told_once(tape: Tape, ask: str) -> None:
    # The reader has looked at one part; before it looks at the other, two days are moved.
    archive, days = tape.market.archive, tape.market.archive.days

    def meanwhile(*arguments: Any) -> Any:
        if ask == "everything":
            found = days(*arguments)  # the files come first here
        archive.days = days  # type: ignore[method-assign]
        tape.move(MARCH_3)
        return found if ask == "everything" else days(*arguments)

    archive.days = meanwhile  # type: ignore[method-assign,assignment]
    match ask:
        case "trades":
            assert tape.trades(99) == plain_trades(PRINTS, 99)
        case "candles":
            assert tape.candles("1m", 99) == plain_candles(PRINTS, "1m", 99)
        case _:
            assert_all_there(tape)
    assert tape.rows() == (1, 1, 2)


@pytest.mark.parametrize("before_day", [MARCH_1, MARCH_2, MARCH_3, FAR])
def test_h4_the_figures_of_24_hours_are_the_same_wherever_the_day_lies(tape: Tape, before_day: int) -> None:
    tape.move(before_day)
    now = ns("2026-03-02T23:00:00")  # sees trades 4, 5 and 8, and knows 9, which is later than this
    with tape.database.connect() as connection:
        figures = tape.market.day_figures(connection, 1, now)
    assert (figures.open_ticks, figures.high_ticks, figures.low_ticks) == (99, 101, 97)
    assert (figures.lots, figures.notional) == (1 + 7 + 3 + 4, 99 + 707 + 294 + 388)
    assert (figures.opened_utc0, figures.opened_utc8) == (101, 97)
    assert figures.last == PRINTS[-1].row


def test_h4_a_pair_that_is_not_traded_any_more_keeps_its_last_price(tape: Tape) -> None:
    tape.move()
    with tape.database.connect() as connection:
        for _ in range(2):  # the second time it is remembered
            figures = tape.market.day_figures(connection, 1, ns("2026-09-01T00:00:00"))
            assert (figures.last, figures.open_ticks, figures.lots) == (PRINTS[-1].row, None, 0)
    later = Print(11, ns("2026-10-01T00:00:00"), 50, 1, 50)
    tape.add([later])
    tape.move()
    assert tape.trades(1) == [later.row]


@pytest.mark.parametrize("before_day", [MARCH_1, FAR])
def test_h5_a_bar_is_whole_wherever_the_bounds_cut_it(tape: Tape, before_day: int) -> None:
    # The bar of 1 March began before noon, so it is told, with the trade of that evening: 99 is its close.
    tape.move(before_day)
    assert tape.candles("1Dutc", 9, after_ns=ns("2026-03-01T12:00:00")) == [
        Candle(ns("2026-03-01T00:00:00"), 100, 103, 99, 99, 8, 805)
    ]


def test_h4_after_a_restart_the_answers_are_the_same(tmp_path: Path) -> None:
    settings = Settings(market=MarketSettings(recent_days=0))
    with SmallExchange(tmp_path, settings) as exchange:
        for hour in (0, 5, 9, 30, 60):
            exchange.trade(str(hour + 1), hour=hour)
        before = seen(exchange)
        while exchange.exchange.back_office.move_closed_day():
            pass
        assert len(exchange.rows(trades, "trade")) == 1
        assert seen(exchange) == before
        exchange.crash()
        assert seen(exchange) == before
        assert [row["quantity_lots"] for row in before[0]] == [units(str(hour + 1)) for hour in (60, 30, 9, 5, 0)]


def seen(exchange: SmallExchange) -> tuple[Any, ...]:
    office = exchange.exchange.back_office
    with office.database.connect() as connection:
        market, now = office.market, exchange.exchange.sequencer.engine.time_ns()
        bars = [market.candle_list(connection, BTC_USDT, bar, None, None, 100) for bar in ("1m", "1H", "1D", "1Mutc")]
        return market.trade_list(connection, BTC_USDT, 100), bars, market.day_figures(connection, BTC_USDT, now)


# -- H-6: from the journal, exactly --------------------------------------------------------------------------------


def test_h6_files_made_anew_from_the_journal_hold_the_same_rows(tmp_path: Path) -> None:
    settings = Settings(market=MarketSettings(recent_days=0))
    with SmallExchange(tmp_path, settings) as exchange:
        for hour in (0, 5, 9, 30, 60):
            exchange.trade(str(hour + 1), hour=hour)
        while exchange.exchange.back_office.move_closed_day():
            pass
        before = seen(exchange)
        kept = contents(tmp_path)
    assert len(kept) == 2 * 2
    for file in [*tmp_path.glob("backoffice.db*"), *(tmp_path / "market").rglob("*.parquet")]:
        file.unlink()
    with SmallExchange(tmp_path, settings) as exchange:
        assert seen(exchange) == before
        while exchange.exchange.back_office.move_closed_day():
            pass
        assert seen(exchange) == before
    assert contents(tmp_path) == kept


def contents(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for file in sorted((folder / "market").rglob("*.parquet")):
        read = parquet.read_candles([file], 1, None, None) if CANDLES in file.parts else None
        found[str(file)] = read or parquet.read_trades([file], [], 10**6, True)
    return found


def test_h6_an_audit_compares_trades_and_candles_with_the_journal(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, Settings(market=MarketSettings(recent_days=0))) as exchange:
        for hour in (0, 5, 9, 60):
            exchange.trade(str(hour + 1), hour=hour)
        while exchange.exchange.back_office.move_closed_day():
            pass
    found = audit_folder(tmp_path)
    assert (found.problems, found.trades) == ([], 4)
    one, other = sorted((tmp_path / "market" / "trades").rglob("*.parquet"))[:2]
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    assert audit_folder(tmp_path).problems == ["market data: BTC-USDT has trade 3, the journal gives trade 1"]
    one.unlink()
    assert [text.partition(";")[0] for text in audit_folder(tmp_path).problems] == [f"market data: {one} is missing"]
    rebuild(tmp_path, Settings())
    assert one.read_bytes() == kept
    assert audit_folder(tmp_path).ok


def test_h6_amounts_of_any_size_are_kept_to_the_last_digit(tmp_path: Path) -> None:
    # The highest price and quantity, and amounts whose sum in a month is just below 10^38, above it, and beyond what
    # 128 bits hold.
    top, most = 2**63 - 1, AMOUNT_LIMIT - 1
    tape = Tape(tmp_path)
    prints: list[Print] = []
    for month, amounts in ((1, (most - 1, 1)), (2, (most, 5 * 10**37)), (3, (most, most))):
        for date, amount in enumerate(amounts, 1):
            prints.append(Print(len(prints) + 1, ns(f"2026-0{month}-0{date}T00:00:00"), top, top, amount))
    tape.add(prints)
    tape.move()
    assert tape.trades(9) == plain_trades(prints, 9)
    assert tape.candles("1m", 9) == plain_candles(prints, "1m", 9)
    sums = [2 * most, most + 5 * 10**37, most]
    assert [(bar.high_ticks, bar.lots, bar.notional) for bar in tape.candles("1Mutc", 9)] == [
        (top, 2 * top, notional) for notional in sums
    ]
    for file in (tape.market.archive.folder / CANDLES / "1").iterdir():
        assert parquet.read_candles([file], 480, None, None)[0].lots == top
    files = sorted((tape.market.archive.folder / CANDLES / "1").iterdir())
    found = [parquet.read_candles(files[n : n + 2], 10**6, None, None)[0].notional for n in (4, 2, 0)]
    assert found == sums


def test_h6_no_column_of_a_file_is_a_float(tape: Tape) -> None:
    tape.move()
    kinds: dict[str, tuple[str, str]] = {}
    for kind in (TRADES, CANDLES):
        file = tape.market.archive.file(kind, 1, MARCH_1)
        found = parquet._rows(
            "SELECT name, type, logical_type FROM parquet_schema('" + str(file) + "') OFFSET 1", [file], []
        )
        kinds |= {name: (stored, logical or "") for name, stored, logical in found}
    assert {stored for stored, _ in kinds.values()} <= {"INT32", "INT64", "FIXED_LEN_BYTE_ARRAY"}
    assert "DecimalType(scale=0, precision=38)" in kinds["notional"][1]


def test_a_file_that_is_lost_is_told_with_what_to_do(tape: Tape) -> None:
    tape.move()
    lost = tape.market.archive.file(TRADES, 1, MARCH_2)
    lost.unlink()
    with pytest.raises(OutsideFailure, match=f"{lost} is missing; restore it from the backup"):
        tape.trades(99)


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "it's [a] *folder*?"
    folder.mkdir()
    tape = Tape(folder)
    tape.add(PRINTS)
    tape.move()
    assert tape.trades(99) == plain_trades(PRINTS, 99)


def test_files_are_for_their_owner_alone_and_nothing_is_left_beside_them(tape: Tape) -> None:
    tape.move()
    files = [path for path in tape.market.archive.folder.rglob("*") if path.is_file()]
    assert len(files) == 2 * 3
    assert {path.suffix for path in files} == {".parquet"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_a_disk_that_refuses_is_told_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [OutsideFailure("no room"), OSError(28, "No space left"), True, False]

    class Office:
        settings = Settings()

        def move_closed_day(self) -> bool:
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            if not answers:
                raise BrokenInvariant("the end of this test: a bug is not gone over")
            return bool(answer)

    async def work() -> None:
        serves = asyncio.Event()
        serves.set()
        place = chores.Place(tmp_path, Office(), None)  # type: ignore[arg-type]
        await chores.do_chores(place, serves, is_simulated=True)

    monkeypatch.setattr(chores, "MOVE_CLOSED_DAYS", replace(chores.MOVE_CLOSED_DAYS, every_s=lambda _: 0.0))
    with capture_logs() as told, pytest.raises(BrokenInvariant):
        asyncio.run(work())
    assert [(one["event"], one["why"]) for one in told] == [
        ("chore.failed", "no room"),
        ("chore.failed", "[Errno 28] No space left"),
    ]


def test_duckdb_is_loaded_by_nobody_who_does_not_touch_a_file() -> None:
    modules = [
        "console.main",
        "console.serving",
        *(f"console.roles.{name}" for name in ("core", "back_office", "gateway", "records")),
    ]
    lines = [f"import commonbook.{module}" for module in modules]
    code = "\n".join([*lines, "import sys", "sys.exit('duckdb' in sys.modules)"])
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
