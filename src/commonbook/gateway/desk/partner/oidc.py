"""The team signs in by the brand's own OpenID Connect provider. Rules: docs/rules/sign-in-providers.md.

What goes to the provider goes through the guard of addresses; what comes back is judged by `identity/provider.py`.
"""

import secrets
import time
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from litestar import Response, delete, get, put
from litestar.datastructures import Cookie
from litestar.params import FromCookie, FromQuery, JSONBody, QueryParameter
from sqlalchemy import Connection

from commonbook.administration.roles import HOST, May
from commonbook.errors import BadInput, Declined, OutsideFailure
from commonbook.gateway.desk.account.entry import enter
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.identity import provider as protocol
from commonbook.identity.provider import DISCOVERY, Endpoints, Person, Provider
from commonbook.people import providers, throttle
from commonbook.people.directory import User
from commonbook.people.providers import GOOD_FOR_S, Attempt
from commonbook.people.rules import party_of
from commonbook.webhook import outbound, rules

COOKIE, PATH = "sign_in", "/partner/v1/oidc"
ANSWER_MOST = 256 * 1024  # bytes of any answer of a provider
WITHIN_S = 10.0
ACCEPTED = "/"  # where the browser goes once it is signed in
State = Annotated[str, QueryParameter(name="state")]  # `state` itself is the framework's own word


class NewProvider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without a secret the client is a public one. A claim gives roles, `owner` apart, to those who were invited."""

    issuer: str
    client: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    secret: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    role_claim: Annotated[str, msgspec.Meta(max_length=64)] = ""
    role_map: dict[str, str] = {}


class ProviderTold(msgspec.Struct, frozen=True):
    issuer: str
    client: str
    has_secret: bool
    role_claim: str
    role_map: dict[str, str]
    redirect_path: str  # to be allowed at the provider, at each of the brand's addresses


def _told(one: Provider) -> ProviderTold:
    return ProviderTold(
        one.issuer, one.client, bool(one.secret), one.role_claim, dict(one.role_map), f"{PATH}/callback"
    )


@get("/oidc", needs=May.STAFF)
async def sign_in_provider(asked: Asking) -> ProviderTold:
    """The provider by which the team signs in; its secret is never told again."""
    seal = asked.desk.seal
    return _told(await asked.desk.read(lambda connection: providers.must_find(connection, seal, asked.brand)))


@put("/oidc", needs=May.STAFF, fresh=True, status_code=200)
async def set_sign_in_provider(asked: Asking, data: JSONBody[NewProvider]) -> ProviderTold:
    """Set the provider up, or change it. It is asked at once whether it is the one that it says."""
    rules.check_url(data.issuer, asked.desk.settings.webhooks.loopback_allowed)
    if urlsplit(data.issuer).query:
        raise BadInput("an issuer has no query")
    made = Provider(asked.brand, data.issuer, data.client, data.secret, data.role_claim, data.role_map)
    await _endpoints(asked, made.issuer)

    def keep(connection: Connection) -> None:
        asked.log(connection, "set sign-in provider", made.issuer[:96], client=made.client, claim=made.role_claim)
        providers.set_up(connection, asked.desk.seal, made, asked.user)

    await asked.desk.write(keep)
    return _told(made)


@delete("/oidc", needs=May.STAFF, fresh=True, status_code=200)
async def remove_sign_in_provider(asked: Asking) -> dict[str, bool]:
    """Nobody signs in by it any more; passwords and passkeys go on working."""

    def remove(connection: Connection) -> None:
        asked.log(connection, "remove sign-in provider")
        providers.remove(connection, asked.brand)

    await asked.desk.write(remove)
    return {"removed": True}


@get("/oidc/start", needs=Needs.NOBODY)
async def start_sign_in(asked: Asking) -> Response[None]:
    """Send the browser to the provider of the brand whose address was asked."""
    desk, provider = asked.desk, await _provider(asked)
    network = desk.parties.network(party_of(asked.address))
    if not await desk.write_racing(lambda connection: throttle.enter(connection, network, time.time_ns())):
        raise Declined("too_many_requests", "too many tries from this network: wait and try again")
    endpoints = await _endpoints(asked, provider.issuer)
    redirect = f"{'https' if asked.is_secure else 'http'}://{asked.host}{PATH}/callback"
    browser = secrets.token_urlsafe(32)
    state, begun = await desk.write(
        lambda connection: providers.begin(connection, desk.seal, provider, browser, redirect)
    )
    url = protocol.authorization_url(endpoints, provider.client, redirect, state, begun)
    return _away(url, _cookie(asked, browser, GOOD_FOR_S))


@get("/oidc/callback", needs=Needs.NOBODY)
async def end_sign_in(
    asked: Asking,
    begun_as: Annotated[str, QueryParameter(name="state")] = "",  # the framework has another `state`
    code: FromQuery[str] = "",
    iss: FromQuery[str | None] = None,
    error: FromQuery[str] = "",
    sign_in: FromCookie[str] = "",
) -> Response[None]:
    """What the provider sends the browser back to. Whoever it means is signed in, if they are in the brand's team."""
    desk, provider = asked.desk, await _provider(asked)

    def take(connection: Connection) -> Attempt:
        return providers.take(connection, desk.seal, provider.brand, begun_as, sign_in)

    attempt = await desk.write(take)
    if (attempt.issuer, attempt.client) != (provider.issuer, provider.client):
        raise protocol.refused("the provider was changed meanwhile: begin again")
    endpoints = await _endpoints(asked, provider.issuer)
    protocol.check_issuer(endpoints, iss)
    if error or not 0 < len(code) <= 4_096:
        raise protocol.refused(f"it says {error[:64]!r}" if error else "it has no code")
    person = await _person(asked, provider, endpoints, attempt, code)

    def member(connection: Connection) -> User:
        return providers.user_of(connection, desk.seal, provider, person)

    user = await desk.write_racing(member)
    entered = await enter(asked, user, is_proved=False)
    network = desk.parties.network(party_of(asked.address))
    await desk.write(lambda connection: throttle.take_back(connection, network))
    return _away(ACCEPTED, _cookie(asked, "", 0), *entered.cookies)


