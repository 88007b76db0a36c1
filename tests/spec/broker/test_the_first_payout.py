"""The guide docs/guides/first-payout.md does what it says: sent in order, answered as it is written there."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from spec.broker.clients import PASSPHRASE, Key, host_key
from spec.house import House, Person
from spec.small_exchange import MAKER, PAYOUT, SOUTH, TAKER, order

from commonbook.records import Side

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "first-payout.md"
BLOCKS = re.compile(
    r"<!-- (?P<actor>[^>]+) -->|```http\n(?P<request>.*?)```\n```json\n(?P<answer>.*?)```|```csv\n(?P<table>.*?)```",
    re.DOTALL,
)
ANYTHING = "…"


class Reader:
    """Does what the guide says, line by line."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.told: dict[str, str] = {}
        self.user, self.broker = house.trader(TAKER), house.trader(PAYOUT)
        self.broker_key = host_key(house, PAYOUT)
        self.asks: Person | Key = self.user

    def becomes(self, actor: str) -> None:
        match actor.strip():
            case "the user's session":
                self.asks = self.user
            case "the broker's session":
                self.asks = self.broker
            case "the broker's key":
                self.asks = self.broker_key
            case "the user's key":
                self.house.second_passes()
                self.asks = Key(self.house, self.told["key"], self.told["secret"], SOUTH, PASSPHRASE)
            case "the hour ends":
                self.house.door.follow(self.house.small.tick(2))
                self.house.small.settle()
            case _:
                raise AssertionError(actor)

    def send(self, request: str, wanted: Any) -> None:
        line, _, body = request.partition("\n\n")
        method, _, path = self.fill(line.strip()).partition(" ")
        given = json.loads(self.fill(body)) if body.strip() else None
        answer = self._ask(method, path, given)
        assert answer.status_code < 400, f"{line}: {answer.text}"
        self.compare(line, wanted, answer.json())

    def _ask(self, method: str, path: str, body: Any) -> httpx.Response:
        if isinstance(self.asks, Key):
            return self.asks.response(method, path.removeprefix("/api/v5"), body)
        return self.asks.ask(method, path, body, {})

    def fill(self, text: str) -> str:
        return re.sub(r"\{([a-z]+)\}", lambda found: self.told[found[1]], text)

    def compare(self, place: str, wanted: Any, found: Any) -> None:
        match wanted:
            case dict():
                for name, value in wanted.items():
                    assert name in found, f"{place}: {name} is not in {found}"
                    self.compare(f"{place}.{name}", value, found[name])
            case list():
                for number, one in enumerate(wanted):
                    self.compare(f"{place}[{number}]", one, found[number])
            case str() if wanted.startswith("{"):
                assert self.told.setdefault(wanted[1:-1], str(found)) == str(found), place
            case _:
                assert wanted in (ANYTHING, found), f"{place}: {found!r}, and not {wanted!r}"

    def match(self, table: str) -> None:
        """The file behind the link has these rows, in these columns, and no other."""
        path = self.told["href"].partition(".localhost")[2]
        content = self.house.ask("GET", path, None, SOUTH).text
        wanted = list(csv.DictReader(io.StringIO(self.fill(table))))
        found = [{name: row[name] for name in wanted[0]} for row in csv.DictReader(io.StringIO(content))]
        assert found == wanted


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as made:
        made.at(0, 1)
        made.send(order(MAKER, Side.SELL, "100000"))
        yield made


def test_the_guide_leads_from_a_clients_key_to_a_payout(house: House) -> None:
    reader = Reader(house)
    for block in BLOCKS.finditer(GUIDE.read_text()):
        if block["actor"]:
            reader.becomes(block["actor"])
        elif block["table"]:
            reader.match(block["table"])
        else:
            reader.send(block["request"], json.loads(block["answer"]))
    assert float(reader.told["paid"]) > 0
    assert reader.told["paid"] == reader.told["commission"]
