"""How a code gets into the core, the registry, certificates: BE-6, BE-8, BE-11 and BE-12."""

import hashlib
import re
import time
from pathlib import Path

import numpy as np
import pytest
from spec.brokerage.journey import (
    DAY_NS,
    HOST_PATH,
    Applicant,
    Host,
    active_in_core,
    contracting,
    integrating,
    keep,
    live,
)
from spec.partnership.desk_here import BEFORE_COMMAND, BEFORE_PROJECTION, RETAIL, DesksHere
from spec.small_exchange import BROKER, CODE, PAYOUT, Crash, SmallExchange, one
from spec.small_exchange import one as command
from sqlalchemy import insert, update

from commonbook.administration.checkpoint import AuditKey
from commonbook.administration.roles import Role
from commonbook.broker import consents
from commonbook.broker.rules import attribution
from commonbook.broker.sub_brokers import FIRST_NUMBER
from commonbook.brokerage import applications, certificates, registry
from commonbook.brokerage.codes import choose_anew, code_command
from commonbook.brokerage.model import Standing
from commonbook.errors import BadInput, Declined
from commonbook.instrument import store
from commonbook.oauth import clients
from commonbook.oauth.clients import Wish
from commonbook.oauth.model import Client, Scope
from commonbook.oauth.rules import is_secret
from commonbook.records import BROKER_CODE, COMMAND, Attribution, CommandKind, as_commands, commands
from commonbook.simulated.configuration import followed
from commonbook.storage.tables import brokerage as tables
from commonbook.storage.tables.program import sub_brokers
from commonbook.units import RateE8


def codes_of(desks: DesksHere) -> list[tuple[int, str, bool, int]]:
    """Every command of a code that the core has accepted, in order."""
    found = desks.read(lambda connection: store.configuration_after(connection, 0))
    rows = found[found["kind"] == CommandKind.BROKER_CODE].view(BROKER_CODE)
    return [(int(row["broker"]), row["code"].decode(), bool(row["active"]), int(row["payout_account"])) for row in rows]


def test_be8_the_core_is_told_by_commands_when_and_as_the_page_says(desks: DesksHere, host: Host) -> None:
    host.publish()
    broker = live(desks, host)
    number, account = broker.broker.number, broker.account
    assert codes_of(desks) == [(number, "NORTH", False, account), (number, "NORTH", True, account)]
    assert attribution(desks.door.venue, frozenset({number}), "NORTH") == (number, Attribution.BROKER)
    host.move(broker.reference, "suspended", "complaints")
    assert not active_in_core(desks, "NORTH")
    assert attribution(desks.door.venue, frozenset({number}), "NORTH") == (0, Attribution.CODE_INACTIVE)
    host.move(broker.reference, "live")
    assert active_in_core(desks, "NORTH")
    broker.browser.post(f"{broker.path}/leave")
    assert not active_in_core(desks, "NORTH")
    assert [active for _, _, active, _ in codes_of(desks)] == [False, True, False, True, False]


def test_be8_numbers_lie_above_every_other_and_codes_of_the_venue_are_passed_over(desks: DesksHere, host: Host) -> None:
    account = desks.account(5_000)
    known = one(CommandKind.BROKER_CODE, broker=41, code=b"NORTH", active=1, payout_account=account)
    first = Applicant.at(desks, 0).submits(codes=["NORTH", "south"])
    desks.submit(known)  # the host has opened it by hand meanwhile
    host.let_in(first.reference)
    assert (first.broker.number, first.broker.code) == (42, "south")
    second = Applicant.at(desks, 1).begins(codes=["north"]).sends_papers()
    assert second.browser.code(f"{second.path}/submit") == "code_taken"
    third = Applicant.at(desks, 2).submits(codes=["only"])
    desks.submit(one(CommandKind.BROKER_CODE, broker=43, code=b"ONLY", active=1, payout_account=account))
    for kind in ("kyb", "sanctions"):
        host.check(third.reference, kind)
    assert host.first.code(f"{HOST_PATH}/{third.reference}/move", {"to": "integration"}) == "code_taken"
    assert third.state == "submitted"


