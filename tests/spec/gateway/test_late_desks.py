"""The desks are loaded behind a start: when they are first asked for, or a while after it in any case."""

import asyncio
from typing import Any

import pytest

from commonbook.gateway.desk import late
from commonbook.gateway.desk.late import LateDesks

NOTHING: Any = None


async def _behind(scope: Any, receive: Any, send: Any) -> None:
    send("behind")


async def _desks(scope: Any, receive: Any, send: Any) -> None:
    send("desks")


def _late(monkeypatch: pytest.MonkeyPatch, loaded: list[str]) -> LateDesks:
    def load(self: LateDesks) -> Any:
        loaded.append("once")
        return _desks

    monkeypatch.setattr(LateDesks, "_load", load)
    return LateDesks(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, _behind)


def test_only_who_asks_for_a_desk_waits_for_it_and_it_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    desks = _late(monkeypatch, loaded)

    async def ask() -> list[str]:
        told: list[Any] = []
        send: Any = told.append
        for path in ("/api/v5/public/time", "/accounts", "/ab"):
            await desks({"type": "http", "path": path}, NOTHING, send)
        assert (told, loaded) == (["behind"] * 3, [])
        both = (desks({"type": "http", "path": path}, NOTHING, send) for path in ("/account/v1/me", "/a"))
        await asyncio.gather(*both)
        return told[3:]

    assert asyncio.run(ask()) == ["desks", "desks"]
    assert loaded == ["once"]


def test_a_gateway_that_cannot_load_them_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: LateDesks) -> Any:
        raise ImportError("a package is missing")

    monkeypatch.setattr(late, "IN_ANY_CASE_S", 0.0)
    monkeypatch.setattr(LateDesks, "_load", fail)
    desks = LateDesks(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, _behind)
    with pytest.raises(ImportError):
        asyncio.run(desks.keep())
