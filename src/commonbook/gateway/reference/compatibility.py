"""How each route and channel compares with OKX's: the same, different and how, or not to be had and why."""

from typing import Any

from commonbook.gateway.okx_v5.app import PREFIX, ROUTES
from commonbook.gateway.okx_v5.statement import Verdict
from commonbook.gateway.okx_v5.ws.channels import CANDLES, CHANNELS
from commonbook.gateway.reference.openapi import stated, summary, why_absent

Table = dict[str, Any]

# What is so of the whole door, beside what single routes say.
EVERYWHERE = (
    (
        "differs",
        "Fees are in the quote currency, on buys as well, so that fee and rebate of one fill are amounts of one.",
    ),
    (
        "differs",
        "Limits are OKX's, times a factor that the host sets; 50013 (status 429) is told when the inbox is full.",
    ),
    ("differs", "There is no simulated venue beside the real one (50101)."),
    ("differs", "404 and 413 are told with the codes 50404 and 50413, for which OKX has none."),
    (
        "stricter",
        "A signed POST works once, and after a restart old signatures are refused: a copied request must not"
        " trade twice.",
    ),
    (
        "stricter",
        "A limit out of its bounds is refused, not cut, so that a program does not take a part for the whole.",
    ),
    ("stricter", "An off-tick price is refused, not rounded: the sender's price is the sender's."),
    (
        "stricter",
        "A parameter that asks for protection that is not to be had refuses the order (50062): an order that is"
        " less protected than its sender believes is worse than none.",
    ),
    ("stricter", "What is gone, was never there or is somebody else's is told alike, so that nobody learns of it."),
)
# OKX's paths that are not here at all: 404, 50404.
FAMILIES = (
    ("/tradingBot/", "grid, recurring buy and signal bots: there are no trading strategies"),
    ("/copytrading/", "no account trades for another"),
    ("/finance/", "savings, staking and loans: nothing is lent and nothing borrowed"),
    ("/sprd/", "spreads: a spot venue has none"),
    ("/rfq/", "block trading: all orders meet in the book"),
    ("/affiliate/", "affiliates are not here yet"),
    ("/fiat/", "fiat payments: there is no custody yet"),
    ("/rubik/", "trading statistics of derivatives: a spot venue has none"),
)


def compatibility() -> Table:
    """{"everywhere", "routes", "channels", "families"}, each a list of rows."""
    return {
        "everywhere": [{"kind": kind, "says": says} for kind, says in EVERYWHERE],
        "routes": [route_row(name) for name in ROUTES],
        "channels": [channel_row(name) for name in [*CHANNELS, *(f"{name}*" for name in CANDLES)]],
        "families": [{"path": f"{PREFIX}{path}", "absent": why} for path, why in FAMILIES],
    }


def route_row(name: tuple[str, str]) -> Table:
    told = stated(name)
    row: Table = {
        "method": name[0],
        "path": f"{PREFIX}{name[1]}",
        "summary": summary(name),
        "verdict": str(told.verdict),
    }
    texts = {"differs": told.differs, "stricter": told.stricter, "absent": why_absent(name)}
    return row | {kind: text for kind, text in texts.items() if text}


def channel_row(name: str) -> Table:
    row: Table = {"channel": name, "verdict": str(Verdict.SAME)}
    found = CHANNELS.get(name) or CANDLES[name.removesuffix("*")]
    if not found.shape:
        return row | {"verdict": str(Verdict.ABSENT), "absent": found.says}
    if found.differs:
        return row | {"verdict": str(Verdict.DIFFERS), "differs": found.differs}
    return row


def as_markdown() -> str:
    """The page docs/reference/compatibility.md."""
    table = compatibility()
    lines = [_HEAD]
    lines += [f"- {one['says']}" for one in table["everywhere"] if one["kind"] == "differs"]
    lines += ["", "Stricter on purpose:", ""]
    lines += [f"- {one['says']}" for one in table["everywhere"] if one["kind"] == "stricter"]
    counts = {verdict: sum(row["verdict"] == verdict for row in table["routes"]) for verdict in Verdict}
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    lines += [
        "",
        "## Routes",
        "",
        f"{len(table['routes'])} routes: {told}.",
        "",
        "| route | | how, and why |",
        "|---|---|---|",
    ]
    lines += [f"| {row['method']} {row['path']} | {row['verdict']} | {how(row)} |" for row in table["routes"]]
    lines += ["", "## Channels", "", "| channel | | how, and why |", "|---|---|---|"]
    lines += [f"| {row['channel']} | {row['verdict']} | {how(row)} |" for row in table["channels"]]
    lines += [
        "",
        "## Not here at all",
        "",
        "These paths of OKX's are answered 404, 50404.",
        "",
        "| path | why |",
        "|---|---|",
    ]
    lines += [f"| {row['path']} | {row['absent']} |" for row in table["families"]]
    return "\n".join(lines) + "\n"


def how(row: Table) -> str:
    """The difference in words."""
    parts = [row.get("absent", ""), row.get("differs", "")]
    if "stricter" in row:
        parts.append(f"stricter on purpose: {row['stricter']}")
    return "; ".join(part for part in parts if part)


_HEAD = """\
# Compatibility with OKX

Route by route and channel by channel: `same` as OKX's of that name, `differs` and how, `absent` (it answers, and what
it is about is not to be had) and why, `ours` where OKX has none. Made from what the handlers state
(`src/commonbook/gateway/okx_v5/`) by `tests/test_reference.py`; a running exchange serves the same at
`/api/v5/compatibility.json` and `/docs/api/compatibility`. What the door takes and answers in full:
[okx-v5.md](okx-v5.md), [okx-v5-websocket.md](okx-v5-websocket.md).

Everywhere:
"""
