"""kill -9 of a serving exchange while 64 teams lock their stakes at once for five places, and while 64 stakes are paid
out: PA-12, PA-13, PA-15 and PA-16."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from integration.serving import Server
from sqlalchemy import Engine, func, select, update

from commonbook.console.audit import audit_folder
from commonbook.exchange import Exchange
from commonbook.identity.sealing import Seal
from commonbook.identity.sessions import open_session
from commonbook.instrument.accounts import stake_account
from commonbook.partnership import slots, stake
from commonbook.partnership.model import State
from commonbook.people import directory
from commonbook.qa.desk_words import COIN, open_phase
from commonbook.qa.people import FIRST_BRAND, FUNDS, Person, open_tables, prepare
from commonbook.qa.serving import UNLIMITED
from commonbook.records import BALANCE_ROW, amount
from commonbook.settings import Settings
from commonbook.simulator.demo_market import USDT
from commonbook.storage.tables.partnership import applications, payments, phase_versions, stakes

FIRST, TEAMS, PLACES = 6_001, 64, 5
STAKE = 1_000 * COIN
KILLS_BEHIND_S = (0.05, 0.3)
CREDITOR, OWED = FIRST - 1, 10 * COIN  # an account that is paid so much out of each stake
KILLS_AT = (1, 40, 80)  # payments that are known
TEAM = {"contact": "Ada Bell", "email": "ada@example.com", "phone": "+44 20 7946 0000", "team": "Six.", "plan": "Two."}


def sign_in(tables: Engine, seal: Seal, account: int) -> dict[str, str]:
    """The headers of a customer of the first brand."""
    with tables.begin() as connection:
        user = directory.add(
            connection, seal, FIRST_BRAND, f"{account}@example.com", "", state=directory.ACTIVE, account=account
        )
        session = open_session(connection, account, FIRST_BRAND, 3_600, user.id, time.time_ns())
    return {"host": "aurora.localhost", "cookie": f"session={session.token}", "x-csrf-token": session.csrf}


def apply(server: Server, tables: Engine, people: dict[int, dict[str, str]]) -> dict[int, str]:
    """By account the reference of an application whose screening is over, which is not what is tried here."""
    with httpx.Client(base_url=server.ready["rest"], timeout=30) as http:
        found = {}
        for account, headers in people.items():
            answer = http.post("/program/v1/applications", json=TEAM | {"brand_name": f"b{account}"}, headers=headers)
            assert answer.is_success, answer.text
            found[account] = answer.json()["reference"]
    with tables.begin() as connection:
        connection.execute(update(applications).values(state=State.DEPOSIT_PENDING.value))
    return found


def lock(http: httpx.Client, headers: dict[str, str], reference: str) -> str:
    """What is known of it afterwards; "" for nothing, as when the server has gone."""
    path = f"/program/v1/applications/{reference}/stake"
    try:
        answer: Any = http.post(path, json={"amount": "1000"}, headers=headers)
    except httpx.HTTPError:
        return ""
    told = answer.json()
    return str(told["state"] if answer.is_success else told["error"]["code"])


def lock_all(server: Server, people: dict[int, dict[str, str]], references: dict[int, str], kill_s: float) -> list[str]:
    """Everybody at once; the server is killed so long after the first was sent, 0: it is not."""
    many = httpx.Limits(max_connections=TEAMS)
    with (
        httpx.Client(base_url=server.ready["rest"], timeout=60, limits=many) as http,
        ThreadPoolExecutor(TEAMS) as pool,
    ):
        waiting = [pool.submit(lock, http, headers, references[one]) for one, headers in people.items()]
        if kill_s:
            time.sleep(kill_s)
            server.kill()
        return [one.result() for one in waiting]


def test_pa15_64_locks_at_once_with_the_server_killed_in_the_middle_take_each_place_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    accounts = range(FIRST, FIRST + TEAMS)
    prepare(data, [Person(account) for account in accounts])
    tables = open_tables(data)
    seal = Seal.open(data)
    server = Server(data)
    people = {account: sign_in(tables, seal, account) for account in accounts}
    with tables.begin() as connection:
        open_phase(connection)
    references = apply(server, tables, people)
    cut_off = 0
    for kill_s in KILLS_BEHIND_S:
        cut_off += lock_all(server, people, references, kill_s).count("")
        server = Server(data)
    assert cut_off > 0, "no kill came in the middle"
    answers = lock_all(server, people, references, 0)
    for _ in range(5):  # those whose place was kept for somebody who has not come back
        if answers.count("deposit_locked") == PLACES:
            break
        answers = lock_all(server, people, references, 0)
    assert Counter(answers) == {"deposit_locked": PLACES, "quota_full": TEAMS - PLACES}
    server.close()
    with tables.connect() as connection:
        chosen = select(applications.c.account).where(applications.c.state == State.DEPOSIT_LOCKED.value)
        staked = set(connection.execute(chosen).scalars())
        assert slots.taken(connection, 1) == len(staked) == PLACES
    tables.dispose()
    with Exchange.open(data, Settings()) as exchange:
        assert exchange.ledger_difference() == {}
        for account in accounts:
            is_in = account in staked
            assert funds(exchange, account) == FUNDS[USDT] * COIN - (STAKE if is_in else 0)
            assert funds(exchange, stake_account(account)) == (STAKE if is_in else 0)
    assert audit_folder(data, Settings()).ok


def test_pa16_64_stakes_paid_out_with_the_server_killed_in_the_middle_are_paid_once(tmp_path: Path) -> None:
    data, settings = tmp_path / "data", tmp_path / "settings.toml"
    settings.write_text(UNLIMITED + "[simulated]\nenabled = false\n[partnership]\nlook_every_s = 1\n")
    accounts = range(FIRST, FIRST + TEAMS)
    prepare(data, [Person(account) for account in (CREDITOR, *accounts)])
    tables = open_tables(data)
    seal = Seal.open(data)
    with Server(data, "--settings", str(settings)) as server:
        people = {account: sign_in(tables, seal, account) for account in accounts}
        with tables.begin() as connection:
            open_phase(connection)
            connection.execute(update(phase_versions).values(quota=TEAMS))
        references = apply(server, tables, people)
        for _ in range(5):  # who asks twice has it
            answers = lock_all(server, people, references, 0)
            if set(answers) == {"deposit_locked"}:
                break
        assert Counter(answers) == {"deposit_locked": TEAMS}
    with tables.begin() as connection:
        connection.execute(update(applications).values(state=State.OFFBOARDING.value))
        for row in connection.execute(select(stakes)):
            stake.settle(connection, row, [(CREDITOR, OWED, "an invoice")])
    in_the_middle = 0
    for least in KILLS_AT:
        server = Server(data, "--settings", str(settings))
        until_paid(tables, least)
        server.kill()
        in_the_middle += paid(tables) < 2 * TEAMS
    assert in_the_middle > 0, "all kills came too late"
    with Server(data, "--settings", str(settings)):
        until_paid(tables, 2 * TEAMS)
    with tables.connect() as connection:
        assert set(connection.execute(select(stakes.c.state)).scalars()) == {stake.RETURNED}
    tables.dispose()
    with Exchange.open(data, Settings()) as exchange:
        assert exchange.ledger_difference() == {}
        assert funds(exchange, CREDITOR) == FUNDS[USDT] * COIN + TEAMS * OWED
        for account in accounts:
            assert funds(exchange, account) == FUNDS[USDT] * COIN - OWED
            assert funds(exchange, stake_account(account)) == 0
    assert audit_folder(data, Settings()).ok


def paid(tables: Engine) -> int:
    """Payments out of stakes that are known to be in the journal."""
    with tables.connect() as connection:
        return int(connection.execute(select(func.count()).where(payments.c.paid)).scalar_one())


def until_paid(tables: Engine, least: int) -> None:
    deadline = time.monotonic() + 60
    while paid(tables) < least:
        assert time.monotonic() < deadline, f"{paid(tables)} of {least} are paid"
        time.sleep(0.002)


def funds(exchange: Exchange, account: int) -> int:
    rows = np.frombuffer(exchange.sequencer.engine.balances(account), BALANCE_ROW)
    return sum(amount(row["available"]) for row in rows if row["asset"] == USDT)
