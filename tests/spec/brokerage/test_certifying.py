"""From what was seen to a signed certificate: CK-10 to CK-12."""

import json
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from spec.brokerage.journey import Host, integrating
from spec.brokerage.test_conformance import COUNT, SIGNED, whole
from spec.partnership.desk_here import DesksHere
from spec.small_exchange import BROKER, CODE, HOUR, SmallExchange

from commonbook.administration.checkpoint import AuditKey
from commonbook.brokerage import certificates, certifying, observing
from commonbook.brokerage.certifying import Subject, count_of, file, has_passed, kept_orders, read_count, read_signed
from commonbook.brokerage.conformance import SINGLE, Count, Row, Run, Seen, judge
from commonbook.brokerage.observing import Reading
from commonbook.errors import BadInput, Mismatch
from commonbook.storage.schema import orders

KEY = AuditKey(Ed25519PrivateKey.from_private_bytes(b"k" * 32))
NORTH = Subject(10_007, "NORTH", 100)


def report(run: Run) -> str:
    return certifying.report_of(run, NORTH, judge(run), 1_000, 200_000)


# -- what gateways have seen ------------------------------------------------------------------------------------------


def test_ck10_a_watch_is_found_until_it_ends_or_is_over(tmp_path: Path) -> None:
    watch = observing.begin(tmp_path / "conformance", "NORTH", 7, 70, 0, 5_000)
    folder = tmp_path / "conformance"
    assert observing.watches(folder, 4_999) == [watch]
    assert observing.watches(folder, 5_000) == []
    with pytest.raises(BadInput, match="NORTH is being watched already"):
        observing.begin(folder, "NORTH", 7, 70, 4_999, 9_000)
    other = observing.begin(folder, "NORTH", 7, 70, 5_000, 9_000)  # that of a command that was killed is over by then
    for one in (watch, other):
        observing.end(folder, one)
    assert observing.watches(folder) == []


def test_ck10_what_several_gateways_saw_is_read_once_and_in_order(tmp_path: Path) -> None:
    watch = observing.begin(tmp_path, "NORTH", 7, 70, 0, 5_000)
    reading = Reading(tmp_path, watch)
    one, two, three = whole().seen[:3]
    first, second = (observing.file_of(tmp_path, watch, gateway) for gateway in ("1", "2"))
    first.write_bytes(observing.line_of(two))
    second.write_bytes(observing.line_of(one) + observing.line_of(three)[:-5])
    reading.look()
    assert reading.seen == [one, two]
    with second.open("ab") as more:
        more.write(observing.line_of(three)[-5:])
    reading.look()
    reading.look()
    assert reading.seen == [one, two, three]


def test_ck10_a_line_that_is_no_gateways_is_refused(tmp_path: Path) -> None:
    watch = observing.begin(tmp_path, "NORTH", 7, 70, 0, 5_000)
    observing.file_of(tmp_path, watch, "1").write_bytes(b'{"at_ms":"soon"}\n')
    with pytest.raises(BadInput, match="no gateway has written"):
        Reading(tmp_path, watch).look()


# -- the broker's count and ours --------------------------------------------------------------------------------------


def counted(path: Path, **changed: object) -> Path:
    told = {"hour": "2027-01-15T08", "fills": 3, "paid": "0.00000030", "orders": {"7": "0.0000001", "9": "0.0000002"}}
    path.write_text(json.dumps(told | changed))
    return path


