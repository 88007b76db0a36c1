"""From the sandbox on: PA-21 to PA-23 of docs/rules/partnership.md."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from spec.partnership.desk_here import BEFORE_COMMAND, BTC, HOST_TOKEN, RETAIL, STAKE, USDT, Browser, DesksHere
from spec.partnership.journey import Host, Team, locked_team, sandbox_team
from spec.small_exchange import one, units
from sqlalchemy import update
from structlog.testing import capture_logs

from commonbook.administration import log
from commonbook.administration.roles import HOST, Role
from commonbook.brand import store
from commonbook.brand.model import Document
from commonbook.exchange import Exchange
from commonbook.gateway.desk.program.brands import _opening, open_brand
from commonbook.instrument import store as instrument_store
from commonbook.notice import mail
from commonbook.partnership import verification
from commonbook.partnership.duties import note_token
from commonbook.partnership.model import Item
from commonbook.partnership.verification import Grounds
from commonbook.people import directory
from commonbook.people.factors import remove_totp
from commonbook.records import (
    Channel,
    CommandKind,
    FeeScope,
    KillScope,
    OrderType,
    Refusal,
    Side,
    as_commands,
    refusal_of,
    words,
)
from commonbook.settings import SIMULATED
from commonbook.simulated.configuration import followed
from commonbook.storage.tables import partnership as tables
from commonbook.terms import service as terms
from commonbook.terms.model import EVERYWHERE, Audience, Kind, Line
from commonbook.units import HOUR_NS


def contracted(desks: DesksHere, host: Host, number: int = 0) -> Team:
    team = locked_team(desks, host, number)
    team.accept_contract()
    host.accept_contract(team.reference)
    return team


def trades_live(desks: DesksHere, brand: int) -> bool:
    return (KillScope.BRAND, brand) not in desks.desk.venue.kills


def test_pa21_the_sandbox_opens_a_brand_that_is_stopped_on_the_live_venue(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    host.publish()
    team = contracted(desks, host)
    done = host.move(team.reference, "sandbox")
    found = desks.found(team.reference)
    assert done["outcome"] == {"state": "sandbox", "brand": str(found.brand)}
    assert desks.desk.venue.brands[found.brand].name == "team-0"
    assert not trades_live(desks, found.brand)
    assert trades_live(desks, RETAIL)
    owner = desks.read(lambda connection: directory.find(connection, found.owner))
    assert (owner.brand, owner.state) == (found.brand, directory.PENDING)
    invitation = desks.read(lambda connection: mail.newest(connection, desks.seal, 10))
    assert [(one.to, one.brand) for one in invitation if one.kind == "invitation"] == [
        ("ada0@example.com", found.brand)
    ]
    seen = team.owner().get("/partner/v1/partnership")
    assert (seen["state"], seen["reference"]) == ("sandbox", team.reference)
    brands_log = desks.read(lambda connection: [act.act for act in log.acts(connection, found.brand)])
    assert brands_log == ["create brand", "partnership sandbox"]
    assert brand_state(desks, found.brand) == "sandbox"


def brand_state(desks: DesksHere, brand: int) -> str:
    """What the brand's document says."""
    found = desks.read(lambda connection: store.current(connection, brand))
    return "" if found is None else found.document.state


def test_pa21_the_simulated_venue_takes_the_brand_and_not_the_switch() -> None:
    assert followed(_opening(7, "seven"))["kind"].tolist() == [CommandKind.BRAND]


