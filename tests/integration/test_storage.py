"""The whole storage path on SQLite and on PostgreSQL: the same tables, the same statements, the same refusals."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from integration.before_blocks import lines_of_entries, put_back_into_rows
from integration.postgres import fresh_schema
from spec.small_exchange import (
    BROKER,
    BTC,
    BTC_EUR,
    EUR,
    FEE_POOL,
    HOUSE,
    MAKER,
    NORTH,
    PAYOUT,
    SOUTH,
    SUBSIDY,
    TAKER,
    USDT,
    Crash,
    SmallExchange,
    crash_at_commit,
    crash_before_the_transfer,
    deposit,
    one,
    order,
    units,
)
from sqlalchemy import Connection, Table, bindparam, create_engine, event, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from commonbook.broker.statement import verify_statement
from commonbook.console.audit import audit_folder
from commonbook.errors import BrokenInvariant, OutsideFailure
from commonbook.exchange import BackOffice, Exchange
from commonbook.instrument.accounts import funding_account, subaccount
from commonbook.ledger.model import CUSTODY, Entry, Posting
from commonbook.ledger.service import Ledger, stored
from commonbook.records import Channel, CommandKind, KillScope, ListingMode, OrderType, Side
from commonbook.settings import BrokerSettings, MarketSettings, Settings
from commonbook.simulated.configuration import Configuration, followed
from commonbook.storage import schema
from commonbook.storage.database import execute_many, open_database
from commonbook.storage.migration import newest
from commonbook.storage.schema import (
    REVISION,
    index_candles,
    index_prices,
    ledger_balances,
    market_days,
    subaccounts,
    trades,
    transfer_names,
    transfers,
)
from commonbook.storage.tables import metadata
from commonbook.storage.tables.autonomy import notices
from commonbook.storage.tables.broker import accrual_blocks, settlement_hours, settlements
from commonbook.units import AMOUNT_LIMIT

# Tables of people, brands and their administration: a market that is played has none of these.
OF_PEOPLE = set(metadata.tables) - {table.name for table in vars(schema).values() if isinstance(table, Table)}
KEPT_WHILE_TRADING = {"revenue_days", "brand_instrument_hours", "book_instrument_hours"}
KEPT_WHILE_TRADING |= {"engine_days", "fee_history", "volume_days"}
KEPT_WHILE_TRADING |= {"accrual_blocks", "claim_blocks", "settlement_hours", "settlements", "settlements_carried"}
KEPT_WHILE_TRADING |= {"program_clocks", "program_settings"}
KEPT_WHILE_TRADING |= {"brand_changes", "oauth_changes"}  # as key_changes, they count from 0
SMALL_PAYOUT = Settings(broker=BrokerSettings(minimum_payout_minor=units("5")))


@pytest.fixture
def postgres(server: str) -> Iterator[str]:
    with fresh_schema(server) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tables.db'}"
    return str(request.getfixturevalue("postgres"))


def on(url: str, settings: Settings = SMALL_PAYOUT) -> Settings:
    return msgspec.structs.replace(settings, database_url=url)


def trade_for_some_hours(exchange: SmallExchange) -> None:
    """Orders of all kinds, both assets, a carried hour, a subsidy, an exclusion; settled as the hours come due."""
    exchange.send(deposit(SUBSIDY, USDT, "100", "subsidy"), hour=0)
    exchange.transfer(HOUSE, FEE_POOL, "500", "host:pool")
    exchange.price(EUR, "1.10")
    exchange.trade("1000", hour=0, maker_broker=BROKER)  # 0.42: below the minimum payout
    exchange.trade("123.45678912", hour=0, second=61, instrument=BTC_EUR, channel=Channel.WEB)
    exchange.tick(2)
    exchange.settle()
    resting = exchange.send(
        order(MAKER, Side.SELL, "70", client_id=b"resting"),
        order(HOUSE, Side.BUY, "30", order_type=OrderType.IOC, price_ticks=3),
        hour=2,
    ).first
    exchange.send(one(CommandKind.AMEND, account=MAKER, instrument=1, order=resting, quantity_lots=units("60")), hour=2)
    exchange.send(order(TAKER, Side.BUY, "20", broker=BROKER, client_id=b"twenty"), hour=2, second=5)
    exchange.send(one(CommandKind.CANCEL, account=MAKER, instrument=1, order=resting), hour=2, second=6)
    exchange.rates(MAKER, "-20", "10", subsidised=True)
    exchange.trade("100", hour=2, second=7)
    exchange.trade("20000", hour=2, second=9, maker=HOUSE)
    exchange.trade("90000", hour=3, maker=HOUSE, instrument=BTC_EUR)
    exchange.tick(5)
    exchange.settle()


def tables(exchange: SmallExchange) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, sorted."""
    with exchange.exchange.back_office.database.connect() as connection:
        return {
            table.name: sorted(tuple(row) for row in connection.execute(select(table)))
            for table in metadata.sorted_tables
        }


