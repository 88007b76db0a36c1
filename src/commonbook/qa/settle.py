"""Suite `settle`, I13: an hour of a broker is paid once, whatever happens while it is settled, and all of it.

Worlds of some hours of real fills. While an hour is settled the process that does it ends at one of its steps: before a
commit or behind one whose outcome it never learns, before a payment is sent, or when it is durable and not answered; or
another process settles the same hour in between. The clock that stamps commands jumps by up to two hours, back and
forth; engine time is what hours are told by. Sides that belong to hours long settled come late. Fills of any hour are
busted, and commissions corrected; what is sent for it is cut off before or behind it is durable, and sent again.

What must come of it is counted apart, by plain arithmetic over the fills that the engine has told: what each broker has
earned, by the hour in which it is to be settled. In the end every payment's key has had one effect, payments and what
is carried are what was earned less what was taken back, each side stands on one statement and is taken back on one at
the most, each statement verifies, and ledger and engine agree.
One trial is an hour.
"""

import json
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import structlog
from sqlalchemy import Connection, select
from sqlalchemy import Engine as Database

from commonbook.broker import accrual, busts, corrections
from commonbook.broker.agreed import API
from commonbook.broker.corrections import Correction
from commonbook.broker.reversing import Because
from commonbook.broker.statement import verify_statement
from commonbook.errors import Declined
from commonbook.exchange import BackOffice
from commonbook.matching.sequencer import Sequencer
from commonbook.qa.sim import empty
from commonbook.qa.suite import Result
from commonbook.records import (
    BALANCE_ROW,
    COMMAND,
    FILL_SIDE,
    FUNDS,
    Attribution,
    Batch,
    Channel,
    CommandKind,
    EventKind,
    FeeScope,
    OrderType,
    Records,
    Refusal,
    Side,
    amount,
    as_commands,
    commands,
    words,
)
from commonbook.settings import BrokerSettings, JournalSettings, Settings
from commonbook.storage.database import open_database
from commonbook.storage.tables.broker import settlements_carried
from commonbook.units import HOUR_NS

HOURS = 20  # of one world
BEGINS = 490_000  # an hour in 2025
USDT, BTC, BTC_USDT, BRAND = 1, 2, 1, 1
BROKERS = (1, 2, 3)
CLIENTS, MAKER, FIRST_PAYOUT = (2_001, 2_002, 2_003, 2_004), 2_101, 3_000
FUNDED = 10**15
RATE_PERCENT = 35  # of the public table, level 3, without an affiliate
MAKER_E8, TAKER_E8 = 20_000, 100_000
FAULT_SHARE = 0.7
JUMP_SHARE, JUMP_NS = 0.3, 2 * HOUR_NS
LATE_SHARE = 0.15
BUST_SHARE, CORRECT_SHARE, CUT_SHARE = 0.25, 0.15, 0.3
COMMITS = 5  # a settlement has about so many
KEY = b"settle:api:"
BECAUSE = Because(1, "a slip", "user:1", "user:2")


class Fault(StrEnum):
    NONE = "nothing"
    BEFORE_COMMIT = "ends before a commit"
    UNKNOWN_COMMIT = "ends behind a commit and never learns of it"
    BEFORE_PAYMENT = "ends before a payment is sent"
    UNKNOWN_PAYMENT = "ends when a payment is durable and not answered"
    OTHER_FIRST = "another one settles before the payment"
    OTHER_BETWEEN = "another one settles behind the payment"


class Ends(Exception):
    """The process is no more."""


@dataclass
class Earned:
    """What one broker is owed, as the fills say it."""

    total: int = 0
    sides: Counter[str] = field(default_factory=Counter)  # as statements name them, each once
    busted: Counter[str] = field(default_factory=Counter)  # likewise
    corrected: Counter[str] = field(default_factory=Counter)  # numbers


@dataclass(frozen=True, slots=True)
class Told:
    """What is on a broker's statements."""

    sides: Counter[str]
    busted: Counter[str]
    corrected: Counter[str]
    paid: int


