"""What clients ask the authorization server, right and wrong, and whether it answers as the model says."""

import base64
from collections.abc import Callable
from typing import Any

from commonbook.oauth.protocol import User as Agreeing
from commonbook.qa import access_model as model
from commonbook.qa.access_model import ACCESS_NS, CODE_NS, REFRESH_NS, Client, Code, Grant, Proved, Token, User
from commonbook.qa.access_site import Told, a_verifier, challenge_of, parts_of
from commonbook.qa.access_town import ADDRESSES, DEVICES, DONE, Town

TOKEN, REVOKE, INTROSPECT = "/v5/users/oauth/token", "/v5/users/oauth/revoke", "/v5/users/oauth/introspect"
Fields = dict[str, str]


# -- the page ---------------------------------------------------------------------------------------------------------


def authorize(town: Town, right: Client | None = None, user: User | None = None) -> str:
    """A browser comes to the page, and its user presses a button. Empty, or what must not be.

    Args:
        right: a client that asks with nothing wrong, for leave to make a key if it may, and a user agrees.
        user: who; None: anybody.
    """
    pick, client = town.pick, right or town.pick.choice(town.clients)
    user = user or pick.choice(town.users)
    possible = sorted(client.scopes - {"fast_api"})
    wanted = tuple(pick.sample(possible, min(len(possible), 1 + town.maybe(0.6))))
    if "fast_api" in client.scopes and (right is not None or town.maybe(0.3)):
        wanted = ("fast_api",)
    verifier, redirect = a_verifier(pick), pick.choice(client.redirects)
    terminal = pick.choice(DEVICES) if client.is_public else ""
    fields: Fields = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": redirect,
        "scope": pick.choice((",", " ")).join(wanted),
        "state": "s-1",
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    } | ({"term_id": terminal} if terminal else {})
    faults: set[str] = set() if client.is_enabled else {"not_authorized"}
    spoilt = 0 if right is not None else pick.choice((0, 0, 0, 1, 1, 1, 2))
    for spoil in dict.fromkeys(pick.sample(SPOILS, spoilt)):
        faults |= spoil(town, client, fields, verifier)
    given = list(fields.items())
    if right is None and town.maybe(0.05):
        given.insert(0, ("redirect_uri", "https://evil.example/done"))
        faults.add("bad_parameter")
        redirect = ""
    agrees = right is not None or town.maybe(0.9)
    found, location = town.site.authorize(given, Agreeing(user.id, user.account, user.brand, 0) if agrees else None)
    town.checks += 1
    town.seen[f"asked_{found or ('agreed' if agrees else 'refused')}"] += 1
    where, told = parts_of(location)
    if found not in (faults or {""}):
        return f"a page asked with {given} is answered {found or 'as if nothing were wrong'}, not {faults or 'well'}"
    if location and (fields["redirect_uri"] not in client.redirects or not redirect):
        return f"a browser that came with {given} is sent to {location}"
    if location and not (location.startswith(fields["redirect_uri"]) and where == redirect.partition("?")[0]):
        return f"asked for {redirect}, a browser is sent to {location}"
    if location and told.get("iss") != "http://localhost":
        return f"{location} does not say who answers"
    if found or not agrees:
        return f"a code for what is refused: {location}" if "code" in told else ""
    if "code" not in told or told.get("state") != "s-1":
        return f"no code, or another state: {location}"
    expires_ns = town.now_ns + CODE_NS
    town.codes.append(Code(told["code"], client, user, redirect, wanted, verifier, terminal, expires_ns))
    return ""


def _redirect(town: Town, client: Client, fields: Fields, verifier: str) -> set[str]:
    """Nearly the registered address."""
    right = fields["redirect_uri"]
    fields["redirect_uri"] = town.any_of(
        *(
            right + "/",
            right[:-1],
            right + "?x=1",
            right + "#x",
            right + ".evil.example",
            right + "/../x",
            right + "%2f",
        ),
        *(right.replace("https", "http"), right.replace("done", "DONE"), right.upper(), " " + right, "", DONE + "x"),
        *("https://evil.example/?" + right, right.replace("example", "example.evil.example"), right + "&y=2"),
    )
    return set() if fields["redirect_uri"] in client.redirects else {"wrong_redirect", "bad_parameter"}


def _challenge(town: Town, client: Client, fields: Fields, verifier: str) -> set[str]:
    match town.pick.randrange(5):
        case 0:
            del fields["code_challenge"]
            return {"missing_parameter"}
        case 1:
            fields |= {"code_challenge": verifier, "code_challenge_method": "plain"}
        case 2:
            fields.pop("code_challenge_method")  # then it is plain, by RFC 7636
        case 3:
            fields["code_challenge"] = fields["code_challenge"][:-1]
        case _:
            fields["code_challenge_method"] = "s256"
    return {"bad_parameter"}


