"""Signing the hours that are settled and publishing them, one behind the other. Rules BP-1 to BP-3.

The file comes first and the row in the tables behind it. What is signed holds no time, and an Ed25519 signature is
the same whenever it is made: after a crash between the two, or with the tables lost, the same line is found again.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError

from commonbook.broker.hours import (
    KEY_FILE,
    SignedHour,
    Signer,
    check_chain,
    first_link,
    path_of_hour,
    read_hour,
    sign_hour,
)
from commonbook.errors import Mismatch, OutsideFailure
from commonbook.storage.tables.broker import settlement_hours, settlements, signed_hours
from commonbook.whole_file import make_folder, write_once, write_whole

log = structlog.get_logger()


def sign_due(database: Engine, folder: Path, signer: Signer) -> list[SignedHour]:
    """Sign every hour that is computed and not signed yet, oldest first.

    Args:
        folder: where the statements lie.

    Raises:
        OutsideFailure: an hour that is signed has another root by now, or a file is not what was signed; nothing is
            signed until that is settled.
    """
    found: list[SignedHour] = []
    with database.connect() as connection:
        programs = list(connection.execute(select(settlement_hours.c.program).distinct()).scalars())
    for program in sorted(programs):
        _take_files(database, folder, program)
        with database.connect() as connection:
            _must_be_as_signed(connection, program)
            before = newest(connection, program)
            due = _due(connection, program, -1 if before is None else before.hour)
        for hour, root, roots in due:
            before = _sign(database, folder, signer, program, hour, root, roots, before)
            found.append(before)
    if found:
        _publish_key(folder, signer)
        _restore_files(database, folder)
    return found


def newest(connection: Connection, program: str) -> SignedHour | None:
    """The program's signed hour with the highest number.

    Raises:
        OutsideFailure: the tables have something else than what was signed.
    """
    try:
        return next(iter(signed_hours_of(connection, program, None, 1)), None)
    except Mismatch as wrong:
        raise OutsideFailure(f"the newest signed hour of {program} in the tables: {wrong}; restore them") from None


def _must_be_as_signed(connection: Connection, program: str) -> None:
    """A rewritten hour is found: its root is not the one that was signed."""
    both = (settlement_hours.c.program == signed_hours.c.program) & (settlement_hours.c.hour == signed_hours.c.hour)
    differs = (settlement_hours.c.root != signed_hours.c.root) & (settlement_hours.c.root != "")
    chosen = select(settlement_hours.c.hour, signed_hours.c.root, settlement_hours.c.root.label("now"))
    mine = settlement_hours.c.program == program
    row = connection.execute(chosen.join(signed_hours, both).where(differs & mine).limit(1)).first()
    if row is not None:
        raise OutsideFailure(
            f"hour {row.hour} of {program} was signed with the root {row.root}, and the tables have {row.now}:"
            " restore them from the backup, or build them anew from the journal"
        )


def _due(connection: Connection, program: str, after: int) -> list[tuple[int, str, list[str]]]:
    """(hour, root, roots of its statements) of what is computed behind an hour; of before there were roots, nothing."""
    mine = (settlement_hours.c.program == program) & (settlement_hours.c.hour > after) & (settlement_hours.c.root != "")
    chosen = select(settlement_hours.c.hour, settlement_hours.c.root).where(mine).order_by(settlement_hours.c.hour)
    return [(row.hour, row.root, _roots(connection, program, row.hour)) for row in connection.execute(chosen).all()]


def _roots(connection: Connection, program: str, hour: int) -> list[str]:
    mine = (settlements.c.program == program) & (settlements.c.hour == hour) & (settlements.c.broker != 0)
    return list(connection.execute(select(settlements.c.root).where(mine).order_by(settlements.c.broker)).scalars())


def _sign(
    database: Engine,
    folder: Path,
    signer: Signer,
    program: str,
    hour: int,
    root: str,
    roots: list[str],
    before: SignedHour | None,
) -> SignedHour:
    number, previous = (1, first_link()) if before is None else (before.number + 1, before.link)
    text = sign_hour(signer, program, hour, number, roots, previous)
    one = read_hour(text)
    if one.root != root:
        raise OutsideFailure(f"hour {hour} of {program}: its statements have the root {one.root}, and the hour {root}")
    make_folder(folder)
    path = path_of_hour(folder, program, hour)
    write_once(path, f"{text}\n".encode())
    if path.read_text(encoding="ascii") != f"{text}\n":
        raise OutsideFailure(f"{path} is another hour than the one to be signed: see what it was signed over")
    try:
        with database.begin() as connection:
            connection.execute(insert(signed_hours).values(**_row(one, text)))
    except IntegrityError:  # somebody else signs as well: what is signed is the same
        with database.connect() as connection:
            if signed_hour_text(connection, program, hour) != text:
                raise
    log.info("hour.signed", program=program, hour=hour, number=number, root=one.root)
    return one


def _row(one: SignedHour, text: str) -> dict[str, Any]:
    return {"program": one.program, "hour": one.hour, "number": one.number, "root": one.root, "text": text}


def _take_files(database: Engine, folder: Path, program: str) -> None:
    """Where the tables know of no signed hour, because they were lost, those in the files count."""
    with database.connect() as connection:
        if newest(connection, program) is not None:
            return  # the folder, which may have millions of files, is not looked through
    found: list[tuple[SignedHour, str]] = []
    for path in folder.glob(f"hour-{program}-*.json"):
        try:
            text = path.read_text(encoding="ascii").removesuffix("\n")
            found.append((read_hour(text), text))
        except (Mismatch, ValueError) as wrong:
            raise OutsideFailure(f"{path}: {wrong}; restore it from the backup") from None
    if not found:
        return
    found.sort(key=lambda one: one[0].number)
    try:
        check_chain(one for one, _ in found)
    except Mismatch as wrong:
        raise OutsideFailure(f"{folder}: {wrong}; restore the files from the backup") from None
    # Where somebody else is about it as well, the rows are there already.
    with suppress(IntegrityError), database.begin() as connection:
        connection.execute(insert(signed_hours), [_row(one, text) for one, text in found])


def _publish_key(folder: Path, signer: Signer) -> None:
    path, text = folder / KEY_FILE, f"{signer.public}\n".encode()
    write_once(path, text)
    if path.read_bytes() != text:
        write_whole(path, text)


def _restore_files(database: Engine, folder: Path) -> None:
    """Files that are gone are written again from the tables."""
    with database.connect() as connection:
        columns = (signed_hours.c.program, signed_hours.c.hour)
        hours = connection.execute(select(*columns)).all()
        lost = [row for row in hours if not path_of_hour(folder, row.program, row.hour).exists()]
        for row in lost:
            mine = (signed_hours.c.program == row.program) & (signed_hours.c.hour == row.hour)
            text = connection.execute(select(signed_hours.c.text).where(mine)).scalar_one()
            write_once(path_of_hour(folder, row.program, row.hour), f"{text}\n".encode())


def signed_hours_of(connection: Connection, program: str, before: int | None, most: int) -> list[SignedHour]:
    """The newest first, those with a number below `before`."""
    mine = signed_hours.c.program == program
    if before is not None:
        mine &= signed_hours.c.number < before
    chosen = select(signed_hours.c.text).where(mine).order_by(signed_hours.c.number.desc()).limit(most)
    return [read_hour(text) for text in connection.execute(chosen).scalars()]


def signed_hour_text(connection: Connection, program: str, hour: int) -> str | None:
    """The line of one hour, as its file has it."""
    mine = (signed_hours.c.program == program) & (signed_hours.c.hour == hour)
    text: str | None = connection.execute(select(signed_hours.c.text).where(mine)).scalar()
    return text
