"""A served exchange with a gateway whose settings are those of a host of brands, and hands at its desks."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from integration.gateway_here import GatewayHere
from integration.serving import Server
from spec.administration.test_desks import Browser, Desks
from spec.brand.dns_here import DnsHere
from spec.brand.web_here import WebHere
from sqlalchemy import Engine
from typer.testing import CliRunner

from commonbook.administration.roles import Role
from commonbook.console.control import control_app
from commonbook.identity.sessions import open_session
from commonbook.instrument import store as instrument_store
from commonbook.instrument.venue import Venue
from commonbook.settings import BrandSettings, HostSettings, LimitSettings, Settings
from commonbook.storage.database import open_database

HOST_NAME = "Zebrahouse"


@dataclass
class Served:
    address: str
    tls_port: int
    desks: Desks
    database: Engine
    settings: Settings
    dns: DnsHere
    web: WebHere
    data_dir: Path

    def get(self, host: str, path: str = "/plain", method: str = "GET", **headers: str) -> httpx.Response:
        with httpx.Client(base_url=self.address, timeout=60) as http:
            return http.request(method, path, headers={"host": host} | headers)

    def host(self, *roles: Role) -> Browser:
        """One of the host's people; an owner unless told otherwise."""
        return self.desks.staff(0, *(roles or (Role.OWNER,)))

    def team(self, name: str, *roles: Role) -> Browser:
        """One of a brand's team, at the brand's own address."""
        brand = self.number(name)
        user = self.desks.user(brand, *(roles or (Role.OPERATIONS,)))
        with self.database.begin() as connection:
            new = open_session(connection, 0, brand, 600, user, time.time_ns())
        return Browser(self.address, f"{name}.localhost", new.token, new.csrf)

    def venue(self) -> Venue:
        with self.database.connect() as connection:
            return instrument_store.load(connection)

    def until(self, is_so: Callable[[Venue], bool]) -> None:
        """The tables tell of an act a moment after it was answered."""
        deadline = time.monotonic() + 60
        while not is_so(self.venue()):
            assert time.monotonic() < deadline, "the tables do not tell of it"
            time.sleep(0.02)

    def number(self, name: str) -> int:
        """Of a brand by its name, once the tables hold it and its rates, which come behind it."""
        deadline = time.monotonic() + 60
        while True:
            venue = self.venue()
            found = [one.id for one in venue.brands.values() if one.name == name and (one.id, 0) in venue.schedules]
            if found or time.monotonic() > deadline:
                return found[0]
            time.sleep(0.02)

    def create(self, name: str, **fields: Any) -> dict[str, Any]:
        body = {"document": {"name": name, "title": name.title()} | fields}
        status, made = self.host().ask("POST", "/host/v1/brands", body)
        assert status == 201, made
        found: dict[str, Any] = made
        return found

    def delist(self, name: str, instrument: str) -> None:
        """By the host's own command; the gateway knows of it a moment later."""
        words = ["delist", "--brand", name, "--instrument", instrument, "--data", str(self.data_dir), "--json"]
        done = CliRunner().invoke(control_app, words)
        assert done.exit_code == 0, done.output

    def prove(self, name: str, domain: str) -> None:
        """As a brand's team does it: put the record into DNS, and ask to look."""
        team = self.team(name)
        told = next(one for one in team.ask("GET", "/partner/v1/brand/domains")[1] if one["domain"] == domain)
        self.dns.set(told["dns_record"], "TXT", told["token"])
        self.dns.set(domain, "A", "127.0.0.1")
        status, proved = team.ask("POST", f"/partner/v1/brand/domains/{domain}/prove")
        assert (status, proved["state"]) == (200, "proved"), proved

    def shake(self, name: str | None, trusts: str = "", context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        """A TLS handshake with the gateway; the name and the chain are checked when somebody is trusted."""
        if context is None:
            context = ssl.create_default_context(cadata=trusts or None)
            if not trusts:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        raw = socket.create_connection(("127.0.0.1", self.tls_port), timeout=60)
        try:
            return context.wrap_socket(raw, server_hostname=name)
        except BaseException:
            raw.close()
            raise


@contextmanager
def served_in(folder: Path) -> Iterator[Served]:
    with DnsHere() as dns, WebHere() as web, Server(folder / "data") as server:
        terms = BrandSettings(
            resolver=dns.address,
            proof_name="exchange",
            proof_port=web.port,
            proof_networks=("127.0.0.0/8",),
            proof_ms=2_000,
        )
        settings = Settings(
            host=HostSettings(name=HOST_NAME, domains=("zebrahouse.com",)),
            brand=terms,
            limits=LimitSettings(scale=100_000),
        )
        here = GatewayHere(Path(server.data_dir), settings, tls=True)
        database = open_database(f"sqlite:///{server.data_dir / 'backoffice.db'}")
        with here as address:
            desks = Desks(address, Path(server.data_dir))
            yield Served(address, here.tls_port, desks, database, settings, dns, web, server.data_dir)
        database.dispose()
