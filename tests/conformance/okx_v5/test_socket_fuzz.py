"""A frame that is none ends its connection and no other. WS-2; odd messages by the million: suite `frames`."""

import pytest
from conformance.okx_v5.socket_hand import RawSocket, SocketHand
from conformance.okx_v5.wire import Running

FRAMES = (
    bytes([0x83, 0x80, 0, 0, 0, 0]),  # an operation code that is not there
    bytes([0xF1, 0x80, 0, 0, 0, 0]),  # reserved bits
    bytes([0x81, 0x04]) + b"ping",  # not masked
    bytes([0x89, 0xFE, 0x00, 0x80]) + bytes(132),  # a ping that is too long
    bytes([0x09, 0x80, 0, 0, 0, 0]),  # a ping in pieces
    bytes([0x81, 0xFF]) + (2**63).to_bytes(8, "big") + bytes(4),  # a length beyond everything
    bytes([0x81, 0xFF]) + (2**40).to_bytes(8, "big") + bytes(4),
    bytes([0x80, 0x80, 0, 0, 0, 0]),  # a continuation of nothing
    bytes([0x88, 0x81, 0, 0, 0, 0, 7]),  # a close with half a code
)


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame[:4].hex())
def test_ws2_a_frame_that_is_none_ends_its_connection_and_no_other(running: Running, frame: bytes) -> None:
    with SocketHand(running) as other, RawSocket(running) as raw:
        raw.socket.sendall(frame)
        raw.read_all(5)
        assert raw.has_ended
        other.send("ping")
        assert other.receive_text() == "pong"
    assert "Traceback" not in running.log("gateway")
