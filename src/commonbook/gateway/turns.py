"""How much of each brand a gateway has on its way at a time. Rule L-10 of docs/rules/limits.md.

A gateway does one thing after the other: an order waits for all that was taken on before it. So when several brands
send orders, each has only so many bytes of them on their way; what it sends beyond waits where it came in, and its
sender is not read meanwhile. A brand's own answers make room for its next message. A brand that sends alone has no
bound.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

REMEMBERED_S = 10.0  # so long a brand that has sent something counts as one that sends

GoOn = Callable[[], None]


@dataclass
class Turns:
    """One per gateway process and venue. `most` 0: nobody waits."""

    most: int  # bytes of one brand
    _on_their_way: dict[int, int] = field(default_factory=dict)
    _waiting: dict[int, deque[tuple[int, GoOn]]] = field(default_factory=dict)
    _sent: dict[int, float] = field(default_factory=dict)  # when each brand last sent something

    def may_begin(self, brand: int) -> bool:
        """Whether a message of this brand may be taken on now."""
        if not self.most or len(self._sent) < 2:
            return True
        return self._on_their_way.get(brand, 0) < self.most

    def wait(self, brand: int, go_on: GoOn, size: int = 0) -> None:
        """Have this called, once, when there is room.

        Args:
            size: begins with the call; 0 for who asks again then.
        """
        self._waiting.setdefault(brand, deque()).append((size, go_on))

    def began(self, brand: int, size: int) -> None:
        self._sent[brand] = time.monotonic()
        self._on_their_way[brand] = self._on_their_way.get(brand, 0) + size

    def ended(self, brand: int, size: int) -> None:
        """A message was answered. Who waits longest goes on."""
        left = self._on_their_way[brand] - size
        if left:
            self._on_their_way[brand] = left
        else:
            del self._on_their_way[brand]
        waiting = self._waiting.get(brand)
        while waiting and self.may_begin(brand):
            begins, go_on = waiting.popleft()
            if begins:
                self.began(brand, begins)
            go_on()
        if waiting is not None and not waiting:
            self._waiting.pop(brand, None)

    def forget(self, now: float) -> None:
        """Brands that have sent nothing for a while; called now and then."""
        for brand in [one for one, sent in self._sent.items() if now - sent > REMEMBERED_S]:
            del self._sent[brand]
