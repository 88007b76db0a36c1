"""Applications at the desk of brokers and of the host: BE-2 to BE-7."""

import threading
from typing import Any

import pytest
from spec.brokerage.journey import (
    DAY_NS,
    HOST_PATH,
    LOGO,
    OAUTH,
    TOLD,
    Applicant,
    Host,
    base64_of,
    contracting,
    in_review,
    integrating,
    keep,
    live,
)
from spec.partnership.desk_here import RETAIL, DesksHere
from spec.small_exchange import one as command
from sqlalchemy import select, update

from commonbook.administration import log
from commonbook.administration.roles import HOST, Role
from commonbook.brand import notices
from commonbook.brokerage import applications, registry
from commonbook.brokerage.questionnaire import ASKED
from commonbook.errors import Declined
from commonbook.people import directory
from commonbook.records import CommandKind
from commonbook.settings import BrokerageSettings, Settings
from commonbook.storage.tables import brokerage as tables


def test_be2_a_user_applies_and_has_one_at_a_time(desks: DesksHere) -> None:
    one, other = Applicant.at(desks, 0), Applicant.at(desks, 1)
    assert one.browser.get("/broker/v1/applications") == []
    one.begins()
    assert one.browser.code("/broker/v1/applications", {}) == "application_open"
    assert [found["reference"] for found in one.browser.get("/broker/v1/applications")] == [one.reference]
    assert other.browser.code(one.path, method="GET") == "no_such_application"
    for path, body in (("submit", {}), ("withdraw", {}), ("comments", {"text": "x"})):
        assert other.browser.code(f"{one.path}/{path}", body) == "no_such_application"
    assert desks.nobody.code(one.path, method="GET") == "sign_in"
    one.browser.post(f"{one.path}/withdraw")
    assert one.state == "withdrawn"
    one.begins()
    assert len(one.browser.get("/broker/v1/applications")) == 2


def test_be2_who_has_no_trading_account_cannot_be_paid(desks: DesksHere) -> None:
    nobody = desks.browser(desks.user(RETAIL), RETAIL)
    assert nobody.code("/broker/v1/applications", {}) == "no_account"
    assert desks.staff(Role.OWNER).code("/broker/v1/applications", {}) == "no_account"


def test_be2_codes_are_held_from_submission_on_whatever_their_case(desks: DesksHere, host: Host) -> None:
    first = Applicant.at(desks, 0).begins(codes=["NORTH", "Star9"]).sends_papers()
    second = Applicant.at(desks, 1).begins(codes=["north"]).sends_papers()
    third = Applicant.at(desks, 2).begins(codes=["star9", "free"]).sends_papers()
    first.browser.post(f"{first.path}/submit")
    assert second.browser.code(f"{second.path}/submit") == "code_taken"
    assert third.browser.code(f"{third.path}/submit") == "code_taken"
    host.let_in(first.reference)  # is given NORTH: what else was wished is free again
    third.browser.post(f"{third.path}/submit")
    assert second.browser.code(f"{second.path}/submit") == "code_taken"
    second.browser.ask("PATCH", second.path, {"codes": ["south"]})
    second.browser.post(f"{second.path}/submit")
    assert (first.broker.code, second.state, third.state) == ("NORTH", "submitted", "submitted")


def test_be2_of_two_at_once_one_has_the_code(desks: DesksHere) -> None:
    both = [Applicant.at(desks, number).begins(codes=["NORTH"]).sends_papers() for number in range(2)]
    answers: list[int] = []

    def submit(one: Applicant) -> None:
        answers.append(one.browser.ask("POST", f"{one.path}/submit", {}).status_code)

    threads = [threading.Thread(target=submit, args=(one,)) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409]
    assert sorted(one.state for one in both) == ["draft", "submitted"]


def test_be2_a_code_comes_back_to_its_user_alone(desks: DesksHere, host: Host) -> None:
    one = integrating(desks, host, 0, codes=["NORTH"])
    before = one.broker
    one.browser.post(f"{one.path}/withdraw")
    assert one.broker.standing == "closed"
    other = Applicant.at(desks, 1).begins(codes=["North"]).sends_papers()
    assert other.browser.code(f"{other.path}/submit") == "code_taken"
    one.submits(codes=["other", "NORTH"])
    host.let_in(one.reference)
    assert (one.broker.number, one.broker.code, one.broker.standing) == (before.number, "NORTH", "testing")


