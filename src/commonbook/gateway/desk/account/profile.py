"""What is kept of a user, told to the user alone. Rule PE-12."""

import msgspec
from litestar import get, patch
from litestar.params import JSONBody
from sqlalchemy import Connection

from commonbook.administration.roles import Role
from commonbook.errors import BadInput
from commonbook.gateway.desk.account.parts import by_session, country_of, language_of
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.people import directory, factors, recovery
from commonbook.terms import service as terms

NAME_CHARACTERS, WORD_CHARACTERS, PHONE_CHARACTERS = 64, 32, 20


class RecoveryTold(msgspec.Struct, frozen=True):
    """A new password that was asked for: it can be stopped."""

    requested_ns: str
    ready_ns: str


class Me(msgspec.Struct, frozen=True):
    user: str
    account: str
    email: str
    language: str
    country: str
    display_name: str
    word: str  # the user's own, in every mail
    phone: str
    second_factors: list[str]
    roles: list[Role]
    withdrawals_from_ns: str  # "" when they are not locked
    recoveries: list[RecoveryTold]


class ProfileChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is absent stays; "" takes a value away."""

    language: str | None = None
    country: str | None = None
    display_name: str | None = None
    word: str | None = None
    phone: str | None = None


@get("/me", needs=Needs.USER)
async def me(asked: Asking) -> Me:
    return await asked.desk.read(lambda connection: _me(connection, asked))


@patch("/profile", needs=Needs.USER, status_code=200)
async def change(asked: Asking, data: JSONBody[ProfileChange]) -> Me:
    """Change what is given."""
    by_session(asked)
    new = {
        name: value
        for name, value in {
            "country": None if data.country is None else country_of(data.country),
            "display_name": _printable("display_name", data.display_name, NAME_CHARACTERS),
            "word": _printable("word", data.word, WORD_CHARACTERS),
            "phone": _phone(data.phone),
        }.items()
        if value is not None
    }
    language = None if data.language is None else language_of(asked, data.language)

    def work(connection: Connection) -> Me:
        kept = directory.personal(connection, asked.desk.seal, asked.user) | new
        kept = {name: value for name, value in kept.items() if value}
        directory.keep_personal(connection, asked.desk.seal, asked.user, kept)
        if new.get("country"):
            terms.first_country(connection, asked.user, new["country"])
        if language is not None:
            directory.change(connection, asked.user, language=language)
        return _me(connection, asked)

    return await asked.desk.write(work)


def _me(connection: Connection, asked: Asked) -> Me:
    user = directory.find(connection, asked.user)
    personal = directory.personal(connection, asked.desk.seal, user.id)
    return Me(
        user=str(user.id),
        account=str(user.account or ""),
        email=personal.get("email", ""),
        language=user.language,
        country=personal.get("country", ""),
        display_name=personal.get("display_name", ""),
        word=personal.get("word", ""),
        phone=personal.get("phone", ""),
        second_factors=factors.kinds_of(connection, user.id),
        roles=sorted(asked.roles),
        withdrawals_from_ns=str(user.withdrawals_from_ns or ""),
        recoveries=[
            RecoveryTold(str(one.requested_ns), str(one.ready_ns)) for one in recovery.under_way(connection, user.id)
        ],
    )


def _printable(name: str, value: str | None, most: int) -> str | None:
    if value is not None and (len(value) > most or not value.isprintable()):
        raise BadInput(f"{name}: at most {most} printable characters")
    return None if value is None else value.strip()


def _phone(value: str | None) -> str | None:
    plain = None if value is None else "".join(one for one in value if one not in " -()")
    if plain and not (plain.startswith("+") and plain[1:].isascii() and plain[1:].isdigit() and 8 <= len(plain) <= 16):
        raise BadInput("phone: + and 7 to 15 digits, with the country's")
    return plain


ROUTES = [me, change]