def _scope(town: Town, client: Client, fields: Fields, verifier: str) -> set[str]:
    missing = sorted({"read_only", "trade", "fast_api"} - client.scopes)
    match town.pick.randrange(5):
        case 0 if missing:
            fields["scope"] = town.pick.choice(missing)
            return {"no_fast_api" if fields["scope"] == "fast_api" else "out_of_scope"}
        case 1:
            fields["scope"] = "read_only,fast_api"
        case 2:
            fields["scope"] = "read_only read_only"
        case 3:
            del fields["scope"]
            return {"missing_parameter"}
        case _:
            fields["scope"] = town.any_of("withdraw", "read_only,withdraw", "manage", "read_only;trade", "trade,all")
    return {"bad_parameter"}


def _client(town: Town, client: Client, fields: Fields, verifier: str) -> set[str]:
    fields["client_id"] = town.any_of("f" * 32, client.id[:-1], client.id + " ", client.id.upper() + "X")
    return {"not_authorized"}


def _terminal(town: Town, client: Client, fields: Fields, verifier: str) -> set[str]:
    if not client.is_public:
        return set()
    if town.maybe(0.5):
        fields.pop("term_id", None)
        return {"missing_parameter"}
    fields["term_id"] = town.any_of("x" * 65, "a b", "ü")
    return {"bad_parameter"}


def _response(town: Town, client: Client, fields: Fields, verifier: str) -> set[str]:
    if town.maybe(0.5):
        fields["response_type"] = town.any_of("token", "id_token", "code token")
    else:
        fields["access_type"] = "online"
    return {"bad_parameter"}


Spoil = Callable[[Town, Client, Fields, str], set[str]]
SPOILS: list[Spoil] = [_redirect, _redirect, _challenge, _challenge, _scope, _client, _terminal, _response]


# -- the token endpoints ----------------------------------------------------------------------------------------------


def exchange(town: Town) -> str:
    """A client shows a code."""
    fresh = [one for one in town.codes if not one.is_used]
    code = town.recent(fresh if town.maybe(0.75) else town.codes)
    if code is None:
        return authorize(town)
    return show_code(town, code)


def show_code(town: Town, code: Code, right: bool = False) -> str:
    """
    Args:
        right: by its own client, from there, with all that belongs to it.
    """
    asked, fields = _proof(town, code.client, code.terminal, 0.0 if right else 0.15)
    redirect = (
        town.any_of("", code.redirect) if right or town.maybe(0.9) else town.any_of(DONE + "/", code.redirect[:-1])
    )
    verifier = code.verifier
    if not right and town.maybe(0.15):
        verifier = town.any_of(a_verifier(town.pick), challenge_of(code.verifier), "", "short", code.verifier[::-1])
    text = code.text if right or town.maybe(0.97) else town.any_of(code.text + "x", code.text[:-1], "nothing")
    fields |= {"grant_type": "authorization_code", "code": text, "redirect_uri": redirect, "code_verifier": verifier}
    known = code if text == code.text else None
    wanted = model.exchanged(known, asked, redirect, verifier, town.keys, town.now_ns)
    told = _post(town, TOKEN, fields, asked)
    if failure := _judged(town, "code", told, wanted):
        return f"{failure}: {code.text[:6]} of {(code.expires_ns - town.now_ns) / 1e9} s, asked {asked}, {fields}"
    return _issued(town, told, code.grant, code.scopes) if told.code == "0" and code.grant is not None else ""


def refresh(town: Town) -> str:
    """A client shows a refresh token."""
    of_kind = [one for one in town.tokens if one.kind == "refresh"]
    live = [one for one in of_kind if one.is_live.now and one.grant.state.now == model.LIVE]
    token = town.recent(live if town.maybe(0.8) else of_kind if town.maybe(0.8) else town.tokens)
    return exchange(town) if token is None else show_refresh(town, token)


def show_refresh(town: Town, token: Token) -> str:
    asked, fields = _proof(town, token.grant.client, token.grant.terminal, 0.12)
    scopes: tuple[str, ...] = ()
    if town.maybe(0.4):
        scopes = town.any_of(("read_only",), ("trade",), ("read_only", "trade"), token.grant.scopes, ("fast_api",))
        if len(scopes) > 1 or scopes == ("fast_api",):
            town.seen["scope_asked_wider"] += 1
    fields |= {"grant_type": "refresh_token", "refresh_token": token.text, "scope": ",".join(scopes)}
    wanted = model.refreshed(token, asked, scopes, town.tokens, town.now_ns)
    told = _post(town, TOKEN, fields, asked)
    if failure := _judged(town, "refresh", told, wanted):
        return f"{failure}: a token of {token.grant.scopes}, asked for {scopes}, {asked}"
    return _issued(town, told, token.grant, scopes) if told.code == "0" else ""


