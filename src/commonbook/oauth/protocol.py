"""Our clients, codes, tokens and refusals in Authlib's words."""

from base64 import b64decode
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Payload, OAuth2Request

from commonbook.oauth.grants import Found, Grant
from commonbook.oauth.model import Client, ClientKind, Code, Fault
from commonbook.oauth.rules import Wrong, is_plain, is_secret

QUOTED = ("response_type", "grant_type", "redirect_uri", "scope", "client_id")  # what Authlib repeats when it refuses
# What Authlib finds wrong by itself, by its own words.
FAULTS: Mapping[str, Fault] = {
    "invalid_client": Fault.NOT_AUTHORIZED,
    "unauthorized_client": Fault.NOT_AUTHORIZED,
    "invalid_grant": Fault.NOT_AUTHORIZED,
    "access_denied": Fault.CANCELED,
    "invalid_scope": Fault.OUT_OF_SCOPE,
}
# And ours in the protocol's words; what is not here is an invalid request.
WORDS: Mapping[Fault, str] = {
    Fault.NOT_AUTHORIZED: "invalid_client",
    Fault.NO_SUCH_CODE: "invalid_grant",
    Fault.CODE_OVER: "invalid_grant",
    Fault.WRONG_REFRESH: "invalid_grant",
    Fault.EXPIRED: "invalid_grant",
    Fault.REVOKED: "invalid_grant",
    Fault.FROZEN: "invalid_grant",
    Fault.WRONG_TERMINAL: "invalid_grant",
    Fault.WRONG_ADDRESS: "invalid_client",
    Fault.WRONG_REDIRECT: "invalid_grant",
    Fault.OUT_OF_SCOPE: "invalid_scope",
    Fault.NO_FAST_API: "invalid_scope",
    Fault.CANCELED: "access_denied",
}


class Refusal(OAuth2Error):  # type: ignore[misc]
    """One of our rules speaks against a request."""

    def __init__(self, fault: Fault, text: str, redirect: str = "") -> None:
        status = 401 if fault is Fault.WRONG_TERMINAL else 400
        word = WORDS.get(fault, "invalid_request")
        super().__init__(text, error=word, status_code=status, redirect_uri=redirect or None)
        self.fault = fault

    @classmethod
    def of(cls, wrong: Wrong, redirect: str = "") -> "Refusal":
        return cls(wrong.fault, str(wrong), redirect)


def fault_of(error: OAuth2Error) -> Fault:
    if isinstance(error, Refusal):
        return error.fault
    if error.error == "invalid_request" and str(error.description).startswith("Missing"):
        return Fault.MISSING_PARAMETER
    return FAULTS.get(error.error, Fault.BAD_PARAMETER)


@dataclass
class Answer:
    """What is answered: an object, or where the browser goes."""

    status: int
    body: Mapping[str, Any]
    headers: list[tuple[str, str]]
    location: str = ""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, as it came."""

    fields: Sequence[tuple[str, str]]
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    address: str = ""
    terminal: str = ""  # the TERMID header


@dataclass(frozen=True, slots=True)
class User:
    """Who agrees, and to what share of the fees (O-4)."""

    id: int
    account: int
    brand: int
    cap_e8: int


class Payload(OAuth2Payload):  # type: ignore[misc]
    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        self._list: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in fields:
            self._list[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._list.items()}

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._list


class Asked(OAuth2Request):  # type: ignore[misc]
    """Authlib wants to see https in the address; whether there is TLS before us is the host's to see to."""

    def __init__(self, request: Request) -> None:
        super().__init__(request.method, "https://localhost/", headers=dict(request.headers))
        self.payload = Payload(request.fields)
        self.asked = request

    @property
    def form(self) -> dict[str, str]:
        return dict(self.payload.data)

    @property
    def args(self) -> dict[str, str]:
        return self.form


class ClientWords(ClientMixin):  # type: ignore[misc]
    """A client in Authlib's words."""

    def __init__(self, of: Client) -> None:
        self.of = of

    def get_client_id(self) -> str:
        return self.of.id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope  # looked at by `scopes_asked` before

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.of.redirects

    def check_client_secret(self, client_secret: str) -> bool:
        return self.of.kind is ClientKind.SECRET and is_secret(self.of, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") == (self.of.kind is ClientKind.PUBLIC)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return True


@dataclass(frozen=True)
class ShownCode:
    """A code that was shown, in Authlib's words."""

    code: Code
    shown: str
    redirect_uri: str  # that must be repeated; "" where it was left out, as the verifier proves as much (O-6)

    @property
    def code_challenge(self) -> str:
        return self.code.challenge

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.code.scope


@dataclass(frozen=True)
class TokenWords:
    """A token in Authlib's words."""

    of: Found

    def check_client(self, client: ClientWords) -> bool:
        return self.of.grant.client_id == client.of.id

    def get_scope(self) -> str:
        return self.of.scope

    def is_expired(self) -> bool:
        return not self.of.has_force

    def is_revoked(self) -> bool:
        return not self.of.has_force


@dataclass(frozen=True)
class RefreshWords:
    """The grant that is refreshed, in Authlib's words."""

    grant: Grant

    def check_client(self, client: ClientWords) -> bool:
        return self.grant.client_id == client.of.id

    def get_scope(self) -> str:
        return self.grant.scope


def must_be_readable(authorization: str) -> None:
    """
    Raises:
        Refusal: what is called Basic is no text.
    """
    kind, _, coded = authorization.partition(" ")
    if kind.lower() == "basic":
        try:
            b64decode(coded.strip(), validate=True).decode()
        except ValueError:
            raise Refusal(Fault.BAD_PARAMETER, "the Authorization header cannot be read") from None


def must_be_plain(fields: Mapping[str, str]) -> None:
    """
    Raises:
        Refusal: what an error description would repeat cannot stand in one.
    """
    for name in QUOTED:
        if not is_plain(fields.get(name, "")):
            raise Refusal(Fault.BAD_PARAMETER, f"{name}: printable ASCII without quotes")
