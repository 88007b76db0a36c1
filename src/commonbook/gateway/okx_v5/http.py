"""HTTP/1.1 on one connection: as uvicorn reads it, with an end to whatever would go on for ever, and one envelope.

What cannot be read as HTTP, a head that is too long and a request that does not arrive are answered in the envelope and
end the connection (W-2). A request is handed on with its target byte for byte as it came, since that is what is signed.
"""

import asyncio
import base64
import binascii
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from commonbook.gateway.okx_v5.app import TARGET
from commonbook.gateway.okx_v5.codes import BAD_HTTP, BAD_UPGRADE, HEAD_TOO_LARGE, NO_SUCH_PATH, TOO_SLOW, Code
from commonbook.gateway.okx_v5.ws.hub import url_at

VERSIONS = ("1.0", "1.1")
_KEY_BYTES = 16


class NotTaken(ValueError):
    """Raised into the parser, which then refuses the request."""


def protocol_class(head_bytes: int, request_ms: int) -> type[HttpToolsProtocol]:
    """The class uvicorn makes a connection of.

    Args:
        head_bytes: the longest request line with its headers.
        request_ms: how long a request may take to arrive, head and body.
    """

    class Limited(HttpToolsProtocol):
        _began = False  # a request has, and is not whole
        _in_head = True  # its head is not complete, or none has begun
        _came = 0  # bytes since then
        _head = 0  # bytes of its target, its headers and its trailers so far
        _is_over = False  # nothing more is read here
        _is_too_large = False
        _patience: asyncio.TimerHandle | None = None

        # -- a request arrives ------------------------------------------------------------------------------------

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self._wait_no_more()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._is_over:
                return
            self._came += len(data) if self._in_head else 0
            super().data_received(data)
            if self._in_head and self._came > head_bytes and not self._is_over:
                self._is_too_large = True
                self.send_400_response("")

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._began = True
            self._wait()

        def on_url(self, url: bytes) -> None:
            self._count(len(url))
            super().on_url(url)

        def on_header(self, name: bytes, value: bytes) -> None:
            """A trailer, which comes behind the body, proves nothing and says nothing."""
            self._count(len(name) + len(value))
            if self._in_head:
                super().on_header(name, value)

        def on_headers_complete(self) -> None:
            if self.parser.get_http_version() not in VERSIONS or self.parser.get_method() == b"CONNECT":
                raise NotTaken
            self.scope[TARGET] = self.url  # type: ignore[literal-required]
            super().on_headers_complete()
            self._in_head = False

        def on_message_complete(self) -> None:
            self._began, self._in_head, self._came, self._head = False, True, 0, 0
            self._wait_no_more()
            super().on_message_complete()

        def _count(self, more: int) -> None:
            self._head += more
            if self._head > head_bytes:
                self._is_too_large = True
                raise NotTaken

        def _wait(self) -> None:
            self._wait_no_more()
            self._patience = self.loop.call_later(request_ms / 1000, self._has_waited)

        def _wait_no_more(self) -> None:
            if self._patience is not None:
                self._patience.cancel()
                self._patience = None

        def _has_waited(self) -> None:
            """Whoever has sent nothing is left without a word."""
            if self._began:
                self._refuse(TOO_SLOW)
            else:
                self._is_over = True
                self.transport.close()

        # -- what is refused before it is a request ---------------------------------------------------------------

        def send_400_response(self, msg: str) -> None:
            self._refuse(HEAD_TOO_LARGE if self._is_too_large else BAD_HTTP)

        def _refuse(self, code: Code) -> None:
            """End the connection; what came before and is being answered is answered first, and nothing after it."""
            if self._is_over:
                return
            self._is_over = True
            self._wait_no_more()
            is_answered = self.cycle is None or self.cycle.response_complete
            if self._in_head and not is_answered:
                self.cycle.keep_alive = False  # the last that was whole ends the connection
                return
            if not self.pipeline and (self._in_head or not is_answered):
                self.transport.write(_response(code))
            self.transport.close()

        # -- an upgrade -------------------------------------------------------------------------------------------

        def handle_websocket_upgrade(self) -> None:
            """Hand over what picows needs to see, once nothing else is under way here.

            Browsers ask for `Connection: keep-alive, Upgrade`, of which picows wants the one word.
            """
            headers = dict(self.scope["headers"])
            code = self._upgrade_refusal(headers)
            if code is not None:
                self._in_head = True
                self._refuse(code)
                return
            self._is_over = True
            self._wait_no_more()
            kept = (b"host", b"upgrade", b"sec-websocket-key", b"sec-websocket-version", b"x-simulated-trading")
            found = [(name, headers[name]) for name in kept if name in headers]
            self.scope["headers"] = [*found, (b"connection", b"Upgrade")]
            super().handle_websocket_upgrade()

        def _upgrade_refusal(self, headers: dict[bytes, bytes]) -> Code | None:
            if self.cycle is not None and not self.cycle.response_complete:
                return BAD_UPGRADE
            if self.scope["method"] != "GET" or self.parser.get_http_version() != "1.1":
                return BAD_UPGRADE
            if headers.get(b"sec-websocket-version") != b"13" or not _is_key(headers.get(b"sec-websocket-key", b"")):
                return BAD_UPGRADE
            return NO_SUCH_PATH if url_at(self.url) is None else None

    return Limited


def _is_key(text: bytes) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == _KEY_BYTES
    except binascii.Error:
        return False


def _response(code: Code) -> bytes:
    envelope: dict[str, Any] = {"code": code.number, "data": [], "msg": code.text}
    content = msgspec.json.encode(envelope)
    head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(content)
    return STATUS_LINE[code.status] + head + content
