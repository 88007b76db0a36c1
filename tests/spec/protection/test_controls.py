"""The host's controls in people's units, P-14: exact or refused, and read back as they were set."""

import numpy as np
import pytest

from commonbook._engine import Engine
from commonbook.errors import BadInput
from commonbook.instrument.controls import (
    Wanted,
    instrument_as_told,
    kill_command,
    limits_command,
    listing_command,
    name_of,
    reference_command,
    status_command,
    target_of,
)
from commonbook.instrument.venue import Venue
from commonbook.records import (
    COMMAND,
    EVENT,
    LIMITS,
    REFERENCE,
    Batch,
    KillScope,
    ListingMode,
    Records,
    TradingStatus,
    amount,
    as_commands,
)
from commonbook.simulator.demo_market import BROKER_CODE, venue_commands


def venue_of(engine: Engine) -> Venue:
    """The venue as the engine tells it."""
    venue = Venue()
    for command in np_commands(engine.setup()):
        venue.apply_command(command)
    return venue


def np_commands(raw: bytes) -> Records:
    return np.frombuffer(raw, COMMAND)


@pytest.fixture
def engine() -> Engine:
    """The demo's venue: ticks of 1 USDT, lots of 0.00000001 BTC."""
    engine = Engine()
    apply(engine, venue_commands())
    return engine


def apply(engine: Engine, *parts: Records) -> Batch:
    given = as_commands(*parts).copy()
    given["sequence"] = np.arange(engine.sequence() + 1, engine.sequence() + 1 + len(given))
    given["time_ns"] = engine.time_ns() + 1
    return Batch(given, np.frombuffer(engine.apply(given.tobytes()), EVENT))


def test_p14_what_the_engine_tells_of_its_setup_is_what_was_commanded(engine: Engine) -> None:
    protecting = (
        status_command(venue_of(engine), "BTC-USDT", TradingStatus.HALTED),
        status_command(venue_of(engine), None, TradingStatus.CANCEL_ONLY),
        limits_command(venue_of(engine), "BTC-USDT", Wanted("2", "5", "1.5", "250000.25", "none", 1_000)),
        reference_command(venue_of(engine), "BTC-USDT", "30000", "30"),
        kill_command(KillScope.VENUE, 0, active=True),
        kill_command(KillScope.PERSON, 7, active=True),
        kill_command(KillScope.BROKER, 1, active=True),
        kill_command(KillScope.BROKER, 1, active=False),
        listing_command(venue_of(engine), "borealis", "BTC-USDT", ListingMode.CLOSED),
        listing_command(venue_of(engine), "aurora", "BTC-USDT", ListingMode.CLOSED),
        listing_command(venue_of(engine), "aurora", "BTC-USDT", ListingMode.OPEN),
    )
    commanded = Venue()
    twin = Engine()
    for batch in (apply(twin, venue_commands()), apply(twin, *protecting)):
        commanded.apply(batch)
    for told in (venue_of(twin), venue_of(Engine.restore(twin.snapshot()))):
        assert told.assets == commanded.assets
        assert told.brands == commanded.brands
        assert told.codes == commanded.codes
        assert told.limits == commanded.limits
        assert told.references == commanded.references == {1: (30_000, 30)}
        assert told.statuses == commanded.statuses == {0: TradingStatus.CANCEL_ONLY, 1: TradingStatus.HALTED}
        assert told.kills == commanded.kills == {(KillScope.VENUE, 0), (KillScope.PERSON, 7)}
        assert told.closed == commanded.closed == {(2, 1)}
        assert [told.is_listed(brand, 1) for brand in told.brands] == [True, False]
        assert instrument_as_told(told, told.instruments[1], told.not_listing())["not_listed_by"] == ["borealis"]
        assert told.price_band(1) == commanded.price_band(1) == (30_630, 29_430)
        assert [one.name for one in told.instruments.values()] == ["BTC-USDT"]
        assert told.instruments[1].minor_per_tick_lot == commanded.instruments[1].minor_per_tick_lot


def test_p14_limits_are_decimals_in_the_instruments_assets_and_read_back_as_they_were_given(engine: Engine) -> None:
    wanted = Wanted("2.5", "5 %", "0.00000001", "1234.00000001", "0.000001%", 1_000)
    row = limits_command(venue_of(engine), "BTC-USDT", wanted).view(LIMITS)[0]
    assert (row["band_e8"], row["band_max_e8"], row["deviation_e8"]) == (2_500_000, 5_000_000, 1)
    assert (row["largest_lots"], amount(row["largest_notional"]), row["duplicate_ms"]) == (1, 123_400_000_001, 1_000)
    apply(engine, limits_command(venue_of(engine), "BTC-USDT", wanted))
    told = instrument_as_told(venue_of(engine), venue_of(engine).instruments[1], {})
    assert (told["band_percent"], told["band_max_percent"], told["deviation_percent"]) == ("2.5", "5", "0.000001")
    assert (told["largest_size"], told["largest_notional"], told["duplicate_ms"]) == (
        "0.00000001",
        "1234.00000001",
        1_000,
    )
    assert (told["reference"], told["buys_at_most"], told["sells_at_least"]) == ("78300", "80257", "76343")


