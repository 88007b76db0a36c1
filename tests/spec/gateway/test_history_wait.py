"""Readers wait for history together. W-15 of docs/reference/okx-v5.md."""

import asyncio
import threading
import time

import pytest

from commonbook.gateway.okx_v5.history_wait import HistoryWait


class History:
    """How far it has come, by a test's will; and how often it was asked."""

    def __init__(self) -> None:
        self.position, self.asked, self.fails = 0, 0, False
        self.threads: set[int] = set()

    def __call__(self) -> int:
        self.asked += 1
        self.threads.add(threading.get_ident())
        if self.fails:
            raise OSError("no tables")
        return self.position


def test_w15_readers_go_on_as_history_reaches_what_each_of_them_needs() -> None:
    history = History()
    wait = HistoryWait(history)

    async def play() -> list[int]:
        done: list[int] = []

        async def reader(sequence: int) -> None:
            assert await wait.reach(sequence, 30)
            done.append(sequence)

        readers = [asyncio.ensure_future(reader(sequence)) for sequence in (30, 10, 20, 10)]
        for position in (9, 10, 25, 30):
            history.position = position
            await asyncio.sleep(0.05)
            assert sorted(done) == [one for one in (10, 10, 20, 30) if one <= position]
        await asyncio.gather(*readers)
        assert await wait.reach(30, 0)  # known already: nobody is asked
        return done

    asyncio.run(play())
    assert len(history.threads) == 1


def test_w15_two_hundred_who_wait_ask_no_more_than_one_does() -> None:
    history = History()
    wait = HistoryWait(history)

    async def play() -> None:
        began = time.monotonic()
        readers = [asyncio.ensure_future(wait.reach(5, 30)) for _ in range(200)]
        await asyncio.sleep(0.1)
        looks = (time.monotonic() - began) / 0.002
        assert history.asked <= looks + 2
        history.position = 5
        assert all(await asyncio.gather(*readers))

    asyncio.run(play())


def test_w15_who_waits_too_long_is_told_so_and_nobody_is_asked_any_more() -> None:
    history = History()
    wait = HistoryWait(history)

    async def play() -> None:
        assert not await wait.reach(5, 0.02)
        await asyncio.sleep(0.05)
        asked = history.asked
        await asyncio.sleep(0.05)
        assert history.asked == asked
        history.position = 5
        assert await wait.reach(5, 30)

    asyncio.run(play())


def test_w15_a_failure_is_told_to_those_who_wait_and_the_next_one_asks_again() -> None:
    history = History()
    wait = HistoryWait(history)

    async def play() -> None:
        history.fails = True
        with pytest.raises(OSError, match="no tables"):
            await wait.reach(5, 30)
        history.fails, history.position = False, 5
        assert await wait.reach(5, 30)

    asyncio.run(play())


def test_w15_a_loop_that_has_ended_leaves_nobody_waiting() -> None:
    history = History()
    wait = HistoryWait(history)

    async def leave() -> None:
        waiting = asyncio.ensure_future(wait.reach(5, 30))
        await asyncio.sleep(0.01)
        waiting.cancel()

    asyncio.run(leave())
    history.position = 5
    assert asyncio.run(wait.reach(5, 30))
