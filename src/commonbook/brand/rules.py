"""What may stand in a brand's document. Rules BR-1 to BR-7: every fault is told at once, with field and value."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec
from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email

from commonbook.brand import colours
from commonbook.brand.domains import looks_like, must_be_ownable, normalized
from commonbook.brand.model import HOST_DECIDES, Document, Fault, State
from commonbook.brand.states import GOING
from commonbook.errors import BadInput

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?", re.ASCII)  # a label of DNS; 32 bytes in the journal
TITLE_MOST, TEXT_MOST, TEXTS_MOST, LANGUAGES_MOST = 60, 2_000, 500, 40
KEY = re.compile(r"[a-z][a-z0-9_.-]{0,63}", re.ASCII)
HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
NO_NAMES = frozenset({"www", "api", "localhost", "host"})
_NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
COUNTRIES = frozenset(
    one for one in map(str, Locale("en").territories) if len(one) == 2 and one.isalpha() and one not in _NOT_COUNTRIES
)


@dataclass(frozen=True)
class Known:
    """What a document is held against."""

    fonts: frozenset[str]
    logos: frozenset[str] = frozenset()  # hashes of the brand's own files
    domains_most: int = 20
    public_suffixes: tuple[str, ...] = ()
    hosts_domains: tuple[str, ...] = ()
    others_domains: frozenset[str] = frozenset()  # that other brands have proved


def read(raw: Mapping[str, Any]) -> tuple[Document | None, list[Fault]]:
    """A document out of JSON or TOML; the fields that cannot be read, all of them."""
    kinds = get_type_hints(Document)
    faults = [Fault(name, _shown(value), "there is no such field") for name, value in raw.items() if name not in kinds]
    found: dict[str, Any] = {}
    for one in msgspec.structs.fields(Document):
        if one.name in raw:
            try:
                found[one.name] = msgspec.convert(raw[one.name], kinds[one.name])
            except msgspec.ValidationError as error:
                faults.append(Fault(one.name, _shown(raw[one.name]), str(error)))
        elif one.required:
            faults.append(Fault(one.name, "", "it is missing"))
    return (Document(**found) if not faults else None), faults


def normal(document: Document) -> Document:
    """The one spelling of a document: domains as DNS has them, colours in lower case, countries in capitals.

    What cannot be read stays as it is, for `faults` to tell.
    """

    def domain(text: str) -> str:
        try:
            return normalized(text)
        except BadInput:
            return text

    painted = {name: value.lower() for name, value in msgspec.to_builtins(document.colours).items()}
    return msgspec.structs.replace(
        document,
        title=unicodedata.normalize("NFC", document.title).strip(),
        domains=tuple(map(domain, document.domains)),
        colours=msgspec.convert(painted, type(document.colours)),
        countries=tuple(sorted(one.upper() for one in document.countries)),
        support=document.support.strip(),
        sender=document.sender.strip(),
    )


def faults(document: Document, known: Known) -> list[Fault]:
    """Everything that is wrong with a document that `normal` has been over; empty when it is right."""
    found: list[Fault] = []

    def tell(name: str, value: object, why: str) -> None:
        found.append(Fault(name, _shown(value), why))

    for check in (_names, _domains, _look, _languages, _texts, _mail, _places):
        check(document, known, tell)
    return found


def hosts_alone(before: Document, after: Document) -> list[Fault]:
    """The fields that only the host may change, and that differ."""
    return [
        Fault(name, _shown(getattr(after, name)), f"the host decides it; it is {_shown(getattr(before, name))}")
        for name in HOST_DECIDES
        if getattr(before, name) != getattr(after, name)
    ]


MOVES: dict[State, frozenset[State]] = {
    State.SANDBOX: frozenset({State.LIVE, *GOING}),
    State.LIVE: frozenset({State.SUSPENDED, *GOING}),
    State.SUSPENDED: frozenset({State.LIVE, *GOING}),
    State.OFFBOARDING: frozenset({State.CLOSED}),
    State.CLOSED: frozenset(),
}

Tell = Callable[[str, object, str], None]


def _names(document: Document, known: Known, tell: Tell) -> None:
    if not NAME.fullmatch(document.name):
        tell("name", document.name, "1 to 32 letters a-z, digits and hyphens, a hyphen neither first nor last")
    elif document.name in NO_NAMES or document.name.startswith("xn--"):
        tell("name", document.name, "it is kept for other uses")
    if not 1 <= len(document.title) <= TITLE_MOST or not _is_line(document.title):
        tell("title", document.title, f"1 to {TITLE_MOST} characters in one line")
    if document.limits.users < 0:
        tell("limits.users", document.limits.users, "0 or more")


def _domains(document: Document, known: Known, tell: Tell) -> None:
    if len(document.domains) > known.domains_most:
        tell("domains", len(document.domains), f"at most {known.domains_most}")
    for number, text in enumerate(document.domains):
        name = f"domains[{number}]"
        try:
            domain = normalized(text)
            must_be_ownable(domain, known.public_suffixes, known.hosts_domains)
        except BadInput as error:
            tell(name, text, str(error).partition(": ")[2] or str(error))
            continue
        if domain in document.domains[:number]:
            tell(name, text, "it is there twice")
        if domain in known.others_domains:
            tell(name, text, "it is taken")
        elif looks_like(domain, {*known.others_domains, *known.hosts_domains}) is not None:
            tell(name, text, "it looks like a domain of somebody else")


def _look(document: Document, known: Known, tell: Tell) -> None:
    if document.logo and document.logo not in known.logos:
        tell("logo", document.logo, "upload the file first, and give the hash that is answered")
    wrong = [name for name, value in msgspec.to_builtins(document.colours).items() if not colours.is_colour(value)]
    for name in wrong:
        tell(f"colours.{name}", getattr(document.colours, name), "a colour is #rrggbb")
    if not wrong:
        for text, behind, ratio in colours.unreadable(document.colours):
            need = f"its contrast with {behind} {getattr(document.colours, behind)} is {ratio:.2f}"
            tell(
                f"colours.{text}",
                getattr(document.colours, text),
                f"{need}; at least {colours.LEAST_CONTRAST} can be read",
            )
    for name, font in msgspec.to_builtins(document.fonts).items():
        if font not in known.fonts:
            tell(f"fonts.{name}", font, f"choose of {', '.join(sorted(known.fonts))}")


def _languages(document: Document, known: Known, tell: Tell) -> None:
    if not 1 <= len(document.languages) <= LANGUAGES_MOST:
        tell("languages", len(document.languages), f"1 to {LANGUAGES_MOST}")
    for number, tag in enumerate(document.languages):
        if not _is_language(tag):
            tell(f"languages[{number}]", tag, "no language that is known, for example en, pt-BR or zh-Hans")
        elif tag in document.languages[:number]:
            tell(f"languages[{number}]", tag, "it is there twice")


def _texts(document: Document, known: Known, tell: Tell) -> None:
    if len(document.texts) > TEXTS_MOST:
        tell("texts", len(document.texts), f"at most {TEXTS_MOST} keys")
    for key, told in document.texts.items():
        if not KEY.fullmatch(key):
            tell(f"texts.{key}"[:80], key, "a key is letters a-z, digits and . _ -, at most 64")
        for language, text in told.items():
            name = f"texts.{key}.{language}"[:80]
            if language not in document.languages:
                tell(name, language, f"no language of this brand; it has {', '.join(document.languages)}")
            if not 1 <= len(text) <= TEXT_MOST or not _is_text(text):
                tell(name, text, f"1 to {TEXT_MOST:,} characters that can be shown")


def _mail(document: Document, known: Known, tell: Tell) -> None:
    for name in ("support", "sender"):
        address = getattr(document, name)
        if not address:
            continue
        try:
            checked = validate_email(address, check_deliverability=False)
        except EmailNotValidError as error:
            tell(name, address, str(error))
            continue
        own = [domain for domain in document.domains if f".{checked.ascii_domain.lower()}".endswith(f".{domain}")]
        if name == "sender" and not own:
            tell(name, address, "it must be at one of the brand's domains, or below one")


def _places(document: Document, known: Known, tell: Tell) -> None:
    for number, country in enumerate(document.countries):
        if country not in COUNTRIES:
            tell(f"countries[{number}]", country, "no country of ISO 3166-1 by its two letters")
        elif country in document.countries[:number]:
            tell(f"countries[{number}]", country, "it is there twice")


def _is_language(tag: str) -> bool:
    try:
        return tag == str(Locale.parse(tag, sep="-")).replace("_", "-")
    except (UnknownLocaleError, ValueError, TypeError):
        return False


def _is_line(text: str) -> bool:
    return text == text.strip() and all(unicodedata.category(one)[0] != "C" for one in text)


def _is_text(text: str) -> bool:
    """Without control characters but line ends, and without marks that turn the direction of what follows."""
    return all(one == "\n" or unicodedata.category(one)[0] != "C" for one in text)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
    return repr(text[:80]) if isinstance(value, str) else text[:80]
