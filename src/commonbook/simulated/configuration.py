"""What the live venue accepted as its configuration, sent to the simulated one as commands of its own. S-3."""

import numpy as np
import structlog
from sqlalchemy import Engine as Database

from commonbook.instrument import store
from commonbook.instrument.accounts import FIRST_MADE
from commonbook.matching.client import CoreClient
from commonbook.records import (
    BROKER_CODE,
    COMMAND,
    COMMAND_LAYOUTS,
    CommandKind,
    FeeScope,
    KillScope,
    Records,
    refusal_of,
)
from commonbook.simulated.house import HOUSE_ACCOUNT, HOUSE_BRAND
from commonbook.storage.database import BACK_OFFICE, advance, position, snapshot

LIVE = "live"  # the name of our position, which counts the live venue's sequences
TOGETHER = 2_000  # commands in one submission

log = structlog.get_logger()


class Configuration:
    """Follows the live back office's tables; the position is kept in the simulated venue's own.

    The position moves once commands are durable, so after a crash some are sent again. Each says what is to be and not
    what is to change, so that changes nothing.
    """

    def __init__(self, live: Database, own: Database) -> None:
        self._live = live
        self._own = own
        with own.connect() as connection:
            self._position = position(connection, LIVE)

    def read(self) -> tuple[int, Records]:
        """The newest sequence of the live venue that is known, and what it has accepted since we looked last."""
        with snapshot(self._live) as connection:
            upto = position(connection, BACK_OFFICE)
            if upto < self._position:  # it was restored from a copy that is older: from the beginning
                return upto, store.configuration_after(connection, 0)
            return upto, store.configuration_after(connection, self._position)

    async def follow(self, upto: int, accepted: Records, core: CoreClient) -> int:
        """Have it accepted here as well; how many commands that took."""
        chosen = followed(accepted)
        for start in range(0, len(chosen), TOGETHER):
            part = chosen[start : start + TOGETHER]
            for command, events in zip(part, await core.submit(part), strict=True):
                refusal = refusal_of(events)
                if refusal is not None:
                    log.warning("simulated.not_followed", kind=int(command["kind"]), why=refusal.name)
        return len(chosen)

    def keep(self, upto: int) -> None:
        """Remember how far it was followed."""
        if upto != self._position:
            with self._own.begin() as connection:
                advance(connection, LIVE, self._position, upto)
            self._position = upto


def followed(accepted: Records) -> Records:
    """Of accepted configuration what a second venue shares, in order.

    Of an instrument's references, and of what is said of a listing, the newest: so a listing that was closed and opened
    again cancels nothing when all of it is sent once more.

    Accounts that are made from others, sub-accounts and funding accounts, are opened on each side by their owners.
    A switch of a person or of an account that is the same on both sides stops both; others are of their own side: keys
    have other numbers there, and a brand that is stopped on the live side is tried out on the other. So is a broker's
    code that is not active on the live side.
    Test funds are not split: the instruments are halted here as well.
    """
    kept = np.ones(len(accepted), bool)
    newest: dict[tuple[int, ...], int] = {}  # of what is said again and again: where it was said last

    def only_the_newest(key: tuple[int, ...], place: int) -> None:
        if key in newest:
            kept[newest[key]] = False
        newest[key] = place

    for place, command in enumerate(accepted):
        kind = CommandKind(int(command["kind"]))
        row = command.reshape(1).view(COMMAND_LAYOUTS[kind])[0]
        match kind:
            case CommandKind.SPLIT:
                kept[place] = False
            case CommandKind.ACCOUNT:
                kept[place] = _is_given_out(int(row["account"]))
            case CommandKind.FEES if row["scope"] == FeeScope.ACCOUNT:
                kept[place] = _is_given_out(int(row["account"]))
            case CommandKind.BRAND:
                kept[place] = int(row["brand"]) != HOUSE_BRAND
            case CommandKind.REFERENCE:
                only_the_newest((kind, int(row["instrument"])), place)
            case CommandKind.LISTING:
                only_the_newest((kind, int(row["brand"]), int(row["instrument"])), place)
            case CommandKind.KILL:
                scope, target = KillScope(int(row["scope"])), int(row["target"])
                kept[place] = scope is KillScope.PERSON or (scope is KillScope.ACCOUNT and _is_given_out(target))
                if kept[place]:
                    only_the_newest((kind, scope, target), place)
            case _:
                pass
    chosen = accepted[kept].copy()
    chosen["sequence"] = chosen["time_ns"] = 0
    codes = chosen["kind"] == CommandKind.BROKER_CODE
    active = chosen[codes].view(BROKER_CODE)
    active["active"] = 1
    chosen[codes] = active.view(COMMAND)
    return chosen


def _is_given_out(account: int) -> bool:
    return account < FIRST_MADE and account != HOUSE_ACCOUNT
