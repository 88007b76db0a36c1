"""A brand's fees: schedules and promotions at their dates, their history, market makers, and the names of VIP levels.

A rate is a fraction as a decimal string, "0.001" for ten basis points; below zero it is paid to the maker. Times are
engine time in nanoseconds. Rules SC-1 to SC-12 and VL-7.
"""

from typing import Any

import msgspec
from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from commonbook.administration.roles import May
from commonbook.brand import ladder, makers, notices, schedules
from commonbook.brand.makers import MakerTerms
from commonbook.brand.schedules import Plan, RatesFrom, read_rate, write_rate
from commonbook.gateway.desk.administration import number
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.notices import NoticeTold, notices_told
from commonbook.instrument.controls import named
from commonbook.instrument.model import Rates
from commonbook.instrument.venue import Venue
from commonbook.units import HOUR_NS


class LevelRates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    level: int
    maker: str
    taker: str


class NewSchedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    levels: list[LevelRates]  # those that are not named stay as they are
    begin_ns: str = "0"  # 0: at once


class NewPromotion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    levels: list[LevelRates]
    end_ns: str
    begin_ns: str = "0"


class PlanTold(msgspec.Struct, frozen=True):
    id: str
    kind: str
    name: str
    levels: list[LevelRates]
    begin_ns: str
    end_ns: str
    state: str  # waiting, beginning, running, done, refused, withdrawn
    why: str
    author: str
    begun_sequence: str
    ended_sequence: str
    comes_back: list[LevelRates]  # of a running promotion


class FeesTold(msgspec.Struct, frozen=True):
    floor: LevelRates
    schedule: list[LevelRates]
    plans: list[PlanTold]


class RatesTold(msgspec.Struct, frozen=True):
    sequence: str  # in force for orders behind it
    time_ns: str
    scope: str  # venue (the floor), brand, account
    account: str
    level: int
    maker: str
    taker: str
    subsidised: bool


class NewMaker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    account: str
    maker: str
    taker: str
    spread_bps: int  # of the own best buy and sell, at most
    presence: str  # of the time that an instrument trades, at least; a fraction, "0.9"
    instruments: list[str]


class MakerTold(msgspec.Struct, frozen=True):
    id: str
    brand: str
    account: str
    maker: str
    taker: str
    subsidised: bool
    spread_bps: int
    presence: str
    instruments: list[str]
    state: str  # proposed, active, losing, lost, ended, refused
    granted_sequence: str
    first_day: int
    failed_days: int


class PresenceTold(msgspec.Struct, frozen=True):
    hour: int  # hours since 1970, UTC
    instrument: str
    open_ns: str
    present_ns: str


class LevelNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    names: dict[str, str]  # by level


def rates_told(level: int, rates: Rates) -> LevelRates:
    return LevelRates(level, write_rate(rates.maker_e8), write_rate(rates.taker_e8))


def _wanted(levels: list[LevelRates]) -> dict[int, Rates]:
    return {
        one.level: Rates(
            read_rate(one.maker, f"level {one.level}, maker"), read_rate(one.taker, f"level {one.level}, taker"), False
        )
        for one in levels
    }


def _plan(one: Plan) -> PlanTold:
    comes_back = one.after if one.state == schedules.RUNNING else {}
    return PlanTold(
        id=str(one.id),
        kind=one.kind,
        name=one.name,
        levels=[rates_told(level, rates) for level, rates in sorted(one.rates.items())],
        begin_ns=str(one.begin_ns),
        end_ns=str(one.end_ns or ""),
        state=one.state,
        why=one.why,
        author=str(one.author),
        begun_sequence=str(one.begun_sequence or ""),
        ended_sequence=str(one.ended_sequence or ""),
        comes_back=[rates_told(level, rates) for level, rates in sorted(comes_back.items())],
    )


def maker_told(venue: Venue, one: MakerTerms) -> MakerTold:
    return MakerTold(
        id=str(one.id),
        brand=str(one.brand),
        account=str(one.account),
        maker=write_rate(one.rates.maker_e8),
        taker=write_rate(one.rates.taker_e8),
        subsidised=one.rates.subsidised,
        spread_bps=one.spread_bps,
        presence=write_rate(one.presence_e8),
        instruments=[venue.instruments[instrument].name for instrument in one.instruments],
        state=one.state,
        granted_sequence=str(one.granted_sequence or ""),
        first_day=one.first_day,
        failed_days=one.failed_days,
    )


# -- schedules and promotions ---------------------------------------------------------------------------------------


