"""Commission is kept a batch at a time, hours are settled for all brokers together, entries hold their postings.

What was accrued goes on in blocks, settled or not.
"""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import sqlalchemy as sa
from alembic import op

from commonbook.errors import OutsideFailure
from commonbook.storage.schema import ledger_entries, positions, venue_commands
from commonbook.storage.tables import broker, clearing
from commonbook.storage.types import AmountColumn
from commonbook.units import parse_units

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = (broker.accrual_blocks, broker.settlement_hours, broker.settlements_carried, clearing.claim_blocks)
UNFINISHED = "SELECT COUNT(*) FROM settlements WHERE state NOT IN ('published', 'carried')"
ACCRUALS = """SELECT program, hour, broker, line, EXISTS (SELECT 1 FROM settlements WHERE settlements.program = \
accruals.program AND settlements.broker = accruals.broker AND settlements.hour = accruals.hour) AS settled
FROM accruals ORDER BY accrual"""
HOURS = """INSERT INTO settlement_hours (program, hour, last_sequence, state, root)
SELECT program, hour, MAX(last_sequence), 'published', '' FROM settlements_before GROUP BY program, hour"""
# Hours without a broker were not settled; those before a settled one are over.
EMPTY_HOURS = """INSERT INTO settlement_hours (program, hour, last_sequence, state, root)
SELECT program, hour, 0, 'published', '' FROM accrual_blocks WHERE hour < (SELECT MAX(hour) FROM settlement_hours
WHERE settlement_hours.program = accrual_blocks.program) AND NOT EXISTS (SELECT 1 FROM settlement_hours
WHERE settlement_hours.program = accrual_blocks.program AND settlement_hours.hour = accrual_blocks.hour)
GROUP BY program, hour"""
CARRIED = """INSERT INTO settlements_carried (program, broker, account, asset, amount)
SELECT program, broker, 0, asset, carried FROM settlements_before WHERE NOT EXISTS (SELECT 1 FROM settlements_before
AS later WHERE later.program = settlements_before.program AND later.broker = settlements_before.broker
AND later.asset = settlements_before.asset AND later.hour > settlements_before.hour)"""
REASONS = (
    "NO_TAG",
    "UNKNOWN_CODE",
    "NOT_ASSOCIATED",
    "CODE_INACTIVE",
    "NON_API",
    "VIP_TOO_HIGH",
    "FEE_DISCOUNT",
    "SUBSIDISED",
    "NO_NET_FEE",
    "NO_INDEX_PRICE",
)
ATTRIBUTIONS = ("BROKER", "NO_TAG", "UNKNOWN_CODE", "NOT_ASSOCIATED", "CODE_INACTIVE")
CHANNELS, ROLES = ("HOST", "API", "WEB"), ("", "taker", "maker")
# Records as they were when this was written.
AMOUNT = np.dtype([("low", "<u8"), ("high", "<i8")])
COMMAND = np.dtype({"names": ["kind"], "formats": ["u1"], "offsets": [16], "itemsize": 128})
INSTRUMENT = np.dtype(
    {
        "names": ["tick_scale", "lot_scale", "instrument", "tick_mantissa", "lot_mantissa", "name"],
        "formats": ["u1", "u1", "<u4", "<i8", "<i8", "S32"],
        "offsets": [17, 18, 20, 32, 40, 64],
        "itemsize": 128,
    }
)
ACCOUNT = np.dtype({"names": ["brand", "account"], "formats": ["<u4", "<u8"], "offsets": [20, 24], "itemsize": 128})
INSTRUMENTS, ACCOUNTS = 4, 6  # kinds of commands
CLAIM = np.dtype(
    [
        ("sequence", "<i8"),
        ("index", "<i4"),
        ("kind", "u1"),
        ("is_maker", "?"),
        ("beneficiary", "<i8"),
        ("amount", AMOUNT),
    ]
)
BROKER_COMMISSION = 1  # kind of a claim
SIDE = np.dtype(  # of the records in a block
    [(name, "<i8") for name in ("sequence", "time_ns", "trade", "order", "account", "price_ticks", "quantity_lots")]
    + [(name, AMOUNT) for name in ("taker_fee", "maker_fee")]
    + [(name, "<i4") for name in ("index", "instrument", "brand", "broker")]
    + [(name, "u1") for name in ("role", "level", "channel", "attribution")]
    + [(name, "?") for name in ("subsidised", "affiliated")]
    + [(name, AMOUNT) for name in ("discount", "claimed")]
    + [(name, "<i8") for name in ("index_price_e8", "index_sequence")]
    + [("cap_e8", "<i4"), ("withheld", "u1"), ("rate_e8", "<i4"), ("cut", "?"), ("failed", "<u4")]
    + [(name, AMOUNT) for name in ("base", "commission", "paid")]
)