async def _provider(asked: Asked) -> Provider:
    brand = asked.asked_brand
    if brand == HOST:
        raise Declined("no_such_provider", "the host's own people sign in with a password or a passkey")
    return await asked.desk.read(lambda connection: providers.must_find(connection, asked.desk.seal, brand))


async def _person(asked: Asked, provider: Provider, endpoints: Endpoints, attempt: Attempt, code: str) -> Person:
    headers, body = protocol.token_request(provider, endpoints, code, attempt.redirect, attempt.begun)
    token = protocol.id_token_of(await _ask(asked, "POST", endpoints.token, headers, body))
    keys = await _ask(asked, "GET", endpoints.keys)
    return protocol.person_of(token, keys, provider, attempt.begun, time.time_ns() // 10**9)


async def _endpoints(asked: Asked, issuer: str) -> Endpoints:
    return protocol.endpoints_of(await _ask(asked, "GET", f"{issuer.rstrip('/')}{DISCOVERY}"), issuer)


async def _ask(
    asked: Asked, method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None
) -> bytes:
    """One request to a provider, through the guard.

    Raises:
        Declined: `not_signed_in`: it cannot be had, or is not answered with 200.
    """
    async with outbound.client(asked.desk.settings.webhooks.loopback_allowed, WITHIN_S) as http:
        try:
            request = http.build_request(method, url, headers=headers, content=body)
            answer = await outbound.ask(http, request, WITHIN_S, ANSWER_MOST)
        except OutsideFailure as failure:
            raise protocol.refused(str(failure)[:200]) from None
    if answer.status != 200:
        raise protocol.refused(f"{urlsplit(url).hostname} answers with {answer.status}")
    return answer.content


def _away(url: str, *cookies: Cookie) -> Response[Any]:
    return Response(None, status_code=302, headers={"location": url, "cache-control": "no-store"}, cookies=cookies)


def _cookie(asked: Asked, value: str, life_s: int) -> Cookie:
    """For these two paths alone: it comes back with the provider's redirect, and no script sees it."""
    return Cookie(
        key=COOKIE, value=value, path=PATH, max_age=life_s, httponly=True, secure=asked.is_secure, samesite="lax"
    )


ROUTES = [sign_in_provider, set_sign_in_provider, remove_sign_in_provider, start_sign_in, end_sign_in]
