"""The tests of the web app's own rules, run by Node: WB-1 to WB-3, WB-9 and WB-11 in web/tests/."""

import shutil
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).parents[3] / "web"


@pytest.mark.skipif(shutil.which("node") is None, reason="Node 20.19 or newer is needed: install it from nodejs.org")
@pytest.mark.skipif(not (WEB / "node_modules").exists(), reason="the web app's tools are not there: run `make setup`")
def test_wb1_wb2_wb3_wb9_wb11_money_socket_texts_worth_and_gain_are_as_the_rules_say() -> None:
    command = ["node", str(WEB / "node_modules" / "vitest" / "vitest.mjs"), "run", "--root", str(WEB)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
