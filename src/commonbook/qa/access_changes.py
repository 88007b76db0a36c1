"""What people change, and what time does: keys, addresses, grants, brokers, users, clients."""

import itertools
from collections.abc import Callable
from typing import Any

from sqlalchemy import update

from commonbook.broker import consents
from commonbook.errors import Declined
from commonbook.identity.service import change_key
from commonbook.oauth import clients, held
from commonbook.people import directory
from commonbook.qa import access_model as model
from commonbook.qa import access_oauth
from commonbook.qa.access_model import ApiKey, Token
from commonbook.qa.access_town import ADDRESSES, SERVERS, Town, granted, wish_of
from commonbook.qa.access_use import show_key, show_token
from commonbook.storage.tables.people import users

MS, SECOND, HOUR = 10**6, 10**9, 3_600 * 10**9
PAUSES = (*[MS] * 30, 200 * MS, 500 * MS, SECOND, SECOND + MS, 5 * SECOND, 30 * SECOND, 60 * SECOND, 600 * SECOND)
LONG = (HOUR, HOUR + SECOND, 24 * HOUR, 72 * HOUR, 300 * HOUR, 336 * HOUR)
AFTERWARDS = (MS, 500 * MS, 999 * MS, SECOND, SECOND + MS, SECOND + MS, 1_500 * MS)


# -- time -------------------------------------------------------------------------------------------------------------


def let_pass(town: Town, nanoseconds: int) -> None:
    """At least a millisecond, as a signature works once."""
    if nanoseconds > 20 * SECOND:
        town.site.write_down()
        for key in town.keys:
            key.written_ns = key.used_ns
    town.site.clock.now_ns += max(nanoseconds, MS)
    for key in town.keys:
        key.has_lapsed = key.lapse(town.now_ns)[0]
    if nanoseconds >= HOUR:
        town.forget_old()


def wait(town: Town) -> str:
    """Any time, or just until something is over, a moment less or a moment more."""
    ends = [one.expires_ns for one in town.codes[-6:]] + [one.expires_ns for one in town.tokens[-8:]]
    ends += [max(one.made_ns, one.used_ns) + model.IDLE_NS for one in town.keys[-6:]]
    for client in (one for one in town.clients if not one.is_enabled):
        _enable(town, client)
    nearest = [one - town.now_ns for one in ends if one > town.now_ns]
    if nearest and town.maybe(0.5):
        let_pass(town, min(nearest) + town.any_of(-MS, 0, MS) if town.maybe(0.7) else town.pick.choice(nearest))
    else:
        let_pass(town, town.pick.choice(LONG if town.maybe(0.3) else PAUSES))
    return ""


# -- and what is no more ----------------------------------------------------------------------------------------------


def take_back(town: Town) -> str:
    """Something is used, taken back, and used again a little later: within a second it is out."""
    tokens = [
        one for one in town.tokens if one.kind == "access" and one.is_live.now and one.grant.state.now == model.LIVE
    ]
    keys = [one for one in town.keys if not one.is_revoked.now]
    bound = [one for one in keys if one.is_bound]  # few among many, and so every second time one of them
    token, key = town.recent(tokens), town.recent(bound if bound and town.maybe(0.5) else keys)
    by: Token | ApiKey | None = token if token is not None and (key is None or town.maybe(0.5)) else key
    if by is None:
        return ""
    show: Callable[[Any], str] = lambda one: (  # noqa: E731
        show_token(town, one, True) if isinstance(one, Token) else show_key(town, one, True)
    )
    if failure := show(by):
        return failure
    let_pass(town, town.any_of(MS, 300 * MS))
    what = town.pick.choice(OF_TOKENS if isinstance(by, Token) else OF_BOUND_KEYS if by.is_bound else OF_KEYS)
    town.seen[f"did_{what.__name__.strip('_')}"] += 1
    codes: list[model.Code] = []  # that nobody has shown yet, and that end with what is taken back
    if isinstance(by, Token) and what in END_CODES and town.maybe(0.5):
        before = len(town.codes)
        if failure := access_oauth.authorize(town, by.grant.client, by.grant.user):
            return failure
        codes = town.codes[before:]
    if failure := what(town, by):
        return failure
    for code in codes:
        if failure := access_oauth.show_code(town, code, True):
            return f"a code from before {what.__name__.strip('_')}: {failure}"
    for _ in range(town.any_of(1, 2)):
        let_pass(town, town.pick.choice(AFTERWARDS))
        if failure := show(by):
            return f"after {what.__name__.strip('_')}: {failure}"
    if what in (_suspend, _lock) and town.maybe(0.6):  # and back, mostly, so that there is somebody left
        return what(town, by)
    return ""


