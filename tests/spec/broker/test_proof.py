"""Signed hours and proofs of one fill side. Rules: docs/rules/broker-proofs.md, BP-1 to BP-7."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec.broker.tree_hours import OTHER, SUB, give_tree, tree_exchange
from spec.desk_here import AURORA, DeskHere
from spec.small_exchange import BROKER, BTC_EUR, EUR, HOUR, SmallExchange
from sqlalchemy import delete, update
from typer.testing import CliRunner, Result

from commonbook.administration.checkpoint import AuditKey
from commonbook.broker import proof
from commonbook.broker.hours import KEY_FILE, check_chain, first_link, path_of_hour, read_hour, read_key, sign_hour
from commonbook.broker.merkle import climb, way
from commonbook.broker.proof import prove, verify_proof
from commonbook.broker.signing import sign_due
from commonbook.broker.statement import (
    canonical,
    hour_leaf,
    hour_root,
    leaf_hash,
    merkle_root,
    statement_text,
    verify_statement,
)
from commonbook.console.audit import audit_folder
from commonbook.console.commands import commands
from commonbook.errors import BadInput, Mismatch, OutsideFailure
from commonbook.gateway.desk.app import desk_app
from commonbook.gateway.desk.asked import Asked
from commonbook.records import Channel
from commonbook.storage.tables.broker import settlement_hours, signed_hours

HOURS = ["hour-api-2025-11-24T16.json", "hour-api-2025-11-24T17.json", "hour-api-2025-11-24T18.json"]


def sign(exchange: SmallExchange) -> list[str]:
    """The roots of the hours that were signed now."""
    office = exchange.exchange.back_office
    return [one.root for one in sign_due(office.database, office.statements, AuditKey.open(exchange.folder))]


def traded(exchange: SmallExchange) -> None:
    """Three hours; in the second one both brokers, the sub-broker, an excluded side and one in EUR."""
    exchange.price(EUR, "1.10")
    exchange.trade("1000", hour=0)
    exchange.trade("1000", hour=1, taker_broker=SUB, maker_broker=BROKER)
    exchange.trade("333.33333333", hour=1, second=1, taker_broker=SUB)
    exchange.trade("123.45678912", hour=1, second=2, taker_broker=OTHER, instrument=BTC_EUR)
    exchange.trade("50", hour=1, second=3, channel=Channel.WEB)
    exchange.trade("7", hour=1, second=4)
    exchange.trade("2000", hour=2, taker_broker=OTHER)
    exchange.tick(5)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallExchange]:
    with tree_exchange(tmp_path_factory.mktemp("exchange")) as exchange:
        traded(exchange)
        exchange.settle()
        sign(exchange)
        yield exchange


@pytest.fixture
def folder(settled: SmallExchange) -> Path:
    return settled.exchange.back_office.statements


@pytest.fixture
def key(folder: Path) -> str:
    return read_key(folder / KEY_FILE)


# -- signed hours ----------------------------------------------------------------------------------------------------


def test_bp1_each_settled_hour_is_signed_once_with_the_root_over_its_statements(tmp_path: Path) -> None:
    with tree_exchange(tmp_path) as exchange:
        traded(exchange)
        assert sign(exchange) == []  # nothing is settled
        exchange.settle()
        signed = sign(exchange)
        assert signed == [row["root"] for row in exchange.rows(settlement_hours, "hour")]
        assert sign(exchange) == []
        rows = exchange.rows(signed_hours, "hour")
        assert [(row["number"], row["hour"] - HOUR, row["root"]) for row in rows] == [
            (number + 1, number, root) for number, root in enumerate(signed)
        ]
    names = ("NORTHSTAR", "SOUTHSTAR", "OTHER")
    roots = [verify_statement(tmp_path / "statements" / f"{name}-2025-11-24T17.jsonl").root for name in names]
    assert hour_root(roots) == signed[1]
    assert hour_root([]) == merkle_root([])


def test_bp1_what_is_signed_is_the_same_whenever_it_is_signed(tmp_path: Path) -> None:
    # The tables are lost and built anew from the journal: with the files or without them, each line is the same.
    with tree_exchange(tmp_path) as exchange:
        traded(exchange)
        exchange.settle()
        sign(exchange)
        before = {name: (tmp_path / "statements" / name).read_bytes() for name in HOURS}
        for lost in ([], HOURS[1:2], HOURS):
            exchange.exchange.back_office.close()
            (exchange.folder / "backoffice.db").unlink()
            for name in lost:
                (tmp_path / "statements" / name).unlink()
            if lost == HOURS[1:2]:  # one in the middle alone: then the files do not follow one another
                (tmp_path / "statements" / HOURS[2]).unlink()
            exchange.crash()
            give_tree(exchange)
            exchange.tick(5, 1)
            exchange.settle()
            sign(exchange)
            assert {name: (tmp_path / "statements" / name).read_bytes() for name in HOURS} == before


def test_bp2_a_file_that_is_gone_is_written_again_from_the_tables(tmp_path: Path) -> None:
    with tree_exchange(tmp_path) as exchange:
        traded(exchange)
        exchange.settle()
        sign(exchange)
        path = tmp_path / "statements" / HOURS[0]
        before = path.read_bytes()
        path.unlink()
        exchange.trade("10", hour=6)
        exchange.tick(8)
        exchange.settle()
        assert len(sign(exchange)) == 1
        assert path.read_bytes() == before


def test_bp2_a_signed_hour_is_a_file_beside_the_statements_and_the_key_too(folder: Path, key: str) -> None:
    assert sorted(path.name for path in folder.glob("hour-*")) == HOURS
    one = read_hour((folder / HOURS[1]).read_text(), key)
    assert (one.program, one.hour, one.number, one.key) == ("api", HOUR + 1, 2, key)
    assert path_of_hour(folder, "api", HOUR + 1).name == HOURS[1]
    told = json.loads((folder / HOURS[1]).read_text())
    assert canonical(told) + "\n" == (folder / HOURS[1]).read_text()


def test_bp2_anybody_may_ask_for_signed_hours(settled: SmallExchange, tmp_path: Path, folder: Path, key: str) -> None:
    url = f"sqlite:///{settled.folder / 'backoffice.db'}"
    here = DeskHere(tmp_path, url=url)
    app = desk_app("/program/v1")

    async def ask(path: str) -> httpx.Response:
        async def with_who(scope: Any, receive: Any, send: Any) -> None:
            who = Asked(here.desk, here.venue.brands[AURORA], "192.0.2.1", "en")
            await app(scope | {"asked": who}, receive, send)

        transport = httpx.ASGITransport(with_who)
        async with httpx.AsyncClient(transport=transport, base_url="http://aurora.localhost") as http:
            return await http.get(f"/program/v1{path}")

    listed = asyncio.run(ask("/signed-hours")).json()
    assert listed["key"] == key
    assert [one["number"] for one in listed["hours"]] == ["3", "2", "1"]
    assert [one["previous"] for one in listed["hours"]] == [
        *(one["link"] for one in listed["hours"][1:]),
        first_link(),
    ]
    assert [one["number"] for one in asyncio.run(ask("/signed-hours?before=3")).json()["hours"]] == ["2", "1"]
    assert asyncio.run(ask("/signed-hours?program=none")).json() == {"program": "none", "key": "", "hours": []}
    told = asyncio.run(ask(f"/signed-hours/{HOUR + 1}")).json()
    assert canonical(told) + "\n" == (folder / HOURS[1]).read_text()
    absent = asyncio.run(ask(f"/signed-hours/{HOUR + 9}"))
    assert (absent.status_code, absent.json()["error"]["code"]) == (404, "no_such_hour")
    for wrong in ("/signed-hours/-1", "/signed-hours/%C2%B2", "/signed-hours?before=x", f"/signed-hours/{'9' * 30}"):
        assert asyncio.run(ask(wrong)).status_code == 400
    here.close()


def test_bp3_hours_follow_one_another_and_one_that_is_missing_or_moved_is_found(folder: Path, key: str) -> None:
    hours = [read_hour((folder / name).read_text(), key) for name in HOURS]
    check_chain(hours)
    check_chain(hours[1:])  # whoever has the newest ones alone
    for wrong in ([hours[0], hours[2]], [hours[1], hours[0]], [hours[0], hours[0]]):
        with pytest.raises(Mismatch, match=r"comes|follows"):
            check_chain(wrong)


def test_bp3_an_hour_that_was_written_anew_with_the_right_key_is_found_by_the_hour_behind_it(
    settled: SmallExchange, folder: Path, key: str
) -> None:
    hours = [read_hour((folder / name).read_text(), key) for name in HOURS]
    signer = AuditKey.open(settled.folder)
    forged = read_hour(sign_hour(signer, "api", HOUR + 1, 2, [leaf_hash("other")], hours[1].previous), key)
    with pytest.raises(Mismatch, match="signed hour 3 of api follows another hour 2 than this one"):
        check_chain([hours[0], forged, hours[2]])


def test_bp3_tables_that_were_rewritten_behind_a_signature_are_found_and_nothing_more_is_signed(tmp_path: Path) -> None:
    with tree_exchange(tmp_path) as exchange:
        traded(exchange)
        exchange.settle()
        sign(exchange)
        exchange.trade("10", hour=6)
        exchange.tick(8)
        exchange.settle()
        with exchange.exchange.back_office.database.begin() as connection:
            mine = settlement_hours.c.hour == HOUR + 1
            connection.execute(update(settlement_hours).where(mine).values(root=leaf_hash("other")))
        with pytest.raises(OutsideFailure, match=f"hour {HOUR + 1} of api was signed with the root"):
            sign(exchange)
        assert len(exchange.rows(signed_hours, "hour")) == 3


def test_bp3_a_signed_hour_that_was_altered_in_the_tables_or_its_file_is_found(tmp_path: Path) -> None:
    with tree_exchange(tmp_path) as exchange:
        traded(exchange)
        exchange.settle()
        sign(exchange)
        database = exchange.exchange.back_office.database
        kept = exchange.rows(signed_hours, "hour")[-1]["text"]
        mine = update(signed_hours).where(signed_hours.c.hour == HOUR + 2)
        with database.begin() as connection:
            connection.execute(mine.values(text=kept.replace('"number":"3"', '"number":"4"')))
        with pytest.raises(OutsideFailure, match="the newest signed hour of api in the tables: it is not signed by"):
            sign(exchange)
        path = tmp_path / "statements" / HOURS[2]
        path.write_text(path.read_text().replace('"number":"3"', '"number":"5"'))
        with database.begin() as connection:
            connection.execute(delete(signed_hours))
        with pytest.raises(OutsideFailure, match=rf"{HOURS[2]}: it is not signed by"):
            sign(exchange)
        path.unlink()
        (tmp_path / "statements" / HOURS[1]).rename(path)  # of another hour
        with pytest.raises(OutsideFailure, match="is another hour than the one to be signed"):
            sign(exchange)


def test_bp3_any_digit_of_a_signed_hour_that_is_changed_is_found(folder: Path, key: str) -> None:
    text = (folder / HOURS[1]).read_text()
    for place, letter in enumerate(text):
        if letter.isdigit():
            changed = text[:place] + str((int(letter) + 1) % 10) + text[place + 1 :]
            with pytest.raises(Mismatch):
                read_hour(changed, key)


@pytest.mark.parametrize("text", ["", "[]", "1", "null", '{"roots":[],"signature":"","signed":{}}', "[" * 100_000])
def test_bp3_what_is_no_signed_hour_is_told_and_breaks_nothing(text: str) -> None:
    with pytest.raises(Mismatch):
        read_hour(text)


# -- proofs ----------------------------------------------------------------------------------------------------------


@given(st.integers(1, 70).flatmap(lambda count: st.tuples(st.just(count), st.integers(0, count - 1))))
def test_bp4_a_way_leads_from_each_leaf_of_each_tree_to_its_root_and_from_no_other(shape: tuple[int, int]) -> None:
    count, place = shape
    leaves = [leaf_hash(str(number)) for number in range(count)]
    root, steps = merkle_root(leaves), way(leaves, place)
    assert climb(leaves[place], steps) == root
    assert climb(leaf_hash("another"), steps) != root
    if steps:
        assert climb(leaves[place], steps[1:]) != root


def _sides(statement: Path) -> list[tuple[str, str]]:
    lines = [json.loads(text) for text in statement.read_text().splitlines()[1:-1]]
    return [(line["fill"], line["role"]) for line in lines]


def test_bp4_every_line_of_every_statement_can_be_proved_from_two_files(folder: Path, tmp_path: Path, key: str) -> None:
    proved = 0
    for hour in HOURS:
        for statement in sorted(folder.glob(f"*{hour[-15:-5]}.jsonl")):
            for fill, role in _sides(statement):
                path = tmp_path / "proof.json"
                path.write_text(prove(statement, folder / hour, fill, role))
                found = verify_proof(path, key)
                assert (found.ok, found.fill, found.role) == (True, fill, role), found
                assert statement.name.startswith(found.broker)
                proved += 1
    assert proved == 10


def test_bp4_a_proof_tells_nothing_of_other_fills_and_brokers_but_hashes(folder: Path) -> None:
    statement = folder / "SOUTHSTAR-2025-11-24T17.jsonl"
    fill, role = _sides(statement)[0]
    told = json.loads(prove(statement, folder / HOURS[1], fill, role))
    assert sorted(told) == sorted(proof.PARTS)
    assert len(told["statement_way"]) == 2  # of three statements
    text = json.dumps(told)
    assert "NORTHSTAR" not in text
    assert _sides(statement)[1][0] not in text


@pytest.mark.parametrize("name", ["NORTHSTAR", "SOUTHSTAR", "OTHER"])
def test_bp5_any_digit_of_a_proof_that_is_changed_is_named_by_its_part(
    folder: Path, tmp_path: Path, key: str, name: str
) -> None:
    statement = folder / f"{name}-2025-11-24T17.jsonl"
    fill, role = _sides(statement)[0]
    text = prove(statement, folder / HOURS[1], fill, role)
    path, part, tried = tmp_path / "proof.json", "", 0
    place = 0
    for line in text.splitlines(keepends=True):
        if line.startswith('  "'):
            part = line.split('"')[1]
        for at, letter in enumerate(line):
            if letter.isdigit():
                tried += 1
                other = str((int(letter) + 1) % 10)
                path.write_text(text[: place + at] + other + text[place + at + 1 :])
                found = verify_proof(path, key)
                assert (found.ok, found.part) == (False, part), f"{line!r}, {at}: {found.why}"
        place += len(line)
    assert tried > 500


def test_bp5_a_proof_whose_hashes_were_all_made_anew_does_not_lead_to_what_was_signed(
    folder: Path, tmp_path: Path, key: str
) -> None:
    statement = folder / "SOUTHSTAR-2025-11-24T17.jsonl"
    fill, role = _sides(statement)[0]
    told = json.loads(prove(statement, folder / HOURS[1], fill, role))
    told["line"]["your"]["paid"] = "999"
    told["line_hash"] = leaf_hash(canonical(told["line"]))
    told["statement_root"] = climb(told["line_hash"], [(side, other) for side, other in told["line_way"]])
    path = tmp_path / "proof.json"
    path.write_text(proof.proof_text(told))
    found = verify_proof(path, key)
    assert not found.ok


def test_bp5_a_line_that_is_signed_and_does_not_follow_from_its_inputs_is_found(
    settled: SmallExchange, folder: Path, tmp_path: Path, key: str
) -> None:
    # The host itself has signed an hour in which a line pays another amount than its inputs give.
    texts = (folder / "SOUTHSTAR-2025-11-24T17.jsonl").read_text().splitlines()[:-1]
    line = json.loads(texts[1])
    line["your"]["paid"] = "1"
    texts[1] = canonical(line)
    root = json.loads(statement_text(texts).splitlines()[-1])["root"]
    hour = json.loads(sign_hour(AuditKey.open(settled.folder), "api", HOUR + 1, 2, [root], first_link()))
    leaves = [leaf_hash(text) for text in texts]
    told = {
        "format": proof.FORMAT,
        "header": json.loads(texts[0]),
        "header_hash": leaves[0],
        "header_way": way(leaves, 0),
        "line": line,
        "line_hash": leaves[1],
        "line_way": way(leaves, 1),
        "signature": hour["signature"],
        "signed_hour": hour["signed"],
        "signed_hour_hash": leaf_hash(canonical(hour["signed"])),
        "statement_root": root,
        "statement_way": [],
    }
    path = tmp_path / "proof.json"
    path.write_text(proof.proof_text(told))
    found = verify_proof(path, key)
    assert (found.ok, found.part) == (False, "line")
    assert "the payment should be" in found.why
    told["header"]["hour"] = str(HOUR)  # and one of another hour
    told["header_hash"] = leaves[0] = leaf_hash(canonical(told["header"]))
    told["header_way"], told["line_way"] = way(leaves, 0), way(leaves, 1)
    root = merkle_root(leaves)
    hour = json.loads(sign_hour(AuditKey.open(settled.folder), "api", HOUR + 1, 2, [root], first_link()))
    told |= {"signature": hour["signature"], "signed_hour": hour["signed"], "statement_root": root}
    told["signed_hour_hash"] = leaf_hash(canonical(hour["signed"]))
    path.write_text(proof.proof_text(told))
    assert "of another hour" in verify_proof(path, key).why


def test_bp5_a_line_of_one_statement_is_not_proved_under_the_header_of_another(
    folder: Path, tmp_path: Path, key: str
) -> None:
    """With the node over two statements in place of a statement's root both would lead to what is signed."""
    statements = [folder / f"{name}-2025-11-24T17.jsonl" for name in ("NORTHSTAR", "SOUTHSTAR")]
    first, second = (json.loads(prove(one, folder / HOURS[1], *_sides(one)[-1])) for one in statements)
    told = first | {name: second[name] for name in ("line", "line_hash", "line_way")}
    between = [hour_leaf(one["statement_root"]) for one in (first, second)]
    told["header_way"], told["line_way"] = (
        [*first["header_way"], ["right", second["statement_root"]]],
        [*second["line_way"], ["left", first["statement_root"]]],
    )
    for above in ([first["statement_root"], second["statement_root"]], between):
        told["statement_root"] = merkle_root(above)
        told["statement_way"] = first["statement_way"][1:]
        path = tmp_path / "proof.json"
        path.write_text(proof.proof_text(told))
        assert not verify_proof(path, key).ok
    # Without what keeps the two trees apart it would be a proof: the hour's tree over the roots as they are.
    roots = read_hour((folder / HOURS[1]).read_text(), key).roots
    told["statement_root"] = merkle_root(roots[:2])
    assert climb(told["statement_root"], [("right", roots[2])]) == merkle_root(roots)
    assert climb(told["line_hash"], [tuple(one) for one in told["line_way"]]) == told["statement_root"]


