"""Creating brands and changing them: what the desks, the command line and the demo do alike. Rules BR-1 to BR-7.

Creating is one act that may be repeated from its beginning: the brand's command, its fee schedules, version 1 of its
document. A crash between them leaves a brand that the same call completes.
"""

import dataclasses
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, delete

from commonbook.administration.log import HOST_ACTOR, write
from commonbook.administration.roles import HOST
from commonbook.brand import logo, rules, store
from commonbook.brand.model import HOST_DECIDES, Document, Fault, State, Version, default
from commonbook.errors import BadDecimal, BadInput, Declined
from commonbook.instrument.model import Brand, Rates
from commonbook.instrument.venue import Venue
from commonbook.records import CommandKind, FeeScope, KillScope, Records, Refusal, commands, refusal_of
from commonbook.settings import Settings
from commonbook.storage.tables.brand import brand_certificates
from commonbook.units import format_units, parse_units

ATTEMPTS = 5  # of others who create a brand at the same moment
LEVELS = 10
NOTE_MOST = 500

Submit = Callable[[Records], Awaitable[Records]]  # command records in, the events of all of them out, durable
ReadVenue = Callable[[], Awaitable[Venue]]  # as the core has it now


class Fee(Struct, frozen=True, forbid_unknown_fields=True):
    """What a brand charges at a VIP level, as parts of one: "0.001" is 10 basis points."""

    level: int
    maker: str
    taker: str


class NewBrand(Struct, frozen=True, forbid_unknown_fields=True):
    """What a brand is created of."""

    document: Document
    fees: tuple[Fee, ...] = ()  # none: the floor of the venue, at level 0
    logo: bytes = b""  # the file; its hash goes into the document


class Created(Struct, frozen=True):
    brand: int
    version: Version
    is_new: bool  # False: the same was created before


@dataclass(frozen=True)
class Author:
    """Who does it, as versions and logs tell it."""

    actor: str  # user:N, or host
    brand: int  # whose user it is; HOST for the host's people

    @property
    def shown(self) -> str:
        """What a brand may know of it (AD-7)."""
        return HOST_ACTOR if self.brand == HOST else self.actor


# -- creating -----------------------------------------------------------------------------------------------------


def opening(number: int, name: str, fees: dict[int, Rates]) -> list[Records]:
    """The commands that open a brand: itself, then what it charges at each level."""
    brand = commands(CommandKind.BRAND)
    brand["brand"], brand["name"] = number, name.encode()
    return [brand, *(_fee_command(number, level, rates) for level, rates in sorted(fees.items()))]


def _fee_command(brand: int, level: int, rates: Rates) -> Records:
    record = commands(CommandKind.FEES)
    record["scope"], record["brand"], record["level"] = FeeScope.BRAND, brand, level
    record["maker_rate_e8"], record["taker_rate_e8"] = rates.maker_e8, rates.taker_e8
    return record


async def create(
    read_venue: ReadVenue, submit: Submit, database: Engine, settings: Settings, new: NewBrand, author: Author
) -> Created:
    """A brand with version 1 of its document, in the state sandbox, and its fees. Repeated, it completes itself.

    The document follows the brand's own command at once, so that a brand whose creation was broken off is none that is
    live by default.

    Raises:
        BadInput, Declined: `invalid_brand` tells every fault; `brand_exists` has another document;
            `refused_...` the core's word. Before the first command nothing has changed.
    """
    venue = await read_venue()
    rates = fees_of(new.fees, venue)
    kind = logo.kind_of(new.logo, settings.brand.logo_bytes) if new.logo else ""
    document = rules.normal(new.document)
    if document.state is not State.SANDBOX:
        why = "a brand begins in the state sandbox; take it live afterwards, which needs another user's yes"
        raise _invalid([Fault("state", document.state, why)])
    there = brand_named(venue, document.name)
    with database.connect() as connection:
        known = _known(connection, settings, 0 if there is None else there.id)
        document, known = _with_logo(document, known, new.logo)
        _must_be_right(document, known)
    number = await _open(read_venue, submit, venue, document.name)
    try:
        with database.begin() as connection:
            version, is_new = store.add_version(connection, number, 0, document, author.shown, "created"), True
            if new.logo:
                store.keep_file(connection, number, kind, new.logo)
            _keep_rest(connection, number, document)
            _log(connection, author, number, "create brand", version)
    except Declined:  # it has a document already
        version, is_new = _same(database, number, document), False
    _, *fees = opening(number, document.name, rates)
    for level, record in zip(sorted(rates), fees, strict=True):
        if (number, level) not in venue.schedules:
            _must_be_taken(refusal_of(await submit(record)), f"the fees of level {level}")
    return Created(number, version, is_new)


async def _open(read_venue: ReadVenue, submit: Submit, venue: Venue, name: str) -> int:
    """The number of the brand of this name, which is opened if there is none."""
    for _ in range(ATTEMPTS):
        there = brand_named(venue, name)
        if there is not None:
            return there.id
        number = max(venue.brands, default=0) + 1
        refusal = refusal_of(await submit(opening(number, name, {})[0]))
        if refusal is None:
            return number
        if refusal is not Refusal.DUPLICATE_ID:  # else somebody else's has come first
            _must_be_taken(refusal, f"the brand {name}")
        venue = await read_venue()
    raise Declined("try_again", "others create brands at the same moment: try again")


