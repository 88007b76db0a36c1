"""A broker's report files: asked for, made beside the requests, and opened by links that end. Rules BK-8 and BK-9.

What is asked for stands in the tables until it is made, so whoever looks at a file that nobody is making any more
begins again: a gateway that ended in the middle has lost nothing.
"""

import csv
import hashlib
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update

from commonbook.broker.reports import DAY_NS
from commonbook.errors import Declined
from commonbook.storage.tables.broker_clients import broker_reports, report_links
from commonbook.whole_file import make_folder, put_whole

FOLDER = "broker-reports"
DAYS_MOST = 180
SETTLED_NS = 2 * DAY_NS // 24  # behind a day's end its last hour is paid and published
KEPT_NS = 30 * DAY_NS  # so long a file can be had; links that are older than it have ended anyway
LINK_BYTES = 24
LEFT_NS = 10 * 60 * 1_000_000_000  # what is not made so long after it was asked for is begun again


@dataclass(frozen=True, slots=True)
class Report:
    """A file that was asked for."""

    id: int
    broker: int
    kind: str
    begin_day: int  # days since 1970
    end_day: int  # which is in it
    asked_ns: int
    made_ns: int  # 0: it is being made
    rows: int
    sha256: str

    @property
    def is_made(self) -> bool:
        return self.made_ns != 0

    @property
    def is_final(self) -> bool:
        """Whether all its days were settled when it was made, so that it would be made the same again."""
        return self.is_made and self.asked_ns >= (self.end_day + 1) * DAY_NS + SETTLED_NS


def ask(
    connection: Connection, broker: int, kind: str, begin_day: int, end_day: int, now_ns: int
) -> tuple[Report, bool]:
    """The file of some days: the one that is there or is being made, else a new one; and whether it is new."""
    same = (broker_reports.c.broker == broker) & (broker_reports.c.kind == kind)
    same &= (broker_reports.c.begin_day == begin_day) & (broker_reports.c.end_day == end_day)
    chosen = select(broker_reports).where(same).order_by(broker_reports.c.report.desc())
    newest = connection.execute(chosen).first()
    if newest is not None:
        found = _report(newest)
        if found.is_final or not found.is_made:
            return found, False
    row = {
        "broker": broker,
        "kind": kind,
        "begin_day": begin_day,
        "end_day": end_day,
        "asked_ns": now_ns,
        "made_ns": 0,
        "rows": 0,
        "sha256": "",
    }
    made = connection.execute(insert(broker_reports).values(**row)).inserted_primary_key
    number = int(made[0]) if made is not None else 0
    return Report(number, broker, kind, begin_day, end_day, now_ns, 0, 0, ""), True


def reports_of(connection: Connection, broker: int, kind: str, days: tuple[int, int] | None = None) -> list[Report]:
    """A broker's files of a kind, newest first; of some days only the newest."""
    chosen = select(broker_reports).where(broker_reports.c.broker == broker, broker_reports.c.kind == kind)
    if days is not None:
        chosen = chosen.where(broker_reports.c.begin_day == days[0], broker_reports.c.end_day == days[1]).limit(1)
    return [_report(row) for row in connection.execute(chosen.order_by(broker_reports.c.report.desc()).limit(100))]


