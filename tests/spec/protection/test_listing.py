"""What a brand lists. Rules: docs/rules/protection.md, P-15."""

import numpy as np
import pytest
from spec.session import Session, check

from commonbook._engine import Engine
from commonbook.instrument.venue import Venue
from commonbook.records import COMMAND, CommandKind, EventKind, ListingMode

STATE = 24  # behind the magic, the sequence and the time of a snapshot


def test_p15_a_closed_listing_cancels_and_refuses_at_its_brand_and_in_its_instrument_alone() -> None:
    check("""
        given       alice BTC 9; alice@south BTC 9; carol@south BTC 9; carol@south ETH 9; bob@south USDT 90_000
        order       C1 carol@south ask 1 @ 1602 gtc               accepted
        order       A1 alice ask 2 @ 1600 gtc                     accepted
        order       B1 bob@south bid 3 @ 1500 gtc                 accepted
        order       C2 carol@south ask 4 @ 1600 gtc on ETH-USDT   accepted
        order       C3 carol@south ask 5 @ 1600 gtc               accepted
        delist      south BTC-USDT          set; C1 canceled 1 DELISTED; B1 canceled 3 DELISTED; C3 canceled 5 DELISTED
        book        ask 2 @ 1600
        order       B2 bob@south bid 1 @ 1600 gtc                 refused NOT_LISTED
        order       B3 bob@south bid 1_600 USDT market            refused NOT_LISTED
        order       S1 alice@south ask 1 @ 1600 gtc               refused NOT_LISTED     # north is another brand
        order       A2 alice ask 1 @ 1601 gtc                     accepted
        amend       A1 price 1603                                 amended anew; rests 2
        order       B4 bob@south bid 4 @ 1600 gtc on ETH-USDT     filled 4 @ 1600 of C2
        balance     carol@south BTC 9, held 0
        balance     bob@south USDT 83_600, held 0
    """)


def test_p15_a_listing_may_be_closed_and_opened_again_and_again() -> None:
    check("""
        given       carol@south BTC 9
        list        south BTC-USDT                                set            # it is listed from the beginning
        delist      south BTC-USDT                                set
        delist      south BTC-USDT                                set
        list        south BTC-USDT                                set
        order       C1 carol@south ask 1 @ 1600 gtc               accepted
        list        south BTC-USDT                                set
        delist      south ETH-USDT                                set
        delist      north BTC-USDT                                set
        order       C2 carol@south ask 1 @ 1600 gtc               accepted
        delist      south BTC-USDT              set; C1 canceled 1 DELISTED; C2 canceled 1 DELISTED
    """)


def test_p15_cancels_cancel_alls_and_timers_are_taken_while_a_listing_is_closed() -> None:
    check("""
        given       carol@south BTC 9; carol@south ETH 9
        order       C1 carol@south ask 1 @ 1600 gtc on ETH-USDT   accepted
        order       C2 carol@south ask 1 @ 1600 gtc on ETH-USDT   accepted
        delist      south BTC-USDT                                set
        cancel      C1                                            canceled 1 USER
        alive       carol@south 10                                timer set
        cancel_all  carol@south on BTC-USDT                       0 canceled
        cancel_all  carol@south                                   C2 canceled 1 USER; 1 canceled
    """)


def test_p15_a_listing_is_closed_in_a_halted_book_and_is_told_behind_the_status_and_before_a_switch() -> None:
    check("""
        given       carol@south BTC 9; alice BTC 9
        order       C1 carol@south ask 1 @ 1600 gtc               accepted
        status      HALTED on BTC-USDT                            set
        delist      south BTC-USDT                                set; C1 canceled 1 DELISTED
        order       C2 carol@south ask 1 @ 1600 gtc               refused HALTED
        status      CANCEL_ONLY on BTC-USDT                       set
        order       C2 carol@south ask 1 @ 1600 gtc               refused CANCEL_ONLY
        status      LIVE on BTC-USDT                              set
        kill        venue                                         set
        order       C2 carol@south ask 1 @ 1600 gtc               refused NOT_LISTED
        order       A1 alice ask 1 @ 1600 gtc                     refused KILLED
        revive      venue                                         set
        list        south BTC-USDT                                set
        order       C2 carol@south ask 1 @ 1600 gtc               accepted
    """)


def test_p15_a_listing_is_of_a_brand_and_an_instrument_that_are_there() -> None:
    check("""
        config      BRAND brand=65535 name=last                   set
        config      BRAND brand=65536 name=beyond                 set
        config      BRAND brand=4294967295 name=farthest          set
        config      LISTING mode=0 brand=1 instrument=1           refused MALFORMED
        config      LISTING mode=3 brand=1 instrument=1           refused MALFORMED
        delist      9 BTC-USDT                                    refused UNKNOWN_BRAND
        delist      0 BTC-USDT                                    refused UNKNOWN_BRAND
        delist      70000 BTC-USDT                                refused UNKNOWN_BRAND
        delist      north 9                                       refused UNKNOWN_INSTRUMENT
        delist      north 0                                       refused UNKNOWN_INSTRUMENT
        delist      65536 BTC-USDT                                refused OVERFLOW
        list        4294967295 BTC-USDT                           refused OVERFLOW
        delist      65535 BTC-USDT                                set
        restart
        list        65535 BTC-USDT                                set
    """)


