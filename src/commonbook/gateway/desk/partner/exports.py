"""A brand's export: asked for by one, approved by another, made beside, fetched in parts. docs/rules/leaving.md."""

import asyncio
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from commonbook.administration.approvals import Approval
from commonbook.administration.roles import May
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.administration import ApprovalTold, told
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.parties import nobody
from commonbook.leaving import jobs
from commonbook.leaving.jobs import Job


class ExportTold(msgspec.Struct, frozen=True):
    id: str
    state: str
    asked_by: str
    asked_ns: str
    done_ns: str  # "" until it is
    sequence: str  # all of it is as of this command; "" until it is done
    files_done: int
    files: int
    rows_done: int
    why: str


class ExportFile(msgspec.Struct, frozen=True):
    name: str
    bytes: int
    rows: int
    sha256: str  # "" for the manifest, which has those of all others


def _told(one: Job) -> ExportTold:
    return ExportTold(
        id=str(one.id),
        state=one.state,
        asked_by=str(one.asked_by),
        asked_ns=str(one.asked_ns),
        done_ns=str(one.done_ns or ""),
        sequence=str(one.sequence or ""),
        files_done=one.files_done,
        files=one.files,
        rows_done=one.rows_done,
        why=one.why,
    )


@post("/exports", needs=May.MONEY, fresh=True, status_code=200)
async def ask_for_export(asked: Asking) -> ApprovalTold:
    """Ask for an export of all that is the brand's. It is made once another user has approved it."""
    return told(await acts.ask_for(asked, "export_brand", {}))


@acts.register("export_brand", May.MONEY, nobody)
async def _export_brand(desk: Any, approval: Approval) -> dict[str, Any]:
    await desk.write(lambda connection: jobs.add(connection, approval.id, approval.brand, approval.requested_by))
    return {"export": str(approval.id)}


@get("/exports", needs=May.MONEY)
async def all_exports(asked: Asking) -> list[ExportTold]:
    """Exports that were approved, newest first."""
    return [_told(one) for one in await asked.desk.read(lambda connection: jobs.all_of(connection, asked.brand))]


@get("/exports/{export:int}", needs=May.MONEY)
async def one_export(asked: Asking, export: FromPath[int]) -> ExportTold:
    """How far it is."""
    return _told(await _find(asked, export))


@get("/exports/{export:int}/files", needs=May.MONEY)
async def export_files(asked: Asking, export: FromPath[int]) -> list[ExportFile]:
    """The files of an export that is done."""
    found = await asyncio.to_thread(jobs.files_of, asked.desk.data_dir, await _find(asked, export))
    return [
        ExportFile(name, one["bytes"], one.get("rows", 0), one.get("sha256", "")) for name, one in sorted(found.items())
    ]


@get("/exports/{export:int}/files/{name:str}", needs=May.MONEY, media_type="application/octet-stream")
async def export_file(
    asked: Asking, export: FromPath[int], name: FromPath[str], offset: FromQuery[int] = 0
) -> Response[bytes]:
    """A part of a file from an offset on, 1 MiB at most; an empty one is the end."""
    job = await _find(asked, export)
    content = await asyncio.to_thread(jobs.chunk, asked.desk.data_dir, job, name, offset)
    return Response(content, media_type="application/octet-stream")


async def _find(asked: Asked, export: int) -> Job:
    return await asked.desk.read(lambda connection: jobs.find(connection, asked.brand, export))


ROUTES = [ask_for_export, all_exports, one_export, export_files, export_file]
