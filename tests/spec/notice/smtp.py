"""A small SMTP server on this machine: takes mails, or fails as it is told."""

import asyncio
import socket
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


@dataclass
class Taken:
    sender: str
    recipients: list[str]
    message: EmailMessage


@dataclass
class SmtpServer:
    """Serves between enter and exit, in a thread of its own."""

    answers: list[str] = field(default_factory=list)  # to the next DATA commands, instead of taking the mail
    cuts: int = 0  # so many connections are cut in the middle of a mail
    taken: list[Taken] = field(default_factory=list)

    def __enter__(self) -> "SmtpServer":
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *failure: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._talk, sock=self._socket)
        self._started.set()
        await self._stop.wait()
        server.close()
        await server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")

        sender, recipients = "", list[str]()
        say("220 here")
        try:
            while line := (await reader.readline()).decode().strip():
                word = line.split(" ")[0].upper()
                if word in ("EHLO", "HELO"):
                    say("250 here")
                elif word == "MAIL":
                    sender, recipients = line.partition("<")[2].partition(">")[0], []
                    say("250 go on")
                elif word == "RCPT":
                    recipients.append(line.partition("<")[2].partition(">")[0])
                    say("250 go on")
                elif word == "DATA":
                    if self.cuts:
                        self.cuts -= 1
                        return
                    if self.answers:
                        say(self.answers.pop(0))
                        continue
                    say("354 go on")
                    content = await self._content(reader)
                    self.taken.append(Taken(sender, recipients, content))
                    say("250 taken")
                elif word == "QUIT":
                    say("221 bye")
                    return
                else:
                    say("250 whatever")
        finally:
            writer.close()

    @staticmethod
    async def _content(reader: asyncio.StreamReader) -> EmailMessage:
        lines = []
        while (line := await reader.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        made: Any = message_from_bytes(b"".join(lines), policy=policy.default)
        found: EmailMessage = made
        return found
