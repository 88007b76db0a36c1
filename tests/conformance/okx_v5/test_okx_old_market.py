"""Market data that moves into files while the door is open: the same answers before, after, and after a kill. W-23."""

import time
from pathlib import Path
from typing import Any

import httpx
from conformance.okx_v5.wire import ms, prepare
from integration.serving import Server
from typer.testing import CliRunner

from commonbook.console.commands import commands

BARS = ("1m", "1H", "1D", "1Wutc", "1Mutc")
SETTINGS = "[market]\nrecent_days = 1\n"


def told(server: Server) -> list[Any]:
    """All that is said of ETH-USDT, whose trades are long past, in pages of two."""
    found = []
    with httpx.Client(base_url=server.ready["rest"], timeout=20) as http:

        def ask(path: str, **query: Any) -> list[Any]:
            answer = http.get(f"/api/v5/market/{path}", params={"instId": "ETH-USDT", **query}).json()
            assert answer["code"] == "0", answer
            data: list[Any] = answer["data"]
            return data

        found += [ask("trades"), ask("history-trades", type="2", after=ms("2025-03-03T16:00:01"))]
        page = ask("history-trades", limit=2)
        while page:
            found.append(page)
            page = ask("history-trades", limit=2, after=page[-1]["tradeId"])
        found += [ask(path, bar=bar) for path in ("candles", "history-candles") for bar in BARS]
        ticker = ask("ticker")[0]
        found.append([ticker[name] for name in ("last", "lastSz", "open24h", "vol24h")])
    return found


def test_w23_old_trades_and_candles_are_the_same_in_tables_in_files_and_after_a_kill(tmp_path: Path) -> None:
    data = tmp_path / "data"
    prepare(data, long_ago=True)
    (tmp_path / "settings.toml").write_text(SETTINGS)
    options = ("--settings", str(tmp_path / "settings.toml"))
    server = Server(data, *options)
    before = told(server)
    assert [row["tradeId"] for row in before[0]] == ["7", "6", "5", "4", "3", "2", "1"]
    deadline = time.monotonic() + 60
    while not (data / "market" / "candles" / "2" / "2025-03-04.parquet").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.5)  # the last transaction
    assert len(list((data / "market").rglob("*.parquet"))) == 2 * 2
    assert told(server) == before
    out = tmp_path / "trades.csv"
    words = ["export", "trades", str(data), "--from", "2025-03-03", "--to", "2025-03-05", "--out", str(out)]
    assert CliRunner().invoke(commands(), [*words, "--instrument", "ETH-USDT"]).exit_code == 0  # while it serves
    assert len(out.read_text().splitlines()) == 1 + 7
    server.kill()
    with Server(data, *options) as again:
        assert told(again) == before
