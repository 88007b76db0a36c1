"""A broker's client and a user's browser against a running server, for the tests of tokens and the guide."""

import html
import re
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client
from conformance.okx_v5.wire import Hand, Running
from sqlalchemy import Connection

from commonbook.identity.sealing import Seal
from commonbook.identity.sessions import NewSession, open_session
from commonbook.oauth import clients
from commonbook.oauth.clients import Wish
from commonbook.oauth.model import ClientKind, NewClient, Scope
from commonbook.people import directory
from commonbook.people.directory import User
from commonbook.simulator.demo_market import BROKER
from commonbook.units import RateE8

REDIRECT = "https://app.example/done"
HOST = {"host": "aurora.localhost"}
DEVICE = "phone-1"
NOW_NS = 2**62  # of a second factor that always counts as shown lately


@dataclass
class Browser:
    """A user who is signed in at aurora."""

    running: Running
    user: User
    session: NewSession

    @property
    def headers(self) -> dict[str, str]:
        return HOST | {"cookie": f"session={self.session.token}", "x-csrf-token": self.session.csrf}

    def agree(self, url: str, decision: str = "approve") -> str:
        """Open an address of the authorize page, press the button, and see where that leads."""
        return pressed(self.running.http, self.headers, url, decision)

    def get(self, path: str) -> Any:
        return self.running.http.get(path, headers=self.headers).json()

    def delete(self, path: str) -> httpx.Response:
        return self.running.http.delete(path, headers=self.headers)


def pressed(http: httpx.Client, headers: dict[str, str], url: str, decision: str = "approve") -> str:
    """What a browser with these headers does at the authorize page; where it is sent."""
    page = http.get(url[url.index("/account/oauth") :], headers=headers)
    assert page.status_code == 200, page.text
    form = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page.text)}
    sent = {name: form[name] for name in ("csrf", "request")} | {"decision": decision}
    cookie = {name: value for name, value in headers.items() if name != "x-csrf-token"}
    answer = http.post("/account/oauth/authorize", data=sent, headers=cookie)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def signed_in(running: Running, hand: Hand) -> Browser:
    """The user whose account a hand's key is of; known by the account alone before."""
    seal = Seal.open(running.server.data_dir)

    def work(connection: Connection) -> Browser:
        name = f"account{hand.account}@example.com"
        found = directory.add(connection, seal, 1, name, "", state=directory.ACTIVE, account=hand.account)
        session = open_session(connection, hand.account, 1, 3_600, found.id, NOW_NS)
        return Browser(running, found, session)

    return running.database(work)


def registered(running: Running, kind: ClientKind = ClientKind.SECRET, address: str = "127.0.0.1") -> NewClient:
    is_secret = kind is ClientKind.SECRET
    scopes = frozenset(Scope) if is_secret else frozenset({Scope.READ, Scope.TRADE})
    wish = Wish("Northstar bots", (REDIRECT,), scopes, (address,) if is_secret else (), RateE8(40_000_000))
    return running.database(lambda connection: clients.register(connection, BROKER, kind, wish))


def library(running: Running, made: NewClient, scope: str = "read_only,trade") -> OAuth2Client:
    return OAuth2Client(
        made.client_id,
        made.client_secret or None,
        scope=scope,
        redirect_uri=REDIRECT,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if made.client_secret else "none",
        base_url=running.server.ready["rest"],
        timeout=60,
    )


def granted(client: OAuth2Client, browser: Browser, **more: str) -> dict[str, Any]:
    """The whole way; the tokens."""
    base = str(client.base_url).rstrip("/")
    verifier = generate_token(48)
    url, state = client.create_authorization_url(f"{base}/account/oauth/authorize", code_verifier=verifier, **more)
    found: dict[str, Any] = client.fetch_token(
        f"{base}/v5/users/oauth/token",
        authorization_response=browser.agree(url),
        state=state,
        code_verifier=verifier,
    )
    return found