def test_bp5_a_proof_is_none_under_another_key(folder: Path, tmp_path: Path) -> None:
    statement = folder / "OTHER-2025-11-24T17.jsonl"
    path = tmp_path / "proof.json"
    path.write_text(prove(statement, folder / HOURS[1], *_sides(statement)[0]))
    found = verify_proof(path, AuditKey.open(tmp_path).public)
    assert (found.ok, found.part) == (False, "signed_hour")
    assert "names the key" in found.why


@pytest.mark.parametrize(
    "content",
    ["", "1\n", "[]\n", "{}\n", '"x"\n', "[" * 100_000, json.dumps(dict.fromkeys(proof.PARTS, 1), indent=2) + "\n"],
)
def test_bp5_what_is_no_proof_is_told_and_breaks_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "proof.json"
    path.write_text(content)
    assert not verify_proof(path, "0" * 64).ok


@given(
    st.sampled_from(proof.PARTS),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    ),
)
def test_bp5_whatever_stands_in_place_of_a_part_is_refused(
    one_proof: tuple[str, str], scratch: Path, part: str, value: Any
) -> None:
    text, key = one_proof
    told = json.loads(text)
    if told[part] == value:
        return
    scratch.write_text(proof.proof_text(told | {part: value}))
    assert not verify_proof(scratch, key).ok