@pytest.mark.parametrize(
    "bad",
    [
        {"codes": ["a-b"]},
        {"codes": ["OKX"]},
        {"codes": ["A", "B", "C", "D", "E", "F"]},
        {"title": "x" * 65},
        {"title": "two\nlines"},
        {"title": "zero\u200bwidth"},
        {"redirect_urls": ['https://north.example/"']},
        {"redirect_urls": ["http://north.example/"]},
        {"models": "api"},  # with redirect addresses
        {"models": "api", "redirect_urls": [], "is_public_client": True},
        {"models": "grpc"},
        {"business": "bank"},
        {"ip_list": ["192.0.2.0/24"]},
        {"requests_per_s": -1},
        {"requests_per_s": 2**31},
        {"subaccounts_most": -1},
        {"subaccounts_most": 1 << 20},
        {"models": "oauth", "subaccounts_most": 5},
        {"told": {"nonsense": "x"}},
        {"told": {"email": "nobody"}},
        {"told": {"website": "http://north.example"}},
        {"told": {"company": "x" * 201}},
        {"told": {"plan": "x" * 8_001}},
        {"told": {"plan": "a\x00b"}},
        {"more": 1},
    ],
)
def test_be3_be4_what_cannot_be_taken_is_refused_and_changes_nothing(desks: DesksHere, bad: dict[str, Any]) -> None:
    one = Applicant.at(desks).begins()
    before = one.told()
    assert one.browser.code(one.path, bad, method="PATCH") == "bad_request"
    assert one.told() == before
    assert Applicant.at(desks, 1).browser.code("/broker/v1/applications", OAUTH | bad) == "bad_request"
    assert desks.read(lambda connection: len(connection.execute(select(tables.applications)).all())) == 1


def test_be4_what_is_missing_is_told_with_the_application_and_with_the_refusal(desks: DesksHere) -> None:
    one = Applicant.at(desks)
    one.reference = one.browser.post("/broker/v1/applications", {})["reference"]
    asked_for = ["title", "business", "codes", "requests_per_s", "ip_list", *ASKED, "papers"]
    assert one.told()["missing"] == asked_for
    answer = one.browser.ask("POST", f"{one.path}/submit", {})
    assert answer.json()["error"]["values"] == {"missing": ",".join(asked_for)}
    one.browser.ask("PATCH", one.path, OAUTH | {"told": {}})
    one.browser.ask("PATCH", one.path, {"told": TOLD})
    assert one.told()["missing"] == ["papers", "logo"]
    assert one.told()["told"] == TOLD
    one.browser.ask("PATCH", one.path, {"told": {"plan": "  "}, "requests_per_s": 99})
    assert one.told()["missing"] == ["requests_per_s", "plan", "papers", "logo"]


