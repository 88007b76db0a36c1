"""Calendar months of UTC as numbers: year x 12 + month - 1. Days and hours are counted since 1970."""

from datetime import date

DAY_HOURS = 24
_EPOCH = date(1970, 1, 1).toordinal()


def month_of_day(day: int) -> int:
    found = date.fromordinal(day + _EPOCH)
    return found.year * 12 + found.month - 1


def month_of_hour(hour: int) -> int:
    return month_of_day(hour // DAY_HOURS)


def first_day(month: int) -> int:
    """The month's first day; that of the next month is the first behind it."""
    return date(month // 12, month % 12 + 1, 1).toordinal() - _EPOCH


def first_hour(month: int) -> int:
    return first_day(month) * DAY_HOURS


def told(month: int) -> str:
    """2026-03"""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def day_told(day: int) -> str:
    """2026-03-01"""
    return date.fromordinal(day + _EPOCH).isoformat()


def day_number(text: str) -> int:
    """The day that is written so.

    Raises:
        ValueError: it is none.
    """
    if len(text) != len("2026-03-01"):
        raise ValueError(text)
    return date.fromisoformat(text).toordinal() - _EPOCH


def month_number(text: str) -> int:
    """The month that is written so: 2026-03.

    Raises:
        ValueError: it is none.
    """
    return month_of_day(day_number(f"{text}-01"))
