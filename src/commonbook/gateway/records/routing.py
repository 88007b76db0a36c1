"""Which events of a batch concern which accounts. By arrays: nothing here looks at one event after the other."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from commonbook.records import EVENT_SIZE, Batch, EventKind, Side

_WORDS = EVENT_SIZE // 8
_NOBODY = 0
# Where the account stands, in words of 8 bytes; 0: the event names none.
_PLACE = np.zeros(256, np.int64)
for _kind in (
    EventKind.ACCEPTED,
    EventKind.REFUSED,
    EventKind.BALANCE,
    EventKind.TIMER,
    EventKind.CANCELED_ALL,
):
    _PLACE[_kind] = 2
for _kind in (EventKind.RESTING, EventKind.CANCELED, EventKind.FILL_SIDE):
    _PLACE[_kind] = 3
_RELEASED = slice(5, 7)  # the words of a fill's buyer_released


def by_account(batch: Batch, accounts: NDArray[np.uint64]) -> Iterator[tuple[int, NDArray[np.uint64]]]:
    """The events that concern each of some accounts, in engine order.

    An account is told its own events, and of a trade the fill and its own side. What a fill released to the buyer
    would show the seller the buyer's limit, so the seller reads zero there.

    Args:
        accounts: ascending, shape (m,), m >= 1.

    Yields:
        An account and its events as words, shape (k, 8), k >= 1; a copy.
    """
    events = batch.events.view(np.uint64).reshape(-1, _WORDS)
    kind = batch.events["kind"]
    owner = _owners(batch, events, kind)
    fills = np.flatnonzero(kind == EventKind.FILL)
    taker, maker = owner[fills + 1], owner[fills + 2]
    about = np.concatenate((owner, taker, maker))
    at = np.concatenate((np.arange(len(events)), fills, fills))
    place = np.searchsorted(accounts, about)
    place[place == len(accounts)] = 0
    chosen = accounts[place] == about
    place, at = place[chosen], at[chosen]
    if not len(at):
        return
    buyer = np.zeros(len(events), np.uint64)
    buyer[fills] = np.where(batch.events.view(np.uint8).reshape(-1, EVENT_SIZE)[fills, 60] == Side.BUY, taker, maker)
    if len(accounts) > 1:
        key = np.sort(place << 40 | at)
        place, at = key >> 40, key & ((1 << 40) - 1)
    else:
        at = np.sort(at)
    starts = np.flatnonzero(np.concatenate(([True], place[1:] != place[:-1])))
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(at)], strict=True):
        account = accounts[place[start]]
        which = at[start:end]
        told = events[which]
        told[(kind[which] == EventKind.FILL) & (buyer[which] != account), _RELEASED] = 0
        yield int(account), told


def _owners(batch: Batch, events: NDArray[np.uint64], kind: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The account that each event names; an amendment's is that of its command."""
    places = _PLACE[kind]
    owner: NDArray[np.uint64] = events.ravel()[np.arange(0, events.size, _WORDS) + places]
    owner[places == 0] = _NOBODY
    amended = np.flatnonzero(kind == EventKind.AMENDED)
    if len(amended):
        commands = batch.commands.view(np.uint64).reshape(len(batch.commands), -1)
        owner[amended] = commands[(events[amended, 0] - np.uint64(batch.first)).astype(np.int64), 3]
    return owner
