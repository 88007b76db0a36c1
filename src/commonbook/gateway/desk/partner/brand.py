"""A brand's team on what the brand is: its document, its logo, its domains and their certificates."""

import asyncio
import time
from typing import Any

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from commonbook.administration.roles import May
from commonbook.brand import certificates, proof, proving, service, store
from commonbook.brand.certificates import UPLOAD, Certificate
from commonbook.brand.domains import normalized, shown
from commonbook.brand.store import Domain
from commonbook.errors import Declined
from commonbook.gateway.desk import brands
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.brands import Change, Undo, VersionLine, VersionTold
from commonbook.gateway.limits import Claim, Limit, Limits

LOOKS = Limit(10, 60_000)  # of a brand at its domains, on request

_looks = Limits()


class NewLogo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    content: bytes  # base64: an SVG that only draws, or a PNG


class LogoTold(msgspec.Struct, frozen=True):
    hash: str  # what the document names it by


class DomainTold(msgspec.Struct, frozen=True):
    """A domain of the document. It serves while it is proved."""

    domain: str
    shown: str
    state: str  # waiting, proved, missing
    token: str
    dns_record: str  # its name; of type TXT, with the token as its text
    file: str  # or the address of a file, with the token as its content
    proved_ns: str
    checked_ns: str
    missing_since_ns: str
    stops_ns: str  # serving, unless it is proved again; 0: it does not stop
    why: str


class CertificateTold(msgspec.Struct, frozen=True):
    domain: str
    source: str
    fingerprint: str
    not_after_ns: str
    added_ns: str


class NewCertificate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PEM; the domain's own certificate first, each issuer behind it; the key without a passphrase."""

    chain: str
    key: str


@get("/brand", needs=May.LOOK)
async def current(asked: Asking) -> VersionTold:
    """The brand's document as it is, and which version that is."""
    return brands.told(await brands.current(asked, _own(asked)))


@put("/brand", needs=May.BRAND)
async def change(asked: Asking, data: JSONBody[Change]) -> VersionTold:
    """Change the document: the whole of it, made from the version it names."""
    return await brands.change(asked, _own(asked), data)


@get("/brand/versions", needs=May.LOOK)
async def versions(asked: Asking, before: FromQuery[int] = 2**31 - 1) -> list[VersionLine]:
    """Newest first; 100 a page."""
    return await brands.versions(asked, _own(asked), before)


@get("/brand/versions/{version:int}", needs=May.LOOK)
async def one_version(asked: Asking, version: FromPath[int]) -> VersionTold:
    own = asked.brand
    return brands.told(await asked.desk.read(lambda connection: store.find_version(connection, own, version)))


@post("/brand/undo", needs=May.BRAND, status_code=200)
async def undo(asked: Asking, data: JSONBody[Undo]) -> VersionTold:
    """A new version that says what an older one said."""
    return await brands.undo(asked, _own(asked), data)


@post("/brand/logo", needs=May.BRAND)
async def upload_logo(asked: Asking, data: JSONBody[NewLogo]) -> LogoTold:
    """Take in a file. It shows once the document names it."""
    desk, who, own = asked.desk, brands.author(asked), asked.brand
    return LogoTold(
        await desk.write(lambda connection: service.keep_logo(connection, desk.settings, own, data.content, who))
    )


@get("/brand/domains", needs=May.LOOK)
async def domains(asked: Asking) -> list[DomainTold]:
    """The document's domains, and how each is proved."""
    own = asked.brand
    found = await asked.desk.read(lambda connection: store.domains_of(connection, own))
    return [_domain(asked, one) for one in found]


@post("/brand/domains/{domain:str}/prove", needs=May.BRAND, status_code=200)
async def prove(asked: Asking, domain: FromPath[str]) -> DomainTold:
    """Look for the proof now; it is looked for every few minutes as well."""
    own, name = asked.brand, normalized(domain)
    if _looks.spend([Claim(own, LOOKS)], time.monotonic_ns() // 10**6) is not None:
        raise Declined("too_many_requests", f"{LOOKS.most} looks a minute: wait a little")
    desk = asked.desk
    one = await desk.read(lambda connection: store.find_domain(connection, own, name))
    await asyncio.to_thread(proving.look_at, desk.database, desk.settings, one, time.time_ns())
    await brands.look_again(asked)
    return _domain(asked, await desk.read(lambda connection: store.find_domain(connection, own, name)))


@get("/brand/certificates", needs=May.LOOK)
async def list_certificates(asked: Asking) -> list[CertificateTold]:
    own = asked.brand
    found = await asked.desk.read(lambda connection: certificates.certificates(connection, own))
    return [_certificate(one) for one in found]


@put("/brand/certificates/{domain:str}", needs=May.BRAND, fresh=True)
async def upload_certificate(asked: Asking, domain: FromPath[str], data: JSONBody[NewCertificate]) -> CertificateTold:
    """A certificate of the brand's own for a proved domain; in force within a second."""
    own, name, desk = asked.brand, normalized(domain), asked.desk
    checked = await asyncio.to_thread(certificates.check, name, data.chain, data.key)

    def keep(connection: Any) -> Certificate:
        if not store.find_domain(connection, own, name).is_proved:
            raise Declined("domain_not_proved", f"{name} is not proved yet: prove it first")
        made = certificates.keep(connection, desk.seal, own, name, UPLOAD, checked)
        asked.log(connection, "upload certificate", name, fingerprint=checked.fingerprint)
        return made

    made = await desk.write(keep)
    await brands.look_again(asked)
    return _certificate(made)


@delete("/brand/certificates/{domain:str}", needs=May.BRAND, fresh=True, status_code=200)
async def drop_certificate(asked: Asking, domain: FromPath[str]) -> list[CertificateTold]:
    """Forget a certificate and its key."""
    own, name, desk = asked.brand, normalized(domain), asked.desk

    def drop(connection: Any) -> None:
        if not certificates.drop(connection, own, name):
            raise Declined("no_such_certificate", f"there is no certificate of {name}")
        asked.log(connection, "drop certificate", name)

    await desk.write(drop)
    await brands.look_again(asked)
    return [_certificate(one) for one in await desk.read(lambda connection: certificates.certificates(connection, own))]


def _own(asked: Asked) -> Any:
    return brands.brand_numbered(asked, asked.brand)


def _domain(asked: Asked, one: Domain) -> DomainTold:
    terms = asked.desk.settings.brand
    lapse_ns = terms.lapse_hours * 3_600 * 10**9
    state = "waiting" if not one.is_proved else "missing" if one.missed_ns else "proved"
    return DomainTold(
        domain=one.domain,
        shown=shown(one.domain),
        state=state,
        token=one.token,
        dns_record=proof.record_of(terms, one.domain),
        file=f"http://{one.domain}{proof.path_of(terms, one.token)}",
        proved_ns=str(one.proved_ns),
        checked_ns=str(one.checked_ns),
        missing_since_ns=str(one.missed_ns),
        stops_ns=str(one.missed_ns + lapse_ns if one.missed_ns else 0),
        why=one.why,
    )


def _certificate(one: Certificate) -> CertificateTold:
    return CertificateTold(one.domain, one.source, one.fingerprint, str(one.not_after_ns), str(one.added_ns))


ROUTES = [
    current,
    change,
    versions,
    one_version,
    undo,
    upload_logo,
    domains,
    prove,
    list_certificates,
    upload_certificate,
    drop_certificate,
]
