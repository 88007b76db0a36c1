"""Which data folders are a demo's, and what is on in those alone. Rule DM-1."""

import re
from pathlib import Path

from msgspec.structs import replace

from commonbook.errors import BadInput
from commonbook.settings import DemoSettings, Settings
from commonbook.whole_file import write_whole

FUNDS = {"USDT": "10000", "BTC": "0.1"}
_MARK = "demo.txt"
_AMOUNT = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")
_MARKED = b"The demo has made the exchange in this folder: its funds are worth nothing.\n"


def mark(data_dir: Path) -> None:
    """Say that the demo makes, or has made, the exchange in a folder."""
    if not is_demo(data_dir):
        write_whole(data_dir / _MARK, _MARKED)


def is_demo(data_dir: Path) -> bool:
    return (data_dir / _MARK).exists()


def with_funds(data_dir: Path, settings: Settings) -> Settings:
    """Those under which the exchange of a demo's folder gives funds; of another folder they stay as they are."""
    if not is_demo(data_dir) or settings.demo.funds:
        return settings
    return replace(settings, demo=DemoSettings(funds=FUNDS))


def must_be_demo(data_dir: Path, settings: Settings) -> None:
    """
    Raises:
        BadInput: the exchange would give funds that nobody has paid in; or amounts that are none.
    """
    if settings.demo.funds and not is_demo(data_dir):
        raise BadInput(
            f"demo.funds is set, and {data_dir} is no folder of `commonbook demo`: on a live exchange funds come from "
            "deposits alone; take demo.funds out of the settings"
        )
    for name, coins in settings.demo.funds.items():
        if not _AMOUNT.fullmatch(coins) or not coins.strip("0."):
            raise BadInput(f"demo.funds: {name} = {coins!r} is no amount above zero; write for example 0.1")
