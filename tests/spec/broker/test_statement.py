"""Statements that anybody can check with nothing but the file. Rules: docs/rules/broker.md, B-20 to B-24."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from integration.command import commonbook
from spec.small_exchange import BROKER, BTC_EUR, EUR, HOUR, SmallExchange, shown, units

from commonbook.broker import statement as statement_module
from commonbook.broker.statement import (
    canonical,
    footer,
    leaf_hash,
    merkle_root,
    statement_text,
    verify_statement,
)
from commonbook.records import Channel

Line = dict[str, Any]
TABLE: Line = {
    "from_ns": str((HOUR + 1) * 3_600 * 10**9),
    "rows": [{"affiliated": None, "level_from": "0", "level_to": "9", "product": None, "role": None}],
    "to_ns": str((HOUR + 2) * 3_600 * 10**9),
    "tier": "3",
    "version": "1",
}
TABLE["rows"][0] |= {"rate_e8": "35000000", "tier": "3"}
CONDITIONS: Line = {
    "discount": "exclude_fill",
    "excluded_from_level": "6",
    "from_ns": TABLE["from_ns"],
    "to_ns": TABLE["to_ns"],
}


@pytest.fixture(scope="module")
def produced(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small real statement: both sides of a fill, one in EUR, one excluded; something brought forward."""
    with SmallExchange.with_minimum_payout(tmp_path_factory.mktemp("exchange"), "0.01") as exchange:
        exchange.price(EUR, "1.10")
        exchange.trade("1", hour=0)  # earns 0.00035, which is less than the minimum
        exchange.trade("1000", hour=1, maker_broker=BROKER)
        exchange.trade("123.45678912", hour=1, instrument=BTC_EUR)
        exchange.trade("50", hour=1, channel=Channel.WEB)
        exchange.tick(3)
        exchange.settle()
        return exchange.statements()["NORTHSTAR-2025-11-24T17.jsonl"].read_bytes()


def _verify(path: Path, content: bytes) -> tuple[bool, int | None, str]:
    path.write_bytes(content)
    result = verify_statement(path)
    return result.ok, result.line, result.why


def _lines(content: bytes) -> list[Line]:
    return [json.loads(line) for line in content.splitlines()]


def test_b20_a_statement_is_a_header_a_line_for_each_fill_side_and_a_footer(produced: bytes, tmp_path: Path) -> None:
    header, *lines, end = _lines(produced)
    assert (header["kind"], header["broker"], header["hour"]) == ("header", "NORTHSTAR", str(HOUR + 1))
    assert [(line["role"], line["reason"]) for line in lines] == [
        ("taker", "EARNED"),
        ("maker", "EARNED"),
        ("taker", "EARNED"),
        ("taker", "NON_API"),
    ]
    # 1,000 at 10 and 2 bps: 1.00 and 0.20, 35 % are 0.35 and 0.07. 123.45678912 EUR: fee 0.12345679, commission
    # 0.04320987 EUR, at 1.10 0.04753085 USDT.
    assert [shown(int(line["your"]["paid"])) for line in lines] == ["0.35", "0.07", "0.04753085", "0"]
    assert shown(int(end["total"])) == "0.46753085"
    assert shown(int(header["brought_forward"])) == "0.00035"
    assert shown(int(end["paid"])) == "0.46788085"
    assert (end["carried_forward"], end["count"]) == ("0", "4")
    assert _verify(tmp_path / "statement.jsonl", produced) == (True, None, "")


def test_b21_every_line_is_canonical_json_without_a_bare_number(produced: bytes) -> None:
    for text in produced.decode("ascii").splitlines():
        assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
        numbers: list[str] = []
        json.loads(text, parse_int=numbers.append, parse_float=numbers.append)
        assert numbers == []


def test_b22_the_root_is_that_of_a_merkle_tree_over_the_lines() -> None:
    # Three leaves: the third has no neighbour and moves up.
    a, b, c = (hashlib.sha256(b"\x00" + text).digest() for text in (b"a", b"b", b"c"))
    ab = hashlib.sha256(b"\x01" + a + b).digest()
    assert merkle_root([leaf_hash(text) for text in ("a", "b", "c")]) == hashlib.sha256(b"\x01" + ab + c).hexdigest()
    assert merkle_root([leaf_hash("a")]) == a.hex()
    assert merkle_root([]) == hashlib.sha256(b"").hexdigest()


def test_b22_a_line_is_never_a_node_and_the_order_of_the_lines_counts() -> None:
    a, b = leaf_hash("a"), leaf_hash("b")
    assert merkle_root([a, b]) != merkle_root([b, a])
    assert merkle_root([a, b]) != leaf_hash(a + b)


def test_b23_any_digit_that_is_changed_is_found_and_its_line_is_named(produced: bytes, tmp_path: Path) -> None:
    _each_change(produced, tmp_path, lambda letter: (letter - 0x30 + 1) % 10 + 0x30 if 0x30 <= letter <= 0x39 else None)