@get("/fees", needs=May.LOOK)
async def fees(asked: Asking) -> FeesTold:
    """What is in force, by VIP level, and what is planned, newest first."""
    venue = asked.desk.venue
    found = await asked.desk.read(lambda connection: schedules.plans(connection, asked.brand))
    in_force = schedules.schedule_of(venue, asked.brand)
    return FeesTold(
        floor=rates_told(0, venue.floor),
        schedule=[rates_told(level, rates) for level, rates in in_force.items()],
        plans=[_plan(one) for one in found],
    )


@post("/fees/schedules", needs=May.FEES, fresh=True, status_code=200)
async def plan_schedule(asked: Asking, data: JSONBody[NewSchedule]) -> PlanTold:
    """Set rates of VIP levels from a time on. They are in force about a second after it, for orders that come then."""
    wanted, begin_ns = _wanted(data.levels), number(data.begin_ns, "begin_ns")
    now_ns = asked.desk.engine_time_ns

    def work(connection: Any) -> Plan:
        made = schedules.plan_schedule(connection, asked.desk.venue, asked.brand, wanted, begin_ns, now_ns, asked.user)
        _log_plan(connection, asked, made)
        return made

    return _plan(await asked.desk.write(work))


@post("/fees/promotions", needs=May.FEES, fresh=True, status_code=200)
async def plan_promotion(asked: Asking, data: JSONBody[NewPromotion]) -> PlanTold:
    """Other rates for a while, on all instruments; at its end the schedule comes back."""
    wanted, begin_ns = _wanted(data.levels), number(data.begin_ns, "begin_ns")
    end_ns, now_ns = number(data.end_ns, "end_ns"), asked.desk.engine_time_ns

    def work(connection: Any) -> Plan:
        made = schedules.plan_promotion(
            connection, asked.desk.venue, asked.brand, data.name, wanted, begin_ns, end_ns, now_ns, asked.user
        )
        _log_plan(connection, asked, made)
        return made

    return _plan(await asked.desk.write(work))


def _log_plan(connection: Any, asked: Asked, made: Plan) -> None:
    levels = {str(level): [rates.maker_e8, rates.taker_e8] for level, rates in made.rates.items()}
    times = {"begin_ns": str(made.begin_ns), "end_ns": str(made.end_ns)}
    asked.log(connection, f"plan {made.kind}", f"plan:{made.id}", levels_e8=levels, **times)  # type: ignore[arg-type]


@post("/fees/plans/{plan:int}/withdraw", needs=May.FEES, fresh=True, status_code=200)
async def withdraw_plan(asked: Asking, plan: FromPath[int]) -> PlanTold:
    """Take back a plan that has not begun."""

    def work(connection: Any) -> Plan:
        schedules.withdraw(connection, schedules.find(connection, plan, asked.brand))
        asked.log(connection, "withdraw plan", f"plan:{plan}")
        return schedules.find(connection, plan, asked.brand)

    return _plan(await asked.desk.write(work))


@post("/fees/plans/{plan:int}/end", needs=May.FEES, fresh=True, status_code=200)
async def end_promotion(asked: Asking, plan: FromPath[int]) -> PlanTold:
    """End a running promotion now."""
    now_ns = asked.desk.engine_time_ns

    def work(connection: Any) -> Plan:
        schedules.end_early(connection, schedules.find(connection, plan, asked.brand), now_ns)
        asked.log(connection, "end promotion", f"plan:{plan}")
        return schedules.find(connection, plan, asked.brand)

    return _plan(await asked.desk.write(work))


@get("/fees/history", needs=May.LOOK)
async def fee_history(asked: Asking, before: FromQuery[int] = 2**62) -> list[RatesTold]:
    """Every rate that came into force, with the sequence from which on, newest first; `before` a sequence."""
    found = await asked.desk.read(lambda connection: schedules.history(connection, asked.brand, before))
    return [history_told(one) for one in found]


def history_told(one: RatesFrom) -> RatesTold:
    return RatesTold(
        sequence=str(one.sequence),
        time_ns=str(one.time_ns),
        scope=one.scope.name.lower(),
        account=str(one.account or ""),
        level=one.level,
        maker=write_rate(one.rates.maker_e8),
        taker=write_rate(one.rates.taker_e8),
        subsidised=one.rates.subsidised,
    )


@get("/fees/at/{sequence:int}", needs=May.LOOK)
async def fees_at(asked: Asking, sequence: FromPath[int]) -> list[LevelRates]:
    """The schedule as an order of that sequence found it."""
    found = await asked.desk.read(lambda connection: schedules.in_force_at(connection, asked.brand, sequence))
    return [rates_told(level, rates) for level, rates in found.items()]


