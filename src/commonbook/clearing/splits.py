"""A split in the ledger: the old asset is closed, the new one opened, for each account by what the engine told (SP-9).

Custody has what the venue owes: all of the old asset before, floor(total x ratio) of the new one after it. The
entries of a split each move some accounts against custody and sum to zero in both assets; the last of them moves what
the venue's own names have. So no name keeps a unit of the old asset, and the proof of L-5 holds as it did before.
"""

from collections.abc import Iterator, Mapping

from commonbook.instrument.splits import Split, pieces
from commonbook.ledger.model import CUSTODY, ROUNDING, VENUE_NAMES, Entry, Posting, available
from commonbook.records import VENUE_ACCOUNTS, Batch, EventKind, amounts, of_kind

KIND = "split"


def split_entries(batch: Batch, split: Split, balances: Mapping[tuple[str, int], int]) -> Iterator[Entry]:
    """The entries of a batch that is a split alone; made one behind the other, each to be posted before the next.

    Args:
        balances: the ledger's, by name and asset, before the split.
    """
    venue_left = 0  # new units that the engine's own accounts have of it
    for piece in pieces(batch):
        rows = of_kind(piece.events, EventKind.BALANCE)
        if not len(rows):
            continue
        lines: list[Posting] = []
        custody = {split.asset: 0, split.new_asset: 0}
        columns = (rows["account"].tolist(), rows["asset"].tolist(), amounts(rows["available_delta"]))
        for account, asset, delta in zip(*columns, strict=True):
            if account in VENUE_ACCOUNTS:
                venue_left += delta if asset == split.new_asset else 0
                continue
            lines.append(Posting(available(account), asset, delta))
            custody[asset] -= delta
        lines += [Posting(CUSTODY, asset, amount) for asset, amount in custody.items()]
        yield _entry(split, int(rows["index"][0]), lines)
    yield _entry(split, 0, _venue_lines(split, venue_left, balances))


def _venue_lines(split: Split, new_units: int, balances: Mapping[tuple[str, int], int]) -> list[Posting]:
    """Each name's share rounded down; to `rounding` comes what makes them all of what the engine has for the venue."""
    lines, left, old_units = [], new_units, 0
    for (name, asset), amount in sorted(balances.items()):
        if asset != split.asset or not amount or not name.startswith(VENUE_NAMES):
            continue
        share = split.of(amount)
        lines += [Posting(name, split.asset, -amount), Posting(name, split.new_asset, share)]
        left -= share
        old_units += amount
    lines.append(Posting(ROUNDING, split.new_asset, left))
    return [*lines, Posting(CUSTODY, split.asset, old_units), Posting(CUSTODY, split.new_asset, -new_units)]


def _entry(split: Split, index: int, lines: list[Posting]) -> Entry:
    return Entry(KIND, split.sequence, index, split.sequence, split.time_ns, tuple(lines))
