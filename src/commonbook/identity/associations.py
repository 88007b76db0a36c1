"""Which brokers earn on a credential's orders, and what a broker that holds a key may do with it.

What a key was associated with is one thing, what its owner says now another: a standing refusal takes the broker off
every key of the account and its sub-accounts. What a broker has of users has no force while the host has suspended it.
Rules BK-1 to BK-4 of docs/rules/broker-keys.md, CN-6 of consents.md, BE-12 of becoming-a-broker.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from commonbook.identity.model import Permission
from commonbook.instrument.accounts import master_of
from commonbook.storage.schema import key_brokers, subaccounts
from commonbook.storage.tables.broker_clients import (
    broker_addresses,
    broker_forms,
    broker_refusals,
    suspended_brokers,
)
from commonbook.storage.tables.oauth import oauth_keys

NOT_FOR_BROKERS = frozenset({Permission.WITHDRAW, Permission.MANAGE})  # whatever a key of theirs was granted
NOWHERE = ("-",)  # an address list that no address is on
ALL = 0  # refused


@dataclass(frozen=True, slots=True)
class Association:
    """What brokers have to do with one credential."""

    brokers: frozenset[int] = frozenset()  # whose codes count on its orders
    holder: int = 0  # the broker that has the key; 0: its owner
    addresses: tuple[str, ...] = ()  # of the holder
    owner: int = 0  # the broker whose non-disclosed sub-account it is of: all its orders are that broker's
    is_stopped: bool = False  # the broker that has it is suspended, and works from nowhere


NONE = Association()


class Associations:
    """Of some credentials, as they are at this moment."""

    def __init__(self, connection: Connection, keys: Iterable[str], accounts: Iterable[int]) -> None:
        """
        Args:
            accounts: whose the keys, or the other credentials, are.
        """
        keys, accounts = set(keys), set(accounts)
        self._of_key: dict[str, set[int]] = {}
        self._holder: dict[str, int] = {}
        self._refused: dict[int, set[int]] = {}
        self._owner: dict[int, int] = {}
        for row in connection.execute(select(key_brokers).where(key_brokers.c.api_key.in_(keys))):
            self._of_key.setdefault(row.api_key, set()).add(row.broker)
            if row.held:
                self._holder[row.api_key] = row.broker
        masters = {master_of(account) for account in accounts}
        refused = select(broker_refusals.c.account, broker_refusals.c.broker)
        refused = refused.where(broker_refusals.c.account.in_(masters), broker_refusals.c.lifted_ns == 0)
        for account, broker in connection.execute(refused):
            self._refused.setdefault(account, set()).add(broker)
        subs = [account for account in accounts if account != master_of(account)]
        if subs:
            kept = select(subaccounts.c.account, subaccounts.c.broker)
            kept = kept.join(broker_forms, broker_forms.c.broker == subaccounts.c.broker)
            kept = kept.where(subaccounts.c.account.in_(subs), broker_forms.c.non_disclosed)
            self._owner = {row.account: row.broker for row in connection.execute(kept)}
        self._suspended = set(connection.execute(select(suspended_brokers.c.broker)).scalars())
        self._stopped = {key for key, broker in self._holder.items() if broker in self._suspended}
        if self._suspended:  # a Fast API key is in its broker's hands whether it has addresses or not
            made = select(oauth_keys.c.api_key).where(oauth_keys.c.api_key.in_(keys))
            made = made.where(oauth_keys.c.broker.in_(self._suspended))
            self._stopped |= set(connection.execute(made).scalars())
        self._addresses: dict[int, list[str]] = {}
        if self._holder:
            listed = select(broker_addresses).where(broker_addresses.c.broker.in_(set(self._holder.values())))
            for row in connection.execute(listed.order_by(broker_addresses.c.address)):
                self._addresses.setdefault(row.broker, []).append(row.address)

    def of(self, api_key: str, account: int) -> Association:
        """Of a key."""
        holder = self._holder.get(api_key, 0)
        addresses = tuple(self._addresses.get(holder, ())) if holder else ()
        brokers = self.allowed(self._of_key.get(api_key, set()), account)
        owner, is_stopped = self._owner.get(account, 0), api_key in self._stopped
        is_any = brokers or holder or owner or is_stopped
        return Association(brokers, holder, addresses, owner, is_stopped) if is_any else NONE

    def is_suspended(self, broker: int) -> bool:
        return broker in self._suspended

    def allowed(self, brokers: Iterable[int], account: int) -> frozenset[int]:
        """Those of some brokers that an account does not refuse: for credentials that are no keys as well."""
        refused = self._refused.get(master_of(account), set())
        return frozenset() if ALL in refused else frozenset(brokers) - refused


def addresses_for(own: tuple[str, ...], association: Association) -> tuple[str, ...]:
    """From where a key works (BK-2): from its own list, of which a holder's servers alone count; () from everywhere."""
    if association.is_stopped:
        return NOWHERE
    if not association.holder:
        return own
    both = tuple(one for one in association.addresses if not own or one in own)
    return both or NOWHERE


def permissions_for(granted: frozenset[Permission], association: Association) -> frozenset[Permission]:
    """What a key may do (BK-3): a holder never withdraws, and never manages."""
    return granted - NOT_FOR_BROKERS if association.holder else granted
