"""A broker's own client: signed REST with the keys that its users have made for it, and a count of what it earned."""

import json
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any

from conformance.program.venue import Venue
from integration.okx_client import signed_headers

from commonbook.bench.load import Pipe, dealt, play

API = "/api/v5"
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "ordType": "limit"}
UNIT = Decimal("0.00000001")  # what is paid is rounded down at eight decimals (B-6)
WRONG = {"OK-ACCESS-SIGN": "d3Jvbmc="}
LISTED = "/trade/orders-pending"  # 60 in 2 s are published for each user
QUICK = "/account/max-avail-size?instId=BTC-USDT&tdMode=cash"  # answered in a quarter of a millisecond
SLOW = "/broker/nd/rebate-daily"
CONNECTIONS = 10
Key = dict[str, str]


@dataclass
class Client:
    """One user's key in the broker's hands."""

    venue: Venue
    key: Key
    simulated: bool
    tag: str

    def send(self, method: str, path: str, body: Any = None, changed: Mapping[str, str] | None = None) -> Any:
        """The envelope."""
        text = "" if body is None else json.dumps(body)
        headers = self.headers(method, path, text) | dict(changed or {})
        answer = self.venue.ask(method, API + path, content=text or None, headers=headers)
        assert answer.headers["content-type"] == "application/json", answer.text
        return answer.json()

    def headers(self, method: str, path: str, body: str = "") -> dict[str, str]:
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        headers = signed_headers(self.key, method, API + path, body, stamp)
        return headers | ({"x-simulated-trading": "1"} if self.simulated else {})

    def get(self, path: str) -> list[Any]:
        return self._data(self.send("GET", path), path)

    def post(self, path: str, body: Any) -> list[Any]:
        return self._data(self.send("POST", path, body), path)

    def _data(self, envelope: Any, path: str) -> list[Any]:
        assert envelope["code"] == "0", f"{path}: {envelope}"
        data: list[Any] = envelope["data"]
        return data

    def order(self, side: str, size: str, price: str, **more: str) -> dict[str, Any]:
        """The row that answers an order with the broker's code."""
        body = ORDER | {"side": side, "sz": size, "px": price, "tag": self.tag} | more
        row: dict[str, Any] = self.send("POST", "/trade/order", body)["data"][0]
        return row

    def takes(self, size: str) -> str:
        """Buy what is offered; the order's id."""
        best = self.venue.ask("GET", f"{API}/market/books?instId=BTC-USDT&sz=1", headers=self._venue).json()
        row = self.order("buy", size, best["data"][0]["asks"][0][0], ordType="ioc")
        assert row["sCode"] == "0", row
        assert row["brokerCode"] == self.tag, row
        order: str = row["ordId"]
        return order

    def fills_of(self, orders: set[str]) -> list[dict[str, str]]:
        return [row for row in self.get("/trade/fills?instId=BTC-USDT") if row["ordId"] in orders]

    def asks_for(self, path: str) -> bytes:
        """A whole GET, signed now."""
        lines = [f"GET {API}{path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in self.headers("GET", path).items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    @property
    def _venue(self) -> dict[str, str]:
        return {"x-simulated-trading": "1"} if self.simulated else {}


@dataclass
class Counted:
    """What the broker has counted of one hour, by its own arithmetic: its part of each fill's fee, rounded down."""

    rate: Decimal
    parts: dict[str, list[Decimal]] = field(default_factory=lambda: defaultdict(list))
    hours: set[int] = field(default_factory=set)

    def add(self, fills: list[dict[str, str]]) -> None:
        """Rows of the fills of takers, as the API answers them."""
        for row in fills:
            assert (row["feeCcy"], row["execType"]) == ("USDT", "T"), row
            self.parts[row["ordId"]].append((-Decimal(row["fee"]) * self.rate).quantize(UNIT, ROUND_FLOOR))
            self.hours.add(int(row["ts"]) // 3_600_000)

    @property
    def fills(self) -> int:
        return sum(map(len, self.parts.values()))

    @property
    def paid(self) -> Decimal:
        return sum((part for parts in self.parts.values() for part in parts), Decimal(0))

    @property
    def hour(self) -> str:
        """As a statement's name has it."""
        [hour] = self.hours
        return datetime.fromtimestamp(hour * 3_600, UTC).strftime("%Y-%m-%dT%H")

    def write(self, path: Path) -> None:
        orders = {order: f"{sum(parts, Decimal(0)):f}" for order, parts in self.parts.items()}
        told = {"hour": self.hour, "fills": self.fills, "paid": f"{self.paid:f}", "orders": orders}
        path.write_text(json.dumps(told))


def show(clients: list[Client], master: Client, day: str) -> None:
    """What the conformance kit wants to see but loads and the hour: CK-2 to CK-5 and CK-8."""
    first = clients[0]
    for _ in range(20):
        first.get("/account/config")
    assert first.send("GET", "/account/config", changed=WRONG)["code"] == "50113"
    placed = first.order("buy", "0.01", "70000")
    assert placed["sCode"] == "0", placed
    body = ORDER | {"side": "buy", "sz": "0.01", "px": "70001", "tag": first.tag}
    assert [row["sCode"] for row in first.post("/trade/batch-orders", [body, body])] == ["0", "0"]
    first.post("/trade/amend-order", {"instId": "BTC-USDT", "ordId": placed["ordId"], "newSz": "0.02"})
    first.takes("0.001")
    assert first.order("buy", "900", "70000")["sCode"] == "51008"
    first.get("/account/config")
    while first.send("GET", SLOW)["code"] != "50011":
        pass
    time.sleep(2.5)  # it holds back
    master.post("/broker/fd/rebate-per-orders", {"begin": day, "end": day, "brokerType": "api"})
    master.get("/broker/fd/rebate-per-orders?type=true&brokerType=api")


def load(clients: list[Client]) -> None:
    """CK-6 and CK-7: more than ten times a plan of a hundred a second, and a minute of more than a hundred a second.

    A little more, as what is sent in a second may come a little later.
    """
    _send(clients, 1_200, QUICK)
    time.sleep(10.5)
    began = time.monotonic()
    for second in range(62):
        time.sleep(max(0.0, began + second - time.monotonic()))
        _send(clients, 110, LISTED)


def _send(clients: list[Client], count: int, path: str) -> None:
    """Signed first, and then sent as fast as they are answered."""
    requests = [clients[number % len(clients)].asks_for(path) for number in range(count)]
    pipes = [Pipe.open(clients[0].venue.port) for _ in range(CONNECTIONS)]
    try:
        play(pipes, dealt(requests, len(pipes)), _must_be_done, at_once=CONNECTIONS)
    finally:
        for pipe in pipes:
            pipe.close()


def _must_be_done(answer: bytes) -> None:
    assert b'"code":"0"' in answer, answer
