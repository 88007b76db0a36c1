"""The authorization server: Authlib's core, which knows the protocol, on our tables and with our rules.

One is made for a request, on the request's transaction: what Authlib refuses is answered and not raised, so that what a
refusal has done (a used code, an ended grant) is kept. RFC 6749 with 7636, 7009, 7662 and 9207, as 9700 wants them.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from sqlalchemy import Connection

from commonbook.identity.tokens import ACCESS, REFRESH
from commonbook.oauth import clients, grants
from commonbook.oauth.flows import (
    INTROSPECTION,
    REVOCATION,
    S256,
    CodeGrant,
    Introspection,
    Issuer,
    RefreshGrant,
    Revocation,
)
from commonbook.oauth.grants import Grant
from commonbook.oauth.model import Client, Fault, Scope
from commonbook.oauth.protocol import (
    Answer,
    Asked,
    ClientWords,
    Refusal,
    Request,
    TokenWords,
    User,
    fault_of,
    must_be_plain,
    must_be_readable,
)
from commonbook.oauth.rules import is_plain, is_simulated, may_come_from, scopes_asked, scopes_of, written
from commonbook.settings import OauthSettings

TOKEN_BYTES = 32


class Server(AuthorizationServer):  # type: ignore[misc]
    """For one request, in its transaction."""

    def __init__(self, connection: Connection, settings: OauthSettings, issuer: str) -> None:
        """
        Args:
            issuer: the address that was asked, as https://brand.example.
        """
        super().__init__()
        self.connection = connection
        self.settings = settings
        self.issuer = issuer
        self.now_ns = time.time_ns()
        self.client: ClientWords | None = None  # that asks of a token
        self._request: Request | None = None
        self.register_token_generator("default", self._tokens)
        self.register_grant(CodeGrant, [S256()])
        self.register_grant(RefreshGrant)
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)
        self.register_extension(Issuer(issuer))

    # -- what is asked ------------------------------------------------------------------------------------------------

    def authorization(self, request: Request) -> "Consent":
        """What a user would agree to.

        Raises:
            OAuth2Error: with an address to go back to, once client and address are known to be good.
        """
        fields = dict(request.fields)
        if len(fields) != len(request.fields):  # what is shown of the one would be granted of the other
            raise Refusal(Fault.BAD_PARAMETER, "A parameter is given more than once.")
        given = request.fields if "response_type" in fields else [*request.fields, ("response_type", "code")]
        must_be_plain(fields)
        asked = Asked(Request(given, request.headers, request.method, request.address, request.terminal))
        grant = self.get_consent_grant(asked)
        client: Client = grant.request.client.of
        scopes = scopes_asked(client, fields["scope"])
        return Consent(client, scopes, fields["redirect_uri"], is_simulated(fields), grant)

    def way_back(self, error: OAuth2Error) -> str:
        """Where the browser takes a refusal; "" when it is for the user alone."""
        location: str = self.handle_error_response(None, error).location
        return add_params_to_uri(location, [("iss", self.issuer)]) if location else ""

    def answer(self, consent: "Consent", user: User | None) -> str:
        """Where the browser goes.

        Args:
            user: who has agreed; None: who has been asked has said no.
        """
        answer: Answer = self.create_authorization_response(consent.grant.request, user, consent.grant)
        return answer.location

    def token(self, request: Request) -> Answer:
        return self._answered(self.create_token_response, request)

    def revoke(self, request: Request) -> Answer:
        return self._answered(lambda asked: self.create_endpoint_response(REVOCATION, asked), request)

    def introspect(self, request: Request) -> Answer:
        return self._answered(lambda asked: self.create_endpoint_response(INTROSPECTION, asked), request)

    def _answered(self, do: Any, request: Request) -> Answer:
        self._request = request
        names = [name for name, _ in request.fields]
        try:
            if len(set(names)) != len(names):
                raise Refusal(Fault.BAD_PARAMETER, "a parameter is given more than once")
            must_be_plain(dict(request.fields))
            must_be_readable(request.headers.get("Authorization", ""))
        except OAuth2Error as error:
            refused: Answer = self.handle_error_response(None, error)
            return refused
        answer: Answer = do(Asked(request))
        return answer

    def terminal_must_be(self, terminal: str) -> None:
        """Of a public client that says where it is, when it need not.

        Raises:
            Refusal: it is another device.
        """
        shown = "" if self._request is None else self._request.terminal
        if terminal and shown and shown != terminal:
            raise Refusal(Fault.WRONG_TERMINAL, "the TERMID is not the one that was granted for")

    def token_of(self, client: ClientWords | None, token: str) -> TokenWords | None:
        found = None if client is None else grants.find_token(self.connection, client.of.id, token)
        return None if found is None else TokenWords(found)

    # -- Authlib's side -----------------------------------------------------------------------------------------------

    def query_client(self, client_id: str) -> ClientWords | None:
        found = clients.find(self.connection, client_id) if is_plain(client_id) else None
        return None if found is None or not found.enabled else ClientWords(found)

    def authenticate_client(self, request: Asked, methods: list[str], endpoint: str = "token") -> ClientWords:
        found: ClientWords = super().authenticate_client(request, methods, endpoint)
        if not may_come_from(found.of, request.asked.address):
            raise Refusal(Fault.WRONG_ADDRESS, "the address is not on the list of this client")
        return found

    def _tokens(self, client: ClientWords, user: Grant, scope: str, **_: Any) -> dict[str, Any]:
        """The bare answer; a refresh token but where the token makes a key and is done."""
        scopes = scopes_of(scope)
        made = {
            "access_token": secrets.token_urlsafe(TOKEN_BYTES),
            "token_type": "bearer",
            "expires_in": self.settings.access_s,
            "scope": written(scopes, user.scope),
        }
        if Scope.FAST not in scopes:
            made["refresh_token"] = secrets.token_urlsafe(TOKEN_BYTES)
        return made

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        grant: Grant = request.user
        add, settings = grants.add_token, self.settings
        add(self.connection, ACCESS, grant.id, token["access_token"], token["scope"], settings.access_s)
        if "refresh_token" in token:
            add(self.connection, REFRESH, grant.id, token["refresh_token"], grant.scope, settings.refresh_s)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Any) -> Asked:
        if not isinstance(request, Asked):
            raise TypeError("a request is made before")
        return request

    def handle_error_response(self, request: Any, error: OAuth2Error) -> Answer:
        answer: Answer = super().handle_error_response(request, error)
        answer.fault = fault_of(error)
        return answer

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Answer:
        told = dict(headers)
        location = told.pop("Location", "")
        return Answer(status, body if isinstance(body, dict) else {}, list(told.items()), location)


@dataclass(frozen=True)
class Consent:
    """What a user is asked to agree to."""

    client: Client
    scopes: tuple[Scope, ...]
    redirect: str
    simulated: bool
    grant: CodeGrant = field(repr=False)
