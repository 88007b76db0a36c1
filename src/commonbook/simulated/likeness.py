"""The work that keeps the simulated venue like the live one: a look at both, about once a second. S-3 to S-5."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import numpy as np
import structlog
from sqlalchemy import Engine as Database

from commonbook.instrument.protection import NO_LIMITS
from commonbook.instrument.venue import Venue
from commonbook.matching.client import CoreClient
from commonbook.records import FUNDS, Refusal, TradingStatus, refusal_of
from commonbook.settings import SimulatedSettings
from commonbook.simulated import brokers, funds, house, liquidity
from commonbook.simulated.configuration import Configuration
from commonbook.simulated.liquidity import Quote, Step

REFUSED_FOR_S = 60.0  # a quote that was refused is not sent again before
STEPS_TOGETHER = 2_000

log = structlog.get_logger()


class Likeness:
    """One per simulated venue. Of the live one it has a connection that only asks, and tables that it only reads."""

    def __init__(
        self,
        live: CoreClient,
        live_tables: Database,
        own: CoreClient,
        own_tables: Database,
        settings: SimulatedSettings,
    ) -> None:
        self._live = live
        self._live_tables = live_tables
        self._own = own
        self._own_tables = own_tables
        self._settings = settings
        self._configuration = Configuration(live_tables, own_tables)
        self._venue = Venue()
        self._funded: set[int] = set()  # assets that the house has
        self._keys = -1
        self._waiting: set[int] = set()  # accounts whose first funds are not given yet
        self._given: set[int] = set()
        self._refused: dict[tuple[int, Quote], float] = {}

    async def run(self, ready: Callable[[], Awaitable[None]]) -> None:
        """For ever; `ready` is called after the first look."""
        await self._own.submit(house.opening())
        await self.look()
        await ready()
        while True:
            await asyncio.sleep(self._settings.look_every_ms / 1000)
            await self.look()

    async def look(self) -> None:
        """Once: configuration, what brokers have named, first funds, books."""
        upto, accepted = await asyncio.to_thread(self._configuration.read)
        if await self._configuration.follow(upto, accepted, self._own) or not self._venue.assets:
            await self._learn()
        await asyncio.to_thread(self._configuration.keep, upto)
        await asyncio.to_thread(brokers.follow, self._live_tables, self._own_tables)
        await self._give_first_funds()
        await self._quote()

    async def _learn(self) -> None:
        """What this venue is set up with now; and whatever is new is in the house's hands."""
        _, records = await self._own.setup()
        self._venue = Venue()
        self._venue.apply_commands(records)
        for asset in self._venue.assets.values():
            if asset.id not in self._funded:
                await self._own.submit(house.funding(asset))
                self._funded.add(asset.id)

    # -- first funds --------------------------------------------------------------------------------------------------

    async def _give_first_funds(self) -> None:
        self._waiting |= await asyncio.to_thread(self._new_accounts)
        gifts = funds.first_funds(self._venue, sorted(self._waiting), self._settings.first_funds)
        if gifts is None:
            return
        accounts = gifts.view(FUNDS)["account"].tolist()
        answers = await self._own.submit(gifts)
        absent = {
            account
            for account, events in zip(accounts, answers, strict=True)
            if refusal_of(events) is Refusal.UNKNOWN_ACCOUNT
        }
        self._given |= self._waiting - absent
        self._waiting = absent

    def _new_accounts(self) -> set[int]:
        """Accounts that have a key now and had none when we looked last."""
        with self._own_tables.connect() as connection:
            keys = funds.key_count(connection)
            if keys == self._keys:
                return set()
            self._keys = keys
            return set(funds.accounts_with_keys(connection)) - self._given

    # -- books --------------------------------------------------------------------------------------------------------

    async def _quote(self) -> None:
        now = time.monotonic()
        self._refused = {one: until for one, until in self._refused.items() if until > now}
        stands = liquidity.standing(await self._own.orders(house.HOUSE_ACCOUNT))
        changes: list[Step] = []
        for instrument in self._venue.instruments.values():
            if self._venue.status(instrument.id) is TradingStatus.LIVE:
                then = await self._wanted(instrument.id)
                changes += liquidity.steps(instrument.id, stands.get(instrument.id, []), then)
        changes = liquidity.in_order(changes)
        for start in range(0, len(changes), STEPS_TOGETHER):
            part = changes[start : start + STEPS_TOGETHER]
            answers = await self._own.submit(np.concatenate([one.command() for one in part]))
            for step, events in zip(part, answers, strict=True):
                refusal = refusal_of(events)
                if refusal not in (None, Refusal.UNKNOWN_ORDER) and step.is_to is not None:
                    self._refused[step.instrument, step.is_to] = now + REFUSED_FOR_S

    async def _wanted(self, number: int) -> list[Quote]:
        instrument, limits = self._venue.instruments[number], self._venue.limits.get(number, NO_LIMITS)
        levels = self._settings.book_levels
        if not levels:
            return []
        depth = await self._live.depth(number, levels)
        quotes = liquidity.wanted(instrument, limits, depth["bids"], depth["asks"])
        return [quote for quote in quotes if (number, quote) not in self._refused]
