"""`commonbook corrections ...`: busted trades and corrected commissions. CO-14 of docs/rules/corrections.md.

What there is, what a bust would take back, and asking for one. The yes is another's, at the host's desk.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import func, select

from commonbook.administration import approvals
from commonbook.administration.roles import HOST, May, allowed, roles_of
from commonbook.broker import busts, corrections, covering
from commonbook.broker.corrections import Correction
from commonbook.broker.reversals import UNTOLD, because_of
from commonbook.broker.reversing import reversals_of
from commonbook.broker.standing import sides_of_fill
from commonbook.console.program import Opened, opened
from commonbook.errors import BadInput, CommonbookError
from commonbook.identity.sealing import Seal
from commonbook.people import directory
from commonbook.settings import database_url
from commonbook.storage.database import open_database
from commonbook.storage.tables.broker import accrual_blocks
from commonbook.storage.tables.corrections import busts as busts_table
from commonbook.storage.tables.corrections import corrections_agreed
from commonbook.units import parse_units

corrections_app = typer.Typer(help="Busted trades and corrected commissions of brokers.", no_args_is_help=True)

DataArgument = Annotated[Path, typer.Argument(help="The data folder.", exists=True, file_okay=False)]
FillArgument = Annotated[str, typer.Argument(help="Sequence and index of the fill, such as 1042-1.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it stands on the statements.")]
UserOption = Annotated[str, typer.Option("--user", help="Who asks: the address of a user of the host.")]
SettingsOption = Annotated[Path | None, typer.Option("--settings", help="A TOML file of settings.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@corrections_app.command(name="list")
def list_them(data: DataArgument, settings_file: SettingsOption = None, json_output: JsonOption = False) -> None:
    """All that was busted and corrected, oldest first, and what of it is still to go back."""
    with opened(data, settings_file) as here:
        rows = here.connection.execute(select(busts_table).order_by(busts_table.c.at_sequence)).mappings().all()
        told = {"busts": [_bust(here, row) for row in rows], "corrections": _corrections(here)}
    if json_output:
        print(json.dumps(told))
        return
    for one in told["busts"]:
        state = "all is back" if one["whole"] else f"open: {one['base_open']} against {one['quote_open']}"
        print(f"bust {one['fill']:<16} {one['instrument']:<12} {state}; {one['reason']}")
    for one in told["corrections"]:
        print(f"correction {one['number']:<10} {one['code']:<16} {one['amount']} for {one['about']} {one['subject']}")


def _bust(here: Opened, row: Any) -> dict[str, Any]:
    still, instrument = covering.still_open(row, here.venue), here.venue.instruments[row["instrument"]]
    because = because_of(here.connection, row["sequence"], row["event_index"])
    return {
        "fill": f"{row['sequence']}-{row['event_index']}",
        "sequence": str(row["at_sequence"]),
        "instrument": instrument.name,
        "reason": because.reason,
        "asked_by": because.asked_by,
        "approved_by": because.approved_by,
        "whole": bool(row["is_whole"]),
        "base_open": instrument.base.format(still.base),
        "quote_open": instrument.quote.format(still.quote),
        "fees_open": {"taker": instrument.quote.format(still.taker), "maker": instrument.quote.format(still.maker)},
    }


def _corrections(here: Opened) -> list[dict[str, str]]:
    asset = here.venue.assets[here.program.payout_asset]
    rows = here.connection.execute(select(corrections_agreed).order_by(corrections_agreed.c.correction)).mappings()
    names = ("key", "about", "subject", "reason", "asked_by", "approved_by")
    return [
        {
            "number": str(row["correction"]),
            "code": here.venue.codes[row["broker"]].code,
            "amount": asset.format(row["amount"]),
        }
        | {name: str(row[name]) for name in names}
        for row in rows
    ]


@corrections_app.command()
def preview(
    data: DataArgument, fill: FillArgument, settings_file: SettingsOption = None, json_output: JsonOption = False
) -> None:
    """What a bust of a fill would take back of brokers and clients, and refund; it changes nothing."""
    with opened(data, settings_file) as here:
        told = _preview(here, fill)
    if json_output:
        print(json.dumps(told))
        return
    print(f"fill {told['fill']}: {told['quantity']} {told['instrument']} at {told['price']}")
    print(f"refunded: {told['fees']['taker']} to the taker, {told['fees']['maker']} to the maker")
    for line in told["lines"]:
        print(f"{line['who']:<16} {line['role']:<6} {line['paid']} {told['payout_asset']}")


def _preview(here: Opened, fill: str) -> dict[str, Any]:
    try:
        found = busts.to_bust(here.connection, here.program, here.venue, fill)
    except CommonbookError as refused:
        raise BadInput(str(refused)) from None
    asset, lines = here.venue.assets[here.program.payout_asset], []
    for one in sides_of_fill(here.connection, here.program.name, fill):
        because = UNTOLD
        told = reversals_of(one.side, one.hour, here.program, here.venue, found.sequence, found.time_ns, because)
        for line in told:
            who = here.venue.codes[line.broker].code if line.broker else f"client {line.account}"
            lines.append({"who": who, "role": "taker" if line.role == 1 else "maker", "paid": asset.format(line.paid)})
    facts = busts.facts_of(here.venue, found)
    fees = {"taker": facts.pop("taker_fee"), "maker": facts.pop("maker_fee")}
    return {"fill": fill, "fees": fees, "payout_asset": asset.name, "lines": lines} | facts


@corrections_app.command()
def ask_bust(
    data: DataArgument,
    fill: FillArgument,
    reason: ReasonOption,
    user: UserOption,
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Ask to bust a trade; another user of the host approves it at the desk."""
    with opened(data, settings_file) as here:
        _preview(here, fill)
        found = busts.to_bust(here.connection, here.program, here.venue, fill)
        payload = {"fill": fill, "reason": corrections.sound_reason(reason)} | busts.facts_of(here.venue, found)
        number = _ask(here, data, busts.ACT, payload, user)
    _tell_asked(number, json_output)