@pytest.fixture(scope="module")
def one_proof(settled: SmallExchange) -> tuple[str, str]:
    folder = settled.exchange.back_office.statements
    statement = folder / "NORTHSTAR-2025-11-24T17.jsonl"
    return prove(statement, folder / HOURS[1], *_sides(statement)[0]), read_key(folder / KEY_FILE)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch") / "proof.json"


def test_bp6_what_cannot_be_proved_is_told(folder: Path, tmp_path: Path) -> None:
    north = folder / "NORTHSTAR-2025-11-24T17.jsonl"
    fill, _ = _sides(north)[0]
    with pytest.raises(BadInput, match="both sides of fill"):
        prove(north, folder / HOURS[1], fill)
    with pytest.raises(BadInput, match="has no line for fill 1-7"):
        prove(north, folder / HOURS[1], "1-7")
    with pytest.raises(BadInput, match="no role 'both'"):
        prove(north, folder / HOURS[1], fill, "both")
    with pytest.raises(Mismatch, match="has no statement with the root"):
        prove(north, folder / HOURS[0], fill, "taker")
    with pytest.raises(BadInput, match="cannot be read"):
        prove(north, tmp_path / "none.json", fill, "taker")
    altered = tmp_path / north.name
    altered.write_bytes(north.read_bytes().replace(b'"level":"0"', b'"level":"1"', 1))
    with pytest.raises(Mismatch, match="line 2"):
        prove(altered, folder / HOURS[1], fill, "taker")


