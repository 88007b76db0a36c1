"""Everything that a move of an application may depend on, read from where it is kept."""

from collections.abc import Callable

from sqlalchemy import Connection

from commonbook.identity.sealing import Seal
from commonbook.instrument.venue import Venue
from commonbook.partnership import applications, phases, slots, stake
from commonbook.partnership.contracts import CONTRACTS
from commonbook.partnership.model import Application, Facts, Item, State
from commonbook.partnership.moving import terms_of
from commonbook.settings import PartnershipSettings

SECOND_NS = 1_000_000_000
LOOKED_AT = (State.CONTRACTED, State.SANDBOX, State.VERIFIED)  # where the checklist is computed
OpenItems = Callable[[int], tuple[Item, ...]]  # of a brand


def facts_of(
    connection: Connection,
    seal: Seal,
    settings: PartnershipSettings,
    venue: Venue,
    application: Application,
    now_ns: int,
    open_items: OpenItems | None = None,
    reason: str = "",
) -> Facts:
    """
    Args:
        open_items: computes the checklist; where it is not given, all of it is open.
        reason: why the move is made, where it needs one.
    """
    number = application.id
    last = CONTRACTS.latest(connection, number)
    terms = terms_of(connection, application)
    looks = open_items is not None and application.brand != 0 and application.state in LOOKED_AT
    return Facts(
        complete=applications.is_complete(application, applications.personal(connection, seal, number)),
        phase_open=phases.current(connection, application.phase).is_open(now_ns),
        kyb_passed=applications.check_passed(connection, number, "kyb"),
        sanctions_clear=applications.check_passed(connection, number, "sanctions"),
        claimed=application.account != 0,
        lock_under_way=slots.under_way(connection, number, now_ns - settings.reservation_s * SECOND_NS),
        stake_locked=stake.counted_stake(connection, number) is not None,
        partner_accepted=last is not None and last.party_ns > 0,
        host_accepted=last is not None and last.host_ns > 0,
        contract_in_force=CONTRACTS.is_in_force(connection, number, now_ns),
        brand_opened=application.brand in venue.brands,
        open_items=open_items(application.brand) if looks and open_items is not None else tuple(Item),
        token_required=terms.token_required,
        token_issued=application.token_issued,
        schedules_bound=application.schedules_bound,
        notice_over=application.notice_ends_ns <= now_ns,
        settled=stake.is_settled(connection, number),
        stake_returned=stake.is_returned(connection, number),
        reason=reason,
    )
