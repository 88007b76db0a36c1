"""Proving a domain, against a real DNS server and a real web server on loopback. BR-8, BR-10 and BR-11."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path

import pytest
from msgspec.structs import replace
from spec.brand.dns_here import DnsHere
from spec.brand.web_here import WebHere, text
from sqlalchemy import Engine

from commonbook.administration.log import acts
from commonbook.brand import proof, proving, store, upkeep
from commonbook.brand.hosts import Hosts
from commonbook.brand.store import Domain
from commonbook.errors import BadInput, OutsideFailure
from commonbook.identity.sealing import Seal
from commonbook.instrument.model import Brand
from commonbook.instrument.venue import Venue
from commonbook.outbound import Outbound, is_public
from commonbook.settings import BrandSettings, Settings
from commonbook.storage.database import open_database
from commonbook.units import HOUR_NS

NORTH, SOUTH = 1, 2
DOMAIN = "north-ex.com"
MINUTE_NS = 60 * 10**9


@dataclass
class World:
    """The outside, and the tables."""

    dns: DnsHere
    web: WebHere
    database: Engine
    settings: Settings
    seal: Seal

    def claim(self, brand: int = NORTH, domain: str = DOMAIN) -> Domain:
        with self.database.begin() as connection:
            store.keep_domains(connection, brand, [domain])
        return self.find(brand, domain)

    def find(self, brand: int = NORTH, domain: str = DOMAIN) -> Domain:
        with self.database.connect() as connection:
            return store.find_domain(connection, brand, domain)

    def record(self, *texts: str, domain: str = DOMAIN) -> None:
        self.dns.set(f"_commonbook.{domain}", "TXT", *texts)

    def look(self, one: Domain, now_ns: int | None = None) -> str:
        return proving.look_at(self.database, self.settings, one, time.time_ns() if now_ns is None else now_ns)

    def turn(self, now_ns: int) -> None:
        upkeep.look_after(self.database, self.seal, self.settings, now_ns)

    def log(self, brand: int = NORTH) -> list[str]:
        with self.database.connect() as connection:
            return [one.act for one in acts(connection, brand)]

    def hosts(self) -> Hosts:
        brands = {NORTH: Brand(NORTH, "north"), SOUTH: Brand(SOUTH, "south")}
        found = Hosts(Venue(brands=brands))
        with self.database.connect() as connection:
            found.look(connection)
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with DnsHere() as dns, WebHere() as web:
        dns.set(DOMAIN, "A", "127.0.0.1")
        terms = BrandSettings(
            resolver=dns.address, proof_port=web.port, proof_networks=("127.0.0.0/8",), proof_ms=1_000, proof_bytes=100
        )
        database = open_database(f"sqlite:///{tmp_path / 'tables.db'}")
        yield World(dns, web, database, Settings(brand=terms), Seal.open(tmp_path))
        database.dispose()


# -- the two proofs ---------------------------------------------------------------------------------------------------


def test_br10_a_record_with_the_brands_own_token_proves_a_domain(world: World) -> None:
    one = world.claim()
    assert "there is no record _commonbook.north-ex.com" in world.look(one)
    assert not world.find().is_proved
    world.record("v=spf1 -all", one.token)
    assert world.look(world.find()) == ""
    found = world.find()
    assert (found.is_proved, found.method, found.why) == (True, "dns", "")
    assert world.log() == ["prove domain"]


def test_br10_a_file_at_the_domain_proves_it_too(world: World) -> None:
    one = world.claim()
    path = f"/.well-known/commonbook-proof/{one.token}"
    world.web.pages[path] = text(200, one.token.encode() + b"\n")
    assert world.look(one) == ""
    assert world.find().method == "file"
    assert world.web.asked == [(f"{DOMAIN}:{world.web.port}", path)]


def test_br10_another_brands_token_proves_nothing(world: World) -> None:
    one, other = world.claim(NORTH), world.claim(SOUTH)
    assert one.token != other.token
    world.record(other.token)
    path = f"/.well-known/commonbook-proof/{one.token}"
    world.web.pages[path] = text(200, other.token.encode())
    assert "the file says" in world.look(one)
    assert not world.find().is_proved


def test_br10_of_two_claims_the_first_that_is_proved_has_the_domain(world: World) -> None:
    one, other = world.claim(NORTH), world.claim(SOUTH)
    world.record(one.token, other.token)
    assert world.look(other) == ""
    assert world.look(one) == f"{DOMAIN} is taken"
    hosts = world.hosts()
    assert (hosts.brand_of(DOMAIN), world.find(NORTH).is_proved) == (Brand(SOUTH, "south"), False)
    with world.database.begin() as connection:
        store.keep_domains(connection, SOUTH, [])  # it is let go, so it is free
    assert world.look(world.find(NORTH)) == ""
    assert world.hosts().brand_of(DOMAIN) == Brand(NORTH, "north")


def slow(request: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for ever."""
    request.send_response(200)
    request.end_headers()
    try:
        for _ in range(100):
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(0.1)
    except OSError:
        return


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (text(404, b""), "answered with 404"),
        (text(301, b"", location="http://127.0.0.1/"), "answered with 301; 200 is wanted, without a redirect"),
        (text(302, b"", location="/elsewhere"), "answered with 302"),
        (text(200, b"x" * 101), "longer than 100 bytes"),
        (text(200, b""), "the file says ''"),
        (text(200, b"<html>"), "the file says '<html>'"),
        (slow, "has not answered in 1,000 ms"),
        (lambda request: request.wfile.write(b"SSH-2.0-none\r\n"), "cannot be had"),
    ],
)
def test_br10_what_a_file_may_be_answered_with(world: World, answer: object, why: str) -> None:
    one = world.claim()
    world.web.pages[f"/.well-known/commonbook-proof/{one.token}"] = answer  # type: ignore[assignment]
    began = time.monotonic()
    assert why in world.look(one)
    assert time.monotonic() - began < 5
    assert not world.find().is_proved
    assert len(world.web.asked) == 1, "nothing else was asked"


