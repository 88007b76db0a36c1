"""Who controls a domain: a record in its DNS, or a file on its web server, that only its controller can put there.

Rules BR-8 and BR-11. The token is the brand's own for this domain, so that nobody proves it with another's.
"""

from commonbook.brand.store import Domain
from commonbook.errors import OutsideFailure
from commonbook.outbound import Outbound
from commonbook.settings import BrandSettings

DNS, FILE = "dns", "file"


def outbound(settings: BrandSettings) -> Outbound:
    return Outbound(settings.resolver, settings.proof_networks, settings.proof_ms)


def record_of(settings: BrandSettings, domain: str) -> str:
    """Where the DNS record is looked for, of type TXT, with the token as its text."""
    return f"_{settings.proof_name}.{domain}"


def path_of(settings: BrandSettings, token: str) -> str:
    """Where the file is looked for, with the token as its content."""
    return f"/.well-known/{settings.proof_name}-proof/{token}"


def look(settings: BrandSettings, domain: Domain) -> str:
    """Look for a proof, in DNS first. Takes time: not on an event loop.

    Returns:
        which was found: DNS or FILE.

    Raises:
        OutsideFailure: neither was; says what was found instead.
    """
    reach = outbound(settings)
    record = record_of(settings, domain.domain)
    try:
        found = reach.texts(record)
        if domain.token in found:
            return DNS
        in_dns = f"{record} says {', '.join(found)[:100]!r}" if found else f"there is no record {record}"
    except OutsideFailure as failure:
        in_dns = str(failure)
    try:
        content = reach.fetch(domain.domain, settings.proof_port, path_of(settings, domain.token), settings.proof_bytes)
    except OutsideFailure as failure:
        raise OutsideFailure(f"{in_dns}; {failure}") from None
    if content.strip() != domain.token.encode():
        raise OutsideFailure(f"{in_dns}; the file says {content[:80].decode('utf-8', 'replace')!r}")
    return FILE