# -- market makers ----------------------------------------------------------------------------------------------------


@get("/fees/makers", needs=May.LOOK)
async def own_makers(asked: Asking) -> list[MakerTold]:
    """The brand's market makers, newest first."""
    found = await asked.desk.read(lambda connection: makers.all_of(connection, asked.brand))
    return [maker_told(asked.desk.venue, one) for one in found]


@post("/fees/makers", needs=May.MARKETS, fresh=True, status_code=200)
async def propose_maker(asked: Asking, data: JSONBody[NewMaker]) -> MakerTold:
    """Ask the host for rates of one account, and offer its duties for them."""
    venue = asked.desk.venue
    terms = (
        number(data.account, "account"),
        Rates(read_rate(data.maker, "maker"), read_rate(data.taker, "taker"), False),
        data.spread_bps,
        read_share(data.presence),
        tuple(named(venue, one).id for one in data.instruments),
    )

    def work(connection: Any) -> MakerTerms:
        made = makers.propose(connection, venue, asked.brand, *terms, asked.user, asked.desk.engine_time_ns)
        asked.log(connection, "propose maker", f"maker:{made.id}", account=str(made.account))
        return made

    return maker_told(venue, await asked.desk.write(work))


def read_share(text: str) -> int:
    """A share of time, above 0 and at most 1; "1" is all of it."""
    return 100_000_000 if text == "1" else read_rate(text, "presence")


@get("/fees/makers/{maker:int}/hours", needs=May.LOOK)
async def maker_hours(asked: Asking, maker: FromPath[int]) -> list[PresenceTold]:
    """How long a maker was there in each of the last 48 hours, by its own duty, and how long the instrument traded."""
    venue, now_ns = asked.desk.venue, asked.desk.engine_time_ns
    last = now_ns // HOUR_NS

    def query(connection: Any) -> list[PresenceTold]:
        terms = makers.find(connection, maker, asked.brand)
        found = []
        for hour in range(last, last - 48, -1):
            for instrument in terms.instruments:
                end_ns = min((hour + 1) * HOUR_NS, now_ns)
                one = makers.presence(connection, terms, instrument, hour * HOUR_NS, end_ns)
                name = venue.instruments[instrument].name
                found.append(PresenceTold(hour, name, str(one.open_ns), str(one.present_ns)))
        return found

    return await asked.desk.read(query)


@post("/fees/makers/{maker:int}/end", needs=May.MARKETS, fresh=True, status_code=200)
async def end_maker(asked: Asking, maker: FromPath[int]) -> MakerTold:
    """Give up a maker's rates; the schedule's hold from about a second on."""

    def work(connection: Any) -> MakerTerms:
        makers.take_away(connection, makers.find(connection, maker, asked.brand))
        asked.log(connection, "end maker", f"maker:{maker}")
        return makers.find(connection, maker, asked.brand)

    return maker_told(asked.desk.venue, await asked.desk.write(work))


# -- VIP levels ---------------------------------------------------------------------------------------------------


@get("/levels", needs=May.LOOK)
async def levels(asked: Asking) -> dict[str, Any]:
    """The host's table, newest first, and how this brand calls the levels."""

    def query(connection: Any) -> dict[str, Any]:
        names = {str(level): name for level, name in ladder.names(connection, asked.brand).items()}
        return {"names": names, "tables": ladder.tables(connection)}

    return await asked.desk.read(query)


@put("/levels/names", needs=May.FEES, status_code=200)
async def name_levels(asked: Asking, data: JSONBody[LevelNames]) -> dict[str, str]:
    """Name the levels; what each asks for is the host's."""
    given = {number(level, "level"): name for level, name in data.names.items()}

    def work(connection: Any) -> dict[str, str]:
        ladder.name_levels(connection, asked.brand, given)
        asked.log(connection, "name levels", "", names=data.names)
        return {str(level): name for level, name in ladder.names(connection, asked.brand).items()}

    return await asked.desk.write(work)


@get("/notices", needs=May.LOOK)
async def brand_notices(asked: Asking, before: FromQuery[int] = 2**62) -> list[NoticeTold]:
    """What happened by itself, newest first; `before` an id."""
    return notices_told(await asked.desk.read(lambda connection: notices.of_brand(connection, asked.brand, before)))


ROUTES = [
    fees,
    plan_schedule,
    plan_promotion,
    withdraw_plan,
    end_promotion,
    fee_history,
    fees_at,
    own_makers,
    propose_maker,
    maker_hours,
    end_maker,
    levels,
    name_levels,
    brand_notices,
]
