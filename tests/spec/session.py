"""Sessions as text tables: `check(text)` plays one on a fresh engine and compares what it tells, line by line.

    given    bob USDT 1_000_000; alice BTC 100; taker fee 10 bps
    order    A1 alice ask 12 @ 1600 gtc      accepted
    order    B1 bob bid 10 @ 1700 ioc        filled 10 @ 1600 of A1
    book     ask 2 @ 1600
    balance  bob USDT 983_984, held 0        # 1_000_000 - 10 * 1600 - 16

A line is a verb, an instruction and, after three or more spaces, what the engine must tell; without it the command must
only not be refused. `#` begins a comment. One lot of BTC is one ledger unit of BTC, and one lot at one tick costs one
ledger unit of USDT, so that the arithmetic stays in sight. `alice@south` is the person alice with her account at the
brand south; without a brand it is north. Each session ends with the checks of `_Session.close`.

    given         NAME ASSET AMOUNT; taker fee X bps; maker fee X bps; claim X %
    order         LABEL NAME bid|ask LOTS|AMOUNT USDT [@ TICKS] gtc|market|post_only|ioc|fok [OPTIONS]
                  options: stp MODE, client ID, tag TAG, on INSTRUMENT, broker NUMBER, key NUMBER (the credential),
                  field=value of the record
    cancel        LABEL|client ID [by NAME]
    amend         LABEL|client ID [size LOTS] [price TICKS] [by NAME]
    cancel_all    NAME [on INSTRUMENT]
    alive         NAME SECONDS [tag TAG]     cancel-all-after; 0 clears it
    time          SECONDS                    that many later
    deposit       NAME ASSET AMOUNT key KEY  also withdraw
    transfer      NAME NAME ASSET AMOUNT key KEY
    fees          venue|account NAME|BRAND level N, maker X bps, taker X bps [claim X %] [subsidised]
    level         NAME LEVEL                 of the account
    status        LIVE|CANCEL_ONLY|HALTED [on INSTRUMENT]
    limits        [band X % Y %] [size LOTS] [notional AMOUNT] [deviation X %] [duplicate SECONDS] [on INSTRUMENT]
    reference     TICKS [premium TICKS] [on INSTRUMENT]
    kill          SCOPE [TARGET]             TARGET: a name, a number or an instrument; also revive
    delist        BRAND INSTRUMENT           close the brand's listing of it; also list
    disconnect    NAME key NUMBER            cancel-all of what one credential sent
    asset         NAME                       of 2 decimals, like BTC and ETH
    split         ASSET ASSET N for D key KEY
    restart                                  the engine anew, from its own snapshot; the same hash
    config        KIND field=value ...       any command, field by field
    balance       NAME ASSET AVAILABLE, held AMOUNT
    hold          LABEL AMOUNT               what a live order holds
    fill          taker FEE, maker FEE, released AMOUNT; ...    each fill of the last command
    book          bid LOTS @ TICKS, ask LOTS @ TICKS ... [on INSTRUMENT]; nothing when it is empty
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from commonbook._engine import Engine
from commonbook.qa.plain import Command, Event, command, decode_balances, decode_events, encode
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    ORDER_ROW,
    ROUNDING_ACCOUNT,
    SUBSIDY_ACCOUNT,
    Attribution,
    CancelReason,
    CancelScope,
    CommandKind,
    EventKind,
    FeeScope,
    KillScope,
    ListingMode,
    OrderType,
    Refusal,
    SelfTrade,
    Side,
    SizeIn,
    TradingStatus,
    amount,
)

SECOND = 1_000_000_000
ASSETS = {"USDT": (1, 4), "BTC": (2, 2), "ETH": (3, 2)}  # name to id and scale
FURTHER_ASSETS = {"OLD": 11, "NEW": 12, "NEXT": 13}
INSTRUMENTS = {"BTC-USDT": (1, 2), "ETH-USDT": (2, 3)}  # name to id and base asset
BRANDS = {"north": 1, "south": 2}
BROKERS = {1: b"BROKER1", 2: b"BROKER2"}
TYPES = {"gtc": OrderType.LIMIT, **{kind.name.lower(): kind for kind in OrderType}}
SIDES = {"bid": Side.BUY, "ask": Side.SELL}
ORDER = re.compile(r"(\w+) (\S+) (bid|ask) (\d+)( USDT)?(?: @ (\d+))? (\w+)(.*)")


def check(text: str) -> None:
    """Play a session. Raises AssertionError with the line, what was told and what was expected."""
    session = Session()
    for number, line in enumerate(text.splitlines(), 1):
        content = re.sub(r"(?<=\d)_(?=\d)", "", line.split("#", 1)[0]).strip()
        if content:
            verb, _, rest = content.partition(" ")
            instruction, *expected = re.split(r"\s{3,}", rest.strip())
            told = session.play(verb, " ".join(instruction.split()))
            if expected != [told] if expected else "refused" in told:
                raise AssertionError(f"line {number}: {content}\n  told:     {told}\n  expected: {expected}")
    session.close()


class Session:
    """A fresh venue and the names by which the lines call its accounts and orders."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.sequence = 0
        self.time_ns = 1_700_000_000 * SECOND
        self.accounts = {"fee_pool": FEE_POOL_ACCOUNT, "subsidy": SUBSIDY_ACCOUNT, "rounding": ROUNDING_ACCOUNT}
        self.persons: dict[str, int] = {}
        self.orders: dict[str, int] = {}  # label to id
        self.in_quote: set[int] = set()
        self.supply: dict[int, int] = {}
        self.events: list[Event] = []  # of the last command
        for name, (asset, scale) in ASSETS.items():
            self.send(CommandKind.ASSET, asset=asset, scale=scale, name=name.encode())
        for name, (instrument, base) in INSTRUMENTS.items():
            self.send(
                CommandKind.INSTRUMENT,
                instrument=instrument,
                base_asset=base,
                quote_asset=1,
                tick_mantissa=1,
                tick_scale=2,
                lot_mantissa=1,
                lot_scale=2,
                minimum_lots=1,
                name=name.encode(),
            )
        for name, brand in BRANDS.items():
            self.send(CommandKind.BRAND, brand=brand, name=name.encode())
        for broker, code in BROKERS.items():
            payout = self.account(f"broker{broker}")
            self.send(CommandKind.BROKER_CODE, broker=broker, active=1, payout_account=payout, code=code)

    def play(self, verb: str, instruction: str) -> str:
        """One line; what the engine told, or the instruction itself where a line only looks."""
        verbs: dict[str, Callable[[str], str]] = {
            name.removeprefix("do_"): getattr(self, name) for name in dir(self) if name.startswith("do_")
        }
        if verb not in verbs:
            raise AssertionError(f"no such verb: {verb}")
        return verbs[verb](instruction)

    def send(self, kind: CommandKind | int, **fields: Any) -> str:
        """One command with the next sequence at the present time; what it told, as text."""
        self.sequence += 1
        known = CommandKind.TIME if kind not in set(CommandKind) else CommandKind(kind)
        one: Command = {**command(known, **fields), "kind": kind}
        one |= {"sequence": self.sequence, "time_ns": self.time_ns}
        self.events = decode_events(bytes(self.engine.apply(encode([one]))))
        for event in self.events:
            if event["kind"] == EventKind.BALANCE and event["command_kind"] != CommandKind.TRANSFER:
                asset = event["asset"]
                self.supply[asset] = self.supply.get(asset, 0) + event["available_delta"]
        return self._told(fields)

    def account(self, name: str) -> int:
        """The account of `person` or `person@brand`; opened when it is named for the first time."""
        if name.isdigit():
            return int(name)
        if name not in self.accounts:
            person, _, brand = name.partition("@")
            number = self.persons.setdefault(person, len(self.persons) + 1)
            self.accounts[name] = 999 + len(self.accounts)  # the first is 1,002
            told = self.send(
                CommandKind.ACCOUNT, account=self.accounts[name], person=number, brand=BRANDS[brand or "north"]
            )
            if told != "set":
                raise AssertionError(f"account {name}: {told}")
        return self.accounts[name]

    # --- what is told, as text ----------------------------------------------------------------------------------

    def _told(self, sent: dict[str, Any]) -> str:
        phrases = [self._phrase(event, sent) for event in self.events]
        told = [phrase for phrase in phrases if phrase]
        kinds = [event["kind"] for event in self.events if event["kind"] != EventKind.LEVEL]
        if kinds == [EventKind.ACCEPTED, EventKind.RESTING]:
            return "accepted"
        return "; ".join(told) if told else "nothing"

    def _phrase(self, event: Event, sent: dict[str, Any]) -> str:
        match EventKind(event["kind"]):
            case EventKind.REFUSED:
                return f"refused {Refusal(event['reason']).name}"
            case EventKind.RESTING:
                return f"rests {event['remaining_lots']}"
            case EventKind.FILL:
                maker = self._label(self._sides(event)[1]["order"])
                return f"filled {event['quantity_lots']} @ {event['price_ticks']} of {maker}"
            case EventKind.CANCELED:
                own = event["order"] in (self.sequence, sent.get("order"))
                size = "" if event["order"] in self.in_quote else f"{event['remaining_lots']} "
                who = "" if own else f"{self._label(event['order'])} "
                return f"{who}canceled {size}{CancelReason(event['reason']).name}"
            case EventKind.AMENDED:
                return "amended in place" if event["kept_priority"] else "amended anew"
            case EventKind.BALANCE:
                return f"{self._name(event['account'])} {event['available_delta']:+d}"
            case EventKind.CONFIG:
                return "set"
            case EventKind.TIMER:
                return "timer set" if event["deadline_ns"] else "timer cleared"
            case EventKind.CANCELED_ALL:
                return f"{event['orders']} canceled"
            case EventKind.ACCEPTED | EventKind.LEVEL | EventKind.FILL_SIDE:
                return ""

    def _sides(self, fill: Event) -> tuple[Event, Event]:
        """The taker's and the maker's side of a fill of the last command."""
        at = self.events.index(fill)
        return self.events[at + 1], self.events[at + 2]

    def _label(self, order: int) -> str:
        return next((label for label, known in self.orders.items() if known == order), str(order))

    def _name(self, account: int) -> str:
        return next((name for name, known in self.accounts.items() if known == account), str(account))

    # --- the verbs that send ------------------------------------------------------------------------------------

    def do_given(self, instruction: str) -> str:
        fees: list[str] = []
        for number, item in enumerate(part.strip() for part in instruction.split(";")):
            if item.split()[0] in ("taker", "maker", "claim"):
                fees.append(item.replace(" fee ", " "))
            else:
                self._done(self.do_deposit(f"{item} key given-{self.sequence}-{number}"))
        if fees:
            self._done(self.do_fees("venue " + " ".join(fees)))
        return "set"

    def _done(self, told: str) -> None:
        if "refused" in told:
            raise AssertionError(f"given: {told}")

    def do_order(self, instruction: str) -> str:
        found = ORDER.fullmatch(instruction)
        if found is None:
            raise AssertionError(f"not an order: {instruction}")
        label, name, side, size, in_quote, price, kind, rest = found.groups()
        fields: dict[str, Any] = {
            "account": self.account(name),
            "instrument": 1,
            "side": SIDES[side],
            "order_type": TYPES[kind],
            "price_ticks": int(price or 0),
            "attribution": Attribution.NO_TAG,
            **self._options(rest.split()),
        }
        fields |= {"size_in": SizeIn.QUOTE, "quote_amount": int(size)} if in_quote else {"quantity_lots": int(size)}
        self.orders[label] = self.sequence + 1
        if in_quote:
            self.in_quote.add(self.sequence + 1)
        return self.send(CommandKind.ORDER, **fields)

    def _options(self, given: list[str]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        raw = [one for one in given if "=" in one]
        pairs = [one for one in given if "=" not in one]
        for name, value in zip(pairs[::2], pairs[1::2], strict=True):
            match name:
                case "stp":
                    fields["self_trade"] = SelfTrade[value.upper()]
                case "client":
                    fields["client_id"] = value.encode()
                case "tag":
                    fields["tag"] = value.encode()
                case "on":
                    fields["instrument"] = INSTRUMENTS[value][0]
                case "broker":
                    fields |= {"broker": int(value), "attribution": Attribution.BROKER}
                case "key":
                    fields["credential"] = int(value)
                case "by":
                    fields["account"] = self.account(value)
                case "size":
                    fields["quantity_lots"] = int(value)
                case "price":
                    fields["price_ticks"] = int(value)
                case _:
                    raise AssertionError(f"no such option: {name}")
        for one in raw:
            name, value = one.split("=")
            fields[name] = int(value) if re.fullmatch(r"-?\d+", value) else value.encode()
        return fields

    def _order_named(self, words: list[str]) -> dict[str, Any]:
        """`LABEL ...` or `client ID ...`, by whoever sent it unless `by` says otherwise."""
        if words[0] == "client":
            return self._options(words)
        order = self.orders[words[0]]
        owner = {event["order"]: event["account"] for event in self._open()}.get(order, self.account("alice"))
        return {"order": order, "account": owner, **self._options(words[1:])}

    def _open(self) -> list[dict[str, int]]:
        rows = np.frombuffer(self.engine.open_orders(), ORDER_ROW)
        return [
            {"order": int(row["order"]), "account": int(row["account"]), "hold": amount(row["hold"])} for row in rows
        ]

    def do_cancel(self, instruction: str) -> str:
        return self.send(CommandKind.CANCEL, **self._order_named(instruction.split()))

    def do_amend(self, instruction: str) -> str:
        return self.send(CommandKind.AMEND, **self._order_named(instruction.split()))

    def do_cancel_all(self, instruction: str) -> str:
        name, *rest = instruction.split()
        return self.send(CommandKind.CANCEL_ALL, account=self.account(name), **self._options(rest))

    def do_alive(self, instruction: str) -> str:
        name, seconds, *rest = instruction.split()
        account = self.account(name)
        deadline = self.time_ns + int(seconds) * SECOND if int(seconds) else 0
        return self.send(
            CommandKind.CANCEL_ALL_AFTER, account=account, **{"deadline_ns": deadline, **self._options(rest)}
        )

    def do_time(self, instruction: str) -> str:
        self.time_ns += int(Decimal(instruction) * SECOND)
        return self.send(CommandKind.TIME)

    def do_deposit(self, instruction: str, kind: CommandKind = CommandKind.DEPOSIT) -> str:
        name, asset, units, *key = instruction.split()
        account = self.account(name)
        return self.send(kind, account=account, asset=_asset(asset), amount=int(units), key=_key(key))

    def do_withdraw(self, instruction: str) -> str:
        return self.do_deposit(instruction, CommandKind.WITHDRAWAL)

    def do_transfer(self, instruction: str) -> str:
        payer, payee, asset, units, *key = instruction.split()
        account, to_account = self.account(payer), self.account(payee)
        return self.send(
            CommandKind.TRANSFER,
            account=account,
            to_account=to_account,
            asset=_asset(asset),
            amount=int(units),
            key=_key(key),
        )

    def do_fees(self, instruction: str) -> str:
        fields: dict[str, Any] = {"scope": FeeScope.VENUE}
        if found := re.match(r"account (\S+)", instruction):
            fields = {"scope": FeeScope.ACCOUNT, "account": self.account(found[1])}
        elif found := re.match(r"(\w+) level (\d+)", instruction):
            fields = {"scope": FeeScope.BRAND, "brand": BRANDS[found[1]], "level": int(found[2])}
        for word, field, unit in (
            ("maker", "maker_rate_e8", 10_000),
            ("taker", "taker_rate_e8", 10_000),
            ("claim", "highest_claim_e8", 1_000_000),
        ):
            if found := re.search(rf"{word} (-?[\d.]+)", instruction):
                fields[field] = int(Decimal(found[1]) * unit)
        return self.send(CommandKind.FEES, **fields, subsidised=int("subsidised" in instruction))

    def do_level(self, instruction: str) -> str:
        name, level = instruction.split()
        account = self.account(name)
        person, _, brand = name.partition("@")
        return self.send(
            CommandKind.ACCOUNT,
            account=account,
            person=self.persons[person],
            brand=BRANDS[brand or "north"],
            level=int(level),
        )

    def do_status(self, instruction: str) -> str:
        status, *rest = instruction.split()
        return self.send(CommandKind.STATUS, status=TradingStatus[status], **self._options(rest))

    def do_limits(self, instruction: str) -> str:
        fields: dict[str, Any] = {"instrument": self._instrument(instruction)}
        for words, names, unit in (
            (r"band ([\d.]+) % ([\d.]+) %", ("band_e8", "band_max_e8"), 1_000_000),
            (r"size (\d+)", ("largest_lots",), 1),
            (r"notional (\d+)", ("largest_notional",), 1),
            (r"deviation ([\d.]+) %", ("deviation_e8",), 1_000_000),
            (r"duplicate ([\d.]+)", ("duplicate_ms",), 1_000),
        ):
            if found := re.search(words, instruction):
                fields |= {name: int(Decimal(part) * unit) for name, part in zip(names, found.groups(), strict=True)}
        return self.send(CommandKind.LIMITS, **fields)

    def do_reference(self, instruction: str) -> str:
        ticks = int(instruction.split()[0])
        premium = re.search(r"premium (-?\d+)", instruction)
        return self.send(
            CommandKind.REFERENCE,
            instrument=self._instrument(instruction),
            reference_ticks=ticks,
            premium_ticks=int(premium[1]) if premium else 0,
        )

    def _instrument(self, instruction: str) -> int:
        _, _, name = instruction.partition(" on ")
        return INSTRUMENTS[name or "BTC-USDT"][0]

    def do_kill(self, instruction: str, active: int = 1) -> str:
        word, *rest = instruction.split()
        scope = KillScope[word.upper()]
        target = rest[0] if rest else "0"
        names: dict[KillScope, Callable[[str], int]] = {
            KillScope.ACCOUNT: self.account,
            KillScope.PERSON: lambda name: self.persons[name],
            KillScope.BRAND: lambda name: BRANDS[name],
            KillScope.INSTRUMENT: lambda name: INSTRUMENTS[name][0],
        }
        number = int(target) if target.isdigit() else names[scope](target)
        return self.send(CommandKind.KILL, scope=scope, target=number, active=active)

    def do_revive(self, instruction: str) -> str:
        return self.do_kill(instruction, active=0)

    def do_delist(self, instruction: str, mode: ListingMode = ListingMode.CLOSED) -> str:
        brand, instrument = instruction.split()
        numbers = {**BRANDS, **{name: found[0] for name, found in INSTRUMENTS.items()}}
        brand_id, instrument_id = (int(name) if name.isdigit() else numbers[name] for name in (brand, instrument))
        return self.send(CommandKind.LISTING, mode=mode, brand=brand_id, instrument=instrument_id)

    def do_list(self, instruction: str) -> str:
        return self.do_delist(instruction, ListingMode.OPEN)

    def do_asset(self, instruction: str) -> str:
        number = FURTHER_ASSETS[instruction]
        return self.send(CommandKind.ASSET, asset=number, scale=2, name=instruction.encode())

    def do_split(self, instruction: str) -> str:
        old, new, numerator, _, denominator, *rest = instruction.split()
        assets = {"asset": _asset(old), "new_asset": _asset(new)}
        ratio = {"numerator": int(numerator), "denominator": int(denominator)}
        return self.send(CommandKind.SPLIT, **assets, **ratio, key=_key(rest))

    def do_disconnect(self, instruction: str) -> str:
        return self.do_cancel_all(f"{instruction} scope={int(CancelScope.CREDENTIAL)}")

    def do_restart(self, instruction: str) -> str:
        state = self.engine.state_hash()
        self.engine = Engine.restore(self.engine.snapshot())
        return _same(instruction, state, self.engine.state_hash())

    def do_config(self, instruction: str) -> str:
        kind, *rest = instruction.split()
        return self.send(int(kind) if kind.isdigit() else CommandKind[kind], **self._options(rest))

    # --- the verbs that look ------------------------------------------------------------------------------------

    def do_balance(self, instruction: str) -> str:
        name, asset, rest = instruction.split(" ", 2)
        balances = decode_balances(self.engine.balances(self.account(name)))
        available, held = balances.get((self.account(name), _asset(asset)), (0, 0))
        return _same(instruction, rest, f"{available}, held {held}")

    def do_hold(self, instruction: str) -> str:
        label, rest = instruction.split(" ", 1)
        holds = {row["order"]: row["hold"] for row in self._open()}
        return _same(instruction, rest, str(holds.get(self.orders[label], "gone")))

    def do_fill(self, instruction: str) -> str:
        fills = [event for event in self.events if event["kind"] == EventKind.FILL]
        told = []
        for fill in fills:
            taker, maker = self._sides(fill)
            told.append(f"taker {taker['fee']}, maker {maker['fee']}, released {fill['buyer_released']}")
        return _same(instruction, instruction, "; ".join(told))

    def do_book(self, instruction: str) -> str:
        levels, _, name = instruction.partition(" on ")
        bids, asks = self.engine.depth(INSTRUMENTS[name or "BTC-USDT"][0], 100)
        told = [f"bid {lots} @ {price}" for price, lots, _ in bids] + [
            f"ask {lots} @ {price}" for price, lots, _ in asks
        ]
        return _same(instruction, levels, ", ".join(told) or "nothing")

    # --- at the end of every session ----------------------------------------------------------------------------

    def close(self) -> None:
        """What came in less what went out is what there is; no book is crossed; a snapshot restores to itself."""
        totals: dict[int, int] = {}
        for (_, asset), (available, held) in decode_balances(self.engine.balances()).items():
            totals[asset] = totals.get(asset, 0) + available + held
        supply = {asset: units for asset, units in self.supply.items() if units}
        if totals != supply:
            raise AssertionError(f"balances are {totals}, what came in and stayed is {supply}")
        for instrument, _ in INSTRUMENTS.values():
            bids, asks = self.engine.depth(instrument, 1)
            if bids and asks and bids[0][0] >= asks[0][0]:
                raise AssertionError(f"the book is crossed at rest: bid {bids[0]}, ask {asks[0]}")
        if Engine.restore(self.engine.snapshot()).state_hash() != self.engine.state_hash():
            raise AssertionError("a restored snapshot has another state hash")


def _asset(name: str) -> int:
    return int(name) if name.isdigit() else (FURTHER_ASSETS.get(name) or ASSETS[name][0])


def _key(words: list[str]) -> bytes:
    return words[1].encode() if words else b""


def _same(instruction: str, expected: str, told: str) -> str:
    if expected != told:
        raise AssertionError(f"{instruction}\n  told:     {told}\n  expected: {expected}")
    return "as expected"
