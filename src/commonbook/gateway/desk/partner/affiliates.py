"""A brand's affiliates: who claims what part of the fees of which account, from which day on. Rule Q-8.

What one user asks for another approves, as with all that divides fees.
"""

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody
from sqlalchemy import Connection

from commonbook.administration.approvals import Approval
from commonbook.administration.log import user_actor, write
from commonbook.administration.roles import May
from commonbook.brand.schedules import read_rate, write_rate
from commonbook.clearing import terms
from commonbook.clearing.closing import day_text
from commonbook.clearing.model import AFFILIATE, DAY_NS, ClaimSchedule
from commonbook.gateway.desk import acts, administration
from commonbook.gateway.desk import clearing as tell
from commonbook.gateway.desk.administration import ApprovalTold
from commonbook.gateway.desk.asked import Asking, Desk
from commonbook.gateway.desk.parties import accounts_of
from commonbook.units import RateE8

AGREE = "affiliate"


class AffiliateAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    account: str  # whose fees are claimed of
    affiliate: str  # the account that is paid
    rate: str  # of the base of a fee, a fraction: "0.3"; "0" ends what was agreed
    first_date: str  # a day that has not begun


class AffiliateTold(msgspec.Struct, frozen=True):
    account: str
    affiliate: str
    rate: str
    first_date: str


@get("/fees/affiliates", needs=May.FEES)
async def affiliates(asked: Asking) -> list[AffiliateTold]:
    """All that was agreed, by account, newest first; of an account the newest that has begun is in force."""
    found = await asked.desk.read(lambda connection: terms.affiliates_of(connection, asked.brand))
    return [
        AffiliateTold(
            account=str(one.account),
            affiliate=str(one.beneficiary),
            rate=write_rate(one.rate_e8),
            first_date=day_text(one.effective_ns // DAY_NS),
        )
        for one in found
    ]


@post("/fees/affiliates", needs=May.FEES, fresh=True, status_code=202)
async def ask_affiliate(asked: Asking, data: JSONBody[AffiliateAsked]) -> ApprovalTold:
    """Ask for an affiliate's part of one account's fees, from a day on; another user's yes agrees it."""
    wanted = _schedule(asked.brand, msgspec.to_builtins(data))
    terms.must_be_affiliates(asked.desk.venue, wanted)
    terms.must_be_ahead(wanted.effective_ns // DAY_NS, asked.desk.now_ns)
    return administration.told(await acts.ask_for(asked, AGREE, msgspec.to_builtins(data)))


def _schedule(brand: int, told: dict[str, Any]) -> ClaimSchedule:
    account, affiliate = (administration.number(told[name], name) for name in ("account", "affiliate"))
    rate_e8, day = RateE8(read_rate(told["rate"], "rate")), tell.day_of(told["first_date"])
    return ClaimSchedule(brand, AFFILIATE, account, day * DAY_NS, affiliate, rate_e8, bool(rate_e8))


@acts.register(AGREE, May.FEES, accounts_of("account", "affiliate"))
async def _agree(desk: Desk, approval: Approval) -> dict[str, Any]:
    told, now_ns = approval.payload, desk.now_ns
    wanted = _schedule(approval.brand, told)

    def agree(connection: Connection) -> None:
        terms.agree_affiliate(connection, desk.venue, wanted, now_ns)
        actor, subject = user_actor(approval.decided_by), f"approval:{approval.id}"
        write(connection, approval.brand, actor, "agree affiliate", subject, None, **told)

    await desk.write(agree)
    return {}


ROUTES = [affiliates, ask_affiliate]
