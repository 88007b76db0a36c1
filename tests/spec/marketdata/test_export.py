"""`commonbook export`: what was traded as a file for other programs. docs/rules/history.md, H-7."""

import csv
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from spec.small_exchange import BTC_EUR, MAKER, TAKER, SmallExchange, time_ns
from typer.testing import CliRunner

from commonbook.console.commands import commands
from commonbook.console.export import moment
from commonbook.errors import BadInput
from commonbook.marketdata.bars import DAY_NS
from commonbook.settings import MarketSettings, Settings
from commonbook.table_file import Column, Format, Kind, utc, write_table

PAGE = Path(__file__).parents[3] / "docs" / "concepts" / "market-data.md"
EXACT = Context(prec=60)
SPAN = ("--from", "2025-11-01", "--to", "2026-01-01")
HOURS = {0: "5", 1: "0.00000001", 9: "123.45678912", 30: "7"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Trades of four hours on two days, the first of them in files; the exchange is still open."""
    made = tmp_path_factory.mktemp("data")
    with SmallExchange(made, Settings(market=MarketSettings(recent_days=0))) as exchange:
        for hour, notional in HOURS.items():
            exchange.trade(notional, hour=hour, second=3)
        exchange.trade("11", hour=30, second=4, instrument=BTC_EUR)
        office = exchange.exchange.back_office
        while office.move_closed_day():
            pass
        assert [path.name for path in made.rglob("*.parquet")] == ["2025-11-24.parquet"] * 2
        yield made


def export(*arguments: Any) -> dict[str, Any]:
    done = CliRunner().invoke(commands(), ["export", *map(str, arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def refusal(*arguments: Any) -> str:
    done = CliRunner().invoke(commands(), ["export", *map(str, arguments)])
    assert isinstance(done.exception, BadInput), done.output
    return str(done.exception)


def rows_of_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def rows_of_parquet(path: Path) -> list[dict[str, Any]]:
    """As another program reads it."""
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names = [one[0] for one in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def at(hour: int, second: int = 3) -> str:
    return utc(time_ns(hour, second))


def test_h7_trades_in_csv_are_exact_strings(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "trades.csv"
    told = export("trades", folder, *SPAN, "--instrument", "BTC-USDT", "--out", out)
    assert (told["rows"], told["format"], told["bytes"]) == (4, "csv", out.stat().st_size)
    assert [(row["trade"], row["time"], row["price"], row["quantity"]) for row in rows_of_csv(out)] == [
        (str(number), at(hour), "1", notional) for number, (hour, notional) in enumerate(HOURS.items(), 1)
    ]
    assert {row["taker_side"] for row in rows_of_csv(out)} == {"buy"}


@pytest.mark.parametrize("what", ["trades", "candles", "fills"])
def test_h7_parquet_and_csv_say_the_same(folder: Path, tmp_path: Path, what: str) -> None:
    extra = ("--account", MAKER) if what == "fills" else ("--bar", "1H") if what == "candles" else ()
    files = [tmp_path / f"it's {what}.{form}" for form in ("csv", "parquet")]
    told = [export(what, folder, *SPAN, *extra, "--out", file) for file in files]
    plain, binary = rows_of_csv(files[0]), rows_of_parquet(files[1])
    assert told[0]["rows"] == told[1]["rows"] == len(plain) == len(binary) == 5
    for ours, theirs in zip(plain, binary, strict=True):
        assert set(ours) == set(theirs)
        for name, text in ours.items():
            value = theirs[name]
            assert not isinstance(value, float)
            if isinstance(value, Decimal):
                assert value == Decimal(text)
            elif isinstance(value, datetime):
                assert f"{value:%Y-%m-%dT%H:%M:%S}.000000000Z" == text
            else:
                assert str(value) == text


def test_h7_times_in_parquet_are_to_the_nanosecond(tmp_path: Path) -> None:
    out = tmp_path / "t.parquet"
    exact = 1_764_000_000_123_456_789
    write_table(out, Format.PARQUET, [Column("time", Kind.TIME)], [(exact,)])
    with duckdb.connect() as connection:
        assert connection.execute("SELECT epoch_ns(time) FROM read_parquet(?)", [str(out)]).fetchall() == [(exact,)]
    write_table(out.with_suffix(".csv"), Format.CSV, [Column("time", Kind.TIME)], [(exact,)])
    assert rows_of_csv(out.with_suffix(".csv")) == [{"time": "2025-11-24T16:00:00.123456789Z"}]


def test_h7_candles_are_whole_bars_that_begin_in_the_time(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "candles.csv"
    names = ("start", "open", "high", "low", "close", "quantity", "notional")
    # From 16:00 of the 24th: the day's bar of UTC began before, so the first one that is told is the 25th's.
    span = ("--from", "2025-11-24T16:00:00Z", "--to", "2025-11-26")
    export("candles", folder, *span, "--bar", "1Dutc", "--instrument", "BTC-USDT", "--out", out)
    assert [tuple(row[name] for name in names) for row in rows_of_csv(out)] == [
        (utc(20_417 * DAY_NS), "1", "1", "1", "1", "130.45678912", "130.45678912")
    ]
    export("candles", folder, *SPAN, "--bar", "1Mutc", "--instrument", "BTC-USDT", "--out", out)
    assert [row["quantity"] for row in rows_of_csv(out)] == ["135.45678913"]


def test_h7_fills_are_the_accounts_own_with_what_was_charged(folder: Path, tmp_path: Path) -> None:
    # Makers pay 2 basis points, takers 10: 5 x 0.0002 and 5 x 0.001.
    out = tmp_path / "fills.csv"
    for account, side, role, fee in ((MAKER, "sell", "maker", "0.001"), (TAKER, "buy", "taker", "0.005")):
        export("fills", folder, "--account", account, *SPAN, "--out", out)
        rows = rows_of_csv(out)
        assert {(row["side"], row["role"]) for row in rows} == {(side, role)}
        assert (rows[0]["notional"], rows[0]["fee"], rows[0]["fee_asset"]) == ("5", fee, "USDT")
        assert [row["instrument"] for row in rows] == ["BTC-USDT"] * 4 + ["BTC-EUR"]


def test_h7_the_first_moment_is_in_and_the_last_is_not(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "trades.csv"
    span = ("--from", at(1), "--to", at(30))
    export("trades", folder, *span, "--instrument", "BTC-USDT", "--out", out)
    assert [row["time"] for row in rows_of_csv(out)] == [at(1), at(9)]


def test_h7_nothing_is_there_when_it_fails(tmp_path: Path) -> None:
    def rows() -> Iterator[tuple[int]]:
        yield (150,)
        raise KeyError

    for form in Format:
        out = tmp_path / f"t.{form}"
        out.write_text("before")
        with pytest.raises(KeyError):
            write_table(out, form, [Column("price", Kind.DECIMAL, 2)], rows())
        assert out.read_text() == "before"
    assert len(list(tmp_path.iterdir())) == len(Format)


def test_h7_what_does_not_fit_into_a_common_scale_is_refused_and_never_rounded(tmp_path: Path) -> None:
    column = [Column("notional", Kind.DECIMAL, 18)]
    out, most = tmp_path / "t.parquet", 10**38 - 1
    values = [most, -most, 1, -1, 0, 10**18, -(10**18) - 1]
    write_table(out, Format.PARQUET, column, [(value,) for value in values])
    assert [row["notional"] for row in rows_of_parquet(out)] == [Decimal(value).scaleb(-18, EXACT) for value in values]
    write_table(tmp_path / "t.csv", Format.CSV, column, [(value,) for value in (*values, 10 * most)])
    assert [row["notional"] for row in rows_of_csv(tmp_path / "t.csv")][:3] == [
        f"{'9' * 20}.{'9' * 18}",
        f"-{'9' * 20}.{'9' * 18}",
        "0.000000000000000001",
    ]
    with pytest.raises(BadInput, match=r"does not fit into DECIMAL\(38, 18\); export one instrument alone"):
        write_table(out, Format.PARQUET, column, [(most + 1,)])


def test_an_export_that_cannot_be_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "t.csv")
    assert "write 2026-11-27" in refusal("trades", folder, "--from", "yesterday", "--to", "2026-01-01", *out)
    assert "nothing lies between" in refusal("trades", folder, "--from", "2026-01-01", "--to", "2026-01-01", *out)
    assert "there is: BTC-USDT, BTC-EUR" in refusal("trades", folder, *SPAN, "--instrument", "BTC", *out)
    assert "there is: 1m, 3m" in refusal("candles", folder, *SPAN, "--bar", "7m", *out)
    assert "--format csv, json or parquet" in refusal("trades", folder, *SPAN, "--out", tmp_path / "t.txt")
    assert "make it first" in refusal("trades", folder, *SPAN, "--out", tmp_path / "none" / "t.csv")
    assert "no account 77" in refusal("fills", folder, *SPAN, "--account", 77, *out)
    assert "holds no journal" in refusal("trades", tmp_path, *SPAN, *out)
    assert not (tmp_path / "t.csv").exists()


def test_the_examples_of_the_page_run_and_give_what_stands_there(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # COMMONBOOK_WRITE_EXAMPLES=1 writes the page anew.
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text()

    def run(block: re.Match[str]) -> str:
        said = []
        for line in re.findall(r"^\$ (.*)$", block[1], re.MULTILINE):
            said.append(f"$ {line}\n")
            command, *words = line.split(" ")
            if command == "cat":
                said.append(Path(words[0]).read_text())
            else:
                done = CliRunner().invoke(commands(), [str(folder) if word == "DIR" else word for word in words])
                assert done.exit_code == 0, done.output
                said.append(done.stdout)
        return "```console\n" + "".join(said) + "```\n"

    made = re.sub(r"^```console\n(.*?)^```\n", run, text, flags=re.DOTALL | re.MULTILINE)
    if os.environ.get("COMMONBOOK_WRITE_EXAMPLES"):
        PAGE.write_text(made)
    # How many bytes a Parquet file has is the writer's business.
    size = re.compile(r"(parquet: .* rows, )[0-9,]+ bytes")
    assert size.sub(r"\1", made) == size.sub(r"\1", PAGE.read_text())
    found: dict[str, Any] = {}
    for code in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        exec(code, found)
    assert found["total"] == [(Decimal("135.45678913"), Decimal("0.13545680"))]


def test_moments_are_in_utc_unless_they_say_otherwise() -> None:
    assert moment("--from", "1970-01-02") == DAY_NS
    assert moment("--from", "1970-01-02T08:00:00+08:00") == DAY_NS
    assert moment("--to", "1970-01-01T00:00:00.000001Z") == 1_000
    assert utc(moment("--to", "2026-11-27T08:30:00")) == "2026-11-27T08:30:00.000000000Z"
    assert datetime.fromtimestamp(time_ns(0) // 10**9, UTC) == datetime(2025, 11, 24, 16, tzinfo=UTC)
    for far in ("1969-12-31", "2262-01-01"):
        with pytest.raises(BadInput, match="out of range"):
            moment("--from", far)
