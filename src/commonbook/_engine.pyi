"""The Rust core as Python sees it. Bytes are records of `commonbook.records`, one behind the other."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

class EngineFault(RuntimeError):
    """A broken invariant: the engine's state is undefined and the process must stop."""

class Floor:
    """The bare book under the engine's speed, no accounts and no fees; for benches only."""

    def __init__(self) -> None: ...
    def apply(self, commands: NDArray[np.uint8]) -> tuple[int, int]:
        """Play orders and cancels of COMMAND records; the fills and the lots filled so far."""

class JournalFailed(OSError):
    """Writing or syncing failed. Nothing after the last durable sequence may be acknowledged; the process must end."""

class Engine:
    """Counter and matching as one deterministic state machine: `apply(commands) -> events`."""

    def __init__(self) -> None: ...
    def apply(self, commands: bytes | NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Apply COMMAND records with contiguous sequences; returns EVENT records, nothing copied on either way.

        Raises EngineFault on a bug. `records.view(np.uint8)` is an array's bytes, `events.view(EVENT)` its records.
        """
    def snapshot(self) -> bytes:
        """The state as canonical bytes."""
    @staticmethod
    def restore(state: bytes) -> Engine: ...
    def state_hash(self) -> str:
        """SHA-256 of `snapshot()`, in hexadecimal."""
    def sequence(self) -> int: ...
    def time_ns(self) -> int: ...
    def venue_status(self) -> int:
        """TradingStatus of the whole venue."""
    def setup(self) -> bytes:
        """What the venue is set up with, as the COMMAND records that would set it up so, fees and prices apart.

        Assets, brands, broker codes; each instrument with its status, limits and reference price; the venue's status;
        the switches that are on; the listings and the assets that are closed. Sequences and times are zero.
        """
    def depth(self, instrument: int, levels: int) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
        """Bids and asks as (price_ticks, total_lots, orders), best first."""
    def balances(self, account: int | None = None) -> bytes:
        """BALANCE_ROW records that are not empty, by account and asset, the venue's own accounts included."""
    def audit(self) -> list[tuple[int, int, int, int]]:
        """Every balance and live order looked at: (asset, available, held, supply), all accounts together.

        Raises EngineFault where a balance is below zero, or what is held is not what live orders must hold.
        """
    def open_orders(self, account: int | None = None) -> bytes:
        """ORDER_ROW records by order id."""

def hand_over(messages: int, ahead: int) -> float:
    """Nanoseconds for a message of a cache line to another thread and its answer, `ahead` at most unanswered."""

def layouts() -> dict[str, tuple[int, list[tuple[str, int]]]]:
    """Size and field offsets of every record as Rust has them."""

class Journal:
    """The writer of a data folder's journal. One sync thread; a failure is final.

    `append` queues a batch and returns; any number may be on their way. `wait_durable` says what would survive.
    """

    @staticmethod
    def open(data_dir: str, segment_bytes: int) -> Journal: ...
    @staticmethod
    def open_and_replay(data_dir: str, segment_bytes: int, begin: Callable[[], Engine]) -> tuple[Journal, Engine]:
        """Open, and bring an engine to the journal's end while the journal is being judged.

        Args:
            begin: gives the engine to begin with; called when the folder is ours, before the journal is read.
        """
    def append(self, commands: bytes | NDArray[np.uint8]) -> None: ...
    def last_sequence(self) -> int: ...
    def durable(self) -> int: ...
    def wait_durable(self, sequence: int) -> None: ...
    def close(self) -> None: ...

class MemoryJournal:
    """A journal on a disk in memory, with the real writer and the real judgement of a start; for the simulation.

    As `Journal`, but that nothing is written before somebody waits for it, and then at once.
    """

    def __init__(self, seed: int, segment_bytes: int, step_bytes: int) -> None: ...
    def append(self, commands: bytes | NDArray[np.uint8]) -> None: ...
    def last_sequence(self) -> int: ...
    def durable(self) -> int: ...
    def wait_durable(self, sequence: int) -> None: ...
    def fail_at(self, call: int) -> None:
        """The disk's call with this number from now on fails; 0: none does."""
    def crash(self, power_cut: bool) -> None:
        """The writer is gone, maybe while it wrote what is queued; with the power, what was not synced may be too."""
    def start(self) -> list[bytes]:
        """Begin again: judge what is there, cut what is torn; the records of each frame."""
    def frames(self) -> list[bytes]:
        """The records of each frame that is written, as a reader beside the writer finds them."""

class JournalReader:
    """The records of the frames after a sequence, up to the last whole one."""

    def __init__(self, data_dir: str, after_sequence: int) -> None: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def __next__(self) -> bytes: ...

class JournalScan:
    """The journal judged segment by segment, nothing changed and no lock taken.

    Gives of each: name, bytes on the disk, bytes of head and frames, frames, first and last sequence, first and last
    epoch. Raises JournalDamaged at a bad record before a valid one.
    """

    def __init__(self, data_dir: str, after: tuple[int, str, int] | None = None) -> None:
        """
        Args:
            after: `place()` of another scan, at the end of a segment; the scan begins behind it, or where the journal
                begins if that is later. None: where it begins.

        Raises:
            ValueError: not a hash.
        """
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[tuple[str, int, int, int, int, int, int, int]]: ...
    def __next__(self) -> tuple[str, int, int, int, int, int, int, int]: ...
    def last_hash(self) -> str:
        """Of the last frame read, in hexadecimal."""
    def place(self) -> tuple[int, str, int]:
        """Last sequence, last hash and epoch of what was read."""
    def torn(self) -> tuple[str, int, str] | None:
        """The torn tail, if there is one: segment, offset, what is wrong."""

def journal_begins(data_dir: str) -> int:
    """The first sequence a journal still holds; 1 unless older segments were given up."""

def pack_segments(data_dir: str, level: int) -> list[str]:
    """Pack every segment but the newest with zstd; gives the names of those it packed."""

def give_up_segments(data_dir: str, upto: int) -> list[str]:
    """Delete the segments that hold nothing behind a sequence; gives their names."""

def write_snapshot(data_dir: str, sequence: int, state: bytes, keep: int) -> None:
    """Write the engine's state after a sequence beside the journal, whole or not at all; keeps the newest few."""

def load_snapshot(data_dir: str, at_most: int) -> tuple[int, bytes] | None:
    """The newest whole snapshot at or before a sequence; one of another format is passed over."""

def load_engine(data_dir: str, at_most: int) -> tuple[int, Engine] | None:
    """The engine of the newest whole snapshot at or before a sequence: read while its bytes are being checked."""

def foreign_snapshots(data_dir: str) -> list[tuple[int, str]]:
    """The whole snapshots that another release has written and this one does not read: sequence and format."""

def list_snapshots(data_dir: str) -> list[int]:
    """The sequences of the snapshots that are there, damaged ones and those of other formats included."""

class TakenOrders:
    """A body of orders, cancels or amendments that was plain enough to be taken."""

    @property
    def tags(self) -> list[str]:
        """The tags of its orders, each once."""
    @property
    def instruments(self) -> list[int]:
        """Of each row."""
    def records(self, attributed: Sequence[tuple[int, int]]) -> NDArray[np.uint8]:
        """COMMAND records, for the effective broker and the attribution of each of `tags`."""

class OrderCodec:
    """Bodies into records and events into answers, for whatever is written plainly; see `gateway/okx_v5/lane.py`."""

    def __init__(
        self,
        sides: dict[str, int],
        order_types: dict[str, int],
        self_trades: dict[str, int],
        client_id_longest: int,
        tag_longest: int,
        rows_most: int,
    ) -> None: ...
    def list(self, name: str, id: int, tick_scale: int, tick: int, lot_scale: int, lot: int) -> None:
        """An instrument, by its name."""
    def tell(self, operation: str, reason: int, code: str, json_text: str) -> None:
        """How a refusal of an operation ("order", "cancel-order", "amend-order") is told."""
    def read(
        self, operation: str, body: bytes, is_single: bool, account: int, channel: int, credential: int
    ) -> TakenOrders | None:
        """None when anything in the body is not plain."""
    def answer(self, orders: TakenOrders, first: int, events: NDArray[np.uint8], now_ms: int) -> tuple[bytes, int]:
        """The answer's rows as a JSON array, and how many of them failed. `events` are those of the commands numbered
        from `first` on.

        Raises ValueError for events of other commands, and for a refusal that is not told.
        """

def order_message(message: bytes) -> tuple[str, str, int, int] | None:
    """Operation, id, and from where to where the array of rows stands, of a message that has nothing else."""
