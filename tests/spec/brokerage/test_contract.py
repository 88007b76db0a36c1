"""The contract, the attestations, and what lapses: BE-9 and BE-10."""

import asyncio
import hashlib
import time
from typing import Any

import pytest
from spec.brokerage.journey import (
    CONTRACT,
    DAY_NS,
    HOST_PATH,
    Applicant,
    Host,
    active_in_core,
    contracting,
    in_review,
    integrating,
    keep,
    live,
)
from spec.partnership.desk_here import RETAIL, DesksHere
from sqlalchemy import select, update

from commonbook.administration.roles import HOST, Role
from commonbook.brokerage import attestations, lasting
from commonbook.brokerage.contracts import CONTRACTS
from commonbook.brokerage.lasting import Ending
from commonbook.console.chores import Place
from commonbook.console.house_chores import CHORES
from commonbook.records import Batch, Records
from commonbook.storage.tables import brokerage as tables
from commonbook.terms import service as terms
from commonbook.terms.model import EVERYWHERE, Audience, Kind, Line

TEXTS = "/host/v1/broker-contracts"


def endings(desks: DesksHere, one: Applicant) -> dict[str, Ending]:
    number = one.application.id
    return {found.what: found for found in desks.read(lambda connection: lasting.endings(connection, number))}


def ends(desks: DesksHere, one: Applicant, what: str, at_ns: int) -> None:
    """Let something end at a time, as if it had been agreed so."""
    number = one.application.id
    table, where = (
        (tables.contracts, tables.contracts.c.application == number)
        if what == "contract"
        else (tables.attestations, tables.attestations.c.kind == what)
    )
    desks.write(lambda connection: connection.execute(update(table).where(where).values(ends_ns=at_ns)))


def test_be9_the_host_publishes_versions_with_four_eyes(desks: DesksHere, host: Host) -> None:
    assert desks.nobody.code("/broker/v1/contract", method="GET") == "no_such_contract"
    waiting = host.first.post(TEXTS, CONTRACT)
    assert desks.nobody.code("/broker/v1/contract", method="GET") == "no_such_contract"
    host.approve(waiting)
    host.publish(text="Both sides agree more.")
    told = desks.nobody.get("/broker/v1/contract")
    hashed = hashlib.sha256(b"Both sides agree more.").hexdigest()
    assert told == CONTRACT | {"text": "Both sides agree more.", "version": 2, "hash": hashed}
    assert [one["version"] for one in host.first.get(TEXTS)] == [1, 2]
    assert desks.nobody.get("/broker/v1/program")["contract"] == 2
    assert desks.staff(Role.COMPLIANCE).code(TEXTS, CONTRACT) == "not_permitted"


@pytest.mark.parametrize("bad", [{"text": " "}, {"term_days": 0}, {"renewal_days": 0}, {"renewal_days": 366}, {"x": 1}])
def test_be9_a_contract_that_cannot_be_kept_is_refused(desks: DesksHere, host: Host, bad: dict[str, Any]) -> None:
    assert host.first.code(TEXTS, CONTRACT | bad) == "bad_request"


def test_be9_both_accept_by_the_hash_and_with_a_second_factor(desks: DesksHere, host: Host) -> None:
    host.publish()
    one = contracting(desks, host)
    text = desks.nobody.get("/broker/v1/contract")
    good = {"version": text["version"], "hash": text["hash"]}
    path = f"{one.path}/contract"
    for body in ({"version": 1, "hash": "0" * 64}, {"version": 2, "hash": text["hash"]}):
        assert one.browser.code(path, body) == "other_contract"
    stale = desks.browser(one.user, RETAIL, proved=False)
    assert stale.code(path, good) == "second_factor_needed"
    host.accept_contract(one.reference)
    (contract,) = one.told()["contracts"]
    assert (contract["broker_accepted"], contract["host_accepted"], contract["ends_ns"]) == (False, True, "")
    one.browser.post(path, good)
    (contract,) = one.told()["contracts"]
    assert int(contract["ends_ns"]) - int(contract["starts_ns"]) == 365 * DAY_NS
    assert (contract["version"], contract["hash"]) == (1, text["hash"])
    waiting = host.first.post(f"{HOST_PATH}/{one.reference}/contract")
    host.publish(text="Another text.")
    assert host.approve(waiting)["outcome"]["code"] == "other_contract"


def test_be9_before_it_is_approved_there_is_nothing_to_sign(desks: DesksHere, host: Host) -> None:
    host.publish()
    one = in_review(desks, host)
    text = desks.nobody.get("/broker/v1/contract")
    body = {"version": text["version"], "hash": text["hash"]}
    assert one.browser.code(f"{one.path}/contract", body) == "wrong_state"
    assert host.first.code(f"{HOST_PATH}/{one.reference}/contract") == "wrong_state"


