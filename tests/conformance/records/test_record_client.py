"""The client against a door of a few lines that sends just what a test wants. Rules: docs/reference/record-door.md."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from time import sleep

import numpy as np

from commonbook.client import DoorClosed, RecordClient
from commonbook.client.wire import (
    ANSWER,
    HEADER,
    BusyReason,
    FrameKind,
    Opened,
    encode,
    encode_busy,
    encode_challenge,
    events_frame,
)
from commonbook.records import COMMAND_SIZE, EVENT, CommandKind, EventKind, commands

KIND = 4  # where the kind stands in a header
OPENED = Opened(7, 2_000, 3, 0, 500, 1, 64, 32, 1_000, 60_000)


@contextmanager
def door(folder: Path, *turns: Callable[[socket.socket], None]) -> Iterator[Path]:
    """Opens a session and does what the test says, once for each turn."""
    path = folder / "door.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            for behave in turns:
                connected, _ = listener.accept()
                with connected:
                    connected.settimeout(10)
                    connected.sendall(encode(FrameKind.CHALLENGE, encode_challenge(bytes(32))))
                    opening = connected.recv(HEADER.size + 120, socket.MSG_WAITALL)
                    assert opening[KIND] == FrameKind.OPEN
                    connected.sendall(encode(FrameKind.OPENED, OPENED.encode()))
                    behave(connected)

        thread = Thread(target=serve)
        thread.start()
        yield path
        thread.join()


def test_w4_a_call_has_its_events_also_when_its_answer_came_before_them_in_the_same_read(tmp_path: Path) -> None:
    # As after a reconnect: the answer of a resent frame is there at once, what it caused is told in its place.
    answer = np.zeros(1, ANSWER)
    answer["correlation"], answer["sequence"], answer["engine_sequence"], answer["count"] = 1, 1, 400, 1
    event = np.zeros(1, EVENT)
    event["sequence"], event["kind"] = 400, EventKind.REFUSED
    nothing = np.zeros(0, np.uint8)

    def behave(connected: socket.socket) -> None:
        connected.recv(HEADER.size + COMMAND_SIZE, socket.MSG_WAITALL)
        early = events_frame(answer, nothing, 399, 1)
        connected.sendall(b"".join((*early, *events_frame(answer[:0], event.view(np.uint8), 400, 1))))
        connected.recv(1)

    with door(tmp_path, behave) as path:
        with RecordClient.open(path, "key", "secret", session=7, resume=True, events_after=399) as client:
            first, events = client.call(commands(CommandKind.CANCEL))
        assert (first, events["sequence"].tolist()) == (400, [400])


def test_w4_a_frame_that_was_not_taken_is_sent_again_behind_the_opening_of_the_next_connection(tmp_path: Path) -> None:
    sent: list[bytes] = []

    def take(connected: socket.socket) -> None:
        sent.append(connected.recv(HEADER.size + COMMAND_SIZE, socket.MSG_WAITALL))

    def refuse(connected: socket.socket) -> None:
        take(connected)
        connected.sendall(encode(FrameKind.BUSY, encode_busy(BusyReason.DOOR, 50), 1, 1))

    with door(tmp_path, refuse, take) as path:
        client = RecordClient.open(path, "key", "secret", session=7, resume=True, events_after=0)
        client.send(commands(CommandKind.CANCEL))
        with suppress(DoorClosed):
            client.receive(10.0)
        sleep(0.06)  # longer than it was asked to wait
        client.reconnect()
        with suppress(DoorClosed):
            client.receive(10.0)
        client.abandon()
    assert len(sent) == 2
    assert sent[0] == sent[1]