def run(build: Any, seed: int, hours: int, limit: float = 0.0) -> Result:
    """`hours` hours from one seed.

    Args:
        build: the module that has Engine and Journal.
    """
    result = Result("settle", seed, limit=limit)
    database = open_database("sqlite://")
    try:
        with structlog.testing.capture_logs():
            while result.goes_on(hours):
                count = min(HOURS, hours - result.trials)
                with tempfile.TemporaryDirectory(prefix="qa") as folder:
                    empty(database)
                    world = World(build, Path(folder), database, random.Random(seed + result.seeds), result)
                    try:
                        failure = world.play(count)
                    finally:
                        world.close()
                if failure:
                    result.failure = f"seed {seed + result.seeds}: {failure}"
                result.trials += count
                result.seeds += 1
    finally:
        database.dispose()
    return result


class World:
    """One exchange of some hours."""

    def __init__(self, build: Any, folder: Path, database: Database, pick: random.Random, result: Result) -> None:
        self._folder, self._database, self._pick, self._result = folder, database, pick, result
        journal = JournalSettings(snapshot_every=10**12)
        self._sequencer = Sequencer(
            folder, build.Journal.open(str(folder), journal.segment_bytes), build.Engine(), journal
        )
        minimum = pick.choice([1, 1, 10**8, 10**10])
        self._settings = Settings(broker=BrokerSettings(minimum_payout_minor=minimum))
        self._batches: list[Batch] = []
        self._earned = {broker: Earned() for broker in BROKERS}
        self._fills: dict[str, list[tuple[int, int]]] = {}  # that may be busted: broker and commission of each side
        self._corrections = 0
        self._clock_ns, self._off_ns = BEGINS * HOUR_NS, 0
        self._office = self._begin()
        self._send(_venue())

    def close(self) -> None:
        self._sequencer.close()

    def play(self, hours: int) -> str:
        """The first thing that is wrong, in words; empty for none."""
        for _ in range(hours):
            if self._pick.random() < JUMP_SHARE:
                self._off_ns = self._pick.randint(-JUMP_NS, JUMP_NS)
                self._result.events["clock jumps"] += 1
            for _ in range(self._pick.randint(0, 5)):
                self._trade()
                self._clock_ns += self._pick.randint(0, HOUR_NS // 6)
            if self._pick.random() < LATE_SHARE:
                self._comes_late()
            if self._pick.random() < BUST_SHARE:
                self._bust()
            if self._pick.random() < CORRECT_SHARE:
                self._correct()
            self._clock_ns += HOUR_NS
            self._send(commands(CommandKind.TIME))
            self._settle(self._pick.choice(list(Fault)) if self._pick.random() < FAULT_SHARE else Fault.NONE)
        self._off_ns, self._clock_ns = 0, self._clock_ns + 8 * HOUR_NS
        self._send(commands(CommandKind.TIME))
        self._settle(Fault.NONE)
        return self._wrong()

    # -- what happens -------------------------------------------------------------------------------------------------

    def _begin(self) -> BackOffice:
        """A process that has taken in all that is durable."""
        office = BackOffice(self._folder, self._database, self._settings)
        self._catch_up(office)
        return office

    def _catch_up(self, office: BackOffice) -> None:
        for batch in self._batches:
            office.project(batch)

    def _commit(self, records: Records) -> Batch:
        batch = self._sequencer.commit(records.view(COMMAND).copy(), self._clock_ns + self._off_ns)
        self._batches.append(batch)
        return batch

    def _send(self, records: Records) -> Batch:
        batch = self._commit(records)
        self._office.project(batch)
        return batch

    def _trade(self) -> None:
        """A client takes what the maker has offered; each order is a broker's, or nobody's, or from the web."""
        lots = self._pick.randint(10**6, 10**11)
        taker = self._order(self._pick.choice(CLIENTS), Side.BUY, lots)
        self._count(self._send(as_commands(self._order(MAKER, Side.SELL, lots), taker)))

    def _order(self, account: int, side: Side, lots: int) -> Records:
        broker = self._pick.choice((0, *BROKERS))
        record = commands(CommandKind.ORDER)
        record["account"], record["side"], record["instrument"] = account, side, BTC_USDT
        record["order_type"], record["price_ticks"], record["quantity_lots"] = OrderType.LIMIT, 1, lots
        record["channel"] = Channel.WEB if self._pick.random() < 0.2 else Channel.API
        record["attribution"] = Attribution.BROKER if broker else Attribution.NO_TAG
        record["broker"], record["tag"] = broker, _code(broker) if broker else b""
        return record

    def _count(self, batch: Batch) -> None:
        """By plain arithmetic, of what the engine has told."""
        events = batch.events
        for place in np.flatnonzero(events["kind"] == EventKind.FILL).tolist():
            name = f"{events['sequence'][place]}-{events['index'][place]}"
            self._fills[name] = []
            for row in events[place + 1 : place + 3].view(FILL_SIDE):  # the taker's and the maker's stand behind it
                if int(row["broker"]):
                    earns = int(row["channel"]) == Channel.API
                    earned = self._earned[int(row["broker"])]
                    commission = amount(row["fee"]) * RATE_PERCENT // 100 if earns else 0
                    earned.total += commission
                    earned.sides[name] += 1
                    self._fills[name].append((int(row["broker"]), commission))
                    self._result.events["sides"] += 1

    def _comes_late(self) -> None:
        """A correction: a side of an hour that may be settled, told under a name of its own."""
        with self._database.begin() as connection:
            known = [block[block["broker"] != 0] for block in accrual.blocks(connection)]
            known = [block for block in known if len(block)]
            if not known:
                return
            block = self._pick.choice(known)
            late = block[self._pick.randrange(len(block)) :][:1].copy()
            late["index"] = 1_000_000 + self._result.events["late sides"]
            accrual.store(connection, late, API)
        earned = self._earned[int(late["broker"][0])]
        earned.total += amount(late["paid"][0])
        earned.sides[f"{late['sequence'][0]}-{late['index'][0]}"] += 1
        self._result.events["late sides"] += 1

    def _bust(self) -> None:
        """A fill of any hour is void: what its brokers have had of it is taken back, once."""
        if not self._fills:
            return
        name = self._pick.choice(sorted(self._fills))
        program = self._office.program()
        if program is None:
            return
        with self._database.begin() as connection:
            found = busts.to_bust(connection, program, self._office.venue, name)
            busts.agree(connection, found, BECAUSE)
        self._send_once(busts.bust_commands(found))
        for broker, commission in self._fills.pop(name):
            self._earned[broker].total -= commission
            self._earned[broker].busted[name] += 1
            self._result.events["busted sides"] += 1
        self._office.do_due(self._send)
        self._result.events["busts"] += 1

    def _correct(self) -> None:
        """A broker is credited more or less, for a client; what it takes back it must have had."""
        program = self._office.program()
        if program is None:
            return
        broker, client = self._pick.choice(BROKERS), self._pick.choice(CLIENTS)
        sum_of = self._pick.randint(1, 10**8) * self._pick.choice((1, -1))
        wanted = Correction(broker, sum_of, corrections.CLIENT, str(client), f"ticket {self._corrections}")
        self._corrections += 1
        hour = (self._clock_ns + self._off_ns) // HOUR_NS
        try:
            with self._database.begin() as connection:
                corrections.must_be_sound(connection, program, self._office.venue, wanted, hour)
                number = corrections.agree(connection, wanted, BECAUSE)
        except Declined:
            self._result.events["corrections refused"] += 1
            return
        if self._send_once(corrections.booking_of(self._office.venue, program, wanted, number)):
            self._earned[broker].total += sum_of
            self._earned[broker].corrected[str(number)] += 1
            self._result.events["corrections"] += 1

    def _send_once(self, records: Records) -> bool:
        """Sent by a process that may end before, or behind it is durable, and sent again; whether it had its effect."""
        refused: list[list[int]] = []
        if self._pick.random() < CUT_SHARE:
            if self._pick.random() < 0.5:
                refused.append(_refusals(self._commit(records)))  # durable, and never answered
            self._office = self._begin()
            self._result.events["cut off"] += 1
        refused.append(_refusals(self._send(records)))
        return any(Refusal.INSUFFICIENT_FUNDS not in reasons for reasons in refused[:1])

    # -- how it is settled --------------------------------------------------------------------------------------------

    def _settle(self, fault: Fault) -> None:
        """Settle what is due and let it fail; then, as its supervisor would, begin anew and settle again."""
        self._result.events[fault.value] += 1
        try:
            with self._failing_commit(fault):
                self._office.settle_due(lambda records: self._pay(records, fault))
            self._catch_up(self._office)
        except Ends:
            self._result.events["ended"] += 1
            self._office = self._begin()
            self._send(commands(CommandKind.TIME))
            self._office.settle_due(self._commit)
            self._catch_up(self._office)

    def _pay(self, records: Records, fault: Fault) -> Batch:
        if fault is Fault.BEFORE_PAYMENT:
            raise Ends
        if fault is Fault.OTHER_FIRST:
            self._other_settles()
        batch = self._commit(records)
        if fault is Fault.UNKNOWN_PAYMENT:
            raise Ends
        if fault is Fault.OTHER_BETWEEN:
            self._other_settles()
        return batch

    def _other_settles(self) -> None:
        """A second process over the same tables, which was thought to be dead; it has its own view of all of it."""
        BackOffice(self._folder, self._database, self._settings).settle_due(self._commit)
        self._result.events["two at once"] += 1

    @contextmanager
    def _failing_commit(self, fault: Fault) -> Iterator[None]:
        if fault not in (Fault.BEFORE_COMMIT, Fault.UNKNOWN_COMMIT):
            yield
            return
        dialect = self._database.dialect
        commit: Callable[[Any], None] = dialect.do_commit
        left = self._pick.randint(1, COMMITS)

        def do_commit(connection: Any) -> None:
            nonlocal left
            left -= 1
            if left or fault is Fault.UNKNOWN_COMMIT:
                commit(connection)
            if not left:
                raise Ends

        with mock.patch.object(dialect, "do_commit", do_commit):
            yield

    # -- what must have come of it ------------------------------------------------------------------------------------

    def _wrong(self) -> str:
        paid = self._paid()
        if isinstance(paid, str):
            return paid
        difference = self._office.difference(self._sequencer.engine.balances())
        if difference:
            return f"ledger and engine differ: {difference}"
        statements = self._statements()
        if isinstance(statements, str):
            return statements
        with self._database.connect() as connection:
            carried = _carried(connection)
        for broker, earned in self._earned.items():
            got = sum(one for (of, _), one in paid.items() if of == broker)
            left = carried.get(broker, 0)
            if got + left != earned.total:
                return f"broker {broker} has earned {earned.total}, was paid {got} and has {left} carried"
            if got != self._has(FIRST_PAYOUT + broker):
                return f"broker {broker} was paid {got} and has {self._has(FIRST_PAYOUT + broker)}"
            told = statements[broker]
            for what in ("sides", "busted", "corrected"):
                is_told, is_so = getattr(told, what), getattr(earned, what)
                if is_told != is_so:
                    odd = (is_told - is_so) + (is_so - is_told)
                    return f"broker {broker}: {what} that stand on no statement, or on too many: {sorted(odd)[:5]}"
                self._result.checks += is_so.total()
            if told.paid != got:
                return f"broker {broker} was paid {got} and its statements say {told.paid}"
            self._result.checks += 1
        return ""

    def _paid(self) -> dict[tuple[int, int], int] | str:
        """What each payment that had an effect has moved, by broker and hour."""
        found: dict[tuple[int, int], int] = {}
        for batch in self._batches:
            refused = set(batch.events["sequence"][batch.events["kind"] == EventKind.REFUSED].tolist())
            for row in batch.commands[batch.commands["kind"] == CommandKind.TRANSFER].view(FUNDS):
                key = bytes(row["key"])
                if not key.startswith(KEY):
                    continue
                if int(row["sequence"]) in refused:
                    self._result.events["payments refused as known"] += 1
                    continue
                broker, _, hour = (int(part) for part in key[len(KEY) :].split(b":")[:3])
                if (broker, hour) in found:
                    return f"hour {hour} of broker {broker} was paid twice"
                found[broker, hour] = amount(row["amount"])
                self._result.events["payments"] += 1
        return found

    def _has(self, account: int) -> int:
        rows = np.frombuffer(self._sequencer.engine.balances(account), BALANCE_ROW)
        return sum(amount(row["available"]) for row in rows if row["asset"] == USDT)

    def _statements(self) -> dict[int, Told] | str:
        """By broker: what stands on its statements, and what these say was paid."""
        found = {broker: Told(Counter(), Counter(), Counter(), 0) for broker in BROKERS}
        for path in sorted(self._office.statements.glob("*.jsonl")):
            verified = verify_statement(path)
            if not verified.ok:
                return f"{path.name}, line {verified.line}: {verified.why}"
            broker = next(one for one in BROKERS if path.name.startswith(f"{_code(one).decode()}-"))
            lines = _lines(path)
            told = found[broker]
            hour = int(lines[0]["hour"])
            for line in lines[1:-1]:
                if line["kind"] != "fill":
                    if int(line["time_ns"]) // HOUR_NS != hour:
                        return f"{path.name}: {line['kind']} {line['number']} is of another hour"
                    named = (told.busted, line["of"]["fill"]) if line["kind"] == "bust" else None
                    counts, name = named or (told.corrected, line["number"])
                    counts[name] += 1
                    continue
                own = int(line["time_ns"]) // HOUR_NS
                if int(line.get("of_hour", hour)) != own:
                    return f"{path.name}: {line['fill']} is of hour {own} and stands under {hour}"
                told.sides[line["fill"]] += 1
            found[broker] = replace(told, paid=told.paid + int(lines[-1]["paid"]))
        return found


def _refusals(batch: Batch) -> list[int]:
    reasons: list[int] = batch.events["reason"][batch.events["kind"] == EventKind.REFUSED].tolist()
    return reasons


def _carried(connection: Connection) -> dict[int, int]:
    table = settlements_carried.c
    rows: defaultdict[int, int] = defaultdict(int)
    for broker, left in connection.execute(select(table.broker, table.amount).where(table.account == 0)):
        rows[broker] += left
    return dict(rows)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def _code(broker: int) -> bytes:
    return b"BROKER%d" % broker


def _venue() -> Records:
    """One pair at a price of 1, a brand, the brokers with an account each, a maker and clients with funds."""
    assets, pair = commands(CommandKind.ASSET, 2), commands(CommandKind.INSTRUMENT)
    assets["asset"], assets["scale"], assets["name"] = (USDT, BTC), 8, (b"USDT", b"BTC")
    pair["instrument"], pair["base_asset"], pair["quote_asset"], pair["name"] = BTC_USDT, BTC, USDT, b"BTC-USDT"
    pair["tick_mantissa"], pair["lot_mantissa"], pair["lot_scale"], pair["minimum_lots"] = 1, 1, 8, 1
    brand, fees, floor = commands(CommandKind.BRAND), commands(CommandKind.FEES), commands(CommandKind.FEES)
    brand["brand"], brand["name"] = BRAND, b"one"
    floor["scope"], floor["highest_claim_e8"] = FeeScope.VENUE, 40_000_000
    fees["scope"], fees["brand"], fees["maker_rate_e8"], fees["taker_rate_e8"] = (
        *(FeeScope.BRAND, BRAND),
        *(MAKER_E8, TAKER_E8),
    )
    traders = (MAKER, *CLIENTS)
    payouts = [FIRST_PAYOUT + broker for broker in BROKERS]
    people = commands(CommandKind.ACCOUNT, len(traders) + len(payouts))
    people["account"] = people["person"] = (*traders, *payouts)
    people["brand"] = BRAND
    codes = commands(CommandKind.BROKER_CODE, len(BROKERS))
    codes["broker"], codes["payout_account"], codes["active"] = BROKERS, payouts, 1
    codes["code"] = [_code(broker) for broker in BROKERS]
    funds = commands(CommandKind.DEPOSIT, 2 * len(traders))
    funds["account"], funds["asset"] = np.repeat(traders, 2), [USDT, BTC] * len(traders)
    funds["amount"]["low"], funds["amount"]["high"] = words(FUNDED)
    funds["key"] = [b"fund-%d" % number for number in range(len(funds))]
    return as_commands(assets, pair, brand, floor, fees, people, codes, funds)
