"""Reports of closed days, made by a process of its own, because a replay keeps a processor busy. Rule LQ-6."""

import asyncio
import json
import sys
from pathlib import Path

from commonbook.errors import OutsideFailure
from commonbook.liquidity import report
from commonbook.liquidity.day import DAY_NS, name_of


async def report_due(data_dir: Path, url: str, time_ns: int, days_back: int) -> None:
    """Report of the newest closed days that there is no report of yet, oldest first.

    Raises:
        OutsideFailure: the process failed; gives its last line.
    """
    today = time_ns // DAY_NS
    for day in range(max(today - days_back, 0), today):
        if not report.is_done(data_dir, day):
            await _report_of(data_dir, url, day)


async def _report_of(data_dir: Path, url: str, day: int) -> None:
    asked = json.dumps({"data_dir": str(data_dir), "url": url, "day": day}).encode()
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "commonbook.liquidity", stdin=pipe, stdout=asyncio.subprocess.DEVNULL, stderr=pipe
    )
    try:
        _, said = await process.communicate(asked)
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        why = said.decode(errors="replace").strip().splitlines()[-1:]
        raise OutsideFailure(f"liquidity of {name_of(day)}: {''.join(why)[:300]}")
