"""`commonbook export trades|candles|fills|commission`: what was traded and earned as a file for other programs.

Rules H-7 and BP-14.

Reads the tables and files of a data folder, beside a server or without one, and changes nothing there.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import Connection

from commonbook.broker.exporting import ClientNames, write_lines
from commonbook.console.program import opened
from commonbook.counter.queries import fills_between
from commonbook.errors import BadInput
from commonbook.identity.sealing import Seal
from commonbook.instrument import store as instrument_store
from commonbook.instrument.model import Instrument
from commonbook.instrument.venue import Venue
from commonbook.marketdata.bars import BARS
from commonbook.marketdata.queries import MarketHistory
from commonbook.records import Side
from commonbook.settings import database_url, load_settings
from commonbook.storage.database import BACK_OFFICE, open_database, position, snapshot
from commonbook.table_file import Column, Format, Kind, Row, write_table
from commonbook.units import HOUR_NS

export_app = typer.Typer(
    help="Write trades, candles, own fills or commission of a data folder into a file, exactly.", no_args_is_help=True
)

DataArgument = Annotated[Path, typer.Argument(help="The data folder.", exists=True, file_okay=False)]
FromOption = Annotated[str, typer.Option("--from", help="The first moment, such as 2026-11-01, in UTC.")]
ToOption = Annotated[str, typer.Option("--to", help="The moment behind the last.")]
OutOption = Annotated[Path, typer.Option("--out", help="The file; one that is there is replaced.", dir_okay=False)]
InstrumentOption = Annotated[str, typer.Option("--instrument", help="This one alone; else all.")]
FormatOption = Annotated[Format | None, typer.Option("--format", help="Else by the end of the file's name.")]
SettingsOption = Annotated[Path | None, typer.Option("--settings", help="A TOML file of settings.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]

SIDES = {Side.BUY: "buy", Side.SELL: "sell"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR = 2261  # 64 bits of nanoseconds end in the next one
_TELL_EVERY = 5_000  # rows


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    out: str
    format: str
    rows: int
    bytes: int
    sequence: int  # the newest command that the history holds
    seconds: float


@dataclass(frozen=True, slots=True)
class Job:
    """One export that has been understood."""

    connection: Connection
    venue: Venue
    market: MarketHistory
    instruments: list[Instrument]
    from_ns: int
    to_ns: int

    @property
    def price_scale(self) -> int:
        return max(one.tick_scale for one in self.instruments)

    @property
    def quantity_scale(self) -> int:
        return max(one.lot_scale for one in self.instruments)

    @property
    def quote_scale(self) -> int:
        return max(one.quote.scale for one in self.instruments)

    def price(self, of: Instrument, ticks: int) -> int:
        """A price in units of the price scale; so are the two below in units of theirs."""
        return int(ticks * of.tick_mantissa * 10 ** (self.price_scale - of.tick_scale))

    def quantity(self, of: Instrument, lots: int) -> int:
        return int(lots * of.lot_mantissa * 10 ** (self.quantity_scale - of.lot_scale))

    def notional(self, of: Instrument, minor: int) -> int:
        return int(minor * 10 ** (self.quote_scale - of.quote.scale))


Told = Iterator[tuple[int, Row]]  # a row and its engine time, oldest first


@export_app.command()
def trades(
    data: DataArgument,
    from_: FromOption,
    to: ToOption,
    out: OutOption,
    instrument: InstrumentOption = "",
    form: FormatOption = None,
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Public trades by instrument, oldest first."""

    def columns(job: Job) -> list[Column]:
        return [
            Column("instrument", Kind.TEXT),
            Column("trade", Kind.WHOLE),
            Column("time", Kind.TIME),
            Column("price", Kind.DECIMAL, job.price_scale),
            Column("quantity", Kind.DECIMAL, job.quantity_scale),
            Column("taker_side", Kind.TEXT),
        ]

    def rows(job: Job, of: Instrument) -> Told:
        for row in job.market.trades_between(job.connection, of.id, job.from_ns, job.to_ns):
            price, quantity = job.price(of, row["price_ticks"]), job.quantity(of, row["quantity_lots"])
            side = SIDES[Side(row["taker_side"])]
            yield row["time_ns"], (of.name, row["trade"], row["time_ns"], price, quantity, side)

    with _job(data, settings_file, from_, to, instrument) as job:
        _tell(_export(job, out, form, columns(job), rows), json_output)