SIDE_FORMAT, NO_CAP = 2, -1

FORMS = (  # how names of the ledger were kept when this was written
    *("user:{}:available", "user:{}:held", "custody", "host_fee", "fee_subsidy", "conversion", "rounding"),
    *("broker_payable:{}", "client_payable:{}", "affiliate_payable:{}", "token_holders:{}", "brand_revenue:{}"),
)
LINE = np.dtype([("form", "u1"), ("asset", "<i4"), ("id", "<i8"), ("amount", AMOUNT)])
POSTINGS = sa.table(
    "postings",
    *(sa.column(name) for name in ("entry", "account", "asset")),
    sa.column("amount", AmountColumn()),
)
TOGETHER = 1_000  # entries, or sides of a block


def upgrade() -> None:
    connection = op.get_bind()
    for table in TABLES:
        table.create(connection, checkfirst=True)  # a database made by 0001 today has them already
    has_blocks = "account" in {one["name"] for one in sa.inspect(connection).get_columns("settlements")}
    if not has_blocks:
        _all_must_be_settled(connection)  # before anything is changed
    if "lines" not in {one["name"] for one in sa.inspect(connection).get_columns("ledger_entries")}:
        _put_postings_into_entries(connection)
    if not has_blocks:
        _put_accruals_into_blocks(connection)
        _put_settlements_by_account(connection)


def _all_must_be_settled(connection: sa.Connection) -> None:
    """What was computed is paid under the key, and published under the header, of the release that computed it."""
    open_ones = connection.execute(sa.text(UNFINISHED)).scalar_one()
    if open_ones:
        raise OutsideFailure(
            f"{open_ones} settlements of brokers are computed and not published: start the release before this one "
            "once more until they are (what a payment waits for is in its log; docs/rules/broker.md, B-18)"
        )


def _put_accruals_into_blocks(connection: sa.Connection) -> None:
    """What is not settled, and is of an hour that is, goes to the first behind all that are (B-14)."""
    instruments, brands = _configured(connection)
    settled = sa.text("SELECT program, MAX(hour) FROM settlements GROUP BY program")
    newest = {row[0]: row[1] for row in connection.execute(settled)}
    rows = connection.execute(sa.text(ACCRUALS).execution_options(stream_results=True))

    def place(row: Any) -> tuple[str, int]:
        is_late = row.broker and not row.settled and row.hour <= newest.get(row.program, -1)
        return row.program, newest[row.program] + 1 if is_late else row.hour

    for (program, hour), some in itertools.groupby(rows, key=place):
        for part in _parts(some):
            lines = [(json.loads(row.line), row.broker) for row in part]
            sides = np.concatenate(
                [_side(line, at, instruments[line["instrument"]], brands[int(line["account"])]) for line, at in lines]
            )
            within = {"first_sequence": int(sides["sequence"].min()), "last_sequence": int(sides["sequence"].max())}
            told = {
                "program": program,
                "hour": hour,
                "format": SIDE_FORMAT,
                "sides": len(sides),
                "rows": sides.tobytes(),
            }
            connection.execute(sa.insert(broker.accrual_blocks).values(**within, **told))
            claims = _claims(sides)
            if len(claims):
                connection.execute(sa.insert(clearing.claim_blocks).values(**within, rows=claims.tobytes()))
    op.drop_table("accruals")


def _claims(sides: Any) -> Any:
    """What brokers have claimed of fees: days that are not closed yet are told of it."""
    words = sides["commission"]
    mine = sides[(sides["broker"] != 0) & ((words["low"] != 0) | (words["high"] != 0))]
    found = np.zeros(len(mine), CLAIM)
    for name in ("sequence", "index"):
        found[name] = mine[name]
    found["kind"], found["is_maker"] = BROKER_COMMISSION, mine["role"] == ROLES.index("maker")
    found["beneficiary"], found["amount"] = mine["broker"], mine["commission"]
    return found


def _put_settlements_by_account(connection: sa.Connection) -> None:
    op.rename_table("settlements", "settlements_before")
    broker.settlements.create(connection)
    columns = "program, broker, asset, hour, amount, carried, lines, header, root, state, key"
    copied = f"INSERT INTO settlements (account, {columns}) SELECT 0, {columns} FROM settlements_before"
    connection.execute(sa.text(copied))
    for statement in (HOURS, EMPTY_HOURS, CARRIED):
        connection.execute(sa.text(statement))
    op.drop_table("settlements_before")