def test_be4_papers_and_the_logo(desks: DesksHere, host: Host) -> None:
    one = Applicant.at(desks).begins()
    path, paper = f"{one.path}/papers", {"name": "Register", "kind": "application/pdf", "content": base64_of(b"%PDF")}
    for bad in ({"kind": "text/html"}, {"content": ""}, {"name": " "}, {"content": base64_of(bytes(640 * 1024 + 1))}):
        assert one.browser.code(path, paper | bad) == "bad_request"
    for _ in range(10):
        one.browser.post(path, paper)
    assert one.browser.code(path, paper) == "too_many_papers"
    assert one.browser.ask("DELETE", f"{path}/3").status_code == 200
    assert [found["number"] for found in one.browser.get(path)] == [1, 2, 4, 5, 6, 7, 8, 9, 10]
    assert one.browser.code(f"{path}/3", method="DELETE") == "no_such_paper"
    assert one.browser.code(f"{path}/3", method="GET") == "no_such_paper"
    read = one.browser.ask("GET", f"{path}/4")
    assert (read.content, read.headers["content-disposition"]) == (b"%PDF", "attachment")
    for bad_logo in (b"<html/>", b""):
        assert one.browser.code(f"{one.path}/logo", {"content": base64_of(bad_logo)}) == "bad_request"
    hashed = one.browser.post(f"{one.path}/logo", {"content": base64_of(LOGO)})["hash"]
    shown = desks.nobody.ask("GET", f"/broker/v1/logos/{hashed}")
    assert (shown.content, shown.headers["content-type"]) == (LOGO, "image/svg+xml")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert desks.nobody.code("/broker/v1/logos/none", method="GET") == "no_such_logo"
    one.browser.post(f"{one.path}/submit")
    assert one.browser.code(f"{path}/4", method="DELETE") == "wrong_state"
    assert one.browser.code(f"{one.path}/logo", {"content": base64_of(LOGO)}) == "wrong_state"
    seen = host.first.get(f"{HOST_PATH}/{one.reference}/papers")
    assert seen[0] == {"number": 1, "kind": "application/pdf", "name": "Register", "bytes": 4}
    assert host.first.ask("GET", f"{HOST_PATH}/{one.reference}/papers/1").content == b"%PDF"
    assert desks.staff(Role.FINANCE).code(f"{HOST_PATH}/{one.reference}/papers", method="GET") == "not_permitted"


def test_be5_only_the_places_change_while_it_is_tried_out(desks: DesksHere, host: Host) -> None:
    one = Applicant.at(desks).submits()
    assert one.browser.code(one.path, {"ip_list": ["192.0.2.9"]}, method="PATCH") == "wrong_state"
    host.let_in(one.reference)
    assert one.browser.ask("PATCH", one.path, {"ip_list": ["192.0.2.9"]}).status_code == 200
    one.browser.post(f"{one.path}/test")
    new = {"redirect_urls": ["https://north.example/other"]}
    assert one.browser.ask("PATCH", one.path, new).status_code == 200
    for body in ({"title": "Other"}, {"codes": ["OTHER"]}, {"told": {"plan": "x"}}, {"requests_per_s": 200}):
        assert one.browser.code(one.path, body, method="PATCH") == "wrong_state"
    assert one.browser.code(one.path, {"ip_list": []}, method="PATCH") == "bad_request"
    told = one.told()["integration"]
    assert (told["ip_list"], told["redirect_urls"]) == (["192.0.2.9"], ["https://north.example/other"])


def test_be5_the_applicant_sees_each_step_and_what_is_awaited_from_whom(desks: DesksHere, host: Host) -> None:
    one = Applicant.at(desks).submits()
    awaits = one.told()["awaits"]
    assert (awaits["state"], awaits["of"]) == ("integration", ["host"])
    assert [block["code"] for block in awaits["blocks"]] == ["kyb_missing", "sanctions_missing"]
    assert host.first.code(f"{HOST_PATH}/{one.reference}/move", {"to": "integration"}) == "kyb_missing"
    host.check(one.reference, "kyb", passed=False)
    assert host.first.code(f"{HOST_PATH}/{one.reference}/move", {"to": "integration"}) == "kyb_missing"
    host.let_in(one.reference)
    assert one.told()["awaits"]["of"] == ["applicant"]
    one.browser.post(f"{one.path}/test")
    assert one.browser.code(f"{one.path}/review") == "certificate_missing"
    one.is_certified()
    assert one.browser.code(f"{one.path}/review") == "attestation_missing"
    assert one.told()["awaits"]["blocks"][0]["asked_of"] == "applicant"
    one.attests()
    one.browser.post(f"{one.path}/review")
    host.move(one.reference, "sandbox", "slow_answers")
    steps = [(step["after"], step["role"], step["reason"]) for step in one.told()["timeline"]]
    assert steps == [
        ("draft", "applicant", ""),
        ("submitted", "applicant", ""),
        ("integration", "host", ""),
        ("sandbox", "applicant", ""),
        ("review", "applicant", ""),
        ("sandbox", "host", "slow_answers"),
    ]
    letters = one.letters()
    assert [mail.kind for mail in letters] == ["broker-state"] * 5
    assert "slow_answers" in letters[-1].body
    assert "sandbox test" in letters[-1].subject
    assert letters[-1].brand == RETAIL  # in the name of the brand whose user it is


