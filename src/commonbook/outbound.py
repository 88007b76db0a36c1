"""Reaching addresses that strangers have given: names are resolved here, and only public addresses are talked to.

Which addresses are public is decided after resolving and for all of a name's addresses, and the connection goes to the
address that was checked, so that a name cannot be one thing when it is looked at and another when it is used.
Redirects are not followed, nothing is taken from the environment, and all of it has one deadline.
"""

import asyncio
import ipaddress
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.name
import dns.resolver
import httpx

from commonbook.errors import BadInput, OutsideFailure

DNS_PORT = 53
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PUBLIC_V6 = ipaddress.ip_network("2000::/3")
# Inside what is called global by the registries, and yet no way to a public host of its own: addresses that stand for
# others (6to4, Teredo, ORCHID), for several hosts at once, or for examples.
_NOT_REACHED = tuple(
    map(
        ipaddress.ip_network,
        (
            *(
                "192.0.0.0/24",
                "192.31.196.0/24",
                "192.52.193.0/24",
                "192.88.99.0/24",
                "192.175.48.0/24",
                "198.18.0.0/15",
            ),
            *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16"),
        ),
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)  # an IPv4 address in the last 32 bits of an IPv6 one


@dataclass(frozen=True)
class Outbound:
    """How the outside is reached."""

    resolver: str = ""  # ADDRESS or ADDRESS:PORT of a DNS server; empty: the system's
    also: tuple[str, ...] = ()  # networks that are reached although they are not public
    timeout_ms: int = 5_000  # of a whole question, or of a whole answer

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name; empty when there are none.

        Raises:
            OutsideFailure: nobody answers.
        """
        records = self._ask(name, "TXT")
        return [b"".join(one.strings).decode("utf-8", "replace") for one in records]

    def addresses(self, host: str) -> list[Address]:
        """The addresses of a name, each of them public.

        Raises:
            OutsideFailure: there are none, or one that is not public.
        """
        found: list[Address] = []
        for kind in ("A", "AAAA"):
            found += [ipaddress.ip_address(one.address) for one in self._ask(host, kind)]
        if not found:
            raise OutsideFailure(f"{host} has no address")
        for address in found:
            if not self.may_reach(address):
                raise OutsideFailure(f"{host} leads to {address}, which is not public")
        return found

    def may_reach(self, address: Address) -> bool:
        return is_public(address) or any(address in ipaddress.ip_network(network) for network in self.also)

    def fetch(self, host: str, port: int, path: str, most_bytes: int) -> bytes:
        """GET http://HOST:PORT/PATH of the first address of the name. Not on an event loop.

        Raises:
            OutsideFailure: it cannot be had, is longer, is not answered with 200, or takes too long; says why.
        """
        address = self.addresses(host)[0]
        literal = f"[{address}]" if address.version == 6 else str(address)
        url = f"http://{literal}:{port}{path}"
        shown = f"http://{host}{path}"
        try:
            return asyncio.run(self._fetch(url, host if port == 80 else f"{host}:{port}", most_bytes))
        except TimeoutError:
            raise OutsideFailure(f"{shown} has not answered in {self.timeout_ms:,} ms") from None
        except httpx.HTTPError as error:
            raise OutsideFailure(f"{shown} cannot be had: {error}") from None
        except OutsideFailure as failure:
            raise OutsideFailure(f"{shown} {failure}") from None

    async def _fetch(self, url: str, host: str, most_bytes: int) -> bytes:
        headers = {"host": host, "accept": "text/plain", "accept-encoding": "identity", "user-agent": "proof"}
        async with (
            asyncio.timeout(self.timeout_ms / 1000),
            httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=self.timeout_ms / 1000) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            if response.status_code != 200:
                raise OutsideFailure(f"is answered with {response.status_code}; 200 is wanted, without a redirect")
            content = b""
            async for part in response.aiter_raw():
                content += part
                if len(content) > most_bytes:
                    raise OutsideFailure(f"is longer than {most_bytes:,} bytes")
            return content

    def _ask(self, name: str, kind: str) -> list[Any]:
        asked = dns.resolver.Resolver(configure=not self.resolver)
        asked.lifetime = self.timeout_ms / 1000
        if self.resolver:
            address, port = _address_and_port(self.resolver)
            asked.nameservers, asked.port = [address], port
        try:
            absolute = dns.name.from_text(name)
            return list(asked.resolve(absolute, kind, raise_on_no_answer=False, search=False).rrset or ())
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            why = str(error).partition("\n")[0] or type(error).__name__
            raise OutsideFailure(f"no answer about {name}: {why[:200]}") from None


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, in no disguise."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None or address not in _PUBLIC_V6:
            return False
        if int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
            return False
    if any(address.version == network.version and address in network for network in _NOT_REACHED):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_private or address.is_unspecified
    )


def _address_and_port(text: str) -> tuple[str, int]:
    """
    Raises:
        BadInput: not ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT.
    """
    try:
        return str(ipaddress.ip_address(text.strip("[]"))), DNS_PORT
    except ValueError:
        address, _, port = text.rpartition(":")
    try:
        return str(ipaddress.ip_address(address.strip("[]"))), int(port)
    except ValueError:
        raise BadInput(f"{text!r} is no DNS server; ADDRESS or ADDRESS:PORT is wanted") from None