def test_be9_attestations_are_made_by_the_hash_of_what_was_read(desks: DesksHere, host: Host) -> None:
    one = integrating(desks, host)
    statements = {
        language: desks.nobody.get("/broker/v1/attestations", headers={"accept-language": language})
        for language in ("en", "es", "zh-Hans")
    }
    assert {len({found["hash"] for found in told}) for told in statements.values()} == {2}
    path = f"{one.path}/attestations"
    aml, data = (found["hash"] for found in statements["es"])
    assert one.browser.code(path, {"kind": "aml_kyc", "hash": data}) == "other_statement"
    assert one.browser.code(path, {"kind": "aml_kyc", "hash": "0" * 64}) == "other_statement"
    assert (
        desks.browser(one.user, RETAIL, proved=False).code(path, {"kind": "aml_kyc", "hash": aml})
        == "second_factor_needed"
    )
    before_ns = time.time_ns()
    one.browser.post(path, {"kind": "aml_kyc", "hash": aml})
    found = endings(desks, one)
    assert set(found) == {"aml_kyc"}
    assert 365 * DAY_NS <= found["aml_kyc"].ends_ns - before_ns < 366 * DAY_NS
    assert desks.read(lambda connection: terms.read_text(connection, aml)) == statements["es"][0]["text"]
    one.browser.post(path, {"kind": "data_protection", "hash": data})
    number = one.application.id
    late = time.time_ns() + 366 * DAY_NS
    assert desks.read(lambda connection: attestations.not_in_force(connection, number, time.time_ns())) == ()
    assert len(desks.read(lambda connection: attestations.not_in_force(connection, number, late))) == 2
    one.browser.post(f"{one.path}/withdraw")
    assert one.browser.code(path, {"kind": "aml_kyc", "hash": aml}) == "wrong_state"


def test_be9_the_hosts_terms_for_brokers_come_before_going_live(desks: DesksHere, host: Host) -> None:
    host.publish()
    line = Line(HOST, EVERYWHERE, Audience.BROKER, Kind.TERMS)
    desks.write(lambda connection: terms.publish(connection, line, {"en": "Brokers behave."}, 0, True))
    one = contracting(desks, host)
    one.accepts_contract()
    host.accept_contract(one.reference)
    path = f"{HOST_PATH}/{one.reference}/move"
    assert host.first.code(path, {"to": "live"}) == "terms_not_accepted"
    due = [text for text in one.browser.get("/account/v1/terms")["texts"] if text["is_due"]]
    assert [text["role"] for text in due] == ["broker"]
    one.browser.post("/account/v1/terms/accept", {"hashes": [due[0]["hash"]]})
    host.move(one.reference, "live")
    assert one.state == "live"


# -- what lapses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["contract", "aml_kyc", "data_protection"])
def test_be10_warned_30_days_before_lapsed_at_the_end_and_back_when_renewed(
    desks: DesksHere, host: Host, what: str
) -> None:
    host.publish()
    one = live(desks, host)
    keep(desks)
    letters = len(one.letters())
    end_ns = time.time_ns() + 30 * DAY_NS
    ends(desks, one, what, end_ns)
    keep(desks, end_ns - 30 * DAY_NS - 1)
    assert len(one.letters()) == letters
    for _ in range(2):  # once
        keep(desks, end_ns - 30 * DAY_NS)
    assert [mail.kind for mail in one.letters()[letters:]] == ["broker-warning"]
    assert one.letters()[-1].brand == RETAIL
    told = {found["what"]: found for found in one.told()["lasting"]}
    assert told[what]["warned_ns"] == str(end_ns - 30 * DAY_NS)
    keep(desks, end_ns - 1)
    assert (one.state, active_in_core(desks, "NORTH")) == ("live", True)
    keep(desks, end_ns)
    assert (one.state, one.broker.standing, active_in_core(desks, "NORTH")) == ("lapsed", "lapsed", False)
    assert one.told()["timeline"][-1] | {"time_ns": ""} == {
        "time_ns": "",
        "before": "live",
        "after": "lapsed",
        "role": "system",
        "reason": f"{what}_ended",
    }
    assert one.letters()[-1].kind == "broker-state"
    ends(desks, one, what, time.time_ns() - 1)  # the wall's time has come there, too
    keep(desks)
    assert one.state == "lapsed"
    if what == "contract":
        one.accepts_contract()
        assert one.state == "lapsed"  # one side alone renews nothing
        host.accept_contract(one.reference)
    else:
        one.attests(what)
    assert (one.state, active_in_core(desks, "NORTH")) == ("live", True)
    assert one.told()["timeline"][-1]["role"] == "system"


def test_be10_what_was_renewed_in_time_does_not_lapse(desks: DesksHere, host: Host) -> None:
    host.publish()
    one = live(desks, host)
    end_ns = time.time_ns() + 20 * DAY_NS
    ends(desks, one, "aml_kyc", end_ns)
    ends(desks, one, "contract", end_ns)
    keep(desks, end_ns - 20 * DAY_NS)
    one.attests("aml_kyc")
    one.accepts_contract()
    host.accept_contract(one.reference)
    keep(desks, end_ns + DAY_NS)
    assert (one.state, active_in_core(desks, "NORTH")) == ("live", True)
    assert [contract["number"] for contract in one.told()["contracts"]] == [1, 2]
    assert int(one.told()["contracts"][1]["starts_ns"]) == end_ns


