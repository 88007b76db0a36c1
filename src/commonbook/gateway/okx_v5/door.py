"""What the handlers share: the core's connection, the venue, the books, and reading history that has caught up."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from commonbook.brand.hosts import Hosts
from commonbook.errors import CoreUnavailable
from commonbook.gateway.okx_v5.budget import CANCELS, OPERATIONS, Budget
from commonbook.gateway.okx_v5.codec import Body
from commonbook.gateway.okx_v5.codes import BUSY, TERMS_FIRST, TRADING_ENDED, UNAVAILABLE, Refused
from commonbook.gateway.okx_v5.earning import Earning
from commonbook.gateway.okx_v5.history_wait import HistoryWait
from commonbook.gateway.okx_v5.witness import Witness
from commonbook.gateway.pressure import Pressure
from commonbook.gateway.turns import Turns
from commonbook.identity.model import Credential, Denial
from commonbook.identity.service import Authenticator
from commonbook.instrument.model import Account, Brand
from commonbook.instrument.venue import Venue
from commonbook.marketdata.book import PublicBook, PublicBooks
from commonbook.marketdata.queries import MarketHistory
from commonbook.matching.client import CoreBusy, CoreClient
from commonbook.matching.gathering import Gathering, Numbered, each_of
from commonbook.records import FILL, Batch, CommandKind, EventKind, Records, causes, of_kind
from commonbook.settings import BrokerSettings, GatewaySettings, MailSettings, OauthSettings, SimulatedSettings
from commonbook.storage.database import BACK_OFFICE, position, snapshot

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Call:
    """One request as a handler sees it: decoded, and proved when the route is private."""

    query: Body  # of a GET
    body: Any  # of a POST: an object or an array
    credential: Credential | None
    brand: Brand | None  # of the Host, for public data
    received_ms: int
    expires: str = ""  # the expTime header
    for_account: int = 0  # of a push, which nobody asked for just now
    language: str = ""  # the first of Accept-Language
    address: str = ""  # at which we were asked

    @property
    def account(self) -> int:
        if self.credential is None:
            if not self.for_account:
                raise TypeError("a private route was called without a credential")
            return self.for_account
        return self.credential.account

    @property
    def is_by_token(self) -> bool:
        return self.credential is not None and self.credential.bearer is not None


Handler = Callable[["Door", Call], Awaitable[Any]]


MAY_WAIT = set(OPERATIONS) - CANCELS  # what a gateway that is behind refuses


@dataclass
class Door:
    """One gateway's state. Only the event loop touches it; SQL runs in threads."""

    core: CoreClient
    database: Engine
    venue: Venue
    authenticator: Authenticator
    settings: GatewaySettings
    budget: Budget
    market: MarketHistory
    simulated: SimulatedSettings | None = None  # of the simulated venue alone
    elsewhere: Authenticator | None = None  # of the other venue: its keys are told apart from unknown ones
    books: PublicBooks = field(default_factory=PublicBooks)
    giving: asyncio.Lock = field(default_factory=asyncio.Lock)  # test funds, to one after the other
    touched: dict[int, int] = field(default_factory=dict)  # account to the newest sequence that concerned it
    traded: dict[int, int] = field(default_factory=dict)  # instrument to the end of the newest batch that traded in it
    position: int = 0  # the newest sequence taken in
    time_ns: int = 0  # engine time of it
    is_alone: bool = True  # no other gateway acknowledges orders
    data_dir: Path = Path()
    broker: BrokerSettings = field(default_factory=BrokerSettings)
    earning: Earning = field(default_factory=Earning)
    witness: Witness | None = None  # while there is a conformance kit to look on: of the simulated venue alone
    oauth: OauthSettings = field(default_factory=OauthSettings)
    mail: MailSettings = field(default_factory=MailSettings)  # in whose name users are told of something

    def __post_init__(self) -> None:
        self.hosts = Hosts(self.venue)  # a gateway has one for both venues
        self.pressure = Pressure(self.settings.late_ms)
        self.turns = Turns(self.settings.brand_bytes)
        self._listed: dict[int, Venue] = {}  # by brand, since the newest change of any listing
        self._listing_changes = -1
        self._gathering = Gathering(self.core)
        self._history = HistoryWait(self._history_position)

    def follow(self, batch: Batch) -> None:
        """Take in a durable batch."""
        self.venue.apply(batch)
        self.books.apply(batch)
        self.earning.follow(batch)
        self.position, self.time_ns = batch.last, int(batch.commands["time_ns"][-1])
        for kind in (EventKind.ACCEPTED, EventKind.CANCELED, EventKind.FILL_SIDE, EventKind.BALANCE):
            rows = of_kind(batch.events, kind)
            self._touch_all(rows["account"], rows["sequence"])
        fills = of_kind(batch.events, EventKind.FILL).view(FILL)
        self.traded |= dict.fromkeys(np.unique(fills["instrument"]).tolist(), batch.last)
        amended = of_kind(batch.events, EventKind.AMENDED)
        self._touch_all(causes(batch, amended, CommandKind.AMEND)["account"], amended["sequence"])

    def _touch_all(self, accounts: NDArray[np.uint64], sequences: NDArray[np.uint64]) -> None:
        touched = self.touched
        for account, sequence in dict(zip(accounts.tolist(), sequences.tolist(), strict=True)).items():
            if touched.get(account, 0) < sequence:
                touched[account] = sequence

    def _touch(self, account: int, sequence: int) -> None:
        self.touched[account] = max(sequence, self.touched.get(account, 0))

    def is_elsewhere(self, denial: Denial, api_key: str, session: str = "", token: str = "") -> bool:
        """Whether a credential that is denied because it is not known here is one of the other venue (S-1)."""
        if self.elsewhere is None:
            return False
        if denial is Denial.UNKNOWN_KEY:
            return self.elsewhere.find(api_key) is not None
        if denial is Denial.NO_TOKEN:
            return self.elsewhere.tokens.named(token) is not None
        return denial is Denial.NO_SESSION and self.elsewhere.has_session(session)

    def own(self, call: Call) -> Account:
        return self.venue.accounts[call.account]

    def listed(self, call: Call) -> Venue:
        """The venue as who asks sees it: what the brand of the key, or of the Host, lists (LI-1)."""
        brand = self.brand_asked(call)
        return self.listed_by(brand) if brand else self.venue

    def brand_asked(self, call: Call) -> int:
        """The brand of the key, or of the Host; 0 for an address that is no brand's."""
        if call.credential is not None:
            return call.credential.brand
        return 0 if call.brand is None else call.brand.id

    def listed_by(self, brand: int) -> Venue:
        if not self.venue.closed:
            return self.venue
        if self.venue.listing_changes != self._listing_changes:
            self._listed.clear()
            self._listing_changes = self.venue.listing_changes
        found = self._listed.get(brand)
        if found is None:
            found = self._listed[brand] = self.venue.listed_by(brand)
        return found

    def book(self, instrument: int) -> PublicBook:
        return self.books.book(instrument)

    def must_be_on_time(self, operation: str, brand: int = 0, size: int = 1) -> None:
        """Raises Refused for an operation that this gateway does not take on now, because it is behind (L-8, L-10).

        Args:
            brand: whose; 0 for nobody known.
            size: bytes of the message.
        """
        if operation not in MAY_WAIT:
            return
        most = self.settings.waiting_orders
        if self._gathering.waiting > most and not self._gathering.has_room(brand, most):
            raise Refused(BUSY)
        if not self.pressure.takes_one(brand, size):
            raise Refused(BUSY)

    async def turn(self, brand: int, size: int) -> None:
        """Wait until a brand's message may be taken on; `turns.ended` must follow (L-10)."""
        if self.turns.may_begin(brand):
            self.turns.began(brand, size)
            return
        asking: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.turns.wait(brand, partial(self._turn_has_come, asking, brand, size), size)
        await asking

    def _turn_has_come(self, asking: "asyncio.Future[bool]", brand: int, size: int) -> None:
        if asking.done():  # whoever asked has gone
            asyncio.get_running_loop().call_soon(self.turns.ended, brand, size)
        else:
            asking.set_result(True)

    def brand_named(self, api_key: str, token: str = "") -> int:
        """The brand of a key that a request names and has not proved, or of its token; 0 for none."""
        if api_key:
            found = self.authenticator.find(api_key)
            return 0 if found is None else found.brand
        known = self.authenticator.tokens.named(token) if token else None
        return 0 if known is None else known.credential.brand

    def must_have_accepted(self, operation: str, credential: Credential) -> None:
        """Raises Refused for orders and amendments of an account whose user has texts to accept (T-7)."""
        if operation in MAY_WAIT and not self.authenticator.may_order(credential):
            raise Refused(TERMS_FIRST)

    def must_be_trading(self, operation: str, brand: int) -> None:
        """Raises Refused for orders and amendments at a brand that has ended trading (LV-7).

        The core refuses them, too, by the brand's kill switch; here is said why. On the simulated venue a brand trades
        as long as it has users (S-3).
        """
        if operation in MAY_WAIT and self.simulated is None and not self.hosts.trades(brand, time.time_ns()):
            raise Refused(TRADING_ENDED)

    async def submit(self, commands: Records, account: int, *others: int) -> list[Records]:
        """The events of each of an account's commands, which may concern others as well, once they are durable.

        The stream may tell of them a little later, so the account is marked as touched here: whoever reads after the
        answer must find what was answered.
        """
        return each_of(await self.submit_records(commands.view(np.uint8), account, *others))

    async def submit_records(self, records: NDArray[np.uint8], account: int, *others: int) -> Numbered:
        """The same for command records as bytes, and the events of all of them together."""
        try:
            sender = self.venue.accounts.get(account)
            numbered = await self._gathering.submit(records, 0 if sender is None else sender.brand)
        except CoreBusy:
            raise Refused(BUSY) from None
        except CoreUnavailable:
            raise Refused(UNAVAILABLE) from None
        for one in (account, *others):
            self._touch(one, numbered.last)
        return numbered

    async def submit_ahead(self, commands: Records) -> Batch:
        """Switches and statuses alone, in a frame of their own: the core takes it before all that waits (P-13).

        Raises:
            Refused: 50001, the core has gone; whether they took effect is not known.
        """
        answered: asyncio.Future[Batch | CoreUnavailable] = asyncio.get_running_loop().create_future()

        def done(answer: Batch | CoreUnavailable) -> None:
            if not answered.done():
                answered.set_result(answer)

        try:
            self.core.submit_then(commands, done)
        except CoreUnavailable:
            raise Refused(UNAVAILABLE) from None
        answer = await answered
        if isinstance(answer, CoreUnavailable):
            raise Refused(UNAVAILABLE)
        return answer

    async def taken_in(self, sequence: int) -> None:
        """Wait until what a command configured is known here; the stream tells of it a moment after its answer."""
        deadline = time.monotonic() + self.settings.history_wait_ms / 1000
        while self.position < sequence:
            if time.monotonic() > deadline:
                raise Refused(UNAVAILABLE)
            await asyncio.sleep(0.002)

    async def _heard(self) -> None:
        """What another gateway has acknowledged is on its way to us: wait until it is here."""
        if not self.is_alone:
            try:
                published = await self.core.published()
            except CoreUnavailable:
                raise Refused(UNAVAILABLE) from None
            await self.taken_in(published)

    async def write(self, work: Callable[[Connection], Answer]) -> Answer:
        """Write, in a transaction, what is no money: keys and names."""
        return await asyncio.to_thread(self._write, work)

    def _write(self, work: Callable[[Connection], Answer]) -> Answer:
        with self.database.begin() as connection:
            return work(connection)

    async def read(self, query: Callable[[Connection], Answer], account: int | None = None, *others: int) -> Answer:
        """Run a query in a thread; for accounts' own data, once history holds all that concerned them.

        History is written by another process a moment after an order is acknowledged. A reader waits for it at most
        `history_wait_ms`, and then is told that the service is not available rather than something old.
        """
        await self._heard()
        needed = max((self.touched.get(one, 0) for one in (account, *others) if one is not None), default=0)
        return await self.read_behind(query, needed)

    async def read_behind(self, query: Callable[[Connection], Answer], sequence: int) -> Answer:
        """Run a query in a thread, once history holds all up to a sequence.

        Raises:
            Refused: 50001, it does not after `history_wait_ms`.
        """
        if sequence and not await self._history.reach(sequence, self.settings.history_wait_ms / 1000):
            raise Refused(UNAVAILABLE)
        return await asyncio.to_thread(self._read, query)

    async def read_at(self, query: Callable[[Connection], Answer], sequence: int) -> tuple[Answer, int]:
        """The same, once history holds all up to a sequence, and the sequence up to which it holds everything.

        Who goes on from there by the stream gives the newest sequence that concerned it: what the stream told before
        it was listened to is told to it no more.
        """
        await self._heard()

        def placed(connection: Connection) -> tuple[Answer, int]:
            return query(connection), position(connection, BACK_OFFICE)

        return await self.read_behind(placed, sequence)

    def _read(self, query: Callable[[Connection], Answer]) -> Answer:
        with snapshot(self.database) as connection:
            return query(connection)

    def _history_position(self) -> int:
        with self.database.connect() as connection:
            return position(connection, BACK_OFFICE)
