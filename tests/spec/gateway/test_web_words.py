"""What the server tells by codes has words in the app: each code that can be told is looked for among its texts. WB-3.

That every language has what English has is in test_web.py.
"""

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

import commonbook
import commonbook.gateway.desk.app
from commonbook.administration import approvals
from commonbook.brand import announcements, schedules
from commonbook.broker import alerts, reviews, tiers
from commonbook.broker.model import DiscountPolicy, Reason
from commonbook.broker.rates import Product
from commonbook.broker.why import Party, Phrase
from commonbook.brokerage import model as brokerage
from commonbook.brokerage import pages as broker_pages
from commonbook.brokerage import questionnaire
from commonbook.brokerage.rules import Condition as OfBrokers
from commonbook.clearing import release
from commonbook.gateway.desk import problems
from commonbook.gateway.desk.acts import ACTS
from commonbook.gateway.okx_v5 import codes
from commonbook.gateway.web.texts import FIRST, areas, keys
from commonbook.notice import inbox
from commonbook.partnership import applications, stake
from commonbook.partnership import model as partnership
from commonbook.partnership import pages as partner_pages
from commonbook.partnership.rules import Condition as OfPartners
from commonbook.records import Channel
from commonbook.terms.model import Kind
from commonbook.webhook import model as webhook

SOURCE = Path(commonbook.__file__).parent
PROBLEMS = SOURCE.parent.parent / "web" / "src" / "lib" / "problems.ts"
HELPERS = {"_done": 3, "_log": 3, "_set": 2, "_move": 4, "_to_maker": 2}  # to which an act is handed down, and where


@cache
def every() -> frozenset[str]:
    return frozenset(key for area in areas() for key in keys(FIRST, area))


def slug(code: str) -> str:
    return re.sub(r"[ _.]", "-", code.lower())


def without(prefixes: Iterable[str], told: Iterable[str]) -> list[str]:
    """Of what is told, that for which no key is made of one of the prefixes."""
    return [one for one in told if not any(f"{prefix}{slug(one)}" in every() for prefix in prefixes)]


