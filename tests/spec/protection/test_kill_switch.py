"""Kill switches, cancel on disconnect, what a restart keeps. Rules: docs/rules/protection.md, P-8, P-9, P-11, P-12."""

import pytest
from spec.session import Session, check

from commonbook._engine import Engine
from commonbook.records import EventKind


@pytest.mark.parametrize(
    ("switch", "gone"),
    [
        ("credential 7", "A1 A3"),
        ("account alice", "A1 A2"),
        ("person alice", "A1 A2 A3"),
        ("broker 1", "A2 C1"),
        ("brand south", "A3 C1"),
        ("instrument ETH-USDT", "A2"),
        ("venue", "A1 A2 A3 C1 B1"),
    ],
)
def test_p8_a_switch_cancels_what_it_names_and_refuses_it_until_it_is_off(switch: str, gone: str) -> None:
    orders = {
        "A1": "alice ask 1 @ 1600 gtc key 7",
        "A2": "alice ask 1 @ 1600 gtc key 8 broker 1 on ETH-USDT",
        "A3": "alice@south ask 1 @ 1601 gtc key 7",
        "C1": "carol@south ask 1 @ 1602 gtc key 9 broker 1",
        "B1": "bob bid 1 @ 1500 gtc key 5",
    }
    session = Session()
    session.play("given", "alice BTC 9; alice ETH 9; alice@south BTC 9; carol@south BTC 9; bob USDT 9000")
    assert {session.play("order", f"{label} {order}") for label, order in orders.items()} == {"accepted"}
    told = session.play("kill", switch)
    assert told == "; ".join(["set", *(f"{label} canceled 1 KILLED" for label in gone.split())])
    for label, order in orders.items():
        expected = "refused KILLED" if label in gone.split() else "accepted"
        assert session.play("order", f"{label}again {order}") == expected
    assert session.play("revive", switch) == "set"
    for label, order in orders.items():
        assert session.play("order", f"{label}later {order}") == "accepted"
    session.close()


def test_p8_a_killed_credential_stops_what_it_sends_and_what_it_amends_for_every_account_that_it_serves() -> None:
    check("""
        given       alice BTC 100; carol BTC 100
        order       A1 alice ask 1 @ 1600 gtc key 7          accepted
        order       A2 alice ask 1 @ 1601 gtc key 8          accepted
        order       C1 carol ask 2 @ 1602 gtc key 7          accepted
        order       A3 alice ask 1 @ 1603 gtc                accepted      # the host's own, of no credential
        kill        credential 7                             set; A1 canceled 1 KILLED; C1 canceled 2 KILLED
        order       A4 alice ask 1 @ 1600 gtc key 7          refused KILLED
        amend       A2 price 1610 key 7                      refused KILLED
        amend       A2 price 1610 key 8                      amended anew; rests 1
        order       A5 alice ask 1 @ 1600 gtc key 8          accepted
        revive      credential 7                             set
        amend       A2 price 1611 key 7                      amended anew; rests 1
        order       C2 carol ask 1 @ 1600 gtc key 7          accepted
    """)


def test_p8_a_killed_account_stops_alone_and_its_person_goes_on_at_another_brand() -> None:
    check("""
        given       alice BTC 100; alice@south BTC 100
        order       A1 alice ask 1 @ 1600 gtc                accepted
        order       S1 alice@south ask 1 @ 1601 gtc          accepted
        order       A2 alice ask 1 @ 1602 gtc on ETH-USDT    refused INSUFFICIENT_FUNDS
        deposit     alice ETH 10 key k1                      alice +10
        order       A3 alice ask 3 @ 1602 gtc on ETH-USDT    accepted
        kill        account alice                            set; A1 canceled 1 KILLED; A3 canceled 3 KILLED
        order       A4 alice ask 1 @ 1600 gtc                refused KILLED
        amend       S1 price 1603 by alice@south             amended anew; rests 1
        order       S2 alice@south ask 1 @ 1600 gtc          accepted
        revive      account alice                            set
        order       A5 alice ask 1 @ 1600 gtc                accepted
        balance     alice BTC 99, held 1
    """)


def test_p8_a_killed_person_stops_with_all_its_accounts_at_every_brand() -> None:
    check("""
        given       alice BTC 100; alice@south BTC 100; carol@south BTC 100
        order       A1 alice ask 1 @ 1600 gtc                accepted
        order       C1 carol@south ask 1 @ 1600 gtc          accepted
        order       S1 alice@south ask 1 @ 1600 gtc          accepted
        kill        person alice                             set; A1 canceled 1 KILLED; S1 canceled 1 KILLED
        order       A2 alice ask 1 @ 1600 gtc                refused KILLED
        order       S2 alice@south ask 1 @ 1600 gtc          refused KILLED
        order       C2 carol@south ask 1 @ 1600 gtc          accepted
        revive      person alice                             set
        order       S3 alice@south ask 1 @ 1600 gtc          accepted
        book        ask 3 @ 1600
    """)


