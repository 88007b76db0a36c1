"""START HERE: the life of an order, on one page.

    client ── OKX v5 ──▶ gateway        translates, authenticates, knows brand and person from the credential
                            │ command records
                            ▼
                        sequencer       numbers, stamps engine time, journals, waits until durable
                            ▼
                         engine         counter: identity, limits, hold ─▶ matching ─▶ counter: settle, release
                            │ event records, only after their batch is durable
              ┌─────────────┼──────────────────┐
              ▼             ▼                  ▼
           gateway     back office        (more followers)
        acknowledges   history, market data, ledger, clearing, broker accruals; pays the hours that are due

`BackOffice` is what follows the stream: one database transaction a batch, with the position in it, so that a crash
anywhere only means doing the same again. `Exchange` is all of it in one process, for the demo's play, for setting up
a data folder and for tests; `commonbook serve` runs the same parts as processes of their own.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import structlog
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from commonbook import chain
from commonbook.administration.log import heads as audit_heads
from commonbook.administration.log import verify as verify_log
from commonbook.brand import ladder, listings, makers, schedules, splits
from commonbook.brand.days import Days, parts
from commonbook.brand.quotes import QuoteWatch
from commonbook.broker import accrual, busts, consents, corrections, covering, settlement, sub_brokers
from commonbook.broker.agreed import API, Agreed
from commonbook.broker.alerts import Watch
from commonbook.broker.model import Program
from commonbook.broker.settlement import Payout, Settling, Submit
from commonbook.brokerage.upkeep import LetterheadOf
from commonbook.brokerage.upkeep import Upkeep as BrokersUpkeep
from commonbook.clearing import billing, closing, reconciliation, release, terms
from commonbook.clearing import service as clearing
from commonbook.clearing.columns import ClaimColumns, claim_columns
from commonbook.clearing.model import Terms
from commonbook.clearing.postings import bases_of
from commonbook.clearing.schedule import Period, Schedule
from commonbook.counter import history, transfers
from commonbook.errors import Mismatch
from commonbook.identity.sealing import Seal
from commonbook.instrument import store as instrument_store
from commonbook.instrument.fills import Fill, fills
from commonbook.instrument.splits import split_of
from commonbook.instrument.venue import Venue
from commonbook.ledger.service import Ledger, difference
from commonbook.marketdata import history as market_history
from commonbook.marketdata import index as market_index
from commonbook.marketdata.bars import DAY_NS
from commonbook.marketdata.moving import move_oldest_day
from commonbook.marketdata.queries import MarketHistory
from commonbook.matching.recovery import must_reach
from commonbook.matching.sequencer import Sequencer
from commonbook.partnership import stake
from commonbook.partnership.upkeep import Upkeep
from commonbook.records import BALANCE_ROW, COMMAND, Batch, Records, without_known
from commonbook.settings import Settings, database_url
from commonbook.storage.database import BACK_OFFICE, advance, open_database, position, snapshot
from commonbook.units import HOUR_NS, RateE8
from commonbook.webhook import outbox
from commonbook.webhook.model import EventKind
from commonbook.webhook.outbox import Levels

STATEMENTS = "statements"
CLEARING = "clearing"  # the folder of clearing statements and invoices, one in it for each brand
log = structlog.get_logger()
RETRY_NS = 60 * 1_000_000_000  # the payment that is refused for want of funds is sent again once a minute (B-18)
LOOK_NS = 500_000_000  # how often it is looked whether something is due that a brand or the host has planned


AskOutside = Callable[[int], reconciliation.Outside | None]


@dataclass
class Cleared:
    """What a look at clearing has brought about."""

    days: list[int] = field(default_factory=list)
    releases: list[release.Release] = field(default_factory=list)
    invoices: list[billing.Invoice] = field(default_factory=list)


class BackOffice:
    """The projections of the stream and the settlement of what is due. One per database."""

    def __init__(self, data_dir: Path, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.data_dir = data_dir
        self.statements = data_dir / STATEMENTS
        self.clearing = data_dir / CLEARING
        self.market = MarketHistory(data_dir)
        with database.connect() as connection:
            self.venue: Venue = instrument_store.load(connection)
            self.ledger = Ledger(connection)
            self.position = position(connection, BACK_OFFICE)
            self._days = Days(connection)
            self._quotes = QuoteWatch(connection, self.venue)
        self._volume = ladder.VolumeToday()
        self._agreed = Agreed(settings.broker)
        self._terms = Terms(RateE8(settings.clearing.host_share_e8))
        self._terms_of_day = -1
        self._engine_time_ns = 0
        self._look_again_ns = 0  # nothing that is planned is looked for before this engine time
        self._sent_upto = 0  # the newest sequence of what was sent for plans
        self._return_next_ns = 0  # before this engine time nothing of busted fills is sent back
        self._stuck: dict[int, int] = {}  # plans that the engine refuses to end, and when it is asked again
        self._settled_upto = 0  # every hour before this one has been looked at since we started
        self._next_try_ns = 0  # a refused payment is not sent again before this engine time
        self._upkeep = Upkeep(database, lambda: Seal.open(data_dir), settings)
        self._brokers = BrokersUpkeep(database, lambda: Seal.open(data_dir), settings.brokerage)
        self._watch = Watch(settings.broker)
        self._moved_before = 0  # every day before this one has been looked at since we started
        self._clearing_next_ns = 0  # nothing of clearing is looked at before this engine time

    @classmethod
    def open(cls, data_dir: Path, url: str, settings: Settings) -> Self:
        return cls(data_dir, open_database(url), settings)

    def project(self, batch: Batch) -> None:
        """Take in a batch: all of it or nothing. What is at or below the position is passed over."""
        fresh = without_known(batch, self.position)
        if not len(fresh.commands):
            return
        for day, part in parts(fresh):
            self._project(day, part)

    def _project(self, day: int, fresh: Batch) -> None:
        """A part of a batch that lies within one day."""
        levels = Levels.before_batch(fresh, self.venue)
        with self.database.begin() as connection:
            closed_days = self._days.closed_by(connection, day, fresh.first)
            for closed in closed_days:
                self._quotes.close(connection, (closed + 1) * DAY_NS)
                kept = self.settings.autonomy.level_days_kept
                ladder.close_day(connection, self.venue, self.ledger.balances, closed, kept)
            time_ns = int(fresh.commands["time_ns"][-1])
            self._agreed.enter(connection, self.venue, time_ns, closed_days)
            accepted = self.venue.apply(fresh)
            found = fills(fresh, self.venue)
            instrument_store.project(fresh, connection)
            schedules.project(accepted, self.venue, connection)
            split = split_of(fresh)
            if split is not None:
                splits.follow(connection, split)
            self._quotes.project(fresh, connection)
            self._volume.project(connection, day, found)
            in_force = self._terms_in_force(connection, day)
            claims = self._claims(connection, fresh, found, in_force)
            clearing.project(fresh, self.venue, self.ledger, connection, claims, in_force)
            self._reverse(connection, fresh, in_force)
            market_history.project(found, connection)
            market_index.project(fresh, connection)
            history.project(fresh, found, self.venue, self.ledger, connection)
            transfers.project(fresh, connection)
            stake.project(fresh, self.venue, connection, self._upkeep.tell_of_lock)
            outbox.project(fresh, found, self.venue, levels, connection)
            advance(connection, BACK_OFFICE, self.position, fresh.last)
        self.position = fresh.last
        self._engine_time_ns = int(fresh.commands["time_ns"][-1])

    def _terms_in_force(self, connection: Connection, day: int) -> Terms:
        """The terms of clearing. New ones are agreed before their day begins (Q-7), so they are read once a day."""
        if day != self._terms_of_day:
            self._terms = terms.load(connection, RateE8(self.settings.clearing.host_share_e8))
            self._terms_of_day = day
        return self._terms

    def _claims(self, connection: Connection, batch: Batch, found: list[Fill], in_force: Terms) -> ClaimColumns:
        """What affiliates and the broker program claim of the fills; the sides are kept for the program's hour."""
        affiliates = in_force.affiliates
        claims = claim_columns(
            [in_force.affiliate_claims(fill, bases_of(fill)) for fill in found] if affiliates else []
        )
        program = self._agreed.enter(connection, self.venue, int(batch.commands["time_ns"][-1]))
        if program is None or not found:
            return claims
        accrued = accrual.accrue(
            batch, program, self.venue, claims, partial(consents.clients_to_judge, connection, self.venue)
        )
        accrual.store(connection, accrued.sides, program.name)
        return accrued.claims

    def _reverse(self, connection: Connection, batch: Batch, in_force: Terms) -> None:
        """What the batch's busts and corrections take back, or add (CO-1)."""
        program = self._agreed.enter(connection, self.venue, int(batch.commands["time_ns"][-1]))
        if busts.project(connection, batch, self.venue, self.ledger, program, in_force):
            self._return_next_ns = 0
        corrections.project(connection, batch, self.venue, program)

    def program(self) -> Program | None:
        """The API broker program as it is agreed up to the newest hour, once the venue has the asset it pays in."""
        return self._agreed.now(self.database, self.venue)

    def settle_due(self, submit: Submit) -> list[Payout]:
        """Pay every hour that is due by engine time. Cheap when nothing can be: hours only pass by the stream."""
        terms = self.settings.broker
        due_before = (self._engine_time_ns - terms.settlement_grace_s * 1_000_000_000) // HOUR_NS
        program = self.program()
        if program is None or due_before <= self._settled_upto or self._engine_time_ns < self._next_try_ns:
            return []
        with self.database.connect() as connection:
            due = settlement.due_hours(connection, program.name, self._engine_time_ns, terms.settlement_grace_s)
        payouts: list[Payout] = []
        for hour in due:
            settling = Settling(self.database, program, self.venue, self.statements, program.minimum_in(hour))
            payouts += settlement.settle(settling, hour, self.position, submit)
        if all(payout.state != settlement.COMPUTED for payout in payouts):
            self._settled_upto = due_before
        else:
            self._next_try_ns = self._engine_time_ns + RETRY_NS
        return payouts

    def do_due(self, submit: Submit) -> None:
        """Bring into force what is planned and due by engine time: fees, levels, makers' rates.

        For the process that follows the stream, once it has caught up: what the venue shows must be all that was sent.
        """
        now_ns = self._engine_time_ns
        if now_ns < self._look_again_ns or self.position < self._sent_upto:
            return

        def send(records: Records) -> Batch:
            batch = submit(records)
            self._sent_upto = max(self._sent_upto, batch.last)
            return batch

        for work in (
            self._do_plans,
            self._do_listings,
            self._do_levels,
            self._do_makers,
            self._do_sub_brokers,
            self._do_busts,
        ):
            work(send, now_ns)
            if self.position < self._sent_upto:
                return  # the next look must see the venue as these commands have left it
        self._look_again_ns = now_ns + LOOK_NS

    def _do_plans(self, submit: Submit, now_ns: int) -> None:
        with self.database.connect() as connection:
            due = schedules.due(connection, now_ns)
        for plan in due:
            if now_ns < self._stuck.get(plan.id, 0):
                continue
            if not schedules.carry_out(self.database, self.venue, plan, now_ns, submit):
                self._stuck[plan.id] = now_ns + RETRY_NS
            if self.position < self._sent_upto:
                return

    def _do_listings(self, submit: Submit, now_ns: int) -> None:
        listings.do_due(self.database, self.venue, now_ns, self.position, submit)

    def _do_levels(self, submit: Submit, now_ns: int) -> None:
        while ladder.send_changes(self.database, self.venue, submit):
            if self.position < self._sent_upto:
                return

    def _do_makers(self, submit: Submit, now_ns: int) -> None:
        with self.database.begin() as connection:
            makers.judge(connection, self.settings.autonomy.maker_failed_days)
        makers.follow_schedules(self.database, self.venue, submit)

    def _do_sub_brokers(self, submit: Submit, now_ns: int) -> None:
        sub_brokers.switch_codes(self.database, self.venue, API, now_ns // HOUR_NS, submit)

    def _do_busts(self, submit: Submit, now_ns: int) -> None:
        if now_ns < self._return_next_ns:
            return
        covering.return_due(self.database, self.venue, self.ledger, self.program(), submit)
        self._return_next_ns = now_ns + RETRY_NS

    def count_closed_day(self) -> bool:
        """Count one closed day of what came by brokers' codes; False when none is left (BT-13).

        May run in a thread of its own beside `project`: nothing changes in a day that engine time has left.
        """
        return self._agreed.count_one(self.database, self.venue, self._engine_time_ns // DAY_NS)

    def warn_brokers(self) -> int:
        """Warn brokers of what has come for them since the last look (BL-19, BL-20); how many alerts were written.

        May run in a thread of its own beside `project`, one at a time.
        """
        if not self._engine_time_ns:
            return 0
        return self._watch.look(self.database, self.venue, self.position, self._engine_time_ns)

    def keep_partnerships(self, submit: Submit) -> None:
        """Do what is due of the partnership by engine time: what expires, ends, is stopped or goes back (PA-23)."""
        if self._engine_time_ns:  # nothing has come yet: then nothing is due
            self._upkeep.look(self.venue, self._engine_time_ns, submit)

    def keep_brokers(self, submit: Submit, letterhead_of: LetterheadOf) -> None:
        """Do what is due of brokers by engine time: drafts expire, ends are warned of, codes lapse and come back."""
        if self._engine_time_ns:
            self._brokers.look(self.venue, self._engine_time_ns, submit, letterhead_of)

    @property
    def clearing_is_due(self) -> bool:
        """Whether `clear_due` would look for anything."""
        return self._engine_time_ns >= self._clearing_next_ns

    def clear_due(self, submit: Submit, outside: AskOutside) -> Cleared:
        """Check and close the days that are over, release and bill what is due. Cheap when nothing can be.

        May run in a thread of its own beside `project`: what engine time has left does not change, each step may be
        repeated, and of the venue single things are looked up.

        Args:
            outside: what comparing ledger and engine has shown since an engine time; None while it has not.
        """
        if not self.clearing_is_due:
            return Cleared()
        now_ns, terms_of = self._engine_time_ns, self.settings.clearing
        over = (now_ns - terms_of.close_grace_s * 1_000_000_000) // DAY_NS  # days before this one
        cleared, waits = Cleared(), False
        with self.database.connect() as connection:
            day = reconciliation.next_day(connection)
        checked: reconciliation.Outside | None = None
        have: reconciliation.Liabilities = {}
        while day is not None and day < over and not waits:
            if checked is None:
                checked, have = self._checked(outside((day + 1) * DAY_NS))
            waits = checked is None or not self._close_day(day, checked, have)
            if not waits:
                cleared.days.append(day)
                day += 1
        if day is not None and not waits:
            waits = self._release_and_bill(now_ns // DAY_NS, day - 1, submit, cleared)
        # What could not be done is tried again in a minute; else there is nothing before the next day is over.
        next_over_ns = (over + 1) * DAY_NS + terms_of.close_grace_s * 1_000_000_000
        next_day_ns = (now_ns // DAY_NS + 1) * DAY_NS
        soon = waits or cleared.releases  # behind a release that was late, the next one may be due
        self._clearing_next_ns = now_ns + RETRY_NS if soon else min(next_over_ns, next_day_ns)
        return cleared

    def _checked(
        self, found: reconciliation.Outside | None
    ) -> tuple[reconciliation.Outside | None, reconciliation.Liabilities]:
        """The same, with the chains of the journal and of the audit logs walked, and what customers have."""
        if found is None:
            return None, {}
        with self.database.connect() as connection:
            before = reconciliation.walked(connection)
        with snapshot(self.database) as connection:
            have = reconciliation.liabilities_now(connection, self.venue)
        walked = chain.walk(self.data_dir, before)
        problems = (*found.problems, *audit_log_problems(self.database), *walked.problems)
        return reconciliation.Outside(found.sequence, problems, walked.newest_hash, walked.reached), have

    def _close_day(self, day: int, checked: reconciliation.Outside, have: reconciliation.Liabilities) -> bool:
        """Whether the day is closed now; if not, its row says why."""
        with snapshot(self.database) as connection:
            found = reconciliation.reconcile(connection, self.venue, day, checked, have)
            in_force = terms.load(connection, RateE8(self.settings.clearing.host_share_e8))
        if found.state == reconciliation.CLEAN:
            try:
                closing.close_day(self.database, self.venue, in_force, day, self.position, self.clearing)
            except Mismatch as wrong:
                found = replace(found, state=reconciliation.BROKEN, problems=(str(wrong),))
        is_closed = found.state == reconciliation.CLEAN
        with self.database.begin() as connection:
            reconciliation.keep(connection, found, reconciliation.CLOSED if is_closed else "")
        if not is_closed:
            log.error("clearing.broken", day=reconciliation.told(found))
        return is_closed

    def _release_and_bill(self, today: int, closed_upto: int, submit: Submit, cleared: "Cleared") -> bool:
        """Whether something is left to be tried again."""
        with self.database.connect() as connection:
            alarms = reconciliation.open_alarms(connection)
        if alarms:
            return True
        asset = self.venue.asset_named(self.settings.clearing.bill_asset)
        if asset is not None:
            cleared.invoices += billing.bill_closed_months(
                self.database, self.venue, asset.id, closed_upto, self.clearing
            )
        default = Schedule(0, 0, 0, Period.DAILY, 0, self.settings.clearing.release_delay_days, 0)
        cleared.releases += release.release_due(
            self.database, default, today, closed_upto, submit, self._tell_of_release
        )
        return any(one.state == release.COMPUTED for one in cleared.releases)

    def _tell_of_release(self, connection: Connection, done: release.Release) -> None:
        """The brand's webhook, once: the name is the release's own (WH-4)."""
        name = f"release-{done.brand}-{done.asset}-{done.day}"
        if not outbox.is_told(connection, name):
            asset = self.venue.assets[done.asset]
            data = {"day": closing.day_text(done.day), "currency": asset.name, "amount": asset.format(done.amount)}
            data |= {"set_off": asset.format(done.set_off), "carried": asset.format(done.carried)}
            outbox.tell(connection, done.brand, EventKind.RELEASE, name, data)

    def move_closed_day(self) -> bool:
        """Move one closed day of an instrument's trades and candles into files; False when none is left (H-2).

        May run in a thread of its own beside `project`: nothing changes in a day that engine time has left.
        """
        before_day = self._engine_time_ns // DAY_NS - self.settings.market.recent_days
        if before_day <= self._moved_before:
            return False
        for instrument in list(self.venue.instruments):
            if move_oldest_day(self.database, self.market.archive, instrument, before_day):
                return True
        self._moved_before = before_day
        return False

    def difference(self, engine_balances: bytes) -> dict[str, int]:
        """Where the ledger disagrees with the engine; empty is the proof."""
        return difference(self.ledger.balances, np.frombuffer(engine_balances, BALANCE_ROW))

    def close(self) -> None:
        self.database.dispose()


def audit_log_problems(database: Database) -> list[str]:
    """Where a log of administrative acts is not the chain it was written as."""
    problems = []
    with snapshot(database) as connection:
        for head in audit_heads(connection):
            try:
                verify_log(connection, head.brand)
            except Mismatch as wrong:
                problems.append(str(wrong))
    return problems


@dataclass
class Exchange:
    """Sequencer and back office in one process, on one data folder."""

    sequencer: Sequencer
    back_office: BackOffice

    @classmethod
    def open(cls, data_dir: Path, settings: Settings) -> Self:
        """Open or begin a data folder; the back office catches up with the journal.

        Raises:
            JournalDamaged, DataFolderInUse: as the journal says.
        """
        data_dir.mkdir(parents=True, exist_ok=True)
        sequencer = Sequencer.open(data_dir, settings.journal)
        office = BackOffice.open(data_dir, database_url(settings, data_dir), settings)
        must_reach(sequencer.engine.sequence(), office.position, "the back office")
        for batch in sequencer.replay(office.position):
            office.project(batch)
        return cls(sequencer, office)

    @property
    def venue(self) -> Venue:
        return self.back_office.venue

    @property
    def is_empty(self) -> bool:
        return self.sequencer.engine.sequence() == 0

    def submit(self, commands: Records, timed: bool = False) -> Batch:
        """Number, make durable, apply and project commands of any one layout.

        Args:
            timed: the commands carry their own engine time (a recorded market); else the wall clock stamps them.
        """
        batch = self.sequencer.commit(commands.view(COMMAND), None if timed else time.time_ns())
        self.back_office.project(batch)
        return batch

    def settle(self, timed: bool = False) -> list[Payout]:
        """Pay what is due by engine time."""
        return self.back_office.settle_due(lambda commands: self.submit(commands, timed))

    def keep_partnerships(self, timed: bool = False) -> None:
        self.back_office.keep_partnerships(lambda commands: self.submit(commands, timed))

    def keep_brokers(self, letterhead_of: LetterheadOf, timed: bool = False) -> None:
        self.back_office.keep_brokers(lambda commands: self.submit(commands, timed), letterhead_of)

    def clear(self, timed: bool = False) -> Cleared:
        """Close, release and bill what is due by engine time."""

        def outside(_: int) -> reconciliation.Outside:
            problems = [f"ledger: {name} differs by {off}" for name, off in self.ledger_difference().items()]
            at = self.sequencer.engine.sequence()
            return reconciliation.Outside(at, tuple(f"{one} at sequence {at}" for one in problems))

        return self.back_office.clear_due(lambda commands: self.submit(commands, timed), outside)

    def ledger_difference(self) -> dict[str, int]:
        return self.back_office.difference(self.sequencer.engine.balances())

    def close(self) -> None:
        self.sequencer.snapshot()
        self.sequencer.close()
        self.back_office.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