def test_pa21_one_of_the_host_opens_no_sandbox(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    host.publish()
    team = contracted(desks, host)
    path = f"/host/v1/partnership/applications/{team.reference}/move"
    waiting = host.first.post(path, {"to": "sandbox"})["approval"]
    body = {"payload_hash": waiting["payload_hash"]}
    assert host.first.code(f"/host/v1/approvals/{waiting['id']}/approve", body) == "own_request"
    assert team.state == "contracted"
    assert desks.staff(Role.COMPLIANCE).code(path, {"to": "sandbox"}) == "not_permitted"


def test_pa21_a_name_that_is_taken_opens_nothing(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    host.publish()
    team = contracted(desks, host)
    table = tables.applications
    for name in ("retail", "simulated-house"):
        desks.write(lambda connection, to=name: connection.execute(update(table).values(brand_name=to)))  # type: ignore[misc]
        path = f"/host/v1/partnership/applications/{team.reference}/move"
        failed = host.approve(host.first.post(path, {"to": "sandbox"}))
        assert (failed["state"], failed["outcome"]["code"]) == ("failed", "brand_name_taken")
    assert team.state == "contracted"


def test_pa21_a_death_while_the_brand_is_opened_opens_one(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    host.publish()
    team = contracted(desks, host)
    desks.door.dies_at = BEFORE_COMMAND
    waiting = host.first.post(f"/host/v1/partnership/applications/{team.reference}/move", {"to": "sandbox"})["approval"]
    approve = f"/host/v1/approvals/{waiting['id']}/approve"
    with capture_logs():
        assert host.second.ask("POST", approve, {"payload_hash": waiting["payload_hash"]}).status_code == 500
    desks.again()
    number = desks.found(team.reference).brand
    assert number not in desks.desk.venue.brands
    assert desks.run(open_brand(desks.desk, desks.found(team.reference))) == number  # died again behind the command
    assert desks.run(open_brand(desks.desk, desks.found(team.reference))) == number
    assert [one.name for one in desks.desk.venue.brands.values()] == ["retail", "team-0"]


def test_pa21_two_brands_that_are_opened_have_two_numbers(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    host.publish()
    first, second = (sandbox_team(desks, host, number) for number in (0, 1))
    numbers = [desks.found(team.reference).brand for team in (first, second)]
    assert len(set(numbers)) == 2
    stranger = desks.browser(desks.user(RETAIL, 0, (Role.OWNER,)), RETAIL)
    assert stranger.code("/partner/v1/partnership", method="GET") == "no_such_application"


def test_pa21_what_nothing_keeps_is_open(desks: DesksHere, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.open_phase()
    host.publish()
    team = sandbox_team(desks, host)
    for item in (Item.DOMAIN, Item.LOGO, Item.TERMS, Item.SUPPORT):
        monkeypatch.delitem(verification.SOURCES, item, raising=False)
    owner = team.owner()
    answer = owner.ask("POST", "/partner/v1/partnership/verify", {})
    assert answer.json()["error"]["code"] == "checklist_open"
    assert answer.json()["error"]["values"] == {
        "open": "domain,logo,terms,fees,staff,support,test_order,test_hour",
    }
    assert [one["item"] for one in owner.get("/partner/v1/partnership")["checklist"]] == [*Item]
    assert team.state == "sandbox"


@pytest.mark.parametrize("missing", Item)
def test_pa21_every_item_is_needed(
    desks: DesksHere, host: Host, everything: None, monkeypatch: pytest.MonkeyPatch, missing: Item
) -> None:
    host.open_phase(token_required=False)
    host.publish()
    team = sandbox_team(desks, host)
    owner = team.owner()
    with monkeypatch.context() as patched:
        patched.setitem(verification.SOURCES, missing, lambda grounds: False)
        assert owner.code("/partner/v1/partnership/verify") == "checklist_open"
    assert owner.post("/partner/v1/partnership/verify")["state"] == "verified"
    path = f"/host/v1/partnership/applications/{team.reference}/move"
    monkeypatch.setitem(verification.SOURCES, missing, lambda grounds: False)
    assert host.first.code(path, {"to": "live"}) == "checklist_open"  # it is looked at once more
    host.move(team.reference, "sandbox", "item_missing")
    assert team.state == "sandbox"


def grounds(desks: DesksHere, brand: int, connection: Any, simulated: Any = None, tables_there: Any = None) -> Grounds:
    return Grounds(brand, desks.desk.venue, connection, simulated, tables_there, time.time_ns(), HOUR_NS)


def is_open(desks: DesksHere, brand: int, item: Item) -> bool:
    return desks.read(lambda connection: not verification.SOURCES[item](grounds(desks, brand, connection)))


def test_pa23_the_application_alone_takes_a_partners_brand_from_state_to_state(
    desks: DesksHere, host: Host, everything: None
) -> None:
    host.open_phase(token_required=False)
    host.publish()
    team = sandbox_team(desks, host)
    brand = desks.found(team.reference).brand
    for state in ("live", "closed"):
        assert host.first.code(f"/host/v1/brands/{brand}/state", {"state": state}) == "partnership_decides"
    assert brand_state(desks, brand) == "sandbox"
    assert not trades_live(desks, brand)


def test_pa21_a_domain_that_is_proved(desks: DesksHere) -> None:
    desks.write(lambda connection: store.keep_domains(connection, RETAIL, ["retail.example"]))
    assert is_open(desks, RETAIL, Item.DOMAIN)
    one = desks.read(lambda connection: store.find_domain(connection, RETAIL, "retail.example"))
    desks.write(lambda connection: store.note_proved(connection, one, "dns", 1))
    assert not is_open(desks, RETAIL, Item.DOMAIN)


def test_pa21_a_logo_and_a_support_address(desks: DesksHere) -> None:
    assert is_open(desks, RETAIL, Item.LOGO)
    hashed = desks.write(lambda connection: store.keep_file(connection, RETAIL, "image/png", b"png"))
    document = Document(name="retail", title="Retail", logo="0" * 64)
    desks.write(lambda connection: store.add_version(connection, RETAIL, 0, document, "host", ""))
    assert is_open(desks, RETAIL, Item.LOGO)  # no such file
    assert is_open(desks, RETAIL, Item.SUPPORT)
    document = Document(name="retail", title="Retail", logo=hashed, support="help@retail.example")
    desks.write(lambda connection: store.add_version(connection, RETAIL, 1, document, "host", ""))
    assert not is_open(desks, RETAIL, Item.LOGO)
    assert not is_open(desks, RETAIL, Item.SUPPORT)


def test_pa21_every_kind_of_terms_is_in_force_wherever_the_brand_serves(desks: DesksHere) -> None:
    def publish(kind: Kind, country: str = EVERYWHERE, audience: Audience = Audience.TRADER) -> None:
        line = Line(RETAIL, country, audience, kind)
        desks.write(lambda connection: terms.publish(connection, line, {"en": "Text."}, 1, True))

    publish(Kind.TERMS)
    publish(Kind.RISK)
    publish(Kind.PRIVACY, audience=Audience.STAFF)  # for others
    assert is_open(desks, RETAIL, Item.TERMS)
    publish(Kind.PRIVACY, "DE")
    assert is_open(desks, RETAIL, Item.TERMS)  # there alone
    served = Document(name="retail", title="Retail", countries=("DE",))
    desks.write(lambda connection: store.add_version(connection, RETAIL, 0, served, "host", ""))
    assert not is_open(desks, RETAIL, Item.TERMS)


def test_pa21_a_fee_schedule_stands_on_the_floor(desks: DesksHere) -> None:
    brand = 7
    desks.submit(one(CommandKind.BRAND, brand=brand, name=b"seven"))
    assert is_open(desks, brand, Item.FEES)  # no schedule at all
    rates = {"scope": FeeScope.BRAND, "brand": brand, "maker_rate_e8": 20_000, "taker_rate_e8": 100_000}
    desks.submit(one(CommandKind.FEES, level=1, **rates))
    assert is_open(desks, brand, Item.FEES)  # none for customers without a level
    desks.submit(one(CommandKind.FEES, **rates))
    assert not is_open(desks, brand, Item.FEES)
    venue = desks.desk.venue  # F-4 lets neither come about; it is looked at all the same
    floor = replace(venue.floor, maker_e8=20_001)
    below = replace(venue, floor=floor)
    found = desks.read(
        lambda connection: verification.SOURCES[Item.FEES](replace(grounds(desks, brand, connection), venue=below))
    )
    assert not found


def test_pa21_two_of_the_staff_with_a_second_factor(desks: DesksHere) -> None:
    def staff(has_factor: bool, brand: int = RETAIL) -> None:
        user = desks.user(brand, 0, (Role.SUPPORT,))
        if not has_factor:
            desks.write(lambda connection: remove_totp(connection, user))

    staff(True)
    staff(False)
    assert is_open(desks, RETAIL, Item.STAFF)
    staff(True, HOST)  # the host's people are not the brand's
    assert is_open(desks, RETAIL, Item.STAFF)
    staff(True)
    assert not is_open(desks, RETAIL, Item.STAFF)


def test_pa21_an_order_and_a_settled_hour_on_the_simulated_venue(desks: DesksHere) -> None:
    """A fill of the brand on the simulated venue, in an hour that is over and settled."""
    brand = 9
    with Exchange.open(desks.folder / SIMULATED, desks.settings) as simulated:
        tell = simulated.back_office
        simulated.submit(_pair(brand))

        def both(now_ns: int) -> tuple[bool, bool]:
            with tell.database.connect() as there, desks.door.database.connect() as here:
                venue = instrument_store.load(there)
                found = Grounds(brand, desks.desk.venue, here, venue, there, now_ns, HOUR_NS)
                items = (Item.TEST_ORDER, Item.TEST_HOUR)
                return tuple(verification.SOURCES[item](found) for item in items)  # type: ignore[return-value]

        now_ns = time.time_ns()
        assert both(now_ns) == (False, False)
        simulated.submit(_order(3_001, Side.SELL))
        assert both(now_ns) == (True, False)
        simulated.submit(_order(3_002, Side.BUY))
        assert both(now_ns) == (True, False)  # its hour is not over
        later_ns = now_ns + 3 * HOUR_NS
        assert both(later_ns) == (True, False)  # it is not settled
        over = one(CommandKind.TIME)
        over["time_ns"] = later_ns
        simulated.submit(over, timed=True)
        simulated.settle(timed=True)
        assert both(later_ns) == (True, True)


def _pair(brand: int) -> Any:
    setting = (
        one(CommandKind.ASSET, asset=USDT, scale=8, name=b"USDT"),
        one(CommandKind.ASSET, asset=BTC, scale=8, name=b"BTC"),
        one(
            CommandKind.INSTRUMENT,
            instrument=1,
            name=b"BTC-USDT",
            base_asset=BTC,
            quote_asset=USDT,
            tick_mantissa=1,
            lot_mantissa=1,
            lot_scale=8,
            minimum_lots=1,
        ),
        one(CommandKind.BRAND, brand=brand, name=b"nine"),
        *(one(CommandKind.ACCOUNT, account=number, person=number, brand=brand) for number in (3_001, 3_002)),
        *(_funds(number, asset) for number in (3_001, 3_002) for asset in (USDT, BTC)),
    )
    return as_commands(*setting)


def _funds(account: int, asset: int) -> Any:
    record = one(CommandKind.DEPOSIT, account=account, asset=asset, key=f"{account}:{asset}".encode())
    record["amount"] = words(units("1000"))
    return record


def _order(account: int, side: Side) -> Any:
    fields = {"order_type": OrderType.LIMIT, "channel": Channel.API, "instrument": 1, "price_ticks": 1}
    return one(CommandKind.ORDER, account=account, side=side, quantity_lots=units("1"), attribution=1, **fields)


def test_pa22_without_token_and_schedules_nobody_goes_live(desks: DesksHere, host: Host, everything: None) -> None:
    host.open_phase()
    host.publish()
    team = sandbox_team(desks, host)
    team.owner().post("/partner/v1/partnership/verify")
    path = f"/host/v1/partnership/applications/{team.reference}/move"
    brand = desks.found(team.reference).brand
    for issued, bound, why in ((False, False, "token_not_issued"), (True, False, "schedules_not_bound")):
        desks.write(
            lambda connection, a=issued, b=bound: note_token(  # type: ignore[misc]
                connection, desks.found(team.reference), "token", a, b, "token:1"
            )
        )
        assert host.first.code(path, {"to": "live"}) == why
        assert not trades_live(desks, brand)
    desks.write(lambda connection: note_token(connection, desks.found(team.reference), "token", True, True, "token:1"))
    host.move(team.reference, "live")
    assert team.state == "live"
    told = desks.read(lambda connection: [one for one in log.acts(connection, HOST) if one.act == "partnership token"])
    assert json.loads(told[-1].details) == {"token_issued": True, "schedules_bound": True, "source": "token:1"}
    assert [one.act for one in desks.read(lambda connection: list(log.acts(connection, brand)))].count(
        "partnership token"
    ) == 3


def test_pa22_nothing_else_writes_these_flags() -> None:
    root = Path(verification.__file__).parents[1]
    writers = [
        path.name
        for path in root.rglob("*.py")
        if "token_issued=" in path.read_text() and path.name not in ("applications.py", "facts.py")
    ]
    assert writers == ["duties.py"]


def order_is_refused(desks: DesksHere, account: int) -> bool:
    """Whether the live venue takes no order of the account, because of a kill switch."""
    events = desks.door._submit(_order(account, Side.BUY))[0]
    return refusal_of(events) is Refusal.KILLED


@pytest.fixture
def live_team(desks: DesksHere, host: Host, everything: None) -> Team:
    host.open_phase(token_required=False)
    host.publish()
    team = sandbox_team(desks, host)
    brand = desks.found(team.reference).brand
    desks.submit(
        one(
            CommandKind.INSTRUMENT,
            instrument=1,
            name=b"BTC-USDT",
            base_asset=BTC,
            quote_asset=USDT,
            tick_mantissa=1,
            lot_mantissa=1,
            lot_scale=8,
            minimum_lots=1,
        ),
        one(CommandKind.ACCOUNT, account=5_001, person=5_001, brand=brand),
        _funds(5_001, USDT),
    )
    assert order_is_refused(desks, 5_001)  # in the sandbox nothing trades on the live venue
    team.owner().post("/partner/v1/partnership/verify")
    host.move(team.reference, "live")
    return team


def test_pa23_a_live_brand_trades_and_a_suspended_one_does_not(desks: DesksHere, host: Host, live_team: Team) -> None:
    brand = desks.found(live_team.reference).brand
    assert not order_is_refused(desks, 5_001)
    assert brand_state(desks, brand) == "live"
    host.move(live_team.reference, "suspended", "sanctions_hit")
    assert live_team.state == brand_state(desks, brand) == "suspended"
    assert order_is_refused(desks, 5_001)
    told = live_team.told()
    assert (told["timeline"][-1]["reason"], told["awaits"]["state"]) == ("sanctions_hit", "live")
    host.move(live_team.reference, "live")
    assert not order_is_refused(desks, 5_001)
    assert desks.nobody.get("/program/v1/program")["brands"] == 2


def test_pa23_one_suspends_and_two_resume(desks: DesksHere, host: Host, live_team: Team) -> None:
    path = f"/host/v1/partnership/applications/{live_team.reference}/move"
    assert host.first.code(path, {"to": "suspended"}) == "no_reason"
    lone = desks.staff(Role.COMPLIANCE)
    assert lone.post(path, {"to": "suspended", "reason": "complaint"})["approval"] is None
    waiting = lone.post(path, {"to": "live"})["approval"]
    body = {"payload_hash": waiting["payload_hash"]}
    assert lone.code(f"/host/v1/approvals/{waiting['id']}/approve", body) == "own_request"
    assert live_team.state == "suspended"


@pytest.mark.parametrize(("to", "why"), [("suspended", "complaint")])
def test_pa23_a_death_behind_the_move_stops_the_brand_all_the_same(
    desks: DesksHere, host: Host, live_team: Team, to: str, why: str
) -> None:
    desks.door.dies_at = BEFORE_COMMAND
    path = f"/host/v1/partnership/applications/{live_team.reference}/move"
    with capture_logs():
        assert host.first.ask("POST", path, {"to": to, "reason": why}).status_code == 500
    desks.again()
    found = desks.found(live_team.reference)
    assert (found.state, found.stop_pending) == (to, True)
    assert trades_live(desks, found.brand)
    desks.keep()
    assert not trades_live(desks, found.brand)
    assert not desks.found(live_team.reference).stop_pending


def test_pa23_who_leaves_while_live_goes_on_until_the_end(desks: DesksHere, host: Host, live_team: Team) -> None:
    owner: Browser = live_team.owner()
    left = owner.post("/partner/v1/partnership/leave")
    assert left["state"] == "offboarding"
    assert brand_state(desks, desks.found(live_team.reference).brand) == "offboarding"
    desks.keep()
    assert not order_is_refused(desks, 5_001)
    table = tables.applications
    desks.write(lambda connection: connection.execute(update(table).values(notice_ends_ns=1)))
    desks.keep()
    assert order_is_refused(desks, 5_001)  # before anybody has settled anything
    desks.keep()
    assert not desks.found(live_team.reference).stop_pending
    path = f"/host/v1/partnership/applications/{live_team.reference}/settle"
    assert host.approve(host.first.post(path, {"obligations": []}))["outcome"] == {"state": "closed"}
    assert order_is_refused(desks, 5_001)
    assert brand_state(desks, desks.found(live_team.reference).brand) == "closed"
    assert desks.available(live_team.account, HOST_TOKEN) == units(STAKE)


def test_pa23_the_host_ends_a_partnership_with_four_eyes(desks: DesksHere, host: Host, live_team: Team) -> None:
    path = f"/host/v1/partnership/applications/{live_team.reference}/move"
    assert desks.staff(Role.OPERATIONS).code(path, {"to": "offboarding"}) == "not_permitted"
    done = host.move(live_team.reference, "offboarding")
    assert done["outcome"] == {"state": "offboarding"}
    assert live_team.told()["timeline"][-1]["role"] == "host"