def test_be8_a_number_that_somebody_was_faster_with_is_chosen_anew(
    desks: DesksHere, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The core decides: what this process did not know of yet is refused there, and nothing is left of it."""
    account = desks.account(5_000)
    applicant = Applicant.at(desks).submits()
    host.check(applicant.reference, "kyb")
    host.check(applicant.reference, "sanctions")
    raced: list[int] = []
    true_command = desks.door.submit

    async def submit(records: np.ndarray, *accounts: int) -> list[np.ndarray]:
        if not raced:
            raced.append(applicant.broker.number)
            other = one(CommandKind.BROKER_CODE, broker=raced[0], code=b"FASTER", active=1, payout_account=account)
            desks.submit(other)
        return await true_command(records, *accounts)

    monkeypatch.setattr(desks.door, "submit", submit)
    host.move(applicant.reference, "integration")
    assert applicant.broker.number == raced[0] + 1
    assert [number for number, *_ in codes_of(desks)] == [raced[0], raced[0] + 1]
    assert desks.read(registry.everyone) == [applicant.broker]


@pytest.mark.parametrize("dies_at", [BEFORE_COMMAND, BEFORE_PROJECTION])
def test_be8_a_crash_between_the_move_and_the_command_changes_nothing(
    desks: DesksHere, host: Host, dies_at: str
) -> None:
    host.publish()
    broker = live(desks, host)
    path = f"{HOST_PATH}/{broker.reference}/move"
    desks.door.dies_at = dies_at
    with pytest.raises((Crash, AssertionError)):
        host.first.post(path, {"to": "suspended", "reason": "complaints"})
    assert (broker.state, broker.broker.is_pending) == ("suspended", True)
    desks.again()
    assert active_in_core(desks, "NORTH") is (dies_at == BEFORE_COMMAND)
    keep(desks)
    assert not active_in_core(desks, "NORTH")
    assert not broker.broker.is_pending
    before = len(codes_of(desks))
    keep(desks)
    assert len(codes_of(desks)) == before  # what is confirmed is not said again


@pytest.mark.parametrize("dies_at", [BEFORE_COMMAND, BEFORE_PROJECTION])
def test_be8_a_crash_while_the_code_is_opened_leaves_one_code(desks: DesksHere, host: Host, dies_at: str) -> None:
    applicant = Applicant.at(desks).submits()
    host.check(applicant.reference, "kyb")
    host.check(applicant.reference, "sanctions")
    desks.door.dies_at = dies_at
    with pytest.raises((Crash, AssertionError)):
        host.first.post(f"{HOST_PATH}/{applicant.reference}/move", {"to": "integration"})
    assert applicant.state == "submitted"
    desks.again()
    host.move(applicant.reference, "integration")
    assert {(number, code) for number, code, *_ in codes_of(desks)} == {(applicant.broker.number, "NORTH")}
    assert (applicant.broker.standing, applicant.broker.is_pending) == (Standing.TESTING, False)


def test_be8_the_simulated_venue_has_every_code_active() -> None:
    record = commands(CommandKind.BROKER_CODE, 2)
    record["broker"], record["code"], record["active"], record["payout_account"] = [7, 8], [b"SEVEN", b"E"], [0, 1], 9
    given = as_commands(record, commands(CommandKind.TIME))
    found = followed(given)
    rows = found[found["kind"] == CommandKind.BROKER_CODE].view(BROKER_CODE)
    assert rows["active"].tolist() == [1, 1]
    assert rows["code"].tolist() == [b"SEVEN", b"E"]
    assert given.view(COMMAND)[0] == as_commands(record)[0]  # what was accepted is not touched


def test_be8_a_number_once_given_is_not_taken_back(desks: DesksHere, host: Host) -> None:
    applicant = integrating(desks, host)
    assert code_command(applicant.broker).view(BROKER_CODE)["active"].tolist() == [0]
    desks.write(lambda connection: choose_anew(connection, applicant.application))
    assert desks.read(registry.everyone) == []  # only where the core has refused it


# -- certificates -----------------------------------------------------------------------------------------------------


def test_be6_a_certificate_counts_when_it_has_passed_and_until_it_expires(desks: DesksHere, host: Host) -> None:
    applicant = integrating(desks, host)
    applicant.browser.post(f"{applicant.path}/test")
    applicant.attests()
    number, now_ns = applicant.broker.number, time.time_ns()

    def counts(at_ns: int) -> bool:
        return desks.read(lambda connection: certificates.counts(connection, number, at_ns))

    applicant.is_certified(passed=False)
    assert applicant.browser.code(f"{applicant.path}/review") == "certificate_missing"
    applicant.is_certified(made_ns=now_ns - 365 * DAY_NS)
    assert applicant.browser.code(f"{applicant.path}/review") == "certificate_missing"
    applicant.is_certified(made_ns=now_ns)
    assert counts(now_ns + 365 * DAY_NS - 1)
    assert not counts(now_ns + 365 * DAY_NS)
    applicant.is_certified(passed=False)  # a later run that fails takes nothing away
    applicant.browser.post(f"{applicant.path}/review")


def test_be6_a_report_is_kept_once_and_only_with_its_signature(desks: DesksHere, host: Host) -> None:
    applicant = integrating(desks, host)
    applicant.is_certified(report="minutes")
    applicant.is_certified(report="minutes")
    (told,) = applicant.browser.get("/broker/v1/broker/certificates")
    assert told["report_hash"] == hashlib.sha256(b"minutes").hexdigest()
    report = applicant.browser.get(f"/broker/v1/broker/certificates/{told['certificate']}")
    assert (report["report"], report["certificate"]) == ("minutes", told)
    number = applicant.broker.number
    assert host.first.get(f"/host/v1/broker-registry/{number}/certificates") == [told]
    assert host.first.get(f"/host/v1/broker-registry/{number}/certificates/{told['certificate']}") == report
    assert host.first.code(f"/host/v1/broker-registry/{number}/certificates/99", method="GET") == "no_such_certificate"
    key, other = AuditKey.open(desks.folder), AuditKey.open(desks.folder / "other")
    good = key.sign(b"report")

    def file(report: str, signature: str, signed_by: str, broker: int = number) -> None:
        desks.write(
            lambda connection: certificates.file_report(
                connection, broker, report, True, signature, signed_by, "host", 365
            )
        )

    for bad in (
        ("other", good, key.public),
        ("report", good, other.public),
        ("report", "zz", key.public),
        ("", good, key.public),
    ):
        with pytest.raises(BadInput):
            file(*bad)
    with pytest.raises(Declined, match="no broker 999"):
        file("report", good, key.public, 999)
    assert len(applicant.browser.get("/broker/v1/broker/certificates")) == 1


def test_be6_going_live_and_coming_back_need_one_that_counts(desks: DesksHere, host: Host) -> None:
    host.publish()
    broker = live(desks, host)
    host.move(broker.reference, "suspended", "complaints")
    table = tables.certificates
    desks.write(lambda connection: connection.execute(table.update().values(expires_ns=1)))
    path = f"{HOST_PATH}/{broker.reference}/move"
    assert host.first.code(path, {"to": "live"}) == "certificate_missing"
    broker.is_certified()
    host.move(broker.reference, "live")
    assert active_in_core(desks, "NORTH")


def test_be6_there_is_one_way_to_have_a_certificate() -> None:
    root = Path(certificates.__file__).parents[1]
    writes = [
        path.name
        for path in root.rglob("*.py")
        if re.search(r"insert\(\s*certificates\b|tables\.certificates", path.read_text())
    ]
    assert writes == []
    assert "insert(table)" in Path(certificates.__file__).read_text()


# -- the registry -----------------------------------------------------------------------------------------------------


def test_be11_others_ask_the_registry(desks: DesksHere, host: Host) -> None:
    host.publish()
    first = live(desks, host, 0, codes=["NORTH"])
    second = integrating(desks, host, 1, codes=["south"], models="oauth", is_public_client=True)
    broker = first.broker
    assert desks.read(lambda connection: registry.broker_of(connection, first.user)) == broker
    assert desks.read(lambda connection: registry.broker_of(connection, 999)) is None
    assert desks.read(lambda connection: registry.by_code(connection, "NORTH")) == broker
    assert desks.read(lambda connection: registry.by_code(connection, "north")) is None
    assert desks.read(registry.live) == [broker]
    assert desks.read(registry.everyone) == [broker, second.broker]
    systems = desks.read(lambda connection: registry.systems(connection, second.broker.number))
    assert (systems.redirect_urls, systems.is_public_client, systems.ip_list) == (
        ("https://north.example/back",),
        True,
        ("192.0.2.7",),
    )
    assert systems.logo == second.application.logo
    assert broker.since_ns > broker.opened_ns > 0 == second.broker.since_ns
    told = first.browser.get("/broker/v1/broker")
    assert (told["code"], told["standing"], told["is_active"]) == ("NORTH", "live", True)
    assert host.first.get("/host/v1/broker-registry") == [told, second.browser.get("/broker/v1/broker")]
    assert host.first.get("/host/v1/broker-registry?standing=live") == [told]
    assert host.first.get(f"/host/v1/broker-registry/{broker.number}") == told
    assert host.first.code("/host/v1/broker-registry/999", method="GET") == "no_such_broker"
    third = Applicant.at(desks, 2)
    assert third.browser.code("/broker/v1/broker", method="GET") == "not_a_broker"
    first.browser.post(f"{first.path}/leave")
    assert desks.read(lambda connection: registry.broker_of(connection, first.user)) is None
    assert first.browser.code("/broker/v1/broker", method="GET") == "not_a_broker"


def test_be12_what_a_broker_has_of_users_has_no_force_while_it_is_suspended(desks: DesksHere, host: Host) -> None:
    host.publish()
    broker = live(desks, host)
    number = broker.broker.number

    def is_suspended() -> bool:
        return desks.read(lambda connection: consents.is_suspended(connection, number))

    assert not is_suspended()
    host.move(broker.reference, "suspended", "complaints")
    assert is_suspended()
    host.move(broker.reference, "live")
    assert not is_suspended()
    host.move(broker.reference, "suspended", "complaints")
    host.move(broker.reference, "closed")
    assert not is_suspended()  # all that it had is over (BE-14), and who applies anew begins anew


def test_be14_the_sub_accounts_that_were_wished_for_are_granted_with_going_live(desks: DesksHere, host: Host) -> None:
    host.publish()
    broker = contracting(desks, host, subaccounts_most=20)

    def most() -> int:
        return desks.read(lambda connection: consents.subaccounts_most(connection, broker.broker.number))

    assert broker.told()["integration"]["subaccounts_most"] == 20
    assert most() == 0
    broker.accepts_contract()
    host.accept_contract(broker.reference)
    host.move(broker.reference, "live")
    assert most() == 20
    desks.write(lambda connection: consents.set_form(connection, broker.broker.number, True, 7))  # by BK-10
    host.move(broker.reference, "suspended", "complaints")
    host.move(broker.reference, "live")
    assert most() == 7
    broker.browser.post(f"{broker.path}/leave")
    assert most() == 0


def test_be12_one_person_suspends_and_two_resume_or_close(desks: DesksHere, host: Host) -> None:
    host.publish()
    broker = live(desks, host)
    path = f"{HOST_PATH}/{broker.reference}/move"
    assert host.first.code(path, {"to": "suspended"}) == "no_reason"
    alone = desks.staff(Role.COMPLIANCE)
    alone.post(path, {"to": "suspended", "reason": "complaints"})
    assert broker.broker.standing == "suspended"
    waiting = alone.post(path, {"to": "live"})["approval"]
    assert (broker.state, waiting["kind"]) == ("suspended", "broker_resume")
    host.approve(waiting)
    assert broker.broker.standing == "live"
    host.move(broker.reference, "suspended", "complaints")
    assert alone.code(path, {"to": "closed"}) == "not_permitted"
    host.move(broker.reference, "closed")
    assert (broker.broker.standing, broker.state) == ("closed", "closed")
    assert not active_in_core(desks, "NORTH")
    found = desks.read(lambda connection: applications.find(connection, broker.application.id))
    assert found.state == "closed"


def test_be12_a_code_that_is_off_earns_nothing_and_is_paid_what_it_has_earned(tmp_path: Path) -> None:
    """Through the core and the hourly settlement: 35 % of the 100 of a fill before, nothing of one behind."""
    with SmallExchange(tmp_path) as exchange:

        def say(is_active: bool) -> None:
            code = {"broker": BROKER, "code": CODE.encode(), "payout_account": PAYOUT}
            exchange.send(one(CommandKind.BROKER_CODE, active=is_active, **code), second=10)

        exchange.trade("100000", hour=0)
        say(False)
        exchange.trade("100000", hour=0, second=20)
        exchange.trade("100000", hour=1)
        exchange.tick(3)
        exchange.settle()
        assert exchange.available(PAYOUT) == "35"
        say(True)
        exchange.trade("200000", hour=3)
        exchange.tick(5)
        exchange.settle()
        assert exchange.available(PAYOUT) == "105"


# -- what follows the places -------------------------------------------------------------------------------------------


def clients_of(desks: DesksHere, broker: Applicant) -> list[Client]:
    return desks.read(lambda connection: clients.list_of(connection, broker.broker.number))


def addresses_of(desks: DesksHere, broker: Applicant) -> tuple[str, ...]:
    return desks.read(lambda connection: consents.addresses_of(connection, broker.broker.number))


def test_be14_addresses_and_the_client_follow_the_places_until_the_broker_leaves(desks: DesksHere, host: Host) -> None:
    host.publish()
    one = live(desks, host)
    (client,) = clients_of(desks, one)
    assert (client.name, client.kind, client.redirects) == ("North Star", "secret", ("https://north.example/back",))
    assert (client.ip_list, client.scopes, client.cap_e8) == (("192.0.2.7",), frozenset(Scope), 40_000_000)
    assert addresses_of(desks, one) == ("192.0.2.7",)
    renamed = Wish("By hand", client.redirects, frozenset({Scope.READ}), client.ip_list, RateE8(1))
    desks.write(lambda connection: clients.change(connection, client.id, renamed))
    new = {"ip_list": ["192.0.2.9"], "redirect_urls": ["https://north.example/new"]}
    waiting = one.browser.post(f"{one.path}/places", new)["approval"]
    (found,) = [one for one in host.first.get("/host/v1/approvals") if one["id"] == int(waiting)]
    host.approve(found)
    (moved,) = clients_of(desks, one)
    assert (moved.id, moved.redirects, moved.ip_list) == (client.id, ("https://north.example/new",), ("192.0.2.9",))
    assert (moved.name, moved.scopes, moved.cap_e8) == ("By hand", frozenset({Scope.READ}), RateE8(1))
    assert addresses_of(desks, one) == ("192.0.2.9",)
    one.browser.post(f"{one.path}/leave")
    assert [one.enabled for one in clients_of(desks, one)] == [False]
    assert addresses_of(desks, one) == ()


def test_be14_a_client_of_another_kind_is_another_one(desks: DesksHere, host: Host) -> None:
    one = integrating(desks, host)
    (secret,) = clients_of(desks, one)
    assert one.browser.ask("PATCH", one.path, {"is_public_client": True}).status_code == 200
    before, now = clients_of(desks, one)
    assert (before.id, before.enabled) == (secret.id, False)
    assert (now.kind.value, now.ip_list, now.scopes) == ("public", (), frozenset({Scope.READ, Scope.TRADE}))
    again = ["https://north.example/again"]
    assert one.browser.ask("PATCH", one.path, {"redirect_urls": again}).status_code == 200
    assert clients_of(desks, one)[1].redirects == ("https://north.example/again",)


def test_be14_who_is_an_api_broker_alone_has_addresses_and_no_client(desks: DesksHere, host: Host) -> None:
    one = integrating(desks, host, models="api", redirect_urls=[])
    assert (clients_of(desks, one), addresses_of(desks, one)) == ([], ("192.0.2.7",))


def test_be14_the_broker_is_told_its_clients_secret_once(desks: DesksHere, host: Host) -> None:
    one, other = integrating(desks, host), integrating(desks, host, 1, codes=["SOUTH"])
    (client,) = one.browser.get("/broker/v1/broker/oauth-clients")
    assert (client["code"], client["kind"], client["redirects"]) == ("NORTH", "secret", ["https://north.example/back"])
    path = f"/broker/v1/broker/oauth-clients/{client['client']}/secret"
    stale = desks.browser(one.user, RETAIL, proved=False)
    assert stale.code(path, {}) == "second_factor_needed"
    assert other.browser.code(path, {}) == "no_such_client"
    assert one.browser.code(path, {"old_works_s": 10**9}) == "bad_request"
    told = one.browser.post(path, {})
    (found,) = clients_of(desks, one)
    assert is_secret(found, told["client_secret"])
    assert "client_secret" not in one.browser.get("/broker/v1/broker/oauth-clients")[0]


def test_be8_numbers_of_brokers_lie_below_those_of_sub_brokers(desks: DesksHere, host: Host) -> None:
    account = desks.account(5_000)
    desks.submit(
        command(CommandKind.BROKER_CODE, broker=FIRST_NUMBER + 3, code=b"SUB", active=1, payout_account=account)
    )
    one = integrating(desks, host)
    assert 0 < one.broker.number < FIRST_NUMBER


def test_be2_and_sb2_who_has_asked_to_be_a_broker_comes_under_no_other(desks: DesksHere, host: Host) -> None:
    one, path = Applicant.at(desks).begins().sends_papers(), "/broker/v1/invitations/accept"
    joining = {"token": "nothing", "code": "MINE"}
    assert one.browser.code(path, joining) == "no_such_invitation"
    one.browser.post(f"{one.path}/submit")
    assert one.browser.code(path, joining) == "application_open"
    host.let_in(one.reference)
    assert one.browser.code(path, joining) == "application_open"
    one.browser.post(f"{one.path}/withdraw")
    assert one.browser.code(path, joining) == "no_such_invitation"


def test_be2_a_code_that_a_sub_broker_waits_for_is_anothers(desks: DesksHere) -> None:
    row = {"program": "api", "parent": 1, "code": "North", "user_id": 9, "person": 9, "account": 9, "state": "waiting"}
    row |= {"from_hour": 10**6, "removed_hour": 0, "why": "", "made_ns": 1}
    desks.write(lambda connection: connection.execute(insert(sub_brokers).values(**row)))
    one = Applicant.at(desks).begins().sends_papers()
    assert one.browser.code(f"{one.path}/submit", {}) == "code_taken"
    desks.write(lambda connection: connection.execute(update(sub_brokers).values(code="OTHER", account=one.account)))
    assert one.browser.code(f"{one.path}/submit", {}) == "paid_already"
