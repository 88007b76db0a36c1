"""Clearing statements: a file for each brand, asset and day that anybody can check with nothing but the files.

The first line is the header: whose day it is, the terms, what was owed when it began, and the root of the statement
before, so that the days are a chain. Then a line for each side of a fill that was the brand's, and for each other
change of what it is owed. The footer has the sums, what was owed in the end, and the hashes. Rules Q-12 to Q-14.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from commonbook.clearing.document import Checked, Line, canonical, opened, read_line, sealed

FORMAT = "commonbook-clearing-1"
ITEMS = (
    *("fees", "rebates", "affiliates", "commissions", "cost_share", "holders", "subsidy", "trading"),
    *("withdrawal", "listing", "other", "transfers", "adjustments", "released", "set_off"),
)
CHANGES = ITEMS[ITEMS.index("trading") :]  # what of these changes what is owed
_SOURCES = ("withdrawal", "listing", "other")
_RATE_ONE = 100_000_000
_DAY_NS = 86_400 * 1_000_000_000


class Totals:
    """The sums over lines, as they pass."""

    def __init__(self, header: Line) -> None:
        self._sums = dict.fromkeys(ITEMS, 0)
        self._opening = int(header["opening"])

    def add(self, line: Line) -> None:
        for item, amount in amounts_of(line):
            self._sums[item] += amount

    def told(self) -> Line:
        """The footer's part that is no hash."""
        closing = self._opening + sum(self._sums[item] for item in CHANGES)
        return {name: str(amount) for name, amount in self._sums.items()} | {
            "opening": str(self._opening),
            "closing": str(closing),
        }

    def is_day(self, sheet: dict[str, int]) -> list[str]:
        """Where these sums are not those of a day's sheet."""
        return [
            f"{name} {self._sums[name]} instead of {sheet[name]}" for name in ITEMS if self._sums[name] != sheet[name]
        ]


def amounts_of(line: Line) -> Iterable[tuple[str, int]]:
    """What a line adds to which sums."""
    kind = line["kind"]
    if kind == "fill":
        yield "fees", max(int(line["fee"]), 0)
        yield "rebates", int(line["rebate"])
        for claim in line["claims"]:
            yield ("affiliates" if claim["kind"] == "affiliate" else "commissions"), int(claim["paid"])
        yield "cost_share", int(line["cost_share"])
        yield "holders", int(line["holders"])
        yield "subsidy", int(line["subsidy"])
        yield "trading", int(line["revenue"])
    elif kind == "income":
        yield "cost_share", int(line["cost_share"])
        yield str(line["source"]), int(line["revenue"])
    else:
        names = {"release": "released", "set_off": "set_off", "adjustment": "adjustments", "transfer": "transfers"}
        yield names[kind], int(line["amount"])


def verify_clearing(paths: Sequence[Path]) -> list[Checked]:
    """Check each file by itself, and the files of a brand and asset as a chain of days; one outcome for each file."""
    found = [verify_one(path) for path in paths]
    order = sorted(
        (place for place, one in enumerate(found) if one.ok),
        key=lambda place: (found[place].header["brand"], found[place].header["asset"], int(found[place].header["day"])),
    )
    for before, after in pairwise(order):
        why = _chain(found[before], found[after])
        if why:
            one = found[after]
            found[after] = Checked(one.file, False, 1, why, one.header, one.totals, one.root, one.count)
    return found


def _chain(before: Checked, after: Checked) -> str:
    if any(before.header[name] != after.header[name] for name in ("brand", "asset")):
        return ""
    if before.header["day"] == after.header["day"]:
        return "" if before.root == after.root else f"day {after.header['day']} is there twice, and differs"
    if after.header["previous_day"] != before.header["day"]:
        return f"the statement of day {after.header['previous_day']} before it is missing"
    if after.header["previous_root"] != before.root:
        return f"the root of day {before.header['day']} should be {before.root}"
    if after.header["opening"] != before.totals["closing"]:
        return f"the opening should be {before.totals['closing']}, the closing of day {before.header['day']}"
    return ""