def begin_again(connection: Connection, report: Report, now_ns: int) -> Report | None:
    """A file that is not made and is for the caller to make, as nobody has been at it for LEFT_NS; else None."""
    left = (broker_reports.c.report == report.id) & (broker_reports.c.made_ns == 0)
    left &= broker_reports.c.asked_ns <= now_ns - LEFT_NS
    is_mine = connection.execute(update(broker_reports).where(left).values(asked_ns=now_ns)).rowcount == 1
    return replace(report, asked_ns=now_ns) if is_mine else None


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that has not taken its place yet."""

    path: Path
    rows: int
    sha256: str


def write(folder: Path, report: Report, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Draft:
    """Write a file as CSV, by a name of its own: it may be begun again meanwhile."""
    make_folder(folder / FOLDER)
    path, count = folder / FOLDER / f"{report.id}-{secrets.token_hex(8)}.draft", 0
    try:
        with path.open("w", encoding="ascii", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            for row in rows:
                writer.writerow(row)
                count += 1
    except BaseException:
        path.unlink()
        raise
    with path.open("rb") as written:
        return Draft(path, count, hashlib.file_digest(written, "sha256").hexdigest())


def finish(connection: Connection, folder: Path, report: Report, draft: Draft) -> bool:
    """The draft takes its place, and may be told of; nothing where another has begun again, or is done."""
    values = {"made_ns": time.time_ns(), "rows": draft.rows, "sha256": draft.sha256}
    if connection.execute(update(broker_reports).where(_being_made(report)).values(**values)).rowcount != 1:
        draft.path.unlink(missing_ok=True)
        return False
    put_whole(draft.path, path_of(folder, report.id))
    return True


def _being_made(report: Report) -> ColumnElement[bool]:
    """By whoever was told to at `asked_ns`."""
    mine = (broker_reports.c.report == report.id) & (broker_reports.c.asked_ns == report.asked_ns)
    return and_(mine, broker_reports.c.made_ns == 0)


def forget(connection: Connection, broker: int, now_ns: int) -> list[int]:
    """A broker's files that were asked for KEPT_NS ago go; they can be asked for again. Which they were."""
    old = (broker_reports.c.broker == broker) & (broker_reports.c.asked_ns <= now_ns - KEPT_NS)
    numbers = list(connection.execute(select(broker_reports.c.report).where(old)).scalars())
    connection.execute(delete(broker_reports).where(broker_reports.c.report.in_(numbers)))
    connection.execute(delete(report_links).where(report_links.c.report.in_(numbers)))
    return numbers


def drop(connection: Connection, report: Report) -> None:
    """A file that could not be made is as one that was never asked for."""
    connection.execute(delete(broker_reports).where(_being_made(report)))


def path_of(folder: Path, report: int) -> Path:
    return folder / FOLDER / f"{report}.csv"


def make_link(connection: Connection, report: Report, now_ns: int, lives_ns: int) -> str:
    """What opens a file until its time is over; links whose time is over go."""
    connection.execute(delete(report_links).where(report_links.c.expires_ns <= now_ns))
    link = secrets.token_urlsafe(LINK_BYTES)
    row = {"link_hash": _hash(link), "report": report.id, "expires_ns": now_ns + lives_ns}
    connection.execute(insert(report_links).values(**row))
    return link


def opened(connection: Connection, link: str, now_ns: int) -> Report:
    """The file that a link opens.

    Raises:
        Declined: `no_such_file`: none, or its time is over.
    """
    chosen = select(report_links.c.report).where(
        report_links.c.link_hash == _hash(link), report_links.c.expires_ns > now_ns
    )
    number = connection.execute(chosen).scalar()
    row = connection.execute(select(broker_reports).where(broker_reports.c.report == (number or 0))).first()
    if row is None:
        raise Declined("no_such_file", "there is no such file, or the time of its link is over: ask for a new link")
    return _report(row)


def day_range(begin_day: int, end_day: int, today: int) -> str:
    """Why no file can be of these days; "" where one can (BK-8)."""
    if begin_day > end_day:
        return "begin is behind end"
    if end_day - begin_day >= DAYS_MOST:
        return f"at most {DAYS_MOST} days"
    return "end is in the future" if end_day > today else ""


def _hash(link: str) -> str:
    return hashlib.sha256(link.encode()).hexdigest()


def _report(row: Row[Any]) -> Report:
    return Report(
        row.report,
        row.broker,
        row.kind,
        row.begin_day,
        row.end_day,
        row.asked_ns,
        row.made_ns,
        row.rows,
        row.sha256,
    )
