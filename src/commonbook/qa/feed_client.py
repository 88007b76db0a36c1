"""A client's own book, kept as the reference says (WS-8): snapshot, changes, gaps."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

CHANNELS = {"books": 400, "books-l2-tbt": 400, "books50-l2-tbt": 50, "books5": 5, "bbo-tbt": 1}
WHOLE = ("books5", "bbo-tbt")  # told whole each time
Format = Callable[[int], str]


def as_told(levels: Iterable[tuple[int, int, int]], price: Format, size: Format) -> list[list[str]]:
    """Levels (ticks, lots, orders), best first, as the door writes them."""
    return [[price(ticks), size(lots), "0", str(orders)] for ticks, lots, orders in levels]


class BookClient:
    """The book of one channel. `has_gap` once a message did not follow the one before."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.sequence = -1
        self.has_gap = False
        self.is_whole = False
        self.lost = False  # a message was, and the next must tell
        self._sides: dict[str, dict[str, list[str]]] = {"bids": {}, "asks": {}}

    def may_lose(self, message: dict[str, Any]) -> bool:
        """Whether the loss of this message must be found out: of an update with something in it."""
        return message.get("action") == "update" and bool(message["data"][0]["bids"] or message["data"][0]["asks"])

    def take(self, message: dict[str, Any]) -> str:
        """Empty, or what the server must not do."""
        (content,) = message["data"]
        if self.channel in WHOLE or message["action"] == "snapshot":
            if content.get("prevSeqId", -1) != -1:
                return f"a snapshot follows {content['prevSeqId']}"
            if content["seqId"] < self.sequence:
                return f"from {self.sequence} it went back to {content['seqId']}"
            self._sides = {"bids": {}, "asks": {}}
            self.is_whole = True
        else:
            if not self.is_whole:
                return "an update came before the snapshot"
            follows = content["prevSeqId"] == self.sequence
            if self.lost and follows:
                return f"the update to {content['seqId']} hides that one was lost"
            if not self.lost and not follows:
                return f"an update follows {content['prevSeqId']}, what came before was {self.sequence}"
            if not follows:
                self.has_gap = True
                return ""
            if content["seqId"] < self.sequence:
                return f"from {self.sequence} it went back to {content['seqId']}"
        self.sequence = content["seqId"]
        return self._change("bids", content["bids"]) or self._change("asks", content["asks"])

    def _change(self, side: str, rows: list[list[str]]) -> str:
        levels = self._sides[side]
        prices = [Decimal(row[0]) for row in rows]
        if prices != sorted(prices, reverse=side == "bids") or len(set(prices)) != len(prices):
            return f"the {side} of {self.sequence} are out of order"
        for row in rows:
            if row[1] == "0":
                if levels.pop(row[0], None) is None:
                    return f"at {self.sequence} a level of the {side} goes that was not there: {row[0]}"
            else:
                levels[row[0]] = row
        return ""

    def book(self) -> dict[str, list[list[str]]]:
        """Both sides, best first."""
        return {
            side: [levels[price] for price in sorted(levels, key=Decimal, reverse=side == "bids")]
            for side, levels in self._sides.items()
        }
