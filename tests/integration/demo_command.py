"""A running `commonbook demo`, as a person starts it, in a process of its own; and what it prints."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

COMMAND_LINE = [sys.executable, "-m", "commonbook.console.main"]
START_LIMIT_S = 300.0
TOLD_LAST = "what asks for one takes the password)"  # of what it prints


@dataclass(frozen=True)
class Login:
    """What it prints of one of the demo's people."""

    address: str
    who: str
    email: str
    password: str
    page: str


@dataclass
class Demo:
    """A running `commonbook demo`; it may be started again on the same folder."""

    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    ready: dict[str, Any] = field(default_factory=dict)
    sides_at_ready: tuple[int, int] = (0, 0)
    seconds: float = 0.0  # from the start to the ready file

    def start(self) -> subprocess.Popen[bytes]:
        self.ready_file.unlink(missing_ok=True)
        command = [*COMMAND_LINE, "demo", "--data", str(self.data_dir), "--port", "0", "--ready", str(self.ready_file)]
        environment = os.environ | {"COLUMNS": "100"} | self.environment
        with self.output_file.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        return self.process

    def start_and_wait(self) -> None:
        began = time.monotonic()
        self.start()
        while not self.ready_file.exists():
            assert self.process.poll() is None, self.output
            assert time.monotonic() - began < START_LIMIT_S, self.output
            time.sleep(0.02)
        self.seconds = time.monotonic() - began
        self.ready = json.loads(self.ready_file.read_text())
        (book,) = self.get("/api/v5/market/books?instId=BTC-USDT&sz=400")
        self.sides_at_ready = (len(book["bids"]), len(book["asks"]))
        while self.ready.get("logins") and TOLD_LAST not in self.output:
            time.sleep(0.02)

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def get(self, target: str) -> Any:
        return httpx.get(self.ready["rest"] + target, timeout=60).json()["data"]

    @property
    def ready_file(self) -> Path:
        return self.data_dir.parent / "ready.json"

    @property
    def output_file(self) -> Path:
        return self.data_dir.parent / "output.txt"

    @property
    def output(self) -> str:
        return self.output_file.read_text()

    @property
    def logins(self) -> list[Login]:
        """As they are printed, below the address at which each signs in."""
        found, address = [], ""
        for line in self.output.partition("open in a browser")[2].splitlines():
            if told := re.match(r"  (http://\S+)", line):
                address = told[1]
            elif told := re.match(r"    (\S+) +(\S+@\S+) +(\S+) +(/\S*)$", line):
                found.append(Login(address, *told.groups()))
        return found
