"""How the host moves applications: which role, and whether by one person or by two. Rule PA-6."""

from dataclasses import dataclass
from typing import Any

from commonbook.administration.roles import May
from commonbook.errors import Declined
from commonbook.partnership.model import Application, State

REASON = r"^[a-z0-9_]{0,48}$"  # of a move: a word, for it stands in the log, where nothing personal may stand


@dataclass(frozen=True, slots=True)
class HostMove:
    """How the host moves an application to a state."""

    may: May
    act: str = ""  # the kind of act that needs four eyes; "" for what one person does


MOVES: dict[tuple[State, State], HostMove] = {
    (State.SUBMITTED, State.SCREENING): HostMove(May.RESTRICT),
    (State.SCREENING, State.DEPOSIT_PENDING): HostMove(May.RESTRICT),
    (State.SCREENING, State.REFUSED): HostMove(May.RESTRICT),
    (State.DEPOSIT_PENDING, State.REFUSED): HostMove(May.RESTRICT, "partnership_refuse"),
    (State.CONTRACTED, State.SANDBOX): HostMove(May.BRAND, "partnership_sandbox"),
    (State.SANDBOX, State.VERIFIED): HostMove(May.BRAND),
    (State.VERIFIED, State.SANDBOX): HostMove(May.BRAND),
    (State.VERIFIED, State.LIVE): HostMove(May.BRAND, "partnership_live"),
    (State.LIVE, State.SUSPENDED): HostMove(May.RESTRICT),
    (State.SUSPENDED, State.LIVE): HostMove(May.RESTRICT, "partnership_resume"),
}
LEAVE = HostMove(May.STAFF, "partnership_leave")  # from wherever there is a stake


def how_to_move(application: Application, after: State) -> HostMove:
    """
    Raises:
        Declined: `not_yours_to_move`: it is not the host who moves it there.
    """
    how = LEAVE if after is State.OFFBOARDING else MOVES.get((application.state, after))
    if how is None:
        text = f"the host does not move an application from {application.state} to {after}"
        raise Declined("not_yours_to_move", text, state=application.state)
    return how


def values_of(after: State) -> dict[str, Any]:
    """What changes with a state: a suspended brand is stopped on the live venue, a live one trades."""
    stops = {State.SUSPENDED: True, State.LIVE: False}
    return {"stopped": stops[after], "stop_pending": True} if after in stops else {}