def test_be5_approval_and_going_live_need_two_of_the_host(desks: DesksHere, host: Host) -> None:
    one = in_review(desks, host)
    path = f"{HOST_PATH}/{one.reference}/move"
    assert host.first.code(path, {"to": "contract"}) == "security_missing"
    host.check(one.reference, "security")
    waiting = host.first.post(path, {"to": "contract"})["approval"]
    assert (one.state, waiting["kind"]) == ("review", "broker_approve")
    own = f"/host/v1/approvals/{waiting['id']}/approve"
    assert host.first.code(own, {"payload_hash": waiting["payload_hash"]}) == "own_request"
    host.approve(waiting)
    assert one.state == "contract"
    assert host.first.code(path, {"to": "live"}) == "broker_has_not_accepted"
    host.publish()
    one.accepts_contract()
    assert host.first.code(path, {"to": "live"}) == "host_has_not_accepted"
    host.accept_contract(one.reference)
    waiting = host.first.post(path, {"to": "live"})["approval"]
    assert (one.state, waiting["kind"]) == ("contract", "broker_live")
    host.approve(waiting)
    assert one.state == "live"
    assert desks.staff(Role.FINANCE).code(path, {"to": "suspended", "reason": "x"}) == "not_permitted"


def test_be5_refused_with_a_reason_and_withdrawn_by_the_applicant(desks: DesksHere, host: Host) -> None:
    first, second, third = (Applicant.at(desks, number).submits(codes=[f"C{number}"]) for number in range(3))
    path = f"{HOST_PATH}/{first.reference}/move"
    assert host.first.code(path, {"to": "refused"}) == "no_reason"
    assert host.first.code(path, {"to": "refused", "reason": "Not A Word"}) == "bad_request"
    host.move(first.reference, "refused", "no_business")
    assert (first.state, first.told()["timeline"][-1]["reason"]) == ("refused", "no_business")
    assert first.letters()[-1].subject == f"Your application {first.reference}: refused"
    host.let_in(second.reference)
    waiting = host.first.post(f"{HOST_PATH}/{second.reference}/move", {"to": "refused", "reason": "late"})
    assert second.state == "integration"
    host.approve(waiting)
    assert (second.state, second.broker.standing) == ("refused", "closed")
    third.browser.post(f"{third.path}/withdraw")
    assert third.browser.code(f"{third.path}/submit") == "wrong_state"
    again = Applicant.at(desks, 3).submits(codes=["c2"])  # what was wished is free again
    assert again.state == "submitted"


def test_be5_sent_back_and_handed_in_again(desks: DesksHere, host: Host) -> None:
    one = Applicant.at(desks).submits()
    host.move(one.reference, "draft", "papers_unreadable")
    one.browser.ask("PATCH", one.path, {"codes": ["OTHER", "NORTH"]})
    one.browser.post(f"{one.path}/submit")
    host.let_in(one.reference)
    assert one.broker.code == "OTHER"


def test_be5_a_move_and_a_refused_one_are_in_the_log_without_what_is_sealed(desks: DesksHere, host: Host) -> None:
    one = Applicant.at(desks).submits()
    host.first.code(f"{HOST_PATH}/{one.reference}/move", {"to": "integration"})
    host.let_in(one.reference)
    host.first.get(f"{HOST_PATH}/{one.reference}")
    acts = desks.read(lambda connection: list(log.acts(connection, HOST)))
    told = [act.act for act in acts if act.subject.startswith("broker application:")]
    assert told[:3] == ["broker submitted", "broker refused", "broker kyb"]
    assert {"broker sanctions", "broker integration", "see broker"} <= set(told)
    own = desks.read(lambda connection: [act.act for act in log.acts(connection, RETAIL)])
    assert own == ["broker application", "broker paper", "broker logo"]
    assert "As asked." not in " ".join(act.details for act in acts)
    path = f"{HOST_PATH}/{one.reference}/move"
    waiting = host.first.post(path, {"to": "refused", "reason": "late"})
    one.browser.post(f"{one.path}/withdraw")
    assert host.approve(waiting)["outcome"]["code"] == "wrong_state"
    acts = desks.read(lambda connection: list(log.acts(connection, HOST)))
    assert [act for act in acts if act.act == "broker refused" and '"code":"wrong_state"' in act.details]