def _cancel(town: Town, token: Token) -> str:
    """The user takes back all that the client has."""
    client, user = token.grant.client, token.grant.user
    town.site.write(lambda connection: held.cancel(connection, user.id, client.id, town.now_ns))
    for code in town.codes:
        if code.client is client and code.user is user and not code.is_used:
            code.is_used = True
    _end(town, model.CANCELED, lambda grant: grant.client is client and grant.user is user)
    _revoke_keys(town, lambda key: key.client is client and key.user is user)
    return ""


def _withdraw_consent(town: Town, token: Token) -> str:
    """The user agrees to the broker no more."""
    broker, user = token.grant.client.broker, token.grant.user
    town.site.write(lambda connection: held.end_with(connection, user.account, broker.id))
    for code in town.codes:
        code.is_used = code.is_used or (code.client.broker is broker and code.user is user)
    _end(town, model.CANCELED, lambda grant: grant.client.broker is broker and grant.user is user)
    _revoke_keys(town, lambda key: key.client is not None and key.client.broker is broker and key.user is user)
    return ""


def _disable(town: Town, token: Token) -> str:
    """The host disables the client, and after a while enables it again: what has ended stays so."""
    client = token.grant.client
    town.site.write(lambda connection: clients.disable(connection, client.id))
    for code in town.codes:
        code.is_used = code.is_used or code.client is client
    _end(town, model.REVOKED, lambda grant: grant.client is client)
    _revoke_keys(town, lambda key: key.client is client)
    client.is_enabled = False
    if town.maybe(0.5):
        _enable(town, client)
    return ""


def _enable(town: Town, client: model.Client) -> None:
    town.site.write(lambda connection: clients.enable(connection, client.id))
    client.is_enabled = True


def _move_client(town: Town, by: Token | ApiKey) -> str:
    """The client's servers are elsewhere from now on; keys that are bound to it follow."""
    client = by.grant.client if isinstance(by, Token) else by.client
    if client is None or client.is_public:
        return ""
    pairs = list(itertools.permutations(SERVERS, 2))
    addresses = town.pick.choice([pair for pair in pairs if set(pair) != set(client.addresses.now)])
    wish = wish_of(client.redirects, sorted(client.scopes), addresses)
    town.site.write(lambda connection: clients.change(connection, client.id, wish))
    client.addresses.set(addresses, town.now_ns)
    for key in town.keys:
        if key.client is client and key.is_bound and not key.is_revoked.now:
            key.addresses.set(addresses, town.now_ns)
    return ""


def _rotate_secret(town: Town, token: Token) -> str:
    client = token.grant.client
    if not client.is_public:
        client.secret = town.site.write(lambda connection: clients.rotate_secret(connection, client.id))
    return ""


def _suspend(town: Town, by: Token | ApiKey) -> str:
    """The host stops a broker, or lets it go on."""
    broker = (
        by.grant.client.broker if isinstance(by, Token) else by.holder or town.pick.choice(list(town.brokers.values()))
    )
    stops = not broker.is_suspended.now
    change = consents.suspend if stops else consents.resume
    town.site.write(lambda connection: change(connection, broker.id))
    broker.is_suspended.set(stops, town.now_ns)
    return ""


