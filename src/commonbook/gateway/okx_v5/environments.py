"""The live and the simulated venue behind one address, and which of them a request means. S-1."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qs

from picows import WSListener, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener

from commonbook.gateway.okx_v5.codes import NO_SIMULATED, UNAVAILABLE, Refused
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.lane import Lane
from commonbook.gateway.okx_v5.ws.upgrade import Accept

SIMULATED_HEADER = "x-simulated-trading"
_HEADER = SIMULATED_HEADER.encode()
SIMULATED_BROKER = "9999"  # brokerId in the query of a WebSocket, as clients of OKX's simulated trading have it


class Environment(NamedTuple):
    """One venue as a gateway process has it."""

    door: Door
    lane: Lane


@dataclass
class Served:
    """An environment, and what takes its requests for a WebSocket."""

    environment: Environment
    accept: Accept


class Environments:
    """Both. The simulated one comes and goes; the host may have none."""

    def __init__(self, live: Served, offers_simulated: bool) -> None:
        self._live = live
        self._simulated: Served | None = None
        self._offers_simulated = offers_simulated

    @property
    def live(self) -> Environment:
        return self._live.environment

    def join(self, simulated: Served) -> None:
        """From now on there is a simulated venue, and each of the two knows the other's keys."""
        self._simulated = simulated
        live, other = self.live.door, simulated.environment.door
        live.elsewhere, other.elsewhere = other.authenticator, live.authenticator

    def part(self) -> None:
        """The simulated venue has gone. Its keys are known on."""
        self._simulated = None

    @property
    def simulated_door(self) -> Door | None:
        """Of the simulated venue, while it is there."""
        return None if self._simulated is None else self._simulated.environment.door

    def of(self, simulated: bool) -> Environment:
        """
        Raises:
            Refused: 50001, the simulated venue is asked for and is not there just now.
        """
        return self._served(simulated).environment

    def _served(self, simulated: bool) -> Served:
        if not simulated or not self._offers_simulated:
            return self._live
        if self._simulated is None:
            raise Refused(UNAVAILABLE)
        return self._simulated

    def accept(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener | None:
        """A WebSocket's request, for the one or the other venue; who means to play gets no live connection."""
        query = parse_qs(request.path.partition(b"?")[2].decode("latin-1"))
        marked = request.headers.get(SIMULATED_HEADER) == "1" or query.get("brokerId") == [SIMULATED_BROKER]
        if marked and not self._offers_simulated:
            return _refused(HTTPStatus.NOT_FOUND, NO_SIMULATED.text)
        try:
            return self._served(marked).accept(request)
        except Refused as refused:
            return _refused(HTTPStatus(refused.code.status), refused.text)


def _refused(status: HTTPStatus, why: str) -> WSUpgradeResponseWithListener:
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status, why.encode()), None)


def asks_for_simulated(headers: dict[bytes, bytes]) -> bool:
    return headers.get(_HEADER) == b"1"
