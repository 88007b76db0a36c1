"""How the host moves applications: which role, and whether by one person or by two. Rule BE-5."""

from dataclasses import dataclass

from commonbook.administration.roles import May
from commonbook.brokerage.model import Application, State
from commonbook.errors import Declined

REASON = r"^[a-z0-9_]{0,48}$"  # of a move: a word, for it stands in the log, where nothing personal may stand


@dataclass(frozen=True, slots=True)
class HostMove:
    """How the host moves an application to a state."""

    may: May
    act: str = ""  # the kind of act that needs four eyes; "" for what one person does


REFUSE = HostMove(May.RESTRICT, "broker_refuse")
MOVES: dict[tuple[State, State], HostMove] = {
    (State.SUBMITTED, State.DRAFT): HostMove(May.RESTRICT),
    (State.SUBMITTED, State.INTEGRATION): HostMove(May.RESTRICT),
    (State.SUBMITTED, State.REFUSED): HostMove(May.RESTRICT),
    (State.REVIEW, State.SANDBOX): HostMove(May.RESTRICT),
    (State.REVIEW, State.CONTRACT): HostMove(May.RESTRICT, "broker_approve"),
    (State.CONTRACT, State.LIVE): HostMove(May.BRAND, "broker_live"),
    (State.LIVE, State.SUSPENDED): HostMove(May.RESTRICT),
    (State.LAPSED, State.SUSPENDED): HostMove(May.RESTRICT),
    (State.SUSPENDED, State.LIVE): HostMove(May.RESTRICT, "broker_resume"),
    (State.SUSPENDED, State.CLOSED): HostMove(May.STAFF, "broker_close"),
    **{(before, State.REFUSED): REFUSE for before in (State.INTEGRATION, State.SANDBOX, State.REVIEW, State.CONTRACT)},
}


def how_to_move(application: Application, after: State) -> HostMove:
    """
    Raises:
        Declined: `not_yours_to_move`: it is not the host who moves it there.
    """
    how = MOVES.get((application.state, after))
    if how is None:
        text = f"the host does not move an application from {application.state} to {after}"
        raise Declined("not_yours_to_move", text, state=application.state)
    return how