def test_p8_a_killed_broker_stops_the_orders_that_name_it_and_not_its_clients() -> None:
    check("""
        given       alice BTC 100; carol@south BTC 100
        order       A1 alice ask 1 @ 1600 gtc broker 1       accepted
        order       A2 alice ask 1 @ 1601 gtc broker 2       accepted
        order       A3 alice ask 1 @ 1602 gtc                accepted
        order       C1 carol@south ask 1 @ 1603 gtc broker 1     accepted
        kill        broker 1                                 set; A1 canceled 1 KILLED; C1 canceled 1 KILLED
        order       A4 alice ask 1 @ 1600 gtc broker 1       refused KILLED
        order       A5 alice ask 1 @ 1600 gtc broker 2       accepted
        order       C2 carol@south ask 1 @ 1600 gtc          accepted
        revive      broker 1                                 set
        order       A6 alice ask 1 @ 1600 gtc broker 1       accepted
    """)


def test_p8_a_killed_brand_stops_with_all_its_accounts_and_the_book_goes_on_for_the_others() -> None:
    check("""
        given       alice BTC 100; alice@south BTC 100; carol@south BTC 100; bob USDT 1_000_000
        order       A1 alice ask 1 @ 1600 gtc                accepted
        order       S1 alice@south ask 2 @ 1600 gtc          accepted
        order       C1 carol@south ask 3 @ 1600 gtc          accepted
        kill        brand south                              set; S1 canceled 2 KILLED; C1 canceled 3 KILLED
        order       S2 alice@south ask 1 @ 1600 gtc          refused KILLED
        order       C2 carol@south ask 1 @ 1600 gtc          refused KILLED
        order       B1 bob bid 1 @ 1600 gtc                  filled 1 @ 1600 of A1
        revive      brand south                              set
        order       C3 carol@south ask 1 @ 1600 gtc          accepted
    """)


def test_p8_a_killed_instrument_stops_and_the_others_go_on() -> None:
    check("""
        given       alice BTC 100; alice ETH 100; bob USDT 1_000_000
        order       A1 alice ask 1 @ 1600 gtc                accepted
        order       B1 bob bid 2 @ 1500 gtc                  accepted
        order       A2 alice ask 1 @ 90 gtc on ETH-USDT      accepted
        kill        instrument BTC-USDT                      set; A1 canceled 1 KILLED; B1 canceled 2 KILLED
        book        nothing
        order       B2 bob bid 1 @ 1500 gtc                  refused KILLED
        order       A3 alice ask 1 @ 91 gtc on ETH-USDT      accepted
        amend       A2 price 92                              amended anew; rests 1
        revive      instrument BTC-USDT                      set
        order       B3 bob bid 1 @ 1500 gtc                  accepted
        balance     bob USDT 998_500, held 1_500
    """)


def test_p8_a_killed_venue_stops_everybody_everywhere_and_starts_with_empty_books() -> None:
    check("""
        given       alice BTC 100; alice ETH 100; carol@south BTC 100; bob USDT 1_000_000
        order       A1 alice ask 1 @ 1600 gtc key 7          accepted
        order       B1 bob bid 2 @ 1500 gtc broker 1         accepted
        order       A2 alice ask 3 @ 90 gtc on ETH-USDT      accepted
        order       C1 carol@south ask 4 @ 1600 gtc          accepted
        kill        venue          set; A1 canceled 1 KILLED; B1 canceled 2 KILLED; A2 canceled 3 KILLED; \
C1 canceled 4 KILLED
        order       A3 alice ask 1 @ 1600 gtc                refused KILLED
        order       B2 bob bid 1 @ 1500 gtc                  refused KILLED
        order       C2 carol@south ask 1 @ 1600 gtc          refused KILLED
        order       A4 alice ask 1 @ 90 gtc on ETH-USDT      refused KILLED
        revive      venue                                    set
        order       B3 bob bid 1 @ 1500 gtc                  accepted
        order       A5 alice ask 1 @ 1500 gtc                filled 1 @ 1500 of B3
    """)


