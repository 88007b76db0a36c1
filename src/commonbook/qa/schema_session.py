"""The process in which schemathesis runs for suite `schema`: requests made from the document, each answer judged.

It is asked for on standard input, as JSON (`Asked`), and tells what it found on standard output. It needs the
development requirements; the suite starts it as a process of its own, so that nothing else does.
"""

import base64
import hashlib
import hmac
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import requests
import schemathesis
from schemathesis.config import (
    ChecksConfig,
    CoveragePhaseConfig,
    ExamplesPhaseConfig,
    FuzzingPhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
    StatefulPhaseConfig,
)
from schemathesis.engine import events, from_schema

from commonbook.qa.schema_oracle import Sent, judge
from commonbook.qa.schema_state import State, Witness

PHASES = ("examples", "coverage", "fuzzing", "stateful")
# What they ask is asked by the oracle, which knows that a refusal may have status 200 and that codes say more.
NOT_OURS = (
    *("positive_data_acceptance", "negative_data_rejection", "missing_required_header", "ignored_auth"),
    *("use_after_free", "ensure_resource_availability", "object_level_authorization"),
)
UNPROVED_EVERY = 10  # requests of an operation


class Asked(msgspec.Struct):
    address: str
    account: int
    key: dict[str, str]
    data_dir: str
    database_url: str
    instruments: list[int]
    seed: int
    examples: int  # of an operation, in each of the phases that draw them at random
    phases: list[str]
    seconds: float = 0.0  # 0: until done
    only: list[str] = []  # paths; empty: all


class Found(msgspec.Struct):
    operations: int = 0
    cases: int = 0
    checks: int = 0
    by_phase: dict[str, int] = {}
    by_answer: dict[str, int] = {}
    failures: list[str] = []


def main() -> None:
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    sys.stdout.write(msgspec.json.encode(_run(asked)).decode() + "\n")


def _run(asked: Asked) -> Found:
    document = requests.get(f"{asked.address}/api/v5/openapi.json", timeout=30).json()
    paths = {path: methods for path, methods in document["paths"].items() if not asked.only or path in asked.only}
    for methods in paths.values():
        for operation in methods.values():
            operation.pop("security", None)  # the signer proves every request; the judge asks what is so without
    found = Found(operations=sum(map(len, paths.values())))
    witness = Witness(Path(asked.data_dir), asked.database_url, asked.account, tuple(asked.instruments))
    judging = _Judge(asked, paths, witness, found)
    schemathesis.auth.set_from_requests(judging.signer)  # type: ignore[attr-defined]
    schemathesis.check(judging.as_check())
    schema = schemathesis.openapi.from_dict(document | {"paths": paths}, config=_configuration(asked))
    try:
        for event in from_schema(schema).execute():
            _take(event, found)
    finally:
        witness.close()
    return found


def _configuration(asked: Asked) -> SchemathesisConfig:
    checks = ChecksConfig()
    checks.update(excluded_check_names=list(NOT_OURS))
    drawn = GenerationConfig(max_examples=asked.examples, deterministic=False, database="none", no_shrink=True)
    wanted = set(asked.phases)
    phases = PhasesConfig(
        examples=ExamplesPhaseConfig(enabled="examples" in wanted),
        coverage=CoveragePhaseConfig(enabled="coverage" in wanted),
        fuzzing=FuzzingPhaseConfig(enabled="fuzzing" in wanted, generation=drawn),
        stateful=StatefulPhaseConfig(enabled="stateful" in wanted, generation=drawn),
    )
    project = ProjectConfig(
        base_url=asked.address, workers=1, checks=checks, phases=phases, request_timeout=30, generation=drawn
    )
    projects = ProjectsConfig(default=project)
    return SchemathesisConfig(seed=asked.seed, max_time=round(asked.seconds) or None, projects=projects)


def _take(event: events.EngineEvent, found: Found) -> None:
    match event:
        case events.ScenarioFinished():
            found.by_phase[event.phase.value] = found.by_phase.get(event.phase.value, 0) + len(event.recorder.cases)
            for checks in event.recorder.checks.values():
                found.checks += len(checks)
                for check in checks:
                    if check.failure_info is not None:
                        failure = check.failure_info.failure
                        told = f"{event.label}, {check.name}: {failure.title}: {failure.message}"
                        found.failures.append(" ".join(f"{told}; {check.failure_info.code_sample}".split())[:2_000])
        case events.NonFatalError():
            found.failures.append(" ".join(f"{event.label}: {event.value}".split())[:2_000])
        case events.FatalError():
            found.failures.append(" ".join(f"{event.exception}".split())[:2_000])