def _lock(town: Town, by: Token | ApiKey) -> str:
    """The user is locked, or unlocked."""
    user = by.grant.user if isinstance(by, Token) else by.user
    locks = not user.is_locked.now
    state = directory.LOCKED if locks else directory.ACTIVE
    town.site.write(
        lambda connection: connection.execute(update(users).where(users.c.user_id == user.id).values(state=state))
    )
    user.is_locked.set(locks, town.now_ns)
    return ""


def _refuse(town: Town, by: Token | ApiKey) -> str:
    """The user says no to a broker, or takes that back: orders are nobody's, and whoever may act may act on."""
    user = by.grant.user if isinstance(by, Token) else by.user
    broker = by.grant.client.broker.id if isinstance(by, Token) else town.pick.choice(sorted(by.brokers) or [1])
    fact = user.refuses(broker)
    try:
        if fact.now:
            town.site.write(lambda connection: consents.lift(connection, user.account, broker, town.now_ns))
        else:
            town.site.write(lambda connection: consents.refuse(connection, user.account, broker, user.id, town.now_ns))
    except Declined:  # it was said too often today
        return ""
    fact.set(not fact.now, town.now_ns)
    return ""


def _revoke_key(town: Town, key: ApiKey) -> str:
    town.site.write(lambda connection: change_key(connection, key.user.account, key.api_key, revoked=True))
    key.is_revoked.set(True, town.now_ns)
    return ""


def _change_key(town: Town, key: ApiKey) -> str:
    """Other addresses, other permissions, or both; of one that has lapsed nothing is changed any more (I-14)."""
    permissions, addresses = key.permissions.now, key.addresses.now
    if town.maybe(0.7):
        addresses = tuple(town.pick.sample(ADDRESSES, town.any_of(0, 1, 1, 2)))
    if town.maybe(0.5):
        permissions = frozenset(town.pick.sample(("read_only", "trade", "withdraw"), town.any_of(1, 2)))
    certainly, maybe = key.lapse(town.now_ns)
    is_done = town.site.write(
        lambda connection: change_key(connection, key.user.account, key.api_key, None, granted(permissions), addresses)
    )
    if not is_done and key.looks_lapsed(town.now_ns):
        return ""
    if is_done is certainly and certainly is maybe:
        return f"a key that {'has' if certainly else 'has not'} lapsed was {'' if is_done else 'not '}changed"
    if not is_done:
        key.has_lapsed = True
        return ""
    key.permissions.set(permissions, town.now_ns)
    key.addresses.set(addresses, town.now_ns)
    return ""


def _move_broker(town: Town, key: ApiKey) -> str:
    """The broker that has the key asks from elsewhere."""
    broker = key.holder or town.pick.choice(list(town.brokers.values()))
    addresses = tuple(sorted(town.pick.sample(SERVERS, town.any_of(0, 1, 2))))
    town.site.write(lambda connection: consents.set_addresses(connection, broker.id, addresses))
    broker.addresses.set(addresses, town.now_ns)
    return ""


OF_TOKENS: list[Callable[[Town, Any], str]] = [
    *(_cancel, _cancel, _withdraw_consent, _disable, _move_client, _rotate_secret, _suspend, _lock, _refuse)
]
OF_KEYS: list[Callable[[Town, Any], str]] = [
    *(_revoke_key, _change_key, _change_key, _move_broker, _move_broker, _suspend, _lock, _refuse)
]
END_CODES = (_cancel, _withdraw_consent, _disable)  # what takes back codes as well
OF_BOUND_KEYS = [*OF_KEYS, _move_client, _move_client, _move_client, _move_client]


def _end(town: Town, state: str, which: Callable[[model.Grant], bool]) -> None:
    for grant in {id(one.grant): one.grant for one in town.tokens}.values():
        if which(grant):
            grant.end(state, town.now_ns)


def _revoke_keys(town: Town, which: Callable[[ApiKey], bool]) -> None:
    for key in town.keys:
        if which(key):
            key.is_revoked.set(True, town.now_ns)
