"""Opening the database: pragmas, migrations, and the position of each projection."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Insert,
    Table,
    Text,
    Update,
    any_,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from commonbook.errors import BrokenInvariant, OutsideFailure
from commonbook.storage.schema import REVISION, positions

_IN_THE_WAY = ("40P01", "40001")  # of PostgreSQL: a deadlock, and what cannot be put one after the other
BACK_OFFICE = "back-office"  # the name of the back office's position


def open_database(url: str) -> Engine:
    """An engine whose schema is at the newest migration.

    Raises:
        OutsideFailure: the database cannot be reached or migrated.
    """
    engine = create_engine(url, connect_args={"timeout": 30} if url.startswith("sqlite") else {})
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_pragmas)
    try:
        _migrate(engine)
    except Exception as error:
        engine.dispose()
        raise OutsideFailure(f"database {engine.url.render_as_string(hide_password=True)}: {error}") from error
    return engine


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection whose queries all see the same state, whatever is committed meanwhile."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def position(connection: Connection, name: str) -> int:
    """The newest sequence a projection has taken in; 0 before the first."""
    found = connection.execute(select(positions.c.sequence).where(positions.c.name == name)).scalar()
    return int(found or 0)


def advance(connection: Connection, name: str, before: int, after: int) -> None:
    """Move a projection's position from one sequence to the next, in the transaction of what it projected.

    Raises:
        BrokenInvariant: the position is not `before`: another process projects into this database.
    """
    if before == 0 and position(connection, name) == 0:
        connection.execute(insert(positions).values(name=name, sequence=after))
        return
    where = (positions.c.name == name) & (positions.c.sequence == before)
    if connection.execute(update(positions).where(where).values(sequence=after)).rowcount != 1:
        raise BrokenInvariant(f"{name} is not at {before}: another process projects into this database")


def execute_many(connection: Connection, statement: Insert | Update, rows: Sequence[dict[str, Any]]) -> None:
    """As `connection.execute(statement, rows)`, with the work done once a column instead of once a value.

    SQLAlchemy builds the parameters of each row anew, which was a third of the time of projecting a busy batch.

    Args:
        rows: at least one, all with the same names: the statement's columns, or its bind parameters.
    """
    _run(connection, _prepared(statement, connection.dialect, tuple(rows[0])), rows)


def insert_many(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """`execute_many` of an insert, made ready once for all times."""
    _run(connection, _inserting(table, connection.dialect, tuple(rows[0])), rows)


def upsert_many(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, or bring those that are there, by their primary key, to the same values."""
    _run(connection, _upserting(table, connection.dialect, tuple(rows[0])), rows)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement as the driver takes it."""

    text: str
    is_positional: bool
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]  # in order, and what makes the driver's values


def _run(connection: Connection, ready: _Ready, rows: Sequence[dict[str, Any]]) -> None:
    columns = []
    for name, to_database in ready.columns:
        values = [row[name] for row in rows]
        columns.append(map(to_database, values) if to_database else values)
    if ready.is_positional:
        parameters: Any = list(zip(*columns, strict=True))
    else:
        names = [name for name, _ in ready.columns]
        parameters = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    connection.exec_driver_sql(ready.text, parameters)


def _prepared(statement: Insert | Update, dialect: Dialect, names: tuple[str, ...]) -> _Ready:
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    in_turn = compiled.positiontup or list(compiled.binds)
    kinds = [compiled.binds[name].type.dialect_impl(dialect) for name in in_turn]
    columns = tuple((name, kind.bind_processor(dialect)) for name, kind in zip(in_turn, kinds, strict=True))
    return _Ready(compiled.string, compiled.positional, columns)


@lru_cache(maxsize=500)
def _inserting(table: Table, dialect: Dialect, names: tuple[str, ...]) -> _Ready:
    return _prepared(insert(table), dialect, names)


@lru_cache(maxsize=500)
def _upserting(table: Table, dialect: Dialect, names: tuple[str, ...]) -> _Ready:
    statement = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    keys = [column.name for column in table.primary_key.columns]
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    return _prepared(statement.on_conflict_do_update(index_elements=keys, set_=changed), dialect, names)


def among(dialect: Dialect, column: Column[int], name: str) -> ColumnElement[bool]:
    """Whether a column has one of many whole numbers, which are one parameter: a name for each costs more than all.

    Args:
        name: of the parameter, which `many` makes.
    """
    if dialect.name == "postgresql":
        return column == any_(bindparam(name, type_=postgresql.ARRAY(BigInteger)))
    told = func.json_each(bindparam(name, type_=Text())).table_valued("value")
    return column.in_(select(told.c.value))


def many(connection: Connection, numbers: Sequence[int]) -> Any:
    """Many whole numbers as one parameter."""
    return list(numbers) if connection.dialect.name == "postgresql" else json.dumps(numbers)


def insert_new(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row unless one with its keys is there; whether it was inserted. Who comes second waits for the first."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**row).on_conflict_do_nothing()
    # What was inserted is asked back: the count of an insert is not to be had from PostgreSQL's driver.
    return connection.execute(statement.returning(*table.primary_key.columns)).first() is not None


def lost_race(failure: DBAPIError) -> bool:
    """Whether a transaction may simply be tried again: another has taken its number or name, or stood in its way."""
    return isinstance(failure, IntegrityError) or getattr(failure.orig, "sqlstate", "") in _IN_THE_WAY


def _sqlite_pragmas(connection: Any, _: Any) -> None:
    # NORMAL may lose the newest commits with the machine's power; the journal projects them again.
    # Each checkpoint syncs the whole file: every 32 MiB of log is often enough.
    speed = ("wal_autocheckpoint=8192", "temp_store=MEMORY")
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", *speed):
        connection.execute(f"PRAGMA {pragma}")


def _migrate(engine: Engine) -> None:
    """Alembic alone takes as long to load as all else: only who finds something to migrate loads it."""
    if _revision(engine) != REVISION:
        import_module("commonbook.storage.migration").upgrade(engine)


def _revision(engine: Engine) -> str | None:
    """The migration that the schema is at; None for an empty database."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found
