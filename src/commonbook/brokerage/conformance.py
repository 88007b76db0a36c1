"""What a broker's client must have shown on the simulated venue before its broker may be reviewed. Pure. CK-1 to CK-9.

A run goes in, as the gateway has seen it and as the venue has kept it; a verdict on each step comes out, with words. A
verdict can be asked for while the run goes on: it tells how far a step has come.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

CARRIED_OUT = ("0", "1", "2")  # of an envelope: all of it, none of it for reasons in its rows, some of it
DONE = "0"
BAD_SIGNATURE = "50113"
PACE = ("50011", "50061")
REFUSALS = ("51", "59")  # how the codes begin that say why what was asked for cannot be
SINGLE, BATCH = "POST /trade/order", "POST /trade/batch-orders"
AMENDS = ("POST /trade/amend-order", "POST /trade/amend-batch-orders")
REPORTS = tuple(f"/broker/{form}/rebate-per-orders" for form in ("fd", "nd"))
SECOND_MS, MINUTE_MS = 1_000, 60_000


class Step(StrEnum):
    SIGNING = "signing"
    TAGS = "tags"
    ERRORS = "errors"
    PACE = "pace"
    BURST = "burst"
    SUSTAINED = "sustained"
    REPORTS = "reports"
    SETTLEMENT = "settlement"


@dataclass(frozen=True, slots=True)
class Bars:
    """How much is asked of a client. All are told in the report."""

    proved: int = 20  # requests whose signature was right
    same_refusals: int = 3  # that the same request may meet with the same code
    grace_ms: int = 250  # after a refusal for pace: what was on its way to us by then
    pause_ms: int = 2_000  # and so long it is to hold back enough not to be refused again
    burst_times: int = 10  # its plan, in one second
    recover_ms: int = 10_000  # after a burst, until it is as before
    per_s: int = 100  # that it keeps up for a minute
    users: int = 5  # over which they are spread, none of whom has more than half


@dataclass(frozen=True, slots=True)
class Row:
    """One order of a request."""

    digest: str  # of what was asked for, without the names that the client gives anew each time
    code: str
    order: int = 0  # 0: none came of it
    broker: str = ""  # the code of whoever earns on it, as the answer told it


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as the gateway has seen and answered it."""

    at_ms: int
    answered_ms: int
    key: str  # a credential, not readable
    account: int
    route: str  # method and path
    code: str  # of the envelope
    digest: str = ""
    rows: tuple[Row, ...] = ()

    @property
    def is_proved(self) -> bool:
        return self.code in CARRIED_OUT or self.code in PACE or self.code.startswith(REFUSALS)


@dataclass(frozen=True, slots=True)
class Kept:
    """One order as the venue has it in the end."""

    order: int
    broker: str  # a code; "" for nobody
    fills: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """One hour, as one side has counted it; amounts in units of the payout asset."""

    hour: int  # since 1970
    fills: int  # fill sides, of which an order with itself would have two
    paid: int
    orders: Mapping[int, int] = field(default_factory=dict)  # what was paid for each


@dataclass(frozen=True, slots=True)
class Run:
    code: str
    plan_per_s: int  # requests that the broker means to keep up
    seen: Sequence[Seen]  # in the order in which they came
    orders: Mapping[int, Kept] = field(default_factory=dict)
    own: Count | None = None  # what the broker has counted
    ours: Count | None = None  # what its statement of that hour says
    bars: Bars = Bars()