def test_p8_cancels_cancel_alls_timers_and_withdrawals_are_taken_from_whoever_is_killed() -> None:
    check("""
        given       alice BTC 100; bob USDT 1_000
        order       A1 alice ask 1 @ 1600 gtc key 8          accepted
        order       A2 alice ask 1 @ 1601 gtc key 8          accepted
        kill        credential 7                             set
        cancel      A1 key 7                                 canceled 1 USER
        alive       alice 10 key 7                           timer set
        cancel_all  alice key 7                              A2 canceled 1 USER; 1 canceled
        kill        venue                                    set
        withdraw    bob USDT 1_000 key k1                    bob -1000
    """)


def test_p8_a_switch_reaches_into_halted_and_cancel_only_books() -> None:
    check("""
        given       alice BTC 100; alice ETH 100
        order       A1 alice ask 1 @ 1600 gtc                accepted
        order       A2 alice ask 1 @ 1600 gtc on ETH-USDT    accepted
        status      HALTED on BTC-USDT                       set
        status      CANCEL_ONLY on ETH-USDT                  set
        kill        account alice                            set; A1 canceled 1 KILLED; A2 canceled 1 KILLED
        balance     alice BTC 100, held 0
        balance     alice ETH 100, held 0
    """)


def test_p8_switches_are_independent_of_each_other_and_of_the_status() -> None:
    check("""
        given       alice BTC 100
        kill        account alice                            set
        kill        person alice                             set
        kill        account alice                            set
        revive      account alice                            set
        order       A1 alice ask 1 @ 1600 gtc                refused KILLED
        status      HALTED                                   set
        order       A2 alice ask 1 @ 1600 gtc                refused HALTED
        status      LIVE                                     set
        order       A3 alice ask 1 @ 1600 gtc                refused KILLED
        revive      person alice                             set
        order       A4 alice ask 1 @ 1600 gtc                accepted
        revive      broker 1                                 set
    """)


def test_p8_an_order_that_names_a_killed_broker_is_refused_though_its_code_is_not_active() -> None:
    check("""
        given       alice BTC 100
        config      BROKER_CODE broker=1 code=BROKER1 active=0 payout_account=1002     set
        kill        broker 1                                 set
        order       A1 alice ask 1 @ 1600 gtc broker 1       refused KILLED
    """)


def test_p8_a_switch_names_somebody_who_is_there() -> None:
    check("""
        given       alice BTC 100
        kill        venue 1                                  refused MALFORMED
        kill        credential 0                             refused MALFORMED
        kill        account 0                                refused MALFORMED
        config      KILL scope=0 target=1 active=1           refused MALFORMED
        config      KILL scope=8 target=1 active=1           refused MALFORMED
        config      KILL scope=2 target=1001 active=2        refused MALFORMED
        kill        account 7777                             refused UNKNOWN_ACCOUNT
        kill        account 1                                refused SYSTEM_ACCOUNT
        kill        broker 9                                 refused UNKNOWN_BROKER
        kill        brand 9                                  refused UNKNOWN_BRAND
        kill        brand 4294967297                         refused UNKNOWN_BRAND
        kill        instrument 9                             refused UNKNOWN_INSTRUMENT
        kill        credential 99                            set
        kill        person 99                                set
    """)


def test_p9_limits_references_switches_and_status_survive_a_restart() -> None:
    session = Session()
    for line in (
        "given alice BTC 100; bob USDT 1000000",
        "order A1 alice ask 1 @ 30000 gtc key 7",
        "order A2 alice ask 1 @ 30001 gtc key 8",
        "order B1 bob bid 1 @ 30000 gtc",
        "limits band 2 % 5 % size 10 notional 300000 deviation 1 % duplicate 1",
        "reference 30000 premium 30",
        "order B2 bob bid 1 @ 20000 gtc",
        "kill credential 9",
        "kill brand south",
        "status CANCEL_ONLY on ETH-USDT",
    ):
        assert "refused" not in session.play(*line.split(" ", 1))
    session.engine = Engine.restore(session.engine.snapshot())
    told = {
        line: session.play(*line.split(" ", 1))
        for line in (
            "order B3 bob bid 1 @ 20000 gtc",
            "order B4 bob bid 1 @ 30631 gtc",
            "order B5 bob bid 1 @ 30302 gtc",
            "order B6 bob bid 11 @ 1 gtc",
            "order B7 bob bid 10 @ 30001 gtc",
            "order B8 bob bid 1 @ 1 gtc key 9",
            "order C1 carol@south bid 1 @ 1 gtc",
            "order C2 carol bid 1 @ 1 gtc on ETH-USDT",
            "kill credential 8",
        )
    }
    assert list(told.values()) == [
        "refused DUPLICATE_ORDER",
        "refused PRICE_ABOVE_BAND",
        "refused PRICE_TOO_FAR",
        "refused SIZE_ABOVE_LIMIT",
        "refused NOTIONAL_ABOVE_LIMIT",
        "refused KILLED",
        "refused KILLED",
        "refused CANCEL_ONLY",
        "set; A2 canceled 1 KILLED",
    ]
    session.close()


