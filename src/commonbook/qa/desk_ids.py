"""One brand's ids in requests of another's people, the like of them that nobody has, and what is answered besides."""

import re
from collections.abc import Mapping

import httpx

from commonbook.qa.desk_routes import Value

ABSENT = "987654321"


def like_of(theirs: str) -> str:
    """What looks like an id, a name, a domain or an address, and is nobody's."""
    if theirs.isdigit():
        return ABSENT
    if "@" in theirs:
        return "absent@example.com"
    return "absent.example" if "." in theirs else re.sub(r"[0-9a-zA-Z]", "a", theirs)


class Noted:
    """A `value` that remembers what it has given."""

    def __init__(self, give: Value) -> None:
        self._give = give
        self.given: dict[str, str | None] = {}

    def __call__(self, path: str, name: str) -> str | None:
        self.given[name] = self._give(path, name)
        return self.given[name]


def shown(answer: httpx.Response, ids: Mapping[str, str | None], passing: re.Pattern[str]) -> str:
    """What was answered, without what was sent.

    Args:
        passing: what is made anew for each answer.
    """
    text = passing.sub("", answer.text)
    for one in sorted({one for one in ids.values() if one}, key=len, reverse=True):
        text = re.sub(rf"(?<![0-9a-zA-Z]){re.escape(one)}(?![0-9a-zA-Z])", "", text)
    return f"{answer.status_code} {text}"