def _put_postings_into_entries(connection: sa.Connection) -> None:
    op.add_column("ledger_entries", sa.Column("lines", sa.LargeBinary()))
    rows = connection.execute(sa.select(POSTINGS).order_by(POSTINGS.c.entry).execution_options(stream_results=True))
    changed = sa.update(ledger_entries).where(ledger_entries.c.entry == sa.bindparam("number"))
    changed = changed.values(lines=sa.bindparam("data"))
    some: list[dict[str, Any]] = []
    for entry, postings in itertools.groupby(rows, key=lambda row: row.entry):
        some.append({"number": entry, "data": b"".join(map(_line, postings))})
        if len(some) == TOGETHER:
            connection.execute(changed, some)
            some = []
    if some:
        connection.execute(changed, some)
    connection.execute(sa.update(ledger_entries).where(ledger_entries.c.lines.is_(None)).values(lines=b""))
    with op.batch_alter_table("ledger_entries") as table:
        table.alter_column("lines", existing_type=sa.LargeBinary(), nullable=False)
    op.drop_table("postings")
    newest = connection.execute(sa.select(sa.func.max(ledger_entries.c.entry))).scalar()
    if newest:  # a position that is there is never 0
        connection.execute(sa.insert(positions).values(name="ledger balances", sequence=newest))


def _line(posting: Any) -> bytes:
    number = re.search(r"\d+", posting.account)
    form = re.sub(r"\d+", "{}", posting.account)
    return np.array(
        [(FORMS.index(form), posting.asset, int(number[0]) if number else 0, _words(posting.amount))], LINE
    ).tobytes()


def _words(amount: int) -> tuple[int, int]:
    return amount & 0xFFFF_FFFF_FFFF_FFFF, amount >> 64


def _configured(connection: sa.Connection) -> tuple[dict[str, Any], dict[int, int]]:
    """Instruments by name, INSTRUMENT records; the brand of each account."""
    chosen = sa.select(venue_commands.c.record).order_by(venue_commands.c.sequence)
    records = [bytes.fromhex(record) for record in connection.execute(chosen).scalars()]
    data = b"".join(records)
    kinds = np.frombuffer(data, COMMAND)["kind"]
    instruments = np.frombuffer(data, INSTRUMENT)[kinds == INSTRUMENTS]
    accounts = np.frombuffer(data, ACCOUNT)[kinds == ACCOUNTS]
    brands = dict(zip(accounts["account"].tolist(), accounts["brand"].tolist(), strict=True))
    return {one["name"].decode(): one for one in instruments}, brands


def _parts(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while part := list(itertools.islice(rows, TOGETHER)):
        yield part


def _side(line: dict[str, Any], effective: int, instrument: Any, brand: int) -> Any:
    """A row of before as a record of today."""
    side = np.zeros(1, SIDE)
    sequence, _, index = line["fill"].partition("-")
    side["sequence"], side["index"], side["broker"], side["brand"] = int(sequence), int(index), effective, brand
    for name in ("time_ns", "trade", "order", "account", "level", "index_price_e8", "index_sequence", "rate_e8"):
        side[name] = int(line[name])
    for name in ("taker_fee", "maker_fee", "discount", "base", "commission", "paid"):
        side[name] = np.array([_words(int(line[name]))], AMOUNT)
    side["instrument"], side["cap_e8"] = instrument["instrument"], NO_CAP  # nobody was asked then
    for name, column, unit in (("price", "price_ticks", "tick"), ("quantity", "quantity_lots", "lot")):
        units = parse_units(line[name], int(instrument[f"{unit}_scale"]))
        side[column] = units // int(instrument[f"{unit}_mantissa"])
    side["role"] = ROLES.index(line["role"])
    side["channel"], side["attribution"] = CHANNELS.index(line["channel"]), ATTRIBUTIONS.index(line["attribution"])
    side["subsidised"], side["affiliated"] = line["subsidised"], line["affiliated"]
    side["failed"] = sum(1 << REASONS.index(reason) for reason in line["excluded_by"])
    return side


def downgrade() -> None:
    raise OutsideFailure(
        "a database is not brought back to before its blocks: put the copy back that was made before, or take the "
        "journal in anew with the release before (docs/rules/ledger.md, L-8)"
    )
