"""The guard of requests to addresses that brands give. WH-1 to WH-3 of docs/rules/webhooks.md."""

import asyncio
import datetime
import ipaddress
import ssl
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from spec.webhook.receiver import Receiver

from commonbook.errors import BadInput, OutsideFailure
from commonbook.webhook import outbound, rules
from commonbook.webhook.outbound import GuardedTransport, NotReached

# Ways to write this machine, a private network, a cloud's metadata, or something that is none of them.
FORMS = [
    *("127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "127.0.1", "127", "2130706433", "0x7f000001"),
    *("0x7f.0.0.1", "0x7f.1", "017700000001", "0177.0.0.1", "0177.0.0.01", "127.0.0.01", "00127.0.0.1", "127.0.0.1."),
    *("0", "0.0.0.0", "0.0.0.1", "0x0", "localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "a.localhost"),
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1", "3232235521"),
    *("169.254.169.254", "169.254.0.1", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "100.64.0.1", "100.127.1.1"),
    *("192.0.0.1", "192.0.0.8", "192.0.0.170", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.7"),
    *("203.0.113.9", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]"),
    *("[::ffff:0:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::1]"),
    *("[2002:7f00:1::]", "[2002:a00:1::1]", "[2001:0:7f00:1::1]", "[2001:db8::1]", "[2001:10::1]", "[2001:20::1]"),
    *("[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]", "[fc00::1]", "[fd12:3456:789a::1]", "[ff02::1]", "[ff0e::1]"),
    *("[100::1]", "[3fff::1]", "[5f00::1]", "[2606:4700::5efe:7f00:1]", "[2606:4700::200:5efe:a00:1]"),
    *("printer", "router.local", "db.internal", "1.0.0.127.in-addr.arpa", "metadata", "a..b", "-a.com", "a_b-.com"),
    *("", "256.1.1.1", "1.2.3.4.5", "1.2.3", "0x7f", "1.1.1.0x1", "[::1", "[127.0.0.1]", "a" * 64 + ".com"),
    *("①②⑦.⓪.⓪.①", "127。0。0。1", "ⓛocalhost", "127.0.0.1%2f", "example.com\\@127.0.0.1", "127.0.0.1\t"),
]
PUBLIC = ["example.com", "EXAMPLE.com", "a-b.example.co.uk", "xn--bcher-kva.example.org", "8.8.8.8", "1.1.1.1."[:-1]]
PUBLIC += ["[2606:4700:4700::1111]", "[2a00:1450:4001:80b::200e]", "example.com.", "_dmarc.example.com"]


@pytest.mark.parametrize("form", FORMS)
def test_wh2_forms_of_addresses_that_are_not_public_are_refused_when_they_are_given(form: str) -> None:
    with pytest.raises(BadInput):
        rules.check_url(f"https://{form}/hook")


def test_wh2_so_many_forms_are_tried() -> None:
    assert len(set(FORMS)) > 100


@pytest.mark.parametrize("host", PUBLIC)
def test_wh1_public_hosts_are_taken(host: str) -> None:
    rules.check_url(f"https://{host}/hook?to=us")
    rules.check_url(f"https://{host}:8443/")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://example.com/",
            "ftp://example.com/",
            "//example.com/",
            "example.com",
            "https:/example.com",
            "https://",
        ),
        *("https://user@example.com/", "https://user:word@example.com/", "https://example.com/#part"),
        *("https://example.com:0/", "https://example.com:/", "https://example.com:99999/", "https://example.com:x/"),
        *("https://exa mple.com/", "https://example.com/\r\nhost: b", "https://exämple.com/", "file:///etc/hosts"),
        *("https://example.com/" + "a" * 2_000, "gopher://example.com/", "HTTPS:example.com", "https://example.com\\a"),
    ],
)
def test_wh1_what_is_no_address_for_deliveries_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        rules.check_url(url)


