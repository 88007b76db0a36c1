"""An account sees and moves what is its own. W-25 of docs/reference/okx-v5.md.

Another's order answers exactly as one that is not there, whether it is another brand's, another account's of the same
brand, or the same person's at the other brand.
"""

import pytest
from conformance.okx_v5.wire import Answer, Hand, Running

ABSENT = "9000000000000000000"


def pairs(running: Running, which: str) -> tuple[Hand, Hand]:
    match which:
        case "brands":
            return running.hand("aurora"), running.hand("borealis")
        case "accounts":
            return running.hand("aurora"), running.hand("aurora")
        case _:
            return running.twins()


def without_times(answer: Answer) -> object:
    """An envelope without what differs from call to call."""
    told = {name: value for name, value in answer.envelope.items() if name not in ("inTime", "outTime")}
    rows = [{name: value for name, value in row.items() if name not in ("ts", "ordId")} for row in told["data"]]
    return answer.status, told | {"data": rows}


@pytest.mark.parametrize("which", ["brands", "accounts", "one person"])
def test_w25_the_order_of_another_answers_as_one_that_is_not_there(running: Running, which: str) -> None:
    owner, other = pairs(running, which)
    order = owner.placed(clOrdId="secret")
    assert other.get("/trade/orders-pending").told() == (200, "0")  # nothing waits for history
    named = [({"ordId": order}, {"ordId": ABSENT}), ({"clOrdId": "secret"}, {"clOrdId": "nobodys"})]
    for there, absent in named:
        for path, more in (
            ("/trade/cancel-order", {}),
            ("/trade/amend-order", {"newPx": "1"}),
            ("/trade/amend-order", {"newSz": "20"}),
            ("/trade/amend-order", {"newPx": "70000"}),
        ):
            bodies = ({"instId": "BTC-USDT"} | name | more for name in (there, absent))
            one, two = (without_times(other.post(path, body)) for body in bodies)
            assert _blind(one, "secret") == _blind(two, "nobodys")
        one, two = (
            without_times(other.get("/trade/order?instId=BTC-USDT&" + "&".join(f"{k}={v}" for k, v in name.items())))
            for name in (there, absent)
        )
        assert one == two
    assert owner.order(order)["state"] == "live"
    assert owner.order(order)["px"] == "70000"


def _blind(told: object, client_id: str) -> str:
    return repr(told).replace(client_id, "*")


@pytest.mark.parametrize("which", ["brands", "accounts", "one person"])
def test_w25_lists_hold_an_accounts_own_rows_only(running: Running, which: str) -> None:
    owner, other = pairs(running, which)
    counterparty = running.hand("borealis")
    sold = owner.placed(side="sell", px="78300", sz="0.1")
    counterparty.placed(px="78300", sz="0.1")
    owner.placed()
    for path in ("/trade/orders-pending", "/trade/orders-history?instType=SPOT", "/trade/fills"):
        assert owner.get(path).data
        assert other.get(path).data == []
    for absent in (sold, ABSENT):
        assert other.get(f"/trade/fills?ordId={absent}").told() == (200, "0")
        assert other.get(f"/trade/fills?ordId={absent}").data == []
    assert other.balances() == {"BTC": ("10", "0"), "USDT": ("1000000", "0"), "ETH": ("100", "0")}
    assert [row["type"] for row in other.get("/account/bills").data] == ["1", "1", "1"]


def test_w25_nothing_that_the_other_side_reads_names_the_counterparty(running: Running, alice: Hand) -> None:
    bob = running.hand("borealis")
    mine = alice.placed(side="sell", px="78300", sz="0.1", clOrdId="alices", tag="ALICETAG")
    his = bob.placed(px="78300", sz="0.1")
    paths = ("/trade/fills", "/account/bills", f"/trade/order?instId=BTC-USDT&ordId={his}")
    for path in (*paths, "/trade/orders-history?instType=SPOT"):
        text = bob.get(path).text
        assert f'"{mine}"' not in text
        assert f'"{alice.account}"' not in text
        assert "alices" not in text
        assert "ALICETAG" not in text
