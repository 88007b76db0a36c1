"""Becoming a broker on PostgreSQL: the same way, the same races. BE-2, BE-8 and BE-10 of the rules."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from integration.postgres import fresh_schema
from spec.brokerage.journey import DAY_NS, Applicant, Host, active_in_core, keep, live
from spec.partnership.desk_here import DesksHere
from sqlalchemy import update

from commonbook.brokerage import registry
from commonbook.settings import Settings
from commonbook.storage.tables import brokerage as tables

pytestmark = pytest.mark.postgres


@pytest.fixture
def desks(server: str, tmp_path: Path) -> Iterator[DesksHere]:
    with fresh_schema(server) as url, DesksHere(tmp_path, Settings(database_url=url)) as found:
        yield found


def test_be10_from_the_application_to_a_code_that_earns_lapses_and_comes_back(desks: DesksHere) -> None:
    host = Host.of(desks)
    host.publish()
    one = live(desks, host)
    assert active_in_core(desks, "NORTH")
    end_ns = time.time_ns() + DAY_NS
    desks.write(lambda connection: connection.execute(update(tables.attestations).values(ends_ns=end_ns)))
    keep(desks)
    keep(desks, end_ns + 7 * DAY_NS)
    assert (one.state, active_in_core(desks, "NORTH")) == ("lapsed", False)
    one.attests()
    assert (one.state, active_in_core(desks, "NORTH")) == ("live", True)
    assert [broker.code for broker in desks.read(registry.live)] == ["NORTH"]


def test_be2_of_many_at_once_one_has_the_code_and_all_have_numbers_of_their_own(desks: DesksHere) -> None:
    host = Host.of(desks)
    rivals = [Applicant.at(desks, number).begins(codes=["NORTH"]).sends_papers() for number in range(4)]
    answers: list[int] = []

    def submit(one: Applicant) -> None:
        answers.append(one.browser.ask("POST", f"{one.path}/submit", {}).status_code)

    together(submit, rivals)
    assert sorted(answers) == [200, 409, 409, 409]
    others = [Applicant.at(desks, 10 + number).submits(codes=[f"C{number}"]) for number in range(4)]
    together(lambda one: host.let_in(one.reference), others)
    assert sorted(one.broker.number for one in others) == [1, 2, 3, 4]
    assert {one.broker.code for one in others} == {f"C{number}" for number in range(4)}


def together(work: Callable[[Applicant], None], applicants: list[Applicant]) -> None:
    with ThreadPoolExecutor(len(applicants)) as threads:
        list(threads.map(work, applicants))
