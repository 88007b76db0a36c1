"""The record door's client: commands in and events out as NumPy records, over TCP or a Unix socket.

`RecordClient` is a session; `wire` is what travels. The page is docs/reference/record-door.md.
"""

from commonbook.client.line import DoorClosed
from commonbook.client.session import RecordClient, Told

__all__ = ["DoorClosed", "RecordClient", "Told"]