def test_be10_nobody_lapses_sooner_than_7_days_after_the_letter(desks: DesksHere, host: Host) -> None:
    host.publish()
    one = live(desks, host)
    end_ns = time.time_ns() + DAY_NS
    ends(desks, one, "aml_kyc", end_ns)
    warned_ns = end_ns + 3 * DAY_NS  # nothing ran before
    keep(desks, warned_ns)
    keep(desks, warned_ns + 7 * DAY_NS - 1)
    assert one.state == "live"
    keep(desks, warned_ns + 7 * DAY_NS)
    assert one.state == "lapsed"


def test_be10_of_several_that_end_each_is_renewed(desks: DesksHere, host: Host) -> None:
    host.publish()
    one = live(desks, host)
    end_ns = time.time_ns() + DAY_NS
    for what in ("aml_kyc", "data_protection"):
        ends(desks, one, what, end_ns)
    keep(desks, end_ns - DAY_NS)
    keep(desks, end_ns + 7 * DAY_NS)
    assert one.state == "lapsed"
    for what in ("aml_kyc", "data_protection"):
        ends(desks, one, what, 1)
    one.attests("aml_kyc")
    keep(desks)
    assert one.state == "lapsed"
    assert [block["code"] for block in one.told()["awaits"]["blocks"]] == ["attestation_missing"]
    one.attests("data_protection")
    assert one.state == "live"


def test_be10_a_lapsed_broker_that_was_renewed_while_nobody_looked_comes_back(desks: DesksHere, host: Host) -> None:
    """Who died between the renewal and the move leaves the rest to the back office."""
    host.publish()
    one = live(desks, host)
    ends(desks, one, "aml_kyc", 1)
    keep(desks)
    keep(desks, time.time_ns() + 8 * DAY_NS)
    assert one.state == "lapsed"
    ends(desks, one, "aml_kyc", time.time_ns() + 9 * DAY_NS)
    keep(desks)
    assert (one.state, active_in_core(desks, "NORTH")) == ("live", True)


def test_be10_suspended_brokers_do_not_come_back_by_themselves(desks: DesksHere, host: Host) -> None:
    host.publish()
    one = live(desks, host)
    host.move(one.reference, "suspended", "complaints")
    one.attests()
    one.browser.code(f"{one.path}/contract", {"version": 1, "hash": "0"})
    keep(desks)
    assert (one.state, active_in_core(desks, "NORTH")) == ("suspended", False)
    number = one.application.id
    assert desks.read(lambda connection: CONTRACTS.is_in_force(connection, number, time.time_ns()))
    ends(desks, one, "contract", 1)
    path = f"{HOST_PATH}/{one.reference}/move"
    assert host.first.code(path, {"to": "live"}) == "contract_not_in_force"
    rows = desks.read(lambda connection: connection.execute(select(tables.contracts.c.noticed_ns)).all())
    assert [row.noticed_ns for row in rows] == [0]


def test_be10_the_back_office_does_it_in_its_own_time(desks: DesksHere, host: Host) -> None:
    """The chore, with a core that is asked as the back office asks it: by engine time, in the brand's name."""
    host.publish()
    one = live(desks, host)
    ends(desks, one, "aml_kyc", time.time_ns() + DAY_NS)

    class CoreHere:
        async def submit_batch(self, commands: Records) -> Batch:
            return desks.exchange.submit(commands)

    place = Place(desks.folder, desks.exchange.back_office, CoreHere())  # type: ignore[arg-type]
    (chore,) = [chore for chore in CHORES if chore.name == "brokers.keep"]
    assert chore.every_s(desks.settings) == 10

    async def work() -> None:
        await chore.work(place)

    asyncio.run(work())
    assert (one.letters()[-1].kind, one.letters()[-1].sender) == ("broker-warning", "retail")
    pending = {"is_active": False, "is_pending": True}
    desks.write(lambda connection: connection.execute(update(tables.brokers).values(**pending)))
    asyncio.run(work())
    assert not active_in_core(desks, "NORTH")
    assert not one.broker.is_pending


def test_be10_only_what_ends_soon_is_looked_at(desks: DesksHere, host: Host) -> None:
    """Of a thousand brokers the few of which something ends; of each the newest attestation and contract."""
    host.publish()
    first, second = live(desks, host, 0), live(desks, host, 1, codes=["SOUTH"])
    end_ns = time.time_ns() + 10 * DAY_NS

    def ending() -> set[int]:
        return desks.read(lambda connection: lasting.ending(connection, end_ns))

    assert ending() == set()
    number = first.application.id
    table = tables.attestations
    soon = update(table).where(table.c.application == number).values(ends_ns=end_ns)
    desks.write(lambda connection: connection.execute(soon))
    assert ending() == {number}
    first.attests()
    assert ending() == set()
    ends(desks, second, "contract", end_ns)
    assert ending() == {second.application.id}
    second.accepts_contract()
    assert ending() == {second.application.id}  # one side alone renews nothing
    host.accept_contract(second.reference)
    assert ending() == set()