def keep_first(connection: Connection, brand: int, document: Document, note: str) -> Version:
    """Version 1 of a brand whose commands are sent already, by the host's own hand: at the setting up of a venue."""
    version = store.add_version(connection, brand, 0, document, HOST_ACTOR, note)
    _keep_rest(connection, brand, document)
    _log(connection, Author(HOST_ACTOR, HOST), brand, "create brand", version)
    return version


def fees_of(fees: Sequence[Fee], venue: Venue) -> dict[int, Rates]:
    """Rates by level; the floor of the venue when none are given.

    Raises:
        Declined: `invalid_brand`.
    """
    faults: list[Fault] = []
    found: dict[int, Rates] = {}
    for number, fee in enumerate(fees):
        where = f"fees[{number}]"
        if not 0 <= fee.level < LEVELS or fee.level in found:
            faults.append(Fault(f"{where}.level", str(fee.level), f"0 to {LEVELS - 1}, each once"))
            continue
        rates = []
        for name, floor in (("maker", venue.floor.maker_e8), ("taker", venue.floor.taker_e8)):
            text = getattr(fee, name)
            try:
                rates.append(parse_units(text, 8))
            except BadDecimal as error:
                faults.append(Fault(f"{where}.{name}", text, str(error)))
                continue
            if not floor <= rates[-1] < 10**8:
                why = f"from the floor of the venue, {format_units(floor, 6)} %, to below 100 %"
                faults.append(Fault(f"{where}.{name}", text, why))
        if len(rates) == 2:
            found[fee.level] = Rates(rates[0], rates[1], False)
    if faults:
        raise _invalid(faults)
    return found or {0: Rates(venue.floor.maker_e8, venue.floor.taker_e8, False)}


def _same(database: Engine, brand: int, document: Document) -> Version:
    """The brand's version 1: either what was asked for was done before, or it is another one."""
    with database.connect() as connection:
        first = store.find_version(connection, brand, 1)
    if first.document != document:
        raise Declined("brand_exists", f"there is a brand {document.name} already: change it, or choose another name")
    return first


# -- changing -----------------------------------------------------------------------------------------------------


def current(connection: Connection, brand: Brand) -> Version:
    """The newest version; of a brand that nobody has described, number 0 (BR-7)."""
    found = store.current(connection, brand.id)
    if found is not None:
        return found
    document = default(brand.name)
    return Version(brand.id, 0, document, store.hash_of(document), 0, HOST_ACTOR, "")


def change(
    connection: Connection,
    settings: Settings,
    brand: Brand,
    based_on: int,
    document: Document,
    author: Author,
    note: str,
) -> Version:
    """A new version of a brand's document, in the caller's transaction.

    Args:
        based_on: the version that the change was made to.

    Raises:
        Declined: `stale_version`; `invalid_brand`; `not_changed`; `host_decides` for what a brand's team cannot change.
    """
    before = current(connection, brand)
    after = rules.normal(document)
    if before.version != based_on:
        store.add_version(connection, brand.id, based_on, after, author.shown, note)  # says which is the newest
    if after.name != before.document.name:
        raise _invalid([Fault("name", repr(after.name), f"a brand's name stays; it is {before.document.name!r}")])
    if after.state is not before.document.state:
        raise _invalid([Fault("state", after.state, "it is moved by an act of its own, not by a change")])
    if author.brand != HOST:
        alone = rules.hosts_alone(before.document, after)
        if alone:
            raise Declined("host_decides", "; ".join(map(str, alone)), **_values(alone))
    return _change(connection, settings, brand, before, after, author, note)


def faults_of(connection: Connection, settings: Settings, brand: Brand, draft: Document) -> list[Fault]:
    """What keeps a draft of a brand's team from being said (BR-16); empty when nothing does.

    Args:
        draft: as `rules.normal` has it.
    """
    before = current(connection, brand).document
    return [*rules.faults(draft, _known(connection, settings, brand.id)), *rules.hosts_alone(before, draft)]


def undo(
    connection: Connection,
    settings: Settings,
    brand: Brand,
    based_on: int,
    to: int,
    author: Author,
    note: str,
) -> Version:
    """A new version that is equal to an older one, in all that the author may change (BR-6).

    Raises:
        Declined: as `change`, and `no_such_version`.
    """
    before = current(connection, brand)
    older = store.find_version(connection, brand.id, to).document
    kept = ("name", "state", "notice_ends_ns") if author.brand == HOST else HOST_DECIDES
    after = replace(older, **{name: getattr(before.document, name) for name in kept})
    return change(connection, settings, brand, based_on, after, author, note or f"back to version {to}")


