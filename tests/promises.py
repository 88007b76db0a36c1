"""Every number that the product promises: where it is set, which rule says it, which test shows it, what was measured.

`tests/test_promises.py` makes docs/promises.md of this list and fails when a setting has no line here, a test named
here does not exist, or a figure that is promised was not measured.
"""

from collections.abc import Callable
from dataclasses import dataclass

from commonbook.broker.model import TIERS_2022
from commonbook.settings import Settings
from commonbook.units import RATE_ONE, format_units

DEFAULTS = Settings()


@dataclass(frozen=True, slots=True)
class Promise:
    what: str
    number: str
    key: str  # of the settings; or where it stands when it is no setting
    rule: str
    test: str  # file and name, below tests/
    figure: str = ""  # its name in docs/figures/*.json, for what is measured


def _percent(rate_e8: int) -> str:
    return f"{format_units(rate_e8 * 100, 8)} %"


def _whole(value: int) -> str:
    return f"{value:,}"


def _mebibytes(value: int) -> str:
    return f"{value // 1024**2} MiB"


def _setting(key: str) -> int:
    section, _, name = key.partition(".")
    value: int = getattr(getattr(DEFAULTS, section), name)
    return value


def setting(key: str, what: str, rule: str, test: str, told: Callable[[int], str] = _whole, unit: str = "") -> Promise:
    number = told(_setting(key))
    return Promise(what, f"{number} {unit}".strip(), key, rule, test)