def test_ck8_a_brokers_own_count_is_read_exactly(tmp_path: Path) -> None:
    assert read_count(counted(tmp_path / "count"), 8) == Count(500_000, 3, 30, {7: 10, 9: 20})


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"hour": "2027-01-15"}, "2027-01-15"),
        ({"paid": "0.000000301"}, "0.000000301"),
        ({"fills": "3"}, "fills"),
        ({"orders": {"7": "0.1", "07": "0.1"}}, "twice"),
        ({"orders": {"seven": "0.1"}}, "seven"),
        ({"more": 1}, "more"),
    ],
)
def test_ck8_a_count_that_cannot_be_read_is_named(tmp_path: Path, changed: dict[str, object], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read_count(counted(tmp_path / "count", **changed), 8)


def test_ck9_our_count_is_the_published_statements(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("10000")
        exchange.trade("20000", second=1)
        with exchange.exchange.back_office.database.connect() as connection:
            assert count_of(connection, tmp_path, BROKER, HOUR) is None
        exchange.tick(2)
        exchange.settle()
        with exchange.exchange.back_office.database.connect() as connection:
            found = count_of(connection, tmp_path, BROKER, HOUR)
        (path,) = exchange.statements().values()
        lines = [json.loads(line) for line in path.read_text().splitlines()[1:-1]]
    assert found is not None
    assert found.fills == len(lines) > 1
    assert found.paid == sum(int(line["your"]["paid"]) for line in lines) > 0
    assert {str(order) for order in found.orders} == {line["order"] for line in lines}


def test_ck3_orders_are_looked_up_as_history_has_them(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("10000")
        rows = exchange.rows(orders, "order_id")
        placed = [Row("d", "0", int(row["order_id"])) for row in rows]
        with exchange.exchange.back_office.database.connect() as connection:
            seen = [Seen(0, 1, "k", 1, SINGLE, "0", rows=(*placed, Row("d", "51008", 0), Row("d", "0", 999_999)))]
            found = kept_orders(connection, seen, {BROKER: CODE})
    assert {row["order_id"]: CODE if row["broker"] == BROKER else "" for row in rows} == {
        one.order: one.broker for one in found.values()
    }
    assert {one.broker for one in found.values()} >= {CODE}
    assert all(one.fills == 1 for one in found.values())


# -- the report -------------------------------------------------------------------------------------------------------


def test_ck11_the_report_tells_the_steps_with_their_minutes() -> None:
    told = json.loads(report(whole()))
    assert told["passed"]
    assert [one["step"] for one in told["steps"]] == [
        *("signing", "tags", "errors", "pace", "burst", "sustained", "reports", "settlement")
    ]
    assert {one["step"]: one["minutes"] for one in told["steps"]}["sustained"] == "1.0"
    assert (told["broker"], told["code"], told["requests"]) == ("10007", "NORTH", len(whole().seen))
    assert (told["counted"], told["bars"]["per_s"]) == ("2027-01-15T08", 100)


def test_ck11_the_same_run_makes_the_same_text_and_another_another() -> None:
    assert report(whole()) == report(whole())
    other = json.loads(report(Run("NORTH", 100, SIGNED, own=COUNT, ours=COUNT)))
    assert not other["passed"]
    assert other["observations"] != json.loads(report(whole()))["observations"]


def test_ck11_whoever_alters_a_letter_has_no_signed_report() -> None:
    text = certifying.signed(report(Run("NORTH", 100, SIGNED)), KEY)
    assert read_signed(text, KEY.public)["passed"] is False
    forged = text.replace('\\"passed\\":false', '\\"passed\\":true', 1)
    assert forged != text
    for wrong, key in ((forged, KEY.public), (text, "00" * 32), ("{}", KEY.public), ("[]", KEY.public)):
        with pytest.raises(Mismatch, match="not signed"):
            read_signed(wrong, key)


def test_ck12_a_report_is_filed_and_counts_when_it_has_passed(desks: DesksHere, host: Host) -> None:
    host.publish()
    broker = integrating(desks, host)
    subject = Subject(broker.broker.number, "NORTH", 100)
    now = time.time_ns()
    for run, passed in ((Run("NORTH", 100, SIGNED), False), (whole(), True)):
        verdicts = judge(run)
        assert has_passed(verdicts) is passed
        text = certifying.report_of(run, subject, verdicts, 1_000, 200_000)
        with desks.door.database.begin() as connection:
            found = file(connection, subject, text, passed, KEY, "host", 365)
        assert (found.passed, found.report, found.signed_by) == (passed, text, KEY.public)
        with desks.door.database.connect() as connection:
            assert certificates.counts(connection, subject.broker, now + 10**9) is passed
