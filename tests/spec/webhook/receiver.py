"""A small real HTTP server on this machine that takes deliveries, and can be slow, unwilling or gone."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def event(self) -> str:
        return self.headers["commonbook-event"]


class Receiver:
    """Serves between enter and exit. `answer` gives the status of each delivery; 200 unless it is set."""

    def __init__(self, answer: Callable[[Received], int] = lambda received: 200, headers: Any = ()) -> None:
        self.received: list[Received] = []
        receiver = self
        self.answer = answer

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                one = Received({name.lower(): value for name, value in self.headers.items()}, body, time.monotonic())
                receiver.received.append(one)
                self.send_response(receiver.answer(one))
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def events(self) -> list[str]:
        return [one.event for one in self.received]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
