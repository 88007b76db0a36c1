"""The state machine of an application: facts in, moves or refusals out. Rules PA-6 to PA-16.

draft -> submitted -> screening -> deposit_pending -> deposit_locked -> contracted -> sandbox -> verified -> live
live <-> suspended;  from deposit_locked on -> offboarding -> closed;  before it -> refused, withdrawn, expired
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from commonbook.admission.machine import Machine, Move, Need, move_of
from commonbook.errors import BadInput, BrokenInvariant, Declined
from commonbook.partnership.model import Facts, State, Terms, Who

COUNTED = (  # what the quota counts (PA-12)
    State.DEPOSIT_LOCKED,
    State.CONTRACTED,
    State.SANDBOX,
    State.VERIFIED,
    State.LIVE,
    State.SUSPENDED,
)
ENDED = (State.CLOSED, State.REFUSED, State.WITHDRAWN, State.EXPIRED)


class Condition(StrEnum):
    """Each is the code of the refusal as well. `NEEDS` says what it is."""

    INCOMPLETE = "incomplete"
    PHASE_CLOSED = "phase_closed"
    KYB_MISSING = "kyb_missing"
    SANCTIONS_MISSING = "sanctions_missing"
    NOT_CLAIMED = "not_claimed"
    LOCK_UNDER_WAY = "lock_under_way"
    STAKE_NOT_LOCKED = "stake_not_locked"
    PARTNER_HAS_NOT_ACCEPTED = "partner_has_not_accepted"
    HOST_HAS_NOT_ACCEPTED = "host_has_not_accepted"
    CONTRACT_NOT_IN_FORCE = "contract_not_in_force"
    BRAND_NOT_OPENED = "brand_not_opened"
    CHECKLIST_OPEN = "checklist_open"
    TOKEN_NOT_ISSUED = "token_not_issued"
    SCHEDULES_NOT_BOUND = "schedules_not_bound"
    NOTICE_RUNNING = "notice_running"
    NOT_SETTLED = "not_settled"
    STAKE_NOT_RETURNED = "stake_not_returned"
    NO_REASON = "no_reason"


NEEDS: dict[str, Need[Facts]] = {
    Condition.INCOMPLETE: Need(
        Who.APPLICANT, lambda f: f.complete, "contact, mail, phone, team, plan and a name for the brand are needed"
    ),
    Condition.PHASE_CLOSED: Need(Who.HOST, lambda f: f.phase_open, "the phase takes no applications now"),
    Condition.KYB_MISSING: Need(Who.SCREENING, lambda f: f.kyb_passed, "the check of the business has not passed"),
    Condition.SANCTIONS_MISSING: Need(
        Who.SCREENING, lambda f: f.sanctions_clear, "the check against sanctions lists has not passed"
    ),
    Condition.NOT_CLAIMED: Need(
        Who.APPLICANT, lambda f: f.claimed, "a user with a trading account must claim it: sign in and use the link"
    ),
    Condition.LOCK_UNDER_WAY: Need(
        Who.SYSTEM, lambda f: not f.lock_under_way, "its stake is being locked at this moment: try again in a minute"
    ),
    Condition.STAKE_NOT_LOCKED: Need(Who.APPLICANT, lambda f: f.stake_locked, "the stake is not locked"),
    Condition.PARTNER_HAS_NOT_ACCEPTED: Need(
        Who.PARTNER, lambda f: f.partner_accepted, "the partner has not accepted the contract"
    ),
    Condition.HOST_HAS_NOT_ACCEPTED: Need(Who.HOST, lambda f: f.host_accepted, "the host has not accepted it"),
    Condition.CONTRACT_NOT_IN_FORCE: Need(
        Who.PARTNER, lambda f: f.contract_in_force, "no contract is in force: accept the newest one again"
    ),
    Condition.BRAND_NOT_OPENED: Need(Who.HOST, lambda f: f.brand_opened, "the brand has not been opened"),
    Condition.CHECKLIST_OPEN: Need(
        Who.PARTNER,
        lambda f: not f.open_items,
        "the checklist is not complete",
        lambda f: {"open": ",".join(f.open_items)},
    ),
    Condition.TOKEN_NOT_ISSUED: Need(
        Who.PARTNER, lambda f: f.token_issued or not f.token_required, "the partner's token has not been issued"
    ),
    Condition.SCHEDULES_NOT_BOUND: Need(
        Who.PARTNER,
        lambda f: f.schedules_bound or not f.token_required,
        "the token's schedules of distribution and of shares are not bound",
    ),
    Condition.NOTICE_RUNNING: Need(Who.SYSTEM, lambda f: f.notice_over, "the notice period is not over"),
    Condition.NOT_SETTLED: Need(Who.HOST, lambda f: f.settled, "the host has not settled what is owed of the stake"),
    Condition.STAKE_NOT_RETURNED: Need(Who.SYSTEM, lambda f: f.stake_returned, "the stake is not returned yet"),
    Condition.NO_REASON: Need(Who.SCREENING, lambda f: bool(f.reason), "say why: a reason is told to the applicant"),
}


_C = Condition
_READY = (_C.CONTRACT_NOT_IN_FORCE, _C.BRAND_NOT_OPENED, _C.CHECKLIST_OPEN)
_DUTIES = (_C.TOKEN_NOT_ISSUED, _C.SCHEDULES_NOT_BOUND)
_LEAVE = [Who.PARTNER, Who.HOST]

MOVES: tuple[Move, ...] = (
    move_of(State.DRAFT, State.SUBMITTED, [Who.APPLICANT], _C.INCOMPLETE, _C.PHASE_CLOSED),
    move_of(State.SUBMITTED, State.SCREENING, [Who.SCREENING]),
    move_of(State.SCREENING, State.DEPOSIT_PENDING, [Who.SCREENING], _C.KYB_MISSING, _C.SANCTIONS_MISSING),
    move_of(State.DEPOSIT_PENDING, State.DEPOSIT_LOCKED, [Who.SYSTEM], _C.NOT_CLAIMED, _C.STAKE_NOT_LOCKED),
    move_of(
        State.DEPOSIT_LOCKED,
        State.CONTRACTED,
        [Who.PARTNER, Who.HOST],
        _C.PARTNER_HAS_NOT_ACCEPTED,
        _C.HOST_HAS_NOT_ACCEPTED,
    ),
    move_of(State.CONTRACTED, State.SANDBOX, [Who.HOST], _C.CONTRACT_NOT_IN_FORCE, _C.BRAND_NOT_OPENED),
    move_of(State.SANDBOX, State.VERIFIED, [Who.PARTNER, Who.SCREENING], *_READY),
    move_of(State.VERIFIED, State.SANDBOX, [Who.SCREENING], _C.NO_REASON),
    move_of(State.VERIFIED, State.LIVE, [Who.HOST], *_READY, *_DUTIES),
    move_of(State.LIVE, State.SUSPENDED, [Who.SCREENING, Who.SYSTEM], _C.NO_REASON),
    move_of(State.SUSPENDED, State.LIVE, [Who.HOST], _C.CONTRACT_NOT_IN_FORCE, *_DUTIES),
    *(move_of(before, State.OFFBOARDING, _LEAVE) for before in COUNTED),
    move_of(State.OFFBOARDING, State.CLOSED, [Who.SYSTEM], _C.NOTICE_RUNNING, _C.NOT_SETTLED, _C.STAKE_NOT_RETURNED),
    *(move_of(before, State.WITHDRAWN, [Who.APPLICANT]) for before in (State.DRAFT, State.SUBMITTED, State.SCREENING)),
    move_of(State.DEPOSIT_PENDING, State.WITHDRAWN, [Who.APPLICANT], _C.LOCK_UNDER_WAY),
    move_of(State.DRAFT, State.EXPIRED, [Who.SYSTEM]),
    move_of(State.DEPOSIT_PENDING, State.EXPIRED, [Who.SYSTEM], _C.LOCK_UNDER_WAY),
    move_of(State.SCREENING, State.REFUSED, [Who.SCREENING], _C.NO_REASON),
    move_of(State.DEPOSIT_PENDING, State.REFUSED, [Who.HOST], _C.NO_REASON, _C.LOCK_UNDER_WAY),
)
TABLE: dict[tuple[str, str], Move] = {(move.before, move.after): move for move in MOVES}

FORWARD: dict[str, str] = {  # the way to live, and the way out
    State.DRAFT: State.SUBMITTED,
    State.SUBMITTED: State.SCREENING,
    State.SCREENING: State.DEPOSIT_PENDING,
    State.DEPOSIT_PENDING: State.DEPOSIT_LOCKED,
    State.DEPOSIT_LOCKED: State.CONTRACTED,
    State.CONTRACTED: State.SANDBOX,
    State.SANDBOX: State.VERIFIED,
    State.VERIFIED: State.LIVE,
    State.SUSPENDED: State.LIVE,
    State.OFFBOARDING: State.CLOSED,
}


MACHINE = Machine(MOVES, NEEDS, FORWARD)
must_move, awaited = MACHINE.must_move, MACHINE.awaited  # PA-6 and PA-7


# -- the quota and the stake ------------------------------------------------------------------------------------------


def lowest_free(taken: frozenset[int], quota: int) -> int | None:
    """The slot that the next stake takes; None when the quota is full, counting those above a quota that was lowered.

    Source: docs/rules/partnership.md, PA-12.
    """
    if len(taken) >= quota:
        return None
    return next((slot for slot in range(1, quota + 1) if slot not in taken), None)


_KEY_BYTES = 32
_STAKE = re.compile(r"stake:(\d{1,6}):(\d{1,6}):(\d{1,6})")
_RETURN = re.compile(r"unstake:(\d{1,6}):(\d{1,6}):(\d{1,6}):(\d{1,3})")
PAYMENTS_MOST = 99  # obligations that one stake pays


def stake_key(phase: int, slot: int, generation: int) -> bytes:
    """The idempotency key that gives a slot to one stake."""
    return _fits(f"stake:{phase}:{slot}:{generation}")


def return_key(phase: int, slot: int, generation: int, number: int) -> bytes:
    """The idempotency key of one payment out of a stake."""
    return _fits(f"unstake:{phase}:{slot}:{generation}:{number}")


def _fits(key: str) -> bytes:
    if len(key) > _KEY_BYTES:
        raise BrokenInvariant(f"idempotency key {key} has more than {_KEY_BYTES} bytes")
    return key.encode()


def read_stake_key(key: bytes) -> tuple[int, int, int] | None:
    """Phase, slot and generation; None for another key."""
    found = _STAKE.fullmatch(key.decode("latin-1"))
    read = (int(found[1]), int(found[2]), int(found[3])) if found else None
    return read if read and stake_key(*read) == key else None  # 01 is another key than 1


def read_return_key(key: bytes) -> tuple[int, int, int, int] | None:
    """Phase, slot, generation and number; None for another key."""
    found = _RETURN.fullmatch(key.decode("latin-1"))
    read = (int(found[1]), int(found[2]), int(found[3]), int(found[4])) if found else None
    return read if read and return_key(*read) == key else None


def must_be_whole(amount: int, terms: Terms) -> None:
    """The stake is one transfer of exactly the phase's amount.

    Raises:
        Declined: `stake_too_small`, also for a piece of it; `stake_too_large`.
    """
    if amount < terms.stake:
        raise Declined(
            "stake_too_small",
            f"the stake is {terms.stake} units of {terms.asset} in one piece; {amount} is less",
            stake=str(terms.stake),
        )
    if amount > terms.stake:
        raise Declined(
            "stake_too_large",
            f"the stake is {terms.stake} units of {terms.asset}; {amount} is more, and nothing is gained by it",
            stake=str(terms.stake),
        )


def settlement(stake: int, obligations: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is paid out of a stake: (number, amount), the partner's rest as number 0; together the whole stake.

    Args:
        obligations: (account, amount) of each.

    Raises:
        BadInput: an amount that is not above zero, or too many.
        Declined: `obligations_above_stake`.

    Source: docs/rules/partnership.md, PA-16.
    """
    if len(obligations) > PAYMENTS_MOST:
        raise BadInput(f"{len(obligations)} obligations; at most {PAYMENTS_MOST}")
    for account, amount in obligations:
        if amount <= 0:
            raise BadInput(f"the obligation to account {account} is {amount} units; it must be above zero")
    owed = sum(amount for _, amount in obligations)
    if owed > stake:
        raise Declined("obligations_above_stake", f"obligations of {owed} units exceed the stake of {stake}")
    rest = stake - owed
    parts = [(0, rest)] if rest else []
    parts += [(number, amount) for number, (_, amount) in enumerate(obligations, 1)]
    if sum(amount for _, amount in parts) != stake:
        raise BrokenInvariant(f"payments {parts} are not the stake of {stake}")
    return parts


def is_brand_name(name: str) -> bool:
    """The first label of the brand's host names (N-1)."""
    return re.fullmatch(r"[a-z][a-z0-9-]{1,29}[a-z0-9]", name) is not None
