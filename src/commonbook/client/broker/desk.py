"""The broker's desk over REST: each route as a method, pages gone through, files written whole."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec

from commonbook.broker.hours import path_of_hour
from commonbook.broker.statement import canonical
from commonbook.client.broker.signing import Clock, Key, headers
from commonbook.client.broker.told import (
    Changed,
    Day,
    Delivery,
    Endpoint,
    Invitation,
    Line,
    Lines,
    Month,
    NewEndpoint,
    NewInvitation,
    Notice,
    Own,
    Rates,
    SignedHours,
    Statement,
    Statements,
    SubBroker,
    Sum,
    Sums,
    Table,
    Tier,
)
from commonbook.errors import OutsideFailure
from commonbook.whole_file import draft_of, put_whole

DESK, PROGRAM = "/broker/v1", "/program/v1"
PATIENCE_S = 60.0
PAGE = 1_000  # lines of one request

Told = TypeVar("Told")


class DeskRefused(OutsideFailure):
    """The desk has said no. `code` is for programs, the text for people, `values` what it is about."""

    def __init__(self, status: int, code: str, text: str, values: Mapping[str, Any]) -> None:
        super().__init__(f"{code}: {text}")
        self.status = status
        self.code = code
        self.values = dict(values)


class BrokerDesk:
    """One broker's desk; may be used by one thread at a time.

    `first` and `last` are dates (`2026-03-01`) or times (`2026-03-01T05:00:00Z`), both included; without them the last
    24 hours are meant. What the desk refuses is raised as `DeskRefused`, an answer that is none as `OutsideFailure`.
    """

    def __init__(self, base: str, key: Key, http: httpx.Client | None = None) -> None:
        """
        Args:
            base: the brand's address, as https://brand.example.
            key: that may manage, of the broker's user.
            http: to send with; one of its own unless given.
        """
        self._base = base.rstrip("/")
        self._key = key
        self._http = http or httpx.Client(timeout=PATIENCE_S)
        self._owns_http = http is None
        self._clock = Clock()

    # -- lines --------------------------------------------------------------------------------------------------------

    def fills(
        self, first: str = "", last: str = "", *, order: str = "", account: str = "", instrument: str = ""
    ) -> Iterator[Line]:
        """The broker's lines, oldest first, each once; a page is asked for when it is come to."""
        asked = {"first": first, "last": last, "order": order, "account": account, "instrument": instrument}
        for page in self._pages("/history/fills", asked | {"limit": str(PAGE)}, Lines, lambda page: page.next):
            yield from page.lines

    def fill_page(self, after: str = "", limit: int = 100, **asked: str) -> Lines:
        """One page, for whoever keeps `next` to go on from another day."""
        return self._get("/history/fills", asked | {"after": after, "limit": str(limit)}, Lines)

    def sums(
        self, by: str, first: str = "", last: str = "", *, order: str = "", account: str = "", instrument: str = ""
    ) -> Iterator[Sum]:
        """The same lines summed.

        Args:
            by: `order`, `client`, `instrument`, `hour` or `day`.
        """
        asked = {"first": first, "last": last, "order": order, "account": account, "instrument": instrument}
        for page in self._pages(f"/history/sums/{by}", asked | {"limit": str(PAGE)}, Sums, lambda page: page.next):
            yield from page.sums

    def why(self, fill: str, role: str = "") -> list[dict[str, Any]]:
        """Why each side of a fill earned what it did, as the desk explains it."""
        return self._get(f"/history/fills/{fill}/why", {"role": role}, list[dict[str, Any]])

    def export(self, path: Path, first: str, last: str) -> Path:
        """All lines as one file, CSV, JSON or Parquet by the ending of its name; there whole or not at all."""
        form = path.suffix.removeprefix(".")
        return self._file(f"{DESK}/history/export/{form}", {"first": first, "last": last}, path)

    # -- statements ---------------------------------------------------------------------------------------------------

    def statements(self) -> Iterator[Statement]:
        """What is published, newest first."""
        for page in self._pages("/statements", {}, Statements, lambda page: page.next, "before"):
            yield from page.statements

    def statement(self, of: Statement, folder: Path) -> Path:
        """The file of one, under its own name; `check_statement` checks it."""
        return self._file(f"{DESK}/statements/{of.hour}", {}, folder / of.name)

    def signed_hours(self, before: str = "") -> SignedHours:
        """The hours that the host has signed, newest first, 100 a page; `before` a number."""
        return self._answer("GET", f"{PROGRAM}/signed-hours", {"before": before}, None, SignedHours)

    def signed_hour(self, hour: int, folder: Path) -> Path:
        """The signed hour's file, as it lies at the host; `make_proof` needs it."""
        told = self._answer("GET", f"{PROGRAM}/signed-hours/{hour}", {}, None, dict[str, Any])
        path = path_of_hour(folder, str(told["signed"]["program"]), hour)
        draft_of(path).write_text(canonical(told) + "\n", encoding="ascii")
        put_whole(draft_of(path), path)
        return path

    # -- tier ---------------------------------------------------------------------------------------------------------

    def table(self) -> Table:
        """The public schedule and the rules of tiers, with all their versions."""
        return self._get("/tiers", {}, Table)

    def tier(self) -> Tier:
        return self._get("/tier", {}, Tier)

    def tier_months(self) -> list[Month]:
        return self._get("/tier/months", {}, list[Month])

    def rates(self) -> Rates:
        return self._get("/rates", {}, Rates)

    def notices(self) -> Iterator[Notice]:
        """What the broker was told of its tier, and warned of; newest first."""
        before = ""
        while page := self._get("/notices", {"before": before}, list[Notice]):
            yield from page
            before = str(page[-1].notice)

    # -- sub-brokers --------------------------------------------------------------------------------------------------

    def place(self) -> Own:
        return self._get("/place", {}, Own)

    def sub_brokers(self) -> list[SubBroker]:
        return self._get("/sub-brokers", {}, list[SubBroker])

    def invitations(self) -> list[Invitation]:
        return self._get("/sub-brokers/invitations", {}, list[Invitation])

    def invite(self, pool: str, users: str = "0", note: str = "") -> NewInvitation:
        """Points of the base, in per cent: of the sub-broker, and of them what its users get."""
        body = {"pool": pool, "users": users, "note": note}
        return self._send("POST", "/sub-brokers/invitations", body, NewInvitation)

    def withdraw_invitation(self, invitation: int) -> list[Invitation]:
        return self._send("DELETE", f"/sub-brokers/invitations/{invitation}", None, list[Invitation])

    def give(self, broker: str, pool: str) -> Changed:
        """Another pool of a sub-broker, from the next hour on."""
        return self._send("PUT", f"/sub-brokers/{broker}/points", {"pool": pool}, Changed)

    def give_users(self, users: str) -> Changed:
        """Other points of the broker's own users, from the next hour on."""
        return self._send("PUT", "/users/points", {"users": users}, Changed)

    def remove_sub_broker(self, broker: str) -> Changed:
        return self._send("DELETE", f"/sub-brokers/{broker}", None, Changed)

    def performance(self, first: str, last: str) -> list[Day]:
        """Volume, clients and commission by day, of this code and of each that it has brought in."""
        return self._get("/performance", {"first": first, "last": last}, list[Day])

    # -- webhooks -----------------------------------------------------------------------------------------------------

    def webhooks(self) -> list[Endpoint]:
        return self._get("/webhooks", {}, list[Endpoint])

    def add_webhook(self, url: str, events: Sequence[str]) -> NewEndpoint:
        """
        Args:
            events: of `settlement`, `tier`, `grant` and `alert`.
        """
        return self._send("POST", "/webhooks", {"url": url, "events": list(events)}, NewEndpoint)

    def change_webhook(self, endpoint: str, url: str | None = None, events: Sequence[str] | None = None) -> Endpoint:
        given = {"url": url, "events": None if events is None else list(events)}
        body = {name: value for name, value in given.items() if value is not None}
        return self._send("POST", f"/webhooks/{endpoint}", body, Endpoint)

    def remove_webhook(self, endpoint: str) -> None:
        self._send("DELETE", f"/webhooks/{endpoint}", None, dict[str, str])

    def pause_webhook(self, endpoint: str) -> Endpoint:
        return self._send("POST", f"/webhooks/{endpoint}/pause", {}, Endpoint)

    def resume_webhook(self, endpoint: str) -> Endpoint:
        return self._send("POST", f"/webhooks/{endpoint}/resume", {}, Endpoint)

    def rotate_webhook_secret(self, endpoint: str) -> NewEndpoint:
        """A new secret; the one before it signs beside it for a day."""
        return self._send("POST", f"/webhooks/{endpoint}/secret", {}, NewEndpoint)

    def test_webhook(self, endpoint: str) -> Delivery:
        return self._send("POST", f"/webhooks/{endpoint}/test", {}, Delivery)

    def deliveries(self, endpoint: str) -> Iterator[Delivery]:
        """What was sent and what waits, newest first."""
        before = ""
        while page := self._get(f"/webhooks/{endpoint}/deliveries", {"before": before}, list[Delivery]):
            yield from page
            before = page[-1].id

    def resend(self, endpoint: str, delivery: str) -> Delivery:
        return self._send("POST", f"/webhooks/{endpoint}/deliveries/{delivery}/resend", {}, Delivery)

    # -- over the wire ------------------------------------------------------------------------------------------------

    def _pages(
        self, path: str, asked: Mapping[str, str], kind: type[Told], next_of: Callable[[Told], str], name: str = "after"
    ) -> Iterator[Told]:
        after = ""
        while True:
            page = self._get(path, {**asked, name: after}, kind)
            yield page
            after = next_of(page)
            if not after:
                return

    def _get(self, path: str, asked: Mapping[str, str], kind: type[Told]) -> Told:
        return self._answer("GET", DESK + path, asked, None, kind)

    def _send(self, method: str, path: str, body: Any, kind: type[Told]) -> Told:
        return self._answer(method, DESK + path, {}, body, kind)

    def _answer(self, method: str, path: str, asked: Mapping[str, str], body: Any, kind: type[Told]) -> Told:
        try:
            answer = self._http.send(self._request(method, path, asked, body))
        except httpx.HTTPError as failure:
            raise OutsideFailure(f"{method} {path}: {failure!r}") from failure
        _must_be_good(answer)
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except msgspec.DecodeError as failure:
            raise OutsideFailure(f"{method} {path} answered what is not understood: {failure}") from failure

    def _file(self, path: str, asked: Mapping[str, str], to: Path) -> Path:
        draft = draft_of(to)
        try:
            answer = self._http.send(self._request("GET", path, asked, None), stream=True)
            try:
                if answer.is_error:
                    answer.read()
                    _must_be_good(answer)
                with draft.open("wb") as file:
                    for piece in answer.iter_bytes():
                        file.write(piece)
            finally:
                answer.close()
        except httpx.HTTPError as failure:
            raise OutsideFailure(f"GET {path}: {failure!r}") from failure
        put_whole(draft, to)
        return to

    def _request(self, method: str, path: str, asked: Mapping[str, str], body: Any) -> httpx.Request:
        content = b"" if body is None else json.dumps(body).encode()
        query = {name: value for name, value in asked.items() if value}
        request = self._http.build_request(method, self._base + path, params=query, content=content)
        if content:
            request.headers["content-type"] = "application/json"
        target = request.url.raw_path.decode("ascii")
        request.headers.update(headers(self._key, method, target, content, self._clock.next_ms()))
        return request

    def close(self) -> None:
        if self._owns_http:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _must_be_good(answer: httpx.Response) -> None:
    """
    Raises:
        DeskRefused: the desk says no.
        OutsideFailure: something else does.
    """
    if answer.is_success:
        return
    try:
        error = answer.json()["error"]
        code, text, values = str(error["code"]), str(error["message"]), dict(error.get("values", {}))
    except (ValueError, KeyError, TypeError):
        raise OutsideFailure(f"{answer.request.url.path} answered {answer.status_code}: {answer.text[:200]}") from None
    raise DeskRefused(answer.status_code, code, text, values)