def test_br10_a_dns_server_that_is_silent_is_given_up(world: World) -> None:
    one = world.claim()
    world.dns.is_silent = True
    began = time.monotonic()
    assert "no answer about" in world.look(one)
    assert time.monotonic() - began < 8


# -- addresses that are not talked to ---------------------------------------------------------------------------------

NOT_PUBLIC = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.0.0.53"),
    *(
        "127.1.2.3",
        "127.255.255.254",
        "169.254.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
    ),
    *("192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1"),
    *("198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8"),
    *("::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "64:ff9b::8.8.8.8", "100::1"),
    *("2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::"),
    *("2002:a00:1::1", "2002:c0a8:101::", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fd12:3456:789a::1", "fe80::1"),
    *("fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "ff0e::1", "4000::1", "2606:4700::5efe:127.0.0.1"),
    *("2606:4700::200:5efe:10.0.0.1", "2606:4700::1%eth0", "::ffff:7f00:1"),
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_br10_an_address_that_is_not_public_is_not_talked_to(address: str) -> None:
    assert len(NOT_PUBLIC) >= 60
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::8b"])
def test_br10_public_addresses_are(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("kind", "addresses"),
    [
        ("A", ("127.0.0.1",)),
        ("A", ("8.8.8.8", "10.0.0.1")),  # one that is not public among those that are
        ("AAAA", ("::1",)),
        ("AAAA", ("2606:4700::1111", "::ffff:127.0.0.1")),
    ],
)
def test_br10_a_name_that_leads_inside_is_not_followed(world: World, kind: str, addresses: tuple[str, ...]) -> None:
    world.dns.set("inside.com", kind, *addresses)
    reach = Outbound(world.dns.address)
    with pytest.raises(OutsideFailure, match="which is not public"):
        reach.fetch("inside.com", world.web.port, "/", 100)
    world.dns.set("alias.com", "CNAME", "inside.com")
    with pytest.raises(OutsideFailure, match="which is not public"):
        reach.fetch("alias.com", world.web.port, "/", 100)
    assert world.web.asked == []
    with pytest.raises(OutsideFailure, match="has no address"):
        reach.addresses("nowhere.com")


def test_br10_the_connection_goes_to_the_address_that_was_checked(world: World) -> None:
    world.web.pages["/"] = text(200, b"right")
    reach = proof.outbound(world.settings.brand)
    assert reach.fetch(DOMAIN, world.web.port, "/", 100) == b"right"
    asked = [one for one in world.dns.asked if one[0] == DOMAIN]
    assert asked == [
        (DOMAIN, "A"),
        (DOMAIN, "AAAA"),
    ]  # once each: nobody could say something else later


@pytest.mark.parametrize("text_of_it", ["dns.example.com", "127.0.0.1:x", "127.0.0.1:53:53", ":53"])
def test_a_resolver_is_an_address(text_of_it: str) -> None:
    with pytest.raises(BadInput, match="is no DNS server"):
        Outbound(text_of_it).texts("north-ex.com")


# -- again and again --------------------------------------------------------------------------------------------------


def test_br11_claims_are_looked_at_every_ten_minutes_for_thirty_days(world: World) -> None:
    one = world.claim()
    start = one.claimed_ns
    world.turn(start + 10 * MINUTE_NS)
    tried = world.find().tried_ns
    assert tried == start + 10 * MINUTE_NS
    world.turn(tried + 10 * MINUTE_NS)
    assert world.find().tried_ns == tried  # not before ten minutes are over
    world.turn(tried + 10 * MINUTE_NS + 1)
    assert world.find().tried_ns == tried + 10 * MINUTE_NS + 1
    world.record(one.token)
    world.turn(start + 30 * 24 * HOUR_NS)
    assert not world.find().is_proved
    assert world.look(world.find()) == ""  # on request


def test_br11_a_proof_that_goes_missing_is_told_and_stops_serving_after_72_hours(world: World) -> None:
    one = world.claim()
    world.record(one.token)
    proved = time.time_ns()
    assert world.look(one, proved) == ""
    world.record("gone")
    world.turn(proved + 24 * HOUR_NS)
    assert world.find().missed_ns == 0, "a day is not over yet"
    missed = proved + 24 * HOUR_NS + 1
    world.turn(missed)
    assert (world.find().missed_ns, world.find().is_proved) == (missed, True)
    assert world.log() == ["prove domain", "miss proof"]
    world.turn(missed + HOUR_NS)
    assert world.find().tried_ns == missed, "an hour is not over yet"
    world.turn(missed + 2 * HOUR_NS)
    assert world.log() == ["prove domain", "miss proof"], "told once"
    world.turn(missed + 72 * HOUR_NS - 1)
    assert world.hosts().brand_of(DOMAIN) == Brand(NORTH, "north")
    world.turn(missed + 74 * HOUR_NS)
    assert world.hosts().brand_of(DOMAIN) is None
    assert world.log() == ["prove domain", "miss proof", "lapse domain"]
    world.record(one.token)
    world.turn(missed + 76 * HOUR_NS)
    assert world.hosts().brand_of(DOMAIN) == Brand(NORTH, "north")


def test_br11_a_proof_that_is_found_again_in_time_is_as_if_it_had_never_been_missing(world: World) -> None:
    one = world.claim()
    world.record(one.token)
    proved = time.time_ns()
    world.look(one, proved)
    world.record()
    missed = proved + 25 * HOUR_NS
    world.turn(missed)
    world.record(one.token)
    world.turn(missed + 2 * HOUR_NS)
    found = world.find()
    assert (found.missed_ns, found.proved_ns, found.checked_ns) == (0, proved, missed + 2 * HOUR_NS)
    assert world.log() == ["prove domain", "miss proof", "find proof again"]


# -- which brand a host is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "brand"),
    [
        (DOMAIN, NORTH),
        ("North-Ex.COM:8443", NORTH),
        ("north-ex.com.", NORTH),
        ("www.north-ex.com", 0),  # named exactly
        ("north-ex.com.evil.com", 0),
        ("north.localhost", NORTH),
        ("SOUTH.localhost:8080", SOUTH),
        ("www.south.localhost", SOUTH),
        ("west.localhost", 0),
        ("localhost", 0),
        (".localhost", 0),
        ("north.localhost.com", 0),
        ("north.exchange.com", 0),  # the first label alone says nothing
        ("north", 0),
        ("127.0.0.1:80", 0),
        ("[::1]:80", 0),
        ("", 0),
    ],
)
def test_br8_the_brand_of_a_host(world: World, header: str, brand: int) -> None:
    one = world.claim()
    world.record(one.token)
    world.look(one)
    hosts = world.hosts()
    for _ in range(2):  # as it is found, and as it is remembered
        found = hosts.brand_of(header)
        assert (0 if found is None else found.id) == brand


def test_br8_without_a_local_suffix_only_proved_domains_are_a_brands() -> None:
    venue = Venue(brands={NORTH: Brand(NORTH, "north")})
    assert Hosts(venue, "").brand_of("north.localhost") is None
    assert Hosts(venue, "dev.internal").brand_of("north.dev.internal") == Brand(NORTH, "north")
    known = Hosts(venue)
    assert known.brand_of("west.localhost") is None
    venue.brands[3] = Brand(3, "west")  # as the stream tells of it
    assert known.brand_of("west.localhost") == Brand(3, "west")


def test_br8_a_look_reads_what_has_changed_and_nothing_else(world: World) -> None:
    hosts = world.hosts()
    with world.database.connect() as connection:
        assert not hosts.look(connection)
    one = world.claim()
    world.record(one.token)
    world.look(one)
    assert hosts.brand_of(DOMAIN) is None
    with world.database.connect() as connection:
        assert hosts.look(connection)
    assert hosts.brand_of(DOMAIN) == Brand(NORTH, "north")
    document = replace(hosts.document(NORTH), title="Nord")
    with world.database.begin() as connection:
        store.add_version(connection, NORTH, 0, document, "host", "")
    with world.database.connect() as connection:
        assert hosts.look(connection)
    assert hosts.document(NORTH).title == "Nord"
    kept = hosts.snapshot.versions[NORTH]
    with world.database.begin() as connection:
        store.keep_domains(connection, NORTH, [])
    with world.database.connect() as connection:
        assert hosts.look(connection)
    assert hosts.snapshot.versions[NORTH] is kept
    assert hosts.brand_of(DOMAIN) is None
