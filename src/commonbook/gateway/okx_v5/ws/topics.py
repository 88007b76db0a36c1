"""What can be listened to: a channel, and what of it."""

from typing import NamedTuple


class Topic(NamedTuple):
    channel: str
    account: int = 0  # 0: public
    instrument: int = 0  # 0: all
    detail: str = ""
    index_name: str = ""  # of an index price
    brand: int = 0  # whose listings are told; 0: everything
    broker: int = 0  # whose news are told
