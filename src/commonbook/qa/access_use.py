"""What is done with tokens and keys at the doors: from where, with which tag, under foreign names, on open sockets."""

import hmac
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from commonbook.identity.model import Credential, Permission
from commonbook.identity.service import Request, unix_seconds_ms
from commonbook.qa import access_model as model
from commonbook.qa import access_oauth
from commonbook.qa.access_model import ApiKey, Asked, Fact, Grant, Token
from commonbook.qa.access_site import BRANDS, Told
from commonbook.qa.access_town import ADDRESSES, APP, DEVICES, PASSPHRASE, Town
from commonbook.qa.okx import Key, proof, signature, time_text
from commonbook.records import Channel

API = "/api/v5"
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "post_only", "px": "72000", "sz": "0.0001"}
WITHDRAWAL = {"ccy": "BTC", "amt": "1", "dest": "4", "toAddr": "an-address"}
PATHS = {
    "read": ("GET", "/account/config"),
    "listing": ("GET", "/account/instruments"),
    "trade": ("POST", "/trade/order"),
    "withdraw": ("POST", "/asset/withdrawal"),
    "subaccount": ("POST", "/users/subaccount/create-subaccount"),
    "broker": ("GET", "/broker/fd/if-rebate"),
    "make_key": ("POST", "/users/oauth/apikey"),
}
BY_KEYS = ("read", "listing", "trade", "withdraw", "subaccount", "make_key")
REFUSED = {  # who asks may not; any other code is of the request itself
    *("50103", "50110", "50111", "50120", "50030", "50114", "50101", "50102", "50105", "50113"),
    *(f"530{number:02}" for number in (0, 1, 2, 3, 4, 5, 6, 9, 12, 13, 14, 16)),
}
LISTS = {brand: {"BTC-USDT"} | ({"BTC-EUR"} if place == 0 else set()) for place, brand in enumerate(BRANDS)}


@dataclass(eq=False)
class Open:
    """A connection that was let in."""

    by: Token | ApiKey
    asked: Asked
    credential: Credential
    opened_ns: int

    @property
    def is_as_it_was(self) -> bool:
        """Nothing has changed since it was opened, nor in the second before, of which the door may not have known."""
        return not any(one.has_changed_since(self.opened_ns - model.KNOWN_NS) for one in facts_of(self.by))


def facts_of(by: Token | ApiKey) -> list[Fact[Any]]:
    """All that may change of what lets one in."""
    if isinstance(by, Token):
        client, user = by.grant.client, by.grant.user
        return [by.grant.state, by.is_live, user.is_locked, client.broker.is_suspended, client.addresses]
    found: list[Fact[Any]] = [by.is_revoked, by.permissions, by.addresses, by.user.is_locked]
    who = by.holder or (by.client.broker if by.client is not None else None)
    return found + ([] if who is None else [who.is_suspended, who.addresses])


# -- one request ------------------------------------------------------------------------------------------------------


def use_token(town: Town) -> str:
    kind = [one for one in town.tokens if one.kind == "access" or town.maybe(0.05)]
    live = [one for one in kind if one.is_live.now and one.grant.state.now == model.LIVE]
    token = town.recent(live if town.maybe(0.8) else kind)
    return "" if token is None else show_token(town, token)


def show_token(town: Town, token: Token, right: bool = False) -> str:
    """
    Args:
        right: for what it is for, from where it is, with its device.
    """
    client = token.grant.client
    what = "make_key" if "fast_api" in token.scopes else NEEDED[town.pick.choice(token.scopes)]
    if not right and town.maybe(0.4):
        what = town.pick.choice(list(PATHS))
    address = town.own_address(client) if right or town.maybe(0.85) else town.pick.choice(ADDRESSES)
    terminal = token.grant.terminal if right or town.maybe(0.9) else town.any_of("", *DEVICES)
    asked = Asked(what, address, terminal, _tag(town))
    headers = {"authorization": f"Bearer {token.text}"} | ({"termid": terminal} if terminal else {})
    method, target, body = _request(town, asked)
    wanted = model.by_token(token, asked, town.now_ns)
    told = town.site.ask(method, target, body, headers | _foreign(town), address)
    if failure := _judged(town, "token", told, wanted):
        return f"{failure}: {what} with a token of {token.scopes} ({token.grant.state.now}), {asked}"
    if told.code in REFUSED:
        return ""
    if what == "make_key":
        return _fast_key(town, token, told, body)
    earns = model.earns_by_token(token, asked.tag, town.codes_of_brokers, town.now_ns)
    return _is_own(town, told, asked, token.grant, earns)