def test_p9_a_halt_and_cancel_only_survive_a_restart_of_the_venue_and_of_one_instrument() -> None:
    check("""
        given       alice BTC 100; alice ETH 100
        order       A1 alice ask 1 @ 1600 gtc                accepted
        order       A2 alice ask 1 @ 1600 gtc on ETH-USDT    accepted
        status      HALTED on BTC-USDT                       set
        status      CANCEL_ONLY on ETH-USDT                  set
        restart
        order       A3 alice ask 1 @ 1600 gtc                refused HALTED
        cancel      A1                                       refused HALTED
        order       A4 alice ask 1 @ 1600 gtc on ETH-USDT    refused CANCEL_ONLY
        cancel      A2                                       canceled 1 USER
        status      LIVE on BTC-USDT                         set
        status      CANCEL_ONLY                              set
        restart
        order       A5 alice ask 1 @ 1600 gtc                refused CANCEL_ONLY
        status      HALTED                                   set
        restart
        order       A6 alice ask 1 @ 1600 gtc                refused HALTED
        cancel      A1                                       refused HALTED
        status      LIVE                                     set
        restart
        order       A7 alice ask 1 @ 1600 gtc                accepted
        order       A8 alice ask 1 @ 1600 gtc on ETH-USDT    refused CANCEL_ONLY
    """)


def test_p9_every_kind_of_switch_survives_a_restart_until_it_is_turned_off() -> None:
    check("""
        given       alice BTC 100; carol@south BTC 100
        kill        credential 7                             set
        kill        account alice                            set
        kill        person carol                             set
        kill        broker 1                                 set
        kill        brand south                              set
        kill        instrument ETH-USDT                      set
        kill        venue                                    set
        restart
        revive      venue                                    set
        order       A1 alice ask 1 @ 1600 gtc                refused KILLED
        revive      account alice                            set
        restart
        order       A2 alice ask 1 @ 1600 gtc                accepted
        order       A3 alice ask 1 @ 1600 gtc key 7          refused KILLED
        order       A4 alice ask 1 @ 1600 gtc broker 1       refused KILLED
        order       A5 alice ask 1 @ 1600 gtc on ETH-USDT    refused KILLED
        revive      person carol                             set
        order       C1 carol@south ask 1 @ 1600 gtc          refused KILLED
        revive      brand south                              set
        order       C2 carol@south ask 1 @ 1600 gtc          accepted
    """)


def test_p9_a_timer_that_runs_is_still_running_after_a_restart() -> None:
    check("""
        given       alice BTC 100
        order       A1 alice ask 1 @ 1600 gtc tag bot        accepted
        order       A2 alice ask 1 @ 1601 gtc                accepted
        alive       alice 10 tag bot                         timer set
        restart
        time        10                                       A1 canceled 1 CANCEL_ALL_AFTER; timer cleared
        book        ask 1 @ 1601
    """)


def test_p9_the_last_price_survives_a_restart() -> None:
    session = Session()
    session.play("given", "alice BTC 100; bob USDT 1000000")
    session.play("order", "A1 alice ask 1 @ 1600 gtc")
    session.play("order", "B1 bob bid 1 @ 1600 gtc")
    session.play("limits", "deviation 10 %")
    session.engine = Engine.restore(session.engine.snapshot())
    assert session.play("order", "B2 bob bid 1 @ 1761 gtc") == "refused PRICE_TOO_FAR"
    assert session.play("order", "B3 bob bid 1 @ 1760 gtc") == "accepted"


def test_p11_cancel_on_disconnect_takes_only_what_the_credential_sent_for_this_account() -> None:
    check("""
        given       alice BTC 100; alice ETH 100; carol BTC 100
        order       A1 alice ask 1 @ 1600 gtc key 7                  accepted
        order       A2 alice ask 1 @ 1601 gtc key 8                  accepted
        order       A3 alice ask 1 @ 1602 gtc key 7 on ETH-USDT      accepted
        order       A4 alice ask 1 @ 1603 gtc key 7                  accepted
        order       C1 carol ask 1 @ 1604 gtc key 7                  accepted
        disconnect  alice key 7 on ETH-USDT                          A3 canceled 1 DISCONNECTED; 1 canceled
        disconnect  alice key 7              A1 canceled 1 DISCONNECTED; A4 canceled 1 DISCONNECTED; 2 canceled
        disconnect  alice key 7                                      0 canceled
        book        ask 1 @ 1601, ask 1 @ 1604
        disconnect  alice                                            refused MALFORMED
        config      CANCEL_ALL account=1003 scope=2 credential=7     refused MALFORMED
    """)


