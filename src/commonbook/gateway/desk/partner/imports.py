"""Users of an existing base: a dry run, the import, and how far it is. Rules LV-8 to LV-10 of docs/rules/leaving.md."""

from typing import Any, Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from commonbook.administration.roles import May
from commonbook.gateway.desk.asked import Asked, Asking, must_not_be_going
from commonbook.leaving import arrival
from commonbook.leaving.arrival import Arriving, Import

PAGE = 1_000


class UserFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of users, as text: a line of JSON for each, or CSV with the columns in its first line."""

    content: str
    format: Literal["jsonl", "csv"] = "jsonl"


class LineRefused(msgspec.Struct, frozen=True):
    line: int
    why: str


class DryRun(msgspec.Struct, frozen=True):
    """What would become of it."""

    rows: int
    accepted: int
    refused: list[LineRefused]


class ImportTold(msgspec.Struct, frozen=True):
    id: str
    state: str
    asked_by: str
    asked_ns: str
    content_sha256: str
    rows: int
    accepted: int
    refused: int
    made: int
    mailed: int
    mails_a_minute: int


def _told(one: Import) -> ImportTold:
    return ImportTold(
        id=str(one.id),
        state=one.state,
        asked_by=str(one.asked_by),
        asked_ns=str(one.asked_ns),
        content_sha256=one.content_hash,
        rows=one.rows,
        accepted=one.accepted,
        refused=one.refused,
        made=one.done,
        mailed=one.mailed,
        mails_a_minute=one.mails_a_minute,
    )


@post("/imports/check", needs=May.USERS, status_code=200)
async def check_import(asked: Asking, data: JSONBody[UserFile]) -> DryRun:
    """Read and check a file of users; nothing is kept."""
    asked.require(May.MARKETS)
    rows = arrival.read(data.content, data.format)
    checked = await asked.desk.read(lambda connection: _checked(connection, asked, rows))
    refused = [LineRefused(one.line, one.why) for one in checked if one.why]
    return DryRun(len(checked), len(checked) - len(refused), refused)


@post("/imports", needs=May.USERS, fresh=True, status_code=200)
async def begin_import(asked: Asking, data: JSONBody[UserFile]) -> ImportTold:
    """Import what a check accepts: each user gets a mail with a link to set a password. The same file is one import."""
    asked.require(May.MARKETS)
    desk = asked.desk
    must_not_be_going(desk, asked.brand)
    rows = arrival.read(data.content, data.format)

    def begin(connection: Any) -> Import:
        checked = _checked(connection, asked, rows)
        made = arrival.begin(
            connection, desk.seal, asked.brand, checked, data.content, asked.user, desk.settings.arrivals
        )
        asked.log(connection, "import users", f"import:{made.id}", rows=made.rows, accepted=made.accepted)
        return made

    return _told(await desk.write(begin))


def _checked(connection: Any, asked: Asked, rows: list[Arriving]) -> list[Arriving]:
    desk = asked.desk
    return arrival.check(connection, desk.seal, asked.brand, rows, desk.settings.arrivals)


@get("/imports", needs=May.USERS)
async def all_imports(asked: Asking) -> list[ImportTold]:
    """Newest first."""
    return [_told(one) for one in await asked.desk.read(lambda connection: arrival.all_of(connection, asked.brand))]


@get("/imports/{number:int}", needs=May.USERS)
async def one_import(asked: Asking, number: FromPath[int]) -> ImportTold:
    """How far it is."""
    return _told(await asked.desk.read(lambda connection: arrival.find(connection, asked.brand, number)))


@get("/imports/{number:int}/refused", needs=May.USERS)
async def import_refusals(asked: Asking, number: FromPath[int], after: FromQuery[int] = 0) -> list[LineRefused]:
    """Lines that were refused and why, 1,000 a page; `after` a line."""

    def find(connection: Any) -> list[tuple[int, str]]:
        return arrival.refusals(connection, arrival.find(connection, asked.brand, number).id, PAGE, after)

    return [LineRefused(line, why) for line, why in await asked.desk.read(find)]


@post("/imports/{number:int}/stop", needs=May.USERS, status_code=200)
async def stop_import(asked: Asking, number: FromPath[int]) -> ImportTold:
    """Make no further user and send no further mail; who is there stays."""
    asked.require(May.MARKETS)

    def stop(connection: Any) -> Import:
        asked.log(connection, "stop import", f"import:{number}")
        return arrival.stop(connection, asked.brand, number)

    return _told(await asked.desk.write(stop))


ROUTES = [check_import, begin_import, all_imports, one_import, import_refusals, stop_import]