@dataclass(frozen=True, slots=True)
class Verdict:
    step: Step
    passed: bool
    why: str
    done: int  # of `wanted`; how far it has come
    wanted: int
    began_ms: int = 0  # the first and the last of what counted for it; 0: nothing did
    ended_ms: int = 0

    @property
    def tenths(self) -> int:
        """Tenths of minutes that it took, rounded up."""
        return -((self.began_ms - self.ended_ms) // (MINUTE_MS // 10))


def judge(run: Run) -> tuple[Verdict, ...]:
    """A verdict on each step, in the order of the steps."""
    return (
        signing(run),
        tags(run),
        errors(run),
        pace(run),
        burst(run),
        sustained(run),
        reports(run),
        settlement(run),
    )


def signing(run: Run) -> Verdict:
    """CK-2: its requests are proved; one with a wrong signature was refused, and the same key went on rightly."""
    proved = [one for one in run.seen if one.is_proved]
    wrong = [one for one in run.seen if one.code == BAD_SIGNATURE]
    newest = {one.key: one for one in proved}
    after = next((newest[one.key] for one in wrong if _is_after(newest.get(one.key), one)), None)
    wanted = run.bars.proved
    if len(proved) < wanted:
        why = f"{len(proved):,} requests were proved; {wanted} are wanted"
    elif not wrong:
        why = f"send one request with a wrong signature: it is to be refused with {BAD_SIGNATURE}"
    elif after is None:
        why = "after the wrong signature the same key has sent no right one"
    else:
        why = f"{len(proved):,} requests were proved, {len(wrong):,} with a wrong signature refused, and it went on"
    done = min(len(proved), wanted) + bool(wrong) + (after is not None)
    return _verdict(Step.SIGNING, done == wanted + 2, why, done, wanted + 2, [*proved[:wanted], *wrong[:1]])


def _is_after(one: Seen | None, other: Seen) -> bool:
    return one is not None and one.at_ms >= other.answered_ms


def tags(run: Run) -> Verdict:
    """CK-3: each of its orders, by one and by batch, carries the code, also when it is amended; and some are filled."""
    placed = {kind: list(_orders_of(run.seen, (kind,))) for kind in (SINGLE, BATCH)}
    amended = list(_orders_of(run.seen, AMENDS))
    mine = {order for found in placed.values() for _, order in found}
    used = [seen for found in (*placed.values(), amended) for seen, _ in found]
    lost = sorted(order for order in mine if order in run.orders and run.orders[order].broker != run.code)
    unknown = sorted(mine - set(run.orders))
    parts = {
        "place an order by itself": bool(placed[SINGLE]),
        "place orders as a batch": bool(placed[BATCH]),
        "amend an order": any(order in mine for _, order in amended),
        "have an order filled": any(run.orders[order].fills for order in mine & set(run.orders)),
    }
    missing = [what for what, is_there in parts.items() if not is_there]
    if lost:
        owner = run.orders[lost[0]].broker or "nobody"
        why = f"{len(lost):,} of {len(mine):,} orders are not {run.code}'s; the first is {lost[0]}, which is {owner}'s"
    elif missing:
        why = f"still to do: {', '.join(missing)}"
    elif unknown:
        why = f"{len(unknown):,} orders are not in history yet; the first is {unknown[0]}"
    else:
        fills = sum(run.orders[order].fills for order in mine)
        why = f"{len(mine):,} orders with {fills:,} fills, {len(amended):,} amendments: all are {run.code}'s"
    passed = not (lost or missing or unknown)
    return _verdict(Step.TAGS, passed, why, len(parts) - len(missing), len(parts), used)


def _orders_of(seen: Iterable[Seen], routes: tuple[str, ...]) -> Iterator[tuple[Seen, int]]:
    """Each order that was placed, or amended, with the request that did it."""
    for one in seen:
        if one.route in routes:
            yield from ((one, row.order) for row in one.rows if row.code == DONE and row.order)


def errors(run: Run) -> Verdict:
    """CK-4: it was refused for what it asked, did not ask the same again and again, and went on with something else."""
    refused = [(one, digest, code) for one in run.seen for digest, code in _refusals(one)]
    met = Counter((one.account, one.route, digest, code) for one, digest, code in refused)
    worst, times = max(met.items(), key=lambda item: item[1], default=((0, "", "", ""), 0))
    first = refused[0][0] if refused else None
    went_on = first is not None and any(one.code == DONE and one.at_ms >= first.answered_ms for one in run.seen)
    if first is None:
        why = "ask for something that must be refused, such as an order for more than there is (51008)"
    elif times > run.bars.same_refusals:
        why = f"{worst[1]} was refused {times:,} times with {worst[3]} for the same; at most {run.bars.same_refusals}"
    elif not went_on:
        why = f"after {refused[0][2]} nothing else was asked for that is right"
    else:
        why = f"{len(refused):,} refusals, the same one {times} times at most, and it went on"
    passed = first is not None and went_on and times <= run.bars.same_refusals
    return _verdict(Step.ERRORS, passed, why, bool(refused) + went_on, 2, [one for one, _, _ in refused])


def _refusals(one: Seen) -> list[tuple[str, str]]:
    """What of a request was refused for what it asks, each with its code."""
    if one.rows:
        return [(row.digest, row.code) for row in one.rows if row.code.startswith(REFUSALS)]
    return [(one.digest, one.code)] if one.code.startswith(REFUSALS) else []


def pace(run: Run) -> Verdict:
    """CK-5: refused for its pace, it held back: not refused again in the pause, for what it sent after the answer."""
    full = [one for one in run.seen if one.code in PACE]
    by_budget: dict[tuple[int, str], list[Seen]] = defaultdict(list)
    for one in full:
        by_budget[one.account, one.route].append(one)
    went_on = bool(full) and any(one.code in CARRIED_OUT and one.at_ms >= full[0].answered_ms for one in run.seen)
    again = next(
        (later for found in by_budget.values() for later in _without_pause(found, run.bars)),
        None,
    )
    if not full:
        why = f"ask faster than the limits allow, until you are refused with {PACE[0]}, and pause then"
    elif again is not None:
        why = f"{again.route} was refused with {again.code} again: after a refusal pause {run.bars.pause_ms:,} ms"
    elif not went_on:
        why = "after the refusal nothing came that was within the limits"
    else:
        why = f"{len(full):,} refusals for pace, each followed by a pause, and it went on"
    passed = bool(full) and went_on and again is None
    return _verdict(Step.PACE, passed, why, bool(full) + went_on, 2, full)


def _without_pause(refused: Sequence[Seen], bars: Bars) -> Iterator[Seen]:
    """Of one budget's refusals those that were sent in spite of the one before a pause."""
    first: Seen | None = None
    for one in refused:
        if first is None or one.at_ms > first.answered_ms + bars.pause_ms:
            first = one
        elif one.at_ms > first.answered_ms + bars.grace_ms:
            yield one


def burst(run: Run) -> Verdict:
    """CK-6: ten times its plan in one second, after which it was as before."""
    asked = [one for one in run.seen if one.is_proved]
    wanted = run.bars.burst_times * run.plan_per_s
    times = [one.at_ms for one in asked]
    size, first = max(
        ((bisect_left(times, at + SECOND_MS) - place, -place) for place, at in enumerate(times)), default=(0, 0)
    )
    used = asked[-first : -first + size]
    if size < wanted:
        plan = f"{run.bars.burst_times} times {run.plan_per_s:,}"
        why = f"{size:,} requests came in the fullest second; {wanted:,} are wanted, {plan}"
        return _verdict(Step.BURST, False, why, size, wanted, used)
    from_ms = used[-1].at_ms + run.bars.recover_ms
    after = [one for one in asked if from_ms <= one.at_ms <= from_ms + run.bars.recover_ms]
    slow = sum(one.code in PACE for one in after)
    if not after:
        why = f"{size:,} requests came in one second; go on {run.bars.recover_ms:,} ms after it as before"
    elif slow:
        why = f"{run.bars.recover_ms:,} ms after the burst {slow:,} of {len(after):,} requests were still too fast"
    else:
        why = f"{size:,} requests came in one second, and it went on as before"
    return _verdict(Step.BURST, bool(after) and not slow, why, wanted, wanted, used)


def sustained(run: Run) -> Verdict:
    """CK-7: a minute of a hundred requests a second, over several users, within the published limits."""
    seconds = _by_second([one for one in run.seen if one.is_proved])
    minute = MINUTE_MS // SECOND_MS
    wanted = run.bars.per_s * minute
    best = _Minute()
    if seconds:
        inside: Counter[int] = Counter()  # by account
        refused = 0
        for last in range(min(seconds), max(seconds) + 1):
            inside.update(one.account for one in seconds.get(last, ()))
            refused += _too_fast(seconds.get(last, ()))
            out = seconds.get(last - minute, ())
            inside.subtract(one.account for one in out)
            inside = +inside
            refused -= _too_fast(out)
            least = min(len(seconds.get(one, ())) for one in range(last - minute + 1, last + 1))
            now = _Minute(last, inside.total(), least, len(inside), max(inside.values(), default=0), refused)
            best = max(best, now, key=lambda one: (_is_enough(one, run.bars, wanted), one.total))
    passed = _is_enough(best, run.bars, wanted)
    used = [one for last in (best.last - minute + 1, best.last) for one in seconds.get(last, ())]
    return _verdict(Step.SUSTAINED, passed, _of_minute(best, run.bars, wanted), min(best.total, wanted), wanted, used)


@dataclass(frozen=True, slots=True)
class _Minute:
    last: int = 0  # its last second
    total: int = 0
    least: int = 0  # in one second of it
    users: int = 0
    most: int = 0  # of one user
    refused: int = 0  # for pace


def _by_second(asked: Iterable[Seen]) -> dict[int, list[Seen]]:
    found: dict[int, list[Seen]] = defaultdict(list)
    for one in asked:
        found[one.at_ms // SECOND_MS].append(one)
    return dict(found)


def _too_fast(seen: Iterable[Seen]) -> int:
    return sum(one.code in PACE for one in seen)


def _is_enough(one: _Minute, bars: Bars, wanted: int) -> bool:
    is_steady = one.total >= wanted and 2 * one.least >= bars.per_s
    return is_steady and one.users >= bars.users and 2 * one.most <= one.total and not one.refused


def _of_minute(one: _Minute, bars: Bars, wanted: int) -> str:
    if one.total < wanted:
        return f"{one.total:,} requests came in the fullest minute; {wanted:,} are wanted"
    if 2 * one.least < bars.per_s:
        return f"a second of the fullest minute has {one.least:,} requests; each is to have {bars.per_s // 2} at least"
    if one.users < bars.users:
        return f"they came from {one.users:,} users; spread them over {bars.users} at least"
    if 2 * one.most > one.total:
        return f"{one.most:,} of {one.total:,} requests came from one user; none is to have more than half"
    if one.refused:
        return f"{one.refused:,} of {one.total:,} requests were refused for pace; stay within the published limits"
    return f"{one.total:,} requests of {one.users:,} users in a minute, all within the limits"


def reports(run: Run) -> Verdict:
    """CK-8: it asked for its own report, fetched it, and its own count of each order is that of the statement."""
    asked = next((one for one in run.seen if one.code == DONE and one.route in _by("POST")), None)
    fetched = None
    if asked is not None:
        fetched = next((one for one in run.seen if _is_fetched(one) and one.at_ms >= asked.answered_ms), None)
    other = None if run.own is None or run.ours is None else _other_order(run.own, run.ours)
    matches = run.own is not None and run.ours is not None and bool(run.ours.orders) and other is None
    if asked is None or fetched is None:
        why = f"ask for a report with POST {REPORTS[0]} and fetch it with GET {REPORTS[0]}"
    elif run.own is None:
        why = "the report was fetched; file your own count of an hour, order by order"
    elif run.ours is None:
        why = f"hour {run.own.hour} has no statement of {run.code} yet"
    elif other is not None:
        mine, ours = run.own.orders.get(other), run.ours.orders.get(other)
        why = f"order {other}: you counted {_told(mine)}, the statement says {_told(ours)}"
    elif not matches:
        why = f"hour {run.own.hour} has no orders: file the count of one that has"
    else:
        why = f"the report was fetched, and {len(run.ours.orders):,} orders match"
    used = [one for one in (asked, fetched) if one is not None]
    return _verdict(Step.REPORTS, fetched is not None and matches, why, len(used) + matches, 3, used)


def _by(method: str) -> tuple[str, ...]:
    return tuple(f"{method} {path}" for path in REPORTS)


def _is_fetched(one: Seen) -> bool:
    return one.code == DONE and one.route in _by("GET")


def _other_order(own: Count, ours: Count) -> int | None:
    """The first order on which the two do not agree."""
    return next(
        (one for one in sorted({*own.orders, *ours.orders}) if own.orders.get(one) != ours.orders.get(one)), None
    )


def _told(amount: int | None) -> str:
    return "nothing" if amount is None else f"{amount:,} units"


def settlement(run: Run) -> Verdict:
    """CK-9: an hour's fills and what was paid for them are what the broker has counted itself."""
    own, ours = run.own, run.ours
    if own is None:
        why = "file your own count of an hour"
    elif ours is None:
        why = f"hour {own.hour} has no statement of {run.code} yet"
    elif not ours.fills:
        why = f"hour {own.hour} has no fills: file the count of one that has"
    elif own.fills != ours.fills:
        why = f"hour {own.hour}: you counted {own.fills:,} fills, the statement has {ours.fills:,}"
    elif own.paid != ours.paid:
        why = f"hour {own.hour}: you counted {_told(own.paid)}, the statement says {_told(ours.paid)}"
    else:
        why = f"hour {own.hour}: {ours.fills:,} fills and {_told(ours.paid)}, as you counted"
    passed = (
        own is not None and ours is not None and ours.fills > 0 and (own.fills, own.paid) == (ours.fills, ours.paid)
    )
    return _verdict(Step.SETTLEMENT, passed, why, int(own is not None) + passed, 2, [])


def _verdict(step: Step, passed: bool, why: str, done: int, wanted: int, used: Iterable[Seen]) -> Verdict:
    moments = [moment for one in used for moment in (one.at_ms, one.answered_ms)]
    return Verdict(step, passed, why, done, wanted, min(moments, default=0), max(moments, default=0))