def files(exchange: SmallExchange) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in exchange.statements().items()}


def test_the_schema_states_the_revision_of_the_newest_migration() -> None:
    assert newest() == REVISION


@pytest.mark.postgres
def test_both_databases_hold_the_same_rows_and_give_the_same_statements(tmp_path: Path, postgres: str) -> None:
    found = []
    for name, url in (("sqlite", f"sqlite:///{tmp_path / 'tables.db'}"), ("postgres", postgres)):
        with SmallExchange(tmp_path / name, on(url)) as exchange:
            trade_for_some_hours(exchange)
            assert exchange.exchange.ledger_difference() == {}
            found.append((tables(exchange), files(exchange), exchange.exchange.sequencer.engine.state_hash()))
    (rows, statements, state), (other_rows, other_statements, other_state) = found
    for table, expected in rows.items():
        assert other_rows[table] == expected, table
    assert other_statements == statements
    assert other_state == state
    empty = {table for table, expected in rows.items() if not expected}
    assert empty == {
        "api_keys",
        "key_brokers",
        "subaccounts",
        "transfer_names",
        "web_sessions",
        "web_tickets",
        "market_days",
        *OF_PEOPLE - KEPT_WHILE_TRADING,
    }
    assert [len(rows[table]) for table in ("settlements", "fills")] == [3, 2 * 7]
    assert len(statements) == 3


def test_the_flow_is_settled_and_its_audit_agrees(tmp_path: Path, url: str) -> None:
    with SmallExchange(tmp_path / "data", on(url)) as exchange:
        trade_for_some_hours(exchange)
        states = [(row["state"], row["amount"] > 0) for row in exchange.rows(settlements, "hour")]
        assert states == [("carried", False), ("published", True), ("published", True)]
        assert all(verify_statement(path).ok for path in exchange.statements().values())
    audit = audit_folder(tmp_path / "data", on(url))
    assert (audit.problems, audit.statements, audit.ledger_difference) == ([], 3, 0)


def test_what_is_stored_is_what_a_restart_finds(tmp_path: Path, url: str) -> None:
    with SmallExchange(tmp_path / "data", on(url)) as exchange:
        trade_for_some_hours(exchange)
        before = tables(exchange), dict(exchange.exchange.back_office.ledger.balances), exchange.exchange.venue
        exchange.crash()
        after = tables(exchange), dict(exchange.exchange.back_office.ledger.balances), exchange.exchange.venue
    assert after[0] == before[0]
    assert after[1] == {key: amount for key, amount in before[1].items() if amount or key in after[1]}
    for part in ("assets", "instruments", "brands", "accounts", "codes", "schedules", "overrides", "prices"):
        assert getattr(after[2], part) == getattr(before[2], part)


def test_a_batch_is_taken_in_whole_or_not_at_all(tmp_path: Path, url: str) -> None:
    # The transaction fails at its very end, when everything is written: nothing of it is there, and it comes again.
    with SmallExchange(tmp_path / "data", on(url)) as exchange:
        exchange.trade("100")
        before = tables(exchange)

        def fail(_: Any) -> None:
            raise Crash

        event.listen(exchange.exchange.back_office.database, "commit", fail)
        with pytest.raises(Crash):
            exchange.trade("200")
        event.remove(exchange.exchange.back_office.database, "commit", fail)
        assert tables(exchange) == before
        exchange.crash()
        assert exchange.exchange.ledger_difference() == {}
        assert len(tables(exchange)["fills"]) == len(before["fills"]) + 2


