"""When a brand's income is released. Pure; rule Q-15. Days count from 1970, a Thursday."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from commonbook.clearing.model import ANY_BRAND, DAY_NS
from commonbook.errors import BadInput

LAST_DAY_OF_EVERY_MONTH = 28
LOOK_BACK = 62  # days; every schedule has a release day among so many


class Period(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Schedule:
    """From the beginning of a day on, in force for a brand's asset, or for all of its assets (asset 0)."""

    brand: int
    asset: int
    effective_ns: int
    period: Period
    on_day: int  # weekly: 1 Monday to 7 Sunday; monthly: 1 to 28; daily: 0
    delay_days: int  # income of so many whole days before the release day stays for later
    minimum: int  # ledger units; less is carried

    def must_be_sound(self) -> None:
        """
        Raises:
            BadInput: names the value.
        """
        most = {Period.DAILY: 0, Period.WEEKLY: 7, Period.MONTHLY: LAST_DAY_OF_EVERY_MONTH}[self.period]
        least = 0 if self.period is Period.DAILY else 1
        if not least <= self.on_day <= most:
            raise BadInput(f"on_day {self.on_day} of a {self.period} release is not {least} to {most}")
        if not 0 <= self.delay_days <= LOOK_BACK:
            raise BadInput(f"delay_days {self.delay_days} is not 0 to {LOOK_BACK}")
        if self.minimum < 0 or (self.minimum and not self.asset):
            raise BadInput("a minimum is zero or more, and of one asset: name it")

    def is_release_day(self, day: int) -> bool:
        match self.period:
            case Period.DAILY:
                return True
            case Period.WEEKLY:
                return (day + 3) % 7 + 1 == self.on_day  # day 0 was a Thursday, the fourth
            case Period.MONTHLY:
                return datetime.fromtimestamp(day * 86_400, UTC).day == self.on_day


def in_force(schedules: Iterable[Schedule], default: Schedule, brand: int, asset: int, day: int) -> Schedule:
    """The schedule of a brand's asset when a day begins: its own, else the brand's for all assets, else the default."""
    for of_brand, of_asset in ((brand, asset), (brand, 0), (ANY_BRAND, 0)):
        chosen = [
            one
            for one in schedules
            if (one.brand, one.asset) == (of_brand, of_asset) and one.effective_ns <= day * DAY_NS
        ]
        if chosen:
            return max(chosen, key=lambda one: one.effective_ns)
    return default


def newest_release_day(
    schedules: list[Schedule], default: Schedule, brand: int, asset: int, today: int
) -> tuple[int, Schedule] | None:
    """The newest day up to today on which something is released, and its schedule."""
    for day in range(today, max(today - LOOK_BACK, -1), -1):
        schedule = in_force(schedules, default, brand, asset, day)
        if schedule.is_release_day(day):
            return day, schedule
    return None


def divide(payable: int, held: int, minimum: int, invoiced: int) -> tuple[int, int]:
    """(set off, released) of what is payable: what is held stays, less than the minimum is carried, invoices first.

    What is payable may be below zero, after corrections; then nothing is released and all of it is carried (Q-15).
    """
    free = payable - held
    if free <= 0 or free < minimum:
        return 0, 0
    set_off = min(free, invoiced)
    return set_off, free - set_off