def revoke(town: Town) -> str:
    """A client gives a token back, or another's."""
    token = town.recent(town.tokens)
    if token is None:
        return authorize(town)
    client = token.grant.client if town.maybe(0.8) else town.pick.choice(town.clients)
    asked, fields = _proof(town, client, "", 0.1)
    wanted = model.unproved(asked) or {"0"}
    told = _post(town, REVOKE, fields | {"token": token.text}, asked)
    if wanted == {"0"} and token.grant.client is asked.client:
        token.grant.end(model.REVOKED, town.now_ns)
    return _judged(town, "revoke", told, wanted)


def introspect(town: Town) -> str:
    token = town.recent(town.tokens)
    if token is None:
        return authorize(town)
    client = token.grant.client if town.maybe(0.7) else town.pick.choice(town.clients)
    asked, fields = _proof(town, client, "", 0.1)
    wanted = ({"53009"} if asked.client.is_public else model.unproved(asked)) or {"0"}
    told = _post(town, INTROSPECT, fields | {"token": token.text}, asked)
    if failure := _judged(town, "look", told, wanted):
        return failure
    active = token.grant.client is asked.client and model.is_active(token, town.now_ns)
    if told.code == "0" and told.body.get("active") is not active:
        return f"a token that is {'good' if active else 'of no force'} is told as {told.body}"
    if active and told.code == "0" and _scopes(told) != set(token.scopes):
        return f"a token for {token.scopes} is told as {told.body}"
    return ""


# -- asking -----------------------------------------------------------------------------------------------------------


def _proof(town: Town, client: Client, terminal: str, wrong: float) -> tuple[Proved, Fields]:
    """How a client proves itself: sometimes another, with another secret, from elsewhere or another device."""
    pick = town.pick
    if town.maybe(wrong):
        client = town.other(town.clients, client)
    secret = client.secret if not town.maybe(wrong) else town.any_of("", "wrong", client.secret[:-1])
    address = town.own_address(client) if not town.maybe(wrong) else pick.choice(ADDRESSES)
    shown = terminal if town.maybe(0.5) else "" if not town.maybe(wrong) else pick.choice(DEVICES)
    fields = {"client_id": client.id} | ({"client_secret": secret} if secret else {})
    return Proved(client, secret, address, shown), fields


def _post(town: Town, path: str, fields: Fields, asked: Proved) -> Told:
    """JSON, with the secret in the body or in a header; names of nothing are left out."""
    body: dict[str, Any] = {name: value for name, value in fields.items() if value}
    headers = {"termid": asked.terminal} if asked.terminal else {}
    if asked.secret and town.maybe(0.4):
        pair = f"{asked.client.id}:{asked.secret}".encode()
        headers["authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        del body["client_id"], body["client_secret"]
    if town.maybe(0.2):  # what a client may say of itself and nobody believes
        headers |= {"x-forwarded-for": town.pick.choice(ADDRESSES), "x-real-ip": town.own_address(asked.client)}
    prefix = town.any_of("", "/api")
    return town.site.ask("POST", prefix + path, body, headers, asked.address)


def _judged(town: Town, what: str, told: Told, wanted: set[str]) -> str:
    town.checks += 1
    town.seen[f"{what}_{told.code}"] += 1
    return "" if told.code in wanted else f"a {what} is answered {told.body}, and not {sorted(wanted)}"


def _issued(town: Town, told: Told, grant: Grant, scopes: tuple[str, ...]) -> str:
    """New tokens: that they are what they must be."""
    body, scopes = told.body, scopes or grant.scopes
    makes_keys = "fast_api" in grant.scopes
    if body.get("token_type") != "bearer" or body.get("expires_in") != 3_600 or _scopes(told) != set(scopes):
        return f"tokens for {scopes} are told as {body}"
    if ("refresh_token" in body) == makes_keys:
        return f"a grant of {grant.scopes} has {sorted(body)}"
    known = {one.text for one in town.tokens}
    town.tokens.append(Token(body["access_token"], "access", grant, scopes, town.now_ns + ACCESS_NS))
    if not makes_keys:
        expires_ns = town.now_ns + REFRESH_NS
        town.tokens.append(Token(body["refresh_token"], "refresh", grant, grant.scopes, expires_ns))
    new = {body["access_token"], body.get("refresh_token", body["access_token"])}
    return f"a token was given out twice: {body}" if new & known else ""


def _scopes(told: Told) -> set[str]:
    return set(str(told.body.get("scope", "")).replace(",", " ").split())
