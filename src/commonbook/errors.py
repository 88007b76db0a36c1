"""What can go wrong, as one tree.

    CommonbookError
    ├── BadInput            what a person or client sent cannot be read; nothing has changed
    │   ├── BadDecimal
    │   └── AmountOutOfRange
    ├── Declined            a rule of the exchange speaks against it; has a stable code, and nothing has changed
    ├── OutsideFailure      the world outside failed: disk, database, registry, network
    │   ├── JournalDamaged      a bad record before a valid one; names segment and offset; or the end is missing
    │   ├── DataFolderInUse
    │   ├── DiskFull            too little of the disk is free to go on
    │   ├── PortTaken
    │   ├── CoreUnavailable     the sequencer process does not answer
    │   └── MarketUnavailable   the recorded market could not be fetched or has another hash
    ├── Mismatch            a check of one record against another failed (audit, statements)
    └── BrokenInvariant     a bug: stop, never go on
        ├── ShareOutOfRange
        └── Unbalanced

A refusal of an order is none of these: it is a value of `records.Refusal`.
"""


class CommonbookError(Exception):
    """The root; its text is one line that names the value and, where there is one, the fix."""


class BadInput(CommonbookError, ValueError):
    """What was sent cannot be read."""


class BadDecimal(BadInput):
    """Not a decimal number, or one with more digits than the unit has."""


class AmountOutOfRange(BadInput):
    """An amount at or beyond 10^38 ledger units."""


class Declined(CommonbookError):
    """A rule speaks against what was asked for; nothing has changed.

    Args:
        code: a stable word that programs may read, for example `quota_full`.
        text: what is wrong, with the value, and what to do.
        values: facts beside it that programs may read.
    """

    def __init__(self, code: str, text: str, **values: str | int) -> None:
        super().__init__(text)
        self.code = code
        self.values = values


class OutsideFailure(CommonbookError):
    """Disk, database, network or registry failed."""


class JournalDamaged(OutsideFailure):
    """A journal record is bad and a valid one follows it, or the end is missing: acknowledged orders would be lost."""


class DataFolderInUse(OutsideFailure):
    """Another process holds the data folder."""

    def __str__(self) -> str:
        return f"{super().__str__()}; end that process, or choose another folder"


class DiskFull(OutsideFailure):
    """Too little of the disk is free to go on; the process ends while there is still room to end well."""

    def __str__(self) -> str:
        return f"{super().__str__()}; make room, then start again"


class PortTaken(OutsideFailure):
    """The port to listen on is in use."""


class CoreUnavailable(OutsideFailure):
    """The sequencer process is not there or has stopped answering."""


class MarketUnavailable(OutsideFailure):
    """The recorded market cannot be had: no registry, or not the file we know."""


class Mismatch(CommonbookError):
    """Two records that must agree do not."""


class BrokenInvariant(CommonbookError):
    """Something that must always hold does not. The process that sees it stops."""


class ShareOutOfRange(BrokenInvariant):
    """A share outside 0 to 100 %, or of a negative amount."""


class Unbalanced(BrokenInvariant):
    """A journal entry that does not sum to zero for each asset."""