@cache
def calls() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(name of what is called, its first arguments as far as they are plain texts) all over the product.

    The suites of qa and bench tell nobody anything.
    """
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        if path.relative_to(SOURCE).parts[0] in ("qa", "bench", "simulator"):
            continue
        for one in ast.walk(ast.parse(path.read_text())):
            if isinstance(one, ast.Call):
                name = one.func.id if isinstance(one.func, ast.Name) else getattr(one.func, "attr", "")
                words = (part.value if isinstance(part, ast.Constant) else "" for part in one.args[:5])
                found.append((name, tuple(word if isinstance(word, str) else "" for word in words)))
    return tuple(found)


def said(name: str, *places: int) -> set[str]:
    """What is handed to whatever has this name, at one of these places."""
    found = {words[place] for called, words in calls() if called == name for place in places if place < len(words)}
    return found - {""}


# -- refusals ---------------------------------------------------------------------------------------------------------


def test_wb3_each_refusal_of_a_desk_has_words_of_its_own_or_of_its_family() -> None:
    families = dict(re.findall(r"\[/(\S+)/, \"([a-z-]+)\"\]", PROBLEMS.read_text()))
    assert len(families) > 8
    assert set(families.values()) <= every()
    told = said("Declined", 0) | said("problem", 1) | {*problems.STATUSES, *problems.HTTP_CODES.values()}
    told |= {*OfBrokers, *OfPartners}
    assert len(told) > 200
    alone = [one for one in told if not any(re.search(form, one) for form in families)]
    assert sorted(without(("problem-", "block-"), alone)) == []


def test_wb3_each_refusal_of_the_trading_api_has_words() -> None:
    own = [one for one in vars(codes).values() if isinstance(one, codes.Code)]
    numbers = {one.number for one in (*own, *codes.DENIALS.values(), *codes.REFUSALS.values())}
    assert without(("problem-",), sorted(numbers)) == []


# -- acts -------------------------------------------------------------------------------------------------------------


def test_wb3_each_act_that_needs_two_persons_has_words_and_each_that_is_decided_of_it() -> None:
    assert len(ACTS) > 40
    assert without(("kind-", "partner-act-"), ACTS) == []
    states = {approvals.REFUSED, approvals.WITHDRAWN, approvals.APPROVED, approvals.DONE, approvals.FAILED}
    assert without(("act-is-",), {"ask", *states}) == []


def logged() -> set[str]:
    found = said("log", 0, 1) | said("write", 3) | said("write_by_host", 3)
    for helper, place in HELPERS.items():
        found |= said(helper, place)
    return {one for one in found if re.fullmatch(r"[a-z]+(-[a-z]+)?( [a-z-]+)+", one)} | {"invite", "adjust"}


def test_wb3_each_act_of_the_audit_log_has_words() -> None:
    assert len(logged()) > 90
    assert sorted(without(("act-",), logged())) == []
    assert without(("act-broker-",), brokerage.CheckKind) == []
    assert without(("act-partnership-",), ("kyb", "sanctions")) == []
    assert without(("act-plan-",), (schedules.SCHEDULE, schedules.PROMOTION)) == []
    assert without(("case-",), {*brokerage.State, *partnership.State}) == []
    assert without(("word-",), {*announcements.Form, *Kind}) == []


# -- states, notices, fields ------------------------------------------------------------------------------------------


def test_wb3_each_state_and_condition_has_words() -> None:
    states = {release.COMPUTED, release.DONE, release.CARRIED}
    states |= {webhook.WAITING, webhook.DELIVERED, webhook.DROPPED}
    states |= {stake.LOCKED, stake.EXCESS, stake.RETURNING, stake.RETURNED}
    assert without(("word-",), states) == []
    assert without(("block-",), {*OfBrokers, *OfPartners}) == []


def test_wb3_each_notice_has_words() -> None:
    assert without(("notice-",), set(inbox.CONCERNS) - {"announcement"}) == []
    told = {
        *alerts.ALERTS,
        tiers.AT_RISK,
        webhook.PAUSED_NOTICE,
        *(f"tier_{one}" for one in set(reviews.Word) - {reviews.Word.NONE}),
    }
    assert without(("broker-notice-",), told) == []


def test_wb3_each_field_of_an_application_has_words() -> None:
    assert without(("field-",), {*questionnaire.ASKED, *applications.FIELDS, "brand_name"}) == []
    assert without(("onboarding-field-",), questionnaire.FIELDS) == []
    assert without(("onboarding-security-",), questionnaire.SECURITY) == []


# -- pages ------------------------------------------------------------------------------------------------------------


def test_wb3_each_phrase_of_why_a_fill_earns_has_words() -> None:
    assert without(("why-said-",), Phrase) == []
    assert without(("broker-reason-",), Reason) == []
    assert without(("why-policy-",), DiscountPolicy) == []
    assert without(("why-channel-",), (one.name for one in Channel)) == []
    assert without(("broker-product-",), Product) == []
    assert [one for one in Party if f"why-party-{one.value}" not in every()] == []


def test_wb3_each_row_and_question_of_the_broker_program_has_words() -> None:
    rows = [f"{one}{part}" for one in broker_pages.COMPARED for part in ("", "-api", "-oauth")]
    assert without(("program-row-",), rows) == []
    for name, points in broker_pages.POINTS.items():
        assert {f"program-question-{name}", f"program-answer-{name}"} <= every()
        assert without(("program-point-",), points) == []


@pytest.mark.parametrize("phase", ["", "Phase 1"])
@pytest.mark.parametrize("asset", ["", "USDT"])
@pytest.mark.parametrize("holders", ["", "80"])
def test_wb3_each_question_of_the_partnership_has_words(phase: str, asset: str, holders: str) -> None:
    told = partner_pages.Told(
        host="H", instruments=1, brands=1, intake_address="a@b.example", phase=phase, asset=asset, holders=holders
    )
    for question, answers, points in partner_pages.asked_now(told):
        assert without(("partnership-",), (question, *answers, *points)) == []
