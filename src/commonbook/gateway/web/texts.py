"""The texts of the app: `texts/LANGUAGE/AREA.ftl`, with a brand's own in place of ours. Rule WB-3.

An area that a language has no file of is shown in English.
"""

from functools import cache, lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from fluent.syntax import FluentParser, FluentSerializer, ast, visitor

from commonbook.brand.model import Document

FOLDER = Path(__file__).parent / "texts"
FIRST = "en"


@cache
def languages() -> tuple[str, ...]:
    """Of which there are texts; English first."""
    found = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
    return (FIRST, *(one for one in found if one != FIRST))


@cache
def areas() -> frozenset[str]:
    return frozenset(path.stem for path in (FOLDER / FIRST).glob("*.ftl"))


@lru_cache(maxsize=512)
def nearest(tag: str) -> str:
    """The language of ours for a brand's: itself, else the one of its script, else of no region; "" for none.

    `pt-BR` is `pt`, and `zh-TW`, which is written in the traditional script, is `zh-Hant`.
    """
    try:
        found = Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return ""
    wanted = (tag, f"{found.language}-{found.script}", found.language)
    return next((one for one in wanted if one in languages()), "")


def spoken(document: Document) -> list[str]:
    """The brand's languages that the app has texts for, in the brand's order; English where there is none."""
    return [one for one in document.languages if nearest(one)] or [FIRST]


def texts_of(document: Document | None, language: str, area: str) -> str | None:
    """The Fluent resource of an area in a language, the brand's own texts behind ours, since the last one counts.

    Returns:
        None: there is no such language or area.
    """
    mine = nearest(language)
    if not mine or area not in areas():
        return None
    text = ours(mine, area)
    if document is None:
        return text
    own = [f"{key} = {told[language]}\n" for key, told in document.texts.items() if language in told]
    known = keys(mine, area)
    return text + "\n" + "".join(one for one in own if _key_of(one) in known)


@cache
def ours(language: str, area: str) -> str:
    """Our own texts; English where the language has none of the area yet."""
    path = FOLDER / language / f"{area}.ftl"
    return (path if path.exists() else FOLDER / FIRST / f"{area}.ftl").read_text(encoding="utf-8")


@cache
def keys(language: str, area: str) -> frozenset[str]:
    found = FluentParser(with_spans=False).parse(ours(language, area)).body
    return frozenset(entry.id.name for entry in found if isinstance(entry, ast.Message))


@cache
def said(language: str, area: str) -> dict[str, str]:
    """Our own texts of an area by their keys, each as Fluent writes it behind the equals sign; attributes apart."""
    found = FluentParser(with_spans=False).parse(ours(language, area)).body
    writer = FluentSerializer()
    told = {
        one.id.name: writer.serialize_entry(ast.Message(one.id, one.value)).partition("=")[2]
        for one in found
        if isinstance(one, ast.Message) and one.value is not None
    }
    return {key: "\n".join(line.strip() for line in text.strip().split("\n")) for key, text in told.items()}


def why_not(key: str, text: str, area: str) -> str:
    """Why the app cannot say a brand's own text in place of ours; "" when it can.

    A text may use the variables that ours has, and no others: they are what the page knows.
    """
    found = FluentParser(with_spans=False).parse(f"{key} = {text}\n").body
    if len(found) != 1 or not isinstance(found[0], ast.Message) or found[0].id.name != key:
        return "it is no text that Fluent can read: a brace is closed, and a line after the first is indented"
    mine = FluentParser(with_spans=False).parse(f"{key} = {said(FIRST, area).get(key, '')}\n").body[0]
    known, unknown = _variables(mine), _variables(found[0])
    if unknown <= known:
        return ""
    names = ", ".join(f"${name}" for name in sorted(unknown - known))
    return f"it names {names}; known here: {', '.join(f'${one}' for one in sorted(known)) or 'nothing'}"


def _variables(entry: ast.EntryType) -> frozenset[str]:
    looked = _Variables()
    looked.visit(entry)
    return frozenset(looked.names)


class _Variables(visitor.Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.names.add(node.id.name)


def _key_of(told: str) -> str:
    """The key of a text that is one message; "" for what would be none, or more than one."""
    found = FluentParser(with_spans=False).parse(told).body
    return found[0].id.name if len(found) == 1 and isinstance(found[0], ast.Message) else ""
