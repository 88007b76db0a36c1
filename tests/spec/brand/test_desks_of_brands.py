"""Brands at the desks: created by the host, changed by their teams, taken live by two. BR-1, BR-4 to BR-7, BR-10."""

import base64
from typing import Any

import pytest
from spec.brand.served import Served

from commonbook.administration.log import acts
from commonbook.administration.roles import Role
from commonbook.brand.model import State
from commonbook.instrument.model import Rates
from commonbook.records import KillScope

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L1 1Z"/></svg>'


def creation(name: str, **more: Any) -> dict[str, Any]:
    return {"document": {"name": name, "title": name.title()}} | more


# -- creating ---------------------------------------------------------------------------------------------------------


def test_br1_a_brand_is_created_and_served_at_once(served: Served) -> None:
    assert served.get("anemone.localhost").status_code == 404
    made = served.create("anemone", texts={"front.tagline": {"en": "All that blows."}})
    assert (made["is_new"], made["version"]["version"], made["version"]["document"]["state"]) == (True, 1, "sandbox")
    page = served.get("anemone.localhost")
    assert page.status_code == 200
    assert "All that blows." in page.text
    number = served.number("anemone")  # once the tables hold it
    venue = served.venue()
    assert number == int(made["brand"])
    assert venue.schedules[number, 0] == Rates(venue.floor.maker_e8, venue.floor.taker_e8, False)


def test_br1_the_same_act_again_changes_nothing_and_another_document_is_refused(served: Served) -> None:
    host, body = served.host(), creation("bellis", fees=[{"level": 0, "maker": "0.001", "taker": "0.002"}])
    first = host.ask("POST", "/host/v1/brands", body)[1]
    served.number("bellis")  # once the tables hold it
    count = len(served.venue().brands)
    again = host.ask("POST", "/host/v1/brands", body)[1]
    assert (again["brand"], again["is_new"], again["version"]) == (first["brand"], False, first["version"])
    assert len(served.venue().brands) == count
    other = creation("bellis", document={"name": "bellis", "title": "Another"})
    assert host.code("POST", "/host/v1/brands", other) == "brand_exists"
    assert served.venue().schedules[int(first["brand"]), 0] == Rates(100_000, 200_000, False)


def test_br1_what_is_wrong_is_refused_before_the_first_command(served: Served) -> None:
    host, count = served.host(), len(served.venue().brands)
    wrong = {"name": "crocus", "title": "", "colours": {"text": "#eeeeee"}, "countries": ["XX"], "state": "sandbox"}
    status, told = host.ask("POST", "/host/v1/brands", {"document": wrong})
    assert (status, told["error"]["code"]) == (400, "invalid_brand")
    assert set(told["error"]["values"]) == {"title", "colours.text", "countries[0]"}
    fees = [{"level": 0, "maker": "0.0001", "taker": "0.001"}, {"level": 11, "maker": "0.001", "taker": "0.001"}]
    fees += [{"level": 1, "maker": "x", "taker": "1"}]
    status, told = host.ask("POST", "/host/v1/brands", creation("crocus", fees=fees))
    assert set(told["error"]["values"]) == {"fees[0].maker", "fees[1].level", "fees[2].maker", "fees[2].taker"}
    assert "from the floor of the venue, 0.02 %" in told["error"]["values"]["fees[0].maker"]
    for body, code in (
        (creation("crocus", logo=base64.b64encode(b"<html/>").decode()), "bad_request"),
        (creation("crocus", document={"name": "crocus", "title": "C", "state": "live"}), "invalid_brand"),
        (creation("crocus", document={"name": "Crocus", "title": "C"}), "invalid_brand"),
        ({"document": {"title": "C"}}, "invalid_brand"),
        (creation("crocus", more=1), "bad_request"),
    ):
        assert host.code("POST", "/host/v1/brands", body) == code
    assert len(served.venue().brands) == count


def test_br1_creating_is_the_hosts_and_needs_the_role(served: Served) -> None:
    body = creation("dahlia")
    assert served.host(Role.FINANCE).code("POST", "/host/v1/brands", body) == "not_permitted"
    assert served.team("aurora", Role.OWNER).code("POST", "/host/v1/brands", body) == "no_such_path"
    assert served.team("aurora", Role.OWNER).code("POST", "/host/v1/brands", body, host="127.0.0.1") == "sign_in"


