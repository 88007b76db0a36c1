"""Suite `signing`, S2: what is signed is what is done, once, in its time.

One trial is a signed request and what becomes of it. In one process, at a clock of its own, the product's authenticator
is given requests that are right, that have one byte changed in timestamp, method, target, body, key, passphrase or
signature, that are early or late, that come again, and that come again after a restart. At a serving exchange
(`signing_door`) the same goes over HTTP, with kill -9 for the restarts.

The signatures and passphrases that a client gives are watched: comparing one with what is expected by anything but the
constant-time comparison is a failure, whatever the answer.
"""

import random
import string
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from commonbook.identity.horizon import Horizons
from commonbook.identity.model import Credential, Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import Authenticator, Request, create_key, timestamp_ms, unix_seconds_ms
from commonbook.qa import signing_door
from commonbook.qa.okx import Key, signature, time_text
from commonbook.qa.suite import Result
from commonbook.storage.database import open_database

REAL_SHARE = 0.05
REAL_MOST = 1_000
TRIALS_A_FOLDER = 2_000
KEYS = 3
WINDOW_MS = 30_000
LEAD_MS = 5_000
BEGAN_MS = 1_700_000_000_000
METHODS = ("GET", "POST", "POST", "PUT", "DELETE")
SPOILED = ("timestamp", "method", "target", "body", "key", "passphrase", "signature")
WATCHED = ("passphrase", "signature")
LETTERS = string.ascii_letters + string.digits + '-_:.,/?&=%+ {}[]"\\\n\u00e9'
Make = Callable[[Engine, Seal, Horizons, int, int], Authenticator]


def run(seed: int, trials: int, limit: float = 0.0) -> Result:
    """`trials` trials from one seed, one in twenty at a serving exchange, though a thousand at the most."""
    result = Result("signing", seed, limit=limit)
    real = min(round(trials * REAL_SHARE), REAL_MOST)
    in_process(trials - real, result)
    if result.passed and real:
        signing_door.run(seed, real, result)
    return result


def in_process(trials: int, result: Result, make: Make = Authenticator) -> None:
    """The trials in one process. `make` gives the authenticator: the product's, or one with a planted bug."""
    while result.goes_on(trials):
        seed = result.seed + result.seeds
        with tempfile.TemporaryDirectory() as folder:
            world = _World(Path(folder), seed, make, result)
            try:
                result.failure = world.every_byte()
                for number in range(min(TRIALS_A_FOLDER, trials - result.trials) if result.passed else 0):
                    failure = world.trial()
                    result.trials += 1
                    if failure:
                        result.failure = f"seed {seed}, trial {number}: {failure}"
                        break
            finally:
                world.database.dispose()
        result.seeds += 1