class _Signer(requests.auth.AuthBase):
    """Signs the raw request, as the last thing before it goes; no two requests bear one millisecond."""

    def __init__(self, key: dict[str, str], witness: Witness) -> None:
        self._key = key
        self._witness = witness
        self._newest_ms = 0
        self.before = witness.state()  # what was so when the newest request went out

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        while (now_ms := time.time_ns() // 1_000_000) <= self._newest_ms:
            time.sleep(0.0002)
        self._newest_ms = now_ms
        stamp = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = raw_body(request)
        message = f"{stamp}{request.method}{request.path_url}".encode() + body
        digest = hmac.new(self._key["api_secret"].encode(), message, hashlib.sha256).digest()
        request.headers["OK-ACCESS-KEY"] = self._key["api_key"]
        request.headers["OK-ACCESS-SIGN"] = base64.b64encode(digest).decode()
        request.headers["OK-ACCESS-TIMESTAMP"] = stamp
        request.headers["OK-ACCESS-PASSPHRASE"] = self._key["api_passphrase"]
        self.before = self._witness.state()
        return request


def raw_body(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    if isinstance(body, str):
        return body.encode()
    if not isinstance(body, bytes):
        raise TypeError(f"a body of {type(body).__name__} cannot be signed")
    return body


class _Judge:
    """Looks at every answer: by the document, and by what it has changed."""

    def __init__(self, asked: Asked, paths: dict[str, Any], witness: Witness, found: Found) -> None:
        self._asked = asked
        self._paths = paths
        self._witness = witness
        self._found = found
        self._seen: Counter[str] = Counter()
        self._session = requests.Session()
        self.signer = _Signer(asked.key, witness)

    def as_check(self) -> Any:
        def door(ctx: Any, response: Any, case: Any) -> None:
            wrong = self._look(response, case)
            if wrong:
                raise AssertionError(wrong)

        return door

    def _look(self, response: Any, case: Any) -> str:
        sent, envelope = response.request, response.json()
        self._found.cases += 1
        self._count(envelope["code"])
        before, after = self.signer.before, self._witness.state()
        operation = self._paths[case.operation.path].get(sent.method.lower())
        if operation is None:
            told = (response.status_code, envelope["code"])
            return self._unchanged(before, after, 405) if told == (405, "50115") else f"another method is {told}"
        wrong = judge(operation, _sent(sent), response.status_code, envelope)
        if not wrong and envelope["code"] not in ("0", "2"):
            wrong = self._unchanged(before, after, response.status_code)
        if not wrong and case.operation.path.endswith("/cancel-all-after") and envelope["code"] == "0":
            self._signed("POST", case.operation.path, b'{"timeOut":"0"}')  # or it would act in the midst of others
        name = case.operation.label
        self._seen[name] += 1
        if not wrong and operation["x-permission"] and self._seen[name] % UNPROVED_EVERY == 1:
            wrong = self._unproved(sent)
        return wrong

    def _count(self, code: str) -> None:
        self._found.by_answer[code] = self._found.by_answer.get(code, 0) + 1

    @staticmethod
    def _unchanged(before: State, after: State, status: int) -> str:
        if before.holdings != after.holdings:
            return "a refused request has changed a balance, an order or a key"
        if status >= 400 and before.sequence != after.sequence:
            return "a request that the door refused has reached the core"
        return ""

    def _unproved(self, sent: requests.PreparedRequest) -> str:
        """The same request without a signature, and with a wrong one, is refused and changes nothing."""
        before = self._witness.state()
        named = {
            "OK-ACCESS-KEY": self._asked.key["api_key"],
            "OK-ACCESS-PASSPHRASE": self._asked.key["api_passphrase"],
            "OK-ACCESS-TIMESTAMP": str(sent.headers["OK-ACCESS-TIMESTAMP"]),
            "OK-ACCESS-SIGN": base64.b64encode(bytes(32)).decode(),
        }
        for headers, code in (({}, "50103"), (named, "50113")):
            answer = self._session.request(
                str(sent.method), str(sent.url), data=raw_body(sent), headers=headers, timeout=30
            )
            told = (answer.status_code, answer.json()["code"])
            if told != (401, code):
                return f"without a right signature it is answered {told}"
        return self._unchanged(before, self._witness.state(), 401)

    def _signed(self, method: str, path: str, body: bytes) -> None:
        self._session.request(method, self._asked.address + path, data=body, auth=self.signer, timeout=30)


def _sent(request: requests.PreparedRequest) -> Sent:
    headers = {str(name).lower(): str(value) for name, value in request.headers.items()}
    return Sent(str(request.method), request.path_url.partition("?")[2], raw_body(request), headers)


if __name__ == "__main__":
    main()
