"""The guide for a broker's own programs runs: docs/guides/broker-client.md, from its first example to its last."""

import asyncio
import contextlib
import functools
import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
from spec.broker.listening import Listening
from spec.broker.served import managing_key, serving
from spec.broker.test_broker_channel import QUICK, trade
from spec.house import House
from spec.oauth.rig import BASE, HouseTransport
from spec.small_exchange import BROKER, PAYOUT, TAKER, one, order

from commonbook.administration.checkpoint import AuditKey
from commonbook.broker.signing import sign_due
from commonbook.client.broker import BrokerDesk
from commonbook.records import CommandKind, Side
from commonbook.webhook.rules import signature

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "broker-client.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Listening]:
    with House(tmp_path / "data", QUICK) as house:
        house.at(0, 1)
        house.send(*trade("1000"))
        house.send(*trade("500"))
        house.at(2, 1)
        office = house.small.exchange.back_office
        office.settle_due(lambda commands: house.send(commands))
        sign_due(office.database, office.statements, AuditKey.open(house.folder))
        house.send(*trade("40"))
        yield Listening(house)


def test_the_guide_of_a_brokers_programs_runs(here: Listening, tmp_path: Path) -> None:
    house = here.house
    made = managing_key(here, house.trader(PAYOUT))
    names: dict[str, Any] = {
        "base": BASE,
        "folder": tmp_path,
        "host_key": AuditKey.open(house.folder).public,
        **{name: getattr(made, name) for name in ("api_key", "api_secret", "api_passphrase")},
    }
    local = functools.partial(httpx.Client, transport=HouseTransport(house, "127.0.0.1"))
    said = io.StringIO()
    with mock.patch.object(httpx, "Client", local), contextlib.redirect_stdout(said):
        for example in EXAMPLES:
            exec(compile(example, str(GUIDE), "exec"), names)
    assert isinstance(names["desk"], BrokerDesk)
    assert [line.notional for line in names["lines"]] == ["1000", "500", "40"]
    assert list(names["by_client"]) == [house.seal.client_name(BROKER, TAKER)]
    assert (names["checked"].lines, names["proved"].ok) == (2, True)
    assert names["delivery"].kind == "test"
    assert (tmp_path / "lines.parquet").stat().st_size > 0
    body, now_s = b'{"id":"1","kind":"test","data":{}}', int(time.time())
    good = signature([names["secret"]], body, now_s)
    with contextlib.redirect_stdout(said):
        assert names["hook"]({"commonbook-signature": good}, body) == 200
        assert names["hook"]({"commonbook-signature": good}, body + b" ") == 400

    async def live() -> None:
        async with serving(here) as address:
            names["base"] = address
            watching = asyncio.ensure_future(names["watch"]())
            await here.until(lambda: len(here.hub.brokers._orders) == 1)
            await here.until(lambda: "own" in said.getvalue())
            bid = (await here.send(order(TAKER, Side.BUY, "10", broker=BROKER))).last
            await here.send(one(CommandKind.CANCEL, account=TAKER, order=bid, instrument=1))
            await asyncio.wait_for(watching, 20)

    with contextlib.redirect_stdout(said):
        asyncio.run(live())
    assert "accepted" in said.getvalue()
    assert "canceled" in said.getvalue()
