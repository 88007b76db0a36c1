"""Random commands by the thousand, made with NumPy: a crowd that trades, pays in, pays out and is reconfigured.

`Blocks(seed)` gives a venue and then, for ever, blocks of commands of every kind. It knows no rules: it remembers which
sequences were orders, so that cancels and amendments hit, and is told what accounts have free, so that they spend all
of it. The same seed and the same answers give the same commands. Where each single command must be judged,
`workload` is the better source.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonbook.qa import splitting
from commonbook.qa.plain import encode
from commonbook.qa.referee import Referee
from commonbook.qa.workload import BRANDS, CODES, INSTRUMENTS, SCALES, SECOND, Workload
from commonbook.records import (
    COMMAND,
    COMMAND_LAYOUTS,
    FEE_POOL_ACCOUNT,
    ORDER,
    SUBSIDY_ACCOUNT,
    Attribution,
    CommandKind,
    FeeScope,
    KillScope,
    ListingMode,
    OrderType,
    Records,
    SelfTrade,
    Side,
    SizeIn,
    TradingStatus,
    amounts,
    commands,
    words,
)

PERSONS = 40
SPLITS_MOST = 200
REMEMBERED = 4_096  # orders that a cancel may name
SHARES = {
    CommandKind.ORDER: 0.64,
    CommandKind.CANCEL: 0.14,
    CommandKind.AMEND: 0.08,
    CommandKind.DEPOSIT: 0.04,
    CommandKind.WITHDRAWAL: 0.03,
    CommandKind.TRANSFER: 0.03,
    CommandKind.CANCEL_ALL: 0.01,
    CommandKind.CANCEL_ALL_AFTER: 0.005,
    CommandKind.ACCOUNT: 0.005,
    CommandKind.FEES: 0.006,
    CommandKind.BROKER_CODE: 0.002,
    CommandKind.LIMITS: 0.002,
    CommandKind.REFERENCE: 0.002,
    CommandKind.STATUS: 0.002,
    CommandKind.KILL: 0.003,
    CommandKind.LISTING: 0.003,
    CommandKind.PRICE: 0.001,
    CommandKind.TIME: 0.002,
}
TYPES = (OrderType.LIMIT, OrderType.MARKET, OrderType.POST_ONLY, OrderType.IOC, OrderType.FOK)
KILLABLE = {
    KillScope.CREDENTIAL: np.arange(1, 9),
    KillScope.PERSON: np.arange(1, PERSONS + 1),
    KillScope.BROKER: np.array(tuple(CODES)),
    KillScope.BRAND: np.array(BRANDS),
    KillScope.INSTRUMENT: np.array(tuple(INSTRUMENTS)),
}


class Blocks:
    """Numbered commands of one venue: `venue()` first, then `block(...)` again and again."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.sequence = 0
        self.time_ns = 0
        self._workload = Workload(seed, Referee(), PERSONS)
        self._keys = 0
        self._splits = 0
        facts = list(INSTRUMENTS.values())
        self._usual = np.array([fact[5] for fact in facts], dtype=np.int64)
        self._prices = self._usual.copy()
        self._minimum = np.array([fact[4] for fact in facts], dtype=np.int64)
        self._large = np.array([fact[6] for fact in facts], dtype=np.int64)
        self._accounts = np.zeros(0, np.uint64)
        self._orders = np.zeros((REMEMBERED, 2), np.uint64)  # order and account
        self._placed = 0

    def venue(self) -> Records:
        """Assets, instruments, brands, persons, brokers and funds."""
        whole = list(self._workload.venue())
        self._accounts = np.array(self._workload.accounts, np.uint64)
        self._persons = {one["account"]: (one["person"], one["brand"]) for one in whole if "person" in one}
        return self._number(np.frombuffer(encode({**one, "sequence": 0, "time_ns": 0} for one in whole), COMMAND))

    def block(self, count: int, free: Records) -> Records:
        """The next `count` commands. `free`: BALANCE_ROW records, which some withdraw or spend to the last unit."""
        kinds = self.random.choice(np.array([*SHARES]), count, p=np.array([*SHARES.values()]) / sum(SHARES.values()))
        block = np.zeros(count, COMMAND)
        for kind in SHARES:
            at = np.flatnonzero(kinds == kind)
            if len(at):
                block[at] = self._some(kind, len(at), free).view(COMMAND)
        self._end_what_stops(block)
        self._split_now_and_then(block)
        self._number(block)
        self._remember(block)
        return block

    def _number(self, block: Records) -> Records:
        block = block if block.flags.writeable else block.copy()
        block["sequence"] = np.arange(self.sequence + 1, self.sequence + 1 + len(block))
        steps = self.random.choice(np.array([0, 0, 1, 1_000, 1_000_000, SECOND // 10]), len(block))
        block["time_ns"] = max(self.time_ns, 1_700_000_000 * SECOND) + np.cumsum(steps)
        self.sequence, self.time_ns = int(block["sequence"][-1]), int(block["time_ns"][-1])
        return block

    def _remember(self, block: Records) -> None:
        orders = block[block["kind"] == CommandKind.ORDER]
        at = (self._placed + np.arange(len(orders))) % REMEMBERED
        self._orders[at, 0] = orders["sequence"]
        self._orders[at, 1] = orders.view(ORDER)["account"]
        self._placed += len(orders)

    def _end_what_stops(self, block: Records) -> None:
        """Halts, kills and closed listings are taken back a few commands on, so that trading goes on."""
        for kind, field, off in (
            (CommandKind.STATUS, "status", TradingStatus.LIVE),
            (CommandKind.KILL, "active", 0),
            (CommandKind.LISTING, "mode", ListingMode.OPEN),
        ):
            for at in np.flatnonzero(block["kind"] == kind).tolist():
                ended = block[at : at + 1].copy().view(COMMAND_LAYOUTS[kind])
                ended[field] = off
                block[min(at + int(self.random.integers(1, 25)), len(block) - 1)] = ended.view(COMMAND)[0]

    def _split_now_and_then(self, block: Records) -> None:
        """An asset that some accounts have something of, and its split, in place of the first commands of a block."""
        pick = self.random
        if self._splits == SPLITS_MOST or pick.random() > 0.1:
            return
        owners = pick.choice(self._accounts, int(pick.integers(1, 9)), replace=False).tolist()
        ratio = splitting.RATIOS[int(pick.integers(0, len(splitting.RATIOS)))]
        units = pick.integers(1, 10**6, len(owners)).tolist()
        script = [
            *splitting.assets(self._splits),
            *(
                splitting.funds(CommandKind.DEPOSIT, self._splits, account, amount, f"in{place}")
                for place, (account, amount) in enumerate(zip(owners, units, strict=True))
            ),
            splitting.split(self._splits, ratio, b"split%d" % self._splits),
        ][: len(block)]
        block[: len(script)] = np.frombuffer(encode({**one, "sequence": 0, "time_ns": 0} for one in script), COMMAND)
        self._splits += 1

    def _some(self, kind: CommandKind, count: int, free: Records) -> Records:
        records = commands(kind, count)
        match kind:
            case CommandKind.ORDER:
                self._order(records, free)
            case CommandKind.CANCEL | CommandKind.AMEND | CommandKind.CANCEL_ALL | CommandKind.CANCEL_ALL_AFTER:
                self._about_an_order(kind, records)
            case CommandKind.DEPOSIT | CommandKind.WITHDRAWAL | CommandKind.TRANSFER:
                self._funds(kind, records, free)
            case _:
                self._configuration(kind, records)
        return records

    # --- orders ------------------------------------------------------------------------------------------------

    def _order(self, records: Records, free: Records) -> None:
        pick, count = self.random, len(records)
        place = pick.integers(0, len(INSTRUMENTS), count)
        self._wander()
        step = np.maximum(1, self._usual // 2_000)
        records["instrument"] = place + 1
        records["account"] = pick.choice(self._accounts, count)
        records["side"] = pick.choice(np.array(Side), count)
        records["order_type"] = kinds = pick.choice(np.array(TYPES), count, p=[0.6, 0.14, 0.12, 0.07, 0.07])
        records["self_trade"] = pick.choice(np.array([0, *SelfTrade]), count)
        records["channel"] = pick.integers(0, 3, count)
        records["price_ticks"] = np.maximum(1, self._prices[place] + pick.integers(-6, 7, count) * step[place])
        most = np.stack([np.full(count, 2), np.full(count, 20), self._large[place]])[
            pick.integers(0, 3, count), range(count)
        ]
        records["quantity_lots"] = self._minimum[place] + pick.integers(0, most)
        records["broker"] = brokers = pick.choice(np.array([0, 0, *CODES]), count)
        records["attribution"] = np.where(brokers > 0, Attribution.BROKER, Attribution.NO_TAG)
        records["credential"] = pick.integers(0, 9, count)
        records["client_id"] = pick.choice(np.array([b"", b"", b"c1", b"c2", b"x" * 32]), count)
        records["tag"] = pick.choice(np.array([b"", b"T1"]), count)
        by_quote = np.flatnonzero(
            (kinds == OrderType.MARKET) & (records["side"] == Side.BUY) & (pick.random(count) < 0.6)
        )
        records["size_in"][by_quote] = SizeIn.QUOTE
        spent = amounts(free["available"]) or [0]
        for at, part in zip(by_quote.tolist(), pick.integers(1, 40, len(by_quote)).tolist(), strict=True):
            records["quote_amount"][at] = words(max(1, spent[int(pick.integers(0, len(spent)))] // part))
            records["quantity_lots"][at] = 0

    def _wander(self) -> None:
        step = np.maximum(1, self._usual // 2_000)
        moved = self._prices + self.random.integers(-2 * step, 2 * step + 1)
        self._prices = np.clip(moved, self._usual // 2, self._usual * 2)

    def _about_an_order(self, kind: CommandKind, records: Records) -> None:
        pick, count = self.random, len(records)
        named = self._orders[pick.integers(0, max(1, min(self._placed, REMEMBERED)), count)]
        records["order"], records["account"] = named[:, 0], named[:, 1]
        records["credential"] = pick.integers(1, 9, count)
        if kind is CommandKind.AMEND:
            records["quantity_lots"] = pick.choice(np.array([0, 1, 3, 9, 500]), count)
            anyone = pick.integers(0, len(INSTRUMENTS), count)
            records["price_ticks"] = np.where(pick.random(count) < 0.5, 0, self._prices[anyone])
        if kind is CommandKind.CANCEL_ALL:
            records["scope"] = pick.integers(0, 2, count)
        if kind is CommandKind.CANCEL_ALL_AFTER:
            records["deadline_ns"] = self.time_ns + pick.integers(1, 60, count) * SECOND

    # --- funds -------------------------------------------------------------------------------------------------

    def _funds(self, kind: CommandKind, records: Records, free: Records) -> None:
        pick, count = self.random, len(records)
        records["account"] = pick.choice(self._accounts, count)
        records["to_account"] = pick.choice(self._accounts, count) if kind is CommandKind.TRANSFER else 0
        records["asset"] = assets = pick.integers(1, len(SCALES) + 1, count)
        for at, asset in enumerate(assets.tolist()):
            self._keys += 1
            records["key"][at] = b"b%d" % (self._keys if pick.random() < 0.95 else int(pick.integers(0, self._keys)))
            records["amount"][at] = words(int(pick.integers(1, 10**6)) * 10 ** max(0, SCALES[asset] - 3) + 1)
        if kind is CommandKind.DEPOSIT:
            records["account"][pick.random(count) < 0.1] = SUBSIDY_ACCOUNT
            return
        if kind is CommandKind.TRANSFER:
            records["account"][pick.random(count) < 0.1] = FEE_POOL_ACCOUNT
        drained = np.flatnonzero(pick.random(count) < 0.4)
        if len(free):
            rows = free[pick.integers(0, len(free), len(drained))]
            records["account"][drained], records["asset"][drained] = rows["account"], rows["asset"]
            records["amount"][drained] = rows["available"]

    # --- the host's own commands -------------------------------------------------------------------------------

    def _configuration(self, kind: CommandKind, records: Records) -> None:
        pick, count = self.random, len(records)
        values: dict[str, Any] = {"instrument": pick.integers(1, len(INSTRUMENTS) + 1, count)}
        match kind:
            case CommandKind.ACCOUNT:
                account = pick.choice(self._accounts, count)
                owners = np.array([self._persons[one] for one in account.tolist()])
                level = pick.integers(0, 10, count)
                values = {"account": account, "person": owners[:, 0], "brand": owners[:, 1], "level": level}
            case CommandKind.FEES:
                values = self._fees(count)
            case CommandKind.BROKER_CODE:
                values = {"broker": 1, "code": CODES[1], "active": pick.integers(0, 2, count)}
                values["payout_account"] = pick.choice(self._accounts, count)
            case CommandKind.LIMITS:
                values["largest_lots"] = pick.choice(np.array([0, 0, 100]), count)
                values["duplicate_ms"] = pick.choice(np.array([0, 0, 1_000]), count)
                values["band_e8"], values["band_max_e8"] = np.array([[0, 0], [2_000_000, 5_000_000]])[
                    pick.integers(0, 2, count)
                ].T
            case CommandKind.REFERENCE:
                values["reference_ticks"] = self._prices[values["instrument"] - 1] * pick.integers(0, 2, count)
            case CommandKind.STATUS:
                values["instrument"] *= pick.integers(0, 2, count)
                values["status"] = pick.choice(np.array([TradingStatus.CANCEL_ONLY, TradingStatus.HALTED]), count)
            case CommandKind.KILL:
                scope = list(KILLABLE)[int(pick.integers(0, len(KILLABLE)))]
                values = {"scope": scope, "active": 1, "target": pick.choice(KILLABLE[scope], count)}
            case CommandKind.LISTING:
                values["mode"], values["brand"] = ListingMode.CLOSED, pick.choice(np.array(BRANDS), count)
            case CommandKind.PRICE:
                values = {"asset": 2, "quote_asset": 1, "price_e8": pick.integers(1, 10**12, count)}
            case _:
                values = {}
        for name, value in values.items():
            records[name] = value

    def _fees(self, count: int) -> dict[str, NDArray[np.int64]]:
        pick = self.random
        return {
            "scope": pick.choice(np.array([FeeScope.BRAND, FeeScope.ACCOUNT]), count),
            "brand": pick.choice(np.array(BRANDS), count),
            "level": pick.integers(0, 10, count),
            "account": pick.choice(self._accounts, count).astype(np.int64),
            "maker_rate_e8": pick.choice(np.array([0, 8_000, 30_001, -5_000, -50_000, -300_000]), count),
            "taker_rate_e8": pick.choice(np.array([20_000, 100_003, 3_333_333]), count),
            "subsidised": pick.integers(0, 2, count),
        }


def free_funds(balances: Records, at_most: int = 400) -> Records:
    """The rows that have something available and are users' own."""
    users = balances[balances["account"] >= 1_000]
    return users[users["available"]["low"] > 0][:at_most]