@corrections_app.command()
def ask_correction(
    data: DataArgument,
    code: Annotated[str, typer.Argument(help="The broker's code.")],
    amount: Annotated[
        str, typer.Option("--amount", help="Of the asset commission is paid in; below zero: taken back.")
    ],
    key: Annotated[str, typer.Option("--key", help="Of your own: asked twice with one, it is one correction.")],
    reason: ReasonOption,
    user: UserOption,
    fill: Annotated[str, typer.Option("--fill", help="About a side of a fill, such as 1042-1,")] = "",
    role: Annotated[str, typer.Option("--role", help="the taker's or the maker's;")] = "",
    hour: Annotated[int, typer.Option("--hour", help="or a settled hour, counted since 1970;")] = 0,
    client: Annotated[str, typer.Option("--client", help="or a client's account.")] = "",
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Ask to credit a broker more, or less; another user of the host approves it at the desk."""
    with opened(data, settings_file) as here:
        about, subject = corrections.subject_of(fill, role, hour, client)
        units = parse_units(amount, here.venue.assets[here.program.payout_asset].scale)
        wanted = Correction(here.broker(code), units, about, subject, key)
        hour_now = here.connection.execute(select(func.max(accrual_blocks.c.hour))).scalar()
        try:
            corrections.must_be_sound(here.connection, here.program, here.venue, wanted, int(hour_now or 0))
        except CommonbookError as refused:
            raise BadInput(str(refused)) from None
        told = {"code": code, "amount": amount, "key": key, "reason": corrections.sound_reason(reason)}
        told |= {"fill": fill, "role": role, "client": client}
        payload: dict[str, Any] = {name: value for name, value in told.items() if value} | (
            {"hour": hour} if hour else {}
        )
        number = _ask(here, data, corrections.ACT, payload, user)
    _tell_asked(number, json_output)


def _tell_asked(approval: int, json_output: bool) -> None:
    told = f"approval {approval} waits for another user's yes at the host's desk"
    print(json.dumps({"approval": approval}) if json_output else told)


def _ask(here: Opened, data: Path, kind: str, payload: dict[str, Any], email: str) -> int:
    """
    Raises:
        BadInput: nobody of the host has this address, or they have no role for money.
    """
    database = open_database(database_url(here.settings, data))
    try:
        with database.begin() as connection:
            who = directory.with_email(connection, Seal.open(data), HOST, email)
            if who is None or May.MONEY not in allowed(roles_of(connection, who.id, HOST)):
                raise BadInput(f"{email[:60]} is no user of the host with a role for money; give one with --user")
            hours = here.settings.administration.approval_hours
            return approvals.ask(connection, HOST, kind, payload, who.id, hours).id
    finally:
        database.dispose()
