"""The partner's guide does what it says: its requests are sent in order, and answered as they are written there.

What others do meanwhile stands in the page as comments, and is done by the steps of `test_the_whole_path`.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from spec.partnership.path_here import HOST, HUB, SOUTH, Hand, World, world_in
from spec.partnership.test_the_whole_path import (
    CONTRACT,
    HARBOUR,
    PHASE,
    Host,
    customers_trade,
    order_is_tried_out,
    token_is_there,
)

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "partner.md"
BLOCKS = re.compile(r"<!-- (?P<comment>[^>]+) -->|```http\n(?P<request>.*?)```\n```json\n(?P<answer>.*?)```", re.DOTALL)
ANYTHING = "…"


@dataclass
class Reader:
    """Does what the guide says, line by line."""

    world: World
    host: Host
    hands: dict[str, Hand] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    who: str = ""

    @property
    def hand(self) -> Hand:
        return self.hands[self.who]

    def acts(self, who: str, host: str, email: str) -> Hand:
        self.who = who
        if who not in self.hands:
            self.hands[who] = self.world.hand(host, email)
        return self.hand

    def fill(self, text: str) -> str:
        """The words in braces, by what was told."""

        def one(found: re.Match[str]) -> str:
            word = found[1]
            if word == "code of the app":
                self.hand.secret = self.told["secret"]
                return self.hand.code()
            if word.startswith("code of the mail to "):
                return self.world.mailed(word.removeprefix("code of the mail to "), "invitation")
            return self.told[word]

        return re.sub(r"\{([a-z][a-z @.]*)\}", one, text)

    def send(self, request: str, wanted: Any) -> None:
        head, _, body = request.partition("\n\n")
        (line, *headers) = head.strip().splitlines()
        method, _, path = line.partition(" ")
        assert headers == [f"Host: {self.hand.host}"], f"{line}: asked at {headers} by {self.hand.host}"
        given = json.loads(self.fill(body)) if body.strip() else {} if method == "POST" else None
        answer = self.hand.ask(method, self.fill(path), given)
        assert (answer.status_code >= 400) == ("error" in wanted), f"{line}: {answer.text}"
        self.compare(line, wanted, answer.json())
        if isinstance(answer.json(), dict) and "csrf" in answer.json():
            self.hand.enter(answer.json())

    def compare(self, place: str, wanted: Any, found: Any) -> None:
        """All that is written is there, and is the same; a word in braces is what is told from here on."""
        match wanted:
            case dict():
                for name, value in wanted.items():
                    assert name in found, f"{place}: {name} is not in {found}"
                    self.compare(f"{place}.{name}", value, found[name])
            case list():
                assert len(wanted) == len(found), f"{place}: {found}"
                for number, (one, other) in enumerate(zip(wanted, found, strict=True)):
                    self.compare(f"{place}[{number}]", one, other)
            case str() if wanted.startswith("{"):
                assert self.told.setdefault(wanted[1:-1], str(found)) == str(found), place
            case _:
                assert wanted in (ANYTHING, found), f"{place}: {found!r}, and not {wanted!r}"


# -- what others do, and what is not shown again ---------------------------------------------------------------------


def _applies(one: Reader) -> None:
    one.acts("ada", SOUTH, "ada@example.com").sign_up()


def _admits(one: Reader) -> None:
    one.host.admit(one.told["reference"])


def _funds(one: Reader) -> None:
    one.world.fund(one.hand.account, HUB, "500000")


def _anybody(one: Reader) -> None:
    one.acts("anybody", HOST, "")


def _opens(one: Reader) -> None:
    reference = one.told["reference"]
    one.host.both(f"/host/v1/partnership/applications/{reference}/contract")
    one.host.move_together(reference, "sandbox")
    one.world.keep()


def _second_factor(one: Reader) -> None:
    one.hand.set_up_second_factor()


def _colleague(one: Reader) -> None:
    one.hands["colleague"] = one.world.hand(HARBOUR, "bob@example.com").take_invitation().set_up_second_factor()


def _record(one: Reader) -> None:
    one.world.dns.set(one.told["record"], "TXT", one.told["token"])


def _publishes(one: Reader) -> None:
    for kind in ("risk", "privacy"):
        text = {"kind": kind, "role": "trader", "texts": {"en": f"Our {kind}."}, "is_material": True}
        one.hand.post("/partner/v1/terms", text)


def _tries(one: Reader) -> None:
    one.world.keep()
    order_is_tried_out(one.world, one.hand)


def _live(one: Reader) -> None:
    one.host.sign_in()
    token_is_there(one.world, one.told["reference"], issued=True, bound=True)
    one.host.move_together(one.told["reference"], "live")
    one.world.keep()


def _trade(one: Reader) -> None:
    one.told["day"] = customers_trade(one.world)
    one.world.clock.to_next_day(hour=2)
    one.world.keep()
    for who in ("colleague", "owner"):
        one.hands[who].sign_in()


STEPS: dict[str, Callable[[Reader], Any]] = {
    "ada at south.localhost signs up": _applies,
    "the host admits": _admits,
    "ada is funded with the stake": _funds,
    "anybody at 127.0.0.1": _anybody,
    "ada at south.localhost": lambda one: one.acts("ada", SOUTH, ""),
    "the host accepts and opens the brand": _opens,
    "owner at harbour.localhost": lambda one: one.acts("owner", HARBOUR, "ada@example.com"),
    "owner sets up a second factor": _second_factor,
    "colleague takes the invitation": _colleague,
    "the record is in DNS": _record,
    "owner publishes risk and privacy": _publishes,
    "owner trades on the simulated venue": _tries,
    "the token is there, and the host goes live": _live,
    "customers trade, and the day ends": _trade,
    "colleague at harbour.localhost": lambda one: one.acts("colleague", HARBOUR, ""),
}


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with world_in(tmp_path / "data") as world:
        host = Host(world.hosts_owner("ida@example.com"), world.hosts_owner("jan@example.com"))
        host.both("/host/v1/partnership/phases", PHASE)
        host.both("/host/v1/partnership/contracts", CONTRACT)
        yield Reader(world, host)


def test_the_guide_of_a_partner_leads_to_the_first_income(reader: Reader) -> None:
    text = GUIDE.read_text()
    blocks = list(BLOCKS.finditer(text))
    assert len([one for one in blocks if one["request"]]) == text.count("```http")
    for block in blocks:
        if block["comment"]:
            STEPS[block["comment"]](reader)
        else:
            reader.send(block["request"], json.loads(block["answer"]))
    assert reader.hands["owner"].balance("USDT") == "8"