def test_be5_comments_of_both_sides_and_among_the_host(desks: DesksHere, host: Host) -> None:
    one = Applicant.at(desks).submits()
    path = f"{HOST_PATH}/{one.reference}/comments"
    host.first.post(path, {"text": "Looks thin."})
    host.first.post(path, {"text": "Send the register, please.", "is_internal": False})
    one.browser.post(f"{one.path}/comments", {"text": "It is there."})
    seen = [(found["role"], found["text"]) for found in one.told()["comments"]]
    assert seen == [("host", "Send the register, please."), ("applicant", "It is there.")]
    assert [found["is_internal"] for found in host.first.get(f"{HOST_PATH}/{one.reference}")["comments"]] == [
        True,
        False,
        False,
    ]
    reader = desks.staff(Role.FINANCE).get(f"{HOST_PATH}/{one.reference}")
    assert (reader["comments"], reader["told"]) == ([], {})
    assert one.browser.code(f"{one.path}/comments", {"text": " "}) == "bad_request"
    assert one.browser.code(f"{one.path}/comments", {"text": "x" * 4_001}) == "bad_request"
    for _ in range(19):
        one.browser.post(f"{one.path}/comments", {"text": "again"})
    assert one.browser.code(f"{one.path}/comments", {"text": "again"}) == "too_many_comments"


def test_be5_the_host_is_told_of_what_waits_for_it(desks: DesksHere, host: Host) -> None:
    one = in_review(desks, host)
    found = desks.read(lambda connection: notices.of_brand(connection, HOST))
    told = [notice.details["state"] for notice in reversed(found) if notice.kind == "broker_moved"]
    assert told == ["submitted", "review"]
    assert found[0].details["reference"] == one.reference


def test_be5_a_draft_expires(desks: DesksHere) -> None:
    one = Applicant.at(desks).begins()
    keep(desks, one.application.changed_ns + 90 * DAY_NS - 1)
    assert one.state == "draft"
    keep(desks, one.application.changed_ns + 90 * DAY_NS)
    assert (one.state, one.letters()[-1].kind) == ("expired", "broker-state")
    one.begins()


def test_be5_lists_of_the_host_have_no_drafts(desks: DesksHere, host: Host) -> None:
    first = Applicant.at(desks, 0).begins()
    second = Applicant.at(desks, 1).submits(codes=["other"])
    assert [one["reference"] for one in host.first.get(HOST_PATH)] == [second.reference]
    assert [one["reference"] for one in host.first.get(f"{HOST_PATH}?state=draft")] == [first.reference]
    listed = host.first.get(HOST_PATH)[0]
    assert (listed["title"], listed["models"], listed["business"]) == ("North Star", "both", "aggregator")
    assert host.first.get(f"{HOST_PATH}?before={listed['id']}") == []


def test_be7_what_is_sealed_is_noise_once_it_is_over(desks: DesksHere, host: Host) -> None:
    one = integrating(desks, host)
    host.first.post(f"{HOST_PATH}/{one.reference}/comments", {"text": "Looks thin."})
    gone = f"{HOST_PATH}/{one.reference}/personal"
    assert host.first.code(gone, method="DELETE") == "wrong_state"
    number, raw = (
        one.application.id,
        desks.read(lambda connection: connection.execute(select(tables.applications)).one()),
    )
    assert "As asked." not in raw.personal
    one.browser.post(f"{one.path}/withdraw")
    told = host.first.ask("DELETE", gone).json()
    assert (told["told"], told["comments"], told["papers"]) == ({}, [], 0)
    assert told["integration"]["codes"] == ["NORTH"]
    assert one.told()["told"] == {}
    assert one.browser.get(f"{one.path}/papers") == []
    kept = desks.read(lambda connection: applications.DOSSIERS.attached(connection, desks.seal, number))
    assert kept == []


