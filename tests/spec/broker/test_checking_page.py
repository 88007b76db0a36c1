"""The page on checking a statement: its sessions run as they stand there. docs/concepts/checking-a-statement.md.

`COMMONBOOK_WRITE_EXAMPLES=1` writes what the commands say into the page.
"""

import os
import re
import shutil
from pathlib import Path

import pytest
from spec.broker.tree_hours import OTHER, OTHER_CODE, SUB, SUB_CODE
from spec.small_exchange import PAYOUT, TAKER, SmallExchange, one
from typer.testing import CliRunner

from commonbook.administration.checkpoint import AuditKey
from commonbook.broker.signing import sign_due
from commonbook.console.commands import commands
from commonbook.records import Channel, CommandKind

PAGE = Path(__file__).parents[3] / "docs" / "concepts" / "checking-a-statement.md"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of two settled hours; what a broker has of it lies where the commands are typed."""
    data, here = tmp_path / "data", tmp_path / "here"
    with SmallExchange(data) as exchange:
        for broker, code in ((SUB, SUB_CODE), (OTHER, OTHER_CODE)):
            record = one(CommandKind.BROKER_CODE, broker=broker, active=1, payout_account=PAYOUT, code=code.encode())
            exchange.send(record)
        exchange.trade("100000")
        exchange.trade("50000", second=1, channel=Channel.WEB)
        exchange.level(TAKER, 6)
        exchange.trade("200000", second=2)
        exchange.level(TAKER, 0)
        exchange.trade("300000", hour=1, taker_broker=SUB)
        exchange.tick(4)
        exchange.settle()
        office = exchange.exchange.back_office
        sign_due(office.database, office.statements, AuditKey.open(data))
        shutil.copytree(office.statements, here)
    (rules,) = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    (here / "rules.toml").write_text(rules)
    monkeypatch.chdir(here)
    monkeypatch.setenv("COLUMNS", "120")
    return data


def test_bp6_the_sessions_of_the_page_run_as_they_stand_there(folder: Path) -> None:
    def run(block: re.Match[str]) -> str:
        said = []
        for line in re.findall(r"^\$ (.*)$", block[1], re.MULTILINE):
            said.append(f"$ {line}\n")
            command, *words = line.split(" ")
            if command == "sed":
                _, before, after, _ = words[1].split("/")
                Path(words[2]).write_text(Path(words[2]).read_text().replace(before, after))
                continue
            done = CliRunner().invoke(commands(), [str(folder) if word == "DIR" else word for word in words])
            assert done.exit_code in (0, 1), done.output
            said.append("".join(f"{text.rstrip()}\n" for text in done.stdout.splitlines()))
        return "```console\n" + "".join(said) + "```\n"

    text = PAGE.read_text()
    made = re.sub(r"^```console\n(.*?)^```\n", run, text, flags=re.DOTALL | re.MULTILINE)
    if os.environ.get("COMMONBOOK_WRITE_EXAMPLES"):
        PAGE.write_text(made)
    size = re.compile(r"(parquet: .* rows, )[0-9,]+ bytes")  # is the writer's business
    assert size.sub(r"\1", made) == size.sub(r"\1", PAGE.read_text())
    for code in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        exec(code, {})
