"""A broker's lines as a table for other programs. Rule: docs/rules/broker-proofs.md, BP-14."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from spec.broker.tree_hours import OTHER, SUB, tree_exchange
from spec.small_exchange import BROKER, BTC_EUR, EUR, HOUR, SmallExchange
from typer.testing import CliRunner

from commonbook.broker.exporting import write_lines
from commonbook.console.commands import commands
from commonbook.errors import BadInput
from commonbook.records import Channel
from commonbook.table_file import Format
from commonbook.units import format_units, parse_units

SPAN = ("--from", "2025-11-24", "--to", "2025-11-25")


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallExchange]:
    """Two settled hours and one that is open."""
    with tree_exchange(tmp_path_factory.mktemp("data")) as found:
        found.price(EUR, "1.10")
        found.trade("1000")
        found.trade("333.33333333", hour=1, taker_broker=SUB, maker_broker=BROKER)
        found.trade("123.45678912", hour=1, second=1, instrument=BTC_EUR)
        found.trade("50", hour=1, second=2, channel=Channel.WEB)
        found.trade("9", hour=1, second=3, taker_broker=OTHER)
        found.tick(3)
        found.settle()
        found.trade("7", hour=3, second=1)
        yield found


def written(exchange: SmallExchange, broker: int, path: Path, form: Format, first: int = 0, behind: int = 24) -> int:
    office = exchange.exchange.back_office
    program = office.program()
    assert program is not None
    with office.database.connect() as connection:
        return write_lines(connection, program, office.venue, broker, str, HOUR + first, HOUR + behind, 180, path, form)


def rows_of_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("broker", "code"), [(BROKER, "NORTHSTAR"), (SUB, "SOUTHSTAR"), (OTHER, "OTHER")])
def test_bp14_an_export_says_what_the_statements_say(
    exchange: SmallExchange, tmp_path: Path, broker: int, code: str
) -> None:
    path = tmp_path / "lines.csv"
    count = written(exchange, broker, path, Format.CSV, behind=2)
    lines: list[dict[str, Any]] = []
    for statement in sorted(exchange.exchange.back_office.statements.glob(f"{code}-*.jsonl")):
        lines += [json.loads(text) for text in statement.read_text().splitlines()[1:-1]]
    rows = rows_of_csv(path)
    assert count == len(rows) == len(lines) > 0
    for row, line in zip(rows, lines, strict=True):
        for name in ("fill", "role", "trade", "order", "account", "level", "attribution", "channel", "instrument"):
            assert row[name] == line[name]
        for name in ("price", "quantity", "reason", "index_sequence"):
            assert row[name] == line[name]
        scale = int(line["quote_scale"])
        for name in ("taker_fee", "maker_fee", "discount", "claimed", "base", "notional"):
            assert row[name] == format_units(int(line[name]), scale)
        assert row["excluded_by"].split() == line["excluded_by"]
        assert (row["fee_asset"], row["state"]) == (line["quote_asset"], "published")
        yours = line["your"]
        assert row["commission"] == format_units(int(yours["commission"]), scale)
        assert row["paid"] == format_units(int(yours["paid"]), 8)
        if code == "SOUTHSTAR":
            assert "pool" not in row
            assert row["points"] == format_units(int(yours["points_e8"]), 6)
        else:
            assert row["pool"] == format_units(int(yours["pool"]), scale)
            assert row["rate"] == format_units(int(yours["rate_e8"]), 6)


def test_bp14_csv_json_and_parquet_hold_the_same(exchange: SmallExchange, tmp_path: Path) -> None:
    paths = {form: tmp_path / f"lines.{form}" for form in Format}
    counts = {written(exchange, BROKER, path, form) for form, path in paths.items()}
    assert len(counts) == 1
    as_csv, as_json = rows_of_csv(paths[Format.CSV]), json.loads(paths[Format.JSON].read_text())
    assert as_csv == as_json
    found = duckdb.sql(f"SELECT fill, role, base, commission, paid, state FROM '{paths[Format.PARQUET]}'").fetchall()
    assert [row[:2] for row in found] == [(row["fill"], row["role"]) for row in as_csv]
    for row, told in zip(found, as_csv, strict=True):
        assert [parse_units(str(one), 8) for one in row[2:5]] == [
            parse_units(told[name], 8) for name in ("base", "commission", "paid")
        ]
    assert [row[5] for row in found][-1] == "accrued"  # the hour that is open


def test_bp14_an_export_without_a_line_is_whole_as_well(exchange: SmallExchange, tmp_path: Path) -> None:
    for form in Format:
        path = tmp_path / f"lines.{form}"
        assert written(exchange, BROKER, path, form, first=10, behind=11) == 0
        assert path.exists()
    assert json.loads((tmp_path / "lines.json").read_text()) == []
    assert rows_of_csv(tmp_path / "lines.csv") == []


def test_bp14_more_than_the_longest_time_is_refused_with_both_numbers(exchange: SmallExchange, tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    assert written(exchange, OTHER, path, Format.CSV, behind=180 * 24) == 1
    with pytest.raises(BadInput, match="4321 hours are more than the 180 days of one file"):
        written(exchange, OTHER, path, Format.CSV, behind=180 * 24 + 1)
    with pytest.raises(BadInput, match="nothing lies between"):
        written(exchange, OTHER, path, Format.CSV, first=2, behind=2)


def test_bp14_the_command_writes_it_and_tells_what_it_cannot(exchange: SmallExchange, tmp_path: Path) -> None:
    out = tmp_path / "lines.json"
    asked = ["export", "commission", str(exchange.folder), *SPAN, "--out", str(out)]
    done = CliRunner().invoke(commands(), [*asked, "--broker", "NORTHSTAR", "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["format"], told["rows"]) == ("json", len(json.loads(out.read_text())))
    assert told["bytes"] == out.stat().st_size
    refused = CliRunner().invoke(commands(), [*asked, "--broker", "NOBODY"])
    assert isinstance(refused.exception, BadInput)
    assert "there is no broker 'NOBODY'; there is: NORTHSTAR, OTHER, SOUTHSTAR" in str(refused.exception)
