"""Splits of any balances by any ratio. Rules: docs/rules/splits.md; SP-1, SP-2, SP-3, SP-7."""

from hypothesis import given, settings
from hypothesis import strategies as st

from commonbook._engine import Engine
from commonbook.qa.plain import Command, command, decode_balances, decode_events, encode
from commonbook.qa.referee import Referee
from commonbook.records import ROUNDING_ACCOUNT, CommandKind, EventKind, Refusal

OLD, NEW = 1, 2
amounts = st.one_of(st.integers(1, 200), st.integers(1, 10**30))
terms = st.one_of(st.integers(1, 12), st.integers(1, 2**32 - 1))
held = st.dictionaries(st.integers(1_000, 2**63), amounts, max_size=12)


def session(balances: dict[int, int], numerator: int, denominator: int) -> list[Command]:
    """A venue, the balances, a split that is sent twice, and a deposit that comes too late."""
    made = [command(CommandKind.ASSET, asset=asset, scale=3, name=b"A%d" % asset) for asset in (OLD, NEW)]
    made.append(command(CommandKind.BRAND, brand=1, name=b"north"))
    for account, units in balances.items():
        made.append(command(CommandKind.ACCOUNT, account=account, person=account, brand=1))
        made.append(command(CommandKind.DEPOSIT, account=account, asset=OLD, amount=units, key=b"%d" % account))
    ratio = {"numerator": numerator, "denominator": denominator}
    split = command(CommandKind.SPLIT, asset=OLD, new_asset=NEW, key=b"split", **ratio)
    late = command(CommandKind.DEPOSIT, account=next(iter(balances), 1_000), asset=OLD, amount=1, key=b"late")
    return [{**one, "sequence": number} for number, one in enumerate([*made, split, split, late], 1)]


def played(commands: list[Command]) -> tuple[Engine, bytes]:
    engine = Engine()
    return engine, bytes(engine.apply(encode(commands)))


@settings(max_examples=150, deadline=None)
@given(held, terms, terms)
def test_all_become_their_whole_and_nobody_more_than_its_ratio(
    balances: dict[int, int], numerator: int, denominator: int
) -> None:
    commands = session(balances, numerator, denominator)
    engine, _ = played(commands[:-2])
    total = sum(balances.values())
    after = decode_balances(engine.balances())
    whole = total * numerator // denominator
    if whole >= 10**38:
        assert after == {(account, OLD): (units, 0) for account, units in balances.items()}
        return
    assert not any(asset == OLD for _, asset in after)
    assert sum(available for available, _ in after.values()) == whole
    for account, units in balances.items():
        assert after.get((account, NEW), (0, 0)) == (units * numerator // denominator, 0)
    assert 0 <= after.get((ROUNDING_ACCOUNT, NEW), (0, 0))[0] <= max(len(balances) - 1, 0)
    assert [row[1] == row[3] for row in engine.audit()] == [True] * len(engine.audit())


@settings(max_examples=150, deadline=None)
@given(held, terms, terms, st.data())
def test_twice_is_once_and_cuts_snapshots_and_the_naive_exchange_agree(
    balances: dict[int, int], numerator: int, denominator: int, data: st.DataObject
) -> None:
    commands = session(balances, numerator, denominator)
    whole, events = played(commands)
    *_, again, late = decode_events(events)
    if sum(balances.values()) * numerator // denominator < 10**38:
        assert (again["kind"], again["reason"]) == (EventKind.REFUSED, Refusal.DUPLICATE_KEY)
        assert late["reason"] == (Refusal.ASSET_CLOSED if balances else Refusal.UNKNOWN_ACCOUNT)
    at = data.draw(st.integers(0, len(commands)))
    engine, first = played(commands[:at])
    restored = Engine.restore(engine.snapshot())
    rest = bytes(engine.apply(encode(commands[at:])))
    assert first + rest == events
    assert bytes(restored.apply(encode(commands[at:]))) == rest
    assert restored.state_hash() == engine.state_hash() == whole.state_hash()
    referee = Referee()
    assert [event for one in commands for event in referee.apply(one)] == decode_events(events)
    assert decode_balances(whole.balances()) == referee.balances()