@export_app.command()
def candles(
    data: DataArgument,
    from_: FromOption,
    to: ToOption,
    out: OutOption,
    bar: Annotated[str, typer.Option("--bar", help="As OKX names them: 1m, 1H, 1Dutc, 1M and so on.")] = "1m",
    instrument: InstrumentOption = "",
    form: FormatOption = None,
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Candles that begin in a time, by instrument, oldest first; whole bars, and none where nothing was traded."""
    if bar not in BARS:
        raise BadInput(f"no bar {bar!r}; there is: {', '.join(BARS)}")

    def columns(job: Job) -> list[Column]:
        return [
            Column("instrument", Kind.TEXT),
            Column("bar", Kind.TEXT),
            Column("start", Kind.TIME),
            *(Column(name, Kind.DECIMAL, job.price_scale) for name in ("open", "high", "low", "close")),
            Column("quantity", Kind.DECIMAL, job.quantity_scale),
            Column("notional", Kind.DECIMAL, job.quote_scale),
        ]

    def rows(job: Job, of: Instrument) -> Told:
        for one in job.market.candles_between(job.connection, of.id, bar, job.from_ns, job.to_ns):
            ticks = (one.open_ticks, one.high_ticks, one.low_ticks, one.close_ticks)
            prices = (job.price(of, price) for price in ticks)
            amounts = job.quantity(of, one.lots), job.notional(of, one.notional)
            yield one.start_ns, (of.name, bar, one.start_ns, *prices, *amounts)

    with _job(data, settings_file, from_, to, instrument) as job:
        _tell(_export(job, out, form, columns(job), rows), json_output)


@export_app.command()
def fills(
    data: DataArgument,
    account: Annotated[int, typer.Option("--account", help="Whose fills.")],
    from_: FromOption,
    to: ToOption,
    out: OutOption,
    instrument: InstrumentOption = "",
    form: FormatOption = None,
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """An account's own fills by instrument, oldest first. A fee above zero was charged, below zero is a rebate."""

    def columns(job: Job) -> list[Column]:
        return [
            *(Column(name, Kind.WHOLE) for name in ("fill", "trade", "order")),
            Column("time", Kind.TIME),
            *(Column(name, Kind.TEXT) for name in ("instrument", "side", "role")),
            Column("price", Kind.DECIMAL, job.price_scale),
            Column("quantity", Kind.DECIMAL, job.quantity_scale),
            Column("notional", Kind.DECIMAL, job.quote_scale),
            Column("fee", Kind.DECIMAL, job.quote_scale),
            *(Column(name, Kind.TEXT) for name in ("fee_asset", "client_id", "tag")),
        ]

    def rows(job: Job, of: Instrument) -> Told:
        for row in fills_between(job.connection, account, job.from_ns, job.to_ns, of.id):
            yield (
                row["time_ns"],
                (
                    *(row[name] for name in ("fill", "trade", "order_id", "time_ns")),
                    *(of.name, SIDES[Side(row["side"])], row["role"]),
                    job.price(of, row["price_ticks"]),
                    job.quantity(of, row["quantity_lots"]),
                    *(job.notional(of, row[name]) for name in ("notional", "fee")),
                    *(of.quote.name, row["client_id"], row["tag"]),
                ),
            )

    with _job(data, settings_file, from_, to, instrument) as job:
        if account not in job.venue.accounts:
            raise BadInput(f"no account {account} in {data}; `commonbook journal cat {data} --kind account` lists them")
        _tell(_export(job, out, form, columns(job), rows), json_output)


@export_app.command()
def commission(
    data: DataArgument,
    broker: Annotated[str, typer.Option("--broker", help="The code of the broker.")],
    from_: FromOption,
    to: ToOption,
    out: OutOption,
    form: FormatOption = None,
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """A broker's lines by the hours that they are settled with, oldest first, as its statements say them."""
    first, behind = whole_hour("--from", from_), whole_hour("--to", to)
    chosen, started = _form(out, form), time.perf_counter()
    with opened(data, settings_file) as here, _bar() as progress:
        task = progress.add_task(broker, total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        number, most = here.broker(broker), here.settings.broker.export_days
        names = _client_names(data, number)
        count = write_lines(
            here.connection, here.program, here.venue, number, names, first, behind, most, out, chosen, tell
        )
        sequence = position(here.connection, BACK_OFFICE)
    seconds = round(time.perf_counter() - started, 3)
    _tell(Exported(str(out), chosen, count, out.stat().st_size, sequence, seconds), json_output)


def _client_names(data: Path, broker: int) -> ClientNames:
    """What a broker is told of its clients; nothing where the folder has no master key, which is never made here."""
    seal = Seal.found(data)
    return partial(seal.client_name, broker) if seal is not None else lambda _: ""


@contextmanager
def _job(data: Path, settings_file: Path | None, from_: str, to: str, instrument: str) -> Iterator[Job]:
    """The data folder opened, the question understood."""
    from_ns, to_ns = moment("--from", from_), moment("--to", to)
    if from_ns >= to_ns:
        raise BadInput(f"--from {from_} is not before --to {to}; nothing lies between them")
    if not (data / "journal").is_dir():
        raise BadInput(f"{data} holds no journal; give a data folder")
    database = open_database(database_url(load_settings(settings_file, os.environ), data))
    try:
        with snapshot(database) as connection:
            venue = instrument_store.load(connection)
            chosen = [one for one in venue.instruments.values() if instrument in ("", one.name)]
            if not chosen:
                listed = ", ".join(one.name for one in venue.instruments.values()) or "none yet"
                raise BadInput(f"no instrument {instrument!r} in {data}; there is: {listed}")
            yield Job(connection, venue, MarketHistory(data), chosen, from_ns, to_ns)
    finally:
        database.dispose()


def moment(option: str, text: str) -> int:
    """Nanoseconds since 1970 of a day or a time as ISO 8601 writes it; in UTC unless it says otherwise."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option} {text!r} is no time; write 2026-11-27 or 2026-11-27T08:30:00, both in UTC") from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if not _EPOCH.year <= found.year <= _LAST_YEAR:
        raise BadInput(f"{option} {text} is out of range; years from {_EPOCH.year} to {_LAST_YEAR} can be told")
    return (found - _EPOCH) // timedelta(microseconds=1) * 1000


def whole_hour(option: str, text: str) -> int:
    """Hours since 1970 of a moment; commission is settled by the hour, so that a part of one is none."""
    hour, rest = divmod(moment(option, text), HOUR_NS)
    if rest:
        raise BadInput(f"{option} {text} is within an hour; commission is settled by whole hours of UTC")
    return hour


def _export(
    job: Job, out: Path, form: Format | None, columns: list[Column], rows: Callable[[Job, Instrument], Told]
) -> Exported:
    """All rows of all instruments into the file, with a progress bar by engine time."""
    chosen, started = _form(out, form), time.perf_counter()
    sequence = position(job.connection, BACK_OFFICE)
    span = job.to_ns - job.from_ns
    with _bar() as progress:
        task = progress.add_task("export", total=span * len(job.instruments))

        def told() -> Iterator[Row]:
            for number, instrument in enumerate(job.instruments):
                for place, (time_ns, row) in enumerate(rows(job, instrument)):
                    if place % _TELL_EVERY == 0:
                        progress.update(
                            task, description=instrument.name, completed=number * span + time_ns - job.from_ns
                        )
                    yield row

        count = write_table(out, chosen, columns, told())
    return Exported(
        out=str(out),
        format=chosen,
        rows=count,
        bytes=out.stat().st_size,
        sequence=sequence,
        seconds=round(time.perf_counter() - started, 3),
    )


def _form(out: Path, form: Format | None) -> Format:
    """What is written: as it is asked for, or by the end of the file's name."""
    ending = out.suffix.removeprefix(".").lower()
    if form is None and ending not in list(Format):
        raise BadInput(f"{out.name} does not say what to write; add --format csv, json or parquet")
    if not out.absolute().parent.is_dir():
        raise BadInput(f"there is no folder {out.absolute().parent}; make it first")
    return form or Format(ending)


def _bar() -> Progress:
    console = Console(stderr=True)
    shown = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*shown, console=console, transient=True, disable=not console.is_terminal)


def _tell(done: Exported, json_output: bool) -> None:
    if json_output:
        print(json.dumps(asdict(done)))
    else:
        print(f"{done.out}: {done.rows:,} rows, {done.bytes:,} bytes; history is at sequence {done.sequence:,}")
