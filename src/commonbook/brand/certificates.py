"""Certificates of brands' domains: what is checked of one, and keeping them. Rule BR-12. Keys are sealed at rest."""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from sqlalchemy import Connection, Row, delete, insert, select, update

from commonbook.errors import BadInput
from commonbook.identity.sealing import Seal
from commonbook.storage.tables.brand import brand_certificates

UPLOAD, ACME = "upload", "acme"
LONGEST_CHAIN = 8
RSA_BITS_LEAST = 2_048


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a domain shows over TLS; its key is still sealed."""

    domain: str
    brand: int
    source: str
    chain: str
    sealed_key: str
    fingerprint: str
    not_after_ns: int
    added_ns: int

    def key(self, seal: Seal) -> bytes:
        """The private key as PEM."""
        return seal.unseal(self.sealed_key, _bound_to(self.domain, self.fingerprint))


@dataclass(frozen=True, slots=True)
class Checked:
    """A chain and its key that belong together and to the domain."""

    chain: str
    key: bytes
    fingerprint: str
    not_after_ns: int


def check(domain: str, chain: str, key: str, now: datetime | None = None) -> Checked:
    """
    Args:
        chain: PEM certificates, the domain's own first, each signed by the one behind it.
        key: the PEM private key of the first, without a passphrase.

    Raises:
        BadInput: tells what is wrong.
    """
    moment = now or datetime.now(UTC)
    certificates = _read_chain(chain)
    private = _read_key(key)
    own = certificates[0]
    same = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if own.public_key().public_bytes(*same) != private.public_key().public_bytes(*same):
        raise BadInput("the key is not the first certificate's: send the domain's own certificate first, and its key")
    if not _covers(own, domain):
        raise BadInput(f"the certificate is for {', '.join(_names(own)) or 'no domain'}, not for {domain}")
    _must_serve(own)
    for number, one in enumerate(certificates):
        if not one.not_valid_before_utc <= moment < one.not_valid_after_utc:
            told = f"from {one.not_valid_before_utc:%Y-%m-%d} to {one.not_valid_after_utc:%Y-%m-%d}"
            raise BadInput(f"certificate {number + 1} of the chain is good {told}, not now")
    for number, (one, issuer) in enumerate(pairwise(certificates)):
        try:
            one.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            why = f"certificate {number + 1} of the chain is not signed by certificate {number + 2}"
            raise BadInput(f"{why}: the domain's own comes first, each issuer behind it") from None
    return Checked(
        chain="".join(one.public_bytes(Encoding.PEM).decode() for one in certificates),
        key=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        fingerprint=hashlib.sha256(own.public_bytes(Encoding.DER)).hexdigest(),
        not_after_ns=int(min(one.not_valid_after_utc for one in certificates).timestamp()) * 1_000_000_000,
    )


def _read_chain(chain: str) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(chain.encode())
    except ValueError as error:
        raise BadInput(f"the chain cannot be read: {error}; PEM certificates are wanted") from None
    if len(found) > LONGEST_CHAIN:
        raise BadInput(f"the chain has {len(found)} certificates; at most {LONGEST_CHAIN} are taken")
    return found


def _read_key(key: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    """The reason is told in our words: those of the library may hold parts of the key."""
    try:
        found = load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadInput("the key cannot be read; a PEM private key without a passphrase is wanted") from None
    if isinstance(found, rsa.RSAPrivateKey):
        if found.key_size < RSA_BITS_LEAST:
            raise BadInput(f"the RSA key has {found.key_size} bits; at least {RSA_BITS_LEAST:,} are wanted")
        return found
    if isinstance(found, ec.EllipticCurvePrivateKey):
        return found
    raise BadInput("the key is of a kind that browsers do not take; RSA or elliptic curve is wanted")


def _names(own: x509.Certificate) -> list[str]:
    try:
        names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)


def _covers(own: x509.Certificate, domain: str) -> bool:
    above = domain.partition(".")[2]
    return any(name.lower() in (domain, f"*.{above}") for name in _names(own))


def _must_serve(own: x509.Certificate) -> None:
    try:
        uses = own.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if ExtendedKeyUsageOID.SERVER_AUTH not in uses:
        raise BadInput("the certificate is not for servers (its extended key usage lacks serverAuth)")


# -- keeping ------------------------------------------------------------------------------------------------------


def keep(connection: Connection, seal: Seal, brand: int, domain: str, source: str, checked: Checked) -> Certificate:
    """A domain's certificate, in place of the one before it."""
    row = {
        "brand": brand,
        "source": source,
        "chain": checked.chain,
        "sealed_key": seal.seal(checked.key, _bound_to(domain, checked.fingerprint)),
        "fingerprint": checked.fingerprint,
        "not_after_ns": checked.not_after_ns,
        "added_ns": time.time_ns(),
    }
    where = brand_certificates.c.domain == domain
    if connection.execute(update(brand_certificates).where(where).values(**row)).rowcount == 0:
        connection.execute(insert(brand_certificates).values(domain=domain, **row))
    return _certificate(connection.execute(select(brand_certificates).where(where)).one())


def drop(connection: Connection, brand: int, domain: str) -> bool:
    """Forget a certificate and its key; False when the brand has none for this domain."""
    mine = (brand_certificates.c.domain == domain) & (brand_certificates.c.brand == brand)
    return connection.execute(delete(brand_certificates).where(mine)).rowcount == 1


def certificates(connection: Connection, brand: int | None = None) -> list[Certificate]:
    """Of one brand, or of all."""
    chosen = select(brand_certificates).order_by(brand_certificates.c.domain)
    if brand is not None:
        chosen = chosen.where(brand_certificates.c.brand == brand)
    return [_certificate(row) for row in connection.execute(chosen)]


def _certificate(row: Row[Any]) -> Certificate:
    return Certificate(**row._mapping)


def _bound_to(domain: str, fingerprint: str) -> str:
    return f"certificate:{domain}:{fingerprint}"
