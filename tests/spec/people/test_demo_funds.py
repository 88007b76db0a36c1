"""What a demo gives to who signs up. DM-1 to DM-3 of docs/rules/demo.md."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from spec.people.town import AURORA, BOREALIS, BTC, SETTINGS, USDT, Browser, Town, opened_town
from spec.staff import staff_member

from commonbook.administration.roles import Role
from commonbook.console.demo_folder import FUNDS, is_demo, mark, must_be_demo, with_funds
from commonbook.errors import BadInput
from commonbook.identity.sessions import open_session
from commonbook.records import amount
from commonbook.settings import DemoSettings, Settings
from commonbook.simulated.funds import deposit

PATH = "/account/v1/demo-funds"
GIVEN = [{"ccy": "BTC", "amount": "0.1"}, {"ccy": "USDT", "amount": "10000"}]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    settings = replace(SETTINGS, demo=DemoSettings(funds=FUNDS | {"DOGE": "7"}))
    with opened_town(tmp_path_factory.mktemp("town"), settings) as found:
        yield found


def held(town: Town, account: int) -> dict[int, int]:
    rows = town.run(town.core.balances(account))
    return {int(row["asset"]): amount(row["available"]) for row in rows}


def logged(town: Town, user: int) -> int:
    wanted = "SELECT count(*) FROM audit_log WHERE act = 'receive demo funds' AND subject = :subject"
    return int(town.rows(wanted, subject=f"user:{user}")[0][0])


def test_dm1_a_folder_of_no_demo_gives_none_and_does_not_start_with_the_setting(tmp_path: Path) -> None:
    assert Settings().demo.funds == {}
    assert with_funds(tmp_path, Settings()) == Settings()
    must_be_demo(tmp_path, Settings())
    with pytest.raises(BadInput, match=r"demo\.funds is set, and .* is no folder of `commonbook demo`"):
        must_be_demo(tmp_path, replace(Settings(), demo=DemoSettings(funds=FUNDS)))
    mark(tmp_path)
    assert is_demo(tmp_path)
    assert with_funds(tmp_path, Settings()).demo.funds == {"USDT": "10000", "BTC": "0.1"}
    must_be_demo(tmp_path, with_funds(tmp_path, Settings()))
    own = replace(Settings(), demo=DemoSettings(funds={"USDT": "5"}))
    assert with_funds(tmp_path, own) == own
    for wrong in ("-5", "0", "0.00", "1e3", "all"):
        with pytest.raises(BadInput, match=f"USDT = '{wrong}' is no amount above zero"):
            must_be_demo(tmp_path, replace(Settings(), demo=DemoSettings(funds={"USDT": wrong})))


def test_dm2_a_user_is_given_them_once_by_deposits_of_the_journal(town: Town) -> None:
    member = town.member()
    assert member.get(PATH) == {"amounts": GIVEN, "received": False}
    assert member.post(PATH) == {"amounts": GIVEN, "received": True}
    assert held(town, member.account) == {BTC: 10**7, USDT: 10_000 * 10**8}
    assert member.refused("POST", PATH) == "already_received"
    assert member.get(PATH) == {"amounts": GIVEN, "received": True}
    assert held(town, member.account) == {BTC: 10**7, USDT: 10_000 * 10**8}
    assert logged(town, member.user) == 1
    assert town.exchange.ledger_difference() == {}


def test_dm2_of_many_askings_at_once_one_has_its_effect_at_two_gateways(town: Town) -> None:
    member = town.member(BOREALIS)
    other = Browser(
        town, member.host, member.address, town.open_gateway(), cookies=dict(member.cookies), csrf=member.csrf
    )
    answers = town.together([one.send("POST", PATH) for one in (member, other) * 4])
    assert sorted(one.status_code for one in answers) == [200] + [409] * 7
    assert held(town, member.account) == {BTC: 10**7, USDT: 10_000 * 10**8}
    assert logged(town, member.user) == 1


def test_dm2_who_was_cut_off_between_two_currencies_is_given_the_other(town: Town) -> None:
    member = town.member()
    btc = town.desk.venue.assets[BTC]
    town.send(deposit(member.account, btc, 10**7, f"demo:{member.user}:{BTC}".encode()))
    assert member.get(PATH)["received"] is False
    assert member.post(PATH)["received"] is True
    assert held(town, member.account) == {BTC: 10**7, USDT: 10_000 * 10**8}


def test_dm2_who_has_no_account_is_told_so_and_offered_nothing(town: Town) -> None:
    user = town.write(lambda connection: staff_member(connection, town.seal, AURORA, Role.OWNER))
    session = town.write(lambda connection: open_session(connection, 0, AURORA, 3_600, user))
    invited = town.browser()
    invited.cookies["session"], invited.csrf = session.token, session.csrf
    assert invited.get(PATH) == {"amounts": [], "received": False}
    assert invited.refused("POST", PATH) == "no_such_account"


def test_dm2_an_exchange_that_is_no_demo_gives_nothing_and_says_so(town: Town) -> None:
    member = town.member()
    live = Browser(town, member.host, member.address, town.open_gateway(SETTINGS), cookies=dict(member.cookies))
    live.csrf = member.csrf
    assert live.get(PATH) == {"amounts": [], "received": False}
    assert live.refused("POST", PATH) == "no_demo"
    assert live.last is not None
    assert "deposits" in live.last.json()["error"]["message"]
    assert held(town, member.account) == {}