def test_bp6_the_commands_prove_and_verify_with_files_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In a folder with nothing of an exchange in it but the files that a broker is given.
    statement = "SOUTHSTAR-2025-11-24T17.jsonl"
    for name in (statement, *HOURS, KEY_FILE):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    monkeypatch.chdir(tmp_path)

    def typed(*words: str) -> Result:
        return CliRunner().invoke(commands(), words)

    fill, role = _sides(tmp_path / statement)[0]
    made = typed("prove-fill", statement, fill, "--role", role, "--out", "proof.json", "--json")
    assert json.loads(made.stdout)["bytes"] == (tmp_path / "proof.json").stat().st_size
    good = typed("verify-proof", "proof.json", "--key", KEY_FILE)
    assert good.exit_code == 0
    assert f"the {role}'s side of fill {fill}" in good.stdout
    path = tmp_path / "proof.json"
    path.write_text(path.read_text().replace('"level": "0"', '"level": "3"', 1))
    bad = typed("verify-proof", "proof.json", "--key", KEY_FILE, "--json")
    assert bad.exit_code == 1
    assert json.loads(bad.stdout)["part"] == "line"
    hours = typed("verify-hours", *HOURS, "--key", KEY_FILE)
    assert "api: 3 signed hours, 1 to 3, follow one another: verified" in hours.stdout
    assert json.loads(typed("verify-hours", *HOURS, "--key", KEY_FILE, "--json").stdout)["api"]["last"] == 3
    gap = typed("verify-hours", HOURS[0], HOURS[2], "--key", KEY_FILE)
    assert isinstance(gap.exception, Mismatch)
    assert "some are missing" in str(gap.exception)
    (tmp_path / "other.txt").write_text("no key")
    no_key = typed("verify-proof", "proof.json", "--key", "other.txt")
    assert isinstance(no_key.exception, BadInput)
    (tmp_path / HOURS[1]).unlink()
    without = typed("prove-fill", statement, fill, "--out", "proof.json")
    assert isinstance(without.exception, BadInput)
    assert f"{HOURS[1]} cannot be read" in str(without.exception)
    headless = typed("prove-fill", HOURS[0], fill, "--out", "proof.json")
    assert "begins with no header" in str(headless.exception)