def test_be2_another_user_may_not_be_paid_in_its_place(desks: DesksHere, host: Host) -> None:
    """Who is paid follows from the user when the application is handed in, and from nothing that is sent."""
    one = contracting(desks, host)
    assert (one.broker.payout_account, one.broker.user, one.broker.brand) == (one.account, one.user, RETAIL)
    found = desks.read(lambda connection: directory.find(connection, one.user))
    assert found.account == one.account


def test_be4_the_settings_say_how_much_is_asked_for(tmp_path: Any) -> None:
    settings = Settings(brokerage=BrokerageSettings(least_requests_per_s=500, wished_codes=1, papers=1))
    with DesksHere(tmp_path, settings) as desks:
        one = Applicant.at(desks)
        assert one.browser.code("/broker/v1/applications", OAUTH | {"codes": ["A", "B"]}) == "bad_request"
        one.begins().sends_papers()
        assert one.told()["missing"] == ["requests_per_s"]
        program = desks.nobody.get("/broker/v1/program")
        assert (program["requests_per_s"], program["wished_codes"], program["papers"]) == (500, 1, 1)


def test_be5_a_live_broker_is_not_withdrawn_but_leaves(desks: DesksHere, host: Host) -> None:
    host.publish()
    one = live(desks, host)
    assert one.browser.code(f"{one.path}/withdraw") == "wrong_state"
    stale = desks.browser(one.user, RETAIL, proved=False)
    assert stale.code(f"{one.path}/leave", {}) == "second_factor_needed"
    one.browser.post(f"{one.path}/leave")
    assert (one.state, one.broker.standing) == ("closed", "closed")


def test_be13_a_brokers_places_change_with_the_host(desks: DesksHere, host: Host) -> None:
    host.publish()
    one = live(desks, host)
    path, new = f"{one.path}/places", {"ip_list": ["192.0.2.9"], "redirect_urls": ["https://north.example/new"]}
    back = {"redirect_urls": ["http://north.example/"]}
    refused: list[dict[str, Any]] = [back, {"ip_list": []}, {"ip_list": ["nowhere"]}, {"title": "x"}]
    for bad in refused:
        assert one.browser.code(path, bad) == "bad_request"
    assert desks.browser(one.user, RETAIL, proved=False).code(path, new) == "second_factor_needed"
    waiting = one.browser.post(path, new)["approval"]
    assert one.told()["integration"]["ip_list"] == ["192.0.2.7"]
    (found,) = [one for one in host.first.get("/host/v1/approvals") if one["id"] == int(waiting)]
    host.approve(found)
    systems = desks.read(lambda connection: registry.systems(connection, one.broker.number))
    assert (systems.ip_list, systems.redirect_urls) == (("192.0.2.9",), ("https://north.example/new",))
    assert one.told()["integration"]["title"] == "North Star"
    late = one.browser.post(path, {"ip_list": ["192.0.2.10"]})["approval"]
    one.browser.post(f"{one.path}/leave")
    (found,) = [one for one in host.first.get("/host/v1/approvals") if one["id"] == int(late)]
    assert host.approve(found)["outcome"]["code"] == "wrong_state"
    assert one.browser.code(path, new) == "wrong_state"


def test_be13_the_newest_request_counts_and_nobody_agrees_to_their_own(desks: DesksHere, host: Host) -> None:
    host.publish()
    one = live(desks, host)
    path = f"{one.path}/places"
    first = one.browser.post(path, {"ip_list": ["192.0.2.9"]})["approval"]
    second = one.browser.post(path, {"ip_list": ["192.0.2.10"]})["approval"]
    asked = {str(found["id"]): found for found in host.first.get("/host/v1/approvals")}
    assert (first in asked, second in asked) == (False, True)
    staff = desks.user(roles_held=(Role.OWNER,))
    person = desks.read(lambda connection: directory.find(connection, one.user)).person
    desks.write(lambda connection: directory.change(connection, staff, person=person))
    yes = {"payload_hash": asked[second]["payload_hash"]}
    assert desks.browser(staff).code(f"/host/v1/approvals/{second}/approve", yes) == "own_request"
    assert one.told()["integration"]["ip_list"] == ["192.0.2.7"]