# Addresses that a name may lead to, whatever the name is.
NOT_PUBLIC = [
    *(
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.20.0.1",
        "192.168.9.9",
        "169.254.169.254",
        "100.100.100.200",
    ),
    *(
        "192.0.0.192",
        "192.0.2.5",
        "198.18.4.4",
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.5",
        "224.0.1.1",
        "233.252.0.1",
    ),
    *(
        "240.1.1.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "::8.8.8.8",
        "64:ff9b::808:808",
    ),
    *(
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::2",
        "2002:808:808::",
    ),
    *(
        "3fff::2",
        "4000::1",
        "5f00::1",
        "fc00::2",
        "fd00::1",
        "fe80::2",
        "fe80::2%eth0",
        "fec0::2",
        "ff02::2",
        "ff0e::2",
    ),
    *("2606:4700::5efe:808:808", "2606:4700::200:5efe:808:808", "nonsense", "1.2.3"),
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_wh2_a_name_that_leads_to_one_address_that_is_not_public_is_not_asked(address: str) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["8.8.8.8", address]

    with pytest.raises(NotReached):
        asyncio.run(outbound.checked_address("hook.example.com", 443, False, resolve))


def test_wh2_a_name_with_public_addresses_is_asked_at_the_first() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["2606:4700:4700::1111", "1.1.1.1"]

    found = asyncio.run(outbound.checked_address("hook.example.com", 443, False, resolve))
    assert str(found) == "2606:4700:4700::1111"


@given(st.integers(0, 2**32 - 1))
def test_wh2_of_ipv4_nothing_is_reached_that_the_registries_keep_for_something_else(number: int) -> None:
    address = ipaddress.IPv4Address(number)
    if rules.is_reached(address):
        assert address.is_global
        assert not address.is_private
        assert not address.is_multicast
        assert not address.is_reserved


@given(st.integers(0, 2**128 - 1) | st.integers(0, 2**125 - 1).map(lambda number: number | 1 << 125))
def test_wh2_of_ipv6_only_global_unicast_is_reached(number: int) -> None:
    address = ipaddress.IPv6Address(number)
    if rules.is_reached(address):
        assert address in ipaddress.ip_network("2000::/3")
        assert address.ipv4_mapped is None
        assert address.sixtofour is None
        assert address.teredo is None


def asked(url: str, transport: GuardedTransport, most: int = 100) -> outbound.Answer:
    async def ask() -> outbound.Answer:
        async with outbound.client(False, 5.0, transport) as http:
            return await outbound.ask(http, http.build_request("POST", url, content=b"{}"), 5.0, most)

    return asyncio.run(ask())


def test_wh2_a_name_that_leads_elsewhere_the_second_time_leads_nobody_there() -> None:
    """The name is public when it is looked at, and this machine a moment later: what was looked at is what is used."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    lookups = []

    async def resolve(host: str, port: int) -> list[str]:
        lookups.append(host)
        return next(answers)

    transport = GuardedTransport(resolve=resolve)
    to: list[str] = []

    class Inner(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            to.append(request.url.host)
            assert request.headers["host"] == "rebind.example.com"
            assert request.extensions["sni_hostname"] == "rebind.example.com"
            return httpx.Response(200, stream=Long())

    transport._inner = Inner()  # type: ignore[assignment]
    assert asked("https://rebind.example.com/hook", transport, 200).status == 200
    with pytest.raises(OutsideFailure, match="leads to 127"):
        asked("https://rebind.example.com/hook", transport)
    assert (to, len(lookups)) == (["8.8.8.8"], 2)


def test_wh2_this_machine_is_reached_by_a_setting_only_and_no_other_one_without_tls() -> None:
    with Receiver() as receiver:
        with pytest.raises(OutsideFailure, match="https"):
            asked(receiver.url, GuardedTransport())
        assert asked(receiver.url, GuardedTransport(loopback_allowed=True)).status == 200

        async def resolve(host: str, port: int) -> list[str]:
            return ["8.8.8.8"]

        with pytest.raises(OutsideFailure, match="without TLS"):
            asked("http://example.com/", GuardedTransport(loopback_allowed=True, resolve=resolve))
        for other in ("127.0.0.2", "10.0.0.1"):
            with pytest.raises(OutsideFailure, match="no public address"):
                asked(f"http://{other}/", GuardedTransport(loopback_allowed=True))


def test_wh3_redirects_are_answers_and_are_not_followed() -> None:
    with Receiver() as other, Receiver(lambda received: 302, [("location", other.url)]) as receiver:
        assert asked(receiver.url, GuardedTransport(loopback_allowed=True)).status == 302
        assert other.received == []


def test_wh3_settings_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    with Receiver() as receiver:
        assert asked(receiver.url, GuardedTransport(loopback_allowed=True)).status == 200


def test_wh2_the_certificate_must_be_good_for_the_name(tmp_path: Path) -> None:
    authority, server = certificates(tmp_path, "hook.localhost")

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async def talk() -> list[Any]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            await writer.drain()
            writer.close()

        listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server)
        port = listening.sockets[0].getsockname()[1]
        transport = GuardedTransport(True, resolve, authority)
        found: list[Any] = []
        async with outbound.client(True, 5.0, transport) as http:
            for name in ("hook.localhost", "other.localhost"):
                try:
                    request = http.build_request("GET", f"https://{name}:{port}/")
                    found.append(await outbound.ask(http, request, 5.0, 10))
                except OutsideFailure as failure:
                    found.append(str(failure))
        listening.close()
        return found

    right, wrong = asyncio.run(talk())
    assert right == outbound.Answer(200, b"ok")
    assert "certificate" in wrong.lower()


def certificates(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What trusts one authority, and what serves with its certificate for a name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    chain = folder / "chain.pem"
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(pem + key.private_bytes(*form))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    return ssl.create_default_context(cadata=pem.decode()), server


class Long(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"x" * 60
        yield b"x" * 60


def test_an_answer_that_is_too_long_or_too_late_is_a_failure() -> None:
    slow = threading.Event()

    def wait(received: Any) -> int:
        slow.wait(5)
        return 200

    async def ask(url: str) -> None:
        async with outbound.client(True, 5.0) as http:
            await outbound.ask(http, http.build_request("POST", url, content=b"{}"), 0.2, 0)

    with Receiver(wait) as receiver:
        with pytest.raises(OutsideFailure, match=r"has not answered within 0\.2 s"):
            asyncio.run(ask(receiver.url))
        slow.set()

    async def long() -> None:
        def give(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, stream=Long())

        async with outbound.client(True, 5.0, httpx.MockTransport(give)) as http:
            await outbound.ask(http, http.build_request("GET", "https://example.com/"), 1.0, 100)

    with pytest.raises(OutsideFailure, match="more than 100 bytes"):
        asyncio.run(long())