def make_key(town: Town) -> str:
    """A client goes the whole way to a key of a user's, mostly bound to its own addresses: it asks, shows the code, and
    makes the key with the token. By chance that comes about too seldom."""
    able = [one for one in town.clients if "fast_api" in one.scopes and one.is_enabled]
    if not able:
        return ""
    client = town.pick.choice(able)
    if failure := access_oauth.authorize(town, client):
        return failure
    code = town.codes[-1]
    if failure := access_oauth.show_code(town, code, True):
        return failure
    made = [one for one in town.tokens if one.grant is code.grant and one.kind == "access"]
    return show_token(town, made[-1], True) if made else ""


def use_key(town: Town) -> str:
    key = town.recent(town.keys)
    return "" if key is None else show_key(town, key)


def show_key(town: Town, key: ApiKey, right: bool = False) -> str:
    permissions = key.permissions.now - (model.NEVER_A_BROKERS if key.holder else set())
    possible = [what for what, needed in model.NEEDS.items() if needed in permissions] or ["read"]
    what = town.pick.choice(possible) if right or town.maybe(0.6) else town.pick.choice(BY_KEYS)
    if what == "make_key" and len(key.permissions.lately(town.now_ns)) > 1:
        what = "read"
    is_proved = what == "make_key" and "read_only" in permissions  # the route reads, and then it is for tokens alone
    address = _address_of(town, key) if right or town.maybe(0.7) else town.pick.choice(ADDRESSES)
    asked = Asked(what, address, "", _tag(town))
    method, target, body = _request(town, asked)
    text = "" if body is None else _text(body)
    headers = proof(Key(key.api_key, key.secret, key.passphrase), method, target, text, town_time(town))
    wanted = model.by_key(key, asked, town.now_ns)
    told = town.site.ask(method, target, text or None, headers | _foreign(town), address)
    if failure := _judged(town, "key", told, wanted):
        return f"{failure}: {_key_told(town, key)}, {asked}"
    if told.code in ("50111", "50110") or (told.code == "50120" and not is_proved):
        return ""
    key.used_ns = town.now_ns
    earns = model.earns_by_key(key, asked.tag, town.codes_of_brokers, town.now_ns)
    return "" if told.code in REFUSED else _is_own(town, told, asked, key, earns)


def _judged(town: Town, what: str, told: Told, wanted: set[str]) -> str:
    town.checks += 1
    found = told.code if told.code in REFUSED else "0"
    town.seen[f"{what}_{found}"] += 1
    return "" if found in wanted else f"answered {told.code}, and not {sorted(wanted)}"


def _is_own(town: Town, told: Told, asked: Asked, by: Grant | ApiKey, earns: set[int]) -> str:
    """What was let in is of the credential's own account, brand and broker, whatever else the request has named."""
    user = by.user
    match asked.what:
        case "read":
            found = told.body["data"][0]["uid"]
            return "" if found == str(user.account) else f"account {user.account} is told of {found}"
        case "listing":
            names = {one["instId"] for one in told.body["data"]}
            return "" if names == LISTS[user.brand] else f"brand {user.brand} is told of {names}"
        case "trade":
            return _order(town, told, asked, by, earns)
    return ""


def _order(town: Town, told: Told, asked: Asked, by: Grant | ApiKey, earns: set[int]) -> str:
    row = told.body["data"][0]
    if row["sCode"] != "0":
        return f"an order is refused: {row}"
    [order] = town.site.order_taken()
    account, broker = int(order["account"]), int(order["broker"])
    town.seen["order_for_a_broker" if broker else "order_for_nobody"] += 1
    if account != by.user.account or order["channel"] != Channel.API:
        return f"an order of account {by.user.account} is in the journal as {account}'s, channel {order['channel']}"
    if broker not in earns:
        return f"an order with the tag {asked.tag!r} earns for broker {broker}, and not for one of {sorted(earns)}"
    if row.get("brokerCode", "") != (town.brokers[broker].code if broker else ""):
        return f"an order that earns for {broker} is told as {row}"
    return town.numbered(int(order["credential"]), by)


