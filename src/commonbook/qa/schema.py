"""Suite `schema`: requests made from the OpenAPI document, sent to a real server, and every answer judged by it.

schemathesis reads the document that the server itself serves and makes requests of it: its examples, every bound and
enumeration and what lies just beyond (coverage), random ones that keep to the schemas and random ones that do not
(fuzzing), and chains in which an answer gives the next request its ids (stateful). `schema_oracle` says what must come
back, `schema_state` that a refused request has changed nothing.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from commonbook.broker import consents
from commonbook.errors import OutsideFailure
from commonbook.gateway.okx_v5.app import PREFIX, ROUTES
from commonbook.instrument.accounts import SUBACCOUNTS_MOST
from commonbook.qa.people import SECOND_BRAND, key_of, open_tables
from commonbook.qa.serving import UNLIMITED, Server
from commonbook.qa.suite import Result
from commonbook.settings import Settings, database_url
from commonbook.simulator.demo_brands import BRANDS, FIRST_BRAND
from commonbook.simulator.demo_market import BROKER, BROKER_PAYOUT

PHASES = ("examples", "coverage", "fuzzing", "stateful")
# No engine time moves on by itself, so that whatever moves has been asked for; and a slow machine is given its time.
QUIET = UNLIMITED + "[core]\ntick_ms = 86_400_000\n"
INSTRUMENTS = [1]
FOR_BROKERS = tuple(sorted({f"{PREFIX}{path}" for _, path in ROUTES if "/broker/" in path}))
ORDINARY = tuple(sorted({f"{PREFIX}{path}" for _, path in ROUTES} - set(FOR_BROKERS)))


def run(seed: int, examples: int, limit: float = 0.0, phases: tuple[str, ...] = PHASES) -> Result:
    """So many random requests of every operation, beside the examples and the bounds.

    Raises:
        OutsideFailure: schemathesis is not installed; it is among the development requirements.
    """
    result = Result("schema", seed, limit=limit)
    with tempfile.TemporaryDirectory(prefix="qa") as folder:
        settings = Path(folder) / "settings.toml"
        settings.write_text(QUIET)
        data_dir = Path(folder) / "data"
        with Server(data_dir, "--settings", str(settings)) as server:
            key, address = server.account(BRANDS[FIRST_BRAND]), server.ready["rest"]
            look(address, data_dir, key, result, examples, phases, ORDINARY)
            if not result.failure:  # what is for brokers is asked by one
                look(address, data_dir, _broker_key(data_dir), result, examples, phases, FOR_BROKERS)
    return result


def _broker_key(data_dir: Path) -> dict[str, str]:
    """A key of the demo's broker, which may keep sub-accounts for its clients."""
    tables = open_tables(data_dir)
    with tables.begin() as connection:
        consents.set_form(connection, BROKER, True, SUBACCOUNTS_MOST)
        key = key_of(connection, data_dir, BROKER_PAYOUT, SECOND_BRAND)
    tables.dispose()
    told = {"api_key": key.api_key, "api_secret": key.secret, "api_passphrase": key.passphrase}
    return told | {"account": str(BROKER_PAYOUT)}


def look(
    address: str,
    data_dir: Path,
    key: dict[str, str],
    result: Result,
    examples: int,
    phases: tuple[str, ...] = PHASES,
    only: tuple[str, ...] = (),
) -> None:
    """Try one address whose core and tables lie in a data folder; what was found goes into the result.

    Args:
        key: "account", "api_key", "api_secret", "api_passphrase" of a key that may do everything.
        only: paths; empty: all.
    """
    asked = {
        "address": address,
        "account": int(key["account"]),
        "key": {name: value for name, value in key.items() if name.startswith("api_")},
        "data_dir": str(data_dir),
        "database_url": database_url(Settings(), data_dir),
        "instruments": INSTRUMENTS,
        "seed": result.seed,
        "examples": examples,
        "phases": list(phases),
        "seconds": result.limit,
        "only": list(only),
    }
    command = [sys.executable, "-m", "commonbook.qa.schema_session"]
    done = subprocess.run(command, input=msgspec.json.encode(asked), capture_output=True, check=False)
    if done.returncode:
        raise OutsideFailure(f"the session of schemathesis ended: {done.stderr.decode()[-2_000:].strip()}")
    found = msgspec.json.decode(done.stdout.splitlines()[-1])
    result.seeds += 1
    result.trials += found["cases"]
    result.checks += found["checks"]
    result.events.update({f"in_{phase.replace(' ', '_').lower()}": count for phase, count in found["by_phase"].items()})
    result.events.update({f"answered_{code}": count for code, count in found["by_answer"].items()})
    result.events["operations"] += found["operations"]
    if found["failures"]:
        result.failure = f"seed {result.seed}: {found['failures'][0]}"
        result.events["failures"] += len(found["failures"])
