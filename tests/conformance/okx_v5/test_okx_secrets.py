"""What a server writes down about a failure must be safe to hand to whoever is on call.

Rule I-1 of docs/rules/identity.md: no log, traceback or printed value tells a secret.
"""

import subprocess
import sys

from commonbook.identity.model import Credential, Permission

SECRET = "5EC2E7" * 5
BROKEN_HANDLER = f"""
import structlog
from commonbook.console.processes import log_as_json

log_as_json()

def handle(request):
    api_secret = "{SECRET[:10]}" + "{SECRET[10:]}"
    headers = {{"ok-access-passphrase": api_secret}}
    raise ValueError("a bug")

try:
    handle(None)
except ValueError:
    structlog.get_logger().exception("gateway.broken")
"""


def test_i1_a_traceback_in_the_log_names_the_place_and_no_values() -> None:
    done = subprocess.run([sys.executable, "-c", BROKEN_HANDLER], capture_output=True, text=True, check=True)
    assert '"event": "gateway.broken"' in done.stderr
    assert '"exc_value": "a bug"' in done.stderr  # what happened is told, and where:
    assert '"name": "handle"' in done.stderr
    assert SECRET not in done.stderr


def test_i1_a_credential_prints_without_its_secret_and_its_passphrase() -> None:
    credential = Credential(1, "key", 2_000, 1, "", frozenset(Permission), (), SECRET.encode(), "5ea1", frozenset())
    assert SECRET not in repr(credential)
    assert "5ea1" not in repr(credential)
