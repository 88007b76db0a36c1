"""Suite `access`, S3 to S5: who may act, for whom, and until when.

One trial is an act of a random history: a page that is asked, a code or a refresh token that is shown, a token or a key
that is used, something that is taken back, or time that passes. In one process, at a clock of its own, the product's
authorization server, key store and doors are asked (`access_site`), and what they answer is compared with a plain model
(`access_model`) of codes, grants, tokens and keys. At a serving exchange (`access_door`) it is measured how soon what
was taken back is out, at REST, WebSocket and the record door, and on sockets that are open.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commonbook.qa import access_changes, access_door, access_oauth, access_use
from commonbook.qa.access_town import Town
from commonbook.qa.suite import Result

REAL_SHARE, REAL_LEAST, REAL_MOST = 0.002, 11, 200
ACTS_A_TOWN = 400
Act = Callable[[Town], str]
ACTS: dict[Act, int] = {
    access_oauth.authorize: 20,
    access_oauth.exchange: 16,
    access_oauth.refresh: 12,
    access_oauth.revoke: 2,
    access_oauth.introspect: 3,
    access_use.use_token: 20,
    access_use.use_key: 20,
    access_use.make_key: 4,
    access_changes.take_back: 10,
    access_changes.wait: 7,
}


def run(build: Any, seed: int, trials: int, limit: float = 0.0) -> Result:
    """`trials` trials from one seed, eleven of them or one in five hundred at a serving exchange.

    Args:
        build: the module that has Engine.
    """
    result = Result("access", seed, limit=limit)
    real = min(max(round(trials * REAL_SHARE), REAL_LEAST), REAL_MOST)
    in_process(build, trials - real, result)
    if result.passed and not result.is_late():
        access_door.run(seed, real, result)
    return result


def in_process(build: Any, trials: int, result: Result) -> None:
    """Trials in one process, some hundred on each exchange.

    Args:
        build: the module that has Engine.
    """
    while result.goes_on(trials):
        seed = result.seed + result.seeds
        with tempfile.TemporaryDirectory(prefix="commonbook-access-") as folder:
            town = Town(build, Path(folder), seed, result.events)
            try:
                _play(town, seed, trials, result)
            finally:
                town.site.close()
        result.checks += town.checks
        result.seeds += 1


def _play(town: Town, seed: int, trials: int, result: Result) -> None:
    sockets: list[access_use.Open] = []
    for _ in range(6):
        town.new_key()
    for number in range(min(ACTS_A_TOWN, trials - result.trials)):
        act = town.pick.choices(list(ACTS), list(ACTS.values()))[0]
        failure = act(town)
        access_changes.let_pass(town, 0)
        if not failure and town.maybe(0.15):
            failure = access_use.log_in(town, sockets)
        if not failure and town.maybe(0.1):
            failure = access_use.look_after(town, sockets)
        if town.maybe(0.02):
            town.site.restart()
            sockets.clear()
            result.events["restart"] += 1
        if town.maybe(0.06):
            town.new_key()
        result.trials += 1
        if failure:
            result.failure = f"seed {seed}, trial {number}: {failure}"
            return
