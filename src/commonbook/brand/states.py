"""The states of a brand, and what its users may do in each. Rules BR-7, and LV-7 of docs/rules/leaving.md."""

from enum import StrEnum


class State(StrEnum):
    SANDBOX = "sandbox"  # being set up: its pages can be seen, nobody can sign up
    LIVE = "live"
    SUSPENDED = "suspended"  # stopped by the host for a while
    OFFBOARDING = "offboarding"  # it goes: its users have notice
    CLOSED = "closed"


GOING = frozenset({State.OFFBOARDING, State.CLOSED})


def may_sign_up(state: State) -> bool:
    return state is State.LIVE


def may_trade(state: State, now_ns: int, notice_ends_ns: int = 0) -> bool:
    """Whether the users of a brand in this state may send new orders and amend those they have.

    A brand that goes trades until the end of the notice. The core holds to it by the brand's kill switch; a door asks
    here to say why.
    """
    return state is State.LIVE or (state is State.OFFBOARDING and now_ns < notice_ends_ns)


def may_withdraw(state: State, now_ns: int, notice_ends_ns: int = 0) -> bool:
    """Whether they may withdraw.

    Args:
        notice_ends_ns: of a brand that goes or has gone: the end of the notice that its users were given; 0 where none
            was given.

    A brand that is suspended holds nobody's funds back. One that goes gives them back until the notice ends, also when
    it is closed before; afterwards they ask the host. Who was given no notice is held to none.
    """
    if state in GOING:
        return notice_ends_ns == 0 or now_ns < notice_ends_ns
    return state is not State.SANDBOX