def test_p11_an_order_keeps_its_credential_when_it_is_amended() -> None:
    check("""
        given       alice BTC 100
        order       A1 alice ask 1 @ 1600 gtc key 7                  accepted
        amend       A1 price 1601 key 8                              amended anew; rests 1
        disconnect  alice key 8                                      0 canceled
        disconnect  alice key 7                                      A1 canceled 1 DISCONNECTED; 1 canceled
    """)


def test_p11_a_credential_is_a_number_below_2_to_the_32() -> None:
    check(f"""
        given       alice BTC 100
        order       A1 alice ask 1 @ 1600 gtc key {2**32}            refused MALFORMED
        order       A2 alice ask 1 @ 1600 gtc key {2**32 - 1}        accepted
        disconnect  alice key {2**32 - 1}                            A2 canceled 1 DISCONNECTED; 1 canceled
    """)


def test_p12_the_rest_of_a_taker_that_self_trade_prevention_cancels_never_rests() -> None:
    check("""
        given    alice BTC 100; carol BTC 100; alice@south USDT 100_000
        order    C1 carol ask 2 @ 1600 gtc                               accepted
        order    A1 alice ask 5 @ 1601 gtc                               accepted
        order    A2 alice@south bid 8 @ 1602 gtc stp cancel_taker        filled 2 @ 1600 of C1; canceled 6 SELF_TRADE
        book     ask 5 @ 1601
        balance  alice@south USDT 96_800, held 0                         # 100_000 - 2 * 1600
        order    A3 alice@south bid 8 @ 1602 gtc stp cancel_both         A1 canceled 5 SELF_TRADE; canceled 8 SELF_TRADE
        book     nothing
        balance  alice@south USDT 96_800, held 0
    """)


@pytest.mark.parametrize("kind", ["gtc", "ioc", "fok", "market"])
@pytest.mark.parametrize("mode", ["cancel_taker", "cancel_both"])
@pytest.mark.parametrize("filled_before", [0, 2])
def test_p12_the_rest_of_a_canceled_taker_never_rests(kind: str, mode: str, filled_before: int) -> None:
    if kind == "fok" and (mode == "cancel_both" or filled_before):
        return  # refused, or filled by nobody (K-7): nothing is left to look at
    session = Session()
    session.play("given", "alice BTC 100; carol BTC 100; alice@south USDT 1000000")
    if filled_before:
        session.play("order", f"C1 carol ask {filled_before} @ 1600 gtc")
    session.play("order", "A1 alice ask 5 @ 1601 gtc")
    session.play("order", f"A2 alice@south bid 8 @ 1602 {kind} stp {mode}")
    kinds = [event["kind"] for event in session.events]
    assert EventKind.RESTING not in kinds
    assert EventKind.CANCELED in kinds
    bids, _ = session.engine.depth(1, 10)
    assert bids == []
    session.close()


@pytest.mark.parametrize("mode", ["cancel_taker", "cancel_both"])
def test_p12_neither_does_an_amended_order_or_one_sized_in_quote(mode: str) -> None:
    session = Session()
    session.play("given", "alice BTC 100; alice@south USDT 1000000")
    session.play("order", "A1 alice ask 5 @ 1601 gtc")
    session.play("order", f"A2 alice@south bid 8 @ 1600 gtc stp {mode}")
    session.play("amend", "A2 price 1601 by alice@south")
    assert session.engine.depth(1, 10)[0] == []
    session.play("order", "A3 alice ask 5 @ 1601 gtc")
    session.play("order", f"A4 alice@south bid 9000 USDT market stp {mode}")
    assert session.engine.depth(1, 10)[0] == []
    session.close()


def test_p12_with_cancel_maker_the_taker_goes_on_and_rests() -> None:
    check("""
        given    alice BTC 100; alice@south USDT 100_000
        order    A1 alice ask 5 @ 1601 gtc                               accepted
        order    A2 alice@south bid 8 @ 1602 gtc stp cancel_maker        A1 canceled 5 SELF_TRADE; rests 8
        book     bid 8 @ 1602
    """)
