"""The part of suite `signing` that goes over HTTP to a serving exchange, which is killed and started again."""

import json
import random
import string
import tempfile
import time
from pathlib import Path

from commonbook.qa.okx import API, Answer, Key, Rest, proof, signature, stamp, time_text
from commonbook.qa.people import Person, key_of, open_tables, prepare
from commonbook.qa.serving import UNLIMITED, Server
from commonbook.qa.suite import Result

ACCOUNT = 8_001
PATH = "/trade/order"
RESTART_EVERY = 100  # trials
HEADERS = ("OK-ACCESS-KEY", "OK-ACCESS-SIGN", "OK-ACCESS-TIMESTAMP", "OK-ACCESS-PASSPHRASE")
LETTERS = string.ascii_letters + string.digits
WINDOW_MS = 30_000


def run(seed: int, trials: int, result: Result) -> None:
    """So many trials, a restart among each hundred; a failure goes into the result."""
    pick = random.Random(f"{seed}-signing-door")
    with tempfile.TemporaryDirectory(prefix="commonbook-signing-") as folder:
        data_dir = Path(folder) / "data"
        prepare(data_dir, [Person(ACCOUNT)])
        (Path(folder) / "settings.toml").write_text(UNLIMITED)
        tables = open_tables(data_dir)
        with tables.begin() as connection:
            key = key_of(connection, data_dir, ACCOUNT)
        tables.dispose()
        door = _Door(data_dir, key, pick, result)
        try:
            for number in range(trials):
                if number % RESTART_EVERY == RESTART_EVERY // 2 and (failure := door.restart()):
                    result.failure = f"seed {seed}, trial {number} at the door: {failure}"
                    return
                failure = door.trial(f"s{seed}x{number}")
                result.trials += 1
                if failure:
                    result.failure = f"seed {seed}, trial {number} at the door: {failure}"
                if failure or result.is_late():
                    return
        finally:
            door.close()


class _Door:
    """One order after the other, each sent as it is not signed, as it is, and again."""

    def __init__(self, data_dir: Path, key: Key, pick: random.Random, result: Result) -> None:
        self._data_dir, self._key, self._pick, self._result = data_dir, key, pick, result
        self._taken: list[bytes] = []  # requests that were let in since the last restart, as they were sent
        self._begin()

    def _begin(self) -> None:
        settings = self._data_dir.parent / "settings.toml"
        self._server = Server(self._data_dir, "--settings", str(settings))
        self._rest = Rest(self._server.ready["rest"])

    def close(self) -> None:
        self._rest.close()
        self._server.close()

    def restart(self) -> str:
        """kill -9, and what was let in before comes again; what was signed ahead of the clock, too."""
        order = self._order("ahead" + "".join(self._pick.choices(LETTERS, k=12)))
        early = self._signed(order, time_text(time.time_ns() // 1_000_000 + self._pick.randint(4_000, 9_000)))
        found = self._rest.raw(early)
        if found.code not in ("0", "50102"):  # the second: behind the horizon of a restart before
            return f"a request signed ahead is answered {found.text}"
        taken = [*self._taken[-50:], early]
        self._server.kill()
        self._rest.close()
        self._begin()
        self._result.events["killed"] += 1
        for request in taken:
            self._result.checks += 1
            answer = self._rest.raw(request)
            if answer.code != "50102":
                return f"after a restart a request that was used is answered {answer.text}"
        self._taken.clear()
        return ""

    def trial(self, mark: str) -> str:
        order = self._order(mark)
        right = self._signed(order, stamp())
        spoiled = self._spoil(right)
        for request, wanted in ((spoiled, ()), (self._skewed(order), ("50102",))):
            self._result.checks += 1
            answer = self._rest.raw(request)
            if answer.status < 400 or (wanted and answer.code not in wanted):
                return f"{request.decode('latin-1')!r} is answered {answer.text}"
            self._result.events[f"code_{answer.code}"] += 1
        answer = self._until_known(right, order)
        if answer.code != "0":
            return f"a right request is answered {answer.text}"
        if (again := self._rest.raw(self._taken[-1])).code != "50102":
            return f"the same again is answered {again.text}"
        named = {"instId": "BTC-USDT", "clOrdId": mark}
        first, second = (self._rest.signed(self._key, "POST", "/trade/cancel-order", named).code for _ in range(2))
        return "" if (first, second) == ("0", "1") else f"its order was there {first}, {second}"

    def _until_known(self, request: bytes, order: str) -> Answer:
        """Signed anew while the key has to wait for its lead of before a restart (I-4)."""
        deadline = time.monotonic() + 90
        while (answer := self._rest.raw(request)).code == "50102" and time.monotonic() < deadline:
            time.sleep(0.5)
            request = self._signed(order, stamp())
            self._result.events["waited_for_a_lead"] += 1
        self._taken.append(request)
        return answer

    # -- requests -------------------------------------------------------------------------------------------------

    def _order(self, mark: str) -> str:
        order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "post_only", "px": "72000"}
        return json.dumps(order | {"sz": "0.0001", "clOrdId": mark})

    def _signed(self, body: str, when: str) -> bytes:
        return self._raw(proof(self._key, "POST", API + PATH, body, when), body)

    def _raw(self, headers: dict[str, str], body: str) -> bytes:
        lines = [f"POST {API}{PATH} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def _skewed(self, body: str) -> bytes:
        off_ms = self._pick.choice((-1, 1)) * (WINDOW_MS + self._pick.choice((2_000, 60_000)))
        return self._signed(body, time_text(time.time_ns() // 1_000_000 + off_ms))

    def _spoil(self, request: bytes) -> bytes:
        """One byte of what is signed, or of what proves it, is another."""
        head, _, body = request.partition(b"\r\n\r\n")
        if self._pick.random() < 0.4:
            return head + b"\r\n\r\n" + self._other(body)
        if self._pick.random() < 0.2:
            return request.replace(PATH.encode(), PATH.encode() + self._pick.choice((b"?", b"?a", b"#a")), 1)
        if self._pick.random() < 0.2:  # signed for another method
            when = stamp()
            wrong = proof(self._key, "POST", API + PATH, body.decode(), when)
            wrong["OK-ACCESS-SIGN"] = signature(self._key.secret, when, "PUT", API + PATH, body.decode())
            return self._raw(wrong, body.decode())
        name = self._pick.choice(HEADERS).encode()
        at = head.index(name) + len(name) + 2
        end = head.index(b"\r\n", at) if b"\r\n" in head[at:] else len(head)
        return head[:at] + self._other(head[at:end]) + head[end:] + b"\r\n\r\n" + body

    def _other(self, text: bytes) -> bytes:
        at = self._pick.randrange(len(text))
        letter = self._pick.choice([one for one in LETTERS.encode() if one != text[at]])
        return text[:at] + bytes([letter]) + text[at + 1 :]
