"""Tables and files together are the plain list of all trades, wherever the seam lies. Rules H-1, H-4, H-5, H-7."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spec.tape import DAY_NS, NS, Print, Tape, plain_candles, plain_start, plain_trades
from sqlalchemy import create_engine

from commonbook.marketdata.bars import BARS
from commonbook.records import Side
from commonbook.storage.tables import metadata

# Around New Year: days, weeks, months and quarters end here, at UTC and at UTC+8.
START_NS = 20_447 * DAY_NS + 5 * 3_600 * NS  # 2025-12-25T05:00
GAPS_S = st.one_of(
    st.integers(0, 90), st.integers(0, 7_200), st.sampled_from([28_800, 86_400, 3 * 86_400, 40 * 86_400])
)


@st.composite
def tapes(draw: st.DrawFn) -> list[Print]:
    """Trades in order, close together and far apart, at times on the very edge of a bar; amounts beyond 64 bits."""
    time_ns, trade = START_NS, 0
    prints: list[Print] = []
    for _ in range(draw(st.integers(0, 40))):
        time_ns += draw(GAPS_S) * NS + draw(st.sampled_from([0, 0, 1, NS - 1]))
        if draw(st.booleans()):
            time_ns = time_ns // (3_600 * NS) * (3_600 * NS)
            time_ns = max(time_ns, prints[-1].time_ns if prints else START_NS)
        trade += draw(st.integers(1, 3))
        prints.append(
            Print(
                trade,
                time_ns,
                price=draw(st.integers(1, 9)),
                lots=draw(st.sampled_from([1, 2, 2**62])),
                notional=draw(st.sampled_from([1, 7, 2**63, 2**64 + 1, 10**36 - 1])),
                side=draw(st.sampled_from(list(Side))),
            )
        )
    return prints


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), prints=tapes())
def test_tables_and_files_are_the_plain_list(data: st.DataObject, prints: list[Print]) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with tempfile.TemporaryDirectory() as folder:
        tape = Tape(Path(folder), engine)
        # Projected and moved in turns, as time goes by; the seam lies anywhere, or nowhere.
        cut = data.draw(st.integers(0, len(prints)), "projected before the first move")
        parts = [prints[:cut], prints[cut:]]
        for number, part in enumerate(parts):
            tape.add(part)
            upto = [one.time_ns // DAY_NS for one in (part if number else prints[:cut])]
            # No day is moved that the rest of the tape has a trade in.
            if upto:
                rest = [one.time_ns // DAY_NS for one in parts[1]] if not number else []
                highest = min([upto[-1] + 1, *rest[:1]])
                tape.move(data.draw(st.integers(upto[0], highest), "moved before"))
        ids = st.none() | st.integers(0, 130)
        edges = [one.time_ns for one in prints] or [START_NS]
        times = st.none() | st.builds(
            lambda time, off: time + off, st.sampled_from(edges), st.sampled_from([-NS, -1, 0, 1, 60 * NS])
        )
        limits = st.integers(1, 60)
        for _ in range(3):
            limit, after, before = data.draw(limits), data.draw(ids), data.draw(ids)
            assert tape.trades(limit, after, before) == plain_trades(prints, limit, after, before)
            after_ns, before_ns = data.draw(times), data.draw(times)
            found = tape.trades_by_time(limit, after_ns, before_ns)
            assert found == plain_trades(prints, limit, after_ns=after_ns, before_ns=before_ns)
            bar = data.draw(st.sampled_from(list(BARS)))
            assert tape.candles(bar, limit, after_ns, before_ns) == plain_candles(
                prints, bar, limit, after_ns, before_ns
            )
        every, minutes = tape.everything()
        assert every == [one.row for one in prints]
        assert minutes == plain_candles(prints, "1m", 1_000)[::-1]
    engine.dispose()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    prints=tapes(), page=st.integers(1, 7), bar=st.sampled_from(["1m", "1H", "1D", "1Mutc"]), moved=st.integers(0, 60)
)
def test_pages_put_together_are_the_whole_list_once(prints: list[Print], page: int, bar: str, moved: int) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with tempfile.TemporaryDirectory() as folder:
        tape = Tape(Path(folder), engine)
        tape.add(prints)
        tape.move(START_NS // DAY_NS + moved)
        trades, after = [], None
        while found := tape.trades(page, after):
            trades += found
            after = found[-1]["trade"]
        assert trades == plain_trades(prints, 1_000)
        bars, start = [], None
        while made := tape.candles(bar, page, start):
            bars += made
            start = made[-1].start_ns
        assert bars == plain_candles(prints, bar, 1_000)
    engine.dispose()


@given(time_ns=st.integers(0, 4_000_000_000 * NS), bar=st.sampled_from(list(BARS)))
def test_h5_bars_begin_and_end_by_the_calendar(time_ns: int, bar: str) -> None:
    start, end = BARS[bar].start(time_ns), BARS[bar].end(time_ns)
    assert start == plain_start(bar, time_ns)
    assert start <= time_ns < end
    assert plain_start(bar, end - 1) == start
    assert plain_start(bar, end) == end
    assert start % (BARS[bar].step * 60 * NS) == 0