def with_brands(*brands: int) -> Session:
    """A venue with brands of these ids, each with an account of the id 2,000 + brand."""
    session = Session()
    for brand in brands:
        session.send(CommandKind.BRAND, brand=brand, name=b"brand-%d" % brand)
        session.send(CommandKind.ACCOUNT, account=2_000 + brand, person=2_000 + brand, brand=brand)
        session.play("deposit", f"{2_000 + brand} BTC 10 key k{brand}")
    return session


@pytest.mark.parametrize("closed", [3, 63, 64, 127, 128, 1_000, 65_535])
def test_p15_of_many_brands_the_one_is_closed_that_was_named(closed: int) -> None:
    brands = (3, 63, 64, 65, 127, 128, 1_000, 65_535)
    session = with_brands(*brands)
    session.play("delist", f"{closed} BTC-USDT")
    session.play("restart", "")
    for brand in brands:
        told = session.play("order", f"O{brand} {2_000 + brand} ask 1 @ 1600 gtc")
        assert told == ("refused NOT_LISTED" if brand == closed else "accepted")
        assert session.play("order", f"E{brand} {2_000 + brand} ask 1 @ 9 gtc on ETH-USDT").startswith("refused INS")


def closings(engine: Engine) -> list[tuple[int, int]]:
    """What the engine tells of closed listings in its setup."""
    venue = Venue()
    told = np.frombuffer(engine.setup(), COMMAND)
    for one in told:
        venue.apply_command(one)
    together = Venue()
    together.apply_commands(told)
    assert together == venue
    assert together.not_listing() == {
        instrument: sorted(brand for brand, of in venue.closed if of == instrument)
        for instrument in sorted({of for _, of in venue.closed})
    }
    assert len(venue.closed) == int((told["kind"] == CommandKind.LISTING).sum())
    for brand, instrument in venue.closed:
        assert not venue.is_listed(brand, instrument)
    assert venue.is_listed(1, 77)
    return sorted(venue.closed)


def test_p15_closed_listings_are_in_setup_and_state_and_an_opened_one_leaves_nothing_behind() -> None:
    session = with_brands(64, 200)
    before, without = session.engine.snapshot(), session.engine.state_hash()
    for brand, instrument in ((200, "BTC-USDT"), (64, "BTC-USDT"), (1, "ETH-USDT")):
        session.play("delist", f"{brand} {instrument}")
    assert closings(session.engine) == [(1, 2), (64, 1), (200, 1)]
    assert session.engine.snapshot()[STATE:] != before[STATE:]
    for brand, instrument in ((200, "BTC-USDT"), (64, "BTC-USDT"), (1, "ETH-USDT")):
        restored = Engine.restore(session.engine.snapshot())
        assert restored.state_hash() == session.engine.state_hash() != without
        assert closings(restored) == closings(session.engine)
        session.play("list", f"{brand} {instrument}")
    assert closings(session.engine) == []
    assert session.engine.snapshot()[STATE:] == before[STATE:]


def test_p15_a_state_in_which_nothing_is_closed_has_the_format_and_the_hash_that_it_always_had() -> None:
    session = Session()
    session.play("given", "alice BTC 100; bob USDT 1000000; taker fee 10 bps")
    session.play("order", "A1 alice ask 12 @ 1600 gtc")
    session.play("order", "B1 bob bid 10 @ 1700 ioc")
    known = "58db964f025385f23f08386796b6aeb32b460ca6e5dff5543886e94f65d96197"
    assert (session.engine.snapshot()[:8], session.engine.state_hash()) == (b"cbstate3", known)
    session.play("delist", "south BTC-USDT")
    assert session.engine.snapshot()[:8] == b"cbstate4"
    session.play("list", "south BTC-USDT")
    assert session.engine.snapshot()[:8] == b"cbstate3"


def test_p15_an_order_that_goes_leaves_its_level_and_the_event_says_whose_it_was() -> None:
    session = Session()
    for line in ("given alice BTC 9; carol@south BTC 9", "order A1 alice ask 2 @ 1600 gtc"):
        session.play(*line.split(" ", 1))
    session.play("order", "C1 carol@south ask 3 @ 1600 gtc")
    session.send(CommandKind.LISTING, mode=ListingMode.CLOSED, brand=2, instrument=1)
    config, canceled, level = session.events
    assert (config["kind"], config["command_kind"]) == (EventKind.CONFIG, CommandKind.LISTING)
    assert (canceled["account"], canceled["remaining_lots"]) == (session.account("carol@south"), 3)
    assert (level["kind"], level["total_lots"], level["orders"]) == (EventKind.LEVEL, 2, 1)
