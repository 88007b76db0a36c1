"""HTTPS by the name that is asked for: each domain with its brand's own certificate, new ones without a restart.

Who asks for no name, or for one that has no certificate here, is refused in the handshake and learns of no other.
Rule BR-12.
"""

import contextlib
import os
import ssl
import tempfile
from collections.abc import Iterator

import structlog

from commonbook.brand.certificates import Certificate
from commonbook.brand.hosts import Hosts, Snapshot
from commonbook.identity.sealing import Seal

PROTOCOLS = ["http/1.1"]

log = structlog.get_logger()


class Contexts:
    """The TLS context of each domain; made when it is first asked for."""

    def __init__(self, hosts: Hosts, seal: Seal) -> None:
        self._hosts = hosts
        self._seal = seal
        self._made: dict[str, ssl.SSLContext] = {}  # by the certificate's fingerprint
        self._of: Snapshot | None = None

    def context(self) -> ssl.SSLContext:
        """What a server listens with: it has no certificate of its own."""
        first = _context()
        first.sni_callback = self._choose
        return first

    def _choose(self, handshake: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        found = self._hosts.snapshot.certificates.get((name or "").lower())
        if found is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        try:
            handshake.context = self._context_of(found)
        except Exception as failure:
            log.error("tls.not_loaded", domain=found.domain, why=str(failure))
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        return None

    def _context_of(self, certificate: Certificate) -> ssl.SSLContext:
        if self._of is not self._hosts.snapshot:
            self._of = self._hosts.snapshot
            current = {one.fingerprint for one in self._of.certificates.values()}
            self._made = {mark: context for mark, context in self._made.items() if mark in current}
        made = self._made.get(certificate.fingerprint)
        if made is None:
            made = _context()
            with _readable(certificate.chain.encode() + certificate.key(self._seal)) as path:
                made.load_cert_chain(path)
            self._made[certificate.fingerprint] = made
        return made


def _context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(PROTOCOLS)
    return made


@contextlib.contextmanager
def _readable(content: bytes) -> Iterator[str]:
    """A path that OpenSSL can read from; in memory where the system can, so that no key lies on a disk in the clear."""
    if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
        descriptor = os.memfd_create("certificate")
        try:
            os.write(descriptor, content)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        yield file.name
