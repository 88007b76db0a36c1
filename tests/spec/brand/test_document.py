"""A brand's document: what may stand in it, its versions, and the way back. BR-2, BR-3, BR-5 to BR-7."""
# ruff: noqa: RUF001 - letters that look like others are what this is about

from collections.abc import Iterator
from dataclasses import replace as with_fields
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, update

from commonbook.administration.log import acts
from commonbook.administration.roles import HOST
from commonbook.brand import colours, rules, service, store
from commonbook.brand.model import Colours, Document, Fonts, Limits, State, Switches
from commonbook.brand.rules import Known
from commonbook.brand.service import Author
from commonbook.errors import Declined
from commonbook.instrument.model import Brand
from commonbook.settings import HostSettings, Settings
from commonbook.storage.database import open_database
from commonbook.storage.tables.brand import brand_versions

RIGHT = Document(name="north", title="North")
KNOWN = Known(
    fonts=frozenset({"system", "serif", "mono"}),
    logos=frozenset({"a" * 64}),
    hosts_domains=("hosthouse.com",),
    others_domains=frozenset({"taken.com", "paypal-ex.com"}),
)
BRAND = Brand(7, "north")
TEAM = Author("user:1", 7)
STAFF = Author("user:2", HOST)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    found = open_database(f"sqlite:///{tmp_path / 'tables.db'}")
    yield found
    found.dispose()


def faults(**changes: Any) -> dict[str, str]:
    document = rules.normal(replace(RIGHT, **changes))
    return {one.field: one.why for one in rules.faults(document, KNOWN)}


def test_br2_a_whole_document_is_right() -> None:
    assert faults() == {}
    whole = {
        "title": "Börse Nord",
        "domains": ("North-Exchange.com", "bücher-börse.de"),
        "logo": "a" * 64,
        "fonts": Fonts(heading="serif"),
        "languages": ("en", "de", "pt-BR", "zh-Hans", "ar"),
        "texts": {"front.tagline": {"en": "Trade.", "ar": "تداول"}},
        "support": "help@north-exchange.com",
        "sender": "no-reply@mail.north-exchange.com",
        "countries": ("de", "FR"),
        "limits": Limits(users=1_000),
        "switches": Switches(deposits=False),
    }
    assert faults(**whole) == {}


def test_br2_every_fault_is_told_at_once_with_field_and_value() -> None:
    wrong = replace(
        RIGHT,
        name="North Exchange",
        title="",
        domains=("*.north.com", "north.com", "north.com"),
        logo="b" * 64,
        fonts=Fonts(body="comic"),
        languages=("en", "english", "en"),
        texts={"BAD KEY": {"fr": "x"}, "front.tagline": {"en": "a\u202eb"}},
        support="nobody",
        sender="x@elsewhere.com",
        countries=("DE", "XX", "EU"),
        limits=Limits(users=-1),
    )
    found = {one.field: one for one in rules.faults(rules.normal(wrong), KNOWN)}
    assert set(found) == {
        *("name", "title", "domains[0]", "domains[2]", "logo", "fonts.body", "languages[1]", "languages[2]"),
        *("texts.BAD KEY", "texts.BAD KEY.fr", "texts.front.tagline.en", "support", "sender"),
        *("countries[1]", "countries[2]", "limits.users"),
    }
    assert found["fonts.body"].value == "'comic'"
    assert found["fonts.body"].why == "choose of mono, serif, system"
    assert found["limits.users"].value == "-1"


def test_br2_fields_that_cannot_be_read_are_told_together() -> None:
    document, found = rules.read({"title": 3, "colour": "#fff", "colours": {"text": 1}, "limits": {"people": 1}})
    assert document is None
    assert {one.field for one in found} == {"name", "title", "colour", "colours", "limits"}
    with pytest.raises(Declined) as told:
        service.read({"name": "north", "title": 3, "more": 1})
    assert told.value.code == "invalid_brand"
    assert set(told.value.values) == {"title", "more"}
    assert service.read({"name": "north", "title": "North", "state": "live"}).state is State.LIVE


@pytest.mark.parametrize(
    "name", ["", "-north", "north-", "North", "no rth", "n" * 33, "www", "xn--nrth-5qa", "nörth", "a.b"]
)
def test_br2_a_name_is_a_label_of_an_address(name: str) -> None:
    assert "name" in {one.field for one in rules.faults(replace(RIGHT, name=name), KNOWN)}


@pytest.mark.parametrize("title", [" ", "a" * 61, "two\nlines", "tab\tbed", "zero\u200bwidth", "turned \u202e round"])
def test_br2_a_title_is_one_line_that_can_be_shown(title: str) -> None:
    assert "title" in {one.field for one in rules.faults(replace(RIGHT, title=title), KNOWN)}