def _due(exchange: SmallExchange) -> None:
    exchange.trade("100000")  # a commission of 35.00


def test_two_settlements_that_meet_between_looking_and_writing_pay_once(tmp_path: Path, url: str) -> None:
    # The first has seen that the hour is not settled; before its row is written the second settles it all.
    with SmallExchange(tmp_path / "data", on(url)) as exchange:
        _due(exchange)
        office = exchange.exchange.back_office
        second = BackOffice.open(exchange.folder, url, exchange.settings)
        exchange.tick(2)
        second._engine_time_ns = exchange.exchange.sequencer.engine.time_ns()
        settled: list[object] = []

        def meet(*arguments: Any) -> None:
            if "INSERT INTO settlements" in arguments[2] and not settled:
                settled.append(None)
                settled.extend(second.settle_due(lambda commands: exchange.exchange.submit(commands, timed=True)))

        event.listen(office.database, "before_cursor_execute", meet)
        with pytest.raises(IntegrityError):
            exchange.settle()
        assert len(settled) == 2
        second.close()
        exchange.crash()
        exchange.tick(2, 1)
        assert exchange.settle() == []
        assert exchange.available(PAYOUT) == "35"
        assert [row["state"] for row in exchange.rows(settlements, "hour")] == ["published"]
        assert exchange.exchange.ledger_difference() == {}


def test_a_second_back_office_on_the_database_stops(tmp_path: Path, url: str) -> None:
    with SmallExchange(tmp_path / "data", on(url)) as exchange:
        second = BackOffice.open(exchange.folder, url, exchange.settings)
        batch = exchange.tick(0, 1)
        with pytest.raises(BrokenInvariant, match="another process projects into this database"):
            second.project(batch)
        second.close()


@pytest.mark.parametrize(
    "crash", [crash_before_the_transfer, *(crash_at_commit(number) for number in (1, 2, 3, 4))], ids=range(5)
)
def test_a_crash_within_a_settlement_pays_once_on_either_database(
    tmp_path: Path, url: str, crash: Callable[[SmallExchange], None]
) -> None:
    with SmallExchange(tmp_path / "data", on(url)) as exchange:
        _due(exchange)
        exchange.tick(2)
        with pytest.raises(Crash):
            crash(exchange)
        exchange.crash()
        exchange.tick(2, 1)
        assert [payout.state for payout in exchange.settle()] == ["published"]
        assert exchange.available(PAYOUT) == "35"
        assert exchange.exchange.ledger_difference() == {}


EXTREMES = [0, 1, -1, 2**63, -(2**63) - 1, 2**64, 10**18, AMOUNT_LIMIT - 1, 1 - AMOUNT_LIMIT]


def test_amounts_beyond_64_bits_are_kept_exactly_and_sort_as_numbers(url: str) -> None:
    database = open_database(url)
    rows = [{"account": f"a{number}", "asset": 1, "amount": amount} for number, amount in enumerate(EXTREMES)]
    with database.begin() as connection:
        connection.execute(ledger_balances.insert(), rows)
    with database.connect() as connection:
        stored = connection.execute(select(ledger_balances.c.amount).order_by(ledger_balances.c.amount)).scalars().all()
        above = connection.execute(
            select(ledger_balances.c.amount).where(ledger_balances.c.amount > 2**63).order_by(ledger_balances.c.amount)
        ).scalars()
        assert list(above) == [2**64, AMOUNT_LIMIT - 1]
    database.dispose()
    assert stored == sorted(EXTREMES)
    assert {type(amount) for amount in stored} == {int}


