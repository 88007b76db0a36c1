"""A slow, obvious exchange: the oracle of the fast one.

Lists, dictionaries, integers and sorting; no cleverness. It follows the rules of docs/rules/ (matching, counter, fees,
protection, refusals) and shares no code with the Rust engine, so that the two agree only where both follow the rules.
"""

from commonbook.qa.plain import Command, Event
from commonbook.qa.referee.book import levels, tell_levels
from commonbook.qa.referee.configuration import (
    add_asset,
    add_brand,
    add_instrument,
    open_account,
    set_broker_code,
    set_price,
    set_status,
)
from commonbook.qa.referee.counter import amend, cancel, cancel_all, fire_timers, place, set_timer
from commonbook.qa.referee.fees import set_fees
from commonbook.qa.referee.funds import move_funds
from commonbook.qa.referee.protection import set_limits, set_listing, set_reference, switch
from commonbook.qa.referee.split import split_asset
from commonbook.qa.referee.state import Refused, State
from commonbook.records import CommandKind, EventKind, Refusal, Side


class Referee(State):
    """The whole exchange. `apply(command)` gives its events; `balances()` and `depth()` tell the state."""

    def apply(self, command: Command) -> list[Event]:
        """Everything that follows from one command, in order."""
        if command["sequence"] != self.sequence + 1 or command["time_ns"] < self.time_ns:
            raise ValueError(f"command {command['sequence']} at {command['time_ns']} does not follow {self.sequence}")
        self.sequence, self.time_ns = command["sequence"], command["time_ns"]
        self.events, self.touched = [], set()
        fire_timers(self)
        try:
            self._perform(command)
        except Refused as refused:
            self.tell(
                EventKind.REFUSED,
                refused.reason,
                account=command.get("account", 0),
                order=command.get("order", 0),
                command_kind=int(command["kind"]),
            )
        tell_levels(self)
        return self.events

    def _perform(self, command: Command) -> None:
        match command["kind"]:
            case CommandKind.TIME | CommandKind.RECEIPT:
                pass
            case CommandKind.PRICE:
                set_price(self, command)
            case CommandKind.ASSET:
                add_asset(self, command)
            case CommandKind.INSTRUMENT:
                add_instrument(self, command)
            case CommandKind.BRAND:
                add_brand(self, command)
            case CommandKind.ACCOUNT:
                open_account(self, command)
            case CommandKind.FEES:
                set_fees(self, command)
            case CommandKind.BROKER_CODE:
                set_broker_code(self, command)
            case CommandKind.STATUS:
                set_status(self, command)
            case CommandKind.LIMITS:
                set_limits(self, command)
            case CommandKind.REFERENCE:
                set_reference(self, command)
            case CommandKind.KILL:
                switch(self, command)
            case CommandKind.LISTING:
                set_listing(self, command)
            case CommandKind.SPLIT:
                split_asset(self, command)
            case CommandKind.DEPOSIT | CommandKind.WITHDRAWAL | CommandKind.TRANSFER:
                move_funds(self, command)
            case CommandKind.ORDER:
                place(self, command)
            case CommandKind.CANCEL:
                cancel(self, command)
            case CommandKind.AMEND:
                amend(self, command)
            case CommandKind.CANCEL_ALL:
                cancel_all(self, command)
            case CommandKind.CANCEL_ALL_AFTER:
                set_timer(self, command)
            case _:
                raise Refused(Refusal.MALFORMED)

    def balances(self) -> dict[tuple[int, int], tuple[int, int]]:
        """(account, asset) -> (available, held), where either is not zero."""
        everyone = {key: (self.available.get(key, 0), self.held.get(key, 0)) for key in {*self.available, *self.held}}
        return {key: both for key, both in everyone.items() if any(both)}

    def depth(self, instrument: int) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
        """Bids and asks as (price_ticks, total_lots, orders), best first."""
        return levels(self, instrument, Side.BUY), levels(self, instrument, Side.SELL)