def test_ad9_nobody_of_the_host_decides_about_an_application_of_their_own(desks: DesksHere, host: Host) -> None:
    # The applicant, a user of a brand, is the same person as an owner at the host: by two users, and two numbers.
    one = in_review(desks, host)
    host.check(one.reference, "security")
    staff = desks.user(roles_held=(Role.OWNER,))
    person = desks.read(lambda connection: directory.find(connection, one.user)).person
    desks.write(lambda connection: directory.change(connection, staff, person=person))
    own, path = desks.browser(staff), f"{HOST_PATH}/{one.reference}"
    assert own.code(f"{path}/move", {"to": "contract"}) == "own_interest"
    assert own.code(f"{path}/move", {"to": "sandbox", "reason": "slow_answers"}) == "own_interest"
    assert own.code(f"{path}/checks", {"kind": "kyb", "passed": True, "source": "own eyes"}) == "own_interest"
    waiting = host.first.post(f"{path}/move", {"to": "contract"})["approval"]
    decides, yes = f"/host/v1/approvals/{waiting['id']}", {"payload_hash": waiting["payload_hash"]}
    assert own.code(f"{decides}/approve", yes) == "own_interest"
    assert own.code(f"{decides}/refuse", yes) == "own_interest"
    assert one.state == "review"
    assert host.approve(waiting)["state"] == "done"
    # Its contract and its terms as well, from now on.
    host.publish()
    one.accepts_contract()
    assert own.code(f"{path}/contract") == "own_interest"
    with_terms = {"addresses": ["192.0.2.7"], "non_disclosed": True, "subaccounts_most": 5}
    assert own.code(f"/host/v1/brokers/{one.broker.code}", with_terms) == "own_interest"


def test_be13_who_is_a_broker_is_not_erased(desks: DesksHere) -> None:
    one = Applicant.at(desks).begins()
    assert one.browser.code("/account/v1/erase") == "application_open"
    with pytest.raises(Declined, match="withdraw or leave first"):
        desks.read(lambda connection: applications.must_have_none_open(connection, one.user))
    one.browser.post(f"{one.path}/withdraw")
    desks.read(lambda connection: applications.must_have_none_open(connection, one.user))


def test_be2_so_many_in_a_day_and_no_more(desks: DesksHere) -> None:
    one = Applicant.at(desks)
    for _ in range(5):
        one.begins().browser.post(f"{one.path}/withdraw")
    assert one.browser.code("/broker/v1/applications", {}) == "too_many_applications"
    yesterday = tables.applications.c.created_ns - DAY_NS
    desks.write(lambda connection: connection.execute(update(tables.applications).values(created_ns=yesterday)))
    one.begins()


def test_be2_whose_account_is_paid_for_another_code_is_no_broker_of_its_own(desks: DesksHere) -> None:
    one = Applicant.at(desks).begins().sends_papers()
    other = command(CommandKind.BROKER_CODE, broker=7, code=b"SOUTH", active=1, payout_account=one.account)
    desks.submit(other)
    answer = one.browser.ask("POST", f"{one.path}/submit", {}).json()["error"]
    assert (answer["code"], answer["values"]) == ("paid_already", {"codes": "SOUTH"})


def test_be4_a_logo_that_nobody_shows_any_more_is_gone(desks: DesksHere) -> None:
    first, second = (Applicant.at(desks, number).begins(codes=[f"C{number}"]) for number in range(2))
    other = LOGO.replace(b"L1 1", b"L2 2")
    before = [one.browser.post(f"{one.path}/logo", {"content": base64_of(LOGO)})["hash"] for one in (first, second)]
    assert before[0] == before[1]
    first.browser.post(f"{first.path}/logo", {"content": base64_of(other)})
    assert desks.nobody.ask("GET", f"/broker/v1/logos/{before[0]}").status_code == 200
    for content in (other, other):  # the same once more changes nothing
        hashed = second.browser.post(f"{second.path}/logo", {"content": base64_of(content)})["hash"]
    assert desks.nobody.code(f"/broker/v1/logos/{before[0]}", method="GET") == "no_such_logo"
    assert desks.nobody.ask("GET", f"/broker/v1/logos/{hashed}").content == other
