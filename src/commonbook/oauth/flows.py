"""The flows of the protocol with our rules: the code with PKCE, refreshing, revoking, looking at a token.

`self.server` is the `Server` of the request, with its transaction.
"""

from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc9207 import IssuerParameter

from commonbook.identity.tokens import ACCESS, REVOKED
from commonbook.oauth import grants
from commonbook.oauth.grants import Grant
from commonbook.oauth.model import Code, Fault, Scope
from commonbook.oauth.protocol import Asked, ClientWords, RefreshWords, Refusal, ShownCode, TokenWords, User
from commonbook.oauth.rules import Wrong, is_simulated, scopes_asked, scopes_of, terminal_asked, written

METHODS = ["client_secret_basic", "client_secret_post", "none"]
REVOCATION, INTROSPECTION = "revocation", "introspection"


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """O-3 to O-7."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_authorization_request(self) -> str:
        """Whatever is wrong before client and address are known is told to the user and to nobody else."""
        payload = self.request.payload
        found = self.server.query_client(payload.client_id or "")
        if found is None:
            raise Refusal(Fault.NOT_AUTHORIZED, "There is no such client.")
        if (payload.redirect_uri or "") not in found.of.redirects:
            raise Refusal(Fault.WRONG_REDIRECT, "The redirect_uri is not one that the client has registered.")
        try:
            scopes_asked(found.of, payload.scope or "")
            terminal_asked(found.of, payload.data.get("term_id", ""))
            if is_simulated(payload.data) and Scope.FAST in scopes_of(payload.scope or ""):
                raise Wrong(Fault.BAD_PARAMETER, "scope: a key of the simulated venue is made by the user")
            if payload.data.get("access_type", "offline") != "offline":
                raise Wrong(Fault.BAD_PARAMETER, "access_type: offline, or nothing")
        except Wrong as wrong:
            raise Refusal.of(wrong, payload.redirect_uri) from None
        redirect: str = super().validate_authorization_request()
        return redirect

    def create_authorization_response(self, redirect_uri: str, grant_user: User | None) -> tuple[int, str, list[Any]]:
        status, body, headers = super().create_authorization_response(redirect_uri, grant_user)
        [(name, location)] = headers
        return status, body, [(name, add_params_to_uri(location, [("domain", self.server.issuer)]))]

    def generate_authorization_code(self) -> str:
        """The code is made where it is kept."""
        request, user = self.request, self.request.user
        client, payload = request.client.of, request.payload
        code = Code(
            client_id=client.id,
            user=user.id,
            account=user.account,
            brand=user.brand,
            redirect=payload.redirect_uri,
            scope=written(scopes_asked(client, payload.scope), payload.scope),
            challenge=payload.data["code_challenge"],
            terminal=terminal_asked(client, payload.data.get("term_id", "")),
            cap_e8=user.cap_e8,
            simulated=is_simulated(payload.data),
            expires_ns=self.server.now_ns + self.server.settings.code_s * grants.SECOND_NS,
        )
        return grants.issue_code(self.server.connection, code)

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """It is kept already."""

    def query_authorization_code(self, code: str, client: ClientWords) -> ShownCode:
        try:
            found = grants.take_code(self.server.connection, client.of.id, code)
        except Wrong as wrong:
            raise Refusal.of(wrong) from None
        given = self.request.payload.redirect_uri
        if given and given != found.redirect:
            raise Refusal(Fault.WRONG_REDIRECT, "the redirect_uri is not the one that the code was asked with")
        self.server.terminal_must_be(found.terminal)
        return ShownCode(found, code, found.redirect if given else "")

    def authenticate_user(self, authorization_code: ShownCode) -> Grant:
        code, client = authorization_code.code, self.request.client.of
        try:
            return grants.begin(self.server.connection, code, client.broker, authorization_code.shown)
        except Wrong as wrong:
            raise Refusal.of(wrong) from None

    def delete_authorization_code(self, authorization_code: ShownCode) -> None:
        """It was taken before it was looked at."""


class S256(CodeChallenge):  # type: ignore[misc]
    """O-3: every client proves that it is the one that asked, and by no weaker way."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge"):
            raise Refusal(Fault.MISSING_PARAMETER, "code_challenge is empty: PKCE is asked of every client")
        if data.get("code_challenge_method") != "S256" or len(data["code_challenge"]) != 43:
            raise Refusal(Fault.BAD_PARAMETER, "code_challenge_method must be S256, and the challenge made so")
        super().validate_code_challenge(grant, redirect_uri)


class RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    """O-8."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> RefreshWords:
        """What could be wrong with the request is looked at before the token is taken."""
        server, client, wanted = self.server, self.request.client.of, self.request.payload.scope
        try:
            found = grants.refreshable(server.connection, client.id, refresh_token)
            server.terminal_must_be(found.terminal)
            if wanted and not set(scopes_of(found.scope)).issuperset(scopes_of(wanted)):
                raise Wrong(Fault.OUT_OF_SCOPE, "scope: no more than the user has granted")
            grants.take_refresh(server.connection, found, refresh_token)
        except Wrong as wrong:
            raise Refusal.of(wrong) from None
        return RefreshWords(found)

    def _validate_token_scope(self, token: RefreshWords) -> None:
        """It was looked at before."""

    def authenticate_user(self, refresh_token: RefreshWords) -> Grant:
        return refresh_token.grant

    def revoke_old_credential(self, refresh_token: RefreshWords) -> None:
        """It was taken before, with the access token."""


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """O-14: either token ends the grant."""

    ENDPOINT_NAME = REVOCATION
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> TokenWords | None:
        found: TokenWords | None = self.server.token_of(self.server.client, token_string)
        return found

    def authenticate_token(self, request: Asked, client: ClientWords) -> TokenWords | None:
        self.server.client = client
        found: TokenWords | None = super().authenticate_token(request, client)
        return found

    def revoke_token(self, token: TokenWords, request: Asked) -> None:
        grants.end(self.server.connection, REVOKED, grants.CLIENT, grant_id=token.of.grant.id)


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    """O-14: a client with a secret looks at its own tokens."""

    ENDPOINT_NAME = INTROSPECTION
    CLIENT_AUTH_METHODS = METHODS[:2]

    def query_token(self, token_string: str, token_type_hint: str | None) -> TokenWords | None:
        found: TokenWords | None = self.server.token_of(self.server.client, token_string)
        return found

    def authenticate_token(self, request: Asked, client: ClientWords) -> TokenWords | None:
        self.server.client = client
        found: TokenWords | None = super().authenticate_token(request, client)
        return found

    def check_permission(self, token: TokenWords, client: ClientWords, request: Asked) -> bool:
        return token.check_client(client)

    def introspect_token(self, token: TokenWords) -> dict[str, Any]:
        found = token.of
        return {
            "active": True,
            "client_id": found.grant.client_id,
            "token_type": "bearer" if found.kind == ACCESS else "refresh_token",
            "scope": found.scope,
            "iat": found.issued_ns // grants.SECOND_NS,
            "exp": found.expires_ns // grants.SECOND_NS,
            "iss": self.server.issuer,
        }


class Issuer(IssuerParameter):  # type: ignore[misc]
    """RFC 9207: who answers, so that a client that knows several servers is not led to the wrong one."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def get_issuer(self) -> str:
        return self._issuer
