"""`commonbook prove-fill`, `verify-proof`, `verify-hours`: what was settled, checked from files alone. BP-3 to BP-7."""

import json
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from commonbook.broker.hours import SignedHour, check_chain, path_of_hour, read_hour, read_key
from commonbook.broker.proof import prove
from commonbook.broker.proof import verify_proof as check
from commonbook.errors import BadInput, Mismatch
from commonbook.whole_file import write_whole

JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
KeyOption = Annotated[
    Path, typer.Option("--key", help="The host's public key, 64 hexadecimal digits in a file.", exists=True)
]


def prove_fill(
    statement: Annotated[Path, typer.Argument(help="The broker's statement of the hour.", exists=True, dir_okay=False)],
    fill: Annotated[str, typer.Argument(help="The fill as the statement names it, such as 1042-1.")],
    out: Annotated[Path, typer.Option("--out", help="The proof; one that is there is replaced.", dir_okay=False)],
    role: Annotated[str, typer.Option("--role", help="taker or maker, where both sides are in the statement.")] = "",
    hour: Annotated[
        Path | None, typer.Option("--hour", help="The signed hour; else the one that lies beside the statement.")
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Write a proof that one fill side stands in a signed hour: one file, which tells nothing of any other fill."""
    if not out.absolute().parent.is_dir():
        raise BadInput(f"there is no folder {out.absolute().parent}; make it first")
    text = prove(statement, hour or _beside(statement), fill, role)
    write_whole(out, text.encode())
    if json_output:
        print(json.dumps({"out": str(out), "bytes": len(text), "fill": fill, "statement": statement.name}))
    else:
        print(f"{out}: {len(text):,} bytes prove fill {fill} of {statement.name}")


def _beside(statement: Path) -> Path:
    """The signed hour in the folder of the statement, for the hour that its header names."""
    try:
        with statement.open(encoding="ascii") as file:
            header = json.loads(file.readline())
        return path_of_hour(statement.parent, str(header["program"]), int(header["hour"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise BadInput(f"{statement} begins with no header: {error!r}; give the signed hour with --hour") from None


def verify_proof(
    file: Annotated[Path, typer.Argument(help="A proof.", exists=True, dir_okay=False)],
    key: KeyOption,
    json_output: JsonOption = False,
) -> None:
    """Check a proof with nothing but its file and the host's public key; name the part that was altered."""
    result = check(file, read_key(key))
    if json_output:
        print(json.dumps(asdict(result)))
    elif result.ok:
        side = f"the {result.role}'s side of fill {result.fill}"
        print(f"{side} ({result.reason}, paid {result.paid}) stands in the statement of {result.broker}")
        print(f"of hour {result.hour}, signed with root {result.root}: verified")
    else:
        print(f"{file.name}: {result.part} is wrong: {result.why}")
    if not result.ok:
        raise typer.Exit(1)


def verify_hours(
    files: Annotated[list[Path], typer.Argument(help="Signed hours of any programs.", exists=True, dir_okay=False)],
    key: KeyOption,
    json_output: JsonOption = False,
) -> None:
    """Check signed hours by themselves and against each other: none is missing between them, none was written anew."""
    public = read_key(key)
    programs: dict[str, list[SignedHour]] = defaultdict(list)
    for file in files:
        try:
            one = read_hour(file.read_text(encoding="ascii"), public)
        except (Mismatch, ValueError) as wrong:
            raise Mismatch(f"{file.name}: {wrong}") from None
        programs[one.program].append(one)
    told = {}
    for program, hours in sorted(programs.items()):
        hours.sort(key=lambda one: one.number)
        check_chain(hours)
        told[program] = {
            "hours": len(hours),
            "first": hours[0].number,
            "last": hours[-1].number,
            "link": hours[-1].link,
        }
    if json_output:
        print(json.dumps(told))
        return
    for program, of in told.items():
        print(f"{program}: {of['hours']:,} signed hours, {of['first']} to {of['last']}, follow one another: verified")