def _fast_key(town: Town, token: Token, told: Told, body: Any) -> str:
    """What a client was given with a token that makes a key: one for the user and broker, never with more (O-13)."""
    grant, broker = token.grant, token.grant.client.broker
    mine = [
        one for one in town.keys if one.client is not None and one.user is grant.user and one.client.broker is broker
    ]
    there = [one for one in mine if not one.is_revoked.now]
    if told.code == "53017":
        return "" if not broker.is_active else f"a client of {broker.code} makes no key: {told.body}"
    if told.code != "0":
        return "" if there or "withdraw" in body["perm"] else f"no key, and there is none: {told.body}"
    if there or "withdraw" in body["perm"]:
        return f"a second key of a broker, or one that withdraws: {told.body}"
    made = told.body["data"][0]
    is_bound, permissions = body["bindApp"], frozenset({"read_only", *body["perm"].split(",")})
    addresses = grant.client.addresses.now if is_bound else tuple(one for one in body["ip"].split(",") if one)
    holder = broker if is_bound and broker.addresses.now else None
    town.keys.append(
        ApiKey(
            *(made["apiKey"], made["secretKey"], made["passphrase"], grant.user, Fact(permissions), Fact(addresses)),
            *(frozenset({broker.id}), holder, town.now_ns, grant.client, grant, is_bound),
        )
    )
    town.seen["fast_key_made"] += 1
    return ""


# -- open sockets -----------------------------------------------------------------------------------------------------