def test_b23_any_letter_or_sign_that_is_changed_is_found_and_its_line_is_named(produced: bytes, tmp_path: Path) -> None:
    _each_change(produced, tmp_path, lambda letter: None if chr(letter).isdigit() else letter ^ 0x01, step=3)


def test_b23_any_byte_beyond_ascii_is_found_and_its_line_is_named(produced: bytes, tmp_path: Path) -> None:
    _each_change(produced, tmp_path, lambda letter: letter | 0x80, step=17)


def _each_change(content: bytes, folder: Path, changed: Callable[[int], int | None], step: int = 1) -> None:
    path = folder / "statement.jsonl"
    line, tried = 1, 0
    for place, letter in enumerate(content):
        if letter == 0x0A:
            line += 1
            continue
        other = changed(letter)
        if other is None or place % step:
            continue
        tried += 1
        ok, named, why = _verify(path, content[:place] + bytes([other]) + content[place + 1 :])
        assert (ok, named) == (False, line), f"byte {place}, {chr(letter)} to {other}: {why}"
    assert tried > 100


def test_b23_a_line_that_is_missing_doubled_or_moved_is_found(produced: bytes, tmp_path: Path) -> None:
    lines = produced.splitlines(keepends=True)
    path = tmp_path / "statement.jsonl"
    for number in range(1, len(lines) - 1):
        assert not _verify(path, b"".join(lines[:number] + lines[number + 1 :]))[0]
        assert not _verify(path, b"".join([*lines[: number + 1], *lines[number:]]))[0]
    swapped = [lines[0], lines[2], lines[1], *lines[3:]]
    assert _verify(path, b"".join(swapped))[:2] == (False, 2)


@pytest.mark.parametrize("size", [0, 1, 100, -1, -2, -300])
def test_b23_a_statement_that_is_cut_is_found(produced: bytes, tmp_path: Path, size: int) -> None:
    assert not _verify(tmp_path / "statement.jsonl", produced[:size])[0]


def test_b23_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = verify_statement(tmp_path / "none.jsonl")
    assert (result.ok, result.line) == (False, None)
    assert "cannot be read" in result.why


def _forged(content: bytes, number: int, **values: object) -> bytes:
    """The statement with other values in one line and all hashes, the root and the total made to fit."""
    lines = _lines(content)
    yours = {name: values.pop(name) for name in ("commission", "paid", "pool", "rate_e8", "given") if name in values}
    lines[number - 1] |= values
    if yours:
        lines[number - 1]["your"] |= yours
    texts = [canonical(line) for line in lines[:-1]]
    return statement_text(texts).encode()


@pytest.mark.parametrize(
    ("number", "values", "why"),
    [
        (2, {"paid": "1"}, "the payment should be 35000000"),
        (2, {"commission": "1", "paid": "1"}, "the commission should be 35000000"),
        (2, {"pool": "1"}, "the pool should be 35000000"),
        (2, {"given": [["user", "1000000"]]}, "the commission should be 34000000"),
        (2, {"given": [["user", "35000001"]]}, "are given away at a rate of 35000000"),
        (2, {"given": [["user", "-1"]]}, "are given away at a rate of 35000000"),
        (2, {"base": "1"}, "the base should be 100000000"),
        (2, {"rate_e8": "10000000", "commission": "10000000", "paid": "10000000"}, "the rate should be 35000000"),
        (2, {"reason": "NO_TAG", "commission": "0", "paid": "0"}, "the reason should be EARNED"),
        (2, {"reason": "NO_TAG", "excluded_by": ["NO_TAG"], "commission": "0", "paid": "0"}, "should be EARNED"),
        (5, {"reason": "EARNED", "excluded_by": []}, "the reason should be NON_API"),
        (3, {"role": "taker"}, "the fill side is there twice"),
        (4, {"index_price_e8": "120000000"}, "the payment should be 5185184"),
        (4, {"index_price_e8": "0"}, "the reason should be NO_INDEX_PRICE"),
        (2, {"time_ns": str((HOUR + 2) * 3_600 * 10**9)}, "the fill is of another hour"),
        (2, {"of_hour": str(HOUR)}, "the fill is of another hour"),
        (2, {"of_hour": str(HOUR + 2), "time_ns": str((HOUR + 2) * 3_600 * 10**9)}, "the fill is of another hour"),
        (2, {"taker_fee": "many"}, "the line cannot be read"),
        (2, {"level": 0.9}, "'0.9' is no number"),
        (2, {"level": 0}, "'0' is no number"),
        (2, {"discount": "00"}, "'00' is no number"),
        (2, {"claimed": "1_0"}, "'1_0' is no number"),
        (2, {"maker_fee": "-0"}, "'-0' is no number"),
        (4, {"quote_scale": "99999999"}, "is out of range"),
        (1, {"format": "another"}, "the header is of another format than commonbook-statement-3"),
        (1, {"format": "commonbook-statement-2"}, "the header is of another format than commonbook-statement-3"),
        (1, {"conditions": [CONDITIONS | {"excluded_from_level": "0"}]}, "the reason should be VIP_TOO_HIGH"),
        (1, {"conditions": [CONDITIONS | {"to_ns": "1"}]}, "the header has no conditions for the hour"),
        (1, {"tables": [TABLE | {"tier": "2"}]}, "the rate should be 0"),
        (1, {"tables": [TABLE | {"from_ns": str((HOUR + 2) * 3_600 * 10**9)}]}, "the rate should be 0"),
        (1, {"tables": [TABLE, TABLE], "minimum_payout": "-1"}, "an amount is below zero"),
        (1, {"tables": []}, "the rate should be 0"),
    ],
)
def test_b23_a_statement_whose_hashes_fit_is_recomputed_from_its_inputs(
    produced: bytes, tmp_path: Path, number: int, values: dict[str, object], why: str
) -> None:
    ok, line, told = _verify(tmp_path / "statement.jsonl", _forged(produced, number, **values))
    assert not ok
    assert why in told
    if number > 1:
        assert line == number