def test_bp5_a_proof_is_checked_without_the_tables_and_what_reads_them(
    one_proof: tuple[str, str], tmp_path: Path
) -> None:
    text, key = one_proof
    path = tmp_path / "proof.json"
    path.write_text(text)
    program = (
        "import sys; from pathlib import Path; from commonbook.broker.proof import verify_proof; "
        f"print(verify_proof(Path({str(path)!r}), {key!r}).ok); "
        "print([name for name in sys.modules if name.startswith(('sqlalchemy', 'commonbook.storage', 'numpy'))])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert run.stdout.split("\n")[:2] == ["True", "[]"]


def test_bp5_any_letter_or_sign_of_a_proof_that_is_changed_is_found(one_proof: tuple[str, str], scratch: Path) -> None:
    text, key = one_proof
    for place in range(0, len(text), 3):
        scratch.write_bytes(text[:place].encode() + bytes([ord(text[place]) ^ 1]) + text[place + 1 :].encode())
        assert not verify_proof(scratch, key).ok, place


# -- statements with a tree --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["NORTHSTAR", "SOUTHSTAR", "OTHER"])
def test_bp7_any_digit_of_a_statement_with_sub_brokers_and_clients_parts_is_named_by_its_line(
    folder: Path, tmp_path: Path, name: str
) -> None:
    content = (folder / f"{name}-2025-11-24T17.jsonl").read_bytes()
    if name == "NORTHSTAR":
        assert b'"given":[["SOUTHSTAR","5000000"],["user","5000000"]]' in content
        assert b'"given":[["user","2000000"]]' in content
    path, line, tried = tmp_path / "statement.jsonl", 1, 0
    for place, letter in enumerate(content):
        if letter == 0x0A:
            line += 1
        elif 0x30 <= letter <= 0x39:
            tried += 1
            path.write_bytes(content[:place] + bytes([(letter - 0x30 + 1) % 10 + 0x30]) + content[place + 1 :])
            found = verify_statement(path)
            assert (found.ok, found.line) == (False, line), f"byte {place}: {found.why}"
    assert tried > 200


@pytest.mark.parametrize(
    ("name", "line", "yours", "why"),
    [
        ("NORTHSTAR", 2, {"given": [["SOUTHSTAR", "4000000"], ["user", "5000000"]]}, "the commission should be"),
        ("NORTHSTAR", 2, {"given": [["SOUTHSTAR", "90000000"]]}, "are given away at a rate of"),
        ("NORTHSTAR", 2, {"given": [["SOUTHSTAR", "-1"]]}, "are given away at a rate of"),
        ("NORTHSTAR", 2, {"pool": "1"}, "the pool should be"),
        ("NORTHSTAR", 2, {"rate_e8": "1"}, "the rate should be"),
        ("SOUTHSTAR", 2, {"points_e8": "6000000"}, "the commission should be"),
        ("SOUTHSTAR", 2, {"commission": "1"}, "the commission should be"),
        ("SOUTHSTAR", 2, {"paid": "1"}, "the payment should be"),
    ],
)
def test_bp7_what_is_a_brokers_own_is_recomputed_when_all_hashes_were_made_anew(
    folder: Path, tmp_path: Path, name: str, line: int, yours: dict[str, Any], why: str
) -> None:
    texts = (folder / f"{name}-2025-11-24T17.jsonl").read_text().splitlines()[:-1]
    told = json.loads(texts[line - 1])
    told["your"] |= yours
    texts[line - 1] = canonical(told)
    path = tmp_path / "statement.jsonl"
    path.write_text(statement_text(texts))
    found = verify_statement(path)
    assert (found.ok, found.line) == (False, line)
    assert why in found.why


def test_bp3_the_audit_holds_signed_hours_against_statements_and_each_other(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        for hour in (0, 1):
            exchange.trade("1000", hour=hour)
        exchange.tick(4)
        exchange.settle()
        sign(exchange)
    good = audit_folder(tmp_path)
    assert (good.ok, good.hours) == (True, 2), good.problems
    first, second = (path_of_hour(tmp_path / "statements", "api", HOUR + hour) for hour in (0, 1))
    kept = first.read_text()
    signer, told = AuditKey.open(tmp_path), read_hour(kept)
    first.write_text(sign_hour(signer, "api", HOUR, 1, [leaf_hash("other")], told.previous) + "\n")
    assert audit_folder(tmp_path).problems == [
        "signed hour 2 of api follows another hour 1 than this one",
        "statement NORTHSTAR-2025-11-24T16.jsonl: its root is none of those that were signed for its hour",
    ]
    first.write_text(kept.replace('"number":"1"', '"number":"3"'))
    assert "is not signed by" in "".join(audit_folder(tmp_path).problems)
    assert second.exists()