def log_in(town: Town, sockets: list[Open]) -> str:
    """Over WebSocket by a token or a key, or at the record door by a key."""
    if town.maybe(0.5):
        token = town.recent([one for one in town.tokens if one.kind == "access" and "fast_api" not in one.scopes])
        if token is None:
            return ""
        address = town.own_address(token.grant.client) if town.maybe(0.8) else town.pick.choice(ADDRESSES)
        asked = Asked("login", address, token.grant.terminal if town.maybe(0.9) else "")
        wanted = model.by_token(token, asked, town.now_ns)
        found = town.site.authenticator.by_token(token.text, address, asked.terminal, None)
        return _let_in(town, sockets, token, asked, found, wanted)
    key = town.recent(town.keys)
    if key is None:
        return ""
    asked = Asked(
        town.any_of("login", "records"), _address_of(town, key) if town.maybe(0.7) else town.pick.choice(ADDRESSES)
    )
    wanted = model.by_key(key, asked, town.now_ns)
    authenticator = town.site.authenticator
    found = (
        authenticator.authenticate(_login(town, key, asked.address), None, town.now_ns // 10**6)
        if asked.what == "login"
        else authenticator.prove(key.api_key, asked.address, b"nonce", _hmac(key), Permission.TRADE)
    )
    return _let_in(town, sockets, key, asked, found, wanted)


def _let_in(
    town: Town, sockets: list[Open], by: Token | ApiKey, asked: Asked, found: Credential | Any, wanted: set[str]
) -> str:
    town.checks += 1
    is_in = isinstance(found, Credential)
    town.seen[f"{asked.what}_{'let_in' if is_in else found}"] += 1
    if (is_in and "0" not in wanted) or (not is_in and wanted == {"0"}):
        return f"a {asked.what} of {asked} is {found}, where {sorted(wanted)} is right: {by}"
    if isinstance(found, Credential):
        user = by.user if isinstance(by, ApiKey) else by.grant.user
        if (found.account, found.brand) != (user.account, user.brand):
            return f"a {asked.what} of account {user.account} is let in as {found.account} of brand {found.brand}"
        if isinstance(by, ApiKey):
            by.used_ns = town.now_ns
        sockets.append(Open(by, asked, found, town.now_ns))
        del sockets[:-40]
    return ""


def look_after(town: Town, sockets: list[Open]) -> str:
    """What a door does twice a second: it looks anew, and closes whoever would be let in no more."""
    authenticator = town.site.authenticator
    authenticator.look_now()
    for one in list(sockets):
        by = one.by
        is_token = isinstance(by, Token)
        judge: Any = model.by_token if is_token else model.by_key
        wanted = judge(by, one.asked, town.now_ns, known_ns=-1)
        stays = authenticator.is_current(one.credential)
        town.checks += 1
        town.seen["socket_stays" if stays else "socket_closed"] += 1
        if stays and "0" not in wanted:
            return f"a socket of {one.asked} stays open, where {sorted(wanted)} is right"
        if not stays and wanted == {"0"} and one.is_as_it_was:
            return f"a socket of {one.asked} is closed, and nothing has changed"
        if not stays:
            sockets.remove(one)
        elif isinstance(by, ApiKey):
            by.used_ns = town.now_ns
    return ""


# -- requests ---------------------------------------------------------------------------------------------------------

NEEDED = {"read_only": "read", "trade": "trade"}


def _request(town: Town, asked: Asked) -> tuple[str, str, Any]:
    """Method, target and body, at times with names of somebody else in them."""
    method, path = PATHS[asked.what]
    more: dict[str, str] = {}
    if town.maybe(0.4):
        user, broker = town.pick.choice(town.users), town.pick.choice(list(town.brokers.values()))
        named = {"uid": str(user.account), "acct": str(user.account), "account": str(user.account)}
        named |= {"brand": str(user.brand), "broker": broker.code, "brokerId": broker.code, "channelId": broker.code}
        more = {name: named[name] for name in town.pick.sample(sorted(named), 3)}
    if method == "GET":
        query = {"instType": "SPOT", "apiKey": "x", "brokerType": "api"} | more
        return method, f"{API}{path}?{urlencode(query)}", None
    body: dict[str, Any] = {}
    match asked.what:
        case "trade":
            body = ORDER | more | ({"tag": asked.tag} if asked.tag else {})
        case "withdraw":
            body = WITHDRAWAL | more
        case "subaccount":
            body = {"subAcct": f"sub{town.pick.randrange(50)}"} | more
        case "make_key":
            permissions = town.any_of("read_only", "trade", "read_only,trade", "trade,withdraw")
            body = {"label": "bot", "passphrase": PASSPHRASE, "perm": permissions, "bindApp": town.maybe(0.7)}
            body["ip"] = "" if town.maybe(0.5) else town.pick.choice(ADDRESSES)
    return method, API + path, body


def _foreign(town: Town) -> dict[str, str]:
    """Headers that name another brand, address or broker: nothing of it counts."""
    if town.maybe(0.5):
        return {}
    headers = {
        "host": f"{BRANDS[town.pick.choice(list(BRANDS))]}.localhost",
        "x-forwarded-for": town.pick.choice(ADDRESSES),
        "x-real-ip": town.pick.choice(ADDRESSES),
        "x-brand": str(town.pick.choice(list(BRANDS))),
        "x-broker-code": town.pick.choice(list(town.codes_of_brokers)),
        "x-account": str(town.pick.choice(town.users).account),
        "origin": APP,
    }
    return {name: headers[name] for name in town.pick.sample(sorted(headers), 3)}


def _tag(town: Town) -> str:
    return town.any_of("", "", *town.codes_of_brokers, *town.codes_of_brokers, "SOMELIBRARY")


def _address_of(town: Town, key: ApiKey) -> str:
    """From where a key works, if from anywhere."""
    own = set(key.addresses.now or ADDRESSES)
    possible = sorted(own & set(key.holder.addresses.now)) if key.holder is not None else sorted(own)
    return town.pick.choice(possible or ADDRESSES)


def town_time(town: Town) -> str:

    return time_text(town.now_ns // 10**6)


def _login(town: Town, key: ApiKey, address: str) -> Request:
    now_ms = town.now_ns // 10**6
    stamp, target = f"{now_ms // 1_000}.{now_ms % 1_000:03}", "/users/self/verify"
    sign = signature(key.secret, stamp, "GET", target)
    return Request(key.api_key, sign, stamp, key.passphrase, "GET", target.encode(), b"", address, unix_seconds_ms)


def _hmac(key: ApiKey) -> bytes:
    return hmac.digest(key.secret.encode(), b"nonce", "sha256")


def _text(body: Any) -> str:

    return json.dumps(body)


def _key_told(town: Town, key: ApiKey) -> str:
    used_s = (town.now_ns - max(key.used_ns, key.made_ns)) / 1e9
    holder = None if key.holder is None else key.holder.code
    return f"a key of {sorted(key.permissions.now)} at {key.addresses.now}, held by {holder}, used {used_s} s ago"


__all__ = ["Open", "log_in", "look_after", "make_key", "show_key", "show_token", "use_key", "use_token"]