def test_p14_limits_that_are_not_given_stay_and_none_or_0_takes_one_away(engine: Engine) -> None:
    before = limits_command(venue_of(engine), "BTC-USDT", Wanted(largest_size="3")).view(LIMITS)[0]
    assert (before["largest_lots"], before["band_e8"], before["deviation_e8"]) == (300_000_000, 10_000_000, 10_000_000)
    for nothing in ("none", "0", "0.00"):
        row = limits_command(venue_of(engine), "BTC-USDT", Wanted(deviation=nothing)).view(LIMITS)[0]
        assert (row["deviation_e8"], row["band_e8"]) == (0, 10_000_000)
    row = limits_command(venue_of(engine), "BTC-USDT", Wanted(band="none")).view(LIMITS)[0]
    assert (row["band_e8"], row["band_max_e8"], row["deviation_e8"]) == (0, 0, 10_000_000)
    apply(engine, reference_command(venue_of(engine), "BTC-USDT", "30000", "-30"))
    row = reference_command(venue_of(engine), "BTC-USDT", "none", None).view(REFERENCE)[0]
    assert (row["reference_ticks"], row["premium_ticks"]) == (0, -30)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(), "nothing to set"),
        (Wanted(band="2.1234567", band_max="3"), "--band 2.1234567: .*give per cent with at most 6 decimals"),
        (Wanted(band="two"), "--band two: 'two' is not a decimal number; give per cent"),
        (Wanted(band="-1"), "--band -1 is not between 0 and 4294.967295 %"),
        (Wanted(band="30"), "--band 30 % with --band-max 20 % is no band; give both"),
        (Wanted(band="10", band_max="100"), "--band-max 100 % is no band; .*below 100 %"),
        (Wanted(band_max="none"), "--band 10 % with --band-max 0 % is no band"),
        (Wanted(deviation="5000"), "--deviation 5000 is not between"),
        (Wanted(largest_size="0.000000015"), "not a whole number of lots of BTC; give 0.00000001 or 0.00000002"),
        (Wanted(largest_size="-1"), "--largest-size -1 is not between 0 and 92233720368.54775807"),
        (Wanted(largest_size="1e12"), "--largest-size 1e12 is not between"),
        (Wanted(largest_size="a lot"), "--largest-size a lot: .*give a decimal number, or none"),
        (Wanted(largest_notional="0.000000001"), "finer than 10.-8; give USDT with at most 8 decimals, or none"),
        (Wanted(largest_notional="-5"), "--largest-notional -5 is below zero; give USDT, or none"),
        (Wanted(duplicate_ms=-1), "--duplicate-ms -1 is not between 0 and 4294967295"),
    ],
)
def test_p14_a_limit_that_is_not_exact_or_makes_no_sense_is_refused_with_the_value_and_the_fix(
    engine: Engine, wanted: Wanted, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        limits_command(venue_of(engine), "BTC-USDT", wanted)


@pytest.mark.parametrize(
    ("price", "premium", "said"),
    [
        ("30000.5", None, "--price 30000.5 is not a whole number of ticks of USDT; give 30000 or 30001"),
        ("30000", "-0.5", "--premium -0.5 is not a whole number of ticks of USDT; give -1 or 0"),
        ("-1", None, "--price -1 is below zero"),
        ("1e19", None, "--price 1e19 is beyond 9223372036854775807"),
        ("", None, "is not a decimal number; give a decimal number, or none"),
    ],
)
def test_p14_a_reference_price_that_is_on_no_tick_is_refused_with_the_two_beside_it(
    engine: Engine, price: str, premium: str | None, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        reference_command(venue_of(engine), "BTC-USDT", price, premium)


@pytest.mark.parametrize(
    ("scope", "text", "target"),
    [
        (KillScope.CREDENTIAL, "12", 12),
        (KillScope.ACCOUNT, "1002", 1_002),
        (KillScope.PERSON, "18446744073709551615", 2**64 - 1),
        (KillScope.BROKER, BROKER_CODE, 1),
        (KillScope.BRAND, "borealis", 2),
        (KillScope.INSTRUMENT, "BTC-USDT", 1),
        (KillScope.VENUE, None, 0),
    ],
)
def test_p14_a_switch_names_its_target_as_people_do(
    engine: Engine, scope: KillScope, text: str | None, target: int
) -> None:
    venue = venue_of(engine)
    assert target_of(venue, scope, text) == target
    assert name_of(venue, scope, target) == (text or "")


@pytest.mark.parametrize(
    ("scope", "text", "said"),
    [
        (KillScope.BRAND, "auroa", "no brand 'auroa'; there is: aurora, borealis"),
        (KillScope.BRAND, None, "which brand. Give --target its name"),
        (KillScope.BROKER, "1", "no broker '1'; there is: NORTHSTAR, OLDHARBOUR"),
        (KillScope.INSTRUMENT, "BTC-USD", "no instrument 'BTC-USD'; there is: BTC-USDT"),
        (KillScope.ACCOUNT, "alice", "--target alice is no account; give its number"),
        (KillScope.PERSON, "0", "--target 0 is no person"),
        (KillScope.CREDENTIAL, "18446744073709551616", "is no credential; give its API key, or its number"),
        (KillScope.VENUE, "aurora", "the venue has no target; leave --target aurora out"),
    ],
)
def test_p14_a_target_that_is_not_there_is_refused_with_those_that_are(
    engine: Engine, scope: KillScope, text: str | None, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        target_of(venue_of(engine), scope, text)