def move(connection: Connection, settings: Settings, brand: Brand, to: State, author: Author, note: str) -> Version:
    """Take a brand to another state, in the caller's transaction; the same state again is no change.

    Raises:
        Declined: `wrong_state` for a way that there is none.
    """
    before = current(connection, brand)
    if before.document.state is to:
        return before
    must_lead_to(before.document.state, to)
    after = replace(before.document, state=to)
    version = store.add_version(connection, brand.id, before.version, after, author.shown, note[:NOTE_MOST])
    if before.version == 0:
        _keep_rest(connection, brand.id, after)
    _log(connection, author, brand.id, f"{to} brand", version)
    return version


def must_lead_to(before: State, to: State) -> None:
    """
    Raises:
        Declined: `wrong_state`.
    """
    if to not in rules.MOVES[before]:
        ways = ", ".join(sorted(rules.MOVES[before])) or "nowhere"
        raise Declined("wrong_state", f"a brand that is {before} cannot be {to}; from there it goes to: {ways}")


def switch(brand: int, is_stopped: bool) -> Records:
    """The kill switch of a brand: on while it is suspended and once it is closed."""
    record = commands(CommandKind.KILL)
    record["scope"], record["target"], record["active"] = KillScope.BRAND, brand, is_stopped
    return record


def keep_logo(connection: Connection, settings: Settings, brand: int, content: bytes, author: Author) -> str:
    """Take in a logo; gives the hash by which a document names it.

    Raises:
        BadInput: it is none that is taken.
    """
    kind = logo.kind_of(content, settings.brand.logo_bytes)
    hashed = store.keep_file(connection, brand, kind, content)
    if author.brand == HOST:
        write(connection, HOST, author.actor, "upload logo", f"brand:{brand} {hashed}")
    write(connection, brand, author.shown, "upload logo", hashed)
    return hashed


def _change(
    connection: Connection,
    settings: Settings,
    brand: Brand,
    before: Version,
    after: Document,
    author: Author,
    note: str,
) -> Version:
    _must_be_right(after, _known(connection, settings, brand.id))
    if after == before.document and before.version:
        raise Declined("not_changed", f"this is what version {before.version} says already")
    if len(note) > NOTE_MOST:
        raise BadInput(f"note: at most {NOTE_MOST} characters, it has {len(note)}")
    version = store.add_version(connection, brand.id, before.version, after, author.shown, note)
    _keep_rest(connection, brand.id, after)
    changed = sorted(name for name in after.__struct_fields__ if getattr(after, name) != getattr(before.document, name))
    _log(connection, author, brand.id, "change brand", version, fields=changed)
    return version


def _keep_rest(connection: Connection, brand: int, document: Document) -> None:
    """What follows from a document: claims of its domains, and no certificate of one that it does not name."""
    store.keep_domains(connection, brand, document.domains)
    mine = brand_certificates.c.brand == brand
    connection.execute(delete(brand_certificates).where(mine, brand_certificates.c.domain.not_in(document.domains)))


def _known(connection: Connection, settings: Settings, brand: int) -> rules.Known:
    terms = settings.brand
    return rules.Known(
        fonts=frozenset(terms.fonts),
        logos=store.files_of(connection, brand) if brand else frozenset(),
        domains_most=terms.domains,
        public_suffixes=terms.public_suffixes,
        hosts_domains=settings.host.domains,
        others_domains=store.others_domains(connection, brand),
    )


def _with_logo(document: Document, known: rules.Known, content: bytes) -> tuple[Document, rules.Known]:
    """The document names the file that comes with it."""
    if not content:
        return document, known
    hashed = store.hash_of_file(content)
    return replace(document, logo=hashed), dataclasses.replace(known, logos=known.logos | {hashed})


def _must_be_right(document: Document, known: rules.Known) -> None:
    faults = rules.faults(document, known)
    if faults:
        raise _invalid(faults)


def read(raw: dict[str, Any]) -> Document:
    """A document out of JSON or TOML.

    Raises:
        Declined: `invalid_brand`, of all fields that cannot be read.
    """
    document, faults = rules.read(raw)
    if document is None:
        raise _invalid(faults)
    return document


def _invalid(faults: list[Fault]) -> Declined:
    return Declined("invalid_brand", "; ".join(map(str, faults)), **_values(faults))


def _values(faults: list[Fault]) -> dict[str, str]:
    return {one.field: f"{one.value}: {one.why}" for one in faults}


def _log(
    connection: Connection, author: Author, brand: int, act: str, version: Version, fields: Sequence[str] = ()
) -> None:
    """In the brand's log; what the host does is in the host's as well, with who did it (AD-7)."""
    moment, subject = time.time_ns(), f"version:{version.version}"
    told: dict[str, Any] = {"hash": version.hash, "note": version.note} | ({"fields": list(fields)} if fields else {})
    if author.brand == HOST:
        write(connection, HOST, author.actor, act, f"brand:{brand} {subject}", moment, **told)
    write(connection, brand, author.shown, act, subject, moment, **told)


def brand_named(venue: Venue, name: str) -> Brand | None:
    return next((one for one in venue.brands.values() if one.name.lower() == name), None)


def _must_be_taken(refusal: Refusal | None, what: str) -> None:
    if refusal is not None:
        raise Declined(f"refused_{refusal.name.lower()}", f"the core has refused {what}: {refusal.name}")
