"""Suite `auditlog`: whatever is done to the log of administrative acts behind its back is found. I20.

Logs of several brands are written by the code that writes them in earnest, and checkpoints are signed now and then and
kept aside. Each trial changes the tables with plain SQL in one of the ways below, inside a savepoint, and asks for the
verification, which must name a difference; a trial in ten changes nothing and must pass.
"""

import random
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, create_engine, delete, insert, select, update

from commonbook.administration import checkpoint, log
from commonbook.administration.checkpoint import AuditKey
from commonbook.administration.log import BEGINNING, Act
from commonbook.errors import Mismatch
from commonbook.qa.suite import Result
from commonbook.storage.tables import metadata
from commonbook.storage.tables.administration import audit_heads, audit_log

BRANDS = (0, 1, 7)
TRIALS_EACH = 250  # of one set of logs
Change = Callable[[Connection, random.Random, int, int], bool]


def run(seed: int, trials: int, limit: float = 0.0) -> Result:
    result = Result("auditlog", seed, limit=limit)
    while result.goes_on(trials):
        number = seed + result.seeds
        result.seeds += 1
        _one_set(random.Random(number), number, min(TRIALS_EACH, trials - result.trials), result)
    return result


def _one_set(rng: random.Random, seed: int, trials: int, result: Result) -> None:
    database = create_engine("sqlite://")
    metadata.create_all(database, tables=[audit_heads, audit_log])
    key = AuditKey(Ed25519PrivateKey.from_private_bytes(rng.randbytes(32)))
    with database.begin() as connection:
        signed = _written(connection, key, rng)
    checkpoints = checkpoint.read("\n".join(signed), key.public)
    with database.connect() as connection:
        for _ in range(trials):
            result.trials += 1
            name = rng.choice(["nothing", *CHANGES, *CHANGES])
            brand = rng.choice(BRANDS)
            last = max(one["count"] for one in checkpoints[-1]["heads"] if one["brand"] == brand)
            connection.exec_driver_sql("SAVEPOINT trial")
            changed = name != "nothing" and CHANGES[name](connection, rng, brand, last)
            found = _found(connection, checkpoints)
            connection.exec_driver_sql("ROLLBACK TO trial")
            connection.exec_driver_sql("RELEASE trial")
            result.events[name if changed or name == "nothing" else "could_not"] += 1
            result.checks += 1
            if changed and not found:
                result.failure = f"seed {seed}: {name} in the log of brand {brand} was not found"
                return
            if not changed and found:
                result.failure = f"seed {seed}: nothing was changed, and yet: {found}"
                return
    database.dispose()


def _written(connection: Connection, key: AuditKey, rng: random.Random) -> list[str]:
    """A dozen acts or two, and the checkpoints that were made meanwhile; the last one covers them all."""
    signed = []
    for moment in range(rng.randrange(9, 25)):
        brand = BRANDS[moment % 3] if moment < 6 else rng.choice(BRANDS)
        details = {"value": rng.randrange(1000), "why": rng.choice(["asked", "rule", "é"])}
        if rng.random() < 0.3:
            log.write_by_host(connection, brand, rng.randrange(1, 9), "suspend", f"user:{moment}", **details)
        else:
            log.write(
                connection,
                brand,
                f"user:{rng.randrange(1, 9)}",
                "set fee",
                f"level:{moment}",
                1_000 + moment,
                **details,
            )
        if rng.random() < 0.1:
            signed.append(checkpoint.make(connection, key, moment))
    return [*signed, checkpoint.make(connection, key, 99)]


def _found(connection: Connection, checkpoints: list[dict[str, Any]]) -> str:
    try:
        checkpoint.compare(connection, checkpoints)
    except Mismatch as found:
        return str(found)
    return ""


# -- what may be done to a log ----------------------------------------------------------------------------------------


def edit(connection: Connection, rng: random.Random, brand: int, last: int) -> bool:
    """One value of one row is another."""
    number = rng.randrange(1, last + 1)
    column, value = rng.choice(
        [("actor", "user:77"), ("act", "nothing"), ("subject", "user:0"), ("details", "{}"), ("time_ns", 1)]
    )
    where = (audit_log.c.brand == brand) & (audit_log.c.number == number)
    connection.execute(update(audit_log).where(where).values({column: value}))
    return True


def edit_and_hash(connection: Connection, rng: random.Random, brand: int, last: int) -> bool:
    """One row is another, with its right hash."""
    rows = _rows(connection, brand)
    at = rng.randrange(last)
    before = rows[at - 1].hash if at else BEGINNING
    changed = _with(rows[at], details='{"value":-1}')
    where = (audit_log.c.brand == brand) & (audit_log.c.number == at + 1)
    connection.execute(update(audit_log).where(where).values(details=changed.details, hash=changed.hash_after(before)))
    return True


