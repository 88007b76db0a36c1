"""The guide for brokers does what it says: its requests are sent in order, and answered as they are written there.

What others do meanwhile stands in the page as comments.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spec.brokerage.journey import Applicant, Host, active_in_core
from spec.partnership.desk_here import DesksHere

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "becoming-a-broker.md"
BLOCKS = re.compile(r"<!-- (?P<comment>[^>]+) -->|```http\n(?P<request>.*?)```\n```json\n(?P<answer>.*?)```", re.DOTALL)
ANYTHING = "…"


@dataclass
class Reader:
    """Does what the guide says, line by line."""

    applicant: Applicant
    host: Host
    told: dict[str, str] = field(default_factory=dict)

    def send(self, request: str, wanted: Any) -> None:
        line, _, body = request.partition("\n\n")
        method, _, path = line.strip().partition(" ")
        given = json.loads(self.fill(body)) if body.strip() else {} if method == "POST" else None
        answer = self.applicant.browser.ask(method, self.fill(path), given)
        assert answer.status_code < 400, f"{line}: {answer.text}"
        self.compare(line.strip(), wanted, answer.json())
        self.applicant.reference = self.told.get("reference", "")

    def fill(self, text: str) -> str:
        """The words in braces, by what was told."""
        return re.sub(r"\{([a-z]+)\}", lambda found: self.told[found[1]], text)

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


def _approves(one: Reader) -> None:
    one.host.publish()
    one.host.check(one.applicant.reference, "security")
    one.host.move(one.applicant.reference, "contract")


def _goes_live(one: Reader) -> None:
    one.host.accept_contract(one.applicant.reference)
    one.host.move(one.applicant.reference, "live")
    assert active_in_core(one.applicant.desks, "NORTH")


STEPS: dict[str, Callable[[Reader], None]] = {
    "the host lets them in": lambda one: one.host.let_in(one.applicant.reference),
    "the conformance kit files its report": lambda one: one.applicant.is_certified(),
    "the host approves": _approves,
    "the host signs and goes live": _goes_live,
}


def test_be5_the_guide_of_a_broker_leads_to_a_code_that_earns(desks: DesksHere, host: Host) -> None:
    reader = Reader(Applicant.at(desks), host)
    blocks = list(BLOCKS.finditer(GUIDE.read_text()))
    assert {one["comment"] for one in blocks if one["comment"]} == set(STEPS)
    for one in blocks:
        if one["comment"]:
            STEPS[one["comment"]](reader)
        else:
            reader.send(one["request"], json.loads(one["answer"]))
    assert not active_in_core(desks, "NORTH")
