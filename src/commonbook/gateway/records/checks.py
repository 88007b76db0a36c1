"""What a frame of commands may hold, checked and stamped for all its records at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonbook.client.wire import ErrorCode, FrameRefused
from commonbook.records import COMMAND_SIZE, Attribution, Channel, CommandKind, Records

Attribute = Callable[[str], tuple[int, Attribution]]  # a tag's effective broker

_WORDS = COMMAND_SIZE // 8
_KIND_WORD, _ACCOUNT, _BROKER_WORD, _CREDENTIAL, _TAG, _LAST = 2, 3, 6, 7, 12, 15
_TEXT_FROM, _TEXT_SIZE, _TAG_AT = 64, 48, 32  # client id and tag lie side by side in every kind

CANCELS = (CommandKind.CANCEL, CommandKind.CANCEL_ALL, CommandKind.CANCEL_ALL_AFTER)
_ALLOWED = np.zeros(256, np.bool_)
_IS_CANCEL = np.zeros(256, np.bool_)
_RESERVED = np.zeros(256, np.uint64)  # bits of the word with the kind that must be zero
for _kind in (CommandKind.ORDER, CommandKind.AMEND, *CANCELS):
    _ALLOWED[_kind] = True
    _RESERVED[_kind] = 0xFFFF_FF00
for _kind in CANCELS:
    _IS_CANCEL[_kind] = True
_RESERVED[CommandKind.ORDER] = 0xFF << 56
_KEPT_OF_ORDER = np.uint64(0xFFFF_0000_FFFF_FFFF)  # all but channel and attribution
_LOW_HALF = np.uint64(0xFFFF_FFFF)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the door says of every command of a session, whatever the client says."""

    account: int
    credential: int
    attribute: Attribute


def stamp(records: Records, facts: Stamp) -> int:
    """Check all records of a frame and write account, credential, channel, broker and attribution into them.

    Args:
        records: COMMAND, shape (n,), contiguous; changed in place.

    Returns:
        How many of them are cancels.

    Raises:
        FrameRefused: names the first record that may not be; nothing of the frame may then be taken.
    """
    words = records.view(np.uint64).reshape(-1, _WORDS)
    kind_word = words[:, _KIND_WORD].copy()
    kind = kind_word.astype(np.uint8)
    _refuse(~_ALLOWED[kind], ErrorCode.KIND, "is of a kind that is not for this door")
    account = words[:, _ACCOUNT]
    _refuse((account != 0) & (account != facts.account), ErrorCode.ACCOUNT, "is for another account")
    orders = kind == CommandKind.ORDER
    unclean = (kind_word & _RESERVED[kind]) != 0
    unclean |= ~orders & (words[:, _LAST] != 0)  # behind a cancel's deadline; an order's budget ends there
    _refuse(unclean, ErrorCode.RESERVED, "has a reserved byte that is not zero")
    _check_text(records)
    words[:, _ACCOUNT] = facts.account
    words[:, _CREDENTIAL] = facts.credential
    broker, attribution = _attribute(words, orders, facts.attribute)
    stamped = kind_word & _KEPT_OF_ORDER | np.uint64(Channel.API << 32) | attribution << np.uint64(40)
    words[:, _KIND_WORD] = np.where(orders, stamped, kind_word)
    place = words[:, _BROKER_WORD]
    words[:, _BROKER_WORD] = np.where(orders, place & _LOW_HALF | broker << np.uint64(32), place)
    return int(np.count_nonzero(_IS_CANCEL[kind]))


def _refuse(wrong: NDArray[np.bool_], code: ErrorCode, what: str) -> None:
    if wrong.any():
        raise FrameRefused(code, f"record {int(wrong.argmax())} of the frame {what}; nothing of it was taken")


def _check_text(records: Records) -> None:
    """Client ids and tags are printable ASCII, then zeros. Bytes are looked at as one long row: rows of 48 are slow."""
    text = records.view(np.uint8).reshape(-1, COMMAND_SIZE)[:, _TEXT_FROM : _TEXT_FROM + _TEXT_SIZE].ravel()
    there = text != 0
    strange = ((text - np.uint8(0x20)) > 0x5E) & there
    begins = there[1:] & ~there[:-1]  # a byte behind a zero: right only where a field begins
    inside = np.count_nonzero(begins) - np.count_nonzero(begins[_TEXT_SIZE - 1 :: _TEXT_SIZE])
    inside -= np.count_nonzero(begins[_TAG_AT - 1 :: _TEXT_SIZE])
    if inside == 0 and not strange.any():
        return
    begins = np.concatenate(([False], begins)).reshape(-1, _TEXT_SIZE)
    begins[:, (0, _TAG_AT)] = False
    wrong = (begins | strange.reshape(-1, _TEXT_SIZE)).any(axis=1)
    _refuse(wrong, ErrorCode.TEXT, "has a client id or a tag that is not printable ASCII filled with zeros")


def _attribute(
    words: NDArray[np.uint64], orders: NDArray[np.bool_], attribute: Attribute
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Broker and attribution of every record by its tag; each different tag is looked up once."""
    broker = np.zeros(len(words), np.uint64)
    attribution = np.full(len(words), Attribution.NO_TAG, np.uint64)
    has_tag = (words[:, _TAG] | words[:, _TAG + 1]) != 0
    tagged, plain = orders & has_tag, orders & ~has_tag
    if plain.any():
        broker[plain], attribution[plain] = attribute("")
    if tagged.any():
        tags = np.ascontiguousarray(words[tagged, _TAG : _TAG + 2]).view("S16").ravel()
        different, which = np.unique(tags, return_inverse=True)
        found = np.array([attribute(tag.decode()) for tag in different.tolist()], np.uint64)
        broker[tagged], attribution[tagged] = found[which, 0], found[which, 1]
    return broker, attribution
