"""Signing in by somebody else's word: OpenID Connect, the authorization code flow with PKCE. Rules ID-1 to ID-8.

Everything here is a decision about facts that were given: what a provider says of itself, what it has signed, and what
was begun here. Whoever uses it fetches (`gateway/desk/partner/oidc.py`), through the guard of addresses. Sources:
OpenID Connect Core 1.0 (3.1), Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (issuer identification), RFC 8725 (use of JWT).
"""

import base64
import hashlib
import hmac
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from commonbook.errors import Declined

DISCOVERY = "/.well-known/openid-configuration"
CURVES = {  # and no other algorithm; the last two are names of one
    "RS256": ("RSA", ""),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
RSA_BITS = 2_048  # at least
SKEW_S = 60  # clocks may differ by
OLDEST_S = 600  # a token was issued at most so long ago
TEXT_MOST = 255
TOKEN_MOST = 16_384  # characters
FORBIDDEN = ("jku", "jwk", "x5u", "x5c", "crit", "b64")  # headers by which a token would bring its own key or rules

Key = RSAKey | ECKey | OKPKey


@dataclass(frozen=True, slots=True)
class Provider:
    """As a brand has set it up."""

    brand: int
    issuer: str
    client: str
    secret: str = field(repr=False)  # "": a public client, PKCE alone
    role_claim: str = ""  # "": roles are given here
    role_map: Mapping[str, str] = field(default_factory=dict)  # value of the claim to role


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What a provider says of itself."""

    issuer: str
    authorization: str
    token: str
    keys: str
    names_itself: bool  # its answers carry `iss`, all of them
    by_body: bool  # the secret goes into the body: it does not take it in the header


@dataclass(frozen=True, slots=True)
class Begun:
    """What a sign-in that was begun is held against."""

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """Who a provider says it is."""

    subject: str
    email: str
    roles: frozenset[str]  # of the claim's values those that the brand has mapped


def refused(why: str) -> Declined:
    """One code for whatever is wrong with a provider's word; the text says what, for whoever sets it up."""
    return Declined("not_signed_in", f"the provider's answer is not good: {why}")


def endpoints_of(document: bytes, issuer: str) -> Endpoints:
    """A discovery document, of the issuer that was asked and no other (ID-2).

    Raises:
        Declined: `not_signed_in`.
    """
    told = _object(document, "the discovery document")
    if told.get("issuer") != issuer:
        raise refused(f"it says that it is {str(told.get('issuer'))[:100]!r}, and {issuer!r} was asked")
    found = [told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(isinstance(one, str) and urlsplit(one).scheme in ("https", "http") for one in found):
        raise refused("the discovery document names no endpoints for authorization, tokens and keys")
    methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    by_body = isinstance(methods, list) and "client_secret_basic" not in methods and "client_secret_post" in methods
    authorization, token, keys = map(str, found)
    names_itself = told.get("authorization_response_iss_parameter_supported") is True
    return Endpoints(issuer, authorization, token, keys, names_itself, by_body)


def authorization_url(endpoints: Endpoints, client: str, redirect: str, state: str, begun: Begun) -> str:
    """Where the browser goes."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": redirect,
        "scope": "openid email",
        "state": state,
        "nonce": begun.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    joined = "&" if urlsplit(endpoints.authorization).query else "?"
    return f"{endpoints.authorization}{joined}{urlencode(asked)}"


def check_issuer(endpoints: Endpoints, named: str | None) -> None:
    """The answer came from the provider that was asked, and not from another one's page (ID-5).

    Raises:
        Declined: `not_signed_in`.
    """
    if named is None and endpoints.names_itself:
        raise refused("it does not say whose it is, and this provider's answers do")
    if named is not None and named != endpoints.issuer:
        raise refused(f"it is of {named[:100]!r}, and {endpoints.issuer!r} was asked")


def token_request(
    provider: Provider, endpoints: Endpoints, code: str, redirect: str, begun: Begun
) -> tuple[dict[str, str], bytes]:
    """Headers and body of the request that turns the code into a token."""
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "code_verifier": begun.verifier,
    }
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    if not provider.secret or endpoints.by_body:
        asked["client_id"] = provider.client
    if provider.secret and endpoints.by_body:
        asked["client_secret"] = provider.secret
    elif provider.secret:
        # RFC 6749, 2.3.1: both are form-encoded before they are joined.
        name, word = (urlencode({"": one})[1:] for one in (provider.client, provider.secret))
        headers["authorization"] = f"Basic {base64.b64encode(f'{name}:{word}'.encode()).decode()}"
    return headers, urlencode(asked).encode()


def id_token_of(answer: bytes) -> str:
    """
    Raises:
        Declined: `not_signed_in`: there is none.
    """
    token = _object(answer, "the answer about the code").get("id_token")
    if not isinstance(token, str) or len(token) > TOKEN_MOST or not token.isascii():
        raise refused("there is no ID token in it")
    return token


def person_of(token: str, keys: bytes, provider: Provider, begun: Begun, now_s: int) -> Person:
    """Who an ID token is about, once it is proved that the provider has signed it, for us, now, and for this sign-in.

    Args:
        keys: the provider's JSON Web Key Set.

    Raises:
        Declined: `not_signed_in`; says which check failed (ID-6).
    """
    header = _header(token)
    algorithm = header.get("alg")
    if algorithm not in CURVES:
        raise refused(f"it is signed with {str(algorithm)[:16]!r}; known are {', '.join(CURVES)}")
    strange = [name for name in FORBIDDEN if name in header]
    if strange:
        raise refused(f"its header has {', '.join(strange)}")
    key = _key(keys, header.get("kid"), str(algorithm))
    try:
        with _without_advice():
            claims = jwt.decode(token, key, algorithms=[str(algorithm)]).claims
    except (JoseError, ValueError, TypeError, KeyError):
        raise refused("its signature is wrong") from None
    _check(claims, provider, begun, now_s)
    return Person(claims["sub"], claims["email"], _roles(claims, provider))


def _check(claims: Mapping[str, Any], provider: Provider, begun: Begun, now_s: int) -> None:
    if claims.get("iss") != provider.issuer:
        raise refused(f"it was issued by {str(claims.get('iss'))[:100]!r}")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if provider.client not in audiences:
        raise refused("it was issued for somebody else")
    party = claims.get("azp")
    if (len(audiences) > 1 or party is not None) and party != provider.client:
        raise refused("it was issued for somebody else's use")
    until, since = claims.get("exp"), claims.get("iat")
    if not isinstance(until, int) or not isinstance(since, int):
        raise refused("it does not say from when to when it is good")
    if until <= now_s - SKEW_S:
        raise refused("it is over")
    if not now_s - OLDEST_S - SKEW_S <= since <= now_s + SKEW_S:
        raise refused("it was issued at another time; compare the clocks")
    begins = claims.get("nbf", since)
    if not isinstance(begins, int) or begins > now_s + SKEW_S:
        raise refused("it is not good yet")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), begun.nonce.encode()):
        raise refused("it belongs to another sign-in")
    for name in ("sub", "email"):
        if not isinstance(claims.get(name), str) or not 0 < len(claims[name]) <= TEXT_MOST:
            raise refused(f"it has no {name}")
    if claims.get("email_verified") is not True:
        raise refused("the provider has not verified the address")


def _roles(claims: Mapping[str, Any], provider: Provider) -> frozenset[str]:
    said = claims.get(provider.role_claim) if provider.role_claim else None
    values = said if isinstance(said, list) else [said]
    return frozenset(
        provider.role_map[value] for value in values if isinstance(value, str) and value in provider.role_map
    )


def _header(token: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise refused("it is no signed token") from None
    return found


def _key(content: bytes, kid: Any, algorithm: str) -> Key:
    """The one key that a token may be signed with: of the kind that its algorithm has, whatever else the set holds."""
    listed = _object(content, "the key set").get("keys")
    fitting = [one for one in listed if _fits(one, algorithm)] if isinstance(listed, list) else []
    if kid is not None:
        fitting = [one for one in fitting if one.get("kid") == kid]
    if len(fitting) != 1:
        raise refused(f"{len(fitting)} keys of the provider fit it; one is wanted")
    public = {name: value for name, value in fitting[0].items() if name in ("kty", "crv", "n", "e", "x", "y")}
    try:
        with _without_advice():
            key = import_key(public)
    except (JoseError, ValueError, TypeError, KeyError):
        raise refused("the provider's key cannot be read") from None
    if not isinstance(key, RSAKey | ECKey | OKPKey):
        raise refused("the provider's key is of no kind that is taken")
    if isinstance(key, RSAKey) and key.raw_value.key_size < RSA_BITS:
        raise refused(f"the provider's key is shorter than {RSA_BITS:,} bits")
    return key


@contextmanager
def _without_advice() -> Iterator[None]:
    """The library advises against `EdDSA`, which providers go on using, and warns of short keys, which are refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        yield


def _fits(one: Any, algorithm: str) -> bool:
    if not isinstance(one, dict):
        return False
    kind, curve = CURVES[algorithm]
    is_for_signing = one.get("use", "sig") == "sig" and one.get("alg", algorithm) in (algorithm, curve)
    return one.get("kty") == kind and one.get("crv", "") == curve and is_for_signing


def _object(content: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise refused(f"{what} is no JSON object")
    return found
