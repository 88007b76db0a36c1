"""Who looks on while a broker's client is at work over WebSocket, as over REST: the conformance kit (CK-10)."""

from typing import Any, Protocol

from commonbook.identity.model import Credential


class Witness(Protocol):
    """Is told of what has been answered; changes nothing of it, and says nothing."""

    def login(self, names: dict[str, Any], came_ns: int, code: str) -> None:
        """
        Args:
            names: the login's arguments, with the key or the token that it names.
            code: as REST has it; "0" for who is logged in.
        """

    def orders(
        self, credential: Credential, operation: str, asked: bytes | list[Any], came_ns: int, told: bytes
    ) -> None:
        """
        Args:
            asked: the rows, or the one row, of what was asked for; JSON where it is bytes.
            told: the answer as it was written.
        """