def test_rows_bound_a_column_at_a_time_are_those_that_a_plain_execute_stores(url: str) -> None:
    database = open_database(url)
    rows = [{"account": f"a{number}", "asset": 1, "amount": amount} for number, amount in enumerate(EXTREMES)]
    moved = update(ledger_balances).where(ledger_balances.c.account == bindparam("wanted"))
    moved = moved.values(amount=bindparam("new_amount"))
    with database.begin() as connection:
        execute_many(connection, insert(ledger_balances), rows)
        connection.execute(insert(ledger_balances), [row | {"asset": 2} for row in rows])
        named = select(ledger_balances.c.account, ledger_balances.c.amount).order_by(ledger_balances.c.account)
        stored = [connection.execute(named.where(ledger_balances.c.asset == asset)).all() for asset in (1, 2)]
        execute_many(
            connection,
            moved,
            [{"wanted": f"a{number}", "new_amount": amount // 3} for number, amount in enumerate(EXTREMES)],
        )
        after = connection.execute(named.where(ledger_balances.c.asset == 1)).all()
    database.dispose()
    assert stored[0] == stored[1] == [(f"a{number}", amount) for number, amount in enumerate(EXTREMES)]
    assert after == [(f"a{number}", amount // 3) for number, amount in enumerate(EXTREMES)]


def test_a_database_of_the_first_migration_gets_its_index_candles_from_the_prices_it_kept(url: str) -> None:
    minute = 29_400_000  # since 1970
    kept = [  # sequence, seconds within the minute, price
        (10, 5, 300),
        (11, 20, 500),
        (12, 59, 200),
        (13, 61, 400),  # the next minute
    ]
    database = open_database(url)
    with database.begin() as connection:
        for table in (index_candles, transfers, transfer_names, subaccounts):
            table.drop(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        for sequence, second, price in kept:
            row = {"sequence": sequence, "time_ns": (minute * 60 + second) * 10**9, "asset": 2, "quote_asset": 1}
            connection.execute(index_prices.insert(), [row | {"price_e8": price}])
    database.dispose()
    migrated = open_database(url)
    with migrated.connect() as connection:
        rows = connection.execute(select(index_candles).order_by(index_candles.c.minute)).all()
        assert connection.execute(select(transfers)).all() == []
    migrated.dispose()
    assert [tuple(row) for row in rows] == [
        (2, 1, minute, 300, 500, 200, 200),
        (2, 1, minute + 1, 400, 400, 400, 400),
    ]


def test_h3_a_closed_day_moves_into_files_on_either_database(tmp_path: Path, url: str) -> None:
    with SmallExchange(tmp_path / "data", on(url, Settings(market=MarketSettings(recent_days=0)))) as exchange:
        for hour in (0, 9, 60):
            exchange.trade(str(hour + 1), hour=hour)
        office = exchange.exchange.back_office
        with office.database.connect() as connection:
            before = (
                office.market.trade_list(connection, 1, 9),
                office.market.candle_list(connection, 1, "1D", None, None, 9),
            )
        assert [office.move_closed_day() for _ in range(3)] == [True, True, False]
        assert len(exchange.rows(trades, "trade")) == 1
        with office.database.connect() as connection:
            after = (
                office.market.trade_list(connection, 1, 9),
                office.market.candle_list(connection, 1, "1D", None, None, 9),
            )
        assert after == before
        exchange.crash()
        assert exchange.exchange.ledger_difference() == {}


def test_a_database_of_the_first_release_gets_the_table_of_days(url: str) -> None:
    first = open_database(url)
    with first.begin() as connection:
        market_days.drop(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    first.dispose()
    second = open_database(url)
    with second.connect() as connection:
        assert connection.execute(select(market_days)).all() == []
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == REVISION
    second.dispose()


def test_a_database_of_before_keeps_what_went_by_letter(url: str) -> None:
    first = open_database(url)
    with first.begin() as connection:
        for number in (1, 2, 3):
            told = {"kind": "delisted", "subject": str(number), "details": "{}", "time_ns": 1}
            connection.execute(insert(notices).values(notice=number, brand=1, account=0, **told))
        connection.execute(insert(schema.positions).values(name="letters", sequence=2))
        for table, names in (("notices", ["has_letters"]), ("reconciliations", ["walked_sequence", "walked_hash"])):
            for name in names:
                connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {name}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0013'"))
    first.dispose()
    second = open_database(url)
    with second.connect() as connection:
        found = connection.execute(select(notices.c.notice, notices.c.has_letters).order_by(notices.c.notice)).all()
        assert [tuple(row) for row in found] == [(1, True), (2, True), (3, False)]
        assert connection.execute(select(schema.positions)).all() == []
        assert connection.execute(text("SELECT walked_sequence, walked_hash FROM reconciliations")).all() == []
    second.dispose()


def test_a_database_of_before_keeps_its_postings_and_accruals(tmp_path: Path, url: str) -> None:
    """Every balance, and what brokers are owed, is what it was when both were kept in rows of their own."""
    with SmallExchange(tmp_path / "live", on(url)) as exchange:
        trade_for_some_hours(exchange)
        exchange.trade("700", hour=6, maker=HOUSE)
        office = exchange.exchange.back_office
        with office.database.begin() as connection:
            office.ledger.keep(connection)
            balances, entries = dict(stored(connection)), lines_of_entries(connection)
            blocks = connection.execute(select(accrual_blocks).order_by(accrual_blocks.c.block)).all()
            settled = connection.execute(select(settlements)).mappings().all()
            put_back_into_rows(connection, office.venue)
    again = open_database(url)
    with again.connect() as connection:
        assert dict(stored(connection)) == balances
        assert lines_of_entries(connection) == entries
        found = connection.execute(select(accrual_blocks).order_by(accrual_blocks.c.block)).all()
        assert [row.hour for row in found] == sorted({row.hour for row in blocks})
        assert b"".join(row.rows for row in found) == b"".join(row.rows for row in blocks)
        names = [column.name for column in settlements.columns]
        assert [tuple(row) for row in connection.execute(select(settlements))] == [
            tuple(row[name] for name in names) for row in settled
        ]
        states = connection.execute(select(settlement_hours.c.hour, settlement_hours.c.state)).all()
        assert {tuple(row) for row in states} == {(row["hour"], "published") for row in settled}
        gone = {"postings", "accruals", "settlements_before"}
        assert gone.isdisjoint(inspect(connection).get_table_names())
    again.dispose()


def test_a_migration_that_is_refused_has_changed_nothing(tmp_path: Path, url: str) -> None:
    """What an hour waits for is finished by the release before, on the database as that release has left it."""
    with SmallExchange(tmp_path / "live", on(url)) as exchange:
        trade_for_some_hours(exchange)
        office = exchange.exchange.back_office
        with office.database.begin() as connection:
            office.ledger.keep(connection)
            balances, entries = dict(stored(connection)), lines_of_entries(connection)
            put_back_into_rows(connection, office.venue)
            connection.execute(
                text("UPDATE settlements SET state = 'paid' WHERE hour = (SELECT MAX(hour) FROM settlements)")
            )
            before = _tables(connection)
    with pytest.raises(OutsideFailure, match="1 settlements of brokers are computed and not published"):
        open_database(url)
    plain = create_engine(url)
    with plain.begin() as connection:
        assert _tables(connection) == before
        connection.execute(text("UPDATE settlements SET state = 'published' WHERE state = 'paid'"))
    plain.dispose()
    again = open_database(url)
    with again.connect() as connection:
        assert dict(stored(connection)) == balances
        assert lines_of_entries(connection) == entries
    again.dispose()


def _tables(connection: Connection) -> dict[str, list[str]]:
    told = inspect(connection)
    return {name: [one["name"] for one in told.get_columns(name)] for name in sorted(told.get_table_names())}


def test_a_database_of_before_without_an_entry_keeps_users_rows_later(tmp_path: Path, url: str) -> None:
    with SmallExchange(tmp_path / "live", on(url)) as exchange:
        office = exchange.exchange.back_office
        with office.database.begin() as connection:
            for table in (schema.ledger_entries, schema.ledger_balances):
                connection.execute(table.delete())
            put_back_into_rows(connection, office.venue)
    again = open_database(url)
    with again.begin() as connection:
        ledger = Ledger(connection)
        ledger.post(
            connection, [Entry("deposit", 1, 0, 1, 1, (Posting(CUSTODY, 1, -5), Posting("user:7:available", 1, 5)))]
        )
        ledger.keep(connection)
        assert stored(connection)["user:7:available", 1] == 5
    again.dispose()


def test_s3_configuration_is_followed_on_either_database(tmp_path: Path, url: str) -> None:
    sub, funding = subaccount(MAKER, 1), funding_account(MAKER)
    reference = CommandKind.REFERENCE
    with SmallExchange(tmp_path / "live", on(url)) as live, Exchange.open(tmp_path / "own", Settings()) as own:
        live.trade("100")
        live.price(BTC, "50000")
        live.price(BTC, "51000", second=1)
        for account in (sub, funding):
            live.send(one(CommandKind.ACCOUNT, account=account, person=MAKER, brand=NORTH))
        live.rates(TAKER, "6", "9")
        live.rates(sub, "6", "9")
        live.send(*(one(reference, instrument=BTC_EUR, reference_ticks=ticks) for ticks in (70, 80)))
        live.send(one(CommandKind.KILL, scope=KillScope.ACCOUNT, active=1, target=MAKER))
        live.send(one(CommandKind.KILL, scope=KillScope.BRAND, active=1, target=SOUTH))
        for mode in (ListingMode.CLOSED, ListingMode.OPEN, ListingMode.CLOSED, ListingMode.OPEN):
            live.send(one(CommandKind.LISTING, mode=mode, brand=NORTH, instrument=BTC_EUR))
        live.send(one(CommandKind.LISTING, mode=ListingMode.CLOSED, brand=SOUTH, instrument=BTC_EUR))
        tables = live.exchange.back_office.database, own.back_office.database
        following = Configuration(*tables)
        upto, accepted = following.read()
        assert upto == live.exchange.back_office.position
        chosen = followed(accepted)
        own.submit(chosen)
        theirs, ours = live.exchange.venue, own.venue
        for part in ("assets", "brands", "codes", "schedules", "references", "statuses", "limits", "closed", "splits"):
            assert getattr(ours, part) == getattr(theirs, part), part
        assert set(ours.accounts) == set(theirs.accounts) - {sub, funding}
        assert ours.overrides == {account: rates for account, rates in theirs.overrides.items() if account != sub}
        assert {pair: price.price_e8 for pair, price in ours.prices.items()} == {
            pair: price.price_e8 for pair, price in theirs.prices.items()
        }
        assert (ours.kills, ours.closed) == ({(KillScope.ACCOUNT, MAKER)}, {(SOUTH, BTC_EUR)})
        told = [int((chosen["kind"] == kind).sum()) for kind in (reference, CommandKind.PRICE, CommandKind.LISTING)]
        assert told == [1, len(ours.prices), 2]
        following.keep(upto)
        assert len(following.read()[1]) == 0
        live.level(MAKER, 3)
        again = Configuration(*tables)  # after a restart: from where it was
        assert followed(again.read()[1])["kind"].tolist() == [CommandKind.ACCOUNT]
        again.keep(upto + 1_000)  # ours is ahead: the live venue was restored from an older copy
        assert len(followed(again.read()[1])) == len(chosen) + 1


def test_opening_a_database_again_changes_nothing(url: str) -> None:
    first = open_database(url)
    with first.begin() as connection:
        connection.execute(ledger_balances.insert(), [{"account": "a", "asset": 1, "amount": 5}])
    second = open_database(url)
    with second.connect() as connection:
        assert connection.execute(select(ledger_balances.c.amount)).scalars().all() == [5]
    for database in (first, second):
        database.dispose()


def test_a_database_that_cannot_be_reached_is_told_without_its_password() -> None:
    url = "postgresql+psycopg://someone:s3cret@/none?host=/nonexistent"
    with pytest.raises(OutsideFailure, match="someone") as told:
        open_database(url)
    assert "s3cret" not in str(told.value)
    with pytest.raises(OutsideFailure):
        open_database("sqlite:////nonexistent/folder/tables.db")


@pytest.mark.postgres
def test_the_schema_on_postgresql_is_the_one_that_the_migrations_make(postgres: str) -> None:
    open_database(postgres).dispose()
    engine = create_engine(postgres)
    with engine.connect() as connection:
        differs = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    engine.dispose()
    assert differs == []