def verify_one(path: Path) -> Checked:
    """Form, hashes and root; each line from its inputs and the terms; the sums from the lines."""
    found = opened(path)
    if isinstance(found, Checked):
        return found
    texts, end = found
    header: Line = {}
    seen: set[tuple[str, ...]] = set()
    totals: Totals | None = None
    for number, text in enumerate(texts, 1):
        try:
            line = read_line(text)
            if number == 1:
                header, why = line, _check_header(line)
                totals = Totals(line) if not why else None
            else:
                why = _check_line(line, header, seen)
                if totals is not None and not why:
                    totals.add(line)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            why = f"the line cannot be read: {error}"
        if why:
            return Checked(path.name, False, number, why)
    told = totals.told() if totals is not None else {}
    wrong = [name for name, value in told.items() if end.get(name) != value]
    expected = sealed(told, [bytes.fromhex(leaf) for leaf in end["leaves"]])
    if wrong or expected != end:
        what = ", ".join(f"{name} {told[name]}" for name in wrong) or "nothing but sums and hashes"
        return Checked(path.name, False, len(texts) + 1, f"the footer should say {what}")
    return Checked(path.name, True, None, "", header, told, str(end["root"]), int(end["count"]))


def _check_header(header: Line) -> str:
    if header["format"] != FORMAT or header["kind"] != "header":
        return "the header is of another format"
    int(header["opening"])
    if int(header["previous_day"] or -1) >= int(header["day"]):
        return f"day {header['previous_day']} is not before day {header['day']}"
    return ""


def _check_line(line: Line, header: Line, seen: set[tuple[str, ...]]) -> str:
    """Recompute one line from its inputs and the header's terms; what is wrong, or nothing."""
    if int(line["time_ns"]) // _DAY_NS != int(header["day"]):
        return "it is of another day"
    kind = line["kind"]
    place = (kind, line["fill"], line["role"]) if kind == "fill" else (kind, line["sequence"])
    if place in seen:
        return "it is there twice"
    seen.add(place)
    checks: dict[str, Callable[[Line, Line], str]] = {"fill": _check_fill, "income": _check_income}
    if kind in ("release", "set_off"):
        return "" if int(line["amount"]) <= 0 else "what is paid out must not be above zero"
    if kind in ("adjustment", "transfer"):
        int(line["amount"])
        return ""
    return checks[kind](line, header)


def _check_fill(line: Line, header: Line) -> str:
    fee, rebate = int(line["fee"]), int(line["rebate"])
    base = fee - rebate if line["role"] == "taker" else max(fee, 0)
    if rebate < 0 or (line["role"] == "maker" and rebate):
        return "the rebate is paid out of the taker's fee"
    if line["counterparty"] not in ("internal", "external"):
        return "the counterparty is internal or external"
    rate, holders_rate = (in_force(header[name], line) for name in ("cost_shares", "holders"))
    left, claimed = max(base, 0), []
    for claim in line["claims"]:
        paid = min(int(claim["claimed"]), left)
        claimed.append(paid)
        left -= paid
    if [int(claim["paid"]) for claim in line["claims"]] != claimed:
        return f"the claims should be paid {claimed}"
    brand = left * (_RATE_ONE - rate) // _RATE_ONE
    holders = brand * holders_rate // _RATE_ONE
    due = {
        "base": base,
        "cost_share": left - brand,
        "holders": holders,
        "revenue": brand - holders,
        "subsidy": max(-base, 0),
    }
    return _same(line, due)


def _check_income(line: Line, header: Line) -> str:
    source, amount = line["source"], int(line["amount"])
    if source not in _SOURCES:
        return f"there is no source {source}"
    rate = in_force(header["cost_shares"], line, source)
    sign = -1 if amount < 0 else 1
    brand = sign * (abs(amount) * (_RATE_ONE - rate) // _RATE_ONE)
    return _same(line, {"cost_share": amount - brand, "revenue": brand})


def _same(line: Line, due: dict[str, int]) -> str:
    wrong = [f"{name} should be {value}" for name, value in due.items() if int(line[name]) != value]
    return "; ".join(wrong)


def in_force(rows: list[dict[str, Any]], line: Line, source: str = "trading") -> int:
    """The rate of a header's terms at a line's time."""
    chosen = [row for row in rows if row["source"] == source and int(row["effective_ns"]) <= int(line["time_ns"])]
    if not chosen:
        raise ValueError(f"the header has no rate for {source}")
    return int(max(chosen, key=lambda row: int(row["effective_ns"]))["rate_e8"])


def header_text(facts: Line) -> str:
    """The first line."""
    return canonical(facts | {"format": FORMAT, "kind": "header"})
