"""Exports that were asked for at the desk: approved by two, made by a process of its own, fetched in parts. LV-5."""

import asyncio
import json
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from commonbook.administration import log
from commonbook.errors import Declined, OutsideFailure
from commonbook.identity.sealing import Seal
from commonbook.leaving.export import MANIFEST, write_export
from commonbook.storage.tables.leaving import brand_exports
from commonbook.whole_file import make_folder

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
FOLDER, ACTOR = "exports", "exports"
CHUNK = 1 << 20  # bytes of a file that are given at once


@dataclass(frozen=True, slots=True)
class Job:
    id: int
    brand: int
    state: str
    asked_by: int
    asked_ns: int
    done_ns: int
    sequence: int
    files_done: int
    files: int
    rows_done: int
    why: str


def add(connection: Connection, number: int, brand: int, user: int) -> None:
    """Have an export made.

    Args:
        number: the approval's: however often it is carried out, there is one export.
    """
    if connection.execute(select(brand_exports.c.export).where(brand_exports.c.export == number)).first() is not None:
        return
    row = {"export": number, "brand": brand, "state": WAITING, "asked_by": user, "asked_ns": time.time_ns()}
    nothing = {"done_ns": 0, "sequence": 0, "files_done": 0, "files": 0, "rows_done": 0, "why": ""}
    connection.execute(insert(brand_exports).values(**row, **nothing))


def find(connection: Connection, brand: int, number: int) -> Job:
    """
    Raises:
        Declined: `no_such_export`, also for another brand's.
    """
    where = (brand_exports.c.export == number) & (brand_exports.c.brand == brand)
    row = connection.execute(select(brand_exports).where(where)).first()
    if row is None:
        raise Declined("no_such_export", f"there is no export {number}")
    return _job(row)


def all_of(connection: Connection, brand: int) -> list[Job]:
    """Newest first."""
    chosen = select(brand_exports).where(brand_exports.c.brand == brand).order_by(brand_exports.c.export.desc())
    return [_job(row) for row in connection.execute(chosen)]


def folder_of(data_dir: Path, job: Job) -> Path:
    return data_dir / FOLDER / f"brand-{job.brand}" / str(job.id)


def files_of(data_dir: Path, job: Job) -> dict[str, Any]:
    """Each file with its size and hash, the manifest among them; nothing before the export is done."""
    folder = folder_of(data_dir, job)
    if job.state != DONE or not (folder / MANIFEST).is_file():
        return {}
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
    files: dict[str, Any] = manifest["files"]
    return {MANIFEST: {"bytes": (folder / MANIFEST).stat().st_size}} | files


def chunk(data_dir: Path, job: Job, name: str, offset: int) -> bytes:
    """A part of a file, from an offset on.

    Raises:
        Declined: `no_such_file`.
    """
    if name not in files_of(data_dir, job) or offset < 0:
        raise Declined("no_such_file", f"export {job.id} has no file of this name")
    with (folder_of(data_dir, job) / name).open("rb") as file:
        file.seek(offset)
        return file.read(CHUNK)


async def make_due(data_dir: Path, url: str, database: Engine) -> None:
    """Make what waits, one after the other; what was being made when somebody died is made anew.

    Raises:
        OutsideFailure: the process failed; the export says so, too.
    """
    for number in await asyncio.to_thread(_waiting, database):
        asked = json.dumps({"data_dir": str(data_dir), "url": url, "export": number}).encode()
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "commonbook.leaving", stdin=pipe, stdout=asyncio.subprocess.DEVNULL, stderr=pipe
        )
        try:
            _, said = await process.communicate(asked)
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode:
            why = "".join(said.decode(errors="replace").strip().splitlines()[-1:])[:200]
            await asyncio.to_thread(_change, database, number, state=FAILED, why=why or "it ended without a word")
            raise OutsideFailure(f"export {number}: {why}")


def make(data_dir: Path, database: Engine, seal: Seal, number: int) -> None:
    """Make one export, telling how far it is."""
    with database.connect() as connection:
        job = _job(connection.execute(select(brand_exports).where(brand_exports.c.export == number)).one())
    folder = folder_of(data_dir, job)
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder.parent)

    def progress(done: int, files: int, rows: int) -> None:
        _change(database, number, state=RUNNING, files_done=done, files=files, rows_done=rows)

    manifest = write_export(database, seal, job.brand, folder, progress)
    with database.begin() as connection:
        done = {"state": DONE, "done_ns": time.time_ns(), "sequence": int(manifest["sequence"])}
        connection.execute(update(brand_exports).where(brand_exports.c.export == number).values(**done))
        told = {"sequence": manifest["sequence"], "users": manifest["users"]}
        log.write(connection, job.brand, ACTOR, "export brand", f"export:{number}", **told)


def _waiting(database: Engine) -> list[int]:
    chosen = select(brand_exports.c.export).where(brand_exports.c.state.in_((WAITING, RUNNING)))
    with database.connect() as connection:
        return list(connection.execute(chosen.order_by(brand_exports.c.export)).scalars())


def _change(database: Engine, number: int, **values: str | int) -> None:
    with database.begin() as connection:
        connection.execute(update(brand_exports).where(brand_exports.c.export == number).values(**values))


def _job(row: Row[Any]) -> Job:
    values = dict(row._mapping)
    return Job(id=values.pop("export"), **values)
