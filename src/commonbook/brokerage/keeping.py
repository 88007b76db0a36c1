"""What the clients of a broker pay in the sub-accounts that it keeps for them is never below what it pays itself. BK-6.

A rate that a broker has set is a number, and stays when the broker's own rises with a lower level: it is raised then.
"""

from sqlalchemy import Connection, select

from commonbook.instrument.accounts import master_of, number_of
from commonbook.instrument.venue import Venue
from commonbook.records import CommandKind, FeeScope, Records, commands
from commonbook.storage.schema import subaccounts

TOGETHER = 500  # accounts in one query


def rises(connection: Connection, venue: Venue) -> list[Records]:
    """A command for each sub-account that a broker keeps for a client and that pays less than the broker itself."""
    found = []
    with_rates = sorted(account for account in list(venue.overrides) if number_of(account))
    for start in range(0, len(with_rates), TOGETHER):
        chosen = select(subaccounts.c.account).where(subaccounts.c.account.in_(with_rates[start : start + TOGETHER]))
        chosen = chosen.where(subaccounts.c.broker != 0, subaccounts.c.closed_ns == 0)
        kept = [_rise(venue, account) for account in connection.execute(chosen).scalars()]
        found += [one for one in kept if one is not None]
    return found


def _rise(venue: Venue, account: int) -> Records | None:
    own, theirs = venue.rates(venue.accounts[master_of(account)]), venue.rates(venue.accounts[account])
    maker, taker = max(own.maker_e8, theirs.maker_e8), max(own.taker_e8, theirs.taker_e8)
    if (maker, taker) == (theirs.maker_e8, theirs.taker_e8):
        return None
    record = commands(CommandKind.FEES)
    record["scope"], record["account"] = FeeScope.ACCOUNT, account
    record["maker_rate_e8"], record["taker_rate_e8"] = maker, taker
    return record