def test_b23_a_line_of_one_with_a_rate_does_not_pass_for_a_sub_brokers(produced: bytes, tmp_path: Path) -> None:
    """Its points would follow from nothing."""
    texts = produced.decode().splitlines()[:-1]
    line = json.loads(texts[1])
    more = str(int(line["base"]) * 9 // 10)
    line["your"] = {"commission": more, "paid": more, "points_e8": "90000000"}
    texts[1] = canonical(line)
    ok, number, told = _verify(tmp_path / "statement.jsonl", statement_text(texts).encode())
    assert (ok, number) == (False, 2)
    assert "should have the rate" in told
    line["your"] = {"commission": "-1", "paid": "-1", "points_e8": "-1"}
    header = json.loads(texts[0]) | {"tables": []}
    texts[:2] = [canonical(header), canonical(line)]
    assert "has no -1 points" in _verify(tmp_path / "statement.jsonl", statement_text(texts).encode())[2]


@pytest.mark.parametrize("name", ["total", "paid", "carried_forward", "count"])
def test_b23_the_footer_is_recomputed_from_the_lines(produced: bytes, tmp_path: Path, name: str) -> None:
    lines = _lines(produced)
    texts = [canonical(line) for line in lines[:-1]]
    end = footer(texts) | {name: str(int(lines[-1][name]) + 1)}
    content = "\n".join([*texts, canonical(end)]) + "\n"
    ok, line, why = _verify(tmp_path / "statement.jsonl", content.encode())
    assert (ok, line) == (False, len(lines))
    assert f"paid {lines[-1]['paid']}" in why


def test_b23_an_excluded_fill_before_any_table_was_in_force_verifies_at_a_rate_of_nothing(
    produced: bytes, tmp_path: Path
) -> None:
    # The table begins an hour later, so the rate is 0 and the side earns nothing.
    lines = _lines(produced)[:2]
    lines[0]["tables"][0]["effective_ns"] = str((HOUR + 9) * 3_600 * 10**9)
    lines[1] |= {"rate_e8": "0", "commission": "0", "paid": "0"}
    content = statement_text([canonical(line) for line in lines]).encode()
    assert _verify(tmp_path / "statement.jsonl", content) == (True, None, "")


@pytest.mark.parametrize(
    "content",
    [
        b"1\n2\n3\n",
        b"[]\n[]\n[]\n",
        b"{}\n{}\n{}\n",
        b"\n\n\n\n",
        b"null\n" * 4,
        b"[" * 100_000 + b"\n1\n2\n",
        b"1\n2\n" + b"[" * 100_000 + b"\n",
        b'{"leaves":[1,2],"root":"zz"}\n' * 3,
        b'{"leaves":"","root":""}\n' * 3,
    ],
)
def test_b23_what_is_no_statement_is_told_and_breaks_nothing(content: bytes, tmp_path: Path) -> None:
    assert not _verify(tmp_path / "statement.jsonl", content)[0]


def test_b23_the_command_accepts_a_produced_statement_and_names_the_altered_line(
    produced: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "statement.jsonl"
    path.write_bytes(produced)
    good = commonbook("verify-statement", str(path))
    assert good.returncode == 0
    assert "4 lines, total 46753085" in good.stdout
    path.write_bytes(produced.replace(b'"paid":"35000000"', b'"paid":"35000001"'))
    bad = commonbook("verify-statement", str(path))
    assert bad.returncode == 1
    assert "line 2 is wrong" in bad.stdout
    answer = json.loads(commonbook("verify-statement", str(path), "--json").stdout)
    assert (answer["ok"], answer["line"]) == (False, 2)


def test_b24_a_statement_is_checked_with_one_file_and_the_standard_library(produced: bytes, tmp_path: Path) -> None:
    # The module alone in an empty folder; Python without packages, environment or this project.
    shutil.copy(str(statement_module.__file__), tmp_path / "checker.py")
    (tmp_path / "statement.jsonl").write_bytes(produced)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import checker; from pathlib import Path; "
        f"result = checker.verify_statement(Path({str(tmp_path / 'statement.jsonl')!r})); "
        "print(result.ok, result.total); assert 'commonbook' not in sys.modules"
    )
    run = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["True", str(units("0.46753085"))]
