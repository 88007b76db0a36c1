"""The short way of orders: what it takes becomes the records, and is answered with the rows, of the long way."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from commonbook._engine import Engine, TakenOrders
from commonbook.bench.venue import FIRST_ACCOUNT, venue
from commonbook.broker.rules import attribution
from commonbook.gateway.okx_v5.app import decode_body
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.lane import Lane, effective_codes, message_of
from commonbook.gateway.okx_v5.trade import SINGLE, record_of, reply_of
from commonbook.identity.model import Credential, Permission
from commonbook.instrument.venue import Venue
from commonbook.matching.gathering import Numbered, each_of
from commonbook.records import COMMAND, EVENT, CommandKind, Records, as_commands, commands
from commonbook.settings import GatewaySettings

SETTINGS = GatewaySettings()
CODE = "NORTH"
BROKER = 7


def _venue() -> Records:
    code = commands(CommandKind.BROKER_CODE)
    code["broker"], code["code"], code["active"], code["payout_account"] = BROKER, CODE.encode(), 1, FIRST_ACCOUNT + 3
    setup = as_commands(venue(2, 4), code)
    setup["sequence"] = np.arange(1, len(setup) + 1)
    return setup


SETUP = _venue()
MINE = Credential(
    id=3,
    api_key="key",
    account=FIRST_ACCOUNT,
    brand=1,
    label="",
    permissions=frozenset(Permission),
    ip_list=(),
    secret=b"",
    passphrase_hash="",
    brokers=frozenset({BROKER}),
)
NOTHING: Any = None


def _door() -> Door:
    """As far as the making of records looks at it."""
    known = Venue()
    for command in SETUP:
        known.apply_command(command)
    return Door(NOTHING, NOTHING, known, NOTHING, SETTINGS, NOTHING, NOTHING)


DOOR, LANE = _door(), Lane(SETTINGS)

# -- bodies: mostly plain, with everything that clients have been seen to write, and some that nobody should -----------

odd: st.SearchStrategy[Any] = st.sampled_from(
    ["", None, [], {}, 1, 1.5, True, "x", "é", "\u0000", '"', "\\", " 1", "1e2", "-1", "0", [1]]
)
decimals = st.one_of(
    st.decimals("0.00001", "2000000", places=5).map(str),
    st.integers(1, 10**7).map(lambda n: f"{n // 10}.{n % 10}"),
    st.sampled_from(["1", "0100.50", "1.", ".5", "0.000001", "99999999999999999999", "1" * 31, "٣", "1_0", "+1"]),
)
names = st.text("abcXYZ019", min_size=1, max_size=33)
fields: dict[str, st.SearchStrategy[Any]] = {
    "instId": st.sampled_from(["C0-USDT", "C1-USDT", "C0-USDT", "c0-usdt", "NONE-USDT"]),
    "tdMode": st.sampled_from(["cash", "cash", "cash", "cross"]),
    "side": st.sampled_from(["buy", "sell", "buy", "sell", "long"]),
    "ordType": st.sampled_from(["limit", "post_only", "ioc", "fok", "limit", "market", "trigger"]),
    "px": decimals,
    "sz": decimals,
    "clOrdId": names,
    "tag": st.one_of(st.sampled_from([CODE, "other", 'quo"te']), names),
    "stpMode": st.sampled_from(["cancel_maker", "cancel_taker", "cancel_both", "none"]),
    "ordId": st.one_of(st.integers(-1, 2**63).map(str), st.sampled_from(["007", "1.0", "٣"])),
    "newPx": decimals,
    "newSz": decimals,
    "reqId": names,
}
plain: dict[str, st.SearchStrategy[str]] = {
    "instId": st.sampled_from(["C0-USDT", "C1-USDT"]),
    "tdMode": st.just("cash"),
    "side": st.sampled_from(["buy", "sell"]),
    "ordType": st.sampled_from(["limit", "post_only", "ioc", "fok"]),
    "px": st.integers(1, 10**9).map(lambda n: f"{n // 10}.{n % 10}"),
    "sz": st.integers(1, 10**9).map(lambda n: f"{n // 10**5}.{n % 10**5:05d}"),
    "clOrdId": st.text("abcXYZ019", min_size=1, max_size=32),
    "tag": st.sampled_from([CODE, "other", "a b~"]),
    "stpMode": st.sampled_from(["cancel_maker", "cancel_taker", "cancel_both"]),
    "ordId": st.integers(1, 2**63 - 1).map(str),
    "reqId": st.text("abcXYZ019", min_size=1, max_size=32),
}
plain |= {"newPx": plain["px"], "newSz": plain["sz"]}
ignored = (
    "posSide",
    "ccy",
    "reduceOnly",
    "attachAlgoOrds",
    "tpTriggerPx",
    "cxlOnFail",
    "banAmend",
    "tgtCcy",
    "instIdCode",
)
WRITTEN = {
    "order": ("instId", "tdMode", "side", "ordType", "px", "sz", "clOrdId", "tag", "stpMode"),
    "cancel-order": ("instId", "ordId", "clOrdId"),
    "amend-order": ("instId", "ordId", "clOrdId", "newPx", "newSz", "reqId"),
}


@st.composite
def rows(draw: st.DrawFn, operation: str) -> dict[str, Any]:
    row: dict[str, Any] = {name: draw(plain[name]) for name in WRITTEN[operation] if draw(st.integers(0, 15))}
    for name in draw(st.sets(st.sampled_from(ignored), max_size=4)):
        row[name] = draw(st.sampled_from(["", None, []]))
    if not draw(st.integers(0, 3)):
        name = draw(st.sampled_from(sorted(fields) + list(ignored)))
        row[name] = draw(st.one_of(odd, fields.get(name, odd)))
    return row


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, bytes]:
    operation = draw(st.sampled_from(sorted(SINGLE)))
    made = draw(st.lists(rows(SINGLE[operation]), min_size=1, max_size=4))
    value: Any = made[0] if SINGLE[operation] == operation else made
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: ")]))
    body = json.dumps(value, separators=separators, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    if not draw(st.integers(0, 7)):
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.binary(max_size=3)) + body[at + draw(st.integers(0, 2)) :]
    return operation, body


def long_way(operation: str, body: bytes) -> tuple[list[dict[str, Any]], list[Any]]:
    """The rows of a body, and what the long way builds of each."""
    value = decode_body(body)
    many = [value] if SINGLE[operation] == operation else value
    assert isinstance(many, list)
    call = Call({}, value, MINE, None, 0)
    return many, [record_of(DOOR, call, operation, row) for row in many]


def records_of(taken: TakenOrders) -> bytes:
    return taken.records([attribution(DOOR.venue, MINE.brokers, tag) for tag in taken.tags]).tobytes()


@settings(max_examples=500)
@given(bodies())
def test_what_the_short_way_takes_becomes_the_records_of_the_long_way(made: tuple[str, bytes]) -> None:
    operation, body = made
    taken = LANE.read(operation, body, MINE, DOOR.venue)
    event("taken" if taken is not None else "left to the long way")
    if taken is None:
        return
    _, built = long_way(operation, body)
    assert all(one.code is None for one in built)
    assert records_of(taken) == as_commands(*(one.record for one in built)).tobytes()
    assert taken.instruments == [int(one.record["instrument"][0]) for one in built]


PLAIN = {
    "order": {"instId": "C0-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "100000", "sz": "0.001"},
    "cancel-order": {"instId": "C0-USDT", "clOrdId": "mine0"},
    "amend-order": {"instId": "C0-USDT", "clOrdId": "mine0", "newSz": "0.002", "reqId": "r1"},
}


@pytest.mark.parametrize("operation", sorted(SINGLE))
def test_what_clients_write_is_taken(operation: str) -> None:
    """With all that python-okx leaves empty, and with ccxt's names."""
    row = (
        PLAIN[SINGLE[operation]] | dict.fromkeys(ignored, "") | {"attachAlgoOrds": None, "clOrdId": "e847386590ce4dBCa"}
    )
    body = json.dumps(row if SINGLE[operation] == operation else [row, row]).encode()
    assert LANE.read(operation, body, MINE, DOOR.venue) is not None


