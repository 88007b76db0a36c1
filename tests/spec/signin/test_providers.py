"""A brand's team signs in by its own provider. ID-1 to ID-8 of docs/rules/sign-in-providers.md."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, RSAKey
from spec.people.town import AURORA, BOREALIS, SETTINGS, Browser, Town, new_email, opened_town
from spec.signin.provider_here import ProviderHere, part
from sqlalchemy import Connection

from commonbook.administration import log, roles
from commonbook.administration.roles import Role
from commonbook.errors import Declined
from commonbook.identity import provider as protocol
from commonbook.identity.provider import Begun, Provider
from commonbook.people import directory
from commonbook.settings import WebhookSettings

START, CALLBACK = "/partner/v1/oidc/start", "/partner/v1/oidc/callback"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    settings = msgspec.structs.replace(SETTINGS, webhooks=WebhookSettings(loopback_allowed=True))
    with opened_town(tmp_path_factory.mktemp("signin"), settings) as found:
        yield found


@pytest.fixture(scope="module")
def owner(town: Town) -> Browser:
    return town.staff(AURORA, Role.OWNER)


@pytest.fixture
def provider(town: Town, owner: Browser) -> Iterator[ProviderHere]:
    with ProviderHere("/realm") as made:
        set_up(owner, made)
        yield made


def set_up(owner: Browser, provider: ProviderHere, **more: Any) -> Any:
    body = {"issuer": provider.issuer, "client": provider.client, "secret": provider.secret} | more
    answer = owner.ask("PUT", "/partner/v1/oidc", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def invited(town: Town, *held: Role, brand: int = AURORA, state: str = directory.ACTIVE) -> tuple[int, str]:
    email = new_email()

    def add(connection: Connection) -> int:
        user = directory.add(connection, town.seal, brand, email, "", state=state).id
        for role in held:
            roles.grant(connection, user, brand, role, 0, 1)
        return user

    return town.write(add), email


def begun(browser: Browser) -> str:
    """Where the browser is sent."""
    answer = browser.ask("GET", START)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def ended(browser: Browser, back: dict[str, str]) -> str:
    """ "" once it is signed in; else why not."""
    answer = browser.ask("GET", f"{CALLBACK}?{urlencode(back)}")
    if answer.status_code == 302:
        assert answer.headers["location"] == "/"
        return ""
    told = answer.json()["error"]
    assert (answer.status_code, told["code"]) == (409, "not_signed_in"), answer.text
    return str(told["message"])


def signed_in(town: Town, provider: ProviderHere, **who: Any) -> tuple[Browser, str]:
    browser = town.browser(AURORA)
    return browser, ended(browser, provider.authorized(begun(browser), **who))


# -- what is right -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA", "Ed25519"])
def test_id3_a_member_of_the_team_signs_in_by_the_provider(town: Town, provider: ProviderHere, algorithm: str) -> None:
    provider.algorithm = algorithm
    user, email = invited(town, Role.SUPPORT)
    browser, why = signed_in(town, provider, sub=f"s-{algorithm}", email=email.upper())
    assert why == ""
    assert browser.get("/partner/v1/staff")
    assert browser.get("/account/v1/session")["user"] == str(user)
    asked = provider.token_requests[-1]
    assert asked["authorization"].startswith("Basic ")
    assert "client_secret" not in asked
    cookies = browser.last.request.headers["cookie"] if browser.last is not None else ""
    assert "session=" in cookies


def test_id7_the_session_shows_no_second_factor(town: Town, provider: ProviderHere) -> None:
    _, email = invited(town, Role.OWNER)
    browser, why = signed_in(town, provider, sub="second", email=email)
    assert why == ""
    browser.csrf = browser.get("/account/v1/session")["csrf"]
    assert browser.refused("PUT", "/partner/v1/oidc", {"issuer": "https://a.example", "client": "c"}) == (
        "second_factor_needed"
    )


def test_id7_who_is_linked_is_known_by_the_subject_whatever_the_address_says(
    town: Town, provider: ProviderHere
) -> None:
    user, email = invited(town, Role.SUPPORT)
    _, other = invited(town, Role.OWNER)
    assert signed_in(town, provider, sub="linked", email=email)[1] == ""
    browser, why = signed_in(town, provider, sub="linked", email=other)  # the address is another member's now
    assert why == ""
    assert browser.get("/account/v1/session")["user"] == str(user)
    assert "linked to somebody else" in signed_in(town, provider, sub="another", email=email)[1]
    with town.desk.database.connect() as connection:
        told = [(one.actor, one.subject) for one in log.acts(connection, AURORA) if one.act == "link user"]
    assert told.count(("oidc", f"user:{user}")) == 1


def test_id7_who_was_invited_and_has_no_password_is_active_from_then_on(town: Town, provider: ProviderHere) -> None:
    user, email = invited(town, Role.MARKETING, state=directory.PENDING)
    assert signed_in(town, provider, sub="new", email=email)[1] == ""
    assert town.write(lambda connection: directory.find(connection, user)).state == directory.ACTIVE


def test_id8_a_claim_gives_and_takes_the_roles_it_is_mapped_to_and_no_other(
    town: Town, owner: Browser, provider: ProviderHere
) -> None:
    mapping = {"it-support": "support", "it-money": "finance"}
    set_up(owner, provider, role_claim="groups", role_map=mapping)
    user, email = invited(town, Role.SUPPORT, Role.MARKETING)

    def held() -> set[str]:
        return town.write(lambda connection: {str(role) for role in roles.roles_of(connection, user, AURORA)})

    who: dict[str, Any] = {"sub": "mapped", "email": email}
    assert signed_in(town, provider, **who, groups=["it-money", "everybody", 7])[1] == ""
    assert held() == {"finance", "marketing"}
    assert signed_in(town, provider, **who, groups="it-support")[1] == ""
    assert held() == {"support", "marketing"}
    assert signed_in(town, provider, **who)[1] == ""
    assert held() == {"marketing"}
    _, second = invited(town, Role.SUPPORT)
    assert "gives no role" in signed_in(town, provider, sub="left", email=second, groups=["gone"])[1]
    _, third = invited(town, Role.OWNER)
    assert signed_in(town, provider, sub="boss", email=third, groups=["it-money"])[1] == ""
    for wrong in ({"a": "owner"}, {"a": "king"}):
        body = {"issuer": provider.issuer, "client": "c", "role_claim": "groups", "role_map": wrong}
        assert owner.refused("PUT", "/partner/v1/oidc", body) == "bad_request"
    body = {"issuer": provider.issuer, "client": "c", "role_map": {"a": "support"}}
    assert owner.refused("PUT", "/partner/v1/oidc", body) == "bad_request"


def test_id1_the_provider_is_set_up_by_who_manages_the_team_and_its_secret_is_never_told(
    town: Town, owner: Browser, provider: ProviderHere
) -> None:
    told = owner.get("/partner/v1/oidc")
    assert (told["issuer"], told["has_secret"]) == (provider.issuer, True)
    assert provider.secret not in json.dumps(told)
    row = town.rows("SELECT sealed_secret FROM oidc_providers")[0]
    assert provider.secret not in str(row)
    with town.desk.database.connect() as connection:
        assert provider.secret not in str(list(log.acts(connection, AURORA)))
    operations = town.staff(AURORA, Role.OPERATIONS)
    assert operations.refused("GET", "/partner/v1/oidc") == "not_permitted"
    other = town.staff(BOREALIS, Role.OWNER)
    assert other.refused("GET", "/partner/v1/oidc") == "no_such_provider"
    assert town.browser(BOREALIS).refused("GET", START) == "no_such_provider"
    assert town.browser(0).refused("GET", START) == "no_such_provider"
    for issuer in ("https://10.0.0.1", "http://example.com", "https://a.example/?q", "https://u@a.example", "x"):
        assert owner.refused("PUT", "/partner/v1/oidc", {"issuer": issuer, "client": "c"}) in (
            "bad_request",
            "not_signed_in",
        )
    assert owner.delete("/partner/v1/oidc") == {"removed": True}
    assert town.browser(AURORA).refused("GET", START) == "no_such_provider"


def test_id1_a_public_client_and_one_whose_secret_goes_into_the_body(
    town: Town, owner: Browser, provider: ProviderHere
) -> None:
    _, email = invited(town, Role.SUPPORT)
    set_up(owner, provider, secret="")
    assert signed_in(town, provider, sub="public", email=email)[1] == ""
    assert (provider.token_requests[-1]["authorization"], provider.token_requests[-1]["client_id"]) == (
        "",
        provider.client,
    )
    provider.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    set_up(owner, provider)
    assert signed_in(town, provider, sub="public", email=email)[1] == ""
    assert provider.token_requests[-1]["client_secret"] == provider.secret


# -- attacks -----------------------------------------------------------------------------------------------------------


def test_id7_an_address_of_nobody_of_another_brands_team_and_of_a_plain_user_opens_nothing(
    town: Town, provider: ProviderHere
) -> None:
    _, elsewhere = invited(town, Role.OWNER, brand=BOREALIS)
    plain = town.member(AURORA).email
    _, locked = invited(town, Role.SUPPORT, state=directory.LOCKED)
    for number, email in enumerate((new_email(), elsewhere, plain, locked, "no address")):
        browser, why = signed_in(town, provider, sub=f"nobody{number}", email=email)
        assert "not in this brand's team" in why
        assert browser.refused("GET", "/account/v1/session") == "sign_in"


def test_id4_a_sign_in_ends_once_in_its_own_browser_and_at_its_own_brand(town: Town, provider: ProviderHere) -> None:
    _, email = invited(town, Role.SUPPORT)
    browser = town.browser(AURORA)
    back = provider.authorized(begun(browser), sub="once", email=email)
    stranger = town.browser(AURORA)
    begun(stranger)  # has a cookie of its own
    assert "another browser" in ended(stranger, back)
    assert "another browser" in ended(town.browser(AURORA), back)
    assert town.browser(BOREALIS).refused("GET", f"{CALLBACK}?{urlencode(back)}") == "no_such_provider"
    assert ended(browser, back) == ""
    assert "over" in ended(browser, back)  # the answer is played again
    browser = town.browser(AURORA)
    back = provider.authorized(begun(browser), sub="once", email=email)
    town.set("UPDATE oidc_attempts SET expires_ns = 1")
    assert "over" in ended(browser, back)


def test_id4_a_code_that_was_used_or_is_of_another_sign_in_opens_nothing(town: Town, provider: ProviderHere) -> None:
    _, email = invited(town, Role.SUPPORT)
    victim, thief = town.browser(AURORA), town.browser(AURORA)
    stolen = provider.authorized(begun(victim), sub="victim", email=email)
    own = provider.authorized(begun(thief), sub="thief", email="thief@example.com")
    assert "answers with 400" in ended(thief, own | {"code": stolen["code"]})  # PKCE: the verifier is the victim's
    browser = town.browser(AURORA)
    first = provider.authorized(begun(browser), sub="victim", email=email)
    assert ended(browser, first) == ""
    again = provider.authorized(begun(browser), sub="victim", email=email)
    assert "answers with 400" in ended(browser, again | {"code": first["code"]})


def test_id4_what_comes_back_without_a_code_or_with_an_error_is_refused(town: Town, provider: ProviderHere) -> None:
    browser = town.browser(AURORA)
    state = provider.authorized(begun(browser))["state"]
    assert "access_denied" in ended(browser, {"state": state, "error": "access_denied"})
    state = provider.authorized(begun(browser))["state"]
    assert "no code" in ended(browser, {"state": state})
    assert "over" in ended(browser, {})


def test_id5_an_answer_of_another_provider_is_refused(town: Town, owner: Browser, provider: ProviderHere) -> None:
    """Mix-up: the browser was sent to one provider, and comes back from another."""
    _, email = invited(town, Role.SUPPORT)
    with ProviderHere() as attacker:
        browser = town.browser(AURORA)
        back = provider.authorized(begun(browser), sub="mixed", email=email)
        assert attacker.issuer in ended(browser, back | {"iss": attacker.issuer})
        assert attacker.token_requests == []
    browser = town.browser(AURORA)
    back = provider.authorized(begun(browser), sub="mixed", email=email)
    assert ended(browser, back | {"iss": provider.issuer}) == ""
    provider.document = {"authorization_response_iss_parameter_supported": True}
    browser = town.browser(AURORA)
    assert "does not say whose it is" in ended(browser, provider.authorized(begun(browser), sub="mixed", email=email))
    provider.document = {}
    browser = town.browser(AURORA)
    back = provider.authorized(begun(browser), sub="mixed", email=email)
    with ProviderHere() as newer:
        newer.client = provider.client
        set_up(owner, newer)
        assert "changed meanwhile" in ended(browser, back)
        assert newer.token_requests == []


def test_id2_a_provider_that_says_it_is_another_one_is_refused(town: Town, owner: Browser) -> None:
    with ProviderHere() as provider:
        body = {"issuer": provider.issuer, "client": provider.client}
        for wrong in (
            {"issuer": "https://accounts.example.com"},
            {"issuer": f"{provider.issuer}/"},
            {"token_endpoint": None},
            {"jwks_uri": "file:///etc/keys"},
        ):
            provider.document = wrong
            assert owner.refused("PUT", "/partner/v1/oidc", body) == "not_signed_in"
        provider.document = {"x": "y" * 300_000}
        assert owner.refused("PUT", "/partner/v1/oidc", body) == "not_signed_in"


def test_id1_what_a_provider_names_is_reached_through_the_guard_only(town: Town, provider: ProviderHere) -> None:
    _, email = invited(town, Role.SUPPORT)
    for name in ("token_endpoint", "jwks_uri"):
        provider.document = {name: "https://169.254.169.254/latest"}
        assert "no public address" in signed_in(town, provider, sub="guard", email=email)[1]


NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"nonce": "another"}, "another sign-in"),
        ({"nonce": None}, "another sign-in"),
        ({"iss": "https://other.example.com"}, "issued by"),
        ({"aud": "another client"}, "somebody else"),
        ({"aud": ["commonbook client", "another"]}, "somebody else's use"),
        ({"aud": ["commonbook client", "another"], "azp": "another"}, "somebody else's use"),
        ({"azp": "another"}, "somebody else's use"),
        ({"aud": None}, "somebody else"),
        ({"exp": NOW - 120}, "is over"),
        ({"exp": None}, "from when to when"),
        ({"exp": "tomorrow"}, "from when to when"),
        ({"iat": NOW - 3_600}, "another time"),
        ({"iat": NOW + 3_600}, "another time"),
        ({"nbf": NOW + 3_600}, "not good yet"),
        ({"email_verified": False}, "not verified"),
        ({"email_verified": "true"}, "not verified"),
        ({"email_verified": None}, "not verified"),
        ({"email": None}, "no email"),
        ({"sub": ""}, "no sub"),
        ({"sub": 7}, "no sub"),
    ],
)
def test_id6_a_token_with_a_wrong_claim_is_refused(
    town: Town, provider: ProviderHere, claims: dict[str, Any], why: str
) -> None:
    _, email = invited(town, Role.SUPPORT)
    provider.claims = claims
    assert why in signed_in(town, provider, sub="claims", email=email)[1]


def test_id6_a_token_for_several_is_taken_when_it_is_for_our_use(town: Town, provider: ProviderHere) -> None:
    _, email = invited(town, Role.SUPPORT)
    provider.claims = {"aud": [provider.client, "another"], "azp": provider.client}
    assert signed_in(town, provider, sub="several", email=email)[1] == ""


# -- signatures, without a desk ----------------------------------------------------------------------------------------

US = Provider(AURORA, "https://id.example.com", "us", "secret")
BEGUN = Begun("nonce", "verifier")


@pytest.fixture(scope="module")
def signer() -> ProviderHere:
    made = ProviderHere()
    made._server.server_close()  # nobody asks it anything here
    made.issuer, made.client = US.issuer, US.client
    return made


def judged(signer: ProviderHere, token: str, keys: list[dict[str, Any]] | None = None) -> str:
    content = json.dumps({"keys": signer.public_keys() if keys is None else keys}).encode()
    try:
        found = protocol.person_of(token, content, US, BEGUN, int(time.time()))
    except Declined as declined:
        return str(declined)
    return found.subject


def right(signer: ProviderHere, **header: Any) -> str:
    return signer.signed(json.loads(_claims(signer)), **header)


def _claims(signer: ProviderHere) -> bytes:
    token = signer.id_token(BEGUN.nonce, {"sub": "somebody", "email": "a@example.com"})
    return jws.extract_compact(token.encode()).payload or b""


def test_id6_a_right_token_is_taken(signer: ProviderHere) -> None:
    assert judged(signer, right(signer)) == "somebody"


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "HS512", "PS256", "RS512", "ES512", "", None])
def test_id6_only_three_algorithms_are_known(signer: ProviderHere, algorithm: Any) -> None:
    token = right(signer)
    head, payload, signature = token.split(".")
    forged = part(json.dumps({"alg": algorithm, "kid": "ec"}).encode())
    assert "known are" in judged(signer, f"{forged}.{payload}.{signature}")
    assert head != forged


def test_id6_a_public_key_is_no_secret_to_sign_with(signer: ProviderHere) -> None:
    """Key confusion: HS256, keyed with the public key that everybody can read."""
    for name in ("RS256", "ES256"):
        public = signer.keys[name].as_pem(private=False)
        head = part(json.dumps({"alg": "HS256", "kid": signer.keys[name].kid}).encode())
        signed = f"{head}.{part(_claims(signer))}"
        assert "known are" in judged(signer, f"{signed}.{part(hmac.digest(public, signed.encode(), 'sha256'))}")
    shared = OctKey.generate_key(256, {"kid": "oct"})
    listed = [*signer.public_keys(), shared.as_dict() | {"use": "sig"}]
    assert "known are" in judged(signer, signer.signed(json.loads(_claims(signer)), shared, alg="HS256"), listed)


def test_id6_a_key_is_of_the_kind_that_the_algorithm_has_and_is_the_one_that_is_named(signer: ProviderHere) -> None:
    token = right(signer)
    assert "0 keys" in judged(signer, token, [])
    assert "0 keys" in judged(signer, right(signer, kid="rsa"))  # ES256, and the kid of an RSA key
    assert "0 keys" in judged(signer, right(signer, kid="unknown"))
    other = ECKey.generate_key("P-256", {"kid": "ec"})
    assert "signature is wrong" in judged(signer, token, [other.as_dict(private=False)])
    mine = signer.keys["ES256"].as_dict(private=False)
    assert "2 keys" in judged(signer, token, [mine, other.as_dict(private=False)])
    assert "0 keys" in judged(signer, token, [mine | {"use": "enc"}])
    assert "0 keys" in judged(signer, token, [mine | {"alg": "ES512"}])
    assert judged(signer, token, [mine | {"use": "sig", "alg": "ES256"}, {"kty": "oct", "k": "AA"}, "nonsense"]) == (  # type: ignore[list-item]
        "somebody"
    )
    with pytest.warns(SecurityWarning):
        short = RSAKey.generate_key(1_024, {"kid": "short"})
    signer.algorithm = "RS256"
    weak = signer.signed(json.loads(_claims(signer)), short)
    signer.algorithm = "ES256"
    assert "2,048 bits" in judged(signer, weak, [short.as_dict(private=False)])


@pytest.mark.parametrize("name", ["jku", "jwk", "x5u", "x5c"])
def test_id6_a_token_does_not_bring_its_own_key(signer: ProviderHere, name: str) -> None:
    own = ECKey.generate_key("P-256", {"kid": "own"})
    value = {"jku": "https://evil.example/keys", "x5u": "https://evil.example/", "x5c": ["AA"]}.get(name)
    token = signer.signed(json.loads(_claims(signer)), own, **{name: value or own.as_dict(private=False)})
    assert f"its header has {name}" in judged(signer, token)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_id6_no_changed_byte_of_a_token_is_taken(place: int, flip: int) -> None:
    signer = _SIGNER
    raw = bytearray(_TOKEN.encode())
    raw[place % len(raw)] ^= flip
    changed = raw.decode("latin-1")
    if changed != _TOKEN and changed.isascii() and _same_bytes(changed) is False:
        assert judged(signer, changed) != "somebody"


def _same_bytes(changed: str) -> bool:
    """Whether the change is in bits of the last character that mean nothing in base64."""

    def parts(token: str) -> list[bytes]:
        return [base64.urlsafe_b64decode(part + "===") for part in token.split(".")]

    try:
        return parts(changed) == parts(_TOKEN)
    except ValueError:
        return False


_SIGNER = ProviderHere()
_SIGNER._server.server_close()
_SIGNER.issuer, _SIGNER.client = US.issuer, US.client
_TOKEN = right(_SIGNER)


@given(st.text(max_size=200), st.binary(max_size=200))
def test_id6_whatever_is_given_is_judged(token: str, keys: bytes) -> None:
    for given_token, given_keys in ((token, keys), (_TOKEN, keys), (token, b'{"keys":[]}')):
        with pytest.raises(Declined) as declined:
            protocol.person_of(given_token, given_keys, US, BEGUN, 1)
        assert declined.value.code == "not_signed_in"


def test_id3_each_sign_in_has_a_state_a_nonce_and_a_challenge_of_its_own(town: Town, provider: ProviderHere) -> None:
    asked = [parse_qs(urlsplit(begun(town.browser(AURORA))).query) for _ in range(3)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({one[name][0] for one in asked}) == 3
        assert all(len(one[name][0]) >= 43 for one in asked)
    assert {one["code_challenge_method"][0] for one in asked} == {"S256"}
    assert {one["redirect_uri"][0] for one in asked} == {f"http://aurora.localhost:8080{CALLBACK}"}
