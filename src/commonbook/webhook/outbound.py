"""The guard of requests to addresses that somebody has given us: a transport for httpx. Rules WH-1 to WH-3.

A name is resolved here, all of its addresses are looked at, and the connection goes to the very address that was looked
at: a name that leads elsewhere a moment later leads nobody anywhere. The certificate is checked for the name, as ever.
Each request has a connection of its own, because one that is kept belongs to an address and not to a name. Redirects,
proxies and other settings of the environment are not followed: `client` is how to get all of it right.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from commonbook.errors import BadInput, OutsideFailure
from commonbook.webhook import rules

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]  # a name's addresses, as text
DEFAULT_PORTS = {"https": 443, "http": 80}


class NotReached(OutsideFailure):
    """The guard let nothing go there."""


async def resolved(host: str, port: int) -> list[str]:
    """What the system's resolver says."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(f"{host} has no address: {error}") from None
    return list(dict.fromkeys(str(one[4][0]) for one in found))


async def checked_address(host: str, port: int, loopback_allowed: bool, resolve: Resolve = resolved) -> Address:
    """The address to connect to.

    Raises:
        NotReached: the name has none, or one of them, whichever, is not public.
    """
    try:
        rules.check_host(host, loopback_allowed)
    except BadInput as error:
        raise NotReached(str(error)) from None
    found = await resolve(host, port)
    if not found:
        raise NotReached(f"{host} has no address")
    addresses = []
    for text in found:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            raise NotReached(f"{host} leads to {text[:64]!r}, which is no address") from None
        if not rules.is_reached(address, loopback_allowed):
            raise NotReached(f"{host} leads to {address}, which is not public")
        addresses.append(address)
    return addresses[0]


class GuardedTransport(httpx.AsyncBaseTransport):
    """Resolves, checks, and connects to what was checked."""

    def __init__(
        self, loopback_allowed: bool = False, resolve: Resolve = resolved, verify: ssl.SSLContext | None = None
    ) -> None:
        """
        Args:
            verify: other authorities than the system's, for tests.
        """
        self._loopback_allowed = loopback_allowed
        self._resolve = resolve
        unkept = httpx.Limits(max_keepalive_connections=0)
        self._inner = httpx.AsyncHTTPTransport(
            verify=verify or httpx.create_ssl_context(trust_env=False), limits=unkept, trust_env=False, retries=0
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        try:
            rules.check_url(str(url), self._loopback_allowed)
        except BadInput as error:
            raise NotReached(str(error)) from None
        port = url.port or DEFAULT_PORTS[url.scheme]
        address = await checked_address(url.host, port, self._loopback_allowed, self._resolve)
        if url.scheme == "http" and not address.is_loopback:
            raise NotReached(f"{url.host} is asked without TLS; https:// is needed")
        guarded = httpx.Request(
            request.method,
            url.copy_with(host=str(address)),
            headers=request.headers,  # the Host header is there already, and names the name
            stream=request.stream,
            extensions=request.extensions | {"sni_hostname": url.host.removesuffix(".")},
        )
        return await self._inner.handle_async_request(guarded)

    async def aclose(self) -> None:
        await self._inner.aclose()


def client(
    loopback_allowed: bool, timeout_s: float, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A client behind the guard: no redirects, no proxies, no cookies of others, nothing out of the environment.

    Args:
        timeout_s: of each step; `ask` bounds a request as a whole.
    """
    return httpx.AsyncClient(
        transport=transport or GuardedTransport(loopback_allowed),
        follow_redirects=False,
        trust_env=False,
        timeout=timeout_s,
        headers={"user-agent": "commonbook", "accept-encoding": "identity"},
    )


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes


async def ask(http: httpx.AsyncClient, request: httpx.Request, within_s: float, most_bytes: int) -> Answer:
    """One request and its answer, whole within a time.

    Args:
        most_bytes: of the answer's body that are read; 0: none, whatever it has.

    Raises:
        OutsideFailure: nobody answers, the answer is too long or too late, or the guard speaks against it.
    """
    try:
        async with asyncio.timeout(within_s):
            response = await http.send(request, stream=True)
            try:
                content = await _read(response, most_bytes) if most_bytes else b""
            finally:
                await response.aclose()
    except TimeoutError:
        raise OutsideFailure(f"{request.url.host} has not answered within {within_s:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
        raise OutsideFailure(f"{request.url.host}: {error or type(error).__name__}") from None
    return Answer(response.status_code, content)


async def _read(response: httpx.Response, most_bytes: int) -> bytes:
    content = b""
    async for part in response.aiter_raw():
        content += part
        if len(content) > most_bytes:
            raise OutsideFailure(f"{response.request.url.host} answers with more than {most_bytes:,} bytes")
    return content
