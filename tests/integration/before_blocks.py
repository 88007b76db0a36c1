"""A database as it was when postings and accruals had rows of their own: before the migration 0015."""

import json

from spec.accrued import accrued
from sqlalchemy import Connection, bindparam, select, text

from commonbook.instrument.venue import Venue
from commonbook.ledger.model import Lines, Posting
from commonbook.storage.schema import ledger_entries
from commonbook.storage.tables.broker import settlements
from commonbook.storage.types import AmountColumn

BEFORE_BLOCKS = (
    "CREATE TABLE postings (entry BIGINT, account VARCHAR(64), asset INTEGER, amount {amount})",
    "CREATE TABLE accruals (accrual BIGINT, program VARCHAR(8), broker INTEGER, hour BIGINT, line TEXT)",
    "DROP TABLE settlements",
    "CREATE TABLE settlements (program VARCHAR(8), broker INTEGER, asset INTEGER, hour BIGINT, last_sequence BIGINT, "
    "amount {amount}, carried {amount}, lines INTEGER, header TEXT, root VARCHAR(64), state VARCHAR(16), "
    "key VARCHAR(32))",
    "DROP TABLE accrual_blocks",
    "DROP TABLE settlement_hours",
    "DROP TABLE settlements_carried",
    "DROP TABLE claim_blocks",
    "ALTER TABLE ledger_entries DROP COLUMN lines",
    "UPDATE alembic_version SET version_num = '0014'",
)


def lines_of_entries(connection: Connection) -> dict[int, list[Posting]]:
    found = connection.execute(select(ledger_entries.c.entry, ledger_entries.c.lines))
    return {entry: list(Lines.read(lines)) for entry, lines in found}


def put_back_into_rows(connection: Connection, venue: Venue) -> None:
    """Make of today's database one of the revision 0014: what blocks and entries hold, in rows as it was then."""
    lines = accrued(connection, venue)
    settled = [dict(row) for row in connection.execute(select(settlements)).mappings()]
    entries = lines_of_entries(connection)
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in BEFORE_BLOCKS:
        connection.execute(text(statement.format(amount="VARCHAR(39)" if is_sqlite else "NUMERIC(38, 0)")))
    connection.execute(text("DELETE FROM positions WHERE name = 'ledger balances'"))
    amount = bindparam("amount", type_=AmountColumn())
    posting = text("INSERT INTO postings VALUES (:entry, :account, :asset, :amount)").bindparams(amount)
    for entry, postings in entries.items():
        for one_line in postings:
            row = {"account": one_line.account, "asset": one_line.asset, "amount": one_line.amount}
            connection.execute(posting, {"entry": entry, **row})
    accrual = text("INSERT INTO accruals VALUES (:accrual, 'api', :broker, :hour, :line)")
    for number, told in enumerate(lines):
        row = {"broker": told["broker"], "hour": int(told["line"]["time_ns"]) // 10**9 // 3600}
        connection.execute(accrual, {"accrual": number, **row, "line": json.dumps(told["line"])})
    names = ("program", "broker", "asset", "hour", "amount", "carried", "lines", "header", "root", "state", "key")
    amounts = [bindparam(name, type_=AmountColumn()) for name in ("amount", "carried")]
    places = ", ".join(f":{name}" for name in names)
    settlement = text(f"INSERT INTO settlements ({', '.join(names)}, last_sequence) VALUES ({places}, 1)")
    for row in settled:
        connection.execute(settlement.bindparams(*amounts), {name: row[name] for name in names})
