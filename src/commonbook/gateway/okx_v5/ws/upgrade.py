"""WebSockets on the port of the HTTP server: uvicorn reads the request, picows has the connection from then on."""

import logging
from collections.abc import Callable
from typing import Any

from picows import WSListener, WSUpgradeRequest, WSUpgradeResponseWithListener
from picows.picows import WSAutoPingStrategy, WSProtocol  # type: ignore[attr-defined]

# None: nothing is at this path; a response tells another reason why there is no connection.
Accept = Callable[[WSUpgradeRequest], WSListener | WSUpgradeResponseWithListener | None]

HANDSHAKE_S = 5.0
READ_BUFFER = 4 * 1024  # bytes a connection has to begin with; it grows with what comes
_LOG = logging.getLogger("commonbook.websocket")
_LOG.setLevel(logging.ERROR)  # what anybody may send is not worth a line each


def protocol_class(accept: Accept, longest_frame: int) -> type[Any]:
    """The class uvicorn makes a connection of when it is asked to upgrade."""

    class Upgraded(WSProtocol):  # type: ignore[misc]
        def __init__(self, config: object, server_state: object, app_state: object) -> None:
            super().__init__(
                None,
                None,
                False,
                accept,
                _LOG,
                True,
                HANDSHAKE_S,
                False,
                10,
                10,
                WSAutoPingStrategy.PING_WHEN_IDLE,
                False,  # pings are answered by the connection, which counts them as a sign of life
                longest_frame,
                None,
                READ_BUFFER,
            )

        def data_received(self, data: bytes) -> None:
            """The request again, as uvicorn puts it together."""
            while data:
                room = self.get_buffer(len(data))
                size = min(len(room), len(data))
                room[:size] = data[:size]
                self.buffer_updated(size)
                data = data[size:]

    return Upgraded
