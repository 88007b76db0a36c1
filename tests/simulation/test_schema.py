"""Suite `schema` in its fast tier: no request made from the document finds a fault; planted faults are found."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from integration.gateway_here import GatewayHere

from commonbook.gateway.okx_v5 import app, codec, public, trade
from commonbook.gateway.okx_v5.codes import PARAMETER, Refused
from commonbook.gateway.okx_v5.statement import declare, statement_of
from commonbook.identity.model import Credential
from commonbook.qa import schema
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.schema_oracle import Sent, judge
from commonbook.qa.serving import Server
from commonbook.qa.suite import Result, Tier
from commonbook.settings import GatewaySettings, LimitSettings, Settings

TRADES, ORDER, BALANCE = "/api/v5/market/trades", "/api/v5/trade/order", "/api/v5/account/balance"


def test_requests_made_from_the_document_find_no_fault() -> None:
    result = run_suite(Suite.SCHEMA, 1, Tier.FAST)
    assert result.failure == ""
    assert result.events["operations"] == len(app.ROUTES)
    assert all(result.events[f"in_{phase}"] for phase in schema.PHASES)
    assert result.trials > 5_000
    assert {"answered_0", "answered_1", "answered_50014", "answered_51000", "answered_50115"} <= set(result.events)


# -- planted faults ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("schema")
    (folder / "settings.toml").write_text(schema.QUIET)
    with Server(folder / "data", "--settings", str(folder / "settings.toml")) as found:
        yield found


def found_by(server: Server, phases: tuple[str, ...], *paths: str) -> str:
    """The failure that the suite finds at a gateway of this process, on some paths."""
    result = Result("schema", seed=1)
    settings = Settings(gateway=GatewaySettings(history_wait_ms=20_000), limits=LimitSettings(scale=100_000))
    with GatewayHere(server.data_dir, settings) as address:
        schema.look(address, Path(server.data_dir), server.account("aurora"), result, 5, phases, paths)
    assert result.trials
    return result.failure


def test_without_a_fault_the_same_paths_pass(server: Server) -> None:
    assert found_by(server, ("examples", "coverage"), TRADES, BALANCE) == ""


def test_a_limit_that_is_cut_and_not_refused_is_found(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(body: dict[str, Any], name: str, low: int, high: int, default: int | None = None) -> int | None:
        found = codec.whole(body, name, 0, 2**62, default)
        return found if found is None else max(low, min(found, high))

    monkeypatch.setattr(public, "whole", cut)
    assert "taken, though limit is not what the document says" in found_by(server, ("coverage",), TRADES)


def test_a_parameter_that_is_refused_and_not_stated_so_is_found(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = public.trades

    def strict(door: Any, call: Any) -> Any:
        if codec.text(call.query, "limit") == "10":
            raise Refused(PARAMETER, "limit")
        return usual(door, call)

    _replace(monkeypatch, ("GET", "/market/trades"), strict)
    assert "refused as if flawed" in found_by(server, ("examples",), TRADES)


def test_a_handler_that_breaks_is_found(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = public.trades

    def brittle(door: Any, call: Any) -> Any:
        int(codec.text(call.query, "limit") or "1")  # where text comes, this raises
        return usual(door, call)

    _replace(monkeypatch, ("GET", "/market/trades"), brittle)
    assert "Server error" in found_by(server, ("coverage",), TRADES)


def test_a_refusal_that_has_had_its_effect_is_found(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = trade.place

    async def hasty(door: Any, call: Any) -> Any:
        await usual(door, call)
        raise Refused(PARAMETER, "px")

    _replace(monkeypatch, ("POST", "/trade/order"), hasty)
    failure = found_by(server, ("examples",), ORDER)
    assert "changed a balance, an order or a key" in failure or "refused as a whole" in failure


def test_a_private_route_that_asks_for_no_proof_is_found(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = app._prove
    known: list[Credential] = []

    def forgetful(*arguments: Any) -> Credential:
        if arguments[3].get(b"ok-access-key") or not known:
            known.append(usual(*arguments))
        return known[-1]

    monkeypatch.setattr(app, "_prove", forgetful)
    assert "without a right signature it is answered (200, '0')" in found_by(server, ("examples",), BALANCE)


def _replace(monkeypatch: pytest.MonkeyPatch, name: tuple[str, str], handler: Callable[..., Any]) -> None:
    """Another handler for a route, with the statement of the usual one."""
    route = app.ROUTES[name]
    told = statement_of(route.handler)
    assert told is not None
    declare(handler, told)
    monkeypatch.setitem(app.ROUTES, name, app.Route(handler, route.permission, route.timed))
    monkeypatch.setattr(app, "SHORT_WAYS", {})  # they lead past the handlers


# -- the judge ---------------------------------------------------------------------------------------------------------

OPERATION = {
    "x-codes": ["50014", "51000", "51001", "59510"],
    "parameters": [
        {"name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "minimum": 1, "maximum": 9}},
        {"name": "side", "in": "query", "required": True, "schema": {"type": "string", "enum": ["buy", "sell"]}},
    ],
}


@pytest.mark.parametrize(
    ("query", "code", "message", "wrong"),
    [
        ("side=buy&limit=9", "0", "", ""),
        ("side=buy&limit=", "0", "", ""),  # empty is absent
        ("side=buy&limit=10", "51000", "Parameter error: limit", ""),
        ("side=buy&limit=10", "0", "", "taken, though limit is not what the document says"),
        ("limit=9", "50014", "side", ""),
        ("limit=9", "0", "", "taken, though side is missing"),
        ("side=buy", "51000", "Parameter error: side", "refused as if flawed"),
        ("side=Buy", "50014", "side", "though side is not what the document says"),
        ("side=buy", "51400", "", "code 51400 is none of this operation's"),
    ],
)
def test_the_judge_reads_the_document_plainly(query: str, code: str, message: str, wrong: str) -> None:
    found = judge(OPERATION, Sent("GET", query, b"", {}), 200, {"code": code, "msg": message, "data": []})
    assert wrong in found
    assert bool(found) == bool(wrong)
