"""TLS by the name that is asked for, by real handshakes. BR-12 and BR-13."""

import json
import ssl
import time

import pytest
from spec.brand.authority import AcmeHere, Authority, new_key, pem, text_of
from spec.brand.served import Served
from websockets.sync.client import connect

from commonbook.administration.roles import Role
from commonbook.brand import upkeep
from commonbook.identity.sealing import Seal
from commonbook.settings import AcmeSettings, Settings

AUTHORITY = Authority()
ROOT = text_of(AUTHORITY.root)
REFUSED = (ssl.SSLError, ConnectionResetError)  # the alert, or the end of the connection without one


def upload(served: Served, name: str, domain: str, days: float = 90) -> str:
    """A certificate by the brand's team; its fingerprint."""
    key = new_key()
    body = {"chain": AUTHORITY.chain(domain, key=key, days=days), "key": pem(key)}
    status, told = served.team(name).ask("PUT", f"/partner/v1/brand/certificates/{domain}", body)
    assert status == 200, told
    return str(told["fingerprint"])


def asked(served: Served, domain: str, path: str = "/plain") -> str:
    """Over TLS, with the authority trusted and the name checked."""
    with served.shake(domain, ROOT) as channel:
        channel.sendall(f"GET {path} HTTP/1.1\r\nhost: {domain}\r\nconnection: close\r\n\r\n".encode())
        parts = []
        while part := channel.recv(65_536):
            parts.append(part)
    return b"".join(parts).decode()


@pytest.fixture(scope="module")
def two(served: Served) -> Served:
    """Two brands with a domain and a certificate each."""
    for name in ("sorrel", "thyme"):
        domain = f"{name}-ex.com"
        served.create(name, domains=[domain])
        served.prove(name, domain)
        upload(served, name, domain)
    return served


def test_br12_each_domain_shows_its_own_certificate(two: Served) -> None:
    for name in ("sorrel", "thyme"):
        domain = f"{name}-ex.com"
        with two.shake(domain, ROOT) as channel:
            shown = channel.getpeercert()
            assert shown is not None
            assert shown["subjectAltName"] == (("DNS", domain),)
            assert channel.version() in ("TLSv1.2", "TLSv1.3")
        assert f"<h1>{name.title()}</h1>" in asked(two, domain)
        assert '"code":"0"' in asked(two, domain, "/api/v5/public/time")


@pytest.mark.parametrize("name", ["nobody-ex.com", "www.sorrel-ex.com", "localhost", None])
def test_br12_who_asks_for_a_name_without_a_certificate_is_refused_in_the_handshake(
    two: Served, name: str | None
) -> None:
    with pytest.raises(REFUSED):
        two.shake(name)


def test_br12_old_versions_are_refused(two: Served) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        two.shake("sorrel-ex.com", context=context)


def test_br12_a_new_certificate_is_in_force_without_a_restart(two: Served) -> None:
    shown = []
    for days in (60, 61):
        upload(two, "sorrel", "sorrel-ex.com", days=days)
        with two.shake("sorrel-ex.com") as channel:
            shown.append(channel.getpeercert(binary_form=True))
    assert shown[0] != shown[1]
    assert two.team("sorrel").ask("DELETE", "/partner/v1/brand/certificates/sorrel-ex.com") == (200, [])
    with pytest.raises(REFUSED):
        two.shake("sorrel-ex.com")
    upload(two, "sorrel", "sorrel-ex.com")


def test_br12_streams_go_over_tls_as_well(two: Served) -> None:
    context = ssl.create_default_context(cadata=ROOT)
    address = f"wss://thyme-ex.com:{two.tls_port}/ws/v5/public"
    with connect(address, address=("127.0.0.1", two.tls_port), ssl=context, compression=None) as stream:
        stream.send(json.dumps({"op": "subscribe", "args": [{"channel": "books5", "instId": "BTC-USDT"}]}))
        assert json.loads(stream.recv(timeout=60))["event"] == "subscribe"
        assert json.loads(stream.recv(timeout=60))["data"]
        stream.send("ping")
        while stream.recv(timeout=60) != "pong":
            pass


def test_br12_a_certificate_is_for_a_proved_domain_of_the_brands_own(two: Served) -> None:
    key = new_key()
    body = {"chain": AUTHORITY.chain("thyme-ex.com", key=key), "key": pem(key)}
    sorrel = two.team("sorrel")
    assert sorrel.code("PUT", "/partner/v1/brand/certificates/thyme-ex.com", body) == "no_such_domain"
    two.create("umbel", domains=["umbel-ex.com"])
    waiting = {"chain": AUTHORITY.chain("umbel-ex.com", key=key), "key": pem(key)}
    umbel = two.team("umbel")
    assert umbel.code("PUT", "/partner/v1/brand/certificates/umbel-ex.com", waiting) == "domain_not_proved"
    assert umbel.code("PUT", "/partner/v1/brand/certificates/umbel-ex.com", body) == "bad_request"
    support = two.team("thyme", Role.SUPPORT)
    assert support.code("PUT", "/partner/v1/brand/certificates/thyme-ex.com", body) == "not_permitted"
    assert sorrel.code("DELETE", "/partner/v1/brand/certificates/thyme-ex.com") == "no_such_certificate"
    told = str(two.team("thyme").ask("GET", "/partner/v1/brand/certificates")[1])
    assert "PRIVATE" not in told
    assert [one["domain"] for one in two.team("thyme").ask("GET", "/partner/v1/brand/certificates")[1]] == [
        "thyme-ex.com"
    ]


def test_br13_the_gateway_answers_the_authority_and_serves_what_it_gives(served: Served) -> None:
    served.create("violet", domains=["violet-ex.com"])
    served.prove("violet", "violet-ex.com")
    with AcmeHere(AUTHORITY, lambda domain, path: served.get(domain, path).text) as authority:
        terms = AcmeSettings(directory=f"{authority.url}/directory", terms_agreed=True, wait_s=30)
        settings = Settings(host=served.settings.host, brand=served.settings.brand, acme=terms)
        upkeep.look_after(served.database, Seal.open(served.desks.data_dir), settings)
        assert "violet-ex.com" in authority.issued
    deadline = time.monotonic() + 5
    while True:  # a gateway looks once a second
        try:
            assert "<h1>Violet</h1>" in asked(served, "violet-ex.com")
            break
        except REFUSED:
            assert time.monotonic() < deadline
            time.sleep(0.1)
