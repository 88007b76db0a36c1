"""The files that the browser's check of statements is tested with (`web/tests/broker`) are those of this exchange.

Rules: docs/rules/broker.md, B-20 to B-24, and docs/rules/broker-proofs.md, BP-1 to BP-7. With COMMONBOOK_WRITE_GOLDEN=1
they are written anew.
"""

import os
from pathlib import Path

import pytest
from spec.broker.test_proof import HOURS, sign, traded
from spec.broker.tree_hours import tree_exchange

from commonbook.broker.hours import KEY_FILE, check_chain, read_hour, read_key
from commonbook.broker.proof import prove, verify_proof
from commonbook.broker.statement import verify_statement

GOLDEN = Path(__file__).parents[3] / "web" / "tests" / "broker" / "golden"
STATEMENTS = [f"{name}-2025-11-24T17.jsonl" for name in ("NORTHSTAR", "SOUTHSTAR", "OTHER")]
PROOF = "proof.json"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with tree_exchange(tmp_path_factory.mktemp("exchange")) as exchange:
        traded(exchange)
        exchange.settle()
        sign(exchange)
        folder = exchange.exchange.back_office.statements
        if os.environ.get("COMMONBOOK_WRITE_GOLDEN"):
            GOLDEN.mkdir(parents=True, exist_ok=True)
            for name in (*STATEMENTS, *HOURS, KEY_FILE):
                (GOLDEN / name).write_bytes((folder / name).read_bytes())
            fill = verify_first_fill(GOLDEN / STATEMENTS[0])
            (GOLDEN / PROOF).write_text(prove(GOLDEN / STATEMENTS[0], GOLDEN / HOURS[1], *fill))
        return folder


def verify_first_fill(statement: Path) -> tuple[str, str]:
    line = statement.read_text().split("\n")[1]
    return line.split('"fill":"')[1].split('"')[0], line.split('"role":"')[1].split('"')[0]


def test_b20_the_golden_statements_are_byte_for_byte_what_is_written_today(made: Path) -> None:
    for name in STATEMENTS:
        assert (GOLDEN / name).read_bytes() == (made / name).read_bytes(), "COMMONBOOK_WRITE_GOLDEN=1 writes them anew"
        assert verify_statement(GOLDEN / name).ok


def test_bp1_the_golden_hours_are_signed_and_follow_one_another() -> None:
    # Signed by the key of the day when they were written: everything but key and signature is what is written today.
    key = read_key(GOLDEN / KEY_FILE)
    hours = [read_hour((GOLDEN / name).read_text(), key) for name in HOURS]
    check_chain(hours)
    assert verify_statement(GOLDEN / STATEMENTS[0]).root in hours[1].roots


def test_bp4_the_golden_proof_is_what_the_command_makes_of_the_golden_files() -> None:
    statement = GOLDEN / STATEMENTS[0]
    assert (GOLDEN / PROOF).read_text() == prove(statement, GOLDEN / HOURS[1], *verify_first_fill(statement))
    assert verify_proof(GOLDEN / PROOF, read_key(GOLDEN / KEY_FILE)).ok