def test_the_order_of_an_operation_over_websocket_is_found_where_it_stands() -> None:
    row = PLAIN["order"]
    for operation, args in (("order", [row]), ("batch-orders", [row, row])):
        for message in ({"id": "a1", "op": operation, "args": args}, {"op": operation, "args": args, "id": "a1"}):
            found = message_of(json.dumps(message).encode())
            assert found is not None
            assert (found.operation, found.id) == (operation, "a1")
            assert json.loads(found.rows) == (row if operation == "order" else args)
    whole = {"id": "a1", "op": "order", "args": [row]}
    for other in (
        whole | {"expTime": "1"},
        whole | {"op": "subscribe"},
        whole | {"id": "no name"},
        whole | {"id": 1},
        whole | {"args": row},
        {"op": "order", "args": [row]},
    ):
        assert message_of(json.dumps(other).encode()) is None


# -- answers -----------------------------------------------------------------------------------------------------------


class Core:
    """A real engine, numbered as the core numbers."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.engine.apply(SETUP.view(np.uint8))

    def submit(self, records: bytes) -> Numbered:
        batch = np.frombuffer(records, COMMAND).copy()
        first = self.engine.sequence() + 1
        batch["sequence"] = np.arange(first, first + len(batch))
        return Numbered(first, len(batch), self.engine.apply(batch.view(np.uint8)).view(np.uint8))


def without_times(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"ts": ""} for row in rows]


steps = st.lists(
    st.tuples(
        st.sampled_from(sorted(SINGLE)),
        st.lists(
            st.fixed_dictionaries(
                {
                    "side": st.sampled_from(["buy", "sell"]),
                    "px": st.integers(999_990, 1_000_010).map(lambda n: f"{n // 10}.{n % 10}"),
                    "sz": st.integers(1, 40).map(lambda n: f"0.{n:05d}"),
                    "clOrdId": st.integers(0, 12).map(lambda n: f"mine{n}"),
                    "ordType": st.sampled_from(["limit", "post_only", "ioc", "fok"]),
                    "ordId": st.integers(20, 60).map(str),
                    "by_id": st.booleans(),
                }
            ),
            min_size=1,
            max_size=4,
        ),
    ),
    max_size=12,
)


def row_of(operation: str, drawn: dict[str, Any]) -> dict[str, Any]:
    name = {"ordId": drawn["ordId"]} if drawn["by_id"] else {"clOrdId": drawn["clOrdId"]}
    match SINGLE[operation]:
        case "order":
            written = {key: drawn[key] for key in ("side", "px", "sz", "clOrdId", "ordType")}
            return {"instId": "C0-USDT", "tdMode": "cash", "tag": CODE} | written
        case "amend-order":
            return {"instId": "C0-USDT", "newSz": drawn["sz"], "newPx": drawn["px"], "reqId": "q"} | name
    return {"instId": "C0-USDT"} | name


@given(steps)
def test_what_the_short_way_takes_is_answered_as_the_long_way_answers(drawn: list[tuple[str, list[Any]]]) -> None:
    core = Core()
    for operation, some in drawn:
        made = [row_of(operation, one) for one in some]
        is_single = SINGLE[operation] == operation
        body = json.dumps(made[0] if is_single else made).encode()
        taken = LANE.read(operation, body, MINE, DOOR.venue)
        assert taken is not None
        numbered = core.submit(records_of(taken))
        records = np.frombuffer(records_of(taken), np.uint8)
        codes = effective_codes(DOOR.venue, records, numbered) if SINGLE[operation] == "order" else ()
        answered, failed = LANE.answer(taken, numbered, codes)
        many, built = long_way(operation, body)
        expected = reply_of(operation, many, built, each_of(numbered))
        assert without_times(json.loads(answered)) == without_times(expected.data)
        assert [list(row) for row in json.loads(answered)] == [list(row) for row in expected.data]
        assert failed == sum(row["sCode"] != "0" for row in expected.data)
        event(f"{SINGLE[operation]}: {'carried out' if not failed else 'refused'}")


def test_events_of_other_commands_are_not_taken_for_an_answer() -> None:
    taken = LANE.read("order", json.dumps(PLAIN["order"]).encode(), MINE, DOOR.venue)
    assert taken is not None
    numbered = Core().submit(records_of(taken))
    with pytest.raises(ValueError, match="none of these"):
        LANE.answer(taken, numbered._replace(first=numbered.first + 1))
    unknown = numbered.events.copy().view(EVENT)
    unknown["kind"], unknown["reason"] = 2, 255
    with pytest.raises(ValueError, match="none of these"):
        LANE.answer(taken, numbered._replace(events=unknown.view(np.uint8)))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b"null", b"[{}", b"\xef\xbb\xbf{}", b'{"instId":"C0-USDT"}{}']
)
def test_a_body_that_says_nothing_is_the_long_ways_to_refuse(body: bytes) -> None:
    for operation in SINGLE:
        assert LANE.read(operation, body, MINE, DOOR.venue) is None