def drop(connection: Connection, rng: random.Random, brand: int, last: int) -> bool:
    number = rng.randrange(1, last + 1)
    connection.execute(delete(audit_log).where(audit_log.c.brand == brand, audit_log.c.number == number))
    return True


def swap(connection: Connection, rng: random.Random, brand: int, last: int) -> bool:
    """Two rows change places, numbers and all."""
    if last < 2:
        return False
    one, other = rng.sample(range(1, last + 1), 2)
    rows = {row.number: row for row in _rows(connection, brand)}
    for number, taken in ((one, rows[other]), (other, rows[one])):
        where = (audit_log.c.brand == brand) & (audit_log.c.number == number)
        values = {"actor": taken.actor, "act": taken.act, "subject": taken.subject, "details": taken.details}
        connection.execute(update(audit_log).where(where).values(**values, time_ns=taken.time_ns, hash=taken.hash))
    return True


def add(connection: Connection, rng: random.Random, brand: int, last: int) -> bool:
    """A row that nobody wrote, behind the last, with its right hash; the head stays."""
    rows = _rows(connection, brand)
    made = Act(brand, len(rows) + 1, 5, "user:1", "grant", "user:2", "{}", "")
    _insert(connection, _with(made, hash=made.hash_after(rows[-1].hash)))
    return True


def cut(connection: Connection, rng: random.Random, brand: int, last: int) -> bool:
    """The last rows are gone, and the head says so too."""
    _rewrite(connection, brand, _rows(connection, brand)[: rng.randrange(last)])
    return True


def cut_and_regrow(connection: Connection, rng: random.Random, brand: int, last: int) -> bool:
    """From some row on all are other ones, as many as there were, with right hashes and a right head."""
    at = rng.randrange(last)
    rows = _rows(connection, brand)
    _rewrite(connection, brand, rows[:at] + [_with(row, subject="user:0") for row in rows[at:]])
    return True


def insert_and_rewrite(connection: Connection, rng: random.Random, brand: int, last: int) -> bool:
    """One more row in the middle, and everything behind it numbered and hashed anew."""
    rows = _rows(connection, brand)
    at = rng.randrange(last)
    _rewrite(connection, brand, [*rows[:at], Act(brand, 0, 5, "user:1", "grant", "user:2", "{}", ""), *rows[at:]])
    return True


def rewrite_all(connection: Connection, rng: random.Random, brand: int, last: int) -> bool:
    """The whole log anew, shorter or longer than it was."""
    rows = _rows(connection, brand)
    kept = [row for row in rows if rng.random() < 0.8]
    added = [Act(brand, 0, 5, "host", "nothing", "", "{}", "") for _ in range(rng.randrange(1, 4))]
    _rewrite(connection, brand, added + kept)
    return True


def forget(connection: Connection, rng: random.Random, brand: int, last: int) -> bool:
    """The log is gone, head and all."""
    connection.execute(delete(audit_log).where(audit_log.c.brand == brand))
    connection.execute(delete(audit_heads).where(audit_heads.c.brand == brand))
    return True


CHANGES: dict[str, Change] = {
    one.__name__: one
    for one in (
        edit,
        edit_and_hash,
        drop,
        swap,
        add,
        cut,
        cut_and_regrow,
        insert_and_rewrite,
        rewrite_all,
        forget,
    )
}


def _rows(connection: Connection, brand: int) -> list[Act]:
    chosen = select(audit_log).where(audit_log.c.brand == brand).order_by(audit_log.c.number)
    return [Act(**row._mapping) for row in connection.execute(chosen)]


def _with(act: Act, **changed: Any) -> Act:
    return Act(**({name: getattr(act, name) for name in Act.__dataclass_fields__} | changed))


def _insert(connection: Connection, act: Act) -> None:
    connection.execute(insert(audit_log).values(**{name: getattr(act, name) for name in Act.__dataclass_fields__}))


def _rewrite(connection: Connection, brand: int, rows: list[Act]) -> None:
    """As if these had been written from the beginning."""
    connection.execute(delete(audit_log).where(audit_log.c.brand == brand))
    before = BEGINNING
    for number, row in enumerate(rows, 1):
        numbered = _with(row, number=number)
        before = numbered.hash_after(before)
        _insert(connection, _with(numbered, hash=before))
    where = audit_heads.c.brand == brand
    connection.execute(update(audit_heads).where(where).values(count=len(rows), head=before))