class _Watched(str):
    """A text of a client's that notices when somebody compares it in the plain way."""

    seen: list[str] = []  # noqa: RUF012 - one place for all of them, emptied for each trial

    def __eq__(self, other: object) -> bool:
        _Watched.seen.append(str(self))
        return str(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__

    def encode(self, *arguments: Any, **named: Any) -> bytes:
        return _WatchedBytes(str.encode(self, *arguments, **named))


class _WatchedBytes(bytes):
    def __eq__(self, other: object) -> bool:
        _Watched.seen.append(repr(self))
        return bytes(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = bytes.__hash__


@dataclass(frozen=True, slots=True)
class _Sent:
    """A request and when it was signed, by its own clock."""

    request: Request
    signed_ms: int

    @property
    def changes(self) -> bool:
        return self.request.method != "GET"


class _World:
    """Keys, a clock, an authenticator that is started anew now and then, and what it has let in."""

    def __init__(self, folder: Path, seed: int, make: Make, result: Result) -> None:
        self.pick = random.Random(f"{seed}-signing")
        self.result = result
        self.database = open_database("sqlite://")
        self._make, self._folder, self._seal = make, folder, Seal.open(folder)
        with self.database.begin() as connection:
            made = [
                create_key(connection, self._seal, 1 + place, 1, frozenset(Permission), "", passphrase="Suite-42-x")
                for place in range(KEYS)
            ]
        self._keys = [Key(one.api_key, one.api_secret, one.api_passphrase) for one in made]
        self.now_ms = BEGAN_MS
        self._taken: list[_Sent] = []  # that change something
        self._used: set[str] = set()  # their signatures
        self._newest: dict[str, int] = {}  # of each key, what it signed last
        self._start()

    def _start(self) -> None:
        self._started_ms = self.now_ms
        self._newest_before = dict(self._newest)
        horizons = Horizons(self._folder / "keys" / "horizons.json", self.now_ms)
        self._authenticator = self._make(self.database, self._seal, horizons, WINDOW_MS, self.now_ms)

    def every_byte(self) -> str:
        """One request with each byte of what is signed, and of what proves it, changed in its turn."""
        sent = self._request(self.now_ms)
        for where in (one for one in SPOILED if one != "method"):
            value = getattr(sent.request, where)
            text = value.decode() if isinstance(value, bytes) else str(value)
            for at, letter in enumerate(text):
                other: Any = text[:at] + ("x" if letter != "x" else "y") + text[at + 1 :]
                other = other.encode() if isinstance(value, bytes) else _Watched(other) if where in WATCHED else other
                spoiled = _Sent(replace(sent.request, **{where: other}), sent.signed_ms)
                if failure := self._expect(spoiled, False, f"a request with another byte {at} of its {where}"):
                    return failure
        return ""

    def trial(self) -> str:
        """Empty, or what must not be."""
        self.now_ms += self.pick.choice((0, 1, 7, 100, 2_000))
        self._taken = [one for one in self._taken if abs(self.now_ms - one.signed_ms) <= 2 * WINDOW_MS]
        match self.pick.choice(("right", "spoiled", "spoiled", "spoiled", "skewed", "again", "login", "restart")):
            case "right":
                return self._right()
            case "spoiled":
                return self._spoiled()
            case "skewed":
                return self._skewed()
            case "again":
                return self._again()
            case "login":
                return self._login()
            case _:
                if self.pick.random() < 0.1:
                    self.now_ms += self.pick.choice((1, 500, 20_000))
                    self._start()
                    self.result.events["restart"] += 1
                return self._again()

    def _right(self) -> str:
        sent = self._request(self.now_ms)
        return self._expect(sent, True, "a right request")

    def _spoiled(self) -> str:
        """One byte is another, gone or new."""
        sent = self._request(self.now_ms)
        where = self.pick.choice(SPOILED)
        request = sent.request
        if where == "method":
            spoiled = replace(request, method=self.pick.choice([one for one in METHODS if one != request.method]))
        elif where in ("target", "body"):
            other: Any = self._other(getattr(request, where).decode()).encode()
            spoiled = replace(request, **{where: other})
        else:
            other = self._other(str(getattr(request, where)))
            other = _Watched(other) if where in WATCHED else other
            spoiled = replace(request, **{where: other})
        self.result.events[f"changed_{where}"] += 1
        return self._expect(_Sent(spoiled, sent.signed_ms), False, f"a request with another {where}")

    def _skewed(self) -> str:
        """By a clock that is ahead or behind, about the window's ends most of the time."""
        near = WINDOW_MS + self.pick.choice((-1, 0, 1, 2))
        skew_ms = self.pick.choice((near, -near, self.pick.randint(-70_000, 70_000)))
        sent = self._request(self.now_ms + skew_ms)
        self.result.events["skewed"] += 1
        return self._expect(sent, abs(skew_ms) <= WINDOW_MS, f"a request signed {skew_ms} ms off")

    def _in_its_time(self, sent: _Sent) -> bool | None:
        """Whether a right request that changes something is new; None: a key that was ahead may have to wait."""
        before = self._newest_before.get(sent.request.key, 0)
        if str(sent.request.signature) in self._used or sent.signed_ms < self._started_ms or sent.signed_ms <= before:
            return False
        return None if sent.signed_ms <= before + LEAD_MS else True

    def _again(self) -> str:
        """What has changed something works once, also after a restart; what only reads may come again."""
        if not self._taken:
            return ""
        self.result.events["again"] += 1
        return self._expect(self.pick.choice(self._taken), False, "a request that was let in before")

    def _login(self) -> str:
        """Over WebSocket: seconds instead of a date, and no body."""
        key = self.pick.choice(self._keys)
        skew_ms = self.pick.choice((0, 0, WINDOW_MS, WINDOW_MS + 1, -WINDOW_MS, -WINDOW_MS - 1))
        signed_ms = self.now_ms + skew_ms
        stamp = f"{signed_ms // 1_000}.{signed_ms % 1_000:03}"
        sign = signature(key.secret, stamp, "GET", "/users/self/verify")
        spoiled = self.pick.random() < 0.5
        if spoiled:
            stamp = f"{signed_ms // 1_000}.{signed_ms % 1_000:03}0"  # the same moment, spelled otherwise
        request = Request(
            key=key.api_key,
            signature=_Watched(sign),
            timestamp=stamp,
            passphrase=_Watched(key.passphrase),
            method="GET",
            target=b"/users/self/verify",
            body=b"",
            client_ip="127.0.0.1",
            read_time=unix_seconds_ms,
        )
        self.result.events["login"] += 1
        may = not spoiled and abs(skew_ms) <= WINDOW_MS
        return self._expect(_Sent(request, signed_ms), may, f"a login signed {skew_ms} ms off")

    # -- asking ---------------------------------------------------------------------------------------------------

    def _expect(self, sent: _Sent, may: bool, what: str) -> str:
        """Whether it is let in as it may be, if it is new where it must be."""
        wanted: bool | None = may
        if may and sent.changes:
            wanted = self._in_its_time(sent)
        _Watched.seen.clear()
        found = self._authenticator.authenticate(sent.request, None, self.now_ms)
        self.result.checks += 1
        is_in = isinstance(found, Credential)
        self.result.events["let_in" if is_in else f"denied_{found}"] += 1
        if _Watched.seen:
            return f"{what}: {_Watched.seen[0]} was compared in a time that tells"
        if is_in and isinstance(found, Credential) and found.api_key != sent.request.key:
            return f"{what} is let in as another key"
        if is_in and sent.changes:
            self._taken.append(sent)
            self._used.add(str(sent.request.signature))
            key = sent.request.key
            self._newest[key] = max(sent.signed_ms, self._newest.get(key, 0))
        if wanted is None or is_in == wanted:
            return ""
        return f"{what} is {'let in' if is_in else f'refused: {found}'}: {sent.request.method} {sent.request.target!r}"

    def _request(self, signed_ms: int) -> _Sent:
        pick, key = self.pick, self.pick.choice(self._keys)
        method = pick.choice(METHODS)
        target = "/api/v5/" + pick.choice(("trade/order", "account/balance", "asset/transfer"))
        target += pick.choice(("", "?", "?ccy=BTC%2CUSDT", "?instId=BTC-USDT&ordId=1", "?a=b?c"))
        body = "" if method == "GET" else self._text(pick.choice((0, 2, 40, 400)))
        stamp = time_text(signed_ms)
        request = Request(
            key=key.api_key,
            signature=_Watched(signature(key.secret, stamp, method, target, body)),
            timestamp=stamp,
            passphrase=_Watched(key.passphrase),
            method=method,
            target=target.encode(),
            body=body.encode(),
            client_ip="127.0.0.1",
            read_time=timestamp_ms,
        )
        return _Sent(request, signed_ms)

    def _text(self, size: int) -> str:
        return "".join(self.pick.choice(LETTERS) for _ in range(size))

    def _other(self, text: str) -> str:
        """The text with one letter changed, taken out, put in or moved."""
        at = self.pick.randrange(len(text) + 1)
        if not text or at == len(text):
            return text + self.pick.choice(LETTERS)
        letter = self.pick.choice([one for one in LETTERS if one != text[at]])
        other = self.pick.choice(
            (text[:at] + letter + text[at + 1 :], text[:at] + text[at + 1 :], text[:at] + letter + text[at:])
        )
        return other if other != text else text + letter