def test_br3_black_on_white_is_21_and_the_pairs_are_held_against_4_5() -> None:
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the well-known grey that fails
    assert colours.contrast("#767676", "#ffffff") >= 4.5
    assert colours.unreadable(Colours()) == []
    assert faults(colours=Colours(text="#777777")).keys() == {"colours.text"}
    (first, _) = rules.faults(replace(RIGHT, colours=Colours(text="#777777")), KNOWN)
    assert first.why == "its contrast with background #ffffff is 4.48; at least 4.5 can be read"
    assert faults(colours=Colours(on_accent="#1b4dd8")).keys() == {"colours.on_accent"}


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345", "#1234567", "#12345g", "rgb(0,0,0)", "#000000;}", ""])
def test_br3_a_colour_is_rrggbb_and_nothing_else(colour: str) -> None:
    assert faults(colours=Colours(accent=colour)) == {"colours.accent": "a colour is #rrggbb"}


# -- versions ---------------------------------------------------------------------------------------------------------


def change(database: Engine, based_on: int, author: Author = TEAM, note: str = "", **fields: Any) -> int:
    with database.begin() as connection:
        before = service.current(connection, BRAND).document
        document = replace(before, **fields)
        return service.change(connection, Settings(), BRAND, based_on, document, author, note).version


def refused(database: Engine, based_on: int, author: Author = TEAM, **fields: Any) -> Declined:
    with pytest.raises(Declined) as told:
        change(database, based_on, author, **fields)
    return told.value


def test_br5_each_change_is_a_version_with_who_when_why_and_its_hash(database: Engine) -> None:
    assert change(database, 0, title="Nord", note="a better word") == 1
    assert change(database, 1, author=STAFF, limits=Limits(users=5)) == 2
    with database.connect() as connection:
        newest, first = store.versions(connection, 7, 10)
        told = [(one.actor, one.act, one.subject) for one in acts(connection, 7)]
        hosts = [(one.actor, one.act, one.subject) for one in acts(connection, HOST)]
    assert (first.version, first.author, first.note, first.document.title) == (1, "user:1", "a better word", "Nord")
    assert newest.author == "host"  # a brand learns that it was the host, and not who of it
    assert first.hash == store.hash_of(first.document) != newest.hash
    assert first.time_ns <= newest.time_ns
    assert told == [("user:1", "change brand", "version:1"), ("host", "change brand", "version:2")]
    assert hosts == [("user:2", "change brand", "brand:7 version:2")]


def test_br5_of_two_editors_the_second_is_told_that_it_is_too_late(database: Engine) -> None:
    change(database, 0, title="Nord")
    change(database, 1, title="Norden")
    late = refused(database, 1, title="Nordwind")
    assert late.code == "stale_version"
    assert late.values == {"based_on": 1, "newest": 2}
    assert refused(database, 5, title="Nordwind").code == "stale_version"
    with database.connect() as connection:
        assert service.current(connection, BRAND).document.title == "Norden"


def test_br5_what_says_the_same_is_no_version(database: Engine) -> None:
    change(database, 0, title="Nord")
    assert refused(database, 1, title="Nord").code == "not_changed"


def test_br5_what_the_host_decides_is_not_the_teams(database: Engine) -> None:
    change(database, 0, title="Nord")
    wrong = refused(database, 1, limits=Limits(users=9), names_host=True, title="Norden")
    assert wrong.code == "host_decides"
    assert set(wrong.values) == {"limits", "names_host"}
    for author in (TEAM, STAFF):
        assert refused(database, 1, author, name="south").values.keys() == {"name"}
        assert refused(database, 1, author, state=State.CLOSED).values.keys() == {"state"}


def test_br5_a_document_that_is_wrong_leaves_everything_as_it_was(database: Engine) -> None:
    change(database, 0, domains=("north-ex.com",))
    assert refused(database, 1, domains=("north-ex.com", "10.0.0.1")).code == "invalid_brand"
    with database.connect() as connection:
        assert [one.domain for one in store.domains_of(connection, 7)] == ["north-ex.com"]
        assert store.newest_number(connection, 7) == 1


def test_br6_undo_is_a_new_version_that_says_what_an_older_one_said(database: Engine) -> None:
    change(database, 0, title="Nord", domains=("north-ex.com",))
    change(database, 1, title="Norden", domains=())
    with database.begin() as connection:
        made = service.undo(connection, Settings(), BRAND, 2, 1, TEAM, "")
        first = store.find_version(connection, 7, 1)
        domains = [one.domain for one in store.domains_of(connection, 7)]
    assert (made.version, made.hash, made.note) == (3, first.hash, "back to version 1")
    assert domains == ["north-ex.com"]
    with database.begin() as connection, pytest.raises(Declined, match="there is no version 9"):
        service.undo(connection, Settings(), BRAND, 3, 9, TEAM, "")
    with database.begin() as connection, pytest.raises(Declined, match="not the newest"):
        service.undo(connection, Settings(), BRAND, 2, 1, TEAM, "")