def test_br1_what_was_broken_off_behind_the_brands_command_is_completed(served: Served) -> None:
    made = served.create("erica")
    number = int(made["brand"])
    with served.database.begin() as connection:
        for table in ("brand_versions", "brand_files"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE brand = {number}")
    again = served.create("erica")
    assert (again["brand"], again["is_new"], again["version"]["version"]) == (made["brand"], True, 1)


# -- the team's own ---------------------------------------------------------------------------------------------------


def test_br5_the_team_changes_its_brand_and_nobody_elses(served: Served) -> None:
    served.create("fuchsia")
    team = served.team("fuchsia")
    status, now = team.ask("GET", "/partner/v1/brand")
    assert (status, now["version"]) == (200, 1)
    document = now["document"] | {"title": "Fuchsia & Co"}
    status, told = team.ask("PUT", "/partner/v1/brand", {"based_on": 1, "document": document, "note": "a name"})
    assert (status, told["version"], told["document"]["title"]) == (200, 2, "Fuchsia & Co")
    assert "<h1>Fuchsia &amp; Co</h1>" in served.get("fuchsia.localhost").text
    late = team.ask("PUT", "/partner/v1/brand", {"based_on": 1, "document": document | {"title": "X"}})
    assert (late[0], late[1]["error"]["code"]) == (409, "stale_version")
    assert late[1]["error"]["values"] == {"based_on": 1, "newest": 2}
    lines = team.ask("GET", "/partner/v1/brand/versions")[1]
    assert [(one["version"], one["note"]) for one in lines] == [(2, "a name"), (1, "created")]
    assert team.ask("GET", "/partner/v1/brand/versions/1")[1]["hash"] == lines[1]["hash"]
    assert team.code("GET", "/partner/v1/brand/versions/9") == "no_such_version"
    back = team.ask("POST", "/partner/v1/brand/undo", {"based_on": 2, "to": 1})[1]
    assert (back["version"], back["hash"], back["note"]) == (3, lines[1]["hash"], "back to version 1")
    assert (
        served.team("fuchsia", Role.SUPPORT).code("PUT", "/partner/v1/brand", {"based_on": 3, "document": document})
        == "not_permitted"
    )


def test_br5_what_the_host_decides_is_refused_to_the_team_and_taken_of_the_host(served: Served) -> None:
    number = int(served.create("gentian")["brand"])
    team, host = served.team("gentian"), served.host()
    document = team.ask("GET", "/partner/v1/brand")[1]["document"]
    change = {"based_on": 1, "document": document | {"limits": {"users": 10}}}
    _, told = team.ask("PUT", "/partner/v1/brand", change)
    assert (told["error"]["code"], set(told["error"]["values"])) == ("host_decides", {"limits"})
    status, told = host.ask("PUT", f"/host/v1/brands/{number}", change)
    assert (status, told["document"]["limits"], told["author"]) == (200, {"users": 10}, "host")
    assert host.ask("GET", f"/host/v1/brands/{number}")[1]["version"] == 2
    assert host.code("GET", "/host/v1/brands/99999") == "no_such_brand"
    assert host.code("GET", "/host/v1/brands/x") == "bad_request"
    told = next(one for one in host.ask("GET", "/host/v1/brands")[1] if one["name"] == "gentian")
    assert told == {"brand": str(number), "name": "gentian", "title": "Gentian", "state": "sandbox", "version": 2}


def test_br4_a_logo_is_uploaded_named_and_shown(served: Served) -> None:
    served.create("hyssop")
    team = served.team("hyssop")
    status, told = team.ask("POST", "/partner/v1/brand/logo", {"content": base64.b64encode(LOGO).decode()})
    assert status == 201
    path = f"/brand/logo-{told['hash']}"
    document = team.ask("GET", "/partner/v1/brand")[1]["document"]
    change = {"based_on": 1, "document": document | {"logo": told["hash"]}}
    assert team.ask("PUT", "/partner/v1/brand", change)[0] == 200
    assert path in served.get("hyssop.localhost").text
    shown = served.get("hyssop.localhost", path)
    assert (shown.content, shown.headers["content-type"]) == (LOGO, "image/svg+xml")
    assert shown.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert served.get("aurora.localhost", path).status_code == 404, "another brand's"
    other = served.team("aurora").ask("GET", "/partner/v1/brand")[1]
    stolen = {"based_on": other["version"], "document": other["document"] | {"logo": told["hash"]}}
    assert served.team("aurora").code("PUT", "/partner/v1/brand", stolen) == "invalid_brand"
    script = base64.b64encode(LOGO.replace(b"<path", b"<script/><path")).decode()
    assert team.code("POST", "/partner/v1/brand/logo", {"content": script}) == "bad_request"


# -- states -----------------------------------------------------------------------------------------------------------


def test_br7_a_brand_goes_live_by_two_and_is_stopped_by_one(served: Served) -> None:
    number = int(served.create("iris")["brand"])
    first, second = served.host(), served.host()
    path = f"/host/v1/brands/{number}/state"
    assert "We are not open yet." in served.get("iris.localhost").text
    assert not served.get("iris.localhost", "/program/v1/brand").json()["sign_up"]
    status, asked = first.ask("POST", path, {"state": "live", "note": "reviewed"})
    assert (status, asked["version"]["document"]["state"]) == (200, "sandbox")
    yes = {"payload_hash": asked["approval"]["payload_hash"]}
    approve = f"/host/v1/approvals/{asked['approval']['id']}/approve"
    assert first.code("POST", approve, yes) == "own_request"
    done = second.ask("POST", approve, yes)[1]
    assert (done["state"], done["outcome"]) == ("done", {"version": 2})
    assert served.get("iris.localhost", "/program/v1/brand").json()["sign_up"]
    served.until(lambda venue: (KillScope.BRAND, number) not in venue.kills)

    stopped = first.ask("POST", path, {"state": "suspended", "note": "for a while"})[1]
    assert stopped["version"]["document"]["state"] == State.SUSPENDED
    page = served.get("iris.localhost")
    assert (page.status_code, "closed for a while" in page.text) == (503, True)
    served.until(lambda venue: (KillScope.BRAND, number) in venue.kills)
    with served.database.connect() as connection:
        told = [(one.actor, one.act) for one in acts(connection, number)]
    assert told[-1] == ("host", "suspended brand")
    assert first.code("POST", path, {"state": "sandbox"}) == "wrong_state"
    assert first.ask("POST", path, {"state": "closed"})[0] == 200
    assert served.get("iris.localhost").status_code == 410
    assert first.code("POST", path, {"state": "live"}) == "wrong_state"


# -- domains ----------------------------------------------------------------------------------------------------------


def test_br10_a_domain_is_named_proved_and_served(served: Served) -> None:
    served.create("jasmine", domains=["Jasmine-Ex.com"])
    team = served.team("jasmine")
    (waiting,) = team.ask("GET", "/partner/v1/brand/domains")[1]
    assert (waiting["domain"], waiting["state"]) == ("jasmine-ex.com", "waiting")
    assert waiting["dns_record"] == "_exchange.jasmine-ex.com"
    assert served.get("jasmine-ex.com").status_code == 404
    told = team.ask("POST", "/partner/v1/brand/domains/jasmine-ex.com/prove")[1]
    assert (told["state"], "there is no record" in told["why"]) == ("waiting", True)
    token_path = f"/.well-known/exchange-proof/{waiting['token']}"
    assert served.get("jasmine-ex.com", token_path).status_code == 404, "leading to us proves nothing by itself"
    served.prove("jasmine", "jasmine-ex.com")
    assert "<h1>Jasmine</h1>" in served.get("jasmine-ex.com:8443").text
    assert served.get("jasmine-ex.com", token_path).text == waiting["token"]
    assert served.get("jasmine-ex.com", token_path[:-1] + "x").status_code == 404
    assert served.get("jasmine-ex.com", "/program/v1/brand").json()["name"] == "jasmine"
    assert team.code("POST", "/partner/v1/brand/domains/other-ex.com/prove") == "no_such_domain"
    same = {"name": "kerria", "title": "Kerria", "domains": ["jasmine-ex.com"]}
    _, told = served.host().ask("POST", "/host/v1/brands", {"document": same})
    assert told["error"]["values"] == {"domains[0]": "'jasmine-ex.com': it is taken"}


def test_br10_looks_on_request_are_few(served: Served) -> None:
    served.create("lilac", domains=["lilac-ex.com"])
    team = served.team("lilac")
    codes = [team.ask("POST", "/partner/v1/brand/domains/lilac-ex.com/prove")[0] for _ in range(11)]
    assert codes == [200] * 10 + [429]


@pytest.mark.parametrize("path", ["brand", "brand/versions", "brand/domains", "brand/certificates"])
def test_br5_a_team_sees_its_own_brand_alone(served: Served, path: str) -> None:
    told = served.team("borealis", Role.READ_ONLY).ask("GET", f"/partner/v1/{path}")[1]
    assert "aurora" not in str(told)
