"""How long it takes from the command that creates a brand to a page that is served at its address.

With a real `commonbook serve` in processes of its own; the clock begins before the command's process is started, so
that what a person waits for is all in it.
"""

import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from commonbook.bench.harness import Figure
from commonbook.bench.served import COMMAND, START_LIMIT_S, serving
from commonbook.errors import OutsideFailure

LINE_S = 5.0
ROUNDS = 3
COVERS = (
    f"the longest of {ROUNDS}: from the start of the process `commonbook brand create` to the answer with the "
    "brand's page, on an exchange that serves in processes of its own"
)


def brand_page_figure(environment: Mapping[str, str]) -> Figure:
    """As a bench tells it."""
    return Figure("brand_create_to_page", brand_create_to_page_s(environment), "s", LINE_S, "lower", covers=COVERS)


def brand_create_to_page_s(environment: Mapping[str, str], rounds: int = ROUNDS) -> float:
    """The longest of some rounds, each with a brand of its own, in seconds.

    Raises:
        OutsideFailure: the exchange does not start, or the brand is not created or not served.
    """
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as folder:
        data = Path(folder) / "data"
        with serving(data, environment) as address:
            return max(_one(data, address, f"brand{number}", environment) for number in range(rounds))


def _one(data: Path, address: str, name: str, environment: Mapping[str, str]) -> float:
    file = data.parent / f"{name}.toml"
    file.write_text(f'name = "{name}"\ntitle = "{name.title()}"\n')
    began = time.perf_counter()
    command = [*COMMAND, "brand", "create", str(file), "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(environment))
    if done.returncode:
        raise OutsideFailure(f"the brand was not created: {done.stderr.strip()}")
    with httpx.Client(base_url=address, headers={"host": f"{name}.localhost"}) as http:
        while f">{name.title()}</" not in http.get("/").text:
            if time.perf_counter() - began > START_LIMIT_S:
                raise OutsideFailure(f"the page of {name} is not served after {START_LIMIT_S:.0f} s")
            time.sleep(0.01)
    return time.perf_counter() - began