def test_br6_undo_by_the_team_does_not_bring_back_what_the_host_has_taken(database: Engine) -> None:
    change(database, 0, STAFF, title="Nord", limits=Limits(users=100))
    change(database, 1, STAFF, title="Norden", limits=Limits(users=5))
    with database.begin() as connection:
        made = service.undo(connection, Settings(), BRAND, 2, 1, TEAM, "")
    assert (made.document.title, made.document.limits.users) == ("Nord", 5)


def test_br7_the_ways_between_states(database: Engine) -> None:
    def move(to: State) -> State:
        with database.begin() as connection:
            return service.move(connection, Settings(), BRAND, to, STAFF, "").document.state

    assert move(State.LIVE) is State.LIVE  # of a brand that nobody has described: it is live, and stays so
    assert move(State.SUSPENDED) is State.SUSPENDED
    assert move(State.SUSPENDED) is State.SUSPENDED  # done again
    assert move(State.LIVE) is State.LIVE
    with pytest.raises(Declined, match="cannot be sandbox"):
        move(State.SANDBOX)
    assert move(State.CLOSED) is State.CLOSED
    for state in (State.LIVE, State.SUSPENDED, State.SANDBOX):
        with pytest.raises(Declined, match="goes to: nowhere"):
            move(state)
    with database.connect() as connection:
        assert [one.document.state for one in store.versions(connection, 7, 9)] == ["closed", "live", "suspended"]


@pytest.mark.parametrize(
    ("state", "sign_ups", "deposits", "withdrawals"),
    [
        (State.SANDBOX, False, False, False),
        (State.LIVE, True, True, True),
        (State.SUSPENDED, False, False, True),
        (State.OFFBOARDING, False, False, True),
        (State.CLOSED, False, False, True),
    ],
)
def test_br7_what_each_state_takes(state: State, sign_ups: bool, deposits: bool, withdrawals: bool) -> None:
    document = replace(RIGHT, state=state)
    taken = (document.takes_sign_ups, document.takes_deposits, document.takes_withdrawals(99))
    assert taken == (sign_ups, deposits, withdrawals)
    off = replace(document, switches=Switches(False, False, False))
    assert not any((off.takes_sign_ups, off.takes_deposits, off.takes_withdrawals(99)))


def test_br7_a_brand_that_nobody_has_described_is_live(database: Engine) -> None:
    with database.connect() as connection:
        found = service.current(connection, BRAND)
    assert (found.version, found.document.title, found.document.state) == (0, "north", State.LIVE)


def test_li1_what_a_brand_lists_is_no_part_of_its_document_and_older_versions_are_read_without_it(
    database: Engine,
) -> None:
    with pytest.raises(Declined) as declined:
        service.read({"name": "north", "title": "North", "listed": ["BTC-USDT"]})
    assert declined.value.code == "invalid_brand"
    older = store.canonical(RIGHT).replace('{"', '{"listed":["BTC-USDT"],"', 1)
    with database.begin() as connection:
        store.add_version(connection, BRAND.id, 0, RIGHT, "", "")
        connection.execute(update(brand_versions).values(document=older))
        found = store.find_version(connection, BRAND.id, 1)
    assert (found.document, found.hash) == (RIGHT, store.hash_of(RIGHT))


def test_br9_the_hosts_domains_and_what_others_have_proved_cannot_be_named() -> None:
    for domain in ("hosthouse.com", "a.hosthouse.com", "taken.com", "TAKEN.com."):
        assert faults(domains=(domain,)) == {"domains[0]": "it is taken"}
    assert faults(domains=("paypaI-ex.com",)) == {}  # as DNS has it: paypai
    for twin in ("paypa1-ex.com", "рaypal-ex.com", "раураl-ex.com", "payp\u0430l-ex.com"):
        assert "domains[0]" in faults(domains=(twin,)), twin
    many = with_fields(KNOWN, domains_most=1)
    told = rules.faults(replace(RIGHT, domains=("a-ex.com", "b-ex.com")), many)
    assert [one.why for one in told] == ["at most 1"]


def test_br2_the_settings_are_what_documents_are_held_against(database: Engine) -> None:
    settings = Settings(host=HostSettings(name="Hosthouse", domains=("hosthouse.com",)))
    document = replace(RIGHT, state=State.LIVE, domains=("x.hosthouse.com",))
    with database.begin() as connection, pytest.raises(Declined) as told:
        service.change(connection, settings, BRAND, 0, document, TEAM, "")
    assert "hosthouse" not in str(told.value).replace("x.hosthouse.com", "")
