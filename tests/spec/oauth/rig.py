"""A broker's client and a user's browser at work on a small exchange in the test's own process.

The client is Authlib's own, over the ASGI application; what it is told comes through every layer that a server has.
"""

import asyncio
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from spec.house import BRAND_NAMES, House, Person
from spec.small_exchange import BROKER, SOUTH, TAKER

from commonbook.gateway.okx_v5.app import SESSION_COOKIE
from commonbook.oauth import clients
from commonbook.oauth.clients import Wish
from commonbook.oauth.model import ClientKind, NewClient, Scope
from commonbook.units import RateE8

SERVER, ELSEWHERE = "203.0.113.7", "198.51.100.1"
REDIRECT = "https://app.example/done"
DEVICE = "phone-1"
VERIFIER = "v" * 43
CAP = RateE8(40_000_000)
AUTHORIZE, TOKEN = "/account/oauth/authorize", "/v5/users/oauth/token"
REVOKE, INTROSPECT = "/v5/users/oauth/revoke", "/v5/users/oauth/introspect"
APIKEY, DELETE_APIKEY = "/api/v5/users/oauth/apikey", "/api/v5/users/oauth/delete-apikey"
BASE = f"http://{BRAND_NAMES[SOUTH]}.localhost"
TRADING = frozenset({Scope.READ, Scope.TRADE})
EVERYTHING = frozenset(Scope)
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "1", "sz": "10"}


class HouseTransport(httpx.BaseTransport):
    """What a synchronous client needs to reach the application."""

    def __init__(self, house: House, address: str) -> None:
        self._transport = house.transport(address)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def go() -> httpx.Response:
            body = request.read()
            asked = httpx.Request(request.method, request.url, headers=request.headers, content=body)
            answer = await self._transport.handle_async_request(asked)
            content = await answer.aread()
            return httpx.Response(answer.status_code, headers=answer.headers, content=content)

        return asyncio.run(go())


@dataclass
class App:
    """A client of the broker, and where it runs."""

    house: House
    new: NewClient
    kind: ClientKind = ClientKind.SECRET
    address: str = SERVER
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(transport=HouseTransport(self.house, self.address), base_url=BASE)

    # -- the user's browser -------------------------------------------------------------------------------------------

    def asks(self, scope: str = "read_only,trade", **changed: str) -> str:
        """The query that the browser comes with; an empty value leaves its name out."""
        fields = {
            "response_type": "code",
            "access_type": "offline",
            "client_id": self.new.client_id,
            "redirect_uri": REDIRECT,
            "scope": scope,
            "state": "s-1",
            "code_challenge": create_s256_code_challenge(VERIFIER),
            "code_challenge_method": "S256",
        }
        fields |= {"term_id": DEVICE} if self.kind is ClientKind.PUBLIC else {}
        return urlencode({name: value for name, value in (fields | changed).items() if value})

    def shown(self, person: Person, query: str) -> httpx.Response:
        """The page that the user sees."""
        return person.get(f"{AUTHORIZE}?{query}")

    def decided(self, person: Person, query: str, decision: str = "approve", proof: str = "") -> httpx.Response:
        """The form as the browser sends it, with what the page has put into it."""
        page = self.shown(person, query)
        assert page.status_code == 200, page.text
        hidden = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page.text)}
        form = {"csrf": hidden["csrf"], "request": hidden["request"], "decision": decision, "proof": proof}
        return browser(self.house, person, form)

    def answer(self, person: Person, scope: str = "read_only,trade", **changed: str) -> dict[str, str]:
        """What the client is told at its redirect address once the user has agreed."""
        return parameters(self.decided(person, self.asks(scope, **changed)))

    def code(self, person: Person, scope: str = "read_only,trade", **changed: str) -> str:
        return self.answer(person, scope, **changed)["code"]

    # -- the client ---------------------------------------------------------------------------------------------------

    @property
    def own(self) -> dict[str, str]:
        """By what the client is known in a body."""
        secret = {"client_secret": self.new.client_secret} if self.new.client_secret else {}
        return {"client_id": self.new.client_id} | secret

    def exchange(self, code: str, **changed: str) -> httpx.Response:
        """OKX's way: JSON, without the redirect address."""
        body = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER} | self.own | changed
        return self.post(TOKEN, {name: value for name, value in body.items() if value})

    def refresh(self, token: str, **changed: str) -> httpx.Response:
        return self.post(TOKEN, {"grant_type": "refresh_token", "refresh_token": token} | self.own | changed)

    def granted(self, person: Person, scope: str = "read_only,trade") -> dict[str, Any]:
        """The whole way: the user agrees, and the client has its tokens."""
        answer = self.exchange(self.code(person, scope))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def post(self, path: str, body: Mapping[str, Any], **headers: str) -> httpx.Response:
        return self.http.post(path, json=dict(body), headers=headers)

    def call(self, token: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request with an access token, from where the client runs."""
        device = {"termid": DEVICE} if self.kind is ClientKind.PUBLIC else {}
        given = {"authorization": f"Bearer {token}"} | device | headers
        return self.http.request(method, path, json=body, headers={name: one for name, one in given.items() if one})

    def code_of(self, token: str, method: str = "GET", path: str = "/api/v5/account/config", body: Any = None) -> str:
        return str(self.call(token, method, path, body).json()["code"])

    def at(self, address: str) -> "App":
        return App(self.house, self.new, self.kind, address)

    def library(self, scope: str) -> OAuth2Client:
        """A real OAuth client."""
        return OAuth2Client(
            self.new.client_id,
            self.new.client_secret or None,
            scope=scope,
            redirect_uri=REDIRECT,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self.new.client_secret else "none",
            transport=HouseTransport(self.house, self.address),
        )


def wish(
    kind: ClientKind = ClientKind.SECRET,
    scopes: frozenset[Scope] | None = None,
    redirects: tuple[str, ...] = (REDIRECT,),
) -> Wish:
    is_secret = kind is ClientKind.SECRET
    wanted = (EVERYTHING if is_secret else TRADING) if scopes is None else scopes
    return Wish("Northstar bots", redirects, wanted, (SERVER,) if is_secret else (), CAP)


def registered(house: House, kind: ClientKind = ClientKind.SECRET, of: Wish | None = None, broker: int = BROKER) -> App:
    made = house.write(lambda connection: clients.register(connection, broker, kind, of or wish(kind)))
    return App(house, made, kind, SERVER if kind is ClientKind.SECRET else ELSEWHERE)


def user(house: House, **more: Any) -> Person:
    """A client of south with funds."""
    return house.person(SOUTH, account=TAKER, **more)


def browser(house: House, person: Person, form: Mapping[str, str], **headers: str) -> httpx.Response:
    """A form sent by the user's browser from a page of this address."""
    host = f"{BRAND_NAMES[person.brand]}.localhost"
    own = {"host": host, "cookie": f"{SESSION_COOKIE}={person.session.token}", "origin": f"http://{host}"}

    async def go() -> httpx.Response:
        async with httpx.AsyncClient(transport=house.transport(), base_url=f"http://{host}") as http:
            return await http.post(AUTHORIZE, data=dict(form), headers=own | headers)

    return asyncio.run(go())


def parameters(answer: httpx.Response) -> dict[str, str]:
    """What a redirect carries."""
    assert answer.status_code == 303, answer.text
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == REDIRECT
    return {name: value for name, [value] in parse_qs(address.query).items()}
