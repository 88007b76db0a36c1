"""What a brand's users may do while it comes and goes. Rule LV-7 of docs/rules/leaving.md."""

LIVE, SUSPENDED, OFFBOARDING, CLOSED = "live", "suspended", "offboarding", "closed"


def may_trade(state: str) -> bool:
    """Whether the users of a brand in this state may send new orders and amend those they have."""
    return state == LIVE


def may_sign_up(state: str) -> bool:
    return state == LIVE


def may_withdraw(state: str, now_ns: int, notice_ends_ns: int = 0) -> bool:
    """Whether they may log in, see what is theirs, cancel, and withdraw.

    Args:
        notice_ends_ns: of a brand that is offboarding or closed: the end of the notice that its users were given.

    A brand that is suspended holds nobody's funds back. One that goes gives them back until the notice ends, also when
    it is closed before; afterwards they ask the host.
    """
    if state in (LIVE, SUSPENDED):
        return True
    return state in (OFFBOARDING, CLOSED) and now_ns < notice_ends_ns
