"""Odd requests, one by one: each is answered as its row says, by an envelope or a clean end. W-2, W-3 and W-26.

The rows are in edge_cases.py.
"""

import json
import select
import socket
from collections.abc import Iterator

import pytest
from conformance.okx_v5.edge_cases import Case, cases, get
from conformance.okx_v5.wire import Running, started

PATIENCE_S = 60.0
PAUSE_S = 0.03  # between two pieces that are to arrive one by one


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With a short patience of its own."""
    with started(
        tmp_path_factory.mktemp("okx"), "[limits]\nscale = 1_000\n[streams]\nconnects_per_second = 10_000\n"
    ) as found:
        yield found


class Wire:
    """A connection, and the answers that have come over it."""

    def __init__(self, running: Running) -> None:
        host, _, port = running.server.ready["rest"].removeprefix("http://").partition(":")
        self.socket = socket.create_connection((host, int(port)), PATIENCE_S)
        self.rest = b""

    def send(self, *pieces: bytes) -> None:
        """In order, apart; an empty piece ends our side."""
        try:
            for piece in pieces:
                if piece:
                    self.socket.sendall(piece)
                else:
                    self.socket.shutdown(socket.SHUT_WR)
                if len(pieces) > 1:
                    select.select([self.socket], [], [], PAUSE_S)
        except ConnectionError:
            pass  # it has ended before all was sent; what it said is read below

    def answer(self) -> str:
        """Status and code of the next; `end` at the end, also one without a farewell."""
        while b"\r\n\r\n" not in self.rest:
            if not self._fill_once():
                assert self.rest == b"", self.rest
                return "end"
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        status, fields = head.split(b" ")[1].decode(), head.lower()
        if status in ("100", "101"):
            return status
        assert b"content-type: application/json" in fields, head
        length = int(fields.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(self.rest) < length:
            assert self._fill_once(), "it has ended in the middle of an answer"
        content, self.rest = self.rest[:length], self.rest[length:]
        envelope = json.loads(content)
        assert {"code", "msg", "data"} <= set(envelope)
        return f"{status} {envelope['code']}"

    def _fill_once(self) -> bool:
        try:
            part = self.socket.recv(1 << 20)
        except ConnectionError:
            return False
        self.rest += part
        return bool(part)


def told(running: Running, case: Case) -> str:
    """What a case is answered; a connection that goes on is asked for the time at last."""
    wire = Wire(running)
    with wire.socket:
        wire.send(*case.sent)
        answers: list[str] = []
        while not answers or case.answers.startswith(" ".join(answers) + " "):
            answers.append(wire.answer())
        if answers[-1] not in ("end", "101"):
            if case.name == ONLY_WAITS:
                return " ".join(answers)
            wire.send(get())
            assert wire.answer() == "200 0", f"{case.name}: it does not go on"
        return " ".join(answers)


ONLY_WAITS = "it waits where there is nothing"  # its body was never sent


def test_w26_three_hundred_odd_requests_are_answered_as_their_rows_say_and_change_nothing(running: Running) -> None:
    hand = running.hand("aurora")
    before = hand.balances()
    rows: list[Case] = []
    found: dict[str, str] = {}
    for case in cases(hand):  # each is signed when it is its turn: a signature is old after half a minute
        rows.append(case)
        found[case.name] = told(running, case)
    assert len(found) == len(rows) >= 300
    assert found == {case.name: case.answers for case in rows}
    assert hand.get("/trade/orders-pending").data == hand.get("/trade/orders-history?instType=SPOT").data == []
    assert hand.balances() == before
    assert running.log("gateway").count("\n") < 10, "what anybody may send is not worth a line each"


def test_w2_a_request_that_does_not_arrive_is_ended(tmp_path_factory: pytest.TempPathFactory) -> None:
    with started(tmp_path_factory.mktemp("okx"), "[gateway]\nrequest_ms = 300\n[limits]\nscale = 1_000\n") as impatient:
        whole = get(more=b"Content-Length: 5\r\n") + b"hello"
        for sent, answers in (
            (b"", ["end"]),
            (whole[:20], ["408 50408", "end"]),
            (whole[:-1], ["408 50408", "end"]),
            (get() + whole[:20], ["200 0", "408 50408", "end"]),
        ):
            wire = Wire(impatient)
            with wire.socket:
                wire.socket.sendall(sent)
                assert [wire.answer() for _ in answers] == answers


def test_w2_a_head_has_so_many_bytes(running: Running) -> None:
    wire = Wire(running)
    with wire.socket:
        wire.send(get(more=b"X: " + b"y" * (64 * 1024 - 200) + b"\r\n"))
        assert wire.answer() == "200 0"
        wire.send(get(more=b"X: " + b"y" * (64 * 1024) + b"\r\n"))
        assert [wire.answer(), wire.answer()] == ["431 50431", "end"]