OKX = "conformance/okx_v5"
PARTNERS = "spec/partnership"
BROKERS = "spec/brokerage"
PROMISES: tuple[Promise, ...] = (
    # -- limits
    setting(
        "limits.scale",
        "OKX's limits are multiplied by",
        "L-7",
        f"{OKX}/test_okx_limits.py::test_l7_the_host_may_raise_all_of_them",
    ),
    setting(
        "limits.account_orders",
        "new and amended orders of an account in 2 s",
        "L-6",
        f"{OKX}/test_okx_limits.py::test_l6_new_and_amended_orders_of_an_account_have_a_limit_together",
    ),
    # -- the door over WebSocket
    setting(
        "streams.connects_per_second",
        "an address may open so many connections over WebSocket in a second",
        "WS-3",
        f"{OKX}/test_socket_requests.py::test_ws3_too_many_connections_and_requests_are_refused",
    ),
    setting(
        "streams.requests_per_hour",
        "a connection may log in, subscribe and unsubscribe so often in an hour",
        "WS-3",
        f"{OKX}/test_socket_requests.py::test_ws3_too_many_connections_and_requests_are_refused",
    ),
    setting(
        "streams.message_bytes",
        "bytes a message from a client may have",
        "WS-1",
        f"{OKX}/test_socket_requests.py::test_ws1_a_message_may_come_in_pieces_and_only_so_long",
    ),
    setting(
        "streams.idle_ms",
        "a connection over which nothing goes for so long is closed",
        "WS-1",
        f"{OKX}/test_socket_requests.py::test_ws3_a_connection_over_which_nothing_goes_is_closed",
        lambda value: f"{value // 1000} s",
    ),
    setting(
        "streams.listeners_per_channel",
        "connections of one account on one private channel",
        "WS-7",
        f"{OKX}/test_socket_requests.py::test_ws7_connections_on_a_private_channel_are_counted",
    ),
    setting(
        "streams.buffer_bytes",
        "unread by one client; more closes it",
        "WS-9",
        f"{OKX}/test_socket_slow.py::test_ws9_who_leaves_too_much_unread_is_cut_and_holds_up_nobody",
        _mebibytes,
    ),
    setting(
        "streams.deep_books_from_level",
        "VIP level from which books are told each 10 ms",
        "WS-8",
        f"{OKX}/test_socket_books.py::test_ws8_of_the_deep_books_a_connection_has_one_and_fast_ones_need_a_level",
    ),
    # -- the door
    setting(
        "gateway.signature_window_ms",
        "a signed request is refused this far off the server's clock",
        "W-6",
        f"{OKX}/test_okx_authentication.py::test_w6_thirty_seconds_off_the_clock_is_the_limit_on_either_side",
        lambda value: f"{value // 1000} s",
    ),
    setting(
        "gateway.body_bytes",
        "the longest body that is read",
        "W-3",
        f"{OKX}/test_okx_envelope.py::test_w3_a_body_above_the_limit_is_not_read",
        _mebibytes,
    ),
    setting(
        "gateway.head_bytes",
        "the longest head of a request",
        "W-2",
        f"{OKX}/test_okx_edges.py::test_w2_a_head_has_so_many_bytes",
        unit="bytes",
    ),
    setting(
        "gateway.request_ms",
        "a request that has not arrived whole after so long is ended",
        "W-2",
        f"{OKX}/test_okx_edges.py::test_w2_a_request_that_does_not_arrive_is_ended",
        lambda value: f"{value // 1000} s",
    ),
    setting(
        "gateway.batch_rows",
        "orders in one batch",
        "W-11",
        f"{OKX}/test_okx_batches.py::test_w11_more_rows_than_allowed_are_refused_as_a_whole",
    ),
    setting(
        "gateway.page_rows",
        "rows in one page of history",
        "W-15",
        f"{OKX}/test_okx_history.py::test_w15_a_page_has_a_hundred_rows_unless_fewer_are_asked_for",
    ),
    setting(
        "gateway.client_id_characters",
        "characters of a client order id",
        "C-7",
        "spec/counter/test_accounts_and_funds.py::test_c7_a_client_order_id_of_32_characters_is_kept_whole",
    ),
    setting(
        "gateway.tag_characters",
        "characters of a tag",
        "W-24",
        f"{OKX}/test_okx_spellings.py::test_w24_a_tag_is_echoed_refuses_nothing_and_earns_only_as_an_active_code_of_this_key",
    ),
    setting(
        "gateway.history_wait_ms",
        "a reader of its own data waits for history at most",
        "W-15",
        f"{OKX}/test_okx_restart.py::test_w15_whoever_was_acknowledged_reads_what_was_or_is_told_to_come_again",
        lambda value: f"{value // 1000} s",
    ),
    setting(
        "gateway.waiting_orders",
        "with so many orders waiting for the core, new ones are refused and cancels go on",
        "L-8",
        "spec/gateway/test_pressure.py::test_l8_with_too_many_waiting_for_the_core_new_orders_are_refused",
        _whole,
    ),
    setting(
        "gateway.late_ms",
        "a gateway this far behind refuses new orders and goes on with cancels",
        "L-8",
        "spec/gateway/test_pressure.py::test_l8_orders_and_amendments_are_refused_as_busy_and_cancels_go_on",
        lambda value: f"{value} ms",
    ),
    setting(
        "gateway.brand_bytes",
        "order messages of one brand on their way at a gateway, while several brands send",
        "L-10",
        "spec/gateway/test_shares.py::test_l10_while_several_brands_send_each_has_so_much_on_its_way",
        lambda value: f"{value // 1024} KiB",
    ),
    setting(
        "gateway.market_slippage_e8",
        "worst price of a market buy sized in base, above the best ask",
        "W-8",
        f"{OKX}/test_okx_orders.py::test_w8_a_market_buy_sized_in_base_takes_exactly_that",
        _percent,
    ),
    setting(
        "gateway.cancel_after_s_min",
        "shortest cancel-all-after",
        "W-14",
        f"{OKX}/test_okx_batches.py::test_w14_cancel_all_after_takes_whole_seconds_between_10_and_120_or_0_to_clear",
        unit="s",
    ),
    setting(
        "gateway.cancel_after_s_max",
        "longest cancel-all-after",
        "W-14",
        f"{OKX}/test_okx_batches.py::test_w14_cancel_all_after_takes_whole_seconds_between_10_and_120_or_0_to_clear",
        unit="s",
    ),
    setting(
        "gateway.subaccounts",
        "sub-accounts of one master",
        "A-9",
        f"{OKX}/test_okx_subaccounts.py::test_a9_a_master_has_so_many_sub_accounts",
    ),
    setting(
        "gateway.keys",
        "live API keys of one sub-account",
        "A-9",
        f"{OKX}/test_okx_subaccounts.py::test_a9_a_sub_account_has_so_many_keys",
    ),
    setting(
        "gateway.key_addresses",
        "addresses that one key of a sub-account works from",
        "A-9",
        f"{OKX}/test_okx_subaccounts.py::test_a9_a_key_has_so_many_addresses",
    ),
    # -- the record door
    setting(
        "records.frame_commands",
        "commands in one frame of the record door",
        "W-3",
        "integration/test_record_door.py::test_w1_the_ready_file_names_the_unix_socket_and_the_port_and_both_serve",
    ),
    setting(
        "records.window_commands",
        "commands of one session that may be unanswered",
        "W-10",
        "integration/test_record_door.py::test_w10_more_than_the_window_is_told_busy_and_never_half_taken",
    ),
    setting(
        "records.commands_per_second",
        "commands of one key in one second at the record door; cancels have as many of their own",
        "W-10",
        "integration/test_record_door.py::test_w10_a_key_has_so_many_commands_a_second_and_cancels_a_budget_of_their_own",
    ),
    setting(
        "records.heartbeat_ms",
        "silence of three of these cuts a connection of the record door",
        "W-12",
        "integration/test_record_door.py::test_w12_heartbeats_go_both_ways_and_silence_is_cut",
        lambda value: f"{value // 1000} s",
    ),
    setting(
        "records.opening_ms",
        "a connection of the record door proves itself within",
        "W-3",
        "integration/test_record_door.py::test_w3_who_does_not_prove_itself_in_time_is_cut",
        lambda value: f"{value // 1000} s",
    ),
    setting(
        "records.buffer_bytes",
        "unread events of one session before it is cut",
        "W-12",
        "integration/test_record_door.py::test_w12_who_does_not_read_is_cut_and_slows_nobody",
        _mebibytes,
    ),
    # -- money
    setting(
        "clearing.host_share_e8",
        "the host's part of a net fee after the claims",
        "Q-2",
        "spec/clearing/test_claims.py::test_q2_claims_come_first_then_the_host_then_the_brand",
        _percent,
    ),
    setting(
        "clearing.close_grace_s",
        "a brand's day is closed once engine time is this far behind its end",
        "Q-12",
        "spec/clearing/test_statements.py::test_q12_a_day_is_closed_once_engine_time_is_an_hour_behind_its_end",
        lambda value: f"{value // 3600} h",
    ),
    setting(
        "clearing.release_delay_days",
        "where nothing was agreed, a day's income is released behind so many more days",
        "Q-15",
        "spec/clearing/test_release.py::test_q15_where_nothing_was_agreed_income_is_released_daily_a_day_after_its_own",
    ),
    setting(
        "clearing.audit_every_ms",
        "ledger and engine are compared while the exchange runs at least every",
        "Q-24",
        "simulation/test_audit.py::test_each_planted_mismatch_is_found_within_5_s_and_nothing_is_halted_without_one",
        unit="ms",
    ),
    setting(
        "broker.settlement_grace_s",
        "an hour's commission is paid once engine time is this far behind its end",
        "B-10",
        "spec/broker/test_settlement.py::test_b10_an_hour_is_paid_once_engine_time_is_an_hour_behind_its_end",
        lambda value: f"{value // 3600} h",
    ),
    setting(
        "broker.excluded_from_level",
        "accounts earn their broker nothing from VIP level",
        "B-4",
        "spec/broker/test_commission.py::test_b4_vip_levels_from_6_up_earn_nothing",
    ),
    setting(
        "broker.commission_decimals",
        "decimals of a commission, the rest not paid",
        "B-3",
        "spec/broker/test_commission.py::test_b3_a_commission_is_rounded_down_at_the_eighth_decimal_of_each_fill",
    ),
    setting(
        "broker.default_level",
        "tier of a broker before its first review",
        "B-5",
        "spec/broker/test_commission.py::test_b5_a_broker_without_a_tier_of_its_own_has_the_programs",
    ),
    setting(
        "broker.export_days",
        "longest time of a broker's lines in one file",
        "BP-14",
        "spec/broker/test_broker_export.py::test_bp14_more_than_the_longest_time_is_refused_with_both_numbers",
        unit="days",
    ),
    setting(
        "broker.sums_days",
        "longest time of a broker's lines that are summed at once",
        "BL-3",
        "spec/broker/test_history.py::test_bl3_what_is_too_long_or_no_time_is_refused_and_says_why",
        unit="days",
    ),
    setting(
        "broker.alert_limit_percent",
        "of its limit of orders that a client has taken, per cent, when its broker is warned",
        "BL-17",
        "spec/broker/test_alerts.py::test_bl17_a_client_near_its_limit_is_told_to_its_broker_once_an_hour_and_by_its_name_alone",
    ),
    setting(
        "broker.alert_token_errors",
        "tokens of a broker's clients refused for one reason in an hour, when it is warned",
        "BL-18",
        "spec/broker/test_alerts.py::test_bl18_tokens_that_are_refused_are_told_by_what_was_wrong",
    ),
    setting(
        "broker.alert_lines",
        "lines of an hour, below which the share that earns nothing is not compared",
        "BL-20",
        "spec/broker/test_alerts.py::test_bl20_ten_points_more_of_fifty_lines_are_a_rise",
    ),
    setting(
        "broker.alert_rise_points",
        "points by which the share of lines that earn nothing has risen, when a broker is warned",
        "BL-20",
        "spec/broker/test_alerts.py::test_bl20_ten_points_more_of_fifty_lines_are_a_rise",
    ),
    setting(
        "broker.minimum_payout_minor",
        "smallest payout, in units of the payout asset; less is carried",
        "B-15",
        "spec/broker/test_settlement.py::test_b15_less_than_the_minimum_is_carried_to_the_next_hour_until_it_is_enough",
    ),
    setting(
        "broker.moving_hours",
        "hours after which a broker earns on an account that has moved to it from another",
        "CN-10",
        "spec/broker/test_consents.py::test_cn10_an_account_that_moves_earns_for_the_new_broker_from_the_first_hour_behind_72",
    ),
    setting(
        "broker.spoofed_tags_most",
        "orders a day with a broker's code that is not their credential's, above which there is an alarm",
        "CN-8",
        "spec/broker/test_consents.py::test_cn8_a_tag_that_is_not_the_credentials_earns_nothing_and_is_counted",
    ),
    setting(
        "broker.sub_brokers",
        "sub-brokers that a broker may have at a time",
        "SB-3",
        "spec/broker/test_branching.py::test_sb3_a_broker_has_so_many_sub_brokers_and_the_host_may_give_more",
    ),
    setting(
        "broker.invitation_s",
        "an invitation to become a sub-broker is good for",
        "SB-1",
        "spec/broker/test_branching.py::test_sb1_an_invitation_is_good_once_for_a_while_and_until_it_is_taken_back",
        lambda value: f"{value // 86_400} days",
    ),
    setting(
        "broker.binding_wait_hours",
        "a user who is bound to a code waits for another one",
        "SB-11",
        "spec/broker/test_branching.py::test_sb11_who_is_bound_changes_after_a_wait_and_the_first_holds_until_then",
        unit="h",
    ),
    *(
        Promise(
            f"commission rate of tier {row.tier}, {'with an' if row.affiliated else 'without'} affiliate",
            _percent(row.rate_e8),
            "rate table of 18 August 2022",
            "B-5",
            "spec/broker/test_commission.py::test_b5_the_tier_table_in_force_since_18_august_2022",
        )
        for row in TIERS_2022.rows
    ),
    Promise(
        "every rate is below",
        _percent(RATE_ONE),
        "the engine",
        "F-4",
        "spec/fees/test_fees.py::test_f4_rates_are_below_100_percent_and_a_taker_is_never_paid",
    ),
    # -- simulated trading
    setting(
        "simulated.look_every_ms",
        "the simulated venue looks at the live one every",
        "S-4",
        f"{OKX}/test_okx_simulated.py::test_s4_live_levels_stand_in_the_simulated_book_and_come_back_when_they_are_taken",
        unit="ms",
    ),
    setting(
        "simulated.book_levels",
        "levels of each side of a live book that stand in the simulated one",
        "S-4",
        f"{OKX}/test_okx_simulated.py::test_s4_live_levels_stand_in_the_simulated_book_and_come_back_when_they_are_taken",
    ),
    setting(
        "simulated.funds_a_day",
        "whole coins of a currency that an account of the simulated venue is given in a day at most",
        "S-6",
        f"{OKX}/test_okx_simulated.py::test_s6_a_day_has_its_limit_and_what_is_repeated_is_not_counted_again",
    ),
    *(
        Promise(
            f"first test funds of an account, {currency}",
            _whole(coins),
            f"simulated.first_funds.{currency}",
            "S-5",
            f"{OKX}/test_okx_simulated.py::test_s5_a_first_key_brings_first_funds_once",
        )
        for currency, coins in DEFAULTS.simulated.first_funds.items()
    ),
    # -- what is durable
    Promise(
        "acknowledged orders lost to kill -9, over 50 kills",
        "0",
        "the journal",
        "J-1",
        "integration/test_crash.py::test_j1_every_acknowledged_order_survives_kill_9",
    ),
    setting(
        "journal.snapshots_kept",
        "snapshots kept; the journal is not shortened by that",
        "J-10",
        "integration/test_journal_files.py::test_j10_only_the_newest_snapshots_are_kept_and_the_journal_is_not_shortened",
    ),
    setting(
        "disk.alarm_percent",
        "the log tells of a disk with less free than",
        "J-15",
        "integration/test_journal_keeping.py::test_j15_less_than_ten_per_cent_is_told_once_and_changes_nothing",
        unit="%",
    ),
    setting(
        "disk.cancel_only_percent",
        "the venue takes only cancels with less of the disk free than",
        "J-15",
        "integration/test_journal_keeping.py::test_j15_below_five_per_cent_the_venue_is_cancel_only_until_there_is_room_again",
        unit="%",
    ),
    setting(
        "disk.resume_percent",
        "and takes orders again from",
        "J-15",
        "integration/test_journal_keeping.py::test_j15_below_five_per_cent_the_venue_is_cancel_only_until_there_is_room_again",
        unit="%",
    ),
    setting(
        "disk.stop_percent",
        "the exchange ends with less of the disk free than",
        "J-15",
        "integration/test_journal_keeping.py::test_j15_below_two_per_cent_the_process_ends",
        unit="%",
    ),
    # -- the recorded market
    Promise(
        "effects of one idempotency key, under 2 to 64 copies, lost connections, kills and power cuts",
        "1",
        "the engine",
        "C-8",
        "simulation/test_idem.py::test_2000_things_have_one_effect_each_however_often_they_are_sent",
    ),
    # -- what stops
    Promise(
        "a kill switch works within, 99 of 100 at five times the declared peak of 50,000 commands a second",
        "250 ms",
        "the core",
        "P-8",
        "simulation/test_controls.py::test_100_kill_switches_work_at_once_under_five_times_the_peak_and_survive_restarts",
    ),
    Promise(
        "10,000 resting orders are canceled by a kill switch within",
        "2 s",
        "the core",
        "P-8",
        "simulation/test_controls.py::test_100_kill_switches_work_at_once_under_five_times_the_peak_and_survive_restarts",
    ),
    Promise(
        "real trades that the recorded market must print, and no other",
        "284",
        "the capture",
        "D-1 to D-7",
        "simulation/test_real_market.py::test_the_tape_is_the_exchanges_own_trade_by_trade_and_holds_no_other",
    ),
    # -- speed, measured by `commonbook bench`
    Promise(
        "batches of 1,024 from Python, against the fastest published Python book in the same run",
        "at least 5 x",
        "`commonbook bench engine`",
        "",
        "integration/test_bench.py::test_the_engine_and_its_peer_come_to_the_same_book",
        "batch_vs_peer_single",
    ),
    # -- administration
    setting(
        "people.fresh_s",
        "A second factor counts, for what needs one, for",
        "AD-2",
        "spec/administration/test_desks.py::test_ad2_some_acts_need_a_second_factor_that_was_shown_lately",
        unit="s",
    ),
    setting(
        "administration.approval_hours",
        "An act that waits for four eyes is given up after",
        "AD-3",
        "spec/administration/test_administration.py::test_ad3_a_request_is_over_after_its_hours",
        unit="hours",
    ),
    setting(
        "administration.checkpoint_minutes",
        "The end of each audit log is signed every",
        "AD-8",
        "spec/administration/test_administration.py::test_ad8_a_checkpoint_is_signed_and_kept_and_compared",
        unit="minutes",
    ),
    setting(
        "autonomy.maker_failed_days",
        "days in a row on which a market maker fails the duty before the rates are lost",
        "SC-11",
        "spec/brand/test_makers.py::test_sc11_three_failed_days_in_a_row_and_the_rates_are_the_schedules",
    ),
    setting(
        "autonomy.level_days_kept",
        "days for which the measures of the VIP levels are kept",
        "VL-8",
        "spec/brand/test_ladder.py::test_vl8_measures_are_given_up_after_their_time",
    ),
    # -- webhooks
    setting(
        "webhooks.endpoints",
        "endpoints of one brand for webhooks",
        "WH-1",
        "spec/webhook/test_webhooks.py::test_wh1_a_brand_has_ten_endpoints_at_most",
    ),
    setting(
        "webhooks.answer_ms",
        "an endpoint that has not answered a webhook by then has failed",
        "WH-7",
        "spec/webhook/test_webhooks.py::test_wh8_a_slow_endpoint_slows_nobody_else",
        lambda value: f"{value // 1000} s",
    ),
    setting(
        "webhooks.first_retry_s",
        "a webhook that failed is sent again after, and each time after twice as long,",
        "WH-7",
        "spec/webhook/test_webhooks.py::test_wh7_waits_grow_twofold_up_to_six_hours",
        unit="s",
    ),
    setting(
        "webhooks.longest_retry_s",
        "and at most after",
        "WH-7",
        "spec/webhook/test_webhooks.py::test_wh7_waits_grow_twofold_up_to_six_hours",
        lambda value: f"{value // 3600} hours",
    ),
    setting(
        "webhooks.given_up_s",
        "an endpoint that has failed for so long is paused, and its brand is told",
        "WH-7",
        "spec/webhook/test_webhooks.py::test_wh7_an_endpoint_that_has_failed_for_three_days_is_paused_and_its_brand_is_told",
        lambda value: f"{value // 86400} days",
    ),
    setting(
        "webhooks.overlap_s",
        "the secret before the newest signs webhooks beside it for",
        "WH-6",
        "spec/webhook/test_webhooks.py::test_wh6_a_new_secret_leaves_the_one_before_it_good_for_a_day",
        lambda value: f"{value // 3600} hours",
    ),
    setting(
        "webhooks.kept_days",
        "webhooks and what became of them are kept for",
        "WH-9",
        "spec/webhook/test_webhooks.py::test_wh9_what_is_older_than_thirty_days_is_dropped",
        unit="days",
    ),
    setting(
        "arrivals.rows",
        "users of one file that a brand's team brings along",
        "LV-8",
        "spec/leaving/test_arrivals.py::test_lv8_a_file_has_so_many_rows_at_most",
    ),
    setting(
        "arrivals.mails_a_minute",
        "mails of one import in a minute",
        "LV-10",
        "spec/leaving/test_arrivals.py::test_lv10_mails_keep_their_distance_and_lost_time_is_not_made_up_for",
    ),
    setting(
        "arrivals.invitation_s",
        "the link to set a password that a user gets who is brought along is good for",
        "LV-10",
        "spec/leaving/test_arrivals.py::test_lv9_who_uses_the_link_has_a_password_an_account_and_a_session",
        lambda value: f"{value // 86400} days",
    ),
    setting(
        "liquidity.days_back",
        "closed days that the back office reports of by itself, for each brand",
        "LQ-6",
        "spec/liquidity/test_liquidity.py::test_lq6_the_chore_reports_of_the_last_two_closed_days_once",
    ),
    # -- people
    setting(
        "people.session_s",
        "A web session ends after",
        "I-15",
        "spec/people/test_sessions.py::test_pe10_the_cookie_is_for_this_address_and_no_script",
        unit="s",
    ),
    setting(
        "people.session_idle_s",
        "A web session that is not used ends after",
        "I-15",
        "spec/people/test_sessions.py::test_i15_a_session_is_over_after_its_time_and_when_it_was_idle",
        unit="s",
    ),
    setting(
        "people.code_s",
        "A code that was mailed is good for",
        "PE-4",
        "spec/people/test_sign_up.py::test_pe4_a_code_is_over_after_its_time_and_is_no_other_brands",
        unit="s",
    ),
    setting(
        "people.code_tries",
        "A code that was mailed may be tried",
        "PE-4",
        "spec/people/test_sign_up.py::test_pe4_after_five_wrong_codes_the_right_one_is_good_no_more",
        unit="times",
    ),
    setting(
        "people.login_s",
        "From the password to the second factor there are",
        "PE-6",
        "spec/people/test_second_factors.py::test_pe6_a_login_half_done_is_of_one_brand_and_over_after_its_time",
        unit="s",
    ),
    setting(
        "people.invitation_s",
        "An invitation is good for",
        "PE-16",
        "spec/people/test_staff.py::test_pe16_a_brands_owner_invites_a_team",
        unit="s",
    ),
    setting(
        "people.recovery_delay_s",
        "A forgotten password can be set anew after",
        "PE-9",
        "spec/people/test_recovery.py::test_pe9_a_password_is_reset_a_day_after_it_was_asked_for",
        unit="s",
    ),
    setting(
        "people.recovery_open_s",
        "and from then on for",
        "PE-9",
        "spec/people/test_recovery.py::test_pe9_the_code_that_stops_does_not_reset_and_is_over_in_time",
        unit="s",
    ),
    setting(
        "people.withdrawals_locked_s",
        "After a reset nothing is withdrawn for",
        "I-16",
        "spec/people/test_recovery.py::test_pe9_a_password_is_reset_a_day_after_it_was_asked_for",
        unit="s",
    ),
    setting(
        "people.tries_free",
        "Failures against one address of mail that cost no wait",
        "PE-5",
        "spec/people/test_sign_up.py::test_pe5_the_lock_holds_at_all_gateways_and_ends",
    ),
    setting(
        "people.address_tries_free",
        "Failures of one address of the network that cost no wait",
        "PE-5",
        "spec/people/test_sign_up.py::test_pe5_a_network_has_a_lock_of_its_own",
    ),
    setting(
        "people.mails_free",
        "Codes mailed to one address that cost no wait",
        "PE-5",
        "spec/people/test_sign_up.py::test_pe2_sixty_four_sign_ups_of_one_address_make_one_user",
    ),
    setting(
        "people.wait_s",
        "The first wait after failures, each further one twice as long",
        "PE-5",
        "spec/people/test_sign_up.py::test_pe5_the_wait_begins_after_the_free_failures_and_doubles_up_to_the_most",
        unit="s",
    ),
    setting(
        "people.wait_most_s",
        "The longest wait after failures",
        "PE-5",
        "spec/people/test_sign_up.py::test_pe5_the_wait_begins_after_the_free_failures_and_doubles_up_to_the_most",
        unit="s",
    ),
    setting(
        "people.answer_ms",
        "What must not tell who has a user is answered no sooner than after",
        "PE-4",
        "spec/people/test_sign_up.py::test_pe4_what_is_answered_takes_the_time_of_the_setting_in_any_case",
        unit="ms",
    ),
    setting(
        "people.password_memory_kib",
        "A password is hashed by argon2id in",
        "PE-3",
        "spec/people/test_sign_up.py::test_pe3_passwords_are_argon2id_with_the_parameters_of_the_settings_and_made_anew_when_these_change",
        unit="KiB",
    ),
    setting(
        "people.password_passes",
        "with so many passes",
        "PE-3",
        "spec/people/test_sign_up.py::test_pe3_passwords_are_argon2id_with_the_parameters_of_the_settings_and_made_anew_when_these_change",
    ),
    setting(
        "people.password_lanes",
        "and so many lanes",
        "PE-3",
        "spec/people/test_sign_up.py::test_pe3_passwords_are_argon2id_with_the_parameters_of_the_settings_and_made_anew_when_these_change",
    ),
    setting(
        "people.staff_second_factor",
        "Who has a role changes nothing without a second factor",
        "PE-16",
        "spec/people/test_staff.py::test_pe16_who_has_a_role_changes_nothing_without_a_second_factor",
        told=lambda value: "yes" if value else "no",
    ),
    setting(
        "mail.tries",
        "A mail is given up after so many failures",
        "PE-14",
        "spec/notice/test_mails.py::test_pe14_what_fails_is_tried_again_later_and_later_and_given_up_at_last",
    ),
    setting(
        "mail.retry_s",
        "A mail that failed is tried again after, and each time twice as long",
        "PE-14",
        "spec/notice/test_mails.py::test_pe14_what_fails_is_tried_again_later_and_later_and_given_up_at_last",
        unit="s",
    ),
    setting(
        "mail.kept_days",
        "A mail is forgotten after",
        "PE-14",
        "spec/notice/test_mails.py::test_pe14_what_is_old_is_forgotten",
        unit="days",
    ),
    # -- brands
    setting(
        "brand.domains",
        "A brand names at most",
        "BR-2",
        "spec/brand/test_document.py::test_br9_the_hosts_domains_and_what_others_have_proved_cannot_be_named",
        unit="domains",
    ),
    setting(
        "brand.logo_bytes",
        "A logo has at most",
        "BR-4",
        "spec/brand/test_logo.py::test_br4_256_kib_are_taken_and_a_byte_more_is_not",
        unit="bytes",
    ),
    setting(
        "brand.proof_ms",
        "A look at a domain's proof takes at most",
        "BR-10",
        "spec/brand/test_proof.py::test_br10_what_a_file_may_be_answered_with",
        unit="ms",
    ),
    setting(
        "brand.proof_bytes",
        "A proof file has at most",
        "BR-10",
        "spec/brand/test_proof.py::test_br10_what_a_file_may_be_answered_with",
        unit="bytes",
    ),
    setting(
        "brand.claim_minutes",
        "A domain that is not proved yet is looked at every",
        "BR-11",
        "spec/brand/test_proof.py::test_br11_claims_are_looked_at_every_ten_minutes_for_thirty_days",
        unit="minutes",
    ),
    setting(
        "brand.reprove_hours",
        "A proved domain is looked at again every",
        "BR-11",
        "spec/brand/test_proof.py::test_br11_a_proof_that_goes_missing_is_told_and_stops_serving_after_72_hours",
        unit="hours",
    ),
    setting(
        "brand.lapse_hours",
        "A domain whose proof is missing stops serving after",
        "BR-11",
        "spec/brand/test_proof.py::test_br11_a_proof_that_goes_missing_is_told_and_stops_serving_after_72_hours",
        unit="hours",
    ),
    setting(
        "acme.renew_days",
        "A certificate is renewed before its end by",
        "BR-13",
        "spec/brand/test_certificates.py::test_br13_it_is_renewed_thirty_days_before_its_end_with_the_same_account",
        unit="days",
    ),
    setting(
        "acme.retry_hours",
        "After a failure a certificate is asked for again in",
        "BR-13",
        "spec/brand/test_certificates.py::test_br13_a_domain_that_does_not_lead_to_us_is_told_and_tried_again_in_six_hours",
        unit="hours",
    ),
    Promise(
        "From the command that creates a brand to a page at its address, without a restart",
        "at most 5 s",
        "`src/commonbook/bench/brand_page.py`",
        "BR-1",
        "integration/test_brand_command.py::test_br1_from_the_command_to_a_page_it_takes_less_than_five_seconds",
    ),
    # -- partnership
    setting(
        "partnership.applications_per_origin",
        "applications to the partnership that an address, a user or a sender may begin in an hour",
        "PA-3",
        f"{PARTNERS}/test_applications.py::test_pa3_so_many_in_an_hour_and_no_more",
    ),
    setting(
        "partnership.applications_per_hour",
        "applications that are begun in an hour, of all together",
        "PA-3",
        f"{PARTNERS}/test_applications.py::test_pa3_all_together_have_a_limit_too",
    ),
    setting(
        "partnership.text_characters",
        "characters that a team and its plan are described in, each",
        "PA-3",
        f"{PARTNERS}/test_applications.py::test_pa3_what_cannot_be_read_is_refused_and_nothing_is_kept",
    ),
    setting(
        "partnership.message_bytes",
        "the longest mail that is taken in",
        "PA-4",
        f"{PARTNERS}/test_intake.py::test_pa4_what_is_no_message_is_refused",
        _mebibytes,
    ),
    setting(
        "partnership.attachments",
        "attachments of an application that are kept",
        "PA-4",
        f"{PARTNERS}/test_intake.py::test_pa4_so_many_attachments_of_kinds_that_are_kept",
    ),
    setting(
        "partnership.attachment_bytes",
        "the longest of them",
        "PA-4",
        f"{PARTNERS}/test_intake.py::test_pa4_an_attachment_that_is_too_long_is_left_out",
        _mebibytes,
    ),
    setting(
        "partnership.draft_days",
        "a draft that is not submitted expires after",
        "PA-11",
        f"{PARTNERS}/test_applications.py::test_pa11_drafts_and_admissions_expire",
        unit="days",
    ),
    setting(
        "partnership.deposit_days",
        "who is admitted and locks no stake expires after",
        "PA-11",
        f"{PARTNERS}/test_applications.py::test_pa11_drafts_and_admissions_expire",
        unit="days",
    ),
    setting(
        "partnership.reservation_s",
        "a place whose stake does not come may be another's after",
        "PA-13",
        f"{PARTNERS}/test_stake.py::test_pa13_the_settings_say_how_long_a_reservation_lasts",
        unit="s",
    ),
    setting(
        "partnership.notice_days",
        "a partner whose contract has ended is suspended, once told, after",
        "PA-20",
        f"{PARTNERS}/test_contract.py::test_pa20_after_notice_a_live_brand_is_suspended",
        unit="days",
    ),
    # -- brokers: becoming one
    setting(
        "brokerage.wished_codes",
        "codes that an application to be a broker may wish for",
        "BE-2",
        f"{BROKERS}/test_rules.py::test_be2_codes_are_taken_as_they_are_spelled",
    ),
    setting(
        "brokerage.redirect_urls",
        "redirect addresses of a broker",
        "BE-3",
        f"{BROKERS}/test_rules.py::test_be3_so_many_and_each_once",
    ),
    setting(
        "brokerage.addresses",
        "addresses of servers of a broker",
        "BE-3",
        f"{BROKERS}/test_rules.py::test_be3_so_many_and_each_once",
    ),
    setting(
        "brokerage.least_requests_per_s",
        "requests a second that a broker's systems keep up, at least",
        "BE-4",
        f"{BROKERS}/test_applications.py::test_be4_the_settings_say_how_much_is_asked_for",
    ),
    setting(
        "brokerage.text_characters",
        "characters of each answer of an application to be a broker",
        "BE-4",
        f"{BROKERS}/test_applications.py::test_be3_be4_what_cannot_be_taken_is_refused_and_changes_nothing",
    ),
    setting(
        "brokerage.papers",
        "papers of an application to be a broker",
        "BE-4",
        f"{BROKERS}/test_applications.py::test_be4_papers_and_the_logo",
    ),
    setting(
        "brokerage.paper_bytes",
        "the longest of them, in bytes",
        "BE-4",
        f"{BROKERS}/test_applications.py::test_be4_papers_and_the_logo",
    ),
    setting(
        "brokerage.comments_per_hour",
        "comments of an applicant in an hour",
        "BE-5",
        f"{BROKERS}/test_applications.py::test_be5_comments_of_both_sides_and_among_the_host",
    ),
    setting(
        "brokerage.applications_per_day",
        "applications to be a broker that a user may begin in a day",
        "BE-2",
        f"{BROKERS}/test_applications.py::test_be2_so_many_in_a_day_and_no_more",
    ),
    setting(
        "brokerage.draft_days",
        "a draft of an application to be a broker expires after",
        "BE-5",
        f"{BROKERS}/test_applications.py::test_be5_a_draft_expires",
        unit="days",
    ),
    setting(
        "brokerage.attestation_days",
        "an attestation of a broker counts for",
        "BE-9",
        f"{BROKERS}/test_contract.py::test_be9_attestations_are_made_by_the_hash_of_what_was_read",
        unit="days",
    ),
    setting(
        "brokerage.certificate_days",
        "a certificate of the conformance kit counts for",
        "BE-6",
        f"{BROKERS}/test_code.py::test_be6_a_certificate_counts_when_it_has_passed_and_until_it_expires",
        unit="days",
    ),
    setting(
        "brokerage.warning_days",
        "a broker is written to before a contract or an attestation ends",
        "BE-10",
        f"{BROKERS}/test_contract.py::test_be10_warned_30_days_before_lapsed_at_the_end_and_back_when_renewed",
        unit="days",
    ),
    setting(
        "brokerage.least_warning_days",
        "no broker lapses sooner after that letter than",
        "BE-10",
        f"{BROKERS}/test_contract.py::test_be10_nobody_lapses_sooner_than_7_days_after_the_letter",
        unit="days",
    ),
    # -- OAuth
    setting(
        "oauth.code_s",
        "a code of the authorization server is good for",
        "O-5",
        "spec/oauth/test_tokens.py::test_o5_a_code_is_good_for_60_seconds",
        unit="s",
    ),
    setting(
        "oauth.access_s",
        "an access token is good for",
        "O-6",
        "spec/oauth/test_tokens.py::test_o8_it_is_good_for_3_days_and_an_access_token_for_an_hour",
        unit="s",
    ),
    setting(
        "oauth.refresh_s",
        "a refresh token, which is good once, is good for",
        "O-8",
        "spec/oauth/test_tokens.py::test_o8_it_is_good_for_3_days_and_an_access_token_for_an_hour",
        unit="s",
    ),
    setting(
        "oauth.requests",
        "one address may ask the token endpoints, in two seconds",
        "O-7",
        "spec/oauth/test_tokens.py::test_o7_one_address_asks_so_often",
        unit="times",
    ),
    setting(
        "oauth.fast_keys_a_day",
        "Fast API keys are made for one user in 24 hours, by the applications of all brokers",
        "O-13",
        "spec/oauth/test_use.py::test_o13_so_many_keys_are_made_for_a_user_in_a_day",
        unit="keys",
    ),
)

# Settings that promise nothing to anybody: they trade memory and disk for time, and any value is right.
TUNING = {
    "journal.segment_bytes",
    "journal.snapshot_every",
    "journal.pack_level",
    "disk.look_every_ms",
    "core.batch_commands",
    "core.inbox_commands",
    "core.tick_ms",
    "core.waited_for",
    "core.follower_buffer_bytes",
    "core.memory_ahead_mib",
    "gateway.port",
    "gateway.processes",
    "records.port",
    "records.connections",
    "records.outstanding_commands",
    "records.sessions_per_key",
    "records.session_kept_s",
    "records.recent_bytes",
    "records.checkpoint_every",
    "market.recent_days",
    "simulated.enabled",
    "webhooks.look_every_ms",
    "liquidity.look_every_s",
    "webhooks.loopback_allowed",
    "people.hashing_at_once",
    "mail.timeout_s",
    "mail.look_every_ms",
    "gateway.tls_port",
    "brand.proof_port",
    "acme.terms_agreed",
    "acme.wait_s",
    "partnership.look_every_s",
    "brokerage.look_every_s",
}
